"""How high buildings and their parts are: what the source says, what neighbours and siblings suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import STOREY_M
from twin.city.readers.fields import columns, number, text
from twin.city.roof_tops import LEAST_HEIGHT_M, PERCENTILE
from twin.errors import Problem

GUESSED = ("neighbours", "default")
"""Words of `height_source` for heights that no source tells."""
_MARKS = {word: word for word in ("measured", "surface", "levels", *GUESSED)} | {"solid": "measured"}
"""What our own column says of a height that comes in again; of a solid only the height came."""
DEFAULT_HEIGHT_M = 2 * STOREY_M
"""Where neither the source nor any neighbour tells: two storeys."""
NEIGHBOURS, NEIGHBOUR_M = 9, 300.0
HIGHEST_M = 1200.0
"""Nothing is higher: the Burj Khalifa has 828 m, the tower of Jeddah will have a little over 1,000 m."""

Floats = NDArray[np.float64]


@dataclass
class Heights:
    top: Floats
    bottom: Floats
    source: NDArray[np.object_]
    storeys: Floats
    zero: NDArray[np.bool_]


def read_heights(
    table: pd.DataFrame, stated: dict[str, str], source: str, problems: list[Problem], ids: NDArray[np.object_] | None = None
) -> Heights:
    """What the source says; ids: of the rows, to name those told of."""
    n = len(table)

    def some(rows: NDArray[np.bool_]) -> tuple[str, ...]:
        return () if ids is None else tuple(f"building/{i}" for i in ids[rows][:10])

    unreadable = 0

    def read(meaning: str) -> Floats:
        nonlocal unreadable
        out = np.full(n, np.nan)
        for name in columns(table, meaning, stated):
            if name not in table:
                continue
            values, bad = number(table[name])
            unreadable += bad
            out = np.where(np.isnan(out), values, out)
        return out

    top, levels, bottom, first = read("height"), read("levels"), read("min_height"), read("min_level")
    bottom = np.nan_to_num(np.where(np.isnan(bottom), first * STOREY_M, bottom))
    bottom = np.maximum(bottom, 0.0)
    zero = top <= 0
    wild = top > HIGHEST_M
    said = top[np.isfinite(top) & ~zero]
    unit = unit_of(said) if wild.sum() > 0.5 * len(said) else ""
    if unit:  # low walls of such a source would be its only houses
        wild = np.isfinite(top) & ~zero
    below = (top > 0) & (top <= bottom)
    levels = np.where((levels > 0) & (levels < 300), levels, np.nan)
    marks = np.full(n, "", object)
    known = np.isfinite(top) & ~zero & ~wild
    marks[known] = own_marks(table, stated)[known]
    top = np.where(zero | wild, np.nan, top)
    by_levels = np.isnan(top) & np.isfinite(levels)
    under_roof = read("roof_levels") * STOREY_M  # levels do not count those under the roof
    top[by_levels] = np.fmax(levels, first + 1)[by_levels] * STOREY_M  # most do not say where they begin
    top[by_levels] += np.nan_to_num(np.clip(under_roof[by_levels], 0.0, 30.0))
    marks[by_levels] = "levels"
    if unreadable:
        problems.append(
            Problem("unreadable_number", "warning", unreadable, f"{unreadable} heights or levels are not numbers and were ignored", source)
        )
    if zero.any():
        problems.append(
            Problem(
                "zero_height",
                "warning",
                int(zero.sum()),
                f"{int(zero.sum())} heights are zero or negative and were taken as unknown",
                source,
                some(zero),
            )
        )
    if unit:
        from twin.city.doctor import words

        told = words.says("heights_in_mm", n=f"{int(wild.sum()):,}", source=source, unit=unit, usual=f"{np.median(said):,.0f}")
        problems.append(Problem("heights_in_mm", "error", int(wild.sum()), told, source, some(wild), repair=f"unit={unit}"))
    elif wild.any():
        problems.append(
            Problem(
                "wild_height",
                "warning",
                int(wild.sum()),
                f"{int(wild.sum())} heights above 1,200 m were taken as unknown",
                source,
                some(wild),
            )
        )
    if below.any():
        problems.append(
            Problem(
                "min_above_top",
                "warning",
                int(below.sum()),
                f"{int(below.sum())} buildings start above their top; their min_height was ignored",
                source,
                some(below),
            )
        )
        bottom[below] = 0.0
    return Heights(top, bottom, marks, levels, zero)


def own_marks(table: pd.DataFrame, stated: dict[str, str]) -> NDArray[np.object_]:
    """How each known height came about: what our own column beside `height_m` says, in a file that we wrote; measured in all others."""
    out = np.full(len(table), "measured", object)
    if "height_source" not in table or columns(table, "height", stated)[:1] != ["height_m"]:
        return out
    said = pd.Series(text(table["height_source"]), dtype=object)
    if not (said.isin(list(_MARKS)) | (said == "")).all():
        return out  # somebody else's column
    out[:] = said.map(_MARKS).fillna("measured").to_numpy(object)
    return out


def unit_of(heights: Floats) -> str:
    """Unit of heights whose median is far too high for metres: mm, cm, or '' where neither makes usual buildings of them."""
    usual = float(np.nanmedian(heights)) if np.isfinite(heights).any() else 0.0
    return "mm" if 2_000 <= usual <= 300_000 else "cm" if 200 <= usual < 2_000 else ""


def fill_from_surface(h: Heights, above_ground: Floats, source: str, problems: list[Problem]) -> None:
    """Heights where the source gives none (a number of storeys is only a guess); above_ground: metres, NaN where not known."""
    with np.errstate(invalid="ignore"):
        found = (h.source != "measured") & (above_ground >= LEAST_HEIGHT_M) & (above_ground > h.bottom)
    h.top[found], h.source[found] = above_ground[found], "surface"
    n, unmeasured = int(found.sum()), int((h.source != "measured").sum())
    if n:
        what = f"{n} of {unmeasured} buildings without height got theirs from the surface model ({PERCENTILE:g}th percentile of the roof)"
        problems.append(Problem("surface_heights", "info", n, what, source))


def fill_buildings(
    h: Heights,
    shapes: NDArray[np.object_],
    rows: NDArray[np.int64],
    part_rows: NDArray[np.int64],
    owner: NDArray[np.int64],
    source: str,
    problems: list[Problem],
) -> None:
    """Fills the heights of buildings: their parts', their neighbours' median, the default."""
    if not len(rows):
        return
    if len(part_rows):
        highest = np.full(len(rows), -np.inf)
        known = part_rows[np.isfinite(h.top[part_rows])]
        np.maximum.at(highest, owner[known], h.top[known])
        fill = np.isfinite(highest) & ~(h.top[rows] >= highest)  # a spire may be a part that the outline's height leaves out
        h.top[rows[fill]], h.source[rows[fill]] = highest[fill], "measured"
    unknown = np.isnan(h.top[rows])
    if unknown.any():
        told = np.where(np.isin(h.source[rows], GUESSED), np.nan, h.top[rows])
        medians = neighbours_median(shapes[rows], told, unknown)
        near = np.isfinite(medians)
        lost = np.flatnonzero(unknown)
        h.top[rows[lost]] = np.where(near, medians, DEFAULT_HEIGHT_M)
        h.source[rows[lost]] = np.where(near, *GUESSED)
        floor = h.top[rows] <= h.bottom[rows]
        h.bottom[rows[floor]] = 0.0
    for word, how in zip(GUESSED, ("the median of their neighbours", f"{DEFAULT_HEIGHT_M:g} m"), strict=True):
        count = int((h.source[rows] == word).sum())
        if count:
            problems.append(
                Problem("no_height", "info", count, f"{count} of {len(rows)} buildings have no height or levels and got {how}", source)
            )


def neighbours_median(shapes: NDArray[np.object_], top: Floats, wanted: NDArray[np.bool_]) -> Floats:
    """Median height of the nearest known buildings within 300 m, NaN where there is none; one value per wanted row."""
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    known = np.isfinite(top)
    out = np.full(int(wanted.sum()), np.nan)
    if not known.any():
        return out
    values = np.append(top[known], np.nan)
    near = values[_nearest(centres[known], centres[wanted])]
    some = np.isfinite(near).any(1)
    out[some] = np.nanmedian(near[some], axis=1)
    return out


def _nearest(known: Floats, wanted: Floats) -> NDArray[np.int64]:
    """Rows of the nearest known places within NEIGHBOUR_M, len(known) where there are no more."""
    if len(known) * len(wanted) > 4_000_000:
        from scipy.spatial import cKDTree

        return np.asarray(cKDTree(known).query(wanted, k=NEIGHBOURS, distance_upper_bound=NEIGHBOUR_M)[1], np.int64)
    k = min(NEIGHBOURS, len(known))
    square = ((wanted[:, None] - known[None]) ** 2).sum(2)
    index = np.argpartition(square, k - 1, axis=1)[:, :k]
    return np.where(np.take_along_axis(square, index, 1) <= NEIGHBOUR_M**2, index, len(known))


def fill_parts(
    h: Heights, shapes: NDArray[np.object_], part_rows: NDArray[np.int64], owner: NDArray[np.int64], rows: NDArray[np.int64]
) -> None:
    """A part without height ends where the part above it begins, else with its building."""
    unknown = part_rows[np.isnan(h.top[part_rows]) & ~h.zero[part_rows]]
    if not len(unknown):
        h.top[part_rows[h.zero[part_rows]]] = 0.0
        return
    above = part_rows[h.bottom[part_rows] > 0]
    limit = h.top[rows[owner[unknown]]].copy()
    if len(above):
        a, b = shapely.STRtree(shapes[above]).query(shapes[unknown], predicate="intersects")
        ok = (owner[unknown[a]] == owner[above[b]]) & (h.bottom[above[b]] > h.bottom[unknown[a]])
        np.minimum.at(limit, a[ok], h.bottom[above[b[ok]]])
    h.top[unknown] = limit
    h.source[unknown] = "measured"
    h.top[part_rows[h.zero[part_rows]]] = 0.0
