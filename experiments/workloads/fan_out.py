"""Ask many servers at once and wait for all of them: one connection for every worker.

A thread that waits for a socket holds no GIL, a coroutine not even a thread. What differs is what
it takes to have a thousand of them waiting, and who wakes up first.
Expect: a pool of N threads or N coroutines in flight nearly N times as fast as one after another,
until opening the connections takes longer than their answers; asyncio with less memory.
Trap: the servers are one process on the same computer. With a thousand connections that process,
and the kernel, are as busy as the side that is measured. A pass of seconds instead of tenths is a
queue of connections that overflowed: read it as the number of servers, not as that of waiters.
"""

from __future__ import annotations

import atexit
import functools
import heapq
import selectors
import socket
import struct
import subprocess
import sys
import time
import zlib

TYPE_CHECKING = False  # typing is not needed to run
if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMS = {"items": 100, "seconds": 0.01}

REQUEST = struct.Struct("!II")  # number of the connection, microseconds until the answer
ANSWER = struct.Struct("!I")
SPARE = 64  # files that are open for other purposes


def make_items(items: int, seconds: float) -> list[tuple[int, int, float]]:
    """Return requests (port, number, seconds until the answer); start the servers. Untimed.

    Raises NotImplementedError where a process may not have so many connections open.
    """
    allow_files(items + SPARE)
    port = servers()
    return [(port, number, seconds) for number in range(items)]


def allow_files(wanted: int) -> None:
    """Raise the limit of open files for this process and for those it starts, if need be."""
    try:
        import resource
    except ImportError:  # no such limit on this system
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise NotImplementedError(f"needs {wanted} open files, of which {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@functools.lru_cache(maxsize=1)
def servers() -> int:
    """Start the process that plays all servers; return its port.

    It ends when its standard input does, so with this process, however that ends.
    """
    command = [sys.executable, __file__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    atexit.register(process.wait, 5)
    atexit.register(process.stdin.close)  # the last to be registered is the first to be called
    with process.stdout:
        return int(process.stdout.readline())


def task(request: tuple[int, int, float]) -> tuple[int, int]:
    """Ask one server; return the request's number and the answer. Timed."""
    port, number, seconds = request
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(REQUEST.pack(number, round(seconds * 1e6)))
        answer = b""
        while len(answer) < ANSWER.size:
            data = peer.recv(64)
            if not data:
                raise ConnectionError(f"connection {number} closed without an answer")
            answer += data
    return number, ANSWER.unpack(answer)[0]


async def task_async(request: tuple[int, int, float]) -> tuple[int, int]:
    """Ask one server from the event loop; return what ``task`` returns. Timed."""
    import asyncio  # here: only a process that runs coroutines pays for it

    port, number, seconds = request
    reader, writer = await asyncio.open_connection("127.0.0.1", port)  # sets TCP_NODELAY
    writer.write(REQUEST.pack(number, round(seconds * 1e6)))
    answer = await reader.readexactly(ANSWER.size)
    writer.close()
    await writer.wait_closed()
    return number, ANSWER.unpack(answer)[0]


def baseline(items: int, seconds: float) -> float:
    """Return how long the answers take one after another, where nobody should wait for that."""
    return items * seconds


def io_seconds(items: int, seconds: float) -> float:
    """Return how long the requests of a pass wait on purpose, one after another."""
    return items * seconds


def check(results: list[tuple[int, int]], items: int, seconds: float) -> None:  # noqa: ARG001
    """Raise AssertionError unless every request got the answer that belongs to it."""
    expected = [(number, answer_to(number)) for number in range(items)]
    assert [tuple(result) for result in results] == expected, f"answers differ: {results[:4]}"


def answer_to(number: int) -> int:
    """Return what the server says to a request."""
    return zlib.crc32(b"%d" % number)


class Server:
    """One server: reads a request, and answers when that is due."""

    def __init__(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer = peer
        self.received = b""

    def read(self) -> float | None:
        """Return in how many seconds to answer; None: the request is not complete."""
        data = self.peer.recv(64)
        self.received += data
        if len(self.received) < REQUEST.size:
            return None if data else 0.0  # gone before it asked: to be closed at once
        return REQUEST.unpack(self.received)[1] / 1e6

    def answer(self) -> None:
        """Answer and close."""
        with self.peer:
            if len(self.received) == REQUEST.size:
                number, _ = REQUEST.unpack(self.received)
                self.peer.sendall(ANSWER.pack(answer_to(number)))


def newcomers(listener: socket.socket) -> Iterator[Server]:
    """Accept all who wait: where the queue overflows, a client tries again after a whole second."""
    while True:
        try:
            yield Server(listener.accept()[0])
        except BlockingIOError:
            return


def play_servers() -> None:
    """Be the other side of every connection until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    due: list[tuple[float, int, Server]] = []
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        while True:
            wait = max(0.0, due[0][0] - time.monotonic()) if due else None
            for key, _ in selector.select(wait):
                if key.fileobj is listener:
                    for server in newcomers(listener):
                        selector.register(server.peer, selectors.EVENT_READ, server)
                elif key.data is None:  # nothing is ever written to it: this is its end
                    return
                elif (seconds := key.data.read()) is not None:
                    selector.unregister(key.fileobj)
                    # The descriptor settles which of two is the lesser: servers have no order.
                    heapq.heappush(due, (time.monotonic() + seconds, key.fd, key.data))
            while due and due[0][0] <= time.monotonic():
                heapq.heappop(due)[2].answer()


if __name__ == "__main__":
    play_servers()
