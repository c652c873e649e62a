"""Meshes kept on disk."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.ground import Ground
from layers.kept import FEW, kept
from twin.city.terrain import Grid

SQUARES = shapely.box(np.arange(FEW) * 10.0, 0.0, np.arange(FEW) * 10.0 + 5.0, 5.0)
GROUND = Ground(Grid(0.0, 0.0, 10.0, 4, 5), np.zeros((4, 5), np.float32), 0.0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TWIN_HOME", str(tmp_path))
    return tmp_path


def counted():
    """A maker that counts how often it is asked."""
    calls = []

    def make():
        calls.append(1)
        return np.arange(6.0).reshape(2, 3), np.array([1, 2], np.int32)

    return make, calls


def test_that_a_mesh_is_made_once_and_read_back_bit_for_bit():
    make, calls = counted()
    first = kept("draped", SQUARES, GROUND, (None,), make)
    again = kept("draped", SQUARES, GROUND, (None,), make)
    assert len(calls) == 1
    assert all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("change", ["geometry", "ground", "level", "word"])
def test_that_other_inputs_are_made_anew(change):
    make, calls = counted()
    kept("draped", SQUARES, GROUND, (None,), make)
    moved = shapely.transform(SQUARES, lambda p: p + 0.001)
    higher = Ground(GROUND.grid, GROUND.z + np.float32(1), 0.0)
    kept(
        "other" if change == "word" else "draped",
        moved if change == "geometry" else SQUARES,
        higher if change == "ground" else GROUND,
        (np.ones(FEW),) if change == "level" else (None,),
        make,
    )
    assert len(calls) == 2


def test_that_a_damaged_file_only_costs_time(home):
    make, calls = counted()
    kept("draped", SQUARES, GROUND, (None,), make)
    (file,) = (home / "cache" / "drawn").glob("*.npz")
    file.write_bytes(file.read_bytes()[:100])
    points, _ = kept("draped", SQUARES, GROUND, (None,), make)
    assert len(calls) == 2
    assert np.array_equal(points, make()[0])


def test_that_few_geometries_leave_no_file(home):
    make, _ = counted()
    kept("draped", SQUARES[:5], GROUND, (None,), make)
    assert not (home / "cache" / "drawn").exists()
