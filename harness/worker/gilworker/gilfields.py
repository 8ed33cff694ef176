"""Where in this process CPython keeps the state of its GIL.

Read through the exported symbol ``_PyRuntime``, with ctypes: no root, no patched build, and no
traffic on the lock. From 3.13 on the structure describes itself (``_Py_DebugOffsets``), but the
place of each description moves between versions; before, the place itself is a number. Both were
read off the headers of these versions (pycore_runtime.h, pycore_gil.h, pycore_debug_offsets.h).
Nothing here is believed before `gilworker.probes.handoffs.prove` has seen it count.
"""

from __future__ import annotations

import struct
import sys

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from typing import Any

# Version: bytes from _PyRuntime to the lock, embedded in it until 3.11.
EMBEDDED = {(3, 9): 352, (3, 10): 352, (3, 11): 360}
# 3.12: interpreters.main in the runtime, ceval.gil in the interpreter.
MAIN_3_12, GIL_3_12 = 48, 384
# Fields of 8 bytes each follow cookie, version and free_threaded; counted from 0 there.
NEWEST, OLDER = 2, 5  # the runtime's newest interpreter; in an interpreter, the one before it
# Version: the field of ceval_gil. From it on: ceval_gil, gil_runtime_state, its enabled, locked.
DESCRIBED = {(3, 13): 11, (3, 14): 12, (3, 15): 12}
COOKIE = b"xdebugpy"
LOCKED = 16  # bytes from the lock's state to `locked`: after interval and last holder


class NotFound(Exception):
    """Why the lock's state cannot be read here."""


class Fields:
    """The lock of the main interpreter, as numbers that follow the memory they were read from.

    Parameters
    ----------
    lock : int
        Address of the lock's state.
    locked : int
        Bytes from there to its field ``locked``.
    """

    def __init__(self, lock: int, locked: int) -> None:
        import ctypes

        self.address = lock + locked  # for a reader in another process
        self.locked = ctypes.c_int.from_address(self.address)
        # unsigned long switch_number follows int locked.
        self.switches = ctypes.c_ulong.from_address(lock + locked + 8)


def find() -> Fields:
    """Return the fields of the main interpreter's lock. Raises NotFound with the reason."""
    if sys.implementation.name != "cpython":
        raise NotFound(f"{sys.implementation.name} does not count hand-offs")
    if struct.calcsize("P") != 8 or hasattr(sys, "gettotalrefcount"):
        raise NotFound("known for 64-bit release builds alone")
    version = sys.version_info[:2]
    try:
        import ctypes

        symbol = ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime")
    except (ImportError, ValueError, AttributeError) as problem:
        raise NotFound(f"this build does not show _PyRuntime: {problem}") from problem
    runtime = ctypes.addressof(symbol)
    if version in EMBEDDED:
        return Fields(runtime + EMBEDDED[version], LOCKED)
    if version == (3, 12):
        return Fields(_pointer(_pointer(runtime + MAIN_3_12) + GIL_3_12), LOCKED)
    if version in DESCRIBED:
        return _described(runtime, DESCRIBED[version], ctypes.string_at(runtime, 24))
    raise NotFound(f"where {version[0]}.{version[1]} keeps its lock is not known")


def _described(runtime: int, first: int, begin: bytes) -> Fields:
    """Follow the structure's own description to the main interpreter, the oldest of the list."""
    cookie, number, free_threaded = struct.unpack("<8sQQ", begin)
    if cookie != COOKIE or number != sys.hexversion:
        raise NotFound("_PyRuntime does not describe this version")
    if free_threaded not in (0, 1):
        raise NotFound("_PyRuntime describes neither kind of build")

    def described(index: int) -> int:
        return _pointer(runtime + 24 + 8 * index)

    interpreter = _pointer(runtime + described(NEWEST))
    while older := _pointer(interpreter + described(OLDER)):
        interpreter = older
    lock, state, _, locked = (described(first + step) for step in range(4))
    if locked - state not in (LOCKED, LOCKED + 8):  # an int `enabled` comes first without a GIL
        raise NotFound("the lock's description is not that of a lock")
    return Fields(_pointer(interpreter + lock), locked - state)


def _pointer(address: int) -> Any:
    import ctypes

    return ctypes.c_uint64.from_address(address).value
