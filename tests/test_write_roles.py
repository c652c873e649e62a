"""What CityJSON has no types for comes back as what it was: layers and their roles, and where heights are from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_readers_cityjson import cube, document, opened
from tests.test_write_cityjson import out_and_in, told_wrong
from twin.city.recipe import open_city
from twin.city.writers import write_city


def test_that_layers_without_a_type_of_their_own_come_back_in_their_roles(tmp_path: Path) -> None:
    before = open_city("demo:1")
    path, after = out_and_in(before, tmp_path)
    assert told_wrong(path) == []
    for name in ("metro", "poi", "places", "stations", "facilities", "barriers", "sensors", "pumps", "trees", "landuse", "green"):
        mine, theirs = before.layers[name], after.layers[name]
        assert (theirs.role, len(theirs)) == (mine.role, len(mine)), name
        assert sorted(theirs.table["kind"]) == sorted(mine.table["kind"]), name
        assert "twin_layer" not in theirs.table
    for name in ("poi", "places", "trees", "landuse", "metro"):
        assert sorted(after.layers[name].ids) == sorted(before.layers[name].ids)
    assert "other" not in after.layers
    assert {"roads", "metro"} <= set(after.networks)


def test_that_objects_whose_type_tells_their_layer_have_no_mark(tmp_path: Path) -> None:
    write_city(open_city("demo:1"), tmp_path / "out.city.json")
    objects = json.loads((tmp_path / "out.city.json").read_text())["CityObjects"].values()
    assert not [o for o in objects if o["type"] in ("Road", "WaterBody", "Bridge", "Tunnel") and "twin_layer" in o.get("attributes", {})]


@pytest.mark.parametrize("mark", [{"twin_layer": 5, "twin_role": "poi"}, {"twin_layer": "x", "twin_role": "no role"}, {"twin_layer": "x"}])
def test_that_marks_that_are_not_ours_move_nothing(tmp_path: Path, mark: dict[str, object]) -> None:
    city = opened(tmp_path, document({"P": {"type": "GenericCityObject", "attributes": mark, "geometry": [cube("1")]}}))
    assert list(city.layers) == ["other"]


@pytest.mark.parametrize("name", ["out.city.json", "out.glb"])
def test_that_a_guessed_height_stays_marked_as_guessed(tmp_path: Path, name: str) -> None:
    words = ["default", "neighbours", "levels", "lidar"]
    objects = {f"B{i}": {"type": "Building", "attributes": {"height_source": w}, "geometry": [cube()]} for i, w in enumerate(words)}
    before = opened(tmp_path, document(objects)).buildings
    assert before.table["height_source"].tolist() == ["default", "neighbours", "levels", "solid"]
    write_city(opened(tmp_path, document(objects)), tmp_path / name)
    after = open_city(tmp_path / name, use_cache=False).buildings
    said = [dict(zip(b.ids, b.table["height_source"], strict=True)) for b in (before, after)]
    assert said[0] == said[1]


def test_that_the_source_of_a_height_goes_out_with_each_building(tmp_path: Path) -> None:
    city = opened(tmp_path, document({"B": {"type": "Building", "geometry": [cube()]}}))
    table = city.buildings.table.assign(height_source="neighbours")
    guessed = city.derived(buildings=city.buildings.derived(table=table))
    path, after = out_and_in(guessed, tmp_path)
    assert json.loads(path.read_text())["CityObjects"]["B"]["attributes"]["height_source"] == "neighbours"
    assert after.buildings.table["height_source"].tolist() == ["neighbours"]
