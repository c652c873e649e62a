"""Compiled loops of the painted ground. Imported when the first square is painted: a picture of a city does not wait for it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit


def warm_up() -> None:
    """Load or compile what is below."""
    image, xy = np.zeros((2, 2, 3), np.uint8), np.zeros((1, 3, 2), np.float32)
    start, index = bins(xy, 0.0, 0.0, 1.0, 1)
    paint(image, xy, np.zeros((1, 4), np.uint8), start, index, np.array([0, 1, 0, 1]), 1, 0.0, 0.0, 1.0, 1.0)
    lay(image, np.zeros((1, 1, 4), np.uint8), 0.0, 0.0, 1.0, 1.0, 1.0)
    shrunk(image, np.zeros((1, 1, 4), np.uint8), 2)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def bins(xy: Any, x0: float, y0: float, step: float, n: int) -> Any:
    """Triangles over each cell of an n x n grid: starts (n * n + 1) and indices."""
    count = np.zeros(n * n + 1, np.int64)
    for turn in range(2):
        if turn == 1:
            start = np.cumsum(count)
            index = np.empty(start[-1], np.int32)
            place = start.copy()
        for t in range(len(xy)):
            low_x = min(xy[t, 0, 0], xy[t, 1, 0], xy[t, 2, 0])
            high_x = max(xy[t, 0, 0], xy[t, 1, 0], xy[t, 2, 0])
            low_y = min(xy[t, 0, 1], xy[t, 1, 1], xy[t, 2, 1])
            high_y = max(xy[t, 0, 1], xy[t, 1, 1], xy[t, 2, 1])
            if not (high_x >= x0 and high_y >= y0 and low_x <= x0 + step * n and low_y <= y0 + step * n):
                continue
            c0, c1 = max(0, int((low_x - x0) / step)), min(n - 1, int((high_x - x0) / step))
            r0, r1 = max(0, int((low_y - y0) / step)), min(n - 1, int((high_y - y0) / step))
            for r in range(r0, r1 + 1):
                for c in range(c0, c1 + 1):
                    if turn == 0:
                        count[r * n + c + 1] += 1
                    else:
                        index[place[r * n + c]] = t
                        place[r * n + c] += 1
    return start, index


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def paint(
    image: Any, xy: Any, rgba: Any, start: Any, index: Any, cells: Any, n: int, x0: float, y0: float, per_x: float, per_y: float
) -> None:
    """Triangles of some cells (row, column ranges) over an image, row 0 southmost, by their centres; alpha blends."""
    rows, columns = image.shape[:2]
    for r in range(cells[0], cells[1]):
        for c in range(cells[2], cells[3]):
            for k in range(start[r * n + c], start[r * n + c + 1]):
                t = index[k]
                ax, ay = (xy[t, 0, 0] - x0) * per_x - 0.5, (xy[t, 0, 1] - y0) * per_y - 0.5
                bx, by = (xy[t, 1, 0] - x0) * per_x - 0.5, (xy[t, 1, 1] - y0) * per_y - 0.5
                cx, cy = (xy[t, 2, 0] - x0) * per_x - 0.5, (xy[t, 2, 1] - y0) * per_y - 0.5
                area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
                if area < 0:
                    bx, by, cx, cy = cx, cy, bx, by
                elif area == 0:
                    continue
                j0, j1 = max(0, math.ceil(min(ay, by, cy))), min(rows - 1, math.floor(max(ay, by, cy)))
                i0, i1 = max(0, math.ceil(min(ax, bx, cx))), min(columns - 1, math.floor(max(ax, bx, cx)))
                alpha = rgba[t, 3] / 255.0
                for j in range(j0, j1 + 1):
                    # Where the row of pixels enters and leaves the triangle.
                    low, high = float(i0), float(i1)
                    for e in range(3):
                        if e == 0:
                            px, py, qx, qy = ax, ay, bx, by
                        elif e == 1:
                            px, py, qx, qy = bx, by, cx, cy
                        else:
                            px, py, qx, qy = cx, cy, ax, ay
                        dx, dy = qx - px, qy - py
                        if dy == 0:
                            if dx * (j - py) < 0:
                                high = low - 1
                            continue
                        x = px + dx * (j - py) / dy
                        if dy > 0:
                            high = min(high, x)
                        else:
                            low = max(low, x)
                    for i in range(math.ceil(low), math.floor(high) + 1):
                        if alpha >= 1.0:
                            image[j, i, 0], image[j, i, 1], image[j, i, 2] = rgba[t, 0], rgba[t, 1], rgba[t, 2]
                        else:
                            for b in range(3):
                                image[j, i, b] = image[j, i, b] + (float(rgba[t, b]) - image[j, i, b]) * alpha + 0.5


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def lay(image: Any, picture: Any, x0: float, y0: float, per_px_x: float, per_px_y: float, opacity: float) -> None:
    """A picture (rows, columns, 4) over an image, bilinear. x0, y0: place of the image's first pixel centre in pixels of the picture."""
    high, wide = picture.shape[:2]
    for j in range(image.shape[0]):
        y = y0 + j * per_px_y
        if y < -0.5 or y > high - 0.5:
            continue
        y = min(max(y, 0.0), high - 1.0)
        r = min(int(y), max(high - 2, 0))
        v = y - r
        r1 = min(r + 1, high - 1)
        for i in range(image.shape[1]):
            x = x0 + i * per_px_x
            if x < -0.5 or x > wide - 0.5:
                continue
            x = min(max(x, 0.0), wide - 1.0)
            c = min(int(x), max(wide - 2, 0))
            u = x - c
            c1 = min(c + 1, wide - 1)
            w00, w01, w10, w11 = (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v
            a = w00 * picture[r, c, 3] + w01 * picture[r, c1, 3] + w10 * picture[r1, c, 3] + w11 * picture[r1, c1, 3]
            a = a / 255.0 * opacity
            for b in range(3):
                value = w00 * picture[r, c, b] + w01 * picture[r, c1, b] + w10 * picture[r1, c, b] + w11 * picture[r1, c1, b]
                image[j, i, b] = image[j, i, b] + (value - image[j, i, b]) * a + 0.5


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def shrunk(image: Any, out: Any, finer: int) -> None:
    """Mean of blocks of pixels as opaque RGBA."""
    half = finer * finer // 2
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            for b in range(3):
                total = half
                for v in range(finer):
                    for u in range(finer):
                        total += image[j * finer + v, i * finer + u, b]
                out[j, i, b] = total // (finer * finer)
            out[j, i, 3] = 255
