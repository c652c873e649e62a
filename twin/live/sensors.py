"""Words of OGC SensorThings 1.1 (OGC 18-088): Thing, Datastream, ObservedProperty, Observation; and the catalogue of
what sensors observe (assets/sensors.toml)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from twin.city.city import City

PASS, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
FLAGS = {PASS: "pass", NOT_EVALUATED: "not evaluated", SUSPECT: "suspect", FAIL: "fail", MISSING: "missing"}
"""QARTOD quality flags. Bad values are kept and flagged."""


@dataclass(frozen=True)
class ObservedProperty:
    """What is observed. unit: UCUM. fail, suspect: spans outside which a value gets that flag. spike, flat: (suspect, fail)
    thresholds, jump in the unit and seconds without change, or None. sum: each reading is an amount since the one before it."""

    name: str
    title: Mapping[str, str]
    unit: str = ""
    fail: tuple[float, float] = (-math.inf, math.inf)
    suspect: tuple[float, float] = (-math.inf, math.inf)
    spike: tuple[float, float] | None = None
    flat: tuple[float, float] | None = None
    sum: bool = False
    stale_s: float = 60.0


@dataclass(frozen=True)
class Thing:
    """A station. id: sensor/SOURCE-ID. x, y, z: local metres of the hub's frame, None without a place.

    note: anything a reader should know of the place (approximate, outside the city ...).
    """

    id: str
    name: str
    kind: str = "sensor"
    x: float | None = None
    y: float | None = None
    z: float | None = None
    note: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Datastream:
    """One observed property of one thing. id: THING-ID/NAME. interval_s: usual time between readings, 0 unknown.

    span: the instrument's own range, narrower than the property's. warning, alarm: levels the owner states, in unit.
    """

    id: str
    thing: str
    observed: str
    unit: str
    name: str = ""
    interval_s: float = 0.0
    span: tuple[float, float] | None = None
    warning: float | None = None
    alarm: float | None = None
    simulated: bool = False

    @property
    def stale_s(self) -> float:
        """Age in seconds at which its data is stale."""
        return max(3.0 * self.interval_s, observed_property(self.observed).stale_s)


class Observation(NamedTuple):
    """One reading. t: Unix seconds UTC. value: in the datastream's unit, NaN when missing. flag: as given by the source,
    2 when it gives none. seq: the sender's running number, -1 without one."""

    stream: str
    t: float
    value: float
    flag: int = NOT_EVALUATED
    seq: int = -1


@cache
def _catalogue() -> dict[str, Any]:
    return tomllib.loads(files("assets").joinpath("sensors.toml").read_text("utf-8"))


@cache
def properties() -> dict[str, ObservedProperty]:
    """The observed properties of assets/sensors.toml by name."""
    found = {}
    for name, entry in _catalogue()["property"].items():
        pairs: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
        found[name] = ObservedProperty(name=name, **pairs)
    return found


def observed_property(name: str) -> ObservedProperty:
    """A listed property, or a bare one for a name that is not listed (shown, stored, not range-tested)."""
    return properties().get(name) or ObservedProperty(name, {"en": name.replace("_", " ").capitalize()})


def property_of_kind(kind: str) -> str:
    """What a sensor of this kind observes when it does not say; '' unknown."""
    return str(_catalogue()["kind"].get(kind, ""))


def unit_conversion(unit: str) -> tuple[str, float, float] | None:
    """(observed property, factor, offset) of a unit written in the wild; None when unknown."""
    rows = _catalogue()["unit"].get(unit.strip())
    return (str(rows[0][0]), float(rows[0][1]), float(rows[0][2])) if rows else None


def places(table: str) -> dict[str, dict[str, Any]]:
    """Stations whose source has no coordinates: id -> name, lon, lat (WGS 84 degrees), put there by hand."""
    return dict(_catalogue()["place"][table])


def rule_entries() -> list[dict[str, Any]]:
    """The [[rule]] tables of assets/sensors.toml."""
    return list(_catalogue()["rule"])


def city_sensors(city: City) -> tuple[list[Thing], list[Datastream], list[str]]:
    """Things, datastreams and MQTT topics of a city's "sensors" layer, one each per row; empty without the layer.

    Columns read: id, name, kind, observed, unit, topic; optional warning_m, alarm_m. Everything else becomes attributes.
    Places are local metres; a missing z is the ground.
    """
    import shapely

    layer = city.layers.get("sensors")
    if layer is None or not len(layer):
        return [], [], []
    x, y, z = shapely.get_x(layer.geometry), shapely.get_y(layer.geometry), shapely.get_z(layer.geometry)
    ground = city.ground_z(x, y)
    things, streams, topics = [], [], []
    for row, record in enumerate(layer.table.to_dict("records")):
        observed = _text(record.get("observed")) or property_of_kind(str(record.get("kind"))) or "value"
        kind, name = _text(record.get("kind")) or "sensor", _text(record.get("name"))
        thing = str(record["id"])
        placed = math.isfinite(x[row]) and math.isfinite(y[row])
        height = float(z[row]) if math.isfinite(z[row]) else float(ground[row])
        told = ("id", "name", "kind", "observed", "unit", "warning_m", "alarm_m")
        extra = {str(k): v for k, v in record.items() if k not in told and v is not None and v == v and v != ""}
        px, py, pz = (float(x[row]), float(y[row]), height) if placed else (None, None, None)
        things.append(Thing(thing, name or thing, kind, px, py, pz, attributes=extra))
        unit = _text(record.get("unit")) or observed_property(observed).unit
        warning, alarm = _number(record.get("warning_m")), _number(record.get("alarm_m"))
        streams.append(Datastream(f"{thing}/{observed}", thing, observed, unit, warning=warning, alarm=alarm))
        topics.append(_text(record.get("topic")))
    return things, streams, topics


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
