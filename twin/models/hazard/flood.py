"""Cloudburst: where the rain that falls on a city goes, how deep it stands and when it comes.

Two-dimensional local inertial flow on square cells (Bates et al. 2010, de Almeida et al. 2012) with buildings as obstacles, walls on
cell faces, soil, drains and pumps. The compiled steps are in flood_kernels, the ground in flood_terrain, storms in rain.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ModelError, ScenarioError
from twin.frame import LocalFrame
from twin.models.base import Array, Change, Model, register
from twin.models.hazard import flood_cells as cells
from twin.models.hazard import flood_kernels as kernels
from twin.models.hazard.flood_measures import Pumps, Walls, features_row, new_wall, pumps_of, walls_of
from twin.models.hazard.flood_params import INFILTRATION, PARAMS
from twin.models.hazard.flood_terrain import LAND, WATER, Ground, grid_for, ground_of
from twin.models.hazard.rain import Storm, horton_mm, soils, storm

TURN_S = 5.0
"""Rain, soil, drains, pumps and records take turns with the flow at least this often."""
SEEN_M = 0.05
"""Depth from which water has arrived."""
_VOLUMES = ("rain", "infiltrated", "drained", "pumped", "left", "into_water")


@dataclass
class FloodState:
    """Arrays as in flood_kernels. volume: m3 since the start, by _VOLUMES (into_water is negative where a river spills)."""

    params: dict[str, Any]
    ground: Ground
    storm: Storm
    now_s: float
    w: NDArray[np.float64]
    z: NDArray[np.float32]
    zfx: NDArray[np.float32]
    zfy: NDArray[np.float32]
    qx: NDArray[np.float32]
    qy: NDArray[np.float32]
    spare_qx: NDArray[np.float32]
    spare_qy: NDArray[np.float32]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    drain: NDArray[np.float32]
    taken: NDArray[np.float32]
    highest: NDArray[np.float32]
    arrival: NDArray[np.float32]
    still: NDArray[np.bool_]
    stage: NDArray[np.float64]
    wall: NDArray[np.int64]
    crest: NDArray[np.float64]
    walls: Walls
    top: NDArray[np.float32]
    pumps: Pumps
    volume: dict[str, float]
    steps: int
    notices: list[tuple[str, str, str]]


@register
class Flood(Model):
    """Grids: NaN in buildings, in permanent water and outside the known ground; arrival is NaN where no water came."""

    name = "flood"
    version = "1"
    title = "Cloudburst"
    question = "If this much rain falls, where does the water stand, how deep, and when does it get there?"
    role = "hazard"
    reads = (
        "terrain", "buildings", "network:roads", "layer:water", "layer:landuse", "layer:green", "layer:barriers", "layer:pumps",
        "layer:basins",
    )
    gives = ("water_depth", "water_depth_max", "water_speed", "water_arrival")
    accepts = ("switch", "pump", "barrier", "breach")
    params = PARAMS
    limits = (
        "Local inertial flow leaves out the advection of momentum: rapid flow (dam break, the jet of a breach) is only indicative. "
        "After a sudden dam break on dry ground (Ritter) the mean error of depth is 8 % of the depth behind the dam at any cell size.",
        "Buildings are closed blocks: no water gets into basements, underground stations or passages narrower than a cell; yards of fewer "
        "than 30 cells with houses all around count as built.",
        "Drains are a constant sink wherever the ground is built up; they neither fill up nor surcharge, and what they take is gone.",
        "Rivers and lakes stand at a fixed level.",
    )
    cite = (
        "Bates, Horritt and Fewtrell 2010, J. Hydrol. 387, doi:10.1016/j.jhydrol.2010.03.027",
        "de Almeida, Bates, Freer and Souvignet 2012, Water Resour. Res. 48, doi:10.1029/2011WR011570",
        "Rawls, Brakensiek and Miller 1983, J. Hydraul. Eng. 109(1)",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> FloodState:
        """Dry ground at time 0. Raises ScenarioError when the cells are too many or the terrain has no height."""
        grid = grid_for(city, params["cell_m"])
        ground = ground_of(city, grid, params, self.checkpoint)
        shape, z = grid.shape, ground.z.copy()
        water = ground.kind == WATER
        z[water] = np.minimum(ground.level[water], _lowest_face(ground)[water]).astype(np.float32)
        w = np.where(water, ground.level, z.astype(float))
        f32 = np.float32
        state = FloodState(
            params=dict(params), ground=ground, now_s=0.0, w=w, z=z, zfx=ground.zfx.copy(), zfy=ground.zfy.copy(),
            storm=storm(params["hyetograph"], params["rain_mm"], params["rain_duration"], params["peak"]),
            qx=np.zeros(ground.zfx.shape, f32), qy=np.zeros(ground.zfy.shape, f32), spare_qx=np.zeros(ground.zfx.shape, f32),
            spare_qy=np.zeros(ground.zfy.shape, f32), low=np.zeros(shape[0], np.int64), high=np.zeros(shape[0], np.int64),
            drain=np.where(ground.drained, params["drainage_mm_h"] / 3.6e6, 0.0).astype(f32), taken=np.zeros(shape, f32),
            highest=np.zeros(shape, f32), arrival=np.full(shape, np.nan, f32), still=water & (ground.level <= z),
            stage=ground.level[ground.shore[:, 0], ground.shore[:, 1]], wall=np.zeros((0, 3), np.int64), crest=np.zeros(0),
            walls=walls_of(city.layers.get("barriers"), grid, ground.zfx, ground.zfy), top=np.zeros(1, f32),
            pumps=pumps_of(city.layers.get("pumps"), grid, ground.kind == LAND), volume=dict.fromkeys(_VOLUMES, 0.0), steps=0,
            notices=list(ground.notices),
        )
        if params["drainage_mm_h"] > 0:
            text = f"No drainage network is computed: drains take {params['drainage_mm_h']:g} mm/h where the ground is built up."
            state.notices.append(("info", "drainage", text))
        _set_walls(state)
        state.top[0] = max(0.0, float((w - z)[water].max())) if water.any() else 0.0
        return state

    def update(self, state: FloodState, inputs: Mapping[str, Array], until_s: float) -> None:
        """Flow in steps of the Courant number, interrupted every TURN_S for rain, losses, pumps and records."""
        begin = state.now_s
        most = int(min(kernels.MARGIN, max(1, 6_000_000 // state.w.size)))
        while state.now_s < until_s:
            turn_from, turn_to = state.now_s, min(until_s, (math.floor(state.now_s / TURN_S + 1e-9) + 1) * TURN_S)
            while state.now_s < turn_to:
                self._flow(state, turn_to, most)
                self.checkpoint((state.now_s - begin) / (until_s - begin))
            _take_turn(state, turn_to - turn_from)
        if not math.isfinite(self.balance(state)[0]):
            raise ModelError("The flow became unstable", do="Lower the Courant number or the greatest Froude number of the flood model.")

    def _flow(self, state: FloodState, until_s: float, most_steps: int) -> None:
        ground, params = state.ground, state.params
        flows = np.zeros(2)
        with kernels.threads_for(state.w.size):
            cells.wet_spans(state.w, state.z, state.still, state.qx, state.qy, state.low, state.high)
            state.now_s, steps = kernels.flow(
                state.w, state.z, ground.gn2, state.zfx, state.zfy, state.qx, state.qy, state.spare_qx, state.spare_qy, state.low,
                state.high, ground.edge, ground.edge_root, state.wall, state.crest, ground.shore, state.stage, flows, state.top,
                ground.grid.cell_m, state.now_s, until_s, params["cfl"], params["theta"], params["froude_limit"], most_steps,
            )
        state.steps += steps
        state.volume["left"] += float(flows[0])
        state.volume["into_water"] += float(flows[1])

    def apply(self, state: FloodState, change: Change) -> None:
        """switch: `on` of the pumps named. pump: a new one at the point. barrier: new crest (crest_z_m, or crest_m above the ground) of the
        barriers named, or a new one along the line. breach: down to the ground, the barriers named or all, within a cell of `geometry`
        where there is one."""
        values = dict(change.values or {})
        ground, walls = state.ground, state.walls
        if change.kind == "switch":
            state.pumps = state.pumps.switched(_named(change, state.pumps.ids, "pump"), bool(values.get("on", True)))
        elif change.kind == "pump":
            row = features_row("pump", change, {"capacity_m3s": 1.0, "on": True, **values})
            state.pumps = state.pumps.joined(pumps_of(row, ground.grid, ground.kind == LAND))
        elif change.kind == "barrier" and not change.objects:
            state.walls = walls.joined(new_wall(change, ground.grid, ground.zfx, ground.zfy))
        elif change.kind in ("barrier", "breach"):
            rows = _named(change, walls.ids, "barrier") if change.objects else list(range(len(walls.ids)))
            state.walls = walls.breached(rows, ground.grid, change.geometry) if change.kind == "breach" else walls.raised(rows, values)
        else:
            super().apply(state, change)
        _set_walls(state)

    def outputs(self, state: FloodState) -> dict[str, Array]:
        unknown = state.ground.kind != LAND
        depth = np.maximum(state.w - state.z, 0.0).astype(np.float32)
        speed = np.zeros_like(depth)
        cells.cell_speed(state.w, state.z, state.qx, state.qy, speed, 1e-3)
        highest = state.highest.copy()
        for grid in (depth, highest, speed):
            grid[unknown] = np.nan
        return {"water_depth": depth, "water_depth_max": highest, "water_speed": speed, "water_arrival": state.arrival}

    def grid(self, state: FloodState) -> Grid:
        return state.ground.grid

    def indicators(self, state: FloodState) -> dict[str, tuple[float, str]]:
        area = state.ground.grid.cell_m**2
        stored, error = self.balance(state)
        volume = state.volume
        return {
            "flooded_area_over_10_cm": (float((state.highest > 0.1).sum() * area), "m2"),
            "flooded_area_over_30_cm": (float((state.highest > 0.3).sum() * area), "m2"),
            "greatest_depth": (float(state.highest.max(initial=0.0)), "m"),
            "volume_rain": (volume["rain"], "m3"),
            "volume_infiltrated": (volume["infiltrated"], "m3"),
            "volume_drained": (volume["drained"], "m3"),
            "volume_pumped": (volume["pumped"], "m3"),
            "volume_left_area": (volume["left"], "m3"),
            "volume_into_rivers": (volume["into_water"], "m3"),
            "volume_standing": (stored, "m3"),
            "volume_balance_error": (error, "1"),
        }

    def balance(self, state: FloodState) -> tuple[float, float]:
        """Water standing on land, m3, and (standing - in + out) / in, which must stay below 1e-5."""
        volume, ground = state.volume, state.ground
        stored = cells.stored_m(state.w, state.z, ground.kind == LAND) * ground.grid.cell_m**2
        spilt, swallowed = max(0.0, -volume["into_water"]), max(0.0, volume["into_water"])
        entered = volume["rain"] + spilt
        left = volume["infiltrated"] + volume["drained"] + volume["pumped"] + volume["left"] + swallowed
        return stored, (stored - entered + left) / max(entered, 1e-9) if entered or stored else 0.0

    def notices(self, state: FloodState) -> list[tuple[str, str, str]]:
        return list(state.notices)

    def save(self, state: FloodState) -> bytes:
        walls, pumps = state.walls, state.pumps
        arrays = {name: getattr(state, name) for name in _SAVED}
        arrays |= {"wall_face": walls.face, "wall_of": walls.of, "wall_bed": walls.bed, "wall_crest": walls.crest}
        arrays |= {"pump_xy": pumps.xy, "pump_m3s": pumps.m3s, "pump_on": pumps.on}
        facts = {"params": state.params, "now_s": state.now_s, "volume": state.volume, "steps": state.steps, "notices": state.notices}
        facts |= {"walls": walls.ids, "pumps": pumps.ids}
        target = io.BytesIO()
        np.savez(target, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
        return target.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> FloodState:
        with np.load(io.BytesIO(blob)) as kept:
            facts = json.loads(kept["facts"].tobytes())
            state = self.initialize(city, inputs, facts["params"], 0)
            if kept["w"].shape != state.w.shape:
                raise ModelError("The saved flood belongs to another city")
            for name in _SAVED:
                setattr(state, name, kept[name])
            state.walls = Walls(kept["wall_face"], kept["wall_of"], kept["wall_bed"], kept["wall_crest"], tuple(facts["walls"]))
            land = state.ground.kind == LAND
            state.pumps = Pumps.at(tuple(facts["pumps"]), kept["pump_xy"], kept["pump_m3s"], kept["pump_on"], state.ground.grid, land)
        state.now_s, state.volume, state.steps = facts["now_s"], facts["volume"], facts["steps"]
        state.notices = [tuple(n) for n in facts["notices"]]
        _set_walls(state)
        return state


_SAVED = ("w", "qx", "qy", "low", "high", "taken", "highest", "arrival", "top")


def warm_up() -> None:
    """Compile (or load from the cache) every kernel, so that the first run starts at once. Any thread; nothing is kept."""
    model = Flood()
    state = model.initialize(City("warm-up", LocalFrame(None)), {}, Flood.defaults(), 0)
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
    rain_m = state.storm.fallen_mm(state.now_s - dt, state.now_s) / 1000.0
    with kernels.threads_for(state.w.size):
        fell, soaked, drained = cells.rain_and_losses(
            state.w, state.z, ground.rain_weight, ground.pervious, state.drain, state.taken, state.highest, state.arrival, rain_m, dt,
            state.now_s, INFILTRATION[mode], soil.conductivity_mm_h / 3.6e6, soil.suction_mm / 1000.0 * deficit, capacity_mm / 1000.0,
            SEEN_M,
        )
    state.volume["rain"] += (fell + rain_m * ground.roof_cells) * area
    state.volume["infiltrated"] += soaked * area
    state.volume["drained"] += (drained + rain_m * ground.roof_cells) * area
    state.volume["pumped"] += state.pumps.draw(state.w, state.z, dt, area)


def _lowest_face(ground: Ground) -> NDArray[np.float32]:
    """Lowest level from which water passes any face of a cell."""
    x = np.minimum(ground.zfx[:, 1:], ground.zfx[:, :-1])
    return np.asarray(np.minimum(x, np.minimum(ground.zfy[1:], ground.zfy[:-1])))


def _set_walls(state: FloodState) -> None:
    """Close faces that a crest stands above, and list them with the highest crest; open those it no longer does."""
    ground = state.ground
    state.zfx[:], state.zfy[:] = ground.zfx, ground.zfy
    state.wall, state.crest = state.walls.standing()
    axis, i, j = state.wall.T
    state.zfx[i[axis == 0], j[axis == 0]] = kernels.CLOSED
    state.zfy[i[axis == 1], j[axis == 1]] = kernels.CLOSED


def _named(change: Change, ids: tuple[str, ...], kind: str) -> list[int]:
    """Rows of the objects a change names. Raises ScenarioError for an unknown one of this kind; objects of other kinds are not ours."""
    rows = [ids.index(o) for o in change.objects if o in ids]
    strangers = [o for o in change.objects if o not in ids and o.startswith(f"{kind}/")]
    if strangers:
        raise ScenarioError(f"There is no {kind} '{strangers[0]}'", where=change.id, do=f"Known: {', '.join(ids[:10]) or 'none'}.")
    return rows
