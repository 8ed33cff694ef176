"""Real interpreters for the tests, and a machine of their own for every run of the tool.

``GILSCOPE_TEST_TARGETS="NAME=PATH NAME=PATH"`` names the interpreters; without it the default
choice of this machine is used. The oldest supported CPython found is always among them, since
the worker promises to run on it.
"""

import functools
import os
from pathlib import Path

import pytest
from untested import pytest_unconfigure  # noqa: F401 - a hook: the last line

from harness import target


@functools.cache
def interpreters() -> dict[str, target.Target]:
    """Return the interpreters the tests run on, by name."""
    named, _ = target.parse_named(os.environ.get("GILSCOPE_TEST_TARGETS", "").split())
    found = target.discover(named)
    chosen = [each for each in found if each.name in named]
    if not chosen:
        chosen = [
            each for each in target.select(found, ["default"]) if isinstance(each, target.Target)
        ]
    oldest = [each for each in found if each.name == "cpython-3.9"]
    return {each.name: each for each in [*chosen, *oldest]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``python_name`` once per interpreter."""
    if "python_name" in metafunc.fixturenames:
        metafunc.parametrize("python_name", sorted(interpreters()), scope="session")


@pytest.fixture(scope="session")
def pythons() -> dict[str, Path]:
    """The interpreters by name: executables, without pyperf."""
    return {name: each.python for name, each in interpreters().items()}


@pytest.fixture(scope="session")
def environment_of():
    """Give the prepared environment (pyperf, cached bytecode) of a named interpreter."""

    @functools.cache
    def environment(name: str) -> target.Environment:
        if name not in interpreters():
            pytest.skip(f"{name} is not on this machine")
        return target.prepare(interpreters()[name], (), ())

    return environment


@pytest.fixture(scope="session")
def target_python(environment_of):
    """Give the executable of a named interpreter's prepared environment."""
    return lambda name: environment_of(name).python
