"""Vector and raster formats, coordinate systems and no-data of every make; roads into networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city.city import City
from twin.city.lines import network_of, roads_of
from twin.city.recipe import open_city
from twin.city.terrain import Grid
from twin.city.tin import rasterise
from twin.errors import InputError

RD = (85000.0, 447000.0)


def write_vector(path: Path, shapes: list[Any], crs: str | None, driver: str, layer: str | None = None, **columns: list[Any]) -> None:
    import pyogrio

    geometry = np.array([shapely.to_wkb(s) for s in shapes], object)
    kind = shapes[0].geom_type + (" Z" if shapes[0].has_z else "")
    more = {"layer": layer, "append": path.exists()} if layer else {}
    pyogrio.raw.write(
        path, geometry, [np.array(v) for v in columns.values()], list(columns), geometry_type=kind, crs=crs, driver=driver, **more
    )  # fmt: skip


def write_raster(path: Path, z: np.ndarray, transform: Any, crs: str | None, nodata: float | None = None, **more: Any) -> None:
    import rasterio

    with rasterio.open(
        path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1, dtype=z.dtype, crs=crs, transform=transform, nodata=nodata
    ) as out:
        out.write(z, 1)
        if "unit" in more:
            out.units = (more["unit"],)


def house(x: float, y: float, size: float = 10.0) -> shapely.Polygon:
    return shapely.box(RD[0] + x, RD[1] + y, RD[0] + x + size, RD[1] + y + size)


def test_that_a_geopackage_with_several_layers_opens_whole(tmp_path: Path) -> None:
    path = tmp_path / "delft.gpkg"
    write_vector(path, [house(0, 0), house(20, 0)], "EPSG:28992", "GPKG", "pand", bouwlagen=[3, 5], identificatie=["a", "b"])
    write_vector(path, [shapely.LineString([RD, (RD[0] + 90, RD[1])])], "EPSG:28992", "GPKG", "wegen", highway=["residential"])
    write_vector(path, [shapely.Point(RD)], "EPSG:28992", "GPKG", "bomen", hoogte=[7.5])
    city = open_city(path)
    assert city.buildings.ids.tolist() == ["building/a", "building/b"]
    assert city.buildings.table["height_m"].round(6).tolist() == [9.6, 16.0]
    assert city.buildings.table["height_source"].tolist() == ["levels", "levels"]
    assert len(city.networks["roads"].edges) == 1
    assert city.layers["trees"].table["height_m"].tolist() == [7.5]
    assert city.frame.crs == "EPSG:28992"


def test_that_a_shapefile_and_its_companions_open(tmp_path: Path) -> None:
    path = tmp_path / "buildings.shp"
    write_vector(path, [house(0, 0)], "EPSG:28992", "ESRI Shapefile", HEIGHT=[12.5], OBJECTID=[77])
    city = open_city(path)
    assert city.buildings.ids.tolist() == ["building/77"]
    assert city.buildings.table["height_m"].tolist() == [12.5]
    (tmp_path / "buildings.prj").unlink()
    with pytest.raises(InputError, match="coordinate system"):
        open_city(path)


def test_that_three_dimensional_and_multi_geometries_are_footprints_too(tmp_path: Path) -> None:
    path = tmp_path / "buildings.gpkg"
    roof = shapely.force_3d(house(0, 0), 25.0)
    write_vector(path, [shapely.MultiPolygon([roof, shapely.force_3d(house(30, 0), 25.0)])], "EPSG:28992", "GPKG", "pand", height=[8.0])
    city = open_city(path)
    assert len(city.buildings) == 1
    assert not shapely.has_z(city.buildings.footprints).any()
    assert city.buildings.mesh.points[:, 2].max() == 8


def terrain_city(folder: Path, raster: Path, recipe: str = "") -> City:
    write_vector(folder / "buildings.gpkg", [house(20, 20), house(60, 60)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    if not recipe:
        return open_city([folder / "buildings.gpkg", raster])
    (folder / "city.toml").write_text(f'[[source]]\npath = "buildings.gpkg"\n\n[[source]]\npath = "{raster.name}"\n{recipe}\n')
    return open_city(folder / "city.toml")


def slope(rows: int = 50, columns: int = 50, cell: float = 2.0) -> np.ndarray:
    """Height 0.1 m per metre east, north-up rows, plus 0.05 per metre north."""
    x, y = (np.arange(columns) + 0.5) * cell, (np.arange(rows)[::-1] + 0.5) * cell
    return (0.1 * x[None] + 0.05 * y[:, None]).astype(np.float32)


def test_that_terrain_lies_where_it_is_and_buildings_stand_on_its_lowest_corner(tmp_path: Path) -> None:
    from affine import Affine

    path = tmp_path / "dtm.tif"
    write_raster(path, slope(), Affine(2, 0, RD[0], 0, -2, RD[1] + 100), "EPSG:28992", nodata=-9999)
    city = terrain_city(tmp_path, path)
    terrain = city.terrain
    assert terrain is not None
    west, south = city.frame.to_crs(terrain.grid.x0, terrain.grid.y0)
    assert (float(west), float(south)) == RD
    assert np.allclose(city.buildings.table["ground_z_m"], [3.0, 9.0], atol=1e-3)
    assert np.allclose(city.buildings.mesh.points[:, 2].max(), 18.0, atol=1e-3)


@pytest.mark.parametrize("nothing", [-9999.0, 3.4028235e38, -3.4028235e38, -32768.0, np.nan, np.inf, 20_000.0])
@pytest.mark.parametrize("declared", [True, False])
def test_that_no_data_is_nothing_declared_or_not(tmp_path: Path, nothing: float, declared: bool) -> None:
    from affine import Affine

    z = slope()
    z[:5] = nothing
    write_raster(
        tmp_path / "dtm.tif",
        z,
        Affine(2, 0, RD[0], 0, -2, RD[1] + 100),
        "EPSG:28992",
        nothing if declared and np.isfinite(nothing) else None,
    )
    terrain = terrain_city(tmp_path, tmp_path / "dtm.tif").terrain
    assert terrain is not None
    assert np.isnan(terrain.elevation[-5:]).all()
    assert np.isfinite(terrain.elevation[:-5]).all()
    assert float(np.nanmax(terrain.elevation)) < 20


def test_that_terrain_in_degrees_is_brought_into_the_city(tmp_path: Path) -> None:
    from affine import Affine
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(28992, 4326, always_xy=True).transform(*RD)
    step = 2e-5
    columns = np.arange(200)
    z = np.repeat((columns * 0.1)[None], 200, 0).astype(np.float32)
    write_raster(tmp_path / "dem.tif", z, Affine(step, 0, lon - 50 * step, 0, -step, lat + 150 * step), "EPSG:4326")
    city = terrain_city(tmp_path, tmp_path / "dem.tif")
    terrain = city.terrain
    assert terrain is not None
    x, y = city.frame.to_local(RD[0] + 50.0, RD[1] + 50.0)
    here, _ = city.frame.to_lonlat(x, y)
    expected = ((float(here) - (lon - 50 * step)) / step - 0.5) * 0.1
    assert float(terrain.sample(x, y)) == pytest.approx(expected, abs=0.06)


def test_that_an_esri_grid_needs_a_crs_and_takes_that_of_the_recipe(tmp_path: Path) -> None:
    rows = "\n".join(" ".join(f"{v:.3f}" for v in row) for row in slope(20, 20, 5.0))
    header = f"ncols 20\nnrows 20\nxllcorner {RD[0]}\nyllcorner {RD[1]}\ncellsize 5\nNODATA_value -9999\n"
    (tmp_path / "dtm.asc").write_text(header + rows)
    assert terrain_city(tmp_path, tmp_path / "dtm.asc").terrain is None
    city = terrain_city(tmp_path, tmp_path / "dtm.asc", 'crs = "EPSG:28992"')
    assert city.terrain is not None
    assert city.terrain.grid.shape == (20, 20)
    assert float(city.terrain.sample(*city.frame.to_local(RD[0] + 50.0, RD[1] + 50.0))) == pytest.approx(7.5, abs=0.01)


def test_that_heights_in_feet_become_metres(tmp_path: Path) -> None:
    from affine import Affine

    write_raster(tmp_path / "dtm.tif", np.full((50, 50), 100, np.float32), Affine(2, 0, RD[0], 0, -2, RD[1] + 100), "EPSG:28992", unit="ft")
    terrain = terrain_city(tmp_path, tmp_path / "dtm.tif").terrain
    assert terrain is not None
    assert np.allclose(terrain.elevation, 30.48)


def test_that_pictures_and_surface_models_are_not_ground(tmp_path: Path, data: Path) -> None:
    import rasterio
    from affine import Affine

    with rasterio.open(
        tmp_path / "photo.tif",
        "w",
        driver="GTiff",
        height=9,
        width=9,
        count=3,
        dtype="uint8",
        crs="EPSG:28992",
        transform=Affine(1, 0, 9, 0, -1, 9),
    ) as out:
        out.write(np.zeros((3, 9, 9), np.uint8))
    assert open_city(tmp_path / "photo.tif").terrain is None
    (tmp_path / "city.toml").write_text('[[source]]\npath = "photo.tif"\nrole = "terrain"\n')
    with pytest.raises(InputError, match="one band"):
        open_city(tmp_path / "city.toml")
    both = open_city(data / "delft_3dfier" / "derived")
    assert both.terrain is not None
    assert "dtm" in both.terrain.source
    assert "surface_model" in [p.code for p in both.problems]


def test_that_two_terrains_become_one_and_the_finer_counts(tmp_path: Path) -> None:
    from affine import Affine

    write_raster(tmp_path / "a_dtm.tif", np.full((20, 20), 5, np.float32), Affine(10, 0, RD[0] - 50, 0, -10, RD[1] + 150), "EPSG:28992")
    write_raster(tmp_path / "b_dtm.tif", np.full((30, 30), 2, np.float32), Affine(2, 0, RD[0], 0, -2, RD[1] + 60), "EPSG:28992")
    write_vector(tmp_path / "buildings.gpkg", [house(20, 20), house(100, 100)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    city = open_city(tmp_path)
    assert city.buildings.table["ground_z_m"].tolist() == [2, 5]
    assert city.terrain is not None
    assert city.terrain.grid.cell_m == 2
    assert "terrains_joined" in [p.code for p in city.problems]


def test_that_triangles_over_a_grid_are_sampled_exactly() -> None:
    points = np.array([[0, 0, 0], [8, 0, 8], [8, 8, 16], [0, 8, 8]], float)
    z = rasterise(points, np.array([[0, 1, 2], [0, 2, 3]], np.int32), Grid(-2.0, -2.0, 1.0, 12, 12))
    x, y = np.meshgrid(np.arange(12) - 1.5, np.arange(12) - 1.5)
    inside = (x > 0) & (x < 8) & (y > 0) & (y < 8)
    assert np.allclose(z[inside], (x + y)[inside], atol=1e-5)
    assert np.isnan(z[~inside]).all()


def roads(lines: list[Any], **columns: list[Any]) -> Any:
    table = pd.DataFrame(columns)
    ids = np.array([f"road/{i}" for i in range(len(lines))], object)
    return roads_of(np.array(lines, object), table, ids, np.full(len(lines), "", object), {}, "test")


def test_that_roads_meet_where_they_share_a_vertex_and_not_where_they_cross() -> None:
    lines = [
        shapely.LineString([(0, 0), (50, 0), (100, 0)]),
        shapely.LineString([(50, 0), (50, 50)]),
        shapely.LineString([(75, -50), (75, 50)]),  # a bridge over the first
    ]
    network = roads(lines, highway=["primary", "residential", "motorway"])
    assert len(network.nodes) == 6
    assert network.edges["id"].tolist() == ["road/0/1", "road/0/2", "road/1", "road/2"]
    assert network.edges["length_m"].tolist() == [50, 50, 50, 100]
    assert len(np.unique(network.islands())) == 2
    assert network.edges["oneway"].tolist() == [False, False, False, True]


def test_that_directions_speeds_and_lanes_are_understood() -> None:
    lines = [shapely.LineString([(0, 10 * i), (100, 10 * i)]) for i in range(6)]
    network = roads(
        lines,
        highway=["primary", "residential", "service", "steps", "primary", "residential"],
        oneway=["yes", "-1", "no", None, None, "yes"],
        maxspeed=["50", "30 mph", None, None, "none", "0"],
        lanes=["3", None, None, None, "4;2", None],
        bridge=["viaduct", "no", None, None, None, None],
        tunnel=[None, None, "culvert", None, None, "F"],
    )
    edges = network.edges
    assert edges["oneway"].tolist() == [True, True, False, False, False, True]
    assert edges["speed_kmh"].round(2).tolist() == [50, 48.28, 15, 3, 50, 30]
    assert edges["lanes"].tolist() == [3, 1, 2, 2, 4, 1]
    assert edges["bridge"].tolist() == [True, False, False, False, False, False]
    assert edges["tunnel"].tolist() == [False, False, True, False, False, False]
    assert edges["drivable"].tolist() == [True, True, True, False, True, True]
    reverse = edges.iloc[1]
    assert network.nodes["x"][reverse["start"]] == 100
    assert network.geometry[1].coords[0] == (100, 10)


def test_that_loops_repeats_and_points_do_not_break_a_network() -> None:
    lines = np.array(
        [
            shapely.LineString([(0, 0), (10, 0), (10, 10), (0, 0)]),
            shapely.LineString([(5, 5), (5, 5)]),
            shapely.MultiLineString([[(20, 0), (30, 0)], [(30, 0), (40, 0)]]),
            shapely.Point(1, 1),
        ],
        object,
    )
    network = network_of("roads", lines, pd.DataFrame({"id": ["a", "b", "c", "d"]}))
    assert network.edges["id"].tolist() == ["a", "c/1", "c/2"]
    assert network.edges["start"][0] == network.edges["end"][0]
    empty = network_of("roads", np.empty(0, object), pd.DataFrame({"id": []}))
    assert len(empty.nodes) == len(empty.edges) == 0


def test_that_files_of_services_become_facilities(tmp_path: Path) -> None:
    for name, kind in (("hospitals", "hospital"), ("fire_stations", "fire_station")):
        features = [
            {
                "type": "Feature",
                "properties": {"name": f"{name} A", "capacity": 40},
                "geometry": {"type": "Point", "coordinates": [-2.3, 53.4]},
            }
        ]
        (tmp_path / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        assert open_city(tmp_path).layers["facilities"].table["kind"].tolist()[-1] in (kind, "hospital")
    city = open_city(tmp_path)
    assert sorted(city.layers["facilities"].table["kind"]) == ["fire_station", "hospital"]
    assert city.layers["facilities"].table["capacity"].tolist() == [40, 40]
    assert (city.frame.timezone, city.currency) == ("Europe/London", "GBP")


def test_that_identical_files_in_a_folder_count_once(data: Path) -> None:
    city = open_city(data / "delft_tudcampus", use_cache=False)
    assert len(city.buildings) == 1529
    assert "same_file" in [p.code for p in city.problems]
