"""Compiled bookkeeping of the shallow-water solver at listed faces: edges beyond which nothing is computed, thin walls, kept water.

edge rows: axis (0 west, 1 south face), face row and column, row and column of the cell inside, sign of the outward direction, kind
(shallow_flux). wall rows: axis, face row and column. flux rows: mass, force on the left, force on the right, momentum along, of the edges,
then of the walls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types

from twin.models.hazard.flood_kernels import OPTIONS, weir_flow
from twin.models.hazard.shallow_flux import DRY
from twin.models.hazard.shallow_rows import edge_flux, mirror, per_depth

PAD = 2
"""Columns of work space beyond either end of a row."""

_SHUT = np.float32(1e29)
_F0, _F1 = np.float32(0.0), np.float32(1.0)


@njit(**OPTIONS)
def by_row(edge: Any, wall: Any, rows: int) -> tuple[Any, Any]:
    """Edges, then walls, in the order of (axis, face row): where each begins, and which they are."""
    edges = edge.shape[0]
    begin, which = np.zeros(2 * (rows + 1) + 1, np.int64), np.empty(edges + wall.shape[0], np.int64)
    for k in range(which.size):
        axis, i = (edge[k, 0], edge[k, 1]) if k < edges else (wall[k - edges, 0], wall[k - edges, 1])
        begin[axis * (rows + 1) + i + 1] += 1
    for n in range(1, begin.size):
        begin[n] += begin[n - 1]
    at = begin.copy()
    for k in range(which.size):
        axis, i = (edge[k, 0], edge[k, 1]) if k < edges else (wall[k - edges, 0], wall[k - edges, 1])
        which[at[axis * (rows + 1) + i]] = k
        at[axis * (rows + 1) + i] += 1
    return begin, which


@njit(**OPTIONS)
def edge_fluxes(edge: Any, value: Any, w: Any, z: Any, hu: Any, hv: Any, zfx: Any, zfy: Any, g: float, out: Any) -> float:
    """Mass, forces and momentum along of each edge into out; returns the fastest wave."""
    top = 0.0
    for k in range(edge.shape[0]):
        axis, fi, fj, i, j, sign, kind = edge[k]
        sill = types.float64(zfx[fi, fj] if axis == 0 else zfy[fi, fj])
        bed = types.float64(z[i, j])
        if sill > _SHUT or sill < bed:
            sill = bed
        depth = w[i, j] - bed
        h = max(0.0, w[i, j] - sill)
        per = per_depth(depth) if depth > DRY else 0.0
        through, along = types.float64(hu[i, j]) * per, types.float64(hv[i, j]) * per
        if axis == 1:
            through, along = along, through
        if h <= DRY:
            h, through = 0.0, 0.0
        mass, force, fast = edge_flux(kind, value[k], h, sign * through, sill, g)
        top = max(top, fast)
        out[k, 0] = sign * mass
        out[k, 1] = force if sign > 0 else 0.0
        out[k, 2] = force if sign < 0 else 0.0
        out[k, 3] = sign * mass * along if mass > 0.0 else 0.0
    return top


@njit(**OPTIONS)
def wall_fluxes(wall: Any, crest: Any, w: Any, z: Any, hu: Any, hv: Any, g: float, dx: float, dt: float, out: Any) -> None:
    """Mass over thin walls, and what it changes of the force on the side it leaves: a wall that water runs over stops only the rest. It
    takes its momentum with it and brings none: it falls."""
    for k in range(wall.shape[0]):
        axis, i, j = wall[k]
        a, b = (i, j - 1) if axis == 0 else (i - 1, j)
        q = weir_flow(w[a, b], w[i, j], crest[k], dx, dt)
        if q < 0.0:
            a, b = i, j
        out[k, 0], out[k, 1], out[k, 2] = q, 0.0, 0.0
        h = w[a, b] - types.float64(z[a, b])
        if q != 0.0 and h > DRY:
            through = types.float64(hu[a, b] if axis == 0 else hv[a, b]) * per_depth(h)
            through = through if q > 0.0 else -through
            over = abs(q) / h
            force = mirror(h, through - over, g) - mirror(h, through, g) + abs(q) * over
            out[k, 1 if q > 0.0 else 2] = force


@njit(**OPTIONS)
def put(
    axis: int, i: int, rows: int, edge: Any, wall: Any, begin: Any, which: Any, flux: Any, mass: Any, left: Any, right: Any,
    along: Any,
) -> None:
    """Fluxes of the edges and walls in a row of faces. A wall is closed, but water runs over it."""
    edges = edge.shape[0]
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k >= edges:
            j = wall[k - edges, 2] + PAD
            mass[j], left[j], right[j] = flux[k, 0], left[j] + flux[k, 1], right[j] + flux[k, 2]
        else:
            j = edge[k, 2] + PAD
            mass[j], left[j], right[j], along[j] = flux[k, 0], flux[k, 1], flux[k, 2], flux[k, 3]


@njit(**OPTIONS)
def let_in(axis: int, i: int, row: int, rows: int, edge: Any, begin: Any, which: Any, share: Any) -> None:
    """What comes in through an edge does not depend on the cell beyond it."""
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k < edge.shape[0] and (axis == 0 or edge[k, 3] != row):
            beyond = edge[k, 4] + edge[k, 5] if axis == 0 else edge[k, 4]
            share[beyond + PAD] = _F1


@njit(**OPTIONS)
def book(axis: int, i: int, rows: int, edge: Any, begin: Any, which: Any, mass: Any, flux: Any) -> None:
    """Mass that passed the edges in a row of faces, outwards."""
    for n in range(begin[axis * (rows + 1) + i], begin[axis * (rows + 1) + i + 1]):
        k = which[n]
        if k < edge.shape[0]:
            flux[k, 0] = edge[k, 5] * types.float64(mass[edge[k, 2] + PAD])


@njit(**OPTIONS)
def past_edges(edge: Any, flux: Any, w: Any, z: Any, hu: Any, hv: Any, volume: Any, dt_dx: float, area: float) -> None:
    """The books, in a fixed order; cells beyond an edge stay as they are, empty."""
    rows, columns = w.shape
    for k in range(edge.shape[0]):
        axis, i, j, sign, kind = edge[k, 0], edge[k, 3], edge[k, 4], edge[k, 5], edge[k, 6]
        volume[kind] += flux[k, 0] * dt_dx * area
        i, j = (i, j + sign) if axis == 0 else (i + sign, j)
        if 0 <= i < rows and 0 <= j < columns:
            w[i, j] = z[i, j]
            hu[i, j], hv[i, j] = _F0, _F0


@njit(**OPTIONS)
def kept(shore: Any, stage: Any, w: Any, hu: Any, hv: Any) -> float:
    """Put permanent water back to its level, at rest; returns what it had taken, m."""
    taken = 0.0
    for k in range(shore.shape[0]):
        i, j = shore[k]
        taken += w[i, j] - stage[k]
        w[i, j] = stage[k]
        hu[i, j], hv[i, j] = _F0, _F0
    return taken
