"""Heights and outlines where sources are uneven: some say where they begin, some have slivers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city.footprints import buildings_of
from twin.city.layers_of import features_of
from twin.city.solids import areas_of


def test_that_levels_count_where_only_another_building_says_its_first_one() -> None:
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(3)], object)
    table = pd.DataFrame({"id": ["a", "b", "c"], "building:levels": ["4", "5", None], "building:min_level": [None, "3", None]})
    buildings, problems = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "town")
    assert buildings.table["height_source"].tolist() == ["levels", "levels", "neighbours"]
    assert buildings.table["height_m"].tolist()[:2] == pytest.approx([12.8, 16.0])
    assert [p.count for p in problems if p.code == "no_height"] == [1]


def test_that_heights_that_cannot_be_are_told_with_their_buildings() -> None:
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(3)], object)
    table = pd.DataFrame({"id": ["a", "b", "c"], "height": [0.0, 5000.0, 9.0], "min_height": [0.0, 0.0, 12.0]})
    _, problems = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "town")
    named = {p.code: p.examples for p in problems}
    assert named["zero_height"] == ("building/a",)
    assert named["wild_height"] == ("building/b",)
    assert named["min_above_top"] == ("building/c",)


def test_that_heights_that_we_guessed_once_stay_guessed_when_they_come_in_again() -> None:
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(7)], object)
    words = ["measured", "solid", "levels", "surface", "neighbours", "default", None]
    table = pd.DataFrame({"id": list("abcdefg"), "height_m": [9.0, 8.0, 6.4, 7.0, 8.5, 6.4, 5.0], "height_source": words})
    buildings, problems = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "town")
    assert buildings.table["height_source"].tolist() == ["measured", "measured", "levels", "surface", "neighbours", "default", "measured"]
    assert buildings.table["height_m"].tolist() == table["height_m"].tolist()
    told = [p.message for p in problems if p.code == "no_height"]
    assert told == [
        "1 of 7 buildings have no height or levels and got the median of their neighbours",
        "1 of 7 buildings have no height or levels and got 6.4 m",
    ]


def test_that_a_guessed_height_is_no_neighbours_measure() -> None:
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(5)], object)
    words = ["measured", "default", "default", "default", None]
    table = pd.DataFrame({"id": list("abcde"), "height_m": [30.0, 6.4, 6.4, 6.4, np.nan], "height_source": words})
    buildings, _ = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "town")
    assert buildings.table["height_m"].iloc[4] == 30.0


@pytest.mark.parametrize(
    "columns",
    [{"height_m": [9.0, 8.0], "height_source": ["lidar", "default"]}, {"height": [9.0, 8.0], "height_source": ["default", "default"]}],
)
def test_that_a_column_that_only_is_called_like_ours_says_nothing(columns: dict[str, list[object]]) -> None:
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(2)], object)
    buildings, problems = buildings_of(shapes, pd.DataFrame(columns), {}, lambda x, y: np.zeros(len(x)), "town")
    assert buildings.table["height_source"].tolist() == ["measured", "measured"]
    assert "no_height" not in {p.code for p in problems}


@pytest.mark.parametrize("suffix", ["gpkg", "parquet"])
def test_that_what_we_write_comes_back_with_its_guesses(suffix: str, tmp_path: Path) -> None:
    from twin.city.recipe import open_city
    from twin.city.writers import write_city

    features = [
        {"type": "Feature", "properties": {"id": i, **({"height": 9.0} if i < 2 else {})},
         "geometry": shapely.geometry.mapping(shapely.box(4.36 + i / 2000, 52.0, 4.3602 + i / 2000, 52.0001))}
        for i in range(4)
    ]  # fmt: skip
    (tmp_path / "houses.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    city = open_city(tmp_path / "houses.geojson")
    write_city(city, tmp_path / f"out.{suffix}")
    again = open_city(tmp_path / f"out.{suffix}")
    words = city.buildings.table.set_index("id")["height_source"]
    assert set(words) == {"measured", "neighbours"}
    assert sorted(again.buildings.table["height_source"]) == sorted(words)
    assert [p.count for p in again.problems if p.code == "no_height"] == [2]


@pytest.mark.parametrize("floor_faces", ["up", "down"])
def test_that_a_sliver_turned_the_other_way_does_not_hide_the_outline(floor_faces: str) -> None:
    points = np.array([[0, 0, 0], [40, 0, 0], [40, 40, 0], [0, 40, 0], [20, 0.001, 0]], float)
    floor = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    sliver = np.array([[0, 1, 4]], np.int32)
    triangles = np.concatenate([floor, sliver[:, ::-1]])
    if floor_faces == "down":
        triangles = triangles[:, ::-1].copy()
    (area,) = areas_of(points, triangles, np.zeros(3, np.int64), 1)
    assert area.area == pytest.approx(1600, abs=0.1)


def test_that_a_layer_that_was_ours_has_each_column_once() -> None:
    table = pd.DataFrame({"id": ["road/1"], "kind": ["road"], "source_id": [7], "source_kind": ["residential"]})
    layer = features_of("roads", "roads", np.array([shapely.LineString([(0, 0), (1, 1)])], object), table, {}, "town")
    assert layer.table.columns.is_unique
    assert layer.table[["source_id", "source_kind"]].iloc[0].tolist() == [7, "residential"]


def test_that_of_two_models_of_a_house_the_one_with_its_roof_stays() -> None:
    from twin.city.city import City
    from twin.city.doctor.buildings import worse_doubles
    from twin.city.doctor.facts import Facts
    from twin.city.mesh import Mesh
    from twin.city.once import each_once
    from twin.frame import LocalFrame

    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(0.05, 0, 10.05, 10)], object)
    table = pd.DataFrame({"id": ["block", "roof"], "height": [9.0, 9.2], "bouwjaar": [1900.0, np.nan]})
    buildings, _ = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "lod1")
    mesh = buildings.mesh
    roof = mesh.object == 1  # a second skin: more faces
    mesh = Mesh(mesh.points, np.concatenate([mesh.triangles, mesh.triangles[roof]]), np.r_[mesh.object, mesh.object[roof]],
                np.r_[mesh.surface, mesh.surface[roof]])  # fmt: skip
    said = buildings.table.assign(source=["lod1", "lod2"], height_source="solid")
    city = City("town", LocalFrame.around(None, [0, 0, 0, 0]), buildings.derived(table=said, mesh=mesh))
    worse, better = worse_doubles(Facts(city))
    assert (worse.tolist(), better.tolist()) == ([0], [1])
    once = each_once(city)
    assert once.buildings.ids.tolist() == ["building/roof"]
    assert once.buildings.table["year"].tolist() == [1900]
