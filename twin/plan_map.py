"""A plan of the city with a field on it, drawn without a scene: for reports where no 3D picture is at hand."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.scenario.events import Field

if TYPE_CHECKING:
    from PIL.Image import Image

LAND, GREEN, WATER, ROAD, HOUSE = "#f3f1ec", "#dfe8d6", "#bcd3e2", "#ffffff", "#d3cdc4"
CLOSED, MEASURE = "#b82921", "#111827"
_GRAIN = 2
"""Drawn this much larger and scaled down, for smooth edges."""


@cache
def ramp(palette: str) -> NDArray[np.float64]:
    """256 colours (256, 3), 0-255, of a palette of assets/palettes.toml."""
    stops = tomllib.loads(files("assets").joinpath("palettes.toml").read_text("utf-8"))[palette]["stops"]
    rgb = np.array([[int(s[i : i + 2], 16) for i in (1, 3, 5)] for s in stops], float)
    at = np.linspace(0, len(stops) - 1, 256)
    return np.column_stack([np.interp(at, np.arange(len(stops)), rgb[:, i]) for i in range(3)])


def colours(values: NDArray[Any], palette: str, low: float, high: float) -> NDArray[np.uint8]:
    """(..., 3) colours of values; NaN as the lowest."""
    share = np.clip((np.nan_to_num(np.asarray(values, float), nan=low) - low) / max(high - low, 1e-12), 0, 1)
    return ramp(palette)[(share * 255).astype(int)].astype(np.uint8)


def plan_map(
    city: City,
    field: Field | None = None,
    palette: str = "water",
    low: float = 0.05,
    high: float = 2.0,
    hide_below: float = 0.05,
    damage: NDArray[Any] | None = None,
    closed_roads: NDArray[np.bool_] | None = None,
    measures: Sequence[Any] = (),
    width: int = 1500,
    bounds: tuple[float, float, float, float] | None = None,
) -> bytes:
    """JPEG of the city from above, north up.

    field: a grid; cells with |value| below hide_below are left out. damage: share per building row, coloured where it is
    above 0. closed_roads: per row of the road network. measures: shapely geometries, local metres. bounds: min x, min y,
    max x, max y, local metres; the buildings' extent with a margin where not given.
    """
    from PIL import Image, ImageDraw

    x0, y0, x1, y1 = bounds or _around(city, field)
    aspect = min(1.4, max(0.45, (y1 - y0) / max(x1 - x0, 1e-6)))
    w, h = width * _GRAIN, int(width * aspect) * _GRAIN
    scale = min(w / max(x1 - x0, 1e-6), h / max(y1 - y0, 1e-6))
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    to_px = np.array([scale, w / 2 - cx * scale, -scale, h / 2 + cy * scale])
    image = Image.new("RGB", (w, h), LAND)
    pen = ImageDraw.Draw(image)
    for layer, colour in (("green", GREEN), ("water", WATER)):
        if layer in city.layers:
            _fill(pen, city.layers[layer].geometry, colour, to_px)
    if field is not None and field.grid is not None:
        _paint(image, field, palette, low, high, hide_below, to_px)
    roads = city.networks.get("roads")
    if roads is not None and len(roads.geometry):
        _stroke(pen, roads.geometry, ROAD, max(2, int(5 * scale)), to_px)
    if len(city.buildings):
        _fill(pen, city.buildings.footprints, HOUSE, to_px)
        if damage is not None and len(damage) == len(city.buildings):
            hit = np.flatnonzero(np.nan_to_num(damage) > 0)
            for row, rgb in zip(hit, colours(damage[hit], "damage", 0.0, 0.6)):
                _fill(pen, city.buildings.footprints[row : row + 1], tuple(int(c) for c in rgb), to_px)
    if roads is not None and closed_roads is not None and len(closed_roads) == len(roads.geometry):
        _stroke(pen, roads.geometry[closed_roads], CLOSED, max(3, int(4 * scale)), to_px)
    for shape in measures:
        _measure(pen, shape, to_px)
    small = image.resize((w // _GRAIN, h // _GRAIN), Image.Resampling.LANCZOS)
    _scale_bar(small, scale / _GRAIN)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def _around(city: City, field: Field | None) -> tuple[float, float, float, float]:
    """The buildings' extent with a margin; without buildings that of the field."""
    grid = None if field is None or len(city.buildings) else field.grid
    x0, y0, x1, y1 = city.core_bounds if grid is None else grid.bounds
    margin = 0.02 * max(x1 - x0, y1 - y0, 50.0)
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin


def _px(xy: NDArray[np.float64], to_px: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([xy[:, 0] * to_px[0] + to_px[1], xy[:, 1] * to_px[2] + to_px[3]])


def _rings(shapes: NDArray[np.object_], to_px: NDArray[np.float64]) -> list[list[tuple[float, float]]]:
    """Pixels of every line or outer ring."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    if not len(xy):
        return []
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return [[(p[0], p[1]) for p in part] for part in np.split(_px(xy, to_px), starts[1:])]


def _fill(pen: Any, shapes: NDArray[np.object_], colour: Any, to_px: NDArray[np.float64]) -> None:
    parts = shapely.get_parts(np.asarray(shapes, object))
    areas = parts[shapely.get_type_id(parts) == 3]
    for ring in _rings(shapely.get_exterior_ring(areas), to_px):
        pen.polygon(ring, fill=colour)


def _stroke(pen: Any, shapes: NDArray[np.object_], colour: str, width: int, to_px: NDArray[np.float64]) -> None:
    parts = shapely.get_parts(np.asarray(shapes, object))
    for line in _rings(parts[shapely.get_type_id(parts) == 1], to_px):
        pen.line(line, fill=colour, width=width, joint="curve")


def _measure(pen: Any, shape: Any, to_px: NDArray[np.float64]) -> None:
    if shape.geom_type == "Point":
        x, y = _px(np.array([[shape.x, shape.y]]), to_px)[0]
        pen.ellipse((x - 14, y - 14, x + 14, y + 14), fill=MEASURE, outline="#ffffff", width=4)
        return
    lines = shapely.boundary(shape) if "Polygon" in shape.geom_type else shape
    _stroke(pen, np.array([lines], object), "#ffffff", 13, to_px)
    _stroke(pen, np.array([lines], object), MEASURE, 8, to_px)


def _paint(image: Image, field: Field, palette: str, low: float, high: float, hide_below: float, to_px: NDArray[np.float64]) -> None:
    from PIL import Image as Images

    grid = field.grid
    assert grid is not None
    # Only the cells in sight: a small view of a large grid would otherwise be scaled up beyond any memory.
    (west, north), (east, south) = (np.array([[0.0, 0.0], [image.width, image.height]]) - to_px[[1, 3]]) / to_px[[0, 2]]
    c0, c1 = np.clip([np.floor((west - grid.x0) / grid.cell_m), np.ceil((east - grid.x0) / grid.cell_m)], 0, grid.columns).astype(int)
    r0, r1 = np.clip([np.floor((south - grid.y0) / grid.cell_m), np.ceil((north - grid.y0) / grid.cell_m)], 0, grid.rows).astype(int)
    if c0 >= c1 or r0 >= r1:
        return
    values = np.flipud(field.array[r0:r1, c0:c1].astype(float))
    seen = np.isfinite(values) & (np.abs(np.nan_to_num(values)) >= hide_below)
    rgba = np.dstack([colours(values, palette, low, high), np.where(seen, 235, 0).astype(np.uint8)])
    corners = np.array([[c0, r1], [c1, r0]]) * grid.cell_m + [grid.x0, grid.y0]
    (left, top), (right, bottom) = _px(corners, to_px)
    size = (max(1, round(right - left)), max(1, round(bottom - top)))
    layer = Images.fromarray(rgba).resize(size, Images.Resampling.NEAREST)
    image.paste(layer, (round(left), round(top)), layer)


def _scale_bar(image: Image, px_per_m: float) -> None:
    """A bar of a round length and an arrow to the north, lower left."""
    from PIL import ImageDraw, ImageFont

    length = next(m for m in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 1) if m * px_per_m <= image.width * 0.22 or m == 1)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=18)
    x, y, bar = 26, image.height - 30, length * px_per_m
    text = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    pen.rounded_rectangle((x - 12, y - 36, x + bar + 52, y + 16), 6, fill="#ffffff")
    pen.line([(x, y - 6), (x, y), (x + bar, y), (x + bar, y - 6)], fill="#1f2933", width=2)
    pen.text((x, y - 30), text, fill="#1f2933", font=font)
    north = x + bar + 30
    pen.polygon([(north, y - 26), (north - 8, y + 2), (north, y - 5), (north + 8, y + 2)], fill="#1f2933")
