"""Lines of a large network in tiles: drawn where the eye is near enough to tell a street from the ground."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.drawing import Surface
from layers.ground import Ground
from layers.shapes import polylines, ribbons
from layers.tiles import Tiled
from twin.city.index import TriangleIndex, box_hits
from twin.city.tiles import Tiles, codes_of, tree_of

FEW, MAIN_M = 30_000, 10.0
"""Networks of no more lines are drawn as a whole; of larger ones, lines so wide always."""
LOST_M = 7.0
"""What is missing where a street is not drawn: about its width."""
MOST_INDICES = 64


@dataclass
class TiledLines(Tiled):
    """Ribbons of some lines. lines: shapely, single lines; rows: row of each; coat: uint8 RGBA of every row of the layer."""

    lines: NDArray[np.object_] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    widths: NDArray[np.float64] = None  # type: ignore[assignment]
    ground: Ground = None  # type: ignore[assignment]
    lift_m: float = 0.0
    coat: Callable[[], NDArray[np.uint8]] = None  # type: ignore[assignment]
    shared: _Order = field(default_factory=lambda: _Order())
    """What drawings of the same lines have in common."""

    def identity(self) -> object:
        return id(self.lines)

    @property
    def tiles(self) -> Tiles:
        if self.shared.tiles is None:
            box = shapely.bounds(self.lines)
            codes = codes_of(box)
            order = self.shared.order = np.argsort(codes, kind="stable")
            z = self.ground.height((box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2)[order]
            box, margin = box[order], self.widths.max() / 2 + 1.0
            extents = np.column_stack([box[:, :2] - margin, z - 25.0, box[:, 2:] + margin, z + 25.0]).astype(np.float32)
            weight = np.concatenate([[0], np.cumsum(2 * (shapely.get_num_coordinates(self.lines[order]) - 1))])
            nodes = tree_of(codes[order], weight, extents)
            nodes["triangles"] = weight[nodes["rows"]]
            nodes["error_m"] = LOST_M
            self.shared.tiles = Tiles(nodes, np.empty(0), extents)
        return self.shared.tiles

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        runs = self.tiles.nodes["triangles"].astype(np.int64)
        return np.asarray(np.where(self.tiles.leaves, runs[:, 1] - runs[:, 0], 0))

    def tile(self, node: int, coat: Any) -> Surface:
        start, stop = self.tiles.nodes["rows"][node]
        return self._surface(self.shared.order[start:stop], coat, str(node))

    def chosen(self, rows: NDArray[np.int32]) -> Surface:
        return self._surface(np.flatnonzero(np.isin(self.rows, rows)), None, "chosen")

    def _surface(self, index: NDArray[np.int64], coat: Any, name: str) -> Surface:
        points, offsets, part = polylines(self.lines[index], self.ground, self.lift_m)
        p, triangles, line = ribbons(points, offsets, self.widths[index][part])
        above = points[:, 2] - self.ground.height(points[:, 0], points[:, 1]) > 2.0
        low = ~np.concatenate([above, above])
        p[low, 2] = self.ground.height(p[low, 0], p[low, 1]) + self.lift_m
        rows = self.rows[index][part][line]
        colors = np.full((len(rows), 4), 200, np.uint8) if coat is None else coat[rows]
        return Surface(
            f"{self.key}/{name}", self.version, 0, self.opacity, self.order, points=p, triangles=triangles, rows=rows, colors=colors,
            shading="smooth", material="ground",
        )  # fmt: skip

    def whole(self) -> Surface:
        """All lines as one surface; a change of colour leaves its geometry as it is."""
        coat = self.coat()
        if self.shared.whole is None:
            self.shared.whole = self._surface(np.arange(len(self.lines)), coat, "whole")
        made = self.shared.whole
        return replace(made, version=self.version, opacity=self.opacity, order=self.order, colors=coat[made.rows])

    def pick(self, origin: NDArray[Any], direction: NDArray[Any], coat: Any) -> tuple[int, float] | None:
        nodes, leaf = self.tiles.nodes, self.tiles.leaves
        now, best = np.zeros(1, np.int64), None
        while len(now):
            now = now[box_hits(nodes["low"][now], nodes["high"][now], origin, direction, np.inf)]
            for node in now[leaf[now]].tolist():
                rows, index = self._index(node)
                met = index.pick(origin, direction)
                if met is not None and (best is None or met[1] < best[1]):
                    best = int(rows[met[0]]), met[1]
            children = nodes["children"][now[~leaf[now]]].ravel().astype(np.int64)
            now = children[children >= 0]
        return best

    def _index(self, node: int) -> tuple[NDArray[np.int32], TriangleIndex]:
        kept = self.shared.indices
        if node not in kept:
            surface = self.tile(node, None)
            kept[node] = surface.rows, TriangleIndex(surface.points, surface.triangles)
            while len(kept) > MOST_INDICES:
                kept.popitem(last=False)
        kept.move_to_end(node)
        return kept[node]


@dataclass
class _Order:
    order: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    tiles: Tiles | None = None
    whole: Surface | None = None
    indices: OrderedDict[int, tuple[NDArray[np.int32], TriangleIndex]] = field(default_factory=OrderedDict)
