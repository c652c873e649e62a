"""Repairs of buildings: rows dropped or made one, heights and places mended, shells turned and closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.doctor.buildings import (
    Rows,
    buried,
    feet_sources,
    floating,
    outliers,
    pieces_of_one,
    shifted_sources,
    slivers,
    unusual_heights,
    usual_height,
    worse_doubles,
)
from twin.city.doctor.facts import Facts
from twin.city.doctor.shells import faced_outwards, shells_of
from twin.city.extrude import extrude, triangulate
from twin.city.mesh import Mesh, SurfaceClass

FOOT_M = 0.3048


def kept(city: City, keep: NDArray[np.bool_]) -> City:
    """The city with only some of its buildings."""
    return _renumbered(city, np.where(keep, np.cumsum(keep) - 1, -1), np.flatnonzero(keep))


def _renumbered(city: City, row: NDArray[np.int64], first: Rows) -> City:
    """Buildings with their old rows at new ones (-1: gone); first: the old row whose attributes each new row takes."""
    people = None
    if city.people is not None:
        people = np.zeros((len(city.people), len(first)), np.float32)
        np.add.at(people.T, row[row >= 0], city.people[:, row >= 0].T)
    return city.derived(buildings=city.buildings.renumbered(row, first), people=people)


def without_slivers(city: City) -> City:
    gone = slivers(Facts(city))
    return city if not len(gone) else kept(city, ~np.isin(np.arange(len(city.buildings)), gone))


def without_outliers(city: City) -> City:
    gone = outliers(Facts(city))
    return city if not len(gone) else kept(city, ~np.isin(np.arange(len(city.buildings)), gone))


def without_doubles(city: City) -> City:
    """Of two buildings at one place the better known stays: one with its own surfaces, then with a measured height, then the first."""
    worse, _ = worse_doubles(Facts(city))
    return city if not len(worse) else kept(city, ~np.isin(np.arange(len(city.buildings)), worse))


def merged_by_id(city: City) -> City:
    """Pieces of one building, cut at the border of a tile, become one again: outline, surfaces, parts and people together."""
    facts = Facts(city)
    groups = pieces_of_one(facts)
    if not groups:
        return city
    n = len(city.buildings)
    target = np.arange(n)
    for group in groups:
        target[group] = group.min()
    first, row = np.unique(target, return_inverse=True)
    out = _renumbered(city, row.ravel(), first)
    table, footprints = out.buildings.table.copy(), out.buildings.footprints.copy()
    low, high = facts.z_range
    for group in groups:  # as many as there are cut buildings
        at = int(np.searchsorted(first, group.min()))
        footprints[at] = shapely.union_all(shapely.set_precision(city.buildings.footprints[group], 0.001))
        table.loc[at, "ground_z_m"] = low[group].min()
        table.loc[at, "height_m"] = high[group].max() - low[group].min()
        for column in ("people_day", "people_night", "value"):
            values = city.buildings.table[column].to_numpy(float)[group]
            if np.isfinite(values).any():
                table.loc[at, column] = np.nansum(values)
        table.loc[at, "parts"] = int(city.buildings.table["parts"].to_numpy(int)[group].sum())
    return out.derived(buildings=out.buildings.derived(table=table, footprints=footprints))


def _lifted(city: City, by: NDArray[np.float64]) -> City:
    """Buildings moved up by metres each."""
    b = city.buildings

    def mesh(m: Mesh) -> Mesh:
        if not len(m):
            return m
        own = _own_points(m)
        points = own.points.copy()
        # Each point belongs to one object now.
        of_point = np.zeros(len(points), np.int64)
        of_point[own.triangles.ravel()] = np.repeat(own.object, 3)
        points[:, 2] += by[of_point]
        return replace(own, points=points)

    table = b.table.assign(ground_z_m=b.table["ground_z_m"].to_numpy(float) + by)
    return city.derived(buildings=b.derived(table=table, mesh=mesh(b.mesh), lods={k: mesh(m) for k, m in b.lods.items()}))


def _own_points(mesh: Mesh) -> Mesh:
    """The same mesh in which no two objects share a point."""
    key = mesh.object.repeat(3).astype(np.int64) * len(mesh.points) + mesh.triangles.ravel()
    used, index = np.unique(key, return_inverse=True)
    return replace(mesh, points=mesh.points[used % len(mesh.points)], triangles=index.reshape(-1, 3).astype(np.int32))


def on_the_ground(city: City) -> City:
    """Floating and buried buildings are put on the lowest ground under them; a source that is off as a whole is moved as a whole."""
    facts = Facts(city)
    by = np.zeros(len(city.buildings))
    sources = city.buildings.table["source"].to_numpy(object)
    for source, offset in shifted_sources(facts).items():
        by[sources == source] = -offset
    rows = np.concatenate([floating(facts), buried(facts)])
    by[rows] = facts.ground[0][rows] - facts.z_range[0][rows]
    return city if not by.any() else _lifted(city, np.nan_to_num(by))


def _stretched(city: City, factor: NDArray[np.float64]) -> City:
    """Heights of buildings times a factor each, their lowest point stays where it is."""
    b, low = city.buildings, Facts(city).z_range[0]

    def mesh(m: Mesh) -> Mesh:
        if not len(m):
            return m
        own = _own_points(m)
        points, of_point = own.points.copy(), np.zeros(len(own.points), np.int64)
        of_point[own.triangles.ravel()] = np.repeat(own.object, 3)
        points[:, 2] = low[of_point] + (points[:, 2] - low[of_point]) * factor[of_point]
        return replace(own, points=points)

    parts = b.parts
    if len(parts):
        f = factor[parts["building"].to_numpy(np.int64)]
        parts = parts.assign(min_height_m=parts["min_height_m"] * f, height_m=parts["height_m"] * f)
    table = b.table.assign(height_m=b.table["height_m"].to_numpy(float) * factor)
    return city.derived(buildings=b.derived(table=table, mesh=mesh(b.mesh), parts=parts, lods={k: mesh(m) for k, m in b.lods.items()}))


def feet_to_metres(city: City) -> City:
    """Heights of the sources that look like feet are taken as feet."""
    sources = list(feet_sources(Facts(city)))
    if not sources:
        return city
    mine = city.buildings.table["source"].isin(sources) & city.buildings.table["height_source"].isin(["measured", "solid"])
    return _stretched(city, np.where(mine.to_numpy(), FOOT_M, 1.0))


def usual_heights(city: City) -> City:
    """Heights that cannot be become the median of the neighbours'; `height_source` says so. Not those of a source whose heights are
    in doubt as a whole: such a source is read again in its unit."""
    facts = Facts(city)
    rows = unusual_heights(facts)
    if not len(rows):
        return city
    height, b = usual_height(facts, rows), city.buildings
    table = b.table.copy()
    heights, marks = table["height_m"].to_numpy(float).copy(), table["height_source"].to_numpy(object).copy()
    heights[rows], marks[rows] = height, "neighbours"
    ground = table["ground_z_m"].to_numpy(float)[rows]
    ground = np.where(np.isfinite(ground), ground, np.nan_to_num(facts.ground[0][rows]))
    table["height_m"], table["height_source"] = heights, marks
    base = table["ground_z_m"].to_numpy(float).copy()
    base[rows] = ground
    table["ground_z_m"] = base

    def mesh(m: Mesh) -> Mesh:
        stays = ~np.isin(m.object, rows)
        raised = extrude(b.footprints[rows], ground, ground + height, rows.astype(np.int32))
        return Mesh.joined([m.part(np.flatnonzero(stays), m.object[stays]), raised])

    return city.derived(buildings=b.derived(table=table, mesh=mesh(b.mesh), lods={k: mesh(m) for k, m in b.lods.items()}))


def turned_outwards(city: City) -> City:
    """Faces of solids that are inside out, or whose faces look to different sides, are turned."""
    b = city.buildings
    own = Facts(city).has_own_solid
    found = shells_of(b.mesh, len(b), own)
    wrong = found.is_turned | found.is_inside_out
    if not wrong.any():
        return city
    mine = wrong[b.mesh.object]
    part = Mesh(b.mesh.points, b.mesh.triangles[mine], b.mesh.object[mine], b.mesh.surface[mine])
    turned = faced_outwards(part, len(b))
    triangles, surface = b.mesh.triangles.copy(), b.mesh.surface.copy()
    triangles[mine], surface[mine] = turned.triangles, turned.surface
    return city.derived(buildings=b.derived(mesh=replace(b.mesh, triangles=triangles, surface=surface)))


def closed_at_the_bottom(city: City) -> City:
    """Solids that lack only their floor, all open edges at one height, get it."""
    b = city.buildings
    found = shells_of(b.mesh, len(b), Facts(city).has_own_solid)
    rows = floorless(found.open_object, found.open_a, found.open_b, len(b))
    shapes, z, owner = [], [], []
    for row in rows:  # only solids without floor
        mine = found.open_object == row
        lines = shapely.linestrings(np.stack([found.open_a[mine, :2], found.open_b[mine, :2]], axis=1))
        area = shapely.build_area(shapely.multilinestrings(lines))
        if not shapely.is_empty(area):
            shapes.append(area)
            z.append(float(found.open_a[mine, 2].mean()))
            owner.append(row)
    if not shapes:
        return city
    array = np.empty(len(shapes), object)
    array[:] = shapes
    xy, triangles, piece = triangulate(array)
    level, of = np.array(z), np.array(owner, np.int32)
    height = np.zeros(len(xy))
    height[triangles.ravel()] = level[np.repeat(piece, 3)]
    floor = Mesh(
        np.column_stack([xy, height]),
        triangles[:, ::-1].astype(np.int32),
        of[piece],
        np.full(len(triangles), SurfaceClass.GROUND, np.uint8),
    )
    return city.derived(buildings=b.derived(mesh=Mesh.joined([b.mesh, floor])))


def floorless(owner: NDArray[np.int64], a: NDArray[np.float64], b: NDArray[np.float64], n: int) -> Rows:
    """Objects all of whose open edges lie within 2 cm of one height and form rings: each corner begins as many as it ends."""
    if not len(owner):
        return np.empty(0, np.int64)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    for p in (a, b):
        np.minimum.at(low, owner, p[:, 2])
        np.maximum.at(high, owner, p[:, 2])
    level = np.isfinite(low) & (high - low < 0.02)
    key = np.column_stack([np.concatenate([owner, owner]), np.round(np.concatenate([a, b])[:, :2] * 1000).astype(np.int64)])
    _, corner = np.unique(key, axis=0, return_inverse=True)
    uses = np.bincount(corner.ravel())
    odd = np.zeros(n, bool)
    odd[np.concatenate([owner, owner])[uses[corner.ravel()] % 2 == 1]] = True
    return np.flatnonzero(level & ~odd & (np.bincount(owner, minlength=n) >= 3))
