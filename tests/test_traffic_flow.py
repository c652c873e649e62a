"""Simulated traffic keeps to its roads, its hours and what a result closes; timetables put trains where their stop times say."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
import shapely

from layers.moment import Moment
from layers.traffic import TrafficLayer, TransitLayer, moving_layers
from tests.little_city import little_city
from twin.city.city import City
from twin.city.network import Network
from twin.city.traffic_flow import CAR, HEADWAY_M, Course, TrafficFlow, drives_on_left
from twin.city.trips import CARS, METRO, Trips, running


def course(lines: list[shapely.LineString]) -> Course:
    points = np.concatenate([np.column_stack([shapely.get_coordinates(g), np.zeros(shapely.get_num_coordinates(g))]) for g in lines])
    offsets = np.concatenate([[0], np.cumsum([shapely.get_num_coordinates(g) for g in lines])])
    return Course(points, offsets, np.arange(len(lines)))


def streets(closed_class: str = "primary", oneway: bool = False) -> tuple[Network, Course]:
    """Three roads of 2 km one after the other along x."""
    lines = [shapely.LineString([(2000 * k, 0), (2000 * k + 2000, 0)]) for k in range(3)]
    nodes = pd.DataFrame({"id": list("abcd"), "x": [0.0, 2000, 4000, 6000], "y": 0.0, "z": 0.0})
    edges = pd.DataFrame({
        "id": list("uvw"), "start": [0, 1, 2], "end": [1, 2, 3], "length_m": 2000.0, "oneway": oneway,
        "class": ["primary", closed_class, "primary"], "speed_kmh": 36.0,
    })  # fmt: skip
    return Network("roads", nodes, edges, np.array(lines, object)), course(lines)


def test_that_cars_go_on_from_road_to_road_at_the_speed_of_the_class() -> None:
    flow = TrafficFlow(*streets())
    a, b = flow.at(100.0, 8.5 * 3600), flow.at(150.0, 8.5 * 3600)
    _, i, j = np.intersect1d(a.who, b.who, return_indices=True)
    gone = np.abs(b.xyz[j, 0] - a.xyz[i, 0])
    stayed = gone < 1000  # the others have come to the end of the street and begin it again
    assert gone[stayed] == pytest.approx(500.0)
    assert stayed.mean() > 0.85
    crossed = (a.xyz[i, 0] < 2000) & (b.xyz[j, 0] > 2000)
    assert crossed.any()


def test_that_cars_keep_to_the_side_of_their_country() -> None:
    for left in (False, True):
        here = TrafficFlow(*streets(), left=left).at(0.0, 8.5 * 3600)
        eastward = np.sin(here.heading) > 0
        south = here.xyz[:, 1] < 0
        assert (south[eastward] != left).all()
        assert (south[~eastward] == left).all()
    assert drives_on_left(-0.1, 51.5)
    assert not drives_on_left(2.3, 48.9)


def test_that_a_oneway_road_is_driven_one_way() -> None:
    here = TrafficFlow(*streets(oneway=True)).at(0.0, 8.5 * 3600)
    assert len(here)
    assert (np.sin(here.heading) > 0.99).all()


def test_that_the_night_is_emptier_than_the_morning() -> None:
    flow = TrafficFlow(*streets())
    assert len(flow.at(0.0, 3.5 * 3600)) < 0.15 * len(flow.at(0.0, 8.5 * 3600))
    assert len(flow.at(0.0, 8.5 * 3600, weekend=True)) < len(flow.at(0.0, 8.5 * 3600))


def test_that_no_car_is_on_a_road_a_result_closes_and_more_are_on_a_slow_one() -> None:
    flow = TrafficFlow(*streets())

    def on_middle() -> int:
        x = flow.at(70.0, 8.5 * 3600).xyz[:, 0]
        return int(((x > 2001) & (x < 3999)).sum())

    free = on_middle()
    flow.set_factors(np.array([1.0, 0.0, 1.0]))
    assert on_middle() == 0
    flow.set_factors(np.array([1.0, 0.25, 1.0]))
    assert on_middle() > 1.3 * free
    flow.set_factors(None)
    assert on_middle() == free


@pytest.mark.parametrize("factor", [None, 1.0, 0.4, 0.1])
@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_that_cars_of_one_lane_keep_their_distance(factor: float | None, lanes: int) -> None:
    network, lines = streets("motorway", oneway=True)
    network.edges["lanes"] = [lanes, 2, lanes]
    flow = TrafficFlow(network, lines)
    flow.set_factors(None if factor is None else np.array([1.0, factor, 1.0]))
    least = []
    for run_s in np.arange(0.0, 900.0, 31.0):
        here = flow.at(float(run_s), 17.5 * 3600)
        for edge in range(3):
            on = (here.xyz[:, 0] > 2000 * edge) & (here.xyz[:, 0] < 2000 * edge + 2000)
            for y in np.unique(here.xyz[on, 1].round(3)):
                least.append(np.diff(np.sort(here.xyz[on & (here.xyz[:, 1].round(3) == y), 0])).min(initial=np.inf))
        assert len(here) > 40
    assert min(least) >= HEADWAY_M - 1e-6


def test_that_a_street_of_crawling_cars_is_as_full_as_their_distance_allows() -> None:
    flow = TrafficFlow(*streets(oneway=True))
    flow.set_factors(np.full(3, 0.08))
    here = flow.at(0.0, 17.5 * 3600)
    assert np.diff(np.sort(here.xyz[:, 0])).min() >= HEADWAY_M - 1e-6
    assert len(here) > 100


def test_that_the_same_moment_gives_the_same_cars() -> None:
    a, b = (TrafficFlow(*streets()).at(12.0, 9 * 3600) for _ in range(2))
    assert np.array_equal(a.xyz, b.xyz)
    assert np.array_equal(a.color, b.color)


def test_that_a_small_road_beside_a_large_one_carries_fewer() -> None:
    x = TrafficFlow(*streets("residential")).at(0.0, 8.5 * 3600).xyz[:, 0]
    assert ((x > 2000) & (x < 4000)).sum() < 0.4 * ((x > 0) & (x < 2000)).sum()


def test_that_a_ring_of_roads_has_traffic() -> None:
    turn = np.linspace(0, 2 * np.pi, 41)
    ring = np.column_stack([500 * np.cos(turn), 500 * np.sin(turn)])
    lines = [shapely.LineString(ring[k : k + 11]) for k in range(0, 40, 10)]
    edges = pd.DataFrame({"id": list("abcd"), "start": [0, 1, 2, 3], "end": [1, 2, 3, 0], "length_m": 785.0, "oneway": False,
                          "class": "primary"})  # fmt: skip
    nodes = pd.DataFrame({"id": list("abcd"), "x": ring[:40:10, 0], "y": ring[:40:10, 1], "z": 0.0})
    here = TrafficFlow(Network("roads", nodes, edges, np.array(lines, object)), course(lines)).at(30.0, 8.5 * 3600)
    assert len(here) > 20
    assert np.hypot(here.xyz[:, 0], here.xyz[:, 1]) == pytest.approx(500, abs=9)
    assert (here.kind == CAR).mean() > 0.6


def metro(**tables: pd.DataFrame) -> tuple[Network, Course]:
    """Three stations a kilometre apart; a train leaves at 8:00, arrives after 100 s, stands 30 s."""
    lines = [shapely.LineString([(0, 0), (1000, 0)]), shapely.LineString([(1000, 0), (1000, 1000)])]
    nodes = pd.DataFrame({"id": ["a", "b", "c"], "x": [0.0, 1000, 1000], "y": [0.0, 0, 1000], "z": -15.0})
    edges = pd.DataFrame({"id": ["1", "2"], "start": [0, 1], "end": [1, 2], "length_m": 1000.0, "oneway": False, "route_id": "M1",
                          "kind": "metro", "color": "#c8483c"})  # fmt: skip
    start = 8 * 3600.0
    timetable = pd.DataFrame({
        "trip_id": ["out"] * 3 + ["home"] * 3, "route_id": "M1", "service_id": "week", "stop": ["a", "b", "c", "c", "b", "a"],
        "arrival_s": [start, start + 100, start + 230, 86_300.0, 86_500, 86_700],
        "departure_s": [start, start + 130, start + 230, 86_300.0, 86_500, 86_700],
    })  # fmt: skip
    return Network("metro", nodes, edges, np.array(lines, object), tables={"timetable": timetable, **tables}), course(lines)


def at(trips: Trips, text: str) -> np.ndarray:
    return trips.at(datetime.fromisoformat(text)).xyz


def test_that_a_train_is_where_its_stop_times_say() -> None:
    trips = Trips(*metro())
    halfway = trips.at(datetime(2026, 3, 17, 8, 0, 50))
    assert len(halfway) == CARS[METRO]
    assert halfway.xyz[:, 0].mean() == pytest.approx(500)
    assert halfway.xyz[0, 0] - halfway.xyz[-1, 0] == pytest.approx(5 * 19.5), "its cars follow one another"
    assert tuple(halfway.color[0]) == (0xC8, 0x48, 0x3C)
    assert at(trips, "2026-03-17T08:01:55")[:, 0].mean() == pytest.approx(1000), "it stands at the platform"
    assert at(trips, "2026-03-17T08:03:00")[:, 1].mean() == pytest.approx(500)
    assert not len(at(trips, "2026-03-17T07:59:00"))
    assert not len(at(trips, "2026-03-17T08:05:00"))


def test_that_a_trip_after_midnight_belongs_to_the_day_before() -> None:
    late = at(Trips(*metro()), "2026-03-18T00:03:20")
    assert late[:, 0].mean() == pytest.approx(500), "the way back is driven along the same track"


def test_that_frequencies_write_out_trips() -> None:
    often = pd.DataFrame({"trip_id": ["out"], "start_s": [36_000.0], "end_s": [37_000.0], "headway_s": [100.0]})
    trips = Trips(*metro(frequencies=often))
    assert len(at(trips, "2026-03-17T10:05:50")) == 2 * CARS[METRO]
    assert not len(at(trips, "2026-03-17T08:00:50")), "the times of a trip that has headways are those of its template"


def services() -> pd.DataFrame:
    week = {d: ["1"] for d in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    return pd.DataFrame({"service_id": ["week"], **week, "saturday": ["0"], "sunday": ["0"], "start": ["20260101"], "end": ["20260630"]})


def test_that_trains_run_on_the_days_of_their_service() -> None:
    holiday = pd.DataFrame({"service_id": ["week", "week"], "date": ["20260317", "20260321"], "added": [False, True]})
    network, _ = metro(services=services(), exceptions=holiday)
    assert running(network, date(2026, 3, 18)) == {"week"}
    assert running(network, date(2026, 3, 22)) == frozenset()
    assert running(network, date(2026, 3, 17)) == frozenset(), "taken away"
    assert running(network, date(2026, 3, 21)) == {"week"}, "added"
    assert running(network, date(2031, 7, 9)) == {"week"}, "a Wednesday beyond the timetable is like one within it"
    assert running(network, date(2031, 7, 13)) == frozenset()


def test_that_layers_of_vehicles_are_hidden_at_first_and_say_what_is_simulated() -> None:
    city = little_city()
    network, _ = metro()
    roads, _ = streets()
    roads = Network("roads", roads.nodes, pd.concat([roads.edges] * 10, ignore_index=True), np.tile(roads.geometry, 10))
    city = city.derived(networks={"roads": roads, "metro": network})
    traffic, transit = moving_layers(city)
    assert isinstance(traffic, TrafficLayer)
    assert isinstance(transit, TransitLayer)
    assert not traffic.visible
    assert not transit.visible
    assert "simulated" in traffic.title
    assert len(traffic.table())
    traffic.in_background = True
    assert traffic.draw() == [], "a window makes it beside itself"
    traffic.prepare()
    (fleet,) = traffic.draw()
    assert len(fleet.at(Moment())) > 10
    (fleet,) = transit.draw()
    assert len(fleet.at(Moment(datetime(2026, 3, 17, 8, 1, 0)))) == CARS[METRO]


def test_that_a_city_without_roads_or_timetable_has_no_vehicles() -> None:
    bare: City = little_city().derived(networks={})
    assert moving_layers(bare) == []
