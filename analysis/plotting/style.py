"""How every figure looks: colours, type, and pictures that come out byte for byte the same."""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import matplotlib as mpl
import seaborn
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.transforms import Bbox

INK = "#1b1c1d"  # replaced by the page's own text colour where a picture is put into a page
PAPER = "#fefefe"
FAINT = "#8a8f96"  # readable on white and on black alike

# Okabe and Ito's palette, safe for any colour vision, darkened or lightened where it would
# vanish on white or on black; markers repeat the distinction without colour.
MODELS = {
    "sequential": ("#8a8f96", "o"),
    "threads": ("#2b83d0", "o"),
    "threads-raw": ("#4fb0e6", "s"),
    "processes-fork": ("#d55e00", "^"),
    "processes-forkserver": ("#b8860b", "v"),
    "processes-spawn": ("#e0729b", "D"),
    "asyncio": ("#009e73", "P"),
    "asyncio-to-thread": ("#55a630", "X"),
    "interpreters": ("#8e6bd8", "h"),
}
_SPARE = (("#a65628", "*"), ("#6b8e23", "p"), ("#c04040", "d"), ("#4682b4", "<"))

_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": FAINT,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": PAPER,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same widths on every machine
    "font.size": 10.0,
    "svg.fonttype": "none",  # text stays text: small, and found by a search in the page
    "svg.hashsalt": "gilscope",
    "text.color": INK,
    "text.parse_math": False,  # names come from users; a dollar sign is a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
}


def of_model(name: str) -> tuple[str, str]:
    """Return colour and marker of an execution model, always the same ones for one name."""
    return MODELS.get(name) or _SPARE[zlib.crc32(name.encode()) % len(_SPARE)]


@contextmanager
def house() -> Iterator[None]:
    """Draw in our style inside the block, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(dict[Any, Any](seaborn.axes_style("ticks")))
        mpl.rcParams.update(_SETTINGS)
        yield


def svg(figure: Figure) -> str:
    """Return the picture as SVG text, the same for the same figure."""
    stream = io.StringIO()
    with house():
        _lay_out(figure)
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def png(figure: Figure) -> bytes:
    """Return the picture as PNG, the same for the same figure."""
    stream = io.BytesIO()
    with house():
        _lay_out(figure)
        figure.set_dpi(144)
        FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})
    return stream.getvalue()


def _lay_out(figure: Figure) -> None:
    """Find every part of a figure its place, once: that takes as long as to draw it."""
    engine = figure.get_layout_engine()
    if engine is not None and not isinstance(engine, PlaceHolderLayoutEngine):
        engine.execute(figure)
        figure.set_layout_engine("none")
        for axes in figure.axes:
            # The solver leaves another last digit in every process, and ids are made of all digits.
            place = [round(each, 6) for each in axes.get_position().bounds]
            axes.set_position(Bbox.from_bounds(*place))


def inline(picture: str, label: str = "") -> str:
    """Return an SVG file's text as an element of a page, an image called ``label``.

    Ink becomes the page's text colour and paper transparent, so that it follows the dark mode;
    ids nothing refers to go, for two pictures in one page would share them.
    """
    element = picture[picture.index("<svg") :].replace(INK, "currentColor")
    element = element.replace(f"fill: {PAPER}", "fill: none")
    element = element.replace(f"stroke: {PAPER}", "stroke: var(--paper)")
    used = set(re.findall(r"#([\w.-]+)", element))
    element = re.sub(
        r' id="([\w.-]+)"', lambda match: match[0] if match[1] in used else "", element
    ).strip()
    return element.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
