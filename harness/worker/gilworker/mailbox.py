"""What a trial of the diagnostic pass tells the sampler that watches it from another process.

A file mapped into both. Each byte has one writer, so none needs a lock::

    0       phase the trial has reached: 1 loaded, 2 pool open, 3 passes done
    1       phase the sampler has seen; the trial waits for it
    2       0 outside a pass, 1 within a value, 2 within a warm-up
    8-15    address of the GIL's field `locked` in the measuring process, 0 if there is none
    16-23   id of the measuring process
"""

from __future__ import annotations

import mmap
import os
import struct
import time

from gilworker import gilfields
from gilworker.probes import Scope, Unreadable, handoffs

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from gilworker.contracts import Json

LOADED, OPEN, DONE = 1, 2, 3
OUTSIDE, VALUE, WARMUP = 0, 1, 2
SIZE = 24
PATIENCE = 20.0  # seconds for the sampler to take its readings; it reads /proc for each process


class Mailbox:
    """The trial's end of the file; without one, every method does nothing.

    Parameters
    ----------
    path : str or None
        The file; None in the timing pass.
    """

    def __init__(self, path: str | None) -> None:
        self.memory: mmap.mmap | None = None
        if path is not None:
            with open(path, "r+b") as file:  # noqa: PTH123
                self.memory = mmap.mmap(file.fileno(), SIZE)

    def locate(self, scope: Scope, distrusted: Json) -> None:
        """Say who measures, and where its lock is, if that is believed and all workers share it."""
        if self.memory is None:
            return
        try:
            handoffs.begin(scope)
            address = 0 if distrusted.get("handoffs") else gilfields.find().address
        except Unreadable:
            address = 0
        self.memory[8:SIZE] = struct.pack("<QQ", address, os.getpid())

    def reach(self, phase: int) -> None:
        """Say how far the trial is, and wait until the sampler has taken its readings."""
        if self.memory is None:
            return
        self.memory[0] = phase
        end = time.monotonic() + PATIENCE
        while self.memory[1] != phase and time.monotonic() < end:
            time.sleep(0.001)

    def within(self, what: int) -> None:
        """Say whether a pass is being measured now."""
        if self.memory is not None:
            self.memory[2] = what
