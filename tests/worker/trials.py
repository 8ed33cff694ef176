"""Ask the worker as the orchestrator does: a request in a file, a process, a response in a file."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import harness
from harness import target

RUN = Path(harness.__file__).parent / "worker" / "run.py"
WORKLOADS = Path(__file__).parent / "workloads"
MODELS = sorted(
    path.stem.replace("_", "-") for path in (RUN.parent / "gilworker" / "models").glob("[!_]*.py")
)

REQUEST: dict[str, Any] = {
    "contract": 1,
    "trial": "00112233445566ff",
    "name": "a trial",
    "model": "sequential",
    "workers": 2,
    "lifecycle": "warm",
    "chunk": 1,
    "switch_interval": 0.005,
    "gc": "on",
    "values": 1,
    "warmups": 1,
    "gil": None,
    "env": {},
    "cpus": None,
    "engine": "direct",
}


def offered(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the response, or skip the test as the worker skipped the trial."""
    if answer["status"] == "skipped":
        assert answer["reason"].startswith("needs ")
        pytest.skip(answer["reason"])
    return answer


@dataclass
class Worker:
    """The worker under one interpreter."""

    environment: target.Environment
    folder: Path
    run: Path = RUN

    def start(self, *words: str | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run the worker with these arguments, in an environment made for it."""
        environ = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPYCACHEPREFIX": str(self.environment.pycache),
            "GILSCOPE_TEST": "set",
        }
        if "LD_LIBRARY_PATH" in os.environ:
            environ["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        command = [str(self.environment.python), str(self.run), *map(str, words)]
        return subprocess.run(
            command,
            check=False,
            env=environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def trial(self, workload: str | Path, params: dict[str, Any] | None = None, **changes: Any):
        """Return the response of one trial; a workload by path or by its name beside this file."""
        answer, process = self.attempt(workload, params, **changes)
        assert answer is not None, process.stderr
        return answer

    def attempt(self, workload: str | Path, params: dict[str, Any] | None = None, **changes: Any):
        """Return the response, None if there is none, and how the process ended."""
        path = WORKLOADS / f"{workload}.py" if isinstance(workload, str) else workload
        request = {**REQUEST, "workload": {"path": str(path), "params": params or {}}, **changes}
        if request["model"] == "sequential":
            request["workers"] = 1
        if request["model"] == "threads-raw":
            request["lifecycle"] = "cold"
        asked, result = self.folder / "request.json", self.folder / "result.json"
        asked.write_text(json.dumps(request))
        result.unlink(missing_ok=True)
        process = self.start("--trial", asked, "--result", result)
        left = sorted(path.name for path in self.folder.glob("result.json?*"))
        assert not left, f"left behind: {left}"
        return (json.loads(result.read_text()) if result.exists() else None), process
