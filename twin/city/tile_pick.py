"""Which building a ray meets in a large city: down the tree of tiles, then the boxes of buildings, then their triangles."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.city.index import box_hits, triangle_distances
from twin.city.mesh import Mesh
from twin.city.tiles import Tiles

STEP = 24
"""Buildings looked at together, nearest first."""


def pick(
    tiles: Tiles, mesh: Mesh, origin: ArrayLike, direction: ArrayLike, farthest: float = np.inf, seen: NDArray[np.bool_] | None = None
) -> tuple[int, float] | None:
    """Row of the first building a ray meets, from either side, and how far away in metres; None where it meets none.

    Exact: triangles of the mesh, not of what is drawn from afar. seen: rows that count.
    """
    o, d = np.asarray(origin, float), np.asarray(direction, float)
    length = float(np.linalg.norm(d))
    if not np.isfinite(o).all() or not np.isfinite(length) or length == 0 or not len(tiles.nodes):
        return None
    d = d / length
    rows = _candidates(tiles, o, d, farthest)
    if seen is not None:
        rows = rows[seen[rows]]
    low, high = tiles.extents[rows, :3], tiles.extents[rows, 3:]
    hit = box_hits(low, high, o, d, farthest)
    rows = rows[hit]
    near = _entry(low[hit], high[hit], o, d)
    order = np.argsort(near)
    rows, near = rows[order], near[order]
    best: tuple[int, float] | None = None
    for k in range(0, len(rows), STEP):
        if best is not None and near[k] > best[1]:
            break
        index = mesh.of_objects(np.sort(rows[k : k + STEP]))
        if not len(index):
            continue
        distance = triangle_distances(mesh.points[mesh.triangles[index]], o, d)
        first = int(np.argmin(distance))
        reach = float(distance[first])
        if math.isfinite(reach) and reach <= farthest and (best is None or reach < best[1]):
            best = int(mesh.object[index[first]]), reach
    return best


def _candidates(tiles: Tiles, o: NDArray[np.float64], d: NDArray[np.float64], farthest: float) -> NDArray[np.int64]:
    """Rows of the leaves a ray goes through."""
    nodes, leaf = tiles.nodes, tiles.leaves
    now = np.zeros(1, np.int64)
    found: list[NDArray[np.int64]] = []
    while len(now):
        now = now[box_hits(nodes["low"][now], nodes["high"][now], o, d, farthest)]
        found.append(now[leaf[now]])
        children = nodes["children"][now[~leaf[now]]].ravel().astype(np.int64)
        now = children[children >= 0]
    leaves = np.concatenate(found) if found else now
    runs = nodes["rows"][leaves]
    return np.concatenate([np.arange(a, z) for a, z in runs] or [np.empty(0, np.int64)])


def _entry(low: NDArray[np.float32], high: NDArray[np.float32], o: NDArray[np.float64], d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a ray enters boxes it is known to meet; 0 where it starts inside."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t, u = (low - o) / d, (high - o) / d
    return np.asarray(np.maximum(np.nan_to_num(np.fmin(t, u), nan=0.0, neginf=0.0, posinf=0.0).max(1), 0.0))
