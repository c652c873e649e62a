"""Small pieces of ground to flood, made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame
from twin.models.hazard.flood import Flood, FloodState

STILL: dict[str, Any] = {"rain_mm": 0.0, "drainage_mm_h": 0.0, "infiltration": "none", "boundary": "closed"}
"""No rain, no losses, closed rim."""


def ground(z: Any, cell_m: float = 10.0, **parts: Any) -> City:
    z = np.asarray(z, np.float32)
    return City("test", LocalFrame(None), terrain=Terrain(Grid(0.0, 0.0, cell_m, *z.shape), z), **parts)


def houses(*footprints: Any) -> Buildings:
    table = empty_table(len(footprints))
    table["id"] = [f"building/{i}" for i in range(len(footprints))]
    table["height_m"] = 10.0
    table["ground_z_m"] = 0.0
    return Buildings(table, np.array(footprints, object), Mesh.empty())


def features(role: str, geometry: list[Any], **columns: Any) -> Features:
    table = pd.DataFrame({"id": [f"{role.rstrip('s')}/{i}" for i in range(len(geometry))], "name": "", "kind": "", **columns})
    return Features(role, table, np.array(geometry, object))


def start(city: City, **params: Any) -> tuple[Flood, FloodState]:
    model = Flood()
    given = Flood.checked({"cell_m": city.terrain.grid.cell_m if city.terrain else 10.0, **params})
    return model, model.initialize(city, {}, given, 0)


def flooded(city: City, until_s: float, **params: Any) -> tuple[Flood, FloodState]:
    model, state = start(city, **params)
    model.update(state, {}, until_s)
    return model, state


def line(*points: tuple[float, float]) -> Any:
    return shapely.LineString(points)
