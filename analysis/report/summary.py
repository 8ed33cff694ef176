"""The report in a few lines for a log: the answer, the claims, what is missing."""

import textwrap
from collections.abc import Iterable

from analysis import formatting
from analysis.inference.verdicts import FAILS, HOLDS, OUTCOMES
from analysis.report.content import Content

WIDTH = 100


def render(content: Content) -> str:
    """Return the summary, one fact per line, wrapped."""
    lines = [*_answers(content), *_claims(content), *_missing(content), ""]
    return "\n".join(lines)


def _answers(content: Content) -> Iterable[str]:
    for group in content.groups:
        yield from _wrapped(f"{group.title} ({group.machine})")
        for pick in group.picks:
            parts = [
                pick.numbers,
                pick.user,
                pick.others,
                pick.threads,
                f"{pick.sure}: {pick.rests_on}",
            ]
            text = f"{pick.target} (GIL {pick.gil}): {pick.use}: {'; '.join(filter(None, parts))}"
            yield from _wrapped(text, "  ")
    for line in content.sizes:
        yield from _wrapped(f"{line.workload} on {line.target} ({line.machine}): {line.text}")
    if content.groups:
        yield ""
    for line in content.advice:
        yield from _wrapped(f"{line.workload} ({line.machine}): {line.text}")


def _claims(content: Content) -> Iterable[str]:
    """Count the verdicts; list only those that do not hold."""
    claims = [(section, claim) for section in content.sections for claim in section.claims]
    if not claims:
        return
    counts = {name: sum(claim.verdict == name for _, claim in claims) for name in OUTCOMES}
    said = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
    yield ""
    yield f"{formatting.plural(len(claims), 'claim')}: {said}"
    for section, claim in claims:
        if claim.verdict != HOLDS:
            mark = "  !" if claim.verdict == FAILS else "  "
            yield from _wrapped(f"{claim.verdict}: {section.experiment}: {claim.text}", mark)


def _missing(content: Content) -> Iterable[str]:
    failed = sum(len(section.failures) for section in content.sections)
    if failed:
        yield f"{formatting.plural(failed, 'cell')} skipped or failed: see report.md"
    if content.damaged:
        yield f"{formatting.plural(len(content.damaged), 'damaged file')} left out"


def _wrapped(text: str, indent: str = "") -> list[str]:
    # Text from results may hold new lines and control characters, which have no place in a log.
    shown = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return textwrap.wrap(
        shown, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent) + "    "
    )
