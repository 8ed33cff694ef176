"""Where the files of a report lie inside its folder."""

import re

from analysis.report.content import Section
from analysis.report.pictures import Picture


def picture_path(picture: Picture, suffix: str) -> str:
    """Return the path of a picture, relative to the report, safe as a file name and in a link."""
    return f"figures/{_safe(picture.slug)}-{_safe(picture.name)}.{suffix}"


def anchor(section: Section) -> str:
    """Return the id of a section within the page."""
    return _safe(section.slug)


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)
