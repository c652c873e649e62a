"""Lines of some pixels for what is too narrow to be seen from far off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drawing, Lines
from layers.ground import Ground
from layers.shapes import polylines

PIXELS = (1.5, 2.4, 3.6, 5.0)


@dataclass
class FarLines:
    """pixels: row of PIXELS for each geometry, -1 for none. Made once; a change of colour moves no points."""

    geometry: NDArray[np.object_]
    ground: Ground
    lift_m: float
    pixels: NDArray[np.int64]
    _made: list[tuple[int, Any, Any, Any]] | None = None

    def draw(self, key: str, common: tuple[int, int, float, int], colors: NDArray[np.uint8]) -> list[Drawing]:
        """common: version, geometry version, opacity and order; colors: uint8 (rows, 4)."""
        if self._made is None:
            self._made = self._build()
        return [
            Lines(f"{key}-far{k}", *common, points=p, offsets=offsets, rows=rows, colors=colors[rows], width=PIXELS[k])
            for k, p, offsets, rows in self._made
        ]

    def _build(self) -> list[tuple[int, Any, Any, Any]]:
        if not (self.pixels >= 0).any():
            return []
        points, offsets, rows = polylines(self.geometry, self.ground, self.lift_m)
        count = np.diff(offsets)
        out = []
        for k in range(len(PIXELS)):
            some = np.flatnonzero(self.pixels[rows] == k)
            if len(some):
                keep = np.isin(np.repeat(np.arange(len(rows)), count), some)
                out.append((k, points[keep], np.concatenate([[0], np.cumsum(count[some])]).astype(np.int64), rows[some]))
        return out
