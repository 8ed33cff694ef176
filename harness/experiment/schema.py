"""The shape of an experiment file: keys, types and ranges, as pydantic models.

What depends on other files or on several keys at once is in `rules`. Imported only
when a file is read or the JSON Schema for editors is written.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from harness.experiment.definition import PILOT

DAY = 86_400.0
EXCLUDE_HINT = "Write [[exclude]] and below it where = { FACTOR = LEVEL }."

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Count = Annotated[int, Field(ge=1, le=100_000)]
Interval = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Lifecycle = Literal["warm", "cold"]
Switch = Literal["on", "off"]

# At least one level; that none is given twice is a rule, because only a rule can say which.
Texts = Annotated[list[Text], Field(min_length=1)]
Counts = Annotated[list[Count], Field(min_length=1)]
Intervals = Annotated[list[Interval], Field(min_length=1)]
Lifecycles = Annotated[list[Lifecycle], Field(min_length=1)]
Switches = Annotated[list[Switch], Field(min_length=1)]


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


# In a `where`, one level may stand without the brackets of a list.
SomeTexts = Annotated[Texts, BeforeValidator(_listed, json_schema_input_type=Text | Texts)]
SomeCounts = Annotated[Counts, BeforeValidator(_listed, json_schema_input_type=Count | Counts)]
SomeIntervals = Annotated[
    Intervals, BeforeValidator(_listed, json_schema_input_type=Interval | Intervals)
]
SomeStates = Annotated[
    Annotated[list[bool], Field(min_length=1)],
    BeforeValidator(_listed, json_schema_input_type=bool | list[bool]),
]


class Table(BaseModel):
    """A TOML table: no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Where(Table):
    """Which cells are meant: a level, a list of levels, or for names a glob, per factor."""

    workload: SomeTexts | None = None
    model: SomeTexts | None = None
    workers: SomeCounts | None = None
    target: SomeTexts | None = Field(
        default=None, description="name or glob of targets, cpython-3.13*"
    )
    lifecycle: SomeTexts | None = None
    chunk: SomeCounts | None = None
    switch_interval: SomeIntervals | None = None
    gc: SomeTexts | None = None
    gil: SomeStates | None = Field(
        default=None, description="whether the GIL is on when the trial ends"
    )


class Exclude(Where):
    """Cells that are not to be run: `where = {...}`, or the factors themselves."""

    where: Where | None = None

    @model_validator(mode="after")
    def _means_some_cells(self) -> "Exclude":
        direct = self.model_fields_set - {"where"}
        if direct and self.where is not None:
            raise ValueError("has both `where` and factors", EXCLUDE_HINT)
        if not direct and not (self.where and self.where.model_fields_set):
            raise ValueError("names no factor and would exclude every cell", EXCLUDE_HINT)
        return self


class Expect(Table):
    """What a claim expects of its metric."""

    at_least: Finite | None = None
    at_most: Finite | None = None
    between: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _is_one_condition(self) -> "Expect":
        if len(self.model_fields_set) != 1:
            given = " and ".join(sorted(self.model_fields_set)) or "nothing"
            hint = "Write exactly one of at_least, at_most, between = [low, high]."
            raise ValueError(f"expects {given}, not exactly one condition", hint)
        if self.between and self.between[0] > self.between[1]:
            hint = "Write between = [low, high]."
            raise ValueError("between has a low bound above its high bound", hint)
        return self


class Against(Table):
    """In what the other cell of a ratio differs: one level per factor."""

    workload: Text | None = None
    model: Text | None = None
    workers: Count | None = None
    target: Text | None = Field(default=None, description="a name, not a glob or a choice")
    lifecycle: Lifecycle | None = None
    chunk: Count | None = None
    switch_interval: Interval | None = None
    gc: Switch | None = None

    @model_validator(mode="after")
    def _differs(self) -> "Against":
        if not self.model_fields_set:
            hint = 'Write what differs, for example against = { workload = "before" }.'
            raise ValueError("names no factor", hint)
        return self


class Claim(Table):
    """A statement written before the run."""

    id: Name
    text: Text
    where: Where = Field(default_factory=Where)
    against: Against | None = None
    metric: Text = Field(description="a name of docs/metrics.md, or observed.NAME")
    expect: Expect
    source: Text | None = Field(default=None, description="where the expectation comes from")


class FurtherFactors(Table):
    """The factors that have a default."""

    target: Texts | None = Field(default=None, description="names, globs, default, twins, all")
    lifecycle: Lifecycles | None = None
    chunk: Counts | None = None
    switch_interval: Intervals | None = Field(default=None, description="seconds")
    gc: Switches | None = None


class Factors(FurtherFactors):
    """The levels of every factor."""

    workload: Texts = Field(description="NAME or NAME@LABEL, as in params")
    model: Texts
    workers: Counts


class PresetFactors(FurtherFactors):
    """Levels a preset uses instead of the experiment's."""

    workload: Texts | None = None
    model: Texts | None = None
    workers: Counts | None = None


class Design(Table):
    """What a run costs."""

    blocks: int | None = Field(default=None, ge=1, le=10_000, description="trials of every cell")
    values: int | None = Field(default=None, ge=1, le=10_000, description="timed passes per trial")
    warmups: int | None = Field(default=None, ge=0, le=10_000)
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="of the running order")
    timeout: Finite | None = Field(default=None, gt=0, le=DAY, description="seconds per trial")
    max_time: Finite | None = Field(
        default=None, gt=0, le=30 * DAY, description="seconds of the run"
    )
    precision: Finite | None = Field(
        default=None,
        gt=0,
        le=1,
        description="half-width of the 95 % interval of a ratio, 0.05 for 5 %; instead of blocks",
    )
    max_blocks: int | None = Field(
        default=None, ge=PILOT, le=10_000, description="of an experiment with a precision"
    )
    gil: Literal["observe"] | None = None

    @model_validator(mode="after")
    def _has_one_size(self) -> "Design":
        if {"blocks", "precision"} <= self.model_fields_set:
            hint = "Remove one: a precision determines the number of blocks, up to max_blocks."
            raise ValueError("has both blocks and precision", hint)
        return self


class Override(Table):
    """Another design for some cells."""

    where: Where
    values: int | None = Field(default=None, ge=1, le=10_000)
    warmups: int | None = Field(default=None, ge=0, le=10_000)
    timeout: Finite | None = Field(default=None, gt=0, le=DAY, description="seconds per trial")

    @model_validator(mode="after")
    def _changes_something(self) -> "Override":
        if self.model_fields_set <= {"where"}:
            hint = "Add what differs for these cells, for example values = 1."
            raise ValueError("changes none of values, warmups, timeout", hint)
        return self


Params = dict[str, dict[str, Any]]


class Preset(Table):
    """What one preset changes."""

    design: Design | None = None
    factors: PresetFactors | None = None
    params: Params | None = None
    skip: bool = Field(default=False, description="leave the experiment out of this preset")


class Presets(Table):
    """The presets of `gilscope run --preset`."""

    smoke: Preset | None = None
    core: Preset | None = None
    full: Preset | None = None


class Experiment(Table):
    """An experiment of gilscope."""

    question: Text
    claims: list[Claim] = Field(default_factory=list)
    factors: Factors
    params: Params = Field(default_factory=dict)
    design: Design = Field(default_factory=Design)
    override: list[Override] = Field(default_factory=list)
    exclude: list[Exclude] = Field(default_factory=list)
    presets: Presets = Field(default_factory=Presets)


# Where in a file each table stands; "*" is an index or the name of a preset.
_TABLES: dict[tuple[str, ...], type[Table]] = {
    (): Experiment,
    ("factors",): Factors,
    ("design",): Design,
    ("claims", "*"): Claim,
    ("claims", "*", "where"): Where,
    ("claims", "*", "against"): Against,
    ("claims", "*", "expect"): Expect,
    ("override", "*"): Override,
    ("override", "*", "where"): Where,
    ("exclude", "*"): Exclude,
    ("exclude", "*", "where"): Where,
    ("presets",): Presets,
    ("presets", "*"): Preset,
    ("presets", "*", "design"): Design,
    ("presets", "*", "factors"): PresetFactors,
}


def keys_of(table: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys the table at this path may hold."""
    listed = table[:1] in {("claims",), ("override",), ("exclude",), ("presets",)}
    pattern = ("*" if listed and depth == 1 else str(key) for depth, key in enumerate(table))
    return tuple(_TABLES[tuple(pattern)].model_fields)


def errors(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the errors of pydantic; those of type ``value_error`` are ours, with what and hint."""
    try:
        Experiment.model_validate(data)
    except ValidationError as invalid:
        return [dict(error) for error in invalid.errors(include_url=False)]
    return []


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of experiment files, for editors that complete and check TOML."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**schema, **Experiment.model_json_schema()}


def write_json_schema(path: Path) -> None:
    """Write the JSON Schema to ``path``."""
    path.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
