"""Import doctor: each defect made here is found, a clean city is silent, a repair mends it and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City, Source
from twin.city.doctor import CHECKS, REPAIRS, asked, examined, repaired
from twin.city.doctor import words as said
from twin.city.doctor.proposals import is_swapped, outside_km
from twin.city.doctor.report import Verdict, as_json, html, repair_words, row_of
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.lines import network_of
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.network import Network
from twin.city.recipe import open_city, read_recipe, recipe_of, recipe_toml, reopened, with_source_changed
from twin.city.terrain import Grid, Terrain
from twin.errors import InputError, Problem
from twin.frame import LocalFrame

GROUND_M = 5.0


def buildings_of(shapes: list[Any], heights: list[float], base: list[float] | None = None, **columns: Any) -> Buildings:
    """Solids with their own surfaces on the ground."""
    n = len(shapes)
    array = np.empty(n, object)
    array[:] = shapes
    table = empty_table(n)
    table["id"] = [f"building/{i}" for i in range(n)]
    table["height_m"], table["ground_z_m"], table["height_source"] = heights, base or [GROUND_M] * n, "solid"
    table["source"], table["use"] = "houses", "residential"
    for name, values in columns.items():
        table[name] = values
    z = np.array(base or [GROUND_M] * n, float)
    mesh = extrude(array, z, z + np.nan_to_num(np.array(heights, float)))
    return Buildings(table, array, mesh, pd.DataFrame({"source_id": [str(i) for i in range(n)]}))


def row_of_houses(count: int = 12) -> list[Any]:
    return [shapely.box(20 * i, 0, 20 * i + 12, 10) for i in range(count)]


def roads(*lines: list[tuple[float, float]], **columns: Any) -> Network:
    shapes = np.array([shapely.LineString(line) for line in lines], object)
    edges = pd.DataFrame({"id": [f"road/{i}" for i in range(len(lines))], "oneway": False, "class": "residential", "speed_kmh": 30.0})
    for name, values in {"bridge": False, "tunnel": False, "drivable": True, **columns}.items():
        edges[name] = values
    return network_of("roads", shapes, edges, "streets")


def clean_city(buildings: Buildings | None = None, network: Network | None = None, **parts: Any) -> City:
    grid = Grid.covering((-300.0, -300.0, 600.0, 300.0), 5.0)
    terrain = Terrain(grid, np.full(grid.shape, GROUND_M, np.float32), "flat")
    houses = buildings or buildings_of(row_of_houses(), [9.0 + i % 3 for i in range(12)])
    streets = network or roads([(-10, -10), (120, -10)], [(120, -10), (260, -10)], [(120, -10), (120, -80)])
    people = np.tile(np.arange(1.0, len(houses) + 1, dtype=np.float32), (24, 1))
    frame = LocalFrame("EPSG:32651", (350000.0, 3456000.0), "EPSG:5737")
    city = City("Clean", frame, houses, terrain, {"roads": streets}, people=people, sources=(Source("houses"), Source("streets")))
    return city.derived(**parts) if parts else city


def codes(city: City) -> dict[str, int]:
    return {p.code: p.count for p in examined(city).problems}


def test_that_a_clean_city_is_silent() -> None:
    assert codes(clean_city()) == {}


# one defect each: the city, the code, how often, the repair (or none)
def _double() -> City:
    shapes = [*row_of_houses(), shapely.box(0.1, 0, 12.1, 10)]
    return clean_city(buildings_of(shapes, [9.0] * 13, source=["houses"] * 12 + ["other"]))


def _double_id() -> City:
    shapes = [*row_of_houses(), shapely.box(0, 0, 12, 10)]
    return clean_city(buildings_of(shapes, [9.0] * 13, id=[f"building/{i}" for i in range(12)] + ["building/0#2"]))


def _double_building() -> City:
    return clean_city(buildings_of([*row_of_houses(), shapely.box(0, 0, 12, 10.2)], [9.0] * 13))


def _cut() -> City:
    shapes = [*row_of_houses(), shapely.box(12, 0, 18, 10)]
    return clean_city(buildings_of(shapes, [9.0] * 13, id=[f"building/{i}" for i in range(12)] + ["building/0#2"]))


def _sliver() -> City:
    return clean_city(buildings_of([*row_of_houses(), shapely.box(-40, 0, -39.9, 30)], [9.0] * 13))


def _impossible() -> City:
    houses = buildings_of(row_of_houses(), [9.0] * 12)
    table = houses.table.copy()
    table.loc[2, "height_m"], table.loc[5, "height_m"] = -4.0, 9000.0
    return clean_city(replace(houses, table=table))


def _feet() -> City:
    heights = [10.0 * (2 + i % 4) for i in range(12)]
    return clean_city(buildings_of(row_of_houses(), heights, storeys=[2.0 + i % 4 for i in range(12)]))


def _floating() -> City:
    return clean_city(buildings_of(row_of_houses(), [9.0] * 12, [GROUND_M] * 11 + [GROUND_M + 4]))


def _buried() -> City:
    return clean_city(buildings_of(row_of_houses(), [9.0] * 12, [GROUND_M] * 11 + [GROUND_M - 8]))


def _shifted() -> City:
    return clean_city(buildings_of(row_of_houses(), [9.0] * 12, [GROUND_M + 43.5] * 12))


def _outlier() -> City:
    return clean_city(buildings_of([*row_of_houses(), shapely.box(-350_000, 0, -349_990, 10)], [9.0] * 13))


def _without_floor(row: int = 3) -> City:
    houses = buildings_of(row_of_houses(), [9.0] * 12)
    mesh = houses.mesh
    keep = ~((mesh.object == row) & (mesh.surface == SurfaceClass.GROUND))
    return clean_city(replace(houses, mesh=mesh.part(np.flatnonzero(keep), mesh.object[keep])))


def _without_wall() -> City:
    houses = buildings_of(row_of_houses(), [9.0] * 12)
    mesh = houses.mesh
    wall = np.flatnonzero((mesh.object == 3) & (mesh.surface == SurfaceClass.WALL))[:1]
    keep = np.setdiff1d(np.arange(len(mesh)), wall)
    return clean_city(replace(houses, mesh=mesh.part(keep, mesh.object[keep])))


def _turned(rows: list[int], some: bool) -> City:
    houses = buildings_of(row_of_houses(), [9.0] * 12)
    triangles = houses.mesh.triangles.copy()
    mine = np.isin(houses.mesh.object, rows)
    if some:
        mine &= houses.mesh.surface == SurfaceClass.WALL
        mine[np.flatnonzero(mine)[2:]] = False
    triangles[mine] = triangles[mine][:, ::-1]
    return clean_city(replace(houses, mesh=replace(houses.mesh, triangles=triangles)))


def _gap() -> City:
    return clean_city(network=roads([(-10, -10), (120, -10)], [(120, -10), (260, -10)], [(60, -10.2), (60, -80)]))


def _crossing() -> City:
    return clean_city(network=roads([(-10, -10), (260, -10)], [(60, 5), (60, -80)], [(-10, -10), (-10, -80)], [(-10, -80), (60, -80)]))


def _empty_layer() -> City:
    return clean_city(layers={"trees": Features("trees", pd.DataFrame({"id": [], "name": [], "kind": []}), np.empty(0, object))})


DEFECTS: dict[str, tuple[Callable[[], City], int, str]] = {
    "double_source": (_double, 1, "drop_doubles"),
    "double_id": (_double_id, 1, "drop_doubles"),
    "double_building": (_double_building, 1, "drop_doubles"),
    "cut_at_border": (_cut, 1, "merge_by_id"),
    "sliver": (_sliver, 1, "drop_slivers"),
    "impossible_height": (_impossible, 2, "usual_heights"),
    "heights_in_feet": (_feet, 12, "feet_to_metres"),
    "floating": (_floating, 1, "put_on_ground"),
    "buried": (_buried, 1, "put_on_ground"),
    "height_datum": (_shifted, 12, "put_on_ground"),
    "outlier": (_outlier, 1, "drop_outliers"),
    "no_floor": (_without_floor, 1, "close_floors"),
    "turned_faces": (lambda: _turned([3], some=True), 1, "turn_faces"),
    "inside_out": (lambda: _turned([3, 7], some=False), 2, "turn_faces"),
    "network_gap": (_gap, 1, "join_ends"),
    "crossing": (_crossing, 1, "node_crossings"),
    "no_features": (_empty_layer, 1, "drop_empty_layers"),
}


@pytest.mark.parametrize("code", DEFECTS)
def test_that_a_defect_is_found_with_examples_and_the_repair_mends_it(code: str) -> None:
    make, count, repair = DEFECTS[code]
    city = make()
    before = city.content_hash
    found = examined(city)
    problem = next(p for p in found.problems if p.code == code)
    assert (problem.count, problem.repair) == (count, repair)
    assert problem.examples
    assert repair in asked(found)
    mended = examined(repaired(found, [repair]))
    assert code not in {p.code for p in mended.problems}
    assert mended.repairs == (repair,)
    assert city.content_hash == before  # a city never changes: undo is to show it again
    assert repaired(mended, [repair]).repairs == (repair,)  # nothing is left to do
    assert repaired(mended, [repair]).buildings is mended.buildings


@pytest.mark.parametrize("code", DEFECTS)
def test_that_a_defect_gives_no_other_alarm(code: str) -> None:
    also = {"impossible_height": {"very_low"}, "network_gap": {"disconnected"}, "crossing": {"disconnected"}}
    assert set(codes(DEFECTS[code][0]())) - also.get(code, set()) == {code}


@pytest.mark.parametrize("name", REPAIRS)
def test_that_a_repair_leaves_a_clean_city_alone(name: str) -> None:
    city = clean_city()
    assert repaired(city, [name]) is city


def test_that_every_repair_has_a_defect_here_and_every_check_its_words() -> None:
    assert {repair for _, _, repair in DEFECTS.values()} == set(REPAIRS)
    for code in CHECKS:
        assert said.title(code) != said.title(code, "zh")
        assert said.why(code)
        assert said.why(code, "zh") != said.why(code)
    for name in REPAIRS:
        assert said.repair_title(name, "zh") != said.repair_title(name)


def test_that_doubles_keep_the_building_with_its_own_roof_and_the_rest_as_it_was() -> None:
    shapes = [*row_of_houses(), shapely.box(0.1, 0, 12.1, 10)]
    houses = buildings_of(shapes, [9.0] * 13, height_source=["default"] + ["solid"] * 12, source=["flat"] + ["houses"] * 12)
    city = clean_city(houses)
    mended = repaired(city, ["drop_doubles"])
    assert mended.buildings.ids.tolist() == [f"building/{i}" for i in range(1, 13)]
    assert len(mended.buildings.mesh) == len(houses.mesh) * 12 // 13
    assert mended.buildings.attributes["source_id"].tolist() == [str(i) for i in range(1, 13)]
    assert mended.people is not None
    assert mended.people[0].tolist() == list(range(2, 14))
    assert mended.networks is city.networks


def test_that_a_building_cut_at_a_border_is_one_again_with_its_people() -> None:
    city = _cut()
    mended = repaired(city, ["merge_by_id"])
    assert len(mended.buildings) == 12
    assert mended.buildings.table["id"].is_unique
    assert mended.buildings.footprints[0].equals(shapely.box(0, 0, 18, 10))
    assert mended.people is not None
    assert mended.people.sum() == pytest.approx(city.people.sum())  # type: ignore[union-attr]
    assert mended.people[0, 0] == 1 + 13
    assert len(mended.buildings.mesh) == len(city.buildings.mesh)


def test_that_same_ids_far_apart_are_not_merged() -> None:
    shapes = [*row_of_houses(), shapely.box(0, 100, 6, 110)]
    city = clean_city(buildings_of(shapes, [9.0] * 13, id=[f"building/{i}" for i in range(12)] + ["building/0#2"]))
    assert codes(city) == {}


def test_that_a_tower_on_its_podium_is_no_double_and_stands_closed() -> None:
    base = buildings_of(row_of_houses(), [9.0] * 12)
    tower = extrude(np.array([shapely.box(2, 2, 8, 8)], object), np.array([GROUND_M + 9]), np.array([GROUND_M + 60]), np.zeros(1, np.int32))
    walls = tower.surface != SurfaceClass.GROUND
    mesh = Mesh.joined([base.mesh, tower.part(np.flatnonzero(walls), tower.object[walls])])
    assert codes(clean_city(replace(base, mesh=mesh))) == {}
    stacked = buildings_of([*row_of_houses(), shapely.box(0, 0, 12, 10)], [9.0] * 13, [GROUND_M] * 12 + [GROUND_M + 9.0])
    assert set(codes(clean_city(stacked))) == {"floating"}


def test_that_a_corner_within_an_edge_leaves_no_hole() -> None:
    """A wall split in two where the roof beside it has one long edge, as triangulation leaves it."""
    houses = buildings_of(row_of_houses(1), [9.0])
    mesh = houses.mesh
    z = mesh.points[:, 2]
    walls = np.flatnonzero(mesh.surface == SurfaceClass.WALL)
    edges = [(t, k) for t in walls for k in range(3) if (z[np.roll(mesh.triangles[t], -k)[:2]] > GROUND_M + 8).all()]
    split = edges[0][0]
    p, q, r = np.roll(mesh.triangles[split], -edges[0][1])
    points = np.vstack([mesh.points, (mesh.points[p] + mesh.points[q]) / 2])
    middle = len(points) - 1
    triangles = np.vstack([np.delete(mesh.triangles, split, axis=0), [[p, middle, r], [middle, q, r]]]).astype(np.int32)
    kind = np.append(np.delete(mesh.surface, split), [SurfaceClass.WALL] * 2).astype(np.uint8)
    cut = Mesh(points, triangles, np.zeros(len(triangles), np.int32), kind)
    assert codes(clean_city(replace(houses, mesh=cut))) == {}


def test_that_a_missing_wall_is_told_and_not_mended() -> None:
    found = examined(_without_wall())
    assert [(p.code, p.count, p.repair) for p in found.problems] == [("open_solid", 1, "")]
    assert found.problems[0].examples == ("building/3",)


def test_that_faces_look_outwards_after_the_repair() -> None:
    right = buildings_of(row_of_houses(), [9.0] * 12).mesh
    for city in (_turned([3], some=True), _turned([3, 7], some=False)):
        mended = repaired(city, ["turn_faces"]).buildings.mesh
        p = mended.points[mended.triangles]
        q = right.points[right.triangles]
        assert np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) == pytest.approx(np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]))
        assert (mended.surface == right.surface).all()


def test_that_a_large_city_is_looked_at_in_pieces_with_the_same_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    from twin.city.doctor import shells

    for make in (_without_floor, _without_wall, lambda: _turned([3], some=True), lambda: _turned([3, 7], some=False)):
        whole = examined(make()).problems
        monkeypatch.setattr(shells, "AT_ONCE", 40)
        assert examined(make()).problems == whole
        monkeypatch.undo()


def test_that_a_floor_is_put_in_where_walls_end() -> None:
    mended = repaired(_without_floor(), ["close_floors"])
    whole = buildings_of(row_of_houses(), [9.0] * 12).mesh
    assert len(mended.buildings.mesh) == len(whole)
    last = mended.buildings.mesh
    p = last.points[last.triangles[-2:]]
    assert (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2] < 0).all()
    assert (p[..., 2] == GROUND_M).all()


def test_that_putting_on_the_ground_moves_only_what_stood_wrong() -> None:
    city = _floating()
    mended = repaired(city, ["put_on_ground"])
    assert mended.buildings.table["ground_z_m"].tolist() == [GROUND_M] * 12
    mesh = mended.buildings.mesh
    z = mesh.points[mesh.triangles][mesh.object == 11][..., 2]
    assert (z.min(), z.max()) == (GROUND_M, GROUND_M + 9)
    assert mended.buildings.table["height_m"].equals(city.buildings.table["height_m"])
    lifted = repaired(_shifted(), ["put_on_ground"])
    assert lifted.buildings.table["ground_z_m"].to_numpy() == pytest.approx(GROUND_M)


def test_that_feet_become_metres_in_table_and_mesh() -> None:
    city = _feet()
    mended = repaired(city, ["feet_to_metres"])
    assert mended.buildings.table["height_m"].to_numpy() == pytest.approx(city.buildings.table["height_m"].to_numpy() * 0.3048)
    mesh = mended.buildings.mesh
    assert mesh.points[:, 2].max() == pytest.approx(GROUND_M + 50 * 0.3048)


def test_that_an_impossible_height_becomes_the_neighbours_and_says_so() -> None:
    mended = repaired(_impossible(), ["usual_heights"]).buildings
    assert mended.table["height_m"].tolist() == [9.0] * 12
    assert mended.table["height_source"].tolist().count("neighbours") == 2
    z = mended.mesh.points[mended.mesh.triangles][mended.mesh.object == 5][..., 2]
    assert (z.min(), z.max()) == (GROUND_M, GROUND_M + 9)


def test_that_a_crossing_becomes_a_node_one_can_turn_at() -> None:
    city = _crossing()
    before = city.networks["roads"]
    after = repaired(city, ["node_crossings"]).networks["roads"]
    assert len(after.edges) == len(before.edges) + 2
    assert len(after.nodes) == len(before.nodes) + 1
    assert after.edges["length_m"].sum() == pytest.approx(before.edges["length_m"].sum())
    assert shapely.length(after.geometry) == pytest.approx(after.edges["length_m"].to_numpy())
    assert after.nodes[["x", "y"]].iloc[-1].tolist() == [60.0, -10.0]
    assert (np.bincount(np.concatenate([after.edges["start"], after.edges["end"]])) == 4).sum() == 1
    assert set(before.edges["id"]) <= set(after.edges["id"])
    assert after.edges["id"].is_unique
    starts = shapely.get_coordinates(shapely.get_point(after.geometry, 0))
    assert starts == pytest.approx(after.nodes[["x", "y"]].to_numpy()[after.edges["start"]])


def test_that_a_road_drawn_once_for_each_direction_crosses_another_at_one_place() -> None:
    there, across = [(0.0, -80.0), (0.0, 40.0)], [(-60.0, -30.0), (60.0, -30.0)]
    problem = told(examined(clean_city(network=roads(there, there[::-1], across, across[::-1], oneway=True))), "crossing")
    assert problem.count == 1
    assert problem.message.startswith("Roads cross at one place")


@pytest.mark.parametrize("own", ["lanes", "capacity_vph"])
def test_that_a_network_with_its_own_nodes_is_not_told_where_to_cross(own: str) -> None:
    lines = [[(0.0, -80.0), (0.0, 40.0)], [(-60.0, -30.0), (60.0, -30.0)], [(30.0, -29.9), (30.0, 40.0)]]
    network = roads(*lines, **({own: 900.0} if own == "capacity_vph" else {}))
    network = replace(network, tables={"lanes": pd.DataFrame({"edge": [0, 1, 2]})}) if own == "lanes" else network
    city = clean_city(network=network)
    assert not {"crossing", "network_gap"} & set(codes(city))
    assert repaired(city, ["node_crossings", "join_ends"]) is city


def test_that_an_end_that_nearly_meets_is_joined() -> None:
    after = repaired(_gap(), ["join_ends"]).networks["roads"]
    assert after.islands().max() == 0
    assert len(after.edges) == 4


@pytest.mark.parametrize("column", ["bridge", "tunnel"])
def test_that_bridges_and_tunnels_may_cross(column: str) -> None:
    city = clean_city(network=roads([(-10, -10), (260, -10)], [(60, 5), (60, -80)], **{column: [True, False]}))
    assert "crossing" not in codes(city)


def test_that_layers_and_footways_may_cross() -> None:
    for columns in ({"layer": ["0", "1"]}, {"drivable": [True, False]}):
        city = clean_city(network=roads([(-10, -10), (260, -10)], [(60, 5), (60, -80)], **columns))
        assert "crossing" not in codes(city)


def test_that_an_island_of_roads_is_told_with_its_share() -> None:
    city = clean_city(network=roads([(0, -10), (100, -10)], [(0, -50), (50, -50)]))
    problem = next(p for p in examined(city).problems if p.code == "disconnected")
    assert (problem.severity, problem.count) == ("warning", 1)
    assert "33.3 %" in problem.message
    assert problem.places == ((25.0, -50.0),)


def test_that_an_unknown_height_datum_is_a_note() -> None:
    city = clean_city()
    unknown = city.derived(frame=replace(city.frame, vertical=None))
    assert codes(unknown) == {"vertical_unknown": 1}


def test_that_what_readers_said_stays_beside_the_checks() -> None:
    city = _sliver().derived(problems=(Problem("zero_height", "warning", 3, "3 heights are zero", "houses"),))
    found = examined(examined(city))
    assert [p.code for p in found.problems] == ["zero_height", "sliver"]


def test_that_an_unknown_repair_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no repair"):
        repaired(clean_city(), ["make_it_nice"])


# sources
def write_geojson(path: Path, shapes: list[Any], **fields: list[Any]) -> Path:
    features = []
    for i, shape in enumerate(shapes):
        properties = {"id": f"b{i}", "building": "yes", **{k: v[i] for k, v in fields.items()}}
        features.append({"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def write_layer(path: Path, shapes: list[Any], crs: str | None) -> Path:
    import geopandas

    table = {"id": [f"{path.stem}{i}" for i in range(len(shapes))], "height": 9.0}
    geopandas.GeoDataFrame(table, geometry=shapes, crs=crs or "EPSG:28992").to_file(path)
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


DELFT = (84_500.0, 447_500.0)
"""On the Dutch grid (EPSG:28992)."""


def dutch_houses(dx: float = 0.0) -> list[Any]:
    return [shapely.box(DELFT[0] + dx + 20 * i, DELFT[1], DELFT[0] + dx + 20 * i + 10, DELFT[1] + 10) for i in range(12)]


def swapped(shapes: list[Any]) -> list[Any]:
    return [shapely.transform(s, lambda xy: xy[:, ::-1]) for s in shapes]


def told(city: City, code: str) -> Problem:
    return next(p for p in city.problems if p.code == code)


def test_that_a_source_without_crs_gets_the_one_of_its_neighbours_proposed_and_opens_so(tmp_path: Path) -> None:
    write_layer(tmp_path / "buildings.gpkg", dutch_houses(), "EPSG:28992")
    write_layer(tmp_path / "buildings_south.shp", dutch_houses(300.0), None)
    city = open_city(tmp_path)
    problem = told(city, "no_crs")
    assert problem.repair == "crs=EPSG:28992"
    assert "buildings.gpkg" in problem.did
    assert len(city.buildings) == 12
    again = reopened(city, lambda r: with_source_changed(r, problem.source, crs="EPSG:28992"))
    assert len(again.buildings) == 24
    assert not [p for p in again.problems if p.code == "no_crs"]


def test_that_a_source_without_crs_alone_is_refused_with_what_it_may_be(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "buildings.shp", dutch_houses(), None)
    with pytest.raises(InputError, match="EPSG:28992"):
        open_city(path)


def test_that_degrees_without_crs_are_known_as_such(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "buildings.shp", [shapely.box(4.36 + i / 1000, 52.0, 4.3605 + i / 1000, 52.0005) for i in range(5)], None)
    with pytest.raises(InputError, match="EPSG:4326"):
        open_city(path)


def test_that_swapped_axes_on_a_national_grid_are_put_right_and_told(tmp_path: Path) -> None:
    right = open_city(write_layer(tmp_path / "right.gpkg", dutch_houses(), "EPSG:28992"))
    city = open_city(write_layer(tmp_path / "buildings.gpkg", swapped(dutch_houses()), "EPSG:28992"))
    assert told(city, "swapped_axes").did
    assert city.frame.origin == right.frame.origin
    assert shapely.area(city.buildings.footprints) == pytest.approx(100.0)


def test_that_latitude_first_in_geojson_is_put_right_where_it_is_certain(tmp_path: Path) -> None:
    shapes = [shapely.box(35.6 + i / 1000, 139.7, 35.6005 + i / 1000, 139.7005) for i in range(5)]
    city = open_city(write_geojson(tmp_path / "buildings.geojson", shapes))
    assert told(city, "swapped_axes").count == 1
    assert city.frame.crs == "EPSG:32654"


def test_that_a_swapped_source_far_from_the_others_is_proposed_to_be_turned(tmp_path: Path) -> None:
    write_layer(tmp_path / "buildings.gpkg", dutch_houses(), "EPSG:28992")
    shapes = [shapely.box(52.01 + i / 1000, 4.36, 52.0101 + i / 1000, 4.3601) for i in range(5)]
    write_geojson(tmp_path / "trees.geojson", shapes)
    city = open_city(tmp_path)
    problem = told(city, "far_away")
    assert problem.repair == "swap_axes=true"
    again = reopened(city, lambda r: with_source_changed(r, problem.source, swap_axes=True))
    assert not [p for p in again.problems if p.code == "far_away"]
    assert set(city.layers) != set(again.layers) or len(again.buildings) > len(city.buildings)


def test_that_the_wrong_zone_is_told_and_the_right_one_proposed(tmp_path: Path) -> None:
    import geopandas

    write_layer(tmp_path / "buildings.gpkg", dutch_houses(), "EPSG:28992")
    utm = geopandas.GeoSeries(dutch_houses(300.0), crs="EPSG:28992").to_crs("EPSG:32631").tolist()
    write_layer(tmp_path / "houses.gpkg", utm, "EPSG:32633")
    city = open_city(tmp_path)
    assert told(city, "far_away").repair.split("|")[0] == "crs=EPSG:32631"


def test_that_degrees_under_a_metric_crs_are_told(tmp_path: Path) -> None:
    shapes = [shapely.box(4.36 + i / 1000, 52.0, 4.3605 + i / 1000, 52.0005) for i in range(5)]
    city = open_city(write_layer(tmp_path / "buildings.gpkg", shapes, "EPSG:28992"))
    assert told(city, "outside_area").repair == "crs=EPSG:4326"


def test_that_millimetres_are_recognised_by_the_size_of_houses_and_read_as_such(tmp_path: Path) -> None:
    shapes = [shapely.box(20_000 * i, 0, 20_000 * i + 12_000, 10_000) for i in range(12)]
    write_geojson(tmp_path / "buildings.geojson", shapes)
    (tmp_path / "city.toml").write_text('crs = "engineering"\n[[source]]\npath = "buildings.geojson"\n', "utf-8")
    city = open_city(tmp_path)
    assert told(city, "unit_guess").repair == "unit=mm"
    again = reopened(city, lambda r: with_source_changed(r, "buildings.geojson", unit="mm"))
    assert shapely.area(again.buildings.footprints) == pytest.approx(120.0)
    assert not [p for p in again.problems if p.code == "unit_guess"]


def test_that_heights_in_feet_of_a_source_are_read_as_stated(tmp_path: Path) -> None:
    shapes = [shapely.box(121.5 + i / 2000, 31.2, 121.5002 + i / 2000, 31.2002) for i in range(4)]
    write_geojson(tmp_path / "buildings.geojson", shapes, height=[30, 40, 50, 60])
    (tmp_path / "city.toml").write_text('[[source]]\npath = "buildings.geojson"\nunit = "ft"\n', "utf-8")
    assert open_city(tmp_path).buildings.table["height_m"].to_numpy() == pytest.approx([9.144, 12.192, 15.24, 18.288])


def test_that_the_area_of_a_crs_is_measured_in_kilometres() -> None:
    dutch = CRS.from_epsg(28992)
    assert outside_km(*DELFT, dutch) == 0.0
    assert 400 < outside_km(DELFT[0], DELFT[1] - 800_000, dutch) < 800
    assert is_swapped(np.array([DELFT[::-1]]), dutch)
    assert not is_swapped(np.array([DELFT]), dutch)
    assert not is_swapped(np.array([[121.5, 31.2]]), CRS.from_epsg(4326))


def test_that_a_bent_face_of_a_house_is_told_and_a_bent_meadow_is_not(tmp_path: Path) -> None:
    corners = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [0, 0, 5], [10, 0, 5], [10, 10, 5.4], [0, 10, 5]]
    faces = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    solid = {"type": "Solid", "lod": "2", "boundaries": [faces]}
    objects = {
        "house": {"type": "Building", "geometry": [solid]},
        "meadow": {"type": "PlantCover", "geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[4, 5, 6, 7]]]}]},
    }
    vertices = [[1000 * (x + DELFT[0]), 1000 * (y + DELFT[1]), 1000 * z] for x, y, z in corners]
    city = {
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [0.001] * 3, "translate": [0, 0, 0]}, "vertices": vertices,
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"}, "CityObjects": objects,
    }  # fmt: skip
    (tmp_path / "house.city.json").write_text(json.dumps(city), "utf-8")
    problem = told(open_city(tmp_path / "house.city.json"), "non_planar")
    assert (problem.count, problem.examples) == (1, ("building/house",))
    vertices[6][2] = 5000.0
    (tmp_path / "flat.city.json").write_text(json.dumps(city), "utf-8")
    assert not [p for p in open_city(tmp_path / "flat.city.json").problems if p.code == "non_planar"]


# recipes
@pytest.fixture
def doubled(tmp_path: Path) -> Path:
    write_layer(tmp_path / "buildings.gpkg", dutch_houses() + dutch_houses(0.1), "EPSG:28992")
    return tmp_path


def test_that_a_recipe_makes_its_repairs_again(doubled: Path) -> None:
    city = open_city(doubled)
    assert told(city, "double_building").count == 12
    mended = repaired(city, asked(city))
    (doubled / "city.toml").write_text(recipe_toml(recipe_of(mended), doubled), "utf-8")  # type: ignore[arg-type]
    again = open_city(doubled)
    assert again.repairs == ("drop_doubles",)
    assert again.content_hash == mended.content_hash
    assert not [p for p in again.problems if p.code == "double_building"]
    assert 'path = "."' in (doubled / "city.toml").read_text("utf-8")


def test_that_an_unknown_repair_in_a_recipe_is_told(doubled: Path) -> None:
    (doubled / "city.toml").write_text('repairs = ["polish"]\n[[source]]\npath = "buildings.gpkg"\n', "utf-8")
    with pytest.raises(InputError, match="polish"):
        open_city(doubled)
    with pytest.raises(InputError, match="polish"):
        read_recipe(doubled / "city.toml")


def test_that_a_city_kept_in_the_cache_still_knows_its_recipe(doubled: Path) -> None:
    first, second = open_city(doubled), open_city(doubled)
    assert first.recipe == second.recipe
    assert recipe_of(second) is not None


def test_that_a_city_from_no_files_cannot_be_reopened() -> None:
    with pytest.raises(InputError, match="not opened from files"):
        reopened(clean_city(), lambda r: r)


# report
def test_that_the_report_holds_every_problem_in_both_languages() -> None:
    city = examined(_double())
    verdicts = [Verdict("somewhere", city, city.problems), Verdict("<b>", None, (Problem("input", "error", 1, "Broken"),))]
    page = html(verdicts)
    assert "somewhere" in page
    assert "&lt;b&gt;" in page
    assert "building/12" in page
    assert "Keep one of each" in page
    assert 'src="data:image/jpeg;base64,' in page
    assert "http" not in page.replace("http-equiv", "")
    chinese = html(verdicts, "zh")
    assert "两个来源含有相同建筑" in chinese
    assert "每处只留一栋" in chinese
    assert "13 栋建筑中有 1 栋同时在两个来源中" in chinese


def test_that_one_house_astray_does_not_empty_the_plan() -> None:
    from twin.city.doctor.report import _picture

    _, (x0, _, x1, _) = _picture(_outlier())
    assert x1 - x0 < 500


def test_that_json_says_what_was_done_and_where() -> None:
    city = examined(_floating())
    row = as_json([Verdict("x", city, city.problems)])["sources"][0]
    assert row["usable"]
    problem = row["problems"][0]
    assert {"code", "severity", "count", "message", "did", "repair", "places", "examples"} <= set(problem)
    lon, lat = problem["places"][0]
    assert city.frame.from_lonlat(lon, lat)[0] == pytest.approx(226.0, abs=0.1)
    assert 30 < lat < 32
    json.dumps(row)


def test_that_examples_are_found_in_the_city() -> None:
    city = clean_city()
    assert row_of(city, "building/3") == ("buildings", 3)
    assert row_of(city, "road/1") == ("roads", 1)
    assert row_of(city, "building/none") is None


def test_that_a_repair_has_words_for_its_button() -> None:
    assert repair_words("drop_doubles") == [("drop_doubles", "Keep one of each")]
    assert repair_words("crs=EPSG:28992|crs=EPSG:4326 swap_axes=true") == [
        ("crs=EPSG:28992", "Read as EPSG:28992"),
        ("crs=EPSG:4326 swap_axes=true", "Read as EPSG:4326, Swap the axes"),
    ]


def test_that_sentences_come_back_in_chinese_with_their_numbers() -> None:
    assert said.sentence("sliver", said.says("sliver", n="1,234", all="5,678"), "zh").startswith("5,678 栋建筑中有 1,234 栋")
    assert said.sentence("sliver", "something else", "zh") == "something else"


# command line
def test_that_twin_check_names_every_bad_file_repairs_and_writes_report_and_recipe(
    doubled: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.cli import main

    (doubled / "broken.geojson").write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    (doubled / "other.geojson").write_text("not at all", "utf-8")
    page, recipe = doubled / "report.html", doubled / "out" / "city.toml"
    recipe.parent.mkdir()
    monkeypatch.setattr("sys.argv", ["twin", "check", str(doubled), "--json", "--repair", "--html", str(page), "--recipe", str(recipe)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    (row,) = json.loads(capfd.readouterr().out)["sources"]
    assert row["repairs"] == ["drop_doubles"]
    assert row["buildings"] == 12
    assert {p["source"] for p in row["problems"] if p["code"] in ("unusable", "unknown_format")} == {"broken.geojson", "other.geojson"}
    assert "drop_doubles" not in page.read_text("utf-8")
    assert "Keep one of each" in page.read_text("utf-8")
    assert open_city(recipe).repairs == ("drop_doubles",)


def test_that_twin_check_ends_with_2_and_names_all_files_of_a_folder_that_cannot_be_used(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.cli import main

    for name in ("one", "two", "three", "four"):
        (tmp_path / f"{name}.geojson").write_text('{"type": "FeatureCollection", "features": [', "utf-8")
    monkeypatch.setattr("sys.argv", ["twin", "check", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capfd.readouterr().out
    assert "UNUSABLE" in told
    assert all(f"{name}.geojson" in told for name in ("one", "two", "three", "four"))


def uncommented(text: str) -> str:
    return "".join(line.removeprefix("# ") if line.startswith("# ") else line for line in text.splitlines(keepends=True))


def test_that_twin_check_writes_the_one_remedy_of_a_source_as_a_comment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.cli import main

    town = tmp_path / "town"
    town.mkdir()
    write_layer(town / "buildings.gpkg", dutch_houses(), "EPSG:28992")
    write_layer(town / "buildings_south.shp", dutch_houses(300.0), None)
    recipe = tmp_path / "city.toml"
    monkeypatch.setattr("sys.argv", ["twin", "check", str(town), "--recipe", str(recipe)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "Take the # away" in capfd.readouterr().err
    text = recipe.read_text("utf-8")
    assert '# path = "town/buildings_south.shp"\n# crs = "EPSG:28992"  # It would lie with the others as EPSG:28992' in text
    assert len(open_city(recipe).buildings) == 12
    recipe.write_text(uncommented(text), "utf-8")
    assert len(open_city(recipe).buildings) == 24


def test_that_a_remedy_of_a_file_stands_in_its_source(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "buildings.gpkg", [shapely.transform(s, lambda xy: xy * 1000) for s in dutch_houses()], "EPSG:28992")
    city = open_city(path)
    recipe = recipe_of(city)
    assert recipe is not None
    text = recipe_toml(recipe, tmp_path, city.problems)
    assert 'path = "buildings.gpkg"\n# unit = "mm"  # Its numbers fit EPSG:28992 in mm\n' in text
    (tmp_path / "city.toml").write_text(uncommented(text), "utf-8")
    again = open_city(tmp_path / "city.toml")
    assert shapely.area(again.buildings.footprints) == pytest.approx(100.0)
    assert "#" not in recipe_toml(recipe, tmp_path)


def test_that_a_choice_between_remedies_is_left_to_the_reader(tmp_path: Path) -> None:
    city = open_city(write_layer(tmp_path / "buildings.gpkg", dutch_houses(), "EPSG:28992"))
    recipe = recipe_of(city)
    assert recipe is not None
    problem = Problem("no_crs", "error", 1, "", "buildings.gpkg", repair="crs=EPSG:28992|crs=EPSG:31370")
    assert "#" not in recipe_toml(recipe, tmp_path, [problem])


def test_that_a_project_finds_the_sources_of_its_recipe_where_it_was_moved_to(doubled: Path, tmp_path: Path) -> None:
    from twin.project import Project

    city = repaired(open_city(doubled / "buildings.gpkg"), [])
    recipe = recipe_of(city)
    assert recipe is not None
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (doubled / "buildings.gpkg").rename(old / "buildings.gpkg")
    moved = recipe.model_copy(update={"source": [recipe.source[0].model_copy(update={"path": str(old / "buildings.gpkg")})]})
    Project(what=[str(old / "buildings.gpkg")], recipe=moved.model_dump_json(), repairs=["drop_slivers"]).save(old / "work.twin")
    old.rename(new)
    found = Project.load(new / "work.twin")
    assert json.loads(found.recipe)["source"][0]["path"] == str(new / "buildings.gpkg")
    assert found.repairs == ["drop_slivers"]
