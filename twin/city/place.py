"""Time zone, continent and currency of a place, coarsely; a recipe states them better."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Place:
    """timezone: IANA; region: continent as in City.region, '' unknown; currency: ISO 4217."""

    timezone: str = "UTC"
    region: str = ""
    currency: str = "USD"


@cache
def _boxes() -> list[tuple[tuple[float, float, float, float], Place]]:
    table = tomllib.loads(files("assets").joinpath("places.toml").read_text("utf-8"))
    return [(tuple(p["box"]), Place(p["timezone"], p["region"], p["currency"])) for p in table["place"]]


def place_of(longitude: float, latitude: float) -> Place:
    """The first box of assets/places.toml that holds the place."""
    for (west, south, east, north), place in _boxes():
        if west <= longitude <= east and south <= latitude <= north:
            return place
    return Place()
