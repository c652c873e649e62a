"""Repairs of networks: edges cut where others meet them, ends joined."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.doctor.links import crossings_of, gaps_of
from twin.city.network import Network

NEAR_END_M = 0.05
"""A cut nearer than this to an end of an edge is at that end."""


def with_crossings_noded(network: Network) -> Network:
    """Both roads of each plain crossing are cut there and share a node."""
    pairs, where = crossings_of(network)
    if not len(pairs):
        return network
    xy = np.column_stack([shapely.get_x(where), shapely.get_y(where)])
    first = len(network.nodes)
    nodes = _more_nodes(network, xy, pairs[:, 0])
    # Three roads through one point share one node.
    _, one, same = np.unique(np.round(xy, 2), axis=0, return_index=True, return_inverse=True)
    node = first + one[same.ravel()]
    cuts = pd.DataFrame({"edge": np.concatenate([pairs[:, 0], pairs[:, 1]]), "node": np.concatenate([node, node])})
    return _without_unused(_cut(replace(network, nodes=nodes), cuts.drop_duplicates()), first)


def with_ends_joined(network: Network) -> Network:
    """Each dead end that nearly meets another edge gets a place on it: the edge is cut there, its pieces end at the dead end."""
    node, edge = gaps_of(network)
    if not len(node):
        return network
    return _cut(network, pd.DataFrame({"edge": edge, "node": node}))


def _more_nodes(network: Network, xy: NDArray[np.float64], edge: NDArray[np.int64]) -> pd.DataFrame:
    nodes, n = network.nodes, len(network.nodes)
    start, end = (network.edges[c].to_numpy(np.int64)[edge] for c in ("start", "end"))
    more: dict[str, Any] = {"id": [f"node/{network.kind}-crossing-{n + i}" for i in range(len(xy))], "x": xy[:, 0], "y": xy[:, 1]}
    if "z" in nodes:
        z = nodes["z"].to_numpy(float)
        more["z"] = (z[start] + z[end]) / 2
    return pd.concat([nodes, pd.DataFrame(more)], ignore_index=True)


def _without_unused(network: Network, first: int) -> Network:
    """New nodes (from row `first` on) that no edge took are left out."""
    used = np.zeros(len(network.nodes), bool)
    used[:first] = True
    start, end = (network.edges[c].to_numpy(np.int64) for c in ("start", "end"))
    used[start], used[end] = True, True
    row = np.cumsum(used) - 1
    edges = network.edges.assign(start=row[start].astype(np.int32), end=row[end].astype(np.int32))
    return replace(network, nodes=network.nodes[used].reset_index(drop=True), edges=edges)


def _cut(network: Network, cuts: pd.DataFrame) -> Network:
    """Edges cut at nodes that lie on or beside them. cuts: rows of edge and node.

    The first piece keeps the id of its edge (tables of turns and signals still find it), the others get /2, /3 behind it. A node
    beside an end of the edge takes that end's place.
    """
    edges, lines = network.edges, network.geometry.copy()
    start, end = edges["start"].to_numpy(np.int64).copy(), edges["end"].to_numpy(np.int64).copy()
    xy = network.nodes[["x", "y"]].to_numpy(float)
    merged: dict[int, int] = {}
    source, begins, ends, shapes, numbers = [], [], [], [], []
    ids = edges["id"].astype(str).to_numpy(object) if "id" in edges else np.arange(len(edges)).astype(str).astype(object)
    for e in np.unique(cuts["edge"].to_numpy(np.int64)).tolist():  # only the few edges that are cut
        group, line = cuts[cuts["edge"] == e], lines[e]
        long = float(shapely.length(line))
        at = {int(n): float(shapely.line_locate_point(line, shapely.Point(xy[n]))) for n in group["node"]}
        inner: list[tuple[float, int]] = []
        for node, distance in sorted(at.items(), key=lambda item: item[1]):
            if distance < NEAR_END_M or long - distance < NEAR_END_M:
                merged[node] = int(start[e] if distance < NEAR_END_M else end[e])
            elif not inner or distance - inner[-1][0] > NEAR_END_M:
                inner.append((distance, node))
            else:
                merged[node] = inner[-1][1]
        stops = [(0.0, int(start[e])), *inner, (long, int(end[e]))]
        for k, ((d0, n0), (d1, n1)) in enumerate(zip(stops, stops[1:], strict=False)):
            piece = _between(line, d0, d1, xy[n0] if k else None, xy[n1] if k < len(inner) else None)
            if k == 0:
                lines[e], end[e] = piece, n1
                continue
            source.append(e)
            begins.append(n0)
            ends.append(n1)
            shapes.append(piece)
            numbers.append(f"{ids[e]}/{k + 1}")
    table = pd.concat([edges.assign(start=start, end=end), edges.iloc[source].assign(start=begins, end=ends)], ignore_index=True)
    geometry = np.concatenate([lines, _array(shapes)])
    if "id" in table:
        names = table["id"].to_numpy(object).copy()
        names[len(edges) :] = _fresh(numbers, set(ids.tolist()))
        table["id"] = names
    if "length_m" in table:  # an edge may be longer than its line (a pipe that goes up and down)
        before = shapely.length(network.geometry)[np.r_[np.arange(len(edges)), source].astype(np.int64)]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(before > 0, shapely.length(geometry) / before, 1.0)
        table["length_m"] = table["length_m"].to_numpy(float) * share
    for column in ("start", "end"):
        values = table[column].to_numpy(np.int64)
        table[column] = np.array([merged.get(v, v) for v in values.tolist()], np.int32) if merged else values.astype(np.int32)
    return replace(network, edges=table, geometry=geometry)


def _fresh(names: list[str], taken: set[str]) -> list[str]:
    out = []
    for name in names:
        free, n = name, 2
        while free in taken:
            free, n = f"{name}.{n}", n + 1
        taken.add(free)
        out.append(free)
    return out


def _between(line: Any, d0: float, d1: float, first: NDArray[np.float64] | None, last: NDArray[np.float64] | None) -> Any:
    """Part of a line, its cut ends moved onto the nodes there."""
    from shapely.ops import substring

    piece = substring(line, d0, d1)
    xyz = shapely.get_coordinates(piece, include_z=bool(shapely.has_z(piece)))
    if first is not None:
        xyz[0, :2] = first
    if last is not None:
        xyz[-1, :2] = last
    return shapely.linestrings(xyz)


def _array(shapes: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(shapes), object)
    out[:] = shapes
    return out
