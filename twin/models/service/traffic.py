"""Traffic on the roads as they are: where cars go when streets are closed or slow, and what that costs in time."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.network import Network
from twin.city.routing import Graph
from twin.city.traffic_flow import BY_HOUR
from twin.models.base import Array, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour
from twin.models.service.assignment import Assignment, assign
from twin.models.service.road_links import RoadLinks, road_links
from twin.models.service.roads import IMPASSABLE
from twin.models.service.trips import gravity, hourly_cars, main_part, zones_of

Floats = NDArray[np.float64]
STEP = 0.02
"""Shares of the free speed are told apart by so much: water that rises by a millimetre sends nobody another way."""
MOST_ITERATIONS = 50


@dataclass
class TrafficState:
    params: dict[str, Any]
    network: Network | None
    roads: RoadLinks | None
    graph: Graph | None
    place: NDArray[np.int32]
    free: Floats
    """(zones, zones) seconds on empty roads."""
    demand: Any
    """(hour) -> (zones, zones) cars an hour."""
    factor: Floats
    flow: Floats
    time: Floats
    at_s: float = 0.0
    assigned_s: float = -1e18
    key: str = ""
    hour: int = -1
    trips: float = 0.0
    lost: float = 0.0
    """Trips an hour for which there is no way now; given_up: that would take too long."""
    given_up: float = 0.0
    extra_h: float = 0.0
    """Vehicle-hours an hour that are lost now."""
    lost_hours: float = 0.0
    lost_trips: float = 0.0
    has_missed: bool = False
    is_full: bool = False
    usual: dict[int, Assignment] = field(default_factory=dict)
    """Undisturbed, by hour."""
    notes: list[Note] = field(default_factory=list)


@register
class Traffic(Model):
    """Flows and speeds in user equilibrium, anew whenever the roads have changed; time lost against the same hour undisturbed."""

    name = "traffic"
    version = "1"
    title = "Road traffic"
    question = "Where does traffic go when roads are closed, and how much time is lost?"
    role = "service"
    reads = ("network:roads", "buildings", "people")
    essential = ("network:roads",)
    needs = (Need("road_speed_factor"), Need("road_state", optional=True))
    gives = ("road_flow", "road_travel_speed", "road_congestion")
    params = (
        Param("car_share", "Trips made by car", 0.3, "1", low=0, high=1, source="assumption for a dense city; 0.57 in Germany (MiD 2017), "
              "0.61 in England (National Travel Survey 2019)", help="Share of all trips. Not used where the city has a table of trips."),
        Param("trips_per_day", "Trips of a person", 3.1, "1/d", low=0, high=10, source="Mobilitaet in Deutschland 2017"),
        Param("occupancy", "People in a car", 1.5, "persons", low=1, high=8, source="Mobilitaet in Deutschland 2017"),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
        Param("every", "Drivers learn of changes every", "PT10M", "s", kind="duration", low=60, high=86400,
              help="Routes are chosen anew at most so often, and only where roads or the hour have changed.", source="assumption"),
        Param("patience", "Trips are given up beyond", "PT60M", "s", kind="duration", low=60, high=86400, source="assumption",
              help="Longer than usual by so much."),
        Param("zones", "Zones", 150, "", kind="integer", low=2, high=1000, advanced=True,
              help="Buildings are gathered in at most so many squares."),
        Param("deterrence", "Deterrence of distance", 0.1, "1/min", low=0, high=2, advanced=True,
              help="Trips fall off as exp(-deterrence x minutes).", source="assumption: trips of some ten minutes"),
        Param("value_of_time", "An hour is worth", 10.0, "", low=0.01, high=1e6, advanced=True,
              help="In the unit of the network's tolls.", source="assumption"),
        Param("gap", "Relative gap", 1e-3, "1", low=1e-8, high=0.1, advanced=True,
              help="How near to equilibrium is near enough.", source="Boyce et al. 2004, doi:10.1061/(ASCE)0733-947X(2004)130:1(49): 1e-4 "
              "for links to settle; 1e-3 here, for speed"),
    )  # fmt: skip
    limits = (
        "Static equilibrium: every hour by itself, drivers know all roads; queues do not spill back and nothing lasts into the next hour.",
        "The demand is synthetic where the city has no table of trips. A trip is made unless it takes far longer than usual: nobody stays "
        "at home for the flood itself, or goes elsewhere.",
        "No trips into and out of the city, no through traffic, no lorries and buses of their own.",
        "Water slows cars and closes roads; the capacity of a slowed road is unchanged.",
    )
    cite = (
        "Mitradjieva, M., Lindberg, P. O. (2013): The stiff is moving - conjugate direction Frank-Wolfe methods with applications to "
        "traffic assignment. doi:10.1287/trsc.1120.0409.",
        "Bureau of Public Roads (1964): Traffic Assignment Manual.",
        "Wilson, A. G. (1967): A statistical theory of spatial distribution models. doi:10.1016/0041-1647(67)90035-4.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> TrafficState:
        state = self._begin(city, params)
        if state.graph is not None:
            self._look(state, inputs, 0.0)
        return state

    def _begin(self, city: City, params: Mapping[str, Any]) -> TrafficState:
        network = city.networks.get("roads")
        n = 0 if network is None else len(network.edges)
        none = np.empty(0, np.int32)
        state = TrafficState(
            dict(params), network, None, None, none, np.empty((0, 0)), None, np.ones(n), np.zeros((n, 2)), np.zeros((n, 2))
        )  # fmt: skip
        if network is None or n == 0:
            state.notes.append(("warning", "no-roads", "The city has no road network; nothing is said about traffic."))
            return state
        state.roads = road_links(network)
        state.notes += state.roads.notes
        state.time = np.repeat(state.roads.free_s[:, None], 2, 1)
        graph = Graph.of(network, among=state.roads.for_cars)
        table = network.tables.get("demand")
        if table is not None and len(table):
            self._from_table(state, graph, table[["from", "to", "trips"]].to_numpy(float))
        else:
            self._from_people(state, graph, city)
        return state

    def _from_table(self, state: TrafficState, graph: Graph, table: Floats) -> None:
        """The city's own trips, those of the busiest hour."""
        ends = table[:, :2].astype(np.int64)
        good = (ends >= 0).all(1) & (ends < graph.count).all(1) & np.isfinite(table[:, 2]) & (table[:, 2] >= 0)
        place, at = np.unique(ends[good], return_inverse=True)
        busiest = np.zeros((len(place), len(place)))
        np.add.at(busiest, tuple(at.reshape(-1, 2).T), table[good, 2])
        state.notes.append((
            "info", "trips-from-table",
            f"Trips are those of the network's table ({float(busiest.sum()):,.0f}), taken for the busiest hour and scaled to others by a "
            "usual curve of the day.",
        ))  # fmt: skip
        if not good.all():
            text = f"{int((~good).sum()):,} rows of the table of trips name no junction or no number of trips; they are left out."
            state.notes.append(("warning", "trips-unusable", text))
        self._place(state, graph, place.astype(np.int32))
        state.demand = lambda hour: busiest * BY_HOUR[hour]

    def _place(self, state: TrafficState, graph: Graph, place: NDArray[np.int32]) -> None:
        """Zones at junctions, and the cost between them on empty roads."""
        assert state.roads is not None
        toll = state.roads.toll * 3600.0 / state.params["value_of_time"]
        state.graph, state.place = graph, place
        state.free = graph.between(graph.weights(state.roads.free_s + toll, state.roads.for_cars), place, place)

    def _from_people(self, state: TrafficState, graph: Graph, city: City) -> None:
        assert state.network is not None
        assert state.roads is not None
        people, of_people = people_by_hour(city)
        part, of_parts = main_part(state.network, state.roads)
        state.notes += of_people + of_parts
        if not len(city.buildings) or not people.sum() > 0:
            state.notes.append(("warning", "no-people", "The city has nobody in its buildings; its roads stay empty."))
            return
        if part.sum() < 2:
            state.notes.append(("warning", "no-ways", "No two junctions are joined both ways by roads for cars; there is no traffic."))
            return
        p = state.params
        zones = zones_of(city, state.network, state.roads, people, part, p["zones"])
        if len(zones.place) < 2:
            state.notes.append(("warning", "one-zone", "All buildings lie at one junction; there are no trips between places."))
            return
        self._place(state, graph, zones.place)
        kept: dict[int, Floats] = {}

        def demand(hour: int) -> Floats:
            if hour not in kept:
                leave, reach = hourly_cars(zones.people, hour, p["trips_per_day"], p["car_share"], p["occupancy"])
                kept[hour] = gravity(leave, reach, state.free, p["deterrence"])
            return kept[hour]

        state.demand = demand
        state.notes.append((
            "warning", "trips-synthetic",
            f"Traffic is synthetic: nobody counted it. {p['trips_per_day']:g} trips a day of each person, {p['car_share']:.0%} of them by "
            f"car, between {len(zones.place):,} zones by a gravity model.",
        ))  # fmt: skip

    def update(self, state: TrafficState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        hours = max(0.0, until_s - state.at_s) / 3600.0
        state.lost_hours += state.extra_h * hours
        state.lost_trips += (state.lost + state.given_up) * hours
        state.at_s = until_s
        if state.graph is not None:
            self._look(state, inputs, until_s)

    def _look(self, state: TrafficState, inputs: Mapping[str, Array], at_s: float) -> None:
        """Choose routes anew where that is due."""
        hour = int(state.params["start_hour"] + at_s / 3600.0) % 24
        factor = np.round(np.clip(np.nan_to_num(inputs["road_speed_factor"].astype(float), nan=1.0), 0.0, 1.0) / STEP) * STEP
        if "road_state" in inputs:
            factor = np.where(np.asarray(inputs["road_state"]) >= IMPASSABLE, 0.0, factor)
        key = hashlib.sha256(factor.tobytes()).hexdigest()
        if key == state.key and hour == state.hour:
            return
        if hour == state.hour and at_s - state.assigned_s < state.params["every"]:
            return
        state.key, state.hour, state.assigned_s, state.factor = key, hour, at_s, factor
        self._assign(state)

    def _usual(self, state: TrafficState, hour: int) -> Assignment:
        """The undisturbed hour; the same however often and when it is asked for."""
        if hour not in state.usual:
            usual = state.usual[hour] = self._solve(state, hour, None, None, state.free)
            stay, trips = float(usual.given_up.sum()), float(state.demand(hour).sum())
            if stay > 0.01 * trips and not state.is_full:
                state.is_full = True
                text = (
                    f"At {hour:02d}:00 the roads cannot carry {stay:,.0f} of {trips:,.0f} trips on an ordinary day; those are left out. "
                    "Fewer trips by car would be likelier."
                )
                state.notes.append(("warning", "too-many-cars", text))
        return state.usual[hour]

    def _solve(self, state: TrafficState, hour: int, factor: Floats | None, start: Floats | None, usual: Floats) -> Assignment:
        assert state.graph is not None
        assert state.roads is not None
        links = state.roads.links(factor, 3600.0 / state.params["value_of_time"])
        return assign(
            state.graph, links, state.place, state.demand(hour), state.params["gap"], MOST_ITERATIONS, start,
            usual + state.params["patience"], checkpoint=self.checkpoint,
        )  # fmt: skip

    def _assign(self, state: TrafficState) -> None:
        usual = self._usual(state, state.hour)
        factor = state.factor
        assert state.roads is not None
        closed = factor < STEP / 2
        if (factor > 1.0 - STEP / 2).all():
            now = usual
        else:
            # What is driven on an ordinary day is a start where none of it is closed.
            start = usual.flow_vph if not usual.flow_vph[closed].any() and not usual.given_up.any() else None
            now = self._solve(state, state.hour, factor, start, np.minimum(usual.cost, state.free + state.params["patience"]))
        if not now.is_converged and not state.has_missed:
            state.has_missed = True
            gaps = f"(gap {now.gap:.2g}, wished {state.params['gap']:g})"
            text = f"Traffic did not settle in {MOST_ITERATIONS} rounds {gaps}; its flows are not quite in equilibrium."
            state.notes.append(("warning", "traffic-gap", text))
        demand = state.demand(state.hour).copy()
        np.fill_diagonal(demand, 0.0)
        goes = (demand > 0) & np.isfinite(now.cost) & np.isfinite(usual.cost)
        made = np.where(goes, np.maximum(demand - now.given_up, 0.0), 0.0)
        extra = made * (np.where(goes, now.cost, 0.0) - np.where(goes, usual.cost, 0.0))
        state.trips = float(demand.sum() - usual.given_up.sum())
        state.lost = max(0.0, now.lost - usual.lost)
        state.given_up = max(0.0, float(now.given_up.sum() - usual.given_up.sum()))
        state.extra_h = 0.0 if now is usual else float(extra.sum()) / 3600.0 + 0.0
        state.flow = np.where(state.roads.for_cars[:, None], now.flow_vph, 0.0)
        state.time = now.time_s

    def outputs(self, state: TrafficState) -> dict[str, Array]:
        if state.roads is None:
            none = np.zeros(len(state.flow), np.float32)
            return {name: none.copy() for name in self.gives}
        roads = state.roads
        slower = np.where(np.isfinite(state.time), state.time, 0.0).max(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            driven = roads.length_m / slower * 3.6
            free = roads.length_m / roads.free_s * 3.6
            used = (state.flow / roads.capacity_vph).max(1)
        free = np.where(np.isfinite(free), free, 0.0)
        speed = np.where(slower > 0, np.nan_to_num(driven, posinf=0.0), free)
        is_open = state.factor >= STEP / 2
        return {
            "road_flow": state.flow.sum(1).astype(np.float32),
            "road_travel_speed": np.where(is_open, speed, 0.0).astype(np.float32),
            "road_congestion": np.where(is_open, used, 0.0).astype(np.float32),
        }

    def indicators(self, state: TrafficState) -> dict[str, tuple[float, str]]:
        if state.graph is None:
            return {}
        goes = max(state.trips - state.lost - state.given_up, 1e-9)
        return {
            "car_trips": (state.trips, "1/h"),
            "car_trips_not_possible_now": (state.lost, "1/h"),
            "car_trips_given_up_now": (state.given_up, "1/h"),
            "car_trips_not_made": (state.lost_trips, "trips"),
            "mean_extra_time": (state.extra_h * 60.0 / goes, "min"),
            "vehicle_hours_lost": (state.lost_hours, "h"),
            "vehicle_kilometres": (float((state.flow.sum(1) * self._length(state)).sum()) / 1000.0, "km/h"),
        }

    @staticmethod
    def _length(state: TrafficState) -> Floats:
        assert state.roads is not None
        return state.roads.length_m

    def notices(self, state: TrafficState) -> list[Note]:
        return state.notes

    def save(self, state: TrafficState) -> bytes:
        file = io.BytesIO()
        names = (
            "at_s", "assigned_s", "key", "hour", "trips", "lost", "given_up", "extra_h", "lost_hours", "lost_trips", "has_missed",
            "is_full",
        )  # fmt: skip
        head = json.dumps({"params": state.params, "notes": state.notes, **{k: getattr(state, k) for k in names}})
        np.savez(file, head=np.array(head), factor=state.factor, flow=state.flow, time=state.time)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> TrafficState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self._begin(city, head.pop("params"))
            state.notes = [tuple(note) for note in head.pop("notes")]  # type: ignore[misc]
            for name, value in head.items():
                setattr(state, name, value)
            state.factor, state.flow, state.time = saved["factor"], saved["flow"], saved["time"]
        return state


def warm_up() -> None:
    """Compile what the model calls, or load it from the cache."""
    from twin.city import routing
    from twin.models.service import assignment

    routing.warm_up()
    assignment.warm_up()
