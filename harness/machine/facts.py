"""What this computer is, read from the kernel: a value, or null and why it cannot be read.

Nothing that names a person or a network: no host name, no user, no serial number, and of the
kernel's command line only the keys listed here.
"""

import platform
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.machine import cgroups, cpu
from harness.machine.cgroups import ROOT, parse_cpus
from harness.machine.cpu import CPU, Absent, cpuinfo, read_number, read_text

# Boot options that change times. The rest of the command line may hold names and secrets.
BOOT_KEYS = frozenset(
    (
        *("mitigations", "isolcpus", "nohz_full", "rcu_nocbs", "nosmt", "maxcpus", "preempt"),
        *("intel_pstate", "amd_pstate", "cpufreq.default_governor", "idle", "threadirqs"),
        *("processor.max_cstate", "intel_idle.max_cstate", "clocksource", "tsc", "skew_tick"),
        *("transparent_hugepage", "numa_balancing", "init_on_alloc", "init_on_free"),
    )
)
PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.,:=-]{0,64}")
HYPERVISORS = {  # what the firmware says of its maker: the kind of virtual machine
    **dict.fromkeys(("QEMU", "KVM", "Google", "Amazon EC2", "DigitalOcean", "OpenStack"), "kvm"),
    "VMware": "vmware",
    "innotek": "virtualbox",
    "Xen": "xen",
    "Microsoft": "hyper-v",
    "Parallels": "parallels",
    "Apple Virtualization": "apple",
}

Read = Callable[[Path], Any]


def facts(root: Path = ROOT) -> dict[str, Any]:
    """Return every fact, null where it cannot be read, and under ``missing`` why.

    ``root`` is the folder that holds ``proc`` and ``sys``.
    """
    found: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name, read in READERS.items():
        try:
            found[name] = read(root)
        except Absent as problem:
            found[name], missing[name] = None, str(problem)
        except (OSError, ValueError, LookupError) as problem:
            found[name], missing[name] = None, _why(problem, root)
    return {**found, "missing": missing}


def _why(problem: Exception, root: Path) -> str:
    if not (root / "proc").exists():
        return f"not read on {platform.system()}"
    if isinstance(problem, OSError) and problem.filename is not None:
        place = "/" + str(Path(problem.filename).relative_to(root))
        return f"{place}: {(problem.strerror or 'unreadable').lower()}"
    return f"the kernel reports it in an unknown form ({type(problem).__name__})"


def _chosen(path: str, root: Path) -> str:
    """Return the option in brackets, of those the kernel lists."""
    text = read_text(path, root)
    found = re.search(r"\[(\S+)\]", text)
    return found[1] if found else text


def _memory(root: Path) -> int:
    found = re.search(r"^MemTotal:\s+(\d+) kB", read_text("proc/meminfo", root), re.MULTILINE)
    if found is None:
        raise Absent("/proc/meminfo has no MemTotal")
    return int(found[1]) * 1024


def _system(root: Path) -> str:
    """Return name and version of the operating system."""
    try:
        lines = read_text("etc/os-release", root).splitlines()
    except OSError:
        return f"{platform.system()} {platform.release()}"
    pairs = {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}
    return f"{pairs['ID']} {pairs.get('VERSION_ID', '')}".strip()


def _libc(_: Path) -> str:
    found = " ".join(platform.libc_ver()).strip()
    if not found:
        raise Absent("not a C library that names itself")
    return found


def _hypervisor(root: Path) -> str:
    """Return the kind of virtual machine this is, or ``none``."""
    flags = cpuinfo(root).get("flags")
    if flags is not None and "hypervisor" not in flags.split():
        return "none"  # whoever made it: clouds rent out whole computers too
    for name in ("sys_vendor", "product_name"):
        path = root / "sys/class/dmi/id" / name
        text = path.read_text() if path.exists() else ""
        for mark, kind in HYPERVISORS.items():
            # The same maker sells laptops.
            if mark in text and (mark != "Microsoft" or "Virtual" in text):
                return kind
    if (root / "sys/hypervisor/type").exists():
        return read_text("sys/hypervisor/type", root)
    if flags is None:
        raise Absent("this processor does not report whether it is a guest")
    return "unidentified"


def _container(root: Path) -> str:
    marks = {".dockerenv": "docker", "run/.containerenv": "podman"}
    for path, kind in marks.items():
        if (root / path).exists():
            return kind
    if (root / "run/systemd/container").exists():
        return read_text("run/systemd/container", root)
    groups = read_text("proc/self/cgroup", root)
    found = re.search(r"docker|kubepods|lxc|libpod|containerd", groups)
    return found[0] if found else "none"


def _wsl(root: Path) -> bool:
    return "microsoft" in read_text("proc/sys/kernel/osrelease", root).lower()


def _cpufreq(name: str, root: Path) -> str:
    """Return an attribute of the clock control, all values of it if CPUs differ."""
    folders = sorted((root / CPU / "cpufreq").glob("policy*"))
    if not folders:
        raise Absent("no clock control is visible here (usual in a virtual machine)")
    return ",".join(sorted({(folder / name).read_text().strip() for folder in folders}))


def _boost(root: Path) -> bool:
    turbo = root / CPU / "intel_pstate/no_turbo"
    if turbo.exists():
        return turbo.read_text().strip() == "0"
    return read_number(f"{CPU}/cpufreq/boost", root) == 1


def _vulnerabilities(root: Path) -> dict[str, str]:
    folder = root / CPU / "vulnerabilities"
    return {path.name: path.read_text().strip() for path in sorted(folder.iterdir())}


def _boot(root: Path) -> dict[str, str]:
    """Return the boot options that change times, by a list of keys, values only if plain."""
    pairs = (word.partition("=") for word in read_text("proc/cmdline", root).split())
    kept = ((key, value) for key, _, value in pairs if key in BOOT_KEYS)
    return {key: value for key, value in kept if PLAIN_VALUE.fullmatch(value)}


def _isolated(root: Path) -> list[int]:
    return sorted(parse_cpus(read_text(f"{CPU}/isolated", root)))


def _numa(root: Path) -> int:
    return len(parse_cpus(read_text("sys/devices/system/node/online", root)))


def _cpuset(root: Path) -> int:
    found = cgroups.cpuset(root)
    if found is None:
        raise Absent("no control group limits the CPUs")
    return len(found)


def _quota(root: Path) -> float:
    found = cgroups.quota(root)
    if found is None:
        raise Absent("no quota is set")
    return found


def _on_battery(root: Path) -> bool:
    supplies = sorted((root / "sys/class/power_supply").iterdir())
    mains = [path for path in supplies if (path / "type").read_text().strip() == "Mains"]
    if not mains:
        raise Absent("no mains adapter is listed (usual for a desktop or a server)")
    return not any((path / "online").read_text().strip() == "1" for path in mains)


READERS: Mapping[str, Read] = {
    "architecture": lambda _: platform.machine(),
    "cpu_model": cpu.model,
    "cpu_vendor": cpu.vendor,
    "cpu_stepping": cpu.stepping,
    "sockets": cpu.sockets,
    "cores": lambda root: len(cpu.siblings(root)),
    "threads": cpu.threads,
    "smt": cpu.smt,
    "siblings": cpu.siblings,
    "core_kinds": cpu.core_kinds,
    "hybrid": lambda root: len(cpu.core_kinds(root)) > 1,
    "caches": cpu.caches,
    "numa_nodes": _numa,
    "memory_bytes": _memory,
    "system": _system,
    "kernel": lambda _: platform.release(),
    "libc": _libc,
    "hypervisor": _hypervisor,
    "container": _container,
    "wsl": _wsl,
    "frequency_driver": partial(_cpufreq, "scaling_driver"),
    "governor": partial(_cpufreq, "scaling_governor"),
    "min_khz": partial(_cpufreq, "cpuinfo_min_freq"),
    "max_khz": partial(_cpufreq, "cpuinfo_max_freq"),
    "energy_preference": partial(_cpufreq, "energy_performance_preference"),
    "boost": _boost,
    "microcode": partial(cpu.cpuinfo_entry, "microcode"),
    "vulnerabilities": _vulnerabilities,
    "boot": _boot,
    "clocksource": partial(
        read_text, "sys/devices/system/clocksource/clocksource0/current_clocksource"
    ),
    "transparent_hugepages": partial(_chosen, "sys/kernel/mm/transparent_hugepage/enabled"),
    "isolated_cpus": _isolated,
    "cpu_quota": _quota,
    "cpuset_cpus": _cpuset,
    "ptrace_scope": partial(read_number, "proc/sys/kernel/yama/ptrace_scope"),
    "perf_event_paranoid": partial(read_number, "proc/sys/kernel/perf_event_paranoid"),
    "address_randomisation": partial(read_number, "proc/sys/kernel/randomize_va_space"),
    "on_battery": _on_battery,
}
