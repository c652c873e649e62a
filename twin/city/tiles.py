"""Large cities in tiles: buildings along a Z curve, a quadtree over them, and coarse massing for what is far away.

A leaf of the tree is a run of rows, and so of points and triangles of the mesh: nothing is copied, and a mapped file is read
where one looks. Every other tile has boxes in the place of its buildings: one for each where they are few, one for neighbours
of about one height where they are many, so that streets, skyline and colour stay. `error_m` says how far a tile's picture is
from its buildings (the geometric error of 3D Tiles, OGC 22-025r4, 7.6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.massing import BITS, Upright, massing
from twin.city.mesh import Mesh

if TYPE_CHECKING:
    from twin.city.buildings import Buildings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGE_ROWS, LARGE_TRIANGLES = 30_000, 1_500_000
"""A city above either is drawn in tiles; below, one mesh is quicker and looks better."""
LEAF_ROWS, LEAF_TRIANGLES, LEAST_ROWS = 256, 12_000, 24
NODE = np.dtype([
    ("level", "u1"), ("low", "f4", 3), ("high", "f4", 3), ("parent", "i4"), ("children", "i4", 4), ("rows", "i4", 2),
    ("triangles", "i4", 2), ("points", "i4", 2), ("boxes", "i4", 2), ("error_m", "f4"),
])  # fmt: skip


@dataclass(frozen=True)
class Tiles:
    """nodes: NODE, the root first, each parent before its children; a leaf (no children) is drawn from the mesh, others from boxes.

    boxes: BOX, upright ones turned by angle (radians): row stands for them when they are coloured or named, rows is the run they
    take their mean colour from. extents: float32 (rows, 6), min x, y, z and max x, y, z of each building.
    """

    nodes: NDArray[Any]
    boxes: NDArray[Any]
    extents: NDArray[np.float32]

    @cached_property
    def leaves(self) -> NDArray[np.bool_]:
        return childless(self.nodes)


def childless(nodes: NDArray[Any]) -> NDArray[np.bool_]:
    """Which nodes are leaves."""
    children: NDArray[np.int32] = nodes["children"]
    return np.asarray(children.max(1) < 0)


def is_large(b: Buildings) -> bool:
    """Whether a city is drawn in tiles."""
    return len(b) > LARGE_ROWS or (len(b) > 4 * LEAST_ROWS and b.triangle_count > LARGE_TRIANGLES)


def codes_of(boxes: Floats) -> Ints:
    """Place of each row along the Z curve, from bounding boxes (N, 4); boxes that are not finite come first."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    fine: NDArray[np.bool_] = np.asarray(np.isfinite(centre).all(1))
    if not fine.any():
        return np.zeros(len(boxes), np.int64)
    low = centre[fine].min(0)
    span = max(float((centre[fine].max(0) - low).max()), 1.0) * (1 + 1e-9)
    step: Ints = (np.where(fine[:, None], centre - low, 0.0) / span * (1 << BITS)).astype(np.int64)
    return _spread(step[:, 0]) | (_spread(step[:, 1]) << 1)


def square_of(boxes: Floats) -> tuple[float, float, float]:
    """Corner and side of the square the Z curve runs over."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    centre = centre[np.isfinite(centre).all(1)]
    if not len(centre):
        return 0.0, 0.0, 1.0
    low = centre.min(0)
    return float(low[0]), float(low[1]), max(float((centre.max(0) - low).max()), 1.0) * (1 + 1e-9)


def _spread(v: Ints) -> Ints:
    """A zero bit after each of 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        v = (v | (v << shift)) & mask
    return v


def in_tile_order(b: Buildings) -> tuple[Buildings, NDArray[np.int64] | None]:
    """The same buildings along the Z curve, each with its points and triangles together, and the old row of each new one;
    None where they stood so already."""
    codes = codes_of(shapely.bounds(b.footprints))
    order = np.argsort(codes, kind="stable")
    n = len(b)
    sorted_already = bool((codes[1:] >= codes[:-1]).all())
    if sorted_already and is_grouped(b.mesh):
        return b, None
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    changes: dict[str, Any] = {"mesh": grouped(_renumbered(b.mesh, rank))}
    if b.lods:
        changes["lods"] = {k: grouped(_renumbered(m, rank)) for k, m in b.lods.items()}
    if not sorted_already:
        changes["table"] = b.table.iloc[order].reset_index(drop=True)
        changes["footprints"] = b.footprints[order]
        if len(b.attributes) == n:
            changes["attributes"] = b.attributes.iloc[order].reset_index(drop=True)
        if len(b.parts):
            parts = b.parts.assign(building=rank[b.parts["building"].to_numpy(np.int64)].astype(np.int32))
            changes["parts"] = parts.sort_values("building", kind="stable", ignore_index=True)
    return b.derived(**changes), (None if sorted_already else order)


def _renumbered(mesh: Mesh, rank: Ints) -> Mesh:
    return replace(mesh, object=rank.astype(np.int32)[mesh.object])


def is_grouped(mesh: Mesh) -> bool:
    """Whether triangles and points run in the order of the objects, no point shared by two."""
    if not len(mesh):
        return True
    if not (mesh.object[1:] >= mesh.object[:-1]).all():
        return False
    low, high = mesh.triangles.min(1), mesh.triangles.max(1)
    starts = np.flatnonzero(np.diff(mesh.object, prepend=mesh.object[0] - 1))
    least, most = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    return bool((least[1:] > most[:-1]).all())


def grouped(mesh: Mesh) -> Mesh:
    """The same mesh with the triangles and the points of each object together, in the order of the objects; points that two
    objects share are there twice, points nobody uses are gone."""
    if is_grouped(mesh):
        return mesh
    order = np.argsort(mesh.object, kind="stable")
    corners, owner = mesh.triangles[order], mesh.object[order]
    of_point = np.full(len(mesh.points), -1, np.int32)
    of_point[corners] = owner[:, None]
    if (of_point[corners] != owner[:, None]).any():
        key, index = np.unique(owner[:, None].astype(np.int64) * len(mesh.points) + corners, return_inverse=True)
        points, corners = mesh.points[key % len(mesh.points)], index.reshape(-1, 3)
    else:
        place = np.argsort(of_point, kind="stable")
        place = place[np.searchsorted(of_point[place], 0) :]
        index = np.empty(len(mesh.points), np.int32)
        index[place] = np.arange(len(place), dtype=np.int32)
        points, corners = mesh.points[place], index[corners]
    color = None if mesh.color is None else mesh.color[order]
    return Mesh(points, corners.astype(np.int32, copy=False), owner, mesh.surface[order], color)


def tiles_of(b: Buildings) -> Tiles | None:
    """The tiles of buildings that stand in tile order; None where they do not."""
    flat = shapely.bounds(b.footprints)
    codes = codes_of(flat)
    if not len(b) or not (codes[1:] >= codes[:-1]).all() or not is_grouped(b.mesh):
        return None
    extents = _extents(b, flat)
    _, _, side = square_of(flat)
    triangle = np.searchsorted(b.mesh.object, np.arange(len(b) + 1)).astype(np.int64)
    nodes = tree_of(codes, triangle, extents)
    point = _point_starts(b.mesh, triangle)
    nodes["triangles"], nodes["points"] = triangle[nodes["rows"]], point[nodes["rows"]]
    boxes = massing(nodes, codes, side, Upright.of(b, extents))
    return Tiles(nodes, boxes, extents)


def _point_starts(mesh: Mesh, triangle: Ints) -> Ints:
    """First point of each object of a grouped mesh, and the number of points at the end."""
    n = len(triangle) - 1
    has = triangle[1:] > triangle[:-1]
    first = np.full(n + 1, len(mesh.points), np.int64)
    if has.any():
        first[:-1][has] = np.minimum.reduceat(mesh.triangles.min(1), triangle[:-1][has])
    return np.minimum.accumulate(first[::-1])[::-1]


def _extents(b: Buildings, flat: Floats) -> NDArray[np.float32]:
    """Box of each building, from its triangles, else its footprint and heights; rounded outwards."""
    n, mesh = len(b), b.mesh
    ground, height = (np.nan_to_num(b.table[c].to_numpy(float)) for c in ("ground_z_m", "height_m"))
    out = np.column_stack([flat[:, :2], ground, flat[:, 2:], ground + height])
    if len(mesh):
        triangle = np.searchsorted(mesh.object, np.arange(n + 1))
        point = _point_starts(mesh, triangle.astype(np.int64))
        has = np.flatnonzero(point[1:] > point[:-1])
        for k in range(3):
            values = mesh.points[:, k]
            out[has, k] = np.fmin.reduceat(values, point[has])
            out[has, 3 + k] = np.fmax.reduceat(values, point[has])
    low = np.nextafter(out[:, :3].astype(np.float32), np.float32(-np.inf))
    return np.column_stack([low, np.nextafter(out[:, 3:].astype(np.float32), np.float32(np.inf))])


def tree_of(codes: Ints, triangle: Ints, extents: NDArray[np.float32]) -> NDArray[Any]:
    """Quadtree over rows in the order of their codes, level by level; its runs of triangles, points and boxes are left empty.

    triangle: running number of triangles of the rows (N + 1,). extents: boxes of the rows (N, 6).
    """
    levels: list[NDArray[Any]] = []
    first = np.zeros(1, NODE)
    first["rows"], first["parent"] = (0, len(codes)), -1
    prefix = np.zeros(1, np.int64)
    total = 0
    now = first
    for depth in range(BITS + 1):
        now["level"], now["children"] = depth, -1
        rows = now["rows"].astype(np.int64)
        for part, pick in (("low", np.fmin), ("high", np.fmax)):
            columns = extents[:, :3] if part == "low" else extents[:, 3:]
            now[part] = np.column_stack([_over(pick, columns[:, k], rows) for k in range(3)])
        count = rows[:, 1] - rows[:, 0]
        weight = triangle[rows[:, 1]] - triangle[rows[:, 0]]
        split = (count > LEAF_ROWS) | ((weight > LEAF_TRIANGLES) & (count > LEAST_ROWS))
        if depth == BITS:
            split[:] = False
        levels.append(now)
        parents = np.flatnonzero(split)
        if not len(parents):
            break
        child_prefix = (prefix[parents, None] << 2) + np.arange(4)
        shift = 2 * (BITS - depth - 1)
        starts = np.searchsorted(codes, child_prefix.ravel() << shift).reshape(-1, 4)
        ends = np.column_stack([starts[:, 1:], rows[parents, 1]])
        starts[:, 0] = rows[parents, 0]
        real = ends > starts
        made = np.zeros(int(real.sum()), NODE)
        made["rows"] = np.column_stack([starts[real], ends[real]])
        made["parent"] = np.repeat(parents, real.sum(1)) + total
        number = np.full(real.shape, -1, np.int32)
        number[real] = np.arange(len(made)) + total + len(now)
        now["children"][parents] = number
        total += len(now)
        prefix, now = child_prefix[real], made
    return np.concatenate(levels)


def _over(pick: Any, values: NDArray[Any], rows: Ints) -> NDArray[Any]:
    """A reduction over runs of rows, none of them empty."""
    padded = np.append(values, values[-1:])
    return np.asarray(pick.reduceat(padded, rows.ravel())[::2])


def reordered_people(people: NDArray[np.float32] | None, order: Ints | None) -> NDArray[np.float32] | None:
    """Persons by hour and building after the rows have moved."""
    return people if people is None or order is None else np.ascontiguousarray(people[:, order])
