"""Round bodies along lines: pipes, cables and tunnels at the depth where they lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def tubes(points: Floats, offsets: NDArray[np.int64], radii: Floats, sides: int = 6) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Tubes along polylines: points (sides * P, 3), triangles, line of each triangle.

    points (P, 3), offsets (L + 1,) into them, radii (L,) metres. Rings stand across the mean of the ways before and after a corner;
    ends are open.
    """
    count = np.diff(offsets)
    line = np.repeat(np.arange(len(count)), count)
    first, last = offsets[:-1][count > 0], offsets[1:][count > 0] - 1
    step = np.zeros_like(points)
    step[:-1] = np.diff(points, axis=0)
    step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    step[last] = step[np.maximum(last - 1, 0)]
    before = np.roll(step, 1, axis=0)
    before[first] = step[first]
    along = step + before
    norm = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(norm > 1e-6, along / np.maximum(norm, 1e-9), step)
    level = np.hypot(along[:, 0], along[:, 1])
    # Across the way and level; a vertical pipe has no such direction, any will do.
    right = np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(along))]) / np.maximum(level, 1e-9)[:, None]
    right[level < 1e-6] = (1.0, 0.0, 0.0)
    up = np.cross(right, along)
    turn = 2 * np.pi * np.arange(sides) / sides
    ring = (right[:, None] * np.cos(turn)[:, None] + up[:, None] * np.sin(turn)[:, None]) * radii[line][:, None, None]
    body = (points[:, None] + ring).reshape(-1, 3)
    i = np.setdiff1d(np.arange(len(points)), last, assume_unique=True)
    k = np.arange(sides)
    a, b = i[:, None] * sides + k, i[:, None] * sides + (k + 1) % sides
    c, d = a + sides, b + sides
    triangles = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)]).astype(np.int32)
    of = np.repeat(line[i], sides)
    return body, triangles, np.concatenate([of, of]).astype(np.int32)
