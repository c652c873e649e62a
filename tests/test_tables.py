"""CSV, TSV and XLSX: with coordinates a layer, without rows that join by ids."""

from __future__ import annotations

import contextlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.city.readers.encoding import decoder_of
from twin.city.readers.parts import Hints
from twin.city.readers.places import british_grid, degrees
from twin.city.readers.table import header_row, read_table
from twin.city.recipe import open_city
from twin.errors import InputError, Problem


def houses(folder: Path, n: int = 4, name: str = "buildings.geojson", **columns: list[object]) -> Path:
    features = []
    for i in range(n):
        x, y = 4.36 + 0.0004 * i, 52.01
        ring = [[x, y], [x + 0.0002, y], [x + 0.0002, y + 0.0002], [x, y + 0.0002], [x, y]]
        own = {"identificatie": f"NL.IMBAG.Pand.{1000 + i}"} | {k: v[i] for k, v in columns.items()}
        features.append({"type": "Feature", "properties": own, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder / name


def codes(problems: object) -> dict[str, Problem]:
    return {p.code: p for p in problems}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "name,lon,lat,height\nA,4.36,52.01,3\nB,4.37,52.02,4.5\n",
        "\ufeffname;lon;lat;height\r\nA;4,36;52,01;3\r\nB;4,37;52,02;4,5\r\n",
        "name\tLongitude\tLatitude\theight\nA\t4.36\t52.01\t3\nB\t4.37\t52.02\t4.5\n",
        "Trees of the town\nas of 2024\n\nname|lon|lat|height\nA|4.36|52.01|3\nB|4.37|52.02|4.5\n",
        "# name,lon,lat,height\nA,4°21'36\"E,52°0'36\"N,3\nB,4 22 12 E,52 1 12 N,4.5\n",
        'name,wkt,height\nA,POINT (4.36 52.01),3\nB,"POINT (4.37 52.02)",4.5\n',
    ],
)
def test_that_tables_of_every_make_are_points_at_the_same_places(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trees.csv"
    path.write_text(text, "utf-8")
    parts = read_table(path, Hints())
    layer = parts.layers[0]
    assert np.allclose(shapely.get_coordinates(layer.geometry), [[4.36, 52.01], [4.37, 52.02]], atol=1e-9)
    assert layer.table["height"].tolist() == [3, 4.5]
    assert layer.table["name"].tolist() == ["A", "B"]
    assert layer.role == "trees"
    if "wkt" not in text:
        assert layer.crs is not None
        assert layer.crs.to_epsg() == 4326


def test_that_eastings_need_the_coordinate_system_of_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text("id,x,y\n1,85000,447000\n2,85010,447000\n")
    with pytest.raises(InputError, match="does not say its coordinate system"):
        open_city(tmp_path / "trees.csv", use_cache=False)
    city = open_city(tmp_path / "trees.csv", crs="EPSG:28992", use_cache=False)
    assert city.frame.crs == "EPSG:28992"
    assert len(city.layers["trees"]) == 2


def test_that_degrees_are_read_in_the_ways_people_write_them() -> None:
    said = pd.Series(["52° 0' 38.5\" N", "4:21.5", "W 0.12", "52,01", "-33.9", "S 33°54'", "", "north", "7 30 E", "400"])
    found = degrees(said)
    want = [52 + 38.5 / 3600, 4 + 21.5 / 60, -0.12, 52.01, -33.9, -33.9, np.nan, np.nan, 7.5, np.nan]
    assert np.allclose(found, want, equal_nan=True)


def test_that_british_grid_references_are_where_the_ordnance_survey_says() -> None:
    """TG 51409 13177: the example of Ordnance Survey's guide, easting 651409, northing 313177; NN 166 712 is Ben Nevis."""
    e, n = british_grid(pd.Series(["TG 51409 13177", "NN166712", "SV00", "XX 12", "", "SU 1"]))
    assert np.allclose(e[:3], [651409.5, 216650, 5000])
    assert np.allclose(n[:3], [313177.5, 771250, 5000])
    assert np.isnan(e[3:]).all()


def test_that_codes_keep_their_zeros_and_names_are_made_unique(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("code,n,n,,empty\n007,1.234,5,x,\n010,1.235,6,y,\n")
    table = read_table(path, Hints()).tables[0].table
    assert table["code"].tolist() == ["007", "010"]
    assert list(table.columns) == ["code", "n", "n 2", "column 4"]
    assert table["n"].tolist() == [1.234, 1.235]


def test_that_the_row_of_names_is_found() -> None:
    assert header_row([["Report"], [], ["id", "name", "value"], ["1", "A", "3"]]) == 2
    assert header_row([["1", "2.5", "3"], ["2", "3.5", "4"]]) is None
    assert header_row([["id", "name"], ["1", "A"]]) == 0


def test_that_texts_in_gbk_and_windows_encodings_are_read_and_told(tmp_path: Path) -> None:
    rows = ["名称,lon,lat"] + [f"上海{name}大厦与周边街道,121.5,31.2{i}" for i, name in enumerate("浦东金融贸易中心广场")]
    path = tmp_path / "poi.csv"
    path.write_bytes("\n".join(rows).encode("gbk"))
    parts = read_table(path, Hints())
    assert parts.layers[0].table["名称"][0] == "上海浦大厦与周边街道"
    assert "encoding_guessed" in codes(parts.problems)
    stated = read_table(path, Hints(encoding="gb18030"))
    assert stated.layers[0].table["名称"][0] == "上海浦大厦与周边街道"
    assert not stated.problems
    with pytest.raises(InputError, match="is no encoding"):
        read_table(path, Hints(encoding="klingon"))
    problems: list[Problem] = []
    german = "Straße;Größe;Höhe über NN\nKönigsstraße;schön;12\nÄußere Mühle;groß;3\n".encode("cp1252")
    assert "Königsstraße" in german.decode(decoder_of(german, "", "x", problems))


def test_that_readings_of_gauges_become_one_sensor_each_and_the_placeless_are_told(data: Path) -> None:
    """Manifest: 25,000 readings of 2,178 stations, 13 % of the rows without a grid reference."""
    parts = read_table(data / "sensors_ukfloods2014" / "stations.tsv", Hints())
    layer = parts.layers[0]
    assert layer.role == "sensors"
    assert layer.crs is not None
    assert layer.crs.to_epsg() == 27700
    assert codes(parts.problems)["readings"].count == 25_000
    assert len(layer.table) == 2178
    missing = shapely.is_missing(layer.geometry)
    assert 0.05 < missing.mean() < 0.2
    xy = shapely.get_coordinates(layer.geometry)
    assert (xy.min(0) > [80_000, 5_000]).all()
    assert (xy.max(0) < [700_000, 660_000]).all()
    city = open_city(data / "sensors_ukfloods2014" / "stations.tsv", use_cache=False)
    assert len(city.layers["sensors"]) == (~missing).sum()
    assert codes(city.problems)["no_geometry"].count == missing.sum()


def write_xlsx(path: Path, rows: list[list[object]], second: list[list[object]] | None = None) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "trees"
    for row in rows:
        sheet.append(row)
    if second:
        more = book.create_sheet("more")
        for row in second:
            more.append(row)
    book.save(path)


def test_that_a_workbook_is_read_and_its_formulas_are_not_computed(tmp_path: Path) -> None:
    path = tmp_path / "town.xlsx"
    write_xlsx(
        path,
        [["Trees of the town"], [], ["id", "lon", "lat", "height", "sum"], ["007", 4.36, 52.01, 3, "=1+1"], ["008", 4.37, 52.02, 5, "=2"]],
        [["id", "value"], ["a", 1], ["b", 2]],
    )
    parts = read_table(path, Hints())
    assert [x.name for x in parts.layers] == ["trees"]
    assert parts.layers[0].table["height"].tolist() == [3, 5]
    assert parts.layers[0].table["id"].tolist() == ["007", "008"]
    assert "sum" not in parts.layers[0].table  # never computed, so there is no value
    assert [t.name for t in parts.tables] == ["more"]
    assert [t.name for t in read_table(path, Hints(layers=("more",))).tables] == ["more"]


def test_that_a_workbook_that_swells_or_declares_entities_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 << 20))
    with pytest.raises(InputError, match="far more than it has itself"):
        open_city(bomb, use_cache=False)
    laughs = tmp_path / "laughs.xlsx"
    write_xlsx(laughs, [["id", "lon", "lat"], [1, 4.0, 52.0]])
    with zipfile.ZipFile(laughs) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "ha">]>' + sheet
    with zipfile.ZipFile(laughs, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="XML entities"):
        open_city(laughs, use_cache=False)


def test_that_a_table_joins_the_buildings_whose_ids_it_has(tmp_path: Path) -> None:
    houses(tmp_path)
    (tmp_path / "extra.csv").write_text(
        "pand_id,height,use,population,remark\n"
        "NL.IMBAG.Pand.1000,12,office,3,a\nNL.IMBAG.Pand.1001,20,residential,7,b\n"
        "NL.IMBAG.Pand.1001,99,residential,9,again\nNL.IMBAG.Pand.1003,8,school,0,c\nNL.IMBAG.Pand.7777,1,school,0,lost\n"
    )
    city = open_city(tmp_path, use_cache=False)
    table = city.buildings.table.set_index("id")
    assert table["height_m"].tolist() == [12, 20, 12, 8]
    assert table.loc["building/NL.IMBAG.Pand.1000", ["use", "people_night"]].tolist() == ["office", 3]
    assert table.loc["building/NL.IMBAG.Pand.1002", "height_source"] == "neighbours"
    assert city.buildings.attributes["remark"].tolist()[:2] == ["a", "b"]
    told = codes(city.problems)
    assert told["joined"].count == 3
    assert told["join_unmatched"].examples == ("NL.IMBAG.Pand.7777",)
    assert told["join_ambiguous"].count == 1
    assert "extra.csv" in {s.name for s in city.sources}


def test_that_a_recipe_says_what_to_join_by(tmp_path: Path) -> None:
    houses(tmp_path, number=[1, 2, 3, 4])
    (tmp_path / "extra.csv").write_text("nr,hoogte\n4,40\n3,30\n")
    recipe = '[[source]]\npath = "buildings.geojson"\n[[source]]\npath = "extra.csv"\njoin = "nr = buildings.{}"\n'
    (tmp_path / "city.toml").write_text(recipe.format("number"))
    city = open_city(tmp_path, use_cache=False)
    heights = city.buildings.table.set_index("id")["height_m"]
    assert heights["building/NL.IMBAG.Pand.1002"] == 30
    assert heights["building/NL.IMBAG.Pand.1003"] == 40
    (tmp_path / "city.toml").write_text(recipe.format("nummer"))
    with pytest.raises(InputError, match="No layer 'buildings' has a column 'nummer'"):
        open_city(tmp_path, use_cache=False)


def test_that_small_numbers_do_not_join_by_accident(tmp_path: Path) -> None:
    houses(tmp_path, gid=[1, 2, 3, 4])
    (tmp_path / "wards.csv").write_text("ward,people\n1,10\n2,20\n3,30\n")
    city = open_city(tmp_path, use_cache=False)
    assert codes(city.problems)["not_joined"].count == 3
    assert np.isnan(city.buildings.table["people_night"]).all()


@pytest.mark.parametrize(("column", "values"), [("height", (12, 20, 12, 8)), ("storeys", (4, 6, 4, 2)), ("colour", (1, 2, 3, 4))])
def test_that_areas_whose_heights_come_from_a_table_are_buildings(tmp_path: Path, column: str, values: tuple[int, ...]) -> None:
    houses(tmp_path)
    content = json.loads((tmp_path / "buildings.geojson").read_text())
    for i, feature in enumerate(content["features"]):
        feature["properties"] = {"ref": f"A{1000 + i}"}
    (tmp_path / "buildings.geojson").unlink()
    (tmp_path / "fp.geojson").write_text(json.dumps({**content, "name": "fp"}))
    (tmp_path / "more.csv").write_text(f"ref,{column}\n" + "".join(f"A{1000 + i},{v}\n" for i, v in enumerate(values)))
    city = open_city(tmp_path, use_cache=False)
    assert codes(city.problems)["joined"].count == 4
    assert len(city.buildings) == (0 if column == "colour" else 4)
    if column == "height":
        assert sorted(city.buildings.table["height_m"]) == sorted(values)


def test_that_a_table_alone_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,height\nA1234,3\nB1234,4\n")
    with pytest.raises(InputError, match="has neither coordinates nor"):
        open_city(tmp_path / "a.csv", use_cache=False)


def test_that_the_residents_of_bad_hersfeld_join_its_buildings(data: Path, tmp_path: Path) -> None:
    folder = data / "traffic_sumo" / "BadHersfeld" / "osm"
    city = open_city([folder / "osm_bbox.osm.xml.gz", folder / "buildings" / "osm_buildings.add.csv"], use_cache=False)
    joined = codes(city.problems)["joined"]
    assert joined.count > 10_900
    people = city.buildings.table["people_night"]
    rows = pd.read_csv(folder / "buildings" / "osm_buildings.add.csv")
    known = set(city.buildings.table["id"].str.removeprefix("building/"))
    assert people.sum() == pytest.approx(rows.loc[rows["osm_id"].astype(str).isin(known), "population"].sum(), rel=0.02)


SAMPLE = "id;naam;lon;lat;hoogte\n1;Café;4,36;52,01;3,5\n2;'t Hof;4,37;52,02;\n".encode("cp1252") * 3


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(SAMPLE)))
def test_that_broken_tables_end_in_a_city_or_a_plain_sentence(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    broken = bytearray(SAMPLE)
    for at, value in changes:
        broken[at] = value
    path = tmp_path / "t.csv"
    path.write_bytes(bytes(broken[: max(cut, 1)]))
    with contextlib.suppress(InputError):
        open_city(path, use_cache=False)
