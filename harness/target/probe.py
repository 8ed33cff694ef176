"""Print, as one JSON object, what the interpreter running this file is.

Started by path with ``-I -S -B`` on any Python from 3.6 on, therefore in 3.6's syntax and with
nothing but the standard library.
"""

import json
import os
import platform
import sys
import sysconfig


def flag(name):
    """Return a build variable as text; absent ones are empty."""
    return str(sysconfig.get_config_var(name) or "")


def core_flags():
    """Return the flags the interpreter's own files were compiled and linked with."""
    names = ("PY_CFLAGS", "PY_CFLAGS_NODIST", "PY_CORE_CFLAGS", "PY_LDFLAGS_NODIST")
    return " ".join(flag(name) for name in names)


def optimised(options, traces):
    """Return whether a build was optimised in one way; None where nobody can tell.

    Debian optimises by profile and link time and then removes the traces from what it ships. An
    ordinary build always defines PGO_PROF_USE_FLAG, used or not: an empty one gives it away.
    """
    arguments = sysconfig.get_config_var("CONFIG_ARGS")
    if sys.implementation.name != "cpython" or arguments is None:
        return None
    if any(option in arguments for option in options):
        return True
    if any(trace in core_flags() for trace in traces):
        return True
    return False if flag("PGO_PROF_USE_FLAG") else None


def level():
    """Return the optimisation level in force: the compiler obeys the last one it is given."""
    levels = [word for word in core_flags().split() if word.startswith("-O")]
    return levels[-1] if levels else None


def jit():
    """Return whether there is a JIT compiler and whether it is on unless asked otherwise."""
    if sys.implementation.name == "pypy":
        present = "pypyjit" in sys.builtin_module_names
        return {"available": present, "enabled": present}
    known = getattr(sys, "_jit", None)  # from 3.14 on
    if known is not None:
        return {"available": known.is_available(), "enabled": known.is_enabled()}
    present = "-D_Py_JIT" in core_flags().split()
    return {"available": present, "enabled": present and "jit=yes-off" not in flag("CONFIG_ARGS")}


def version():
    """Return the version as in ``python --version``, release candidates told apart."""
    info = sys.version_info
    suffix = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(info.releaselevel)
    text = ".".join(str(number) for number in info[:3])
    return text + (f"{suffix}{info.serial}" if suffix else "")


def facts():
    """Return what tells this build from every other one."""
    pypy = getattr(sys, "pypy_version_info", None)
    gil_enabled = getattr(sys, "_is_gil_enabled", None)
    return {
        "implementation": sys.implementation.name,
        "version": version(),
        "version_info": list(sys.version_info),
        "full_version": " ".join(sys.version.split()),
        "pypy_version": ".".join(str(number) for number in pypy[:3]) if pypy else None,
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil_enabled": gil_enabled() if gil_enabled else True,
        "jit": jit(),
        "debug": hasattr(sys, "gettotalrefcount"),
        "optimisation": level(),
        "pgo": optimised(["--enable-optimizations"], ["-fprofile-use", "-fprofile-instr-use"]),
        "lto": optimised(["--with-lto"], ["-flto"]),
        "shared": bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
        "compiler": platform.python_compiler(),
        "build_date": platform.python_build()[1],
        "config_args": sysconfig.get_config_var("CONFIG_ARGS"),
        "cflags": flag("PY_CFLAGS") or None,
        "architecture": platform.machine(),
    }


if __name__ == "__main__":
    executable = getattr(sys, "_base_executable", None) or sys.executable
    place = {
        "executable": os.path.realpath(executable),
        "base_prefix": os.path.realpath(sys.base_prefix),
    }
    print(json.dumps({"build": facts(), "place": place}))
