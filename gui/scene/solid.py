"""What stands in the way of an eye or of somebody who walks: the bodies of the layers shown, on the processor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import SurfaceActor
from layers.drawing import Surface
from layers.tiles import TiledSurface
from twin.city.terrain import Grid

if TYPE_CHECKING:
    from gui.scene.scene import Scene

Floats = NDArray[np.float64]
UP, DOWN = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
THIN_M = 0.05
"""A roof met from above and from below at heights this near is one: what is below it is inside."""
BODY_M = 0.5
"""What stands nearer to a thing than this belongs to it."""


class Solids:
    """Rays against what has a body: buildings, bridges, walls. Asks the scene anew each time, for layers come and go."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def ray(self, origin: Floats, way: Floats, farthest: float = math.inf, buildings_only: bool = False) -> float | None:
        """Metres along a unit vector to the first body; None where there is none within reach."""
        best: float | None = None
        for actor, d in self._scene.bodies():
            found: Any = None
            if isinstance(d, TiledSurface):
                from twin.city.tile_pick import pick

                found = pick(d.tiles, d.buildings.mesh, origin, way, farthest, actor.seen_rows)
            elif isinstance(d, Surface) and isinstance(actor, SurfaceActor) and (d.material == "facade" or not buildings_only):
                found = self._scene.picker.ray(d, origin, way, farthest)
            if found is not None and (best is None or found[1] < best):
                best = float(found[1])
        return best

    def roof(self, place: Floats) -> float | None:
        """Height of the roof over a place inside a building; None outside, and below a bridge or a passage."""
        top = self._scene.camera.bounds[5] + 50.0
        if not np.isfinite(place).all() or place[2] >= top:
            return None
        rise = self.ray(place, UP, buildings_only=True)
        if rise is None:
            return None
        under = self.ray(np.array([place[0], place[1], top + 500.0]), DOWN, buildings_only=True)
        roof = float(place[2]) + rise
        return roof if under is None or abs(top + 500.0 - under - roof) < THIN_M else None

    def sees(self, place: Floats, goal: Floats) -> bool:
        """Whether nothing stands between two places; what is nearer to the goal than BODY_M does not count."""
        way = goal - place
        length = float(np.linalg.norm(way))
        if length < 1e-6 or not math.isfinite(length):
            return True
        return self.ray(place, way / length, max(length - BODY_M, 1e-3), buildings_only=True) is None

    def floor(self, x: float, y: float, below: float) -> float:
        """Height of what one stands on at a place, nothing above `below` being it: ground, deck of a bridge, steps, a roof."""
        ground = float(self._scene.ground.height(x, y))
        if below <= ground:
            return ground
        down = self.ray(np.array([x, y, below]), DOWN, below - ground)
        return ground if down is None else max(ground, below - down)


def depth_of(grid: Grid, depth: NDArray[np.float32], x: float, y: float) -> float:
    """Water at a place in metres; 0 where there is none or none was computed."""
    row, column = (int(v) for v in grid.cell_of(x, y))
    if row < 0 or column < 0:
        return 0.0
    found = float(depth[row, column])
    return found if math.isfinite(found) and found > 0 else 0.0
