"""A city made by hand and a filling-tub model, for tests of everything that happens around models."""

from __future__ import annotations

import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City, Source
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame
from twin.models.base import Array, Change, Model, Param, register
from twin.scenario.scenario import Scenario

SIDE = 400.0


def small_city(buildings: int = 4, synthetic: bool = True) -> City:
    """400 x 400 m in UTM 51N: ground rising 1 % to the east, houses 20 x 20 m, a cross of roads, a hospital in the east."""
    grid = Grid(0.0, 0.0, 5.0, 80, 80)
    x, _ = np.meshgrid(grid.x, grid.y)
    corners = [(100.0, 100.0), (100.0, 280.0), (300.0, 100.0), (300.0, 280.0)][:buildings]
    footprints = np.array([*(shapely.box(x0, y0, x0 + 20, y0 + 20) for x0, y0 in corners), None], object)[:-1]
    n = len(footprints)
    table = empty_table(n)
    table["id"] = [f"building/{i}" for i in range(n)]
    table["name"] = ["Mill", "School", "Tower", "Depot"][:n]
    table["use"] = ["residential", "education", "office", "industrial"][:n]
    table["height_m"], table["storeys"] = [6.4, 6.4, 64.0, 6.4][:n], [2.0, 2.0, 20.0, 2.0][:n]
    table["ground_z_m"] = [p[0] * 0.01 for p in corners]
    base = table["ground_z_m"].to_numpy(float)
    mesh = extrude(footprints, base, base + table["height_m"].to_numpy(float))
    people = np.tile(np.array([10, 200, 500, 20], np.float32)[:n], (24, 1))
    nodes = pd.DataFrame({"id": [f"n{i}" for i in range(5)], "x": [0.0, 200, 400, 200, 200], "y": [200.0, 200, 200, 0, 400], "z": 0.0})
    start, end = [0, 1, 3, 1], [1, 2, 1, 4]
    lines = [shapely.LineString(nodes.loc[[a, b], ["x", "y"]].to_numpy()) for a, b in zip(start, end)]
    edges = pd.DataFrame({
        "id": [f"road/{c}" for c in ["west", "east", "south", "north"]], "start": start, "end": end, "length_m": 200.0, "oneway": False,
        "class": "residential", "speed_kmh": 50.0, "name": "", "bridge": [False, False, True, False], "tunnel": False,
    })
    facilities = pd.DataFrame({"id": ["facility/h"], "name": ["East Hospital"], "kind": ["hospital"], "capacity": [100.0]})
    return City(
        "Testville", LocalFrame("EPSG:32651", (355000.0, 3456000.0), None, "Asia/Shanghai"), Buildings(table, footprints, mesh),
        Terrain(grid, (x * 0.01).astype(np.float32)), {"roads": Network("roads", nodes, edges, np.array([*lines, None], object)[:-1])},
        {"facilities": Features("facilities", facilities, np.array([shapely.Point(395, 205)], object))},
        people if n else None, (Source("hand", attribution="Hand-made", sha256="0" * 64),),
        synthetic=synthetic, region="asia", currency="CNY",
    )


@dataclass
class TubState:
    z: Any
    grid: Any
    level: float
    speed: float
    base: float
    pumped: float
    depth: Any
    depth_max: Any
    at_s: float = 0.0


@register
class Tub(Model):
    """Water rises evenly at a rate, like a tub over the ground; pumps lower the rate."""

    name = "tub"
    title = "Tub"
    question = "What does a level pool wet?"
    reads = ("terrain", "layer:pumps")
    gives = ("water_depth", "water_depth_max")
    params = (
        Param("rise_m_h", "Rise", 1.0, "m/h", low=0, high=1000),
        Param("noise_m", "Noise", 0.0, "m", low=0, high=1),
        Param("slow_s", "Wall time per update", 0.0, "s", low=0, high=100),
        Param("fail_at_s", "Fails at", 0.0, "s", low=0),
    )
    limits = ("A tub is no river.",)
    cite = ("Archimedes.",)
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> TubState:
        self.params_now = dict(params)
        assert city.terrain is not None
        pumps = city.layers.get("pumps")
        pumped = 0.0 if pumps is None else float(pumps.table.loc[pumps.table["on"].astype(bool), "capacity_m3s"].sum())
        noise = np.random.default_rng(seed).normal(0, params["noise_m"], city.terrain.grid.shape)
        z = city.terrain.elevation + noise.astype(np.float32)
        zero = np.zeros(city.terrain.grid.shape, np.float32)
        return TubState(z, city.terrain.grid, 0.0, params["rise_m_h"] / 3600, params["rise_m_h"] / 3600, pumped, zero, zero.copy())

    def update(self, state: TubState, inputs: Mapping[str, Array], until_s: float) -> None:
        if 0 < self.params_now["fail_at_s"] <= until_s:
            raise ZeroDivisionError("the plug is out")
        end = time.monotonic() + self.params_now["slow_s"]
        while time.monotonic() < end:
            self.checkpoint(0.5)
            time.sleep(0.02)
        state.level += max(0.0, state.speed - state.pumped * 1e-4) * (until_s - state.at_s)
        state.at_s = until_s
        state.depth = np.maximum(0.0, state.level - state.z).astype(np.float32)
        state.depth_max = np.maximum(state.depth, state.depth_max)

    def outputs(self, state: TubState) -> dict[str, Array]:
        return {"water_depth": state.depth, "water_depth_max": state.depth_max}

    def grid(self, state: TubState) -> Grid:
        return state.grid

    def indicators(self, state: TubState) -> dict[str, tuple[float, str]]:
        return {"wet_area": (float((state.depth > 0.05).sum() * state.grid.cell_m**2), "m2")}

    def notices(self, state: TubState) -> list[tuple[str, str, str]]:
        return [("info", "tub", "The water is level everywhere.")]

    def apply(self, state: TubState, change: Change) -> None:
        state.pumped = 1.0 if (change.values or {})["on"] else 0.0

    def save(self, state: TubState) -> bytes:
        return pickle.dumps((self.params_now, state))

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> TubState:
        self.params_now, state = pickle.loads(blob)
        return state


def tub_scenario(**changes: Any) -> Scenario:
    """One hour of the tub; keys of `params` go to the tub, the rest replaces top-level parts."""
    params = changes.pop("params", {})
    head = {
        "name": "tub", "question": "How far does it rise?", "duration": "PT1H", "coupling": "PT5M", "seed": 3,
        "start": datetime(2026, 7, 14, 10, tzinfo=UTC),
    }
    data: dict[str, Any] = {
        "schema": 1, "scenario": {**head, **changes.pop("scenario", {})},
        "hazard": [{"id": "tub", "model": "tub", "params": {"rise_m_h": 2.0, **params}}],
        "outputs": {"interval": "PT15M"}, **changes,
    }
    return Scenario.model_validate(data)
