"""An experiment: a question, claims written before the run, factors and a design.

The whole of this part as other modules see it. Reading and validating a file is in `reading`,
imported only when a file is read: pydantic costs more than the rest of the command line.
"""

from pathlib import Path

from harness.experiment.definition import (
    FACTORS,
    METRICS,
    PILOT,
    PRESETS,
    Claim,
    Design,
    Experiment,
    Factors,
    Override,
    Preset,
    design_for,
    is_target,
    matches,
    params_for,
    with_design,
    with_preset,
)
from harness.experiment.levels import compared_with, differing

__all__ = [
    "FACTORS",
    "METRICS",
    "PILOT",
    "PRESETS",
    "Claim",
    "Design",
    "Experiment",
    "Factors",
    "Override",
    "Preset",
    "compared_with",
    "design_for",
    "differing",
    "is_target",
    "load",
    "matches",
    "params_for",
    "with_design",
    "with_preset",
]


def load(path: Path) -> Experiment:
    """Return the experiment in the TOML file ``path``; the error names all its problems at once."""
    from harness.experiment.loader import load_file

    return load_file(path)
