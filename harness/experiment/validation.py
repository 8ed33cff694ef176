"""Validate an experiment file beyond its shape: names that exist, levels that differ.

Works on the parsed TOML, whose shape may be wrong at the same time: all problems of a file are
reported at once. So everything here looks only at values of the right type.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from harness import models, workload
from harness.errors import GilscopeError, did_you_mean
from harness.experiment.definition import FACTORS, METRICS, is_target
from harness.experiment.problems import Problem
from harness.experiment.toml_positions import Keys
from harness.workload import Workload
from harness.workload.source import is_data

OBSERVED = re.compile(r"observed\.[A-Za-z_][A-Za-z0-9_.]*")
GLOB = re.compile(r"[*?\[]")
# Of levels: a cell has a target's name.
SELECTORS = ("default", "twins", "all", "free-threaded", "newest", "oldest", "jit")
LEVELS = {"lifecycle": ("warm", "cold"), "gc": ("on", "off")}

Data = Mapping[str, Any]


def problems(data: Data, path: Path) -> list[Problem]:
    """Return what is wrong in the experiment file ``path`` with the content ``data``."""
    known = list(models.known())
    levels = {level for _, level in _levels(data, "workload")}
    found, broken = _workloads(data, path.parent)
    return [
        *broken,
        *_unknown_models(data, known),
        *_duplicate_levels(data),
        *_claims(data),
        *_max_blocks(data),
        *(problem for keys, where in _wheres(data) for problem in _where(keys, where, known)),
        *_where_workloads(data, levels, path.parent),
        *_against(data, known, levels),
        *_params(data, found, levels),
    ]


def _factor_tables(data: Data) -> Iterator[tuple[Keys, Data]]:
    """Yield the experiment's factors and those of its presets."""
    if isinstance(data.get("factors"), dict):
        yield ("factors",), data["factors"]
    for name, preset in _items(data.get("presets")):
        if isinstance(preset, dict) and isinstance(preset.get("factors"), dict):
            yield ("presets", name, "factors"), preset["factors"]


def _levels(data: Data, factor: str) -> Iterator[tuple[Keys, str]]:
    """Yield every level of a factor of names, in the experiment and in its presets."""
    for keys, table in _factor_tables(data):
        if isinstance(levels := table.get(factor), list):
            for index, level in enumerate(levels):
                if isinstance(level, str):
                    yield (*keys, factor, index), level


def _wheres(data: Data) -> Iterator[tuple[Keys, Data]]:
    """Yield every ``where`` of claims, overrides and exclusions."""
    for section in ("claims", "override", "exclude"):
        for index, entry in _elements(data.get(section)):
            if isinstance(entry.get("where"), dict):
                yield (section, index, "where"), entry["where"]
            elif section == "exclude":
                yield (section, index), entry


def _workloads(data: Data, beside: Path) -> tuple[dict[str, Workload], list[Problem]]:
    """Read the workload of every level; what cannot be found or read is a problem."""
    found: dict[str, Workload] = {}
    broken: list[Problem] = []
    for keys, level in _levels(data, "workload"):
        try:
            if level not in found:
                found[level] = workload.read(workload.find(level, beside))
        except GilscopeError as error:
            inside = "" if error.where.startswith("workload ") else f"{error.where}: "
            broken.append(Problem(keys, inside + error.what, error.hint, at_value=True))
    return found, broken


def _unknown_models(data: Data, models: list[str]) -> Iterator[Problem]:
    for keys, level in _levels(data, "model"):
        if level not in models:
            yield _unknown_model(keys, level, models)


def _unknown_model(keys: Keys, level: str, models: list[str]) -> Problem:
    what = f"unknown execution model {level!r}{did_you_mean(level, models)}"
    return Problem(keys, what, f"Models: {', '.join(models)}.", at_value=True)


def _duplicate_levels(data: Data) -> Iterator[Problem]:
    for keys, table in _factor_tables(data):
        for factor in FACTORS:
            levels = table.get(factor)
            if not isinstance(levels, list):
                continue
            for index, level in enumerate(levels):
                if level in levels[:index]:
                    what = f"level {level!r} is given twice"
                    hint = "Remove one of them: every cell is measured once per block."
                    yield Problem((*keys, factor, index), what, hint, at_value=True)


def _claims(data: Data) -> Iterator[Problem]:
    seen: list[str] = []
    for index, claim in _elements(data.get("claims")):
        name, metric = claim.get("id"), claim.get("metric")
        if isinstance(name, str) and name in seen:
            what = f"the id {name!r} is taken by an earlier claim"
            hint = "Verdicts are reported by id: give every claim its own."
            yield Problem(("claims", index, "id"), what, hint, at_value=True)
        if isinstance(name, str):
            seen.append(name)
        if isinstance(metric, str) and metric not in METRICS and not OBSERVED.fullmatch(metric):
            what = f"unknown metric {metric!r}{did_you_mean(metric, METRICS)}"
            hint = f"Metrics: {', '.join(METRICS)}, and observed.NAME for what a workload observes."
            yield Problem(("claims", index, "metric"), what, hint, at_value=True)
        yield from _ratio(("claims", index), claim)


def _ratio(keys: Keys, claim: Data) -> Iterator[Problem]:
    """Yield that a ratio names no second cell, or that something else names one."""
    if claim.get("metric") == "ratio" and "against" not in claim:
        what = "a ratio compares with another cell, and `against` names none"
        hint = 'Write what differs, for example against = { workload = "before" }.'
        yield Problem((*keys, "metric"), what, hint, at_value=True)
    if "against" in claim and claim.get("metric") != "ratio":
        what = f"metric {claim.get('metric')!r} takes no `against`"
        hint = 'Write metric = "ratio", or leave `against` out.'
        yield Problem((*keys, "against"), what, hint)


def _against(data: Data, known: list[str], levels: set[str]) -> Iterator[Problem]:
    """Yield the names in an ``against`` that no cell has, or that several may have."""
    for index, claim in _elements(data.get("claims")):
        against, keys = claim.get("against"), ("claims", index, "against")
        if not _is_table(against):
            continue
        for factor, level in against.items():
            at = (*keys, factor)
            if not isinstance(level, str) or factor not in ("workload", "model", "target"):
                continue
            if factor == "model" and level not in known and not GLOB.search(level):
                yield _unknown_model(at, level, known)
            elif factor == "workload" and level not in levels and not GLOB.search(level):
                yield _unknown_workload(at, level, levels)
            elif factor == "target" and level.partition(",")[0] in SELECTORS:
                what = f"{level!r} chooses targets; it is not the name of one"
                yield Problem(at, what, 'Write a name, such as "cpython-3.13".', at_value=True)
            elif GLOB.search(level) and level not in levels:
                what = f"{level!r} may mean several cells, and a claim compares with one"
                yield Problem(at, what, "Write the level itself, not a pattern.", at_value=True)


def _max_blocks(data: Data) -> Iterator[Problem]:
    designs = [data.get("design")]
    designs += [each.get("design") for _, each in _items(data.get("presets")) if _is_table(each)]
    if any(_is_table(each) and "precision" in each for each in designs):
        return
    if isinstance(data.get("design"), dict) and "max_blocks" in data["design"]:
        what = "max_blocks needs precision"
        yield Problem(
            ("design", "max_blocks"), what, "Add precision = 0.05, or use blocks instead."
        )


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _where(keys: Keys, where: Data, models: list[str]) -> Iterator[Problem]:
    """Report names that no cell can have: a claim about them would silently go untested."""
    for at, level in _where_names(keys, where, "model"):
        if level not in models:
            yield _unknown_model(at, level, models)
    for factor, known in LEVELS.items():
        for at, level in _where_names(keys, where, factor):
            if level not in known:
                what = f"unknown level {level!r}{did_you_mean(level, known)}"
                yield Problem(at, what, f"Levels: {', '.join(known)}.", at_value=True)
    for at, level in _where_names(keys, where, "target"):
        if level.partition(",")[0] in SELECTORS:
            what = f"{level!r} chooses targets; it is not the name of one"
            hint = 'Write a name, a glob such as "cpython-*t*", or gil = false.'
            yield Problem(at, what, hint, at_value=True)


def _where_workloads(data: Data, levels: set[str], beside: Path) -> Iterator[Problem]:
    for keys, where in _wheres(data):
        for at, level in _where_names(keys, where, "workload"):
            if level not in levels and ("@" in level or not _exists(level, beside)):
                yield _unknown_workload(at, level, levels)


def _unknown_workload(at: Keys, level: str, levels: set[str]) -> Problem:
    what = f"no workload {level!r} in this experiment{did_you_mean(level, levels)}"
    hint = f"Its workloads: {', '.join(sorted(levels)) or 'none'}."
    return Problem(at, what, hint, at_value=True)


def _exists(level: str, beside: Path) -> bool:
    try:
        workload.find(level, beside)
    except GilscopeError:
        return False
    return True


def _where_names(keys: Keys, where: Data, factor: str) -> Iterator[tuple[Keys, str]]:
    """Yield the names that are no globs which ``where`` gives for ``factor``."""
    given = where.get(factor)
    listed = enumerate(given) if isinstance(given, list) else [(None, given)]
    for index, level in listed:
        if isinstance(level, str) and not GLOB.search(level):
            yield (*keys, factor, *(() if index is None else (index,))), level


def _params(data: Data, found: Mapping[str, Workload], levels: set[str]) -> Iterator[Problem]:
    """Parameters of workloads in this experiment, by the names and types their PARAMS have."""
    tables: list[tuple[Keys, object]] = [(("params",), data.get("params"))]
    tables += [
        (("presets", name, "params"), preset.get("params"))
        for name, preset in _items(data.get("presets"))
        if isinstance(preset, dict)
    ]
    short = {workload.short_name(level): read for level, read in found.items()}
    labelled = {
        f"{workload.short_name(level)}@{label}"
        for level in levels
        if (label := workload.split(level)[1]) is not None
    }
    names = {workload.short_name(level) for level in levels} | labelled
    for keys, table in tables:
        for name, given in _items(table):
            if name not in names:
                what = f"no workload {name!r} in this experiment{did_you_mean(name, names)}"
                hint = f"Its workloads: {', '.join(sorted(names)) or 'none'}."
                yield Problem((*keys, name), what, hint)
            elif (read := short.get(workload.split(name)[0])) and isinstance(given, dict):
                yield from _values((*keys, name), given, read, nested=False)


def _values(keys: Keys, given: Data, read: Workload, *, nested: bool) -> Iterator[Problem]:
    for name, value in given.items():
        if not nested and is_target(name, value, read.params):
            yield from _values((*keys, name), value, read, nested=True)
        elif name not in read.params:
            what = f"{read.name} has no parameter {name!r}{did_you_mean(name, read.params)}"
            hint = f"Its PARAMS: {', '.join(read.params) or 'none'}."
            yield Problem((*keys, name), what, hint)
        elif name in read.roles.values() and (type(value) is not int or value < 0):
            what = f"{value!r} members of a group"
            hint = "Give a whole number, 0 or more."
            yield Problem((*keys, name), what, hint, at_value=True)
        elif not is_data(value) or not _same_kind(value, read.params[name]):
            what = f"got {value!r} where PARAMS of {read.name} has {read.params[name]!r}"
            hint = "Give a value of the same type."
            yield Problem((*keys, name), what, hint, at_value=True)


def _same_kind(value: object, default: object) -> bool:
    """Tell whether ``value`` may stand for ``default``; a whole number may for a float."""
    if default is None:
        return True
    if isinstance(default, float):
        return isinstance(value, float | int) and not isinstance(value, bool)
    return type(value) is type(default)


def _items(table: object) -> Iterator[tuple[str, Any]]:
    if isinstance(table, dict):
        yield from table.items()


def _elements(tables: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the tables of an array of tables with their indices."""
    for index, entry in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(entry, dict):
            yield index, entry
