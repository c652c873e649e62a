"""Ways for water that the ground does not show: under houses and banks where a street goes through, under the decks of bridges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.terrain import Grid
from twin.models.hazard.flood_terrain import BLOCK, LAND, WATER, Ground, edge_flag, road_widths

CLEAR_M, WALK_CLEAR_M = 4.5, 2.5
"""Height of a passage for cars and for people on foot (as CJJ 37-2012 asks of new ones): streets state none."""
ON_FOOT = ("footway", "path", "pedestrian", "steps", "cycleway", "corridor")
MANNING_ROAD = 0.02
LONGEST_M = 300.0
"""Longer tunnels go down: they fill before water comes out at the other end."""
RAISED_M = 0.3
"""Ground this much higher than both ends of a passage keeps water back."""
DECK_M, THICK_M = 1.5, 1.0
"""A surface this far above the ground on both sides is that of a deck; so thick is it."""
FURTHER = 2.0
"""Cells from the end of a link to where the level is looked at too (as the enquiry points of ANUGA's structures)."""
_PROBES = 4
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ends:
    """Both ends of lines, local metres, and the direction each points out to, of length 1."""

    ax: _Floats
    ay: _Floats
    bx: _Floats
    by: _Floats
    a_out: _Floats
    b_out: _Floats

    @staticmethod
    def of(lines: NDArray[np.object_]) -> Ends:
        def at(n: int) -> _Floats:
            return np.asarray(shapely.get_coordinates(shapely.get_point(lines, n)))

        first, second, last, before = at(0), at(1), at(-1), at(-2)
        a, b = first - second, last - before
        a /= np.maximum(np.hypot(*a.T), 1e-9)[:, None]
        b /= np.maximum(np.hypot(*b.T), 1e-9)[:, None]
        return Ends(first[:, 0], first[:, 1], last[:, 0], last[:, 1], a, b)

    def moved_out(self, by_m: float) -> Ends:
        a, b = self.a_out * by_m, self.b_out * by_m
        return Ends(self.ax + a[:, 0], self.ay + a[:, 1], self.bx + b[:, 0], self.by + b[:, 1], self.a_out, self.b_out)


@dataclass(frozen=True)
class Strands:
    """of: row of the line; cells: row, column of both ends, -1 where there is none; far: cells further out, whose level counts too; share:
    of the line's width."""

    of: _Ints
    cells: _Ints
    far: _Ints
    share: _Floats


def nearest_cells(x: _Floats, y: _Floats, allowed: NDArray[np.bool_], grid: Grid, reach_m: float) -> _Ints:
    """Nearest cell allowed within reach of each place, (n, 2) rows and columns, -1 where there is none."""
    i, j = grid.cell_of(np.nan_to_num(x, nan=-np.inf), np.nan_to_num(y, nan=-np.inf))
    found = np.full((len(i), 2), -1, np.int64)
    far = int(reach_m / grid.cell_m)
    di, dj = (v.ravel() for v in np.mgrid[-far : far + 1, -far : far + 1])
    away = np.hypot(di, dj)
    order = np.argsort(away, kind="stable")
    open_rows = np.flatnonzero(i >= 0)
    for k in order[away[order] * grid.cell_m <= reach_m]:
        if not len(open_rows):
            break
        m, n = i[open_rows] + di[k], j[open_rows] + dj[k]
        inside = (m >= 0) & (m < grid.rows) & (n >= 0) & (n < grid.columns)
        hit = np.zeros(len(open_rows), bool)
        hit[inside] = allowed[m[inside], n[inside]]
        found[open_rows[hit]] = np.column_stack([m[hit], n[hit]])
        open_rows = open_rows[~hit]
    return found


def _lowest_cells(x: _Floats, y: _Floats, z: NDArray[np.float32], allowed: NDArray[np.bool_], grid: Grid) -> _Ints:
    """Lowest of the cells allowed around each place, else the nearest within two and a half cells."""
    found = nearest_cells(x, y, allowed, grid, 2.5 * grid.cell_m)
    i, j = grid.cell_of(x, y)
    best = np.full(len(i), np.inf)
    for di, dj in ((a, b) for a in (0, -1, 1) for b in (0, -1, 1)):
        m, n = np.clip(i + di, 0, grid.rows - 1), np.clip(j + dj, 0, grid.columns - 1)
        level = np.where((i >= 0) & allowed[m, n], z[m, n], np.inf)
        better = level < best
        best[better] = level[better]
        found[better] = np.column_stack([m, n])[better]
    return found


def strands(ends: Ends, width: _Floats, allowed: NDArray[np.bool_], grid: Grid, z: NDArray[np.float32] | None = None) -> Strands:
    """What is wider than a cell in strands side by side, so that all of it meets water. z: take the lowest ground at the ends, not the
    nearest."""
    count = np.maximum(1, np.ceil(width / grid.cell_m - 1e-9)).astype(np.int64)
    of = np.repeat(np.arange(len(width)), count)
    number = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    aside = (number - (count[of] - 1) / 2) * width[of] / count[of]
    cells, far = [], []
    # both ends point out, so their left hands are on opposite sides
    for x, y, out, sign in ((ends.ax, ends.ay, ends.a_out, 1.0), (ends.bx, ends.by, ends.b_out, -1.0)):
        px, py = x[of] - sign * aside * out[of, 1], y[of] + sign * aside * out[of, 0]
        cell = nearest_cells(px, py, allowed, grid, 1.5 * grid.cell_m) if z is None else _lowest_cells(px, py, z, allowed, grid)
        cells.append(cell)
        far.append(further(cell, out[of], allowed))
    both = np.column_stack(cells)
    good = (both >= 0).all(axis=1)
    left = np.bincount(of[good], minlength=len(width))
    return Strands(of, both, np.column_stack(far), 1.0 / np.maximum(left[of], 1))


def further(cells: _Ints, out: _Floats, allowed: NDArray[np.bool_]) -> _Ints:
    """Cells FURTHER cells away from others in given directions (x, y), themselves where those are not allowed."""
    there = cells + np.round(FURTHER * out[:, ::-1]).astype(np.int64)
    inside = np.logical_and.reduce((there >= 0) & (there < np.array(allowed.shape)), axis=1)
    good = inside & allowed[tuple(np.where(inside[:, None], there, 0).T)]
    return np.where(good[:, None], there, cells)


Found = tuple[tuple[str, ...], _Ints, _Ints, _Ints, _Floats]
"""ids, row of ids, cells, cells further out, sizes: as in flood_structures.Links."""


def passages_of(roads: Network, ground: Ground, z: NDArray[np.float32], notices: list[tuple[str, str, str]]) -> Found:
    """Tunnels of streets up to LONGEST_M under what keeps water back, and the ground under decks that the terrain shows as solid."""
    tunnels = _tunnels(roads, ground, z, notices)
    decks = _decks(roads, ground, z)
    if len(tunnels[1]):
        text = f"{len(np.unique(tunnels[1]))} street(s) let water through under houses and banks, as high as is usual ({CLEAR_M:g} m)."
        notices.append(("info", "passages", text))
    if len(decks[1]):
        notices.append(("info", "decks", f"Water passes under {len(np.unique(decks[1]))} bridge(s) that the terrain shows as solid."))
    of = np.concatenate([tunnels[1], decks[1] + len(tunnels[0])])
    used, of = np.unique(of, return_inverse=True)
    ids = (*tunnels[0], *decks[0])
    arrays = [np.concatenate([a, b]) for a, b in zip(tunnels[2:], decks[2:], strict=True)]
    return tuple(ids[k] for k in used), of.astype(np.int64), arrays[0], arrays[1], arrays[2]


_NONE: Found = ((), np.zeros(0, np.int64), np.zeros((0, 4), np.int64), np.zeros((0, 4), np.int64), np.zeros((0, 7)))


def _joined(roads: Network, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.object_], _Ints]:
    """Streets of a kind as whole lines, cut only where three meet, and an edge that each is made of."""
    rows = np.flatnonzero(chosen & (shapely.get_type_id(roads.geometry) == 1) & (shapely.length(roads.geometry) > 0))
    if not len(rows):
        return np.zeros(0, object), rows
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.force_2d(roads.geometry[rows]))))
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    near = shapely.STRtree(roads.geometry[rows]).query_nearest(middles, all_matches=False)[1]
    return parts, rows[near]


def _tunnels(
    roads: Network, ground: Ground, z: NDArray[np.float32], notices: list[tuple[str, str, str]]
) -> Found:
    lines, edge = _joined(roads, edge_flag(roads.edges, "tunnel"))
    length = shapely.length(lines)
    too_long = length > LONGEST_M
    if too_long.any():
        text = f"{int(too_long.sum())} street tunnel(s) are longer than {LONGEST_M:g} m: what runs into them is not computed."
        notices.append(("info", "long-tunnels", text))
    lines, edge, length = lines[~too_long], edge[~too_long], length[~too_long]
    if not len(lines):
        return _NONE
    grid, land = ground.grid, ground.kind == LAND
    ends = strands(Ends.of(lines).moved_out(grid.cell_m), road_widths(roads.edges)[edge], land, grid, z)
    good = (ends.cells >= 0).all(axis=1) & (ends.cells[:, :2] != ends.cells[:, 2:]).any(axis=1)
    of, cells, far, share = ends.of[good], ends.cells[good], ends.far[good], ends.share[good]
    beds = z[cells[:, 0], cells[:, 1]].astype(float), z[cells[:, 2], cells[:, 3]].astype(float)
    higher = np.full(len(lines), -np.inf)
    np.maximum.at(higher, of, np.maximum(*beds))
    keeps_back = _highest_between(lines, ground, z) > higher + RAISED_M
    needed = keeps_back[of]
    of, cells, far, share, beds = of[needed], cells[needed], far[needed], share[needed], (beds[0][needed], beds[1][needed])
    classes = roads.edges["class"].to_numpy(object)[edge] if "class" in roads.edges else np.full(len(edge), "")
    clear = np.where(np.isin(classes.astype(str), ON_FOOT), WALK_CLEAR_M, CLEAR_M)
    ids = tuple(f"passage/{roads.edges['id'].iloc[e]}" for e in edge)
    width = road_widths(roads.edges)[edge]
    n = len(of)
    size = np.column_stack([*beds, width[of], clear[of], length[of], np.full(n, MANNING_ROAD), share])
    return ids, of, cells, far, size


def _highest_between(lines: NDArray[np.object_], ground: Ground, z: NDArray[np.float32]) -> _Floats:
    """Highest level from which the surface lets water pass along lines, infinite in buildings."""
    grid = ground.grid
    count = np.maximum(2, np.ceil(shapely.length(lines) / (0.5 * grid.cell_m)).astype(np.int64) + 1)
    of = np.repeat(np.arange(len(lines)), count)
    first = np.cumsum(count) - count
    part = (np.arange(len(of)) - first[of]) / (count[of] - 1)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[of], part, normalized=True))
    i, j = grid.cell_of(*xy.T)
    level = np.where(i < 0, -np.inf, np.where(ground.kind[i, j] == BLOCK, np.inf, z[i, j]))
    return np.asarray(np.maximum.reduceat(level, first))


def _decks(roads: Network, ground: Ground, z: NDArray[np.float32]) -> Found:
    """Across every stretch of a deck one link under it, from the ground on one side to that on the other."""
    lines, edge = _joined(roads, edge_flag(roads.edges, "bridge"))
    if not len(lines):
        return _NONE
    grid = ground.grid
    count = np.floor(shapely.length(lines) / grid.cell_m).astype(np.int64)  # the abutments lie within the half cell left at both ends
    of = np.repeat(np.arange(len(lines)), count)
    if not len(of):
        return _NONE
    along = (np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count) + 0.5) * grid.cell_m
    at, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(lines[of], along + d)) for d in (0.0, 0.5))
    way = ahead - at
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    half = 0.5 * road_widths(roads.edges)[edge][of]
    row, column = grid.cell_of(*at.T)
    top = np.where((row >= 0) & (ground.kind[row, column] == LAND), z[row, column].astype(float), -np.inf)
    sides: list[Any] = []
    for sign in (1.0, -1.0):
        cell, low, away = np.full((len(of), 2), -1, np.int64), np.full(len(of), np.inf), np.zeros(len(of))
        for probe in range(1, _PROBES + 1):  # beyond the deck beside it
            reach = half + probe * grid.cell_m
            m, n = grid.cell_of(at[:, 0] - sign * reach * way[:, 1], at[:, 1] + sign * reach * way[:, 0])
            kind = ground.kind[m, n]
            level = np.where(kind == WATER, ground.level[m, n], z[m, n].astype(float))
            fits = (m >= 0) & ((kind == LAND) | (kind == WATER)) & (level < top - DECK_M) & (cell[:, 0] < 0)
            cell[fits], low[fits], away[fits] = np.column_stack([m, n])[fits], level[fits], reach[fits]
        sides.append((cell, low, away))
    (a, low_a, reach_a), (b, low_b, reach_b) = sides
    there = (a[:, 0] >= 0) & (b[:, 0] >= 0)
    there[there] = ~((ground.kind[tuple(a[there].T)] == WATER) & (ground.kind[tuple(b[there].T)] == WATER))
    of, a, b = of[there], a[there], b[there]
    beds = np.column_stack([z[a[:, 0], a[:, 1]], z[b[:, 0], b[:, 1]]]).astype(float)
    clear = np.minimum(CLEAR_M, np.maximum(0.5, top[there] - THICK_M - np.maximum(low_a, low_b)[there]))
    ones = np.ones(len(of))
    size = np.column_stack([
        beds, grid.cell_m * ones, clear, (reach_a + reach_b)[there], MANNING_ROAD * ones, ones,
    ])  # fmt: skip
    ids = tuple(f"underbridge/{roads.edges['id'].iloc[e]}" for e in edge)
    left = np.column_stack([-way[there, 1], way[there, 0]])
    open_ = (ground.kind == LAND) | (ground.kind == WATER)
    return ids, of, np.column_stack([a, b]), np.column_stack([further(a, left, open_), further(b, -left, open_)]), size
