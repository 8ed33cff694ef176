"""One environment per target: pyperf, what the workloads require, and all bytecode compiled.

State is the files: an environment counts once its stamp is there, and the stamp is written last.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness import models
from harness.process import supervisor
from harness.process.outcome import Outcome
from harness.process.supervisor import MARKER
from harness.target import by_uv
from harness.target.build import Target, full_name
from harness.target.by_uv import Unavailable
from harness.target.find import cache_folder, write_json

PYPERF = "pyperf==2.10.0"
STAMP = "gilscope.json"
PREPARED = "prepared-{worker}.json"  # of one state of the worker: two checkouts share a cache
PREPARE_SECONDS = 300
IMPORT_SECONDS = 60
SEEN = ("models", "engine", "probes")  # what is found out by running, and kept
# Libraries that start threads of their own would be measured under every model alike.
ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "BLIS")


class _NoAnswer(Exception):
    """The worker ended without an answer; the text says how."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A target's own virtual environment, and what was seen to run in it."""

    python: Path
    pycache: Path
    models: Mapping[str, str | None]  # null or the reason why not
    workloads: Mapping[str, str | None]  # path: null or the error on import
    requirements: tuple[str, ...]
    packages: Mapping[str, str]  # exact versions installed
    engine: str = "direct"  # how pyperf is driven: "official" where only its manager works
    probes: Mapping[str, str | None] = field(default_factory=dict)  # null or why not to be used


def prepare(
    target: Target,
    requirements: Sequence[str] = (),
    workloads: Sequence[Path] = (),
    *,
    cache_dir: Path | None = None,
) -> Environment:
    """Return the target's environment, made if need be, its bytecode compiled.

    Raises Unavailable where it cannot be made: no wheel for this interpreter, no network.
    Arms of one target share an environment; they differ in the variables of a trial alone.
    """
    wanted = tuple(sorted(set(requirements)))
    home = _home(target, wanted, cache_folder(cache_dir))
    paths = sorted({Path(path).absolute() for path in workloads})
    with _locked(home.with_name(home.name + ".lock")):
        stamp = _read(home / STAMP)
        if stamp is None or not _python(home).exists():
            stamp = _make(target, wanted, home)
        plain = Environment(
            _python(home), home / "pycache", {}, {}, wanted, dict(stamp["packages"])
        )
        seen = _compiled(target, plain, paths, home)
    errors = {str(path): seen["workloads"][str(path)]["error"] for path in paths}
    seen_to_work = {name: seen[name] for name in SEEN}
    return replace(plain, workloads=errors, **seen_to_work)


def known_models(target: Target, cache_dir: Path | None = None) -> dict[str, str | None] | None:
    """Return what a target was last seen to offer, without starting anything; None if never."""
    return next((state["models"] for state in _states(target, cache_dir)), None)


def known_refusals(
    target: Target, workloads: Sequence[Path], cache_dir: Path | None = None
) -> dict[str, str]:
    """Return why a target was last seen not to import these files; nothing is started."""
    refused: dict[str, str] = {}
    for state in reversed(list(_states(target, cache_dir))):  # the newest decides
        for path in map(str, workloads):
            seen = state["workloads"].get(path)
            if seen is not None and seen["digest"] == _digest_of(Path(path)):
                refused.pop(path, None)
                refused |= {path: seen["error"]} if seen["error"] is not None else {}
    return refused


def _states(target: Target, cache_dir: Path | None) -> Iterator[dict[str, Any]]:
    """Yield what was seen to run on a target, newest first."""
    pattern = f"*-{_target_key(target)}-*/{PREPARED.format(worker='*')}"
    paths = list((cache_folder(cache_dir) / "envs").glob(pattern))
    for path in sorted(paths, key=lambda each: each.stat().st_mtime_ns, reverse=True):
        if state := _read(path):
            yield state


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def trial_environ(target: Target, environment: Environment) -> dict[str, str]:
    """Return all variables of a trial, built from nothing: what a shell exports cannot matter."""
    path = os.pathsep.join([str(environment.python.parent), "/usr/local/bin", "/usr/bin", "/bin"])
    environ = {
        "PATH": path,
        "HOME": str(Path.home()),
        "LANG": "C.UTF-8",
        "TMPDIR": tempfile.gettempdir(),
        "PYTHONPYCACHEPREFIX": str(environment.pycache),
        "PYTHONNOUSERSITE": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
        **{f"{library}_NUM_THREADS": "1" for library in ONE_THREAD},
    }
    if library_path := target.build.get("library_path"):
        environ["LD_LIBRARY_PATH"] = library_path
    if "SYSTEMROOT" in os.environ:  # without it Windows starts no Python
        environ["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return environ | dict(target.env)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _target_key(target: Target) -> str:
    return _digest(str(target.python), target.build_id, PYPERF)


def _home(target: Target, requirements: Sequence[str], cache: Path) -> Path:
    label = f"{full_name(target.build)}-{_target_key(target)}"
    return cache / "envs" / f"{label}-{_digest(*requirements)}"


def _python(home: Path) -> Path:
    return home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two processes do not make one environment at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: two first runs at a time are the user's to avoid
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, also by a crash
        yield


def _make(target: Target, requirements: Sequence[str], home: Path) -> dict[str, Any]:
    """Make the environment from nothing and return its stamp."""
    shutil.rmtree(home, ignore_errors=True)  # half-made, or its interpreter is gone
    _uv(target, "venv", "--no-project", "--python", target.python, home)
    install = ("pip", "install", "--quiet", "--python", _python(home))
    # Without dependencies: psutil has no wheel for PyPy, and pyperf runs without it. The version
    # is exact, so uv's cache is as good as the index.
    exact = (*install, "--no-deps", PYPERF)
    if _run(target, *exact, "--offline").code != 0:
        _uv(target, *exact)
    if requirements:
        _uv(target, *install, "--only-binary", ":all:", "--", *requirements)
    listing = _uv(target, "pip", "list", "--format", "json", "--python", _python(home))
    packages = {each["name"]: each["version"] for each in json.loads(listing)}
    stamp = {"python": str(target.python), "build": target.build_id, "packages": packages}
    write_json(home / STAMP, stamp)
    return stamp


def _uv(target: Target, *words: str | Path) -> str:
    """Run uv, from its cache where there is no network; return what it printed."""
    outcome = _run(target, *words)
    offline = outcome.code != 0 and by_uv.is_offline(outcome)
    if offline:
        outcome = _run(target, *words[:2], "--offline", *words[2:])
    if outcome.code == 0:
        return outcome.stdout.text
    reason = by_uv.complaint(outcome)
    cure = "connect to the network and run again" if offline else "do without this target"
    if "--only-binary" in words and not offline:
        wanted = " ".join(str(word) for word in words[words.index("--") + 1 :])
        raise Unavailable(f"no wheel of {wanted} fits: {reason}; {cure}")
    raise Unavailable(f"the environment could not be created: {reason}; {cure}")


def _run(target: Target, *words: str | Path) -> Outcome:
    library_path = target.build.get("library_path")
    return by_uv.run(*words, library_path=library_path)


def _compiled(
    target: Target, environment: Environment, paths: Sequence[Path], home: Path
) -> dict[str, Any]:
    """Return what runs in the environment; ask, and compile, only what is new or has changed."""
    state_path = home / PREPARED.format(worker=models.worker_digest())
    digests = {str(path): _digest_of(path) for path in paths}
    state = _read(state_path)
    if state is None:
        state = {"models": {}, "workloads": {}}
    known = state["workloads"]
    # One that failed is asked again: what it lacked may be outside its file.
    new = [
        path
        for path, digest in digests.items()
        if known.get(path, {}).get("digest") != digest or known[path]["error"] is not None
    ]
    if new or not state["models"]:
        # What was proved once for this state of the worker is not proved again.
        answer = _asked(target, environment, new, proven=bool(state["models"]))
        state |= {name: answer[name] for name in SEEN if name in answer}
        for path in new:
            known[path] = {"digest": digests[path], "error": answer["workloads"].get(path)}
        write_json(state_path, state)
    return state


def _asked(
    target: Target, environment: Environment, paths: Sequence[str], *, proven: bool
) -> dict[str, Any]:
    """Ask the worker; a workload that ends it or hangs on import takes no other along."""
    try:
        return _ask_worker(target, environment, paths, proven=proven)
    except _NoAnswer as problem:
        if not paths:
            raise Unavailable(f"the worker {problem} there; leave this target out") from None
    answer = {} if proven else _asked(target, environment, (), proven=False)
    imported: dict[str, str | None] = {}
    for path in paths:
        try:
            imported |= _ask_worker(target, environment, [path], proven=True)["workloads"]
        except _NoAnswer as problem:
            imported[path] = f"importing the workload {problem}"
    return {**answer, "workloads": imported}


def _ask_worker(
    target: Target, environment: Environment, paths: Sequence[str], *, proven: bool
) -> dict[str, Any]:
    """Run the worker over all it can do, or the workloads alone, so that all bytecode is there."""
    # The plain target: bytecode does not depend on an arm's switches.
    environ = trial_environ(replace(target, env={}), environment)
    environ[MARKER] = f"prepare-{os.getpid()}"
    command = [
        str(environment.python),
        str(models.RUN),
        "--import" if proven else "--prepare",
        *paths,
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        outcome = supervisor.run(
            command,
            environ=environ,
            folder=Path(folder),
            timeout=IMPORT_SECONDS if proven else PREPARE_SECONDS,
        )
    try:
        # A workload may print when it is imported; the answer is the last line.
        answer = json.loads(outcome.stdout.text.strip().splitlines()[-1])
        if outcome.code == 0 and {"workloads", *([] if proven else SEEN)} <= answer.keys():
            return answer
    except (ValueError, IndexError, AttributeError):
        pass
    raise _NoAnswer(_ending(outcome))


def _ending(outcome: Outcome) -> str:
    """Return how a process that gave no answer ended, with the last line it printed."""
    if outcome.timed_out:
        return f"did not end within {outcome.seconds:.0f} s"
    how = f"with status {outcome.code}"
    if outcome.signal is not None:
        how = f"by signal {outcome.signal}"
    lines = [line.strip() for line in outcome.stderr.text.splitlines() if line.strip()]
    return f"ended the interpreter {how}{f': {lines[-1][:200]}' if lines else ''}"
