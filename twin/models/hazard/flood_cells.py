"""Compiled passes of the cloudburst model over cells: rain and losses, where water may be, sums. Arrays as in flood_kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

from twin.models.hazard.flood_kernels import GRAVITY, MARGIN, OPTIONS


@njit(parallel=True, **OPTIONS)
def rain_and_losses(
    w: Any, z: Any, hu: Any, hv: Any, rain_weight: Any, pervious: Any, drain: Any, taken: Any, fallen: Any, rain_m: float, dt: float,
    mode: int, k_ms: float, suction_deficit_m: float, capacity_m: float,
) -> tuple[float, float, float]:
    """Rain of dt on the cells, and what soil and drains take of it.

    hu, hv: flow of cells, which goes with the water that is taken, or (0, 0). rain_weight: 1, more beside roofs; pervious: share of the
    ground; drain: m/s; taken: depth infiltrated in the pervious part, m; fallen: rain since the start, m (mode 3; else (0, 0)).
    mode: 0 no infiltration, 1 Green-Ampt (k_ms, suction_deficit_m; see rain.green_ampt_step), 2 capacity_m in this dt, 3 SCS with
    k_ms for its storage and suction_deficit_m for its initial abstraction, m (see rain.curve_number_m).
    Returns depth sums over cells, m: rain, infiltrated, drained.
    """
    rows, columns = w.shape
    sums = np.zeros((rows, 3))
    kt, has_flow = k_ms * dt, hu.size > 0
    for i in prange(rows):
        fell, soaked, drained = 0.0, 0.0, 0.0
        for j in range(columns):
            add = rain_m * rain_weight[i, j]
            h = w[i, j] - z[i, j] + add
            if mode == 3:
                fallen[i, j] += np.float32(add)
            if h > 0.0:
                able = 0.0
                if mode == 1 and pervious[i, j] > 0.0:
                    f = taken[i, j]
                    rest = kt - 2.0 * f
                    able = 0.5 * (rest + math.sqrt(rest * rest + 8.0 * kt * (suction_deficit_m + f))) * pervious[i, j]
                elif mode == 2:
                    able = capacity_m * pervious[i, j]
                elif mode == 3 and pervious[i, j] > 0.0:
                    over = max(fallen[i, j] - suction_deficit_m, 0.0)
                    kept = fallen[i, j] - over * over / (over + k_ms) if over > 0.0 else fallen[i, j]
                    able = max(kept - taken[i, j], 0.0) * pervious[i, j]
                into_soil = min(h, able)
                into_drain = min(h - into_soil, drain[i, j] * dt)
                if into_soil > 0.0:
                    taken[i, j] += np.float32(into_soil / pervious[i, j])
                left = h - (into_soil + into_drain)
                if has_flow and left < h:
                    share = np.float32(max(left, 0.0) / h)
                    hu[i, j] *= share
                    hv[i, j] *= share
                w[i, j] = z[i, j] + left
                fell += add
                soaked += into_soil
                drained += into_drain
        sums[i, 0], sums[i, 1], sums[i, 2] = fell, soaked, drained
    a, b, c = 0.0, 0.0, 0.0
    for i in range(rows):
        a, b, c = a + sums[i, 0], b + sums[i, 1], c + sums[i, 2]
    return a, b, c


@njit(parallel=True, **OPTIONS)
def record(
    w: Any, z: Any, a: Any, b: Any, at_faces: bool, land: Any, dt: float, at_s: float, seen_m: float, long_m: float, rapid_m: float,
    highest: Any, arrival: Any, duration: Any, fastest: Any, hazard: Any, grade: Any,
) -> int:
    """What has been worst in each cell of land until at_s, dt after the last time. a, b: flows of faces or of cells.

    highest, m; arrival, s, of seen_m; duration, s, over long_m; fastest, m/s, hazard (hazard_rating) and grade (hazard_class) where
    there is seen_m. Returns how many cells deeper than rapid_m run faster than waves do (Froude number over 1).
    """
    rows, columns = w.shape
    rapid = np.zeros(rows, np.int64)
    for i in prange(rows):
        for j in range(columns):
            h = w[i, j] - z[i, j]
            if h <= 0.0 or not land[i, j]:
                continue
            if h > highest[i, j]:
                highest[i, j] = np.float32(h)
            if h > long_m:
                duration[i, j] += np.float32(dt)
            if h <= seen_m:
                continue
            if arrival[i, j] != arrival[i, j]:
                arrival[i, j] = np.float32(at_s)
            u, v = (0.5 * (a[i, j] + a[i, j + 1]), 0.5 * (b[i, j] + b[i + 1, j])) if at_faces else (a[i, j] * 1.0, b[i, j] * 1.0)
            speed = math.sqrt(u * u + v * v) / h
            if speed > fastest[i, j]:
                fastest[i, j] = np.float32(speed)
            rating = hazard_rating(h, speed)
            if rating > hazard[i, j]:
                hazard[i, j] = np.float32(rating)
            worse = hazard_class(h, speed)
            if worse > grade[i, j]:
                grade[i, j] = np.float32(worse)
            if h > rapid_m and speed * speed > GRAVITY * h:
                rapid[i] += 1
    return rapid.sum()


@njit(**OPTIONS)
def hazard_rating(depth: float, speed: float) -> float:
    """Danger to people of water of a depth, m, and speed, m/s: d (v + 0.5) + DF with the debris factor of towns (Defra and Environment
    Agency 2006, FD2321/TR1): 0 up to 0.25 m and 2 m/s, else 1. Low below 0.75, some 1.25, most 2.0, all beyond."""
    return depth * (speed + 0.5) + (0.0 if depth <= 0.25 and speed <= 2.0 else 1.0)


@njit(**OPTIONS)
def hazard_class(depth: float, speed: float) -> int:
    """Who and what withstands water of a depth, m, and speed, m/s: 1 all, 2 not small cars, 3 no cars, children or old people, 4 no people,
    5 some buildings fail, 6 all of them may (AIDR 2017, Guideline 7-3, Flood hazard, table 1; H1 to H6)."""
    thrust = depth * speed
    if depth <= 0.3 and speed <= 2.0 and thrust <= 0.3:
        return 1
    if depth <= 0.5 and speed <= 2.0 and thrust <= 0.6:
        return 2
    if depth <= 1.2 and speed <= 2.0 and thrust <= 0.6:
        return 3
    if depth <= 2.0 and speed <= 2.0 and thrust <= 1.0:
        return 4
    return 5 if depth <= 4.0 and speed <= 4.0 and thrust <= 4.0 else 6


@njit(**OPTIONS)
def wet_in_rows(w: Any, z: Any, still: Any) -> tuple[Any, Any]:
    """First wet column of each row and the one after the last; still: permanent water that cannot spill, which counts as dry."""
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
    return first, last


@njit(**OPTIONS)
def within_margin(first: Any, last: Any, i: int, columns: int) -> tuple[int, int]:
    """Columns of a row that water may reach within MARGIN steps; 0, 0 where none does."""
    a, b = columns, 0
    for k in range(max(0, i - MARGIN), min(first.size, i + MARGIN + 1)):
        a, b = min(a, first[k]), max(b, last[k])
    return (max(0, a - MARGIN), min(columns, b + MARGIN)) if a < b else (0, 0)


@njit(**OPTIONS)
def wet_spans(w: Any, z: Any, still: Any, qx: Any, qy: Any, low: Any, high: Any) -> None:
    """Columns per row that may hold water within MARGIN steps; flows left behind outside are cleared.

    still: permanent water that cannot spill, which counts as dry.
    """
    first, last = wet_in_rows(w, z, still)
    for i in range(w.shape[0]):
        a, b = within_margin(first, last, i, w.shape[1])
        for j in range(low[i], high[i] + 1):
            if a >= b or j < a or j > b:
                qx[i, j] = np.float32(0.0)
        for j in range(low[i], high[i]):
            if j < a or j >= b:
                qy[i, j] = np.float32(0.0)
                qy[i + 1, j] = np.float32(0.0)
        low[i], high[i] = a, b


@njit(**OPTIONS)
def stored_m(w: Any, z: Any, land: Any) -> float:
    """Sum of depths over land cells, m, in a fixed order."""
    total = 0.0
    for i in range(w.shape[0]):
        row = 0.0
        for j in range(w.shape[1]):
            if land[i, j]:
                row += w[i, j] - z[i, j]
        total += row
    return total


@njit(parallel=True, **OPTIONS)
def cell_velocity(w: Any, z: Any, a: Any, b: Any, at_faces: bool, speed: Any, east: Any, north: Any, least_m: float) -> None:
    """Speed at cell centres, m/s, and its parts towards east and north, from flows of faces (mean of opposite ones) or of cells; 0 below
    least_m of water. The parts are in steps of 0.24 mm/s: such numbers take half the disk."""
    for i in prange(w.shape[0]):
        for j in range(w.shape[1]):
            h = w[i, j] - z[i, j]
            u, v = 0.0, 0.0
            if h > least_m:
                u, v = (0.5 * (a[i, j] + a[i, j + 1]), 0.5 * (b[i, j] + b[i + 1, j])) if at_faces else (a[i, j] * 1.0, b[i, j] * 1.0)
                u, v = u / h, v / h
            speed[i, j] = np.float32(math.sqrt(u * u + v * v))
            east[i, j] = np.float32(math.floor(u * 4096.0 + 0.5) / 4096.0)
            north[i, j] = np.float32(math.floor(v * 4096.0 + 0.5) / 4096.0)
