"""Declares a package that no interpreter has."""

import gilscope_no_such_package  # noqa: F401

REQUIRES = ["gilscope_no_such_package"]
