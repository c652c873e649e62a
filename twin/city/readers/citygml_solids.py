"""Solids of what was read of a GML file: links followed, templates placed, the level of detail chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.citygml_colors import Colors
from twin.city.readers.citygml_crs import comes_north_first, crs_of
from twin.city.readers.citygml_faces import METRES_A_DEGREE, TEMPLATE, Faces, Piece
from twin.city.readers.citygml_links import Instance
from twin.city.readers.citygml_names import ROOF_EDGE
from twin.city.readers.citygml_objects import Objects
from twin.city.readers.cityjson import CLASS_OF_TYPE
from twin.city.readers.cityjson_levels import Levels
from twin.frame import reproject, split_compound

MAX_PLACED = 60_000_000
"""Points of templates put in place."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Body:
    """All triangles of a file in its CRS, east first; row: object of each triangle."""

    points: Floats
    triangles: NDArray[np.int32]
    row: NDArray[np.int32]
    lod: NDArray[np.int8]
    surface: NDArray[np.uint8]
    color: NDArray[np.uint8] | None
    lost_links: list[str] = field(default_factory=list)
    too_many: int = 0


def body_of(faces: Faces, objects: Objects, colors: Colors, crs: CRS | None, north_first: bool) -> Body:
    """Everything with surfaces: own faces, those of links, templates."""
    pieces, faces.pieces = faces.pieces, []
    starts = np.cumsum([0, *(len(p.points) for p in pieces)])[:-1]
    points = np.concatenate([p.points for p in pieces]) if pieces else np.empty((0, 3))
    corners = [p.triangles + np.int32(s) for p, s in zip(pieces, starts, strict=True)]
    triangles = np.concatenate(corners).astype(np.int32) if pieces else np.empty((0, 3), np.int32)
    face = np.concatenate([p.face for p in pieces]) if pieces else np.empty(0, np.int64)
    of_face = _joined(pieces)
    del pieces, corners
    flip = of_face.flip[face]
    triangles[flip] = triangles[flip][:, ::-1]
    row, lod, surface = of_face.row[face], of_face.lod[face], of_face.surface[face]
    rgba = colors.of_faces(of_face.name, objects.groups)
    color = None if rgba is None else rgba[face]

    raw = points
    points = _eastings_first(points, triangles[row == TEMPLATE], north_first)
    if crs is not None:
        _into_crs(points, raw, triangles, face, objects, crs)
    body = Body(points, triangles, row, lod, surface, color)
    more, lost = _linked(objects, of_face, face)
    body.lost_links = lost
    extra = [_copies(body, more)] if len(more[0]) else []
    extra += _placed(body, objects, face, crs, north_first, of_face.name)
    owned = row >= 0
    parts = [_some(body, owned), *extra] if extra or not owned.all() else [body]
    return body if len(parts) == 1 and parts[0] is body else _together(parts, body)


def _joined(pieces: list[Piece]) -> Piece:
    """The arrays over faces of all pieces as one."""
    if not pieces:
        none = np.empty(0, np.int64)
        return Piece(
            np.empty((0, 3)), np.empty((0, 3), np.int32), none, none.astype(np.int32), none.astype(np.int8), none.astype(np.uint8),
            none.astype(bool), none,
        )  # fmt: skip
    return Piece(
        pieces[0].points, pieces[0].triangles, pieces[0].face, np.concatenate([p.row for p in pieces]),
        np.concatenate([p.lod for p in pieces]), np.concatenate([p.surface for p in pieces]),
        np.concatenate([p.flip for p in pieces]), np.concatenate([p.name for p in pieces]),
    )  # fmt: skip


def _eastings_first(points: Floats, templates: NDArray[np.int32], north_first: bool) -> Floats:
    if not north_first:
        return points.copy() if len(templates) else points
    out = points[:, [1, 0, 2]]
    mine = np.unique(templates)
    out[mine] = points[mine]
    return out


def _into_crs(points: Floats, raw: Floats, triangles: NDArray[np.int32], face: Ints, objects: Objects, crs: CRS) -> None:
    """Faces whose geometry names another coordinate system than the file."""
    by_name: dict[str, list[NDArray[np.int32]]] = {}
    for first, count, name in objects.other_crs:
        a, b = np.searchsorted(face, [first, first + count])
        by_name.setdefault(name, []).append(triangles[a:b].ravel())
    for name, corners in by_name.items():
        other = crs_of(name)
        used = np.unique(np.concatenate(corners))
        if other is None or not len(used) or split_compound(other)[0] == split_compound(crs)[0]:
            continue
        xy = raw[used, :2]
        if comes_north_first(other, name, (float(xy[0, 0]), float(xy[0, 1]))):
            xy = xy[:, ::-1]
        x, y = reproject(xy[:, 0], xy[:, 1], split_compound(other)[0], split_compound(crs)[0])
        points[used, 0], points[used, 1] = x, y


def _linked(
    objects: Objects, of_face: Piece, face: Ints
) -> tuple[tuple[Ints, NDArray[np.int32], NDArray[np.int8], NDArray[np.uint8], NDArray[np.bool_]], list[str]]:
    """Triangles that links lead to, with their new owner; the links that lead nowhere."""
    order = np.argsort(of_face.name, kind="stable") if objects.links else np.empty(0, np.int64)
    names = of_face.name[order]
    known = set(map(hash, objects.ids)) if objects.links else set()
    first, count, row, lod, surface, flip, lost = [], [], [], [], [], [], []
    for link in objects.links:
        key = hash(link.target)
        at = int(np.searchsorted(names, key)) if len(names) else 0
        if at < len(names) and names[at] == key:
            run = (int(order[at]), 1)
        elif (group := objects.groups.find(key)) is not None:
            run = group
        else:
            if key not in known:
                lost.append(link.target)
            continue
        level = link.lod if link.lod >= 0 else int(of_face.lod[run[0]])
        if link.row == of_face.row[run[0]] and level == of_face.lod[run[0]]:
            continue
        first.append(run[0])
        count.append(run[1])
        row.append(link.row)
        lod.append(level)
        surface.append(link.surface or int(of_face.surface[run[0]]))
        flip.append(link.flip)
    begin = np.searchsorted(face, np.array(first, np.int64))
    size = np.searchsorted(face, np.array(first, np.int64) + np.array(count, np.int64)) - begin
    which = np.repeat(begin - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))
    return (
        which.astype(np.int64), np.repeat(np.array(row, np.int32), size), np.repeat(np.array(lod, np.int8), size),
        np.repeat(np.array(surface, np.uint8), size), np.repeat(np.array(flip, bool), size),
    ), lost  # fmt: skip


def _copies(body: Body, more: tuple[Ints, NDArray[np.int32], NDArray[np.int8], NDArray[np.uint8], NDArray[np.bool_]]) -> Body:
    which, row, lod, surface, flip = more
    triangles = body.triangles[which]
    triangles[flip] = triangles[flip][:, ::-1]
    return Body(body.points, triangles, row, lod, surface, None if body.color is None else body.color[which])


def _placed(body: Body, objects: Objects, face: Ints, crs: CRS | None, north_first: bool, names: Ints) -> list[Body]:
    """Templates put in place: matrix, then the reference point (CityGML 2.0, 8.3). One body with points of its own per template."""
    by_run: dict[tuple[int, int], list[Instance]] = {}
    face_of = {int(n): i for i, n in enumerate(names.tolist()) if n} if any(not i.count for i in objects.instances) else {}
    for item in objects.instances:
        key = hash(item.target)
        run = (item.first, item.count) if item.count else objects.groups.find(key) or ((face_of[key], 1) if key in face_of else None)
        if run is None:
            body.lost_links.append(item.target)
            continue
        by_run.setdefault(run, []).append(item)
    out: list[Body] = []
    total = 0
    for (first, count), items in by_run.items():
        a, b = np.searchsorted(face, [first, first + count])
        used, index = np.unique(body.triangles[a:b], return_inverse=True)
        total += len(used) * len(items)
        if not len(used) or total > MAX_PLACED:
            body.too_many += len(items) if len(used) else 0
            continue
        matrix = np.array([i.matrix for i in items])
        anchor = np.array([i.anchor for i in items])
        anchor = anchor[:, [1, 0, 2]] if north_first else anchor
        moved = np.einsum("nij,pj->npi", matrix[:, :3, :3], body.points[used]) + matrix[:, None, :3, 3]
        if crs is not None and split_compound(crs)[0].is_geographic:  # a template is in metres, its place in degrees
            moved[..., 0] /= METRES_A_DEGREE * np.maximum(np.cos(np.radians(anchor[:, None, 1])), 0.01)
            moved[..., 1] /= METRES_A_DEGREE
        moved += anchor[:, None]
        n = len(items)
        turned = np.linalg.det(matrix[:, :3, :3]) < 0
        corner = index.reshape(1, -1, 3) + (np.arange(n) * len(used))[:, None, None]
        corner[turned] = corner[turned][..., ::-1]
        size = b - a
        out.append(
            Body(
                moved.reshape(-1, 3), corner.reshape(-1, 3).astype(np.int32), np.repeat(np.array([i.row for i in items], np.int32), size),
                np.repeat(np.array([i.lod for i in items], np.int8), size), np.tile(body.surface[a:b], n),
                None if body.color is None else np.tile(body.color[a:b], (n, 1)),
            )
        )  # fmt: skip
    return out


def _some(body: Body, which: NDArray[np.bool_]) -> Body:
    return Body(
        body.points, body.triangles[which], body.row[which], body.lod[which], body.surface[which],
        None if body.color is None else body.color[which],
    )  # fmt: skip


def _together(parts: list[Body], told: Body) -> Body:
    """One body; parts that share their points keep them once."""
    start, starts, clouds = 0, {}, []
    for part in parts:
        if id(part.points) not in starts:
            starts[id(part.points)] = start
            clouds.append(part.points)
            start += len(part.points)
    return Body(
        np.concatenate(clouds), np.concatenate([p.triangles + np.int32(starts[id(p.points)]) for p in parts]),
        np.concatenate([p.row for p in parts]), np.concatenate([p.lod for p in parts]), np.concatenate([p.surface for p in parts]),
        None if told.color is None else np.concatenate([p.color for p in parts if p.color is not None]), told.lost_links, told.too_many,
    )  # fmt: skip


def meshes_of(body: Body, objects: Objects, wanted: str) -> tuple[Mesh, dict[str, Mesh], NDArray[np.object_]]:
    """The mesh of the level of detail wanted ('' for the best of each object), those of the other levels, and the level of each row."""
    n = len(objects.ids)
    has = np.zeros((n, ROOF_EDGE + 1), bool)
    has[body.row, body.lod] = True
    edge = has[:, ROOF_EDGE] & ~has[:, 0]  # the edge of a roof stands for the footprint where there is none
    lod = body.lod.copy()
    lod[(lod == ROOF_EDGE) & edge[body.row]] = 0
    has[:, 0] |= edge
    rows, levels = np.nonzero(has[:, :ROOF_EDGE])
    shape = np.full((n, ROOF_EDGE + 1), -1, np.int32)
    shape[rows, levels] = np.arange(len(rows))
    of_triangle = shape[body.row, lod]
    fixed = np.array([CLASS_OF_TYPE.get(t, SurfaceClass.OTHER) for t in objects.types], np.uint8)
    surface = np.where(body.surface == SurfaceClass.OTHER, fixed[body.row], body.surface).astype(np.uint8)
    used = np.zeros(len(body.points), bool)
    used[body.triangles] = True
    all_used = bool(used.all())  # templates have points that are not where they stand
    whole = Mesh(body.points, body.triangles, body.row, surface, body.color)

    def mesh(shown: NDArray[np.bool_]) -> Mesh:
        mine = (of_triangle >= 0) & shown[of_triangle]
        return whole if all_used and mine.all() else whole.part(mine, body.row[mine])

    names = np.array([str(v) for v in range(ROOF_EDGE)], object)[levels]
    shown, level_of_row, others = Levels(rows, names, np.ones(len(rows), bool), objects.types, np.array(objects.top, np.int64)).choose(
        wanted
    )
    return mesh(shown), {name: mesh(mask) for name, mask in others.items()}, level_of_row
