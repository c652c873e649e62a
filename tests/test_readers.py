"""Real cities: counts as their manifests say, or a problem that explains the difference."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.driving import ON_FOOT
from twin.city.info import describe
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.recipe import open_city


@pytest.fixture(scope="module")
def shanghai(data: Path) -> City:
    return open_city(data / "shanghai" / "osm_layers", use_cache=False)


@pytest.fixture(scope="module")
def delft(data: Path) -> City:
    return open_city([data / "city_delft", data / "delft_3dfier" / "derived" / "delft_dtm_1m_from_ahn3.tif"], use_cache=False)


@pytest.fixture(scope="module")
def denhaag(data: Path) -> City:
    return open_city(data / "city_denhaag", use_cache=False)


@pytest.fixture(scope="module")
def new_york(data: Path) -> City:
    return open_city(data / "nyc", use_cache=False)


def codes(city: City) -> dict[str, int]:
    out: dict[str, int] = {}
    for problem in city.problems:
        out[problem.code] = out.get(problem.code, 0) + problem.count
    return out


def test_that_shanghai_has_the_counts_of_its_manifest(shanghai: City) -> None:
    told = describe(shanghai)
    assert told["buildings"] + told["building_parts"] == 1450
    assert told["building_parts"] == 129
    layers = told["layers"]
    assert {k: layers[k] for k in ("roads", "water", "landuse", "metro", "poi")} == {
        "roads": 1094, "water": 8, "landuse": 175, "metro": 15, "poi": 493,
    }  # fmt: skip
    assert told["crs"] == "EPSG:32651"
    assert told["timezone"] == "Asia/Shanghai"
    assert (told["region"], told["currency"]) == ("asia", "CNY")
    assert told["attribution"] == "© OpenStreetMap contributors"
    assert all(len(s["sha256"]) == 64 for s in told["sources"])


def test_that_the_towers_of_lujiazui_have_their_heights(shanghai: City) -> None:
    heights = shanghai.buildings.table.set_index("id")["height_m"]
    assert heights["building/165792123"] == 632  # Shanghai Tower
    assert heights["building/10691100"] == 492  # World Financial Center
    assert heights["building/40778038"] == 468  # Oriental Pearl
    sources = shanghai.buildings.table["height_source"].value_counts()
    assert sources["measured"] > 580
    unknown = codes(shanghai)["no_height"]
    assert sources["neighbours"] + sources["default"] == unknown


def test_that_the_oriental_pearl_is_stacked_of_its_parts(shanghai: City) -> None:
    buildings = shanghai.buildings
    row = int(np.flatnonzero(buildings.ids == "building/40778038")[0])
    parts = buildings.parts[buildings.parts["building"] == row]
    assert len(parts) == 61
    mesh = buildings.mesh
    mine = mesh.points[mesh.triangles[mesh.object == row]]
    centre = shapely.get_coordinates(shapely.centroid(buildings.footprints[row]))[0]

    def reach(z: float) -> float:
        """Farthest corner from the middle among triangles that span a height."""
        through = mine[(mine[..., 2].min(1) <= z) & (mine[..., 2].max(1) >= z)]
        return float(np.linalg.norm(through[..., :2] - centre, axis=-1).max())

    assert reach(95) > 22  # the lower sphere
    assert reach(276) > 18  # the upper one
    assert reach(300) < 15  # the shaft between them and above
    assert reach(430) < 5


def test_that_no_outline_is_raised_over_its_parts(shanghai: City) -> None:
    """Shanghai Tower tapers: at 600 m only its topmost part is left."""
    buildings = shanghai.buildings
    row = int(np.flatnonzero(buildings.ids == "building/165792123")[0])
    mesh = buildings.mesh
    roofs = mesh.points[mesh.triangles[(mesh.object == row) & (mesh.surface == SurfaceClass.ROOF)]]
    high = roofs[roofs[..., 2].min(1) > 600]
    cross = np.cross(high[:, 1] - high[:, 0], high[:, 2] - high[:, 0])
    assert np.linalg.norm(cross, axis=1).sum() / 2 < 400


def test_that_roads_of_shanghai_make_a_graph(shanghai: City) -> None:
    """Manifest: driving graph of 4,107 nodes (every vertex), 3,860 of them in the largest component."""
    roads = shanghai.networks["roads"]
    drivable = ~roads.edges["class"].isin(list(ON_FOOT)).to_numpy(bool)  # the manifest knows classes, not who may drive
    vertices = np.unique(np.round(shapely.get_coordinates(roads.geometry[drivable]), 2), axis=0)
    assert abs(len(vertices) - 4107) <= 3
    label = roads.islands(drivable)
    main = int(np.bincount(label[roads.edges["start"][drivable]]).argmax())
    inside = drivable & (label[roads.edges["start"]] == main)
    connected = np.unique(np.round(shapely.get_coordinates(roads.geometry[inside]), 2), axis=0)
    assert abs(len(connected) - 3860) <= 40
    edges = roads.edges
    assert (edges["speed_kmh"] > 0).all()
    assert (edges["lanes"] >= 1).all()
    assert {"primary", "secondary", "residential", "footway"} <= set(edges["class"])
    assert not set(edges["class"]) & {"rail", "ferry", "subway"}
    assert edges["oneway"].sum() > 300
    assert edges["tunnel"].any()
    assert edges["bridge"].any()
    assert np.allclose(edges["length_m"], shapely.length(roads.geometry))
    assert edges["id"].is_unique
    ends = shapely.get_coordinates(shapely.get_point(roads.geometry, 0))
    assert np.allclose(ends, roads.nodes[["x", "y"]].to_numpy()[edges["start"]], atol=0.02)


def test_that_the_huangpu_is_a_river_and_hospitals_are_found(shanghai: City) -> None:
    water = shanghai.layers["water"].table
    assert set(water.loc[water["name"] == "黄浦江", "kind"]) == {"river"}
    assert (shanghai.layers["facilities"].table["kind"] == "hospital").sum() == 2
    assert len(shanghai.layers["stations"]) > 0


def test_that_lonlat_comes_back_to_the_centimetre(shanghai: City) -> None:
    x, y = shanghai.frame.from_lonlat(121.4998, 31.2397)
    lon, lat = shanghai.frame.to_lonlat(x, y)
    assert np.allclose([lon, lat], [121.4998, 31.2397], atol=1e-8)
    assert abs(float(x)) < 5000
    assert abs(float(y)) < 5000


def test_that_delft_has_the_counts_of_its_manifest_and_its_ground(delft: City) -> None:
    told = describe(delft)
    assert told["buildings"] == 160
    assert told["layers"] == {"bridges": 3, "landuse": 81, "green": 126, "water": 3, "roads": 143, "other": 54}
    assert (told["crs"], told["vertical_crs"]) == ("EPSG:28992", "EPSG:5709")
    assert told["timezone"] == "Europe/Amsterdam"
    terrain = delft.terrain
    assert terrain is not None
    assert terrain.grid.shape == (230, 265)
    assert (round(float(terrain.elevation.min()), 2), round(float(terrain.elevation.max()), 2)) == (-0.6, 2.22)
    assert set(codes(delft)) <= {"very_low"}  # five sheds


def test_that_layers_of_delft_line_up(delft: City) -> None:
    """Terrain from lidar and the surfaces modelled on it agree where both are; the corner of the DTM is where the file says."""
    terrain = delft.terrain
    assert terrain is not None
    west, south = delft.frame.to_crs(terrain.grid.x0, terrain.grid.y0)
    assert (float(west), float(south)) == (84808.0, 447412.0)
    mesh = delft.layers["roads"].mesh
    assert mesh is not None
    corners = mesh.points[np.unique(mesh.triangles)]
    apart = corners[:, 2] - terrain.sample(corners[:, 0], corners[:, 1])
    assert np.isfinite(apart).sum() > 1000
    assert np.nanmedian(np.abs(apart)) < 0.1
    assert set(delft.layers["water"].table["kind"]) == {"WaterBody"}


def test_that_den_haag_has_the_counts_of_its_manifest(denhaag: City) -> None:
    told = describe(denhaag)
    assert (told["buildings"], told["building_parts"]) == (844, 1653)
    assert told["layers"] == {"relief": 1}
    assert denhaag.buildings.table["parts"].sum() == 1653
    x0, y0, x1, y1 = told["bbox"]
    assert np.allclose([x0, y0, x1, y1], [78248.66, 457604.591, 79036.024, 458276.439], atol=5)
    assert codes(denhaag) == {"non_planar": 280}  # corners more than 1 cm beside their face, of 21,804 faces


def test_that_roofs_of_den_haag_are_real_and_face_outwards(denhaag: City) -> None:
    mesh = denhaag.buildings.mesh
    p = mesh.points[mesh.triangles]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    up = normal[:, 2] / np.linalg.norm(normal, axis=1)
    roof, ground = mesh.surface == SurfaceClass.ROOF, mesh.surface == SurfaceClass.GROUND
    assert roof.sum() > 3000
    assert np.mean(up[roof] > 0) > 0.99
    assert np.mean(up[ground] < 0) > 0.99
    assert ((up > 0.05) & (up < 0.95) & roof).sum() > 500  # sloping ones
    volume = np.bincount(mesh.object, np.einsum("ij,ij->i", p[:, 0] - [0, 0, 5], np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])) / 6)
    assert np.mean(volume > 0) > 0.98


def test_that_eaves_and_ridges_are_where_the_attributes_say(denhaag: City) -> None:
    """The file's own RelativeRidgeHeight is that of one solid; ours of buildings without parts must equal it."""
    table, own = denhaag.buildings.table, denhaag.buildings.attributes
    single = (table["parts"] == 0).to_numpy() & own["RelativeRidgeHeight"].notna().to_numpy()
    assert single.sum() == 337
    apart = table["height_m"][single] - own["RelativeRidgeHeight"][single].astype(float)
    assert np.median(np.abs(apart)) < 0.01


def test_that_buildings_of_den_haag_stand_on_its_tin(denhaag: City) -> None:
    terrain = denhaag.terrain
    assert terrain is not None
    centres = shapely.get_coordinates(shapely.centroid(denhaag.buildings.footprints))
    gap = denhaag.buildings.table["ground_z_m"].to_numpy() - terrain.sample(centres[:, 0], centres[:, 1])
    assert np.nanmedian(np.abs(gap)) < 1.0


def test_that_new_york_has_the_counts_of_its_manifest_or_says_why_not(new_york: City) -> None:
    told = describe(new_york)
    alone = codes(new_york)["part_without_building"]
    assert told["buildings"] + told["building_parts"] - alone == 6388
    assert told["layers"] == {"roads": 2174, "stations": 473, "metro": 742, "stations 2": 91}
    assert told["networks"]["transit"] == {"nodes": 91, "edges": 222}  # stations of the timetable
    assert told["height_m"]["max"] == 541
    assert told["crs"] == "EPSG:32618"
    assert told["timezone"] == "America/New_York"
    edges = new_york.networks["roads"].edges
    assert edges["oneway"].mean() > 0.2  # Geofabrik writes F, T and B
    assert edges.loc[edges["class"] == "motorway", "oneway"].all()
    assert edges["bridge"].sum() < 0.2 * len(edges)


def test_that_bgt_and_bag_layers_are_known_by_their_dutch_names(data: Path) -> None:
    city = open_city(data / "delft_3dfier" / "bgt", use_cache=False)
    assert len(city.buildings) == 160
    counts = {k: len(v) for k, v in city.layers.items()}
    assert counts == {"green": 126, "kunstwerkdeel": 1, "landuse": 81, "bridges": 3, "barriers": 57, "water": 3, "roads": 151}
    assert city.frame.crs == "EPSG:28992"
    campus = open_city(data / "delft_tudcampus" / "tudcampus.geojson", use_cache=False)
    assert len(campus.buildings) == 1529
    assert campus.buildings.table["id"].is_unique
    assert "repeated_id" in codes(campus)
    assert campus.buildings.table["year"].median() > 1800


def test_that_old_cityjson_equals_the_new_one(data: Path, delft: City) -> None:
    """3dfier wrote the same block as CityJSON 1.0: no transform, numbers as levels of detail."""
    old = open_city(data / "delft_3dfier" / "output" / "testarea.json", use_cache=False)
    assert len(old.buildings) == 160
    assert {k: len(v) for k, v in old.layers.items()} == {k: len(v) for k, v in delft.layers.items()}
    assert set(old.buildings.ids) == set(delft.buildings.ids)


def test_that_every_mesh_and_table_is_sound(shanghai: City, delft: City, denhaag: City, new_york: City) -> None:
    for city in (shanghai, delft, denhaag, new_york):
        buildings = city.buildings
        assert buildings.table["id"].is_unique
        assert (buildings.table["height_m"] > 0).all()
        assert (buildings.table["use"] != "").all()
        assert set(buildings.table["height_source"]) <= {"measured", "levels", "solid", "neighbours", "default"}
        assert shapely.is_valid(buildings.footprints).all()
        assert len(buildings.attributes) == len(buildings)
        meshes: list[tuple[Mesh, int]] = [(buildings.mesh, len(buildings))]
        meshes += [(layer.mesh, len(layer)) for layer in city.layers.values() if layer.mesh is not None]
        for mesh, rows in meshes:
            assert np.isfinite(mesh.points).all()
            assert np.abs(mesh.points[:, :2]).max() < 20_000
            assert mesh.object.min() >= 0
            assert mesh.object.max() < rows
            assert mesh.triangles.max() < len(mesh.points)
        for layer in city.layers.values():
            assert list(layer.table.columns[:3]) == ["id", "name", "kind"]
            assert layer.table["id"].is_unique
            assert layer.table.columns.is_unique


@pytest.mark.parametrize("place", ["shanghai/osm_layers", "city_delft", "city_denhaag"])
def test_that_a_city_opened_again_comes_from_the_cache_and_is_the_same(data: Path, place: str) -> None:
    first = open_city(data / place)
    told: list[tuple[str, float]] = []
    again = open_city(data / place, lambda stage, fraction: told.append((stage, fraction)))
    assert told == [("Ready", 1.0)]
    assert first.content_hash == again.content_hash
    assert json.loads(json.dumps(describe(again), allow_nan=False)) == describe(first)
