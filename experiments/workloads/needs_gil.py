"""Compute after importing an extension that does not say it can do without the GIL.

A free-threaded interpreter that meets an extension without ``Py_mod_gil`` turns its GIL on, for
good and for everything: a warning on standard error is all one sees of it. The extension here does
nothing but that; with ``declared = true`` it makes the declaration, and nothing happens.
Expect with 2 workers: on a free-threaded build threads about 1 time as fast as sequential, 1.7 to
2 times with the declaration; on a build with a GIL 1 time either way. Processes 1.7 to 2 times.
Trap: the work never calls the extension. That some dependency of a dependency imports one is
enough, so look at the GIL's state after the imports and not at the build.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.machinery import ExtensionFileLoader

PARAMS = {"items": 16, "iterations": 50_000, "declared": False}

CPU_BOUND = True

NAME = "gilscope_needs_gil"
SOURCE = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "gilscope_needs_gil", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_gilscope_needs_gil(void) {
    PyObject *made = PyModule_Create(&module);
#if defined(DECLARED) && defined(Py_GIL_DISABLED)
    if (made != NULL)
        PyUnstable_Module_SetGIL(made, Py_MOD_GIL_NOT_USED);
#endif
    return made;
}
"""


def make_items(items: int, iterations: int, declared: bool) -> list[tuple[str, int, int]]:
    """Return pieces (path of the extension, first state, iterations). Untimed.

    Raises NotImplementedError where the extension cannot be compiled.
    """
    path = compiled(declared)
    return [(path, index, iterations) for index in range(items)]


@functools.lru_cache(maxsize=1)
def folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder of our own that goes away with this process."""
    return tempfile.TemporaryDirectory(prefix="gilscope-extension-")


@functools.lru_cache(maxsize=2)
def compiled(declared: bool) -> str:
    """Return the path of the extension, compiled for this very interpreter.

    Nothing is fetched: a package of that name on an index would be a stranger's.
    """
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):  # noqa: PTH110, PTH118
        raise NotImplementedError("needs this interpreter's Python.h, which was not installed")
    names = [(sysconfig.get_config_var("CC") or "cc").split()[0], "cc", "gcc", "clang"]
    compiler = next((found for found in map(shutil.which, names) if found), None)
    if compiler is None:
        raise NotImplementedError("needs a C compiler to make an extension with; none was found")
    source = os.path.join(folder().name, f"{NAME}.c")  # noqa: PTH118
    with open(source, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(SOURCE)
    suffix = sysconfig.get_config_var("EXT_SUFFIX") or ".so"
    path = os.path.join(folder().name, f"declared_{declared}{suffix}")  # noqa: PTH118
    options = ["-shared", "-fPIC", *(["-DDECLARED"] if declared else []), f"-I{include}"]
    command = [compiler, *options, source, "-o", path]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotImplementedError(f"needs an extension, which cannot be compiled: {last}")
    return path


def task(piece: tuple[str, int, int]) -> int:
    """Return the state of a generator after so many steps, the extension being loaded. Timed."""
    path, state, iterations = piece
    if NAME not in sys.modules:  # the first item, in every process: before the clock
        load(path)
    for _ in range(iterations):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return state


def load(path: str) -> None:
    """Import the extension; this is what turns the GIL on."""
    spec = importlib.util.spec_from_loader(NAME, ExtensionFileLoader(NAME, path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[NAME] = module


def units(items: int, iterations: int, declared: bool) -> int:  # noqa: ARG001
    """Return how many iterations a pass has."""
    return items * iterations


def check(results: list[int], items: int, iterations: int, declared: bool) -> None:  # noqa: ARG001
    """Raise AssertionError unless the states are those of a formula.

    After n steps the state is a^n * x + c * (a^n - 1) / (a - 1), all of it modulo 2^31.
    """
    power = pow(1103515245, iterations, 2**31 * 1103515244)
    summand = 12345 * ((power - 1) // 1103515244)
    expected = [(power * state + summand) % 2**31 for state in range(items)]
    assert results == expected, f"states differ from the formula, first ones {results[:4]}"
