"""How the error of each scheme falls with the cells, on cases with exact solutions: for the tests, the benchmark and its plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests import shallow_solutions as exact
from tests.flood_city import STILL, ground
from twin.models.hazard.flood import Flood
from twin.models.hazard.flood_schemes import SCHEMES
from twin.models.hazard.shallow_water import ShallowWater

CASES: dict[str, tuple[int, ...]] = {"Ritter": (100, 200, 400, 800), "Stoker": (100, 200, 400, 800), "Thacker": (25, 50, 100, 200)}
"""Cells across each case: the dam breaks are 1,000 m long, the basin is 4 m wide."""
SIZE_M = {"Ritter": 1000.0, "Stoker": 1000.0, "Thacker": 4.0}


def _case(case: str, cells: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], float, float]:
    """Bed, depth at the start and in the end, the time between, s, and what errors are shares of, m."""
    at = (np.arange(cells) + 0.5) * (SIZE_M[case] / cells)
    if case == "Thacker":  # the curved surface, which begins at rest, after one period
        x, y, period = at[None, :], at[:, None], 2 * math.pi / math.sqrt(8 * exact.G * 0.1)
        z, h = exact.thacker_curved(x, y, 0.0)
        return z, h, exact.thacker_curved(x, y, period)[1], period, float(h.mean())
    x = np.broadcast_to(at, (4, cells))
    ahead = 0.0 if case == "Ritter" else 1.0
    true = exact.ritter(x, 20.0) if case == "Ritter" else exact.stoker(x, 20.0)
    return np.zeros(x.shape), np.where(x < 500.0, 10.0, ahead), true, 20.0, 10.0


def error(case: str, scheme: str, cells: int) -> float:
    """Mean error of depth without friction, as a share of the depth behind the dam, or of the mean depth in the basin."""
    z, h, true, until_s, scale = _case(case, cells)
    dx = SIZE_M[case] / cells
    if scheme == "local_inertial":
        state = Flood().initialize(ground(z, dx), {}, {**Flood.defaults(), **STILL, "cell_m": dx, "device": "cpu"}, 0)
        state.ground.gn2[:] = 0.0
        state.w[:] = state.z + h
        state.top[0] = h.max()
        now = 0.0
        while now < until_s:
            now = state.flow.advance(now, until_s, 8)[0]
        depth = state.w - state.z
    else:
        water = ShallowWater.over(z, dx, sloped=scheme == "finite_volume_2")
        water.w[:] = water.z + h
        water.advance(0.0, until_s)
        depth = water.w - water.z
    return float(np.abs(depth - true).mean() / scale)


def errors(case: str, scheme: str, cells: Sequence[int] = ()) -> list[float]:
    """On each number of cells, CASES' where none are given."""
    return [error(case, scheme, n) for n in cells or CASES[case]]


def order(cells: Sequence[int], found: Sequence[float]) -> float:
    """Power of the cell size that fits errors best."""
    return -float(np.polyfit(np.log(cells), np.log(found), 1)[0])


def table() -> dict[tuple[str, str], list[float]]:
    """Errors of every case by every scheme."""
    return {(case, scheme): errors(case, scheme) for case in CASES for scheme in SCHEMES}
