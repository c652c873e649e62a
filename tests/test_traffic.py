"""Traffic of a city: demand from people, detours, time lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.engine_world import small_city
from tests.road_town import street_grid, town
from twin.city.city import City
from twin.city.network import Network
from twin.frame import LocalFrame
from twin.models.base import Inputs
from twin.models.service.road_links import road_links
from twin.models.service.traffic import Traffic, TrafficState
from twin.models.service.trips import gravity, hourly_cars, main_part


def inputs(city: City, factor: Any = 1.0, state: Any = 0) -> Inputs:
    n = len(city.networks["roads"].edges) if "roads" in city.networks else 0
    return Inputs({
        "road_speed_factor": np.broadcast_to(np.asarray(factor, np.float32), (n,)).copy(),
        "road_state": np.broadcast_to(np.asarray(state, np.int8), (n,)).copy(),
    })  # fmt: skip


def begun(city: City, **params: Any) -> tuple[Traffic, TrafficState]:
    model = Traffic()
    return model, model.initialize(city, inputs(city), Traffic.checked({"start_hour": 8, "gap": 1e-5, **params}), 0)


def codes(model: Traffic, state: TrafficState) -> list[str]:
    return [code for _, code, _ in model.notices(state)]


def test_that_gravity_meets_both_margins_and_falls_with_time() -> None:
    random = np.random.default_rng(1)
    leave, reach = random.uniform(10, 90, 12), random.uniform(10, 90, 12)
    time = random.uniform(60, 1800, (12, 12))
    trips = gravity(leave, reach, time, 0.1)
    assert trips.sum(1) == pytest.approx(leave, rel=1e-5)
    assert trips.sum(0) == pytest.approx(reach * leave.sum() / reach.sum(), rel=1e-5)
    # a_i b_j exp(-c t_ij): what is left of a cross ratio is the times alone (Wilson 1967)
    ratio = trips[0, 1] * trips[2, 3] / (trips[0, 3] * trips[2, 1])
    assert ratio == pytest.approx(np.exp(-0.1 * (time[0, 1] + time[2, 3] - time[0, 3] - time[2, 1]) / 60))


def test_that_gravity_sends_nobody_where_there_is_no_way() -> None:
    time = np.array([[0, 60, np.inf], [60, 0, np.inf], [np.inf, np.inf, 0]])
    trips = gravity(np.array([5.0, 5, 5]), np.array([5.0, 5, 5]), time, 0.1)
    assert trips[2, :2].sum() == 0
    assert trips[:2, 2].sum() == 0
    assert np.isfinite(trips).all()
    assert gravity(np.zeros(3), np.ones(3), time, 0.1).sum() == 0


def test_that_the_cars_of_a_day_are_those_of_all_people() -> None:
    people = np.tile([[600.0, 400.0]], (24, 1))
    cars = sum(hourly_cars(people, hour, 3.1, 0.5, 1.25)[0].sum() for hour in range(24))
    assert cars == pytest.approx(1000 * 3.1 * 0.5 / 1.25)


def test_that_the_morning_goes_to_work_and_the_evening_comes_back() -> None:
    model, state = begun(town(), start_hour=7)
    morning = state.demand(7)
    model, state = begun(town(), start_hour=17)
    evening = state.demand(17)
    west = np.asarray(state.network.nodes["x"])[state.place] < 500  # type: ignore[union-attr]
    to_east = [d[np.ix_(west, ~west)].sum() for d in (morning, evening)]
    to_west = [d[np.ix_(~west, west)].sum() for d in (morning, evening)]
    assert to_east[0] > to_west[0] * 1.5
    assert to_west[1] > to_east[1] * 1.5


def test_that_a_dry_city_loses_no_time() -> None:
    city = town()
    model, state = begun(city)
    model.update(state, inputs(city), 3600.0)
    figures = model.indicators(state)
    assert figures["car_trips"][0] > 0
    assert figures["vehicle_hours_lost"][0] == 0
    assert figures["car_trips_not_made"][0] == 0
    out = model.outputs(state)
    assert (out["road_travel_speed"] <= 36.001).all()
    assert out["road_flow"].sum() > 0
    assert "trips-synthetic" in codes(model, state)


def test_that_a_closed_street_is_empty_and_its_traffic_loses_time_elsewhere() -> None:
    city = town(people=400.0)
    model, state = begun(city)
    before = model.outputs(state)["road_flow"]
    busiest = int(before.argmax())
    shut = np.zeros(len(before), np.int8)
    shut[busiest] = 2
    model.update(state, inputs(city, 1.0, shut), 900.0)
    out, figures = model.outputs(state), model.indicators(state)
    assert out["road_flow"][busiest] == 0
    assert out["road_travel_speed"][busiest] == 0
    assert figures["mean_extra_time"][0] > 0
    assert figures["car_trips_not_possible_now"][0] == 0
    model.update(state, inputs(city, 1.0, shut), 900.0 + 1800.0)
    expected = figures["mean_extra_time"][0] / 60 * figures["car_trips"][0] * 0.5
    assert model.indicators(state)["vehicle_hours_lost"][0] == pytest.approx(expected)


def test_that_slow_streets_cost_time_in_proportion() -> None:
    city = town(people=1.0)  # so few that nobody waits for anybody
    model, state = begun(city)
    usual = state.usual[8]
    model.update(state, inputs(city, 0.5), 900.0)
    demand = state.demand(8).copy()
    np.fill_diagonal(demand, 0)
    goes = demand > 0
    mean = (usual.cost[goes] * demand[goes]).sum() / demand.sum() / 60
    assert model.indicators(state)["mean_extra_time"][0] == pytest.approx(mean, rel=1e-3)


def test_that_trips_of_a_part_cut_off_are_counted() -> None:
    city = town()
    model, state = begun(city)
    e = city.networks["roads"].edges
    corner = ((e["start"] == 0) | (e["end"] == 0)).to_numpy()
    model.update(state, inputs(city, np.where(corner, 0.0, 1.0)), 900.0)
    demand = state.demand(8)
    zone = int(np.flatnonzero(state.place == 0)[0])
    cut = demand[zone].sum() + demand[:, zone].sum() - 2 * demand[zone, zone]
    assert model.indicators(state)["car_trips_not_possible_now"][0] == pytest.approx(cut)
    model.update(state, inputs(city, np.where(corner, 0.0, 1.0)), 1800.0)
    assert model.indicators(state)["car_trips_not_made"][0] == pytest.approx(cut / 4)


def test_that_trips_that_take_far_too_long_are_given_up_and_the_rest_is_late_by_less() -> None:
    city = town(people=8000.0)
    model, state = begun(city, patience=600, gap=1e-3)
    e = city.networks["roads"].edges
    x = city.networks["roads"].nodes["x"].to_numpy()
    crossing = np.flatnonzero((x[e["start"]] < 500) != (x[e["end"]] < 500))
    shut = np.zeros(len(e), np.int8)
    shut[crossing[1:]] = 2  # one street of six is left between west and east
    model.update(state, inputs(city, 1.0, shut), 900.0)
    figures = model.indicators(state)
    assert figures["car_trips_given_up_now"][0] > 0
    assert figures["car_trips_not_possible_now"][0] == 0
    assert 0 < figures["mean_extra_time"][0] <= 10.1
    model.update(state, inputs(city, 1.0, shut), 900.0 + 3600.0)
    assert model.indicators(state)["car_trips_not_made"][0] == pytest.approx(figures["car_trips_given_up_now"][0])


def test_that_more_cars_than_the_roads_can_carry_on_any_day_are_told() -> None:
    model, state = begun(town(people=40_000.0), patience=600, gap=1e-3)
    assert "too-many-cars" in codes(model, state)
    assert model.indicators(state)["mean_extra_time"][0] == 0


def test_that_routes_are_chosen_anew_only_after_some_time_and_when_roads_change() -> None:
    city = town()
    model, state = begun(city, every=600)
    model.update(state, inputs(city, 0.5), 60.0)
    assert state.assigned_s == 0.0, "drivers do not know yet"
    model.update(state, inputs(city, 0.5), 660.0)
    assert state.assigned_s == 660.0
    model.update(state, inputs(city, 0.501), 2000.0)
    assert state.assigned_s == 660.0, "a thousandth is no news"
    model.update(state, inputs(city, 0.5), 3700.0)
    assert state.hour == 9


def test_that_zones_are_bounded_and_hold_everybody() -> None:
    city = town(12)
    model, state = begun(city, zones=20)
    assert 2 <= len(state.place) <= 20
    assert len(np.unique(state.place)) == len(state.place)
    total = 144 * 65.0 * 3.1 * 0.3 / 1.5
    cars = [state.demand(h).sum() for h in range(24)]
    assert sum(cars) == pytest.approx(total, rel=1e-3)


def test_that_a_table_of_trips_and_stated_capacities_are_used() -> None:
    roads = street_grid(2, capacity_vph=[100.0, 200.0, 300.0, 400.0], free_flow_s=60.0, bpr_b=1.0, bpr_power=2.0, toll=0.0)
    demand = pd.DataFrame({"from": [0, 1, 0, 9], "to": [3, 2, 2, 0], "trips": [50.0, 20.0, 5.0, 7.0]})
    city = town(2, roads=replace(roads, tables={"demand": demand}))
    model, state = begun(city)
    assert "trips-synthetic" not in codes(model, state)
    assert {"trips-from-table", "trips-unusable"} <= set(codes(model, state))
    assert "capacity-default" not in codes(model, state)
    assert state.demand(8).sum() == 75.0, "the busiest hour carries the table"
    assert state.demand(3).sum() < 10
    assert model.indicators(state)["car_trips"][0] == 75.0


def test_that_islands_are_told_and_trips_stay_on_the_largest_part() -> None:
    grid = street_grid(4)
    e = grid.edges
    keep = ~((e["start"] % 4 == 2) & (e["end"] % 4 == 3)).to_numpy()  # the eastern column hangs by no road
    cut = Network("roads", grid.nodes, e[keep].reset_index(drop=True), grid.geometry[keep])
    model, state = begun(town(4, roads=cut))
    assert "road-islands" in codes(model, state)
    assert model.indicators(state)["car_trips_not_possible_now"][0] == 0
    part, _ = main_part(cut, road_links(cut))
    assert part.sum() == 12
    assert part[state.place].all()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"length_m": np.nan}, "length-missing"), ({"speed_kmh": 0.0}, "speed-missing"), ({"length_m": -5.0}, "length-missing"),
        ({"lanes": np.nan}, "capacity-default"),
    ],
)  # fmt: skip
def test_that_what_is_missing_is_filled_in_and_said(columns: dict[str, Any], code: str) -> None:
    model, state = begun(town(roads=street_grid(6, **columns)))
    assert code in codes(model, state)
    out = model.outputs(state)
    assert all(np.isfinite(v).all() for v in out.values())
    assert out["road_flow"].sum() > 0


def test_that_loops_and_roads_of_no_length_do_no_harm() -> None:
    grid = street_grid(3)
    e = grid.edges.copy()
    e.loc[0, "end"] = e.loc[0, "start"]
    e.loc[1, "length_m"] = 0.0
    model, state = begun(town(3, roads=Network("roads", grid.nodes, e, grid.geometry)))
    assert "road-loops" in codes(model, state)
    out = model.outputs(state)
    assert out["road_flow"][0] == 0
    assert all(np.isfinite(v).all() for v in out.values())


def test_that_foot_paths_carry_no_cars() -> None:
    kinds = np.where(np.arange(60) == 7, "footway", "residential")
    model, state = begun(town(roads=street_grid(6, **{"class": kinds})))
    assert model.outputs(state)["road_flow"][7] == 0


@pytest.mark.parametrize(
    ("city", "code"),
    [
        (City("Nowhere", LocalFrame(None)), "no-roads"), (town(people=0.0), "no-people"), (small_city(0), "no-people"),
        (town(roads=street_grid(6, **{"class": "footway"})), "no-ways"), (small_city(1), "one-zone"),
    ],
    ids=["no roads", "nobody", "no buildings", "no cars", "one building"],
)  # fmt: skip
def test_that_a_city_without_traffic_says_why(city: City, code: str) -> None:
    model, state = begun(city)
    model.update(state, inputs(city, 0.5), 900.0)
    assert code in codes(model, state)
    assert model.indicators(state) == {}
    assert all((v == 0).all() for k, v in model.outputs(state).items() if k != "road_travel_speed")
