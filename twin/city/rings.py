"""Rings of edges that follow each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cycles(follow: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the cycle of each position of a permutation, and its place in it; cycles begin at their lowest position."""
    n = len(follow)
    lowest, step = np.arange(n), follow.copy()
    while True:  # the lowest position ever farther along, by doubling
        lower = np.minimum(lowest, lowest[step])
        if (lower == lowest).all():
            break
        lowest, step = lower, step[step]
    _, ring = np.unique(lowest, return_inverse=True)
    # Steps left to the lowest position: doubling along the cycle cut before it.
    ahead = np.where(lowest == np.arange(n), 0, 1)
    step = np.where(lowest == np.arange(n), np.arange(n), follow)
    while True:
        more = ahead[step]
        if not more.any():
            break
        ahead, step = ahead + more, step[step]
    size = np.bincount(ring, minlength=1)
    return ring, (size[ring] - ahead) % np.maximum(size[ring], 1)


def followers(group: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The edge of the same group that starts where each ends, and whether it is the only one and there is one."""
    span = np.int64(max(int(start.max(initial=0)), int(end.max(initial=0))) + 1)
    key = group * span + start
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    wanted = group * span + end
    at = np.minimum(np.searchsorted(ranked, wanted), len(key) - 1)
    single = np.ones(len(key), bool)
    same = ranked[1:] == ranked[:-1]
    single[1:] &= ~same
    single[:-1] &= ~same
    return order[at], single[at] & (ranked[at] == wanted) if len(key) else single
