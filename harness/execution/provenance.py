"""Where a session's numbers come from: code, versions, placement and load."""

import hashlib
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import harness
from harness.models import worker_digest

PROJECT = Path(harness.__file__).resolve().parent.parent


def collect() -> dict[str, Any]:
    """Return what a reader needs to find the same code and the same conditions again."""
    return {
        "gilscope": harness.__version__,
        "git": git_state(PROJECT),
        "lock": _sha256(PROJECT / "requirements.lock"),
        "program": program_digest(),
        "worker": worker_digest(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "cpus": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
    }


def program_digest(root: Path = PROJECT) -> str:
    """Return a digest of the program's own files, equal in a clone and in a wheel made from it.

    Experiments and workloads are not among them: a wheel has them elsewhere, and a session's
    definition and its cells say themselves what was measured.
    """
    total = hashlib.sha256()
    for path in sorted([*(root / "harness").rglob("*"), *(root / "analysis").rglob("*")]):
        name = path.relative_to(root)
        if path.is_file() and not _is_foreign(name):
            content = path.read_bytes()
            total.update(b"%s\0%d\0%s" % (name.as_posix().encode(), len(content), content))
    return total.hexdigest()[:16]


def _is_foreign(name: Path) -> bool:
    caches = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    return caches or name.parts[:2] == ("harness", "experiments")


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and whether the tree differs from it; None outside a checkout."""
    if not (folder / ".git").exists():
        return None
    try:
        commit = _git(folder, "rev-parse", "HEAD").strip()
        changed = bool(_git(folder, "status", "--porcelain", "--", ".", ":!results").strip())
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "changed": changed}


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
