"""Two versions of a function that somebody brought, to be compared."""

import pytest
from cli_tool import gilscope
from using import BROUGHT, ONE, check, here, ran

pytestmark = pytest.mark.cases
VERSIONS = BROUGHT / "versions"


def test_a_claim_that_can_never_apply_is_refused_beforehand(tmp_path, pythons):
    """
    A speed-up of sequential over itself is no answer: known before anything is measured.
    """
    told = check(VERSIONS / "versions.toml", tmp_path)
    assert told.status == 2
    told.says("no-slower|claims")
    found = ran(tmp_path, here(pythons, ONE), VERSIONS / "versions.toml", "--blocks", 1)
    assert found.told.status == 2
    assert not found.records()


def test_two_versions_of_a_function_are_compared(tmp_path, pythons):
    """
    One against the other, paired in blocks; one block decides nothing.
    """
    told = check(VERSIONS / "against.toml", tmp_path)
    assert told.status == 0, told.text
    words = (VERSIONS / "against.toml", "--blocks", 1, "--values", 1, "--machine", "m")
    found = ran(tmp_path, here(pythons, ONE), *words)
    assert found.told.status == 0, found.told.text
    found.all_are("ok", ["sequential"])
    ended = gilscope("verify", VERSIONS / "against.toml", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "undecided: as-fast" in ended.stdout
    assert "undecided: no-slower" in ended.stdout
