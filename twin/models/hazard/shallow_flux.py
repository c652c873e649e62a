"""What passes a face of the shallow-water solver: plain functions of numbers, compiled by whoever calls them (numba.njit here,
numba.cuda.jit(device=True) on a graphics card).

Only numbers that float32 holds exactly are constants: they leave a float32 argument float32 and a float64 one exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

WALL, OPEN, LEVEL, DISCHARGE = 0, 1, 2, 3
"""Kinds of edge face: nothing passes, water leaves freely, a level (m) stands outside, a discharge (m2/s) comes in."""

DRY = np.float32(1e-6)
"""Less water than this, m, does not move."""
THIN = np.float32(1e-5)
"""Below this depth, m, the speed of a cell fades to nothing (Kurganov and Petrova 2007): discharge over depth is noise there."""

_F0, _F1, _F2, _F4, _HALF, _QUARTER = (np.float32(v) for v in (0.0, 1.0, 2.0, 4.0, 0.5, 0.25))
_ONE_AND_A_HALF, _SHUT, _NO_SILL, _TINY = np.float32(1.5), np.float32(1e29), np.float32(-1e30), np.float32(1e-20)


def per_depth(h: Any) -> Any:
    """1 / h, which fades below THIN."""
    square, least = h * h, THIN * THIN
    return _F2 * h / (square + (square if square > least else least))


def limited(a: Any, b: Any) -> Any:
    """Slope from the differences to both sides (van Leer 1974): none at a peak, and never past a neighbour."""
    return _F2 * a * b / (a + b) if a * b > _F0 else _F0


def lesser(a: Any, b: Any) -> Any:
    """The one nearer to 0, 0 where they differ in sign."""
    size_a, size_b = abs(a), abs(b)
    return _F0 if a * b <= _F0 else (a if size_a < size_b else b)


def mirror(h: Any, u: Any, g: Any) -> Any:
    """Force on water that runs against a wall with u, less its pressure at rest."""
    c = math.sqrt(g * h)
    push = c + _ONE_AND_A_HALF * u
    return h * u * (push if push > c else c)


def friction(k: Any, size: Any) -> Any:
    """Share r of a discharge of this size that friction leaves: r (1 + k size r) = 1, whose root is exact (Xia and Liang 2018,
    doi:10.1016/j.advwatres.2018.05.004). k: dt g n^2 / h^(7/3)."""
    return _F2 / (_F1 + math.sqrt(_F1 + _F4 * k * size))


def sill_above(zl: Any, zr: Any, zf: Any, hl: Any) -> Any:
    """Level from which a face lets water pass above the left level, if the beds are lower."""
    bed = zl if zl > zr else zr
    above = (zf - zl) - hl
    return above if zf > bed else _NO_SILL


def face_flux(
    rise: Any, hl: Any, hr: Any, sill: Any, ul: Any, ur: Any, vl: Any, vr: Any, g: Any,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """(mass, force on the left, force on the right, flux of the other momentum) per metre of face.

    rise: level on the right above the one on the left; h, u, v: depth, velocity through and along the face on either side; sill: level
    from which the face lets water pass, above the left level, where that is more than the higher bed (very low: it is not; very high:
    closed).

    Surface reconstruction (Xia et al. 2017, doi:10.1002/2016WR020055): where level and bed fall the same way, the lower level is lifted
    by the smaller of both falls, so that a film on a slope meets its own depth. The lift d then pushes the lower side with g h d, h the
    depth on the sill: the whole weight of a film that runs down a slope, nothing where the bank of a pond is dry. The fluxes are HLLC
    with two-rarefaction speeds (Toro 2001, 10.3). Forces are momentum fluxes less the pressure of the side's own water: all are 0, to the
    bit, in a lake at rest.
    """
    bed_l, bed_r = -hl, rise - hr
    bed = bed_l if bed_l > bed_r else bed_r
    bed = sill if sill > bed else bed
    shut = sill > _SHUT
    most_l, most_r = bed - bed_l, bed - bed_r
    lift_l = most_l if most_l < rise else rise
    lift_r = most_r if most_r < -rise else -rise
    lift_l = lift_l if lift_l > _F0 else _F0
    lift_r = lift_r if lift_r > _F0 else _F0
    a, b = lift_l - bed, (rise + lift_r) - bed
    a, b = hl if shut else a, hr if shut else b
    wet_l, wet_r = a > DRY, b > DRY
    a = a if wet_l else _F0
    b = b if wet_r else _F0
    cl, cr = math.sqrt(g * a), math.sqrt(g * b)
    ql, qr = a * ul, b * ur
    um, cm = _HALF * (ul + ur) + (cl - cr), _HALF * (cl + cr) + _QUARTER * (ul - ur)
    slow, fast, dry_l, dry_r = um - cm, um + cm, ur - _F2 * cr, ul + _F2 * cl
    out_l, out_r = ul - cl, ur + cr
    sl, sr = out_l if out_l < slow else slow, out_r if out_r > fast else fast
    sl, sr = sl if wet_l else dry_l, sr if wet_r else dry_r
    sl, sr = sl if wet_r else out_l, sr if wet_l else out_r
    sl, sr = sl if sl < _F0 else _F0, sr if sr > _F0 else _F0
    width = sr - sl
    per = _F1 / (width if width > _TINY else _TINY)
    both = sl * sr
    jump = _HALF * g * (b - a) * (b + a)
    mass = (sr * ql - sl * qr + both * (b - a)) * per
    left = (sr * (ql * ul) - sl * (qr * ur + jump) + both * (qr - ql)) * per
    right = left - jump + g * b * lift_r
    left = left + g * a * lift_l
    # a closed face mirrors the water
    push_l, push_r = cl + _ONE_AND_A_HALF * ul, cr - _ONE_AND_A_HALF * ur
    push_l, push_r = ql * (push_l if push_l > cl else cl), -qr * (push_r if push_r > cr else cr)
    mass, left, right = _F0 if shut else mass, push_l if shut else left, push_r if shut else right
    return mass, left, right, mass * (vl if mass > _F0 else vr)


def edge_flux(kind: int, value: float, h: float, u: float, over: float, g: float) -> tuple[float, float, float]:
    """(mass out, force on the cell, fastest wave) at a face beyond which nothing is computed, from the cell's depth over the face's sill
    and its velocity outwards.

    value: OPEN: sqrt(slope) / n of the ground beyond, water leaves at least as fast as there (0: only as it comes); LEVEL: level outside;
    DISCHARGE: m2/s into the ground, as long as the cell has water where it is negative. over: level of the sill. LEVEL and DISCHARGE find
    what is not given from the wave that leaves, u + 2 c, and are critical at most where water comes in.
    """
    c = math.sqrt(g * h)
    if kind == OPEN:
        u = max(u, min(value * h ** (2.0 / 3.0), c), 0.0)
        return h * u, h * u * u, u + c
    if kind == LEVEL:
        outside = max(0.0, value - over)
        cb = math.sqrt(g * outside)
        ub = u + 2.0 * (c - cb)
        if u >= c:
            outside, ub = h, u
        elif ub > cb:
            ub = (u + 2.0 * c) / 3.0
            outside = ub * ub / g
        ub = max(ub, -math.sqrt(g * outside))
        return outside * ub, outside * ub * ub + 0.5 * g * (outside - h) * (outside + h), abs(ub) + math.sqrt(g * outside)
    if kind == DISCHARGE:
        if value <= 0.0:
            ub = -value / h if h > 1e-3 else 0.0
            return -value, -value * ub, ub + c
        gq, wave = g * value, u + 2.0 * c
        cb = gq ** (1.0 / 3.0)
        for _ in range(12):
            off = 2.0 * cb - gq / (cb * cb) - wave
            if off >= 0.0:
                break
            cb -= off / (2.0 + 2.0 * gq / (cb * cb * cb))
        inside = cb * cb / g
        ub = -value / inside
        return -value, -value * ub + 0.5 * g * (inside - h) * (inside + h), cb - ub
    return 0.0, h * u * max(c, c + 1.5 * u), abs(u) + c
