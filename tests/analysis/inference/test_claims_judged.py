"""Whatever claim a file makes, it is refused with a message or there is a verdict on it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.dataset.tidy import Reading, Session
from analysis.inference import verdicts
from harness import experiment, models, workload
from harness.errors import GilscopeError
from harness.planning import plan
from harness.planning.plan import Offer
from harness.target import Target

WORKLOAD = """\
PARAMS = {"items": 4}
def make_items(items): return [1] * items
def task(item): return item
def check(results, items): assert len(results) == items
"""
HEAD = """\
question = "?"
[factors]
workload = ["before", "after"]
model = ["sequential", "threads", "threads-raw"]
workers = [1, 2]
target = ["cpython-3.13", "cpython-3.13t"]
gc = ["on", "off"]
[[exclude]]
where = { workload = "after", gc = "off" }
"""
LEVELS = {
    "workload": st.sampled_from(("before", "after", "befor", "*")),
    "model": st.sampled_from(("sequential", "threads", "threads-raw", "processes-fork", "thr*")),
    "workers": st.sampled_from((1, 2, 3)),
    "target": st.sampled_from(("cpython-3.13", "cpython-3.13t", "cpython-*", "pypy-3.9", "twins")),
    "lifecycle": st.sampled_from(("warm", "cold")),
    "gc": st.sampled_from(("on", "off")),
}
SOME = st.fixed_dictionaries({}, optional=LEVELS)
CLAIM = st.fixed_dictionaries(
    {
        "where": SOME,
        "metric": st.sampled_from((*experiment.METRICS, "ratio", "ratio", "observed.x", "junk")),
        "expect": st.sampled_from(({"at_least": 1}, {"at_most": 0.5}, {"between": [0.9, 1.1]})),
    },
    optional={"against": SOME},
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Give a file to load from, with its workloads beside it."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "workloads").mkdir()
    for name in ("before", "after"):
        (folder / "workloads" / f"{name}.py").write_text(WORKLOAD)
    return folder / "judged.toml"


def as_toml(value) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {as_toml(each)}' for name, each in value.items())} }}"
    return json.dumps(value)


def reading(loaded) -> Reading:
    """Measure an experiment: what each cell takes is made up, the cells are those of its plan."""
    offers = []
    for name in (synthetic.GIL, synthetic.FREE):
        facts = {"implementation": "cpython", "free_threaded": name == synthetic.FREE, "name": name}
        offers.append(Offer(Target(name, Path("/usr/bin") / name, facts, {}, None)))
    known = {
        name: workload.read(workload.find(name, loaded.path.parent))
        for name in loaded.factors.workload
    }
    made = plan.make(loaded, offers, known, plan.Surroundings(models.known(), 2, "w"))
    session = synthetic.session(
        [{**cell.stored, "skipped": cell.skipped} for cell in made.cells],
        claims=[asdict(claim) for claim in loaded.claims],
        experiment=loaded.name,
    )
    records = synthetic.fill(
        session, lambda cell, block: 0.1 * cell["workers"] + block / 1e4, blocks=6
    )
    whole = Session(session["machine"], session["experiment"], session["session"], session, {})
    return Reading(synthetic.frame_of(session, records), (whole,), ())


@settings(max_examples=60, deadline=None)
@given(claims=st.lists(CLAIM, min_size=1, max_size=2))
def test_a_claim_is_refused_with_a_message_or_there_is_a_verdict_on_it(file, claims):
    """
    What was accepted is never without a verdict, and says why where it has none to give. A ratio
    that was accepted has a second cell: "not applicable" would mean that it should not have been.
    """
    parts = [HEAD]
    for number, claim in enumerate(claims):
        lines = [f"{name} = {as_toml(each)}" for name, each in claim.items()]
        parts.append("\n".join(["[[claims]]", f'id = "c{number}"', 'text = "So it is."', *lines]))
    file.write_text("\n".join(parts) + "\n")
    loaded = refused = None
    try:
        loaded = experiment.load(file)
    except GilscopeError as error:
        refused = error
    if loaded is None:
        assert refused is not None
        assert refused.where.startswith(str(file))
        assert refused.what
        assert refused.hint
        return

    table = verdicts.table(reading(loaded))

    assert set(table["claim"]) == {f"c{number}" for number in range(len(claims))}
    assert set(table["verdict"]) <= set(verdicts.OUTCOMES)
    assert table["words"].str.len().gt(10).all()
    ratios = table[table["metric"] == "ratio"]
    assert (ratios["verdict"] != "not applicable").all()
    assert ratios["words"].str.contains("times the time of").all()
