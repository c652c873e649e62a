"""Light of a place and moment: colours of sun, sky and air by the height of the sun, and the windows that are lit at an hour.

The colours were chosen by eye beside photographs of cities, at noon, in the evening, at dusk and by night.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from layers.light import Light
from twin.city.buildings import Buildings
from twin.city.city import City
from twin.city.suns import place_of
from twin.sun import sun_position

COLUMNS = ("sun", "sky", "bounce", "horizon", "zenith", "glow")
BY_HEIGHT = (  # degrees above the horizon; sun, light of the sky, light from below; horizon, zenith, glow round the low sun
    (-18, (0.05, 0.06, 0.09), (0.15, 0.165, 0.25), (0.1, 0.1, 0.14), (0.155, 0.145, 0.185), (0.026, 0.036, 0.078), (0, 0, 0)),
    (-10, (0.045, 0.055, 0.085), (0.2, 0.22, 0.335), (0.13, 0.135, 0.19), (0.22, 0.215, 0.31), (0.05, 0.08, 0.18), (0.1, 0.04, 0.03)),
    (-5, (0, 0, 0), (0.32, 0.33, 0.45), (0.22, 0.215, 0.28), (0.45, 0.4, 0.47), (0.13, 0.19, 0.37), (0.45, 0.22, 0.08)),
    (-1, (0.1, 0.05, 0.03), (0.455, 0.445, 0.53), (0.355, 0.33, 0.365), (0.7, 0.61, 0.6), (0.27, 0.36, 0.57), (0.36, 0.18, 0.02)),
    (2, (0.58, 0.32, 0.15), (0.51, 0.495, 0.56), (0.425, 0.385, 0.38), (0.83, 0.73, 0.65), (0.36, 0.48, 0.69), (0.24, 0.13, -0.02)),
    (7, (0.68, 0.48, 0.28), (0.565, 0.57, 0.625), (0.515, 0.47, 0.44), (0.9, 0.83, 0.745), (0.42, 0.57, 0.76), (0.12, 0.07, 0)),
    (18, (0.59, 0.495, 0.365), (0.61, 0.62, 0.66), (0.61, 0.57, 0.525), (0.9, 0.885, 0.86), (0.45, 0.62, 0.79), (0.05, 0.03, 0)),
    (42, (0.475, 0.43, 0.355), (0.64, 0.65, 0.675), (0.645, 0.605, 0.555), (0.885, 0.9, 0.905), (0.47, 0.64, 0.8), (0.02, 0.02, 0.01)),
    (70, (0.47, 0.445, 0.385), (0.65, 0.66, 0.68), (0.66, 0.625, 0.58), (0.87, 0.9, 0.92), (0.43, 0.62, 0.81), (0.01, 0.01, 0.01)),
)  # fmt: skip
MOON = (150.0, 48.0)
"""Where the faint light comes from once the sun is well below the horizon: a night without any would have no shapes."""
MOON_BELOW, LAMPS_FROM, LAMPS_FULL = -5.0, 1.0, -5.0
"""Heights of the sun, degrees: the moon takes over; lamps begin to be lit; all of them are."""
HOMES = (16, 7, 4, 2, 2, 6, 20, 30, 22, 12, 10, 10, 12, 10, 10, 12, 20, 38, 52, 60, 60, 56, 44, 30)
WORK = (9, 6, 4, 4, 4, 8, 18, 45, 74, 80, 80, 78, 74, 78, 80, 80, 78, 76, 66, 52, 40, 30, 21, 14)
"""Percent of the windows lit after dark, by local hour: where people sleep, and where they are by day. Chosen, not measured."""


def sun_light(longitude: float, latitude: float, when: datetime) -> Light:
    """Light of a place and moment. when: in the city's zone, whose hour says which windows are lit."""
    sun = sun_position(longitude, latitude, when)
    return light_at(sun.azimuth, sun.elevation, when.hour + when.minute / 60)


def light_of(city: City, when: datetime) -> Light:
    """Light in the middle of a city."""
    return sun_light(*place_of(city, when), when)


def light_at(azimuth: float, elevation: float, hour: float = 12.0) -> Light:
    """Light of a sun at a height, degrees, and of the windows that are lit at an hour."""
    heights = [row[0] for row in BY_HEIGHT]
    colors: dict[str, tuple[float, float, float]] = {}
    for k, name in enumerate(COLUMNS):
        stops = np.array([row[k + 1] for row in BY_HEIGHT])
        r, g, b = (float(np.interp(elevation, heights, stops[:, i])) for i in range(3))
        colors[name] = (r, g, b)
    lamps = float(np.clip((LAMPS_FROM - elevation) / (LAMPS_FROM - LAMPS_FULL), 0, 1))
    way = MOON if elevation < MOON_BELOW else (azimuth % 360, max(elevation, 1.0))
    return Light(
        way[0], way[1], **colors, lamps=lamps, homes=_by_hour(HOMES, hour), work=_by_hour(WORK, hour), sun_at=(azimuth % 360, elevation)
    )  # fmt: skip


def is_dark(light: Light) -> bool:
    """Whether what is written on the sky is read better in white."""
    return float(np.dot(light.horizon, (0.3, 0.6, 0.1))) < 0.45


def _by_hour(table: tuple[int, ...], hour: float) -> float:
    return float(np.interp(hour % 24, np.arange(25), [*table, table[0]])) / 100


DAY_SHARE = {
    "residential": 0.35,
    "office": 1.0,
    "commercial": 1.0,
    "industrial": 1.0,
    "public": 1.0,
    "education": 1.0,
    "health": 1.0,
    "transport": 1.0,
    "religious": 0.6,
}
NIGHT_SHARE = {
    "residential": 1.0,
    "office": 0.03,
    "commercial": 0.12,
    "industrial": 0.10,
    "public": 0.06,
    "education": 0.03,
    "health": 0.7,
    "transport": 0.5,
    "religious": 0.03,
}


def presence(b: Buildings) -> NDArray[np.uint8]:
    """How full each building is by day and by night, (N, 2), 0 empty to 15: of its own people, else as its use has it."""
    codes, names = b.codes("use")
    uses = [str(u) for u in names]
    shares = [np.array([table.get(u, table["residential"]) for u in uses] + [0.0])[codes] for table in (DAY_SHARE, NIGHT_SHARE)]
    people = [b.column(name).astype(np.float64) for name in ("people_day", "people_night")]
    most = np.fmax(*people)
    for k in range(2):
        known = np.isfinite(people[k]) & (most > 0)
        shares[k] = np.where(known, people[k] / np.where(known, most, 1.0), shares[k])
    return np.round(np.column_stack(shares) * 15).astype(np.uint8)
