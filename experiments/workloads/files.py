"""Read files that are in memory already, or write small ones and wait for the disk.

Every system call on a file releases the GIL, so threads overlap in the kernel. asyncio has no way
to read a file: under it each call stops the loop, unless a thread does it (asyncio-to-thread).
Expect with 2 workers: threads, processes and sub-interpreters 1.3 to 2 times as fast as sequential
reading, on every build; writing with fsync as much as the disk can do at the same time.
Trap: where the temporary folder is in memory (tmpfs), fsync does nothing and no disk is measured;
and reading what was written a moment ago measures the copying of memory.
"""

from __future__ import annotations

import functools
import os
import tempfile
import zlib

PARAMS = {"items": 32, "kibibytes": 1024, "times": 24, "sync": False}

PAGE = 4096  # bytes of which one is looked at: all were copied, and looking costs nothing


def make_items(
    items: int, kibibytes: int, times: int, sync: bool
) -> list[tuple[str, int, int, int, bool]]:
    """Return handles (path, number, KiB, how often, whether to write) of files. Untimed."""
    place = folder()
    handles = []
    for number in range(items):
        path = os.path.join(place, str(number))  # noqa: PTH118
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content(number, kibibytes))
        handles.append((path, number, kibibytes, times, sync))
    return handles


@functools.lru_cache(maxsize=1)
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes away with this process."""
    return tempfile.TemporaryDirectory(prefix="gilscope-files-")


def folder() -> str:
    """Return the folder of the files, the same one at every call."""
    return _temporary().name


def content(number: int, kibibytes: int) -> bytes:
    """Return what file ``number`` holds: its number in every place."""
    return number.to_bytes(4, "big") * (kibibytes * 256)


def task(handle: tuple[str, int, int, int, bool]) -> tuple[int, int]:
    """Read one file, or write it down to the disk, so many times over. Timed.

    Returns how many bytes that were, and a mark of them.
    """
    path, number, kibibytes, times, sync = handle
    size = mark = 0
    for _ in range(times):
        data = written(path, number, kibibytes) if sync else read(path)
        size += len(data)
        mark = zlib.crc32(data[3::PAGE], mark)
    return size, mark


def read(path: str) -> bytes:
    """Return a file's bytes."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def written(path: str, number: int, kibibytes: int) -> bytes:
    """Return the bytes that were written to a file and are on the disk now."""
    data = content(number, kibibytes)
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123
        size = file.write(data)
        os.fsync(file.fileno())
    return data[:size]


def units(items: int, kibibytes: int, times: int, sync: bool) -> float:  # noqa: ARG001
    """Return how many MiB a pass reads or writes."""
    return items * times * kibibytes / 1024


def check(
    results: list[tuple[int, int]],
    items: int,
    kibibytes: int,
    times: int,
    sync: bool,  # noqa: ARG001 - gets every parameter
) -> None:
    """Raise AssertionError unless sizes and marks are those of the files as they are now."""
    assert len(results) == items, f"{len(results)} results for {items} items"
    marks = (kibibytes * 1024 // PAGE + (kibibytes * 1024 % PAGE > 3)) * times
    for number, result in enumerate(results):
        expected = (times * kibibytes * 1024, zlib.crc32(bytes([number % 256]) * marks))
        assert tuple(result) == expected, f"file {number} gave {result}, not {expected}"
        path = os.path.join(folder(), str(number))  # noqa: PTH118
        with open(path, "rb") as file:  # noqa: PTH123
            assert file.read(4) == number.to_bytes(4, "big"), f"file {number} holds something else"
