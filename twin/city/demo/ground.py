"""Terrain: river bed and banks, a creek, long waves of relief, lower old quarters, lakes, underpasses that flood."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.site import Noise, Site
from twin.city.terrain import Grid, Terrain

Floats = NDArray[np.float64]
KERB_M = 0.15
LAKE_M = 1.8


def terrain(site: Site, blocks: Any, lakes: list[Any], hills: list[Any], dips: Floats) -> tuple[Terrain, Floats]:
    """Elevation of the site, and the water level of each lake.

    blocks: building land, a kerb higher than the streets; hills: parks that rise; dips (N, 5): x, y, angle, length and depth
    of underpasses.
    """
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    r = site.recipe
    grid = Grid.covering(site.ground_square.bounds, float(r["cell"]))
    coarse = Grid(
        grid.x0 - 20.0,
        grid.y0 - 20.0,
        20.0,
        int(np.ceil(grid.rows * grid.cell_m / 20.0)) + 3,
        int(np.ceil(grid.columns * grid.cell_m / 20.0)) + 3,
    )
    x, y = np.meshgrid(coarse.x, coarse.y)
    g = r["ground"]
    z = g["mean_m"] + g["relief_m"] * 0.6 * Noise("ground long", 2600.0)(x, y) + 0.1 * Noise("ground short", 420.0)(x, y)
    old = np.clip(site.nearness("oldtown", x, y) * 3.0, 0, 1)
    z = z - g["old_town_drop_m"] * old * old * (3 - 2 * old) + 0.5 * np.clip(site.nearness("finance", x, y) * 2, 0, 1)
    z = _finer(z, coarse, grid)
    for park in hills:
        _lift(z, grid, park, 0.5, 100.0)
    for stream, key, quay, reach in ((site.creek, "creek", 3.6, 40.0), (site.river, "river", 4.3, 90.0)):
        w = r[key]
        d = _finer(stream.beside(x, y)[1], coarse, grid)
        near = np.exp(-((np.maximum(d, 0) / reach) ** 2))
        z = z * (1 - near) + quay * near
        deep = np.clip(-d / (0.5 * float(np.median(stream.width))), 0, 1)
        top = w["level_m"] - 1.0
        z = np.where(d < 0, top + (w["bed_m"] - top) * (1 - (1 - deep) ** 3), z)
    to_cell = Affine(grid.cell_m, 0.0, grid.x0, 0.0, grid.cell_m, grid.y0)
    z += KERB_M * rasterize(list(blocks), out_shape=grid.shape, transform=to_cell, fill=0, default_value=1, dtype="uint8")
    for dx, dy, angle, length, depth in dips:
        rows, columns = _window(grid, dx - length, dy - length, dx + length, dy + length)
        xx, yy = np.meshgrid(grid.x[columns], grid.y[rows])
        u = (xx - dx) * np.cos(angle) + (yy - dy) * np.sin(angle)
        v = -(xx - dx) * np.sin(angle) + (yy - dy) * np.cos(angle)
        z[rows, columns] -= depth * np.exp(-((2.2 * u / length) ** 4)) * np.exp(-((v / 12.0) ** 6))
    level = np.empty(len(lakes))
    for i, lake in enumerate(lakes):
        rim = shapely.get_coordinates(shapely.segmentize(shapely.get_exterior_ring(lake), 20.0))
        level[i] = Terrain(grid, z.astype(np.float32)).sample(*rim.T).min() - 0.4
        _lift(z, grid, lake, -LAKE_M, 9.0, float(level[i]))
    return Terrain(grid, z.astype(np.float32), r["source"]), np.round(level, 2)


def _finer(values: Floats, coarse: Grid, grid: Grid) -> Floats:
    """Linear interpolation from one grid to a finer one inside it."""

    def weights(to: Floats, origin: float) -> tuple[NDArray[np.int64], Floats]:
        f = (to - origin) / coarse.cell_m
        i = np.floor(f).astype(np.int64)
        return i, f - i

    r, v = weights(grid.y, coarse.y[0])
    c, u = weights(grid.x, coarse.x[0])
    rows = values[r] * (1 - v)[:, None] + values[r + 1] * v[:, None]
    return np.asarray(rows[:, c] * (1 - u) + rows[:, c + 1] * u)


def _window(grid: Grid, x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
    c = np.clip(np.floor((np.array([x0, x1]) - grid.x0) / grid.cell_m).astype(int), 0, grid.columns)
    r = np.clip(np.floor((np.array([y0, y1]) - grid.y0) / grid.cell_m).astype(int), 0, grid.rows)
    return slice(r[0], r[1] + 1), slice(c[0], c[1] + 1)


def _lift(z: Floats, grid: Grid, shape: Any, by: float, steep: float, base: float | None = None) -> None:
    """Lift the ground inside a polygon smoothly from its edge over `steep` metres; with base, to base + by instead."""
    rows, columns = _window(grid, *shape.bounds)
    if grid.x[columns].size == 0 or grid.y[rows].size == 0:
        return
    points = shapely.points(*np.meshgrid(grid.x[columns], grid.y[rows]))
    shapely.prepare(shape)
    inside = shapely.contains(shape, points)
    share = np.zeros(inside.shape)
    edge = shapely.boundary(shape)
    shapely.prepare(edge)
    share[inside] = np.clip(shapely.distance(edge, points[inside]) / steep, 0, 1)
    share = share * share * (3 - 2 * share)
    z[rows, columns] = (
        z[rows, columns] + by * share
        if base is None
        else np.where(inside, np.minimum(z[rows, columns], base - 0.3) * (1 - share) + (base + by) * share, z[rows, columns])
    )
