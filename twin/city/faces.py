"""Triangles of flat faces in space, with holes: what CityJSON and CityGML surfaces become."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Whole = NDArray[np.int64] | NDArray[np.int32]
_AT_ONCE = 1 << 13
"""Triangles looked at together; what stays in the processor's cache is several times as fast."""
_SMALL = 1e-9
"""Twice the area, square metres, below which there is no face."""


def normals_of(points: Floats, vertices: Whole, ring: Ints, rings: int) -> Floats:
    """Newell normal of each ring (twice its area long), facing where the ring runs counter-clockwise.

    vertices: (V,) rows of points, ring by ring; ring: (V,) ring of each vertex.
    """
    p = points[vertices]
    q = p[_next(ring)]
    step, middle = p - q, p + q
    cross = np.column_stack([step[:, 1] * middle[:, 2], step[:, 2] * middle[:, 0], step[:, 0] * middle[:, 1]])
    return np.column_stack([np.bincount(ring, cross[:, k], minlength=rings) for k in range(3)])


def _next(ring: Ints) -> Ints:
    """Position of the vertex after each one in its ring."""
    follow = np.arange(1, len(ring) + 1)
    last = np.ones(len(ring), bool)
    last[:-1] = ring[1:] != ring[:-1]
    first = np.ones(len(ring), bool)
    first[1:] = last[:-1]
    follow[last] = np.flatnonzero(first)
    return follow


def triangulate_faces(points: Floats, vertices: Whole, ring_sizes: Whole, face_rings: Whole) -> tuple[NDArray[np.int32], Ints]:
    """Faces -> triangles (T, 3) rows of points, and the face of each triangle, in the order of the faces.

    vertices: rows of points, ring after ring, not closed; ring_sizes: vertices per ring; face_rings: rings per face, the first
    is the outer one. Triangles stay what they are, other convex faces become fans, the rest goes through earcut in the plane it is
    seen largest in. Faces of fewer than three corners or without area give no triangle.
    """
    if not len(face_rings) or not len(ring_sizes):
        return np.empty((0, 3), np.int32), np.empty(0, np.int64)
    one = (face_rings == 1).all()
    if one and (ring_sizes == 3).all():
        corners = vertices.reshape(-1, 3)
        there = _has_area(points, corners)
        if there.all():
            return corners.astype(np.int32, copy=False), np.arange(len(corners))
        return corners[there].astype(np.int32, copy=False), np.flatnonzero(there)
    first_ring = np.cumsum(face_rings, dtype=np.int64) - face_rings
    start = np.cumsum(ring_sizes, dtype=np.int64) - ring_sizes
    has = face_rings > 0
    plain = (face_rings == 1) & (ring_sizes[np.minimum(first_ring, len(ring_sizes) - 1)] == 3)
    triangle = np.flatnonzero(plain)
    begin = start[first_ring[triangle]]
    corners = np.column_stack([vertices[begin], vertices[begin + 1], vertices[begin + 2]])
    there = _has_area(points, corners)
    found, owner = [corners[there].astype(np.int32)], [triangle[there]]
    rest = np.flatnonzero(has & ~plain)
    size = np.add.reduceat(ring_sizes, first_ring[rest], dtype=np.int64) if len(rest) else np.empty(0, np.int64)
    cuts = np.flatnonzero(np.diff(np.cumsum(size) // (16 * _AT_ONCE))) + 1
    for some in np.split(rest, cuts):
        if len(some):
            more, of_more = _polygons(points, vertices, ring_sizes, face_rings, first_ring, start, some)
            found.append(more)
            owner.append(of_more)
    face = np.concatenate(owner)
    order = np.argsort(face, kind="stable")
    return np.concatenate(found)[order], face[order]


def _has_area(points: Floats, corners: NDArray[Any]) -> NDArray[np.bool_]:
    out = np.empty(len(corners), bool)
    for i in range(0, len(corners), _AT_ONCE):
        some = corners[i : i + _AT_ONCE]
        a, u, v = (points.take(some[:, k], axis=0) for k in range(3))
        u -= a
        v -= a
        (ux, uy, uz), (vx, vy, vz) = u.T, v.T
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        out[i : i + _AT_ONCE] = x * x + y * y + z * z > _SMALL * _SMALL
    return out


def _polygons(
    points: Floats, vertices: Whole, ring_sizes: Whole, face_rings: Whole, first_ring: Ints, start: Ints, faces: Ints
) -> tuple[NDArray[np.int32], Ints]:
    """Some of the faces, not triangles."""
    rings_of = face_rings[faces].astype(np.int64)
    ring_at = np.cumsum(rings_of) - rings_of
    which = np.repeat(first_ring[faces] - ring_at, rings_of) + np.arange(int(rings_of.sum()))
    sizes = ring_sizes[which].astype(np.int64)
    corner_at = np.cumsum(sizes) - sizes
    own = vertices[np.repeat(start[which] - corner_at, sizes) + np.arange(int(sizes.sum()))]
    triangles, face = _triangulated(points, own.astype(np.int64), sizes, rings_of, ring_at, corner_at)
    return triangles, faces[face]


def _triangulated(
    points: Floats, vertices: Ints, ring_sizes: Ints, face_rings: Ints, first_ring: Ints, start: Ints
) -> tuple[NDArray[np.int32], Ints]:
    faces, rings = len(face_rings), len(ring_sizes)
    if not len(vertices):
        return np.empty((0, 3), np.int32), np.empty(0, np.int64)
    ring = np.repeat(np.arange(rings), ring_sizes)
    face_of_ring = np.repeat(np.arange(faces), face_rings)
    p = points[vertices] - points[vertices[0]]  # Newell sums lose digits far from the origin
    follow = _next(ring)
    normal = normals_of(p, np.arange(len(p)), ring, rings)[first_ring]
    area = np.linalg.norm(normal, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.nan_to_num(normal / area[:, None])
    good = (area > _SMALL) & np.isfinite(area)
    outer = ring_sizes[first_ring]
    edge = p[follow] - p
    turn = np.einsum("ij,ij->i", np.cross(edge, edge[follow]), unit[face_of_ring[ring]])
    bent = np.bincount(ring, turn < -_SMALL, minlength=rings) > 0
    convex = good & (face_rings == 1) & (outer >= 3) & (~bent[first_ring] | (outer == 3))

    fan = np.flatnonzero(convex)
    ears = outer[fan] - 2
    of = np.repeat(fan, ears)
    k = np.arange(int(ears.sum())) - np.repeat(np.cumsum(ears) - ears, ears)
    corner = start[first_ring[of]]
    found, owner = [np.column_stack([corner, corner + k + 1, corner + k + 2])], [of]
    rest = np.flatnonzero(good & ~convex & (outer >= 3))
    if len(rest):
        more, of_more = _earcut(p, ring_sizes, start, first_ring, face_rings, unit, rest)
        found.append(more)
        owner.append(of_more)
    flat, face = np.concatenate(found), np.concatenate(owner)
    solid = _has_area(p, flat)
    return vertices[flat[solid]].astype(np.int32), face[solid]


def _earcut(
    points: Floats, ring_sizes: Ints, start: Ints, first_ring: Ints, face_rings: Ints, unit: Floats, faces: Ints
) -> tuple[Ints, Ints]:
    """Triangles as positions of points, which lie ring after ring."""
    import mapbox_earcut

    triangles: list[Ints] = []
    counts = np.empty(len(faces), np.int64)
    planes = [np.ascontiguousarray(points[:, axes]) for axes in ([1, 2], [2, 0], [0, 1])]
    axis = np.argmax(np.abs(unit[faces]), axis=1).tolist()
    last = first_ring[faces] + face_rings[faces] - 1
    ends = (start[last] + ring_sizes[last]).tolist()
    begins = start[first_ring[faces]].tolist()
    enough = ring_sizes >= 3
    for i, (face, a, b) in enumerate(zip(faces.tolist(), begins, ends, strict=True)):  # earcut takes one polygon a call
        rings = slice(int(first_ring[face]), int(last[i]) + 1)
        sizes = ring_sizes[rings]
        plane = planes[axis[i]][a:b]
        if enough[rings].all():
            ears = mapbox_earcut.triangulate_float64(plane, np.cumsum(sizes).astype(np.uint32)).astype(np.int64) + a
        else:  # a hole of two corners is none
            kept = a + np.flatnonzero(np.repeat(sizes >= 3, sizes))
            sizes = sizes[sizes >= 3]
            ears = kept[mapbox_earcut.triangulate_float64(planes[axis[i]][kept], np.cumsum(sizes).astype(np.uint32))]
        counts[i] = len(ears) // 3
        triangles.append(ears)
    flat = np.concatenate(triangles).reshape(-1, 3)
    owner = np.repeat(faces, counts)
    sides = points[flat]
    facing = np.einsum("ij,ij->i", np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), unit[owner])
    flat[facing < 0] = flat[facing < 0][:, ::-1]
    return flat, owner
