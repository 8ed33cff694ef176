"""What in an item cannot be sent to a process or an interpreter, and where it was written."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

DEEPEST = 50  # parts within parts; deeper down it is the depth that cannot be pickled
OTHERS = "threads, threads-raw, asyncio-to-thread and sequential still work"


class Part:
    """The smallest part that cannot be pickled.

    ``path`` leads to it from the whole; ``what`` it is; ``file`` and ``line`` of its code, where
    that can be known.
    """

    def __init__(self, path: str, value: object) -> None:
        self.path = path
        self.what = _what(value)
        self.file, self.line = _place(value)

    def __str__(self) -> str:
        place = f" ({os.path.basename(self.file)}:{self.line})" if self.file else ""  # noqa: PTH119
        return f"{self.path} is {self.what}{place}"


class Reference:
    """Stands for a function that cannot be pickled: what arrives is the workload's own.

    Parameters
    ----------
    module, name : str
        Where the worker finds it.
    """

    def __init__(self, module: str, name: str) -> None:
        self.found = (module, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _found, self.found


def _found(module: str, name: str) -> Any:
    """Return the function itself: a call of it goes through nothing of ours."""
    import importlib

    return getattr(importlib.import_module(module), name)


def sendable(task: Any, module: str, name: str) -> Any:
    """Return what to send as the task: itself, or if it cannot be pickled its name.

    A partial or a method is sent with its data as any pool would send it.
    """
    return task if error_of(task) is None else Reference(module, name)


def unsendable(items: Sequence[Any]) -> Part | None:
    """Return what in the first item that cannot be pickled is to blame, or None."""
    for index, item in enumerate(items):
        if error_of(item) is not None:
            return smallest(f"item {index}", item)
    return None


def smallest(path: str, value: object, deep: int = 0) -> Part:
    """Return the smallest part of ``value`` that cannot be pickled by itself."""
    if deep < DEEPEST:
        for step, part in _parts(value):
            if error_of(part) is not None:
                return smallest(path + step, part, deep + 1)
    return Part(path, value)


def error_of(value: object) -> BaseException | None:
    """Return what pickling ``value`` raises, or None."""
    import pickle

    try:
        pickle.dumps(value)
    except BaseException as error:  # noqa: BLE001 - whatever a class of the workload's raises
        return error
    return None


def _parts(value: Any) -> Iterator[tuple[str, object]]:
    """Yield the parts of a container or an object, each with the step that leads to it."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield f"[{key!r:.40}]", part
            yield f", key {key!r:.40}", key
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif not isinstance(value, type) and not hasattr(value, "__code__"):
        # Of a partial, of a method, of an object.
        names = ["func", "args", "keywords", "__self__", "__func__"]
        if type(value).__module__ != "functools":
            names = names[3:]
        names += [name for name in getattr(type(value), "__slots__", ()) if isinstance(name, str)]
        yield from ((f".{name}", getattr(value, name)) for name in names if hasattr(value, name))
        own = getattr(value, "__dict__", None)
        if isinstance(own, dict):
            yield from ((f".{name}", part) for name, part in own.items())


def _what(value: object) -> str:
    """Return what a value is called."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and (hasattr(value, "__code__") or isinstance(value, type)):
        if name == "<lambda>":
            return name
        kind = "class" if isinstance(value, type) else "function"
        return f"the {kind} {getattr(value, '__qualname__', name)}"
    kind = type(value)
    if "<locals>" in kind.__qualname__:
        return f"an object of {kind.__qualname__}, a class inside a function"
    known = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{'an' if known[0] in 'aeiouAEIOU' else 'a'} {known}"


def _place(value: Any) -> tuple[str | None, int | None]:
    """Return file and line of the code a value was written in, or None."""
    code = getattr(value, "__code__", None) or getattr(value, "gi_code", None)
    if code is None:
        kind = value if isinstance(value, type) else type(value)
        if "<locals>" not in kind.__qualname__:  # it is not the place of the class that matters
            return None, None
        methods = [getattr(each, "__code__", None) for each in vars(kind).values()]
        codes = [each for each in methods if each is not None]
        if not codes:
            return None, None
        first = min(codes, key=lambda each: each.co_firstlineno)
        return first.co_filename, getattr(kind, "__firstlineno__", first.co_firstlineno)
    return code.co_filename, code.co_firstlineno
