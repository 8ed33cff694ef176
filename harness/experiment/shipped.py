"""The experiments that come with gilscope, by name: usable from any folder."""

from pathlib import Path

from harness.errors import GilscopeError, did_you_mean
from harness.workload import experiments_folder

_LESSONS = ("samples", "selftest")  # of their own kind: named, never part of a preset


def experiments() -> list[Path]:
    """Return the files of all experiments a preset may measure."""
    return sorted(experiments_folder().glob("*.toml"))


def experiment(word: str) -> Path:
    """Return the file that ``word`` stands for: a path, or the name of an experiment of ours.

    A file comes before a name. Raises GilscopeError for a word that is neither and looks like a
    name; what is wrong with a path is said by whoever reads it.
    """
    path = Path(word)
    if path.is_file() or path.suffix or "\0" in word:
        return path
    named = {each.stem: each for each in experiments()}
    folder = experiments_folder()
    for lessons in _LESSONS:
        named |= {f"{lessons}/{each.stem}": each for each in folder.glob(f"{lessons}/*.toml")}
    if word in named:
        return named[word]
    if path.exists():
        return path
    raise GilscopeError(
        f"there is no such file, and no experiment of that name{did_you_mean(word, named)}",
        where=word,
        hint=f"Give the path of an experiment file, or a name: {', '.join(sorted(named))}.",
    )


def word(path: Path) -> str:
    """Return what a user would write for an experiment file: the name of one of ours, or a path."""
    return path.stem if path in experiments() else str(path)
