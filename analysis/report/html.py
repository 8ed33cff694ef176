"""The report as one page that needs nothing else: no network, no other file.

Its few lines of script filter rows and nothing more; without them everything is there.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.plotting import style
from analysis.report.content import Content
from analysis.report.names import anchor, picture_path
from analysis.report.pictures import Picture

TEMPLATES = Path(__file__).parent / "templates"


def render(content: Content) -> str:
    """Return the page. Every text that comes from results is escaped on its way in."""
    script = (TEMPLATES / "filters.js").read_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = _environment().get_template("index.html.j2")
    # The page's policy names the one script that may run by its digest: one that came in with
    # the results would not, even if it had not been escaped.
    return template.render(content=content, script=script, digest=f"sha256-{digest}")


def _inline(picture: Picture) -> str:
    # Marked safe in the template, as the script is: matplotlib escapes what it writes into an SVG.
    return style.inline(picture.svg, picture.title)


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
