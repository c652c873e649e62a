"""Networks from lines: noded at ends and shared vertices, with what a router needs on every edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.readers.fields import column, columns, first_text, number, text, truth

SNAP_M = 0.01
"""Vertices closer than this are one node."""
# Free speed in km/h and lanes per direction where the source gives none: the usual urban defaults of OSM routers (OSRM car profile).
DEFAULTS: dict[str, tuple[float, float]] = {
    "motorway": (90, 3), "motorway_link": (50, 1), "trunk": (80, 2), "trunk_link": (40, 1), "primary": (50, 2), "primary_link": (40, 1),
    "secondary": (45, 2),
    "secondary_link": (35, 1), "tertiary": (40, 1), "tertiary_link": (30, 1),
    "unclassified": (30, 1), "residential": (30, 1), "living_street": (10, 1), "service": (15, 1), "road": (30, 1),
    "track": (15, 1), "busway": (40, 1),
    "pedestrian": (5, 1), "footway": (5, 1),
    "path": (5, 1), "steps": (3, 1), "cycleway": (15, 1), "bridleway": (5, 1), "corridor": (4, 1), "platform": (4, 1),
}  # fmt: skip
ON_FOOT = frozenset({"pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "corridor", "platform", "elevator", "pier"})
NOT_ROADS = frozenset(
    {"rail", "ferry", "subway", "light_rail", "tram", "monorail", "funicular", "construction", "proposed", "aerialway", "runway", "taxiway"}
)
_KIND_CLASS = {"major_road": "primary", "minor_road": "residential", "highway": "motorway", "path": "path"}


def classes_of(table: pd.DataFrame, stated: dict[str, str]) -> NDArray[np.object_]:
    """Road class of each line, the words of OSM's highway=*; 'road' where unknown."""
    found = first_text(table, columns(table, "class", stated))
    kind = text(table["kind"]) if "kind" in table.columns else np.full(len(table), "", object)
    lower = pd.Series(found, dtype=object).str.lower()
    lower = lower.where(lower != "", pd.Series(kind, dtype=object).map(_KIND_CLASS).fillna(""))
    lower = lower.map(lambda c: _KIND_CLASS.get(c, c))
    aside = pd.Series(kind, dtype=object).isin(NOT_ROADS)
    lower = lower.where(~aside, pd.Series(kind, dtype=object))
    return lower.where(lower != "", "road").to_numpy(object)


def network_of(kind: str, shapes: NDArray[np.object_], edges: pd.DataFrame, source: str = "") -> Network:
    """Network of lines in local metres.

    shapes: (L,) LineString or MultiLineString; edges: attributes of the lines, same rows, with `id`; a line cut in pieces gives
    them its id with /1, /2 ... behind it. Lines meet where they share a vertex; those that only cross (a bridge) do not.
    """
    parts, line = shapely.get_parts(shapes, return_index=True)
    good = shapely.get_type_id(parts) == 1
    parts, line = parts[good], line[good]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    if len(xy):
        again = np.zeros(len(xy), bool)
        again[1:] = (part[1:] == part[:-1]) & (np.abs(xy[1:] - xy[:-1]) < SNAP_M).all(1)
        xy, part = xy[~again], part[~again]
    key = np.round(xy / SNAP_M).astype(np.int64)
    _, vertex = np.unique(key, axis=0, return_inverse=True) if len(key) else (None, np.empty(0, np.int64))
    vertex = vertex.ravel()
    first, last = np.ones(len(xy), bool), np.ones(len(xy), bool)
    first[1:], last[:-1] = part[1:] != part[:-1], part[1:] != part[:-1]
    uses = np.bincount(vertex, minlength=1) if len(vertex) else np.zeros(1, np.int64)
    stop = (first | last | (uses[vertex] > 1)) if len(vertex) else first
    at = np.flatnonzero(stop)
    begin, end = at[:-1], at[1:]
    same = part[begin] == part[end] if len(at) else np.empty(0, bool)
    begin, end = begin[same], end[same]

    count = end - begin + 1
    offset = np.cumsum(count) - count
    position = np.repeat(begin - offset, count) + np.arange(int(count.sum()))
    geometry = (
        np.asarray(shapely.linestrings(xy[position], indices=np.repeat(np.arange(len(begin)), count)), object)
        if len(begin)
        else np.empty(0, object)
    )
    nodes_used, node = np.unique(vertex[np.concatenate([begin, end])], return_inverse=True)
    node = node.ravel()
    place = np.zeros((len(nodes_used), 2))
    place[node] = xy[np.concatenate([begin, end])]
    nodes = pd.DataFrame(
        {"id": [f"node/{kind}-{i}" for i in range(len(place))], "x": place[:, 0], "y": place[:, 1], "z": np.zeros(len(place))}
    )
    of_line = line[part[begin]]
    table = edges.iloc[of_line].reset_index(drop=True)
    pieces = pd.Series(of_line).groupby(of_line).cumcount().to_numpy() + 1
    several = np.bincount(of_line, minlength=len(edges))[of_line] > 1
    ids = table["id"].to_numpy(object)
    ids[several] = [f"{i}/{n}" for i, n in zip(ids[several], pieces[several], strict=True)]
    table["id"] = ids
    table.insert(1, "start", node[: len(begin)].astype(np.int32))
    table.insert(2, "end", node[len(begin) :].astype(np.int32))
    table.insert(3, "length_m", shapely.length(geometry) if len(geometry) else np.empty(0))
    return Network(kind, nodes, table, geometry, source)


def roads_of(
    shapes: NDArray[np.object_],
    table: pd.DataFrame,
    ids: NDArray[np.object_],
    names: NDArray[np.object_],
    stated: dict[str, str],
    source: str,
) -> Network:
    """Road network of a line layer; rail, ferries and what is only planned are left out.

    Edges also say `drivable`: False for what is only for feet and bicycles (their speed is that of walking).
    """
    classes = classes_of(table, stated)
    keep = ~np.isin(classes.astype(str), list(NOT_ROADS))
    table, shapes, classes, ids, names = table[keep].reset_index(drop=True), shapes[keep].copy(), classes[keep], ids[keep], names[keep]
    n = len(table)

    def flag(meaning: str) -> NDArray[np.bool_]:
        out = np.zeros(n, bool)
        for name in columns(table, meaning, stated):
            out |= truth(table[name])
        return out

    def count(meaning: str) -> NDArray[np.float64]:
        name = column(table, meaning, stated)
        values = number(table[name])[0] if name is not None else np.full(n, np.nan)
        return np.where(values > 0, values, np.nan)

    usual = np.array([DEFAULTS.get(c, DEFAULTS["road"]) for c in classes.tolist()]).reshape(-1, 2)
    speed, lanes = count("maxspeed"), count("lanes")
    name = column(table, "oneway", stated)
    oneway = truth(table[name], letters_are_directions=True) if name is not None else np.zeros(n, bool)
    said = np.char.lower(text(table[name]).astype(str)) if name is not None else np.full(n, "")
    letters = bool(np.isin(said, ["b", "f"]).any())
    backwards = np.isin(said, ["-1", "reverse", "t"] if letters else ["-1", "reverse"])
    oneway |= np.isin(classes.astype(str), ["motorway", "motorway_link"]) & ~np.isin(said, ["no", "b", "false", "0"])
    shapes[backwards] = shapely.reverse(shapes[backwards])
    edges = pd.DataFrame(
        {
            "id": ids, "oneway": oneway, "class": classes, "lanes": np.where(np.isnan(lanes), usual[:, 1] * np.where(oneway, 1, 2), lanes),
            "speed_kmh": np.where(np.isnan(speed), usual[:, 0], speed), "name": names, "bridge": flag("bridge"), "tunnel": flag("tunnel"),
            "drivable": ~np.isin(classes.astype(str), list(ON_FOOT)),
        }
    )  # fmt: skip
    return network_of("roads", shapes, edges, source)
