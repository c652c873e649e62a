"""Compiled loops of the shallow-water solver over one row of cells or faces: 1-D arrays in, written in place.

Each loop holds numbers of one width and no calls, so that it is vectorised: float64 where levels are, else the type of the arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic, overload

from twin.models.hazard import shallow_flux as flux
from twin.models.hazard.flood_kernels import OPTIONS, inverse_cube_root
from twin.models.hazard.shallow_flux import DRY

_LIKE = np.float32(0.125)
_F0, _F1, _HALF, _FLUSH = (np.float32(v) for v in (0.0, 1.0, 0.5, 1e-9))

_inline = njit(forceinline=True, **OPTIONS)  # a call left in a loop keeps it from being vectorised
per_depth, limited, friction = _inline(flux.per_depth), _inline(flux.limited), _inline(flux.friction)
face_flux, lesser, sill_above = _inline(flux.face_flux), _inline(flux.lesser), _inline(flux.sill_above)
mirror, edge_flux = njit(**OPTIONS)(flux.mirror), njit(**OPTIONS)(flux.edge_flux)


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
def levels(w: Any, z: Any, out: Any, h: Any) -> None:
    for j in range(out.size):
        out[j] = w[j]
        h[j] = w[j] - types.float64(z[j])


@njit(**OPTIONS)
def velocities(hu: Any, hv: Any, h: Any, u: Any, v: Any) -> None:
    for j in range(h.size):
        depth = h[j] if h[j] > _F0 else _F0  # the last bit of a level may lie below the bed
        per = per_depth(depth)
        h[j] = depth
        u[j] = hu[j] * per if depth > DRY else _F0
        v[j] = hv[j] * per if depth > DRY else _F0


@njit(**OPTIONS)
def differences(a: Any, b: Any, out: Any) -> None:
    for j in range(out.size):
        out[j] = b[j] - a[j]


@njit(**OPTIONS)
def reaches(hl: Any, hr: Any, zl: Any, zr: Any, zf: Any, out: Any) -> None:
    """1 where slopes may reach over a face: water of like depth on both sides and no sill. A film that runs into a pond says nothing of
    how the pond goes on: slopes over its edge would keep the pond swinging."""
    for j in range(out.size):
        l, r, zs, a, b = zl[j], zr[j], zf[j], hl[j], hr[j]
        bed, less, more = l if l > r else r, a if a < b else b, b if a < b else a
        least = more * _LIKE
        least = least if least > DRY else DRY
        free = _F1 if zs <= bed else _F0
        out[j] = free if less > least else _F0


@njit(**OPTIONS)
def slopes(reach: Any, on: Any, d: Any, d_on: Any, before: Any, at: Any, after: Any, out: Any) -> None:
    """Limited slopes of `at` and of a level whose differences are d, d_on; none beside a face that slopes do not reach over, except that
    the level falls on where it falls with the bed: else the last cell of a film would bear half its weight only (that of the film, though,
    where it meets deeper water). before, at, after, out: depth and velocities, row by row."""
    (h0, u0, v0), (h1, u1, v1), (h2, u2, v2), (sw, sh, su, sv) = before, at, after, out
    for j in range(sw.size):
        west, east = reach[j], on[j]
        both, d0, d1, e0, e1 = west * east, d[j], d_on[j], h1[j] - h0[j], h2[j] - h1[j]
        level, depth, h, beside = west * d0 + east * d1, west * e0 + east * e1, h1[j], h1[j] - west * e0 + east * e1
        weight = beside / h if beside < h else _F1
        sw[j] = both * limited(d0, d1) + (_F1 - both) * weight * lesser(level, level - depth)
        sh[j] = both * limited(e0, e1)
    for j in range(sw.size):
        ok = reach[j] * on[j]
        su[j] = ok * limited(u1[j] - u0[j], u2[j] - u1[j])
        sv[j] = ok * limited(v1[j] - v0[j], v2[j] - v1[j])


@njit(**OPTIONS)
def half_step(at: Any, x: Any, y: Any, gn2: Any, out: Any, half: Any, dt_2dx: Any, g: Any) -> None:
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
        r = friction(half * gn2[j] * _per_seven_thirds(wet), wet * math.sqrt(a * a + b * b))
        um[j], vm[j] = a * r, b * r


@njit(**OPTIONS)
def plain_faces(
    d: Any, hl: Any, hr: Any, ul: Any, ur: Any, vl: Any, vr: Any, zl: Any, zr: Any, zf: Any, mass: Any, left: Any, right: Any, along: Any,
    g: Any,
) -> None:
    for j in range(mass.size):
        sill = sill_above(zl[j], zr[j], zf[j], hl[j])
        mass[j], left[j], right[j], along[j] = face_flux(d[j], hl[j], hr[j], sill, ul[j], ur[j], vl[j], vr[j], g)


@njit(**OPTIONS)
def sloped_faces(
    d: Any, a: Any, b: Any, slope_a: Any, slope_b: Any, zl: Any, zr: Any, zf: Any, mass: Any, left: Any, right: Any, along: Any, g: Any,
) -> None:  # fmt: skip
    """a, b: change of depth, depth, velocity through and along the face half a step on, of either side; slope_a, slope_b: of level, depth
    and these velocities."""
    (ca, ha, ua, va), (cb, hb, ub, vb), (wsa, hsa, usa, vsa), (wsb, hsb, usb, vsb) = a, b, slope_a, slope_b
    for j in range(mass.size):
        sill = sill_above(zl[j], zr[j], zf[j], ha[j])
        hl, hr = ha[j] + _HALF * hsa[j], hb[j] - _HALF * hsb[j]
        rise = (d[j] + (cb[j] - ca[j])) - _HALF * (wsa[j] + wsb[j])
        mass[j], left[j], right[j], along[j] = face_flux(
            rise, hl if hl > _F0 else _F0, hr if hr > _F0 else _F0, sill, ua[j] + _HALF * usa[j], ub[j] - _HALF * usb[j],
            va[j] + _HALF * vsa[j], vb[j] - _HALF * vsb[j], g,
        )  # fmt: skip


@njit(**OPTIONS)
def shares(h: Any, west: Any, east: Any, south: Any, north: Any, out: Any, dt_dx: Any) -> bool:
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
def scale(mass: Any, left: Any, right: Any, along: Any, fl: Any, fr: Any) -> None:
    """Fluxes by the share of the cell they come from."""
    for j in range(mass.size):
        f = fl[j] if mass[j] > _F0 else fr[j]
        mass[j], left[j], right[j], along[j] = mass[j] * f, left[j] * f, right[j] * f, along[j] * f


@njit(**OPTIONS)
def new_levels(old: Any, west: Any, east: Any, south: Any, north: Any, z: Any, w: Any, h: Any, dt_dx: float) -> None:
    for j in range(h.size):
        into = (types.float64(west[j]) - types.float64(east[j])) + (types.float64(south[j]) - types.float64(north[j]))
        level = old[j] + dt_dx * into
        w[j] = level
        h[j] = level - types.float64(z[j])


@njit(**OPTIONS)
def new_discharges(
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
        r = friction(dt * gn2[j] * _per_seven_thirds(depth), math.sqrt(qx * qx + qy * qy))
        qx, qy = qx * r, qy * r
        size_x, size_y = abs(qx), abs(qy)
        qx = qx if wet and size_x > _FLUSH else _F0
        qy = qy if wet and size_y > _FLUSH else _F0
        hu[j], hv[j] = qx, qy
        most = size_x if size_x > size_y else size_y
        fast = most * per_depth(depth) + math.sqrt(g * depth)
        bits = _order(fast if wet else _F0 * g)
        top = bits if bits > top else top
    return _ordered(top)


@njit(**OPTIONS)
def fastest(w: Any, z: Any, hu: Any, hv: Any, h: Any, g: Any) -> Any:
    """Greatest of |velocity| + wave speed, to the bit what new_discharges says of the same row. h: work space."""
    for j in range(h.size):
        h[j] = w[j] - types.float64(z[j])
    top = _order(_F0 * g)
    for j in range(h.size):
        size_x, size_y = abs(hu[j]), abs(hv[j])
        wet = h[j] > DRY
        depth = h[j] if wet else _F1
        most = size_x if size_x > size_y else size_y
        fast = most * per_depth(depth) + math.sqrt(g * depth)
        bits = _order(fast if wet else _F0 * g)
        top = bits if bits > top else top
    return _ordered(top)
