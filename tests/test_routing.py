"""Shortest ways: equal to scipy on any network, islands, loops, parallel and free edges and closed turns included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from twin.city.network import Network
from twin.city.routing import Graph
from twin.errors import ModelError


def network(nodes: int, start: Any, end: Any, oneway: Any = False, turns: pd.DataFrame | None = None) -> Network:
    table = pd.DataFrame({"id": [f"n{i}" for i in range(nodes)], "x": np.arange(nodes) * 10.0, "y": 0.0})
    edges = pd.DataFrame({"start": np.asarray(start, np.int32), "end": np.asarray(end, np.int32)})
    edges["id"] = [f"road/{i}" for i in range(len(edges))]
    edges["oneway"] = oneway
    return Network("roads", table, edges, np.full(len(edges), None, object), tables={} if turns is None else {"turns": turns})


def turns(*rules: tuple[int, int, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rules, columns=["from", "via", "to", "rule"])


def oracle(net: Network, cost: np.ndarray, is_open: np.ndarray | None = None) -> csr_matrix:
    """Cheapest arc between each pair; edges that cost nothing stay, as stored zeros."""
    e = net.edges
    both = ~e["oneway"].to_numpy(bool)
    tail = np.concatenate([e["start"], e["end"][both]])
    head = np.concatenate([e["end"], e["start"][both]])
    value = np.concatenate([cost, cost[both]])
    if is_open is not None:
        keep = np.concatenate([is_open, is_open[both]])
        tail, head, value = tail[keep], head[keep], value[keep]
    best = pd.DataFrame({"t": tail, "h": head, "v": value}).groupby(["t", "h"])["v"].min().reset_index()
    n = len(net.nodes)
    first = np.searchsorted(best["t"], np.arange(n + 1))
    return csr_matrix((best["v"].to_numpy(float), best["h"].to_numpy(np.int32), first), shape=(n, n))


def random_network(seed: int) -> tuple[Network, np.ndarray, np.ndarray, np.random.Generator]:
    """Sparse, with islands, loops, parallel edges, edges that cost nothing, and some closed."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 60))
    m = int(random.integers(0, 3 * n))
    net = network(n, random.integers(0, n, m), random.integers(0, n, m), random.random(m) < 0.4)
    cost = np.where(random.random(m) < 0.2, 0.0, random.choice([1.0, 2.5, 1e-3, 7e4], m) * random.random(m))
    return net, cost, random.random(m) < 0.85, random


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None)
def test_that_distances_equal_scipys_bit_for_bit(seed: int) -> None:
    net, cost, is_open, random = random_network(seed)
    graph, matrix = Graph.of(net), oracle(net, cost, is_open)
    weight = graph.weights(cost, is_open)
    n = len(net.nodes)
    sites = np.unique(random.integers(0, n, 3)).astype(np.int32)
    one = graph.reach(weight, sites[:1], path=True)
    assert one.distance.tobytes() == dijkstra(matrix, indices=int(sites[0])).tobytes()
    assert graph.between(weight, sites, np.arange(n)).tobytes() == dijkstra(matrix, indices=sites).tobytes()
    limit = float(np.median(one.distance[np.isfinite(one.distance)]))
    assert (graph.reach(weight, sites[:1], limit).distance == dijkstra(matrix, indices=int(sites[0]), limit=limit)).all()
    several = dijkstra(matrix, indices=sites, min_only=True)
    near = graph.reach(weight, sites)
    assert (near.distance == several).all()
    back = graph.reach_to(weight, sites)
    assert (back.distance == dijkstra(matrix.T.tocsr(), indices=sites, min_only=True)).all()
    each = dijkstra(matrix, indices=sites)
    for node in range(n):
        assert (near.site[node] < 0) == np.isinf(near.distance[node])
        if near.site[node] >= 0:
            assert each[near.site[node], node] == near.distance[node]
        edges, nodes = graph.path(one, node)
        if np.isinf(one.distance[node]):
            assert len(nodes) == 0
        else:
            assert nodes[0] == sites[0]
            assert nodes[-1] == node
            assert len(nodes) == len(edges) + 1
            assert float(cost[edges].sum()) == pytest.approx(one.distance[node], rel=1e-12)
            assert is_open[edges].all()


def edge_by_edge(net: Network, cost: np.ndarray, source: int) -> np.ndarray:
    """Distances by edge under the table of turns, over a matrix of edge to edge."""
    e, table = net.edges, net.tables["turns"]
    arcs = [(i, s, t) for i, (s, t) in enumerate(zip(e["start"], e["end"]))]
    arcs += [(i, t, s) for i, (s, t, one) in enumerate(zip(e["start"], e["end"], e["oneway"])) if not one]
    rules: dict[tuple[int, int], dict[int, str]] = {}
    for f, v, t, rule in table.itertuples(index=False):
        known = rules.setdefault((f, v), {})
        known[t] = "no" if "no" in (rule, known.get(t)) else rule
    best = {a: cost[arcs[a][0]] if arcs[a][1] == source else np.inf for a in range(len(arcs))}
    for _ in range(len(arcs)):
        for a, (i, _, t) in enumerate(arcs):
            said = rules.get((i, t), {})
            for b, (j, u, _) in enumerate(arcs):
                if u != t or said.get(j) == "no" or (set(said.values()) - {"no"} and j not in said):
                    continue
                best[b] = min(best[b], best[a] + cost[j])
    out = np.full(len(net.nodes), np.inf)
    out[source] = 0.0
    for a, (_, _, t) in enumerate(arcs):
        out[t] = min(out[t], best[a])
    return out


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_that_closed_turns_are_kept_as_over_a_graph_of_edges(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, m = int(random.integers(2, 8)), int(random.integers(2, 14))
    start, end = random.integers(0, n, m), random.integers(0, n, m)
    rules = []
    for _ in range(int(random.integers(1, 10))):
        a = int(random.integers(0, m))
        via = int(random.choice([start[a], end[a]]))
        onward = np.flatnonzero((start == via) | (end == via))
        rules.append((a, via, int(random.choice(onward)), str(random.choice(["no", "only", "yes"]))))
    net = network(n, start, end, random.random(m) < 0.3, turns(*rules))
    cost = random.integers(0, 9, m).astype(float)
    graph = Graph.of(net)
    weight = graph.weights(cost)
    expected = np.array([edge_by_edge(net, cost, s) for s in range(n)])
    every = np.arange(n)
    assert (graph.between(weight, every, every) == expected).all()
    for s in range(n):
        found = graph.reach(weight, np.array([s]), path=True)
        assert (found.distance == expected[s]).all()
        assert (graph.reach_to(weight, np.array([s])).distance == expected[:, s]).all()
        for node in range(n):
            assert np.isinf(expected[s, node]) or cost[graph.path(found, node)[0]].sum() == expected[s, node]
    pair = np.array([0, n - 1])
    near = graph.reach_to(weight, pair)
    assert (near.distance == expected[:, pair].min(1)).all()
    reached = near.site >= 0
    assert (expected[reached][np.arange(reached.sum()), pair[near.site[reached]]] == near.distance[reached]).all()


def test_that_a_forbidden_left_turn_sends_round_the_block() -> None:
    #  3 - 2
    #  |   |    from 0 over 1 to 2 the turn at 1 is closed: over 3, or on to 4 and back
    #  0 - 1 - 4
    net = network(5, [0, 1, 2, 3, 1], [1, 2, 3, 0, 4], False, turns((0, 1, 1, "no")))
    graph = Graph.of(net)
    found = graph.reach(graph.weights(np.ones(5)), np.array([0]), path=True)
    assert found.distance.tolist() == [0, 1, 2, 1, 2]
    assert graph.path(found, 2)[0].tolist() == [3, 2]
    assert graph.reach(graph.weights(np.array([1, 1, 9, 1, 1.0])), np.array([0])).distance[2] == 4  # to 4 and back
    assert Graph.of(net, turns=False).reach(np.ones(10), np.array([0])).distance[2] == 2


def test_that_costs_may_differ_by_direction() -> None:
    graph = Graph.of(network(2, [0], [1]))
    weight = graph.weights(np.array([[3.0, 5.0]]))
    assert graph.reach(weight, np.array([0])).distance.tolist() == [0, 3]
    assert graph.reach(weight, np.array([1])).distance.tolist() == [5, 0]


def test_that_a_head_start_counts() -> None:
    graph = Graph.of(network(3, [0, 1], [1, 2]))
    found = graph.reach(graph.weights(np.ones(2)), np.array([0, 2]), start=np.array([0.0, 5.0]))
    assert found.distance.tolist() == [0, 1, 2]
    assert found.site.tolist() == [0, 0, 0]


@pytest.mark.parametrize(("bad", "word"), [(-1.0, "negative"), (np.nan, "not a number")])
def test_that_a_cost_without_a_shortest_way_is_refused_by_name(bad: float, word: str) -> None:
    graph = Graph.of(network(3, [0, 1], [1, 2]))
    with pytest.raises(ModelError, match=rf"{word}.*road/1"):
        graph.weights(np.array([1.0, bad]))


def test_that_edges_and_places_that_are_not_there_are_refused() -> None:
    with pytest.raises(ModelError, match="road/1"):
        Graph.of(network(2, [0, 0], [1, 7]))
    graph = Graph.of(network(2, [0], [1]))
    with pytest.raises(ModelError, match="no node 9"):
        graph.reach(graph.weights(np.ones(1)), np.array([9]))


def test_that_nothing_is_reached_from_nowhere_and_on_an_empty_network() -> None:
    graph = Graph.of(network(3, [], []))
    assert np.isinf(graph.reach(graph.weights(np.empty(0)), np.empty(0, np.int32)).distance).all()
    assert graph.reach(graph.weights(np.empty(0)), np.array([1])).distance.tolist() == [np.inf, 0, np.inf]
    assert graph.between(np.empty(0), np.empty(0, np.int32), np.array([1])).shape == (0, 1)


def test_that_threads_change_no_bit() -> None:
    random = np.random.default_rng(2)
    n = 3000
    net = network(n, random.integers(0, n, 9000), random.integers(0, n, 9000), random.random(9000) < 0.5)
    graph = Graph.of(net)
    weight = graph.weights(random.random(9000))
    some = random.integers(0, n, 40)
    assert graph.between(weight, some, some, threads=1).tobytes() == graph.between(weight, some, some, threads=3).tobytes()
