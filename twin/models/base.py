"""The contract every model keeps, and the registry of those that exist.

Words follow the Basic Model Interface (Hutton et al. 2020, doi:10.21105/joss.02317); steppable, because an exercise
changes the world while it runs. A model asks for quantities, never for other models.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ScenarioError

Array = NDArray[Any]


@dataclass(frozen=True)
class Param:
    """One declared parameter; forms, flags, checks and the report come from it.

    kind: number, integer, duration (seconds; ISO 8601 in files), choice, flag, text.
    """

    name: str
    title: str
    default: Any
    unit: str = ""
    kind: Literal["number", "integer", "duration", "choice", "flag", "text"] = "number"
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""
    source: str = ""
    advanced: bool = False

    def checked(self, value: Any) -> Any:
        """The value in its own type. Raises ScenarioError when it is of the wrong kind or out of range."""
        from twin.scenario.duration import parse_duration

        try:
            if self.kind == "duration":
                value = parse_duration(value)
            elif self.kind == "flag":
                if not isinstance(value, (bool, np.bool_)) and str(value).lower() not in ("true", "false", "1", "0"):
                    raise ValueError
                value = value if isinstance(value, bool) else str(value).lower() in ("true", "1")
            elif self.kind == "integer":
                if isinstance(value, bool) or float(value) != int(float(value)):
                    raise ValueError
                value = int(float(value))
            elif self.kind == "number":
                if isinstance(value, bool):
                    raise ValueError
                value = float(value)
            else:
                value = str(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ScenarioError(
                f"'{self.name}' cannot be {value!r}", do=f"Give a {self.kind}{f' in {self.unit}' if self.unit else ''}."
            ) from error
        if self.kind == "choice" and value not in self.choices:
            raise ScenarioError(f"'{self.name}' cannot be {value!r}", do=f"Choose one of: {', '.join(self.choices)}.")
        if self.kind in ("number", "integer", "duration"):
            low, high = self.low, self.high
            if not np.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
                raise ScenarioError(
                    f"'{self.name}' = {value:g} is out of range", do=f"It must lie between {low} and {high} {self.unit}.".rstrip(" .")
                )
        return value


@dataclass(frozen=True)
class Need:
    """A quantity a model takes; optional ones may be absent."""

    quantity: str
    optional: bool = False


class Inputs(dict[str, Array]):
    """Needed quantities by name; `grids` holds the Grid of those whose support is grid."""

    def __init__(self, values: Mapping[str, Array] | None = None, grids: Mapping[str, Grid] | None = None) -> None:
        super().__init__(values or {})
        self.grids: dict[str, Grid] = dict(grids or {})


@dataclass(frozen=True)
class Change:
    """A change of the world at a moment of a run: what-if, inject, player decision and live command alike."""

    at_s: float
    kind: str
    objects: tuple[str, ...] = ()
    geometry: Any = None  # shapely, local metres
    values: Mapping[str, Any] | None = None
    id: str = ""


@dataclass(frozen=True)
class Happening:
    """Something that befell one object of the city during a run, and what it follows from.

    what: a key of twin.happenings.WHAT (flooded, failed, no-power, on-generator, restored ...). because: ids of the objects whose
    own last happening explains this one; none where it is a beginning. values: figures for the sentence (depth_m, hours ...).
    """

    at_s: float
    object: str
    what: str
    because: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)


class Model(ABC):
    """Subclass it, fill in the declarations, and `register` it (others: entry point group `urban_twin.models`)."""

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    title: ClassVar[str]
    question: ClassVar[str]
    """The question it answers, as a planner would ask it."""
    role: ClassVar[Literal["hazard", "service", "planning", "impact"]] = "hazard"
    reads: ClassVar[tuple[str, ...]] = ()
    """Parts of the city: terrain, buildings, people, network:roads, layer:water ..."""
    essential: ClassVar[tuple[str, ...]] = ()
    """Parts without which it does not join a run by itself; `network:power|network:water`: one of them is enough."""
    needs: ClassVar[tuple[Need, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()
    params: ClassVar[tuple[Param, ...]] = ()
    limits: ClassVar[tuple[str, ...]] = ()
    """What it does not do; printed in every report."""
    cite: ClassVar[tuple[str, ...]] = ()
    accepts: ClassVar[tuple[str, ...]] = ()
    """Kinds of Change it can take in the middle of a run."""
    costly: ClassVar[bool | None] = None
    """Whether what it gives is kept between runs (twin.scenario.cache); None: of hazards only."""

    @abstractmethod
    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> Any:
        """State at time 0. inputs: an `Inputs` of needed quantities by name (absent optional ones left out), as they are
        at time 0; params are complete and checked; a parameter named `start_hour` that the scenario leaves open gets the
        local hour of its start. Edits of the scenario are already in `city` (barriers, pumps, basins as layers)."""

    @abstractmethod
    def update(self, state: Any, inputs: Mapping[str, Array], until_s: float) -> None:
        """Advance up to and including until_s. One-shot models answer in one step. Long work calls
        `self.checkpoint(fraction)` often (every 0.2 s at most) so that Cancel is heard."""

    @abstractmethod
    def outputs(self, state: Any) -> dict[str, Array]:
        """Each quantity of `gives`: views, the engine copies what it keeps. Grids are float32 (rows, columns)."""

    def grid(self, state: Any) -> Any:
        """Grid of the grid-supported outputs, None where there are none."""
        return None

    def indicators(self, state: Any) -> dict[str, tuple[float, str]]:
        """City-wide figures: name -> (value, unit)."""
        return {}

    def notices(self, state: Any) -> list[tuple[str, str, str]]:
        """(level, code, sentence) found while working: assumptions, defaults used, warnings. Repeats are dropped."""
        return []

    def happenings(self, state: Any) -> list[Happening]:
        """All that befell objects up to now, oldest first; the list of one state only grows."""
        return []

    def apply(self, state: Any, change: Change) -> None:
        """Take a change of a kind named in `accepts`."""
        raise ScenarioError(f"{self.title} cannot take a change of kind '{change.kind}' while it runs")

    @abstractmethod
    def save(self, state: Any) -> bytes:
        """The state, exactly."""

    @abstractmethod
    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> Any:
        """The state as it was saved."""

    checkpoint: Any = staticmethod(lambda fraction=None: None)
    """Set by the engine: call it between chunks of work; it raises Cancelled when the run was closed."""

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {p.name: p.checked(p.default) for p in cls.params}

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Complete, checked parameters. Raises ScenarioError that lists everything wrong at once."""
        known = {p.name: p for p in cls.params}
        wrong = [f"'{name}' is not a parameter of {cls.name}; it has: {', '.join(known)}" for name in given if name not in known]
        values = cls.defaults()
        for name, value in given.items():
            if name in known:
                try:
                    values[name] = known[name].checked(value)
                except ScenarioError as error:
                    wrong.append(str(error))
        if wrong:
            raise ScenarioError("; ".join(wrong))
        return values


class Cancelled(Exception):
    """The run was closed by its reader."""


_REGISTRY: dict[str, type[Model]] = {}
_installed: set[str] = set()
"""Entry points read so far: looking through what is installed takes a tenth of a second."""


def register(model: type[Model]) -> type[Model]:
    """Class decorator that makes a model known by its name."""
    _REGISTRY[model.name] = model
    return model


def models() -> dict[str, type[Model]]:
    """Every model by name: those of entry point group `urban_twin.models` (ours among them), read once, and those registered since."""
    if not _installed:
        for point in entry_points(group="urban_twin.models"):
            if point.name not in _REGISTRY:
                point.load()
            _installed.add(point.name)
    return dict(sorted(_REGISTRY.items()))


def model_named(name: str) -> type[Model]:
    """Raises ScenarioError that lists the known names."""
    known = models()
    if name not in known:
        raise ScenarioError(f"There is no model '{name}'", do=f"Known models: {', '.join(known)}.")
    return known[name]
