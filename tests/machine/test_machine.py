"""What the computer is called, what is said of it, and what is kept to itself."""

import getpass
import json
import os
import platform
import re
import socket
from pathlib import Path

import pytest

from harness import machine
from harness.machine import cgroups

XEON = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 106
model name\t: Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz
stepping\t: 6
microcode\t: 0xd0003a5
flags\t\t: fpu vme sse2{more}
power management:

processor\t: 1
"""
SECRET = "BOOT_IMAGE=/vmlinuz root=UUID=1234 token=hunter2 isolcpus=2-3 mitigations=off"


def computer(root: Path, *, more: str = "", **files: str) -> Path:
    """Lay out ``/proc`` and ``/sys`` of a computer with two cores of two threads each."""
    texts = {
        "proc/cpuinfo": XEON.format(more=more),
        "proc/meminfo": "MemTotal:       16330000 kB\nMemFree:  9000000 kB\n",
        "proc/cmdline": SECRET,
        "proc/self/cgroup": "0::/\n",
        "proc/loadavg": "0.10 0.20 0.30 1/200 4711\n",
        "proc/stat": "cpu  100 0 50 900 10 0 5 0 0 0\ncpu0 1 2 3\n",
        "sys/devices/system/cpu/online": "0-3\n",
        "sys/devices/system/cpu/isolated": "\n",
    }
    for cpu in range(4):
        folder = f"sys/devices/system/cpu/cpu{cpu}"
        texts[f"{folder}/topology/physical_package_id"] = "0"
        texts[f"{folder}/topology/thread_siblings_list"] = f"{cpu % 2},{cpu % 2 + 2}"
        for index, (level, kind, size, shared) in enumerate(
            [(1, "Data", "32K", f"{cpu % 2},{cpu % 2 + 2}"), (3, "Unified", "32768K", "0-3")]
        ):
            cache = f"{folder}/cache/index{index}"
            texts |= {f"{cache}/level": f"{level}", f"{cache}/type": kind}
            texts |= {f"{cache}/size": size, f"{cache}/shared_cpu_list": shared}
    for path, text in {**texts, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_the_topology_is_read_as_the_kernel_lists_it(tmp_path):
    """
    Cores, threads and caches decide what a speed-up can be at most.
    """
    known = machine.facts(computer(tmp_path))
    assert (known["sockets"], known["cores"], known["threads"], known["smt"]) == (1, 2, 4, True)
    assert known["siblings"] == ["0,2", "1,3"]
    assert known["caches"] == [
        {"level": 1, "type": "Data", "size": "32K", "shared_by": 2, "count": 2},
        {"level": 3, "type": "Unified", "size": "32768K", "shared_by": 4, "count": 1},
    ]


def test_the_name_outlives_a_reboot_and_an_update(tmp_path):
    """
    Kernel, microcode, boot options, load and free memory change; the computer is the same.
    """
    before = machine.facts(computer(tmp_path / "before"))
    texts = {
        "proc/cpuinfo": XEON.format(more="").replace("0xd0003a5", "0xd0003b9"),
        "proc/cmdline": "mitigations=auto",
        "proc/meminfo": "MemTotal:       16320000 kB\n",
    }
    after = machine.facts(computer(tmp_path / "after", **texts)) | {"kernel": "7.1.0"}
    assert machine.name(before) == machine.name(after)
    assert re.fullmatch(r"intel-xeon-platinum-8375c-2c-[0-9a-f]{6}", machine.name(before))


def test_another_quota_is_another_machine(tmp_path):
    """
    Half a computer is not comparable with the whole.
    """
    whole = machine.facts(computer(tmp_path / "whole"))
    quota = {"sys/fs/cgroup/cpu.max": "150000 100000\n"}
    half = machine.facts(computer(tmp_path / "half", **quota))
    assert half["cpu_quota"] == 1.5
    assert machine.name(whole) != machine.name(half)


def test_boot_options_are_taken_by_a_list_of_keys(tmp_path):
    """
    A command line may hold tokens and serial numbers; only what changes times leaves it.
    """
    known = machine.facts(computer(tmp_path))
    assert known["boot"] == {"isolcpus": "2-3", "mitigations": "off"}
    assert "hunter2" not in json.dumps(known)


def test_what_cannot_be_read_is_null_with_its_reason(tmp_path):
    """
    A reader must be able to tell "no" from "not known".
    """
    for known in (machine.facts(), machine.facts(computer(tmp_path / "some"))):
        absent = {key for key, value in known.items() if value is None}
        assert absent == set(known["missing"])
        assert all(known["missing"].values())


def test_a_system_without_proc_gives_nulls_and_no_error(tmp_path):
    """
    On macOS and Windows the rest of the tool works.
    """
    known = machine.facts(tmp_path)
    assert known["caches"] is None
    assert machine.name(known)
    noise = machine.noise(tmp_path)
    assert noise["ticks"] is None
    assert machine.warnings(known, {**noise, "load": None}) == []


def test_facts_name_neither_the_host_nor_the_user(monkeypatch):
    """
    Results are published; the network they were measured in is nobody's business.
    """
    host, user = "secret-host", "secret-user"
    named = platform.uname()._replace(node=host)
    monkeypatch.setattr(platform, "uname", lambda: named)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    monkeypatch.setenv("HOME", f"/home/{user}")
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, user)
    assert (platform.node(), getpass.getuser()) == (host, user)
    text = json.dumps(machine.facts())
    assert host not in text
    assert user not in text


def test_this_machine_has_one_name_that_a_folder_can_bear():
    """
    It is the name of a folder under results on every system.
    """
    names = {machine.name(machine.facts()) for _ in range(2)}
    assert len(names) == 1
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*-\d+c-[0-9a-f]{6}", names.pop())


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"sys/fs/cgroup/cpu.max": "max 100000"}, None),
        ({"sys/fs/cgroup/cpu.max": "250000 100000"}, 2.5),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "50000 100000",
                "sys/fs/cgroup/a/b/cpu.max": "max 100000",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/docker/1\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n0::/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            None,
        ),
    ],
    ids=["none", "v2-max", "v2", "v2-parent", "v1-in-a-container", "v1-unlimited"],
)
def test_the_tightest_quota_of_any_control_group_counts(tmp_path, files, quota):
    """
    Both versions of control groups, and a limit set on a parent, stop the threads alike.
    """
    assert cgroups.quota(computer(tmp_path, **files)) == quota


def test_usable_cpus_never_exceed_the_affinity_mask():
    """
    The default numbers of workers follow from it.
    """
    assert 1 <= machine.usable_cpus() <= len(os.sched_getaffinity(0))


def test_noise_counts_upwards():
    """
    The difference of two readings tells what went on between them.
    """
    first, second = machine.noise(), machine.noise()
    assert first["monotonic"] < second["monotonic"]
    assert first["ticks"].keys() == second["ticks"].keys()
    assert all(second["ticks"][kind] >= first["ticks"][kind] for kind in ("user", "steal"))
    json.dumps(first)


DISTURBED = {
    "load": ({}, {"load": [3.2, 1, 1]}, "wait"),
    "governor": ({"governor": "powersave"}, {}, "cpupower"),
    "quota": ({"cpu_quota": 1.5, "threads": 4}, {}, "--cpus"),
    "steal": ({"hypervisor": "kvm"}, {"ticks": {"user": 90, "steal": 10}}, "more blocks"),
    "isolated": ({"isolated_cpus": [2, 3]}, {}, "taskset"),
    "battery": ({"on_battery": True}, {}, "Plug"),
    "boost": ({"boost": True}, {}, "lower bound"),
    "hybrid": ({"hybrid": True}, {}, "taskset"),
}


@pytest.mark.parametrize("cause", DISTURBED)
def test_a_warning_says_what_it_costs_and_what_to_do(cause):
    """
    One cause, one warning, with a remedy in it.
    """
    known, now, remedy = DISTURBED[cause]
    (warning,) = machine.warnings(known, now)
    assert remedy in warning


def test_a_quiet_machine_has_no_warnings():
    """
    A tool that always warns is not read.
    """
    known = {"governor": "performance", "boost": False, "hypervisor": "none", "threads": 4}
    assert machine.warnings(known, {"load": [0.1, 0, 0], "ticks": {"user": 1, "steal": 0}}) == []
