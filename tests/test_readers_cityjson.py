"""CityJSON, feature by feature of the standard (https://www.cityjson.org/specs/2.0.1/)."""

from __future__ import annotations

import copy
import io
import json
import re
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.city.city import City
from twin.city.faces import triangulate_faces
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers import cityjson_text, read_file
from twin.city.readers.parts import Hints, Parts
from twin.city.recipe import open_city
from twin.errors import InputError

CORNERS = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 6), (10, 0, 6), (10, 10, 6), (0, 10, 6)]
SHELL = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
SEMANTICS = {
    "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
    "values": [[0, 1, 2, 2, 2, 2]],
}


def cube(lod: Any = "2.2", shift: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "Solid", "lod": lod, "boundaries": [[[[i + shift for i in r] for r in s] for s in SHELL]], **more}


def document(objects: dict[str, Any], vertices: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [85000.0, 447000.0, 1.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "CityObjects": objects,
        "vertices": [[int(c * 1000) for c in v] for v in (vertices or CORNERS)],
        **more,
    }


def opened(folder: Path, content: dict[str, Any], name: str = "a.city.json") -> City:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return open_city(path)


def volume(mesh: Mesh) -> float:
    p = mesh.points[mesh.triangles] - mesh.points[0]
    return float(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6)


def test_that_transform_semantics_and_heights_are_read(tmp_path: Path) -> None:
    city = opened(
        tmp_path,
        document({"B-1": {"type": "Building", "attributes": {"yearOfConstruction": 1931}, "geometry": [cube(semantics=SEMANTICS)]}}),
    )
    table = city.buildings.table.iloc[0]
    assert table["id"] == "building/B-1"
    assert (table["height_m"], table["ground_z_m"], table["height_source"], table["year"]) == (6, 1, "solid", 1931)
    mesh = city.buildings.mesh
    assert np.isclose(volume(mesh), 600)
    assert np.bincount(mesh.surface, minlength=4).tolist()[1:4] == [8, 2, 2]
    assert shapely.area(city.buildings.footprints[0]) == pytest.approx(100)
    x, y = city.frame.to_crs(*shapely.get_coordinates(city.buildings.footprints[0]).T)
    assert (x.min(), y.min()) == (85000, 447000)
    assert city.frame.vertical == "EPSG:5709"


def test_that_surfaces_without_meaning_are_told_by_the_way_they_face(tmp_path: Path) -> None:
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube()]}}))
    assert np.bincount(city.buildings.mesh.surface, minlength=4).tolist()[1:4] == [8, 2, 2]


def test_that_partly_missing_semantics_do_not_shift_the_others(tmp_path: Path) -> None:
    for values in ([[0, None, 2, 2, 2, 2]], [None], None, [[0, 1]]):
        city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube(semantics={**SEMANTICS, "values": values})]}}))
        assert np.bincount(city.buildings.mesh.surface, minlength=4).tolist()[1:4] == [8, 2, 2]


def test_that_the_best_level_of_detail_is_taken(tmp_path: Path) -> None:
    low = cube("1.3")
    high = copy.deepcopy(cube("2.2", shift=8))
    taller = [(x, y, z * 2) for x, y, z in CORNERS]
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [low, high, cube("1")]}}, CORNERS + taller))
    assert city.buildings.table["height_m"].tolist() == [12]


def test_that_parts_and_installations_go_into_their_building(tmp_path: Path) -> None:
    beside = [(x + 10, y, z + 3) for x, y, z in CORNERS]
    objects = {
        "B": {"type": "Building", "children": ["P1", "P2"], "attributes": {"name": "Hall"}},
        "P1": {"type": "BuildingPart", "parents": ["B"], "geometry": [cube()]},
        "P2": {"type": "BuildingPart", "parents": ["B"], "children": ["I"], "geometry": [cube(shift=8)]},
        "I": {"type": "BuildingInstallation", "parents": ["P2"], "geometry": [cube(shift=8)]},
        "R": {"type": "BuildingRoom", "parents": ["B"], "geometry": [cube()]},
    }
    city = opened(tmp_path, document(objects, CORNERS + beside))
    buildings = city.buildings
    assert buildings.ids.tolist() == ["building/B"]
    assert (buildings.table["name"][0], buildings.table["parts"][0], buildings.table["height_m"][0]) == ("Hall", 2, 9)
    assert buildings.parts["id"].tolist() == ["part/P1", "part/P2"]
    assert buildings.parts["min_height_m"].tolist() == [0, 3]
    assert buildings.parts["height_m"].tolist() == [6, 9]
    assert shapely.area(buildings.footprints[0]) == pytest.approx(200)
    assert len(buildings.mesh) == 36
    assert [p.count for p in city.problems if p.code == "inside_objects"] == [1]
    assert not city.layers


def test_that_a_footprint_without_height_is_raised_by_its_attributes(tmp_path: Path) -> None:
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {
        "A": {"type": "Building", "attributes": {"measuredHeight": 21.0}, "geometry": [flat]},
        "B": {"type": "Building", "geometry": [cube(shift=8)]},
    }
    city = opened(tmp_path, document(objects, CORNERS + [(x + 50, y, z) for x, y, z in CORNERS]))
    table = city.buildings.table.set_index("id")
    assert table.loc["building/A", ["height_m", "height_source"]].tolist() == [21, "measured"]
    assert table.loc["building/B", ["height_m", "height_source"]].tolist() == [6, "solid"]


def test_that_templates_stand_where_they_are_put(tmp_path: Path) -> None:
    turn = [0, -2, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]  # a quarter turn, twice as large
    content = document(
        {
            "T": {
                "type": "SolitaryVegetationObject",
                "geometry": [{"type": "GeometryInstance", "template": 0, "boundaries": [6], "transformationMatrix": turn}],
            }
        },
        **{"geometry-templates": {"templates": [{"type": "Solid", "lod": "2", "boundaries": [SHELL]}], "vertices-templates": CORNERS}},
    )
    city = opened(tmp_path, content)
    trees = city.layers["trees"]
    assert trees.mesh is not None
    x, y = city.frame.to_crs(trees.mesh.points[:, 0], trees.mesh.points[:, 1])
    assert (x.min(), x.max(), y.min(), y.max()) == (84990, 85010, 447010, 447030)
    assert (trees.mesh.points[:, 2].min(), trees.mesh.points[:, 2].max()) == (7, 19)
    assert trees.geometry[0].geom_type == "Point"


def test_that_roads_water_plants_and_land_use_become_layers_with_surfaces(tmp_path: Path) -> None:
    surface = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3]]]}
    kinds = {"Road": "roads", "WaterBody": "water", "PlantCover": "green", "LandUse": "landuse", "Bridge": "bridges",
             "CityFurniture": "city furniture",
             "+Potato": "potato", "Railway": "rail"}  # fmt: skip
    city = opened(tmp_path, document({k: {"type": k, "geometry": [surface]} for k in kinds}))
    assert {k: len(v) for k, v in city.layers.items()} == {r: list(kinds.values()).count(r) for r in kinds.values()}
    road = city.layers["roads"]
    assert road.ids.tolist() == ["road/Road"]
    assert road.mesh is not None
    assert set(road.mesh.surface.tolist()) == {SurfaceClass.ROAD}
    assert shapely.area(road.geometry[0]) == pytest.approx(100)
    assert len(city.buildings) == 0


def test_that_a_tin_becomes_terrain(tmp_path: Path) -> None:
    corners = [(0, 0, 0), (100, 0, 10), (100, 100, 20), (0, 100, 10)]
    tin = {"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]], [[0, 2, 3]]]}
    city = opened(tmp_path, document({"T": {"type": "TINRelief", "geometry": [tin]}}, corners))
    terrain = city.terrain
    assert terrain is not None
    x0, y0, x1, y1 = terrain.grid.bounds
    assert (round(x1 - x0), round(y1 - y0)) == (100, 100)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(10, 90, (2, 50))
    plane = 1 + (x + y) / 10  # z = 1 + x/10 + y/10 on both triangles
    assert np.allclose(terrain.sample(x + x0, y + y0), plane, atol=0.02)
    assert len(city.layers["relief"]) == 1


def test_that_a_stream_of_features_reads_like_one_file(tmp_path: Path) -> None:
    whole = document({})
    lines = [json.dumps({**whole, "vertices": []})]
    for i in range(3):
        moved = [[int((x + 20 * i) * 1000), y * 1000, z * 1000] for x, y, z in CORNERS]
        lines.append(
            json.dumps(
                {
                    "type": "CityJSONFeature",
                    "id": f"F{i}",
                    "CityObjects": {f"F{i}": {"type": "Building", "geometry": [cube()]}},
                    "vertices": moved,
                }
            )
        )
    path = tmp_path / "city.jsonl"
    path.write_text("\n".join(lines))
    city = open_city(path)
    assert city.buildings.ids.tolist() == ["building/F0", "building/F1", "building/F2"]
    assert np.allclose(np.diff(shapely.get_coordinates(shapely.centroid(city.buildings.footprints))[:, 0]), 20)


def test_that_broken_objects_are_left_out_and_counted(tmp_path: Path) -> None:
    objects = {
        "good": {"type": "Building", "geometry": [cube()]},
        "far": {"type": "Building", "geometry": [cube(shift=5)]},
        "flat": {"type": "Building", "geometry": [{"type": "Solid", "lod": "1", "boundaries": [0, 1, 2]}]},
        "none": "nothing",
        "loop": {"type": "BuildingPart", "parents": ["loop"], "geometry": [cube()]},
    }
    city = opened(tmp_path, document(objects))
    assert "building/good" in city.buildings.ids
    told = {p.code: p for p in city.problems}
    assert told["broken_geometry"].count == 3
    assert set(told["broken_geometry"].examples) == {"far", "flat", "none"}
    assert told["no_geometry"].count == 2


def test_that_a_zip_reads_like_what_is_in_it(tmp_path: Path) -> None:
    content = json.dumps(document({"B": {"type": "Building", "geometry": [cube()]}}))
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("c.city.json", content)
    assert open_city(tmp_path / "c.zip").buildings.ids.tolist() == ["building/B"]


def test_that_faces_are_triangulated_whatever_their_shape() -> None:
    """A wall with a window, an L and a square, upright and far from the origin: area kept, facing kept."""
    frame = np.array([(0, 0), (6, 0), (6, 4), (0, 4), (1, 1), (1, 3), (3, 3), (3, 1)], float)
    ell = np.array([(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)], float)
    square = np.array([(0, 0), (2, 0), (2, 2), (0, 2)], float)
    flat = np.concatenate([frame, ell, square])
    upright = np.column_stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]]) + [85000, 447000, 0]
    sizes = np.array([4, 4, 6, 4])
    for points, facing in ((upright, -1), (upright[:, [1, 0, 2]], 1)):
        triangles, face = triangulate_faces(points, np.arange(len(points)), sizes, np.array([2, 1, 1]))
        p = points[triangles]
        cross = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) / 2
        assert np.allclose(np.bincount(face, np.linalg.norm(cross, axis=1)), [20, 7, 4])
        axis = 1 if facing < 0 else 0
        assert (np.sign(cross[:, axis]) == facing).all()
    triangles, face = triangulate_faces(upright, np.array([0, 1, 0, 1, 2]), np.array([2, 3]), np.array([1, 1, 0]))
    assert face.tolist() == [1]
    triangles, face = triangulate_faces(upright, np.array([0, 1, 2, 3, 4, 5]), np.array([4, 2, 0]), np.array([3]))
    assert face.tolist() == [0, 0]  # holes of two corners and of none are no holes


def parts(folder: Path, content: dict[str, Any] | str, name: str = "a.city.json", **hints: Any) -> Parts:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_file(path, Hints(**hints))


def test_that_layouts_of_before_the_standard_are_read(tmp_path: Path) -> None:
    """The changes as the changelog of the specification tells them."""
    semantics = [[{"type": "GroundSurface"}, {"type": "RoofSurface"}, *[{"type": "WallSurface"}] * 4]]
    plain: dict[str, Any] = {"type": "CityJSON", "vertices": [[x + 85000, y + 447000, z] for x, y, z in CORNERS]}
    oldest = {
        **plain, "type": "CityModel", "version": "http://www.cityjson.org/version/0.1", "metadata": {"crs": {"epsg": 7415}},
        "CityObjects": {"B": {"type": "Building", "Parts": ["P"], "generic-attributes": {"colour": "red"}, "attributes": {"n": 1}},
                        "P": {"type": "BuildingPart", "geometry": [cube(2, semantics=[["Ground", "Roof", *["Wall"] * 4]])]}},
    }  # fmt: skip
    third = copy.deepcopy(oldest) | {"type": "CityJSON", "version": "0.3"}
    third["CityObjects"]["P"]["geometry"] = [cube(2, semantics=semantics)]
    eighth = {
        **plain, "version": "0.8", "metadata": {"referenceSystem": "urn:ogc:def:crs:EPSG::7415"},
        "CityObjects": {"B": {"type": "Building", "children": ["P"], "attributes": {"n": 1, "colour": "red"}},
                        "P": {"type": "BuildingPart", "parent": "B", "geometry": [cube(2.0, semantics=SEMANTICS)]}},
    }  # fmt: skip
    for content in (oldest, third, eighth):
        city = opened(tmp_path, content, f"v{content['version'][-1]}.json")
        assert city.buildings.ids.tolist() == ["building/B"]
        assert city.buildings.table["parts"].tolist() == [1]
        assert (city.buildings.own(0)["n"], city.buildings.own(0)["colour"]) == (1, "red")
        assert np.bincount(city.buildings.mesh.surface, minlength=4).tolist()[1:4] == [8, 2, 2]
        assert city.frame.crs == "EPSG:28992"
        assert "old_version" in {p.code for p in city.problems}
    with pytest.raises(InputError, match="CityJSON 3.1 is not read"):
        opened(tmp_path, document({}) | {"version": "3.1"})


def test_that_a_stream_without_its_first_line_is_told_plainly(tmp_path: Path) -> None:
    line = json.dumps({"type": "CityJSONFeature", "id": "F", "CityObjects": {}, "vertices": []})
    with pytest.raises(InputError, match="without the head .* first line"):
        parts(tmp_path, f"{line}\n{line}\n", "a.city.jsonl")


def test_that_a_broken_line_of_a_stream_costs_only_itself(tmp_path: Path) -> None:
    feature = {"type": "CityJSONFeature", "id": "F", "vertices": [[c * 1000 for c in v] for v in CORNERS]}
    lines = [json.dumps(document({}) | {"vertices": []})]
    lines += [json.dumps({**feature, "CityObjects": {f"F{i}": {"type": "Building", "geometry": [cube()]}}}) for i in range(3)]
    lines[2] = lines[2][:-9]
    found = parts(tmp_path, "\n".join(lines) + "\n", "a.city.jsonl")
    assert found.solids[0].table["id"].tolist() == ["F0", "F2"]
    assert [p.count for p in found.problems if p.code == "broken_geometry"] == [1]


def test_that_the_text_is_cut_alike_however_it_is_written_and_read(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indented, in small blocks, with a byte order mark, with floats for vertices: one mesh."""
    source = data / "city_delft" / "delft.city.json"
    said = json.loads(source.read_text())
    whole = read_file(source, Hints()).solids[0]
    floats = copy.deepcopy(said)
    floats["transform"]["scale"] = [0.01] * 3
    floats["vertices"] = [[x / 10, y / 10, z / 10] for x, y, z in said["vertices"]]
    monkeypatch.setattr(cityjson_text, "_BLOCK", 1021)
    for name, text in (
        ("lines.json", json.dumps(said, indent=1)), ("mark.json", "\ufeff" + json.dumps(said)), ("floats.json", json.dumps(floats)),
        ("tight.json", json.dumps(said, separators=(",", ":"))),
    ):  # fmt: skip
        again = parts(tmp_path, text, name).solids[0]
        assert np.array_equal(again.mesh.triangles, whole.mesh.triangles)
        assert np.allclose(again.mesh.points, whole.mesh.points, atol=1e-6)
        pd.testing.assert_frame_equal(again.attributes, whole.attributes)


def test_that_boundaries_of_any_shape_come_back_as_they_were() -> None:
    several: list[Any] = [
        [0, 7], [[0, 1], [2, 3, 4]], SHELL, [SHELL, SHELL[:2]], [[SHELL], [SHELL, SHELL]], [[[0, 1, 2], [3, 4, 5]]],
    ]  # fmt: skip
    text = json.dumps([{"boundaries": b} for b in several])
    cut = cityjson_text.cut(io.BytesIO(text.encode()).read)
    assert [item["boundaries"] for item in json.loads(cut.text)] == [0, 1, 2, 3, 4, 5]
    assert [{"boundaries": cut.boundaries.nested(i)} for i in range(6)] == json.loads(text)
    assert cut.boundaries.faces.tolist() == [1, 2, 6, 8, 18, 1]
    for odd in ("[[0,1.5]]", "[[0],[[1]]]", "[[],[1]]", "[-1]", '[["a"]]', "null"):
        kept = cityjson_text.cut(io.BytesIO(f'{{"boundaries": {odd}}}'.encode()).read)
        assert json.loads(kept.text)["boundaries"] == json.loads(odd)
    assert json.loads(cityjson_text.cut(io.BytesIO(b'{"boundaries": 3}').read).text)["boundaries"] is None


def test_that_empty_surfaces_do_not_shift_the_meaning_of_the_others(tmp_path: Path) -> None:
    shell = [[[3, 2, 1, 0]], [], [[4, 5, 6, 7]], *SHELL[2:]]
    meaning = {**SEMANTICS, "values": [[0, 0, 1, 2, 2, 2, 2]]}
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube(semantics=meaning) | {"boundaries": [shell]}]}}))
    assert np.bincount(city.buildings.mesh.surface, minlength=4).tolist()[1:4] == [8, 2, 2]


def test_that_every_level_is_kept_and_the_wished_one_shown(tmp_path: Path) -> None:
    taller = [(x, y, z * 2) for x, y, z in CORNERS]
    beside = [(x + 30, y, z) for x, y, z in CORNERS]
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {
        "A": {"type": "Building", "geometry": [flat, cube(1), cube("2.2", shift=8)]},
        "B": {"type": "Building", "geometry": [cube("1.2", shift=16)]},
    }
    content = document(objects, [*CORNERS, *taller, *beside])
    buildings = opened(tmp_path, content).buildings
    assert (buildings.lod, sorted(buildings.lods)) == ("2.2", ["0", "1"])
    for name, tops in (("2.2", [13, 7]), ("1", [7, 7]), ("0", [1, 7])):
        mesh = buildings.at_lod(name).mesh
        assert [mesh.points[mesh.triangles[mesh.object == row]][..., 2].max() for row in (0, 1)] == tops
    assert parts(tmp_path, content, lod="1.2").solids[0].table["lod"].tolist() == ["1", "1.2"]


def test_that_a_building_is_not_drawn_over_its_better_parts(tmp_path: Path) -> None:
    """As 3DBAG has it: the building an outline, its part the solid."""
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {
        "B": {"type": "Building", "children": ["P"], "geometry": [flat]},
        "P": {"type": "BuildingPart", "parents": ["B"], "geometry": [cube("1.2"), cube("2.2")]},
    }
    buildings = opened(tmp_path, document(objects)).buildings
    assert (len(buildings.mesh), len(buildings.at_lod("0").mesh)) == (12, 2)


def test_that_lines_become_roads_that_can_be_driven(tmp_path: Path) -> None:
    line = {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1, 2]]}
    city = opened(tmp_path, document({"R": {"type": "Road", "attributes": {"name": "Kade"}, "geometry": [line]}}))
    roads = city.layers["roads"]
    assert (roads.ids.tolist(), roads.table["name"].tolist()) == (["road/R"], ["Kade"])
    assert shapely.length(roads.geometry[0]) == pytest.approx(20)
    assert city.networks["roads"].edges["length_m"].sum() == pytest.approx(20)


def test_that_a_declared_extent_that_is_wrong_is_told(tmp_path: Path) -> None:
    content = document({"B": {"type": "Building", "geometry": [cube()]}})
    for extent, severity in (
        ([85000, 447000, 1, 85010, 447010, 7], None), ([0, 0, 0, 10, 10, 6], "warning"), ([85000, 447000, 0, 85010, 447010, 0], "info"),
        ("nonsense", None),
    ):  # fmt: skip
        content["metadata"]["geographicalExtent"] = extent
        told = [p.severity for p in parts(tmp_path, content).problems if p.code == "extent_differs"]
        assert told == ([severity] if severity else [])


def test_that_materials_colour_faces_by_value_and_by_values(tmp_path: Path) -> None:
    materials = [{"diffuseColor": [0.2, 0.4, 0.6], "transparency": 0.75}, {"diffuseColor": [1, 1, 1]}, {"name": "no colour"}]
    objects = {
        "one": {"type": "Building", "geometry": [cube(material={"a": {"value": 0}})]},
        "each": {"type": "Building", "geometry": [cube(material={"b": {"values": [[1]]}, "a": {"values": [[0, None, 1, 1, 2, 9]]}})]},
    }
    found = parts(tmp_path, document(objects, appearance={"materials": materials, "default-theme-material": "a"}))
    color, row = found.solids[0].mesh.color, found.solids[0].mesh.object
    assert color is not None
    assert {tuple(c) for c in color[row == 0].tolist()} == {(51, 102, 153, 64)}
    assert color[row == 1].tolist() == [[51, 102, 153, 64]] * 2 + [[0] * 4] * 2 + [[255] * 4] * 4 + [[0] * 4] * 4


def test_that_a_face_has_the_mean_colour_of_its_part_of_the_image(tmp_path: Path) -> None:
    import rasterio

    pixels = np.zeros((3, 64, 64), np.uint8)
    pixels[0, :, :32], pixels[2, :, 32:], pixels[1, :32] = 200, 100, 50
    (tmp_path / "looks").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(tmp_path / "looks" / "wall.png", "w", driver="PNG", width=64, height=64, count=3, dtype="uint8") as image:
            image.write(pixels)
    (tmp_path.parent / "outside.png").write_bytes((tmp_path / "looks" / "wall.png").read_bytes())
    uv = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5], [0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]]
    images = ["looks/wall.png", "../outside.png", "gone.png", "http://example.org/a.png", "/etc/passwd"]
    look = {
        "t": {
            "values": [[[[0, 0, 1, 2, 3]], [[0, 4, 5, 6, 7]], [[1, 0, 1, 2, 3]], [[2, 0, 1, 2, 3]], [[3, 0, 1, 2, 3]], [[4, 0, 1, 2, 3]]]]
        }
    }
    textures = [{"type": "PNG", "image": i} for i in images]
    content = document(
        {"B": {"type": "Building", "geometry": [cube(texture=look)]}}, appearance={"textures": textures, "vertices-texture": uv}
    )  # fmt: skip
    found = parts(tmp_path, content)
    color = found.solids[0].mesh.color
    assert color is not None
    # the lower left quarter is red, the upper right one green and blue; the others have no image that may be read
    assert color[::2].tolist() == [[200, 0, 0, 255], [0, 50, 100, 255], *[[0] * 4] * 4]
    assert [p.count for p in found.problems if p.code == "texture_missing"] == [4]


def test_that_many_rare_attributes_share_a_column(tmp_path: Path) -> None:
    objects = {f"B{i}": {"type": "Building", "attributes": {f"key {i}": i, "all": [i]}, "geometry": [cube()]} for i in range(700)}
    found = parts(tmp_path, document(objects)).solids[0].attributes
    assert len(found.columns) == 512
    assert found["all"].tolist() == [[i] for i in range(700)]
    values = [v for row in found.to_dict("records") for k, v in row.items() if k.startswith("key") and v == v]
    rest = [v for more in found["further_attributes"].dropna() for v in more.values()]
    assert sorted(values + rest) == list(range(700))


def opens(path: Path, crs: str) -> bool:
    """Whether a file becomes a city; where it does not, a sentence tells why, and nothing else is raised."""
    try:
        open_city(path, crs=crs, use_cache=False)
    except InputError as error:
        if not re.match(r"[A-Z].{10}", str(error)):
            raise
        return False
    return True


def test_that_the_files_of_the_validator_are_read_or_refused(data: Path) -> None:
    files = sorted((data / "bad" / "cjval").glob("*.json*"))
    assert sum(opens(path, "local") for path in files) > 20


_SAMPLE = json.dumps(
    document(
        {
            "B": {"type": "Building", "children": ["P"], "attributes": {"a": {"b": [1, "é"]}}, "address": [{"Street": "x"}]},
            "P": {"type": "BuildingPart", "parents": ["B"],
                  "geometry": [cube("1", semantics=SEMANTICS, material={"m": {"values": [[0, None, 0, 0, 0, 0]]}}), cube("2.2")]},
            "T": {"type": "SolitaryVegetationObject",
                  "geometry": [{"type": "GeometryInstance", "template": 0, "boundaries": [6],
                                "transformationMatrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}]},
            "R": {"type": "Road", "geometry": [{"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1, 2]]}]},
        },
        appearance={"materials": [{"diffuseColor": [1, 0, 0]}], "textures": [{"image": "a.png"}], "vertices-texture": [[0, 1]]},
        **{"geometry-templates": {"templates": [{"type": "Solid", "lod": "2", "boundaries": [SHELL]}], "vertices-templates": CORNERS}},
    )
).encode()  # fmt: skip


CHANGES = st.lists(
    st.tuples(st.integers(0, len(_SAMPLE) - 1), st.sampled_from(list(b'0179.,:-[]{}"ntf\\e \xff\x00'))), min_size=1, max_size=4
)
OTHER = st.sampled_from([None, True, -1, 2.5, 10**30, "x", [], {}, [[]], [[[[]]]], [[None]], {"a": 1}])
FEW = settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(CHANGES)
def test_that_changed_bytes_end_in_a_city_or_a_sentence(changes: list[tuple[int, int]]) -> None:
    data = bytearray(_SAMPLE)
    for place, byte in changes:
        data[place] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.city.json"
        path.write_bytes(bytes(data))
        opens(path, "EPSG:7415")


@FEW
@given(OTHER, st.data())
def test_that_a_value_of_another_kind_anywhere_ends_in_a_city_or_a_sentence(other: Any, pick: st.DataObject) -> None:
    content = json.loads(_SAMPLE)
    at: Any = content
    while True:
        key = pick.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
        if not isinstance(at[key], (dict, list)) or not at[key] or pick.draw(st.integers(0, 3)) == 0:
            at[key] = other
            break
        at = at[key]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.city.json"
        path.write_text(json.dumps(content))
        opens(path, "EPSG:7415")
