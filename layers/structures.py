"""Bodies a layer brings along: bridges with decks, piers, pylons and cables."""

from __future__ import annotations

from typing import Any

import numpy as np

from layers.drawing import Drawing, Surface
from layers.features import TableLayer
from layers.style import hex_rgb
from twin.city.features import Features
from twin.city.mesh import SurfaceClass

ROADWAY = "#b9ae9b"


class StructuresLayer(TableLayer):
    """The mesh of a layer in the colour of each row; carriageways in that of the streets."""

    def __init__(self, id: str, title: str, group: str, features: Features, **options: Any) -> None:
        assert features.mesh is not None
        self._mesh = features.mesh
        z = self._mesh.points[:, 2]
        span = (float(z.min()), float(z.max())) if len(z) else (0.0, 0.0)
        super().__init__(id, title, group, features.table, features.geometry, source=features.source, z=span, **options)

    def draw(self) -> list[Drawing]:
        m = self._mesh
        if not len(m):
            return []
        colors = self.row_colors()[m.object]
        colors[m.surface == SurfaceClass.ROAD, :3] = np.round(np.array(hex_rgb(ROADWAY)) * 255).astype(np.uint8)
        return [
            Surface(
                self.id, self._version, 0, self.opacity, self.order, points=m.points, triangles=m.triangles, rows=m.object, colors=colors
            )
        ]
