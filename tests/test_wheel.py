"""gilscope installed from its wheel works in an empty folder, far from the clone."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from harness.execution import provenance

ROOT = Path(__file__).parents[1]
MINE = '''\
"""Sum of squares, in pieces."""

PARAMS = {"items": 8, "size": 20_000}


def make_items(items, size):
    return [range(k * size, (k + 1) * size) for k in range(items)]


def task(numbers):
    return sum(n * n for n in numbers)


def check(results, items, size):
    last = items * size - 1
    assert sum(results) == last * (last + 1) * (2 * last + 1) // 6
'''


@pytest.fixture(scope="module")
def archives(tmp_path_factory) -> dict[str, Path]:
    """Build the wheel and the source archive, as a release does."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def installed(archives, tmp_path_factory) -> Path:
    """Install the wheel into an environment of its own; its dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*install, "--python", python, archives[".whl"]], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    ours = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    (site / "dependencies.pth").write_text(f"{ours}\n")
    return folder / "bin" / "gilscope"


def run(tool: Path, folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the installed command in ``folder``, without a word of the clone in its environment."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(each) for each in (tool, *words)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_program_comes_from_the_wheel(installed, tmp_path):
    """Nothing of the clone is imported, and the version is the one that is written once."""
    said = "import harness, analysis; print(harness.__file__, analysis.__file__)"
    outcome = run(installed.with_name("python"), tmp_path, "-c", said)
    assert outcome.stdout.count(str(installed.parents[1])) == 2, outcome.stdout + outcome.stderr
    version = run(installed, tmp_path, "--version").stdout
    text = (ROOT / "harness" / "__init__.py").read_text()
    assert version.split()[-1] in text


def test_the_digest_of_the_program_is_that_of_the_clone(installed, tmp_path):
    """Records measured by a wheel and by the clone that it was made from name one program."""
    code = "from harness.execution import provenance; print(provenance.program_digest())"
    outcome = run(installed.with_name("python"), tmp_path, "-c", code)
    assert outcome.stdout.strip() == provenance.program_digest(), outcome.stderr


@pytest.mark.slow
def test_own_code_a_named_experiment_and_the_report_work(installed, tmp_path, pythons):
    """The three things a newcomer does, one interpreter, one block."""
    name, python = min(pythons.items())
    (tmp_path / "mine.py").write_text(MINE)
    chosen = ("--target", f"{name}={python}")
    own = run(installed, tmp_path, "run", "--workload", "mine.py", *chosen, "--blocks", "1")
    assert own.returncode == 0, own.stdout + own.stderr
    shipped = run(installed, tmp_path, "run", "cpu_scaling", "--preset", "smoke", *chosen)
    assert shipped.returncode == 0, shipped.stdout + shipped.stderr
    report = run(installed, tmp_path, "report")
    assert report.returncode == 0, report.stdout + report.stderr
    assert "int_loop" in (tmp_path / "report" / "index.html").read_text()


def test_the_source_archive_carries_no_results(archives):
    """Stored measurements are no part of the program: they would be most of the archive."""
    with tarfile.open(archives[".gz"]) as archive:
        names = archive.getnames()
    inside = [name.partition("/")[2] for name in names]
    assert "pyproject.toml" in inside
    assert "experiments/cpu_scaling.toml" in inside
    assert not [name for name in inside if name.startswith("results/")]
