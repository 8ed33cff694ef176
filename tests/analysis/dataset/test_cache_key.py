"""A cache belongs to the code that reads: to every file of it, and to no other."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.dataset import cache, tidy

ROOT = Path(tidy.__file__).parents[2]
# What reading imports besides, none of which can change a row: how work is shared out, how
# numbers are worded in remarks made of the finished table, and how an error is told.
BESIDE = {"analysis/parallel.py", "analysis/formatting.py", "harness/errors.py"}
# Prints the key, edits a file of a copy, prints the key again.
KEYS = """
import pathlib, sys
from analysis.dataset import cache
assert cache.__file__.startswith(sys.argv[1])
for name in ["", *sys.argv[2:]]:
    if name:
        path = pathlib.Path(sys.argv[1], name)
        path.write_bytes(path.read_bytes() + b"# edited\\n")
    print(cache.reader.__wrapped__())
"""


def imported(path: Path) -> set[Path]:
    """Return the files of this program that a file imports, by its text."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            assert not node.level
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        else:
            continue
        found |= {ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names}
    return {each for each in found if each.is_file()}


def closure(start: Path) -> set[str]:
    """Return everything that a file imports, directly or not, and itself."""
    known, new = {start}, {start}
    while new:
        new = set().union(*map(imported, new)) - known
        known |= new
    return {each.relative_to(ROOT).as_posix() for each in known}


def test_the_key_of_the_cache_is_made_of_the_files_that_reading_imports():
    """
    Followed through the imports, and compared: nothing that reads is forgotten, and nothing else
    of the stored format is in the key. The folder of the dataset is in it whole.
    """
    named = {path.relative_to(ROOT).as_posix() for path in cache.readers()}
    folder = {path.relative_to(ROOT).as_posix() for path in Path(tidy.__file__).parent.glob("*.py")}
    assert closure(Path(tidy.__file__)) - BESIDE - folder == named - folder
    assert folder <= named


@pytest.mark.parametrize(
    ("edited", "kept"),
    [
        ("analysis/formatting.py", True),
        ("analysis/tables/speedups.py", True),
        ("harness/storage/anonymise.py", True),
        ("analysis/dataset/records.py", False),
        ("analysis/dataset/observations.py", False),
        ("harness/storage/layout.py", False),
    ],
)
def test_an_edit_of_a_reader_drops_the_cache_and_an_edit_elsewhere_keeps_it(keys, edited, kept):
    """
    In a copy of the program, one file after another: what is drawn or worded anew needs no record
    to be read again, and a row that is made anew needs all of them.
    """
    before, after = keys[edited]
    assert (before == after) is kept


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> dict[str, tuple[str, str]]:
    """Give the keys of the cache before and after an edit of a file, in a copy of the program."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("analysis", "harness"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    edited = [
        *("analysis/formatting.py", "analysis/tables/speedups.py", "harness/storage/anonymise.py"),
        *("analysis/dataset/records.py", "analysis/dataset/observations.py"),
        "harness/storage/layout.py",
    ]
    command = [sys.executable, "-c", KEYS, str(copy), *edited]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    said = subprocess.run(
        command, cwd=copy, env=environment, check=True, capture_output=True, text=True
    ).stdout.split()
    return {name: (said[at], said[at + 1]) for at, name in enumerate(edited)}
