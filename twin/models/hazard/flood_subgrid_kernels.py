"""Compiled parts of sub-grid tables: how they are cut from pixels, the level of a cell's water, and local inertial flow by tables.

Cells keep their volume, as depth over the whole cell (w - z); their level follows from the ground within them, one level to a cell (Casulli
2009, doi:10.1002/fld.1896). Faces have flow area and conveyance at levels, by strips of one pixel (van Ormondt et al. 2025,
doi:10.5194/gmd-18-843-2025, for the local inertial scheme). Flows are m2/s over the whole width of a face, as in flood_kernels.

Tables: cells, `nodes` (rows, columns, LEVELS): levels at the shares (l / (LEVELS - 1))^2 of `full`, the depth over the cell at which its
highest pixel is wet; above, the level rises by 1 / `share`, the part of the cell that is not built. Faces: `section` (rows, columns,
STRIPS, 2), area and root at levels `low` + `span` (l / (STRIPS - 1))^2, and `more` (rows, columns, 3), what they gain a metre above, and
(STRIPS - 1)^2 / `span`.
area: m2 a metre of width; root: conveyance a metre of width, sum of h^(5/3) / n, to the power 3/5, which is nearly straight.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange, types

from twin.models.hazard.flood_cells import hazard_class, hazard_rating
from twin.models.hazard.flood_kernels import CLOSED, DRY, GRAVITY, OPTIONS, inverse_cube_root, kept, wall_flows

LEVELS, STRIPS = 20, 16
LEAST_SHARE = 0.02
"""Share of a cell under water below which waves are not taken to run faster: its lowest pixels fill within a step."""
AT_REST = 1e-10
"""Levels nearer than this, m, are one level: what rounding leaves must not move a lake."""
_TOP = float(CLOSED)
_SQUARES = float((STRIPS - 1) ** 2)
_PER = tuple(1.0 / (2 * at + 1) for at in range(STRIPS))
_LAND, _WATER = 0, 2


# tables


@njit(parallel=True, **OPTIONS)
def cut_cells(zs: Any, kind: Any, z: Any, k: int, i0: int, i1: int, j0: int, j1: int, nodes: Any, full: Any, share: Any) -> None:
    """Tables of the cells of a window. zs: bed of pixels, k by k to a cell, CLOSED where built; cells that are not land are flat at z."""
    last = LEVELS - 1
    for i in prange(i0, i1):
        bed = np.empty(k * k)
        for j in range(j0, j1):
            n = 0
            if kind[i, j] == _LAND:
                for a in range(i * k, (i + 1) * k):
                    for b in range(j * k, (j + 1) * k):
                        if zs[a, b] < _TOP:
                            bed[n] = zs[a, b]
                            n += 1
            if n == 0:
                nodes[i, j, :] = z[i, j]
                full[i, j], share[i, j] = np.float32(0.0), np.float32(1.0)
                continue
            found = np.sort(bed[:n])
            whole = 0.0
            for m in range(n):
                whole += found[n - 1] - found[m]
            # what can be told apart in single precision
            depth = np.float32(whole / (k * k))
            full[i, j], share[i, j] = depth, np.float32(n / (k * k))
            m, below = 0, 0.0  # pixels under water but one, and what stands over them when the next gets wet
            for node in range(LEVELS):
                wanted = whole * (node / last) ** 2
                while m < n - 1 and below + (m + 1) * (found[m + 1] - found[m]) <= wanted:
                    below += (m + 1) * (found[m + 1] - found[m])
                    m += 1
                nodes[i, j, node] = np.float32(found[m] + (wanted - below) / (m + 1))
            nodes[i, j, last] = np.float32(found[n - 1])
            for node in range(last - 1, -1, -1):
                nodes[i, j, node] = min(nodes[i, j, node], nodes[i, j, node + 1])


@njit(**OPTIONS)
def _pass_level(block: Any, ways: Any) -> float:
    """Lowest level at which water gets from the lowest pixel of the first half of a block (rows) to that of the second half."""
    rows, columns = block.shape
    half = rows // 2
    ai, aj, bi, bj = 0, 0, half, 0
    for a in range(rows):
        for b in range(columns):
            ways[a, b] = _TOP
            if a < half:
                if block[a, b] < block[ai, aj]:
                    ai, aj = a, b
            elif block[a, b] < block[bi, bj]:
                bi, bj = a, b
    if block[ai, aj] >= _TOP or block[bi, bj] >= _TOP:
        return _TOP
    ways[ai, aj] = block[ai, aj]
    changed = True
    while changed:  # a few times there and back
        changed = False
        for turn in range(2):
            for c in range(rows * columns):
                e = c if turn == 0 else rows * columns - 1 - c
                a, b = e // columns, e % columns
                best = ways[a, b]
                if a > 0:
                    best = min(best, max(ways[a - 1, b], block[a, b]))
                if a < rows - 1:
                    best = min(best, max(ways[a + 1, b], block[a, b]))
                if b > 0:
                    best = min(best, max(ways[a, b - 1], block[a, b]))
                if b < columns - 1:
                    best = min(best, max(ways[a, b + 1], block[a, b]))
                if best < ways[a, b]:
                    ways[a, b] = best
                    changed = True
    return float(ways[bi, bj])


@njit(**OPTIONS)
def _section(level: float, bed: Any, rough: Any, open_: Any, each: Any) -> tuple[float, float]:
    """Area and conveyance a metre of width of a way past the lines of open_ (lines, strips), one after the other: the water meets them in
    a row, so that 1 / area and 1 / conveyance^2 are means. each: (2, strips) work space."""
    lines, strips = open_.shape
    for s in range(strips):
        h = level - bed[s]
        each[0, s] = max(0.0, h)
        each[1, s] = h ** (5.0 / 3.0) / rough[s] if h > 0.0 else 0.0
    area, slope = 0.0, 0.0
    for m in range(lines):
        a, c = 0.0, 0.0
        for s in range(strips):
            if open_[m, s]:
                a += each[0, s]
                c += each[1, s]
        if a <= 0.0 or c <= 0.0:
            return 0.0, 0.0
        area += strips / a
        slope += (strips / c) ** 2
    return lines / area, math.sqrt(lines / slope)


@njit(**OPTIONS)
def _cut_face(
    block: Any, rough: Any, sill: float, ways: Any, open_: Any, bed: Any, strip_n: Any, each: Any, section: Any
) -> tuple[float, float, float, float, float]:
    """Table of the face in the middle of a block of pixels, whose rows lie along the face: (low, span, more_area, more_root, mean bed).
    sill: level below which nothing passes (of the water beside it)."""
    rows, k = block.shape
    half = rows // 2
    way = _pass_level(block, ways)
    low_way = max(sill, way if way < _TOP else -_TOP)  # where houses leave no way here there may be one around
    lines = open_.shape[0]
    first = half - lines // 2
    total, count, high = 0.0, 0, -_TOP
    for s in range(k):
        bed[s] = max(block[half - 1, s], block[half, s], low_way)
        strip_n[s] = 0.5 * (rough[half - 1, s] + rough[half, s])
        if bed[s] < _TOP:
            total, count, high = total + bed[s], count + 1, max(high, bed[s])
    low = -_TOP
    for m in range(lines):
        lowest = _TOP
        for s in range(k):
            open_[m, s] = bed[s] < _TOP and block[first + m, s] < _TOP
            if open_[m, s]:
                lowest = min(lowest, bed[s])
        low = max(low, lowest)
    if low >= _TOP or count == 0:
        return _TOP, 0.0, 0.0, 0.0, _TOP
    span = max(0.0, high - low)
    section[0, :] = np.float32(0.0)
    for node in range(1, STRIPS):
        a, c = _section(low + span * (node / (STRIPS - 1)) ** 2, bed, strip_n, open_, each)
        section[node, 0], section[node, 1] = np.float32(a), np.float32(c**0.6)
    ahead = max(1.0, span)
    a0, c0 = _section(low + span, bed, strip_n, open_, each)
    a1, c1 = _section(low + span + ahead, bed, strip_n, open_, each)
    return low, span, (a1 - a0) / ahead, (c1**0.6 - c0**0.6) / ahead, total / count


@njit(parallel=True, **OPTIONS)
def cut_faces(
    zs: Any, manning: Any, kind: Any, normal: Any, k: int, lines: int, i0: int, i1: int, j0: int, j1: int, along_x: bool, low: Any,
    span: Any, section: Any, more: Any, middle: Any,
) -> None:
    """Tables of west faces (along_x) or south faces of the cells of a window. manning: of pixels; normal: kept level of water, below which
    a bank lets nothing pass; lines: of pixels on both sides of a face whose houses stand in the way; middle: mean bed of a face."""
    for i in prange(i0, i1):
        block, rough, ways = np.empty((2 * k, k)), np.empty((2 * k, k)), np.empty((2 * k, k))
        open_, bed, strip_n, each = np.empty((lines, k), np.bool_), np.empty(k), np.empty(k), np.empty((2, k))
        for j in range(j0, j1):
            low[i, j], middle[i, j] = np.float32(_TOP), np.float32(_TOP)
            p, q = (i, j - 1) if along_x else (i - 1, j)
            if p < 0 or q < 0 or i >= kind.shape[0] or j >= kind.shape[1]:
                continue
            first, second = kind[p, q], kind[i, j]
            if (first != _LAND and first != _WATER) or (second != _LAND and second != _WATER) or (first == _WATER and second == _WATER):
                continue
            sill = -_TOP
            for a in range(2 * k):
                for b in range(k):
                    y, x = (i * k + b, (j - 1) * k + a) if along_x else ((i - 1) * k + a, j * k + b)
                    block[a, b], rough[a, b] = zs[y, x], manning[y, x]
            if first == _WATER:
                block[:k, :] = normal[p, q]
                sill = normal[p, q]
            if second == _WATER:
                block[k:, :] = normal[i, j]
                sill = normal[i, j]
            found = _cut_face(block, rough, sill, ways, open_, bed, strip_n, each, section[i, j])
            low[i, j], span[i, j] = np.float32(found[0]), np.float32(found[1])
            more[i, j, 0], more[i, j, 1], middle[i, j] = np.float32(found[2]), np.float32(found[3]), np.float32(found[4])
            more[i, j, 2] = np.float32(_SQUARES / max(span[i, j], 1e-6))


@njit(**OPTIONS)
def cut_edges(
    edge: Any, zs: Any, manning: Any, k: int, lines: int, low: Any, span: Any, section: Any, more: Any
) -> None:
    """Tables (1, edges) of faces at the rim of the known ground, from the pixels of the cell inside. edge: as in
    flood_kernels.edge_flows."""
    block, rough, ways = np.empty((2 * k, k)), np.empty((2 * k, k)), np.empty((2 * k, k))
    open_, bed, strip_n, each = np.empty((lines, k), np.bool_), np.empty(k), np.empty(k), np.empty((2, k))
    for n in range(edge.shape[0]):
        axis, i, j, sign = edge[n, 0], edge[n, 3], edge[n, 4], edge[n, 5]
        for a in range(k):  # from the rim inwards, and the same mirrored beyond it
            for b in range(k):
                inward = k - 1 - a if sign > 0 else a
                y, x = (i * k + b, j * k + inward) if axis == 0 else (i * k + inward, j * k + b)
                block[k + a, b] = block[k - 1 - a, b] = zs[y, x]
                rough[k + a, b] = rough[k - 1 - a, b] = manning[y, x]
        found = _cut_face(block, rough, -_TOP, ways, open_, bed, strip_n, each, section[0, n])
        low[0, n], span[0, n], more[0, n, 0], more[0, n, 1] = found[0], found[1], found[2], found[3]
        more[0, n, 2] = np.float32(_SQUARES / max(span[0, n], 1e-6))


# levels


@njit(**OPTIONS)
def level_of(h: float, nodes: Any, i: int, j: int, full: float, share: float) -> tuple[float, float]:
    """Level of a cell that holds h, m over the whole cell, and the share of it that is under water there. Arrays come whole: a view of
    one cell costs more than what is done with it."""
    if h >= full:
        return nodes[i, j, LEVELS - 1] + (h - full) / share, share
    if h <= 0.0:
        return nodes[i, j, 0] * 1.0, 0.0
    part = h / full * ((LEVELS - 1) * (LEVELS - 1))
    at = min(LEVELS - 2, int(math.sqrt(part)))
    low, step = nodes[i, j, at] * 1.0, 1.0 * (2 * at + 1)
    gain = nodes[i, j, at + 1] - low
    wet = full * step / (gain * ((LEVELS - 1) * (LEVELS - 1))) if gain > 0.0 else share
    return low + gain * (part - at * at) / step, min(wet, share)


@njit(**OPTIONS)
def depth_of(level: float, nodes: Any, full: float, share: float) -> float:
    """What a cell holds at a level, m over the whole cell: the other way round."""
    if level >= nodes[LEVELS - 1]:
        return full + (level - nodes[LEVELS - 1]) * share
    if level <= nodes[0]:
        return 0.0
    at = 0
    while nodes[at + 1] < level:
        at += 1
    per = full / (LEVELS - 1) ** 2
    low, high = nodes[at] * 1.0, nodes[at + 1] * 1.0
    return per * (at * at + (2 * at + 1) * (level - low) / (high - low))


@njit(parallel=True, **OPTIONS)
def set_levels(w: Any, z: Any, nodes: Any, full: Any, share: Any, level: Any, wet: Any) -> float:
    """Level of all cells and the share of each that is under water. Returns the greatest rise of a level, m."""
    rise = np.zeros(w.shape[0])
    for i in prange(w.shape[0]):
        most = 0.0
        for j in range(w.shape[1]):
            new, part = level_of(w[i, j] - z[i, j], nodes, i, j, full[i, j], share[i, j])
            most = max(most, new - level[i, j])
            level[i, j], wet[i, j] = new, np.float32(part)
        rise[i] = most
    return float(rise.max())


@njit(**OPTIONS)
def levels_at(w: Any, z: Any, i: Any, j: Any, nodes: Any, full: Any, share: Any, level: Any) -> None:
    """Level of some cells."""
    for n in range(i.size):
        a, b = i[n], j[n]
        level[a, b] = level_of(w[a, b] - z[a, b], nodes, a, b, full[a, b], share[a, b])[0]


@njit(**OPTIONS)
def depths_of(levels: Any, i: Any, j: Any, nodes: Any, full: Any, share: Any, out: Any) -> None:
    """depth_of for some cells."""
    for n in range(i.size):
        out[n] = depth_of(levels[n], nodes[i[n], j[n]], full[i[n], j[n]], share[i[n], j[n]])


# flow


@njit(**OPTIONS)
def section_at(d: float, span: float, section: Any, more: Any, i: int, j: int) -> tuple[float, float, float]:
    """Area and root of a face d above its low, and how much area it gains a metre there."""
    if d >= span:
        up, last = d - span, STRIPS - 1
        return section[i, j, last, 0] + more[i, j, 0] * up, section[i, j, last, 1] + more[i, j, 1] * up, more[i, j, 0] * 1.0
    scale = more[i, j, 2]
    part = d * scale
    at = min(STRIPS - 2, int(math.sqrt(part)))
    per = _PER[at]
    f, a, r = (part - at * at) * per, section[i, j, at, 0], section[i, j, at, 1]
    rise = section[i, j, at + 1, 0] - a
    return a + rise * f, r + (section[i, j, at + 1, 1] - r) * f, rise * per * scale


@njit(**OPTIONS)
def _wave(level: float, low: float, wet: float) -> float:
    """Share of a cell that takes part in waves over a face: all of it where its water does not reach the face."""
    return max(LEAST_SHARE, wet) if level > low else 1.0


@njit(**OPTIONS)
def _face(
    wl: float, wr: float, wet_l: float, wet_r: float, low: float, span: float, section: Any, more: Any, i: int, j: int, q: float,
    beside: float, cross: float, dt: float, slope_dt: float, theta: float, froude: float, fast: float,
) -> tuple[float, float]:
    """Flow through a face after dt, and the depth whose waves are as fast as those over it, or `fast` where they are slower (see
    flood_kernels.inertial_flow)."""
    d = max(wl, wr) - low
    if d <= DRY:
        return 0.0, fast
    a, r, width = section_at(d, span, section, more, i, j)
    if a <= DRY * 0.1 or r <= 0.0:
        return 0.0, fast
    wave = min(_wave(wl, low, wet_l), _wave(wr, low, wet_r))
    if a > fast * wave:
        fast = a / wave
    rise = wr - wl
    if abs(rise) < AT_REST:
        rise = 0.0
    star = theta * q + 0.5 * (1.0 - theta) * beside - slope_dt * a * rise
    y = types.float64(inverse_cube_root(np.float32(r)))
    y2 = y * y
    y4 = y2 * y2
    # g A / K^2: friction of the section, whose conveyance K is r^(5/3)
    k = dt * GRAVITY * a * (y4 * y4 * y2)
    size = abs(star)
    one = 2.0 * size / (1.0 + math.sqrt(1.0 + 4.0 * k * size))
    square = one * one + cross * cross + 1e-30
    whole = math.sqrt(square)
    one = one - one * k * (whole - one) * whole / (whole + k * (square + one * one))
    most = froude * froude * GRAVITY * a * a * a
    if one * one * max(width, 1e-3) > most:
        one = math.sqrt(most / max(width, 1e-3))
    if one < 1e-12:
        one = 0.0
    return (one if star > 0.0 else -one), fast


@njit(**OPTIONS)
def _edge_flows(
    edge: Any, slope: Any, level: Any, low: Any, span: Any, section: Any, more: Any, qx: Any, qy: Any, froude: float
) -> None:
    """Free outflow over the rim: uniform flow in the section there, on the slope that goes on beyond it. slope: its root."""
    for n in range(edge.shape[0]):
        axis, fi, fj, i, j, sign = edge[n]
        d = level[i, j] - low[0, n]
        q = 0.0
        if d > DRY:
            a, r, width = section_at(d, span[0, n], section, more, 0, n)
            if a > 0.0 and r > 0.0:
                q = min(slope[n] * r ** (5.0 / 3.0), froude * a * math.sqrt(GRAVITY * a / max(width, 1e-3)))
        if axis == 0:
            qx[fi, fj] = np.float32(sign * q)
        else:
            qy[fi, fj] = np.float32(sign * q)


@njit(parallel=True, **OPTIONS)
def flow(
    w: Any, z: Any, level: Any, wet: Any, nodes: Any, full: Any, share: Any, zfx: Any, zfy: Any, low_x: Any, span_x: Any, part_x: Any,
    more_x: Any, low_y: Any, span_y: Any, part_y: Any, more_y: Any, qx: Any, qy: Any, qx1: Any, qy1: Any, low: Any, high: Any, edge: Any,
    edge_slope: Any, low_e: Any, span_e: Any, part_e: Any, more_e: Any, wall: Any, crest: Any, shore: Any, stage: Any, volume: Any,
    top: Any, dx: float, from_s: float, until_s: float, cfl: float, theta: float, froude: float, most_steps: int,
    is_trial: bool,
) -> tuple[float, int]:
    """Steps from from_s to until_s, at most most_steps: as flood_kernels.flow, by tables. zfx, zfy: low_x, low_y, CLOSED under walls.
    level, wet: of all cells, kept up; tables of the faces at the rim end in _e. top: depth of the fastest waves (1,), carried between
    calls; is_trial: find it anew, for water has come from elsewhere."""
    rows, columns = w.shape
    fastest = np.zeros(rows + 1)
    part = np.ones((rows + 2, columns + 2))
    now, steps = from_s, 0
    none_s, trial = 1e-9, is_trial  # then the first round only finds out how fast waves are
    while trial or (now < until_s and steps < most_steps):
        longest = cfl * dx / math.sqrt(GRAVITY * max(top[0], 1e-3))
        count = math.ceil((until_s - now) / longest - 1e-9)
        dt = none_s if trial else (until_s - now) / max(1.0, count)
        slope_dt, dt_dx = GRAVITY * dt / dx, dt / dx
        for i in prange(rows):
            fast = 0.0
            for j in range(max(1, low[i]), min(columns - 1, high[i]) + 1):
                if zfx[i, j] >= CLOSED or max(level[i, j - 1], level[i, j]) - zfx[i, j] <= DRY:
                    qx1[i, j] = np.float32(0.0)
                    continue
                beside = qx[i, j - 1] + qx[i, j + 1]
                cross = 0.25 * ((qy[i, j - 1] + qy[i, j]) + (qy[i + 1, j - 1] + qy[i + 1, j]))
                q, fast = _face(
                    level[i, j - 1], level[i, j], wet[i, j - 1], wet[i, j], low_x[i, j], span_x[i, j], part_x, more_x,
                    i, j, qx[i, j], beside, cross, dt, slope_dt, theta, froude, fast,
                )
                qx1[i, j] = np.float32(q)
            if i > 0:
                for j in range(min(low[i - 1], low[i]), max(high[i - 1], high[i])):
                    if zfy[i, j] >= CLOSED or max(level[i - 1, j], level[i, j]) - zfy[i, j] <= DRY:
                        qy1[i, j] = np.float32(0.0)
                        continue
                    beside = qy[i - 1, j] + qy[i + 1, j]
                    cross = 0.25 * ((qx[i - 1, j] + qx[i, j]) + (qx[i - 1, j + 1] + qx[i, j + 1]))
                    q, fast = _face(
                        level[i - 1, j], level[i, j], wet[i - 1, j], wet[i, j], low_y[i, j], span_y[i, j], part_y, more_y,
                        i, j, qy[i, j], beside, cross, dt, slope_dt, theta, froude, fast,
                    )
                    qy1[i, j] = np.float32(q)
                fastest[i] = fast
        top[0] = np.float32(fastest.max())
        if trial:
            trial = False
            continue
        _edge_flows(edge, edge_slope, level, low_e, span_e, part_e, more_e, qx1, qy1, froude)
        wall_flows(wall, crest, level, qx1, qy1, dx, dt)
        for i in prange(rows):
            for j in range(low[i], high[i]):
                h = max(0.0, w[i, j] - z[i, j])
                out = max(0.0, qx1[i, j + 1]) + max(0.0, -qx1[i, j]) + max(0.0, qy1[i + 1, j]) + max(0.0, -qy1[i, j])
                leaves = dt_dx * out
                # a hair less than all of it: rounding must not take more than there is
                part[i + 1, j + 1] = 0.999999 * h / leaves if leaves > h else 1.0
        for i in prange(rows):
            for j in range(low[i], high[i] + 1 if high[i] > low[i] else low[i]):
                q = qx1[i, j]
                qx[i, j] = np.float32(q * (part[i + 1, j] if q > 0.0 else part[i + 1, j + 1]))
            if i > 0:
                first, last = min(low[i - 1], low[i]), max(high[i - 1], high[i])
            else:
                first, last = low[i], high[i]
            for j in range(first, last):
                q = qy1[i, j]
                qy[i, j] = np.float32(q * (part[i, j + 1] if q > 0.0 else part[i + 1, j + 1]))
            if i == rows - 1:
                for j in range(low[i], high[i]):
                    q = qy1[rows, j]
                    qy[rows, j] = np.float32(q * (part[rows, j + 1] if q > 0.0 else part[rows + 1, j + 1]))
        for i in prange(rows):
            for j in range(low[i], high[i]):
                into = (types.float64(qx[i, j]) - types.float64(qx[i, j + 1])) + (types.float64(qy[i, j]) - types.float64(qy[i + 1, j]))
                if into != 0.0:
                    w[i, j] += dt_dx * into
                    level[i, j], share_wet = level_of(w[i, j] - z[i, j], nodes, i, j, full[i, j], share[i, j])
                    wet[i, j] = np.float32(share_wet)
        for n in range(edge.shape[0]):
            axis, i, j = edge[n, 0], edge[n, 1], edge[n, 2]
            volume[0] += edge[n, 5] * (qx[i, j] if axis == 0 else qy[i, j]) * dt * dx
        volume[1] += kept(shore, stage, w) * dx * dx
        for n in range(shore.shape[0]):
            level[shore[n, 0], shore[n, 1]] = stage[n]
        now = now + dt if count > 1 else until_s
        steps += 1
    return now, steps


# what is shown


@njit(**OPTIONS)
def _area_at(a: float, b: float, low: Any, span: Any, section: Any, more: Any, i: int, j: int) -> float:
    """Flow area between two levels, m2 a metre of width."""
    d = max(a, b) - low[i, j]
    return section_at(d, span[i, j], section, more, i, j)[0] if d > 0.0 else 0.0


@njit(**OPTIONS)
def _velocity(
    i: int, j: int, h: float, level: Any, qx: Any, qy: Any, low_x: Any, span_x: Any, part_x: Any, more_x: Any, low_y: Any, span_y: Any,
    part_y: Any, more_y: Any,
) -> tuple[float, float]:
    """Mean velocity of a cell's water: flow over what it holds, or over its faces' flow area where that is more (a pool between them)."""
    qe, qn = 0.5 * (qx[i, j] + qx[i, j + 1]), 0.5 * (qy[i, j] + qy[i + 1, j])
    if h <= 1e-3 or (qe == 0.0 and qn == 0.0):
        return 0.0, 0.0
    eta, e, n = level[i, j], min(j + 1, level.shape[1] - 1), min(i + 1, level.shape[0] - 1)
    west = _area_at(eta, level[i, max(j - 1, 0)], low_x, span_x, part_x, more_x, i, j)
    east = _area_at(eta, level[i, e], low_x, span_x, part_x, more_x, i, j + 1)
    south = _area_at(eta, level[max(i - 1, 0), j], low_y, span_y, part_y, more_y, i, j)
    north = _area_at(eta, level[n, j], low_y, span_y, part_y, more_y, i + 1, j)
    return qe / max(h, 0.5 * (west + east)), qn / max(h, 0.5 * (south + north))


@njit(parallel=True, **OPTIONS)
def record(
    w: Any, z: Any, level: Any, qx: Any, qy: Any, low_x: Any, span_x: Any, part_x: Any, more_x: Any, low_y: Any, span_y: Any, part_y: Any,
    more_y: Any, bed: Any, shown: Any, k: int, dt: float, at_s: float, seen_m: float, long_m: float, rapid_m: float, highest: Any,
    arrival: Any, duration: Any, fastest: Any, hazard: Any, grade: Any,
) -> int:
    """flood_cells.record on pixels, k by k to a cell, from the level and the mean speed of its water. bed: of pixels; shown: which count.
    Returns how many pixels deeper than rapid_m run faster than waves do."""
    rows, columns = w.shape
    rapid = np.zeros(rows, np.int64)
    for i in prange(rows):
        for j in range(columns):
            h = w[i, j] - z[i, j]
            if h <= 0.0:
                continue
            u, v = _velocity(i, j, h, level, qx, qy, low_x, span_x, part_x, more_x, low_y, span_y, part_y, more_y)
            speed = math.sqrt(u * u + v * v)
            eta = level[i, j]
            for a in range(i * k, (i + 1) * k):
                for b in range(j * k, (j + 1) * k):
                    d = eta - bed[a, b]
                    if d <= 0.0 or not shown[a, b]:
                        continue
                    if d > highest[a, b]:
                        highest[a, b] = np.float32(d)
                    if d > long_m:
                        duration[a, b] += np.float32(dt)
                    if d <= seen_m:
                        continue
                    if arrival[a, b] != arrival[a, b]:
                        arrival[a, b] = np.float32(at_s)
                    if speed > fastest[a, b]:
                        fastest[a, b] = np.float32(speed)
                    rating = hazard_rating(d, speed)
                    if rating > hazard[a, b]:
                        hazard[a, b] = np.float32(rating)
                    worse = hazard_class(d, speed)
                    if worse > grade[a, b]:
                        grade[a, b] = np.float32(worse)
                    if d > rapid_m and speed * speed > GRAVITY * d:
                        rapid[i] += 1
    return rapid.sum()


@njit(parallel=True, **OPTIONS)
def shown_now(
    w: Any, z: Any, level: Any, qx: Any, qy: Any, low_x: Any, span_x: Any, part_x: Any, more_x: Any, low_y: Any, span_y: Any, part_y: Any,
    more_y: Any, bed: Any, shown: Any, k: int, depth: Any, speed: Any, east: Any, north: Any,
) -> None:
    """Depth on pixels, m, and mean speed of the cell's water with its parts towards east and north (see flood_cells.cell_velocity), 0 where
    a pixel is dry; NaN where it does not count."""
    none = np.float32(np.nan)
    for i in prange(w.shape[0]):
        for j in range(w.shape[1]):
            h = w[i, j] - z[i, j]
            u, v = _velocity(i, j, h, level, qx, qy, low_x, span_x, part_x, more_x, low_y, span_y, part_y, more_y)
            s = np.float32(math.sqrt(u * u + v * v))
            ue, vn = np.float32(math.floor(u * 4096.0 + 0.5) / 4096.0), np.float32(math.floor(v * 4096.0 + 0.5) / 4096.0)
            for a in range(i * k, (i + 1) * k):
                for b in range(j * k, (j + 1) * k):
                    if not shown[a, b]:
                        depth[a, b] = speed[a, b] = east[a, b] = north[a, b] = none
                        continue
                    d = level[i, j] - bed[a, b] if h > 0.0 else 0.0
                    is_wet = d > 0.0
                    depth[a, b] = np.float32(d) if is_wet else np.float32(0.0)
                    speed[a, b] = s if is_wet else np.float32(0.0)
                    east[a, b] = ue if is_wet else np.float32(0.0)
                    north[a, b] = vn if is_wet else np.float32(0.0)
