"""What disturbs measurements on this computer, in plain sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

# Below this load of other programs, what they take is lost among the daemons of an idle system.
BUSY = 0.5
# Share of the time since boot that a hypervisor gave to others; an idle neighbour stays below.
STEAL = 0.001


def warnings(known: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return, in plain sentences, what disturbs measurements here, its price and the remedy."""
    return [*_from_others(known, now), *_from_the_clock(known), *_from_limits(known)]


def _from_others(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    load = (now.get("load") or [0.0])[0]
    if load > BUSY:
        yield (
            f"The load is {load:.1f}: other programs use this computer, which makes every "
            "measurement slower. Stop them, or wait until the load is below "
            f"{BUSY}."
        )
    ticks = now.get("ticks") or {}
    share = ticks.get("steal", 0) / max(1, sum(ticks.values()))
    if known.get("hypervisor") not in (None, "none") and share > STEAL:
        yield (
            f"This is a virtual machine, and the host gave {share:.1%} of its time to others since "
            "it started: stolen time lengthens whatever is being measured. Use more blocks, or a "
            "machine of your own."
        )


def _from_the_clock(known: Mapping[str, Any]) -> Iterator[str]:
    governor = known.get("governor")
    if governor and governor != "performance":
        yield (
            f"The frequency governor is {governor}: the clock follows the load, so that short "
            "work after a pause runs slowly. `sudo cpupower frequency-set -g performance` keeps "
            "the clock high."
        )
    if known.get("boost"):
        yield (
            "Turbo boost is on: one busy core is clocked higher than several, so that speed-ups "
            "are too small. Switch it off in the firmware or in /sys/devices/system/cpu, or read "
            "speed-ups as a lower bound."
        )
    if known.get("on_battery"):
        yield (
            "This computer runs on battery and saves power: times are longer and change as it "
            "empties. Plug it in."
        )


def _from_limits(known: Mapping[str, Any]) -> Iterator[str]:
    quota, threads = known.get("cpu_quota"), known.get("threads")
    if quota and threads and quota < threads:
        yield (
            f"A quota grants {quota:g} of {threads} CPUs: more workers than that are all stopped "
            "for part of every period. Raise it (docker: --cpus), or measure up to "
            f"{max(1, int(quota))} workers."
        )
    if isolated := known.get("isolated_cpus"):
        yield (
            f"CPUs {', '.join(map(str, isolated))} are isolated: the kernel never moves work "
            "there by itself, so that workers crowd the others. Boot without isolcpus, or choose "
            "CPUs with taskset."
        )
    if known.get("hybrid"):
        yield (
            "This processor has cores of different speed: where a worker lands decides its time. "
            "Keep a run on one kind with taskset."
        )
