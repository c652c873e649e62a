"""Compiled steps of the shallow-water equations: Godunov (first order) and MUSCL-Hancock (second order) with HLLC fluxes.

Well balanced, never a negative depth, no volume lost: levels are float64. Discharges, bed and fluxes are of the type the arrays have,
float32 or float64. A step goes over the rows once, in bands that the threads share; each row is read, its faces computed once, and
written two rows later, so that the work space is some rows a band. Every sum runs in a fixed order: same input, same bits, whatever
the number of threads.

Arrays as in flood_kernels: w level, z bed, gn2 g n^2, zfx and zfy levels from which faces let water pass; hu, hv m2/s, positive east
and north. Faces at the rim are walls unless the list of edges says more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from twin.models.hazard import flood_cells as cells
from twin.models.hazard import flood_kernels, shallow_flux
from twin.models.hazard import shallow_edges as edges
from twin.models.hazard import shallow_rows as row
from twin.models.hazard.flood_kernels import CLOSED, GRAVITY, MARGIN, OPTIONS, threads_for
from twin.models.hazard.shallow_flux import DISCHARGE, LEVEL, WALL

_BANDS, _BAND_ROWS = 16, 24
_PAD = edges.PAD
_F0, _F1 = np.float32(0.0), np.float32(1.0)

# Rows of a band's work space, each kept for four grid rows. Cells: depth, velocities, share of the outflow there is water for; then half
# a step on: change of depth, depth, velocities, and slopes of level, depth and velocities. Faces: level difference, whether slopes reach
# over it, mass, forces, momentum along.
(
    _H, _U, _V, _SHARE, _CHANGE, _HM, _UM, _VM, _WX, _HX, _UX, _VX, _WY, _HY, _UY, _VY,
    _DX, _DY, _OX, _OY, _MX, _LX, _RX, _TX, _MY, _LY, _RY, _TY, _NEW, _ROWS,
) = range(30)  # fmt: skip


@njit(**OPTIONS)
def wave_speed(w: Any, z: Any, hu: Any, hv: Any, low: Any, high: Any, g: float) -> float:
    """Greatest of |velocity| + wave speed, m/s; a step of dx / this is the longest there is."""
    numbers, top = np.empty(w.shape[1] + 1, hu.dtype), 0.0
    numbers[-1] = g
    for i in range(w.shape[0]):
        a, b = low[i], high[i]
        if a < b:
            top = max(top, row.fastest(w[i, a:b], z[i, a:b], hu[i, a:b], hv[i, a:b], numbers[: b - a], numbers[-1]))
    return top


@njit(**OPTIONS)
def wet_spans(w: Any, z: Any, still: Any, edge: Any, hu: Any, hv: Any, low: Any, high: Any) -> None:
    """Columns per row that may hold water within MARGIN steps; discharges left behind outside are cleared.

    still: permanent water that cannot spill, which counts as dry. Water may come from an edge where a level or a discharge is given.
    """
    first, last = cells.wet_in_rows(w, z, still)
    for k in range(edge.shape[0]):
        if edge[k, 6] == LEVEL or edge[k, 6] == DISCHARGE:
            i, j = edge[k, 3], edge[k, 4]
            first[i], last[i] = min(first[i], j), max(last[i], j + 1)
    for i in range(w.shape[0]):
        a, b = cells.within_margin(first, last, i, w.shape[1])
        for j in range(low[i], high[i]):
            if j < a or j >= b:
                hu[i, j] = _F0
                hv[i, j] = _F0
        low[i], high[i] = a, b


@njit(**OPTIONS)
def _reach(low: Any, high: Any, i: int, far: int) -> tuple[int, int]:
    """Columns of the spans of rows i - far .. i + far together."""
    a, b = 1 << 60, 0
    for k in range(max(0, i - far), min(low.size, i + far + 1)):
        if low[k] < high[k]:
            a, b = min(a, low[k]), max(b, high[k])
    return (a, b) if a < b else (0, 0)


@njit(**OPTIONS)
def _keep_rows(w: Any, hu: Any, hv: Any, first: int, last: int, level: Any, flow: Any) -> None:
    """Rows beside a band before anything moves: the band beside writes over its own."""
    rows = w.shape[0]
    for n in range(6):
        i = first - 3 + n if n < 3 else last + n - 3
        if 0 <= i < rows:
            level[n, :] = w[i, :]
            flow[n, 0, :] = hu[i, :]
            flow[n, 1, :] = hv[i, :]


@njit(**OPTIONS)
def _half_row(p: int, work: Any, gn2: Any, a: int, b: int, half: Any, dt_2dx: Any, g: Any) -> None:
    """Slopes of row p and its state half a step on, columns a..b-1 (in work's numbering); wants rows p - 1, p and p + 1."""
    s, n, o = p % 4, (p + 1) % 4, (p - 1) % 4
    at = (work[_H, s, a:b], work[_U, s, a:b], work[_V, s, a:b])
    x = (work[_WX, s, a:b], work[_HX, s, a:b], work[_UX, s, a:b], work[_VX, s, a:b])
    y = (work[_WY, s, a:b], work[_HY, s, a:b], work[_UY, s, a:b], work[_VY, s, a:b])
    west = (work[_H, s, a - 1 : b - 1], work[_U, s, a - 1 : b - 1], work[_V, s, a - 1 : b - 1])
    east = (work[_H, s, a + 1 : b + 1], work[_U, s, a + 1 : b + 1], work[_V, s, a + 1 : b + 1])
    south = (work[_H, o, a:b], work[_U, o, a:b], work[_V, o, a:b])
    north = (work[_H, n, a:b], work[_U, n, a:b], work[_V, n, a:b])
    d, reach = work[_DX, s], work[_OX, s]
    row.slopes(reach[a:b], reach[a + 1 : b + 1], d[a:b], d[a + 1 : b + 1], west, at, east, x)
    row.slopes(work[_OY, s, a:b], work[_OY, n, a:b], work[_DY, s, a:b], work[_DY, n, a:b], south, at, north, y)
    out = (work[_CHANGE, s, a:b], work[_HM, s, a:b], work[_UM, s, a:b], work[_VM, s, a:b])
    row.half_step(at, x, y, gn2[a - _PAD : b - _PAD], out, half, dt_2dx, g)


@njit(**OPTIONS)
def _x_row(p: int, work: Any, z: Any, zf: Any, a: int, b: int, columns: int, g: Any, sloped: bool) -> None:
    """Faces a..b of row p (grid numbering)."""
    s = p % 4
    first, last = max(1, a), min(columns - 1, b)
    l, r = first + _PAD - 1, first + _PAD
    m, e = last + _PAD, last + _PAD + 1
    if first <= last:
        faces = work[_MX, s, r:e], work[_LX, s, r:e], work[_RX, s, r:e], work[_TX, s, r:e]
        beds = z[first - 1 : last], z[first : last + 1], zf[first : last + 1]
        if sloped:
            row.sloped_faces(
                work[_DX, s, r:e],
                (work[_CHANGE, s, l:m], work[_HM, s, l:m], work[_UM, s, l:m], work[_VM, s, l:m]),
                (work[_CHANGE, s, r:e], work[_HM, s, r:e], work[_UM, s, r:e], work[_VM, s, r:e]),
                (work[_WX, s, l:m], work[_HX, s, l:m], work[_UX, s, l:m], work[_VX, s, l:m]),
                (work[_WX, s, r:e], work[_HX, s, r:e], work[_UX, s, r:e], work[_VX, s, r:e]),
                *beds, *faces, g,
            )  # fmt: skip
        else:
            h, u, v = work[_H, s], work[_U, s], work[_V, s]
            row.plain_faces(work[_DX, s, r:e], h[l:m], h[r:e], u[l:m], u[r:e], v[l:m], v[r:e], *beds, *faces, g)
    # walls at the rim
    for j, inside in ((0, 0), (columns, columns - 1)):
        if a <= j <= b:
            h, u = work[_H, s, inside + _PAD], work[_U, s, inside + _PAD]
            work[_MX, s, j + _PAD], work[_TX, s, j + _PAD] = _F0, _F0
            work[_LX, s, j + _PAD], work[_RX, s, j + _PAD] = row.mirror(h, u, g), row.mirror(h, -u, g)


@njit(**OPTIONS)
def _y_row(p: int, work: Any, z: Any, zf: Any, a: int, b: int, rows: int, g: Any, sloped: bool) -> None:
    """Faces between rows p - 1 and p, columns a..b-1."""
    s, o = p % 4, (p - 1) % 4
    i, e = a + _PAD, b + _PAD
    faces = work[_MY, s, i:e], work[_LY, s, i:e], work[_RY, s, i:e], work[_TY, s, i:e]
    if 0 < p < rows:
        beds = z[p - 1, a:b], z[p, a:b], zf[a:b]
        if sloped:
            row.sloped_faces(
                work[_DY, s, i:e],
                (work[_CHANGE, o, i:e], work[_HM, o, i:e], work[_VM, o, i:e], work[_UM, o, i:e]),
                (work[_CHANGE, s, i:e], work[_HM, s, i:e], work[_VM, s, i:e], work[_UM, s, i:e]),
                (work[_WY, o, i:e], work[_HY, o, i:e], work[_VY, o, i:e], work[_UY, o, i:e]),
                (work[_WY, s, i:e], work[_HY, s, i:e], work[_VY, s, i:e], work[_UY, s, i:e]),
                *beds, *faces, g,
            )  # fmt: skip
        else:
            row.plain_faces(
                work[_DY, s, i:e], work[_H, o, i:e], work[_H, s, i:e], work[_V, o, i:e], work[_V, s, i:e], work[_U, o, i:e],
                work[_U, s, i:e], *beds, *faces, g,
            )  # fmt: skip
        return
    c = s if p == 0 else o  # the row inside
    for j in range(i, e):
        h, v = work[_H, c, j], work[_V, c, j]
        work[_MY, s, j], work[_TY, s, j] = _F0, _F0
        work[_LY, s, j], work[_RY, s, j] = row.mirror(h, v, g), row.mirror(h, -v, g)


@njit(**OPTIONS)
def _load_row(k: int, work: Any, level: Any, w: Any, hu: Any, hv: Any, z: Any, a: int, b: int) -> None:
    """Levels, depths and velocities of row k, columns a..b-1."""
    s, i, e = k % 4, a + _PAD, b + _PAD
    h = work[_H, s, i:e]
    row.levels(w[a:b], z[a:b], level[s, i:e], h)
    row.velocities(hu[a:b], hv[a:b], h, work[_U, s, i:e], work[_V, s, i:e])
    if e > i + 1:
        row.differences(level[s, i : e - 1], level[s, i + 1 : e], work[_DX, s, i + 1 : e])


@njit(**OPTIONS)
def _limit_row(
    r: int, work: Any, edge: Any, begin: Any, which: Any, low: Any, high: Any, dt_dx: Any, before: bool,
) -> bool:  # fmt: skip
    """Shares of row r and, by them, the fluxes through its west, east and south faces. before: water was short in row r - 1."""
    rows = low.size
    s, n, o = r % 4, (r + 1) % 4, (r - 1) % 4
    share, short = work[_SHARE], False
    a, b = _reach(low, high, r, 1)
    if r == rows:
        share[s, :] = _F1
    elif low[r] < high[r]:
        i, e = low[r] + _PAD, high[r] + _PAD
        mass = work[_MX, s]
        short = row.shares(work[_H, s, i:e], mass[i:e], mass[i + 1 : e + 1], work[_MY, s, i:e], work[_MY, n, i:e], share[s, i:e], dt_dx)
        edges.let_in(0, r, r, rows, edge, begin, which, share[s])
        edges.let_in(1, r, r, rows, edge, begin, which, share[s])
        edges.let_in(1, r + 1, r, rows, edge, begin, which, share[s])
        if short:
            e += 1
            row.scale(mass[i:e], work[_LX, s, i:e], work[_RX, s, i:e], work[_TX, s, i:e], share[s, i - 1 : e - 1], share[s, i:e])
    if (short or before) and a < b:
        i, e = a + _PAD, b + _PAD
        row.scale(work[_MY, s, i:e], work[_LY, s, i:e], work[_RY, s, i:e], work[_TY, s, i:e], share[o, i:e], share[s, i:e])
    return short


@njit(**OPTIONS)
def _write_row(
    i: int, work: Any, level: Any, z: Any, gn2: Any, w: Any, hu: Any, hv: Any, a: int, b: int, dt: Any, dt_dx: Any, ratio: float, g: Any,
    sloped: bool,
) -> Any:
    """Row i a step on, columns a..b-1; returns its fastest wave."""
    s, n, l, r = i % 4, (i + 1) % 4, a + _PAD, b + _PAD
    h = work[_NEW, 0, l:r]
    row.new_levels(
        level[s, l:r], work[_MX, s, l:r], work[_MX, s, l + 1 : r + 1], work[_MY, s, l:r], work[_MY, n, l:r], z[a:b], w[a:b], h, ratio
    )
    return row.new_discharges(
        work[_H, s, l:r], work[_U, s, l:r], work[_V, s, l:r], h, (work[_RX, s, l:r], work[_TX, s, l:r]),
        (work[_LX, s, l + 1 : r + 1], work[_TX, s, l + 1 : r + 1]), (work[_RY, s, l:r], work[_TY, s, l:r]),
        (work[_LY, n, l:r], work[_TY, n, l:r]), work[_WX, s, l:r], work[_WY, s, l:r], work[_HM, s, l:r], gn2[a:b], hu[a:b], hv[a:b],
        dt, dt_dx, g, sloped,
    )  # fmt: skip


@njit(**OPTIONS)
def _band(
    first: int, last: int, work: Any, level: Any, kept_level: Any, kept_flow: Any, w: Any, z: Any, hu: Any, hv: Any, gn2: Any, zfx: Any,
    zfy: Any, low: Any, high: Any, edge: Any, wall: Any, begin: Any, which: Any, flux: Any, tops: Any, dt: float, dx: float, sloped: bool,
) -> None:
    """Rows first..last-1 a step on. Row k is read, p has its faces computed, p - 1 its outflow limited, p - 2 is written."""
    rows, columns = w.shape
    g, dt_r, dt_dx, dt_2dx, half = work[_NEW, 1, 0], work[_NEW, 1, 1], work[_NEW, 1, 2], work[_NEW, 1, 3], work[_NEW, 2, 0]
    ratio = dt / dx
    lag = 1 if sloped else 0
    work[_SHARE] = _F1
    read_a, read_b, short = 0, 0, False
    for k in range(first - 2 - lag, last + 2 + lag):
        p = k - lag
        if 0 <= k < rows:
            a, b = _reach(low, high, k, 2)
            if a < b:
                a, b = max(0, a - 2), min(columns, b + 2)
                if k < first:
                    n = k - first + 3
                    _load_row(k, work, level, kept_level[n], kept_flow[n, 0], kept_flow[n, 1], z[k], a, b)
                elif k >= last:
                    n = k - last + 3
                    _load_row(k, work, level, kept_level[n], kept_flow[n, 0], kept_flow[n, 1], z[k], a, b)
                else:
                    _load_row(k, work, level, w[k], hu[k], hv[k], z[k], a, b)
                s, o = k % 4, (k - 1) % 4
                if sloped and a + 1 < b:
                    i, e = a + _PAD + 1, b + _PAD
                    h = work[_H, s]
                    row.reaches(h[i - 1 : e - 1], h[i:e], z[k, a : b - 1], z[k, a + 1 : b], zfx[k, a + 1 : b], work[_OX, s, i:e])
                if k > 0:
                    c, d = max(a, read_a), min(b, read_b)
                    if c < d:
                        i, e = c + _PAD, d + _PAD
                        row.differences(level[o, i:e], level[s, i:e], work[_DY, s, i:e])
                        if sloped:
                            row.reaches(work[_H, o, i:e], work[_H, s, i:e], z[k - 1, c:d], z[k, c:d], zfy[k, c:d], work[_OY, s, i:e])
            read_a, read_b = a, b
        if sloped and (k == 0 or k == rows):
            work[_OY, k % 4, :] = _F0
        if sloped and 0 <= p < rows and first - 2 <= p:
            a, b = _reach(low, high, p, 1)
            if a < b:
                _half_row(p, work, gn2[p], max(0, a - 1) + _PAD, min(columns, b + 1) + _PAD, half, dt_2dx, g)
        if first - 1 <= p <= last and 0 <= p < rows and low[p] < high[p]:
            s = p % 4
            _x_row(p, work, z[p], zfx[p], low[p], high[p], columns, g, sloped)
            edges.put(0, p, rows, edge, wall, begin, which, flux, work[_MX, s], work[_LX, s], work[_RX, s], work[_TX, s])
        if first - 1 <= p <= last + 1 and 0 <= p <= rows:
            a, b = _reach_pair(low, high, p)
            if a < b:
                s = p % 4
                _y_row(p, work, z, zfy[p], a, b, rows, g, sloped)
                edges.put(1, p, rows, edge, wall, begin, which, flux, work[_MY, s], work[_LY, s], work[_RY, s], work[_TY, s])
        r = p - 1
        if first - 1 <= r <= last and 0 <= r <= rows:
            short = _limit_row(r, work, edge, begin, which, low, high, dt_dx, short)
        i = p - 2
        if first <= i < last:
            tops[i] = 0.0
            if low[i] < high[i]:
                tops[i] = _write_row(
                    i, work, level, z[i], gn2[i], w[i], hu[i], hv[i], low[i], high[i], dt_r, dt_dx, ratio, g, sloped
                )  # fmt: skip
                edges.book(0, i, rows, edge, begin, which, work[_MX, i % 4], flux)
                edges.book(1, i, rows, edge, begin, which, work[_MY, i % 4], flux)
                if i == rows - 1:
                    edges.book(1, rows, rows, edge, begin, which, work[_MY, rows % 4], flux)


@njit(**OPTIONS)
def _reach_pair(low: Any, high: Any, p: int) -> tuple[int, int]:
    """Columns of the spans of rows p - 1 and p together."""
    a, b = 1 << 60, 0
    for k in range(max(0, p - 1), min(low.size, p + 1)):
        if low[k] < high[k]:
            a, b = min(a, low[k]), max(b, high[k])
    return (a, b) if a < b else (0, 0)


@njit(parallel=True, **OPTIONS)
def _step(
    work: Any, level: Any, kept_level: Any, kept_flow: Any, w: Any, z: Any, hu: Any, hv: Any, gn2: Any, zfx: Any, zfy: Any, low: Any,
    high: Any, edge: Any, wall: Any, begin: Any, which: Any, flux: Any, tops: Any, dt: float, dx: float, g: float, sloped: bool,
) -> None:
    """All bands a step on. A function of its own: whatever else is in a parallel one makes compiling it slow."""
    rows, bands = w.shape[0], work.shape[0]
    for b in prange(bands):
        _keep_rows(w, hu, hv, b * rows // bands, (b + 1) * rows // bands, kept_level[b], kept_flow[b])
        _numbers(work[b, _NEW], g, dt, dx)
    for b in prange(bands):
        _band(
            b * rows // bands, (b + 1) * rows // bands, work[b], level[b], kept_level[b], kept_flow[b], w, z, hu, hv, gn2, zfx, zfy,
            low, high, edge, wall, begin, which, flux, tops, dt, dx, sloped,
        )  # fmt: skip


@njit(**OPTIONS)
def _numbers(out: Any, g: float, dt: float, dx: float) -> None:
    """What a step multiplies by, in the type of the arrays."""
    out[1, 0], out[1, 1], out[1, 2], out[1, 3], out[2, 0] = g, dt, dt / dx, 0.5 * dt / dx, 0.5 * dt


@njit(**OPTIONS)
def flow(
    w: Any, z: Any, hu: Any, hv: Any, gn2: Any, zfx: Any, zfy: Any, low: Any, high: Any, edge: Any, value: Any, wall: Any, crest: Any,
    shore: Any, stage: Any, volume: Any, dx: float, g: float, from_s: float, until_s: float, cfl: float, sloped: bool, most_steps: int,
) -> tuple[float, int]:
    """Steps from from_s to until_s, at most most_steps of them (MARGIN, where spans are not the whole rows): (time reached, steps made).

    low, high: span of columns per row that may hold water (wet_spans). edge rows: axis (0 west, 1 south face), face row and column, row and
    column of the cell inside, sign of the outward direction, kind (shallow_flux); value: of each edge, see edge_flux; a LEVEL or DISCHARGE
    edge must lie in the spans. wall rows: axis, face row and column of thin walls, whose faces must be CLOSED; crest: their levels.
    shore, stage: row, column and kept level of permanent water beside land. volume (4,): m3 out through edges of each kind, [0] into
    permanent water, added to. sloped: second order.

    Whoever takes water from a cell between calls takes its share of hu and hv too; rain brings none.
    """
    rows, columns = w.shape
    bands = max(1, min(_BANDS, rows // _BAND_ROWS))
    work = np.zeros((bands, _ROWS, 4, columns + 2 * _PAD), hu.dtype)
    level = np.zeros((bands, 4, columns + 2 * _PAD))
    kept_level, kept_flow = np.zeros((bands, 6, columns)), np.zeros((bands, 6, 2, columns), hu.dtype)
    begin, which = edges.by_row(edge, wall, rows)
    flux = np.zeros((which.size, 4))
    tops = np.zeros(rows)
    now, steps = from_s, 0
    top = wave_speed(w, z, hu, hv, low, high, g)
    while now < until_s and steps < most_steps:
        fastest = max(top, edges.edge_fluxes(edge, value, w, z, hu, hv, zfx, zfy, g, flux))
        longest = cfl * dx / max(fastest, 0.1)
        count = math.ceil((until_s - now) / longest - 1e-9)
        dt = (until_s - now) / max(1.0, count)
        edges.wall_fluxes(wall, crest, w, z, hu, hv, g, dx, dt, flux[edge.shape[0] :])
        _step(
            work, level, kept_level, kept_flow, w, z, hu, hv, gn2, zfx, zfy, low, high, edge, wall, begin, which, flux, tops, dt, dx, g,
            sloped,
        )  # fmt: skip
        top = np.max(tops)
        edges.past_edges(edge, flux, w, z, hu, hv, volume, dt / dx, dx * dx)
        volume[WALL] += edges.kept(shore, stage, w, hu, hv) * dx * dx
        now = now + dt if count > 1 else until_s
        steps += 1
    return now, steps


def _none(*shape: int) -> Any:
    return field(default_factory=lambda: np.zeros(shape, np.int64 if len(shape) == 2 else float))


@dataclass
class ShallowWater:
    """Water on a square grid and what `flow` needs beside it; arrays and lists as there.

    The lists may be replaced, and the numbers in them changed, between calls; so may levels. Copying w, hu and hv is enough to go on
    later to the same bits.
    """

    dx: float
    w: NDArray[np.float64]
    z: NDArray[Any]
    hu: NDArray[Any]
    hv: NDArray[Any]
    gn2: NDArray[Any]
    zfx: NDArray[Any]
    zfy: NDArray[Any]
    still: NDArray[np.bool_]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    edge: NDArray[np.int64] = _none(0, 7)
    value: NDArray[np.float64] = _none(0)
    wall: NDArray[np.int64] = _none(0, 3)
    crest: NDArray[np.float64] = _none(0)
    shore: NDArray[np.int64] = _none(0, 2)
    stage: NDArray[np.float64] = _none(0)
    volume: NDArray[np.float64] = _none(4)
    sloped: bool = True
    cfl: float = 0.45
    steps: int = 0

    @staticmethod
    def over(z: NDArray[Any], dx: float, manning: ArrayLike = 0.0, real: Any = np.float32, sloped: bool = True) -> ShallowWater:
        """Dry ground, no faces closed but the rim's. real: float32 or float64."""
        rows, columns = z.shape
        bed = np.ascontiguousarray(z, real)
        zfx, zfy = np.full((rows, columns + 1), CLOSED, real), np.full((rows + 1, columns), CLOSED, real)
        zfx[:, 1:-1], zfy[1:-1] = np.maximum(bed[:, 1:], bed[:, :-1]), np.maximum(bed[1:], bed[:-1])
        n = np.broadcast_to(np.asarray(manning, float), z.shape)
        return ShallowWater(
            float(dx), bed.astype(float), bed, np.zeros(z.shape, real), np.zeros(z.shape, real), (GRAVITY * n * n).astype(real), zfx, zfy,
            np.zeros(z.shape, bool), np.zeros(rows, np.int64), np.zeros(rows, np.int64), sloped=sloped,
        )  # fmt: skip

    def advance(self, from_s: float, until_s: float, most_steps: int = 1 << 60) -> float:
        """Steps until until_s, at most most_steps of them; returns the time reached."""
        last = self.steps + most_steps
        with threads_for(self.w.size):
            from_s, until_s = float(from_s), float(until_s)
            while from_s < until_s and self.steps < last:
                wet_spans(self.w, self.z, self.still, self.edge, self.hu, self.hv, self.low, self.high)
                from_s, made = flow(
                    self.w, self.z, self.hu, self.hv, self.gn2, self.zfx, self.zfy, self.low, self.high, self.edge, self.value, self.wall,
                    self.crest, self.shore, self.stage, self.volume, self.dx, GRAVITY, from_s, until_s, self.cfl, self.sloped,
                    min(MARGIN, last - self.steps),
                )
                self.steps += made
        return from_s


def _rebuild_when_any_changes() -> None:
    """Kept machine code is good for one state of all these files: numba looks at a function's own only, so that an edit of shallow_rows
    would leave `flow` as it was."""
    files = [Path(module.__file__ or "") for module in (shallow_flux, row, edges, cells, flood_kernels)] + [Path(__file__)]
    stamp = tuple((file.stat().st_mtime, file.stat().st_size) for file in files if file.is_file())
    for thing in (*vars(row).values(), *vars(edges).values(), *globals().values()):
        kept = getattr(getattr(thing, "_cache", None), "_cache_file", None)
        if kept is not None and thing.py_func.__module__.startswith(shallow_flux.__name__.replace("flux", "")):
            kept._source_stamp = stamp


_rebuild_when_any_changes()
