"""City objects with surfaces: buildings with their real roofs, and layers of everything else."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import HEIGHT_SOURCES, Buildings, empty_table
from twin.city.features import ROLES, Features
from twin.city.footprints import Ground, buildings_of
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.pieces import no_pieces, pieces_of, told_apart, with_own
from twin.city.readers.fields import among, columns, first_text, number, years
from twin.city.readers.parts import Solids
from twin.city.rings import cycles, followers
from twin.city.terrain import Terrain
from twin.city.tin import terrain_of_tin
from twin.city.uses import use_of
from twin.errors import Problem

ROLE_OF_TYPE = {
    "Road": "roads", "Railway": "rail", "TransportSquare": "roads", "Waterway": "water", "WaterBody": "water", "PlantCover": "green",
    "SolitaryVegetationObject": "trees", "LandUse": "landuse", "Bridge": "bridges", "Tunnel": "tunnels",
}  # fmt: skip
LAYER, ROLE = "twin_layer", "twin_role"
"""Attributes in which we write to what layer an object belongs whose type does not tell."""
_FLAT_M = 0.05
_AT_ONCE = 1 << 15


def split(
    solids: Solids, points: NDArray[np.float64], ground: Ground, stated: dict[str, str]
) -> tuple[Buildings, dict[str, Features], list[Problem]]:
    """Buildings and layers of one source.

    points: the mesh's points in local metres and the city's heights. Parts, installations and other children go into their
    top-level building. Layers are named by role, those without a role by type; their `kind` is the object's type.
    """
    kinds = solids.table["type"].to_numpy(object)
    top = solids.table["parent"].to_numpy(np.int64)
    building = kinds[top] == "Building" if len(top) else np.empty(0, bool)
    orphan_part = np.isin(kinds, ["BuildingPart"]) & ~building
    building |= orphan_part
    buildings, problems = _buildings(solids, points, building, top, ground, stated)
    layers: dict[str, Features] = {}
    names, roles = layers_named(kinds[top], solids.attributes.iloc[top])
    for name in dict.fromkeys(names[~building]):
        of_layer = ~building & (names == name)
        tops = np.flatnonzero(of_layer & (top == np.arange(len(top))) & (kinds != "TINRelief"))
        if len(tops):
            layers[name] = _features(name, str(roles[tops[0]]), solids, points, tops, of_layer, top)
    relief = np.flatnonzero(kinds == "TINRelief")
    if len(relief):
        layers["relief"] = _relief(solids, points, relief)
    return buildings, layers, problems


def layer_of_type(kind: str) -> str:
    """Name of the layer of objects of a type: their role, else their type in words."""
    if kind == "GenericCityObject":
        return "other"
    return ROLE_OF_TYPE.get(kind) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.lstrip("+")).lower()


def layers_named(kinds: NDArray[np.object_], attributes: pd.DataFrame) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Name and role of the layer each object belongs to: by what we wrote beside it, else by its type."""
    names = pd.Series(kinds, dtype=object).map(layer_of_type).to_numpy(object)
    roles = pd.Series(kinds, dtype=object).map(lambda k: ROLE_OF_TYPE.get(k, "other")).to_numpy(object)
    if LAYER in attributes and ROLE in attributes:
        name, role = attributes[LAYER].to_numpy(object), attributes[ROLE].to_numpy(object)
        ours = among(role, ROLES) & np.fromiter((type(n) is str and 0 < len(n) <= 200 and n != "relief" for n in name), bool, len(name))
        names[ours], roles[ours] = name[ours], role[ours]
    return names, roles


def terrain_of(solids: Solids, points: NDArray[np.float64]) -> Terrain | None:
    """Terrain grid of the TINRelief objects of a source, None where it has none."""
    relief = (solids.table["type"] == "TINRelief").to_numpy(bool)
    mine = relief[solids.mesh.object]
    return terrain_of_tin(points, solids.mesh.triangles[mine], solids.source) if mine.any() else None


def over_same_points(solids: Solids) -> Solids:
    """The same, with all levels of detail over the points of the mesh."""
    levels = [solids.mesh, *solids.lods.values()]
    first = {id(m.points): m for m in reversed(levels)}
    if len(first) == 1:
        return solids
    starts, total = {}, 0
    for key, m in first.items():
        starts[key] = np.int32(total)
        total += len(m.points)
    points = np.concatenate([m.points for m in first.values()])
    moved = [replace(m, points=points, triangles=m.triangles + starts[id(m.points)]) for m in levels]
    return replace(solids, mesh=moved[0], lods=dict(zip(solids.lods, moved[1:], strict=True)))


def _of_rows(
    mesh: Mesh, points: NDArray[np.float64], wanted: NDArray[np.bool_], row_of: NDArray[np.int64], top: NDArray[np.int64]
) -> tuple[Mesh, NDArray[np.int64]]:
    """Triangles of the objects wanted, classified, over points, and the row each comes to in the table of top-level objects."""
    mine = wanted[mesh.object]
    if mine.all():
        some = replace(mesh, points=points)
    else:
        color = None if mesh.color is None else mesh.color[mine]
        some = Mesh(points, mesh.triangles[mine], mesh.object[mine], mesh.surface[mine], color)
    return replace(some, surface=_classified(some, points)), row_of[top[some.object]]


def _whole(level: Mesh, rows: NDArray[np.int64], shown: Mesh, rows_shown: NDArray[np.int64]) -> tuple[Mesh, NDArray[np.int64]]:
    """A level of detail where each object that it lacks is as it is shown."""
    has = np.zeros(int(max(rows.max(initial=0), rows_shown.max(initial=0))) + 1, bool)
    has[rows] = True
    lacking = ~has[rows_shown]
    if not lacking.any():
        return level, rows
    color = None if shown.color is None else shown.color[lacking]
    more = Mesh(level.points, shown.triangles[lacking], shown.object[lacking], shown.surface[lacking], color)
    both = Mesh.joined([level, replace(more, points=np.empty((0, 3)))])
    triangles = np.concatenate([level.triangles, more.triangles])
    return replace(both, points=level.points, triangles=triangles), np.concatenate([rows, rows_shown[lacking]])


def _take_outlines(footprints: NDArray[np.object_], level: Mesh, rows: NDArray[np.int64]) -> None:
    """Footprints of the objects that level 0 shows flat: what the source itself says that they cover."""
    n = len(footprints)
    z = level.points[level.triangles][..., 2]
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, rows, z.min(1))
    np.maximum.at(high, rows, z.max(1))
    flat = high - low < _FLAT_M
    mine = flat[rows]
    areas = areas_of(level.points, level.triangles[mine], rows[mine], n)
    good = flat & (shapely.area(areas) > 0)
    footprints[good] = areas[good]


def _compact(mesh: Mesh, rows: NDArray[np.int64], renumber: NDArray[np.int64]) -> Mesh:
    """Only the triangles whose row has a new number, with the points they use."""
    keep = renumber[rows] >= 0
    used = np.zeros(len(mesh.points), bool)
    triangles = mesh.triangles if keep.all() else mesh.triangles[keep]
    used[triangles] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    color = None if mesh.color is None else mesh.color[keep]
    return Mesh(mesh.points[used], number[triangles], renumber[rows[keep]].astype(np.int32), mesh.surface[keep], color)


def _level(solids: Solids, building: NDArray[np.bool_]) -> str:
    """Name of the level that buildings are shown at, the highest where some lack it; not one of the others.

    '' where there is no other level and they are not all of the same.
    """
    said = set(solids.table["lod"].to_numpy(object)[building].astype(str)) - {"", *solids.lods}
    if not solids.lods and len(said) > 1:
        return ""
    return str(max(said, key=level_number, default=""))


def level_number(name: str) -> float:
    """Where a level of detail stands among others; -1 for a name that is no number."""
    try:
        number = float(name)
    except ValueError:
        return -1.0
    return number if np.isfinite(number) else -1.0


def _classified(mesh: Mesh, points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Surface classes, those the source leaves open by the way they face."""
    out = mesh.surface.copy()
    open_ = np.flatnonzero(out == SurfaceClass.OTHER)
    for i in range(0, len(open_), _AT_ONCE):
        some = open_[i : i + _AT_ONCE]
        p = points[mesh.triangles[some]]
        normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        with np.errstate(invalid="ignore", divide="ignore"):
            up = np.nan_to_num(normal[:, 2] / np.linalg.norm(normal, axis=1))
        out[some] = np.select([up > 0.15, up < -0.7], [SurfaceClass.ROOF, SurfaceClass.GROUND], SurfaceClass.WALL)
    return out


def _buildings(
    solids: Solids, points: NDArray[np.float64], building: NDArray[np.bool_], top: NDArray[np.int64], ground: Ground, stated: dict[str, str]
) -> tuple[Buildings, list[Problem]]:
    problems: list[Problem] = []
    tops = np.flatnonzero(building & (top == np.arange(len(top))))
    if not len(tops):
        return Buildings.empty(), problems
    ids = solids.table["id"].to_numpy(object)
    row_of = np.full(len(top), -1, np.int64)
    row_of[tops] = np.arange(len(tops))
    mesh, rows = _of_rows(solids.mesh, points, building, row_of, top)
    triangles, objects = mesh.triangles, mesh.object
    z = points[triangles][..., 2]
    n = len(tops)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, rows, z.min(1))
    np.maximum.at(high, rows, z.max(1))
    surface = mesh.surface

    footprints = footprints_of(points, triangles, rows, surface, n)
    empty = ~np.isfinite(low)
    flat = ~empty & (high - low < _FLAT_M)
    if empty.any():
        lost = ids[tops[empty]]
        problems.append(
            Problem(
                "no_geometry",
                "warning",
                int(empty.sum()),
                f"{int(empty.sum())} buildings have no surface and were left out",
                solids.source,
                tuple(f"building/{i}" for i in lost[:10]),
            )
        )
    whole = ~empty & ~flat
    used = np.flatnonzero(whole)
    renumber = np.full(n, -1, np.int64)
    renumber[used] = np.arange(len(used))
    body = _compact(mesh, rows, renumber)

    attributes = solids.attributes.iloc[tops].reset_index(drop=True)
    table = empty_table(len(used))
    table["id"] = [f"building/{i}" for i in ids[tops[used]]]
    own = attributes.iloc[used]
    table["name"] = first_text(own, columns(own, "name", stated), frozenset({""}))
    table["height_m"], table["ground_z_m"] = (high - low)[used], low[used]
    table["height_source"] = _height_source(own)
    table["use"] = use_of(first_text(own, columns(own, "use", stated)))
    for meaning, target in (("levels", "storeys"), ("year", "year"), ("value", "value"), ("people", "people_night")):
        found = columns(own, meaning, stated)
        if found:
            values = years(own[found[0]]) if meaning == "year" else number(own[found[0]])[0]
            table[target] = values
    table["source"] = solids.source
    part = building & (top != np.arange(len(top))) & (solids.table["type"] == "BuildingPart").to_numpy(bool)
    part_rows = np.flatnonzero(part & (row_of[top] >= 0))
    part_rows = part_rows[renumber[row_of[top[part_rows]]] >= 0]
    parts = _parts(ids, part_rows, objects, z, row_of[top], low, renumber)
    parts = with_own(parts, solids.attributes.iloc[part_rows])
    part_number = np.full(len(ids), -1, np.int64)
    part_number[part_rows] = np.arange(len(part_rows))

    def runs(name: str, rows: NDArray[np.int64], objects: NDArray[np.int32]) -> pd.DataFrame:
        kept = renumber[rows] >= 0
        return pieces_of(name, renumber[rows[kept]], part_number[objects[kept]], parts["id"].to_numpy(object))

    table["parts"] = np.bincount(parts["building"], minlength=len(used)).astype(np.int32) if len(parts) else np.zeros(len(used), np.int32)
    lods, pieces = {}, []
    for name, level in solids.lods.items():
        whole_level, level_rows = _whole(*_of_rows(level, points, building, row_of, top), mesh, rows)
        lods[name] = _compact(whole_level, level_rows, renumber)
        pieces.append(runs(name, level_rows, whole_level.object))
        if name.partition(".")[0] == "0":
            _take_outlines(footprints, whole_level, level_rows)
    lod = _level(solids, building)
    lods.pop(lod, None)
    pieces = [p for p in (runs(lod, rows, objects), *pieces) if len(p)]
    said = pd.concat(pieces, ignore_index=True) if pieces else no_pieces()
    result = Buildings(table, footprints[used], body, own.reset_index(drop=True), parts, lod, lods, said)
    if flat.any():  # only a footprint (LoD 0): raised like any other
        which = np.flatnonzero(flat)
        source_table = attributes.iloc[which].reset_index(drop=True).assign(id=ids[tops[which]])
        more, found_problems = buildings_of(footprints[which], source_table, {**stated, "id": "id"}, ground, solids.source)
        problems += found_problems
        result = joined([result, more])
    return result, problems


def _height_source(own: pd.DataFrame) -> NDArray[np.object_]:
    """What we wrote ourselves of where a height is from; of a body that says nothing it is the body."""
    said = own["height_source"].to_numpy(object) if "height_source" in own else np.full(len(own), "", object)
    return np.where(among(said, HEIGHT_SOURCES), said, "solid").astype(object)


def _parts(
    ids: NDArray[np.object_],
    which: NDArray[np.int64],
    objects: NDArray[np.int32],
    z: NDArray[np.float64],
    row: NDArray[np.int64],
    ground_z: NDArray[np.float64],
    renumber: NDArray[np.int64],
) -> pd.DataFrame:
    low, high = np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    np.minimum.at(low, objects, z.min(1))
    np.maximum.at(high, objects, z.max(1))
    low[~np.isfinite(low)] = high[~np.isfinite(high)] = np.nan  # a part of which only the attributes are known
    base = ground_z[row[which]]
    return pd.DataFrame(
        {
            "id": np.array([_with_kind(str(i), "part") for i in ids[which]], object),
            "building": renumber[row[which]].astype(np.int32),
            "min_height_m": low[which] - base,
            "height_m": high[which] - base,
        }
    )


def footprints_of(
    points: NDArray[np.float64], triangles: NDArray[np.int32], rows: NDArray[np.int64], surface: NDArray[np.uint8], n: int
) -> NDArray[np.object_]:
    """Area each object covers, from its ground surfaces, from all it has where it has none; empty polygons for nothing."""
    is_ground = surface == SurfaceClass.GROUND
    grounded = np.zeros(n, bool)
    grounded[rows[is_ground]] = True
    use = is_ground | ~grounded[rows]
    return areas_of(points, triangles[use], rows[use], n)


def areas_of(points: NDArray[np.float64], triangles: NDArray[np.int32], rows: NDArray[np.int64], n: int) -> NDArray[np.object_]:
    """Plan area of the triangles of each of n objects; empty polygons for none.

    The rim of triangles that share corners is what no two of them have in common; where that does not close or triangles
    overlap, the slow union decides.
    """
    out = np.full(n, shapely.Polygon(), object)
    p = points[triangles][..., :2]
    u, v = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    twice = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    # By area: a sliver turned the wrong way says nothing of a floor.
    up, down = (np.bincount(rows, np.maximum(sign * twice, 0.0), minlength=n) for sign in (1, -1))
    faces_up = up > 0.5 * down
    use = np.where(faces_up[rows], twice > 1e-6, twice < -1e-6)  # a solid is covered once by what faces up
    triangles, rows, p, twice = triangles[use].copy(), rows[use], p[use], twice[use]
    if not len(rows):
        return out
    triangles[twice < 0] = triangles[twice < 0][:, ::-1]
    used = np.zeros(len(points), bool)
    used[triangles] = True
    place = np.zeros(len(points), np.int64)
    place[used] = _places(points[used, :2])
    ends = place[triangles]
    start, end = ends.ravel(), np.roll(ends, -1, axis=1).ravel()
    owner = np.repeat(rows, 3).astype(np.int64)
    rim = _uncommon(start, end, owner)
    vertex = np.column_stack([triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()])[rim]
    out = _of_rims(points[:, :2], vertex, start[rim], end[rim], owner[rim], out)
    total = np.bincount(rows, np.abs(twice) / 2, minlength=n)
    has = total > 0
    wrong = has & ~((np.abs(shapely.area(out) - total) <= 1e-3 * total + 0.01) & shapely.is_valid(out))
    for row in np.flatnonzero(wrong):
        mine = p[rows == row]
        out[row] = shapely.union_all(shapely.polygons(np.concatenate([mine, mine[:, :1]], axis=1)))
    return out


def _places(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of places, the same for points less than about a millimetre apart."""
    corner = np.round((xy - xy.min(0)) * 1000).astype(np.int64)
    width = corner[:, 1].max(initial=0) + 1
    if (corner[:, 0].max(initial=0) + 1) * float(width) < 2**62:
        return np.unique(corner[:, 0] * width + corner[:, 1], return_inverse=True)[1].ravel()
    return np.unique(corner, axis=0, return_inverse=True)[1].ravel()


def _uncommon(start: NDArray[np.int64], end: NDArray[np.int64], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Edges that no other of the same owner runs along, either way."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    span = int(high.max(initial=0)) + 1
    if span * float(span) * (int(owner.max(initial=0)) + 1) < 2**62:
        key = (owner * span + low) * span + high
        order = np.argsort(key, kind="stable")
        equal = key[order][1:] == key[order][:-1]
    else:
        order = np.lexsort((high, low, owner))
        equal = (owner[order][1:] == owner[order][:-1]) & (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    same = np.zeros(len(order) + 1, bool)
    same[1:-1] = equal
    return order[~same[:-1] & ~same[1:]]


def _of_rims(
    xy: NDArray[np.float64],
    vertex: NDArray[np.int32],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    owner: NDArray[np.int64],
    out: NDArray[np.object_],
) -> NDArray[np.object_]:
    """Areas of owners whose rims run along edges: a polygon where they are one plain ring, else what they enclose."""
    follow, plain = followers(owner, start, end)
    single = np.zeros(len(out), bool)
    single[owner] = True
    single[owner[~plain]] = False
    mine = single[owner]
    number = np.cumsum(mine) - 1
    rows, corner = owner[mine], vertex[mine, 0]
    ring, position = cycles(number[follow[mine]])
    row_of = np.zeros(int(ring.max(initial=-1)) + 1, np.int64)
    row_of[ring] = rows
    rings = np.bincount(row_of, minlength=len(out))
    alone = (rings[rows] == 1) & (np.bincount(ring, minlength=1)[ring] >= 3)
    order = np.lexsort((position[alone], rows[alone]))
    which, index = np.unique(rows[alone][order], return_inverse=True)
    if len(which):
        out[which] = shapely.polygons(shapely.linearrings(xy[corner[alone][order]], indices=index.ravel()))
    rest = np.ones(len(owner), bool)
    rest[np.flatnonzero(mine)[alone]] = False
    if rest.any():
        which = np.unique(owner[rest])
        lines = shapely.linestrings(xy[vertex[rest]])
        out[which] = _closed(shapely.multilinestrings(lines, indices=np.searchsorted(which, owner[rest])))
    return out


def _closed(rims: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas within rims; empty where a rim crosses itself."""
    try:
        return np.asarray(shapely.build_area(rims), object)
    except shapely.errors.GEOSException:
        if len(rims) == 1:
            return np.array([shapely.Polygon()], object)
        half = len(rims) // 2
        return np.concatenate([_closed(rims[:half]), _closed(rims[half:])])


def _with_kind(name: str, kind: str) -> str:
    """Id of an object; one that we wrote with its kind before it, as the name alone was taken, has it already."""
    from twin.city.readers.roles import KIND_OF_ROLE

    return name if name.partition("/")[0] in (kind, *KIND_OF_ROLE.values()) and "/" in name else f"{kind}/{name}"


def _features(
    name: str,
    role: str,
    solids: Solids,
    points: NDArray[np.float64],
    tops: NDArray[np.int64],
    of_role: NDArray[np.bool_],
    top: NDArray[np.int64],
) -> Features:
    from twin.city.readers.roles import KIND_OF_ROLE

    row_of = np.full(len(top), -1, np.int64)
    row_of[tops] = np.arange(len(tops))
    mesh = solids.mesh
    mine = of_role[mesh.object]
    mine[mine] = row_of[top[mesh.object[mine]]] >= 0
    rows = row_of[top[mesh.object[mine]]]
    triangles = mesh.triangles[mine]
    geometry = areas_of(points, triangles, rows, len(tops))
    place = solids.points[tops]
    is_place = shapely.is_empty(geometry) & np.isfinite(place).all(1)
    if is_place.any():
        geometry[is_place] = shapely.points(place[is_place])
    compact, index = np.unique(triangles, return_inverse=True)
    surfaces = None
    if len(triangles) and points[triangles, 2].any():  # all at height 0 is a map, to be draped
        color = None if mesh.color is None else mesh.color[mine]
        surfaces = Mesh(points[compact], index.reshape(-1, 3).astype(np.int32), rows.astype(np.int32), mesh.surface[mine], color)
    if role == "trees":
        solid = np.bincount(rows, minlength=len(tops)) > 0
        geometry[solid] = shapely.centroid(geometry[solid])
    own = solids.attributes.iloc[tops].reset_index(drop=True)
    types = solids.table["type"].to_numpy(object)[tops]
    prefix = KIND_OF_ROLE.get(name if role == "other" and name in KIND_OF_ROLE else role, role)
    table = pd.DataFrame(
        {
            "id": [_with_kind(str(i), prefix) for i in solids.table["id"].to_numpy(object)[tops]],
            "name": first_text(own, columns(own, "name"), frozenset({""})),
            "kind": np.where(own["kind"].notna(), own["kind"], types) if "kind" in own else types,
        }
    )
    extra = own[[c for c in own.columns if c not in table.columns and c not in (LAYER, ROLE)]]
    return Features(role, pd.concat([table, extra], axis=1), geometry, solids.source, surfaces)


def _relief(solids: Solids, points: NDArray[np.float64], rows: NDArray[np.int64]) -> Features:
    """What ground each TIN covers (its box), and its triangles; what is computed with is the terrain, a grid."""
    row_of = np.full(len(solids.table), -1, np.int64)
    row_of[rows] = np.arange(len(rows))
    mine = np.flatnonzero(row_of[solids.mesh.object] >= 0)
    mesh = replace(solids.mesh, points=points).part(mine, row_of[solids.mesh.object[mine]].astype(np.int32))
    corners = mesh.points[mesh.triangles][..., :2]
    low, high = np.full((len(rows), 2), np.inf), np.full((len(rows), 2), -np.inf)
    np.minimum.at(low, mesh.object, corners.min(1))
    np.maximum.at(high, mesh.object, corners.max(1))
    covers = np.isfinite(low).all(1)
    boxes = np.full(len(rows), shapely.Polygon(), object)
    boxes[covers] = shapely.box(*low[covers].T, *high[covers].T)
    own = solids.table.iloc[rows]
    table = pd.DataFrame(
        {"id": [f"relief/{i}" for i in own["id"]], "name": "", "kind": "TINRelief", "lod": own["lod"].astype(str).to_numpy(object)}
    )
    return Features("other", table, boxes, solids.source, mesh)


def joined(several: list[Buildings]) -> Buildings:
    """One set of buildings of several sources; an id used twice gets a number behind it."""
    several = [b for b in several if len(b)] or several[:1]
    if len(several) == 1:
        return several[0]
    starts = np.cumsum([0] + [len(b) for b in several[:-1]])
    table = pd.concat([b.table for b in several], ignore_index=True)
    again = table.groupby("id").cumcount()
    table.loc[again > 0, "id"] = table["id"] + "#" + (again + 1).astype(str)

    def one(meshes: list[Mesh]) -> Mesh:
        return Mesh.joined([replace(m, object=m.object + np.int32(s)) for m, s in zip(meshes, starts, strict=True)])

    mesh = one([b.mesh for b in several])
    named = {b.lod for b in several} - {""}
    lod = max(named, key=level_number, default="")
    if len({b.lod for b in several}) > 1 and not any(b.lods for b in several):
        lod = ""  # of no common level, and no other to choose
    levels = sorted({name for b in several for name in [b.lod, *b.lods]} - {"", lod}) if any(b.lods for b in several) else []
    lods = {name: one([b.lods.get(name, b.mesh) for b in several]) for name in levels}
    parts, pieces = told_apart(
        [
            (b.parts.assign(building=b.parts["building"].astype(np.int32) + np.int32(s)), _pieces_at(b, lod, levels))
            for b, s in zip(several, starts, strict=True)
            if len(b.parts)
        ]
    )
    return Buildings(
        table,
        np.concatenate([b.footprints for b in several]),
        mesh,
        pd.concat([b.attributes for b in several], ignore_index=True),
        pd.concat(parts, ignore_index=True) if parts else several[0].parts,
        lod,
        lods,
        pd.concat(pieces, ignore_index=True) if pieces else no_pieces(),
    )


def _pieces_at(b: Buildings, lod: str, levels: list[str]) -> pd.DataFrame:
    """The pieces of one of several sources under the names that the levels have in all together."""
    of = {lod: b.lod, **{name: name if name in b.lods else b.lod for name in levels}}
    said = [b.pieces[b.pieces["lod"] == theirs].assign(lod=ours) for ours, theirs in of.items()]
    return pd.concat(said, ignore_index=True)
