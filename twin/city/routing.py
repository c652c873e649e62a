"""Ways over a network: least cost from places to places, what is within reach, which site is nearest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city import routing_kernels as kernels
from twin.city.network import Network
from twin.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_NONE = np.empty(0, np.int32)


@dataclass(frozen=True)
class Reach:
    """What a search found. distance: (nodes,) cost, inf where there is no way; site: (nodes,) number of the source in the list given,
    -1 where there is none. before: arc by which each inner node is reached, for `Graph.path`; empty where it was not asked for."""

    distance: Floats
    site: Ints
    before: Ints
    _inner: Floats


@dataclass(frozen=True)
class Graph:
    """The ways of a network as compressed rows. Nodes are those of the network; closed turns add inner nodes behind them.

    first: (inner nodes + 1), head: (arcs,) inner node, edge: (arcs,) row of the network's edges, way: (arcs,) 0 along the edge, 1 against
    it. node: (inner nodes,) the network's node that each stands for.
    """

    count: int
    """Nodes of the network."""
    first: Ints
    head: Ints
    edge: Ints
    way: NDArray[np.int8]
    node: Ints
    ids: NDArray[np.object_]
    """Ids of the edges, for messages."""

    @staticmethod
    def of(network: Network, turns: bool = True, among: NDArray[np.bool_] | None = None) -> Graph:
        """Every direction that may be travelled; parallel edges, loops and edges without length stay what they are.

        turns: keep to the network's table of turns. among: edges that take part, all where none are named. Raises ModelError where an
        edge ends at a node that is not there.
        """
        e, n = network.edges, len(network.nodes)
        start, end = e["start"].to_numpy(np.int64), e["end"].to_numpy(np.int64)
        oneway = e["oneway"].fillna(False).to_numpy(bool) if "oneway" in e else np.zeros(len(e), bool)
        ids = e["id"].to_numpy(object) if "id" in e else np.arange(len(e)).astype(object)
        lost = (start < 0) | (start >= n) | (end < 0) | (end >= n)
        if lost.any():
            raise ModelError(f"{int(lost.sum()):,} edges end at nodes that are not there", where=str(ids[np.flatnonzero(lost)[0]]))
        there = np.arange(len(e)) if among is None else np.flatnonzero(among)
        back = there[~oneway[there]]
        tail, head = np.concatenate([start[there], end[back]]), np.concatenate([end[there], start[back]])
        edge = np.concatenate([there, back])
        way = np.repeat(np.array([0, 1], np.int8), [len(there), len(back)])
        first, order = kernels.sorted_arcs(tail, n)
        graph = Graph(
            n, first, head[order].astype(np.int32), edge[order].astype(np.int32), way[order], np.arange(n, dtype=np.int32), ids
        )  # fmt: skip
        table = network.tables.get("turns")
        return graph if table is None or not turns or not len(table) else _with_turns(graph, table)

    @property
    def arcs(self) -> int:
        return len(self.head)

    @property
    def has_turns(self) -> bool:
        return len(self.node) > self.count

    @cached_property
    def tail(self) -> Ints:
        """Inner node from which each arc goes."""
        return np.repeat(np.arange(len(self.node), dtype=np.int32), np.diff(self.first))

    @cached_property
    def reverse(self) -> tuple[Ints, Ints, NDArray[np.int64]]:
        """first and head of the graph with every arc turned round, and the arc of this graph that each is."""
        first, order = kernels.sorted_arcs(self.head.astype(np.int64), len(self.node))
        return first, self.tail[order], order

    @cached_property
    def copies(self) -> tuple[Ints, NDArray[np.int64]]:
        """Inner nodes by node of the network, and where each node's begin."""
        order = np.argsort(self.node, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.node[order], np.arange(self.count + 1))

    def weights(self, cost: Floats, open_edges: NDArray[np.bool_] | None = None) -> Floats:
        """Cost of each arc. cost: by edge (edges,), or by edge and direction (edges, 2); inf closes, and so does open_edges.

        Raises ModelError where a cost is negative or not a number: there would be no shortest way.
        """
        cost = np.asarray(cost, float)
        bad = np.isnan(cost) | (cost < 0)
        if bad.any():
            row = int(np.argwhere(bad)[0][0])
            what = "not a number" if np.isnan(cost[row]).any() else "negative"
            raise ModelError(f"The cost of an edge is {what} ({int(bad.sum()):,} such)", where=str(self.ids[row]))
        weight = cost[self.edge] if cost.ndim == 1 else cost[self.edge, self.way]
        return weight if open_edges is None else np.where(open_edges[self.edge], weight, np.inf)

    def _folded(self, inner: Floats) -> Floats:
        if not self.has_turns:
            return inner
        out = inner[: self.count].copy()
        np.minimum.at(out, self.node[self.count :], inner[self.count :])
        return out

    def _search(
        self, first: Ints, head: Ints, weight: Floats, sources: Ints, start: Floats, limit: float, path: bool, site: bool
    ) -> tuple[Floats, Ints, Ints]:
        n = len(self.node)
        distance = np.empty(n)
        before, which = np.empty(n if path else 0, np.int32), np.empty(n if site else 0, np.int32)
        kernels.tree(first, head, weight, sources, start, limit, distance, before, which)
        return distance, before, which

    def reach(self, weight: Floats, sources: Ints, limit: float = np.inf, start: Floats | None = None, path: bool = False) -> Reach:
        """Least cost from the nearest of some nodes to every node, up to and including limit: an isochrone where there is one source,
        the site nearest to each node where there are many. weight: as `weights` gives them; start: what each source begins with."""
        sources = self._named(sources)
        begin = _begins(start, len(sources))
        inner, before, which = self._search(self.first, self.head, weight, sources, begin, limit, path, len(sources) > 1)
        return self._reach(inner, before, which, len(sources))

    def reach_to(self, weight: Floats, sites: Ints, limit: float = np.inf, start: Floats | None = None) -> Reach:
        """Least cost from every node to the nearest of some nodes."""
        sites = self._named(sites)
        begin = _begins(start, len(sites))
        first, head, arc = self.reverse
        order, at = self.copies
        size = at[sites + 1] - at[sites]
        inner_sites = np.concatenate([order[at[s] : at[s + 1]] for s in sites.tolist()]) if self.has_turns and len(sites) else sites
        inner, _, which = self._search(
            first, head, weight[arc], inner_sites, np.repeat(begin, size) if self.has_turns else begin, limit, False, len(sites) > 1
        )  # fmt: skip
        if len(which) and self.has_turns:
            which = np.where(which >= 0, np.repeat(np.arange(len(sites)), size)[np.maximum(which, 0)], -1).astype(np.int32)
        # Who sets out from a node may go any way: only the node itself counts, not those behind a closed turn.
        inner, which = inner[: self.count], which[: self.count]
        return Reach(inner, which if len(which) else _only(inner), _NONE, inner)

    def _reach(self, inner: Floats, before: Ints, which: Ints, sources: int) -> Reach:
        folded = self._folded(inner)
        if len(which) and self.has_turns:
            order = np.lexsort((inner, self.node))
            best = order[np.searchsorted(self.node[order], np.arange(self.count))]
            which = which[best]
        return Reach(folded, which if sources > 1 else _only(folded), before, inner)

    def _named(self, nodes: Ints) -> Ints:
        nodes = np.atleast_1d(np.asarray(nodes)).astype(np.int32)
        if len(nodes) and (nodes.min() < 0 or nodes.max() >= self.count):
            raise ModelError(f"There is no node {int(nodes[(nodes < 0) | (nodes >= self.count)][0])} in this network")
        return nodes

    def path(self, found: Reach, node: int) -> tuple[Ints, Ints]:
        """Edge rows and nodes of the way that a search with path=True found to a node; both empty where there is no way."""
        if not np.isfinite(found.distance[node]):
            return _NONE, _NONE
        order, at = self.copies
        inner = order[at[node] : at[node + 1]]
        last = int(inner[np.argmin(found._inner[inner])])
        room = np.empty(len(self.node) + 1, np.int32)
        arcs = room[: kernels.path(found.before, self.tail, last, room)][::-1]
        begin = self.tail[arcs[0]] if len(arcs) else last
        return self.edge[arcs], self.node[np.concatenate([[begin], self.head[arcs]])]

    def between(self, weight: Floats, sources: Ints, targets: Ints, limit: float = np.inf, threads: int = 0) -> Floats:
        """Least cost from each source to each target, (sources, targets). threads: 0 takes those numba may use."""
        sources, targets = self._named(sources), self._named(targets)
        columns = targets
        order, at = self.copies
        if self.has_turns:
            columns = np.concatenate([*(order[at[t] : at[t + 1]] for t in targets.tolist()), _NONE])
        out = np.empty((len(sources), len(columns)))
        work = lambda part: kernels.many_trees(self.first, self.head, weight, sources[part], limit, columns, out[part])  # noqa: E731
        shared(work, len(sources), threads, len(sources) * self.arcs)
        if self.has_turns and len(targets):
            begin = np.concatenate([[0], np.cumsum(at[targets + 1] - at[targets])[:-1]])
            out = np.minimum.reduceat(out, begin, axis=1) if out.size else np.empty((len(sources), len(targets)))
        return out


def shared(work, count: int, threads: int, size: int) -> None:  # type: ignore[no-untyped-def]
    """work(slice) over parts of range(count), in threads where the size (sources x arcs) is worth them."""
    threads = min(threads or numba.config.NUMBA_NUM_THREADS, count)
    if threads < 2 or size < 200_000:
        work(slice(0, count))
        return
    parts = min(count, threads * 4)
    cuts = np.linspace(0, count, parts + 1).astype(int).tolist()
    for done in [_pool(threads).submit(work, slice(a, b)) for a, b in zip(cuts[:-1], cuts[1:])]:
        done.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Kept: an assignment asks for it hundreds of times."""
    return ThreadPoolExecutor(threads, "twin-routing")


def _begins(start: Floats | None, count: int) -> Floats:
    return np.zeros(count) if start is None else np.asarray(start, float)


def _only(distance: Floats) -> Ints:
    return np.where(np.isfinite(distance), 0, -1).astype(np.int32)


def _with_turns(graph: Graph, table: pd.DataFrame) -> Graph:
    """Arcs with a rule at their end go to an inner node of their own, from which only what is allowed goes on."""
    said = table[["from", "via", "to"]].astype(np.int64).assign(rule=table["rule"].astype(str))
    tail, head, edge = graph.tail.astype(np.int64), graph.head.astype(np.int64), graph.edge.astype(np.int64)
    arcs = pd.DataFrame({"arc": np.arange(graph.arcs), "from": edge, "via": head})
    ruled = arcs.merge(said[["from", "via"]].drop_duplicates(), on=["from", "via"]).sort_values("arc")
    if not len(ruled):
        return graph
    arc, via = ruled["arc"].to_numpy(), ruled["via"].to_numpy()
    # All that leaves the node, for each arc that has a rule there.
    count = (graph.first[via + 1] - graph.first[via]).astype(np.int64)
    owner = np.repeat(np.arange(len(arc)), count)
    onward = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + np.repeat(graph.first[via].astype(np.int64), count)
    pairs = pd.DataFrame({"from": edge[arc][owner], "via": via[owner], "to": edge[onward]})
    rules = said.groupby(["from", "via", "to"])["rule"].agg(lambda r: "no" if "no" in set(r) else "yes").reset_index()
    # A turn that is both forbidden and the only one is forbidden, and forbids no other.
    listed = rules[rules["rule"] != "no"][["from", "via"]].drop_duplicates().assign(listed=True)
    pairs = pairs.merge(rules, on=["from", "via", "to"], how="left").merge(listed, on=["from", "via"], how="left")
    named = pairs["rule"].to_numpy(object) == "yes"
    forbidden = pairs["rule"].to_numpy(object) == "no"
    only_listed = pairs["listed"].eq(True).to_numpy(bool)
    keep = ~forbidden & (named | ~only_listed)
    inner = len(graph.node)
    goes = np.arange(graph.arcs)
    new_head = head.copy()
    new_head[arc] = inner + np.arange(len(arc))
    tails = np.concatenate([tail, inner + owner[keep]])
    same = np.concatenate([goes, onward[keep]])
    first, order = kernels.sorted_arcs(tails, inner + len(arc))
    same = same[order]
    return Graph(
        graph.count, first, new_head[same].astype(np.int32), graph.edge[same], graph.way[same],
        np.concatenate([graph.node, via.astype(np.int32)]), graph.ids,
    )  # fmt: skip


def warm_up() -> None:
    """Compile the searches, or load them from the cache."""
    nodes = pd.DataFrame({"id": ["a", "b"], "x": [0.0, 1.0], "y": 0.0})
    edges = pd.DataFrame({"id": ["e"], "start": [0], "end": [1], "oneway": [False]})
    graph = Graph.of(Network("roads", nodes, edges, np.array([None], object)))
    weight = graph.weights(np.ones(1))
    ends = np.array([0, 1], np.int32)
    graph.path(graph.reach(weight, ends[:1], path=True), 1)
    graph.reach_to(weight, ends)
    graph.between(weight, ends, ends)
