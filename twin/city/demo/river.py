"""River and creek: sine-generated meanders, their banks, and where any point lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
STEP = 10.0


@dataclass(frozen=True)
class Stream:
    """A watercourse by its centreline, one vertex every STEP metres.

    s (N,) chainage; xy (N, 2); heading (N, 2) unit vector downstream; width (N,).
    """

    s: Floats
    xy: Floats
    heading: Floats
    width: Floats

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.xy)

    def beside(self, x: Any, y: Any) -> tuple[Floats, Floats, Floats]:
        """Chainage, distance to the water's edge (negative in the water) and side (+1 right, -1 left) of points."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        distance, at = self._tree.query(np.column_stack([x.ravel(), y.ravel()]))
        along, d = self.heading[at], np.column_stack([x.ravel(), y.ravel()]) - self.xy[at]
        side = np.where(along[:, 0] * d[:, 1] - along[:, 1] * d[:, 0] < 0, 1.0, -1.0)
        across = np.abs(along[:, 0] * d[:, 1] - along[:, 1] * d[:, 0])
        distance = np.where(distance < 3 * STEP, np.minimum(distance, across), distance)
        shape = x.shape
        return self.s[at].reshape(shape), (distance - self.width[at] / 2).reshape(shape), side.reshape(shape)

    def tangent(self, x: Any, y: Any) -> Floats:
        """Heading of the nearest bit of stream, (N, 2)."""
        return np.asarray(self.heading[self._tree.query(np.column_stack([np.ravel(x), np.ravel(y)]))[1]])

    def bank(self, side: float, beyond: float | Floats = 0.0) -> Floats:
        """Line (N, 2) that runs `beyond` metres outside the water's edge; side +1 right, -1 left."""
        normal = np.column_stack([self.heading[:, 1], -self.heading[:, 0]])
        return np.asarray(self.xy + side * normal * (self.width / 2 + beyond)[:, None])

    def at(self, s: float) -> int:
        """Row of the vertex nearest to a chainage."""
        return int(np.argmin(np.abs(self.s - s)))

    def area(self, beyond: float = 0.0) -> Any:
        """Polygon of the water, or of it and `beyond` metres on both sides."""
        ring = np.vstack([self.bank(1, beyond), self.bank(-1, beyond)[::-1]])
        return shapely.make_valid(shapely.polygons(ring))


def _meander(axis: float, swing: float, wavelength: float, s: Any, phase: float = 0.0) -> tuple[Floats, Floats]:
    """Path (N, 2) through (0, 0) at s = 0 and its headings; angles clockwise from north, radians."""
    angle = axis + swing * np.sin(2 * np.pi * s / wavelength + phase) + 0.14 * np.sin(2 * np.pi * s / (0.37 * wavelength) + 1.3)
    heading = np.column_stack([np.sin(angle), np.cos(angle)])
    path = np.vstack([[0.0, 0.0], np.cumsum((heading[1:] + heading[:-1]) / 2 * np.diff(s)[:, None], 0)])
    return path - path[np.argmin(np.abs(s))], heading


def river(r: dict[str, Any], half: float) -> Stream:
    """The river of recipe table r through a square of half-width `half` around the middle, and well beyond it."""
    reach = 2.4 * half + 3500.0
    s = np.arange(-round(reach / STEP), round(reach / STEP) + 1) * STEP
    path, heading = _meander(np.radians(r["axis"]), np.radians(r["swing"]), r["wavelength"], s)
    width = r["width"] + r["width_change"] * np.sin(2 * np.pi * s / 4300.0 + 0.6)
    return Stream(np.asarray(s, np.float64), path + np.array(r["apex"]), heading, width)


def creek(c: dict[str, Any], main: Stream, half: float) -> Stream:
    """The creek of recipe table c, upstream from the middle of the river (its chainage 0)."""
    start = main.xy[main.at(c["mouth"])]
    s = np.arange(0, round((2.2 * half + 2500.0) / STEP) + 1) * STEP
    path, heading = _meander(np.radians(c["axis"]), np.radians(c["swing"]), c["wavelength"], s, 0.35)
    width = c["width"] * (1.0 + 0.25 * np.exp(-s / 600.0) + 0.12 * np.sin(s / 310.0))
    return Stream(np.asarray(s, np.float64), path + start, heading, width)
