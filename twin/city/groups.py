"""The largest of several groups of things with nothing between them: of two towns in one city, the one that is meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def largest_group(centres: NDArray[np.float64], gap_m: float, weight: NDArray[np.float64] | None = None) -> NDArray[np.int64]:
    """Rows of the group that weighs most (as many things, where none are given). centres: (N, 2) local metres, those that are not
    finite are in no group; gap_m: about how much must lie between two groups."""
    from scipy.ndimage import label

    rows = np.flatnonzero(np.isfinite(centres).all(1))
    if not len(rows):
        return rows
    xy = centres[rows]
    # A thing alone at the other end of the world must not make the grid of cells large.
    cell = max(gap_m / 2, float(np.ptp(xy, axis=0).max()) / 2000)
    at = ((xy - xy.min(0)) / cell).astype(np.int64)
    taken = np.zeros(at.max(0) + 1, bool)
    taken[at[:, 0], at[:, 1]] = True
    group = label(taken, np.ones((3, 3)))[0][at[:, 0], at[:, 1]]
    total = np.bincount(group, None if weight is None else weight[rows])
    return rows[group == total.argmax()]
