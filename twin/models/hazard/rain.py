"""Rain over time, and what the ground takes of it.

Storms are cumulative curves, so that the depth falling between two moments is exact whatever the time step.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import ScenarioError

Floats = NDArray[np.float64]
HYETOGRAPHS = ("uniform", "chicago", "alternating")

IDF_B_MIN, IDF_N = 7.0, 0.656


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


@dataclass(frozen=True)
class DesignStorm:
    """Depth by return period and duration, q = a (1 + c lg P) / (t + b)^n: q in L/(s ha), P in years, t in minutes (the form of
    GB 50014).

    The defaults are those of the Shanghai municipal storm, DB31/T 1043-2017. CHECK: they were taken from secondary literature and not
    compared with the standard itself. P = 1 and 60 minutes give 36.5 mm, the 36 mm/h that the city's older drains are said to be built for.
    """

    a: float = 1600.0
    c: float = 0.846
    b_min: float = IDF_B_MIN
    n: float = IDF_N

    def depth_mm(self, years: float, minutes: float) -> float:
        """Raises ScenarioError where one of them is not more than 0."""
        if years <= 0 or minutes <= 0:
            raise ScenarioError("Return period and duration of a design storm must be more than 0")
        litres = self.a * (1.0 + self.c * math.log10(years)) / (minutes + self.b_min) ** self.n
        return max(0.0, litres) * 60.0 * minutes / 1e4

    def law(self, minutes: ArrayLike) -> Floats:
        """Depth of the heaviest rain of a duration, to a constant."""
        t = np.maximum(np.asarray(minutes, float), 0.0)
        return np.asarray(t / (t + self.b_min) ** self.n)


def storm(
    kind: str, depth_mm: float, duration_s: float, peak: float = 0.4, block_s: float = 300.0, design: DesignStorm | None = None
) -> Storm:
    """A storm of one of HYETOGRAPHS. peak: position of the peak as a share of the duration, 0 to 1; design: whose law shapes it.

    Raises ScenarioError for an unknown kind.
    """
    if kind not in HYETOGRAPHS:
        raise ScenarioError(f"There is no hyetograph '{kind}'", do=f"Choose one of: {', '.join(HYETOGRAPHS)}.")
    if depth_mm <= 0 or duration_s <= 0:
        return Storm(0.0, max(0.0, duration_s), lambda t: np.zeros(np.shape(t)))
    if kind == "uniform":
        return _of_knots(depth_mm, duration_s, np.array([0.0, duration_s]), np.array([0.0, 1.0]))
    if kind == "chicago":
        return _chicago(depth_mm, duration_s, peak, (design or DesignStorm()).law)
    return _alternating(depth_mm, duration_s, peak, block_s, (design or DesignStorm()).law)


def storm_of(params: Mapping[str, Any]) -> Storm:
    """The storm of the flood model's parameters, everywhere alike: of the depth given or of the return period; none where gauges tell
    the rain."""
    design = DesignStorm(params["idf_a"], params["idf_c"], params["idf_b_min"], params["idf_n"])
    if params["hyetograph"] == "gauges":
        return storm("uniform", 0.0, params["rain_duration"])
    years = params["storm_years"]
    depth = design.depth_mm(years, params["rain_duration"] / 60.0) if years > 0 else params["rain_mm"]
    return storm(params["hyetograph"], depth, params["rain_duration"], params["peak"], design=design)


def _chicago(depth_mm: float, duration_s: float, peak: float, law: Callable[[ArrayLike], Floats]) -> Storm:
    """Keifer and Chu 1957 (J. Hydraul. Div. ASCE 83 HY4): for every duration about the peak the mean intensity is the
    law's, split r before and 1 - r after. Integrated in closed form."""
    r = min(max(peak, 0.001), 0.999)
    total = duration_s / 60.0
    scale = depth_mm / float(law(total))

    def cumulative(t_s: ArrayLike) -> Floats:
        t = np.clip(np.asarray(t_s, float), 0.0, duration_s) / 60.0
        before = r * law(total) - r * law((r * total - t) / r)
        after = r * law(total) + (1 - r) * law((t - r * total) / (1 - r))
        return np.asarray(scale * np.where(t < r * total, before, after))

    return Storm(depth_mm, duration_s, cumulative)


def _alternating(
    depth_mm: float, duration_s: float, peak: float, block_s: float, law: Callable[[ArrayLike], Floats]
) -> Storm:
    """Alternating blocks (Chow, Maidment and Mays 1988, section 14.4): increments of the law in falling order, placed
    in turn after and before the peak."""
    count = max(1, math.ceil(duration_s / block_s - 1e-9))
    edges = np.linspace(0.0, duration_s, count + 1)
    falling = np.sort(np.diff(law(edges / 60.0)))[::-1]
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

    @property
    def curve_number(self) -> float:
        """Of open ground with grass on half to three quarters of it, by hydrologic group (TR-55, table 2-2a and appendix A)."""
        return _CURVE_NUMBERS[_GROUPS.get(self.name, "D")]


_GROUPS = dict.fromkeys(("sand", "loamy_sand", "sandy_loam"), "A") | {"silt_loam": "B", "loam": "B", "sandy_clay_loam": "C"}
_CURVE_NUMBERS = {"A": 49.0, "B": 69.0, "C": 79.0, "D": 84.0}


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


def curve_number_m(curve_number: float, initial: float = 0.2) -> tuple[float, float]:
    """Storage S and initial abstraction Ia of the SCS method, m: S = 25400 / CN - 254 mm, Ia = initial S (USDA NRCS, TR-55, 1986).

    Of a rain P the ground keeps P - (P - Ia)^2 / (P - Ia + S).
    """
    storage = (25400.0 / curve_number - 254.0) / 1000.0
    return storage, initial * storage


def horton_mm(from_s: float, to_s: float, first_mm_h: float, last_mm_h: float, decay_per_h: float) -> float:
    """Capacity between two moments after the rain began, mm: f = fc + (f0 - fc) exp(-k t) (Horton 1940), integrated."""
    a, b = from_s / 3600.0, to_s / 3600.0
    if decay_per_h <= 0:
        return first_mm_h * (b - a)
    return last_mm_h * (b - a) + (first_mm_h - last_mm_h) / decay_per_h * (math.exp(-decay_per_h * a) - math.exp(-decay_per_h * b))
