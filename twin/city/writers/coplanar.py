"""Surfaces of triangles: neighbours in one plane become one polygon with holes; which objects are closed solids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.rings import cycles, followers

Ints = NDArray[np.int64]
_SAME = np.cos(np.deg2rad(0.3))
"""Neighbours whose normals differ by less lie in one plane, if all their corners do too."""
_FLAT_M = 0.003


@dataclass(frozen=True)
class Polygons:
    """Faces with holes: corners (rows of the points) ring after ring, not closed; size of each ring (R,); rings of each face (F,), the
    first the outer one. object, kind: of each face, faces stand in the order of their objects.

    part: connected body of its object each face belongs to, counted from 0 within the object. closed: whether all bodies of an object
    are closed two-manifolds, by object.
    """

    corners: Ints
    size: Ints
    rings: Ints
    object: Ints
    kind: Ints
    part: Ints
    closed: NDArray[np.bool_]


def polygons_of(points: NDArray[np.float64], triangles: Ints, owner: Ints, kind: Ints, objects: int, merge: bool = True) -> Polygons:
    """Faces of triangles over points without doubles.

    kind: what must be alike to be one face (surface class, colour). merge: False leaves the triangles as they are. Triangles with two
    equal corners, or that an object has twice, are left out.
    """
    triangles, owner, kind = _sound(triangles, owner, kind, len(points))
    n = len(triangles)
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    face = np.repeat(np.arange(n), 3)
    partner, manifold = _partners(start, end, owner[face])
    closed = np.ones(objects, bool)
    closed[owner[face[~manifold | (partner < 0)]]] = False
    has_any = np.bincount(owner, minlength=objects) > 0
    body = _connected(n, face, partner, partner >= 0)
    part = _counted(body, owner)
    joins = np.zeros(len(start), bool)
    if merge and n:
        unit = _normals(points, triangles)
        other = np.maximum(partner, 0)
        near = np.einsum("ij,ij->i", unit[face], unit[face[other]])
        joins = (partner >= 0) & manifold & (kind[face] == kind[face[other]]) & (near > _SAME)
    group = _connected(n, face, partner, joins)
    good = _rings_are_simple(points, triangles, group, start, face, joins)
    group = np.where(good[group], group, n + np.arange(n))  # the others stay triangles
    joins &= (group < n)[face]
    return _polygons(points, triangles, owner, kind, part, closed & has_any, group, start, end, face, joins)


def _sound(triangles: Ints, owner: Ints, kind: Ints, points: int) -> tuple[Ints, Ints, Ints]:
    a, b, c = triangles.T
    keep = (a != b) & (b != c) & (a != c)
    triangles, owner, kind = triangles[keep], owner[keep], kind[keep]
    order = np.argsort(owner, kind="stable")
    triangles, owner, kind = triangles[order], owner[order], kind[order]
    first = np.argmin(triangles, axis=1)
    turned = triangles[np.arange(len(triangles))[:, None], (first[:, None] + np.arange(3)) % 3]
    key = np.lexsort((turned[:, 2], turned[:, 1], turned[:, 0], owner))
    same = np.zeros(len(key), bool)
    same[1:] = (turned[key[1:]] == turned[key[:-1]]).all(1) & (owner[key[1:]] == owner[key[:-1]])
    keep = np.ones(len(key), bool)
    keep[key[same]] = False
    return triangles[keep], owner[keep], kind[keep]


def _partners(start: Ints, end: Ints, owner: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The half-edge that runs the other way in the same object, -1 for none; whether each edge has just one each way."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((start > end, high, low, owner))
    new = np.ones(len(order), bool)
    new[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1]) | (owner[order][1:] != owner[order][:-1])
    edge = np.cumsum(new) - 1
    uses = np.bincount(edge, minlength=1)
    forward = np.bincount(edge, weights=start[order] < end[order], minlength=1)
    pair = (uses == 2) & (forward == 1)
    partner = np.full(len(start), -1, np.int64)
    first = np.flatnonzero(new & pair[edge]) if len(order) else np.empty(0, np.int64)
    partner[order[first]], partner[order[first + 1]] = order[first + 1], order[first]
    manifold = np.empty(len(start), bool)
    manifold[order] = uses[edge] <= 2
    return partner, manifold


def _connected(n: int, face: Ints, partner: Ints, joins: NDArray[np.bool_]) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    some = np.flatnonzero(joins)
    graph = coo_array((np.ones(len(some), np.int8), (face[some], face[partner[some]])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64) if n else np.empty(0, np.int64)


def _counted(body: Ints, owner: Ints) -> Ints:
    """Numbers of bodies from 0 within each object; triangles stand in the order of their objects."""
    if not len(body):
        return body
    bodies, index = np.unique(body, return_inverse=True)
    of = np.empty(len(bodies), np.int64)
    of[index] = owner
    order = np.argsort(of, kind="stable")
    first = np.ones(len(of), bool)
    first[1:] = of[order][1:] != of[order][:-1]
    begins = np.flatnonzero(first)
    number = np.arange(len(of)) - np.repeat(begins, np.diff(np.append(begins, len(of))))
    out = np.empty(len(of), np.int64)
    out[order] = number
    return out[index]


def _normals(points: NDArray[np.float64], triangles: Ints) -> NDArray[np.float64]:
    a = points[triangles[:, 0]]
    normal = np.cross(points[triangles[:, 1]] - a, points[triangles[:, 2]] - a)
    size = np.linalg.norm(normal, axis=1)
    return normal / np.maximum(size, 1e-12)[:, None]


def _rings_are_simple(
    points: NDArray[np.float64], triangles: Ints, group: Ints, start: Ints, face: Ints, joins: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether a group is flat and its rim passes no corner twice, by group."""
    groups = int(group.max(initial=-1)) + 1
    good = np.ones(groups, bool)
    rim = np.flatnonzero(~joins)
    where = group[face[rim]]
    order = np.lexsort((start[rim], where))
    twice = (start[rim][order][1:] == start[rim][order][:-1]) & (where[order][1:] == where[order][:-1])
    good[where[order][1:][twice]] = False
    a = points[triangles[:, 0]]
    normal = np.cross(points[triangles[:, 1]] - a, points[triangles[:, 2]] - a)
    total = np.column_stack([np.bincount(group, normal[:, k], groups) for k in range(3)])
    unit = total / np.maximum(np.linalg.norm(total, axis=1), 1e-12)[:, None]
    corner = points[triangles.ravel()]
    g = group[face]
    middle = np.column_stack([np.bincount(g, corner[:, k], groups) for k in range(3)]) / np.bincount(g, minlength=groups)[:, None]
    off = np.abs(np.einsum("ij,ij->i", corner - middle[g], unit[g]))
    good[g[off > _FLAT_M]] = False
    return good


def _polygons(
    points: NDArray[np.float64], triangles: Ints, owner: Ints, kind: Ints, part: Ints, closed: NDArray[np.bool_], group: Ints,
    start: Ints, end: Ints, face: Ints, joins: NDArray[np.bool_],
) -> Polygons:  # fmt: skip
    rim = np.flatnonzero(~joins)
    where, begin, finish = group[face[rim]], start[rim], end[rim]
    # The next edge of a rim starts, in the same group, where this one ends.
    follow, _ = followers(where, begin, finish)
    ring, place = cycles(follow)
    rings = int(ring.max(initial=-1)) + 1
    order = np.lexsort((place, ring))
    corners, of_ring = begin[order], ring[order]
    size = np.bincount(ring, minlength=rings)
    first = np.cumsum(size) - size
    one = np.empty(rings, np.int64)
    one[of_ring] = rim[order]
    triangle = face[one]
    follow_corner = np.arange(1, len(corners) + 1)
    if rings:
        follow_corner[first + size - 1] = first
    p = points[corners] - points[corners[0]] if len(corners) else np.empty((0, 3))
    cross = np.cross(p, p[follow_corner]) if len(p) else p
    area = np.column_stack([np.bincount(of_ring, cross[:, k], rings) for k in range(3)]) if rings else np.empty((0, 3))
    outer = np.einsum("ij,ij->i", area, _normals(points, triangles[triangle])) > 0 if rings else np.empty(0, bool)
    # Rings by object, then face, the outer one first.
    order = np.lexsort((~outer, group[triangle], owner[triangle]))
    index = np.repeat(first[order], size[order]) + _upto(size[order])
    new = np.ones(rings, bool)
    new[1:] = group[triangle][order][1:] != group[triangle][order][:-1]
    starts = np.flatnonzero(new)
    chosen = triangle[order][starts]
    return Polygons(
        corners[index], size[order], np.diff(np.append(starts, rings)), owner[chosen], kind[chosen], part[chosen], closed
    )  # fmt: skip


def _upto(sizes: Ints) -> Ints:
    """0 to size - 1 for each size."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
