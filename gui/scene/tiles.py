"""Buildings or lines of a large city in tiles of a quadtree."""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import SurfaceActor, facade_texture
from gui.scene.tileset import COARSE_PX, FINE_PX, Made, TileSet, View
from layers.drawing import Surface
from layers.tiles import MOST_CHOSEN, Tiled

FIRST = 90_000
"""Triangles made before the first picture."""
IN_FRONT = 180
"""Order of what is selected: it is seen through the boxes that stand for it from afar."""
MOST_UNFOLDED = 24
"""Rows selected up to which the tiles that hold them are shown whole, however far: a box would hide what is in it."""


class TilesActor(TileSet[int, SurfaceActor]):
    """Draws a Tiled."""

    def __init__(self, drawing: Tiled) -> None:
        super().__init__(drawing.key)
        tiles = drawing.tiles
        self.drawing = drawing
        self._nodes, self._leaf, self._sizes = tiles.nodes, tiles.leaves, drawing.sizes
        self._low, self._high = tiles.nodes["low"].astype(float), tiles.nodes["high"].astype(float)
        self._error = np.where(self._leaf, 0.0, tiles.nodes["error_m"].astype(float))
        self._facade = facade_texture()
        self._chosen: SurfaceActor | None = None
        self._coat: tuple[int, Any] | None = None
        self._seen: tuple[Any, ...] = ()
        self._leaves_low = False
        self._selected: NDArray[np.int32] = np.empty(0, np.int32)
        self._unfolded: NDArray[np.bool_] | None = None

    # -- what the scene tells ------------------------------------------------------------------------------------------
    def update(self, d: Tiled, selected: NDArray[np.int32]) -> None:
        """Take over colours; tiles are made anew one by one, the old ones stay until then."""
        now = (d.version, d.opacity, d.order, d.identity())
        if self._leaves_low:
            d = replace(d, is_painted=True)  # type: ignore[call-arg]
        with self._lock:
            if now != self._seen:
                self._seen, self.drawing = now, d
                self._state += 1
        if not np.array_equal(selected, self._selected):
            self._selected = selected.copy()
            self._unfolded = self.drawing.holding(selected) if 0 < len(selected) <= MOST_UNFOLDED else None
            self._show_chosen()
        elif self._chosen is not None:
            self._show_chosen()

    def leave_low(self) -> None:
        """From now on low houses of far tiles are left to the ground, where their plan has been painted."""
        d = self.drawing
        if self._leaves_low or not self.has_plan:
            return
        self._leaves_low = True
        with self._lock:
            self.drawing = replace(d, is_painted=True)  # type: ignore[call-arg]
            self._sizes = self.drawing.sizes
            self._state += 1
            for node, made in self._made.items():
                if not self._leaf[node]:  # other triangles, not other colours
                    made.actor.source = replace(made.actor.source, origin=None)

    @property
    def has_plan(self) -> bool:
        return bool(getattr(self.drawing, "has_plan", False))

    def close(self) -> None:
        super().close()
        self._chosen = None

    def _extra(self) -> list[SurfaceActor]:
        return [] if self._chosen is None else [self._chosen]

    @property
    def is_coarse(self) -> bool:
        """Whether boxes stand for houses somewhere in the picture, and low ones are left to the ground."""
        return self.has_plan and not all(self._leaf[n] for n in self._shown)

    def _draws(self, node: int) -> bool:
        return bool(self._sizes[node])

    def _is_root(self, node: int) -> bool:
        return node == 0

    # -- choosing ------------------------------------------------------------------------------------------------------
    def first(self) -> None:
        """Make the tiles of a first picture from afar; in the caller's thread."""
        total, now = int(self._sizes[0]), [0]
        while now:
            for node in now:
                if self._sizes[node]:
                    self._keep(node, self._make(node))
            below = self._nodes["children"][now].ravel()
            below = below[below >= 0]
            total = int(self._sizes[below].sum())
            now = below.tolist() if self._sizes[0] and total <= FIRST else []

    def _choice(self, view: View) -> tuple[list[int], list[int]]:
        eye = view.eye.position
        gap = np.maximum(np.maximum(self._low - eye, eye - self._high), 0.0)
        away = np.maximum(np.sqrt((gap**2).sum(1)), 1.0)
        error = self._error * view.focal_px / away
        inside = view.sees(self._low, self._high)
        least = COARSE_PX if view.moving else FINE_PX
        self.is_full = False
        shown: list[int] = []
        lacking: list[tuple[float, int]] = []
        if not inside[0]:
            return shown, []
        queue = [(-float(error[0]), 0)]
        total = int(self._sizes[0])
        if not self._is_current(0):
            lacking.append((-math.inf, 0))
        while queue:
            wish, node = heapq.heappop(queue)
            below = [c for c in self._nodes["children"][node].tolist() if c >= 0]
            unfolds = self._unfolded is not None and self._unfolded[node]
            if (-wish <= least and not unfolds) or not below:
                shown.append(node)
                continue
            below = [c for c in below if inside[c]]
            more = int(self._sizes[below].sum()) - int(self._sizes[node])
            if total + more > view.budget and not unfolds:
                self.is_full = True
                shown.append(node)
                continue
            lacking += [(wish, c) for c in below if not self._is_current(c)]
            if view.patient or all(c in self._made or not self._sizes[c] for c in below):
                total += more
                for c in below:
                    heapq.heappush(queue, (-float(error[c]), c))
            else:
                shown.append(node)
        if view.patient:
            shown = [n for n in shown if self._sizes[n]]
            return shown, [n for n in shown if not self._is_current(n)]
        lacking.sort()
        return [n for n in shown if n in self._made], [n for _, n in lacking]

    # -- making --------------------------------------------------------------------------------------------------------
    def _make(self, node: int) -> Made[SurfaceActor]:
        with self._lock:
            state, d = self._state, self.drawing
            if self._coat is None or self._coat[0] != state:
                self._coat = None
            kept = self._coat
        coat = kept[1] if kept is not None else d.coat()
        if kept is None:
            with self._lock:
                if state == self._state:
                    self._coat = (state, coat)
        old = self._made.get(node)
        if old is not None and old.put is None:
            again = d.repainted(old.actor.source, coat)
            if again is not None:
                return _repainted(old, again, state, self.is_data)
        surface = d.tile(node, coat)
        actor = SurfaceActor(surface, facade=self._facade)
        actor.update(surface, np.empty(0, np.int32))
        actor.is_data = self.is_data
        return Made(actor, state, len(surface.triangles))

    def _show_chosen(self) -> None:
        if self._chosen is not None and self._renderer is not None:
            self._renderer.RemoveActor(self._chosen.actor)
        self._chosen = None
        rows = self._selected[:MOST_CHOSEN]
        if not len(rows) or (self.drawing.marks_many and len(self._selected) > MOST_CHOSEN):
            return
        surface = self.drawing.chosen(rows)
        if not len(surface.triangles):
            return
        surface.order += IN_FRONT
        self._chosen = SurfaceActor(surface, facade=self._facade)
        self._chosen.update(surface, rows)
        self._chosen.actor.SetVisibility(self._visible)
        if self._renderer is not None:
            self._renderer.AddActor(self._chosen.actor)

    @property
    def seen_rows(self) -> NDArray[np.bool_] | None:
        """Rows that are not left out of the picture; None where all are seen."""
        coat = self._coat
        hides = coat is not None and getattr(coat[1], "hides", False)
        return coat[1].rows[:, 3] > 0 if coat is not None and hides else None

    def pick(self, origin: NDArray[Any], direction: NDArray[Any]) -> tuple[int, float] | None:
        """Row of the building a ray meets first, and how far away."""
        coat = self._coat
        return self.drawing.pick(origin, direction, None if coat is None else coat[1])


def _repainted(old: Made[SurfaceActor], surface: Surface, state: int, is_data: bool) -> Made[SurfaceActor]:
    """The same tile in other colours, worked out here and taken over by the thread that draws."""
    painted = old.actor.painted(surface, np.empty(0, np.int32))

    def put() -> None:
        old.actor.is_data = is_data
        old.actor.put(surface, painted)

    return Made(old.actor, state, old.size, put)
