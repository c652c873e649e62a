"""The ground goes out: the triangles of its source where those are still the ground, else a mesh to its edges; changes are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.little_city import little_city
from tests.test_readers_cityjson import cube, document, opened
from tests.test_write_cityjson import out_and_in, told_wrong
from twin.city.city import City
from twin.city.recipe import open_city
from twin.city.terrain import Grid, Terrain
from twin.city.writers import write_city
from twin.city.writers.surfaces import terrain_mesh


def hill(folder: Path) -> City:
    """A house on a TIN of five corners in two objects."""
    corners = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 6), (10, 0, 6), (10, 10, 6), (0, 10, 6)]
    ground = [(-40, -40, 0), (61, -40, 1), (60, 63, 2), (-40, 60, 1), (5, 5, 0)]
    objects = {"B": {"type": "Building", "geometry": [cube()]}}
    for name, triangles in (("south", [[[8, 9, 12]], [[9, 10, 12]]]), ("north", [[[10, 11, 12]], [[11, 8, 12]]])):
        objects[name] = {"type": "TINRelief", "geometry": [{"type": "CompositeSurface", "lod": "2", "boundaries": triangles}]}
    return opened(folder, document(objects, corners + ground))


@pytest.mark.parametrize("name", ["out.city.json", "out.glb"])
def test_that_the_triangles_of_the_ground_come_back(tmp_path: Path, name: str) -> None:
    before = hill(tmp_path)
    problems = write_city(before, tmp_path / name)
    assert "terrain_resampled" not in [p.code for p in problems]
    after = open_city(tmp_path / name, use_cache=False)
    mine, theirs = before.layers["relief"], after.layers["relief"]
    assert sorted(theirs.ids) == sorted(mine.ids)
    assert mine.mesh is not None
    assert theirs.mesh is not None
    assert len(theirs.mesh) == len(mine.mesh) == 4


def test_that_the_level_of_the_ground_is_the_one_it_had(tmp_path: Path) -> None:
    path, after = out_and_in(hill(tmp_path), tmp_path)
    assert told_wrong(path) == []
    assert after.layers["relief"].table["lod"].tolist() == ["2", "2"]


def test_that_ground_changed_since_is_written_as_it_is_and_told(tmp_path: Path) -> None:
    before = hill(tmp_path)
    assert before.terrain is not None
    higher = before.derived(terrain=replace(before.terrain, elevation=before.terrain.elevation + 1))
    problems = write_city(higher, tmp_path / "out.city.json")
    assert [p.code for p in problems] == ["terrain_resampled"]
    after = open_city(tmp_path / "out.city.json", use_cache=False)
    assert after.terrain is not None
    assert np.nanmin(after.terrain.elevation) == pytest.approx(np.nanmin(before.terrain.elevation) + 1, abs=0.1)


@pytest.mark.parametrize("most", [1_000_000, 900])
def test_that_the_mesh_of_the_ground_reaches_its_edges(most: int) -> None:
    grid = Grid(-40.0, -10.0, 2.0, 61, 87)
    z = np.tile(np.arange(87, dtype=np.float32), (61, 1))
    z[:, :3] = np.nan
    mesh = terrain_mesh(Terrain(grid, z), most)
    x, y = mesh.points[:, 0], mesh.points[:, 1]
    assert (x.min(), y.min(), x.max(), y.max()) == (-34.0, *grid.bounds[1:])


def test_that_coarser_ground_is_told_with_its_size(tmp_path: Path) -> None:
    city = little_city(2)
    fine = Terrain(Grid(0.0, 0.0, 0.5, 400, 600), np.zeros((400, 600), np.float32))
    told = [p.message for p in write_city(city.derived(terrain=fine), tmp_path / "out.city.json") if p.code == "terrain_resampled"]
    assert told == ["The ground was resampled to 1.5 m"]
