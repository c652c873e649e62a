"""Bodies of bridges, elevated roads and their ramps: decks, piers, pylons and cables."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.shapes import prisms, rectangles
from twin.city.mesh import Mesh, SurfaceClass

Floats = NDArray[np.float64]


def normals(path: Floats) -> Floats:
    """Unit vectors to the left of a path (N, 2)."""
    t = np.gradient(path, axis=0)
    t = t / np.maximum(np.hypot(*t.T), 1e-9)[:, None]
    return np.column_stack([-t[:, 1], t[:, 0]])


def deck(xyz: Floats, half_width: float, row: int, depth: float = 1.7, parapet: float = 0.9) -> Mesh:
    """Box girder along a path (N, 3) of road surface points, with parapets."""
    n = normals(xyz[:, :2])
    w, p = half_width, parapet
    # across: offset from the middle, height over the road; counter-clockwise seen against the way of the path
    section = [
        (w, p),
        (w - 0.3, p),
        (w - 0.3, -0.12),  # just below the surface that road layers draw
        (-w + 0.3, -0.12),
        (-w + 0.3, p),
        (-w, p),
        (-w, -0.4),
        (-0.45 * w, -depth),
        (0.45 * w, -depth),
        (w, -0.4),
    ]
    k, m = len(section), len(xyz)
    rings = np.stack([np.column_stack([xyz[:, :2] + n * o, xyz[:, 2] + dz]) for o, dz in section], 1)
    i = np.arange(k)
    a = ((np.arange(m - 1) * k)[:, None] + i).ravel()
    b = ((np.arange(m - 1) * k)[:, None] + (i + 1) % k).ravel()
    triangles = np.concatenate([np.stack([a, a + k, b + k], 1), np.stack([a, b + k, b], 1)])
    road = np.tile(i == 2, m - 1)
    surface = np.tile(np.where(road, int(SurfaceClass.ROAD), int(SurfaceClass.OTHER)), 2).astype(np.uint8)
    return Mesh(rings.reshape(-1, 3), triangles[:, ::-1].astype(np.int32), np.full(len(triangles), row, np.int32), surface)


def piers(xy: Floats, angle: Floats, top: Floats, base: Floats, row: int, across: float = 7.0) -> Mesh:
    """Columns with a cap that carries the deck."""
    tall = top - base > 3.0
    if not tall.any():
        return Mesh.empty()
    xy, angle, top, base = xy[tall], angle[tall], top[tall], base[tall]
    rows = np.full(len(xy), row, np.int32)
    shaft = prisms(rectangles(xy[:, 0], xy[:, 1], 1.8, 3.2, angle), base - 1.0, top - 1.6, rows, False)
    cap = prisms(rectangles(xy[:, 0], xy[:, 1], 2.2, across, angle), top - 1.6, top, rows, False)
    both = Mesh.joined([shaft, cap])
    return Mesh(both.points, both.triangles, both.object, np.full(len(both), int(SurfaceClass.OTHER), np.uint8))


def stayed(a: Floats, b: Floats, z: Floats, row: int, height: float = 105.0) -> Mesh:
    """Two portal pylons and fans of cables over a straight deck from a to b; z (N,) deck heights at equal steps."""
    t = (b - a) / np.hypot(*(b - a))
    n = np.array([-t[1], t[0]])
    length = float(np.hypot(*(b - a)))
    angle = float(np.arctan2(t[1], t[0]))
    at = np.linspace(0, length, len(z))
    parts: list[Mesh] = []
    for s in (0.24 * length, 0.76 * length):
        for side in (1, -1):
            foot, head = a + t * s + n * side * 15.0, a + t * s + n * side * 6.0
            low, high = rectangles(foot[0], foot[1], 6.0, 4.0, angle), rectangles(head[0], head[1], 4.0, 2.6, angle)
            ring = np.stack([low, high])
            points = np.concatenate([np.column_stack([ring[0], np.full(4, -6.0)]), np.column_stack([ring[1], np.full(4, height)])])
            k = np.arange(4)
            j = (k + 1) % 4
            sides = np.concatenate([np.stack([k, j, j + 4], 1), np.stack([k, j + 4, k + 4], 1), [[4, 5, 6], [4, 6, 7]]]).astype(np.int32)
            parts.append(Mesh(points, sides, np.full(len(sides), row, np.int32), np.zeros(len(sides), np.uint8)))
        for z0, gap in ((height - 3.0, 7.5), (height * 0.62, 9.5)):
            middle = a + t * s
            beam = rectangles(middle[0], middle[1], 3.0, 2 * gap, angle)[None]
            parts.append(prisms(beam, z0, z0 + 3.0, np.array([row], np.int32)))
        reach = np.linspace(18.0, 0.225 * length, 9)
        for side in (1, -1):
            top = a + t * s + n * side * 6.5
            for way in (1, -1):
                foot = a + t * (s + way * reach)[:, None] + n * side * 12.5
                low = np.column_stack([foot, np.interp(s + way * reach, at, z) + 0.6])
                high = np.column_stack([np.tile(top, (9, 1)), np.linspace(height * 0.66, height - 4.0, 9)])
                parts.append(_cables(low, high, np.append(n, 0.0), row))
    return Mesh.joined(parts)


def _cables(low: Floats, high: Floats, across: Floats, row: int, thick: float = 0.28) -> Mesh:
    """Square rods between two sets of points."""
    along = (high - low) / np.linalg.norm(high - low, axis=1)[:, None]
    up = np.cross(along, across)
    u, v = across * thick / 2, up / np.maximum(np.linalg.norm(up, axis=1), 1e-9)[:, None] * thick / 2
    points = np.stack([low - u - v, low + u - v, low + u + v, low - u + v, high - u - v, high + u - v, high + u + v, high - u + v], 1)
    k = np.arange(4)
    j = (k + 1) % 4
    pattern = np.concatenate([np.stack([k, j, j + 4], 1), np.stack([k, j + 4, k + 4], 1)])
    triangles = (pattern[None] + (np.arange(len(low)) * 8)[:, None, None]).reshape(-1, 3).astype(np.int32)
    return Mesh(points.reshape(-1, 3), triangles, np.full(len(triangles), row, np.int32), np.zeros(len(triangles), np.uint8))


def xyz_of(line: object, step: float = 12.0) -> Floats:
    """Vertices (N, 3) of a 3D line at most `step` metres apart."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(line, step), include_z=True))
