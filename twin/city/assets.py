"""What of a city can fail: every part of its networks and every facility, one after the other in one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City

NETWORKS = ("power", "water", "roads")
LAYERS = ("facilities", "pumps", "stations", "masts")
SUPPORTS = ("node:power", "edge:power", "node:water", "edge:water", "edge:roads", *LAYERS)
"""In the order of the list. A network's nodes and edges, and the rows of layers."""
ESSENTIAL = "network:power|network:water|layer:facilities|layer:pumps|layer:stations|layer:masts"
"""What a city must have one of for its services to be worth a word."""
READS = (*(f"network:{n}" for n in NETWORKS), *(f"layer:{n}" for n in LAYERS))
"""What a model must declare to read so that its list is that of the city."""
FAILED = {
    "node:power": "power_node_failed", "edge:power": "power_edge_failed", "node:water": "water_node_failed",
    "edge:water": "water_edge_failed", "edge:roads": "road_failed", "facilities": "facility_failed", "pumps": "pump_failed",
    "stations": "station_failed", "masts": "mast_failed",
}  # fmt: skip
"""Quantity that says which objects of a support are out of order."""


@dataclass(frozen=True)
class Assets:
    """ids, kinds: (N,) text; support: (N,) row of SUPPORTS; xy: (N, 2) local metres; first: (SUPPORTS + 1,) where each support begins."""

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    kinds: NDArray[np.object_]
    support: NDArray[np.int8]
    xy: NDArray[np.float64]
    first: NDArray[np.int64]
    others: dict[str, int]
    """Further names that mean one row: a motor at its bus, an id without its kind."""
    twin: NDArray[np.int64]
    """Row of the same thing in its network (a substation or pumping station that is a facility too), else the row itself."""

    def __len__(self) -> int:
        return len(self.ids)

    @staticmethod
    def of(city: City) -> Assets:
        parts, others, at = list[tuple[Any, Any, Any, Any]](), dict[str, int](), [0]
        for support in SUPPORTS:
            table, xy = _table(city, support)
            count = len(table)
            names = table["name"].fillna("").astype(str).to_numpy(object) if "name" in table else np.full(count, "", object)
            default = {"edge:roads": "road", "stations": "station", "masts": "mast", "pumps": "pump"}.get(support, "")
            kinds = table["kind"].fillna(default).astype(str).to_numpy(object) if "kind" in table else np.full(count, default, object)
            parts.append((table["id"].astype(str).to_numpy(object), names, kinds, xy))
            if support == "node:power" and count:
                others |= _fittings(city, at[-1])
            at.append(at[-1] + count)
        ids = np.concatenate([p[0] for p in parts])
        names, kinds = np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])
        first, xy = np.array(at), np.concatenate([p[3] for p in parts])
        of = np.repeat(np.arange(len(SUPPORTS), dtype=np.int8), np.diff(at))
        return Assets(ids, names, kinds, of, xy, first, others, _twins(kinds, xy, first))

    def part(self, support: str) -> slice:
        """Rows of the objects of a support."""
        i = SUPPORTS.index(support)
        return slice(int(self.first[i]), int(self.first[i + 1]))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {str(k): i for i, k in reversed(list(enumerate(self.ids)))}

    @cached_property
    def _loose(self) -> dict[str, int]:
        """Names that are no ids and mean one row only: the id without its kind, the name."""
        found: dict[str, int] = {}
        own = self.twin == np.arange(len(self))
        for text in (np.array([str(i).partition("/")[2] for i in self.ids] + [None], object)[:-1], self.names):
            if not len(text):
                continue
            seen, first, count = np.unique(text[own].astype(str), return_index=True, return_counts=True)
            for key, row, often in zip(seen, np.flatnonzero(own)[first], count):
                if key and often == 1:
                    found.setdefault(str(key), int(row))
        return self.others | found

    def row_of(self, name: str) -> int:
        """Row of an object by its id, else by what means only one; -1 where there is none. Of what is in a network too, that row."""
        row = self._rows.get(name, -1)
        row = row if row >= 0 else self._loose.get(name, -1)
        return int(self.twin[row]) if row >= 0 else -1

    def rows_of(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Rows by name, -1 for those that are not there."""
        return np.array([self.row_of(str(n)) for n in names], np.int64)

    def called(self, row: int) -> str:
        """Name of an object; its kind and number where it has none, else its id."""
        if self.names[row]:
            return str(self.names[row])
        number = str(self.ids[row]).rpartition("/")[2]
        kind = str(self.kinds[row]).replace("_", " ")
        return f"{kind} {number}" if kind and number.isdigit() else str(self.ids[row])


def _table(city: City, support: str) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Object table of a support and a place for each row."""
    blank = pd.DataFrame({"id": []}), np.empty((0, 2))
    part, _, name = support.partition(":")
    if name:
        network = city.networks.get(name)
        if network is None:
            return blank
        if part == "node":
            return network.nodes, network.nodes[["x", "y"]].to_numpy(float)
        return network.edges, _middles(network.geometry)
    layer = city.layers.get(support)
    return blank if layer is None or not len(layer) else (layer.table, np.nan_to_num(centres(layer.geometry)))


TWINS = {"substation": ("node:power", "substation"), "pumping_station": ("pumps", "")}
SAME_PLACE_M = 30.0


def _twins(kinds: NDArray[np.object_], xy: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """For facilities that stand for a part of a network: the row of that part."""
    from scipy.spatial import cKDTree

    twin = np.arange(len(kinds))
    begin, end = (int(first[SUPPORTS.index("facilities") + k]) for k in (0, 1))
    for kind, (support, of) in TWINS.items():
        i = SUPPORTS.index(support)
        there = np.arange(first[i], first[i + 1])
        there = there[kinds[there] == of] if of else there
        mine = begin + np.flatnonzero(kinds[begin:end] == kind)
        if len(there) and len(mine):
            away, near = cKDTree(xy[there]).query(xy[mine], distance_upper_bound=SAME_PLACE_M)
            twin[mine[np.isfinite(away)]] = there[near[np.isfinite(away)]]
    return twin


def _middles(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    points = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return np.column_stack([np.nan_to_num(shapely.get_x(points)), np.nan_to_num(shapely.get_y(points))]).reshape(-1, 2)


def _fittings(city: City, first: int) -> dict[str, int]:
    """Named parts of a power network that stand at a node (loads, motors, generators): the node's row by their name."""
    network, found = city.networks["power"], dict[str, int]()
    at = {str(n): first + i for i, n in enumerate(network.nodes["id"])}
    for table in network.tables.values():
        if "node" in table and "name" in table:
            for name, node in zip(table["name"], table["node"]):
                if isinstance(name, str) and name and str(node) in at:
                    found.setdefault(name, at[str(node)])
    return found
