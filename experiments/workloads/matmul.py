"""Multiply matrices with numpy: threads of Python beside the threads of the BLAS library.

numpy releases the GIL while the BLAS library multiplies, so Python's threads run side by side.
The library brings threads of its own; the harness allows it one, and ``blas_threads = 0`` leaves
it its default, one for each core.
Expect with 2 workers: threads and processes 1.7 to 2 times as fast as sequential on every build
with one BLAS thread; with the default sequential is as fast already, and nothing adds to it.
Trap: two workers and two BLAS threads in each are four threads on two cores. Who compares
"numpy in a loop" with "numpy in a pool" and leaves the default measures the library's threads.
"""

from __future__ import annotations

import functools
import os
import threading
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRES = ["numpy"]

PARAMS = {"items": 8, "size": 768, "blas_threads": 1}

CPU_BOUND = True

_own = threading.local()


def make_items(items: int, size: int, blas_threads: int) -> list[int]:  # noqa: ARG001
    """Return the rows of which to tell the sum. Untimed."""
    return [index % size for index in range(items)]


def setup(items: int, size: int, blas_threads: int) -> None:  # noqa: ARG001
    """Make this worker's matrices, and room for their product. Untimed.

    They are of small whole numbers, so that the product is exact in any order of summing.
    """
    with threads_of_blas(blas_threads):
        import numpy as np  # here: the library looks at the variables when it is loaded

    places = np.arange(size)
    _own.left = np.add.outer(3 * places, 5 * places) % 11.0
    _own.right = np.add.outer(7 * places, 2 * places) % 13.0
    _own.product = np.empty((size, size))


@contextmanager
def threads_of_blas(count: int) -> Iterator[None]:
    """Set what BLAS libraries ask for the number of their threads; 0: let them choose."""
    names = [f"{library}_NUM_THREADS" for library in ("OPENBLAS", "OMP", "MKL", "BLIS")]
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    if count:
        os.environ.update(dict.fromkeys(names, str(count)))
    try:
        yield
    finally:  # as it was: a trial verifies its environment at the end
        for name in names:
            os.environ.pop(name, None)
        os.environ.update(before)


def task(row: int) -> tuple[int, float, float]:
    """Return a row's number, its sum in the product, and the sum of the whole product. Timed."""
    product = _own.left.dot(_own.right, out=_own.product)
    return row, float(product[row].sum()), float(product.sum())


def units(items: int, size: int, blas_threads: int) -> float:  # noqa: ARG001
    """Return how many thousand million multiplications a pass has."""
    return items * size**3 / 1e9


def check(
    results: list[tuple[int, float, float]], items: int, size: int, blas_threads: int
) -> None:
    """Raise AssertionError unless the sums follow from sums over rows and columns alone."""
    by_row, total = sums(size)
    rows = make_items(items, size, blas_threads)
    expected = [(row, float(by_row[row]), float(total)) for row in rows]
    assert [tuple(result) for result in results] == expected, f"sums differ: {results[:2]}"


@functools.lru_cache(maxsize=1)
def sums(size: int) -> tuple[list[int], int]:
    """Return the sum of each row of the product and of all of it, without multiplying out."""
    of_rows = [sum((7 * row + 2 * column) % 13 for column in range(size)) for row in range(size)]
    by_row = [
        sum((3 * row + 5 * column) % 11 * of_rows[column] for column in range(size))
        for row in range(size)
    ]
    return by_row, sum(by_row)
