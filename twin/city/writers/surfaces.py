"""Everything of a city that has surfaces, as sets of triangles with a row each in a table of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.terrain import Terrain
from twin.city.tin import rasterise
from twin.city.writers.tables import ID, bare_ids, building_table, feature_table
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
TIN_TRIANGLES = 2_000_000
"""More triangles of a source's ground are not written; it is then a grid like any other."""


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
        if layer.mesh is not None and len(layer.mesh) and not is_tin(layer):
            table = feature_table(layer)
            said = layer.table["kind"].astype(str)
            known = said.where(said.isin([*TYPES.values(), "CityFurniture"]), TYPES.get(layer.role, "GenericCityObject"))
            out.append(Surfaces(name, _typed(table, known.to_numpy(object)), layer.mesh))
    if with_terrain and city.terrain is not None:
        tin = tin_of(city)
        if tin is not None and tin.mesh is not None:
            out.append(Surfaces("terrain", pd.DataFrame({ID: bare_ids(tin.ids), "type": "TINRelief"}), tin.mesh))
        elif len(mesh := terrain_mesh(city.terrain)):
            out.append(Surfaces("terrain", pd.DataFrame({ID: ["terrain"], "type": ["TINRelief"]}), mesh))
    return out


def _typed(table: pd.DataFrame, kind: Any) -> pd.DataFrame:
    table = table.drop(columns=[c for c in table.columns if str(c).lower() == "type"])
    table.insert(1, "type", kind)
    return table


def terrain_mesh(terrain: Terrain, most: int = TERRAIN_TRIANGLES) -> Mesh:
    """Triangles between cell centres, coarser where there would be more than about `most`, out to the edges of the outermost cells that
    have data; none touches a corner without data."""
    known = np.isfinite(terrain.elevation)
    r, row_y = _corners(known.any(axis=1), terrain.grid.y, terrain.grid.cell_m, _step(terrain, most))
    c, column_x = _corners(known.any(axis=0), terrain.grid.x, terrain.grid.cell_m, _step(terrain, most))
    z = np.asarray(terrain.elevation[np.ix_(r, c)], float)
    x, y = np.meshgrid(column_x, row_y)
    index = np.arange(z.size).reshape(z.shape)
    sw, se, ne, nw = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((sw, se, ne), (sw, ne, nw))])
    triangles = triangles[np.isfinite(z.ravel()[triangles]).all(axis=1)]
    used, corner = np.unique(triangles, return_inverse=True)
    points = np.column_stack([x.ravel(), y.ravel(), z.ravel()])[used]
    n = len(triangles)
    return Mesh(points, corner.reshape(-1, 3).astype(np.int32), np.zeros(n, np.int32), np.full(n, SurfaceClass.TERRAIN, np.uint8))


def _step(terrain: Terrain, most: int) -> int:
    """Cells from one corner of the mesh to the next."""
    rows, columns = terrain.grid.shape
    return max(1, int(np.ceil(np.sqrt(2 * rows * columns / most))))


def _corners(known: Any, centres: NDArray[np.float64], cell_m: float, step: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells whose heights the corners along one axis take, and where those lie: both outer edges, and centres between."""
    cells = np.flatnonzero(known)
    if not len(cells):
        return cells, centres[:0]
    first, last = int(cells[0]), int(cells[-1])
    inner = np.append(np.arange(first, last, step), last)
    place = np.concatenate([[centres[first] - cell_m / 2], centres[inner], [centres[last] + cell_m / 2]])
    return np.concatenate([[first], inner, [last]]), place


def is_tin(layer: Features) -> bool:
    """Whether a layer says what ground the TIN of a source covers."""
    return len(layer) > 0 and bool((layer.table["kind"] == "TINRelief").all())


def tin_of(city: City) -> Features | None:
    """The triangles the source gave the ground in, where the terrain is what they say and nothing else."""
    layer = city.layers.get("relief")
    if city.terrain is None or layer is None or layer.mesh is None or not is_tin(layer) or len(layer.mesh) > TIN_TRIANGLES:
        return None
    again = rasterise(layer.mesh.points, layer.mesh.triangles, city.terrain.grid)
    return layer if np.array_equal(again, city.terrain.elevation, equal_nan=True) else None


def terrain_told(city: City, most: int = TERRAIN_TRIANGLES) -> list[Problem]:
    """What to tell where the mesh of the ground is not that of the city or of its source."""
    if city.terrain is None or tin_of(city) is not None or (_step(city.terrain, most) == 1 and "relief" not in city.layers):
        return []
    metres = _step(city.terrain, most) * city.terrain.grid.cell_m
    return [Problem("terrain_resampled", "info", 1, f"The ground was resampled to {metres:g} m", city.name)]


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
    problems = terrain_told(city) if "terrain" in written else []
    if left:
        shown = ", ".join(left[:8]) + (" ..." if len(left) > 8 else "")
        problems.append(
            Problem("not_written", "info", len(left), f"{title} got surfaces only; not written: {shown}", city.name, tuple(left[:10]))
        )
    if len(city.buildings.parts):
        n = len(city.buildings.parts)
        problems.append(Problem("parts_merged", "info", n, f"{n} building parts were written as part of their buildings", city.name))
    return problems
