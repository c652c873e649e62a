"""The ways that cables and pipes can take: along the streets, or from house to house where no streets are known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOT_BELOW = (
    "motorway", "motorway_link", "footway", "path", "cycleway", "steps", "pier", "bridleway", "corridor", "elevator", "platform", "track",
    "construction", "proposed", "raceway",
)  # fmt: skip
"""Classes of ways (OSM highway) under which no mains are laid: motorways, and those that run beside or away from streets."""
LOOP_M = 80.0
"""Between links that close loops where lines run from house to house (own choice: about a block)."""
LONGEST_M = 2000.0
"""No line runs farther from house to house: hamlets beyond have their own supply, or none (own choice)."""
LEAST_SHARE = 0.02
"""Parts of the street network with less of the demand than this are left to their neighbours (own choice)."""


class Ways:
    """A graph of lines. xyz: (n, 3) of all nodes; per line start, end (rows of xyz), length_m, shape, and `edge`, its row in the source."""

    def __init__(self, xyz: Floats, start: Ints, end: Ints, length: Floats, shape: NDArray[np.object_], edge: Ints) -> None:
        self.xyz, self.start, self.end, self.length, self.shape, self.edge = xyz, start, end, length, shape, edge
        self.used = np.unique(np.concatenate([start, end]))

    def nearest(self, xy: Floats) -> Ints:
        from scipy.spatial import cKDTree

        return np.asarray(self.used[cKDTree(self.xyz[self.used, :2]).query(xy)[1]])

    def forest(self, roots: Ints, cost: Floats | None = None) -> tuple[Floats, Ints, Ints]:
        """Distance to the nearest root, the node before on the way (-9999: none) and the root, per node."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import dijkstra

        n = len(self.xyz)
        graph = coo_matrix((self.length if cost is None else cost, (self.start, self.end)), shape=(n, n)).tocsr()
        distance, before, root = dijkstra(graph, directed=False, indices=roots, min_only=True, return_predecessors=True)
        return distance, before.astype(np.int64), root.astype(np.int64)

    def edge_between(self, a: Ints, b: Ints) -> Ints:
        """Row (of this graph) of the shortest line between pairs of nodes."""
        n = len(self.xyz)
        key = np.minimum(self.start, self.end) * n + np.maximum(self.start, self.end)
        order = np.lexsort((self.length, key))
        at = np.searchsorted(key[order], np.minimum(a, b) * n + np.maximum(a, b))
        return np.asarray(order[at])

    def parts(self) -> Ints:
        """Number of the connected part of each node."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        n = len(self.xyz)
        graph = coo_matrix((np.ones(len(self.start)), (self.start, self.end)), shape=(n, n))
        return np.asarray(connected_components(graph, directed=False)[1], np.int64)

    def only(self, keep: Bools) -> Ways:
        """Some of the lines."""
        return Ways(self.xyz, self.start[keep], self.end[keep], self.length[keep], self.shape[keep], self.edge[keep])


def summed(value: Floats, distance: Floats, before: Ints) -> Floats:
    """What every node of a forest passes on towards its root: its own value and all from beyond it."""
    total = value.copy()
    for node in np.argsort(-np.where(np.isfinite(distance), distance, -1.0), kind="stable"):
        if before[node] >= 0:
            total[before[node]] += total[node]
    return total


def ties(ways: Ways, root: Ints, passing: Floats, most: int) -> list[tuple[int, int]]:
    """Lines between the trees of two roots where a cable joins them, as nodes; of each pair of roots the few with the thickest trees at
    both ends."""
    a, b = root[ways.start], root[ways.end]
    thin = np.minimum(passing[ways.start], passing[ways.end])
    rows = np.flatnonzero((a >= 0) & (b >= 0) & (a != b) & (thin > 0))
    used: dict[tuple[int, int], int] = {}
    found = []
    for row in rows[np.argsort(-thin[rows], kind="stable")].tolist():
        pair = (int(min(a[row], b[row])), int(max(a[row], b[row])))
        used[pair] = used.get(pair, 0) + 1
        if used[pair] <= most:
            found.append((int(ways.start[row]), int(ways.end[row])))
    return found


def ways_of(city: City, places: Floats) -> tuple[Ways, bool]:
    """Ways for what is to be laid, and whether they are the city's streets; else straight lines between neighbours among the places.

    Of two streets between the same nodes the shorter is taken.
    """
    streets = city.networks.get("roads")
    if streets is not None and len(streets.edges):
        e, n = streets.edges, len(streets.nodes)
        start, end = e["start"].to_numpy(np.int64), e["end"].to_numpy(np.int64)
        fine = (start >= 0) & (end >= 0) & (start < n) & (end < n) & (start != end) & ~shapely.is_missing(streets.geometry)
        there = np.isfinite(streets.nodes[["x", "y"]].to_numpy(float)).all(1)
        fine[fine] = there[start[fine]] & there[end[fine]]
        below = fine & ~_told(e, "class", NOT_BELOW) & ~_flag(e, "tunnel")
        keep = np.flatnonzero(below if below.any() else fine)
        length = np.maximum(shapely.length(streets.geometry[keep]), 0.1)
        low, high = np.minimum(start, end)[keep], np.maximum(start, end)[keep]
        keep_first = np.lexsort((length, high, low))
        first = np.unique(low[keep_first] * n + high[keep_first], return_index=True)[1]
        order = np.sort(keep_first[first])
        rows = keep[order]
        if len(rows):
            xyz = streets.nodes[["x", "y", "z"]].to_numpy(float) if "z" in streets.nodes else np.zeros((n, 3))
            xyz[:, :2] = streets.nodes[["x", "y"]].to_numpy(float)
            xyz[:, 2] = np.where(np.isfinite(xyz[:, 2]), xyz[:, 2], 0.0)
            if city.terrain is not None:
                xyz[:, 2] = city.ground_z(xyz[:, 0], xyz[:, 1])
            shape = shapely.force_2d(streets.geometry[rows])
            return Ways(xyz, start[rows], end[rows], length[order], shape, rows), True
    xy = np.unique(np.round(places, 1), axis=0)
    if len(xy) == 1:  # a lone house: its line comes from the street that must be somewhere
        xy = np.vstack([xy, xy + [[30.0, 0.0]]])
    pairs = with_some_loops(xy, gabriel(xy))
    short = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) <= LONGEST_M
    pairs = pairs[short] if short.any() else pairs
    shape = shapely.linestrings(np.stack([xy[pairs[:, 0]], xy[pairs[:, 1]]], axis=1))
    xyz = np.column_stack([xy, city.ground_z(xy[:, 0], xy[:, 1])])
    return Ways(xyz, pairs[:, 0], pairs[:, 1], shapely.length(shape), shape, np.full(len(pairs), -1)), False


def _told(table: pd.DataFrame, column: str, words: Iterable[str]) -> Bools:
    return np.asarray(table[column].isin(list(words)), bool) if column in table else np.zeros(len(table), bool)


def _flag(table: pd.DataFrame, column: str) -> Bools:
    return np.asarray(table[column].map(bool), bool) if column in table else np.zeros(len(table), bool)


def main_parts(ways: Ways, places: Floats, weight: Floats) -> Ways:
    """The ways without scraps: parts that have little of the weight (of the nearest places) are left out."""
    part = ways.parts()
    share = np.bincount(part[ways.nearest(places)], weight, part.max() + 1)
    keep = share >= LEAST_SHARE * max(share.sum(), 1e-12)
    keep[np.argmax(share)] = True
    return ways.only(keep[part[ways.start]])


def gabriel(xy: Floats) -> Ints:
    """(m, 2): neighbours among distinct points, those whose circle on the line between them is empty (Gabriel and Sokal 1969,
    doi:10.2307/2412323). Connected, without crossings, and holds the minimum spanning tree."""
    from scipy.spatial import Delaunay, QhullError, cKDTree

    n = len(xy)
    if n < 2:
        return np.empty((0, 2), np.int64)
    if n < 4:
        pairs = np.array([(i, j) for i in range(n) for j in range(i + 1, n)], np.int64)
    else:
        try:
            t = Delaunay(xy).simplices
            pairs = np.unique(np.sort(np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [0, 2]]]), axis=1), axis=0).astype(np.int64)
        except QhullError:  # all in one line
            order = np.lexsort((xy[:, 1], xy[:, 0]))
            pairs = np.column_stack([order[:-1], order[1:]]).astype(np.int64)
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2
    radius = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) / 2
    empty = cKDTree(xy).query(middle)[0] >= radius * (1 - 1e-9)
    return np.asarray(pairs[empty], np.int64)


def with_some_loops(xy: Floats, pairs: Ints) -> Ints:
    """Of neighbours the minimum spanning tree, and of the others those that spare the longest ways round, LOOP_M from each other."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
    from scipy.spatial import cKDTree

    n, length = len(xy), np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    tree = minimum_spanning_tree(coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(n, n))).tocoo()
    kept = np.sort(np.column_stack([tree.row, tree.col]).astype(np.int64), axis=1)
    others = pairs[~np.isin(pairs[:, 0] * n + pairs[:, 1], kept[:, 0] * n + kept[:, 1])]
    order, before = breadth_first_order(tree.tocsr(), 0, directed=False)
    before[0] = 0
    hops, away = np.zeros(n, np.int64), np.zeros(n)
    for node in order[1:].tolist():
        hops[node] = hops[before[node]] + 1
        away[node] = away[before[node]] + float(np.hypot(*(xy[node] - xy[before[node]])))
    up = [before.astype(np.int64)]
    while (1 << len(up)) <= max(int(hops.max()), 1):
        up.append(up[-1][up[-1]])
    a, b = others[:, 0].copy(), others[:, 1].copy()
    a, b = np.where(hops[a] >= hops[b], a, b), np.where(hops[a] >= hops[b], b, a)
    for k in range(len(up) - 1, -1, -1):
        a = np.where(hops[a] - hops[b] >= (1 << k), up[k][a], a)
    for k in range(len(up) - 1, -1, -1):
        part = up[k][a] != up[k][b]
        a, b = np.where(part, up[k][a], a), np.where(part, up[k][b], b)
    meet = np.where(a == b, a, up[0][a])
    round_m = away[others[:, 0]] + away[others[:, 1]] - 2 * away[meet]
    middle = (xy[others[:, 0]] + xy[others[:, 1]]) / 2
    near = cKDTree(middle).query_ball_point(middle, LOOP_M) if len(middle) else []
    free, loops = round_m >= 2 * LOOP_M, list[int]()
    for i in np.argsort(-round_m, kind="stable").tolist():
        if free[i]:
            loops.append(i)
            free[near[i]] = False
    return np.concatenate([kept, others[loops]])


def centres_of_load(xy: Floats, weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Rows of the points nearest to the centres of a weighted k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489; seeded after Arthur and
    Vassilvitskii 2007). At most count, fewer where points are few."""
    count = min(count, len(xy))
    some = weight / weight.sum() if weight.sum() > 0 else np.full(len(xy), 1 / len(xy))
    centre = xy[[int(rng.choice(len(xy), p=some))]]
    away = ((xy - centre[0]) ** 2).sum(1)
    for _ in range(count - 1):
        chance = away * some
        if chance.sum() <= 0:
            break
        centre = np.vstack([centre, xy[int(rng.choice(len(xy), p=chance / chance.sum()))]])
        away = np.minimum(away, ((xy - centre[-1]) ** 2).sum(1))
    from scipy.spatial import cKDTree

    for _ in range(30):
        of = cKDTree(centre).query(xy)[1]
        mass = np.bincount(of, some, len(centre))
        moved = np.column_stack([np.bincount(of, some * xy[:, k], len(centre)) for k in (0, 1)]) / np.maximum(mass, 1e-300)[:, None]
        moved[mass <= 0] = centre[mass <= 0]
        if np.allclose(moved, centre, atol=0.5):
            break
        centre = moved
    return np.unique(cKDTree(xy).query(centre)[1]).astype(np.int64)
