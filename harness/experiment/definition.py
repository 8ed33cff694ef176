"""What an experiment is: plain data, and pure functions over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from harness.errors import GilscopeError, did_you_mean
from harness.workload import short_name, split

Where = Mapping[str, Any]  # factor (or gil) -> level, levels, or for names a glob

# Besides observed.NAME, which a workload defines. docs/metrics.md says what each of them is.
METRICS = (
    "speedup",
    "speedup_user",
    "speedup_self",
    "seconds",
    "blocked",
    "gil_wait",
    "run_delay",
    "utilisation",
    "handoffs",
    "cpu_seconds",
    "cpu_seconds_per_unit",
    "cpu_inflation",
    "tax",
    "gil_slowdown",
    "lock_effect",
    "latency_p50",
    "latency_p90",
    "latency_p99",
    "latency_max",
    "convoy_factor",
    "ratio",
    "held",
    "pss_per_worker",
    "uss_per_worker",
)
PRESETS = ("smoke", "core", "full")
# Blocks before a wanted precision can say how many more it takes. With 5 of them the second stage
# would be half as long again, for want of degrees of freedom.
PILOT = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement with a metric, a condition and a tolerance, written before the run."""

    id: str
    text: str
    where: Where
    metric: str
    expect: Mapping[str, Any]  # one of at_least, at_most: number; between: (low, high)
    source: str | None = None
    against: Where | None = None  # factor -> level in which the other cell of a ratio differs


@dataclass(frozen=True, slots=True)
class Factors:
    """The levels of every factor; their combinations are the cells."""

    workload: tuple[str, ...]
    model: tuple[str, ...]
    workers: tuple[int, ...]
    target: tuple[str, ...] = ("default",)
    lifecycle: tuple[str, ...] = ("warm",)
    chunk: tuple[int, ...] = (1,)
    switch_interval: tuple[float, ...] = (0.005,)
    gc: tuple[str, ...] = ("on",)


FACTORS = tuple(each.name for each in fields(Factors))


@dataclass(frozen=True, slots=True)
class Design:
    """What a run costs; it changes the precision of the answer and never the question."""

    blocks: int = 10
    values: int = 3
    warmups: int = 1
    seed: int = 1
    timeout: float = 60.0  # seconds per trial
    max_time: float | None = None  # seconds; stops at a block's end
    precision: float | None = None  # half-width of a ratio's interval; `blocks` is then the pilot
    max_blocks: int = 100  # with a precision: never more
    gil: Literal["observe"] | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Another design for some cells; None keeps the experiment's."""

    where: Where
    values: int | None = None
    warmups: int | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """What one preset changes; ``skip`` leaves the experiment out of it."""

    design: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment as defined. Values in ``params`` are JSON data; all else is immutable."""

    name: str
    path: Path
    text: str
    question: str
    claims: tuple[Claim, ...]
    factors: Factors
    params: Mapping[str, Mapping[str, Any]]
    design: Design
    overrides: tuple[Override, ...]
    excludes: tuple[Where, ...]
    presets: Mapping[str, Preset]

    @property
    def is_own(self) -> bool:
        """Whether it is made around one workload file, for which nobody wrote a definition."""
        return self.path.suffix == ".py"


def matches(where: Where, levels: Mapping[str, Any]) -> bool:
    """Tell whether a cell with these ``levels`` is one that ``where`` speaks of.

    An empty ``where`` speaks of every cell. A factor that ``levels`` lacks (or whose level is
    None, as the GIL's before anything has run) matches nothing.
    """
    return all(
        any(_agrees(each, levels.get(factor)) for each in _listed(wanted))
        for factor, wanted in where.items()
    )


def design_for(experiment: Experiment, levels: Mapping[str, Any]) -> Design:
    """Return the design of the cell with these ``levels``; later overrides win."""
    design = experiment.design
    for override in experiment.overrides:
        if matches(override.where, levels):
            given = {name: getattr(override, name) for name in ("values", "warmups", "timeout")}
            changed = {name: value for name, value in given.items() if value is not None}
            design = replace(design, **changed)
    return design


def params_for(
    experiment: Experiment, workload_level: str, target_name: str, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a workload's parameters on one target.

    Later ones win: the file's ``defaults``, ``[params.NAME]``, its sub-tables whose glob
    matches the target, ``[params."NAME@LABEL"]``, its sub-tables.
    """
    _, label = split(workload_level)
    name = short_name(workload_level)
    merged = dict(defaults)
    for table_name in (name, *([f"{name}@{label}"] if label is not None else [])):
        table = experiment.params.get(table_name, {})
        per_target = {key: value for key, value in table.items() if is_target(key, value, defaults)}
        chosen = [{key: value for key, value in table.items() if key not in per_target}]
        chosen += [part for glob, part in per_target.items() if fnmatchcase(target_name, glob)]
        for part in chosen:
            if unknown := next((key for key in part if key not in defaults), None):
                raise GilscopeError(
                    f"{name} has no parameter {unknown!r}{did_you_mean(unknown, defaults)}",
                    where=f"{experiment.path}: params.{table_name}",
                    hint=f"Its PARAMS: {', '.join(defaults) or 'none'}.",
                )
            merged |= part
    return merged


def is_target(key: str, value: object, defaults: Mapping[str, Any]) -> bool:
    """Tell whether a key of ``[params.NAME]`` is a glob of targets and no parameter."""
    return isinstance(value, Mapping) and key not in defaults


def with_preset(experiment: Experiment, name: str | None) -> Experiment | None:
    """Return ``experiment`` as the preset has it; None when the preset leaves it out.

    Smoke proves that everything runs: 1 block, 1 value, at most 1 warm-up, whatever else the
    experiment or an override says, unless its own smoke table says more.
    """
    if name is None:
        return experiment
    if name not in PRESETS:
        what = f"unknown preset {name!r}{did_you_mean(name, PRESETS)}"
        raise GilscopeError(what, where="--preset", hint=f"Presets: {', '.join(PRESETS)}.")
    preset = experiment.presets.get(name, Preset())
    if preset.skip:
        return None
    design, overrides = experiment.design, experiment.overrides
    if name == "smoke":
        design = _bent(design, {"blocks": 1, "values": 1, "warmups": min(1, design.warmups)})
        overrides = tuple(
            replace(each, values=None, warmups=0 if each.warmups == 0 else None)
            for each in overrides
        )
    return replace(
        experiment,
        design=_bent(design, preset.design),
        overrides=overrides,
        factors=replace(experiment.factors, **preset.factors),
        params=_merged(experiment.params, preset.params),
    )


def with_design(
    experiment: Experiment,
    *,
    blocks: int | None = None,
    values: int | None = None,
    timeout: float | None = None,
) -> Experiment:
    """Return ``experiment`` with what the command line asks for, which wins over overrides."""
    asked = {"blocks": blocks, "values": values, "timeout": timeout}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    for name, value in given.items():
        if not value > 0:
            hint = "Give a number above 0."
            raise GilscopeError(f"{value} is out of range", where=f"--{name}", hint=hint)
    cleared = {name: None for name in given if name != "blocks"}
    return replace(
        experiment,
        design=_bent(experiment.design, given),
        overrides=tuple(replace(each, **cleared) for each in experiment.overrides),
    )


def _bent(design: Design, given: Mapping[str, Any]) -> Design:
    """Return the design with what is given; a number of blocks ends a precision, and begins it."""
    if given.get("precision") is not None:
        given = {**given, "blocks": PILOT}
    elif "blocks" in given:
        given = {**given, "precision": None}
    return replace(design, **given)


def _agrees(wanted: object, level: object) -> bool:
    if isinstance(wanted, str):
        # The plain comparison too: a level may hold a character that a glob gives a meaning.
        return isinstance(level, str) and (level == wanted or fnmatchcase(level, wanted))
    # 1 == True in Python, but one worker is not a GIL.
    return isinstance(wanted, bool) == isinstance(level, bool) and wanted == level


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables into tables; anything else in ``new`` replaces what ``old`` has."""
    both = {
        name: _merged(old[name], value)
        for name, value in new.items()
        if isinstance(value, Mapping) and isinstance(old.get(name), Mapping)
    }
    return {**old, **new, **both}
