"""The worker under the interpreters of the tests."""

import pytest
from trials import Worker


@pytest.fixture
def worker(python_name, environment_of, tmp_path) -> Worker:
    """Ask one interpreter after the other."""
    return Worker(environment_of(python_name), tmp_path)


@pytest.fixture
def any_worker(pythons, environment_of, tmp_path) -> Worker:
    """Ask one interpreter what does not depend on it."""
    return Worker(environment_of(min(pythons)), tmp_path)
