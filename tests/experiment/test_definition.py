"""What the parts of an experiment mean: where, overrides, presets, parameters."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import GilscopeError
from harness.experiment import (
    Design,
    Experiment,
    Factors,
    Override,
    Preset,
    design_for,
    load,
    matches,
    params_for,
    with_design,
    with_preset,
)
from harness.experiment.from_workload import from_workload

LEVELS = {
    "workload": "sum_squares@big",
    "model": "processes-spawn",
    "workers": 1,
    "target": "cpython-3.13t,PYTHON_GIL=1",
    "switch_interval": 0.005,
    "gil": True,
}


def experiment(**changes) -> Experiment:
    made = Experiment(
        name="e",
        path=Path("e.toml"),
        text="",
        question="?",
        claims=(),
        factors=Factors(("work",), ("threads",), (1, 2)),
        params={},
        design=Design(),
        overrides=(),
        excludes=(),
        presets={},
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"model": "processes-spawn"},
        {"model": "processes-*"},
        {"model": ("threads", "processes-*")},
        {"workers": [1, 2]},
        {"target": "cpython-3.13t,*"},
        {"gil": True},
        {"switch_interval": 0.005, "workers": 1, "workload": "sum_squares*"},
    ],
)
def test_a_where_speaks_of_a_cell_that_has_all_its_levels(where):
    """
    A level, one of several, or a glob of a name.
    """
    assert matches(where, LEVELS)


@pytest.mark.parametrize(
    "where",
    [
        {"model": "processes"},
        {"model": "processes-*", "workers": 2},
        {"workload": "sum_squares"},
        {"workers": True},
        {"gil": 1},
        {"gil": False},
        {"gc": "on"},
        {"workers": "1"},
        {"model": ()},
    ],
)
def test_a_where_is_silent_about_every_other_cell(where):
    """
    One worker is not a GIL, a name is not its prefix, and a factor not known is no match.
    """
    assert not matches(where, LEVELS)


def test_a_gil_state_not_yet_known_matches_neither_state():
    """
    Before a trial has run, nobody can say which of the two it will be.
    """
    assert not matches({"gil": True}, {"gil": None})
    assert not matches({"gil": False}, {"gil": None})


def test_later_overrides_win_and_leave_the_rest_alone():
    """
    An override changes what it names, in the cells it names.
    """
    made = experiment(
        overrides=(
            Override({"model": "threads"}, values=5, timeout=9.0),
            Override({"workers": 2}, values=7),
        )
    )

    assert design_for(made, {"model": "threads", "workers": 2}) == Design(values=7, timeout=9.0)
    assert design_for(made, {"model": "threads", "workers": 1}) == Design(values=5, timeout=9.0)
    assert design_for(made, {"model": "asyncio", "workers": 1}) == Design()


def test_parameters_are_merged_from_general_to_special():
    """
    Defaults, the workload, its targets, the label, the label's targets.
    """
    made = experiment(
        params={
            "work": {"b": 1, "pypy-*": {"c": 2, "d": 2}, "*": {"z": 2}},
            "work@big": {"d": 3, "pypy-3.9": {"e": 4}},
        }
    )
    defaults = dict.fromkeys("abcdez", 0)

    assert params_for(made, "work", "cpython-3.13", defaults) == {**defaults, "b": 1, "z": 2}
    assert params_for(made, "work@big", "pypy-3.9", defaults) == {
        "a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "z": 2,
    }  # fmt: skip
    assert params_for(made, "/some/folder/work.py", "x", defaults)["b"] == 1
    assert params_for(made, "other", "pypy-3.9", {"q": 1}) == {"q": 1}


def test_a_parameter_may_itself_be_a_table():
    """
    What PARAMS names is a parameter, whatever it looks like.
    """
    made = experiment(params={"work": {"weights": {"x": 1}}})

    assert params_for(made, "work", "weights", {"weights": {}}) == {"weights": {"x": 1}}


def test_an_unknown_parameter_names_the_nearest():
    """
    A parameter that reaches nobody would be a silent no-op.
    """
    with pytest.raises(GilscopeError, match="no parameter 'limt'; did you mean 'limit'"):
        params_for(experiment(params={"work": {"limt": 1}}), "work", "x", {"limit": 2})


def test_smoke_without_a_table_is_one_value_of_one_block():
    """
    Smoke proves that everything runs; it keeps timeouts and what needs no warm-up.
    """
    made = experiment(
        overrides=(
            Override({"model": "a"}, values=5, warmups=5, timeout=9.0),
            Override({"model": "b"}, warmups=0),
        )
    )

    smoke = with_preset(made, "smoke")

    assert smoke is not None
    assert smoke.design == Design(blocks=1, values=1, warmups=1)
    assert design_for(smoke, {"model": "a"}) == Design(1, 1, 1, timeout=9.0)
    assert design_for(smoke, {"model": "b"}).warmups == 0


@pytest.mark.parametrize("name", [None, "core", "full"])
def test_a_preset_without_a_table_is_the_experiment_as_defined(name):
    """
    Only smoke has a meaning of its own.
    """
    assert with_preset(experiment(), name) == experiment()


def test_a_preset_changes_what_its_table_names():
    """
    Design, factors and parameters, tables of targets merged and not replaced.
    """
    made = experiment(
        params={"work": {"n": 1, "pypy-*": {"n": 2, "m": 2}}},
        presets={
            "full": Preset(
                {"blocks": 30}, {"workers": (1, 2, 4)}, {"work": {"n": 5, "pypy-*": {"m": 6}}}
            ),
            "smoke": Preset({"values": 2}),
        },
    )

    full, smoke = with_preset(made, "full"), with_preset(made, "smoke")

    assert full is not None
    assert smoke is not None
    assert full.design == Design(blocks=30)
    assert full.factors == Factors(("work",), ("threads",), (1, 2, 4))
    assert full.params == {"work": {"n": 5, "pypy-*": {"n": 2, "m": 6}}}
    assert smoke.design == Design(blocks=1, values=2, warmups=1)


def test_a_preset_may_leave_an_experiment_out():
    """
    What takes an hour has no place in fifteen minutes.
    """
    assert with_preset(experiment(presets={"core": Preset(skip=True)}), "core") is None


def test_an_unknown_preset_is_an_error():
    """
    The nearest name is offered.
    """
    with pytest.raises(GilscopeError, match="did you mean 'smoke'"):
        with_preset(experiment(), "smok")


def test_the_command_line_wins_over_design_and_overrides():
    """
    Whoever types `--values 2` gets 2 everywhere.
    """
    made = experiment(overrides=(Override({}, values=9, warmups=5, timeout=9.0),))

    asked = with_design(made, blocks=2, values=2, timeout=4)

    assert design_for(asked, {}) == Design(blocks=2, values=2, warmups=5, timeout=4)
    assert with_design(made) == made
    with pytest.raises(GilscopeError, match="--blocks: 0 is out of range"):
        with_design(made, blocks=0)


SOURCE = """\
PARAMS = {}
def make_items(): return [1]
def check(results): assert results == [1]
"""


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("def task(item): return item\n", {"sequential", "threads", "asyncio-to-thread"}),
        ("async def task_async(item): return item\n", {"asyncio"}),
    ],
)
def test_a_workload_alone_becomes_an_experiment(tmp_path, function, expected):
    """
    `--workload FILE.py`: every model that can run the functions it has.
    """
    path = tmp_path / "mine.py"
    path.write_text(SOURCE + function)

    made = from_workload(path, workers=(1, 2))

    assert made.name == "mine@own"
    assert made.question == "How does mine run under every execution model?"
    assert expected <= set(made.factors.model)
    assert ("asyncio" in made.factors.model) == (expected == {"asyncio"})
    assert made.factors.workers == (1, 2)
    assert made.factors.target == ("default",)
    assert (made.design.blocks, made.design.values) == (6, 3)


def test_the_definition_of_a_workload_alone_can_be_loaded_again(tmp_path):
    """
    The text kept with the results says the same as the data, and does not say where the file lay.
    """
    folder = tmp_path / "workloads"
    folder.mkdir()
    path = folder / "mine.py"
    path.write_text(SOURCE + "def task(item): return item\n")
    made = from_workload(path, ("sequential", "threads"), workers=(1,))
    file = tmp_path / "again.toml"
    file.write_text(made.text)

    again = load(file)

    assert str(tmp_path) not in made.text
    assert replace(again, name=made.name, path=made.path) == made
