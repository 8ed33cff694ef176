"""An experiment file with its workload beside it."""

from pathlib import Path

import pytest

WORKLOAD = '''\
"""Sum of squares."""
PARAMS = {"items": 4, "limit": 1_000}
def make_items(items, limit):
    return [limit] * items
def task(limit):
    return sum(n * n for n in range(limit))
def check(results, items, limit):
    assert results == [(limit - 1) * limit * (2 * limit - 1) // 6] * items
'''


# The least experiment file of the design, letter for letter.
LEAST = """\
question = "Does summing squares scale with workers?"

[factors]
workload = ["sum_squares"]
model = ["sequential", "threads", "processes-spawn"]
workers = [1, 2]                  # sequential runs once, with 1
target = ["cpython-3.13", "cpython-3.13t"]   # left out: all targets found

[design]
blocks = 10
values = 3
warmups = 1
seed = 1
timeout = 60                      # seconds per trial

[[claims]]
id = "threads-scale-without-the-gil"
text = "Two threads are at least 1.5 times as fast as sequential on a free-threaded build."
where = { model = "threads", workers = 2, gil = false }
metric = "speedup"                # against sequential on the same target
expect = { at_least = 1.5 }       # or at_most, or between = [low, high]
"""


@pytest.fixture
def least() -> str:
    """Give the text of the least experiment file."""
    return LEAST


@pytest.fixture
def write(tmp_path):
    """Write an experiment file that has a workload sum_squares beside it."""
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads" / "sum_squares.py").write_text(WORKLOAD)

    def write(text: str | bytes) -> Path:
        path = tmp_path / "experiment.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
