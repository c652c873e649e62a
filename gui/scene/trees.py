"""Shapes of trees: a few triangles each from far, crown and trunk near by. All shapes of one fineness have the same triangles."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of a tree of height 1, by the kinds of layers.features.TREE_KINDS: widest radius, its height, foot and top of the crown.
_COARSE = ((0.27, 0.50, 0.2, 0.92), (0.20, 0.48, 0.15, 0.95), (0.21, 0.20, 0.08, 0.98), (0.10, 0.42, 0.05, 0.98))
# Four lumps of a crown: x, y, z of the middle, radius, half height; then radii of its two rings as shares.
_LUMP, _CONE = (0.88, 0.84), (1.0, 0.42)
_FINE = (
    (
        ((0.0, 0.0, 0.62, 0.27, 0.36), (0.13, 0.06, 0.50, 0.20, 0.22), (-0.11, -0.09, 0.48, 0.21, 0.22), (-0.03, 0.13, 0.72, 0.17, 0.19)),
        _LUMP,
    ),
    (
        ((0.0, 0.0, 0.66, 0.19, 0.34), (0.07, 0.04, 0.42, 0.17, 0.22), (-0.07, -0.05, 0.40, 0.16, 0.22), (-0.03, 0.07, 0.60, 0.15, 0.22)),
        _LUMP,
    ),
    (((0.0, 0.0, 0.26, 0.23, 0.18), (0.0, 0.0, 0.47, 0.185, 0.19), (0.0, 0.0, 0.66, 0.135, 0.18), (0.0, 0.0, 0.84, 0.085, 0.17)), _CONE),
    (
        ((0.0, 0.0, 0.26, 0.105, 0.20), (0.015, 0.01, 0.48, 0.12, 0.24), (-0.01, 0.0, 0.67, 0.105, 0.22), (0.0, 0.01, 0.84, 0.07, 0.17)),
        _LUMP,
    ),
)
SIDES = 6


@cache
def tree_shapes(fine: bool) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Points (kinds, points, 3), faces over the points of one tree, and brightness (kinds, faces): crowns are dark below."""
    if not fine:
        points = np.array([
            [*([r * x, r * y, middle] for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))), [0, 0, low], [0, 0, high]]
            for r, middle, low, high in _COARSE
        ])  # fmt: skip
        faces = np.array([[i, (i + 1) % 4, 5] for i in range(4)] + [[(i + 1) % 4, i, 4] for i in range(4)])
        return points, faces, np.tile(np.r_[np.ones(4), np.full(4, 0.82)], (len(points), 1))
    made, tones = [], []
    faces = np.empty((0, 3), np.int64)
    for lumps, (low, high) in _FINE:
        random = np.random.default_rng(5)
        bodies, sides, tone = [], [], []
        for k, (x, y, z, radius, half) in enumerate(lumps):
            body, leaves = turned([(0.0, -1.0), (low, -0.45 if low < 1 else -0.85), (high, 0.4 if low < 1 else 0.0), (0.0, 1.0)], SIDES)
            body *= (radius, radius, half)
            body[:, :2] *= random.uniform(0.86, 1.14, (len(body), 1))
            turn = 0.9 * k
            xy = body[:, :2].copy()
            body[:, 0], body[:, 1] = xy[:, 0] * np.cos(turn) - xy[:, 1] * np.sin(turn), xy[:, 0] * np.sin(turn) + xy[:, 1] * np.cos(turn)
            body += (x, y, z)
            sides.append(leaves + sum(len(b) for b in bodies))
            bodies.append(body)
            tone.append(0.70 + 0.38 * body[leaves, 2].mean(1) + random.uniform(-0.05, 0.05, len(leaves)))
        trunk, bark = turned([(0.032, 0.0), (0.026, 0.36)], 5)
        faces = np.concatenate([*sides, bark + sum(len(b) for b in bodies)])
        made.append(np.concatenate([*bodies, trunk]))
        tones.append(np.concatenate([*tone, np.full(len(bark), 0.5)]))
    return np.array(made), faces, np.array(tones)


def turned(profile: list[tuple[float, float]], sides: int) -> tuple[Floats, NDArray[np.int64]]:
    """A profile (radius, height) turned about the z axis."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    points = np.array([[r * np.cos(t), r * np.sin(t), z] for r, z in profile for t in turn])
    i = np.arange(sides)
    j = (i + 1) % sides
    faces = []
    for k in range(len(profile) - 1):
        a, b = k * sides, (k + 1) * sides
        if profile[k][0] > 0:
            faces.append(np.column_stack([a + i, a + j, b + j]))
        if profile[k + 1][0] > 0:
            faces.append(np.column_stack([a + i, b + j, b + i]))
        elif profile[k][0] > 0:
            faces[-1] = np.column_stack([a + i, a + j, b + i])
    return points, np.concatenate(faces)
