"""Properties that hold for every experiment, shown by generated ones."""

import fnmatch
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import GilscopeError
from harness.experiment import (
    FACTORS,
    METRICS,
    Claim,
    Design,
    Experiment,
    Factors,
    Override,
    Preset,
    load,
    matches,
)

SETTINGS = settings(max_examples=60, deadline=None)

SOURCE = """\
PARAMS = {"items": 4, "ratio": 0.5, "name": "x", "weights": [1]}
def make_items(**params): return [1]
def task(item): return item
def check(results, **params): assert results == [1]
"""
MODELS = ("sequential", "threads", "processes-spawn", "asyncio-to-thread")
WORKLOADS = ("work", "work@big", "other", "other@a b")


def some(levels):
    return st.lists(levels, min_size=1, max_size=3, unique=True).map(tuple)


# Everything TOML can hold in a string, so that quoting and columns are tried too.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
SECONDS = st.floats(0.01, 1000) | st.integers(1, 1000).map(float)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TARGET = st.from_regex(r"(cpython|pypy)-3\.[0-9]{1,2}t?(,PYTHON_GIL=[01])?", fullmatch=True)

LEVELS = {
    "workload": st.sampled_from(WORKLOADS),
    "model": st.sampled_from(MODELS),
    "workers": st.integers(1, 64),
    "target": TARGET,
    "lifecycle": st.sampled_from(("warm", "cold")),
    "chunk": st.integers(1, 1000),
    "switch_interval": st.floats(1e-6, 1),
    "gc": st.sampled_from(("on", "off")),
}
GLOBS = st.sampled_from(("*", "cpython-*", "*t", "pypy-3.[0-9]*", "thr?ads"))
NAMED = {"model", "target", "lifecycle", "gc"}
OF_WHERE = {
    name: level | some(level | GLOBS if name in NAMED else level) for name, level in LEVELS.items()
} | {"gil": st.booleans()}
# A workload in a where must be one of the experiment, which is drawn separately.
WHERE = st.fixed_dictionaries({}, optional={k: v for k, v in OF_WHERE.items() if k != "workload"})
FILLED = WHERE.filter(bool)

PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "items": st.integers(-(2**63), 2**63 - 1),
        "ratio": NUMBER,
        "name": TEXT,
        "weights": st.lists(st.integers() | TEXT, max_size=3),
        "pypy-*": st.fixed_dictionaries({}, optional={"items": st.integers(0, 9)}),
    },
)
DESIGN = {
    "blocks": st.integers(1, 10_000),
    "values": st.integers(1, 10_000),
    "warmups": st.integers(0, 10_000),
    "seed": st.integers(0, 2**63 - 1),
    "timeout": SECONDS,
    "max_time": SECONDS,
    "gil": st.just("observe"),
}
EXPECT = (
    st.builds(lambda x: {"at_least": x}, NUMBER)
    | st.builds(lambda x: {"at_most": x}, NUMBER)
    | st.tuples(NUMBER, NUMBER).map(lambda pair: {"between": tuple(sorted(pair))})
)
SINGLE = [name for name in METRICS if name != "ratio"]
SAID = {"id": NAME, "text": TEXT, "expect": EXPECT, "source": st.none() | TEXT}
CLAIM = (
    # Of every cell there is, which nothing but an exclusion of all of them makes impossible.
    st.builds(Claim, where=st.just({}), metric=st.sampled_from(("seconds", "run_delay")), **SAID)
    | st.builds(Claim, where=WHERE, metric=st.sampled_from((*SINGLE, "observed.depth")), **SAID)
    | st.builds(
        Claim,
        where=WHERE,
        metric=st.just("ratio"),
        against=st.fixed_dictionaries({}, optional=LEVELS).filter(bool),
        **SAID,
    )
)
OVERRIDE = st.builds(
    Override,
    where=WHERE,
    values=st.none() | st.integers(1, 99),
    warmups=st.none() | st.integers(0, 99),
    timeout=SECONDS,
)
PRESET = st.builds(
    Preset,
    design=st.fixed_dictionaries({}, optional=DESIGN),
    factors=st.fixed_dictionaries({}, optional={k: some(v) for k, v in LEVELS.items()}),
    params=st.fixed_dictionaries({}, optional={"work": PARAMS}),
    skip=st.booleans(),
)
EXPERIMENT = st.builds(
    Experiment,
    name=st.just("generated"),
    path=st.just(Path()),
    text=st.just(""),
    question=TEXT,
    claims=st.lists(CLAIM, max_size=3, unique_by=lambda claim: claim.id).map(tuple),
    factors=st.builds(
        Factors,
        # The first is always there, so that its parameters may be set.
        workload=some(LEVELS["workload"]).map(lambda names: tuple(dict.fromkeys(("work", *names)))),
        **{name: some(level) for name, level in LEVELS.items() if name != "workload"},
    ),
    params=st.fixed_dictionaries({}, optional={"work": PARAMS}),
    design=st.builds(Design, **DESIGN),
    overrides=st.lists(OVERRIDE, max_size=2).map(tuple),
    excludes=st.lists(FILLED, max_size=2).map(tuple),
    presets=st.fixed_dictionaries({}, optional=dict.fromkeys(("smoke", "core", "full"), PRESET)),
)


class Writer:
    """Writes TOML and remembers on which line each key of ours stands."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.keys: list[tuple[int, str]] = []  # index of the line, key as written

    def table(self, header: str, table, skip=(None,)) -> None:
        """Add a table, its empty keys left out."""
        self.keys.append((len(self.lines), header.strip("[]").split(".")[-1]))
        self.lines.append(header)
        self.pairs({name: value for name, value in table.items() if value not in skip})

    def pairs(self, table) -> None:
        """Add a line for every key."""
        for name, value in table.items():
            written = quoted(name)
            if name != "pypy-*":  # another glob is as good
                self.keys.append((len(self.lines), written))
            self.lines.append(f"{written} = {as_toml(value)}")

    def text(self) -> str:  # noqa: D102
        return "\n".join(self.lines) + "\n"


def quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else as_toml(name)


def as_toml(value) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{quoted(k)} = {as_toml(v)}' for k, v in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(experiment: Experiment) -> Writer:
    """Write an experiment as TOML, a key per line where the format allows it."""
    out = Writer()
    out.pairs({"question": experiment.question})
    out.table("[factors]", {name: getattr(experiment.factors, name) for name in FACTORS})
    for name, params in experiment.params.items():
        out.table(f"[params.{name}]", params)
    out.table("[design]", {name: getattr(experiment.design, name) for name in DESIGN})
    for claim in experiment.claims:
        out.table("[[claims]]", {name: getattr(claim, name) for name in Claim.__slots__})
    for override in experiment.overrides:
        out.table("[[override]]", {name: getattr(override, name) for name in Override.__slots__})
    for where in experiment.excludes:
        out.table("[[exclude]]", {"where": where})
    for name, preset in experiment.presets.items():
        out.table(f"[presets.{name}]", {"skip": preset.skip})
        out.table(f"[presets.{name}.design]", preset.design)
        out.table(f"[presets.{name}.factors]", preset.factors)
        for workload, params in preset.params.items():
            out.table(f"[presets.{name}.params.{workload}]", params)
    return out


@pytest.fixture(scope="module")
def file():
    """Give a file to load from, with the two workloads that generated experiments name."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "workloads").mkdir()
        for name in ("work", "other"):
            (Path(folder) / "workloads" / f"{name}.py").write_text(SOURCE)
        yield Path(folder) / "generated.toml"


@SETTINGS
@given(experiment=EXPERIMENT)
def test_what_is_written_is_what_is_loaded(file, experiment):
    """
    Every experiment survives the way through a file unchanged; claims may be refused.
    """
    text = written(experiment).text()
    file.write_text(text, newline="")
    loaded = refused = None
    try:
        loaded = load(file)
    except GilscopeError as error:
        refused = error
    if refused is not None:
        assert refused.what.startswith("claims[")
        assert refused.hint
        experiment = replace(experiment, claims=())
        text = written(experiment).text()
        file.write_text(text, newline="")
        loaded = load(file)

    assert loaded is not None
    assert loaded.text == text
    for part in Experiment.__slots__:
        if part not in ("path", "text"):
            assert getattr(loaded, part) == getattr(experiment, part), part


@SETTINGS
@given(experiment=EXPERIMENT, data=st.data())
def test_a_misspelt_key_is_told_with_its_line(file, experiment, data):
    """
    No key is ignored: a misspelt `blocks` that silently left the default would change the run.
    """
    out = written(experiment)
    lines = out.lines
    index, key = data.draw(st.sampled_from(out.keys))
    wrong = f"{key[:-1]}_zq{key[-1]}" if key.endswith('"') else f"{key}_zq"
    header, _, end = lines[index].rpartition(key) if lines[index][0] == "[" else ("", "", "")
    lines[index] = f"{header}{wrong}{end}" if header else wrong + lines[index][len(key) :]
    file.write_text(out.text(), newline="")

    with pytest.raises(GilscopeError) as caught:
        load(file)

    assert f"{file}:{index + 1}:" in str(caught.value)


@SETTINGS
@given(experiment=EXPERIMENT, data=st.data())
def test_a_damaged_file_is_never_a_traceback(file, experiment, data):
    """
    A file cut, doubled or scrambled anywhere loads or is refused with where, what and a hint.
    """
    content = written(experiment).text().encode()
    at = data.draw(st.integers(0, len(content)))
    inserted = data.draw(st.sampled_from([b'"', b"[", b"]]", b"\n", b"\xff", b"= 5", b"{", b"x"]))
    removed = data.draw(st.integers(0, 9))
    file.write_bytes(content[:at] + inserted + content[at + removed :])

    refused = None
    try:
        load(file)
    except GilscopeError as error:
        refused = error

    assert refused is None or (
        refused.where.startswith(str(file)) and refused.what and refused.hint
    )


def plainly(where, levels) -> bool:
    """Say of each factor which levels are meant, the long way."""
    for factor, wanted in where.items():
        if factor not in levels:
            return False
        level = levels[factor]
        meant = False
        for each in wanted if isinstance(wanted, tuple) else [wanted]:
            if type(each) is str and type(level) is str:
                # A name means itself too, even one with a character that globs use.
                meant |= each == level or re.fullmatch(fnmatch.translate(each), level) is not None
            elif type(each) is bool or type(level) is bool:
                meant |= each is level
            else:
                meant |= each == level
        if not meant:
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(
    where=st.fixed_dictionaries({}, optional=OF_WHERE),
    levels=st.fixed_dictionaries({}, optional={**LEVELS, "gil": st.booleans()}),
    taken=st.sets(st.sampled_from([*FACTORS, "gil"])),
)
def test_matches_agrees_with_a_second_reading_of_the_rule(where, levels, taken):
    """
    Written twice by different means; half of the levels are taken from the where itself.
    """
    for factor in taken & where.keys():
        wanted = where[factor]
        levels[factor] = wanted[0] if isinstance(wanted, tuple) else wanted

    assert matches(where, levels) == plainly(where, levels)
