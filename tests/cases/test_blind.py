"""Twenty workloads and what must be said of each, written before anything that says it."""

import tomllib

import pytest
from using import BLIND, ONE, Ran, Told, check, here, occurrences, run

EXPECTED = tomllib.loads((BLIND / "expected.toml").read_text())
MEASURED = ("kind", "gil_wait_below", "blocked_above")  # shares of time

pytestmark = pytest.mark.cases


def test_every_workload_has_its_answer():
    """
    A file that nobody expects anything of would test nothing.
    """
    assert {path.stem for path in BLIND.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("name", [name for name, each in EXPECTED.items() if "check" in each])
def test_the_check_says_what_is_true(tmp_path, name):
    """
    Exit status and words, before anything is measured.
    """
    expected = EXPECTED[name]["check"]
    told = check(BLIND / f"{name}.py", tmp_path)
    assert told.status == expected["exit"], told.text
    heard(told, expected)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.alone] if set(MEASURED) & set(each["run"]) else [])
        for name, each in EXPECTED.items()
    ],
)
def test_a_run_says_and_stores_what_is_true(tmp_path, pythons, name):
    """
    Exit status, words, statuses, reasons, notes, the kind of work and what threads waited for.
    """
    expected = EXPECTED[name]["run"]
    targets = here(pythons, *expected.get("targets", [ONE]))
    found = run(BLIND / f"{name}.py", tmp_path, targets, expected.get("only", ()))
    assert found.told.status in expected["exit"], found.told.text
    heard(found.told, expected)
    ended(found, expected)
    noted(found, expected)
    waited(found, expected)


def heard(told: Told, expected: dict) -> None:
    """Compare the output with what it must and must not say."""
    told.says(*expected.get("says", ()))
    told.says_once(*expected.get("once", ()))
    told.never_says(*expected.get("never", ()))


def ended(found: Ran, expected: dict) -> None:
    """Compare statuses and reasons, model by model."""
    status, reason = expected["status"], expected.get("reason", {})
    records = found.records()
    for record in records:
        model = record["cell"]["model"]
        said = (model, record["cell"]["target"], record["status"], record["reason"])
        assert record["status"] in status.get(model, status.get("*", ())), said
        if record["status"] == "ok":
            continue
        for phrase in reason.get(model, reason.get("*", ())):
            assert occurrences(phrase, record["reason"] or ""), (phrase, said)
    measured = {record["cell"]["model"] for record in records}
    for model in expected.get("only", [name for name in status if name != "*"]):
        allowed = set(status.get(model, status.get("*", ())))
        assert model in measured or "skipped" in allowed, f"no trial of {model} is stored"


def noted(found: Ran, expected: dict) -> None:
    """Compare the codes of the notes."""
    for model, codes in expected.get("notes", {}).items():
        assert all(set(codes) <= each for each in found.codes(model)), (model, found.codes(model))
    models = {record["cell"]["model"] for record in found.records()}
    for code in expected.get("no_notes", ()):
        assert not [model for model in models for each in found.codes(model) if code in each], code


def waited(found: Ran, expected: dict) -> None:
    """Compare the kind of work, and what threads waited for."""
    if kinds := expected.get("kind"):
        assert found.kinds()
        assert found.kinds() <= set(kinds)
    if below := expected.get("gil_wait_below"):
        assert (found.of_threads("gil_wait") < below).all()
    if above := expected.get("blocked_above"):
        assert len(found.of_threads("blocked"))
        assert (found.of_threads("blocked") > above).all()
