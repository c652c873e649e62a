"""Rain over time, and what the ground takes of it.

Storms are cumulative curves, so that the depth falling between two moments is exact whatever the time step.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import ScenarioError

Floats = NDArray[np.float64]
HYETOGRAPHS = ("uniform", "chicago", "alternating")

# Intensity-duration law i = a / (t + b)^c, t in minutes: the shape of the Shanghai storm below; only b and c matter
# where the depth is given.
IDF_B_MIN, IDF_C = 7.0, 0.656


@dataclass(frozen=True)
class Storm:
    """depth_mm over duration_s, starting at 0. cumulative(t_s) -> mm fallen by then."""

    depth_mm: float
    duration_s: float
    cumulative: Callable[[ArrayLike], Floats]

    def fallen_mm(self, from_s: float, to_s: float) -> float:
        """Depth between two moments."""
        low, high = self.cumulative(np.array([from_s, to_s]))
        return float(high - low)


def shanghai_storm_mm(return_period_years: float, minutes: float) -> float:
    """Depth of the Shanghai municipal design storm, mm.

    q = 1600 (1 + 0.846 lg P) / (t + 7.0)^0.656 in L/(s ha), P years, t minutes: the form of the Shanghai standard
    DB31/T 1043-2017. CHECK: coefficients were taken from secondary literature and not compared with the standard itself.
    P = 1 and 60 minutes give 36.5 mm, the 36 mm/h that the city's older drains are said to be built for.
    """
    if return_period_years <= 0 or minutes <= 0:
        raise ScenarioError("Return period and duration of a design storm must be more than 0")
    litres = 1600.0 * (1.0 + 0.846 * math.log10(return_period_years)) / (minutes + 7.0) ** 0.656
    return max(0.0, litres) * 60.0 * minutes / 1e4


def storm(kind: str, depth_mm: float, duration_s: float, peak: float = 0.4, block_s: float = 300.0) -> Storm:
    """A storm of one of HYETOGRAPHS. peak: position of the peak as a share of the duration, 0 to 1.

    Raises ScenarioError for an unknown kind.
    """
    if kind not in HYETOGRAPHS:
        raise ScenarioError(f"There is no hyetograph '{kind}'", do=f"Choose one of: {', '.join(HYETOGRAPHS)}.")
    if depth_mm <= 0 or duration_s <= 0:
        return Storm(0.0, max(0.0, duration_s), lambda t: np.zeros(np.shape(t)))
    if kind == "uniform":
        return _of_knots(depth_mm, duration_s, np.array([0.0, duration_s]), np.array([0.0, 1.0]))
    if kind == "chicago":
        return _chicago(depth_mm, duration_s, peak)
    return _alternating(depth_mm, duration_s, peak, block_s)


def _law(minutes: ArrayLike) -> Floats:
    """Depth of the heaviest rain of a duration, to a constant."""
    t = np.maximum(np.asarray(minutes, float), 0.0)
    return np.asarray(t / (t + IDF_B_MIN) ** IDF_C)


def _chicago(depth_mm: float, duration_s: float, peak: float) -> Storm:
    """Keifer and Chu 1957 (J. Hydraul. Div. ASCE 83 HY4): for every duration about the peak the mean intensity is the
    law's, split r before and 1 - r after. Integrated in closed form."""
    r = min(max(peak, 0.001), 0.999)
    total = duration_s / 60.0
    scale = depth_mm / float(_law(total))

    def cumulative(t_s: ArrayLike) -> Floats:
        t = np.clip(np.asarray(t_s, float), 0.0, duration_s) / 60.0
        before = r * _law(total) - r * _law((r * total - t) / r)
        after = r * _law(total) + (1 - r) * _law((t - r * total) / (1 - r))
        return np.asarray(scale * np.where(t < r * total, before, after))

    return Storm(depth_mm, duration_s, cumulative)


def _alternating(depth_mm: float, duration_s: float, peak: float, block_s: float) -> Storm:
    """Alternating blocks (Chow, Maidment and Mays 1988, section 14.4): increments of the law in falling order, placed
    in turn after and before the peak."""
    count = max(1, math.ceil(duration_s / block_s - 1e-9))
    edges = np.linspace(0.0, duration_s, count + 1)
    falling = np.sort(np.diff(_law(edges / 60.0)))[::-1]
    middle = min(count - 1, int(peak * count))
    order = sorted(range(count), key=lambda i: (abs(i - middle), i < middle))
    blocks = np.empty(count)
    blocks[order] = falling
    shares = np.concatenate([[0.0], np.cumsum(blocks) / blocks.sum()])
    return _of_knots(depth_mm, duration_s, edges, shares)


def _of_knots(depth_mm: float, duration_s: float, times: Floats, shares: Floats) -> Storm:
    return Storm(depth_mm, duration_s, lambda t: np.asarray(depth_mm * np.interp(np.asarray(t, float), times, shares)))


@dataclass(frozen=True)
class Soil:
    """Green-Ampt parameters of a texture class."""

    name: str
    conductivity_mm_h: float
    suction_mm: float
    effective_porosity: float


@cache
def soils() -> dict[str, Soil]:
    """Texture classes of assets/soils.toml (Rawls, Brakensiek and Miller 1983)."""
    table: dict[str, Any] = tomllib.loads(files("assets").joinpath("soils.toml").read_text("utf-8"))
    return {name: Soil(name, **entry) for name, entry in table["soil"].items()}


def green_ampt_step(infiltrated_m: Any, dt_s: float, k_ms: float, suction_m: float, deficit: float) -> Any:
    """Depth, m, that ponded ground can take in dt_s when it has taken infiltrated_m: Green and Ampt 1911 in the explicit
    form of Li, Stevens and Simons 1976 (Water Resour. Res. 12(5), eq. 9), within 8 % of the exact curve in one step of any length and
    closer with each step more. Ponding depth is left out of the head, as usual for shallow water."""
    kt = k_ms * dt_s
    f = np.asarray(infiltrated_m, float)
    rest = kt - 2.0 * f
    return 0.5 * (rest + np.sqrt(rest * rest + 8.0 * kt * (suction_m * deficit + f)))


def horton_mm(from_s: float, to_s: float, first_mm_h: float, last_mm_h: float, decay_per_h: float) -> float:
    """Capacity between two moments after the rain began, mm: f = fc + (f0 - fc) exp(-k t) (Horton 1940), integrated."""
    a, b = from_s / 3600.0, to_s / 3600.0
    if decay_per_h <= 0:
        return first_mm_h * (b - a)
    return last_mm_h * (b - a) + (first_mm_h - last_mm_h) / decay_per_h * (math.exp(-decay_per_h * a) - math.exp(-decay_per_h * b))
