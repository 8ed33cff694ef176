"""Returns what cannot cross a process boundary."""


class Square(int):
    """A number that refuses to be pickled."""

    def __reduce__(self):
        """Refuse."""
        raise TypeError("a Square stays where it is")


PARAMS = {"items": 4}


def make_items(items):
    """Return the items' handles."""
    return list(range(items))


def task(item):
    """Misbehave."""
    return Square(item * item)


def check(results, items):
    """Expect the squares."""
    assert results == [item * item for item in range(items)], f"got {results}"
