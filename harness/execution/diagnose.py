"""The diagnostic pass: the same trials, watched from outside, and kept apart from the timed ones.

Watching costs 2 % of a CPU, which is why its times are never used: its trials are records of a
control of their own, in sessions of their own.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.planning.cells import digest_of
from harness.planning.plan import Plan

SAMPLER = Path(__file__).parent / "sampler.py"
MAILBOX_SIZE = 24  # bytes; the worker's mailbox.py describes them
BLOCKS = 3  # a share sampled 1 000 times a second needs no more to be known to a few per cent
_LIMIT = 1 << 20  # bytes; a sampler's answer is a few hundred


def plan_of(plan: Plan, blocks: int | None) -> Plan:
    """Return the diagnostic pass of ``plan``: its cells, without controls, ``blocks`` times."""
    experiment = plan.experiment
    count = blocks or min(BLOCKS, experiment.design.blocks)
    design = replace(experiment.design, blocks=count, precision=None)
    return replace(
        plan,
        experiment=replace(experiment, design=design),
        diagnostic=True,
        digest=digest_of([plan.digest, "diagnostic"]),
    )


def watched(python: Path, folder: Path, command: list[str]) -> list[str]:
    """Return the command that runs ``command`` under the sampler; makes the mailbox."""
    mailbox(folder).write_bytes(bytes(MAILBOX_SIZE))
    paths = (SAMPLER, mailbox(folder), _answer(folder))
    return [str(python), "-I", *map(str, paths), *command]


def mailbox(folder: Path) -> Path:
    """Return the file through which trial and sampler speak."""
    return folder / "mailbox"


def answer(folder: Path, workers: int) -> dict[str, Any] | None:
    """Return what the sampler saw of a pool of ``workers``, or None where it was killed."""
    try:
        if _answer(folder).stat().st_size > _LIMIT:
            return None
        value = json.loads(_answer(folder).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("memory"), dict):
        value["memory"]["workers"] = workers
    return value


def _answer(folder: Path) -> Path:
    return folder / "sampled.json"
