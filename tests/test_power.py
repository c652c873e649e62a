"""Power: islands, flow, shedding, ties, cascades and causes; the cases of IEEE by pandapower's own files."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city.city import City
from twin.city.network import Network
from twin.city.readers.pandapower import read_pandapower
from twin.city.readers.parts import Hints
from twin.frame import LocalFrame
from twin.happenings import Story
from twin.models.base import Change
from twin.models.service.power import Power, PowerState
from twin.models.service.power_flow import NONE, PRIORITY, Rules, cascade, limits
from twin.models.service.power_grid import power_grid
from twin.models.service.power_state import DAY

CASES = Path(find_spec("pandapower").submodule_search_locations[0]) / "networks" / "power_system_test_case_jsons"  # type: ignore


def city_of(network: Network) -> City:
    return City("Gridville", LocalFrame(None), networks={"power": network})


def grid(nodes: list[tuple[str, str, float]], edges: list[tuple[str, str, str, float]], **columns: Any) -> City:
    """nodes: (id, kind, load_kw); edges: (id, from, to, rating_kva); columns: of edges, or with a list as long as nodes of nodes."""
    ids = [n[0] for n in nodes]
    table = pd.DataFrame({"id": ids, "x": np.arange(len(ids)) * 100.0, "y": 0.0, "z": 0.0, "kind": [n[1] for n in nodes],
                          "load_kw": [n[2] for n in nodes], "name": ids})  # fmt: skip
    lines = pd.DataFrame({
        "id": [e[0] for e in edges], "start": [ids.index(e[1]) if e[1] in ids else 99 for e in edges],
        "end": [ids.index(e[2]) for e in edges], "kind": "feeder", "rating_kva": [e[3] for e in edges], "length_m": 1000.0,
    })  # fmt: skip
    for name, values in columns.items():
        (table if len(values) == len(ids) and name in ("capacity_mva", "generation_mw", "priority") else lines)[name] = values
    shapes = np.array([shapely.LineString([(0, 0), (1, 1)]) for _ in edges] + [None], object)[:-1]
    return city_of(Network("power", table, lines, shapes))


RADIAL = grid(
    [("grid", "grid", 0), ("station", "substation", 0), ("a", "transformer", 400), ("b", "transformer", 300), ("c", "transformer", 200)],
    [("line", "grid", "station", 5000), ("f1", "station", "a", 2000), ("f2", "a", "b", 2000), ("f3", "station", "c", 2000)],
)


class Run:
    def __init__(self, city: City, **params: Any) -> None:
        self.city, self.model = city, Power()
        self.state: PowerState = self.model.initialize(city, {}, Power.checked({"flow": "dc", "usual_day": False, **params}), 1)
        self.network = city.networks["power"]

    def to(self, at_s: float, *out: str) -> Run:
        nodes, edges = self.network.nodes["id"].isin(out).to_numpy(np.int8), self.network.edges["id"].isin(out).to_numpy(np.int8)
        self.model.update(self.state, {"power_node_failed": nodes, "power_edge_failed": edges}, at_s)
        return self

    def supply(self) -> dict[str, float]:
        return dict(zip(self.network.nodes["id"], self.model.outputs(self.state)["power_supply"].tolist(), strict=True))

    def load(self) -> dict[str, float]:
        return dict(zip(self.network.edges["id"], self.model.outputs(self.state)["power_line_load"].tolist(), strict=True))

    def figures(self) -> dict[str, float]:
        return {k: v for k, (v, _) in self.model.indicators(self.state).items()}

    def told(self) -> list[tuple[float, str, str, tuple[str, ...]]]:
        return [(h.at_s, h.object, h.what, h.because) for h in self.model.happenings(self.state)]

    def codes(self) -> set[str]:
        return {code for _, code, _ in self.model.notices(self.state)}


def test_that_a_feeder_that_is_out_darkens_what_lies_beyond_it_and_nothing_else() -> None:
    run = Run(RADIAL).to(60, "f1")
    assert run.supply() == {"grid": 1, "station": 1, "a": 0, "b": 0, "c": 1}
    assert run.told() == [(60, "a", "no-power", ("f1",)), (60, "b", "no-power", ("f1",))]
    assert run.figures()["power_unserved"] == pytest.approx(0.7)


def test_that_loads_follow_the_hours_of_a_day_and_the_highest_is_what_the_network_states() -> None:
    run = Run(RADIAL, usual_day=True, start_hour=3.5)
    seen = []
    for hour in range(24):
        run.to(hour * 3600.0 + 60.0, "station")
        seen.append(run.figures()["power_unserved"] / 0.9)
    assert max(seen) == pytest.approx(1.0)
    assert seen[0] == pytest.approx(DAY[3])
    assert seen[1] == pytest.approx(DAY[4])
    assert np.mean(seen) == pytest.approx(np.mean(DAY))
    one = Run(RADIAL, usual_day=True, start_hour=3.5).to(60.0, "station").to(23 * 3600.0 + 60.0, "station")  # in one step
    assert one.figures()["power_unserved_energy"] == pytest.approx(run.figures()["power_unserved_energy"])


def test_that_a_line_is_overloaded_at_the_hour_that_asks_too_much_of_it() -> None:
    city = grid([("grid", "grid", 0), ("a", "load", 1000)], [("l1", "grid", "a", 700), ("l2", "grid", "a", 700)])
    run = Run(city, usual_day=True, start_hour=2.0, shedding="none", tolerance=1.0, trip_s=86400.0).to(60.0, "l2")
    assert run.supply()["a"] == 1
    run.to(8 * 3600.0, "l2")
    assert [(at, o, w) for at, o, w, _ in run.told()] == [(4 * 3600.0, "l1", "overloaded")]  # at 06:00 0.7 of 1000 kW, it can 665


def test_that_a_load_flow_of_one_moment_stays_what_it_is() -> None:
    city = grid([("grid", "grid", 0), ("a", "load", 0)], [("l1", "grid", "a", 700)])
    nodes = city.networks["power"].nodes.assign(p_mw=[0.0, 1.0])
    net = Network("power", nodes, city.networks["power"].edges, city.networks["power"].geometry)
    assert Run(city_of(net), usual_day=True, start_hour=3.0).to(60.0, "l1").figures()["power_unserved"] == pytest.approx(1.0)


def test_that_the_story_of_a_dark_transformer_leads_over_its_station_to_the_line() -> None:
    run = Run(RADIAL).to(60, "line")
    story = Story(run.model.happenings(run.state))
    cause = story.why("b")
    assert cause is not None
    assert cause.happening.because == ("station",)
    assert cause.because[0].happening.because == ("line",)


def test_that_a_station_that_is_out_is_the_cause_of_all_it_feeds_and_has_no_story_from_here() -> None:
    run = Run(RADIAL).to(60, "station")
    assert {(o, b) for _, o, _, b in run.told()} == {("a", ("station",)), ("b", ("station",)), ("c", ("station",))}


def test_that_power_is_back_some_time_after_the_repair() -> None:
    run = Run(RADIAL, restore_s=600).to(60, "f1").to(3600).to(4000)
    assert run.supply()["a"] == 0
    run.to(4260)
    assert run.supply()["a"] == 1
    assert run.told()[-2:] == [(4200, "a", "restored", ()), (4200, "b", "restored", ())]
    assert run.figures()["power_unserved_energy"] == pytest.approx(0.7 * (4200 - 60) / 3600)


def test_that_a_cold_start_by_hand_waits_for_a_switch() -> None:
    run = Run(RADIAL, by_hand=True).to(60, "f1").to(3600).to(86400)
    assert run.supply()["a"] == 0
    run.model.apply(run.state, Change(86400, "switch", ("f1",), None, {"on": True}))
    assert run.supply()["a"] == 1


def test_that_who_switches_on_before_the_failure_is_cleared_is_heard_when_it_is() -> None:
    run = Run(RADIAL, by_hand=True).to(60, "f1")
    run.model.apply(run.state, Change(60, "switch", ("f1",), None, {"on": True}))
    assert run.supply()["a"] == 0
    assert run.to(120).supply()["a"] == 1


def test_that_switching_by_hand_works_at_once_and_leaves_what_is_not_of_the_network() -> None:
    run = Run(RADIAL)
    run.model.apply(run.state, Change(60, "switch", ("c", "pump/7"), None, {"on": False}))
    assert run.supply()["c"] == 0
    assert run.told() == [(60, "c", "failed", ())]
    run.model.apply(run.state, Change(120, "switch", ("c",), None, {"on": True}))
    assert run.supply()["c"] == 1


def test_that_a_ring_lives_without_one_line_and_splits_flow_by_reactance() -> None:
    city = grid(
        [("s", "grid", 0), ("a", "load", 900), ("b", "load", 0)], [("sa", "s", "a", 1000), ("sb", "s", "b", 1000), ("ba", "b", "a", 1000)]
    )
    run = Run(city, power_factor=1.0)
    assert run.load() == pytest.approx({"sa": 0.6, "sb": 0.3, "ba": 0.3})  # the long way has twice the reactance
    run.to(60, "sa")
    assert run.supply()["a"] == 1
    assert run.load() == pytest.approx({"sa": 0.0, "sb": 0.9, "ba": 0.9})
    assert run.told() == []


def test_that_an_overloaded_line_of_a_mesh_trips_after_its_time_and_all_is_told() -> None:
    city = grid([("s", "grid", 0), ("a", "load", 1500)], [("one", "s", "a", 1000), ("two", "s", "a", 1000)])
    run = Run(city, power_factor=1.0, shedding=NONE, tolerance=1.2, trip_s=300).to(60, "one")
    assert run.supply()["a"] == 1
    run.to(360)
    assert run.supply()["a"] == 0
    assert run.told() == [
        (60, "two", "overloaded", ("one",)), (360, "two", "tripped", ("one",)), (360, "a", "no-power", ("two",)),
    ]  # fmt: skip
    run.to(420).to(1400)  # one is back, and two is tried again with it
    assert run.supply()["a"] == 1


def test_that_load_is_shed_evenly_where_a_line_is_too_small_and_the_line_is_named() -> None:
    city = grid([("s", "grid", 0), ("a", "load", 600), ("b", "load", 600)], [("one", "s", "a", 1000), ("two", "s", "a", 1000),
                ("ab", "a", "b", 1000)])  # fmt: skip
    run = Run(city, power_factor=1.0, tolerance=1.0).to(60, "one")
    assert run.supply() == pytest.approx({"s": 1, "a": 1000 / 1200, "b": 1000 / 1200})
    assert run.load()["two"] == pytest.approx(1.0)
    assert run.told() == [(60, "a", "shed", ("two", "one")), (60, "b", "shed", ("two", "one"))]


def test_that_hospitals_are_shed_last() -> None:
    city = grid(
        [("s", "grid", 0), ("a", "load", 600), ("h", "hospital", 600)],
        [("one", "s", "a", 1000), ("two", "s", "a", 1000), ("ah", "a", "h", 1000)],
    )
    run = Run(city, power_factor=1.0, tolerance=1.0, shedding=PRIORITY).to(60, "one")
    assert run.supply() == pytest.approx({"s": 1, "a": 400 / 600, "h": 1})


@pytest.mark.parametrize(("shedding", "share"), [("proportional", 0.8), (NONE, 0.0)])
def test_that_a_source_that_is_too_small_sheds_or_goes_dark(shedding: str, share: float) -> None:
    city = grid([("s", "grid", 0), ("t", "grid", 0), ("a", "load", 1000)], [("sa", "s", "a", 9000), ("ta", "t", "a", 9000)],
                capacity_mva=[0.8, 0.8, np.nan])  # fmt: skip
    run = Run(city, power_factor=1.0, shedding=shedding)
    assert run.supply()["a"] == 1
    assert run.to(60, "t").supply()["a"] == pytest.approx(share)


def test_that_a_source_gives_no_more_than_it_can_and_the_other_gives_the_rest() -> None:
    city = grid([("s", "grid", 0), ("t", "grid", 0), ("a", "load", 1000)], [("sa", "s", "a", 9000), ("ta", "t", "a", 9000)],
                capacity_mva=[0.3, 5.0, np.nan])  # fmt: skip
    run = Run(city, power_factor=1.0)
    assert run.state.net is not None
    assert run.state.net.flow.drawn.tolist() == pytest.approx([0.3, 0.7, 0.0])
    assert run.supply()["a"] == 1


def test_that_generators_carry_an_island_as_far_as_they_can() -> None:
    city = grid([("s", "grid", 0), ("a", "load", 1000), ("g", "generator", 500)], [("sa", "s", "a", 9000), ("ag", "a", "g", 9000)],
                generation_mw=[0, 0, 0.9])  # fmt: skip
    run = Run(city).to(60, "sa")
    assert run.supply() == pytest.approx({"s": 1, "a": 0.6, "g": 0.6})
    assert Run(city, islanding=False).to(60, "sa").supply() == {"s": 1, "a": 0, "g": 0}


TIED = grid(
    [("s", "grid", 0), ("a", "load", 400), ("b", "load", 400), ("c", "load", 400), ("d", "load", 400)],
    [("sa", "s", "a", 2000), ("ab", "a", "b", 2000), ("sd", "s", "d", 900), ("dc", "d", "c", 2000), ("tie", "b", "c", 1000)],
    closed=[True, True, True, True, False],
)  # fmt: skip


def test_that_a_tie_feeds_as_much_as_its_way_has_room_for_and_opens_again() -> None:
    run = Run(TIED, power_factor=1.0, tolerance=1.0, tie_s=1800, restore_s=0).to(60, "sa").to(1800, "sa")
    assert run.supply() == {"s": 1, "a": 0, "b": 0, "c": 1, "d": 1}
    run.to(1860, "sa")  # sd has room for 100 kW only: less than b asks
    assert run.supply()["b"] == 0
    roomy = Run(TIED, power_factor=1.0, tolerance=1.5, tie_s=1800, restore_s=0).to(60, "sa").to(1860, "sa")
    assert roomy.supply() == {"s": 1, "a": 0, "b": 1, "c": 1, "d": 1}
    assert (1860, "b", "restored", ()) in roomy.told()
    assert "power-ties" in roomy.codes()
    roomy.to(3600)
    assert roomy.supply() == {"s": 1, "a": 1, "b": 1, "c": 1, "d": 1}
    assert roomy.state.net is not None
    assert not roomy.state.net.tied.any()
    assert not Run(TIED, ties=False).to(60, "sa").to(9000, "sa").supply()["b"]


def test_that_bad_networks_are_told_and_computed_as_far_as_they_go() -> None:
    loop = grid([("s", "grid", 0), ("a", "load", 100)], [("sa", "s", "a", 500), ("aa", "a", "a", 500), ("lost", "nowhere", "a", 500)])
    run = Run(loop)
    assert "power-loop" in run.codes()
    assert run.supply() == {"s": 1, "a": 1}
    island = grid([("s", "grid", 0), ("a", "load", 100), ("b", "load", 100)], [("sa", "s", "a", 500)])
    assert "power-unfed" in Run(island).codes()
    assert Run(island).supply()["b"] == 0
    nothing = grid([("a", "load", 100), ("b", "load", 100)], [("ab", "a", "b", 500)])
    assert "power-no-source" in Run(nothing).codes()
    assert np.isnan(list(Run(nothing).supply().values())).all()
    assert "power-no-load" in Run(grid([("s", "grid", 0), ("a", "load", 0)], [("sa", "s", "a", 500)])).codes()
    weak = grid([("s", "grid", 0), ("a", "load", 900)], [("sa", "s", "a", 500)])
    assert "power-weak-lines" in Run(weak).codes()
    assert Run(weak).supply()["a"] == 1
    bare = grid([("s", "grid", 0), ("a", "load", 900)], [("sa", "s", "a", np.nan)])
    assert "power-no-rating" in Run(bare).codes()
    assert np.isnan(Run(bare).load()["sa"])
    assert "power-no-ac" in Run(bare, flow="ac").codes()


def test_that_a_saved_run_goes_on_to_the_same_bits_and_the_same_story() -> None:
    run = Run(TIED, tolerance=1.5, tie_s=600, trip_s=60, restore_s=300).to(60, "sa").to(300, "sa", "dc")
    other = Run(TIED, tolerance=1.5, tie_s=600, trip_s=60, restore_s=300)
    other.state = other.model.restore(run.model.save(run.state), TIED, {})
    for at in (420, 720, 900):
        run.to(at, "sa")
        other.to(at, "sa")
    for _ in range(2):
        for one, two in zip(run.model.outputs(run.state).values(), other.model.outputs(other.state).values(), strict=True):
            assert one.tobytes() == two.tobytes()
        assert run.told() == other.told()
        assert run.figures() == other.figures()
        run.to(9000)
        other.to(9000)


def ieee(case: str) -> City:
    part = read_pandapower(CASES / f"{case}.json", Hints(engineering=True)).networks[0]
    return city_of(Network("power", part.nodes, part.edges, part.geometry, "", part.tables))


def test_that_ieee_14_has_the_flow_that_is_published() -> None:
    """pandapower's case14 (IEEE 14-bus test case, University of Washington archive): slack and losses as in MATPOWER."""
    run = Run(ieee("case14"), flow="ac")
    figures = run.figures()
    assert figures["power_from_grid"] == pytest.approx(232.3933, abs=1e-4)
    assert figures["power_from_grid_reactive"] == pytest.approx(-16.5493, abs=1e-4)
    assert figures["power_losses"] == pytest.approx(13.3933, abs=1e-4)
    assert figures["power_voltage_lowest"] == pytest.approx(1.01, abs=1e-3)
    again = Run(ieee("case14"), flow="ac")
    again.state = again.model.restore(run.model.save(run.state), again.city, {})
    assert again.figures() == figures


def test_that_a_grid_that_does_not_converge_is_told_and_goes_on_by_the_linear_flow() -> None:
    city = ieee("case14")
    network = city.networks["power"]
    load = network.tables["load"].assign(p_mw=network.tables["load"]["p_mw"] * 20)
    heavy = Network("power", network.nodes, network.edges, network.geometry, "", {**network.tables, "load": load})
    run = Run(city_of(heavy), flow="ac")
    assert "power-no-convergence" in run.codes()
    assert "power_losses" not in run.figures()
    assert min(run.supply().values()) == 1


def test_that_every_line_of_ieee_118_may_fail_and_its_cascade_ends() -> None:
    """186 branches; ratings are not stated: twice the normal load (Motter and Lai 2002, doi:10.1103/PhysRevE.66.065102)."""
    base = power_grid(ieee("case118").networks["power"], 0.95)
    whole, limit, weak = limits(base, 1.0, 2.0)
    assert len(base.start) == 186
    assert not len(weak)
    rules = Rules(NONE, limit, True)
    lost, rounds = [], []
    for edge in range(186):
        out = np.zeros(186, bool)
        out[edge] = True
        flow, tripped = cascade(whole, rules, np.zeros(118, bool), out)
        lost.append(1 - float((flow.supply * whole.demand).sum()) / whole.demand.sum())
        rounds.append(len(tripped))
        assert not (flow.on & (np.abs(flow.flow) > limit * 1.001)).any()
    assert min(lost) >= 0
    assert max(lost) < 1
    assert max(rounds) > 1
    assert np.median(lost) < 0.01


def test_that_an_outage_in_mv_oberrhein_is_healed_over_its_open_ring(data: Path) -> None:
    part = read_pandapower(data / "power_pandapower" / "mv_oberrhein.json", Hints()).networks[0]
    run = Run(city_of(Network("power", part.nodes, part.edges, part.geometry, "", part.tables)), tie_s=3600, restore_s=0)
    assert run.state.net is not None
    flow = np.abs(run.state.net.flow.flow)
    line = run.network.edges["id"].iloc[int(np.flatnonzero(flow > 2.0)[3])]
    run.to(60, line)
    lost = run.figures()["power_unserved"]
    assert lost > 1.0
    run.to(3660, line)
    assert run.figures()["power_unserved"] < 0.2 * lost
    run.to(7200).to(7260)
    assert run.figures()["power_unserved"] == 0
    dark = [b for _, _, what, b in run.told() if what == "no-power"]
    assert set(dark) == {(line,)}


def test_that_the_demonstration_city_gets_part_of_a_lost_station_back_over_ties() -> None:
    from twin.city.demo import demo_city

    run = Run(demo_city())
    station = next(i for i, k in zip(run.network.nodes["id"], run.network.nodes["kind"], strict=True) if k == "substation")
    run.to(60, station)
    lost = run.figures()["power_unserved"]
    dark = sum(v == 0 for v in run.supply().values())
    assert dark > 100
    run.to(60 + 3600, station)
    assert run.figures()["power_unserved"] < 0.9 * lost
    assert sum(v == 0 for v in run.supply().values()) < dark
    assert max(v for v in run.load().values() if np.isfinite(v)) < 1.6
