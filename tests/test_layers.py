"""What can be drawn: plain arrays, on the ground, in place."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from layers.buildings import BuildingsLayer
from layers.catalogue import city_layers
from layers.difference import DifferenceLayer, difference_layer
from layers.drawing import Drape, Glyphs, Labels, Points, Surface
from layers.ground import Ground
from layers.light import Light, cast_shadows
from layers.results import result_layers
from layers.shapes import draped_polygons, polylines, ribbons, triangulated, wall
from layers.sunlight import sun_light
from tests.little_city import little_city
from twin.city.city import City
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame
from twin.scenario.events import Field


class Store:
    """A FieldStore of arrays: quantity -> time -> Field."""

    def __init__(self, fields: dict[str, dict[float, Field]]) -> None:
        self._fields = fields
        self.times = sorted({t for series in fields.values() for t in series})

    def quantities(self) -> list[str]:
        return list(self._fields)

    def at(self, quantity: str, time_s: float | None = None) -> Field | None:
        series = self._fields.get(quantity)
        if not series:
            return None
        before = [t for t in series if time_s is None or t <= time_s + 1e-6]
        return series[max(before) if before else min(series)]


@pytest.fixture(scope="module")
def city() -> City:
    return little_city()


@pytest.fixture(scope="module")
def store(city: City) -> Store:
    grid = Grid.covering((-300, -300, 300, 300), 10.0)
    x, y = np.meshgrid(grid.x, grid.y)
    pond = np.clip(1.0 - np.hypot(x, y) / 150, 0, None).astype(np.float32)
    pond[28:32, 28:32] = np.nan  # a house
    n, roads = len(city.buildings), len(city.networks["roads"].edges)
    damage = np.zeros(n, np.float32)
    damage[:10] = 0.4
    state = np.zeros(roads, np.int32)
    state[3] = 2
    return Store(
        {
            "water_depth": {0.0: Field("water_depth", "grid", pond * 0, grid), 600.0: Field("water_depth", "grid", pond, grid)},
            "water_arrival": {600.0: Field("water_arrival", "grid", np.where(pond > 0, 300, np.nan).astype(np.float32), grid)},
            "building_damage": {600.0: Field("building_damage", "building", damage)},
            "road_state": {600.0: Field("road_state", "edge:roads", state)},
        }
    )


def by_id(layers: list, id: str):
    return next(x for x in layers if x.id == id)


def test_that_layers_know_neither_qt_nor_vtk() -> None:
    code = (
        "import sys, layers.catalogue, layers.results, layers.difference\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('PySide6', 'vtkmodules', 'vtk', 'pyvista')]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_that_every_part_of_a_city_has_a_layer_with_its_own_id(city: City) -> None:
    layers = city_layers(city)
    ids = [x.id for x in layers]
    assert len(ids) == len(set(ids))
    assert {"terrain", "water", "green", "trees", "facilities", "barriers", "places", "roads", "buildings", "tower-names"} <= set(ids)


def test_that_every_drawing_is_whole_and_finite(city: City) -> None:
    for layer in city_layers(city):
        for d in layer.draw():
            if isinstance(d, Surface):
                assert np.isfinite(d.points).all(), layer.id
                assert d.triangles.min() >= 0
                assert d.triangles.max() < len(d.points)
                assert d.colors.shape == (len(d.triangles), 4)
                assert d.colors.dtype == np.uint8
                assert len(d.rows) == len(d.triangles)
                assert d.rows.max(initial=-1) < max(1, len(layer.table()))
            elif isinstance(d, (Points, Glyphs)):
                assert len(d.points) == len(d.rows) == len(d.colors)
            elif isinstance(d, Labels):
                assert len(d.points) == len(d.texts) == len(d.priority)


def test_that_pipes_of_the_same_name_do_not_hide_the_river(city: City) -> None:
    pipes = replace(city.networks["roads"], kind="water")
    layers = city_layers(city.derived(networks={**city.networks, "water": pipes}))
    assert {"water", "network-water"} <= {x.id for x in layers}


def test_that_a_second_layer_of_a_kind_looks_like_the_first(city: City) -> None:
    roads = city.networks["roads"]
    twice = city.derived(layers={**city.layers, "water 2": city.layers["water"]}, networks={**city.networks, "roads 2": roads})
    layers = {layer.id: layer for layer in city_layers(twice)}
    assert layers["water 2"].title == "Water 2"
    assert layers["water 2"].style == layers["water"].style
    assert (layers["roads"].title, layers["roads 2"].title) == ("Roads", "Roads 2")


def test_that_an_empty_city_still_has_a_ground() -> None:
    layers = city_layers(City("Nowhere", LocalFrame(None)))
    assert [x.id for x in layers] == ["terrain"]
    surface = layers[0].draw()[0]
    assert isinstance(surface, Surface)
    assert np.isfinite(surface.points).all()


def test_that_the_drawn_ground_follows_the_terrain(city: City) -> None:
    ground = Ground.of(city)
    x = np.linspace(-300, 300, 50)
    assert np.abs(ground.height(x, x * 0.5) - city.ground_z(x, x * 0.5)).max() < 0.1
    grid = Grid.covering((-200, -200, 200, 200), 7.0)
    assert np.abs(ground.on(grid) - ground.height(*np.meshgrid(grid.x, grid.y))).max() < 0.05


def test_that_holes_in_the_terrain_are_filled_from_their_neighbours(city: City) -> None:
    assert city.terrain is not None
    holed = city.terrain.elevation.copy()
    holed[10:20, 10:20] = np.nan
    ground = Ground.of(city.derived(terrain=replace(city.terrain, elevation=holed)))
    assert ground.z is not None
    assert np.isfinite(ground.z).all()


def test_that_areas_keep_their_area_and_their_holes() -> None:
    shape = shapely.Polygon([(0, 0), (100, 0), (100, 80), (0, 80)], [[(20, 20), (40, 20), (40, 40), (20, 40)]])
    points, triangles, rows = triangulated(np.array([shape], object))
    a, b, c = (points[triangles[:, i], :2] for i in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert (doubled >= 0).all()
    assert doubled.sum() / 2 == pytest.approx(shape.area)
    assert (rows == 0).all()


def test_that_draped_areas_lie_on_uneven_ground(city: City) -> None:
    ground = Ground.of(city)
    field = shapely.box(-300, -100, 300, 300)
    points, triangles, _ = draped_polygons(np.array([field], object), ground)
    middle = points[triangles].mean(1)
    assert np.abs(middle[:, 2] - ground.height(middle[:, 0], middle[:, 1])).max() < 0.35
    a, b, c = (points[triangles[:, i], :2] for i in range(3))
    area = np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])).sum() / 2
    assert area == pytest.approx(field.area, rel=1e-6)


def test_that_a_shape_of_many_corners_is_cut_whole_and_with_its_holes(city: City) -> None:
    x0, y0, x1, y1 = city.bounds
    teeth = np.linspace(x0, x1, 4001)[1:-1]
    comb = np.column_stack([teeth, np.where(np.arange(len(teeth)) % 2, y0 + 1.0, y0 + (y1 - y0) * 0.8)])
    hole = shapely.box(x0 + 5, y1 - 9, x0 + 9, y1 - 5)
    shape = shapely.Polygon([*comb, (x1, y1), (x0, y1)]).difference(hole)
    points, triangles, rows = draped_polygons(np.array([shape], object), Ground.of(city))
    flat = points[triangles][..., :2]
    side, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    assert np.abs(side[:, 0] * other[:, 1] - side[:, 1] * other[:, 0]).sum() / 2 == pytest.approx(shape.area, rel=1e-6)
    assert (rows == 0).all()


def test_that_a_lake_lies_flat_at_its_level(city: City) -> None:
    lake = np.array([shapely.Point(0, 0).buffer(80)], object)
    points, _, _ = draped_polygons(lake, Ground.of(city), level=np.array([9.5]))
    assert np.allclose(points[:, 2], 9.5)


def test_that_a_ribbon_is_as_wide_as_its_road_and_lines_without_length_vanish() -> None:
    flat = Ground(None, None)
    lines = np.array([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(5, 5), (5, 5)]), shapely.LineString()], object)
    points, offsets, rows = polylines(lines, flat)
    assert rows.tolist() == [0]
    p, triangles, line = ribbons(points, offsets, np.array([8.0]))
    assert np.ptp(p[:, 1]) == pytest.approx(8.0)
    assert np.ptp(p[:, 0]) == pytest.approx(108.0)  # ends reach half a width further
    assert len(triangles) == 2
    assert (line == 0).all()


def test_that_a_bridge_keeps_its_height_and_a_street_does_not() -> None:
    flat = Ground(None, None, 2.0)
    lines = np.array([shapely.LineString([(0, 0, 12), (50, 0, 12)]), shapely.LineString([(0, 9, 0), (50, 9, 0)])], object)
    points, offsets, _ = polylines(lines, flat, lift_m=0.1)
    assert points[: offsets[1], 2].tolist() == [12.0, 12.0]
    assert points[offsets[1] :, 2] == pytest.approx([2.1, 2.1])


def test_that_a_flood_wall_stands_up_to_its_crest() -> None:
    points = np.array([[0.0, 0, 1], [50, 0, 1]])
    p, _, _ = wall(points, np.array([0, 2]), np.array([4.6, 4.6]))
    assert p[:, 2].max() == pytest.approx(4.6)
    assert p[:, 2].min() == pytest.approx(1.0)


def test_that_a_new_style_changes_colours_and_no_geometry(city: City) -> None:
    layer = BuildingsLayer(city)
    before = layer.draw()[0]
    layer.style = replace(layer.style, kind="graduated", field="height_m", palette="batlow", low=0, high=200)
    after = layer.draw()[0]
    assert isinstance(before, Surface)
    assert isinstance(after, Surface)
    assert after.version > before.version
    assert after.geometry_version == before.geometry_version
    assert after.points is before.points
    assert after.triangles is before.triangles
    assert (after.colors != before.colors).any()


def test_that_buildings_differ_a_little_and_stay_warm_grey(city: City) -> None:
    rgb = BuildingsLayer(city).row_colors()[:, :3].astype(int)
    assert len(np.unique(rgb, axis=0)) > 50
    assert np.ptp(rgb, axis=1).max() < 70


def test_that_colours_come_by_any_attribute_also_by_words(city: City) -> None:
    layer = BuildingsLayer(city)
    layer.style = replace(layer.style, kind="categorised", field="use", categories=(("office", "#ff0000"),))
    colors = layer.row_colors()
    office = (city.buildings.table["use"] == "office").to_numpy()
    assert (colors[office, 0] == 255).all()
    assert (colors[~office, 0] < 255).all()


def test_that_the_inspector_gets_the_attributes_of_the_source(city: City) -> None:
    assert BuildingsLayer(city).attributes(0)["name"] == "Lantern Tower"


def test_that_water_lies_on_its_bed_and_has_holes_where_it_is_dry(city: City, store: Store) -> None:
    water = by_id(result_layers(city, store), "water_depth")
    water.set_time(600.0)
    (drape,) = water.draw()
    assert isinstance(drape, Drape)
    assert drape.material == "water"
    middle = (drape.grid.rows // 2 + 5, drape.grid.columns // 2 + 5)
    depth = store.at("water_depth", 600.0).array[middle]
    bed = Ground.of(city).on(drape.grid)[middle]
    assert drape.z[middle] == pytest.approx(bed + depth, abs=0.25)
    assert np.isnan(drape.z[0, 0])
    assert drape.rgba[0, 0, 3] == 0
    assert drape.rgba[..., 3][middle] > 127


def test_that_water_reaches_into_houses_so_that_their_walls_stand_in_it(city: City, store: Store) -> None:
    water = by_id(result_layers(city, store), "water_depth")
    water.set_time(600.0)
    (drape,) = water.draw()
    assert np.isnan(store.at("water_depth", 600.0).array[28, 28])
    assert drape.rgba[28, 28, 3] > 127


def test_that_water_rises_smoothly_between_the_moments_that_are_kept(city: City, store: Store) -> None:
    water = by_id(result_layers(city, store), "water_depth")
    depth = []
    for t in (0.0, 300.0, 600.0):
        water.set_time(t)
        depth.append(np.nanmax(water.field()[1]))
    assert depth[0] == 0
    assert depth[1] == pytest.approx(depth[2] / 2)


def test_that_time_which_changes_nothing_asks_for_no_picture(city: City, store: Store) -> None:
    said: list[str] = []
    layers = result_layers(city, store)
    water, arrival = by_id(layers, "water_depth"), by_id(layers, "water_arrival")
    water.set_time(600.0)
    water.changed.connect(said.append)
    arrival.changed.connect(said.append)
    water.set_time(600.5)
    arrival.set_time(10.0)
    assert said == []
    water.set_time(300.0)
    assert said == ["data"]


def test_that_arrival_is_read_in_minutes(city: City, store: Store) -> None:
    arrival = by_id(result_layers(city, store), "water_arrival")
    assert arrival.legend().unit == "min"
    assert np.nanmax(arrival.field()[1]) == pytest.approx(5.0)


def test_that_only_damaged_buildings_and_closed_roads_are_drawn_over_the_city(city: City, store: Store) -> None:
    layers = result_layers(city, store)
    (damage,) = by_id(layers, "building_damage").draw()
    assert set(np.unique(damage.rows)) == set(range(10))
    roads = by_id(layers, "road_state")
    (drawn,) = roads.draw()
    assert set(np.unique(drawn.rows)) == {3}
    assert roads.table()["road_state"][3] == "impassable"
    assert [e.text for e in roads.legend().entries] == ["open", "slowed", "impassable"]


def test_that_a_difference_is_symmetric_about_zero_and_silent_where_nothing_changed(city: City) -> None:
    grid = Grid.covering((-100, -100, 100, 100), 10.0)
    change = np.zeros(grid.shape, np.float32)
    change[5, 5], change[12, 12] = -0.7, 0.3
    layer = difference_layer(city, Field("water_depth_max", "grid", change, grid))
    assert isinstance(layer, DifferenceLayer)
    assert layer.style.low == -layer.style.high
    (drape,) = layer.draw()
    assert drape.rgba[0, 0, 3] == 0
    less, more = drape.rgba[5, 5].astype(int), drape.rgba[12, 12].astype(int)
    assert less[2] > less[0]  # blue for less
    assert more[0] > more[2]  # brown for more


def test_that_differences_on_buildings_show_gains_and_losses(city: City) -> None:
    change = np.zeros(len(city.buildings), np.float32)
    change[2], change[3] = -0.2, 0.2
    (surface,) = difference_layer(city, Field("building_damage", "building", change)).draw()
    assert set(np.unique(surface.rows)) == {2, 3}


def test_that_the_sun_stands_in_the_south_at_noon_and_low_in_the_evening() -> None:
    noon = sun_light(121.5, 31.2, datetime(2026, 6, 21, 4, 0, tzinfo=UTC))  # 12:00 in Shanghai
    assert noon.elevation == pytest.approx(82.0, abs=1.0)  # 90 - 31.2 + 23.4, nearly culminating
    assert 90 < noon.azimuth < 270
    evening = sun_light(121.5, 31.2, datetime(2026, 6, 21, 10, 30, tzinfo=UTC))
    assert 0 < evening.elevation < 10
    assert 285 < evening.azimuth < 305


def test_that_shadows_fall_away_from_the_sun(city: City) -> None:
    shadows = cast_shadows(city, Ground.of(city), Light(azimuth=180.0, elevation=45.0))
    assert shadows is not None
    up = np.array([[0, 0, 1.0]], np.float32)
    tower = np.array([-10.0, -10.0])
    north, south = np.array([[*(tower + (0, 120)), 5.0]]), np.array([[*(tower - (0, 500)), 5.0]])
    assert shadows.lit(north, up)[0] < 0.1
    assert shadows.lit(south, up)[0] > 0.9


def test_that_a_city_without_buildings_has_no_shadows() -> None:
    assert cast_shadows(City("Nowhere", LocalFrame(None)), Ground(None, None), Light()) is None


def test_that_buildings_beyond_the_terrain_stand_on_the_ground_that_is_drawn(city: City) -> None:
    grid = Grid.covering((-7_000.0, -7_000.0, -5_000.0, -5_000.0), 50.0)
    hills = Terrain(grid, np.full(grid.shape, 180.0, np.float32), "a hill elsewhere")
    ground = Ground.of(replace(city, terrain=hills))
    assert ground.level == pytest.approx(3.0)  # of the houses
    assert ground.height(0.0, 0.0) == pytest.approx(3.0)
    assert ground.height(-6_000.0, -6_000.0) == pytest.approx(180.0)
    assert -0.5 < ground.on(Grid(-50.0, -50.0, 10.0, 10, 10)).min() - 3.0 < 0.5


def test_that_low_ground_is_not_of_the_colour_of_water(city: City) -> None:
    terrain = next(x for x in city_layers(city) if x.id == "terrain")
    drape = next(d for d in terrain.draw() if isinstance(d, Drape))
    red, _, blue = (drape.rgba[..., k].astype(int) for k in range(3))
    assert (red - blue).min() > 12, "earth, not sea"
    low = terrain.legend().colors[0]
    assert int(low[1:3], 16) - int(low[5:7], 16) > 12
