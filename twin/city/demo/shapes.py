"""Triangles of simple bodies, many at once: prisms, gabled and hipped roofs, lofts. Bases stand at z = 0 until placed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.city.mesh import Mesh, SurfaceClass

Floats = NDArray[np.float64]
WALL, ROOF, GROUND = int(SurfaceClass.WALL), int(SurfaceClass.ROOF), int(SurfaceClass.GROUND)


def rectangles(cx: ArrayLike, cy: ArrayLike, length: ArrayLike, depth: ArrayLike, angle: ArrayLike) -> Floats:
    """Corners (N, 4, 2), counter-clockwise; the first side runs along the length. angle: radians from east."""
    cx, cy, length, depth, angle = np.broadcast_arrays(*(np.asarray(a, float) for a in (cx, cy, length, depth, angle)))
    u = np.stack([np.cos(angle), np.sin(angle)], -1)
    v = np.stack([-u[..., 1], u[..., 0]], -1)
    lu, dv = u * (length / 2)[..., None], v * (depth / 2)[..., None]
    c = np.stack([cx, cy], -1)
    return np.stack([c - lu - dv, c + lu - dv, c + lu + dv, c - lu + dv], -2)


def _packed(points: Floats, local: NDArray[np.int64], surface: NDArray[np.uint8], rows: NDArray[np.int32]) -> Mesh:
    """points (N, P, 3) and one triangle pattern (T, 3) repeated over N bodies."""
    n, p = points.shape[:2]
    triangles = (local[None] + (np.arange(n) * p)[:, None, None]).reshape(-1, 3)
    return Mesh(points.reshape(-1, 3), triangles.astype(np.int32), np.repeat(rows, len(local)).astype(np.int32), np.tile(surface, n))


def _lifted(ring: Floats, z: Floats) -> Floats:
    return np.concatenate([ring, np.broadcast_to(z[:, None, None], (*ring.shape[:2], 1))], -1)


def prisms(rings: Floats, z0: ArrayLike, z1: ArrayLike, rows: NDArray[np.int32], ground: bool = True) -> Mesh:
    """Upright prisms over convex rings (N, k, 2), counter-clockwise."""
    n, k = rings.shape[:2]
    low, high = (np.broadcast_to(np.asarray(z, float), n) for z in (z0, z1))
    i, j = np.arange(k), (np.arange(k) + 1) % k
    walls = np.concatenate([np.stack([i, j, j + k], 1), np.stack([i, j + k, i + k], 1)])
    fan = np.stack([np.zeros(k - 2, int), np.arange(1, k - 1), np.arange(2, k)], 1)
    parts, kinds = [walls, fan + k], [np.full(2 * k, WALL), np.full(k - 2, ROOF)]
    if ground:
        parts.append(fan[:, ::-1])
        kinds.append(np.full(k - 2, GROUND))
    return _packed(
        np.concatenate([_lifted(rings, low), _lifted(rings, high)], 1), np.concatenate(parts), np.concatenate(kinds).astype(np.uint8), rows
    )


def roofed(corners: Floats, eave: ArrayLike, ridge: ArrayLike, rows: NDArray[np.int32], hip: float = 0.0, base: ArrayLike = 0.0) -> Mesh:
    """Houses (N, 4, 2) with the ridge along the length; hip: share of the length by which each end slopes (0 = gable)."""
    n = len(corners)
    low, mid, top = (np.broadcast_to(np.asarray(z, float), n) for z in (base, eave, ridge))
    ends = np.stack([(corners[:, 0] + corners[:, 3]) / 2, (corners[:, 1] + corners[:, 2]) / 2], 1)
    if hip:
        ends = ends + hip * (ends[:, ::-1] - ends)
    points = np.concatenate([_lifted(corners, low), _lifted(corners, mid), _lifted(ends, top)], 1)
    walls = [[0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]
    slopes = [[4, 5, 9], [4, 9, 8], [6, 7, 8], [6, 8, 9]]
    gables = [[5, 6, 9], [7, 4, 8]]
    pattern = np.array(walls + slopes + gables + [[2, 1, 0], [3, 2, 0]])
    kinds = np.array([WALL] * 8 + [ROOF] * 4 + [ROOF if hip else WALL] * 2 + [GROUND] * 2, np.uint8)
    return _packed(points, pattern, kinds, rows)


def loft(rings: Floats, z: ArrayLike, row: int = 0) -> Mesh:
    """One body through K rings (K, n, 2) at heights z (K,), closed below and above; equal heights make a ledge."""
    k, n = rings.shape[:2]
    points = _lifted(rings, np.asarray(z, float)).reshape(-1, 3)
    centres = np.array([[*rings[0].mean(0), np.asarray(z, float)[0]], [*rings[-1].mean(0), np.asarray(z, float)[-1]]])
    i = np.arange(n)
    j = (i + 1) % n
    layers = (np.arange(k - 1) * n)[:, None]
    a, b, c, d = (layers + i).ravel(), (layers + j).ravel(), (layers + n + j).ravel(), (layers + n + i).ravel()
    sides = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    bottom = np.stack([np.full(n, k * n), j, i], 1)
    lid = np.stack([np.full(n, k * n + 1), (k - 1) * n + i, (k - 1) * n + j], 1)
    points = np.concatenate([points, centres])
    p = points[sides]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    size = np.linalg.norm(normal, axis=1)
    keep = size > 1e-9
    flat = np.abs(normal[:, 2]) > 0.75 * size
    kinds = np.concatenate([np.where(flat, ROOF, WALL)[keep], np.full(n, GROUND), np.full(n, ROOF)]).astype(np.uint8)
    triangles = np.concatenate([sides[keep], bottom, lid]).astype(np.int32)
    return Mesh(points, triangles, np.full(len(triangles), row, np.int32), kinds)


def regular(sides: int, radius: float, turn: float = 0.0, power: float = 0.0) -> Floats:
    """Ring (sides, 2); power > 0 rounds a square towards a circle (superellipse exponent)."""
    t = np.arange(sides) / sides * 2 * np.pi
    if power:
        c, s = np.cos(t), np.sin(t)
        r = radius / (np.abs(c) ** power + np.abs(s) ** power) ** (1 / power)
    else:
        r = np.full(sides, radius)
    return np.column_stack([r * np.cos(t + turn), r * np.sin(t + turn)])


def placed(mesh: Mesh, z: Floats) -> Mesh:
    """The mesh with every object's base lifted to z (objects,)."""
    row = np.zeros(len(mesh.points), np.int32)
    row[mesh.triangles] = mesh.object[:, None]
    points = mesh.points.copy()
    points[:, 2] += z[row]
    return Mesh(points, mesh.triangles, mesh.object, mesh.surface)
