"""A city cut open along an upright plane: what the plane goes through, as faces that close the cut."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.drawing import Surface
from layers.ground import Ground
from layers.shapes import triangulated
from layers.style import hex_rgb
from twin.city.city import City
from twin.city.section import section

Vector = tuple[float, float, float]
SOIL, POCHE = ("#a08a6e", "#6f5f4d"), "#8e4f43"
"""Ground at its top and below; buildings cut through, in the red-brown of architects' sections."""
SOIL_M = 30.0
STEPS = 400
FRONT_M = 0.02
"""How far the faces stand before the plane, so that it does not cut them too."""


@dataclass(frozen=True)
class Cutaway:
    """origin and normal of the plane, local metres; what lies against the normal is taken away. faces: what closes the cut."""

    origin: Vector
    normal: Vector
    faces: tuple[Surface, ...] = ()


def cutaway(city: City, ground: Ground, a: tuple[float, float], b: tuple[float, float], flipped: bool = False) -> Cutaway:
    """The city beyond the line from a to b (longer than a centimetre), seen from its right side; flipped: from its left.

    Raises ValueError for a line without length.
    """
    way = np.subtract(b, a)
    length = float(np.hypot(*way))
    if not math.isfinite(length) or length < 0.01:
        raise ValueError("a cut needs two different places")
    way = way / length
    normal = np.array([-way[1], way[0]]) * (-1.0 if flipped else 1.0)
    middle = (np.asarray(a, float) + np.asarray(b, float)) / 2
    start, stop = _through(city.bounds, middle, way)
    ends = middle + way * start, middle + way * stop
    faces = (_soil(ground, *ends, normal), *_bodies(city, *ends, normal))
    return Cutaway((float(middle[0]), float(middle[1]), 0.0), (float(normal[0]), float(normal[1]), 0.0), faces)


def _through(box: tuple[float, float, float, float], place: NDArray[np.float64], way: NDArray[np.float64]) -> tuple[float, float]:
    """Where a line through a place enters and leaves a box, metres along it; as far as the box is wide where it misses it."""
    reach = math.hypot(box[2] - box[0], box[3] - box[1]) + 100.0
    line = shapely.LineString([place - way * 2 * reach, place + way * 2 * reach])
    inside = shapely.intersection(line, shapely.box(*box).buffer(50.0, join_style="mitre"))
    if inside.is_empty or inside.geom_type != "LineString":
        return -reach, reach
    along = sorted(float((np.array(p) - place) @ way) for p in inside.coords)
    return along[0], along[-1]


def _soil(ground: Ground, a: NDArray[np.float64], b: NDArray[np.float64], normal: NDArray[np.float64]) -> Surface:
    t = np.linspace(0, 1, STEPS)[:, None]
    xy = a + t * (b - a) + normal * FRONT_M
    z = ground.height(xy[:, 0], xy[:, 1])
    low = np.full(len(z), float(z.min()) - SOIL_M)
    rows = [np.column_stack([xy, z]), np.column_stack([xy, z - 1.5]), np.column_stack([xy, low])]
    i = np.arange(STEPS - 1)
    quads = [np.concatenate([np.column_stack([k * STEPS + i, (k + 1) * STEPS + i, (k + 1) * STEPS + i + 1]),
                             np.column_stack([k * STEPS + i, (k + 1) * STEPS + i + 1, k * STEPS + i + 1])]) for k in (0, 1)]  # fmt: skip
    color = np.repeat(np.array([_rgba(c) for c in SOIL]), 2 * (STEPS - 1), axis=0)
    triangles = np.concatenate(quads).astype(np.int32)
    return _face("cut-soil", np.concatenate(rows), triangles, color)


def _bodies(city: City, a: NDArray[np.float64], b: NDArray[np.float64], normal: NDArray[np.float64]) -> list[Surface]:
    found = [cut.outline for cut in section(city, np.array([a, b])).cuts if len(cut.outline) > 3]
    if not found:
        return []
    shapes = shapely.make_valid(np.array([shapely.Polygon(o) for o in found], object))
    parts = shapely.get_parts(shapely.get_parts(shapes))
    flat, triangles, _ = triangulated(parts[shapely.get_type_id(parts) == 3])
    if not len(triangles):
        return []
    way = (b - a) / np.linalg.norm(b - a)
    xy = a + flat[:, :1] * way + normal * 2 * FRONT_M
    color = np.tile(_rgba(POCHE), (len(triangles), 1))
    return [_face("cut-bodies", np.column_stack([xy, flat[:, 1]]), triangles, color)]


def _face(key: str, points: NDArray[np.float64], triangles: NDArray[np.int32], colors: NDArray[np.uint8]) -> Surface:
    rows = np.full(len(triangles), -1, np.int32)
    return Surface(key, points=points, triangles=triangles, rows=rows, colors=colors, shading="even")


def _rgba(color: str) -> NDArray[np.uint8]:
    return np.round(np.array([*hex_rgb(color), 1.0]) * 255).astype(np.uint8)
