"""Where a visitor would stand: a point on a street or at the waterside with an open view of the tallest buildings."""

from __future__ import annotations

import math

import numpy as np
import shapely

from gui.scene.camera import Eye
from layers.ground import Ground
from twin.city.city import City

EYE_M = 1.8
SUNWARD = 238.0
"""Azimuth of the usual sun: with it behind one, walls are bright."""
OPEN_M = 400.0
MOST_PLACES = 400
NOT_STREETS = ("motorway", "trunk", "motorway_link", "trunk_link", "service", "steps")


def street_eye(city: City, ground: Ground) -> Eye | None:
    """The best of a few hundred places on streets and shores; None where the city has no buildings."""
    if not len(city.buildings):
        return None
    table, shapes = city.buildings.table, city.buildings.footprints
    height = table["height_m"].fillna(0).to_numpy(float)
    centre = shapely.centroid(shapes)
    xy = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    tall = np.argsort(-height)[: max(6, min(25, len(height) // 40))]
    tall = tall[np.isfinite(xy[tall]).all(1)]
    places = _places(city, xy[tall].mean(0))
    if not len(places):
        return None
    tree = shapely.STRtree(shapes)
    stand = shapely.points(places)
    free = np.ones(len(places), bool)
    free[np.unique(tree.query(stand, predicate="dwithin", distance=4.0)[0])] = False
    trees = city.layers.get("trees")
    if trees is not None and len(trees):  # a crown before one's nose hides a skyline
        free[np.unique(shapely.STRtree(trees.geometry).query(stand, predicate="dwithin", distance=16.0)[0])] = False
    places = places[free] if free.any() else places
    # How high the towers rise above the eye, and which of them nothing hides.
    rel = xy[tall][None] - places[:, None]
    away = np.maximum(np.linalg.norm(rel, axis=2), 30.0)
    rise = np.degrees(np.arctan2(height[tall][None] - EYE_M, away))
    bearing = np.degrees(np.arctan2(rel[..., 0], rel[..., 1]))
    hidden = _hidden(places, xy[tall], height[tall], tree, height)
    # A skyline reads best where its tops stand some 10 to 20 degrees high.
    worth = np.where(hidden | (away > 3500), 0.0, np.clip(np.where(rise < 18, rise, 27 - rise / 2), 0, None))
    best, best_score, heading = 0, -1.0, 0.0
    for k in range(len(places)):
        for h in np.unique(np.round(bearing[k][worth[k] > 0] / 8) * 8):
            inside = np.abs((bearing[k] - h + 180) % 360 - 180) < 26
            sunny = 0.75 + 0.25 * math.cos(math.radians(h - SUNWARD - 180))
            score = float(worth[k][inside].sum()) * _open(places[k], h, tree) * sunny
            if score > best_score:
                best, best_score, heading = k, score, float(h)
    x, y = places[best]
    z = float(ground.height(x, y)) + EYE_M
    top = rise[best][(np.abs((bearing[best] - heading + 180) % 360 - 180) < 26) & (worth[best] > 0)]
    pitch = float(np.clip((top.max() if len(top) else 8.0) * 0.38, 3.0, 14.0))
    h, p = math.radians(heading), math.radians(pitch)
    return Eye(
        float(x) + math.sin(h) * math.cos(p) * 2, float(y) + math.cos(h) * math.cos(p) * 2, z + math.sin(p) * 2, 2.0, heading, pitch, 58.0
    )


def _places(city: City, goal: np.ndarray) -> np.ndarray:
    """Points along streets and shores, a few hundred, those within 2 km of the towers first."""
    found = []
    roads = city.networks.get("roads")
    if roads is not None and len(roads.geometry):
        keep = np.ones(len(roads.geometry), bool)
        if "class" in roads.edges:
            keep &= ~roads.edges["class"].astype(str).isin(NOT_STREETS).to_numpy()
        for flag in ("bridge", "tunnel"):
            if flag in roads.edges:
                keep &= ~roads.edges[flag].fillna(False).to_numpy(bool)
        lines = roads.geometry[keep]
        lines = lines[shapely.length(lines) > 30]
        found += [shapely.line_interpolate_point(lines, f, normalized=True) for f in (0.2, 0.5, 0.8)]
    water = city.layers.get("water")
    if water is not None and len(water):
        x0, y0, x1, y1 = city.core_bounds
        shore = shapely.buffer(shapely.union_all(shapely.make_valid(water.geometry)), 12.0)
        rim = shapely.intersection(shapely.boundary(shore), shapely.box(x0, y0, x1, y1))
        if rim.length > 50:
            found.append(
                shapely.line_interpolate_point(rim, np.linspace(0, rim.length, 240))
                if rim.geom_type == "LineString"
                else shapely.line_interpolate_point(
                    shapely.get_parts(rim)[shapely.get_type_id(shapely.get_parts(rim)) == 1], 0.5, normalized=True
                )
            )
    if not found:
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        x0, y0, x1, y1 = city.core_bounds
        r = max(x1 - x0, y1 - y0) * 0.55
        return np.column_stack([(x0 + x1) / 2 + r * np.cos(turn), (y0 + y1) / 2 + r * np.sin(turn)])
    p = np.concatenate([np.column_stack([shapely.get_x(f), shapely.get_y(f)]) for f in found])
    p = p[np.isfinite(p).all(1)]
    near = p[np.argsort(np.linalg.norm(p - goal, axis=1))]
    near = near[np.linalg.norm(near - goal, axis=1) < 2200] if (np.linalg.norm(near - goal, axis=1) < 2200).sum() > 30 else near
    return near[:: max(1, len(near) // MOST_PLACES)]


def _hidden(places: np.ndarray, towers: np.ndarray, tower_height: np.ndarray, tree: shapely.STRtree, height: np.ndarray) -> np.ndarray:
    """Whether something stands between a place and the upper half of a tower."""
    n, m = len(places), len(towers)
    ends = np.stack([np.repeat(places[:, None], m, 1), np.repeat(towers[None], n, 0)], axis=2)
    sight = shapely.linestrings(ends.reshape(-1, 2, 2))
    pair, row = tree.query(sight, predicate="intersects")
    tower, place = pair % m, pair // m
    c = shapely.centroid(tree.geometries[row])
    d = np.hypot(shapely.get_x(c) - places[place, 0], shapely.get_y(c) - places[place, 1])
    full = np.maximum(np.linalg.norm(towers[tower] - places[place], axis=1), 1.0)
    above = EYE_M + (0.5 * tower_height[tower] - EYE_M) * np.clip(d / full, 0, 1)
    blocks = (height[row] > above) & (d < full * 0.97) & (height[row] < tower_height[tower])
    hidden = np.zeros(n * m, bool)
    hidden[pair[blocks]] = True
    return hidden.reshape(n, m)


def _open(place: np.ndarray, heading: float, tree: shapely.STRtree) -> float:
    """How free the middle of the view is close by: 0.15 before a wall, 1 with 400 m of air."""
    clear = []
    for turn in (-14.0, 0.0, 14.0):
        h = math.radians(heading + turn)
        ray = shapely.LineString([place, (place[0] + math.sin(h) * OPEN_M, place[1] + math.cos(h) * OPEN_M)])
        hits = tree.geometries[tree.query(ray, predicate="intersects")]
        clear.append(float(shapely.distance(shapely.Point(place), hits).min()) if len(hits) else OPEN_M)
    return 0.15 + 0.85 * float(np.mean(np.minimum(clear, OPEN_M))) / OPEN_M
