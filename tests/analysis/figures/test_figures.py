"""Pictures checked as numbers: what is drawn lies where the table says."""

import io

import matplotlib as mpl
import numpy as np
import pytest
import synthetic
from matplotlib.container import ErrorbarContainer
from matplotlib.image import imread

from analysis import figures, tables
from analysis.plotting import style


@pytest.fixture(scope="module")
def speedups():
    """Give the standard table of speed-ups."""
    return tables.make("speedups", synthetic.frame_of(*synthetic.standard()))


def bars(figure):
    """Return (point, low, high) of every error bar, in data coordinates, from top to bottom."""
    found = []
    for axes in figure.axes:
        for each in axes.containers:
            assert isinstance(each, ErrorbarContainer)
            data, _, lines = each
            [segment] = lines[0].get_segments() if lines else [[[np.nan, 0], [np.nan, 0]]]
            found.append((data.get_xdata()[0], segment[0][0], segment[1][0]))
    return found


def test_points_and_bars_lie_where_the_table_says(speedups):
    """
    On a logarithmic axis, where other ways of drawing them are wrong without a word.
    """
    figure = figures.figure("speedups").draw(speedups)
    drawn = speedups[speedups["speedup"].notna()]
    expected = drawn[["speedup", "low", "high"]].to_numpy(dtype=float)
    assert np.array(bars(figure)) == pytest.approx(expected)
    assert figure.axes[0].get_xscale() == "log"


def test_bars_are_inside_the_picture(speedups):
    """
    In pixels, too: left end, point and right end in this order, all of them within the axes.
    """
    figure = figures.figure("speedups").draw(speedups)
    figure.canvas.draw()
    axes = figure.axes[0]
    frame = axes.get_window_extent()
    for point, low, high in bars(figure):
        left, middle, right = (axes.transData.transform((x, 0))[0] for x in (low, point, high))
        assert frame.x0 < left < middle < right < frame.x1


def test_the_picture_has_ink(speedups):
    """
    A plotting library once drew nothing on such an axis, and said nothing either.
    """
    picture = imread(io.BytesIO(style.png(figures.figure("speedups").draw(speedups))))
    colour = np.array(mpl.colors.to_rgb(style.of_model("threads")[0]))
    ink = (np.abs(picture[:, :, :3] - colour) < 0.02).all(axis=2).sum()
    assert ink > 100


def test_a_row_without_a_speed_up_is_drawn_as_the_word_that_says_why(speedups):
    """
    A gap must not be taken for a slow cell.
    """
    figure = figures.figure("speedups").draw(speedups)
    assert "skipped" in {text.get_text() for text in figure.axes[0].texts}


def test_a_point_without_interval_is_hollow_and_has_no_bar():
    """
    One block: the number is shown, and that nothing bounds it.
    """
    table = tables.make("speedups", synthetic.frame_of(*synthetic.standard(blocks=1)))
    figure = figures.figure("speedups").draw(table)
    [first, *_] = [
        each for each in figure.axes[0].containers if isinstance(each, ErrorbarContainer)
    ]
    assert first[0].get_markerfacecolor() == style.PAPER
    assert not first[2]


def test_the_same_table_gives_the_same_bytes(speedups):
    """
    SVG and PNG alike, so that a report in version control changes only with its numbers.
    """
    draw = figures.figure("speedups").draw
    assert style.svg(draw(speedups)) == style.svg(draw(speedups))
    assert style.png(draw(speedups)) == style.png(draw(speedups))


def test_drawing_leaves_the_user_s_settings_alone(speedups):
    """
    A notebook that draws our figure looks afterwards as it did before.
    """
    with mpl.rc_context({"font.size": 3.0}):
        figures.figure("speedups").draw(speedups)
        assert mpl.rcParams["font.size"] == 3.0


def test_names_from_results_are_text_and_not_markup():
    """
    Dollars are not mathematics, and a tag stays what it is.
    """
    cells = [synthetic.cell(m, workload="a_$x^2$<b>") for m in ("sequential", "threads")]
    made = synthetic.session(cells)
    table = tables.make("speedups", synthetic.frame_of(made, synthetic.fill(made, lambda *_: 0.2)))
    picture = style.svg(figures.figure("speedups").draw(table))
    assert "a_$x^2$&lt;b&gt;" in picture


def test_only_sequential_cells_still_make_a_figure():
    """
    There is nothing to compare, which is a result and no crash.
    """
    made = synthetic.session([synthetic.cell("sequential")])
    table = tables.make("speedups", synthetic.frame_of(made, synthetic.fill(made, lambda *_: 0.2)))
    assert "Nothing to compare" in style.svg(figures.figure("speedups").draw(table))


@pytest.mark.parametrize("name", figures.names())
def test_every_figure_names_its_table_and_says_what_to_see(name):
    """
    A file in the folder is a figure by being there.
    """
    figure = figures.figure(name)
    assert figure.INPUT in tables.names()
    assert figure.CAPTION.endswith(".")
