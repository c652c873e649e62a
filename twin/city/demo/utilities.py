"""Networks below the streets: power feeders, water mains, drains. All follow the surface streets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.city.buildings import Buildings
from twin.city.demo.recipe import generator, recipe
from twin.city.demo.services import spread
from twin.city.demo.site import Site
from twin.city.features import Features
from twin.city.network import Network
from twin.city.plausible_ways import Ways, summed, ties
from twin.city.terrain import Terrain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Peak electric load per m2 of gross floor, W (own choice in the range of load-density guides).
WATT_PER_M2 = {
    "residential": 22.0,
    "office": 62.0,
    "commercial": 70.0,
    "education": 35.0,
    "health": 80.0,
    "industrial": 55.0,
    "public": 50.0,
    "transport": 60.0,
}
LITRES_A_DAY = {"residential": 180.0}
OTHER_LITRES_A_DAY = 55.0
TIES, TIE_KVA = 4, 10000.0
"""Normally open cables between the feeders of two neighbouring substations, and what each can carry over (own choice: one cable of 10 to
20 kV); the feeders on the way have room for it."""


class Ground(Ways):
    """The surface streets as ways for pipes and cables: nodes by row of the road network."""

    def __init__(self, streets: Network, over_water: bool) -> None:
        e = streets.edges
        fast = e["class"].isin(("motorway", "motorway_link")).to_numpy(bool)
        crossing = e["tunnel"].to_numpy(bool) | (e["name"].isin(recipe()["crossings"]["bridge_names"])).to_numpy(bool)
        keep = ~fast & (over_water | ~crossing)
        start, end = e["start"].to_numpy(int)[keep], e["end"].to_numpy(int)[keep]
        xyz = streets.nodes[["x", "y", "z"]].to_numpy(float)
        super().__init__(xyz, start, end, e["length_m"].to_numpy(float)[keep], streets.geometry[keep], np.flatnonzero(keep))
        self.cls = e["class"].to_numpy(object)[keep]


def power(site: Site, streets: Network, buildings: Buildings, services: pd.DataFrame, pumps: Features) -> Network:
    """Substations, a transmission ring between them, radial feeders along streets, transformers, and the loads that matter most.

    nodes: kind substation | transformer | load | junction, load_kw, capacity_mva. edges: kind transmission | feeder | service | tie,
    rating_kva, substation (node row that feeds it), closed (ties between feeders of neighbouring substations are open).
    """
    g = Ground(streets, over_water=False)
    table = buildings.table
    watts = np.array([WATT_PER_M2[u] for u in table["use"]]) * buildings.attributes["floor_m2"].to_numpy(float)
    home = g.nearest(shapely.get_coordinates(shapely.centroid(buildings.footprints)))
    load = np.bincount(home, watts / 1000.0, len(g.xyz)).astype(np.float64)
    share = (2 * site.half) ** 2 / 25e6
    roots = _rooted(g, spread(g.xyz[g.used, :2], max(2, round(10 * share))))
    distance, before, root = g.forest(roots)
    fed = np.isfinite(distance)
    load[~fed] = 0.0
    passing = summed(load, distance, before)
    carries = (passing > 0) & (before >= 0)
    child = np.flatnonzero(carries)
    row = g.edge_between(child, before[child])
    node_rows = np.unique(np.concatenate([child, before[child], roots]))
    new = np.full(len(g.xyz), -1, np.int64)
    new[node_rows] = np.arange(len(node_rows))
    kind = np.where(load[node_rows] > 0, "transformer", "junction").astype(object)
    kind[new[roots]] = "substation"
    nodes = pd.DataFrame(
        {
            "x": g.xyz[node_rows, 0],
            "y": g.xyz[node_rows, 1],
            "z": g.xyz[node_rows, 2],
            "kind": kind,
            "load_kw": np.round(load[node_rows], 1),
            "name": "",
        }
    )
    nodes["capacity_mva"] = np.nan
    total = np.bincount(new[root[node_rows]][fed[node_rows]], load[node_rows][fed[node_rows]], len(nodes))
    at = new[roots]
    nodes.loc[at, "capacity_mva"] = np.maximum(20, np.ceil(total[at] / 1000.0 * 1.35 / 10) * 10)
    nodes.loc[at, "name"] = [f"Substation {i + 1}" for i in range(len(roots))]
    lines = list(g.shape[row])
    edges: dict[str, list[Any]] = {
        "start": list(new[before[child]]),
        "end": list(new[child]),
        "kind": ["feeder"] * len(child),
        "substation": list(new[root[child]]),
        "rating_kva": list(np.ceil(passing[child] * 1.3 / 100) * 100 + TIE_KVA * _on_ties(g, root, passing, before)[child]),
        "street": list(streets.edges["id"].to_numpy(object)[g.edge[row]]),
    }

    def add(a: int, b: int, what: str, rating: float, of: int) -> None:
        ends = nodes.loc[[a, b], ["x", "y"]].to_numpy(float)
        lines.append(shapely.linestrings(ends))
        for key, value in (("start", a), ("end", b), ("kind", what), ("substation", of), ("rating_kva", rating), ("street", "")):
            edges[key].append(value)

    for a, b in ties(g, root, passing, TIES):
        add(int(new[a]), int(new[b]), "tie", TIE_KVA, -1)
    ring = at[np.argsort(np.arctan2(nodes["y"].to_numpy()[at], nodes["x"].to_numpy()[at]), kind="stable")]
    if len(ring) > 1:
        for a, b in zip(ring, np.roll(ring, -1) if len(ring) > 2 else ring[::-1], strict=True):
            if len(ring) > 2 or a < b:
                add(int(a), int(b), "transmission", 150000.0, -1)
    critical = services["kind"].isin(("hospital",)).to_numpy(bool)
    rows = services["row"].to_numpy(int)[critical]
    where = shapely.get_coordinates(shapely.point_on_surface(buildings.footprints[rows]))
    kw = [900.0] * len(rows) + [450.0] * len(pumps)
    where = np.concatenate([where, shapely.get_coordinates(pumps.geometry)])
    from scipy.spatial import cKDTree

    base = len(nodes)
    _, near = cKDTree(nodes[["x", "y"]].to_numpy(float)).query(where)
    z = nodes["z"].to_numpy(float)[near]
    nodes = pd.concat(
        [
            nodes,
            pd.DataFrame({
                "x": where[:, 0], "y": where[:, 1], "z": z, "kind": "load", "load_kw": kw, "name": "",
                "capacity_mva": np.nan, "priority": 1.0,
            }),
        ],
        ignore_index=True,
    )  # fmt: skip
    nodes["priority"] = nodes["priority"].fillna(0.0)
    source = new[root[node_rows]]
    for i, a in enumerate(near.tolist()):
        add(a, base + i, "service", 1600.0, int(source[a]))
    edges["closed"] = [kind != "tie" for kind in edges["kind"]]
    return _network("power", nodes, edges, lines)


def supplies_named(power: Network, facilities: Features) -> Network:
    """The network with its single large loads named after the hospital or pumping station that each of them supplies."""
    from scipy.spatial import cKDTree

    nodes = power.nodes.copy()
    rows = np.flatnonzero(nodes["kind"] == "load")
    some = np.flatnonzero(facilities.table["kind"].isin(("hospital", "pumping_station")))
    if len(rows) and len(some):
        tree = cKDTree(shapely.get_coordinates(shapely.centroid(facilities.geometry[some])))
        near = some[tree.query(nodes[["x", "y"]].to_numpy(float)[rows])[1]]
        nodes.loc[rows, "name"] = [f"Supply of {n}" for n in facilities.table["name"].iloc[near]]
    return replace(power, nodes=nodes)


def _on_ties(g: Ground, root: Ints, passing: Floats, before: Ints) -> NDArray[np.bool_]:
    """Nodes on the way from a substation to a tie."""
    on = np.zeros(len(root), bool)
    for pair in ties(g, root, passing, TIES):
        for node in pair:
            while node >= 0 and not on[node]:
                on[node] = True
                node = int(before[node])
    return on


def _rooted(g: Ground, chosen: Ints) -> Ints:
    """Chosen street nodes, and one more for each larger part of the graph that would have none (each bank its own)."""
    n = len(g.xyz)
    _, part = connected_components(coo_matrix((np.ones(len(g.start)), (g.start, g.end)), shape=(n, n)), directed=False)
    roots = list(g.used[chosen])
    have = set(part[roots].tolist())
    for p, count in zip(*np.unique(part[g.used], return_counts=True), strict=True):
        if count >= 12 and int(p) not in have:
            of = g.used[part[g.used] == p]
            roots.append(of[np.argmin(np.hypot(*(g.xyz[of, :2] - g.xyz[of, :2].mean(0)).T))])
    return np.array(roots, np.int64)


def _network(kind: str, nodes: pd.DataFrame, edges: dict[str, list[Any]], lines: list[Any]) -> Network:
    table = pd.DataFrame(edges).astype({"start": np.int32, "end": np.int32})
    table.insert(0, "id", [f"{kind}-line/{i}" for i in range(len(table))])
    shapes = np.array(lines, object)
    if len(shapes):
        begin = shapely.get_coordinates(shapely.get_point(shapes, 0)) - nodes[["x", "y"]].to_numpy(float)[table["start"]]
        against = np.hypot(*begin.T) > 0.5
        shapes[against] = shapely.reverse(shapes[against])
    table["length_m"] = shapely.length(shapes) if len(shapes) else np.empty(0)
    table["oneway"] = False
    nodes.insert(0, "id", [f"{kind}-node/{i}" for i in range(len(nodes))])
    return Network(kind, nodes, table, shapes, recipe()["source"])


def drainage(site: Site, streets: Network, ground: Terrain, pumps: Features) -> Network:
    """Storm drains under every street, each falling to a pumping station or a gravity outfall on the creek.

    nodes: kind manhole | pumping_station | outfall, invert_z_m. edges run downstream: diameter_m, catchment_km2.
    """
    g = Ground(streets, over_water=False)
    to = shapely.get_coordinates(shapely.from_wkt(pumps.table["outfall"].to_numpy(object))) if len(pumps) else np.empty((0, 2))
    sink = g.nearest(shapely.get_coordinates(pumps.geometry)) if len(pumps) else np.empty(0, np.int64)
    what = ["pumping_station"] * len(sink)
    quay = np.flatnonzero((np.abs(site.creek.xy).max(1) < site.half - 40) & (site.creek.s > 400))[::45]
    if len(quay):
        sink = np.concatenate([sink, g.nearest(site.creek.bank(1, 17.0)[quay])])
        to = np.concatenate([to, site.creek.bank(1, -3.0)[quay]])
        what += ["manhole"] * len(quay)
    sink, first = np.unique(sink, return_index=True)
    to, what = to[first], [what[i] for i in first]
    roots = np.unique(np.concatenate([sink, _rooted(g, np.searchsorted(g.used, sink))]))
    distance, before, _ = g.forest(roots)
    area = (2 * site.half) ** 2 / 1e6 / max(len(g.used), 1)
    catchment = summed(np.where(np.isfinite(distance), area, 0.0), distance, before)
    child = np.flatnonzero(before >= 0)
    node_rows = np.unique(np.concatenate([child, before[child], sink]))
    new = np.full(len(g.xyz), -1, np.int64)
    new[node_rows] = np.arange(len(node_rows))
    row = g.edge_between(child, before[child])
    z = ground.sample(g.xyz[node_rows, 0], g.xyz[node_rows, 1])
    invert = np.minimum(z - 1.6, 1.2 + 0.0012 * np.where(np.isfinite(distance[node_rows]), distance[node_rows], 0.0))
    kind = np.full(len(node_rows), "manhole", object)
    kind[new[sink]] = what
    nodes = pd.DataFrame({"x": g.xyz[node_rows, 0], "y": g.xyz[node_rows, 1], "z": z, "kind": kind, "invert_z_m": np.round(invert, 2)})
    flow = catchment[child] * 1e6 * 36e-3 / 3600.0 * 0.65
    diameter = np.clip(np.ceil((flow / 1.1 * 4 / np.pi) ** 0.5 / 0.1) * 0.1, 0.3, 3.6)
    lines = list(g.shape[row])
    edges: dict[str, list[Any]] = {
        "start": list(new[child]),
        "end": list(new[before[child]]),
        "kind": ["drain"] * len(child),
        "diameter_m": list(np.round(diameter, 1)),
        "catchment_km2": list(np.round(catchment[child], 4)),
        "street": list(streets.edges["id"].to_numpy(object)[g.edge[row]]),
    }
    outs = pd.DataFrame({"x": to[:, 0], "y": to[:, 1], "z": 1.0, "kind": "outfall", "invert_z_m": 0.8})
    base = len(nodes)
    nodes = pd.concat([nodes, outs], ignore_index=True)
    for i, s in enumerate(sink.tolist()):
        lines.append(shapely.linestrings([g.xyz[s, :2], to[i]]))
        size = float(np.clip(np.ceil((catchment[s] * 6.5 / 1.1 * 4 / np.pi) ** 0.5 / 0.1) * 0.1, 0.4, 4.0))
        for key, value in (
            ("start", int(new[s])),
            ("end", base + i),
            ("kind", "outfall"),
            ("diameter_m", size),
            ("catchment_km2", round(float(catchment[s]), 4)),
            ("street", ""),
        ):
            edges[key].append(value)
    return _network("drainage", nodes, edges, lines)


def water_supply(site: Site, streets: Network, buildings: Buildings) -> Network:
    """Water mains under the streets (loops, both banks joined), waterworks, booster pumps and valves.

    nodes: kind junction | reservoir, demand_lps, head_m of reservoirs. edges: kind main | pump, diameter_mm, valve (bool).
    """
    g = Ground(streets, over_water=True)
    keep = np.isin(g.cls, ("primary", "secondary", "tertiary", "residential"))
    n = len(g.xyz)
    _, part = connected_components(coo_matrix((np.ones(int(keep.sum())), (g.start[keep], g.end[keep])), shape=(n, n)), directed=False)
    big = np.argmax(np.bincount(part[g.start[keep]]))
    rows = np.flatnonzero(keep & (part[g.start] == big))
    node_rows = np.unique(np.concatenate([g.start[rows], g.end[rows]]))
    new = np.full(n, -1, np.int64)
    new[node_rows] = np.arange(len(node_rows))
    from scipy.spatial import cKDTree

    table = buildings.table
    people = np.maximum(table["people_day"].to_numpy(float), table["people_night"].to_numpy(float))
    litres = np.where(table["use"] == "residential", LITRES_A_DAY["residential"], OTHER_LITRES_A_DAY)
    at = cKDTree(g.xyz[node_rows, :2]).query(shapely.get_coordinates(shapely.centroid(buildings.footprints)))[1]
    demand = np.bincount(at, people * litres / 86400.0, len(node_rows))
    nodes = pd.DataFrame(
        {
            "x": g.xyz[node_rows, 0],
            "y": g.xyz[node_rows, 1],
            "z": g.xyz[node_rows, 2],
            "kind": "junction",
            "demand_lps": np.round(demand, 3),
            "head_m": np.nan,
            "name": "",
        }
    )
    size = {"primary": 800.0, "secondary": 500.0, "tertiary": 300.0, "residential": 150.0}
    rng = generator("valves")
    edges: dict[str, list[Any]] = {
        "start": list(new[g.start[rows]]),
        "end": list(new[g.end[rows]]),
        "kind": ["main"] * len(rows),
        "diameter_mm": [size[c] for c in g.cls[rows]],
        "valve": list(rng.random(len(rows)) < 0.35),
        "street": list(streets.edges["id"].to_numpy(object)[g.edge[rows]]),
    }
    lines = list(g.shape[rows])
    xy = nodes[["x", "y"]].to_numpy(float)
    trunk = np.unique(new[np.concatenate([g.start[rows], g.end[rows]])[np.tile(g.cls[rows] == "primary", 2)]])
    trunk = trunk if len(trunk) else np.arange(len(xy))
    works = trunk[spread(xy[trunk], min(3, len(trunk)))]
    base = len(nodes)
    place = xy[works] + 25.0
    nodes = pd.concat(
        [
            nodes,
            pd.DataFrame(
                {
                    "x": place[:, 0],
                    "y": place[:, 1],
                    "z": nodes["z"].to_numpy(float)[works],
                    "kind": "reservoir",
                    "demand_lps": 0.0,
                    "head_m": 48.0,
                    "name": [f"Waterworks {i + 1}" for i in range(len(works))],
                }
            ),
        ],
        ignore_index=True,
    )
    for i, w in enumerate(works.tolist()):
        lines.append(shapely.linestrings([place[i], xy[w]]))
        for key, value in (("start", base + i), ("end", w), ("kind", "pump"), ("diameter_mm", 1000.0), ("valve", True), ("street", "")):
            edges[key].append(value)
    return _network("water", nodes, edges, lines)
