"""Buildings that cannot be as they are told: heights, footprints, doubles, and how they stand on the ground.

Each function gives the rows (or pairs of rows) concerned; checks.py makes problems of them and repairs mend the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import STOREY_M
from twin.city.doctor.facts import Facts
from twin.city.heights import HIGHEST_M, neighbours_median, unit_of

LOWEST_M = 1.5
"""What is lower is a wall or a mistake."""
MANY = 0.2
"""Share of impossible heights from which on those of a whole source are in doubt, and nobody's measure."""
USUAL_M = 300.0
"""No place has buildings half of which are higher."""
FLOAT_M, BURIED_M = 1.5, 3.0
OVERLAP = 0.9
SLIVER_M2, SLIVER_WIDTH_M = 1.0, 0.3
FEET = 1 / 0.3048
OUTLIER_M = 20_000.0
TOUCH_M = 0.05

Rows = NDArray[np.int64]


def impossible_heights(facts: Facts) -> Rows:
    """Not a number, zero or negative, or above 1,200 m."""
    h = facts.heights
    with np.errstate(invalid="ignore"):
        return np.flatnonzero(~np.isfinite(h) | (h <= 0) | (h > HIGHEST_M))


def doubtful_sources(facts: Facts) -> dict[str, str]:
    """Sources whose heights as a whole are not metres -> the unit they are probably in (mm, cm), '' where none fits.

    Over a fifth of the heights that the source gives are impossible, or half of at least ten are above 300 m.
    """
    table = facts.city.buildings.table
    known = table["height_source"].isin(["measured", "solid"]).to_numpy()
    wrong = np.zeros(len(known), bool)
    wrong[impossible_heights(facts)] = True
    found = {}
    each = pd.DataFrame({"height": facts.heights, "wrong": wrong})[known]
    for source, group in each.groupby(table["source"].to_numpy(object)[known]):
        usual = float(group["height"].median())
        if group["wrong"].mean() > MANY or (len(group) >= 10 and usual > USUAL_M):
            found[str(source)] = unit_of(group["height"].to_numpy(float))
    return found


def _of_sources(facts: Facts, sources: Iterable[str]) -> NDArray[np.bool_]:
    return np.asarray(facts.city.buildings.table["source"].isin(list(sources)).to_numpy())


def unusual_heights(facts: Facts) -> Rows:
    """Impossible heights of sources whose other heights are right."""
    rows = impossible_heights(facts)
    return rows[~_of_sources(facts, doubtful_sources(facts))[rows]] if len(rows) else rows


def very_low(facts: Facts) -> Rows:
    """Above 0 and below 1.5 m."""
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((facts.heights > 0) & (facts.heights < LOWEST_M))


def guessed_heights(facts: Facts) -> Rows:
    """Rows whose height no source tells."""
    return np.flatnonzero(facts.city.buildings.table["height_source"].isin(["neighbours", "default"]).to_numpy())


def feet_sources(facts: Facts) -> dict[str, float]:
    """Sources whose heights are probably feet -> metres a storey as it stands.

    Told by the storeys where they are known apart from the height: a storey has 2.5 to 5 m, which is 8 to 16 feet.
    """
    table = facts.city.buildings.table
    storeys = table["storeys"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        per = facts.heights / storeys
    use = np.isfinite(per) & (storeys >= 2) & table["height_source"].isin(["measured", "solid"]).to_numpy()
    found = {}
    for source, group in pd.Series(per[use]).groupby(table["source"].to_numpy(object)[use]):
        if len(group) >= 10:
            low, median, high = np.quantile(group, [0.1, 0.5, 0.9])
            if 8.0 <= median <= 16.5 and low >= 6.5 and high <= 30:
                found[str(source)] = float(median)
    return found


def standing(facts: Facts) -> NDArray[np.float64]:
    """Height of each building's lowest point above the highest ground under it (negative: in the ground); NaN unknown."""
    return facts.z_range[0] - facts.ground[1]


def shifted_sources(facts: Facts) -> dict[str, float]:
    """Sources that stand off the terrain as a whole -> by how much, metres: another height datum, most likely.

    At least 8 buildings with surfaces of their own, 80 % of them within 2 m of a median that is over 3 m.
    """
    above = facts.z_range[0] - facts.ground[0]
    use = np.isfinite(above) & facts.has_own_solid
    sources = facts.city.buildings.table["source"].to_numpy(object)[use]
    found = {}
    for source, group in pd.Series(above[use]).groupby(sources):
        median = float(group.median())
        if len(group) >= 8 and abs(median) > 3.0 and float((np.abs(group - median) < 2.0).mean()) >= 0.8:
            found[str(source)] = median
    return found


def _not_shifted(facts: Facts) -> NDArray[np.bool_]:
    return ~facts.city.buildings.table["source"].isin(list(shifted_sources(facts))).to_numpy()


def floating(facts: Facts) -> Rows:
    """Lowest point over 1.5 m above the highest ground under the footprint; not those of a source that is shifted as a whole."""
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((standing(facts) > FLOAT_M) & _not_shifted(facts))


def buried(facts: Facts) -> Rows:
    """Roof below the lowest ground, or more than 3 m and half of the height in it."""
    low, high = facts.z_range
    with np.errstate(invalid="ignore"):
        depth = facts.ground[0] - low
        sunk = (high < facts.ground[0]) | (depth > np.maximum(BURIED_M, 0.5 * (high - low)))
        return np.flatnonzero(sunk & facts.has_own_solid & _not_shifted(facts))


def slivers(facts: Facts) -> Rows:
    """Footprints under 1 m2, or narrower than 0.3 m (twice area over perimeter)."""
    perimeter = shapely.length(facts.city.buildings.footprints)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = 2 * facts.areas / perimeter
        return np.flatnonzero((facts.areas < SLIVER_M2) | (width < SLIVER_WIDTH_M))


def invalid_footprints(facts: Facts) -> Rows:
    return np.flatnonzero(~shapely.is_valid(facts.city.buildings.footprints))


def outliers(facts: Facts) -> Rows:
    """Buildings over 20 km and ten times the usual distance from the middle of the city."""
    centre = facts.centres
    if np.isfinite(centre).all(1).sum() < 10:
        return np.empty(0, np.int64)
    away = np.hypot(*(centre - np.nanmedian(centre, axis=0)).T)
    return np.flatnonzero(away > max(OUTLIER_M, 10 * float(np.nanquantile(away, 0.9))))


def doubles(facts: Facts) -> NDArray[np.int64]:
    """(k, 2) pairs of rows that cover each other by over 90 % and share their heights: the same building twice; a < b."""
    shapes, areas = facts.city.buildings.footprints, facts.areas
    none = np.empty((0, 2), np.int64)
    if len(shapes) < 2:
        return none
    # Twins have nearly the same middle: neighbours on a grid of middles are far fewer than boxes that overlap.
    reach = np.sqrt(np.maximum(areas, 0.0))
    use = np.flatnonzero((areas > SLIVER_M2) & np.isfinite(facts.centres).all(1))
    if len(use) < 2:
        return none
    from scipy.spatial import cKDTree

    order = use[np.argsort(reach[use], kind="stable")]
    found = []
    # By size: within a band sizes differ by under a third, so one radius serves all of it.
    level = np.floor(np.log(reach[order]) / np.log(1.3)).astype(np.int64)
    for band in np.unique(level):
        rows = order[(level == band) | (level == band + 1)]
        radius = 0.35 * 1.3 ** (float(band) + 2)
        pairs = cKDTree(facts.centres[rows]).query_pairs(radius, output_type="ndarray")
        a, b = rows[pairs[:, 0]], rows[pairs[:, 1]]
        near = np.minimum(areas[a], areas[b]) > OVERLAP * np.maximum(areas[a], areas[b])
        a, b = a[near], b[near]
        found.append(np.minimum(a, b) * len(shapes) + np.maximum(a, b))
    pairs = np.column_stack(np.divmod(np.unique(np.concatenate(found)), len(shapes)))
    a, b = pairs.T
    alike = np.ones(len(pairs), bool)
    low, high = facts.z_range
    guessed = ~facts.has_own_solid
    shared = np.minimum(high[a], high[b]) - np.maximum(low[a], low[b])
    stacked = shared < 0.5 * np.minimum(high[a] - low[a], high[b] - low[b])
    alike &= ~(stacked & ~guessed[a] & ~guessed[b])
    pairs = pairs[alike]
    if not len(pairs):
        return none
    a, b = pairs.T
    common = shapely.area(shapely.intersection(_sound(shapes[a]), _sound(shapes[b])))
    return np.asarray(pairs[common > OVERLAP * np.maximum(areas[a], areas[b])])


_KNOWN = {"solid": 4, "measured": 3, "surface": 2, "levels": 1}


def worse_doubles(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that another one makes needless, each once, and that other: one with its own surfaces stays before one with a measured
    height or one from a surface model, that before one with levels; of surfaces the richer ones, then the first before the rest."""
    pairs = doubles(facts)
    table = facts.city.buildings.table
    rank = table["height_source"].map(_KNOWN).fillna(0).to_numpy(float)
    faces = np.bincount(facts.city.buildings.mesh.object, minlength=len(rank))[: len(rank)] * facts.has_own_solid
    order = np.empty(len(rank))
    order[np.lexsort((-np.arange(len(rank)), faces, rank))] = np.arange(len(rank))
    a, b = pairs.T
    first = order[a] >= order[b]
    worse, better = np.where(first, b, a), np.where(first, a, b)
    # Of three at one place the best one counts.
    best = np.lexsort((-order[better], worse))
    once = np.r_[True, np.diff(worse[best]) > 0] if len(best) else np.empty(0, bool)
    return worse[best][once], better[best][once]


def _sound(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    wrong = ~shapely.is_valid(shapes)
    if wrong.any():
        shapes = shapes.copy()
        shapes[wrong] = shapely.make_valid(shapes[wrong])
    return shapes


def base_ids(facts: Facts) -> NDArray[np.object_]:
    """Ids without the number that readers put behind repeated ones."""
    ids = facts.city.buildings.ids
    some = np.array(["#" in i for i in ids.tolist()], bool)
    if not some.any():
        return ids
    out = ids.copy()
    out[some] = [re.sub(r"#\d+$", "", i) for i in ids[some].tolist()]
    return out


def pieces_of_one(facts: Facts) -> list[Rows]:
    """Groups of rows with one id whose footprints touch without covering each other: buildings cut at the border of a tile."""
    ids = pd.Series(base_ids(facts), dtype=object)
    again = np.flatnonzero(ids.duplicated(keep=False).to_numpy())
    if not len(again):
        return []
    shapes = _sound(facts.city.buildings.footprints)
    code, _ = pd.factorize(ids.iloc[again])
    tree = shapely.STRtree(shapes[again])
    i, j = tree.query(shapes[again], predicate="dwithin", distance=TOUCH_M)
    mine = (code[i] == code[j]) & (i < j)
    a, b = again[i[mine]], again[j[mine]]
    if not len(a):
        return []
    common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    apart = common < 0.5 * np.minimum(facts.areas[a], facts.areas[b])
    return _linked(a[apart], b[apart])


def _linked(a: Rows, b: Rows) -> list[Rows]:
    """Groups of rows joined by pairs."""
    if not len(a):
        return []
    import scipy.sparse as sparse
    from scipy.sparse.csgraph import connected_components

    rows, index = np.unique(np.concatenate([a, b]), return_inverse=True)
    n = len(rows)
    graph = sparse.coo_matrix((np.ones(len(a)), (index[: len(a)], index[len(a) :])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    return [rows[g] for g in np.split(order, np.flatnonzero(np.diff(label[order])) + 1)]


def usual_height(facts: Facts, rows: Rows) -> NDArray[np.float64]:
    """What the heights of some rows probably are: the median of known neighbours, of the whole city, two storeys.

    A source whose heights are in doubt as a whole says nothing of its neighbours.
    """
    known = facts.heights.copy()
    wrong = np.zeros(len(known), bool)
    wrong[rows] = True
    wrong[impossible_heights(facts)] = True
    wrong |= _of_sources(facts, doubtful_sources(facts))
    known[wrong] = np.nan
    wanted = np.zeros(len(known), bool)
    wanted[rows] = True
    near = neighbours_median(facts.city.buildings.footprints, known, wanted)
    whole = float(np.nanmedian(known)) if np.isfinite(known).any() else 2 * STOREY_M
    return np.where(np.isfinite(near), near, whole)
