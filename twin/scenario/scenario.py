"""A scenario as people write it: TOML in and out, every mistake named with its place."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import shapely
import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from twin.errors import ScenarioError
from twin.quantities import quantities
from twin.scenario.duration import format_duration, parse_duration
from twin.toml import toml_of

SCHEMA = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Head(_Part):
    """[scenario]: name and clock. duration and coupling are seconds here, ISO 8601 in files."""

    name: str = Field(min_length=1, max_length=200)
    question: str = ""
    parent: str = ""
    notes: str = ""
    start: datetime | None = None
    duration: float = 7200.0
    coupling: float = 60.0
    seed: int = Field(default=0, ge=0)
    crs: str | None = None
    """CRS of every geometry below; None: the city's own."""
    city: str | None = None
    place: tuple[float, float, float, float] | None = None
    """West, south, east and north in degrees: a ready scenario is offered to cities there alone."""

    @field_validator("duration", "coupling", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> float:
        try:
            seconds = parse_duration(value)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        if not 0 < seconds <= 60 * 86400:
            raise ValueError("must be more than 0 and at most 60 days")
        return seconds


class Hazard(_Part):
    """[[hazard]]: a model to run and its parameters (checked by the model itself)."""

    id: str = Field(min_length=1)
    model: str
    params: dict[str, Any] = {}


class Edit(BaseModel):
    """[[edit]]: a measure on the city before the start. Values beyond these are the edit kind's own."""

    model_config = ConfigDict(extra="allow")
    id: str = Field(min_length=1)
    kind: str
    geometry: str | None = None
    object: str | None = None
    cost: float = Field(default=0.0, ge=0)

    @field_validator("geometry")
    @classmethod
    def _wkt(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                shape = shapely.from_wkt(text)
            except shapely.errors.ShapelyError as error:
                raise ValueError("is not WKT") from error
            if shape is None or shape.is_empty:
                raise ValueError("is an empty geometry")
        return text

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Trigger(_Part):
    """[[trigger]]: a change at a time (`at`) or when a condition comes true (`when`)."""

    id: str = Field(min_length=1)
    when: str | None = None
    at: float | None = None
    change: dict[str, Any]

    @field_validator("at", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> float | None:
        try:
            return None if value is None else parse_duration(value)
        except ScenarioError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _one(self) -> Trigger:
        if (self.when is None) == (self.at is None):
            raise ValueError("needs either 'when' or 'at'")
        if "kind" not in self.change:
            raise ValueError("its change needs a 'kind'")
        return self


class Uncertain(_Part):
    """[[uncertain]]: what an ensemble varies (see twin.scenario.ensemble)."""

    param: str
    """HAZARD.PARAMETER"""
    spread: str
    """normal(MEAN, SD), lognormal(MEDIAN, SD OF THE LOGARITHM), uniform(LOW, HIGH) or triangular(LOW, LIKELY, HIGH)"""


class Dependency(_Part):
    """[[dependency]]: a row of who leans on whom; where a scenario has some they stand in the place of the city's table."""

    dependent: str
    provider: str = ""
    input: str = ""
    threshold: float = 0.5
    reserve_h: float = 0.0
    effect: str = "stops"
    note: str = ""


class Outputs(_Part):
    """[outputs]: what is kept, how often."""

    interval: float = 300.0
    quantities: list[str] = []
    """Empty: everything the models give."""
    indicators: list[str] = []
    follow: Literal["all", "named"] = "all"
    """all: every service and impact model that has something to say joins the run; named: only those that a [[hazard]] names."""

    @field_validator("interval", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> float:
        try:
            seconds = parse_duration(value)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        if not 1 <= seconds <= 86400:
            raise ValueError("must lie between 1 second and 1 day")
        return seconds

    @field_validator("quantities")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        unknown = [n for n in names if n not in quantities()]
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        return names


class Scenario(_Part):
    """What-if: a hazard, edits and triggers on one city and one clock."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    scenario: Head
    hazard: list[Hazard] = []
    edit: list[Edit] = []
    trigger: list[Trigger] = []
    uncertain: list[Uncertain] = []
    dependency: list[Dependency] = []
    outputs: Outputs = Outputs()

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _whole(self) -> Scenario:
        if self.schema_ != SCHEMA:
            raise ValueError(f"schema {self.schema_} is not known; this version reads schema {SCHEMA}")
        for kind, parts in (("hazard", self.hazard), ("edit", self.edit), ("trigger", self.trigger)):
            ids = [p.id for p in parts]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{kind} id used twice: {', '.join(twice)}")
        return self

    def to_toml(self) -> str:
        """The file form; reading it back gives an equal scenario."""
        data = self.model_dump(by_alias=True, exclude_none=True)
        head = data["scenario"]
        for key in ("duration", "coupling"):
            head[key] = format_duration(head[key])
        data["outputs"]["interval"] = format_duration(data["outputs"]["interval"])
        for trigger in data["trigger"]:
            if "at" in trigger:
                trigger["at"] = format_duration(trigger["at"])
        return tomlkit.dumps({k: v for k, v in data.items() if v not in ([], {})})


def scenario_from_toml(text: str, where: str = "scenario") -> Scenario:
    """Raises ScenarioError that lists every mistake with its field."""
    try:
        data = toml_of(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"The scenario is not valid TOML: {error}", where=where) from error
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(describe(error), where=where, do="See the scenario file format in the README.") from error


def describe(error: ValidationError) -> str:
    """Every mistake of a pydantic error as 'field: what is wrong'."""
    lines = []
    for e in error.errors():
        place = ".".join(str(p) for p in e["loc"]) or "file"
        text = "unknown key" if e["type"] == "extra_forbidden" else e["msg"].removeprefix("Value error, ")
        lines.append(f"{place}: {text}")
    return "; ".join(lines)


def load_scenario(path: Path | str) -> Scenario:
    """Scenario of a TOML file. Raises ScenarioError, also for a missing or unreadable file."""
    path = Path(path)
    try:
        if path.stat().st_size > 5_000_000:
            raise ScenarioError("The scenario file is larger than 5 MB", where=str(path), do="Is it a scenario?")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"The scenario cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}", where=str(path)
        ) from error
    return scenario_from_toml(text, str(path))


def ready_scenarios() -> dict[str, Path]:
    """The scenarios that come with the program, by name."""
    folder = Path(str(files("seeds").joinpath("scenarios")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def ready_at(place: tuple[float, float] | None = None) -> dict[str, Path]:
    """Of the ready scenarios those for a place (longitude, latitude); without one those of the demonstration city."""

    def fits(home: tuple[float, float, float, float] | None) -> bool:
        if home is None or place is None:
            return home is place
        return home[0] <= place[0] <= home[2] and home[1] <= place[1] <= home[3]

    return {name: path for name, path in ready_scenarios().items() if fits(load_scenario(path).scenario.place)}
