"""Static traffic assignment: flows at which nobody gains by another way (Wardrop 1952), by bi-conjugate Frank-Wolfe.

Mitradjieva and Lindberg 2013, doi:10.1287/trsc.1120.0409. Costs of links after the Bureau of Public Roads 1964: with flow x,
t = t0 (1 + b (x / capacity)^power), plus a fixed cost (toll times what a unit of it is worth in time).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.routing import Graph, shared
from twin.errors import ModelError
from twin.models.service import assignment_kernels as kernels

Floats = NDArray[np.float64]
CONJUGATE_MOST = 0.99
"""A direction keeps at least a hundredth of the new one, as in the paper: else it could stand still."""
ALL_OF_IT = 0.99999
"""A step of this part of the way leaves nothing of the directions before."""
PARTS = 16


@dataclass(frozen=True)
class Links:
    """What travel costs, by edge and direction (edges, 2): free_s, capacity_vph, b, power, fixed_s; open: False closes a direction."""

    free_s: Floats
    capacity_vph: Floats
    b: Floats
    power: Floats
    fixed_s: Floats
    open: NDArray[np.bool_]

    @staticmethod
    def both(free_s: Any, capacity_vph: Any, b: Any = 0.15, power: Any = 4.0, fixed_s: Any = 0.0, is_open: Any = True) -> Links:
        """Links alike in both directions from one value by edge. Default b and power: Bureau of Public Roads 1964."""
        free = np.asarray(free_s, float)
        wide = lambda v, kind=float: np.broadcast_to(np.asarray(v, kind).reshape(-1, 1), (len(free), 2)).copy()  # noqa: E731
        return Links(wide(free), wide(capacity_vph), wide(b), wide(power), wide(fixed_s), wide(is_open, bool))

    def check(self, ids: NDArray[np.object_]) -> None:
        """Raises ModelError naming the first link that cannot be reckoned with."""
        for name, values, least in (
            ("free travel time", self.free_s, 0.0), ("factor of the cost function", self.b, 0.0), ("fixed cost", self.fixed_s, 0.0),
            ("power of the cost function", self.power, 0.0), ("capacity", self.capacity_vph, 1e-9),
        ):  # fmt: skip
            bad = self.open & ~(np.isfinite(values) & (values >= least))
            if bad.any():
                row = int(np.argwhere(bad)[0][0])
                raise ModelError(f"The {name} of {int(bad.any(1).sum()):,} links is missing or out of range", where=str(ids[row]))
        if (self.open & (self.power > 0) & (self.power < 1)).any():
            raise ModelError("A cost function whose power lies between 0 and 1 is infinitely steep at no flow", do="Give 0, or 1 and more.")


@dataclass(frozen=True)
class Assignment:
    """Flows in equilibrium, as near as gap says.

    flow_vph and time_s (without the fixed cost; inf where closed) by edge and direction (edges, 2). cost: (zones, zones) cost of the
    cheapest way of each pair with trips at these flows, s, inf where there is none. gap: relative, (flows at cost - trips at cheapest
    cost) / flows at cost; objective: Beckmann et al. 1956, vehicle-seconds an hour; lost: trips an hour for which there is no way;
    given_up: (zones, zones) trips an hour that are not made since they would cost more than the limit."""

    flow_vph: Floats
    time_s: Floats
    cost: Floats
    gap: float
    objective: float
    iterations: int
    lost: float
    given_up: Floats
    is_converged: bool

    @property
    def vehicle_hours(self) -> float:
        """Hours that vehicles spend on the network, per hour."""
        used = self.flow_vph > 0  # closed ones take for ever
        return float((self.flow_vph[used] * self.time_s[used]).sum()) / 3600.0


def assign(
    graph: Graph, links: Links, places: NDArray[np.int32], demand: Floats, gap: float = 1e-4, most: int = 500,
    start: Floats | None = None, limit: Floats | None = None, threads: int = 0,
    checkpoint: Callable[[float], Any] = lambda part: None,
) -> Assignment:  # fmt: skip
    """Equilibrium flows.

    places: node of each zone, all different; demand: (zones, zones) vehicles an hour; what goes from a zone to itself stays off the
    network. gap: stop at this relative gap, or after `most` iterations. start: flows that carry this very demand over open links, to go on
    from. limit: (zones, zones) cost above which a trip is not made: demand is elastic in one step (Sheffi 1985, ch. 6, an arc of this cost
    for each pair). checkpoint: called at every iteration with a part done; may raise. Raises ModelError for values no assignment can have.
    """
    links.check(graph.ids)
    places, demand = np.asarray(places, np.int32), np.ascontiguousarray(demand, float)
    _check(graph, places, demand)
    free, room, b, power, fixed = (np.ascontiguousarray(v, float).ravel() for v in
                                   (links.free_s, links.capacity_vph, links.b, links.power, links.fixed_s))  # fmt: skip
    is_open = links.open.ravel()
    room = np.where(is_open, room, 1.0)
    free, b, power, fixed = (np.where(is_open, v, 0.0) for v in (free, b, power, fixed))
    links_count, zones = len(free), len(places)
    stay = np.empty((0, 0)) if limit is None else np.ascontiguousarray(np.where(np.isfinite(limit), limit, 1e30), float)
    if stay.size:
        # Who stays flows over an arc of its own, after the links.
        none = np.zeros(stay.size)
        free, room, b, power = (np.concatenate([v, none + x]) for v, x in ((free, 0.0), (room, 1.0), (b, 0.0), (power, 1.0)))
        fixed = np.concatenate([fixed, stay.ravel()])
    law = (free, room, b, power, fixed)
    loads = _Loads(graph, is_open, places, demand, stay, threads)
    cost, slope = np.empty(len(free)), np.empty(len(free))
    if start is None:
        kernels.costs(np.zeros(len(free)), *law, cost)
        flow, pairs = loads(cost)
    else:
        flow = np.zeros(len(free))
        flow[:links_count] = np.where(is_open, np.asarray(start, float).ravel(), 0.0)
    last = older = flow
    step, age, reached, is_done, iteration = 0.0, 0, np.inf, False, 0
    for iteration in range(1, most + 1):
        checkpoint(iteration / most)
        kernels.costs(flow, *law, cost)
        aon, pairs = loads(cost)
        spent, least = kernels.dot(flow, cost), kernels.dot(aon, cost)
        reached = max(0.0, (spent - least) / spent) if spent > 0 else 0.0
        if reached <= gap:
            is_done = True
            break
        kernels.slopes(flow, free, room, b, power, slope)
        to = _direction(flow, aon, last, older, slope, step, age)
        part = kernels.best_part(flow, to, *law)
        if part <= 0.0 and age:
            to, age = aon, 0
            part = kernels.best_part(flow, to, *law)
        if part <= 0.0:
            break  # nothing gains any more in this arithmetic
        flow = flow + part * (to - flow)
        last, older, step = to, last, part
        age = 0 if part > ALL_OF_IT else min(age + 1, 2)
    shape = links.free_s.shape
    kernels.costs(flow, *law, cost)
    apart = demand.copy()
    np.fill_diagonal(apart, 0.0)
    lost = float(apart[~np.isfinite(pairs)].sum())
    time = np.where(is_open, cost[:links_count] - fixed[:links_count], np.inf)
    given_up = flow[links_count:].reshape(zones, zones) if stay.size else np.zeros((zones, zones))
    objective, flow = kernels.beckmann(flow, *law), flow[:links_count].reshape(shape)
    return Assignment(flow, time.reshape(shape), pairs, reached, objective, iteration, lost, given_up, is_done)


def _direction(flow: Floats, aon: Floats, last: Floats, older: Floats, slope: Floats, step: float, age: int) -> Floats:
    """Where to go: the cheapest ways alone at first, conjugate to one direction before, then to two."""
    if age == 0:
        return aon
    one, two, three, four, five = kernels.conjugate(flow, aon, last, older, slope, step)
    if age == 1:
        # p H (alpha p + (1 - alpha) y) = 0
        share = three / (three - four) if three != four else 0.0
        share = min(max(share, 0.0), CONJUGATE_MOST)
        return share * last + (1.0 - share) * aon
    mu = max(0.0, -one / two) if two != 0.0 else 0.0
    nu = max(0.0, (-three / four if four != 0.0 else 0.0) + mu * step / (1.0 - step))
    return (aon + nu * last + mu * older) / (1.0 + mu + nu)


class _Loads:
    """All trips on the ways that are cheapest at given costs; origins in parts of one size, whatever the threads."""

    def __init__(
        self, graph: Graph, is_open: NDArray[np.bool_], places: NDArray[np.int32], demand: Floats, limit: Floats, threads: int
    ) -> None:
        self._graph, self._places, self._demand, self._limit = graph, places, demand, limit
        self._link = graph.edge.astype(np.int64) * 2 + graph.way
        self._closed = ~is_open
        self._zone = np.full(graph.count, -1, np.int32)
        self._zone[places] = np.arange(len(places), dtype=np.int32)
        self._threads = threads

    def __call__(self, cost: Floats) -> tuple[Floats, Floats]:
        """Flow by link (and of those who stay), and cost of each pair of zones."""
        g, zones = self._graph, len(self._places)
        weight = np.where(self._closed, np.inf, cost[: len(self._closed)])[self._link]
        pairs = np.full((zones, zones), np.inf)
        cuts = np.linspace(0, zones, min(PARTS, max(zones, 1)) + 1).astype(int) if zones * g.arcs > 100_000 else np.array([0, zones])
        flows = np.zeros((len(cuts) - 1, len(self._closed)))
        stays = np.zeros_like(self._limit)

        def work(parts: slice) -> None:
            for k in range(parts.start, parts.stop):
                kernels.load(g.first, g.head, self._link, g.node, self._zone, weight, self._places, self._demand,
                             self._limit, int(cuts[k]), int(cuts[k + 1]), flows[k], stays, pairs)  # fmt: skip

        shared(work, len(flows), self._threads, zones * g.arcs)
        flow = flows.sum(0) if len(flows) > 1 else flows[0]
        return (np.concatenate([flow, stays.ravel()]) if stays.size else flow), pairs


def _check(graph: Graph, places: NDArray[np.int32], demand: Floats) -> None:
    n = len(places)
    if demand.shape != (n, n):
        raise ModelError(f"The table of trips has the shape {demand.shape}; for {n} zones it should be {(n, n)}")
    if n and (places.min() < 0 or places.max() >= graph.count):
        raise ModelError("A zone lies at a node that is not in the network")
    if len(np.unique(places)) != n:
        raise ModelError("Two zones lie at one node", do="Add their trips.")
    if not (np.isfinite(demand) & (demand >= 0)).all():
        raise ModelError("The table of trips has values that are negative or no numbers")


def warm_up() -> None:
    """Compile the kernels, or load them from the cache."""
    import pandas as pd

    from twin.city.network import Network

    nodes = pd.DataFrame({"id": ["a", "b"], "x": [0.0, 1.0], "y": 0.0})
    edges = pd.DataFrame({"id": ["e", "f", "g"], "start": 0, "end": 1, "oneway": True})
    graph = Graph.of(Network("roads", nodes, edges, np.full(3, None, object)))
    links = Links.both(np.array([60.0, 70.0, 80.0]), np.full(3, 100.0))
    assign(graph, links, np.array([0, 1], np.int32), np.array([[0.0, 400.0], [0.0, 0.0]]), 1e-6)
