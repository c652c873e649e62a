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
from twin.models.exposure import Note
from twin.models.service.assignment import Assignment, assign
from twin.models.service.road_links import RoadLinks, road_links
from twin.models.service.roads import IMPASSABLE
from twin.models.service.traffic_clock import Ways
from twin.models.service.traffic_demand import demand_of
from twin.models.service.traffic_departures import Departures
from twin.models.service.traffic_dynamic import Rush
from twin.models.service.trips import Zones

Floats = NDArray[np.float64]
STEP = 0.02
"""Shares of the free speed are told apart by so much: water that rises by a millimetre sends nobody another way."""
MOST_ITERATIONS = 50


@dataclass
class TrafficState:
    params: dict[str, Any]
    seed: int
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
    queue: Floats
    """Vehicles that stand on each edge."""
    zones: Zones | None = None
    rush: Rush | None = None
    """Traffic on the clock, where assignment is dynamic."""
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
    """Flows, speeds and queues, and the time lost against the same hours undisturbed. Static: user equilibrium, anew whenever the roads
    have changed. Dynamic: cars on the clock, with queues that spill back."""

    name = "traffic"
    version = "2"
    title = "Road traffic"
    question = "Where does traffic go when roads are closed, and how much time is lost?"
    role = "service"
    reads = ("network:roads", "buildings", "people")
    essential = ("network:roads",)
    needs = (Need("road_speed_factor"), Need("road_state", optional=True))
    gives = ("road_flow", "road_travel_speed", "road_congestion", "road_queue")
    params = (
        Param("assignment", "Cars drive", "static", kind="choice", choices=("static", "dynamic"),
              help="static: every hour in equilibrium, at once. dynamic: car by car on the clock; queues spill back and last, and drivers "
              "turn round before closed roads. Takes longer."),
        Param("car_share", "Trips made by car", 0.3, "1", low=0, high=1, source="assumption for a dense city; 0.57 in Germany (MiD 2017), "
              "0.61 in England (National Travel Survey 2019)", help="Share of all trips. Not used where the city has a table of trips."),
        Param("trips_per_day", "Trips of a person", 3.1, "1/d", low=0, high=10, source="Mobilitaet in Deutschland 2017"),
        Param("occupancy", "People in a car", 1.5, "persons", low=1, high=8, source="Mobilitaet in Deutschland 2017"),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
        Param("every", "Drivers learn of changes every", "PT10M", "s", kind="duration", low=60, high=86400,
              help="Routes are chosen anew at most so often, and only where roads or the hour have changed; static only.",
              source="assumption"),
        Param("patience", "Trips are given up beyond", "PT60M", "s", kind="duration", low=60, high=86400, source="assumption",
              help="Longer than usual by so much."),
        Param("news", "Drivers on the clock look anew every", "PT2M", "s", kind="duration", low=30, high=3600, advanced=True,
              help="Dynamic only: at queues as they are, a fifth of all goals at a time.", source="assumption: navigation with live data"),
        Param("warm_up", "Roads fill before the start for", "PT30M", "s", kind="duration", low=0, high=7200, advanced=True,
              help="Dynamic only."),
        Param("zones", "Zones", 150, "", kind="integer", low=2, high=1000, advanced=True,
              help="Buildings are gathered in at most so many squares."),
        Param("deterrence", "Deterrence of distance", 0.1, "1/min", low=0, high=2, advanced=True,
              help="Trips fall off as exp(-deterrence x minutes).", source="assumption: trips of some ten minutes"),
        Param("value_of_time", "An hour is worth", 10.0, "", low=0.01, high=1e6, advanced=True,
              help="In the unit of the network's tolls.", source="assumption"),
        Param("gap", "Relative gap", 1e-3, "1", low=1e-8, high=0.1, advanced=True,
              help="How near to equilibrium is near enough; static only.",
              source="Boyce et al. 2004, doi:10.1061/(ASCE)0733-947X(2004)130:1(49): 1e-4 "
              "for links to settle; 1e-3 here, for speed"),
    )  # fmt: skip
    limits = (
        "Static: each hour by itself in equilibrium, drivers know all roads; queues do not spill back, nothing lasts into the next hour.",
        "Dynamic: drivers take what was quickest when they last heard, so undisturbed roads are not in equilibrium either; cars keep their "
        "order on a road, so one that waits to turn blocks those behind; crossing streams only share the capacity of the streets.",
        "Dynamic: who finds no way left stops and is off the road for good; who is on a road when it closes still drives out at a walk.",
        "The demand is synthetic where the city has no table of trips. A trip is made unless it takes far longer than usual: nobody stays "
        "at home for the flood itself, or goes elsewhere.",
        "No trips into and out of the city, no through traffic, no lorries and buses of their own.",
        "Water slows cars and closes roads; the capacity of a slowed road is unchanged.",
    )
    cite = (
        "Mitradjieva, M., Lindberg, P. O. (2013): The stiff is moving - conjugate direction Frank-Wolfe methods with applications to "
        "traffic assignment. doi:10.1287/trsc.1120.0409.",
        "Bureau of Public Roads (1964): Traffic Assignment Manual.",
        "Newell, G. F. (1993): A simplified theory of kinematic waves in highway traffic, part I. doi:10.1016/0191-2615(93)90038-C.",
        "Leclercq, L., Becarie, C. (2012): Meso Lighthill-Whitham and Richards model designed for network applications.",
        "Wilson, A. G. (1967): A statistical theory of spatial distribution models. doi:10.1016/0041-1647(67)90035-4.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> TrafficState:
        state = self._begin(city, params, seed)
        if state.rush is not None:
            state.rush.advance(0.0, self.checkpoint)
        if state.graph is not None:
            self._look(state, inputs, 0.0)
        return state

    def _begin(self, city: City, params: Mapping[str, Any], seed: int) -> TrafficState:
        network = city.networks.get("roads")
        n = 0 if network is None else len(network.edges)
        none = np.empty(0, np.int32)
        state = TrafficState(
            dict(params), int(seed), network, None, None, none, np.empty((0, 0)), None, np.ones(n), np.zeros((n, 2)), np.zeros((n, 2)),
            np.zeros(n),
        )  # fmt: skip
        if network is None or n == 0:
            state.notes.append(("warning", "no-roads", "The city has no road network; nothing is said about traffic."))
            return state
        state.roads = road_links(network)
        state.notes += state.roads.notes
        state.time = np.repeat(state.roads.free_s[:, None], 2, 1)
        graph = Graph.of(network, among=state.roads.for_cars)
        found, of_demand = demand_of(city, network, state.roads, graph, params)
        state.notes += of_demand
        if found is not None:
            state.graph, state.place, state.free, state.demand, state.zones = graph, found.place, found.free, found.hourly, found.zones
        if state.graph is not None and params["assignment"] == "dynamic":
            self._to_the_clock(state)
        return state

    def _to_the_clock(self, state: TrafficState) -> None:
        assert state.network is not None
        assert state.roads is not None
        assert state.graph is not None
        p, hour = state.params, int(state.params["start_hour"]) % 24
        busiest = float(state.demand(hour).sum()) * float(BY_HOUR.max() / max(BY_HOUR[hour], 1e-9))
        departures = Departures.of(state.demand, state.place, state.zones, busiest, state.seed)
        goals = departures.doors.node.astype(np.int32)
        ways = Ways.of(state.network, state.roads, state.graph, goals, departures.platoon, 3600.0 / p["value_of_time"])
        state.rush = Rush.of(ways, state.graph, departures, p["start_hour"], p["warm_up"], p["news"], p["patience"])
        each = "one by one" if ways.platoon == 1 else f"in platoons of {ways.platoon}"
        fill = f"the roads fill for {p['warm_up'] / 60:g} min before the start"
        text = f"Cars drive on the clock {each}, to {len(goals):,} junctions; {fill}."
        state.notes.append(("info", "traffic-clock", text))

    def update(self, state: TrafficState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        if state.rush is not None:
            state.rush.advance(until_s, self.checkpoint)
        hours = max(0.0, until_s - state.at_s) / 3600.0
        state.lost_hours += state.extra_h * hours
        state.lost_trips += (state.lost + state.given_up) * hours
        state.at_s = until_s
        if state.graph is not None:
            self._look(state, inputs, until_s)

    def _look(self, state: TrafficState, inputs: Mapping[str, Array], at_s: float) -> None:
        """The roads as they are; choose routes anew where that is due."""
        hour = int(state.params["start_hour"] + at_s / 3600.0) % 24
        factor = np.round(np.clip(np.nan_to_num(inputs["road_speed_factor"].astype(float), nan=1.0), 0.0, 1.0) / STEP) * STEP
        if "road_state" in inputs:
            factor = np.where(np.asarray(inputs["road_state"]) >= IMPASSABLE, 0.0, factor)
        if state.rush is not None:
            state.hour, state.factor = hour, factor
            self._watch(state, state.rush)
            return
        key = hashlib.sha256(factor.tobytes()).hexdigest()
        if key == state.key and hour == state.hour:
            return
        if hour == state.hour and at_s - state.assigned_s < state.params["every"]:
            return
        state.key, state.hour, state.assigned_s, state.factor = key, hour, at_s, factor
        self._assign(state)

    def _watch(self, state: TrafficState, rush: Rush) -> None:
        """Roads change under the cars, and are looked at."""
        rush.set_roads(state.factor)
        state.flow, state.time = rush.flow_vph(state.flow.shape), rush.time_s(state.time)
        state.queue = rush.queue(len(state.queue))
        given_up, wished = rush.left_out()
        if given_up > 0.01 * wished and not state.is_full:
            state.is_full = True
            text = (
                f"The roads cannot carry {given_up:,} of {wished:,} trips on an ordinary day; those are left out. "
                "Fewer trips by car would be likelier."
            )
            state.notes.append(("warning", "too-many-cars", text))

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
        # Who is late is somewhere: flow times delay (Little 1961).
        free = np.where(np.isfinite(now.time_s), state.roads.links(factor).free_s, 0.0)
        state.queue = (state.flow * np.maximum(np.where(np.isfinite(now.time_s), now.time_s, 0.0) - free, 0.0)).sum(1) / 3600.0

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
            "road_queue": state.queue.astype(np.float32),
        }

    def indicators(self, state: TrafficState) -> dict[str, tuple[float, str]]:
        if state.graph is None:
            return {}
        km = float((state.flow.sum(1) * self._length(state)).sum()) / 1000.0
        if state.rush is not None:
            trips = state.demand(state.hour)
            return state.rush.figures(float(trips.sum() - np.trace(trips)), km)
        goes = max(state.trips - state.lost - state.given_up, 1e-9)
        return {
            "car_trips": (state.trips, "trips/h"),
            "car_trips_not_possible_now": (state.lost, "trips/h"),
            "car_trips_given_up_now": (state.given_up, "trips/h"),
            "car_trips_not_made": (state.lost_trips, "trips"),
            "mean_extra_time": (state.extra_h * 60.0 / goes, "min"),
            "vehicle_hours_lost": (state.lost_hours, "h"),
            "vehicle_kilometres": (km, "km"),
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
            "is_full", "seed",
        )  # fmt: skip
        clock: dict[str, Any] = {} if state.rush is None else {f"rush.{k}": v for k, v in state.rush.arrays().items()}
        head = json.dumps({"params": state.params, "notes": state.notes, **{k: getattr(state, k) for k in names}})
        np.savez(file, head=np.array(head), factor=state.factor, flow=state.flow, time=state.time, queue=state.queue, **clock)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> TrafficState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self._begin(city, head.pop("params"), head.pop("seed"))
            state.notes = [tuple(note) for note in head.pop("notes")]  # type: ignore[misc]
            for name, value in head.items():
                setattr(state, name, value)
            state.factor, state.flow, state.time, state.queue = (saved[k] for k in ("factor", "flow", "time", "queue"))
            if state.rush is not None:
                state.rush.take({k.removeprefix("rush."): saved[k] for k in saved.files if k.startswith("rush.")})
        return state


def warm_up() -> None:
    """Compile what the model calls, or load it from the cache."""
    from twin.city import routing
    from twin.models.service import assignment, traffic_clock

    routing.warm_up()
    assignment.warm_up()
    traffic_clock.warm_up()
