"""Traffic on the clock: cars of a whole run on the roads of a city, roads that close and slow under them, and where they queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.driving import DEFAULTS
from twin.city.network import Network
from twin.city.routing import Graph
from twin.models.service import traffic_queues as queues
from twin.models.service.road_links import LEAST_FACTOR, RoadLinks
from twin.models.service.traffic_queues import Cars, Moving, Net

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
JAM_PER_M = 0.2
"""Vehicles on a metre of lane that stand."""
WAVE_MS = 5.0
"""Speed at which gaps run back through a queue: 0.2 vehicles a metre at a reaction time of 1 s (the defaults of UXsim, Seo 2025)."""
LEAST_S = 0.1
DRIVE_OUT_MS = 5.0 / 3.6
"""Who is on a road when it closes leaves it at a walk."""
CLASSES = 5
"""Word of the roads goes round in so many parts, by goal, so that not all drivers turn at once."""
EVENTS, NODES = 200_000, 400_000
"""Work of one call of a kernel: some hundredths of a second."""
SHARES = ("origin", "goal", "depart", "limit")
TREES = ("onward", "distance", "stamp")


@dataclass(frozen=True)
class Ways:
    """Links of a network for cars on the clock. edge, way: of each link; length_m, lanes, free_s by link; platoon: cars that drive as one."""

    net: Net
    edge: Ints
    way: Ints
    length_m: Floats
    lanes: Floats
    free_s: Floats
    toll_s: Floats
    platoon: int

    @staticmethod
    def of(network: Network, roads: RoadLinks, graph: Graph, goals: NDArray[np.int32], platoon: int = 1, toll_s: float = 0.0) -> Ways:
        """Links are the directions of edges in graph; goals: nodes that cars drive to; toll_s: seconds that a unit of toll is worth."""
        code = graph.edge.astype(np.int64) * 2 + graph.way
        codes, link = np.unique(code, return_inverse=True)
        edge, way = codes // 2, codes % 2
        ends = network.edges[["start", "end"]].to_numpy(np.int64)[edge]
        begin, end = np.where(way == 0, ends[:, 0], ends[:, 1]), np.where(way == 0, ends[:, 1], ends[:, 0])
        leaving = np.bincount(begin, minlength=graph.count)
        order = np.argsort(begin, kind="stable")
        number = np.empty(len(codes), np.int32)
        number[order] = np.arange(len(codes)) - np.repeat(np.cumsum(leaving) - leaving, leaving)
        turns = leaving[end]
        length, free = roads.length_m[edge], np.maximum(roads.free_s[edge], LEAST_S)
        room = roads.capacity_vph[edge, way] / 3600.0
        lanes = np.maximum(_lanes(network, roads)[edge, way], room / _wave_vps(length, free))
        storage = np.maximum(np.ceil(JAM_PER_M * length * lanes / platoon - 1e-9), 1).astype(np.int64)
        back_first, back_head, back_arc = graph.reverse
        copy, copy_at = graph.copies
        net = Net(
            graph.first, graph.head, link.ravel().astype(np.int32), graph.node, back_first, back_head, back_arc.astype(np.int32), copy,
            copy_at.astype(np.int64), np.cumsum(turns) - turns, number, int(turns.sum()), storage,
            np.concatenate([[0], np.cumsum(storage)]), length / WAVE_MS, platoon / room, np.asarray(goals, np.int32),
        )  # fmt: skip
        return Ways(net, edge, way, length, lanes, free, roads.toll[edge] * toll_s, platoon)

    def in_gap(self, free_s: Floats) -> Floats:
        """Least seconds between cars that come in: what a lane carries at the speed of now."""
        return self.platoon / (self.lanes * _wave_vps(self.length_m, free_s))


def _wave_vps(length_m: Floats, free_s: Floats) -> Floats:
    """Flow of a lane at the top of the triangle, vehicles a second."""
    speed = np.maximum(length_m, 1.0) / free_s
    return JAM_PER_M * WAVE_MS * speed / (speed + WAVE_MS)


def _lanes(network: Network, roads: RoadLinks) -> Floats:
    """By edge and direction; the usual ones of the class where none are stated."""
    e = network.edges
    n = len(e)
    kind = e["class"].fillna("road").astype(str) if "class" in e else pd.Series("residential", index=range(n))
    usual = np.array([DEFAULTS.get(k, DEFAULTS["road"])[1] for k in kind], float)
    oneway = e["oneway"].fillna(False).to_numpy(bool) if "oneway" in e else np.zeros(n, bool)
    stated = pd.to_numeric(e["lanes"], errors="coerce").to_numpy(float, na_value=np.nan) if "lanes" in e else np.full(n, np.nan)
    each = np.where(stated > 0, stated / np.where(oneway, 1.0, 2.0), usual)
    return np.repeat(np.maximum(each, 0.5)[:, None], 2, 1)


@dataclass
class Clock:
    """One world of cars. `advance` moves it, `set_roads` changes it; a fork goes its own way from now on."""

    ways: Ways
    every_s: float
    at_s: float
    moving: Moving
    cars: Cars
    tick_s: float
    """When word goes round next."""
    ticks: int = 0
    seen_s: Floats = field(default_factory=lambda: np.empty(0))
    """(links,) seconds that each takes now."""

    @staticmethod
    def of(ways: Ways, every_s: float, at_s: float) -> Clock:
        """Empty roads. every_s: word of the roads reaches each driver so often."""
        links, turns, goals, inner = len(ways.edge), ways.net.turns, len(ways.net.goal), len(ways.net.node)
        places = int(ways.net.ring0[-1])
        none = lambda n: np.full(n, -1, np.int32)  # noqa: E731
        zero = lambda n: np.zeros(n)  # noqa: E731
        cost = np.tile(ways.free_s + ways.toll_s, (CLASSES + 1, 1))
        moving = Moving(
            free_s=ways.free_s.copy(), in_gap=ways.in_gap(ways.free_s), open=np.ones(links, bool), came=np.zeros(links, np.int64),
            left=np.zeros(links, np.int64), last_in=np.full(links, -1e18), last_out=np.full(links, -1e18), ring_car=none(places),
            ring_left=np.full(places, -1e18), waiting=none(links), wait_next=none(2 * links), waits_for=none(2 * links),
            want=none(2 * links), since=zero(2 * links), tag=zero(turns + links), virtual=zero(links), gate_first=none(links),
            gate_last=none(links), due=np.full(3 * links, np.inf), took_sum=zero(links), took_count=np.zeros(links, np.int64), cost=cost,
            epoch=np.zeros(CLASSES + 1, np.int64), **_unsought(goals, inner), key=np.empty(4096), item=np.empty(4096, np.int32),
            count=np.zeros(3, np.int64),
        )  # fmt: skip
        empty = np.empty(0)
        cars = Cars(
            none(0), none(0), empty, empty.copy(), none(0), empty.copy(), empty.copy(), np.empty(0, np.int8), none(0),
            np.empty(0, np.int8), empty.copy(),
        )  # fmt: skip
        return Clock(ways, every_s, at_s, moving, cars, at_s + every_s / CLASSES, 0, ways.free_s.copy())

    def add(self, origin: NDArray[np.int32], goal: NDArray[np.int32], depart_s: Floats, limit_s: Floats) -> None:
        """Cars to come, in the order in which they set out, none before those there are. goal: number among the goals."""
        n, c = len(origin), self.cars
        more = Cars(
            origin, goal, depart_s, limit_s, np.full(n, -1, np.int32), np.zeros(n), np.zeros(n), np.zeros(n, np.int8),
            np.full(n, -1, np.int32), np.zeros(n, np.int8), np.full(n, np.nan),
        )  # fmt: skip
        self.cars = Cars(*(np.concatenate([a, np.asarray(b, a.dtype)]) for a, b in zip(c, more)))

    def advance(self, until_s: float, checkpoint: Callable[[float], Any] = lambda part: None) -> None:
        """Up to and including until_s. checkpoint may raise; the state is then between two times and of no further use."""
        begin = self.at_s
        trees = max(1, NODES // max(len(self.ways.net.node), 1))
        while self.at_s < until_s:
            to = min(until_s, self.tick_s)
            while True:
                done = queues.advance(self.ways.net, self.moving, self.cars, to, EVENTS, trees)
                if done == queues.DONE:
                    break
                if done == queues.FULL:
                    m = self.moving
                    self.moving = m._replace(key=np.concatenate([m.key, m.key]), item=np.concatenate([m.item, m.item]))
                checkpoint((self.at_s - begin) / (until_s - begin))
            self.at_s = to
            if to >= self.tick_s:
                self._tell(checkpoint)

    def _tell(self, checkpoint: Callable[[float], Any]) -> None:
        """Word of the roads as they are goes round."""
        m = self.moving
        self.seen_s = self._seconds()
        m.took_sum[:], m.took_count[:] = 0.0, 0
        for which in (self.ticks % CLASSES, CLASSES):
            m.cost[which] = np.where(m.open, self.seen_s + self.ways.toll_s, np.inf)
            m.epoch[which] += 1
        self.ticks += 1
        self.tick_s += self.every_s / CLASSES
        every = max(1, NODES // max(len(self.ways.net.node), 1))
        for low in range(0, len(m.waits_for), every):
            queues.rethink(self.ways.net, m, self.cars, low, min(low + every, len(m.waits_for)), self.at_s, False)
            checkpoint(0.0)

    def _seconds(self) -> Floats:
        """What each link takes now: as those who left it last found, or the first on it, who is there still."""
        m = self.moving
        took = np.where(m.took_count > 0, m.took_sum / np.maximum(m.took_count, 1), 0.0)
        return np.maximum(np.maximum(took, self.look()[1]), m.free_s)

    def set_roads(self, share: Floats) -> None:
        """From now on so much of the free speed is left on each edge; below LEAST_FACTOR it is closed."""
        m, w = self.moving, self.ways
        left = np.clip(np.nan_to_num(share, nan=1.0), 0.0, 1.0)[w.edge]
        is_open = left >= LEAST_FACTOR
        free = np.where(is_open, w.free_s / np.maximum(left, LEAST_FACTOR), np.maximum(w.length_m / DRIVE_OUT_MS, w.free_s))
        shut, opened = m.open & ~is_open, ~m.open & is_open
        if not (free != m.free_s).any() and not shut.any() and not opened.any():
            return
        m.open[:] = is_open
        queues.retime(w.net, m, self.cars, free, self.at_s)
        m.in_gap[:] = w.in_gap(free)
        if shut.any() or opened.any():
            m.cost[CLASSES] = np.where(is_open, np.maximum(self.seen_s, free) + w.toll_s, np.inf)
            m.epoch[CLASSES] += 1
            queues.rethink(w.net, m, self.cars, 0, len(m.waits_for), self.at_s, True)

    def look(self) -> tuple[Ints, Floats]:
        """By link: cars (platoons) in its queue, and seconds its first car has been on it."""
        standing, oldest = np.zeros(len(self.ways.edge), np.int64), np.zeros(len(self.ways.edge))
        queues.look(self.ways.net, self.moving, self.cars, self.at_s, standing, oldest)
        return standing, oldest

    def fates(self) -> Ints:
        """Cars (not platoons) by what became of them: TO_COME ... STOPPED."""
        return np.bincount(self.cars.fate, minlength=queues.STOPPED + 1) * self.ways.platoon

    def fork(self) -> Clock:
        moving = Moving(*(a.copy() for a in self.moving))
        shared = {k: getattr(self.cars, k) for k in SHARES}
        cars = Cars(**shared, **{k: a.copy() for k, a in self.cars._asdict().items() if k not in SHARES})
        return Clock(self.ways, self.every_s, self.at_s, moving, cars, self.tick_s, self.ticks, self.seen_s.copy())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that cannot be found again; ways are sought anew from what drivers believe."""
        kept = {k: v for k, v in self.moving._asdict().items() if k not in TREES}
        clock = np.array([self.at_s, self.tick_s, self.ticks])
        return {**kept, **self.cars._asdict(), "seen_s": self.seen_s, "clock": clock}

    def take(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Become what was kept."""
        sought = _unsought(len(self.ways.net.goal), len(self.ways.net.node))
        self.moving = Moving(**{k: sought[k] if k in sought else arrays[k] for k in Moving._fields})
        self.cars = Cars(**{k: arrays[k] for k in Cars._fields})
        self.seen_s = arrays["seen_s"]
        self.at_s, self.tick_s, self.ticks = float(arrays["clock"][0]), float(arrays["clock"][1]), int(arrays["clock"][2])


def _unsought(goals: int, inner: int) -> dict[str, NDArray[Any]]:
    return {
        "stamp": np.full((2, goals), -1, np.int64), "onward": np.full((2, goals, inner), -1, np.int16),
        "distance": np.full((2, goals, inner), np.inf, np.float32),
    }  # fmt: skip
