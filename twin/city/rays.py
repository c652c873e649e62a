"""A ray against many boxes and triangles, compiled; `twin.city.index` does it with numpy until `warm_up` has been called."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

is_ready = False
SLACK = 1e-9
"""A ray through a shared edge meets one of the two triangles."""


def warm_up() -> None:
    """Load or compile what is below; for a worker, when there is time."""
    global is_ready
    boxes, o, d = np.zeros((1, 3), np.float32), np.zeros(3), np.array([0.0, 0.0, 1.0])
    box_hits(boxes, boxes, o, d, np.inf)
    box_hits(np.zeros(1, [("x", "f4", 3), ("y", "i4")])["x"], np.zeros(1, [("x", "f4", 3), ("y", "i4")])["x"], o, d, np.inf)
    triangle_distances(np.zeros((1, 3, 3)), o, d)
    is_ready = True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def box_hits(low: Any, high: Any, o: Any, d: Any, farthest: float) -> Any:
    """See twin.city.index.box_hits."""
    out = np.empty(len(low), np.bool_)
    for k in range(len(low)):
        near, far, good = 0.0, farthest, True
        for axis in range(3):
            a, b = float(low[k, axis]), float(high[k, axis])
            if d[axis] == 0:
                good = good and a <= o[axis] and o[axis] <= b
            else:
                t, u = (a - o[axis]) / d[axis], (b - o[axis]) / d[axis]
                if not (t == t and u == u):
                    good = False
                near, far = max(near, min(t, u)), min(far, max(t, u))
        out[k] = good and near <= far
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def triangle_distances(corners: Any, o: Any, d: Any) -> Any:
    """See twin.city.index.triangle_distances."""
    out = np.full(len(corners), np.inf)
    for k in range(len(corners)):
        x, y, z = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
        ax, ay, az = corners[k, 1, 0] - x, corners[k, 1, 1] - y, corners[k, 1, 2] - z
        bx, by, bz = corners[k, 2, 0] - x, corners[k, 2, 1] - y, corners[k, 2, 2] - z
        px, py, pz = d[1] * bz - d[2] * by, d[2] * bx - d[0] * bz, d[0] * by - d[1] * bx
        det = ax * px + ay * py + az * pz
        if not abs(det) > 0:
            continue
        sx, sy, sz = o[0] - x, o[1] - y, o[2] - z
        u = (sx * px + sy * py + sz * pz) / det
        qx, qy, qz = sy * az - sz * ay, sz * ax - sx * az, sx * ay - sy * ax
        v = (qx * d[0] + qy * d[1] + qz * d[2]) / det
        t = (bx * qx + by * qy + bz * qz) / det
        if u >= -SLACK and v >= -SLACK and u + v <= 1 + SLACK and t >= 0:
            out[k] = t
    return out
