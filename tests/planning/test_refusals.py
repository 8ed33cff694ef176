"""What a run says of cells that could not be measured: each reason once."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GilscopeError
from harness.experiment import Design, Experiment, Factors
from harness.planning.cells import canary
from harness.planning.plan import Plan
from harness.planning.refusals import failures, in_words, require_something, skips

USUAL = {"lifecycle": "warm", "chunk": 1, "switch_interval": 0.005, "gc": "on"}


def plan(name="demo", *, models=("sequential", "threads"), targets=("a", "b"), skipped=None):
    """Return a plan; ``skipped`` gives kind and reason for a model and a target."""
    cells = []
    for model, target in product(models, targets):
        kind, reason = (skipped or (lambda *_: (None, None)))(model, target)
        cell = replace(canary(2), workload="fib", model=model, target=target)
        cells.append(replace(cell, key=f"{model}{target}", skipped=reason, obstacle=kind))
    factors = Factors(("fib",), models, (2,), targets)
    experiment = Experiment(
        *(name, Path(f"{name}.toml"), "", "?", (), factors, {}, Design(), (), (), {})
    )
    return Plan(experiment, tuple(cells), canary(2), "digest")


def test_one_reason_is_one_line_however_many_cells_it_stops():
    """
    With the count, and what sets these cells apart from the others.
    """
    made = plan(skipped=lambda _, t: ("target", "no b here") if t == "b" else (None, None))
    assert skips([made]) == ["skipped 2 cells (on b): no b here"]


def test_what_stops_every_cell_is_an_error_with_the_cure():
    """
    Once, by the file, with a hint for that kind of obstacle; a further reason gets a line.
    """
    made = plan(skipped=lambda *_: ("workload", "importing it raised KeyError: 'X'"))
    with pytest.raises(GilscopeError, match="nothing can be measured here") as caught:
        require_something([made])
    assert str(caught.value).count("KeyError: 'X'") == 1
    assert caught.value.where == "demo.toml"
    assert "without the shell's variables" in caught.value.hint
    made = plan(skipped=lambda _, t: ("environment", f"no wheel for {t}"))
    with pytest.raises(GilscopeError) as caught:
        require_something([made])
    assert "2 cells (on a): no wheel for a" in caught.value.what
    assert "REQUIRES" in caught.value.hint


def test_one_of_several_that_cannot_be_asked_is_a_line():
    """
    The others run.
    """
    idle = plan("idle", skipped=lambda *_: ("target", "no such build"))
    assert require_something([idle, plan("busy")]) == [
        "idle: nothing can be measured here: no such build"
    ]


def test_failures_of_one_kind_are_one_line_with_an_example():
    """
    Six trials that end alike are said once; another reason is another line.
    """

    def record(number, model, reason, block=0):
        cell = {**USUAL, "workload": "fib", "model": model, "workers": 2, "target": "a"}
        return {
            "status": "error",
            "reason": reason,
            "trial": f"{number:016x}",
            "block": block,
            "cell": cell,
            "experiment": "demo",
        }

    found = [record(n, "threads", "ValueError: x", n) for n in range(6)]
    lines = failures([*found, record(9, "sequential", "killed")], [plan(targets=("a",))])
    assert lines == [
        "error 6 trials, as 0000000000000000 (threads): ValueError: x",
        "error trial 0000000000000009 (sequential): killed",
    ]


LEVELS = st.lists(
    st.tuples(st.sampled_from("wxy"), st.sampled_from("mn"), st.sampled_from("ab")),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(LEVELS, st.data())
def test_the_words_single_out_the_cells_where_levels_can(every, data):
    """
    Whatever is named as a level is one of these cells', and nothing is named where all are meant.
    """
    cells = [
        {**USUAL, "workload": w, "model": m, "target": t, "workers": 2, "experiment": "e"}
        for w, m, t in every
    ]
    some = data.draw(st.lists(st.sampled_from(cells), min_size=1))
    said = in_words(some, cells)
    assert in_words(cells, cells) == ""
    for name in ("workload", "model", "target"):
        there = {each[name] for each in some}
        for level in {each[name] for each in cells} - there:
            assert level not in said.replace("on ", "").strip(" ()").replace(";", ",").split(", ")
