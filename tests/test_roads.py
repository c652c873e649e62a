"""Depth on roads, safe speed, closures, reach of hospitals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.engine_world import small_city
from twin.city.city import City
from twin.city.network import Network
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.models.base import Change, Inputs
from twin.models.exposure import table
from twin.models.service.roads import IMPASSABLE, OPEN, SLOWED, VEHICLES, Roads, RoadState, safe_speed_kmh

GRID = Grid(0.0, 0.0, 5.0, 80, 80)
WEST, EAST, SOUTH, NORTH = range(4)


def inputs(depth: Any, speed: Any = None, failed: Any = None) -> Inputs:
    values = {"water_depth": np.broadcast_to(np.asarray(depth, np.float32), GRID.shape).copy()}
    if speed is not None:
        values["water_speed"] = np.broadcast_to(np.asarray(speed, np.float32), GRID.shape).copy()
    if failed is not None:
        values["road_failed"] = np.asarray(failed, np.int8)
    return Inputs(values, dict.fromkeys(values.keys() - {"road_failed"}, GRID))


def wet(
    depth: Any, city: City | None = None, speed: Any = None, failed: Any = None, **params: Any
) -> tuple[Roads, RoadState]:  # fmt: skip
    model = Roads()
    state = model.initialize(city or small_city(), inputs(0.0), {**Roads.defaults(), **params}, 0)
    model.update(state, inputs(depth, speed, failed), 60.0)
    return model, state


def west_wet(depth: float) -> np.ndarray:
    x, _ = np.meshgrid(GRID.x, GRID.y)
    return np.where(x < 100, depth, 0.0)


def with_edges(city: City, **columns: Any) -> City:
    roads = city.networks["roads"]
    return city.derived(networks={"roads": Network("roads", roads.nodes, roads.edges.assign(**columns), roads.geometry)})


@pytest.mark.parametrize(("depth_m", "kmh"), [(0.0, 86.9448), (0.1, 40.6548), (0.15, 24.2598), (0.2, 12.3648), (0.3, 2.0748)])
def test_that_safe_speed_follows_pregnolato(depth_m: float, kmh: float) -> None:
    # v = 0.0009 w^2 - 0.5529 w + 86.9448, w in mm (Pregnolato et al. 2017)
    assert safe_speed_kmh(np.array([depth_m]))[0] == pytest.approx(kmh, abs=1e-3)


def test_that_a_dry_road_is_free_and_thirty_centimetres_close_it() -> None:
    model, state = wet(west_wet(0.3))
    out = model.outputs(state)
    assert out["road_state"].tolist() == [IMPASSABLE, OPEN, OPEN, OPEN]
    assert out["road_speed_factor"].tolist() == [0, 1, 1, 1]
    assert out["road_water_depth"][WEST] == pytest.approx(0.3)
    assert model.indicators(state)["roads_impassable"] == (pytest.approx(0.2), "km")


def test_that_shallow_water_slows_to_the_safe_share_of_the_limit() -> None:
    model, state = wet(west_wet(0.15))
    out = model.outputs(state)
    assert out["road_speed_factor"][WEST] == pytest.approx(24.2598 / 50, abs=1e-4)
    assert out["road_state"][WEST] == SLOWED


def test_that_one_wet_spot_anywhere_along_a_road_counts() -> None:
    depth = np.zeros(GRID.shape)
    depth[:, 13] = 0.5
    assert wet(depth)[1].depth.tolist() == pytest.approx([0.5, 0, 0, 0])


def test_that_bridges_stay_dry_and_tunnels_fill_at_their_portals() -> None:
    assert wet(1.0)[1].depth.tolist() == [1.0, 1.0, 0.0, 1.0]  # south is a bridge
    middle = np.zeros(GRID.shape)
    middle[:, 15:25] = 1.0
    tunnel = with_edges(small_city(), tunnel=[True, False, False, False])
    assert wet(middle, tunnel)[1].depth[WEST] == 0
    assert wet(west_wet(1.0), tunnel)[1].depth[WEST] == 1.0


def test_that_the_worst_state_is_remembered_when_the_road_dries() -> None:
    model, state = wet(west_wet(0.6))
    model.update(state, inputs(0.0), 120.0)
    out = model.outputs(state)
    assert out["road_state"][WEST] == OPEN
    assert out["road_state_max"][WEST] == IMPASSABLE
    assert model.indicators(state)["roads_impassable_worst"][0] == pytest.approx(0.2)


def test_that_people_behind_water_are_cut_off_from_the_only_hospital() -> None:
    """The hospital is at the east end. Houses 0 and 1 are nearest to the south, north or centre node."""
    model, state = wet(0.0)
    assert model.indicators(state)["people_cut_off_hospital"] == (0.0, "persons")
    x, _ = np.meshgrid(GRID.x, GRID.y)
    model.update(state, inputs(np.where((x > 250) & (x < 300), 1.0, 0.0)), 120.0)
    home = state.home
    behind = home != 2
    assert model.indicators(state)["people_cut_off_hospital"][0] == pytest.approx(float(state.people[18][behind].sum()))
    assert behind.any()


def test_that_who_never_had_a_way_is_not_counted_as_cut_off() -> None:
    city = with_edges(small_city(), oneway=[False, True, False, False])
    roads = city.networks["roads"]
    flipped = roads.edges.assign(start=[0, 2, 3, 1], end=[1, 1, 1, 4])  # east runs away from the hospital only
    city = city.derived(networks={"roads": Network("roads", roads.nodes, flipped, roads.geometry)})
    model, state = wet(west_wet(1.0), city)
    assert model.indicators(state)["people_cut_off_hospital"][0] == 0


def test_that_foot_paths_are_not_for_cars() -> None:
    city = with_edges(small_city(), **{"class": ["residential", "footway", "residential", "residential"]})
    model, state = wet(1.0, city)
    assert model.indicators(state)["roads_impassable"][0] == pytest.approx(0.4)  # west and north; east is a path, south a bridge


def test_that_a_closure_before_or_during_the_run_closes_the_road() -> None:
    model, state = wet(0.0)
    model.apply(state, Change(60.0, "close_road", ("road/north",)))
    model.update(state, inputs(0.0), 120.0)
    assert model.outputs(state)["road_state"].tolist() == [0, 0, 0, IMPASSABLE]
    model.apply(state, Change(120.0, "open_road", (), shapely.box(150, 250, 250, 350)))
    model.update(state, inputs(0.0), 180.0)
    assert model.outputs(state)["road_state"].tolist() == [0, 0, 0, 0]
    with pytest.raises(ScenarioError, match="no road 'road/moon'"):
        model.apply(state, Change(180.0, "close_road", ("road/moon",)))


def test_that_a_city_without_roads_says_so() -> None:
    model, state = wet(1.0, small_city().derived(networks={}))
    assert all(len(a) == 0 for a in model.outputs(state).values())
    assert "no-roads" in [n[1] for n in model.notices(state)]
    assert model.indicators(state) == {}, "no figure where nothing is said"


def test_that_missing_speeds_count_as_a_street() -> None:
    city = with_edges(small_city(), speed_kmh=pd.Series([np.nan, 0.0, 50.0, 30.0]))
    assert wet(0.0, city)[1].speed.tolist() == [50, 50, 50, 30]


# Shand et al. 2011, Australian Rainfall and Runoff, project 10: still water depth and depth times speed by vehicle
@pytest.mark.parametrize(
    ("vehicle", "depth", "thrust"), [("small_car", 0.3, 0.3), ("large_car", 0.4, 0.45), ("four_wheel_drive", 0.5, 0.6)]
)
def test_that_each_vehicle_stands_what_the_criteria_say(vehicle: str, depth: float, thrust: float) -> None:
    def state(d: float, v: float) -> int:
        return int(wet(west_wet(d), speed=v, vehicle=vehicle)[1].state[WEST])

    assert state(depth + 0.001, 0.0) == IMPASSABLE
    assert state(depth - 0.001, 0.0) != IMPASSABLE
    half = depth / 2
    assert state(half, thrust / half + 0.01) == IMPASSABLE
    assert state(half, thrust / half - 0.01) != IMPASSABLE
    assert state(0.06, 3.01) == IMPASSABLE, "nothing stands faster water than 3 m/s"
    assert state(0.04, 3.5) != IMPASSABLE, "a film moves no car"


def test_that_the_greatest_depth_at_high_speed_is_the_published_one() -> None:
    # 0.10, 0.15 and 0.20 m at 3 m/s (Shand et al. 2011): depth times speed gives them
    t = table("vehicles")
    for vehicle in VEHICLES:
        assert t[vehicle]["thrust_m2_s"] / t[vehicle]["speed_m_s"] == pytest.approx(t[vehicle]["fast_m"])


def test_that_force_is_taken_where_it_is_and_bridges_feel_none() -> None:
    x, _ = np.meshgrid(GRID.x, GRID.y)
    deep_and_still, shallow_and_fast = np.where(x < 50, 0.25, 0.1), np.where(x < 50, 0.0, 2.0)
    _, state = wet(deep_and_still, speed=shallow_and_fast)
    assert state.state.tolist() == [SLOWED, OPEN, OPEN, OPEN], "0.25 m and 2 m/s never meet"
    assert wet(0.2, speed=2.0)[1].state.tolist() == [IMPASSABLE, IMPASSABLE, OPEN, IMPASSABLE]


def test_that_fire_engines_wade_deeper_but_are_swept_away_too() -> None:
    model, state = wet(0.45)
    assert model.outputs(state)["road_state"].tolist() == [IMPASSABLE, IMPASSABLE, OPEN, IMPASSABLE]
    assert model.outputs(state)["road_state_emergency"].tolist() == [SLOWED, SLOWED, OPEN, SLOWED]
    assert model.indicators(state)["roads_impassable_emergency"] == (0.0, "km")
    assert wet(0.45, emergency_m=0.4)[1].emergency[WEST] == IMPASSABLE
    assert wet(0.45, speed=1.5)[1].emergency[WEST] == IMPASSABLE  # 0.675 m2/s


def test_that_failed_roads_stop_everybody_until_they_are_cleared() -> None:
    model, state = wet(0.0, failed=[0, 1, 0, 0])
    assert state.state.tolist() == [OPEN, IMPASSABLE, OPEN, OPEN]
    assert state.emergency.tolist() == [OPEN, IMPASSABLE, OPEN, OPEN]
    assert model.indicators(state)["people_cut_off_hospital"][0] > 0
    model.update(state, inputs(0.0, failed=[0, 0, 0, 0]), 120.0)
    assert state.state.tolist() == [OPEN] * 4
    assert state.worst.tolist() == [OPEN, IMPASSABLE, OPEN, OPEN]


def test_that_debris_closes_roads_from_the_rating_that_endangers_most_people() -> None:
    # d (v + 0.5) + 1 >= 1.25 (FD2321): 0.26 m at 0.5 m/s is 1.26
    assert wet(0.26, speed=0.5)[1].state[WEST] == SLOWED
    assert wet(0.26, speed=0.5, debris=True)[1].state[WEST] == IMPASSABLE
    assert wet(0.2, speed=0.5, debris=True)[1].state[WEST] == SLOWED, "no debris below 0.25 m"


def test_that_a_main_road_is_told_of_once_when_it_is_cut_and_once_when_all_of_it_is_open() -> None:
    main = with_edges(small_city(), **{"class": ["primary", "primary", "residential", "primary"]}, name=["Quay", "Quay", "Lane", ""])
    model, state = wet(west_wet(0.4), main)
    model.update(state, inputs(0.5), 120.0)  # now both of its edges, and the lane
    model.update(state, inputs(west_wet(0.4)), 180.0)
    model.update(state, inputs(0.0), 240.0)
    roads = main.networks["roads"].edges["id"].tolist()
    told = [(h.at_s, h.object, h.what) for h in model.happenings(state)]
    assert told == [(60.0, roads[WEST], "road-flooded"), (240.0, roads[WEST], "road-open")]
    assert model.happenings(state)[0].values["depth_m"] == pytest.approx(0.4)
    again = model.restore(model.save(state), main, inputs(0.0))
    assert model.happenings(again) == model.happenings(state)


def test_that_a_failed_main_road_is_said_to_be_closed_though_it_is_dry() -> None:
    main = with_edges(small_city(), **{"class": "trunk"}, name=["Quay", "", "", ""])
    model, state = wet(0.0, main, failed=[1, 0, 0, 0])
    assert [h.what for h in model.happenings(state)] == ["road-closed"]
