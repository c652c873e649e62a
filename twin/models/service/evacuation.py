"""Evacuation by car: how long it takes until everybody of an area is out, over the roads as they are when it is ordered."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.routing import Graph
from twin.errors import ScenarioError
from twin.models.base import Array, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour
from twin.models.service.cars_worker import Driven, Scene, drive
from twin.models.service.road_links import LEAST_FACTOR, RoadLinks, road_links
from twin.models.service.roads import IMPASSABLE

Floats = NDArray[np.float64]
MOST_PLATOONS = 12_000
STEPS = (5, 10, 20, 30, 60)
"""Cars that drive as one: more where there are many."""
SPAN_M = 30.0
"""A link is at least so long for each five cars that drive as one: a platoon must fit on it."""
GATE_M = 300.0
MOST_NODES = 600
SMALL = (("service", "living_street"), ("residential", "unclassified", "road"), ("tertiary", "tertiary_link"))
"""Streets left out of the simulation, one group after the other, while more junctions are left: routes are sought between all."""
RIM = 0.03
"""Part of the network's extent that counts as its rim."""


@dataclass
class EvacuationState:
    params: dict[str, Any]
    home: NDArray[np.int32]
    """Junction of each building that is evacuated, -1 of all others."""
    people: Floats
    """By building: those that go by car."""
    out_s: Floats
    """By building: when the last of its cars is out, NaN where one is not."""
    arrive_s: Floats
    """Of each platoon, NaN where it is not out by the end."""
    persons: Floats
    """In each platoon."""
    cars: Floats
    total_s: float = 0.0
    cut_off: float = 0.0
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)

    @property
    def out_by_minute(self) -> Floats:
        """Persons out of the area by the end of each minute."""
        minutes = max(1, int(np.ceil(self.params["horizon"] / 60.0)))
        done = np.isfinite(self.arrive_s)
        at = np.minimum((self.arrive_s[done] // 60.0).astype(int), minutes - 1)
        return np.cumsum(np.bincount(at, self.persons[done], minutes))


@register
class Evacuation(Model):
    """Cars from the buildings of an area to its edge or to shelters, on the clock, with queues that spill back."""

    name = "evacuation"
    version = "1"
    title = "Evacuation by car"
    question = "How long until everybody has left by car, and who cannot?"
    role = "planning"
    reads = ("network:roads", "layer:facilities", "layer:zones", "layer:places", "buildings", "people")
    needs = (Need("road_speed_factor", optional=True), Need("road_state", optional=True))
    gives = ("building_evacuation_time", "road_evacuation_cars")
    params = (
        Param("area", "Area", "", kind="text",
              help="A polygon as WKT in local metres, or the id or name of a zone or place; empty: the whole city."),
        Param("to", "To", "outside", kind="choice", choices=("outside", "shelters"), help="Roads out of the area, or the shelters."),
        Param("by_car", "People who go by car", 0.5, "1", low=0, high=1, source="assumption"),
        Param("occupancy", "People in a car", 2.0, "persons", low=1, high=8, source="assumption; Lindell and Prater 2007, "
              "doi:10.1061/(ASCE)0733-9488(2007)133:1(18), find little more than one car a household"),
        Param("mobilisation", "Departures spread with", "PT30M", "s", kind="duration", low=60, high=86400,
              source="Tweedie et al. 1986, doi:10.1080/00207548608919768", help="Share gone after t: 1 - exp(-t2 / 2 m2)."),
        Param("horizon", "Watched for", "PT6H", "s", kind="duration", low=600, high=172800),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )  # fmt: skip
    limits = (
        "Ordered at the start of the run, over the roads as they are then: what closes later is not seen.",
        "Drivers follow the times of the last minutes (reactive choice of routes); no police, no contraflow, no other traffic.",
        "Shelters take all who come; who walks is not modelled here.",
        "Cars drive as platoons of five and more, so that single junctions and short roads are coarse.",
    )
    cite = (
        "Seo, T. (2025): UXsim: lightweight mesoscopic traffic flow simulator in pure Python. doi:10.21105/joss.07617.",
        "Tweedie, S. W. et al. (1986): A methodology for estimating emergency evacuation times.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> EvacuationState:
        n = len(city.buildings)
        network = city.networks.get("roads")
        edges = 0 if network is None else len(network.edges)
        none = np.empty(0)
        state = EvacuationState(
            dict(params), np.full(n, -1, np.int32), np.zeros(n), np.full(n, np.nan), none, none.copy(), np.zeros(edges)
        )  # fmt: skip
        inside = _inside(city, params["area"])
        if network is None or edges == 0:
            state.notes.append(("warning", "no-roads", "The city has no road network; nobody can leave by car."))
            return state
        people, of_people = people_by_hour(city)
        state.notes += of_people
        state.people = people[int(params["start_hour"]) % 24].astype(float) * inside * params["by_car"] if n else state.people
        if not state.people.sum() > 0:
            state.notes.append(("warning", "no-people", "Nobody is in the area to be evacuated, or nobody goes by car."))
            return state
        roads = road_links(network)
        is_open = roads.for_cars.copy()
        share = np.ones(edges)
        if "road_speed_factor" in inputs:
            share = np.clip(np.nan_to_num(inputs["road_speed_factor"].astype(float), nan=1.0), 0.0, 1.0)
            is_open &= share >= LEAST_FACTOR
        if "road_state" in inputs:
            is_open &= np.asarray(inputs["road_state"]) < IMPASSABLE
        if not is_open.any():
            state.notes.append(("warning", "no-ways", "No road for cars is open; nobody can leave."))
            state.cut_off = float(state.people.sum())
            return state
        main = self._main(state, city, network, is_open)
        goals = self._goals(state, city, network, roads, main)
        if not len(goals):
            state.cut_off = float(state.people.sum())
            return state
        self._send(state, city, network, roads, is_open, main, share, goals, seed)
        return state

    def _main(self, state: EvacuationState, city: City, network: Network, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Roads that are simulated."""
        e, main = network.edges, is_open & self._near(state, city, network)
        if "class" not in e:
            return main
        kind = e["class"].astype(str).to_numpy()
        dropped = 0
        for some in SMALL:
            if len(np.unique(e.loc[main, ["start", "end"]].to_numpy())) <= MOST_NODES:
                break
            less = main & ~np.isin(kind, some)
            if not less.any():
                break
            dropped += int(main.sum() - less.sum())
            main = less
        if dropped:
            text = f"{dropped:,} small streets are left out of the simulation; people set out from the larger ones they come to."
            state.notes.append(("info", "small-streets", text))
        return main

    @staticmethod
    def _near(state: EvacuationState, city: City, network: Network) -> NDArray[np.bool_]:
        """Roads within the area and over its edge: nobody drives on from a place that is safe."""
        area = _polygon(city, state.params["area"])
        if area is None or state.params["to"] != "outside":
            return np.ones(len(network.edges), bool)
        there = np.asarray(shapely.contains_xy(area, *network.nodes[["x", "y"]].to_numpy(float).T))
        return there[network.edges[["start", "end"]].to_numpy(np.int64)].any(1)

    def _goals(
        self, state: EvacuationState, city: City, network: Network, roads: RoadLinks, is_open: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Junctions that are safe."""
        from scipy.spatial import cKDTree

        xy = network.nodes[["x", "y"]].to_numpy(float)
        used = np.unique(network.edges.loc[is_open, ["start", "end"]].to_numpy(np.int32))
        if state.params["to"] == "shelters":
            layer = city.layers.get("facilities")
            at = np.empty((0, 2)) if layer is None else centres(layer.geometry)[layer.table["kind"].astype(str).to_numpy() == "shelter"]
            at = at[np.isfinite(at).all(1)]
            if not len(at):
                state.notes.append(("warning", "no-shelters", "The city shows no shelter; nobody has a place to go to."))
                return np.empty(0, np.int32)
            return np.unique(used[cKDTree(xy[used]).query(at)[1]])
        area = _polygon(city, state.params["area"])
        if area is not None:
            there = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
            ends = network.edges[["start", "end"]].to_numpy(np.int32)[is_open]
            crossing = ends[there[ends[:, 0]] != there[ends[:, 1]]]
            goals = np.unique(crossing[~there[crossing]])
        else:
            low, high = xy[used].min(0), xy[used].max(0)
            margin = RIM * max(float((high - low).max()), 1.0)
            rim = ((xy[used] - low < margin) | (high - xy[used] < margin)).any(1)
            room = np.zeros(len(xy))
            for column in ("start", "end"):
                np.add.at(room, network.edges[column].to_numpy(np.int64)[is_open], roads.capacity_vph.sum(1)[is_open])
            most = room[used[rim]]
            goals = used[rim][most >= np.median(most)]
            text = f"No area is named: everybody leaves the city by the {len(goals):,} widest junctions on its rim."
            state.notes.append(("info", "whole-city", text))
        if not len(goals):
            state.notes.append(("warning", "no-exits", "No open road leads out of the area; nobody can leave by car."))
        return goals

    def _send(
        self, state: EvacuationState, city: City, network: Network, roads: RoadLinks, is_open: NDArray[np.bool_],
        main: NDArray[np.bool_], share: Floats, goals: NDArray[np.int32], seed: int,
    ) -> None:  # fmt: skip
        """Everybody to the clock."""
        from scipy.spatial import cKDTree

        p = state.params
        xy = network.nodes[["x", "y"]].to_numpy(float)
        used = np.unique(network.edges.loc[roads.for_cars, ["start", "end"]].to_numpy(np.int32))
        mine = np.flatnonzero(state.people > 0)
        used_by = used[cKDTree(xy[used]).query(np.nan_to_num(centres(city.buildings.footprints)[mine]))[1]]
        state.home[mine] = used_by
        cost = np.where(is_open, roads.free_s / np.where(is_open, share, 1.0), np.inf)
        streets = Graph.of(network, turns=False, among=main)
        entries = np.flatnonzero(np.isfinite(streets.reach_to(streets.weights(cost), goals).distance)).astype(np.int32)
        graph = Graph.of(network, turns=False, among=is_open)
        way = graph.reach_to(graph.weights(cost), entries)
        lost = ~np.isfinite(way.distance[state.home[mine]])
        state.cut_off = float(state.people[mine[lost]].sum())
        entry = np.where(way.site >= 0, entries[np.maximum(way.site, 0)], -1)
        state.home[mine] = entry[state.home[mine]]
        access = np.zeros(len(xy))
        np.maximum.at(access, state.home[mine[~lost]], way.distance[used_by[~lost]])
        if state.cut_off > 0:
            text = f"{state.cut_off:,.0f} people in {int(lost.sum()):,} buildings have no open road out; they stay."
            state.notes.append(("warning", "no-way-out", text))
        going = mine[~lost]
        at = np.bincount(state.home[going], state.people[going], len(xy))
        total = float(at.sum()) / p["occupancy"]
        platoon = next((s for s in STEPS if total / s <= MOST_PLATOONS), STEPS[-1])
        # Whole platoons by junction: what is left over goes with the next junction's, so that the sum holds.
        count = np.diff(np.floor(np.concatenate([[0.0], np.cumsum(at)]) / p["occupancy"] / platoon + 0.5)).astype(np.int64)
        at_goal = np.zeros(len(xy), bool)
        at_goal[goals] = True
        origin = np.repeat(np.arange(len(xy)), count)
        random = np.random.default_rng(seed)
        # Rayleigh, as Tweedie et al. fit it; then the way to the larger street.
        depart = p["mobilisation"] * np.sqrt(-2.0 * np.log1p(-random.random(len(origin)))) + access[origin]
        state.persons = np.full(len(origin), float(at.sum()) / max(len(origin), 1))
        moving = ~at_goal[origin]
        driven, arcs = self._drive(
            state, network, roads, main, share, goals, origin[moving], depart[moving], platoon, seed
        )  # fmt: skip
        state.arrive_s = depart.copy()  # who lives at an exit is out as soon as it leaves
        state.arrive_s[moving] = driven.arrive_s
        state.arrive_s[~(state.arrive_s <= p["horizon"])] = np.nan
        np.add.at(state.cars, arcs, driven.cars)
        state.total_s = driven.total_s
        last = np.zeros(len(xy))
        np.maximum.at(last, origin, np.where(np.isfinite(state.arrive_s), state.arrive_s, np.inf))
        last[at_goal & (last == 0)] = 0.0
        known = (count > 0) & np.isfinite(last)
        # Junctions of a few people, whose cars were counted with a neighbour's, are out when the nearest that has cars is.
        if known.any():
            nearest = np.flatnonzero(count > 0)[cKDTree(xy[count > 0]).query(xy)[1]]
            time = np.where(np.isfinite(last[nearest]), last[nearest], np.nan)
            state.out_s[going] = time[state.home[going]]
        left = float(state.persons[np.isnan(state.arrive_s)].sum())
        if left > 0:
            text = f"{left:,.0f} people are still on the road when the {p['horizon'] / 3600:g} h that are watched end."
            state.notes.append(("warning", "not-out", text))

    def _drive(
        self, state: EvacuationState, network: Network, roads: RoadLinks, main: NDArray[np.bool_], share: Floats,
        goals: NDArray[np.int32], origin: NDArray[np.int64], depart: Floats, platoon: int, seed: int,
    ) -> tuple[Driven, NDArray[np.int64]]:  # fmt: skip
        """On the clock, with gates from all exits to one place beyond them: each driver takes the exit that is soonest."""
        e = network.edges
        rows = np.flatnonzero(main & (e["start"].to_numpy() != e["end"].to_numpy()))
        oneway = e["oneway"].fillna(False).to_numpy(bool) if "oneway" in e else np.zeros(len(e), bool)
        back = rows[~oneway[rows]]
        start = np.concatenate([e["start"].to_numpy(np.int64)[rows], e["end"].to_numpy(np.int64)[back]])
        end = np.concatenate([e["end"].to_numpy(np.int64)[rows], e["start"].to_numpy(np.int64)[back]])
        way = np.repeat([0, 1], [len(rows), len(back)])
        arcs = np.concatenate([rows, back])
        room = roads.capacity_vph[arcs, way] / 3600.0
        # Numbered anew: routes are sought between all nodes there are.
        nodes, number = np.unique(np.concatenate([start, end, goals, origin]), return_inverse=True)
        start, end, goals_at, origin = np.split(number.ravel(), np.cumsum([len(start), len(end), len(goals)]))
        beyond = len(nodes)
        span = SPAN_M * platoon / 5.0
        length = np.maximum(roads.length_m, span)
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = np.clip(np.nan_to_num(roads.length_m / roads.free_s, nan=10.0, posinf=30.0), 1.0, 40.0) * share
        gates = np.bincount(end, room, beyond)[goals_at]
        lanes = np.maximum(1, np.ceil(np.concatenate([room * 3600.0 / 1800.0, gates]))).astype(np.int64)
        scene = Scene(
            beyond + 1, np.concatenate([start, goals_at]), np.concatenate([end, np.full(len(goals), beyond)]),
            np.concatenate([length[arcs], np.full(len(goals), max(GATE_M, span))]),
            np.concatenate([np.maximum(speed[arcs], 0.5), np.full(len(goals), 30.0)]),
            lanes, np.concatenate([room, np.full(len(goals), np.nan)]), origin, np.full(len(origin), beyond), depart, platoon,
            state.params["horizon"], seed % 2**31,
        )  # fmt: skip
        driven = drive(scene, self.checkpoint)
        gone = GATE_M / 30.0  # the way through the gate is none
        return Driven(driven.arrive_s - gone, driven.cars[: len(arcs)], driven.total_s), arcs

    def update(self, state: EvacuationState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.at_s = until_s

    def outputs(self, state: EvacuationState) -> dict[str, Array]:
        return {
            "building_evacuation_time": state.out_s.astype(np.float32),
            "road_evacuation_cars": state.cars.astype(np.float32),
        }

    def indicators(self, state: EvacuationState) -> dict[str, tuple[float, str]]:
        total = float(state.people.sum())
        if total <= 0:
            return {}
        done = np.isfinite(state.arrive_s)
        gone = done & (state.arrive_s <= state.at_s)
        figures = {
            "evacuees": (total, "persons"),
            "evacuated": (float(state.persons[gone].sum()), "persons"),
            "evacuees_cut_off": (state.cut_off, "persons"),
            "evacuees_not_out": (float(state.persons[~done].sum()), "persons"),
        }
        if len(done):
            order = np.sort(np.where(done, state.arrive_s, np.inf))
            for share, name in ((0.5, "half"), (0.9, "nine_tenths"), (1.0, "all")):
                time = order[min(int(np.ceil(share * len(order))), len(order)) - 1]
                if np.isfinite(time):
                    figures[f"clearance_time_{name}"] = (float(time) / 60.0, "min")
        return figures

    def notices(self, state: EvacuationState) -> list[Note]:
        return state.notes

    def save(self, state: EvacuationState) -> bytes:
        file = io.BytesIO()
        head = json.dumps({
            "params": state.params, "notes": state.notes, "total_s": state.total_s, "cut_off": state.cut_off, "at_s": state.at_s,
        })  # fmt: skip
        arrays = {k: getattr(state, k) for k in ("home", "people", "out_s", "arrive_s", "persons", "cars")}
        np.savez(file, head=np.array(head), **arrays)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> EvacuationState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            head["notes"] = [tuple(note) for note in head["notes"]]
            arrays = {k: saved[k] for k in ("home", "people", "out_s", "arrive_s", "persons", "cars")}
        return EvacuationState(**head, **arrays)


def _polygon(city: City, area: str) -> Any:
    """The area named, None for the whole city. Raises ScenarioError."""
    text = area.strip()
    if not text:
        return None
    for layer in ("zones", "places"):
        features = city.layers.get(layer)
        if features is None or not len(features):
            continue
        table = features.table
        named = table["id"].astype(str).eq(text) | (table["name"].astype(str).eq(text) if "name" in table else False)
        shapes = features.geometry[named.to_numpy(bool)]
        shapes = shapes[shapely.get_dimensions(shapes) == 2]
        if len(shapes):
            return shapely.union_all(shapes)
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        shape = None
    if shape is None or shape.is_empty or shapely.get_dimensions(shape) != 2:
        raise ScenarioError(
            f"'{area}' is no area", do="Give a polygon as WKT in local metres, or the id or name of a zone or place of the city."
        )  # fmt: skip
    return shapely.make_valid(shape)


def _inside(city: City, area: str) -> NDArray[np.bool_]:
    polygon = _polygon(city, area)
    if polygon is None:
        return np.ones(len(city.buildings), bool)
    at = centres(city.buildings.footprints)
    return np.asarray(shapely.contains_xy(polygon, np.nan_to_num(at[:, 0]), np.nan_to_num(at[:, 1]))) & np.isfinite(at).all(1)
