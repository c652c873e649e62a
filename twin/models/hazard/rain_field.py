"""Rain that differs from place to place: measured by gauges, or given for areas such as the cells of a radar or a shower that is drawn.

All come from layer `rain`: points are gauges, areas stand for what falls on them. Each tells its rain over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.models.hazard.flood_forcing import pairs_of
from twin.models.hazard.flood_measures import column

NEAREST = 6
"""Gauges that count at a place, by the inverse of the square of their distance (Shepard 1968, doi:10.1145/800186.810616)."""
MOST_SHARES = 60_000_000
"""Shares of gauges and areas in cells, 8 bytes each, that are kept."""


@dataclass(frozen=True)
class RainCurve:
    """Rain of one gauge or area. times_s rising; total_mm: what has fallen by then; none before or after."""

    times_s: tuple[float, ...]
    total_mm: tuple[float, ...]

    def fallen_mm(self, from_s: float, to_s: float) -> float:
        a, b = np.interp((from_s, to_s), self.times_s, self.total_mm)
        return float(b - a)


@dataclass(frozen=True)
class RainField:
    """shares: what each curve counts in each cell, a sparse matrix (cells, curves)."""

    curves: tuple[RainCurve, ...]
    shares: Any
    shape: tuple[int, int]

    def fallen_m(self, from_s: float, to_s: float) -> NDArray[np.float32] | None:
        """Depth that falls between two moments, (rows, columns); None where none does."""
        mm = np.array([c.fallen_mm(from_s, to_s) for c in self.curves], np.float32)
        if not mm.any():
            return None
        return np.asarray(self.shares @ (mm / np.float32(1000.0)), np.float32).reshape(self.shape)

    def joined(self, other: RainField) -> RainField:
        from scipy import sparse

        return RainField(self.curves + other.curves, sparse.hstack([self.shares, other.shares], "csr", np.float32), self.shape)


def rain_field(layer: Features | None, grid: Grid, gauges: bool, start_s: float = 0.0) -> RainField | None:
    """What layer `rain` says: areas always, points where `gauges` are asked for. start_s: when its times begin.

    Columns: hyetograph (text, "seconds mm/h" in pairs: each intensity lasts until the next), or rain_mm_h from begin_s for
    duration_s (0: to the end). Raises ScenarioError where a hyetograph is none, a place is no place, or gauges are asked for and there
    are none.
    """
    from scipy import sparse

    areas, points = np.zeros(0, int), np.zeros(0, int)
    if layer is not None and len(layer):
        kind = shapely.get_dimensions(layer.geometry)
        areas = np.flatnonzero((kind == 2) & ~shapely.is_empty(layer.geometry))
        points = np.flatnonzero((kind == 0) & ~shapely.is_empty(layer.geometry))
    if gauges and not len(points):
        raise ScenarioError(
            "There is no rain gauge to take the rain from", where="flood.hyetograph",
            do="Add a layer 'rain' of points with a column 'hyetograph', or choose another shape of the storm.",
        )
    if not gauges:
        points = points[:0]
    if layer is None or not len(areas) + len(points):
        return None
    curves = _curves(layer, np.concatenate([areas, points]), start_s)
    cells = grid.rows * grid.columns
    if cells * (min(NEAREST, len(points)) + min(1, len(areas))) > MOST_SHARES:
        raise ScenarioError("The cells are too many for rain that differs from place to place", do="Choose larger cells.")
    parts = [_covered(layer.geometry[areas], grid)] if len(areas) else []
    if len(points):
        parts.append(_between(shapely.get_coordinates(layer.geometry[points]), grid))
    return RainField(curves, sparse.hstack(parts, "csr", np.float32), grid.shape)


def _curves(layer: Features, rows: NDArray[Any], start_s: float) -> tuple[RainCurve, ...]:
    texts = layer.table["hyetograph"].fillna("").astype(str) if "hyetograph" in layer.table else [""] * len(layer)
    steady, begin, lasts = (np.nan_to_num(column(layer, name)) for name in ("rain_mm_h", "begin_s", "duration_s"))
    curves = []
    for row in rows.tolist():
        where = str(layer.ids[row])
        if texts[row].strip():
            pairs = pairs_of(texts[row], where)
        else:
            pairs = [(begin[row], steady[row])] + ([(begin[row] + lasts[row], 0.0)] if lasts[row] > 0 else [])
        curves.append(rain_curve([(t + start_s, i) for t, i in pairs], where))
    return tuple(curves)


def rain_curve(pairs: list[tuple[float, float]], where: str = "") -> RainCurve:
    """Of moments (s) and intensities (mm/h) that last until the next one; the last one goes on. Raises ScenarioError."""
    times, intensity = np.array(pairs, float).reshape(-1, 2).T
    if not len(times) or not np.isfinite(times).all() or not np.isfinite(intensity).all() or (np.diff(times) <= 0).any():
        raise ScenarioError("Its times do not rise", where=where, do="Write seconds and mm/h in pairs: 0 12, 600 48, 1200 0")
    if (intensity < 0).any():
        raise ScenarioError("Rain cannot be less than nothing", where=where, do="Write seconds and mm/h in pairs: 0 12, 600 48, 1200 0")
    times = np.append(times, max(times[-1] + 1.0, 60 * 86400.0))
    total = np.concatenate([[0.0], np.cumsum(np.diff(times) * intensity / 3600.0)])
    return RainCurve(tuple(times.tolist()), tuple(total.tolist()))


def _covered(areas: NDArray[np.object_], grid: Grid) -> Any:
    """Cells whose centre lies in each area."""
    from affine import Affine
    from rasterio.features import rasterize
    from scipy import sparse

    columns = []
    for area in areas:
        x0, y0, x1, y1 = area.bounds
        i0, i1 = np.clip(((np.array([y0, y1]) - grid.y0) / grid.cell_m + [-1, 2]).astype(int), 0, grid.rows)
        j0, j1 = np.clip(((np.array([x0, x1]) - grid.x0) / grid.cell_m + [-1, 2]).astype(int), 0, grid.columns)
        if i1 <= i0 or j1 <= j0:
            columns.append(np.zeros(0, np.int64))
            continue
        # north-up, as GDAL expects, then turned over
        way = Affine(grid.cell_m, 0, grid.x0 + j0 * grid.cell_m, 0, -grid.cell_m, grid.y0 + i1 * grid.cell_m)
        hit = rasterize([(area, 1)], out_shape=(int(i1 - i0), int(j1 - j0)), transform=way, dtype=np.uint8)[::-1]
        i, j = np.nonzero(hit)
        columns.append((i + i0) * grid.columns + j + j0)
    counts = np.array([len(c) for c in columns])
    if counts.sum() > MOST_SHARES:
        raise ScenarioError("The areas of rain cover too many cells", do="Choose larger cells.")
    where = (np.concatenate(columns), np.repeat(np.arange(len(areas)), counts))
    return sparse.csr_matrix((np.ones(counts.sum(), np.float32), where), (grid.rows * grid.columns, len(areas)))


def _between(xy: NDArray[np.float64], grid: Grid) -> Any:
    """Shares of the nearest gauges in each cell."""
    from scipy import sparse
    from scipy.spatial import cKDTree

    x, y = np.meshgrid(grid.x, grid.y)
    near = min(NEAREST, len(xy))
    distance, owner = cKDTree(xy).query(np.column_stack([x.ravel(), y.ravel()]), near, workers=-1)
    distance, owner = distance.reshape(-1, near), owner.reshape(-1, near)
    weight = 1.0 / np.maximum(distance, 0.5 * grid.cell_m) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    cells = len(owner)
    return sparse.csr_matrix(
        (weight.ravel().astype(np.float32), owner.ravel(), np.arange(0, cells * near + 1, near)), (cells, len(xy))
    )
