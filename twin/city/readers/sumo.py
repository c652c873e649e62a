"""SUMO road networks, `.net.xml` and `.net.xml.gz` (https://sumo.dlr.de/docs/Networks/SUMO_Road_Networks.html).

Read in one pass, memory by the edges kept; internal edges of junctions, crossings and walking areas are left out. Beside the
network, bus stops and parking areas of `*.add.xml` files become layers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from lxml import etree
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import Hints, NetworkPart, Parts, VectorLayer, source_of
from twin.city.readers.sumo_extra import beside
from twin.city.readers.sumo_xml import elements
from twin.city.readers.wiring import finite_rows, rows_of, sample
from twin.errors import InputError, Problem
from twin.frame import crs_name, parse_crs

_OUT = frozenset({"internal", "crossing", "walkingarea", "connector"})
_PROJ = frozenset(
    {"proj", "zone", "ellps", "datum", "units", "no_defs", "lat_0", "lon_0", "lat_1", "lat_2", "lat_ts", "k", "k_0", "x_0",
     "y_0", "south", "towgs84", "type", "a", "b", "rf", "gamma"}
)  # fmt: skip
CARS = frozenset({"passenger", "private", "taxi"})
RAIL = frozenset({"rail", "rail_urban", "rail_electric", "rail_fast", "tram", "subway", "cable_car"})


@dataclass
class _Edges:
    """One entry per edge kept, lanes apart."""

    id: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    type: list[str] = field(default_factory=list)
    priority: list[str] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    lanes: list[dict[str, str]] = field(default_factory=list)
    lane_edge: list[int] = field(default_factory=list)


def read_sumo(path: Path, hints: Hints) -> Parts:
    """Networks `roads` and, where there are tracks, `rail`; layer `signals`; layers of what lies in files beside. Raises InputError.

    Every edge runs one way. Columns and tables are those of twin.city.network.Network; coordinates in the projection the file
    names, without its offset.
    """
    edges, junctions, extra = _Edges(), [], _Extra()
    for element in elements(path):
        if element.tag == "edge":
            _edge(element, edges)
        elif element.tag == "junction":
            if element.get("type") != "internal":
                junctions.append(tuple(element.get(k, "") for k in ("id", "type", "x", "y", "z")))
        elif element.tag == "connection":
            if not (element.get("from") or ":").startswith(":"):
                extra.connections.append(tuple(element.get(k, "") for k in ("from", "to", "dir", "tl", "state")))
        elif element.tag == "location":
            extra.location = dict(element.attrib)
        elif element.tag == "tlLogic":
            _signal(element, extra)
        elif element.tag == "roundabout":
            extra.roundabouts |= set(element.get("edges", "").split())
    if not junctions or not edges.id:
        raise InputError("This SUMO network has no edges or junctions", where=str(path))
    problems: list[Problem] = []
    source = hints.name or path.name
    crs, offset = _projection(extra.location, hints, source, problems)
    scale = hints.unit_m if crs is None else 1.0
    nodes = _nodes(junctions, offset, scale)
    table, geometry, lanes = _roads(edges, extra, nodes, offset, scale, source, problems)
    turns = _turns(extra, table)
    networks = []
    for kind, some in (("roads", ~table["rail"].to_numpy(bool)), ("rail", table["rail"].to_numpy(bool))):
        if some.any():
            networks.append(_network(kind, some, nodes, table, geometry, turns, lanes, extra, crs, source, hints))
    layers = _signals(nodes, extra, crs, source, hints)
    sources = [source_of(path, hints, crs_name(crs))]
    more, from_files = beside(path, edges.lanes, table["id"].to_numpy(object)[lanes["edge"]], offset, scale, crs, hints)
    return Parts([*layers, *more], networks=networks, sources=[*sources, *from_files], problems=problems)


@dataclass
class _Extra:
    location: dict[str, str] = field(default_factory=dict)
    connections: list[tuple[str, ...]] = field(default_factory=list)
    phases: list[tuple[str, ...]] = field(default_factory=list)
    roundabouts: set[str] = field(default_factory=set)


def _edge(element: etree._Element, out: _Edges) -> None:
    if element.get("function", "") in _OUT or element.get("id", ":").startswith(":"):
        return
    number = len(out.id)
    for key, values in (("id", out.id), ("from", out.start), ("to", out.end), ("name", out.name), ("type", out.type),
                        ("priority", out.priority), ("shape", out.shape)):  # fmt: skip
        values.append(element.get(key, ""))
    for lane in element.iterfind("lane"):
        out.lanes.append(dict(lane.attrib))
        out.lane_edge.append(number)


def _signal(element: etree._Element, extra: _Extra) -> None:
    head = tuple(element.get(k, "") for k in ("id", "programID", "type", "offset"))
    for number, phase in enumerate(element.iterfind("phase")):
        extra.phases.append((*head, str(number), *(phase.get(k, "") for k in ("duration", "minDur", "maxDur", "state"))))


def numbers(texts: list[str]) -> NDArray[np.float64]:
    """Floats, NaN where a text is none."""
    values = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.abs(values) < 1e12, values, np.nan)


def points_of(shapes: list[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """xy of all points of `x,y x,y ...` (a third number is a height, left out) and which shape each belongs to; broken ones left out."""
    words = [s.split() for s in shapes]
    owner = np.repeat(np.arange(len(shapes)), [len(w) for w in words])
    pair = pd.Series([w for ws in words for w in ws], dtype=object).astype(str).str.extract(r"^([^,]+),([^,]+)(?:,|$)")
    xy = np.column_stack([numbers(pair[k].fillna("").tolist()) for k in (0, 1)]) if len(pair) else np.empty((0, 2))
    good = finite_rows(xy)
    return xy[good], owner[good]


def _projection(location: dict[str, str], hints: Hints, source: str, problems: list[Problem]) -> tuple[CRS | None, NDArray[np.float64]]:
    """CRS of the coordinates without the offset, and that offset."""
    offset = numbers((location.get("netOffset", "0,0").split(",") + ["0"])[:2])
    said = location.get("projParameter", "!")
    if hints.engineering:
        return None, np.zeros(2)
    offset = np.nan_to_num(offset)
    if hints.crs is not None:
        return hints.crs, offset
    words = dict(w.lstrip("+").partition("=")[::2] for w in said.split())
    # Only plain parameters: a PROJ string may name files (+init, +nadgrids).
    if words.get("proj") and set(words) <= _PROJ and all(re.fullmatch(r"[\w.,+-]*", v) for v in words.values()):
        try:
            return parse_crs(said), offset
        except InputError:
            pass
    if said not in ("!", "-", ""):
        problems.append(Problem("unknown_crs", "warning", 1, f"The projection '{said[:80]}' is not understood", source))
    return None, np.zeros(2)


def _nodes(junctions: list[tuple[str, ...]], offset: NDArray[np.float64], scale: float) -> pd.DataFrame:
    table = pd.DataFrame(junctions, columns=["name", "kind", "x", "y", "z"]).drop_duplicates("name").reset_index(drop=True)
    xy = np.column_stack([numbers(table[c].tolist()) for c in ("x", "y")]) * scale - offset
    out = pd.DataFrame({"id": "node/" + table["name"], "name": table["name"], "kind": table["kind"], "x": xy[:, 0], "y": xy[:, 1]})
    z = numbers(table["z"].tolist())
    return out.assign(z=z)[finite_rows(xy)].reset_index(drop=True)


def _roads(
    edges: _Edges, extra: _Extra, nodes: pd.DataFrame, offset: NDArray[np.float64], scale: float, source: str, problems: list[Problem]
) -> tuple[pd.DataFrame, NDArray[np.object_], pd.DataFrame]:
    """Edges that end at junctions, their lines and the lanes of all of them (`edge` is their row)."""
    start = rows_of(np.array(edges.start, object), nodes["name"])
    end = rows_of(np.array(edges.end, object), nodes["name"])
    owner = np.array(edges.lane_edge, np.int64)
    count = np.bincount(owner, minlength=len(edges.id))
    keep = (start >= 0) & (end >= 0) & (count > 0) & ~pd.Series(edges.id).duplicated().to_numpy()
    if (~keep).any():
        lost = [edges.id[i] for i in np.flatnonzero(~keep)[:10]]
        problems.append(
            Problem("broken_edge", "error", int((~keep).sum()), f"{int((~keep).sum())} edges lack a junction or a lane and were left out",
                    source, sample(lost))
        )  # fmt: skip
    lanes = _lanes(edges, owner)
    by_edge = lanes.groupby("edge")
    rail_only = by_edge["rail"].all()
    table = pd.DataFrame({
        "id": [("rail/" if r else "road/") + i for i, r in zip(edges.id, rail_only.reindex(range(len(count))).fillna(False), strict=True)],
        "name": edges.name, "start": start, "end": end, "oneway": True,
        "class": [t.split("|")[0].rpartition(".")[2] or "road" for t in edges.type], "lanes": count.astype(float),
        "priority": numbers(edges.priority),
    })  # fmt: skip
    table["speed_kmh"] = by_edge["speed_ms"].max().reindex(table.index).to_numpy(float) * 3.6
    table["length_m"] = by_edge["length_m"].max().reindex(table.index).to_numpy(float)
    for column in ("car", "bus", "bicycle", "foot"):
        table[column] = by_edge[column].any().reindex(table.index).fillna(False).to_numpy(bool)
    table["drivable"] = table["car"]
    table["access"] = np.where(table["car"], "yes", "no")
    table["lanes_forward"], table["lanes_backward"] = table["lanes"], 0.0
    table["rail"] = rail_only.reindex(table.index).fillna(False).to_numpy(bool)
    table["bridge"], table["tunnel"] = False, False
    table["roundabout"] = np.isin(np.array(edges.id, object), list(extra.roundabouts)) if extra.roundabouts else False
    xy = nodes[["x", "y"]].to_numpy(float)
    table, geometry = table[keep].reset_index(drop=True), _courses(edges, keep, xy, start, end, offset, scale)
    table["length_m"] = np.where(table["length_m"] > 0, table["length_m"], shapely.length(geometry))
    table = table.astype({"start": np.int32, "end": np.int32})
    row = (np.cumsum(keep) - 1)[owner]
    lanes = lanes.assign(edge=row, kept=keep[owner])
    kept = lanes["kept"].to_numpy(bool)
    edges.lanes = [lane for lane, k in zip(edges.lanes, kept, strict=True) if k]
    return table, geometry, lanes[kept].drop(columns=["kept"]).reset_index(drop=True)


def _lanes(edges: _Edges, owner: NDArray[np.int64]) -> pd.DataFrame:
    """`edge`, `index`, `speed_ms`, `length_m`, `width_m`, and who may use each lane."""
    allow = [lane.get("allow", "") for lane in edges.lanes]
    deny = [lane.get("disallow", "") for lane in edges.lanes]
    # Few distinct texts: each is understood once.
    uses = {pair: _users(*pair) for pair in set(zip(allow, deny, strict=True))}
    may = np.array([uses[pair] for pair in zip(allow, deny, strict=True)], bool).reshape(-1, 5)
    out = pd.DataFrame({
        "edge": owner, "index": numbers([lane.get("index", "") for lane in edges.lanes]),
        "speed_ms": numbers([lane.get("speed", "") for lane in edges.lanes]),
        "length_m": numbers([lane.get("length", "") for lane in edges.lanes]),
        "width_m": np.nan_to_num(numbers([lane.get("width", "") for lane in edges.lanes]), nan=3.2),
    })  # fmt: skip
    return out.assign(**{name: may[:, k] for k, name in enumerate(("car", "bus", "bicycle", "foot", "rail"))})


def _users(allow: str, deny: str) -> tuple[bool, bool, bool, bool, bool]:
    """Cars, buses, bicycles, people on foot; and whether it is a track only rail vehicles may use."""
    allowed, denied = set(allow.split()), set(deny.split())

    def may(*who: str) -> bool:
        if allowed:
            return "all" in allowed or bool(allowed & set(who))
        return "all" not in denied and not set(who) <= denied

    track = bool(allowed) and allowed <= RAIL
    return may(*CARS) if allowed else may("passenger"), may("bus"), may("bicycle"), may("pedestrian"), track


def _courses(
    edges: _Edges, keep: NDArray[np.bool_], xy: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64],
    offset: NDArray[np.float64], scale: float,
) -> NDArray[np.object_]:  # fmt: skip
    """Line of each edge kept: its own, else straight from junction to junction."""
    rows = np.flatnonzero(keep)
    points, owner = points_of([edges.shape[i] for i in rows])
    points = points * scale - offset
    several = np.bincount(owner, minlength=len(rows)) >= 2
    use = several[owner]
    straight = np.flatnonzero(~several)
    all_xy = np.concatenate([points[use], xy[start[rows[straight]]], xy[end[rows[straight]]]])
    all_owner = np.concatenate([owner[use], straight, straight])
    order = np.argsort(all_owner, kind="stable")
    return np.asarray(shapely.linestrings(all_xy[order], indices=all_owner[order]), object)


def _turns(extra: _Extra, table: pd.DataFrame) -> pd.DataFrame:
    """`from`, `via`, `to` (rows), `rule` (`yes`: what is not listed is not allowed), `dir`, `signal` (id), `lanes`."""
    said = pd.DataFrame(extra.connections, columns=["from", "to", "dir", "signal", "state"], dtype=object)
    names = table["id"].str.split("/", n=1).str[1]
    a, b = rows_of(said["from"], names), rows_of(said["to"], names)
    good = (a >= 0) & (b >= 0)
    rows = pd.DataFrame({"from": a[good], "to": b[good], "dir": said["dir"][good].str.lower(), "signal": said["signal"][good]})
    # Of the lanes that lead from one edge to another one stands for all, rather one with a signal.
    rows = rows.sort_values(["from", "to", "signal"], ascending=[True, True, False], kind="stable")
    first = ~rows.duplicated(["from", "to"]).to_numpy()
    out = rows[first].reset_index(drop=True)
    out["lanes"] = np.diff(np.append(np.flatnonzero(first), len(rows)))
    out.insert(1, "via", table["end"].to_numpy()[out["from"].to_numpy(np.int64)] if len(out) else np.empty(0, np.int32))
    out.insert(3, "rule", "yes")
    return out


def _network(
    kind: str, some: NDArray[np.bool_], nodes: pd.DataFrame, table: pd.DataFrame, geometry: NDArray[np.object_], turns: pd.DataFrame,
    lanes: pd.DataFrame, extra: _Extra, crs: CRS | None, source: str, hints: Hints,
) -> NetworkPart:  # fmt: skip
    edges = table[some].drop(columns=["rail"]).reset_index(drop=True)
    used, ends = np.unique(edges[["start", "end"]].to_numpy(np.int64), return_inverse=True)
    ends = ends.reshape(-1, 2).astype(np.int32)
    edges["start"], edges["end"] = ends[:, 0], ends[:, 1]
    edge, node = np.full(len(table), -1), np.full(len(nodes), -1)
    edge[some], node[used] = np.arange(int(some.sum())), np.arange(len(used))
    turns = turns.assign(**{"from": edge[turns["from"].to_numpy(np.int64)], "to": edge[turns["to"].to_numpy(np.int64)],
                            "via": node[turns["via"].to_numpy(np.int64)]})  # fmt: skip
    own = lanes[some[lanes["edge"].to_numpy()]]
    tables = {
        "turns": turns[(turns["from"] >= 0) & (turns["to"] >= 0)].reset_index(drop=True),
        "lanes": own.assign(edge=edge[own["edge"].to_numpy()]).drop(columns=["rail"]).reset_index(drop=True),
    }
    if kind == "roads":
        columns = ["signal", "program", "type", "offset_s", "phase", "duration_s", "min_s", "max_s", "state"]
        phases = pd.DataFrame(extra.phases, columns=columns, dtype=object)
        tables["signals"] = phases.assign(**{c: numbers(phases[c].tolist()) for c in ("offset_s", "phase", "duration_s", "min_s", "max_s")})
    return NetworkPart(kind, nodes.iloc[used].reset_index(drop=True), edges, geometry[some], crs, source, hints.engineering, tables)


def _signals(nodes: pd.DataFrame, extra: _Extra, crs: CRS | None, source: str, hints: Hints) -> list[VectorLayer]:
    """Junctions with traffic lights."""
    some = nodes[nodes["kind"].str.startswith("traffic_light")].reset_index(drop=True)
    if not len(some):
        return []
    programs = pd.DataFrame(extra.phases, columns=list("abcdefghi"), dtype=object).groupby("a").size()
    table = pd.DataFrame({"id": some["name"], "name": "", "kind": "traffic_signals",
                          "phases": some["name"].map(programs).fillna(0).astype(int)})  # fmt: skip
    points = shapely.points(some[["x", "y"]].to_numpy(float))
    return [VectorLayer("signals", "other", table, points, crs, source, hints.engineering)]
