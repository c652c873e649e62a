"""EPANET and SWMM files become networks in SI units; what is wrong in them is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given

from tests.network_files import EPANET, FEW, MUTATIONS, SWMM, mutated, opens_or_says_why, written
from twin.city.city import City
from twin.city.network import Network
from twin.city.readers.epanet import read_epanet
from twin.city.readers.parts import Hints, NetworkPart
from twin.city.readers.swmm import read_swmm
from twin.city.recipe import open_city
from twin.errors import InputError

FOOT, GPM = 0.3048, 0.003785411784 / 60


def water(folder: Path, text: str = EPANET, hints: Hints | None = None) -> NetworkPart:
    path = folder / "net.inp"
    path.write_text(text, "utf-8")
    return read_epanet(path, hints or Hints(engineering=True)).networks[0]


def codes(folder: Path, text: str) -> dict[str, int]:
    path = folder / "net.inp"
    path.write_text(text, "utf-8")
    return {p.code: p.count for p in read_epanet(path, Hints(engineering=True)).problems}


def opened(path: Path) -> City:
    return open_city(path, crs="engineering", use_cache=False)


def test_that_us_units_of_epanet_become_si(tmp_path: Path) -> None:
    part = water(tmp_path)
    nodes, edges = part.nodes.set_index("name"), part.edges.set_index("name")
    assert nodes["kind"].to_dict() == {"A": "junction", "B": "junction", "R": "reservoir", "T": "tank"}
    assert nodes.loc["A", "z"] == pytest.approx(10 * FOOT)
    assert nodes.loc["R", "z"] == pytest.approx(100 * FOOT)
    assert nodes.loc["T", "diameter_m"] == pytest.approx(40 * FOOT)
    assert nodes.loc["T", "level_max_m"] == pytest.approx(20 * FOOT)
    assert nodes.loc["A", "demand_m3s"] == pytest.approx(100 * GPM)
    assert nodes.loc["B", "demand_m3s"] == pytest.approx(50 * GPM)  # [DEMANDS] stand for the one beside the elevation
    assert edges.loc["P1", "length_m"] == pytest.approx(1000 * FOOT)
    assert edges.loc["P1", "diameter_m"] == pytest.approx(12 * 0.0254)
    assert edges.loc["P1", "roughness"] == 100
    assert edges["status"].to_dict() == {"P1": "closed", "P2": "cv", "U": "open", "V": "active"}
    assert edges["oneway"].to_dict() == {"P1": False, "P2": True, "U": True, "V": False}
    assert edges.loc["V", "setting"] == pytest.approx(50 / 0.4333 * FOOT)  # psi -> metres of water
    assert edges.loc["U", "speed"] == 1.1
    assert edges["id"].tolist() == ["pipe/P1", "pipe/P2", "pump/U", "valve/V"]


def test_that_metric_units_and_darcy_weisbach_are_understood(tmp_path: Path) -> None:
    part = water(tmp_path, EPANET.replace("Units GPM", "Units LPS").replace("H-W", "D-W"))
    edges = part.edges.set_index("name")
    assert edges.loc["P1", "length_m"] == 1000
    assert edges.loc["P1", "diameter_m"] == pytest.approx(0.012)
    assert edges.loc["P1", "roughness"] == pytest.approx(0.1)  # millimetres
    assert edges.loc["V", "setting"] == 50
    assert part.nodes.set_index("name").loc["A", "demand_m3s"] == pytest.approx(0.1)


def test_that_curves_patterns_and_what_is_not_evaluated_are_kept(tmp_path: Path) -> None:
    tables = water(tmp_path).tables
    assert tables["patterns"][["pattern", "factor"]].to_numpy().tolist() == [["day", 0.5], ["day", 1.5], ["day", 1.0]]
    assert tables["patterns"]["step"].tolist() == [0, 1, 2]
    curve = tables["curves"].iloc[0]
    assert curve["use"] == "head"
    assert (curve["x"], curve["y"]) == (pytest.approx(100 * GPM), pytest.approx(200 * FOOT))
    said = tables["statements"]
    assert said["text"][said["section"] == "CONTROLS"].tolist() == ["LINK P1 OPEN IF NODE T BELOW 5"]
    assert dict(tables["options"].to_numpy())["SOURCE UNITS"] == "GPM"


def test_that_a_pipe_runs_over_its_vertices(tmp_path: Path) -> None:
    part = water(tmp_path)
    assert shapely.get_coordinates(part.geometry[1]).tolist() == [[1000, 0], [1500, 0], [1500, 2000], [1000, 2000]]


def test_that_vertices_in_other_coordinates_are_left_out(tmp_path: Path) -> None:
    part = water(tmp_path, EPANET.replace("P2 1500 2000", "P2 4971363 3905596"))
    assert len(shapely.get_coordinates(part.geometry[1])) == 3
    assert codes(tmp_path, EPANET.replace("P2 1500 2000", "P2 4971363 3905596"))["bends_elsewhere"] == 1


def test_that_a_node_without_a_place_stands_between_its_neighbours(tmp_path: Path) -> None:
    text = EPANET.replace("B 1000 0\n", "")
    part = water(tmp_path, text)
    assert part.nodes.set_index("name").loc["B", ["x", "y"]].tolist() == [500, 1000]
    assert codes(tmp_path, text) == {"no_place": 1}


def test_that_what_is_wrong_in_a_file_is_told_and_left_out(tmp_path: Path) -> None:
    text = EPANET.replace("P1  A  B", "P1  A  Z").replace("12  100  0  Open", "12  rough  0  Open").replace("V   A", "P2   A")
    found = codes(tmp_path, text)
    assert found["unknown_node"] == 1
    assert found["not_a_number"] == 1
    assert found["duplicate_id"] == 1
    assert water(tmp_path, text).edges["id"].tolist() == ["pipe/P2", "pump/U"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (EPANET.split("[COORDINATES]", maxsplit=1)[0], "no coordinates"),
        ("[TITLE]\nnothing\n[END]\n", "no junctions"),
        ("[nonsense\n", "no sections"),
        (EPANET.replace("\nA ", "\n\0 "), "not text"),
    ],
)
def test_that_files_without_a_network_are_refused_plainly(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        water(tmp_path, text)


def test_that_names_in_other_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.inp"
    path.write_bytes(EPANET.replace("A ", "陆家嘴 ").encode("gbk"))
    part = read_epanet(path, Hints(engineering=True, encoding="gbk")).networks[0]
    assert "node/陆家嘴" in set(part.nodes["id"])
    path.write_bytes(EPANET.encode("utf-16"))
    assert len(read_epanet(path, Hints(engineering=True)).networks[0].nodes) == 4


def test_that_a_network_without_crs_asks_for_one_and_takes_an_engineering_grid(tmp_path: Path) -> None:
    path = written(tmp_path, "epanet")
    with pytest.raises(InputError, match="coordinate system"):
        open_city(path, use_cache=False)
    network = opened(path).networks["water"]
    assert (len(network.nodes), len(network.edges)) == (4, 4)
    assert network.geometry[0].length == 1000
    lonlat = (
        path.read_text().replace("[COORDINATES]", "[BACKDROP]\nUNITS Degrees\n[COORDINATES]").replace("1000", "0.01").replace("500", "0.01")
    )
    path.write_text(lonlat.replace("2000", "0.02"))
    assert open_city(path, use_cache=False).frame.crs == "EPSG:32631"


def test_that_two_networks_of_a_kind_have_numbered_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = written(tmp_path / "a", "epanet"), written(tmp_path / "b", "epanet")
    second.write_text(second.read_text().replace("Two tanks", "Three tanks"))
    city = open_city([first, second], crs="engineering", use_cache=False)
    assert list(city.networks) == ["water", "water 2"]


@pytest.mark.parametrize(("name", "junctions", "pipes"), [("Net1", 9, 12), ("Net3", 92, 117), ("ky4", 959, 1156), ("ky10", 920, 1043)])
def test_that_known_networks_have_the_counts_of_their_manifest(data: Path, name: str, junctions: int, pipes: int) -> None:
    part = read_epanet(data / f"water_wntr/networks/{name}.inp", Hints(engineering=True)).networks[0]
    assert int((part.nodes["kind"] == "junction").sum()) == junctions
    assert int((part.edges["kind"] == "pipe").sum()) == pipes
    network = Network("water", part.nodes, part.edges, part.geometry)
    assert len(np.unique(network.islands())) == 1


def test_that_ky4_lies_on_the_elevation_made_for_it(data: Path, tmp_path: Path) -> None:
    """Coordinates are EPSG:3547, US survey feet; the raster of 28 m cells differs from the junctions' elevation by 0.72 m (median)."""
    recipe = tmp_path / "city.toml"
    folder = data / "water_wntr"
    recipe.write_text(
        f'crs = "EPSG:3547"\n[[source]]\npath = "{(folder / "networks/ky4.inp").absolute()}"\ncrs = "EPSG:3547"\n'
        f'[[source]]\npath = "{(folder / "data/ky4_elevation.tif").absolute()}"\n'
        f'[[source]]\npath = "{(folder / "data/ky4_pipes.geojson").absolute()}"\ncrs = "EPSG:3547"\n'
    )
    city = open_city(recipe, use_cache=False)
    network, pipes = city.networks["water"], city.layers["pipes"]
    junctions = network.nodes[network.nodes["kind"] == "junction"]
    apart = city.ground_z(junctions["x"], junctions["y"]) - junctions["z"].to_numpy()
    assert np.median(np.abs(apart)) < 0.8
    by_name = dict(zip(pipes.table["name"], pipes.geometry, strict=True))
    edges = network.edges[network.edges["kind"] == "pipe"]
    far = [
        shapely.hausdorff_distance(network.geometry[i], by_name[n]) for i, n in zip(edges.index, edges["name"], strict=True) if n in by_name
    ]
    assert len(far) > 1000
    assert np.median(far) < 0.5


def test_that_swmm_becomes_a_drainage_network_with_catchments_and_gauges(tmp_path: Path) -> None:
    city = opened(written(tmp_path, "swmm"))
    network = city.networks["drainage"]
    nodes, edges = network.nodes.set_index("name"), network.edges.assign(name=network.edges["name"]).set_index("name")
    assert nodes["kind"].to_dict() == {"J1": "junction", "J2": "junction", "O": "outfall", "P": "storage"}
    assert nodes.loc["P", ["area_coefficient", "area_exponent", "area_constant_m2"]].tolist() == [1000, 0, 50]
    assert edges.loc["C1", ["diameter_m", "length_m", "roughness", "offset_out_m"]].tolist() == [0.6, 120, 0.013, 0.2]
    assert edges.loc["C2", ["shape", "width_m", "barrels", "flow_max_m3s"]].tolist() == ["rect_closed", 2, 2, 0.5]
    assert edges.loc["U", ["kind", "level_on_m"]].tolist() == ["pump", 2]
    zones = city.layers["zones"]
    assert zones.table["id"].tolist() == ["zone/S"]
    assert zones.table["impervious"].tolist() == [0.4]
    assert zones.table["area_m2"].tolist() == [20000]
    assert zones.geometry[0].area == 10000
    assert city.layers["sensors"].table["kind"].tolist() == ["rain_gauge"]
    assert network.tables["rain"]["value"].tolist() == [0, 12.5]
    assert network.tables["curves"]["use"].tolist() == ["storage", "storage"]


def test_that_us_units_of_swmm_become_si(tmp_path: Path) -> None:
    path = tmp_path / "s.inp"
    path.write_text(SWMM.replace("FLOW_UNITS LPS", "FLOW_UNITS CFS").replace("[CURVES]", "[MAP]\nUNITS Feet\n[CURVES]"))
    parts = read_swmm(path, Hints(engineering=True))
    part = parts.networks[0]
    assert part.nodes["x"].max() == pytest.approx(200 * FOOT)
    assert part.edges.set_index("name").loc["C1", "length_m"] == pytest.approx(120 * FOOT)
    assert part.edges.set_index("name").loc["W", "coefficient"] == pytest.approx(1.8 * FOOT**0.5)
    assert parts.layers[0].table["area_m2"].tolist() == [pytest.approx(2 * 4046.86, rel=1e-4)]


FULLER = {
    "J2  11  2\n": "J2  11  2\n"
    "[DIVIDERS]\nD  10.5  C3  WEIR 0 0.5 1 1.5\n[DWF]\nJ1 FLOW 30 \"\" \"\"\n[INFLOWS]\nJ2 FLOW \"\" FLOW 1 1 20\n",
    "O   10  FREE  NO": "O   10  FREE  YES\nR   9  FIXED  9.5  NO",
    "C2  J2  O   80   0.013  0  0    0  500": "C2  J2  O   80   0.013  0  0    0  500\nC3  D  R  60  0.02  0  0  0  0\n"
    "C4  J1  D  60  0.02  0  0  0  0\n[LOSSES]\nC3  0.5  1.0  0.1  YES\n[OUTLETS]\nQ  P  D  0.2  FUNCTIONAL/DEPTH  2.0  0.5\n"
    "[TRANSECTS]\nNC 0.05 0.06 0.03\nX1 creek 4 1 3 0 0 0 0 2 1\nGR 5 0 3 1 3 3 5 4\n",
    "W   J2  P  TRANSVERSE 0.4 1.8 NO": "W   J2  P  TRANSVERSE 0.4 1.8 NO 2 1.5",
    "W   RECT_OPEN 0.5 1 0 0": "W   RECT_OPEN 0.5 1 0 0\nC3  TRAPEZOIDAL 1 2 1.5 0.5 1\nC4  IRREGULAR creek",
}  # fmt: skip
"""What else a SWMM file may say, in place of what the small one says."""


def fuller() -> str:
    text = SWMM
    for old, new in FULLER.items():
        assert old in text
        text = text.replace(old, new)
    return text.replace("O   200 0", "O   200 0\nD  0 60\nR 60 90")


def test_that_what_a_sewer_needs_to_be_computed_is_read_in_si(tmp_path: Path) -> None:
    path = tmp_path / "s.inp"
    path.write_text(fuller())
    part = read_swmm(path, Hints(engineering=True)).networks[0]
    nodes, edges = part.nodes.set_index("name"), part.edges.set_index("name")
    assert nodes["gated"].to_dict() == {"J1": False, "J2": False, "O": True, "R": False, "D": False, "P": False}
    assert nodes.loc["R", "stage_m"] == 9.5
    assert nodes.loc["D", "depth_max_m"] == 1.5
    assert nodes["dry_weather_m3s"].to_dict() == {"J1": 0.03, "J2": 0.02, "O": 0, "R": 0, "D": 0, "P": 0}
    assert edges.loc["C3", ["loss_in", "loss_out", "loss_mean", "gated"]].tolist() == [0.5, 1.0, 0.1, True]
    assert edges.loc["C3", ["diameter_m", "width_m", "section_3", "section_4"]].tolist() == [1, 2, 1.5, 0.5]
    assert edges.loc["W", ["end_contractions", "end_coefficient"]].tolist() == [2, 1.5]
    assert edges.loc["Q", ["coefficient", "exponent", "curve"]].tolist() == [0.002, 0.5, ""]
    assert edges.loc["C4", "transect"] == "creek"
    ground = part.tables["transects"]
    assert ground[["x", "z"]].to_numpy().tolist() == [[0, 6], [2, 4], [6, 4], [8, 6]]
    assert ground[["left_m", "right_m", "n_channel"]].iloc[0].tolist() == [2, 6, 0.03]


def test_that_offsets_given_as_elevations_become_heights_above_the_invert(tmp_path: Path) -> None:
    path = tmp_path / "s.inp"
    path.write_text(
        SWMM.replace("LINK_OFFSETS DEPTH", "LINK_OFFSETS ELEVATION").replace("0.013  0  0.2  0  0", "0.013  12.5  *  0  0")
    )
    edges = read_swmm(path, Hints(engineering=True)).networks[0].edges.set_index("name")
    assert edges.loc["C1", ["offset_in_m", "offset_out_m"]].tolist() == [0.5, 0]


@pytest.mark.parametrize(("name", "junctions", "nodes", "edges", "catchments"), [("alpha", 26, 28, 32, 7), ("theta", 2, 6, 5, 2)])
def test_that_pystorms_networks_are_whole(data: Path, name: str, junctions: int, nodes: int, edges: int, catchments: int) -> None:
    parts = read_swmm(data / f"swmm_pystorms/{name}.inp", Hints(engineering=True))
    part = parts.networks[0]
    assert (len(part.nodes), len(part.edges), int((part.nodes["kind"] == "junction").sum())) == (nodes, edges, junctions)
    assert len(next(x for x in parts.layers if x.role == "zones").table) == catchments
    assert (part.edges["diameter_m"][part.edges["kind"] == "conduit"] > 0).all()


@FEW
@given(MUTATIONS)
def test_that_broken_copies_of_inp_files_end_in_a_city_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, changes) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("broken")
    for name, text in (("epanet", EPANET), ("swmm", SWMM)):
        path = folder / f"{name}.inp"
        path.write_bytes(mutated(text.encode(), changes))
        opens_or_says_why(path)


def test_that_coordinates_in_feet_are_told_by_the_lengths_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "town.inp"
    pipes = "".join(f"P{k} {k} {k + 1} 400 8 100 0 Open\n" for k in range(8))
    places = "".join(f"{k} {400 * k} 0\n" for k in range(9))
    nodes = "".join(f"{k} 10 1\n" for k in range(9))
    path.write_text(f"[JUNCTIONS]\n{nodes}[PIPES]\n{pipes}[OPTIONS]\nUnits GPM\n[COORDINATES]\n{places}")
    told = [p for p in opened(path).problems if p.code == "not_to_scale"]
    assert [(p.severity, p.count) for p in told] == [("warning", 8)]
    assert 'unit = "ft"' in told[0].message
    (tmp_path / "city.toml").write_text('crs = "engineering"\n[[source]]\npath = "town.inp"\nunit = "ft"\n')
    city = open_city(tmp_path / "city.toml", use_cache=False)
    assert not [p for p in city.problems if p.code == "not_to_scale"]
    assert city.networks["water"].geometry[0].length == pytest.approx(400 * FOOT)


def test_that_a_diagram_is_not_proposed_to_lie_in_degrees(data: Path) -> None:
    with pytest.raises(InputError, match="plan without a place") as told:
        open_city(data / "water_wntr/networks/Net1.inp", use_cache=False)
    assert "4326" not in str(told.value)
    with pytest.raises(InputError, match="EPSG:4326"):  # its pipes would be as long as they say
        open_city(data / "water_wntr/data/coastal_ky4.inp", use_cache=False)
