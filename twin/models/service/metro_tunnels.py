"""The metro as vessels that water fills: stations, the tunnels between them, and the edges it runs over from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.network import Network
from twin.city.timetable_places import nodes_of_stations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Note = tuple[str, str, str]

LEVELS = 24
JUNCTION_M2 = 20.0
"""Floor of a place where tracks meet without a station."""
TUNNEL_HEIGHT_M, TUNNEL_WIDTH_M = 4.5, 9.0
"""Of both tracks together, in which the free section is taken to be spread."""
SLOT = 0.01
"""A full tunnel takes a little more water as it comes under pressure: an open slot this share of its width (Preissmann's)."""
SURFACE_M = 2.0
"""Nearer to the ground than this a height is taken for the ground's, not the track's."""
METRO = ("metro", "subway", "station", "interchange", "light_rail")
DEEP_M = 300.0
NAMED = 3


@dataclass(frozen=True)
class Tunnels:
    """Vessels: places of the network first, then tunnels. level, volume: (vessels, LEVELS) what each holds up
    to a level, the last slope goes on. area: m2 of those that are no tunnels; floor: m.

    place, tunnel, crest, breadth, carries: by edge over which they exchange; volume below the crest on either side in place_full and
    tunnel_full. station: vessel of each row of layer `stations`, -1 where it is not one that can fill; shared: rows in the same vessel.
    """

    level: Floats
    volume: Floats
    floor: Floats
    area: Floats
    ground: Floats
    has_pumps: NDArray[np.bool_]
    place: Ints
    tunnel: Ints
    crest: Floats
    breadth: Floats
    carries: Floats
    place_full: Floats
    tunnel_full: Floats
    station: Ints
    shared: Floats

    @property
    def vessels(self) -> int:
        return len(self.floor)

    def origin(self, vessel: int, through: Floats) -> int:
        """Vessel of the station that sent most of the water that came to a vessel through tunnels, -1 for none. through: m3 so far over
        each edge, from place to tunnel."""
        at, seen = vessel, {vessel}
        stations = set(self.station[self.station >= 0].tolist())
        while True:
            mine = np.flatnonzero(self.place == at)
            mine = mine[through[mine] < 0]
            if not len(mine):
                return -1
            tunnel = self.tunnel[mine[np.argmin(through[mine])]]
            ends = np.flatnonzero((self.tunnel == tunnel) & (through > 0))
            ends = ends[~np.isin(self.place[ends], list(seen))]
            if not len(ends):
                return -1
            at = int(self.place[ends[np.argmax(through[ends])]])
            seen.add(at)
            if at in stations:
                return at


def tunnels_of(city: City, params: dict[str, Any], notes: list[Note]) -> Tunnels:
    """Of network `metro`, else of the metro lines of `transit`. Tracks that do not lie below the ground are left out."""
    network, rows = _network(city)
    nodes_xy = network.nodes[["x", "y"]].to_numpy(float) if network is not None else np.empty((0, 2))
    n, z = len(nodes_xy), np.full(len(nodes_xy), np.nan)
    on_track = np.zeros(n, bool)
    if network is not None:
        z = network.nodes["z"].to_numpy(float) if "z" in network.nodes else z
        on_track[network.edges[["start", "end"]].to_numpy(np.int64)[rows].ravel()] = True
    is_metro = on_track | (network is not None and network.kind == "metro")
    ground = ground_at(city, nodes_xy)
    guessed = (~np.isfinite(z) | (np.abs(z - ground) <= SURFACE_M)) & is_metro
    if guessed.any():
        text = f"How deep {int(guessed.sum()):,} of {int(is_metro.sum()):,} places of the metro lie is not known"
        notes.append(("warning", "metro-depth-assumed", f"{text}; {params['depth_m']:g} m below the ground are assumed."))
    floor = np.where(guessed | ~np.isfinite(z), ground - params["depth_m"], z)
    below = is_metro & (floor < ground - SURFACE_M)
    vessel = _stations(city, network, is_metro, on_track, notes)
    on_metro = (vessel >= 0).any()
    vessel = np.where(np.append(below, False)[vessel], vessel, -1)
    if on_metro and not (vessel >= 0).any():
        notes.append(("info", "metro-none", "No station of the city is known to lie below the ground; none can fill."))
    places = len(floor)
    has = np.zeros(places, bool)
    has[vessel[vessel >= 0]] = True
    area = np.where(has, params["station_m2"], JUNCTION_M2)
    level = floor[:, None] + DEEP_M * np.linspace(0.0, 1.0, LEVELS)[None, :]
    made = _Vessels(level, (level - floor[:, None]) * area[:, None])
    brim = floor + np.where(has, params["hall_m3"] / params["station_m2"], 0.0)
    link = _Links()
    if network is not None:
        _join(network, rows, floor, below, brim, area, params, made, link)
    count = np.bincount(vessel[vessel >= 0], minlength=max(places, 1)).astype(float)
    blank = np.full(len(made.level) - places, np.nan)
    return Tunnels(
        made.level, made.volume, made.level[:, 0].copy(), np.concatenate([area, blank]), np.concatenate([ground, blank]),
        np.concatenate([has, np.zeros(len(blank), bool)]), np.array(link.place, np.int64), np.array(link.tunnel, np.int64),
        np.array(link.crest, float), np.array(link.breadth, float), np.array(link.carries, float), np.array(link.place_full, float),
        np.array(link.tunnel_full, float), vessel, np.where(vessel >= 0, np.maximum(count, 1.0)[np.maximum(vessel, 0)], 1.0),
    )  # fmt: skip


def ground_at(city: City, xy: Floats) -> Floats:
    """Height of the ground at places, 0 where it is not known."""
    return np.nan_to_num(city.terrain.sample(xy[:, 0], xy[:, 1])) if city.terrain is not None else np.zeros(len(xy))


def _stations(city: City, network: Network | None, is_metro: NDArray[np.bool_], on_track: NDArray[np.bool_], notes: list[Note]) -> Ints:
    """Place in the network of each row of layer `stations`, -1 for those that are not the metro's."""
    layer = city.layers.get("stations")
    if layer is None or not len(layer):
        return np.zeros(0, np.int64)
    node = nodes_of_stations(layer, network.nodes) if network is not None else np.full(len(layer), -1, np.int64)
    kind = layer.table["kind" if "kind" in layer.table else "id"].astype(str)
    place = np.where(np.append(is_metro, False)[node], node, -1)
    lost = np.flatnonzero(kind.isin(METRO).to_numpy(bool) & (place < 0))
    if len(lost):
        text = f"{len(lost):,} stations lie on no metro line ({_some(layer.table, lost)}) and are taken to stay dry inside."
        notes.append(("warning", "metro-no-line", text))
    ends = np.flatnonzero((place >= 0) & ~np.append(on_track, False)[place])
    if len(ends):
        text = f"No track leads to {len(ends):,} stations of the metro ({_some(layer.table, ends)}); water in them leads nowhere."
        notes.append(("warning", "metro-no-track", text))
    return place


class _Vessels:
    def __init__(self, level: Floats, volume: Floats) -> None:
        self.level, self.volume = level, volume


class _Links:
    def __init__(self) -> None:
        self.place: list[int] = []
        self.tunnel: list[int] = []
        self.crest: list[float] = []
        self.breadth: list[float] = []
        self.carries: list[float] = []
        self.place_full: list[float] = []
        self.tunnel_full: list[float] = []


def _join(
    network: Network, rows: Ints, floor: Floats, below: NDArray[np.bool_], brim: Floats, area: Floats, params: dict[str, Any],
    made: _Vessels, link: _Links,
) -> None:  # fmt: skip
    """A vessel for each tunnel, and the two edges over which it exchanges."""
    ends = network.edges[["start", "end"]].to_numpy(np.int64)
    pairs = np.sort(ends[rows], axis=1)
    _, first = np.unique(pairs, axis=0, return_index=True)  # of several lines on one track, one tunnel
    rows = rows[np.sort(first)]
    a, b = ends[rows].T
    rows = rows[(a != b) & below[a] & below[b]]
    levels, volumes = [], []
    free_m2 = float(params["tunnel_m2"])
    radius = free_m2 / (2 * (TUNNEL_HEIGHT_M + TUNNEL_WIDTH_M))
    for k, row in enumerate(rows):  # hundreds of tracks in the largest metro
        i, j = ends[row]
        length, z = _profile(network.geometry[row], float(floor[i]), float(floor[j]))
        top = z.max() + TUNNEL_HEIGHT_M
        w = np.linspace(z.min(), top, LEVELS - 1)
        filled = np.clip((w[:, None] - z[None, :]) / TUNNEL_HEIGHT_M, 0.0, 1.0).mean(axis=1) * free_m2 * length
        w = np.append(w, top + DEEP_M)
        filled = np.append(filled, filled[-1] + DEEP_M * SLOT * length * TUNNEL_WIDTH_M)
        levels.append(w)
        volumes.append(filled)
        for at in (int(i), int(j)):
            link.place.append(at)
            link.tunnel.append(len(floor) + k)
            link.crest.append(float(brim[at]))
            link.breadth.append(TUNNEL_WIDTH_M)
            link.carries.append(free_m2 * radius ** (2 / 3) / params["roughness"] / np.sqrt(length / 2))
            link.place_full.append(float((brim[at] - floor[at]) * area[at]))
            link.tunnel_full.append(float(np.interp(brim[at], w, filled)))
    if levels:
        made.level = np.concatenate([made.level, np.array(levels)])
        made.volume = np.concatenate([made.volume, np.array(volumes)])


def _profile(line: Any, z0: float, z1: float) -> tuple[float, Floats]:
    """Length of a track and its heights at even distances: its own where it has any below its ends' ground, else straight."""
    length = max(float(shapely.length(line)), 1.0) if line is not None else 1.0
    t = (np.arange(48) + 0.5) / 48
    straight = z0 + (z1 - z0) * t
    if line is None or not shapely.has_z(line):
        return length, straight
    points = shapely.get_coordinates(line, include_z=True)
    away = np.append(0.0, np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T)))
    own = np.interp(t * away[-1], away, points[:, 2])
    fits = np.isfinite(points[:, 2]).all() and abs(points[0, 2] - z0) < SURFACE_M and abs(points[-1, 2] - z1) < SURFACE_M
    return length, own if fits else straight


def _network(city: City) -> tuple[Network | None, Ints]:
    """The network with the city's metro, and the rows of its metro tracks."""
    metro, transit = city.networks.get("metro"), city.networks.get("transit")
    if metro is not None and len(metro.nodes):
        return metro, np.arange(len(metro.edges))
    if transit is not None and "kind" in transit.edges:
        kind = transit.edges["kind"].astype(str).to_numpy(object)
        rows = np.flatnonzero(kind == "metro")
        if len(rows):
            return transit, rows
    return None, np.empty(0, np.int64)


def _some(table: pd.DataFrame, rows: Ints) -> str:
    """Names of the first of some rows, ids where there are none."""
    first = table.iloc[rows[:NAMED]]
    names = first["name"].fillna("").astype(str) if "name" in table else first["id"].astype(str)
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return ", ".join(n or str(i) for n, i in zip(names, first["id"])) + more
