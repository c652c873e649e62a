"""Buildings that people know by name: finance towers, the old waterfront, stadium and station."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.batch import Batch
from twin.city.demo.fabric import lots_of, shrunk
from twin.city.demo.recipe import generator
from twin.city.demo.shapes import loft, rectangles, regular, roofed
from twin.city.demo.site import Site
from twin.city.demo.towers import STYLES, tower
from twin.city.extrude import extrude
from twin.city.mesh import Mesh

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


def finance(site: Site, blocks: Shapes) -> list[Batch]:
    """One tower on each plot of the finance district, the named ones where the recipe wants them, and low podiums."""
    rng, r = generator("finance"), site.recipe
    if not len(blocks):
        return []
    lots, _ = lots_of(blocks, 7600.0, rng)
    circle = shapely.maximum_inscribed_circle(lots)
    xy = shapely.get_coordinates(circle).reshape(-1, 2, 2)
    centre, room = xy[:, 0], np.hypot(*(xy[:, 1] - xy[:, 0]).T) - 3.0
    usable = room > 14.0
    lots, centre, room = lots[usable], centre[usable], room[usable]
    n = len(lots)
    near = np.clip(site.nearness("finance", *centre.T), 0, 1)
    height = np.clip((120 + 190 * near) * rng.uniform(0.75, 1.25, n), 95, 300)
    height = np.minimum(height, 9.5 * np.minimum(room, 30.0))
    radius = np.minimum(room, np.clip(20 + height * 0.06, 20, 36))
    style = rng.choice([s for s in STYLES if s not in ("spheres", "twist", "pagoda")], n).astype(object)
    words = rng.permutation(len(r["names"]["tower"]))
    ends = rng.integers(0, len(r["names"]["tower_end"]), n)
    name, name_zh = np.full(n, "", object), np.full(n, "", object)
    for k in range(n):
        if k < len(words):
            name[k] = f"{r['names']['tower'][words[k]]} {r['names']['tower_end'][ends[k]]}"
            name_zh[k] = r["names"]["tower_zh"][words[k]] + r["names"]["tower_end_zh"][ends[k]]
    free = np.ones(n, bool)
    for t in r["tower"]:
        if not free.any():
            break
        need = 22.0 + 0.022 * t["height"]
        away = np.hypot(*(centre - t["at"]).T) + np.where(room < need, 400.0 * (need - room) / need + 150.0, 0.0)
        k = int(np.argmin(np.where(free, away, np.inf)))
        free[k] = False
        height[k], style[k], name[k], name_zh[k] = t["height"], t["style"], t["name"], t["name_zh"]
        radius[k] = min(room[k], 26.0 + 0.03 * t["height"] + (12.0 if t["style"] == "spheres" else 0.0))
    podium, fair = shrunk(lots, np.full(n, 7.0), 900.0)
    low = rng.uniform(11, 24, n)
    meshes, foot = [], []
    turn = rng.uniform(0, np.pi / 2, n)
    for k in range(n):
        mesh, ring = tower(str(style[k]), float(radius[k]), float(height[k]), float(turn[k]))
        mesh.points[:, :2] += centre[k]
        foot.append(shapely.affinity.translate(ring, *centre[k]))
        meshes.append(Mesh(mesh.points, mesh.triangles, np.full(len(mesh), k, np.int32), mesh.surface))
    prints = np.array(foot, object)
    with_podium = fair & (style != "spheres") & (rng.random(n) < 0.62)
    rows = np.flatnonzero(with_podium).astype(np.int32)
    meshes.append(extrude(podium[with_podium], np.zeros(len(rows)), low[with_podium], rows))
    prints[with_podium] = shapely.union(prints[with_podium], podium[with_podium])
    single = shapely.get_type_id(prints) == 3
    prints[~single] = shapely.convex_hull(prints[~single])
    year = np.clip(rng.normal(2006, 8, n), 1990, 2025)
    use = np.where(style == "spheres", "public", np.where(rng.random(n) < 0.15, "commercial", "office")).astype(object)
    structure = np.where(height > 240, "composite", "reinforced concrete").astype(object)
    return [Batch.of(prints, Mesh.joined(meshes), height, use, "tower", year, structure, np.round(height / 4.4), name, name_zh)]


def on_waterfront(site: Site, blocks: Shapes, kind: Any) -> NDArray[np.bool_]:
    """Blocks behind the old promenade: left bank, opposite the finance district."""
    c = shapely.centroid(blocks)
    s, bank, side = site.river.beside(shapely.get_x(c), shapely.get_y(c))
    w = site.recipe["waterfront"]
    return np.asarray(
        (side < 0) & (bank < w["depth"]) & (s > w["from"]) & (s < w["to"]) & np.isin(kind, ("commercial", "mixed", "housing"))
    )


def waterfront(site: Site, blocks: Shapes) -> list[Batch]:
    """Banks and clubs of stone: regular fronts, cornices, attic storeys, a few domes and clock towers."""
    rng, r = generator("waterfront"), site.recipe
    if not len(blocks):
        return []
    lots, _ = lots_of(blocks, 1700.0, rng)
    shapes, fair = shrunk(lots, np.full(len(lots), 1.2), 260.0)
    shapes = shapes[fair]
    n = len(shapes)
    c = shapely.centroid(shapes)
    _, bank, _ = site.river.beside(shapely.get_x(c), shapely.get_y(c))
    levels = rng.integers(5, 9, n)
    eave = levels * 4.3 + 4.0
    rows = np.arange(n, dtype=np.int32)
    inner = shapely.buffer(shapes, -2.6, join_style="mitre")
    attic = (shapely.get_type_id(inner) == 3) & (shapely.area(inner) > 150)
    parts = [extrude(shapes, np.zeros(n), eave - 1.2, rows)]
    ledge = shapely.buffer(shapes, 0.55, join_style="mitre")
    parts.append(extrude(ledge, eave - 1.2, eave, rows))
    top = eave + np.where(attic, rng.uniform(4.0, 7.5, n), 0)
    parts.append(extrude(inner[attic], eave[attic], top[attic], rows[attic]))
    box = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    side = box[:, 1] - box[:, 0]
    angle = np.arctan2(side[:, 1], side[:, 0])
    front = (bank < r["waterfront"]["front"]) & attic
    crown = np.where(front, rng.choice([0, 0, 1, 2, 3], n), 0)
    middle = shapely.get_coordinates(c)
    for k in np.flatnonzero(crown):
        base, w = float(top[k]), 5.2
        if crown[k] == 1:  # dome on a drum
            a = np.linspace(0, np.pi / 2, 9)
            scale = np.concatenate([[1, 1], np.maximum(np.cos(a), 0.03)])
            z = np.concatenate([[base, base + 4], base + 4 + 7.5 * np.sin(a)])
            parts.append(loft((regular(20, 7.5)[None] * scale[:, None, None]) + middle[k], z, int(k)))
            top[k] = z[-1]
        elif crown[k] == 2:  # clock tower
            ring = rectangles(0, 0, w * 2, w * 2, angle[k])
            steps = np.array([1, 1, 1.12, 1.12, 0.8, 0.8, 0.03])
            z = base + np.array([0, 15, 15, 16, 16, 20, 29])
            parts.append(loft(ring[None] * steps[:, None, None] + middle[k], z, int(k)))
            top[k] = z[-1]
        else:  # green pyramid roof
            ring = rectangles(0, 0, 15, 15, angle[k])
            parts.append(loft(ring[None] * np.array([1, 1, 0.03])[:, None, None] + middle[k], base + np.array([0, 3.0, 15.0]), int(k)))
            top[k] = base + 15.0
    name, name_zh = np.full(n, "", object), np.full(n, "", object)
    row = np.flatnonzero(front)
    for i, k in enumerate(row[np.argsort(site.river.beside(*middle[row].T)[0])] if len(row) else []):
        if i < len(r["names"]["quay"]):
            name[k], name_zh[k] = r["names"]["quay"][i], r["names"]["quay_zh"][i]
    use = rng.choice(["office", "commercial", "commercial", "public"], n).astype(object)
    year = rng.integers(1902, 1938, n)
    return [Batch.of(shapes, Mesh.joined(parts), top, use, "stone bank", year, "masonry", levels + 1, name, name_zh)]


def stadium(blocks: Shapes, name: str, name_zh: str) -> list[Batch]:
    """An oval bowl with a roof ring around an open field."""
    out = []
    for block in blocks:
        circle = shapely.get_coordinates(shapely.maximum_inscribed_circle(block))
        reach = float(np.hypot(*(circle[1] - circle[0]))) - 12.0
        if reach < 55.0:
            continue
        reach = min(reach, 135.0)
        ring = regular(64, reach) * [1.0, 0.82]
        steps = [(1.0, 0.0), (1.0, 12.0), (1.05, 20.0), (1.0, 38.0), (0.72, 42.0), (0.70, 40.0), (0.95, 30.0), (0.62, 3.0), (0.62, 1.0)]
        scale = np.array([s for s, _ in steps]) / 1.05
        mesh = loft(ring[None] * scale[:, None, None] + circle[0], [z for _, z in steps])
        foot = shapely.polygons(ring + circle[0])
        out.append(Batch.of([foot], mesh, 42.0, "public", "stadium", 2007, "steel", 4, name, name_zh))
    return out


def station(blocks: Shapes, name: str, name_zh: str) -> list[Batch]:
    """A train hall under a barrel vault, with an entrance building."""
    out = []
    for block in blocks:
        circle = shapely.get_coordinates(shapely.maximum_inscribed_circle(block))
        reach = float(np.hypot(*(circle[1] - circle[0]))) - 8.0
        if reach < 45.0:
            continue
        box = shapely.get_coordinates(shapely.oriented_envelope(block))
        a, b = box[1] - box[0], box[2] - box[1]
        side = a if np.hypot(*a) > np.hypot(*b) else b
        angle = float(np.arctan2(side[1], side[0]))
        length, depth = reach * 1.75, reach * 0.95
        t = np.linspace(0, np.pi, 13)
        u, v = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        profile = np.column_stack([-np.cos(t) * depth / 2, 14 + 20 * np.sin(t)])
        profile = np.vstack([[-depth / 2, 0], profile, [depth / 2, 0]])
        p = np.concatenate([[np.array([*(circle[0] + u * x + v * y), z]) for y, z in profile] for x in (-length / 2, length / 2)])
        k = len(profile)
        i = np.arange(k - 1)
        quads = np.concatenate([np.stack([i, i + k, i + k + 1], 1), np.stack([i, i + k + 1, i + 1], 1)])
        fan = np.stack([np.zeros(k - 2, int), np.arange(1, k - 1), np.arange(2, k)], 1)
        triangles = np.concatenate([quads, fan[:, ::-1], fan + k]).astype(np.int32)
        roof = np.concatenate([np.tile(np.where((i == 0) | (i == k - 2), 1, 2), 2), np.ones(2 * len(fan), int)]).astype(np.uint8)
        hall = Mesh(p, triangles, np.zeros(len(triangles), np.int32), roof)
        foot = rectangles(circle[0, 0], circle[0, 1], length, depth, angle)
        porch = circle[0] + v * (depth / 2 + 9)
        front = rectangles(porch[0], porch[1], length * 0.6, 18, angle)[None]
        mesh = Mesh.joined([hall, roofed(front, 16.0, 22.0, np.zeros(1, np.int32), 0.2)])
        shape = shapely.union(shapely.polygons(foot), shapely.polygons(front[0]))
        out.append(Batch.of([shape], mesh, 34.0, "transport", "station", 1998, "steel", 3, name, name_zh))
    return out
