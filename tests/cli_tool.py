"""Start the tool as a user does, and read what it stored."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from harness.storage import store

COMMAND = [sys.executable, "-P", "-c", "from harness.cli import main; main()"]
FAULTS = Path(__file__).parent / "faults"


def gilscope(*words, cwd, **options) -> subprocess.CompletedProcess[str]:
    """Run the command line and return how it ended."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, check=False, cwd=cwd, capture_output=True, text=True, timeout=240, **options
    )


def start(*words, cwd) -> subprocess.Popen[str]:
    """Begin the command line and return at once."""

    def heed_interrupts() -> None:
        # A suite that runs in the background of a shell ignores SIGINT, and so would its children.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 (no threads here)
    )


def stored(folder: Path) -> list[dict]:
    """Return every record below ``folder``/results, in running order within each session."""
    return [
        record
        for session in store.sessions(folder / "results")
        for record in store.records(session)
    ]


def marked_alive() -> list[int]:
    """Return the processes that still run in a trial below this test's temporary folder."""
    from harness.process import tree

    found = []
    for pid, state, *_ in tree.processes():
        if state in tree.DEAD or pid == os.getpid():
            continue
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if (
            b"TMPDIR=" + os.environ["TMPDIR"].encode() in environ
            and tree.MARKER.encode() in environ
        ):
            found.append(pid)
    return found
