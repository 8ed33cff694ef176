"""Whether a task changes its items is told, and nothing else is taken for a change."""

import copy
import itertools
import queue
import random
import threading
from collections import OrderedDict, deque
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import RUN, offered

SORTS = """\
PARAMS = {"items": 3}
def make_items(items): return [[3, 1, 2 + number] for number in range(items)]
def task(numbers): numbers.sort(); return numbers[0]
async def task_async(numbers): return task(numbers)
def check(results, items): assert results == [1] * items
"""
IN_THIS_PROCESS = ["sequential", "threads", "threads-raw", "asyncio", "asyncio-to-thread"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@pytest.fixture(autouse=True)
def gilworker(monkeypatch):
    """Import the worker's package here, the way the worker finds it."""
    monkeypatch.syspath_prepend(str(RUN.parent))


def watched(items, act=id):
    """Return what is told of ``items`` after ``act`` was done to them."""
    from gilworker.items import Watch

    watch = Watch(items)
    act(items)
    watch.look()
    return watch.changed


@pytest.mark.parametrize("lifecycle", ["warm", "cold"])
@pytest.mark.parametrize("model", IN_THIS_PROCESS)
def test_a_task_that_changes_its_items_is_wrong(worker, tmp_path, model, lifecycle):
    """
    Every pass but the first sorts what is sorted, although each answer is right.
    """
    path = tmp_path / "sorts_mine.py"
    path.write_text(SORTS)
    answer = worker.trial(path, model=model, lifecycle=lifecycle)
    assert answer["status"] == "wrong"
    assert answer["reason"].startswith("task changes its items: item 0 (list) is another one")
    assert all(value["status"] == "ok" for value in answer["values"])
    assert answer["pyperf"]["benchmarks"]


@pytest.mark.parametrize("model", ["processes-fork", "processes-spawn", "interpreters"])
def test_a_task_may_change_the_copies_that_other_processes_get(worker, tmp_path, model):
    """
    Every pass sends the items anew.
    """
    path = tmp_path / "sorts_mine.py"
    path.write_text(SORTS)
    answer = offered(worker.trial(path, model=model))
    assert (answer["status"], answer["reason"]) == ("ok", None)


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("return numbers.pop()", "in the end task raised IndexError: pop from empty list"),
        ("numbers.sort(reverse=len(numbers) == numbers[0]); return 1", ""),
        (
            "numbers.append(0); return len(numbers)",
            "; warm-up 0: line 5: assert results == [1] * items: at [0] 5 and 1",
        ),
    ],
)
def test_the_cause_comes_before_what_it_led_to(any_worker, tmp_path, body, ending):
    """
    Items that run empty raise, others give other answers; the reason begins with why.
    """
    path = tmp_path / "changes_mine.py"
    path.write_text(SORTS.replace("numbers.sort(); return numbers[0]", body))
    answer = any_worker.trial(path, warmups=1, values=3)
    assert answer["status"] == "wrong"
    assert answer["reason"].startswith("task changes its items: item 0 (list)")
    assert ending in answer["reason"]


def test_an_item_that_is_turned_round_and_back_is_found(any_worker, tmp_path):
    """
    After an even number of passes it looks as before; so it is looked at after each first use.
    """
    path = tmp_path / "reverses_mine.py"
    path.write_text(SORTS.replace("sort(); return numbers[0]", "reverse(); return 1"))
    for model in ("sequential", "threads"):
        for values in (1, 2):
            answer = any_worker.trial(path, model=model, values=values)
            assert "task changes its items" in answer["reason"]


def test_an_item_that_is_used_up_is_called_an_iterator(any_worker, tmp_path):
    """
    Its later passes would find nothing to do.
    """
    path = tmp_path / "uses_mine.py"
    made = "[(k for k in [1, number]) for number in range(items)]"
    text = SORTS.replace("[[3, 1, 2 + number] for number in range(items)]", made)
    path.write_text(text.replace("numbers.sort(); return numbers[0]", "sum(numbers); return 1"))
    for model in ("sequential", "threads"):
        answer = any_worker.trial(path, model=model)
        assert answer["status"] == "wrong"
        words = "task changes its items: item 0 (generator) is an iterator, used up by its first"
        assert answer["reason"].startswith(words)


@pytest.mark.parametrize("model", ["sequential", "threads"])
def test_a_change_in_a_later_pass_is_found(any_worker, tmp_path, model):
    """
    The items are looked at again after the last value.
    """
    path = tmp_path / "changes_mine.py"
    text = SORTS.replace("numbers.sort()", "USES.append(0); len(USES) > 9 and numbers.append(0)")
    path.write_text(f"USES = []\n{text.replace('numbers[0]', '1')}")
    answer = any_worker.trial(path, model=model, values=3)
    assert answer["status"] == "wrong"
    assert "is another one after a later use" in answer["reason"]


def test_a_workload_may_declare_that_it_changes_its_items(any_worker, tmp_path):
    """
    A result written into a buffer of the item makes no later pass other work.
    """
    path = tmp_path / "sorts_mine.py"
    path.write_text(f"CHANGES_ITEMS = True\n{SORTS}")
    answer = any_worker.trial(path)
    assert (answer["status"], answer["reason"]) == ("ok", None)


def change(value):
    """Change ``value`` in place, somewhere inside; return whether that could be done."""
    if isinstance(value, list):
        value.append(None)
    elif isinstance(value, dict):
        value["\0 one more"] = None
    else:
        return isinstance(value, tuple) and any(map(change, value))
    return True


@given(st.lists(VALUES, max_size=5))
def test_items_that_nobody_changes_are_what_they_were(items):
    """
    Reading, copying, comparing and hashing change nothing.
    """

    def use(items):
        for item in items:
            copy.deepcopy(item)
            repr(item)
            assert item == item or item != item  # noqa: PLR0124 - a NaN is not

    assert watched(items, use) is None


@given(st.lists(VALUES, min_size=1, max_size=5), st.data())
def test_whatever_is_changed_in_place_is_found(items, data):
    """
    At any depth, in any of the items, and the item is named.
    """
    index = data.draw(st.integers(0, len(items) - 1))
    told = watched(items, lambda items: change(items[index]))
    changeable = change(copy.deepcopy(items[index]))
    assert (told is not None) is changeable
    if told is not None:
        assert f"item {index} (" in told


class Point:
    """An object with attributes."""

    def __init__(self, x):
        self.x = x


class Locked(Point):
    """An object that cannot be pickled."""

    def __init__(self, x):
        super().__init__(x)
        self.lock = threading.Lock()


class Timed(Point):
    """An object that is pickled with the time, and without what it remembers."""

    times = 0

    def __getstate__(self):
        """Leave out what is remembered; the time goes on only when it is set."""
        return {"x": self.x, "saved": Timed.times}


class Slotted:
    """An object without a dictionary."""

    __slots__ = ("x",)


def slotted():
    made = Slotted()
    made.x = [1]
    return made


def circle():
    made = [1]
    made.append(made)
    return made


def ladder():
    made = []
    for _ in range(60):  # two to the power of sixty elements for who forgets what it has seen
        made = [made, made]
    return made


def deep():
    made = []
    for _ in range(100_000):
        made = [made]
    return made


def generator():
    yield from range(3)


def spread(held):
    """Take and give back what the item shares with others."""
    with held.lock:
        held.lock = threading.Lock()


CHANGES = {
    "an attribute": (lambda: Point(1), lambda item: setattr(item, "x", 2)),
    "a new attribute": (lambda: Point(1), lambda item: setattr(item, "y", 2)),
    "a slot": (slotted, lambda item: item.x.append(2)),
    "a byte": (lambda: bytearray(200_000), lambda item: item.__setitem__(150_000, 1)),
    "a set": (lambda: {1, 2}, lambda item: item.add(3)),
    "an iterator": (lambda: iter([1, 2]), next),
    "a queue": (lambda: deque([1, 2]), lambda item: item.rotate()),
    "the order of keys": (lambda: OrderedDict(a=1, b=2), lambda item: item.move_to_end("a")),
    "a list beside a lambda": (lambda: (len, lambda: 1, [1]), lambda item: item[2].append(1)),
    "a list that holds itself": (circle, lambda item: item.append(2)),
    "a part that is there very often": (ladder, lambda item: item.append(2)),
    "a generator": (generator, next),
    "a generator in a map": (lambda: map(str, generator()), next),
    "a slice of a count": (lambda: itertools.islice(itertools.count(), 9), next),
    "a list beside a lock": (lambda: Locked([2, 1]), lambda item: item.x.sort()),
    "a list pickled with the time": (lambda: Timed([2, 1]), lambda item: item.x.sort()),
    "a source of chance": (lambda: random.Random(1), lambda item: item.random()),
    "a list in a long tuple": (lambda: (*range(5_000), []), lambda item: item[-1].append(1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_any_kind_is_found(name):
    """
    And the same item left alone is not.
    """
    make, act = CHANGES[name]
    assert watched([make()]) is None
    assert "item 1" in (watched([0, make()], lambda items: act(items[1])) or "")


class Restless:
    """An object whose pickle is another one each time."""

    times = 0

    def __reduce__(self):
        """Count."""
        Restless.times += 1
        return str, (str(Restless.times),)


class Exits:
    """An object that ends whoever pickles it."""

    def __reduce__(self):
        """Exit."""
        raise SystemExit(3)


UNKNOWN = {
    "a lock put in place of another": (lambda: Locked(1), spread),
    "a queue that is shared": (queue.Queue, lambda item: item.put(1)),
    "a generator that nobody asks": (generator, repr),
    "the time in a pickle": (lambda: Timed([1]), lambda _: setattr(Timed, "times", 1)),
    "an attribute that is not pickled": (lambda: Timed(1), lambda item: setattr(item, "y", 2)),
    "a pickle that is never the same": (Restless, repr),
    "a pickle that exits": (Exits, repr),
    "parts within parts without end": (deep, lambda item: item.append(1)),
    "a hash kept by its object": (lambda: Fraction(1, 3), hash),
    "an equal part put in place of another": (
        lambda: {"a": "".join(["x", "y"]), "b": 0},
        lambda item: item.update(a="".join(["x", "y"])),
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_no_change_or_cannot_be_known_is_not_called_one(name):
    """
    A wrong accusation would cost a right measurement.
    """
    make, act = UNKNOWN[name]
    assert watched([make()], lambda items: act(items[0])) is None


def test_one_object_that_is_several_items_is_looked_at_once():
    """
    The first of them is named.
    """
    shared = [1]
    assert "item 0" in (watched([shared, shared], lambda items: items[1].append(2)) or "")
