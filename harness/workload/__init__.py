"""A workload's file: its facts, read from its source, and which file a name means."""

from harness.workload.facts import Workload, read
from harness.workload.lookup import experiments_folder, find, short_name, split

__all__ = ["Workload", "experiments_folder", "find", "read", "short_name", "split"]
