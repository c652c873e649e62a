"""Roads know who may drive where and how fast: from OpenStreetMap's tags, from SUMO, from TNTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given

from tests.network_files import FEW, MUTATIONS, SUMO, mutated, opens_or_says_why, written
from twin.city.driving import driving_rules, speed_kmh
from twin.city.lines import roads_of
from twin.city.network import Network
from twin.city.readers.parts import Hints
from twin.city.readers.sumo import read_sumo
from twin.city.recipe import open_city
from twin.city.turns import turns_of
from twin.errors import InputError


def rules(classes: list[str], **tags: list[Any]) -> pd.DataFrame:
    return driving_rules(pd.DataFrame(tags, index=range(len(classes))), np.array(classes, object), {})[0]


@pytest.mark.parametrize(
    ("said", "kmh"),
    [
        ("50", 50), ("30 mph", 48.28032), ("10 knots", 18.52), ("50;30", 50), ("80 @ (22:00-06:00)", 80), ("walk", 7),
        ("none", np.inf),
        ("DE:urban", 50), ("DE:rural", 100), ("FR:rural", 80), ("IT:rural", 90), ("DE:zone:30", 30), ("DE:zone30", 30),
        ("GB:nsl_single", 96.56),
        ("signals", np.nan), ("", np.nan), ("fast", np.nan),
    ],
)  # fmt: skip
def test_that_speeds_of_osm_are_understood(said: str, kmh: float) -> None:
    assert speed_kmh(said) == pytest.approx(kmh, nan_ok=True)


def test_that_a_zone_speaks_where_no_limit_does_and_none_only_on_motorways() -> None:
    out = rules(["residential", "residential", "motorway", "residential"],
                maxspeed=[None, "20", "none", "none"], **{"source:maxspeed": ["DE:zone:30", "DE:urban", None, None]})  # fmt: skip
    assert out["speed_kmh"].tolist() == [30, 20, 130, 30]


def test_that_roundabouts_and_motorways_are_one_way_unless_they_say_no() -> None:
    out = rules(
        ["residential", "motorway", "motorway", "primary"], junction=["roundabout", None, None, "yes"], oneway=[None, None, "no", None]
    )
    assert out["oneway"].tolist() == [True, True, False, False]
    assert out["roundabout"].tolist() == [True, False, False, False]


def test_that_lanes_are_kept_by_direction() -> None:
    out = rules(["primary"] * 4, lanes=["3", None, "4", None], oneway=[None, None, "yes", None],
                **{"lanes:forward": ["2", "1", None, None], "lanes:backward": [None, "2", None, None]})  # fmt: skip
    assert out["lanes"].tolist() == [3, 3, 4, 4]
    assert out["lanes_forward"].tolist() == [2, 1, 4, 2]
    assert out["lanes_backward"].tolist() == [1, 2, 0, 2]


def test_that_the_most_special_access_counts() -> None:
    out = rules(
        ["service"] * 7 + ["footway"],
        access=["private", "no", "no", "yes", None, None, "customers", "yes"],
        vehicle=[None, None, None, "no", None, "agricultural;forestry", None, None],
        motor_vehicle=[None, "yes", None, None, "destination", None, None, "yes"],
        motorcar=[None, None, "yes", None, None, None, None, None],
    )
    assert out["access"].tolist() == ["private", "yes", "yes", "no", "destination", "no", "destination", "no"]
    assert out["drivable"].tolist() == [True, True, True, False, True, False, True, False]


def test_that_a_road_whose_direction_changes_by_the_hour_is_not_driven() -> None:
    assert rules(["primary", "primary"], oneway=["reversible", "yes"])["drivable"].tolist() == [False, True]


def test_that_what_is_being_built_is_no_road() -> None:
    table = pd.DataFrame({"highway": ["construction", "residential"], "oneway": [None, "-1"]})
    lines = np.array([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 0), (100, 0)])], object)
    network = roads_of(lines, table, np.array(["road/1", "road/2"], object), np.full(2, "", object), {}, "test")
    assert network.edges["id"].tolist() == ["road/2"]
    assert shapely.get_coordinates(network.geometry[0]).tolist() == [[100, 0], [0, 0]]  # driven against its line


@pytest.fixture
def crossing() -> Network:
    """Four arms of the ways 1 (west-east) and 2 (south-north) that cross at 0, 0."""
    lines = np.array([shapely.LineString([(-100, 0), (0, 0), (100, 0)]), shapely.LineString([(0, -100), (0, 0), (0, 100)])], object)
    table = pd.DataFrame({"highway": ["primary", "primary"], "oneway": ["yes", None]})
    return roads_of(lines, table, np.array(["road/1", "road/2"], object), np.full(2, "", object), {}, "test")


def turns(network: Network, **said: Any) -> pd.DataFrame:
    row = {"from_way": "1", "to_way": "2", "restriction": "no_left_turn", "except": ""} | said
    return turns_of(network, pd.DataFrame([row]), np.array([0.0]), np.array([0.2]))


def test_that_a_turn_restriction_finds_its_edges(crossing: Network) -> None:
    ids = crossing.edges["id"].to_numpy(object)
    found = turns(crossing)
    # From the west, the only arm of way 1 that ends here, to both arms of way 2.
    assert [(ids[a], ids[b], r) for a, b, r in found[["from", "to", "rule"]].to_numpy()] == [
        ("road/1/1", "road/2/1", "no"), ("road/1/1", "road/2/2", "no"),
    ]  # fmt: skip
    assert crossing.nodes[["x", "y"]].iloc[found["via"].iloc[0]].tolist() == [0, 0]
    assert turns(crossing, restriction="only_straight_on", to_way="1")["rule"].tolist() == []  # a way back is meant, it is one-way
    assert turns(crossing, **{"except": "bus;motorcar"}).empty
    assert turns(crossing, from_way="7").empty
    back = turns(crossing, from_way="2", to_way="2", restriction="no_u_turn")
    assert (back["from"] == back["to"]).all()
    assert len(back) == 2


@pytest.mark.slow
def test_that_bad_hersfeld_keeps_the_turn_restrictions_of_its_ways(data: Path) -> None:
    network = open_city(data / "traffic_sumo/BadHersfeld/osm/osm_bbox.osm.xml.gz", use_cache=False).networks["roads"]
    turns = network.tables["turns"]
    assert set(turns["rule"]) == {"no", "only"}
    assert len(turns) > 40
    end, start = network.edges["end"].to_numpy(), network.edges["start"].to_numpy()
    via, a, b = (turns[c].to_numpy() for c in ("via", "from", "to"))
    assert ((end[a] == via) | (start[a] == via)).all()
    assert ((end[b] == via) | (start[b] == via)).all()
    assert (network.edges["access"] == "private").any()
    assert network.edges["roundabout"].any()
    assert network.edges.loc[network.edges["class"] == "motorway", "speed_kmh"].max() >= 100


@pytest.mark.parametrize("kind", ["sumo", "sumo gz"])
def test_that_sumo_becomes_roads_rail_and_signals(tmp_path: Path, kind: str) -> None:
    city = open_city(written(tmp_path, kind), use_cache=False)
    roads, rail = city.networks["roads"], city.networks["rail"]
    assert roads.edges["id"].tolist() == ["road/AB", "road/BC"]
    assert rail.edges["id"].tolist() == ["rail/CD"]
    edges = roads.edges
    assert edges["class"].tolist() == ["primary", "footway"]
    assert edges["drivable"].tolist() == [True, False]
    assert edges[["car", "bus", "bicycle", "foot"]].to_numpy().tolist() == [[True, True, True, True], [False, False, True, True]]
    assert edges["lanes"].tolist() == [2, 1]
    assert edges["speed_kmh"].tolist() == pytest.approx([50.004, 10.008])
    assert edges["roundabout"].tolist() == [False, True]
    assert edges["length_m"].tolist() == [100, 130]
    assert roads.geometry[1].length == pytest.approx(128.06, abs=0.1)
    assert roads.nodes["kind"].tolist() == ["dead_end", "traffic_light", "priority"]
    assert roads.tables["turns"][["from", "via", "to", "rule", "signal"]].to_numpy().tolist() == [[0, 1, 1, "yes", "B"]]
    assert roads.tables["signals"]["duration_s"].tolist() == [30, 5]
    assert roads.tables["lanes"]["car"].tolist() == [False, True, False]
    assert city.layers["signals"].table["id"].tolist() == ["feature/B"]
    lon, lat = city.frame.to_lonlat(roads.nodes["x"].to_numpy(), roads.nodes["y"].to_numpy())
    assert (lon[0], lat[0]) == (pytest.approx(9.0), pytest.approx(50.5522, abs=1e-3))  # the middle of zone 32, 5,600 km north
    assert rail.nodes["z"].tolist() == [0, 7.5]


def test_that_stops_and_parking_beside_a_network_become_layers(tmp_path: Path) -> None:
    path = written(tmp_path, "sumo")
    (tmp_path / "more.add.xml").write_text(
        '<additional><busStop id="bs" lane="AB_0" startPos="40" endPos="60" name="Market"/>'
        '<parkingArea id="p" lane="AB_1" startPos="0" endPos="10" roadsideCapacity="12"/><busStop id="lost" lane="ZZ_0"/></additional>'
    )
    city = open_city(path, use_cache=False)
    stop = city.layers["bus stops"]
    assert stop.table["name"].tolist() == ["Market"]
    assert stop.table["edge"].tolist() == ["road/AB"]
    node = city.networks["roads"].nodes.iloc[0]
    place = shapely.get_coordinates(stop.geometry)[0]
    assert (place - node[["x", "y"]].to_numpy(float)).tolist() == pytest.approx([50, -5])
    assert city.layers["parking"].table["capacity"].tolist() == [12]


def test_that_a_projection_that_names_files_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "town.net.xml"
    path.write_text(SUMO.replace("+proj=utm +zone=32", "+proj=utm +zone=32 +nadgrids=/etc/passwd"))
    with pytest.raises(InputError, match="coordinate system"):
        open_city(path, use_cache=False)
    assert [p.code for p in read_sumo(path, Hints()).problems] == ["unknown_crs"]
    assert open_city(path, crs="engineering", use_cache=False).networks["roads"].edges["length_m"].tolist() == [100, 130]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE net [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><net ><edge id="&b;"/></net>',
        '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/passwd">]><net ><edge id="e">&x;</edge></net>',
        "<net >" + "<edge>" * 3000,
        "<net ></net>",
    ],
)
def test_that_hostile_xml_ends_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.net.xml"
    path.write_text(text)
    with pytest.raises(InputError):
        read_sumo(path, Hints())


def test_that_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "bomb.net.xml.gz"
    path.write_bytes(gzip.compress(b"<net >" + b"<a/>" * (2 << 20)))
    with pytest.raises(InputError, match="far more"):
        read_sumo(path, Hints())


def test_that_bad_hersfeld_of_sumo_lies_on_its_osm_nodes(data: Path) -> None:
    """Junctions of the network carry the numbers of OSM nodes; those of the map extract say where they are."""
    osmium = pytest.importorskip("osmium")
    folder = data / "traffic_sumo/BadHersfeld/osm"
    parts = read_sumo(folder / "osm_edited.net.xml.gz", Hints())
    roads = next(n for n in parts.networks if n.kind == "roads")
    assert len(roads.tables["signals"]["signal"].unique()) == 21
    assert len(roads.edges) + len(next(n for n in parts.networks if n.kind == "rail").edges) == 9981  # <edge id=...> without internal ones
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(roads.crs, 4326, always_xy=True).transform(roads.nodes["x"], roads.nodes["y"])
    ours = {int(i): p for i, p in zip(roads.nodes["name"], zip(lon, lat, strict=True), strict=True) if i.isdigit()}
    nodes = osmium.FileProcessor(str(folder / "osm_bbox.osm.xml.gz"), osmium.osm.NODE)
    apart = [np.hypot((n.lon - ours[n.id][0]) * 70_000, (n.lat - ours[n.id][1]) * 111_000) for n in nodes if n.id in ours]
    assert len(apart) > 3500
    assert np.quantile(apart, 0.99) < 0.02


def test_that_tntp_networks_have_capacities_and_demand(tmp_path: Path) -> None:
    network = open_city(written(tmp_path, "tntp"), crs="engineering", use_cache=False).networks["roads"]
    assert network.edges["id"].tolist() == ["road/1-2", "road/2-1", "road/2-3"]
    assert network.edges["capacity_vph"].tolist() == [900, 900, 400]
    assert network.edges["free_flow_s"].tolist() == [60, 60, 30]
    assert network.edges["speed_kmh"].tolist() == [36, 36, 48]
    assert network.tables["demand"].to_numpy().tolist() == [[0, 1, 100], [0, 2, 50]]
    (tmp_path / "town_node.tntp").unlink()
    with pytest.raises(InputError, match="no coordinates"):
        open_city(tmp_path / "town_net.tntp", crs="engineering", use_cache=False)


def test_that_micropolis_is_one_city_of_all_its_networks(data: Path, tmp_path: Path) -> None:
    folder = data / "infrarisk/micropolis"
    sources = "".join(
        f'[[source]]\npath = "{(folder / file).absolute()}"\nunit = "ft"\n{more}\n'
        for file, more in (
            ("gis/buildings_v1.shp", 'role = "buildings"\nfields = { height = "HEIGHT", people = "POP", id = "ID" }'),
            ("transportation/med/transpo_net.tntp", ""), ("power/med/power.json", ""), ("water/med/water.inp", ""),
        )
    )  # fmt: skip
    (tmp_path / "city.toml").write_text(f'name = "Micropolis"\ncrs = "engineering"\n{sources}')
    city = open_city(tmp_path, use_cache=False)
    assert len(city.buildings) == 868
    assert city.buildings.table["people_night"].sum() == 8723
    assert city.buildings.table["height_m"].max() == pytest.approx(40 * 0.3048)
    assert {k: len(n.nodes) for k, n in city.networks.items()} == {"roads": 68, "power": 1225, "water": 1577}
    assert len(city.networks["water"].edges) == 1619
    houses = shapely.STRtree(city.buildings.footprints)
    junctions = city.networks["water"].nodes
    _, distance = houses.query_nearest(shapely.points(junctions[["x", "y"]].to_numpy()), return_distance=True, all_matches=False)
    assert np.median(distance) < 30  # pipes lie in the streets before the houses


@FEW
@given(MUTATIONS)
def test_that_broken_copies_end_in_a_city_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, changes) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("broken")
    path = written(folder, "sumo")
    path.write_bytes(mutated(path.read_bytes(), changes))
    opens_or_says_why(path)
    links = written(folder, "tntp")
    for file in (links, folder / "town_node.tntp", folder / "town_trips.tntp"):
        file.write_bytes(mutated(file.read_bytes(), changes))
    opens_or_says_why(links)
