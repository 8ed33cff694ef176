"""Groups: members that are ready together, measure together, and stop together."""

import array
import base64
import statistics

import pytest
from trials import RUN, offered

MODELS = ["threads", "processes-spawn", "processes-fork", "interpreters"]
EXACT = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 0.0, 3.0]


@pytest.fixture
def gilworker(monkeypatch):
    """Let a test use the stage itself."""
    monkeypatch.syspath_prepend(str(RUN.parent))


def unpacked(latencies):
    """Return the latencies of a value."""
    assert latencies["encoding"] == "f8le-base64"
    numbers = array.array("d", base64.b64decode(latencies["data"]))
    assert len(numbers) == latencies["count"]
    return numbers.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_members_measure_and_stop_together_and_no_bit_is_lost(worker, model):
    """
    Nobody works before all are ready, measures before all work, or stops before all that
    measure have finished; what they measured comes back bit for bit, in the members' order.
    """
    log = worker.folder / "log"
    params = {"log": str(log)}
    answer = offered(worker.trial("troupe", params, model=model, workers=3, warmups=0))
    assert (answer["status"], answer["reason"]) == ("ok", None)
    steps = [line.split()[0] for line in log.read_text().splitlines()]
    order = [("ready", "work"), ("work", "measure"), ("finish", "stop")]
    for earlier, later in order:
        last = max(index for index, step in enumerate(steps) if step == earlier)
        assert last < steps.index(later), steps
    counts = {step: steps.count(step) for step in ("ready", "work", "measure", "finish", "stop")}
    assert counts == {"ready": 3, "work": 3, "measure": 2, "finish": 2, "stop": 3}

    (value,) = answer["values"]
    expected = [*EXACT, 1.0, *EXACT, 2.0]
    assert unpacked(value["latencies"]) == expected
    assert value["seconds"] == statistics.median(expected)
    assert value["missed"] == 2 + 3
    assert 0 < value["wall"] < 60
    assert answer["units"] == 3


def test_slots_that_pass_during_a_call_are_missed_and_counted(any_worker):
    """
    A call of two and a half periods takes the next two slots with it, whatever the machine does.
    """
    params = {"probes": 1, "who": "probe 0", "how": "paced slow", "slots": 12}
    answer = any_worker.trial("troupe", params, model="threads", workers=2, warmups=1)
    assert answer["status"] == "ok"
    for value in answer["values"]:
        made = value["latencies"]["count"]
        assert made + value["missed"] == 12
        assert 1 <= made <= 4
        assert min(unpacked(value["latencies"])) >= 2.5 * 0.004


@pytest.mark.parametrize(
    ("model", "who", "how"),
    [
        ("threads", "load 0", "ready raise"),
        ("processes-fork", "probe 1", "begun raise"),
        ("processes-fork", "load 0", "work exit"),
        ("interpreters", "load 0", "work raise"),
    ],
)
def test_a_member_that_raises_releases_the_others_and_is_named(worker, model, who, how):
    """
    Before it is ready, at work or in the window: the trial ends with the member's own error.
    """
    params = {"who": who, "how": how}
    answer = offered(worker.trial("troupe", params, model=model, workers=3))
    assert answer["status"] == "error"
    step, what = how.split()
    ended = "called sys.exit(3)" if what == "exit" else f"raised ValueError: {step} is bad"
    assert answer["reason"] == f"{who} {ended}"
    assert "in act" in answer["traceback"]


@pytest.mark.parametrize("how", ["ready segfault", "work segfault"])
def test_a_member_whose_process_dies_is_an_error_and_no_hang(worker, how):
    """
    It can tell nobody; the pool can.
    """
    params = {"who": "load 0", "how": how}
    answer = worker.trial("troupe", params, model="processes-spawn", workers=3)
    assert answer["status"] == "error"
    assert answer["reason"] == "a worker process was killed by signal 11"


def test_where_a_group_cannot_run_the_trial_says_why(any_worker):
    """
    One worker after another would wait for the next for ever.
    """
    answer = any_worker.trial("troupe", model="sequential")
    assert (answer["status"], answer["reason"].split()[0]) == ("skipped", "sequential")
    answer = any_worker.trial("troupe", model="asyncio-to-thread", workers=3)
    assert answer["status"] == "skipped"
    answer = any_worker.trial("troupe", model="threads", workers=3, lifecycle="cold")
    assert answer["status"] == "skipped"
    answer = any_worker.trial("troupe", model="threads", workers=2)
    assert answer["status"] == "error"
    assert answer["reason"] == "a group of 3 needs a worker for each, asked for 2"


def on_stage(path, play, names=("a 0", "b 0"), **times):
    """Return what a member does on a stage that another has never entered."""
    from gilworker import stage

    path.write_bytes(stage.blank(len(names)))
    with stage.Stage(str(path), names, 0, **times) as one:
        return play(one)


def test_a_member_that_never_comes_is_named_by_those_who_wait(gilworker, tmp_path):
    """
    They wait with patience, which has an end.
    """
    from gilworker.errors import Failure

    with pytest.raises(Failure, match="b 0 did not get ready within"):
        on_stage(tmp_path / "stage", lambda one: one.running(), patience=0.01)


MISTAKES = [
    (lambda one: one.close(), "never said stage.running"),
    (lambda one: one.measuring(), "has to say stage.running"),
    (lambda one: [one.running(), one.running()], "said stage.running.. twice"),
    (lambda one: [one.running(), one.finished()], "finished.. before the window was open"),
    (lambda one: [one.running(), one.measuring(), one.over()], "before it said stage.finished"),
    (lambda one: [one.running(), one.close()], "returned before stage.over"),
]


@pytest.mark.parametrize(("play", "words"), MISTAKES)
def test_who_keeps_no_order_is_told(gilworker, tmp_path, play, words):
    """
    Each of these would be measured without load, or wait for itself.
    """
    from gilworker.errors import Failure

    with pytest.raises(Failure, match=words):
        on_stage(tmp_path / "stage", play, names=("a 0",))


def test_a_failed_member_releases_at_the_next_look(gilworker, tmp_path):
    """
    Whatever the others ask, they need not go on.
    """
    from gilworker import stage

    path = tmp_path / "stage"
    path.write_bytes(stage.blank(2))
    with pytest.raises(ValueError, match="bad"), stage.Stage(str(path), ("a", "b"), 1):
        raise ValueError("bad")
    with stage.Stage(str(path), ("a", "b"), 0) as other:
        for ask in (other.running, other.measuring, other.over, other.finished):
            with pytest.raises(stage.Released):
                ask()
