"""Claims that can never apply, or compare what cannot be compared, are refused beforehand."""

from pathlib import Path

import pytest

from analysis.comparison import baselines
from analysis.dataset import observations
from harness.errors import GilscopeError
from harness.experiment import load, needs

EXPERIMENTS = Path(__file__).parents[2] / "experiments"

WORKLOAD = '''\
"""Sum of squares."""
PARAMS = {"items": 4, "limit": 1_000}
def make_items(items, limit): return [limit] * items
def task(limit): return sum(n * n for n in range(limit))
def check(results, items, limit): assert len(results) == items
'''
ASYNC = '''\
"""Waits."""
PARAMS = {}
def make_items(): return [0]
async def task_async(item): return item
def check(results): assert results == [0]
'''
GROUP = '''\
"""A group."""
PARAMS = {"probes": 1, "spinners": 1}
ROLES = {"probe": "probes", "spin": "spinners"}
def make_items(probes, spinners): return []
def probe(item, stage): return {}
def spin(item, stage): return {}
def check(results, probes, spinners): pass
'''
FACTORS = {
    "workload": '["before", "after"]',
    "model": '["sequential", "threads"]',
    "workers": "[1, 2]",
    "target": '["default"]',
}


@pytest.fixture
def file(tmp_path):
    """Write an experiment with one claim, and the workloads that it may name."""
    (tmp_path / "workloads").mkdir()
    for name in ("before", "after"):
        (tmp_path / "workloads" / f"{name}.py").write_text(WORKLOAD)
    (tmp_path / "workloads" / "waits.py").write_text(ASYNC)
    (tmp_path / "workloads" / "group.py").write_text(GROUP)
    (tmp_path / "workloads" / "computed.py").write_text(
        WORKLOAD + "def baseline(items, limit): return 1.0\n"
        "def observe(results): return {'depth': 1}\n"
    )
    (tmp_path / "workloads" / "counted.py").write_text(
        WORKLOAD + "def units(items, limit): return items * limit\n"
    )

    def write(claim: str, more: str = "", **factors: str) -> Path:
        lines = [f"{name} = {level}" for name, level in {**FACTORS, **factors}.items()]
        text = ['question = "?"', "[factors]", *lines, more, "[[claims]]", 'id = "c"']
        text += ['text = "It is so."', "expect = { at_least = 1 }", *claim.split("; ")]
        path = tmp_path / "experiment.toml"
        path.write_text("\n".join(text) + "\n")
        return path

    return write


def metric(name: str, where: str = "") -> str:
    return f'metric = "{name}"; where = {{ {where} }}'


def ratio(where: str, against: str) -> str:
    return f"{metric('ratio', where)}; against = {{ {against} }}"


ALONE = {"model": '["sequential"]', "workers": "[1]"}
GROUPS = {"model": '["threads"]'}
PAIR = {"target": '["cpython-3.13", "cpython-3.13t"]'}
LOCKED = {"target": '["free-threaded,PYTHON_GIL=1", "free-threaded"]'}
NEVER = [
    # claim, more of the file, factors, words that the message must hold
    (metric("speedup"), "", ALONE, "about sequential cells only"),
    (metric("speedup"), "", {"model": '["threads"]'}, "no sequential cell is planned"),
    (metric("cpu_inflation"), "", {"model": '["threads"]'}, 'Add "sequential" to the factor'),
    (
        metric("cpu_inflation"),
        "",
        {"model": '["threads"]', "workload": '["computed"]'},
        "no sequential cell is planned",
    ),
    (
        metric("speedup"),
        '[[exclude]]\nwhere = { model = "sequential" }',
        {},
        "no sequential cell is planned",
    ),
    (metric("seconds", "workers = 4"), "", {}, "has workers = 4"),
    (metric("seconds", 'model = "interpreters"'), "", {}, 'has model = "interpreters"'),
    (metric("seconds", 'workload = "waits"'), "", {}, 'has workload = "waits"'),
    (metric("seconds", 'gc = "off"'), "", {}, 'has gc = "off"'),
    (metric("seconds", "chunk = [2, 3]"), "", {}, "has chunk = [2, 3]"),
    (metric("seconds", 'target = "pypy-*"'), "", PAIR, 'has target = "pypy-*"'),
    (metric("seconds", 'model = "sequential", workers = 2'), "", {}, "meets all of its conditions"),
    (
        metric("seconds", 'model = "threads", workers = 2'),
        '[[exclude]]\nwhere = { model = "threads", workers = 2 }',
        {},
        "has workers = 2",
    ),
    (metric("seconds", 'model = "asyncio"'), "", {"model": '["asyncio"]'}, "has no task_async"),
    (metric("speedup"), "", {"workload": '["waits"]', "model": '["asyncio", "sequential"]'}, ""),
    (metric("seconds", "gil = true"), '[[exclude]]\nmodel = "*"', {}, "every cell of this experi"),
    (metric("speedup_self", "workers = 1"), "", {}, "with one worker"),
    (metric("speedup_self"), "", {"workers": "[2]"}, "one worker is not planned"),
    (metric("tax"), "", {"target": '["newest"]'}, "together with its twin"),
    (metric("tax"), "", {"target": '["cpython-3.13"]'}, 'target = ["twins"]'),
    (metric("gil_slowdown"), "", {"target": '["free-threaded"]'}, "together with its twin"),
    (metric("gil_slowdown"), "", ALONE, "about sequential cells only"),
    (metric("lock_effect"), "", {}, "PYTHON_GIL=1"),
    (metric("lock_effect", "gil = false"), "", LOCKED, "PYTHON_GIL=1"),
    (metric("lock_effect", 'target = "free-threaded"'), "", LOCKED, "chooses targets"),
    (metric("gil_wait"), "", {"model": '["processes-spawn"]'}, "share one GIL"),
    (metric("gil_wait", "gil = false"), "", {}, "share one GIL"),
    (metric("latency_p99"), "", {}, "before is not a group"),
    (metric("convoy_factor"), "", {"workload": '["group@one"]', **GROUPS}, "@alone"),
    (metric("convoy_factor"), "", {"workload": '["group@alone"]', **GROUPS}, "@alone"),
    (metric("convoy_factor"), "", {}, "before is not a group"),
    (metric("observed.depth"), "", {}, "before has no observe function"),
    (metric("ratio"), "", {}, "`against` names none"),
    (metric("seconds") + '; against = { workload = "before" }', "", {}, "takes no `against`"),
    (ratio('workload = "after"', ""), "", {}, "names no factor"),
    (ratio('workload = "after"', 'wrkload = "before"'), "", {}, "did you mean 'workload'?"),
    (ratio('workload = "after"', "gil = true"), "", {}, "unknown key 'gil'"),
    (ratio('workload = "after"', 'workload = "befor"'), "", {}, "did you mean 'before'?"),
    (ratio('workload = "after"', 'workload = ["before"]'), "", {}, "names several cells"),
    (ratio('workload = "after"', 'workload = "*"'), "", {}, "may mean several cells"),
    (ratio('workload = "after"', 'workload = "after"'), "", {}, "names the same cell as `where`"),
    (ratio('model = "threads"', 'model = "thread"'), "", {}, "did you mean 'threads'?"),
    (ratio("workers = 2", "workers = 3"), "", {}, "has workers = 3"),
    (ratio("workers = 2", "workers = 0"), "", {}, "greater than or equal to 1"),
    (ratio('model = "sequential"', "workers = 2"), "", {}, "names the same cell as `where`"),
    (ratio("", 'lifecycle = "hot"'), "", {}, "'warm' or 'cold'"),
    (ratio("", 'gc = "off"'), "", {}, 'has gc = "off"'),
    (
        ratio('model = "sequential"', 'model = "threads"'),
        "",
        {"workers": "[2]"},
        "Also write its number of workers",
    ),
    (ratio("", 'target = "twins"'), "", {}, "chooses targets"),
    (ratio("", 'target = "cpython-3.14"'), "", PAIR, 'has target = "cpython-3.14"'),
    (
        ratio('workload = "after"', 'workload = "before"'),
        '[[exclude]]\nwhere = { workload = "before" }',
        {},
        'has workload = "before"',
    ),
    (
        ratio('workload = "after"', 'workload = "before"'),
        "[params.before]\nlimit = 9",
        {},
        "parameters differ (limit: 1000 and 9) and after.py declares no `units`, so that nothing",
    ),
    (
        ratio('workload = "counted"', 'workload = "before"'),
        "[params.before]\nlimit = 9",
        {"workload": '["counted", "before"]'},
        "and before.py declares no `units`",
    ),
    (
        ratio('target = "cpython-3.13t"', 'target = "cpython-3.13"'),
        '[params.before."*t"]\nlimit = 9',
        PAIR,
        "parameters differ (limit: 9 and 1000)",
    ),
    (
        ratio('workload = "after"', 'workload = "waits"'),
        "",
        {"workload": '["after", "waits"]'},
        "waits has no task",
    ),
]


@pytest.mark.parametrize("case", range(len(NEVER)))
def test_a_claim_that_can_never_apply_is_refused(file, case):
    """
    Before anything runs: the message points at the claim, says why, and how to cure it.
    """
    claim, more, factors, words = NEVER[case]
    path = file(claim, more, **factors)

    with pytest.raises(GilscopeError) as caught:
        load(path)

    assert words in str(caught.value)
    assert "claims[0]" in caught.value.what
    assert caught.value.where.startswith(f"{path}:")
    assert caught.value.hint


@pytest.mark.parametrize("limit", [0, -1, -0.5], ids=str)
@pytest.mark.parametrize(
    "claim",
    [
        metric("speedup"),
        metric("cpu_inflation"),
        ratio('workload = "after"', 'workload = "before"'),
    ],
    ids=["speedup", "cpu_inflation", "ratio"],
)
def test_a_claim_that_nothing_measured_could_fail_is_refused(file, claim, limit):
    """
    A ratio of times is above 0, whatever happens: the caret stands under the limit.
    """
    path = file(claim)
    path.write_text(path.read_text().replace("at_least = 1", f"at_least = {limit}"))

    with pytest.raises(GilscopeError) as caught:
        load(path)

    assert "claims[0].expect.at_least" in caught.value.what
    assert "this claim can never fail" in str(caught.value)


def test_a_limit_of_zero_is_fine_where_the_metric_may_be_below_it(file):
    """
    What remains of a worker's time is not clamped.
    """
    path = file(metric("blocked"))
    path.write_text(path.read_text().replace("at_least = 1", "at_least = 0"))

    assert load(path).claims[0].expect == {"at_least": 0}


MAY = [
    (metric("speedup"), "", {}),
    (metric("speedup"), "", {"model": '["threads"]', "workload": '["computed"]'}),
    (metric("seconds", "workers = 4"), "[presets.full]\nfactors = { workers = [4] }", {}),
    (metric("seconds", 'target = "pypy-*"'), "", {}),
    (metric("seconds", 'target = "pypy-*"'), "", {"target": '["cpython-3.13", "all"]'}),
    (metric("seconds", "gil = false"), "", {"target": '["cpython-3.13"]'}),
    (metric("seconds"), '[[exclude]]\nwhere = { target = "pypy-*" }', {}),
    (metric("seconds"), "[[exclude]]\nwhere = { gil = true }", {}),
    (metric("seconds", 'model = "thr*"'), "", {}),
    (metric("tax"), "", {"target": '["twins"]'}),
    (metric("tax"), "", {"target": '["newest", "free-threaded"]'}),
    (metric("tax", "gil = false"), "", PAIR),
    (metric("gil_slowdown"), "", PAIR),
    (metric("lock_effect"), "", LOCKED),
    (metric("lock_effect"), "", {"target": '["cpython-3.13t,PYTHON_GIL=1", "twins"]'}),
    (metric("gil_wait", 'model = "threads"'), "", {}),
    (metric("gil_wait", "gil = [true, false]"), "", {}),
    (metric("speedup_self"), "", {}),
    (metric("observed.depth"), "", {"workload": '["before", "computed"]'}),
    (metric("latency_p50"), "", {"workload": '["group"]', **GROUPS}),
    (metric("convoy_factor"), "", {"workload": '["group@one", "group@alone"]', **GROUPS}),
    (metric("latency_p50", "workers = 7"), "", {"workload": '["group"]', **GROUPS}),
    (metric("pss_per_worker"), "", {}),
    (ratio('workload = "after"', 'workload = "before"'), "", ALONE),
    (ratio("", 'workload = "before"'), "", {}),
    (
        ratio('workload = "after@big"', 'workload = "after"'),
        "",
        {"workload": '["after", "after@big"]'},
    ),
    (
        ratio('workload = "counted@big"', 'workload = "counted"'),
        '[params."counted@big"]\nlimit = 9',
        {"workload": '["counted", "counted@big"]'},
    ),
    (
        ratio('workload = "after"', 'workload = "before"'),
        '[params.before."*t"]\nlimit = 9',
        {"target": '["all"]'},
    ),
    (ratio('model = "threads", workers = 2', "workers = 1"), "", {}),
    (ratio('model = "threads"', 'model = "sequential"'), "", {}),
    (ratio('model = "sequential"', 'model = "threads", workers = 2'), "", {}),
    (
        ratio('model = "threads"', 'model = "threads-raw"'),
        "",
        {"model": '["threads", "threads-raw"]'},
    ),
    (ratio("", 'target = "cpython-3.14"'), "", {}),
    (ratio('target = "cpython-3.13t"', 'target = "cpython-3.13"'), "", PAIR),
    (
        ratio("", 'target = "cpython-3.13,PYTHON_JIT=0"'),
        "",
        {"target": '["cpython-3.13,PYTHON_JIT=1", "cpython-3.13,PYTHON_JIT=0"]'},
    ),
    (ratio('lifecycle = "cold"', 'lifecycle = "warm"'), 'lifecycle = ["warm", "cold"]', {}),
    (ratio("switch_interval = 1", "switch_interval = 2"), "switch_interval = [1, 2]", {}),
    (ratio("chunk = 8", "chunk = 1"), "chunk = [1, 8]", {}),
    (ratio('gc = "off"', 'gc = "on"'), 'gc = ["on", "off"]', {}),
    (
        ratio('workload = "group@one"', 'workload = "group@alone"'),
        "",
        {"workload": '["group@one", "group@alone"]', **GROUPS},
    ),
]


@pytest.mark.parametrize("case", range(len(MAY)))
def test_a_claim_that_some_machine_or_preset_can_decide_is_accepted(file, case):
    """
    What a target is called and whether it has a GIL, only a machine knows.
    """
    claim, more, factors = MAY[case]

    assert load(file(claim, more, **factors)).claims[0].id == "c"


def test_every_claim_at_fault_is_told_at_once(file):
    """
    One line each, in the order of the file.
    """
    path = file(metric("speedup"), **ALONE)
    path.write_text(
        path.read_text()
        + path.read_text()
        .partition("[[claims]]")[2]
        .join(("[[claims]]", ""))
        .replace('"c"', '"d"')
        .replace("speedup", "latency_p50")
    )

    with pytest.raises(GilscopeError) as caught:
        load(path)

    told = str(caught.value)
    assert told.index("claims[0].metric") < told.index("claims[1].metric")


def test_a_plan_too_large_to_look_through_is_accepted_at_once(file):
    """
    Checking a file may not take longer than reading it.
    """
    many = str(list(range(1, 2_000)))
    path = file(metric("speedup", "workers = 5000"), f"chunk = {many}", workers=many)

    assert load(path).claims


def test_what_is_refused_is_what_analysis_would_have_left_out():
    """
    The models that share one GIL and the label of an undisturbed group are named on both sides.
    """
    assert needs.ONE_GIL == observations.ONE_GIL
    assert needs.ALONE == baselines.ALONE


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.rglob("*.toml")), ids=lambda path: path.stem)
def test_no_experiment_of_ours_is_refused(path):
    """
    A rule that refuses one of them is wrong, or the experiment is.
    """
    assert load(path).question
