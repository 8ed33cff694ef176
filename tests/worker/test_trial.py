"""What a trial answers, also when workload, request or surroundings are not as they should be."""

import json
import os
import subprocess

import pytest
from trials import WORKLOADS, offered


def test_a_response_holds_what_the_contract_promises(worker):
    """
    Seconds are those in pyperf's document, which pyperf reads; state and durations are there.
    """
    log = str(worker.folder / "log")
    settings = {"gc": "off", "switch_interval": 0.002, "values": 2, "env": {"GILSCOPE_TEST": "set"}}
    answer = worker.trial(
        "traced", {"log": log}, model="threads", cpus=[*os.sched_getaffinity(0)], **settings
    )
    assert answer["status"] == "ok"
    assert answer["trial"] == "00112233445566ff"
    run = answer["pyperf"]["benchmarks"][0]["runs"][0]
    assert [value["seconds"] for value in answer["values"] if not value["warmup"]] == run["values"]
    assert [[1, value["seconds"]] for value in answer["values"] if value["warmup"]] == run[
        "warmups"
    ]
    assert [value["observed"] for value in answer["values"]] == [{"sum": 30.0}] * 3
    assert all(value["cpu_seconds"] > 0 for value in answer["values"])
    assert answer["units"] == 10
    for state in answer["state"].values():
        assert state["gc"] is False
        assert state["switch_interval"] == pytest.approx(0.002)
        assert state["cpus"] == sorted(os.sched_getaffinity(0))
    clocks = {"import", "open", "warmup", "timed", "survey", "close", "check"}
    assert set(answer["times"]) == clocks
    metadata = answer["pyperf"]["metadata"]
    assert (metadata["name"], metadata["loops"]) == ("a trial", 1)
    path = worker.folder / "pyperf.json"
    path.write_text(json.dumps(answer["pyperf"]))
    command = [worker.environment.python, "-m", "pyperf", "stats", path]
    stats = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "Number of value per run: 2" in stats.stdout


@pytest.mark.parametrize("model", ["sequential", "processes-fork"])
def test_both_engines_give_the_same_shape(worker, model):
    """
    The manager waits until every copy of its pipe is closed, also those of forked workers.
    """
    log = str(worker.folder / "log")
    direct = worker.trial("traced", {"log": log}, model=model)
    official = worker.trial("traced", {"log": log}, model=model, engine="official")
    assert (direct["engine"], official["engine"]) == ("direct", "official")
    assert (direct["status"], official["status"]) == ("ok", "ok")

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(value[key]) for key in value if key != "duration"}
        return [shape(each) for each in value] if isinstance(value, list) else type(value)

    assert shape(direct) == shape(official)


def test_an_error_comes_through_the_official_engine(worker):
    """
    The manager only sees that its worker gave no document; the reason is in the response.
    """
    answer = worker.trial("planted", {"where": "task", "how": "raise"}, engine="official")
    assert (answer["status"], answer["pyperf"]) == ("error", None)
    assert answer["reason"] == "task raised ValueError: task is bad"


def test_a_wrong_answer_is_named_and_its_document_kept(any_worker):
    """
    A wrong answer is never a fast one, and nothing is dropped.
    """
    answer = any_worker.trial("planted", {"where": "task", "how": "wrong", "item": 3}, warmups=0)
    assert answer["status"] == "wrong"
    assert answer["reason"] == "value 0: got [0, 1, 4, -1]"
    assert answer["values"][0]["status"] == "wrong"
    assert answer["pyperf"]["benchmarks"]


def test_an_assertion_without_a_message_is_named_by_its_source(any_worker):
    """
    With both sides of what it compared: an empty reason would help nobody.
    """
    answer = any_worker.trial("bare", {"first": 1})
    assert answer["reason"] == "warm-up 0: line 16: assert results[0] == first: 0 and 1"


@pytest.mark.parametrize(
    ("where", "how", "reason"),
    [
        ("make_items", "raise", "make_items raised ValueError: make_items is bad"),
        ("check", "raise", "check raised ValueError: check is bad"),
        ("check", "exit", "check called sys.exit(3)"),
        ("task", "interrupt", "task raised KeyboardInterrupt"),
    ],
)
def test_an_error_anywhere_in_the_workload_is_written_down(any_worker, where, how, reason):
    """
    The worker answers whatever the workload does.
    """
    answer = any_worker.trial("planted", {"where": where, "how": how})
    assert (answer["status"], answer["reason"]) == ("error", reason)


@pytest.mark.parametrize("model", [None, "threads", "processes-spawn", "interpreters"])
def test_a_workload_may_say_that_it_cannot_run_here(worker, model):
    """
    NotImplementedError with a reason, from make_items or in any worker's setup, is no failure.
    """
    asked = {"where": "setup" if model else "make_items", "how": "decline"}
    answer = worker.trial("planted", asked, model=model or "sequential")
    refused = worker.environment.models[model or "sequential"]
    assert (answer["status"], answer["reason"]) == ("skipped", refused or "needs a tide table")


def test_a_workload_that_gives_no_reason_or_declines_too_late_has_failed(any_worker):
    """
    A skip without a reason helps nobody, and what raises once work has begun is broken.
    """
    for where, how in (("setup", "decline silently"), ("task", "decline")):
        answer = any_worker.trial("planted", {"where": where, "how": how})
        assert answer["status"] == "error"
        assert answer["reason"].startswith(f"{where} raised NotImplementedError")


def test_an_observation_that_json_cannot_carry_is_an_error(any_worker, tmp_path):
    """
    NaN would travel as a word no other reader of JSON knows.
    """
    path = tmp_path / "observes_nan.py"
    source = (WORKLOADS / "planted.py").read_text()
    path.write_text(source.replace('{"last": results[-1]}', '{"last": float("nan")}'))
    answer = any_worker.trial(path)
    assert answer["status"] == "error"
    assert answer["reason"] == "observe raised TypeError: 'last' is nan, not a finite number"


def test_a_result_that_cannot_be_sent_is_an_error(worker):
    """
    It is one between processes, and none within one.
    """
    params = {"where": "task", "how": "unpicklable", "item": 3}
    answer = worker.trial("planted", params, model="processes-fork")
    assert answer["status"] == "error"
    assert "a Bad stays where it is" in answer["reason"] + answer["traceback"]
    first = worker.trial("planted", {**params, "item": 0}, model="processes-fork")
    assert first["status"] == "error"
    assert (
        first["reason"].startswith(
            "task returns what cannot be pickled: the result of item 0 is a planted.Bad"
        )
        or "a Bad stays where it is" in first["reason"]
    )


@pytest.mark.parametrize("model", ["sequential", "threads", "processes-spawn", "interpreters"])
@pytest.mark.parametrize(
    "task",
    [
        "task = lambda number: number",
        "task = partial(pow, exp=1)",
        "task = pick(1)",
        "task = Same()",
        "task = abs",
        "from operator import pos as task",
    ],
)
def test_anything_that_can_be_called_is_a_task(worker, tmp_path, task, model):
    """
    Also in a process or an interpreter, where what cannot be pickled is found by its name.
    """
    path = tmp_path / "called_mine.py"
    path.write_text(f"""\
from functools import partial
PARAMS = {{"items": 3}}
def pick(exponent): return lambda number: number ** exponent
class Same:
    def __call__(self, number): return number
def make_items(items): return list(range(items))
def check(results, items): assert results == list(range(items))
{task}
""")
    answer = offered(worker.trial(path, model=model))
    assert (answer["status"], answer["reason"]) == ("ok", None)


def test_a_crash_leaves_no_response(worker):
    """
    What killed the process is for the orchestrator to record.
    """
    params = {"where": "task", "how": "segfault"}
    for engine in ("direct", "official"):
        answer, process = worker.attempt("planted", params, engine=engine)
        assert answer is None
        assert process.returncode != 0
        assert "Segmentation fault" in process.stderr  # faulthandler's words, with a traceback


def test_another_state_of_the_gil_than_asked_for_is_an_error(worker):
    """
    A number under the wrong lock is a number about something else.
    """
    state = worker.trial("bare")["state"]["end"]["gil"]  # nothing asked for: observed
    answer = worker.trial("bare", gil=not state)
    words = {True: "on", False: "off"}
    assert answer["status"] == "error"
    assert (
        answer["reason"] == f"at the start the GIL is {words[state]}, asked for {words[not state]}"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"env": {"GILSCOPE_TEST": "0"}}, "GILSCOPE_TEST is 'set' in the environment"),
        ({"cpus": [4095]}, "the affinity mask is "),
        ({"contract": 2}, "this worker speaks contract 1, the request 2"),
        ({"model": "thread"}, "unknown model 'thread'; known: asyncio, "),
        ({"values": None}, "pyperf called sys.exit(2)"),
    ],
)
def test_a_request_that_cannot_be_met_is_an_error_with_its_reason(any_worker, changes, reason):
    """
    Nothing is measured under other conditions than those in the record.
    """
    answer = any_worker.trial("bare", **changes)
    assert answer["status"] == "error"
    assert reason in answer["reason"]


def test_a_workload_a_model_cannot_run_is_skipped(worker):
    """
    No silent emulation: without a coroutine there is no trial, and no failure either.
    """
    answer = worker.trial("bare", model="asyncio")
    assert answer["status"] == "skipped"
    assert answer["reason"] == "bare has no task_async, which asyncio runs"
    answer = worker.trial("needs")
    assert answer["status"] == "skipped"
    assert answer["reason"] == "needs gilscope_no_such_package, which this interpreter has not"


@pytest.mark.parametrize("stem", ["json", "pyperf", "run", "two.parts"])
def test_a_workload_that_hides_a_module_is_refused(any_worker, tmp_path, stem):
    """
    Other processes would import the other one.
    """
    path = tmp_path / f"{stem}.py"
    path.write_text((WORKLOADS / "bare.py").read_text())
    answer = any_worker.trial(path)
    assert answer["status"] == "error"
    assert answer["reason"].endswith("rename the file")


def test_an_exception_that_cannot_say_what_it_is_is_named(any_worker, tmp_path):
    """
    The trial ends with a reason all the same.
    """
    path = tmp_path / "mute_mine.py"
    path.write_text(
        "PARAMS = {}\n"
        "class Mute(Exception):\n"
        "    def __str__(self): raise RuntimeError\n"
        "def make_items(): return [1, 2]\n"
        "def task(item): raise Mute\n"
        "def check(results): pass\n"
    )
    answer = any_worker.trial(path)
    assert answer["status"] == "error"
    assert answer["reason"] == "task raised Mute: (its text raises RuntimeError)"
