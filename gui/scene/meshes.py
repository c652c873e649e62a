"""Splitting and shading of triangle meshes, vectorised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def triangle_normals(points: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float32]:
    """Unit normals (T, 3); (0, 0, 1) for triangles without area."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    n = np.cross(b - a, c - a)
    size = np.linalg.norm(n, axis=1, keepdims=True)
    return np.where(size > 1e-9, n / np.maximum(size, 1e-9), (0.0, 0.0, 1.0)).astype(np.float32)


def facets(
    points: NDArray[Any], triangles: NDArray[Any], rows: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Vertices shared only inside a flat facet of one object, so that each can carry one light and one colour.

    Returns the point of each vertex, triangles over the vertices, normal and (one) triangle of each vertex.
    """
    normals = triangle_normals(points, triangles)
    facing = np.round(normals * 31).astype(np.int64) + 31
    way = (facing[:, 0] * 63 + facing[:, 1]) * 63 + facing[:, 2]
    key = triangles.astype(np.int64) * (63**3) + way[:, None]
    shift = int(key.max(initial=0)) + 1
    if (int(rows.max(initial=0)) + 2) < (2**62) // shift:
        key = key + (rows.astype(np.int64) + 1)[:, None] * shift
    codes, unique = pd.factorize(key.ravel())
    vertex = np.asarray(codes, np.int64).reshape(-1, 3)
    of = np.zeros(len(unique), np.int64)
    of[vertex.ravel()] = np.repeat(np.arange(len(triangles)), 3)
    point = np.zeros(len(unique), np.int64)
    point[vertex.ravel()] = triangles.ravel()
    return point, vertex, normals[of], of


def smooth_normals(points: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float32]:
    """Area-weighted unit normals of the vertices."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    total = np.empty((len(points), 3))
    for k in range(3):
        total[:, k] = np.bincount(triangles.ravel(), weights=np.repeat(face[:, k], 3), minlength=len(points))
    size = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(size > 1e-9, total / np.maximum(size, 1e-9), (0.0, 0.0, 1.0)).astype(np.float32)


def tree_mesh(shape: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points and faces of a glyph of height 1 that stands on z = 0."""
    if shape == "cube":
        corners = np.array([[x, y, z] for z in (0.0, 1.0) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
        faces = [[4, 5, 6], [4, 6, 7]] + [f for i in range(4) for f in ([i, (i + 1) % 4, 4 + (i + 1) % 4], [i, 4 + (i + 1) % 4, 4 + i])]
        return corners, np.array(faces)
    turn = np.linspace(0, 2 * np.pi, 7)[:-1]
    radius, middle, low, high = (0.30, 0.55, 0.18, 1.0) if shape == "tree" else (0.16, 0.85, 0.0, 1.0)
    ring = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), np.full(6, middle)])
    points = np.concatenate([ring, [[0, 0, low], [0, 0, high]]])
    i = np.arange(6)
    j = (i + 1) % 6
    return points, np.concatenate([np.column_stack([i, j, np.full(6, 7)]), np.column_stack([j, i, np.full(6, 6)])])
