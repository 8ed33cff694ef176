"""What this computer is, what it is called, and what makes it noisy."""

from harness.machine.cgroups import usable_cpus
from harness.machine.facts import facts
from harness.machine.naming import name
from harness.machine.noise import noise
from harness.machine.warnings import warnings

__all__ = ["facts", "name", "noise", "usable_cpus", "warnings"]
