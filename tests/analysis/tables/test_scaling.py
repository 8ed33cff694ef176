"""How speed grows with workers: what the table says of series whose law is known."""

import math

import numpy as np
import pytest
import synthetic

from analysis import report, tables
from analysis.stats import fit_scaling

COUNTS = (1, 2, 4, 6, 8)
SIGMA = 0.1  # of Amdahl's law
CPUS = list(range(8))


def amdahl(workers):
    """Return the speed-up of so many workers."""
    return workers / (1 + SIGMA * (workers - 1))


def campaign(counts=COUNTS, cpus=CPUS, **told):
    """Return ten blocks of threads that follow Amdahl's law exactly but for noise."""
    cells = [synthetic.cell("sequential"), *(synthetic.cell("threads", count) for count in counts)]
    made = synthetic.session(cells)
    noise = np.random.default_rng(1).normal(0, 0.02, (10, 20))

    def took(each, block):
        return 0.2 / amdahl(each["workers"]) * math.exp(noise[block, each["workers"]])

    records = synthetic.fill(made, took)
    for each in records:
        if each["control"] != "canary":
            each["response"] |= {"state": {"end": {"gil": True, "cpus": cpus}}}
            each["response"] |= {"cpu_bound": True, **told}
    return made, records


def test_amdahls_law_is_found_where_there_are_enough_counts():
    """
    With the numbers that fitting the stored trials by hand gives; 8 workers have the last word.
    """
    made, records = campaign()
    [row] = tables.make("scaling", synthetic.frame_of(made, records)).to_dict("records")
    assert (row["model"], row["workers"], row["counts"], row["cores"]) == (
        "threads",
        8,
        "1 2 4 6 8",
        8,
    )
    plain = [each for each in records if each["control"] is None]
    plain = [each for each in plain if each["cell"]["model"] == "threads"]
    workers = [each["cell"]["workers"] for each in plain]
    work = [
        16 / np.median([v["seconds"] for v in each["response"]["values"] if not v["warmup"]])
        for each in plain
    ]
    found = fit_scaling(workers, work, cores=8)
    assert row["curve"] == found.model == "amdahl"
    assert row["contention"] == pytest.approx(found.contention.estimate)
    assert row["contention_low"] < SIGMA < row["contention_high"]
    assert math.isnan(row["coherency_low"])
    assert row["serial_fraction"] == pytest.approx((1 / row["speedup"] - 1 / 8) / (1 - 1 / 8))
    assert row["serial_fraction_low"] < SIGMA < row["serial_fraction_high"]


@pytest.mark.parametrize(
    ("counts", "cpus", "last", "why"),
    [
        ((1, 2, 4), CPUS[:2], 2, "no curve: 2 worker counts up to the cores, at least 5 needed"),
        ((2,), CPUS[:2], 2, "no curve: 1 worker counts up to the cores, at least 5 needed"),
        ((1, 2, 3, 4, 5), CPUS, 5, "no curve: up to 5 workers, at least 8 needed"),
    ],
)
def test_without_enough_counts_the_reason_stands_in_place_of_a_curve(counts, cpus, last, why):
    """
    More workers than CPUs say nothing of scaling; the serial fraction needs but two.
    """
    [row] = tables.make("scaling", synthetic.frame_of(*campaign(counts, cpus))).to_dict("records")
    assert (row["workers"], row["curve"], row["why"]) == (last, None, why)
    assert row["serial_fraction_low"] < SIGMA < row["serial_fraction_high"]


@pytest.mark.parametrize(
    "changed", [{"counts": (1,)}, {"cpus": [0]}, {"cpu_bound": False, "notes": []}]
)
def test_one_worker_and_work_that_waits_have_no_serial_fraction(changed):
    """
    A hundred sleeps gain a hundred times on one CPU.
    """
    assert not len(tables.make("scaling", synthetic.frame_of(*campaign(**changed))))


@pytest.mark.parametrize(
    ("counts", "said"),
    [(COUNTS, "amdahl, contention 0."), ((1, 2), "no curve: 2 worker counts up to the cores")],
)
def test_the_report_says_how_it_scales(tmp_path, counts, said):
    """
    Efficiency and serial fraction in per cent, and the curve or why there is none.
    """
    synthetic.write(tmp_path / "results", *campaign(counts))
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    [line] = [each for each in text.splitlines() if "of 8 CPUs" in each]
    assert said in line
    assert " % \\[" in line
    assert said in (tmp_path / "out" / "index.html").read_text()
