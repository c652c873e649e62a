"""Points that are one place: nearer to each other than a tolerance, whatever grid they were rounded to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GRAINS = 10
"""Points in one grain, a tenth of the tolerance wide, are one before distances are looked at: so many a disc may hold is bounded."""
_WIDE = 2.0
"""Chains of near points longer than so many tolerances are cut, that a finely drawn line does not shrink to a point."""


def snapped(xy: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Place of each of (N, 2) points, numbered from 0 by x, then y; points nearer than the tolerance have the same.

    All points of a place lie within two tolerances of each other.
    """
    if not len(xy):
        return np.empty(0, np.int64)
    first, grain = _grains(xy, tolerance / _GRAINS)
    at = xy[first]
    near = _near(at, tolerance)
    if not len(near):
        return grain
    lowest = _connected(near, len(at))
    group = _cut(at, near, lowest, tolerance)
    return np.unique(group, return_inverse=True)[1].ravel()[grain]


def _grains(xy: NDArray[np.float64], size: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First point of each grain, grains ordered by x, then y; grain of each point."""
    cell = np.round(xy / size).astype(np.int64)
    cell -= cell.min(0)
    height = int(cell[:, 1].max()) + 1
    if (int(cell[:, 0].max()) + 1) * height < 1 << 62:
        _, first, grain = np.unique(cell[:, 0] * height + cell[:, 1], return_index=True, return_inverse=True)
    else:
        _, first, grain = np.unique(cell, axis=0, return_index=True, return_inverse=True)
    return first, grain.ravel()


def _near(at: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Pairs (P, 2) of points nearer than the tolerance."""
    from scipy.spatial import cKDTree

    tree = cKDTree(at, balanced_tree=False, compact_nodes=False)
    return np.asarray(tree.query_pairs(tolerance, output_type="ndarray"), np.int64)


def _connected(near: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Lowest of the points each is connected with."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(near), np.int8), (near[:, 0], near[:, 1])), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    lowest = np.full(label.max() + 1, count, np.int64)
    np.minimum.at(lowest, label, np.arange(count))
    return lowest[label]


def _cut(at: NDArray[np.float64], near: NDArray[np.int64], lowest: NDArray[np.int64], tolerance: float) -> NDArray[np.int64]:
    """The groups, those that are too wide cut: in order, each free point takes those near it that are free."""
    low, high = np.full((len(at), 2), np.inf), np.full((len(at), 2), -np.inf)
    np.minimum.at(low, lowest, at)
    np.maximum.at(high, lowest, at)
    wide = (np.hypot(*(high - low).T) > _WIDE * tolerance)[lowest]
    group = lowest.copy()
    pairs = near[wide[near[:, 0]]]
    if not len(pairs):
        return group
    pairs = np.sort(pairs, axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    members = np.flatnonzero(wide)
    group[members] = -1
    starts = np.searchsorted(pairs[:, 0], members).tolist()
    stops = np.searchsorted(pairs[:, 0], members, side="right").tolist()
    later = pairs[:, 1]
    for point, start, stop in zip(members.tolist(), starts, stops, strict=True):  # few: only lines drawn finer than the tolerance
        if group[point] < 0:
            group[point] = point
            mine = later[start:stop]
            group[mine[group[mine] < 0]] = point
    return group
