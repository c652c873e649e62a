"""The sun over a city: the place it is seen from, and where it stands through a civil day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from twin.city.city import City
from twin.sun import sun_position

STEP_MIN = 10.0
NOWHERE_LATITUDE = 45.0


@dataclass(frozen=True)
class Sun:
    """Of one step of a day: degrees clockwise from north and above the horizon, and for how many hours it stands there."""

    azimuth: float
    elevation: float
    hours: float


def place_of(city: City, when: datetime, at: Sequence[float] | None = None) -> tuple[float, float]:
    """Longitude and latitude of a point in local metres, else of the middle of a city; one that is on no map lies at latitude 45, at
    noon by its own clock."""
    if city.frame.has_map:
        x0, y0, x1, y1 = city.core_bounds if at is None else (at[0], at[1], at[0], at[1])
        longitude, latitude = (float(v) for v in city.frame.to_lonlat((x0 + x1) / 2, (y0 + y1) / 2))
        return longitude, latitude
    offset = when.utcoffset()
    return (0.0 if offset is None else offset.total_seconds() / 240), NOWHERE_LATITUDE


def suns_of(city: City, at: Sequence[float], day: date, step_min: float = STEP_MIN) -> list[Sun]:
    """Where the sun stands over a point (local metres) through a civil day of the city's zone, step by step."""
    start = datetime(day.year, day.month, day.day, tzinfo=city.frame.zone)
    longitude, latitude = place_of(city, start, at)
    found = []
    for k in range(int(24 * 60 / step_min)):
        sun = sun_position(longitude, latitude, start + timedelta(minutes=(k + 0.5) * step_min))
        found.append(Sun(sun.azimuth, sun.elevation, step_min / 60))
    return found
