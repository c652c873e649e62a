"""Which cells of a grid of lowest points are ground: for point clouds that nobody has classified."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Terrain

LARGEST_M = 40.0
"""Half a building: wider roofs would pass for ground."""
SLOPE = 0.15
FIRST_M, MOST_M = 0.3, 2.5
"""Thresholds of height above the opened surface, of the smallest and the largest window."""
PIT_M = 1.0
COARSEST_M, MOST_CELLS = 5.0, 16_000_000
"""Of a surface model whose ground is looked for: in coarser cells streets are lost between houses."""
FILL_M = 100.0


def ground_cells(lowest: NDArray[np.float32], cell_m: float) -> NDArray[np.bool_]:
    """Whether the lowest point of each cell lies on the ground; lowest: metres, NaN where there is none.

    Progressive morphological filter (Zhang et al. 2003, doi:10.1109/TGRS.2003.810682): the surface is opened with windows that
    double in size; what stands above the opened surface by more than slope x growth of the window + FIRST_M (at most MOST_M, eq. 7)
    is no ground. Points that lie PIT_M below all their neighbours (echoes from below) are taken out first.
    """
    from scipy.ndimage import distance_transform_edt, grey_opening, minimum_filter

    known = np.isfinite(lowest)
    if not known.any():
        return known
    nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
    z = lowest[tuple(nearest)].astype(np.float32)
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    around = minimum_filter(z, footprint=ring, mode="nearest")
    pit = known & (z < around - PIT_M)
    z = np.where(pit, around, z)
    ground = known & ~pit
    surface, before = z, 1
    half = 1
    while half * cell_m <= LARGEST_M:
        window = 2 * half + 1
        opened = grey_opening(surface, size=(window, window), mode="nearest")
        limit = min(MOST_M, SLOPE * (window - before) * cell_m + FIRST_M)
        ground &= surface - opened <= limit
        surface, before = opened, window
        half *= 2
    return np.asarray(ground, bool)


def ground_under(surface: Terrain) -> Terrain | None:
    """The ground of a surface model: what of it is no roof and no tree, filled in below those; None where it is too coarse to tell."""
    from rasterio.fill import fillnodata

    z, cell = surface.elevation, surface.grid.cell_m
    if cell > COARSEST_M or z.size > MOST_CELLS:
        return None
    ground = ground_cells(z, cell)
    if not ground.any():
        return None
    filled = fillnodata(np.where(ground, z, 0.0).astype(np.float32), ground.astype(np.uint8), max_search_distance=FILL_M / cell)
    return Terrain(surface.grid, np.where(ground | np.isfinite(z), filled, np.nan).astype(np.float32), surface.source)
