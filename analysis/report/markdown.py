"""The report where no page can be shown: Markdown with links to the pictures."""

import re
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.report.content import Content
from analysis.report.html import TEMPLATES
from analysis.report.names import picture_path

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|~!$])")


def render(content: Content) -> str:
    """Return the report. Every text that comes from results is escaped on its way in."""
    text = _environment().get_template("report.md.j2").render(content=content)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escape(value: object) -> str:
    """Return ``value`` so that Markdown shows it as it is, on one line."""
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\1", text)


@cache
def _environment() -> Environment:
    # Not HTML, therefore no HTML escaping: `finalize` escapes every expression for Markdown.
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_escaped,
    )
    made.globals["link"] = lambda *where: Raw(picture_path(*where))
    return made


class Raw(str):
    """Text that is Markdown already."""

    __slots__ = ()


def _escaped(value: object) -> object:
    return value if isinstance(value, Raw) else escape(value)
