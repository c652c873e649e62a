"""A city on disk and back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city import store
from twin.city.buildings import Buildings, empty_table
from twin.city.city import City, Source
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.city.recipe import open_city
from twin.city.store import cached_city, key_of, load_city, save_city
from twin.city.terrain import Grid, Terrain
from twin.errors import InputError, Problem, StorageError
from twin.frame import LocalFrame


def make_city(n: int = 20) -> City:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-500, 500, (2, n))
    footprints = shapely.box(x, y, x + 10, y + 12)
    table = empty_table(n)
    table["id"] = [f"building/{i}" for i in range(n)]
    table["height_m"] = rng.uniform(3, 90, n)
    table["ground_z_m"] = 1.5
    attributes = pd.DataFrame(
        {
            "name:zh": ["外滩", None] * (n // 2),
            "levels": np.arange(n) % 7,
            "mixed": [1, "two"] * (n // 2),
            "list": [["a", "b"], None] * (n // 2),
            "flag": [True, False] * (n // 2),
            "half": [1.5, np.nan] * (n // 2),
        }
    )
    parts = pd.DataFrame({"id": ["part/1"], "building": np.array([0], np.int32), "min_height_m": [3.0], "height_m": [9.0]})
    nodes = pd.DataFrame({"id": ["node/0", "node/1"], "x": [0.0, 9.0], "y": [0.0, 1.0], "z": [0.0, 0.0]})
    edges = pd.DataFrame(
        {"id": ["road/1"], "start": np.array([0], np.int32), "end": np.array([1], np.int32), "length_m": [9.05], "oneway": [True]}
    )
    area = np.array([shapely.box(0, 0, 100, 100)], object)
    ground = np.full((8, 9), 2.5, np.float32)
    ground[0, 0] = np.nan
    return City(
        "Test",
        LocalFrame("EPSG:32651", (350000.0, 3456000.0), "EPSG:5773", "Asia/Shanghai"),
        Buildings(table, footprints, extrude(footprints, 1.5, 1.5 + table["height_m"].to_numpy()), attributes, parts),
        Terrain(Grid(-50.0, -40.0, 10.0, 8, 9), ground, "dtm"),
        {"roads": Network("roads", nodes, edges, np.array([shapely.LineString([(0, 0), (9, 1)])], object), "osm")},
        {
            "water": Features(
                "water", pd.DataFrame({"id": ["water/1"], "name": [""], "kind": ["river"]}), area, "osm", extrude(area, 0.0, 1.0)
            )
        },
        rng.random((24, n)).astype(np.float32),
        (Source("osm", "roads.geojson", "ODbL", "© OpenStreetMap contributors", "EPSG:4326", "", "ab"),),
        (Problem("ring", "warning", 2, "two rings", "osm", ("building/1", "building/2")),),
        True,
        "asia",
        "CNY",
    )


def test_that_a_saved_city_comes_back_the_same(tmp_path: Path) -> None:
    city = make_city()
    back = load_city(save_city(city, tmp_path / "city"))
    assert back.content_hash == city.content_hash
    assert (back.name, back.frame, back.sources, back.problems) == (city.name, city.frame, city.sources, city.problems)
    assert (back.synthetic, back.region, back.currency) == (True, "asia", "CNY")
    pd.testing.assert_frame_equal(back.buildings.table, city.buildings.table)
    pd.testing.assert_frame_equal(back.buildings.attributes, city.buildings.attributes)
    pd.testing.assert_frame_equal(back.buildings.parts, city.buildings.parts)
    assert back.people is not None
    np.testing.assert_array_equal(back.people, city.people)
    mesh = back.layers["water"].mesh
    assert mesh is not None
    assert len(mesh) == 12
    np.testing.assert_array_equal(back.terrain.elevation, city.terrain.elevation)  # type: ignore[union-attr]


def test_that_an_empty_city_survives(tmp_path: Path) -> None:
    city = City("Nothing", LocalFrame(None))
    assert load_city(save_city(city, tmp_path / "c")).content_hash == city.content_hash


def test_that_a_saved_city_is_opened_like_any_other_source(tmp_path: Path) -> None:
    folder = save_city(make_city(), tmp_path / "city")
    assert open_city(folder).content_hash == make_city().content_hash
    (folder / "buildings.arrow").unlink()
    with pytest.raises(InputError, match="missing or damaged"):
        open_city(folder)


def test_that_saving_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    save_city(make_city(), tmp_path / "city")
    save_city(make_city(4), tmp_path / "city")
    assert len(load_city(tmp_path / "city").buildings) == 4
    assert [p.name for p in tmp_path.iterdir()] == ["city"]


def test_that_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"precious")
    with pytest.raises(StorageError, match="not a city"):
        save_city(make_city(), tmp_path / "photos")
    assert (tmp_path / "photos" / "a.jpg").read_bytes() == b"precious"


def test_that_a_failed_save_keeps_the_old_city(tmp_path: Path) -> None:
    save_city(make_city(4), tmp_path / "city")
    too_long = make_city(4).derived(layers={"x": make_city().layers["water"]}, name="\ud800")  # cannot be encoded
    with pytest.raises(UnicodeEncodeError):
        save_city(too_long, tmp_path / "city")
    assert load_city(tmp_path / "city").name == "Test"
    assert [p.name for p in tmp_path.iterdir()] == ["city"]


def test_that_a_place_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="could not be saved"):
        save_city(make_city(), tmp_path / "file" / "city")


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "version", "json"])
def test_that_damage_is_found(tmp_path: Path, harm: str) -> None:
    folder = save_city(make_city(), tmp_path / "city")
    file, head = folder / "buildings.points.npy", folder / "twin-city.json"
    data = bytearray(file.read_bytes())
    if harm == "flip":
        data[-5] ^= 1
        file.write_bytes(data)
    elif harm == "cut":
        file.write_bytes(data[:-8])
    elif harm == "gone":
        file.unlink()
    elif harm == "version":
        head.write_text(json.dumps({**json.loads(head.read_text("utf-8")), "version": 99}))
    else:
        head.write_text("{")
    with pytest.raises(InputError):
        load_city(folder)


def test_that_the_cache_follows_its_sources(tmp_path: Path) -> None:
    source = tmp_path / "a.geojson"
    source.write_text("1")
    made = []

    def make() -> City:
        made.append(1)
        return make_city(4)

    for _ in range(2):
        cached_city(key_of([source]), make)
    assert len(made) == 1
    source.write_text("12")
    cached_city(key_of([source]), make)
    assert len(made) == 2
    assert key_of([source], "EPSG:1") != key_of([source], "EPSG:2")


def test_that_a_broken_cache_only_costs_time(tmp_path: Path) -> None:
    city = cached_city("broken", lambda: make_city(4))
    folder = store.cache_dir() / "cities" / "broken"
    (folder / "buildings.points.npy").write_bytes(b"")
    assert cached_city("broken", lambda: make_city(4)).content_hash == city.content_hash
    assert load_city(folder).content_hash == city.content_hash


def test_that_a_city_of_twelve_thousand_buildings_opens_in_under_a_second(tmp_path: Path) -> None:
    folder = save_city(make_city(12_000), tmp_path / "big")
    start = time.perf_counter()
    assert len(load_city(folder).buildings) == 12_000
    assert time.perf_counter() - start < 1.0
