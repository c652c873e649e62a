"""What the first picture shows: the place that is meant, all of it, on ground that has no end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS

from gui.scene.offscreen import hidden_window, pixels
from gui.scene.scene import Scene
from layers.catalogue import city_layers
from layers.framing import content_of
from tests.little_city import little_city, table
from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.recipe import open_city
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame

SIZE = (640, 400)
FRAME = LocalFrame("EPSG:32651", (350000.0, 3456000.0))


def houses(*places: tuple[float, float], side: float = 20.0) -> Buildings:
    shapes = np.array([shapely.box(x, y, x + side, y + side) for x, y in places], object)
    t = empty_table(len(shapes))
    t["id"], t["height_m"], t["ground_z_m"] = [f"building/{i}" for i in range(len(shapes))], 10.0, 0.0
    return Buildings(t, shapes, extrude(shapes, np.zeros(len(shapes)), np.full(len(shapes), 10.0)))


def squares(name: str, *places: tuple[float, float]) -> Features:
    shapes = np.array([shapely.box(x, y, x + 100, y + 100) for x, y in places], object)
    return Features(name, table(name, shapes), shapes)


def shown(city: City, view: str = "iso") -> np.ndarray:
    """Places of the content in the picture, as shares of its half width and half height."""
    scene = Scene()
    try:
        scene.set_city(city, shadows=False)
        scene.camera.aspect = SIZE
        scene.camera.view(view, animate=False)
        scene.size = SIZE
        window = hidden_window(SIZE)
        scene.attach(window)
        scene.prepare(SIZE)
        px = scene.project(content_of(city, scene.ground))[0]
    finally:
        scene.close()
    return px / (np.array(SIZE) / 2) - 1


def picture(city: City, view: str) -> np.ndarray:
    scene = Scene()
    try:
        scene.set_city(city)
        for layer in city_layers(city):
            scene.add(layer)
        window = hidden_window(SIZE)
        scene.attach(window)
        scene.camera.aspect = SIZE
        scene.camera.view(view, animate=False)
        scene.prepare(SIZE)
        window.Render()
        return pixels(window)
    finally:
        scene.close()


def test_that_of_two_towns_far_apart_the_larger_one_is_the_city() -> None:
    near = [(60.0 * i, 0.0) for i in range(5)]
    far = [(60.0 * i + 90_000, 70_000.0) for i in range(20)]
    city = City("Two", FRAME, houses(*near, *far))
    assert city.core_bounds == (90_000.0, 70_000.0, 91_160.0, 70_020.0)
    assert city.bounds[0] == 0.0


def test_that_villages_of_one_region_are_one_city() -> None:
    city = City("Region", FRAME, houses(*[(4_000.0 * i, 9_000.0 * k) for i in range(6) for k in range(4)]))
    assert city.core_bounds == city.buildings.bounds


def test_that_without_buildings_the_place_with_most_layers_is_the_city() -> None:
    layers = {f"zone {k}": squares(f"zone {k}", (200.0 * k, 0.0), (200.0 * k, 300.0)) for k in range(4)}
    layers["landuse"] = squares("landuse", *[(-9_000.0 + 100 * i, -9_000.0) for i in range(40)])
    assert City("Layers", FRAME, layers=layers).core_bounds == (0.0, 0.0, 700.0, 400.0)


@pytest.mark.parametrize("view", ["iso", "top", "north", "east"])
def test_that_every_building_of_a_small_city_is_in_the_picture_and_fills_it(view: str) -> None:
    city = City("Small", FRAME, houses((0, 0), (150, 20), (20, 260), (240, 300), (260, 40), side=40))
    seen = shown(city, view)
    assert np.abs(seen).max() < 1.0
    assert np.ptp(seen, axis=0).max() > 1.8, "as near as it fits"
    assert np.abs(seen.min(0) + seen.max(0)).max() < 0.1, "in the middle"


def test_that_a_city_that_fills_its_corners_is_not_cut() -> None:
    seen = shown(little_city(8))
    assert (np.abs(seen) < 1.0).all(1).mean() > 0.98
    assert seen[:, 1].max() < 1.0, "its tower neither"


@pytest.mark.parametrize("view", ["iso", "top", "west"])
def test_that_nothing_is_black_where_things_lie_far_from_the_terrain(view: str) -> None:
    grid = Grid.covering((-150_000.0, 40_000.0, -140_000.0, 50_000.0), 500.0)
    terrain = Terrain(grid, np.full(grid.shape, 3.0, np.float32), "far off")
    city = City("Apart", FRAME, terrain=terrain, layers={"zone": squares("zone", *[(150.0 * i, 80.0 * i) for i in range(30)])})
    assert (picture(city, view).max(-1) < 60).mean() < 0.02, "more than the words of the legend is black"


def test_that_the_plain_goes_on_below_all_that_is_there() -> None:
    city = little_city(4)
    far = replace(city, synthetic=False, layers={**city.layers, "zone": squares("zone", (80_000.0, 0.0))})
    apron = next(d for d in city_layers(far)[0].draw() if d.key == "terrain-beyond")
    assert apron.points[:, 0].max() > 80_100


def test_that_layers_that_are_left_out_keep_no_terrain(tmp_path: Path) -> None:
    def write(name: str, lon: float) -> None:
        ring = [[lon, 31.2], [lon + 0.01, 31.2], [lon + 0.01, 31.21], [lon, 31.21], [lon, 31.2]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        told = [{"type": "Feature", "properties": {"id": f"{name}{i}"}, "geometry": shape} for i in (1, 2)]
        (tmp_path / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": told}), "utf-8")

    write("a_zone", 121.5)
    write("b_zone", 112.0)  # 900 km west
    lines = ["ncols 60", "nrows 60", "xllcorner 111.99", "yllcorner 31.16", "cellsize 0.001", *["12 " * 60] * 60]
    (tmp_path / "ground.asc").write_text("\n".join(lines), "utf-8")
    (tmp_path / "ground.prj").write_text(CRS.from_epsg(4326).to_wkt("WKT1_ESRI"), "utf-8")
    city = open_city(tmp_path, use_cache=False)
    assert {"far_away", "raster_elsewhere"} <= {p.code for p in city.problems}
    assert city.terrain is None


def test_that_two_real_towns_open_on_the_one_with_more_buildings(data: Path) -> None:
    city = open_city(data / "osm_helsinki", use_cache=False)
    x0, y0, x1, y1 = city.core_bounds
    assert max(x1 - x0, y1 - y0) < 4_000
    seen = (np.abs(shown(city)) < 1.0).all(1)
    assert seen.mean() > 0.98
