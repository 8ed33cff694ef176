"""Builds of Python as plain data, for tests that need none to exist."""

from pathlib import Path

from harness.target.build import Found


def build(version: str = "3.13.5", *, free_threaded: bool = False, **other):
    """Return the facts of a build; ``prefix`` and ``arguments`` go into its configure line."""
    numbers = [int(part) for part in version.split(".")]
    prefix = other.pop("prefix", "/opt/python")
    arguments = [f"--prefix={prefix}", *other.pop("arguments", [])]
    arguments += ["--disable-gil"] * free_threaded
    return {
        "implementation": "cpython",
        "version": version,
        "version_info": [*numbers, "final", 0],
        "full_version": version,
        "pypy_version": None,
        "free_threaded": free_threaded,
        "gil_enabled": not free_threaded,
        "jit": {"available": False, "enabled": False},
        "debug": False,
        "optimisation": "-O3",
        "pgo": True,
        "lto": False,
        "shared": False,
        "compiler": "GCC 14.2.0",
        "build_date": "Oct 1 2026",
        "config_args": " ".join(f"'{argument}'" for argument in arguments),
        "cflags": None,
        "architecture": "x86_64",
        **other,
    }


def pypy(version: str = "3.11.13"):
    """Return the facts of a PyPy."""
    return build(version) | {
        "implementation": "pypy",
        "pypy_version": "7.3.20",
        "jit": {"available": True, "enabled": True},
        "pgo": None,
        "lto": None,
        "config_args": None,
    }


def found(*builds) -> list[Found]:
    """Return the builds as found at a path each."""
    return [Found(Path(f"/opt/{number}/bin/python"), each) for number, each in enumerate(builds)]
