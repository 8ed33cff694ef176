"""Which experiments a command means: files, or those that come with gilscope, by name."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import GilscopeError, did_you_mean
from harness.experiment import Experiment
from harness.workload import experiments_folder

_LESSONS = ("samples", "selftest")  # of their own kind: named, never part of a preset


def files() -> list[Path]:
    """Return the files of all experiments a preset may measure."""
    return sorted(experiments_folder().glob("*.toml"))


def find(word: str) -> Path:
    """Return the file that ``word`` stands for: a path, or the name of an experiment of ours.

    A file comes before a name. Raises GilscopeError for a word that is neither and looks like a
    name; what is wrong with a path is said by whoever reads it.
    """
    path = Path(word)
    if path.is_file() or path.suffix or "\0" in word:
        return path
    named = {each.stem: each for each in files()}
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
    return path.stem if path in files() else str(path)


def load_experiments(
    words: Sequence[str],
    *,
    preset: str | None,
    blocks: int | None,
    values: int | None,
    timeout: float | None,
) -> list[Experiment]:
    """Return the experiments named, or all of ours, bent as the options say."""
    from harness import experiment

    chosen = []
    for path in [find(word) for word in words] or files():
        loaded = experiment.with_preset(experiment.load(path), preset)
        if loaded is not None:
            bent = experiment.with_design(loaded, blocks=blocks, values=values, timeout=timeout)
            chosen.append(bent)
    names = [each.name for each in chosen]
    for name in names:
        if names.count(name) > 1:
            raise GilscopeError(
                f"two experiments are called {name!r}",
                where=", ".join(str(each.path) for each in chosen if each.name == name),
                hint="Results are kept by name: rename one of the files.",
            )
    if not chosen:
        raise GilscopeError(
            "no experiment is left to run",
            where=f"--preset {preset}" if preset else "EXPERIMENT",
            hint=f"{' and '.join(words) or 'Every experiment'}: not part of this preset.",
        )
    return chosen
