"""Reading an experiment file: what is accepted, and how every mistake is told."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.experiment import FACTORS, Claim, Design, Factors, Override, Preset, load, schema

ROOT = Path(__file__).resolve().parents[2]

RICH = """\
question = "Which?"
params.sum_squares.limit = 10

[factors]
workload = ["sum_squares", "sum_squares@big"]
model = ["threads"]
workers = [2]
switch_interval = [1, 0.005]

[params.sum_squares."pypy-*"]
limit = 20

[[claims]]
id = "c"
text = "Takes a while."
metric = "seconds"
expect = { between = [1, 2] }
source = "https://example.org"

[[override]]
where = { target = ["pypy-*", "*t"] }
values = 5
timeout = 30

[[exclude]]
where = { workers = [2, 4] }

[[exclude]]
model = "processes-*"

[presets.smoke]
skip = true

[presets.full]
design = { blocks = 20, max_time = 600 }
factors = { workers = [2, 4, 8] }
params = { "sum_squares@big" = { limit = 99 } }
"""


def test_the_least_experiment_file_loads_as_it_is(write, least):
    """
    What the design prints is what runs; everything left out has a default.
    """
    experiment = load(write(least))

    assert experiment.name == "experiment"
    assert experiment.text == least
    assert experiment.question == "Does summing squares scale with workers?"
    assert experiment.factors == Factors(
        workload=("sum_squares",),
        model=("sequential", "threads", "processes-spawn"),
        workers=(1, 2),
        target=("cpython-3.13", "cpython-3.13t"),
        lifecycle=("warm",),
        chunk=(1,),
        switch_interval=(0.005,),
        gc=("on",),
    )
    assert experiment.design == Design(10, 3, 1, 1, 60.0, None, None)
    assert experiment.claims == (
        Claim(
            id="threads-scale-without-the-gil",
            text=tomllib.loads(least)["claims"][0]["text"],
            where={"model": "threads", "workers": 2, "gil": False},
            metric="speedup",
            expect={"at_least": 1.5},
        ),
    )
    assert (experiment.overrides, experiment.excludes, experiment.presets) == ((), (), {})


def test_everything_an_experiment_may_say_is_kept(write):
    """
    Lists become tuples, seconds floats, and an exclusion may name its factors directly.
    """
    experiment = load(write(RICH))

    assert experiment.factors.target == ("default",)
    assert experiment.factors.switch_interval == (1.0, 0.005)
    assert experiment.params == {"sum_squares": {"limit": 10, "pypy-*": {"limit": 20}}}
    assert experiment.claims[0].expect == {"between": (1.0, 2.0)}
    assert experiment.claims[0].where == {}
    assert experiment.claims[0].source == "https://example.org"
    assert experiment.overrides == (Override({"target": ("pypy-*", "*t")}, 5, None, 30.0),)
    assert experiment.excludes == ({"workers": (2, 4)}, {"model": "processes-*"})
    assert experiment.presets["smoke"] == Preset(skip=True)
    assert experiment.presets["full"] == Preset(
        {"blocks": 20, "max_time": 600.0},
        {"workers": (2, 4, 8)},
        {"sum_squares@big": {"limit": 99}},
    )


@pytest.mark.parametrize(
    "prepare", [lambda t: b"\xef\xbb\xbf" + t, lambda t: t.replace(b"\n", b"\r\n")]
)
def test_a_file_from_another_editor_is_read_alike(write, least, prepare):
    """
    A byte order mark and Windows line ends change nothing.
    """
    assert load(write(prepare(least.encode()))).factors == load(write(least)).factors


def test_importing_the_data_classes_loads_no_heavy_library():
    """
    `gilscope --help` and a report need no pydantic.
    """
    code = "import sys, harness.experiment; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"pydantic", "toml_rs", "numpy", "pandas"} & set(done.stdout.split())


def test_the_schema_for_editors_is_current():
    """
    `experiments/experiment.schema.json` is generated; a change of the models must renew it.
    """
    stored = json.loads((ROOT / "experiments" / "experiment.schema.json").read_text())

    assert stored == schema.json_schema()
    assert set(stored["$defs"]["Factors"]["properties"]) == set(FACTORS)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "experiments").rglob("*.toml")), ids=lambda p: p.stem
)
def test_every_experiment_of_ours_loads(path):
    """
    What is shipped is valid, and its text is TOML for every other tool too.
    """
    experiment = load(path)

    assert experiment.question == tomllib.loads(path.read_text())["question"]
