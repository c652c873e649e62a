"""Shelters: where those who have to leave their homes go, over the roads as they are, and who finds no place."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City
from twin.city.network import Network
from twin.city.routing import Graph
from twin.errors import ModelError
from twin.models.base import Array, Inputs, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.sampling import Touch
from twin.models.service.roads import IMPASSABLE, NOT_FOR_CARS, STREET_KMH
from twin.models.service.shelters_flow import Ints, placed
from twin.models.service.shelters_places import capacities, numbers_of, origins, walls, whole

DOWN = 3
"""State of a facility that gives nothing any more."""
SAVED = ("flow", "wanted", "usable", "cost_s")


@dataclass
class ShelterState:
    params: dict[str, Any]
    count: int
    """Buildings of the city."""
    facilities: int
    rows: NDArray[np.int64]
    """Rows of the facilities that are shelters."""
    capacity: Ints
    graph: Graph | None
    edges: pd.DataFrame | None
    doors: NDArray[np.int32]
    """Node of each shelter."""
    nodes: NDArray[np.int32]
    """Node of each origin."""
    origin: NDArray[np.int64]
    """Origin of each building, -1 where there is none."""
    touch: Touch | None
    flow: Ints
    """People from each origin in each shelter."""
    wanted: Ints
    """People of each origin who need a place."""
    usable: NDArray[np.bool_]
    cost_s: Ints
    """Way from each origin to each shelter at the last sharing out, seconds; -1 where there is none."""
    at_s: float = 0.0
    shared_s: float = -np.inf
    notes: list[Note] = field(default_factory=list)


@register
class Shelters(Model):
    """People who need a place are shared out over the shelters so that as few as possible are left out and their ways are short."""

    name = "shelters"
    version = "1"
    title = "Shelters"
    question = "Where do those who have to leave find a place, and who does not?"
    role = "service"
    reads = ("buildings", "network:roads", "layer:facilities")
    essential = ("layer:facilities",)
    needs = (
        Need("people_seeking_shelter"), Need("road_state", optional=True), Need("road_water_depth", optional=True),
        Need("road_failed", optional=True), Need("road_speed_factor", optional=True), Need("water_depth", optional=True),
        Need("facility_state", optional=True), Need("facility_failed", optional=True),
    )  # fmt: skip
    gives = ("shelter_occupancy", "shelter_time")
    params = (
        Param(
            "mode", "They go", "walk", kind="choice", choices=("walk", "car"), help="On foot any street may be taken in either direction."
        ),
        Param("walk_kmh", "Walking speed", 4.0, "km/h", low=0.5, high=8, source="assumption: families with luggage"),
        Param(
            "wade_m", "They wade up to", 0.5, "m", low=0, high=1.2, advanced=True, help="On foot; at half the speed.",
            source="AIDR 2017, guideline 7-3: deeper water is unsafe for children and the old",
        ),
        Param("most_min", "Longest way", 90.0, "min", low=1, high=1000, help="Farther shelters are not assigned.", source="assumption"),
        Param(
            "closed_m", "A shelter closes from", 0.3, "m", low=0.05, high=3, advanced=True, help="Depth of water at its walls.",
            source="assumption",
        ),
        Param(
            "unstated", "Places where none are stated", 200, "persons", kind="integer", low=0, high=100000, advanced=True,
            help="For shelters without a capacity.", source="assumption",
        ),
        Param(
            "every", "Shared out anew every", 900, "s", kind="duration", low=60, high=86400, advanced=True,
            help="Those who have gone stay where they are; only who needs a place since then is assigned.",
        ),
    )  # fmt: skip
    limits = (
        "Everybody is told which shelter to go to and goes there at once; crowding on the way and at the door is not modelled.",
        "Of a shelter that closes, people set out from home again. The way begins at the road junction nearest to home.",
        "Who has no way through the water waits for rescue; boats are not modelled.",
    )
    cite = (
        "Perron, L., Furnon, V.: OR-Tools, Google (network flow by cost scaling).",
        "Goldberg, A.V. (1997): An efficient implementation of a scaling minimum-cost flow algorithm. doi:10.1006/jagm.1995.0805.",
        "AIDR (2017): Guideline 7-3, Flood hazard.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ShelterState:
        layer, network = city.layers.get("facilities"), city.networks.get("roads")
        table = pd.DataFrame() if layer is None else layer.table
        kind = table["kind"].fillna("").astype(str).to_numpy(object) if "kind" in table else np.empty(0, object)
        rows = np.flatnonzero(kind == "shelter")
        n = len(city.buildings)
        state = ShelterState(
            dict(params), n, len(table), rows, np.zeros(len(rows), np.int64), None, None, np.zeros(len(rows), np.int32),
            np.empty(0, np.int32), np.full(n, -1, np.int64), None, *(np.zeros((0, len(rows)), np.int64), np.zeros(0, np.int64)),
            usable=np.zeros(len(rows), bool), cost_s=np.zeros((0, len(rows)), np.int64),
        )  # fmt: skip
        if not len(rows):
            state.notes.append(("info", "no-shelters", "The city shows no shelter; nobody is assigned a place."))
            return state
        state.capacity, of_capacity = capacities(table, rows, params["unstated"])
        state.notes += of_capacity
        if network is None or not len(network.edges):
            state.notes.append(("warning", "no-roads", "The city has no road network; nobody is assigned a place in a shelter."))
            return state
        assert layer is not None
        self._places(state, city, network, layer.geometry[rows], table.iloc[rows])
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" in grids:
            state.touch = Touch.around(walls(city, layer.geometry[rows], table.iloc[rows]), grids["water_depth"])
        self._share(state, inputs)
        return state

    def _places(
        self, state: ShelterState, city: City, network: Network, points: NDArray[np.object_], table: pd.DataFrame
    ) -> None:  # fmt: skip
        """Graph, doors and origins: searches run from the few shelters, over arcs turned round."""
        from scipy.spatial import cKDTree

        edges = network.edges
        usable = np.ones(len(edges), bool)
        if state.params["mode"] == "car":
            if "class" in edges:
                usable = ~edges["class"].isin(NOT_FOR_CARS).to_numpy()
            turned = edges.assign(start=edges["end"].to_numpy(), end=edges["start"].to_numpy())
        else:
            turned = edges.assign(oneway=False)
        at = np.unique(edges.loc[usable, ["start", "end"]].to_numpy(np.int32))
        at = at[(at >= 0) & (at < len(network.nodes))]
        if not len(at):
            state.notes.append(("warning", "no-roads", "No road can be taken; nobody is assigned a place in a shelter."))
            return
        try:
            state.graph = Graph.of(Network("roads", network.nodes, turned, network.geometry), turns=False, among=usable)
        except ModelError as error:
            text = f"The road network cannot be used ({error.what}, {error.where}); nobody is assigned a place in a shelter."
            state.notes.append(("error", "roads-unusable", text))
            return
        state.edges = turned
        tree = cKDTree(network.nodes[["x", "y"]].to_numpy(float)[at])
        doors = centres(points)
        state.doors = at[tree.query(np.nan_to_num(doors))[1]]
        state.capacity[~np.isfinite(doors).all(1)] = 0
        if not state.count:
            return
        homes = at[tree.query(np.nan_to_num(centres(city.buildings.footprints)))[1]]
        state.nodes, state.origin = origins(homes, network.nodes[["x", "y"]].to_numpy(float))
        shape = (len(state.nodes), len(state.rows))
        state.flow, state.wanted = np.zeros(shape, np.int64), np.zeros(shape[0], np.int64)
        state.cost_s = np.full(shape, -1, np.int64)

    def _cost(self, state: ShelterState, inputs: Mapping[str, Array]) -> Ints:
        """Seconds from each origin to each shelter on the roads as they are; -1 where there is no way, or too long a one."""
        assert state.graph is not None
        assert state.edges is not None
        edges, count, p = state.edges, len(state.edges), state.params
        length = np.nan_to_num(pd.to_numeric(edges["length_m"], errors="coerce").to_numpy(float)) if "length_m" in edges else np.ones(count)
        is_open = np.ones(count, bool)
        failed = numbers_of(inputs, "road_failed", count)
        if failed is not None:
            is_open &= ~(failed > 0)
        if p["mode"] == "car":
            limit = pd.to_numeric(edges["speed_kmh"], errors="coerce").to_numpy(float) if "speed_kmh" in edges else np.zeros(count)
            speed = np.where(np.nan_to_num(limit) > 0, limit, STREET_KMH)
            states, factor = numbers_of(inputs, "road_state", count), numbers_of(inputs, "road_speed_factor", count)
            if states is not None:
                is_open &= states != IMPASSABLE
            if factor is not None:
                speed = speed * np.maximum(factor, 0.02)
        else:
            speed, depth = np.full(count, p["walk_kmh"]), numbers_of(inputs, "road_water_depth", count)
            if depth is not None:
                is_open &= depth <= p["wade_m"]
                speed = np.where(depth > 0.05, speed / 2, speed)
        weight = state.graph.weights(np.maximum(length, 0.0) * 3.6 / speed, is_open)
        found = state.graph.between(weight, state.doors, state.nodes, limit=p["most_min"] * 60.0).T
        return np.where(np.isfinite(found), np.round(np.where(np.isfinite(found), found, 0.0)), -1).astype(np.int64)

    def _open(self, state: ShelterState, inputs: Mapping[str, Array]) -> NDArray[np.bool_]:
        """Shelters that take people: dry at the walls, and not out of order."""
        can = state.capacity > 0
        if state.touch is not None and "water_depth" in inputs:
            can &= state.touch.greatest(inputs["water_depth"]) < state.params["closed_m"]
        for name, limit in (("facility_state", DOWN), ("facility_failed", 1)):
            values = numbers_of(inputs, name, state.facilities)
            if values is not None:
                can &= values[state.rows] < limit
        return can

    def _share(self, state: ShelterState, inputs: Mapping[str, Array]) -> None:
        if state.graph is None or not len(state.nodes):
            return
        seeking = np.nan_to_num(inputs["people_seeking_shelter"]) if "people_seeking_shelter" in inputs else np.zeros(state.count)
        wanted = np.bincount(state.origin, seeking.astype(float), minlength=len(state.nodes)).astype(float)
        state.wanted = np.maximum(state.wanted, whole(wanted))
        usable = self._open(state, inputs)
        state.flow[:, ~usable] = 0  # they have to go on
        state.usable, state.shared_s = usable, state.at_s
        new = np.maximum(0, state.wanted - state.flow.sum(1))
        if not new.any():
            return
        self.checkpoint(0.3)
        state.cost_s = self._cost(state, inputs)
        left = np.where(usable, np.maximum(0, state.capacity - state.flow.sum(0)), 0)
        some = np.flatnonzero(new)
        state.flow[some] += placed(new[some], left, state.cost_s[some], lambda: self.checkpoint(0.6))

    def update(self, state: ShelterState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.at_s = until_s
        if until_s - state.shared_s >= state.params["every"] or not np.isfinite(state.shared_s):
            self._share(state, inputs)

    def outputs(self, state: ShelterState) -> dict[str, Array]:
        people = np.full(state.facilities, np.nan, np.float32)
        people[state.rows] = state.flow.sum(0)
        minutes = np.full(state.count, np.nan, np.float32)
        if len(state.nodes):
            mean = self._minutes(state)
            minutes = mean[state.origin].astype(np.float32)
        return {"shelter_occupancy": people, "shelter_time": minutes}

    def _minutes(self, state: ShelterState) -> NDArray[np.float64]:
        """Mean way of the people of each origin who have a place, minutes; NaN where nobody has one."""
        count = state.flow.sum(1)
        total = (state.flow * np.maximum(state.cost_s, 0)).sum(1)
        return np.where(count > 0, total / np.maximum(count, 1) / 60.0, np.nan)

    def indicators(self, state: ShelterState) -> dict[str, tuple[float, str]]:
        if not len(state.rows) or state.graph is None:
            return {}
        inside = float(state.flow.sum())
        out = np.maximum(0, state.wanted - state.flow.sum(1))
        no_way = ~(state.cost_s[:, state.usable] >= 0).any(1) if len(state.nodes) else np.zeros(0, bool)
        room = float(state.capacity[state.usable].sum())
        figures = {
            "people_in_shelters": (inside, "persons"),
            "people_without_shelter": (float(out.sum()), "persons"),
            "people_cut_off_shelter": (float(out[no_way].sum()), "persons"),
            "shelters_closed": (float((~state.usable).sum()), "shelters"),
            "shelter_capacity_used": (inside / room if room else 0.0, "1"),
        }
        if inside:
            figures["shelter_time_mean"] = (float((state.flow * np.maximum(state.cost_s, 0)).sum()) / inside / 60.0, "min")
        return figures

    def notices(self, state: ShelterState) -> list[Note]:
        return state.notes

    def save(self, state: ShelterState) -> bytes:
        file = io.BytesIO()
        shared = None if not np.isfinite(state.shared_s) else state.shared_s
        head = json.dumps({"params": state.params, "at_s": state.at_s, "shared_s": shared})
        arrays: dict[str, Any] = {k: getattr(state, k) for k in SAVED}
        np.savez_compressed(file, head=np.array(head), **arrays)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ShelterState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            nobody = Inputs(
                {**inputs, "people_seeking_shelter": np.zeros(len(city.buildings), np.float32)},
                inputs.grids if isinstance(inputs, Inputs) else {},
            )
            state = self.initialize(city, nobody, head["params"], 0)
            state.at_s = head["at_s"]
            state.shared_s = -np.inf if head["shared_s"] is None else head["shared_s"]
            for name in SAVED:
                setattr(state, name, saved[name])
        return state
