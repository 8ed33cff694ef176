"""The orchestrator: from an experiment file to stored raw timings."""

__version__ = "0.1.0"
