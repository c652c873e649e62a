"""Deaths, injuries, collapse, people who leave, groups, districts: numbers of the sources, and the impact model that uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.stats import norm

from tests.engine_world import small_city
from twin.city.city import City
from twin.city.features import Features
from twin.city.terrain import Grid
from twin.models.base import Inputs
from twin.models.districts import FEWEST, district_table, districts_of
from twin.models.exposure import table
from twin.models.impact import Impact, ImpactState
from twin.models.people import (
    DESTROYED,
    PARTLY,
    STANDS,
    Exposed,
    Rise,
    closed_days,
    collapse,
    earned_per_day,
    hazard_rating,
    hurt,
    mortality,
)
from twin.models.people_groups import figures_by_group, groups_of

GRID = Grid(0.0, 0.0, 5.0, 80, 80)


def inputs(depth: Any, speed: Any = None, **more: Any) -> Inputs:
    grid = np.broadcast_to(np.asarray(depth, np.float32), GRID.shape).copy()
    values, grids = {"water_depth": grid, **more}, {"water_depth": GRID}
    if speed is not None:
        values["water_speed"] = np.broadcast_to(np.asarray(speed, np.float32), GRID.shape).copy()
        grids["water_speed"] = GRID
    return Inputs(values, grids)


def flooded(city: City, depth: Any, speed: Any = None, at_s: float = 3600.0, **params: Any) -> tuple[Impact, ImpactState]:
    model = Impact()
    state = model.initialize(city, inputs(0.0, 0.0 if speed is not None else None), {**Impact.defaults(), **params}, 0)
    model.update(state, inputs(depth, speed), at_s)
    return model, state


def with_fields(city: City, **columns: Any) -> City:
    return city.derived(buildings=city.buildings.derived(attributes=pd.DataFrame(columns)))


def water(depth: float, rise: float = 0.0, speed: float = 0.0) -> Exposed:
    return Exposed(*(np.array([v]) for v in (depth, rise, speed, depth * speed)))


# Jonkman et al. 2008, doi:10.1007/s11069-008-9227-5: mu, sigma by zone


@pytest.mark.parametrize(
    ("depth", "rise", "speed", "share"),
    [
        (3.0, 0.5, 0.0, norm.cdf((np.log(3.0) - 1.46) / 0.28)),  # rising quickly
        (np.exp(1.46), 2.0, 0.0, 0.5),
        (3.0, 0.49, 0.0, norm.cdf((np.log(3.0) - 7.60) / 2.75)),  # rising slowly
        (2.0, 9.0, 0.0, norm.cdf((np.log(2.0) - 7.60) / 2.75)),  # quickly, but not deep
        (3.5, 0.0, 2.0, 1.0),  # breach: d v = 7 m2/s
        (8.0, 0.0, 1.9, norm.cdf((np.log(8.0) - 7.60) / 2.75)),  # slower than 2 m/s
        (0.0, 5.0, 5.0, 0.0),
    ],
)  # fmt: skip
def test_that_mortality_is_that_of_its_zone(depth: float, rise: float, speed: float, share: float) -> None:
    assert mortality(water(depth, rise, speed))[0] == pytest.approx(share, rel=1e-9)


def test_that_mortality_rises_with_depth_in_each_zone() -> None:
    depth = np.linspace(0.1, 2.0, 40)
    slow = mortality(Exposed(depth, np.zeros(40), np.zeros(40), np.zeros(40)))
    deep = mortality(Exposed(depth + 2.1, np.full(40, 1.0), np.zeros(40), np.zeros(40)))
    assert (np.diff(slow) > 0).all()
    assert (np.diff(deep) > 0).all()
    assert slow.max() < 0.01 < deep.max()


def test_that_the_rise_is_taken_over_the_first_metre_and_a_half() -> None:
    rise = Rise(2)
    for minute, depth in ((0, [0, 0]), (30, [0.75, 0.0]), (60, [1.5, 1.0]), (90, [2.2, 1.2])):
        rise.read(np.array(depth, np.float32), minute * 60.0)
    # first: 1.5 m in one hour less the moment of its first 2 cm (0.8 min); second: never 1.5 m deep
    assert rise.m_h == pytest.approx([1.5 / (59.2 / 60), 0.0], rel=1e-3)


def test_that_injuries_and_deaths_follow_fd2321() -> None:
    # 25 people, HR 2, AV 7, PV 20 %: injured = 2 x 25 x 14/100 x 0.2 = 1.4, dead = 2 x 1.4 x 2/100 = 0.056
    injured, dead = hurt(np.array([25.0]), np.array([2.0]), 7.0, 0.2)
    assert (injured[0], dead[0]) == pytest.approx((1.4, 0.056))
    injured, dead = hurt(np.array([10.0]), np.array([90.0]), 9.0, 1.0)
    assert (injured[0], dead[0]) == (10.0, 10.0), "never more than there are"
    # d (v + 0.5) + DF: 0.25 m still .125; 1 m at 1 m/s 1.5 + 1
    assert hazard_rating([0.25, 1.0, 0.2, 0.0], [0.0, 1.0, 2.1, 9.0]).tolist() == pytest.approx([0.125, 2.5, 1.52, 0.0])


def test_that_masonry_falls_from_three_and_seven_square_metres_a_second() -> None:
    # Clausen and Clark 1990: v >= 2 m/s, d v >= 3 partial, >= 7 total
    speed, thrust = np.array([2.0, 2.0, 1.9, 3.0, 3.0]), np.array([2.9, 3.0, 9.0, 6.9, 7.0])
    assert collapse(speed, thrust).tolist() == [STANDS, PARTLY, STANDS, PARTLY, DESTROYED]


def test_that_shops_close_as_long_as_hazus_says() -> None:
    # COM1: 360 to 540 days up to 4 ft, 450 to 630 up to 8 ft; IND1 30 to 210 at any depth
    uses = np.array(["commercial", "commercial", "industrial", "commercial"], object)
    least, most = closed_days(np.array([0.5, 2.0, 2.0, 0.0]), uses)
    assert least.tolist() == [360, 450, 30, 0]
    assert most.tolist() == [540, 630, 210, 0]
    # 1,000 m2 of shops, 0.0431 workers a m2, 13 % not made up for elsewhere, 36,500 a head: 2 x 100 a day each
    assert earned_per_day(np.array([1000.0]), np.array(["commercial"], object), 36_500)[0] == pytest.approx(1000 * 0.0431 * 0.13 * 200)
    assert earned_per_day(np.array([1000.0]), np.array(["residential"], object), 36_500)[0] == 0


def test_that_every_table_of_people_names_its_source() -> None:
    for name, part in table("flood_people").items():
        assert part["source"], name
    for name in ("damage_states", "vehicles"):
        assert table(name)["source"]


# the impact model


def test_that_the_loss_has_a_range_and_the_building_a_state() -> None:
    city = small_city(1)
    city.buildings.table["value"] = [1_000_000.0]
    model, state = flooded(city, 1.15)
    out, figures = model.outputs(state), model.indicators(state)
    assert out["building_loss_low"][0] == pytest.approx(247_050, rel=1e-4)
    assert out["building_loss_high"][0] == pytest.approx(988_200, rel=1e-4)
    assert figures["direct_loss_low"][0] < figures["direct_loss"][0] < figures["direct_loss_high"][0] <= 1_000_000
    assert out["building_damage_state"][0] == 3, "half lost is extensive"
    assert figures["buildings_extensive"] == (1.0, "buildings")


def test_that_a_stream_destroys_what_the_depth_alone_would_not() -> None:
    city = small_city(2)
    city.buildings.table["value"] = 1e6
    _, calm = flooded(city, 1.0, 0.5)
    model, torn = flooded(city, 2.0, 3.6)  # 7.2 m2/s
    assert calm.fallen.tolist() == [STANDS, STANDS]
    assert torn.fallen.tolist() == [DESTROYED, DESTROYED]
    assert model.outputs(torn)["building_loss"].tolist() == [1e6, 1e6]
    assert model.outputs(torn)["building_damage_state"].tolist() == [4, 4]
    assert model.indicators(torn)["fatalities"][0] == 210, "nobody in a destroyed house lives"
    assert flooded(city, 2.0, 3.6, collapse=False)[1].fallen.tolist() == [0, 0]


def test_that_the_force_is_that_of_one_moment_not_of_two_maxima() -> None:
    model = Impact()
    state = model.initialize(small_city(1), inputs(0.0, 0.0), Impact.defaults(), 0)
    model.update(state, inputs(3.0, 0.1), 60.0)
    model.update(state, inputs(0.2, 4.0), 120.0)
    assert state.thrust_max[0] == pytest.approx(0.8)
    assert state.fallen[0] == STANDS


def test_that_without_a_speed_it_says_so_and_counts_depth_alone() -> None:
    model, state = flooded(small_city(), 3.0)
    assert "no-speed" in [n[1] for n in model.notices(state)]
    assert "buildings_destroyed" not in model.indicators(state)
    assert model.outputs(state)["building_collapse"].tolist() == [0, 0, 0, 0]


def test_that_deaths_depend_on_the_hour() -> None:
    people = np.zeros((24, 4), np.float32)
    people[8:18, 2], people[18:, 0], people[:8, 0] = 900, 100, 100
    people[8:18, 3] = 50
    city = small_city().derived(people=people)
    model, state = flooded(city, 2.5, start_hour=12.0)  # 2.5 m within the hour: rising quickly
    figures, share = model.indicators(state), norm.cdf((np.log(2.5) - 1.46) / 0.28)
    assert state.rise.m_h[0] > 0.5
    assert figures["fatalities_by_night"][0] == pytest.approx(100 * share)
    # the tower has 20 storeys: those in it go up; the depot has two
    assert figures["fatalities_by_day"][0] == pytest.approx(50 * share)
    assert figures["fatalities"] == figures["fatalities_by_day"]
    assert "fatalities" not in model.indicators(flooded(city, 2.5, casualties="none")[1])
    assert model.indicators(flooded(city, 2.5, casualties="fd2321", start_hour=12.0)[1])["injured"][0] > 0


def test_that_residents_leave_flooded_homes_and_some_need_a_bed() -> None:
    model, state = flooded(small_city(), 0.5)
    out, figures = model.outputs(state), model.indicators(state)
    assert out["people_displaced"].tolist() == [10, 0, 0, 0], "only the mill is a home"
    assert figures["people_seeking_shelter"][0] == pytest.approx(2.9)  # Hazus: .29 where no income is known
    assert model.indicators(flooded(small_city(), 0.2)[1])["people_displaced"][0] == 0


def test_that_homes_without_power_for_a_day_are_left() -> None:
    model = Impact()
    dark = np.array([0.0, 1, 1, 1], np.float32)
    state = model.initialize(small_city(), inputs(0.0, building_power=dark), Impact.defaults(), 0)
    for hour in range(1, 24):
        model.update(state, inputs(0.0, building_power=dark), hour * 3600.0)
    assert model.outputs(state)["people_displaced"].sum() == 0
    model.update(state, inputs(0.0, building_power=dark), 24 * 3600.0)
    assert model.outputs(state)["people_displaced"].tolist() == [10, 0, 0, 0]


def test_that_a_dry_city_loses_and_displaces_nothing() -> None:
    model, state = flooded(small_city(), 0.0, 0.0)
    figures = {k: v for k, (v, _) in model.indicators(state).items()}
    assert all(v == 0 for v in figures.values()), figures


def test_that_own_functions_are_used_and_the_rest_takes_the_continents(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id,intensity,ratio\nresidential,0,0\nresidential,1,0.9\n")
    city = small_city()
    city.buildings.table["value"] = 1e6
    model, state = flooded(city, 0.65, functions=str(path))
    damage = model.outputs(state)["building_damage"]
    assert damage[0] == pytest.approx(0.45)
    assert damage[3] == pytest.approx(0.28)  # JRC Asia, industrial at 0.5 m
    assert "has no function for 3 of 4 buildings" in " ".join(n[2] for n in model.notices(state))


def test_that_functions_that_cannot_be_used_are_told_and_the_run_goes_on(tmp_path: Path) -> None:
    model, state = flooded(small_city(), 1.15, functions=str(tmp_path / "gone.csv"))
    assert ("error", "functions-unusable") in [n[:2] for n in model.notices(state)]
    assert model.outputs(state)["building_damage"][0] == pytest.approx(0.4941, abs=1e-4)


def test_that_a_folder_of_hazus_tables_is_used_with_cellars_where_they_are_known(data: Path) -> None:
    folder = str(data / "hazus_fast" / "Lookuptables")
    model, state = flooded(with_fields(small_city(), basement=["yes", "no", "no", "no"]), 0.15 + 0.3048, functions=folder)
    # RES1, two storeys with a cellar: function 108; 1 ft above the floor
    assert model.outputs(state)["building_damage"][0] == pytest.approx(state.curves.damage(np.array([state.rows[0]]), [0.3048]).mean[0])
    assert state.curves.ids[state.rows[0]] == "108"
    assert "no-basement" not in [n[1] for n in model.notices(state)]


# groups and districts


def test_that_groups_are_counted_where_they_are_known_and_never_a_few() -> None:
    city = with_fields(small_city(), age_65_share=[0.5, 0.01, 0.2, np.nan], income=[10.0, 20.0, 30.0, np.nan])
    model, state = flooded(city, 0.5)
    figures = model.indicators(state)
    assert figures["people_affected_over_65"][0] == pytest.approx(10 * 0.5 + 200 * 0.01 + 500 * 0.2)
    groups, notes = groups_of(city, np.array([10.0, 10, 10, 10]))
    assert {g.name for g in groups} == {"over_65", "low_income", "middle_income", "high_income"}
    few = figures_by_group(groups, np.array([18.0, 0, 0, 0]), "people_affected")
    assert set(few) == {"people_affected_low_income"}, "nine people over 65 could be somebody"
    assert "75%" in notes[0][2]
    assert "people_affected_over_65" not in model.indicators(flooded(small_city(), 0.5)[1])


def test_that_income_decides_who_needs_a_bed() -> None:
    # Hazus: low .62, high .13
    for income, share in ((5.0, 0.62), (50.0, 0.13)):
        people = np.tile(np.array([30, 30, 30, 0], np.float32), (24, 1))
        city = small_city().derived(people=people)
        city.buildings.table["use"] = "residential"
        city = with_fields(city, income=[income, 10.0 if income == 50 else 20.0, 40.0 if income == 50 else 60.0, np.nan])
        model, state = flooded(city, 0.5)
        assert model.outputs(state)["people_seeking_shelter"][0] == pytest.approx(30 * share)


def test_that_per_cent_is_understood_and_nonsense_left_out() -> None:
    groups, notes = groups_of(with_fields(small_city(), age_65_share=[20.0, 30.0, -5.0, 400.0]), np.ones(4))
    np.testing.assert_allclose(groups[0].share, [0.2, 0.3, np.nan, np.nan])
    assert {"group-per-cent", "group-range"} <= {n[1] for n in notes}


def zones(**more: Any) -> Features:
    frame = pd.DataFrame({"id": ["zone/w", "zone/e"], "name": ["West", "East"], "kind": "zone", **more})
    return Features("zones", frame, np.array([shapely.box(0, 0, 200, 400), shapely.box(200, 0, 400, 400)], object))


def test_that_zones_get_sums_and_hand_their_ages_down() -> None:
    city = small_city().derived(layers={"zones": zones(share_65=[0.5, 0.1])})
    model, state = flooded(city, 0.5)
    out = model.outputs(state)
    assert out["zone_people_affected"].tolist() == [210, 520]
    assert out["zone_loss"].sum() == pytest.approx(out["building_loss"].sum(), rel=1e-6)
    assert out["zone_people_displaced"].tolist() == [10, 0]
    assert model.indicators(state)["people_affected_over_65"][0] == pytest.approx(210 * 0.5 + 520 * 0.1)


def test_that_districts_come_from_zones_land_use_or_the_nearest_name() -> None:
    city = small_city()
    landuse = zones().table.assign(district=["Mill Quarter", None])
    assert districts_of(city.derived(layers={"zones": zones()})).names == ("West", "East")
    by_use = districts_of(city.derived(layers={"landuse": Features("landuse", landuse, zones().geometry)}))
    assert (by_use.names, by_use.of_building.tolist()) == (("Mill Quarter",), [0, 0, -1, -1])
    names = pd.DataFrame({"id": ["place/a", "place/b"], "name": ["Old Town", "Harbour"], "kind": "district"})
    points = np.array([shapely.Point(100, 100), shapely.Point(310, 290)], object)
    found = districts_of(city.derived(layers={"places": Features("places", names, points)}))
    assert found.of_building.tolist() == [0, 0, 1, 1]
    made = district_table(found, {"people": np.array([3.0, 4.0, 500.0, 1.0]), "loss": np.arange(4.0)}, people=("people",))
    assert np.isnan(made["people"][0]), f"fewer than {FEWEST:g} are not told"
    assert made["loss"].tolist() == [1, 5]
    assert districts_of(city.derived(layers={})).names == ()
