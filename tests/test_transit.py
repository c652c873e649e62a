"""Public transport whose stations fail: who still gets where, and how much later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.transit_town import network_of, stations_of, town
from twin.city.city import City
from twin.city.features import Features
from twin.city.network import Network
from twin.city.recipe import open_city
from twin.models.base import Inputs
from twin.models.service.transit import TransitService
from twin.models.service.transit_network import transit_of
from twin.scenario.plan import view

HOUR = 3600.0
XY = [(0.0, 0.0), (1500.0, 0.0), (3000.0, 0.0), (4500.0, 0.0), (3000.0, 1500.0)]
"""A - B - C - D in a row, C - E besides: C is the interchange."""
ENDS = [(0, 1), (1, 2), (2, 3), (2, 4)]
EVERY_S = 300.0


def both_ways(name: str, way: list[int]) -> dict[str, list[tuple[str, float, float]]]:
    """Two minutes from stop to stop, half a minute at each."""
    return {
        f"{name}/{k}": [(f"station/{s}", 150.0 * j, 150.0 * j + 30.0) for j, s in enumerate(stops)]
        for k, stops in enumerate((way, way[::-1]))
    }


def timetable(begin: float = 6.0, end: float = 22.0) -> dict[str, pd.DataFrame]:
    trips = [both_ways("Long", [0, 1, 2, 3]), both_ways("Short", [2, 4])]
    rows = [
        (t, line, "daily", stop, a, d) for line, some in zip(("Long", "Short"), trips) for t, stops in some.items() for stop, a, d in stops
    ]
    names = [t for some in trips for t in some]
    return {
        "timetable": pd.DataFrame(rows, columns=["trip_id", "route_id", "service_id", "stop", "arrival_s", "departure_s"]),
        "frequencies": pd.DataFrame(
            [(t, begin * HOUR, end * HOUR, EVERY_S) for t in names], columns=["trip_id", "start_s", "end_s", "headway_s"]
        ),
        "routes": pd.DataFrame({"route_id": ["Long", "Short"], "kind": "metro"}),
    }


class Run:
    def __init__(self, city: City, **params: Any) -> None:
        self.city, self.model = city, TransitService()
        self.seen = view(city, TransitService.reads)
        self.stations = len(city.layers["stations"])
        self.state = self.model.initialize(self.seen, self.inputs(), {**TransitService.defaults(), "change": 0.0, **params}, 0)

    def inputs(self, *down: int, closed: list[int] | None = None) -> Inputs:
        state = np.zeros(self.stations, np.int8)
        state[list(down)] = 3
        inputs = Inputs({"station_state": state})
        if "roads" in self.city.networks:
            roads = np.zeros(len(self.city.networks["roads"].edges), np.int8)
            roads[closed or []] = 2
            inputs["road_state"] = roads
        return inputs

    def go(self, at_s: float, *down: int, closed: list[int] | None = None) -> Run:
        self.model.update(self.state, self.inputs(*down, closed=closed), at_s)
        return self

    def out(self, name: str) -> list[float]:
        return [float(v) for v in self.model.outputs(self.state)[name]]

    def figure(self, name: str) -> float:
        return self.model.indicators(self.state)[name][0]

    @property
    def codes(self) -> list[str]:
        return [code for _, code, _ in self.model.notices(self.state)]


def run_on(people: list[float] | None = None, tables: dict[str, pd.DataFrame] | None = None, **params: Any) -> Run:
    return Run(town(network_of(XY, ENDS, timetable() if tables is None else tables), people), **params)


def test_that_nothing_is_amiss_where_every_station_works() -> None:
    run = run_on().go(600)
    assert run.out("station_reach") == [1.0] * 5
    assert run.out("station_extra_time") == [0.0] * 5
    assert run.out("metro_service") == [0.0] * 4
    assert run.figure("riders_stranded") == run.figure("stations_cut_off") == 0.0
    assert not run.codes


def test_that_an_interchange_that_is_down_cuts_both_lines() -> None:
    """A and B reach each other only (1 of 4), D and E nobody; C itself has no trains."""
    run = run_on().go(600, 2)
    assert run.out("station_reach") == pytest.approx([0.25, 0.25, 0.0, 0.0, 0.0])
    assert run.out("metro_service") == [0.0, 1.0, 1.0, 1.0]
    assert run.figure("stations_cut_off") == 3.0  # C, D and E; trains turn back at B


def test_that_the_end_of_a_line_takes_only_itself() -> None:
    run = run_on().go(600, 0)
    assert run.out("station_reach") == pytest.approx([0.0, 0.75, 0.75, 0.75, 0.75])
    assert run.out("station_extra_time")[1:] == [0.0] * 4
    assert run.figure("stations_cut_off") == 1.0


def test_that_riders_are_counted_by_where_they_live_and_want_to_go() -> None:
    """Of 1,000 at A 5 % ride in an hour, to the others by how many live there; C, D and E (with 300 of 400) are lost to them."""
    people = [1000.0, 100.0, 100.0, 100.0, 100.0]
    run = run_on(people).go(600, 2)
    from_a = 0.05 * 1000 * 300 / 400
    from_b = 0.05 * 100 * 300 / 1300  # all but A
    assert run.figure("riders_stranded") == pytest.approx(from_a + from_b + 3 * 0.05 * 100)
    run.go(600 + 1800, 2)
    assert run.figure("rides_lost") == pytest.approx(0.5 * run.figure("riders_stranded"))


def test_that_riders_live_within_walking_distance_of_a_stop() -> None:
    near, far = run_on(access_m=960.0), run_on(access_m=50.0)
    assert near.state.transit.near[8].tolist() == [100.0] * 5
    assert not far.state.transit.near.any()


def test_that_a_way_on_foot_around_a_closed_station_takes_its_time() -> None:
    """With feet that go 4 km from stop to stop, who comes from A gets off at B, where the train turns back, and walks to C, D or E."""
    run = run_on(walk_m=4000.0).go(600, 2)
    assert run.out("station_reach") == [1.0] * 5
    walk = np.array([1500.0, 3000.0, 1500 * 2**0.5]) * 1.2 / 1.33 / 60.0
    usual = np.array([2.0, 4.5, 2.0 + 2.0])  # waiting comes on top of it
    extra = np.array(run.out("station_extra_time"))
    assert 0 < extra[1] < walk.sum() / 4
    assert extra[1] > (walk - usual - 3 * EVERY_S / 60).sum() / 4
    assert run.figure("transit_extra_time") > 0
    assert run.figure("riders_stranded") == 0.0


def test_that_who_comes_much_later_than_usual_does_not_count_as_reached() -> None:
    run = run_on(walk_m=4000.0, patience=300.0).go(600, 2)
    assert max(run.out("station_reach")) < 1.0
    assert run.figure("riders_stranded") > 0.0


def test_that_a_station_that_works_again_brings_its_lines_back() -> None:
    run = run_on().go(600, 2)
    assert run.figure("riders_stranded") > 0
    run.go(1200)
    assert run.out("station_reach") == [1.0] * 5
    assert run.figure("riders_stranded") == 0.0


def test_that_nothing_is_computed_again_while_nothing_changes() -> None:
    run = run_on().go(600, 2)
    first = run.state.now
    run.go(660, 2)
    assert run.state.now is first
    run.go(720, 2, 0)
    assert run.state.now is not first


def test_that_another_hour_is_looked_at_anew() -> None:
    run = run_on(start_hour=21.0).go(600, 2)
    assert run.figure("stations_cut_off") == 3.0
    run.go(3 * HOUR, 2)  # midnight: nothing runs anyhow
    assert run.figure("stations_cut_off") == 0.0
    assert run.figure("riders_stranded") == 0.0


def test_that_a_saved_run_goes_on_exactly() -> None:
    run = run_on().go(600, 2)
    again = run_on()
    again.state = again.model.restore(run.model.save(run.state), again.seen, run.inputs(2))
    for r in (run, again):
        r.go(5000, 2).go(8000, 1)
    assert run.model.indicators(run.state) == again.model.indicators(again.state)
    assert np.array_equal(run.out("station_reach"), again.out("station_reach"), equal_nan=True)


def test_that_of_a_large_network_the_stops_with_most_people_are_looked_from() -> None:
    run = run_on([1000.0, 100.0, 100.0, 900.0, 100.0], most_stops=2).go(600, 2)
    assert np.isnan(run.out("station_reach")).tolist() == [False, True, True, False, True]
    assert "transit-most-stops" in run.codes


# what is not as it should be


def test_that_a_network_without_a_timetable_says_so_and_the_run_goes_on() -> None:
    run = run_on(tables={}).go(600, 2)
    assert run.codes == ["transit-no-timetable"]
    assert not run.model.indicators(run.state)
    assert np.isnan(run.out("station_reach")).all()
    assert run.out("metro_service") == [0.0] * 4


def test_that_stations_without_lines_are_named_and_have_no_reach() -> None:
    network = network_of(XY, ENDS, timetable())
    own = stations_of(network)
    table = pd.concat([own.table, pd.DataFrame({"id": ["station/x"], "name": ["Lonely"], "kind": ["station"]})], ignore_index=True)
    stations = Features("rail", table, np.append(own.geometry, shapely.Point(1000.0, 900.0)))
    run = Run(town(network, stations=stations)).go(600, 5)
    assert run.codes == ["transit-no-line"]
    assert "station/x" in run.model.notices(run.state)[0][2]
    assert run.out("station_reach")[:5] == [1.0] * 5
    assert np.isnan(run.out("station_reach")[5])


def test_that_stations_of_one_name_are_told_apart() -> None:
    network = network_of(XY, ENDS, timetable())
    stations = stations_of(network)
    stations.table["name"] = "Central"
    network.nodes["name"] = "Central"
    run = Run(town(network, stations=stations)).go(600, 0)
    assert run.codes == ["stations-same-name"]
    assert run.out("station_reach")[0] == 0.0
    assert run.out("station_reach")[1] == pytest.approx(0.75)


def test_that_stations_with_ids_of_their_own_are_found_by_name_or_place() -> None:
    network = network_of(XY, ENDS, timetable())
    stations = stations_of(network)
    stations.table["id"] = [f"osm/{i}" for i in range(5)]
    stations.table.loc[[3], "name"] = "Elsewhere"
    transit = transit_of(town(network, stations=stations), TransitService.defaults())
    assert transit.station.tolist() == [0, 1, 2, 3, 4]


def test_that_buses_stop_at_a_street_that_cannot_be_driven() -> None:
    tables = timetable()
    tables["routes"]["kind"] = "bus"
    buses = network_of(XY, ENDS, tables, z=0.0, kind="transit")
    lines = np.array([shapely.LineString([XY[a], XY[b]]) for a, b in ENDS] + [None], object)[:-1]
    nodes = pd.DataFrame({"id": [f"n{i}" for i in range(5)], "x": [p[0] for p in XY], "y": [p[1] for p in XY], "z": 0.0})
    edges = pd.DataFrame({"id": [f"road/{i}" for i in range(4)], "start": [a for a, _ in ENDS], "end": [b for _, b in ENDS],
                          "length_m": 1500.0, "oneway": False})  # fmt: skip
    city = town(buses)
    run = Run(city.derived(networks={**city.networks, "roads": Network("roads", nodes, edges, lines)}))
    assert run.go(600, 2).out("station_reach") == [1.0] * 5  # a stop without power holds no bus up
    run.go(660, closed=[2])
    assert run.out("station_reach") == pytest.approx([0.75, 0.75, 0.75, 0.0, 0.75])
    assert run.out("metro_service") == []


def test_that_a_closed_station_of_new_yorks_subway_cuts_off_some_and_not_most(data: Path) -> None:
    """The feed sends line 2 beyond Franklin Avenue at weekends only: ten stations without a trip on a Wednesday."""
    city = open_city(data / "nyc/gtfs/nyc_subway_gtfs.zip", use_cache=False)
    run = Run(city)
    assert set(run.codes) == {"stations-same-name", "transit-no-line", "transit-nobody"}
    assert int(run.state.transit.served.sum()) == 81
    served = run.state.transit.served[run.state.transit.station]
    calls = np.bincount(run.state.transit.table.start, minlength=len(run.state.transit.table.stops))
    busiest = int(np.flatnonzero(run.state.transit.station == np.argmax(calls))[0])
    run.go(600, busiest)
    reach = np.array(run.out("station_reach"))
    assert reach[busiest] < 0.9  # one walks to the next line
    assert (np.isfinite(reach) == served).all()
    assert 0.3 < np.delete(reach, busiest)[np.delete(served, busiest)].mean() < 1.0
    assert run.figure("stations_cut_off") >= 1.0
