"""Where a visitor would stand: a point on a street or at the waterside with an open view of the tallest buildings; in a
flood, a street under water."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gui.scene.camera import Eye
from gui.scene.tops import OPEN_M, Tops
from layers.ground import Ground
from twin.city.centres import centres
from twin.city.city import City
from twin.city.core import building_boxes
from twin.city.terrain import Grid

EYE_M, FLOOD_EYE_M = 1.8, 2.8
SUNWARD = 238.0
"""Azimuth of the usual sun: with it behind one, walls are bright."""
BEARINGS = np.arange(0.0, 360.0, 8.0)
MOST_PLACES = 120
MOST_AROUND = 6_000
"""Buildings of a large city that are looked at."""
NOT_STREETS = ("motorway", "trunk", "motorway_link", "trunk_link", "service", "steps")


def street_eye(city: City, ground: Ground, water: tuple[Grid, NDArray[np.float32]] | None = None) -> Eye | None:
    """The best of a hundred places on streets and shores; None where the city has no buildings.

    water: grid and depth of the flood to be seen; the eye then stands in a flooded street, if there is one.
    """
    if not len(city.buildings):
        return None
    flooded = None if water is None else _flooded_eye(city, ground, *water)
    if flooded is not None:
        return flooded
    shapes, height = _around_towers(city)
    xy = centres(shapes)
    tall = np.argsort(-height)[: max(6, min(25, len(height) // 40))]
    tall = tall[np.isfinite(xy[tall]).all(1)]
    places = _places(city, xy[tall].mean(0))
    if not len(places):
        return None
    crowns = cKDTree(_crowns(city))
    near = shapely.STRtree(shapes).query(shapely.points(places), predicate="dwithin", distance=4.0)[0]
    free = np.bincount(near, minlength=len(places)) == 0
    free &= crowns.query_ball_point(places, 16.0, return_length=True) == 0  # a crown before one's nose hides a skyline
    places = places[free] if free.any() else places
    towns = cKDTree(xy[np.isfinite(xy).all(1)])
    built = np.clip(towns.query_ball_point(places, 150.0, return_length=True) / 8.0, 0.15, 1.0)  # in a city, not on a bare plain
    # How high the towers rise above the eye, and which of them nothing hides.
    tops = Tops(shapes, height)
    rel = xy[tall][None] - places[:, None]
    away = np.maximum(np.linalg.norm(rel, axis=2), 30.0)
    rise = np.degrees(np.arctan2(height[tall][None] - EYE_M, away))
    bearing = np.degrees(np.arctan2(rel[..., 0], rel[..., 1]))
    hidden = tops.hidden(places, xy[tall], height[tall], EYE_M)
    # A skyline reads best where its tops stand some 10 to 20 degrees high.
    worth = np.where(hidden | (away > 3500), 0.0, np.clip(np.where(rise < 18, rise, 27 - rise / 2), 0, None))
    inside = np.abs((bearing[..., None] - BEARINGS + 180) % 360 - 180) < 26
    score = built[:, None] * (worth[..., None] * inside).sum(1) * (0.75 + 0.25 * np.cos(np.radians(BEARINGS - SUNWARD - 180)))
    score *= _worth_seeing(city, tops, places) * 0.1 ** np.minimum(2, _crowns_ahead(crowns, places))
    k, h = np.unravel_index(int(score.argmax()), score.shape)
    best, heading = int(k), float(BEARINGS[h])
    x, y = places[best]
    floor = float(ground.height(x, y))
    z = min(max(floor + EYE_M, _crest(city, places[best], heading) + 2.2), floor + 7.0)  # a promenade looks over its flood wall
    top = rise[best][(np.abs((bearing[best] - heading + 180) % 360 - 180) < 26) & (worth[best] > 0)]
    pitch = float(np.clip((top.max() if len(top) else 8.0) * 0.42, 4.0, 14.0))
    h, p = math.radians(heading), math.radians(pitch)
    return Eye(
        float(x) + math.sin(h) * math.cos(p) * 2, float(y) + math.cos(h) * math.cos(p) * 2, z + math.sin(p) * 2, 2.0, heading, pitch, 58.0
    )


def _around_towers(city: City) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Footprints and heights; of a large city those around its highest quarter."""
    b = city.buildings
    height = np.nan_to_num(b.column("height_m").astype(float))
    if len(height) <= MOST_AROUND:
        return b.footprints, height
    boxes = building_boxes(city)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    tall = np.argpartition(-height, 200)[:200]
    away = np.hypot(*(centre - np.nanmedian(centre[tall], axis=0)).T)
    rows = np.sort(np.argpartition(away, MOST_AROUND)[:MOST_AROUND])
    return b.shapes(rows), height[rows]


def _crowns(city: City) -> np.ndarray:
    """Places (N, 2) of the trees."""
    trees = city.layers.get("trees")
    if trees is None or not len(trees):
        return np.empty((0, 2))
    points = trees.geometry[shapely.get_type_id(trees.geometry) == 0]
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return xy[np.isfinite(xy).all(1)]


def _ahead(points: np.ndarray, place: np.ndarray, heading: float, reach_m: float, half_angle: float) -> int:
    """How many points lie before the eye."""
    rel = points - place
    away = np.hypot(rel[:, 0], rel[:, 1])
    turn = np.abs((np.degrees(np.arctan2(rel[:, 0], rel[:, 1])) - heading + 180) % 360 - 180)
    return int(((away < reach_m) & (turn < half_angle)).sum())


def _crest(city: City, place: np.ndarray, heading: float) -> float:
    """Highest crest of a flood wall close before the eye; -inf where there is none."""
    walls = city.layers.get("barriers")
    if walls is None or not len(walls) or "crest_z_m" not in walls.table:
        return -math.inf
    h = math.radians(heading)
    sight = shapely.LineString([place, (place[0] + 80 * math.sin(h), place[1] + 80 * math.cos(h))])
    crest = walls.table["crest_z_m"].astype(float).to_numpy()[shapely.intersects(walls.geometry, sight)]
    return float(np.nanmax(crest)) if np.isfinite(crest).any() else -math.inf


def _flooded_eye(city: City, ground: Ground, grid: Grid, depth: NDArray[np.float32]) -> Eye | None:
    """In a street with 0.3 to 1.2 m of water, looking along it between houses; None where no street is under water."""
    roads = city.networks.get("roads")
    if roads is None or not len(roads.geometry):
        return None
    keep = np.ones(len(roads.geometry), bool)
    if "class" in roads.edges:
        keep &= ~roads.edges["class"].astype(str).isin(NOT_STREETS).to_numpy()
    for flag in ("bridge", "tunnel"):
        if flag in roads.edges:
            keep &= ~roads.edges[flag].fillna(False).to_numpy(bool)
    lines = roads.geometry[keep]
    lines = lines[shapely.length(lines) > 40]
    if not len(lines):
        return None
    place, goal = [], []
    for f in (0.05, 0.3, 0.7, 0.95):
        a = shapely.line_interpolate_point(lines, f, normalized=True)
        b = shapely.line_interpolate_point(lines, f + (0.04 if f < 0.5 else -0.04), normalized=True)
        place.append(np.column_stack([shapely.get_x(a), shapely.get_y(a)]))
        goal.append(np.column_stack([shapely.get_x(b), shapely.get_y(b)]))
    xy, to = np.concatenate(place), np.concatenate(goal)

    def depth_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        c = ((x - grid.x0) / grid.cell_m).astype(np.int64)
        r = ((y - grid.y0) / grid.cell_m).astype(np.int64)
        inside = (c >= 0) & (r >= 0) & (c < grid.columns) & (r < grid.rows)
        found = depth[np.clip(r, 0, grid.rows - 1), np.clip(c, 0, grid.columns - 1)]
        return np.where(inside, np.nan_to_num(found), 0.0)

    way = to - xy
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    here = depth_at(xy[:, 0], xy[:, 1])
    # Water along the street ahead: what fills the picture.
    reach = np.arange(4.0, 121.0, 4.0)
    ahead = depth_at(xy[:, None, 0] + way[:, None, 0] * reach, xy[:, None, 1] + way[:, None, 1] * reach)
    wet = np.clip(ahead / 0.3, 0, 1).mean(1) + 0.6 * np.clip(ahead[:, :12] / 0.6, 0, 1).mean(1)
    able = (here > 0.2) & (here < 1.3)
    if not able.any():
        return None
    best_of = np.flatnonzero(able)[np.argsort(-wet[able])][:MOST_PLACES]
    shapes, height = _around_towers(city)
    tree = shapely.STRtree(shapes)
    crowns = _crowns(city)
    best, best_score, facing = -1, 0.0, 0.0
    for k in best_of:
        near = tree.query(shapely.Point(xy[k]), predicate="dwithin", distance=70.0)
        if not len(near) or shapely.distance(tree.geometries[near], shapely.Point(xy[k])).min() < 4.0:
            continue
        h = math.degrees(math.atan2(way[k, 0], way[k, 1]))
        rel = centres(tree.geometries[near]) - xy[k]
        side = (np.degrees(np.arctan2(rel[:, 0], rel[:, 1])) - h + 180) % 360 - 180
        street = min(6, int(((side > 6) & (side < 60)).sum())) * min(6, int(((side < -6) & (side > -60)).sum()))
        tall = float(np.clip(height[near[np.abs(side) < 60]], 0, 60).sum()) if street else 0.0
        score = float(wet[k]) * (1 + street) * (1 + tall / 150.0) * _open(xy[k], h, tree)
        score *= 0.3 ** min(2, _ahead(crowns, xy[k], h, 15.0, 40.0)) * 0.8 ** min(3, _ahead(crowns, xy[k], h, 60.0, 9.0))
        score *= 0.75 + 0.25 * math.cos(math.radians(h - SUNWARD - 180))
        if score > best_score:
            best, best_score, facing = int(k), score, h
    if best < 0:
        return None
    x, y = xy[best]
    z = float(ground.height(x, y)) + float(here[best]) + FLOOD_EYE_M
    h, p = math.radians(facing), math.radians(-1.5)
    return Eye(x + math.sin(h) * math.cos(p) * 2, y + math.cos(h) * math.cos(p) * 2, z + math.sin(p) * 2, 2.0, facing % 360, -1.5, 58.0)


class Skyline:
    """What buildings hide of each other from low down: each taken as an upright cylinder."""

    def __init__(self, city: City) -> None:
        tiles = city.buildings.tiles
        if tiles is not None:
            low, high = tiles.extents[:, :2], tiles.extents[:, 3:5]
            self._xy = ((low + high) / 2).astype(float)
            self._radius = 0.45 * (high - low).min(1).astype(float)
            self._top = tiles.extents[:, 5].astype(float)
        else:
            t, shapes = city.buildings.table, city.buildings.footprints
            c = shapely.centroid(shapes)
            self._xy = np.column_stack([shapely.get_x(c), shapely.get_y(c)])
            self._radius = np.sqrt(np.maximum(shapely.area(shapes), 0.0) / np.pi)
            self._top = (t["ground_z_m"].fillna(0) + t["height_m"].fillna(0)).to_numpy(float) if len(t) else np.empty(0)
        self._kept: dict[bytes, NDArray[np.bool_]] = {}

    def hides(self, eye: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points (N, 3) lie behind a building; local metres. The last answers are kept."""
        key = np.round(np.vstack([eye[None], points])).tobytes()
        if key not in self._kept:
            if len(self._kept) > 8:
                self._kept.clear()
            rel = self._xy - eye[:2]
            away = np.maximum(np.hypot(rel[:, 0], rel[:, 1]), 1.0)
            bearing, half = np.arctan2(rel[:, 0], rel[:, 1]), np.arcsin(np.clip(self._radius / away, 0, 1))
            slope = (self._top - eye[2]) / away
            out = np.zeros(len(points), bool)
            for k, p in enumerate(points):  # a few dozen
                dx, dy = p[0] - eye[0], p[1] - eye[1]
                far = max(math.hypot(dx, dy), 1.0)
                turn = np.abs((bearing - math.atan2(dx, dy) + np.pi) % (2 * np.pi) - np.pi)
                out[k] = bool(((turn < half) & (away < far - self._radius) & (slope > (p[2] - eye[2]) / far)).any())
            self._kept[key] = out
        return self._kept[key]


def _places(city: City, goal: np.ndarray) -> np.ndarray:
    """Points along streets and shores, a hundred, those within 2 km of the towers first."""
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
        shore = shapely.buffer(shapely.union_all(shapely.make_valid(water.geometry)), 6.0)
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
    return near[:: max(1, -(-len(near) // MOST_PLACES))]


def _worth_seeing(city: City, tops: Tops, places: np.ndarray) -> np.ndarray:
    """How good the foreground is, (places, BEARINGS): 0.15 before a wall, 1 with 400 m of air; little over a bare plain, which is what
    a harbour is where nobody has told of the water."""
    free, share = tops.around(places, BEARINGS)
    beside = [np.roll(free, turn, axis=1) for turn in (-2, 0, 2)]  # 16 degrees
    open_ = 0.15 + 0.85 * np.mean(beside, axis=0) / OPEN_M
    fills = np.mean([np.roll(share, turn, axis=1) for turn in range(-2, 3)], axis=0)
    shapes = [city.layers[name].geometry for name in ("water", "green") if name in city.layers]
    areas = np.concatenate([np.empty(0, object), *shapes])
    areas = areas[np.isin(shapely.get_type_id(areas), (3, 6))]
    seen = np.zeros(free.shape, bool)
    if len(areas):
        turn, reach = np.radians(BEARINGS)[None, :, None], np.array([25.0, 50.0, 90.0])
        x, y = places[:, 0, None, None] + np.sin(turn) * reach, places[:, 1, None, None] + np.cos(turn) * reach
        hit = np.zeros(x.size, bool)
        px, py = x.ravel(), y.ravel()
        shapely.prepare(areas)  # one river may be the whole layer
        for row, box in enumerate(shapely.bounds(areas)):
            some = np.flatnonzero(~hit & (px > box[0]) & (py > box[1]) & (px < box[2]) & (py < box[3]))
            hit[some] = shapely.contains_xy(areas[row], px[some], py[some])
        seen = hit.reshape(x.shape).any(-1)
    return open_ * np.where(seen, 1.0, np.clip(fills / 0.08, 0.03, 1.0))


def _crowns_ahead(crowns: cKDTree, places: np.ndarray) -> np.ndarray:
    """How many trees stand in the way of the view up to 70 m, (places, BEARINGS); one that is near does so from the side too."""
    out = np.zeros((len(places), len(BEARINGS)), np.int64)
    for k, near in enumerate(crowns.query_ball_point(places, 70.0)):
        rel = crowns.data[near] - places[k]
        turn = np.degrees(np.arctan2(rel[:, 0], rel[:, 1]))
        half = np.where(np.hypot(rel[:, 0], rel[:, 1]) < 32.0, 40.0, 18.0)
        out[k] = (np.abs((turn[:, None] - BEARINGS + 180) % 360 - 180) < half[:, None]).sum(0)
    return out


def _open(place: np.ndarray, heading: float, tree: shapely.STRtree) -> float:
    """How free the middle of the view is close by: 0.15 before a wall, 1 with 400 m of air."""
    clear = []
    for turn in (-14.0, 0.0, 14.0):
        h = math.radians(heading + turn)
        ray = shapely.LineString([place, (place[0] + math.sin(h) * OPEN_M, place[1] + math.cos(h) * OPEN_M)])
        hits = tree.geometries[tree.query(ray, predicate="intersects")]
        clear.append(float(shapely.distance(shapely.Point(place), hits).min()) if len(hits) else OPEN_M)
    return 0.15 + 0.85 * float(np.mean(np.minimum(clear, OPEN_M))) / OPEN_M
