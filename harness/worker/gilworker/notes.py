"""Facts about the work that are no failure, but that a reader of its time has to know."""

from __future__ import annotations

from gilworker.errors import one_line

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json
    from gilworker.trial import Trial

SKEWED = 0.55  # share of one item from which on two workers lose a tenth of what they could give
CACHED = 0.01  # of the first pass: nothing but a cache makes a later one so short
REMEMBERED = 0.001  # of an item's first run: then compilers and files have been warmed up as well
LEAST = 0.001  # seconds; below it a first pass is mostly cold caches of the processor
REPEATED = 2.0  # seconds of a pass: a longer one is not made once more for the sake of a note


def of(trial: Trial) -> list[Json]:
    """Return the notes of a trial that has ended; a group has none."""
    if trial.group is not None:
        return []
    found = [few_items(len(trial.items), trial.request["workers"])]
    seconds = [value["seconds"] for value, _ in trial.passes]
    survey, first = trial.survey, trial.first
    if survey is not None:
        found.append(skewed(survey.share) if len(trial.items) > 1 else None)
        found.append(printed(survey.printed or 0))
        seconds.append(sum(survey.seconds))
    changed = trial.watch is not None and trial.watch.changed is not None
    if not trial.cold and not changed and len(seconds) > 1:
        note = cached(seconds[0], min(seconds[1:]))
        if note is None and survey is not None and first is not None and first.seconds is not None:
            # Items that are all alike are cached by the first run of one of them.
            note = cached(first.seconds, survey.seconds[0], REMEMBERED)
        found.append(note)
    return [note for note in found if note is not None]


def few_items(items: int, workers: int) -> Json | None:
    """Return the note that some workers have nothing to do, or None."""
    if items >= workers:
        return None
    what = "one item" if items == 1 else f"{items} items"
    text = f"{what} cannot be shared out among {workers} workers"
    return _note("few-items", text, items=items, workers=workers)


def skewed(share: float, workers: int = 2) -> Json | None:
    """Return the note that one item is most of the work, or None."""
    if share < SKEWED:
        return None
    best = min(workers, 1 / share)
    text = (
        f"one item is {100 * share:.0f} % of the work; "
        f"the best that {workers} workers can give is {best:.2f}x"
    )
    return _note("skewed-items", text, share=share, workers=workers, best=best)


def cached(first: float, later: float, limit: float = CACHED) -> Json | None:
    """Return the note that later passes do not compute, or None; times in seconds."""
    if first < LEAST or later > limit * first:
        return None
    ratio = max(later, 1e-9) / first  # a clock may not resolve a cached pass
    text = f"a later pass of the same work takes 1/{spaced(round(1 / ratio))} of the first"
    return _note("cached", f"{text}: its results are cached", ratio=ratio)


def printed(size: int) -> Json | None:
    """Return the note that a pass writes to standard output or error, or None."""
    if not size:
        return None
    text = f"prints {spaced(size)} bytes per pass, timed with the work"
    return _note("printed", text, bytes=size)


def spaced(number: int) -> str:
    """Return a number with a space between thousands."""
    return f"{number:,}".replace(",", " ")


def _note(code: str, text: str, **numbers: float) -> Json:
    return {"code": code, "text": one_line(text), **numbers}
