"""Where the sun stands, and when it rises, is highest and sets.

The NREL Solar Position Algorithm, good to 0.0003 degrees for the years -2000 to 6000: I. Reda and A. Andreas, "Solar position
algorithm for solar radiation applications", Solar Energy 76 (2004) 577-589, doi:10.1016/j.solener.2003.12.003 (NREL/TP-560-34302,
revised 2008). Numbers in brackets are its equations; its tables of periodic terms are in assets/sun_terms.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SET_BELOW_DEG = -0.8333
"""True height of the sun's centre when its upper edge is on the horizon: half its width and the refraction there."""
STEP_S = 300.0
DELTA_T = np.array(
    [(1900, -2.7), (1920, 21.2), (1940, 24.3), (1960, 33.2), (1970, 40.2), (1980, 50.5), (1990, 56.9), (2000, 63.8), (2010, 66.1)]
    + [(2020, 69.4), (2026, 69.1)]
)
"""Terrestrial time less universal time, seconds (US Naval Observatory, IERS); the last one is taken for later years."""


@dataclass(frozen=True)
class SunPosition:
    """Degrees. azimuth: clockwise from north; elevation: above the horizon, as seen through the air; zenith: from overhead."""

    azimuth: float
    elevation: float

    @property
    def zenith(self) -> float:
        return 90.0 - self.elevation


@dataclass(frozen=True)
class SunDay:
    """Of one civil day, in its zone. sunrise, sunset: None where the sun does not cross the horizon on that day."""

    sunrise: datetime | None
    noon: datetime
    sunset: datetime | None
    noon_elevation: float
    """Highest the sun gets, degrees: above 0 without sunrise and sunset is a polar day, below it a polar night."""


def sun_position(
    longitude: float,
    latitude: float,
    when: datetime,
    height_m: float = 0.0,
    pressure_mbar: float = 1013.25,
    temperature_c: float = 12.0,
    delta_t_s: float | None = None,
) -> SunPosition:
    """Of a place (degrees east and north, metres above sea level) at a moment (with its zone; UTC where it has none)."""
    moment = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    azimuth, true, _ = _topocentric(moment.timestamp(), longitude, latitude, height_m, delta_t_s)
    seen = true + _refraction(true, pressure_mbar, temperature_c)
    return SunPosition(float(azimuth), float(seen))


def sun_day(longitude: float, latitude: float, day: date, zone: tzinfo = UTC) -> SunDay:
    """Sunrise, noon and sunset of a civil day."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    following = day + timedelta(days=1)
    stop = datetime(following.year, following.month, following.day, tzinfo=zone).timestamp()
    times = np.arange(start, stop + 1, STEP_S)
    _, true, hour = _topocentric(times, longitude, latitude)
    above = true > SET_BELOW_DEG

    def when(crossing: NDArray[np.bool_], is_noon: bool = False) -> datetime | None:
        found = np.flatnonzero(crossing)
        if not len(found):
            return None
        low, high = times[found[0]], times[found[0] + 1]
        for _ in range(12):  # halved to a tenth of a second
            middle = (low + high) / 2
            _, h, turn = _topocentric(middle, longitude, latitude)
            passed = turn < 180 if is_noon else (h > SET_BELOW_DEG) != above[found[0]]
            low, high = (low, middle) if passed else (middle, high)
        return datetime.fromtimestamp(float((low + high) / 2), zone)

    noon = when((hour[:-1] > 180) & (hour[1:] <= 180), is_noon=True)
    if noon is None:  # where the zone is half a day off
        noon = datetime.fromtimestamp(float(times[int(np.argmax(true))]), zone)
    highest = sun_position(longitude, latitude, noon).elevation
    return SunDay(when(~above[:-1] & above[1:]), noon, when(above[:-1] & ~above[1:]), highest)


@cache
def _terms() -> dict[str, list[Floats]]:
    """Periodic terms by series; of the nutation its angles and its terms."""
    read = tomllib.loads(files("assets").joinpath("sun_terms.toml").read_text("utf-8"))
    return {name: [np.array(rows, float) for rows in series.values()] for name, series in read.items()}


def _series(name: str, jme: Floats) -> Floats:
    """[9-11] sum of A cos(B + C t) times powers of t."""
    total = np.zeros_like(jme)
    for power, terms in enumerate(_terms()[name]):
        total += (terms[:, 0] * np.cos(terms[:, 1] + terms[:, 2] * jme[..., None])).sum(-1) * jme**power
    return total / 1e8


def _topocentric(
    unix_s: ArrayLike, longitude: float, latitude: float, height_m: float = 0.0, delta_t_s: float | None = None
) -> tuple[Floats, Floats, Floats]:
    """Azimuth from north, height without air, hour angle (0 to 360, 0 at noon), degrees, at Unix times."""
    time = np.asarray(unix_s, float)
    jd = time / 86400 + 2440587.5
    delta = np.interp(1970 + time / 31556952, DELTA_T[:, 0], DELTA_T[:, 1]) if delta_t_s is None else delta_t_s
    jc, jce = (jd - 2451545) / 36525, (jd + delta / 86400 - 2451545) / 36525  # [6-8]
    jme = jce / 10
    sun_longitude = np.degrees(_series("longitude", jme)) + 180  # [12-14]
    beta = -_series("latitude", jme)
    distance = _series("radius", jme)  # astronomical units

    angles = np.stack([
        297.85036 + 445267.111480 * jce - 0.0019142 * jce**2 + jce**3 / 189474,
        357.52772 + 35999.050340 * jce - 0.0001603 * jce**2 - jce**3 / 300000,
        134.96298 + 477198.867398 * jce + 0.0086972 * jce**2 + jce**3 / 56250,
        93.27191 + 483202.017538 * jce - 0.0036825 * jce**2 + jce**3 / 327270,
        125.04452 - 1934.136261 * jce + 0.0020708 * jce**2 + jce**3 / 450000,
    ], axis=-1)  # fmt: skip  # [15-19]
    multiples, (a, b, c, d) = _terms()["nutation"][0], _terms()["nutation"][1].T
    turn = np.radians(angles @ multiples.T)
    nutation = ((a + b * jce[..., None]) * np.sin(turn)).sum(-1) / 36e6  # [20-23]
    obliquity_nutation = ((c + d * jce[..., None]) * np.cos(turn)).sum(-1) / 36e6
    mean = np.polynomial.polynomial.polyval(
        jme / 10, [84381.448, -4680.93, -1.55, 1999.25, -51.38, -249.67, -39.05, 7.12, 27.87, 5.79, 2.45]
    )
    tilt = np.radians(mean / 3600 + obliquity_nutation)  # [24-25]
    apparent = np.radians(sun_longitude + nutation - 20.4898 / (3600 * distance))  # [26-27]
    sidereal = 280.46061837 + 360.98564736629 * (jd - 2451545) + 0.000387933 * jc**2 - jc**3 / 38710000  # [28]
    sidereal = sidereal + nutation * np.cos(tilt)  # [29]
    ascension = np.arctan2(np.sin(apparent) * np.cos(tilt) - np.tan(beta) * np.sin(tilt), np.cos(apparent))  # [30]
    declination = np.arcsin(np.sin(beta) * np.cos(tilt) + np.cos(beta) * np.sin(tilt) * np.sin(apparent))  # [31]

    hour = np.radians(sidereal + longitude) - ascension  # [32]
    parallax = np.radians(8.794 / (3600 * distance))  # [33]
    phi = np.radians(latitude)
    u = np.arctan(0.99664719 * np.tan(phi))
    x = np.cos(u) + height_m / 6378140 * np.cos(phi)
    y = 0.99664719 * np.sin(u) + height_m / 6378140 * np.sin(phi)
    below = np.cos(declination) - x * np.sin(parallax) * np.cos(hour)
    shift = np.arctan2(-x * np.sin(parallax) * np.sin(hour), below)  # [37]
    declination = np.arctan2((np.sin(declination) - y * np.sin(parallax)) * np.cos(shift), below)  # [39]
    hour = hour - shift  # [40]
    true = np.arcsin(np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour))  # [41]
    azimuth = np.arctan2(np.sin(hour), np.cos(hour) * np.sin(phi) - np.tan(declination) * np.cos(phi))  # [45]
    return (np.degrees(azimuth) + 180) % 360, np.degrees(true), np.degrees(hour) % 360


def _refraction(true_deg: Floats, pressure_mbar: float, temperature_c: float) -> Floats:
    """[42] how much the air lifts the sun, degrees; nothing once it has set."""
    lift = (pressure_mbar / 1010) * (283 / (273 + temperature_c)) * 1.02 / (60 * np.tan(np.radians(true_deg + 10.3 / (true_deg + 5.11))))
    return np.where(true_deg >= SET_BELOW_DEG, lift, 0.0)
