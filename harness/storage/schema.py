"""The words of the stored format, spelt once: how a trial ended, what it controls, its factors."""

from typing import Literal

Status = Literal["ok", "wrong", "error", "timeout", "skipped"]
Control = Literal["canary", "a/a", "diagnostic"]

OK: Status = "ok"
SKIPPED: Status = "skipped"
DONE: tuple[Status, ...] = ("ok", "wrong", "error", "timeout")  # started, and ended somehow
FAILED: tuple[Status, ...] = ("wrong", "error", "timeout")
RETRIED: frozenset[Status] = frozenset({"error", "timeout"})  # a wrong answer stays wrong
CANARY: Control = "canary"
AA: Control = "a/a"
DIAGNOSTIC: Control = "diagnostic"
SEQUENTIAL = "sequential"
# Together they name a cell.
FACTORS = ("workload", "model", "workers", "target", "lifecycle", "chunk", "switch_interval", "gc")
