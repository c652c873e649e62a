"""Measurements, viewsheds and hours of sun as layers and as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layers.drawing import Drape, Labels, Points, Surface
from layers.ground import Ground
from layers.measured import MeasuredLayer, Shape
from layers.section import SectionLayer
from layers.sight import SunHoursLayer, ViewshedLayer, seen_polygons, sun_layer
from tests.known_worlds import world
from twin.city.measured_files import Record, csv_of, write_grid, write_measurements
from twin.city.measuring import Value, measured
from twin.city.section import section
from twin.city.suns import Sun
from twin.city.viewshed import viewshed

BOXES = [(20, -10, 30, 10, 0, 12), (60, -30, 80, 30, 0, 40), (-90, -5, -80, 5, 0, 9)]


def test_that_a_viewshed_paints_only_what_faces_the_eye_and_is_free() -> None:
    city = world(None, BOXES)
    layer = ViewshedLayer(city, viewshed(city, (0.0, 0.0, 1.7), 120.0))
    drape, surface, eye = layer.draw()
    assert isinstance(drape, Drape)
    assert isinstance(surface, Surface)
    assert isinstance(eye, Points)
    middle = surface.points[surface.triangles].mean(1)
    of = surface.rows
    names = layer.table()["id"].tolist()
    assert [names[k] for k in np.unique(of)] == ["building/0", "building/1", "building/2"]
    assert (middle[of == 0][:, 0] < 20.3).all(), "the west wall of the first house alone"
    high = middle[of == 1]
    # Over the first house, 12 m high and 20 m away, the second is seen from 1.7 + 10.3 * 60 / 20 = 32.6 m on; beside it, all of it.
    behind = high[np.abs(high[:, 1]) < 20]
    assert behind[:, 2].min() > 30.0
    assert layer.table()["seen"].all()
    assert layer.faces_seen_m2 > 100
    y = layer.grid.rows // 2
    assert drape.rgba[y, y + 6, 3] > drape.rgba[y, y + 20, 3] > 0, "seen in front, veiled behind"
    assert {e.text for e in layer.legend().entries} == {"Seen", "Not seen", "Eye"}


def test_that_what_is_seen_comes_out_as_areas(tmp_path: Path) -> None:
    city = world(None, BOXES)
    v = viewshed(city, (0.0, 0.0, 1.7), 100.0, cell_m=1.0)
    areas = seen_polygons(v)
    assert sum(a.area for a in areas) == pytest.approx(v.ground_seen_m2)
    record = Record("Viewshed 1", "viewshed", v.eye[None], (Value("ground_seen", v.ground_seen_m2, "m2"),), areas=areas)
    path = write_measurements(tmp_path / "seen.gpkg", city, [record])
    import geopandas as gpd

    assert gpd.read_file(path, layer="seen").geometry.area.sum() == pytest.approx(v.ground_seen_m2)
    assert gpd.read_file(path, layer="points")["ground_seen_m2"].iloc[0] == pytest.approx(v.ground_seen_m2)
    tif = write_grid(tmp_path / "seen.tif", city, v.grid, v.seen.astype(np.uint8), 255)
    import rasterio

    with rasterio.open(tif) as found:
        assert found.crs.to_epsg() == 32651
        assert found.read(1)[::-1].sum() == v.seen.sum()
        assert found.bounds.left == pytest.approx(v.grid.x0)
        assert found.bounds.top == pytest.approx(v.grid.bounds[3])


def test_that_hours_of_sun_are_a_layer_with_means_of_buildings() -> None:
    city = world(None, [(-10, -10, 10, 10, 0, 20)])
    suns = [Sun(a, 35.0, 0.5) for a in np.linspace(95, 265, 20)]
    told: list[float] = []
    layer = sun_layer(city, (0.0, 0.0), 60.0, suns, 1.0, "sun:1", "Hours of sun", told.append)
    assert isinstance(layer, SunHoursLayer)
    drape, surface = layer.draw()
    assert isinstance(drape, Drape)
    assert told == sorted(told)
    assert layer.table()["roof_sun_h"].tolist() == [10.0]
    assert 0 < layer.table()["walls_sun_h"].iloc[0] < 10
    assert 5 < layer.ground_mean_h < 10
    assert layer.legend().high == 10
    assert layer.grid.rows == pytest.approx(120, abs=2), "only the middle is shown"
    north, south = (layer.grid.rows // 2 + k for k in (14, -14))
    assert layer.hours.surface[south, layer.grid.columns // 2] > layer.hours.surface[north, layer.grid.columns // 2]


def test_that_measurements_are_drawn_with_their_labels() -> None:
    ring = np.array([(0, 0, 1.0), (10, 0, 1.0), (10, 10, 1.0)])
    layer = MeasuredLayer(
        [
            Shape("distance-1", "Distance 1", "12.0 m", (5, 5, 1), ((ring[:2], ""),), (), ((ring[:2], ""),)),
            Shape("area-1", "Area 1", "50 m²", (6, 3, 1), ((ring, ""),), (ring,)),
        ]
    )
    drawn = {d.key: d for d in layer.draw()}
    labels = drawn["measured-labels"]
    assert isinstance(labels, Labels)
    assert labels.texts == ["12.0 m", "50 m²"]
    assert labels.always
    areas = drawn["measured-areas"]
    corners = areas.points[areas.triangles]
    twice = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]).sum()
    assert twice / 2 == pytest.approx(50)
    assert layer.bounds(np.array([1])) == (0, 10, 0, 10, 1, 1)


def test_that_a_table_of_measurements_names_value_unit_and_place() -> None:
    city = world(lambda x, y: 0 * x)
    m = measured(city, "distance", [(0, 0, 0), (30, 40, 0)])
    lines = csv_of(city, [Record("Distance 1", m.kind, m.points, m.values)]).splitlines()
    assert lines[0] == "measurement,kind,quantity,value,unit,note,geometry,crs"
    assert lines[1].startswith("Distance 1,distance,space,50,m,,")
    assert "LINESTRING Z" in lines[1]
    assert lines[1].endswith("EPSG:32651")


def test_that_a_section_is_marked_where_it_is_pointed_at() -> None:
    city = world(lambda x, y: 0.1 * x, BOXES)
    layer = SectionLayer(section(city, [(-100, 0), (100, 0)]), Ground.of(city))
    assert len(layer.draw()[1].points) == 2
    layer.mark(50.0)
    (pin,) = layer.draw()[1].points
    assert pin[:2] == pytest.approx((-50, 0), abs=1e-6)
    assert layer.nearest(-49.0, 8.0) == (pytest.approx(51, abs=0.6), pytest.approx(8, abs=0.1))


def test_that_the_water_of_a_profile_is_level_over_a_trough_and_follows_the_time() -> None:
    from layers.fields import WaterLayer
    from layers.section import water_along
    from tests.test_layers import Store
    from twin.city.terrain import Grid
    from twin.quantities import quantities
    from twin.scenario.events import Field

    city = world(lambda x, y: np.abs(x) / 10.0, half=100, cell_m=2.0)
    grid = Grid.covering((-100, -100, 100, 100), 2.0)
    x = np.broadcast_to(grid.x, grid.shape)

    def depth(level: float) -> Field:
        return Field("water_depth", "grid", np.maximum(level - np.abs(x) / 10.0, 0).astype(np.float32), grid)

    store = Store({"water_depth": {0.0: depth(0.0), 600.0: depth(4.0)}})
    layer = WaterLayer(city, Ground.of(city), store, quantities()["water_depth"])
    cut = section(city, [(-90, 1), (90, 1)])
    layer.set_time(0.0)
    assert np.isnan(water_along(layer, cut.ground)).all()
    layer.set_time(600.0)
    level = water_along(layer, cut.ground)
    wet = np.isfinite(level)
    assert level[wet] == pytest.approx(np.full(int(wet.sum()), 4.0), abs=0.12)
    along = cut.ground[wet, 0]
    assert (along.min(), along.max()) == (pytest.approx(-40, abs=2), pytest.approx(40, abs=2))
    layer.set_time(300.0)
    middle = np.abs(cut.ground[:, 0]) < 1.5
    assert water_along(layer, cut.ground)[middle] == pytest.approx(np.full(int(middle.sum()), 2.0), abs=0.2), "half as deep"


def test_that_a_pipe_is_met_at_its_depth_and_a_metro_at_its_own_height() -> None:
    import pandas as pd
    import shapely

    from twin.city.features import Features

    pipe = np.array([shapely.LineString([(10, -20), (10, 20)])], object)
    tube = np.array([shapely.LineString([(-30, -20, -14.0), (-30, 20, -16.0)])], object)
    city = world(lambda x, y: 2.0 + 0 * x).derived(
        layers={
            "pipes": Features("pipes", pd.DataFrame({"id": ["p"], "name": ["Main"], "depth_m": [1.5]}), pipe),
            "metro": Features("metro", pd.DataFrame({"id": ["m"], "name": ["Line 2"]}), tube),
        }
    )
    metro, main = section(city, [(-50, 0), (50, 0)]).crossings
    assert (metro.name, metro.at_m, metro.z) == ("Line 2", pytest.approx(20), pytest.approx(-15))
    assert (main.name, main.at_m, main.z) == ("Main", pytest.approx(60), pytest.approx(0.5))
