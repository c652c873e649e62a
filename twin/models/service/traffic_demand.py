"""How many cars go from where to where in each hour: the city's own table of trips, or a synthetic one from its people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.network import Network
from twin.city.routing import Graph
from twin.city.traffic_flow import BY_HOUR
from twin.models.exposure import Note, people_by_hour
from twin.models.service.road_links import RoadLinks
from twin.models.service.trips import Zones, gravity, hourly_cars, main_part, zones_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Demand:
    """place: (zones,) junction of each; free: (zones, zones) seconds on empty roads, tolls included; hourly: (hour of the day) -> (zones,
    zones) cars an hour; zones: None where a table of the city says from which junction to which."""

    place: NDArray[np.int32]
    free: Floats
    hourly: Callable[[int], Floats]
    zones: Zones | None = None


def demand_of(
    city: City, network: Network, roads: RoadLinks, graph: Graph, params: Mapping[str, Any]
) -> tuple[Demand | None, list[Note]]:
    """None where there are no trips, with a word on why. params: those of the model of traffic."""
    table = network.tables.get("demand")
    if table is not None and len(table):
        return _from_table(graph, roads, table[["from", "to", "trips"]].to_numpy(float), params)
    return _from_people(city, network, roads, graph, params)


def _free(graph: Graph, roads: RoadLinks, place: NDArray[np.int32], params: Mapping[str, Any]) -> Floats:
    toll = roads.toll * 3600.0 / params["value_of_time"]
    return graph.between(graph.weights(roads.free_s + toll, roads.for_cars), place, place)


def _from_table(graph: Graph, roads: RoadLinks, table: Floats, params: Mapping[str, Any]) -> tuple[Demand, list[Note]]:
    """The city's own trips, those of the busiest hour."""
    ends = table[:, :2].astype(np.int64)
    good = (ends >= 0).all(1) & (ends < graph.count).all(1) & np.isfinite(table[:, 2]) & (table[:, 2] >= 0)
    named, at = np.unique(ends[good], return_inverse=True)
    place = named.astype(np.int32)
    busiest = np.zeros((len(place), len(place)))
    np.add.at(busiest, tuple(at.reshape(-1, 2).T), table[good, 2])
    text = (
        f"Trips are those of the network's table ({float(busiest.sum()):,.0f}), taken for the busiest hour and scaled to others by a "
        "usual curve of the day."
    )
    notes: list[Note] = [("info", "trips-from-table", text)]
    if not good.all():
        text = f"{int((~good).sum()):,} rows of the table of trips name no junction or no number of trips; they are left out."
        notes.append(("warning", "trips-unusable", text))
    return Demand(place, _free(graph, roads, place, params), lambda hour: busiest * BY_HOUR[hour]), notes


def _from_people(
    city: City, network: Network, roads: RoadLinks, graph: Graph, params: Mapping[str, Any]
) -> tuple[Demand | None, list[Note]]:
    people, of_people = people_by_hour(city)
    part, of_parts = main_part(network, roads)
    notes = [*of_people, *of_parts]
    if not len(city.buildings) or not people.sum() > 0:
        return None, [*notes, ("warning", "no-people", "The city has nobody in its buildings; its roads stay empty.")]
    if part.sum() < 2:
        text = "No two junctions are joined both ways by roads for cars; there is no traffic."
        return None, [*notes, ("warning", "no-ways", text)]
    zones = zones_of(city, network, roads, people, part, params["zones"])
    if len(zones.place) < 2:
        return None, [*notes, ("warning", "one-zone", "All buildings lie at one junction; there are no trips between places.")]
    free, kept = _free(graph, roads, zones.place, params), dict[int, Floats]()

    def hourly(hour: int) -> Floats:
        if hour not in kept:
            leave, reach = hourly_cars(zones.people, hour, params["trips_per_day"], params["car_share"], params["occupancy"])
            kept[hour] = gravity(leave, reach, free, params["deterrence"])
        return kept[hour]

    text = (
        f"Traffic is synthetic: nobody counted it. {params['trips_per_day']:g} trips a day of each person, {params['car_share']:.0%} of "
        f"them by car, between {len(zones.place):,} zones by a gravity model."
    )
    return Demand(zones.place, free, hourly, zones), [*notes, ("warning", "trips-synthetic", text)]
