"""What lies under a pixel: rays against triangles, and markers and lines in screen space. Needs no GL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Glyphs, Points, Surface
from layers.layer import Layer

LINE_PX = 4.0
"""A line this near to the pointer is meant."""
REACH_PX = 9.0


@dataclass(frozen=True)
class Hit:
    """layer and table row under the cursor; point in local metres."""

    layer: Layer
    row: int
    point: tuple[float, float, float]


class Picker:
    """Keeps one spatial index per drawn surface, made when first needed."""

    def __init__(self) -> None:
        self._indices: dict[str, tuple[Any, Any]] = {}

    def forget(self, key: str) -> None:
        self._indices.pop(key, None)

    def ray(self, surface: Surface, origin: NDArray[Any], direction: NDArray[Any], farthest: float = np.inf) -> tuple[int, float] | None:
        """Nearest triangle and distance, none of them farther away than `farthest`."""
        from twin.city.index import TriangleIndex

        kept = self._indices.get(surface.key)
        if kept is None or kept[0] is not surface.points:
            kept = (surface.points, TriangleIndex(surface.points, surface.triangles))
            self._indices[surface.key] = kept
        found = kept[1].pick(origin, direction, farthest)
        return None if found is None else (int(found[0]), float(found[1]))


def nearest_marker(xy: NDArray[Any], depth: NDArray[Any], at: tuple[float, float], size: float) -> int | None:
    """Index of the marker under a pixel, the nearest to the eye of those that overlap there."""
    if not len(xy):
        return None
    gap = np.linalg.norm(xy - at, axis=1)
    near = np.flatnonzero((gap <= max(REACH_PX, size * 0.7)) & (depth > 0))
    if not len(near):
        return None
    return int(near[np.lexsort((depth[near], np.round(gap[near] / 4)))[0]])


def nearest_line(xy: NDArray[Any], depth: NDArray[Any], offsets: NDArray[Any], at: tuple[float, float]) -> tuple[int, float] | None:
    """Line that passes a pixel within reach, and the distance along the view axis there. xy: its points on the screen."""
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    a = np.flatnonzero((line[1:] == line[:-1]) & (depth[1:] > 0) & (depth[:-1] > 0))
    if not len(a):
        return None
    start, way = xy[a], xy[a + 1] - xy[a]
    square = np.maximum((way**2).sum(1), 1e-12)
    t = np.clip(((np.asarray(at) - start) * way).sum(1) / square, 0.0, 1.0)
    gap = np.linalg.norm(start + t[:, None] * way - at, axis=1)
    best = int(np.argmin(gap))
    if gap[best] > LINE_PX:
        return None
    u, v = depth[a[best]], depth[a[best] + 1]
    return int(line[a[best]]), float(1.0 / ((1 - t[best]) / u + t[best] / v))  # depth runs as its inverse over the screen


def pickable(drawing: Any) -> bool:
    return isinstance(drawing, (Surface, Points, Glyphs)) and bool((drawing.rows >= 0).any())
