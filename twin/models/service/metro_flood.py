"""Water in the metro: what runs down the entrances, fills a station, and goes on through the tunnels to the next."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from twin.city.assets import READS, Assets
from twin.city.centres import centres
from twin.city.city import City
from twin.city.terrain import Grid
from twin.city.timetable_places import same_names
from twin.errors import ModelError
from twin.models.base import Array, Change, Happening, Inputs, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.hazard.failure import DAMAGED, OFF, UNHURT
from twin.models.hazard.flood_entrances import AT_ENTRANCE_M, Entrances, entrances_of
from twin.models.hazard.flood_passages import nearest_cells
from twin.models.hazard.flood_structures import GUARD_M
from twin.models.hazard.flood_terrain import LAND, OUTSIDE, Ground
from twin.models.service.metro_kernels import exchange
from twin.models.service.metro_tunnels import Tunnels, ground_at, tunnels_of

STEP_S = 2.0
"""Of the exchange; station halls of thousands of m2 move by millimetres in it."""
STREET_M = 100.0
"""Assumed entrances stand on the nearest open ground within this of the middle of their station."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_POWER = 0.5
"""Share of its power below which the pumps of a station stand still."""


@dataclass
class MetroState:
    params: dict[str, Any]
    ids: NDArray[np.object_]
    """Of the stations."""
    assets: Assets
    tunnels: Tunnels
    door: Ints
    """Vessel that each entrance leads to."""
    cells: Ints
    sill: Floats
    width: Floats
    where: Floats
    """Places of the entrances, local metres; those that are assumed come last."""
    known: int
    ground: Floats
    """Height before the entrances."""
    taken: Floats
    held: Floats
    through: Floats
    pumped: Floats
    hit: NDArray[np.int8]
    """By station."""
    hurt: NDArray[np.bool_]
    """Stations that need a repair since they were flooded: `repairs` tells when they are well."""
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)

    @property
    def depth_m(self) -> Floats:
        """Water over the floor of each station; 0 where it is none that fills."""
        v = self.tunnels.station
        depth = self.held / self.tunnels.area
        return np.where(v >= 0, np.append(depth, 0.0)[v], 0.0)


@register
class MetroFlood(Model):
    """Stations of the metro and their tunnels as vessels between which water runs; the mass of water is kept."""

    name = "metro_flood"
    title = "Water in the metro"
    question = "Which metro stations does the water flood, through their entrances or through the tunnels?"
    role = "service"
    essential = ("layer:stations", "network:metro|network:transit")
    reads = (*READS, "network:metro", "network:transit", "layer:metro_entrances", "layer:poi", "layer:flood_gates", "terrain")
    needs = (Need("water_depth"), Need("station_power", optional=True))
    gives = ("station_water_volume", "station_water_depth", "asset_hit")
    params = (
        Param("pump_m3_s", "Pumps of a station", 0.03, "m3/s", low=0, high=10, source="assumption",
              help="Sumps are made for seepage and fire water, not for floods."),
        Param("hall_m3", "A station holds before water runs on", 2500.0, "m3", low=0, high=1e6, source="assumption",
              help="Then it runs into the tunnels on either side."),
        Param("station_m2", "Floor of a station", 2500.0, "m2", low=10, high=1e5,
              source="assumption: a platform for six cars of 20 m, 20 m wide"),
        Param("closed_m", "Closed at water on the floor", 0.1, "m", low=0.001, high=10, source="assumption"),
        Param("damaged_m", "Needs a repair at water on the floor", 0.8, "m", low=0.001, high=50, source="assumption",
              help="Above it cables, doors and signals stand in water and a crew must come."),
        Param("entrances", "Entrances where none is known", 2, kind="integer", low=0, high=20, source="assumption"),
        Param("sill_m", "Sill of an assumed entrance", 0.15, "m", low=0, high=5, advanced=True, source="assumption: one step"),
        Param("width_m", "Width of an assumed entrance", 3.0, "m", low=0.1, high=50, advanced=True, source="assumption"),
        Param("depth_m", "Tracks lie below the ground where not known", 15.0, "m", low=3, high=200, advanced=True, source="assumption"),
        Param("tunnel_m2", "Free section of both tunnels", 40.0, "m2", low=1, high=500, advanced=True,
              source="assumption: two bores of 5.4 m inside, less the track bed"),
        Param("roughness", "Manning n of the tunnels", 0.02, "s/m^(1/3)", low=0.008, high=0.2, advanced=True,
              source="Chow (1959), table 5-6: concrete conduit, unfinished, upper value"),
    )  # fmt: skip
    limits = (
        "A tunnel holds one level pool; waves, currents and the speed at which water comes down the stairs are not computed.",
        "The pumps of a station stop with its power; gates between tunnels, shafts, portals and the cellars beside are not known.",
        "Water that runs down assumed entrances is not missing in the street.",
    )
    cite = (
        "Villemonte, J.R. (1947): Submerged-weir discharge studies. Engineering News-Record 139.",
        "Bos, M.G. (1989): Discharge measurement structures. ILRI publication 20 (broad-crested weir).",
    )
    accepts = ("switch", "flood_gate")

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> MetroState:
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" not in grids:
            raise ModelError("Water depth came without its grid")
        notes: list[Note] = []
        assets, layer = Assets.of(city), city.layers.get("stations")
        notes += same_names(layer)
        tunnels = tunnels_of(city, dict(params), notes)
        door, cells, sill, width, where, known = _doors(
            city, tunnels, grids["water_depth"], np.asarray(inputs["water_depth"]), params, notes
        )
        ids = np.empty(0, object) if layer is None else layer.ids.astype(object)
        stations, vessels = len(tunnels.station), tunnels.vessels
        state = MetroState(
            dict(params), ids, assets, tunnels, door, cells, sill, width, where, known, ground_at(city, where), np.zeros(len(door)),
            np.zeros(vessels), np.zeros(len(tunnels.place)), np.zeros(vessels), np.zeros(stations, np.int8), np.zeros(stations, bool),
            notes=notes,
        )  # fmt: skip
        return state

    def update(self, state: MetroState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        span = until_s - state.at_s
        if span > 0 and state.tunnels.vessels:
            self._flow(state, np.asarray(inputs["water_depth"]), span, inputs.get("station_power"))
        state.at_s = until_s
        self._mark(state)

    def _flow(self, state: MetroState, water: Array, span: float, power: Array | None) -> None:
        t = state.tunnels
        depth = np.maximum(np.nan_to_num(water[state.cells[:, 0], state.cells[:, 1]].astype(float)), 0.0)
        head = depth - state.sill
        if not (head > 0).any() and not state.held.any():
            return
        pump = np.where(t.has_pumps, state.params["pump_m3_s"], 0.0)
        if power is not None:
            dark = (t.station >= 0) & (np.asarray(power) < LEAST_POWER)
            pump[t.station[dark]] = 0.0
        street, left = state.ground + depth, max(1, int(np.ceil(span / STEP_S)))
        dt = span / left
        while left:
            steps = min(left, 20_000)
            exchange(
                state.held, t.level, t.volume, t.place, t.tunnel, t.crest, t.breadth, t.carries, t.place_full, t.tunnel_full,
                state.through, state.door, street, head, state.width, state.taken, pump, state.pumped, dt, steps,
            )  # fmt: skip
            left -= steps
            self.checkpoint(None)

    def _mark(self, state: MetroState) -> None:
        """A station that was closed opens again once it is pumped down to half of what closed it."""
        depth, p = state.depth_m, state.params
        closed = depth >= np.where(state.hit > UNHURT, 0.5, 1.0) * min(p["closed_m"], p["damaged_m"])
        hit = np.where(depth >= p["damaged_m"], DAMAGED, np.where(closed, OFF, UNHURT)).astype(np.int8)
        changed = np.flatnonzero((hit > UNHURT) != (state.hit > UNHURT))
        if len(changed):
            own = np.bincount(state.door, state.taken, state.tunnels.vessels)
        for row in changed:
            if hit[row] == UNHURT:
                if not state.hurt[row]:
                    state.told.append(Happening(state.at_s, str(state.ids[row]), "back"))
                continue
            vessel = int(state.tunnels.station[row])
            came = -state.through[(state.tunnels.place == vessel) & (state.through < 0)].sum()
            source = state.tunnels.origin(vessel, state.through) if came > own[vessel] else -1
            because = (str(state.ids[np.flatnonzero(state.tunnels.station == source)[0]]),) if source >= 0 else ()
            state.told.append(Happening(state.at_s, str(state.ids[row]), "flooded", because, {"depth_m": round(float(depth[row]), 3)}))
        state.hit, state.hurt = hit, (state.hurt | (hit == DAMAGED)) & (hit > UNHURT)

    def apply(self, state: MetroState, change: Change) -> None:
        """A flood gate raises the sills of the known entrances where it is put up; what is switched is the business of `repairs`."""
        if change.kind not in self.accepts:
            super().apply(state, change)
        if change.kind == "flood_gate" and change.geometry is not None:
            x, y = change.geometry.centroid.coords[0][:2]
            near = np.hypot(*(state.where - (x, y)).T) <= AT_ENTRANCE_M
            near[state.known :] = False
            top = float((change.values or {}).get("height_m", GUARD_M))
            state.sill = np.where(near, np.maximum(state.sill, top), state.sill)

    def outputs(self, state: MetroState) -> dict[str, Array]:
        v = state.tunnels.station
        volume = np.where(v >= 0, np.append(state.held, 0.0)[v] / state.tunnels.shared, 0.0)
        hit = np.zeros(len(state.assets), np.int8)
        hit[state.assets.part("stations")] = state.hit
        depth = state.depth_m.astype(np.float32)
        return {"station_water_volume": volume.astype(np.float32), "station_water_depth": depth, "asset_hit": hit}

    def indicators(self, state: MetroState) -> dict[str, tuple[float, str]]:
        t = state.tunnels
        if not len(t.station):
            return {}
        places = np.isfinite(t.area)
        return {
            "stations_flooded": (float((state.hit > UNHURT).sum()), "sites"),
            "metro_water_in": (float(state.taken.sum()), "m3"),
            "metro_water_pumped": (float(state.pumped.sum()), "m3"),
            "metro_water_stations": (float(state.held[places].sum()), "m3"),
            "metro_water_tunnels": (float(state.held[~places].sum()), "m3"),
        }

    def happenings(self, state: MetroState) -> list[Happening]:
        return state.told

    def notices(self, state: MetroState) -> list[Note]:
        return state.notes

    def save(self, state: MetroState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, list(h.because), dict(h.values)] for h in state.told]
        np.savez(
            file, head=np.array(json.dumps([state.params, state.at_s, told])), hit=state.hit, held=state.held, through=state.through,
            pumped=state.pumped, taken=state.taken, hurt=state.hurt, sill=state.sill,
        )  # fmt: skip
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> MetroState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            for name in ("hit", "hurt", "sill", "held", "through", "pumped", "taken"):
                setattr(state, name, saved[name])
        state.at_s = at_s
        state.told = [Happening(t, o, w, tuple(b), v) for t, o, w, b, v in told]
        return state


def _doors(
    city: City, tunnels: Tunnels, grid: Grid, water: Array, params: Mapping[str, Any], notes: list[Note]
) -> tuple[Ints, Ints, Floats, Floats, Floats, int]:
    """Entrances: vessel, cell, sill, width and place of each, and how many are known: first those, as the flood takes them, then assumed
    ones at stations without any."""
    layer, v = city.layers.get("stations"), tunnels.station
    if layer is None or not (v >= 0).any():
        return np.zeros(0, np.int64), np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 2)), 0
    dry = np.where(np.isfinite(water), LAND, OUTSIDE)
    # The flood looks at cells and their kind only; what it tells of them it has told.
    known = entrances_of(city, cast(Ground, SimpleNamespace(grid=grid, kind=dry)), [])
    gates = city.layers.get("flood_gates")
    if gates is not None and len(gates) and len(known.ids):
        known = known.guarded(gates)
    xy = np.nan_to_num(centres(layer.geometry))
    to = _led_to(known, layer.table, xy, v, notes)
    has = np.zeros(tunnels.vessels, bool)
    has[v[to[to >= 0]]] = True
    lacking = np.flatnonzero((v >= 0) & ~np.append(has, True)[v])
    _, once = np.unique(v[lacking], return_index=True)
    lacking = lacking[once]
    count = int(params["entrances"])
    reach = max(STREET_M, 1.5 * grid.cell_m)
    cells = nearest_cells(xy[lacking, 0], xy[lacking, 1], dry == LAND, grid, reach)
    there = cells[:, 0] >= 0
    if len(lacking) and count:
        text = (
            f"No entrance of {len(lacking):,} underground stations is known; {count} at each, {params['width_m']:g} m wide with a sill of "
            f"{params['sill_m']:g} m, are assumed at the station itself."
        )
        notes.append(("warning", "metro-entrances-assumed", text))
    if (~there).any():
        text = f"{int((~there).sum()):,} underground stations lie outside of where the water is computed; none comes to their entrances."
        notes.append(("info", "metro-outside", text))
    lacking, cells = np.repeat(lacking[there], count), np.repeat(cells[there], count, axis=0)
    led = to >= 0
    return (
        np.concatenate([v[to[led]], v[lacking]]).astype(np.int64), np.concatenate([known.cells[led], cells]).astype(np.int64),
        np.concatenate([known.sill[led], np.full(len(lacking), float(params["sill_m"]))]),
        np.concatenate([known.width[led], np.full(len(lacking), float(params["width_m"]))]), np.concatenate([known.xy[led], xy[lacking]]),
        int(led.sum()),
    )  # fmt: skip


FAR_M = 500.0
"""An entrance that names no station of the city leads to the nearest one within this."""


def _led_to(known: Entrances, table: Any, xy: Floats, vessel: Ints, notes: list[Note]) -> Ints:
    """Row of the station that each known entrance leads to, -1 where there is none: by id or name, of several the nearest."""
    to = np.full(len(known.ids), -1, np.int64)
    if not len(known.ids):
        return to
    ids = table["id"].astype(str).to_numpy(object)
    names = table["name"].fillna("").astype(str).to_numpy(object) if "name" in table else ids
    unknown = list[str]()
    for k in range(len(known.ids)):  # hundreds at most
        said = known.stations[known.station[k]]
        own = np.flatnonzero(((ids == said) | (names == said)) & (vessel >= 0))
        among = own if len(own) else np.flatnonzero(vessel >= 0)
        away = np.hypot(*(xy[among] - known.xy[k]).T)
        near = int(np.argmin(away))
        if not len(own) and said != known.ids[k]:
            unknown.append(said)
        if len(own) or away[near] <= FAR_M:
            to[k] = among[near]
    if unknown:
        some = ", ".join(dict.fromkeys(unknown[:3]))
        text = (
            f"{len(unknown):,} metro entrances lead to stations that the city does not have ({some}); they are taken to lead to the "
            "nearest."
        )
        notes.append(("warning", "metro-entrance-station", text))
    if (to < 0).any():
        text = f"{int((to < 0).sum()):,} metro entrances are farther than {FAR_M:g} m from any underground station and lead nowhere."
        notes.append(("warning", "metro-entrance-far", text))
    return to
