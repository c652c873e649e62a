"""The ground as painted squares: one draw for terrain, areas, streets, photographs and shadow, as fine as the eye can tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gui.scene.sheets import ReliefActor
from gui.scene.tileset import Made, TileSet, View
from layers.drawing import Drawing
from layers.ground import Ground
from layers.groundpicture import Box, GroundPicture, Square
from layers.linetiles import TiledLines
from layers.tiles import TiledSurface

PIXEL_ERROR, FINE_ERROR = 1.6, 1.1
"""Pixels of the screen that a pixel of a square may cover, moving and still."""
MOST_SQUARES, MOST_PATIENT = 110, 400
WEIGHT = 6_000
"""Triangles that a square counts for, among what is kept: its picture takes the room of so many."""
ROOT = Square(0, 0, 0)


class GroundTiles(TileSet[Square, ReliefActor]):
    """Stands in for the draped drawings it was given; `is_there` once it can."""

    def __init__(self, ground: Ground, bounds: Box) -> None:
        super().__init__("ground")
        self.picture = GroundPicture(ground, bounds)
        self._sources: tuple[Drawing, ...] = ()
        self._taken, self._changed = -1, 0
        """States that the picture has taken over, and since which more than the plan of the buildings is the same."""
        self._opacity = 1.0
        self._known: dict[Square, tuple[float, ...]] = {}

    def holds(self, d: Drawing) -> bool:
        """Whether a drawing can be painted into the squares."""
        if isinstance(d, (TiledLines, TiledSurface)):
            x0, y0, x1, y1 = self.picture.bounds
            root = d.tiles.nodes[0]
            slack = 0.02 * max(x1 - x0, y1 - y0)
            return bool((root["low"][:2] > (x0 - slack, y0 - slack)).all() and (root["high"][:2] < (x1 + slack, y1 + slack)).all())
        return self.picture.holds(d)

    def update(self, sources: Sequence[Drawing]) -> None:
        """Paint these, in this order. Squares of before stay until they are painted anew."""
        with self._lock:
            if len(sources) != len(self._sources) or any(a is not b for a, b in zip(sources, self._sources, strict=True)):
                self._sources = tuple(sources)
                self._state += 1

    def set_opacity(self, opacity: float) -> None:
        """Of what is there and what comes."""
        self._opacity = opacity
        for made in self._made.values():
            made.actor.fade(opacity)

    @property
    def is_there(self) -> bool:
        """Whether the whole ground can be shown, however coarse, and nothing outdated."""
        return self._is_current(ROOT)

    def first(self) -> None:
        """Make the coarsest square; in the caller's thread."""
        self._keep(ROOT, self._make(ROOT))

    def _is_root(self, node: Square) -> bool:
        return node == ROOT

    def _make(self, node: Square) -> Made[ReliefActor]:
        with self._lock:
            state, sources = self._state, self._sources
        if self._taken != state:
            if self.picture.take(sources):
                self._changed = state
            self._taken = state
        old = self._made.get(node)
        if old is not None and old.put is None:  # the ground is where it was: it is painted anew
            if old.state >= self._changed and not self.picture.has_plan(node):
                return Made(old.actor, state, WEIGHT, lambda: None)  # buildings of other colours stand elsewhere
            rgba, shown = self.picture.picture(node), old.actor
            return Made(shown, state, WEIGHT, lambda: shown.texture(rgba))
        return Made(ReliefActor(self.picture.relief(node, f"ground {node.level}/{node.column}/{node.row}")), state, WEIGHT)

    def _keep(self, node: Square, made: Made[ReliefActor]) -> None:
        made.actor.fade(self._opacity)  # which may have changed since the worker began with it
        super()._keep(node, made)

    def _choice(self, view: View) -> tuple[list[Square], list[Square]]:
        least = PIXEL_ERROR if view.moving else FINE_ERROR
        while True:
            tree, lacking = self._refined(view, least)
            if len(tree) <= (MOST_PATIENT if view.patient else MOST_SQUARES):
                if view.patient:
                    leaves = [s for s, below in tree.items() if not below]
                    return leaves, [s for s in leaves if not self._is_current(s)]
                return (self._covering(ROOT, tree) or []) if ROOT in tree else [], lacking
            least *= 1.3

    def _refined(self, view: View, least: float) -> tuple[dict[Square, list[Square]], list[Square]]:
        """Squares in sight, each with those below it where its pixels are too large; and those that are lacking, coarse ones first."""
        eye = view.eye.position
        tree: dict[Square, list[Square]] = {}
        lacking: list[tuple[int, float, Square]] = []
        now = [ROOT] if self._seen(view, [ROOT])[0] else []
        if not now and not self._is_current(ROOT):
            return tree, [ROOT]
        while now:
            boxes = self._boxes(now)
            gap = np.maximum(np.maximum(boxes[:, 0] - eye, eye - boxes[:, 1]), 0.0)
            error = self.picture.pixel_m(now[0]) * view.focal_px / np.maximum(np.linalg.norm(gap, axis=1), 1.0)
            lacking += [(s.level, -float(e), s) for s, e in zip(now, error, strict=True) if not self._is_current(s)]
            rough = error > least if now[0].level < self.picture.deepest else np.zeros(len(now), bool)
            tree.update({s: [] for s in now})
            parents = [s for s, r in zip(now, rough, strict=True) if r]
            below = [c for s in parents for c in s.below]
            seen = self._seen(view, below) if below else np.empty(0, bool)
            for k, s in enumerate(parents):
                tree[s] = [c for c, yes in zip(below[4 * k : 4 * k + 4], seen[4 * k : 4 * k + 4], strict=True) if yes]
            now = [c for s in parents for c in tree[s]]
        return tree, [s for *_, s in sorted(lacking, key=lambda x: x[:2])]

    def _covering(self, s: Square, tree: dict[Square, list[Square]]) -> list[Square] | None:
        """The finest squares that are there and cover this one wholly; None where there are none."""
        if tree[s]:
            parts = [self._covering(c, tree) for c in tree[s]]
            if all(p is not None for p in parts):
                return [x for p in parts for x in p or []]
        return [s] if s in self._made else None

    def _seen(self, view: View, squares: list[Square]) -> NDArray[np.bool_]:
        boxes = self._boxes(squares)
        return view.sees(boxes[:, 0], boxes[:, 1])

    def _boxes(self, squares: list[Square]) -> NDArray[np.float64]:
        """Low and high corners (N, 2, 3)."""
        known = self._known
        for s in squares:
            if s not in known:
                x0, y0, x1, y1 = self.picture.box(s)
                z0, z1 = self.picture.heights(s)
                known[s] = (x0, y0, z0, x1, y1, z1)
        return np.array([known[s] for s in squares], float).reshape(-1, 2, 3)
