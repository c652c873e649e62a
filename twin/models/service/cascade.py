"""What leans on what: reserves that run out, and who stops because somebody else did.

A typed table of dependencies (twin.city.dependencies) over every object that can fail. Within one moment the table is gone
through until nothing changes; there failures only grow, so that it ends.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.city.assets import ESSENTIAL, FAILED, READS, Assets
from twin.city.city import City
from twin.city.dependencies import INPUTS, LAYER, dependencies_of
from twin.city.network import Network
from twin.models.base import Array, Change, Happening, Model, Need, Param, register
from twin.models.exposure import Note

WORKS, ON_RESERVE, IMPAIRED, DOWN = 0, 1, 2, 3
GIVES = {"facilities": "facility_state", "stations": "station_state", "masts": "mast_state"}
POWERED = {"pumps": "pump_power", "node:water": "water_node_power", "edge:water": "water_edge_power"}
SUPPLY = {"node:power": "power_supply", "node:water": "water_supply"}
IMPASSABLE = 2
TELLING = {
    "hospital": "hospitals", "fire_station": "fire_stations", "ambulance_station": "ambulance_stations", "police": "police_stations",
    "shelter": "shelters", "school": "schools",
}  # fmt: skip


@dataclass
class CascadeState:
    params: dict[str, Any]
    assets: Assets
    to: NDArray[np.int64]
    source: NDArray[np.int64]
    input: NDArray[np.int8]
    stops: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    reserve_s: NDArray[np.float64]
    left_s: NDArray[np.float64]
    lost: NDArray[np.bool_]
    state: NDArray[np.int8]
    roads: Network | None
    node: NDArray[np.int64]
    """Road node of each dependency on access."""
    beds: NDArray[np.float64]
    reached: NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, bool))
    road_state: bytes = b""
    around: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """By node of the roads, which of their parts it lies in while some are closed."""
    at_s: float = 0.0
    hours_down: float = 0.0
    worst: list[int] = field(default_factory=lambda: [0, 0])
    """Most hospitals that were down, and that ran on reserves, at one moment."""
    notes: list[Note] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)

    @property
    def spent(self) -> NDArray[np.bool_]:
        return self.lost & (self.left_s <= 1e-6)


@register
class Cascade(Model):
    """State of hospitals, stations, masts and pumps from the power, water, connection and roads that they depend on."""

    name = "cascade"
    title = "What depends on what"
    question = "Which hospital runs on its reserve until when, and who stops because somebody else did?"
    role = "service"
    essential = (ESSENTIAL,)
    reads = (*READS, f"layer:{LAYER}")
    needs = (
        Need("power_supply", optional=True), Need("water_supply", optional=True), Need("road_state", optional=True),
        *(Need(name, optional=True) for name in FAILED.values()),
    )  # fmt: skip
    gives = (*GIVES.values(), *POWERED.values(), "station_power")
    params = (
        Param("reserve_factor", "Reserves times", 1.0, "", low=0, high=100,
              help="Fuel, tanks and batteries: moves the hours of all reserves.", source="assets/tables/reserves.toml"),
        Param("full", "Reserves at the start", 1.0, "", low=0, high=1, advanced=True, help="Share of a full reserve."),
        Param("recharge", "Hours regained per hour of supply", 1.0, "", low=0, high=100, advanced=True, source="assumption"),
    )
    limits = (
        "An input counts as lost below a threshold of its provider's supply; load is not lowered to save a reserve.",
        "Where two lean on each other and nothing else is lost, both start by themselves: a black start is taken to succeed.",
        "Dependencies and reserves are assumed by place and kind where the city states none.",
    )
    cite = (
        "Rinaldi, S. et al. (2001): Identifying, understanding, and analyzing critical infrastructure interdependencies. "
        "IEEE Control Systems 21(6), doi:10.1109/37.969131.",
        "Balakrishnan, S., Cassottana, B. (2022): InfraRisk: an open-source simulation platform. Sustainable Cities and Society 83, "
        "doi:10.1016/j.scs.2022.103965.",
    )
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> CascadeState:
        assets = Assets.of(city)
        table, wrong, is_assumed = dependencies_of(city, assets)
        n, reserve = len(table), table["reserve_h"].to_numpy(float) * 3600.0 * params["reserve_factor"]
        state = CascadeState(
            dict(params), assets, table["to"].to_numpy(np.int64), table["from"].to_numpy(np.int64),
            np.array([INPUTS.index(i) for i in table["input"]], np.int8), (table["effect"] == "stops").to_numpy(bool),
            table["threshold"].to_numpy(float), reserve, reserve * params["full"], np.zeros(n, bool), np.zeros(len(assets), np.int8),
            city.networks.get("roads"), np.empty(0, np.int64), _beds(city), np.ones(n, bool),
        )  # fmt: skip
        if is_assumed and n:
            text = (
                f"The city states no dependencies; {n:,} are assumed: each object leans on the nearest that gives what its kind needs, "
                "with usual reserves."
            )
            state.notes.append(("warning", "dependencies-assumed", text))
        state.notes += [("warning", "dependencies-wrong", f"Of the table of dependencies, {w}.") for w in wrong[:20]]
        if len(wrong) > 20:
            text = f"{len(wrong) - 20:,} more rows of the table of dependencies cannot be used as they are."
            state.notes.append(("warning", "dependencies-more", text))
        if state.roads is not None and len(state.roads.nodes):
            access = np.flatnonzero(state.input == INPUTS.index("access"))
            tree = cKDTree(state.roads.nodes[["x", "y"]].to_numpy(float))
            state.node = np.asarray(tree.query(assets.xy[state.to[access]])[1], np.int64) if len(access) else state.node
        self._read(state, inputs, 0.0)
        return state

    def _read(self, state: CascadeState, inputs: Mapping[str, Array], at_s: float) -> None:
        dt, a = at_s - state.at_s, state.assets
        share = np.ones(len(a))
        for support, name in SUPPLY.items():
            if name in inputs:
                share[a.part(support)] = np.nan_to_num(np.asarray(inputs[name], float), nan=1.0)
        failed = np.zeros(len(a), bool)
        for support, name in FAILED.items():
            if name in inputs:
                failed[a.part(support)] = np.asarray(inputs[name]) > 0
        self._access(state, inputs)
        had, before, left_before = state.lost.copy(), state.state.copy(), state.left_s.copy()
        # Time passes first: what was lost has drawn on its reserve, what was not has regained some.
        state.left_s = np.where(
            had, np.maximum(0.0, state.left_s - dt), np.minimum(state.reserve_s, state.left_s + dt * state.params["recharge"])
        )
        spent_before = had & (left_before <= 1e-6)
        down, rounds = failed.copy(), 0
        lost = np.zeros(len(state.to), bool)
        while True:
            avail = np.where(down, 0.0, share)
            has = np.where(state.source >= 0, avail[state.source], 1.0) >= state.threshold - 1e-9
            lost = ~(has & state.reached)
            out = lost & (state.left_s <= 1e-6)
            more = down.copy()
            more[state.to[out & state.stops]] = True
            rounds += 1
            if (more == down).all() or rounds > len(a) + 1:
                break
            down = more
        state.lost = lost
        new = np.zeros(len(a), np.int8)
        np.maximum.at(new, state.to[lost], ON_RESERVE)
        np.maximum.at(new, state.to[lost & (state.left_s <= 1e-6)], IMPAIRED)
        new[down] = DOWN
        twin = np.flatnonzero(a.twin != np.arange(len(a)))  # a substation's pin shows what the network knows
        new[twin] = np.where(avail[a.twin[twin]] < 0.5, DOWN, new[a.twin[twin]])
        state.hours_down += dt / 3600.0 * float((before[a.part("facilities")] == DOWN).sum())
        state.state = new
        hospitals = new[a.part("facilities")][a.kinds[a.part("facilities")] == "hospital"]
        now = (int((hospitals == DOWN).sum()), int((hospitals == ON_RESERVE).sum()))
        state.worst = [max(w, n) for w, n in zip(state.worst, now)]
        self._tell(state, had, spent_before, left_before, before, at_s)
        state.at_s = at_s

    def _access(self, state: CascadeState, inputs: Mapping[str, Array]) -> None:
        """Which objects the rest of the city still reaches by road."""
        if "road_state" not in inputs or state.roads is None or not len(state.node):
            return
        closed = np.asarray(inputs["road_state"]) >= IMPASSABLE
        key = closed.tobytes()
        if key == state.road_state:
            return
        state.road_state = key
        part = state.roads.islands(~closed)
        main = np.bincount(part).argmax()
        state.reached[state.input == INPUTS.index("access")] = part[state.node] == main
        state.around = part

    def _roads_around(self, state: CascadeState, i: int) -> tuple[str, ...]:
        """Closed roads that lead out of the part of the city in which an object is cut off: those nearest to it."""
        if state.roads is None or not len(state.around):
            return ()
        row = int(np.searchsorted(np.flatnonzero(state.input == INPUTS.index("access")), i))
        edges = state.roads.edges
        start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
        here = state.around == state.around[state.node[row]]
        closed = np.flatnonzero(here[start] != here[end])
        xy = state.roads.nodes[["x", "y"]].to_numpy(float)
        away = np.hypot(*(xy[np.where(here[start[closed]], start[closed], end[closed])] - state.assets.xy[state.to[i]]).T)
        return tuple(edges["id"].astype(str).iloc[closed[np.argsort(away, kind="stable")[:2]]])

    def _tell(
        self, state: CascadeState, had: NDArray[np.bool_], spent_before: NDArray[np.bool_], left: NDArray[np.float64],
        before: NDArray[np.int8], at_s: float,
    ) -> None:  # fmt: skip
        ids, spent = state.assets.ids, state.spent
        for i in np.flatnonzero((state.lost & ~had) | (spent & ~spent_before)):
            what = INPUTS[state.input[i]]
            because: tuple[str, ...] = (str(ids[state.source[i]]),) if state.source[i] >= 0 else ()
            if what == "access":
                because = self._roads_around(state, int(i))
            name = str(ids[state.to[i]])
            if state.lost[i] and not had[i] and state.left_s[i] > 1e-6:
                told = Happening(at_s, name, f"lost-{what}", because, {"reserve_h": round(float(state.left_s[i]) / 3600.0, 2)})
            else:
                # the very moment at which the reserve ran out, between two looks at it
                moment = min(at_s, state.at_s + float(left[i])) if had[i] else at_s
                told = Happening(moment, name, f"{'stopped' if state.stops[i] else 'impaired'}-{what}", because)
            state.told.append(told)
        touched = np.zeros(len(ids), bool)
        touched[state.to] = True
        for row in np.flatnonzero(touched & (before > WORKS) & (state.state == WORKS)):
            state.told.append(Happening(at_s, str(ids[row]), "works"))
        for i in np.flatnonzero(had & ~state.lost & (state.state[state.to] > WORKS)):  # one of several troubles is over
            state.told.append(Happening(at_s, str(ids[state.to[i]]), f"regained-{INPUTS[state.input[i]]}"))

    def update(self, state: CascadeState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        self._read(state, inputs, until_s)

    def apply(self, state: CascadeState, change: Change) -> None:
        """What is switched is the business of `repairs`."""
        if change.kind not in self.accepts:
            super().apply(state, change)

    def outputs(self, state: CascadeState) -> dict[str, Array]:
        out: dict[str, Array] = {name: state.state[state.assets.part(s)] for s, name in GIVES.items()}
        for support, name in POWERED.items():
            out[name] = (state.state[state.assets.part(support)] < DOWN).astype(np.float32)
        # A station that is shut because it is flooded still has the power that its pumps need.
        part = state.assets.part("stations")
        dark = np.zeros(len(state.assets), bool)
        dark[state.to[state.spent & (state.input == INPUTS.index("power"))]] = True
        out["station_power"] = 1.0 - dark[part].astype(np.float32)
        return out

    def indicators(self, state: CascadeState) -> dict[str, tuple[float, str]]:
        a, figures = state.assets, dict[str, tuple[float, str]]()
        kinds, now = a.kinds[a.part("facilities")], state.state[a.part("facilities")]
        for kind, word in TELLING.items():
            mine = kinds == kind
            if mine.any():
                figures[f"{word}_down"] = (float((now[mine] == DOWN).sum()), "sites")
                figures[f"{word}_on_reserve"] = (float((now[mine] == ON_RESERVE).sum()), "sites")
        hospital = kinds == "hospital"
        if hospital.any():
            figures["hospitals_down_worst"] = (float(state.worst[0]), "sites")
            figures["hospitals_on_reserve_worst"] = (float(state.worst[1]), "sites")
        if hospital.any() and np.isfinite(state.beds[hospital]).any():
            figures["beds_lost"] = (float(np.nansum(state.beds[hospital & (now == DOWN)])), "beds")
            worth = state.lost & np.isin(state.to, np.flatnonzero(hospital) + a.part("facilities").start) & (state.reserve_s > 0)
            if worth.any():
                figures["hospital_reserve_left"] = (float(state.left_s[worth].min() / 3600.0), "h")
        for support, name in (("pumps", "pumps_down"), ("stations", "stations_down"), ("masts", "masts_down")):
            part = a.part(support)
            if part.stop > part.start:
                figures[name] = (float((state.state[part] == DOWN).sum()), "sites")
        figures["facility_hours_down"] = (state.hours_down, "h")
        return figures

    def happenings(self, state: CascadeState) -> list[Happening]:
        return state.told

    def notices(self, state: CascadeState) -> list[Note]:
        return state.notes

    def save(self, state: CascadeState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, list(h.because), dict(h.values)] for h in state.told]
        head = json.dumps([state.params, state.at_s, state.hours_down, state.worst, told])
        np.savez(
            file, head=np.array(head), left_s=state.left_s, lost=state.lost, state=state.state, reached=state.reached,
            around=state.around, road_state=np.frombuffer(state.road_state, np.uint8),
        )  # fmt: skip
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> CascadeState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, hours, worst, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            for name in ("left_s", "lost", "state", "reached", "around"):
                setattr(state, name, saved[name])
            state.road_state = saved["road_state"].tobytes()
        state.at_s, state.hours_down, state.worst = at_s, hours, worst
        state.told = [Happening(t, o, w, tuple(b), v) for t, o, w, b, v in told]
        return state


def _beds(city: City) -> NDArray[np.float64]:
    layer = city.layers.get("facilities")
    if layer is None or "capacity" not in layer.table:
        return np.full(0 if layer is None else len(layer), np.nan)
    return layer.table["capacity"].to_numpy(float)


