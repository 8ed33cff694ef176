"""Serve connections that ask, wait for the answer, and ask again: what one request costs.

The task is the server's side of one connection: receive 64 bytes, send them back, until the other
side closes. Every call releases the GIL for a moment and has to get it back.
Expect with 2 workers: threads 0.8 to 1.2 times as fast as sequential with a GIL, at most 1.5 times
without one or with processes; asyncio slower for a connection and as fast for many.
Trap: the other side is a process of the same interpreter and takes a core to itself. On two cores
nothing is left for a second worker, and a closed loop hides how late an answer came.
"""

from __future__ import annotations

import atexit
import functools
import selectors
import socket
import struct
import subprocess
import sys
import zlib

PARAMS = {"items": 8, "requests": 400, "size": 64}

HEAD = struct.Struct("!III")  # number of the connection, requests, bytes of each


def make_items(items: int, requests: int, size: int) -> list[tuple[int, int, int, int]]:
    """Return connections to serve (port, number, requests, bytes); start the clients. Untimed."""
    port = clients()
    return [(port, number, requests, size) for number in range(items)]


@functools.lru_cache(maxsize=1)
def clients() -> int:
    """Start the process that plays all clients; return the port at which it waits for servers.

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


def task(connection: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """Serve one connection; return its number, the requests served and a CRC of them. Timed."""
    port, number, requests, size = connection
    served = crc = 0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(HEAD.pack(number, requests, size))
        while True:
            data = peer.recv(65_536)
            if not data:
                return number, served // size, crc
            peer.sendall(data)
            served += len(data)
            crc = zlib.crc32(data, crc)


async def task_async(connection: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """Serve one connection in the event loop; return what ``task`` returns. Timed."""
    import asyncio  # here: only a process that runs coroutines pays for it

    port, number, requests, size = connection
    served = crc = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)  # sets TCP_NODELAY
    writer.write(HEAD.pack(number, requests, size))
    while True:
        data = await reader.read(65_536)
        if not data:
            break
        writer.write(data)
        await writer.drain()
        served += len(data)
        crc = zlib.crc32(data, crc)
    writer.close()
    await writer.wait_closed()
    return number, served // size, crc


def units(items: int, requests: int, size: int) -> int:  # noqa: ARG001 - gets every parameter
    """Return how many requests a pass serves."""
    return items * requests


def check(results: list[tuple[int, int, int]], items: int, requests: int, size: int) -> None:
    """Raise AssertionError unless every connection served all that its client had to ask."""
    expected = []
    for number in range(items):
        crc = zlib.crc32(b"".join(message(number, place, size) for place in range(requests)))
        expected.append((number, requests, crc))
    assert [tuple(result) for result in results] == expected, f"connections: {results[:4]}"


def message(number: int, place: int, size: int) -> bytes:
    """Return what the client of a connection sends at a place of its list."""
    return (struct.pack("!II", number, place) * (size // 8 + 1))[:size]


class Client:
    """One client: sends a message, and the next one when the answer is there and right."""

    def __init__(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer = peer
        self.received = b""
        self.expected: bytes | None = None  # None: whom it talks to is not known yet
        self.place = -1

    def goes_on(self) -> bool:
        """Take what has come; return whether there is more to do."""
        data = self.peer.recv(65_536)
        self.received += data
        if self.expected is None and len(self.received) >= HEAD.size:
            self.number, self.requests, self.size = HEAD.unpack(self.received)
            self.expected = self.received
        if self.expected is None or len(self.received) < len(self.expected):
            return bool(data)
        self.place += 1
        if self.received != self.expected or self.place == self.requests:
            return False
        self.received, self.expected = b"", message(self.number, self.place, self.size)
        self.peer.sendall(self.expected)
        return True


def play_clients() -> None:
    """Be the other side of every connection until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client = Client(listener.accept()[0])
                    selector.register(client.peer, selectors.EVENT_READ, client)
                elif key.data is None:  # nothing is ever written to it: this is its end
                    return
                elif not key.data.goes_on():
                    selector.unregister(key.fileobj)
                    key.data.peer.close()


if __name__ == "__main__":
    play_clients()
