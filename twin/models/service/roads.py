"""Roads under water: depth and force along each road, how fast it can still be driven, who can no longer reach help."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.terrain import Grid
from twin.errors import ModelError
from twin.models.base import Array, Change, Happening, Inputs, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour, table
from twin.models.people import hazard_rating
from twin.models.sampling import Touch

OPEN, SLOWED, IMPASSABLE = 0, 1, 2
NOT_FOR_CARS = frozenset({"footway", "path", "steps", "pedestrian", "cycleway", "corridor", "bridleway", "track", "platform", "elevator"})
SERVICES = {"hospital": "hospital", "fire_station": "fire station"}
MAIN = frozenset({"motorway", "trunk", "primary", "secondary"})
"""Classes of roads that are told of by name when they close and open."""
STREET_KMH = 50.0
VEHICLES = ("small_car", "large_car", "four_wheel_drive")
FILM_M = 0.05
"""Thinner water runs fast on steep streets and moves no car."""
DANGER_FOR_MOST = 1.25
"""Hazard rating from which most people are in danger (Defra FD2321/TR1)."""


def safe_speed_kmh(depth_m: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Fastest safe speed in standing water, km/h (Pregnolato et al. 2017, doi:10.1016/j.trd.2017.06.020, eq. for w in mm)."""
    w = np.asarray(depth_m, float) * 1000.0
    return 0.0009 * w**2 - 0.5529 * w + 86.9448


@dataclass(frozen=True)
class Stability:
    """What a vehicle stands in (Shand et al. 2011, Australian Rainfall and Runoff, project 10; assets/tables/vehicles.toml)."""

    depth_m: float
    thrust_m2_s: float
    speed_m_s: float

    @staticmethod
    def of(vehicle: str) -> Stability:
        row = table("vehicles")[vehicle]
        return Stability(row["depth_m"], row["thrust_m2_s"], row["speed_m_s"])

    def holds(
        self, depth_m: NDArray[np.floating[Any]], thrust_m2_s: NDArray[np.floating[Any]], speed_m_s: NDArray[np.floating[Any]]
    ) -> NDArray[np.bool_]:
        """Whether it stays put: depth, depth times speed, and speed (where the water is more than a film) all within its limits."""
        return (depth_m < self.depth_m) & (thrust_m2_s < self.thrust_m2_s) & (speed_m_s < self.speed_m_s)


@dataclass
class RoadState:
    params: dict[str, Any]
    network: Network | None
    touch: Touch
    for_cars: NDArray[np.bool_]
    length: NDArray[np.float64]
    speed: NDArray[np.float64]
    closed: NDArray[np.bool_]
    depth: NDArray[np.float32]
    factor: NDArray[np.float32]
    state: NDArray[np.int8]
    worst: NDArray[np.int8]
    emergency: NDArray[np.int8]
    at_s: float = 0.0
    sites: dict[str, NDArray[np.int32]] = field(default_factory=dict)
    """Nodes of each kind of service."""
    home: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """Node of each building."""
    people: NDArray[np.float32] = field(default_factory=lambda: np.zeros((24, 0), np.float32))
    reached_dry: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    named: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """By edge, which main road it belongs to, by name; -1: none that is told of."""
    shut_at: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """By main road, the edge where it was first impassable; -1: it is open."""
    told: list[Happening] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@register
class Roads(Model):
    """State of every road edge from the depth and force of the water on it and from what has failed, for cars and for fire engines, and
    the people cut off from hospitals and fire stations."""

    name = "roads"
    version = "2"
    title = "Roads under water"
    question = "Which roads can still be driven, and who is cut off from help?"
    role = "service"
    reads = ("network:roads", "layer:closures", "layer:facilities", "buildings", "people")
    needs = (Need("water_depth"), Need("water_speed", optional=True), Need("road_failed", optional=True))
    gives = ("road_water_depth", "road_speed_factor", "road_state", "road_state_max", "road_state_emergency")
    params = (
        Param(
            "impassable_m",
            "Impassable from",
            0.3,
            "m",
            low=0.05,
            high=2,
            help="Depth of water from which nobody drives.",
            source="Pregnolato et al. 2017, doi:10.1016/j.trd.2017.06.020",
        ),
        Param(
            "vehicle",
            "Vehicles that must get through",
            "small_car",
            kind="choice",
            choices=VEHICLES,
            help="What the water must not move: depth times speed 0.3, 0.45 or 0.6 m2/s; large cars stand 0.4 m, four-wheel drives 0.5 m.",
            source="Shand et al. 2011, Australian Rainfall and Runoff, project 10",
        ),
        Param(
            "debris",
            "The water carries debris",
            False,
            kind="flag",
            advanced=True,
            help="Roads are impassable from where floating debris makes it dangerous for most people (hazard rating 1.25).",
            source="Defra and Environment Agency 2006, FD2321/TR1",
        ),
        Param(
            "emergency_m",
            "Fire engines get through up to",
            0.6,
            "m",
            low=0.1,
            high=2,
            advanced=True,
            help="Depth that they wade; in a stream they are stopped like four-wheel drives.",
            source="assumption: wading depth of a fire engine",
        ),
        Param(
            "slowed_below",
            "Counts as slowed below",
            0.8,
            "",
            low=0.05,
            high=1,
            advanced=True,
            help="Share of the free speed.",
            source="assumption",
        ),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )
    limits = (
        "Limits of stability are those of vehicles that stand still across the stream; visibility and pits under the water are not seen.",
        "Bridges stay dry; a tunnel fills as soon as a portal is under water and its own drainage is not modelled.",
        "Reach is by road from the node nearest to a building or facility; traffic and detour times are not modelled here.",
    )
    cite = (
        "Pregnolato, M. et al. (2017): The impact of flooding on road transport: a depth-disruption function. "
        "doi:10.1016/j.trd.2017.06.020.",
        "Shand, T.D., Cox, R.J., Blacka, M.J., Smith, G.P. (2011): Appropriate safety criteria for vehicles. Australian Rainfall and "
        "Runoff, revision project 10, P10/S2/020.",
        "Defra and Environment Agency (2006): Flood risks to people, FD2321/TR1 (debris).",
    )
    accepts = ("close_road", "open_road")

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> RoadState:
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" not in grids:
            raise ModelError("Water depth came without its grid")
        network = city.networks.get("roads")
        n = 0 if network is None else len(network.edges)
        edges = pd.DataFrame(index=range(0)) if network is None else network.edges
        speed = _numbers(edges, "speed_kmh", STREET_KMH)
        state = RoadState(
            dict(params),
            network,
            _touch(network, grids["water_depth"]),
            for_cars=~edges["class"].isin(NOT_FOR_CARS).to_numpy() if "class" in edges else np.ones(n, bool),
            length=_numbers(edges, "length_m", 0.0),
            speed=np.where(speed > 0, speed, STREET_KMH),
            closed=np.zeros(n, bool),
            depth=np.zeros(n, np.float32),
            factor=np.ones(n, np.float32),
            state=np.zeros(n, np.int8),
            worst=np.zeros(n, np.int8),
            emergency=np.zeros(n, np.int8),
        )
        closures = city.layers.get("closures")
        if network is None or n == 0:
            state.notes.append(("warning", "no-roads", "The city has no road network; nothing is said about roads."))
        else:
            if closures is not None and len(closures):
                state.closed = edges["id"].isin(closures.table["edge"]).to_numpy()
            self._services(state, city, network)
            state.named, count = _main_roads(edges, state.for_cars)
            state.shut_at = np.full(count, -1, np.int32)
        self._read(state, inputs)
        return state

    def _services(self, state: RoadState, city: City, network: Network) -> None:
        """Where help is and where people live, as nodes of the network; who reaches whom on open dry roads."""
        drivable = np.unique(network.edges.loc[state.for_cars, ["start", "end"]].to_numpy(np.int32))
        facilities = city.layers.get("facilities")
        if facilities is not None and len(facilities) and len(drivable):
            kind, at = facilities.table["kind"].astype(str).to_numpy(object), np.nan_to_num(centres(facilities.geometry))
            for service in SERVICES:
                place = at[kind == service]
                if len(place):
                    state.sites[service] = _nearest(network, drivable, place[:, 0], place[:, 1])
        lacking = [name for service, name in SERVICES.items() if service not in state.sites]
        if lacking:
            text = f"The city shows no {' and no '.join(lacking)}; who is cut off from them is not counted."
            state.notes.append(("info", "no-facilities", text))
        if not state.sites or not len(city.buildings):
            return
        home = np.nan_to_num(centres(city.buildings.footprints))
        state.home = _nearest(network, drivable, home[:, 0], home[:, 1])
        state.people, of_people = people_by_hour(city)
        state.notes += of_people
        state.reached_dry = {s: _reaches(network, state.sites[s], state.for_cars) for s in state.sites}

    def _read(self, state: RoadState, inputs: Mapping[str, Array]) -> None:
        depth = inputs["water_depth"]
        state.depth = state.touch.greatest(depth)
        thrust = speed = rating = np.zeros(len(state.depth), np.float32)
        flow = inputs.get("water_speed")
        if flow is not None and flow.shape == depth.shape:
            thrust = state.touch.greatest(depth * flow)
            speed = state.touch.greatest(np.where(depth >= FILM_M, flow, np.float32(0.0)))
        if state.params["debris"]:
            still = np.zeros_like(depth) if flow is None or flow.shape != depth.shape else flow
            rating = state.touch.greatest(hazard_rating(np.nan_to_num(depth), np.nan_to_num(still)).astype(np.float32))
        shut = state.closed | (rating >= DANGER_FOR_MOST)
        failed = inputs.get("road_failed")
        if failed is not None and len(failed) == len(shut):
            shut |= np.nan_to_num(failed) > 0
        deepest, car = state.params["impassable_m"], Stability.of(state.params["vehicle"])
        if state.params["vehicle"] != VEHICLES[0]:
            deepest = max(deepest, car.depth_m)
        stopped = shut | ~Stability(deepest, car.thrust_m2_s, car.speed_m_s).holds(state.depth, thrust, speed)
        factor = np.clip(safe_speed_kmh(state.depth) / state.speed, 0.0, 1.0)
        state.factor = np.where(stopped, 0.0, factor).astype(np.float32)
        slow = state.params["slowed_below"]
        state.state = _classed(stopped, state.factor < slow)
        state.worst = np.maximum(state.worst, state.state)
        self._tell(state)
        engine = Stability.of("fire_engine")
        swept = shut | ~Stability(state.params["emergency_m"], engine.thrust_m2_s, engine.speed_m_s).holds(state.depth, thrust, speed)
        state.emergency = _classed(swept, (factor < slow) | (state.depth >= 0.3))

    def _tell(self, state: RoadState) -> None:
        """Main roads that have become impassable somewhere, at their deepest place, and those that are open again."""
        if state.network is None or not len(state.shut_at):
            return
        blocked = (state.state == IMPASSABLE) & (state.named >= 0)
        shut = np.zeros(len(state.shut_at), bool)
        shut[state.named[blocked]] = True
        ids = state.network.edges["id"]
        for road in np.flatnonzero(shut & (state.shut_at < 0)).tolist():
            rows = np.flatnonzero(blocked & (state.named == road))
            worst = int(rows[np.argmax(state.depth[rows])])
            state.shut_at[road] = worst
            depth = float(state.depth[worst])
            what, values = ("road-flooded", {"depth_m": depth}) if depth >= FILM_M else ("road-closed", {})
            state.told.append(Happening(state.at_s, str(ids.iloc[worst]), what, (), values))
        for road in np.flatnonzero(~shut & (state.shut_at >= 0)).tolist():
            state.told.append(Happening(state.at_s, str(ids.iloc[state.shut_at[road]]), "road-open"))
            state.shut_at[road] = -1

    def update(self, state: RoadState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.at_s = until_s
        self._read(state, inputs)

    def apply(self, state: RoadState, change: Change) -> None:
        """Close or reopen roads from now on."""
        from twin.scenario.edits import edges_of

        if change.kind not in self.accepts:
            super().apply(state, change)
        if state.network is not None:
            state.closed[edges_of(state.network, change)] = change.kind == "close_road"

    def outputs(self, state: RoadState) -> dict[str, Array]:
        return {
            "road_water_depth": state.depth,
            "road_speed_factor": state.factor,
            "road_state": state.state,
            "road_state_max": state.worst,
            "road_state_emergency": state.emergency,
        }

    def indicators(self, state: RoadState) -> dict[str, tuple[float, str]]:
        if not len(state.length):
            return {}
        km = np.where(state.for_cars, state.length, 0.0) / 1000.0
        figures = {
            "roads_impassable": (float(km[state.state == IMPASSABLE].sum()), "km"),
            "roads_impassable_worst": (float(km[state.worst == IMPASSABLE].sum()), "km"),
            "roads_slowed": (float(km[state.state == SLOWED].sum()), "km"),
            "roads_impassable_emergency": (float(km[state.emergency == IMPASSABLE].sum()), "km"),
        }
        if state.network is None or not state.reached_dry:
            return figures
        passable = state.for_cars & (state.state != IMPASSABLE)
        people = state.people[int(state.params["start_hour"] + state.at_s / 3600) % 24]
        for service, dry in state.reached_dry.items():
            now = dry if passable.sum() == state.for_cars.sum() else _reaches(state.network, state.sites[service], passable)
            cut_off = (dry & ~now)[state.home]
            figures[f"people_cut_off_{service}"] = (float(people[cut_off].sum(dtype=float)), "persons")
        return figures

    def notices(self, state: RoadState) -> list[Note]:
        return state.notes

    def happenings(self, state: RoadState) -> list[Happening]:
        return state.told

    def save(self, state: RoadState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, dict(h.values)] for h in state.told]
        head = json.dumps({"params": state.params, "at_s": state.at_s, "told": told})
        np.savez(
            file, head=np.array(head), depth=state.depth, factor=state.factor, state=state.state, worst=state.worst, closed=state.closed,
            emergency=state.emergency, shut_at=state.shut_at,
        )  # fmt: skip
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> RoadState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, head["params"], 0)
            state.at_s = head["at_s"]
            state.depth, state.factor, state.state = saved["depth"], saved["factor"], saved["state"]
            state.worst, state.closed, state.emergency = saved["worst"], saved["closed"], saved["emergency"]
            state.shut_at = saved["shut_at"]
            state.told = [Happening(at, id, what, (), values) for at, id, what, values in head["told"]]
        return state


def _classed(stopped: NDArray[np.bool_], slowed: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(stopped, IMPASSABLE, np.where(slowed, SLOWED, OPEN)).astype(np.int8)


def _main_roads(edges: pd.DataFrame, for_cars: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Which named main road each edge belongs to (-1: none), and how many there are."""
    if "name" not in edges or "class" not in edges:
        return np.full(len(edges), -1, np.int32), 0
    name = edges["name"].fillna("").astype(str)
    told = (for_cars & edges["class"].isin(MAIN).to_numpy()) & (name != "").to_numpy()
    code, names = pd.factorize(name.where(told))
    return code.astype(np.int32), len(names)


def _touch(network: Network | None, grid: Grid) -> Touch:
    """Cells along each edge; none for bridges and other raised roads, the two portals for tunnels."""
    if network is None or not len(network.edges):
        return Touch.at(0, np.empty(0, np.int64), np.empty(0), np.empty(0), grid)
    raised = _flags(network.edges, "bridge") | _flags(network.edges, "elevated")
    tunnel = _flags(network.edges, "tunnel") & ~raised
    lines = np.array([*network.geometry, None], object)[:-1]
    portals = np.flatnonzero(tunnel)
    if len(portals):
        ends = shapely.multipoints(np.column_stack([shapely.get_point(lines[portals], 0), shapely.get_point(lines[portals], -1)]))
        lines[portals] = ends
    lines[raised] = None
    return Touch.along(lines, grid)


def _flags(edges: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    if name not in edges:
        return np.zeros(len(edges), bool)
    return edges[name].fillna(False).to_numpy(bool)


def _numbers(edges: pd.DataFrame, name: str, blank: float) -> NDArray[np.float64]:
    if name not in edges:
        return np.full(len(edges), blank)
    return np.nan_to_num(pd.to_numeric(edges[name], errors="coerce").to_numpy(float), nan=blank)


def _nearest(network: Network, among: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
    """The node, of those that cars reach, nearest to each place."""
    from scipy.spatial import cKDTree

    tree = cKDTree(network.nodes[["x", "y"]].to_numpy(float)[among])
    return np.asarray(among[tree.query(np.column_stack([x, y]))[1]], np.int32)


def _reaches(network: Network, sites: NDArray[np.int32], passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each node can drive to one of the sites."""
    graph = network.matrix(np.ones(len(network.edges)), passable)
    return np.isfinite(dijkstra(graph.T.tocsr(), indices=np.unique(sites), min_only=True, unweighted=True))
