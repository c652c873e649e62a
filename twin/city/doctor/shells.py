"""Surfaces of buildings as shells: edges, closedness, which way they face.

A shell is closed and oriented when each edge is used equally often in both directions. Triangulation may leave corners of one
face in the middle of another's edge; such edges are cut at those corners before they are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.mesh import Mesh, SurfaceClass

SNAP_M = 0.001
ON_EDGE_M = 0.01
MOST_PAIRS = 4_000_000
AT_ONCE = 2_000_000
"""Triangles looked at together; a building of more is a piece of its own."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shells:
    """Arrays per object row. open_edges, turned_edges: how many; volume: signed, m3; open_a, open_b, open_object: corners (3D
    points) of the open edges and their object."""

    open_edges: Ints
    turned_edges: Ints
    volume: NDArray[np.float64]
    faces_out: NDArray[np.float64]
    """Area of roofs that look up less of those that look down, and of grounds the other way round; negative: inside out."""
    open_a: NDArray[np.float64]
    open_b: NDArray[np.float64]
    open_object: Ints

    @property
    def is_open(self) -> NDArray[np.bool_]:
        return np.asarray(self.open_edges > 0)

    @property
    def is_turned(self) -> NDArray[np.bool_]:
        """Some neighbouring faces look to different sides."""
        return np.asarray(self.turned_edges > 0)

    @property
    def is_inside_out(self) -> NDArray[np.bool_]:
        """Closed with negative volume; an open one whose roofs look down."""
        return np.asarray(~self.is_turned & np.where(self.is_open, self.faces_out < -0.5, self.volume < -0.01))


def corners_of(mesh: Mesh) -> NDArray[np.int64]:
    """(T, 3) number of the place of each corner, equal for corners within a millimetre."""
    grid = np.round((mesh.points - mesh.points.mean(0)) / SNAP_M).astype(np.int64)
    return np.asarray(_same(grid)[mesh.triangles])


def _same(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Equal numbers for equal rows; by a 64-bit mix of the columns, sorting which is five times faster than sorting rows."""
    mixed = np.zeros(len(rows), np.uint64)
    with np.errstate(over="ignore"):
        for k, factor in enumerate((0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)[: rows.shape[1]]):
            mixed = (mixed ^ (rows[:, k].astype(np.uint64) * np.uint64(factor))) * np.uint64(0xFF51AFD7ED558CCD)
            mixed ^= mixed >> np.uint64(32)
    return np.unique(mixed, return_inverse=True)[1].ravel()


@dataclass(frozen=True)
class _Edges:
    """Directed edges of all triangles: places at their ends, object, triangle, and the number of the undirected edge."""

    start: Ints
    end: Ints
    object: Ints
    triangle: Ints
    edge: Ints
    forward: NDArray[np.bool_]
    corner: Ints
    """(T, 3) of all triangles."""


def _edges(mesh: Mesh) -> _Edges:
    corner = corners_of(mesh)
    start, end = corner.ravel(), np.roll(corner, -1, axis=1).ravel()
    owner = np.repeat(mesh.object.astype(np.int64), 3)
    triangle = np.repeat(np.arange(len(mesh)), 3)
    real = start != end
    start, end, owner, triangle = start[real], end[real], owner[real], triangle[real]
    edge = _same(np.column_stack([owner, np.minimum(start, end), np.maximum(start, end)]))
    return _Edges(start, end, owner, triangle, edge, start < end, corner)


def shells_of(mesh: Mesh, n: int, wanted: NDArray[np.bool_] | None = None) -> Shells:
    """Shells of n objects; wanted: rows to look at, the others count as sound."""
    if wanted is not None and not wanted.all() and len(mesh):
        some = wanted[mesh.object]
        mesh = Mesh(mesh.points, mesh.triangles[some], mesh.object[some], mesh.surface[some])
    if len(mesh) > AT_ONCE and mesh.object.min() != mesh.object.max():
        return _in_pieces(mesh, n)
    none = np.zeros(n, np.int64)
    if not len(mesh):
        return Shells(none, none, np.zeros(n), np.zeros(n), np.empty((0, 3)), np.empty((0, 3)), np.empty(0, np.int64))
    edges = _edges(mesh)
    m = int(edges.edge.max()) + 1
    ahead = np.bincount(edges.edge, edges.forward, minlength=m).astype(np.int64)
    back = np.bincount(edges.edge, ~edges.forward, minlength=m).astype(np.int64)
    lonely = ahead != back
    # Where corners lie: any triangle's will do, they agree within a millimetre.
    place = np.empty((int(edges.corner.max()) + 1, 3))
    place[edges.corner.ravel()] = mesh.points[mesh.triangles.ravel()]
    left = np.flatnonzero(lonely[edges.edge])
    single = left[_unmatched(edges, left, ahead, back)]
    turned_too, open_rows = _cut_at_corners(edges.start[single], edges.end[single], edges.object[single], place)
    p = mesh.points[mesh.triangles]
    origin = np.zeros((n, 3))
    origin[mesh.object] = p[:, 0]
    q = p - origin[mesh.object][:, None]
    volume = np.bincount(mesh.object, np.einsum("ij,ij->i", q[:, 0], np.cross(q[:, 1], q[:, 2])) / 6, minlength=n)
    up = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2] / 2
    looks = np.select([mesh.surface == SurfaceClass.ROOF, mesh.surface == SurfaceClass.GROUND], [up, -up], 0.0)
    turned = np.bincount(turned_too[0], minlength=n) if len(turned_too[0]) else none
    a, b, owner = _not_on_roofs(mesh, place, *open_rows)
    return Shells(
        np.bincount(owner, minlength=n),
        turned,
        np.asarray(volume, float),
        np.asarray(np.bincount(mesh.object, looks, minlength=n), float),
        place[a],
        place[b],
        owner,
    )


def _in_pieces(mesh: Mesh, n: int) -> Shells:
    """Some objects after the others, so that memory does not grow with the city."""
    count = np.bincount(mesh.object, minlength=n)
    piece = np.cumsum(count) // (AT_ONCE // 2)
    found = []
    for number in np.unique(piece[count > 0]).tolist():
        mine = np.flatnonzero(piece[mesh.object] == number)
        found.append(shells_of(mesh.part(mine, mesh.object[mine]), n))
    return Shells(
        np.sum([f.open_edges for f in found], axis=0),
        np.sum([f.turned_edges for f in found], axis=0),
        np.sum([f.volume for f in found], axis=0),
        np.sum([f.faces_out for f in found], axis=0),
        np.concatenate([f.open_a for f in found]),
        np.concatenate([f.open_b for f in found]),
        np.concatenate([f.open_object for f in found]),
    )


def _not_on_roofs(mesh: Mesh, place: NDArray[np.float64], a: Ints, b: Ints, owner: Ints) -> tuple[Ints, Ints, Ints]:
    """Open edges but for those that lie level on a flat face of the same object: a tower that stands on the roof of its podium has
    no floor of its own and needs none."""
    if not len(a):
        return a, b, owner
    p = mesh.points[mesh.triangles]
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    level = np.ptp(p[:, :, 2], axis=1) < ON_EDGE_M
    base = np.full(int(mesh.object.max()) + 1, np.inf)
    np.minimum.at(base, mesh.object, p[:, :, 2].min(1))
    roof = level & (n[:, 2] > 0) & (p[:, 0, 2] > base[mesh.object] + 0.1)

    def key(rows: NDArray[Any], z: NDArray[np.float64]) -> Ints:
        return rows.astype(np.int64) * 10_000_000 + np.round((z + 10_000) * 100).astype(np.int64)

    roofs = np.unique(key(mesh.object[roof], p[roof, 0, 2]))
    roofs = np.unique(np.concatenate([roofs - 1, roofs, roofs + 1]))
    flat = np.abs(place[a, 2] - place[b, 2]) < ON_EDGE_M
    rests = flat & np.isin(key(owner, (place[a, 2] + place[b, 2]) / 2), roofs)
    return a[~rests], b[~rests], owner[~rests]


def _unmatched(edges: _Edges, left: Ints, ahead: Ints, back: Ints) -> Ints:
    """Positions in `left` of one directed edge for each use that has no counterpart."""
    number = edges.edge[left]
    surplus = ahead[number] - back[number]
    side = edges.forward[left] == (surplus > 0)
    kept = np.flatnonzero(side)
    order = kept[np.argsort(number[kept], kind="stable")]
    first = np.r_[True, np.diff(number[order]) > 0] if len(order) else np.empty(0, bool)
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    return order[rank < np.abs(surplus[order])]


def _cut_at_corners(start: Ints, end: Ints, owner: Ints, place: NDArray[np.float64]) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints, Ints]]:
    """What is left of unmatched edges once each is cut at the unmatched corners of its object that lie on it.

    Returns objects of edges used twice the same way, with a count of ones, and start, end and object of those used once.
    """
    empty = np.empty(0, np.int64)
    if not len(start):
        return (empty, empty), (empty, empty, empty)
    order = np.argsort(owner, kind="stable")
    start, end, owner = start[order], end[order], owner[order]
    corner_key = np.unique(np.column_stack([np.concatenate([owner, owner]), np.concatenate([start, end])]), axis=0)
    first = np.searchsorted(corner_key[:, 0], owner, "left")
    count = np.searchsorted(corner_key[:, 0], owner, "right") - first
    count = np.where(count > 2000, 0, count)  # a shell in shreds: cutting would not close it
    cut_edge, cut_at, cut_corner = [], [], []
    total = np.cumsum(count)
    for chunk in np.split(np.arange(len(start)), np.flatnonzero(np.diff(total // MOST_PAIRS)) + 1):
        e = np.repeat(chunk, count[chunk])
        k = np.arange(len(e)) - np.repeat(np.cumsum(count[chunk]) - count[chunk], count[chunk])
        c = corner_key[first[e] + k, 1]
        a, along = place[start[e]], place[end[e]] - place[start[e]]
        length = np.linalg.norm(along, axis=1)
        away = place[c] - a
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.einsum("ij,ij->i", away, along) / length**2
        off = np.linalg.norm(away - np.nan_to_num(t)[:, None] * along, axis=1)
        inside = (off < ON_EDGE_M) & (t * length > SNAP_M) & ((1 - t) * length > SNAP_M) & (c != start[e]) & (c != end[e])
        cut_edge.append(e[inside])
        cut_at.append(t[inside])
        cut_corner.append(c[inside])
    e, t, c = np.concatenate(cut_edge), np.concatenate(cut_at), np.concatenate(cut_corner)
    n = len(start)
    all_e = np.concatenate([np.arange(n), e, np.arange(n)])
    all_t = np.concatenate([np.zeros(n), t, np.ones(n)])
    all_c = np.concatenate([start, c, end])
    order = np.lexsort((all_t, all_e))
    all_e, all_c = all_e[order], all_c[order]
    same = all_e[1:] == all_e[:-1]
    a, b, o = all_c[:-1][same], all_c[1:][same], owner[all_e[:-1][same]]
    real = a != b
    a, b, o = a[real], b[real], o[real]
    key = _same(np.column_stack([o, np.minimum(a, b), np.maximum(a, b)]))
    m = int(key.max()) + 1 if len(key) else 0
    ahead, back = np.bincount(key, a < b, minlength=m), np.bincount(key, a > b, minlength=m)
    # An edge twice in one direction and never in the other: its two faces look to different sides.
    twice = (np.abs(ahead - back) >= 2) & ((ahead == 0) | (back == 0))
    once = (ahead != back) & ~twice
    _, one = np.unique(key, return_index=True)
    turned, opened = one[twice], one[once]
    return (o[turned], np.ones(len(turned), np.int64)), (a[opened], b[opened], o[opened])


def faced_outwards(mesh: Mesh, n: int) -> Mesh:
    """The same triangles turned so that neighbours agree and closed shells face outwards, open ones with their roofs up.

    Neighbours across an edge of two triangles are tied: either both turn or, where they disagree, one of the two. Each triangle
    is there twice, as it is and turned, and the ties make two mirrored parts of each patch, of which one is taken.
    """
    if not len(mesh):
        return mesh
    import scipy.sparse as sparse
    from scipy.sparse.csgraph import connected_components

    edges = _edges(mesh)
    uses = np.bincount(edges.edge)
    pair = np.flatnonzero(uses[edges.edge] == 2)
    pair = pair[np.argsort(edges.edge[pair], kind="stable")]
    one, two = pair[0::2], pair[1::2]
    f, g = edges.triangle[one], edges.triangle[two]
    agree = edges.forward[one] != edges.forward[two]
    t = len(mesh)
    a = np.concatenate([f, f + t])
    b = np.concatenate([np.where(agree, g, g + t), np.where(agree, g + t, g)])
    graph = sparse.coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(2 * t, 2 * t))
    _, label = connected_components(graph, directed=False)
    p = mesh.points[mesh.triangles]
    centre = np.zeros((n, 3))
    weight = np.maximum(np.bincount(mesh.object, minlength=n), 1)[:, None]
    for k in range(3):
        centre[:, k] = np.bincount(mesh.object, p[:, :, k].mean(1), minlength=n)
    centre /= weight
    q = p - centre[mesh.object][:, None]
    volume = np.einsum("ij,ij->i", q[:, 0], np.cross(q[:, 1], q[:, 2])) / 6
    up = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2] / 2
    looks = np.select([mesh.surface == SurfaceClass.ROOF, mesh.surface == SurfaceClass.GROUND], [up, -up], 0.0)
    # A closed patch tells by its volume, an open one by its roofs and grounds.
    parts = int(label.max()) + 1
    open_patch = np.zeros(parts, bool)
    lonely = edges.triangle[uses[edges.edge] == 1]
    open_patch[label[lonely]] = True
    says = np.bincount(label[:t], np.abs(looks), minlength=parts) > 0.5
    good = np.where((open_patch & says)[label[:t]], looks, volume)
    score = np.bincount(label[:t], good, minlength=parts) + np.bincount(label[t:], -good, minlength=parts)
    turn = score[label[t:]] > score[label[:t]] + 1e-9
    triangles, surface = mesh.triangles.copy(), mesh.surface.copy()
    triangles[turn] = triangles[turn][:, ::-1]
    # Where the source names no surfaces, roofs and grounds were told by the way they faced.
    flat = turn & (np.abs(up) > 0.7 * np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2)
    surface[flat & (surface == SurfaceClass.ROOF) & (up > 0)] = SurfaceClass.GROUND
    surface[flat & (mesh.surface == SurfaceClass.GROUND) & (up < 0)] = SurfaceClass.ROOF
    return Mesh(mesh.points, triangles, mesh.object, surface, mesh.color)
