"""What is seen from a point all around: ground, roofs and buildings, on a height grid.

Rays go out through the rim of the square around the eye, twice as dense as its cells; each keeps the steepest slope met so far, its
horizon, and every cell asks the ray that passes nearest to its centre, at most a quarter of a cell away (algorithm R2 of Franklin and
Ray 1994, Higher isn't necessarily better: visibility algorithms and experiments, SDH 94, here without its rounding to whole cells).
Heights between cells are linear, as in their exact but a thousand times slower R3, against which it is tested.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from twin.city.city import City
from twin.city.height_grid import COMPILED, HeightGrid, height_grid
from twin.city.sight import EARTH_M, REFRACTION
from twin.city.terrain import Grid

Floats32 = NDArray[np.float32]
OVERSAMPLED = 2
"""Rays for each cell of the rim."""
MOST_CELLS = 1500
"""From the eye to the rim: beyond, cells grow."""
CELL_M = 2.0
SLACK_M = 0.02


@dataclass(frozen=True)
class Viewshed:
    """eye: (3,). heights: the world it was computed on, the eye in the middle cell. least: float32, height from which on a point in a
    cell is seen. inside: within radius and sector. seen: of those, whose surface (ground or roof) is seen.

    rows: buildings inside; seen_rows: those of which something is seen.
    """

    eye: NDArray[np.float64]
    heading: float
    width: float
    heights: HeightGrid
    least: Floats32
    inside: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    rows: NDArray[np.int64]
    seen_rows: NDArray[np.int64]

    @property
    def grid(self) -> Grid:
        return self.heights.grid

    @property
    def ground_seen_m2(self) -> float:
        return float((self.seen & self.heights.is_ground).sum()) * self.grid.cell_m**2

    @property
    def ground_m2(self) -> float:
        return float((self.inside & self.heights.is_ground).sum()) * self.grid.cell_m**2

    @property
    def farthest_m(self) -> float:
        """To the farthest cell seen."""
        rows, columns = np.nonzero(self.seen)
        if not len(rows):
            return 0.0
        middle = self.grid.rows // 2
        return float(np.hypot(rows - middle, columns - middle).max()) * self.grid.cell_m


def viewshed(
    city: City,
    eye: ArrayLike,
    radius_m: float = 500.0,
    heading: float = 0.0,
    width: float = 360.0,
    cell_m: float = CELL_M,
    target_m: float = 0.0,
    k: float = REFRACTION,
    check: Callable[[], None] = lambda: None,
) -> Viewshed:
    """From an eye (3,) in local metres. heading, width: of a sector, degrees clockwise from north. target_m: height above ground of
    what is to be seen there (a person: 1.7). check is called between steps and may raise to give up."""
    at = np.asarray(eye, float)
    reach = max(2, math.ceil(radius_m / cell_m))
    if reach > MOST_CELLS:
        cell_m, reach = radius_m / MOST_CELLS, MOST_CELLS
    side = 2 * reach + 1
    grid = Grid(float(at[0]) - (reach + 0.5) * cell_m, float(at[1]) - (reach + 0.5) * cell_m, cell_m, side, side)
    heights = height_grid(city, grid)
    check()
    least = horizon(heights.top, cell_m, float(at[2]), k)
    check()
    step = np.arange(-reach, reach + 1)
    away = np.hypot(step[:, None], step[None]) * cell_m
    inside = away <= radius_m + 1e-6
    if width < 360:
        bearing = np.degrees(np.arctan2(step[None], step[:, None]))
        inside &= (np.abs((bearing - heading + 180) % 360 - 180) <= width / 2) | (away == 0)
    lift = np.where(heights.is_ground, np.float32(target_m), np.float32(0.0))
    seen = inside & (heights.top + lift + np.float32(SLACK_M) >= least)
    owner = heights.owner
    rows, seen_rows = (np.unique(owner[mask & (owner >= 0)]).astype(np.int64) for mask in (inside, seen))
    return Viewshed(at, heading, width, heights, least, inside, seen, rows, seen_rows)


def horizon(top: Floats32, cell_m: float, eye_z: float, k: float = REFRACTION) -> Floats32:
    """Height from which on a point in each cell is seen by an eye above the middle cell of a square of heights; -inf next to it."""
    side = len(top)
    if top.shape != (side, side) or side % 2 == 0:
        raise ValueError("the eye stands in the middle cell of a square")
    least = np.full(top.shape, -np.inf, np.float32)
    curve = (1 - k) / (2 * EARTH_M)
    across = np.ascontiguousarray(top.T)
    least_across = np.full(top.shape, -np.inf, np.float32)
    quarters = [(top, least), (top[::-1], least[::-1]), (across, least_across), (across[::-1], least_across[::-1])]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda q: _quarter(q[0], q[1], cell_m, eye_z, curve, OVERSAMPLED), quarters))
    middle = side // 2
    step = np.abs(np.arange(side) - middle)
    return np.where(step[None] > step[:, None], least_across.T, least)


@njit(**COMPILED)  # type: ignore[untyped-decorator]
def _quarter(top, least, cell, eye, curve, dense):  # type: ignore[no-untyped-def]
    """Northern quarter: rays through (i, s i) with slopes s from -1 to 1, row by row away from the eye."""
    reach = top.shape[0] // 2
    rays = 2 * reach * dense + 1
    best = np.full(rays, -np.inf)
    long = np.empty(rays)
    for j in range(rays):
        s = -1.0 + 2.0 * j / (rays - 1)
        long[j] = cell * math.sqrt(1.0 + s * s)
    for i in range(1, reach + 1):
        row = top[reach + i]
        out = least[reach + i]
        for m in range(-i, i + 1):
            j = int((m / i + 1.0) * 0.5 * (rays - 1) + 0.5)
            d = cell * math.sqrt(float(i * i + m * m))
            out[reach + m] = eye + best[j] * d + curve * d * d
        for j in range(rays):
            at = reach + (-1.0 + 2.0 * j / (rays - 1)) * i
            c = int(at)
            f = at - c
            z = row[c] if f == 0.0 or c + 1 > 2 * reach else row[c] * (1.0 - f) + row[c + 1] * f
            d = long[j] * i
            t = (z - curve * d * d - eye) / d
            if t > best[j]:
                best[j] = t
