"""Buildings from footprints with attributes: which part belongs to which building, how high, what use, what roof.

Follows the "Simple 3D Buildings" scheme of OpenStreetMap: heights are above ground and include the roof, parts may start at
min_height, and where parts fill a building its outline is not raised on top of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import STOREY_M, Buildings, empty_table
from twin.city.heights import DEFAULT_HEIGHT_M, Heights, fill_buildings, fill_from_surface, fill_parts, neighbours_median, read_heights
from twin.city.mesh import Mesh
from twin.city.pieces import pieces_of, with_own
from twin.city.readers.fields import bearing, column, columns, first_text, number, text, years
from twin.city.roofs import raise_pieces
from twin.city.uses import use_of
from twin.errors import Problem

FILLED = 0.9
"""Share of its outline that parts must fill for the outline not to be raised."""

GRID_M = 0.001
"""To which corners are rounded where outlines are cut; without, cuts of nearly touching edges can fail."""

Floats = NDArray[np.float64]
Ground = Callable[[Floats, Floats], Floats]


def buildings_of(
    shapes: NDArray[np.object_],
    table: pd.DataFrame,
    stated: dict[str, str],
    ground: Ground,
    source: str,
    roofs: Floats | None = None,
) -> tuple[Buildings, list[Problem]]:
    """Buildings of one layer.

    shapes: valid areas in local metres; table: the source's attributes, same rows; stated: fields of the recipe;
    ground: terrain height at points; roofs: height of the roof of each row where a surface model tells it, in the same datum, NaN
    elsewhere; it counts where the source gives no height. Problems tell what was missing and what was put in its place.
    """
    problems: list[Problem] = []
    ids, repeated = unique_ids(table, stated)
    if repeated:
        problems.append(
            Problem(
                "repeated_id", "warning", len(repeated), "Ids used more than once got a number behind them", source, tuple(repeated[:10])
            )
        )
    heights = read_heights(table, stated, source, problems, ids)
    if roofs is not None:
        fill_from_surface(heights, roofs - _ground(shapes, ground), source, problems)
    part = _is_part(table, stated)
    parent = _parents(shapes, table, stated, ids, part, source, problems)
    rows = np.flatnonzero(parent == np.arange(len(ids)))
    row_of = np.full(len(ids), -1, np.int64)
    row_of[rows] = np.arange(len(rows))
    owner = row_of[parent]
    is_part = part.copy()
    part_rows = np.flatnonzero(is_part)

    fill_buildings(heights, shapes, rows, part_rows, owner, source, problems)
    fill_parts(heights, shapes, part_rows, owner, rows)

    footprints = shapes[rows].copy()
    having, united = _united(shapes[part_rows], owner[part_rows])
    lonely = is_part[rows[having]]
    footprints[having[lonely]] = united[lonely]  # parts without an outline make one together
    ground_z = _ground(footprints, ground)
    if "ground_z_m" in table and not ground_z.any():  # we wrote it; no terrain says better
        ground_z = np.nan_to_num(number(table["ground_z_m"])[0][rows])
    parts_of = having, united
    mesh, podium, part_of = _raise(shapes, table, stated, heights, rows, part_rows, owner, is_part, parts_of, footprints, ground_z)
    if len(podium):
        told = f"The parts of {len(podium)} buildings leave over a tenth of the outline free; that is raised to the neighbours' height"
        examples = tuple(f"building/{i}" for i in ids[rows[podium[:10]]])
        problems.append(Problem("parts_do_not_fill", "info", len(podium), told, source, examples))

    out = empty_table(len(rows))
    out["id"] = "building/" + ids[rows] if len(rows) else []
    names = columns(table, "name", stated)
    out["name"] = first_text(table, names, frozenset({""}))[rows]
    out["height_m"], out["height_source"], out["storeys"] = heights.top[rows], heights.source[rows], heights.storeys[rows]
    out["ground_z_m"] = ground_z
    out["use"] = use_of(first_text(table, columns(table, "use", stated)))[rows]
    for name in ("year", "people", "value"):
        found = column(table, name, stated)
        if found is not None and found in table:
            target = {"people": "people_night"}.get(name, name)
            values = years(table[found]) if name == "year" else number(table[found])[0]
            out[target] = values[rows]
    structure = column(table, "structure", stated)
    if structure is not None:
        out["structure"] = text(table[structure])[rows]
    out["source"] = source
    out["parts"] = np.bincount(owner[part_rows], minlength=len(rows)).astype(np.int32)
    parts = pd.DataFrame(
        {
            "id": "part/" + ids[part_rows] if len(part_rows) else np.empty(0, object),
            "building": owner[part_rows].astype(np.int32),
            "min_height_m": heights.bottom[part_rows],
            "height_m": heights.top[part_rows],
        }
    )
    pieces = pieces_of("", mesh.object, part_of, parts["id"].to_numpy(object))
    parts = with_own(parts, table.iloc[part_rows])
    attributes = table.iloc[rows].reset_index(drop=True)
    return Buildings(out, footprints, mesh, attributes, parts, pieces=pieces), problems


def unique_ids(table: pd.DataFrame, stated: dict[str, str]) -> tuple[NDArray[np.object_], list[str]]:
    """Ids of the source, its row number where it gives none; repeats get #2, #3. Returns ids and what was repeated."""
    best: tuple[int, str] | None = None
    for name in columns(table, "id", stated):
        if name not in table:
            continue
        distinct = int(table[name].nunique())
        if best is None or distinct > best[0] * 1.2:  # an earlier, more telling name unless it is clearly less of an id
            best = distinct, name
    numbers = np.arange(len(table)).astype(str).astype(object)
    if best is None:
        return numbers, []
    ids = pd.Series(text(table[best[1]]), dtype=object)
    missing = (ids == "").to_numpy()
    ids[missing] = [f"row{n}" for n in numbers[missing]]
    repeated: list[str] = []
    while not ids.is_unique:  # once more where the source has an X#2 of its own
        again = ids.groupby(ids).cumcount()
        repeats = (again > 0).to_numpy()
        repeated = repeated or list(dict.fromkeys(ids[repeats]))
        ids[repeats] = ids[repeats] + "#" + (again[repeats] + 1).astype(str)
    return ids.to_numpy(object), repeated


def _is_part(table: pd.DataFrame, stated: dict[str, str]) -> NDArray[np.bool_]:
    out = np.zeros(len(table), bool)
    if "kind" in table.columns:
        out |= (table["kind"] == "building_part").to_numpy(bool)
    name = column(table, "part", stated)
    if name is not None:
        said = text(table[name])
        whole = text(table["building"]) if "building" in table.columns else np.full(len(table), "", object)
        out |= (said != "") & (said != "no") & (whole == "")
    return out


def _parents(
    shapes: NDArray[np.object_],
    table: pd.DataFrame,
    stated: dict[str, str],
    ids: NDArray[np.object_],
    part: NDArray[np.bool_],
    source: str,
    problems: list[Problem],
) -> NDArray[np.int64]:
    """Row of the building each row belongs to (its own for a building): as the source says, else where it lies."""
    parent = np.arange(len(ids))
    parts = np.flatnonzero(part)
    if not len(parts):
        return parent
    outlines = np.flatnonzero(~part)
    found = np.full(len(parts), -1, np.int64)
    root = column(table, "root", stated)
    said = text(table[root])[parts] if root is not None else np.full(len(parts), "", object)
    if len(outlines):
        known = pd.Series(outlines, index=ids[outlines])
        found = known.reindex(said).fillna(-1).to_numpy(np.int64)
        left = np.flatnonzero(found < 0)
        a, b = shapely.STRtree(shapes[outlines]).query(shapes[parts[left]], predicate="intersects")
        if len(a):
            inside = shapely.area(shapely.intersection(shapes[parts[left[a]]], shapes[outlines[b]])) / np.maximum(
                shapely.area(shapes[parts[left[a]]]), 1e-9
            )
            order = np.lexsort((shapely.area(shapes[outlines[b]]), -np.round(inside, 2), a))
            first = order[np.r_[True, np.diff(a[order]) > 0]]
            enough = inside[first] > 0.5
            found[left[a[first[enough]]]] = outlines[b[first[enough]]]
    lonely = found < 0
    found[lonely] = parts[lonely]
    if lonely.any():
        named = lonely & (said != "")
        if named.any():  # parts of one building whose outline is missing
            first_of = pd.Series(parts[named]).groupby(said[named]).transform("first").to_numpy(np.int64)
            found[named] = first_of
        n = int(lonely.sum())
        problems.append(
            Problem(
                "part_without_building",
                "info",
                n,
                f"{n} building parts lie in no building's outline and stand as buildings of their own",
                source,
                tuple(f"part/{i}" for i in ids[parts[lonely]][:10]),
            )
        )
    parent[parts] = found
    return parent


def _united(shapes: NDArray[np.object_], owner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The owners that have shapes, ascending, and the union of the shapes of each."""
    if not len(shapes):
        return np.empty(0, np.int64), np.empty(0, object)
    order = np.argsort(owner, kind="stable")
    owners, index = np.unique(owner[order], return_inverse=True)
    together = np.asarray(shapely.geometrycollections(shapes[order], indices=index), object)
    return owners, np.asarray(shapely.union_all(together[:, None], axis=1), object)


def _ground(footprints: NDArray[np.object_], ground: Ground) -> Floats:
    """Lowest ground under the corners of each footprint."""
    if not len(footprints):
        return np.empty(0)
    xy, index = shapely.get_coordinates(footprints, return_index=True)
    z = ground(xy[:, 0], xy[:, 1])
    low = np.full(len(footprints), np.inf)
    np.minimum.at(low, index, z)
    return np.where(np.isfinite(low), low, 0.0)


def _podiums(
    footprints: NDArray[np.object_],
    having: NDArray[np.int64],
    united: NDArray[np.object_],
    h: Heights,
    part_rows: NDArray[np.int64],
    owner: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.object_], Floats]:
    """Buildings whose parts leave over a tenth of the outline free: their rows, what is left, and the lowest part on the ground."""
    outlines = footprints[having]
    rest = shapely.difference(outlines, united, grid_size=GRID_M)
    rest = shapely.buffer(shapely.buffer(rest, -0.5, join_style="mitre"), 0.5, join_style="mitre")
    crossed = ~shapely.is_valid(rest)
    rest[crossed] = shapely.make_valid(rest[crossed], method="structure", keep_collapsed=False)
    free = shapely.area(rest) > (1 - FILLED) * shapely.area(outlines)
    lows = np.full(len(footprints), np.inf)
    standing = part_rows[(h.bottom[part_rows] <= 0) & (h.top[part_rows] > 0)]
    np.minimum.at(lows, owner[standing], h.top[standing])
    return having[free], np.asarray(shapely.intersection(rest[free], outlines[free], grid_size=GRID_M), object), lows[having[free]]


def _raise(
    shapes: NDArray[np.object_],
    table: pd.DataFrame,
    stated: dict[str, str],
    h: Heights,
    rows: NDArray[np.int64],
    part_rows: NDArray[np.int64],
    owner: NDArray[np.int64],
    is_part: NDArray[np.bool_],
    parts_of: tuple[NDArray[np.int64], NDArray[np.object_]],
    footprints: NDArray[np.object_],
    ground_z: Floats,
) -> tuple[Mesh, NDArray[np.int64], NDArray[np.int64]]:
    """Surfaces of all buildings, the rows of those of which a rest is raised besides their parts, and the part each triangle is of."""
    whole = np.ones(len(rows), bool)
    having, united = parts_of
    whole[having] = False
    outlined = ~is_part[rows[having]]
    podium, rests, lows = _podiums(footprints, having[outlined], united[outlined], h, part_rows, owner)
    roof_shape = first_text(table, columns(table, "roof_shape", stated), frozenset({""}))

    def said(meaning: str) -> Floats:
        name = column(table, meaning, stated)
        return number(table[name])[0] if name is not None and name in table else np.full(len(table), np.nan)

    roof_height, roof_levels, angle = said("roof_height"), said("roof_levels"), said("roof_angle")
    roof_height = np.where(np.isnan(roof_height) & (roof_levels > 0), roof_levels * STOREY_M, roof_height)
    name = column(table, "roof_direction", stated)
    facing = bearing(table[name]) if name is not None and name in table else np.full(len(table), np.nan)
    across = first_text(table, columns(table, "roof_orientation", stated)) == "across"
    plain = rows[whole]
    pieces = np.concatenate([plain, part_rows])
    piece_owner = owner[pieces]
    geometry, bottom, top = shapes[pieces], h.bottom[pieces], h.top[pieces]
    shape, height, turned = roof_shape[pieces], roof_height[pieces], across[pieces]
    facing, angle = facing[pieces], angle[pieces]
    if len(podium):
        usual = neighbours_median(footprints, np.where(whole, h.top[rows], np.nan), np.isin(np.arange(len(rows)), podium))
        usual = np.where(np.isfinite(usual), usual, DEFAULT_HEIGHT_M)
        tops = np.minimum(np.minimum(lows, h.top[rows[podium]]), usual)
        geometry = np.append(geometry, rests)
        bottom, top = np.append(bottom, np.zeros(len(tops))), np.append(top, tops)
        shape, height = np.append(shape, np.full(len(tops), "", object)), np.append(height, np.full(len(tops), np.nan))
        turned, piece_owner = np.append(turned, np.zeros(len(tops), bool)), np.append(piece_owner, podium)
        facing, angle = np.append(facing, np.full(len(tops), np.nan)), np.append(angle, np.full(len(tops), np.nan))
    base = ground_z[piece_owner]
    stands = top > bottom
    mesh = raise_pieces(
        geometry[stands],
        (base + bottom)[stands],
        (base + top)[stands],
        np.flatnonzero(stands).astype(np.int32),
        shape[stands],
        height[stands],
        turned[stands],
        facing[stands],
        angle[stands],
    )
    piece = mesh.object.astype(np.int64)
    part_of = piece - len(plain)
    part_of[part_of >= len(part_rows)] = -1
    return replace(mesh, object=piece_owner[piece].astype(np.int32)), podium, np.maximum(part_of, -1)
