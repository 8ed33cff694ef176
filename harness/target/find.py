"""Find interpreters and ask each, once, what it is."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import GilscopeError
from harness.storage import cache_folder as caches
from harness.target.build import Found, Target, named_targets

PROBE = Path(__file__).with_name("probe.py")
OLDEST = (3, 9)
ON_PATH = re.compile(r"(python3(\.\d+)?t?d?|pypy3(\.\d+)?)(\.exe)?")
# Generous: a PyPy started for the first time on a busy machine takes seconds.
PROBE_SECONDS = 60
NO_LIBRARY = "error while loading shared libraries"
NOBODY: Mapping[str, Path] = MappingProxyType({})


def cache_folder(cache_dir: Path | None = None) -> Path:
    """Return where gilscope keeps what it can make again: probes and targets' environments."""
    if cache_dir is not None:
        return cache_dir.absolute()
    return caches.root()


def discover(named: Mapping[str, Path] = NOBODY, *, cache_dir: Path | None = None) -> list[Target]:
    """Return every interpreter from 3.9 on: uv's, pyenv's, those on PATH, and the named ones.

    One that cannot be started is left out, with its reason in the cache; a named one that cannot
    is an error. Nothing is started for an interpreter probed before.
    """
    cache = _Cache(cache_folder(cache_dir) / "targets.json")
    paths = {name: _base_interpreter(path) for name, path in named.items()}
    # What the user names is asked again if it failed before: the cause may be outside the file.
    cache.forget_broken(paths.values())
    cache.probe([*_candidates(), *paths.values()])
    cache.save()
    chosen = {name: _named(name, named[name], cache.answer(path)) for name, path in paths.items()}
    found = {}
    for path in sorted(cache.asked):
        answer = cache.answer(path)
        if "broken" not in answer and _recent(answer["build"]):
            found.setdefault(_identity(answer), _found(answer))
    same = {_identity(cache.answer(path)) for path in paths.values()}
    return named_targets([each for key, each in found.items() if key not in same], chosen)


def _identity(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is the same for two paths to one interpreter (links, hard links, copies)."""
    build, place = answer["build"], answer["place"]
    kind = f"{build['free_threaded']} {build['debug']}"
    return (place["base_prefix"], build["full_version"], kind)


def _found(answer: Mapping[str, Any]) -> Found:
    return Found(Path(answer["place"]["executable"]), answer["build"])


def _recent(build: Mapping[str, Any]) -> bool:
    return tuple(build["version_info"][:2]) >= OLDEST


def _named(name: str, path: Path, answer: Mapping[str, Any]) -> Found:
    where = f"target {name}={path}"
    if "broken" in answer:
        hint = "Give the path of a Python executable, like NAME=/usr/bin/python3."
        raise GilscopeError(answer["broken"], where=where, hint=hint)
    if not _recent(answer["build"]):
        what = f"this is Python {answer['build']['version']}; targets start at 3.9"
        raise GilscopeError(what, where=where, hint="Name a newer interpreter.")
    return _found(answer)


def _candidates() -> Iterator[Path]:
    """Yield the base interpreters in the usual places, each once or more, unprobed."""
    yield _base_interpreter(Path(sys.executable))
    for path in (*_managed_by_uv(), *_managed_by_pyenv(), *_on_path()):
        # Shims of pyenv and the like are scripts: what they start depends on the folder.
        if _is_program(path):
            yield _base_interpreter(path)


def _managed_by_uv() -> Iterator[Path]:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path(data) / "uv" / "python")
    for install in _entries(folder):
        yield from (install / "bin" / "python3", install / "bin" / "pypy3", install / "python.exe")


def _managed_by_pyenv() -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for install in _entries(root / "versions"):
        yield install / "bin" / "python"


def _on_path() -> Iterator[Path]:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield from (each for each in _entries(Path(folder)) if ON_PATH.fullmatch(each.name))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # not there, not a folder, not ours to read
        return []


def _is_program(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) not in {b"#!", b""} and os.access(path, os.X_OK)
    except OSError:
        return False


def _base_interpreter(path: Path) -> Path:
    """Return the real path; for a virtual environment, of the interpreter it was made from."""
    path = path.expanduser().absolute()
    real = path.resolve()
    with suppress(OSError):
        settings = (path.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
        home = re.search(r"^home\s*=\s*(.+?)\s*$", settings, re.MULTILINE)
        # Environments made with --copies hold a copy and no link to the interpreter.
        if home and real.is_relative_to(path.parent.parent.resolve()):
            for name in (path.name, "python3", "python"):
                if _is_program(base := Path(home.group(1)) / name):
                    return base.resolve()
    return real


class _Cache:
    """What the probe said about each executable, as long as neither of the two has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: set[Path] = set()
        self.changed = False
        self.digest = hashlib.sha256(PROBE.read_bytes()).hexdigest()[:16]
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            fresh = stored["probe"] == self.digest
            self.entries: dict[str, dict[str, Any]] = stored["answers"] if fresh else {}
        except (OSError, ValueError, LookupError, TypeError):
            self.entries = {}  # a cache that cannot be read is an empty one

    def answer(self, path: Path) -> dict[str, Any]:
        return self.entries[str(path)]["answer"]

    def forget_broken(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if "broken" in self.entries.get(str(path), {}).get("answer", {}):
                del self.entries[str(path)]

    def probe(self, paths: Iterable[Path]) -> None:
        self.asked.update(paths)
        stats = {path: _stat(path) for path in self.asked}
        unknown = [p for p in self.asked if self.entries.get(str(p), {}).get("stat") != stats[p]]
        with ThreadPoolExecutor(4) as threads:
            for path, answer in zip(unknown, threads.map(_ask, unknown), strict=True):
                self.entries[str(path)] = {"stat": stats[path], "answer": answer}
        self.changed = bool(unknown)

    def save(self) -> None:
        if not self.changed:
            return
        kept = {path: entry for path, entry in self.entries.items() if Path(path).exists()}
        # Without a cache folder to write to, the next call asks again.
        with suppress(OSError):
            write_json(self.path, {"probe": self.digest, "answers": kept})


def _stat(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def write_json(path: Path, document: object) -> None:
    """Write a JSON file so that a reader sees the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump(document, file, sort_keys=True)
    Path(file.name).replace(path)


def _ask(path: Path) -> dict[str, Any]:
    """Run the probe; return its answer or ``{"broken": reason}``."""
    if not path.is_file():
        return {"broken": "there is no such file"}
    answer = _run_probe(path, None)
    if NO_LIBRARY in answer.get("broken", ""):
        # A shared build installed without a run path: its library lies beside its bin folder.
        folders = (str(path.parent.parent / "lib"), os.environ.get("LD_LIBRARY_PATH", ""))
        library_path = os.pathsep.join(folder for folder in folders if folder)
        again = _run_probe(path, library_path)
        if "broken" not in again:
            again["build"]["library_path"] = library_path
            return again
    return answer


def _run_probe(path: Path, library_path: str | None) -> dict[str, Any]:
    # Built from nothing, like a trial's: what needs more than this would not run there either.
    environ = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(Path.home())}
    environ |= {"LD_LIBRARY_PATH": library_path} if library_path else {}
    environ |= {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-B", PROBE],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=False,
        )
    except OSError as error:
        return {"broken": f"cannot be started: {error.strerror}"}
    except subprocess.TimeoutExpired:
        return {"broken": f"gave no answer in {PROBE_SECONDS} seconds"}
    try:
        answer = json.loads(done.stdout)
        return {"build": dict(answer["build"]), "place": dict(answer["place"])}
    except (ValueError, LookupError, TypeError):
        return {"broken": _reason(done)}


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    if "Unknown option: -I" in done.stderr:
        return "this is older than Python 3.4; targets start at 3.9"
    last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
    return f"not a working Python (exit {done.returncode}: {last[:200]})"
