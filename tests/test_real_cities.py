"""What comes in of every real data set: counts of its manifest, heights, places, networks, and what the import report says.

Numbers come from other programs (cjio, pyogrio, osmium, rasterio, laspy, wntr 1.4) or from the manifest of the data set.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.doctor.report import leads_somewhere, place_of
from twin.city.recipe import open_city
from twin.errors import InputError, Problem


def opened(data: Path, *what: str, crs: str = "") -> City:
    return open_city([data / w for w in what], crs=crs, use_cache=False)


def told(city: City, code: str) -> list[Problem]:
    return [p for p in city.problems if p.code == code]


def at(city: City, lon: float, lat: float) -> str:
    """Id of the building at a place."""
    x, y = city.frame.from_lonlat(np.array([lon]), np.array([lat]))
    here = shapely.points(float(x[0]), float(y[0]))
    rows = np.flatnonzero(shapely.contains(city.buildings.footprints, here))
    return str(city.buildings.ids[rows[0]]) if len(rows) else ""


def linked(city: City, code: str) -> list[bool]:
    """Which examples of a problem can be flown to."""
    return [leads_somewhere(city, p, i) for p in told(city, code) for i in range(len(p.examples))]


def height(city: City, building: str) -> float:
    return float(city.buildings.table.set_index("id")["height_m"][building])


def oneway_share(city: City, name: str = "roads") -> float:
    return float(city.networks[name].edges["oneway"].mean())


# the Netherlands
def test_that_delft_has_the_objects_of_its_manifest_with_their_heights(data: Path) -> None:
    city = opened(data, "city_delft")
    assert (len(city.buildings), city.frame.crs, city.frame.vertical) == (160, "EPSG:28992", "EPSG:5709")
    counts = {"roads": 143, "green": 126, "landuse": 81, "bridges": 3, "water": 3, "other": 54}
    assert {k: len(v) for k, v in city.layers.items()} == counts
    assert shapely.area(city.buildings.footprints).sum() == pytest.approx(8654.03, abs=0.05)  # as the BGT says
    measured = city.buildings.attributes["measuredHeight"].astype(float) - city.buildings.attributes["min-height-surface"].astype(float)
    assert city.buildings.table["height_m"].to_numpy() == pytest.approx(measured.to_numpy(), abs=0.011)


def test_that_the_terrain_of_delft_lies_under_its_buildings_where_the_laser_saw_it(data: Path) -> None:
    city = opened(data, "city_delft", "delft_3dfier/derived/delft_dtm_1m_from_ahn3.tif")
    assert not told(city, "off_terrain")
    assert not told(city, "floating")
    assert not told(city, "buried")
    x, y = city.frame.to_local(np.array([84900.5, 85000.5, 84850.5]), np.array([447500.5, 447600.5, 447550.5]))
    assert city.ground_z(x, y) == pytest.approx([-0.0105, 0.2845, 0.2069], abs=1e-4)  # rasterio


def test_that_a_folder_of_delft_shows_each_thing_once_and_says_so(data: Path) -> None:
    city = opened(data, "delft_3dfier")
    assert len(city.buildings) == 161  # 160, and one that only an older edition has
    assert Counter(city.buildings.table["height_source"]) == {"solid": 160, "surface": 1}
    assert {k: len(v) for k, v in city.layers.items() if v.role != "other"} == {
        "bridges": 3, "landuse": 81, "green": 126, "water": 3, "roads": 151, "barriers": 57,
    }  # fmt: skip
    assert {p.source: p.count for p in told(city, "told_twice")} == {
        "bgt/bgt_pand.sqlite": 160, "bgt_history/bgt_pand.sqlite": 160, "bgt_begroeidterreindeel.sqlite": 126,
        "bgt_onbegroeidterreindeel.sqlite": 81, "bgt_overbruggingsdeel.sqlite": 3, "bgt_waterdeel.sqlite": 3, "testarea.json": 143,
    }  # fmt: skip
    assert not told(city, "double_source")
    (empty,) = told(city, "unknown_format")
    assert (empty.severity, empty.count) == ("info", 4)
    clouds = list(told(city, "no_crs"))
    assert {p.source for p in clouds} == {"ahn3_cropped_1.laz", "ahn3_cropped_2.laz"}
    assert {p.repair for p in clouds} == {"crs=EPSG:28992"}


def test_that_both_of_two_sources_stay_where_the_recipe_says_so(data: Path, tmp_path: Path) -> None:
    pand = [data / "delft_3dfier" / f / "bgt_pand.sqlite" for f in ("bgt", "bgt_history")]
    (tmp_path / "city.toml").write_text("keep_doubles = true\n" + "".join(f"[[source]]\npath = '{p}'\n" for p in pand), "utf-8")
    both = open_city(tmp_path / "city.toml", use_cache=False)
    assert len(both.buildings) == 321
    assert [p.count for p in told(both, "double_source")] == [160]
    assert len(open_city(pand, use_cache=False).buildings) == 161


def test_that_the_campus_joins_delft_at_the_centimetre(data: Path) -> None:
    city = opened(data, "city_delft", "delft_tudcampus/tudcampus.geojson")
    assert len(city.buildings) == 160 + 1529
    assert not told(city, "several_places")
    years = city.buildings.table["year"].dropna()
    assert len(years) > 1400
    assert years.max() <= 2030
    assert at(city, 4.3733, 51.9990) != ""  # faculty of electrical engineering, the tower on the campus


def test_that_the_hague_has_roofs_and_a_ground_of_its_own(data: Path) -> None:
    city = opened(data, "city_denhaag")
    assert (len(city.buildings), len(city.buildings.parts)) == (844, 1653)
    assert city.buildings.table["height_m"].max() == pytest.approx(27.392)
    assert {"roofType", "RelativeEavesHeight"} <= set(city.buildings.attributes.columns)
    assert city.terrain is not None
    assert not told(city, "off_terrain")


# Germany, Japan
def test_that_munich_is_read_once_and_its_broken_copy_is_told_with_what_it_lacks(data: Path) -> None:
    city = opened(data, "city_munich")
    assert (len(city.buildings), city.frame.crs) == (111, "EPSG:31468")
    stated = city.buildings.attributes["measuredHeight"].astype(float).to_numpy()
    assert city.buildings.table["height_m"].to_numpy() == pytest.approx(stated, abs=1e-6)
    z = city.buildings.mesh.points[:, 2]
    assert (z.min(), z.max()) == pytest.approx((310.19, 330.28), abs=0.01)
    (lost,) = told(city, "crs_unknown")
    assert (lost.severity, lost.repair) == ("error", "crs=EPSG:31468")


def test_that_yokosuka_lies_in_japan_with_its_names_and_codes(data: Path) -> None:
    city = opened(data, "plateau/nusamai/yokosuka-shi")
    table = city.buildings.table
    assert (len(table), city.frame.crs, city.frame.vertical) == (13, "EPSG:32654", "EPSG:6695")
    museum = table[table["name"] == "横須賀美術館"].iloc[0]
    assert museum["height_m"] == pytest.approx(6.0, abs=0.1)
    place = city.buildings.footprints[table["id"].tolist().index(museum["id"])].centroid
    lon, lat = city.frame.to_lonlat(np.array([place.x]), np.array([place.y]))
    assert (lon[0], lat[0]) == pytest.approx((139.7455, 35.2585), abs=0.02)
    assert told(city, "off_terrain")[0].count == 13  # the tile of the terrain is the one beside


def test_that_numazu_has_the_hazards_of_its_manifest_and_two_towns_are_told(data: Path) -> None:
    city = opened(data, "plateau")
    counts = {"river flood hazard": 3, "tsunami hazard": 3, "sediment disaster prone area": 81, "landuse": 225}
    assert {k: len(city.layers[k]) for k in counts} == counts
    (places,) = told(city, "several_places")
    assert (places.severity, places.count, len(places.places)) == ("warning", 2, 2)


# OpenStreetMap
def test_that_helsinki_has_the_levels_its_ways_say(data: Path) -> None:
    city = opened(data, "osm_helsinki/Helsinki.osm.pbf")
    table = city.buildings.table.set_index("id")
    assert len(table) == 452
    known = table[table["height_source"] == "levels"]
    assert len(known) == 111
    said = city.buildings.attributes.set_index(city.buildings.ids).loc[known.index]
    plain = said[["roof:levels", "building:min_level"]].isna().all(axis=1)
    assert plain.sum() > 60
    assert known["height_m"][plain].to_numpy() == pytest.approx(3.2 * said["building:levels"][plain].astype(float).to_numpy())
    assert len(city.networks["roads"].tables["turns"]) > 0


def test_that_two_extracts_far_apart_are_two_places(data: Path) -> None:
    city = opened(data, "osm_helsinki")
    (places,) = told(city, "several_places")
    assert "Helsinki.osm.pbf; test.osm.pbf" in places.message
    assert not told(opened(data, "osm_helsinki/test.osm.pbf"), "several_places")


@pytest.mark.slow
def test_that_bad_hersfeld_has_its_buildings_streets_and_signals(data: Path) -> None:
    city = opened(data, "traffic_sumo")
    assert len(city.buildings) == 11280  # 11,273 ways and 7 relations
    ruin = city.buildings.table[city.buildings.table["name"] == "Stiftsruine Bad Hersfeld"]
    assert len(ruin) == 1
    place = city.buildings.footprints[ruin.index[0]].centroid
    lon, lat = city.frame.to_lonlat(np.array([place.x]), np.array([place.y]))
    assert (lon[0], lat[0]) == pytest.approx((9.7023, 50.8670), abs=0.002)
    assert len(city.layers["signals"]) == 24
    assert oneway_share(city, "roads 2") == 1.0
    assert 0.05 < oneway_share(city) < 0.2
    assert sorted(p.source for p in told(city, "network_twice")) == ["osm_edited.net.xml.gz"] * 2


def test_that_lower_manhattan_has_its_towers_and_trains(data: Path) -> None:
    city = opened(data, "nyc")
    assert (len(city.buildings) + len(city.buildings.parts), len(city.buildings)) == (6390, 4388)
    tower = at(city, -74.0132, 40.7130)
    assert city.buildings.table.set_index("id")["name"][tower] == "One World Trade Center"
    assert height(city, tower) == 541.0
    assert height(city, at(city, -74.0083, 40.7124)) == pytest.approx(237.8)  # Woolworth
    transit = city.networks["transit"]
    assert (len(transit.nodes), len(transit.tables["timetable"])) == (91, 86150)
    assert [p.severity for p in city.problems if p.severity == "error"] == []


def test_that_shanghai_has_its_three_towers_where_they_stand(data: Path) -> None:
    city = opened(data, "shanghai")
    assert (len(city.buildings), len(city.buildings.parts)) == (1321, 129)
    for lon, lat, metres in ((121.5013, 31.2355, 632.0), (121.5030, 31.2366, 492.0), (121.4953, 31.2419, 468.0)):
        assert height(city, at(city, lon, lat)) == metres
    assert city.layers["water"].table["name"].str.contains("黄浦江").any()
    assert "ShanghaiPM" not in city.attribution  # its table has no place and is not used
    assert told(city, "no_crs")[0].repair == "crs=EPSG:4326"


# networks on a grid of their own
@pytest.mark.parametrize(
    ("path", "nodes", "links", "length_m", "demand_m3s", "elevation_m"),
    [
        ("water_wntr/networks/Net6.inp", 3356, 3892, 638768.3, 3.27594, 172794.77),
        ("water_wntr/networks/ky4.inp", 964, 1158, 260241.0, 0.06565, 188285.95),
        ("infrarisk/micropolis/water/med/water.inp", 1577, 1619, 37255.4, 0.0688, 495688.01),
        ("infrarisk/in2/water/water.inp", 11, 13, 19363.9, 0.0694, 1923.29),
    ],
)
def test_that_water_networks_are_those_that_wntr_reads(
    data: Path, path: str, nodes: int, links: int, length_m: float, demand_m3s: float, elevation_m: float
) -> None:
    network = opened(data, path, crs="engineering").networks["water"]
    assert (len(network.nodes), len(network.edges)) == (nodes, links)
    pipes, junctions = network.edges[network.edges["kind"] == "pipe"], network.nodes[network.nodes["kind"] == "junction"]
    assert pipes["length_m"].sum() == pytest.approx(length_m, abs=0.1)
    assert junctions["demand_m3s"].sum() == pytest.approx(demand_m3s, abs=1e-5)
    assert junctions["z"].sum() == pytest.approx(elevation_m, abs=0.01)


def test_that_kentucky_lies_on_its_terrain(data: Path) -> None:
    city = opened(data, "water_wntr/networks/ky4.inp", "water_wntr/data/ky4_elevation.tif", crs="EPSG:3547")
    nodes = city.networks["water"].nodes
    off = city.ground_z(nodes["x"].to_numpy(), nodes["y"].to_numpy()) - nodes["z"].to_numpy()
    assert abs(np.median(off[nodes["kind"] == "junction"])) < 0.5


def test_that_the_pieces_of_micropolis_lie_together_by_a_recipe(data: Path, tmp_path: Path) -> None:
    home = data / "infrarisk/micropolis"
    paths = ["gis/buildings_v1.shp", "gis/roads_v1.shp", "gis/water_nodes_v0.shp", "gis/waterservcon_v0.shp", "gis/streams_v1.shp",
             "power/med/power.json", "water/med/water.inp", "transportation/med/transpo_net.tntp"]  # fmt: skip
    sources = "".join(f"[[source]]\npath = '{home / p}'\nunit = 'ft'\n" for p in paths)
    (tmp_path / "city.toml").write_text(f"name = 'Micropolis'\ncrs = 'engineering'\n{sources}", "utf-8")
    city = open_city(tmp_path / "city.toml", use_cache=False)
    assert len(city.buildings) == 868
    assert city.buildings.table["people_night"].sum() == pytest.approx(8723)
    assert {k: (len(n.nodes), len(n.edges)) for k, n in city.networks.items() if k != "roads"}["water"] == (1577, 1619)
    assert len(city.networks["power"].nodes) == 1225
    assert {k for k, v in city.layers.items() if v.role == "water"} == {"water"}
    assert len(city.layers["water"]) == 4
    assert city.layers["pipes"].geometry[0].geom_type.endswith("LineString")  # service connections
    x0, y0, x1, y1 = shapely.total_bounds(city.buildings.footprints)
    middle = city.networks["water"].nodes[["x", "y"]].median()
    assert x0 < middle["x"] < x1
    assert y0 < middle["y"] < y1


@pytest.mark.parametrize("name", ["water_wntr/networks/Net3.inp", "swmm_pystorms/alpha.inp", "flood_okushiri", "tide_honolulu/HNL2010.asc"])
def test_that_what_says_no_place_is_refused_with_a_way_out(data: Path, name: str) -> None:
    with pytest.raises(InputError) as error:
        opened(data, name)
    assert error.value.do


def test_that_a_plan_said_to_be_degrees_is_no_city_and_does_not_place_the_others(data: Path) -> None:
    with pytest.raises(InputError, match="which is no city"):
        opened(data, "water_wntr/data/Net1_demographic_data.geojson")
    city = opened(data, "water_wntr/data/Net1_demographic_data.geojson", "water_wntr/data/ky4_pipes.geojson")
    assert city.frame.crs == "EPSG:3547"
    assert {k: len(v) for k, v in city.layers.items()} == {"pipes": 1156}


# tables, sensors, exposure
def test_that_every_asset_of_nepal_comes_in_beside_its_description(data: Path) -> None:
    city = opened(data, "quake_openquake/demos_risk/ScenarioDamage")
    layer = city.layers["exposure_model"]
    assert len(layer) == 9063
    assert {"taxonomy", "number", "structural"} <= set(layer.table.columns)
    lon, lat = city.frame.to_lonlat(shapely.get_x(layer.geometry), shapely.get_y(layer.geometry))
    assert 80 < lon.min() < lon.max() < 88.3
    assert 26.3 < lat.min() < lat.max() < 30.5


def test_that_minot_has_its_structures(data: Path) -> None:
    city = opened(data, "hazus_fast/UDF/ND_Minot_UDF.csv")
    (layer,) = city.layers.values()
    assert len(layer) == 12534
    lon, lat = city.frame.to_lonlat(shapely.get_x(layer.geometry), shapely.get_y(layer.geometry))
    assert (np.median(lon), np.median(lat)) == pytest.approx((-101.3032, 48.2359), abs=1e-3)
    (unused,) = told(opened(data, "hazus_fast"), "not_joined")
    assert unused.count > 30
    assert unused.severity == "info"


def test_that_gauges_have_their_references_and_names(data: Path) -> None:
    city = opened(data, "sensors_ukfloods2014/stations.tsv")
    table = city.layers["sensors"].table
    assert (len(table), told(city, "no_geometry")[0].count) == (1873, 305)  # of 2,178
    assert "sensor/SU17/110" in set(table["id"])
    assert "DRAYCOT FOLIAT OBH" in set(table["name"])


@pytest.mark.slow
def test_that_trafford_counts_each_hospital_once(data: Path) -> None:
    city = opened(data, "gis_trafford")
    facilities = city.layers["facilities"].table
    assert len(facilities) == 449 + 82 + 103  # those of Trafford are among Greater Manchester's
    assert facilities["id"].is_unique
    assert len(city.layers["trees"]) == 15638
    assert told(city, "same_file")[0].count == 11


# out and in again
@pytest.mark.parametrize("ending", [".city.json", ".gpkg", ".parquet"])
def test_that_courtyards_and_slivers_come_back_with_their_area(data: Path, tmp_path: Path, ending: str) -> None:
    from twin.city.writers import write_city

    city = opened(data, "osm_helsinki/Helsinki.osm.pbf")
    write_city(city, tmp_path / f"out{ending}")
    again = open_city(tmp_path / f"out{ending}", use_cache=False)
    assert set(again.buildings.ids) == set(city.buildings.ids)
    before, after = (dict(zip(c.buildings.ids, shapely.area(c.buildings.footprints), strict=True)) for c in (city, again))
    assert max(abs(before[i] - after[i]) for i in before) < 1.0
    assert again.content_hash  # no column twice


def test_that_a_geoparquet_file_of_any_name_is_known_by_its_columns(data: Path, tmp_path: Path) -> None:
    from twin.city.writers import write_city

    write_city(opened(data, "city_denhaag"), tmp_path / "thing.parquet")
    again = open_city(tmp_path / "thing.parquet", use_cache=False)
    assert len(again.buildings) == 844
    assert not told(again, "invalid_ring")


# the import report
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("city_denhaag", ("non_planar",)),
        ("shanghai", ("zero_height",)),
        ("nyc", ("min_above_top",)),
        ("osm_helsinki", ("incomplete_line",)),
    ],
)
def test_that_no_example_of_an_object_is_a_dead_end(data: Path, name: str, codes: tuple[str, ...]) -> None:
    city = open_city(data / name)
    for code in codes:
        assert linked(city, code), code
        assert all(linked(city, code)), code
    x0, y0, x1, y1 = city.bounds
    for p in city.problems:
        for example in p.examples:
            place = place_of(city, example)
            assert place is None or (x0 <= place[0] <= x1 and y0 <= place[1] <= y1)


def test_that_files_and_codes_are_no_objects(data: Path) -> None:
    city = open_city(data / "gis_trafford")
    assert told(city, "same_file")
    assert not any(linked(city, "same_file"))
    assert not any(linked(city, "not_joined"))
