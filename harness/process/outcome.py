"""How a program ended, and the ends of what it printed."""

from dataclasses import dataclass, field

KEPT = 32 * 1024  # bytes kept of the beginning and of the end of each stream


@dataclass(slots=True)
class Output:
    """The beginning and the end of what was printed to one stream."""

    size: int = 0
    head: bytes = b""
    tail: bytes = b""

    def add(self, piece: bytes) -> None:
        """Count ``piece`` and keep of it what fits."""
        self.size += len(piece)
        room = KEPT - len(self.head)
        self.head += piece[:room]
        self.tail = (self.tail + piece[room:])[-KEPT:]

    @property
    def text(self) -> str:
        """What is kept, with a mark where something is left out."""
        left_out = self.size - len(self.head) - len(self.tail)
        mark = f"\n[... {left_out} bytes left out ...]\n".encode() if left_out else b""
        return (self.head + mark + self.tail).decode("utf-8", "replace").replace("\x00", "\\0")


@dataclass(slots=True)
class Outcome:
    """How a program ended."""

    code: int | None = None
    signal: int | None = None
    seconds: float = 0.0
    timed_out: bool = False
    flooded: bool = False
    left: list[str] = field(default_factory=list)
    stdout: Output = field(default_factory=Output)
    stderr: Output = field(default_factory=Output)
