"""What drives a flood from the sea, the river and the sky: tide, typhoon and its surge, hydrographs, dike breaches, rain cells.

Pure functions of time. Local metres, seconds of the run, levels in metres of the city's height datum; bearings and headings are
degrees clockwise from north (the y axis), where a thing lies or moves *to*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import ScenarioError

Floats = NDArray[np.float64]
GRAVITY = 9.81
AIR, SEA = 1.15, 1025.0
"""Densities, kg/m3: air as used with Holland's profile, sea water."""
EARTH_RAD_S = 7.292e-5
M2_HOURS = 12.4206
"""Period of the principal lunar half-day tide."""
DRAG_LIMIT = 2.115e-3
"""Large and Pond's drag at 25 m/s, where their winds end."""
HOLLAND_B = (1.0, 2.5)
"""Holland's shape parameter lies between these (Holland 1980)."""


def _towards(bearing_deg: float) -> tuple[float, float]:
    return math.sin(math.radians(bearing_deg)), math.cos(math.radians(bearing_deg))


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ScenarioError(f"The {name.replace('_', ' ')} must be more than 0, not {value:g}")


# Tide


@dataclass(frozen=True)
class Tide:
    """The principal lunar half-day tide about the mean level; range_m: low to high water, high_water_s: a moment of its crest. Springs and
    neaps, a week apart, are other ranges."""

    range_m: float
    high_water_s: float = 0.0

    def level_m(self, t_s: ArrayLike) -> Floats:
        """Level above the mean."""
        t = np.asarray(t_s, float)
        return np.asarray(0.5 * self.range_m * np.cos(2.0 * math.pi * (t - self.high_water_s) / (3600.0 * M2_HOURS)))


# Typhoon


def holland_b(rmax_m: float, latitude_deg: float) -> float:
    """Shape parameter B = 1.833 - 0.326 sqrt(f Rmax), f in 1/s, Rmax in metres (Vickery and Wadhera 2008,
    doi:10.1175/2008JAMC1837.1, eq. 23), kept within HOLLAND_B. Coefficients read in two codes that cite the equation (TCHazaRds
    is one of them), not in the paper: CHECK."""
    b = 1.833 - 0.326 * math.sqrt(abs(coriolis(latitude_deg)) * rmax_m)
    return min(max(b, HOLLAND_B[0]), HOLLAND_B[1])


def coriolis(latitude_deg: float) -> float:
    """f = 2 Omega sin(latitude), 1/s; negative south of the equator."""
    return 2.0 * EARTH_RAD_S * math.sin(math.radians(latitude_deg))


@dataclass(frozen=True)
class Typhoon:
    """A tropical cyclone that keeps its strength and moves on a straight line.

    x_m, y_m: its centre at time 0, from the origin of the city; heading_deg: where it goes. b: Holland's shape parameter, by
    default from holland_b. surface_factor: wind at 10 m over open sea to gradient wind; 0.8 as in ScientiMate, other codes take 0.9
    near the eye to 0.75 far away (CHECK: no primary source read).

    Left out: filling over land, roughness of the land, changes of strength or course.
    """

    central_hpa: float
    rmax_m: float
    latitude_deg: float
    x_m: float = 0.0
    y_m: float = 0.0
    speed_ms: float = 0.0
    heading_deg: float = 0.0
    ambient_hpa: float = 1010.0
    b: float | None = None
    surface_factor: float = 0.8

    def __post_init__(self) -> None:
        _above_zero(radius_of_maximum_winds=self.rmax_m, central_pressure=self.central_hpa)
        if not self.central_hpa < self.ambient_hpa:
            raise ScenarioError(
                f"The pressure at the centre of the typhoon ({self.central_hpa:g} hPa) must be below the pressure around it "
                f"({self.ambient_hpa:g} hPa)"
            )
        if self.b is not None:
            _above_zero(shape_parameter_B_of_the_typhoon=self.b)

    @property
    def shape(self) -> float:
        """Holland's B."""
        return holland_b(self.rmax_m, self.latitude_deg) if self.b is None else self.b

    @property
    def drop_pa(self) -> float:
        return 100.0 * (self.ambient_hpa - self.central_hpa)

    def _drop(self, radius_m: ArrayLike) -> tuple[Floats, Floats]:
        """Radius, m, at least 1, and (Rmax / r)^B."""
        r = np.maximum(np.asarray(radius_m, float), 1.0)
        return r, np.asarray((self.rmax_m / r) ** self.shape)

    def pressure_at_radius_hpa(self, radius_m: ArrayLike) -> Floats:
        """p = pc + dp exp(-(Rmax / r)^B) (Holland 1980, doi:10.1175/1520-0493(1980)108<1212:AAMOTW>2.0.CO;2)."""
        _, a = self._drop(radius_m)
        return np.asarray(self.central_hpa + 0.01 * self.drop_pa * np.exp(-a))

    def gradient_wind_ms(self, radius_m: ArrayLike) -> Floats:
        """V = sqrt(B dp / rho (Rmax / r)^B exp(-(Rmax / r)^B) + (r f / 2)^2) - r |f| / 2 (Holland 1980)."""
        r, a = self._drop(radius_m)
        turn = 0.5 * r * abs(coriolis(self.latitude_deg))
        return np.asarray(np.sqrt(self.shape * self.drop_pa / AIR * a * np.exp(-a) + turn * turn) - turn)

    def centre_m(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Where the centre is."""
        t, (east, north) = np.asarray(t_s, float), _towards(self.heading_deg)
        return np.asarray(self.x_m + self.speed_ms * east * t), np.asarray(self.y_m + self.speed_ms * north * t)

    def pressure_hpa(self, t_s: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0) -> Floats:
        """At a point of the city; times and places broadcast."""
        cx, cy = self.centre_m(t_s)
        return self.pressure_at_radius_hpa(np.hypot(np.asarray(x_m, float) - cx, np.asarray(y_m, float) - cy))

    def wind_ms(self, t_s: ArrayLike, x_m: ArrayLike = 0.0, y_m: ArrayLike = 0.0) -> tuple[Floats, Floats]:
        """Surface wind over open sea at a point, eastward and northward; times and places broadcast.

        Holland's wind, turned inwards by 10 (1 + r / Rmax) degrees within Rmax, 20 + 25 (r / Rmax - 1) to 1.2 Rmax and 25 beyond
        (Bretschneider 1972, as in Phadke et al. 2003, Ocean Engineering 30, 553, eq. 11; codes that cite it have
        10 + (1 + r / Rmax), which jumps by 8 degrees at Rmax: CHECK), plus the storm's own motion times r Rmax / (r^2 + Rmax^2)
        (their eq. 12, as in stormwindmodel): half of it at Rmax, none at the centre and far away.
        """
        cx, cy = self.centre_m(t_s)
        dx, dy = np.asarray(x_m, float) - cx, np.asarray(y_m, float) - cy
        r = np.maximum(np.hypot(dx, dy), 1.0)
        share = r / self.rmax_m
        inwards = np.radians(np.where(share < 1.0, 10.0 * (1.0 + share), np.minimum(20.0 + 25.0 * (share - 1.0), 25.0)))
        turn = math.copysign(1.0, self.latitude_deg)
        speed = self.surface_factor * self.gradient_wind_ms(r)
        cos, sin = speed * np.cos(inwards) / r, speed * np.sin(inwards) / r
        own = self.speed_ms * share / (1.0 + share * share)
        east, north = _towards(self.heading_deg)
        return np.asarray(-turn * dy * cos - dx * sin + own * east), np.asarray(turn * dx * cos - dy * sin + own * north)


def drag(wind_ms: ArrayLike, limit: float = DRAG_LIMIT) -> Floats:
    """Drag coefficient of the sea at 10 m: 1.2e-3 to 11 m/s, (0.49 + 0.065 W) 1e-3 above (Large and Pond 1981,
    doi:10.1175/1520-0485(1981)011<0324:OOMFMI>2.0.CO;2), measured to 25 m/s and held at `limit` beyond: drag levels off at about
    30 m/s (Zweers et al. 2010, doi:10.1029/2010GL045002, abstract). Coefficients and range as in several codes, the paper not
    read: CHECK. Left as printed, it steps by 0.4 % at 11 m/s."""
    w = np.asarray(wind_ms, float)
    return np.asarray(np.minimum(np.where(w < 11.0, 1.2e-3, (0.49 + 0.065 * w) * 1e-3), limit))


def stress_pa(east_ms: ArrayLike, north_ms: ArrayLike, limit: float = DRAG_LIMIT) -> tuple[Floats, Floats]:
    """Stress of a wind on the water, tau = rho Cd W^2 along the wind."""
    u, v = np.asarray(east_ms, float), np.asarray(north_ms, float)
    w = np.hypot(u, v)
    pull = AIR * drag(w, limit) * w
    return np.asarray(pull * u), np.asarray(pull * v)


# Surge


def barometer_m(pressure_hpa: ArrayLike, ambient_hpa: float = 1010.0) -> Floats:
    """Inverse barometer: the sea stands (p_ambient - p) / (rho g) higher, about 1 cm for every hPa."""
    return np.asarray(100.0 * (ambient_hpa - np.asarray(pressure_hpa, float)) / (SEA * GRAVITY))


def setup_m(onshore_pa: ArrayLike, depth_m: ArrayLike, fetch_m: float) -> Floats:
    """Level at the coast of a sea at rest under wind: d eta / dx = tau / (rho g (h + eta)) (Dean and Dalrymple 1991, Water Wave
    Mechanics, section 5.8: CHECK the section) from eta = 0 at the outer edge.

    onshore_pa and depth_m: stress towards the coast and still depth in equal parts of the fetch along the first axis (as many, or
    one for all of it), from the outer edge to the coast; further axes of the stress are times. Every part is solved exactly:
    (h + eta)^2 grows by 2 tau dx / (rho g). A wind off the shore lowers the level, at most to the bed.
    """
    stress, depth = np.atleast_1d(np.asarray(onshore_pa, float)), np.atleast_1d(np.asarray(depth_m, float))
    count = max(len(stress), len(depth))
    eta = np.zeros(stress.shape[1:])
    for k in range(count):
        h = depth[k if len(depth) > 1 else 0]
        water = np.maximum(h + eta, 0.0) ** 2 + 2.0 * stress[k if len(stress) > 1 else 0] * fetch_m / (count * SEA * GRAVITY)
        eta = np.sqrt(np.maximum(water, 0.0)) - h
    return np.asarray(eta)


@dataclass(frozen=True)
class Coast:
    """A straight shelf before the city. seaward_deg: bearing of the open sea as seen from the coast point (x_m, y_m); depth_m:
    still depth at its outer edge, fetch_m away; coast_depth_m: at the coast, by default the same, linear between."""

    depth_m: float
    fetch_m: float
    seaward_deg: float
    coast_depth_m: float | None = None
    x_m: float = 0.0
    y_m: float = 0.0

    def __post_init__(self) -> None:
        _above_zero(depth_of_the_shelf=self.depth_m, fetch=self.fetch_m)
        if self.coast_depth_m is not None:
            _above_zero(depth_at_the_coast=self.coast_depth_m)


@dataclass(frozen=True)
class Surge:
    """A typhoon's surge at a coast: inverse barometer plus wind set-up, both in balance at every moment.

    Limits: no dynamics (a shelf takes hours to fill; a fast storm raises less than this), no resonance, no shelf waves, no flow
    along the coast (Ekman and forerunner), no funnelling in bays, no waves and no wave set-up, no bed friction, and depths that
    do not change with the tide. A first estimate for scenarios, not a forecast.
    """

    typhoon: Typhoon
    coast: Coast
    parts: int = 40

    def barometer_m(self, t_s: ArrayLike) -> Floats:
        """Share of the low pressure."""
        t, coast = np.asarray(t_s, float), self.coast
        return barometer_m(self.typhoon.pressure_hpa(t, coast.x_m, coast.y_m), self.typhoon.ambient_hpa)

    def setup_m(self, t_s: ArrayLike) -> Floats:
        """Share of the wind, which is taken at the middle of each part of the fetch."""
        t, coast = np.asarray(t_s, float), self.coast
        out = 1.0 - (np.arange(self.parts) + 0.5) / self.parts
        east, north = _towards(coast.seaward_deg)
        away = (out * coast.fetch_m).reshape((-1,) + (1,) * t.ndim)
        pull_x, pull_y = stress_pa(*self.typhoon.wind_ms(t, coast.x_m + east * away, coast.y_m + north * away))
        shallow = coast.depth_m if coast.coast_depth_m is None else coast.coast_depth_m
        return setup_m(-(pull_x * east + pull_y * north), shallow + (coast.depth_m - shallow) * out, coast.fetch_m)

    def surge_m(self, t_s: ArrayLike) -> Floats:
        """Level above the tide at the coast point."""
        return np.asarray(self.barometer_m(t_s) + self.setup_m(t_s))


# Levels and flows over time

After = Literal["hold", "zero"]


@dataclass(frozen=True)
class Hydrograph:
    """Flow over time, m3/s: straight lines between knots of rising times. Before the first knot its flow is held; after the
    last one its flow is held, or nothing flows."""

    times_s: tuple[float, ...]
    flows_m3s: tuple[float, ...]
    after: After = "zero"

    def flow_m3s(self, t_s: ArrayLike) -> Floats:
        """Flow at moments."""
        right = self.flows_m3s[-1] if self.after == "hold" else 0.0
        return np.asarray(np.interp(np.asarray(t_s, float), self.times_s, self.flows_m3s, right=right))

    def volume_m3(self, from_s: float, to_s: float) -> float:
        """Volume between two moments, the exact integral of flow_m3s."""
        low, high = self._fallen(np.array([from_s, to_s], float))
        return float(high - low)

    def _fallen(self, t: Floats) -> Floats:
        """Volume since the first knot; negative before it."""
        times, flows = np.asarray(self.times_s), np.asarray(self.flows_m3s)
        steps = np.diff(times)
        sums = np.concatenate([[0.0], np.cumsum(0.5 * steps * (flows[1:] + flows[:-1]))])
        slopes = np.append(np.diff(flows) / steps, 0.0)
        k = np.clip(np.searchsorted(times, t, "right") - 1, 0, len(times) - 1)
        since = t - times[k]
        sloped, tail = np.where(since < 0, 0.0, slopes[k]), (k == len(times) - 1) & (since > 0) & (self.after == "zero")
        return np.asarray(sums[k] + np.where(tail, 0.0, since * (flows[k] + 0.5 * sloped * since)))

    def scaled(self, factor: float) -> Hydrograph:
        """The same shape with every flow times a factor."""
        return replace(self, flows_m3s=tuple(factor * q for q in self.flows_m3s))


def knots(pairs: Any, *, lowest: float | None = None, unit: str = "", where: str = "") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times and values of a list of pairs [time s, value]. Raises ScenarioError naming the first pair that will not do: not two
    numbers, not finite, a time not after the one before it, a value below `lowest`."""
    advice = f"Give a list of pairs: [[time in seconds, value{f' in {unit}' if unit else ''}], ...], times rising."
    if isinstance(pairs, str | bytes | dict) or not isinstance(pairs, Sequence | np.ndarray) or not len(pairs):
        raise ScenarioError("There must be at least one pair of time and value", where=where, do=advice)
    times: list[float] = []
    values: list[float] = []
    for number, pair in enumerate(pairs, 1):
        try:
            t, value = (float(v) for v in (() if isinstance(pair, str) else pair))
        except (TypeError, ValueError):
            raise ScenarioError(f"Pair {number} is not two numbers", where=where, do=advice) from None
        if not (math.isfinite(t) and math.isfinite(value)):
            raise ScenarioError(f"Pair {number} holds a value that is no finite number", where=where, do=advice)
        if times and t <= times[-1]:
            raise ScenarioError(f"The time of pair {number}, {t:g} s, is not after the one before, {times[-1]:g} s", where=where, do=advice)
        if lowest is not None and value < lowest:
            raise ScenarioError(f"The value of pair {number}, {value:g} {unit}".rstrip() + f", is below {lowest:g}", where=where)
        times.append(t)
        values.append(value)
    return tuple(times), tuple(values)


def hydrograph(pairs: Any, after: After = "zero", where: str = "") -> Hydrograph:
    """A hydrograph of pairs [time s, m3/s]. Raises ScenarioError as knots does, also for a negative flow."""
    if after not in ("hold", "zero"):
        raise ScenarioError(f"A hydrograph cannot end with '{after}'", where=where, do="Choose one of: hold, zero.")
    return Hydrograph(*knots(pairs, lowest=0.0, unit="m3/s", where=where), after)


@dataclass(frozen=True)
class Stage:
    """Water level of the sea over its mean: tide and surge, added up as if they did not change one another."""

    tide: Tide | None = None
    surge: Surge | None = None

    def at(self, t_s: ArrayLike) -> Floats:
        """Level at moments."""
        t = np.asarray(t_s, float)
        level = np.zeros(t.shape)
        if self.tide is not None:
            level = level + self.tide.level_m(t)
        if self.surge is not None:
            level = level + self.surge.surge_m(t)
        return np.asarray(level)


# Breach


@dataclass(frozen=True)
class Breach:
    """A trapezoid that grows from nothing at the crest to its whole depth and width: level and width of the bottom go linearly
    over formation_s from start_s. side_slope: horizontal to vertical, 0 for upright sides."""

    crest_m: float
    base_m: float
    bottom_width_m: float
    formation_s: float
    side_slope: float = 1.0
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.base_m < self.crest_m:
            raise ScenarioError(f"The base of the breach ({self.base_m:g} m) must be below the crest of the dike ({self.crest_m:g} m)")
        if not (self.bottom_width_m >= 0 and self.formation_s >= 0 and self.side_slope >= 0):
            raise ScenarioError("Width, formation time and side slope of a breach must not be negative")

    def grown(self, t_s: ArrayLike) -> Floats:
        """Share of the breach that is open, 0 to 1."""
        since = np.asarray(t_s, float) - self.start_s
        if self.formation_s == 0.0:
            return np.asarray(np.where(since >= 0.0, 1.0, 0.0))
        return np.clip(since / self.formation_s, 0.0, 1.0)

    def opening(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Level and width of the bottom."""
        f = self.grown(t_s)
        return np.asarray(self.crest_m + f * (self.base_m - self.crest_m)), np.asarray(f * self.bottom_width_m)

    def crest(self, s_m: ArrayLike, t_s: ArrayLike, crest0_m: ArrayLike) -> Floats:
        """Crest of the dike at distances along it from the middle of the breach, whose crest was crest0_m; never above that."""
        level, width = self.opening(t_s)
        beyond = np.maximum(np.abs(np.asarray(s_m, float)) - 0.5 * width, 0.0)
        if self.side_slope > 0:
            side = beyond / self.side_slope
        else:
            side = np.where(beyond > 0.0, np.inf, 0.0)
        whole = np.asarray(crest0_m, float)
        return np.asarray(np.where(self.grown(t_s) > 0.0, np.minimum(level + side, whole), whole))


# Rain in space


@dataclass(frozen=True)
class RainCell:
    """A moving round rain cell of Gaussian shape, i = peak exp(-d^2 / (2 r^2)) about its centre, which is at x_m, y_m at time 0
    (shape after Waymire, Gupta and Rodriguez-Iturbe 1984, doi:10.1029/WR020i010p01453; from memory: CHECK). It brings
    2 pi r^2 peak over the whole plane at any moment and sqrt(2 pi) r peak / speed under its path."""

    peak_mm_h: float
    radius_m: float
    x_m: float = 0.0
    y_m: float = 0.0
    speed_ms: float = 0.0
    heading_deg: float = 0.0

    def __post_init__(self) -> None:
        _above_zero(radius_of_the_rain_cell=self.radius_m)

    def rain_mm_h(self, x_m: ArrayLike, y_m: ArrayLike, t_s: ArrayLike) -> Floats:
        """Intensity; places and times broadcast."""
        t, (east, north) = np.asarray(t_s, float), _towards(self.heading_deg)
        dx = np.asarray(x_m, float) - self.x_m - self.speed_ms * east * t
        dy = np.asarray(y_m, float) - self.y_m - self.speed_ms * north * t
        return np.asarray(self.peak_mm_h * np.exp(-0.5 * (dx * dx + dy * dy) / self.radius_m**2))


