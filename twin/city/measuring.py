"""What a person measures on the 3D surface: distances, heights, areas, slopes and volumes, by name and in SI units.

Points are local metres with heights in the city's vertical datum. What is said of the ground is said of the terrain itself, not of a
coarser picture of it. All numbers are of the plane of the city's projection; its scale (below one in a thousand in UTM) is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.city import City
from twin.city.height_grid import BareGround, Solids

Floats = NDArray[np.float64]
Kind = Literal["distance", "height", "area", "slope", "volume"]
Reference = Literal["lowest", "level", "plane"]
KINDS: tuple[Kind, ...] = ("distance", "height", "area", "slope", "volume")
LEAST_POINTS = {"distance": 2, "height": 2, "area": 3, "slope": 2, "volume": 3}
ON_GROUND_M = 0.5
"""A point this near to the ground was put on it."""
MOST_PIECES = 300_000
WINDOW_M = 2.0
"""Length over which the steepest slope is taken: a single step of the kerb is no slope."""


@dataclass(frozen=True)
class Value:
    """name: word of NAMES in the interface; unit: m m2 m3 % deg, or '' for a count or a word."""

    name: str
    amount: float
    unit: str = "m"


@dataclass(frozen=True)
class Measured:
    """points: (N, 3) as they were put, or as they lie on the ground; values: the first is the one people mean."""

    kind: str
    points: Floats
    values: tuple[Value, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> float:
        """Raises KeyError."""
        return {v.name: v.amount for v in self.values}[name]


def measured(city: City, kind: str, points: ArrayLike, options: dict[str, Any] | None = None) -> Measured:
    """points: (N, 3). options of a volume: reference (lowest, level or plane) and level_m. Raises ValueError for too few points."""
    p = np.asarray(points, float).reshape(-1, 3)
    if kind not in KINDS or len(p) < LEAST_POINTS[kind]:
        raise ValueError(f"'{kind}' cannot be measured with {len(p)} points")
    ground, options = BareGround.of(city), dict(options or {})
    if kind == "distance":
        values = distance(ground, p)
    elif kind == "height":
        values = height(p)
    elif kind == "area":
        values = area(ground, p)
    elif kind == "slope":
        values = slope(ground, p)
    else:
        values = volume(city, p, options.get("reference", "lowest"), options.get("level_m"))
    return Measured(kind, p, tuple(values), options)


def distance(ground: BareGround, points: Floats) -> list[Value]:
    """Through the points in plan and in space, and along the ground below them."""
    step = np.diff(points, axis=0)
    plan = np.hypot(step[:, 0], step[:, 1])
    _, line = ground_line(ground, points[:, :2])
    along = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    rise = float(points[-1, 2] - points[0, 2])
    values = [Value("space", float(np.linalg.norm(step, axis=1).sum())), Value("plan", float(plan.sum())), Value("along", along)]
    if len(points) > 2:
        values.append(Value("straight", float(np.linalg.norm(points[-1] - points[0]))))
    else:
        values.append(Value("bearing", math.degrees(math.atan2(step[0, 0], step[0, 1])) % 360, "deg"))
    return [*values, Value("rise", rise)]


def height(points: Floats) -> list[Value]:
    """Of the second point above the first."""
    a, b = points[0], points[-1]
    plan = float(np.hypot(*(b - a)[:2]))
    rise = float(b[2] - a[2])
    values = [Value("height", abs(rise)), Value("z_first", float(a[2])), Value("z_last", float(b[2])), Value("plan", plan)]
    return [*values, Value("space", float(np.linalg.norm(b - a))), Value("angle", math.degrees(math.atan2(rise, plan)), "deg")]


def area(ground: BareGround, points: Floats) -> list[Value]:
    """In plan, over the ground, and of the flat figure through the corners where they do not lie on the ground."""
    polygon = polygon_of(points)
    x, y, piece = pieces(polygon, _cell(ground, polygon))
    gx, gy = gradient(ground, x, y)
    surface = float((piece * np.sqrt(1 + gx**2 + gy**2)).sum())
    ring = np.vstack([points, points[:1]])
    rim = float(np.linalg.norm(np.diff(ring[:, :2], axis=0), axis=1).sum())
    values = [Value("area_plan", polygon.area, "m2"), Value("area_ground", surface, "m2")]
    if bool((np.abs(points[:, 2] - ground.height(points[:, 0], points[:, 1])) > ON_GROUND_M).any()):
        normal = np.cross(ring[:-1], ring[1:]).sum(0) / 2  # twice the vector area of Newell's method
        values.append(Value("area_corners", float(np.linalg.norm(normal)), "m2"))
    return [*values, Value("outline", rim), *known_share(ground, x, y, piece)]


def slope(ground: BareGround, points: Floats) -> list[Value]:
    """Of the line from the first point to the last, and the steepest of the ground along it."""
    plan = float(np.hypot(*np.diff(points[:, :2], axis=0).T).sum())
    rise = float(points[-1, 2] - points[0, 2])
    share = rise / plan if plan else 0.0
    s, line = ground_line(ground, points[:, :2])
    window = max(WINDOW_M, 2 * ground.cell_m)
    at = np.arange(0.0, max(s[-1] - window, 0.0) + 1e-9, window / 4)
    rises = (np.interp(at + window, s, line[:, 2]) - np.interp(at, s, line[:, 2])) / window
    steepest = float(rises[np.abs(rises).argmax()]) if s[-1] >= window else share
    climbs = np.diff(line[:, 2])
    return [
        Value("slope", 100 * share, "%"),
        Value("slope_deg", math.degrees(math.atan(share)), "deg"),
        Value("rise", rise),
        Value("plan", plan),
        Value("steepest", 100 * steepest, "%"),
        Value("steepest_deg", math.degrees(math.atan(steepest)), "deg"),
        Value("climb", float(climbs[climbs > 0].sum())),
        Value("fall", float(-climbs[climbs < 0].sum())),
    ]


def volume(city: City, points: Floats, reference: str = "lowest", level_m: float | None = None) -> list[Value]:
    """Of the ground in a polygon above (cut) and below (fill) a reference: its lowest rim, a level, or the plane that fits its rim
    best; and of the buildings in it, which count by the share of their footprint that lies inside."""
    ground, polygon = BareGround.of(city), polygon_of(points)
    x, y, piece = pieces(polygon, _cell(ground, polygon))
    z = ground.height(x, y)
    rim = shapely.get_coordinates(shapely.segmentize(polygon.boundary, max(0.25, polygon.length / 2000)))
    rim_z = ground.height(rim[:, 0], rim[:, 1])
    values: list[Value] = []
    if reference == "plane":
        middle = rim.mean(0)
        known, *_ = np.linalg.lstsq(np.column_stack([rim - middle, np.ones(len(rim))]), rim_z, rcond=None)
        base = (x - middle[0]) * known[0] + (y - middle[1]) * known[1] + known[2]
        tilt = math.hypot(known[0], known[1])
        values = [Value("level", float(known[2])), Value("plane_slope", 100 * tilt, "%")]
    else:
        level = float(rim_z.min()) if reference == "lowest" or level_m is None else float(level_m)
        base = np.full(len(x), level)
        values = [Value("level", level)]
    over = z - base
    cut, fill = float((piece * np.maximum(over, 0)).sum()), float((piece * np.maximum(-over, 0)).sum())
    built, count = building_volume(city, polygon)
    return [
        Value("cut", cut, "m3"),
        Value("fill", fill, "m3"),
        Value("net", cut - fill, "m3"),
        Value("buildings_volume", built, "m3"),
        Value("buildings", float(count), ""),
        *values,
        Value("area_plan", float(polygon.area), "m2"),
        *known_share(ground, x, y, piece),
    ]


def building_volume(city: City, polygon: Any) -> tuple[float, int]:
    """Cubic metres above their ground of the buildings in a polygon, and how many there are; one on its edge counts by its share."""
    solids = Solids.of(city)
    rows = solids.within(polygon.bounds)
    if not len(rows):
        return 0.0, 0
    shapes = shapely.make_valid(city.buildings.shapes(rows))
    whole = shapely.area(shapes)
    share = np.where(whole > 0, shapely.area(shapely.intersection(shapes, polygon)) / np.maximum(whole, 1e-9), 0.0)
    inside = share > 1e-6
    rows, share, whole = rows[inside], share[inside], whole[inside]
    if not len(rows):
        return 0.0, 0
    bodies = body_volumes(city, rows)
    table = city.buildings.take(rows)
    block = whole * table["height_m"].fillna(0).to_numpy(float)
    # A body whose faces are missing or turned inside out says nothing; its block does.
    good = (bodies > 0.05 * block) & (bodies < 3.0 * block + 1.0)
    return float((np.where(good, bodies, block) * share).sum()), len(rows)


def body_volumes(city: City, rows: NDArray[np.int64]) -> Floats:
    """Cubic metres between the ground of each building and its faces (divergence theorem; faces counter-clockwise from outside)."""
    corners, of = Solids.of(city).triangles(rows)
    base = city.buildings.take(rows)["ground_z_m"].to_numpy(float)
    place = np.searchsorted(rows, of)
    low = np.full(len(rows), np.inf)
    np.minimum.at(low, place, corners[:, :, 2].min(1) if len(corners) else np.empty(0))
    base = np.where(np.isfinite(base), base, low)
    a, b, c = (corners[:, k] for k in range(3))
    plan = ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])) / 2
    return np.asarray(np.bincount(place, plan * (corners[:, :, 2].mean(1) - base[place]), minlength=len(rows)), float)


# -- the ground below shapes ---------------------------------------------------------------------------------------------------------------
def ground_line(ground: BareGround, xy: ArrayLike, most: int = 20_000) -> tuple[Floats, Floats]:
    """Distance in plan (N,) and points (N, 3) of the ground along a line, at every vertex and at least each half cell between."""
    line = np.asarray(xy, float).reshape(-1, 2)
    if len(line) < 2:
        return np.zeros(len(line)), np.column_stack([line, ground.height(line[:, 0], line[:, 1])])
    length = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    step = max(ground.cell_m / 2, length / most, 1e-6)
    points = shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), step))
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return s, np.column_stack([points, ground.height(points[:, 0], points[:, 1])])


def polygon_of(points: ArrayLike) -> Any:
    """The area inside a ring of points, mended where it crosses itself. Raises ValueError for none."""
    shape = shapely.make_valid(shapely.Polygon(np.asarray(points, float)[:, :2]))
    parts = [g for g in shapely.get_parts(shape) if g.geom_type == "Polygon"]
    if not parts:
        raise ValueError("these points enclose no area")
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def known_share(ground: BareGround, x: Floats, y: Floats, piece: Floats) -> list[Value]:
    """How much of an area has heights of its own, where that is not all of it: elsewhere they are those of the nearest ground."""
    known = np.zeros(len(x), bool) if ground.terrain is None else np.isfinite(ground.terrain.sample(x, y))
    share = float(piece[known].sum() / max(piece.sum(), 1e-9))
    return [] if share > 0.9995 else [Value("ground_known", 100 * share, "%")]


def _cell(ground: BareGround, polygon: Any) -> float:
    return max(math.sqrt(polygon.area / MOST_PIECES), min(ground.cell_m, math.sqrt(polygon.area) / 60))


def pieces(polygon: Any, cell_m: float) -> tuple[Floats, Floats, Floats]:
    """A polygon cut by square cells: centroid x, y and area of each piece; together they have exactly its area."""
    x0, y0, x1, y1 = polygon.bounds
    columns, rows = max(1, math.ceil((x1 - x0) / cell_m)), max(1, math.ceil((y1 - y0) / cell_m))
    rim = shapely.get_coordinates(shapely.segmentize(polygon.boundary, cell_m / 2))
    touched = np.zeros((rows, columns), bool)
    c, r = ((rim - (x0, y0)) / cell_m).astype(int).T
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            touched[np.clip(r + dr, 0, rows - 1), np.clip(c + dc, 0, columns - 1)] = True
    x, y = x0 + (np.arange(columns) + 0.5) * cell_m, y0 + (np.arange(rows) + 0.5) * cell_m
    fy, fx = (a.ravel() for a in np.meshgrid(y, x, indexing="ij"))
    edge = touched.ravel()
    shapely.prepare(polygon)
    whole = np.flatnonzero(~edge)
    whole = whole[shapely.contains_xy(polygon, fx[whole], fy[whole])]
    half = cell_m / 2
    cut = shapely.intersection(shapely.box(fx[edge] - half, fy[edge] - half, fx[edge] + half, fy[edge] + half), polygon)
    size = shapely.area(cut)
    middle = shapely.centroid(cut[size > 0])
    return (
        np.concatenate([fx[whole], shapely.get_x(middle)]),
        np.concatenate([fy[whole], shapely.get_y(middle)]),
        np.concatenate([np.full(len(whole), cell_m**2), size[size > 0]]),
    )


def gradient(ground: BareGround, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Rise of the ground per metre east and north."""
    h = max(ground.cell_m / 2, 0.05)
    return (
        (ground.height(x + h, y) - ground.height(x - h, y)) / (2 * h),
        (ground.height(x, y + h) - ground.height(x, y - h)) / (2 * h),
    )
