"""Types that several modules name in annotations; imported by type checkers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager  # noqa: TC003 - this module is for checkers alone
from typing import Any, Protocol

Json = dict[str, Any]
Task = Callable[[Any], Any]
Call = Callable[[], Any]
Run = Callable[[Task, Sequence[Any]], "list[Any]"]
OpenPool = Callable[[], "AbstractContextManager[Run]"]
Params = Mapping[str, Any]


class Model(Protocol):
    """What a file in ``models/`` offers; see ``gilworker.models`` for the meaning."""

    TASK: str

    def unavailable(self) -> str | None:
        """Return why this interpreter cannot run the model, or None."""
        ...

    def pool(self, workers: int, **options: Any) -> AbstractContextManager[Run]:
        """Open ``workers`` workers and give the function that runs a task over items."""
        ...
