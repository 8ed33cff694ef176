"""How much of the machine is there: spinners alone and together, no pool, no workload.

A block whose canary finds less capacity than usual was measured beside somebody else's work.
"""

from __future__ import annotations

import subprocess
import sys
import time

from gilworker import response

WARM_UP = 0.05  # seconds of spinning before the start: bytecode specialises, a JIT compiles
HEAD_START = 0.02  # seconds until a common start, enough for every spinner to hear of it
UNIT = 5_000  # turns between looks at the clock: well under 1 ms of work, well over one look


def main(program: str, arguments: list[str]) -> int:
    """Run ``--canary K --seconds S --result FILE``, or, in its children, ``--spin SECONDS``."""
    if arguments[0] == "--spin":
        spin(float(arguments[1]))
        return 0
    given = dict(zip(arguments[::2], arguments[1::2]))
    workers, seconds = int(given["--canary"]), float(given["--seconds"])
    single = rates(program, 1, seconds / 2)[0]
    together = rates(program, workers, seconds)
    answer = {
        "contract": response.CONTRACT,
        "single": single,
        "together": together,
        "seconds": seconds,
        "capacity": sum(together) / single if single else 0.0,  # refused: nothing spun
    }
    response.write(given["--result"], answer)
    return 0


def rates(program: str, workers: int, seconds: float) -> list[float]:
    """Return the work per second of ``workers`` processes spinning over the same window."""
    command = [sys.executable, program, "--spin", repr(seconds)]
    spinners: list[subprocess.Popen[str]] = []
    try:
        for _ in range(workers):
            pipe = subprocess.PIPE
            spinners.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        for spinner in spinners:
            _hear(spinner)  # ready
        start = repr(time.monotonic() + HEAD_START)
        for spinner in spinners:
            _tell(spinner, start)
        return [float(_hear(spinner)) for spinner in spinners]
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.communicate()


def spin(seconds: float) -> None:
    """Warm up, say so, wait for the common start, and print the rate over the window."""
    work(time.monotonic() + WARM_UP)
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    time.sleep(max(0.0, start - time.monotonic()))
    units = work(start + seconds)
    # From the common start, also for a spinner that got the CPU late: that is what is measured.
    print(repr(units / (time.monotonic() - start)), flush=True)


def work(until: float) -> int:
    """Return the units of work done before the monotonic clock passes ``until``."""
    units = 0
    clock = time.monotonic
    while clock() < until:
        number = 1
        for _ in range(UNIT):
            number = number * 1_103_515_245 % 2_147_483_647
        units += number > 0  # the number is used: a JIT may not drop the loop
    return units


def _hear(spinner: subprocess.Popen[str]) -> str:
    line = spinner.stdout.readline() if spinner.stdout is not None else ""
    if not line:
        raise RuntimeError(f"a spinner ended with {spinner.wait()}")
    return line


def _tell(spinner: subprocess.Popen[str], line: str) -> None:
    if spinner.stdin is not None:
        spinner.stdin.write(f"{line}\n")
        spinner.stdin.flush()
