"""A cell against others than its sequential one: the build, the lock, the pool, the neighbours."""

import re

import pandas as pd
import pytest
import synthetic
from judging import judged

from analysis import report, tables
from analysis.comparison.contrasts import contrasts
from analysis.report import sizes

LOCKED, OPEN = f"{synthetic.FREE},PYTHON_GIL=1", f"{synthetic.FREE},PYTHON_GIL=0"
# Seconds of one pass, before the machine gets slower: every ratio below follows from these.
TOOK = {
    ("sequential", 1, synthetic.GIL): 0.20,
    ("threads", 1, synthetic.GIL): 0.22,
    ("threads", 2, synthetic.GIL): 0.25,
    ("sequential", 1, synthetic.FREE): 0.24,
    ("threads", 1, synthetic.FREE): 0.26,
    ("threads", 2, synthetic.FREE): 0.13,
    ("sequential", 1, LOCKED): 0.242,
    ("threads", 2, LOCKED): 0.30,
    ("sequential", 1, OPEN): 0.24,
    ("threads", 2, OPEN): 0.12,
}


def campaign(twin=synthetic.GIL):
    """Return ten blocks on a build, its free-threaded twin, and that with the GIL switched."""
    cells = [synthetic.cell(model, workers, name) for model, workers, name in TOOK]
    made = synthetic.session(cells)
    for name, facts in made["targets"].items():
        facts["env"] = dict([name.split(",")[1].split("=")]) if "," in name else {}
        facts["twin"] = twin if name.startswith(synthetic.FREE) else synthetic.FREE

    def took(each, block):
        drift = 1 + 0.05 * block  # the same for all of a block: no ratio may show it
        return TOOK[each["model"], each["workers"], each["target"]] * drift

    records = synthetic.fill(made, took)
    for each in records:
        if each["cell"]["target"] == OPEN:
            each["response"]["state"] = {"end": {"gil": False, "cpus": [0, 1]}}
    return made, records


def found(name, made, records):
    """Return estimates of one ratio by model, workers and target."""
    table = tables.make("ratios", synthetic.frame_of(made, records))
    table = table[table["metric"] == name]
    for bound in ("low", "high"):
        assert table[bound].to_numpy() == pytest.approx(table["estimate"].to_numpy())
    assert set(table["n"]) <= {10}
    keys = zip(table["model"], table["workers"], table["target"], strict=True)
    return dict(zip(keys, table["estimate"], strict=True))


def test_the_speed_up_of_a_user_has_the_cost_of_the_build_in_it():
    """
    Against a plain loop on the twin with the GIL, wherever the target has such a twin.
    """
    ratios = found("speedup_user", *campaign())
    assert ratios == {
        key: pytest.approx(0.20 / TOOK[key]) for key in TOOK if key[0] != "sequential"
    }


def test_a_user_of_a_build_whose_twin_is_missing_is_told_nothing():
    """
    The plain loop of the free-threaded build would hide what that build costs.
    """
    ratios = found("speedup_user", *campaign(twin=None))
    assert ("threads", 2, synthetic.GIL) in ratios
    assert ("threads", 2, synthetic.FREE) not in ratios


def test_more_workers_are_held_against_one_of_the_same_model():
    """
    So that what a pool costs is on both sides.
    """
    ratios = found("speedup_self", *campaign())
    assert ratios == {
        ("threads", 2, synthetic.GIL): pytest.approx(0.22 / 0.25),
        ("threads", 2, synthetic.FREE): pytest.approx(0.26 / 0.13),
    }


def test_the_slow_down_by_the_gil_is_a_ratio_of_ratios():
    """
    What threads gain without it over what they gain with it: what the build costs cancels.
    """
    ratios = found("gil_slowdown", *campaign())
    assert ratios["threads", 2, synthetic.FREE] == pytest.approx((0.24 / 0.13) / (0.20 / 0.25))
    assert ("threads", 2, synthetic.GIL) not in ratios


def test_the_lock_alone_is_seen_on_one_binary():
    """
    The same cell with PYTHON_GIL=1 over PYTHON_GIL=0, for a plain loop too.
    """
    ratios = found("lock_effect", *campaign())
    assert ratios == {
        ("sequential", 1, LOCKED): pytest.approx(0.242 / 0.24),
        ("threads", 2, LOCKED): pytest.approx(0.30 / 0.12),
    }


def test_another_binary_is_no_lock():
    """
    Two builds differ in more than a switch.
    """
    made, records = campaign()
    made["targets"][LOCKED]["build_id"] = "f" * 16
    assert found("lock_effect", made, records) == {}


def test_a_convoy_is_held_against_the_group_alone():
    """
    Median latencies, paired within blocks; alone itself has no factor.
    """
    labels = {"alone": 1, "one": 2, "two": 3}  # members: the server, and who disturbs it
    cells = [synthetic.cell("threads", n, workload=f"echo@{label}") for label, n in labels.items()]
    made, records = synthetic.session(cells), []
    for block in range(10):
        for each, latency in zip(cells, (0.001, 0.005, 0.02), strict=True):
            calls = [latency * (1 + 0.1 * block)] * 9
            value = synthetic.value(0, calls[0], latencies=synthetic.encoded(calls), missed=0)
            records.append(synthetic.record(made, each, block, response={"values": [value]}))
    table = tables.make("ratios", synthetic.frame_of(made, records)).set_index("workload")
    assert set(table["metric"]) == {"convoy_factor"}
    assert table["estimate"].to_dict() == pytest.approx({"echo@one": 5, "echo@two": 20})
    assert set(table["effect"]) == {"slower"}
    claim = {"where": {"workload": "echo@one"}, "metric": "convoy_factor"}
    told = judged({**claim, "expect": {"at_least": 4}}, made=made, records=records)
    assert told["words"].item().startswith("holds: 5.00x [5.00, 5.00]")


@pytest.mark.parametrize(
    ("metric", "where", "expect", "verdict"),
    [
        ("speedup_user", {"target": synthetic.FREE, "workers": 2}, {"at_least": 1.5}, "holds"),
        ("speedup_self", {"target": synthetic.FREE}, {"between": [1.9, 2.1]}, "holds"),
        ("gil_slowdown", {"target": synthetic.FREE, "workers": 2}, {"at_most": 2.0}, "fails"),
        ("lock_effect", {"model": "sequential"}, {"at_most": 1.05}, "holds"),
        ("lock_effect", {"target": synthetic.GIL}, {"at_most": 1.05}, "not applicable"),
        ("cpu_seconds_per_unit", {"target": synthetic.GIL}, {"at_most": 1.0}, "holds"),
    ],
)
def test_claims_may_speak_of_each_of_them(metric, where, expect, verdict):
    """
    Of the cells that have it, in units of a ratio.
    """
    made, records = campaign()
    claim = {"where": where, "metric": metric, "expect": expect}
    told = judged(claim, made=made, records=records)
    assert set(told["verdict"]) == {verdict}


def test_cpu_seconds_are_also_told_per_unit_of_work():
    """
    Targets may have been given different amounts of it.
    """
    made, records = campaign()
    cells = {
        (each.cell["model"], each.cell["workers"], each.cell["target"]): each
        for each in contrasts(synthetic.frame_of(made, records))
    }
    cell = cells["sequential", 1, synthetic.GIL]
    assert cell.values("cpu_seconds_per_unit", clean=True) * 16 == pytest.approx(
        cell.values("cpu_seconds", clean=True)
    )


def test_the_report_tells_what_the_lock_and_the_build_cost(tmp_path):
    """
    In words, with the interval; the CSV holds the numbers.
    """
    synthetic.write(tmp_path / "results", *campaign())
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text().replace("\\", "")
    cell = f"| int_loop, {LOCKED}, threads x2 | time with the GIL on over off, same binary"
    assert f"{cell} | 2.50x [2.50, 2.50] | slower |" in text
    assert "speed-up over sequential on the build with the GIL | 1.54x [1.54, 1.54]" in text
    assert "1.85x [1.85, 1.85] in int_loop, 1.54x over a plain loop with the GIL" in text
    assert "2.50x [2.50, 2.50]" in (tmp_path / "out" / "index.html").read_text()
    stored = pd.read_csv(tmp_path / "out" / "ratios.csv")
    assert "gil_slowdown" in set(stored["metric"])


PIECES = {"work@large": 4, "work@medium": 1_000, "work@small": 3_000, "work@tiny": 9_000}
PER_ITEM = 5e-5  # seconds that every item adds


def cut():
    """Return the same 0.2 s of work in fewer and more items, each of which costs 50 us."""
    cells = [
        synthetic.cell(model, workload=name, params={"items": items})
        for name, items in PIECES.items()
        for model in ("sequential", "processes-spawn")
    ]
    made = synthetic.session(cells)

    def took(each, block):
        noise = 1 + synthetic.NOISE[block % 10] / 10
        items = each["params"]["items"]
        return (0.2 if each["model"] == "sequential" else 0.1 + PER_ITEM * items) * noise

    return made, synthetic.fill(made, took)


def test_the_break_even_size_is_where_handing_out_costs_what_it_gains():
    """
    0.2 s = 0.1 s + items * 50 us at 2000 items: pieces of 100 us; the table says so within 10 %.
    """
    [row] = tables.make("sizes", synthetic.frame_of(*cut())).to_dict("records")
    assert (row["workload"], row["model"], row["kind"]) == ("work", "processes-spawn", "task")
    assert row["break_even"] == pytest.approx(1e-4, rel=0.1)
    assert row["per_item"] == pytest.approx(PER_ITEM, rel=0.05)
    assert row["per_item_low"] < PER_ITEM < row["per_item_high"]
    assert row["sizes"] == len(PIECES)


def test_the_report_says_from_which_size_a_model_is_worth_it(tmp_path):
    """
    On its first screen, below which model to use, and in Markdown.
    """
    synthetic.write(tmp_path / "results", *cut())
    report.write(tmp_path / "results", tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text().replace("\\", "")
    found = re.search(
        r"\*\*work\*\* on .*processes-spawn x2 is worth it from ([\d.]+) µs per item;", text
    )
    assert found
    assert float(found[1]) == pytest.approx(100, rel=0.1)
    assert "processes-spawn x2 is worth it from" in (tmp_path / "out" / "summary.txt").read_text()
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.index("Which model to use") < page.index("How large a task must be")


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (lambda _: 0.05, r" is worth it at every measured size, from 22\.2 µs per item;"),
        (lambda _: 0.30, r" is not worth it at any measured size, up to 50\.\d ms per item;"),
        (lambda items: 0.19 + 0.1 / items, r" is worth it only up to 200 µs per item;"),
        (lambda items: 0.3 if items == 3_000 else 0.1, r" is worth it at some measured sizes, "),
    ],
    ids=["always", "never", "up to a size", "now and then"],
)
def test_a_break_even_size_out_of_reach_is_bracketed_and_not_made_up(took, words):
    """
    Faster than sequential at all sizes, at none, at the smaller ones only, or here and there.
    """
    made, _ = cut()
    records = synthetic.fill(
        made,
        lambda each, _: 0.2 if each["model"] == "sequential" else took(each["params"]["items"]),
    )
    table = tables.make("sizes", synthetic.frame_of(made, records))
    assert table["break_even"].isna().all()
    [line] = sizes.lines(table)
    assert re.search(words, line.text)


def test_different_work_is_no_break_even():
    """
    Labels that differ in the amount of work say nothing of the size of its pieces.
    """
    made, records = cut()
    for each in records:
        if each["cell"]["workload"] == "work@tiny":
            each["response"]["units"] = 99
    assert not len(tables.make("sizes", synthetic.frame_of(made, records)))


def sent():
    """Return items of three sizes: 1 ms for each, and 2 ms for each MiB."""
    cells = [
        synthetic.cell(
            model, workload=f"send@{mib}", params={"items": 4, "size": mib * 2**20, **kind}
        )
        for mib in (1, 4, 16)
        for model in ("sequential", "processes-spawn")
        for kind in ({"kind": "bytes"},)
    ]
    made = synthetic.session(cells)

    def took(each, block):
        if each["model"] == "sequential":
            return 1e-5
        noise = 1 + synthetic.NOISE[block % 10] / 10
        return 4 * (1e-3 + 2e-3 * each["params"]["size"] / 2**20) * noise

    records = synthetic.fill(made, took)
    for each in records:
        if each["control"] != "canary":
            each["response"]["units"] = 4 * each["cell"]["params"]["size"] / 2**20
    return made, records


def test_a_size_that_the_work_does_not_grow_with_is_no_payload():
    """
    The same amount of data through buffers of several sizes says nothing of sending.
    """
    made, records = sent()
    for each in records:
        if each["response"]:
            each["response"]["units"] = 64
    assert not len(tables.make("sizes", synthetic.frame_of(made, records)))


def test_what_sending_costs_is_split_into_each_item_and_each_mebibyte():
    """
    A straight line through the seconds per item, found again from them.
    """
    table = tables.make("sizes", synthetic.frame_of(*sent())).set_index("model")
    row = table.loc["processes-spawn"]
    assert (row["kind"], row["variant"], row["sizes"]) == ("payload", "bytes", 3)
    assert row["per_item"] == pytest.approx(1e-3, rel=0.05)
    assert row["per_mib"] == pytest.approx(2e-3, rel=0.05)
    assert row["per_mib_low"] < 2e-3 < row["per_mib_high"]
    assert abs(table.loc["sequential", "per_mib"]) < 1e-6
