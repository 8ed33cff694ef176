"""What the worker says about an interpreter, and how new models and the canary are found."""

import json
import shutil

import pytest
from trials import MODELS, RUN, WORKLOADS, Worker


def test_describe_names_every_model_and_why_one_cannot_run(worker):
    """
    The answer is the same on standard output and in a file.
    """
    answer = json.loads(worker.start("--describe").stdout)
    worker.start("--describe", "--out", worker.folder / "described.json")
    assert json.loads((worker.folder / "described.json").read_text()) == answer
    assert sorted(answer["models"]) == MODELS
    assert answer["models"]["sequential"] is None
    assert answer["pyperf"] == "2.10.0"
    assert answer["direct"] is True


def test_a_file_dropped_into_the_folder_is_a_model(python_name, worker, tmp_path):
    """
    Adding a model is adding one file; proof is by running it.
    """
    copy = tmp_path / "copy"
    shutil.copytree(RUN.parent, copy)
    models = copy / "gilworker" / "models"
    for path in models.glob("[!_s]*.py"):
        path.unlink()
    (models / "back_to_front.py").write_text(
        "from contextlib import contextmanager\n"
        "TASK = 'task'\n"
        "def unavailable():\n"
        "    return None\n"
        "@contextmanager\n"
        "def pool(workers, *, prepare, warm=None, **_):\n"
        "    prepare()\n"
        "    yield lambda task, items: [task(item) for item in items[::-1]][::-1]\n"
    )
    (models / "forgetful.py").write_text(
        (models / "back_to_front.py").read_text().replace("[::-1]][::-1]", "[1:]]")
    )
    dropped = Worker(worker.environment, tmp_path, copy / "run.py")
    workloads = [str(WORKLOADS / "bare.py"), str(WORKLOADS / "needs.py")]
    answer = json.loads(dropped.start("--prepare", *workloads).stdout)
    wrong = answer["models"].pop("forgetful")
    assert answer["models"] == {"back-to-front": None, "sequential": None}
    assert wrong == "warm-up 0: expected 0 to 3, got [1, 2, 3]"
    assert answer["workloads"][workloads[0]] is None
    assert "gilscope_no_such_package" in answer["workloads"][workloads[1]]
    assert dropped.trial("bare", model="back-to-front")["status"] == "ok"


NO_IMPORT = [
    (
        "import jsn",
        "importing the workload raised ModuleNotFoundError: No module named 'jsn' (mine.py:1); "
        "a package has to be declared: REQUIRES = ['jsn']",
    ),
    (
        "import os\nSIZE = os.environ['MY_SIZE']",
        "importing the workload raised KeyError: 'MY_SIZE' (mine.py:2)",
    ),
    (
        "import argparse\nargparse.ArgumentParser('report').error('give a file')",
        "importing the workload called sys.exit(2) (mine.py:2): report: error: give a file",
    ),
    ("import sys\nsys.exit()", "importing the workload called sys.exit() (mine.py:2)"),
    (
        "import os\nos.write(2, b'no licence\\n')\nos._exit(3)",
        "importing the workload ended the interpreter with status 3: no licence",
    ),
    ("import os\nos.abort()", "importing the workload ended the interpreter by signal 6"),
    ("print('ready')", None),
]


@pytest.mark.parametrize(("source", "reason"), NO_IMPORT, ids=range(len(NO_IMPORT)))
def test_an_import_that_fails_says_how_and_where(worker, tmp_path, source, reason):
    """
    The user's own line, and what was printed last if the interpreter was told to end.
    """
    path = tmp_path / "mine.py"
    path.write_text(f"{source}\n")
    good = WORKLOADS / "bare.py"
    process = worker.start("--import", path, good)
    answer = json.loads(process.stdout.splitlines()[-1])
    assert answer == {"workloads": {str(path): reason, str(good): None}}


def test_the_canary_compares_spinners_together_with_one_alone(worker):
    """
    Capacity is how many of them the machine could serve at once.
    """
    path = worker.folder / "canary.json"
    worker.start("--canary", "2", "--seconds", "0.2", "--result", path)
    answer = json.loads(path.read_text())
    assert set(answer) == {"contract", "single", "together", "seconds", "capacity"}
    assert len(answer["together"]) == 2
    assert answer["capacity"] == pytest.approx(sum(answer["together"]) / answer["single"])


def test_a_command_nobody_knows_gets_the_usage(worker):
    """
    Exit status 2, and nothing is written.
    """
    process = worker.start("--trail")
    assert process.returncode == 2
    assert process.stderr.startswith("usage: run.py --trial")
