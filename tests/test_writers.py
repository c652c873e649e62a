"""A city goes out and comes in again; what is written holds to the rules of its format; half a file is never found."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.little_city import little_city
from twin.city.city import City
from twin.city.features import Features
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.gltf import read_gltf
from twin.city.recipe import open_city
from twin.city.writers import WRITERS, write_city
from twin.city.writers import tiles3d as tiles_writer
from twin.city.writers.surfaces import terrain_mesh
from twin.city.writers.tables import plain
from twin.errors import InputError, StorageError
from twin.frame import LocalFrame

MESHES = {"gltf": "a.glb", "3dtiles": "tiles", "obj": "a.obj"}
TABLES = {"geopackage": "a.gpkg", "geoparquet": "a.parquet", "geoparquet-folder": "layers"}


def blocks(**changes: Any) -> City:
    """The little city with attributes of all kinds, and a bridge with a mesh of its own."""
    city = little_city(4)
    b = city.buildings
    n = len(b)
    own = pd.DataFrame(
        {
            "Bauart": [f"type {k % 3}" for k in range(n)],
            "屋根": ["平"] * n,
            "floors of steel": np.arange(n),
            "share": np.where(np.arange(n) % 5, 0.5, np.nan),
            "listed": np.arange(n) % 2 == 0,
            "notes": [{"k": k} if k % 2 else None for k in range(n)],
            "HEIGHT_M": "shadowed by ours",
        }
    )
    b.table["storeys"] = np.arange(n) + 1.0
    deck = shapely.box(-10, -160, 10, -60)
    corners = np.array([[-10, -160, 8], [10, -160, 8], [10, -60, 8], [-10, -60, 8]], float)
    mesh = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.zeros(2, np.int32), np.full(2, SurfaceClass.ROAD, np.uint8))
    bridge = pd.DataFrame({"id": ["bridge/old"], "name": ["Old Bridge"], "kind": ["Bridge"], "built": [1890]})
    layers = {**city.layers, "bridges": Features("bridges", bridge, np.array([deck], object), mesh=mesh)}
    return city.derived(buildings=replace(b, attributes=own), layers=layers, **changes)


def again(city: City, tmp_path: Path, format: str) -> City:
    path = tmp_path / {**MESHES, **TABLES}[format]
    write_city(city, path, format)
    return open_city(path, use_cache=False)


def pairs(a: City, b: City) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of both in the order of the ids of the first; all of them are there."""
    one, two = (c.buildings.table.assign(row=np.arange(len(c.buildings))).set_index("id") for c in (a, b))
    assert set(one.index) == set(two.index)
    return one, two.loc[one.index]


def places(city: City, rows: Any, of_mesh: bool = False) -> np.ndarray:
    """Extents of footprints (or of the meshes) in longitude and latitude, as metres here, (N, 4): west, south, east, north."""
    points, row = shapely.get_coordinates(city.buildings.footprints, return_index=True)
    if of_mesh:
        mesh = city.buildings.mesh
        points, row = mesh.points[mesh.triangles.ravel(), :2], np.repeat(mesh.object, 3)
    here = np.column_stack(city.frame.to_lonlat(points[:, 0], points[:, 1])) * [111_320 * 0.7, 111_000]
    box = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(city.buildings), 1))
    for k in range(2):
        np.minimum.at(box[:, k], row, here[:, k])
        np.maximum.at(box[:, k + 2], row, here[:, k])
    return box[rows]


# round trips
@pytest.mark.parametrize("format", [*MESHES, *TABLES])
def test_that_buildings_come_in_as_they_went_out(tmp_path: Path, format: str) -> None:
    city = blocks()
    one, two = pairs(city, again(city, tmp_path, format))
    back = open_city(tmp_path / {**MESHES, **TABLES}[format], use_cache=False)
    assert np.abs(one["height_m"] - two["height_m"]).max() < 0.005
    assert np.abs(one["ground_z_m"] - two["ground_z_m"]).max() < 0.005
    assert np.abs(places(city, one["row"]) - places(back, two["row"])).max() < 0.01
    area = shapely.area(city.buildings.footprints[one["row"]])
    assert np.abs(shapely.area(back.buildings.footprints[two["row"]]) / area - 1).max() < 1e-3
    if format in MESHES:
        same = [np.bincount(c.buildings.mesh.surface, minlength=9).tolist() for c in (city, back)]
        assert same[0] == same[1]
    if format != "obj":
        assert (one["name"] == two["name"]).all()
        assert (one["use"] == two["use"]).all()
        assert (one["storeys"] == two["storeys"]).all()
        own = back.buildings.attributes.iloc[two["row"]].reset_index(drop=True)
        assert own["Bauart"].tolist() == city.buildings.attributes["Bauart"].tolist()
        assert own["屋根"].tolist() == ["平"] * len(one)
        assert own["floors of steel"].tolist() == list(range(len(one)))
        assert own["share"].isna().tolist() == city.buildings.attributes["share"].isna().tolist()
        assert own["listed"].astype(bool).tolist() == city.buildings.attributes["listed"].tolist()
        assert own["notes"].dropna().iloc[0] == '{"k": 1}'


@pytest.mark.parametrize("format", MESHES)
def test_that_layers_with_surfaces_go_out_and_come_in(tmp_path: Path, format: str) -> None:
    back = again(blocks(), tmp_path, format)
    assert back.layers["bridges"].table["id"].tolist() == ["bridge/old"]
    assert shapely.area(back.layers["bridges"].geometry)[0] == pytest.approx(2000, rel=1e-3)


@pytest.mark.parametrize("format", ["geopackage", "geoparquet-folder"])
def test_that_layers_and_networks_go_out_and_come_in(tmp_path: Path, format: str) -> None:
    city = blocks()
    back = again(city, tmp_path, format)
    assert {k: len(v) for k, v in back.layers.items()} == {k: len(v) for k, v in city.layers.items()}
    a, b = city.networks["roads"], back.networks["roads"]
    assert list(back.networks) == ["roads"]
    assert b.nodes["id"].tolist() == a.nodes["id"].astype(str).tolist()
    assert b.edges["id"].tolist() == a.edges["id"].tolist()
    assert b.edges["start"].tolist() == a.edges["start"].tolist()
    assert b.edges["class"].tolist() == a.edges["class"].tolist()
    assert b.edges["length_m"].to_numpy() == pytest.approx(a.edges["length_m"].to_numpy())
    assert back.layers["places"].table["name"].tolist() == ["Old Harbour"]


def test_that_terrain_comes_back_from_gltf(tmp_path: Path) -> None:
    city = blocks()
    back = again(city, tmp_path, "gltf")
    assert city.terrain is not None
    assert back.terrain is not None
    x, y = np.meshgrid(np.linspace(-150, 150, 9), np.linspace(-50, 150, 9))
    e, n = city.frame.to_crs(x, y)
    assert np.abs(back.terrain.sample(*back.frame.to_local(e, n)) - city.terrain.sample(x, y)).max() < 0.15


@pytest.mark.parametrize("format", [*MESHES, *TABLES])
@pytest.mark.parametrize(
    "what",
    [pytest.param("demo:1", marks=pytest.mark.slow), pytest.param("shanghai", marks=pytest.mark.slow), "delft_3dfier/output/testarea.json"],
)
def test_that_real_cities_come_in_as_they_went_out(data: Path, tmp_path: Path, what: str, format: str) -> None:
    city = open_city(what if what.startswith("demo") else data / what, use_cache=what.startswith("demo"))
    back = again(city, tmp_path, format)
    one, two = pairs(city, back)
    assert np.abs(one["height_m"] - two["height_m"]).max() < 0.01
    assert np.abs(one["ground_z_m"] - two["ground_z_m"]).max() < 0.01
    of_mesh = format in MESHES  # whose footprints are what they cover of the ground, without arcades and gates
    assert np.abs(places(city, one["row"], of_mesh) - places(back, two["row"], of_mesh)).max() < 0.01
    if format in ("geopackage", "geoparquet-folder"):
        assert {k: len(v) for k, v in back.layers.items()} == {k: len(v) for k, v in city.layers.items()}
        assert {k: (len(v.nodes), len(v.edges)) for k, v in back.networks.items()} == {
            k: (len(v.nodes), len(v.edges)) for k, v in city.networks.items()
        }


# rules of the formats
def _document(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    magic, version, size, length, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, size, kind) == (b"glTF", 2, len(data), b"JSON")
    assert length % 4 == 0
    found: dict[str, Any] = json.loads(data[20 : 20 + length])
    assert (20 + length + 8 + found["buffers"][0]["byteLength"]) == len(data)
    return found


def _check_gltf(path: Path) -> dict[str, Any]:
    """Rules of glTF 2.0, EXT_mesh_features and EXT_structural_metadata that a validator would look at."""
    document = _document(path)
    for view in document["bufferViews"]:
        assert view["byteOffset"] % 8 == 0
        assert 0 < view["byteLength"] <= document["buffers"][0]["byteLength"] - view["byteOffset"]
    tables = document["extensions"]["EXT_structural_metadata"]["propertyTables"]
    classes = document["extensions"]["EXT_structural_metadata"]["schema"]["classes"]
    assert set(document["extensionsUsed"]) == {"EXT_mesh_features", "EXT_structural_metadata"}
    for table in tables:
        properties = classes[table["class"]]["properties"]
        assert set(properties) == set(table["properties"])
        assert all(key.replace("_", "a").isalnum() and key.isascii() and not key[0].isdigit() for key in properties)
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            accessors = {k: document["accessors"][v] for k, v in primitive["attributes"].items()}
            assert len({a["count"] for a in accessors.values()}) == 1
            assert all(a["componentType"] != 5125 for a in accessors.values())  # attributes may not be 32 bit integers
            assert len(accessors["POSITION"]["min"]) == 3
            feature = primitive["extensions"]["EXT_mesh_features"]["featureIds"][0]
            assert feature["featureCount"] == tables[feature["propertyTable"]]["count"]
    for p in read_gltf(path.read_bytes(), lambda uri: b"", path.name).primitives:
        assert p.feature is not None
        assert p.feature.min() >= 0
        assert p.feature.max() < tables[p.table or 0]["count"]
        assert (p.feature[p.triangles] == p.feature[p.triangles[:, :1]]).all()  # no triangle lies in two objects
    return document


def test_that_a_gltf_holds_to_its_rules_and_trimesh_reads_it(tmp_path: Path) -> None:
    import trimesh

    city = blocks()
    write_city(city, tmp_path / "a.glb")
    document = _check_gltf(tmp_path / "a.glb")
    assert document["asset"]["extras"]["urban_twin"]["crs"] == "EPSG:32651"
    assert document["asset"]["copyright"] == "© made for tests"
    assert {m["name"] for m in document["materials"]} >= {"wall", "roof", "ground", "road", "terrain"}
    scene = trimesh.load_scene(tmp_path / "a.glb")
    low, high = scene.bounds
    p = city.buildings.mesh.points
    assert high[1] == pytest.approx(p[:, 2].max(), abs=1e-3)  # y is up
    assert sum(len(g.faces) for g in scene.geometry.values()) >= len(city.buildings.mesh) + 2


def test_that_colours_of_the_source_go_out(tmp_path: Path) -> None:
    city = blocks()
    rng = np.random.default_rng(1)
    color = rng.integers(0, 256, (len(city.buildings.mesh), 4)).astype(np.uint8)
    color[::3, 3], color[1::3, 3], color[2::3, 3] = 0, 255, 255
    city = city.derived(buildings=replace(city.buildings, mesh=replace(city.buildings.mesh, color=color)))
    write_city(city, tmp_path / "a.glb")
    found = read_gltf((tmp_path / "a.glb").read_bytes(), lambda uri: b"", "a")
    back = np.concatenate([p.color for p in found.primitives if p.is_painted and p.color is not None])
    want = color[color[:, 3] > 0]
    assert sorted(map(tuple, back[:, :3].tolist())) == sorted(map(tuple, want[:, :3].tolist()))


def _tiles(entry: dict[str, Any], above: dict[str, Any] | None = None) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    return [(entry, above), *(t for c in entry.get("children", []) for t in _tiles(c, entry))]


def test_that_a_tileset_holds_to_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles_writer, "TILE_TRIANGLES", 100)
    city = blocks()
    write_city(city, tmp_path / "t" / "tileset.json") if (tmp_path / "t").mkdir() is None else None
    tileset = json.loads((tmp_path / "t" / "tileset.json").read_text("utf-8"))
    assert tileset["asset"]["version"] == "1.1"
    assert set(tileset) <= {"asset", "geometricError", "root"}
    tiles = _tiles(tileset["root"])
    assert len(tiles) > 8
    ids: list[str] = []
    for tile, above in tiles:
        assert set(tile) <= {"boundingVolume", "geometricError", "refine", "content", "children", "transform"}
        west, south, east, north, low, high = tile["boundingVolume"]["region"]
        assert -np.pi <= west < east <= np.pi
        assert -np.pi / 2 <= south < north <= np.pi / 2
        assert low < high
        assert tile["geometricError"] >= 0
        assert tile["refine"] == "ADD"
        if above is not None:
            w, s, e, n, a, b = above["boundingVolume"]["region"]
            assert w <= west
            assert s <= south
            assert east <= e
            assert north <= n
            assert a <= low
            assert high <= b
            assert tile["geometricError"] <= above["geometricError"] <= tileset["geometricError"]
        document = tmp_path / "t" / tile["content"]["uri"]
        _check_gltf(document)
        for table in read_gltf(document.read_bytes(), lambda uri: b"", "t").tables:
            ids += table["twin_id"].tolist()
    assert sorted(ids) == sorted([*(i.partition("/")[2] for i in city.buildings.ids), "old"])  # each object once
    back = open_city(tmp_path / "t", use_cache=False)
    assert len(back.buildings) == len(city.buildings)


def test_that_the_largest_objects_are_in_the_upper_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles_writer, "TILE_TRIANGLES", 400)
    write_city(blocks(), tmp_path / "t", "3dtiles")
    root = json.loads((tmp_path / "t" / "tileset.json").read_text("utf-8"))["root"]
    table = read_gltf((tmp_path / "t" / root["content"]["uri"]).read_bytes(), lambda uri: b"", "t").tables[0]
    assert {"Lantern Tower", "启明大厦"} <= set(table["name"])


def test_that_vertices_of_tiles_are_exact_to_a_millimetre(tmp_path: Path) -> None:
    city = blocks()
    city = city.derived(frame=LocalFrame("EPSG:32651", (350000.25, 3456000.5)))
    back = again(city, tmp_path, "3dtiles")
    one, two = pairs(city, back)
    assert np.abs(places(city, one["row"]) - places(back, two["row"])).max() < 1e-3


def test_that_a_city_without_a_map_goes_out_in_its_own_metres(tmp_path: Path) -> None:
    city = blocks(frame=LocalFrame(None))
    problems = write_city(city, tmp_path / "t", "3dtiles")
    assert "no_map" in [p.code for p in problems]
    tileset = json.loads((tmp_path / "t" / "tileset.json").read_text("utf-8"))
    assert "transform" not in tileset["root"]
    assert len(tileset["root"]["boundingVolume"]["box"]) == 12
    for format in ("gltf", "obj", "geopackage"):
        back = again(city, tmp_path, format) if format != "geopackage" else None
        if back is not None:
            assert back.frame.crs is None
            assert len(back.buildings) == len(city.buildings)
    write_city(city, tmp_path / "a.gpkg")


def test_that_heights_above_the_sea_in_3d_tiles_are_told(tmp_path: Path) -> None:
    city = blocks()
    assert "ellipsoidal_heights" in [p.code for p in write_city(city, tmp_path / "t", "3dtiles")]
    back = open_city(tmp_path / "t", use_cache=False)
    assert "ellipsoidal_heights" not in [p.code for p in write_city(back, tmp_path / "u", "3dtiles")]


def test_that_other_programs_read_the_tables(tmp_path: Path) -> None:
    import geopandas
    import pyogrio

    city = blocks()
    write_city(city, tmp_path / "a.gpkg")
    names = {n for n, _ in pyogrio.list_layers(tmp_path / "a.gpkg")}
    assert names == {"buildings", *city.layers, "network roads nodes", "network roads edges"}
    frame = geopandas.read_file(tmp_path / "a.gpkg", layer="buildings")
    assert frame.crs == "EPSG:32651"
    assert len(frame) == len(city.buildings)
    write_city(city, tmp_path / "a.parquet")
    other = geopandas.read_parquet(tmp_path / "a.parquet")
    assert other.crs == "EPSG:32651"
    assert other.total_bounds.tolist() == pytest.approx(frame.total_bounds.tolist())


def test_that_columns_of_lists_and_mixtures_become_plain() -> None:
    table = plain(pd.DataFrame({"a": [[1, 2], None], "b": [1, "x"], "c": [True, False], "d": [1, 2.5]}, dtype=object))
    assert table["a"].tolist() == ["[1, 2]", None]
    assert table["b"].tolist() == ["1", "x"]
    assert table["c"].dtype == bool
    assert table["d"].tolist() == [1.0, 2.5]


def test_that_terrain_without_data_has_a_hole() -> None:
    city = little_city(2)
    assert city.terrain is not None
    z = city.terrain.elevation.copy()
    z[10:20, 10:20] = np.nan
    mesh = terrain_mesh(replace(city.terrain, elevation=z))
    rows, columns = z.shape
    # Of the 11 x 11 cells around it, half of two corner cells stands; half a cell more lies around all.
    assert len(mesh) == 2 * ((rows + 1) * (columns + 1) - 11 * 11) + 2
    assert np.isfinite(mesh.points).all()


# doors
def test_that_nothing_is_left_of_a_write_that_was_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(b"what was there before")

    class Stop(BaseException):
        pass

    for format, name in (("gltf", "a.glb"), ("geopackage", "a.gpkg"), ("3dtiles", "tiles")):
        calls: list[float] = []

        def progress(_what: str, fraction: float, calls: list[float] = calls) -> None:
            calls.append(fraction)
            if len(calls) > 1:
                raise Stop

        with pytest.raises(Stop):
            write_city(little_city(2), tmp_path / name, format, progress)
    assert [p.name for p in tmp_path.iterdir()] == ["a.glb"]
    assert (tmp_path / "a.glb").read_bytes() == b"what was there before"


def test_that_a_city_of_nothing_is_a_sentence(tmp_path: Path) -> None:
    empty = City("Nowhere", LocalFrame("EPSG:32651"))
    for format in (*MESHES, *TABLES):
        with pytest.raises(InputError, match="This city has no"):
            write_city(empty, tmp_path / "x", format)
    assert not list(tmp_path.iterdir())


def test_that_a_folder_in_use_and_an_unknown_ending_are_told(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "mine.txt").write_text("kept")
    with pytest.raises(StorageError, match="folder of this name"):
        write_city(little_city(2), tmp_path / "t", "3dtiles")
    with pytest.raises(InputError, match="in which format"):
        write_city(little_city(2), tmp_path / "a.xyz")
    with pytest.raises(InputError, match="is no format"):
        write_city(little_city(2), tmp_path / "a.glb", "paper")
    assert set(WRITERS) >= {*MESHES, *TABLES}


def test_that_the_command_writes_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from twin.cli import main

    write_city(little_city(2), tmp_path / "in.glb")
    monkeypatch.setattr("sys.argv", ["twin", "export", str(tmp_path / "in.glb"), "-o", str(tmp_path / "out.gpkg"), "--json"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["format"], told["buildings"]) == (True, "geopackage", 16)
    assert (tmp_path / "out.gpkg").stat().st_size > 10_000
    monkeypatch.setattr("sys.argv", ["twin", "export", str(tmp_path / "in.glb"), "-o", str(tmp_path / "out.abc")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
