"""Whether a result was computed, or is only a promise to compute it."""

from __future__ import annotations

from itertools import islice

from gilworker.errors import Failure

# By name: Python's own lazy results, which are alike in every interpreter.
PROMISES = {"generator", "coroutine", "async_generator"}
ITERATORS = {"map", "filter", "zip", "enumerate"}
ENDLESS = {"count", "cycle", "repeat"}  # beside a result they are a state, and no promise
ELEMENTS = 100  # of a result that are looked at
DEEPEST = 3  # containers in one another


def promise(result: object) -> str | None:
    """Return what promise ``result`` is or holds among its first elements, with its article."""
    found = _promise(result)
    parts = [result]
    for _ in range(DEEPEST):
        if found is not None or not parts:
            break
        holders = parts
        parts = []
        for holder in holders:
            parts += _elements(holder, ELEMENTS - len(parts))
        for part in parts:
            what = _promise(part)
            if what is not None and not _spent(part):
                return f"{what} inside a {type(result).__name__}"
    return found


def _elements(holder: object, most: int) -> list[object]:
    """Return the first elements of a tuple, a list or a dict."""
    if isinstance(holder, dict):
        return list(islice(dict.values(holder), most))
    if isinstance(holder, list):
        return list(islice(list.__iter__(holder), most))
    return list(islice(tuple.__iter__(holder), most)) if isinstance(holder, tuple) else []


def _spent(part: object) -> bool:
    """Return whether an element has nothing left to compute, or is endless."""
    kind = type(part)
    if kind.__module__ == "itertools" and kind.__name__ in ENDLESS:
        return True
    if any(getattr(part, frame, part) is None for frame in ("gi_frame", "cr_frame", "ag_frame")):
        return True
    return kind.__name__ in ("Future", "Task") and bool(getattr(part, "done", bool)())


def _promise(result: object) -> str | None:
    """Return what kind of promise ``result`` is, with its article; None if it is a result.

    A file, a cursor or an iterator over a list is a result: what it gives is there.
    """
    kind = type(result)
    name, module = kind.__name__, kind.__module__
    if module == "builtins" and name in PROMISES:
        what = name.replace("_", " ")
    elif module == "itertools" or (module == "builtins" and name in ITERATORS):
        what = f"{name} object"
    elif hasattr(kind, "__await__") or (name == "Future" and module.startswith("concurrent.")):
        what = name
    else:
        return None
    return f"{'an' if what[0] in 'aeiouAEIOU' else 'a'} {what}"


def demand(task: str, result: object) -> None:
    """Raise Failure if the function called ``task`` gave a promise: timing that times nothing."""
    found = promise(result)
    if found is not None:
        raise Failure(f"{task} returns {found}: nothing was computed")
