"""Load a workload by its path, under a name by which other processes can import it too."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from gilworker.errors import Failure, Skipped, one_line, reason_of

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from types import ModuleType

OURS = {"gilworker", "run"}


def load(path: str) -> ModuleType:
    """Import the workload at ``path`` and leave its folder on the import path.

    Raises
    ------
    Failure
        The file is missing, its name would shadow another module, or importing it fails.
    Skipped
        It needs a package that this interpreter has not.
    """
    folder, file = os.path.split(os.path.abspath(path))  # noqa: PTH100 - as sys.path wants it
    stem, extension = os.path.splitext(file)  # noqa: PTH122
    if not os.path.isfile(path):  # noqa: PTH113
        raise Failure(one_line(f"there is no workload file {path}"))
    if extension != ".py" or not stem.isidentifier():
        raise Failure(one_line(f"{file} cannot be imported by name: rename the file"))
    _refuse_shadow(stem, path)
    if folder not in sys.path:
        sys.path.append(folder)  # last: a workload beside a random.py must still get Python's
    importlib.invalidate_caches()  # the file may be younger than the folder's listing
    try:
        return importlib.import_module(stem)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing and missing in _requires(path):
            raise Skipped(f"needs {error.name}, which this interpreter has not") from error
        cure = f"; a package has to be declared: REQUIRES = [{missing!r}]" if missing else ""
        raise Failure(one_line(f"{_raised(error, folder)}{cure}")) from error
    except BaseException as error:
        raise Failure(_raised(error, folder)) from error


def _raised(error: BaseException, folder: str) -> str:
    """Return how the import ended, and the last line of the user's own that led to it."""
    import traceback  # only a failed import pays for it

    trace = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno) for frame in trace]
    own = [place for place in places if os.path.dirname(place[0]) == folder]  # noqa: PTH120
    where = ""
    if own and not isinstance(error, SyntaxError):  # which says its place itself
        where = f" ({os.path.basename(own[-1][0])}:{own[-1][1]})"  # noqa: PTH119
    return one_line(f"{reason_of('importing the workload', error)}{where}")


def name_of(path: str) -> str:
    """Return the name that the workload at ``path`` is imported by."""
    return os.path.splitext(os.path.basename(path))[0]  # noqa: PTH119, PTH122


def unload(path: str) -> None:
    """Undo ``load``, so that a file of the same name in another folder can be loaded."""
    folder, file = os.path.split(os.path.abspath(path))  # noqa: PTH100
    sys.modules.pop(os.path.splitext(file)[0], None)  # noqa: PTH122
    if folder in sys.path:
        sys.path.remove(folder)


def _refuse_shadow(stem: str, path: str) -> None:
    """Refuse a name that already means another module: children would import that one."""
    standard = getattr(sys, "stdlib_module_names", frozenset())  # 3.10 on
    taken = stem in OURS or stem in standard or stem in sys.builtin_module_names
    if not taken and stem in sys.modules:
        taken = True
    if not taken:
        found = importlib.util.find_spec(stem)
        origin = None if found is None else found.origin
        same = origin is not None and os.path.exists(origin) and os.path.samefile(origin, path)  # noqa: PTH110, PTH121
        taken = found is not None and not same
    if taken:
        raise Failure(f"{stem}.py has the name of an existing module: rename the file")


def _requires(path: str) -> list[str]:
    """Return the packages a workload declares, read without importing it."""
    import ast  # only a failed import pays for it

    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read())
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REQUIRES":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []
