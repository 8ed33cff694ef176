"""What a trial says about the work besides its time: promises, few items, caches, what is sent."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import MODELS, RUN, offered

BASE = """\
import asyncio, itertools, threading
from functools import lru_cache, partial
PARAMS = {"items": 4, "n": 60_000}
def make_items(items, n): return [n + number for number in range(items)]
def heavy(n): return sum(k * k for k in range(n))
def task(n): return heavy(n)
async def task_async(n): return task(n)
def check(results, items, n): assert len(results) == items and None not in results
"""


@pytest.fixture(autouse=True)
def gilworker(monkeypatch):
    """Import the worker's package here, the way the worker finds it."""
    monkeypatch.syspath_prepend(str(RUN.parent))


@pytest.fixture
def write(tmp_path):
    """Write a workload of which one line is another one."""

    def write(old, new):
        assert old in BASE
        path = tmp_path / "noted_mine.py"
        path.write_text(BASE.replace(old, new, 1))
        return path

    return write


def codes(answer):
    assert (answer["status"], answer["reason"]) == ("ok", None)
    return {note["code"]: note for note in answer["notes"]}


@pytest.mark.parametrize("model", MODELS)
def test_ordinary_work_has_no_note(worker, write, model):
    """
    Nothing is said of what is as it should be, and what is not declared is not known.
    """
    answer = offered(worker.trial(write("task", "task"), model=model))
    assert codes(answer) == {}
    assert answer["cpu_bound"] is None


@pytest.mark.parametrize("declared", [True, False])
def test_whether_work_only_computes_is_said_where_it_is_declared(any_worker, write, declared):
    """
    False is another answer than none.
    """
    path = write("PARAMS", f"CPU_BOUND = {declared}\nPARAMS")
    assert any_worker.trial(path)["cpu_bound"] is declared


PROMISES = {
    "(k for k in range(n))": "a generator",
    "map(str, range(n))": "a map object",
    "zip(range(n))": "a zip object",
    "enumerate(range(n))": "an enumerate object",
    "itertools.chain(range(n))": "a chain object",
    "asyncio.sleep(0)": "a coroutine",
}


@pytest.mark.parametrize("lifecycle", ["warm", "cold"])
@pytest.mark.parametrize("model", MODELS)
def test_a_generator_in_place_of_a_result_is_an_error(worker, write, model, lifecycle):
    """
    Nothing was computed, so there is no time of it, in whatever model.
    """
    path = write("def task(n): return heavy(n)", "def task(n): yield heavy(n)")
    answer = offered(worker.trial(path, model=model, lifecycle=lifecycle))
    name = "task_async" if model == "asyncio" else "task"
    assert answer["status"] == "error"
    assert answer["reason"] == f"{name} returns a generator: nothing was computed"


@pytest.mark.parametrize("expression", PROMISES)
def test_whatever_is_only_a_promise_is_named(worker, write, expression):
    """
    By the kind of it, on every interpreter.
    """
    answer = worker.trial(write("return heavy(n)", f"return {expression}"))
    assert answer["status"] == "error"
    assert answer["reason"] == f"task returns {PROMISES[expression]}: nothing was computed"


def test_a_coroutine_function_that_yields_is_named(worker, write):
    """
    Before anybody awaits it.
    """
    answer = worker.trial(
        write("async def task_async(n): return", "async def task_async(n): yield"), model="asyncio"
    )
    assert answer["reason"] == "task_async returns an async generator: nothing was computed"


HELD = {
    "(n, (k for k in [n]))": "a generator inside a tuple",
    "[n, {'rows': [map(str, [n])]}]": "a map object inside a list",
    "{'sum': n, 'later': asyncio.sleep(0)}": "a coroutine inside a dict",
}


@pytest.mark.parametrize("expression", HELD)
def test_a_promise_inside_a_result_is_named(any_worker, write, expression):
    """
    What holds it was computed, and it was not.
    """
    path = write("return heavy(n)", f"import asyncio; return {expression}")
    reason = f"task returns {HELD[expression]}: nothing was computed"
    assert any_worker.trial(path)["reason"] == reason


RESULTS = [
    "range(n)",
    "iter([n])",
    "[n]",
    "open('/dev/null')",
    "(n, __import__('itertools').count())",
]


@pytest.mark.parametrize("expression", RESULTS)
def test_a_result_that_can_be_gone_through_is_a_result(any_worker, write, expression):
    """
    What it gives is there.
    """
    assert codes(any_worker.trial(write("return heavy(n)", f"return {expression}"))) == {}


@pytest.mark.parametrize(("items", "text"), [(1, "one item"), (3, "3 items")])
def test_fewer_items_than_workers_are_told(any_worker, write, items, text):
    """
    Some workers have nothing to do, whatever the model.
    """
    path = write("task", "task")
    for model in ("threads", "processes-fork", "asyncio"):
        answer = any_worker.trial(path, {"items": items}, model=model, workers=4)
        assert codes(answer) == {
            "few-items": {
                "code": "few-items",
                "text": f"{text} cannot be shared out among 4 workers",
                "items": items,
                "workers": 4,
            }
        }
    assert codes(any_worker.trial(path, {"items": 1})) == {}


def test_an_item_that_is_most_of_the_work_is_told(worker, write):
    """
    The share is that of CPU work which is known: one of four items does eight ninths of it.
    """
    old = "return [n + number for number in range(items)]"
    path = write(old, "return [n * 24, n, n, n]")
    note = codes(worker.trial(path, {"n": 20_000}))["skewed-items"]
    assert note["workers"] == 2
    assert note["best"] == pytest.approx(min(2, 1 / note["share"]))
    share = f"{100 * note['share']:.0f} %"
    best = f"{note['best']:.2f}x"
    assert note["text"] == (
        f"one item is {share} of the work; the best that 2 workers can give is {best}"
    )
    assert 0.6 < note["share"] < 1


def test_a_pass_that_takes_long_is_not_made_once_more(any_worker, write):
    """
    The survey is worth two seconds at most.
    """
    path = write("return heavy(n)", "import time; time.sleep(2.1 if n == 60_000 else 0); return n")
    answer = any_worker.trial(path, {"items": 2}, warmups=0)
    assert codes(answer) == {}
    assert answer["times"]["survey"] == 0


@pytest.mark.parametrize("items", ["n + number", "n"])
def test_results_that_are_cached_are_told(worker, write, items):
    """
    Also where all items are alike, and the first worker's first item has filled the cache.
    """
    text = BASE.replace("n + number", items)
    path = write("task", "task")
    path.write_text(text.replace("def heavy", "@lru_cache(None)\ndef heavy"))
    note = codes(worker.trial(path, {"n": 2_000_000}))["cached"]
    assert note["ratio"] < 0.01
    assert note["text"].startswith("a later pass of the same work takes 1/")
    assert note["text"].endswith(" of the first: its results are cached")


def test_what_a_pass_prints_is_counted_exactly(worker, write):
    """
    To both streams, and once: the pass that counts is thrown away.
    """
    new = "print('x' * n); __import__('sys').stderr.write('ab'); return n"
    path = write("return heavy(n)", new)
    answer = worker.trial(path, {"n": 1_000}, values=1, warmups=0)
    size = sum(1_000 + number + 1 + 2 for number in range(4))
    assert codes(answer) == {
        "printed": {
            "code": "printed",
            "text": "prints 4 018 bytes per pass, timed with the work",
            "bytes": size,
        }
    }


COUNTED = "__import__('time').sleep(0.02); DATA.append(n); return len(DATA)"
STATE = {
    "counted": ("[]", "", COUNTED, "assert len(set(results)) == items", "wrong"),
    "looked up": (
        "{}",
        "DATA.update({n: n}); ",
        "return DATA.get(n, 0) and n",
        "assert results[0] == n",
        "wrong",
    ),
    "missing": (
        "[]",
        "DATA.extend(range(9)); ",
        "return DATA[8]",
        "assert results == [8] * items",
        "error",
    ),
}


@pytest.mark.parametrize("model", ["processes-spawn", "interpreters"])
@pytest.mark.parametrize("case", STATE)
def test_state_that_stays_at_home_is_the_cause_that_is_named(worker, write, model, case):
    """
    Processes answer wrongly, or find nothing, where one process answers the same items rightly.
    """
    kind, filling, body, check, status = STATE[case]
    path = write("return heavy(n)", body)
    text = path.read_text().replace("return [n +", f"{filling}return [n +")
    text = text.replace("assert len(results) == items and None not in results", check)
    path.write_text(f"DATA = {kind}\n{text}")
    here = worker.trial(path)
    assert here["status"] == "ok"
    answer = offered(worker.trial(path, model=model))
    assert answer["status"] == status
    where = "processes or interpreters" if model == "interpreters" else "processes"
    assert answer["reason"].startswith(f"state kept in the module does not travel to {where}: ")


def test_an_answer_that_is_wrong_everywhere_has_no_such_cause(any_worker, write):
    """
    It is the task's own.
    """
    path = write("None not in results", "False")
    answer = any_worker.trial(path, model="processes-fork")
    assert answer["reason"].startswith("warm-up 0: line 8: assert len(results) == items and False")


SENT = [
    ("[(lambda k: k, n)] * items", "item 0[0] is <lambda> (noted_mine.py:4)"),
    ("[n, {'f': [1, threading.Lock()]}, n, n]", "item 1['f'][1] is a _thread.lock"),
    ("[partial(heavy, k=heavy, j=lambda: 1)] * items", "item 0.keywords['j'] is <lambda>"),
    ("[(k for k in [n])] * items", "item 0 is a generator (noted_mine.py:4)"),
    (
        "[type('Here', (), {'__qualname__': 'f.<locals>.Here'})()] * items",
        "item 0 is an object of f.<locals>.Here, a class inside a function",
    ),
]


@pytest.mark.parametrize("model", ["processes-fork", "processes-spawn", "interpreters"])
@pytest.mark.parametrize(("items", "words"), SENT, ids=range(len(SENT)))
def test_what_cannot_be_sent_is_named_with_its_line(worker, write, model, items, words):
    """
    Which item, which part of it, what that is, and who can do without sending it.
    """
    path = write("[n + number for number in range(items)]", items)
    path.write_text(path.read_text().replace("return heavy(n)", "return 1"))
    answer = offered(worker.trial(path, model=model))
    assert answer["status"] == "error"
    assert answer["reason"].startswith(f"items cannot be pickled: {words}"), answer["reason"]
    assert answer["reason"].endswith(
        "; threads, threads-raw, asyncio-to-thread and sequential still work"
    )
    assert worker.trial(path, model="threads")["status"] == "ok"


@pytest.mark.parametrize("model", ["processes-fork", "interpreters"])
def test_what_a_result_holds_that_cannot_be_sent_is_named(worker, write, model):
    """
    It is the task's error, and not that of opening the pool.
    """
    answer = offered(worker.trial(write("return heavy(n)", "return n, lambda: n"), model=model))
    assert answer["status"] == "error"
    assert answer["reason"].startswith(
        "task returns what cannot be pickled: the result of item 0[1] is <lambda> (noted_mine.py:6)"
    )


AMOUNTS = [
    ("io_seconds", "-5.0", "io_seconds is -5.0, not a number from 0 to 1e+15"),
    ("io_seconds", "float('nan')", "io_seconds is nan, not a number from 0 to 1e+15"),
    ("units", "0", "units is 0, not a number from 1e-12 to 1e+15"),
    ("units", "True", "units is True, not a number"),
    ("baseline", "float('inf')", "baseline is inf, not a number from 1e-12 to 1e+15"),
    ("baseline", "'2'", "baseline is '2', not a number"),
    ("units", "10 ** 400", f"units is {10**400!r:.60}, not a number from 1e-12 to 1e+15"),
]


@pytest.mark.parametrize(("name", "value", "reason"), AMOUNTS)
def test_an_amount_that_cannot_be_is_the_workloads_failure(any_worker, write, name, value, reason):
    """
    Nothing is measured with it.
    """
    path = write("def task(n)", f"def {name}(items, n): return {value}\ndef task(n)")
    answer = any_worker.trial(path)
    assert (answer["status"], answer["reason"]) == ("error", reason)


def test_nothing_waits_for_no_time(any_worker, write):
    """
    A workload may wait as long as a parameter says, which may be 0.
    """
    path = write("def task(n)", "def io_seconds(items, n): return 0\ndef task(n)")
    assert any_worker.trial(path)["io_seconds"] == 0


def test_half_a_character_in_a_parameter_is_refused(any_worker, write):
    """
    No file could hold it.
    """
    answer = any_worker.trial(write("task", "task"), {"n": ["\ud800"]})
    assert answer["status"] == "error"
    assert "half a character" in answer["reason"]


def test_half_a_character_in_an_error_is_written_out(any_worker, write):
    """
    What is told is text, whatever the workload raises.
    """
    path = write("return heavy(n)", "raise ValueError('\\ud800')")
    answer = any_worker.trial(path)
    assert answer["reason"] == "task raised ValueError: \\ud800"
    json.dumps(answer, ensure_ascii=False).encode()


def test_a_clock_that_stands_still_is_a_failure(any_worker, write):
    """
    As under a library that freezes time.
    """
    path = write(
        "def task(n)",
        "import gilworker.passes; gilworker.passes.perf_counter = lambda: 7.0\ndef task(n)",
    )
    answer = any_worker.trial(path)
    assert answer["status"] == "error"
    assert answer["reason"] == "the clock stood still: a pass took 0.0 s"
    assert answer["values"] == []


ASSERTIONS = [
    ("assert results == [1, 2, 4]", "at [2] 3 and 4"),
    ("assert results == [1, 2]", "3 elements and 2"),
    ("assert len(results) == 3 and results[0] > 1", "1 and 1"),
    ("assert 0 < results[0] < 1", "1 and 1"),
    ("assert all(r < limit for r in results)", "3 and 3"),
    ("assert all(a == b for a, b in zip(results, [1, 3, 3]))", "2 and 3"),
    ("assert 9 in results", "9 and [1, 2, 3]"),
    ("assert not results", None),
    ("assert next(iterator)", None),
]


@pytest.mark.parametrize(("line", "sides"), ASSERTIONS)
def test_an_assertion_tells_what_it_compared(tmp_path, line, sides):
    """
    The first comparison that is false, and of lists the first elements that differ.
    """
    text = told(tmp_path, f"def check(results, limit, iterator):\n    {line}\n")
    assert text == f"line 2: {line}" + (f": {sides}" if sides else "")


def told(folder, source):
    """Return what is told of an assertion in ``source``."""
    from gilworker import asserting

    path = folder / "asserted.py"
    path.write_text(source)
    names = {}
    exec(compile(source, str(path), "exec"), names)
    with pytest.raises(AssertionError) as raised:
        names["check"]([1, 2, 3], 3, iter([0, 1]))
    return asserting.told(raised.value)


@pytest.mark.parametrize("message", ["", ', "sums differ"'])
def test_last_bits_are_told_from_another_answer(tmp_path, message):
    """
    Floats that another order of additions makes differ are no wrong sum; the cure is named.
    """
    source = f"def check(*_):\n    assert [0.1 + 0.2] == [0.3]{message}\n"
    text = told(tmp_path, source)
    assert text.endswith("; they differ in the last bits: compare with math.isclose")
    assert text.startswith("sums differ" if message else "line 2: ")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-300), st.integers(1, 8))
def test_last_bits_are_a_few_units_in_the_last_place(value, steps):
    """
    And neither equality nor a difference that can be seen.
    """
    from gilworker.asserting import close

    other = value
    for _ in range(steps):
        other = math.nextafter(other, math.inf)
    assert close(value, other) is (other != math.inf)
    assert not close(value, value)
    assert not close(value, value * 1.001)
