"""Parts of buildings: what the source says of them, which surfaces are theirs, and that all of it comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.test_readers_cityjson import CORNERS, cube, document, opened, volume
from tests.test_write_cityjson import out_and_in, told_wrong
from twin.city.buildings import Buildings
from twin.city.footprints import buildings_of
from twin.city.pieces import part_of_triangles
from twin.city.recipe import open_city
from twin.city.solids import joined
from twin.city.store import load_city, save_city
from twin.city.writers import write_city

BESIDE = [(x + 6, y, z / 2) for x, y, z in CORNERS]
TALLER = [(x, y, z * 2) for x, y, z in CORNERS]


def two_parts() -> dict[str, Any]:
    return {
        "p2": {"type": "BuildingPart", "parents": ["b"], "attributes": {"roof": "3100", "id": "own"}, "geometry": [cube("2", shift=8)]},
        "b": {"type": "Building", "children": ["p1", "p2", "p3"], "attributes": {"name": "Rathaus"}},
        "p1": {"type": "BuildingPart", "parents": ["b"], "attributes": {"roof": "1000", "owners": ["Anna"]}, "geometry": [cube("2")]},
        "p3": {"type": "BuildingPart", "parents": ["b"], "attributes": {"roof": "none"}},
    }


def surfaces_of_parts(b: Buildings) -> dict[str, float]:
    """Area of the triangles of each part."""
    part = part_of_triangles(b.pieces, b.lod, b.parts, b.mesh.object)
    corner = b.mesh.points[b.mesh.triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2
    return {str(name): float(area[part == k].sum()) for k, name in enumerate(b.parts["id"])}


def test_that_parts_keep_their_attributes_and_surfaces_through_cityjson(tmp_path: Path) -> None:
    city = opened(tmp_path, document(two_parts(), CORNERS + BESIDE))
    parts = city.buildings.parts
    assert dict(zip(parts["id"], parts["roof"], strict=True)) == {"part/p1": "1000", "part/p2": "3100", "part/p3": "none"}
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    back = after.buildings.parts.set_index("id").reindex(parts["id"])
    assert back["roof"].tolist() == parts["roof"].tolist()
    assert back.loc["part/p1", "owners"] == ["Anna"]
    assert back.loc["part/p2", "source_id"] == "own"
    assert np.allclose(back["height_m"], parts["height_m"], equal_nan=True)
    assert surfaces_of_parts(after.buildings) == pytest.approx(surfaces_of_parts(city.buildings))
    assert surfaces_of_parts(city.buildings)["part/p1"] > surfaces_of_parts(city.buildings)["part/p2"] > 0


def test_that_parts_keep_the_surfaces_of_every_level(tmp_path: Path) -> None:
    objects = {
        "b": {"type": "Building", "children": ["p"], "geometry": [{"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}]},
        "p": {"type": "BuildingPart", "parents": ["b"], "attributes": {"n": 1}, "geometry": [cube("1.2"), cube("2.2", shift=8)]},
    }
    city = opened(tmp_path, document(objects, CORNERS + TALLER))
    path, after = out_and_in(city, tmp_path)
    assert told_wrong(path) == []
    assert (after.buildings.lod, sorted(after.buildings.lods)) == ("2.2", ["0", "1.2"])
    for level in ("1.2", "2.2"):
        a, b = city.buildings.at_lod(level), after.buildings.at_lod(level)
        assert surfaces_of_parts(a) == pytest.approx(surfaces_of_parts(b))
        assert sum(surfaces_of_parts(a).values()) > 0


def test_that_a_store_keeps_what_is_known_of_parts(tmp_path: Path) -> None:
    city = opened(tmp_path, document(two_parts(), CORNERS + BESIDE))
    back = load_city(save_city(city, tmp_path / "store")).buildings
    assert "parts" not in back.__dict__
    assert "pieces" not in back.__dict__
    a, b = (p.where(p.notna(), None) for p in (back.parts.astype(object), city.buildings.parts.astype(object)))
    pd.testing.assert_frame_equal(a, b)
    assert surfaces_of_parts(back) == surfaces_of_parts(city.buildings)


def test_that_surfaces_changed_since_are_written_with_the_building_and_told(tmp_path: Path) -> None:
    city = opened(tmp_path, document(two_parts(), CORNERS + BESIDE))
    b = city.buildings
    fewer = b.mesh.part(np.arange(1, len(b.mesh)), b.mesh.object[1:])
    changed = city.derived(buildings=b.derived(mesh=fewer))
    path = tmp_path / "changed.city.json"
    assert [p.code for p in write_city(changed, path)] == ["parts_merged"]
    assert told_wrong(path) == []
    assert sorted(open_city(path, use_cache=False).buildings.parts["roof"]) == ["1000", "3100", "none"]


def of_outlines() -> Buildings:
    shapes = np.array([shapely.box(0, 0, 20, 10), shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], object)
    table = pd.DataFrame(
        {
            "id": ["b", "low", "high"], "kind": ["building", "building_part", "building_part"], "height": [20.0, 8.0, 20.0],
            "roof:material": [None, "tin", "slate"], "nothing": [None, None, None],
        }
    )  # fmt: skip
    buildings, _ = buildings_of(shapes, table, {}, lambda x, y: np.zeros(len(x)), "osm")
    return buildings


def test_that_parts_of_outlines_keep_their_attributes_and_surfaces() -> None:
    b = of_outlines()
    assert b.parts["roof:material"].tolist() == ["tin", "slate"]
    assert "nothing" not in b.parts
    area = surfaces_of_parts(b)
    assert area["part/low"] == pytest.approx(200 + 40 * 8)
    assert area["part/high"] == pytest.approx(200 + 40 * 20)


def test_that_parts_of_the_same_name_in_two_sources_stay_two() -> None:
    one = of_outlines()
    both = joined([one, one])
    assert both.parts["id"].is_unique
    assert len(both.parts) == 4
    area = surfaces_of_parts(both)
    assert sorted(area.values()) == pytest.approx(sorted([*surfaces_of_parts(one).values()] * 2))


def test_that_the_parts_of_den_haag_come_back_with_all_they_say(data: Path, tmp_path: Path) -> None:
    before = open_city(data / "city_denhaag/DenHaag_01.city.json.zip", use_cache=False)
    path, after = out_and_in(before, tmp_path)
    assert told_wrong(path) == []
    mine, theirs = (c.buildings.parts.set_index("id").drop(columns="building") for c in (before, after))
    assert len(mine) == 1653
    assert len(mine.columns) == 7
    pd.testing.assert_frame_equal(theirs.reindex(mine.index)[mine.columns], mine, atol=0.002)
    assert surfaces_of_parts(after.buildings) == pytest.approx(surfaces_of_parts(before.buildings), rel=1e-3, abs=0.1)
    assert after.buildings.lod == before.buildings.lod == "2"


def test_that_a_volume_is_that_of_its_parts(tmp_path: Path) -> None:
    city = opened(tmp_path, document(two_parts(), CORNERS + BESIDE))
    _, after = out_and_in(city, tmp_path)
    assert volume(after.buildings.mesh) == pytest.approx(volume(city.buildings.mesh))


def test_that_parts_keep_their_surfaces_where_another_building_goes(tmp_path: Path) -> None:
    objects = {"a": {"type": "Building", "geometry": [cube("2", shift=8)]}, **two_parts()}
    b = opened(tmp_path, document(objects, CORNERS + BESIDE)).buildings
    after = b.kept(b.ids != "building/a")
    assert len(after) == len(b) - 1 == 1
    assert surfaces_of_parts(after) == pytest.approx(surfaces_of_parts(b))
    assert surfaces_of_parts(after)["part/p1"] > 0
