"""Which model the report advises: by rule, and only as sure as the blocks are."""

import math

import pytest
import synthetic

from analysis import tables
from analysis.report import advice as told
from analysis.tables import advice

MODELS = ("sequential", "threads", "interpreters", "processes-spawn")


def advised(gains, *, blocks=10, target=synthetic.GIL, cpu=1.0, capacity=0.95, controls=True):
    """Return the advice for a workload: ``gains`` are speed-ups by model, noise 2 %."""
    cells = [synthetic.cell(each, target=target) for each in ("sequential", *gains)]
    made = synthetic.session(cells)

    def took(each, block):
        drift = 0.2 * (1 + 0.05 * block)
        if each["model"] == "sequential":
            return drift
        return drift / gains[each["model"]] * math.exp(synthetic.NOISE[block % 10])

    records = synthetic.fill(made, took, blocks=blocks, controls=controls)
    for record in records:
        if record["control"] == "canary":
            record["response"]["together"] = [100.0 * capacity] * 2
        for value in (record["response"] or {}).get("values") or []:
            value["cpu_seconds"] = cpu * value["seconds"]
    [row] = tables.make("advice", synthetic.frame_of(made, records)).to_dict("records")
    return row


def test_the_fastest_is_advised_with_its_numbers_and_what_they_rest_on():
    """
    Geometric mean of the planted ratios, whose noise sums to zero.
    """
    row = advised({"threads": 1.0, "processes-spawn": 1.8})
    assert (row["use"], row["workers"], row["n"]) == ("processes-spawn", 2, 10)
    assert row["speedup"] == pytest.approx(1.8)
    assert row["low"] < 1.8 < row["high"]
    assert (row["sure"], row["rests_on"]) == (advice.SURE, "10 blocks, machine quiet")
    assert row["threads"].startswith("threads 1.00x")


def test_of_models_that_cannot_be_told_apart_the_simplest_is_advised():
    """
    The best of several is best by luck as well; the others are named.
    """
    row = advised({"threads": 1.79, "interpreters": 1.8, "processes-spawn": 1.81})
    assert row["use"] == "threads"
    assert "processes-spawn 1.81x" in row["also"]
    assert "interpreters 1.80x" in row["also"]


def test_where_everything_is_surely_no_faster_a_plain_loop_is_advised():
    """
    That is an answer, and it names what was tried.
    """
    row = advised({"threads": 0.8, "processes-spawn": 0.7})
    assert (row["use"], row["sure"]) == (advice.PLAIN_LOOP, advice.SURE)
    assert "threads 0.80x" in row["also"]


def test_too_few_blocks_give_no_answer():
    """
    A number is shown, and that it is not sure, and why.
    """
    row = advised({"threads": 1.0, "processes-spawn": 1.8}, blocks=2)
    assert row["sure"] == advice.UNSURE
    assert "at least 6 needed" in row["rests_on"]


def test_without_a_canary_nothing_is_sure():
    """
    Whether the machine had the CPUs to give is unknown then.
    """
    row = advised({"processes-spawn": 1.8}, controls=False)
    assert row["sure"] == advice.LIKELY
    assert "CPU availability was not checked" in row["rests_on"]


def test_a_busy_machine_gives_no_answer():
    """
    The canary decides, whatever the times look like.
    """
    row = advised({"processes-spawn": 1.8}, capacity=0.5)
    assert row["sure"] == advice.UNSURE
    assert "busy" in row["rests_on"]


@pytest.mark.parametrize(
    ("gain", "cpu", "blocks", "kind"),
    [
        (1.0, 1.0, 10, advice.HOLDS),
        (1.8, 1.0, 10, advice.RELEASES),
        (1.8, 1.0, 2, advice.COMPUTES),  # a gain that may not be judged tells nothing
        (1.0, 1.0, 2, advice.COMPUTES),  # nor does a lack of one
        (1.8, 0.01, 10, advice.WAITS),
        (1.8, 0.7, 10, advice.MIXED),
    ],
)
def test_what_a_workload_does_is_measured_where_it_was_not_declared(gain, cpu, blocks, kind):
    """
    By the CPU time of a sequential pass, and by what two threads with a GIL gain.
    """
    assert advised({"threads": gain}, cpu=cpu, blocks=blocks)["kind"] == kind


def test_several_workloads_are_one_answer_with_the_range_of_their_numbers():
    """
    As sure as the least sure of them.
    """
    cells = [
        synthetic.cell(model, workload=name)
        for name in ("fib", "int_loop")
        for model in ("sequential", "threads", "processes-spawn")
    ]
    made = synthetic.session(cells)
    gains = {("fib", "processes-spawn"): 1.6, ("int_loop", "processes-spawn"): 1.8}

    def took(each, block):
        noise = 0 if each["model"] == "sequential" else synthetic.NOISE[block % 10]
        return 0.2 / gains.get((each["workload"], each["model"]), 1.0) * math.exp(noise)

    table = tables.make("advice", synthetic.frame_of(made, synthetic.fill(made, took)))
    [group] = told.groups(table)
    [pick] = group.picks
    assert group.title.startswith("CPU-bound pure Python")
    assert pick.use == "use processes-spawn, 2 workers"
    assert pick.numbers.startswith("1.60x to 1.80x [")
    assert pick.numbers.endswith("in fib, int_loop")
    assert pick.threads == "threads gain nothing: 1.00x"
    assert pick.sure == advice.SURE
    first, second = told.lines(table)
    assert (first.workload, second.workload) == ("fib", "int_loop")
    assert first.text.startswith("use processes-spawn on cpython-3.13: 1.60x [")
    assert first.text.endswith("threads with the GIL gain nothing: 1.00x")


def test_passes_too_short_to_be_judged_do_not_widen_what_threads_gain():
    """
    A hundredth of the speed is what a pool costs where there is nothing to do.
    """
    cells = [
        synthetic.cell(model, workload=name)
        for name in ("long", "short")
        for model in ("sequential", "threads", "processes-spawn")
    ]
    made = synthetic.session(cells)

    def took(each, block):
        noise = math.exp(synthetic.NOISE[block % 10])
        if each["workload"] == "short":
            return 1e-5 if each["model"] == "sequential" else 1e-3 * noise
        return {"sequential": 0.2, "threads": 0.21, "processes-spawn": 0.11}[each["model"]] * noise

    frame = synthetic.frame_of(made, synthetic.fill(made, took))
    found = told.groups(tables.make("advice", frame))
    texts = [pick.threads for group in found for pick in group.picks]
    assert any("0.95x" in text for text in texts), texts
    assert not any("0.01" in text for text in texts), texts
