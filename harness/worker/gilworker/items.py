"""Whether a task changes its items: later passes would then be other work.

The items are turned into pickles, of which nothing but a hash is kept, before anything has used
them and again afterwards. Nothing of this is on the clock, and items that cannot change, which
are numbers, texts and tuples of these, are not looked at. What cannot be pickled is not known.
"""

from __future__ import annotations

import sys
from time import perf_counter

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

DECLARED = "CHANGES_ITEMS"  # a workload's constant: every pass is the same work all the same
CURE = f"change a copy, or declare {DECLARED} = True"
PATIENCE = 5.0  # seconds for the first look at all items
QUICK = 0.5  # seconds for one item without the memory of what was seen
ELEMENTS = 1_000  # of a tuple that are looked at one by one; pickling more of them is faster
CONSTANT = frozenset({int, float, complex, bool, str, bytes, range, type(None)})
CODE = (type(lambda: 0), type(len), type(sys), type)  # never changed by use


class Watch:
    """The items of a trial as they were; ``changed`` says how they differ, once they do.

    Parameters
    ----------
    items : sequence
        As ``make_items`` returned them. Where one object is several items it is kept once.
    """

    def __init__(self, items: Sequence[Any]) -> None:
        self.changed: str | None = None
        self._before: list[tuple[int, Any, bool, int]] = []
        seen: set[int] = set()
        until = perf_counter() + PATIENCE
        for index, item in enumerate(items):
            if id(item) in seen or constant(item):
                continue
            seen.add(id(item))
            state = _state(item, until)
            if state is not None:
                self._before.append((index, item, *state))
            if perf_counter() > until:  # the others stay unknown
                break

    def look(self, most: int | None = None) -> None:
        """Compare the items, or those among the first ``most``, with what they were."""
        if self.changed is not None:
            return
        for index, item, plain, before in self._before:
            if most is not None and index >= most:
                return
            after = _hash(item, plain, None)
            # A pickle that differs from one time to the next says nothing.
            if after not in {before, None} and after == _hash(item, plain, None):
                self.changed = (
                    f"task changes its items: item {index} ({type(item).__name__}) is another one "
                    "after its first use, so that later passes are other work"
                )
                return


def constant(item: object, room: int = ELEMENTS) -> bool:
    """Return whether ``item`` is known to be of values that nothing can change."""
    kind = type(item)
    if kind in CONSTANT:
        return True
    if kind is not tuple and kind is not frozenset:
        return False
    assert isinstance(item, (tuple, frozenset))
    room //= max(1, len(item))  # so that nested ones take no longer
    return room > 0 and all(constant(element, room) for element in item)


def _state(item: object, until: float) -> tuple[bool, int] | None:
    """Return how the item was hashed, and its hash; None if it cannot be."""
    # Equal parts count as equal even where they were one object and are two now. An item that
    # contains itself, or one part very often, needs the pickler's memory of what it has seen.
    for plain in (True, False):
        limit = min(until, perf_counter() + QUICK) if plain else until
        found = _hash(item, plain, limit)
        if found is not None:
            return plain, found
    return None


def _hash(item: object, plain: bool, until: float | None) -> int | None:
    sink = _Sink(until)
    try:
        pickler = _pickler()(sink, 5)
        pickler.fast = plain
        pickler.dump(item)
    except BaseException:  # noqa: BLE001 - whatever a class of the workload's raises
        return None
    return sink.hash


class _Sink:
    """A file of which only the hash is kept; hash() differs by process, and stays in it."""

    def __init__(self, until: float | None) -> None:
        self.hash = 0
        self.until = until

    def write(self, data: Any) -> int:
        """Take a piece; raise where it takes too long."""
        if self.until is not None and perf_counter() > self.until:
            raise TimeoutError
        self.hash = hash((self.hash, bytes(data)))
        return len(data)


_class: Any = None


def _pickler() -> Any:
    """Return the class that pickles, made when it is first needed: most items are constant."""
    global _class  # noqa: PLW0603 - importing it at the top would cost every trial
    if _class is None:
        try:
            from _pickle import Pickler  # without the module around it, which takes ms to import
        except ImportError:
            from pickle import Pickler

        class Hashing(Pickler):
            def reducer_override(self, obj: Any) -> Any:
                if isinstance(obj, CODE) and obj is not _same:
                    return _same, (id(obj),)  # a lambda is no obstacle
                return NotImplemented

        _class = Hashing
    return _class


def _same(identity: int) -> int:
    """Stand for a piece of code in a pickle that nobody reads."""
    return identity
