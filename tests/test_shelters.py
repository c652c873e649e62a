"""Shelters: least cost against brute force, the sharing out over roads as they are, and the worker that computes it."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray

from tests.engine_world import small_city
from twin.city.city import City
from twin.city.features import Features
from twin.city.terrain import Grid
from twin.models.base import Cancelled, Inputs
from twin.models.service import shelters_flow
from twin.models.service.shelters import Shelters, ShelterState
from twin.models.service.shelters_flow import is_best, least_cost, placed
from twin.models.service.shelters_places import origins, whole

GRID = Grid(0.0, 0.0, 5.0, 80, 80)
Ints = NDArray[np.int64]


def best_by_trying(demand: Ints, capacity: Ints, cost: Ints) -> tuple[int, int]:
    """People left out and seconds walked of the best sharing out of all there are."""
    per_origin = []
    for d, row in zip(demand.tolist(), cost.tolist()):
        ways = product(*(range(d + 1) if c >= 0 else range(1) for c in row))
        per_origin.append([w for w in ways if sum(w) <= d])
    best = (10**9, 10**9)
    for choice in product(*per_origin):
        flow = np.array(choice)
        if (flow.sum(0) <= capacity).all():
            best = min(best, (int(demand.sum() - flow.sum()), int((flow * cost).sum())))
    return best


def greedy(demand: Ints, capacity: Ints, cost: Ints) -> Ints:
    """Everybody in turn to the nearest free place."""
    left, flow = capacity.copy(), np.zeros(cost.shape, np.int64)
    for i, d in enumerate(demand.tolist()):
        for j in np.argsort(cost[i], kind="stable").tolist():
            if cost[i, j] >= 0 and d:
                flow[i, j] = min(d, int(left[j]))
                left[j] -= flow[i, j]
                d -= int(flow[i, j])
    return flow


@pytest.mark.parametrize("seed", range(25))
def test_that_the_optimum_is_that_of_trying_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand, capacity = rng.integers(0, 3, 3), rng.integers(0, 4, 3)
    cost = np.where(rng.random((3, 3)) < 0.25, -1, rng.integers(1, 60, (3, 3)))
    flow = least_cost(demand, capacity, cost, nearest=1)
    assert (int(demand.sum() - flow.sum()), int((flow * cost).sum())) == best_by_trying(demand, capacity, cost)
    assert (flow.sum(0) <= capacity).all()
    assert (flow.sum(1) <= demand).all()
    assert (flow[cost < 0] == 0).all()


def test_that_greedy_leaves_people_out_for_whom_there_is_a_place() -> None:
    """Those in the middle take the shelter that the others could reach at all."""
    demand, capacity = np.array([100, 100]), np.array([100, 100])
    cost = np.array([[60, 90], [60, -1]])
    assert greedy(demand, capacity, cost).sum() == 100
    assert least_cost(demand, capacity, cost).tolist() == [[0, 100], [100, 0]]


def town(homes_count: int, shelters: int, seed: int = 1) -> tuple[Ints, Ints, Ints]:
    rng = np.random.default_rng(seed)
    homes, doors = rng.random((homes_count, 2)) * 10_000, rng.random((shelters, 2)) * 10_000
    seconds = (np.hypot(*(homes[:, None] - doors[None]).transpose(2, 0, 1)) / 1.1).astype(np.int64)
    return rng.integers(0, 20, homes_count), rng.integers(200, 1200, shelters), np.where(seconds < 2500, seconds, -1)


def test_that_few_ways_give_the_answer_of_all_ways() -> None:
    demand, capacity, cost = town(600, 30)
    capacity = capacity // 4
    few, every = least_cost(demand, capacity, cost, 2), least_cost(demand, capacity, cost, 30)
    assert few.sum() == every.sum()
    assert (few * cost).sum() == (every * cost).sum()
    worse = greedy(demand, capacity, cost)
    allowed, left_out = (cost >= 0) & (demand > 0)[:, None] & (capacity > 0), 2501 * 62
    assert is_best(every, demand, capacity, cost, allowed, left_out)
    assert not is_best(worse, demand, capacity, cost, allowed, left_out)


def test_that_five_thousand_blocks_find_their_sixty_shelters_better_than_greedily() -> None:
    demand, capacity, cost = town(5000, 60)
    flow, first_come = placed(demand, capacity, cost), greedy(demand, capacity, cost)
    assert flow.sum() >= first_come.sum()
    assert (flow.sum(0) <= capacity).all()
    assert demand.sum() - first_come.sum() > demand.sum() - flow.sum() + 100, "greedy leaves more people out"


def test_that_the_worker_ends_when_the_run_is_cancelled_and_another_takes_over() -> None:
    demand, capacity, cost = town(5000, 60)
    placed(demand[:5], capacity, cost[:5])
    assert shelters_flow._child is not None
    first = shelters_flow._child.pid

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        placed(demand, np.minimum(capacity, 40), np.where(cost < 0, 2501, cost), stop)
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert placed(demand[:5], capacity, cost[:5]).sum() == demand[:5].sum()
    assert shelters_flow._child.pid != first


# the model


def city_with(*shelters: tuple[float, float, Any], **columns: Any) -> City:
    frame = pd.DataFrame({
        "id": [f"shelter/{i}" for i in range(len(shelters))] + ["facility/h"], "name": "",
        "kind": ["shelter"] * len(shelters) + ["hospital"], "capacity": [s[2] for s in shelters] + [100.0], **columns,
    })  # fmt: skip
    points = np.array([*(shapely.Point(*s[:2]) for s in shelters), shapely.Point(395, 205)], object)
    return small_city().derived(layers={"facilities": Features("facilities", frame, points)})


def inputs(seeking: Any = (0, 0, 0, 0), depth: Any = 0.0, **more: Any) -> Inputs:
    grid = np.broadcast_to(np.asarray(depth, np.float32), GRID.shape).copy()
    values = {"people_seeking_shelter": np.asarray(seeking, np.float32), "water_depth": grid}
    return Inputs(values | {k: np.asarray(v, np.float32) for k, v in more.items()}, {"water_depth": GRID})


def shared(city: City, now: Inputs, **params: Any) -> tuple[Shelters, ShelterState]:
    model = Shelters()
    state = model.initialize(city, inputs(), {**Shelters.defaults(), **params}, 0)
    model.update(state, now, 900.0)
    return model, state


def figures(model: Shelters, state: ShelterState) -> dict[str, float]:
    return {k: v for k, (v, _) in model.indicators(state).items()}


EAST, WEST = (395.0, 200.0, 30.0), (5.0, 200.0, 50.0)


def test_that_people_go_to_the_nearest_shelter_with_a_place() -> None:
    """Houses 0 and 1 set out from the middle, 2 and 3 from the east end, where one shelter is; the other is 200 m west of the middle."""
    model, state = shared(city_with(EAST, WEST), inputs([10, 20, 30, 40]))
    out, said = model.outputs(state), figures(model, state)
    assert np.nansum(out["shelter_occupancy"]) == 80
    assert out["shelter_occupancy"][:2].tolist() == [30, 50]
    assert np.isnan(out["shelter_occupancy"][2]), "a hospital is no shelter"
    assert said["people_without_shelter"] == 20
    assert said["people_cut_off_shelter"] == 0
    assert said["shelter_capacity_used"] == 1.0
    # 4 km/h: 30 people 0 min, 30 people 3 min, 20 people 6 min
    assert said["shelter_time_mean"] == pytest.approx((30 * 3 + 20 * 6) / 80)
    assert out["shelter_time"].tolist() == pytest.approx([3.0, 3.0, 2.4, 2.4])


def test_that_a_road_under_water_is_waded_slowly_or_not_at_all() -> None:
    ankle = inputs([10, 0, 0, 0], road_water_depth=[0.3, 0, 0, 0])
    model, state = shared(city_with(WEST), ankle)
    assert figures(model, state)["shelter_time_mean"] == pytest.approx(6.0)
    deep = inputs([10, 0, 0, 0], road_water_depth=[0.8, 0, 0, 0])
    model, state = shared(city_with(WEST), deep)
    assert figures(model, state)["people_cut_off_shelter"] == 10
    assert np.isnan(model.outputs(state)["shelter_time"]).all()
    model.update(state, ankle, 1800.0)
    assert figures(model, state)["people_cut_off_shelter"] == 0, "when the water goes they can leave"


def test_that_failed_roads_are_closed_on_foot_and_closed_ones_by_car() -> None:
    assert figures(*shared(city_with(WEST), inputs([10, 0, 0, 0], road_failed=[1, 0, 0, 0])))["people_cut_off_shelter"] == 10
    by_car = shared(city_with(WEST), inputs([10, 0, 0, 0], road_state=[2, 0, 0, 0]), mode="car")
    assert figures(*by_car)["people_cut_off_shelter"] == 10
    slow = shared(city_with(WEST), inputs([10, 0, 0, 0], road_speed_factor=[0.5, 1, 1, 1]), mode="car")
    assert figures(*slow)["shelter_time_mean"] == pytest.approx(200 / (25 / 3.6) / 60, abs=0.01)


def test_that_cars_keep_to_one_way_streets_towards_the_shelter() -> None:
    city = city_with(WEST, EAST)
    roads = city.networks["roads"]
    oneway = roads.edges.assign(oneway=[True, False, False, False])  # west runs from its west end to the middle
    city = city.derived(networks={"roads": type(roads)("roads", roads.nodes, oneway, roads.geometry)})
    model, state = shared(city, inputs([10, 0, 0, 0]), mode="car")
    assert model.outputs(state)["shelter_occupancy"][:2].tolist() == [0, 10]
    model, state = shared(city, inputs([10, 20, 20, 0]))
    assert figures(model, state)["people_without_shelter"] == 0, "on foot both can be reached"


def test_that_shelters_in_water_or_out_of_order_are_not_used() -> None:
    x, _ = np.meshgrid(GRID.x, GRID.y)
    wet_west = inputs([10, 0, 0, 0], depth=np.where(x < 30, 0.5, 0.0))
    model, state = shared(city_with(EAST, WEST), wet_west)
    assert model.outputs(state)["shelter_occupancy"][:2].tolist() == [10, 0]
    assert figures(model, state)["shelters_closed"] == 1
    for name, values in (("facility_state", [0, 3, 0]), ("facility_failed", [0, 1, 0])):
        model, state = shared(city_with(EAST, WEST), inputs([10, 0, 0, 0], **{name: values}))
        assert model.outputs(state)["shelter_occupancy"][:2].tolist() == [10, 0]


def test_that_those_who_have_gone_stay_and_those_of_a_shelter_that_closes_go_on() -> None:
    city = city_with(EAST, WEST)
    model, state = shared(city, inputs([20, 0, 0, 0]))
    model.update(state, inputs([0, 0, 0, 0]), 1800.0)
    assert figures(model, state)["people_in_shelters"] == 20, "nobody is sent home during the run"
    model.update(state, inputs([20, 0, 0, 40]), 2700.0)
    assert figures(model, state)["people_in_shelters"] == 60
    model.update(state, inputs([20, 0, 0, 40], facility_state=[3, 0, 0]), 3600.0)
    assert figures(model, state)["people_in_shelters"] == 50
    assert figures(model, state)["people_without_shelter"] == 10


def test_that_between_two_sharings_nothing_changes() -> None:
    model, state = shared(city_with(EAST), inputs([20, 0, 0, 0]))
    model.update(state, inputs([30, 0, 0, 0]), 960.0)
    assert figures(model, state)["people_in_shelters"] == 20
    model.update(state, inputs([30, 0, 0, 0]), 1800.0)
    assert figures(model, state)["people_in_shelters"] == 30


def test_that_missing_and_negative_capacities_are_told() -> None:
    model, state = shared(city_with((395, 200, np.nan), (5, 200, -4.0)), inputs([10, 0, 0, 0]))
    said = " ".join(text for _, _, text in model.notices(state))
    assert "1 shelters state no capacity and count as 200 places (shelter/0)." in said
    assert "1 shelters state a capacity below 0 and are not used (shelter/1)." in said
    assert state.capacity.tolist() == [200, 0]


def test_that_a_city_without_shelters_or_roads_says_so() -> None:
    model, state = shared(small_city(), inputs([10, 0, 0, 0]))
    assert [n[1] for n in model.notices(state)] == ["no-shelters"]
    assert model.indicators(state) == {}
    model, state = shared(city_with(EAST).derived(networks={}), inputs([10, 0, 0, 0]))
    assert [n[1] for n in model.notices(state)] == ["no-roads"]


def test_that_a_road_network_that_is_broken_is_told_and_the_run_goes_on() -> None:
    city = city_with(EAST)
    roads = city.networks["roads"]
    broken = roads.edges.assign(end=[1, 2, 1, 99])
    city = city.derived(networks={"roads": type(roads)("roads", roads.nodes, broken, roads.geometry)})
    model, state = shared(city, inputs([10, 0, 0, 0]))
    assert [n[:2] for n in model.notices(state)] == [("error", "roads-unusable")]
    assert "road/north" in model.notices(state)[0][2]
    assert np.isnan(model.outputs(state)["shelter_time"]).all()


def test_that_a_saved_run_goes_on_with_the_same_people_in_the_same_places() -> None:
    city = city_with(EAST, WEST)
    model, state = shared(city, inputs([20, 0, 0, 20]))
    again = Shelters().restore(model.save(state), city, inputs([99, 99, 99, 99]))
    assert model.indicators(again) == model.indicators(state)
    for at in (1800.0, 2700.0):
        for s in (state, again):
            model.update(s, inputs([20, 10, 0, 20]), at)
    np.testing.assert_array_equal(state.flow, again.flow)


def test_that_many_junctions_are_drawn_together_into_few_blocks() -> None:
    rng = np.random.default_rng(2)
    xy = rng.random((20_000, 2)) * 15_000
    homes = rng.integers(0, 20_000, 100_000).astype(np.int32)
    nodes, of = origins(homes, xy)
    assert len(nodes) <= 5000
    assert of.max() == len(nodes) - 1
    away = np.hypot(*(xy[homes] - xy[nodes[of]]).T)
    assert np.quantile(away, 0.99) < 600
    few, of = origins(homes[:100], xy)
    assert (few[of] == homes[:100]).all()


def test_that_rounding_to_whole_people_keeps_their_number() -> None:
    people = np.full(4000, 0.29)
    assert whole(people).sum() == pytest.approx(1160, abs=3)
    assert whole(np.zeros(100)).sum() == 0
    assert (whole(people * 2) >= whole(people)).all()
