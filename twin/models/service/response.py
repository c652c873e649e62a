"""How soon help is there: ambulance and fire brigade from their stations over the roads as they are, and the sick in a hospital."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.routing import Graph
from twin.models.base import Array, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour
from twin.models.service.road_links import LEAST_FACTOR, RoadLinks, road_links
from twin.models.service.roads import IMPASSABLE

Floats = NDArray[np.float64]
BASES = {"ambulance": "ambulance_station", "fire": "fire_station", "hospital": "hospital"}
WORDS = {"ambulance": "ambulance station", "fire": "fire station", "hospital": "hospital"}
DOWN = 3
"""State of a facility that does nothing."""
FAR_M = 300.0


@dataclass
class ResponseState:
    params: dict[str, Any]
    roads: RoadLinks | None
    graph: Graph | None
    home: NDArray[np.int32]
    """Junction of each building."""
    people: NDArray[np.float32]
    bases: dict[str, NDArray[np.int64]]
    """Rows of the facilities by kind of base, and the junction of each."""
    junction: NDArray[np.int32]
    times: dict[str, Floats]
    """Seconds by building, inf where nobody gets there: ambulance, fire, treatment."""
    key: str = ""
    at_s: float = 0.0
    working: dict[str, int] = field(default_factory=dict)
    load: Floats = field(default_factory=lambda: np.empty(0))
    """By facility: people for whom a hospital is the nearest now, over those on an ordinary day; 0 where it is down, NaN of all others."""
    usual: Floats = field(default_factory=lambda: np.empty(0))
    """By facility: people for whom a hospital is the nearest on an ordinary day, mean over the hours."""
    worst_load: float = 0.0
    notes: list[Note] = field(default_factory=list)


@register
class Response(Model):
    """Time from the call to the first vehicle at each building, and to treatment; a station that is down sends nobody."""

    name = "response"
    version = "1"
    title = "Ambulance and fire response"
    question = "How soon are ambulance and fire brigade at each building, and who is not reached at all?"
    role = "service"
    reads = ("network:roads", "layer:facilities", "buildings", "people")
    essential = ("network:roads", "layer:facilities", "buildings")
    needs = (
        Need("road_speed_factor", optional=True), Need("road_state", optional=True), Need("road_state_emergency", optional=True),
        Need("road_travel_speed", optional=True), Need("facility_state", optional=True),
    )  # fmt: skip
    gives = ("building_response_time_ambulance", "building_response_time_fire", "building_treatment_time", "hospital_load")
    params = (
        Param("target_min", "In time up to", 8.0, "min", low=1, high=120,
              source="8 min: NFPA 1710 (2020), advanced life support and full first alarm"),
        Param("limit_min", "At the latest", 15.0, "min", low=1, high=240,
              source="NHS England, Ambulance Quality Indicators: nine of ten of category 1 within 15 min"),
        Param("turnout_ambulance", "Ambulance leaves after", 60.0, "s", kind="duration", low=0, high=3600, source="NFPA 1710 (2020)"),
        Param("turnout_fire", "Fire engine leaves after", 80.0, "s", kind="duration", low=0, high=3600, source="NFPA 1710 (2020)"),
        Param("on_scene", "Ambulance stays at the scene", "PT15M", "s", kind="duration", low=0, high=7200, source="assumption"),
        Param("priority", "Share of the delay by traffic that blue lights avoid", 0.5, "1", low=0, high=1, source="assumption",
              help="Where the run has traffic; without it roads are free."),
        Param("wading_kmh", "Fire engines drive through water at", 10.0, "km/h", low=1, high=60, advanced=True, source="assumption",
              help="On roads that cars cannot take and fire engines can."),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )  # fmt: skip
    limits = (
        "The load of a hospital is the people who live nearest to it, not patients; nobody is sent on to where beds are free.",
        "A vehicle is always free at its station: how many there are, and calls that come at once, are not considered.",
        "From the junction nearest to the station to the one nearest to the building; the way to the door and up the stairs is left out.",
        "Blue lights may turn where others may not; one-way streets hold. With traffic the slower direction of a road counts for both.",
    )
    cite = (
        "NFPA 1710 (2020): Standard for the Organization and Deployment of Fire Suppression Operations, Emergency Medical Operations.",
        "Dijkstra, E. W. (1959): A note on two problems in connexion with graphs. doi:10.1007/BF01386390.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ResponseState:
        n = len(city.buildings)
        none = np.empty(0, np.int32)
        times = {k: np.full(n, np.inf) for k in ("ambulance", "fire", "treatment")}
        state = ResponseState(dict(params), None, None, none, np.zeros((24, n), np.float32), {}, none, times)
        facilities = city.layers.get("facilities")
        state.load = np.full(0 if facilities is None else len(facilities), np.nan)
        network = city.networks.get("roads")
        if network is None or len(network.edges) == 0:
            state.notes.append(("warning", "no-roads", "The city has no road network; nothing is said about help on the way."))
            return state
        if n == 0:
            state.notes.append(("warning", "no-buildings", "The city has no buildings that help could be sent to."))
            return state
        roads = road_links(network)
        state.notes += [note for note in roads.notes if note[1] in ("length-missing", "speed-missing")]
        if not roads.for_cars.any():
            state.notes.append(("warning", "no-ways", "No road of the city is for cars; nobody can be sent."))
            return state
        state.roads, state.graph = roads, Graph.of(network, turns=False, among=roads.for_cars)
        self._places(state, city, network)
        state.people, of_people = people_by_hour(city)
        state.notes += of_people
        free = state.graph.weights(np.where(roads.for_cars, roads.free_s, np.inf))
        _, state.usual = self._in_hospital(state, free, np.zeros(len(state.junction), bool))
        self._look(state, inputs)
        return state

    def _places(self, state: ResponseState, city: City, network: Network) -> None:
        """Junctions of stations and buildings, and what is missing."""
        from scipy.spatial import cKDTree

        assert state.roads is not None
        ends = network.edges.loc[state.roads.for_cars, ["start", "end"]].to_numpy(np.int32)
        drivable = np.unique(ends)
        tree = cKDTree(network.nodes[["x", "y"]].to_numpy(float)[drivable])
        state.home = drivable[tree.query(np.nan_to_num(centres(city.buildings.footprints)))[1]]
        layer = city.layers.get("facilities")
        kind = np.empty(0, object) if layer is None else layer.table["kind"].astype(str).to_numpy(object)
        at = np.empty((0, 2)) if layer is None else centres(layer.geometry)
        known = np.isfinite(at).all(1)
        away, near = tree.query(np.nan_to_num(at)) if len(at) else (np.empty(0), np.empty(0, np.int64))
        state.junction = drivable[near].astype(np.int32)
        state.bases = {name: np.flatnonzero((kind == wanted) & known) for name, wanted in BASES.items()}
        if not len(state.bases["ambulance"]) and len(state.bases["hospital"]):
            state.bases["ambulance"] = state.bases["hospital"]
            text = "The city shows no ambulance station; ambulances set out from its hospitals."
            state.notes.append(("info", "ambulances-from-hospitals", text))
        lacking = [WORDS[name] for name, rows in state.bases.items() if not len(rows)]
        if lacking:
            state.notes.append(("info", "no-stations", f"The city shows no {' and no '.join(lacking)}; times that need one are not given."))
        used = np.concatenate(list(state.bases.values()))
        far = np.unique(used[away[used] > FAR_M]) if len(used) else used
        if layer is not None and len(far):
            text = (
                f"{len(far):,} stations or hospitals lie more than {FAR_M:.0f} m from a road "
                f"({layer.table['id'].iloc[int(far[0])]}); they are put at the nearest junction."
            )
            state.notes.append(("warning", "station-far-from-road", text))

    def update(self, state: ResponseState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.at_s = until_s
        if state.graph is not None:
            self._look(state, inputs)

    def _look(self, state: ResponseState, inputs: Mapping[str, Array]) -> None:
        """The times, where anything they follow from has changed."""
        assert state.graph is not None
        assert state.roads is not None
        cars, engines = self.driving(state, inputs)
        down = np.zeros(len(state.junction), bool)
        if "facility_state" in inputs and len(inputs["facility_state"]) == len(down):
            down = np.asarray(inputs["facility_state"]) >= DOWN
        key = hashlib.sha256(cars.tobytes() + engines.tobytes() + down.tobytes()).hexdigest()
        if key == state.key:
            return
        state.key, graph, p = key, state.graph, state.params
        weight = graph.weights(cars)
        sites = {name: state.junction[rows[~down[rows]]] for name, rows in state.bases.items()}
        state.working = {name: len(nodes) for name, nodes in sites.items()}

        def there(name: str, by: Floats, turnout: float) -> Floats:
            nodes = sites[name]
            return graph.reach(by, nodes, start=np.full(len(nodes), turnout)).distance[state.home]

        state.times["ambulance"] = there("ambulance", weight, p["turnout_ambulance"])
        state.times["fire"] = there("fire", graph.weights(engines), p["turnout_fire"])
        back, served = self._in_hospital(state, weight, down)
        hospital = state.bases["hospital"]
        state.load[hospital] = served[hospital] / np.maximum(state.usual[hospital], 1.0)
        state.worst_load = max(state.worst_load, float(np.nanmax(state.load, initial=0.0)))
        state.times["treatment"] = state.times["ambulance"] + p["on_scene"] + back

    def _in_hospital(self, state: ResponseState, weight: Floats, down: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Seconds from each building to the nearest hospital that works, and by facility the people (mean over the day) that go there."""
        assert state.graph is not None
        rows = state.bases["hospital"][~down[state.bases["hospital"]]]
        found = state.graph.reach_to(weight, state.junction[rows])
        site = found.site[state.home]
        served, goes = np.zeros(len(state.junction)), site >= 0
        if goes.any():
            served[rows] = np.bincount(site[goes], state.people.mean(0, dtype=float)[goes], len(rows))
        return found.distance[state.home], served

    def driving(self, state: ResponseState, inputs: Mapping[str, Array]) -> tuple[Floats, Floats]:
        """Seconds along each edge for an ambulance and for a fire engine, inf where it cannot pass."""
        roads, p = state.roads, state.params
        assert roads is not None
        open_roads = np.ones(len(roads.for_cars))
        share = np.clip(np.nan_to_num(np.asarray(inputs.get("road_speed_factor", open_roads), float), nan=1.0), 0.0, 1.0)
        passable = roads.for_cars & (np.asarray(inputs.get("road_state", 0 * open_roads)) < IMPASSABLE) & (share >= LEAST_FACTOR)
        free = roads.free_s / np.where(passable, share, 1.0)
        if "road_travel_speed" in inputs:
            speed = np.nan_to_num(inputs["road_travel_speed"].astype(float)) / 3.6
            queued = np.where(speed > 0, roads.length_m / np.maximum(speed, 1e-3), free)
            free = free + (1.0 - p["priority"]) * np.maximum(queued - free, 0.0)
        cars = np.where(passable, free, np.inf)
        if "road_state_emergency" not in inputs:
            return cars, cars
        able = roads.for_cars & (np.asarray(inputs["road_state_emergency"]) < IMPASSABLE)
        wading = np.maximum(roads.length_m / (p["wading_kmh"] / 3.6), roads.free_s)
        return cars, np.where(able, np.where(passable, cars, wading), np.inf)

    def outputs(self, state: ResponseState) -> dict[str, Array]:
        known = {name: np.where(np.isfinite(t), t, np.nan).astype(np.float32) for name, t in state.times.items()}
        return dict(zip(self.gives, (known["ambulance"], known["fire"], known["treatment"], state.load.astype(np.float32))))

    def indicators(self, state: ResponseState) -> dict[str, tuple[float, str]]:
        if state.graph is None:
            return {}
        figures: dict[str, tuple[float, str]] = {}
        people = state.people[int(state.params["start_hour"] + state.at_s / 3600) % 24].astype(float)
        total = float(people.sum())
        if total <= 0:
            return {}
        for name in ("ambulance", "fire"):
            if not len(state.bases.get(name, ())):
                continue
            times = state.times[name]
            for share, word in ((0.5, "median"), (0.9, "p90")):
                figures |= _figure(f"{name}_time_{word}", weighted_quantile(times, people, share))
            for minutes, word in ((state.params["target_min"], "in_time"), (state.params["limit_min"], "within_limit")):
                figures[f"{name}_{word}"] = (100.0 * float(people[times <= minutes * 60.0].sum()) / total, "%")
            figures[f"people_unreached_{name}"] = (float(people[~np.isfinite(times)].sum()), "persons")
            figures[f"{name}_stations_working"] = (float(state.working.get(name, 0)), "stations")
        if len(state.bases.get("ambulance", ())) and len(state.bases.get("hospital", ())):
            figures |= _figure("treatment_time_median", weighted_quantile(state.times["treatment"], people, 0.5))
            figures |= _figure("treatment_time_p90", weighted_quantile(state.times["treatment"], people, 0.9))
            figures["hospital_load_worst"] = (state.worst_load, "1")
            figures["people_without_treatment"] = (float(people[~np.isfinite(state.times["treatment"])].sum()), "persons")
        return figures

    def notices(self, state: ResponseState) -> list[Note]:
        return state.notes

    def save(self, state: ResponseState) -> bytes:
        file = io.BytesIO()
        names = ("params", "at_s", "key", "working", "worst_load")
        head = json.dumps({name: getattr(state, name) for name in names})
        np.savez(file, head=np.array(head), load=state.load, **state.times)  # type: ignore[arg-type]
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ResponseState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, head["params"], 0)
            state.at_s, state.key, state.working = head["at_s"], head["key"], head["working"]
            state.load, state.worst_load = saved["load"], head["worst_load"]
            state.times = {k: saved[k] for k in ("ambulance", "fire", "treatment")}
        return state


def _figure(name: str, seconds: float) -> dict[str, tuple[float, str]]:
    """In minutes; none where that share of the people is never reached."""
    return {name: (seconds / 60.0, "min")} if np.isfinite(seconds) else {}


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """The least value that at least this share of the weight does not exceed; inf counts as the greatest, NaN where there is no weight."""
    order = np.argsort(values, kind="stable")
    gone = np.cumsum(weights[order])
    if not len(gone) or gone[-1] <= 0:
        return float("nan")
    return float(values[order][min(int(np.searchsorted(gone, share * gone[-1] - 1e-9)), len(gone) - 1)])
