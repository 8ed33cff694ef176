"""Why a trial failed or answered wrongly, found out afterwards: nothing of this is on the clock."""

from __future__ import annotations

from gilworker import computed, sending
from gilworker.errors import Failure, one_line, skips

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.trial import Trial

PATIENCE = 15.0  # seconds that one more pass in this process may take, as far as can be foreseen
# Words of pickle, and of what multiprocessing and interpreters put in its place.
UNSENT = ("pickl", "Can't get local object", "hareable", "serialize", "through inheritance")
# What a function raises that does not find what it has left somewhere.
MISSED = ("KeyError", "IndexError", "AttributeError", "NameError", "TypeError", "StopIteration")


def of_error(trial: Trial, error: Failure) -> Failure | None:
    """Return a failure that says what has led to ``error``; None where that is not known."""
    reason = error.reason
    trial.look_at_items()
    why: str | None = None
    if trial.watch is not None and trial.watch.changed is not None:
        why = f"{trial.watch.changed}; in the end {reason}"
    elif not _copies(trial) or skips(reason) is not None:
        return None
    elif any(word in reason for word in UNSENT):
        why = _unsent(trial)
    elif any(reason.startswith(f"{trial.model.TASK} raised {kind}") for kind in MISSED):
        why = _state(trial, reason)
    if why is None:
        return None
    failure = Failure(one_line(why))
    if trial.watch is not None and trial.watch.changed is not None:
        failure.status = "wrong"  # whatever it ended in, later passes were other work
    return failure


def of_wrong(trial: Trial, reason: str) -> str:
    """Return ``reason``, why an answer is wrong, or what has led to it."""
    if trial.watch is not None and trial.watch.changed is not None:
        return one_line(f"{trial.watch.changed}; {reason}")
    if _copies(trial):
        return one_line(_state(trial, reason) or reason)
    return reason


def _copies(trial: Trial) -> bool:
    return getattr(trial.model, "COPIES", False) and trial.group is None


def _unsent(trial: Trial) -> str | None:
    """Return which item, or which part of a result, cannot be sent."""
    part = sending.unsendable(trial.items)
    if part is not None:
        return f"items cannot be pickled: {part}; {sending.OTHERS}"
    try:
        trial.settings.prepare()
        result = getattr(trial.workload, trial.model.TASK)(trial.items[0])
        computed.demand(trial.model.TASK, result)
    except Failure as failure:
        return failure.reason
    except BaseException:  # noqa: BLE001 - then nothing more is known than was before
        return None
    if sending.error_of(result) is None:
        return None
    part = sending.smallest("the result of item 0", result)
    return f"{trial.model.TASK} returns what cannot be pickled: {part}; {sending.OTHERS}"


def _state(trial: Trial, reason: str) -> str | None:
    """Return that state does not travel, if this one process answers the same items rightly."""
    times = trial.answer["times"]
    # Of a pass, if there was one: a pool opens as slowly as the machine is busy.
    spent = times["warmup"] + times["timed"] if trial.passes else times["open"] / 2
    if spent / max(1, len(trial.passes)) * trial.request["workers"] > PATIENCE:
        return None
    try:
        trial.settings.prepare()
        task = getattr(trial.workload, trial.model.TASK)
        trial.workload.check([task(item) for item in trial.items], **trial.params)
    except BaseException:  # noqa: BLE001 - so it is not that
        return None
    others = " or interpreters" if trial.request["model"] == "interpreters" else ""
    return f"state kept in the module does not travel to processes{others}: {reason}"
