"""Small worlds whose distances, volumes and sights are known by hand: a terrain from a formula, and boxes on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.extrude import extrude
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame


def world(
    height: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    boxes: Sequence[tuple[float, float, float, float, float, float]] = (),
    half: float = 200.0,
    cell_m: float = 1.0,
    footprints: Sequence[shapely.Polygon] = (),
) -> City:
    """height: of the ground at x, y; None: no terrain, ground at 0. boxes: min x, min y, max x, max y, ground, top."""
    terrain = None
    if height is not None:
        grid = Grid.covering((-half, -half, half, half), cell_m)
        x, y = np.meshgrid(grid.x, grid.y)
        terrain = Terrain(grid, height(x, y).astype(np.float32))
    shapes = np.array([shapely.box(*b[:4]) for b in boxes], object)
    low, top = np.array([b[4] for b in boxes], float), np.array([b[5] for b in boxes], float)
    table = empty_table(len(boxes))
    table["id"], table["name"] = [f"building/{k}" for k in range(len(boxes))], [f"House {k}" for k in range(len(boxes))]
    table["ground_z_m"], table["height_m"] = low, top - low
    buildings = Buildings(table, shapes, extrude(shapes, low, top)) if boxes else Buildings.empty()
    return City("World", LocalFrame("EPSG:32651", (0.0, 0.0)), buildings=buildings, terrain=terrain)
