"""Bodies of many buildings of one form at once: a template in the unit square, stretched, turned and raised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.many.blocks import turned
from twin.city.mesh import Mesh, SurfaceClass

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """A ground plan in -1..1: rings of corners, the outer one counter-clockwise and holes clockwise."""

    rings: tuple[tuple[tuple[float, float], ...], ...]

    @property
    def corners(self) -> Floats:
        return np.array([p for ring in self.rings for p in ring])

    def roof(self) -> NDArray[np.int64]:
        """Triangles over the corners."""
        from twin.city.extrude import triangulate

        xy, triangles, _ = triangulate(np.array([shapely.Polygon(self.rings[0], self.rings[1:])], object))
        place = np.array([np.argmin(np.abs(self.corners - p).sum(1)) for p in xy])
        return np.asarray(place[triangles], np.int64)

    def walls(self) -> NDArray[np.int64]:
        """Each corner and the next one in its ring."""
        pairs, start = [], 0
        for ring in self.rings:
            pairs += [(start + k, start + (k + 1) % len(ring)) for k in range(len(ring))]
            start += len(ring)
        return np.array(pairs)


BOX = Plan((((-1, -1), (1, -1), (1, 1), (-1, 1)),))
PLANS = {
    "box": BOX,
    "ell": Plan((((-1, -1), (1, -1), (1, -0.1), (0.0, -0.1), (0.0, 1), (-1, 1)),)),
    "tee": Plan((((-1, 0.15), (-0.35, 0.15), (-0.35, -1), (0.35, -1), (0.35, 0.15), (1, 0.15), (1, 1), (-1, 1)),)),
    "you": Plan((((-1, -1), (1, -1), (1, 1), (0.45, 1), (0.45, -0.3), (-0.45, -0.3), (-0.45, 1), (-1, 1)),)),
    "yard": Plan((((-1, -1), (1, -1), (1, 1), (-1, 1)), ((-0.6, -0.5), (-0.6, 0.5), (0.6, 0.5), (0.6, -0.5)))),
    "eight": Plan((tuple((round(float(np.cos(t)), 6), round(float(np.sin(t)), 6)) for t in np.pi / 8 + np.arange(8) * np.pi / 4),)),
}


def outline(plan: Plan, centre: Floats, half: Floats, angle: Floats) -> NDArray[np.object_]:
    """Footprints (N,)."""
    rings = []
    for ring in plan.rings:
        xy = turned(half[:, None, :] * np.array(ring, float), angle) + centre[:, None]
        rings.append(shapely.linearrings(xy))
    holes = np.stack(rings[1:], axis=1) if len(rings) > 1 else None
    return np.asarray(shapely.polygons(rings[0], holes=holes), object)


def raised(plan: Plan, centre: Floats, half: Floats, angle: Floats, low: Floats, top: Floats, rows: NDArray[np.int64]) -> Mesh:
    """Flat-roofed solids; rows: the building of each."""
    xy = turned(half[:, None, :] * plan.corners, angle) + centre[:, None]
    n, k = xy.shape[:2]
    points = np.empty((n, 2 * k, 3))
    points[:, :k, :2] = points[:, k:, :2] = xy
    points[:, :k, 2], points[:, k:, 2] = low[:, None], top[:, None]
    a, b = plan.walls().T
    roof = plan.roof()
    faces = np.concatenate([np.column_stack([a, b, b + k]), np.column_stack([a, b + k, a + k]), roof + k, roof[:, ::-1]])
    kind = np.repeat([SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.GROUND], [2 * len(a), len(roof), len(roof)])
    return _repeated(points, faces, kind, rows)


def gabled(centre: Floats, half: Floats, angle: Floats, low: Floats, eaves: Floats, ridge: Floats, rows: NDArray[np.int64]) -> Mesh:
    """Houses with a ridge along their first axis."""
    plan = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1), (1, -1), (1, 1), (-1, 1), (-1, 0), (1, 0)], float)
    xy = turned(half[:, None, :] * plan, angle) + centre[:, None]
    z = np.stack([*[low] * 4, *[eaves] * 4, *[ridge] * 2], axis=1)
    points = np.concatenate([xy, z[..., None]], axis=-1)
    walls = [(0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7), (5, 6, 9), (7, 4, 8)]
    roof = [(4, 5, 9), (4, 9, 8), (6, 7, 8), (6, 8, 9)]
    faces = np.array([*walls, *roof, (0, 2, 1), (0, 3, 2)])
    kind = np.repeat([SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.GROUND], [len(walls), len(roof), 2])
    return _repeated(points, faces, kind, rows)


def _repeated(points: Floats, faces: NDArray[np.int64], kind: NDArray[np.int64], rows: NDArray[np.int64]) -> Mesh:
    n, k = points.shape[:2]
    triangles = (faces[None].astype(np.int32) + (np.arange(n, dtype=np.int32) * k)[:, None, None]).reshape(-1, 3)
    return Mesh(points.reshape(-1, 3), triangles, np.repeat(rows.astype(np.int32), len(faces)), np.tile(kind.astype(np.uint8), n))
