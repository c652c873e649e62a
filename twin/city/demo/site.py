"""The site: square, river, creek, centres, and smooth noise; what every later stage asks about a place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.recipe import generator, shrunk_recipe
from twin.city.demo.river import Stream, creek, river

Floats = NDArray[np.float64]


class Noise:
    """Smooth noise of about unit size: sum of sines with random directions (wavelength in metres)."""

    def __init__(self, name: str, wavelength: float, waves: int = 7) -> None:
        rng = generator("noise " + name)
        angle, size = rng.uniform(0, 2 * np.pi, waves), 2 * np.pi / (wavelength * rng.uniform(0.6, 1.6, waves))
        self.k = np.column_stack([np.cos(angle), np.sin(angle)]) * size[:, None]
        self.phase = rng.uniform(0, 2 * np.pi, waves)

    def __call__(self, x: Any, y: Any) -> Floats:
        x, y = np.asarray(x, float), np.asarray(y, float)
        total = np.zeros(np.broadcast(x, y).shape)
        for (kx, ky), p in zip(self.k, self.phase, strict=True):
            total += np.sin(kx * x + ky * y + p)
        return np.asarray(total * np.sqrt(2.0 / len(self.phase)))


@dataclass(frozen=True)
class Site:
    """A square of half-width `half` metres around the middle of the city; k: scale of distances between its places."""

    half: float
    k: float = 1.0

    @staticmethod
    def of(size_km2: float) -> Site:
        """The square of an area; below 25 km2 the places of the city draw closer together, so that each is still there."""
        return Site(float(round(500.0 * np.sqrt(size_km2))), float(np.clip(np.sqrt(size_km2 / 25.0), 0.4, 1.0)))

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The recipe, drawn together by k."""
        return shrunk_recipe(self.k)

    @cached_property
    def river(self) -> Stream:
        return river(self.recipe["river"], self.half)

    @cached_property
    def creek(self) -> Stream:
        return creek(self.recipe["creek"], self.river, self.half)

    @cached_property
    def square(self) -> Any:
        return shapely.box(-self.half, -self.half, self.half, self.half)

    @cached_property
    def ground_square(self) -> Any:
        e = self.half + float(self.recipe["margin"])
        return shapely.box(-e, -e, e, e)

    @cached_property
    def river_area(self) -> Any:
        return shapely.intersection(self.river.area(), self.ground_square)

    @cached_property
    def creek_area(self) -> Any:
        return shapely.difference(shapely.intersection(self.creek.area(), self.ground_square), self.river_area)

    @cached_property
    def water(self) -> Any:
        area = shapely.union(self.river_area, self.creek_area)
        shapely.prepare(area)
        return area

    def centres(self, kind: str) -> list[dict[str, Any]]:
        return [c for c in self.recipe["centre"] if c["kind"] == kind]

    def nearness(self, kind: str, x: Any, y: Any) -> Floats:
        """Largest of 1 - distance / radius over the centres of a kind; positive inside one."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        best = np.full(np.broadcast(x, y).shape, -np.inf)
        for c in self.centres(kind):
            best = np.maximum(best, 1 - np.hypot(x - c["at"][0], y - c["at"][1]) / c["radius"])
        return best
