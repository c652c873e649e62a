"""Lines of metro and rail cut at their stations, so that each station is a node."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.features import Features
from twin.city.network import Network

REACH_M = 120.0
"""A station is given by its middle or its entrance; its track is no further away than this."""
END_M = 60.0
"""A station this near to the end of a line is that end."""


def split_at_stations(network: Network, stations: Features) -> Network:
    """The network with a node at each station within reach, `kind` station and its name; edges between stations keep their course.

    Stations of one name within reach of each other are one. Returns the network itself where no station lies on a line.
    """
    places, names = _distinct(stations)
    if not len(places) or not len(network.edges):
        return network
    edge, station = _near(network.geometry, places)
    if not len(edge):
        return network
    along = shapely.line_locate_point(network.geometry[edge], shapely.points(places[station]))
    length = shapely.length(network.geometry)
    start, end = network.edges["start"].to_numpy(np.int64), network.edges["end"].to_numpy(np.int64)
    used, node = np.unique(station, return_inverse=True)
    of_station = len(network.nodes) + node.ravel()
    # An end near a station is the station, for all lines that meet there.
    at_start, at_end = along <= END_M, along >= length[edge] - END_M
    is_node = np.arange(len(network.nodes))
    is_node[start[edge[at_start]]] = of_station[at_start]
    is_node[end[edge[at_end]]] = of_station[at_end]
    start, end = is_node[start], is_node[end]
    cuts = np.flatnonzero(~at_start & ~at_end)
    cuts = cuts[np.lexsort((along[cuts], edge[cuts]))]
    bounds = np.searchsorted(edge[cuts], np.arange(len(start) + 1))
    pieces: list[tuple[int, int, int, float, float]] = []  # edge row, from node, to node, from metre, to metre
    for row in range(len(start)):
        inside = cuts[bounds[row] : bounds[row + 1]]
        stops = [int(start[row]), *of_station[inside].tolist(), int(end[row])]
        at = [0.0, *along[inside].tolist(), float(length[row])]
        pieces += [(row, a, b, u, v) for a, b, u, v in zip(stops[:-1], stops[1:], at[:-1], at[1:], strict=True) if a != b]
    if not pieces:
        return network
    rows = np.array([p[0] for p in pieces], np.int64)
    geometry = np.array([_between(network.geometry[r], u, v) for r, _, _, u, v in pieces], object)
    edges = network.edges.iloc[rows].reset_index(drop=True)
    several = np.bincount(rows, minlength=len(start))[rows] > 1
    count = pd.Series(rows).groupby(rows).cumcount().to_numpy() + 1
    edges["id"] = [f"{i}/{n}" if s else i for i, n, s in zip(edges["id"], count, several, strict=True)]
    more = pd.DataFrame({"id": [f"node/{network.kind}-station-{i}" for i in used], "x": places[used, 0], "y": places[used, 1], "z": 0.0})
    more["name"], more["kind"] = names[used], "station"
    nodes = pd.concat([network.nodes.assign(name="", kind="end"), more], ignore_index=True)
    ends = np.array([(p[1], p[2]) for p in pieces], np.int64)
    keep, renumbered = np.unique(ends, return_inverse=True)
    renumbered = renumbered.reshape(-1, 2).astype(np.int32)
    edges["start"], edges["end"], edges["length_m"] = renumbered[:, 0], renumbered[:, 1], shapely.length(geometry)
    return Network(network.kind, nodes.iloc[keep].reset_index(drop=True), edges, geometry, network.source, network.tables)


def _distinct(stations: Features) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Places and names of stations; those of one name within reach of the first are that one."""
    xy = centres(stations.geometry)
    name = stations.table["name"].fillna("").astype(str).to_numpy(object)
    good = np.isfinite(xy).all(1)
    xy, name = xy[good], name[good]
    if not len(xy):
        return xy, name
    a, b = shapely.STRtree(shapely.points(xy)).query(shapely.points(xy), predicate="dwithin", distance=4 * REACH_M)
    same = (b < a) & (name[a] == name[b]) & (name[a] != "")
    first = ~np.isin(np.arange(len(xy)), a[same])
    return xy[first], name[first]


def _near(lines: NDArray[np.object_], places: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of edge and station; of the stations of one edge at the same place along it only the nearest."""
    station, edge = shapely.STRtree(lines).query(shapely.points(places), predicate="dwithin", distance=REACH_M)
    if not len(edge):
        return edge, station
    distance = shapely.distance(lines[edge], shapely.points(places[station]))
    along = shapely.line_locate_point(lines[edge], shapely.points(places[station]))
    order = np.lexsort((distance, edge))
    edge, station, along = edge[order], station[order], along[order]
    keep = np.ones(len(edge), bool)
    for low, high in zip(*_groups(edge), strict=True):
        for i in range(low + 1, high):
            before = along[low:i][keep[low:i]]
            keep[i] = not (np.abs(before - along[i]) < REACH_M).any()
    return edge[keep], station[keep]


def _groups(sorted_values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low = np.flatnonzero(np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]]))
    return low, np.append(low[1:], len(sorted_values))


def _between(line: shapely.LineString, low: float, high: float) -> shapely.LineString:
    from shapely.ops import substring

    part = substring(line, low, high)
    return part if part.geom_type == "LineString" else shapely.LineString([part, part])
