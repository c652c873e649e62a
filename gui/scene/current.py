"""Arrows and streaks on flowing water, as far from each other on the screen wherever the eye is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import MeshActor
from gui.scene.movers import MovingActor, Present
from layers.current import FAST_MS, STEPS, Current

APART_PX = {"arrows": 34.0, "streaks": 32.0}
"""Least distance on the screen; the greatest is twice that."""
MOST = {"arrows": 1000, "streaks": 800}
ASIDE = 1.4
"""How much farther from the eye in plan than along its axis something in the picture may be."""
LIFT_M, FLATTEST = 0.06, 0.3
LIFE_S, TAIL, PARTS = 2.8, 0.8 * STEPS, 6
"""Of a streak: from its beginning until it is gone, length of its tail in steps of its path, and pieces that it is drawn in."""
DARK = np.array([10, 34, 66])
Floats = NDArray[np.float64]


class CurrentActor(MovingActor):
    """One mesh, rewritten for each picture; where eye and water are the same the paths are kept."""

    def __init__(self, drawing: Current) -> None:
        self._mesh = MeshActor(drawing.key)
        self._mesh.shader(draped=True)
        self._mesh.is_data = True
        super().__init__([self._mesh])
        self.source = drawing
        self._key: Any = None
        self._chosen: tuple[Any, ...] = ()

    def update(self, d: Current, selected: NDArray[np.int32]) -> None:
        self.source = d
        self._mesh.offset(d.order + 2)
        self._mesh.actor.GetProperty().SetOpacity(d.opacity)
        self._mesh.translucent(True)  # drawn in its order: what lies below in one plane would else show through
        self._key = None

    def follow(self, present: Present) -> None:
        d, view = self.source, present.view
        key = (id(d.field), d.kind, view.eye, view.size, present.scale, view.stretch)
        if key != self._key:
            self._key = key
            cells, pixels = self._choose(present)
            self.shown = len(cells)
            if d.kind == "arrows":
                self._arrows(cells, pixels)
            else:
                speed = d.field.speed.ravel()[cells].astype(float)
                far_px = 46.0 + 74.0 * np.sqrt(np.minimum(speed / FAST_MS, 1.0))
                path, alive = d.field.paths(cells, far_px * present.scale / pixels / np.maximum(speed, 1e-3))
                path[..., 2] += LIFT_M
                self._chosen = (path, alive, pixels / present.scale, d.field.phase(cells), d.field.colors(cells))
        if d.kind == "streaks":
            _, right, up = view.eye.basis(view.stretch)
            self._streaks(present.moment.run_s, np.column_stack([right[:2], up[:2]]))

    def _choose(self, present: Present) -> tuple[NDArray[np.int64], Floats]:
        """Cells, and how many device pixels a metre takes there: of squares of every size those that are as large on the screen as things
        shall keep apart."""
        field, eye = self.source.field, present.view.eye.position
        apart = APART_PX[self.source.kind] * present.scale
        found, depths = [], []
        for level in range(len(field.levels)):
            far = field.grid.cell_m * 2**level * present.focal_px / apart
            cells = field.near(float(eye[0]), float(eye[1]), ASIDE * far, level)
            if not len(cells):
                continue
            inside, depth = present.seen(field.at(cells), 0.0)
            keep = inside & (depth <= far) & (depth > (far / 2 if level else 0.0))
            found.append(cells[keep])
            depths.append(depth[keep])
        if not found:
            return np.empty(0, np.int64), np.empty(0)
        cells, depth = np.concatenate(found), np.concatenate(depths)
        nearest = np.argsort(depth, kind="stable")[: MOST[self.source.kind]]
        return cells[nearest], present.focal_px / np.maximum(depth[nearest], 1.0)

    def _arrows(self, cells: NDArray[np.int64], pixels: Floats) -> None:
        field = self.source.field
        scale = self._key[4]
        east, north = (a.ravel()[cells].astype(float) for a in (field.east, field.north))
        speed = np.maximum(np.hypot(east, north), 1e-6)
        ahead = np.column_stack([east, north]) / speed[:, None]
        right = np.column_stack([ahead[:, 1], -ahead[:, 0]])
        long = 15.0 + 17.0 * np.minimum(speed / FAST_MS, 1.0)
        middle = field.at(cells)
        parts = []
        for wide, head, more in ((2.3, 6.6, 1.4), (1.4, 5.0, 0.0)):  # an edge of ink below, the colour of the speed above
            tip, neck, tail = long / 2 + 1.3 * more, long / 2 - 8.5 - 0.4 * more, -long / 2 - more
            one = np.ones(len(cells))
            across = np.stack([-wide * one, -wide * one, -head * one, 0 * one, head * one, wide * one, wide * one], 1)
            along = np.stack([tail, neck, neck, tip, neck, neck, tail], 1)
            metres = scale / pixels[:, None, None]
            corner = np.empty((len(cells), 7, 3))
            corner[..., :2] = middle[:, None, :2] + metres * (across[..., None] * right[:, None] + along[..., None] * ahead[:, None])
            corner[..., 2] = middle[:, 2:3] + LIFT_M
            parts.append(corner)
        points = np.concatenate(parts).reshape(-1, 3)
        first = 7 * np.arange(2 * len(cells))
        triangles = first[:, None, None] + np.array([[0, 1, 5], [0, 5, 6], [2, 3, 4]])
        self._mesh.geometry(points, triangles.reshape(-1, 3))
        rgba = np.full((14 * len(cells), 4), 255, np.uint8)
        rgba[: 7 * len(cells)] = (*DARK, 200)
        rgba[7 * len(cells) :, :3] = np.repeat(field.colors(cells), 7, axis=0)
        self._mesh.colors(rgba)

    def _streaks(self, run_s: float, screen: Floats) -> None:
        """screen: (2, 2) from plan to the picture: what lies flat is as wide there from low down as from above."""
        path, alive, per_m, phase, color = self._chosen
        n = len(path)
        age = (run_s / LIFE_S + phase) % 1.0
        head = age * (STEPS + TAIL)
        s = np.clip(head[:, None] - TAIL * np.arange(PARTS + 1) / PARTS, 0.0, STEPS)  # from the head back
        i = np.minimum(s.astype(np.int64), STEPS - 1)
        t = s - i
        row = np.arange(n)[:, None]
        at = path[row, i] * (1 - t)[..., None] + path[row, i + 1] * t[..., None]
        way = path[row, i + 1, :2] - path[row, i, :2]
        size = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-9)
        side = np.stack([way[..., 1], -way[..., 0]], -1) / size[..., None]
        side /= np.maximum(np.linalg.norm(side @ screen, axis=-1, keepdims=True), FLATTEST)
        fade = np.linspace(1.0, 0.0, PARTS + 1) ** 0.8
        seen = alive[row, i] & alive[row, np.minimum(i + 1, STEPS)]
        alpha = fade * seen * np.minimum(1.0, 6.0 * age)[:, None]
        wide = np.linspace(1.7, 0.5, PARTS + 1) / per_m[:, None]
        edge = wide + 1.0 / per_m[:, None]
        corners, rgba = np.empty((2, n, PARTS + 1, 2, 3)), np.empty((2, n, PARTS + 1, 2, 4))
        for k, (half, tone, share) in enumerate(((edge, np.broadcast_to(DARK, color.shape), 0.5), (wide, color, 1.0))):
            corners[k, ..., 2] = at[..., None, 2]
            corners[k, ..., 0, :2] = at[..., :2] + half[..., None] * side
            corners[k, ..., 1, :2] = at[..., :2] - half[..., None] * side
            rgba[k, ..., :3] = tone[:, None, None]
            rgba[k, ..., 3] = (255 * share) * alpha[..., None]
        first = 2 * (np.arange(2 * n)[:, None] * (PARTS + 1) + np.arange(PARTS))
        quads = np.stack([first, first + 1, first + 3, first, first + 3, first + 2], -1).reshape(-1, 3)
        self._mesh.geometry(corners.reshape(-1, 3), quads)
        self._mesh.colors(rgba.reshape(-1, 4).astype(np.uint8))
