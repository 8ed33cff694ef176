"""A pilot, then as many blocks as it asks for: sizes, budgets, going on, a real run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_tool import gilscope, stored
from test_campaign import HERE, _machine_of_its_own, slots, write  # noqa: F401

from harness import experiment
from harness.errors import GilscopeError
from harness.execution import precision
from harness.experiment import PILOT, Design
from harness.storage import store

DESIGN = Design(precision=0.05, max_blocks=40)


def made(needed, most, **more):
    """Return what a sizing would answer."""
    blocks = PILOT if needed is None else min(needed, most)
    contrast = "speedup of here, sound"
    return {"needed": needed, "blocks": blocks, "reached": 0.08, "contrast": contrast, **more}


@pytest.fixture
def pilot(tmp_path):
    """Give a stored session whose pilot took 3 seconds a block, and has one block more."""
    data = {"schema": 1, "machine": "m", "experiment": "e", "session": "s", "cells": [], "plan": ""}
    session = store.write_session(tmp_path, {**data, "pilot": PILOT})
    for block in range(PILOT + 1):
        for position in range(3):
            place = {name: data[name] for name in ("machine", "experiment", "session")}
            head = {**place, "block": block, "position": position, "attempt": 1}
            trial = f"{3 * block + position:016x}"
            store.write_record(session, {"schema": 1, "trial": trial, "wall": 1.0, **head})
    return session


@pytest.mark.parametrize(
    ("needed", "max_time", "blocks", "limit"),
    [
        (24, None, 24, None),
        (88, None, 40, "max_blocks"),
        (88, 60.0, 20, "max_time"),
        (24, 12.0, 10, "max_time"),
        (None, None, 10, None),
    ],
)
def test_the_pilot_asks_and_the_budget_bounds(pilot, needed, max_time, blocks, limit):
    """
    Blocks of 3 seconds: a minute has twenty of them. What was measured after the pilot is not
    looked at.
    """
    seen = []

    def sizing(session, records, wanted, most):
        seen.extend(records)
        assert (session, wanted) == (pilot, 0.05)
        return made(needed, most)

    stage = precision.second_stage(pilot, replace(DESIGN, max_time=max_time), sizing)
    assert {record["block"] for record in seen} == set(range(PILOT))
    assert (stage["blocks"], stage["limit"], stage["seconds_per_block"]) == (blocks, limit, 3.0)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (made(24, 40), "14 more blocks (24 in all) for a precision of 0.05"),
        (made(10, 40), "the pilot already reaches the precision of 0.05: 0.08"),
        (made(None, 40, why="nothing"), "no second stage: nothing"),
        (
            made(88, 40, limit="max_blocks", max_blocks=40),
            "cannot be reached within max_blocks = 40: it takes 88 blocks, by speedup of here, "
            "sound; 40 will give about 0.08",
        ),
    ],
)
def test_what_comes_is_said_before_it_starts(stage, words):
    """
    How many blocks, by which contrast; and what the budget does not allow.
    """
    assert words in precision.said({"wanted": 0.05, "pilot": PILOT, "limit": None, **stage})


def designed(folder: Path, text: str):
    """Return the design of an experiment file with these lines in its design."""
    path = write(folder)
    head, _, _ = path.read_text().partition("[design]")
    path.write_text(f"{head}[design]\nvalues = 1\n{text}\n")
    return experiment.load(path)


def test_a_number_of_blocks_ends_a_precision_and_a_precision_a_number(tmp_path):
    """
    Asked for on the command line or by a preset; smoke is one block, whatever the file wants.
    """
    loaded = designed(tmp_path, "precision = 0.1\nmax_blocks = 30\n[presets.full.design]\nblocks=7")
    assert (loaded.design.blocks, loaded.design.precision) == (PILOT, 0.1)
    assert experiment.with_design(loaded, blocks=20).design.precision is None
    smoke = experiment.with_preset(loaded, "smoke")
    full = experiment.with_preset(loaded, "full")
    assert [(each.design.blocks, each.design.precision) for each in (smoke, full)] == [
        (1, None),
        (7, None),
    ]
    fixed = designed(tmp_path, "blocks = 20\n[presets.full.design]\nprecision = 0.02")
    full = experiment.with_preset(fixed, "full")
    assert (full.design.blocks, full.design.precision) == (PILOT, 0.02)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("blocks = 20\nprecision = 0.1", "has both blocks and precision"),
        ("max_blocks = 20", "needs precision"),
        ("precision = 0.1\nmax_blocks = 9", "greater than or equal to 10"),
        ("precision = 0", "greater than 0"),
    ],
)
def test_a_design_with_two_sizes_or_none_is_refused(tmp_path, text, what):
    """
    A key that would be ignored is a mistake, and told with its line.
    """
    with pytest.raises(GilscopeError, match=what):
        designed(tmp_path, text)


@pytest.mark.slow
def test_a_real_run_goes_on_as_its_pilot_asks_and_resumes_to_the_same_number(tmp_path):
    """
    More precision than 12 blocks can give: told before the second stage, and stored. A stage cut
    short is gone on with; then nothing is left to do.
    """
    path = write(tmp_path)
    # Whatever else this computer does: no block counts as disturbed.
    canary = {"spinners": 2, "threshold": 1e-6, "why": None}
    facts = tmp_path / "results" / "m" / "machine-00000000.json"
    facts.parent.mkdir(parents=True)
    facts.write_text(json.dumps({"canary": canary}))
    text = path.read_text().replace("blocks = 2\n", "precision = 0.0001\nmax_blocks = 12\n")
    path.write_text(text.replace("values = 2", "values = 1\nmax_time = 3000"))
    words = ("run", path, "--target", HERE, "--machine", "m")
    first = gilscope(*words, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "cannot be reached within max_blocks = 12" in first.stdout
    assert {record["block"] for record in stored(tmp_path)} == set(range(12))
    [session] = store.sessions(tmp_path / "results")
    stage = json.loads((session.path / "second-stage-b00012.json").read_text())
    assert (stage["blocks"], stage["limit"], session.data["pilot"]) == (12, "max_blocks", PILOT)
    before = slots(stored(tmp_path))
    for lost in session.path.glob("b011/*"):
        lost.unlink()
    again = gilscope(*words, cwd=tmp_path)
    assert "(resumed)" in again.stdout
    assert slots(stored(tmp_path)) == before
    assert "Nothing to do" in gilscope(*words, cwd=tmp_path).stdout
