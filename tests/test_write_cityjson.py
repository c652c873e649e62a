"""Cities that go out as CityJSON 2.0 and come in again; the rules are those of the specification and of its validator cjval."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.test_readers_cityjson import CORNERS, SEMANTICS, cube, document, opened, volume
from twin.city.city import City
from twin.city.recipe import open_city
from twin.city.writers import write_city
from twin.errors import InputError, StorageError

ALLOWED = {
    "Building": {"MultiSurface", "Solid", "CompositeSolid"},
    "BuildingPart": {"MultiSurface", "Solid", "CompositeSolid"},
    "Road": {"MultiLineString", "MultiSurface", "CompositeSurface"},
    "Railway": {"MultiLineString", "MultiSurface", "CompositeSurface"},
    "TransportSquare": {"MultiLineString", "MultiSurface", "CompositeSurface"},
    "Waterway": {"MultiLineString", "MultiSurface", "CompositeSurface"},
    "WaterBody": {"MultiLineString", "MultiSurface", "CompositeSurface", "Solid", "CompositeSolid"},
    "PlantCover": {"MultiSurface", "MultiSolid"},
    "LandUse": {"MultiSurface", "CompositeSurface"},
    "TINRelief": {"CompositeSurface"},
    "Bridge": {"MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid"},
    "Tunnel": {"MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid"},
}
ANY = {"MultiPoint", "MultiLineString", "MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid"}
DEPTH = {"MultiPoint": 1, "MultiLineString": 2, "MultiSurface": 3, "CompositeSurface": 3, "Solid": 4, "MultiSolid": 5, "CompositeSolid": 5}
MEANINGS = {
    "Building": {"RoofSurface", "GroundSurface", "WallSurface", "ClosureSurface"},
    "BuildingPart": {"RoofSurface", "GroundSurface", "WallSurface", "ClosureSurface"},
    "Road": {"TrafficArea"},
    "Railway": {"TrafficArea"},
    "WaterBody": {"WaterSurface", "WaterGroundSurface", "WaterClosureSurface"},
}


def alike(values: Any, boundaries: Any, depth: int) -> bool:
    """Whether values are nested like the surfaces of boundaries."""
    if depth == 2:
        return isinstance(values, int) or values is None
    return isinstance(values, list) and len(values) == len(boundaries) and all(map(alike, values, boundaries, [depth - 1] * len(values)))


def rings_of(boundaries: Any, depth: int) -> list[list[int]]:
    return [boundaries] if depth == 1 else [ring for item in boundaries for ring in rings_of(item, depth - 1)]


def told_wrong(path: Path) -> list[str]:
    """What cjval would tell of a file: schema, keys given twice, parents, indices, meanings, materials, vertices twice or unused."""
    wrong: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({k for k, _ in items}) < len(items):
            wrong.append("a key given twice")
        return dict(items)

    said = json.loads(path.read_text("utf-8"), object_pairs_hook=pairs)
    known = {"type", "version", "transform", "metadata", "CityObjects", "vertices", "appearance", "geometry-templates", "extensions"}
    if set(said) - known or (said["type"], said["version"]) != ("CityJSON", "2.0"):
        wrong.append("root")
    if [len(said["transform"][k]) for k in ("scale", "translate")] != [3, 3]:
        wrong.append("transform")
    metadata = said.get("metadata", {})
    if "referenceSystem" in metadata and not re.fullmatch(r"https?://www.opengis.net/def/crs/EPSG/0/\d+", metadata["referenceSystem"]):
        wrong.append("referenceSystem")
    if not isinstance(metadata.get("title", ""), str) or len(metadata.get("geographicalExtent", [0] * 6)) != 6:
        wrong.append("metadata")
    vertices = said["vertices"]
    if not all(len(v) == 3 and all(type(c) is int for c in v) for v in vertices):
        wrong.append("vertices are not whole numbers")
    if len({tuple(v) for v in vertices}) < len(vertices):
        wrong.append("vertices given twice")
    used: set[int] = set()
    materials = len(said.get("appearance", {}).get("materials", []))
    for name, item in said["CityObjects"].items():
        for child in item.get("children", []):
            if name not in said["CityObjects"].get(child, {}).get("parents", []):
                wrong.append(f"{name}: child {child}")
        for parent in item.get("parents", []):
            if name not in said["CityObjects"].get(parent, {}).get("children", []):
                wrong.append(f"{name}: parent {parent}")
        if not isinstance(item.get("attributes", {}), dict):
            wrong.append(f"{name}: attributes")
        for geometry in item.get("geometry", []):
            kind, boundaries = geometry["type"], geometry["boundaries"]
            if kind not in ALLOWED.get(item["type"], ANY):
                wrong.append(f"{name}: {kind} of {item['type']}")
            if not re.fullmatch(r"[0-3](\.[0-3])?", geometry["lod"]):
                wrong.append(f"{name}: lod {geometry['lod']}")
            rings = rings_of(boundaries, DEPTH[kind])
            flat = [i for r in rings for i in r]
            used.update(flat)
            if not flat or min(flat) < 0 or max(flat) >= len(vertices):
                wrong.append(f"{name}: index")
            if DEPTH[kind] > 2 and any(len(r) < 3 or r[0] == r[-1] for r in rings):
                wrong.append(f"{name}: ring")
            if "semantics" in geometry:
                surfaces, values = geometry["semantics"]["surfaces"], geometry["semantics"]["values"]
                if not {s["type"] for s in surfaces} <= MEANINGS.get(item["type"], set()):
                    wrong.append(f"{name}: meaning of a {item['type']}")
                if not alike(values, boundaries, DEPTH[kind]):
                    wrong.append(f"{name}: meanings are nested otherwise")
                if not set(re.findall(r"\d+", json.dumps(values))) <= {str(i) for i in range(len(surfaces))}:
                    wrong.append(f"{name}: meaning that is not there")
            for theme in geometry.get("material", {}).values():
                if not alike(theme["values"], boundaries, DEPTH[kind]):
                    wrong.append(f"{name}: materials are nested otherwise")
                if not set(re.findall(r"\d+", json.dumps(theme["values"]))) <= {str(i) for i in range(materials)}:
                    wrong.append(f"{name}: material that is not there")
    if used != set(range(len(vertices))):
        wrong.append("vertices nobody uses")
    return wrong


def open_edges(solid: Any) -> int:
    """Edges of a solid's shells that have no partner the other way."""
    edges: Counter[tuple[int, int]] = Counter()
    for ring in rings_of(solid, 4):
        edges.update(zip(ring, ring[1:] + ring[:1], strict=True))
    return sum(n != edges[b, a] for (a, b), n in edges.items())


def out_and_in(city: City, folder: Path, **how: Any) -> tuple[Path, City]:
    path = folder / "out.city.json"
    write_city(city, path)
    return path, open_city(path, use_cache=False, **how)


def assert_same(before: City, after: City) -> None:
    a, b = before.buildings, after.buildings
    assert b.ids.tolist() == a.ids.tolist()
    assert np.abs(b.table["height_m"] - a.table["height_m"]).max() < 0.002
    assert np.abs(b.table["ground_z_m"] - a.table["ground_z_m"]).max() < 0.002
    assert np.allclose(shapely.area(b.footprints), shapely.area(a.footprints), rtol=1e-3)
    mine, theirs = (shapely.buffer(c.frame.geometry_to_crs(c.buildings.footprints), 0) for c in (before, after))
    both = shapely.area(shapely.intersection(mine, theirs))
    assert (both >= 0.998 * shapely.area(a.footprints)).all()
    assert b.table["use"].tolist() == a.table["use"].tolist()
    assert after.frame.crs == before.frame.crs
    for column in a.attributes.columns:
        values = b.attributes.get(column, pd.Series([np.nan] * len(b), dtype=object))
        for x, y in zip(a.attributes[column].tolist(), values.tolist(), strict=True):
            assert x == y or (pd.api.types.is_scalar(x) and pd.isna(x) and pd.isna(y)), (column, x, y)


@pytest.mark.parametrize("file", ["city_delft/delft.city.json", "city_denhaag/DenHaag_01.city.json.zip"])
def test_that_real_cities_come_back_as_they_went(data: Path, tmp_path: Path, file: str) -> None:
    before = open_city(data / file, use_cache=False)
    path, after = out_and_in(before, tmp_path)
    assert told_wrong(path) == []
    assert_same(before, after)
    assert {k: len(v) for k, v in after.layers.items()} == {k: len(v) for k, v in before.layers.items()}
    for name, layer in before.layers.items():
        if layer.mesh is not None:
            assert np.allclose(shapely.area(after.layers[name].geometry), shapely.area(layer.geometry), rtol=2e-3, atol=0.01)
    assert (after.buildings.mesh.color is None) == (before.buildings.mesh.color is None)


def test_that_the_demonstration_city_comes_back_as_it_went(tmp_path: Path) -> None:
    before = open_city("demo:1")
    path, after = out_and_in(before, tmp_path)
    assert told_wrong(path) == []
    assert_same(before, after)
    said = json.loads(path.read_text())
    kinds = Counter(o["type"] for o in said["CityObjects"].values())
    assert kinds["SolitaryVegetationObject"] == len(before.layers["trees"])
    assert (kinds["TINRelief"], kinds["Bridge"], kinds["WaterBody"]) == (1, len(before.layers["bridges"]), len(before.layers["water"]))
    length = {c.name: shapely.length(c.networks["roads"].geometry).sum() for c in (before, after)}
    assert length[after.name] == pytest.approx(length[before.name], rel=1e-3)
    assert after.terrain is not None
    assert before.terrain is not None
    x, y = np.random.default_rng(1).uniform(-300, 300, (2, 200))
    dx, dy = (np.array(before.frame.origin) - np.array(after.frame.origin)).tolist()
    assert np.nanmedian(np.abs(after.terrain.sample(x + dx, y + dy) - before.terrain.sample(x, y))) < 0.3


def test_that_a_closed_building_is_a_solid_whose_walls_are_whole(tmp_path: Path) -> None:
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube(semantics=SEMANTICS)]}}))
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    said = json.loads(path.read_text())
    (geometry,) = said["CityObjects"]["B"]["geometry"]
    assert (geometry["type"], [len(shell) for shell in geometry["boundaries"]]) == ("Solid", [6])
    assert open_edges(geometry["boundaries"]) == 0
    assert Counter(geometry["semantics"]["surfaces"][v]["type"] for v in geometry["semantics"]["values"][0]) == {
        "WallSurface": 4, "RoofSurface": 1, "GroundSurface": 1,
    }  # fmt: skip
    assert len(said["vertices"]) == 8
    assert volume(after.buildings.mesh) == pytest.approx(600)


def test_that_a_courtyard_stays_a_hole(tmp_path: Path) -> None:
    low = [(0, 0, 0), (30, 0, 0), (30, 30, 0), (0, 30, 0), (10, 10, 0), (20, 10, 0), (20, 20, 0), (10, 20, 0)]
    corners = low + [(x, y, 9) for x, y, _ in low]
    walls = [[[a, b, b + 8, a + 8]] for a, b in ((0, 1), (1, 2), (2, 3), (3, 0), (7, 6), (6, 5), (5, 4), (4, 7))]
    shell = [[[3, 2, 1, 0], [4, 5, 6, 7]], [[8, 9, 10, 11], [15, 14, 13, 12]], *walls]
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube() | {"boundaries": [shell]}]}}, corners))
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    (geometry,) = json.loads(path.read_text())["CityObjects"]["B"]["geometry"]
    assert sorted(len(face) for face in geometry["boundaries"][0]) == [1] * 8 + [2, 2]
    assert open_edges(geometry["boundaries"]) == 0
    assert shapely.area(after.buildings.footprints[0]) == pytest.approx(800)
    assert volume(after.buildings.mesh) == pytest.approx(7200)


def test_that_bodies_apart_are_a_composite_solid_and_open_ones_surfaces(tmp_path: Path) -> None:
    apart = [(x + 20, y, z) for x, y, z in CORNERS]
    two = {
        "type": "CompositeSolid",
        "lod": "2",
        "boundaries": [cube()["boundaries"], cube(shift=8)["boundaries"]],
    }
    lidless = {"type": "MultiSurface", "lod": "2", "boundaries": cube(shift=16)["boundaries"][0][1:]}
    objects = {"two": {"type": "Building", "geometry": [two]}, "open": {"type": "Building", "geometry": [lidless]}}
    more = [(x, y + 50, z) for x, y, z in CORNERS]
    city = opened(tmp_path, document(objects, [*CORNERS, *apart, *more]))
    path, _ = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    said = json.loads(path.read_text())["CityObjects"]
    assert [said[k]["geometry"][0]["type"] for k in ("two", "open")] == ["CompositeSolid", "MultiSurface"]
    assert [open_edges(solid) for solid in said["two"]["geometry"][0]["boundaries"]] == [0, 0]


def test_that_all_levels_of_detail_go_out_and_come_back(tmp_path: Path) -> None:
    taller = [(x, y, z * 2) for x, y, z in CORNERS]
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {"B": {"type": "Building", "geometry": [flat, cube("1.2"), cube("2.2", shift=8)]}}
    city = opened(tmp_path, document(objects, CORNERS + taller))
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    assert (after.buildings.lod, sorted(after.buildings.lods)) == ("2.2", ["0", "1.2"])
    for name, metres in (("0", 0), ("1.2", 6), ("2.2", 12)):
        z = after.buildings.at_lod(name).mesh.points[:, 2]
        assert np.ptp(z) == pytest.approx(metres)


def test_that_nested_attributes_colours_and_foreign_types_survive(tmp_path: Path) -> None:
    attributes = {"owner": {"name": "Ægir 市", "share": [0.5, 0.5]}, "flags": [True, None], "none": None, "n": 7}
    objects = {
        "B": {
            "type": "Building",
            "attributes": attributes,
            "geometry": [cube(material={"a": {"values": [[0, 1, None, None, None, None]]}})],
        },
        "P": {"type": "+Potato", "attributes": {"sort": "Bintje"}, "geometry": [cube("1")]},
    }
    materials = [{"name": "r", "diffuseColor": [1, 0, 0]}, {"name": "g", "diffuseColor": [0, 1, 0], "transparency": 0.5}]
    city = opened(tmp_path, document(objects, appearance={"materials": materials}))
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    own = after.buildings.own(0)
    assert (own["owner"], own["flags"], own["n"]) == (attributes["owner"], attributes["flags"], 7)
    assert after.buildings.mesh.color is not None
    colors = {tuple(c) for c in after.buildings.mesh.color.tolist()}
    assert colors == {(255, 0, 0, 255), (0, 255, 0, 128), (0, 0, 0, 0)}
    assert json.loads(path.read_text())["CityObjects"]["P"]["type"] == "GenericCityObject"
    assert after.layers["potato"].table["sort"].tolist() == ["Bintje"]


_CJIO = """
import json, sys
from cjio import cityjson
with open(sys.argv[1], encoding="utf-8") as file:
    model = cityjson.reader(file)
found = {"info": bool(model.get_info()), "version": model.get_version(), "epsg": model.get_epsg(), "before": len(model.j["vertices"])}
found["buildings"] = sum(o["type"] == "Building" for o in model.j["CityObjects"].values())
model.remove_duplicate_vertices()
model.remove_orphan_vertices()
found |= {"after": len(model.j["vertices"]), "box": list(model.calculate_bbox()), "said": model.j["metadata"]["geographicalExtent"]}
print(json.dumps(found))
"""


def test_that_cjio_reads_what_was_written_and_finds_the_same(data: Path, tmp_path: Path) -> None:
    """In a process of its own: cjio makes Python's json write six decimals, and datums read from JSON are then unknown ones."""
    if importlib.util.find_spec("cjio") is None:
        pytest.skip("cjio is not installed")
    city = open_city(data / "city_denhaag" / "DenHaag_01.city.json.zip", use_cache=False)
    path, _ = out_and_in(city, tmp_path)
    done = subprocess.run([sys.executable, "-c", _CJIO, str(path)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["info"]
    assert found["version"] == "2.0"
    assert found["epsg"] == 7415
    assert found["buildings"] == len(city.buildings)
    assert found["after"] == found["before"]
    assert np.allclose(found["box"], found["said"], atol=0.002)


def test_that_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube()]}}))
    with pytest.raises(StorageError, match="no such folder"):
        write_city(city, tmp_path / "nowhere" / "a.city.json")
    with pytest.raises(InputError, match="does not tell"):
        write_city(city, tmp_path / "a.xyz")
    with pytest.raises(InputError, match="no format"):
        write_city(city, tmp_path / "a.json", format="potato")
    target = tmp_path / "kept.city.json"
    target.write_text("before")

    def stop(_what: str, fraction: float) -> None:
        if fraction >= 1:
            raise InterruptedError

    with pytest.raises((InterruptedError, StorageError)):
        write_city(city, target, progress=stop)
    assert target.read_text() == "before"
    assert {p.name for p in tmp_path.iterdir()} == {"a.city.json", "kept.city.json"}
