"""Measured values of shapes whose values are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.known_worlds import world
from twin.city.features import Features
from twin.city.height_grid import BareGround, Solids, height_grid
from twin.city.measuring import body_volumes, building_volume, measured, pieces
from twin.city.section import section
from twin.city.sight import drop_m, line_of_sight
from twin.city.terrain import Grid

SQUARE = np.array([(-50.0, -50.0, 0.0), (50.0, -50.0, 0.0), (50.0, 50.0, 0.0), (-50.0, 50.0, 0.0)])


def test_that_distance_on_a_slope_is_pythagoras() -> None:
    city = world(lambda x, y: 0.75 * x)
    m = measured(city, "distance", [(0, 0, 0), (40, 0, 30.0)])
    assert m.get("plan") == pytest.approx(40)
    assert m.get("space") == pytest.approx(50)
    assert m.get("along") == pytest.approx(50, rel=1e-5)
    assert m.get("bearing") == pytest.approx(90)
    assert m.get("rise") == pytest.approx(30)


def test_that_the_way_over_a_ridge_is_longer_than_through_the_air() -> None:
    m = measured(world(lambda x, y: 30 - 0.75 * np.abs(x)), "distance", [(-40, 0, 0), (0, 10, 30), (40, 0, 0)])
    assert m.get("straight") == pytest.approx(80)
    assert m.get("space") == pytest.approx(2 * math.hypot(40, 10, 30))
    assert m.get("along") == pytest.approx(m.get("space"), rel=3e-3)  # cells cut the ridge off


def test_that_height_is_between_roof_and_ground() -> None:
    m = measured(world(lambda x, y: 0 * x), "height", [(3, 4, 25.0), (0, 0, 5.0)])
    assert (m.get("height"), m.get("plan")) == (20, 5)
    assert m.get("angle") == pytest.approx(-math.degrees(math.atan2(20, 5)))


def test_that_an_inclined_plane_has_its_area_over_its_cosine() -> None:
    m = measured(world(lambda x, y: 0.3 * x + 0.4 * y), "area", np.column_stack([SQUARE[:, :2], 0.3 * SQUARE[:, 0] + 0.4 * SQUARE[:, 1]]))
    assert m.get("area_plan") == pytest.approx(10_000)
    assert m.get("area_ground") == pytest.approx(10_000 * math.sqrt(1.25), rel=1e-5)
    assert m.get("outline") == pytest.approx(400)
    with pytest.raises(KeyError):
        m.get("area_corners")


def test_that_a_roof_has_the_area_of_its_own_corners() -> None:
    roof = np.array([(0, 0, 10.0), (8, 0, 10.0), (8, 3, 14.0), (0, 3, 14.0)])
    m = measured(world(lambda x, y: 0 * x), "area", roof)
    assert m.get("area_plan") == pytest.approx(24)
    assert m.get("area_corners") == pytest.approx(40)


def test_that_slope_is_percent_and_degrees_with_its_steepest_part() -> None:
    city = world(lambda x, y: np.where(x < 0, 0.0, np.minimum(x, 10.0)))
    m = measured(city, "slope", [(-50, 0, 0), (50, 0, 10)])
    assert m.get("slope") == pytest.approx(10)
    assert m.get("slope_deg") == pytest.approx(math.degrees(math.atan(0.1)))
    assert m.get("steepest") == pytest.approx(100, abs=2)
    assert (m.get("climb"), m.get("fall")) == (pytest.approx(10, abs=0.01), 0)


def test_that_a_pyramid_has_a_third_of_base_times_height() -> None:
    city = world(lambda x, y: 20 * np.maximum(0, 1 - np.maximum(np.abs(x), np.abs(y)) / 50))
    m = measured(city, "volume", SQUARE, {"reference": "level", "level_m": 0.0})
    assert m.get("cut") == pytest.approx(100 * 100 * 20 / 3, rel=2e-3)
    assert m.get("fill") == pytest.approx(0, abs=1)
    lowest = measured(city, "volume", SQUARE)
    assert lowest.get("level") == pytest.approx(0.05, abs=0.01)  # between the four cells at a corner
    assert lowest.get("cut") == pytest.approx(100 * 100 * 20 / 3 - 500, rel=2e-3)


def test_that_cut_and_fill_are_taken_against_the_level_typed() -> None:
    city = world(lambda x, y: 0.1 * x)
    m = measured(city, "volume", SQUARE, {"reference": "level", "level_m": 0.0})
    assert m.get("cut") == pytest.approx(m.get("fill"), rel=1e-6)
    assert m.get("cut") == pytest.approx(0.1 * 50 * 50 / 2 * 100, rel=1e-3)
    higher = measured(city, "volume", SQUARE, {"reference": "level", "level_m": 7.0})
    assert higher.get("net") == pytest.approx(-70_000, rel=1e-3)


def test_that_a_slope_has_no_volume_against_the_plane_of_its_rim() -> None:
    m = measured(world(lambda x, y: 0.1 * x - 0.2 * y + 3), "volume", SQUARE, {"reference": "plane"})
    assert m.get("cut") == pytest.approx(0, abs=1)
    assert m.get("fill") == pytest.approx(0, abs=1)
    assert m.get("plane_slope") == pytest.approx(100 * math.hypot(0.1, 0.2), rel=1e-4)


def test_that_it_is_said_how_much_of_the_ground_is_known() -> None:
    half = measured(world(lambda x, y: 0 * x, half=50), "volume", SQUARE + (50.0, 0.0, 0.0))
    assert half.get("ground_known") == pytest.approx(50, abs=1)
    assert measured(world(), "area", SQUARE).get("ground_known") == 0
    with pytest.raises(KeyError):
        measured(world(lambda x, y: 0 * x), "volume", SQUARE).get("ground_known")


def test_that_a_unit_cube_has_one_cubic_metre() -> None:
    city = world(None, [(0, 0, 1, 1, 0, 1), (5, 5, 7, 8, 2, 12)])
    assert body_volumes(city, np.array([0, 1])) == pytest.approx([1, 60])
    assert building_volume(city, shapely.box(-1, -1, 2, 2)) == (pytest.approx(1), 1)
    assert building_volume(city, shapely.box(0.75, 0, 6, 9)) == (pytest.approx(0.25 + 30), 2)
    assert building_volume(city, shapely.box(20, 20, 30, 30)) == (0, 0)


def test_that_pieces_of_a_polygon_have_its_area_and_centre() -> None:
    shape = shapely.Polygon([(0, 0), (30, 5), (22, 40), (10, 12)], [[(12, 8), (14, 8), (14, 11)]])
    x, y, area = pieces(shape, 1.7)
    assert area.sum() == pytest.approx(shape.area, rel=1e-9)
    assert (x * area).sum() / area.sum() == pytest.approx(shape.centroid.x, rel=1e-9)
    assert (y * area).sum() / area.sum() == pytest.approx(shape.centroid.y, rel=1e-9)


def test_that_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="2 points"):
        measured(world(), "area", [(0, 0, 0), (1, 1, 0)])


def test_that_the_ground_is_known_in_holes_and_beyond_the_edge() -> None:
    city = world(lambda x, y: np.where(np.hypot(x, y) < 10, np.nan, 7.0))
    ground = BareGround.of(city)
    assert ground.height([0.0, 500.0], [0.0, 0.0]) == pytest.approx([7, 7])
    assert ground.on(Grid(-20, -20, 2.0, 20, 20)) == pytest.approx(np.full((20, 20), 7.0))


def test_that_heights_between_cells_are_those_of_the_terrain() -> None:
    rng = np.random.default_rng(4)
    city = world(lambda x, y: np.where(rng.random(x.shape) < 0.1, np.nan, rng.normal(0, 5, x.shape)), half=30)
    ground = BareGround.of(city)
    for grid in (Grid(-33.3, -20.0, 0.7, 60, 100), Grid(-10, -10, 1.0, 20, 20), Grid(-30, -30, 4.0, 15, 15)):
        whole = city.terrain.on(grid)
        known = np.isfinite(whole)
        assert known.mean() > 0.5
        assert ground.on(grid)[known] == pytest.approx(whole[known], abs=1e-4)
        assert np.isfinite(ground.on(grid)).all()


def test_that_the_highest_roof_over_a_cell_is_its_top() -> None:
    h = height_grid(world(lambda x, y: 0 * x, [(-4, -4, 4, 4, 0, 9), (0, 0, 2, 2, 0, 30)]), Grid(-10, -10, 1.0, 20, 20))
    assert h.top[10:12, 10:12] == pytest.approx(np.full((2, 2), 30.0))
    assert (h.owner[10:12, 10:12] == 1).all()
    assert h.top[7, 7] == 9
    assert h.owner[7, 7] == 0
    assert (h.owner >= 0).sum() == 64
    assert h.top[2, 2] == 0


def test_that_a_ray_meets_the_nearest_body() -> None:
    solids = Solids.of(world(None, [(10, -5, 12, 5, 0, 10), (30, -5, 32, 5, 0, 20)]))
    assert solids.pick((0, 0, 5), (1, 0, 0)) == (0, pytest.approx(10))
    assert solids.pick((0, 0, 15), (1, 0, 0)) == (1, pytest.approx(30))
    assert solids.pick((0, 0, 5), (1, 0, 0), farthest=9) is None
    assert solids.pick((0, 0, 25), (1, 0, 0)) is None


# -- line of sight -------------------------------------------------------------------------------------------------------------------------
def test_that_a_wall_hides_what_is_behind_it_and_says_how_high_the_eye_must_be() -> None:
    city = world(lambda x, y: 0 * x, [(49, -20, 51, 20, 0, 10)])
    s = line_of_sight(city, (0, 0, 2), (100, 0, 2))
    assert not s.is_clear
    assert (s.by, s.row, s.rows) == ("building", 0, (0,))
    assert s.at == pytest.approx((49, 0, 2), abs=1e-3)
    assert s.free_m == pytest.approx(49)
    # Over the wall's far edge at 51 m: 2 + (10 - 2) * 100 / 49
    lift = s.raise_m
    assert lift == pytest.approx(8 * 100 / 49, abs=0.02)
    assert line_of_sight(city, (0, 0, 2 + lift + 0.05), (100, 0, 2)).is_clear
    assert not line_of_sight(city, (0, 0, 2 + lift - 0.05), (100, 0, 2)).is_clear
    assert line_of_sight(city, (0, 30, 2), (100, 30, 2)).is_clear


def test_that_a_hill_hides_and_is_called_ground() -> None:
    city = world(lambda x, y: np.maximum(0, 20 - np.abs(x)), [(60, -5, 70, 5, 0, 5)])
    s = line_of_sight(city, (-100, 0, 5), (100, 0, 5))
    assert s.by == "ground"
    assert s.row == -1
    assert s.at[0] == pytest.approx(-15, abs=0.6)


def test_that_the_earth_hides_what_is_low_and_far() -> None:
    far = 12_000.0
    city = world(None)
    drop = float(drop_m(far))
    assert drop == pytest.approx(0.87 * far**2 / 2 / 6_371_000)
    # Two eyes of one height see each other over the bulge when it is less than them: drop / 4 in the middle.
    assert line_of_sight(city, (0, 0, drop / 4 + 0.05), (far, 0, drop / 4 + 0.05)).is_clear
    hidden = line_of_sight(city, (0, 0, drop / 4 - 0.05), (far, 0, drop / 4 - 0.05))
    assert hidden.by == "ground"
    assert hidden.sag_m == pytest.approx(drop / 4)
    assert line_of_sight(city, (0, 0, drop / 4 - 0.05), (far, 0, drop / 4 - 0.05), k=1.0).is_clear


def test_that_a_line_sees_from_roof_to_roof() -> None:
    city = world(None, [(0, 0, 10, 10, 0, 30), (100, 0, 110, 10, 0, 30), (50, 0, 55, 10, 0, 29)])
    assert line_of_sight(city, (5, 5, 31.7), (105, 5, 31.7)).is_clear
    assert line_of_sight(city, (5, 5, 31.7), (102, 5, 28.0)).row == 1


# -- section -------------------------------------------------------------------------------------------------------------------------------
def test_that_a_section_cuts_a_box_as_a_rectangle() -> None:
    city = world(lambda x, y: 1.0 + 0 * x, [(10, -5, 30, 5, 1, 13), (60, 50, 70, 60, 1, 9)])
    s = section(city, [(-20, 0), (80, 0)])
    (cut,) = s.cuts
    assert cut.row == 0
    assert (cut.start, cut.stop, cut.top) == (pytest.approx(30), pytest.approx(50), pytest.approx(13))
    assert shapely.Polygon(cut.outline).area == pytest.approx(20 * 12, rel=1e-6)
    assert s.length_m == pytest.approx(100)
    assert s.at([25.0])[0] == pytest.approx((5, 0, 1))


def test_that_a_section_around_a_corner_goes_on_counting() -> None:
    city = world(None, [(40, 20, 60, 40, 0, 8)])
    s = section(city, [(0, 0), (50, 0), (50, 100)])
    (cut,) = s.cuts
    assert (cut.start, cut.stop) == (pytest.approx(70), pytest.approx(90))


def test_that_a_section_aslant_is_longer_through_a_house() -> None:
    city = world(None, [(-10, -10, 10, 10, 0, 5)])
    (cut,) = section(city, [(-30, -30), (30, 30)]).cuts
    assert cut.stop - cut.start == pytest.approx(20 * math.sqrt(2), rel=1e-4)


def test_that_a_section_shows_the_water_of_a_river_where_its_level_lies_above_the_bed() -> None:
    city = world(lambda x, y: np.where(np.abs(x) < 20, -3.0, 4.0), [])
    river = Features("water", pd.DataFrame({"id": ["water/1"], "level_m": [2.0]}), np.array([shapely.box(-30, -100, 30, 100)], object))
    found = section(replace(city, layers={"water": river}), [(-90, 0), (90, 0)])
    wet = np.isfinite(found.still)
    assert set(found.still[wet]) == {2.0}
    assert found.s[wet].mean() == pytest.approx(90, abs=3)
    assert (found.still[wet] > found.ground[wet, 2]).all()
    assert not wet[np.abs(found.s - 90) > 30].any()
