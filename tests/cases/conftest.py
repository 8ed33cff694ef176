"""Every case has a folder and a machine of its own."""

import pytest


@pytest.fixture(autouse=True)
def _machine_of_its_own(tmp_path_factory, monkeypatch):
    """Two cases may run at once: what they are asked is what is said, not how long it takes."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    for name in ("MY_SIZE", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)
