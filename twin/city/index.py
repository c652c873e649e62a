"""What is under the pointer, nearby or inside: spatial indexes that need no graphics card."""

from __future__ import annotations

import sys
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

LEAF = 4
"""Triangles per leaf of the tree."""


class TriangleIndex:
    """Ray against triangles, exact.

    A bounding volume tree over the triangles in Morton order (Lauterbach et al. 2009, doi:10.1111/j.1467-8659.2009.01377.x),
    complete and binary, so that each level is one array: built and walked level by level without a compiled kernel.
    """

    def __init__(self, points: NDArray[np.float64], triangles: NDArray[np.int32]) -> None:
        """points: (P, 3) local metres; triangles: (T, 3). Triangles with a corner that is not finite are never hit."""
        self._points, self._triangles = points, triangles
        self._order = np.empty(0, np.int64)
        self._low: list[NDArray[np.float32]] = []
        self._high: list[NDArray[np.float32]] = []
        if len(triangles):
            self._build()

    def __len__(self) -> int:
        return len(self._triangles)

    def _build(self) -> None:
        a, b, c = (self._points[self._triangles[:, i]] for i in range(3))
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        fine = np.asarray(np.isfinite(low).all(1) & np.isfinite(high).all(1), bool)
        if not fine.any():
            return
        self._order = _morton_order((low + high) / 2, fine)
        blocks = -(-len(self._order) // LEAF)
        leaves = 1 << max(0, (blocks - 1).bit_length())
        # float32 boxes are rounded outwards: half the memory and never a miss.
        lows = np.full((leaves * LEAF, 3), np.nan, np.float32)
        highs = np.full((leaves * LEAF, 3), np.nan, np.float32)
        lows[: len(self._order)] = np.nextafter(low[self._order].astype(np.float32), np.float32(-np.inf))
        highs[: len(self._order)] = np.nextafter(high[self._order].astype(np.float32), np.float32(np.inf))
        lows = _pairs(np.fmin, lows, LEAF)
        highs = _pairs(np.fmax, highs, LEAF)
        self._low, self._high = [lows], [highs]
        while len(lows) > 1:
            lows, highs = _pairs(np.fmin, lows, 2), _pairs(np.fmax, highs, 2)
            self._low.append(lows)
            self._high.append(highs)

    def pick(self, origin: ArrayLike, direction: ArrayLike, farthest: float = np.inf) -> tuple[int, float] | None:
        """The first triangle a ray meets, from either side, and how far away in metres; None where it meets none."""
        o, d = np.asarray(origin, float), np.asarray(direction, float)
        length = float(np.linalg.norm(d))
        if not self._low or not np.isfinite(o).all() or not np.isfinite(length) or length == 0:
            return None
        d = d / length
        nodes = np.zeros(1, np.int64)
        for low, high in zip(reversed(self._low), reversed(self._high), strict=True):
            nodes = nodes[box_hits(low[nodes], high[nodes], o, d, farthest)]
            if not len(nodes):
                return None
            if len(low) < len(self._low[0]):
                nodes = (nodes[:, None] * 2 + np.arange(2)).ravel()
        places = (nodes[:, None] * LEAF + np.arange(LEAF)).ravel()
        candidates = self._order[places[places < len(self._order)]]
        distance = triangle_distances(self._points[self._triangles[candidates]], o, d)
        distance[distance > farthest] = np.inf
        best = int(np.argmin(distance))
        return (int(candidates[best]), float(distance[best])) if np.isfinite(distance[best]) else None


def _pairs(least: np.ufunc, boxes: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Boxes of each run of `size` boxes."""
    return np.asarray(least.reduce(boxes.reshape(-1, size, 3), axis=1))


def _morton_order(centres: NDArray[np.float64], fine: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Finite triangles along a Z curve of 2^21 steps an axis; one scale for all axes keeps the boxes cubic."""
    rows = np.flatnonzero(fine)
    points = centres[rows]
    low = points.min(0)
    span = max(float((points.max(0) - low).max()), 1e-9)
    step = ((points - low) / span * ((1 << 21) - 1)).astype(np.uint64)
    code = np.zeros(len(rows), np.uint64)
    for axis in range(3):
        code |= _spread(step[:, axis]) << np.uint64(axis)
    return np.asarray(rows[np.argsort(code, kind="stable")])


def _spread(v: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Two zero bits after each of 21 bits."""
    for shift, mask in (
        (32, 0x1F00000000FFFF),
        (16, 0x1F0000FF0000FF),
        (8, 0x100F00F00F00F00F),
        (4, 0x10C30C30C30C30C3),
        (2, 0x1249249249249249),
    ):
        v = (v | (v << np.uint64(shift))) & np.uint64(mask)
    return v


def box_hits(
    low: NDArray[np.float32], high: NDArray[np.float32], o: NDArray[np.float64], d: NDArray[np.float64], farthest: float
) -> NDArray[np.bool_]:
    """Which boxes a ray goes through (slab test); NaN boxes never."""
    compiled = sys.modules.get("twin.city.rays")
    if compiled is not None and getattr(compiled, "is_ready", False):  # it may still be on its way in
        return np.asarray(compiled.box_hits(low, high, o, d, farthest))
    near, far = np.zeros(len(low)), np.full(len(low), farthest)
    good = np.ones(len(low), bool)
    for axis in range(3):
        a, b = low[:, axis].astype(float), high[:, axis].astype(float)
        if d[axis] == 0:
            good &= (a <= o[axis]) & (o[axis] <= b)
            continue
        t, u = (a - o[axis]) / d[axis], (b - o[axis]) / d[axis]
        near, far = np.maximum(near, np.minimum(t, u)), np.minimum(far, np.maximum(t, u))
    return good & (near <= far)


def triangle_distances(corners: NDArray[np.float64], o: NDArray[np.float64], d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance along a unit ray to each triangle, inf where missed (Moeller and Trumbore 1997, doi:10.1080/10867651.1997.10487468)."""
    compiled = sys.modules.get("twin.city.rays")
    if compiled is not None and getattr(compiled, "is_ready", False):  # it may still be on its way in
        return np.asarray(compiled.triangle_distances(corners, o, d))
    first = corners[:, 0]
    e1, e2 = corners[:, 1] - first, corners[:, 2] - first
    p = np.cross(d, e2)
    det = np.einsum("ij,ij->i", e1, p)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        s = o - first
        u = np.einsum("ij,ij->i", s, p) / det
        q = np.cross(s, e1)
        v = q @ d / det
        t = np.einsum("ij,ij->i", e2, q) / det
        slack = 1e-9  # a ray through a shared edge meets one of the two
        hit = (np.abs(det) > 0) & (u >= -slack) & (v >= -slack) & (u + v <= 1 + slack) & (t >= 0)
    return np.where(hit, t, np.inf)


class FootprintIndex:
    """Geometries in plan: which is here, which is nearest, which lie within."""

    def __init__(self, geometry: NDArray[np.object_]) -> None:
        """geometry: shapely, local metres, any kind."""
        self.geometry = geometry

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometry)

    def at(self, x: float, y: float) -> NDArray[np.int64]:
        """Rows that cover a point, the smallest first."""
        rows = self._tree.query(shapely.Point(x, y), predicate="intersects")
        return np.asarray(rows[np.argsort(shapely.area(self.geometry[rows]), kind="stable")], np.int64)

    def nearest(self, x: float, y: float, within_m: float = np.inf) -> int | None:
        """Row of the nearest geometry, None where none is within reach."""
        if not len(self.geometry):
            return None
        reach = {} if np.isinf(within_m) else {"max_distance": within_m}
        rows = self._tree.query_nearest(shapely.Point(x, y), all_matches=False, **reach)
        return int(rows[0]) if len(rows) else None

    def within(self, area: shapely.Geometry, whole: bool = False) -> NDArray[np.int64]:
        """Rows that touch an area, or lie wholly in it; ascending."""
        return np.sort(np.asarray(self._tree.query(area, predicate="contains" if whole else "intersects"), np.int64))
