"""Everything of a city that has surfaces, as sets of triangles with a row each in a table of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twin.city.city import City
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.terrain import Terrain
from twin.city.writers.tables import ID, building_table, feature_table
from twin.errors import Problem

TYPES = {
    "roads": "Road", "rail": "Railway", "metro": "Railway", "water": "WaterBody", "green": "PlantCover",
    "trees": "SolitaryVegetationObject",
    "landuse": "LandUse", "bridges": "Bridge", "tunnels": "Tunnel",
}  # fmt: skip
COLORS = {
    SurfaceClass.OTHER: (0.75, 0.73, 0.70), SurfaceClass.WALL: (0.85, 0.82, 0.77), SurfaceClass.ROOF: (0.72, 0.42, 0.33),
    SurfaceClass.GROUND: (0.45, 0.44, 0.42), SurfaceClass.CLOSURE: (0.80, 0.80, 0.80), SurfaceClass.ROAD: (0.40, 0.40, 0.42),
    SurfaceClass.WATER: (0.35, 0.55, 0.72), SurfaceClass.TERRAIN: (0.62, 0.64, 0.52), SurfaceClass.VEGETATION: (0.42, 0.58, 0.34),
}  # fmt: skip
"""sRGB of each class where the source has no colours."""
TERRAIN_TRIANGLES = 400_000


@dataclass(frozen=True)
class Surfaces:
    """name: buildings, or that of the layer. table: `twin_id`, `type`, attributes. mesh: local metres, `object` runs over the rows."""

    name: str
    table: pd.DataFrame
    mesh: Mesh


def surfaces_of(city: City, with_terrain: bool) -> list[Surfaces]:
    """Buildings, layers with a mesh, and the terrain."""
    out = []
    if len(city.buildings.mesh):
        table = building_table(city)
        out.append(Surfaces("buildings", _typed(table, "Building"), city.buildings.mesh))
    for name, layer in city.layers.items():
        if layer.mesh is not None and len(layer.mesh):
            table = feature_table(layer)
            said = layer.table["kind"].astype(str)
            known = said.where(said.isin([*TYPES.values(), "CityFurniture"]), TYPES.get(layer.role, "GenericCityObject"))
            out.append(Surfaces(name, _typed(table, known.to_numpy(object)), layer.mesh))
    if with_terrain and city.terrain is not None:
        mesh = terrain_mesh(city.terrain)
        if len(mesh):
            out.append(Surfaces("terrain", pd.DataFrame({ID: ["terrain"], "type": ["TINRelief"]}), mesh))
    return out


def _typed(table: pd.DataFrame, kind: Any) -> pd.DataFrame:
    table = table.drop(columns=[c for c in table.columns if str(c).lower() == "type"])
    table.insert(1, "type", kind)
    return table


def terrain_mesh(terrain: Terrain, most: int = TERRAIN_TRIANGLES) -> Mesh:
    """Triangles between cell centres, coarser where there would be more than `most`; none touches a cell without data."""
    rows, columns = terrain.grid.shape
    step = max(1, int(np.ceil(np.sqrt(2 * rows * columns / most))))
    z = np.asarray(terrain.elevation[::step, ::step], float)
    x, y = np.meshgrid(terrain.grid.x[::step], terrain.grid.y[::step])
    index = np.arange(z.size).reshape(z.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    triangles = triangles[np.isfinite(z.ravel()[triangles]).all(axis=1)]
    used, corner = np.unique(triangles, return_inverse=True)
    points = np.column_stack([x.ravel(), y.ravel(), z.ravel()])[used]
    n = len(triangles)
    return Mesh(points, corner.reshape(-1, 3).astype(np.int32), np.zeros(n, np.int32), np.full(n, SurfaceClass.TERRAIN, np.uint8))


def not_in_meshes(city: City, sets: list[Surfaces], title: str) -> list[Problem]:
    """What a format of surfaces cannot hold."""
    written = {s.name for s in sets}
    # "relief" says where a TIN lies, which is in the terrain.
    left = (
        [n for n in city.layers if n not in written and not (n == "relief" and "terrain" in written)]
        + [f"network {n}" for n in city.networks]
        + list(city.clouds)
        + list(city.pictures)
    )
    if city.terrain is not None and "terrain" not in written:
        left.append("terrain")
    problems = []
    if left:
        shown = ", ".join(left[:8]) + (" ..." if len(left) > 8 else "")
        problems.append(
            Problem("not_written", "info", len(left), f"{title} got surfaces only; not written: {shown}", city.name, tuple(left[:10]))
        )
    if len(city.buildings.parts):
        n = len(city.buildings.parts)
        problems.append(Problem("parts_merged", "info", n, f"{n} building parts were written as part of their buildings", city.name))
    return problems
