"""Triangles of many simple polygons without holes: ear clipping, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def clip_ears(xy, start, end, triangles, done):  # type: ignore[no-untyped-def]
    """Ear clipping (Meisters 1975, doi:10.2307/2319703) of polygons start[i]:end[i] of xy (V, 2), counter-clockwise, not closed.

    triangles (sum of corners - 2 each, 3), int32, is filled polygon after polygon with rows of xy; done[i] says whether polygon i
    could be cut up (its rows mean nothing where not). Corners on a straight edge become corners of triangles, so that what is raised
    on the outline has no gaps.
    """
    longest = 0
    for i in range(len(start)):
        longest = max(longest, end[i] - start[i])
    before, after = np.empty(longest, np.int32), np.empty(longest, np.int32)
    at = 0
    for i in range(len(start)):
        a0, n = start[i], end[i] - start[i]
        first = at
        at += n - 2
        x0, y0 = xy[a0, 0], xy[a0, 1]
        for k in range(n):
            before[k], after[k] = k - 1, k + 1
        before[0], after[n - 1] = n - 1, 0
        left, here, tried, out = n, 0, 0, first
        flat = 0.0  # twice the area up to which three corners lie on a line
        for k in range(1, n):
            flat = max(flat, abs(xy[a0 + k, 0] - x0), abs(xy[a0 + k, 1] - y0))
        flat *= flat * 1e-10
        while left > 3 and (tried <= left or flat > 0.0):
            if tried > left:  # only slivers are left
                flat, tried = 0.0, 0
            p, q = before[here], after[here]
            ax, ay = xy[a0 + p, 0] - x0, xy[a0 + p, 1] - y0
            bx, by = xy[a0 + here, 0] - x0, xy[a0 + here, 1] - y0
            cx, cy = xy[a0 + q, 0] - x0, xy[a0 + q, 1] - y0
            ear = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > flat
            if ear:
                k = after[q]
                while k != p:
                    px, py = xy[a0 + k, 0] - x0, xy[a0 + k, 1] - y0
                    corner = (px == ax and py == ay) or (px == bx and py == by) or (px == cx and py == cy)
                    if not corner and (
                        (bx - ax) * (py - ay) - (by - ay) * (px - ax) >= -flat
                        and (cx - bx) * (py - by) - (cy - by) * (px - bx) >= -flat
                        and (ax - cx) * (py - cy) - (ay - cy) * (px - cx) >= -flat
                    ):
                        ear = False
                        break
                    k = after[k]
            if ear:
                triangles[out, 0], triangles[out, 1], triangles[out, 2] = a0 + p, a0 + here, a0 + q
                out += 1
                after[p], before[q] = q, p
                left -= 1
                tried = 0
                here = after[q]  # every other corner, for triangles that are not all slivers at one corner
            else:
                tried += 1
                here = q
        done[i] = left == 3
        if done[i]:
            p, q = before[here], after[here]
            triangles[out, 0], triangles[out, 1], triangles[out, 2] = a0 + p, a0 + here, a0 + q


def ears_of(xy: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Triangles (sum of end - start - 2, 3), rows of xy, polygon after polygon; and which polygons were cut up."""
    triangles = np.zeros((int((end - start - 2).sum()), 3), np.int32)
    done = np.zeros(len(start), np.bool_)
    clip_ears(np.ascontiguousarray(xy), start, end, triangles, done)
    return triangles, done
