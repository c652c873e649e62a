"""Ambulance and fire brigade: how soon they come, and to whom not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine_world import small_city
from tests.road_town import street_grid, town
from twin.city.city import City
from twin.models.base import Inputs
from twin.models.service.response import Response, ResponseState, weighted_quantile

STATIONS = (("ambulance_station", 0.0, 0.0), ("fire_station", 1000.0, 1000.0), ("hospital", 1000.0, 0.0))
BLOCK_S = 20.0  # 200 m at 36 km/h


def inputs(city: City, factor: Any = 1.0, state: Any = 0, **more: Any) -> Inputs:
    n = len(city.networks["roads"].edges) if "roads" in city.networks else 0
    wide = lambda v, kind: np.broadcast_to(np.asarray(v, kind), (n,)).copy()  # noqa: E731
    given = Inputs({"road_speed_factor": wide(factor, np.float32), "road_state": wide(state, np.int8)})
    for name, value in more.items():
        given[name] = np.asarray(value)
    return given


def begun(city: City, given: Inputs | None = None, **params: Any) -> tuple[Response, ResponseState]:
    model = Response()
    return model, model.initialize(city, given or inputs(city), Response.checked({"start_hour": 2, **params}), 0)


def seconds(model: Response, state: ResponseState, name: str) -> np.ndarray:
    given = model.outputs(state)
    return given["building_treatment_time" if name == "treatment" else f"building_response_time_{name}"]


def test_that_time_is_turnout_and_way_from_the_nearest_station() -> None:
    city = town(6, STATIONS)
    model, state = begun(city, turnout_ambulance=60, turnout_fire=80, on_scene=900)
    steps = np.add.outer(np.arange(6), np.arange(6)).ravel()  # blocks from the south-west
    assert seconds(model, state, "ambulance") == pytest.approx(60 + BLOCK_S * steps)
    assert seconds(model, state, "fire") == pytest.approx(80 + BLOCK_S * (10 - steps))
    east = np.add.outer(np.arange(6), np.arange(6)[::-1]).ravel()
    assert seconds(model, state, "treatment") == pytest.approx(60 + BLOCK_S * steps + 900 + BLOCK_S * east)


def test_that_percentiles_and_shares_are_of_people() -> None:
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 8.0, 1.0]), 0.5) == 1.0
    assert weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 8.0, 1.0]), 0.9) == 2.0
    assert weighted_quantile(np.array([1.0, np.inf]), np.array([5.0, 5.0]), 0.9) == np.inf
    assert np.isnan(weighted_quantile(np.empty(0), np.empty(0), 0.5))
    city = town(6, STATIONS)
    model, state = begun(city, target_min=2, limit_min=4)
    figures = model.indicators(state)
    at_night = city.people[2].astype(float)  # type: ignore[index]
    times = 60 + BLOCK_S * np.add.outer(np.arange(6), np.arange(6)).ravel()
    assert figures["ambulance_in_time"] == (pytest.approx(100 * at_night[times <= 120].sum() / at_night.sum()), "%")
    assert figures["ambulance_within_limit"][0] == pytest.approx(100 * at_night[times <= 240].sum() / at_night.sum())
    assert figures["ambulance_time_median"] == (pytest.approx(weighted_quantile(times, at_night, 0.5) / 60), "min")
    assert figures["people_unreached_ambulance"] == (0.0, "persons")


def test_that_who_is_cut_off_has_no_time_and_is_counted() -> None:
    city = town(6, STATIONS)
    model, state = begun(city)
    e = city.networks["roads"].edges
    corner = ((e["start"] == 35) | (e["end"] == 35)).to_numpy()  # the junction of the fire station
    model.update(state, inputs(city, 1.0, np.where(corner, 2, 0)), 60.0)
    fire = seconds(model, state, "fire")
    assert np.isnan(fire[:35]).all()
    assert fire[35] == 80.0
    figures = model.indicators(state)
    at_night = city.people[2]  # type: ignore[index]
    assert figures["people_unreached_fire"][0] == pytest.approx(float(at_night[:35].sum()))
    assert "fire_time_p90" not in figures, "nine of ten are never reached"
    assert figures["people_unreached_ambulance"][0] == pytest.approx(float(at_night[35]))
    assert np.isnan(seconds(model, state, "treatment")[35])
    model.update(state, inputs(city), 120.0)
    assert np.isfinite(seconds(model, state, "fire")).all(), "the road is open again"


def test_that_slow_roads_slow_help() -> None:
    city = town(6, STATIONS)
    model, state = begun(city, inputs(city, 0.5), turnout_ambulance=0)
    assert seconds(model, state, "ambulance")[35] == pytest.approx(10 * BLOCK_S / 0.5)


def test_that_a_station_that_is_down_sends_nobody_and_a_hospital_that_is_down_treats_nobody() -> None:
    two = (*STATIONS, ("ambulance_station", 1000.0, 1000.0), ("hospital", 0.0, 1000.0))
    city = town(6, two)
    model, state = begun(city, turnout_ambulance=0, on_scene=0)
    assert seconds(model, state, "ambulance")[0] == 0
    down = np.array([3, 0, 3, 0, 2], np.int8)  # the first ambulances and the first hospital; the other hospital is impaired only
    model.update(state, inputs(city, facility_state=down), 60.0)
    steps = np.add.outer(np.arange(6), np.arange(6)).ravel()
    assert seconds(model, state, "ambulance") == pytest.approx(BLOCK_S * (10 - steps))
    north_west = np.add.outer(np.arange(6)[::-1], np.arange(6)).ravel()
    assert seconds(model, state, "treatment") == pytest.approx(BLOCK_S * (10 - steps + north_west))
    assert model.indicators(state)["ambulance_stations_working"] == (1.0, "stations")
    model.update(state, inputs(city, facility_state=np.full(5, 3, np.int8)), 120.0)
    assert np.isnan(seconds(model, state, "ambulance")).all()
    assert model.indicators(state)["people_without_treatment"][0] == pytest.approx(float(city.people[2].sum()))  # type: ignore[index]


def test_that_blue_lights_avoid_a_share_of_the_delay_by_traffic() -> None:
    city = town(6, STATIONS)
    n = len(city.networks["roads"].edges)
    jam = inputs(city, road_travel_speed=np.full(n, 9.0, np.float32))
    for priority, block in ((0.0, 80.0), (0.5, 50.0), (1.0, 20.0)):
        model, state = begun(city, jam, priority=priority, turnout_ambulance=0)
        assert seconds(model, state, "ambulance")[35] == pytest.approx(10 * block)


def test_that_fire_engines_wade_where_cars_cannot() -> None:
    city = town(6, STATIONS)
    e = city.networks["roads"].edges
    corner = ((e["start"] == 35) | (e["end"] == 35)).to_numpy()
    wet = inputs(city, np.where(corner, 0.0, 1.0), np.where(corner, 2, 0), road_state_emergency=np.where(corner, 1, 0).astype(np.int8))
    model, state = begun(city, wet, wading_kmh=10, turnout_fire=0)
    fire = seconds(model, state, "fire")
    assert fire[34] == pytest.approx(72.0)  # 200 m at 10 km/h
    assert fire[33] == pytest.approx(92.0)
    assert np.isnan(seconds(model, state, "ambulance")[35])


def test_that_one_way_streets_hold() -> None:
    roads = street_grid(6, oneway=np.arange(60) < 30)  # eastwards only
    model, state = begun(town(6, STATIONS, roads=roads))
    assert np.isnan(seconds(model, state, "fire")[0]), "the brigade in the east cannot drive west"
    assert np.isfinite(seconds(model, state, "ambulance")).all()


def test_that_ambulances_set_out_from_hospitals_where_no_station_is_known() -> None:
    model, state = begun(town(6, (("hospital", 0.0, 0.0), ("fire_station", 9000.0, 0.0))))
    found = {code: text for _, code, text in model.notices(state)}
    assert "ambulances-from-hospitals" in found
    assert "facility/1" in found["station-far-from-road"]
    assert seconds(model, state, "ambulance")[0] == 60


@pytest.mark.parametrize(
    ("city", "code"),
    [
        (town().derived(networks={}), "no-roads"), (small_city(0), "no-buildings"), (town(6), "no-stations"),
        (town(6, STATIONS, roads=street_grid(6, **{"class": "footway"})), "no-ways"),
    ],
    ids=["no roads", "no buildings", "no stations", "no cars"],
)  # fmt: skip
def test_that_a_city_without_what_it_takes_says_so(city: City, code: str) -> None:
    model, state = begun(city)
    model.update(state, inputs(city), 60.0)
    assert code in [c for _, c, _ in model.notices(state)]
    assert all(np.isnan(v).all() for v in model.outputs(state).values())
    assert model.indicators(state) == {}


def test_that_a_city_of_nobody_gives_times_and_no_shares() -> None:
    model, state = begun(town(6, STATIONS, people=0.0))
    assert model.indicators(state) == {}
    assert np.isfinite(seconds(model, state, "fire")).all()


def test_that_the_load_of_a_hospital_grows_by_the_people_of_one_that_is_down() -> None:
    city = town(6, (*STATIONS, ("hospital", 0.0, 1000.0)))  # one in the south-east, one in the north-west
    model, state = begun(city)
    load = model.outputs(state)["hospital_load"]
    assert np.isnan(load[:2]).all()
    assert load[2:].tolist() == [1.0, 1.0]
    model.update(state, inputs(city, facility_state=np.array([0, 0, 0, 3], np.int8)), 60.0)
    usual, total = state.usual[2:], float(city.people.mean(0, dtype=float).sum())  # type: ignore[union-attr]
    assert usual.sum() == pytest.approx(total)
    assert model.outputs(state)["hospital_load"][2:].tolist() == [pytest.approx(total / usual[0]), 0.0]
    model.update(state, inputs(city), 120.0)
    assert model.outputs(state)["hospital_load"][2:].tolist() == [1.0, 1.0]
    assert model.indicators(state)["hospital_load_worst"] == (pytest.approx(total / usual[0]), "1")
    again = model.restore(model.save(state), city, inputs(city))
    assert model.indicators(again) == model.indicators(state)


def test_that_a_hospital_behind_water_hands_its_people_to_the_other() -> None:
    city = town(6, (*STATIONS, ("hospital", 0.0, 1000.0)))
    model, state = begun(city)
    e = city.networks["roads"].edges
    cut = ((e["start"] == 30) | (e["end"] == 30)).to_numpy()  # the junction of the north-western one
    model.update(state, inputs(city, 1.0, np.where(cut, 2, 0)), 60.0)
    load = model.outputs(state)["hospital_load"][2:]
    assert load[0] > 1.5
    assert load[1] < 0.1  # only who lives at its door


def test_that_an_outage_alone_is_followed_over_open_roads() -> None:
    city = town(6, (*STATIONS, ("hospital", 0.0, 1000.0)))
    model = Response()
    state = model.initialize(city, Inputs(), Response.checked({"start_hour": 2}), 0)
    dry = model.outputs(begun(city)[1])
    assert all(np.array_equal(model.outputs(state)[k], dry[k], equal_nan=True) for k in dry)
    model.update(state, Inputs({"facility_state": np.array([3, 0, 0, 0], np.int8)}), 60.0)
    assert np.isnan(seconds(model, state, "ambulance")).all()
    assert model.outputs(state)["hospital_load"][2:].tolist() == [1.0, 1.0]
