"""uv obeys nobody else's settings, wherever they lie: real uv, real files."""

import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from harness import target
from harness.errors import GilscopeError
from harness.target import by_uv, install

# What real uv refuses to go on with, so that to read it is to fail.
POISON = 'no-such-setting = "of uv"\n'


@pytest.fixture
def shared(tmp_path, monkeypatch) -> Path:
    """Give a temporary folder that someone else wrote a uv.toml into, and a pyproject.toml."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "uv.toml").write_text(POISON)
    (folder / "pyproject.toml").write_text("[tool.uv]\n" + POISON)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def archive(folder: Path) -> Path:
    """Return an archive such as uv installs, whose interpreter would leave a mark."""
    binary = folder / "python/bin/python3.14"
    binary.parent.mkdir(parents=True)
    binary.write_text("#!/bin/sh\nexit 1\n")
    binary.chmod(0o755)
    packed = folder / "evil.tar.gz"
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder / "python", "python")
    return packed


def offered(packed: Path) -> dict:
    """Return the entry by which a list of downloads offers an archive as the newest 3.14."""
    arch = {"family": os.uname().machine, "variant": None}
    version = {"major": 3, "minor": 14, "patch": 77, "prerelease": ""}
    rest = {"url": packed.as_uri(), "sha256": None, "variant": None, "build": "20990101"}
    place = {"name": "cpython", "arch": arch, "os": "linux", "libc": "gnu"}
    return {f"cpython-3.14.77-linux-{arch['family']}-gnu": {**place, **version, **rest}}


@pytest.mark.skipif(sys.platform != "linux", reason="the list of downloads is of Linux")
def test_nothing_is_installed_that_a_file_in_the_temporary_folder_offers(
    shared, tmp_path, monkeypatch
):
    """
    Anyone may write there, and what is installed is executed.
    """
    downloads = shared / "downloads.json"
    downloads.write_text(json.dumps(offered(archive(shared))))
    (shared / "uv.toml").write_text(f'python-downloads-json-url = "{downloads.as_uri()}"\n')
    (shared / "pyproject.toml").unlink()
    place = tmp_path / "pythons"
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(place))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    # The network is none of this test's business; the file that was planted needs none.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setattr(install, "FREE_THREADED", ("3.14",))
    with pytest.raises(GilscopeError, match=r"UV_PYTHON_INSTALL_MIRROR"):
        install.install_free_threaded(log=lambda _: None)
    assert list(place.glob("cpython-*")) == []


def test_environments_are_made_whatever_lies_in_the_folders_above(shared, tmp_path):
    """
    The cache may lie below folders that others can write to; so may the temporary folder.
    """
    cache = shared / "cache"
    for folder in (cache, cache / "envs"):
        folder.mkdir()
        (folder / "uv.toml").write_text(POISON)
    (here,) = [
        each for each in target.discover({"here": Path(sys.executable)}) if each.name == "here"
    ]
    assert target.prepare(here, cache_dir=cache).packages == {"pyperf": "2.10.0"}


def test_uv_runs_in_an_empty_folder_that_is_gone_afterwards(shared):
    """
    Nothing of what uv may look for in its folder can have been put there before.
    """
    outcome = by_uv.run("python", "find", "--no-project", sys.executable)
    assert outcome.code == 0, outcome.stderr.text
    assert sorted(path.name for path in shared.iterdir()) == ["pyproject.toml", "uv.toml"]
