"""Tell which probes are to be believed in this interpreter (``--probes``)."""

from __future__ import annotations

from gilworker import probes, response
from gilworker.errors import reason_of


def main(out: str) -> int:
    """Write ``{"probes": {NAME: null or the reason why not}}``."""
    proven: dict[str, str | None] = {}
    for name in probes.names():
        try:
            proven[name] = probes.prove(name)
        except Exception as error:  # noqa: BLE001 - an answer like any other
            proven[name] = reason_of("its proof", error)
    response.write(out, {"probes": proven})
    return 0
