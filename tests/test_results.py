"""FrameBuffer and results on disk, through their public doors."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.engine_world import small_city, tub_scenario
from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import StorageError
from twin.frame import LocalFrame
from twin.quantities import quantity as known
from twin.results import FrameBuffer, RunResult, open_result
from twin.scenario.engine import run
from twin.scenario.events import Field, Finished, Frame

GRID = Grid(0.0, 0.0, 10.0, 40, 50)


def frame(at_s: float, depth: float, kept: bool = True) -> Frame:
    return Frame(at_s, (Field("water_depth", "grid", np.full(GRID.shape, depth, np.float32), GRID),), kept)


def test_that_a_buffer_gives_the_last_field_not_after_a_moment() -> None:
    buffer = FrameBuffer()
    for i in range(4):
        buffer.feed(frame(i * 60.0, i))
    assert buffer.times == [0.0, 60.0, 120.0, 180.0]
    assert buffer.quantities() == ["water_depth"]
    values = [float(buffer.at("water_depth", t).array[0, 0]) for t in (-5.0, 0.0, 61.0, 119.0, 180.0, 999.0)]
    assert values == [0, 0, 1, 1, 3, 3]
    assert buffer.at("water_depth").array.dtype == np.float32
    assert buffer.at("water_depth").grid == GRID
    assert buffer.at("road_state") is None


def test_that_a_full_buffer_spills_to_a_file_and_still_gives_every_frame() -> None:
    one = GRID.rows * GRID.columns * 2
    buffer = FrameBuffer(limit=3 * one)
    for i in range(20):
        buffer.feed(frame(i * 60.0, i / 7))
    assert buffer.nbytes <= 3 * one
    for i in range(20):
        assert buffer.at("water_depth", i * 60.0).array[3, 3] == pytest.approx(i / 7, rel=1e-3)
    buffer.clear()
    assert buffer.times == []
    assert buffer.at("water_depth") is None


def test_that_a_buffer_that_cannot_spill_forgets_the_oldest_and_keeps_the_newest() -> None:
    resource = pytest.importorskip("resource")
    one = GRID.rows * GRID.columns * 2
    buffer = FrameBuffer(limit=3 * one)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (one // 2, limits[1]))
    try:
        for i in range(10):
            buffer.feed(frame(i * 60.0, i))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert buffer.times == [420.0, 480.0, 540.0]
    assert [float(buffer.at("water_depth", t).array[0, 0]) for t in buffer.times] == [7, 8, 9]
    assert buffer.nbytes <= 3 * one


def test_that_kept_arrays_are_copies_nobody_can_change() -> None:
    buffer = FrameBuffer()
    array = np.zeros(5, np.int8)
    buffer.feed(Frame(0.0, (Field("road_state", "edge:roads", array),)))
    array[:] = 2
    kept = buffer.at("road_state").array
    assert kept.tolist() == [0] * 5
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_that_a_preview_is_shown_until_the_next_frame_and_never_kept() -> None:
    buffer = FrameBuffer()
    buffer.feed(frame(0.0, 0))
    buffer.feed(frame(60.0, 1, kept=False))
    assert buffer.times == [0.0, 60.0]
    assert buffer.at("water_depth").array[0, 0] == 1
    assert buffer.at("water_depth", 30.0).array[0, 0] == 0
    buffer.feed(frame(300.0, 5))
    assert buffer.times == [0.0, 300.0]
    assert buffer.at("water_depth", 60.0).array[0, 0] == 0


def test_that_a_run_that_starts_again_replaces_what_came_later() -> None:
    buffer = FrameBuffer()
    for t in (0.0, 60.0, 120.0):
        buffer.feed(frame(t, 1))
    buffer.feed(frame(0.0, 9))
    assert buffer.times == [0.0]
    assert buffer.at("water_depth", 500.0).array[0, 0] == 9


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return finished(tmp_path_factory.mktemp("runs") / "base")


def finished(out: Path, **changes: Any) -> RunResult:
    end = list(run(small_city(), tub_scenario(**changes), out))[-1]
    assert end.ok, end.message
    return end.result


def test_that_a_result_gives_back_what_the_run_showed(tmp_path: Path) -> None:
    frames = {}
    for event in run(small_city(), tub_scenario(), tmp_path / "r"):
        if isinstance(event, Frame) and event.kept:
            frames[event.at_s] = event
        elif isinstance(event, Finished):
            shown = event.indicators
    opened = open_result(tmp_path / "r")
    assert opened.times == sorted(frames)
    for at_s, event in frames.items():
        for field in event.fields:
            kept = opened.at(field.quantity, at_s)
            if at_s == opened.times[-1] or known(field.quantity).kind == "series":
                np.testing.assert_array_equal(kept.array, field.array)
                assert (kept.grid, kept.support, kept.array.dtype) == (field.grid, field.support, field.array.dtype)
    assert opened.indicators == shown
    assert opened.indicator_series["people_affected"][-1] == shown["people_affected"].value
    assert opened.scenario == tub_scenario()


def test_that_the_folder_holds_every_file_and_its_checksum(result: RunResult) -> None:
    names = {p.relative_to(result.path).as_posix() for p in result.path.rglob("*") if p.is_file()}
    assert {"grids.nc", "objects.gpkg", "objects.parquet", "indicators.json", "report.html", "maps/water_depth_max.tif"} <= names
    assert set(result.manifest["files"]) == names - {"manifest.json"}
    for name, entry in result.manifest["files"].items():
        assert hashlib.sha256((result.path / name).read_bytes()).hexdigest() == entry["sha256"]
    assert result.manifest["sources"][0]["sha256"] == "0" * 64
    assert result.manifest["models"][0]["params"]["rise_m_h"] == 2.0


def test_that_the_grids_open_in_gdal_with_place_time_and_unit(result: RunResult) -> None:
    rasterio = pytest.importorskip("rasterio")
    with rasterio.Env() as env:
        if "netCDF" not in env.drivers():
            pytest.skip("this GDAL has no netCDF driver")
    with rasterio.open(f"netcdf:{result.path / 'grids.nc'}:water_depth") as file:
        assert (file.count, file.height, file.width) == (5, 80, 80)
        assert file.crs.to_epsg() == 32651
        assert tuple(file.transform)[:6] == (5.0, 0.0, 355000.0, 0.0, -5.0, 3456400.0)
        np.testing.assert_array_equal(file.read(5), np.flipud(result.at("water_depth").array))


def test_that_the_grids_follow_cf_for_xarray(result: RunResult) -> None:
    import xarray

    with xarray.open_dataset(result.path / "grids.nc", engine="h5netcdf") as data:
        assert data.attrs["Conventions"].startswith("CF-")
        assert str(data["time"].values[0]).startswith("2026-07-14T10:00")
        depth = data["water_depth"]
        assert depth.dims == ("time", "y", "x")
        assert depth.attrs["units"] == "m"
        assert depth.encoding["chunksizes"][0] == 1
        assert depth.encoding["zlib"]
        assert "EPSG" in data["crs"].attrs["crs_wkt"]
        assert float(data["x"][0]) == 355002.5


def test_that_maxima_are_north_up_rasters_with_crs_and_nodata(result: RunResult) -> None:
    import rasterio

    with rasterio.open(result.path / "maps" / "water_depth_max.tif") as file:
        assert file.crs.to_epsg() == 32651
        assert np.isnan(file.nodata)
        assert file.transform.e == -5.0
        # the deepest column is the westmost: at easting 355002.5
        assert next(file.sample([(355002.5, 3456002.5)]))[0] == pytest.approx(1.975, abs=1e-5)
        assert "SYNTHETIC" in file.tags()["credit"]


def test_that_objects_open_in_geopandas_where_they_stand(result: RunResult) -> None:
    import geopandas

    houses = geopandas.read_file(result.path / "objects.gpkg", layer="buildings")
    assert houses.crs.to_epsg() == 32651
    assert houses["id"].tolist() == [f"building/{i}" for i in range(4)]
    assert houses.geometry[0].bounds == (355100.0, 3456100.0, 355120.0, 3456120.0)
    roads = geopandas.read_file(result.path / "objects.gpkg", layer="edge_roads")
    assert roads["road_state_max"].tolist() == [2, 0, 0, 0]
    table = result.objects("building")
    np.testing.assert_allclose(table["building_loss"], houses["building_loss"])
    assert "road_state" not in table


def test_that_a_damaged_result_names_what_is_broken(result: RunResult, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(result.path, copy)
    assert open_result(copy / "manifest.json").problems == []
    (copy / "indicators.json").unlink()
    with (copy / "grids.nc").open("r+b") as file:
        file.seek(2000)
        file.write(b"x" * 40)
    with pytest.raises(StorageError, match=r"(?s)grids.nc is not what was written.*indicators.json is missing"):
        open_result(copy)


def test_that_a_changed_report_is_noted_and_does_not_lock_the_result(result: RunResult, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(result.path, copy)
    (copy / "report.html").write_text("edited by hand")
    assert "report.html" in open_result(copy).problems[0]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 99}'])
def test_that_a_folder_without_a_readable_manifest_is_a_plain_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(StorageError, match="no result"):
        open_result(tmp_path / "nowhere")
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StorageError):
        open_result(tmp_path)


def test_that_an_earlier_result_is_replaced_only_when_the_new_one_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "r"
    first = finished(out).manifest["run"]
    list(run(small_city(), tub_scenario(params={"fail_at_s": 600}), out))
    assert open_result(out).manifest["run"] == first
    second = finished(out).manifest["run"]
    assert open_result(out).manifest["run"] == second != first
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


DISK_FULL = """
import resource, signal, sys
from pathlib import Path
from tests.engine_world import small_city, tub_scenario
from twin.scenario.engine import run
city = small_city()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
end = list(run(city, tub_scenario(params={"noise_m": 0.5}), Path(sys.argv[1])))[-1]
print(end.ok, end.message)
"""


@pytest.mark.parametrize("limit", [3_000, 40_000, 100_000])
def test_that_a_disk_that_cannot_take_more_gives_a_sentence_and_no_half_result(tmp_path: Path, limit: int) -> None:
    """The kernel refuses to let any file grow beyond a limit: what a full disk does, at several places of the writing."""
    command = [sys.executable, "-c", DISK_FULL, str(tmp_path / "r"), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False The result cannot be written"), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_that_a_city_without_a_map_and_without_houses_still_gives_a_result(tmp_path: Path) -> None:
    bare = small_city(0)
    tank = City("Tank", LocalFrame(None), terrain=bare.terrain)
    end = list(run(tank, tub_scenario(), tmp_path / "r"))[-1]
    assert end.ok, end.message
    assert open_result(tmp_path / "r").objects("building").empty
    assert end.indicators["people_affected"].value == 0
