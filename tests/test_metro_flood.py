"""Water in the metro: what runs in is somewhere or pumped out, and goes on only where it must."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.engine_world import tub_scenario
from tests.transit_town import GRID, network_of, rows_of, stations_of, town
from twin.city.assets import Assets
from twin.city.city import City
from twin.city.features import Features
from twin.city.network import Network
from twin.city.recipe import open_city
from twin.city.terrain import Grid, Terrain
from twin.errors import ScenarioError
from twin.models.base import Change, Inputs
from twin.models.hazard.failure import DAMAGED, OFF, UNHURT
from twin.models.service.metro_flood import MetroFlood
from twin.models.service.metro_kernels import WEIR, exchange, level_of, surface_of
from twin.scenario.engine import run
from twin.scenario.events import Finished, Frame, Happened
from twin.scenario.plan import view

XY = [(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0)]
ENDS = [(0, 1), (1, 2)]
MINUTE = 60.0


def water(**depth: float) -> Inputs:
    """Depth around stations by name (A, B, C), dry elsewhere."""
    grid = np.zeros(GRID.shape, np.float32)
    for name, d in depth.items():
        x, y = XY[ord(name) - 65]
        i, j = GRID.cell_of(x, y)
        grid[i - 3 : i + 4, j - 3 : j + 4] = d
    inputs = Inputs({"water_depth": grid})
    inputs.grids["water_depth"] = GRID
    return inputs


class Run:
    def __init__(self, city: City, **params: Any) -> None:
        self.city, self.model = city, MetroFlood()
        self.seen = view(city, MetroFlood.reads)
        self.state = self.model.initialize(self.seen, water(), {**MetroFlood.defaults(), **params}, 0)

    def go(self, until_min: float, inputs: Inputs, step_min: float = 1.0) -> Run:
        while self.state.at_s < until_min * MINUTE - 1e-6:
            self.model.update(self.state, inputs, min(until_min * MINUTE, self.state.at_s + step_min * MINUTE))
        return self

    @property
    def volume(self) -> np.ndarray:
        return np.asarray(self.model.outputs(self.state)["station_water_volume"], float)

    @property
    def codes(self) -> list[str]:
        return [code for _, code, _ in self.model.notices(self.state)]

    @property
    def told(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(h.object, h.what, h.because) for h in self.model.happenings(self.state)]


def run_on(network: Network | None = None, **params: Any) -> Run:
    return Run(town(network_of(XY, ENDS) if network is None else network), **params)


SMALL = {"hall_m3": 200.0, "station_m2": 400.0, "tunnel_m2": 2.0}
"""Stations and tunnels so small that they fill within a test."""


def test_that_no_water_is_lost_or_made() -> None:
    went = run_on(network_of(XY, ENDS, dip_m=4.0), **SMALL)
    for k in range(8):
        went.go(went.state.at_s / MINUTE + 20, water(A=0.2 + 0.15 * (k % 3), C=0.3 if k > 4 else 0.0))
        s = went.state
        assert s.held.min() >= 0
        assert s.taken.sum() - s.pumped.sum() == pytest.approx(s.held.sum(), rel=1e-12)
    assert went.state.held[len(XY) :].sum() > 0
    figures = went.model.indicators(went.state)
    parts = sum(figures[f"metro_water_{k}"][0] for k in ("stations", "tunnels", "pumped"))
    assert parts == pytest.approx(figures["metro_water_in"][0], rel=1e-12)


def test_that_entrances_take_what_a_broad_crested_weir_lets_over_the_sill() -> None:
    """Q = 1.705 b h^1.5 (Bos 1989)."""
    went = run_on(pump_m3_s=0.0, entrances=1, sill_m=0.15, width_m=2.0).go(10, water(B=0.55))
    assert went.volume.tolist() == pytest.approx([0.0, 1.705 * 2.0 * 0.4**1.5 * 600.0, 0.0], rel=1e-6)


def test_that_water_below_the_sill_stays_outside() -> None:
    went = run_on().go(60, water(A=0.149, B=0.1, C=0.0))
    assert not went.state.held.any()
    assert not went.told


def test_that_a_station_whose_pumps_keep_up_is_not_flooded() -> None:
    coming = 2 * WEIR * 3.0 * 0.02**1.5
    went = run_on(pump_m3_s=coming * 1.01).go(120, water(A=0.17))
    assert went.volume.max() < 1.0
    assert not went.told
    short = run_on(pump_m3_s=coming * 0.5, closed_m=0.01).go(120, water(A=0.17))
    assert short.volume[0] == pytest.approx(0.5 * coming * 7200, rel=0.01)
    assert short.told == [("station/0", "flooded", ())]


def test_that_the_pumps_of_a_station_stand_still_while_it_has_no_power() -> None:
    coming = 2 * WEIR * 3.0 * 0.02**1.5
    went = run_on(pump_m3_s=coming * 1.01)
    wet = water(A=0.17)
    dark = Inputs({**wet, "station_power": np.float32([0, 1, 1])}, wet.grids)
    went.go(60, dark)
    assert went.volume[0] == pytest.approx(coming * 3600, rel=0.01)
    assert went.state.pumped.sum() == 0
    went.go(120, Inputs({**wet, "station_power": np.float32([1, 1, 1])}, wet.grids))
    assert went.volume[0] < coming * 3600
    assert went.state.pumped[0] == pytest.approx(coming * 1.01 * 3600, rel=0.01)


def test_that_water_goes_on_only_when_the_station_is_full() -> None:
    went = run_on(pump_m3_s=0.0, hall_m3=500.0, station_m2=500.0, entrances=1)
    while went.volume[0] < 499:
        went.go(went.state.at_s / MINUTE + 1 / 30, water(A=0.4), 1 / 30)
        assert went.state.held[1:].sum() == 0 or went.volume[0] > 499
    went.go(went.state.at_s / MINUTE + 30, water(A=0.4))
    assert went.state.held[len(XY)] > 100
    assert went.state.held[0] > 500


def test_that_water_comes_through_the_tunnel_and_names_where_from() -> None:
    went = run_on(**SMALL, pump_m3_s=0.0).go(600, water(A=0.6), 5)
    assert went.told == [("station/0", "flooded", ()), ("station/1", "flooded", ("station/0",)), ("station/2", "flooded", ("station/1",))]
    assert went.state.taken.sum() == pytest.approx(went.state.held.sum())


def test_that_it_goes_on_through_a_place_without_a_station_and_still_names_the_station() -> None:
    network = network_of(XY, ENDS)
    stations = stations_of(network)
    some = Features("rail", stations.table.iloc[[0, 2]].reset_index(drop=True), stations.geometry[[0, 2]])
    went = Run(town(network, stations=some), **SMALL, pump_m3_s=0.0).go(600, water(A=0.6), 5)
    assert went.told == [("station/0", "flooded", ()), ("station/2", "flooded", ("station/0",))]


def test_that_two_stations_joined_by_a_tunnel_come_to_one_level() -> None:
    went = run_on(**SMALL, pump_m3_s=0.0).go(600, water(A=0.6), 5)
    went.go(3000, water(), 60)
    t = went.state.tunnels
    level = [level_of(went.state.held[v], t.level[v], t.volume[v]) for v in range(t.vessels)]
    assert np.ptp(level) < 0.01
    assert min(level) > -15.0 + 0.5


def test_that_a_station_over_its_brim_drains_as_a_weir_does() -> None:
    """A dh/dt = -C b h^1.5 into a deep tunnel: h = (h0^-1/2 + C b t / (2 A))^-2."""
    area, breadth, h0, seconds = 500.0, 0.5, 2.0, 900
    level = np.array([[0.0, 100.0], [-50.0, 50.0]])
    volume = np.array([[0.0, 100.0 * area], [0.0, 1e8]])
    held, through = np.array([(1.0 + h0) * area, 0.0]), np.zeros(1)
    none, nobody = np.zeros(0), np.zeros(0, np.int64)
    exchange(
        held, level, volume, np.array([0]), np.array([1]), np.array([1.0]), np.array([breadth]), np.array([1e9]), np.array([area]),
        np.array([0.0]), through, nobody, none, none, none, none, np.zeros(2), np.zeros(2), 0.5, 2 * seconds,
    )  # fmt: skip
    exact = (h0**-0.5 + WEIR * breadth * seconds / (2 * area)) ** -2
    assert held[0] / area - 1.0 == pytest.approx(exact, rel=2e-3)
    assert held.sum() == pytest.approx((1.0 + h0) * area, rel=1e-14)


def test_that_levels_and_surfaces_of_a_vessel_are_those_of_its_table() -> None:
    level, volume = np.array([0.0, 1.0, 3.0]), np.array([0.0, 10.0, 50.0])
    assert [level_of(v, level, volume) for v in (0.0, 5.0, 10.0, 30.0, 50.0, 70.0)] == pytest.approx([0, 0.5, 1, 2, 3, 4])
    assert [surface_of(v, level, volume) for v in (0.0, 30.0, 70.0)] == pytest.approx([10, 20, 20])


def test_that_a_full_station_takes_no_more_than_the_street_has() -> None:
    went = run_on(network_of(XY, []), pump_m3_s=0.0, station_m2=50.0, hall_m3=50.0).go(600, water(A=0.6), 10)
    assert went.volume[0] == pytest.approx((15.0 + 0.6) * 50.0, rel=1e-3)


def test_that_a_flooded_station_is_off_then_damaged_and_opens_when_it_is_pumped_dry() -> None:
    went = run_on(network_of(XY, []), pump_m3_s=1.0, hall_m3=5000.0, entrances=4)
    part = Assets.of(went.seen).part("stations")
    seen = [int(went.model.outputs(went.state)["asset_hit"][part][1])]
    for k in range(600):
        went.go(k + 1.0, water(B=0.6) if k < 30 else water())
        seen.append(int(went.model.outputs(went.state)["asset_hit"][part][1]))
    kept = [a for a, b in zip(seen, [-1, *seen]) if a != b]
    assert kept == [UNHURT, OFF, DAMAGED, OFF, UNHURT]
    assert [w for _, w, _ in went.told] == ["flooded"]  # the crew tells when it is well again


def test_that_a_station_that_was_only_closed_is_back_when_it_is_pumped_dry() -> None:
    went = run_on(network_of(XY, []), pump_m3_s=1.0, entrances=4).go(1, water(B=0.6)).go(60, water())
    assert [w for _, w, _ in went.told] == ["flooded", "back"]


def test_that_the_sill_of_a_known_entrance_and_its_flood_gate_count() -> None:
    table = pd.DataFrame({"id": ["e/1", "e/2"], "name": ["1", "2"], "kind": "subway_entrance", "station": ["B", "station/2"],
                          "sill_m": [0.3, np.nan], "width_m": [2.0, 2.0]})  # fmt: skip
    doors = Features("rail", table, shapely.points([(1000.0, 20.0), (2000.0, 20.0)]))
    city = town(network_of(XY, ENDS), metro_entrances=doors)
    went = Run(city, pump_m3_s=0.0, entrances=0).go(10, water(B=0.5, C=0.5))
    assert went.volume.tolist() == pytest.approx([0.0, WEIR * 2 * 0.2**1.5 * 600, WEIR * 2 * 0.35**1.5 * 600], rel=1e-3)
    gate = pd.DataFrame({"id": ["flood_gate/1"], "kind": ["flood gate"], "height_m": [0.8]})
    place = shapely.Point(1000.0, 20.0)
    gates = Features("other", gate, np.array([place], object))
    went = Run(city.derived(layers={**city.layers, "flood_gates": gates}), pump_m3_s=0.0, entrances=0).go(10, water(B=0.5, C=0.5))
    assert went.volume[1] == 0
    assert went.volume[2] > 0


def test_that_a_flood_gate_put_up_in_the_middle_of_a_run_keeps_the_water_out_and_is_saved() -> None:
    table = pd.DataFrame({"id": ["e/1"], "name": ["1"], "kind": "subway_entrance", "station": ["B"]})
    doors = Features("rail", table, shapely.points([(1000.0, 20.0)]))
    went = Run(town(network_of(XY, ENDS), metro_entrances=doors), pump_m3_s=0.0).go(10, water(B=0.5))
    before = went.volume[1]
    assert before > 0
    went.model.apply(went.state, Change(600.0, "flood_gate", (), shapely.Point(1000.0, 20.0), {"height_m": 0.9}))
    went.state = went.model.restore(went.model.save(went.state), went.seen, water())
    went.go(30, water(B=0.5))
    assert went.volume[1] == before
    went.model.apply(went.state, Change(1800.0, "flood_gate", (), shapely.Point(*XY[0]), {"height_m": 0.9}))
    assert went.go(40, water(A=0.5)).volume[0] > 0  # its entrances are assumed: nobody knows where a gate would have to stand


def test_that_entrances_of_unknown_stations_lead_to_the_nearest_or_nowhere() -> None:
    table = pd.DataFrame({"id": ["e/1", "e/2"], "name": ["", ""], "kind": "subway_entrance", "station": ["Elsewhere", "Far"]})
    doors = Features("rail", table, shapely.points([(1000.0, 20.0), (3500.0, 0.0)]))
    went = Run(town(network_of(XY, ENDS), metro_entrances=doors), entrances=0)
    assert {"metro-entrance-station", "metro-entrance-far"} <= set(went.codes)
    assert went.go(10, water(B=0.5)).volume[1] > 0


def test_that_what_is_assumed_is_said() -> None:
    went = run_on()
    assert went.codes == ["metro-entrances-assumed"]
    guessed = run_on(network_of(XY, ENDS, z=0.0))
    assert "metro-depth-assumed" in guessed.codes
    assert guessed.state.tunnels.floor[:3].tolist() == [-15.0] * 3


def test_that_stations_without_lines_are_named_and_stay_dry() -> None:
    network = network_of(XY, ENDS)
    own = stations_of(network)
    table = pd.concat([own.table, pd.DataFrame({"id": ["station/x"], "name": ["Lonely"], "kind": ["station"]})], ignore_index=True)
    stations = Features("rail", table, np.append(own.geometry, shapely.Point(1000.0, 300.0)))
    went = Run(town(network, stations=stations), pump_m3_s=0.0)
    text = next(t for _, code, t in went.model.notices(went.state) if code == "metro-no-line")
    assert "Lonely" in text
    wet = water()
    wet["water_depth"][:] = 0.5
    went.go(10, wet)
    assert went.volume[3] == 0
    assert (went.volume[:3] > 0).all()


def test_that_a_station_without_tracks_keeps_its_water() -> None:
    went = run_on(network_of(XY, ENDS[:1]), **SMALL, pump_m3_s=0.0)
    assert "metro-no-track" in went.codes
    went.go(120, water(C=0.5))
    assert went.volume[2] > 200
    assert went.volume[:2].tolist() == [0, 0]


def test_that_stations_of_one_name_are_told_apart_by_their_ids() -> None:
    network = network_of(XY, ENDS)
    own = stations_of(network)
    own.table["name"] = ["Central", "Central", "C"]
    went = Run(town(network, stations=own), pump_m3_s=0.0)
    assert "stations-same-name" in went.codes
    went.go(10, water(B=0.5))
    assert went.volume[1] > 0
    assert went.volume[0] == 0


def test_that_a_metro_on_viaducts_does_not_fill() -> None:
    went = run_on(network_of(XY, ENDS, z=9.0)).go(60, water(A=2.0))
    assert went.codes == ["metro-none"]
    assert not went.state.held.any()


def test_that_bus_stops_do_not_fill_and_metro_stations_of_a_timetable_do() -> None:
    network = network_of(XY, ENDS, z=0.0, kind="transit")
    network.edges["kind"] = ["metro", "bus"]
    network.nodes["kind"] = ["metro", "metro", "bus"]
    went = Run(town(network), pump_m3_s=0.0).go(10, water(A=0.5, B=0.5, C=0.5))
    assert (went.volume > 0).tolist() == [True, True, False]


def test_that_a_dip_in_the_tunnel_fills_before_water_reaches_the_next_station() -> None:
    flat, deep = (run_on(network_of(XY, ENDS, dip_m=d), **SMALL, pump_m3_s=0.0).go(15, water(A=0.6)) for d in (0.0, 6.0))
    assert flat.volume[1] > 0
    assert deep.volume[1] == 0
    assert deep.state.held[3] > 0


def test_that_a_saved_run_goes_on_to_the_last_bit() -> None:
    went = run_on(**SMALL).go(90, water(A=0.5))
    blob = went.model.save(went.state)
    again = run_on(**SMALL)
    again.state = again.model.restore(blob, again.seen, water(A=0.5))
    went.go(300, water(A=0.4))
    again.go(300, water(A=0.4))
    assert went.state.held.tobytes() == again.state.held.tobytes()
    assert went.told == again.told


def test_that_in_a_run_a_flooded_station_is_out_of_order_and_its_line_is_cut() -> None:
    """Station B lies a metre and a half below the others: the water that rises everywhere comes to it first."""
    ways = enumerate(([0, 1, 2], [2, 1, 0]))
    trips = {f"T{k}": [(f"station/{s}", 150.0 * j, 150.0 * j + 30) for j, s in enumerate(way)] for k, way in ways}
    often = pd.DataFrame([(t, 0.0, 86_400.0, 300.0) for t in trips], columns=["trip_id", "start_s", "end_s", "headway_s"])
    city = town(network_of(XY, ENDS, {"timetable": rows_of(trips), "frequencies": often}))
    low = np.zeros(GRID.shape, np.float32)
    i, j = GRID.cell_of(*XY[1])
    low[i - 5 : i + 6, j - 5 : j + 6] = -1.5
    scenario = tub_scenario(params={"rise_m_h": 1.0}, hazard=[
        {"id": "tub", "model": "tub", "params": {"rise_m_h": 1.0}}, {"id": "metro", "model": "metro_flood", "params": {"depth_m": 10}},
    ])  # fmt: skip
    events = list(run(city.derived(terrain=Terrain(GRID, low + 1.5)), scenario, None, use_cache=False))
    told = [h for e in events if isinstance(e, Happened) for h in e.happenings]
    assert [(h.object, h.what) for h in told][:1] == [("station/1", "flooded")]
    frame = [e for e in events if isinstance(e, Frame)][-1]
    last = {f.quantity: f.array.tolist() for f in frame.fields}
    assert last["station_failed"] == [0, 1, 0]
    assert last["station_state"] == [0, 3, 0]
    assert last["metro_service"] == [1, 1]
    assert last["station_reach"] == [0.0, 0.0, 0.0]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.ok
    assert end.indicators["stations_flooded"].value == 1
    assert end.indicators["stations_cut_off"].value == 3


def test_that_the_subway_of_new_york_fills_at_one_station_and_not_at_its_bus_stops(data: Path) -> None:
    city = open_city(data / "nyc/gtfs/nyc_subway_gtfs.zip", use_cache=False)
    x0, y0, x1, y1 = city.bounds
    grid = Grid(x0 - 500, y0 - 500, 50.0, int((y1 - y0) / 50) + 20, int((x1 - x0) / 50) + 20)
    place = city.layers["stations"].geometry[30]
    wet = np.zeros(grid.shape, np.float32)
    i, j = grid.cell_of(place.x, place.y)
    wet[i - 1 : i + 2, j - 1 : j + 2] = 0.6
    inputs = Inputs({"water_depth": wet})
    inputs.grids["water_depth"] = grid
    model, seen = MetroFlood(), view(city, MetroFlood.reads)
    state = model.initialize(seen, inputs, MetroFlood.defaults(), 0)
    assert len(np.unique(state.tunnels.place)) == len(city.networks["transit"].nodes)
    assert len(state.tunnels.place) == 2 * len(np.unique(np.sort(city.networks["transit"].edges[["start", "end"]], axis=1), axis=0))
    model.update(state, inputs, 3600.0)
    full = np.flatnonzero(model.outputs(state)["station_water_volume"])
    assert 30 in full
    assert len(full) < 5
    assert state.taken.sum() - state.pumped.sum() == pytest.approx(state.held.sum(), rel=1e-12)
    assert "metro-depth-assumed" in [code for _, code, _ in model.notices(state)]


def test_that_a_change_it_cannot_take_is_refused() -> None:
    went = run_on()
    went.model.apply(went.state, Change(0.0, "switch", ("station/0",)))
    with pytest.raises(ScenarioError):
        went.model.apply(went.state, Change(0.0, "barrier"))
