"""What a flood does over time at a place, and what flows through a line: read from a result, or from a run that goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.results import FieldStore

DEPTH, SPEED, EAST, NORTH = "water_depth", "water_speed", "water_velocity_x", "water_velocity_y"
WALLS = "building_water_depth"
DRY_M = 0.01
"""Depth up to which a place counts as dry."""
Check = Callable[[], None]
Floats = NDArray[np.float64]
Cells = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gauge:
    """times: (T,) seconds; depth_m, speed_ms: (T,), NaN where nothing is known; bed_m: height of the ground of the cell, NaN for a city
    without heights; has_speed: the result tells the speed. why: of a place without water: dry, building, water (a river or lake, kept
    at its level), outside, unknown; walls: the depth is that at the walls of the building there."""

    times: Floats
    depth_m: Floats
    speed_ms: Floats
    bed_m: float = float("nan")
    has_speed: bool = False
    why: str = ""

    @property
    def level_m(self) -> Floats:
        """Of the surface where there is water."""
        return np.where(self.depth_m > DRY_M, self.bed_m + self.depth_m, np.nan)

    @property
    def peak(self) -> tuple[float, float] | None:
        """Greatest depth, m, and when, s; None where it stays dry."""
        if not np.isfinite(self.depth_m).any() or float(np.nanmax(self.depth_m)) <= DRY_M:
            return None
        k = int(np.nanargmax(self.depth_m))
        return float(self.depth_m[k]), float(self.times[k])


@dataclass(frozen=True, eq=False)
class Discharge:
    """Water through a line. m3s: (T,), positive to the right of the line as it was drawn; way: (2,) unit vector to that side.

    blind_m: length of the line where nothing is computed (houses, rivers and lakes, outside). is_known: the result tells which
    way water flows.
    """

    times: Floats
    m3s: Floats
    way: Floats
    length_m: float
    blind_m: float = 0.0
    is_known: bool = True

    def turned(self) -> Discharge:
        """The same counted towards the other side."""
        return Discharge(self.times, -self.m3s, -self.way, self.length_m, self.blind_m, self.is_known)

    @property
    def passed_m3(self) -> Floats:
        """(T,) volume since the start."""
        steps = 0.5 * (self.m3s[1:] + self.m3s[:-1]) * np.diff(self.times)
        return np.concatenate([np.zeros(min(1, len(self.times))), np.cumsum(steps)])

    @property
    def peak(self) -> tuple[float, float] | None:
        """Greatest discharge to the side counted as positive, m3/s, and when, s."""
        if not len(self.m3s) or float(self.m3s.max()) <= 0:
            return None
        k = int(self.m3s.argmax())
        return float(self.m3s[k]), float(self.times[k])


def series(
    store: FieldStore, quantity: str, rows: Cells, columns: Cells, check: Check | None = None
) -> tuple[list[float], NDArray[np.float32]]:
    """Times, and values (times, cells) of some cells of a grid. A store that cannot read cells is read whole, moment by moment."""
    read: Any = getattr(store, "series", None)
    if read is not None:
        times, values = read(quantity, rows, columns, check)
        return list(times), np.asarray(values)
    found = []
    for at_s in store.times:
        if check is not None:
            check()
        field = store.at(quantity, at_s)
        assert field is not None
        found.append(np.asarray(field.array, np.float32)[rows, columns])
    return list(store.times), np.array(found, np.float32).reshape(len(found), len(rows))


def grid_of(store: FieldStore) -> Grid | None:
    """Cells of the flood; None where the result has none."""
    field = store.at(DEPTH) if DEPTH in store.quantities() else None
    return None if field is None else field.grid


def gauge(city: City, store: FieldStore, x: float, y: float, check: Check | None = None) -> Gauge | None:
    """Water at a place, local metres; None where the result tells nothing of water.

    A place on the ground whose cell counts as built is that of the nearest cell beside it.
    """
    grid = grid_of(store)
    if grid is None:
        return None
    times = np.array(store.times, float)
    nothing = np.full(len(times), np.nan)
    row, column = (int(v) for v in grid.cell_of(x, y))
    if row < 0:
        return Gauge(times, nothing, nothing, why="outside")
    rows, columns = (a.ravel() for a in np.meshgrid(np.arange(row - 1, row + 2), np.arange(column - 1, column + 2), indexing="ij"))
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns)
    rows, columns = rows[inside], columns[inside]
    kept, around = series(store, DEPTH, rows, columns, check)
    known = np.asarray(np.isfinite(around).any(0))
    own = (rows == row) & (columns == column)
    if not known[own].all():
        why = blind_at(city, x, y)
        if why == "building":
            at_walls = _at_walls(city, store, x, y, check)
            if at_walls is not None:
                return at_walls
        if why != "unknown" or not known.any():
            return Gauge(np.array(kept), np.full(len(kept), np.nan), np.full(len(kept), np.nan), why=why)
        gap = np.hypot(grid.x[columns] - x, grid.y[rows] - y)
        own = np.arange(len(rows)) == int(np.where(known, gap, np.inf).argmin())
    row, column = int(rows[own][0]), int(columns[own][0])
    depth = around[:, own][:, 0].astype(float)
    has_speed, speed = SPEED in store.quantities(), np.full(len(kept), np.nan)
    if has_speed:
        _, found = series(store, SPEED, np.array([row]), np.array([column]), check)
        n = min(len(found), len(speed))  # a run goes on meanwhile
        speed[:n] = found[:n, 0]
    why = "" if np.nanmax(depth, initial=0.0) > DRY_M else "dry"
    return Gauge(np.array(kept, float), depth, speed, bed_of(city, grid, row, column), has_speed, why)


def _at_walls(city: City, store: FieldStore, x: float, y: float, check: Check | None) -> Gauge | None:
    """Depth at the walls of the building of a place; None where the result does not tell it or there is none."""
    if WALLS not in store.quantities():
        return None
    row = int(np.flatnonzero(shapely.intersects(city.buildings.footprints, shapely.Point(x, y)))[0])
    times, depth = list(store.times), []
    for at_s in times:
        if check is not None:
            check()
        field = store.at(WALLS, at_s)
        if field is None or row >= len(field.array):
            return None
        depth.append(float(field.array[row]))
    found = np.array(depth)
    if not np.isfinite(found).any() or float(np.nanmax(found)) <= DRY_M:
        return None
    return Gauge(np.array(times, float), found, np.full(len(times), np.nan), why="walls")


def bed_of(city: City, grid: Grid, row: int, column: int) -> float:
    """Height of the ground of one cell, NaN where none is known."""
    if city.terrain is None:
        return float("nan")
    cell = Grid(grid.x0 + column * grid.cell_m, grid.y0 + row * grid.cell_m, grid.cell_m, 1, 1)
    return float(city.terrain.on(cell)[0, 0])


def blind_at(city: City, x: float, y: float) -> str:
    """What is at a place where no flood is computed: building, water or unknown."""
    if len(city.buildings):
        spot = shapely.Point(x, y)
        if bool(shapely.intersects(city.buildings.footprints, spot).any()):
            return "building"
    water = city.layers.get("water")
    if water is not None and bool((shapely.intersects_xy(water.geometry, x, y) & (shapely.get_dimensions(water.geometry) == 2)).any()):
        return "water"
    return "unknown"


def cells_along(grid: Grid, line: ArrayLike) -> tuple[Cells, Cells, Floats, Floats]:
    """Row and column (-1 outside) of every piece of a line (N, 2) within one cell, its length in metres, and the unit vector (M, 2) to the
    right of its way."""
    xy = np.asarray(line, float)[:, :2]
    rows, columns, lengths, ways = [], [], [], []
    for a, b in zip(xy[:-1], xy[1:], strict=True):
        length = float(np.hypot(*(b - a)))
        if length < 1e-9:
            continue
        cuts = [np.array([0.0, 1.0])]
        for k, low in enumerate((grid.x0, grid.y0)):
            if abs(b[k] - a[k]) > 1e-12:
                ends = np.sort([(a[k] - low) / grid.cell_m, (b[k] - low) / grid.cell_m])
                lines = np.arange(np.ceil(ends[0]), np.floor(ends[1]) + 1) * grid.cell_m + low
                cuts.append((lines - a[k]) / (b[k] - a[k]))
        t = np.unique(np.clip(np.concatenate(cuts), 0.0, 1.0))
        middle = a + (t[1:] + t[:-1])[:, None] / 2 * (b - a)
        row, column = grid.cell_of(middle[:, 0], middle[:, 1])
        rows.append(row)
        columns.append(column)
        lengths.append(np.diff(t) * length)
        ways.append(np.tile(np.array([b[1] - a[1], a[0] - b[0]]) / length, (len(row), 1)))
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty((0, 2))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(lengths), np.concatenate(ways)


def discharge(store: FieldStore, line: ArrayLike, check: Check | None = None) -> Discharge | None:
    """Water through a line over time: depth times the velocity across it, summed along the line; None where there is no water in the
    result."""
    grid = grid_of(store)
    if grid is None:
        return None
    rows, columns, metres, ways = cells_along(grid, line)
    whole = float(metres.sum())
    mean = (ways * metres[:, None]).sum(0)
    size = float(np.hypot(*mean))
    way = mean / size if size > 1e-9 else np.array([0.0, 0.0])
    there = store.quantities()
    if EAST not in there or NORTH not in there:
        return Discharge(np.empty(0), np.empty(0), way, whole, 0.0, False)
    inside = rows >= 0
    rows, columns, metres, ways = rows[inside], columns[inside], metres[inside], ways[inside]
    cell, of = np.unique(rows * grid.columns + columns, return_inverse=True)
    r, c = cell // grid.columns, cell % grid.columns
    times, depth = series(store, DEPTH, r, c, check)
    _, east = series(store, EAST, r, c, check)
    _, north = series(store, NORTH, r, c, check)
    n = min(len(depth), len(east), len(north))
    times, depth, east, north = times[:n], depth[:n], east[:n], north[:n]
    known = np.asarray(np.isfinite(depth).any(0)) if n else np.zeros(len(cell), bool)
    per_m = np.nan_to_num(depth[:, of] * (east[:, of] * ways[:, 0] + north[:, of] * ways[:, 1]))
    blind = whole - float(metres[known[of]].sum())
    return Discharge(np.array(times, float), per_m @ metres, way, whole, blind if blind > 1e-6 * whole else 0.0)
