"""Pairing blocks: held against pandas' own way of joining."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison import cells
from analysis.comparison.pairs import NONE, pair

SECONDS = st.one_of(st.floats(1e-6, 1e6), st.just(math.nan), st.just(0.0))
ROWS = st.lists(
    st.tuples(st.integers(0, 12), SECONDS, st.booleans()), unique_by=lambda row: row[0], max_size=10
)


def cell(rows):
    """Return a cell with these blocks, seconds and void marks."""
    table = pd.DataFrame(rows, columns=pd.Index(["block", "seconds", "void"]))
    types = {"block": "Int64", "seconds": "float64", "void": "boolean"}
    return cells.of_rows({}, table.astype(types))


@given(ROWS, ROWS, st.sets(st.integers(0, 12)))
def test_a_pair_is_the_log_ratio_in_every_whole_block_that_has_both(first, second, busy):
    """
    In the order of the blocks; a block is left out if either side has no time above 0 there.
    """
    found = pair(cell(first), cell(second), busy)
    left = pd.DataFrame(first, columns=pd.Index(["block", "a", "_"]))
    right = pd.DataFrame(second, columns=pd.Index(["block", "b", "void"]))
    joined = left.merge(right, on="block").sort_values("block")
    joined = joined[(joined["a"] > 0) & (joined["b"] > 0) & ~joined["void"].astype(bool)]
    assert found.block.tolist() == joined["block"].tolist()
    expected = np.log(joined["a"].astype(float) / joined["b"].astype(float))
    assert found.difference == pytest.approx(expected.to_numpy(), abs=1e-9)
    assert found.busy.tolist() == [block in busy for block in joined["block"]]
    assert found.clean.block.tolist() == [block for block in joined["block"] if block not in busy]


@given(ROWS, ROWS)
def test_a_ratio_over_itself_is_one(first, second):
    """
    A ratio of ratios has the blocks of both, and the difference of their logarithms.
    """
    found = pair(cell(first), cell(second))
    assert found.over(found).difference.tolist() == [0.0] * len(found)
    assert len(found.over(NONE)) == len(NONE.over(found)) == 0


def test_nothing_is_paired_with_a_cell_that_is_not_there():
    """
    A missing side is no side.
    """
    assert len(pair(None, cell([(0, 1.0, False)]))) == 0
    assert len(pair(cell([(0, 1.0, False)]), None)) == 0
