"""Smoke and fire as soft puffs: of a field that a result holds, or of a source drawn by hand for illustration."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drawing
from layers.fields import FieldLayer
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.moment import Moment
from twin.city.city import City
from twin.city.terrain import Grid
from twin.quantities import Quantity
from twin.results import FieldStore

Floats = NDArray[np.float64]
MOST_PUFFS = 700
GLOWING = ("fire_intensity",)
PUFFED = ("smoke_concentration", *GLOWING)
"""Quantities of a result that are drawn as puffs."""
WIND = ("wind_u", "wind_v")
"""Grids of wind towards east and north, m/s, that carry the puffs where a result has them."""
SMOKE, PALE_SMOKE = np.array([70.0, 66, 63]), np.array([158.0, 155, 151])
EMBER, FLAME = np.array([205.0, 52, 14]), np.array([255.0, 196, 92])
LAYER_M = 45.0
"""Depth of the air that a concentration near the ground is drawn into."""
SWAY_M = 6.0


@dataclass(frozen=True)
class Puffs:
    """points (N, 3) local metres; size_m (N,) across; colors uint8 (N, 4); spin (N,) radians."""

    points: Floats
    size_m: Floats
    colors: NDArray[np.uint8]
    spin: Floats

    def __len__(self) -> int:
        return len(self.size_m)

    @staticmethod
    def none() -> Puffs:
        return Puffs(np.empty((0, 3)), np.empty(0), np.empty((0, 4), np.uint8), np.empty(0))


@dataclass
class Particles(Drawing):
    """Puffs, asked for at each picture. glow: they shine by themselves, also at night."""

    at: Callable[[Moment], Puffs] = None  # type: ignore[assignment]
    glow: bool = False


def _rgba(color: Floats, alpha: Floats) -> NDArray[np.uint8]:
    return np.column_stack([np.clip(color, 0, 255), 255 * np.clip(alpha, 0, 1)]).astype(np.uint8)


@dataclass(frozen=True)
class FieldPuffs:
    """Puffs in a field on a grid, many where its values are high.

    values: (rows, columns), NaN = nothing; low, high: drawn thinnest and densest. wind: metres a second towards east and north, for each
    cell or for all. The same field gives the same puffs, so that a series does not flicker.
    """

    grid: Grid
    values: NDArray[np.float32]
    low: float
    high: float
    floor: NDArray[np.float32]
    wind: tuple[Any, Any] = (0.0, 0.0)
    glow: bool = False

    def at(self, run_s: float) -> Puffs:
        weight = np.nan_to_num(self.values).clip(0).ravel().astype(float)
        weight[weight < self.low] = 0.0
        # Square roots, or the densest cell would take all puffs.
        total = np.cumsum(np.sqrt(weight))
        cells = int((weight > 0).sum())
        if not cells:
            return Puffs.none()
        n = min(MOST_PUFFS, max(24, 6 * cells))
        cell = np.searchsorted(total, (np.arange(n) + 0.5) / n * total[-1]).clip(0, weight.size - 1)
        random = np.random.default_rng(5)
        u, v, height, phase, turn, wide = random.random((6, n))
        row, column = np.divmod(cell, self.grid.columns)
        size_m = self.grid.cell_m
        share = np.clip((weight[cell] - self.low) / max(self.high - self.low, 1e-9), 0.0, 1.0)
        life = 2.2 if self.glow else 14.0
        age = (run_s / life + phase) % 1.0
        blow = [np.broadcast_to(w, self.values.shape).ravel()[cell] for w in self.wind]
        drift = (age - 0.5) * life
        x = self.grid.x[column] + (u - 0.5) * size_m + np.nan_to_num(blow[0]) * drift
        y = self.grid.y[row] + (v - 0.5) * size_m + np.nan_to_num(blow[1]) * drift
        sway = np.sin(0.5 * run_s + 6.28 * turn)
        floor = self.floor.ravel()[cell]
        if self.glow:
            across = (2.5 + 5.0 * wide) * (0.7 + share)
            z = floor + across * (0.35 + 1.1 * age)
            color = EMBER + (FLAME - EMBER) * ((1 - age) * (0.4 + 0.6 * share))[:, None]
            alpha = (0.35 + 0.4 * share) * np.sin(math.pi * age) ** 0.6
            across = across * (1.15 - 0.7 * age)
        else:
            across = np.maximum(1.7 * size_m, 14.0) * (0.7 + 0.6 * wide)
            z = floor + across * 0.3 + LAYER_M * height**1.6 + 0.2 * SWAY_M * sway
            x, y = x + SWAY_M * 0.4 * sway, y + SWAY_M * 0.4 * np.cos(0.4 * run_s + 6.28 * wide)
            color = PALE_SMOKE + (SMOKE - PALE_SMOKE) * share[:, None] ** 0.7
            alpha = (0.10 + 0.34 * share**0.7) * np.sin(math.pi * age) ** 0.5
        return Puffs(np.column_stack([x, y, z]), across, _rgba(color, alpha), 6.28 * turn + 0.06 * run_s * (wide - 0.5))


class PuffLayer(FieldLayer):
    """A concentration of smoke or an intensity of fire on a grid, as puffs."""

    moves_within_m = 20_000.0

    def __init__(self, city: City, ground: Ground, store: FieldStore, quantity: Quantity, **options: Any) -> None:
        super().__init__(city, ground, store, quantity, **options)
        self._glow = quantity.name in GLOWING

    def _wind(self, shape: tuple[int, ...]) -> tuple[Any, Any]:
        found = [self._store.at(name, self.time_s) for name in WIND]
        if any(f is None or f.array.shape != shape for f in found):
            return (0.0, 0.0)
        return tuple(np.asarray(f.array, float) for f in found if f is not None)  # type: ignore[return-value]

    def draw(self) -> list[Drawing]:
        if self._shown is None:
            found = self.field()
            if found is None:
                self._shown = []
            else:
                grid, values = found
                s = self.style
                puffs = FieldPuffs(grid, values, s.low, s.high, self._floor(grid), self._wind(values.shape), self._glow)
                self._shown = [
                    Particles(self.id, self._version, 0, self.opacity, self.order, at=lambda m: puffs.at(m.run_s), glow=self._glow)
                ]
        for d in self._shown:
            d.opacity, d.order = self.opacity, self.order
        return list(self._shown)

    def foresee(self) -> None:
        """Puffs are made as they are drawn."""

    def legend(self) -> Legend:
        t = np.linspace(0, 1, 24)[:, None]
        ends = (EMBER, FLAME) if self._glow else (PALE_SMOKE, SMOKE)
        colors = tuple("#" + "".join(f"{round(v):02x}" for v in c) for c in (ends[0] + (ends[1] - ends[0]) * t).tolist())
        return Legend(self.title, self.style.unit, self.style.low, self.style.high, colors)


@dataclass(frozen=True)
class Source:
    """A fire drawn by hand. x, y, z: local metres; wind_from: degrees clockwise from north; heat_mw: of the fire."""

    x: float
    y: float
    z: float
    wind_from: float = 250.0
    wind_ms: float = 4.0
    heat_mw: float = 20.0

    def rise(self, away: Floats) -> Floats:
        """Height of the middle of the smoke so many metres downwind: 1.6 F^(1/3) x^(2/3) / u (Briggs 1969, Plume Rise), up to
        where rising usually ends."""
        buoyancy = 8.9 * self.heat_mw  # m4/s3, Briggs: F = 8.9 Q for Q in MW
        final = 49.0 * buoyancy**0.625 if buoyancy < 55 else 119.0 * buoyancy**0.4
        return np.asarray(1.6 * buoyancy ** (1 / 3) * np.minimum(away, final) ** (2 / 3) / max(self.wind_ms, 0.5))

    def spread(self, away: Floats) -> Floats:
        """Half width across, metres, of the order of Pasquill's class D over a city (Briggs 1973)."""
        return np.asarray(2.0 + 0.16 * away / np.sqrt(1 + 0.0004 * away))

    def smoke(self, run_s: float, reach_m: float = 1600.0, n: int = 560) -> Puffs:
        random = np.random.default_rng(9)
        phase, turn, wide = random.random((3, n))
        across, above = random.normal(0, 0.42, (2, n)).clip(-1, 1)
        life = reach_m / max(self.wind_ms, 0.5)
        age = (run_s / life + phase) % 1.0
        away = age**1.8 * reach_m  # denser near the source
        way = math.radians(self.wind_from + 180.0)
        ahead, right = np.array([math.sin(way), math.cos(way)]), np.array([math.cos(way), -math.sin(way)])
        spread = self.spread(away)
        meander = 0.25 * spread * np.sin(away / 90.0 + 1.7)
        xy = np.array([self.x, self.y]) + away[:, None] * ahead + (across * spread + meander)[:, None] * right
        z = self.z + 3.0 + self.rise(away) + 0.7 * above * spread
        size_m = 4.0 + 1.3 * spread * (0.8 + 0.4 * wide)
        z = np.maximum(z, self.z + 0.25 * size_m)
        thin = (1 - age) ** 1.1 * np.minimum(1.0, 20 * age + 0.4)
        color = SMOKE + (PALE_SMOKE - SMOKE) * (age**0.6)[:, None]
        return Puffs(np.column_stack([xy, z]), size_m, _rgba(color, 0.58 * thin), 6.28 * turn + 0.08 * run_s * (wide - 0.5))

    def flames(self, run_s: float, n: int = 46) -> Puffs:
        random = np.random.default_rng(4)
        phase, turn, wide = random.random((3, n))
        age = (run_s / 1.8 + phase) % 1.0
        radius = 0.5 * math.sqrt(self.heat_mw)
        out = radius * np.sqrt(wide) * (1 - 0.6 * age)
        lean = 0.25 * self.wind_ms * age
        way = math.radians(self.wind_from + 180.0)
        x = self.x + out * np.cos(6.28 * turn) + lean * math.sin(way)
        y = self.y + out * np.sin(6.28 * turn) + lean * math.cos(way)
        size_m = (0.9 + 0.35 * math.sqrt(self.heat_mw)) * (1.25 - 0.8 * age)
        z = self.z + 0.4 * size_m + age * (2.0 + 1.1 * math.sqrt(self.heat_mw))
        color = EMBER + (FLAME - EMBER) * ((1 - age) ** 1.3)[:, None]
        return Puffs(np.column_stack([x, y, z]), size_m, _rgba(color, 0.6 * np.sin(math.pi * age) ** 0.6), 6.28 * turn)


class SmokeLayer(Layer):
    """A fire and its smoke drawn by hand: nothing about it is computed, and title, legend and the picture itself say so."""

    moves_within_m = 20_000.0
    caution = "smoke: illustration"

    def __init__(self, id: str, source: Source, number: int = 1) -> None:
        title = "Smoke (illustration)" if number == 1 else f"Smoke (illustration) {number}"
        super().__init__(id, title, "city", order=30, source="drawn by hand")
        self.fire = source
        self._version = 0

    def draw(self) -> list[Drawing]:
        fire = self.fire
        return [
            Particles(f"{self.id}-flames", self._version, 0, self.opacity, self.order, at=lambda m: fire.flames(m.run_s), glow=True),
            Particles(f"{self.id}-smoke", self._version, 0, self.opacity, self.order + 1, at=lambda m: fire.smoke(m.run_s)),
        ]

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        f = self.fire
        return f.x - 300, f.x + 300, f.y - 300, f.y + 300, f.z, f.z + 150

    def fields(self) -> list[str]:
        return []

    def legend(self) -> Legend:
        return Legend(self.title, entries=(LegendEntry("#cd340e", "fire"), LegendEntry("#6c6764", "smoke")))
