"""One event loop from opening to orderly closing, and a gather that leaves nothing running."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from typing import Any


@contextmanager
def opened() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield a new event loop; close it as ``asyncio.run`` does."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(_settled(left))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


async def together(coroutines: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Return all results in order; if one raises, cancel and await the rest, then raise.

    ``asyncio.TaskGroup`` does this from 3.11 on.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await _settled(tasks)
        raise


async def _settled(tasks: Iterable[asyncio.Future[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
