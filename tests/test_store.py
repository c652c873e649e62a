"""A city on disk and back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City, Source
from twin.city.cloud import Cloud
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.city.picture import Picture
from twin.city.recipe import open_city
from twin.city.store import cached_city, key_of, load_city, save_city, verify_store
from twin.city.store.cache import bound
from twin.city.store.writing import _owner, sweep
from twin.city.terrain import Grid, Terrain
from twin.cli import app
from twin.errors import InputError, Problem, StorageError
from twin.folders import cache_dir
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
    (folder / "buildings.table.arrow").unlink()
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
    folder = cache_dir() / "cities" / "broken"
    (folder / "buildings.points.npy").write_bytes(b"")
    assert cached_city("broken", lambda: make_city(4)).content_hash == city.content_hash
    assert load_city(folder).content_hash == city.content_hash


def test_that_a_city_of_twelve_thousand_buildings_opens_in_under_a_second(tmp_path: Path) -> None:
    folder = save_city(make_city(12_000), tmp_path / "big")
    start = time.perf_counter()
    assert len(load_city(folder).buildings) == 12_000
    assert time.perf_counter() - start < 1.0


def big_city(n: int = 31_000) -> City:
    """So many buildings that they are stored in tiles."""
    rng = np.random.default_rng(2)
    side = np.sqrt(n) * 34
    x, y = rng.uniform(0, side, (2, n))
    footprints = shapely.box(x, y, x + rng.uniform(8, 20, n), y + 14)
    footprints[7] = shapely.union_all([footprints[7], shapely.box(side, side, side + 9, side + 9)])
    table = empty_table(n)
    table["id"] = [f"building/{i}" for i in range(n)]
    table["height_m"], table["ground_z_m"] = rng.gamma(3.0, 5.0, n) + 3, 2.0
    attributes = pd.DataFrame({"number": np.arange(n), "note": [None, "so"] * (n // 2)})
    parts = pd.DataFrame({"id": ["part/1"], "building": np.array([5], np.int32), "min_height_m": [3.0], "height_m": [9.0]})
    mesh = extrude(footprints, 2.0, 2.0 + table["height_m"].to_numpy())
    return City(
        "Big", LocalFrame(None), Buildings(table, footprints, mesh, attributes, parts), people=rng.random((24, n)).astype(np.float32)
    )


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, Path]:
    city = big_city()
    return city, save_city(city, tmp_path_factory.mktemp("big") / "city")


def test_that_everything_of_a_large_city_moves_together(big: tuple[City, Path]) -> None:
    city, folder = big
    back = load_city(folder).buildings
    old = np.array([int(i.partition("/")[2]) for i in back.ids])
    assert not np.array_equal(old, np.arange(len(old)))
    assert sorted(old) == list(range(len(old)))
    was = city.buildings
    np.testing.assert_array_equal(back.attributes["number"], old)
    np.testing.assert_array_equal(back.table["height_m"], was.table["height_m"].to_numpy()[old])
    assert shapely.equals(back.footprints, was.footprints[old]).all()
    assert old[int(back.parts["building"][0])] == 5
    people = load_city(folder).people
    assert people is not None
    assert city.people is not None
    np.testing.assert_array_equal(people, city.people[:, old])
    heights = np.full(len(old), -np.inf)
    np.maximum.at(heights, back.mesh.object, back.mesh.points[back.mesh.triangles][:, :, 2].max(1))
    np.testing.assert_allclose(heights - 2.0, back.table["height_m"])


def test_that_opening_a_large_city_reads_nothing_of_it(big: tuple[City, Path]) -> None:
    city = load_city(big[1])
    assert len(city.buildings) == 31_000
    assert city.core_bounds == big[0].core_bounds
    assert city.bounds == big[0].bounds
    assert len(city.content_hash) == 64
    assert city.buildings.tiles is not None
    assert not {"table", "footprints", "mesh", "attributes"} & set(vars(city.buildings))


def test_that_one_building_is_read_without_the_others(big: tuple[City, Path]) -> None:
    b, whole = load_city(big[1]).buildings, load_city(big[1]).buildings
    rows = np.array([30_000, 4, 17])
    pd.testing.assert_frame_equal(b.take(rows), whole.table.iloc[rows].reset_index(drop=True))
    assert b.own(4) == {"number": whole.attributes["number"][4], "note": whole.attributes["note"][4]}
    multi = np.flatnonzero(shapely.get_type_id(whole.footprints) == 6)
    rows = np.append(rows, multi)
    assert shapely.equals_exact(b.shapes(rows), whole.footprints[rows]).all()
    assert not {"table", "footprints", "attributes"} & set(vars(b))
    np.testing.assert_array_equal(b.column("height_m"), whole.table["height_m"])


def test_that_a_stored_large_city_is_stored_again_as_it_is(big: tuple[City, Path], tmp_path: Path) -> None:
    city = load_city(big[1])
    again = load_city(save_city(city, tmp_path / "again"))
    assert again.content_hash == city.content_hash
    assert (again.buildings.ids == city.buildings.ids).all()


def test_that_a_changed_table_keeps_the_geometry_unread(big: tuple[City, Path]) -> None:
    b = load_city(big[1]).buildings
    changed = b.derived(table=b.table.assign(use="office"))
    assert set(changed.column("use")) == {"office"}
    assert "mesh" not in vars(changed)
    assert changed.tiles is not None
    assert len(changed.footprints) == len(b)


def test_that_flipped_bits_of_a_large_store_are_found_when_it_is_checked(big: tuple[City, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(big[1], tmp_path / "city")
    verify_store(folder)
    file = folder / "buildings.points.npy"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"buildings\.points"):
        verify_store(folder)


def test_that_a_store_of_an_older_version_is_told_by_hand_and_rebuilt_when_cached(tmp_path: Path) -> None:
    folder = save_city(make_city(4), tmp_path / "city")
    head = folder / "twin-city.json"
    old = json.dumps({**json.loads(head.read_text("utf-8")), "version": 2})
    head.write_text(old)
    with pytest.raises(InputError, match=r"version 2, this program reads 4.*Build it again"):
        open_city(folder)
    cached_city("old", lambda: make_city(4))
    (cache_dir() / "cities" / "old" / "twin-city.json").write_text(old)
    assert len(cached_city("old", lambda: make_city(6)).buildings) == 6


def test_that_all_parts_of_a_city_come_back(tmp_path: Path) -> None:
    city = make_city()
    b = city.buildings
    color = np.random.default_rng(3).integers(0, 255, (len(b.mesh), 4)).astype(np.uint8)
    coloured = replace(b.mesh, color=color)
    roads = replace(city.networks["roads"], tables={"turns": pd.DataFrame({"from": ["road/1"], "to": ["road/2"]})})
    city = city.derived(
        buildings=b.derived(mesh=coloured, lod="2", lods={"1": b.mesh}),
        networks={"roads": roads},
        clouds={"ahn": Cloud(np.ones((5, 3), np.float32), np.arange(5, dtype=np.uint8), None, 900, "AHN")},
        pictures={"photo": Picture((0.0, 1.0, 2.0, 3.0), np.full((2, 3, 4), 7, np.uint8), "PDOK")},
        repairs=("snap",),
        recipe='{"source": []}',
        problems=(Problem("x", "info", 1, "m", did="kept", repair="snap", places=((1.0, 2.0),)),),
    )
    back = load_city(save_city(city, tmp_path / "city"))
    np.testing.assert_array_equal(back.buildings.mesh.color, color)
    assert (back.buildings.lod, list(back.buildings.lods)) == ("2", ["1"])
    np.testing.assert_array_equal(back.buildings.at_lod("1").mesh.points, b.mesh.points)
    pd.testing.assert_frame_equal(back.networks["roads"].tables["turns"], roads.tables["turns"])
    assert (back.clouds["ahn"].total, back.clouds["ahn"].source, len(back.clouds["ahn"])) == (900, "AHN", 5)
    assert back.pictures["photo"].bounds == (0.0, 1.0, 2.0, 3.0)
    np.testing.assert_array_equal(back.pictures["photo"].rgba, city.pictures["photo"].rgba)
    assert (back.repairs, back.recipe, back.problems) == (city.repairs, city.recipe, city.problems)


def _in_a_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True)


SAVE = """
import sys
from tests.test_store import big_city
from twin.city.store import save_city
city = big_city(int(sys.argv[2]))
print("saving", flush=True)
save_city(city, sys.argv[1])
"""


def test_that_a_killed_build_leaves_the_old_city_and_is_swept_by_the_next(tmp_path: Path) -> None:
    folder = save_city(make_city(4), tmp_path / "city")
    with _in_a_process(SAVE, str(folder), "60000") as process:
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + 20
        while len(list(tmp_path.iterdir())) == 1 and time.monotonic() < until:
            pass
        process.send_signal(signal.SIGKILL)
    assert len(load_city(folder, verify=True).buildings) == 4
    assert len(list(tmp_path.iterdir())) == 2
    save_city(make_city(6), folder)
    assert [p.name for p in tmp_path.iterdir()] == ["city"]


def test_that_two_processes_may_build_the_same_city(tmp_path: Path) -> None:
    both = [_in_a_process(SAVE, str(tmp_path / "city"), "2000") for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
    assert [p.returncode for p in both] == [0, 0]
    assert len(load_city(tmp_path / "city", verify=True).buildings) == 2000
    assert [p.name for p in tmp_path.iterdir()] == ["city"]


FULL = """
import resource, sys
from tests.test_store import make_city
from twin.city.store import save_city
from twin.errors import StorageError
city = make_city(4000)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_city(city, sys.argv[1])
except StorageError as error:
    print(error)
"""


def test_that_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with _in_a_process(FULL, str(tmp_path / "city")) as process:
        said, _ = process.communicate(timeout=60)
    assert "Free some disk space" in said
    assert not list(tmp_path.iterdir())


def test_that_the_cache_is_bounded_by_number_and_bytes(tmp_path: Path) -> None:
    for k in range(5):
        os.utime(save_city(make_city(4), tmp_path / f"c{k}"), (k, k))
    size = sum(f.stat().st_size for f in (tmp_path / "c0").iterdir())
    bound(tmp_path, most_cities=4)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c1", "c2", "c3", "c4"]
    bound(tmp_path, most_bytes=2 * size + 5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c3", "c4"]
    bound(tmp_path, most_bytes=1)
    assert [p.name for p in tmp_path.iterdir()] == ["c4"]


def test_that_twin_check_compares_every_byte_of_a_store(tmp_path: Path) -> None:
    folder = save_city(make_city(4000), tmp_path / "city")
    assert CliRunner().invoke(app, ["check", str(folder)]).exit_code == 0
    file = folder / "buildings.triangles.npy"
    data = bytearray(file.read_bytes())
    data[-3] ^= 4
    file.write_bytes(data)
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 2
    assert "missing or damaged" in result.output


def _ended_process() -> str:
    code = "import os; print(os.getpid())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_that_a_kill_between_the_renames_loses_no_city(tmp_path: Path) -> None:
    folder = save_city(make_city(4), tmp_path / "city")
    aside = tmp_path / f".city-{_ended_process()}.{_owner().partition('.')[2]}-ab"
    aside.mkdir()
    folder.rename(aside / "was")
    sweep(tmp_path)
    assert len(load_city(folder).buildings) == 4
    assert [p.name for p in tmp_path.iterdir()] == ["city"]


def test_that_only_what_is_left_over_is_swept(tmp_path: Path) -> None:
    gone = _ended_process()
    here = _owner().partition(".")[2]
    left, other_name, elsewhere = (tmp_path / n for n in (f".city-{gone}.{here}-ab", f".city-2-{gone}.{here}-ab", f".city-{gone}.00-ab"))
    running = tmp_path / f".city-{_owner()}-ab"
    for folder in (left, other_name, elsewhere, running):
        folder.mkdir()
    save_city(make_city(4), tmp_path / "city")
    assert not left.exists()
    assert other_name.exists()
    assert elsewhere.exists()
    assert running.exists()
    os.utime(elsewhere, (0, 0))
    sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["city", running.name])
