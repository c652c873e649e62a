"""Which way the water of a flood flows: arrows, or streaks that are carried along, few where the eye is far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.drawing import Drawing
from layers.style import ramp
from twin.city.terrain import Grid

LEAST_M, LEAST_MS = 0.05, 0.05
"""Depth and speed below which no direction is shown."""
PALETTE, FAST_MS = "current", 2.0
"""Colours by speed, the last from this one on."""
STEPS = 20
"""Of the path of a streak."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]


class Field:
    """Velocity of the water at one moment. east, north (rows, columns), m/s; depth, m; z: level of the surface, all on one grid, NaN where
    nothing is known."""

    def __init__(self, grid: Grid, east: Values, north: Values, depth: Values, z: Values) -> None:
        self.grid = grid
        speed = np.hypot(east, north)
        with np.errstate(invalid="ignore"):
            seen = (depth > LEAST_M) & (speed > LEAST_MS) & np.isfinite(z)
        self.east, self.north = np.where(seen, east, np.float32(0)), np.where(seen, north, np.float32(0))
        self.speed = np.where(seen, speed, np.float32(0))
        self.z = z
        self.depth = np.where(seen, depth, np.float32(0))

    @cached_property
    def levels(self) -> list[NDArray[np.int32]]:
        """Of squares of 1, 2, 4 ... cells a side: the cell that carries most water, -1 where nothing flows."""
        here = np.arange(self.speed.size, dtype=np.int32).reshape(self.speed.shape)
        best, carried = np.where(self.speed > 0, here, -1), (self.speed * self.depth).ravel()
        found = [best]
        while max(best.shape) > 1:
            rows, columns = (n + n % 2 for n in best.shape)
            padded = np.full((rows, columns), -1, np.int32)
            padded[: best.shape[0], : best.shape[1]] = best
            four = padded.reshape(rows // 2, 2, columns // 2, 2).transpose(0, 2, 1, 3).reshape(rows // 2, columns // 2, 4)
            most = np.where(four >= 0, carried[four], np.float32(-1)).argmax(2)
            best = np.take_along_axis(four, most[..., None], 2)[..., 0]
            found.append(best)
        return found

    def at(self, cells: Ints) -> Floats:
        """Middles (N, 3) of cells at the surface."""
        row, column = cells // self.grid.columns, cells % self.grid.columns
        return np.column_stack([self.grid.x[column], self.grid.y[row], self.z.ravel()[cells]])

    def near(self, x: float, y: float, reach_m: float, level: int) -> Ints:
        """Cells that stand for the squares of a level within a distance of a place in plan."""
        best, side = self.levels[level], self.grid.cell_m * 2**level
        c0, c1 = (math.floor((v - self.grid.x0) / side) for v in (x - reach_m, x + reach_m))
        r0, r1 = (math.floor((v - self.grid.y0) / side) for v in (y - reach_m, y + reach_m))
        part = best[max(0, r0) : max(0, r1 + 1), max(0, c0) : max(0, c1 + 1)]
        return part[part >= 0].astype(np.int64)

    def paths(self, cells: Ints, seconds: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Where something carried from cells is at STEPS + 1 moments within so many seconds each: (N, STEPS + 1, 3), and whether the water
        still carries it there."""
        start = self.at(cells)
        # The same for a cell at every moment, so that nothing jumps.
        start[:, :2] += (_noise(cells)[:, :2] - 0.5) * 0.9 * self.grid.cell_m
        out = np.empty((len(cells), STEPS + 1, 3))
        alive = np.ones((len(cells), STEPS + 1), np.bool_)
        g = self.grid
        _carry(self.east, self.north, self.z, g.x0, g.y0, g.cell_m, start, seconds / STEPS, out, alive)
        return out, alive

    def phase(self, cells: Ints) -> Floats:
        """0 to 1, another for each cell, so that streaks do not all begin at once."""
        return np.asarray(_noise(cells)[:, 2])

    def colors(self, cells: Ints) -> NDArray[np.uint8]:
        """RGB by speed."""
        return np.asarray(_table()[np.clip(self.speed.ravel()[cells] / FAST_MS * 255, 0, 255).astype(np.uint8)])


def warm_up() -> None:
    """Load or compile what is below."""
    one = np.ones((2, 2), np.float32)
    Field(Grid(0.0, 0.0, 1.0, 2, 2), one, one, one, one).paths(np.array([0]), np.ones(1))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _between(values: Any, fx: float, fy: float) -> float:
    """Bilinear, at a place counted in cells from the first centre; the outermost value goes on."""
    rows, columns = values.shape
    c, r = int(math.floor(fx)), int(math.floor(fy))
    u, v = fx - c, fy - r
    c0, c1 = min(max(c, 0), columns - 1), min(max(c + 1, 0), columns - 1)
    r0, r1 = min(max(r, 0), rows - 1), min(max(r + 1, 0), rows - 1)
    low = values[r0, c0] * (1.0 - u) + values[r0, c1] * u
    return float(low * (1.0 - v) + (values[r1, c0] * (1.0 - u) + values[r1, c1] * u) * v)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _carry(
    east: Any, north: Any, z: Any, x0: float, y0: float, cell_m: float, start: Any, dt: Any, out: Any, alive: Any
) -> None:
    """Midpoint rule; the level is that of the cell, and beyond the edge of the water stays as it was."""
    rows, columns = z.shape
    for n in range(len(start)):
        x, y, level = start[n, 0], start[n, 1], start[n, 2]
        out[n, 0] = start[n]
        for k in range(out.shape[1] - 1):
            fx, fy = (x - x0) / cell_m - 0.5, (y - y0) / cell_m - 0.5
            step = dt[n] / cell_m
            u, v = _between(east, fx, fy), _between(north, fx, fy)
            fx, fy = fx + 0.5 * step * u, fy + 0.5 * step * v
            u, v = _between(east, fx, fy), _between(north, fx, fy)
            alive[n, k + 1] = alive[n, k] and math.sqrt(u * u + v * v) > 0.5 * LEAST_MS
            x, y = x + dt[n] * u, y + dt[n] * v
            r, c = int(math.floor((y - y0) / cell_m)), int(math.floor((x - x0) / cell_m))
            if 0 <= r < rows and 0 <= c < columns and z[r, c] == z[r, c]:
                level = z[r, c]
            out[n, k + 1, 0], out[n, k + 1, 1], out[n, k + 1, 2] = x, y, level


def _table() -> NDArray[np.uint8]:
    return np.asarray(np.round(ramp(PALETTE, np.linspace(0, 1, 256)) * 255).astype(np.uint8))


def _noise(cells: Ints) -> Floats:
    """(N, 3) numbers that look random and are the same for a cell every time."""
    seed = cells.astype(np.uint64)[:, None] * np.uint64(2654435761) + np.array([1, 7919, 104729], np.uint64)
    seed ^= seed >> np.uint64(13)
    seed = seed * np.uint64(0x5BD1E995)
    seed ^= seed >> np.uint64(15)
    return np.asarray((seed % np.uint64(10007)) / 10007.0)


@dataclass
class Current(Drawing):
    """Arrows or streaks of a Field, chosen anew for each picture."""

    field: Field = None  # type: ignore[assignment]
    kind: str = "arrows"
