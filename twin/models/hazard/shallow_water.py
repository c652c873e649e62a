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
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, prange, types
from numba.extending import intrinsic, overload

from twin.models.hazard import shallow_flux
from twin.models.hazard.flood_kernels import GRAVITY, MARGIN, OPTIONS, inverse_cube_root, weir_flow
from twin.models.hazard.shallow_flux import DRY, LEVEL, THIN, WALL

_BANDS, _BAND_ROWS = 16, 24
_PAD = 2
_PLAIN, _SHUT = np.float32(-1e30), np.float32(1e29)
_F0, _F1, _F2, _F3, _F4, _HALF, _FLUSH = (np.float32(v) for v in (0.0, 1.0, 2.0, 3.0, 4.0, 0.5, 1e-9))

# Rows of a band's work space, each kept for four grid rows. Cells: depth, velocities, share of the outflow there is water for; then half
# a step on: change of depth, depth, velocities, and slopes of level, depth and velocities. Faces: level difference, whether slopes reach
# over it, mass, forces, momentum along.
(
    _H, _U, _V, _SHARE, _CHANGE, _HM, _UM, _VM, _WX, _HX, _UX, _VX, _WY, _HY, _UY, _VY,
    _DX, _DY, _OX, _OY, _MX, _LX, _RX, _TX, _MY, _LY, _RY, _TY, _NEW, _ROWS,
) = range(30)  # fmt: skip

_inline = njit(forceinline=True, **OPTIONS)  # a call left in a loop keeps it from being vectorised
_per_depth, _limited, _friction = _inline(shallow_flux.per_depth), _inline(shallow_flux.limited), _inline(shallow_flux.friction)
_face_flux = _inline(shallow_flux.face_flux)
_edge_flux = njit(**OPTIONS)(shallow_flux.edge_flux)


@intrinsic
def _order(typing_context: Any, value: Any) -> Any:
    """A float seen as a whole number: of positive ones in the same order, and a greatest whole number vectorises."""
    whole = types.int32 if value == types.float32 else types.int64

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(whole.bitwidth))

    return whole(value), code


@intrinsic
def _ordered(typing_context: Any, value: Any) -> Any:
    real, kind = (types.float32, ir.FloatType()) if value == types.int32 else (types.float64, ir.DoubleType())

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], kind)

    return real(value), code


def _per_seven_thirds(h: Any) -> Any:
    """h^(-7/3)."""
    return h ** (-7.0 / 3.0)


@overload(_per_seven_thirds)
def _per_seven_thirds_of(h: Any) -> Any:
    def single(h: Any) -> Any:
        y = inverse_cube_root(h)
        y2 = y * y
        return y2 * y2 * y2 * y

    def double(h: Any) -> Any:
        y = types.float64(inverse_cube_root(types.float32(h)))
        y = y + y * (1.0 - h * (y * y * y)) / 3.0
        y = y + y * (1.0 - h * (y * y * y)) / 3.0
        y2 = y * y
        return y2 * y2 * y2 * y

    return single if h == types.float32 else double


@njit(**OPTIONS)
def _levels(w: Any, z: Any, out: Any, h: Any) -> None:
    for j in range(out.size):
        out[j] = w[j]
        h[j] = w[j] - types.float64(z[j])


@njit(**OPTIONS)
def _velocities(hu: Any, hv: Any, h: Any, u: Any, v: Any) -> None:
    for j in range(h.size):
        depth = h[j] if h[j] > _F0 else _F0  # the last bit of a level may lie below the bed
        per = _per_depth(depth)
        h[j] = depth
        u[j] = hu[j] * per if depth > DRY else _F0
        v[j] = hv[j] * per if depth > DRY else _F0


@njit(**OPTIONS)
def _differences(a: Any, b: Any, out: Any) -> None:
    for j in range(out.size):
        out[j] = b[j] - a[j]


@njit(**OPTIONS)
def _reaches(hl: Any, hr: Any, zl: Any, zr: Any, zf: Any, out: Any) -> None:
    """1 where slopes may reach over a face: water on both sides and no sill."""
    for j in range(out.size):
        l, r, zs, a, b = zl[j], zr[j], zf[j], hl[j], hr[j]
        bed, both = l if l > r else r, a if a < b else b
        free = _F1 if zs <= bed else _F0
        out[j] = free if both > DRY else _F0


@njit(**OPTIONS)
def _slopes(reach: Any, on: Any, d: Any, d_on: Any, before: Any, at: Any, after: Any, out: Any) -> None:
    """Limited slopes of `at` and of a level whose differences are d, d_on. before, at, after and out: depth and velocities, row by row."""
    (h0, u0, v0), (h1, u1, v1), (h2, u2, v2), (sw, sh, su, sv) = before, at, after, out
    for j in range(sw.size):
        ok = reach[j] * on[j]
        sw[j] = ok * _limited(d[j], d_on[j])
        sh[j] = ok * _limited(h1[j] - h0[j], h2[j] - h1[j])
    for j in range(sw.size):
        ok = reach[j] * on[j]
        su[j] = ok * _limited(u1[j] - u0[j], u2[j] - u1[j])
        sv[j] = ok * _limited(v1[j] - v0[j], v2[j] - v1[j])


@njit(**OPTIONS)
def _half_step(at: Any, x: Any, y: Any, gn2: Any, out: Any, half: Any, dt_2dx: Any, g: Any) -> None:
    """Depth and velocities half a step on (Hancock), friction included: without it a film would run ahead of itself."""
    (h, u, v), (wx, hx, ux, vx), (wy, hy, uy, vy), (change, hm, um, vm) = at, x, y, out
    for j in range(change.size):
        d = -dt_2dx * ((u[j] * hx[j] + h[j] * ux[j]) + (v[j] * hy[j] + h[j] * vy[j]))
        least = -_HALF * h[j]
        d = d if d > least else least  # never dry within half a step
        change[j] = d
        hm[j] = h[j] + d
        a = u[j] - dt_2dx * ((u[j] * ux[j] + v[j] * uy[j]) + g * wx[j])
        b = v[j] - dt_2dx * ((u[j] * vx[j] + v[j] * vy[j]) + g * wy[j])
        wet = h[j] if h[j] > DRY else _F1
        r = _friction(half * gn2[j] * _per_seven_thirds(wet), wet * math.sqrt(a * a + b * b))
        um[j], vm[j] = a * r, b * r


@_inline
def _sill(zl: Any, zr: Any, zf: Any, hl: Any) -> Any:
    """Level from which a face lets water pass above the left level, if the beds are lower."""
    bed = zl if zl > zr else zr
    above = (zf - zl) - hl
    return above if zf > bed else _PLAIN


@njit(**OPTIONS)
def _plain_faces(
    d: Any, hl: Any, hr: Any, ul: Any, ur: Any, vl: Any, vr: Any, zl: Any, zr: Any, zf: Any, mass: Any, left: Any, right: Any, along: Any,
    g: Any,
) -> None:
    for j in range(mass.size):
        sill = _sill(zl[j], zr[j], zf[j], hl[j])
        mass[j], left[j], right[j], along[j] = _face_flux(d[j], hl[j], hr[j], sill, ul[j], ur[j], vl[j], vr[j], g)


@njit(**OPTIONS)
def _sloped_faces(
    d: Any, a: Any, b: Any, slope_a: Any, slope_b: Any, zl: Any, zr: Any, zf: Any, mass: Any, left: Any, right: Any, along: Any, g: Any,
) -> None:  # fmt: skip
    """a, b: change of depth, depth, velocity through and along the face half a step on, of either side; slope_a, slope_b: of level, depth
    and these velocities."""
    (ca, ha, ua, va), (cb, hb, ub, vb), (wsa, hsa, usa, vsa), (wsb, hsb, usb, vsb) = a, b, slope_a, slope_b
    for j in range(mass.size):
        sill = _sill(zl[j], zr[j], zf[j], ha[j])
        hl, hr = ha[j] + _HALF * hsa[j], hb[j] - _HALF * hsb[j]
        rise = (d[j] + (cb[j] - ca[j])) - _HALF * (wsa[j] + wsb[j])
        mass[j], left[j], right[j], along[j] = _face_flux(
            rise, hl if hl > _F0 else _F0, hr if hr > _F0 else _F0, sill, ua[j] + _HALF * usa[j], ub[j] - _HALF * usb[j],
            va[j] + _HALF * vsa[j], vb[j] - _HALF * vsb[j], g,
        )  # fmt: skip


@njit(**OPTIONS)
def _shares(h: Any, west: Any, east: Any, south: Any, north: Any, out: Any, dt_dx: Any) -> bool:
    """Share of each cell's outflow that its water allows (positivity); whether any is less than all."""
    short = types.int32(0)
    for j in range(out.size):
        e, w, n, s = east[j], -west[j], north[j], -south[j]
        out_x = (e if e > _F0 else _F0) + (w if w > _F0 else _F0)
        out_y = (n if n > _F0 else _F0) + (s if s > _F0 else _F0)
        leaves = dt_dx * (out_x + out_y)
        # a hair less than all of it: rounding must not take more than there is
        most = np.float32(0.999999) * h[j]
        enough = leaves <= most
        out[j] = _F1 if enough else most / leaves
        short |= types.int32(0) if enough else types.int32(1)
    return short > 0


@njit(**OPTIONS)
def _scale(mass: Any, left: Any, right: Any, along: Any, fl: Any, fr: Any) -> None:
    """Fluxes by the share of the cell they come from."""
    for j in range(mass.size):
        f = fl[j] if mass[j] > _F0 else fr[j]
        mass[j], left[j], right[j], along[j] = mass[j] * f, left[j] * f, right[j] * f, along[j] * f


@njit(**OPTIONS)
def _new_levels(old: Any, west: Any, east: Any, south: Any, north: Any, z: Any, w: Any, h: Any, dt_dx: float) -> None:
    for j in range(h.size):
        into = (types.float64(west[j]) - types.float64(east[j])) + (types.float64(south[j]) - types.float64(north[j]))
        level = old[j] + dt_dx * into
        w[j] = level
        h[j] = level - types.float64(z[j])


@njit(**OPTIONS)
def _new_discharges(
    h0: Any, u: Any, v: Any, h: Any, xl: Any, xr: Any, ys: Any, yn: Any, wx: Any, wy: Any, hm: Any, gn2: Any, hu: Any, hv: Any, dt: Any,
    dt_dx: Any, g: Any, sloped: bool,
) -> Any:
    """Momentum of a row; returns the greatest of |velocity| + wave speed. xl, xr, ys, yn: (force, momentum along) of its faces; wx, wy, hm:
    slopes of the level and depth half a step on, where `sloped`."""
    (force_w, along_w), (force_e, along_e), (force_s, along_s), (force_n, along_n) = xl, xr, ys, yn
    if sloped:
        for j in range(h.size):
            hu[j] = h0[j] * u[j] + dt_dx * (((force_w[j] - force_e[j]) + (along_s[j] - along_n[j])) - g * hm[j] * wx[j])
            hv[j] = h0[j] * v[j] + dt_dx * (((force_s[j] - force_n[j]) + (along_w[j] - along_e[j])) - g * hm[j] * wy[j])
    else:
        for j in range(h.size):
            hu[j] = h0[j] * u[j] + dt_dx * ((force_w[j] - force_e[j]) + (along_s[j] - along_n[j]))
            hv[j] = h0[j] * v[j] + dt_dx * ((force_s[j] - force_n[j]) + (along_w[j] - along_e[j]))
    top = _order(_F0 * g)
    for j in range(h.size):
        qx, qy = hu[j], hv[j]
        wet = h[j] > DRY
        depth = h[j] if wet else _F1
        r = _friction(dt * gn2[j] * _per_seven_thirds(depth), math.sqrt(qx * qx + qy * qy))
        qx, qy = qx * r, qy * r
        size_x, size_y = abs(qx), abs(qy)
        qx = qx if wet and size_x > _FLUSH else _F0
        qy = qy if wet and size_y > _FLUSH else _F0
        hu[j], hv[j] = qx, qy
        most = size_x if size_x > size_y else size_y
        fast = most * _per_depth(depth) + math.sqrt(g * depth)
        bits = _order(fast if wet else _F0 * g)
        top = bits if bits > top else top
    return _ordered(top)


@njit(**OPTIONS)
def _row_speed(w: Any, z: Any, hu: Any, hv: Any, g: float) -> float:
    top = 0.0
    for j in range(w.size):
        h = w[j] - types.float64(z[j])
        if h > DRY:
            most = max(abs(types.float64(hu[j])), abs(types.float64(hv[j])))
            top = max(top, most * _per_depth(h) + math.sqrt(g * h))
    return top


@njit(parallel=True, **OPTIONS)
def wave_speed(w: Any, z: Any, hu: Any, hv: Any, low: Any, high: Any, g: float) -> float:
    """Greatest of |velocity| + wave speed, m/s; a step of dx / this is the longest there is."""
    tops = np.zeros(w.shape[0])
    for i in prange(w.shape[0]):
        a, b = low[i], high[i]
        if a < b:
            tops[i] = _row_speed(w[i, a:b], z[i, a:b], hu[i, a:b], hv[i, a:b], g)
    return float(np.max(tops))


@njit(**OPTIONS)
def cell_speed(w: Any, z: Any, hu: Any, hv: Any, out: Any, least_m: float) -> None:
    """Speed at cell centres, m/s; 0 below least_m of water."""
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            h = w[i, j] - types.float64(z[i, j])
            u, v = types.float64(hu[i, j]), types.float64(hv[i, j])
            out[i, j] = math.sqrt(u * u + v * v) / h if h > least_m else 0.0


@njit(**OPTIONS)
def wet_spans(w: Any, z: Any, still: Any, hu: Any, hv: Any, low: Any, high: Any) -> None:
    """Columns per row that may hold water within MARGIN steps; discharges left behind outside are cleared.

    still: permanent water that cannot spill, which counts as dry.
    """
    rows, columns = w.shape
    first, last = np.full(rows, columns), np.zeros(rows, np.int64)
    for i in range(rows):
        for j in range(columns):
            if w[i, j] > z[i, j] and not still[i, j]:
                first[i] = j
                break
        if first[i] < columns:
            for j in range(columns - 1, -1, -1):
                if w[i, j] > z[i, j] and not still[i, j]:
                    last[i] = j + 1
                    break
    for i in range(rows):
        a, b = columns, 0
        for k in range(max(0, i - MARGIN), min(rows, i + MARGIN + 1)):
            a, b = min(a, first[k]), max(b, last[k])
        a, b = (max(0, a - MARGIN), min(columns, b + MARGIN)) if a < b else (0, 0)
        for j in range(low[i], high[i]):
            if j < a or j >= b:
                hu[i, j] = _F0
                hv[i, j] = _F0
        low[i], high[i] = a, b


@njit(**OPTIONS)
def _by_row(edge: Any, wall: Any, rows: int) -> tuple[Any, Any]:
    """Edges, then walls, in the order of (axis, face row): where each begins, and which they are."""
    edges = edge.shape[0]
    begin, which = np.zeros(2 * (rows + 1) + 1, np.int64), np.empty(edges + wall.shape[0], np.int64)
    for k in range(which.size):
        axis, i = (edge[k, 0], edge[k, 1]) if k < edges else (wall[k - edges, 0], wall[k - edges, 1])
        begin[axis * (rows + 1) + i + 1] += 1
    for n in range(1, begin.size):
        begin[n] += begin[n - 1]
    at = begin.copy()
    for k in range(which.size):
        axis, i = (edge[k, 0], edge[k, 1]) if k < edges else (wall[k - edges, 0], wall[k - edges, 1])
        which[at[axis * (rows + 1) + i]] = k
        at[axis * (rows + 1) + i] += 1
    return begin, which


@njit(**OPTIONS)
def _edge_fluxes(edge: Any, value: Any, w: Any, z: Any, hu: Any, hv: Any, zfx: Any, zfy: Any, g: float, out: Any) -> float:
    """Mass, forces and momentum along of each edge into out; returns the fastest wave."""
    top = 0.0
    for k in range(edge.shape[0]):
        axis, fi, fj, i, j, sign, kind = edge[k]
        sill = types.float64(zfx[fi, fj] if axis == 0 else zfy[fi, fj])
        bed = types.float64(z[i, j])
        if sill > _SHUT or sill < bed:
            sill = bed
        depth = w[i, j] - bed
        h = max(0.0, w[i, j] - sill)
        per = _per_depth(depth) if depth > DRY else 0.0
        through, along = types.float64(hu[i, j]) * per, types.float64(hv[i, j]) * per
        if axis == 1:
            through, along = along, through
        if h <= DRY:
            h, through = 0.0, 0.0
        mass, force, fast = _edge_flux(kind, value[k], h, sign * through, sill, g)
        top = max(top, fast)
        out[k, 0] = sign * mass
        out[k, 1] = force if sign > 0 else 0.0
        out[k, 2] = force if sign < 0 else 0.0
        out[k, 3] = sign * mass * along if mass > 0.0 else 0.0
    return top


@njit(**OPTIONS)
def _wall_masses(wall: Any, crest: Any, w: Any, dx: float, dt: float, out: Any) -> None:
    for k in range(wall.shape[0]):
        axis, i, j = wall[k]
        out[k, 0] = weir_flow(w[i, j - 1] if axis == 0 else w[i - 1, j], w[i, j], crest[k], dx, dt)


@njit(**OPTIONS)
def _put(axis: int, i: int, rows: int, edge: Any, wall: Any, begin: Any, which: Any, flux: Any, mass: Any, left: Any, right: Any, along: Any) -> None:
    """Fluxes of the edges and walls in a row of faces. A wall is closed, only that water runs over it."""
    edges = edge.shape[0]
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k >= edges:
            mass[wall[k - edges, 2] + _PAD] = flux[k, 0]
        else:
            j = edge[k, 2] + _PAD
            mass[j], left[j], right[j], along[j] = flux[k, 0], flux[k, 1], flux[k, 2], flux[k, 3]


@njit(**OPTIONS)
def _let_in(axis: int, i: int, row: int, rows: int, edge: Any, begin: Any, which: Any, share: Any) -> None:
    """What comes in through an edge does not depend on the cell beyond it."""
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k < edge.shape[0] and (axis == 0 or edge[k, 3] != row):
            beyond = edge[k, 4] + edge[k, 5] if axis == 0 else edge[k, 4]
            share[beyond + _PAD] = _F1


@njit(**OPTIONS)
def _book(axis: int, i: int, rows: int, edge: Any, begin: Any, which: Any, mass: Any, flux: Any) -> None:
    """Mass that passed the edges in a row of faces, outwards."""
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k < edge.shape[0]:
            flux[k, 0] = edge[k, 5] * types.float64(mass[edge[k, 2] + _PAD])


@njit(**OPTIONS)
def _past_edges(edge: Any, flux: Any, w: Any, z: Any, hu: Any, hv: Any, volume: Any, dt_dx: float, area: float) -> None:
    """The books, in a fixed order; cells beyond an edge stay as they are, empty."""
    rows, columns = w.shape
    for k in range(edge.shape[0]):
        axis, i, j, sign, kind = edge[k, 0], edge[k, 3], edge[k, 4], edge[k, 5], edge[k, 6]
        volume[kind] += flux[k, 0] * dt_dx * area
        i, j = (i, j + sign) if axis == 0 else (i + sign, j)
        if 0 <= i < rows and 0 <= j < columns:
            w[i, j] = z[i, j]
            hu[i, j], hv[i, j] = _F0, _F0


@njit(**OPTIONS)
def _kept(shore: Any, stage: Any, w: Any, hu: Any, hv: Any) -> float:
    """Put permanent water back to its level, at rest; returns what it had taken, m."""
    taken = 0.0
    for k in range(shore.shape[0]):
        i, j = shore[k]
        taken += w[i, j] - stage[k]
        w[i, j] = stage[k]
        hu[i, j], hv[i, j] = _F0, _F0
    return taken


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
    _slopes(reach[a:b], reach[a + 1 : b + 1], d[a:b], d[a + 1 : b + 1], west, at, east, x)
    _slopes(work[_OY, s, a:b], work[_OY, n, a:b], work[_DY, s, a:b], work[_DY, n, a:b], south, at, north, y)
    out = (work[_CHANGE, s, a:b], work[_HM, s, a:b], work[_UM, s, a:b], work[_VM, s, a:b])
    _half_step(at, x, y, gn2[a - _PAD : b - _PAD], out, half, dt_2dx, g)


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
            _sloped_faces(
                work[_DX, s, r:e],
                (work[_CHANGE, s, l:m], work[_HM, s, l:m], work[_UM, s, l:m], work[_VM, s, l:m]),
                (work[_CHANGE, s, r:e], work[_HM, s, r:e], work[_UM, s, r:e], work[_VM, s, r:e]),
                (work[_WX, s, l:m], work[_HX, s, l:m], work[_UX, s, l:m], work[_VX, s, l:m]),
                (work[_WX, s, r:e], work[_HX, s, r:e], work[_UX, s, r:e], work[_VX, s, r:e]),
                *beds, *faces, g,
            )  # fmt: skip
        else:
            h, u, v = work[_H, s], work[_U, s], work[_V, s]
            _plain_faces(work[_DX, s, r:e], h[l:m], h[r:e], u[l:m], u[r:e], v[l:m], v[r:e], *beds, *faces, g)
    # walls at the rim
    zero = _F0 * g
    for j, inside in ((0, 0), (columns, columns - 1)):
        if a <= j <= b:
            h, u = work[_H, s, inside + _PAD], work[_U, s, inside + _PAD]
            push = _face_flux(zero, h, h, np.float32(1e30), u, u, zero, zero, g)
            work[_MX, s, j + _PAD], work[_TX, s, j + _PAD] = _F0, _F0
            work[_LX, s, j + _PAD], work[_RX, s, j + _PAD] = push[1], push[2]


@njit(**OPTIONS)
def _y_row(p: int, work: Any, z: Any, zf: Any, a: int, b: int, rows: int, g: Any, sloped: bool) -> None:
    """Faces between rows p - 1 and p, columns a..b-1."""
    s, o = p % 4, (p - 1) % 4
    i, e = a + _PAD, b + _PAD
    faces = work[_MY, s, i:e], work[_LY, s, i:e], work[_RY, s, i:e], work[_TY, s, i:e]
    if 0 < p < rows:
        beds = z[p - 1, a:b], z[p, a:b], zf[a:b]
        if sloped:
            _sloped_faces(
                work[_DY, s, i:e],
                (work[_CHANGE, o, i:e], work[_HM, o, i:e], work[_VM, o, i:e], work[_UM, o, i:e]),
                (work[_CHANGE, s, i:e], work[_HM, s, i:e], work[_VM, s, i:e], work[_UM, s, i:e]),
                (work[_WY, o, i:e], work[_HY, o, i:e], work[_VY, o, i:e], work[_UY, o, i:e]),
                (work[_WY, s, i:e], work[_HY, s, i:e], work[_VY, s, i:e], work[_UY, s, i:e]),
                *beds, *faces, g,
            )  # fmt: skip
        else:
            h, u, v = work[_H, o, i:e], work[_U, o, i:e], work[_V, o, i:e]
            _plain_faces(work[_DY, s, i:e], h, work[_H, s, i:e], v, work[_V, s, i:e], u, work[_U, s, i:e], *beds, *faces, g)
        return
    zero = _F0 * g
    c = s if p == 0 else o  # the row inside
    for j in range(i, e):
        push = _face_flux(zero, work[_H, c, j], work[_H, c, j], np.float32(1e30), work[_V, c, j], work[_V, c, j], zero, zero, g)
        work[_MY, s, j], work[_TY, s, j] = _F0, _F0
        work[_LY, s, j], work[_RY, s, j] = push[1], push[2]


@njit(**OPTIONS)
def _load_row(k: int, work: Any, level: Any, w: Any, hu: Any, hv: Any, z: Any, a: int, b: int) -> None:
    """Levels, depths and velocities of row k, columns a..b-1."""
    s, i, e = k % 4, a + _PAD, b + _PAD
    h = work[_H, s, i:e]
    _levels(w[a:b], z[a:b], level[s, i:e], h)
    _velocities(hu[a:b], hv[a:b], h, work[_U, s, i:e], work[_V, s, i:e])
    if e > i + 1:
        _differences(level[s, i : e - 1], level[s, i + 1 : e], work[_DX, s, i + 1 : e])


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
        short = _shares(work[_H, s, i:e], mass[i:e], mass[i + 1 : e + 1], work[_MY, s, i:e], work[_MY, n, i:e], share[s, i:e], dt_dx)
        _let_in(0, r, r, rows, edge, begin, which, share[s])
        _let_in(1, r, r, rows, edge, begin, which, share[s])
        _let_in(1, r + 1, r, rows, edge, begin, which, share[s])
        if short:
            e += 1
            _scale(mass[i:e], work[_LX, s, i:e], work[_RX, s, i:e], work[_TX, s, i:e], share[s, i - 1 : e - 1], share[s, i:e])
    if (short or before) and a < b:
        i, e = a + _PAD, b + _PAD
        _scale(work[_MY, s, i:e], work[_LY, s, i:e], work[_RY, s, i:e], work[_TY, s, i:e], share[o, i:e], share[s, i:e])
    return short


@njit(**OPTIONS)
def _write_row(
    i: int, work: Any, level: Any, z: Any, gn2: Any, w: Any, hu: Any, hv: Any, a: int, b: int, dt: Any, dt_dx: Any, ratio: float, g: Any,
    sloped: bool,
) -> Any:
    """Row i a step on, columns a..b-1; returns its fastest wave."""
    s, n, l, r = i % 4, (i + 1) % 4, a + _PAD, b + _PAD
    h = work[_NEW, 0, l:r]
    _new_levels(
        level[s, l:r], work[_MX, s, l:r], work[_MX, s, l + 1 : r + 1], work[_MY, s, l:r], work[_MY, n, l:r], z[a:b], w[a:b], h, ratio
    )
    return _new_discharges(
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
                    _reaches(h[i - 1 : e - 1], h[i:e], z[k, a : b - 1], z[k, a + 1 : b], zfx[k, a + 1 : b], work[_OX, s, i:e])
                if k > 0:
                    c, d = max(a, read_a), min(b, read_b)
                    if c < d:
                        i, e = c + _PAD, d + _PAD
                        _differences(level[o, i:e], level[s, i:e], work[_DY, s, i:e])
                        if sloped:
                            _reaches(work[_H, o, i:e], work[_H, s, i:e], z[k - 1, c:d], z[k, c:d], zfy[k, c:d], work[_OY, s, i:e])
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
            _put(0, p, rows, edge, wall, begin, which, flux, work[_MX, s], work[_LX, s], work[_RX, s], work[_TX, s])
        if first - 1 <= p <= last + 1 and 0 <= p <= rows:
            a, b = _reach_pair(low, high, p)
            if a < b:
                s = p % 4
                _y_row(p, work, z, zfy[p], a, b, rows, g, sloped)
                _put(1, p, rows, edge, wall, begin, which, flux, work[_MY, s], work[_LY, s], work[_RY, s], work[_TY, s])
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
                _book(0, i, rows, edge, begin, which, work[_MX, i % 4], flux)
                _book(1, i, rows, edge, begin, which, work[_MY, i % 4], flux)
                if i == rows - 1:
                    _book(1, rows, rows, edge, begin, which, work[_MY, rows % 4], flux)


@njit(**OPTIONS)
def _reach_pair(low: Any, high: Any, p: int) -> tuple[int, int]:
    """Columns of the spans of rows p - 1 and p together."""
    a, b = 1 << 60, 0
    for k in range(max(0, p - 1), min(low.size, p + 1)):
        if low[k] < high[k]:
            a, b = min(a, low[k]), max(b, high[k])
    return (a, b) if a < b else (0, 0)


@njit(parallel=True, **OPTIONS)
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
    begin, which = _by_row(edge, wall, rows)
    edges = edge.shape[0]
    flux = np.zeros((which.size, 4))
    tops = np.zeros(rows)
    now, steps = from_s, 0
    top = wave_speed(w, z, hu, hv, low, high, g)
    while now < until_s and steps < most_steps:
        fastest = max(top, _edge_fluxes(edge, value, w, z, hu, hv, zfx, zfy, g, flux))
        longest = cfl * dx / max(fastest, 0.1)
        count = math.ceil((until_s - now) / longest - 1e-9)
        dt = (until_s - now) / max(1.0, count)
        _wall_masses(wall, crest, w, dx, dt, flux[edges:])
        for b in prange(bands):
            first, last = b * rows // bands, (b + 1) * rows // bands
            _keep_rows(w, hu, hv, first, last, kept_level[b], kept_flow[b])
            numbers = work[b, _NEW]
            numbers[1, 0], numbers[1, 1], numbers[1, 2], numbers[1, 3], numbers[2, 0] = g, dt, dt / dx, 0.5 * dt / dx, 0.5 * dt
        for b in prange(bands):
            _band(
                b * rows // bands, (b + 1) * rows // bands, work[b], level[b], kept_level[b], kept_flow[b], w, z, hu, hv, gn2, zfx, zfy,
                low, high, edge, wall, begin, which, flux, tops, dt, dx, sloped,
            )
        top = np.max(tops)
        _past_edges(edge, flux, w, z, hu, hv, volume, dt / dx, dx * dx)
        volume[WALL] += _kept(shore, stage, w, hu, hv) * dx * dx
        now = now + dt if count > 1 else until_s
        steps += 1
    return now, steps
