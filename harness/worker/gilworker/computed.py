"""Whether a result was computed, or is only a promise to compute it."""

from __future__ import annotations

from gilworker.errors import Failure

# By name: Python's own lazy results, which are alike in every interpreter.
PROMISES = {"generator", "coroutine", "async_generator"}
ITERATORS = {"map", "filter", "zip", "enumerate"}


def promise(result: object) -> str | None:
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
