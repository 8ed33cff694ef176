"""Environments: made once, exact, and prepared so that no trial compiles anything."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness import target
from harness.target import Environment, Target

STARTED: list[object] = []
sys.addaudithook(lambda event, args: STARTED.append(args) if event == "subprocess.Popen" else None)
GOOD = "PARAMS = {}\ndef make_items():\n    return [1]\ndef task(item):\n    return item\n"


@pytest.fixture(scope="module")
def here() -> Target:
    """Give the interpreter that runs the tests, as a target."""
    (found,) = [
        each for each in target.discover({"here": Path(sys.executable)}) if each.name == "here"
    ]
    return found


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def made(here, cache) -> Environment:
    """Make an environment from nothing, once for this file."""
    return target.prepare(here, cache_dir=cache)


def run(environment: Environment, environ: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [environment.python, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_an_environment_holds_pyperf_in_its_exact_version(made, here):
    """
    And nothing else: what a target does not need cannot disturb it.
    """
    assert made.packages == {"pyperf": "2.10.0"}
    code = "import pyperf, sys; print(pyperf.__version__, sys.prefix != sys.base_prefix)"
    assert run(made, target.trial_environ(here, made), code).split() == ["2.10.0", "True"]


def test_every_target_of_the_tests_offers_the_models_it_can_run(environment_of, python_name):
    """
    What is offered was seen to run; what is not has a reason of one line.
    """
    models = environment_of(python_name).models
    assert models["sequential"] is None
    assert models["threads"] is None
    assert all(why is None or (why and "\n" not in why) for why in models.values())


def test_a_second_preparation_starts_nothing(made, here, cache):
    """
    A run of many experiments asks for the same environment again and again.
    """
    STARTED.clear()
    assert target.prepare(here, cache_dir=cache) == made
    assert STARTED == []


def test_a_trial_finds_its_bytecode_ready(made, here):
    """
    Compiling pyperf took longer than importing it, and fell into the first trial of each cell.
    """
    before = set(made.pycache.rglob("*.pyc"))
    assert any("pyperf" in path.parts for path in before)
    run(made, target.trial_environ(here, made), "import pyperf, concurrent.futures, asyncio")
    assert set(made.pycache.rglob("*.pyc")) == before


def test_workloads_are_tried_and_their_errors_kept(made, here, cache, tmp_path):
    """
    One that cannot be imported is a skip with a reason; the others run.
    """
    good, broken = tmp_path / "good.py", tmp_path / "broken.py"
    good.write_text(GOOD)
    broken.write_text("import no_such_module\n")
    tried = target.prepare(here, workloads=[good, broken], cache_dir=cache).workloads
    assert tried[str(good)] is None
    assert "no_such_module" in (tried[str(broken)] or "")
    STARTED.clear()
    target.prepare(here, workloads=[good], cache_dir=cache)
    assert STARTED == []
    broken.write_text(GOOD)
    again = target.prepare(here, workloads=[good, broken], cache_dir=cache).workloads
    assert set(again.values()) == {None}


def test_a_half_made_environment_is_made_anew(made, here, cache):
    """
    A run may be killed while uv is at work; the stamp is written last.
    """
    stamp = made.python.parent.parent / "gilscope.json"
    stamp.unlink()
    rest = made.python.parent.parent / "rest of a broken attempt"
    rest.touch()
    assert target.prepare(here, cache_dir=cache) == made
    assert not rest.exists()


def test_two_at_a_time_make_one_environment(here, cache, tmp_path):
    """
    The second waits for the first instead of writing into its folder.
    """
    code = (
        "import sys; from pathlib import Path; from harness import target\n"
        "found = target.discover({'here': Path(sys.executable)})\n"
        "here = [each for each in found if each.name == 'here'][0]\n"
        "print(target.prepare(here, cache_dir=Path(sys.argv[1])).python)\n"
    )
    root = Path(target.__file__).parents[2]
    command = [sys.executable, "-c", code, str(tmp_path)]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    with ThreadPoolExecutor(2) as both:
        printed = both.map(
            lambda _: subprocess.check_output(command, env=environ, text=True), range(2)
        )
        assert len(set(printed)) == 1
    assert len(list((tmp_path / "envs").glob("*/gilscope.json"))) == 1


def test_a_requirement_without_a_wheel_makes_the_target_unavailable(here, cache):
    """
    Nothing is built from source: its flags would be this machine's, and another factor.
    """
    with pytest.raises(target.Unavailable) as caught:
        target.prepare(here, ["pyperf==0.0.0"], cache_dir=cache)
    reason = str(caught.value)
    assert reason.startswith("no wheel of pyperf==0.0.0 fits: ")
    assert "\n" not in reason
    assert "://" not in reason


def test_without_a_network_the_reason_says_so(here, tmp_path, monkeypatch):
    """
    The cure is a connection, once; after that nothing is fetched again.
    """
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with pytest.raises(target.Unavailable, match="connect to the network"):
        target.prepare(here, cache_dir=tmp_path)


def test_a_trial_inherits_nothing(made, here, monkeypatch):
    """
    What a shell exports would be a factor nobody recorded.
    """
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "LD_PRELOAD", "PYTHONMALLOC", "LC_ALL"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    environ = target.trial_environ(here, made)
    assert set(environ) == {
        *("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPYCACHEPREFIX", "PYTHONNOUSERSITE"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
        *("VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"),
    }
    assert environ["OMP_NUM_THREADS"] == "1"
    assert environ["PYTHONPYCACHEPREFIX"].startswith(str(made.python.parent.parent))


def test_the_switches_of_an_arm_reach_its_trials_alone(made, here, cache):
    """
    Arms share one environment, and the environment does not remember them.
    """
    arm = replace(here, name="here,OMP_NUM_THREADS=2", env={"OMP_NUM_THREADS": "2"})
    shared = replace(here, build={**here.build, "library_path": "/opt/lib"})
    assert target.prepare(arm, cache_dir=cache) == made
    assert target.trial_environ(arm, made)["OMP_NUM_THREADS"] == "2"
    assert target.trial_environ(shared, made)["LD_LIBRARY_PATH"] == "/opt/lib"


def test_what_a_target_offers_is_known_without_starting_it(made, here, cache, tmp_path):
    """
    `gilscope plan` runs nothing, and still leaves out what was seen not to run.
    """
    STARTED.clear()
    assert target.known_models(here, cache) == made.models
    assert target.known_models(here, tmp_path) is None
    assert STARTED == []


def test_a_target_is_described_in_plain_data(made, here):
    """
    `gilscope targets --json` prints it.
    """
    row = target.describe(here, made)
    assert json.loads(json.dumps(row)) == row
    assert row["name"] == "here"
    assert row["models"] == made.models
    assert row["gil"] is here.gil
    assert here.build["compiler"] in row["build"]
