"""The bytes of a stored file: canonical JSON, packed, sealed with a digest, and read back."""

import contextlib
import errno
import gzip
import hashlib
import io
import json
import os
import re
import stat
import zlib
from pathlib import Path
from typing import Any, BinaryIO

_BINARY = getattr(os, "O_BINARY", 0)  # Windows changes line ends without it
# Half of a surrogate pair, written out or as bytes: no text, though JSON has a way to say it.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class Damaged(Exception):
    """A stored file that cannot be what was written.

    Skip it, name it in whatever is computed without it, and restore it from its source.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def canonical(value: object) -> bytes:
    """Return the one JSON text of ``value`` that digests are taken of."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(value: object) -> str:
    """Return the SHA-256 of ``value``'s canonical JSON, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def unpacked(path: Path, limit: int) -> bytes:
    """Return the text of a packed file, of at most ``limit`` bytes. Raises Damaged."""
    try:
        with _regular(path) as stream:
            packed = stream.read(limit)
    except OSError as problem:
        raise Damaged(path, cannot_read(problem)) from None
    with contextlib.suppress(zlib.error):
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = unpacking.decompress(packed, limit + 1)
        if unpacking.eof and not unpacking.unused_data:
            return text
    # Whatever is not exactly one whole member is left to gzip's word, at a third of the speed.
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            text = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise Damaged(path, f"cannot be unpacked: {problem}") from None
    if len(text) > limit:
        raise Damaged(path, f"unpacks to more than {limit} bytes")
    return text


def is_sealed(text: bytes, claimed: object) -> bool:
    """Return whether ``text`` is, but for its digest, byte for byte what that was taken of.

    True of whatever was stored here, and found without writing it all again. False says
    nothing: the content may be the same in other words.
    """
    if not isinstance(claimed, str):
        return False
    start, seal, rest = text.partition(f'"digest":"{claimed}",'.encode(errors="replace"))
    return bool(seal) and hashlib.sha256(start + rest).hexdigest() == claimed


def _regular(path: Path) -> BinaryIO:
    """Open a file that is one: to open a pipe or a device may take for ever. Raises OSError."""
    # Without waiting for a writer; of what is opened it is then asked what it is.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file")
    return os.fdopen(descriptor, "rb")


def cannot_read(problem: OSError) -> str:
    """Return why a file or folder cannot be read."""
    # Not its own text, which quotes the path and so what lies above the results.
    return f"cannot be read: {problem.strerror or type(problem).__name__}"


def bounded(path: Path, limit: int) -> bytes:
    """Return what a file holds, at most ``limit`` bytes. Raises Damaged."""
    try:
        with _regular(path) as stream:
            text = stream.read(limit + 1)
    except OSError as problem:
        raise Damaged(path, cannot_read(problem)) from None
    if len(text) > limit:
        raise Damaged(path, f"is larger than {limit} bytes")
    return text


def json_object(path: Path, text: bytes) -> dict[str, Any]:
    """Return the JSON object that ``text``, read from ``path``, is. Raises Damaged."""
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise Damaged(path, f"is not JSON: {problem}") from None
    if not isinstance(value, dict):
        raise Damaged(path, "holds no JSON object")
    if _HALF.search(text) and not _is_unicode(value):
        raise Damaged(path, "holds a text that is not Unicode")
    return value


def _is_unicode(value: object) -> bool:
    try:
        canonical(value)
    except UnicodeEncodeError:
        return False
    return True


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
