"""Check the answers of every pass, after the clock and after the pool."""

from __future__ import annotations

from gilworker import response
from gilworker.errors import Failure, one_line, reason_of

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from gilworker.contracts import Json, Params

    Pass = tuple[Json, Sequence[Any]]  # a value, and the results it took


def checked(
    workload: ModuleType, passes: list[Pass], params: Params
) -> tuple[BaseException | None, Failure | None]:
    """Add to every pass what is known of its answer.

    Returns the first error found, and a failure if judging itself went wrong. An answer that
    could not be checked counts as wrong: it is not known to be right.
    """
    first: BaseException | None = None
    broken: Failure | None = None
    for value, results in passes:
        value.update(status="ok", reason=None, observed=None)
        step = "check"
        try:
            workload.check(results, **params)
            step = "observe"
            if hasattr(workload, "observe"):
                value["observed"] = response.numbers(workload.observe(results))
        except BaseException as error:  # noqa: BLE001 - also sys.exit: every value is judged
            value["reason"] = reason_of(step, error)
            first = first or error
            if step == "check":
                value["status"] = "wrong"
            if step == "check" and isinstance(error, AssertionError):
                from gilworker import asserting  # only a wrong answer pays for it

                value["reason"] = one_line(asserting.told(error))
            elif broken is None:
                broken = Failure(value["reason"])
                broken.__cause__ = error
    return first, broken
