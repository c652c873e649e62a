"""Triangles of flat faces in space, with holes: what CityJSON and CityGML surfaces become."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def normals_of(points: Floats, vertices: Ints, ring: Ints, rings: int) -> Floats:
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


def triangulate_faces(points: Floats, vertices: Ints, ring_sizes: Ints, face_rings: Ints) -> tuple[NDArray[np.int32], Ints, Floats]:
    """Faces -> triangles (T, 3) rows of points, face of each triangle, and the unit normal of each face.

    vertices: rows of points, ring after ring, not closed; ring_sizes: vertices per ring; face_rings: rings per face, the first
    is the outer one. Convex faces become fans; others go through earcut in the plane they are seen largest in.
    Faces of fewer than three corners or without area give no triangle.
    """
    faces = len(face_rings)
    if not faces:
        return np.empty((0, 3), np.int32), np.empty(0, np.int64), np.empty((0, 3))
    rings = len(ring_sizes)
    ring = np.repeat(np.arange(rings), ring_sizes)
    first_ring = np.cumsum(face_rings) - face_rings
    face_of_ring = np.repeat(np.arange(faces), face_rings)
    origin = points[vertices[0]] if len(vertices) else np.zeros(3)
    local = points - origin  # Newell sums lose digits far from the origin
    normal = np.zeros((faces, 3))
    has = face_rings > 0
    all_normals = normals_of(local, vertices, ring, rings)
    normal[has] = all_normals[first_ring[has]]
    area = np.linalg.norm(normal, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.nan_to_num(normal / area[:, None])
    good = has & (area > 1e-9) & np.isfinite(area)
    outer = np.zeros(faces, np.int64)
    outer[has] = ring_sizes[first_ring[has]]

    p = local[vertices]
    follow = _next(ring)
    edge = p[follow] - p
    turn = np.einsum("ij,ij->i", np.cross(edge, edge[follow]), unit[face_of_ring[ring]])
    bent = np.bincount(ring, turn < -1e-9, minlength=rings) > 0
    simple = good & (face_rings == 1) & (outer >= 3)
    convex = simple.copy()
    convex[simple] = ~bent[first_ring[simple]] | (outer[simple] == 3)
    start = np.cumsum(ring_sizes) - ring_sizes

    fan = np.flatnonzero(convex)
    ears = np.maximum(outer[fan] - 2, 0)
    of = np.repeat(fan, ears)
    k = np.arange(int(ears.sum())) - np.repeat(np.cumsum(ears) - ears, ears)
    corner = start[first_ring[of]]
    triangles = [vertices[np.column_stack([corner, corner + k + 1, corner + k + 2])]]
    owner = [of]
    rest = np.flatnonzero(good & ~convex & (outer >= 3))
    if len(rest):
        more, of_more = _earcut(local, vertices, ring_sizes, start, first_ring, face_rings, unit, rest)
        triangles.append(more)
        owner.append(of_more)
    flat, face = np.concatenate(triangles), np.concatenate(owner)
    sides = local[flat]
    solid = np.linalg.norm(np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), axis=1) > 1e-9
    return flat[solid].astype(np.int32), face[solid], unit


def _earcut(
    points: Floats, vertices: Ints, ring_sizes: Ints, start: Ints, first_ring: Ints, face_rings: Ints, unit: Floats, faces: Ints
) -> tuple[Ints, Ints]:
    import mapbox_earcut

    triangles: list[Ints] = []
    counts = np.empty(len(faces), np.int64)
    for i, face in enumerate(faces.tolist()):  # earcut takes one polygon a call
        r0, r1 = int(first_ring[face]), int(first_ring[face] + face_rings[face])
        a, b = int(start[r0]), int(start[r1 - 1] + ring_sizes[r1 - 1])
        axis = int(np.argmax(np.abs(unit[face])))
        plane = [(1, 2), (2, 0), (0, 1)][axis]
        corners, sizes = vertices[a:b], ring_sizes[r0:r1]
        if (sizes < 3).any():  # a hole of two corners is none
            corners, sizes = corners[np.repeat(sizes >= 3, sizes)], sizes[sizes >= 3]
        ends = np.cumsum(sizes).astype(np.uint32)
        ears = mapbox_earcut.triangulate_float64(np.ascontiguousarray(points[corners][:, plane]), ends).reshape(-1, 3).astype(np.int64)
        counts[i] = len(ears)
        triangles.append(corners[ears])
    flat = np.concatenate(triangles) if triangles else np.empty((0, 3), np.int64)
    owner = np.repeat(faces, counts)
    sides = points[flat]
    facing = np.einsum("ij,ij->i", np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), unit[owner])
    flat[facing < 0] = flat[facing < 0][:, ::-1]
    return flat, owner
