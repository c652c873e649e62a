"""Grids of a result over the ground: water as a sheet, everything else as a veil of colour."""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.current import FAST_MS, PALETTE, Current, Field
from layers.drawing import Drape, Drawing
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend
from layers.style import Style, ramp
from twin.city.city import City
from twin.city.terrain import Grid
from twin.quantities import Quantity, quantities
from twin.results import FieldStore

SHORE_M = 0.05
"""Depth at which water is drawn; half as much is not seen."""
BLENDS = 8
"""Steps between two kept moments."""
VELOCITY = ("water_velocity_x", "water_velocity_y")
"""Told by arrows and streaks, and drawn as grids of their own nowhere."""
FLOWS, STREAKS_WITHIN_M = ("arrows", "streaks"), 20_000.0
MINUTE = ("water_arrival",)
"""Kept in seconds, read in minutes."""


class FieldLayer(Layer):
    """One quantity of a FieldStore, shown at a moment; series are blended between the moments that are kept."""

    def __init__(self, city: City, ground: Ground, store: FieldStore, quantity: Quantity, **options: Any) -> None:
        scale, unit = (1 / 60.0, "min") if quantity.name in MINUTE else (1.0, quantity.unit)
        low, high = quantity.range
        options.setdefault(
            "style", Style(kind="graduated", field=quantity.name, palette=quantity.palette, low=low * scale, high=high * scale, unit=unit)
        )
        super().__init__(quantity.name, quantity.title["en"], "results", **options)
        self.quantity, self._store, self._ground, self._city, self._scale = quantity, store, ground, city, scale
        self._version = 0
        self._shown: Any = None
        self._ahead: tuple[Any, Drape] | None = None
        self._bed: tuple[Grid, NDArray[np.float32]] | None = None
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        if aspect in ("style", "data"):
            self._version += 1
            self._shown = None

    def set_time(self, time_s: float) -> None:
        before = self._moment()
        super().set_time(time_s)
        if self._moment() != before:
            self.changed.emit("data")

    def _moment(self) -> tuple[float, float, float]:
        """The two kept moments around the present one, and how far it is between them."""
        times = list(self._store.times)
        if not times:
            return (-1.0, -1.0, 0.0)
        if self.time_s is None or self.quantity.kind != "series":
            return (times[-1], times[-1], 0.0)
        i = max(0, bisect.bisect_right(times, self.time_s + 1e-6) - 1)
        j = min(i + 1, len(times) - 1)
        span = times[j] - times[i]
        part = round(min(1.0, max(0.0, (self.time_s - times[i]) / span)) * BLENDS) / BLENDS if span > 0 else 0.0
        return (times[i], times[j], part)

    def field(self, moment: tuple[float, float, float] | None = None) -> tuple[Grid, NDArray[np.float32]] | None:
        """Grid and values of the present (or another) moment, in the unit of the legend."""
        found = self._blended(self.quantity.name, moment or self._moment())
        return None if found is None else (found[0], found[1] * np.float32(self._scale))

    def _blended(self, name: str, moment: tuple[float, float, float]) -> tuple[Grid, NDArray[np.float32]] | None:
        """Grid and values of a quantity of the store."""
        start, end, part = moment
        first = self._store.at(name, start if start >= 0 else None)
        if first is None or first.grid is None:
            return None
        values = np.asarray(first.array, np.float32)
        if part > 0:
            last = self._store.at(name, end)
            if last is not None and last.array.shape == values.shape:
                values = values * np.float32(1 - part) + np.asarray(last.array, np.float32) * np.float32(part)
        return first.grid, values

    def table(self) -> pd.DataFrame:
        return pd.DataFrame({"id": []})

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        found = self.field()
        if found is None:
            return None
        x0, y0, x1, y1 = found[0].bounds
        return x0, x1, y0, y1, self._ground.level, self._ground.level + 10

    def colors(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """RGB (..., 3) along the palette, by a table of 256 steps."""
        s = self.style
        table = np.round(ramp(s.palette, np.linspace(0, 1, 256)) * 255).astype(np.uint8)
        if s.classes:
            step = (np.arange(256) * s.classes // 256 + 0.5) / s.classes
            table = table[np.round(step * 255).astype(int)]
        span = (s.high - s.low) or 1.0
        index = np.clip(np.nan_to_num((values - s.low) / span) * 255, 0, 255).astype(np.uint8)
        return np.asarray(table[index])

    def draw(self) -> list[Drawing]:
        if self._shown is None:
            ahead = self._ahead
            if ahead is not None and ahead[0] == (self._moment(), self.style):
                ahead[1].version = self._version
                self._shown = [ahead[1]]
            else:
                found = self.field()
                self._shown = [] if found is None else [self._drape(*found)]
        for d in self._shown:
            d.opacity, d.order = self.opacity, self.order
        return list(self._shown)

    def foresee(self) -> None:
        """Make the picture of the newest moment before it is asked for; a worker may call it while others draw."""
        times = list(self._store.times)
        if times and self.visible:
            moment, style = (times[-1], times[-1], 0.0), self.style
            found = self.field(moment)
            if found is not None:
                self._ahead = ((moment, style), self._drape(*found))

    def _floor(self, grid: Grid) -> NDArray[np.float32]:
        if self._bed is None or self._bed[0] != grid:
            self._bed = (grid, self._ground.on(grid))
        return self._bed[1]

    def _drape(self, grid: Grid, values: NDArray[np.float32]) -> Drape:
        known = np.isfinite(values)
        if self.quantity.name.startswith("water"):
            known &= values > self.style.low if self.quantity.name not in MINUTE else known
        rgba = np.empty((*grid.shape, 4), np.uint8)
        rgba[..., :3] = self.colors(spread_out(values, known))
        rgba[..., 3] = np.where(known, 205, 0)
        return Drape(
            self.id,
            self._version,
            0,
            self.opacity,
            self.order,
            grid=grid,
            z=near_shown(self._floor(grid) + np.float32(0.02), known),
            rgba=rgba,
            material="data",
        )


class WaterLayer(FieldLayer):
    """Depth of water as a surface at bed + depth, holes where it is dry.

    The alpha channel of the drape carries wetness: half at the shore, so that the shore can be drawn as the curve between cells.
    """

    moves_within_m = 1500.0

    def __init__(self, city: City, ground: Ground, store: FieldStore, quantity: Quantity, **options: Any) -> None:
        super().__init__(city, ground, store, quantity, **options)
        self._terrain: tuple[Grid, NDArray[np.float32]] | None = None
        self._current: tuple[tuple[float, float, float], Current] | None = None

    def _on_change(self, aspect: str) -> None:
        super()._on_change(aspect)
        self.moves_within_m = STREAKS_WITHIN_M if self.style.flow == "streaks" else WaterLayer.moves_within_m

    @property
    def flow_kinds(self) -> tuple[str, ...]:
        """What can show which way the water flows; none where the result does not tell."""
        return FLOWS if self.quantity.kind == "series" and set(VELOCITY) <= set(self._store.quantities()) else ()

    def draw(self) -> list[Drawing]:
        drawn = super().draw()
        if drawn and self.style.flow in self.flow_kinds:
            current = self._flowing()
            if current is not None:
                drawn.append(current)
        return drawn

    def _flowing(self) -> Current | None:
        moment = self._moment()
        if self._current is None or self._current[0] != moment:
            depth, east, north = (self._blended(name, moment) for name in (self.quantity.name, *VELOCITY))
            if depth is None or east is None or north is None or not depth[1].shape == east[1].shape == north[1].shape:
                return None
            field = Field(depth[0], east[1], north[1], depth[1], self.bed(depth[0]) + depth[1])
            self._current = (moment, Current(f"{self.id}-current", field=field))
        current = self._current[1]
        current.version, current.opacity, current.order, current.kind = self._version, self.opacity, self.order, self.style.flow
        return current

    def legends(self) -> list[Legend]:
        if self.style.flow not in self.flow_kinds:
            return [self.legend()]
        colors = tuple("#" + "".join(f"{round(v * 255):02x}" for v in c) for c in ramp(PALETTE, np.linspace(0, 1, 24)))
        return [self.legend(), Legend(quantities()["water_speed"].title["en"], "m/s", 0.0, FAST_MS, colors)]

    def bed(self, grid: Grid) -> NDArray[np.float32]:
        """Bed below the water: the terrain of the model, but never below the drawn ground."""
        if self._terrain is None or self._terrain[0] != grid:
            drawn = self._ground.on(grid)
            bed = drawn if self._city.terrain is None else np.fmax(self._city.terrain.on(grid), drawn)
            self._terrain = (grid, bed.astype(np.float32))
        return self._terrain[1]

    def _drape(self, grid: Grid, values: NDArray[np.float32]) -> Drape:
        bed = self.bed(grid)
        depth, level = _into_gaps(values, bed + np.where(np.isfinite(values), values, np.float32(0)))
        wet = depth > SHORE_M
        rgba = np.empty((*grid.shape, 4), np.uint8)
        rgba[..., :3] = self.colors(np.maximum(depth, self.style.low))
        below = np.clip(depth / SHORE_M, 0, 1) * 0.5
        above = 0.5 + 0.5 * (1 - np.exp(-np.maximum(depth - SHORE_M, 0) / 0.7))
        rgba[..., 3] = np.round(np.where(wet, np.maximum(above, 0.51), below) * 255).astype(np.uint8)
        return Drape(
            self.id,
            self._version,
            0,
            self.opacity,
            self.order,
            grid=grid,
            z=near_shown(level + np.float32(0.02), wet),
            rgba=rgba,
            material="water",
        )


def near_shown(z: NDArray[np.float32], shown: NDArray[np.bool_]) -> NDArray[np.float32]:
    """z, with holes further than a few cells from what is shown (the drawn mesh may be coarser than the cells)."""
    from scipy.ndimage import maximum_filter

    reach = 2 + int(np.ceil(np.sqrt(z.size / 90_000)))
    return np.where(maximum_filter(shown.astype(np.uint8), size=2 * reach + 1) > 0, z, np.float32(np.nan)).astype(np.float32)


def _shifted(a: NDArray[Any], dr: int, dc: int) -> NDArray[Any]:
    out = np.zeros_like(a)
    rows, columns = a.shape
    out[max(0, dr) : rows + min(0, dr), max(0, dc) : columns + min(0, dc)] = a[
        max(0, -dr) : rows - max(0, dr), max(0, -dc) : columns - max(0, dc)
    ]
    return out


def _into_gaps(values: NDArray[np.float32], level: NDArray[np.float32], steps: int = 2) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Depth and water level carried a few cells into where there are none (houses), so that water reaches their walls."""
    known = np.isfinite(values)
    depth = np.where(known, np.maximum(values, 0), 0).astype(np.float32)
    z = level.astype(np.float32).copy()
    filled = known.copy()
    for _ in range(steps):
        near = np.zeros(depth.shape, np.float32)
        total, heights = np.zeros_like(near), np.zeros_like(near)
        for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            w = _shifted((filled & (depth > SHORE_M)).astype(np.float32), dr, dc)
            near += w
            total += w * _shifted(depth, dr, dc)
            heights += w * _shifted(z, dr, dc)
        take = ~filled & (near > 0)
        depth[take] = total[take] / near[take]
        z[take] = heights[take] / near[take]
        filled |= take
    return depth, z


def spread_out(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Values carried one cell outwards, so that smooth edges do not take the colour of nothing."""
    out = np.where(known, values, np.float32(0)).astype(np.float32)
    total, count = np.zeros_like(out), np.zeros_like(out)
    for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        total += _shifted(out, dr, dc)
        count += _shifted(known.astype(np.float32), dr, dc)
    gap = ~known & (count > 0)
    out[gap] = total[gap] / count[gap]
    return out
