"""Published cases of the flood solver, set up on a square grid: for the tests, and for the benchmark.

Rows run north, as in the solver; x and y are those of each source. Nothing here is known to the solver: terrain, levels, edges only.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tests import shallow_solutions as exact
from twin.models.hazard.shallow_flux import DISCHARGE, LEVEL
from twin.models.hazard.shallow_water import ShallowWater

Array = NDArray[np.float64]
Point = tuple[float, float]


@dataclass
class Grid:
    """Square cells from the lower left corner; values are those of cell centres."""

    dx: float
    rows: int
    columns: int
    x0: float = 0.0
    y0: float = 0.0

    @property
    def x(self) -> Array:
        """Of the columns' centres, one row."""
        return self.x0 + (np.arange(self.columns, dtype=np.float64)[None, :] + 0.5) * self.dx

    @property
    def y(self) -> Array:
        """Of the rows' centres, one column."""
        return self.y0 + (np.arange(self.rows, dtype=np.float64)[:, None] + 0.5) * self.dx

    def cell(self, at: Point) -> tuple[int, int]:
        """Row and column of the cell that holds a point."""
        row, column = math.floor((at[1] - self.y0) / self.dx + 1e-6), math.floor((at[0] - self.x0) / self.dx + 1e-6)
        return min(row, self.rows - 1), min(column, self.columns - 1)

    def cells(self, points: Sequence[Point]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns, to index arrays with."""
        found = np.array([self.cell(p) for p in points])
        return found[:, 0], found[:, 1]


def stored(water: ShallowWater) -> float:
    """Volume, m3."""
    return math.fsum((water.w - water.z).ravel()) * water.dx**2


def run(water: ShallowWater, times: Array, before: Callable[[float, float], None] | None, after: Callable[[int], None]) -> None:
    """From times[0] on to each of the times; before(from, until) sets edges, after(number) looks."""
    after(0)
    for k in range(1, len(times)):
        if before is not None:
            before(times[k - 1], times[k])
        water.advance(times[k - 1], times[k])
        after(k)


def inside(x: Array, y: Array, corners: Sequence[Point]) -> NDArray[np.bool_]:
    """Whether points lie in a convex polygon, corners in either direction."""
    left, right = np.ones(np.broadcast(x, y).shape, bool), np.ones(np.broadcast(x, y).shape, bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        left, right = left & (side >= 0), right & (side <= 0)
    return left | right


# dam breaks and waves with exact solutions


def simple_wave(x: Array, t: float, depth: float = 1.0, rise: float = 0.1, width: float = 60.0, at: float = 300.0) -> tuple[Array, Array]:
    """Depth and velocity of a smooth wave into water at rest, before it breaks: u = 2 (c - c0), and c is kept along dx/dt = 3 c - 2 c0."""
    c0 = math.sqrt(exact.G * depth)
    start = np.linspace(x.min() - 1000.0, x.max() + 1000.0, 400_001)
    c = c0 * (1 + rise * np.exp(-(((start - at) / width) ** 2)))
    goes = start + (3 * c - 2 * c0) * t
    assert np.all(np.diff(goes) > 0), "the wave has broken"
    now = np.interp(x, goes, c)
    return now * now / exact.G, 2 * (now - c0)


def line_error(case: str, cells: int, sloped: bool, real: Any = np.float64) -> tuple[float, ShallowWater]:
    """Mean error of depth on a channel of 1,000 m after 20 s ("stoker": 10 m on 1 m; "smooth": a simple wave on 1 m), as a share of the
    depth behind the dam or of the water at rest; and the water."""
    dx = 1000.0 / cells
    x = (np.arange(cells, dtype=np.float64) + 0.5) * dx
    water = ShallowWater.over(np.zeros((2, cells)), dx, real=real, sloped=sloped)
    if case == "stoker":
        water.w[:] = np.where(x < 500, 10.0, 1.0)
        true, scale = exact.stoker(x, 20.0), 10.0
    else:
        h, u = simple_wave(x, 0.0)
        water.w[:], water.hu[:] = h, h * u
        true, scale = simple_wave(x, 20.0)[0], 1.0
    water.advance(0.0, 20.0)
    return float(np.abs(water.w[0] - true).mean() / scale), water


def convergence(case: str, sloped: bool, cells: Sequence[int] = (100, 200, 400, 800)) -> tuple[list[float], list[float]]:
    """Errors of line_error, and the order between each two grids."""
    errors = [line_error(case, n, sloped)[0] for n in cells]
    pairs = zip(errors, errors[1:], cells, cells[1:])
    return errors, [math.log(a / b) / math.log(m / n) for a, b, n, m in pairs]


# a dam break against a building


GAUGES = {"G1": (10.2, 2.95), "G2": (10.2, 1.2), "G3": (11.55, 2.95), "G4": (11.55, 1.0), "G5": (12.75, 2.1), "G6": (5.68, 2.9)}
BUILDING = ((10.99, 1.75), (11.341, 2.469), (11.700, 2.294), (11.350, 1.575))
# Read in the authors' file of the six gauges (building_gauges_h.txt, free to use with the paper named): when the first water came, s, and
# mean levels, m; the last three are rounded (as the checks of SWALS, GeoscienceAustralia/ptha, have them). The last number: how far off
# a model at the resolution of the benchmark may be.
BUILDING_ARRIVAL = {"G1": 1.09, "G2": 0.85, "G3": 1.80, "G4": 1.66, "G5": 2.71}
BUILDING_LEVELS = (
    ("G6", 2.0, 3.0, 0.354, 0.01), ("G6", 3.0, 4.0, 0.350, 0.01), ("G6", 28.4, 30.0, 0.169, 0.01),
    ("G1", 28.4, 30.0, 0.055, 0.015), ("G3", 28.4, 30.0, 0.077, 0.025), ("G4", 28.4, 30.0, 0.075, 0.025), ("G5", 28.4, 30.0, 0.047, 0.012),
    ("G1", 15.0, 25.0, 0.08, 0.015), ("G4", 15.0, 20.0, 0.08, 0.015), ("G6", 18.0, 23.0, 0.20, 0.015),
)  # fmt: skip
STRAIGHT = ((11.0, 1.4), (11.4, 1.4), (11.4, 2.2), (11.0, 2.2))
"""The same building across the flow, in the middle."""


def isolated_building(
    dx: float = 0.1, building: Sequence[Point] | None = BUILDING, sloped: bool = True, real: Any = np.float32,
) -> tuple[ShallowWater, Grid]:  # fmt: skip
    """Soares-Frazao and Zech 2007 (doi:10.1080/00221686.2007.9521830), test 6A of the UK Environment Agency's benchmark.

    Channel of 35.8 x 3.6 m with banks that rise 0.155 m over 0.34 m, n 0.01; walls 0.8 m thick with a gate of 1 m, whose downstream face,
    at x = 7.55, is the origin of the paper's coordinates. 0.40 m before it, 0.02 m after it.
    """
    grid = Grid(dx, round(3.6 / dx), round(35.8 / dx))
    x, y = np.broadcast_arrays(grid.x, grid.y)
    z = np.maximum(0.0, (np.abs(y - 1.8) - 1.46) * 0.155 / 0.34)
    z[(x > 6.75) & (x < 7.55) & (np.abs(y - 1.8) > 0.5)] = 1.0
    if building is not None:
        z[inside(x, y, building)] = 1.0
    water = ShallowWater.over(z, dx, 0.01, real, sloped)
    water.w[:] = np.maximum(water.w, np.where(x < 7.55, 0.40, 0.02))
    return water, grid


def recorded(water: ShallowWater, grid: Grid, points: Sequence[Point], times: Array, before: Any = None) -> Array:
    """Levels at points, one row for each of the times."""
    at, levels = grid.cells(points), np.empty((len(times), len(points)))

    def look(k: int) -> None:
        levels[k] = water.w[at]

    run(water, times, before, look)
    return levels


# a flood over a plain


FLAT_POINTS = ((50.0, 1000.0), (100.0, 1000.0), (200.0, 1000.0), (300.0, 1000.0), (400.0, 1000.0), (300.0, 1300.0))


def flat_inflow(minutes: float) -> float:
    """m3/s: up to 20 within an hour, down again in the fifth (assumed; the report prints it as a curve)."""
    return float(np.interp(minutes, (0, 60, 240, 300), (0, 20, 20, 0)))


def flat_plain(dx: float = 5.0, sloped: bool = True) -> tuple[ShallowWater, Grid, Callable[[float, float], None]]:
    """Test 4 of the UK Environment Agency's benchmark (Neelz and Pender 2013, SC120002): 1,000 x 2,000 m, flat, dry, n 0.05, closed; flow
    comes in through the middle 20 m of the west side. The third thing sets that flow before a step."""
    grid = Grid(dx, round(2000 / dx), round(1000 / dx))
    water = ShallowWater.over(np.zeros((grid.rows, grid.columns)), dx, 0.05, sloped=sloped)
    wide = round(20 / dx)
    first = grid.rows // 2 - wide // 2
    water.edge = np.array([(0, i, 0, i, 0, -1, DISCHARGE) for i in range(first, first + wide)])
    water.value = np.zeros(wide)

    def set_inflow(from_s: float, until_s: float) -> None:
        water.value[:] = (flat_inflow(from_s / 60) + flat_inflow(until_s / 60)) / 2 / 20

    return water, grid, set_inflow


# Malpasset


MARK_KINDS = ("police_survey", "scale_model_gauge", "electric_transformer")


@dataclass
class Mark:
    """Where something was seen: level in m, time in s, None where there is none."""

    name: str
    kind: str
    at: Point
    level: float | None
    arrival: float | None
    george: float | None


def malpasset_marks(folder: Path) -> list[Mark]:
    """17 marks of the police, 9 gauges of the model at 1:400, transformers A, B, C; george: maximum levels of George 2011
    (doi:10.1002/fld.2298), by GeoClaw."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    with (folder / "malpasset_points.csv").open() as file:
        return [
            Mark(
                r["id"], r["kind"], (float(r["x"]), float(r["y"])), number(r["observed_max_eta_m"]), number(r["lab_arrival_s"]),
                number(r["simulated_max_eta_george2011_m"]),
            )
            for r in csv.DictReader(file) if r["kind"] != "dam"
        ]  # fmt: skip


def selafin(path: Path) -> tuple[Array, Array, NDArray[np.int64], dict[str, Array]]:
    """x, y, triangles and the variables of the first time in a TELEMAC file (big-endian Fortran records, single precision)."""
    raw, records, at = path.read_bytes(), [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "big")
        records.append(raw[at + 4 : at + 4 + size])
        at += 8 + size
    count = int(np.frombuffer(records[1], ">i4")[0])
    names = [r.decode("ascii", "replace")[:16].strip() for r in records[2 : 2 + count]]
    head = 3 + count
    triangles = np.frombuffer(records[head + 1], ">i4").reshape(-1, 3).astype(np.int64) - 1
    x, y = (np.frombuffer(records[head + k], ">f4").astype(float) for k in (3, 4))
    values = {name: np.frombuffer(records[head + 6 + k], ">f4").astype(float) for k, name in enumerate(names)}
    return x, y, triangles, values


def on_grid(grid: Grid, x: Array, y: Array, triangles: NDArray[np.int64], value: Array, fill: float) -> Array:
    """Linear in each triangle, at cell centres; fill where there is no triangle."""
    tx, ty = (x[triangles] - grid.x0) / grid.dx - 0.5, (y[triangles] - grid.y0) / grid.dx - 0.5
    low_x, low_y = np.ceil(tx.min(1)).astype(int).clip(0), np.ceil(ty.min(1)).astype(int).clip(0)
    wide = (np.floor(tx.max(1)).astype(int).clip(max=grid.columns - 1) - low_x + 1).clip(0)
    high = (np.floor(ty.max(1)).astype(int).clip(max=grid.rows - 1) - low_y + 1).clip(0)
    which = np.repeat(np.arange(len(triangles)), wide * high)
    number = np.arange(which.size) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    column, row = low_x[which] + number % wide[which], low_y[which] + number // wide[which]
    (ax, bx, cx), (ay, by, cy) = tx[which].T, ty[which].T
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    b = ((column - ax) * (cy - ay) - (cx - ax) * (row - ay)) / area
    c = ((bx - ax) * (row - ay) - (column - ax) * (by - ay)) / area
    hit = (b >= -1e-9) & (c >= -1e-9) & (b + c <= 1 + 1e-9)
    va, vb, vc = value[triangles][which].T
    out = np.full((grid.rows, grid.columns), fill)
    out[row[hit], column[hit]] = (va + b * (vb - va) + c * (vc - va))[hit]
    return out


DAM = ((4701.0, 4143.0), (4655.0, 4392.0))


def malpasset(folder: Path, dx: float = 20.0, manning: float = 1 / 30, sloped: bool = True) -> tuple[ShallowWater, Grid]:
    """The valley as TELEMAC's mesh has it, the reservoir at 100 m behind the line of the dam, the sea at 0 m, dry ground between them.

    Ground off the mesh is a wall. The reservoir is the water below 100 m that hangs together behind the dam.
    """
    x, y, triangles, values = selafin(folder / "geo_malpasset-small.slf")
    grid = Grid(dx, math.ceil((y.max() - y.min()) / dx), math.ceil((x.max() - x.min()) / dx), float(x.min()), float(y.min()))
    z = on_grid(grid, x, y, triangles, values["FOND"], 150.0)
    level = z.copy()
    (ax, ay), (bx, by) = DAM
    behind = (bx - ax) * (grid.y - ay) - (by - ay) * (grid.x - ax) > 0
    for where, stage, within in ((behind & (z < 100), 100.0, np.array(DAM).mean(0) - (60.0, 0.0)), (~behind & (z < 0), 0.0, None)):
        parts, _ = ndimage.label(where)
        part = parts[grid.cell(tuple(within))] if within is not None else np.bincount(parts[parts > 0]).argmax()
        assert part > 0
        level[parts == part] = stage
    water = ShallowWater.over(z, dx, manning, sloped=sloped)
    water.w[:] = np.maximum(water.z, level)
    return water, grid


@dataclass
class Flood:
    """Highest level (where it was wet at all) and time of arrival, s (nan where none came), of each mark."""

    highest: Array
    arrival: Array
    lost: float
    """Share of the volume."""


def malpasset_flood(water: ShallowWater, grid: Grid, marks: Sequence[Mark], until_s: float, every_s: float, wet_m: float = 0.1) -> Flood:
    """A mark that its cell leaves dry is given the level of the nearest cell that got wet."""
    at = grid.cells([m.at for m in marks])
    times = np.arange(0.0, until_s + every_s / 2, every_s)
    highest, arrival, before = np.full(water.w.shape, -np.inf), np.full(len(marks), np.nan), stored(water)

    def look(k: int) -> None:
        depth = water.w - water.z
        np.maximum(highest, water.w, out=highest, where=depth > wet_m)
        arrival[np.isnan(arrival) & (depth[at] > wet_m)] = times[k]

    run(water, times, None, look)
    nearest = ndimage.distance_transform_edt(~np.isfinite(highest), return_distances=False, return_indices=True)
    return Flood(highest[tuple(nearest[:, at[0], at[1]])], arrival, abs(stored(water) - before) / before)


# Okushiri


TANK_GAUGES = {"5": (4.521, 1.196), "7": (4.521, 1.696), "9": (4.521, 2.196)}


@dataclass
class Tank:
    """The tank and what was measured in it: the wave that comes in at x = 0 and the levels at the gauges, m, with their times, s."""

    water: ShallowWater
    grid: Grid
    wave: Array
    gauges: Array

    def set_wave(self, from_s: float, until_s: float) -> None:
        self.water.value[:] = np.interp((from_s + until_s) / 2, self.wave[:, 0], self.wave[:, 1])


def okushiri(folder: Path, coarser: int = 1, manning: float = 0.01, sloped: bool = True) -> Tank:
    """Monai valley at 1:400 (Matsuyama and Tanaka 2001; benchmark 2 of the third workshop on long-wave runup models, Catalina 2004).

    The depths are those of the tank's points, 1.4 cm apart; coarser: means of so many by so many.
    """
    lines = (folder / "Benchmark_2_Bathymetry.asc").read_text().split("\n", 6)
    head = {k.lower(): float(v) for k, v in (line.split() for line in lines[:6])}
    z = np.array(lines[6].split(), float).reshape(int(head["nrows"]), int(head["ncols"]))[::-1]
    rows, columns = z.shape[0] // coarser, z.shape[1] // coarser
    z = z[: rows * coarser, : columns * coarser].reshape(rows, coarser, columns, coarser).mean((1, 3))
    step = head["cellsize"]
    grid = Grid(step * coarser, rows, columns, -step / 2, -step / 2)
    water = ShallowWater.over(z, grid.dx, manning, sloped=sloped)
    water.w[:] = np.maximum(water.w, 0.0)
    water.edge, water.value = np.array([(0, i, 0, i, 0, -1, LEVEL) for i in range(rows)]), np.zeros(rows)
    gauges = np.loadtxt(folder / "output_ch5-7-9.txt", skiprows=1)
    gauges[:, 1:] /= 100
    return Tank(water, grid, np.loadtxt(folder / "Benchmark_2_input.txt", skiprows=1), gauges)
