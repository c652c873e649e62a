"""Sun and sky, worked out once per picture of the city instead of once per frame.

Software GL has no time for shadow maps or ambient occlusion in every frame; a city stands still, so its light is computed
into colours: sky light by the way a surface faces, sun, shadow from a height field, and darker feet of walls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.ground import Ground
from layers.kept import kept
from twin.city.city import City
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


def sun_light(longitude: float, latitude: float, when: datetime) -> Light:
    """Light of a place and moment (NOAA solar position, low-precision form, about 0.1 degree; Meeus 1998, ch. 25)."""
    moment = when.astimezone(UTC)
    days = (moment - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    mean, anomaly = math.radians(280.460 + 0.9856474 * days), math.radians(357.528 + 0.9856003 * days)
    ecliptic = mean + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 4e-7 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal = math.radians((280.46061837 + 360.98564736629 * days + longitude) % 360)
    hour, lat = sidereal - ascension, math.radians(latitude)
    sine = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(hour)
    height = math.degrees(math.asin(sine))
    bearing = math.degrees(math.atan2(math.sin(hour), math.cos(hour) * math.sin(lat) - math.tan(declination) * math.cos(lat))) + 180.0
    strength = float(np.clip((height + 2.0) / 20.0, 0, 1))
    warm = float(np.clip(1 - height / 35.0, 0, 1))
    sun = (0.56 * strength, (0.50 - 0.10 * warm) * strength, (0.42 - 0.20 * warm) * strength)
    dim = 0.35 + 0.65 * float(np.clip((height + 8.0) / 16.0, 0, 1))
    sky, bounce = (tuple(v * dim for v in part) for part in (Light.sky, Light.bounce))
    return Light(bearing % 360, max(height, 1.0), sun, sky, bounce)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Shadows:
    """On a grid over the buildings. top: float32 height below which a point lies in shadow. shade: uint8 alpha of the
    dark veil on the ground (shadow and the dimmer sky between buildings)."""

    grid: Grid
    top: Floats
    shade: NDArray[np.uint8]

    def lit(self, points: NDArray[np.float64], normals: Floats) -> Floats:
        """1 in the sun, 0 in shadow, for points of surfaces (looked up a step away from the wall they are on)."""
        g = self.grid
        step = 1.2 * g.cell_m
        c = np.clip(((points[:, 0] + normals[:, 0] * step - g.x0) / g.cell_m).astype(np.int64), 0, g.columns - 1)
        r = np.clip(((points[:, 1] + normals[:, 1] * step - g.y0) / g.cell_m).astype(np.int64), 0, g.rows - 1)
        # A pitched roof lies below the ridge its own cell knows; only what stands clearly higher darkens it.
        slack = np.where(normals[:, 2] > 0.2, 7.0, 1.0)
        return np.clip((points[:, 2] + slack - self.top[r, c]) / 6.0 + 0.5, 0, 1).astype(np.float32)


def cast_shadows(city: City, ground: Ground, light: Light, most_cells: int = 1_800_000) -> Shadows | None:
    """Shadows of the buildings, kept on disk once made; None where there are none."""
    b = city.buildings
    if not len(b) or b.tiles is not None:  # of a large city a shadow would be less than a cell
        return None
    heights = b.table[["ground_z_m", "height_m"]].to_numpy(float)
    of = (np.array(repr((light, most_cells, city.core_bounds)).encode()), heights, b.mesh.points, b.mesh.triangles)
    shape, top, alpha = kept("shadows", b.footprints, ground, of, lambda: _shadows(city, ground, light, most_cells))
    x0, y0, cell_m, rows, columns = shape
    return Shadows(Grid(float(x0), float(y0), float(cell_m), int(rows), int(columns)), top, alpha)


def _shadows(city: City, ground: Ground, light: Light, most_cells: int) -> tuple[NDArray[Any], ...]:
    """Grid (x0, y0, cell, rows, columns), height of the shadow's top, and how dark it is."""
    x0, y0, x1, y1 = city.core_bounds
    margin = 150.0
    box = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    area = (box[2] - box[0]) * (box[3] - box[1])
    grid = Grid.covering(box, max(1.0, math.sqrt(area / most_cells)))
    floor = ground.on(grid)
    height = _heights(city, grid, floor)
    top = _swept(height, grid.cell_m, light)
    from scipy.ndimage import gaussian_filter, uniform_filter

    in_shade = np.clip((top - floor - 0.3) / 1.2, 0, 1)
    soft = gaussian_filter(in_shade, max(0.6, 1.2 / grid.cell_m))
    built = np.minimum(height - floor, 30.0)
    near, far = uniform_filter(built, max(3, int(8 / grid.cell_m) | 1)), uniform_filter(built, max(5, int(40 / grid.cell_m) | 1))
    closed = 1 - np.exp(-(near / 16.0 + far / 40.0))
    alpha = 1 - (1 - 0.34 * soft * min(1.0, light.sun[0] / 0.45)) * (1 - 0.22 * closed)
    rim = np.minimum.outer(_fade(grid.rows), _fade(grid.columns))
    shape = np.array([grid.x0, grid.y0, grid.cell_m, grid.rows, grid.columns])
    return shape, top, np.round(alpha * rim * 255).astype(np.uint8)


def _fade(n: int) -> NDArray[np.float32]:
    i = np.arange(n, dtype=np.float32)
    return np.clip(np.minimum(i, n - 1 - i) / max(8.0, n * 0.02), 0, 1)


def _heights(city: City, grid: Grid, floor: Floats) -> Floats:
    """Top of whatever stands in each cell: footprints up to their roofs; towers by their own triangles, lowest first."""
    from PIL import Image, ImageDraw

    table, mesh = city.buildings.table, city.buildings.mesh
    tops = (table["ground_z_m"].fillna(0) + table["height_m"].fillna(0)).to_numpy(float)
    image = Image.fromarray(floor)
    draw = ImageDraw.Draw(image)
    exact = tops - table["ground_z_m"].fillna(0).to_numpy(float) > 60.0
    parts, rows = shapely.get_parts(city.buildings.footprints, return_index=True)
    keep = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts) & ~exact[rows]
    for polygon, row in zip(parts[keep], rows[keep], strict=True):  # one call each; 12,000 take 0.15 s
        xy = (shapely.get_coordinates(polygon.exterior) - (grid.x0, grid.y0)) / grid.cell_m - 0.5
        draw.polygon(xy.ravel().tolist(), fill=float(tops[row]))
        for ring in polygon.interiors:
            hole = (shapely.get_coordinates(ring) - (grid.x0, grid.y0)) / grid.cell_m - 0.5
            inside = np.clip(hole.mean(0).astype(int), 0, [grid.columns - 1, grid.rows - 1])
            draw.polygon(hole.ravel().tolist(), fill=float(floor[inside[1], inside[0]]))
    if exact.any() and len(mesh):
        chosen = mesh.triangles[exact[mesh.object]]
        p = mesh.points[chosen]
        area = (p[:, 1, 0] - p[:, 0, 0]) * (p[:, 2, 1] - p[:, 0, 1]) - (p[:, 1, 1] - p[:, 0, 1]) * (p[:, 2, 0] - p[:, 0, 0])
        p = p[area > 0.5]  # facing up
        z = p[:, :, 2].mean(1)
        xy = (p[:, :, :2] - (grid.x0, grid.y0)) / grid.cell_m - 0.5
        for k in np.argsort(z):
            draw.polygon(xy[k].ravel().tolist(), fill=float(z[k]))
    return np.asarray(image, np.float32).copy()


def _swept(height: Floats, cell_m: float, light: Light) -> Floats:
    """Upper edge of shadow: the heights moved away from the sun and lowered by its slope, in doubling steps."""
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
