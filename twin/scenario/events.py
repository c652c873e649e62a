"""What a run says while it goes on: exactly one Finished, always last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from twin.city.terrain import Grid
from twin.models.base import Happening


@dataclass(frozen=True)
class Started:
    run: str
    models: tuple[str, ...]
    until_s: float


@dataclass(frozen=True)
class Progress:
    stage: str
    fraction: float
    at_s: float
    remaining_s: float | None
    """Wall time still to go, None while unknown."""


@dataclass(frozen=True)
class Field:
    """A quantity at one moment. support: grid, building, edge:roads, node:..., city. array is read-only."""

    quantity: str
    support: str
    array: NDArray[Any]
    grid: Grid | None = None
    """Set where support is grid; for the others array rows are the object table's rows."""


@dataclass(frozen=True)
class Frame:
    at_s: float
    fields: tuple[Field, ...]
    kept: bool = True
    """False for a preview between two output intervals: shown until the next frame, never stored."""


@dataclass(frozen=True)
class Happened:
    """What befell objects of the city since the last of these. afresh: the run began again, what was told before is void."""

    happenings: tuple[Happening, ...]
    afresh: bool = False


@dataclass(frozen=True)
class Notice:
    level: str  # info | warning | error
    code: str
    text: str
    objects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indicator:
    value: float
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Finished:
    ok: bool
    message: str
    result: Any = None
    """RunResult of twin.results when ok."""
    indicators: dict[str, Indicator] = field(default_factory=dict)


Event = Started | Progress | Frame | Happened | Notice | Finished
