"""Build a binary tree of small objects, walk it, and free it: the allocator at work.

Pure Python and CPU-bound, nothing shared but the allocator: a thread holds the GIL throughout.
A free-threaded build uses another allocator (mimalloc) with a heap per thread.
Expect with 2 workers: threads about 1 time as fast as sequential with a GIL, 1.6 to 2 times
without one; processes and sub-interpreters 1.7 to 2 times on every build.
Trap: the garbage collector. It runs while the tree grows, on a free-threaded build with all
threads stopped; compare the factor gc. On PyPy freeing happens later, in another item's time.
"""

from __future__ import annotations

PARAMS = {"items": 24, "depth": 13}
CPU_BOUND = True


class Node:
    """A node with two children or none; slots keep it as small as an object can be."""

    __slots__ = ("left", "right")

    def __init__(self, left: Node | None, right: Node | None) -> None:
        self.left = left
        self.right = right


def make_items(items: int, depth: int) -> list[int]:
    """Return ``items`` equal pieces of work. Untimed."""
    return [depth] * items


def task(depth: int) -> int:
    """Return the number of nodes found in a full tree, which is freed on return. Timed."""
    return count(build(depth))


def build(depth: int) -> Node:
    """Return a full binary tree with ``depth`` levels below its root."""
    if depth == 0:
        return Node(None, None)
    return Node(build(depth - 1), build(depth - 1))


def count(node: Node) -> int:
    """Return how many nodes hang together from here on."""
    if node.left is None or node.right is None:
        return 1
    return 1 + count(node.left) + count(node.right)


def units(items: int, depth: int) -> int:
    """Return how many nodes a pass allocates."""
    return items * (2 ** (depth + 1) - 1)


def check(results: list[int], items: int, depth: int) -> None:
    """Raise AssertionError unless every tree had the nodes a full one has."""
    nodes = 2 ** (depth + 1) - 1
    assert results == [nodes] * items, f"expected {nodes} nodes each, got {results[:4]}"
