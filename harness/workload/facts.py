"""Facts about a workload, read from its source: it is never imported here.

The orchestrator may run on another Python than the workload needs, and importing it would run
its top level in the process that must stay quiet.
"""

import ast
import hashlib
import keyword
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GilscopeError
from harness.workload import source

RESERVED = {"gilworker", "run", "pyperf"}  # what the worker itself imports by these names
CONSTANTS = ("PARAMS", "REQUIRES", "CPU_BOUND", "CHANGES_ITEMS", "ROLES")
MAX_BYTES = 1 << 20
MAX_FILES = 1_000  # of a digest; more than that is a folder put beside it by mistake


@dataclass(frozen=True, slots=True)
class Workload:
    """What one file of work offers. ``digest`` covers it and the modules beside it it imports."""

    name: str
    path: Path
    params: dict[str, Any]
    requires: tuple[str, ...]
    has_task: bool
    has_task_async: bool
    has_setup: bool
    has_observe: bool
    has_baseline: bool
    has_units: bool
    has_io_seconds: bool
    # It only computes; time in which it does nothing is not its own choice. None: it does not say.
    cpu_bound: bool | None
    roles: Mapping[str, str]  # of a group workload: role to the parameter that counts its members
    digest: str

    def members(self, params: Mapping[str, Any]) -> int:
        """Return how many members the group has with these parameters; 0 if it is none."""
        return sum(params[count] for count in self.roles.values())


def read(path: Path) -> Workload:
    """Return the facts about the workload in ``path``.

    Raises
    ------
    GilscopeError
        It breaks the contract; names the file, the line where there is one, and the cure.
    """
    name = _name(path)
    tree = _parse(_bytes(path), path)
    found = source.literals(tree, CONSTANTS, path)
    if "PARAMS" not in found:
        hint = 'Add one, even if empty: PARAMS = {"items": 16}'
        raise GilscopeError("the workload has no PARAMS", where=str(path), hint=hint)
    params = source.check_params(found["PARAMS"], path)
    requires = found.get("REQUIRES", [])
    if not isinstance(requires, list | tuple) or not all(isinstance(r, str) for r in requires):
        hint = 'For example: REQUIRES = ["numpy"]'
        raise GilscopeError(f"REQUIRES is {requires!r}, not a list", where=str(path), hint=hint)
    if name in requires:
        hint = "Rename the file: it would be imported in place of what it requires."
        raise GilscopeError(f"the name {name!r} is one of its REQUIRES", where=str(path), hint=hint)
    cpu_bound = source.check_flag(
        found.get("CPU_BOUND"), "CPU_BOUND", "the task only computes", path
    )
    source.check_flag(
        found.get("CHANGES_ITEMS"),
        "CHANGES_ITEMS",
        "the task changes its items and every pass is still the same work",
        path,
    )
    defined = source.functions(tree)
    roles = source.check_roles(found.get("ROLES", {}), params, path)
    names = source.bound(tree)
    source.check_functions(defined, names, params, path, roles)
    return Workload(
        name=name,
        path=path,
        params=params,
        requires=tuple(requires),
        has_task="task" in names,
        has_task_async="task_async" in names,
        has_setup="setup" in names,
        has_observe="observe" in names,
        has_baseline="baseline" in names,
        has_units="units" in names,
        has_io_seconds="io_seconds" in names,
        cpu_bound=cpu_bound,
        roles=roles,
        digest=_digest(path, tree),
    )


def _name(path: Path) -> str:
    """Return the module name of ``path``, or raise when it cannot be imported under it."""
    name = path.stem
    if path.suffix != ".py" or not name.isidentifier() or keyword.iskeyword(name):
        what = f"the file name {path.name!r} cannot be imported"
        hint = "Name it like a Python module: letters, digits and _, then .py"
        raise GilscopeError(what, where=str(path), hint=hint)
    if name in RESERVED or name in sys.stdlib_module_names:
        what = f"the name {name!r} hides a module that the worker imports"
        hint = f"Rename the file, for example to {name}_work.py"
        raise GilscopeError(what, where=str(path), hint=hint)
    return name


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "there is no such file"
        raise GilscopeError(what, where=str(path), hint="Give the path of a workload's .py file.")
    try:
        source = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise GilscopeError(what, where=str(path), hint="Check its permissions.") from None
    if len(source) > MAX_BYTES:
        hint = "Make data in make_items or setup; a workload's file holds code."
        raise GilscopeError("is larger than 1 MiB", where=str(path), hint=hint)
    return source


def _parse(source: bytes, path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a string is its author's affair
            return ast.parse(source, filename=str(path))
    except SyntaxError as error:
        where = f"{path}:{error.lineno or 1}:{error.offset or 1}"
        hint = "Correct the line; a workload is written in the syntax of Python 3.9."
        raise GilscopeError(f"invalid Python: {error.msg}", where=where, hint=hint) from None
    except (ValueError, RecursionError, MemoryError) as error:
        hint = "A workload is a text file of Python source."
        what = f"cannot be parsed: {error or type(error).__name__}"
        raise GilscopeError(what, where=str(path), hint=hint) from None


def _digest(path: Path, tree: ast.Module) -> str:
    """Return the sha256 of the file and of what it imports from its own folder.

    Without such imports this is the plain sha256 of the file.
    """
    total = hashlib.sha256(path.read_bytes())
    seen: set[Path] = set()
    pending = list(_siblings(tree, path.parent))
    while pending:
        file = pending.pop()
        if file in seen or file == path:
            continue
        seen.add(file)
        if len(seen) > MAX_FILES:
            what = f"imports more than {MAX_FILES} files from its own folder"
            hint = "Give the workload a folder of its own, with the modules it needs."
            raise GilscopeError(what, where=str(path), hint=hint)
        if file.suffix == ".py":
            pending += _siblings(_parse(_bytes(file), file), path.parent)
    for file in sorted(seen):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"\0{file.relative_to(path.parent).as_posix()}\0{content}".encode())
    return total.hexdigest()


def _siblings(tree: ast.Module, folder: Path) -> Iterator[Path]:
    """Yield the files in ``folder`` that the imports of ``tree`` name, whole packages included."""
    for name in sorted(set(_imported(tree))):
        yield from (folder / name).rglob("*.py")
        for pattern in (f"{name}.py", f"{name}.so", f"{name}.*.so", f"{name}.pyd"):
            yield from folder.glob(pattern)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the first name of every import, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
