"""The testbeds of InfraRisk (Balakrishnan and Cassottana 2022, doi:10.1016/j.scs.2022.103963): Micropolis as a city, and the published
outage hours of IN2, by our engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import dijkstra

from tests.infrarisk_city import recipe
from twin.city.city import City
from twin.city.network import Network
from twin.city.readers.epanet import read_epanet
from twin.city.readers.pandapower import read_pandapower
from twin.city.readers.parts import Hints
from twin.city.readers.tntp import read_tntp
from twin.city.recipe import open_city
from twin.frame import LocalFrame
from twin.models.service.outage import outage_hours
from twin.models.service.power import Power
from twin.models.service.water_supply import WaterSupply

# IN2, scenario test1: disruption after the first two minutes; repair takes 10 h (line), 12 h (pipe, pump, road) times the share lost, and
# begins when a crew has come: 10 minutes to get ready and the way by road. All times are rounded to 120 s; results lie 60 s later.
DISRUPTED_S, LINE_BACK_S, PIPE_SHUT_S, END_S, LATER_S = 120, 18960, 6960, 28560, 60
READY_MIN = 10


def network(path: Path, kind: str) -> Network:
    read: Any = {"power": read_pandapower, "water": read_epanet, "roads": read_tntp}[kind]
    part = read(path, Hints(engineering=True)).networks[0]
    return Network(kind, part.nodes, part.edges, part.geometry, "", part.tables)


def in2(data: Path) -> City:
    folder = data / "infrarisk" / "in2"
    parts = {
        "power": network(folder / "power" / "power.json", "power"), "water": network(folder / "water" / "water.inp", "water"),
        "roads": network(folder / "transportation" / "transpo_net.tntp", "roads"),
    }  # fmt: skip
    return City("IN2", LocalFrame(None), networks=parts)


def failed(of: Network, name: str, what: str = "edges") -> np.ndarray:
    table = of.edges if what == "edges" else of.nodes
    return (table["name"] == name).to_numpy(np.int8)


def test_that_equivalent_outage_hours_are_the_integral_of_what_was_missing() -> None:
    asked = np.tile([3.0, 1.0, 0.0], (3, 1))
    served = np.array([[3.0, 1.0, 0.0], [3.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    hours = outage_hours([0, 3600, 7200], served, asked)
    assert hours.by_consumer == pytest.approx(0.5 * 1.5)  # half of the consumers; the first hour on the way there
    assert hours.by_amount == pytest.approx(0.25 * 1.5)
    with pytest.raises(ValueError, match="do not fit"):
        outage_hours([0, 1], served, asked)


def test_that_in2_has_the_power_outage_hours_that_are_published(data: Path) -> None:
    """Notebook of InfraRisk, scenario test1: power 1.308 (each consumer alike) and 0.193 (by demand)."""
    city = in2(data)
    grid = city.networks["power"]
    model = Power()
    state = model.initialize(city, {}, Power.checked({"flow": "dc", "restore_s": 0, "ties": False}), 0)
    out = failed(grid, "P_L5")
    loaded = grid.nodes["p_mw"].to_numpy(float) > 0
    asked = grid.nodes["p_mw"].to_numpy(float)[loaded]
    times, served = [LATER_S], [asked.copy()]
    for at in range(DISRUPTED_S, END_S + 60, 120):
        model.update(state, {"power_edge_failed": out * (at < LINE_BACK_S)}, at)
        times.append(at + LATER_S)
        served.append(asked * model.outputs(state)["power_supply"][loaded])
    hours = outage_hours(times, served, np.tile(asked, (len(times), 1)))
    assert hours.by_consumer == pytest.approx(1.308, abs=0.001)
    assert hours.by_amount == pytest.approx(0.193, abs=0.001)


def test_that_in2_has_the_water_outage_hours_that_are_published(data: Path) -> None:
    """Scenario test1: water 4.247 and 4.246. Pump W_WP9 stands still while its motor P_MP1 has no power (its own damage is mended long
    before); pipe W_P21 leaks through half of its area (C 0.75) until a crew shuts it. InfraRisk computes with the WNTR simulator,
    pressure driven, 30 m required."""
    city = in2(data)
    water = city.networks["water"]
    model = WaterSupply()
    params = {"required_m": 30.0, "minimum_m": 0.0, "step_s": 60, "leak_share": 0.5, "leak_coefficient": 0.75,
              "isolation_s": PIPE_SHUT_S - DISRUPTED_S}  # fmt: skip
    state = model.initialize(city, {}, WaterSupply.checked(params), 0)
    pipe, pump = failed(water, "W_P21"), failed(water, "W_WP9")
    junction = (water.nodes["kind"] == "junction").to_numpy(bool)
    times, served, asked = [], [], []
    assert state.net is not None
    for at in range(60, END_S + 120, 60):
        now = at - LATER_S
        inputs = {
            "water_edge_failed": pipe * (DISRUPTED_S <= now < END_S), "water_edge_power": 1.0 - pump * (DISRUPTED_S <= now < LINE_BACK_S),
        }  # fmt: skip
        model.update(state, inputs, at)
        times.append(at)
        asked.append(state.net.asked[junction])
        served.append(model.outputs(state)["water_supply"][junction] * asked[-1])
    hours = outage_hours(times, served, asked)
    assert hours.by_consumer == pytest.approx(4.247, abs=0.002)
    assert hours.by_amount == pytest.approx(4.246, abs=0.002)
    empty = [h for h in model.happenings(state) if h.what == "tank-empty"]
    assert [h.object for h in empty] == ["node/W_T2"]
    assert empty[0].at_s == pytest.approx(3780, abs=120)


def test_that_in2_has_the_outage_hours_of_its_authors_own_tables(data: Path) -> None:
    """power_load_demand.csv of scenario test1 as InfraRisk wrote it, through our definition."""
    table = pd.read_csv(data / "infrarisk" / "in2" / "scenarios" / "test1" / "capacity" / "power_load_demand.csv", sep="\t")
    served = table.drop(columns="time").to_numpy(float)
    hours = outage_hours(table["time"], served, np.tile(served[0], (len(served), 1)))
    assert (round(hours.by_consumer, 3), round(hours.by_amount, 3)) == (1.308, 0.193)


def test_that_crews_of_in2_take_the_minutes_that_are_published(data: Path) -> None:
    """Road crew 19 min to T_L2, power crew 14 min to P_L5, water crew 23 min to W_WP9 and 19 min on to W_P21: each 10 minutes to get ready
    and the shortest free-flow way, from the junction nearest to its base to that nearest to an end of what is broken."""
    city = in2(data)
    roads, power, water = (city.networks[k] for k in ("roads", "power", "water"))
    minutes = dijkstra(roads.matrix(roads.edges["free_flow_s"].to_numpy(float) / 60.0))
    places = roads.nodes[["x", "y"]].to_numpy(float)

    def near(x: float, y: float) -> int:
        return int(np.argmin(np.hypot(*(places - [x, y]).T)))

    def ends(of: Network, name: str) -> set[int]:
        edge = of.edges.loc[of.edges["name"] == name].iloc[0]
        return {near(*of.nodes.loc[edge[c], ["x", "y"]].astype(float)) for c in ("start", "end")}

    def trip(start: int, targets: set[int]) -> tuple[int, int]:
        there = min(targets, key=lambda t: (minutes[start, t], t))
        return READY_MIN + round(minutes[start, there]), there

    base = near(320, 20)
    link = roads.edges.loc[roads.edges["id"] == "road/T_L2"].iloc[0]
    road_ends = {int(link["start"]), int(link["end"])}
    assert trip(base, road_ends)[0] == 19
    assert trip(near(280, -20), ends(power, "P_L5"))[0] == 14
    first, there = trip(base, ends(water, "W_WP9"))
    assert (first, trip(there, ends(water, "W_P21"))[0]) == (23, 19)


@pytest.fixture(scope="module")
def micropolis(data: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    return open_city(recipe(data, tmp_path_factory.mktemp("micropolis")), use_cache=False)


def motors(city: City, data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the pumps that hang on a motor, and of the node of that motor (dependencies.csv)."""
    table = pd.read_csv(data / "infrarisk" / "micropolis" / "dependencies.csv")
    water, power = city.networks["water"], city.networks["power"]
    pump = pd.Index(water.edges["name"]).get_indexer(table["water_id"])
    node = power.tables["motor"].set_index("name")["node"].reindex(table["power_id"])
    return pump, pd.Index(power.nodes["id"]).get_indexer(node)


def test_that_micropolis_opens_as_a_city(micropolis: City) -> None:
    """Counts of the data's manifest."""
    assert len(micropolis.buildings) == 868
    assert len(micropolis.networks["power"].nodes) == 1225
    assert len(micropolis.networks["water"].nodes) == 1577
    assert len(micropolis.networks["water"].edges) == 1619
    assert len(micropolis.networks["roads"].nodes) == 68
    assert not micropolis.frame.has_map
    assert micropolis.buildings.table["people_night"].sum() == pytest.approx(8723)
    x0, y0, x1, y1 = micropolis.bounds
    assert 1500 < x1 - x0 < 3000  # feet became metres
    assert 1500 < y1 - y0 < 3000


def test_that_the_substation_of_micropolis_takes_its_motors_with_it(micropolis: City, data: Path) -> None:
    model = Power()
    state = model.initialize(micropolis, {}, Power.checked({"flow": "dc"}), 0)
    power = micropolis.networks["power"]
    pumps, nodes = motors(micropolis, data)
    assert (len(pumps), len(set(power.tables["motor"]["name"]))) == (8, 3)
    assert (model.outputs(state)["power_supply"][nodes] == 1).all()
    model.update(state, {"power_node_failed": (power.nodes["kind"] == "grid").to_numpy(np.int8)}, 60.0)
    assert (model.outputs(state)["power_supply"][nodes] == 0).all()
    told = {h.object: h for h in model.happenings(state)}
    assert told[power.nodes["id"].iloc[nodes[0]]].what == "no-power"


def test_that_the_power_flow_of_micropolis_is_the_published_one(micropolis: City) -> None:
    """The slack of the med variant gives 26.51 MW (manifest of the data)."""
    model = Power()
    state = model.initialize(micropolis, {}, Power.checked({"flow": "ac"}), 0)
    assert model.indicators(state)["power_from_grid"][0] == pytest.approx(26.51, abs=0.005)


def test_that_the_tower_of_micropolis_serves_all_for_six_hours_and_not_for_a_day(micropolis: City, data: Path) -> None:
    """All pumps off from the start: everybody served at 6 h, nobody once the tower is empty at 7 to 8 h; EPANET through wntr with the same
    pumps closed says the same."""
    model = WaterSupply()
    state = model.initialize(micropolis, {}, WaterSupply.checked({"step_s": 3600}), 0)
    pumps, _ = motors(micropolis, data)
    power = np.ones(len(micropolis.networks["water"].edges))
    power[pumps] = 0.0
    assert len(pumps) == (micropolis.networks["water"].edges["kind"] == "pump").sum()
    share = {}
    for hour in range(25):
        model.update(state, {"water_edge_power": power}, hour * 3600.0)
        share[hour] = model.indicators(state)["water_served_share"][0]
    assert share[6] == pytest.approx(1.0, abs=0.01)
    assert share[7] == pytest.approx(1.0, abs=0.01)
    assert share[9] == 0
    assert share[24] == 0
    empty = [h for h in model.happenings(state) if h.what == "tank-empty"]
    assert [(h.object, h.at_s) for h in empty] == [("node/W_T1", 8 * 3600.0)]
    assert set(empty[0].because) <= {f"pump/W_WP{k}" for k in range(1, 9)}
    model.update(state, {"water_edge_power": np.ones(len(power))}, 30 * 3600.0)
    assert model.indicators(state)["water_served_share"][0] > 0.9
