"""FrameBuffer and results on disk, through their public doors."""

from __future__ import annotations

import numpy as np
import pytest

from twin.city.terrain import Grid
from twin.results import FrameBuffer
from twin.scenario.events import Field, Frame

GRID = Grid(0.0, 0.0, 10.0, 40, 50)


def frame(at_s: float, depth: float, kept: bool = True) -> Frame:
    return Frame(at_s, (Field("water_depth", "grid", np.full(GRID.shape, depth, np.float32), GRID),), kept)


def test_that_a_buffer_gives_the_last_field_not_after_a_moment() -> None:
    buffer = FrameBuffer()
    for i in range(4):
        buffer.feed(frame(i * 60.0, i))
    assert buffer.times == [0.0, 60.0, 120.0, 180.0]
    assert buffer.quantities() == ["water_depth"]
    values = [float(buffer.at("water_depth", t).array[0, 0]) for t in (-5.0, 0.0, 61.0, 119.0, 180.0, 999.0)]
    assert values == [0, 0, 1, 1, 3, 3]
    assert buffer.at("water_depth").array.dtype == np.float32
    assert buffer.at("water_depth").grid == GRID
    assert buffer.at("road_state") is None


def test_that_a_full_buffer_spills_to_a_file_and_still_gives_every_frame() -> None:
    one = GRID.rows * GRID.columns * 2
    buffer = FrameBuffer(limit=3 * one)
    for i in range(20):
        buffer.feed(frame(i * 60.0, i / 7))
    assert buffer.nbytes <= 3 * one
    for i in range(20):
        assert buffer.at("water_depth", i * 60.0).array[3, 3] == pytest.approx(i / 7, rel=1e-3)
    buffer.clear()
    assert buffer.times == []
    assert buffer.at("water_depth") is None


def test_that_kept_arrays_are_copies_nobody_can_change() -> None:
    buffer = FrameBuffer()
    array = np.zeros(5, np.int8)
    buffer.feed(Frame(0.0, (Field("road_state", "edge:roads", array),)))
    array[:] = 2
    kept = buffer.at("road_state").array
    assert kept.tolist() == [0] * 5
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_that_a_preview_is_shown_until_the_next_frame_and_never_kept() -> None:
    buffer = FrameBuffer()
    buffer.feed(frame(0.0, 0))
    buffer.feed(frame(60.0, 1, kept=False))
    assert buffer.times == [0.0, 60.0]
    assert buffer.at("water_depth").array[0, 0] == 1
    assert buffer.at("water_depth", 30.0).array[0, 0] == 0
    buffer.feed(frame(300.0, 5))
    assert buffer.times == [0.0, 300.0]
    assert buffer.at("water_depth", 60.0).array[0, 0] == 0


def test_that_a_run_that_starts_again_replaces_what_came_later() -> None:
    buffer = FrameBuffer()
    for t in (0.0, 60.0, 120.0):
        buffer.feed(frame(t, 1))
    buffer.feed(frame(0.0, 9))
    assert buffer.times == [0.0]
    assert buffer.at("water_depth", 500.0).array[0, 0] == 9
