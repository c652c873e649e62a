"""Arrows and streaks of flowing water: where they are, which way they go, how many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gui.scene.camera import Eye
from gui.scene.current import MOST, CurrentActor
from gui.scene.scene import Scene
from layers.current import STEPS, Current, Field
from layers.results import result_layers
from tests.hidden import Window
from tests.little_city import little_city
from twin.city.terrain import Grid
from twin.results import FrameBuffer
from twin.scenario.events import Field as GridField
from twin.scenario.events import Frame

GRID = Grid(-500.0, -500.0, 5.0, 200, 200)
SIZE = (640, 400)


def whirl(speed_ms: float = 1.0) -> Field:
    """Water half a metre deep that turns counter-clockwise within 400 m of the middle, as fast everywhere."""
    x, y = np.meshgrid(GRID.x, GRID.y)
    away = np.maximum(np.hypot(x, y), 1.0)
    inside = away < 400
    east, north = (np.where(inside, v, 0).astype(np.float32) for v in (-y / away * speed_ms, x / away * speed_ms))
    depth = np.where(inside, 0.5, 0.0).astype(np.float32)
    return Field(GRID, east, north, depth, depth + np.float32(3.0))


def test_that_only_water_over_5_cm_that_flows_over_5_cm_a_second_has_a_direction() -> None:
    shape = (4, 4)
    depth, east = np.full(shape, 0.5, np.float32), np.full(shape, 0.5, np.float32)
    depth[0, 0], east[1, 1], depth[2, 2] = 0.04, 0.04, np.nan
    field = Field(Grid(0.0, 0.0, 1.0, *shape), east, np.zeros(shape, np.float32), depth, depth)
    flows = np.ones(shape, bool)
    flows[[0, 1, 2], [0, 1, 2]] = False
    assert np.array_equal(field.levels[0] >= 0, flows)


def test_that_a_larger_square_is_told_by_the_cell_that_carries_most() -> None:
    rng = np.random.default_rng(4)
    east, depth = (rng.random((37, 50)).astype(np.float32) + 0.1 for _ in range(2))
    field = Field(Grid(0.0, 0.0, 1.0, 37, 50), east, np.zeros_like(east), depth, depth)
    carried = east * depth
    for level in (1, 2, 3):
        side = 2**level
        best = field.levels[level]
        assert best.shape == (-(-37 // side), -(-50 // side))
        for r, c in ((0, 0), (1, 2), (best.shape[0] - 1, best.shape[1] - 1)):
            part = carried[r * side : (r + 1) * side, c * side : (c + 1) * side]
            assert carried.ravel()[best[r, c]] == part.max()
    assert field.levels[-1].shape == (1, 1)


def test_that_what_a_whirl_carries_stays_at_its_distance_from_the_middle_and_at_the_surface() -> None:
    field = whirl(2.0)
    cells = np.array([100 * 200 + 150, 140 * 200 + 100])
    path, alive = field.paths(cells, np.array([120.0, 120.0]))
    away = np.hypot(path[..., 0], path[..., 1])
    assert np.abs(away / away[:, :1] - 1).max() < 0.01
    assert np.linalg.norm(np.diff(path[..., :2], axis=1), axis=2).sum(1) == pytest.approx([240.0, 240.0], rel=0.02)
    assert alive.all()
    assert path[..., 2] == pytest.approx(3.5)
    turn = np.unwrap(np.arctan2(path[0, :, 1], path[0, :, 0]))
    assert (np.diff(turn) > 0).all()


def test_that_a_streak_ends_where_the_water_does() -> None:
    field = whirl()
    field.east[:], field.north[:] = np.where(field.speed > 0, np.float32(1), np.float32(0)), np.float32(0)
    path, alive = field.paths(np.array([100 * 200 + 170]), np.array([200.0]))
    assert not alive[0, -1]
    assert path[0, :, 0].max() < 410
    assert alive.shape == (1, STEPS + 1)


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.set_city(little_city(8))
    return made


def flowing(scene: Scene, kind: str) -> tuple[CurrentActor, FrameBuffer]:
    """A scene with a flood whose direction is shown."""
    city, field, buffer = scene.city, whirl(), FrameBuffer()
    for k in range(2):
        grids = {"water_depth": field.depth + np.float32(0.2), "water_velocity_x": field.east, "water_velocity_y": field.north}
        buffer.feed(Frame(60.0 * k, tuple(GridField(n, "grid", a.astype(np.float32), GRID) for n, a in grids.items()), True))
    layers = result_layers(city, buffer)
    assert [x.id for x in layers] == ["water_depth"], "components are no layers of their own"
    layers[0].style = replace(layers[0].style, flow=kind)
    scene.add(layers[0])
    scene.prepare(SIZE)
    return next(m for m in scene._movers() if isinstance(m, CurrentActor)), buffer


@pytest.mark.parametrize("kind", ["arrows", "streaks"])
def test_that_there_are_few_from_afar_and_few_from_near(scene: Scene, kind: str) -> None:
    actor, _ = flowing(scene, kind)
    for distance in (60.0, 300.0, 1200.0, 5000.0):
        scene.camera.set(Eye(0.0, 0.0, 3.0, distance, 20.0, -50.0))
        scene.prepare(SIZE)
        assert 0 < actor.shown < min(MOST[kind], SIZE[0] * SIZE[1] / 25**2 * 1.5)


@pytest.mark.parametrize("kind", ["arrows", "streaks"])
def test_that_direction_is_in_the_picture_and_in_the_legend(scene: Scene, kind: str, tmp_path: Path) -> None:
    scene.camera.set(Eye(0.0, 0.0, 3.0, 500.0, 0.0, -80.0))
    flowing(scene, kind)
    layer = scene.layer("water_depth")
    with_it = scene.screenshot(tmp_path / "with.png", SIZE)
    assert [g.title for g in scene.hud.legends][-1] == "Flow speed"
    layer.style = replace(layer.style, flow="")
    without = scene.screenshot(None, SIZE)
    assert (np.abs(with_it.astype(int) - without).max(2) > 40).mean() > 0.004
    assert len(layer.legends()) == 1


def test_that_streaks_move_while_motion_runs_and_arrows_stand(scene: Scene) -> None:
    scene.camera.set(Eye(0.0, 0.0, 3.0, 500.0, 0.0, -80.0))
    actor, _ = flowing(scene, "streaks")
    before = actor._mesh._points.copy()
    scene.moment.run_s += 0.4
    scene.prepare(SIZE)
    assert np.abs(actor._mesh._points - before).max() > 1.0
    assert scene.layer("water_depth").moves_within_m > 5000


def test_that_a_result_without_directions_offers_none(scene: Scene) -> None:
    buffer = FrameBuffer()
    buffer.feed(Frame(0.0, (GridField("water_depth", "grid", whirl().depth, GRID),), True))
    (layer,) = result_layers(scene.city, buffer)
    assert layer.flow_kinds == ()
    layer.style = replace(layer.style, flow="arrows")
    assert not any(isinstance(d, Current) for d in layer.draw())


def test_that_choosing_and_moving_them_costs_little_of_a_frame(scene: Scene) -> None:
    import time

    scene.camera.set(Eye(0.0, 0.0, 3.0, 700.0, 0.0, -45.0))
    actor, _ = flowing(scene, "streaks")
    with Window(scene, (1280, 800)) as window:
        window.picture()
        spent = []
        for moved in (False, True):
            took = []
            for _ in range(9):
                scene.moment.run_s += 0.07
                if moved:
                    actor._key = None
                began = time.perf_counter()
                scene._look(False)
                took.append(time.perf_counter() - began)
            spent.append(float(np.median(took)))
    assert spent[0] < 0.05
    assert spent[1] < 0.08
    print(f"{actor.shown} streaks: {1000 * spent[0]:.1f} ms, with the eye moved {1000 * spent[1]:.1f} ms, all of choosing and placing")
