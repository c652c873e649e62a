"""Where one stands at street level: found at once, and never before a bare plain."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from gui.scene.street import street_eye
from gui.scene.tops import Tops
from layers.ground import Ground
from tests.little_city import little_city
from twin.city.city import City
from twin.city.recipe import open_city


def ahead(city: City, half_angle: float = 30.0, reach_m: float = 300.0) -> int:
    """Buildings and water before the eye."""
    eye = street_eye(city, Ground.of(city))
    assert eye is not None
    x, y = eye.position[:2]
    turn = np.radians(eye.heading + np.array([-half_angle, half_angle]))
    cone = shapely.Polygon([(x, y), *zip(x + reach_m * np.sin(turn), y + reach_m * np.cos(turn), strict=True)])
    water = [city.layers[k].geometry for k in ("water",) if k in city.layers]
    return sum(int(shapely.intersects(shapes, cone).sum()) for shapes in (city.buildings.footprints, *water))


def test_that_a_wall_hides_a_tower_and_a_low_one_does_not() -> None:
    shapes = np.array([shapely.box(-5, 300, 5, 310), shapely.box(-40, 100, 40, 110)], object)
    place, tower = np.array([[0.0, 0.0]]), np.array([[0.0, 305.0]])
    for wall, is_hidden in ((60.0, True), (15.0, False)):
        assert Tops(shapes, np.array([120.0, wall])).hidden(place, tower, np.array([120.0]), 1.8)[0, 0] == is_hidden


def test_that_the_free_way_ahead_ends_at_a_wall() -> None:
    tops = Tops(np.array([shapely.box(-40, 100, 40, 110)], object), np.array([12.0]))
    free, built = tops.around(np.array([[0.0, 0.0]]), np.array([0.0, 180.0]))
    assert free[0] == pytest.approx([100, 400], abs=8)
    assert built[0, 0] > 0
    assert built[0, 1] == 0


def test_that_the_eye_at_street_level_stands_outside_and_is_level() -> None:
    city = little_city()
    eye = street_eye(city, Ground.of(city))
    assert eye is not None
    assert not shapely.intersects_xy(city.buildings.footprints, *eye.position[:2]).any()
    assert -5 < eye.pitch < 20
    assert street_eye(replace(city, buildings=city.buildings.empty()), Ground.of(city)) is None


@pytest.mark.parametrize(("name", "least"), [("nyc", 5), ("shanghai", 1)])  # a street of Manhattan, the river at the Bund
def test_that_a_real_city_is_seen_at_street_level_without_waiting(data: Path, name: str, least: int) -> None:
    city = open_city(data / name)
    assert ahead(city) >= least
    took = []
    for _ in range(3):
        began = time.perf_counter()
        street_eye(city, Ground.of(city))
        took.append(time.perf_counter() - began)
    assert min(took) < 1.5, "some 0.07 s where the machine is free; it was 5 s"
