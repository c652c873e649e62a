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
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices shared only inside a flat facet of one object, so that each can carry one light and one colour.

    Returns the point of each vertex, triangles over the vertices, normal and (one) triangle of each vertex, and a number that tells
    ways of facing apart.
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
    return point, vertex, normals[of], of, way[of]


def below_top(z: NDArray[Any], rows: NDArray[np.int64], way: NDArray[np.int64]) -> NDArray[np.float32]:
    """Metres of each vertex below the highest one of its object that faces the same way."""
    group, _ = pd.factorize(rows * 63**3 + way)
    top = np.full(int(group.max(initial=0)) + 1, -np.inf)
    np.maximum.at(top, group, z)
    return (top[group] - z).astype(np.float32)


def smooth_normals(points: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float32]:
    """Area-weighted unit normals of the vertices."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    total = np.empty((len(points), 3))
    for k in range(3):
        total[:, k] = np.bincount(triangles.ravel(), weights=np.repeat(face[:, k], 3), minlength=len(points))
    size = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(size > 1e-9, total / np.maximum(size, 1e-9), (0.0, 0.0, 1.0)).astype(np.float32)


def glyph_mesh(shape: str) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Points and faces of a glyph of height 1 that stands on z = 0, and how bright each face is; trees have shapes of their own."""
    if shape == "cube":
        corners = np.array([[x, y, z] for z in (0.0, 1.0) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
        faces = [[4, 5, 6], [4, 6, 7]] + [f for i in range(4) for f in ([i, (i + 1) % 4, 4 + (i + 1) % 4], [i, 4 + (i + 1) % 4, 4 + i])]
        return corners, np.array(faces), np.ones(len(faces))
    around = [[0.16 * x, 0.16 * y, 0.85] for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    points = np.array([*around, [0, 0, 0.0], [0, 0, 1.0]])
    faces = np.array([[i, (i + 1) % 4, 5] for i in range(4)] + [[(i + 1) % 4, i, 4] for i in range(4)])
    return points, faces, np.ones(len(faces))


BAY_M, STOREY_M = 3.5, 3.3


def facade_tile() -> NDArray[np.uint8]:
    """One bay of one storey, RGBA 32 x 32, multiplied with a wall's colour; its corner is white, for roofs. Alpha is 0 in panes."""
    tile = np.full((32, 32, 4), 255, np.uint8)
    tile[9:25, 8:24] = (150, 160, 172, 0)
    tile[9:11, 8:24, :3] = (205, 205, 205)
    tile[10:25, 15:17] = (196, 198, 200, 255)
    tile[2:4, :, :3] = (226, 225, 223)
    tile[0, 0] = 255
    return tile


def facade_coordinates(points: NDArray[Any], normals: NDArray[Any], foot: NDArray[Any]) -> NDArray[np.float32]:
    """Texture coordinates: bays along a wall, storeys up from its foot; roofs stay on the white corner."""
    level = np.hypot(normals[:, 0], normals[:, 1])
    wall = level > 0.85
    safe = np.maximum(level, 1e-6)
    along = (-normals[:, 1] * points[:, 0] + normals[:, 0] * points[:, 1]) / safe
    uv = np.full((len(points), 2), 1.0 / 64, np.float32)
    uv[wall, 0], uv[wall, 1] = along[wall] / BAY_M, foot[wall] / STOREY_M
    return uv


def clustered(points: NDArray[Any], normals: NDArray[Any], triangles: NDArray[Any], cell_m: float) -> NDArray[np.int32]:
    """Fewer triangles over the same points: those of a cell that face one way become one, and what collapses is gone
    (Rossignac and Borrel 1993, doi:10.1007/978-3-642-78114-8_29)."""
    place = np.floor(points / cell_m).astype(np.int64)
    place -= place.min(0)
    way = np.argmax(np.abs(normals), axis=1) * 2 + (np.take_along_axis(normals, np.argmax(np.abs(normals), axis=1)[:, None], 1)[:, 0] > 0)
    size = place.max(0) + 1
    codes, first = pd.factorize(((place[:, 0] * size[1] + place[:, 1]) * size[2] + place[:, 2]) * 6 + way)
    lead = np.empty(len(first), np.int64)
    lead[codes[::-1]] = np.arange(len(points))[::-1]
    out = lead[codes][triangles]
    real = (out[:, 0] != out[:, 1]) & (out[:, 1] != out[:, 2]) & (out[:, 0] != out[:, 2])
    return np.unique(out[real], axis=0).astype(np.int32)
