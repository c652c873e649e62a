"""Bodies a layer brings along: bridges with decks, piers, pylons and cables, road surfaces, quays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drawing, Surface
from layers.features import TableLayer
from layers.ground import Ground
from layers.style import hex_rgb, hushed
from twin.city.features import Features
from twin.city.mesh import SurfaceClass

ROADWAY = "#b9ae9b"
LYING_M = 1.5
"""What is level and no further than this from the ground lies on it."""


class StructuresLayer(TableLayer):
    """The mesh of a layer in the colour of each row; carriageways in that of the streets."""

    def __init__(self, id: str, title: str, group: str, features: Features, ground: Ground, **options: Any) -> None:
        assert features.mesh is not None
        m = self._mesh = features.mesh
        z = m.points[:, 2]
        span = (float(z.min()), float(z.max())) if len(z) else (0.0, 0.0)
        super().__init__(id, title, group, features.table, features.geometry, source=features.source, z=span, **options)
        # Surfaces measured apart from the terrain cross it here and there: those that lie on it are draped.
        floor = ground.height(m.points[:, 0], m.points[:, 1])
        a, b, c = (m.points[m.triangles[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        level = np.abs(normal[:, 2]) > 0.8 * np.linalg.norm(normal, axis=1)
        lying: NDArray[np.bool_] = level & (np.abs(z - floor) < LYING_M)[m.triangles].all(1)
        draped = m.points.copy()
        draped[:, 2] = np.maximum(z, floor)
        self._parts = [(n, w, p, m.triangles[w]) for n, w, p in (("", ~lying, m.points), ("-lying", lying, draped)) if w.any()]

    def draw(self) -> list[Drawing]:
        m = self._mesh
        if not len(m):
            return []
        colors = self.row_colors()[m.object]
        colors[m.surface == SurfaceClass.ROAD, :3] = np.round(np.array(hex_rgb(ROADWAY)) * 255).astype(np.uint8)
        if self.quiet:
            colors = hushed(colors, 0.35)
        return [
            Surface(
                self.id + name,
                self._version,
                0,
                self.opacity,
                self.order,
                points=points,
                triangles=triangles,
                rows=m.object[part],
                colors=colors[part],
                shading="smooth" if name else "flat",
                material="ground" if name else "matte",
            )
            for name, part, points, triangles in self._parts
        ]
