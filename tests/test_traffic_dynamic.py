"""Traffic on the clock: kinematic waves, closures on the way, who gets where, and the model around it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.traffic import sioux_clock
from tests.engine_world import small_city
from tests.road_town import street_grid, town
from tests.test_evacuation import sent
from tests.test_traffic import codes, inputs
from twin.city.city import City
from twin.city.network import Network
from twin.city.recipe import open_city
from twin.city.routing import Graph
from twin.frame import LocalFrame
from twin.models.base import Cancelled
from twin.models.service import traffic_tables as tables
from twin.models.service.road_links import road_links
from twin.models.service.traffic import Traffic, TrafficState
from twin.models.service.traffic_clock import DRIVE_OUT_MS, Clock, Ways
from twin.models.service.traffic_departures import Departures, Doors

DETOUR = [(0, 1), (1, 2), (1, 3), (3, 2), (2, 4)]
"""0 to 1, then straight to 2 or round by 3, then to 4."""


def clock(ends: list[tuple[int, int]], goals: list[int], platoon: int = 1, of_network: dict[str, pd.DataFrame] | None = None,
          news: float = 600.0, **columns: Any) -> Clock:  # fmt: skip
    """One-way roads of one lane, 1 km at 20 m/s unless said, at time 0."""
    n = 1 + max(max(pair) for pair in ends)
    nodes = pd.DataFrame({"id": [f"node/{i}" for i in range(n)], "x": np.arange(float(n)), "y": 0.0})
    edges = pd.DataFrame({
        "id": [f"road/{i}" for i in range(len(ends))], "start": [a for a, _ in ends], "end": [b for _, b in ends], "oneway": True,
        "class": "road", "length_m": 1000.0, "speed_kmh": 72.0, "lanes": 1.0, "capacity_vph": 2880.0,
    }).assign(**columns)  # fmt: skip
    network = Network("roads", nodes, edges, np.full(len(edges), None, object), tables=of_network or {})
    return Clock.of(Ways.of(network, road_links(network), Graph.of(network), np.array(goals, np.int32), platoon), news, 0.0)


def send(world: Clock, depart: Any, origin: int = 0, goal: int = 0, limit: float = np.inf) -> None:
    depart = np.asarray(depart, float)
    world.add(np.full(len(depart), origin), np.full(len(depart), goal), depart, np.full(len(depart), limit))


def took(world: Clock) -> np.ndarray:
    return world.cars["end"] - world.cars["depart"]


def shut(world: Clock, *edges: int, share: float = 0.0) -> None:
    factor = np.ones(int(world.ways.edge.max()) + 1)
    factor[list(edges)] = share
    world.set_roads(factor)


@pytest.mark.parametrize(("platoon", "total_s"), [(1, 145_000.0), (5, 145_375.0)])
def test_that_the_bottleneck_of_uxsim_takes_what_theory_says(platoon: int, total_s: float) -> None:
    """800 vehicles, 0.8 a second for 500 s and 0.4 for 1,000 s, over a road at 20 m/s into one at 10 m/s. Kinematic wave theory: 145 000 s;
    UXsim's steps of 5 s make it 146 000, mean 182.5 (its tests/test_verification_straight_road.py)."""
    world = clock([(0, 1), (1, 2)], [2], platoon, speed_kmh=[72.0, 36.0], capacity_vph=[2880.0, 2400.0])
    one_by_one = np.concatenate([np.arange(0, 500, 1.25), np.arange(500, 1500, 2.5)])
    send(world, one_by_one if platoon == 1 else sent((0, 500, 0.8), (500, 1500, 0.4)))
    world.advance(2500.0)
    assert world.fates()[tables.ARRIVED] == 800
    assert took(world).sum() * platoon == pytest.approx(total_s)
    assert took(world).mean() == pytest.approx(182.5, rel=0.01)


def test_that_a_queue_reaches_back_when_theory_says_and_then_holds_its_road_to_what_it_lets_out() -> None:
    """0.5 a second come, 0.25 leave: by Newell 1993 the road of 500 m is full when 0.5 t = 0.25 (t - L/u - L/w) + 0.2 L: at 250 s."""
    world = clock([(0, 1), (1, 2)], [2], length_m=[100.0, 500.0], speed_kmh=36.0, capacity_vph=[2880.0, 900.0])
    send(world, np.arange(0, 1000, 2.0))
    came = {}
    for at in (150.0, 250.0, 270.0, 470.0):
        world.advance(at)
        came[at] = int(world.moving.road["came"][1])
    enters = 10.0  # seconds to its beginning
    assert came[150.0] == pytest.approx((150 - enters) * 0.5, abs=1)
    assert came[270.0] == pytest.approx(125 + (270 - 250 - enters) * 0.25, abs=2)
    assert came[470.0] - came[270.0] == pytest.approx(200 * 0.25, abs=1)
    standing, _ = world.look()
    assert standing[1] == pytest.approx((0.2 - 0.25 / 5.0) * 500.0, abs=1), "gaps run back through it"


def test_that_a_queue_that_reaches_back_blocks_those_who_go_elsewhere() -> None:
    """Road 0 leads to a junction; from there 1 is narrow and 2 free. Who wants to go by 2 waits behind those for 1."""
    ends = [(0, 1), (1, 2), (1, 3)]
    world = clock(ends, [2, 3], length_m=[500.0, 100.0, 500.0], speed_kmh=36.0, capacity_vph=[2880.0, 360.0, 2880.0])
    depart = np.arange(0, 1200, 2.0)
    world.add(np.zeros(len(depart), int), np.arange(len(depart)) % 2, depart, np.full(len(depart), np.inf))
    world.advance(1200.0)
    elsewhere = took(world)[1::2]
    assert elsewhere[:10] == pytest.approx(100.0)
    late = world.cars[1::2][np.isfinite(elsewhere)][-1]
    assert late["end"] - late["depart"] > 200.0
    # From then on as many go by 2 as by 1: one of each in turn.
    gone = world.moving.road["came"][1:]
    assert gone[1] - gone[0] == pytest.approx(0, abs=1)


def test_that_two_streams_share_a_road_by_their_capacity() -> None:
    """Daganzo 1995: where neither gets all it wants, by priority; here two to one."""
    ends = [(0, 2), (1, 2), (2, 3)]
    world = clock(ends, [3], speed_kmh=36.0, capacity_vph=[1800.0, 900.0, 1080.0])
    depart = np.repeat(np.arange(0, 2000, 2.0), 2)
    world.add(np.arange(len(depart)) % 2, np.zeros(len(depart), int), depart, np.full(len(depart), np.inf))
    world.advance(1000.0)
    before = world.moving.road["left"].copy()
    world.advance(2000.0)
    passed = world.moving.road["left"] - before
    assert passed[2] == pytest.approx(300, abs=1)
    assert passed[0] / passed[1] == pytest.approx(2.0, rel=0.03)


def test_that_cars_turn_off_before_a_closed_road_and_are_late_by_the_way_round() -> None:
    world = clock(DETOUR, [4], length_m=[400.0, 800.0, 2000.0, 3000.0, 400.0])
    send(world, np.arange(0.5, 1800, 10.0))
    world.advance(610.0)
    shut(world, 1)
    world.advance(3000.0)
    late = world.cars["depart"] + 20.0 > 610.0  # not past the junction when it closes
    assert took(world)[late] == pytest.approx((400 + 2000 + 3000 + 400) / 20.0)
    on_it = ~late & (world.cars["depart"] + 60.0 > 610.0)
    assert on_it.sum() == 4
    left_m = 800.0 - (610.0 - 20.0 - world.cars["depart"][on_it]) * 20.0
    assert took(world)[on_it] == pytest.approx(610.0 - world.cars["depart"][on_it] + left_m / DRIVE_OUT_MS + 20.0), "at a walk"
    assert took(world)[~late & ~on_it] == pytest.approx(80.0)
    assert world.moving.road["came"][1] == (~late).sum()


def test_that_a_road_slows_those_who_are_on_it() -> None:
    world = clock([(0, 1)], [1])
    send(world, [0.0, 60.0])
    world.advance(25.0)
    shut(world, 0, share=0.5)
    world.advance(500.0)
    assert took(world) == pytest.approx([25.0 + 50.0, 100.0])
    shut(world)
    send(world, [600.0])
    world.advance(700.0)
    assert took(world)[2] == pytest.approx(50.0)


def test_that_who_has_no_way_left_stops_and_who_has_not_set_out_stays() -> None:
    world = clock(DETOUR, [4])
    send(world, np.arange(0.0, 1200, 100.0))
    world.advance(150.0)
    shut(world, 4)
    world.advance(2000.0)
    fates = world.fates()
    assert fates[tables.ARRIVED] == 1
    assert fates[tables.STOPPED] == 7, "they set out before word of it came, at 720 s"
    assert fates[tables.NO_WAY] == 4
    assert fates.sum() == 12
    shut(world)
    send(world, [2100.0, 3000.0])
    world.advance(4000.0)
    assert world.fates()[tables.ARRIVED] == 3


def test_that_who_would_take_too_long_stays_at_home() -> None:
    world = clock(DETOUR, [4], length_m=[400.0, 800.0, 2000.0, 3000.0, 400.0])
    shut(world, 1)
    world.advance(700.0)
    send(world, [710.0], limit=200.0)
    send(world, [720.0], limit=300.0)
    world.advance(2000.0)
    assert world.cars["fate"].tolist() == [tables.GIVEN_UP, tables.ARRIVED]


def test_that_drivers_avoid_a_queue_once_word_of_it_has_come() -> None:
    narrow = [2880.0, 600.0, 2880.0, 2880.0, 2880.0]
    world = clock(DETOUR, [4], news=60.0, length_m=[400.0, 800.0, 800.0, 800.0, 400.0], capacity_vph=narrow)
    send(world, np.arange(0, 3000, 2.0))
    world.advance(5000.0)
    assert world.fates()[tables.ARRIVED] == 1500
    straight, round_about = world.moving.road["came"][1], world.moving.road["came"][2]
    assert straight / (straight + round_about) == pytest.approx(1 / 3, abs=0.05), "what it can carry, the rest the other way"
    assert took(world).max() < 3 * 120.0


def test_that_forbidden_turns_are_kept_to() -> None:
    turns = pd.DataFrame({"from": [0], "via": [1], "to": [1], "rule": ["no"]})
    world = clock(DETOUR, [4], of_network={"turns": turns})
    send(world, [0.0])
    world.advance(1000.0)
    assert world.moving.road["came"].tolist() == [1, 0, 1, 1, 1]


def test_that_a_city_sends_as_many_cars_as_its_table_of_trips() -> None:
    trips = np.array([[9.0, 40.3, 20.4], [10.0, 9.0, 0.0], [0.2, 0.1, 9.0]])
    departures = Departures(lambda hour: trips, Doors.of(np.array([5, 6, 7], np.int32), None), 1, 3)
    origin, goal, at = departures.hour(8)
    assert len(at) == pytest.approx(71, abs=1)
    assert ((origin == 5) & (goal == 1)).sum() == pytest.approx(40.3, abs=1)
    assert (origin - 5 != goal).all()
    assert (np.diff(at) >= 0).all()
    assert departures.hour(8)[2].tobytes() == at.tobytes()
    assert departures.hour(9)[2].tobytes() != at.tobytes()


def test_that_sioux_falls_gets_all_its_trips_home() -> None:
    pytest.importorskip("aequilibrae", reason="Sioux Falls comes with AequilibraE: pip install -e .[bench]")
    world = sioux_clock(5, 82_440.0)
    world.advance(1800.0)
    fates = world.fates()
    gone = fates.sum() - fates[tables.TO_COME]
    assert gone == fates[tables.ARRIVED] + fates[tables.ON_ROAD] + fates[tables.AT_GATE]
    assert fates[tables.ON_ROAD] == 5 * (world.moving.road["came"] - world.moving.road["left"]).sum()
    world.advance(4 * 3600.0)
    assert world.fates()[tables.ARRIVED] == pytest.approx(82_440, abs=5)


@pytest.mark.slow
def test_that_the_roads_of_shanghai_carry_an_hour_and_lose_nobody_where_roads_close(data: Path) -> None:
    city = open_city([data / "shanghai"], use_cache=False)
    model, state = begun(city)
    model.update(state, inputs(city), 600.0)
    assert model.outputs(state)["road_flow"].max() > 200
    closed = busiest(model, state, 20)
    for at in range(900, 3601, 300):
        model.update(state, inputs(city, 1.0, closed), float(at))
    assert state.rush is not None
    assert state.rush.usual is not None
    for world in (state.rush.now, state.rush.usual):
        fates = world.fates()
        assert fates[tables.ON_ROAD] == (world.moving.road["came"] - world.moving.road["left"]).sum()
        assert fates.sum() == len(world.cars)
        assert fates[tables.ARRIVED] > 0.5 * fates[tables.ARRIVED : tables.STOPPED + 1].sum()
    assert model.indicators(state)["vehicle_hours_lost"][0] > 0
    assert (model.outputs(state)["road_flow"][closed == 2] == 0).all()


def begun(city: City, seed: int = 0, **params: Any) -> tuple[Traffic, TrafficState]:
    model = Traffic()
    given = {"start_hour": 8, "assignment": "dynamic", "warm_up": "PT10M", **params}
    return model, model.initialize(city, inputs(city), Traffic.checked(given), seed)


def kept(model: Traffic, state: TrafficState) -> dict[str, bytes]:
    assert state.rush is not None
    figures = {k: np.float64(v).tobytes() for k, (v, _) in model.indicators(state).items()}
    cars = {"cars": state.rush.now.cars.tobytes(), **{k: v.tobytes() for k, v in model.outputs(state).items()}}
    return figures | cars


def busiest(model: Traffic, state: TrafficState, count: int = 1) -> np.ndarray:
    closed = np.zeros(len(state.flow), np.int8)
    closed[np.argsort(-model.outputs(state)["road_flow"])[:count]] = 2
    return closed


def test_that_undisturbed_roads_lose_no_time_and_are_not_empty_at_the_start() -> None:
    city = town(people=400.0)
    model, state = begun(city)
    assert model.indicators(state)["cars_on_the_road"][0] > 0
    assert model.outputs(state)["road_flow"].sum() > 0
    for at in (300.0, 600.0, 1200.0):
        model.update(state, inputs(city), at)
    figures = model.indicators(state)
    for name in ("vehicle_hours_lost", "mean_extra_time", "car_trips_not_made", "car_trips_not_possible_now"):
        assert figures[name][0] == 0
    out = model.outputs(state)
    assert all(np.isfinite(v).all() for v in out.values())
    assert 0 < out["road_travel_speed"].min() <= out["road_travel_speed"].max() <= 36.001
    assert {"traffic-clock", "trips-synthetic"} <= set(codes(model, state))


def test_that_a_closed_street_empties_and_costs_time_and_nobody_is_lost() -> None:
    city = town(people=800.0)
    model, state = begun(city)
    model.update(state, inputs(city), 300.0)
    closed = busiest(model, state, 6)
    for at in np.arange(360.0, 1801.0, 60.0):
        model.update(state, inputs(city, 1.0, closed), at)
        assert state.rush is not None
        fates = state.rush.now.fates()
        assert fates[tables.ON_ROAD] == (state.rush.now.moving.road["came"] - state.rush.now.moving.road["left"]).sum()
        assert fates.sum() == len(state.rush.now.cars)
    out, figures = model.outputs(state), model.indicators(state)
    assert (out["road_flow"][closed == 2] == 0).all()
    assert (out["road_travel_speed"][closed == 2] == 0).all()
    assert figures["vehicle_hours_lost"][0] > 0
    assert figures["mean_extra_time"][0] > 0
    assert figures["car_trips_not_made"][0] == 0
    assert state.rush is not None
    one, two = state.rush.now.cars, state.rush.usual.cars  # type: ignore[union-attr]
    assert one["depart"].tobytes() == two["depart"].tobytes(), "the same cars in both worlds"


def test_that_trips_of_a_part_cut_off_are_counted() -> None:
    city = town(people=2000.0)
    model, state = begun(city)
    e = city.networks["roads"].edges
    corner = ((e["start"] == 0) | (e["end"] == 0)).to_numpy()
    demand = state.demand(8)
    zone = int(np.flatnonzero(state.place == 0)[0])
    cut = demand[zone].sum() + demand[:, zone].sum() - 2 * demand[zone, zone]
    model.update(state, inputs(city, np.where(corner, 0.0, 1.0)), 60.0)
    for at in range(300, 3301, 300):
        model.update(state, inputs(city, np.where(corner, 0.0, 1.0)), float(at))
    assert model.indicators(state)["car_trips_not_made"][0] == pytest.approx(cut * 54 / 60, rel=0.25, abs=4)
    assert model.indicators(state)["car_trips_not_possible_now"][0] == pytest.approx(cut, rel=0.6)


def test_that_a_saved_run_goes_on_exactly_before_and_after_the_first_closure() -> None:
    city = town(people=400.0)
    model, state = begun(city)
    model.update(state, inputs(city), 300.0)
    closed = busiest(model, state, 2)
    for at, of in ((600.0, closed), (900.0, closed), (1200.0, 0)):
        again = Traffic().restore(model.save(state), city, inputs(city))
        assert kept(model, again) == kept(model, state)
        for one in (state, again):
            model.update(one, inputs(city, 1.0, of), at)
        assert kept(model, again) == kept(model, state)
        assert model.notices(again) == model.notices(state)


def test_that_the_same_seed_gives_the_same_bits_in_steps_of_any_length() -> None:
    city = town(people=400.0)
    runs = []
    for steps, seed in (([300.0, 600.0], 5), ([60.0, 300.0, 410.0, 600.0], 5), ([300.0, 600.0], 6)):
        model, state = begun(city, seed)
        for at in steps:
            model.update(state, inputs(city), at)
        assert state.rush is not None
        runs.append(state.rush.now.cars.tobytes())
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_that_cancel_is_heard_within_a_second() -> None:
    city = town(12, people=3000.0)
    model, state = begun(city)
    model.update(state, inputs(city), 10.0)
    stop, ended = threading.Event(), []

    def checkpoint(part: float | None = None) -> None:
        if stop.is_set():
            raise Cancelled

    model.checkpoint = checkpoint

    def work() -> None:
        try:
            model.update(state, inputs(city), 20 * 3600.0)
        except Cancelled:
            ended.append(time.monotonic())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), "it is heavier than that"
    pressed = time.monotonic()
    stop.set()
    thread.join(5.0)
    assert ended
    assert ended[0] - pressed < 1.0


def test_that_more_cars_than_the_roads_can_carry_on_any_day_are_told() -> None:
    city = town(people=40_000.0)
    model, state = begun(city, patience=300, warm_up="PT1H", trips_per_day=10)
    model.update(state, inputs(city), 600.0)
    assert "too-many-cars" in codes(model, state)
    assert model.indicators(state)["car_trips_given_up_now"][0] == 0, "no more than on other days"
    assert state.rush is not None
    assert state.rush.now.ways.platoon > 1


def test_that_queues_of_static_assignment_are_flow_times_delay() -> None:
    city = town(people=4000.0)
    model, state = begun(city, assignment="static")
    out = model.outputs(state)
    assert out["road_queue"].max() > 0
    assert out["road_queue"] == pytest.approx((state.flow * (state.time - 20.0)).sum(1) / 3600.0, abs=1e-3)


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
    again = model.restore(model.save(state), city, inputs(city, 0.5))
    assert {k: v.tobytes() for k, v in model.outputs(again).items()} == {k: v.tobytes() for k, v in model.outputs(state).items()}


def test_that_loops_and_roads_of_no_length_do_no_harm() -> None:
    grid = street_grid(3)
    e = grid.edges.copy()
    e.loc[0, "end"] = e.loc[0, "start"]
    e.loc[1, "length_m"] = 0.0
    city = town(3, roads=Network("roads", grid.nodes, e, grid.geometry))
    model, state = begun(city)
    model.update(state, inputs(city, 0.7), 900.0)
    out = model.outputs(state)
    assert out["road_flow"][0] == 0
    assert all(np.isfinite(v).all() for v in out.values())
