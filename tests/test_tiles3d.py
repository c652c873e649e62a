"""3D Tiles: every sample opens or is refused with a reason; contents, trees, places, and what a tileset may not do."""

from __future__ import annotations

import gzip
import json
import math
import shutil
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from tests.gltf_files import Document, two_houses
from twin.city.readers import read_file, tiles3d
from twin.city.readers.gltf import read_gltf
from twin.city.readers.parts import Hints, Parts
from twin.city.readers.tiles3d_content import batch_table, read_content
from twin.city.readers.tiles3d_implicit import morton
from twin.city.readers.tiles3d_tree import parse, select
from twin.city.recipe import open_city
from twin.errors import InputError

BOUNDS = {"box": [0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100]}
LON, LAT = 4.36, 52.01


def enu(lon: float = LON, lat: float = LAT, height: float = 0.0) -> np.ndarray:
    """Matrix from east, north, up at a place to geocentric coordinates."""
    origin = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(lon, lat, height)
    a, b = math.radians(lon), math.radians(lat)
    out = np.eye(4)
    out[:3, 0] = -math.sin(a), math.cos(a), 0
    out[:3, 1] = -math.sin(b) * math.cos(a), -math.sin(b) * math.sin(a), math.cos(b)
    out[:3, 2] = math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)
    out[:3, 3] = origin
    return out


def packed(
    kind: bytes, feature: dict[str, Any], binary: bytes = b"", batch: dict[str, Any] | None = None, rest: bytes = b"", more: bytes = b""
) -> bytes:
    """A b3dm, i3dm or pnts with its tables."""
    parts = [json.dumps(feature).encode(), binary, json.dumps(batch).encode() if batch is not None else b"", b""]
    parts[0] += b" " * (-len(parts[0]) % 8)
    sizes = struct.pack("<4I", *(len(p) for p in parts)) + more
    body = sizes + b"".join(parts) + rest
    return kind + struct.pack("<II", 1, 12 + len(body)) + body


def b3dm(batch: dict[str, Any] | None = None, **feature: Any) -> bytes:
    """Two boxes of 10 and 20 m height, batches 0 and 1."""
    document = Document()
    for k, height in enumerate((10, 20)):
        ids = document.accessor(np.full(8, k, "<f4"), "SCALAR", 5126)
        document.box(f"n{k}", (10, 10, height), (40.0 * k, 0, 0), attributes={"_BATCHID": ids})
    return packed(b"b3dm", {"BATCH_LENGTH": 2, **feature}, batch=batch, rest=document.glb())


def tileset(folder: Path, root: dict[str, Any], **files: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    document = {"asset": {"version": "1.1"}, "geometricError": 100, "root": {"boundingVolume": BOUNDS, "geometricError": 50, **root}}
    (folder / "tileset.json").write_text(json.dumps(document))
    return folder


def tile(uri: str, error: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"boundingVolume": BOUNDS, "geometricError": error, "content": {"uri": uri}, **more}


def nothing(uri: str) -> bytes:
    raise InputError("There is nothing", where=uri)


def content(data: bytes, matrix: np.ndarray | None = None) -> Any:
    return read_content(data, np.eye(4) if matrix is None else matrix, "t", "Y", nothing, "t", 10**6)


# contents
def test_that_batches_are_objects_with_their_rows_of_the_table() -> None:
    got = content(b3dm({"gml_id": ["a1", "b2"], "storeys": [3, 6], "tags": [{"x": 1}, None]}, RTC_CENTER=[100, 200, 300]))
    table = got.pieces[0].table
    assert table["id"].tolist() == ["a1", "b2"]
    assert table["storeys"].tolist() == [3, 6]
    assert table["tags"].tolist() == [{"x": 1}, None]
    assert got.pieces[0].points.min(axis=0).tolist() == [100, 200, 300]
    assert got.pieces[0].points.max(axis=0).tolist() == [150, 210, 320]


def test_that_running_numbers_of_a_tile_are_no_ids_beyond_it() -> None:
    assert content(b3dm({"id": [0, 1]})).pieces[0].table["id"].tolist() == ["t.0", "t.1"]
    assert content(b3dm()).pieces[0].table["id"].is_unique


def test_that_binary_batch_tables_are_read() -> None:
    binary = np.array([1.5, 2.5], "<f8").tobytes() + np.arange(6, dtype="<u2").tobytes()
    said = {
        "h": {"byteOffset": 0, "componentType": "DOUBLE", "type": "SCALAR"},
        "v": {"byteOffset": 16, "componentType": "UNSIGNED_SHORT", "type": "VEC3"},
    }
    table = batch_table(said, binary, 2)
    assert table["h"].tolist() == [1.5, 2.5]
    assert table["v"].tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="beyond"):
        batch_table(said, binary[:-1], 2)


def i3dm(feature: dict[str, Any], binary: bytes) -> bytes:
    document = Document()
    document.box("post", (1, 2, 3), (0, 0, 0))
    return packed(b"i3dm", feature, binary, {"h": [7, 8]}, document.glb(), struct.pack("<I", 1))


def test_that_instances_are_turned_scaled_and_placed() -> None:
    place = np.array([[0, 0, 0], [10, 0, 0]], "<f4").tobytes()
    # x becomes right and y becomes up (3D Tiles 1.0, 11.3.1): as it is, then a quarter turn about z.
    right, up = np.array([[1, 0, 0], [0, 1, 0]], "<f4").tobytes(), np.array([[0, 1, 0], [-1, 0, 0]], "<f4").tobytes()
    scale = np.array([1, 2], "<f4").tobytes()
    at = {"POSITION": 0, "NORMAL_UP": 24, "NORMAL_RIGHT": 48, "SCALE": 72}
    feature = {"INSTANCES_LENGTH": 2, **{k: {"byteOffset": v} for k, v in at.items()}}
    piece = content(i3dm(feature, place + up + right + scale)).pieces[0]
    assert piece.table["h"].tolist() == [7, 8]
    first, second = piece.points[:8], piece.points[8:]
    assert (first.min(0).round(6).tolist(), first.max(0).round(6).tolist()) == ([0, 0, 0], [1, 2, 3])
    assert (second.min(0).round(6).tolist(), second.max(0).round(6).tolist()) == ([6, 0, 0], [10, 2, 6])


def test_that_quantised_instances_stand_east_north_up() -> None:
    matrix = enu()
    binary = np.array([[0, 0, 0], [65535, 0, 0]], "<u2").tobytes()
    feature = {
        "INSTANCES_LENGTH": 2,
        "POSITION_QUANTIZED": {"byteOffset": 0},
        "QUANTIZED_VOLUME_OFFSET": [0, 0, 0],
        "QUANTIZED_VOLUME_SCALE": [50, 1, 1],
        "EAST_NORTH_UP": True,
    }
    points = content(i3dm(feature, binary), matrix).pieces[0].points
    local = (points - matrix[:3, 3]) @ matrix[:3, :3]
    assert local[:8].max(0) == pytest.approx([1, 2, 3], abs=1e-4)
    assert local[8:].min(0) == pytest.approx([50, 0, 0], abs=1e-3)


def test_that_points_come_with_their_colours() -> None:
    places = np.array([[0, 0, 0], [1, 2, 3]], "<f4").tobytes()
    feature = {"POINTS_LENGTH": 2, "POSITION": {"byteOffset": 0}, "RGB565": {"byteOffset": 24}, "RTC_CENTER": [5, 5, 5]}
    points, color = content(packed(b"pnts", feature, places + np.array([0xF800, 0x07E0], "<u2").tobytes())).clouds[0]
    assert points.tolist() == [[5, 5, 5], [6, 7, 8]]
    assert color is not None
    assert color.tolist() == [[255, 0, 0], [0, 255, 0]]


def test_that_a_composite_holds_tiles() -> None:
    inner = [b3dm({"id": ["p", "q"]}), packed(b"pnts", {"POINTS_LENGTH": 1, "POSITION": [1, 2, 3]})]
    data = b"cmpt" + struct.pack("<III", 1, 16 + sum(map(len, inner)), 2) + b"".join(inner)
    got = content(data)
    assert got.pieces[0].table["id"].tolist() == ["p", "q"]
    assert got.clouds[0][0].tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("name", ["pnts", "b3dm", "cmpt"])
def test_that_a_tile_cut_short_is_told(name: str) -> None:
    data = {
        "b3dm": b3dm(),
        "pnts": packed(b"pnts", {"POINTS_LENGTH": 9, "POSITION": {"byteOffset": 0}}),
        "cmpt": b"cmpt" + struct.pack("<III", 1, 16, 3),
    }
    with pytest.raises(InputError, match="broken"):
        content(data[name][: max(16, len(data[name]) - 20)] if name != "pnts" else data[name])


def test_that_property_tables_hold_texts_arrays_enums_and_missing_values() -> None:
    document = two_houses()

    def offsets(*values: int) -> int:
        return document.view(np.array(values, "<u4").tobytes())

    properties = {
        "word": {"values": document.view("aé文".encode()), "stringOffsets": offsets(0, 3, 6)},
        "many": {"values": document.view(np.array([1, 2, 3], "<i2").tobytes()), "arrayOffsets": offsets(0, 1, 3)},
        "kind": {"values": document.view(np.array([1, 0], "<u2").tobytes())},
        "size": {"values": document.view(np.array([-1.0, 4.5], "<f4").tobytes())},
        "share": {"values": document.view(np.array([0, 255], "u1").tobytes())},
        "on": {"values": document.view(b"\x02")},
        "spot": {"values": document.view(np.arange(4, dtype="<f4").tobytes())},
    }
    classes = {
        "word": {"type": "STRING"},
        "many": {"type": "SCALAR", "componentType": "INT16", "array": True},
        "kind": {"type": "ENUM", "enumType": "k"},
        "size": {"type": "SCALAR", "componentType": "FLOAT32", "noData": -1.0},
        "on": {"type": "BOOLEAN"},
        "share": {"type": "SCALAR", "componentType": "UINT8", "normalized": True, "scale": 10.0},
        "spot": {"type": "VEC2", "componentType": "FLOAT32"},
    }
    enums = {"k": {"values": [{"name": "flat", "value": 0}, {"name": "shed", "value": 1}]}}
    schema = {"id": "s", "classes": {"c": {"properties": classes}}, "enums": enums}
    table = {"class": "c", "count": 2, "properties": properties}
    document.json["extensions"] = {"EXT_structural_metadata": {"schema": schema, "propertyTables": [table]}}
    got = read_gltf(document.glb(), nothing, "t").tables[0]
    assert got["word"].tolist() == ["aé", "文"]
    assert got["many"].tolist() == [[1], [2, 3]]
    assert got["kind"].tolist() == ["shed", "flat"]
    assert got["size"].isna().tolist() == [True, False]
    assert got["share"].tolist() == [0.0, 10.0]
    assert got["on"].tolist() == [False, True]
    assert got["spot"].tolist() == [[0.0, 1.0], [2.0, 3.0]]


# trees
def test_that_children_replace_or_add(tmp_path: Path) -> None:
    files = {"a__b3dm": b3dm({"gml_id": ["big", "tall"]}), "b__glb": two_houses().glb()}
    for refine, expected in (("REPLACE", {"tower", "house"}), ("ADD", {"big", "tall", "tower", "house"})):
        folder = tileset(tmp_path / refine, {**tile("a.b3dm", 50, refine=refine), "children": [tile("b.glb")]}, **files)
        ids = read_file(folder, Hints()).solids[0].table["id"]
        assert {i.partition(".")[2] or i for i in ids} == expected


def test_that_where_a_fine_tile_is_missing_the_coarse_one_stands(tmp_path: Path) -> None:
    folder = tileset(tmp_path / "t", {**tile("a.b3dm", 50), "children": [tile("gone.glb")]}, a__b3dm=b3dm({"gml_id": ["x", "y"]}))
    parts = read_file(folder, Hints())
    assert parts.solids[0].table["id"].tolist() == ["x", "y"]
    assert [p.severity for p in parts.problems if p.code == "tiles_unreadable"] == ["error"]


def test_that_a_tileset_too_large_is_read_coarser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = [tile(f"{k}.b3dm", refine="ADD") for k in range(4)]
    files = {f"{k}__b3dm": b3dm({"gml_id": [f"{k}a", f"{k}b"]}) for k in range(4)}
    folder = tileset(tmp_path / "t", {**tile("a.b3dm", 50), "children": children}, a__b3dm=b3dm({"gml_id": ["coarse", "too"]}), **files)
    assert len(read_file(folder, Hints()).solids[0].table) == 8
    monkeypatch.setattr(tiles3d, "MAX_TRIANGLES", 60)
    parts = read_file(folder, Hints())
    assert parts.solids[0].table["id"].tolist() == ["coarse", "too"]
    assert "coarser_level" in [p.code for p in parts.problems]


def test_that_an_object_cut_by_tiles_is_one(tmp_path: Path) -> None:
    files = {f"{k}__b3dm": b3dm({"gml_id": ["shared", f"own{k}"]}) for k in range(2)}
    folder = tileset(
        tmp_path / "t",
        {"refine": "ADD", "children": [tile("0.b3dm"), tile("1.b3dm", transform=np.diag([1, 1, 3, 1.0]).ravel().tolist())]},
        **files,
    )
    city = open_city(folder, use_cache=False)
    t = city.buildings.table.set_index("id")["height_m"]
    assert t.to_dict() == {"building/shared": 30.0, "building/own0": 20.0, "building/own1": 60.0}


def test_that_tilesets_in_tilesets_are_placed_by_both_transforms(tmp_path: Path) -> None:
    inner = {"asset": {"version": "1.1"}, "geometricError": 9, "root": tile("../in/h.glb", transform=_moved(0, 0, 7))}
    folder = tileset(tmp_path / "t", {"transform": _moved(5, 6, 0), "content": {"uri": "in/tileset.json"}})
    (folder / "in").mkdir()
    (folder / "in" / "tileset.json").write_text(json.dumps(inner))
    two_houses().save(folder / "in" / "h.glb")
    assert read_file(folder, Hints()).solids[0].mesh.points.min(axis=0).tolist() == [5, 6, 7]


def _moved(x: float, y: float, z: float) -> list[float]:
    return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1]


def test_that_morton_order_interleaves_x_lowest() -> None:
    assert [morton(x, y, 0, 1, False) for y in (0, 1) for x in (0, 1)] == [0, 1, 2, 3]
    assert morton(3, 5, 0, 3, False) == 0b100111
    assert morton(1, 0, 1, 1, True) == 5


def test_that_implicit_tiles_are_those_the_subtrees_tell() -> None:
    """Two levels a subtree, three levels of tiles: the root, one child, two grandchildren in a subtree of their own."""
    child = morton(1, 0, 0, 1, False)
    grand = [morton(2, 1, 0, 2, False), morton(3, 0, 0, 2, False)]

    def bits(*rows: int, size: int) -> bytes:
        on = np.zeros(size, bool)
        on[list(rows)] = True
        return np.packbits(on, bitorder="little").tobytes().ljust(8, b"\0")

    def subtree(tiles: bytes, contents: bytes, below: bytes) -> bytes:
        views = [{"buffer": 0, "byteOffset": 8 * k, "byteLength": 8} for k in range(3)]
        said = {
            "buffers": [{"byteLength": 24}], "bufferViews": views, "tileAvailability": {"bitstream": 0},
            "contentAvailability": [{"bitstream": 1}], "childSubtreeAvailability": {"bitstream": 2},
        }  # fmt: skip
        text = json.dumps(said).encode()
        text += b" " * (-len(text) % 8)
        return b"subt" + struct.pack("<IQQ", 1, len(text), 24) + text + tiles + contents + below

    files = {
        "s0.0.0": subtree(bits(0, 1 + child, size=5), bits(0, 1 + child, size=5), bits(*grand, size=16)),
        **{f"s2.{x}.{y}": subtree(bits(0, size=5), bits(0, size=5), bits(size=16)) for x, y in ((2, 1), (3, 0))},
    }
    implicit = {"subdivisionScheme": "QUADTREE", "subtreeLevels": 2, "availableLevels": 3, "subtrees": {"uri": "s{level}.{x}.{y}"}}
    entry = {
        "boundingVolume": BOUNDS,
        "geometricError": 8,
        "refine": "ADD",
        "content": {"uri": "c{level}_{x}_{y}.glb"},
        "implicitTiling": implicit,
    }
    root = {"asset": {"version": "1.1"}, "geometricError": 9, "root": entry}
    chosen = select(root, "tileset.json", lambda uri: files[uri], 100)
    assert {u for t in chosen.tiles for u, _ in t.contents} == {"c0_0_0.glb", "c1_1_0.glb", "c2_2_1.glb", "c2_3_0.glb"}
    entry["refine"] = "REPLACE"
    assert {u for t in select(root, "tileset.json", lambda uri: files[uri], 100).tiles for u, _ in t.contents} == {
        "c2_2_1.glb",
        "c2_3_0.glb",
    }


# places
def test_that_geocentric_tiles_stand_at_their_longitude_latitude_and_height(tmp_path: Path) -> None:
    folder = tileset(tmp_path / "t", {**tile("a.glb"), "transform": enu(height=43.0).T.ravel().tolist()}, a__glb=two_houses().glb())
    city = open_city(folder, use_cache=False)
    assert (city.frame.crs, city.frame.vertical) == ("EPSG:32631", "WGS 84 ellipsoid")
    assert city.buildings.table["ground_z_m"].to_numpy() == pytest.approx([43, 43], abs=1e-3)
    assert city.buildings.table["height_m"].to_numpy() == pytest.approx([30, 6], abs=1e-3)
    lon, lat = city.frame.to_lonlat(*shapely.get_coordinates(city.buildings.footprints[0]).T)
    assert (lon.min(), lat.min()) == pytest.approx((LON, LAT), abs=1e-7)
    assert "ellipsoidal_heights" in [p.code for p in city.problems]


def test_that_a_tileset_by_url_asks_for_its_files_by_url() -> None:
    """Some of them packed as servers keep them, and several asked for at a time."""
    inner = {
        "asset": {"version": "1.1"},
        "geometricError": 9,
        "root": {**tile("../b/h.glb?k=1"), "refine": "ADD", "children": [tile("gone.glb")]},
    }
    outer = {
        "asset": {"version": "1.0"},
        "geometricError": 9,
        "root": {"geometricError": 9, "refine": "ADD", "children": [tile("in/t.json"), tile("x.b3dm")]},
    }
    known = {
        "https://h/a/tileset.json": json.dumps(outer).encode(),
        "https://h/a/in/t.json": gzip.compress(json.dumps(inner).encode()),
        "https://h/a/b/h.glb?k=1": two_houses().glb(),
        "https://h/a/x.b3dm": gzip.compress(b3dm({"gml_id": ["p", "q"]})),
    }
    asked: list[str] = []

    def fetch(uri: str) -> bytes:
        asked.append(uri)
        return known[uri] if uri in known else nothing(uri)

    for at_once in (1, 4):
        asked.clear()
        parts = tiles3d.read_tileset("https://h/a/tileset.json", fetch, Hints(attribution="© h"), "h", at_once)
        assert sorted(asked) == sorted([*known, "https://h/a/in/gone.glb"])
        assert sorted(parts.solids[0].table["id"]) == ["h.house", "h.tower", "p", "q"]
        assert (parts.sources[0].name, parts.sources[0].attribution) == ("h", "© h")
        assert [p.code for p in parts.problems if p.severity == "error"] == ["tiles_unreadable"]


# what it may not do
@pytest.mark.parametrize("uri", ["../a.glb", "https://example.org/a.glb", "/etc/hostname", "file:///etc/hostname", "..%2fa.glb"])
def test_that_a_tileset_is_read_only_in_its_folder(tmp_path: Path, uri: str) -> None:
    two_houses().save(tmp_path / "a.glb")
    with pytest.raises(InputError, match="refers to"):
        open_city(tileset(tmp_path / "t", tile(uri)), use_cache=False)


def test_that_a_tileset_in_itself_ends(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="itself"):
        open_city(tileset(tmp_path / "t", tile("tileset.json")), use_cache=False)


def test_that_a_million_children_deep_or_wide_end(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"boundingVolume": BOUNDS, "geometricError": 1}
    for _ in range(200):
        deep = {"boundingVolume": BOUNDS, "geometricError": 1, "children": [deep]}
    with pytest.raises(InputError, match="deep"):
        open_city(tileset(tmp_path / "d", deep), use_cache=False)
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "tileset.json").write_text('{"asset":{"version":"1.1"},"geometricError":1,"root":' + '{"children":[' * 100_000)
    with pytest.raises(InputError, match="JSON"):
        open_city(tmp_path / "e", use_cache=False)


def test_that_unknown_versions_are_refused() -> None:
    with pytest.raises(InputError, match="2.7"):
        parse(b'{"asset": {"version": "2.7"}, "root": {}}', "t")


@settings(max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    which=st.integers(0, 4),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.floats(0.2, 1.4),
)
def test_that_changed_bytes_end_in_content_or_a_sentence(which: int, changes: list[tuple[float, int]], cut: float) -> None:
    feature = {"INSTANCES_LENGTH": 2, "POSITION": {"byteOffset": 0}}
    cloud = {"POINTS_LENGTH": 2, "POSITION": {"byteOffset": 0}}
    places = np.zeros(6, "<f4").tobytes()
    samples = [b3dm({"id": ["p", "q"]}), i3dm(feature, places), packed(b"pnts", cloud, places), two_houses().glb()]
    samples.append(b"cmpt" + struct.pack("<III", 1, 16 + len(samples[0]), 1) + samples[0])
    data = bytearray(samples[which])
    for at, value in changes:
        data[int(at * (len(data) - 1))] = value
    with suppress(InputError):
        assert content(bytes(data[: max(4, int(min(cut, 1.0) * len(data)))])) is not None


def test_that_a_mutated_tileset_ends_in_parts_or_a_sentence(data: Path, tmp_path: Path) -> None:
    source = data / "tiles3d_cesium" / "1.1" / "SparseImplicitQuadtree"
    folder = tmp_path / "q"
    shutil.copytree(source, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    rng = np.random.default_rng(5)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (".json", ".subtree", ".glb"))
    whole = {p: p.read_bytes() for p in files}
    for _ in range(25):
        for p in rng.choice(len(files), 4):
            changed = bytearray(whole[files[p]])
            for at in rng.integers(0, len(changed), 6):
                changed[at] = rng.integers(0, 256)
            files[p].write_bytes(bytes(changed))
        with suppress(InputError):
            assert isinstance(read_file(folder, Hints()), Parts)


# real samples
def test_that_every_sample_opens_or_is_refused_with_a_reason(data: Path) -> None:
    told = {}
    for file in sorted((data / "tiles3d_cesium").glob("*/*/tileset.json")) + sorted((data / "tiles3d_cesium").glob("*/*/*/tileset.json")):
        try:
            city = open_city(file.parent, use_cache=False)
            told[f"{file.parent.parent.name}/{file.parent.name}"] = (
                len(city.buildings),
                sum(map(len, city.layers.values())),
                len(city.clouds),
            )
        except InputError as error:
            told[f"{file.parent.parent.name}/{file.parent.name}"] = error.what
    boxes = {k: v for k, v in told.items() if k.startswith("BoundingBoxTests")}
    assert len(boxes) == 6
    assert all(sum(v[:2]) == 1 for v in boxes.values())
    assert told["1.0/TilesetWithRequestVolume"] == (41, 0, 1)
    assert told["1.0/TilesetWithTreeBillboards"] == (0, 25, 0)
    assert told["1.1/MetadataGranularities"] == (4, 16, 0)
    assert told["1.1/MultipleContents"] == (0, 1, 1)
    assert told["1.1/SparseImplicitOctree"] == (0, 31, 0)
    assert told["1.1/SparseImplicitQuadtree"] == (0, 32, 0)
    assert "no content" in told["1.1/TilesetWithFullMetadata"]
    assert told["1.0/TilesetWithDiscreteLOD"][:2] in ((1, 0), (0, 1))


def test_that_objects_of_a_sample_lie_where_its_table_says(data: Path) -> None:
    city = open_city(data / "tiles3d_cesium" / "1.0" / "TilesetWithRequestVolume", use_cache=False)
    own = city.buildings.attributes
    told = own["Longitude"].notna().to_numpy()
    middle = shapely.get_coordinates(shapely.centroid(city.buildings.footprints[told]))
    lon, lat = city.frame.to_lonlat(*middle.T)
    assert len(lon) == 40
    assert np.abs(np.radians(lon) - own["Longitude"][told]).max() * 4.9e6 < 0.5  # metres at this latitude
    assert np.abs(np.radians(lat) - own["Latitude"][told]).max() * 6.4e6 < 0.5
    assert np.abs(city.buildings.table["height_m"][told] - own["Height"][told]).max() < 1e-3


def test_that_metadata_of_tiles_is_on_their_objects(data: Path) -> None:
    city = open_city(data / "tiles3d_cesium" / "1.1" / "MetadataGranularities", use_cache=False)
    own = city.buildings.attributes.assign(id=city.buildings.table["id"]).set_index("id")
    assert own.loc["building/house-3-0", "district"] == "Callowhill"
    assert own.loc["building/house1-1", "population"] == 23
