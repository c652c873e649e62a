"""Entrances of the metro in the flood: how high their sills are, and how much water ran down them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.errors import ScenarioError
from twin.models.hazard.flood_measures import check_count, column, refuse, stated
from twin.models.hazard.flood_passages import nearest_cells
from twin.models.hazard.flood_pumps import texts_of
from twin.models.hazard.flood_terrain import LAND, Ground

SILL_M, ENTRANCE_M = 0.15, 3.0
"""Assumed, without a source: one step up to an entrance of the metro, and how wide it is."""
AT_ENTRANCE_M = 25.0
"""A flood gate belongs to entrances this near; an entrance takes water from open ground this near."""
MOST_TOLD = 20
"""Entrances named one by one; the rest are counted."""
ENTRANCE_KINDS = ("subway_entrance", "metro_entrance", "train_station_entrance")
ENTRANCE_LAYERS = ("metro_entrances", "poi", "stations", "facilities")
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Entrances:
    """cells: (n, 2) each takes water from; sill: m above the ground; width, m; station: row of `stations`; taken: m3 so far; first_s:
    when water first came in, NaN before; xy: places, local metres."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    stations: tuple[str, ...]
    station: _Ints
    xy: _Floats
    cells: _Ints
    sill: _Floats
    width: _Floats
    taken: _Floats
    first_s: _Floats

    def in_stations(self) -> dict[str, float]:
        """m3 that ran into each station."""
        return dict(zip(self.stations, np.bincount(self.station, self.taken, len(self.stations)).tolist(), strict=True))

    def guarded(self, gates: Features) -> Entrances:
        """With flood gates put up: points with height_m above the ground. Raises ScenarioError where there is no entrance."""
        sill, height = self.sill.copy(), column(gates, "height_m")
        places = shapely.get_coordinates(shapely.centroid(gates.geometry)).reshape(-1, 2)
        for id, (x, y), top in zip(gates.ids, places, height, strict=True):  # dozens at most
            if not top >= 0:
                raise ScenarioError("A flood gate needs its height", where=str(id), do="Give height_m, 0 or more, above the ground.")
            near = np.hypot(*(self.xy - (x, y)).T) <= AT_ENTRANCE_M
            if not near.any():
                raise ScenarioError("There is no metro entrance where the flood gate should be", where=str(id), do="Place it at one.")
            sill[near] = np.maximum(sill[near], top)
        return replace(self, sill=sill)

    def notices(self) -> list[tuple[str, str, str]]:
        """Where water ran in, from when."""
        found = []
        wet = np.flatnonzero(~np.isnan(self.first_s))
        for row in wet[np.argsort(self.first_s[wet], kind="stable")][:MOST_TOLD]:
            text = f"Water runs into {self.names[row]} from {self.first_s[row] / 60.0:.0f} min after the start."
            found.append(("warning", f"metro-{self.ids[row]}", text))
        if len(wet) > MOST_TOLD:
            found.append(("warning", "metro-more", f"Water runs into more than {MOST_TOLD} metro entrances; the first are named."))
        return found


NO_ENTRANCES = Entrances(
    (), (), (), np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)
)


def entrances_of(city: City, ground: Ground, notices: list[tuple[str, str, str]]) -> Entrances:
    """Layer `metro_entrances`, and what other layers call an entrance of the metro: points with sill_m above the ground, width_m and the
    `station` each leads to (else itself)."""
    grid = ground.grid
    layer = city.layers.get("stations")
    halls = {} if layer is None else {str(i): name for i, name in zip(layer.ids, texts_of(layer.table, "name"), strict=True) if name}
    found: dict[str, list[Any]] = {name: [] for name in ("ids", "names", "stations", "xy", "sill", "width")}
    for source in ENTRANCE_LAYERS:
        layer = city.layers.get(source)
        if layer is None or not len(layer):
            continue
        chosen = np.ones(len(layer), bool)
        if source != "metro_entrances":
            chosen = layer.table["kind"].isin(ENTRANCE_KINDS).to_numpy(bool) if "kind" in layer.table else ~chosen
        if not chosen.any():
            continue
        some = replace(layer, table=layer.table[chosen].reset_index(drop=True), geometry=layer.geometry[chosen], mesh=None)
        check_count(some, "metro entrances")
        sill, width = stated(column(some, "sill_m"), SILL_M), stated(column(some, "width_m"), ENTRANCE_M)
        refuse(some, ~(width > 0), "An entrance of the metro needs a width", "Give width_m in metres.")
        ids = [str(i) for i in some.ids]
        given, refs = texts_of(some.table, "name"), texts_of(some.table, "ref")
        station = texts_of(some.table, "station")
        names = [_called(name, ref, halls.get(s, s), id) for name, ref, s, id in zip(given, refs, station, ids, strict=True)]
        found["ids"] += ids
        found["names"] += names
        found["stations"] += [s or id for s, id in zip(station, ids, strict=True)]
        found["xy"].append(shapely.get_coordinates(shapely.centroid(some.geometry)).reshape(-1, 2))
        found["sill"].append(sill)
        found["width"].append(width)
    if not found["ids"]:
        return NO_ENTRANCES
    xy = np.concatenate(found["xy"])
    cells = nearest_cells(xy[:, 0], xy[:, 1], ground.kind == LAND, grid, AT_ENTRANCE_M)
    _, once = np.unique(np.array(found["ids"]), return_index=True)
    keep = np.zeros(len(cells), bool)
    keep[once] = True
    keep &= cells[:, 0] >= 0
    rows = np.flatnonzero(keep)
    stations = tuple(dict.fromkeys(found["stations"][r] for r in rows))
    number = {name: k for k, name in enumerate(stations)}
    if len(rows):
        assumed = f"a sill of {SILL_M:g} m and a width of {ENTRANCE_M:g} m are assumed where none is stated"
        text = f"Water can run into {len(rows)} metro entrance(s); {assumed}."
        notices.append(("info", "metro-entrances", text))
    return Entrances(
        tuple(found["ids"][r] for r in rows), tuple(found["names"][r] for r in rows), stations,
        np.array([number[found["stations"][r]] for r in rows], np.int64), xy[rows], cells[rows], np.concatenate(found["sill"])[rows],
        np.concatenate(found["width"])[rows], np.zeros(len(rows)), np.full(len(rows), np.nan),
    )  # fmt: skip


def _called(name: str, ref: str, station: str, id: str) -> str:
    """What people call an entrance; its mere number says little."""
    last = name or ref
    if station and station in last:
        return last
    if station:
        return f"{station}, entrance {last}" if last else station
    return last if last and not last.isdigit() and len(last) > 2 else f"metro entrance {last} ({id})" if last else id
