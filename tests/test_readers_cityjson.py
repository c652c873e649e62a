"""CityJSON, feature by feature of the standard (https://www.cityjson.org/specs/2.0.1/)."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.faces import triangulate_faces
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.recipe import open_city

CORNERS = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 6), (10, 0, 6), (10, 10, 6), (0, 10, 6)]
SHELL = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
SEMANTICS = {
    "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
    "values": [[0, 1, 2, 2, 2, 2]],
}


def cube(lod: str = "2.2", shift: int = 0, **more: Any) -> dict[str, Any]:
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
