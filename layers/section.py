"""The line of a section in the view, and what its profile shows of water."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.drawing import Drawing, Lines, Points
from layers.features import Bounds
from layers.fields import SHORE_M, WaterLayer
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb
from twin.city.section import Section

COLOR = "#7a3fa0"
LINE_PX = 4.0
STEM_M = 25.0
Floats = NDArray[np.float64]


class SectionLayer(Layer):
    """The line on the ground, its ends, and a pin where the profile is pointed at."""

    def __init__(self, section: Section, ground: Ground) -> None:
        super().__init__("section", "Section", "city", order=72, style=Style(color=COLOR))
        self.section = section
        at = section.at(np.linspace(0, section.length_m, max(2, min(600, int(section.length_m / 2)))))
        xy = np.concatenate([at[:, :2]])
        self._line = np.column_stack([xy, np.maximum(ground.height(xy[:, 0], xy[:, 1]), at[:, 2]) + 0.5])
        self._marked: Floats | None = None
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "data")

    def mark(self, s: float | None) -> None:
        """Point at a distance along the line; None: nowhere."""
        at = None if s is None else self.section.at([s])[0]
        was = self._marked
        if (at is None) != (was is None) or (at is not None and was is not None and not np.array_equal(at, was)):
            self._marked = at
            self.changed.emit("data")

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Distance along the line of the place nearest to a point, and how far away that is."""
        gap = np.hypot(self.section.ground[:, 0] - x, self.section.ground[:, 1] - y)
        k = int(gap.argmin())
        return float(self.section.s[k]), float(gap[k])

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        low, high = self._line.min(0), self._line.max(0)
        top = max([float(high[2]), *(c.top for c in self.section.cuts)])
        return float(low[0]), float(high[0]), float(low[1]), float(high[1]), float(low[2]), top

    def legend(self) -> Legend:
        return Legend(self.title, entries=(LegendEntry(self.style.color, self.title),))

    def draw(self) -> list[Drawing]:
        color = np.array([[*(round(c * 255) for c in hex_rgb(self.style.color)), 255]], np.uint8)
        none = np.array([-1], np.int32)
        line = Lines(
            f"{self.id}-line", 0, 0, self.opacity, self.order, points=self._line,
            offsets=np.array([0, len(self._line)]), rows=none, colors=color, width=LINE_PX,
        )  # fmt: skip
        pins = self._line[[0, -1]]
        shapes, stem = [4, 4], 0.0
        if self._marked is not None:
            pins, shapes, stem = np.vstack([self._marked + (0.0, 0.0, STEM_M)]), [6], STEM_M
        marks = Points(
            f"{self.id}-pins", self._version, 0, self.opacity, self.order, points=pins, rows=np.repeat(none, len(pins)),
            colors=np.repeat(color, len(pins), axis=0), size=12.0, shapes=np.array(shapes, np.uint8),
            priority=np.full(len(pins), 1e6), stem_m=stem,
        )  # fmt: skip
        return [line, marks]


def water_along(layer: WaterLayer, points: ArrayLike) -> Floats:
    """Level of the water that a layer shows now at points (N, 3) of the ground, NaN where it is dry."""
    p = np.asarray(points, float)
    found = layer.field()
    out = np.full(len(p), np.nan)
    if found is None:
        return out
    grid, depth = found
    row, column = grid.cell_of(p[:, 0], p[:, 1])
    inside = row >= 0
    here = depth[row[inside], column[inside]].astype(float)
    bed = layer.bed(grid)[row[inside], column[inside]].astype(float)
    # Between cells the ground may rise out of the water of its cell.
    level = np.where(here > SHORE_M, bed + here, np.nan)
    out[inside] = np.where(level >= p[inside, 2] - SHORE_M, level, np.nan)
    return out
