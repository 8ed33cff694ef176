"""What else used the machine, block by block, and the canary's threshold of each machine."""

import pandas as pd
import pytest
import synthetic
from judging import judged

from analysis import report, tables
from analysis.dataset import thresholds, tidy
from analysis.report import content

SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")
CALIBRATED = {"canary": {"threshold": 0.8, "level": 0.87, "spinners": 2, "why": None}}

DISTURBED = (
    "other programs used the machine in 25.0 % of its blocks "
    "(a sequential pass waited for a CPU up to 12.0 % of its time)"
)


def campaign(*, canaries=True):
    """Return eight blocks: in 2 the host stole, in 5 the sequential cell had to wait for a CPU."""
    made = synthetic.session([SEQUENTIAL, THREADS], blocks=8)
    records = []
    for block in range(8):
        steal = 0.05 if block == 2 else 0.001
        delay = 0.12 if block == 5 else 0.01
        wobble = 1 + 0.001 * block
        records += [
            synthetic.observed(
                made, SEQUENTIAL, block, 0.2 * wobble, cpu=0.8, delay=delay, steal=steal
            ),
            synthetic.observed(made, THREADS, block, 0.1, cpu=0.5, delay=0.3, steal=steal),
        ]
        records += [synthetic.canary(made, block)] if canaries else []
    return made, records


def test_each_cause_of_contamination_is_read_by_block():
    """
    Threads that wait for one of two CPUs are no sign of another program; a sequential cell is.
    """
    table = tables.make("contamination", synthetic.frame_of(*campaign())).set_index("block")
    assert table["contaminated"].tolist() == [block in (2, 5) for block in range(8)]
    assert not table["busy"].any()
    assert table.loc[2, "why"] == "steal 5.00 %"
    assert table.loc[5, "why"] == "run delay of sequential cells 12.0 %"
    assert table.loc[5, "run_delay"] == pytest.approx(0.12)
    assert table["pressure_cpu"].tolist() == pytest.approx([0.2] * 8)
    assert table["capacity"].tolist() == pytest.approx([0.95] * 8)


def test_shares_of_a_block_weigh_by_time():
    """
    A long value says more of its block than a short one.
    """
    made = synthetic.session([SEQUENTIAL])
    records = [
        synthetic.observed(made, SEQUENTIAL, 0, 0.3, cpu=0.5, delay=0.02, steal=0.04),
        synthetic.observed(made, SEQUENTIAL, 0, 0.1, cpu=0.5, delay=0.1, steal=0.0, control="a/a"),
    ]
    [row] = tables.make("contamination", synthetic.frame_of(made, records)).to_dict("records")
    assert row["run_delay"] == pytest.approx((0.3 * 0.02 + 0.1 * 0.1) / 0.4)
    assert row["steal"] == pytest.approx(0.3 * 0.04 / 0.4)


def test_a_group_is_weighed_by_its_passes_and_not_by_its_latencies():
    """
    Its value is a latency; the machine was read over the whole pass.
    """
    made = synthetic.session([THREADS])
    record = synthetic.observed(made, THREADS, 0, 2.0, steal=0.04)
    record["response"]["values"][0] |= {"seconds": 0.005, "wall": 2.0}
    [row] = tables.make("contamination", synthetic.frame_of(made, [record])).to_dict("records")
    assert row["steal"] == pytest.approx(0.04)
    assert row["pressure_cpu"] == pytest.approx(0.2)


def test_every_number_says_how_many_of_its_blocks_were_contaminated():
    """
    In the table, in the notes of a reader and in a verdict; the canary alone decides.
    """
    made, records = campaign()
    row = synthetic.speedups(made, records).loc[("threads", synthetic.GIL)]
    assert row["contaminated_share"] == pytest.approx(2 / 8)
    assert row["worst_run_delay"] == pytest.approx(0.12)
    assert (row["n_clean"], row["busy_blocks"]) == (8, 0)
    assert pd.isna(row["no_verdict"])
    [verdict] = judged({"where": {}}, made=made, records=records).to_dict("records")
    assert verdict["verdict"] == "holds"
    assert DISTURBED in verdict["finding"]
    for name in ("waiting", "speedups"):
        table = tables.make(name, synthetic.frame_of(made, records))
        assert table["contaminated_share"].tolist() == [0.25, 0.25]


@pytest.mark.parametrize("fell_short", [2, 10])
def test_the_sign_is_named_and_said_once(fell_short):
    """
    A delay of nothing is not the sign; where the canary keeps a cell from being judged, that is
    what is said, and not the same again.
    """
    made = synthetic.session([SEQUENTIAL, THREADS])
    records = []
    for block in range(10):
        records += [
            synthetic.observed(made, SEQUENTIAL, block, 0.2, cpu=0.8, delay=0.0, steal=0.0),
            synthetic.observed(made, THREADS, block, 0.1, cpu=0.5, delay=0.3, steal=0.0),
            synthetic.canary(made, block, 0.4 if block < fell_short else 0.95),
        ]
    table = synthetic.speedups(made, records)
    row = table.loc[("threads", synthetic.GIL)].to_dict() | {"lifecycle": "warm"}

    told = [note for note in content.notes(row) if "machine" in note]

    assert len(told) == 1
    assert "canary fell short" in told[0]
    assert "waited for a CPU" not in told[0]


def test_nothing_is_said_of_a_block_of_which_nothing_is_known():
    """
    Not read is not clean.
    """
    made, records = synthetic.two_cells()
    plain = [each for each in records if each["control"] is None]
    table = tables.make("contamination", synthetic.frame_of(made, plain))
    assert table[["busy", "contaminated", "why"]].isna().all().all()
    assert synthetic.speedups(made, plain)["contaminated_share"].isna().all()


def test_the_threshold_is_that_of_the_machine():
    """
    A quiet machine whose canary reaches 0.82 is busy by another machine's measure.
    """
    made, records = synthetic.two_cells()
    records = [
        synthetic.canary(made, each["block"], 0.82) if each["control"] == "canary" else each
        for each in records
    ]
    for facts, busy, source in (({}, 10, thresholds.NOT_MEASURED), (CALIBRATED, 0, "calibrated")):
        frame = synthetic.frame_of(made, records, facts)
        [row] = tables.make("canary", frame).to_dict("records")
        assert row["busy"] == busy
        assert row["source"].startswith(source)
        assert tables.make("contamination", frame)["busy"].sum() == busy
        [speedup] = tables.make("speedups", frame).query("model == 'threads'").to_dict("records")
        assert (speedup["busy_blocks"], speedup["n_clean"]) == (busy, 10 - busy)
        assert isinstance(speedup["no_verdict"], str) == bool(busy)


@pytest.mark.parametrize(
    ("stored", "threshold", "source"),
    [
        ({"threshold": 0.8, "why": None}, 0.8, thresholds.CALIBRATED),
        ({"threshold": 0.7, "why": "noisy"}, 0.7, f"{thresholds.CALIBRATED}: noisy"),
        ({"threshold": None, "why": "busy"}, 0.85, f"{thresholds.NOT_MEASURED}: busy"),
        ({"threshold": "0.8"}, 0.85, thresholds.NOT_MEASURED),
        ({"threshold": True}, 0.85, thresholds.NOT_MEASURED),
        ({"threshold": float("nan")}, 0.85, thresholds.NOT_MEASURED),
        ({"threshold": 40}, 0.85, thresholds.NOT_MEASURED),
        ("0.8", 0.85, thresholds.NOT_MEASURED),
    ],
)
def test_a_threshold_that_is_none_is_not_used(stored, threshold, source):
    """
    Facts come with results from anywhere; the default stands in and says so.
    """
    assert thresholds.canary({"canary": stored}) == (threshold, source)


def test_the_report_says_which_threshold_and_from_where(tmp_path, monkeypatch):
    """
    Through the stored facts of the machine, as a run writes them.
    """
    made, records = campaign()
    monkeypatch.setattr(synthetic, "FACTS", {**synthetic.FACTS, **CALIBRATED})
    synthetic.write(tmp_path / "results", made, records)
    assert set(tidy.read(tmp_path / "results").frame["canary_threshold"]) == {0.8}
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text().replace("\\", "")
    assert "below 80 % (calibrated on this machine) in 0 of 8 blocks" in text
    assert "2 of 8 blocks contaminated (the canary below 0.8 (calibrated on" in text
    assert "block 2: steal 5.00 %; block 5: run delay of sequential cells 12.0 %" in text
    assert DISTURBED in text
