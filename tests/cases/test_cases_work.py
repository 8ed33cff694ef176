"""Code that other people brought, whose work is not what it seems."""

import pytest
from using import BROUGHT, ONE, OTHERS, SORTS, check, here, run

pytestmark = pytest.mark.cases

CHANGES = "task changes its items"
LAZY = "task returns a generator: nothing was computed"
STILL_WORK = "threads, threads-raw, asyncio-to-thread and sequential still work"
# "item 0" or "items[0]", and so on.
WHERE = (r"items?\[?0", "<lambda>", r"line 6|lam\.py:6")
STATE = "state kept in the module does not travel to processes"
# Every model of a plain task that an interpreter with one GIL has.
EVERY = ("sequential", "threads", "threads-raw", "asyncio-to-thread")
EVERY += ("processes-fork", "processes-forkserver", "processes-spawn")


@pytest.mark.parametrize("name", ["sorts", "consumes"])
def test_items_changed_in_place_are_named(tmp_path, pythons, name):
    """
    Later passes would be other work: `check` refuses it, and a run calls it wrong with the cause,
    but where every worker gets copies.
    """
    told = check(BROUGHT / f"{name}.py", tmp_path)
    assert told.status == 2
    told.says(CHANGES)
    found = run(BROUGHT / f"{name}.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 1
    found.all_are("wrong", ["sequential", "threads"], CHANGES)
    found.all_are("ok", ["processes-fork"])


@pytest.mark.parametrize("name", ["gen", "yielding"])
def test_a_generator_is_no_answer(tmp_path, pythons, name):
    """
    A generator that nobody reads has computed nothing, and what was not computed is not timed.
    """
    told = check(BROUGHT / f"{name}.py", tmp_path)
    assert told.status == 2
    told.says(LAZY)
    found = run(BROUGHT / f"{name}.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status in (1, 2)
    found.told.says_once(LAZY)
    found.all_are("error", SORTS, LAZY)


def test_an_item_that_cannot_be_sent_is_told_in_the_users_terms(tmp_path, pythons):
    """
    Which item, what in it, where in the user's file, and what works all the same.
    """
    told = check(BROUGHT / "lam.py", tmp_path)
    assert told.status == 0, told.text
    told.says("cannot be pickled", *WHERE, STILL_WORK)
    told.never_says("line 43")
    found = run(BROUGHT / "lam.py", tmp_path, here(pythons, ONE))
    assert found.told.status == 1
    found.all_are("ok", ["sequential", "threads", "threads-raw", "asyncio-to-thread"])
    processes = [name for name in EVERY if name.startswith("processes")]
    found.all_are("error", processes, *WHERE, STILL_WORK)
    found.told.never_says("opening the pool raised", "line 43")


@pytest.mark.parametrize("name", ["partial_task", "lambda_task"])
def test_whatever_can_be_called_is_a_task(tmp_path, pythons, name):
    """
    Every model finds it by its name, processes too.
    """
    told = check(BROUGHT / f"{name}.py", tmp_path)
    assert told.status == 0, told.text
    found = run(BROUGHT / f"{name}.py", tmp_path, here(pythons, ONE))
    assert found.told.status == 0, found.told.text
    found.all_are("ok", EVERY)


def test_state_of_the_module_stays_in_its_process(tmp_path, pythons):
    """
    What is right in one process and wrong in several counts in a global: that is the cause to name.
    """
    found = run(BROUGHT / "global_state.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 1
    found.told.says(STATE)
    found.all_are("ok", ["sequential", "threads"])
    found.all_are("wrong", ["processes-fork"], STATE)


def test_one_item_cannot_be_shared_out(tmp_path, pythons):
    """
    A speed-up of two workers with one item to do is chance, so no verdict is given.
    """
    found = run(BROUGHT / "one_item.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 0, found.told.text
    found.told.says("one item cannot be shared out among 2 workers")
    assert all("few-items" in codes for codes in found.codes("threads"))
    rows = found.frame().set_index("model")
    assert set(rows.loc[["threads", "processes-fork"], "note_codes"]) == {"few-items"}
    assert found.no_verdicts().count("one item cannot be shared out among 2 workers") >= 2


def test_a_cached_function_is_named(tmp_path, pythons):
    """
    Passes that look their answers up say nothing of the work, and are not just "too short".
    """
    found = run(BROUGHT / "cached.py", tmp_path, here(pythons, ONE), SORTS)
    assert found.told.status == 0, found.told.text
    found.told.says("a later pass of the same work takes", "its results are cached")
    assert all("cached" in codes for codes in found.codes("sequential"))
    assert "results are cached" in found.no_verdicts()


def test_printing_in_the_timed_region_is_said(tmp_path, pythons):
    """
    8 items of 10 lines each: what is written is timed with the work.
    """
    found = run(BROUGHT / "prints.py", tmp_path, here(pythons, ONE), ("sequential", "threads"))
    assert found.told.status == 0, found.told.text
    number = len("".join(f"progress {k}\n" for k in range(0, 100_000, 10_000))) * 8
    found.told.says(f"prints {number} bytes per pass")
    [noted] = {
        note["bytes"]
        for each in found.records("sequential")
        for note in each["response"]["notes"]
        if note["code"] == "printed"
    }
    assert noted == number


ELSEWHERE = {
    # file: status and phrases by model
    "consumes": {"threads": ("wrong", CHANGES), "processes-fork": ("ok",)},
    "gen": {"sequential": ("error", LAZY), "processes-fork": ("error", LAZY)},
    "lam": {"threads": ("ok",), "processes-fork": ("error", *WHERE)},
    "lambda_task": {"threads": ("ok",), "processes-spawn": ("ok",)},
    # Threads may lose counts where there is no GIL.
    "global_state": {"sequential": ("ok",), "processes-fork": ("wrong", STATE)},
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_it_is_named_on_other_interpreters_too(tmp_path, pythons, name):
    """
    Without a GIL, on the newest CPython and on PyPy the same things are found and said.
    """
    only = ELSEWHERE[name]
    wanted = here(pythons, *OTHERS)
    found = run(BROUGHT / f"{name}.py", tmp_path, wanted, tuple(only))
    for model, (status, *phrases) in only.items():
        found.all_are(status, [model], *phrases)
        assert {target for target, _ in found.statuses(model)} == set(wanted)
