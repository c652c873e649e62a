"""A vertical cut through the city along a line: the ground, and the outline of every building the line goes through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.city import City
from twin.city.height_grid import BareGround, Solids
from twin.city.measuring import ground_line
from twin.city.network import Network

Floats = NDArray[np.float64]
OVER_M = 2.5
"""Faces whose lowest lies this far above the ground hang free there: a passage, a bridge between towers."""


@dataclass(frozen=True)
class Cut:
    """One building in a section. outline: (N, 2) distance along the line and height, a closed ring; start, stop: along the line."""

    row: int
    outline: Floats

    @property
    def start(self) -> float:
        return float(self.outline[:, 0].min())

    @property
    def stop(self) -> float:
        return float(self.outline[:, 0].max())

    @property
    def top(self) -> float:
        return float(self.outline[:, 1].max())


@dataclass(frozen=True)
class Crossing:
    """Where the line meets a line of a network or layer. z is NaN where no height of it is known; below_m: depth it states, else NaN."""

    network: str
    row: int
    at_m: float
    z: float
    name: str = ""


@dataclass(frozen=True)
class Section:
    """line: (N, 2) vertices. s: metres along the line in plan; ground: (N, 3) points of the bare ground there; still: (N,) level of rivers
    and lakes, NaN where there is none or the source states no level."""

    line: Floats
    s: Floats
    ground: Floats
    still: Floats
    cuts: tuple[Cut, ...]
    crossings: tuple[Crossing, ...] = ()

    @property
    def length_m(self) -> float:
        return float(self.s[-1])

    def at(self, s: ArrayLike) -> Floats:
        """Points (N, 3) of the ground at distances along the line."""
        at = np.asarray(s, float)
        return np.column_stack([np.interp(at, self.s, self.ground[:, k]) for k in range(3)])


def section(city: City, line: ArrayLike, most: int = 4000) -> Section:
    """Cut along a line of two points or more, local metres. Raises ValueError for a line without length."""
    xy = np.asarray(line, float).reshape(-1, np.shape(line)[-1])[:, :2]
    keep = np.concatenate([[True], np.linalg.norm(np.diff(xy, axis=0), axis=1) > 1e-6])
    xy = xy[keep]
    if len(xy) < 2:
        raise ValueError("a section needs a line")
    ground = BareGround.of(city)
    s, points = ground_line(ground, xy, most)
    cuts: list[Cut] = []
    start = 0.0
    for a, b in zip(xy[:-1], xy[1:], strict=True):
        cuts += leg_cuts(city, a, b, start, s, points[:, 2])
        start += float(np.linalg.norm(b - a))
    return Section(xy, s, points, still_water(city, points), tuple(sorted(cuts, key=lambda c: c.start)), tuple(crossings(city, xy)))


def still_water(city: City, points: Floats) -> Floats:
    """Level of the permanent water (layer `water`, column level_m) over points of the ground, NaN where there is none."""
    out = np.full(len(points), np.nan)
    water = city.layers.get("water")
    if water is None or "level_m" not in water.table:
        return out
    level = pd.to_numeric(water.table["level_m"], errors="coerce").to_numpy(float)
    which, shape = shapely.STRtree(water.geometry).query(shapely.points(points[:, :2]), predicate="within")
    wet = level[shape] > points[which, 2]
    out[which[wet]] = level[shape[wet]]
    return out


def leg_cuts(city: City, a: Floats, b: Floats, start: float, s: Floats, ground: Floats) -> list[Cut]:
    """Buildings cut by one straight leg. start: of the leg along the line; s, ground: profile of the bare ground."""
    solids = Solids.of(city)
    length = float(np.linalg.norm(b - a))
    way = np.append((b - a) / length, 0.0)
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
    rows = solids.within(box)
    e = solids.extents[rows].astype(float)
    # Boxes on both sides of the line are met by it.
    side = np.column_stack([way[0] * (e[:, k + 1] - a[1]) - way[1] * (e[:, j] - a[0]) for j, k in ((0, 0), (3, 0), (0, 3), (3, 3))])
    rows = rows[(side.min(1) <= 0) & (side.max(1) >= 0)]
    corners, of = solids.triangles(rows)
    if not len(corners):
        return []
    ends, which = plane_segments(corners, np.append(a, 0.0), way)
    out = []
    low, high = ends[:, :, 0].min(1), ends[:, :, 0].max(1)
    met = (high >= 0) & (low <= length)
    ends, owner = ends[met], of[which[met]]
    order = np.argsort(owner, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        if len(part):
            for ring in _outlines(ends[part], length):
                ring[:, 0] += start
                floor = np.interp(ring[:, 0], s, ground)
                ring[:, 1] = np.where(np.isnan(ring[:, 1]), floor, ring[:, 1])
                out.append(Cut(int(owner[part[0]]), ring))
    return out


def plane_segments(corners: Floats, origin: Floats, way: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Where triangles (T, 3, 3) cross the vertical plane through origin along way (unit, level): ends (S, 2, 2) as distance along
    way and height, and the triangle of each."""
    rel = corners - origin
    across = rel[..., 0] * -way[1] + rel[..., 1] * way[0]
    across = np.where(across == 0, 1e-12, across)  # a corner on the plane counts to one side
    along = rel[..., 0] * way[0] + rel[..., 1] * way[1]
    up = across > 0
    hit = np.flatnonzero(up.any(1) & ~up.all(1))
    if not len(hit):
        return np.empty((0, 2, 2)), hit
    across, along, z, up = across[hit], along[hit], corners[hit, :, 2], up[hit]
    # The corner that is alone on its side; the plane cuts the two edges that leave it.
    lone = np.where(up.sum(1) == 1, up.argmax(1), (~up).argmax(1))
    i = np.arange(len(hit))
    ends = np.empty((len(hit), 2, 2))
    for k in (1, 2):
        other = (lone + k) % 3
        t = across[i, lone] / (across[i, lone] - across[i, other])
        ends[:, k - 1, 0] = along[i, lone] + t * (along[i, other] - along[i, lone])
        ends[:, k - 1, 1] = z[i, lone] + t * (z[i, other] - z[i, lone])
    return ends, hit


def _outlines(ends: Floats, length: float) -> list[Floats]:
    """Rings of one building from its segments (S, 2, 2); NaN heights stand for the ground. From what is highest down to the ground,
    or to its underside where that hangs free."""
    a, b = ends[:, 0], ends[:, 1]
    swap = a[:, 0] > b[:, 0]
    a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    breaks = np.unique(np.round(np.clip(np.concatenate([a[:, 0], b[:, 0], [0.0, length]]), 0.0, length), 4))
    breaks = breaks[(breaks >= a[:, 0].min() - 1e-3) & (breaks <= b[:, 0].max() + 1e-3)]
    wide = b[:, 0] - a[:, 0] > 1e-4
    a, b = a[wide], b[wide]
    left, right = breaks[:-1], breaks[1:]
    if not len(a) or not len(left):
        return []
    middle = (left + right) / 2
    over = (a[None, :, 0] <= middle[:, None]) & (b[None, :, 0] >= middle[:, None])
    rise = (b[:, 1] - a[:, 1]) / (b[:, 0] - a[:, 0])

    def heights(at: Floats) -> tuple[Floats, Floats]:
        z = a[None, :, 1] + (at[:, None] - a[None, :, 0]) * rise[None]
        return np.where(over, z, -np.inf).max(1), np.where(over, z, np.inf).min(1)

    (top0, low0), (top1, low1) = heights(left), heights(right)
    full = np.isfinite(top0)
    rings = []
    for run in np.split(np.flatnonzero(full), np.flatnonzero(np.diff(np.flatnonzero(full)) > 1) + 1):
        if not len(run):
            continue
        whole_low = min(low0[run].min(), low1[run].min())
        xs = np.column_stack([left[run], right[run]]).ravel()
        tops = np.column_stack([top0[run], top1[run]]).ravel()
        lows = np.column_stack([low0[run], low1[run]]).ravel()
        # What reaches down anywhere stands on the ground; only parts well above the building's own foot hang free.
        free = (lows > whole_low + OVER_M) & (lows < tops - 0.1)
        under = np.where(free, lows, np.nan)
        rings.append(np.concatenate([np.column_stack([xs, tops]), np.column_stack([xs, under])[::-1], [[xs[0], tops[0]]]]))
    return rings


# -- lines that cross ----------------------------------------------------------------------------------------------------------------------
DEPTHS = ("depth_m", "depth", "cover_m")
CROSSED = ("metro", "rail", "water", "drainage", "pipes", "gas", "heat", "power", "tunnels", "sewer")


def crossings(city: City, line: Floats) -> list[Crossing]:
    """Where pipes, rails and tunnels pass below or above the line, with their height where it is known: from their own geometry,
    from the nodes at their ends, or from a depth they state."""
    whole = shapely.LineString(line)
    ground = BareGround.of(city)
    found: list[Crossing] = []
    sources: list[tuple[str, NDArray[np.object_], pd.DataFrame, Network | None]]
    sources = [(name, n.geometry, n.edges, n) for name, n in city.networks.items() if name.split(" ")[0] in CROSSED]
    sources += [
        (name, f.geometry, f.table, None)
        for name, f in city.layers.items()
        if name.split(" ")[0] in CROSSED and name != "water" and name not in city.networks
    ]
    for name, geometry, table, network in sources:
        rows = np.flatnonzero(shapely.intersects(geometry, whole) & (shapely.get_dimensions(geometry) == 1))
        for row in rows:
            shape = geometry[row]
            for point in shapely.get_parts(shapely.intersection(shapely.force_2d(shape), whole)):
                if point.geom_type != "Point":
                    continue
                z = _level(shape, point)
                if not np.isfinite(z) and network is not None and "z" in network.nodes and name.split(" ")[0] in ("water", "drainage"):
                    ends = network.nodes["z"].to_numpy(float)[[int(table["start"].iloc[row]), int(table["end"].iloc[row])]]
                    part = shapely.line_locate_point(shapely.force_2d(shape), point, normalized=True)
                    z = float(ends[0] + (ends[1] - ends[0]) * part)
                for column in DEPTHS:
                    if not np.isfinite(z) and column in table:
                        depth = float(np.asarray([table[column].iloc[row]], float)[0])
                        z = float(ground.height(point.x, point.y)) - depth
                title = str(table["name"].iloc[row]) if "name" in table and isinstance(table["name"].iloc[row], str) else ""
                found.append(Crossing(name, int(row), float(shapely.line_locate_point(whole, point)), z, title))
    return sorted(found, key=lambda c: c.at_m)


def _level(shape: object, point: object) -> float:
    """Height of a line at a point on it, NaN where it has none."""
    if not shapely.has_z(shape):
        return float("nan")
    xyz = shapely.get_coordinates(shape, include_z=True)
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xyz[:, :2], axis=0), axis=1))])
    return float(np.interp(float(shapely.line_locate_point(shapely.force_2d(shape), point)), s, xyz[:, 2]))
