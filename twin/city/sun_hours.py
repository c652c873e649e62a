"""Hours of direct sun on a day: of every cell of a height grid, and of walls and roofs in pieces.

The shadow of the whole grid is swept once for each position of the sun: along lines of cells away from it, a running height falls by
the slope of its rays and is lifted by what stands in the way. Each cell lies on one line, so that shadows keep their edges however
long they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from twin.city.facets import Facets
from twin.city.height_grid import COMPILED, HeightGrid
from twin.city.suns import Sun

Floats32 = NDArray[np.float32]
LEAST_ELEVATION = 1.0
"""Degrees: below, the sun of a city is behind its horizon."""
SLACK_M = 0.1


@dataclass(frozen=True)
class SunHours:
    """surface: float32, hours on top of each cell (ground or roof). facets: hours of each, in their order. possible: hours the sun is up.

    rows: buildings the facets are of, ascending; roof, walls, whole: mean hours of each by area, NaN where it has none.
    """

    surface: Floats32
    facets: Floats32
    possible: float
    rows: NDArray[np.int64]
    roof: NDArray[np.float64]
    walls: NDArray[np.float64]
    whole: NDArray[np.float64]


def sun_hours(heights: HeightGrid, faces: Facets, suns: Sequence[Sun], progress: Callable[[float], None] = lambda _: None) -> SunHours:
    """progress: told the fraction done between steps; may raise to give up."""
    up = [s for s in suns if s.elevation >= LEAST_ELEVATION]
    surface, of_faces = np.zeros(heights.top.shape, np.float32), np.zeros(len(faces), np.float32)
    before = faces.before(heights.grid)
    across = np.ascontiguousarray(heights.top.T)
    normal, z, wall = faces.normal, faces.middle[:, 2], ~faces.is_roof
    # A pitched roof is given to its cells by their middle; half a cell of it up or down is no shadow.
    slack = np.where(wall, 0.0, SLACK_M + 0.75 * heights.grid.cell_m)

    def shade(sun: Sun) -> Floats32:
        return shadow_top(heights.top, heights.grid.cell_m, sun.azimuth, sun.elevation, across)

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(up), 2):
            progress(start / max(1, len(up)))
            some = up[start : start + 2]
            for sun, top in zip(some, pool.map(shade, some), strict=True):
                _add_lit(surface, heights.top, top, np.float32(sun.hours), np.float32(SLACK_M))
                if len(faces):
                    facing = normal @ direction(sun) > 1e-6
                    of_faces += np.float32(sun.hours) * (facing & (z + slack >= top[before]))
    rows, place = np.unique(faces.rows, return_inverse=True)

    def mean(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        weight = np.bincount(place[which], faces.area[which], minlength=len(rows))
        total = np.bincount(place[which], faces.area[which] * of_faces[which], minlength=len(rows))
        return np.where(weight > 0, total / np.maximum(weight, 1e-9), np.nan)

    return SunHours(surface, of_faces, float(sum(s.hours for s in up)), rows, mean(~wall), mean(wall), mean(np.ones(len(wall), bool)))


def direction(sun: Sun) -> NDArray[np.float64]:
    """Unit vector towards it: east, north, up."""
    a, e = math.radians(sun.azimuth), math.radians(sun.elevation)
    return np.array([math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)])


def shadow_top(top: Floats32, cell_m: float, azimuth: float, elevation: float, across: Floats32 | None = None) -> Floats32:
    """Height below which a point in each cell lies in the shadow of other cells; -inf where nothing stands towards the sun.

    top: heights, row 0 southmost. across: its transpose, contiguous, where there is one already.
    """
    a = math.radians(azimuth)
    east, north = math.sin(a), math.cos(a)
    fall = math.tan(math.radians(max(elevation, 0.1))) * cell_m
    if abs(north) >= abs(east):
        view, slope, step = top, east / north, fall / abs(north)
        out = np.empty(top.shape, np.float32)
        ahead = out
        if north > 0:  # the sun is in the north: go south, from the last row
            view, ahead, slope = view[::-1], ahead[::-1], -slope
        _sweep(view, ahead, slope, step)
        return out
    view = np.ascontiguousarray(top.T) if across is None else across
    slope, step = north / east, fall / abs(east)
    out = np.empty(view.shape, np.float32)
    ahead = out
    if east > 0:
        view, ahead, slope = view[::-1], ahead[::-1], -slope
    _sweep(view, ahead, slope, step)
    return np.ascontiguousarray(out.T)


@njit(**COMPILED)  # type: ignore[untyped-decorator]
def _add_lit(surface, top, shadow, hours, slack):  # type: ignore[no-untyped-def]
    """Hours to the cells that rise out of the shadow."""
    for i in range(top.shape[0]):
        for j in range(top.shape[1]):
            if top[i, j] + slack >= shadow[i, j]:
                surface[i, j] += hours


@njit(**COMPILED)  # type: ignore[untyped-decorator]
def _sweep(top, out, slope, fall):  # type: ignore[no-untyped-def]
    """Row by row away from the sun; lines shift by `slope` cells a row, rounded to whole cells, so that each cell is on one line."""
    rows, columns = top.shape
    widest = int(math.ceil(abs(slope) * rows)) + 2
    running = np.full(columns + 2 * widest, -np.inf)
    for i in range(rows):
        shift = widest - int(math.floor(slope * i + 0.5))
        for j in range(columns):
            k = j + shift
            s = running[k] - fall
            out[i, j] = s
            z = top[i, j]
            running[k] = z if z > s else s
