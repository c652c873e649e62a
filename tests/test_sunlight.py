"""Light of the hour, lit windows, shadows of a place, and looks of the city."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from layers.buildings import BuildingsLayer
from layers.citylook import LOOKS, OPERATIONS, data_light
from layers.ground import Ground
from layers.light import Light, shadows_on, standing
from layers.style import Style
from layers.sunlight import is_dark, light_at, presence, sun_light
from tests.little_city import little_city
from twin.city.buildings import Buildings
from twin.cli import app

SHANGHAI = ZoneInfo("Asia/Shanghai")


def brightness(light: Light) -> float:
    return float(np.mean(light.shade(np.array([[0, 0, 1]], np.float32))))


def test_that_it_is_brighter_at_noon_than_in_the_evening_and_by_night() -> None:
    noon, evening, night = (light_at(180.0, height) for height in (60.0, 3.0, -30.0))
    assert brightness(noon) > brightness(evening) > 2 * brightness(night)
    assert is_dark(night)
    assert not is_dark(noon)


def test_that_the_low_sun_is_warm_and_the_night_is_blue() -> None:
    evening, night = light_at(280.0, 3.0), light_at(0.0, -30.0)
    assert evening.sun[0] > 2 * evening.sun[2]
    assert night.sky[2] > night.sky[0]


def test_that_light_changes_without_a_jump_over_the_whole_day() -> None:
    heights = np.arange(-30.0, 80.0, 0.25)
    tones = np.array([[*x.sky, *x.horizon, *x.zenith, *x.sun, x.lamps] for x in (light_at(180.0, h) for h in heights)])
    assert np.abs(np.diff(tones, axis=0)).max() < 0.06


def test_that_offices_are_dark_by_night_and_homes_at_four_in_the_morning() -> None:
    evening, night = (sun_light(121.5, 31.2, datetime(2026, 12, 1, hour, 0, tzinfo=SHANGHAI)) for hour in (20, 4))
    assert evening.lamps == night.lamps == 1.0
    assert evening.homes > 0.5
    assert night.homes < 0.05
    assert night.work < 0.1
    assert sun_light(121.5, 31.2, datetime(2026, 12, 1, 12, 0, tzinfo=SHANGHAI)).lamps == 0.0


def test_that_a_moment_of_a_city_of_an_unknown_time_zone_is_one_of_greenwich() -> None:
    from gui.shot import moment_of

    city = little_city()
    city = replace(city, frame=replace(city.frame, timezone="Mars/Base"))
    assert moment_of(city, "2026-06-21T17:00") == datetime(2026, 6, 21, 17, tzinfo=UTC)


def test_that_windows_follow_the_people_of_a_building_where_they_are_known() -> None:
    city = little_city()
    table = city.buildings.table.copy()
    table["use"] = "residential"
    table.loc[0, ["people_day", "people_night"]] = [400.0, 20.0]
    by_time = presence(Buildings(table, city.buildings.footprints, city.buildings.mesh))
    assert by_time[0].tolist() == [15, 1]
    assert by_time[1].tolist() == [5, 15]  # a home, as its use has it


def test_that_shadows_around_a_place_are_those_of_the_whole_there() -> None:
    city = little_city()
    ground, light = Ground.of(city), Light(azimuth=180.0, elevation=40.0)
    x0, y0, x1, y1 = city.core_bounds
    whole, near = (shadows_on(standing(city, ground, around), light) for around in (None, ((x0 + x1) / 2, (y0 + y1) / 2)))
    assert whole is not None
    assert near is not None
    points = np.random.default_rng(2).uniform((x0, y0), (x1, y1), (400, 2))
    at = np.column_stack([points, np.full(len(points), float(ground.level) + 0.5)])
    up = np.tile(np.array([0, 0, 1], np.float32), (len(at), 1))
    assert np.mean(np.abs(whole.lit(at, up) - near.lit(at, up)) < 0.5) > 0.9


def test_that_nothing_stands_far_from_a_city() -> None:
    city = little_city()
    assert standing(city, Ground.of(city), (1e6, 1e6)) is None


def test_that_the_map_for_the_graphics_holds_heights_to_a_few_centimetres() -> None:
    city = little_city()
    shadows = shadows_on(standing(city, Ground.of(city)), Light(azimuth=200.0, elevation=30.0))
    assert shadows is not None
    assert shadows.top is not None
    rgba = shadows.map().astype(float)
    top = shadows.low + shadows.span * (rgba[..., 0] * 256 + rgba[..., 1]) / 65535
    inside = (shadows.top > shadows.low) & (shadows.top < shadows.low + shadows.span)
    assert np.abs(top - shadows.top)[inside].max() < 0.05


def test_that_by_night_lamps_shine_along_streets_and_nothing_lies_in_shadow() -> None:
    city = little_city()
    night = shadows_on(standing(city, Ground.of(city)), light_at(0.0, -30.0))
    assert night is not None
    assert night.top is None
    veil = night.veil()
    brightest = veil[night.street == night.street.max()][0]
    assert brightest[0] > brightest[2] > 80  # warm
    assert night.veil(lamps=False)[..., 0].max() < 80


def test_that_a_plain_look_leaves_materials_out_but_not_colours_that_mean_something() -> None:
    layer = BuildingsLayer(little_city())
    coloured = layer.coat().rows[:, :3].astype(float)
    layer.plain = True
    plain = layer.coat()
    assert plain.roofs is None
    assert np.ptp(plain.rows[:, :3].astype(float).mean(0)) < 15
    assert not layer.carries_data
    layer.style = Style(kind="graduated", field="height_m", palette="viridis", low=0.0, high=100.0)
    assert layer.carries_data
    assert np.abs(layer.coat().rows[:, :3].astype(float) - coloured).max() > 60


def test_that_results_stay_as_bright_by_night_and_the_operations_room_is_dark_at_noon() -> None:
    night = light_at(0.0, -30.0)
    assert brightness(data_light(night)) > 0.6 * brightness(Light())
    grade = np.array(OPERATIONS.grade)
    white = np.array([0.9, 0.9, 0.9, 1.0])
    assert (grade @ white).max() < 0.5
    assert set(LOOKS) == {"clay", "realistic", "operations"}


@pytest.mark.parametrize("option", [("--sun", "yesterday"), ("--style", "neon"), ("--sun", "0001-01-01")])
def test_that_a_shot_with_a_moment_or_style_nobody_knows_ends_with_2(tmp_path: Path, option: tuple[str, str]) -> None:
    out = CliRunner().invoke(app, ["shot", "demo", "-o", str(tmp_path / "x.png"), *option])
    assert out.exit_code != 0
    assert not (tmp_path / "x.png").exists()
