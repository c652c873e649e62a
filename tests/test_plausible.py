"""Plausible networks: made on request for a city that has none, labelled so, the same each time, and taken by the models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from tests.little_city import little_city
from twin.city.buildings import Buildings
from twin.city.city import City
from twin.city.info import describe
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.plausible import PARTS, REACH_M, SOURCE, kept, made_parts, parts_named, plausible
from twin.city.plausible_power import MOST_LOAD_MVA, POWER_FACTOR, SIZES_MVA, SPARE
from twin.city.plausible_water import DIAMETERS_M, ROUGHNESS, diameter
from twin.city.plausible_ways import centres_of_load, gabriel, with_some_loops
from twin.city.recipe import open_city
from twin.city.store import load_city, save_city
from twin.cli import app
from twin.errors import InputError
from twin.models.service.power import Power
from twin.models.service.water_supply import WaterSupply


def grid_streets(city: City, step_m: float = 60.0) -> Network:
    """Streets of the little city cut at their crossings."""
    x0, y0, x1, y1 = city.buildings.bounds or (0.0, 0.0, 0.0, 0.0)
    xs, ys = np.arange(x0 - 6, x1 + step_m, step_m), np.arange(y0 - 6, y1 + step_m, step_m)
    x, y = np.meshgrid(xs, ys)
    row = np.arange(x.size).reshape(x.shape)
    start = np.concatenate([row[:, :-1].ravel(), row[:-1].ravel()])
    end = np.concatenate([row[:, 1:].ravel(), row[1:].ravel()])
    nodes = pd.DataFrame({"id": [f"n/{i}" for i in range(x.size)], "x": x.ravel(), "y": y.ravel(), "z": 0.0})
    lines = shapely.linestrings(np.stack([nodes[["x", "y"]].to_numpy()[start], nodes[["x", "y"]].to_numpy()[end]], axis=1))
    edges = pd.DataFrame({"id": [f"s/{i}" for i in range(len(lines))], "start": start, "end": end, "length_m": step_m, "oneway": False,
                          "class": "residential"})  # fmt: skip
    return Network("roads", nodes, edges, lines, "streets")


@pytest.fixture(scope="module")
def bare() -> City:
    city = little_city()
    return city.derived(networks={"roads": grid_streets(city)})


@pytest.fixture(scope="module")
def made(bare: City) -> City:
    return plausible(bare)


def test_that_every_part_is_made_and_says_that_it_is_made_up(bare: City, made: City) -> None:
    assert made_parts(bare) == ()
    assert made_parts(made) == PARTS
    assert {made.networks[k].source for k in ("power", "water")} | {made.layers["masts"].source} == {SOURCE}
    for table in (*(t for k in ("power", "water") for t in (made.networks[k].nodes, made.networks[k].edges)), made.layers["masts"].table):
        assert set(table["source"]) == {SOURCE}
    assert "made up, not surveyed" in made.attribution
    told = [p for p in made.problems if p.code == "made_up"]
    assert len(told) == 3
    assert all("not surveyed" in p.message for p in told)
    assert made.buildings is bare.buildings


def test_that_info_tells_what_is_made_up(made: City) -> None:
    data = describe(made)
    assert SOURCE in [s["name"] for s in data["sources"]]
    assert sum(p["code"] == "made_up" for p in data["problems"]) == 3


def test_that_the_same_city_gives_the_same_bits_and_another_seed_others(bare: City, made: City, towns: City) -> None:
    assert plausible(little_city().derived(networks={"roads": grid_streets(bare)})).content_hash == made.content_hash
    hashes = {plausible(towns, ["power"], seed=s).part_hash("network:power") for s in (0, 0, 1)}
    assert len(hashes) == 2


def test_that_the_parts_asked_for_one_by_one_are_labelled_together(bare: City) -> None:
    city = plausible(plausible(bare, ["masts"]), ["water"])
    assert made_parts(city) == ("water", "masts")
    assert [s.attribution for s in city.sources if s.name == SOURCE] == ["Water and masts made up, not surveyed"]


def test_that_what_the_city_has_is_never_replaced(bare: City, made: City) -> None:
    own = Network("power", made.networks["power"].nodes, made.networks["power"].edges, made.networks["power"].geometry, "the grid company")
    city = bare.derived(networks={**bare.networks, "power": own})
    after = plausible(city, ["power", "water"])
    assert after.networks["power"] is own
    assert made_parts(after) == ("water",)
    assert kept(city, ["power", "water"]) == ["The city has a power network of its own; nothing was put in its place"]
    assert kept(made, ["masts"]) == ["The city has masts made up already; nothing was put in its place"]
    assert plausible(made) is made


def test_that_every_load_has_power_and_substations_are_of_usual_size(bare: City, made: City) -> None:
    network = made.networks["power"]
    nodes, edges = network.nodes, network.edges
    stations = nodes[nodes["kind"] == "substation"]
    assert set(stations["capacity_mva"]) <= set(SIZES_MVA)
    fed = network.islands(edges["closed"].to_numpy(bool))
    assert set(fed[(nodes["load_kw"] > 0).to_numpy()]) <= set(fed[stations.index])
    served = nodes["load_kw"].sum() / POWER_FACTOR / 1000.0
    assert stations["capacity_mva"].sum() >= SPARE * served
    assert served <= MOST_LOAD_MVA * len(stations)
    power = Power()
    state = power.initialize(made, {}, {p.name: p.default for p in power.params}, 0)
    assert np.all(power.outputs(state)["power_supply"] == 1.0)
    assert np.nanmax(power.outputs(state)["power_line_load"]) <= 1.0
    assert not [n for n in power.notices(state) if n[0] != "info"]


def test_that_hospitals_have_a_load_of_their_own_that_is_shed_last(made: City) -> None:
    nodes = made.networks["power"].nodes
    own = nodes[nodes["kind"] == "load"]
    assert set(own["priority"]) == {1}
    assert "hospital" in set(own["name"])
    assert any(n.startswith("Waterworks") for n in own["name"]), "the pumps of the water network hang on the power network"


def test_that_feeders_are_laid_along_streets_and_are_trees(bare: City, made: City) -> None:
    edges = made.networks["power"].edges
    feeders = edges[edges["kind"] == "feeder"]
    named = feeders[feeders["street"] != ""]
    assert set(named["street"]) <= set(bare.networks["roads"].edges["id"])
    assert feeders["end"].is_unique
    assert (edges["closed"] == (edges["kind"] != "tie")).all()
    xy = made.networks["power"].nodes[["x", "y"]].to_numpy()
    for end, column in ((0, "start"), (-1, "end")):
        at = shapely.get_coordinates(shapely.get_point(made.networks["power"].geometry, end))
        assert np.hypot(*(at - xy[edges[column]]).T).max() < 0.01


def two_towns() -> City:
    """Two towns of tall offices whose load asks for several substations."""
    city = little_city(side=20)
    t = city.buildings.table.assign(use="office", height_m=150.0, storeys=45.0)
    buildings = Buildings(t, city.buildings.footprints, city.buildings.mesh)
    return city.derived(buildings=buildings, networks={"roads": grid_streets(city)})


@pytest.fixture(scope="module")
def towns() -> City:
    return two_towns()


def test_that_a_large_load_has_many_substations_with_ties_between_them(towns: City) -> None:
    network = plausible(towns, ["power"]).networks["power"]
    stations = network.nodes[network.nodes["kind"] == "substation"]
    assert len(stations) > 3
    kinds = network.edges["kind"].value_counts()
    assert kinds["transmission"] >= len(stations) - 1
    assert kinds["tie"] >= len(stations) - 1
    assert len(np.unique(network.islands(network.edges["closed"].to_numpy(bool)))) == 1


def test_that_ties_bring_power_back_when_a_substation_is_out(towns: City) -> None:
    city = plausible(towns, ["power"])
    network, power = city.networks["power"], Power()
    failed = np.zeros(len(network.nodes), np.int8)
    failed[np.flatnonzero(network.nodes["kind"] == "substation")[0]] = 1
    lost = {}
    for ties in (False, True):
        params = {p.name: p.default for p in power.params} | {"ties": ties}
        state = power.initialize(city, {"power_node_failed": failed}, params, 0)
        power.update(state, {"power_node_failed": failed}, 7200.0)
        lost[ties] = power.indicators(state)["power_unserved"][0]
    assert lost[False] > 0
    assert lost[True] < 0.6 * lost[False]


def test_that_mains_form_loops_and_every_place_has_pressure_on_a_usual_day(made: City) -> None:
    network = made.networks["water"]
    pipes = network.edges[network.edges["kind"] == "pipe"]
    assert len(pipes) > len(network.nodes), "more pipes than a tree has"
    assert set(network.edges["diameter_m"]) <= set(DIAMETERS_M)
    model = WaterSupply()
    state = model.initialize(made, {}, {p.name: p.default for p in model.params}, 0)
    try:
        for hour in (4, 8, 12):
            model.update(state, {}, hour * 3600.0)
            assert model.indicators(state)["water_served_share"][0] == pytest.approx(1.0)
        junction = (network.nodes["kind"] == "junction").to_numpy()
        pressure = model.outputs(state)["water_pressure"][junction]
        assert pressure.min() > 20
        assert pressure.max() < 80
    finally:
        if state.net is not None:
            state.net.close()


def test_that_a_town_of_some_size_has_a_tower_that_feeds_it_while_pumps_are_out(towns: City) -> None:
    city = towns
    t = city.buildings.table.assign(use="residential")
    city = plausible(city.derived(buildings=city.buildings.derived(table=t)), ["water"])
    network, model = city.networks["water"], WaterSupply()
    tanks = network.nodes[network.nodes["kind"] == "tank"]
    assert len(tanks) >= 1
    failed = (network.nodes["kind"] == "reservoir").to_numpy(np.int8)
    state = model.initialize(city, {"water_node_failed": failed}, {p.name: p.default for p in model.params}, 0)
    try:
        model.update(state, {"water_node_failed": failed}, 3600.0)
        assert model.indicators(state)["water_served_share"][0] > 0.9
        model.update(state, {"water_node_failed": failed}, 24 * 3600.0)
        assert model.indicators(state)["water_served_share"][0] < 0.1
    finally:
        if state.net is not None:
            state.net.close()


@pytest.mark.parametrize("litres", [1.0, 10.0, 100.0])
def test_that_pipes_lose_no_more_than_three_metres_a_kilometre(litres: float) -> None:
    q, d = litres / 1e3, float(diameter(np.array([litres / 1e3]))[0])
    assert 10.67 * (q / ROUGHNESS) ** 1.852 / d**4.871 <= 0.003 + 1e-9


def test_that_each_bank_of_a_river_without_bridges_has_its_own_supply(bare: City) -> None:
    streets = bare.networks["roads"]
    middle = streets.nodes["x"].median()
    west = (streets.nodes["x"] < middle).to_numpy()
    across = west[streets.edges["start"]] != west[streets.edges["end"]]
    parted = Network("roads", streets.nodes, streets.edges[~across].reset_index(drop=True), streets.geometry[~across], "streets")
    city = plausible(bare.derived(networks={"roads": parted}))
    for name, kind in (("power", "substation"), ("water", "reservoir")):
        sites = city.networks[name].nodes.query(f"kind == '{kind}'")
        assert {bool(x < middle) for x in sites["x"]} == {True, False}, name


def test_that_footways_and_motorways_carry_no_mains(bare: City) -> None:
    streets = bare.networks["roads"]
    kinds = np.where(np.arange(len(streets.edges)) % 5 == 0, "footway", "residential")
    kinds[:3] = "motorway"
    mixed = Network("roads", streets.nodes, streets.edges.assign(**{"class": kinds}), streets.geometry, "streets")
    city = plausible(bare.derived(networks={"roads": mixed}))
    under = set(city.networks["water"].edges["street"]) - {""}
    assert not under & set(mixed.edges.loc[kinds != "residential", "id"])


def test_that_without_streets_lines_run_from_house_to_house_and_that_is_told(bare: City) -> None:
    city = plausible(bare.derived(networks={}))
    assert any("straight from house to house" in p.message for p in city.problems)
    power = city.networks["power"]
    assert len(np.unique(power.islands())) == 1
    assert (power.nodes["kind"] == "transformer").sum() > 0.9 * len(bare.buildings)


def test_that_buildings_far_from_any_street_are_told_and_left_out(bare: City) -> None:
    shapes = bare.buildings.footprints.copy()
    shapes[5] = shapely.affinity.translate(shapes[5], 5 * REACH_M, 0)
    city = plausible(bare.derived(buildings=Buildings(bare.buildings.table, shapes, bare.buildings.mesh)), ["power"])
    (far,) = [p for p in city.problems if p.code == "made_up_far"]
    assert far.severity == "warning"
    assert far.examples == (bare.buildings.ids[5],)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("streets", [True, False])
def test_that_a_hamlet_of_few_houses_is_supplied(bare: City, count: int, streets: bool) -> None:
    few = bare.buildings.kept(np.arange(len(bare.buildings)) < count)
    networks = bare.networks if streets else {}
    city = plausible(City("Hamlet", bare.frame, few, networks=networks))
    assert (city.networks["power"].nodes["kind"] == "substation").sum() == 1
    assert (city.networks["water"].nodes["kind"] == "reservoir").sum() == 1
    assert len(city.layers["masts"]) == 1


def test_that_houses_in_one_line_and_on_one_another_are_supplied() -> None:
    city = little_city()
    t = city.buildings.table.iloc[:6].reset_index(drop=True)
    shapes = np.array([shapely.box(x, 0, x + 10, 10) for x in (0, 30, 60, 60, 90, 120)], object)
    row = City("Row", city.frame, Buildings(t, shapes, Mesh.empty()))
    assert len(plausible(row).networks["power"].edges) >= 5


def test_that_a_house_without_shape_is_passed_over(bare: City) -> None:
    shapes = bare.buildings.footprints.copy()
    shapes[7] = shapely.Polygon()
    for networks in (bare.networks, {}):
        city = plausible(bare.derived(buildings=Buildings(bare.buildings.table, shapes, bare.buildings.mesh), networks=networks))
        assert made_parts(city) == PARTS
        assert not [p for p in city.problems if p.code == "made_up_far"]


def test_that_streets_that_lead_nowhere_are_passed_over(bare: City) -> None:
    streets = bare.networks["roads"]
    nodes, edges = streets.nodes.copy(), streets.edges.copy()
    nodes.loc[3, ["x", "y"]] = np.nan
    edges.loc[[10, 11], "end"] = 10**6
    edges.loc[12, "end"] = edges.loc[12, "start"]
    city = plausible(bare.derived(networks={"roads": Network("roads", nodes, edges, streets.geometry, "streets")}))
    xy = city.networks["power"].nodes[["x", "y"]].to_numpy()
    assert np.isfinite(xy).all()


def test_that_a_city_without_buildings_is_refused_in_words(bare: City) -> None:
    with pytest.raises(InputError, match="no buildings"):
        plausible(bare.derived(buildings=Buildings.empty()))


def test_that_what_cannot_be_made_is_refused_in_words(bare: City) -> None:
    with pytest.raises(InputError, match="gas"):
        plausible(bare, ["gas"])
    with pytest.raises(InputError, match="power, water, masts"):
        parts_named("steam")
    assert parts_named("masts, power") == ("power", "masts")
    assert parts_named("all") == PARTS


def test_that_masts_stand_on_the_highest_roofs(made: City) -> None:
    masts = made.layers["masts"].table
    on = masts[masts["building"] != ""]
    row = pd.Series(np.arange(len(made.buildings)), made.buildings.ids)[on["building"]]
    assert np.allclose(on["height_m"], made.buildings.table["height_m"].to_numpy()[row] + 6)
    assert "building/0" in set(on["building"]), "the tower of 210 m"


def test_that_neighbours_by_empty_circles_join_all_points() -> None:
    xy = np.random.default_rng(4).uniform(0, 1000, (300, 2))
    pairs = gabriel(xy)
    some = with_some_loops(xy, pairs)
    for found in (pairs, some):
        nodes = pd.DataFrame({"id": range(300), "x": xy[:, 0], "y": xy[:, 1]})
        edges = pd.DataFrame({"start": found[:, 0], "end": found[:, 1]})
        assert len(np.unique(Network("x", nodes, edges, np.empty(0, object)).islands())) == 1
    assert 299 < len(some) < len(pairs)


def test_that_centres_of_load_lie_where_the_load_is() -> None:
    xy = np.concatenate([np.random.default_rng(k).normal(at, 5, (50, 2)) for k, at in enumerate(((0, 0), (1000, 0), (0, 1000)))])
    rows = centres_of_load(xy, np.ones(150), 3, np.random.default_rng(0))
    assert sorted((rows // 50).tolist()) == [0, 1, 2]


def test_that_a_stored_city_still_says_what_is_made_up(made: City, tmp_path: Path) -> None:
    save_city(made, tmp_path / "store")
    again = load_city(tmp_path / "store")
    assert made_parts(again) == PARTS
    assert again.attribution == made.attribution
    assert again.content_hash == made.content_hash


def test_that_the_command_line_makes_what_is_asked_for(bare: City, tmp_path: Path) -> None:
    save_city(bare, tmp_path / "bare")
    done = CliRunner().invoke(app, ["build", str(tmp_path / "bare"), "-o", str(tmp_path / "city"), "--plausible", "power,masts", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ok"]
    assert "not surveyed" in done.stderr
    assert made_parts(load_city(tmp_path / "city")) == ("power", "masts")


@pytest.mark.parametrize("name", ["shanghai", "city_denhaag", pytest.param("nyc", marks=pytest.mark.slow)])
def test_that_real_cities_get_networks_that_supply_everybody(data: Path, name: str) -> None:
    city = plausible(open_city(str(data / name)))
    power = Power()
    state = power.initialize(city, {}, {p.name: p.default for p in power.params}, 0)
    assert np.all(power.outputs(state)["power_supply"] == 1.0)
    nodes = city.networks["power"].nodes
    if name == "shanghai":
        assert {"上海东方医院"} <= set(nodes.loc[nodes["kind"] == "load", "name"])
