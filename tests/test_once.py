"""Each thing once, and one place: what two sources tell of the same ground, and sources far from each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.recipe import open_city
from twin.errors import Problem

EAST, NORTH = 84_900.0, 447_500.0


def houses(n: int = 6, dx: float = 0.0) -> list[Any]:
    return [shapely.box(EAST + dx + 20 * i, NORTH, EAST + dx + 20 * i + 10, NORTH + 10) for i in range(n)]


def streets(n: int = 4, dx: float = 0.0) -> list[Any]:
    return [shapely.LineString([(EAST + dx, NORTH - 20 - 30 * i), (EAST + dx + 100, NORTH - 20 - 30 * i)]) for i in range(n)]


def write(path: Path, shapes: list[Any], **columns: Any) -> Path:
    geopandas.GeoDataFrame({"id": [f"{path.stem}-{i}" for i in range(len(shapes))], **columns}, geometry=shapes, crs="EPSG:28992").to_file(
        path
    )
    return path


def told(city: City, code: str) -> list[Problem]:
    return [p for p in city.problems if p.code == code]


def test_that_a_house_of_two_sources_stands_once_with_what_either_knows(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", houses(), bouwjaar=[1901, 1902, 1903, 1904, 1905, 1906], name=["Mill", *[""] * 5])
    write(tmp_path / "footprints.geojson", houses(7, 0.05), height=9.0)
    city = open_city(tmp_path, use_cache=False)
    table = city.buildings.table.set_index("id")
    assert sorted(table.index) == [f"building/footprints-{i}" for i in range(7)]
    assert set(table["height_source"]) == {"measured"}
    assert table.loc["building/footprints-0", ["name", "year"]].tolist() == ["Mill", 1901]
    assert np.isnan(table.loc["building/footprints-6", "year"])
    (problem,) = told(city, "told_twice")
    assert (problem.severity, problem.count, problem.source) == ("info", 6, "buildings.gpkg")
    assert set(problem.examples) <= set(table.index)


def test_that_both_stay_where_the_recipe_keeps_them(tmp_path: Path) -> None:
    for name in ("buildings.gpkg", "footprints.gpkg"):
        write(tmp_path / name, houses(), height=9.0)
    (tmp_path / "city.toml").write_text('keep_doubles = true\n[[source]]\npath = "."\n', "utf-8")
    city = open_city(tmp_path, use_cache=False)
    assert len(city.buildings) == 12
    assert told(city, "double_source")[0].count == 6


def test_that_neighbours_of_two_tiles_and_a_tower_on_its_podium_are_no_doubles(tmp_path: Path) -> None:
    write(tmp_path / "buildings_west.gpkg", houses(), height=9.0)
    write(tmp_path / "buildings_east.gpkg", [*houses(6, 120.0), shapely.box(EAST + 2, NORTH + 2, EAST + 8, NORTH + 8)], height=9.0)
    city = open_city(tmp_path, use_cache=False)
    assert len(city.buildings) == 13
    assert not told(city, "told_twice")


def test_that_streets_in_two_formats_are_one_network(tmp_path: Path) -> None:
    write(tmp_path / "roads.gpkg", streets(), highway="residential")
    write(tmp_path / "roads_old.geojson", streets(3), highway="residential")
    city = open_city(tmp_path, use_cache=False)
    assert list(city.networks) == ["roads"]
    assert {k: len(v) for k, v in city.layers.items()} == {"roads": 4}
    assert [p.count for p in told(city, "told_twice")] == [3, 3]


def test_that_two_products_of_the_same_streets_both_stay_and_are_told(tmp_path: Path) -> None:
    write(tmp_path / "roads.gpkg", streets(), highway="residential")
    write(tmp_path / "streets.gpkg", streets(4, 4.0), highway="residential")
    city = open_city(tmp_path, use_cache=False)
    assert list(city.networks) == ["roads", "roads 2"]
    (problem,) = told(city, "network_twice")
    assert problem.severity == "warning" and "'roads 2'" in problem.message  # noqa: PT018


def test_that_a_layer_within_a_larger_one_gives_way_and_a_few_same_shapes_do_not(tmp_path: Path) -> None:
    write(tmp_path / "landuse_a.gpkg", houses(3), landuse="residential")
    write(tmp_path / "landuse_b.gpkg", houses(6), landuse="residential")
    city = open_city(tmp_path, use_cache=False)
    assert {k: len(v) for k, v in city.layers.items()} == {"landuse": 6}
    (tmp_path / "landuse_a.gpkg").unlink()
    write(tmp_path / "landuse_a.gpkg", [*houses(1), *houses(5, 300.0)], landuse="residential")
    city = open_city(tmp_path, use_cache=False)
    assert {k: len(v) for k, v in city.layers.items()} == {"landuse": 6, "landuse 2": 6}


@pytest.mark.parametrize(("km", "places"), [(15.0, 0), (60.0, 2)])
def test_that_sources_far_apart_are_several_places(tmp_path: Path, km: float, places: int) -> None:
    write(tmp_path / "buildings.gpkg", houses(), height=9.0)
    write(tmp_path / "buildings_far.gpkg", houses(6, 1000 * km), height=9.0)
    found = told(open_city(tmp_path, use_cache=False), "several_places")
    assert [p.count for p in found] == ([places] if places else [])
    assert all(f"{km:.0f} km apart" in p.message and len(p.places) == 2 for p in found)


def test_that_files_of_one_name_are_told_by_their_folders_and_foreign_ones_at_once(tmp_path: Path) -> None:
    for folder, dx in (("old", 0.0), ("new", 0.05)):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "buildings.gpkg", houses(6, dx), height=9.0)
        (tmp_path / folder / "settings.json").write_text(f'{{"of": "{folder}"}}', "utf-8")
        (tmp_path / folder / "view.xml").write_text(f"<view>{folder}</view>", "utf-8")
    city = open_city(tmp_path, use_cache=False)
    assert {s.name for s in city.sources} == {"old/buildings.gpkg", "new/buildings.gpkg"}
    assert [(p.count, p.severity) for p in told(city, "unknown_format")] == [(4, "info")]
    assert told(city, "told_twice")[0].source == "old/buildings.gpkg"


def test_that_a_table_stays_where_the_file_beside_it_has_no_places(tmp_path: Path) -> None:
    (tmp_path / "exposure.xml").write_text('<nrml xmlns="http://openquake.org/xmlns/nrml/0.5"><exposureModel/></nrml>', "utf-8")
    (tmp_path / "exposure.csv").write_text("id,lon,lat\n" + "".join(f"a{i},4.3{i},52.0\n" for i in range(5)), "utf-8")
    assert len(open_city(tmp_path, use_cache=False).layers["exposure"]) == 5


def test_that_buildings_off_the_terrain_are_told(tmp_path: Path) -> None:
    write(tmp_path / "buildings.gpkg", houses(), height=9.0)
    rows = "\n".join(" ".join("1.0" for _ in range(20)) for _ in range(10))
    head = f"ncols 20\nnrows 10\nxllcorner {EAST - 50}\nyllcorner {NORTH - 50}\ncellsize 10\nNODATA_value -9999\n"
    (tmp_path / "dtm.asc").write_text(head + rows, "utf-8")
    (tmp_path / "city.toml").write_text('[[source]]\npath = "buildings.gpkg"\n[[source]]\npath = "dtm.asc"\ncrs = "EPSG:28992"\n', "utf-8")
    assert not told(open_city(tmp_path, use_cache=False), "off_terrain")
    write(tmp_path / "buildings.gpkg", houses(12), height=9.0)
    (problem,) = told(open_city(tmp_path, use_cache=False), "off_terrain")
    assert (problem.severity, problem.count) == ("info", 4)  # the ground ends 150 m east
