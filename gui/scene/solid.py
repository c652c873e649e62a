"""What stands in the way of an eye or of somebody who walks: the bodies of the layers shown, on the processor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import SurfaceActor
from layers.drawing import Surface
from layers.tiles import TiledSurface
from twin.city.index import triangle_distances
from twin.city.terrain import Grid

if TYPE_CHECKING:
    from gui.scene.scene import Scene

Floats = NDArray[np.float64]
UP, DOWN = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
THIN_M = 0.05
"""A roof met from above and from below at heights this near is one: what is below it is inside."""
NEAR_M, STRIDE_M = 4.0, 6.0
"""How far one feels for walls, and after how many metres what is around is looked at anew."""
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


class Surroundings:
    """The bodies around somebody who walks, gathered anew every few steps: rays against a few hundred triangles cost next to nothing."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._about: Floats | None = None
        self._of: tuple[object, ...] = ()
        self._corners: Floats = np.empty((0, 3, 3))

    def ray(self, origin: Floats, way: Floats, farthest: float) -> float | None:
        """Metres along a unit vector to the first body no farther than `farthest`, which is to be less than NEAR_M unless it goes down."""
        self._gather(origin)
        if not len(self._corners):
            return None
        found = float(triangle_distances(self._corners, origin, way).min())
        return found if found <= farthest else None

    def floor(self, x: float, y: float, below: float) -> float:
        """Height of what one stands on at a place, nothing above `below` being it: ground, deck of a bridge, steps, a roof."""
        ground = float(self._scene.ground.height(x, y))
        if below <= ground:
            return ground
        down = self.ray(np.array([x, y, below]), DOWN, below - ground)
        return ground if down is None else max(ground, below - down)

    def _gather(self, place: Floats) -> None:
        now = tuple((id(d.tiles) if isinstance(d, TiledSurface) else id(d.points), d.version) for _, d in self._bodies())
        moved = math.inf if self._about is None else float(np.abs(place[:2] - self._about[:2]).max())
        if moved < STRIDE_M and now == self._of:
            return
        self._about, self._of = place.copy(), now
        low, high = place[:2] - (NEAR_M + STRIDE_M), place[:2] + (NEAR_M + STRIDE_M)
        parts = [_near(actor, d, low, high) for actor, d in self._bodies()]
        self._corners = np.concatenate(parts) if parts else np.empty((0, 3, 3))

    def _bodies(self) -> list[tuple[Any, Any]]:
        return [(a, d) for a, d in self._scene.bodies() if isinstance(d, (TiledSurface, Surface))]


def _near(actor: Any, d: Any, low: Floats, high: Floats) -> Floats:
    """Corners (N, 3, 3) of the triangles of a body that reach into a square in plan."""
    if isinstance(d, TiledSurface):
        tiles, mesh = d.tiles, d.buildings.mesh
        nodes = tiles.nodes
        hit = tiles.leaves & (nodes["low"][:, :2] <= high).all(1) & (nodes["high"][:, :2] >= low).all(1)
        rows = np.concatenate([np.arange(a, z) for a, z in nodes["rows"][hit].tolist()] or [np.empty(0, np.int64)])
        box = tiles.extents[rows]
        rows = rows[(box[:, :2] <= high).all(1) & (box[:, 3:5] >= low).all(1)]
        if actor.seen_rows is not None:
            rows = rows[actor.seen_rows[rows]]
        corners = np.asarray(mesh.points[mesh.triangles[mesh.of_objects(rows)]], float)
    else:
        corners = np.asarray(d.points[d.triangles], float)
    flat = corners[..., :2]
    return corners[(flat.min(1) <= high).all(1) & (flat.max(1) >= low).all(1)]


def depth_of(grid: Grid, depth: NDArray[np.float32], x: float, y: float) -> float:
    """Water at a place in metres; 0 where there is none or none was computed."""
    row, column = (int(v) for v in grid.cell_of(x, y))
    if row < 0 or column < 0:
        return 0.0
    found = float(depth[row, column])
    return found if math.isfinite(found) and found > 0 else 0.0
