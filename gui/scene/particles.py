"""Soft puffs that face the eye, far ones first."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import MeshActor
from gui.scene.movers import MovingActor, Present
from layers.particles import Particles

SPRITE_PX = 64
MOST_PICTURES = 7.0
"""All puffs together cover so many pictures at most: blending is what costs."""
_CORNER = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
_UV = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


@cache
def sprite() -> NDArray[np.uint8]:
    """White with a soft, slightly billowing edge (64 x 64 RGBA)."""
    at = (np.arange(SPRITE_PX) + 0.5) / SPRITE_PX * 2 - 1
    x, y = np.meshgrid(at, at)
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    billow = 1 + 0.07 * np.sin(3 * angle + 0.6) + 0.05 * np.sin(5 * angle + 2.1) + 0.04 * np.sin(8 * angle)
    alpha = np.clip(1 - radius / (0.93 * billow), 0, 1)
    rgba = np.full((SPRITE_PX, SPRITE_PX, 4), 255, np.uint8)
    rgba[..., 3] = 255 * (alpha * alpha * (3 - 2 * alpha))
    return rgba


class ParticlesActor(MovingActor):
    """One mesh of two triangles a puff, sorted and rewritten for each picture; hidden by what stands before it."""

    def __init__(self, drawing: Particles) -> None:
        self._mesh = MeshActor(drawing.key)
        self._mesh.shader()
        self._mesh.texture(sprite())
        self._mesh.translucent(True)
        super().__init__([self._mesh])
        self.source = drawing

    def update(self, d: Particles, selected: NDArray[np.int32]) -> None:
        self.source = d
        self._mesh.is_data = d.glow
        self._mesh.actor.GetProperty().SetOpacity(d.opacity)
        self._mesh.translucent(True)

    def follow(self, present: Present) -> None:
        puffs = self.source.at(present.moment)
        inside, depth = present.seen(puffs.points, float(puffs.size_m.max(initial=0.0)))
        rows = np.flatnonzero(inside & (puffs.colors[:, 3] > 2))
        # Those that matter stay where too many pixels would be blended: the dense before the thin.
        pixels = (puffs.size_m[rows] * present.focal_px / np.maximum(depth[rows], 1.0)) ** 2
        dense = np.argsort(-puffs.colors[rows, 3].astype(float), kind="stable")
        room = MOST_PICTURES * present.view.size[0] * present.view.size[1]
        rows = rows[dense[np.cumsum(pixels[dense]) < room]]
        rows = rows[np.argsort(-depth[rows])]
        self.shown = len(rows)
        eye = present.view.eye
        forward, turn = eye.forward, np.radians(eye.heading)
        right = np.array([np.cos(turn), -np.sin(turn), 0.0])
        up = np.cross(right, forward)
        spin = puffs.spin[rows]
        cos, sin = np.cos(spin)[:, None], np.sin(spin)[:, None]
        half: NDArray[Any] = puffs.size_m[rows, None] / 2
        a, b = _CORNER[:, 0] * cos - _CORNER[:, 1] * sin, _CORNER[:, 0] * sin + _CORNER[:, 1] * cos
        corner = puffs.points[rows, None, :] + (half * a)[..., None] * right + (half * b)[..., None] * up
        first = 4 * np.arange(len(rows))
        # Two triangles of a puff follow one another, so that the order from far to near is kept.
        quads = np.column_stack([first, first + 1, first + 2, first, first + 2, first + 3]).reshape(-1, 3)
        color = puffs.colors[rows].astype(np.float32)
        near = np.clip((depth[rows] - 0.3 * puffs.size_m[rows]) / np.maximum(0.7 * puffs.size_m[rows], 1.0), 0, 1)
        color[:, 3] *= near  # none jumps into the eye
        self._mesh.geometry(corner.reshape(-1, 3), quads)
        self._mesh.colors(np.repeat(np.clip(color, 0, 255).astype(np.uint8), 4, axis=0))
        self._mesh.wrap(np.tile(_UV, (len(rows), 1)))
