"""Footprints to solids: walls, roof and ground of many polygons at once."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.mesh import Mesh, SurfaceClass

Ints = NDArray[np.int64]


def open_rings(polygons: NDArray[np.object_], rows: NDArray[np.int32]) -> tuple[NDArray[np.float64], Ints, Ints, NDArray[np.int32]]:
    """Open rings of all simple polygons, exteriors counter-clockwise and holes clockwise.

    Returns xy (V, 2), the ring of each vertex, the polygon of each ring, and the input row of each polygon.
    """
    parts, of_input = polygons, np.arange(len(polygons))
    if not (shapely.get_type_id(polygons) == 3).all():
        parts, of_input = shapely.get_parts(polygons, return_index=True)
        area = np.isin(shapely.get_type_id(parts), (3, 6))
        parts, of_input = parts[area], of_input[area]
        nested = shapely.get_type_id(parts) == 6  # a collection that holds MultiPolygons
        if nested.any():
            inner, owner = shapely.get_parts(parts, return_index=True)
            parts, of_input = inner, of_input[owner]
    there = ~shapely.is_empty(parts)
    if not there.all():
        parts, of_input = parts[there], of_input[there]
    if not len(parts):
        return np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32)
    _, xy, (ring_start, polygon_start) = shapely.to_ragged_array(parts, include_z=False)
    size = np.diff(ring_start)
    rings = len(size)
    of_polygon = np.repeat(np.arange(len(parts)), np.diff(polygon_start))
    of_vertex = np.repeat(np.arange(rings), size)
    first_ring = np.zeros(rings, bool)
    first_ring[polygon_start[:-1]] = True
    xy = _turned(xy, of_vertex, ring_start, first_ring)
    # Drop what repeats the vertex before it; the closing vertex repeats the first, so drop the ring's last too.
    repeated = np.zeros(len(xy), bool)
    repeated[1:] = (xy[1:, 0] == xy[:-1, 0]) & (xy[1:, 1] == xy[:-1, 1])
    repeated[ring_start[:-1]] = False
    # With repeats of the closing vertex the last *kept* one closes the ring.
    kept = np.flatnonzero(~repeated)
    last = np.ones(len(kept), bool)
    last[:-1] = of_vertex[kept[1:]] != of_vertex[kept[:-1]]
    kept = kept[~last]
    xy, of_vertex = xy[kept], of_vertex[kept]
    size = np.bincount(of_vertex, minlength=rings)
    bad_ring = size < 3
    with np.errstate(invalid="ignore"):
        wild = ~np.isfinite(xy.sum(1))
    if wild.any():
        bad_ring |= np.bincount(of_vertex[wild], minlength=rings) > 0
    if not bad_ring.any():
        return xy, of_vertex, of_polygon, rows[of_input].astype(np.int32)
    bad_polygon = np.zeros(len(parts), bool)
    bad_polygon[of_polygon[bad_ring & first_ring]] = True
    keep_ring = ~bad_ring & ~bad_polygon[of_polygon]
    keep = keep_ring[of_vertex]
    renumber = np.cumsum(keep_ring) - 1
    return xy[keep], renumber[of_vertex[keep]], of_polygon[keep_ring], rows[of_input].astype(np.int32)


def _turned(xy: NDArray[np.float64], of_vertex: Ints, ring_start: Ints, first_ring: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Closed rings, exteriors counter-clockwise and holes clockwise."""
    cross = np.zeros(len(xy))
    with np.errstate(invalid="ignore"):
        local = xy - xy[ring_start[:-1]][of_vertex]  # areas far from the origin lose digits
        cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
        cross[ring_start[1:] - 1] = 0.0
        wrong = (np.add.reduceat(cross, ring_start[:-1]) < 0) == first_ring
    if not wrong.any():
        return xy
    index = np.arange(len(xy))
    mirrored = (ring_start[:-1] + ring_start[1:] - 1)[of_vertex] - index
    return xy[np.where(wrong[of_vertex], mirrored, index)]


MANY = 500
"""Polygons from which on the compiled ear clipping is worth its loading."""
LARGE = 200
"""Corners from which on earcut's spatial hash is faster."""


def _ears(xy: NDArray[np.float64], of_vertex: Ints, of_ring: Ints) -> tuple[NDArray[np.int32], Ints]:
    """Counter-clockwise triangles over the vertices, and the polygon of each."""
    if not len(xy):
        return np.empty((0, 3), np.int32), np.empty(0, np.int64)
    ring_end = np.cumsum(np.bincount(of_vertex, minlength=len(of_ring)))
    ring_start = np.concatenate([[0], ring_end[:-1]])
    first_ring = np.flatnonzero(np.concatenate([[True], of_ring[1:] != of_ring[:-1]]))
    stop_ring = np.append(first_ring[1:], len(of_ring))
    start, end = ring_start[first_ring], ring_end[stop_ring - 1]
    polygon = of_ring[first_ring]
    simple = (stop_ring - first_ring == 1) & (end - start <= LARGE)
    found: list[NDArray[np.int32]] = []
    owner: list[Ints] = []
    if simple.sum() >= MANY:
        from twin.city.ears import ears_of

        mine = np.flatnonzero(simple)
        count = end[mine] - start[mine] - 2
        ears, done = ears_of(xy, start[mine], end[mine])
        if not done.all():
            ears = ears[np.repeat(done, count)]
        found.append(ears)
        owner.append(np.repeat(polygon[mine[done]], count[done]))
        simple[mine[~done]] = False
    else:
        simple[:] = False
    rest = np.flatnonzero(~simple)
    if len(rest):
        more, of_more = _earcut(xy, ring_end, start[rest], first_ring[rest], stop_ring[rest])
        found.append(more)
        owner.append(polygon[rest[of_more]])
    triangles, of = np.concatenate(found), np.concatenate(owner)
    u, v = xy[triangles[:, 1]] - xy[triangles[:, 0]], xy[triangles[:, 2]] - xy[triangles[:, 0]]
    turn = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    wrong, solid = turn < 0, turn != 0
    if wrong.any():
        triangles[wrong] = triangles[wrong][:, ::-1]
    return (triangles, of) if solid.all() else (triangles[solid], of[solid])


def _earcut(xy: NDArray[np.float64], ring_end: Ints, start: Ints, first_ring: Ints, stop_ring: Ints) -> tuple[NDArray[np.int32], Ints]:
    """Triangles of polygons with holes or many corners, and the position of the polygon of each; about 3 us a polygon."""
    import mapbox_earcut

    ends = ring_end.astype(np.uint32)
    found: list[NDArray[np.uint32]] = []
    counts = np.empty(len(start), np.int64)
    for i, (a, r0, r1) in enumerate(zip(start.tolist(), first_ring.tolist(), stop_ring.tolist(), strict=True)):
        b = int(ends[r1 - 1])
        ears = mapbox_earcut.triangulate_float64(xy[a:b] - xy[a], ends[r0:r1] - np.uint32(a))
        counts[i] = len(ears) // 3
        found.append(ears + np.uint32(a))
    return np.concatenate(found).reshape(-1, 3).astype(np.int32), np.repeat(np.arange(len(start)), counts)


def triangulate(polygons: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Polygons and MultiPolygons (holes allowed) -> xy (P, 2), counter-clockwise triangles (T, 3), input row per triangle.

    What is empty, degenerate, not finite or no area gives no triangle.
    """
    polygons = np.asarray(polygons, object)
    xy, of_vertex, of_ring, of_part = open_rings(polygons, np.arange(len(polygons), dtype=np.int32))
    triangles, polygon = _ears(xy, of_vertex, of_ring)
    return xy, triangles, of_part[polygon]


def extrude(footprints: NDArray[np.object_], base_z: ArrayLike, top_z: ArrayLike, rows: NDArray[np.int32] | None = None) -> Mesh:
    """Flat-roofed solids: walls, roof and ground, facing outwards.

    footprints: (N,) Polygon or MultiPolygon, local metres, holes become courtyards. base_z, top_z: (N,) metres.
    rows: object row of each footprint, default its position. A footprint that is empty, degenerate or not finite
    gives no triangle; one whose top is not above its base gives its roof only.
    """
    footprints = np.asarray(footprints, object)
    n = len(footprints)
    base = np.broadcast_to(np.asarray(base_z, float), (n,))
    top = np.broadcast_to(np.asarray(top_z, float), (n,))
    xy, of_vertex, of_ring, of_part = open_rings(footprints, np.arange(n, dtype=np.int32))
    owner = of_part[of_ring[of_vertex]] if len(xy) else np.empty(0, np.int32)
    known = np.isfinite(base) & np.isfinite(top)
    if not known.all():
        keep_ring = known[of_part[of_ring]]
        keep = keep_ring[of_vertex]
        xy, owner, of_vertex = xy[keep], owner[keep], (np.cumsum(keep_ring) - 1)[of_vertex[keep]]
        of_ring = of_ring[keep_ring]
    if not len(xy):
        return Mesh.empty()
    count = len(xy)
    points = np.empty((2 * count, 3))  # filled in place: a million buildings are memory traffic before all else
    points[:count, :2] = xy
    points[count:, :2] = xy
    points[:count, 2] = base[owner]
    points[count:, 2] = top[owner]

    a = np.arange(count, dtype=np.int32)
    b = a + np.int32(1)
    last = np.ones(count, bool)
    last[:-1] = of_vertex[1:] != of_vertex[:-1]
    b[last] = np.flatnonzero(np.concatenate([[True], last[:-1]]))
    raised = top > base
    if not raised.all():
        a, b = a[raised[owner]], b[raised[owner]]
    ears, polygon = _ears(xy, of_vertex, of_ring)
    cap_owner = of_part[polygon]
    floor, floor_owner = ears[:, ::-1], cap_owner
    if not raised.all():
        floor, floor_owner = floor[raised[cap_owner]], cap_owner[raised[cap_owner]]

    walls, roofs, grounds = 2 * len(a), len(ears), len(floor)
    triangles = np.empty((walls + roofs + grounds, 3), np.int32)
    high = np.int32(count)
    triangles[0:walls:2, 0], triangles[0:walls:2, 1], triangles[0:walls:2, 2] = a, b, b + high
    triangles[1:walls:2, 0], triangles[1:walls:2, 1], triangles[1:walls:2, 2] = a, b + high, a + high
    np.add(ears, high, out=triangles[walls : walls + roofs])
    triangles[walls + roofs :] = floor
    owners = np.concatenate([np.repeat(owner[a], 2), cap_owner, floor_owner])
    surface = np.empty(len(triangles), np.uint8)
    surface[:walls], surface[walls : walls + roofs] = SurfaceClass.WALL, SurfaceClass.ROOF
    surface[walls + roofs :] = SurfaceClass.GROUND
    ids = owners if rows is None else np.asarray(rows)[owners]
    return Mesh(points, triangles, ids.astype(np.int32, copy=False), surface)
