"""Evacuation by car, and the simulation on the clock under it."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.engine_world import small_city
from tests.road_town import BLOCK_M, street_grid, town
from twin.city.city import City
from twin.city.features import Features
from twin.errors import ModelError, ScenarioError
from twin.models.base import Cancelled, Inputs
from twin.models.service import cars_worker
from twin.models.service.cars_worker import Scene, drive
from twin.models.service.evacuation import Evacuation, EvacuationState

WEST_HALF = "POLYGON((-50 -50, 550 -50, 550 1050, -50 1050, -50 -50))"


def road(depart: np.ndarray, until_s: float = 2000.0, platoon: int = 5) -> Scene:
    """Two links of 1 km in a row, 20 and 10 m/s."""
    n = len(depart)
    return Scene(
        3, np.array([0, 1]), np.array([1, 2]), np.full(2, 1000.0), np.array([20.0, 10.0]), np.ones(2, np.int64), np.full(2, np.nan),
        np.zeros(n, np.int64), np.full(n, 2), depart, platoon, until_s, 0,
    )  # fmt: skip


def sent(*flows: tuple[float, float, float]) -> np.ndarray:
    """Departures of platoons of five at the steps of 5 s by which a flow (from, to, vehicles a second) has made one up."""
    out, waiting = [], 0.0
    for begin, end, flow in flows:
        waiting = 0.0
        for step in np.arange(begin, end, 5.0):
            waiting += flow * 5.0
            while waiting >= 5.0 - 1e-9:
                out.append(step)
                waiting -= 5.0
    return np.array(out)


def test_that_the_bottleneck_of_uxsim_takes_146000_seconds() -> None:
    """UXsim's own check of a bottleneck (tests/test_verification_straight_road.py): 800 vehicles, total 146 000 s, mean 182.5 s.
    Kinematic wave theory: 145 000 s."""
    depart = sent((0, 500, 0.8), (500, 1500, 0.4))
    driven = drive(road(depart))
    assert len(depart) * 5 == 800
    assert np.isfinite(driven.arrive_s).all()
    assert driven.total_s == 146_000.0
    assert driven.total_s / 800 == 182.5
    assert driven.cars.tolist() == [800, 800]


def test_that_what_is_on_its_way_at_the_end_has_no_arrival() -> None:
    driven = drive(road(np.array([0.0, 500.0]), until_s=300.0))
    assert np.isfinite(driven.arrive_s).tolist() == [True, False]
    assert drive(road(np.empty(0))).total_s == 0


def test_that_a_cancelled_simulation_ends_within_a_second_and_the_next_one_runs() -> None:
    random = np.random.default_rng(0)
    n, m = 900, 3600
    ring = np.arange(n)
    start, end = np.concatenate([ring, random.integers(0, n, m)]), np.concatenate([(ring + 1) % n, random.integers(0, n, m)])
    heavy = Scene(
        n, start, end, np.full(n + m, 500.0), np.full(n + m, 15.0), np.ones(n + m, np.int64), np.full(n + m, np.nan),
        random.integers(0, n, 4000), random.integers(0, n, 4000), random.uniform(0, 3000, 4000), 5, 86400.0, 0,
    )  # fmt: skip
    drive(road(np.array([0.0])))  # whatever loads has loaded
    stop, ended = threading.Event(), []

    def checkpoint(part: float) -> None:
        if stop.is_set():
            raise Cancelled

    def work() -> None:
        try:
            drive(heavy, checkpoint)
        except Cancelled:
            ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive(), "it is heavier than that"
    pressed = time.monotonic()
    stop.set()
    thread.join(5.0)
    assert ended
    assert ended[0] - pressed < 1.0
    assert drive(road(np.array([0.0]))).cars.tolist() == [5, 5]


def test_that_a_process_that_dies_is_said_and_replaced() -> None:
    drive(road(np.array([0.0])))
    child = cars_worker._child
    assert child is not None

    def kill(part: float) -> None:
        child.close()

    with pytest.raises(ModelError):
        drive(road(np.arange(0.0, 80000.0, 2.0), until_s=86400.0), kill)
    assert drive(road(np.array([0.0]))).cars.tolist() == [5, 5]


def begun(city: City, given: Inputs | None = None, seed: int = 3, **params: Any) -> tuple[Evacuation, EvacuationState]:
    model = Evacuation()
    return model, model.initialize(city, given or Inputs(), Evacuation.checked({"start_hour": 2, "horizon": "PT3H", **params}), seed)


def codes(model: Evacuation, state: EvacuationState) -> list[str]:
    return [code for _, code, _ in model.notices(state)]


def test_that_everybody_of_an_area_gets_out_and_nobody_else_moves() -> None:
    city = town(6, people=50.0)
    model, state = begun(city, area=WEST_HALF)
    x = city.networks["roads"].nodes["x"].to_numpy()
    inside = x < 550
    assert state.people[inside].sum() == pytest.approx(18 * 50 * 0.5)
    assert state.people[~inside].sum() == 0
    out = model.outputs(state)
    assert np.isfinite(out["building_evacuation_time"][inside]).all()
    assert np.isnan(out["building_evacuation_time"][~inside]).all()
    figures = model.indicators(state)
    assert figures["evacuees_not_out"][0] == 0
    assert figures["evacuees_cut_off"][0] == 0
    assert figures["evacuated"][0] == 0, "it has not begun"
    model.update(state, Inputs(), 3 * 3600.0)
    assert model.indicators(state)["evacuated"][0] == pytest.approx(figures["evacuees"][0])
    assert state.out_by_minute[-1] == pytest.approx(450.0)
    assert (np.diff(state.out_by_minute) >= 0).all()
    cars = out["road_evacuation_cars"]
    e = city.networks["roads"].edges
    outside = ~(inside[e["start"]] | inside[e["end"]])
    assert (cars[outside] == 0).all()
    crossing = inside[e["start"]] != inside[e["end"]]
    assert cars[crossing].sum() == pytest.approx(450 / 2, abs=5)


def test_that_one_narrow_way_out_sets_the_clearance_time() -> None:
    """All leave over one road: at its capacity, cars / capacity is what it takes."""
    roads = street_grid(6, capacity_vph=600.0, free_flow_s=20.0, bpr_b=0.15, bpr_power=4.0, toll=0.0)
    city = town(6, people=200.0, roads=roads)
    e = roads.edges
    inside = roads.nodes["x"].to_numpy() < 550
    crossing = np.flatnonzero(inside[e["start"]] != inside[e["end"]])
    shut = np.zeros(len(e), np.int8)
    shut[crossing[1:]] = 2
    model, state = begun(city, Inputs({"road_state": shut}), area=WEST_HALF, mobilisation=300, horizon="PT6H")
    hours = 18 * 200 * 0.5 / 2 / 600
    assert model.indicators(state)["clearance_time_all"][0] == pytest.approx(60 * hours, rel=0.12)
    assert model.outputs(state)["road_evacuation_cars"][crossing[0]] == pytest.approx(900, abs=5)


def test_that_who_has_no_open_road_is_counted() -> None:
    city = town(6, people=50.0)
    e = city.networks["roads"].edges
    corner = ((e["start"] == 0) | (e["end"] == 0)).to_numpy()
    model, state = begun(city, Inputs({"road_speed_factor": np.where(corner, 0.0, 1.0).astype(np.float32)}), area=WEST_HALF)
    assert model.indicators(state)["evacuees_cut_off"][0] == pytest.approx(25.0)
    assert "no-way-out" in codes(model, state)
    assert np.isnan(model.outputs(state)["building_evacuation_time"][0])


def test_that_a_short_watch_says_who_is_still_on_the_road() -> None:
    model, state = begun(town(6, people=50.0), area=WEST_HALF, horizon="PT20M")
    figures = model.indicators(state)
    assert figures["evacuees_not_out"][0] > 0
    assert "clearance_time_all" not in figures
    assert "not-out" in codes(model, state)


def test_that_shelters_can_be_the_goal() -> None:
    city = town(6, (("shelter", 0.0, 0.0), ("shelter", 1000.0, 1000.0)), people=20.0)
    model, state = begun(city, to="shelters")
    assert model.indicators(state)["evacuees_not_out"][0] == 0
    time = model.outputs(state)["building_evacuation_time"]
    assert np.isfinite(time).all()
    model, state = begun(town(6), to="shelters")
    assert "no-shelters" in codes(model, state)
    assert model.indicators(state)["evacuees_cut_off"][0] > 0


def test_that_a_zone_can_be_named_and_no_area_is_refused() -> None:
    zones = pd.DataFrame({"id": ["zone/1"], "name": ["Old Town"], "kind": ["district"]})
    city = town(6, people=50.0).derived(layers={"zones": Features("zones", zones, np.array([shapely.from_wkt(WEST_HALF)], object))})
    by_name, by_shape = begun(city, area="Old Town")[1], begun(city, area=WEST_HALF)[1]
    assert by_name.out_s.tobytes() == by_shape.out_s.tobytes(), "and the same seed gives the same bits"
    assert begun(city, area="zone/1", seed=4)[1].arrive_s.tobytes() != by_name.arrive_s.tobytes()
    for area in ("Atlantis", "POINT(0 0)", "POLYGON EMPTY"):
        with pytest.raises(ScenarioError, match="is no area"):
            begun(city, area=area)


def test_that_small_streets_are_left_out_of_a_large_network_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.models.service.evacuation.MOST_NODES", 20)
    e = street_grid(6).edges
    y = (e["start"].to_numpy() // 6) * BLOCK_M
    kinds = np.where((np.arange(len(e)) < 30) & (y % 400 == 0), "primary", "living_street")  # every other street eastwards is large
    model, state = begun(town(6, people=50.0, roads=street_grid(6, **{"class": kinds})), area=WEST_HALF)
    assert "small-streets" in codes(model, state)
    assert model.indicators(state)["evacuees_cut_off"][0] == 0
    assert model.indicators(state)["evacuees_not_out"][0] == 0
    cars = model.outputs(state)["road_evacuation_cars"]
    assert (cars[kinds == "living_street"] == 0).all()


def test_that_a_saved_evacuation_goes_on_exactly() -> None:
    city = town(6, people=50.0)
    model, state = begun(city, area=WEST_HALF)
    model.update(state, Inputs(), 1800.0)
    again = Evacuation().restore(model.save(state), city, Inputs())
    assert model.indicators(again) == model.indicators(state)
    assert model.notices(again) == model.notices(state)


@pytest.mark.parametrize(
    ("city", "code"),
    [
        (town().derived(networks={}), "no-roads"), (small_city(0), "no-people"), (town(people=0.0), "no-people"),
        (town(roads=street_grid(6, **{"class": "footway"})), "no-ways"),
    ],
    ids=["no roads", "no buildings", "nobody", "no cars"],
)  # fmt: skip
def test_that_a_city_without_what_it_takes_says_so(city: City, code: str) -> None:
    model, state = begun(city)
    assert code in codes(model, state)
    assert np.isnan(model.outputs(state)["building_evacuation_time"]).all()
