"""Rivers whose flow is computed: their bed, where they come in, and where they are held to their level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.models.hazard.flood_kernels import CLOSED
from twin.models.hazard.flood_measures import column

SOURCE_M = 300.0
"""Where water is let into a river this near to where it leaves the area, it comes from there: nothing is held and nothing leaves."""
LAND, WATER, OUTSIDE = 0, 2, 3


def free_rivers(
    city: City, grid: Grid, params: Mapping[str, Any], z: NDArray[np.float32], kind: NDArray[np.uint8], level: NDArray[np.float64],
    rising: NDArray[np.bool_], notices: list[tuple[str, str, str]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Make land of the rivers among permanent water, as deep below their level as the water layer states (depth_m) or params; z and kind
    change. Their cells at the border of the known ground stay as they are, but for those where water is let in.

    Returns which cells flow, and which of them are where a river comes in. Lakes keep their level.
    """
    flows = (kind == WATER) & rising
    border = np.ones(kind.shape, bool)
    border[1:-1, 1:-1] = False
    outside = np.pad(kind == OUTSIDE, 1)
    border |= outside[:-2, 1:-1] | outside[2:, 1:-1] | outside[1:-1, :-2] | outside[1:-1, 2:]
    ends = flows & border
    source = ends & _near_inflows(city, grid)
    river = flows & (~ends | source)
    if not river.any():
        notices.append(("warning", "no-river", "There is no river whose flow could be computed: the water layer has none here."))
        return river, source
    z[river] = np.minimum(z[river], (level[river] - _depths(city, grid, params["river_depth_m"])[river])).astype(np.float32)
    kind[river] = LAND
    if not (ends & ~source).any():
        text = "The rivers that are computed leave the area nowhere: what is let in stays."
        notices.append(("warning", "river-no-end", text))
    return river, source


def open_ends(
    zfx: NDArray[np.float32], zfy: NDArray[np.float32], river: NDArray[np.bool_], z: NDArray[np.float32], kind: NDArray[np.uint8]
) -> None:
    """A river flows over its bed into where it is held to its level."""
    bed = np.where(river, z, CLOSED)
    held = kind == WATER
    for faces, a, b in ((zfx[:, 1:-1], np.s_[:, 1:], np.s_[:, :-1]), (zfy[1:-1], np.s_[1:], np.s_[:-1])):
        mouth = (river[a] & held[b]) | (river[b] & held[a])
        faces[mouth] = np.minimum(bed[a], bed[b])[mouth]


def beds_of_ends(
    normal: NDArray[np.float64], river: NDArray[np.bool_], z: NDArray[np.float32], kind: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Level below which kept water lets nothing pass: where a river flows into it the river's bed."""
    bed = np.pad(np.where(river, z, np.inf), 1, constant_values=np.inf)
    lowest = np.minimum.reduce([bed[:-2, 1:-1], bed[2:, 1:-1], bed[1:-1, :-2], bed[1:-1, 2:]])
    return np.where((kind == WATER) & np.isfinite(lowest), np.minimum(normal, lowest), normal)


def raise_banks(
    zfx: NDArray[np.float32], zfy: NDArray[np.float32], river: NDArray[np.bool_], land: NDArray[np.bool_], normal: NDArray[np.float64]
) -> None:
    """Faces between a river and its banks let nothing pass below its normal level, however coarse the cells."""
    level = np.where(river, normal, -np.inf).astype(np.float32)
    for faces, a, b in ((zfx[:, 1:-1], np.s_[:, 1:], np.s_[:, :-1]), (zfy[1:-1], np.s_[1:], np.s_[:-1])):
        bank = (river[a] != river[b]) & land[a] & land[b] & (faces < CLOSED)
        faces[bank] = np.maximum(faces, np.maximum(level[a], level[b]))[bank]


def _near_inflows(city: City, grid: Grid) -> NDArray[np.bool_]:
    layer = city.layers.get("inflows")
    near = np.zeros(grid.shape, bool)
    if layer is None:
        return near
    x, y = np.meshgrid(grid.x, grid.y)
    for shape in layer.geometry:  # a handful
        if shape is not None and not shape.is_empty:
            x0, y0, x1, y1 = shapely.bounds(shape) + np.array([-1, -1, 1, 1]) * SOURCE_M
            around = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
            near[around] |= shapely.dwithin(shapely.points(x[around], y[around]), shape, SOURCE_M)
    return near


def _depths(city: City, grid: Grid, otherwise: float) -> NDArray[np.float64]:
    """Depth below the normal level at each cell."""
    depth = np.full(grid.shape, otherwise)
    water = city.layers["water"]
    stated = column(water, "depth_m")
    x, y = np.meshgrid(grid.x, grid.y)
    for row in np.flatnonzero(stated > 0):  # a handful
        x0, y0, x1, y1 = shapely.bounds(water.geometry[row]) + np.array([-1, -1, 1, 1]) * grid.cell_m
        around = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        hit = shapely.dwithin(shapely.points(x[around], y[around]), water.geometry[row], 0.5 * grid.cell_m)
        depth[around] = np.where(hit, stated[row], depth[around])
    return depth
