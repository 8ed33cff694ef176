"""Real interpreters, found and asked."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import GilscopeError
from harness.target import discover

STARTED: list[object] = []
sys.addaudithook(lambda event, args: STARTED.append(args) if event == "subprocess.Popen" else None)
BASE = Path(sys.base_prefix).resolve()


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    """Give a folder on PATH, on a machine where nothing else is installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    return folder


def base_python() -> Path:
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def test_every_interpreter_of_the_tests_says_what_it_is(pythons, tmp_path, bare):
    """
    The probe runs on every version and implementation and tells the builds apart.
    """
    targets = {each.name: each for each in discover(pythons, cache_dir=tmp_path)}
    assert set(pythons) <= set(targets)
    for name in pythons:
        build = targets[name].build
        assert build["implementation"] in {"cpython", "pypy"}
        assert tuple(build["version_info"][:2]) >= (3, 9)
        assert build["gil_enabled"] is not build["free_threaded"]
        assert isinstance(build["jit"]["available"], bool)


def test_a_matched_pair_is_recognised(pythons, tmp_path, bare):
    """
    Two real builds of one source that differ in --disable-gil alone.
    """
    pair = {name: path for name, path in pythons.items() if name.rstrip("t") + "t" in pythons}
    pair = {name: path for name, path in pair.items() if name.rstrip("t") in pythons}
    if len(pair) < 2:
        pytest.skip("no pair of builds with and without the GIL among the test interpreters")
    targets = {each.name: each for each in discover(pair, cache_dir=tmp_path)}
    twins = {name for name in pair if targets[name].twin in pair}
    if not twins:
        pytest.skip("the pair among the test interpreters was built differently")
    assert {targets[name].gil for name in twins} == {True, False}


def test_a_virtual_environment_stands_for_its_interpreter(tmp_path, bare):
    """
    An environment holds packages, and those of a target are its own.
    """
    for options in ([], ["--copies"]):
        place = tmp_path / f"venv{len(options)}"
        words = [sys.executable, "-m", "venv", "--without-pip", *options, place]
        subprocess.run(words, check=True)
        (bare / "python3").unlink(missing_ok=True)
        (bare / "python3").symlink_to(place / "bin" / "python3")
        targets = discover({"mine": place / "bin" / "python"}, cache_dir=tmp_path / "cache")
        assert [(each.name, each.python) for each in targets] == [("mine", base_python())]


def test_one_interpreter_under_many_names_is_one_target(tmp_path, bare):
    """
    python3, python3.11 and a copy of the binary are the same build.
    """
    for name in ("python3", f"python3.{sys.version_info.minor}"):
        (bare / name).symlink_to(base_python())
    (target,) = discover(cache_dir=tmp_path)
    assert target.python == base_python()
    assert target.name.startswith("cpython-3.")


def test_shims_are_passed_over(tmp_path, bare):
    """
    What a shim starts depends on the folder it is started in.
    """
    (bare / "python3.12").write_text("#!/bin/sh\ntouch started\n")
    (bare / "python3.12").chmod(0o755)
    assert len(discover(cache_dir=tmp_path)) == 1
    assert not Path("started").exists()


def test_a_broken_executable_stops_nothing_and_is_remembered(tmp_path, bare):
    """
    A half-removed installation is common, and no reason to measure nothing.
    """
    shutil.copy(shutil.which("true", path="/usr/bin:/bin") or "", bare / "python3.12")
    assert len(discover(cache_dir=tmp_path)) == 1
    assert "no output" in (tmp_path / "targets.json").read_text()
    STARTED.clear()
    assert len(discover(cache_dir=tmp_path)) == 1
    assert STARTED == []


def test_a_second_search_starts_no_process(pythons, tmp_path, bare):
    """
    The answers are cached by what the executable is.
    """
    first = discover(pythons, cache_dir=tmp_path)
    STARTED.clear()
    assert discover(pythons, cache_dir=tmp_path) == first
    assert STARTED == []


def test_a_damaged_cache_is_an_empty_one(tmp_path, bare):
    """
    A cache may be deleted, cut off or written by another version.
    """
    first = discover(cache_dir=tmp_path)
    for text in ("", "[]", '{"probe": 1}', first[0].name):
        (tmp_path / "targets.json").write_text(text)
        assert discover(cache_dir=tmp_path) == first


def test_a_named_executable_that_is_no_python_is_an_error(tmp_path, bare):
    """
    The user asked for it, so that leaving it out would be answering another question.
    """
    with pytest.raises(GilscopeError, match=r"target mine=.*not a working Python"):
        discover(
            {"mine": Path(shutil.which("true", path="/usr/bin:/bin") or "")}, cache_dir=tmp_path
        )


def test_a_named_interpreter_that_was_repaired_is_asked_again(tmp_path, bare):
    """
    What was wrong may lie outside the file that is remembered.
    """
    missing = tmp_path / "library"
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\ntest -e "{missing}" || exit 1\nexec "{base_python()}" "$@"\n')
    wrapper.chmod(0o755)
    with pytest.raises(GilscopeError):
        discover({"mine": wrapper}, cache_dir=tmp_path)
    missing.touch()
    (target,) = discover({"mine": wrapper}, cache_dir=tmp_path)
    assert target.python == base_python()


def test_a_shared_build_without_a_run_path_is_given_its_library(tmp_path, bare):
    """
    Such a build runs in the shell of who installed it, and in a clean environment does not.
    """
    wrapper = tmp_path / "python"
    complaint = "python: error while loading shared libraries: libpython3.13.so.1.0"
    wrapper.write_text(
        f'#!/bin/sh\ntest "$LD_LIBRARY_PATH" || {{ echo "{complaint}" >&2; exit 127; }}\n'
        f'exec "{base_python()}" "$@"\n'
    )
    wrapper.chmod(0o755)
    (target,) = discover({"mine": wrapper}, cache_dir=tmp_path)
    assert target.build["library_path"].split(":")[0] == str(tmp_path.parent / "lib")


def test_an_interpreter_that_is_too_old_says_so(tmp_path, bare):
    """
    Targets start at 3.9.
    """
    old = [p for p in ("python3.8", "python3.7", "python3.6") if shutil.which(p, path="/usr/bin")]
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob("3.[678].*/bin/python"))
    if not old and not pyenv:
        pytest.skip("no Python older than 3.9 on this machine")
    path = pyenv[0] if pyenv else Path("/usr/bin") / old[0]
    with pytest.raises(GilscopeError, match=r"targets start at 3\.9"):
        discover({"mine": path}, cache_dir=tmp_path)
    assert all(each.python != path.resolve() for each in discover(cache_dir=tmp_path))
