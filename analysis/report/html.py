"""The report as one page that needs nothing else: no script, no network, no other file."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis import style
from analysis.report.content import Content, Picture
from analysis.report.names import anchor, picture_path

TEMPLATES = Path(__file__).parent / "templates"


def render(content: Content) -> str:
    """Return the page. Every text that comes from results is escaped on its way in."""
    return _environment().get_template("index.html.j2").render(content=content)


def _inline(picture: Picture) -> str:
    # The only text marked safe in the template: matplotlib escapes what it writes into an SVG.
    return style.inline(style.svg(picture.figure))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["inline"] = _inline
    made.globals.update({"anchor": anchor, "picture_path": picture_path})
    return made
