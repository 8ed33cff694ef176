"""Every experiment file we ship can be read, says what to see, and claims what it measures."""

from itertools import product
from pathlib import Path

import pytest

from harness import experiment
from harness.target.choose import SELECTORS

ROOT = Path(__file__).resolve().parents[2]
# The known answers of the self-test are no experiments of this kind: no claims, one block.
FILES = sorted(
    path for path in (ROOT / "experiments").rglob("*.toml") if path.parent.name != "selftest"
)
# One target of every kind that a claim can tell apart, with the GIL states it can be in.
TARGETS = [
    ("cpython-3.13", True),
    ("cpython-3.13t", False),
    ("cpython-3.13t,PYTHON_GIL=0", False),
    ("cpython-3.13t,PYTHON_GIL=1", True),
    ("cpython-3.15,PYTHON_JIT=1", True),
    ("pypy-3.9", True),
]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def defined(request) -> experiment.Experiment:
    return experiment.load(request.param)


def cells(defined: experiment.Experiment) -> list[dict]:
    """Every combination of levels in the file as it stands and in its presets."""
    found = []
    for preset in (None, *experiment.PRESETS):
        if (chosen := experiment.with_preset(defined, preset)) is None:
            continue
        factors = chosen.factors
        axes = product(factors.workload, factors.model, factors.workers, TARGETS)
        options = product(factors.lifecycle, factors.chunk, factors.switch_interval, factors.gc)
        for (workload, model, workers, (target, gil)), option in product(axes, options):
            cell = {
                **dict(zip(("lifecycle", "chunk", "switch_interval", "gc"), option, strict=True)),
                "workload": workload,
                "model": model,
                "workers": 1 if model == "sequential" else workers,
                "target": target,
                "gil": gil,
            }
            if not any(experiment.matches(where, cell) for where in chosen.excludes):
                found.append(cell)
    return found


def test_its_head_says_what_you_should_see(defined):
    """
    A reader can tell whether a run shows what it is meant to show.
    """
    head = defined.text.partition("question =")[0]
    assert "What you should see" in head


def test_every_claim_is_about_cells_that_are_measured(defined):
    """
    A claim that matches nothing would be "not applicable" for ever, and look like care.
    """
    assert defined.claims
    for claim in defined.claims:
        assert any(experiment.matches(claim.where, cell) for cell in cells(defined)), claim.id


def test_a_sequential_cell_stands_beside_every_speedup(defined):
    """
    A speed-up needs something to be faster than, unless the workload computes it.
    """
    if not any(claim.metric == "speedup" for claim in defined.claims):
        return
    assert "sequential" in defined.factors.model


def test_it_has_the_blocks_that_an_interval_needs(defined):
    """
    The block is the unit of all statistics; with fewer than six an interval is too wide to judge.
    """
    assert defined.design.blocks >= 6


def test_smoke_is_one_block_of_one_value(defined):
    """
    Smoke shows that everything runs and gives no verdict, so more would be waste.
    """
    smoke = experiment.with_preset(defined, "smoke")
    assert smoke is None or (smoke.design.blocks, smoke.design.values) == (1, 1)


def test_its_targets_exist_on_other_machines_too(defined):
    """
    Targets are chosen by what they are for: a plain name may mean nothing elsewhere.
    """
    for level in defined.factors.target:
        assert level.partition(",")[0] in SELECTORS, level
