"""Depth at the wall, damage, people: against tables and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.engine_world import small_city
from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.mesh import Mesh
from twin.city.terrain import Grid
from twin.frame import LocalFrame
from twin.models.base import Inputs
from twin.models.exposure import exposed_value, people_by_hour, region_of, table, value_per_m2
from twin.models.impact import Impact, ImpactState
from twin.models.sampling import Touch
from twin.models.vulnerability_tables import damage_share

GRID = Grid(0.0, 0.0, 5.0, 80, 80)
DEPTHS = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 5, 6])
# Huizinga, de Moel and Szewczyk 2017, doi:10.2760/16510, residential, as transcribed in the project's models.md.
RESIDENTIAL = {
    "asia": [0, 0.3266, 0.4941, 0.6166, 0.7207, 0.8695, 0.9315, 0.9836, 1],
    "europe": [0, 0.25, 0.40, 0.50, 0.60, 0.75, 0.85, 0.95, 1],
    "africa": [0, 0.2199, 0.3782, 0.5306, 0.6356, 0.8169, 0.9034, 0.9572, 1],
    "oceania": [0, 0.48, 0.64, 0.71, 0.79, 0.93, 0.97, 0.98, 1],
    "south-america": [0, 0.4908, 0.7112, 0.8420, 0.9494, 0.9836, 1, 1, 1],
}


def depth_inputs(depth: Any) -> Inputs:
    grid = np.broadcast_to(np.asarray(depth, np.float32), GRID.shape).copy()
    return Inputs({"water_depth": grid}, {"water_depth": GRID})


def flooded(city: City, depth: Any, **params: Any) -> tuple[Impact, ImpactState]:
    model = Impact()
    state = model.initialize(city, depth_inputs(0.0), {**Impact.defaults(), **params}, 0)
    model.update(state, depth_inputs(depth), 60.0)
    return model, state


@pytest.mark.parametrize("region", sorted(RESIDENTIAL))
def test_that_residential_curves_are_the_published_ones(region: str) -> None:
    share = damage_share(DEPTHS.astype(float), np.array(["residential"] * 9, object), region)
    np.testing.assert_allclose(share, RESIDENTIAL[region])


def test_that_asian_commerce_and_industry_follow_tables_3_6_and_3_11() -> None:
    for kind, curve in (
        ("commercial", [0, 0.38, 0.54, 0.66, 0.76, 0.88, 0.94, 0.98, 1]),
        ("industrial", [0, 0.28, 0.48, 0.63, 0.72, 0.86, 0.91, 0.96, 1]),
    ):
        np.testing.assert_allclose(damage_share(DEPTHS.astype(float), np.array([kind] * 9, object), "asia"), curve)


def test_that_every_curve_rises_and_ends_at_total_loss() -> None:
    for region, curves in table("flood_damage").items():
        if isinstance(curves, dict):
            for kind, curve in curves.items():
                assert np.all(np.diff(curve) >= 0), (region, kind)
                assert curve[-1] == 1.0
                assert damage_share(np.array([0.0, 50.0]), np.array([kind] * 2, object), region).tolist() == [0.0, 1.0]


def test_that_default_value_is_the_regression_of_huizinga() -> None:
    # 24.078 * 10000^0.3852 = 836.6 EUR/m2 of construction; depreciated 0.6, undamageable 0.4, contents half as much again
    assert value_per_m2("residential", 10_000) == pytest.approx(836.6 * 0.6 * 0.6 * 1.5, rel=1e-3)
    assert value_per_m2("industrial", 10_000) > value_per_m2("residential", 10_000) * 0.8


def test_that_the_loss_of_one_house_is_share_times_value() -> None:
    city = small_city(1)
    city.buildings.table["value"] = [1_000_000.0]
    model, state = flooded(city, 1.15)  # one metre above a floor of 0.15 m
    out = model.outputs(state)
    assert out["building_damage"][0] == pytest.approx(0.4941, abs=1e-4)
    assert out["building_loss"][0] == pytest.approx(494_100, rel=1e-4)
    assert model.indicators(state)["direct_loss"] == (pytest.approx(494_100, rel=1e-4), "CNY")
    assert not [n for n in state.notes if n[1] == "value-default"]


def test_that_of_a_tower_only_the_storeys_water_can_reach_are_lost() -> None:
    city = small_city(3)
    city.buildings.table["value"] = [1e6, 1e6, 1e6]
    value, _ = exposed_value(city, "asia", 2.0)
    assert value.tolist() == [1e6, 1e6, 1e5]  # 2, 2 and 20 storeys


def test_that_water_below_the_floor_does_no_damage_but_is_told() -> None:
    model, state = flooded(small_city(), 0.14)
    out = model.outputs(state)
    assert out["building_damage"].max() == 0
    assert out["building_water_depth"].tolist() == pytest.approx([0.14] * 4)
    assert model.indicators(state)["buildings_affected"][0] == 0


def test_that_the_greatest_depth_stays_when_the_water_goes() -> None:
    model, state = flooded(small_city(), 0.8)
    model.update(state, depth_inputs(0.0), 120.0)
    out = model.outputs(state)
    assert out["building_water_depth"].max() == 0
    assert out["building_water_depth_max"].tolist() == pytest.approx([0.8] * 4)
    assert model.indicators(state)["people_affected"][0] == 730


def test_that_a_maximum_between_two_steps_counts() -> None:
    model = Impact()
    inputs = depth_inputs(0.1)
    inputs["water_depth_max"] = np.full(GRID.shape, 0.9, np.float32)
    state = model.initialize(small_city(), inputs, Impact.defaults(), 0)
    assert model.outputs(state)["building_water_depth_max"].tolist() == pytest.approx([0.9] * 4)


def test_that_the_classes_of_depth_add_up_to_the_buildings_affected() -> None:
    x, _ = np.meshgrid(GRID.x, GRID.y)
    model, state = flooded(small_city(), np.where(x < 200, 0.3, 2.5))
    figures = {k: v for k, (v, _) in model.indicators(state).items()}
    assert figures["buildings_15_to_50_cm"] == 2
    assert figures["buildings_over_200_cm"] == 2
    assert sum(v for k, v in figures.items() if k.endswith("_cm")) == figures["buildings_affected"] == 4


def test_that_people_are_those_there_at_the_hour_the_water_comes() -> None:
    city = small_city(1)
    people = np.zeros((24, 1), np.float32)
    people[18], people[19] = 5, 40
    city = city.derived(people=people)
    model = Impact()
    state = model.initialize(city, depth_inputs(0.0), {**Impact.defaults(), "start_hour": 18.5}, 0)
    model.update(state, depth_inputs(0.0), 1200.0)
    model.update(state, depth_inputs(0.5), 2400.0)  # 19:10
    assert model.outputs(state)["building_people_affected"].tolist() == [40]
    model.update(state, depth_inputs(0.5), 3600 * 5.0)
    assert model.outputs(state)["building_people_affected"].tolist() == [40]


def test_that_unknown_people_come_from_the_table_and_say_so() -> None:
    city = small_city(1).derived(people=None)
    people, notes = people_by_hour(city)
    # 400 m2 x 2 storeys at 0.0334 persons per m2 (FEMA P-58: 3.1 per 1,000 ft2), all at home by night
    assert people[3, 0] == pytest.approx(26.72, abs=0.01)
    assert people[12, 0] == pytest.approx(26.72 * 0.4, abs=0.01)
    assert "FEMA P-58" in notes[0][2]
    city.buildings.table["people_day"], city.buildings.table["people_night"] = 7.0, 9.0
    people, notes = people_by_hour(city)
    assert (people[12, 0], people[3, 0], notes) == (7.0, 9.0, [])


@pytest.mark.parametrize(
    ("lon", "lat", "region"),
    [(121.5, 31.2, "asia"), (4.36, 52.0, "europe"), (-74.0, 40.7, "north-america"), (-46.6, -23.5, "south-america"), (36.8, -1.3, "africa"),
     (151.2, -33.9, "oceania"), (55.3, 25.2, "asia")],
)
def test_that_the_region_is_guessed_from_the_place_and_told(lon: float, lat: float, region: str) -> None:
    from twin.frame import utm_of

    crs = utm_of(lon, lat)
    frame = LocalFrame(f"EPSG:{crs.to_epsg()}")
    x, y = frame.from_lonlat(lon, lat)
    house = np.array([shapely.box(x, y, x + 10, y + 10), None], object)[:-1]
    city = City("here", frame, Buildings(empty_table(1), house, Mesh.empty()))
    found, notes = region_of(city)
    assert found == region
    assert notes


def test_that_water_against_the_wall_counts_though_the_house_itself_is_dry() -> None:
    """Buildings are obstacles in the flood: their own cells are NaN."""
    depth = np.full(GRID.shape, 0.4, np.float32)
    depth[20:24, 20:24] = np.nan  # the house at (100, 100) - (120, 120), exactly on cell edges
    model, state = flooded(small_city(1), depth)
    assert model.outputs(state)["building_water_depth"][0] == pytest.approx(0.4)
    assert np.isfinite(model.outputs(state)["building_loss"]).all()


def test_that_cells_beyond_half_a_cell_of_the_wall_do_not_count() -> None:
    depth = np.zeros(GRID.shape, np.float32)
    depth[20:24, 26] = 9.0  # 10 m east of the wall at x = 120
    model, state = flooded(small_city(1), depth)
    assert model.outputs(state)["building_water_depth"][0] == 0


def test_that_touched_cells_are_those_a_plain_search_finds() -> None:
    """Every cell the outline runs through for most of a cell is in; none farther than half a cell from it is."""
    rng = np.random.default_rng(4)
    x, y = rng.uniform(20, 380, (2, 100))
    shapes = shapely.buffer(shapely.points(x, y), rng.uniform(4, 30, 100), quad_segs=2)
    touch = Touch.around(shapes, GRID)
    owner = np.repeat(touch.rows, np.diff(np.append(touch.first, len(touch.cells))))
    columns, rows = np.meshgrid(np.arange(80), np.arange(80))
    cells = shapely.box(columns * 5, rows * 5, columns * 5 + 5, rows * 5 + 5).ravel()
    for i, outline in enumerate(shapely.boundary(shapes)):
        mine = set(touch.cells[owner == i])
        through = np.flatnonzero(shapely.length(shapely.intersection(cells, outline)) >= 4.5)
        near = np.flatnonzero(shapely.dwithin(cells, outline, 2.5 * 2**0.5 + 1e-6))
        assert set(through) <= mine <= set(near)


def test_that_a_city_of_twelve_thousand_buildings_is_assessed_in_milliseconds() -> None:
    n = 12_000
    k = np.arange(n)
    x, y = (k % 120) * 40.0, (k // 120) * 40.0
    t = empty_table(n)
    t["id"], t["height_m"] = [f"building/{i}" for i in range(n)], 9.6
    city = City("many", LocalFrame(None), Buildings(t, shapely.box(x, y, x + 18, y + 14), Mesh.empty(), pd.DataFrame()), region="asia")
    grid = Grid(0.0, 0.0, 10.0, 400, 480)
    inputs = Inputs({"water_depth": np.full(grid.shape, 0.5, np.float32)}, {"water_depth": grid})
    model = Impact()
    state = model.initialize(city, inputs, Impact.defaults(), 0)
    import time

    best = min(_timed(lambda: model.update(state, inputs, 60.0), time.perf_counter) for _ in range(5))
    assert best < 0.5
    assert model.indicators(state)["buildings_affected"][0] == n


def _timed(work: Any, clock: Any) -> float:
    began = clock()
    work()
    return float(clock() - began)


def test_that_a_house_within_a_block_stands_in_the_water_around_the_block() -> None:
    """Three houses in a row fill cells of their own; the middle one touches none that has water."""
    shapes = np.array([shapely.box(x, 40, x + 20, 60) for x in (20, 40, 60)] + [shapely.box(400, 40, 420, 60)], object)
    known = np.ones((60, 60), bool)
    known[2:8, 0:10] = False
    known[:, 30:] = False
    grid = Grid(0.0, 0.0, 10.0, 60, 60)
    depth = np.where(known, 0.4, np.nan).astype(np.float32)
    touch = Touch.around(shapes, grid)
    assert touch.greatest(depth).tolist() == [0.0, 0.0, 0.0, 0.0]
    reached = touch.reaching(known, 5.0)
    assert reached.greatest(depth) == pytest.approx([0.4, 0.4, 0.4, 0.0]), "the last is too far from any open ground"
    assert touch.reaching(np.zeros_like(known), 5.0) is touch


def test_that_people_and_values_that_cannot_be_are_told_and_the_run_goes_on() -> None:
    people = np.full((24, 4), 10, np.float32)
    people[5, 1], people[:, 2] = np.nan, -3
    city = small_city().derived(people=people)
    city.buildings.table["value"] = [1e6, -5.0, np.nan, np.inf]
    model, state = flooded(city, 1.15)
    said = " ".join(text for _, _, text in model.notices(state))
    assert "missing or below 0 at 2 buildings (building/1, building/2)" in said
    assert "value of 1 buildings is below 0 and counts as not known (building/1)" in said
    assert "no value for 3 of its 4 buildings" in said
    assert all(np.isfinite(v) for v, _ in model.indicators(state).values())
    assert model.outputs(state)["building_people_affected"].tolist() == [10, 10, 0, 10]
    short = small_city().derived(people=np.ones((24, 3), np.float32))
    assert "not 24 x 4; they are not used" in " ".join(text for _, _, text in people_by_hour(short)[1])
