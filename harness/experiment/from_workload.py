"""The experiment around one's own workload file, for which nobody wrote a definition."""

import json
from collections.abc import Sequence
from pathlib import Path

from harness.experiment.definition import Design, Experiment, Factors, Override
from harness.models import Model, known
from harness.storage.limits import MIN_BLOCKS
from harness.workload import Workload, read

# After the name of every such experiment: the name of a file that holds one has no `@`, so that
# neither is ever taken for the other, whatever a user calls a workload.
OWN = "@own"
# A compiler that works while the program runs needs more than one pass to come to rest.
JIT_WARMUPS = (
    Override({"target": "pypy-*"}, warmups=5),
    Override({"target": "*PYTHON_JIT=1*"}, warmups=5),
)


def from_workload(
    path: Path,
    models: Sequence[str] | None = None,
    *,
    workers: Sequence[int],
    target: Sequence[str] = ("default",),
) -> Experiment:
    """Return the experiment that runs one's own workload file under every model it fits.

    ``models``, or all there are, are narrowed to those it can run under. The level is the file's
    bare name: its folder is private, and says nothing about what was measured.
    """
    workload = read(path)
    # The baseline first: it is what a reader of the plan looks for.
    every = sorted(known(), key=lambda name: name != "sequential")
    fits = [name for name in models or every if _fits(known()[name], workload)]
    factors = Factors((workload.name,), tuple(fits), tuple(workers), tuple(target))
    design = Design(blocks=MIN_BLOCKS, values=3)
    question = f"How does {workload.name} run under every execution model?"
    return Experiment(
        name=workload.name + OWN,
        path=path,
        text=_as_toml(question, factors, design),
        question=question,
        claims=(),
        factors=factors,
        params={},
        design=design,
        overrides=JIT_WARMUPS,
        excludes=(),
        presets={},
    )


def _fits(model: Model, workload: Workload) -> bool:
    if workload.roles:
        return model.no_group is None
    return workload.has_task if model.task == "task" else workload.has_task_async


def _as_toml(question: str, factors: Factors, design: Design) -> str:
    """Return a definition that `load` would read to the same experiment, for the record."""
    lines = [f"question = {_toml(question)}", "", "[factors]"]
    names = ("workload", "model", "workers", "target")
    lines += [f"{name} = {_toml(list(getattr(factors, name)))}" for name in names]
    lines += ["", "[design]", f"blocks = {design.blocks}", f"values = {design.values}", ""]
    for override in JIT_WARMUPS:
        where = ", ".join(f"{name} = {_toml(level)}" for name, level in override.where.items())
        lines += ["[[override]]", f"where = {{ {where} }}", f"warmups = {override.warmups}", ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    # JSON is TOML here, but for one character that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
