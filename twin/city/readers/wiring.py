"""What readers of networks share: names to rows, lines between nodes, nodes that nobody placed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
NEAR = 3.0
"""A bend further from the nodes than this many times their extent was made in other coordinates."""


def sample(ids: Sequence[object]) -> tuple[str, ...]:
    """At most ten examples for a Problem."""
    return tuple(str(i)[:80] for i in ids[:10])


def rows_of(names: pd.Series | NDArray[np.object_], ids: pd.Series | NDArray[np.object_]) -> Rows:
    """Row of each name among unique ids, -1 where there is none."""
    return np.asarray(pd.Index(np.asarray(ids, object)).get_indexer(pd.Index(np.asarray(names, object))), np.int64)


def finite_rows(xy: Floats) -> NDArray[np.bool_]:
    """Which places are known."""
    return np.asarray(np.isfinite(xy).all(1), np.bool_)


def placed(xy: Floats, start: Rows, end: Rows) -> tuple[Floats, NDArray[np.bool_]]:
    """Places of all nodes: one without (NaN) stands in the middle of its neighbours, however far along the lines those are.

    Returns xy (N, 2) and which were placed so; nodes that no line joins to a placed one stay NaN.
    """
    out = xy.copy()
    missing = ~finite_rows(out)
    guessed = np.zeros(len(out), bool)
    while missing.any():
        a, b = np.concatenate([start, end]), np.concatenate([end, start])
        use = missing[a] & ~missing[b]
        if not use.any():
            break
        total = np.zeros_like(out)
        np.add.at(total, a[use], out[b[use]])
        count = np.bincount(a[use], minlength=len(out))
        now = count > 0
        out[now] = total[now] / count[now, None]
        guessed |= now
        missing &= ~now
    return out, guessed


def lines_between(xy: Floats, start: Rows, end: Rows, bend_edge: Rows | None = None, bends: Floats | None = None) -> NDArray[np.object_]:
    """LineString per edge from its start node over its bends, in the order given, to its end node."""
    n = len(start)
    if not n:
        return np.empty(0, object)
    edge = np.concatenate([np.arange(n), np.empty(0, np.int64) if bend_edge is None else bend_edge, np.arange(n)])
    points = np.concatenate([xy[start], np.empty((0, 2)) if bends is None else bends, xy[end]])
    order = np.argsort(edge, kind="stable")
    return np.asarray(shapely.linestrings(points[order], indices=edge[order]), object)


def bends_nearby(xy: Floats, bends: Floats) -> NDArray[np.bool_]:
    """Which bends lie where the nodes are."""
    good = xy[finite_rows(xy)]
    inside = finite_rows(bends)
    if not len(good):
        return inside
    low, high = good.min(0), good.max(0)
    reach = NEAR * max(float((high - low).max()), 1e-6)
    within = np.logical_and.reduce(np.hstack([bends >= low - reach, bends <= high + reach]), axis=1)
    return np.asarray(inside & within, np.bool_)
