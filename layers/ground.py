"""The ground as it is drawn: one surface that terrain, roads, parks and water all lie on.

Draped layers sample this surface, not the finer terrain, so that nothing sinks into a coarser picture of it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.beyond import SINK_M, surroundings
from layers.drawing import Drape, Drawing, Surface
from layers.layer import Layer
from layers.legend import Legend
from layers.style import Style, ramp
from twin.city.city import City
from twin.city.core import building_boxes
from twin.city.terrain import Grid, Terrain, filled, level_of

MOST_VERTICES = 60_000
"""Of the drawn surface: what software GL turns smoothly together with a city on it."""
TONE = (0.905, 0.890, 0.855)
RIVER = "#8fb0bd"
FIRST_DRY = 0.4
"""Share of the terrain palette that is left to water."""
HORIZON_M = 30_000.0


_last: list[tuple[weakref.ref[City], Ground]] = []


@dataclass(frozen=True)
class Ground:
    """grid and z (float32, rows x columns, no holes) are None where the city has no terrain; level: height beyond them."""

    grid: Grid | None
    z: NDArray[np.float32] | None
    level: float = 0.0
    is_beside: bool = False
    """Buildings stand beyond the terrain: what lies there lies at `level`."""

    @staticmethod
    def of(city: City) -> Ground:
        """The drawn ground of a city: its terrain, coarsened by whole steps, holes filled from their neighbours."""
        if not _last or _last[0][0]() is not city:  # a city is drawn from several places, one after the other
            _last[:] = [(weakref.ref(city), Ground._made(city))]
        return _last[0][1]

    @staticmethod
    def _made(city: City) -> Ground:
        terrain = city.terrain
        if terrain is None or not np.isfinite(terrain.elevation).any():
            return Ground(None, None, level_of(city))
        grid, z = _coarser(terrain)
        z = filled(z)
        beside = _beside(city, grid)
        if beside is not None:
            return Ground(grid, z, beside, is_beside=True)
        edge = np.concatenate([z[0], z[-1], z[:, 0], z[:, -1]])
        return Ground(grid, z, float(np.median(edge)))

    def height(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Height of the drawn ground at points, metres in the city's vertical datum."""
        if self.grid is None or self.z is None:
            return np.full(np.shape(x), self.level)
        g = self.grid
        px, py = np.asarray(x, float), np.asarray(y, float)
        fx = np.clip((px - g.x0) / g.cell_m - 0.5, 0, g.columns - 1)
        fy = np.clip((py - g.y0) / g.cell_m - 0.5, 0, g.rows - 1)
        c, r = np.minimum(fx.astype(np.int64), max(0, g.columns - 2)), np.minimum(fy.astype(np.int64), max(0, g.rows - 2))
        u, v = fx - c, fy - r
        c1, r1 = np.minimum(c + 1, g.columns - 1), np.minimum(r + 1, g.rows - 1)
        z = self.z
        # Same diagonal as the drawn triangles (south-west to north-east), so that draped things lie on them exactly.
        lower = z[r, c] + u * (z[r, c1] - z[r, c]) + v * (z[r1, c1] - z[r, c1])
        upper = z[r, c] + v * (z[r1, c] - z[r, c]) + u * (z[r1, c1] - z[r1, c])
        inside = np.where(u >= v, lower, upper).astype(float)
        if not self.is_beside:
            return inside
        x0, y0, x1, y1 = g.bounds
        out = np.hypot(np.maximum(np.maximum(x0 - px, px - x1), 0), np.maximum(np.maximum(y0 - py, py - y1), 0))
        share = np.clip(out / (0.4 * np.hypot(x1 - x0, y1 - y0)), 0, 1)  # as the plain goes out from the edge
        return np.asarray(inside * (1 - share) + self.level * share)

    def on(self, grid: Grid) -> NDArray[np.float32]:
        """Height at the cell centres of another grid, bilinear; `level` outside."""
        if self.grid is None or self.z is None:
            return np.full(grid.shape, self.level, np.float32)
        from PIL import Image

        g, k = self.grid, grid.cell_m / self.grid.cell_m
        at = (k, 0.0, (grid.x0 - g.x0) / g.cell_m + 1, 0.0, k, (grid.y0 - g.y0) / g.cell_m + 1)
        rimmed = Image.fromarray(np.pad(self.z, 1, mode="edge"))
        moved = rimmed.transform((grid.columns, grid.rows), Image.Transform.AFFINE, at, Image.Resampling.BILINEAR)
        z = np.asarray(moved, np.float32).copy()
        x, y = grid.x[None], grid.y[:, None]
        z[(x < g.x0) | (x > g.bounds[2]) | (y < g.y0) | (y > g.bounds[3])] = self.level
        return z

    @property
    def is_flat(self) -> bool:
        return self.z is None or float(np.ptp(self.z)) < 0.05


def _beside(city: City, grid: Grid) -> float | None:
    """Ground of the buildings where the terrain does not reach most of them, None where it does."""
    x0, y0, x1, y1 = grid.bounds
    whole = city.buildings.bounds
    if whole is None or (x0 <= whole[0] and y0 <= whole[1] and whole[2] <= x1 and whole[3] <= y1):
        return None
    boxes = building_boxes(city)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    out = (x < x0) | (x > x1) | (y < y0) | (y > y1)
    heights = city.buildings.column("ground_z_m").astype(float)[out]
    known = heights[np.isfinite(heights)]
    return float(np.median(known)) if len(known) and out.mean() > 0.5 else None


def _coarser(terrain: Terrain) -> tuple[Grid, NDArray[np.float32]]:
    """Mean of whole blocks of cells until few enough are left; cells without data do not count."""
    g = terrain.grid
    step = max(1, int(np.ceil(np.sqrt(g.rows * g.columns / MOST_VERTICES))))
    if step == 1:
        return g, terrain.elevation
    high, wide = min(step, g.rows), min(step, g.columns)  # of a very long and narrow ground whole rows
    rows, columns = g.rows // high, g.columns // wide
    block = terrain.elevation[: rows * high, : columns * wide].reshape(rows, high, columns, wide).astype(np.float64)
    known = np.isfinite(block)
    count = known.sum((1, 3))
    total = np.where(known, block, 0.0).sum((1, 3))
    z = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    return Grid(g.x0, g.y0, g.cell_m * step, rows, columns), z


class TerrainLayer(Layer):
    """The ground itself, in a restrained tint by height, and the plain beyond it to the horizon."""

    def __init__(self, city: City, ground: Ground) -> None:
        z = ground.z
        low, high = (float(np.percentile(z, 2)), float(np.percentile(z, 98))) if z is not None else (0.0, 1.0)
        style = Style(kind="graduated", palette="terrain", low=low, high=max(high, low + 0.5), unit="m", field="elevation")
        source = city.terrain.source if city.terrain is not None else ""
        super().__init__("terrain", "Terrain", "base", style=style, source=source)
        self._ground, self._bounds = ground, city.bounds
        self._sink_m = SINK_M if city.synthetic else 0.0
        self._around = surroundings(city, ground.level, ground.height, RIVER)
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect == "style"

    def draw(self) -> list[Drawing]:
        ground = self._ground
        if ground.grid is None or ground.z is None:
            return [_apron(ground, self._bounds, self._sink_m), *self._around]
        s = self.style
        # Half way to the plain tone: the tint tells high from low and leaves colour to the data.
        tint = self._tint(np.clip((ground.z - s.low) / max(s.high - s.low, 1e-6), 0, 1).astype(float).ravel())
        rgba = np.empty((*ground.z.shape, 4), np.uint8)
        rgba[..., :3] = np.round(tint * 255).reshape(*ground.z.shape, 3)
        rgba[..., 3] = 255
        apron = _apron(ground, self._bounds, self._sink_m, rgba)
        drape = Drape("terrain", self._version, 0, self.opacity, 0, grid=ground.grid, z=ground.z, rgba=rgba, material="ground")
        return [drape, apron, *self._around]

    def _tint(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Colours of heights: the ramp without its lowest tones, which are those of water."""
        dry = FIRST_DRY if self.style.palette == "terrain" else 0.0
        return 0.35 * ramp(self.style.palette, dry + (1 - dry) * t) + 0.65 * np.array(TONE)

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        if self._ground.grid is None or self._ground.z is None:
            return None
        x0, y0, x1, y1 = self._ground.grid.bounds
        return x0, x1, y0, y1, float(self._ground.z.min()), float(self._ground.z.max())

    def legend(self) -> Legend:
        if self._ground.grid is None:
            return Legend(self.title)
        shown = np.round(self._tint(np.linspace(0, 1, 32)) * 255).astype(int).tolist()
        return replace(super().legend(), colors=tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in shown))


def _smooth(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running mean around a closed rim, so that a spike at the edge does not become a ridge to the horizon."""
    width = max(1, len(z) // 12)
    ring = np.concatenate([z[-width:], z, z[:width]])
    return np.convolve(ring, np.full(2 * width + 1, 1 / (2 * width + 1)), mode="valid")


def _around_edge(a: NDArray[Any]) -> NDArray[Any]:
    """Values of the outermost cells, once around."""
    return np.concatenate([a[0], a[:, -1], a[-1, ::-1], a[::-1, 0]])


def _apron(
    ground: Ground, bounds: tuple[float, float, float, float], sink_m: float = 0.0, tint: NDArray[np.uint8] | None = None
) -> Surface:
    """From the edge of the terrain (or of the city) out to the horizon, lower by sink_m there; tint: colours of the terrain."""
    if ground.grid is not None and ground.z is not None:
        g, z = ground.grid, ground.z
        x, y = g.x, g.y
        rim = np.concatenate(
            [
                np.column_stack([x, np.full(len(x), y[0]), z[0]]),
                np.column_stack([np.full(len(y), x[-1]), y, z[:, -1]]),
                np.column_stack([x[::-1], np.full(len(x), y[-1]), z[-1, ::-1]]),
                np.column_stack([np.full(len(y), x[0]), y[::-1], z[::-1, 0]]),
            ]
        )
    else:
        x0, y0, x1, y1 = bounds
        turn = np.linspace(0, 2 * np.pi, 65)[:-1]
        half = max(x1 - x0, y1 - y0, 200.0) * 0.75
        rim = np.column_stack([(x0 + x1) / 2 + half * np.cos(turn), (y0 + y1) / 2 + half * np.sin(turn), np.full(64, ground.level)])
    centre = rim.mean(0)
    out = rim[:, :2] - centre[:2]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    reach = float(np.linalg.norm(rim[:, :2] - centre[:2], axis=1).max())
    rings = [rim]
    corners = np.array([(x, y) for x in (bounds[0], bounds[2]) for y in (bounds[1], bounds[3])])
    horizon = HORIZON_M + float(np.linalg.norm(corners - centre[:2], axis=1).max())  # under all that lies far from the terrain too
    for k, radius in enumerate((reach * 1.25, reach * 2.0, horizon / 3, horizon)):
        flat = centre[:2] + out * max(radius, reach * (1.2 + k))
        level = np.full(len(rim), ground.level) if k else 0.5 * _smooth(rim[:, 2]) + 0.5 * ground.level
        rings.append(np.column_stack([flat, level - sink_m]))
    n = len(rim)
    points = np.concatenate(rings)
    i = np.arange(n)
    j = (i + 1) % n
    parts = []
    for k in range(len(rings) - 1):
        a, b = k * n, (k + 1) * n
        parts += [np.column_stack([a + i, b + i, b + j]), np.column_stack([a + i, b + j, a + j])]
    if ground.grid is None:
        points = np.concatenate([points, [[*centre[:2], ground.level]]])
        parts.append(np.column_stack([np.full(n, len(points) - 1), i, j]))
    triangles = np.concatenate(parts).astype(np.int32)
    colors = np.tile(np.array([round(c * 255) for c in TONE] + [255], np.uint8), (len(triangles), 1))
    if tint is not None and ground.grid is not None:  # the edge of the terrain fades into the plain
        colors[: 2 * n] = np.tile(_around_edge(tint), (2, 1))
    return Surface(
        "terrain-beyond",
        points=points,
        triangles=triangles,
        rows=np.full(len(triangles), -1, np.int32),
        colors=colors,
        shading="even",
        material="ground",
    )
