"""The same speed-ups on several machines: which of them are a matter of the CPU."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import formatting
from analysis.dataset.frames import records
from analysis.figures import ALL
from analysis.plotting import panels, style

INPUT = "ratios"  # the table this figure is drawn from
METRIC = "speedup_user"  # of which it shows this one
SCOPE = ALL
TITLE = "The same experiment on other machines"
CAPTION = (
    "A column per machine, a line for each execution model and interpreter, with its 95 % "
    "interval. A level line holds on every machine; a steep one depends on the machine: on its "
    "cores, its caches, or on what else ran there. Only ratios are compared, because seconds of "
    "different machines are not comparable. The axis is logarithmic."
)
MOST = 24  # machines: more columns could not be read
DASHES = ("-", "--", ":", "-.")


def has_data(table: pd.DataFrame) -> bool:
    """Return whether any speed-up was measured on several machines, but not on too many."""
    return 1 < _shared(table)["machine"].nunique() <= MOST


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel per workload, a line per variant. Pure; nothing is computed here."""
    with style.house():
        shown = _shared(table)
        machines = sorted(map(str, set(shown["machine"])))
        targets = sorted(map(str, set(shown["target"])))
        figure, grid = panels.curves(shown, ["workload"], above=1.0)
        for axes, rows in grid:
            axes.axhline(1, color=style.FAINT, linestyle=":", zorder=1)
            _lines(axes, rows, machines, targets)
            axes.set_ylabel("speed-up")
        last, _ = grid[-1]
        last.set_xticks(range(len(machines)), machines, rotation=20, ha="right")
        last.set_xlim(-0.4, len(machines) - 0.6)
        last.set_yscale("log", base=2)
        last.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
        panels.legend(figure, [axes for axes, _ in grid])
        return figure


def _shared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of variants that several machines have, the one of more blocks of each."""
    rows = table[(table["metric"] == METRIC) & (table["estimate"] > 0)]
    if not len(rows):
        return rows
    rows = rows.assign(
        variant=[f"{formatting.model(row)} x{row['workers']}" for row in records(rows)]
    )
    keys = ["workload", "target", "variant"]
    rows = rows.sort_values(["n", "session", "experiment"], kind="stable")
    rows = rows.drop_duplicates([*keys, "machine"], keep="last")
    return rows[rows.groupby(keys)["machine"].transform("nunique") > 1]


def _lines(axes: Axes, rows: pd.DataFrame, machines: list[str], targets: list[str]) -> None:
    for key, line in rows.groupby(["target", "variant"], sort=True):
        target, variant = key if isinstance(key, tuple) else (key, "")
        ordered = line.sort_values("machine")
        colour, marker = style.of_model(str(ordered["model"].iloc[0]))
        axes.errorbar(
            [machines.index(name) for name in map(str, ordered["machine"])],
            ordered["estimate"].to_numpy(dtype=np.float64),
            yerr=panels.bars(ordered, "estimate"),
            color=colour,
            marker=marker,
            linestyle=DASHES[targets.index(str(target)) % len(DASHES)],
            capsize=2,
            label=f"{variant}, {target}",
        )
