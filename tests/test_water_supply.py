"""Water supply by EPANET, step by step: the cases of its own tests, what happens without power, pipes that break, causes, bad input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city.city import City
from twin.city.network import Network
from twin.city.readers.epanet import PSI_M, read_epanet
from twin.city.readers.parts import Hints
from twin.frame import LocalFrame
from twin.happenings import Story
from twin.models.base import Cancelled
from twin.models.service.child import Child, Refused
from twin.models.service.water_controls import controls_text, rules_text
from twin.models.service.water_demand import seconds
from twin.models.service.water_inp import write_inp
from twin.models.service.water_supply import WaterState, WaterSupply
from twin.models.service.water_worker import Ask, Opened

GPM = 0.003785411784 / 60


def epanet(data: Path, name: str) -> City:
    path = next((data / "water_wntr").rglob(f"{name}.inp"))
    part = read_epanet(path, Hints(engineering=True)).networks[0]
    return city_of(Network("water", part.nodes, part.edges, part.geometry, "", part.tables))


def city_of(network: Network) -> City:
    return City("Wellsville", LocalFrame(None), networks={"water": network})


def town(**changes: Any) -> City:
    """Works at 0 m and a tank at 30 m, joined by a pump and pipes to three places: works - pump - a - b - c, tank at b."""
    nodes = pd.DataFrame({
        "id": ["works", "a", "b", "c", "tank"], "name": ["W", "A", "B", "C", "T"], "kind": ["reservoir", *["junction"] * 3, "tank"],
        "x": [0.0, 100, 200, 300, 200], "y": [0.0, 0, 0, 0, 100], "z": [0.0, 0, 0, 0, 30], "demand_m3s": [0, 0.005, 0.005, 0.005, 0],
        "level_init_m": [np.nan] * 4 + [3.0], "level_min_m": [np.nan] * 4 + [1.0], "level_max_m": [np.nan] * 4 + [5.0],
        "diameter_m": [np.nan] * 4 + [6.0],
    })  # fmt: skip
    edges = pd.DataFrame({
        "id": ["pump", "ab", "bc", "bt"], "name": ["PU", "AB", "BC", "BT"], "kind": ["pump", "pipe", "pipe", "pipe"], "start": [0, 1, 2, 2],
        "end": [1, 2, 3, 4], "length_m": [np.nan, 500.0, 500, 100], "diameter_m": [np.nan, 0.2, 0.2, 0.2],
        "roughness": [np.nan, 120.0, 120, 120], "curve": ["head", "", "", ""], "status": "open",
    })  # fmt: skip
    tables = {
        "curves": pd.DataFrame({"curve": ["head"], "use": ["head"], "x": [0.02], "y": [40.0]}),
        "demands": pd.DataFrame({"node": ["a", "b", "c"], "demand_m3s": 0.005, "pattern": ""}),
        "options": pd.DataFrame({"key": ["SOURCE UNITS", "HEADLOSS"], "value": ["LPS", "H-W"]}),
        "statements": pd.DataFrame({"section": [], "text": []}, dtype=object),
    }
    for name, change in changes.items():
        table, _, column = name.partition("__")
        if table == "tables":
            tables[column] = change
        else:
            (nodes if table == "nodes" else edges)[column] = change
    shapes = np.array([*(shapely.LineString([(0, 0), (1, 1)]) for _ in range(len(edges))), None], object)[:-1]
    return city_of(Network("water", nodes, edges, shapes, "", tables))


class Run:
    def __init__(self, city: City, **params: Any) -> None:
        self.city, self.model, self.network = city, WaterSupply(), city.networks["water"]
        self.state: WaterState = self.model.initialize(city, {}, WaterSupply.checked(params), 1)

    def to(self, at_s: float, *failed: str, unpowered: tuple[str, ...] = (), step_s: float = 600.0) -> Run:
        nodes, edges = self.network.nodes["id"], self.network.edges["id"]
        inputs = {
            "water_node_failed": nodes.isin(failed).to_numpy(np.int8), "water_edge_failed": edges.isin(failed).to_numpy(np.int8),
            "water_node_power": 1.0 - nodes.isin(unpowered).to_numpy(float),
            "water_edge_power": 1.0 - edges.isin(unpowered).to_numpy(float),
        }  # fmt: skip
        begin = self.state.net.at_s if self.state.net is not None else 0.0
        for now in np.append(np.arange(begin + step_s, at_s, step_s), at_s):
            self.model.update(self.state, inputs, float(now))
        return self

    def now(self, what: str) -> dict[str, float]:
        ids = self.network.edges["id"] if what == "water_flow" else self.network.nodes["id"]
        return dict(zip(ids, self.model.outputs(self.state)[what].tolist(), strict=True))

    def figures(self) -> dict[str, float]:
        return {k: v for k, (v, _) in self.model.indicators(self.state).items()}

    def told(self) -> list[tuple[float, str, str, tuple[str, ...]]]:
        return [(h.at_s, h.object, h.what, h.because) for h in self.model.happenings(self.state)]

    def codes(self) -> set[str]:
        return {code for _, code, _ in self.model.notices(self.state)}


def test_that_net1_has_the_pressure_that_epanet_reports(data: Path) -> None:
    """EPANET 2.2's own test of Net1: 127.54 psi at node 10."""
    assert Run(epanet(data, "Net1")).now("water_pressure")["node/10"] / PSI_M == pytest.approx(127.54, abs=0.005)


def test_that_net1_at_ten_times_its_demand_is_short_as_in_epanets_own_test(data: Path) -> None:
    """EPANET 2.2's test of pressure-driven demands: without them 4 negative pressures, with (20 and 100 psi, 0.5) 6 nodes short, node 21 by
    413.67 gpm."""
    city = epanet(data, "Net1")
    blunt = Run(city, demand_factor=10, demands="demand-driven")
    assert sum(v < 0 for v in blunt.now("water_pressure").values()) == 4
    run = Run(city, demand_factor=10, minimum_m=20 * PSI_M, required_m=100 * PSI_M)
    supply = run.now("water_supply")
    assert sum(v < 1 - 1e-6 for v in supply.values()) == 6
    assert run.state.net is not None
    asked = dict(zip(run.network.nodes["id"], run.state.net.asked, strict=True))["node/21"] / GPM
    assert asked == pytest.approx(1500)
    assert (1 - supply["node/21"]) * asked == pytest.approx(413.67, abs=0.01)


@pytest.mark.parametrize("name", ["ky4", "ky10"])
def test_that_the_networks_of_kentucky_run_for_a_day_and_serve_everybody(data: Path, name: str) -> None:
    run = Run(epanet(data, name), step_s=3600).to(86400, step_s=3600)
    assert not run.codes() & {"water-unbalanced", "water-stopped", "water-unfit"}
    assert run.figures()["water_served_share"] == pytest.approx(1.0, abs=2e-3)


@pytest.mark.slow
def test_that_net3_over_a_week_equals_wntr_hour_by_hour(data: Path) -> None:
    import wntr

    path = next((data / "water_wntr").rglob("Net3.inp"))
    model = wntr.network.WaterNetworkModel(str(path))
    model.options.hydraulic.demand_model = "PDA"
    model.options.hydraulic.minimum_pressure, model.options.hydraulic.required_pressure = 0.0, 14.0
    known = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(Path(os.environ["TWIN_HOME"]) / "net3")).node["pressure"]
    run = Run(epanet(data, "Net3"), step_s=3600)
    for hour in range(1, 169):
        run.to(hour * 3600, step_s=3600)
        ours = run.now("water_pressure")
        level = known.loc[hour * 3600]
        tanks = {"node/" + t for t in model.tank_name_list}
        theirs = {f"node/{k}": v for k, v in level.items()}
        worst = max(abs(ours[k] - v) for k, v in theirs.items() if k not in tanks and not k.endswith(("River", "Lake")))
        assert worst < 0.05, hour


def test_that_a_pump_without_power_leaves_the_tank_to_serve_until_it_is_empty_and_all_is_told_why() -> None:
    run = Run(town(), step_s=60).to(600, unpowered=("pump",), step_s=60)
    assert run.now("water_flow")["pump"] == pytest.approx(0, abs=1e-6)
    assert run.figures()["water_served_share"] == pytest.approx(1)
    volume = np.pi / 4 * 36 * (run.now("water_pressure")["tank"] - 1.0)
    run.to(600 + volume / 0.015 - 120, unpowered=("pump",), step_s=60)
    assert run.figures()["water_served_share"] == pytest.approx(1, abs=1e-3)
    run.to(600 + volume / 0.015 + 120, unpowered=("pump",), step_s=60)
    assert run.figures()["water_served_share"] == 0
    assert {(o, w) for _, o, w, _ in run.told()} == {("tank", "tank-empty"), ("a", "no-water"), ("b", "no-water"), ("c", "no-water")}
    story = Story(run.model.happenings(run.state))
    cause = story.why("c")
    assert cause is not None
    assert cause.happening.because == ("tank",)
    assert cause.because[0].happening.because == ("pump",)
    run.to(run.state.net.at_s + 7200, step_s=60)  # type: ignore[union-attr]
    assert run.figures()["water_served_share"] == pytest.approx(1, abs=1e-3)
    assert run.told()[-1][2] == "restored"


def test_that_works_without_power_give_nothing() -> None:
    assert Run(town()).to(600, unpowered=("works",)).now("water_flow")["pump"] == pytest.approx(0, abs=1e-6)


def test_that_half_the_power_is_too_little_for_a_pump_that_needs_more() -> None:
    run = Run(town(), power_needed=0.6)
    run.model.update(run.state, {"water_edge_power": np.full(4, 0.5)}, 60.0)
    assert run.now("water_flow")["pump"] == pytest.approx(0, abs=1e-6)


def test_that_a_broken_pipe_leaks_until_it_is_shut_and_is_named_by_those_beyond_it() -> None:
    run = Run(town(nodes__diameter_m=[np.nan] * 4 + [60.0]), isolation_s=1800, leak_share=0.5).to(600)
    run.to(660, "bc")
    leak = run.figures()["water_leak"]
    assert leak > 50
    assert run.now("water_supply")["c"] < 0.9
    run.to(660 + 1700, "bc")
    assert run.figures()["water_leaked"] == pytest.approx(leak * 1.7, rel=0.05)
    run.to(660 + 1900, "bc")
    assert run.figures()["water_leak"] == pytest.approx(0, abs=1e-3)
    assert run.now("water_supply") == pytest.approx({"works": 1, "a": 1, "b": 1, "c": 0, "tank": 1})
    assert ("c", ("bc",)) in {(o, b) for _, o, _, b in run.told()}
    run.to(7200)
    assert run.now("water_supply")["c"] == 1


def test_that_the_leak_follows_the_orifice() -> None:
    """Q = C A sqrt(2 g h), at the end of a short wide pipe where nothing is lost on the way."""
    city = town(edges__diameter_m=[np.nan, 1.0, 0.1, 1.0], edges__length_m=[np.nan, 1.0, 1.0, 1.0])
    run = Run(city, leak_share=0.2, leak_coefficient=0.6, demand_factor=0.0).to(60, "bc")
    pressure = run.now("water_pressure")["b"]
    area = 0.2 * np.pi / 4 * 0.01
    assert run.figures()["water_leak"] == pytest.approx(1000 * 0.6 * area * np.sqrt(2 * 9.80665 * pressure), rel=0.02)


def test_that_a_place_that_failed_is_cut_off_with_what_hangs_on_it() -> None:
    run = Run(town()).to(600, "b")
    assert run.now("water_supply") == pytest.approx({"works": 1, "a": 1, "b": 0, "c": 0, "tank": 1})
    assert {(o, b) for _, o, w, b in run.told() if w == "no-water"} == {("c", ("b",))}


def test_that_controls_of_the_file_do_not_start_a_pump_that_has_no_power() -> None:
    said = pd.DataFrame({"section": ["CONTROLS"], "text": ["LINK PU OPEN IF NODE T BELOW 4.5"]}, dtype=object)
    run = Run(town(tables__statements=said)).to(3600, unpowered=("pump",))
    assert run.now("water_flow")["pump"] == pytest.approx(0, abs=1e-6)
    assert run.to(4200).now("water_flow")["pump"] > 0.005


def test_that_rules_of_the_file_do_not_either() -> None:
    lines = ["RULE 1", "IF TANK T LEVEL BELOW 4.5", "THEN PUMP PU STATUS IS OPEN"]
    said = pd.DataFrame({"section": "RULES", "text": lines}, dtype=object)
    run = Run(town(tables__statements=said)).to(3600, unpowered=("pump",))
    assert run.now("water_flow")["pump"] == pytest.approx(0, abs=1e-6)


def test_that_a_run_that_begins_in_the_evening_finds_the_tanks_as_they_are_then(data: Path) -> None:
    whole = Run(epanet(data, "Net3"), step_s=3600).to(18 * 3600, step_s=3600)
    late = Run(epanet(data, "Net3"), step_s=3600, start_hour=18)
    assert late.now("water_pressure") == pytest.approx(whole.now("water_pressure"), abs=1e-3, nan_ok=True)
    assert "water-run-up" in late.codes()


def test_that_a_saved_run_goes_on_to_the_same_bits_also_where_pipes_broke() -> None:
    run = Run(town(), step_s=120).to(600).to(1200, "bc", unpowered=("pump",)).to(1800, "bc")
    other = Run(town(), step_s=120)
    other.state = other.model.restore(run.model.save(run.state), run.city, {})
    for _ in range(2):
        for one, two in zip(run.model.outputs(run.state).values(), other.model.outputs(other.state).values(), strict=True):
            assert one.tobytes() == two.tobytes()
        assert run.figures() == other.figures()
        assert run.told() == other.told()
        run.to(9000, "bc")
        other.to(9000, "bc")


def test_that_works_without_pumps_curves_or_patterns_make_a_plausible_network() -> None:
    nodes = pd.DataFrame({"id": ["w", "a", "b"], "x": [0.0, 1, 2], "y": 0.0, "z": [3.0, 4, 5],
                          "kind": ["reservoir", "junction", "junction"],
                          "demand_lps": [0.0, 20, 20], "head_m": [48.0, np.nan, np.nan]})  # fmt: skip
    edges = pd.DataFrame({"id": ["p", "m"], "start": [0, 1], "end": [1, 2], "kind": ["pump", "main"], "diameter_mm": [400.0, 300.0],
                          "length_m": [30.0, 800.0]})  # fmt: skip
    city = city_of(Network("water", nodes, edges, np.array([None, None], object)))
    run = Run(city, start_hour=12)
    assert {"water-day", "water-stations", "water-roughness"} <= run.codes()
    assert run.now("water_supply") == pytest.approx({"w": 1, "a": 1, "b": 1})
    assert 38 < run.now("water_pressure")["b"] < 60
    noon = run.state.net.asked.sum()  # type: ignore[union-attr]
    assert Run(city, start_hour=3).state.net.asked.sum() < 0.5 * noon  # type: ignore[union-attr]
    run.to(600, unpowered=("w",))
    assert run.now("water_supply") == {"w": 0, "a": 0, "b": 0}
    assert {b for _, _, w, b in run.told() if w == "no-water"} == {("w",)}


def test_that_bad_networks_are_told_and_computed_as_far_as_they_go() -> None:
    none = town(nodes__kind=["junction"] * 5)
    run = Run(none)
    assert "water-unfit" in run.codes()
    assert np.isnan(list(run.now("water_supply").values())).all()
    run.to(600)
    loop = Run(town(edges__end=[1, 2, 2, 4]))
    assert "water-loop" in loop.codes()
    assert loop.now("water_supply")["c"] == 0
    assert "water-alone" in loop.codes()
    thin = Run(town(edges__diameter_m=[np.nan, np.nan, 0.2, 0.2], edges__length_m=[np.nan, 0.0, 500, 100]))
    assert {"water-diameter", "water-length"} <= thin.codes()
    tank = Run(town(nodes__diameter_m=np.nan))
    assert "water-tank-size" in tank.codes()
    lines = ["LINK PU OPEN IF NODE NOWHERE BELOW 4", "LINK AB CLOSED AT TIME 1000"]
    odd = pd.DataFrame({"section": "CONTROLS", "text": lines}, dtype=object)
    assert "water-controls" in Run(town(tables__statements=odd)).codes()
    dry = Run(town(tables__demands=pd.DataFrame({"node": [], "demand_m3s": [], "pattern": []})))
    assert "water-no-demand" in dry.codes()
    broken = pd.DataFrame({"curve": ["head"] * 3, "use": "head", "x": [0.0, 0.01, 0.02], "y": [10.0, 30.0, 20.0]})
    refused = Run(town(tables__curves=broken))
    assert "water-unfit" in refused.codes()
    text = next(t for _, c, t in refused.model.notices(refused.state) if c == "water-unfit")
    assert "227" in text or "curve" in text.lower()


def test_that_only_controls_of_epanet_are_passed_on() -> None:
    nodes, links = {"T": "N4"}, {"PU": "L0"}
    good, bad = controls_text(
        ["Pump PU closed IF Tank T above 3.2", "LINK PU 1.2 AT TIME 16", "LINK PU OPEN AT CLOCKTIME 6 PM", "LINK PU OPEN\n[OPTIONS]",
         "LINK X OPEN AT TIME 1", "LINK PU OPEN IF NODE T BELOW nan"], nodes, links,
    )  # fmt: skip
    assert good == ["LINK L0 CLOSED IF NODE N4 ABOVE 3.2", "LINK L0 1.2 AT TIME 16", "LINK L0 OPEN AT CLOCKTIME 6 PM"]
    assert len(bad) == 3
    rules, odd = rules_text(
        ["RULE 1", "IF TANK T LEVEL > 3", "AND SYSTEM CLOCKTIME >= 8 AM", "THEN PUMP PU STATUS IS CLOSED", "PRIORITY 2",
         "RULE 2", "IF TANK T SMELL IS BAD", "THEN PUMP PU STATUS IS CLOSED"], nodes, links,
    )  # fmt: skip
    assert rules == ["RULE R0", "IF TANK N4 LEVEL > 3", "AND SYSTEM CLOCKTIME >= 8 AM", "THEN PUMP L0 STATUS IS CLOSED", "PRIORITY 2"]
    assert odd == ["RULE 2"]


@pytest.mark.parametrize(("text", "value"), [("1:30", 5400), ("6 PM", 64800), ("12 am", 0), ("90 MIN", 5400), ("0.5", 1800), ("x", -1)])
def test_that_times_of_epanet_are_read(text: str, value: float) -> None:
    assert seconds(text, -1) == value


def test_that_the_worker_says_what_it_does_not_take_and_ends_when_it_is_closed() -> None:
    written = write_inp(town().networks["water"], WaterSupply.defaults())
    child = Child("twin.models.service.water_worker", "water supply")
    with pytest.raises(Refused, match="Error"):
        child.asked(Opened("[JUNCTIONS]\nN0 x\n", [], []))
    child.asked(Opened(written.text, written.node_names, written.link_names))
    answer = child.asked(Ask(3600, 600))
    assert answer.at_s == 3600
    assert answer.wrong == 0
    assert child.is_alive
    child.close()
    child.close()
    assert not child.is_alive
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_that_a_run_that_is_cancelled_leaves_no_process() -> None:
    run = Run(town())
    net = run.state.net
    assert net is not None
    assert net.child is not None
    pid = net.child.pid

    def stop(fraction: float | None = None) -> None:
        raise Cancelled

    run.model.checkpoint = stop
    with pytest.raises(Cancelled):
        run.to(86400)
    net.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_that_a_worker_that_dies_stops_the_water_and_not_the_run() -> None:
    run = Run(town()).to(600)
    net = run.state.net
    assert net is not None
    assert net.child is not None
    os.kill(net.child.pid, 9)
    run.to(3600)
    assert "water-stopped" in run.codes()
    assert run.now("water_supply")["a"] == 1
