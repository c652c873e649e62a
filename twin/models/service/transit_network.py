"""What public transport of a city runs by: its timetables as one, the stops of its stations, the streets its buses use, its riders."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.timetable import DETOUR, Timetable, together
from twin.city.timetable_day import day_of, has_trips
from twin.city.timetable_places import nodes_of_stations, same_names
from twin.models.exposure import people_by_hour

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Note = tuple[str, str, str]

NETWORKS = ("metro", "transit")
ALONG_M, BESIDE_M = 30.0, 20.0
"""A bus drives the street nearest to its line, looked up so often and so near."""
NAMED = 3


@dataclass
class Transit:
    """table: all timetables of the day; station: stop of each row of layer `stations`, -1 where none; served: stops with any trip;
    near: (24, stops) people who have the stop as their nearest, by local hour. metro: rows of the stops at the ends of each metro edge."""

    table: Timetable
    station: Ints
    served: NDArray[np.bool_]
    near: Floats
    metro: Ints
    metro_runs: bool
    buses: Network | None
    bus_stops: Ints
    roads: Network | None
    notes: list[Note] = field(default_factory=list)

    @cached_property
    def streets(self) -> tuple[Ints, Ints]:
        """Connection pairs (start * stops + end) of buses and the road edge under them, once for each that they touch."""
        none = np.zeros(0, np.int64), np.zeros(0, np.int64)
        if self.buses is None or self.roads is None or not self.table.by_road.any():
            return none
        n = len(self.table.stops)
        t = self.table
        pairs = pd.unique(t.start[t.by_road].astype(np.int64) * n + t.end[t.by_road])
        ends = self.bus_stops[self.buses.edges[["start", "end"]].to_numpy(np.int64)]
        row = pd.Index(np.concatenate([ends[:, 0] * n + ends[:, 1], ends[:, 1] * n + ends[:, 0]]))  # back where no line of its own is
        once = ~row.duplicated()
        found = row[once].get_indexer(pd.Index(pairs))
        pairs, lines = pairs[found >= 0], self.buses.geometry[np.flatnonzero(once)[found[found >= 0]] % max(1, len(ends))]
        if not len(pairs):
            return none
        points, of = shapely.get_coordinates(shapely.segmentize(lines, ALONG_M), return_index=True)
        tree = shapely.STRtree(self.roads.geometry)
        k, road = tree.query_nearest(shapely.points(points), max_distance=BESIDE_M, all_matches=False)
        both = np.unique(np.column_stack([pairs[of[k]], road]), axis=0)
        return both[:, 0], both[:, 1]

    def closed(self, impassable: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Connections of buses on streets that cannot be driven; None where there are none."""
        if not impassable.any():
            return None
        pair, road = self.streets
        shut = np.unique(pair[impassable[road]])
        if not len(shut):
            return None
        t = self.table
        return np.asarray(t.by_road & np.isin(t.start.astype(np.int64) * len(t.stops) + t.end, shut))


def transit_of(city: City, params: dict[str, Any]) -> Transit:
    """Of networks `metro` and `transit`, as far as they have a timetable."""
    notes: list[Note] = []
    parts, nodes, offset, count = list[Timetable](), list[pd.DataFrame](), dict[str, int](), 0
    for name in NETWORKS:
        network = city.networks.get(name)
        if network is None or not len(network.nodes):
            continue
        if not has_trips(network):
            text = f"Network {name} has no timetable: which of its trains run is not known, and journeys on it are not counted."
            notes.append(("warning", "transit-no-timetable", text))
            continue
        part, said = day_of(network, params["weekday"])
        notes += said
        offset[name], count = count, count + len(network.nodes)
        parts.append(part)
        nodes.append(network.nodes)
    table = together(parts, params["walk_m"], params["walk_m_s"], int(params["change"]))
    stops = len(table.stops)
    served = np.zeros(stops, bool)
    served[table.start], served[table.end] = True, True
    layer = city.layers.get("stations")
    all_nodes = pd.concat(nodes, ignore_index=True) if nodes else pd.DataFrame({"id": [], "x": [], "y": []})
    station = nodes_of_stations(layer, all_nodes)
    if nodes:
        notes += same_names(layer)
        lost = np.flatnonzero(~np.append(served, False)[station])
        if len(lost) and layer is not None:
            some = ", ".join(str(i) for i in layer.ids[lost[:NAMED]]) + (f" and {len(lost) - NAMED:,} more" if len(lost) > NAMED else "")
            text = f"On a {params['weekday'].capitalize()} no trip of the timetable stops at {len(lost):,} stations ({some})."
            notes.append(("info", "transit-no-line", text))
    metro = city.networks.get("metro")
    ends = np.zeros((0, 2), np.int64) if metro is None else metro.edges[["start", "end"]].to_numpy(np.int64)
    near = _near(city, table, served, float(params["access_m"]), notes) if nodes else np.zeros((24, stops))
    buses = city.networks.get("transit") if "transit" in offset else None
    bus_stops = np.arange(0 if buses is None else len(buses.nodes)) + offset.get("transit", 0)
    return Transit(table, station, served, near, ends, "metro" in offset, buses, bus_stops, city.networks.get("roads"), notes)


def _near(city: City, table: Timetable, served: NDArray[np.bool_], access_m: float, notes: list[Note]) -> Floats:
    """People by hour at the stop nearest to their building, where one is within access_m on foot."""
    near = np.zeros((24, len(served)))
    rows = np.flatnonzero(served)
    if not len(city.buildings) or not len(rows):
        if len(rows):
            notes.append(("info", "transit-nobody", "The city has no buildings: riders are not counted."))
        return near
    from scipy.spatial import cKDTree

    people, said = people_by_hour(city)
    notes += said
    away, stop = cKDTree(table.xy[rows]).query(np.nan_to_num(centres(city.buildings.footprints)), distance_upper_bound=access_m / DETOUR)
    at = np.isfinite(away)
    for hour in range(24):
        near[hour] = np.bincount(rows[stop[at]], people[hour][at].astype(float), len(served))
    return near
