"""Pins where the water is watched over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Drawing, Labels, Points
from layers.features import Bounds
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb

ID = "gauges"
COLORS = ("#d1495b", "#1f77b4", "#2a9d5c", "#e08e0b", "#7a3fa0", "#0f9aa8", "#a0622d", "#5a5f66")
"""Of the places, in their order; told from each other, from water and from both themes."""
LETTERS = "ABCDEFGH"
STEM_M, PIN_PX = 14.0, 13.0


class GaugeLayer(Layer):
    """places: (slot of COLORS and LETTERS, x, y), local metres. Rows are places in their order."""

    def __init__(self, places: Sequence[tuple[int, float, float]], ground: Ground) -> None:
        super().__init__(ID, "Places of water over time", "city", order=73, style=Style(color=COLORS[0]))
        self._slots = [int(k) for k, _, _ in places]
        xy = np.array([(x, y) for _, x, y in places], float).reshape(-1, 2)
        self._points = np.column_stack([xy, ground.height(xy[:, 0], xy[:, 1])])
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "data")

    def table(self) -> pd.DataFrame:
        return pd.DataFrame({"id": [f"gauge/{LETTERS[k]}" for k in self._slots], "name": [LETTERS[k] for k in self._slots]})

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        p = self._points if rows is None else self._points[np.asarray(rows, int)]
        if not len(p):
            return None
        low, high = p.min(0), p.max(0)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1]), float(low[2]), float(high[2]) + STEM_M

    def legend(self) -> Legend:
        return Legend(self.title, entries=tuple(LegendEntry(COLORS[k], LETTERS[k]) for k in self._slots))

    def draw(self) -> list[Drawing]:
        if not self._slots:
            return []
        rows = np.arange(len(self._slots), dtype=np.int32)
        colors = np.array([[*(round(c * 255) for c in hex_rgb(COLORS[k])), 255] for k in self._slots], np.uint8)
        up = self._points + (0.0, 0.0, STEM_M)
        return [
            Points(
                f"{self.id}-pins", self._version, 0, self.opacity, self.order, points=up, rows=rows, colors=colors, size=PIN_PX,
                shapes=np.zeros(len(rows), np.uint8), priority=np.full(len(rows), 1e6), stem_m=STEM_M,
            ),
            Labels(
                f"{self.id}-letters", self._version, 0, self.opacity, self.order, points=up + (0.0, 0.0, 2.0),
                texts=[LETTERS[k] for k in self._slots], priority=np.full(len(rows), 2e6), rows=rows, size=13, always=True,
            ),
        ]  # fmt: skip
