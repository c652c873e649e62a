"""Whether one point sees another, and what stands between them: ground and the triangles of buildings themselves.

Earth curvature and refraction: a point at distance d appears lower by (1 - k) d^2 / 2R, with R the radius of the earth and k = 0.13
for the standard atmosphere near the ground (Gauss; Torge and Mueller 2012, Geodesy, 5.1.1). Below a kilometre that is under 7 cm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.city.city import City
from twin.city.height_grid import BareGround, Solids
from twin.city.section import leg_cuts

Floats = NDArray[np.float64]
EARTH_M, REFRACTION = 6_371_000.0, 0.13
FAR_M = 1000.0
"""From here on curvature is worth telling."""
LEG_M = 500.0
"""Straight pieces of a curved line of sight: 4 mm from it."""
SKIN_M = 0.2
"""At its ends a line may touch the wall or roof its points were put on."""
MOST_RAISE_M = 1000.0
"""Over a wall right before the eye no tower helps."""


def drop_m(distance_m: ArrayLike, k: float = REFRACTION) -> Floats:
    """How much lower things appear at a distance, metres."""
    d = np.asarray(distance_m, float)
    return np.asarray((1 - k) * d**2 / (2 * EARTH_M))


@dataclass(frozen=True)
class Sight:
    """eye, target: (3,) ends. at: the first thing in the way, None where nothing is; by: what that is, row: of a building, else -1.

    path: (N, 3) the line itself. rows: every building in the way. sag_m: how far curvature and refraction bend the line at its
    middle. raise_m: how much higher the eye must be to see over all of it; 0 where it sees, NaN where no height helps.
    """

    eye: Floats
    target: Floats
    path: Floats
    at: Floats | None
    by: Literal["", "ground", "building"]
    row: int
    rows: tuple[int, ...]
    sag_m: float
    raise_m: float

    @property
    def is_clear(self) -> bool:
        return self.at is None

    @property
    def plan_m(self) -> float:
        return float(np.hypot(*(self.target - self.eye)[:2]))

    @property
    def free_m(self) -> float:
        """How far the eye sees along the line, in plan."""
        return self.plan_m if self.at is None else float(np.hypot(*(self.at - self.eye)[:2]))


def line_of_sight(city: City, eye: ArrayLike, target: ArrayLike, k: float = REFRACTION) -> Sight:
    """From eye to target, local metres with heights in the city's vertical datum. Raises ValueError where they are one point."""
    a, b = np.asarray(eye, float), np.asarray(target, float)
    plan = float(np.hypot(*(b - a)[:2]))
    if float(np.linalg.norm(b - a)) < 2 * SKIN_M:
        raise ValueError("eye and target are at one place")
    path = _path(a, b, plan, k)
    solids, first = Solids.of(city), None
    travelled = 0.0
    for p, q in zip(path[:-1], path[1:], strict=True):
        way = q - p
        length = float(np.linalg.norm(way))
        way = way / length
        near = SKIN_M if travelled == 0 else 0.0
        far = length - (SKIN_M if q is path[-1] or np.array_equal(q, path[-1]) else 0.0)
        met = solids.pick(p + way * near, way, far - near) if far > near else None
        if met is not None:
            first = (met[0], p + way * (near + met[1]))
            break
        travelled += length
    soil = _ground_hit(BareGround.of(city), path)
    at, by, row = None, "", -1
    if first is not None:
        at, by, row = first[1], "building", first[0]
    if soil is not None and (at is None or np.hypot(*(soil - a)[:2]) < np.hypot(*(at - a)[:2])):
        at, by, row = soil, "ground", -1
    rows, raise_m = _in_the_way(city, a, b, plan, k) if at is not None else ((), 0.0)
    if row >= 0 and row not in rows:
        rows = (row, *rows)
    return Sight(a, b, path, at, by, row, rows, float(drop_m(plan, k)) / 4, raise_m)  # type: ignore[arg-type]


def sag(along: ArrayLike, plan: float, k: float) -> Floats:
    """How far below the straight line light runs in flat coordinates: what stands there appears lower, so it must rise less."""
    d = np.asarray(along, float)
    return np.asarray((1 - k) * d * (plan - d) / (2 * EARTH_M))


def _path(a: Floats, b: Floats, plan: float, k: float) -> Floats:
    t = np.linspace(0, 1, 1 + max(1, int(np.ceil(plan / LEG_M))))
    path = a + (b - a) * t[:, None]
    # The earth bulges by this much between the ends; with the ground kept flat, the line of sight sags instead.
    path[:, 2] -= sag(t * plan, plan, k)
    return path


def _ground_hit(ground: BareGround, path: Floats) -> Floats | None:
    """First point of a line that lies below the bare ground."""
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    step = max(min(ground.cell_m / 2, 5.0), s[-1] / 200_000)
    t = np.linspace(0, s[-1], 2 + int(s[-1] / step))
    p = np.column_stack([np.interp(t, s, path[:, i]) for i in range(3)])
    gap = p[:, 2] - ground.height(p[:, 0], p[:, 1])
    below = np.flatnonzero((gap < 0) & (t > SKIN_M) & (t < s[-1] - SKIN_M))
    # An end put on the ground of a coarse picture may lie a little in it: that hides nothing.
    if not len(below):
        return None
    i = int(below[0])
    if i == 0 or gap[i - 1] <= 0:
        return np.asarray(p[i])
    u = gap[i - 1] / (gap[i - 1] - gap[i])
    return np.asarray(p[i - 1] + (p[i] - p[i - 1]) * u)


def _in_the_way(city: City, a: Floats, b: Floats, plan: float, k: float) -> tuple[tuple[int, ...], float]:
    """Buildings that rise into the line, nearest first, and how much higher the eye must be to see over them and the ground."""
    if plan < 2 * SKIN_M:
        return (), float("nan")
    ground = BareGround.of(city)
    s = np.linspace(0, plan, int(np.clip(plan / max(ground.cell_m / 2, 0.5), 2, 40_000)))
    xy = a[:2] + (b - a)[:2] * (s / plan)[:, None]
    z = ground.height(xy[:, 0], xy[:, 1])
    high, rows = [np.column_stack([s, z])], []
    for cut in leg_cuts(city, a[:2], b[:2], 0.0, s, z):
        top = cut.outline
        inside = (top[:, 0] > SKIN_M) & (top[:, 0] < plan - SKIN_M)
        over = top[:, 1] - (a[2] + (b[2] - a[2]) * top[:, 0] / plan - sag(top[:, 0], plan, k))
        if (over[inside] > 0).any():
            rows.append((cut.start, cut.row))
            high.append(top[inside])
    points = np.concatenate(high)
    points = points[(points[:, 0] > SKIN_M) & (points[:, 0] < plan - SKIN_M)]
    d = points[:, 0]
    # The eye at height e sees over z at d where e + (target - e) d / D - sag >= z.
    need = (points[:, 1] + sag(d, plan, k) - b[2] * d / plan) / (1 - d / plan)
    lift = float(need.max() - a[2]) if len(need) else 0.0
    return tuple(dict.fromkeys(r for _, r in sorted(rows))), max(lift, 0.0) if lift < MOST_RAISE_M else float("nan")
