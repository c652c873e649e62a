"""The sun against the published example of its algorithm and against pvlib 0.16 (its own implementation of it)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from twin.sun import sun_day, sun_position

GOLDEN = timezone(timedelta(hours=-7))


def test_that_the_example_of_the_paper_comes_out():
    # Reda and Andreas 2004, table A5.1
    sun = sun_position(-105.1786, 39.742476, datetime(2003, 10, 17, 12, 30, 30, tzinfo=GOLDEN), 1830.14, 820, 11, 67)
    assert sun.zenith == pytest.approx(50.11162, abs=1e-5)
    assert sun.azimuth == pytest.approx(194.34024, abs=1e-5)


@pytest.mark.parametrize(
    ("longitude", "latitude", "moment", "azimuth", "elevation"),
    [
        (151.209, -33.868, "2026-01-15T03:00:00+00:00", 312.4895, 72.32302),
        (-78.468, -0.18, "2026-03-20T17:21:15+00:00", 359.52812, 89.77724),
        (18.955, 69.649, "2026-06-21T22:45:00+00:00", 359.74847, 3.30664),
        (121.49, 31.24, "2026-06-21T09:00:00+00:00", 284.20024, 23.33351),
        (4.357, 52.011, "1987-04-10T19:21:00+00:00", 294.21493, -8.12111),
    ],
)
def test_that_the_sun_stands_where_pvlib_says_all_over_the_world(longitude, latitude, moment, azimuth, elevation):
    sun = sun_position(longitude, latitude, datetime.fromisoformat(moment), delta_t_s=67)
    assert sun.elevation == pytest.approx(elevation, abs=1e-4)
    assert sun.azimuth == pytest.approx(azimuth, abs=1e-4)


def test_that_a_moment_without_a_zone_is_universal_time():
    assert sun_position(4.4, 52.0, datetime(2026, 6, 21, 12)) == sun_position(4.4, 52.0, datetime(2026, 6, 21, 12, tzinfo=UTC))


def seconds_off(found: datetime | None, clock: str) -> float:
    """From a local time of day on the same day."""
    assert found is not None
    return abs((found - datetime.combine(found.date(), time.fromisoformat(clock), found.tzinfo)).total_seconds())


@pytest.mark.parametrize(
    ("zone", "longitude", "latitude", "day", "rise", "noon", "down"),
    [
        ("America/Guayaquil", -78.468, -0.18, date(2026, 3, 20), "06:17:59", "12:21:15", "18:24:30"),
        ("Europe/Amsterdam", 4.357, 52.011, date(2026, 11, 28), "08:23:42", "12:30:30", "16:36:54"),
        ("Australia/Sydney", 151.209, -33.868, date(2026, 1, 16), "06:00:26", "13:04:45", "20:08:45"),
    ],
)
def test_that_sunrise_noon_and_sunset_are_those_of_the_civil_day(zone, longitude, latitude, day, rise, noon, down):
    found = sun_day(longitude, latitude, day, ZoneInfo(zone))
    assert seconds_off(found.sunrise, rise) < 3
    assert seconds_off(found.noon, noon) < 3
    assert seconds_off(found.sunset, down) < 3


def test_that_the_sun_does_not_set_on_tromso_in_june_nor_rise_in_december():
    oslo = ZoneInfo("Europe/Oslo")
    summer, winter = (sun_day(18.955, 69.649, date(2026, month, 21), oslo) for month in (6, 12))
    assert (summer.sunrise, summer.sunset) == (None, None)
    assert summer.noon_elevation > 40
    assert (winter.sunrise, winter.sunset) == (None, None)
    assert winter.noon_elevation < 0
    assert seconds_off(summer.noon, "12:45:59") < 3


def test_that_a_day_of_changing_clocks_has_one_sunrise_in_local_time():
    found = sun_day(4.357, 52.011, date(2026, 3, 29), ZoneInfo("Europe/Amsterdam"))
    assert found.sunrise is not None
    assert found.sunrise.date() == date(2026, 3, 29)
    assert found.sunrise.utcoffset() == timedelta(hours=2)
