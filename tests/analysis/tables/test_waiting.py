"""Waiting for the GIL told from waiting for a CPU: the metrics, their table and their verdicts."""

import math
import statistics

import pandas as pd
import pytest
import synthetic
from judging import judged

from analysis import report, tables
from analysis.comparison.contrasts import contrasts
from analysis.inference import metrics
from harness import experiment

SEQUENTIAL, THREADS = synthetic.cell("sequential"), synthetic.cell("threads")
SPAWN = synthetic.cell("processes-spawn")
FREE = [synthetic.cell(model, target=synthetic.FREE) for model in ("sequential", "threads")]
DELAYS = [0.02 + 0.01 * (block % 4) for block in range(10)]
T9 = 2.262157  # Student's t, 9 degrees of freedom, two-sided 95 %


def campaign():
    """Return ten blocks: threads of one GIL that need 1.2 times the CPU time, a tax of 1.1."""
    made = synthetic.session([SEQUENTIAL, THREADS, SPAWN, *FREE])
    records = []
    for block, delay in enumerate(DELAYS):
        base = 0.2 * (1 + 0.05 * block)  # the machine gets slower; nothing below may show it
        alone, io = {"cpu": 0.97, "delay": 0.01}, {"io": 0.01}
        records += [
            synthetic.canary(made, block),
            synthetic.observed(made, SEQUENTIAL, block, base, **alone),
            synthetic.observed(made, THREADS, block, base, cpu=0.6 * 0.97, delay=delay, **io),
            synthetic.observed(made, SPAWN, block, base / 2, cpu=0.97, delay=delay),
            synthetic.observed(made, FREE[0], block, base * 1.1, **alone),
            synthetic.observed(made, FREE[1], block, base * 1.1 / 2, cpu=0.9, delay=delay),
        ]
    return made, records


@pytest.fixture(scope="module")
def cells():
    """Give the contrasts of the campaign by model and target."""
    found = contrasts(synthetic.frame_of(*campaign()))
    return {(each.cell["model"], each.cell["target"]): each for each in found}


@pytest.fixture(scope="module")
def waiting():
    """Give the table of the campaign by model and target."""
    table = tables.make("waiting", synthetic.frame_of(*campaign()))
    return table.set_index(["model", "target"])


def test_a_claim_may_name_every_metric_there_is_and_no_other():
    """
    What an experiment file accepts, in its order, can be judged.
    """
    assert tuple(metrics.METRICS) == experiment.METRICS
    assert metrics.metric("speed") is None
    assert metrics.metric("observed.lost") is not None


def test_the_shares_of_a_cell_are_means_over_blocks_with_their_t_interval(waiting):
    """
    Computed here from the numbers that went in.
    """
    row = waiting.loc[("threads", synthetic.GIL)]
    half = T9 * statistics.stdev(DELAYS) / math.sqrt(10)
    mean = statistics.mean(DELAYS)
    assert row["run_delay"] == pytest.approx(mean)
    assert row["run_delay_low"] == pytest.approx(mean - half, rel=1e-5)
    assert row["run_delay_high"] == pytest.approx(mean + half, rel=1e-5)
    assert row["cpu"] == pytest.approx(0.582)
    assert row["io"] == pytest.approx(0.01)
    assert row["blocked"] == row["gil_wait"] == pytest.approx(1 - 0.582 - 0.01 - mean)
    assert (row["n"], row["blocks"], row["contaminated_share"]) == (10, 10, 0)
    rate = statistics.mean(50 / (0.2 * (1 + 0.05 * block)) for block in range(10))
    assert row["handoffs"] == pytest.approx(rate)


def test_processes_that_are_blocked_do_not_wait_for_the_gil(waiting):
    """
    The same number under another name would be a wrong cause.
    """
    assert pd.isna(waiting.loc[("processes-spawn", synthetic.GIL), "gil_wait"])
    assert pd.isna(waiting.loc[("threads", synthetic.FREE), "gil_wait"])
    # Nobody else was there to hold it.
    assert waiting.loc[("sequential", synthetic.GIL), "gil_wait"] == pytest.approx(0)


def test_inflation_and_tax_are_paired_so_that_drift_cancels(cells, waiting):
    """
    The interval has no width: in every block the ratio is the same.
    """
    inflation = metrics.interval("cpu_inflation", cells["threads", synthetic.GIL])
    for number in (inflation.estimate, inflation.low, inflation.high):
        assert number == pytest.approx(2 * 0.6)
    assert waiting.loc[("threads", synthetic.GIL), "cpu_inflation"] == pytest.approx(1.2)
    assert pd.isna(waiting.loc[("sequential", synthetic.GIL), "cpu_inflation"])
    for model, expected in (("sequential", 1.1), ("threads", 0.55)):
        tax = metrics.interval("tax", cells[model, synthetic.FREE])
        assert (tax.estimate, tax.n) == (pytest.approx(expected), 10)
        assert tax.low == pytest.approx(expected)
    assert metrics.interval("tax", cells["threads", synthetic.GIL]).n == 0


def test_a_tax_is_one_on_a_unit_of_work():
    """
    The free-threaded build may have been given less to do.
    """
    made, records = campaign()
    for each in records:
        if each["cell"]["target"] == synthetic.FREE:
            each["response"]["units"] = 8
    [cell] = [
        each
        for each in contrasts(synthetic.frame_of(made, records))
        if (each.cell["model"], each.cell["target"]) == ("sequential", synthetic.FREE)
    ]
    assert metrics.interval("tax", cell).estimate == pytest.approx(2.2)


def test_the_twin_with_other_switches_is_no_twin():
    """
    A variable that only one of the two has could be the whole difference; the GIL's own is meant.
    """
    switched = {
        f"{synthetic.FREE},PYTHON_GIL=1": True,
        f"{synthetic.FREE},PYTHONMALLOC=malloc": False,
    }
    for name, paired in switched.items():
        cells = [SEQUENTIAL, synthetic.cell("sequential", target=name)]
        made = synthetic.session(cells)
        made["targets"][name] |= {
            "twin": synthetic.GIL,
            "env": dict([name.split(",")[1].split("=")]),
        }
        frame = synthetic.frame_of(made, synthetic.fill(made, lambda *_: 0.2))
        taxed = [each for each in contrasts(frame) if each.cell["target"] == name]
        assert [len(each.ratio("tax")) for each in taxed] == [10 if paired else 0]


def test_values_of_one_process_are_summed_up_by_their_median():
    """
    One pass that was held up is not the process.
    """
    made, records = campaign()
    for each in records:
        if each["cell"] == THREADS:
            [value] = each["response"]["values"]
            odd = {
                **value,
                "index": 1,
                "observations": synthetic.observations(0.2, cpu=0.1, delay=0.8),
            }
            each["response"]["values"] = [value, {**value, "index": 2}, odd]
    table = tables.make("waiting", synthetic.frame_of(made, records)).set_index(["model", "target"])
    assert table.loc[("threads", synthetic.GIL), "cpu"] == pytest.approx(0.582)


@pytest.mark.parametrize(
    ("metric", "where", "expect", "words"),
    [
        ("gil_wait", {"model": "threads"}, {"at_least": 0.3}, "holds: 37.5 % [36."),
        ("blocked", {"model": "threads", "gil": True}, {"at_most": 0.2}, "fails: 37.5 % [36."),
        ("run_delay", {"model": "threads", "gil": True}, {"between": [0, 0.05]}, "holds: 3.30 %"),
        ("utilisation", {"model": "threads", "gil": True}, {"at_most": 0.6}, "holds: 58.2 %"),
        ("handoffs", {"model": "threads", "gil": True}, {"at_least": 100}, "holds: 207/s [188/s"),
        ("cpu_seconds", {"model": "threads", "gil": True}, {"at_most": 0.5}, "holds: 285 ms"),
        ("cpu_inflation", {"model": "threads", "gil": True}, {"at_most": 1.5}, "holds: 1.20x"),
        ("tax", {"model": "sequential"}, {"at_most": 1.05}, "fails: 1.10x [1.10, 1.10]"),
    ],
)
def test_claims_are_judged_and_told_in_their_unit(metric, where, expect, words):
    """
    A metric speaks only of cells in which it means something.
    """
    made, records = campaign()
    claim = {"where": where, "metric": metric, "expect": expect}
    table = judged(claim, made=made, records=records)
    assert table["words"].item().startswith(words)
    [limit] = [each for each in expect.values() if not isinstance(each, list)] or [expect]
    if metric in ("gil_wait", "blocked", "utilisation"):
        assert table["expected"].item().endswith(f"{limit * 100:g} %")


def test_a_metric_that_means_nothing_there_is_not_applicable():
    """
    Neither held nor failed: the reason says of what it is a metric.
    """
    made, records = campaign()
    claim = {"where": {"model": "processes-*"}, "metric": "gil_wait"}
    table = judged(claim, made=made, records=records)
    assert table["verdict"].tolist() == ["not applicable"]
    assert "gil_wait is a metric of CPU-bound work" in table["words"].item()


def test_latencies_are_judged_and_tabled_by_cell():
    """
    Means over blocks of each process's quantiles; slots that were missed stand beside them.
    """
    made = synthetic.session([THREADS])
    records = []
    for block in range(8):
        calls = [0.001 * (block + 1)] * 98 + [0.05, 0.1]
        value = synthetic.value(0, calls[0], latencies=synthetic.encoded(calls), missed=block)
        records.append(synthetic.record(made, THREADS, block, response={"values": [value]}))
    [row] = tables.make("latencies", synthetic.frame_of(made, records)).to_dict("records")
    assert row["latency_p50"] == row["latency_p90"] == pytest.approx(0.0045)
    assert row["latency_max"] == pytest.approx(0.1)
    assert (row["missed"], row["count"], row["n"]) == (3.5, 100, 8)
    claim = {"where": {}, "metric": "latency_max", "expect": {"at_most": 0.15}}
    table = judged(claim, made=made, records=records)
    assert table["words"].item().startswith("holds: 100 ms [100 ms, 100 ms] where at most 0.15 s")


def test_the_report_tells_the_two_waits_apart(tmp_path):
    """
    One row per cell: computing, waiting for a CPU, and what it was blocked by.
    """
    synthetic.write(tmp_path / "results", *campaign())
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text().replace("\\", "")
    assert "| int_loop, cpython-3.13, threads x2 | 58.2 % | 3.30 % | GIL wait 37.5 % [36." in text
    assert "| int_loop, cpython-3.13, processes-spawn x2 | 97.0 % | 3.30 % | -0.30 % [" in text
    page = (tmp_path / "out" / "index.html").read_text()
    assert "GIL wait 37.5 %" in page
    assert page.count("<table>") == page.count("</table>")
