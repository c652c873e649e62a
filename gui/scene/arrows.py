"""Arrows of what flows, flat on their lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import MeshActor
from gui.scene.movers import MovingActor, Present
from layers.flow import Arrows

MOST, LEAST_PX, APART_PX = 3000, 15.0, 60.0
"""Arrows drawn, length of the smallest on the screen, and about how far those of a line keep apart there."""
_CHEVRON = np.array([[0.0, 0.5], [0.42, -0.38], [0.0, -0.12], [-0.42, -0.38]])
"""Tip, right, notch, left; across and ahead."""


class ArrowsActor(MovingActor):
    """One mesh of two triangles an arrow, rewritten for each picture."""

    def __init__(self, drawing: Arrows) -> None:
        self._mesh = MeshActor(drawing.key)
        self._mesh.shader(draped=True)
        self._mesh.translucent(False)
        super().__init__([self._mesh])
        self.source = drawing

    def update(self, d: Arrows, selected: NDArray[np.int32]) -> None:
        self.source = d
        self._mesh.offset(d.order + 1)
        self._mesh.actor.GetProperty().SetOpacity(d.opacity)

    def follow(self, present: Present) -> None:
        xyz, heading, color, size, rank = self.source.at(present.moment)
        inside, depth = present.seen(xyz)
        pixels = present.focal_px / np.maximum(depth, 1.0)
        rows = np.flatnonzero(inside & (rank * APART_PX < self.source.spacing_m * pixels))
        rows = rows[np.argsort(depth[rows])][:MOST]
        self.shown = len(rows)
        ahead = np.column_stack([np.sin(heading[rows]), np.cos(heading[rows])])
        right = np.column_stack([ahead[:, 1], -ahead[:, 0]])
        reach: NDArray[Any] = np.maximum(size[rows], LEAST_PX * present.scale / pixels[rows])
        corner = np.empty((len(rows), 4, 3))
        corner[..., 2] = xyz[rows, 2:3] + 0.15
        corner[..., :2] = xyz[rows, None, :2] + reach[:, None, None] * (right[:, None] * _CHEVRON[:, :1] + ahead[:, None] * _CHEVRON[:, 1:])
        first = 4 * np.arange(len(rows))
        self._mesh.geometry(
            corner.reshape(-1, 3),
            np.concatenate([np.column_stack([first, first + 1, first + 2]), np.column_stack([first, first + 2, first + 3])]),
        )
        rgba = np.full((4 * len(rows), 4), 255, np.uint8)
        # Darker than the line it goes along, or paler on a dark one.
        tone = color[rows].astype(np.float32)
        dark = tone.mean(1, keepdims=True) < 105
        rgba[:, :3] = np.repeat(np.where(dark, tone + (255 - tone) * 0.65, tone * 0.45), 4, axis=0)
        self._mesh.colors(rgba)
