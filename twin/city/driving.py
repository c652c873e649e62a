"""Driving rules of roads: what OpenStreetMap's tags allow a car, one column per rule.

Sources: the OSM wiki (Key:oneway, Key:maxspeed, Key:access, Default speed limits) and the car profile of OSRM
(profiles/car.lua), the most used reading of those tags.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.fields import among, column, columns, lowered, number, text, truth

# Free speed in km/h and lanes per direction where the source gives none: the usual urban defaults of OSM routers (OSRM car profile).
DEFAULTS: dict[str, tuple[float, float]] = {
    "motorway": (90, 3), "motorway_link": (50, 1), "trunk": (80, 2), "trunk_link": (40, 1), "primary": (50, 2), "primary_link": (40, 1),
    "secondary": (45, 2),
    "secondary_link": (35, 1), "tertiary": (40, 1), "tertiary_link": (30, 1),
    "unclassified": (30, 1), "residential": (30, 1), "living_street": (10, 1), "service": (15, 1), "road": (30, 1),
    "track": (15, 1), "busway": (40, 1),
    "pedestrian": (5, 1), "footway": (5, 1),
    "path": (5, 1), "steps": (3, 1), "cycleway": (15, 1), "bridleway": (5, 1), "corridor": (4, 1), "platform": (4, 1),
    "trail": (5, 1), "elevator": (2, 1), "pier": (5, 1),
}  # fmt: skip
ON_FOOT = frozenset(
    {"pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "corridor", "platform", "elevator", "pier", "trail", "via_ferrata"}
)
WALKING_KMH, NO_LIMIT_KMH = 7.0, 130.0
"""maxspeed=walk, as in Germany and Austria; maxspeed=none, the advisory speed there."""
_ZONES = {"urban": 50.0, "nsl_single": 96.56, "nsl_dual": 112.65, "nsl_restricted": 48.28, "rural": 90.0, "trunk": 110.0, "motorway": 130.0,
          "living_street": 7.0, "school": 30.0, "bicycle_road": 30.0}  # fmt: skip
_RURAL = {"de": 100.0, "at": 100.0, "ch": 80.0, "nl": 80.0, "dk": 80.0, "no": 80.0, "fi": 80.0, "fr": 80.0, "be": 70.0}
# The word of the most special key counts: motorcar before motor_vehicle before vehicle before access.
_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_ACCESS = {
    **dict.fromkeys(("yes", "permissive", "designated", "official", "public", "motorcar", "motor_vehicle", "vehicle", "hov"), "yes"),
    **dict.fromkeys(("destination", "customers", "delivery", "residents", "permit", "discouraged"), "destination"),
    "private": "private",
    **dict.fromkeys(("no", "agricultural", "forestry", "emergency", "psv", "bus", "bicycle", "foot", "military", "restricted"), "no"),
}  # fmt: skip


def driving_rules(table: pd.DataFrame, classes: NDArray[np.object_], stated: dict[str, str]) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Rules of each road, and which of them run against the line they are drawn by.

    Columns: `oneway`, `lanes` (all), `lanes_forward`, `lanes_backward`, `speed_kmh`, `access` (yes, destination, private, no: what a
    car may do), `drivable` (a car may use it at all; False for what is only for feet and bicycles, whose speed is that of walking),
    `roundabout`. Where nothing is said the class tells.
    """
    kinds = np.asarray(classes, object)
    usual = np.array([DEFAULTS.get(c, DEFAULTS["road"]) for c in kinds.tolist()]).reshape(-1, 2)
    on_foot = among(kinds, ON_FOOT)
    roundabout = among(_words(table, "junction"), ["roundabout", "circular"])
    oneway, backwards, reversible = _direction(table, kinds, roundabout, stated)
    lanes = _count(table, column(table, "lanes", stated))
    forward, backward = _count(table, "lanes:forward"), _count(table, "lanes:backward")
    lanes = np.where(np.isnan(lanes), forward + backward, lanes)
    lanes = np.where(np.isnan(lanes), usual[:, 1] * np.where(oneway, 1, 2), lanes)
    forward = np.where(np.isnan(forward), np.where(np.isnan(backward), lanes / 2, lanes - backward), forward)
    forward = np.where(oneway, lanes, np.clip(forward, 0, lanes))
    access = _access(table)
    access[reversible & (access == "yes")] = "no"
    access[on_foot] = np.where(access[on_foot] == "private", "private", "no")
    out = pd.DataFrame({
        "oneway": oneway, "lanes": lanes, "lanes_forward": forward, "lanes_backward": np.where(oneway, 0.0, lanes - forward),
        "speed_kmh": _speed(table, usual[:, 0], among(kinds, ["motorway", "trunk"]), stated), "access": access,
        "drivable": ~on_foot & (access != "no"), "roundabout": roundabout,
    })  # fmt: skip
    return out, backwards


def _words(table: pd.DataFrame, name: str) -> NDArray[np.object_]:
    return lowered(text(table[name])) if name in table.columns else np.full(len(table), "", object)


def _count(table: pd.DataFrame, name: str | None) -> NDArray[np.float64]:
    values = number(table[name])[0] if name is not None and name in table.columns else np.full(len(table), np.nan)
    return np.where(values > 0, values, np.nan)


def _direction(
    table: pd.DataFrame, kinds: NDArray[np.object_], roundabout: NDArray[np.bool_], stated: dict[str, str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """One-way or not, against the line, and changing with the hour (which no timetable here tells: closed to cars)."""
    name = column(table, "oneway", stated)
    n = len(table)
    oneway = truth(table[name], letters_are_directions=True) if name is not None else np.zeros(n, bool)
    said = _words(table, name) if name is not None else np.full(n, "", object)
    letters = bool(among(said, ["b", "f"]).any())
    backwards = among(said, ["-1", "reverse", "t"] if letters else ["-1", "reverse"])
    oneway |= (among(kinds, ["motorway", "motorway_link"]) | roundabout) & ~among(said, ["no", "b", "false", "0"])
    return oneway, backwards, said == "reversible"


def _access(table: pd.DataFrame) -> NDArray[np.object_]:
    out = np.full(len(table), "", object)
    for key in _KEYS:
        said = _words(table, key)
        first = pd.Series(said, dtype=object).str.partition(";")[0].str.strip().map(_ACCESS).fillna("").to_numpy(object)
        out = np.where(out == "", first, out)
    return np.asarray(np.where(out == "", "yes", out), object)


def _speed(table: pd.DataFrame, usual: NDArray[np.float64], fast: NDArray[np.bool_], stated: dict[str, str]) -> NDArray[np.float64]:
    names = [*columns(table, "maxspeed", stated), "maxspeed:forward", "maxspeed:backward"]
    names += ["maxspeed:type", "zone:maxspeed", "source:maxspeed", "zone:traffic"]
    out = np.full(len(table), np.nan)
    for name in dict.fromkeys(names):
        if name not in table.columns or not np.isnan(out).any():
            continue
        if pd.api.types.is_numeric_dtype(table[name]):
            found = number(table[name])[0]
        else:
            words = _words(table, name)
            unique, index = np.unique(words, return_inverse=True)
            found = np.array([speed_kmh(str(w)) for w in unique.tolist()])[index]
        out = np.where(np.isnan(out) & (found > 0), found, out)
    # Only on roads made for it is no limit a speed.
    out = np.where(np.isinf(out), np.where(fast, NO_LIMIT_KMH, np.nan), out)
    return np.where(np.isnan(out), usual, out)


def speed_kmh(said: str) -> float:
    """Speed of one OSM value: '50', '30 mph', '10 knots', 'walk', 'none', 'DE:urban', 'DE:zone:30'; the first of several.

    inf for no limit, NaN where it is not understood.
    """
    first = said.split(";")[0].split("@")[0].strip().lower()
    if first in ("none", "unlimited"):
        return np.inf
    if first in ("walk", "walking", "foot"):
        return WALKING_KMH
    plain = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km/?h|kph|mph|knots)?", first)
    if plain:
        return float(plain[1]) * {"mph": 1.609344, "knots": 1.852}.get(plain[2] or "", 1.0)
    zone = re.fullmatch(r"(?:([a-z]{2})(?:-[a-z]+)?:)?(?:zone:?)?(\d{1,3}|[a-z_]+)", first)
    if not zone:
        return np.nan
    if zone[2].isdigit():
        return float(zone[2])
    return _RURAL.get(zone[1] or "", 90.0) if zone[2] == "rural" else _ZONES.get(zone[2], np.nan)
