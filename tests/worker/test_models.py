"""Every execution model on every interpreter: the same answers, every worker ready, no silence."""

import pytest
from trials import MODELS, offered

# One model for each way an exception travels.
ONE_OF_A_KIND = [
    "sequential",
    "threads",
    "threads-raw",
    "processes-fork",
    "asyncio",
    "interpreters",
]


@pytest.mark.parametrize("model", MODELS)
def test_a_pool_that_opens_has_warmed_every_worker_exactly_once(worker, model):
    """
    Of the calls, the first ones are one per worker with the first item; then comes one pass of
    all items, nothing twice, nothing lost; the answer keeps the items' order. After it only the
    survey of the items makes further passes.
    """
    log = worker.folder / "log"
    answer = offered(worker.trial("traced", {"log": str(log)}, model=model, warmups=0))
    assert (answer["status"], answer["reason"]) == ("ok", None)
    lines = [line.split() for line in log.read_text().splitlines()]
    ready = [who for what, who, *_ in lines if what == "setup"]
    calls = [
        (who, int(number)) for what, who, *numbers in lines if what == "task" for number in numbers
    ]
    workers = 1 if model == "sequential" else 2
    if model == "threads-raw":  # no pool to warm; a second thread may get the first one's number
        assert len(ready) == workers
    elif model == "asyncio":  # its workers are coroutines in one thread, which is set up once
        assert len(ready) == 1
        assert [number for _, number in calls[:workers]] == [0] * workers
        assert len({who for who, _ in calls[:workers]}) == workers
        calls = calls[workers:]
    else:
        assert [number for _, number in calls[:workers]] == [0] * workers
        assert {who for who, _ in calls[:workers]} == set(ready)
        assert len(ready) == len(set(ready)) == workers
        calls = calls[workers:]
    assert sorted(number for _, number in calls[:5]) == list(range(5))
    surveyed = [number for _, number in calls[5:]]
    assert surveyed == list(range(5)) * (len(surveyed) // 5)
    assert bool(surveyed) is (model == "sequential")


@pytest.mark.parametrize("model", MODELS)
def test_a_cold_pool_gives_the_same_answers_and_is_made_for_each_value(worker, model):
    """
    Cold has no warm-up value, whatever is asked for, and every value sets its workers up anew.
    """
    log = worker.folder / "log"
    # Two starts of slow processes are enough for one test.
    values = 1 if model in {"processes-spawn", "processes-forkserver"} else 2
    changes = {"model": model, "lifecycle": "cold", "values": values, "chunk": 2}
    answer = offered(worker.trial("traced", {"log": str(log)}, **changes))
    assert answer["status"] == "ok"
    assert [(value["index"], value["warmup"]) for value in answer["values"]] == [
        (index, False) for index in range(values)
    ]
    lines = log.read_text().splitlines()
    assert sum(line.startswith("task") for line in lines) == 5 * values
    assert sum(line.startswith("setup") for line in lines) >= values


@pytest.mark.parametrize("model", MODELS)
def test_an_error_in_a_task_reaches_the_record(worker, model):
    """
    A failed item can never pass for a fast one; the traceback shows the line that raised.
    """
    params = {"where": "task", "how": "raise", "item": 2}
    answer = offered(worker.trial("planted", params, model=model))
    assert answer["status"] == "error"
    assert answer["reason"].endswith("raised ValueError: task is bad")
    assert 'raise ValueError(f"{here} is bad")' in answer["traceback"]
    assert answer["pyperf"] is None


@pytest.mark.parametrize("model", ONE_OF_A_KIND)
def test_a_task_that_ends_the_interpreter_is_an_error_that_says_so(worker, model):
    """
    SystemExit is no way out, not even from a thread, which would swallow it.
    """
    params = {"where": "task", "how": "exit", "item": 0}
    answer = offered(worker.trial("planted", params, model=model))
    assert answer["status"] == "error"
    assert answer["reason"] in {"task called sys.exit(3)", "task_async called sys.exit(3)"}


@pytest.mark.parametrize("lifecycle", ["warm", "cold"])
@pytest.mark.parametrize("model", ["threads", "processes-fork", "interpreters"])
def test_an_error_in_setup_is_named_and_nobody_waits_for_the_dead(worker, model, lifecycle):
    """
    Pools print what goes wrong at a worker's start and lose it; the record has it.
    """
    params = {"where": "setup", "how": "raise"}
    answer = offered(worker.trial("planted", params, model=model, lifecycle=lifecycle))
    assert answer["status"] == "error"
    assert answer["reason"] == "setup raised ValueError: setup is bad"
    assert 'raise ValueError(f"{here} is bad")' in answer["traceback"]


@pytest.mark.parametrize("lifecycle", ["warm", "cold"])
def test_a_worker_process_that_dies_is_an_error_at_once(worker, lifecycle):
    """
    A pool that waited for its dead would end in a timeout and hide the cause.
    """
    params = {"where": "task", "how": "segfault", "item": 2}
    answer = worker.trial("planted", params, model="processes-spawn", lifecycle=lifecycle)
    assert answer["status"] == "error"
    assert answer["reason"] == "a worker process was killed by signal 11"
