"""Deciphers a buffer in place: every second pass finds the plain text again."""

PARAMS = {"items": 6, "size": 100_000}
KEY = 0x5A


def make_items(items, size):
    return [bytearray((k + j) % 251 for j in range(size)) for k in range(items)]


def task(buffer):
    for k in range(len(buffer)):
        buffer[k] ^= KEY
    return sum(buffer)


def check(results, items, size):
    assert results == [sum(((k + j) % 251) ^ KEY for j in range(size)) for k in range(items)]
