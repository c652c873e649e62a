"""Trips by car between zones of a city, from who is where by day and night: a gravity model, doubly constrained (Wilson 1967,
doi:10.1016/0041-1647(67)90035-4), balanced after Furness 1965. Synthetic: it says what traffic is plausible, not what was counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.traffic_flow import BY_HOUR
from twin.models.exposure import Note
from twin.models.service.road_links import RoadLinks

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Zones:
    """place: node of each zone, (zones,); of_building: zone of each building; people: (24, zones). junction, of_junction, room: junctions
    of all zones, their zone and the capacity of the roads there, by zone, widest first."""

    place: NDArray[np.int32]
    of_building: NDArray[np.int32]
    people: Floats
    junction: NDArray[np.int32]
    of_junction: NDArray[np.int32]
    room: Floats


def main_part(network: Network, roads: RoadLinks) -> tuple[NDArray[np.bool_], list[Note]]:
    """Nodes from and to which cars get to most others (the largest strongly connected part), with a word on the rest."""
    touched = np.zeros(len(network.nodes), bool)
    touched[network.edges.loc[roads.for_cars, ["start", "end"]].to_numpy(np.int64)] = True
    if not touched.any():
        return touched, []
    # Without parallel arcs, which this version of scipy may never get to the end of.
    matrix = network.matrix(np.ones(len(network.edges)), roads.for_cars)
    label = connected_components(matrix, connection="strong")[1]
    size = np.bincount(label[touched])
    part = touched & (label == int(size.argmax()))
    left = int(touched.sum() - part.sum())
    if not left:
        return part, []
    text = (
        f"{left:,} of {int(touched.sum()):,} junctions of the road network cannot be driven to and from; trips begin and end in the "
        "largest part that can."
    )
    return part, [("warning" if left > 0.05 * touched.sum() else "info", "road-islands", text)]


def zones_of(
    city: City, network: Network, roads: RoadLinks, people: NDArray[np.float32], part: NDArray[np.bool_], most: int
) -> Zones:
    """At most so many zones: squares of one size with all buildings whose nearest junction lies in them. Their trips enter at the junction
    of the square with the most capacity, as connectors of planners do."""
    from scipy.spatial import cKDTree

    nodes = np.flatnonzero(part)
    xy = network.nodes[["x", "y"]].to_numpy(float)
    place = np.nan_to_num(centres(city.buildings.footprints))
    near = nodes[cKDTree(xy[nodes]).query(place)[1]]
    low, high = xy[nodes].min(0), xy[nodes].max(0)
    used = np.unique(near)
    side = max(float((high - low).max()) / 200.0, 50.0)
    while len(np.unique(_square(xy[used], low, side))) > most:
        side *= 1.08
    square, of_used = np.unique(_square(xy[used], low, side), return_inverse=True)
    room = np.zeros(len(xy))
    e = network.edges
    carries = np.where(roads.for_cars, np.nan_to_num(roads.capacity_vph).sum(1), 0.0)
    for column in ("start", "end"):
        np.add.at(room, e[column].to_numpy(np.int64), carries)
    inside = np.flatnonzero(part)
    at = np.searchsorted(square, _square(xy[inside], low, side))
    is_in = (at < len(square)) & (square[np.minimum(at, len(square) - 1)] == _square(xy[inside], low, side))
    inside, at = inside[is_in], at[is_in]
    order = np.lexsort((inside, -room[inside], at))
    first = np.unique(at[order], return_index=True)[1]
    of_building = of_used.ravel()[np.searchsorted(used, near)].astype(np.int32)
    total = np.zeros((24, len(square)))
    for hour in range(24):
        total[hour] = np.bincount(of_building, people[hour].astype(float), len(square))
    inside, at = inside[order].astype(np.int32), at[order].astype(np.int32)
    return Zones(inside[first], of_building, total, inside, at, room[inside])


def _square(xy: Floats, low: Floats, side: float) -> NDArray[np.int64]:
    cell = np.floor((xy - low) / side).astype(np.int64)
    return cell[:, 0] * 1_000_003 + cell[:, 1]


def gravity(produced: Floats, attracted: Floats, time_s: Floats, per_minute: float, most: int = 200, close: float = 1e-6) -> Floats:
    """Trips (zones, zones) in proportion to exp(-per_minute t) whose rows add up to produced and columns to attracted.

    attracted is scaled to the sum of produced. time_s: (zones, zones), inf where there is no way (no trips); within a zone half the time to
    the nearest other. Rows without any way get no trips.
    """
    n = len(produced)
    time = np.asarray(time_s, float).copy()
    np.fill_diagonal(time, np.inf)
    nearest = time.min(1, initial=np.inf)
    np.fill_diagonal(time, np.where(np.isfinite(nearest), nearest / 2.0, 0.0))
    with np.errstate(over="ignore"):
        pull = np.exp(-per_minute * np.where(np.isfinite(time), time, np.inf) / 60.0)
    total = float(produced.sum())
    if not n or total <= 0 or attracted.sum() <= 0:
        return np.zeros((n, n))
    wanted = attracted * (total / attracted.sum())
    a, b = np.ones(n), np.ones(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(most):
            a = np.nan_to_num(produced / (pull * b).sum(1), posinf=0.0)
            b = np.nan_to_num(wanted / (pull * a[:, None]).sum(0), posinf=0.0)
            rows = a * (pull * b).sum(1)
            if np.abs(rows - produced).max() <= close * produced.max():
                break
    return a[:, None] * pull * b


def hourly_cars(people: Floats, hour: int, trips_per_day: float, car_share: float, occupancy: float) -> tuple[Floats, Floats]:
    """Cars an hour that leave and reach each zone: the day's trips of all people at the hour's share, from where people are to where they
    are an hour later."""
    now, then = people[hour], people[(hour + 1) % 24]
    cars = float(people.sum(1).max()) * trips_per_day * car_share / occupancy * BY_HOUR[hour] / BY_HOUR.sum()
    leave = now * (cars / now.sum()) if now.sum() > 0 else np.zeros_like(now)
    return leave, then.copy()
