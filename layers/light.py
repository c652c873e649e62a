"""Sun and sky, worked out once per picture of the city instead of once per frame.

Software GL has no time for shadow maps or ambient occlusion in every frame; a city stands still, so its light is computed
into colours: sky light by the way a surface faces, sun, shadow from a height field, and darker feet of walls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.ground import Ground
from layers.kept import kept
from twin.city.buildings import Buildings
from twin.city.city import City
from twin.city.core import building_boxes
from twin.city.terrain import Grid

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Light:
    """azimuth: of the sun, degrees clockwise from north; elevation above the horizon. Colours are linear factors."""

    azimuth: float = 238.0
    elevation: float = 42.0
    sun: tuple[float, float, float] = (0.475, 0.430, 0.355)
    sky: tuple[float, float, float] = (0.640, 0.650, 0.675)
    bounce: tuple[float, float, float] = (0.645, 0.605, 0.555)
    horizon: tuple[float, float, float] = (0.885, 0.900, 0.905)
    zenith: tuple[float, float, float] = (0.47, 0.64, 0.80)
    glow: tuple[float, float, float] = (0.02, 0.02, 0.01)
    """Colours of the sky; glow: what the side of the sun has more."""
    lamps: float = 0.0
    """Of streets and windows: 0 out, 1 as at night."""
    homes: float = 0.3
    work: float = 0.3
    """Share of the windows lit where people sleep, and where they are by day."""
    sun_at: tuple[float, float] | None = None
    """Azimuth and elevation of the sun itself, where the light comes from elsewhere or the sun is below the horizon."""

    @property
    def casts(self) -> bool:
        """Whether the sun is up and bright enough for shadows."""
        return max(self.sun) > 0.05 and (self.sun_at is None or self.sun_at[1] > 0.5)

    @property
    def direction(self) -> Floats:
        """Unit vector towards the sun."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array([math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)], np.float32)

    def shade(self, normals: Floats, lit: Floats | None = None) -> Floats:
        """Factors (N, 3) for a surface colour; lit: 0 in shadow to 1 in the sun."""
        n = normals
        facing = np.clip(n @ self.direction, 0, 1)
        if lit is not None:
            facing = facing * lit
        up = 0.5 + 0.5 * n[:, 2:3]
        ambient = np.array(self.sky, np.float32) * up + np.array(self.bounce, np.float32) * (1 - up)
        return np.asarray(ambient + facing[:, None] * np.array(self.sun, np.float32), np.float32)


@dataclass(frozen=True)
class Shadows:
    """On a grid over the buildings. top: float32 height below which a point lies in shadow, None without sun. shade: uint8 alpha of
    the dark veil on the ground (shadow and the dimmer sky between buildings). closed: uint8, how narrow the sky is between buildings;
    street: uint8, light of street lamps; low, span: heights of everything, metres."""

    grid: Grid
    top: Floats | None
    shade: NDArray[np.uint8]
    closed: NDArray[np.uint8]
    street: NDArray[np.uint8]
    low: float = 0.0
    span: float = 1.0
    lamps: float = 0.0

    def lit(self, points: NDArray[np.float64], normals: Floats) -> Floats:
        """1 in the sun, 0 in shadow, for points of surfaces (looked up a step away from the wall they are on)."""
        if self.top is None:
            return np.ones(len(points), np.float32)
        g = self.grid
        step = STEP_CELLS * g.cell_m
        c = np.clip(((points[:, 0] + normals[:, 0] * step - g.x0) / g.cell_m).astype(np.int64), 0, g.columns - 1)
        r = np.clip(((points[:, 1] + normals[:, 1] * step - g.y0) / g.cell_m).astype(np.int64), 0, g.rows - 1)
        # A pitched roof lies below the ridge its own cell knows; only what stands clearly higher darkens it.
        slack = np.where(normals[:, 2] > 0.2, SLACK_ROOF_M, SLACK_WALL_M)
        return np.clip((points[:, 2] + slack - self.top[r, c]) / SOFT_M + 0.5, 0, 1).astype(np.float32)

    def map(self) -> NDArray[np.uint8]:
        """RGBA of each cell for the graphics: top of the shadow as 16 bits over low and span, closed, street."""
        out = np.zeros((*self.grid.shape, 4), np.uint8)
        if self.top is not None:
            high = np.clip((self.top - self.low) / self.span, 0, 1) * 65535
            steps = high.astype(np.uint16)
            out[..., 0], out[..., 1] = steps >> 8, steps & 255
        out[..., 2], out[..., 3] = self.closed, self.street
        return out

    def veil(self, lamps: bool = True) -> NDArray[np.uint8]:
        """RGBA of what lies over the ground: shade, and by night the pools of light below lamps."""
        out = np.empty((*self.grid.shape, 4), np.uint8)
        out[..., :3], out[..., 3] = SHADE, self.shade
        if lamps and self.lamps > 0:
            light = self.street.astype(np.float32) * np.float32(LAMP_ALPHA * self.lamps / 255)
            whole = light + self.shade.astype(np.float32) / np.float32(255) * (1 - light)
            share = light / np.maximum(whole, np.float32(1e-6))
            for k in range(3):
                out[..., k] = SHADE[k] + share * np.float32(LAMP[k] - SHADE[k])
            out[..., 3] = np.minimum(whole, 1) * 255
        return out


SHADE, LAMP, LAMP_ALPHA = (48, 44, 50), (255, 200, 132), 0.64
STEP_CELLS, SLACK_ROOF_M, SLACK_WALL_M, SOFT_M = 1.2, 7.0, 1.0, 6.0
MARGIN_M = 150.0
NEAR_M, NEAR_CELL_M = 1_500.0, 2.5
"""Half the side of the neighbourhood of the eye for which a large city has shadows, and their cell."""
LAMP_SPREAD_M = 5.0


@dataclass(frozen=True)
class Standing:
    """What stands on a grid, whatever the light: height of its top, the ground below, how closed the sky is."""

    city: City
    grid: Grid
    height: Floats
    floor: Floats
    closed: Floats

    @cached_property
    def street(self) -> NDArray[np.uint8]:
        """Light of street lamps."""
        return _street_light(self.city, self.grid, np.minimum(self.height - self.floor, 30.0))


def cast_shadows(city: City, ground: Ground, light: Light, most_cells: int = 1_800_000) -> Shadows | None:
    """Shadows of the buildings, kept on disk once made; None where there are none, and for a city in tiles: see `near_shadows`."""
    b = city.buildings
    if not len(b) or b.tiles is not None:
        return None
    heights = b.table[["ground_z_m", "height_m"]].to_numpy(float)
    of = (np.array(repr((light, most_cells, city.core_bounds)).encode()), heights, b.mesh.points, b.mesh.triangles)
    arrays = kept("shadows", b.footprints, ground, of, lambda: _arrays(shadows_on(standing(city, ground, most_cells=most_cells), light)))
    return _from_arrays(arrays, light)


def standing(city: City, ground: Ground, around: tuple[float, float] | None = None, most_cells: int = 1_800_000) -> Standing | None:
    """What shadows are cast of. around: only of the neighbourhood of a place, as fine as there; None where nothing stands."""
    if not len(city.buildings):
        return None
    if around is None:
        x0, y0, x1, y1 = city.core_bounds
        box = (x0 - MARGIN_M, y0 - MARGIN_M, x1 + MARGIN_M, y1 + MARGIN_M)
        grid = Grid.covering(box, max(0.5, math.sqrt((box[2] - box[0]) * (box[3] - box[1]) / most_cells)))
        rows = np.arange(len(city.buildings))
    else:
        box = (around[0] - NEAR_M, around[1] - NEAR_M, around[0] + NEAR_M, around[1] + NEAR_M)
        grid = Grid.covering(box, NEAR_CELL_M)
        boxes = building_boxes(city)
        rows = np.flatnonzero((boxes[:, 0] < box[2]) & (boxes[:, 2] > box[0]) & (boxes[:, 1] < box[3]) & (boxes[:, 3] > box[1]))
        if not len(rows):
            return None
    floor = ground.on(grid)
    height = _heights(city, rows, grid, floor)
    from scipy.ndimage import uniform_filter

    built = np.minimum(height - floor, 30.0)
    near, far = (uniform_filter(built, max(least, int(metres / grid.cell_m) | 1)) for least, metres in ((3, 8), (5, 40)))
    closed = np.asarray(1 - np.exp(-(near / 16.0 + far / 40.0)), np.float32)
    return Standing(city, grid, height, floor, closed)


def shadows_on(on: Standing | None, light: Light) -> Shadows | None:
    """Shadows of what stands, in a light."""
    if on is None:
        return None
    from scipy.ndimage import gaussian_filter

    grid, low = on.grid, float(on.floor.min())
    span = max(1.0, float(on.height.max()) - low)
    alpha = 1 - 0.22 * on.closed
    top = None
    if light.casts:
        top = _swept(on.height, grid.cell_m, light)
        in_shade = np.clip((top - on.floor - 0.3) / 1.2, 0, 1)
        soft = gaussian_filter(in_shade, max(0.6, 1.2 / grid.cell_m))
        alpha = alpha * (1 - SHADE_MOST * soft * min(1.0, max(light.sun) / 0.45))
    rim = np.minimum.outer(_fade(grid.rows), _fade(grid.columns))
    shade = np.round((1 - alpha) * rim * 255).astype(np.uint8)
    street = np.round(on.street * rim).astype(np.uint8) if light.lamps > 0 else np.zeros(grid.shape, np.uint8)
    return Shadows(grid, top, shade, np.round(on.closed * 255).astype(np.uint8), street, low, span, light.lamps)


SHADE_MOST = 0.40


def _arrays(s: Shadows | None) -> tuple[NDArray[Any], ...]:
    assert s is not None
    g = s.grid
    shape = np.array([g.x0, g.y0, g.cell_m, g.rows, g.columns, s.low, s.span])
    return shape, np.empty((0, 0), np.float32) if s.top is None else s.top, s.shade, s.closed, s.street


def _from_arrays(arrays: tuple[NDArray[Any], ...], light: Light) -> Shadows:
    shape, top, shade, closed, street = arrays
    x0, y0, cell_m, rows, columns, low, span = (float(v) for v in shape)
    grid = Grid(x0, y0, cell_m, int(rows), int(columns))
    return Shadows(grid, top if top.size else None, shade, closed, street, low, span, light.lamps)


def _street_light(city: City, grid: Grid, built: Floats) -> NDArray[np.uint8]:
    """Light of the lamps along streets; without streets, between buildings."""
    from PIL import Image, ImageDraw
    from scipy.ndimage import gaussian_filter

    image = Image.new("L", (grid.columns, grid.rows))
    draw = ImageDraw.Draw(image)
    x0, y0, x1, y1 = grid.bounds
    found = False
    for network in city.networks.values():
        if network.kind != "roads" or not len(network.edges):
            continue
        kinds = network.edges["class"].fillna("").astype(str).to_numpy() if "class" in network.edges else np.full(len(network.edges), "")
        box = shapely.bounds(network.geometry)
        inside = (box[:, 0] < x1) & (box[:, 2] > x0) & (box[:, 1] < y1) & (box[:, 3] > y0)
        for row in np.flatnonzero(inside):  # one call each; 10,000 take 0.1 s
            strength = LAMPS_BY_CLASS.get(kinds[row], 140)
            xy = (shapely.get_coordinates(network.geometry[row]) - (grid.x0, grid.y0)) / grid.cell_m - 0.5
            if strength and len(xy) > 1:
                found = True
                draw.line(xy.ravel().tolist(), fill=strength, width=max(1, round(8 / grid.cell_m)))
    spread = LAMP_SPREAD_M / grid.cell_m
    if found:
        near = gaussian_filter(np.asarray(image, np.float32), max(0.8, spread))
        return np.clip(near * 2.7 + gaussian_filter(near, 3 * spread) * 0.5, 0, 255).astype(np.uint8)
    houses = gaussian_filter(np.minimum(built, 12.0), 2 * spread)
    return np.clip(houses * 14, 0, 110).astype(np.uint8)


LAMPS_BY_CLASS = {"motorway": 230, "trunk": 230, "primary": 220, "secondary": 200, "tertiary": 180, "residential": 140, "service": 70,
                  "footway": 40, "pedestrian": 150, "path": 0, "track": 0, "cycleway": 40, "steps": 40}  # fmt: skip


def _fade(n: int) -> NDArray[np.float32]:
    i = np.arange(n, dtype=np.float32)
    return np.clip(np.minimum(i, n - 1 - i) / max(8.0, n * 0.02), 0, 1)


def _heights(city: City, among: NDArray[np.int64], grid: Grid, floor: Floats) -> Floats:
    """Top of whatever stands in each cell, of some rows: footprints up to their roofs; towers by their own triangles, lowest first."""
    from PIL import Image, ImageDraw

    b = city.buildings
    base, tall = (np.nan_to_num(b.column(name).astype(float)[among]) for name in ("ground_z_m", "height_m"))
    tops = base + tall
    image = Image.fromarray(floor)
    draw = ImageDraw.Draw(image)
    exact = tall > 60.0
    parts, rows = shapely.get_parts(b.shapes(among), return_index=True)
    keep = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts) & ~exact[rows]
    for polygon, row in zip(parts[keep], rows[keep], strict=True):  # one call each; 12,000 take 0.15 s
        xy = (shapely.get_coordinates(polygon.exterior) - (grid.x0, grid.y0)) / grid.cell_m - 0.5
        draw.polygon(xy.ravel().tolist(), fill=float(tops[row]))
        for ring in polygon.interiors:
            hole = (shapely.get_coordinates(ring) - (grid.x0, grid.y0)) / grid.cell_m - 0.5
            inside = np.clip(hole.mean(0).astype(int), 0, [grid.columns - 1, grid.rows - 1])
            draw.polygon(hole.ravel().tolist(), fill=float(floor[inside[1], inside[0]]))
    if exact.any() and len(b.mesh):
        p = _triangles(b, among[exact])
        area = (p[:, 1, 0] - p[:, 0, 0]) * (p[:, 2, 1] - p[:, 0, 1]) - (p[:, 1, 1] - p[:, 0, 1]) * (p[:, 2, 0] - p[:, 0, 0])
        p = p[area > 0.5]  # facing up
        z = p[:, :, 2].mean(1)
        xy = (p[:, :, :2] - (grid.x0, grid.y0)) / grid.cell_m - 0.5
        for k in np.argsort(z):
            draw.polygon(xy[k].ravel().tolist(), fill=float(z[k]))
    return np.asarray(image, np.float32).copy()


def _triangles(b: Buildings, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Corners (T, 3, 3) of some buildings."""
    mesh = b.mesh
    if b.tiles is None:
        chosen = np.zeros(len(b), bool)
        chosen[rows] = True
        return np.asarray(mesh.points[mesh.triangles[chosen[mesh.object]]])
    index = mesh.of_objects(np.sort(rows))  # a large city's triangles lie in the order of its buildings
    return np.asarray(mesh.points[mesh.triangles[index].ravel()]).reshape(-1, 3, 3)


def _swept(height: Floats, cell_m: float, light: Light) -> Floats:
    """Upper edge of shadow: the heights moved away from the sun and lowered by its slope, in doubling steps."""
    # `twin.city.sun_hours.shadow_top` is faster and more exact, but loading numba for it would keep the first picture waiting 1 s.
    towards = light.direction[:2] / max(float(np.hypot(*light.direction[:2])), 1e-6)
    fall = math.tan(math.radians(max(light.elevation, 3.0)))
    reach = float(np.ptp(height)) / fall
    top = _moved(height, towards, 1.0, fall * cell_m)
    step = 1.0
    while step * cell_m < reach:
        top = np.maximum(top, _moved(top, towards, step, step * fall * cell_m))
        step *= 2
    return top


def _moved(a: Floats, towards: Floats, cells: float, drop: float) -> Floats:
    """a taken from `cells` nearer the sun, lowered by drop; -inf comes in from outside."""
    dx, dy = int(round(float(towards[0]) * cells)), int(round(float(towards[1]) * cells))
    out = np.full_like(a, -1e9)
    rows, columns = a.shape
    if abs(dx) >= columns or abs(dy) >= rows:
        return out
    out[max(0, -dy) : rows - max(0, dy), max(0, -dx) : columns - max(0, dx)] = (
        a[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)] - drop
    )
    return out
