"""Compiled flow through culverts, passages and gates from cell to cell, and into entrances. Arrays as in flood_kernels.

Links move volume between two cells that need not touch; momentum does not go with it. Every link sees what those before it have moved,
and none raises the water behind it above that before it, so that ponds come to one level without swinging past it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from twin.models.hazard.flood_kernels import CLOSED, GRAVITY, OPTIONS
from twin.models.hazard.flood_terrain import WATER

BOX, CIRCLE, GATE = 0, 1, 2
"""Forms of links: culverts and passages with four walls, pipes, gates in walls."""
ENDS_Z, WIDTH, HEIGHT, LENGTH, MANNING, MANY = 0, 2, 3, 4, 5, 6
"""Columns of a link's sizes: inverts of both ends, width, height or diameter, length, m; Manning n; how many there are of it."""
LOSS = 1.5
"""Entrance with a square edge in a headwall 0.5 and exit 1.0 (FHWA HDS-5)."""
CONTRACTION = 0.61
"""Of the jet under a sharp-edged sluice gate (Henry 1950; von Mises: 0.611)."""
WEIR = 1.705
"""Broad-crested weir, sqrt(g) (2/3)^1.5: critical flow over a sill, m^0.5/s."""
SETTLED_M = 0.01
"""Ends nearer than this are level: they ask for no shorter steps."""
LEAST_HEAD_M = 1e-5
CALM = 0.1
"""Share of what could be moved at once that one step should move: larger ones make waves."""
_ROOT_G = math.sqrt(GRAVITY)


@njit(**OPTIONS)
def inlet_flow(form: int, head: float, width: float, height: float) -> float:
    """m3/s that gets into a culvert with free flow behind: Boyd 1987, Generalised head-discharge equations for culverts (4th National
    Local Government Engineering Conference, Perth), fits to FHWA's charts; the lesser of open and submerged inlet."""
    if form == CIRCLE:
        return _ROOT_G * min(0.421 * height**0.87 * head**1.63, 0.530 * height**1.87 * head**0.63)
    return _ROOT_G * width * min(0.544 * head**1.5, 0.702 * height**0.89 * head**0.61)


@njit(**OPTIONS)
def wetted(form: int, depth: float, width: float, height: float) -> tuple[float, float]:
    """Area of flow, m2, and wetted perimeter, m, of a barrel filled to a depth."""
    if form == CIRCLE:
        angle = 2.0 * math.acos(max(-1.0, 1.0 - 2.0 * depth / height))
        return height * height / 8.0 * (angle - math.sin(angle)), 0.5 * height * angle
    # the ceiling counts little by little: a jump would let the flow flicker
    return width * depth, width + 2.0 * depth + width * max(0.0, 10.0 * depth / height - 9.0)


@njit(**OPTIONS)
def barrel_flow(
    form: int, up: float, down: float, sill: float, outlet: float, width: float, height: float, length: float, manning: float
) -> float:
    """m3/s that entrance, friction and exit let through: v^2 / 2g (LOSS + 2 g n^2 L / R^(4/3)) = head lost (outlet control of FHWA HDS-5,
    FHWA-HIF-12-026, 2012), partly full at the mean of the depths at both ends. The level behind is at least the critical depth above
    the outlet. up, down: levels; sill: the higher invert; outlet: that of the outlet."""
    head = up - sill
    behind = max(down, outlet + min(2.0 / 3.0 * head, height))
    lost = up - behind
    if lost <= 0.0:
        return 0.0
    depth = min(height, 0.5 * (head + behind - outlet))
    area, perimeter = wetted(form, depth, width, height)
    friction = 2.0 * GRAVITY * manning * manning * length / (area / perimeter) ** (4.0 / 3.0)
    return area * math.sqrt(2.0 * GRAVITY * lost / (LOSS + friction))


@njit(**OPTIONS)
def gate_flow(head: float, behind: float, width: float, opening: float) -> float:
    """m3/s under a sluice gate; head, behind: water above its sill on both sides.

    Free: Cc b a sqrt(2 g h / (1 + Cc a / h)) from energy (Henry 1950); drowned: Swamee 1992, J. Irrig. Drain. Eng. 118(1),
    doi:10.1061/(ASCE)0733-9437(1992)118:1(56). Water that does not reach the gate: broad weir, drowned after Villemonte 1947.
    """
    ratio = max(0.0, behind / head)
    weir = WEIR * width * head * math.sqrt(head) * max(0.0, 1.0 - ratio**1.5) ** 0.385
    if opening >= head:
        return weir
    jet = CONTRACTION * width * opening * math.sqrt(2.0 * GRAVITY * head / (1.0 + CONTRACTION * opening / head))
    if behind > 0.0:
        drowned = 0.81 * behind * (behind / opening) ** 0.72 - head
        if drowned > 0.0:
            rest = max(0.0, head - behind) ** 0.7
            jet *= rest / (0.32 * drowned**0.7 + rest)
    return min(weir, jet)


@njit(**OPTIONS)
def link_flow(form: int, size: Any, opening: float, wa: float, wb: float) -> float:
    """m3/s from end a to end b of a link, negative back. opening, m, of the gate in it, infinite where there is none; wa, wb: levels."""
    forward = wa >= wb
    up, down = (wa, wb) if forward else (wb, wa)
    outlet = size[ENDS_Z + 1] if forward else size[ENDS_Z]
    sill = max(size[ENDS_Z], size[ENDS_Z + 1])
    head = up - sill
    if opening <= 0.0 or head <= LEAST_HEAD_M or up <= down:
        return 0.0
    width, height = size[WIDTH], size[HEIGHT]
    if form == GATE:
        flow = gate_flow(head, down - sill, width, min(opening, height))
    else:
        flow = min(
            inlet_flow(form, head, width, height),
            barrel_flow(form, up, down, sill, outlet, width, height, size[LENGTH], size[MANNING]),
        )
        if opening < height:
            flow = min(flow, gate_flow(head, down - sill, width, opening))
    flow *= size[MANY]
    return flow if forward else -flow


@njit(**OPTIONS)
def _is_free(face: Any, zfx: Any, zfy: Any) -> bool:
    """Whether the wall that a gate stands in is gone, so that water takes that way by itself."""
    if face[0] == 0:
        return bool(zfx[face[1], face[2]] < CLOSED)
    return bool(face[0] == 1 and zfy[face[1], face[2]] < CLOSED)


@njit(**OPTIONS)
def _has_far(end: Any, far: Any, back: bool) -> bool:
    """Whether the level before the inlet is that of another cell, which does not sink at once."""
    k = 2 if back else 0
    return bool(far[k] != end[k] or far[k + 1] != end[k + 1])


@njit(**OPTIONS)
def _room(w: Any, z: Any, kind: Any, i: int, j: int, m: int, n: int, has_far: bool, up: float, sill: float, area: float) -> float:
    """Most that may go from cell i, j, where the level `up` counts, to m, n at once, m3: what makes them level, what lies above the sill,
    what is there."""
    from_fixed, to_fixed = kind[i, j] == WATER, kind[m, n] == WATER
    if from_fixed and to_fixed:
        return math.inf
    level = area * (up - w[m, n]) * (1.0 if from_fixed or to_fixed or has_far else 0.5)
    return level if from_fixed else min(level, min(w[i, j] - z[i, j], w[i, j] - sill) * area)


@njit(**OPTIONS)
def _levels(w: Any, z: Any, end: Any, far: Any) -> tuple[float, float]:
    """Levels that count at both ends of a link: what moves has speed there, which lowers the water before an inlet and which the water
    behind an outlet lacks here. So the level a little further out counts: before the inlet within half the depth, the velocity head of
    critical flow, behind the outlet where it is lower."""
    a, b = w[end[0], end[1]], w[end[2], end[3]]
    out_a, out_b = w[far[0], far[1]], w[far[2], far[3]]
    deep_a, deep_b = a - z[end[0], end[1]], b - z[end[2], end[3]]
    if out_a - z[far[0], far[1]] < SETTLED_M:
        out_a = a
    if out_b - z[far[2], far[3]] < SETTLED_M:
        out_b = b
    if out_a >= out_b:
        return max(a - 0.5 * deep_a, min(out_a, a + 0.5 * deep_a)), min(b, out_b)
    return min(a, out_a), max(b - 0.5 * deep_b, min(out_b, b + 0.5 * deep_b))


@njit(**OPTIONS)
def longest_s(
    w: Any, z: Any, kind: Any, zfx: Any, zfy: Any, ends: Any, far: Any, face: Any, form: Any, size: Any, opening: Any, cells: Any,
    sill: Any, width: Any, area: float, most_s: float,
) -> float:
    """Step that no link or entrance has to be held back in, at most most_s; not shorter than waves take to cross the cells at its ends, so
    that water can follow. Arguments as in move and sink."""
    step = most_s
    for k in range(ends.shape[0]):
        i, j, m, n = ends[k]
        la, lb = _levels(w, z, ends[k], far[k])
        if abs(la - lb) < SETTLED_M or _is_free(face[k], zfx, zfy):
            continue
        flow = link_flow(form[k], size[k], opening[k], la, lb)
        if flow != 0.0:
            if flow < 0.0:
                i, j, m, n = m, n, i, j
            sill_z = max(size[k, ENDS_Z], size[k, ENDS_Z + 1])
            room = _room(w, z, kind, i, j, m, n, _has_far(ends[k], far[k], flow < 0.0), max(la, lb), sill_z, area)
            step = min(step, max(_crossing_s(w[i, j] - z[i, j], area), CALM * max(0.0, room) / abs(flow)))
    for k in range(cells.shape[0]):
        i, j = cells[k]
        head = w[i, j] - z[i, j] - sill[k]
        if head > SETTLED_M:
            step = min(step, max(_crossing_s(head + sill[k], area), CALM * 0.5 * area / (WEIR * width[k] * math.sqrt(head))))
    return step


@njit(**OPTIONS)
def _crossing_s(depth: float, area: float) -> float:
    return 0.7 * math.sqrt(area / (GRAVITY * max(depth, 0.1)))


@njit(**OPTIONS)
def move(
    w: Any, z: Any, hu: Any, hv: Any, kind: Any, zfx: Any, zfy: Any, ends: Any, far: Any, face: Any, form: Any, size: Any,
    opening: Any, flow: Any, dt: float, area: float,
) -> tuple[float, float, float]:
    """Let links pass water for dt; flow is set to what each has passed, m3/s from its first end.

    ends: row, column of both cells; far: of cells further out, or the same; face: axis, row, column of the wall a gate stands in (axis -1:
    none); size: see ENDS_Z; kind: of cells, permanent water gives and takes without changing; hu, hv: flow of cells, which goes with what
    leaves, or (0, 0).
    Returns m3 that permanent water took (less what it gave), m3 moved in all, and the greatest depth at an end, m.
    """
    into, moved, deepest, has_flow = 0.0, 0.0, 0.0, hu.size > 0
    for k in range(ends.shape[0]):
        flow[k] = 0.0
        i, j, m, n = ends[k]
        if opening[k] <= 0.0 or _is_free(face[k], zfx, zfy):
            continue
        la, lb = _levels(w, z, ends[k], far[k])
        q = link_flow(form[k], size[k], opening[k], la, lb)
        if q == 0.0:
            continue
        sign = 1.0
        if q < 0.0:
            i, j, m, n, sign = m, n, i, j, -1.0
        sill_z = max(size[k, ENDS_Z], size[k, ENDS_Z + 1])
        volume = min(abs(q) * dt, _room(w, z, kind, i, j, m, n, _has_far(ends[k], far[k], q < 0.0), max(la, lb), sill_z, area))
        if volume <= 0.0:
            continue
        if kind[i, j] == WATER:
            into -= volume
        else:
            _take(w, z, hu, hv, i, j, volume / area, has_flow)
        if kind[m, n] == WATER:
            into += volume
        else:
            w[m, n] += volume / area
            deepest = max(deepest, w[m, n] - z[m, n])
        flow[k] = sign * volume / dt
        moved += volume
    return into, moved, deepest


@njit(**OPTIONS)
def _take(w: Any, z: Any, hu: Any, hv: Any, i: int, j: int, depth: float, has_flow: bool) -> None:
    """Lower the water of a cell; its flow goes with it."""
    before = w[i, j] - z[i, j]
    if has_flow and before > 0.0:
        share = np.float32(max(0.0, before - depth) / before)
        hu[i, j] *= share
        hv[i, j] *= share
    w[i, j] -= depth


@njit(**OPTIONS)
def sink(
    w: Any, z: Any, hu: Any, hv: Any, cells: Any, sill: Any, width: Any, taken: Any, first_s: Any, dt: float, area: float, at_s: float
) -> float:
    """Let entrances take water over their sills for dt, as broad-crested weirs into the open; returns m3.

    sill: above the ground, m; taken: m3 so far, by entrance; first_s: when each first took any, NaN before.
    """
    total, has_flow = 0.0, hu.size > 0
    for k in range(cells.shape[0]):
        i, j = cells[k]
        head = w[i, j] - z[i, j] - sill[k]
        if head > LEAST_HEAD_M:
            # at the mean of the heads before and after: between two steps the water around has come up again
            able = WEIR * width[k] * dt
            middle = max(0.0, head - 0.5 * able * head * math.sqrt(head) / area)
            volume = min(able * middle * math.sqrt(middle), 0.5 * head * area)
            _take(w, z, hu, hv, i, j, volume / area, has_flow)
            taken[k] += volume
            total += volume
            if first_s[k] != first_s[k]:
                first_s[k] = at_s
    return total
