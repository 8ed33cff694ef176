"""What the documents say of the files is what the files say."""

import re
import tomllib
from pathlib import Path

import pytest

from harness.experiment import lookup
from harness.experiment.loader import GIVE_A_FILE

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SHIPPED = {path.stem: tomllib.loads(path.read_text()) for path in lookup.files()}
CORE = {
    name
    for name, text in SHIPPED.items()
    if not text.get("presets", {}).get("core", {}).get("skip", False)
}


def test_the_table_of_experiments_is_that_of_the_files():
    """
    Name, question and preset of each one that is shipped, and of no other.
    """
    text = (ROOT / "experiments/README.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| (.+) \| (yes|no) \|$", text, re.MULTILINE)
    assert sorted(listed) == sorted(
        (name, text["question"], "yes" if name in CORE else "no") for name, text in SHIPPED.items()
    )


def test_the_readme_lists_every_experiment():
    """
    One that is not listed is found by nobody.
    """
    table = README.partition("| experiment | question |")[2].partition("\n\n")[0]
    assert set(SHIPPED) <= set(re.findall(r"`(\w+)`", table))


def test_the_readme_says_what_the_preset_core_measures():
    """
    Those whose file does not skip it.
    """
    sentence = re.search(r"The preset `core` measures ([^;]+);", README)
    assert sentence
    assert set(re.findall(r"`(\w+)`", sentence[1])) == CORE


def test_the_hint_of_a_missing_experiment_names_a_document_that_explains_one():
    """
    Whoever follows it finds a whole example.
    """
    [named] = re.findall(r"`([^`]+)`", GIVE_A_FILE)
    assert "[factors]" in (ROOT / named).read_text()


def test_every_commit_is_checked_by_the_command_of_the_makefile():
    """
    No list of its parts that falls behind.
    """
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"entry: (.+)", hooks) == ["make check"]


@pytest.mark.parametrize("name", ["README.md", "docs/design.md"])
def test_how_often_identical_code_is_called_different_is_what_was_found(name):
    """
    One pair of numbers, quiet and busy, from the table of the findings.
    """
    found = (ROOT / "docs/findings.md").read_text()
    row = re.search(
        r"^\| all of A, then all of B, pyperf.s comparison (\|.+)$", found, re.MULTILINE
    )
    assert row
    shares = [round(float(share)) for share in re.findall(r"([\d.]+) %", row[1])]
    quiet, busy = shares[:3], shares[3:]
    text = " ".join((ROOT / name).read_text().split())
    assert f"{min(quiet)} to {max(quiet)} %" in text
    assert f"{min(busy)} to {max(busy)} %" in text
