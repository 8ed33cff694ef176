"""Time per unit of work without the GIL, over that of the twin with one."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import sheet, style

INPUT = "tax"  # the table this figure is drawn from
TITLE = "What the build without the GIL costs"
CAPTION = (
    "Each point is the time of a cell on the free-threaded build over that of the same cell on "
    "its twin, the same source built with a GIL, with its 95 % interval. Right of the dotted "
    "line the build without the GIL takes longer; in rows with one worker that is a cost nothing "
    "is gained for. A hollow point has no interval: too few blocks. The axis is logarithmic."
)
TICKS = (0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 8, 16)


def has_data(table: pd.DataFrame) -> bool:
    """Return whether any cell was measured beside its twin."""
    return bool(np.isfinite(table["tax"].astype("float64")).any())


def draw(table: pd.DataFrame) -> Figure:
    """Draw one point and interval per row that has a tax. Pure; nothing is computed here."""
    with style.house():
        shown = table[np.isfinite(table["tax"].astype("float64"))]
        figure, panels = sheet.panels(shown)
        for panel in panels:
            panel.axes.axvline(1, color=style.FAINT, linestyle=":", zorder=1)
        for axes, y, row in sheet.every_row(panels):
            colour, marker = style.of_model(row["model"])
            interval = (row["tax"], row["tax_low"], row["tax_high"])
            sheet.point(axes, y, interval, colour, marker)
        _axis(panels[-1].axes, shown)
        sheet.label_axes(panels)
        return figure


def _axis(axes: Axes, rows: pd.DataFrame) -> None:
    ends = rows[["tax", "tax_low", "tax_high"]].astype("float64").to_numpy().ravel()
    ends = np.append(ends[np.isfinite(ends) & (ends > 0)], [0.9, 1.25])
    axes.set_xscale("log")
    axes.set_xlim(ends.min() / 1.03, ends.max() * 1.03)
    inside = [each for each in TICKS if ends.min() / 1.03 <= each <= ends.max() * 1.03]
    axes.xaxis.set_major_locator(FixedLocator(inside))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_xlabel("time without the GIL over time of its twin (log scale)")
