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
    rgba, cells = np.zeros((1, 4), np.uint8), np.array([0, 1, 0, 1])
    paint(image, xy, rgba, start, index, cells, 1, 0.0, 0.0, 1.0, 1.0)
    fill(image, *stencil(2, 2, xy, start, index, cells, 1, 0.0, 0.0, 1.0, 1.0), rgba)
    lay(image, np.zeros((1, 1, 4), np.uint8), 0.0, 0.0, 1.0, 1.0, 1.0)
    halved(image, np.zeros((1, 1, 4), np.uint8))


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
def _placed(corners: Any, x0: float, y0: float, per_x: float, per_y: float) -> tuple[float, float, float, float, float, float]:
    """Corners of a triangle in pixels, counter-clockwise; all alike where it has no area."""
    ax, ay = (corners[0, 0] - x0) * per_x - 0.5, (corners[0, 1] - y0) * per_y - 0.5
    bx, by = (corners[1, 0] - x0) * per_x - 0.5, (corners[1, 1] - y0) * per_y - 0.5
    cx, cy = (corners[2, 0] - x0) * per_x - 0.5, (corners[2, 1] - y0) * per_y - 0.5
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if area < 0:
        return ax, ay, cx, cy, bx, by
    if area == 0:
        return -1.0, -1.0, -1.0, -1.0, -1.0, -1.0
    return ax, ay, bx, by, cx, cy


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _span(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, j: int, columns: int) -> tuple[int, int]:
    """First pixel of a row with its centre in a triangle, and the one after the last."""
    low, high = max(0.0, math.ceil(min(ax, bx, cx))), min(columns - 1.0, math.floor(max(ax, bx, cx)))
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
    return math.ceil(low), math.floor(high) + 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _blend(flat: Any, at: Any, rgba: Any, t: Any) -> None:
    """A triangle's colour over the pixel that begins at a place of a flat image."""
    alpha = rgba[t, 3]
    if alpha == 255:
        for b in range(3):
            flat[at + np.uint64(b)] = rgba[t, b]
    elif alpha > 0:
        share = np.float32(alpha) / np.float32(255)
        for b in range(3):
            old = np.float32(flat[at + np.uint64(b)])
            flat[at + np.uint64(b)] = old + (np.float32(rgba[t, b]) - old) * share + np.float32(0.5)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan(
    flat: Any, rgba: Any, last: Any, rows: int, columns: int, xy: Any, start: Any, index: Any, cells: Any, n: int, x0: float, y0: float,
    per_x: float, per_y: float,
) -> None:
    """Triangles of some cells (row, column ranges), by the centres of pixels: each into `last` where it has room, else its colour."""
    for r in range(cells[0], cells[1]):
        for c in range(cells[2], cells[3]):
            for k in range(start[r * n + c], start[r * n + c + 1]):
                t = index[k]
                ax, ay, bx, by, cx, cy = _placed(xy[t], x0, y0, per_x, per_y)
                for j in range(max(0, math.ceil(min(ay, by, cy))), min(rows - 1, math.floor(max(ay, by, cy))) + 1):
                    first, stop = _span(ax, ay, bx, by, cx, cy, j, columns)
                    if last.size > 0:
                        for i in range(first, stop):
                            last[j * columns + i] = t
                    else:
                        for i in range(first, stop):
                            _blend(flat, np.uint64(3 * (j * columns + i)), rgba, np.uint64(t))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def paint(
    image: Any, xy: Any, rgba: Any, start: Any, index: Any, cells: Any, n: int, x0: float, y0: float, per_x: float, per_y: float
) -> None:
    """Triangles of some cells over an image, row 0 southmost, by their centres; alpha blends."""
    rows, columns = image.shape[:2]
    _scan(image.reshape(-1), rgba, np.empty(0, np.int32), rows, columns, xy, start, index, cells, n, x0, y0, per_x, per_y)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def stencil(
    rows: int, columns: int, xy: Any, start: Any, index: Any, cells: Any, n: int, x0: float, y0: float, per_x: float, per_y: float
) -> tuple[Any, Any]:
    """Pixels that `paint` would colour and the last triangle that does so in each: what stays when only colours change."""
    last = np.full(rows * columns, -1, np.int32)
    _scan(np.empty(0, np.uint8), np.empty((0, 4), np.uint8), last, rows, columns, xy, start, index, cells, n, x0, y0, per_x, per_y)
    pixels = np.flatnonzero(last >= 0).astype(np.int32)
    return pixels, last[pixels]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fill(image: Any, pixels: Any, triangles: Any, rgba: Any) -> None:
    """Colours of triangles into the pixels of a stencil."""
    flat = image.reshape(-1)
    for k in range(len(pixels)):
        _blend(flat, np.uint64(3) * np.uint64(pixels[k]), rgba, np.uint64(triangles[k]))


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
def halved(image: Any, out: Any) -> None:
    """Mean of blocks of 2 x 2 pixels as opaque RGBA. By rows of plain numbers: that is what vectorises."""
    two = np.uint32(2)
    for j in range(out.shape[0]):
        below, above, row = image[2 * j].reshape(-1), image[2 * j + 1].reshape(-1), out[j].reshape(-1)
        for i in range(out.shape[1]):
            for b in range(3):
                k = 6 * i + b
                total = np.uint32(below[k]) + np.uint32(below[k + 3]) + np.uint32(above[k]) + np.uint32(above[k + 3])
                row[4 * i + b] = (total + two) >> two
            row[4 * i + 3] = 255
