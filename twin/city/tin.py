"""A terrain grid from triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Grid, Terrain

MAX_CELLS = 4_000_000
_PAIRS = 4_000_000


def terrain_of_tin(points: NDArray[np.float64], triangles: NDArray[np.int32], source: str, cell_m: float | None = None) -> Terrain:
    """Elevation at cell centres on the triangles of a TIN, local metres; NaN beside them, the highest where they overlap.

    cell_m: default a quarter of the mean spacing of the corners, within 0.5 to 10 m and MAX_CELLS cells.
    """
    corners = points[np.unique(triangles)]
    low, high = corners[:, :2].min(0), corners[:, :2].max(0)
    area = float(np.prod(np.maximum(high - low, 1e-3)))
    if cell_m is None:
        spacing = np.sqrt(area / len(corners)) / 4
        cell_m = float(np.clip(np.round(max(spacing, np.sqrt(area / MAX_CELLS)) * 2) / 2, 0.5, max(10.0, np.sqrt(area / MAX_CELLS))))
    grid = Grid.covering((float(low[0]), float(low[1]), float(high[0]), float(high[1])), cell_m)
    return Terrain(grid, rasterise(points, triangles, grid), source)


def rasterise(points: NDArray[np.float64], triangles: NDArray[np.int32], grid: Grid) -> NDArray[np.float32]:
    """Height of the triangles at the cell centres of a grid, float32, NaN where there is none."""
    out = np.full(grid.rows * grid.columns, -np.inf)
    p = points[triangles]
    column = (p[..., 0] - grid.x0) / grid.cell_m - 0.5
    row = (p[..., 1] - grid.y0) / grid.cell_m - 0.5
    c0, c1 = np.maximum(np.ceil(column.min(1) - 1e-9), 0), np.minimum(np.floor(column.max(1) + 1e-9), grid.columns - 1)
    r0, r1 = np.maximum(np.ceil(row.min(1) - 1e-9), 0), np.minimum(np.floor(row.max(1) + 1e-9), grid.rows - 1)
    wide, tall = np.maximum(c1 - c0 + 1, 0).astype(np.int64), np.maximum(r1 - r0 + 1, 0).astype(np.int64)
    cells = wide * tall
    det = (row[:, 1] - row[:, 2]) * (column[:, 0] - column[:, 2]) + (column[:, 2] - column[:, 1]) * (row[:, 0] - row[:, 2])
    some = np.flatnonzero((cells > 0) & (np.abs(det) > 1e-12))
    if not len(some):
        return np.full(grid.shape, np.nan, np.float32)
    for chunk in np.split(some, np.flatnonzero(np.diff(np.cumsum(cells[some]) // _PAIRS)) + 1):
        t = np.repeat(chunk, cells[chunk])
        k = np.arange(len(t)) - np.repeat(np.cumsum(cells[chunk]) - cells[chunk], cells[chunk])
        c, r = c0[t].astype(np.int64) + k % wide[t], r0[t].astype(np.int64) + k // wide[t]
        x, y = c - column[t, 2], r - row[t, 2]
        a = ((row[t, 1] - row[t, 2]) * x + (column[t, 2] - column[t, 1]) * y) / det[t]
        b = ((row[t, 2] - row[t, 0]) * x + (column[t, 0] - column[t, 2]) * y) / det[t]
        inside = (a >= -1e-6) & (b >= -1e-6) & (a + b <= 1 + 1e-6)
        t, a, b = t[inside], a[inside], b[inside]
        z = a * p[t, 0, 2] + b * p[t, 1, 2] + (1 - a - b) * p[t, 2, 2]
        np.maximum.at(out, r[inside] * grid.columns + c[inside], z)
    return np.where(np.isfinite(out), out, np.nan).astype(np.float32).reshape(grid.shape)
