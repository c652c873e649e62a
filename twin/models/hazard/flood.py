"""Flood: where the water of rain, river, sea or a breach goes in a city, how deep it stands and when it comes.

Two-dimensional flow on square cells with buildings as obstacles, walls on cell faces, soil, drains and pumps: local inertial (Bates et
al. 2010, de Almeida et al. 2012) or finite volumes (flood_schemes says which is for what). The ground is in flood_terrain, storms in rain.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import ModelError, ScenarioError
from twin.frame import LocalFrame
from twin.models.base import Array, Change, Happening, Model, Need, register
from twin.models.hazard import flood_cells as cells
from twin.models.hazard import flood_kernels as kernels
from twin.models.hazard import flood_structures
from twin.models.hazard import flood_subgrid_kernels as tables
from twin.models.hazard.flood_forcing import (
    LOWEST_SURGE_M,
    NO_BREACHES,
    Breaches,
    Inflows,
    breaches_of,
    fill_rivers,
    fill_standing,
    inflows_of,
    kept_inflows,
    new_feature,
    rain_cell,
    sea_of,
)
from twin.models.hazard.flood_measures import Walls, features_row, new_wall, walls_of
from twin.models.hazard.flood_params import INFILTRATION, PARAMS
from twin.models.hazard.flood_pumps import Pumps, pumps_of
from twin.models.hazard.flood_schemes import SCHEMES, Scheme, scheme
from twin.models.hazard.flood_structures import NOTHING, Structures, structures_of, with_change
from twin.models.hazard.flood_subgrid import Subgrid
from twin.models.hazard.flood_terrain import BLOCK, LAND, WATER, Ground, grid_for, ground_of, is_nested, shown_land
from twin.models.hazard.rain import Storm, curve_number_m, horton_mm, soils, storm_of
from twin.models.hazard.rain_field import RainField, rain_field
from twin.models.hazard.sewer import Sewer, sewer_of
from twin.models.hazard.surge import Breach, Hydrograph, RainCell, Stage

TURN_S = 5.0
"""Rain, soil, drains, pumps and records take turns with the flow at least this often on cells of 10 m, less often on larger ones."""
SEEN_M = 0.05
"""Depth from which water has arrived, and is fast or dangerous."""
LONG_M = 0.3
"""Depth whose duration is kept: cars stop, and water passes a threshold."""
MOST_PEOPLE = 1.25
"""Hazard rating from which water is dangerous to most people (FD2321/TR1, table 13.1)."""
NEST_TIMES, NEST_CELLS, NEST_M = 4, 16_000, 0.01
"""How much larger the cells of the whole city are, at least, than those of a nested part, how many there are about, and the depth from
which water there counts."""
RAPID_M, RAPID_SHARE = 0.1, 0.02
"""Depth, and share of the wet cells, from which rapid flow is told of where the scheme is not made for it."""
_VOLUMES = (
    "rain", "standing", "let_in", "infiltrated", "drained", "pumped", "left", "into_water", "into_sewer", "out_of_sewer", "metro",
    "pumped_over", "linked", "river",
)  # fmt: skip


@dataclass
class FloodState:
    """Arrays as in flood_kernels and flood_cells.record; rapid: cells that ran faster than waves at once, at most.

    volume: m3 since the start, by _VOLUMES (into_water is negative where a river spills; pumped_over, to other land, and linked,
    through structures, are not in the balance; river: what rivers that are computed held at the start).
    ebb: how far the sea may fall below its level; tidal: rows and columns of the water that moves with it.
    """

    params: dict[str, Any]
    ground: Ground
    storm: Storm
    now_s: float
    w: NDArray[np.float64]
    z: NDArray[np.float32]
    zfx: NDArray[np.float32]
    zfy: NDArray[np.float32]
    flow: Scheme
    drain: NDArray[np.float32]
    taken: NDArray[np.float32]
    fallen: NDArray[np.float32]
    highest: NDArray[np.float32]
    arrival: NDArray[np.float32]
    duration: NDArray[np.float32]
    fastest: NDArray[np.float32]
    hazard: NDArray[np.float32]
    grade: NDArray[np.float32]
    land: NDArray[np.bool_]
    still: NDArray[np.bool_]
    walls: Walls
    top: NDArray[np.float32]
    pumps: Pumps
    volume: dict[str, float]
    steps: int
    rapid: int
    notices: list[tuple[str, str, str]]
    sea: Stage | None
    ebb: float
    tidal: tuple[NDArray[np.int64], ...]
    inflows: Inflows
    cell: RainCell | None
    breaches: Breaches = NO_BREACHES
    nest: Nest | None = None
    sewer: Sewer | None = None
    structures: Structures = NOTHING
    rain: RainField | None = None
    showers: tuple[tuple[str, str, dict[str, Any], float], ...] = ()
    """What rained in the middle of the run: id, place (WKT), values and when it began."""
    drowned: list[tuple[float, str, float]] = field(default_factory=list)
    """Pumps, when, and the depth that was too much for each."""
    ahead: tuple[int, NDArray[np.float64]] = (-1, np.zeros(0))
    """See _sea_level."""

    @property
    def pours_often(self) -> bool:
        """Whether inflows come in with every step of the flow: what a river brings in a whole turn would make waves."""
        return self.ground.river is not None and bool(self.inflows.ids)


@dataclass
class Nest:
    """The whole city on coarse cells beside a part of it. i, j: its cells in which those of the part's rim lie."""

    model: Flood
    state: FloodState
    i: NDArray[np.int64]
    j: NDArray[np.int64]

    def level(self) -> NDArray[np.float64]:
        """Of the water at each cell of the rim, -inf where there is none."""
        state, sub = self.state, self.state.ground.sub
        w, z, kind = (a[self.i, self.j] for a in (state.w, state.z, state.ground.kind))
        wet = (kind == WATER) | ((kind == LAND) & (w - z > NEST_M))
        return np.where(wet, w if sub is None else sub.levels(state.w, state.z)[self.i, self.j], -np.inf)


@register
class Flood(Model):
    """Grids: NaN in buildings, in permanent water and outside the known ground; arrival is NaN where no water came."""

    name = "flood"
    version = "5"
    title = "Flood"
    question = "Where does the water of rain, river, sea or a breach stand, how deep and fast is it, and when does it get there?"
    role = "hazard"
    reads = (
        "terrain", "buildings", "network:roads", "network:drainage",
        "layer:water", "layer:landuse", "layer:green", "layer:barriers", "layer:pumps",
        "layer:basins", "layer:culverts", "layer:gates", "layer:metro_entrances", "layer:flood_gates", "layer:poi", "layer:stations",
        "layer:facilities", "layer:inflows", "layer:standing_water", "layer:breaches", "layer:rain",
    )
    needs = (Need("pump_power", optional=True),)
    gives = (
        "water_depth", "water_depth_max", "water_speed", "water_speed_max", "water_velocity_x", "water_velocity_y", "water_arrival",
        "water_duration", "flood_hazard", "flood_class",
    )
    accepts = ("switch", "pump", "barrier", "breach", "inflow", "rain", "culvert", "gate", "flood_gate")
    params = PARAMS
    limits = (
        "Local inertial flow leaves out the advection of momentum: rapid flow (dam break, the jet of a breach) is only indicative. "
        "After a sudden dam break on dry ground (Ritter) the mean error of depth is 8 % of the depth behind the dam at any cell size; "
        "finite volumes err by 0.3 % at 1.25 m cells, second order by 0.05 %.",
        "Over the rim of a nested part comes the level of the water of the whole city, not its speed: fast streams come in up to a fifth "
        "too shallow.",
        "Buildings are closed blocks where they are not told to resist or to take room by porosity: no water gets into basements, or "
        "through passages narrower than a cell where no street tunnel is mapped; yards of fewer than 30 cells with houses all around count "
        "as built.",
        "Where cells follow the ground within them each has one level: pools on both sides of a house, or of a bank that ends within a "
        "cell, are one, rivers narrower than half a cell begin dry, and soil and drains take from the cell as a whole. Houses by porosity "
        "narrow the ways between cells; the drag of the water around them is left out.",
        "Culverts, passages, gates and pumps pass on volume at once, without the momentum of the water or the time it is under way.",
        "Stations of the metro take what runs in and never fill; no water runs on along the line, or into street tunnels over 300 m.",
        "Without a drainage network drains are a constant sink wherever the ground is built up, and so they are farther than 50 m from the "
        "manholes of one; what they take is gone. Water passes the manholes of a network, not gullies between them; controls, patterns of "
        "dry-weather flow and evaporation are left out, what leaves an outfall is gone, and outfalls that do not say have flap gates.",
        "Lakes stand at a fixed level, rivers at one that rises everywhere at once with tide and surge; what is let in comes up beside "
        "them. Rivers that are computed have a flat bed as deep as is stated, and are held to their level where they leave the area.",
        "The surge of a typhoon is that of a sea that follows wind and pressure at once: no waves, no resonance, no rain of its own.",
        "A breach grows as it was told to; the flow through it does not scour.",
    )
    cite = (
        "Bates, Horritt and Fewtrell 2010, J. Hydrol. 387, doi:10.1016/j.jhydrol.2010.03.027",
        "de Almeida, Bates, Freer and Souvignet 2012, Water Resour. Res. 48, doi:10.1029/2011WR011570",
        "Casulli 2009, Int. J. Numer. Methods Fluids 60, doi:10.1002/fld.1896",
        "van Ormondt, Leijnse, de Goede, Nederhoff and van Dongeren 2025, Geosci. Model Dev. 18, doi:10.5194/gmd-18-843-2025",
        "Schubert and Sanders 2012, Adv. Water Resour. 41, doi:10.1016/j.advwatres.2012.02.012",
        "Xia, Liang, Ming and Hou 2017, Water Resour. Res. 53, doi:10.1002/2016WR020055",
        "Xia and Liang 2018, Adv. Water Resour. 117, doi:10.1016/j.advwatres.2018.05.004",
        "Defra and Environment Agency 2006, Flood Risks to People, FD2321/TR1",
        "Australian Institute for Disaster Resilience 2017, Guideline 7-3, Flood Hazard",
        "Rawls, Brakensiek and Miller 1983, J. Hydraul. Eng. 109(1)",
        "Rubinato, Martins, Kesserwani, Leandro, Djordjevic and Shucksmith 2017, J. Hydrol. 552, doi:10.1016/j.jhydrol.2017.06.024",
        "Rossman 2015, Storm Water Management Model User's Manual Version 5.1, EPA-600/R-14/413b",
        "Boyd 1987, Generalised head-discharge equations for culverts, 4th National Local Government Engineering Conference, Perth",
        "Federal Highway Administration 2012, Hydraulic Design of Highway Culverts, HDS-5, FHWA-HIF-12-026",
        "Swamee 1992, J. Irrig. Drain. Eng. 118(1), doi:10.1061/(ASCE)0733-9437(1992)118:1(56)",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> FloodState:
        """Dry ground at time 0. Raises ScenarioError when the cells are too many or the terrain has no height."""
        grid = grid_for(city, params["cell_m"], params["area"])
        ground = ground_of(city, grid, params, self.checkpoint)
        whole = city
        if params["area"].strip():  # what happens elsewhere is no mistake
            here = {name: _within(city.layers[name], grid) for name in ("inflows", "breaches") if name in city.layers}
            city = city.derived(layers={**city.layers, **here})
        shape, z = grid.shape, ground.z.copy()
        water, sub = ground.kind == WATER, ground.sub
        sea = sea_of(city, params) if (ground.rising & water).any() else None
        ebb = 0.0 if sea is None else 0.5 * params["tide_range_m"] + LOWEST_SURGE_M
        z[water] = np.minimum((ground.level - ebb * ground.rising)[water], _lowest_face(ground)[water]).astype(np.float32)
        if sub is not None:
            sub.settle(z)
        shown = shape if sub is None else sub.grid.shape
        w = np.where(water, ground.level, z.astype(float))
        in_rivers = fill_rivers(ground, w, z)
        standing = fill_standing(city.layers.get("standing_water"), ground, w, z)
        f32 = np.float32
        zfx, zfy, still, top = ground.zfx.copy(), ground.zfy.copy(), water & (ground.level <= z), np.zeros(1, f32)
        state = FloodState(
            params=dict(params), ground=ground, now_s=0.0, w=w, z=z, zfx=zfx, zfy=zfy,
            storm=storm_of(params),
            flow=scheme(params["scheme"], ground, w, z, zfx, zfy, still, top, params),
            drain=np.where(ground.drained, params["drainage_mm_h"] / 3.6e6, 0.0).astype(f32), taken=np.zeros(shape, f32),
            fallen=np.zeros(shape if params["infiltration"] == "scs" else (0, 0), f32),
            highest=np.zeros(shown, f32), arrival=np.full(shown, np.nan, f32), duration=np.zeros(shown, f32),
            fastest=np.zeros(shown, f32), hazard=np.zeros(shown, f32), grade=np.zeros(shown, f32),
            land=shown_land(ground), still=still, top=top,
            walls=walls_of(city.layers.get("barriers"), grid, *ground.wall_beds),
            pumps=pumps_of(city.layers.get("pumps"), grid, ground.kind), volume=dict.fromkeys(_VOLUMES, 0.0), steps=0, rapid=0,
            notices=list(ground.notices), sea=sea, ebb=ebb,
            tidal=np.nonzero((ground.rising & water) | ground.rim), inflows=inflows_of(city.layers.get("inflows"), ground),
            cell=rain_cell(grid, params), rain=rain_field(city.layers.get("rain"), grid, params["hyetograph"] == "gauges"),
        )
        if is_nested(params):
            state.nest = self._nest(whole, inputs, params, seed, ground)
            cell_m = state.nest.state.params["cell_m"]
            text = f"Only a part of the city is computed; over its rim comes the water of all of it, on cells of {cell_m:.0f} m."
            state.notices.append(("info", "part", text))
        elif params["area"].strip():
            state.notices.append(("warning", "part", "Only a part of the city is computed: no water comes in over its rim."))
        state.volume["standing"], state.volume["river"] = standing * grid.cell_m**2, in_rivers * grid.cell_m**2
        for id in kept_inflows(city.layers.get("inflows"), ground):
            text = f"{id} lies in water that is kept at its level and comes up beside it: to let it raise a river, choose river = compute."
            state.notices.append(("info", f"inflow-kept-{id}", text))
        walls = state.walls
        state.breaches = breaches_of(city.layers.get("breaches"), ground, walls.crest, walls.middles(grid))
        state.structures = structures_of(city, ground, z, walls)
        if sea is None and (params["tide_range_m"] > 0 or params["typhoon_hpa"] < params["ambient_hpa"]):
            text = "The area has no tidal river or sea that is kept at its level: tide and typhoon move nothing."
            state.notices.append(("warning", "no-sea", text))
        state.sewer, served, said = sewer_of(city, ground, state.pumps, params)
        state.notices += said
        state.drain[served] = 0.0
        if params["drainage_mm_h"] > 0 and not said:
            text = f"No drainage network is computed: drains take {params['drainage_mm_h']:g} mm/h where the ground is built up."
            state.notices.append(("info", "drainage", text))
            if "drainage" in city.networks:
                text = "The city has a drainage network, which is not computed: choose SWMM for it to see what it takes and gives back."
                state.notices.append(("info", "drainage-there", text))
        _set_walls(state)
        state.top[0] = max(0.0, float((w - z).max(initial=0.0)))
        _move_sea(state)
        return state

    def _nest(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int, ground: Ground) -> Nest:
        """The whole city on cells for a preview, at time 0."""
        x0, y0, x1, y1 = city.core_bounds
        coarse = max(NEST_TIMES * params["cell_m"], math.sqrt((x1 - x0) * (y1 - y0) / NEST_CELLS))
        whole = {**params, "area": "", "boundary": "open", "cell_m": min(50.0, coarse), "scheme": "local_inertial", "sewer": "sink"}
        model = Flood()
        state = model.initialize(city, inputs, whole, seed)
        i, j = np.nonzero(ground.rim)
        at_i, at_j = state.ground.grid.cell_of(ground.grid.x[j], ground.grid.y[i])
        rows, columns = state.ground.grid.shape
        return Nest(model, state, np.clip(at_i, 0, rows - 1), np.clip(at_j, 0, columns - 1))

    def update(self, state: FloodState, inputs: Mapping[str, Array], until_s: float) -> None:
        """Flow in steps of the Courant number, interrupted every TURN_S for rain, losses, pumps and records. inputs: pump_power, the share
        of its power that each pump of layer `pumps` gets, from now to until_s."""
        if "pump_power" in inputs:
            state.pumps = state.pumps.fed(inputs["pump_power"], state.now_s)
        try:
            if state.sewer is not None:
                state.sewer.checkpoint = self.checkpoint
            self._advance(state, until_s)
        except BaseException:
            if state.sewer is not None:
                state.sewer.close()
            raise

    def _advance(self, state: FloodState, until_s: float) -> None:
        begin, turn_s = state.now_s, TURN_S * max(1.0, state.ground.grid.cell_m / 10.0)
        while state.now_s < until_s:
            turn_from, turn_to = state.now_s, min(until_s, (math.floor(state.now_s / turn_s + 1e-9) + 1) * turn_s)
            _open_breaches(state, turn_from, turn_to)
            if state.nest is not None:
                state.nest.model.checkpoint = self.checkpoint
                state.nest.model.update(state.nest.state, inputs={}, until_s=turn_to)
            while state.now_s < turn_to:
                from_s = state.now_s
                state.now_s, steps, left, into_water = state.flow.advance(from_s, turn_to, _most_steps(state, turn_to))
                _let_through(state, state.now_s - from_s)
                if state.pours_often:
                    state.volume["let_in"] += state.inflows.pour(state.w, from_s, state.now_s, state.ground.grid.cell_m**2)
                state.steps += steps
                state.volume["left"] += left
                state.volume["into_water"] += into_water
                self.checkpoint((state.now_s - begin) / (until_s - begin))
            _take_turn(state, turn_to - turn_from)
            if not math.isfinite(state.now_s) or not math.isfinite(float(state.top[0])):
                break
        if not math.isfinite(self.balance(state)[0]):
            grid = state.ground.grid
            i, j = np.argwhere(~np.isfinite(state.w))[0] if not np.isfinite(state.w).all() else (0, 0)
            raise ModelError(
                "The flow became unstable", where=f"about x {grid.x[j]:.0f} m, y {grid.y[i]:.0f} m, {state.now_s:.0f} s after the start",
                do="Lower the Courant number or the greatest Froude number of the flood model, and look at the terrain there.",
            )

    def apply(self, state: FloodState, change: Change) -> None:
        """switch: `on` of the pumps and gates named (opening_m of gates), and of the pumps that hang on a supply named. pump, culvert,
        gate, flood_gate: a new one at the place. barrier: new crest (crest_z_m, or crest_m above the ground) of the barriers named, or a
        new one along the line. breach: with a width_m an opening that grows from now on at the point, else down to the ground at once, the
        barriers named or all, within a cell of `geometry` where there is one. inflow, rain: from now on, at the place; rain without one
        falls everywhere."""
        values = dict(change.values or {})
        ground, walls = state.ground, state.walls
        if state.nest is not None:
            state.nest.model.apply(state.nest.state, change)
        if state.params["area"].strip() and change.geometry is not None and not _box(ground.grid).intersects(change.geometry):
            return
        if change.kind == "switch":
            on, gates = bool(values.get("on", True)), state.structures.gates
            state.pumps = state.pumps.switched(_named(change, state.pumps.ids, "pump"), on).supplied(change.objects, on)
            gates = gates.switched(_named(change, gates.ids, "gate"), on, values.get("opening_m"))
            state.structures = replace(state.structures, gates=gates)
        elif change.kind in ("culvert", "gate", "flood_gate"):
            state.structures = with_change(state.structures, change, ground, state.z, walls)
        elif change.kind == "pump":
            row = features_row("pump", change, {"capacity_m3s": 1.0, "on": True, **values})
            state.pumps = state.pumps.joined(pumps_of(row, ground.grid, ground.kind))
        elif change.kind == "rain":
            place = change.geometry or _box(ground.grid)
            _pour_shower(state, (change.id, shapely.to_wkt(place, 3), dict(values), state.now_s))
        elif change.kind == "inflow":
            row = new_feature("inflow", change, {"discharge_m3s": 1.0})
            state.inflows = state.inflows.joined(inflows_of(row, ground, state.now_s))
        elif change.kind == "breach" and "width_m" in values:
            row = new_feature("breach", change, {"begin_s": state.now_s})
            state.breaches = state.breaches.joined(breaches_of(row, ground, walls.crest, walls.middles(ground.grid)))
        elif change.kind == "barrier" and not change.objects:
            state.walls = walls.joined(new_wall(change, ground.grid, *ground.wall_beds))
        elif change.kind in ("barrier", "breach"):
            rows = _named(change, walls.ids, "barrier") if change.objects else list(range(len(walls.ids)))
            state.walls = walls.breached(rows, ground.grid, change.geometry) if change.kind == "breach" else walls.raised(rows, values)
        else:
            super().apply(state, change)
        _set_walls(state)

    def outputs(self, state: FloodState) -> dict[str, Array]:
        if state.ground.sub is not None:
            return _on_pixels(state, state.ground.sub)
        unknown = ~state.land
        depth = np.maximum(state.w - state.z, 0.0).astype(np.float32)
        speed, east, north = np.zeros_like(depth), np.zeros_like(depth), np.zeros_like(depth)
        cells.cell_velocity(state.w, state.z, state.flow.a, state.flow.b, state.flow.at_faces, speed, east, north, 1e-3)
        worst = {
            "water_depth_max": state.highest, "water_speed_max": state.fastest, "water_duration": state.duration,
            "flood_hazard": state.hazard, "flood_class": state.grade,
        }  # fmt: skip
        now = {"water_depth": depth, "water_speed": speed, "water_velocity_x": east, "water_velocity_y": north}
        found = {**now, **{name: grid.copy() for name, grid in worst.items()}}
        for grid in found.values():
            grid[unknown] = np.nan
        return {**found, "water_arrival": state.arrival}

    def grid(self, state: FloodState) -> Grid:
        return state.ground.grid if state.ground.sub is None else state.ground.sub.grid

    def indicators(self, state: FloodState) -> dict[str, tuple[float, str]]:
        area, sub = self.grid(state).cell_m ** 2, state.ground.sub
        free = sub.share if sub is not None and sub.by_cell else np.float32(1.0)  # what houses leave of a cell
        stored, error = self.balance(state)
        volume = state.volume
        return {
            "flooded_area_over_10_cm": (float(((state.highest > 0.1) * free).sum(dtype=float) * area), "m2"),
            "flooded_area_over_30_cm": (float(((state.highest > 0.3) * free).sum(dtype=float) * area), "m2"),
            "greatest_depth": (float(state.highest.max(initial=0.0)), "m"),
            "greatest_speed": (float(state.fastest.max(initial=0.0)), "m/s"),
            "dangerous_area": (float(((state.hazard >= MOST_PEOPLE) * free).sum(dtype=float) * area), "m2"),
            "volume_rain": (volume["rain"], "m3"),
            "volume_let_in": (volume["let_in"] + volume["standing"], "m3"),
            "volume_infiltrated": (volume["infiltrated"], "m3"),
            "volume_drained": (volume["drained"], "m3"),
            "volume_pumped": (volume["pumped"], "m3"),
            "volume_pumped_elsewhere": (volume["pumped_over"], "m3"),
            "volume_through_structures": (volume["linked"], "m3"),
            "volume_into_metro": (volume["metro"], "m3"),
            "metro_entrances_flooded": (float(np.isfinite(state.structures.entrances.first_s).sum()), "1"),
            "volume_left_area": (volume["left"], "m3"),
            "volume_into_rivers": (volume["into_water"], "m3"),
            "volume_standing": (stored - volume["river"], "m3"),
            "volume_balance_error": (error, "1"),
            **({} if state.sewer is None else state.sewer.indicators()),
        }

    def balance(self, state: FloodState) -> tuple[float, float]:
        """Water on land and in rivers that are computed, m3, and (standing - in + out) / in, which must stay below 1e-5."""
        volume, ground = state.volume, state.ground
        stored = cells.stored_m(state.w, state.z, ground.kind == LAND) * ground.grid.cell_m**2
        spilt, swallowed = max(0.0, -volume["into_water"]), max(0.0, volume["into_water"])
        entered = volume["rain"] + volume["standing"] + volume["river"] + volume["let_in"] + volume["out_of_sewer"] + spilt
        left = sum(volume[name] for name in ("infiltrated", "drained", "pumped", "left", "metro", "into_sewer")) + swallowed
        return stored, (stored - entered + left) / max(entered, 1e-9) if entered or stored else 0.0

    def notices(self, state: FloodState) -> list[tuple[str, str, str]]:
        found = [*state.notices, *state.flow.told, *state.pumps.notices(), *state.structures.told()]
        found += [] if state.sewer is None else state.sewer.notices()
        wet = int((state.highest > RAPID_M).sum())
        if state.params["scheme"] == "local_inertial" and state.rapid > RAPID_SHARE * wet:
            area = state.rapid * self.grid(state).cell_m ** 2 / 1e4
            text = f"Water ran faster than its waves (Froude number over 1) on {area:.1f} ha at once: choose finite volumes there."
            found.append(("warning", "rapid-flow", text))
        return found

    def happenings(self, state: FloodState) -> list[Happening]:
        """Pumps that drowned."""
        return [Happening(at_s, id, "flooded", (), {"depth_m": depth_m}) for at_s, id, depth_m in state.drowned]

    def save(self, state: FloodState) -> bytes:
        walls = state.walls
        arrays = {name: getattr(state, name) for name in _SAVED}
        arrays |= {f"flow_{name}": values for name, values in state.flow.saved().items()}
        arrays |= {"wall_face": walls.face, "wall_of": walls.of, "wall_bed": walls.bed, "wall_crest": walls.crest}
        arrays |= {f"of_{name}": values for name, values in state.structures.saved().items()}
        arrays |= {} if state.sewer is None else {f"sewer_{name}": values for name, values in state.sewer.saved().items()}
        if state.nest is not None:
            arrays["nest"] = np.frombuffer(state.nest.model.save(state.nest.state), np.uint8)
        facts = {name: getattr(state, name) for name in _FACTS}
        facts |= {"showers": state.showers}
        facts |= {"walls": walls.ids, "pumps": state.pumps.saved(), "inflows": [], "breaches": []}
        for id, flow, places in zip(state.inflows.ids, state.inflows.flows, state.inflows.cells, strict=True):
            facts["inflows"].append((id, list(flow.times_s), list(flow.flows_m3s), flow.after, places.tolist()))
        for id, xy, shape in zip(state.breaches.ids, state.breaches.xy.tolist(), state.breaches.shapes, strict=True):
            facts["breaches"].append((id, xy, list(astuple(shape))))
        target = io.BytesIO()
        np.savez(target, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
        return target.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> FloodState:
        with np.load(io.BytesIO(blob)) as kept:
            facts = json.loads(kept["facts"].tobytes())
            state = self.initialize(city, inputs, facts["params"], 0)
            if kept["w"].shape != state.w.shape:
                raise ModelError("The saved flood belongs to another city")
            ids, xy, shapes = zip(*facts["breaches"], strict=True) if facts["breaches"] else ((), np.zeros((0, 2)), ())
            state.breaches = Breaches(tuple(ids), np.array(xy, float).reshape(-1, 2), tuple(Breach(*shape) for shape in shapes))
            state.ground = state.breaches.dig(state.ground, facts["now_s"], state.w, state.z, state.still)
            for name in _SAVED:  # in place: the scheme shares some of them
                getattr(state, name)[:] = kept[name]
            for name, values in state.flow.saved().items():
                values[:] = kept[f"flow_{name}"]
            if state.nest is not None:
                state.nest.state = state.nest.model.restore(kept["nest"].tobytes(), city, inputs)
            if (state.sewer is None) != ("sewer_log" not in kept.files):
                raise ModelError("The saved flood has sewers that cannot be computed here, or none where there are some")
            if state.sewer is not None:
                state.sewer.checkpoint = self.checkpoint
                state.sewer.replay({name.removeprefix("sewer_"): kept[name] for name in kept.files if name.startswith("sewer_")})
            state.walls = Walls(kept["wall_face"], kept["wall_of"], kept["wall_bed"], kept["wall_crest"], tuple(facts["walls"]))
            state.pumps = Pumps.restored(facts["pumps"], state.ground.grid, state.ground.kind)
            state.structures = state.structures.restored(kept, "of_")
        rows = facts["inflows"]
        state.inflows = Inflows(
            tuple(r[0] for r in rows), tuple(Hydrograph(tuple(r[1]), tuple(r[2]), r[3]) for r in rows),
            tuple(np.array(r[4], np.int64).reshape(-1, 2) for r in rows),
        )
        for name in _FACTS:
            setattr(state, name, facts[name])
        for id, place, values, start_s in facts["showers"]:
            _pour_shower(state, (id, place, values, start_s))
        _move_sea(state, at_rest=False)
        state.notices = [tuple(n) for n in facts["notices"]]
        state.drowned = [tuple(d) for d in facts["drowned"]]
        _set_walls(state)
        return state


_SAVED = ("w", "taken", "fallen", "highest", "arrival", "duration", "fastest", "hazard", "grade")
_FACTS = ("params", "now_s", "volume", "steps", "rapid", "notices", "drowned")


def _box(grid: Grid) -> Any:
    return shapely.box(*grid.bounds)


def _within(layer: Features, grid: Grid) -> Features:
    """The rows of a layer that touch a grid."""
    here = shapely.intersects(layer.geometry, _box(grid))
    return replace(layer, table=layer.table[here].reset_index(drop=True), geometry=layer.geometry[here], mesh=None)


def warm_up() -> None:
    """Compile (or load from the cache) every kernel, so that the first run starts at once. Any thread; nothing is kept."""
    model, city = Flood(), City("warm-up", LocalFrame(None))
    flood_structures.warm_up()
    for given in (*({"scheme": name} for name in SCHEMES), {"buildings": "porosity"}):
        state = model.initialize(city, {}, Flood.defaults() | given, 0)
        model.update(state, {}, 10.0)
        model.outputs(state)
        model.indicators(state)


def _take_turn(state: FloodState, dt: float) -> None:
    """Rain that fell, what soil, drains and pumps took in dt, and the records."""
    ground, params, area = state.ground, state.params, state.ground.grid.cell_m**2
    soil = soils()[params["soil"]]
    mode = params["infiltration"]
    capacity_mm = 0.0
    if mode == "constant":
        capacity_mm = params["constant_mm_h"] * dt / 3600.0
    elif mode == "horton":
        capacity_mm = horton_mm(
            state.now_s - dt, state.now_s, params["horton_first_mm_h"], params["horton_last_mm_h"], params["horton_decay_h"]
        )
    deficit = soil.effective_porosity * (1.0 - params["initial_moisture"])
    speed, depth = soil.conductivity_mm_h / 3.6e6, soil.suction_mm / 1000.0 * deficit
    if mode == "scs":
        speed, depth = curve_number_m(params["curve_number"] or soil.curve_number)
    rain_m = state.storm.fallen_mm(state.now_s - dt, state.now_s) / 1000.0
    weight, on_roofs = ground.rain_weight, rain_m * ground.roof_cells
    here = _rain_here(state, rain_m, dt)
    if here is not None:
        weight, rain_m = weight * here, 1.0
        roofs = (ground.kind == BLOCK) * np.float32(1.0) if ground.roof_share is None else ground.roof_share
        on_roofs = float((here * roofs).sum()) if ground.roof_cells else 0.0
    flow = state.flow
    carried = (_NO_FLOW, _NO_FLOW) if flow.at_faces else (flow.a, flow.b)
    with kernels.threads_for(state.w.size):
        fell, soaked, drained = cells.rain_and_losses(
            state.w, state.z, *carried, weight, ground.pervious, state.drain, state.taken, state.fallen, rain_m, dt, INFILTRATION[mode],
            speed, depth, capacity_mm / 1000.0,
        )
    state.volume["rain"] += (fell + on_roofs) * area
    state.volume["infiltrated"] += soaked * area
    piped = 0.0 if state.sewer is None else state.sewer.roofs(on_roofs * area)
    state.volume["drained"] += (drained + on_roofs) * area - piped
    state.volume["into_sewer"] += piped
    if not state.pours_often:
        state.volume["let_in"] += state.inflows.pour(state.w, state.now_s - dt, state.now_s, area)
    _move_sea(state)
    pumps = state.pumps
    with _at_drains(state) as (w, z):
        if state.sewer is not None:
            into, out = state.sewer.exchange(w, z, state.now_s, dt, area, carried, pumps)
            state.volume["into_sewer"] += into
            state.volume["out_of_sewer"] += out
            pumps = state.sewer.surface_pumps(pumps)
        gone, moved = pumps.draw(w, z, dt, area, carried, state.now_s)
    for row in np.flatnonzero(state.pumps.failed_s == state.now_s).tolist():
        state.drowned.append((state.now_s, state.pumps.ids[row], float(state.pumps.fails_at[row])))
    state.volume["pumped"] += gone
    state.volume["pumped_over"] += moved
    sub, level = ground.sub, state.w
    if sub is not None:
        level = sub.levels(state.w, state.z)
    worst = (state.highest, state.arrival, state.duration, state.fastest, state.hazard, state.grade)
    with kernels.threads_for(state.land.size):
        if sub is None:
            rapid = cells.record(
                state.w, state.z, flow.a, flow.b, flow.at_faces, state.land, dt, state.now_s, SEEN_M, LONG_M, RAPID_M, *worst
            )
        else:
            faces = *sub.x.arrays(), *sub.y.arrays()
            rapid = tables.record(
                state.w, state.z, level, flow.a, flow.b, *faces, sub.bed, state.land, sub.times, dt, state.now_s, SEEN_M, LONG_M, RAPID_M,
                *worst,
            )
    state.rapid = max(state.rapid, int(rapid))


def _rain_here(state: FloodState, rain_m: float, dt: float) -> NDArray[np.float32] | None:
    """Depth that falls in dt where that is not everywhere the same rain_m."""
    grid, here = state.ground.grid, None
    if state.cell is not None and rain_m > 0:
        shower = state.cell.rain_mm_h(grid.x[None, :], grid.y[:, None], state.now_s - dt / 2)
        here = (rain_m * shower).astype(np.float32)
    more = None if state.rain is None else state.rain.fallen_m(state.now_s - dt, state.now_s)
    if more is None:
        return here
    return more + (np.float32(rain_m) if here is None else here)


def _pour_shower(state: FloodState, shower: tuple[str, str, dict[str, Any], float]) -> None:
    """One more rain over an area, from a moment on."""
    id, place, values, start_s = shower
    row = new_feature("rain", Change(start_s, "rain", (), shapely.from_wkt(place), values, id), {"rain_mm_h": 30.0})
    more = rain_field(row, state.ground.grid, False, start_s)
    if more is None:
        raise ScenarioError("Rain needs an area to fall on", where=id, do="Draw one.")
    state.rain = more if state.rain is None else state.rain.joined(more)
    state.showers = (*state.showers, shower)


_NO_FLOW = np.zeros((0, 0), np.float32)


@contextmanager
def _at_structures(state: FloodState) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Levels of the water where structures are, which may be changed, and beds below them by what each cell holds. Where cells have
    tables these are not what the state keeps, and what was changed goes back into it."""
    sub = state.ground.sub
    if sub is None:
        yield state.w, state.z
        return
    i, j = state.structures.cells
    level, bed = sub.levels_at(state.w, state.z, i, j), np.empty(state.z.shape, np.float32)
    before = level[i, j]
    # rounded up: none takes more than there is
    bed[i, j] = np.nextafter((before - (state.w[i, j] - state.z[i, j])).astype(np.float32), np.float32(np.inf))
    yield level, bed
    state.w[i, j] += level[i, j] - before


@contextmanager
def _at_drains(state: FloodState) -> Iterator[tuple[NDArray[np.float64], NDArray[Any]]]:
    """The same for all cells, with beds in double precision."""
    sub = state.ground.sub
    if sub is None or (state.sewer is None and not state.pumps.have_water(state.w, state.z)):
        yield state.w, state.z
        return
    before = sub.levels(state.w, state.z)
    level = before.copy()
    yield level, before - (state.w - state.z)
    state.w += level - before


def _on_pixels(state: FloodState, sub: Subgrid) -> dict[str, Array]:
    """What the model gives where cells have tables."""
    level, flow = sub.levels(state.w, state.z), state.flow
    depth, speed, east, north = (np.empty(sub.grid.shape, np.float32) for _ in range(4))
    with kernels.threads_for(depth.size):
        tables.shown_now(
            state.w, state.z, level, flow.a, flow.b, *sub.x.arrays(), *sub.y.arrays(), sub.bed, state.land, sub.times, depth, speed, east,
            north,
        )  # fmt: skip
    now = {"water_depth": depth, "water_speed": speed, "water_velocity_x": east, "water_velocity_y": north}
    worst = {
        "water_depth_max": state.highest, "water_speed_max": state.fastest, "water_duration": state.duration,
        "flood_hazard": state.hazard, "flood_class": state.grade,
    }  # fmt: skip
    return {**now, **{name: np.where(state.land, grid, np.float32(np.nan)) for name, grid in worst.items()}, "water_arrival": state.arrival}


def _most_steps(state: FloodState, turn_to: float) -> int:
    """Steps after which culverts, gates, entrances and rivers that come in take part: one where they move much, for the flow's own steps
    are short enough."""
    ground, left = state.ground, turn_to - state.now_s
    if state.pours_often:
        return 1
    if not state.structures.are_there:
        return state.flow.most_steps
    with _at_structures(state) as (w, z):
        longest = state.structures.longest_s(w, z, ground.kind, state.zfx, state.zfy, state.now_s, ground.grid.cell_m**2, left)
    return state.flow.most_steps if longest >= left else 1


def _let_through(state: FloodState, dt: float) -> None:
    """What structures passed on in the dt until now."""
    if not state.structures.are_there:
        return
    flow, area = state.flow, state.ground.grid.cell_m**2
    carried = (_NO_FLOW, _NO_FLOW) if flow.at_faces else (flow.a, flow.b)
    with _at_structures(state) as (w, z):
        into, metro, moved, deepest = state.structures.pass_on(
            w, z, carried, state.ground.kind, state.zfx, state.zfy, state.now_s, dt, area
        )
    state.volume["into_water"] += into
    state.volume["metro"] += metro
    state.volume["linked"] += moved
    state.top[0] = max(float(state.top[0]), deepest)


def _move_sea(state: FloodState, at_rest: bool = True) -> None:
    """Permanent water that rises and falls with tide and surge, and the rim of a nested part, to its level now. at_rest: not where the
    levels are those of a save."""
    if state.sea is None and state.nest is None:
        return
    ground = state.ground
    i, j = state.tidal
    rise = 0.0 if state.sea is None else max(_sea_level(state, state.sea), -state.ebb)
    level = ground.level[i, j] + rise * ground.rising[i, j]
    if state.nest is not None:
        rim = ground.rim[i, j]
        level[rim] = np.maximum(level[rim], state.nest.level())
    level = level.astype(np.float32).astype(float)
    if at_rest:
        state.w[i, j] = level
    bank = np.minimum(np.minimum(ground.zfx[i, j], ground.zfx[i, j + 1]), np.minimum(ground.zfy[i, j], ground.zfy[i + 1, j]))
    state.still[i, j] = level <= bank
    columns = ground.level.shape[1]
    tidal, shore = i * columns + j, ground.shore[:, 0] * columns + ground.shore[:, 1]  # in order, both
    stage = ground.level.ravel()[shore]
    if len(tidal):
        at = np.minimum(np.searchsorted(tidal, shore), len(tidal) - 1)
        stage = np.where(tidal[at] == shore, level[at], stage)
    state.flow.set_stage(stage)
    depth = level - state.z[i, j]
    state.top[0] = max(state.top[0], float(depth[level > bank].max(initial=0.0)))


AHEAD_S = 3600.0
"""Levels of the sea are worked out for so long at once: one by one they take a quarter of a run on coarse cells."""


def _sea_level(state: FloodState, sea: Stage) -> float:
    """Of the sea over its normal level now."""
    block = math.floor(state.now_s / AHEAD_S)
    if state.ahead[0] != block:
        state.ahead = block, np.asarray(sea.at(block * AHEAD_S + np.arange(0.0, AHEAD_S, TURN_S)))
    at = (state.now_s - block * AHEAD_S) / TURN_S
    whole = round(at)
    return float(state.ahead[1][whole] if abs(at - whole) < 1e-9 and whole < len(state.ahead[1]) else sea.at(state.now_s))


def _open_breaches(state: FloodState, from_s: float, to_s: float) -> None:
    """Breaches as they are at the end of a turn, while they grow."""
    if not state.breaches.are_growing(from_s, to_s):
        return
    walls = state.walls
    x, y = walls.middles(state.ground.grid).T
    state.walls = replace(walls, crest=state.breaches.crest(x, y, to_s, walls.crest))
    state.ground = state.breaches.dig(state.ground, to_s, state.w, state.z, state.still)
    state.top[0] = max(state.top[0], float((state.w - state.z)[~state.still].max(initial=0.0)))
    _set_walls(state)


def _lowest_face(ground: Ground) -> NDArray[np.float32]:
    """Lowest level from which water passes any face of a cell."""
    x = np.minimum(ground.zfx[:, 1:], ground.zfx[:, :-1])
    return np.asarray(np.minimum(x, np.minimum(ground.zfy[1:], ground.zfy[:-1])))


def _set_walls(state: FloodState) -> None:
    """Close faces that a crest stands above, and list them with the highest crest; open those it no longer does."""
    ground = state.ground
    state.zfx[:], state.zfy[:] = ground.zfx, ground.zfy
    wall, crest = state.walls.standing()
    axis, i, j = wall.T
    state.zfx[i[axis == 0], j[axis == 0]] = kernels.CLOSED
    state.zfy[i[axis == 1], j[axis == 1]] = kernels.CLOSED
    state.flow.set_walls(wall, crest)


def _named(change: Change, ids: tuple[str, ...], kind: str) -> list[int]:
    """Rows of the objects a change names. Raises ScenarioError for an unknown one of this kind; objects of other kinds are not ours."""
    rows = [ids.index(o) for o in change.objects if o in ids]
    strangers = [o for o in change.objects if o not in ids and o.startswith(f"{kind}/")]
    if strangers:
        raise ScenarioError(f"There is no {kind} '{strangers[0]}'", where=change.id, do=f"Known: {', '.join(ids[:10]) or 'none'}.")
    return rows
