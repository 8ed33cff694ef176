"""Where the keys of a TOML text stand."""

from harness.experiment.toml_positions import nearest, places

TEXT = """\
# a comment with [brackets]
top = "é"

[table."x.y".z] # header
key = [1,
  "two", # [not.a.header]
  '''
[nor.this]
''', { in = 3 }]

[[many]]
a.b = 1
[[many]]
[many.sub]
"q k" = 2
"""


def at(*keys) -> str:
    """Return the text from the place of a key to the end of its line."""
    place = places(TEXT)[keys]
    return TEXT.split("\n")[place.line - 1][place.column - 1 :]


def test_every_key_table_and_element_has_its_place():
    """
    Keys, headers, dotted keys, elements of lists and keys of inline tables.
    """
    assert at("top") == 'top = "é"'
    assert at("table") == 'table."x.y".z] # header'
    assert at("table", "x.y") == '"x.y".z] # header'
    assert at("table", "x.y", "z") == "z] # header"
    assert at("table", "x.y", "z", "key", 1) == '"two", # [not.a.header]'
    assert at("table", "x.y", "z", "key", 3, "in") == "in = 3 }]"
    assert at("many", 0, "a") == "a.b = 1"
    assert at("many", 0, "a", "b") == "b = 1"
    assert at("many", 1) == "many]]"
    assert at("many", 1, "sub") == "sub]"
    assert at("many", 1, "sub", "q k") == '"q k" = 2'


def test_what_looks_like_a_header_inside_a_value_is_none():
    """
    Comments and multi-line strings may hold brackets.
    """
    assert {keys[0] for keys in places(TEXT)} == {"top", "table", "many"}


def test_a_key_without_a_place_has_that_of_its_table():
    """
    A missing key is told at the table that lacks it, or nowhere.
    """
    found = places(TEXT)

    assert nearest(found, ("many", 1, "missing")) == found["many", 1]
    assert nearest(found, ("missing",)) is None


def test_invalid_toml_has_no_places():
    """
    The parser that judges is the standard library's; this one only points.
    """
    assert places("a = = 1") == {}
