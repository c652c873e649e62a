"""Networks that do not hang together: parts cut off, ends that nearly meet, roads that cross without a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.network import Network

GAP_M = 0.5
"""An end nearer than this to another line was meant to meet it."""
STACKED_M = 3.0
"""Roads whose heights differ by more do not meet."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Islands:
    """label: (nodes,) part each belongs to; parts: how many; small: (nodes,) whether not in the longest part; share: of the length
    in the others."""

    label: NDArray[np.int32]
    parts: int
    small: NDArray[np.bool_]
    share: float


def islands_of(network: Network) -> Islands:
    """Connected parts that have an edge, directions ignored."""
    if not len(network.edges):
        return Islands(np.empty(0, np.int32), 0, np.zeros(len(network.nodes), bool), 0.0)
    label = network.islands()
    start = network.edges["start"].to_numpy(np.int64)
    length = np.nan_to_num(network.edges["length_m"].to_numpy(float)) if "length_m" in network.edges else np.ones(len(start))
    total = np.bincount(label[start], np.maximum(length, 1e-6), minlength=int(label.max()) + 1)
    main = int(total.argmax())
    used = np.zeros(len(network.nodes), bool)
    used[start], used[network.edges["end"].to_numpy(np.int64)] = True, True
    share = float(1 - total[main] / total.sum())
    return Islands(label, int((total > 0).sum()), used & (label != main), share)


def has_own_nodes(network: Network) -> bool:
    """Whether the source itself says where its edges meet: SUMO (lanes) and TNTP (capacities) do, lines of a map do not."""
    return "lanes" in network.tables or "capacity_vph" in network.edges


def crossings_of(network: Network) -> tuple[Ints, NDArray[np.object_]]:
    """Pairs of edges (k, 2) that cross, or end on one another, without a node, and where (Point each).

    Not told: bridges, tunnels and other layers, what one cannot drive on, edges that share a node, heights over 3 m apart, and
    networks that have their own nodes.
    """
    edges, lines = network.edges, network.geometry
    nothing = np.empty((0, 2), np.int64), np.empty(0, object)
    if len(lines) < 2 or has_own_nodes(network):
        return nothing
    meets = np.ones(len(lines), bool)
    for column in ("bridge", "tunnel"):
        if column in edges:
            meets &= ~edges[column].fillna(False).to_numpy(bool)
    if "drivable" in edges:
        meets &= edges["drivable"].fillna(True).to_numpy(bool)
    meets &= ~(shapely.is_missing(lines) | shapely.is_empty(lines))
    rows = np.flatnonzero(meets)
    if len(rows) < 2:
        return nothing
    flat = shapely.force_2d(lines[rows])
    a, b = shapely.STRtree(flat).query(flat, predicate="crosses")
    a, b = rows[a[a < b]], rows[b[a < b]]
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    keep = ~((start[a] == start[b]) | (start[a] == end[b]) | (end[a] == start[b]) | (end[a] == end[b]))
    for column in ("layer", "level"):
        if column in edges:
            storey = edges[column].fillna(0).astype(str).str.removesuffix(".0").replace("", "0").to_numpy(object)
            keep &= storey[a] == storey[b]
    a, b = a[keep], b[keep]
    if not len(a):
        return nothing
    where = shapely.intersection(shapely.force_2d(lines[a]), shapely.force_2d(lines[b]))
    single = shapely.get_type_id(where) == 0  # lines that cross several times or run along each other are no plain crossing
    a, b, where = a[single], b[single], where[single]
    if shapely.has_z(lines[a]).any() and shapely.has_z(lines[b]).any() and len(a):
        za, zb = (shapely.get_z(shapely.line_interpolate_point(lines[r], shapely.line_locate_point(lines[r], where))) for r in (a, b))
        with np.errstate(invalid="ignore"):
            far = np.abs(za - zb) > STACKED_M
        a, b, where = a[~far], b[~far], where[~far]
    return np.column_stack([a, b]), where


def places_of(network: Network, pairs: Ints, where: NDArray[np.object_]) -> Ints:
    """Rows of the crossings of which each is another place: the two directions of a road cross another one once."""
    if not len(pairs):
        return np.empty(0, np.int64)
    ends = np.sort(network.edges[["start", "end"]].to_numpy(np.int64), axis=1)
    _, road = np.unique(ends, axis=0, return_inverse=True)
    roads = np.unique(np.sort(road.ravel()[pairs], axis=1), axis=0, return_index=True)[1]
    xy = np.round(np.column_stack([shapely.get_x(where), shapely.get_y(where)])[np.sort(roads)], 1)
    return np.sort(roads)[np.sort(np.unique(xy, axis=0, return_index=True)[1])]


def gaps_of(network: Network, reach_m: float = GAP_M) -> tuple[Ints, Ints]:
    """Dead ends (node rows) that lie within reach of an edge they are not part of, and the nearest such edge; none of a network that
    has its own nodes."""
    edges, lines = network.edges, network.geometry
    none = np.empty(0, np.int64)
    if len(lines) < 2 or has_own_nodes(network):
        return none, none
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    degree = np.bincount(np.concatenate([start, end]), minlength=len(network.nodes))
    dead = np.flatnonzero(degree == 1)
    xy = network.nodes[["x", "y"]].to_numpy(float)
    dead = dead[np.isfinite(xy[dead]).all(1)]
    there = np.flatnonzero(~(shapely.is_missing(lines) | shapely.is_empty(lines)))
    if not len(dead) or len(there) < 2:
        return none, none
    apart = np.zeros(len(lines), bool)
    for column in ("bridge", "tunnel"):
        if column in edges:
            apart |= edges[column].fillna(False).to_numpy(bool)
    ends = shapely.points(xy[dead])
    flat = shapely.force_2d(lines)
    i, j = shapely.STRtree(flat[there]).query(ends, predicate="dwithin", distance=reach_m)
    node, edge = dead[i], there[j]
    own = np.full(len(network.nodes), -1, np.int64)
    own[start], own[end] = np.arange(len(start)), np.arange(len(end))
    # Not its own edge, nor one that hangs on the other end of it at the same place.
    other = np.where(start[own[node]] == node, end[own[node]], start[own[node]])
    keep = (own[node] != edge) & (start[edge] != other) & (end[edge] != other) & ~apart[edge] & ~apart[own[node]]
    node, edge, at = node[keep], edge[keep], ends[i[keep]]
    if not len(node):
        return none, none
    order = np.lexsort((shapely.distance(flat[edge], at), node))
    first = np.r_[True, np.diff(node[order]) > 0]
    return node[order][first], edge[order][first]
