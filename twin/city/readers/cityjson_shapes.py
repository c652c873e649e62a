"""Shapes of city objects as arrays: which faces, lines and points each object has at each level of detail."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.readers.cityjson_objects import BROKEN, LEVELS, Objects, Shape
from twin.city.readers.cityjson_text import Boundaries

Ints = NDArray[np.int64]
MAX_PLACED = 60_000_000
"""Corners of all instances of templates together, which a small file can ask for."""


@dataclass(frozen=True)
class Faces:
    """Surfaces with holes: corners (rows of the points) ring after ring, corners of each ring, rings of each face, shape of each face."""

    corners: NDArray[np.int32]
    ring_sizes: NDArray[np.int32]
    face_rings: Ints | NDArray[np.int32]
    shape: NDArray[np.int32]


class Shapes:
    """All shapes in the order of their boundaries, checked; those with corners that are not there are left out and told in broken."""

    def __init__(self, objects: Objects, templates: dict[str, Any]) -> None:
        kept = [_from_lists(objects)]
        placed = _placed(objects, templates)
        boundaries = Boundaries.joined([b for b in [*objects.boundaries, *kept, *placed] if len(b)])
        shapes = objects.shapes
        n = len(shapes)
        which = np.fromiter((s.boundary for s in shapes), np.int64, n)
        if (which[1:] < which[:-1]).any():
            order = np.argsort(which, kind="stable")
            which, shapes = which[order], [shapes[i] for i in order]
        levels = np.fromiter((s.levels for s in shapes), np.uint8, n)
        points = np.fromiter((s.points for s in shapes), np.int64, n)
        good = (boundaries.levels[which] == levels) & (boundaries.highest[which] < points) if n else np.empty(0, bool)
        if n:
            good[1:] &= which[1:] != which[:-1]
        for i in np.flatnonzero(~good):
            objects.broken.append(objects.ids[shapes[i].row])
        self.boundaries = boundaries
        self.all: list[Shape] = shapes if good.all() else [shapes[i] for i in np.flatnonzero(good)]
        n = len(self.all)
        self.which, self.levels = which[good], levels[good]
        self.rows = np.fromiter((s.row for s in self.all), np.int32, n)
        self.lods = np.array([s.lod for s in self.all], object)
        self.first = np.fromiter((s.first for s in self.all), np.int64, n)
        self.faces = boundaries.faces

    def faces_of(self, chosen: NDArray[np.bool_]) -> Faces:
        """Surfaces of the shapes chosen."""
        b = self.boundaries
        shape = np.full(len(b), -1, np.int32)
        shape[self.which[chosen]] = np.flatnonzero(chosen)
        shape_of_ring = shape.repeat(np.diff(b.first_ring))
        corners, sizes, lead = b.corners, b.size, b.lead
        if (shape < 0).any():
            rings = shape_of_ring >= 0
            corners, sizes, lead = b.corners[rings.repeat(b.size)], b.size[rings], b.lead[rings]
            shape_of_ring = shape_of_ring[rings]
        if self.first.any():
            corners = corners + self.first.astype(np.int32)[shape_of_ring].repeat(sizes)
        if lead.all():
            return Faces(corners, sizes, np.ones(len(lead), np.int32), shape_of_ring)
        starts = np.flatnonzero(lead)
        return Faces(corners, sizes, np.diff(np.append(starts, len(lead))), shape_of_ring[starts])

    def classes(self, chosen: Ints) -> NDArray[np.uint8] | None:
        """SurfaceClass of each face of the shapes chosen, in their order; None where no shape says any."""
        given = [self.all[i].classes for i in chosen]
        if not any(given):
            return None
        faces = self.faces[self.which[chosen]].tolist()
        return np.frombuffer(b"".join(v if v is not None else bytes(n) for v, n in zip(given, faces, strict=True)), np.uint8)

    def numbers(self, chosen: Ints, given: list[NDArray[np.int32] | None]) -> NDArray[np.int32] | None:
        """Number of each face of the shapes chosen, -1 where a shape gives none; None where no shape does."""
        if not any(v is not None for v in given):
            return None
        faces = self.faces[self.which[chosen]].tolist()
        return np.concatenate([v if v is not None else np.full(n, -1, np.int32) for v, n in zip(given, faces, strict=True)])

    def places(self, points: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
        """Middle of the points of each object that is given by points alone, NaN else."""
        out = np.full((rows, 3), np.nan)
        for i in np.flatnonzero(self.levels == 1):
            begin, end = self.boundaries.first_corner[self.which[i] : self.which[i] + 2]
            out[self.rows[i]] = points[self.boundaries.corners[begin:end] + self.first[i]].mean(0)
        return out

    def lines(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
        """Rows of the objects given by lines, and the lines."""
        b, rows, found = self.boundaries, [], []
        for i in np.flatnonzero(self.levels == 2):
            k = self.which[i]
            corners = b.corners[b.first_corner[k] : b.first_corner[k + 1]] + self.first[i]
            sizes = b.size[b.first_ring[k] : b.first_ring[k + 1]]
            several = np.split(points[corners], np.cumsum(sizes)[:-1])
            lines = [shapely.linestrings(p) for p in several if len(p) > 1 and np.isfinite(p).all()]
            if lines:
                rows.append(self.rows[i])
                found.append(shapely.multilinestrings(lines) if len(lines) > 1 else lines[0])
        return np.array(rows, np.int32), np.array(found, object)


def _from_lists(objects: Objects) -> Boundaries:
    """Boundaries that came as lists, made flat; their shapes get their numbers."""
    corners: list[list[int]] = []
    sizes: list[int] = []
    lead: list[int] = []
    first_ring, first_corner = [0], [0]
    levels: list[int] = []
    highest: list[int] = []
    for shape, lists in objects.nested:
        rings: list[Any] = []
        leads: list[int] = []
        try:
            dress = _kept(shape, lists)
            _unnested(lists, shape.levels, shape.levels - 1, rings, leads)
            flat = np.fromiter(chain.from_iterable(rings), np.int64)
            if not len(flat) or flat.min() < 0 or not all(type(c) is int for r in rings for c in r):
                raise ValueError(len(flat))
        except BROKEN:
            shape.boundary, shape.points = 0, -1
            objects.broken.append(objects.ids[shape.row])
            continue
        if dress is not None:
            shape.classes = None if shape.classes is None else bytes(np.frombuffer(shape.classes, np.uint8)[dress])
            shape.material = None if shape.material is None else shape.material[dress]
            shape.texture = None if shape.texture is None else shape.texture[dress]
        shape.boundary = objects.cut + len(levels)
        corners.append(flat.clip(max=2**31 - 1).tolist())
        sizes += map(len, rings)
        lead += leads
        first_ring.append(len(sizes))
        first_corner.append(first_corner[-1] + len(flat))
        levels.append(shape.levels)
        highest.append(int(flat.max()))
    objects.shapes = [s for s in objects.shapes if s.points >= 0]
    objects.cut += len(levels)
    return Boundaries(
        np.array(list(chain.from_iterable(corners)), np.int32), np.array(sizes, np.int32), np.array(lead, np.uint8),
        np.array(first_ring, np.int64), np.array(first_corner, np.int64), np.array(levels, np.uint8), np.array(highest, np.int64),
    )  # fmt: skip


def _unnested(lists: Any, levels: int, lead: int, rings: list[Any], leads: list[int]) -> None:
    """Rings that have corners, and how many lists begin with each of them."""
    if not isinstance(lists, list):
        raise TypeError(lists)
    if levels == 1:
        if lists:
            rings.append(lists)
            leads.append(lead)
        return
    before = len(rings)
    for item in lists:
        _unnested(item, levels - 1, lead if len(rings) == before else levels - 2, rings, leads)


def _kept(shape: Shape, lists: Any) -> Ints | None:
    """Which surfaces have a corner at all, None where every one does."""
    surfaces = lists
    for _ in range(shape.levels - 3):
        surfaces = list(chain.from_iterable(surfaces))
    there = np.array([any(ring for ring in s) for s in surfaces], bool) if shape.levels >= 3 else np.ones(1, bool)
    return None if there.all() else np.flatnonzero(there)


def _placed(objects: Objects, templates: dict[str, Any]) -> list[Boundaries]:
    """Templates put in place: matrix, then the reference point (CityJSON 2.0, section 3.4). Their points are added to the vertices."""
    wanted: dict[int, list[int]] = {}
    for i, (row, template, _, _) in enumerate(objects.instances):
        if type(template) is int and template >= 0:
            wanted.setdefault(template, []).append(i)
        else:
            objects.broken.append(objects.ids[row])
    if not wanted:
        return []
    points = np.concatenate(objects.vertices)
    out: list[Boundaries] = []
    total = 0
    for template, which in wanted.items():
        try:
            shape, one, own = _template(templates, template, objects)
            matrices = np.array(
                [np.eye(4) if m is None else np.reshape(np.array(m, float), (4, 4)) for *_, m in (objects.instances[i] for i in which)]
            )
            total += len(one.corners) * len(which)
            if total > MAX_PLACED:
                raise OverflowError(total)
        except BROKEN:
            objects.broken += [objects.ids[objects.instances[i][0]] for i in which]
            continue
        anchors = points[[objects.instances[i][2] for i in which]]
        moved = np.einsum("mij,kj->mki", matrices[:, :3, :3], own) + matrices[:, None, :3, 3] + anchors[:, None]
        many, k = len(which), len(own)
        for n, i in enumerate(which):
            objects.shapes.append(
                Shape(
                    objects.instances[i][0],
                    objects.cut + n,
                    shape.levels,
                    shape.lod,
                    objects.count + n * k,
                    k,
                    shape.classes,
                    shape.material,
                    shape.texture,
                )  # fmt: skip
            )
        rings, corners = len(one.size), len(one.corners)
        out.append(
            Boundaries(
                np.tile(one.corners, many),
                np.tile(one.size, many),
                np.tile(one.lead, many),
                np.arange(many + 1) * rings,
                np.arange(many + 1) * corners,
                np.full(many, one.levels[0]),
                np.full(many, one.highest[0]),
            )  # fmt: skip
        )
        objects.cut += many
        objects.vertices.append(moved.reshape(-1, 3))
        objects.count += many * k
    return out


def _template(templates: dict[str, Any], number: int, objects: Objects) -> tuple[Shape, Boundaries, NDArray[np.float64]]:
    """Shape, boundary and points of one template; its corners are numbers among the points. Raises one of BROKEN."""
    said = templates["templates"][number]
    own = np.array(templates["vertices-templates"], float).reshape(-1, 3)
    where = said["boundaries"]
    head = Objects(appearance=objects.appearance)
    head.begin(objects.boundaries[0])
    shape = Shape(0, -1, LEVELS[said["type"]], head._lod(said.get("lod")), 0, len(own))
    head.ids.append("")
    head.take(shape, where, said)
    boundaries = Boundaries.joined([objects.boundaries[0], _from_lists(head)])
    if not head.shapes:
        raise ValueError(number)
    k = shape.boundary
    if boundaries.levels[k] != shape.levels or boundaries.highest[k] >= len(own):
        raise IndexError(k)
    rings = slice(boundaries.first_ring[k], boundaries.first_ring[k + 1])
    corners = boundaries.corners[boundaries.first_corner[k] : boundaries.first_corner[k + 1]]
    one = Boundaries(
        corners, boundaries.size[rings], boundaries.lead[rings], np.array([0, rings.stop - rings.start]), np.array([0, len(corners)]),
        boundaries.levels[k : k + 1], boundaries.highest[k : k + 1],
    )  # fmt: skip
    return shape, one, own
