"""Ground: elevation on a regular grid, and sampling it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from twin.city.city import City

MOST_STEPS = 16
"""Samples a side of a coarse cell, at most: enough for a mean."""
BAND_CELLS = 1_000_000
"""Cells resampled at a time, so that it takes little memory."""


@dataclass(frozen=True)
class Grid:
    """Square cells. Row 0 is southmost, column 0 westmost; (x0, y0) is the outer south-west corner, local metres."""

    x0: float
    y0: float
    cell_m: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """min x, min y, max x, max y of the cells' outer edges."""
        return self.x0, self.y0, self.x0 + self.columns * self.cell_m, self.y0 + self.rows * self.cell_m

    @property
    def x(self) -> NDArray[np.float64]:
        """Cell centres along a row."""
        return np.asarray(self.x0 + (np.arange(self.columns) + 0.5) * self.cell_m)

    @property
    def y(self) -> NDArray[np.float64]:
        """Cell centres along a column."""
        return np.asarray(self.y0 + (np.arange(self.rows) + 0.5) * self.cell_m)

    @staticmethod
    def covering(bounds: tuple[float, float, float, float], cell_m: float) -> Grid:
        """Smallest grid on whole multiples of cell_m that covers bounds."""
        x0, y0 = np.floor(bounds[0] / cell_m) * cell_m, np.floor(bounds[1] / cell_m) * cell_m
        columns, rows = int(np.ceil((bounds[2] - x0) / cell_m)), int(np.ceil((bounds[3] - y0) / cell_m))
        return Grid(float(x0), float(y0), float(cell_m), max(1, rows), max(1, columns))

    def cell_of(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of points; -1, -1 outside."""
        column = np.floor((np.asarray(x, float) - self.x0) / self.cell_m).astype(np.int64)
        row = np.floor((np.asarray(y, float) - self.y0) / self.cell_m).astype(np.int64)
        outside = (row < 0) | (row >= self.rows) | (column < 0) | (column >= self.columns)
        return np.where(outside, -1, row), np.where(outside, -1, column)


@dataclass(frozen=True)
class Terrain:
    """elevation: float32 (rows, columns), metres in the city's vertical datum, NaN = no data."""

    grid: Grid
    elevation: NDArray[np.float32]
    source: str = ""

    def sample(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Bilinear elevation at points; a corner without data is left out; NaN where nothing is known or outside."""
        g = self.grid
        fx = (np.asarray(x, float) - g.x0) / g.cell_m - 0.5
        fy = (np.asarray(y, float) - g.y0) / g.cell_m - 0.5
        inside = (fx >= -0.5) & (fx <= g.columns - 0.5) & (fy >= -0.5) & (fy <= g.rows - 0.5)
        with np.errstate(invalid="ignore"):
            c = np.clip(np.nan_to_num(np.floor(fx)), 0, max(0, g.columns - 2)).astype(np.int64)
            r = np.clip(np.nan_to_num(np.floor(fy)), 0, max(0, g.rows - 2)).astype(np.int64)
        u, v = np.clip(np.nan_to_num(fx) - c, 0, 1), np.clip(np.nan_to_num(fy) - r, 0, 1)
        r1, c1 = np.minimum(r + 1, g.rows - 1), np.minimum(c + 1, g.columns - 1)
        total, weight = np.zeros(fx.shape), np.zeros(fx.shape)
        for rr, cc, w in ((r, c, (1 - u) * (1 - v)), (r, c1, u * (1 - v)), (r1, c, (1 - u) * v), (r1, c1, u * v)):
            z = self.elevation[rr, cc].astype(float)
            known = np.isfinite(z)
            total += np.where(known, z, 0.0) * w * known
            weight += w * known
        with np.errstate(invalid="ignore", divide="ignore"):
            value = total / weight
        return np.where(inside & (weight > 0), value, np.nan)

    def on(self, grid: Grid) -> NDArray[np.float32]:
        """Elevation at the cell centres of another grid: mean of the cells below a coarser one, bilinear otherwise."""
        if grid == self.grid:
            return self.elevation
        x0, y0, x1, y1 = self.grid.bounds
        r0, r1 = np.clip([np.floor((y0 - grid.y0) / grid.cell_m), np.ceil((y1 - grid.y0) / grid.cell_m)], 0, grid.rows).astype(int)
        c0, c1 = np.clip([np.floor((x0 - grid.x0) / grid.cell_m), np.ceil((x1 - grid.x0) / grid.cell_m)], 0, grid.columns).astype(int)
        out = np.full(grid.shape, np.nan, np.float32)
        across, up = (grid.x0 - self.grid.x0) / self.grid.cell_m, (grid.y0 - self.grid.y0) / self.grid.cell_m
        if abs(grid.cell_m / self.grid.cell_m - 1) < 1e-9 and abs(across - round(across)) < 1e-6 and abs(up - round(up)) < 1e-6:
            c, r = round(across), round(up)
            c0, r0, c1, r1 = max(0, -c), max(0, -r), min(grid.columns, self.grid.columns - c), min(grid.rows, self.grid.rows - r)
            if c0 < c1 and r0 < r1:
                out[r0:r1, c0:c1] = self.elevation[r0 + r : r1 + r, c0 + c : c1 + c]
            return out
        band = max(1, BAND_CELLS // max(1, c1 - c0))
        for r in range(r0, r1, band):
            self._resample(out, grid, r, min(r + band, r1), c0, c1)
        return out

    def _resample(self, out: NDArray[np.float32], grid: Grid, r0: int, r1: int, c0: int, c1: int) -> None:
        steps = min(MOST_STEPS, max(1, int(round(grid.cell_m / self.grid.cell_m))))
        offsets = ((np.arange(steps) + 0.5) / steps - 0.5) * grid.cell_m
        total, count = np.zeros((r1 - r0, c1 - c0)), np.zeros((r1 - r0, c1 - c0))
        for dy in offsets:
            for dx in offsets:
                z = self.sample(*np.meshgrid(grid.x[c0:c1] + dx, grid.y[r0:r1] + dy))
                known = np.isfinite(z)
                total[known] += z[known]
                count += known
        with np.errstate(invalid="ignore", divide="ignore"):
            out[r0:r1, c0:c1] = np.where(count > 0, total / count, np.nan)


def filled(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heights with each hole given the nearest height that is known; some must be."""
    hole = ~np.isfinite(z)
    if not hole.any():
        return z
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(hole, return_distances=False, return_indices=True)
    return np.asarray(z[tuple(nearest)], np.float32)


def level_of(city: City) -> float:
    """Height most buildings of a city stand on, metres; 0 where none is known."""
    if not len(city.buildings):
        return 0.0
    heights = city.buildings.column("ground_z_m").astype(float)
    known = heights[np.isfinite(heights)]
    return float(np.median(known)) if len(known) else 0.0
