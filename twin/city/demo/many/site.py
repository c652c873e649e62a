"""Where a city of many buildings lies: its outline, centres, river and ground, all as functions of the place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Grid, Terrain

Floats = NDArray[np.float64]
WATER_M, BED_M, BANK_M = 2.0, -2.0, 4.0
"""Level of the river, of its bed, and of the ground beside it."""
HILLS_M = 16.0


@dataclass(frozen=True)
class Site:
    """radius: mean distance from the middle to the edge, metres. centres: x, y, weight and reach of each, the main one first."""

    radius: float
    centres: Floats
    phase: Floats

    @staticmethod
    def of(radius: float, random: np.random.Generator) -> Site:
        count = int(np.clip(radius / 1500.0, 1, 9))
        turn = random.uniform(0, 2 * np.pi) + np.arange(count) * 2.4
        away = radius * np.linspace(0.3, 0.75, count)
        others = np.column_stack([
            away * np.cos(turn), away * np.sin(turn), random.uniform(0.5, 0.85, count), radius * random.uniform(0.05, 0.09, count)
        ])  # fmt: skip
        middle = np.array([[0.02 * radius, 0.12 * radius, 1.0, 0.2 * radius]])
        return Site(radius, np.concatenate([middle, others]), random.uniform(0, 2 * np.pi, 8))

    @property
    def river_m(self) -> float:
        """Width of the river."""
        return float(np.clip(self.radius / 45.0, 24.0, 260.0))

    def stream(self, x: Floats) -> Floats:
        """y of the middle of the river."""
        k = 2 * np.pi / (1.9 * self.radius)
        return np.asarray(self.radius * (-0.06 + 0.11 * np.sin(k * x + self.phase[0]) + 0.03 * np.sin(2.7 * k * x + self.phase[1])))

    def from_river(self, x: Floats, y: Floats) -> Floats:
        """Distance to the middle of the river, metres; good where it matters, close to it."""
        step = 5.0
        slope = (self.stream(x + step) - self.stream(x - step)) / (2 * step)
        return np.asarray(np.abs(y - self.stream(x)) / np.sqrt(1 + slope**2))

    def reach(self, x: Floats, y: Floats) -> Floats:
        """Distance from the middle, 1 at the edge of the city."""
        turn = np.arctan2(y, x)
        edge = (
            1 + 0.10 * np.sin(3 * turn + self.phase[2]) + 0.07 * np.sin(5 * turn + self.phase[3]) + 0.03 * np.sin(11 * turn + self.phase[4])
        )
        return np.asarray(np.hypot(x, y) / (self.radius * edge))

    def urbanity(self, x: Floats, y: Floats) -> Floats:
        """1 in the main centre, falling towards the edge, with lesser centres on the way."""
        found = 0.34 * np.clip(1 - self.reach(x, y), 0, 1)
        for cx, cy, weight, reach in self.centres:
            away = np.hypot(x - cx, y - cy) / reach
            found = np.maximum(found, weight * np.exp(-0.62 * away**1.25))
        return np.asarray(found)

    def ground(self, x: Floats, y: Floats) -> Floats:
        """Height of the ground, metres: gentle hills that leave the river a plain."""
        k = 2 * np.pi / max(0.55 * self.radius, 1400.0)
        p = self.phase
        hills = (
            np.sin(k * x + p[5]) * np.cos(k * 0.8 * y + p[6])
            + 0.5 * np.sin(k * 1.9 * (x + y) + p[7])
            + 0.3 * np.cos(k * 2.7 * (x - 0.6 * y))
        )
        away = self.from_river(x, y)
        plain = np.clip((away - self.river_m) / max(0.16 * self.radius, 300.0), 0, 1)
        low = BANK_M + HILLS_M * (hills + 1.2) * plain**1.5
        in_river = np.clip((self.river_m * 0.56 - away) / 18.0, 0, 1)
        return np.asarray(low * (1 - in_river) + BED_M * in_river)

    def terrain(self, source: str) -> Terrain:
        """The ground on a grid of at most four million cells."""
        half = 1.32 * self.radius + 300.0
        cell = max(10.0, round(2 * half / 2000.0))
        grid = Grid.covering((-half, -half, half, half), cell)
        z = np.empty(grid.shape, np.float32)
        for start in range(0, grid.rows, 256):
            x, y = np.meshgrid(grid.x, grid.y[start : start + 256])
            z[start : start + 256] = self.ground(x, y)
        return Terrain(grid, z, source)
