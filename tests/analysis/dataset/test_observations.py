"""What was read around a value comes into the tidy table, and nothing else does."""

import math
import random
from pathlib import Path

import pytest
import synthetic

from analysis.dataset import observations, tidy
from analysis.dataset.schema import OBSERVATIONS, misfit

REFERENCE = Path(__file__).resolve().parents[3] / "results"
THREADS, SPAWN = synthetic.cell("threads"), synthetic.cell("processes-spawn")
FREE = synthetic.cell("threads", target=synthetic.FREE)


def row_of(record, made=None):
    """Return the last row of a record."""
    return tidy.rows(made or synthetic.session([record["cell"]]), record)[-1]


def test_shares_of_the_time_add_up_to_all_of_it():
    """
    Computing, waiting for a CPU, declared I/O, and blocked by what remains.
    """
    made = synthetic.session([THREADS])
    row = row_of(synthetic.observed(made, THREADS, 0, 0.4, cpu=0.45, delay=0.05, io=0.2))
    parts = ("cpu_share", "run_delay", "blocked", "io_share")
    assert math.fsum(row[name] for name in parts) == pytest.approx(1)
    assert row["run_delay_seconds"] / row["threads_wall"] == pytest.approx(row["run_delay"])
    assert row["handoff_rate"] == pytest.approx(50 / 0.4)
    assert (row["cpu_living"], row["pressure_io"], row["voluntary"]) == (None, None, 200)
    assert misfit(row) is None


@pytest.mark.parametrize(
    ("which", "known"),
    [
        (THREADS, True),
        (SPAWN, False),
        (FREE, False),
        (synthetic.cell("threads-raw"), True),
        (synthetic.cell("interpreters"), False),
    ],
)
def test_blocked_may_be_waiting_for_the_gil_only_where_workers_share_one(which, known):
    """
    Workers of one interpreter with its GIL on.
    """
    made = synthetic.session([which])
    row = row_of(synthetic.observed(made, which, 0, 0.4))
    assert row["gil_wait"] == (pytest.approx(row["blocked"]) if known else None)
    assert row["blocked"] == pytest.approx(0.4)


def test_what_older_workers_said_of_undeclared_work_is_no_declaration():
    """
    They said False of it; with notes in the response False is what somebody declared.
    """
    made = synthetic.session([THREADS])
    record = synthetic.observed(made, THREADS, 0, 0.4, cpu_bound=False)
    assert row_of(record)["cpu_bound"] is None
    record["response"]["notes"] = []
    assert row_of(record)["cpu_bound"] is False


def test_records_from_before_have_none_of_it():
    """
    The committed results are read whole, and nothing is made up for them.
    """
    reading = tidy.read(REFERENCE)
    assert not reading.damaged
    before = reading.frame[reading.frame["session"] < "20261124"]  # begins with the day
    assert len(before)
    assert before[[*OBSERVATIONS, "cpu_bound", "io_seconds"]].isna().all().all()
    assert not reading.frame["diagnostic"].any()
    assert (reading.diagnostics["session"] >= "20261124").all()


def test_what_could_not_be_read_is_named_with_its_reason():
    """
    A probe may be absent from a value; a column without a number has its why.
    """
    made = synthetic.session([THREADS])
    record = synthetic.observed(made, THREADS, 0, 0.4)
    record["response"]["values"][0]["observations"] |= {"threads": None, "derived": None}
    record["response"]["observations"]["unavailable"] = {"threads": "a cold pool"}
    row = row_of(record)
    assert (row["blocked"], row["threads_wall"], row["cpu_share"]) == (None, None, None)
    assert row["handoffs"] == 50
    assert row["unobserved"] == "threads: a cold pool"


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("derived", "blocked"), "much", "blocked is 'much'"),
        (("handoffs", "count"), -1, "handoffs is -1"),
        (("handoffs", "count"), 10**400, "int too large"),
        (("cpu", "self"), 10**400, "cpu_self is 1000"),
        (("threads", "wall"), True, "threads_wall is True"),
        (("machine", "steal"), 1e300, "steal is 1e+300"),
        (("derived",), [1, 2], "derived is [1, 2], not an object"),
        (("machine", "pressure"), "low", "pressure is 'low', not an object"),
    ],
    ids=range(8),
)
def test_what_is_no_observation_is_named_and_left_out(tmp_path, path, value, why):
    """
    Results may come from anyone: one bad number costs one trial and never a column.
    """
    made = synthetic.session([THREADS])
    good, bad = (synthetic.observed(made, THREADS, block, 0.4) for block in (0, 1))
    place = bad["response"]["values"][0]["observations"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    synthetic.write(tmp_path, made, [good, bad])
    reading = tidy.read(tmp_path)
    assert len(reading.frame) == 1
    [damage] = reading.damaged
    assert why in damage.why


def test_quantiles_of_latencies_are_those_of_the_sorted_list():
    """
    Between two neighbours in proportion, so that the middle one is the median.
    """
    found = [random.Random(4).expovariate(100) for _ in range(250)]
    made = synthetic.session([THREADS])
    seen = synthetic.observations(2.0)
    value = synthetic.value(
        0, 0.01, latencies=synthetic.encoded(found), missed=3, wall=2.0, observations=seen
    )
    row = row_of(synthetic.record(made, THREADS, 0, response={"values": [value]}))
    ordered = sorted(found)
    for name, share in (("latency_p50", 0.5), ("latency_p90", 0.9), ("latency_p99", 0.99)):
        whole, part = divmod(share * 249, 1)
        low, high = ordered[int(whole)], ordered[int(whole) + 1]
        assert row[name] == pytest.approx(low + part * (high - low))
    assert (row["latency_max"], row["latency_count"], row["missed"]) == (max(found), 250, 3)
    # Of the pass and not of the latency that is its value.
    assert row["handoff_rate"] == pytest.approx(seen["handoffs"]["count"] / 2.0)
    assert observations.latencies(synthetic.encoded(found)).tolist() == found


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"encoding": "f4"}, "not encoded as f8le-base64"),
        ({"count": 3}, "16 bytes long, not 8 times 3"),
        ({"count": 10**7}, "at most 1000000 allowed"),
        ({"count": "2"}, "the count '2'"),
        ({"data": "!!"}, "no base64"),
        (synthetic.encoded([0.1, math.inf]), "negative or not finite"),
        (synthetic.encoded([0.1, -0.1]), "negative or not finite"),
    ],
)
def test_latencies_that_are_none_are_refused(change, why):
    """
    Before anything is computed from them, and without taking more memory than the text has.
    """
    with pytest.raises(ValueError, match=why):
        observations.latencies({**synthetic.encoded([0.1, 0.2]), **change})
