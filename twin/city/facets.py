"""Walls and roofs of some buildings cut into small flat pieces, to say something of each: whether it is seen, how long the sun shines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Grid

Floats = NDArray[np.float64]
MOST = 160_000
LEAST_EDGE_M = 4.0
STEEP = 0.5
"""Upward part of a normal below which a face is a wall."""
OUT_CELLS = 1.1
"""So far from a wall is the ground before it."""


@dataclass(frozen=True)
class Facets:
    """corners: float64 (M, 3, 3), counter-clockwise from outside; rows: int64 (M,) building of each."""

    corners: Floats
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _cross(self) -> Floats:
        return np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])

    @cached_property
    def area(self) -> Floats:
        return np.asarray(np.linalg.norm(self._cross, axis=1) / 2)

    @cached_property
    def normal(self) -> Floats:
        return np.asarray(self._cross / np.maximum(2 * self.area, 1e-12)[:, None])

    @cached_property
    def middle(self) -> Floats:
        return np.asarray(self.corners.mean(1))

    @property
    def is_roof(self) -> NDArray[np.bool_]:
        return np.asarray(self.normal[:, 2] >= STEEP)

    def before(self, grid: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of the cell each faces: before a wall, its own on a roof; held inside the grid."""
        step = OUT_CELLS * grid.cell_m * np.where(self.is_roof, 0.0, 1.0)
        level = np.maximum(np.hypot(self.normal[:, 0], self.normal[:, 1]), 1e-9)
        x = self.middle[:, 0] + self.normal[:, 0] / level * step
        y = self.middle[:, 1] + self.normal[:, 1] / level * step
        c = np.clip(np.floor((x - grid.x0) / grid.cell_m).astype(np.int64), 0, grid.columns - 1)
        r = np.clip(np.floor((y - grid.y0) / grid.cell_m).astype(np.int64), 0, grid.rows - 1)
        return r, c

    def part(self, which: NDArray[np.bool_]) -> Facets:
        return Facets(self.corners[which], self.rows[which])


def facets(corners: Floats, rows: NDArray[np.int64], most: int = MOST, edge_m: float = LEAST_EDGE_M) -> Facets:
    """Triangles (T, 3, 3) halved along their longest edge until none is longer than edge_m, or longer where that gives too many.

    Faces that look down (undersides) are left out.
    """
    made = Facets(corners, rows)
    made = made.part((made.normal[:, 2] > -STEEP) & (made.area > 1e-6))
    edge_m = max(edge_m, 2.0 * float(np.sqrt(made.area.sum() / max(most, 1))))
    done: list[Facets] = []
    left = made
    for _ in range(24):
        sides = np.linalg.norm(left.corners - np.roll(left.corners, -1, axis=1), axis=2)
        long = sides.max(1) > edge_m
        done.append(left.part(~long))
        left = left.part(long)
        if not len(left):
            break
        k = sides[long].argmax(1)
        i = np.arange(len(left))
        a, b, c = (left.corners[i, (k + n) % 3] for n in range(3))
        middle = (a + b) / 2
        left = Facets(np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)]), np.tile(left.rows, 2))
    done.append(left)
    return Facets(np.concatenate([d.corners for d in done]), np.concatenate([d.rows for d in done]))
