"""Shapely geometry -> triangles, ribbons and polylines lying on the ground."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.ground import Ground
from twin.city.extrude import triangulate

Floats = NDArray[np.float64]
Triangles = tuple[Floats, NDArray[np.int32], NDArray[np.int32]]
"""points (P, 3), triangles (T, 3), row of each triangle (T,)."""

CLEAR_M = 1.0
"""A line this far above the ground is a bridge or a viaduct, not a road on it."""
MOST_PIECES = 2_000_000
"""Into so many pieces geometry is cut to follow the ground; one wild coordinate would make billions."""


def exploded(geometry: NDArray[np.object_], kind: int) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Single parts of one geometry type (shapely type id: 0 point, 1 line, 3 polygon) and the row each came from.

    What is empty, not finite or has no length is left out.
    """
    parts, rows = shapely.get_parts(geometry, return_index=True)
    keep = (shapely.get_type_id(parts) == kind) & np.isfinite(shapely.bounds(parts)).all(1)
    if kind == 1:
        keep &= shapely.length(parts) > 1e-3  # GEOS refuses to divide a line without length
    return parts[keep], rows[keep]


def triangulated(polygons: NDArray[np.object_]) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Points (P, 3; z 0), triangles counter-clockwise from above, and the polygon of each triangle."""
    xy, triangles, rows = triangulate(polygons)
    return np.column_stack([xy, np.zeros(len(xy))]), triangles, rows


def draped_polygons(geometry: NDArray[np.object_], ground: Ground, lift_m: float = 0.0, level: Floats | None = None) -> Triangles:
    """Areas on the ground. level: one height per row instead (NaN: the ground's), as for a lake."""
    polygons, rows = exploded(geometry, 3)
    flat = np.isfinite(level[rows]) if level is not None else np.zeros(len(polygons), bool)
    polygons = shapely.segmentize(shapely.force_2d(polygons), 400.0)  # so that haze and shade vary along great edges
    if not ground.is_flat and ground.grid is not None and (~flat).any():
        on_ground = np.flatnonzero(~flat)
        cut, came_from = _cut(polygons[on_ground], ground)
        polygons = np.concatenate([polygons[flat], cut])
        rows = np.concatenate([rows[flat], rows[on_ground][came_from]])
        flat = np.arange(len(polygons)) < int(flat.sum())
    points, faces, owner = triangulated(polygons)
    points[:, 2] = ground.height(points[:, 0], points[:, 1]) + lift_m
    if level is not None and len(faces):
        of_point = np.zeros(len(points), np.int64)
        of_point[faces.ravel()] = np.repeat(owner, 3)
        z = level[rows[of_point]]
        points[:, 2] = np.where(np.isfinite(z), z, points[:, 2])
    return points, faces, rows[owner].astype(np.int32)


def _cut(polygons: NDArray[np.object_], ground: Ground) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Polygons cut along a coarse grid where the ground below them is not flat, so that their inside follows it."""
    assert ground.grid is not None
    box = shapely.bounds(polygons)
    size = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    # Fine in a small place, where one looks closely; coarse in a whole city.
    step = float(np.clip(np.sqrt(shapely.area(polygons).sum() / 5000.0), min(40.0, ground.grid.cell_m * 2), 40.0))
    step = max(step, float(np.sqrt(np.prod(np.nanmax(box[:, 2:], 0) - np.nanmin(box[:, :2], 0)) / MOST_PIECES))) if len(box) else step
    probe = np.linspace(0, 1, 5)
    xs = box[:, None, 0] + probe * (box[:, 2] - box[:, 0])[:, None]
    ys = box[:, None, 1] + probe * (box[:, 3] - box[:, 1])[:, None]
    z = ground.height(xs[:, :, None] + 0 * ys[:, None, :], ys[:, None, :] + 0 * xs[:, :, None])
    uneven = (size > step) & (np.ptp(z.reshape(len(polygons), -1), axis=1) > 0.15) if len(polygons) else np.zeros(0, bool)
    if not uneven.any():
        return polygons, np.arange(len(polygons))
    index = np.flatnonzero(uneven)
    single, came_from = _cut_by_squares(shapely.make_valid(polygons[index]), step)
    kept = np.flatnonzero(~uneven)
    return np.concatenate([polygons[kept], single]), np.concatenate([kept, index[came_from]])


def _cut_by_squares(polygons: NDArray[np.object_], step: float) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Pieces of polygons in the squares of a grid, and the polygon of each; by large squares first, since a shape of very many
    corners would else be gone through once for each small one."""
    came_from = np.arange(len(polygons))
    for side in (64 * step, 16 * step, 4 * step, step):
        of_polygon, squares = _squares_over(polygons, side)
        pieces = squares.copy()
        rim = ~shapely.contains_properly(polygons[of_polygon], squares)
        pieces[rim] = shapely.intersection(polygons[of_polygon[rim]], squares[rim])
        polygons, part_of = exploded(pieces, 3)
        came_from = came_from[of_polygon[part_of]]
    return polygons, came_from


def _squares_over(polygons: NDArray[np.object_], step: float) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Squares of one grid that touch the polygons, and the polygon of each."""
    low, high = np.floor(shapely.bounds(polygons)[:, :2] / step), np.ceil(shapely.bounds(polygons)[:, 2:] / step)
    wide, tall = np.maximum(high - low, 1).astype(np.int64).T
    count = wide * tall
    owner = np.repeat(np.arange(len(polygons)), count)
    place = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    corner = (low[owner] + np.column_stack([place % wide[owner], place // wide[owner]])) * step
    squares = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + step, corner[:, 1] + step)
    shapely.prepare(polygons)
    touched = shapely.intersects(polygons[owner], squares)
    return owner[touched], squares[touched]


def polylines(
    geometry: NDArray[np.object_], ground: Ground, lift_m: float = 0.3, step_m: float | None = None
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int32]]:
    """Points (P, 3), offsets (L + 1,) and row of each line; its own height where it has one above ground, else the ground's."""
    lines, rows = exploded(geometry, 1)
    step = step_m or (max(ground.grid.cell_m, 12.0) if ground.grid is not None and not ground.is_flat else 400.0)
    step = max(step, float(np.nansum(shapely.length(lines))) / MOST_PIECES)
    lines = shapely.segmentize(lines, step)
    xyz = shapely.get_coordinates(lines, include_z=True)
    offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]).astype(np.int64)
    floor = ground.height(xyz[:, 0], xyz[:, 1]) + lift_m
    with np.errstate(invalid="ignore"):
        xyz[:, 2] = np.where(xyz[:, 2] > floor + CLEAR_M, xyz[:, 2], floor)
    return xyz, offsets, rows.astype(np.int32)


def ribbons(points: Floats, offsets: NDArray[np.int64], widths: Floats) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Flat strips along polylines with mitred corners: points (2 P, 3), triangles, line of each triangle.

    Ends reach half a width further, which closes most gaps where roads meet.
    """
    count = np.diff(offsets)
    line = np.repeat(np.arange(len(count)), count)
    first, last = offsets[:-1][count > 0], offsets[1:][count > 0] - 1
    step = np.zeros((len(points), 2))
    step[:-1] = np.diff(points[:, :2], axis=0)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    step = step / np.maximum(length, 1e-9)
    ahead, behind = step.copy(), np.roll(step, 1, axis=0)
    ahead[last] = behind[last]
    behind[first] = ahead[first]
    along = ahead + behind
    norm = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(norm > 1e-6, along / np.maximum(norm, 1e-9), ahead)
    cosine = np.maximum(np.abs((along * ahead).sum(1)), 0.5)  # mitres are cut at twice the width
    half = (widths[line] / 2 / cosine)[:, None]
    side = np.column_stack([-along[:, 1], along[:, 0]]) * half
    centre = points.copy()
    centre[first, :2] -= ahead[first] * (widths[line[first]] / 2)[:, None]
    centre[last, :2] += behind[last] * (widths[line[last]] / 2)[:, None]
    left, right = centre.copy(), centre.copy()
    left[:, :2] += side
    right[:, :2] -= side
    n = len(points)
    inner = np.setdiff1d(np.arange(n), last, assume_unique=True)
    a, b, c, d = inner, inner + 1, inner + n, inner + n + 1  # left now, left next, right now, right next
    triangles = np.concatenate([np.column_stack([a, c, d]), np.column_stack([a, d, b])]).astype(np.int32)
    return np.concatenate([left, right]), triangles, np.concatenate([line[inner], line[inner]]).astype(np.int32)


def deck(
    points: Floats, offsets: NDArray[np.int64], widths: Floats, thickness_m: float = 1.4
) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Sides and underside of ribbons that run in the air."""
    top, _, _ = ribbons(points, offsets, widths)
    n = len(points)
    low = top - np.array([0.0, 0.0, thickness_m])
    last = offsets[1:] - 1
    i = np.setdiff1d(np.arange(n), last)
    j = i + 1
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[i]
    every = np.concatenate([top, low])
    lt, rt, lb, rb = 0, n, 2 * n, 3 * n
    faces = [
        (lt + i, lt + j, lb + j),
        (lt + i, lb + j, lb + i),
        (rt + j, rt + i, rb + i),
        (rt + j, rb + i, rb + j),
        (lb + i, lb + j, rb + j),
        (lb + i, rb + j, rb + i),
    ]
    triangles = np.concatenate([np.column_stack(f) for f in faces]).astype(np.int32)
    return every, triangles, np.tile(line, len(faces)).astype(np.int32)


def wall(
    points: Floats, offsets: NDArray[np.int64], top_z: Floats, thickness_m: float = 0.5
) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Walls along polylines from their points up to top_z (one per point): points, triangles, line of each triangle."""
    base, _, _ = ribbons(points, offsets, np.full(len(offsets) - 1, thickness_m))
    n = len(points)
    top = base.copy()
    top[:, 2] = np.maximum(np.concatenate([top_z, top_z]), base[:, 2] + 0.05)
    last = offsets[1:] - 1
    i = np.setdiff1d(np.arange(n), last)
    j = i + 1
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[i]
    lb, rb, lt, rt = 0, n, 2 * n, 3 * n
    faces = [
        (lt + i, rt + i, rt + j),
        (lt + i, rt + j, lt + j),
        (lb + j, lb + i, lt + i),
        (lb + j, lt + i, lt + j),
        (rb + i, rb + j, rt + j),
        (rb + i, rt + j, rt + i),
    ]
    triangles = np.concatenate([np.column_stack(f) for f in faces]).astype(np.int32)
    return np.concatenate([base, top]), triangles, np.tile(line, len(faces)).astype(np.int32)
