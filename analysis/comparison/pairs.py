"""Two cells compared block by block: the logarithms of ratios that every speed-up is made of."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.cells import Cell


@dataclass(frozen=True, slots=True)
class Pairs:
    """What two cells differ by in the blocks that have both."""

    block: NDArray[np.int64]
    difference: NDArray[np.float64]  # log of the first - log of the second
    busy: NDArray[np.bool_]  # other processes used the CPUs

    def __len__(self) -> int:
        """Return the number of compared blocks."""
        return len(self.block)

    @property
    def clean(self) -> "Pairs":
        """Return the pairs of blocks in which no other process used the CPUs."""
        kept = ~self.busy
        return Pairs(self.block[kept], self.difference[kept], self.busy[kept])

    def over(self, other: "Pairs") -> "Pairs":
        """Return the ratio of two ratios in the blocks that have both."""
        both, ours, theirs = np.intersect1d(self.block, other.block, return_indices=True)
        differences = self.difference[ours] - other.difference[theirs]
        return Pairs(both, differences, self.busy[ours] | other.busy[theirs])


NONE = Pairs(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.bool_))


def pair(
    first: Cell | None,
    second: Cell | None,
    busy: Collection[int] = (),
    quantity: str = "seconds",
) -> Pairs:
    """Return log(first) - log(second) in every block that is whole and has both."""
    if first is None or second is None:
        return NONE
    whole = second.whole
    a = _positive(first.blocks, first.numbers(quantity))
    b = _positive(second.blocks[whole], second.numbers(quantity)[whole])
    blocks = sorted(a.keys() & b.keys())
    return Pairs(
        np.array(blocks, np.int64),
        np.array([math.log(a[block]) - math.log(b[block]) for block in blocks], np.float64),
        np.array([block in busy for block in blocks], np.bool_),
    )


def _positive(blocks: NDArray[np.int64], values: NDArray[np.float64]) -> dict[int, float]:
    every = zip(blocks.tolist(), values.tolist(), strict=True)
    return {block: value for block, value in every if value > 0}
