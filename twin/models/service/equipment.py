"""Which parts of the city's services the water puts out: its depth beside them against the height of what must stay dry."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.assets import ESSENTIAL, READS, SUPPORTS, Assets
from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ModelError
from twin.models.base import Array, Change, Happening, Inputs, Model, Need, Param, register
from twin.models.exposure import Note, table
from twin.models.hazard.failure import DAMAGED, OFF
from twin.models.sampling import Touch

KINDS = {"node:power": "power_node", "edge:power": "power_line", "node:water": "water_node", "edge:water": "water_pipe",
         "edge:roads": "road", "facilities": "facility", "pumps": "pump", "stations": "station", "masts": "mast"}  # fmt: skip
"""Entry of the table for objects whose own kind has none."""
REACH_M = 50.0


def entry_of(assets: Assets) -> NDArray[np.object_]:
    """Entry of assets/tables/equipment.toml for each asset."""
    known = {k for k, v in table("equipment").items() if isinstance(v, dict)}
    out = np.array([KINDS[SUPPORTS[i]] for i in assets.support] + [None], object)[:-1]
    own = np.isin(assets.kinds.astype(str), sorted(known)) if len(assets) else np.zeros(0, bool)
    out[own] = assets.kinds[own]
    part = assets.part("node:water")
    out[part] = np.where(assets.kinds[part] == "reservoir", "waterworks", out[part])
    part = assets.part("edge:water")
    out[part] = np.where(assets.kinds[part] == "pump", "water_pump", out[part])
    return out


def stated(city: City, assets: Assets, column: str, key: str, of: NDArray[np.object_]) -> NDArray[np.float64]:
    """A figure of each asset: the city's own column, else the table's."""
    rules = table("equipment")
    out = np.array([float(rules[e][key]) for e in of] + [0.0])[:-1]
    for support in SUPPORTS:
        part, _, name = support.partition(":")
        network, layer = city.networks.get(name), city.layers.get(support)
        rows = (network.nodes if part == "node" else network.edges) if network is not None else layer.table if layer is not None else None
        if rows is not None and column in rows:
            own = rows[column].to_numpy(float)
            out[assets.part(support)] = np.where(np.isfinite(own), own, out[assets.part(support)])
    return out


@dataclass
class EquipmentState:
    params: dict[str, Any]
    assets: Assets
    touch: Touch
    rows: NDArray[np.int64]
    """Assets that water can put out."""
    limit_m: NDArray[np.float64]
    hit: NDArray[np.int8]
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)


@register
class Equipment(Model):
    """Substations, pumps, waterworks, hospitals, stations and masts that stand in water deeper than they bear."""

    name = "equipment"
    title = "Equipment under water"
    question = "Which substations, pumps and hospitals does the water put out?"
    role = "service"
    essential = (ESSENTIAL,)
    reads = READS
    needs = (Need("water_depth"),)
    gives = ("asset_hit",)
    params = (
        Param("height_factor", "Heights of equipment times", 1.0, "", low=0, high=20, advanced=True,
              help="Heights above the ground come from the city (column equipment_m) or the table of assumptions; this moves them all."),
        Param("damaged", "Needs a repair after the water", True, kind="flag", help="Else it works again as soon as it is dry."),
    )
    limits = (
        "Depth beside an object at one place; doors, cellars, sandbags and local pumps are not known.",
        "Water alone: no fire, wind, debris or wear.",
    )
    cite = ("FEMA (2024): Hazus 6.1 Flood Model Technical Manual, functionality thresholds of utility facilities.",)
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> EquipmentState:
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" not in grids:
            raise ModelError("Water depth came without its grid")
        grid, assets = grids["water_depth"], Assets.of(city)
        of = entry_of(assets)
        limit = stated(city, assets, "equipment_m", "depth_m", of) * params["height_factor"]
        rows = np.flatnonzero(limit < 50)
        touch = _touch(city, assets, rows, grid).reaching(np.isfinite(inputs["water_depth"]), REACH_M / grid.cell_m)
        state = EquipmentState(dict(params), assets, touch, rows, limit[rows], np.zeros(len(assets), np.int8))
        if len(rows):
            text = f"How high equipment stands at {len(rows):,} places is assumed by kind where the city does not state it."
            state.notes.append(("info", "equipment-default", text))
        self._read(state, inputs, 0.0)
        return state

    def _read(self, state: EquipmentState, inputs: Mapping[str, Array], at_s: float) -> None:
        depth = state.touch.greatest(inputs["water_depth"])
        wet = depth >= np.maximum(state.limit_m, 1e-3)
        hit = np.zeros(len(state.hit), np.int8)
        hit[state.rows[wet]] = DAMAGED if state.params["damaged"] else OFF
        for i in np.flatnonzero((hit[state.rows] > 0) != (state.hit[state.rows] > 0)):
            name, is_wet = str(state.assets.ids[state.rows[i]]), hit[state.rows[i]] > 0
            if is_wet:
                state.told.append(Happening(at_s, name, "flooded", (), {"depth_m": round(float(depth[i]), 3)}))
            elif not state.params["damaged"]:
                state.told.append(Happening(at_s, name, "back"))
        state.hit, state.at_s = hit, at_s

    def update(self, state: EquipmentState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        self._read(state, inputs, until_s)

    def apply(self, state: EquipmentState, change: Change) -> None:
        """What is switched is the business of `repairs`."""
        if change.kind not in self.accepts:
            super().apply(state, change)

    def outputs(self, state: EquipmentState) -> dict[str, Array]:
        return {"asset_hit": state.hit}

    def indicators(self, state: EquipmentState) -> dict[str, tuple[float, str]]:
        return {"sites_flooded": (float((state.hit > 0).sum()), "sites")}

    def happenings(self, state: EquipmentState) -> list[Happening]:
        return state.told

    def notices(self, state: EquipmentState) -> list[Note]:
        return state.notes

    def save(self, state: EquipmentState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, dict(h.values)] for h in state.told]
        np.savez(file, head=np.array(json.dumps([state.params, state.at_s, told])), hit=state.hit)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> EquipmentState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.hit, state.at_s = saved["hit"], at_s
            state.told = [Happening(t, o, w, (), v) for t, o, w, v in told]
        return state


def _touch(city: City, assets: Assets, rows: NDArray[np.int64], grid: Grid) -> Touch:
    """Cells beside each of the rows: the cell of its place and, of facilities with an outline, those around it."""
    facilities, first = city.layers.get("facilities"), assets.part("facilities").start
    if facilities is None or not len(facilities):
        return Touch.at(len(rows), np.arange(len(rows)), assets.xy[rows, 0], assets.xy[rows, 1], grid)
    areas = shapely.get_dimensions(facilities.geometry) == 2
    shapes = shapely.points(assets.xy[rows])
    mine = np.flatnonzero((rows >= first) & (rows < first + len(facilities)))
    wide = mine[areas[rows[mine] - first]]
    shapes[wide] = shapely.boundary(facilities.geometry[rows[wide] - first])
    return Touch.along(shapes, grid)
