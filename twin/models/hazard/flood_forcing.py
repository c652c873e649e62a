"""What brings water besides rain: the sea and the river that rise, inflows, water that stands somewhere at the start, breaches.

Levels and hydrographs come from surge; here they meet the cells of the flood model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood_kernels import CLOSED
from twin.models.hazard.flood_measures import column, features_row, near_cells
from twin.models.hazard.flood_subgrid import Subgrid
from twin.models.hazard.flood_terrain import LAND, WATER, Ground
from twin.models.hazard.surge import Breach, Coast, Hydrograph, RainCell, Stage, Surge, Tide, Typhoon, hydrograph
from twin.scenario.duration import parse_duration

LOWEST_SURGE_M = 1.0
"""The sea falls no further below its normal level and the tide than this: beds of permanent water are laid so deep."""
MIDDLE_LATITUDE = 31.0
LEAST_DIKE_M, LEAST_BREACH_M = 0.5, 0.05
"""A rise of the ground that is less high over what lies beside it is no dike; a breach that is less deep is none."""


def sea_of(city: City, params: Mapping[str, Any]) -> Stage | None:
    """Level of the tidal river and the sea over the normal one through a run; None where it does not change."""
    waves = Tide(params["tide_range_m"], params["tide_high"]) if params["tide_range_m"] > 0 else None
    surge = None
    if params["typhoon_hpa"] < params["ambient_hpa"]:
        latitude = float(city.frame.to_lonlat(0.0, 0.0)[1]) if city.frame.has_map else MIDDLE_LATITUDE
        heading = math.radians(params["typhoon_heading"])
        way = np.array([math.sin(heading), math.cos(heading)])
        left = np.array([-way[1], way[0]])
        speed = params["typhoon_speed_kmh"] / 3.6
        # nearest at typhoon_time, on the side that typhoon_pass_km says
        x, y = left * params["typhoon_pass_km"] * 1000.0 - way * speed * params["typhoon_time"]
        storm = Typhoon(
            params["typhoon_hpa"], params["typhoon_rmax_km"] * 1000.0, latitude, float(x), float(y), speed, params["typhoon_heading"],
            params["ambient_hpa"],
        )  # fmt: skip
        coast = Coast(params["shelf_depth_m"], params["shelf_km"] * 1000.0, params["sea_bearing"], coast_depth_m=params["coast_depth_m"])
        surge = Surge(storm, coast)
    return None if waves is None and surge is None else Stage(tide=waves, surge=surge)


def rain_cell(grid: Grid, params: Mapping[str, Any]) -> RainCell | None:
    """The shower that moves over the middle of a grid, there when half of the rain's time is over; None where it rains everywhere alike."""
    if params["rain_cell_km"] <= 0:
        return None
    speed, heading = params["rain_cell_kmh"] / 3.6, math.radians(params["rain_cell_heading"])
    x0, y0, x1, y1 = grid.bounds
    back = speed * params["rain_duration"] / 2
    x, y = (x0 + x1) / 2 - back * math.sin(heading), (y0 + y1) / 2 - back * math.cos(heading)
    return RainCell(1.0, params["rain_cell_km"] * 1000.0, x, y, speed, params["rain_cell_heading"])


@dataclass(frozen=True)
class Inflows:
    """Water let in at places: rivers that enter, burst pipes. cells: land cells each comes up in, (n, 2) rows and columns."""

    ids: tuple[str, ...]
    flows: tuple[Hydrograph, ...]
    cells: tuple[NDArray[np.int64], ...]

    def joined(self, other: Inflows) -> Inflows:
        return Inflows(self.ids + other.ids, self.flows + other.flows, self.cells + other.cells)

    def pour(self, w: NDArray[np.float64], from_s: float, to_s: float, area_m2: float) -> float:
        """Bring what each brings between two moments, the same depth to all its cells; returns m3."""
        total = 0.0
        for flow, cells in zip(self.flows, self.cells, strict=True):  # dozens at most
            volume = float(flow.volume_m3(from_s, to_s))
            if volume > 0:
                w[cells[:, 0], cells[:, 1]] += volume / (len(cells) * area_m2)
                total += volume
        return total


def inflows_of(layer: Features | None, ground: Ground, start_s: float = 0.0) -> Inflows:
    """Layer `inflows`: points, lines or areas with discharge_m3s from begin_s for duration_s, or a `hydrograph` in its place. start_s: when
    hydrographs begin. Raises ScenarioError where there is no land for one."""
    if layer is None or not len(layer):
        return Inflows((), (), ())
    land = ground.kind == LAND
    steady, begin, lasts = (np.nan_to_num(column(layer, name)) for name in ("discharge_m3s", "begin_s", "duration_s"))
    texts = layer.table["hydrograph"].fillna("").astype(str) if "hydrograph" in layer.table else [""] * len(layer)
    flows, cells = [], []
    for row, text in enumerate(texts):
        where = str(layer.ids[row])
        if text.strip():
            pairs = [(t + start_s, q) for t, q in pairs_of(text, where)]
            flows.append(hydrograph(pairs, after="hold", where=where))
        else:
            from_s = start_s + begin[row]
            until_s = from_s + (lasts[row] or math.inf)
            pairs = [(from_s - 1e-3, 0.0)] * int(from_s > 0) + [(from_s, steady[row])]
            pairs += [(until_s, steady[row]), (until_s + 1e-3, 0.0)] if math.isfinite(until_s) else []
            flows.append(hydrograph(pairs, after="hold", where=where))
        cells.append(_let_in(layer.geometry[row], ground, land))
        if not len(cells[-1]):
            raise ScenarioError(
                "There is no open ground where the water should come in", where=where,
                do="Place it on a street or yard, or let the flow of rivers be computed (river = compute).",
            )  # fmt: skip
    return Inflows(tuple(layer.ids), tuple(flows), tuple(cells))


def _let_in(shape: Any, ground: Ground, land: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Cells that water comes up in: those of a computed river, where it lies in one."""
    found = cells_of(shape, ground.grid, land)
    if ground.river is None or not len(found):
        return found
    of_river = found[ground.river[found[:, 0], found[:, 1]]]
    if shape.geom_type == "Point":  # those around a point on the bank are land
        i, j = ground.grid.cell_of(shape.x, shape.y)
        return of_river if len(of_river) and i >= 0 and ground.river[i, j] else found
    return of_river if len(of_river) else found


def kept_inflows(layer: Features | None, ground: Ground) -> list[str]:
    """Names of what is let into water that is kept at its level, so that it comes up on the bank."""
    if layer is None or not len(layer):
        return []
    middle = shapely.get_coordinates(shapely.point_on_surface(layer.geometry))
    i, j = ground.grid.cell_of(*middle.T) if len(middle) == len(layer) else (np.full(len(layer), -1),) * 2
    return [str(layer.ids[row]) for row in np.flatnonzero(i >= 0) if ground.kind[i[row], j[row]] == WATER]


def pairs_of(text: str, where: str = "") -> list[tuple[float, float]]:
    """Seconds and m3/s of a text like "0 0, 3600 20, 7200 5". Raises ScenarioError."""
    try:
        return [(float(t), float(q)) for t, q in (pair.split() for pair in text.replace(";", ",").split(",") if pair.strip())]
    except ValueError:
        raise ScenarioError(
            f"'{text[:60]}' is no hydrograph", where=where, do="Write seconds and m3/s in pairs: 0 0, 3600 20, 7200 5"
        ) from None


def cells_of(shape: Any, grid: Grid, land: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Land cells of a shape: those around a point, along a line, inside an area."""
    if shape is None or shape.is_empty:
        return np.zeros((0, 2), np.int64)
    if shape.geom_type == "Point":
        return near_cells(shape.x, shape.y, grid, land)
    x0, y0, x1, y1 = shape.bounds
    i0, i1 = np.clip(((np.array([y0, y1]) - grid.y0) / grid.cell_m + [-1, 2]).astype(int), 0, grid.rows)
    j0, j1 = np.clip(((np.array([x0, x1]) - grid.x0) / grid.cell_m + [-1, 2]).astype(int), 0, grid.columns)
    x, y = np.meshgrid(grid.x[j0:j1], grid.y[i0:i1])
    is_area = shapely.get_dimensions(shape) == 2
    hit = shapely.contains_xy(shape, x, y) if is_area else shapely.dwithin(shapely.points(x, y), shape, 0.5 * grid.cell_m)
    return (np.argwhere(hit & land[i0:i1, j0:j1]) + (i0, j0)).astype(np.int64)


def fill_rivers(ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32]) -> float:
    """Fill rivers that are computed to their level; returns the sum of depths, m."""
    if ground.river is None:
        return 0.0
    i, j = np.nonzero(ground.river)
    level = ground.level[i, j]
    w[i, j] = level if ground.sub is None else z[i, j] + ground.sub.depth_over(i, j, level)
    return float((w[i, j] - z[i, j]).sum())


def fill_standing(layer: Features | None, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32]) -> float:
    """Put the water of layer `standing_water` (areas with level_z_m, or depth_m) on the land; returns the sum of depths, m."""
    if layer is None or not len(layer):
        return 0.0
    before = float(w.sum())
    level, depth = column(layer, "level_z_m"), column(layer, "depth_m")
    for row in range(len(layer)):
        i, j = cells_of(layer.geometry[row], ground.grid, ground.kind == LAND).T
        top = level[row] if np.isfinite(level[row]) else z[i, j] + np.nan_to_num(depth[row])
        if ground.sub is not None and np.isfinite(level[row]):
            top = z[i, j] + ground.sub.depth_over(i, j, level[row])
        w[i, j] = np.maximum(w[i, j], top)
    return float(w.sum()) - before


@dataclass(frozen=True)
class Breaches:
    """Openings that grow in walls and dikes. xy: middles; shapes: how they grow, from their own start."""

    ids: tuple[str, ...]
    xy: NDArray[np.float64]
    shapes: tuple[Breach, ...]

    def joined(self, other: Breaches) -> Breaches:
        return Breaches(self.ids + other.ids, np.concatenate([self.xy, other.xy]), self.shapes + other.shapes)

    def are_growing(self, from_s: float, to_s: float) -> bool:
        return any(b.start_s <= to_s and from_s <= b.start_s + b.formation_s + 1.0 for b in self.shapes)

    def crest(self, x: NDArray[np.float64], y: NDArray[np.float64], at_s: float, level: NDArray[Any]) -> NDArray[np.float64]:
        """What is left of levels at places (local metres)."""
        left = np.asarray(level, float)
        for (bx, by), shape in zip(self.xy, self.shapes, strict=True):
            if at_s > shape.start_s:
                left = np.asarray(shape.crest(np.hypot(x - bx, y - by), at_s, left))
        return left

    def dig(self, ground: Ground, at_s: float, w: NDArray[np.float64], z: NDArray[np.float32], still: NDArray[np.bool_]) -> Ground:
        """Lower bed and faces of dikes; water goes down with its bed, and what is kept at its level beside them is no longer `still`.
        Returns the ground as it is then."""
        grid = ground.grid
        if ground.sub is not None:
            self._dig_pixels(ground, ground.sub, at_s, z, still)
            return ground
        zfx, zfy = ground.zfx.copy(), ground.zfy.copy()
        for (bx, by), shape in zip(self.xy, self.shapes, strict=True):
            if at_s <= shape.start_s:
                continue
            reach = 0.5 * shape.bottom_width_m + shape.side_slope * (shape.crest_m - shape.base_m) + grid.cell_m
            i0, i1 = np.clip(((np.array([by - reach, by + reach]) - grid.y0) / grid.cell_m + [0, 1]).astype(int), 0, grid.rows)
            j0, j1 = np.clip(((np.array([bx - reach, bx + reach]) - grid.x0) / grid.cell_m + [0, 1]).astype(int), 0, grid.columns)
            part = np.s_[i0:i1, j0:j1]
            x, y = np.meshgrid(grid.x[j0:j1], grid.y[i0:i1])
            # the cell in the middle opens whatever its size
            away = np.maximum(np.hypot(x - bx, y - by) - 0.5 * grid.cell_m, 0.0)
            land = ground.kind[part] == LAND
            new = np.where(land, shape.crest(away, at_s, z[part].astype(float)), z[part]).astype(np.float32)
            w[part] -= z[part].astype(float) - new.astype(float)
            z[part] = new
            self._open(ground, part, land & (new < ground.z[part]), z, zfx, zfy, still)
        return replace(ground, zfx=zfx, zfy=zfy)

    def _dig_pixels(self, ground: Ground, sub: Subgrid, at_s: float, z: NDArray[np.float32], still: NDArray[np.bool_]) -> None:
        """Lower the pixels of dikes; cells keep their water, whose level goes down. Permanent water beside them opens as plain cells do."""
        grid, cell_m, k = sub.pixels, ground.grid.cell_m, sub.k
        rows, columns = ground.grid.shape
        for (bx, by), shape in zip(self.xy, self.shapes, strict=True):
            if at_s <= shape.start_s:
                continue
            reach = 0.5 * shape.bottom_width_m + shape.side_slope * (shape.crest_m - shape.base_m) + cell_m
            i0, i1 = np.clip(((np.array([by - reach, by + reach]) - grid.y0) / cell_m + [0, 1]).astype(int), 0, rows)
            j0, j1 = np.clip(((np.array([bx - reach, bx + reach]) - grid.x0) / cell_m + [0, 1]).astype(int), 0, columns)
            part = np.s_[i0 * k : i1 * k, j0 * k : j1 * k]
            x, y = np.meshgrid(grid.x[j0 * k : j1 * k], grid.y[i0 * k : i1 * k])
            away = np.maximum(np.hypot(x - bx, y - by) - 0.5 * grid.cell_m, 0.0)
            land = np.repeat(np.repeat(ground.kind[i0:i1, j0:j1] == LAND, k, 0), k, 1) & (sub.zs[part] < CLOSED)
            new = np.where(land, shape.crest(away, at_s, sub.zs[part].astype(float)), sub.zs[part]).astype(np.float32)
            lower = (new < sub.zs[part]).reshape(i1 - i0, k, j1 - j0, k).any((1, 3))
            sub.dug[i0:i1, j0:j1] |= lower
            sub.zs[part] = new
            if lower.any():
                sub.cut(i0, i1, j0, j1)
            for i, j in np.argwhere(sub.dug[i0:i1, j0:j1]) + (i0, j0):
                for m, n in sub.open_to_water(int(i), int(j), z):
                    still[m, n] = ground.level[m, n] <= z[m, n]

    @staticmethod
    def _open(
        ground: Ground, part: tuple[slice, slice], dug: NDArray[np.bool_], z: NDArray[np.float32], zfx: NDArray[np.float32],
        zfy: NDArray[np.float32], still: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Faces of cells that were dug: as high as the higher bed; permanent water beside them gets as deep, and as open, as they are."""
        rows, columns = z.shape
        for i, j in np.argwhere(dug) + (part[0].start, part[1].start):
            for faces, at, other in (
                (zfx, (i, j), (i, j - 1)), (zfx, (i, j + 1), (i, j + 1)), (zfy, (i, j), (i - 1, j)), (zfy, (i + 1, j), (i + 1, j)),
            ):  # fmt: skip
                inside = 0 <= other[0] < rows and 0 <= other[1] < columns
                if not inside or faces[at] >= CLOSED:
                    continue
                if ground.kind[other] == WATER:
                    z[other] = min(z[other], z[i, j])
                    still[other] = ground.level[other] <= z[other]
                    faces[at] = z[i, j]
                else:
                    faces[at] = max(z[i, j], z[other])


def _is_crest(ground: Ground, x: float, y: float, top: float, reach: float) -> bool:
    """Whether a place is the crest of a dike or bank: in some direction the ground falls away on this side and on that, or there is
    water below; or water on one side stands higher than the ground on the other."""
    grid = ground.grid
    water = np.where(ground.kind == WATER, ground.level, -np.inf)
    land = np.where(ground.kind == LAND, ground.z, np.inf)
    along = np.arange(grid.cell_m, reach + 0.5 * grid.cell_m, grid.cell_m)
    for turn in np.radians(np.arange(0.0, 180.0, 22.5)):
        level, bed = [], []
        for sign in (1.0, -1.0):
            i, j = grid.cell_of(x + sign * along * math.sin(turn), y + sign * along * math.cos(turn))
            known = i >= 0
            level.append(float(water[i[known], j[known]].max(initial=-np.inf)))
            bed.append(float(land[i[known], j[known]].min(initial=np.inf)))
        falls = [min(b + LEAST_DIKE_M, w if w > -np.inf else np.inf) <= top for w, b in zip(level, bed, strict=True)]
        holds = [w > b + LEAST_BREACH_M and top > b + LEAST_BREACH_M for w, b in zip(level, reversed(bed), strict=True)]
        if all(falls) or any(holds):
            return True
    return False


NO_BREACHES = Breaches((), np.zeros((0, 2)), ())


def breaches_of(layer: Features | None, ground: Ground, crests: NDArray[np.float64], walls_xy: NDArray[np.float64]) -> Breaches:
    """Layer `breaches`: points with begin_s, formation_s, width_m and maybe bottom_z_m (else the lowest ground within its width).

    crests, walls_xy: of thin walls, whose highest crest near by is that of the breach where it tops the ground.
    """
    if layer is None or not len(layer):
        return NO_BREACHES
    if ground.sub is not None:
        ground = ground.on_pixels()
    grid, made = ground.grid, []
    begin, formation, width, bottom = (column(layer, name) for name in ("begin_s", "formation_s", "width_m", "bottom_z_m"))
    xy = shapely.get_coordinates(shapely.centroid(layer.geometry))
    for row, (x, y) in enumerate(xy):
        wide = float(width[row]) if np.isfinite(width[row]) else 40.0
        cells = near_cells(float(x), float(y), grid, ground.kind == LAND, max(1.5 * wide, 3 * grid.cell_m))
        if not len(cells):
            raise ScenarioError("There is no land where the breach should be", where=str(layer.ids[row]), do="Place it on a dike or wall.")
        z = ground.z[cells[:, 0], cells[:, 1]].astype(float)
        away = np.hypot(grid.x[cells[:, 1]] - x, grid.y[cells[:, 0]] - y)
        crest = cells[int(np.where(away <= 1.5 * grid.cell_m, z, -np.inf).argmax())]  # nobody points at it to the cell
        top = float(ground.z[crest[0], crest[1]])
        wall = -math.inf
        if len(walls_xy):
            hit = np.hypot(*(walls_xy - (x, y)).T) <= max(0.5 * wide, 1.5 * grid.cell_m)
            wall = float(crests[hit].max(initial=-math.inf))
        base = float(bottom[row]) if np.isfinite(bottom[row]) else float(z.min())
        is_dike = wall > top or _is_crest(ground, grid.x[crest[1]], grid.y[crest[0]], top, max(1.5 * wide, 3 * grid.cell_m))
        top = max(top, wall)
        if not is_dike or top - base < LEAST_BREACH_M:
            raise ScenarioError(
                "There is nothing to break where the breach should be", where=str(layer.ids[row]).removeprefix("breach/"),
                do="Place it on the crest of a dike or on a wall.",
            )  # fmt: skip
        lasts = float(formation[row]) if np.isfinite(formation[row]) else 1800.0
        made.append(Breach(top, base, wide, max(lasts, 1.0), 1.0, float(np.nan_to_num(begin[row]))))
    return Breaches(tuple(layer.ids), xy, tuple(made))


def new_feature(kind: str, change: Change, defaults: Mapping[str, Any]) -> Features:
    """A layer of the one inflow or breach that a change brings, from then on."""
    if change.geometry is None:
        raise ScenarioError(f"'{kind}' needs a place", where=change.id)
    values = {**defaults, **dict(change.values or {})}
    for name in ("duration", "formation"):  # as measures of a scenario call them
        if name in values:
            values[f"{name}_s"] = parse_duration(values.pop(name))
    return features_row(kind, change, values)
