"""The street network: noded, named and classed; bridges rise, tunnels dive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.demo.blocks import GRID, Division, _ends, noded, source_of
from twin.city.demo.elevated import Expressway, deck_z, ramps
from twin.city.demo.recipe import generator, recipe
from twin.city.demo.site import Site
from twin.city.network import Network
from twin.city.terrain import Terrain

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
# class: lanes both ways together, km/h, width of the carriageway in metres
CLASSES: dict[str, tuple[int, float, float]] = {
    "motorway": (6, 80.0, 22.0),
    "motorway_link": (2, 40.0, 8.0),
    "primary": (6, 60.0, 23.0),
    "secondary": (4, 50.0, 16.0),
    "tertiary": (2, 40.0, 11.0),
    "residential": (2, 30.0, 8.0),
    "living_street": (1, 20.0, 5.0),
}
BRIDGE_RISE = 12.0
TUNNEL_DEPTH = 24.0


def streets(site: Site, division: Division, cut: Pieces, ground: Terrain, routes: list[Expressway]) -> Network:
    """All arterials and dividing streets (the largest connected part), elevated expressways and their ramps.

    Geometry is 2D on the ground and 3D on bridges, decks, ramps and in tunnels (z in the city's datum).
    """
    surface = _surface(site, division, cut, ground)
    tables, lines, nodes = [surface.edges], [surface.geometry], surface.nodes
    xyz = nodes[["x", "y", "z"]].to_numpy(float)
    fast = surface.edges["class"].isin(("primary", "secondary")).to_numpy(bool) & ~surface.edges[["bridge", "tunnel"]].any(axis=1).to_numpy(
        bool
    )
    linked = np.zeros(len(xyz), bool)
    linked[surface.edges.loc[fast, ["start", "end"]].to_numpy().ravel()] = True
    count = len(surface.edges)
    for e in routes:
        z = deck_z(site, ground, e.path)
        downs = ramps(e, z, xyz, linked)
        if not downs:  # a road that nobody can reach is not one
            continue
        stops = sorted({r.s for r in downs} | ({0.0} if e.closed else {0.0, float(e.chainage[-1])}))
        first = len(nodes)
        here = e.at(stops)
        nodes = pd.concat(
            [nodes, pd.DataFrame({"x": here[:, 0], "y": here[:, 1], "z": np.interp(stops, e.chainage, z), "kind": "deck"})],
            ignore_index=True,
        )
        pairs = list(zip(range(len(stops)), [*range(1, len(stops)), 0], strict=True))[: None if e.closed else -1]
        rows, shapes = [], []
        for a, b in pairs:
            end = stops[b] if b else float(e.chainage[-1])
            inner = e.chainage[(e.chainage > stops[a] + 1) & (e.chainage < end - 1)]
            s = np.concatenate([[stops[a]], inner, [end]])
            shapes.append(
                shapely.linestrings(
                    np.column_stack([e.at(s) if b else np.vstack([e.at(s[:-1]), e.path[-1:]]), np.interp(s, e.chainage, z)])
                )
            )
            rows.append((first + a, first + b, "motorway", e.name, e.name_zh))
        for r in downs:
            shapes.append(shapely.linestrings(r.xyz))
            rows.append((first + stops.index(r.s), r.node, "motorway_link", f"{e.name} ramp", f"{e.name_zh}匝道"))
        cls = [r[2] for r in rows]
        tables.append(
            pd.DataFrame(
                {
                    "start": np.array([r[0] for r in rows], np.int32),
                    "end": np.array([r[1] for r in rows], np.int32),
                    "length_m": shapely.length(shapes),
                    "oneway": False,
                    "class": cls,
                    "lanes": [CLASSES[c][0] for c in cls],
                    "speed_kmh": [CLASSES[c][1] for c in cls],
                    "width_m": [CLASSES[c][2] for c in cls],
                    "name": [r[3] for r in rows],
                    "name_zh": [r[4] for r in rows],
                    "bridge": True,
                    "tunnel": False,
                }
            )
        )
        lines.append(np.array(shapes, object))
        count += len(rows)
    edges = pd.concat(tables, ignore_index=True)
    edges.insert(0, "id", [f"road/{i}" for i in range(count)])
    nodes.insert(0, "id", [f"road-node/{i}" for i in range(len(nodes))])
    return Network("roads", nodes, edges, np.concatenate(lines), recipe()["source"])


@dataclass(frozen=True)
class Pieces:
    """All surface streets cut at their junctions; of: row of each piece in the arterials, then the dividing streets."""

    edges: Shapes
    of: NDArray[np.int64]


def pieces(division: Division) -> Pieces:
    """Node arterials and dividing streets together."""
    lines = np.concatenate([division.arterials, division.streets])
    edges = noded(lines)
    return Pieces(edges, source_of(edges, lines))


def _surface(site: Site, division: Division, cut: Pieces, ground: Terrain) -> Network:
    """Streets on the ground, without ids."""
    edges, of = cut.edges, cut.of
    level = np.concatenate([np.zeros(len(division.arterials), int), division.street_level])[of]
    kind = np.concatenate([division.arterial_kind, np.full(len(division.streets), "local", object)])[of]
    known = np.concatenate([division.arterial_name, np.full(len(division.streets), "", object)])[of]
    ends = shapely.get_coordinates(edges)[_ends(edges)]
    key, at = np.unique(np.round(ends / GRID).astype(np.int64), axis=0, return_inverse=True)
    at = at.reshape(-1, 2)
    keep = (at[:, 0] != at[:, 1]) & _largest(at, len(key))
    edges, level, kind, known, at, of = edges[keep], level[keep], kind[keep], known[keep], at[keep], of[keep]
    used, at = np.unique(at, return_inverse=True)
    at, xy = at.reshape(-1, 2), key[used] * GRID

    cls = np.select([level == 1, level == 2, level >= 3], ["tertiary", "residential", "living_street"], "primary").astype(object)
    cls[kind == "creekside"] = "tertiary"
    cls[(kind == "arterial") & (np.array([hash_unit(o) for o in of]) < 0.3)] = "secondary"
    tunnel = kind == "tunnel"
    middle = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    near_creek = site.creek.beside(shapely.get_x(middle), shapely.get_y(middle))[1] < 25
    over_creek = (kind != "creekside") & ~tunnel & near_creek & shapely.intersects(edges, site.creek_area)
    bridge = (kind == "bridge") | over_creek
    z = ground.sample(xy[:, 0], xy[:, 1])
    geometry = edges.copy()
    for i in np.flatnonzero(bridge | tunnel):
        geometry[i] = _profile(edges[i], float(z[at[i, 0]]), float(z[at[i, 1]]), str(kind[i]))
    degree = np.bincount(at.ravel(), minlength=len(xy))
    oneway = np.isin(cls, ("residential", "living_street")) & (degree[at].min(1) >= 3) & (generator("oneway").random(len(edges)) < 0.12)
    name, name_zh = street_names(of, known)
    table = pd.DataFrame(
        {
            "start": at[:, 0].astype(np.int32),
            "end": at[:, 1].astype(np.int32),
            "length_m": shapely.length(edges),
            "oneway": oneway,
            "class": cls,
            "lanes": [CLASSES[c][0] for c in cls],
            "speed_kmh": [CLASSES[c][1] for c in cls],
            "width_m": [CLASSES[c][2] for c in cls],
            "name": name,
            "name_zh": name_zh,
            "bridge": bridge,
            "tunnel": tunnel,
        }
    )
    return Network("roads", pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "z": z, "kind": "junction"}), table, geometry)


def hash_unit(row: int) -> float:
    """A number in 0..1 that belongs to a line."""
    return float((int(row) * 2654435761 % 4294967296) / 4294967296)


def _largest(at: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Edges of the largest connected part."""
    import scipy.sparse as sparse
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(sparse.coo_matrix((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(n, n)), directed=False)
    return np.asarray(part[at[:, 0]] == np.argmax(np.bincount(part[at[:, 0]])))


def _profile(line: Any, z0: float, z1: float, kind: str) -> Any:
    """3D line that arches over water or dives below the river."""
    xy = shapely.get_coordinates(shapely.segmentize(line, 20.0))
    t = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    t = t / t[-1]
    if kind == "tunnel":
        swell = -TUNNEL_DEPTH * np.minimum(1, np.minimum(t, 1 - t) / 0.28)
    else:
        swell = (BRIDGE_RISE if kind == "bridge" else 1.4) * 0.5 * (1 - np.cos(2 * np.pi * t))
    return shapely.linestrings(np.column_stack([xy, z0 + (z1 - z0) * t + swell]))


def street_names(of: NDArray[np.int64], known: NDArray[np.object_]) -> tuple[list[str], list[str]]:
    """English and Chinese street name per edge; all pieces of one line share theirs."""
    n = recipe()["names"]
    r = recipe()["crossings"]
    zh = dict(zip(r["bridge_names"] + r["tunnel_names"], r["bridge_names_zh"] + r["tunnel_names_zh"], strict=True))
    words, ends, parts = len(n["street"]), len(n["street_end"]), len(n["street_part"])
    name, name_zh = [], []
    for row, given in zip(of.tolist(), known.tolist(), strict=True):
        if given:
            name.append(given)
            name_zh.append(zh.get(given, ""))
            continue
        w, p, e = row * 37 % words, (row // words) % parts, (row // 7) % ends
        name.append(f"{n['street_part'][p]}{n['street'][w]} {n['street_end'][e]}")
        name_zh.append(f"{n['street_part_zh'][p]}{n['street_zh'][w]}{n['street_end_zh'][e]}")
    return name, name_zh


def underpasses(site: Site, division: Division, cut: Pieces) -> Floats:
    """Places between two junctions where an arterial dips: x, y, angle, length, depth; rain gathers there."""
    rng = generator("underpasses")
    arterial = cut.of < len(division.arterials)
    arterial[arterial] &= division.arterial_kind[cut.of[arterial]] == "arterial"
    length = shapely.length(cut.edges)
    dry = site.creek.beside(*shapely.get_coordinates(shapely.line_interpolate_point(cut.edges, 0.5, normalized=True)).T)[1] > 80.0
    fit = np.flatnonzero(arterial & dry & (length > 85.0))
    if not len(fit):
        return np.empty((0, 5))
    chosen = rng.permutation(fit)[: max(2, round((2 * site.half) ** 2 / 1e6 * 0.9))]
    a, b, m = (shapely.get_coordinates(shapely.line_interpolate_point(cut.edges[chosen], f, normalized=True)) for f in (0.45, 0.55, 0.5))
    angle = np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0])
    return np.column_stack([m, angle, np.clip(length[chosen] * 0.8, 60, 105), rng.uniform(1.9, 2.9, len(chosen))])
