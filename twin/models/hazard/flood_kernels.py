"""Compiled steps of the flood model: local inertial flow between cells (what happens within them is in flood_cells).

Water levels are float64, so that a lake at rest is at rest to the last bit and no volume is lost in thousands of small steps; flow
between cells is float32. Every sum runs in a fixed order whatever the number of threads: same input, same bits.

Arrays, rows x columns of cells, row 0 southmost: w level, z bed; faces: qx, zfx (rows, columns + 1), west face of cell j at j; qy, zfy
(rows + 1, columns). zf is the level a face lets water pass from; CLOSED where it never does. q is m2/s, positive east and north.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Threads that wait must sleep: spinning ones (the default) cost 4x the time when a window draws on the same cores. Read once, at the
# first parallel kernel.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, prange, types
from numba.extending import intrinsic

CLOSED = np.float32(1e30)
DRY = np.float32(1e-5)
"""Faces with less water than this, m, carry none."""
GRAVITY = 9.81
MARGIN = 8
"""Cells by which the rows' spans reach beyond wet ones; they hold for that many steps."""

_BANDS = 16

_F0, _F1, _F2, _F4, _HALF, _QUARTER = (np.float32(v) for v in (0.0, 1.0, 2.0, 4.0, 0.5, 0.25))
_THIRD, _FOUR_THIRDS = np.float32(1.0 / 3.0), np.float32(4.0 / 3.0)
_G, _TINY = np.float32(GRAVITY), np.float32(1e-30)

_SMALL = 40_000
_gate = threading.Lock()

OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}


@contextmanager
def threads_for(cells: int) -> Iterator[None]:
    """Around every call of a parallel kernel: one thread for small grids, where sharing the work out costs more than it saves.

    One caller at a time: numba's fallback threading layer (neither OpenMP nor TBB there) ends the process when two threads enter.
    """
    with _gate:
        before = numba.get_num_threads()
        numba.set_num_threads(1 if cells < _SMALL else before)
        try:
            yield
        finally:
            numba.set_num_threads(before)


@intrinsic
def _bits(typing_context: Any, value: Any) -> Any:
    """float32 seen as int32."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), code


@intrinsic
def _float(typing_context: Any, value: Any) -> Any:
    """int32 seen as float32."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), code


@njit(**OPTIONS)
def inverse_cube_root(x: Any) -> Any:
    """x^(-1/3) of a positive float32 within 1e-6, in arithmetic that vectorises (first guess from the exponent, then Newton)."""
    y = _float(types.int32(0x54A232A0) - types.int32(types.float32(_bits(x)) * _THIRD))
    third = x * _THIRD
    y = y * (_FOUR_THIRDS - third * (y * y * y))
    y = y * (_FOUR_THIRDS - third * (y * y * y))
    return y * (_FOUR_THIRDS - third * (y * y * y))


def inertial_flow(
    h: Any, per_root: Any, rise: Any, q: Any, beside: Any, cross: Any, gn2: Any, dt: Any, slope_dt: Any, theta: Any, froude: Any
) -> Any:
    """Flow through a face after dt: de Almeida et al. 2012 (doi:10.1029/2011WR011570, eq. 13). Plain, for processor and graphics card.

    h: depth of the higher level over the face, per_root: h^(-1/3); rise: of the level along the axis; q: flow before; beside: sum of the
    next faces' flows; cross: flow along the face; gn2: g n^2; slope_dt: g dt / dx.
    Friction is taken at the new flow, q (1 + k |q|) = q*, whose root is exact (Xia and Liang 2018), then one Newton step brings in the
    flow along the face, which component-wise friction would leave out (19 % too fast at 45 degrees). |q| <= froude * critical flow.
    """
    star = theta * q + _HALF * (_F1 - theta) * beside - slope_dt * h * rise
    y2 = per_root * per_root
    k = dt * gn2 * (y2 * y2 * y2 * per_root)
    size = abs(star)
    one = _F2 * size / (_F1 + math.sqrt(_F1 + _F4 * k * size))
    square = one * one + cross * cross + _TINY
    whole = math.sqrt(square)
    one = one - one * k * (whole - one) * whole / (whole + k * (square + one * one))
    top = froude * h * math.sqrt(_G * h)
    one = top if one > top else one
    return one if star > _F0 else -one


_inertial_flow = njit(forceinline=True, **OPTIONS)(inertial_flow)  # a call left in a loop keeps it from being vectorised


@njit(**OPTIONS)
def face_flow(depth: Any, rise: Any, q: Any, beside: Any, cross: Any, gn2: Any, dt: Any, slope_dt: Any, theta: Any, froude: Any) -> Any:
    """inertial_flow where there is water over the face."""
    wet = depth > DRY
    h = depth if wet else _F1
    flow = _inertial_flow(h, inverse_cube_root(h), rise, q, beside, cross, gn2, dt, slope_dt, theta, froude)
    return flow if wet else _F0


@njit(**OPTIONS)
def _levels(wl: Any, wr: Any, zf: Any, depth: Any, rise: Any) -> None:
    """Depth over faces and rise of the level across them, in single precision: what follows then does twice as many at once."""
    for j in range(depth.size):
        a, b = wl[j], wr[j]
        depth[j] = np.float32((a if a > b else b) - types.float64(zf[j]))
        rise[j] = np.float32(b - a)


@njit(**OPTIONS)
def _x_faces(
    w: Any, zf: Any, q: Any, south: Any, north: Any, gn2: Any, out: Any, low: int, high: int, dt: Any, slope_dt: Any, theta: Any,
    froude: Any, work: Any,
) -> None:
    """One row of west faces low..high (both at least 1 from the edge); south, north: flows through the row's south and north faces."""
    depth, rise = work[0, : high + 1 - low], work[1, : high + 1 - low]
    _levels(w[low - 1 : high], w[low : high + 1], zf[low : high + 1], depth, rise)
    q0, q1, q2 = q[low - 1 : high], q[low : high + 1], q[low + 1 : high + 2]
    s0, s1, n0, n1 = south[low - 1 : high], south[low : high + 1], north[low - 1 : high], north[low : high + 1]
    r0, r1, new = gn2[low - 1 : high], gn2[low : high + 1], out[low : high + 1]
    for j in range(new.size):
        cross = _QUARTER * ((s0[j] + s1[j]) + (n0[j] + n1[j]))
        new[j] = face_flow(depth[j], rise[j], q1[j], q0[j] + q2[j], cross, _HALF * (r0[j] + r1[j]), dt, slope_dt, theta, froude)


@njit(**OPTIONS)
def _y_faces(
    ws: Any, wn: Any, zf: Any, q0: Any, q1: Any, q2: Any, xs: Any, xn: Any, rs: Any, rn: Any, out: Any, low: int, high: int, dt: Any,
    slope_dt: Any, theta: Any, froude: Any, work: Any,
) -> None:
    """Faces low..high-1 between a row (s) and the one north of it (n)."""
    depth, rise, new = work[0, : high - low], work[1, : high - low], out[low:high]
    _levels(ws[low:high], wn[low:high], zf[low:high], depth, rise)
    p0, p1, p2, r0, r1 = q0[low:high], q1[low:high], q2[low:high], rs[low:high], rn[low:high]
    sw, se, nw, ne = xs[low:high], xs[low + 1 : high + 1], xn[low:high], xn[low + 1 : high + 1]
    for j in range(new.size):
        cross = _QUARTER * ((sw[j] + nw[j]) + (se[j] + ne[j]))
        new[j] = face_flow(depth[j], rise[j], p1[j], p0[j] + p2[j], cross, _HALF * (r0[j] + r1[j]), dt, slope_dt, theta, froude)


@njit(**OPTIONS)
def _row_factors(w: Any, z: Any, qx: Any, qs: Any, qn: Any, out: Any, low: int, high: int, dt_dx: Any) -> Any:
    """Share of each cell's outflow that its water allows (positivity). Returns the row's greatest depth."""
    a, b, f = w[low:high], z[low:high], out[low + 1 : high + 1]
    west, east, south, north = qx[low:high], qx[low + 1 : high + 1], qs[low:high], qn[low:high]
    top = types.int32(0)
    for j in range(a.size):
        h = np.float32(a[j] - types.float64(b[j]))
        h = h if h > _F0 else _F0  # the last bit of a level may lie below the bed
        e, ww, n, s = east[j], -west[j], north[j], -south[j]
        out_x = (e if e > _F0 else _F0) + (ww if ww > _F0 else _F0)
        out_y = (n if n > _F0 else _F0) + (s if s > _F0 else _F0)
        leaves = dt_dx * (out_x + out_y)
        # a hair less than all of it: rounding must not take more than there is
        f[j] = np.float32(0.999999) * h / leaves if leaves > h else _F1
        bits = _bits(h)  # in the order of the depths, and a greatest whole number vectorises
        top = bits if bits > top else top
    return _float(top)


@njit(**OPTIONS)
def _row_update(
    w: Any, qx: Any, qs: Any, qn: Any, fs: Any, f: Any, fn: Any, x_out: Any, n_out: Any, low: int, high: int, dt_dx: Any
) -> None:
    """Limited flows (each by its upwind cell's share) and the new levels of a row; writes its west, last east and north faces."""
    a = w[low:high]
    west, east, south, north = qx[low:high], qx[low + 1 : high + 1], qs[low:high], qn[low:high]
    f0, f1, f2 = f[low:high], f[low + 1 : high + 1], f[low + 2 : high + 2]
    g0, g2 = fs[low + 1 : high + 1], fn[low + 1 : high + 1]
    new_x, new_n = x_out[low:high], n_out[low:high]
    for j in range(a.size):
        qw, qe, qb, qt = west[j], east[j], south[j], north[j]
        qw = qw * (f0[j] if qw > _F0 else f1[j])
        qe = qe * (f1[j] if qe > _F0 else f2[j])
        qb = qb * (g0[j] if qb > _F0 else f1[j])
        qt = qt * (f1[j] if qt > _F0 else g2[j])
        new_x[j] = qw
        new_n[j] = qt
        a[j] = a[j] + types.float64(dt_dx) * ((types.float64(qw) - types.float64(qe)) + (types.float64(qb) - types.float64(qt)))
    if high > low:
        qe = qx[high]
        x_out[high] = qe * (f[high] if qe > _F0 else f[high + 1])


@njit(**OPTIONS)
def edge_flows(edge: Any, root: Any, w: Any, z: Any, qx: Any, qy: Any, froude: Any) -> None:
    """Free outflow through faces at the rim of the known ground: uniform flow on the slope that goes on beyond it.

    edge rows: axis, face row, face column, cell row, cell column, sign of the outward direction; root: sqrt(slope) / n.
    """
    for k in range(edge.shape[0]):
        axis, fi, fj, i, j, sign = edge[k]
        h = w[i, j] - z[i, j]
        q = 0.0
        if h > 1e-5:
            q = min(root[k] * h ** (5.0 / 3.0), froude * h * math.sqrt(GRAVITY * h))
        if axis == 0:
            qx[fi, fj] = np.float32(sign * q)
        else:
            qy[fi, fj] = np.float32(sign * q)


@njit(**OPTIONS)
def weir_flow(a: float, b: float, crest: float, dx: float, dt: float) -> float:
    """m2/s from level a to level b over a thin wall, negative back: broad-crested weir 1.705 H^1.5, drowned after Villemonte 1947,
    never past equal levels."""
    up, down = max(a, b) - crest, min(a, b) - crest
    q = 0.0
    if up > 1e-5:
        q = 1.705 * up * math.sqrt(up)
        if down > 0.0:
            q *= max(0.0, 1.0 - (down / up) ** 1.5) ** 0.385
        q = min(q, 0.25 * abs(a - b) * dx / dt)
        if b > a:
            q = -q
    return q


@njit(**OPTIONS)
def wall_flows(wall: Any, crest: Any, w: Any, qx: Any, qy: Any, dx: float, dt: float) -> None:
    """Flow over thin walls. wall rows: axis, face row, face column."""
    for k in range(wall.shape[0]):
        axis, i, j = wall[k]
        if axis == 0:
            qx[i, j] = np.float32(weir_flow(w[i, j - 1], w[i, j], crest[k], dx, dt))
        else:
            qy[i, j] = np.float32(weir_flow(w[i - 1, j], w[i, j], crest[k], dx, dt))


@njit(**OPTIONS)
def _rows_beside(w: Any, out: Any) -> None:
    """Levels next to each band of rows before anything moves: the band beside overwrites its own."""
    rows, bands = w.shape[0], out.shape[0] // 2
    for b in range(bands):
        below, above = b * rows // bands - 1, (b + 1) * rows // bands
        for j in range(w.shape[1]):
            if below >= 0:
                out[2 * b, j] = w[below, j]
            if above < rows:
                out[2 * b + 1, j] = w[above, j]


@njit(**OPTIONS)
def _leaving(q: Any, f: Any, out: Any) -> None:
    """Limited outflow through the southern rim."""
    for j in range(q.size):
        out[j] = q[j] * f[j + 1]


@njit(**OPTIONS)
def _fill_ones(out: Any) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = _F1


@njit(**OPTIONS)
def _greatest(values: Any) -> Any:
    top = _F0
    for i in range(values.size):
        top = values[i] if values[i] > top else top
    return top


@njit(**OPTIONS)
def _gone(edge: Any, qx: Any, qy: Any) -> float:
    """Flow out over the rim, m2/s, summed in a fixed order."""
    total = 0.0
    for k in range(edge.shape[0]):
        axis, i, j = edge[k, 0], edge[k, 1], edge[k, 2]
        total += edge[k, 5] * (qx[i, j] if axis == 0 else qy[i, j])
    return total


@njit(**OPTIONS)
def kept(shore: Any, stage: Any, w: Any) -> float:
    """Put permanent water back to its level; returns what it had taken, m."""
    taken = 0.0
    for k in range(shore.shape[0]):
        i, j = shore[k]
        taken += w[i, j] - stage[k]
        w[i, j] = stage[k]
    return taken


@njit(parallel=True, **OPTIONS)
def flow(
    w: Any, z: Any, gn2: Any, zfx: Any, zfy: Any, qx: Any, qy: Any, qx1: Any, qy1: Any, low: Any, high: Any, edge: Any, root: Any,
    wall: Any, crest: Any, shore: Any, stage: Any, volume: Any, top: Any, dx: float, from_s: float, until_s: float, cfl: float,
    theta: float, froude: float, most_steps: int,
) -> tuple[float, int]:
    """Steps from from_s to until_s, at most most_steps of them: (time reached, steps made).

    qx, qy: flows in and out; qx1, qy1: work space. low, high: span of columns per row that
    may hold water. shore, stage: row, column and kept level of permanent water beside land. top: greatest depth (1,), carried between
    calls. volume: m3 out through the edge [0], into permanent water [1], added to.
    """
    rows, columns = w.shape
    deepest = np.empty(rows, np.float32)
    bands = max(1, min(_BANDS, rows // 8))
    share, beside = np.empty((3 * bands, columns + 2), np.float32), np.empty((2 * bands, columns))
    _fill_ones(share)
    now, steps = from_s, 0
    th, fr = np.float32(theta), np.float32(froude)
    while now < until_s and steps < most_steps:
        longest = cfl * dx / math.sqrt(GRAVITY * max(top[0], 1e-3))
        count = math.ceil((until_s - now) / longest - 1e-9)
        dt = (until_s - now) / max(1.0, count)
        dtf, slope_dt, dt_dx = np.float32(dt), np.float32(GRAVITY * dt / dx), np.float32(dt / dx)
        for i in prange(rows):
            work = np.empty((2, columns), np.float32)
            first, last = max(1, low[i]), min(columns - 1, high[i])
            if first <= last:
                _x_faces(w[i], zfx[i], qx[i], qy[i], qy[i + 1], gn2[i], qx1[i], first, last, dtf, slope_dt, th, fr, work)
            if i > 0:
                first, last = min(low[i - 1], low[i]), max(high[i - 1], high[i])
                if first < last:
                    _y_faces(
                        w[i - 1], w[i], zfy[i], qy[i - 1], qy[i], qy[i + 1], qx[i - 1], qx[i], gn2[i - 1], gn2[i], qy1[i], first, last,
                        dtf, slope_dt, th, fr, work,
                    )
        edge_flows(edge, root, w, z, qx1, qy1, froude)
        wall_flows(wall, crest, w, qx1, qy1, dx, dt)
        _rows_beside(w, beside)
        for b in prange(bands):
            first, last = b * rows // bands, (b + 1) * rows // bands
            if b > 0:
                i = first - 1
                _row_factors(beside[2 * b], z[i], qx1[i], qy1[i], qy1[i + 1], share[3 * b + i % 3], low[i], high[i], dt_dx)
            deepest[first] = _row_factors(
                w[first], z[first], qx1[first], qy1[first], qy1[first + 1], share[3 * b + first % 3], low[first], high[first], dt_dx
            )
            for i in range(first, last):
                n = i + 1
                if n < last:
                    deepest[n] = _row_factors(w[n], z[n], qx1[n], qy1[n], qy1[n + 1], share[3 * b + n % 3], low[n], high[n], dt_dx)
                elif n < rows:
                    _row_factors(beside[2 * b + 1], z[n], qx1[n], qy1[n], qy1[n + 1], share[3 * b + n % 3], low[n], high[n], dt_dx)
                f, fs, fn = share[3 * b + i % 3], share[3 * b + (i + 2) % 3], share[3 * b + n % 3]
                _row_update(w[i], qx1[i], qy1[i], qy1[n], fs, f, fn, qx[i], qy[n], low[i], high[i], dt_dx)
                if i == 0:
                    _leaving(qy1[0], f, qy[0])
        top[0] = _greatest(deepest)
        volume[0] += _gone(edge, qx, qy) * types.float64(dt_dx) * dx * dx
        volume[1] += kept(shore, stage, w) * dx * dx
        now = now + dt if count > 1 else until_s
        steps += 1
    return now, steps
