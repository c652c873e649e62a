"""Whether a city may stand at a place or would swim in an ocean, coarsely (assets/land.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

COAST_DEG = 1.0
"""The outlines are coarse: only what lies farther off them is at sea."""
NEAR_DEG = 0.3


@cache
def _land() -> shapely.Geometry:
    table = tomllib.loads(files("assets").joinpath("land.toml").read_text("utf-8"))
    rings = [shapely.Polygon(np.reshape(ring, (-1, 2))) for ring in table["outline"].values()]
    boxes = [shapely.box(*box) for group in table["islands"].values() for box in group]
    land = shapely.union_all(shapely.make_valid(np.array([*rings, *boxes], object)))
    shapely.prepare(land)
    return land


def is_at_sea(longitude: float, latitude: float) -> bool:
    """Whether a place (WGS 84) lies over a degree off all inhabited land: in an ocean or in Antarctica."""
    return not bool(shapely.dwithin(_land(), shapely.Point(longitude, latitude), COAST_DEG))


def is_on_land(longitude: float, latitude: float) -> bool:
    """Whether people live about a place."""
    return abs(latitude) <= 90 and bool(shapely.dwithin(_land(), shapely.Point(longitude, latitude), NEAR_DEG))
