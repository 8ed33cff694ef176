"""What a verdict rests on: blocks, sessions, a pilot; and what would decide it."""

import math
import re

import numpy as np
import pytest
import synthetic
from judging import THREADS, judged
from scipy import stats

from analysis.dataset.tidy import Reading, Session
from analysis.inference import verdicts
from analysis.inference.evidence import Evidence


def test_an_undecided_verdict_says_how_many_more_blocks_would_decide():
    """
    An edge 0.6 % below the estimate, blocks that scatter by 1.5 %: t(27) * 1.5 / sqrt(28) is
    0.58 %.
    """
    table = judged({"expect": {"at_least": 1.9 * math.exp(-0.006)}})
    assert table["verdict"].tolist() == ["undecided"]
    values = np.array(synthetic.NOISE)
    needed = next(
        n
        for n in range(6, 999)
        if stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / math.sqrt(n) <= 0.006
    )
    assert table["more"].item() == needed - 10
    said = f"about {needed - 10} more blocks ({needed} in all) would decide"
    assert said in table["words"].item()


def test_blocks_that_all_ran_in_one_order_decide_nothing():
    """
    A machine that drifts would pass for an effect, and no table gives an interval either.
    """
    made, records = synthetic.standard()
    for each in records:
        each["position"] = int(each["cell"]["key"][:4], 16) + bool(each["control"])
    table = judged({}, made=made, records=records)
    assert table["verdict"].tolist() == ["undecided"]
    assert "no interval: the same order in every block" in table["words"].item()
    speedups = synthetic.speedups(made, records)
    assert speedups["low"].isna().all()
    for each in records:
        each["position"] = int(each["trial"][:4], 16)
    assert judged({}, made=made, records=records)["verdict"].tolist() == ["holds"]


def several(effects, expect):
    """Return the verdict on threads over sessions that differ, each of 10 blocks."""
    measured, sessions = [], []
    for day, effect in enumerate(effects):
        claims = [{**synthetic.CLAIM, "expect": expect}]
        made = synthetic.session(
            [synthetic.cell("sequential"), synthetic.cell("threads")],
            session=f"2026112{day}T140501Z-3f2a",
            claims=[{**each, "where": THREADS} for each in claims],
        )

        def took(which, block, effect=effect):
            return 0.2 / (effect * math.exp(synthetic.NOISE[block]) if which["workers"] == 2 else 1)

        measured.append((made, synthetic.fill(made, took)))
        sessions.append(Session(made["machine"], made["experiment"], made["session"], made, {}))
    return verdicts.table(Reading(synthetic.frame_of_all(*measured), tuple(sessions), ()))


def test_from_three_sessions_on_a_verdict_speaks_of_sessions():
    """
    Blocks of one day know nothing of how days differ: t over three session means.
    """
    effects = [1.6, 1.7, 1.65]
    table = several(effects, {"at_least": 1.5})
    logs = np.log(effects)
    low = np.exp(logs.mean() - stats.t.ppf(0.975, 2) * logs.std(ddof=1) / math.sqrt(3))
    assert table["low"].item() == pytest.approx(low)
    assert (table["verdict"].item(), table["n"].item()) == ("holds", 3)
    assert "over 3 sessions" in table["words"].item()
    assert several(effects[:2], {"at_least": 1.5})["scope"].item() == "this session only"


def test_sessions_that_differ_too_much_ask_for_more_sessions():
    """
    The newest alone is clear; over all of them the claim is open, and blocks would not help.
    """
    table = several([1.4, 1.9, 1.6, 1.7], {"at_least": 1.5})
    assert table["verdict"].item() == "undecided"
    assert re.search(r"about \d+ more sessions \(\d+ in all\) would decide", table["words"].item())


def test_after_a_pilot_the_interval_is_stein_s():
    """
    The spread of the first blocks and its degrees of freedom, whatever came later.
    """
    made, records = synthetic.standard(blocks=20, pilot=10)
    table = judged({}, made=made, records=records)
    values = np.array(synthetic.NOISE * 2)
    half = stats.t.ppf(0.975, 9) * values[:10].std(ddof=1) / math.sqrt(20)
    assert table["method"].item() == "Stein two-stage"
    assert table["low"].item() == pytest.approx(1.9 * math.exp(-half))
    row = synthetic.speedups(made, records).loc["threads", synthetic.FREE]
    assert row["low"] == pytest.approx(1.9 * math.exp(-half))
    assert math.isnan(
        synthetic.speedups(*synthetic.standard(pilot=4)).loc["threads", synthetic.FREE]["low"]
    )


def test_a_constant_decides_without_a_spread():
    """
    The edge itself is still what was expected.
    """
    cell = synthetic.cell("threads")
    made = synthetic.session([cell])
    records = [
        synthetic.record(
            made, cell, block, response={"values": [synthetic.value(0, 0.1, observed={"n": 0})]}
        )
        for block in range(8)
    ]
    claim = {"metric": "observed.n", "where": THREADS, "expect": {"at_most": 0}}
    assert judged(claim, made=made, records=records)["verdict"].tolist() == ["holds"]


def test_an_estimate_on_the_edge_asks_for_nothing_anyone_would_run():
    """
    Half a million blocks are no advice.
    """
    table = judged({"expect": {"at_least": 1.8999}})
    assert table["more"].isna().all()
    assert "too close to the limit; more blocks would not settle it" in table["words"].item()


@pytest.mark.parametrize("shift", [-0.05, -0.01, 0.0, 0.004, 0.03])
@pytest.mark.parametrize("kind", ["blocks", "pilot", "sessions", "plain", "slow"])
def test_p_value_and_interval_decide_alike(kind, shift):
    """
    At 1 - p the interval just touches the edge: a little wider it is open, a little narrower
    decided. Whatever the unit.
    """
    values = np.array(synthetic.NOISE)
    more = {
        "blocks": {},
        "pilot": {"pilot": 8},
        "sessions": {"sessions": (values - 0.01, values, values + 0.012, values[:4])},
        "plain": {},
        "slow": {},
    }[kind]
    if kind == "slow":
        values = np.append(np.repeat(values, 2), 3.0)
    evidence = Evidence(values, kind != "plain", **more)
    edge = math.exp(shift) if evidence.log else shift
    p = evidence.p_value(edge, math.inf)
    for level, decided in ((1 - p * 0.98, False), (1 - min(1, p * 1.02), True)):
        if 0 < level < 1 and kind != "slow":
            found = evidence.interval(level)
            assert (not found.low <= edge <= found.high) is decided
        elif 0 < level < 1 and not decided:
            assert not evidence.interval(level).excludes(edge)
