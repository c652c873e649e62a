"""Cars that could be on the roads: a stream for each carriageway by its class and the hour, along streets that go on into one another.

Nothing here is measured or assigned: it shows where and how much traffic streets of a class usually carry, and pictures made
from it say "simulated".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.network import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Class: vehicles an hour and lane at the busiest hour, km/h where the source gives no speed, lanes each way where it gives none.
# Of the order of the default capacities and free speeds of transport planning handbooks (HCM 6th ed. 2016; FGSV HBS 2015), well
# below capacity: streets as they are seen to flow.
CLASSES: dict[str, tuple[float, float, float]] = {
    "motorway": (1300.0, 90.0, 2.0), "trunk": (1000.0, 70.0, 2.0), "primary": (520.0, 50.0, 1.5), "secondary": (380.0, 45.0, 1.0),
    "tertiary": (230.0, 40.0, 1.0), "unclassified": (90.0, 30.0, 1.0), "residential": (45.0, 30.0, 1.0), "road": (90.0, 30.0, 1.0),
    "living_street": (14.0, 12.0, 0.5), "service": (10.0, 12.0, 0.5),
}  # fmt: skip
BY_HOUR = np.array([
    0.12, 0.07, 0.05, 0.05, 0.08, 0.22, 0.52, 0.88, 1.00, 0.80, 0.68, 0.68, 0.72, 0.72, 0.72, 0.78, 0.90, 1.00, 0.94, 0.72, 0.52, 0.40,
    0.32, 0.20,
])  # fmt: skip
"""Share of the busiest hour by hour of a working day (shape of urban daily curves, e.g. FHWA Traffic Monitoring Guide 2022, ch. 1)."""
WEEKEND = 0.72
LANE_M = 3.25
CAR, TRUCK, BUS = 0, 1, 2
MOST_CARS = 60_000
STRAIGHT_RAD = 1.1
"""A street goes on into another that turns less than this."""
HEADWAY_M = 13.0
"""Vehicles of one lane of an edge are not nearer to one another than this, measured from middle to middle: two buses do not touch."""
LOOSE = (0.1, 0.42)
"""How far a car is off its place in the stream of its street, at least and at most: shares of the time to the next one."""


@dataclass(frozen=True)
class Positions:
    """Where vehicles are. xyz: (N, 3) local metres on the road; heading: radians clockwise from north; kind: CAR, TRUCK, BUS or those of
    the vehicles of a timetable; color: uint8 (N, 3); who: int64 number that stays with a vehicle."""

    xyz: Floats
    heading: Floats
    kind: NDArray[np.uint8]
    color: NDArray[np.uint8]
    who: Ints

    def __len__(self) -> int:
        return len(self.heading)

    @staticmethod
    def none() -> Positions:
        return Positions(np.empty((0, 3)), np.empty(0), np.empty(0, np.uint8), np.empty((0, 3), np.uint8), np.empty(0, np.int64))


@dataclass(frozen=True)
class Course:
    """Lines that vehicles follow: points (P, 3) on the surface, offsets (L + 1,) into them, edge row of each line."""

    points: Floats
    offsets: Ints
    rows: Ints

    @cached_property
    def along(self) -> Floats:
        """Distance of each point from the first of all, level metres; lines follow one another without a gap."""
        step = np.hypot(*np.diff(self.points[:, :2], axis=0).T)
        step[self.offsets[1:-1] - 1] = 0.0
        return np.concatenate([[0.0], np.cumsum(step)])

    @cached_property
    def start(self) -> Floats:
        """`along` at the first point of each line."""
        return self.along[self.offsets[:-1]]

    @cached_property
    def length(self) -> Floats:
        return self.along[self.offsets[1:] - 1] - self.start

    def at(self, line: Ints, metres: Floats) -> tuple[Floats, Floats]:
        """Points (N, 3) so many metres along lines, and the direction (N, 2) of the lines there; straight on beyond their ends."""
        d = self.start[line] + metres
        i = np.clip(np.searchsorted(self.along, d, "right") - 1, self.offsets[line], self.offsets[line + 1] - 2)
        a, b = self.points[i], self.points[i + 1]
        span = np.maximum(self.along[i + 1] - self.along[i], 1e-9)
        t = ((d - self.along[i]) / span)[:, None]
        return a + (b - a) * t, (b - a)[:, :2] / span[:, None]


@dataclass
class TrafficFlow:
    """Streams over the roads of a network.

    course: the roads as they are drawn, one line an edge. left: traffic keeps to the left. Cars keep their place in the stream of
    their street; a slower edge holds more of them, as many as HEADWAY_M allows, a closed one none, and those in tunnels are not seen.
    """

    network: Network
    course: Course
    left: bool = False
    density: float = 1.0
    _factor: Floats | None = None
    _times: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        e = self.network.edges
        kind = e["class"].fillna("").astype(str).str.removesuffix("_link") if "class" in e else pd.Series(["residential"] * len(e))
        known = kind.isin(list(CLASSES)).to_numpy(bool)
        if "drivable" in e:
            known &= e["drivable"].fillna(True).to_numpy(bool)
        usual = np.array([CLASSES.get(k, CLASSES["road"]) for k in kind])
        speed = pd.to_numeric(e["speed_kmh"], errors="coerce").to_numpy(float) if "speed_kmh" in e else np.full(len(e), np.nan)
        speed = np.where(np.isfinite(speed) & (speed > 3), speed, usual[:, 1]) / 3.6
        oneway = e["oneway"].fillna(False).to_numpy(bool) if "oneway" in e else np.zeros(len(e), bool)
        lanes = pd.to_numeric(e["lanes"], errors="coerce").to_numpy(float) if "lanes" in e else np.full(len(e), np.nan)
        lanes = np.where(np.isfinite(lanes) & (lanes > 0), lanes / np.where(oneway, 1, 2), usual[:, 2])
        line = np.flatnonzero(known[self.course.rows] & (self.course.length > 2.0))
        row = self.course.rows[line]
        back = ~oneway[row]
        # One arc for each way a line may be driven.
        self._line = np.concatenate([line, line[back]])
        self._row = self.course.rows[self._line]
        self._back = np.concatenate([np.zeros(len(line), bool), np.ones(int(back.sum()), bool)])
        self._lanes = np.maximum(1, np.floor(lanes[self._row] + 0.01)).astype(np.int64)
        self._oneway = oneway[self._row]
        self._flow = usual[self._row, 0] * np.maximum(lanes[self._row], 0.5)
        self._speed = speed[self._row]
        self._heavy = kind.isin(("motorway", "trunk", "primary")).to_numpy(bool)[self._row]
        tunnel = e["tunnel"].fillna(False).to_numpy(bool) if "tunnel" in e else np.zeros(len(e), bool)
        self._tunnel = tunnel[self._row]
        self._chain()
        self._fill()
        self.set_factors(None)

    def __len__(self) -> int:
        """Cars at the busiest hour."""
        return len(self._number)

    def _chain(self) -> None:
        """Arcs in the order in which they are driven, street by street: each goes on into the one that turns least."""
        n, c = len(self._line), self.course
        first, last = c.offsets[self._line], c.offsets[self._line + 1] - 1
        p = c.points[:, :2]
        out = np.where(self._back[:, None], p[last - 1] - p[last], p[first + 1] - p[first])
        into = np.where(self._back[:, None], p[first] - p[first + 1], p[last] - p[last - 1])
        leave, arrive = np.arctan2(out[:, 1], out[:, 0]), np.arctan2(into[:, 1], into[:, 0])
        e = self.network.edges
        start, end = e["start"].to_numpy(np.int64)[self._row], e["end"].to_numpy(np.int64)[self._row]
        tail, head = np.where(self._back, end, start), np.where(self._back, start, end)
        follow = np.arange(n)
        if n:
            a, b = _pairs(head, tail)
            turn = np.abs((leave[b] - arrive[a] + np.pi) % (2 * np.pi) - np.pi)
            fit = (turn < STRAIGHT_RAD) & (self._line[a] != self._line[b])
            a, b, cost = a[fit], b[fit], turn[fit] + 0.3 * np.abs(np.log(self._flow[a] / self._flow[b]))[fit]
            best = np.lexsort((cost, a))
            best_of_a = best[np.unique(a[best], return_index=True)[1]]
            best = np.lexsort((cost, b))
            best_of_b = best[np.unique(b[best], return_index=True)[1]]
            both = np.intersect1d(best_of_a, best_of_b)
            follow[a[both]] = b[both]
        order, street = _streets(follow)
        for name in ("_line", "_row", "_back", "_lanes", "_oneway", "_flow", "_speed", "_heavy", "_tunnel"):
            setattr(self, name, getattr(self, name)[order])
        self._street = street
        self._length = c.length[self._line]

    def _fill(self) -> None:
        """Cars of the busiest hour: for each its street, place in its stream, rank (how soon it stays at home) and look."""
        random = np.random.default_rng(11)
        streets = int(self._street.max(initial=-1)) + 1
        self._first = np.searchsorted(self._street, np.arange(streets + 1))
        time = self._length / self._speed
        most = np.zeros(streets)
        np.maximum.at(most, self._street, self._flow)
        run = np.bincount(self._street, time, streets)
        expected = most / 3600.0 * run
        total = float(expected.sum())
        if total > MOST_CARS:
            self.density = MOST_CARS / total
        count = random.poisson(expected * self.density)
        street = np.repeat(np.arange(streets), count)
        # Evenly, each a little off its place; lanes take turns.
        self._number = np.arange(len(street)) - np.repeat(np.cumsum(count) - count, count)
        self._aside = random.uniform(-1.0, 1.0, len(street))
        self._count = np.maximum(count, 1)
        self._car_street = street
        self._rank = random.permutation(len(street)) / max(1, len(street))
        self._most = most
        what = random.random(len(street))
        heavy = np.zeros(streets, bool)
        np.logical_or.at(heavy, self._street, self._heavy)
        self._kind = np.where(what < np.where(heavy[street], 0.10, 0.03), TRUCK, np.where((what > 0.965) & heavy[street], BUS, CAR)).astype(
            np.uint8
        )
        self._color = COLORS[random.integers(0, len(COLORS), len(street))]
        self._color[self._kind == BUS] = (178, 82, 64)
        self._color[self._kind == TRUCK] = TRUCK_COLORS[random.integers(0, len(TRUCK_COLORS), int((self._kind == TRUCK).sum()))]

    def set_factors(self, factor: Floats | None) -> None:
        """Share of the free speed that can be driven on each edge of the network; 0: impassable, None: all free."""
        self._factor = None if factor is None else np.where(np.isfinite(factor), np.clip(factor, 0.0, 1.0), 1.0)
        by_arc = np.ones(len(self._row)) if self._factor is None else self._factor[self._row]
        self._open = (by_arc > 0.01) & ~self._tunnel
        speed = self._speed * np.where(self._open, np.maximum(by_arc, 0.08), 1.0)
        time = self._length / speed
        ends = np.cumsum(time)
        self._arc_end, self._arc_start = ends, ends - time
        base = np.concatenate([[0.0], ends])[self._first]
        self._base, self._run = base[:-1], np.diff(base)
        # What HEADWAY_M takes of the stream where it is seen, in places of cars; of those of a lane all, every second, ... may drive.
        self._need = HEADWAY_M / speed * (self._count / self._run)[self._street]
        loose = np.full(len(self._run), LOOSE[1])
        np.minimum.at(loose, self._street[self._open], ((self._lanes - self._need) / 2)[self._open])
        self._loose = np.clip(loose, *LOOSE)
        self._every = np.maximum(1, np.ceil((self._need + 2 * self._loose[self._street]) / self._lanes - 1e-9)).astype(np.int64)

    def at(self, run_s: float, day_s: float, weekend: bool = False) -> Positions:
        """The cars run_s seconds on, at a time of day (seconds since midnight) that says how many there are."""
        if not len(self._number):
            return Positions.none()
        hour = day_s / 3600.0 - 0.5  # the share of an hour is that of its middle
        whole = int(np.floor(hour))
        share = float(BY_HOUR[whole % 24] + (BY_HOUR[(whole + 1) % 24] - BY_HOUR[whole % 24]) * (hour - whole))
        share *= WEEKEND if weekend else 1.0
        some = np.flatnonzero(self._rank < share)
        street = self._car_street[some]
        run, count, loose, number = self._run[street], self._count[street], self._loose[street], self._number[some]
        t = self._base[street] + ((number + loose * self._aside[some]) / count * run + run_s) % run
        arc = np.clip(np.searchsorted(self._arc_end, t, "right"), self._first[street], self._first[street + 1] - 1)
        # An edge that carries less than the busiest one of its street has fewer of its cars; none is on a closed one.
        spread = (self._rank[some] * 7919.0) % 1.0
        keep = (spread < self._flow[arc] / self._most[street]) & self._open[arc]
        # Nor are those that would be too near to the next of their lane, or, the last ones, to the first that comes round again.
        lanes = self._lanes[arc]
        lane = number % lanes
        last = count + lane - number
        keep &= (number // lanes % self._every[arc] == 0) & ((number < lanes) | (last - 2 * loose >= self._need[arc]))
        lane, lanes = lane[keep], lanes[keep]
        some, arc, t = some[keep], arc[keep], t[keep]
        part = (t - self._arc_start[arc]) / np.maximum(self._arc_end[arc] - self._arc_start[arc], 1e-9)
        back = self._back[arc]
        line = self._line[arc]
        metres = np.where(back, 1.0 - part, part) * self._length[arc]
        xyz, way = self.course.at(line, metres)
        way = np.where(back[:, None], -way, way)
        aside = np.where(self._oneway[arc], (lane - (lanes - 1) / 2.0) * LANE_M, (lane + 0.5) * LANE_M)
        side = np.column_stack([way[:, 1], -way[:, 0]]) * (-1.0 if self.left else 1.0)
        xyz[:, :2] += side * aside[:, None]
        return Positions(xyz, np.arctan2(way[:, 0], way[:, 1]), self._kind[some], self._color[some], some)


COLORS = np.array(
    [(232, 232, 230), (236, 236, 236), (205, 207, 210), (176, 180, 184), (150, 154, 160), (96, 100, 106), (62, 65, 70), (44, 46, 50),
     (70, 96, 140), (58, 80, 118), (150, 48, 44), (172, 60, 50), (206, 190, 160), (82, 110, 96)],
    np.uint8,
)  # fmt: skip
TRUCK_COLORS = np.array([(228, 226, 220), (214, 208, 196), (120, 136, 160), (180, 120, 70)], np.uint8)


def _pairs(head: Ints, tail: Ints) -> tuple[Ints, Ints]:
    """All pairs of arcs of which the second starts where the first ends."""
    order = np.argsort(tail, kind="stable")
    low, high = np.searchsorted(tail[order], head, "left"), np.searchsorted(tail[order], head, "right")
    count = high - low
    first = np.repeat(np.arange(len(head)), count)
    place = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return first, order[low[first] + place]


def _streets(follow: Ints) -> tuple[Ints, Ints]:
    """Order of arcs, street after street, and the street of each in that order. follow: next of each arc, itself at an end.

    By doubling jumps; a ring is cut before its first arc.
    """
    n = len(follow)
    every = np.arange(n)
    rounds = max(1, int(np.ceil(np.log2(max(n, 2)))) + 1)
    jump, least = follow.copy(), every.copy()
    for _ in range(rounds):
        least = np.minimum(least, least[jump])
        jump = jump[jump]
    ring = follow[jump] != jump  # its jumps never come to an end
    follow = np.where(ring & (follow == least), every, follow)
    jump, steps = follow.copy(), (follow != every).astype(np.int64)
    for _ in range(rounds):
        steps = steps + steps[jump]
        jump = jump[jump]
    order = np.lexsort((-steps, jump))
    street = np.cumsum(np.concatenate([[0], (np.diff(jump[order]) != 0).astype(np.int64)])) if n else np.empty(0, np.int64)
    return order, street


def drives_on_left(longitude: float, latitude: float) -> bool:
    """Whether traffic keeps left at a place, by boxes around the countries where it does (coarse at their borders)."""
    return any(w <= longitude <= e and s <= latitude <= n for w, s, e, n in LEFT)


LEFT = (
    (-11.0, 49.8, 1.8, 61.0), (129.3, 30.0, 146.0, 45.6), (113.8, 22.15, 114.5, 22.57), (68.0, 6.0, 89.0, 33.0), (88.0, 20.5, 92.7, 26.7),
    (112.0, -44.0, 179.0, -10.0), (16.0, -35.0, 33.0, -22.0), (29.3, -12.0, 42.0, 4.5), (95.0, -11.0, 119.5, 6.0), (97.3, 5.6, 105.7, 20.5),
    (32.2, 34.5, 34.6, 35.7), (14.1, 35.7, 14.6, 36.1), (-78.4, 17.7, -76.1, 18.6), (103.6, 1.15, 104.1, 1.48),
)  # fmt: skip
"""West, south, east, north: British Isles, Japan, Hong Kong, India and Pakistan, Bangladesh, Australia and New Zealand, southern and
eastern Africa, Indonesia and Malaysia, Thailand, Cyprus, Malta, Jamaica, Singapore."""
