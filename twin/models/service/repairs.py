"""What is out of order, and the crews that mend it: they drive the roads as they are, one object after the other."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from twin.city.assets import ESSENTIAL, FAILED, READS, SUPPORTS, Assets
from twin.city.city import City
from twin.models.base import Array, Change, Happening, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.hazard.failure import DAMAGED
from twin.models.service.equipment import entry_of, stated

TRADES = {"power": ("node:power", "edge:power"), "water": ("node:water", "edge:water"), "roads": ("edge:roads",),
          "sites": ("facilities", "pumps", "stations", "masts")}  # fmt: skip
"""Who mends what."""
FIRST = ("substation", "waterworks", "water_pump", "hospital", "pump", "pumping_station", "mast", "power_node", "transformer")
"""Entries that many depend on, mended first where the order is by weight."""
STREET_KMH = 30.0
SWITCHED = "switched"
"""Layer of what an edit has switched off before the start."""


@dataclass
class Crew:
    trade: str
    xy: tuple[float, float]
    task: int = -1
    arrives_s: float = 0.0
    done_s: float = 0.0


@dataclass
class RepairState:
    params: dict[str, Any]
    assets: Assets
    trade: NDArray[np.int8]
    repair_h: NDArray[np.float64]
    rank: NDArray[np.float64]
    """Lower is sooner."""
    manual: NDArray[np.bool_]
    damaged: NDArray[np.bool_]
    since: NDArray[np.float64]
    off: NDArray[np.bool_]
    crews: list[Crew]
    roads: Any = None
    minutes: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """Free travel time of each road edge."""
    tree: Any = None
    at_s: float = 0.0
    mended: int = 0
    first_s: float = -1.0
    """When the first thing went out of order; -1: nothing has."""
    well_s: float = -1.0
    """Since when everything is in order again; -1: it is not."""
    notes: list[Note] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)


@register
class Repairs(Model):
    """Everything out of order now, whatever put it out, until it comes back or a crew has mended it."""

    name = "repairs"
    title = "Crews and repairs"
    question = "What is out of order, and when is it mended?"
    role = "service"
    essential = (ESSENTIAL,)
    reads = (*READS, f"layer:{SWITCHED}")
    needs = (Need("asset_hit"), Need("road_speed_factor", optional=True))
    gives = tuple(FAILED.values())
    params = (
        Param("crews_power", "Crews for power", 2, kind="integer", low=0, high=1000, source="assumption"),
        Param("crews_water", "Crews for water", 2, kind="integer", low=0, high=1000, source="assumption"),
        Param("crews_roads", "Crews for roads", 2, kind="integer", low=0, high=1000, source="assumption"),
        Param("crews_sites", "Crews for sites and pumps", 2, kind="integer", low=0, high=1000, source="assumption"),
        Param("order", "Order of repairs", "weight", kind="choice", choices=("weight", "nearest", "listed"),
              help="weight: what most depend on first; nearest: the shortest way first; listed: as named below."),
        Param("listed", "Listed order", "", kind="text", advanced=True, help="Ids separated by commas; the others follow by weight."),
        Param("repair_factor", "Times of repair times", 1.0, "", low=0, high=100, advanced=True,
              help="Hours of work come from the city (column repair_h) or the table of assumptions; this moves them all."),
        Param("ready", "Crews are ready after", "PT30M", "s", "duration", low=0, high=30 * 86400),
    )
    limits = (
        "A crew mends one object at a time, has all it needs, and never rests; spare parts and contractors are not limits.",
        "Work starts when the water has left; a road that closes on the way does not send a crew back.",
    )
    cite = ("FEMA (2024): Hazus 6.1 Technical Manuals, restoration of lifelines (order of magnitude of repair times).",)
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> RepairState:
        assets = Assets.of(city)
        n, of = len(assets), entry_of(assets)
        trade = np.zeros(n, np.int8)
        for i, supports in enumerate(TRADES.values()):
            for s in supports:
                trade[assets.part(s)] = i
        place = {e: i for i, e in enumerate(FIRST)}
        rank = np.array([place.get(e, len(FIRST)) for e in of] + [0], float)[:-1]
        if params["order"] == "listed":
            names = [x.strip() for x in str(params["listed"]).split(",") if x.strip()]
            for i, row in enumerate(assets.rows_of(names)):
                if row >= 0:
                    rank[row] = i - len(names)
        state = RepairState(
            dict(params), assets, trade, stated(city, assets, "repair_h", "repair_h", of) * params["repair_factor"], rank,
            np.zeros(n, bool), np.zeros(n, bool), np.full(n, np.nan), np.zeros(n, bool), _crews(city, assets, params),
        )  # fmt: skip
        switched = city.layers.get(SWITCHED)
        if switched is not None:
            rows = assets.rows_of(switched.table["object"])
            state.manual[rows[rows >= 0]] = True
        self._roads(state, city)
        self._read(state, inputs, 0.0)
        for row in np.flatnonzero(state.manual):
            state.told.append(Happening(0.0, str(assets.ids[row]), "failed"))
        return state

    def _roads(self, state: RepairState, city: City) -> None:
        network = city.networks.get("roads")
        if network is None or not len(network.edges):
            return
        speed = network.edges["speed_kmh"].to_numpy(float) if "speed_kmh" in network.edges else np.full(len(network.edges), STREET_KMH)
        speed = np.where(np.isfinite(speed) & (speed > 0), speed, STREET_KMH)
        state.roads, state.minutes = network, network.edges["length_m"].to_numpy(float) / speed * 0.06
        state.tree = cKDTree(network.nodes[["x", "y"]].to_numpy(float))

    def _travel(self, state: RepairState, crew: Crew, rows: NDArray[np.int64], factor: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Minutes from a crew to each of the assets on the roads as they are; inf where no road leads there."""
        to = state.assets.xy[rows]
        if state.roads is None:
            return np.asarray(np.hypot(*(to - crew.xy).T) / 1000.0 / STREET_KMH * 60.0)
        open_edges = np.ones(len(state.minutes), bool) if factor is None else factor > 0.02
        cost = state.minutes if factor is None else state.minutes / np.maximum(factor, 0.02)
        (far, near), (away, nodes) = state.tree.query([crew.xy]), state.tree.query(to)
        ways = dijkstra(state.roads.matrix(cost, open_edges), indices=int(near[0]))
        return np.asarray(ways[nodes] + (away + far[0]) / 1000.0 / STREET_KMH * 60.0)

    def _read(self, state: RepairState, inputs: Mapping[str, Array], at_s: float) -> None:
        hit = np.asarray(inputs["asset_hit"])
        fresh = (hit >= DAMAGED) & ~state.damaged
        state.damaged |= fresh
        state.since[fresh] = at_s
        self._work(state, hit, inputs.get("road_speed_factor"), at_s)
        state.off = state.damaged | (hit > 0) | state.manual
        if state.off.any():
            state.first_s, state.well_s = (at_s if state.first_s < 0 else state.first_s), -1.0
        elif state.first_s >= 0 and state.well_s < 0:
            ends = [h.at_s for h in state.told if h.what == "repaired" and h.at_s > state.at_s]
            state.well_s = max(ends, default=at_s)
        state.at_s = at_s

    def _work(self, state: RepairState, hit: NDArray[Any], factor: Array | None, at_s: float) -> None:
        """Crews end what they had, and take the next."""
        for crew in state.crews:
            if crew.task >= 0 and hit[crew.task] > 0:  # the water is back
                crew.xy, crew.task = _place(state, crew.task), -1
            if crew.task >= 0 and crew.done_s <= at_s + 1e-9:
                state.damaged[crew.task], state.since[crew.task] = False, np.nan
                state.mended += 1
                state.told.append(Happening(crew.done_s, str(state.assets.ids[crew.task]), "repaired"))
                crew.xy, crew.task = _place(state, crew.task), -1
        if at_s < state.params["ready"]:
            return
        taken = {c.task for c in state.crews}
        for crew in state.crews:
            if crew.task >= 0:
                continue
            mine = state.damaged & (hit == 0) & (state.trade == list(TRADES).index(crew.trade))
            rows = np.array([r for r in np.flatnonzero(mine) if r not in taken], np.int64)
            if not len(rows):
                continue
            self.checkpoint(None)
            travel = self._travel(state, crew, rows, None if factor is None else np.asarray(factor, float))
            near = np.isfinite(travel)
            if not near.any():
                continue
            order = np.lexsort((travel, state.rank[rows])) if state.params["order"] != "nearest" else np.argsort(travel, kind="stable")
            pick = next(i for i in order if near[i])
            crew.task = int(rows[pick])
            crew.arrives_s = at_s + float(travel[pick]) * 60.0
            crew.done_s = crew.arrives_s + float(state.repair_h[crew.task]) * 3600.0
            taken.add(crew.task)
            way = {"travel_min": round(float(travel[pick]), 2)}
            state.told.append(Happening(at_s, str(state.assets.ids[crew.task]), "crew-sent", (), way))

    def update(self, state: RepairState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        self._read(state, inputs, until_s)

    def apply(self, state: RepairState, change: Change) -> None:
        """Switch objects off or on from now on; what is damaged stays so."""
        if change.kind not in self.accepts:
            super().apply(state, change)
        on, rows = (change.values or {}).get("on", True), state.assets.rows_of(change.objects)
        for row in rows[rows >= 0]:
            if state.manual[row] == on:
                state.told.append(Happening(state.at_s, str(state.assets.ids[row]), "back" if on else "failed"))
            state.manual[row] = not on
        state.off = state.off | state.manual if not on else state.damaged | state.manual

    def outputs(self, state: RepairState) -> dict[str, Array]:
        off = state.off.astype(np.int8)
        return {FAILED[s]: off[state.assets.part(s)] for s in SUPPORTS}

    def indicators(self, state: RepairState) -> dict[str, tuple[float, str]]:
        figures = {"sites_out_of_order": (float(state.off.sum()), "sites"), "sites_repaired": (float(state.mended), "sites")}
        if state.well_s >= 0:
            figures["recovery_time"] = ((state.well_s - state.first_s) / 3600.0, "h")
        return figures

    def happenings(self, state: RepairState) -> list[Happening]:
        return state.told

    def notices(self, state: RepairState) -> list[Note]:
        return state.notes

    def save(self, state: RepairState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, dict(h.values)] for h in state.told]
        crews = [[c.trade, *c.xy, c.task, c.arrives_s, c.done_s] for c in state.crews]
        head = json.dumps([state.params, state.at_s, state.mended, state.first_s, state.well_s, crews, told])
        np.savez(file, head=np.array(head), manual=state.manual, damaged=state.damaged, since=state.since, off=state.off)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> RepairState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, mended, first_s, well_s, crews, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.manual, state.damaged, state.since, state.off = saved["manual"], saved["damaged"], saved["since"], saved["off"]
        state.at_s, state.mended, state.first_s, state.well_s = at_s, mended, first_s, well_s
        state.crews = [Crew(t, (x, y), int(task), a, d) for t, x, y, task, a, d in crews]
        state.told = [Happening(t, o, w, (), v) for t, o, w, v in told]
        return state


def _place(state: RepairState, row: int) -> tuple[float, float]:
    return float(state.assets.xy[row, 0]), float(state.assets.xy[row, 1])


def _crews(city: City, assets: Assets, params: Mapping[str, Any]) -> list[Crew]:
    """Crews at their homes: depots, else substations and waterworks of their trade, else fire and police stations, else the middle."""
    homes = {"power": ("depot", "substation"), "water": ("depot", "reservoir", "waterworks"), "roads": ("depot",), "sites": ("depot",)}
    others = np.flatnonzero(np.isin(assets.kinds.astype(str), ("fire_station", "police"))) if len(assets) else np.empty(0, np.int64)
    middle = ((city.bounds[0] + city.bounds[2]) / 2, (city.bounds[1] + city.bounds[3]) / 2)
    crews = []
    for trade in TRADES:
        at: NDArray[np.int64] = np.empty(0, np.int64)
        for kind in homes[trade]:
            at = np.flatnonzero(assets.kinds == kind) if len(assets) else at
            if len(at):
                break
        at = at if len(at) else others
        for i in range(int(params[f"crews_{trade}"])):
            xy = middle if not len(at) else (float(assets.xy[at[i % len(at)], 0]), float(assets.xy[at[i % len(at)], 1]))
            crews.append(Crew(trade, xy))
    return crews
