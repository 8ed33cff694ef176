"""Tell which probes are to be believed in this interpreter (``--probes``)."""

from __future__ import annotations

from gilworker import probes, response
from gilworker.errors import reason_of


def main(out: str) -> int:
    """Write ``{"probes": {NAME: null or the reason why not}}``."""
    response.write(out, {"probes": {name: _proven(name) for name in probes.names()}})
    return 0


def _proven(name: str) -> str | None:
    try:
        return probes.prove(name)
    except Exception as error:  # noqa: BLE001 - an answer like any other
        return reason_of("its proof", error)
