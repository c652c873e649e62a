"""Paths on a road network: one tree, what is within reach, the site nearest to every node; beside scipy, rustworkx and networkit.

The graph is a grid of two-way streets, a twentieth of them missing. rustworkx and networkit have no bounded search: where a reach is
asked for they are timed on the whole tree. networkit does not come with the bench extra: `pip install networkit`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from bench.measure import Row, interleaved, seconds
from twin.city.network import Network
from twin.city.routing import Graph, warm_up

REACH_S, SITES = 900.0, 50


def rows(quick: bool = False) -> list[Row]:
    ready = Row("kernels ready", "-", seconds(warm_up), "s")
    side, rounds = (200, 3) if quick else (515, 7)
    network, cost = streets(side)
    built = seconds(lambda: Graph.of(network))
    graph = Graph.of(network)
    size = f"{len(network.nodes):,} nodes, {graph.arcs:,} edges"
    weight = graph.weights(cost)
    _ = graph.reverse
    middle = np.array([side * side // 2 + side // 2], np.int32)
    sites = np.random.default_rng(1).choice(side * side, SITES, replace=False).astype(np.int32)
    found = [ready, Row("graph made", size, built * 1e3, "ms"), Row("costs set anew (a closure)", size, 0.0, "ms")]
    found[-1] = Row("costs set anew (a closure)", size, interleaved([lambda: graph.weights(cost)], rounds)[0] * 1e3, "ms")
    ours: dict[str, Callable[[], Any]] = {
        "whole tree": lambda: graph.reach(weight, middle),
        "isochrone, 15 min": lambda: graph.reach(weight, middle, REACH_S),
        f"nearest of {SITES} sites, all nodes": lambda: graph.reach(weight, sites),
    }
    peers = {name: made for name, make in (("scipy", _scipy), ("rustworkx", _rustworkx), ("networkit", _networkit))
             if (made := make(network, cost, middle, sites)) is not None}  # fmt: skip
    for number, (case, own) in enumerate(ours.items()):
        asked = {name: works[number] for name, works in peers.items() if works[number] is not None}
        for work in (own, *asked.values()):
            work()
        times = interleaved([own, *asked.values()], rounds)
        found += [Row(case, size, times[0] * 1e3, "ms", t * 1e3, name) for name, t in zip(asked, times[1:])]
    return found


def streets(side: int) -> tuple[Network, np.ndarray]:
    """side x side junctions, a twentieth of the streets missing; 5 to 20 s from one to the next."""
    random = np.random.default_rng(0)
    k = np.arange(side * side).reshape(side, side)
    start = np.concatenate([k[:, :-1].ravel(), k[:-1].ravel()])
    end = np.concatenate([k[:, 1:].ravel(), k[1:].ravel()])
    keep = random.random(len(start)) > 0.05
    start, end = start[keep].astype(np.int32), end[keep].astype(np.int32)
    nodes = pd.DataFrame({"id": np.arange(side * side), "x": (np.arange(side * side) % side) * 1.0, "y": 0.0})
    edges = pd.DataFrame({"id": np.arange(len(start)), "start": start, "end": end, "oneway": False})
    return Network("roads", nodes, edges, np.full(len(start), None, object)), random.uniform(5.0, 20.0, len(start))


Works = list[Callable[[], Any] | None]


def _scipy(network: Network, cost: np.ndarray, middle: np.ndarray, sites: np.ndarray) -> Works:
    from scipy.sparse.csgraph import dijkstra

    matrix = network.matrix(cost)
    return [
        lambda: dijkstra(matrix, indices=int(middle[0])), lambda: dijkstra(matrix, indices=int(middle[0]), limit=REACH_S),
        lambda: dijkstra(matrix, indices=sites, min_only=True),
    ]  # fmt: skip


def _arcs(network: Network, cost: np.ndarray) -> list[tuple[int, int, float]]:
    a, b = network.edges["start"].tolist(), network.edges["end"].tolist()
    return [*zip(a, b, cost.tolist()), *zip(b, a, cost.tolist())]


def _rustworkx(network: Network, cost: np.ndarray, middle: np.ndarray, sites: np.ndarray) -> Works | None:
    if find_spec("rustworkx") is None:
        return None
    import rustworkx

    graph = rustworkx.PyDiGraph(multigraph=False)
    n = len(network.nodes)
    graph.add_nodes_from(range(n + 1))
    graph.add_edges_from(_arcs(network, cost))
    graph.add_edges_from([(n, int(s), 0.0) for s in sites])  # one more node before all sites
    whole = lambda: rustworkx.dijkstra_shortest_path_lengths(graph, int(middle[0]), float)  # noqa: E731
    return [whole, whole, lambda: rustworkx.dijkstra_shortest_path_lengths(graph, n, float)]


def _networkit(network: Network, cost: np.ndarray, middle: np.ndarray, sites: np.ndarray) -> Works | None:
    if find_spec("networkit") is None:
        return None
    import networkit

    n = len(network.nodes)
    a, b, c = (np.array(v) for v in zip(*_arcs(network, cost)))
    graph = networkit.GraphFromCoo((c, (a, b)), n=n + 1, weighted=True, directed=True)
    for s in sites.tolist():
        graph.addEdge(n, s, 0.0)
    whole = lambda: networkit.distance.Dijkstra(graph, int(middle[0]), False, False).run()  # noqa: E731
    return [whole, whole, lambda: networkit.distance.Dijkstra(graph, n, False, False).run()]
