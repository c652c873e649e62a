"""Terrain: river bed and banks, a creek, long waves of relief, lower old quarters, lakes, underpasses that flood."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.recipe import recipe
from twin.city.demo.site import Noise, Site
from twin.city.terrain import Grid, Terrain

Floats = NDArray[np.float64]


def terrain(site: Site, lakes: list[Any], hills: list[Any], dips: Floats) -> Terrain:
    """Elevation of the site. lakes: polygons; hills: park polygons that rise; dips (N, 5): x, y, angle, length, depth of underpasses."""
    r = recipe()
    grid = Grid.covering(site.ground_square.bounds, float(r["cell"]))
    x, y = np.meshgrid(grid.x, grid.y)
    g = r["ground"]
    z = g["mean_m"] + g["relief_m"] * 0.6 * Noise("ground long", 2600.0)(x, y) + 0.22 * Noise("ground short", 420.0)(x, y)
    old = np.clip(site.nearness("oldtown", x, y) * 3.0, 0, 1)
    z -= g["old_town_drop_m"] * old * old * (3 - 2 * old)
    z += 0.5 * np.clip(site.nearness("finance", x, y) * 2, 0, 1)
    for stream, key, quay in ((site.river, "river", 4.3), (site.creek, "creek", 3.6)):
        w = r[key]
        _, d, _ = stream.beside(x, y)
        near = np.exp(-((np.maximum(d, 0) / (90.0 if key == "river" else 40.0)) ** 2))
        z = z * (1 - near) + np.maximum(quay, 0) * near
        half = 0.5 * float(np.median(stream.width))
        deep = np.clip(-d / half, 0, 1)
        bed = np.minimum(w["level_m"] - 1.0, w["bed_m"] + (w["level_m"] - 1.0 - w["bed_m"]) * (1 - deep) ** 3)
        z = np.where(d < 0, np.minimum(z, bed), z)
    for park in hills:
        _raise(z, grid, park, 3.2)
    for lake in lakes:
        _raise(z, grid, lake, -2.2, steep=9.0)
    for dx, dy, angle, length, depth in dips:
        u = (x - dx) * np.cos(angle) + (y - dy) * np.sin(angle)
        v = -(x - dx) * np.sin(angle) + (y - dy) * np.cos(angle)
        z -= depth * np.exp(-((2.2 * u / length) ** 4)) * np.exp(-((v / 13.0) ** 4))
    return Terrain(grid, z.astype(np.float32), r["source"])


def _raise(z: Floats, grid: Grid, shape: Any, by: float, steep: float = 60.0) -> None:
    """Lift the ground inside a polygon, smoothly from its edge over `steep` metres."""
    x0, y0, x1, y1 = shape.bounds
    columns = np.flatnonzero((grid.x > x0) & (grid.x < x1))
    rows = np.flatnonzero((grid.y > y0) & (grid.y < y1))
    if not len(columns) or not len(rows):
        return
    block = np.ix_(rows, columns)
    points = shapely.points(*np.meshgrid(grid.x[columns], grid.y[rows]))
    shapely.prepare(shape)
    inside = shapely.contains(shape, points)
    depth = np.where(inside, np.clip(shapely.distance(shapely.boundary(shape), points) / steep, 0, 1), 0.0)
    z[block] += by * depth * depth * (3 - 2 * depth)
