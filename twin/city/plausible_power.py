"""A power network for a city that has none: substations amid the load, feeders along the streets, ties that are normally open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.plausible_ways import Floats, Ints, Ways, centres_of_load, gabriel, summed, ties

MOST_LOAD_MVA, LEAST_LOAD_MVA, SPARE, SIZES_MVA = 40.0, 8.0, 1.5, (10.0, 20.0, 40.0, 50.0, 60.0)
"""A substation feeds no more than the first and, where a neighbour has room, no less than the second; it has half as much again in
reserve, so that it helps out a neighbour; usual sizes of two transformers together (assumptions)."""
KV = {"asia": 10.0, "europe": 20.0, "north-america": 13.2}
OTHER_KV, CABLE_KA, FULL = 11.0, 0.45, 1.5
"""Voltage of feeders by region, current of one cable, and what a feeder is laid for over its load (assumptions)."""
TIES, CROSSINGS, TRANSMISSION_KVA, POWER_FACTOR, OFFSET_M = 4, 2, 150_000.0, 0.95, 9.0
"""Ties between two neighbouring substations, lines between two parts that no street joins (banks of a river), rating of a line between
substations, power factor of loads, and how far a station stands from its crossing (assumptions)."""


@dataclass(frozen=True)
class Loads:
    """Places with a connection of their own. xy: (k, 2); kw, name: (k,)."""

    xy: Floats
    kw: Floats
    name: NDArray[np.object_]

    def only(self, keep: NDArray[np.bool_]) -> Loads:
        return Loads(self.xy[keep], self.kw[keep], self.name[keep])

    @staticmethod
    def joined(several: list[Loads]) -> Loads:
        if not several:
            return Loads(np.empty((0, 2)), np.empty(0), np.empty(0, object))
        return Loads(*(np.concatenate([getattr(s, k) for s in several]) for k in ("xy", "kw", "name")))


def power_network(
    ways: Ways, home: Ints, kw: Floats, own: Loads, region: str, street: NDArray[np.object_], rng: np.random.Generator, source: str
) -> Network:
    """home: node of ways that feeds each building; kw: its load; street: id of the street of each line of ways.

    Crossings that ask for more than a cable carries, and loads of their own, have a second feed from another substation, a tie.
    nodes: kind substation | transformer | junction | load, load_kw, capacity_mva, vn_kv, priority (1: shed last). edges: kind feeder |
    service | tie | transmission, rating_kva, parallel (cables), closed, substation (node row that feeds it, -1 none).
    """
    n = len(ways.xyz)
    load = np.bincount(home, kw, n).astype(np.float64)
    beside = ways.nearest(own.xy) if len(own.kw) else np.empty(0, np.int64)
    whole = load + np.bincount(beside, own.kw, n)
    roots, distance, before, root = _substations(ways, whole / POWER_FACTOR / 1000.0, rng)
    passing = summed(np.where(np.isfinite(distance), whole, 0.0), distance, before)
    child = np.flatnonzero((passing > 0) & (before >= 0))
    row = ways.edge_between(child, before[child])
    at = np.unique(np.concatenate([child, before[child], roots]))
    new = np.full(n, -1, np.int64)
    new[at] = np.arange(len(at))
    kv = KV.get(region, OTHER_KV)
    cable = np.sqrt(3.0) * kv * CABLE_KA * 1000.0
    served = np.bincount(np.searchsorted(roots, root[root >= 0]), whole[root >= 0], len(roots)) / POWER_FACTOR / 1000.0
    street_nodes = pd.DataFrame({
        "x": ways.xyz[at, 0], "y": ways.xyz[at, 1], "z": ways.xyz[at, 2], "kind": np.where(load[at] > 0, "transformer", "junction"),
        "name": "", "load_kw": np.round(load[at], 1), "capacity_mva": np.nan, "vn_kv": kv, "priority": 0,
    })  # fmt: skip
    site = ways.xyz[roots] + [OFFSET_M, OFFSET_M, 0.0]
    stations = pd.DataFrame({
        "x": site[:, 0], "y": site[:, 1], "z": site[:, 2], "kind": "substation", "name": [f"Substation {i + 1}" for i in range(len(roots))],
        "load_kw": 0.0, "capacity_mva": [_size(s) for s in served], "vn_kv": kv, "priority": 0,
    })  # fmt: skip
    customers = pd.DataFrame({
        "x": own.xy[:, 0], "y": own.xy[:, 1], "z": ways.xyz[beside, 2], "kind": "load", "name": own.name, "load_kw": np.round(own.kw, 1),
        "capacity_mva": np.nan, "vn_kv": kv, "priority": 1,
    })  # fmt: skip
    station = np.full(n, -1, np.int64)
    station[roots] = len(at) + np.arange(len(roots))
    customer = len(at) + len(roots) + np.arange(len(beside))
    start = np.where(station[before[child]] >= 0, station[before[child]], new[before[child]])
    feeder = _begun_at(ways, ways.shape[row], before[child], np.isin(before[child], roots))
    # what stands at a station's own crossing has its feeder too, so that others can feed it when the station is out
    crossing = (whole[roots] / POWER_FACTOR * FULL) / cable
    crossing_cables = np.maximum(1.0, np.ceil(crossing))
    crossing_shape = shapely.linestrings(np.stack([site[:, :2], ways.xyz[roots, :2]], axis=1))
    cables = np.maximum(1.0, np.ceil(passing[child] / POWER_FACTOR * FULL / cable))
    pairs = np.array(ties(ways, root, passing, TIES), np.int64).reshape(-1, 2)
    tie_row = ways.edge_between(pairs[:, 0], pairs[:, 1])
    large = np.flatnonzero(load > cable * POWER_FACTOR)
    large = large[root[large] >= 0]
    asked = np.concatenate([load[large], own.kw]) / POWER_FACTOR
    spare = np.array([_size(v) for v in served]) - served
    places = np.vstack([ways.xyz[large, :2], own.xy])
    second, second_shape = _second_feeds(ways, roots, root, spare, np.concatenate([large, beside]), asked / 1000.0, places)
    fed_twice = np.concatenate([new[large], customer])[second >= 0]
    second_cables = np.maximum(1.0, np.ceil(asked[second >= 0] / cable))
    second = second[second >= 0]
    links, link_shape = _transmission(ways, roots)
    straight = shapely.linestrings(np.stack([ways.xyz[beside, :2], own.xy], axis=1)) if len(beside) else np.empty(0, object)
    groups = [
        ("feeder", start, new[child], feeder, cables, cables * cable, station[root[child]], street[row]),
        ("feeder", station[roots], new[roots], crossing_shape, crossing_cables, crossing_cables * cable, station[roots], ""),
        ("service", new[beside], customer, straight, 2.0, 2 * np.maximum(np.ceil(own.kw / 400) * 500, 1000),
         station[root[beside]], ""),
        ("tie", new[pairs[:, 0]], new[pairs[:, 1]], ways.shape[tie_row], 1.0, cable, -1, street[tie_row]),
        ("tie", station[second], fed_twice, second_shape, second_cables, second_cables * cable, -1, ""),
        ("transmission", station[links[:, 0]], station[links[:, 1]], link_shape, 1.0, TRANSMISSION_KVA, -1, ""),
    ]  # fmt: skip
    frames = [
        pd.DataFrame({
            "start": start, "end": end, "kind": what, "substation": of, "rating_kva": np.round(rating), "parallel": parallel,
            "closed": what != "tie", "street": where,
        }, index=range(len(start)))
        for what, start, end, _, parallel, rating, of, where in groups if len(start)
    ]  # fmt: skip
    shapes = [g[3] for g in groups if len(g[1])]
    return laid("power", pd.concat([street_nodes, stations, customers], ignore_index=True), frames, shapes, source)


def laid(kind: str, nodes: pd.DataFrame, frames: list[pd.DataFrame], shapes: list[NDArray[np.object_]], source: str) -> Network:
    """A network of tables put together: ids, lengths and lines that begin at their start."""
    edges = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"start": [], "end": [], "kind": []})
    edges = edges.astype({"start": np.int32, "end": np.int32})
    lines = np.concatenate([np.asarray(s, object) for s in shapes]) if shapes else np.empty(0, object)
    if len(lines):
        xy = nodes[["x", "y"]].to_numpy(float)
        first, last = (shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1))
        begin, other = xy[edges["start"]], xy[edges["end"]]
        against = np.hypot(*(last - begin).T) + np.hypot(*(first - other).T) < np.hypot(*(first - begin).T) + np.hypot(*(last - other).T)
        lines[against] = shapely.reverse(lines[against])
    edges.insert(0, "id", [f"{kind}-line/{i}" for i in range(len(edges))])
    edges["length_m"] = np.round(np.maximum(shapely.length(lines), 0.1), 2) if len(lines) else np.empty(0)
    edges["oneway"], edges["source"] = False, source
    nodes.insert(0, "id", [f"{kind}-node/{i}" for i in range(len(nodes))])
    nodes["source"] = source
    return Network(kind, nodes, edges, lines, source)


def _size(mva: float) -> float:
    fit = [s for s in SIZES_MVA if s >= mva * SPARE]
    return fit[0] if fit else float(np.ceil(mva * SPARE / 10.0) * 10.0)


def _substations(ways: Ways, mva: Floats, rng: np.random.Generator) -> tuple[Ints, Floats, Ints, Ints]:
    """Nodes of substations (in order) and the forest they feed: enough of them in each part, none with more than MOST_LOAD_MVA."""
    part, xy = ways.parts(), ways.xyz[:, :2]
    roots = list[int]()
    for p in np.unique(part[ways.used]).tolist():
        of = ways.used[(part[ways.used] == p)]
        of = of[mva[of] > 0]
        if len(of):
            count = max(1, int(np.ceil(mva[of].sum() / (0.8 * MOST_LOAD_MVA))))
            roots += of[centres_of_load(xy[of], mva[of], count, rng)].tolist()
    found = np.unique(roots)
    while True:
        distance, before, root = ways.forest(found)
        load = np.bincount(np.searchsorted(found, root[root >= 0]), mva[root >= 0], len(found))
        more = list[int]()
        for i in np.flatnonzero(load > MOST_LOAD_MVA).tolist():
            of = np.flatnonzero((root == found[i]) & (mva > 0))
            halves = of[centres_of_load(xy[of], mva[of], 2, rng)].tolist()
            more += halves if len(halves) > 1 else [int(found[i])]
        again = np.unique([r for r, m in zip(found.tolist(), load.tolist(), strict=True) if m <= MOST_LOAD_MVA] + more)
        if len(again) <= len(found):  # one crossing with more than any substation feeds cannot be parted
            break
        found = again
    for small in found[(load < LEAST_LOAD_MVA)][np.argsort(load[load < LEAST_LOAD_MVA], kind="stable")].tolist():
        others = found[found != small]
        if (part[others] == part[small]).any():
            tried = ways.forest(others)
            most = np.bincount(np.searchsorted(others, tried[2][tried[2] >= 0]), mva[tried[2] >= 0], len(others)).max()
            if most <= max(MOST_LOAD_MVA, float(load.max())):
                found, (distance, before, root) = others, tried
    return found, distance, before, root


def _begun_at(ways: Ways, shapes: NDArray[np.object_], node: Ints, those: NDArray[np.bool_]) -> NDArray[np.object_]:
    """The lines, those of a mask begun at the station beside their node."""
    out = shapes.copy()
    for k in np.flatnonzero(those).tolist():
        xy, a = shapely.get_coordinates(shapes[k]), ways.xyz[node[k], :2]
        xy = xy if np.hypot(*(xy[0] - a)) <= np.hypot(*(xy[-1] - a)) else xy[::-1]
        out[k] = shapely.LineString([a + OFFSET_M, *xy])
    return out


def _second_feeds(
    ways: Ways, roots: Ints, root: Ints, spare: Floats, nodes: Ints, mva: Floats, places: Floats
) -> tuple[Ints, NDArray[np.object_]]:
    """For each node the nearest other substation that has so much to spare when the node's own is out, the nearest where none has (-1:
    none that streets join), and the lines from those there are to the places. spare: MVA by substation."""
    found, lines = np.full(len(nodes), -1, np.int64), dict[int, object]()
    for r in np.unique(root[nodes]).tolist():
        left = np.where(roots == r, -1.0, spare)
        mine = np.flatnonzero(root[nodes] == r)
        for k in mine[np.argsort(-mva[mine], kind="stable")].tolist():
            distance, before, _ = ways.forest(nodes[k : k + 1])
            away = np.where(roots == r, np.inf, distance[roots])
            best = int(np.argmin(np.where(left >= mva[k], away, away + 1e7)))
            if np.isfinite(away[best]):
                left[best] -= mva[k]
                found[k] = roots[best]
                way = _along(ways, before, int(nodes[k]), int(roots[best])).coords[::-1]
                lines[k] = shapely.LineString([ways.xyz[roots[best], :2] + OFFSET_M, *way, places[k]])
    return found, np.array([*(lines[k] for k in sorted(lines)), None], object)[:-1]


def _transmission(ways: Ways, roots: Ints) -> tuple[Ints, NDArray[np.object_]]:
    """Pairs of neighbouring substations and the lines between them: along the streets where those join them."""
    pairs = roots[gabriel(ways.xyz[roots, :2])] if len(roots) > 1 else np.empty((0, 2), np.int64)
    part = ways.parts()
    a, b = part[pairs[:, 0]], part[pairs[:, 1]]
    of = np.minimum(a, b) * (part.max() + 1) + np.maximum(a, b)
    order = np.lexsort((np.hypot(*(ways.xyz[pairs[:, 0], :2] - ways.xyz[pairs[:, 1], :2]).T), of))
    rank = np.empty(len(pairs), np.int64)
    rank[order] = pd.Series(of[order]).groupby(of[order]).cumcount()
    pairs = pairs[(a == b) | (rank < CROSSINGS)]
    lines = list[object]()
    for a in np.unique(pairs[:, 0]).tolist():
        _, before, _ = ways.forest(np.array([a]))
        for b in pairs[pairs[:, 0] == a, 1].tolist():
            ends = ways.xyz[[a, b], :2] + OFFSET_M
            lines.append(shapely.LineString([ends[0], *_along(ways, before, a, b).coords, ends[1]]))
    order = np.argsort(pairs[:, 0], kind="stable")
    return pairs[order], np.array([*lines, None], object)[:-1]


def _along(ways: Ways, before: Ints, a: int, b: int) -> shapely.LineString:
    """The line from a to b over the nodes before."""
    way = [b]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    if way[-1] != a:
        return shapely.LineString(ways.xyz[[a, b], :2])
    nodes = np.array(way[::-1])
    points = [ways.xyz[[a], :2]]
    for u, row in zip(nodes[:-1].tolist(), ways.edge_between(nodes[:-1], nodes[1:]).tolist(), strict=True):
        xy = shapely.get_coordinates(ways.shape[row])
        points.append(xy if ways.start[row] == u else xy[::-1])
    return shapely.LineString(np.concatenate([*points, ways.xyz[[b], :2]]))
