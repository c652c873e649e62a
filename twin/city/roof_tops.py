"""How high roofs reach, read from a surface model under each footprint."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.terrain import Terrain

PERCENTILE = 70.0
SHRINK_M = 0.5
"""Cells at the edge of a footprint are walls, gutters and the street."""
MOST_SAMPLES = 144
"""Places looked at in one footprint."""
LEAST, LEAST_SHARE = 4, 0.3
"""Places, and the share of those looked at, that must be known."""
LEAST_HEIGHT_M = 2.0
"""What rises less above the ground is no building in the surface model (not built yet, or gone)."""
_PAIRS = 2_000_000

Floats = NDArray[np.float64]


def roof_tops(shapes: NDArray[np.object_], surfaces: list[Terrain], percentile: float = PERCENTILE) -> Floats:
    """Height of the roofs in the vertical datum of the surfaces, one per area (local metres); NaN where none of them tells.

    A percentile of the surface within the footprint shrunk by SHRINK_M: the maximum is a chimney or an antenna, the mean of a
    pitched roof too low. 70 is what 3D BAG uses for block models (Peters et al. 2022, doi:10.14358/PERS.21-00032R2, roof height
    h_dak_70p). The first surface that knows enough of a footprint counts.
    """
    out = np.full(len(shapes), np.nan)
    for surface in surfaces:
        rows = np.flatnonzero(np.isnan(out))
        if len(rows):
            out[rows] = _tops(shapes[rows], surface, percentile)
    return out


def _tops(shapes: NDArray[np.object_], surface: Terrain, percentile: float) -> Floats:
    out = np.full(len(shapes), np.nan)
    grid = surface.grid
    inner = shapely.buffer(shapes, -SHRINK_M, quad_segs=1)
    small = shapely.area(inner) < np.minimum(4 * grid.cell_m**2, 0.5 * shapely.area(shapes))
    inner[small] = shapes[small]
    box = shapely.bounds(inner)
    x0, y0, x1, y1 = grid.bounds
    some = np.flatnonzero(np.isfinite(box).all(1) & (box[:, 0] < x1) & (box[:, 2] > x0) & (box[:, 1] < y1) & (box[:, 3] > y0))
    if not len(some):
        return out
    box = box[some]
    spacing = np.maximum(grid.cell_m, np.sqrt(np.maximum(shapely.area(inner[some]), 1e-6) / MOST_SAMPLES))
    wide = np.maximum(1, np.ceil((box[:, 2] - box[:, 0]) / spacing)).astype(np.int64)
    tall = np.maximum(1, np.ceil((box[:, 3] - box[:, 1]) / spacing)).astype(np.int64)
    spread = np.maximum(1.0, np.sqrt(wide * tall / (50 * MOST_SAMPLES)))  # a long thin shape aslant fills little of its box
    wide, tall = np.maximum(1, (wide / spread)).astype(np.int64), np.maximum(1, (tall / spread)).astype(np.int64)
    shapely.prepare(inner)
    count = wide * tall
    for chunk in np.split(np.arange(len(some)), np.flatnonzero(np.diff(np.cumsum(count) // _PAIRS)) + 1):
        of = np.repeat(chunk, count[chunk])
        k = np.arange(len(of)) - np.repeat(np.cumsum(count[chunk]) - count[chunk], count[chunk])
        x = box[of, 0] + (k % wide[of] + 0.5) * (box[of, 2] - box[of, 0]) / wide[of]
        y = box[of, 1] + (k // wide[of] + 0.5) * (box[of, 3] - box[of, 1]) / tall[of]
        inside = shapely.contains_xy(inner[some[of]], x, y)
        of, x, y = of[inside], x[inside], y[inside]
        row, column = grid.cell_of(x, y)
        z = np.where(row >= 0, surface.elevation[row, column], np.nan).astype(float)
        out[some[chunk]] = _percentiles(of - chunk[0], z, len(chunk), percentile)
    return out


def _percentiles(group: NDArray[np.int64], values: Floats, groups: int, percentile: float) -> Floats:
    """Percentile (linear between ranks) of each group's known values; NaN where too few are."""
    looked = np.bincount(group, minlength=groups)
    known = np.isfinite(values)
    group, values = group[known], values[known]
    order = np.lexsort((values, group))
    values = np.append(values[order], 0.0)
    count = np.bincount(group, minlength=groups)
    start = np.cumsum(count) - count
    at = (np.maximum(count, 1) - 1) * percentile / 100
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count, 1) - 1)
    last = len(values) - 1
    a, b = values[np.minimum(start + low, last)], values[np.minimum(start + high, last)]
    enough = (count >= np.minimum(LEAST, looked)) & (count > 0) & (count >= LEAST_SHARE * looked)
    return np.where(enough, a + (b - a) * (at - low), np.nan)
