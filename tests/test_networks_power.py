"""pandapower files become power networks; their decoder is never asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given

from tests.network_files import FEW, MUTATIONS, mutated, opens_or_says_why, pandapower, table, written
from twin.city.network import Network
from twin.city.readers.pandapower import read_pandapower
from twin.city.readers.parts import Hints, NetworkPart
from twin.city.recipe import open_city
from twin.errors import InputError


def power(folder: Path, text: str | None = None, hints: Hints | None = None) -> NetworkPart:
    path = folder / "grid.json"
    path.write_text(text or pandapower(), "utf-8")
    return read_pandapower(path, hints or Hints()).networks[0]


def test_that_buses_say_what_hangs_on_them(tmp_path: Path) -> None:
    nodes = power(tmp_path).nodes.set_index("id")
    assert nodes["kind"].to_dict() == {"bus/HV": "grid", "bus/MV": "bus", "bus/End": "load", "bus/Spare": "bus"}
    assert nodes.loc["bus/End", ["p_mw", "q_mvar"]].tolist() == pytest.approx([0.3, 0.06])  # scaled; what is off does not count
    assert nodes["slack"].tolist() == [True, False, False, False]
    assert nodes["vn_kv"].tolist() == [110, 20, 20, 20]


def test_that_a_bus_without_a_place_stands_beside_its_transformer(tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(pandapower())
    parts = read_pandapower(path, Hints())
    assert [(p.code, p.count) for p in parts.problems] == [("no_place", 1)]
    assert parts.networks[0].nodes.set_index("id").loc["bus/MV", ["x", "y"]].tolist() == pytest.approx([7.805, 48.405])


def test_that_lines_run_from_their_start_and_open_switches_open_them(tmp_path: Path) -> None:
    part = power(tmp_path)
    edges = part.edges.set_index("id")
    assert edges["kind"].to_dict() == {"line/L1": "line", "line/L2": "line", "trafo/T": "trafo", "switch/S2": "switch"}
    assert edges["closed"].to_dict() == {"line/L1": True, "line/L2": False, "trafo/T": True, "switch/S2": True}
    assert edges.loc["line/L1", ["length_m", "r_ohm_per_km"]].tolist() == [1400, 0.16]
    assert edges["overhead"].tolist() == [True, False, False, False]
    drawn = shapely.get_coordinates(part.geometry[0])
    assert drawn[0].tolist() == [7.8, 48.4]  # the file draws it from the other end
    assert len(drawn) == 3
    assert part.crs is not None
    assert part.crs.to_epsg() == 4326


def test_that_old_files_with_bus_geodata_need_a_crs(tmp_path: Path) -> None:
    text = pandapower(
        bus=table(["name", "vn_kv", "in_service"], [["a", 20.0, True], ["b", 20.0, True], ["c", 20.0, True], ["d", 0.4, True]]),
        bus_geodata=table(["x", "y", "coords"], [[100.0, 200.0, None], [200.0, 200.0, None], [300.0, 200.0, None], [300.0, 250.0, None]]),
        line_geodata=table(["coords"], [[[[200.0, 200.0], [250.0, 300.0], [300.0, 200.0]]]]),
        line=table(["name", "from_bus", "to_bus", "length_km"], [["L", 1, 2, 0.1]]),
    )
    path = tmp_path / "grid.json"
    path.write_text(text)
    with pytest.raises(InputError, match="coordinate system"):
        open_city(path, use_cache=False)
    network = open_city(path, crs="engineering", use_cache=False).networks["power"]
    assert network.nodes["x"].max() - network.nodes["x"].min() == 200
    assert len(shapely.get_coordinates(network.geometry[0])) == 3


def test_that_nothing_a_file_names_is_imported(tmp_path: Path) -> None:
    # pandapower's own decoder imports `_module` and calls `_class`.
    hook = {"_module": "this_would_be_imported", "_class": "Popen", "_object": '["touch", "x"]'}
    content = json.loads(pandapower())
    content["_object"]["controller"] = hook
    content["_object"]["line"]["_module"] = "antigravity"
    part = power(tmp_path, json.dumps(content))
    assert len(part.edges) == 4
    assert "this_would_be_imported" not in sys.modules
    assert "antigravity" not in sys.modules
    assert "pandapower" not in sys.modules


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"_class": "pandapowerNet", "_object": {}}', "no buses"),
        ('{"_class": "pandapowerNet", "_object": ' + "[" * 5000, "not valid JSON"),
        (pandapower(bus=table(["name", "vn_kv"], [["a", 20.0]])), "no coordinates"),
    ],
)
def test_that_files_without_a_network_are_refused_plainly(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        power(tmp_path, text)


@pytest.mark.parametrize(
    ("file", "buses", "lines", "switches", "load_mw"),
    [
        ("power_pandapower/mv_oberrhein.json", 179, 181, 322, 37.116),
        ("power_pandapower/mv_oberrhein_substations.json", 320, 181, 322, 37.116),
        ("infrarisk/micropolis/power/med/power.json", 1225, 403, 61, 24.62),
        ("infrarisk/in2/power/power.json", 9, 5, 1, 6.23),
    ],
)
def test_that_known_grids_have_the_counts_of_their_manifest(
    data: Path, file: str, buses: int, lines: int, switches: int, load_mw: float
) -> None:
    part = read_pandapower(data / file, Hints(engineering=True)).networks[0]
    assert len(part.nodes) == buses
    assert int((part.edges["kind"] == "line").sum()) == lines
    assert len(part.tables["switch"]) == switches
    assert part.nodes["p_mw"].sum() == pytest.approx(load_mw)
    network = Network("power", part.nodes, part.edges, part.geometry)
    fed = np.unique(network.islands(part.edges["closed"].to_numpy(bool))[part.nodes["slack"].to_numpy(bool)])
    inside = np.isin(network.islands(part.edges["closed"].to_numpy(bool)), fed)
    assert inside.mean() > 0.9  # what the closed switches leave connected is fed


@FEW
@given(MUTATIONS)
def test_that_broken_copies_end_in_a_city_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, changes) -> None:  # type: ignore[no-untyped-def]
    path = written(tmp_path_factory.mktemp("broken"), "pandapower")
    path.write_bytes(mutated(path.read_bytes(), changes))
    opens_or_says_why(path, "")
