"""What is put into the water: against EPANET itself, its mass balance, who gets it, and what people write that is wrong."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.infrarisk_city import micropolis
from tests.test_water_supply import city_of, town
from twin.city.city import City
from twin.city.network import Network
from twin.city.readers.epanet import read_epanet
from twin.city.readers.parts import Hints
from twin.errors import ScenarioError
from twin.happenings import Story
from twin.models.base import Happening, Inputs
from twin.models.hazard.contamination import Contamination, ContaminationState
from twin.models.service.water_exposure import WaterExposure
from twin.models.service.water_supply import WaterState, WaterSupply
from twin.scenario.engine import run as engine_run
from twin.scenario.events import Finished, Frame, Happened, Notice
from twin.scenario.scenario import Hazard, Head, Outputs, Scenario

STEP_S = 300.0


def wheel(name: str) -> Path:
    """A network of the wheel of wntr."""
    spec = find_spec("wntr")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "library" / "networks" / f"{name}.inp"


def epanet(name: str) -> City:
    part = read_epanet(wheel(name), Hints(engineering=True)).networks[0]
    return city_of(Network("water", part.nodes, part.edges, part.geometry, "", part.tables))


class Run:
    """Contamination and water supply in step."""

    def __init__(self, city: City, where: str, water: dict[str, Any] | None = None, **params: Any) -> None:
        self.city, self.hazard, self.model, self.network = city, Contamination(), WaterSupply(), city.networks["water"]
        given = {"begin": 0.0, "duration": 0.0, **params}
        self.source: ContaminationState = self.hazard.initialize(city, {}, Contamination.checked({"objects": where, **given}), 1)
        made = WaterSupply.checked({"step_s": STEP_S, **(water or {})})
        self.state: WaterState = self.model.initialize(city, self.hazard.outputs(self.source), made, 1)

    def to(self, at_s: float, *failed: str, step_s: float = 900.0) -> Run:
        nodes, edges = self.network.nodes["id"], self.network.edges["id"]
        orders = {
            "water_node_failed": nodes.isin(failed).to_numpy(np.int8), "water_edge_failed": edges.isin(failed).to_numpy(np.int8),
        }  # fmt: skip
        for now in np.append(np.arange(self.source.at_s + step_s, at_s, step_s), at_s):
            self.hazard.update(self.source, {}, float(now))
            self.model.update(self.state, Inputs(self.hazard.outputs(self.source) | orders), float(now))
        return self

    def now(self, what: str = "water_contaminant") -> dict[str, float]:
        ids = self.network.edges["id"] if what == "water_flow" else self.network.nodes["id"]
        return dict(zip(ids, self.model.outputs(self.state)[what].tolist(), strict=True))

    def figures(self) -> dict[str, float]:
        return {k: v for k, (v, _) in self.model.indicators(self.state).items()}

    def balance(self) -> float:
        """Grams that are nowhere over those put in."""
        assert self.state.net is not None
        assert self.state.net.taint is not None
        assert self.state.net.taint.masses.put_in > 0
        return self.state.net.taint.missing

    def codes(self) -> set[str]:
        return {code for _, code, _ in [*self.hazard.notices(self.source), *self.model.notices(self.state)]}


def known(name: str, hours: int, **changes: Any) -> Any:
    """mg/l by time and node from EPANET by wntr, in one go with hydraulics and transport in steps as ours."""
    import wntr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = wntr.network.WaterNetworkModel(str(wheel(name)))
        time = model.options.time
        time.hydraulic_timestep = time.quality_timestep = time.report_timestep = STEP_S
        time.report_start, time.duration = 0, hours * 3600
        model.options.quality.parameter = changes.get("parameter", "CHEMICAL")
        model.options.reaction.bulk_coeff, model.options.reaction.wall_coeff = -changes.get("decay", 0.0) / 86400, 0.0
        model.options.quality.trace_node = changes.get("trace")
        for _, node in model.nodes():
            node.initial_quality = 0.0
        for link in model.links():
            if hasattr(link[1], "bulk_coeff"):
                link[1].bulk_coeff = link[1].wall_coeff = None
        if "source" in changes:
            model.add_pattern("it", changes.get("pattern", [1.0]))
            model.add_source("it", *changes["source"], "it")
        prefix = str(Path(os.environ["TWIN_HOME"]) / f"known-{name}")
        found = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=prefix).node["quality"]
    return found if "trace" in changes else found * 1e3


def worst(run: Run, theirs: Any) -> float:
    ours = run.now()
    return max(abs(ours[f"node/{k}"] - v) for k, v in theirs.items())


@pytest.mark.parametrize("demands", ["demand-driven", "pressure-driven"])
def test_that_a_decaying_substance_held_at_the_works_of_net1_is_where_epanet_has_it(demands: str) -> None:
    """Net1, 1 mg/l at its reservoir 9, decay 0.5 a day as its file says of chlorine in the bulk: EPANET's own run, whole, in one go."""
    theirs = known("Net1", 24, decay=0.5, source=("9", "SETPOINT", 1e-3))
    run = Run(epanet("Net1"), "node/9", {"demands": demands}, held_mg_l=1.0, decay_1_d=0.5, limit_mg_l=1.0)
    for hour in (1, 6, 12, 24):
        run.to(hour * 3600, step_s=STEP_S)
        assert worst(run, theirs.loc[hour * 3600].drop("9")) < 2e-3, hour
    assert 0.05 < run.now()["node/2"] < 0.1  # the tank, clean at first, filled and emptied


def test_that_a_mass_put_in_for_two_hours_passes_net1_as_in_epanet_and_none_is_lost() -> None:
    """100 g/min at node 11 from 2 to 4 h; EPANET has it as a pattern of a mass booster (kg/s in wntr)."""
    day = [0.0, 1.0, *[0.0] * 10]
    theirs = known("Net1", 24, source=("11", "MASS", 0.1 / 60), pattern=day)
    run = Run(epanet("Net1"), "node/11", {"demands": "demand-driven"}, begin=7200.0, duration=7200.0, rate_g_min=100.0, limit_mg_l=1.0)
    for hour in (3, 4, 8, 24):
        run.to(hour * 3600, step_s=STEP_S)
        assert worst(run, theirs.loc[hour * 3600]) < 0.01 * theirs.to_numpy().max(), hour
    assert run.figures()["contaminant_put_in"] == pytest.approx(100 * 120, rel=1e-6)
    assert abs(run.balance()) < 1e-3


def test_that_the_share_of_lake_water_in_net3_is_epanets_source_trace() -> None:
    """Net3, EPANET's tutorial network: percent of water from the lake over two days, at all nodes, tanks among them."""
    theirs = known("Net3", 48, parameter="TRACE", trace="Lake")
    run = Run(epanet("Net3"), "node/Lake", {"demands": "demand-driven"}, held_mg_l=100.0, limit_mg_l=1.0)
    for hour in (6, 24, 48):
        run.to(hour * 3600, step_s=STEP_S)
        assert worst(run, theirs.loc[hour * 3600].drop("Lake")) < 0.01, hour
    assert abs(run.balance()) < 0.01


def test_that_works_are_clean_again_when_it_is_over() -> None:
    """EPANET's works would keep the last concentration of a source."""
    for how in ({"rate_g_min": 60.0}, {"held_mg_l": 50.0}):
        run = Run(town(nodes__diameter_m=[np.nan] * 4 + [0.5]), "works", duration=1800.0, **how).to(1800)
        put_in = run.figures()["contaminant_put_in"]
        assert run.now()["a"] > 10
        assert put_in == pytest.approx(1800 if "rate_g_min" in how else 50 * run.now("water_flow")["pump"] * 1800, rel=0.02)
        run.to(6 * 3600)
        assert max(run.now().values()) == 0
        assert run.figures()["contaminant_put_in"] == pytest.approx(put_in, rel=1e-6)
        assert abs(run.balance()) < 1e-3


def test_that_the_mass_is_right_when_it_begins_and_ends_within_a_step_of_the_run() -> None:
    run = Run(town(), "a", begin=1000.0, duration=500.0, rate_g_min=60.0).to(3600)
    assert run.figures()["contaminant_put_in"] == pytest.approx(500.0, rel=1e-3)
    assert abs(run.balance()) < 1e-3
    assert "contaminant-kept-out" not in run.codes()


def test_that_plug_flow_brings_it_after_volume_over_flow() -> None:
    """a - b: 500 m of 0.2 m; held at 1 mg/l at a it comes to b when the water of the pipe has gone by."""
    run = Run(town(), "a", {"transport_s": 60}, held_mg_l=1.0, limit_mg_l=0.5)
    flow = run.now("water_flow")["ab"]
    due = 500 * np.pi / 4 * 0.2**2 / flow
    run.to(0.9 * due, step_s=60)
    assert run.now()["b"] < 0.01
    run.to(1.2 * due, step_s=60)
    assert run.now()["b"] == pytest.approx(1.0, abs=0.01)


def test_that_a_shut_pipe_stops_it() -> None:
    run = Run(town(), "b", {"leak_share": 0.0}, begin=900.0, duration=600.0, rate_g_min=60.0)
    run.to(600).to(1500, "bc")
    assert run.now()["b"] > 0
    run.to(3 * 3600, "bc")
    assert run.now()["c"] == 0
    assert "c" not in {h.object for h in run.model.happenings(run.state) if h.what == "contaminated-water"}


def test_that_what_runs_out_of_a_broken_main_is_counted_apart() -> None:
    run = Run(town(), "a", {"isolation_s": 3600}, rate_g_min=60.0, duration=7200.0).to(3600).to(9000, "bc")
    assert run.figures()["contaminant_leaked"] > 100
    before = run.figures()["contaminant_leaked"]
    assert abs(run.balance()) < 1e-3
    run.to(12000, "bc")  # the hole is shut by now
    assert run.figures()["contaminant_leaked"] == pytest.approx(before, rel=1e-3)


def test_that_rules_of_the_file_that_shut_a_pump_lose_nothing_of_it() -> None:
    """Rules shut links at the end of a step of hydraulics, before EPANET moves what is in the water over that step."""
    lines = [
        "RULE 1", "IF TANK T LEVEL ABOVE 3.3", "THEN PUMP PU STATUS IS CLOSED", "RULE 2", "IF TANK T LEVEL BELOW 2.7",
        "THEN PUMP PU STATUS IS OPEN",
    ]  # fmt: skip
    said = pd.DataFrame({"section": "RULES", "text": lines}, dtype=object)
    run = Run(town(tables__statements=said), "works", held_mg_l=10.0, limit_mg_l=1.0)
    pumped = []
    for k in range(1, 49):
        run.to(k * 900.0)
        pumped.append(run.now("water_flow")["pump"] > 1e-3)
    assert 5 < sum(pumped) < 43  # it went on and off
    assert abs(run.balance()) < 1e-3


def test_that_a_tank_keeps_it_and_gives_it_back_when_the_source_is_dry() -> None:
    run = Run(town(), "b", duration=3600.0, rate_g_min=60.0).to(3600)
    stored = run.now()["tank"]
    assert stored > 1.0
    run.to(9000, "pump")
    assert run.now()["a"] == pytest.approx(run.now()["tank"], rel=1e-3)  # where it flowed back to
    assert run.now()["c"] == pytest.approx(run.now()["tank"], rel=1e-3)
    assert run.figures()["contaminant_left_share"] > 0.1


def test_that_people_are_told_where_it_came_from_and_when_it_is_clean_again() -> None:
    run = Run(town(nodes__diameter_m=[np.nan] * 4 + [0.5]), "a", duration=1800.0, rate_g_min=1.0, limit_mg_l=0.1).to(8 * 3600)
    told = [(h.object, h.what, h.because) for h in run.model.happenings(run.state)]
    assert ("c", "contaminated-water", ("a",)) in told
    assert ("a", "contaminated-water", ()) in told
    assert told.index(("c", "contaminated-water", ("a",))) < told.index(("c", "clean-water", ()))
    assert run.figures()["water_places_contaminated"] == 0
    assert run.figures()["water_places_contaminated_worst"] == 2
    assert run.hazard.happenings(run.source) == [Happening(0.0, "a", "dosed", (), {"hours": 0.5})]
    late = next(h for h in run.model.happenings(run.state) if h.object == "c" and h.what == "contaminated-water")
    assert late.at_s > 1800  # the water was on its way when it was over: its cause is still told
    story = Story([*run.hazard.happenings(run.source), *run.model.happenings(run.state)])
    cause = story.why("c", late.at_s)
    assert cause is not None
    assert cause.root.happening.what == "dosed"


def test_that_what_cannot_get_into_still_water_is_said() -> None:
    """c draws nothing and nothing lies beyond it."""
    demands = town().networks["water"].tables["demands"].iloc[:2]
    run = Run(town(tables__demands=demands), "c", duration=600.0, rate_g_min=60.0).to(3600)
    assert run.figures()["contaminant_put_in"] == pytest.approx(0, abs=1e-6)
    assert "contaminant-kept-out" in run.codes()
    text = next(t for _, c, t in run.model.notices(run.state) if c == "contaminant-kept-out")
    assert text == "Of 600 g only 0 g got into the water: from c hardly any water flows at times."


def test_that_a_saved_run_goes_on_to_the_same_bits_also_where_pipes_broke() -> None:
    water = {"isolation_s": 3600}
    run = Run(town(), "a", water, rate_g_min=60.0, duration=2400.0, begin=300.0).to(1500).to(2100, "bc")
    other = Run(town(), "a", water, rate_g_min=60.0, duration=2400.0, begin=300.0)
    other.source = other.hazard.restore(run.hazard.save(run.source), run.city, {})
    other.state = other.model.restore(run.model.save(run.state), run.city, {})
    for _ in range(2):
        for one, two in zip(run.model.outputs(run.state).values(), other.model.outputs(other.state).values(), strict=True):
            assert one.tobytes() == two.tobytes()
        assert run.figures() == other.figures()
        assert run.model.happenings(run.state) == other.model.happenings(other.state)
        run.to(9000, "bc")
        other.to(9000, "bc")
    assert run.figures()["contaminant_put_in"] > 2000


def test_that_without_contamination_nothing_is_followed() -> None:
    model, city = WaterSupply(), town()
    state = model.initialize(city, {}, WaterSupply.defaults(), 1)
    assert state.net is not None
    assert state.net.taint is None
    assert "QUALITY NONE" in state.net.written.text
    assert np.isnan(model.outputs(state)["water_contaminant"]).all()
    assert not any("contamin" in k for k in model.indicators(state))


def test_that_a_contamination_of_nothing_known_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no 'nowhere, moon' where the water"):
        Run(town(), "nowhere, moon")


def test_that_what_is_named_wrong_is_told_and_the_rest_goes_on() -> None:
    run = Run(town(), "b, nowhere , BC,b").to(900)
    said = {code: text for _, code, text in run.hazard.notices(run.source)}
    assert said["contamination-unknown"] == "The city has no 'nowhere' where the water could be contaminated; the run goes on without."
    assert said["contamination-nearest"] == "The contaminant enters the network: BC at its end, c."
    assert run.source.rows.tolist() == [2, 3]
    assert run.now()["b"] > 0
    assert "contamination-none" in Run(town(), "").to(900).codes()
    dry = City("Nowhere", town().frame)
    hazard = Contamination()
    state = hazard.initialize(dry, {}, Contamination.checked({"objects": "b"}), 1)
    assert [c for _, c, _ in hazard.notices(state)] == ["contamination-no-network"]
    alone = Run(town(edges__end=[1, 2, 2, 4]), "c").to(900)  # bc begins where it ends
    assert "contaminant-alone" in alone.codes()


def test_that_the_demo_city_says_who_gets_it() -> None:
    from twin.city.demo.demo import demo_city

    city = demo_city(1.0)
    network = city.networks["water"]
    works = str(network.nodes.loc[network.nodes["kind"] == "reservoir", "id"].iloc[0])
    far = str(city.buildings.table["id"].iloc[-1])
    scenario = Scenario(
        schema=1, scenario=Head(name="poison", duration=6 * 3600.0, coupling=900.0),
        hazard=[Hazard(id="poison", model="contamination", params={"objects": f"{works},{far},lost", "begin": 0.0, "rate_g_min": 100.0})],
        outputs=Outputs(interval=3600.0),
    )  # fmt: skip
    happened, notices, fields, end = [], [], {}, None
    for event in engine_run(city, scenario, use_cache=False):
        if isinstance(event, Happened):
            happened += event.happenings
        elif isinstance(event, Notice):
            notices.append(event.code)
        elif isinstance(event, Frame) and event.kept:
            fields = {f.quantity: f.array for f in event.fields}
        elif isinstance(event, Finished):
            end = event
    assert end is not None
    assert end.ok, end.message
    figures = {k: v.value for k, v in end.indicators.items()}
    assert figures["people_contaminated_worst"] > 0
    assert figures["person_hours_contaminated"] > 0
    assert {h.object for h in happened if h.what == "dosed"} >= {works}
    assert any(works in h.because for h in happened if h.what == "contaminated-water")
    assert fields["building_contaminant"].shape == (len(city.buildings),)
    assert "contamination-unknown" in notices


def test_that_only_buildings_with_running_water_above_the_limit_count() -> None:
    from twin.city.demo.demo import demo_city

    city, model = demo_city(1.0), WaterExposure()
    n = len(city.networks["water"].nodes)
    inputs = Inputs({"water_contaminant": np.full(n, 0.02, np.float32), "contaminant_limit": np.array([0.01]), "water_supply": np.ones(n)})
    state = model.initialize(city, inputs, WaterExposure.checked({"start_hour": 3.0}), 1)
    everybody = float(state.people[3][state.node >= 0].sum(dtype=float))
    assert everybody > 0
    assert model.indicators(state)["people_contaminated"][0] == pytest.approx(everybody)
    model.update(state, inputs, 1800.0)
    assert model.indicators(state)["person_hours_contaminated"][0] == pytest.approx(everybody / 2)
    model.update(state, Inputs({**inputs, "water_supply": np.zeros(n)}), 3600.0)
    assert model.indicators(state)["people_contaminated"][0] == 0
    model.update(state, Inputs({**inputs, "contaminant_limit": np.array([0.05])}), 5400.0)
    assert model.indicators(state)["people_contaminated"][0] == 0
    assert model.indicators(state)["people_contaminated_worst"][0] == pytest.approx(everybody)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "where"), [("ky4", "node/R-1"), ("ky4", "node/J-532"), ("ky10", "node/J-524")])
def test_that_the_mass_is_right_in_the_networks_of_kentucky(name: str, where: str) -> None:
    run = Run(epanet(name), where, {"step_s": 600.0}, duration=7200.0, rate_g_min=100.0).to(86400)
    assert run.figures()["contaminant_put_in"] == pytest.approx(12000, rel=1e-6)
    assert abs(run.balance()) < 0.01
    assert "contaminant-balance" not in run.codes()


@pytest.mark.slow
def test_that_micropolis_keeps_its_mass_though_rules_and_shut_pumps_stop_its_works(data: Path, tmp_path: Path) -> None:
    """Its pumps rest for hours with a few drops through them: what is put in then does not get in, and is said."""
    city = micropolis(data, tmp_path)
    run = Run(city, "node/W_R1", {"step_s": 600.0}, duration=7200.0, rate_g_min=100.0).to(86400)
    assert "contaminant-kept-out" in run.codes()
    assert abs(run.balance()) < 0.01
    held = Run(city, "node/W_R1", {"step_s": 600.0}, held_mg_l=1.0, limit_mg_l=0.1).to(86400)
    assert abs(held.balance()) < 0.01
    assert max(held.now().values()) <= 1.0 + 1e-6
