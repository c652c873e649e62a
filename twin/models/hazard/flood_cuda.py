"""The flow of the flood model on a graphics card (CUDA, by numba-cuda): local inertial, and finite volumes of first order.

The formulas are those of the processor (flood_kernels, shallow_flux, shallow_edges), compiled once more; loops over cells stand here.
Level, flow and bed stay on the card, which finds the length of each step itself: a call of `advance` sends what the host may have
changed, starts as many steps as the last call took, and reads back one small array; more only where that was not enough. Every sum is
one entry's own, added up by the host, and only greatest and least are found together: same input, same bits. Levels are within 1e-4 m of
the processor's, not the same bits.

Left to the processor: second order, edges where a level or a discharge is given (the flood model has none), and all that takes turns with
the flow (rain, losses, pumps, sewers, records). Where culverts, gates or entrances move much, a turn is one step, and the way there and
back costs more than the step.

To be imported only where a card is wanted: importing numba.cuda takes a while. NUMBA_ENABLE_CUDASIM=1 runs all this without a card.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

import numba
import numpy as np
from numba import cuda
from numpy.typing import NDArray

from twin.models.hazard import flood_cells, flood_kernels, shallow_edges, shallow_flux
from twin.models.hazard.flood_kernels import DRY as DRY_FACE
from twin.models.hazard.flood_kernels import GRAVITY, MARGIN
from twin.models.hazard.flood_schemes import NO_PACKAGE
from twin.models.hazard.flood_terrain import Ground
from twin.models.hazard.shallow_flux import DRY, OPEN

BYTES = {"local_inertial": 45, "finite_volume": 69}
"""Memory of the card that a cell takes, by the schemes there are."""
MOST_STEPS = 200
"""Steps of one call of advance: some tenths of a second for millions of cells, so that Cancel is looked for in time."""
SIMULATED = bool(numba.config.ENABLE_CUDASIM)
numba.config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # one thread finds the length of a step, few those of short lists

_NOW, _UNTIL, _DT, _STEPS, _MOST = range(5)
"""Places in the array by which host and card talk: s, s, s, 1, 1. A step of 0 s: the time is reached, and kernels do nothing."""
_BLOCK = (2, 2) if SIMULATED else (32, 8)
_THREADS = _BLOCK[0] * _BLOCK[1]

_F0, _F1, _HALF, _QUARTER, _FLUSH = (np.float32(v) for v in (0.0, 1.0, 0.5, 0.25, 1e-9))
_MOST_SHARE, _MINUS_THIRD, _G = np.float32(0.999999), np.float32(-1.0 / 3.0), np.float32(GRAVITY)



def _device(plain: Any) -> Any:
    """A function for kernels to call. The simulator takes it as it is: its own wrapper costs ten times what it wraps."""
    return plain if SIMULATED else cuda.jit(device=True)(plain)


inertial_flow, face_flux = _device(flood_kernels.inertial_flow), _device(shallow_flux.face_flux)
per_depth, friction = _device(shallow_flux.per_depth), _device(shallow_flux.friction)
mirror, sill_above = _device(shallow_flux.mirror), _device(shallow_flux.sill_above)
within_margin = _device(flood_cells.within_margin.py_func)
edge_flows, wall_flows, kept = (_device(f.py_func) for f in (flood_kernels.edge_flows, flood_kernels.wall_flows, flood_kernels.kept))
edge_fluxes, wall_fluxes = _device(shallow_edges.edge_fluxes.py_func), _device(shallow_edges.wall_fluxes.py_func)
past_edges, kept_at_rest = _device(shallow_edges.past_edges.py_func), _device(shallow_edges.kept.py_func)


@cache
def missing() -> str:
    """What it takes to compute on a card and is not there, in plain words; nothing where all is."""
    if SIMULATED:
        return ""
    if find_spec("numba_cuda") is None:
        return NO_PACKAGE
    try:
        if not cuda.is_available():
            return "no CUDA device answers (an NVIDIA card, and its driver, are needed)"
        seen = cuda.to_device(np.zeros(1))
        _put[1, 1](seen, 1.0)
        if seen.copy_to_host()[0] != 1.0:
            return "the CUDA device does not compute"
    except Exception as error:  # of the driver, of a library that is not found, of the compiler
        return f"the CUDA device cannot be used ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'})"
    return ""


def free_bytes() -> int:
    """Memory of the card that nobody uses."""
    return 1 << 60 if SIMULATED else int(cuda.current_context().get_memory_info().free)


def name() -> str:
    """Of the card."""
    if SIMULATED:
        return "simulator"
    said = cuda.get_current_device().name
    return said.decode() if isinstance(said, bytes) else str(said)


# where water may be


@cuda.jit
def _put(out: Any, value: float) -> None:
    for k in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        out[k] = value


@cuda.jit
def _no_rows(first: Any, last: Any, columns: int) -> None:
    for i in range(cuda.grid(1), first.size, cuda.gridsize(1)):
        first[i], last[i] = columns, 0


@cuda.jit
def _wet_rows(w: Any, z: Any, still: Any, first: Any, last: Any) -> None:
    """First wet column of each row and the one after the last (flood_cells.wet_in_rows): asked of the ends of wet stretches only."""
    rows, columns = w.shape
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if not w[i, j] > z[i, j] or still[i, j]:
                continue
            if j == 0 or not w[i, j - 1] > z[i, j - 1] or still[i, j - 1]:
                cuda.atomic.min(first, i, j)
            if j == columns - 1 or not w[i, j + 1] > z[i, j + 1] or still[i, j + 1]:
                cuda.atomic.max(last, i, j + 1)


@cuda.jit
def _spans(first: Any, last: Any, low: Any, high: Any, columns: int) -> None:
    for i in range(cuda.grid(1), low.size, cuda.gridsize(1)):
        low[i], high[i] = within_margin(first, last, i, columns)


@cuda.jit
def _trim_faces(qx: Any, qy: Any, low: Any, high: Any) -> None:
    """Flows left behind outside the spans."""
    rows, columns = low.size, qy.shape[1]
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if j < low[i] or j >= high[i]:
                qy[i, j] = _F0
                qy[i + 1, j] = _F0
                if j > 0 and (j - 1 < low[i] or j - 1 >= high[i]):
                    qx[i, j] = _F0


@cuda.jit
def _trim_cells(hu: Any, hv: Any, low: Any, high: Any) -> None:
    rows, columns = hu.shape
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if j < low[i] or j >= high[i]:
                hu[i, j] = _F0
                hv[i, j] = _F0


@_device
def _raise(top: Any, value: Any) -> None:
    """The greatest value of all threads into top; every thread of the block must come."""
    some = cuda.shared.array(_THREADS, numba.float32)
    t, half = cuda.threadIdx.y * cuda.blockDim.x + cuda.threadIdx.x, _THREADS // 2
    some[t] = value
    cuda.syncthreads()
    while half > 0:
        if t < half and some[t + half] > some[t]:
            some[t] = some[t + half]
        cuda.syncthreads()
        half //= 2
    if t == 0:
        cuda.atomic.max(top, 0, some[0])


@_device
def _set_pace(control: Any, longest: float) -> bool:
    """Length of the next step into control, as flood_kernels.flow sets it; whether there is one. Without a longest one the flow is
    unstable: the time ends, and the host finds out why."""
    control[_DT] = 0.0
    if control[_NOW] >= control[_UNTIL] or control[_STEPS] >= control[_MOST]:
        return False
    if not longest > 1e-9:
        control[_NOW] = control[_UNTIL]
        return False
    rest = control[_UNTIL] - control[_NOW]
    count = math.ceil(rest / longest - 1e-9)
    control[_DT] = rest / max(1.0, float(count))
    control[_NOW] = control[_NOW] + control[_DT] if count > 1 else control[_UNTIL]
    control[_STEPS] += 1.0
    return True


@cuda.jit
def _shares(control: Any, w: Any, z: Any, mx: Any, my: Any, low: Any, high: Any, dx: float, share: Any, deepest: Any) -> None:
    """Share of each cell's outflow that its water allows (shallow_rows.shares), and the greatest depth."""
    dt = control[_DT]
    if dt == 0.0:
        return
    rows, columns = w.shape
    dt_dx, top = np.float32(dt / dx), _F0
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            some = _F1
            if low[i] <= j < high[i]:
                h = np.float32(w[i, j] - z[i, j])
                h = h if h > _F0 else _F0
                top = h if h > top else top
                east, west, north, south = mx[i, j + 1], -mx[i, j], my[i + 1, j], -my[i, j]
                out_x = (east if east > _F0 else _F0) + (west if west > _F0 else _F0)
                out_y = (north if north > _F0 else _F0) + (south if south > _F0 else _F0)
                leaves, most = dt_dx * (out_x + out_y), _MOST_SHARE * h
                some = most / leaves if leaves > most else _F1
            share[i, j] = some
    _raise(deepest, top)


# local inertial


@cuda.jit
def _inertial_pace(control: Any, deepest: Any, dx: float, cfl: float) -> None:
    if _set_pace(control, cfl * dx / math.sqrt(GRAVITY * max(deepest[0], 1e-3))):
        deepest[0] = 0.0


@cuda.jit
def _inertial_faces(
    control: Any, w: Any, gn2: Any, zfx: Any, zfy: Any, qx: Any, qy: Any, low: Any, high: Any, dx: float, theta: Any, froude: Any,
    new_x: Any, new_y: Any,
) -> None:  # fmt: skip
    """Flows through the faces between cells, not yet limited."""
    dt = control[_DT]
    if dt == 0.0:
        return
    rows, columns = w.shape
    dtf, slope_dt = np.float32(dt), np.float32(GRAVITY * dt / dx)
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            here, level = low[i] <= j < high[i], w[i, j]
            if j > 0 and (here or low[i] <= j - 1 < high[i]):
                q, other = _F0, w[i, j - 1]
                h = np.float32(max(level, other) - zfx[i, j])
                if h > DRY_FACE:
                    cross = _QUARTER * ((qy[i, j - 1] + qy[i, j]) + (qy[i + 1, j - 1] + qy[i + 1, j]))
                    q = inertial_flow(
                        h, np.float32(h**_MINUS_THIRD), np.float32(level - other), qx[i, j], qx[i, j - 1] + qx[i, j + 1], cross,
                        _HALF * (gn2[i, j - 1] + gn2[i, j]), dtf, slope_dt, theta, froude,
                    )  # fmt: skip
                new_x[i, j] = q
            if i > 0 and (here or low[i - 1] <= j < high[i - 1]):
                q, other = _F0, w[i - 1, j]
                h = np.float32(max(level, other) - zfy[i, j])
                if h > DRY_FACE:
                    cross = _QUARTER * ((qx[i - 1, j] + qx[i, j]) + (qx[i - 1, j + 1] + qx[i, j + 1]))
                    q = inertial_flow(
                        h, np.float32(h**_MINUS_THIRD), np.float32(level - other), qy[i, j], qy[i - 1, j] + qy[i + 1, j], cross,
                        _HALF * (gn2[i - 1, j] + gn2[i, j]), dtf, slope_dt, theta, froude,
                    )  # fmt: skip
                new_y[i, j] = q


@cuda.jit
def _inertial_rim(control: Any, edge: Any, root: Any, w: Any, z: Any, new_x: Any, new_y: Any, froude: float) -> None:
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), edge.shape[0], cuda.gridsize(1)):
        edge_flows(edge[k : k + 1], root[k : k + 1], w, z, new_x, new_y, froude)


@cuda.jit
def _inertial_walls(control: Any, wall: Any, crest: Any, w: Any, new_x: Any, new_y: Any, dx: float) -> None:
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), wall.shape[0], cuda.gridsize(1)):
        wall_flows(wall[k : k + 1], crest[k : k + 1], w, new_x, new_y, dx, control[_DT])


@cuda.jit
def _inertial_update(
    control: Any, w: Any, new_x: Any, new_y: Any, share: Any, low: Any, high: Any, dx: float, qx: Any, qy: Any
) -> None:
    """Limited flows and new levels. A face is written by the cells on both its sides, which find the same."""
    dt = control[_DT]
    if dt == 0.0:
        return
    rows, columns = w.shape
    dt_dx = np.float32(dt / dx)
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if not low[i] <= j < high[i]:
                continue
            own = share[i, j]
            west, east, south, north = new_x[i, j], new_x[i, j + 1], new_y[i, j], new_y[i + 1, j]
            # nothing limits what comes from beyond the grid
            west *= own if west <= _F0 else (share[i, j - 1] if j > 0 else _F1)
            east *= own if east > _F0 else (share[i, j + 1] if j < columns - 1 else _F1)
            south *= own if south <= _F0 else (share[i - 1, j] if i > 0 else _F1)
            north *= own if north > _F0 else (share[i + 1, j] if i < rows - 1 else _F1)
            qx[i, j], qx[i, j + 1], qy[i, j], qy[i + 1, j] = west, east, south, north
            w[i, j] += float(dt_dx) * ((float(west) - float(east)) + (float(south) - float(north)))


@cuda.jit
def _inertial_gone(control: Any, edge: Any, qx: Any, qy: Any, dx: float, out: Any) -> None:
    """m3 out over each face of the rim, added up."""
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), edge.shape[0], cuda.gridsize(1)):
        axis, i, j = edge[k, 0], edge[k, 1], edge[k, 2]
        out[k] += edge[k, 5] * float(qx[i, j] if axis == 0 else qy[i, j]) * float(np.float32(control[_DT] / dx)) * dx * dx


@cuda.jit
def _inertial_kept(control: Any, shore: Any, stage: Any, w: Any, dx: float, out: Any) -> None:
    """Permanent water back to its level; m3 that each cell of it had taken, added up."""
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), shore.shape[0], cuda.gridsize(1)):
        out[k] += kept(shore[k : k + 1], stage[k : k + 1], w) * dx * dx


# finite volumes. Faces: mass, force on the left, force on the right, momentum along


@_device
def _wave(h: Any, hu: Any, hv: Any) -> Any:
    """|velocity| + wave speed (shallow_rows.fastest)."""
    if not h > DRY:
        return _F0
    size_x, size_y = abs(hu), abs(hv)
    return np.float32((size_x if size_x > size_y else size_y) * per_depth(h) + math.sqrt(_G * h))


@cuda.jit
def _volume_waves(w: Any, z: Any, hu: Any, hv: Any, low: Any, high: Any, fastest: Any) -> None:
    rows, columns = w.shape
    top = _F0
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if low[i] <= j < high[i]:
                fast = _wave(np.float32(w[i, j] - z[i, j]), hu[i, j], hv[i, j])
                top = fast if fast > top else top
    _raise(fastest, top)


@cuda.jit
def _volume_rim(
    control: Any, edge: Any, value: Any, w: Any, z: Any, hu: Any, hv: Any, zfx: Any, zfy: Any, flux: Any, fastest: Any,
) -> None:  # fmt: skip
    """Fluxes of the rim before the step is known, which they may shorten."""
    if control[_NOW] >= control[_UNTIL]:
        return
    for k in range(cuda.grid(1), edge.shape[0], cuda.gridsize(1)):
        fast = edge_fluxes(edge[k : k + 1], value[k : k + 1], w, z, hu, hv, zfx, zfy, GRAVITY, flux[k : k + 1])
        cuda.atomic.max(fastest, 0, fast)


@cuda.jit
def _volume_pace(control: Any, fastest: Any, dx: float, cfl: float) -> None:
    if _set_pace(control, cfl * dx / max(fastest[0], 0.1)):
        fastest[0] = 0.0


@cuda.jit
def _volume_faces(
    control: Any, w: Any, z: Any, hu: Any, hv: Any, zfx: Any, zfy: Any, low: Any, high: Any, fx: Any, fy: Any,
) -> None:  # fmt: skip
    """Fluxes through the faces of cells in the spans, those of the rim mirrors."""
    if control[_DT] == 0.0:
        return
    rows, columns = w.shape
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows + 1, by_y):
        for j in range(x, columns + 1, by_x):
            here = i < rows and low[i] <= j < high[i]
            west, south = i < rows and low[i] <= j - 1 < high[i], i > 0 and low[i - 1] <= j < high[i - 1]
            if here or west or south:
                h, u, v = _state(w, z, hu, hv, min(i, rows - 1), min(j, columns - 1))
                if here or west:
                    if 0 < j < columns:
                        a, b, c = _state(w, z, hu, hv, i, j - 1)
                        sill = sill_above(z[i, j - 1], z[i, j], zfx[i, j], a)
                        f = face_flux(np.float32(w[i, j] - w[i, j - 1]), a, h, sill, b, u, c, v, _G)
                        fx[0, i, j], fx[1, i, j], fx[2, i, j], fx[3, i, j] = f
                    else:
                        fx[0, i, j], fx[1, i, j], fx[2, i, j], fx[3, i, j] = _F0, mirror(h, u, _G), mirror(h, -u, _G), _F0
                if here or south:
                    if 0 < i < rows:
                        a, b, c = _state(w, z, hu, hv, i - 1, j)
                        sill = sill_above(z[i - 1, j], z[i, j], zfy[i, j], a)
                        f = face_flux(np.float32(w[i, j] - w[i - 1, j]), a, h, sill, c, v, b, u, _G)
                        fy[0, i, j], fy[1, i, j], fy[2, i, j], fy[3, i, j] = f
                    else:
                        fy[0, i, j], fy[1, i, j], fy[2, i, j], fy[3, i, j] = _F0, mirror(h, v, _G), mirror(h, -v, _G), _F0


@_device
def _state(w: Any, z: Any, hu: Any, hv: Any, i: int, j: int) -> Any:
    """Depth and velocities of a cell (shallow_rows.velocities)."""
    h = np.float32(w[i, j] - z[i, j])
    if not h > DRY:
        return h if h > _F0 else _F0, _F0, _F0
    per = per_depth(h)
    return h, hu[i, j] * per, hv[i, j] * per


@cuda.jit
def _volume_put(control: Any, edge: Any, flux: Any, fx: Any, fy: Any) -> None:
    """Fluxes of the rim to their faces."""
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), edge.shape[0], cuda.gridsize(1)):
        axis, i, j = edge[k, 0], edge[k, 1], edge[k, 2]
        for n in range(4):
            if axis == 0:
                fx[n, i, j] = flux[k, n]
            else:
                fy[n, i, j] = flux[k, n]


@cuda.jit
def _volume_walls(
    control: Any, wall: Any, crest: Any, w: Any, z: Any, hu: Any, hv: Any, dx: float, flux: Any, fx: Any, fy: Any,
) -> None:  # fmt: skip
    """Thin walls are closed, but water runs over them."""
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), wall.shape[0], cuda.gridsize(1)):
        wall_fluxes(wall[k : k + 1], crest[k : k + 1], w, z, hu, hv, GRAVITY, dx, control[_DT], flux[k : k + 1])
        axis, i, j = wall[k, 0], wall[k, 1], wall[k, 2]
        if axis == 0:
            fx[0, i, j] = flux[k, 0]
            fx[1, i, j] += flux[k, 1]
            fx[2, i, j] += flux[k, 2]
        else:
            fy[0, i, j] = flux[k, 0]
            fy[1, i, j] += flux[k, 1]
            fy[2, i, j] += flux[k, 2]


@cuda.jit
def _volume_update(
    control: Any, w: Any, z: Any, hu: Any, hv: Any, gn2: Any, fx: Any, fy: Any, share: Any, low: Any, high: Any, dx: float, fastest: Any,
) -> None:  # fmt: skip
    """New levels and discharges (shallow_rows.new_levels, new_discharges) by fluxes each of which has its upwind cell's share."""
    dt = control[_DT]
    if dt == 0.0:
        return
    rows, columns = w.shape
    ratio, dtf, top = dt / dx, np.float32(dt), _F0
    dt_dx = np.float32(ratio)
    x, y = cuda.grid(2)
    by_x, by_y = cuda.gridsize(2)
    for i in range(y, rows, by_y):
        for j in range(x, columns, by_x):
            if not low[i] <= j < high[i]:
                continue
            own = share[i, j]
            a = own if fx[0, i, j] <= _F0 else (share[i, j - 1] if j > 0 else _F1)
            b = own if fx[0, i, j + 1] > _F0 else (share[i, j + 1] if j < columns - 1 else _F1)
            c = own if fy[0, i, j] <= _F0 else (share[i - 1, j] if i > 0 else _F1)
            d = own if fy[0, i + 1, j] > _F0 else (share[i + 1, j] if i < rows - 1 else _F1)
            h, u, v = _state(w, z, hu, hv, i, j)
            qx = h * u + dt_dx * ((fx[2, i, j] * a - fx[1, i, j + 1] * b) + (fy[3, i, j] * c - fy[3, i + 1, j] * d))
            qy = h * v + dt_dx * ((fy[2, i, j] * c - fy[1, i + 1, j] * d) + (fx[3, i, j] * a - fx[3, i, j + 1] * b))
            west, east = float(fx[0, i, j] * a), float(fx[0, i, j + 1] * b)
            south, north = float(fy[0, i, j] * c), float(fy[0, i + 1, j] * d)
            level = w[i, j] + ratio * ((west - east) + (south - north))
            w[i, j] = level
            h = np.float32(level - z[i, j])
            if h > DRY:
                per_root = np.float32(h**_MINUS_THIRD)
                square = per_root * per_root
                r = friction(dtf * gn2[i, j] * (square * square * square * per_root), math.sqrt(qx * qx + qy * qy))
                qx, qy = qx * r, qy * r
                qx, qy = qx if abs(qx) > _FLUSH else _F0, qy if abs(qy) > _FLUSH else _F0
            else:
                qx, qy = _F0, _F0
            hu[i, j], hv[i, j] = qx, qy
            fast = _wave(h, qx, qy)
            top = fast if fast > top else top
    _raise(fastest, top)


@cuda.jit
def _volume_gone(
    control: Any, edge: Any, flux: Any, fx: Any, fy: Any, share: Any, w: Any, z: Any, hu: Any, hv: Any, dx: float, out: Any,
) -> None:  # fmt: skip
    """m3 out through each edge, added up by kind; what lies beyond stays empty."""
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), edge.shape[0], cuda.gridsize(1)):
        axis, i, j, sign = edge[k, 0], edge[k, 1], edge[k, 2], edge[k, 5]
        mass = fx[0, i, j] if axis == 0 else fy[0, i, j]
        flux[k, 0] = sign * float(mass * share[edge[k, 3], edge[k, 4]])
        past_edges(edge[k : k + 1], flux[k : k + 1], w, z, hu, hv, out[k], control[_DT] / dx, dx * dx)


@cuda.jit
def _volume_kept(control: Any, shore: Any, stage: Any, w: Any, hu: Any, hv: Any, dx: float, out: Any) -> None:
    if control[_DT] == 0.0:
        return
    for k in range(cuda.grid(1), shore.shape[0], cuda.gridsize(1)):
        out[k] += kept_at_rest(shore[k : k + 1], stage[k : k + 1], w, hu, hv) * dx * dx


class _OnCard:
    """What both schemes share: the arrays on the card, and how they get there and back. Arrays and lists as in flood_schemes."""

    a: NDArray[np.float32]
    b: NDArray[np.float32]

    def __init__(
        self, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
        still: NDArray[np.bool_], cfl: float, edge: NDArray[np.int64],
    ) -> None:  # fmt: skip
        self._w, self._fixed = w, {"z": z, "zfx": zfx, "zfy": zfy, "still": still, "gn2": ground.gn2}
        self._dx, self._cfl = float(ground.grid.cell_m), float(cfl)
        self._lists: dict[str, NDArray[Any]] = {"edge": edge, "root": ground.edge_root, "shore": ground.shore}
        self._stale = set(self._lists)
        self.set_walls(np.zeros((0, 3), np.int64), np.zeros(0))
        self.set_stage(ground.level[ground.shore[:, 0], ground.shore[:, 1]])
        self._card: dict[str, Any] = {}
        self._expected, self.most_steps = MARGIN, MOST_STEPS
        self.told = [("info", "graphics-card", f"The graphics card computes the flow ({name()}).")]
        rows, columns = w.shape
        self._cells = ((1, 2) if SIMULATED else (-(-(columns + 1) // _BLOCK[0]), -(-(rows + 1) // _BLOCK[1]))), _BLOCK

    def set_walls(self, wall: NDArray[np.int64], crest: NDArray[np.float64]) -> None:
        self._lists |= {"wall": wall, "crest": crest}
        self._stale |= {"wall", "crest", *self._fixed}  # with walls change the faces that they close, with a breach the ground

    def set_stage(self, stage: NDArray[np.float64]) -> None:
        self._lists["stage"] = stage
        self._stale |= {"stage", "still"}

    def advance(self, from_s: float, until_s: float, most_steps: int) -> tuple[float, int, float, float]:
        self._send()
        seen = np.array([from_s, until_s, 0.0, 0.0, most_steps])
        card, steps = self._card, min(self._expected, most_steps)
        card["control"].copy_to_device(seen)
        while seen[_NOW] < until_s and seen[_STEPS] < most_steps:
            for done in range(0, steps, MARGIN):
                self._find_spans()
                for _ in range(min(MARGIN, steps - done)):
                    self._step()
            card["control"].copy_to_host(seen)
            steps = min(MARGIN, most_steps)
        self._expected = max(1, int(seen[_STEPS]))
        self._fetch()
        out, took = self._booked("gone"), self._booked("taken")
        return float(seen[_NOW]), int(seen[_STEPS]), out, took

    def _booked(self, book: str) -> float:
        """m3 of all entries, in their order."""
        return math.fsum(self._card[book].copy_to_host().ravel()) if book in self._card else 0.0

    def _each(self, entries: str) -> tuple[int, int]:
        """Blocks and threads for the entries of a list."""
        return (1, 2) if SIMULATED else (-(-len(self._lists[entries]) // 128), 128)

    def _send(self) -> None:
        """All that the host may have changed."""
        card = self._card
        if not card:
            rows, columns = self._w.shape
            card |= {"w": cuda.device_array((rows, columns), np.float64), "control": cuda.device_array(5, np.float64)}
            card |= {name: cuda.device_array(rows, np.int64) for name in ("first", "last", "low", "high")}
            card |= {"share": cuda.device_array((rows, columns), np.float32), "deepest": cuda.to_device(np.zeros(1))}
            card |= {name: cuda.device_array(values.shape, values.dtype) for name, values in self._fixed.items()}
            card |= {"a": cuda.device_array(self.a.shape, np.float32), "b": cuda.device_array(self.b.shape, np.float32)}
            card |= self._work()
        for name in sorted(self._stale):
            if name in self._fixed:
                card[name].copy_to_device(np.ascontiguousarray(self._fixed[name]))
                continue
            card.pop(name, None)
            if len(self._lists[name]):  # the card has no empty arrays
                card[name] = cuda.to_device(np.ascontiguousarray(self._lists[name]))
        self._stale.clear()
        card["w"].copy_to_device(self._w)
        self._send_flow()
        for book, shape in self._books().items():
            if shape[0]:
                card[book] = cuda.to_device(np.zeros(shape))

    def _fetch(self) -> None:
        self._card["w"].copy_to_host(self._w)
        self._card["a"].copy_to_host(self.a)
        self._card["b"].copy_to_host(self.b)

    def _find_spans(self) -> None:
        card, (rows, columns) = self._card, self._w.shape
        each = (1, 2) if SIMULATED else (-(-rows // 128), 128)
        _no_rows[each](card["first"], card["last"], columns)
        _wet_rows[self._cells](card["w"], card["z"], card["still"], card["first"], card["last"])
        _spans[each](card["first"], card["last"], card["low"], card["high"], columns)

    def _books(self) -> dict[str, tuple[int, ...]]:
        return {"gone": (len(self._lists["edge"]),), "taken": (len(self._lists["shore"]),)}

    def _work(self) -> dict[str, Any]:
        """Arrays of the scheme alone."""
        raise NotImplementedError

    def _send_flow(self) -> None:
        raise NotImplementedError

    def _step(self) -> None:
        raise NotImplementedError


class InertialOnCard(_OnCard):
    """flood_schemes.Inertial."""

    at_faces = True

    def __init__(
        self, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
        still: NDArray[np.bool_], top: NDArray[np.float32], params: Mapping[str, Any],
    ) -> None:  # fmt: skip
        super().__init__(ground, w, z, zfx, zfy, still, params["cfl"], ground.edge)
        self.a, self.b, self.top = np.zeros(zfx.shape, np.float32), np.zeros(zfy.shape, np.float32), top
        self._low, self._high = np.zeros(len(w), np.int64), np.zeros(len(w), np.int64)
        self._theta, self._froude = params["theta"], params["froude_limit"]
        self._sent = False

    def saved(self) -> dict[str, NDArray[Any]]:
        self._sent = False  # they may be filled
        self._low[:], self._high[:] = 0, self._w.shape[1]  # a processor that goes on from here looks everywhere for flow left behind
        return {"a": self.a, "b": self.b, "low": self._low, "high": self._high, "top": self.top}

    def _work(self) -> dict[str, Any]:
        return {name: cuda.to_device(np.zeros(q.shape, np.float32)) for name, q in (("new_a", self.a), ("new_b", self.b))}

    def _send_flow(self) -> None:
        card = self._card
        card["deepest"].copy_to_device(self.top.astype(float))
        if not self._sent:
            card["a"].copy_to_device(self.a)
            card["b"].copy_to_device(self.b)
        self._sent = True

    def _fetch(self) -> None:
        super()._fetch()
        self.top[0] = self._card["deepest"].copy_to_host()[0]

    def _find_spans(self) -> None:
        super()._find_spans()
        card = self._card
        _trim_faces[self._cells](card["a"], card["b"], card["low"], card["high"])

    def _step(self) -> None:
        c, dx = self._card, self._dx
        control, low, high, new = c["control"], c["low"], c["high"], (c["new_a"], c["new_b"])
        _inertial_pace[1, 1](control, c["deepest"], dx, self._cfl)
        _inertial_faces[self._cells](
            control, c["w"], c["gn2"], c["zfx"], c["zfy"], c["a"], c["b"], low, high, dx, np.float32(self._theta),
            np.float32(self._froude), *new,
        )  # fmt: skip
        if "edge" in c:
            _inertial_rim[self._each("edge")](control, c["edge"], c["root"], c["w"], c["z"], *new, self._froude)
        if "wall" in c:
            _inertial_walls[self._each("wall")](control, c["wall"], c["crest"], c["w"], *new, dx)
        _shares[self._cells](control, c["w"], c["z"], *new, low, high, dx, c["share"], c["deepest"])
        _inertial_update[self._cells](control, c["w"], *new, c["share"], low, high, dx, c["a"], c["b"])
        if "edge" in c:
            _inertial_gone[self._each("edge")](control, c["edge"], c["a"], c["b"], dx, c["gone"])
        if "shore" in c:
            _inertial_kept[self._each("shore")](control, c["shore"], c["stage"], c["w"], dx, c["taken"])


class VolumesOnCard(_OnCard):
    """flood_schemes.Volumes of first order. Edges are OPEN ones: nothing comes in from beyond."""

    at_faces = False

    def __init__(
        self, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
        still: NDArray[np.bool_], cfl: float,
    ) -> None:  # fmt: skip
        super().__init__(ground, w, z, zfx, zfy, still, cfl, np.column_stack([ground.edge, np.full(len(ground.edge), OPEN, np.int64)]))
        self.a, self.b = np.zeros(w.shape, np.float32), np.zeros(w.shape, np.float32)

    def saved(self) -> dict[str, NDArray[Any]]:
        return {"a": self.a, "b": self.b}

    def _work(self) -> dict[str, Any]:
        rows, columns = self._w.shape
        faces = {"fx": np.zeros((4, rows, columns + 1), np.float32), "fy": np.zeros((4, rows + 1, columns), np.float32)}
        on_card: dict[str, Any] = {name: cuda.to_device(values) for name, values in faces.items()}
        return {"fastest": cuda.to_device(np.zeros(1)), **on_card, "mass_x": on_card["fx"][0], "mass_y": on_card["fy"][0]}

    def _books(self) -> dict[str, tuple[int, ...]]:
        edges = len(self._lists["edge"])
        return {
            "gone": (edges, 4), "taken": (len(self._lists["shore"]),), "rim_flux": (edges, 4), "wall_flux": (len(self._lists["wall"]), 4),
        }  # fmt: skip

    def _send_flow(self) -> None:
        self._card["a"].copy_to_device(self.a)  # the host takes flow with the water that soil and drains swallow
        self._card["b"].copy_to_device(self.b)

    def _find_spans(self) -> None:
        super()._find_spans()
        c = self._card
        _trim_cells[self._cells](c["a"], c["b"], c["low"], c["high"])
        _put[1, 1](c["fastest"], 0.0)
        _volume_waves[self._cells](c["w"], c["z"], c["a"], c["b"], c["low"], c["high"], c["fastest"])

    def _step(self) -> None:
        c, dx = self._card, self._dx
        control, spans, faces, state = c["control"], (c["low"], c["high"]), (c["fx"], c["fy"]), (c["w"], c["z"], c["a"], c["b"])
        if "edge" in c:
            _volume_rim[self._each("edge")](control, c["edge"], c["root"], *state, c["zfx"], c["zfy"], c["rim_flux"], c["fastest"])
        _volume_pace[1, 1](control, c["fastest"], dx, self._cfl)
        _volume_faces[self._cells](control, *state, c["zfx"], c["zfy"], *spans, *faces)
        if "edge" in c:
            _volume_put[self._each("edge")](control, c["edge"], c["rim_flux"], *faces)
        if "wall" in c:
            _volume_walls[self._each("wall")](control, c["wall"], c["crest"], *state, dx, c["wall_flux"], *faces)
        _shares[self._cells](control, c["w"], c["z"], c["mass_x"], c["mass_y"], *spans, dx, c["share"], c["deepest"])
        _volume_update[self._cells](control, *state, c["gn2"], *faces, c["share"], *spans, dx, c["fastest"])
        if "edge" in c:
            _volume_gone[self._each("edge")](control, c["edge"], c["rim_flux"], *faces, c["share"], *state, dx, c["gone"])
        if "shore" in c:
            _volume_kept[self._each("shore")](control, c["shore"], c["stage"], c["w"], c["a"], c["b"], dx, c["taken"])
