"""How high what stands reaches, on a grid: answers for thousands of lines of sight at once what a search of outlines takes seconds for."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CELL_M, MOST_CELLS = 8.0, 4_000_000
OPEN_M = 400.0
FROM_M = 10.0
"""Nearer to the eye its own wall would count."""
SAMPLES = 160
"""Along a line of sight."""


class Tops:
    """Outlines of buildings with their heights above the street."""

    def __init__(self, shapes: NDArray[np.object_], height: Floats) -> None:
        some = np.argsort(height)  # where two share a cell, the higher one is written last
        some = some[height[some] > 2.0]
        x0, y0, x1, y1 = shapely.total_bounds(shapes[some]) if len(some) else (0.0, 0.0, 1.0, 1.0)
        self._cell = max(CELL_M, float(np.sqrt((x1 - x0) * (y1 - y0) / MOST_CELLS)))
        self._origin = np.array([x0, y0])
        self._top = np.zeros((int((y1 - y0) / self._cell) + 1, int((x1 - x0) / self._cell) + 1), np.float32)
        xy, row = shapely.get_coordinates(shapely.segmentize(shapes[some], self._cell * 1.4), return_index=True)
        c, r = ((xy - self._origin) / self._cell).astype(np.int64).T
        self._top[r, c] = height[some][row]

    def at(self, x: Floats, y: Floats) -> NDArray[np.float32]:
        """Height of the outline at points, 0 where there is none."""
        c = np.floor((x - self._origin[0]) / self._cell).astype(np.int64)
        r = np.floor((y - self._origin[1]) / self._cell).astype(np.int64)
        rows, columns = self._top.shape
        inside = (c >= 0) & (r >= 0) & (c < columns) & (r < rows)
        return np.where(inside, self._top[np.clip(r, 0, rows - 1), np.clip(c, 0, columns - 1)], 0.0)

    def hidden(self, places: Floats, towers: Floats, height: Floats, eye_m: float) -> NDArray[np.bool_]:
        """Whether something lower stands between a place and the upper half of a tower, (places, towers)."""
        way = towers[None] - places[:, None]
        full = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1.0)
        share = np.linspace(0, 1, SAMPLES, endpoint=False)
        reach = share * full[..., None]
        before = (reach > FROM_M) & (reach < np.minimum(full * 0.97, full - 40.0)[..., None])
        found = self.at(places[:, None, None, 0] + way[..., 0:1] * share, places[:, None, None, 1] + way[..., 1:2] * share)
        line = eye_m + (0.5 * height[None, :, None] - eye_m) * share
        return np.asarray((before & (found > line) & (found < height[None, :, None])).any(-1))

    def around(self, places: Floats, bearings: Floats) -> tuple[Floats, Floats]:
        """Free metres before the eye, at most 400, and the share of them that is built up to 300 m; (places, bearings in degrees)."""
        reach = np.arange(FROM_M, OPEN_M, self._cell * 0.8)
        turn = np.radians(bearings)[None, :, None]
        found = self.at(places[:, 0, None, None] + np.sin(turn) * reach, places[:, 1, None, None] + np.cos(turn) * reach) > 0
        free = np.where(found.any(-1), reach[found.argmax(-1)], OPEN_M)
        return free, found[..., reach < 300.0].mean(-1)
