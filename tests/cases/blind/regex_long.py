"""Searches a long text with one regular expression: C code that keeps the GIL."""

import re

PARAMS = {"items": 8, "lines": 6_000}
PATTERN = re.compile(r"\b(\w+)@(\w+)\.(com|org)\b")


def make_items(items, lines):
    return ["someone wrote to user@example.org, twice, and to nobody else\n" * lines] * items


def task(text):
    return len(PATTERN.findall(text))


def check(results, items, lines):
    assert results == [lines] * items
