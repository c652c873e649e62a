"""Networks from lines: noded at ends and shared vertices, with what a router needs on every edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.driving import driving_rules
from twin.city.network import Network
from twin.city.readers.fields import among, columns, first_text, text, truth
from twin.city.snapping import snapped

SNAP_M = 0.01
"""Vertices nearer to each other than this are one node."""
NOT_ROADS = frozenset(
    {
        "rail",
        "ferry",
        "subway",
        "light_rail",
        "tram",
        "monorail",
        "funicular",
        "construction",
        "proposed",
        "aerialway",
        "runway",
        "taxiway",
        "planned",
        "abandoned",
        "razed",
        "disused",
    }
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
    vertex = snapped(xy, SNAP_M)
    again = np.zeros(len(xy), bool)
    again[1:] = (part[1:] == part[:-1]) & (vertex[1:] == vertex[:-1])
    xy, part, vertex = xy[~again], part[~again], vertex[~again]
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
    """Road network of a line layer; rail, ferries and what is only planned are left out. Rules: twin.city.driving."""
    classes = classes_of(table, stated)
    keep = ~among(classes, NOT_ROADS)
    table, shapes, classes, ids, names = table[keep].reset_index(drop=True), shapes[keep].copy(), classes[keep], ids[keep], names[keep]

    def flag(meaning: str) -> NDArray[np.bool_]:
        out = np.zeros(len(table), bool)
        for name in columns(table, meaning, stated):
            out |= truth(table[name])
        return out

    rules, backwards = driving_rules(table, classes, stated)
    shapes[backwards] = shapely.reverse(shapes[backwards])
    head = pd.DataFrame({"id": ids, "class": classes, "name": names, "bridge": flag("bridge"), "tunnel": flag("tunnel")})
    return network_of("roads", shapes, pd.concat([head, rules], axis=1), source)


def line_marks(table: pd.DataFrame) -> dict[str, NDArray[np.object_]]:
    """`route` and `color` ('#rrggbb', '' unknown) of lines of public transport, where the source says either."""
    lower = {str(c).lower(): c for c in table.columns}

    def said(*names: str) -> NDArray[np.object_]:
        return first_text(table, [lower[n] for n in names if n in lower], frozenset({""}))

    route = said("ref", "route_short_name", "rt_symbol", "line")
    color = pd.Series(said("colour", "color", "route_color"), dtype=object).astype(str).str.lower().str.lstrip("#")
    known = color.str.fullmatch("[0-9a-f]{6}").fillna(False).to_numpy(bool)
    if not (route != "").any():
        return {}
    return {"route": route, "color": np.where(known, "#" + color, "").astype(object)}
