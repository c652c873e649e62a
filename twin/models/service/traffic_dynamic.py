"""A city's traffic on the clock: the run itself, and the same cars on undisturbed roads beside it to tell what the disturbance costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.routing import Graph
from twin.models.service import traffic_tables as tables
from twin.models.service.traffic_clock import JAM_PER_M, WAVE_MS, Clock, Ways
from twin.models.service.traffic_departures import Departures

Floats = NDArray[np.float64]
FLOW_S = 300.0
"""Flows are counted over so long: fewer cars than that pass most streets in a minute."""
RECENT_S = 900.0
"""Trips not made are told as a rate over so long."""
DUE_S = 3600.0
"""Delays are those of the trips that would have ended within so long before."""
LOST = (tables.NO_WAY, tables.GIVEN_UP, tables.STOPPED)


@dataclass
class Rush:
    """now: the roads as they are; usual: undisturbed, None while they are the same. start_s: seconds of the day at time 0; slot: the next
    hour whose cars are not drawn yet; counts: (time, cars that had come on each link) of the last minutes."""

    now: Clock
    graph: Graph
    departures: Departures
    start_s: float
    begin_s: float
    patience_s: float
    slot: int
    usual: Clock | None = None
    counts: list[tuple[float, NDArray[np.int64]]] = field(default_factory=list)

    @staticmethod
    def of(
        ways: Ways, graph: Graph, departures: Departures, start_hour: float, warm_up_s: float, every_s: float, patience_s: float
    ) -> Rush:
        """Empty roads, before the warm-up."""
        start = start_hour * 3600.0
        slot = int((start - warm_up_s) // 3600.0)
        return Rush(Clock.of(ways, every_s, -warm_up_s), graph, departures, start, -warm_up_s, patience_s, slot)

    def advance(self, until_s: float, checkpoint: Callable[[float], Any]) -> None:
        """Both worlds, up to and including until_s."""
        while self.slot * 3600.0 - self.start_s <= until_s:
            self._draw(checkpoint)
        self._count()
        parts = 1.0 if self.usual is None else 2.0
        self.now.advance(until_s, lambda part: checkpoint(part / parts))
        if self.usual is not None:
            self.usual.advance(until_s, lambda part: checkpoint(0.5 + part / parts))

    def set_roads(self, share: Floats) -> None:
        """Share of the free speed that is left on each edge from now on."""
        if self.usual is None:
            if (share[self.now.ways.edge] == 1.0).all():
                return
            self.usual = self.now.fork()
        self.now.set_roads(share)

    def _draw(self, checkpoint: Callable[[float], Any]) -> None:
        """The cars of the next hour."""
        origin, goal, at = self.departures.hour(self.slot)
        at += self.slot * 3600.0 - self.start_s
        self.slot += 1
        keep = at > self.begin_s
        origin, goal, at = origin[keep], goal[keep], at[keep]
        limit, ways = np.full(len(at), np.inf), self.now.ways
        link_s = np.zeros((int(ways.edge.max()) + 1, 2))
        link_s[ways.edge, ways.way] = ways.free_s + ways.toll_s
        weight = link_s[self.graph.edge, self.graph.way]
        order = np.argsort(goal, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(goal[order])) + 1):
            if len(some):
                node = ways.net.goal[goal[some[0]]].astype(np.int32)
                limit[some] = self.graph.reach_to(weight, node[None]).distance[origin[some]] + self.patience_s
                checkpoint(0.0)
        for clock in (self.now, self.usual):
            if clock is not None:
                clock.add(origin, goal, at, limit)

    def _count(self) -> None:
        self.counts.append((self.now.at_s, self.now.moving.road["came"].copy()))
        while len(self.counts) > 1 and self.counts[1][0] <= self.now.at_s - FLOW_S:
            self.counts.pop(0)

    def flow_vph(self, shape: tuple[int, ...]) -> Floats:
        """(edges, 2) over the last minutes."""
        clock, flow = self.now, np.zeros(shape)
        early = [c for c in self.counts if c[0] < clock.at_s]
        if early:
            at, came = next((c for c in reversed(early) if c[0] <= clock.at_s - FLOW_S), early[0])
            ways = clock.ways
            flow[ways.edge, ways.way] = (clock.moving.road["came"] - came) * ways.platoon * 3600.0 / (clock.at_s - at)
        return flow

    def time_s(self, before: Floats) -> Floats:
        """(edges, 2) seconds that it takes now; what no car may take stays as before."""
        clock, time = self.now, before.copy()
        road = clock.moving.road
        now = np.maximum(np.maximum(clock.seen_s, clock.look()[1]), road["free_s"])
        time[clock.ways.edge, clock.ways.way] = np.where(road["open"] == 1, now, np.inf)
        return time

    def standing(self) -> Floats:
        """(links,) vehicles in the queue of each."""
        return self.now.look()[0].astype(float) * self.now.ways.platoon

    def queue(self, edges: int) -> Floats:
        """(edges,) of both directions."""
        return np.asarray(np.bincount(self.now.ways.edge, self.standing(), edges), float)

    def figures(self, wanted: float, km_per_hour: float) -> dict[str, tuple[float, str]]:
        """wanted: trips an hour that people would make at this hour."""
        now, usual, ways = self.now, self.usual or self.now, self.now.ways
        one, two, at = now.cars, usual.cars, now.at_s
        lost, lost_anyway = np.isin(one["fate"], LOST), np.isin(two["fate"], LOST)
        recent = min(RECENT_S, at - self.begin_s)
        per_hour = ways.platoon * 3600.0 / recent if recent > 0 else 0.0

        def rate(cars: Any, fates: tuple[int, ...]) -> int:
            return int((np.isin(cars["fate"], fates) & (cars["end"] > at - recent)).sum())

        def more(*fates: int) -> float:
            return max(0.0, float(rate(one, fates) - rate(two, fates))) * per_hour

        both = ~lost & ~lost_anyway & (one["fate"] != tables.TO_COME)
        late = np.where(both, np.fmin(one["end"], at) - np.fmin(two["end"], at), 0.0)
        due = both & (two["end"] > at - DUE_S)
        standing = self.standing()
        packed = JAM_PER_M * ways.lanes - ways.platoon / ways.road["out_gap"] / WAVE_MS  # in a queue that leaves at capacity
        reach = np.minimum(standing / np.maximum(packed, 1e-3), ways.length_m)
        fates = now.fates()
        return {
            "car_trips": (wanted, "trips/h"),
            "car_trips_not_possible_now": (more(tables.NO_WAY, tables.STOPPED), "trips/h"),
            "car_trips_given_up_now": (more(tables.GIVEN_UP), "trips/h"),
            "car_trips_not_made": (float((lost & ~lost_anyway).sum()) * ways.platoon, "trips"),
            "mean_extra_time": (float(late[due].mean()) / 60.0 if due.any() else 0.0, "min"),
            "vehicle_hours_lost": (float(late.sum()) * ways.platoon / 3600.0, "h"),
            "vehicle_kilometres": (km_per_hour, "km"),
            "cars_on_the_road": (float(fates[tables.ON_ROAD]), "vehicles"),
            "cars_in_queues": (float(standing.sum()), "vehicles"),
            "cars_waiting_to_set_out": (float(fates[tables.AT_GATE]), "vehicles"),
            "longest_queue": (float(reach.max(initial=0.0)), "m"),
        }

    def left_out(self) -> tuple[int, int]:
        """Trips that are given up on undisturbed roads, and all that were wished so far."""
        fates = (self.usual or self.now).fates()
        return int(fates[tables.GIVEN_UP]), int(fates.sum() - fates[tables.TO_COME])

    def arrays(self) -> dict[str, NDArray[Any]]:
        found = {f"now.{k}": v for k, v in self.now.arrays().items()}
        if self.usual is not None:
            found |= {f"usual.{k}": v for k, v in self.usual.arrays().items()}
        counted = np.stack([c for _, c in self.counts]) if self.counts else np.zeros((0, len(self.now.ways.edge)), np.int64)
        return {**found, "slot": np.array(self.slot), "counted_s": np.array([t for t, _ in self.counts]), "counted": counted}

    def take(self, arrays: Any) -> None:
        """Become what was kept."""
        self.now.take({k.removeprefix("now."): arrays[k] for k in arrays if k.startswith("now.")})
        other = {k.removeprefix("usual."): arrays[k] for k in arrays if k.startswith("usual.")}
        if other:
            self.usual = self.now.fork()
            self.usual.take(other)
        self.slot = int(arrays["slot"])
        self.counts = list(zip(arrays["counted_s"].tolist(), arrays["counted"]))
