"""Where the worker lies, and what its execution models say of themselves: read, never imported."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

WORKER = Path(__file__).parent / "worker"
RUN = WORKER / "run.py"  # what an interpreter under test is started on


@dataclass(frozen=True, slots=True)
class Model:
    """The constants of one file in the worker's folder of models."""

    task: str  # the function of a workload it runs: "task" or "task_async"
    lifecycles: tuple[str, ...]
    no_group: str | None  # why the members of a group cannot run under it


@cache
def known() -> Mapping[str, Model]:
    """Return all execution models by name: the files in the worker's folder of models."""
    files = sorted((WORKER / "gilworker" / "models").glob("[!_]*.py"))
    return MappingProxyType({path.stem.replace("_", "-"): _read(path) for path in files})


def _read(path: Path) -> Model:
    found = {"TASK": "task", "LIFECYCLES": ("warm", "cold"), "NO_GROUP": None}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in names:
                if isinstance(name, ast.Name) and name.id in found:
                    found[name.id] = ast.literal_eval(node.value)
    return Model(str(found["TASK"]), tuple(found["LIFECYCLES"] or ()), _text(found["NO_GROUP"]))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def worker_digest() -> str:
    """Return a digest of the code that runs around the measured region."""
    folder = WORKER
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
