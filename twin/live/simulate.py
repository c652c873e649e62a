"""Simulated readings for a demonstration: plausible, deterministic, and never to be taken for measurements.

Every value is a function of (seed, sensor, moment) alone, so that any moment can be asked for in any order.
Rain: a storm that began two hours before the feed, two overlapping cells that cross the city (gamma-shaped in time, as in
the Chicago and Huff design storms in their second quartile). River: M2 and S2 tide (12.42 h and 12 h) plus a lagged answer
to the rain. PM2.5: log-normal around a daily course with morning and evening peaks, washed out by rain (a quarter to a
half). Traffic: two peaks on workdays, one broad one at weekends, less in rain, Poisson scatter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.live.sensors import Thing

Floats = NDArray[np.float64]
STORM_BEFORE_S, STORM_EVERY_S = 2 * 3600.0, 9 * 3600.0
"""A storm began this long before the start of the feed; the next one comes so much later."""


def _hash(*keys: NDArray[np.uint64] | int) -> Floats:
    """Uniform 0..1 from integers (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        x = np.asarray(0, np.uint64)
        for key in keys:
            x = np.asarray(key).astype(np.uint64) + x + np.uint64(0x9E3779B97F4A7C15)
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            x = x ^ (x >> np.uint64(31))
        return np.asarray(x >> np.uint64(11), float) / float(1 << 53)


def smooth_noise(seed: int, sensor: int, t: ArrayLike, period_s: float) -> Floats:
    """Noise of zero mean between -1 and 1 that varies smoothly over period_s (value noise, cosine between the knots)."""
    at = np.asarray(t, float) / period_s
    knot = np.floor(at)
    left, right = (_hash(seed, sensor, (knot + k).astype(np.int64)) for k in (0, 1))
    mix = (1 - np.cos(np.pi * (at - knot))) / 2
    return 2 * (left * (1 - mix) + right * mix) - 1


@dataclass(frozen=True)
class Weather:
    """The storm of one demonstration. start: Unix seconds when the feed began; centre, reach_m: the city, local metres."""

    seed: int
    start: float
    centre: tuple[float, float] = (0.0, 0.0)
    reach_m: float = 3000.0
    timezone: str = "UTC"

    def rain_mm_h(self, x: float, y: float, t: ArrayLike) -> Floats:
        """Intensity at a place, mm/h: two cells, later and weaker away from where each arrives."""
        since = (np.asarray(t, float) - (self.start - STORM_BEFORE_S)) % STORM_EVERY_S
        total = np.zeros(since.shape)
        for cell, (delay, length, peak) in enumerate(((0.0, 4500.0, 46.0), (4800.0, 5400.0, 34.0))):
            angle = 2 * np.pi * float(_hash(self.seed, 101, cell))
            along = ((x - self.centre[0]) * np.cos(angle) + (y - self.centre[1]) * np.sin(angle)) / self.reach_m
            across = (-(x - self.centre[0]) * np.sin(angle) + (y - self.centre[1]) * np.cos(angle)) / self.reach_m
            late = 600.0 * along
            s = np.clip((since - delay - late) / length, 0.0, None)
            # Gamma shape with its peak of 1 at 0.4 of the cell's length.
            shape = (s / 0.4) ** 2 * np.exp(2 * (1 - s / 0.4))
            total = total + peak * shape * np.exp(-0.5 * (across / 1.2) ** 2)
        gust = 1 + 0.25 * smooth_noise(self.seed, int(abs(x) + 7 * abs(y)) + 1, t, 240.0)
        rain = total * gust
        return np.where(rain < 0.2, 0.0, rain)

    def hour(self, t: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
        """(local hour of the day, whether it is a weekend)."""
        at = np.asarray(t, float)
        offset = ZoneInfo(self.timezone).utcoffset(datetime.fromtimestamp(float(at.flat[0]) if at.size else 0.0, UTC))
        local = at + (offset.total_seconds() if offset else 0.0)
        return local / 3600.0 % 24.0, np.floor(local / 86400.0 + 3) % 7 >= 5  # day 0 of Unix time was a Thursday


def simulated(kind: str, thing: Thing, sensor: int, weather: Weather, t: ArrayLike, base_level: float = 0.0) -> Floats:
    """Values of one sensor at moments t (Unix seconds), in the unit its kind's property has. sensor: its number.

    base_level: mean water level at a river gauge, m in the city's datum. Kinds: rain_gauge (mm/h), river_gauge (m),
    air_quality (ug/m3), traffic_counter (vehicles/h); any other kind gives a slow random course between 0 and 1.
    """
    t = np.asarray(t, float)
    seed, x, y = weather.seed, thing.x or 0.0, thing.y or 0.0
    if kind == "rain_gauge":
        return np.round(weather.rain_mm_h(x, y, t) / 0.6) * 0.6  # tips of 0.1 mm in ten seconds
    lags = np.arange(0.0, 5400.0, 300.0)
    weight = lags * np.exp(-lags / 1500.0)
    rained = (weather.rain_mm_h(x, y, t[..., None] - lags) * weight).sum(-1) / weight.sum()
    if kind == "river_gauge":
        tide = 0.85 * np.sin(2 * np.pi * t / 44714.0) + 0.25 * np.sin(2 * np.pi * t / 43200.0 + 1.0)
        wave = 0.015 * smooth_noise(seed, sensor, t, 20.0)
        return np.round(base_level + tide + 0.022 * rained + wave, 3)
    hour, weekend = weather.hour(t)
    if kind == "air_quality":
        daily = 1 + 0.25 * np.exp(-(((hour - 8) / 2.0) ** 2)) + 0.35 * np.exp(-(((hour - 20) / 3.0) ** 2))
        course = np.exp(0.45 * smooth_noise(seed, 9000, t, 21600.0) + 0.15 * smooth_noise(seed, sensor, t, 3600.0))
        washed = 1 - 0.45 * (1 - np.exp(-rained / 15.0))
        return np.round(38.0 * daily * course * washed + 1.5 * smooth_noise(seed, sensor + 50, t, 60.0), 1).clip(1.0)
    if kind == "traffic_counter":
        size = 600.0 + 2400.0 * float(_hash(seed, 31, sensor))
        work = 0.12 + np.exp(-(((hour - 8.2) / 1.5) ** 2)) + 0.5 * np.exp(-(((hour - 13) / 3.5) ** 2)) + np.exp(-(((hour - 18) / 1.8) ** 2))
        rest = 0.12 + 0.75 * np.exp(-(((hour - 15) / 5.0) ** 2))
        mean = size * np.where(weekend, rest, work) * (1 - 0.25 * (1 - np.exp(-rained / 20.0)))
        # Scatter of a count over five minutes, as a flow per hour.
        scatter = np.sqrt(mean / 12.0) * 12.0 * 0.8 * smooth_noise(seed, sensor + 70, t, 90.0)
        return np.round(np.clip(mean + scatter, 0.0, None))
    return np.round(0.5 + 0.5 * smooth_noise(seed, sensor, t, 3600.0), 3)


def is_silent(seed: int, sensor: int, t: float) -> bool:
    """Whether a sensor is out of order now: one in sixteen falls silent for six minutes of each half hour, as in any
    real network."""
    if float(_hash(seed, 77, sensor)) > 1 / 16:
        return False
    return (t + 1800.0 * float(_hash(seed, 78, sensor))) % 1800.0 < 360.0
