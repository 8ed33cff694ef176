"""Answer a client that asks once every 20 ms, beside threads that compute: the convoy effect.

A server's thread lets the GIL go while it waits for a request. To answer it needs the GIL again,
and a thread that computes gives it up only when the switch interval is over. Whoever asks now and
then waits that long, however idle the server is.
Expect, with the default interval of 5 ms: threads with one spinner answer in 5.1 ms instead of
0.05 ms with a GIL (0.6 ms if the interval is 0.5 ms), in 0.05 ms without one; processes and
sub-interpreters in 0.05 ms on every build. PyPy's GIL is handed over in another way: about 0.5 ms.
Trap: requests per second. A client that asks again at once keeps the server from ever letting go
long enough, and sees next to nothing of this. One that asks more often than every other interval
finds the server still waiting to go on after its last answer, and waits twice. And the client
must not share the server's GIL: it would need the lock to send, to receive and to look at the
clock, and measure its own wait; so it is a process of its own under every model.
On a busy machine a spinner is also sent away by the kernel while it holds the GIL: answers then
take whole turns of the kernel's (4 ms) longer.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAMS = {"servers": 1, "spinners": 1, "slots": 40, "period": 0.02}
ROLES = {"server": "servers", "spinner": "spinners"}

SIZE = 64  # bytes of a request and of its answer, which ends in one of these:
CLOSED, OPEN = b"c", b"o"
PATIENCE = 10.0  # seconds for a client to start
STEPS = 1000  # of a spinner between two looks, some 50 microseconds


def make_items(servers: int, spinners: int, slots: int, period: float) -> list[dict[str, Any]]:
    """Return the members. Untimed."""
    schedule = {"slots": slots, "period": period}
    return [
        *({"role": "server", "number": number, **schedule} for number in range(servers)),
        *({"role": "spinner", "number": number} for number in range(spinners)),
    ]


def server(item: dict[str, Any], stage: Any) -> dict[str, Any]:
    """Echo what a client in a process of its own sends; return what the client measured."""
    with socket.socket() as listener:
        listener.settimeout(PATIENCE)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        asked = [listener.getsockname()[1], item["slots"], item["period"]]
        # -I and -S: a client that starts without site-packages starts in half the time.
        command = [sys.executable, "-I", "-S", __file__, *map(str, asked)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    echo(connection, stage)
                stage.finished()  # before the client ends: beside spinners that takes seconds
                out, _ = process.communicate()
            finally:
                process.kill()
    while not stage.over():
        time.sleep(item["period"])
    return json.loads(out)


def echo(connection: socket.socket, stage: Any) -> None:
    """Answer until the client has asked all it wanted; tell it when the window is open."""
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stage.running()
    while True:
        request = receive(connection)
        if not request:
            return
        connection.sendall(request[:-1] + (OPEN if stage.measuring() else CLOSED))


def spinner(item: dict[str, Any], stage: Any) -> dict[str, int]:
    """Compute until it is over; return the generator's state and how many steps led to it."""
    state = 1 + item["number"]
    steps = 0
    stage.running()
    while not stage.over():
        for _ in range(STEPS):
            state = state * 48271 % 2147483647
        steps += STEPS
    return {"state": state, "steps": steps}


def client(port: int, slots: int, period: float) -> dict[str, Any]:
    """Ask once a period, by the clock and not by the answers; return what that took.

    A slot that passes while an answer is awaited is missed, and counted.
    """
    latencies: list[float] = []
    missed = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while ask(connection, 0) != OPEN:
            time.sleep(period)
        start = time.perf_counter() + period
        for slot in range(slots):
            ahead = start + slot * period - time.perf_counter()
            if ahead < 0:
                missed += 1
                continue
            time.sleep(ahead)
            began = time.perf_counter()
            ask(connection, slot)
            latencies.append(time.perf_counter() - began)
    return {"missed": missed, "latencies": latencies}


def ask(connection: socket.socket, number: int) -> bytes:
    """Send a numbered request, take the answer, and return what it says of the window."""
    request = b"%063d?" % number
    connection.sendall(request)
    answer = receive(connection)
    if answer[:-1] != request[:-1]:
        raise SystemExit(f"sent {request!r}, got {answer!r}")
    return answer[-1:]


def receive(connection: socket.socket) -> bytes:
    """Return one message, or nothing if the other side has closed."""
    message = connection.recv(SIZE)
    while 0 < len(message) < SIZE:
        more = connection.recv(SIZE - len(message))
        message = message + more if more else b""
    return message


def observe(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return the share of slots that were missed."""
    asked = [result for result in results if "missed" in result]
    missed = sum(result["missed"] for result in asked)
    return {"missed_share": missed / (missed + sum(len(each["latencies"]) for each in asked))}


def check(
    results: list[dict[str, Any]],
    servers: int,
    spinners: int,
    slots: int,
    period: float,  # noqa: ARG001 - gets every parameter
) -> None:
    """Raise AssertionError unless every slot is accounted for and every state can be reached."""
    assert len(results) == servers + spinners, f"{len(results)} members came back"
    for result in results[:servers]:
        counted = result["missed"] + len(result["latencies"])
        assert counted == slots, f"{counted} slots of {slots} are accounted for"
        assert min(result["latencies"]) > 0, "an answer came before its request"
    for number, result in enumerate(results[servers:]):
        expected = lehmer(1 + number, result["steps"])
        assert result["state"] == expected, f"spinner {number} ended in another state"
        assert result["steps"] > 0, f"spinner {number} never span"


def lehmer(seed: int, steps: int) -> int:
    """Return the state of the generator after so many steps, all taken at once."""
    return seed * pow(48271, steps, 2147483647) % 2147483647


if __name__ == "__main__":
    print(json.dumps(client(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
