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
from twin.models.service import traffic_tables as tables
from twin.models.service.road_links import LEAST_FACTOR, RoadLinks, road_links
from twin.models.service.traffic_tables import Moving, Net

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
NEVER = 1e18
QUEUE = 3
"""So many cars make a queue whose speed says something."""
TREES = ("stamp", "onward", "distance")


@dataclass(frozen=True)
class Ways:
    """Links of a network for cars on the clock. edge, way, length_m, lanes, free_s: of each; platoon: cars that drive as one."""

    net: Net
    road: NDArray[Any]
    """ROAD of each, empty."""
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
        number = np.empty(len(codes), np.int64)
        number[order] = np.arange(len(codes)) - np.repeat(np.cumsum(leaving) - leaving, leaving)
        turns = leaving[end]
        length, free = roads.length_m[edge], np.maximum(roads.free_s[edge], LEAST_S)
        room = roads.capacity_vph[edge, way] / 3600.0
        lanes = np.maximum(_lanes(network, roads)[edge, way], room / _wave_vps(length, free))
        storage = np.maximum(np.ceil(JAM_PER_M * length * lanes / platoon - 1e-9), 1).astype(np.int64)
        back_first, back_head, back_arc = graph.reverse
        copy, copy_at = graph.copies
        road = np.zeros(len(codes), tables.ROAD)
        road["turn0"], road["number"], road["storage"] = np.cumsum(turns) - turns, number, storage
        road["ring0"], road["hole_s"] = np.cumsum(storage) - storage, length / WAVE_MS
        road["out_gap"], road["free_s"] = platoon / room, free
        road["in_gap"] = platoon / (lanes * _wave_vps(length, free))
        road["open"], road["last_in"], road["last_out"] = 1, -NEVER, -NEVER
        for name in ("waiting", "gate_first", "gate_last"):
            road[name] = -1
        net = Net(
            graph.first, graph.head, link.ravel().astype(np.int64), graph.node, back_first, back_head, back_arc.astype(np.int32), copy,
            copy_at.astype(np.int64), np.asarray(goals, np.int64), int(turns.sum()),
        )  # fmt: skip
        return Ways(net, road, edge, way, length, lanes, free, roads.toll[edge] * toll_s, platoon)

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
    cars: NDArray[Any]
    """CAR of each, in the order in which they set out."""
    tick_s: float
    """When word goes round next."""
    ticks: int = 0
    seen_s: Floats = field(default_factory=lambda: np.empty(0))
    """(links,) seconds that each takes now."""

    @staticmethod
    def of(ways: Ways, every_s: float, at_s: float) -> Clock:
        """Empty roads. every_s: word of the roads reaches each driver so often."""
        links, turns = len(ways.edge), ways.net.turns
        mouth = np.zeros(2 * links, tables.MOUTH)
        for name in ("wait_next", "waits_for", "want"):
            mouth[name] = -1
        place = np.zeros(int(ways.road["storage"].sum()), tables.PLACE)
        place["left_s"] = -NEVER
        stamp, onward, distance = _unsought(len(ways.net.goal), len(ways.net.node))
        moving = Moving(
            ways.road.copy(), mouth, place, np.zeros(turns + links), np.full(3 * links, np.inf),
            np.tile(ways.free_s + ways.toll_s, (CLASSES + 1, 1)), np.zeros(CLASSES + 1, np.int64), stamp, onward, distance,
            np.empty(4096), np.empty(4096, np.int32), np.zeros(3, np.int64),
        )  # fmt: skip
        cars = np.empty(0, tables.CAR)
        return Clock(ways, every_s, at_s, moving, cars, at_s + every_s / CLASSES, 0, ways.free_s.copy())

    def add(self, origin: Ints, goal: Ints, depart_s: Floats, limit_s: Floats) -> None:
        """Cars to come, in the order in which they set out, none before those there are. goal: number among the goals."""
        more = np.zeros(len(origin), tables.CAR)
        more["origin"], more["goal"], more["depart"], more["limit"] = origin, goal, depart_s, limit_s
        more["arc"], more["gate_next"], more["end"] = -1, -1, np.nan
        self.cars = np.concatenate([self.cars, more])

    def advance(self, until_s: float, checkpoint: Callable[[float], Any] = lambda part: None) -> None:
        """Up to and including until_s. checkpoint may raise; the state is then between two times and of no further use."""
        begin = self.at_s
        trees = max(1, NODES // max(len(self.ways.net.node), 1))
        while self.at_s < until_s:
            to = float(min(until_s, self.tick_s))
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
        m.road["gone"] = 0
        part = self.ticks % CLASSES
        for which in (part, CLASSES) if part == 0 else (part,):
            m.cost[which] = np.where(m.road["open"] == 1, self.seen_s + self.ways.toll_s, np.inf)
            m.epoch[which] += 1
        self.ticks += 1
        self.tick_s += self.every_s / CLASSES
        every = max(1, NODES // max(len(self.ways.net.node), 1))
        for low in range(0, len(m.mouth), every):
            queues.rethink(self.ways.net, m, self.cars, low, min(low + every, len(m.mouth)), self.at_s, False)
            checkpoint(0.0)

    def _seconds(self) -> Floats:
        """What each link takes who comes now: those in its queue leave as fast as since word last went round; no less than the first on it
        has been there."""
        road = self.moving.road
        standing, oldest = self.look()
        each = np.maximum(self.every_s / CLASSES / np.maximum(road["gone"], 1), road["out_gap"])
        return np.maximum(np.maximum(np.where(standing >= QUEUE, standing * each, 0.0), oldest), road["free_s"])

    def set_roads(self, share: Floats) -> None:
        """From now on so much of the free speed is left on each edge; below LEAST_FACTOR it is closed."""
        m, w = self.moving, self.ways
        left = np.clip(np.nan_to_num(share, nan=1.0), 0.0, 1.0)[w.edge]
        is_open = left >= LEAST_FACTOR
        free = np.where(is_open, w.free_s / np.maximum(left, LEAST_FACTOR), np.maximum(w.length_m / DRIVE_OUT_MS, w.free_s))
        has_turned = ((m.road["open"] == 1) != is_open).any()
        if not has_turned and not (free != m.road["free_s"]).any():
            return
        m.road["open"] = is_open
        queues.retime(w.net, m, self.cars, free, self.at_s)
        m.road["in_gap"] = w.in_gap(free)
        if has_turned:
            m.cost[CLASSES] = np.where(is_open, np.maximum(self.seen_s, free) + w.toll_s, np.inf)
            m.epoch[CLASSES] += 1
            queues.rethink(w.net, m, self.cars, 0, len(m.mouth), self.at_s, True)

    def look(self) -> tuple[Ints, Floats]:
        """By link: cars (platoons) in its queue, and seconds its first car has been on it."""
        standing, oldest = np.zeros(len(self.ways.edge), np.int64), np.zeros(len(self.ways.edge))
        queues.look(self.ways.net, self.moving, self.cars, self.at_s, standing, oldest)
        return standing, oldest

    def fates(self) -> Ints:
        """Cars (not platoons) by what became of them: TO_COME ... STOPPED."""
        return np.bincount(self.cars["fate"], minlength=tables.STOPPED + 1) * self.ways.platoon

    def fork(self) -> Clock:
        moving, cars = Moving(*(a.copy() for a in self.moving)), self.cars.copy()
        return Clock(self.ways, self.every_s, self.at_s, moving, cars, self.tick_s, self.ticks, self.seen_s.copy())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that cannot be found again; ways are sought anew from what drivers believe."""
        kept = {k: v for k, v in self.moving._asdict().items() if k not in TREES}
        return {**kept, "cars": self.cars, "seen_s": self.seen_s, "clock": np.array([self.at_s, self.tick_s, self.ticks])}

    def take(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Become what was kept."""
        sought = dict(zip(TREES, _unsought(len(self.ways.net.goal), len(self.ways.net.node))))
        self.moving = Moving(**{k: sought[k] if k in sought else arrays[k] for k in Moving._fields})
        self.cars, self.seen_s = arrays["cars"], arrays["seen_s"]
        self.at_s, self.tick_s, self.ticks = float(arrays["clock"][0]), float(arrays["clock"][1]), int(arrays["clock"][2])


def _unsought(goals: int, inner: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """stamp, onward and distance of no way yet."""
    shape = (2, goals, inner)
    return np.full((2, goals), -1, np.int64), np.full(shape, -1, np.int16), np.full(shape, np.inf, np.float32)


def warm_up() -> None:
    """Compile the kernels, or load them from the cache."""
    nodes = pd.DataFrame({"id": ["a", "b", "c"], "x": [0.0, 1.0, 2.0], "y": 0.0})
    edges = pd.DataFrame({"id": ["e", "f"], "start": [0, 1], "end": [1, 2], "oneway": True, "class": "road", "length_m": 100.0})
    network = Network("roads", nodes, edges, np.full(2, None, object))
    clock = Clock.of(Ways.of(network, road_links(network), Graph.of(network), np.array([2], np.int32)), 60.0, 0.0)
    clock.add(np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2), np.full(2, np.inf))
    clock.advance(20.0)
    clock.set_roads(np.array([0.5, 0.0]))
    clock.advance(30.0)
