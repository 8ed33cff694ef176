"""Each answer comes from the newest session that holds it whole, and what is hidden is named."""

import pytest
import synthetic

from analysis import tables
from analysis.comparison import newest
from analysis.dataset import tidy
from analysis.inference import verdicts
from analysis.report import terminal
from analysis.report.content import gather

OLD, NEW = "20261120T140000Z-aaaa", "20261123T090000Z-bbbb"
CELLS = [synthetic.cell("sequential"), synthetic.cell("threads"), synthetic.cell("processes-spawn")]
TOOK = {"sequential": 0.2, "threads": 0.1, "processes-spawn": 0.15}


def stored(results, session, cells, blocks, took=None, **more):
    """Store a session of so many blocks."""
    made = synthetic.session(cells, session=session, blocks=blocks, **more)
    speed = took or TOOK
    synthetic.write(
        results, made, synthetic.fill(made, lambda each, _: speed[each["model"]], blocks=blocks)
    )


def shown(results):
    """Return the rows that are shown, by model."""
    table = tables.make("speedups", tidy.read(results).frame)
    return table[table["latest"]].set_index("model")


def test_a_later_run_of_one_block_takes_no_answer_away(tmp_path):
    """
    The fuller session answers, and says that a newer one has less of it.
    """
    stored(tmp_path, OLD, CELLS, 10)
    stored(tmp_path, NEW, CELLS, 1)
    rows = shown(tmp_path)
    assert set(rows["session"]) == {OLD}
    assert rows.loc["threads", "n"] == 10
    told = "from the session of 2026-11-20 14:00, a newer one of 2026-11-23 09:00 has 1 block of it"
    assert rows.loc["threads", "origin"] == told
    [said] = terminal.summaries(tmp_path, [("box", "scaling", NEW)])
    told = "The report takes 3 cells from the session of 2026-11-20 14:00, of which this"
    assert told in "\n".join(said)


def test_a_later_run_of_some_cells_leaves_the_others_to_the_earlier_one(tmp_path):
    """
    Nothing is paired across sessions: each contrast comes from one.
    """
    stored(tmp_path, OLD, CELLS, 10)
    stored(tmp_path, NEW, CELLS[:2], 10)
    rows = shown(tmp_path)
    assert rows["session"].to_dict() == {
        "sequential": NEW,
        "threads": NEW,
        "processes-spawn": OLD,
    }
    assert str(rows.loc["processes-spawn", "origin"]).endswith("2026-11-23 09:00 lacks it")
    [section] = gather(tidy.read(tmp_path)).sections
    assert {line["model"] for line in section.lines} == set(TOOK)
    assert any("lacks it" in line["notes"] for line in section.lines)


def test_a_cell_without_its_baseline_is_not_whole(tmp_path):
    """
    What is compared with nothing does not hide what is.
    """
    stored(tmp_path, OLD, CELLS, 10)
    stored(tmp_path, NEW, [CELLS[1]], 10)
    assert set(shown(tmp_path)["session"]) == {OLD}


def test_other_code_is_another_cell_and_the_older_one_is_named(tmp_path):
    """
    A changed workload answers for itself, with as few blocks as it has.
    """
    stored(tmp_path, OLD, CELLS, 10)
    changed = [synthetic.cell(each["model"], params={"n": 2}) for each in CELLS]
    stored(tmp_path, NEW, changed, 2)
    rows = shown(tmp_path)
    assert (rows["session"]["threads"], rows["n"]["threads"]) == (NEW, 2)
    assert rows["origin"]["threads"] == (
        "10 blocks of older code, parameters or build are in the session of 2026-11-20 14:00"
    )


def test_a_newer_failure_is_not_hidden_behind_an_older_success():
    """
    A trial that was tried to an end counts as held.
    """
    made = synthetic.session(CELLS[:2], session=NEW)
    records = [synthetic.record(made, CELLS[0], block, 0.2) for block in range(6)]
    records += [synthetic.failed(made, CELLS[1], block, "wrong") for block in range(6)]
    [origin] = [
        each
        for key, each in newest.of_cells(synthetic.frame_of(made, records)).items()
        if "threads" in key
    ]
    assert origin.session == NEW


def test_a_claim_is_judged_by_the_session_that_has_its_cells(tmp_path):
    """
    Of the same claim only: another one was not written before that session ran.
    """
    claim = {**synthetic.CLAIM, "where": {"model": "threads", "workers": 2}}
    stored(tmp_path, OLD, CELLS, 10, claims=[claim])
    stored(tmp_path, NEW, CELLS, 1, claims=[claim])
    judged = verdicts.table(tidy.read(tmp_path))
    assert set(judged["session"]) == {OLD}
    assert set(judged["verdict"]) == {"holds"}
    lines, _ = terminal.verdict_lines(tmp_path, "scaling")
    assert "a newer one of 2026-11-23 09:00" in " ".join(" ".join(lines).split())
    other = {**claim, "expect": {"at_least": 1.9}}
    stored(tmp_path, "20261124T090000Z-cccc", CELLS, 1, claims=[other])
    assert set(verdicts.table(tidy.read(tmp_path))["session"]) == {"20261124T090000Z-cccc"}


def test_what_more_workers_cost_is_said_in_a_few_words():
    """
    CPU time without a GIL, the GIL, the run queue: the largest of them.
    """
    free = [synthetic.cell(each, target=synthetic.FREE) for each in ("sequential", "threads")]
    locked = [synthetic.cell(each) for each in ("sequential", "threads")]
    made = synthetic.session([*free, *locked])
    records = []
    for block in range(8):
        for alone, _ in (free, locked):
            records.append(synthetic.observed(made, alone, block, 0.2, cpu=1.0, delay=0.0))
        records.append(synthetic.observed(made, free[1], block, 0.2, cpu=0.975, delay=0.0))
        records.append(synthetic.observed(made, locked[1], block, 0.2, cpu=0.5, delay=0.0))
    table = tables.make("speedups", synthetic.frame_of(made, records))
    causes = table[table["model"] == "threads"].set_index("target")["cause"]
    assert causes[synthetic.FREE].startswith(
        "two threads used 1.95 times the CPU time: they share objects"
    )
    assert causes[synthetic.GIL] == "two threads waited for the GIL 50.0 % of their time"


@pytest.mark.parametrize(
    ("blocks", "chosen"),
    [((10, 10), "b"), ((10, 5), "a"), ((10, 6), "b"), ((3, 2), "a"), ((3, 3), "b"), ((0, 1), "b")],
)
def test_whole_is_what_carries_an_interval_or_has_as_much_as_any(blocks, chosen):
    """
    Six blocks are enough; where nobody has them, the most are.
    """
    held = [newest.Held(name, "key", count) for name, count in zip("ab", blocks, strict=True)]
    assert newest.origin(held).session == chosen
