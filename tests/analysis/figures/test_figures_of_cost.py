"""The pictures of where time goes and what it costs, checked as numbers."""

import io
import math

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import synthetic
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.image import imread

from analysis import figures, tables
from analysis.dataset import tidy
from analysis.figures import break_even, heat_map, inflation, thread_time, timeline
from analysis.plotting import matrix, style

SIZES = {"work@small": 1e-4, "work@medium": 1e-2, "work@large": 1.0}
GAINS = {"work@small": 0.5, "work@medium": 1.0, "work@large": 1.9}


def sized():
    """Return a session of one work in pieces of three sizes."""
    cells = [
        synthetic.cell(model, workload=name, params={"items": 16})
        for name in SIZES
        for model in ("sequential", "threads")
    ]
    made = synthetic.session(cells)

    def took(each, block):
        alone = 16 * SIZES[each["workload"]]  # sixteen pieces
        noise = math.exp(synthetic.NOISE[block % 10])
        return alone if each["model"] == "sequential" else alone / GAINS[each["workload"]] * noise

    return made, synthetic.fill(made, took)


def seen():
    """Return a session whose workers were observed; threads with a GIL wait for it."""
    cells = [synthetic.cell(each) for each in ("sequential", "threads", "processes-spawn")]
    made = synthetic.session(cells)
    shares = {
        "sequential": {"cpu": 0.9, "delay": 0.1},
        "threads": {"cpu": 0.5, "delay": 0.1},
        "processes-spawn": {"cpu": 0.8, "delay": 0.05, "io": 0.05},
    }
    return made, [
        synthetic.observed(made, each, block, 0.2, **shares[each["model"]])
        for block in range(10)
        for each in cells
    ]


WAITS = {"holds": 0.48, "lets_go": 0.01, "mixed": 0.25}
INFLATION = 1.2


def waiting():
    """Return a session of three works, whose threads wait for the GIL for known shares."""
    cells = [
        synthetic.cell(model, workload=name)
        for name in WAITS
        for model in ("sequential", "threads")
    ]
    made, records = synthetic.session(cells), []
    for block in range(10):
        for each in cells:
            share = WAITS[each["workload"]] if each["model"] == "threads" else 0.0
            cpu, delay = 0.9 - share, 0.1 + synthetic.NOISE[block] / 10
            # Two threads whose CPU time comes to so many times that of 0.2 s of one.
            seconds = 0.2 if each["model"] == "sequential" else 0.2 * 0.9 * INFLATION / cpu / 2
            records.append(synthetic.observed(made, each, block, seconds, cpu=cpu, delay=delay))
    return made, records


SENT = {2**10: 1e-4, 2**20: 1e-3, 2**24: 1e-2}  # bytes of an item: seconds that it takes


def sent():
    """Return a session that sent items of three sizes."""
    cells = [
        synthetic.cell(
            "processes-spawn", workload=f"send@{size}", params={"items": 4, "size": size}
        )
        for size in SENT
    ]
    made = synthetic.session(cells)
    records = synthetic.fill(made, lambda each, _: 4 * SENT[each["params"]["size"]])
    for each in records:
        if each["control"] != "canary":
            each["response"]["units"] = 4 * each["cell"]["params"]["size"] / 2**20
    return made, records


def memory():
    """Return a session of the diagnostic pass: 5 MiB shared out, 2.5 of them its own."""
    cells = [synthetic.cell(each) for each in ("threads", "processes-fork")]
    made = synthetic.session(cells, **{"pass": "diagnostic"})
    return made, [synthetic.diagnosed(made, each, block) for block in range(6) for each in cells]


RISING = {1: 0.9, 2: 1.6, 4: 1.5}  # workers: speed-up


def many_workers():
    """Return a session in which threads have one, two and four workers."""
    cells = [synthetic.cell("sequential"), *(synthetic.cell("threads", count) for count in RISING)]
    made = synthetic.session(cells)

    def took(each, block):
        noise = math.exp(synthetic.NOISE[block % 10])
        gain = 1 if each["model"] == "sequential" else RISING[each["workers"]] / noise
        return 0.2 / gain

    return made, synthetic.fill(made, took)


def two_machines():
    """Return the ratios of the standard campaign here and on another machine, 1.5 times as high."""
    here = tables.make("ratios", synthetic.frame_of(*synthetic.standard()))
    numbers = {name: here[name] * 1.5 for name in ("estimate", "low", "high")}
    return pd.concat([here, here.assign(machine="other", **numbers)], ignore_index=True)


SESSIONS = {
    "break_even": sized,
    "inflation": waiting,
    "payload": sent,
    "release_map": waiting,
    "scaling": many_workers,
    "thread_time": seen,
}


def latencies():
    """Return a table of two cells, as `tables.latencies` would make it."""
    row = dict.fromkeys(tables.make("latencies", synthetic.frame_of(*seen())).columns)
    quantiles = {"latency_p50": 0.005, "latency_p90": 0.01, "latency_p99": 0.05, "latency_max": 0.2}
    bounds = {"latency_p50_low": 0.004, "latency_p50_high": 0.006}
    cell = {"workload": "echo", "model": "threads", "workers": 2, "target": synthetic.GIL}
    options = {"lifecycle": "warm", "chunk": 1, "switch_interval": 0.005, "gc": "on"}
    first = {**row, **cell, **options, **quantiles, **bounds}
    half = {name: first[name] / 10 for name in ("latency_p50", *bounds)}
    return pd.DataFrame([first, {**first, **half, "target": synthetic.FREE}])


def table_of(name):
    """Return the table a figure is drawn from, with something to see."""
    if name == "latencies":
        return latencies()
    if name == "machines":
        return two_machines()
    if name in ("memory", "timeline"):
        made, records = memory()
        frame = tidy.frame_of_records(made, records, diagnostic=True)
        return tables.make(figures.figure(name).INPUT, frame)
    session = SESSIONS.get(name, synthetic.standard)
    return tables.make(figures.figure(name).INPUT, synthetic.frame_of(*session()))


def points(axes):
    """Return (point, low, high) of every error bar along x, from top to bottom."""
    found = []
    for each in axes.containers:
        if isinstance(each, ErrorbarContainer):
            [segment] = each[2][0].get_segments()
            found.append((each[0].get_xdata()[0], segment[0][0], segment[1][0]))
    return found


@pytest.mark.parametrize("name", figures.names())
def test_every_figure_has_ink_on_paper_and_the_same_bytes_twice(name):
    """
    Where there is something to draw, some of it is dark; and nothing in it is left to chance.
    """
    figure, table = figures.figure(name), table_of(name)
    assert figure.has_data(table)
    picture = style.svg(figure.draw(table))
    assert picture == style.svg(figure.draw(table))
    shown = imread(io.BytesIO(style.png(figure.draw(table))))[:, :, :3]
    assert (np.abs(shown - np.array(mpl.colors.to_rgb(style.PAPER))) > 0.2).any(axis=2).sum() > 500


@pytest.mark.parametrize("name", figures.names())
def test_a_figure_without_data_is_left_out(name):
    """
    An empty frame would be taken for a result.
    """
    figure = figures.figure(name)
    assert not figure.has_data(table_of(name).iloc[:0])
    only = synthetic.session([synthetic.cell("sequential")])
    made = synthetic.frame_of(only, synthetic.fill(only, lambda *_: 0.2))
    assert not figure.has_data(tables.make(figure.INPUT, made))


def test_bars_of_time_follow_one_another_and_wait_under_their_name():
    """
    Each begins where the one before ends; blocked threads with a GIL wait for it.
    """
    table = table_of("thread_time")
    [axes] = figures.figure("thread_time").draw(table).axes
    colours = {mpl.colors.to_rgb(part[2]): part[0] for part in thread_time.PARTS}
    bars = {}
    for each in axes.containers:
        assert isinstance(each, BarContainer)
        [patch] = each.patches
        name = colours[patch.get_facecolor()[:3]]
        middle = patch.get_y() + patch.get_height() / 2
        bars.setdefault(round(middle), []).append((name, patch.get_x(), patch.get_width()))
    processes, sequential, threads = (bars[y] for y in (1, 2, 3))
    assert threads == [
        ("cpu", pytest.approx(0), pytest.approx(0.5)),
        ("run_delay", pytest.approx(0.5), pytest.approx(0.1)),
        ("gil_wait", pytest.approx(0.6), pytest.approx(0.4)),
    ]
    assert [name for name, *_ in processes] == ["cpu", "run_delay", "blocked", "io"]
    assert [name for name, *_ in sequential][:2] == ["cpu", "run_delay"]
    assert sum(width for *_, width in processes) == pytest.approx(1)


def test_the_break_even_curve_goes_through_its_sizes_and_gains():
    """
    Both axes logarithmic: size is the sequential time of one piece, height the speed-up.
    """
    table = table_of("break_even")
    [axes] = figures.figure("break_even").draw(table).axes
    [line] = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    assert line[0].get_xdata() == pytest.approx(sorted(SIZES.values()))
    assert line[0].get_ydata() == pytest.approx(sorted(GAINS.values()))
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    for (x, low), (_, high) in line[2][0].get_segments():
        row = table[np.isclose(table["baseline_seconds"] / 16, x)]
        row = row[row["model"] == "threads"].iloc[0]
        assert (low, high) == pytest.approx((row["low"], row["high"]))


def test_labels_that_are_no_sizes_make_no_curve():
    """
    Two labels, or three of one size, say nothing of break-even.
    """
    table = table_of("break_even")
    two = table[table["workload"] != "work@large"]
    assert not break_even.has_data(two)
    assert not break_even.has_data(table.assign(baseline_seconds=1.0))


def test_the_heat_map_has_a_square_per_cell_grey_where_undecided():
    """
    At the column of its workload, with its number in it; green where it is faster.
    """
    table = table_of("heat_map")
    few = tables.make("ratios", synthetic.frame_of(*synthetic.standard(blocks=2)))
    for made, judged in ((table, True), (few, False)):
        [axes] = heat_map.draw(made).axes
        drawn = made[made["metric"] == "speedup_user"]
        assert len(axes.patches) == len(drawn) == len(synthetic.LIKE)
        numbers = [text.get_text() for text in axes.texts]
        assert sorted(numbers) == sorted(f"{value:.2f}" for value in drawn["estimate"])
        square = axes.patches[numbers.index(max(numbers))]
        red, green, blue = square.get_facecolor()[:3]
        assert ((red, green, blue) == mpl.colors.to_rgb(matrix.GREY)) == (not judged)
        assert (green > max(red, blue)) == judged


def test_a_speed_up_that_may_not_be_judged_is_grey_however_large():
    """
    Nor one whose interval reaches 1.
    """
    table = table_of("heat_map")
    for change in ({"no_verdict": "the machine was busy"}, {"effect": "undecided"}):
        [axes] = heat_map.draw(table.assign(**change)).axes
        colours = {patch.get_facecolor()[:3] for patch in axes.patches}
        assert colours == {mpl.colors.to_rgb(matrix.GREY)}


def test_the_matrix_of_cpu_time_is_purple_where_it_costs_more():
    """
    1.2 times the CPU time, grey where the interval is unknown.
    """
    table = table_of("inflation")
    [axes] = inflation.draw(table).axes
    assert [text.get_text() for text in axes.texts] == [f"{INFLATION:.2f}"] * len(WAITS)
    for patch in axes.patches:
        red, green, blue = patch.get_facecolor()[:3]
        assert min(red, blue) > green
    unknown = table.assign(cpu_inflation_low=np.nan, cpu_inflation_high=np.nan)
    [axes] = inflation.draw(unknown).axes
    assert {patch.get_facecolor()[:3] for patch in axes.patches} == {mpl.colors.to_rgb(matrix.GREY)}


def test_the_map_of_releases_is_sorted_by_how_long_threads_wait():
    """
    From the one that lets go of the GIL to the one that holds it, each with its interval.
    """
    table = table_of("release_map")
    [axes] = figures.figure("release_map").draw(table).axes
    names = sorted(WAITS, key=WAITS.get)
    assert [each.get_text() for each in axes.get_yticklabels()] == names
    rows = table[table["model"] == "threads"].set_index("workload").loc[names]
    expected = rows[["gil_wait", "gil_wait_low", "gil_wait_high"]].to_numpy(dtype=float)
    assert np.array(points(axes)) == pytest.approx(expected)
    assert expected[:, 0] == pytest.approx([WAITS[name] for name in names])


def test_the_line_of_more_workers_goes_through_its_counts_and_bends_at_the_cpus():
    """
    Two CPUs: the ideal rises to 2 and is level from there on. Both axes logarithmic.
    """
    table = table_of("scaling")
    [axes] = figures.figure("scaling").draw(table).axes
    [line] = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    assert list(line[0].get_xdata()) == list(RISING)
    assert line[0].get_ydata() == pytest.approx(list(RISING.values()))
    for (x, low), (_, high) in line[2][0].get_segments():
        [row] = table[(table["model"] == "threads") & (table["workers"] == x)].to_dict("records")
        assert (low, high) == pytest.approx((row["low"], row["high"]))
    ideal = next(each for each in axes.get_lines() if each.get_label() == "ideal")
    assert list(zip(*ideal.get_data(), strict=True)) == [(1, 1), (2, 2), (4, 2)]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [each.get_text() for each in axes.get_xticklabels()] == ["1", "2", "4"]


def test_strips_of_the_gil_have_a_colour_per_thread_and_none_where_nobody_has_it():
    """
    In milliseconds 0 to 5 and 10 to 15 the first, between them the second; then paper.
    """
    [axes] = figures.figure("timeline").draw(table_of("timeline")).axes
    shown = {}
    for each in axes.collections:
        for path in each.get_paths():
            left, right = path.vertices[:, 0].min(), path.vertices[:, 0].max()
            colour = mpl.colors.to_hex(each.get_facecolor()[0])
            shown.setdefault(colour, []).append((left, pytest.approx(right)))
    first, second = timeline.COLOURS[:2]
    strips = 2  # of threads and of processes
    assert shown == {
        first: [(0, 0.005), (pytest.approx(0.01), 0.015)] * strips,
        second: [(pytest.approx(0.005), 0.01)] * strips,
    }


def test_the_line_of_what_sending_costs_goes_through_its_sizes():
    """
    Seconds per item, not per pass; both axes logarithmic.
    """
    [axes] = figures.figure("payload").draw(table_of("payload")).axes
    [line] = axes.get_lines()
    assert line.get_xdata() == pytest.approx(list(SENT))
    assert line.get_ydata() == pytest.approx(list(SENT.values()))
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_lines_of_several_machines_join_what_they_have_in_common():
    """
    A column per machine, a line per way of running it; what one machine alone has is left out.
    """
    table = two_machines()
    one = table[(table["machine"] == "box") | (table["model"] == "threads")]
    assert not figures.figure("machines").has_data(table[table["machine"] == "box"])
    [axes] = figures.figure("machines").draw(one).axes
    assert [each.get_text() for each in axes.get_xticklabels()] == ["box", "other"]
    lines = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    rows = one[(one["metric"] == "speedup_user") & (one["model"] == "threads")]
    expected = [
        list(found.sort_values("machine")["estimate"]) for _, found in rows.groupby("target")
    ]
    assert [list(line[0].get_ydata()) for line in lines] == [
        pytest.approx(heights) for heights in expected
    ]
    assert axes.get_yscale() == "log"


def test_bars_of_memory_end_at_what_is_shared_out_and_the_mark_at_its_own():
    """
    Per worker, in bytes.
    """
    [axes] = figures.figure("memory").draw(table_of("memory")).axes
    assert [patch.get_width() for patch in axes.patches] == [5 * 2**20] * 2
    marks = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "|"]
    assert marks == [2.5 * 2**20] * 2


def test_the_cost_of_the_build_is_where_the_table_says():
    """
    One row per workload; sequential alone, for threads have something to gain.
    """
    table = table_of("tax")
    [axes] = figures.figure("tax").draw(table).axes
    rows = table[table["model"] == "sequential"]
    expected = rows[["tax", "tax_low", "tax_high"]].to_numpy(dtype=float)
    assert np.array(points(axes)) == pytest.approx(expected)
    assert axes.get_title(loc="left") == f"{synthetic.FREE} over {synthetic.GIL}"
    assert axes.get_xscale() == "log"


def test_latencies_lie_on_a_logarithmic_axis_inside_the_picture():
    """
    Median, its interval and the other quantiles of each row.
    """
    figure = figures.figure("latencies").draw(latencies())
    [axes] = figure.axes
    assert points(axes)[0] == pytest.approx((0.005, 0.004, 0.006))
    drawn = {float(x) for line in axes.lines for x in np.atleast_1d(line.get_xdata())}
    assert {0.01, 0.05, 0.2} <= drawn
    assert axes.get_xscale() == "log"
    low, high = axes.get_xlim()
    assert low < 0.0005
    assert high > 0.2
