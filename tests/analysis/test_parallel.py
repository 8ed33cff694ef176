"""Nothing of the current folder is imported by the processes that help to read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import synthetic

from analysis.dataset import reader

# One that shadows our own code, two that shadow what it needs, one that pandas looks for.
PLANTED = ("analysis/__init__.py", "pickle.py", "random.py", "numexpr/__init__.py")
WORKLOAD = Path(__file__).resolve().parents[2] / "experiments/workloads/int_loop.py"
ENTRY = [sys.executable, "-P", "-c", "from harness.cli import main; main()"]


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give results with so many files that helpers start, and modules planted among them."""
    made, records = synthetic.two_cells(8)
    stored = synthetic.write(tmp_path, made, records)
    (stored.path / "b900").mkdir()
    for number in range(reader.MANY):
        (stored.path / f"b900/p900-{number:016x}-a1.json.gz").touch()
    for name in PLANTED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        mark = tmp_path / "ran.txt"
        text = f"with open({str(mark)!r}, 'a') as file:\n    file.write({name!r} + ' ')\n"
        (tmp_path / name).write_text(text)
    (tmp_path / "scaling.toml").write_text(
        f'question = "?"\n[factors]\nworkload = ["{WORKLOAD}"]\n'
        'model = ["threads"]\nworkers = [2]\n'
    )
    return tmp_path


def ran(folder: Path) -> str:
    mark = folder / "ran.txt"
    return mark.read_text() if mark.exists() else ""


@pytest.mark.parametrize("way", ["report", "verify", "load", "load with a PYTHONPATH of nothing"])
def test_modules_planted_in_the_current_folder_are_never_imported(folder, way):
    """
    Results are unpacked from anywhere, and read from the folder they lie in.
    """
    words = {"report": ["report"], "verify": ["verify", folder / "scaling.toml"]}.get(way)
    environ = {**os.environ, "GILSCOPE_CACHE": str(folder / "cache")}
    if way.endswith("nothing"):
        environ["PYTHONPATH"] = os.pathsep  # which names the current folder, twice
    load = [sys.executable, "-P", "-c", "import analysis; print(len(analysis.load('.')))"]
    command = load if words is None else [*ENTRY, *words, "--results", "."]
    if way.endswith("nothing"):
        # This process obeys its PYTHONPATH, as its user wants; those that it starts do not.
        command[1:3] = ["-I", "-c"]
    ended = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=200
    )
    assert ended.returncode == 0, ended.stderr
    assert ran(folder) == ""
