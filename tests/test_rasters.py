"""Rasters: heights, surfaces, classes; tiles that join, files too large to read, files that point elsewhere."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.test_readers_formats import RD, house, write_raster, write_vector
from twin.city.city import City
from twin.city.readers.elevation import border_value
from twin.city.readers.parts import Hints
from twin.city.readers.raster import read_raster
from twin.city.recipe import open_city
from twin.errors import InputError


def plane(rows: int, columns: int, cell: float, x0: float, y1: float) -> np.ndarray:
    """0.01 m up per metre east and 0.02 north of RD, north-up."""
    x, y = x0 + (np.arange(columns) + 0.5) * cell - RD[0], y1 - (np.arange(rows) + 0.5) * cell - RD[1]
    return (0.01 * x[None] + 0.02 * y[:, None] + 5).astype(np.float32)


def write_tile(path: Path, x0: float, y1: float, rows: int = 100, columns: int = 100, cell: float = 1.0) -> None:
    write_raster(path, plane(rows, columns, cell, x0, y1), Affine(cell, 0, x0, 0, -cell, y1), "EPSG:28992")


def with_house(folder: Path, *more: Any, size: float = 60.0) -> City:
    (folder / "pand.gpkg").unlink(missing_ok=True)
    write_vector(folder / "pand.gpkg", [house(20, 20), house(20 + size, 20 + size)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    return open_city([folder / "pand.gpkg", *more], use_cache=False)


def is_plane(city: City, tolerance: float = 1e-3) -> bool:
    terrain = city.terrain
    assert terrain is not None
    e, n = city.frame.to_crs(*np.meshgrid(terrain.grid.x, terrain.grid.y))
    wanted = 0.01 * (e - RD[0]) + 0.02 * (n - RD[1]) + 5
    known = np.isfinite(terrain.elevation)
    return bool(known.any() and np.abs(terrain.elevation - wanted)[known].max() < tolerance)


def test_that_tiles_of_one_grid_join_cell_by_cell(tmp_path: Path) -> None:
    for i in range(3):
        for j in range(2):
            write_tile(tmp_path / f"dtm_{i}_{j}.tif", RD[0] + 100 * i, RD[1] + 100 + 100 * j)
    city = with_house(tmp_path, *sorted(tmp_path.glob("dtm_*.tif")))
    assert city.terrain is not None
    assert city.terrain.grid.shape == (200, 300)
    assert np.isfinite(city.terrain.elevation).all()
    assert is_plane(city, 1e-4)
    assert "terrains_joined" not in [p.code for p in city.problems]


def test_that_tiles_in_another_crs_join_without_a_seam(tmp_path: Path) -> None:
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(28992, 4326, always_xy=True).transform(*RD)
    step = 1e-5
    for i in range(2):
        z = np.add.outer(np.zeros(200), (np.arange(200) + 200 * i) * 0.1).astype(np.float32)
        write_raster(tmp_path / f"dem_{i}.tif", z, Affine(step, 0, lon + 200 * i * step, 0, -step, lat + 150 * step), "EPSG:4326")
    city = with_house(tmp_path, *sorted(tmp_path.glob("dem_*.tif")))
    assert city.terrain is not None
    middle = city.terrain.elevation[city.terrain.grid.rows // 2]
    inside = middle[np.isfinite(middle)]
    rise = np.diff(inside)
    assert len(inside) > 200
    assert rise.min() > 0.5 * np.median(rise)
    assert rise.max() < 1.5 * np.median(rise)


def test_that_tiles_half_a_cell_apart_keep_their_places(tmp_path: Path) -> None:
    write_tile(tmp_path / "dtm_a.tif", RD[0], RD[1] + 100)
    write_tile(tmp_path / "dtm_b.tif", RD[0] + 99.5, RD[1] + 100.5)
    assert is_plane(with_house(tmp_path, tmp_path / "dtm_a.tif", tmp_path / "dtm_b.tif"), 0.016)


def test_that_holes_of_the_finer_terrain_are_filled_with_the_coarser(tmp_path: Path) -> None:
    fine = plane(100, 100, 1.0, RD[0], RD[1] + 100)
    fine[:, 50:] = -9999
    write_raster(tmp_path / "fine_dtm.tif", fine, Affine(1, 0, RD[0], 0, -1, RD[1] + 100), "EPSG:28992", nodata=-9999)
    write_tile(tmp_path / "coarse_dtm.tif", RD[0], RD[1] + 100, 20, 20, 5.0)
    city = with_house(tmp_path, tmp_path / "fine_dtm.tif", tmp_path / "coarse_dtm.tif")
    assert city.terrain is not None
    assert city.terrain.grid.cell_m == 1.0
    assert np.isfinite(city.terrain.elevation).all()
    assert is_plane(city, 0.07)


def test_that_of_a_large_raster_only_what_is_near_is_read_and_as_it_is(tmp_path: Path) -> None:
    write_tile(tmp_path / "dtm.tif", RD[0] - 3000, RD[1] + 3000, 6000, 6000)
    city = with_house(tmp_path, tmp_path / "dtm.tif")
    assert city.terrain is not None
    assert city.terrain.grid.cell_m == 1.0
    assert city.terrain.grid.rows < 1300
    assert is_plane(city, 1e-3)
    assert "coarser" not in [p.code for p in city.problems]


def test_that_a_rotated_raster_lies_where_it_is(tmp_path: Path) -> None:
    turn = Affine.translation(RD[0] + 40, RD[1] - 60) @ Affine.rotation(30) @ Affine.scale(1, -1) @ Affine.translation(0, -200)
    c, r = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    x, y = turn.a * c + turn.b * r + turn.c - RD[0], turn.d * c + turn.e * r + turn.f - RD[1]
    write_raster(tmp_path / "dtm.tif", (0.01 * x + 0.02 * y + 5).astype(np.float32), turn, "EPSG:28992")
    assert is_plane(with_house(tmp_path, tmp_path / "dtm.tif"), 0.02)


def test_that_heights_of_a_netcdf_are_found_among_its_variables(tmp_path: Path) -> None:
    import xarray as xr

    lon, lat = 4.36 + np.arange(40) * 1e-4, 52.0 + np.arange(30) * 1e-4
    z = np.add.outer(np.arange(30.0), np.arange(40.0)).astype(np.float32)
    data = xr.Dataset(
        {"mask": (("lat", "lon"), np.ones((30, 40), np.int8)), "elevation": (("lat", "lon"), z)},
        {
            "lat": ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    )
    data.to_netcdf(tmp_path / "area.nc", engine="h5netcdf")
    raster = read_raster(tmp_path / "area.nc", Hints()).rasters[0]
    assert raster.crs is not None
    assert raster.crs.to_epsg() == 4326
    assert raster.elevation.shape == (30, 40)
    assert raster.elevation[-1, 0] == 0  # north-up whatever the order in the file
    assert raster.elevation[0, -1] == 29 + 39


@pytest.mark.parametrize("names", [("x", "y"), ("easting", "northing")])
@pytest.mark.parametrize("down", [False, True])
def test_that_a_netcdf_lies_where_its_axes_say_though_they_have_but_a_name(tmp_path: Path, names: tuple[str, str], down: bool) -> None:
    import xarray as xr

    x, y = RD[0] - 20 + np.arange(80) * 2.0, RD[1] - 20 + np.arange(70) * 2.0
    y = y[::-1] if down else y
    z = (0.01 * (x[None] - RD[0]) + 0.02 * (y[:, None] - RD[1]) + 5).astype(np.float32)
    data = xr.Dataset({"elevation": (names[::-1], z, {"grid_mapping": "crs"})}, {names[1]: y, names[0]: x})
    data["crs"] = ((), 0, {"crs_wkt": rasterio.crs.CRS.from_epsg(28992).to_wkt()})
    data.to_netcdf(tmp_path / "dem.nc", engine="h5netcdf")
    assert is_plane(with_house(tmp_path, tmp_path / "dem.nc"))


def test_that_longitudes_and_latitudes_without_units_are_degrees(tmp_path: Path) -> None:
    import xarray as xr

    axes = {"latitude": 52.0 + np.arange(30) * 1e-4, "longitude": 4.36 + np.arange(40) * 1e-4}
    xr.Dataset({"elevation": (tuple(axes), np.ones((30, 40), np.float32))}, axes).to_netcdf(tmp_path / "dem.nc", engine="h5netcdf")
    raster = read_raster(tmp_path / "dem.nc", Hints()).rasters[0]
    assert raster.crs is not None
    assert raster.crs.to_epsg() == 4326
    assert raster.transform[2] == pytest.approx(4.36 - 0.5e-4, abs=1e-9)


def test_that_a_raster_with_a_coordinate_system_but_no_place_is_refused(tmp_path: Path) -> None:
    import xarray as xr

    uneven = np.array([0.0, 1.0, 5.0, 6.0])
    data = xr.Dataset({"elevation": (("y", "x"), np.ones((4, 4), np.float32), {"grid_mapping": "crs"})}, {"x": uneven, "y": uneven})
    data["crs"] = ((), 0, {"crs_wkt": rasterio.crs.CRS.from_epsg(28992).to_wkt()})
    data.to_netcdf(tmp_path / "dem.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="does not say where it lies.*x and y"):
        read_raster(tmp_path / "dem.nc", Hints())


@pytest.mark.parametrize(("unit", "metres"), [("dm", 0.1), ("cm", 0.01), ("US survey foot", 1200 / 3937), ("metre", 1.0)])
def test_that_units_of_a_band_become_metres(tmp_path: Path, unit: str, metres: float) -> None:
    write_raster(tmp_path / "dtm.tif", np.full((9, 9), 120, np.int16), Affine(2, 0, RD[0], 0, -2, RD[1]), "EPSG:28992", unit=unit)
    assert read_raster(tmp_path / "dtm.tif", Hints()).rasters[0].elevation == pytest.approx(np.full((9, 9), 120 * metres))


def test_that_scale_offset_vertical_feet_and_the_recipe_count(tmp_path: Path) -> None:
    path = tmp_path / "dtm.tif"
    write_raster(path, np.full((9, 9), 100, np.int16), Affine(2, 0, 500000, 0, -2, 150000), "EPSG:2263+6360")
    assert read_raster(path, Hints()).rasters[0].elevation == pytest.approx(np.full((9, 9), 100 * 1200 / 3937))
    assert read_raster(path, Hints(unit_m=0.01)).rasters[0].elevation == pytest.approx(np.ones((9, 9)))
    scaled = tmp_path / "scaled_dtm.tif"
    write_raster(scaled, np.full((9, 9), 100, np.int16), Affine(2, 0, RD[0], 0, -2, RD[1]), "EPSG:28992")
    with rasterio.open(scaled, "r+") as file:
        file.scales, file.offsets = (0.1,), (-3.0,)
    assert read_raster(scaled, Hints(unit_m=2.0)).rasters[0].elevation == pytest.approx(np.full((9, 9), 14.0))


def test_that_the_city_gets_the_vertical_datum_of_its_ground_and_another_one_is_told(tmp_path: Path) -> None:
    at = Affine(5, 0, RD[0], 0, -5, RD[1] + 100)
    write_raster(tmp_path / "a_dtm.tif", plane(20, 20, 5.0, RD[0], RD[1] + 100), at, "EPSG:7415")
    city = with_house(tmp_path, tmp_path / "a_dtm.tif")
    assert city.frame.vertical == "EPSG:5709"
    assert "vertical_differs" not in [p.code for p in city.problems]
    write_raster(tmp_path / "b_dtm.tif", plane(20, 20, 5.0, RD[0], RD[1] + 100), at, "EPSG:28992+5773")
    city = with_house(tmp_path, tmp_path / "a_dtm.tif", tmp_path / "b_dtm.tif")
    told = [p.message for p in city.problems if p.code == "vertical_differs"]
    assert len(told) == 1
    assert "EGM96" in told[0]


def test_that_padding_is_told_from_heights_and_the_sea_is_not_padding() -> None:
    z = np.random.default_rng(1).uniform(100, 130, (40, 40))
    z[:4] = z[-3:] = -1.0
    assert border_value(z) == -1.0
    z[z < 0] = 0.0
    assert border_value(z) is None
    coast = np.random.default_rng(1).uniform(0, 30, (40, 40))
    coast[:4] = -2.0
    assert border_value(coast) is None


def test_that_heights_in_the_wrong_unit_are_said_to_be_so(tmp_path: Path) -> None:
    write_raster(tmp_path / "dtm.tif", np.full((9, 9), 12_345, np.int32), Affine(2, 0, RD[0], 0, -2, RD[1]), "EPSG:28992")
    with pytest.raises(InputError, match="12345"):
        read_raster(tmp_path / "dtm.tif", Hints())


def test_that_land_cover_becomes_areas_and_no_terrain(tmp_path: Path) -> None:
    cover = np.full((60, 60), 10, np.uint8)
    cover[20:40, 20:40], cover[:, 50:] = 80, 50
    write_raster(tmp_path / "worldcover.tif", cover, Affine(10, 0, RD[0], 0, -10, RD[1]), "EPSG:28992")
    city = open_city(tmp_path / "worldcover.tif")
    assert city.terrain is None
    landuse = city.layers["landuse"]
    areas = dict(zip(landuse.table["kind"], shapely.area(landuse.geometry), strict=True))
    assert areas == {"water": 40_000, "residential": 60_000, "forest": 260_000}
    assert "classified_raster" in [p.code for p in city.problems]


def test_that_whole_metres_of_a_flat_country_are_heights(tmp_path: Path) -> None:
    z = np.clip(np.round(plane(80, 80, 2.0, RD[0], RD[1]) - 4), -1, 3).astype(np.int16)
    write_raster(tmp_path / "grid.tif", z, Affine(2, 0, RD[0], 0, -2, RD[1]), "EPSG:28992")
    assert read_raster(tmp_path / "grid.tif", Hints()).rasters[0].role == "terrain"


def test_that_other_numbers_are_not_taken_for_heights_by_their_name(tmp_path: Path) -> None:
    write_raster(tmp_path / "flood_depth.tif", plane(9, 9, 2.0, *RD), Affine(2, 0, RD[0], 0, -2, RD[1]), "EPSG:28992")
    with pytest.raises(InputError, match="no elevation"):
        read_raster(tmp_path / "flood_depth.tif", Hints())
    assert len(read_raster(tmp_path / "flood_depth.tif", Hints(role="terrain")).rasters) == 1


def test_that_roofs_of_a_surface_model_give_heights_to_buildings_without(tmp_path: Path) -> None:
    ground, surface = np.full((100, 100), 3.0, np.float32), np.full((100, 100), 3.0, np.float32)
    surface[100 - 30 : 100 - 20, 20:30] = 11.0  # house at 20, 20
    surface[100 - 26, 24] = 30.0  # its chimney
    surface[100 - 70 : 100 - 60, 60:70] = 15.0
    for name, z in (("dtm", ground), ("dsm", surface)):
        write_raster(tmp_path / f"{name}.tif", z, Affine(1, 0, RD[0], 0, -1, RD[1] + 100), "EPSG:28992")
    shapes = [house(20, 20), house(60, 60), house(80, 20)]
    write_vector(tmp_path / "pand.gpkg", shapes, "EPSG:28992", "GPKG", "pand", height=[np.nan, 20.0, np.nan], bouwlagen=[9, 9, 2])
    table = open_city([tmp_path / "pand.gpkg", tmp_path / "dtm.tif", tmp_path / "dsm.tif"]).buildings.table
    assert table["height_source"].tolist() == ["surface", "measured", "levels"]
    assert table["height_m"].round(3).tolist() == [8.0, 20.0, 6.4]


def test_that_the_ground_is_found_in_a_surface_model_where_nothing_else_tells_it(tmp_path: Path) -> None:
    surface = plane(200, 200, 1.0, RD[0] - 50, RD[1] + 150)
    surface[200 - 80 : 200 - 60, 70:90] += 9.0  # 20 x 20 m at 20, 10
    write_raster(tmp_path / "dsm.tif", surface, Affine(1, 0, RD[0] - 50, 0, -1, RD[1] + 150), "EPSG:28992")
    write_vector(tmp_path / "pand.gpkg", [house(20, 10, 20)], "EPSG:28992", "GPKG", "pand", name=["a"])
    city = open_city([tmp_path / "pand.gpkg", tmp_path / "dsm.tif"])
    assert is_plane(city, 0.15)
    assert city.buildings.table["height_source"].tolist() == ["surface"]
    assert city.buildings.table["height_m"][0] == pytest.approx(9.3, abs=0.3)
    assert "ground_filtered" in [p.code for p in city.problems]


def test_that_a_virtual_raster_of_files_beside_it_opens(tmp_path: Path) -> None:
    write_tile(tmp_path / "a.tif", *RD)
    (tmp_path / "dtm.vrt").write_text(virtual("a.tif", 'relativeToVRT="1"'))
    raster = read_raster(tmp_path / "dtm.vrt", Hints()).rasters[0]
    assert np.array_equal(raster.elevation, plane(100, 100, 1.0, *RD))


def virtual(source: str, more: str = "") -> str:
    return f"""<VRTDataset rasterXSize="100" rasterYSize="100"><SRS>EPSG:28992</SRS>
<GeoTransform>{RD[0]},1,0,{RD[1]},0,-1</GeoTransform><VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename {more}>{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize(
    "source",
    ["/etc/hostname", "../a.tif", "/vsicurl/http://127.0.0.1:9/a.tif", "http://127.0.0.1:9/a.tif", "nothing.tif", "dtm.vrt", "server.xml",
     "&lt;VRTDataset/&gt;", "/vsizip/a.zip/a.tif"],
)  # fmt: skip
def test_that_a_virtual_raster_may_not_point_elsewhere(tmp_path: Path, source: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_tile(tmp_path / "a.tif", *RD)
    (folder / "server.xml").write_text("<GDAL_WMS><Service><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>")
    (folder / "dtm.vrt").write_text(virtual(source, 'relativeToVRT="1"'))
    with pytest.raises(InputError, match="virtual raster"):
        read_raster(folder / "dtm.vrt", Hints())


def test_that_a_virtual_raster_runs_no_program(tmp_path: Path) -> None:
    write_tile(tmp_path / "a.tif", *RD)
    text = virtual("a.tif", 'relativeToVRT="1"').replace(
        "<SimpleSource>", "<PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage><SimpleSource>"
    )
    (tmp_path / "dtm.vrt").write_text(text.replace('band="1">', 'band="1" subClass="VRTDerivedRasterBand">'))
    with pytest.raises(InputError, match="program"):
        read_raster(tmp_path / "dtm.vrt", Hints())


def test_that_a_sparse_raster_of_ten_gigabytes_is_only_sampled(tmp_path: Path) -> None:
    path = tmp_path / "dtm.tif"
    options = {"driver": "GTiff", "height": 60_000, "width": 60_000, "count": 1, "dtype": "float32", "tiled": True, "SPARSE_OK": True}
    at = Affine(1, 0, RD[0] - 30_000, 0, -1, RD[1] + 30_000)
    with rasterio.open(path, "w", crs="EPSG:28992", transform=at, nodata=-9999, **options) as out:
        window = rasterio.windows.Window(29_500, 29_500, 1024, 1024)
        out.write(plane(1024, 1024, 1.0, RD[0] - 500, RD[1] + 500), 1, window=window)
    assert path.stat().st_size < 40 << 20
    city = with_house(tmp_path, path)
    assert city.terrain is not None
    assert city.terrain.grid.cell_m == 1.0
    assert is_plane(city, 2e-3)


def test_that_a_raster_in_one_giant_piece_is_refused(tmp_path: Path) -> None:
    tags = [(256, 4, 60_000), (257, 4, 60_000), (258, 3, 32), (259, 3, 5), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, 60_000),
            (279, 4, 100), (339, 3, 3)]  # fmt: skip
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in tags) + bytes(4)
    (tmp_path / "dtm.tif").write_bytes(b"II*\0" + struct.pack("<I", 120) + bytes(112) + body)
    with pytest.raises(InputError, match="too large|cannot be read"):
        read_raster(tmp_path / "dtm.tif", Hints())


def test_that_a_raster_of_very_many_bands_is_refused_at_once(tmp_path: Path) -> None:
    write_tile(tmp_path / "dtm.tif", *RD, 40, 40)
    data = bytearray((tmp_path / "dtm.tif").read_bytes())
    at = data.index(struct.pack("<HHI", 277, 3, 1)) + 8
    data[at : at + 2] = b"\xff\xff"
    (tmp_path / "dtm.tif").write_bytes(bytes(data))
    with pytest.raises(InputError):
        read_raster(tmp_path / "dtm.tif", Hints())


def test_that_a_raster_that_is_a_line_lies_nowhere(tmp_path: Path) -> None:
    write_raster(tmp_path / "dtm.tif", plane(9, 9, 1.0, *RD), Affine(1e-9, 0, RD[0] + 50, 0, -1, RD[1] + 50), "EPSG:28992")
    assert with_house(tmp_path, tmp_path / "dtm.tif").terrain is None


def samples(folder: Path) -> list[bytes]:
    path = folder / "dtm.tif"
    write_tile(path, *RD, 40, 40)
    header = f"ncols 20\nnrows 20\nxllcorner {RD[0]}\nyllcorner {RD[1]}\ncellsize 5\nNODATA_value -9999\n"
    ascii_grid = (header + " ".join("1.5" for _ in range(400))).encode()
    return [path.read_bytes(), ascii_grid, virtual("dtm.tif", 'relativeToVRT="1"').encode()]


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 2), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), cut=st.floats(0.2, 1.6))
def test_that_broken_rasters_open_or_are_refused(tmp_path: Path, which: int, changes: list[tuple[float, int]], cut: float) -> None:
    data = bytearray(samples(tmp_path)[which])
    for place, value in changes:
        # Half of the changes hit the header, where they hurt.
        at = int(place * 2 * 400) if place < 0.5 else int(place * len(data))
        data[min(at, len(data) - 1)] = value
    path = tmp_path / ("broken.tif", "broken.asc", "broken.vrt")[which]
    path.write_bytes(bytes(data[: int(cut * len(data))]))
    try:
        open_city(path, crs="EPSG:28992", use_cache=False)
    except InputError:
        pass


def test_that_contour_lines_and_spot_heights_make_the_ground(data: Path) -> None:
    city = open_city(data / "gis_trafford" / "terrain", use_cache=False)
    assert city.terrain is not None
    lines = city.layers["trafford_terrain_lines"]
    row = int(np.argmax(shapely.length(lines.geometry)))
    x, y = shapely.get_coordinates(lines.geometry[row]).T
    stated = float(lines.table["PROP_VALUE"][row])
    assert np.nanmedian(np.abs(city.terrain.sample(x, y) - stated)) < 3
    assert 300 < float(np.nanmax(city.terrain.elevation)) < 560  # Black Chew Head, the highest of the county, has 542 m


def test_that_the_surge_raster_has_the_classes_published_for_the_junctions(data: Path) -> None:
    city = open_city(data / "water_wntr" / "data" / "coastal_ky4_storm_surge.tif", use_cache=False)
    assert city.terrain is None
    layer = next(iter(city.layers.values()))
    assert sorted(layer.table["value"].unique()) == [1, 2, 3, 4, 5]


def test_that_the_delft_terrain_lies_under_its_buildings(data: Path) -> None:
    terrain = data / "delft_3dfier" / "derived" / "delft_dtm_1m_from_ahn3.tif"
    city = open_city([data / "city_delft" / "delft.city.json", terrain], use_cache=False)
    assert city.terrain is not None
    b = city.buildings.table
    under = city.ground_z(*shapely.get_coordinates(shapely.centroid(city.buildings.footprints)).T)
    x0, y0, x1, y1 = city.terrain.grid.bounds
    cx, cy = shapely.get_coordinates(shapely.centroid(city.buildings.footprints)).T
    inside = (cx > x0) & (cx < x1) & (cy > y0) & (cy < y1)
    assert inside.sum() > 100
    assert float(np.median(np.abs(under - b["ground_z_m"])[inside])) < 0.3


@pytest.mark.parametrize("sea", [False, True])
def test_that_undeclared_minus_999_is_nothing_among_dry_land_and_a_depth_in_the_sea(sea: bool, tmp_path: Path) -> None:
    z = plane(100, 100, 1.0, RD[0], RD[1] + 100) + np.float32(2 if not sea else -700)
    z[40:50, 40:50] = -999.0
    path = tmp_path / "dtm.tif"
    write_raster(path, z, Affine(1, 0, RD[0], 0, -1, RD[1] + 100), "EPSG:28992")
    parts = read_raster(path, Hints())
    (raster,) = parts.rasters
    assert int(np.isnan(raster.elevation).sum()) == (0 if sea else 100)
    assert ("nodata_found" in {p.code for p in parts.problems}) is not sea


@pytest.mark.parametrize(("value", "told"), [(-500.0, True), (8_900.0, True), (-425.0, False), (8_800.0, False)])
def test_that_ground_where_there_is_no_land_on_earth_is_told(value: float, told: bool, tmp_path: Path) -> None:
    z = plane(100, 100, 1.0, RD[0], RD[1] + 100)
    z[40:50, 40:50] = value
    write_raster(tmp_path / "dtm.tif", z, Affine(1, 0, RD[0], 0, -1, RD[1] + 100), "EPSG:28992")
    problems = {p.code: p for p in with_house(tmp_path, tmp_path / "dtm.tif").problems}
    assert ("terrain_height" in problems) is told
    if told:
        assert problems["terrain_height"].places
        assert f"{value:,.0f}" in problems["terrain_height"].message
