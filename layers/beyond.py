"""What lies around an invented city: fields and the rivers flowing on. Around a real city nothing is invented."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Surface
from layers.style import hex_rgb
from twin.city.city import City

Heights = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

REACH, EASE_M = 3.5, 700.0
"""Fields end at this multiple of half the city's width; the height of the city's edge is gone after so many metres."""
SINK_M = 6.0
"""The plain lies this far below the fields."""
FIELDS = ("#e5dfd0", "#e0dcc8", "#dadabf", "#d5d8bb", "#d0d5b7", "#e2dac9", "#cad1b2")
ACROSS = 10
"""Fields along half the width of the city."""
RIVER_M = 16_000.0


def surroundings(city: City, level: float, height: Heights, water: str) -> list[Drawing]:
    """Drawings from the edge of a synthetic city outwards; none for a real one.

    level: of the plain; height: of the ground, outside the city that of its nearest edge.
    """
    if not city.synthetic:
        return []
    x0, y0, x1, y1 = city.bounds if city.terrain is None else city.terrain.grid.bounds
    centre, half = np.array([(x0 + x1) / 2, (y0 + y1) / 2]), max(x1 - x0, y1 - y0) / 2
    if half < 100.0:
        return []
    drawings: list[Drawing] = [_fields(centre, (x1 - x0) / 2, (y1 - y0) / 2, level, height)]
    rivers = _rivers(city)
    if rivers:
        from layers.shapes import triangulated

        points, triangles, _ = triangulated(shapely.force_2d(np.array(rivers, object)))
        points[:, 2] = level + 0.3
        drawings.append(_flat("rivers-beyond", points, triangles, np.tile(_rgba(water), (len(triangles), 1)), "water", 3))
    return drawings


def _rgba(color: str) -> NDArray[np.uint8]:
    return np.round(np.array([*hex_rgb(color), 1.0]) * 255).astype(np.uint8)


def _flat(
    key: str, points: NDArray[np.float64], triangles: NDArray[np.int32], colors: NDArray[np.uint8], material: str, order: int
) -> Surface:
    return Surface(
        key, order=order, points=points, triangles=triangles, rows=np.full(len(triangles), -1, np.int32), colors=colors,
        shading="even", material=material,  # type: ignore[arg-type]
    )


def _fields(centre: NDArray[np.float64], half_x: float, half_y: float, level: float, height: Heights) -> Surface:
    """Crooked four-sided fields of a few tones, up to the edge of the city."""
    random = np.random.default_rng(2)
    n = int(ACROSS * REACH)
    half = max(half_x, half_y)
    size = half / ACROSS
    i, j = np.meshgrid(np.arange(-int(n / 1.3), int(n / 1.3) + 1), np.arange(-int(n / 0.75), int(n / 0.75) + 1))
    corner = np.stack([i * 1.3, j * 0.75], axis=-1) * size + random.uniform(-0.15, 0.15, (*i.shape, 2)) * size
    quads = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=2).reshape(-1, 4, 2)
    middle = quads.mean(1)
    inside = (np.abs(quads[..., 0]) < half_x) & (np.abs(quads[..., 1]) < half_y)
    keep = ~inside.all(1) & (np.hypot(middle[:, 0], middle[:, 1]) < REACH * half)
    # Corners inside are moved to the edge of the city, so that no gap is left.
    quads, inside = quads[keep], inside[keep]
    over = np.abs(quads) / (half_x, half_y)
    push = np.where(inside, 1.0 / np.maximum(over.max(-1), 1e-6), 1.0)[..., None]
    xy = (quads * push + centre).reshape(-1, 2)
    out = np.hypot(*(np.maximum(np.abs(xy - centre) - (half_x, half_y), 0).T))
    near = np.exp(-out / EASE_M * 2)
    points = np.column_stack([xy, height(xy[:, 0], xy[:, 1]) * near + level * (1 - near)])
    first = np.arange(len(quads))[:, None] * 4
    triangles = np.concatenate([first + (0, 1, 2), first + (0, 2, 3)], axis=1).reshape(-1, 3).astype(np.int32)
    tones = np.array([_rgba(c) for c in FIELDS])[random.integers(0, len(FIELDS), len(quads))]
    return _flat("fields-beyond", points, triangles, np.repeat(tones, 2, axis=0), "ground", 1)


def _rivers(city: City) -> list[shapely.Polygon]:
    """Water that reaches the edge of the city goes straight on."""
    water = city.layers.get("water")
    if water is None or not len(water):
        return []
    x0, y0, x1, y1 = city.bounds
    body = shapely.union_all(shapely.make_valid(water.geometry[np.isin(shapely.get_type_id(water.geometry), (3, 6))]))
    out = []
    for side, line in enumerate(
        (((x0, y0), (x0, y1)), ((x1, y0), (x1, y1)), ((x0, y0), (x1, y0)), ((x0, y1), (x1, y1)))
    ):
        inward = ((2.0, 0.0), (-2.0, 0.0), (0.0, 2.0), (0.0, -2.0))[side]
        edge = shapely.LineString([(x + inward[0], y + inward[1]) for x, y in line])
        for part in shapely.get_parts(shapely.intersection(edge, body)):
            if part.length > 10.0:
                a, b, c, d = part.bounds
                far = ((-RIVER_M, 0), (RIVER_M, 0), (0, -RIVER_M), (0, RIVER_M))[side]
                out.append(shapely.box(min(a, a + far[0]), min(b, b + far[1]), max(c, c + far[0]), max(d, d + far[1])))
    return out
