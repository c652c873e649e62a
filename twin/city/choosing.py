"""Which things lie in an outline drawn over a picture of the city: buildings by their bodies, features by their shapes on the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.buildings import Buildings
from twin.city.mesh import in_runs
from twin.city.tiles import Tiles

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
NEAR_M = 0.2
"""What is nearer to the eye, or behind it, is in no picture."""
REACH_M = 4.0e5
"""How far a picture reaches."""
SMALL = 0.0016
"""A thing of this share of the picture is where its middle is."""
MOST_EXACT = 20_000
"""Buildings on the rim of an outline whose triangles are looked at; of more, their middles decide."""
OUT, PARTLY, WHOLE = 0, 1, 2
_CORNERS = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)], bool)


@dataclass(frozen=True)
class Lens:
    """How a picture is taken. position: the eye (3,), local metres; axes: right, up and forward as rows (3, 3); tan_x, tan_y: half
    of the picture's width and height at a distance of one."""

    position: Floats
    axes: Floats
    tan_x: float
    tan_y: float

    def seen(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Places in the picture (N, 2), shares of it from its top left, and metres along the view (N,); points (N, 3)."""
        rel = np.asarray(points, float).reshape(-1, 3) - self.position
        right, up, depth = (rel @ a for a in self.axes)
        safe = np.where(depth > NEAR_M, depth, np.inf)
        return np.column_stack([0.5 + 0.5 * right / (safe * self.tan_x), 0.5 - 0.5 * up / (safe * self.tan_y)]), depth


class Outline:
    """A closed outline over a picture: corners (N, 2), shares of the picture from its top left. One that crosses itself is what it
    encloses."""

    def __init__(self, corners: ArrayLike) -> None:
        points = np.asarray(corners, float).reshape(-1, 2)
        shape = shapely.make_valid(shapely.Polygon(points)) if len(points) > 2 and np.isfinite(points).all() else shapely.Polygon()
        parts = shapely.get_parts(shape)
        self.shape = shapely.union_all(parts[shapely.get_dimensions(parts) == 2]) if len(parts) else shapely.Polygon()
        shapely.prepare(self.shape)

    @property
    def is_empty(self) -> bool:
        return bool(self.shape.is_empty)

    def holds(self, xy: Floats) -> NDArray[np.bool_]:
        return np.asarray(shapely.contains_xy(self.shape, xy[:, 0], xy[:, 1]), bool)

    def boxes(self, low: Floats, high: Floats) -> NDArray[np.int8]:
        """OUT, PARTLY or WHOLE of rectangles (N, 2)."""
        good = np.isfinite(low).all(1) & np.isfinite(high).all(1)
        out = np.zeros(len(low), np.int8)
        x0, y0, x1, y1 = self.shape.bounds
        some = np.flatnonzero(good & (high[:, 0] >= x0) & (low[:, 0] <= x1) & (high[:, 1] >= y0) & (low[:, 1] <= y1))
        if len(some):
            boxes = shapely.box(low[some, 0], low[some, 1], high[some, 0], high[some, 1])
            touched = np.asarray(shapely.intersects(self.shape, boxes), bool)
            whole = touched.copy()
            whole[touched] = shapely.contains(self.shape, boxes[touched])
            out[some] = np.where(whole, WHOLE, np.where(touched, PARTLY, OUT))
        return out


def buildings_in(b: Buildings, lens: Lens, outline: Outline) -> Rows:
    """Rows of the buildings of which any part lies in the outline, hidden by others or not; ascending."""
    if outline.is_empty or not len(b):
        return np.empty(0, np.int32)
    tiles = b.tiles
    extents = extents_of(b)
    if tiles is None:
        inside, rim = np.empty(0, np.int64), np.arange(len(b))
    else:
        inside, rim = _through(tiles, lens, outline)
    state, middle, small = _classed(extents[rim, :3], extents[rim, 3:], lens, outline)
    sure = rim[(state == WHOLE) | ((state == PARTLY) & small & middle)]
    open_ = np.sort(rim[(state == PARTLY) & ~small])
    if len(open_) > MOST_EXACT:
        sure, open_ = np.append(sure, rim[(state == PARTLY) & ~small & middle]), open_[:0]
    found = np.zeros(len(b), bool)
    for rows in (inside, sure, open_[_touched(b, open_, lens, outline)]):
        found[rows] = True
    return np.flatnonzero(found).astype(np.int32)


def extents_of(b: Buildings) -> NDArray[np.float32]:
    """Box of each building (N, 6): min x, y, z and max x, y, z; NaN where nothing is known."""
    if b.tiles is not None:
        return b.tiles.extents
    flat = shapely.bounds(b.footprints).reshape(-1, 4)
    ground, height = (np.nan_to_num(b.column(c).astype(float)) for c in ("ground_z_m", "height_m"))
    out = np.column_stack([flat[:, :2], ground, flat[:, 2:], ground + height])
    if len(b.mesh):
        corners, owner = b.mesh.points[b.mesh.triangles], b.mesh.object
        has = np.zeros(len(b), bool)
        has[owner] = True
        low, high = np.full((len(b), 3), np.inf), np.full((len(b), 3), -np.inf)
        for k in range(3):
            np.fmin.at(low[:, k], owner, corners[:, :, k].min(1))
            np.fmax.at(high[:, k], owner, corners[:, :, k].max(1))
        out[has, :3], out[has, 3:] = low[has], high[has]
    return out.astype(np.float32)


def _through(tiles: Tiles, lens: Lens, outline: Outline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Down the tree of tiles: rows that are in for sure, and rows to be looked at one by one."""
    nodes, leaf = tiles.nodes, tiles.leaves
    now = np.zeros(1, np.int64)
    inside: list[NDArray[np.int64]] = []
    rim: list[NDArray[np.int64]] = []
    while len(now):
        state, _, _ = _classed(nodes["low"][now], nodes["high"][now], lens, outline)
        inside.append(now[state == WHOLE])
        part = now[state == PARTLY]
        rim.append(part[leaf[part]])
        children = nodes["children"][part[~leaf[part]]].ravel().astype(np.int64)
        now = children[children >= 0]
    sure, perhaps = (in_runs(*nodes["rows"][np.concatenate(some)].astype(np.int64).T) for some in (inside, rim))
    return sure, perhaps


def _classed(
    low: NDArray[np.float32], high: NDArray[np.float32], lens: Lens, outline: Outline
) -> tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.bool_]]:
    """OUT, PARTLY or WHOLE of boxes (N, 3); whether their middles are inside; whether they are small in the picture."""
    corners = np.where(_CORNERS[None], high[:, None], low[:, None]).reshape(-1, 3)
    xy, depth = lens.seen(corners)
    xy, depth = xy.reshape(-1, 8, 2), depth.reshape(-1, 8)
    ahead = depth > NEAR_M
    whole = ahead.all(1)
    least, most = xy.min(1), xy.max(1)
    state = np.zeros(len(low), np.int8)
    state[whole] = outline.boxes(least[whole], most[whole])
    cut = np.flatnonzero(ahead.any(1) & ~whole)
    state[cut] = np.where(_beside(low[cut], high[cut], lens, outline), OUT, PARTLY)
    middle, away = lens.seen((low.astype(float) + high) / 2)
    small = whole & ((most - least).max(1) < SMALL)
    return state, outline.holds(middle) & (away > NEAR_M), small


def _beside(low: NDArray[np.float32], high: NDArray[np.float32], lens: Lens, outline: Outline) -> NDArray[np.bool_]:
    """Boxes wholly outside one side of the pyramid through the outline's rectangle."""
    u0, v0, u1, v1 = outline.shape.bounds
    right, up, f = lens.axes
    left, rightmost = (2 * u0 - 1) * lens.tan_x, (2 * u1 - 1) * lens.tan_x
    top, bottom = (1 - 2 * v0) * lens.tan_y, (1 - 2 * v1) * lens.tan_y
    middle, half = (low.astype(float) + high) / 2 - lens.position, (high.astype(float) - low) / 2
    out = np.zeros(len(low), bool)
    for normal in (right - left * f, rightmost * f - right, top * f - up, up - bottom * f):
        out |= middle @ normal + half @ np.abs(normal) < 0
    return out


def _touched(b: Buildings, rows: NDArray[np.int64], lens: Lens, outline: Outline) -> NDArray[np.bool_]:
    """rows: ascending. Whether a triangle of each building lies in the outline, or a part of one; those that have none by their box."""
    out = np.zeros(len(rows), bool)
    if not len(rows):
        return out
    index, owner = _triangles(b, rows)
    out[np.setdiff1d(np.arange(len(rows)), owner)] = True
    mesh = b.mesh
    corners = mesh.triangles[index]
    used, flat = np.unique(corners, return_inverse=True)
    xy, depth = lens.seen(mesh.points[used])
    flat = flat.reshape(-1, 3)
    ahead = depth > NEAR_M
    hit = (outline.holds(xy) & ahead)[flat].any(1)
    out[owner[hit]] = True
    left = ~out[owner]
    some = np.flatnonzero(left & ahead[flat].all(1))
    if len(some):
        shapes = shapely.polygons(xy[flat[some]])
        out[owner[some[shapely.intersects(outline.shape, shapes)]]] = True
    for k in np.flatnonzero(left & ahead[flat].any(1) & ~ahead[flat].all(1)).tolist():  # those beside the eye, a few
        if not out[owner[k]]:
            place, _ = lens.seen(_ahead(mesh.points[corners[k]], lens))
            out[owner[k]] = bool(shapely.intersects(outline.shape, shapely.convex_hull(shapely.multipoints(place))))
    return out


def _triangles(b: Buildings, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles of some buildings, and the place in `rows` (ascending) of the building of each."""
    owner = b.mesh.object
    if b.tiles is None:
        index = np.flatnonzero(np.isin(owner, rows))
    else:
        index = b.mesh.of_objects(rows)
    return index, np.searchsorted(rows, owner[index])


def _ahead(corners: Floats, lens: Lens) -> Floats:
    """The part of a triangle (3, 3) before the eye, as corners (N, 3)."""
    depth = (corners - lens.position) @ lens.axes[2] - 2 * NEAR_M
    kept = [corners[i] for i in range(3) if depth[i] > 0]
    for i in range(3):
        k = (i + 1) % 3
        if (depth[i] > 0) != (depth[k] > 0):
            kept.append(corners[i] + (corners[k] - corners[i]) * (depth[i] / (depth[i] - depth[k])))
    return np.array(kept).reshape(-1, 3)


def shapes_in(
    geometry: NDArray[np.object_], ground: Callable[[ArrayLike, ArrayLike], NDArray[np.float64]], lens: Lens, outline: Outline
) -> Rows:
    """Rows of shapes lying on the ground of which any part is in the outline. geometry: shapely, local metres; ground: height of x, y."""
    if outline.is_empty or not len(geometry):
        return np.empty(0, np.int32)
    foot = float(np.nan_to_num(np.asarray(ground(lens.position[:1], lens.position[1:2]), float))[0])
    shapes = _before(geometry, lens, foot)
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    flat = shapely.force_2d(shapes[rows])
    xy = shapely.get_coordinates(flat)
    place, _ = lens.seen(np.column_stack([xy, np.nan_to_num(np.asarray(ground(xy[:, 0], xy[:, 1]), float))]))
    pictured = shapely.set_coordinates(flat, place)
    bad = ~shapely.is_valid(pictured)
    pictured[bad] = shapely.make_valid(pictured[bad])
    return rows[shapely.intersects(outline.shape, pictured)].astype(np.int32)


def _before(geometry: NDArray[np.object_], lens: Lens, ground_z: float) -> NDArray[np.object_]:
    """What of shapes on level ground lies before the eye, in plan."""
    forward, eye = lens.axes[2], lens.position
    length = float(np.hypot(forward[0], forward[1]))
    if length < 1e-3:  # straight down
        return geometry
    flat = forward[:2] / length
    # Looking down one sees what is behind one's feet, too.
    start = eye[:2] + flat * ((2 * NEAR_M + forward[2] * (eye[2] - ground_z)) / length)
    side, reach = np.array([-flat[1], flat[0]]) * REACH_M, flat * REACH_M
    half = shapely.Polygon([start + side, start + side + reach, start - side + reach, start - side])
    shapely.prepare(half)
    cut = ~shapely.contains_properly(half, shapely.box(*shapely.bounds(geometry).T))
    out = geometry.copy()
    out[cut] = shapely.intersection(half, shapely.make_valid(geometry[cut]))
    return out


PAINTED_PX = 900
"""Width of the picture in which is looked up what is seen."""
MOST_PAINTED = 220_000
"""Triangles painted for that; of a city with more in sight, boxes are painted in their place, and of very many all count as seen."""


def seen_of(b: Buildings, rows: Rows, lens: Lens) -> Rows:
    """Those of some buildings that no other building hides wholly; ground hides nothing. All in sight are painted from far to near."""
    from PIL import Image, ImageDraw

    every = buildings_in(b, lens, Outline([(0, 0), (1, 0), (1, 1), (0, 1)])).astype(np.int64)
    if not len(every) or not len(rows) or len(every) > MOST_PAINTED:
        return rows
    index, owner = _triangles(b, every)
    if len(index) <= MOST_PAINTED:
        corners = b.mesh.points[b.mesh.triangles[index]]
    else:
        box = extents_of(b)[every].astype(float)
        corners = np.where(_CORNERS[None], box[:, None, 3:], box[:, None, :3])
        owner = np.arange(len(every))
    _, depth = lens.seen(corners)
    depth = depth.reshape(corners.shape[:2])
    keep = (depth > NEAR_M).any(1)
    corners, owner, depth = corners[keep], owner[keep], depth[keep]
    wide, high = PAINTED_PX, max(1, round(PAINTED_PX * lens.tan_y / lens.tan_x))
    picture = Image.new("I", (wide, high), 0)
    brush = ImageDraw.Draw(picture)
    whole = np.asarray((depth > NEAR_M).all(1), bool)
    xy, _ = lens.seen(corners)
    xy = xy.reshape(*corners.shape[:2], 2) * (wide, high)
    if corners.shape[1] == 8:
        hulls = shapely.convex_hull(shapely.multipoints(xy))
    for k in np.argsort(-depth.mean(1), kind="stable").tolist():
        if whole[k] and corners.shape[1] == 3:
            outline = xy[k]
        elif whole[k]:
            outline = shapely.get_coordinates(hulls[k])
        elif corners.shape[1] == 3:
            outline = lens.seen(_ahead(corners[k], lens))[0] * (wide, high)
        else:
            continue
        if len(outline) > 1:
            brush.polygon(
                [(float(x), float(y)) for x, y in np.clip(outline, -8 * wide, 8 * wide)], fill=int(owner[k]) + 1, outline=int(owner[k]) + 1
            )
    found = np.unique(np.asarray(picture))
    return rows[np.isin(rows, every[found[found > 0] - 1])]
