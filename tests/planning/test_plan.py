"""From factors to trials in running order."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import experiment, models, workload
from harness.planning import plan
from harness.planning.plan import Offer
from harness.storage.schema import AA, CANARY
from harness.target import Missing, Target

BUILD = {"implementation": "cpython", "version": "3.13.5", "free_threaded": False}
MODELS = ("sequential", "threads", "threads-raw", "processes-spawn", "asyncio")


def target(name, **build):
    return Target(name, Path("/usr/bin") / name, {**BUILD, **build, "name": name}, {}, None)


def definition(tmp_path, **factors):
    lines = [f"{name} = {list(levels)!r}".replace("'", '"') for name, levels in factors.items()]
    path = tmp_path / "demo.toml"
    path.write_text('question = "?"\n[factors]\n' + "\n".join(lines) + "\n")
    return experiment.load(path)


def make(loaded, offers=None, digest="w"):
    levels = {
        name: workload.read(workload.find(name, loaded.path.parent))
        for name in loaded.factors.workload
    }
    around = plan.Surroundings(models.known(), cores=2, worker_digest=digest)
    return plan.make(loaded, offers or [Offer(target("cpython-3.13"))], levels, around)


@pytest.fixture
def small(tmp_path):
    return definition(
        tmp_path,
        workload=["int_loop", "fib", "sleep"],
        model=["sequential", "threads", "threads-raw", "asyncio"],
        workers=[1, 2],
    )


def test_sequential_runs_once_with_one_worker(small):
    """
    A worker count means nothing to a loop; measuring it twice would only cost time.
    """
    cells = [cell for cell in make(small).cells if cell.model == "sequential"]
    assert [(cell.workload, cell.workers) for cell in cells] == [
        ("int_loop", 1),
        ("fib", 1),
        ("sleep", 1),
    ]


def test_threads_made_inside_the_clock_are_always_cold(small):
    """
    Whatever the experiment says: there is no warm form of the tutorial's threads.
    """
    for cell in make(small).cells:
        assert (cell.lifecycle == "cold") == (cell.model == "threads-raw")
        assert cell.lifecycle == "warm" or cell.warmups == 0


def test_a_workload_without_a_coroutine_is_skipped_under_asyncio(small):
    """
    Wrapping its task in a coroutine would measure something else under that name.
    """
    skipped = {cell.workload: cell.skipped for cell in make(small).cells if cell.model == "asyncio"}
    assert skipped["sleep"] is None
    assert "task_async" in str(skipped["int_loop"])


def test_a_group_has_a_worker_for_every_member_and_appears_once_per_model(tmp_path):
    """
    The factor does not say how many; what cannot hold a group says why.
    """
    path = tmp_path / "demo.toml"
    path.write_text(
        'question = "?"\n[factors]\nworkload = ["paced_echo", "paced_echo@three"]\n'
        'model = ["sequential", "threads", "threads-raw", "processes-spawn", "asyncio"]\n'
        'workers = [1, 2, 7]\n[params."paced_echo@three"]\nspinners = 3\n'
    )
    cells = make(experiment.load(path)).cells
    assert sorted((c.workload, c.workers, c.model) for c in cells if c.skipped is None) == [
        ("paced_echo", 2, "processes-spawn"),
        ("paced_echo", 2, "threads"),
        ("paced_echo@three", 4, "processes-spawn"),
        ("paced_echo@three", 4, "threads"),
    ]
    skipped = {cell.model: str(cell.skipped) for cell in cells if cell.skipped is not None}
    assert sorted(skipped) == ["asyncio", "sequential", "threads-raw"]
    assert all("members of a group" in why for why in skipped.values())
    assert len(cells) == 2 * 5


def test_a_group_is_never_cold(tmp_path):
    """
    Its members would begin before the last worker exists.
    """
    loaded = definition(
        tmp_path, workload=["fairness"], model=["threads"], workers=[1], lifecycle=["cold"]
    )
    (cell,) = make(loaded).cells
    assert cell.skipped == "a group is always warm, asked for cold"


def test_what_a_target_cannot_do_is_skipped_with_its_reason(small):
    """
    A missing interpreter, an unavailable model and a refused workload are three reasons.
    """
    path = str(workload.find("fib"))
    offers = [
        Offer(Missing("cpython-9.9", "not installed")),
        Offer(target("a"), models={"threads": "no threads here"}),
        Offer(target("b"), workloads={path: "no wheel"}),
        Offer(target("c"), refused="no pyperf"),
    ]
    cells = make(small, offers).cells
    reasons = {(c.target, c.workload, c.model): c.skipped for c in cells}
    assert reasons["cpython-9.9", "fib", "threads"] == "not installed"
    assert reasons["a", "fib", "threads"] == "no threads here"
    assert reasons["a", "fib", "sequential"] is None
    assert reasons["b", "fib", "sequential"] == "no wheel"
    assert reasons["b", "int_loop", "sequential"] is None
    assert {c.skipped for c in cells if c.target == "c"} >= {"no pyperf"}


@settings(max_examples=50)
@given(number=st.integers(0, 10**6), session=st.text(max_size=20))
def test_a_block_measures_every_cell_once_with_its_controls(number, session):
    """
    Two A/A cells and one canary besides; positions count up; one workload's cells lie together.
    """
    made = BLOCKS_OF
    block = made.block(session, number)
    counts = Counter((trial.cell.key, trial.control) for trial in block)
    assert set(counts.values()) == {1}
    assert {key for key, control in counts if control is None} == {c.key for c in made.runnable}
    controls = Counter(trial.control for trial in block)
    assert (controls[AA], controls[CANARY]) == (2, 1)
    assert [trial.position for trial in block] == list(range(len(block)))
    names = [trial.cell.workload for trial in block]
    runs = 1 + sum(one != other for one, other in pairwise(names))
    assert runs == len(set(names))


def test_order_depends_on_seed_session_and_block_alone(small):
    """
    The same three give the same order in another process; any other one another order.
    """
    made = make(small)
    order = [trial.slot[1:] for trial in made.block("s", 0)]
    again = [trial.slot[1:] for trial in make(small).block("s", 0)]
    assert order == again
    others = [made.block("s", 1), made.block("t", 0)]
    seeded = replace(small, design=replace(small.design, seed=2))
    others.append(make(seeded).block("s", 0))
    assert all([trial.slot[1:] for trial in other] != order for other in others)


def test_every_order_occurs(small):
    """
    No cell is bound to one place: over many blocks each comes first and last in its workload.
    """
    made = make(small)
    firsts = Counter(made.block("s", number)[0].cell.key for number in range(400))
    assert set(firsts) == {cell.key for cell in made.runnable} | {made.canary.key}


def test_a_changed_plan_is_another_plan(small):
    """
    A target added, a worker edited or another seed: the digest tells, and a session ends.
    """
    digests = [
        make(small).digest,
        make(small, digest="edited").digest,
        make(small, [Offer(target("cpython-3.13")), Offer(target("cpython-3.14"))]).digest,
        make(small, [Offer(target("cpython-3.13", compiler="another"))]).digest,
        make(replace(small, design=replace(small.design, seed=2))).digest,
        make(replace(small, design=replace(small.design, values=9))).digest,
    ]
    assert len(set(digests)) == len(digests)


def test_more_blocks_are_the_same_plan(small):
    """
    A longer run of the same goes on where the shorter one ended.
    """
    longer = replace(small, design=replace(small.design, blocks=99))
    assert make(longer).digest == make(small).digest


def test_an_edited_workload_changes_the_key_of_its_cells_alone(tmp_path):
    """
    Changed code never mixes with old values, and unchanged code keeps its own.
    """
    folder = tmp_path / "workloads"
    folder.mkdir()
    for name in ("one", "two"):
        text = workload.find("sum_squares").read_text()
        (folder / f"{name}.py").write_text(text)
    loaded = definition(tmp_path, workload=["one", "two"], model=["sequential"], workers=[1])
    before = {cell.workload: cell.key for cell in make(loaded).cells}
    (folder / "two.py").write_text(text + "\nEDITED = True\n")
    after = {cell.workload: cell.key for cell in make(loaded).cells}
    assert before["one"] == after["one"]
    assert before["two"] != after["two"]


def _blocks_of():
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return make(
            definition(
                Path(folder),
                workload=["int_loop", "fib", "sleep"],
                model=["sequential", "threads", "processes-spawn"],
                workers=[2, 4],
            )
        )


BLOCKS_OF = _blocks_of()


def claiming(tmp_path, *pairs):
    """Return the plan of five workloads in which claims compare these pairs of them."""
    names = ["int_loop", "fib", "countdown", "no_op", "tree"]
    text = (
        f'question = "?"\n[factors]\nworkload = {names}\nmodel = ["sequential", "threads"]\n'
        "workers = [2]\n"
    ).replace("'", '"')
    for number, (where, against) in enumerate(pairs):
        text += (
            f'[[claims]]\nid = "c{number}"\ntext = "So it is."\nmetric = "ratio"\n'
            f"where = {{ workload = {where}, gil = true }}\n"
            f'against = {{ workload = "{against}" }}\nexpect = {{ at_least = 1 }}\n'
        )
    path = tmp_path / "demo.toml"
    path.write_text(text)
    return make(experiment.load(path))


def runs(made, number):
    """Return the workloads of a block in the order in which they first ran, repeats dropped."""
    order = [trial.cell.workload for trial in made.block("s", number)]
    return [name for at, name in enumerate(order) if at == 0 or order[at - 1] != name]


@settings(max_examples=30, deadline=None)
@given(number=st.integers(0, 10**6))
def test_workloads_that_a_claim_compares_lie_together_in_a_block(tmp_path_factory, number):
    """
    Half an hour of other work between two versions would be in their ratio. Several claims join
    what they share, and the cells of the joined workloads are mixed.
    """
    folder = tmp_path_factory.mktemp("plan")
    made = claiming(folder, ('"fib"', "tree"), ('["countdown", "tree"]', "countdown"))
    order = [trial.cell.workload for trial in made.block("s", number)]
    joined = [at for at, name in enumerate(order) if name in {"fib", "tree", "countdown"}]
    assert joined == list(range(joined[0], joined[-1] + 1))
    cells = Counter(trial.cell.key for trial in made.block("s", number) if trial.control is None)
    assert cells == dict.fromkeys([cell.key for cell in made.runnable], 1)


def test_the_order_is_as_ever_where_no_claim_compares_workloads(tmp_path):
    """
    Claims about anything else are no part of a plan.
    """
    plain = claiming(tmp_path)
    joined = claiming(tmp_path, ('"fib"', "tree"))
    assert joined.digest != plain.digest
    assert runs(plain, 3) == runs(claiming(tmp_path), 3)
    assert len(runs(plain, 3)) == len({*runs(plain, 3)})
    assert {cell.key for cell in joined.cells} == {cell.key for cell in plain.cells}
