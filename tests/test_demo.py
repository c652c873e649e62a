"""The demonstration city keeps the promises that models and pictures rely on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components

from twin.city.city import City
from twin.city.demo import demo_city
from twin.errors import InputError
from twin.models.base import model_named
from twin.models.hazard.flood import Flood
from twin.models.hazard.flood_terrain import grid_for, ground_of
from twin.scenario.edits import apply_edits
from twin.scenario.scenario import load_scenario, ready_at

SIZE_KM2 = 2.0
LAYERS = {
    "water", "landuse", "green", "trees", "barriers", "pumps", "places", "bridges", "tunnels", "metro", "stations", "facilities", "masts",
    "metro_entrances", "sensors", "poi",
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return demo_city(SIZE_KM2, use_cache=False)


def test_that_the_same_size_gives_the_same_bits(city: City) -> None:
    assert demo_city(SIZE_KM2, use_cache=False).content_hash == city.content_hash


def test_that_the_cache_gives_back_the_same_city(city: City) -> None:
    assert demo_city(SIZE_KM2).content_hash == city.content_hash
    heard: list[str] = []
    again = demo_city(SIZE_KM2, progress=lambda stage, share: heard.append(stage))
    assert again.content_hash == city.content_hash
    assert heard == ["ready"], "nothing was built"


def test_that_it_says_it_is_synthetic(city: City) -> None:
    assert city.synthetic
    assert "ynthetic" in city.name
    assert "ynthetic" in city.attribution
    assert city.sources[0].licence == "CC0-1.0"
    assert city.frame.crs == "EPSG:32651"
    assert city.currency == "CNY"
    assert city.region == "asia"


def test_that_no_two_buildings_share_ground(city: City) -> None:
    assert overlap_m2(city) < 0.01


def overlap_m2(city: City) -> float:
    shapes = city.buildings.footprints
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return float(shapely.area(shapely.intersection(shapes[a[a < b]], shapes[b[a < b]])).sum())


def test_that_no_building_stands_in_water_or_on_a_carriageway(city: City) -> None:
    assert in_the_way(city) == (0, 0)


def in_the_way(city: City) -> tuple[int, int]:
    """Buildings that touch water, and pairs of a carriageway at ground level and a building on it."""
    shapes = city.buildings.footprints
    water = shapely.union_all(city.layers["water"].geometry)
    roads = city.networks["roads"]
    flat = ~roads.edges[["bridge", "tunnel"]].any(axis=1).to_numpy()
    lanes = shapely.buffer(roads.geometry[flat], roads.edges["width_m"].to_numpy()[flat] / 2, cap_style="flat")
    i, j = shapely.STRtree(shapes).query(lanes, predicate="intersects")
    covered = shapely.area(shapely.intersection(lanes[i], shapes[j]))
    return int(shapely.intersects(shapes, water).sum()), int((covered > 0.1).sum())


def test_that_every_column_of_every_building_is_filled(city: City) -> None:
    t = city.buildings.table
    assert not t.isna().any().any()
    assert t["id"].is_unique
    assert t["value"].gt(0).all()
    assert set(t["use"]) >= {"residential", "office", "commercial", "education", "health", "public"}
    assert city.people is not None
    assert city.people.shape == (24, len(t))
    night, noon = city.people[3].sum(), city.people[11].sum()
    office = (t["use"] == "office").to_numpy()
    assert city.people[11, office].sum() > 10 * city.people[3, office].sum()
    assert night > 0
    assert noon > 0


def test_that_bodies_stand_on_their_ground_and_reach_their_height(city: City) -> None:
    mesh, t = city.buildings.mesh, city.buildings.table
    corners = mesh.points[mesh.triangles]
    low, high = np.full(len(t), np.inf), np.full(len(t), -np.inf)
    np.minimum.at(low, mesh.object, corners[:, :, 2].min(1))
    np.maximum.at(high, mesh.object, corners[:, :, 2].max(1))
    np.testing.assert_allclose(low, t["ground_z_m"], atol=1e-6)
    np.testing.assert_allclose(high, t["ground_z_m"] + t["height_m"], atol=1e-6)
    foot = np.column_stack([shapely.get_coordinates(shapely.centroid(city.buildings.footprints)), low])
    about = corners - foot[mesh.object][:, None]
    volume = np.bincount(mesh.object, np.einsum("ij,ij->i", about[:, 0], np.cross(about[:, 1], about[:, 2])) / 6, len(t))
    assert (volume > 0).all(), "walls look outwards"
    assert t["height_m"].max() == pytest.approx(630.0)


def test_that_every_street_can_be_reached_from_every_other(city: City) -> None:
    roads = city.networks["roads"]
    count, _ = connected_components(roads.matrix(roads.edges["length_m"].to_numpy()), directed=True, connection="strong")
    assert count == 1
    assert set(roads.edges["class"]) >= {"primary", "secondary", "tertiary", "residential"}
    assert roads.edges["oneway"].any()


@pytest.mark.parametrize("kind", ["roads", "metro", "power", "water", "drainage"])
def test_that_lines_begin_and_end_at_their_nodes(city: City, kind: str) -> None:
    network = city.networks[kind]
    xy = network.nodes[["x", "y"]].to_numpy(float)
    assert len(network.edges) == len(network.geometry) > 0
    for column, at in (("start", 0), ("end", -1)):
        gap = shapely.get_coordinates(shapely.get_point(network.geometry, at)) - xy[network.edges[column]]
        assert np.hypot(*gap.T).max() < 0.5


def test_that_crossing_streets_share_a_node(city: City) -> None:
    roads = city.networks["roads"]
    flat = roads.geometry[~roads.edges[["bridge", "tunnel"]].any(axis=1).to_numpy()]
    a, b = shapely.STRtree(flat).query(flat, predicate="crosses")
    assert len(a) == 0


def test_that_drains_lead_to_an_outfall_and_feeders_to_a_substation(city: City) -> None:
    for kind, sink in (("drainage", "outfall"), ("power", "substation")):
        network = city.networks[kind]
        part = network.islands()
        served = np.unique(part[(network.nodes["kind"] == sink).to_numpy()])
        assert np.isin(part, served).all()


def test_that_all_layers_are_there_with_unique_ids(city: City) -> None:
    assert set(city.layers) == LAYERS
    for name, layer in city.layers.items():
        assert layer.table["id"].is_unique, name
        assert layer.table["id"].str.contains("/").all(), name
        assert {"name", "kind"} <= set(layer.table), name
        assert shapely.is_valid(layer.geometry).all(), name
        assert len(layer.table) == len(layer.geometry), name


def test_that_rescue_and_gauges_are_there(city: City) -> None:
    facilities = city.layers["facilities"].table
    wanted = {"hospital", "school", "fire_station", "ambulance_station", "police", "shelter", "pumping_station", "substation"}
    assert wanted <= set(facilities["kind"])
    assert facilities["capacity"].gt(0).all()
    sensors = city.layers["sensors"].table
    assert set(sensors["kind"]) == {"rain_gauge", "river_gauge", "air_quality", "traffic_counter"}
    assert sensors["topic"].is_unique
    gauges = sensors["kind"] == "river_gauge"
    assert (sensors.loc[gauges, "alarm_m"] > sensors.loc[gauges, "warning_m"]).all()


def test_that_river_lies_below_its_banks_and_walls_above_the_water(city: City) -> None:
    assert city.terrain is not None
    assert np.isfinite(city.terrain.elevation).all()
    water = city.layers["water"]
    for shape, level in zip(water.geometry, water.table["level_m"], strict=True):
        inner = shapely.buffer(shape, -8.0)
        point = shapely.point_on_surface(inner)
        assert city.ground_z(point.x, point.y) < level
    river = float(water.table.loc[water.table["kind"] == "river", "level_m"].iloc[0])
    assert (city.layers["barriers"].table["crest_z_m"] > river + 1.0).all()


def test_that_underpasses_lie_lower_than_the_streets_beside_them(city: City) -> None:
    roads = city.networks["roads"]
    flat = ~roads.edges[["bridge", "tunnel"]].any(axis=1).to_numpy()
    middle = shapely.get_coordinates(shapely.line_interpolate_point(roads.geometry[flat], 0.5, normalized=True))
    ends = roads.nodes["z"].to_numpy()[roads.edges.loc[flat, ["start", "end"]].to_numpy()].min(1)
    assert (ends - city.ground_z(*middle.T)).max() > 1.5


def test_that_a_rising_river_leaves_the_lakes_of_the_parks_where_they_are(city: City) -> None:
    grid = grid_for(city, 10.0)
    calm, high = (ground_of(city, grid, {**Flood.defaults(), "river_rise_m": rise}) for rise in (0.0, 2.9))
    lakes = city.layers["water"].geometry[(city.layers["water"].table["kind"] == "lake").to_numpy()]
    rise = high.level - calm.level
    x, y = np.meshgrid(grid.x, grid.y)
    wet = np.isfinite(rise)
    in_lake = shapely.contains_xy(shapely.union_all(lakes), x, y) & wet
    in_river = shapely.contains_xy(city.layers["water"].geometry[0], x, y) & wet
    assert in_lake.any()
    np.testing.assert_allclose(rise[in_lake], 0.0)
    np.testing.assert_allclose(rise[in_river], 2.9, atol=1e-6)


@pytest.mark.parametrize("size", [0.1, 999.0, float("nan")])
def test_that_an_impossible_size_is_refused(size: float) -> None:
    with pytest.raises(InputError):
        demo_city(size)


SCENARIOS = list(ready_at().values())


def test_that_there_is_a_cloudburst_with_a_measure_to_compare() -> None:
    scenarios = {s.scenario.name: s for s in map(load_scenario, SCENARIOS)}
    assert set(scenarios) == {p.stem for p in SCENARIOS}, "a file is named like its scenario"
    assert "cloudburst-100y" in scenarios
    children = [s for s in scenarios.values() if s.scenario.parent == "cloudburst-100y"]
    assert any({e.kind for e in s.edit} == {"barrier", "pump"} for s in children)
    for s in scenarios.values():
        assert s.scenario.parent in ("", *scenarios)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_that_a_ready_scenario_fits_the_demonstration_city(path: Path, city: City) -> None:
    scenario = load_scenario(path)
    assert "invented" in scenario.scenario.notes
    assert scenario.scenario.crs == city.frame.crs
    for hazard in scenario.hazard:
        model_named(hazard.model).checked(hazard.params)
    shapes = np.array([shapely.from_wkt(e.geometry) for e in scenario.edit if e.geometry], object)
    x0, y0, x1, y1 = shapely.bounds(city.frame.geometry_to_local(shapes, scenario.scenario.crs)).T
    assert (np.abs([x0, y0, x1, y1]) < 2500.0).all(), "within the city of 25 km2"


@pytest.mark.slow
def test_that_the_whole_city_is_as_large_as_promised() -> None:
    whole = demo_city(25.0, use_cache=False)
    assert 11_000 <= len(whole.buildings) <= 13_500
    t = whole.buildings.table
    assert 30 <= int((t["height_m"] > 150).sum()) <= 80, "a few dozen towers"
    assert overlap_m2(whole) < 0.01
    assert in_the_way(whole) == (0, 0)
    assert len(np.unique(whole.networks["roads"].islands())) == 1
    assert 4 <= whole.networks["metro"].edges["line"].nunique() <= 6
    for path in SCENARIOS:
        scenario = load_scenario(path)
        for edit, kind in (("barrier", "barriers"), ("pump", "pumps")):
            more = len(apply_edits(whole, scenario).layers[kind]) - len(whole.layers[kind])
            assert more == sum(e.kind == edit for e in scenario.edit), path.stem
    low = whole.ground_z(-1560.0, -900.0)
    assert low < float(np.median(t["ground_z_m"])), "the old town lies low"


def test_that_metro_entrances_stand_on_pavements_and_lead_to_stations(city: City) -> None:
    doors, roads = city.layers["metro_entrances"], city.networks["roads"]
    assert set(doors.table["station"]) <= set(city.layers["stations"].table["id"])
    assert doors.table["sill_m"].between(0.1, 0.5).all()
    assert not len(shapely.STRtree(city.buildings.footprints).query(doors.geometry, "intersects")[0])
    lane = shapely.buffer(roads.geometry, roads.edges["width_m"].to_numpy(float) / 2)
    level = ~roads.edges[["bridge", "tunnel"]].any(axis=1).to_numpy()
    inside = shapely.STRtree(lane[level]).query(doors.geometry, "within")[0]
    assert len(np.unique(inside)) < 0.2 * len(doors)  # at a crossing a pavement may lie in the other street
