"""Place queens on a chessboard by trying permutations: generators and sets.

Pure Python and CPU-bound, nothing shared: a thread that runs it holds the GIL throughout.
Every step resumes a generator or builds a small set, which is what much Python code does.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.7 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: the permutations come from a generator in Python on purpose. ``itertools.permutations``
would be the better program and would measure C code.
"""

from __future__ import annotations

import functools

TYPE_CHECKING = False  # typing costs a spawned worker 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMS = {"items": 16, "queens": 8}
CPU_BOUND = True


def make_items(items: int, queens: int) -> list[tuple[int, int]]:
    """Return pieces (row of the first queen, queens); rows take turns. Untimed."""
    return [(index % queens, queens) for index in range(items)]


def task(piece: tuple[int, int]) -> int:
    """Return how many boards have the first queen in that row. Timed."""
    first, queens = piece
    columns = range(queens)
    rows = [row for row in range(queens) if row != first]
    found = 0
    for rest in orders(rows):
        board = [first, *rest]
        if (
            queens
            == len({board[column] + column for column in columns})
            == len({board[column] - column for column in columns})
        ):
            found += 1
    return found


def orders(rows: list[int]) -> Iterator[list[int]]:
    """Yield every order of ``rows``, by moving each row to the front in turn."""
    if len(rows) <= 1:
        yield rows
        return
    for place, row in enumerate(rows):
        for rest in orders(rows[:place] + rows[place + 1 :]):
            yield [row, *rest]


def units(items: int, queens: int) -> int:
    """Return how many boards a pass looks at."""
    boards = 1
    for number in range(2, queens):
        boards *= number
    return items * boards


def check(results: list[int], items: int, queens: int) -> None:
    """Raise AssertionError unless backtracking finds as many boards for every first row."""
    answer = [expected(first, queens) for first, _ in make_items(items, queens)]
    assert results == answer, f"expected {answer[:8]} boards, got {results[:8]}"


@functools.cache
def expected(first: int, queens: int) -> int:
    """Return how many boards have the first queen in row ``first``."""
    bit = 1 << first
    return completed((1 << queens) - 1, bit, bit << 1, bit >> 1)


def completed(full: int, rows: int, up: int, down: int) -> int:
    """Return in how many ways the columns left can be filled: attacked rows are set bits."""
    if rows == full:
        return 1
    free = full & ~(rows | up | down)
    found = 0
    while free:
        bit = free & -free
        free ^= bit
        found += completed(full, rows | bit, (up | bit) << 1, (down | bit) >> 1)
    return found
