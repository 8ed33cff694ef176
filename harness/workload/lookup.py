"""Which file a workload's name means."""

from pathlib import Path

import harness
from harness.errors import GilscopeError, did_you_mean


def split(level: str) -> tuple[str, str | None]:
    """Split a workload level ``NAME@LABEL`` into its name (or path to a .py) and its label."""
    if "@" not in level or level.endswith(".py"):
        return level, None
    name, _, label = level.rpartition("@")
    return name, label


def short_name(level: str) -> str:
    """Return the name of a level's file: ``work`` for ``work@big`` and for ``/some/work.py``."""
    name, _ = split(level)
    return Path(name).stem if name.endswith(".py") else name


def find(level: str, beside: Path | None = None) -> Path:
    """Return the file of a workload level.

    A name is looked up in ``workloads`` in the folder ``beside`` (that of the experiment file)
    and then among the project's own; a path to a .py file is taken from ``beside``, or as is.
    """
    name, _ = split(level)
    if name.endswith(".py"):
        path = (beside or Path()) / Path(name).expanduser()
        if path.is_file():
            return path
        hint = "Give the path of a file; a bare name is looked up in workloads/."
        raise GilscopeError("there is no such workload file", where=str(path), hint=hint)
    folders = [*([beside / "workloads"] if beside else []), experiments_folder() / "workloads"]
    if name.isidentifier():  # else a path in disguise, which would leave the folders
        for folder in folders:
            if (folder / f"{name}.py").is_file():
                return folder / f"{name}.py"
    known = sorted({path.stem for folder in folders for path in folder.glob("[!_]*.py")})
    raise GilscopeError(
        f"unknown workload {name!r}{did_you_mean(name, known)}",
        where=f"workload {level!r}",
        hint=f"Known: {', '.join(known) or 'none'}. Searched: {', '.join(map(str, folders))}.",
    )


def experiments_folder() -> Path:
    """Return the folder of our experiments: inside an installed wheel, else in the checkout."""
    package = Path(harness.__file__).parent
    installed = package / "experiments"
    return installed if installed.is_dir() else package.parent / "experiments"
