"""Arrows that go along lines the way what flows in them goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Drawing
from layers.moment import Moment
from twin.city.network import Network
from twin.city.traffic_flow import Course

SPACING_M, SPEED_MS = 45.0, 9.0
"""Of arrows, not of what flows: they are for seeing."""
MOST_ARROWS = 40_000
SIGNED = ("flow_m3s", "flow_lps", "p_from_mw", "load_flow_mw")
"""Columns of edges whose sign says the way: positive from start to end."""

Places = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]
"""Points (N, 3), headings in radians, colours (N, 3), sizes in metres, and ranks 0..1: the lower stay where arrows crowd."""


@dataclass
class Arrows(Drawing):
    """Flat arrows on lines, asked for at each picture. spacing_m: of the arrows of a line from each other."""

    at: Callable[[Moment], Places] = None  # type: ignore[assignment]
    spacing_m: float = SPACING_M


def direction_of(network: Network) -> NDArray[np.float64] | None:
    """1 where an edge flows from start to end, -1 the other way, 0 where it stands still; None where nobody knows.

    Drains run from their start (SWMM conduits are drawn downhill), radial feeders away from the substation that feeds them, one-way
    tracks as they are driven. Which way water goes in a looped supply only a computation tells.
    """
    edges = network.edges
    for column in SIGNED:
        if column in edges:
            value = pd.to_numeric(edges[column], errors="coerce").fillna(0.0).to_numpy(float)
            return np.asarray(np.sign(value))
    if network.kind == "drainage":
        return np.ones(len(edges))
    if network.kind == "power" and "substation" in edges:
        return np.where(edges["substation"].to_numpy(float) >= 0, 1.0, 0.0)
    if network.kind == "transit" and "oneway" in edges:
        return np.where(edges["oneway"].to_numpy(bool), 1.0, 0.0)
    return None


class FlowArrows:
    """Arrows on the lines of a course; way: of each edge row, see direction_of; sizes: metres by edge row."""

    def __init__(self, course: Course, way: NDArray[np.float64], sizes: NDArray[np.float64], spacing_m: float = SPACING_M) -> None:
        line = np.flatnonzero((way[course.rows] != 0) & (course.length > 1.0))
        if len(line) > MOST_ARROWS:  # far more than can be told from each other
            line = np.sort(np.random.default_rng(2).choice(line, MOST_ARROWS, replace=False))
        spacing_m = max(spacing_m, float(course.length[line].sum()) / MOST_ARROWS)
        count = np.maximum(1, np.round(course.length[line] / spacing_m)).astype(np.int64)
        self._course = course
        self._line = np.repeat(line, count)
        self.rows = course.rows[self._line]
        self._back = way[self.rows] < 0
        k = np.arange(len(self._line)) - np.repeat(np.cumsum(count) - count, count)
        self._gap = (course.length[line] / count)[np.repeat(np.arange(len(line)), count)]
        self._first = k * self._gap
        self._rank = np.random.default_rng(3).permutation(len(self._line)) / max(1, len(self._line))
        self._sizes = sizes[self.rows]

    def at(self, run_s: float, colors: NDArray[np.uint8]) -> Places:
        """colors: uint8 (rows, 4) of the layer."""
        metres = self._first + (run_s * SPEED_MS) % self._gap
        metres = np.where(self._back, self._course.length[self._line] - metres, metres)
        xyz, way = self._course.at(self._line, metres)
        way = np.where(self._back[:, None], -way, way)
        return xyz, np.arctan2(way[:, 0], way[:, 1]), colors[self.rows, :3], self._sizes, self._rank
