"""Whether a task changes its items: later passes would then be other work.

The items are turned into pickles, of which nothing but a hash is kept, before anything has used
them and again afterwards. Nothing of this is on the clock, and items that cannot change, which
are numbers, texts and tuples of these, are not looked at. What cannot be pickled, as a lock, counts
as its type alone, and the rest of its item is known all the same.
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
# Modules whose objects are there to be shared, and to change while they are.
SHARED = frozenset({"threading", "_thread", "queue", "asyncio", "concurrent", "multiprocessing"})
PAUSED = ("gi_frame", "cr_frame", "ag_frame")  # where a generator, a coroutine, ... stands
HOOKS = ("__getstate__", "__reduce__", "__reduce_ex__")
PICKLED = CONSTANT - {complex, range} | {list, tuple, dict, set, frozenset, bytearray}
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
        self._before: list[tuple[int, Any, State]] = []
        seen: set[int] = set()
        until = perf_counter() + PATIENCE
        for index, item in enumerate(items):
            if id(item) in seen or constant(item):
                continue
            seen.add(id(item))
            state = _state(item, until)
            if state is not None:
                self._before.append((index, item, state))
            if perf_counter() > until:  # the others stay unknown
                break

    def look(self, most: int | None = None, when: str = "its first use") -> None:
        """Compare the items, or those among the first ``most``, with what they were."""
        if self.changed is not None:
            return
        for index, item, before in self._before:
            if most is not None and index >= most:
                return
            if before.differs(item):
                what = f"is another one after {when}"
                if _iterator(item):
                    what = "is an iterator, used up by its first pass"
                self.changed = (
                    f"task changes its items: item {index} ({type(item).__name__}) {what}, "
                    "so that later passes are other work"
                )
                return


class State:
    """What an item was: how it was hashed, and its hash.

    ``attributes`` is the hash of what its objects hold, where their classes say themselves what is
    pickled of them: that may be the time of day, and may leave out what is only kept for later.
    """

    def __init__(self, plain: bool, found: int, attributes: int | None) -> None:
        self.plain = plain
        self.hash = found
        self.attributes = attributes

    def differs(self, item: object) -> bool:
        """Return whether the item is known to be another one now."""
        after = _hash(item, self.plain, None)[0]
        # A pickle that differs from one time to the next says nothing.
        if after in {self.hash, None} or after != _hash(item, self.plain, None)[0]:
            return False
        if self.attributes is None:
            return True
        return _hash(item, self.plain, None, raw=True)[0] not in {self.attributes, None}


def _iterator(item: Any) -> bool:
    try:
        return iter(item) is item
    except BaseException:  # noqa: BLE001 - whatever a class of the workload's raises
        return False


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


def _state(item: object, until: float) -> State | None:
    """Return how the item was hashed, and its hash; None if it cannot be."""
    # Equal parts count as equal even where they were one object and are two now. An item that
    # contains itself, or one part very often, needs the pickler's memory of what it has seen.
    for plain in (True, False):
        limit = min(until, perf_counter() + QUICK) if plain else until
        found, hooked = _hash(item, plain, limit)
        if found is None:
            continue
        if not hooked:
            return State(plain, found, None)
        attributes = _hash(item, plain, until, raw=True)[0]
        same = attributes is not None and found == _hash(item, plain, until)[0]
        return State(plain, found, attributes) if same else None
    return None


def _hash(
    item: object, plain: bool, until: float | None, *, raw: bool = False
) -> tuple[int | None, bool]:
    """Return a hash of the item, or None, and whether a class says what is pickled of it.

    With ``raw`` it is not asked.
    """
    sink = _Sink(until)
    try:
        pickler = _pickler()(sink, 5)
        pickler.hooked, pickler.raw = False, raw
        pickler.fast = plain
        pickler.dump(item)
    except BaseException:  # noqa: BLE001 - whatever a class of the workload's raises
        return None, False
    return sink.hash, pickler.hooked


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
            hooked = False
            raw = False

            def reducer_override(self, obj: Any) -> Any:
                if obj is _same or type(obj) in PICKLED:  # PyPy asks for these as well
                    return NotImplemented
                if isinstance(obj, CODE):
                    return _same, (id(obj),)  # a lambda is no obstacle
                if _hooked(type(obj)):
                    self.hooked = True
                    if self.raw:
                        return _same, _attributes(obj)
                return _reduced(obj)

        _class = Hashing
    return _class


def _hooked(kind: type) -> bool:
    """Return whether a class written in Python, as its bases, says what is pickled of it."""
    news = [vars(each).get("__new__") for each in kind.__mro__[:-1]]
    if any(new and not _written(getattr(new, "__func__", new)) for new in news):
        return False  # a list, a random.Random: it holds more than attributes
    return any(_written(getattr(kind, name, None)) for name in HOOKS)


def _written(function: object) -> bool:
    """Return whether a function is Python code; PyPy's own are functions as well."""
    return isinstance(getattr(function, "__code__", None), type(_name.__code__))


def _attributes(obj: Any) -> tuple[Any, ...]:
    """Return what an object holds."""
    names = [name for kind in type(obj).__mro__ for name in _slots(kind)]
    slots = [(name, getattr(obj, name, None)) for name in names]
    return _name(obj), getattr(obj, "__dict__", None), slots


def _slots(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    slots = [slots] if isinstance(slots, str) else slots
    return [name for name in slots if name not in ("__dict__", "__weakref__")]


def _reduced(obj: Any) -> Any:
    """Return what stands for an object in a pickle: its parts, or its type where that is all."""
    if type(obj).__module__.split(".")[0] in SHARED:
        return _same, (_name(obj),)
    for name in PAUSED:
        if hasattr(type(obj), name):
            frame = getattr(obj, name)
            return _same, (_name(obj), None if frame is None else frame.f_lasti)
    try:
        import copyreg  # pickling imports it in any case

        reduce = copyreg.dispatch_table.get(type(obj))
        found = obj.__reduce_ex__(5) if reduce is None else reduce(obj)
    except BaseException:  # noqa: BLE001 - a lock, a file, whatever a class of the workload's raises
        if type(obj).__module__ == "itertools":  # from 3.14 on
            import gc

            return _same, (_name(obj), repr(obj) if _counts(obj) else "", gc.get_referents(obj))
        return _same, (_name(obj),)
    return (_same, (found,)) if isinstance(found, str) else found


def _counts(obj: object) -> bool:
    """Return whether the text of an iterator tells where it stands."""
    return type(obj).__name__ in ("count", "repeat")


def _name(obj: object) -> str:
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


def _same(*parts: Any) -> Any:
    """Stand for a piece of code, or a lock, in a pickle that nobody reads."""
    return parts
