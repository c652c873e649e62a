"""On foot: walls stop, decks and steps carry, water is told; a view of real widgets without a graphics card."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from gui.scene.camera import Eye
from gui.scene.solid import depth_of
from gui.scene.walk import BODY_M, EYE_M, RUN_M_S, WALK_M_S, Walker
from layers.catalogue import city_layers
from layers.drawing import Surface
from layers.layer import Layer
from tests.little_city import little_city
from twin.city.city import City
from twin.city.terrain import Grid

SIZE = (320, 200)


class Deck(Layer):
    """A bridge at y 300 from x -20 to 20, 6 m above the ground, reached by steps of 0.3 m; a low wall beside it."""

    def draw(self) -> list[Any]:
        boxes = [(-20, 20, 296, 304, 9.0)] + [(-20 - 0.5 * (k + 1), -20 - 0.5 * k, 296, 304, 9.0 - 0.3 * (k + 1)) for k in range(19)]
        points, triangles = [], []
        for x0, x1, y0, y1, z in boxes:
            n = len(points)
            points += [(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)]
            triangles += [(n, n + 1, n + 2), (n, n + 2, n + 3)]
        t = np.array(triangles, np.int32)
        colors = np.full((len(t), 4), 200, np.uint8)
        rows = np.zeros(len(t), np.int32)
        return [Surface("deck", points=np.array(points, float), triangles=t, rows=rows, colors=colors, material="matte")]

    def table(self) -> pd.DataFrame:
        return pd.DataFrame({"id": ["bridge/0"]})


@pytest.fixture(scope="module")
def city() -> City:
    return little_city(terrain=False)


@pytest.fixture(scope="module")
def shown(city: City, qapp: Any) -> Iterator[Any]:
    import os

    from gui.scene.view import View3D

    os.environ["TWIN_SOFT_VIEW"] = "1"
    view = View3D()
    view.resize(*SIZE)
    view.scene.set_city(city, shadows=False)
    for layer in city_layers(city):
        view.scene.add(layer)
    view.scene.add(Deck("deck", "Deck", "city"))
    view.start()
    view.scene.prepare(SIZE)
    yield view
    view.close()
    del os.environ["TWIN_SOFT_VIEW"]


@pytest.fixture
def walker(shown: Any) -> Iterator[Walker]:
    shown.scene.camera.set(Eye(-300, 350, 3, 400, 0, -40))
    assert shown.walk()
    yield shown.walker
    if shown.walker is not None:
        shown.walker.leave(rise=False)


def put(walker: Walker, x: float, y: float, heading: float = 0.0) -> None:
    walker.feet[:] = (x, y, float(walker._view.scene.ground.height(x, y)))
    walker.heading, walker.pitch = heading, 0.0
    walker._show()


def walk(walker: Walker, key: Any, seconds: float) -> None:
    walker.key(key, True, Qt.KeyboardModifier.NoModifier)
    for _ in range(int(seconds / 0.1)):
        walker.advance(0.1)
    walker.key(key, False, Qt.KeyboardModifier.NoModifier)


def distance_to_walls(city: City, walker: Walker) -> float:
    return float(shapely.distance(city.buildings.footprints, shapely.Point(walker.feet[:2])).min())


def test_that_the_eye_is_that_of_somebody_who_stands(walker: Walker) -> None:
    place = walker._view.scene.camera.eye.position
    assert place[2] - walker.feet[2] == pytest.approx(EYE_M)
    assert walker.feet[2] == pytest.approx(float(walker._view.scene.ground.height(*walker.feet[:2])), abs=0.01)


def test_that_one_walks_and_runs_at_the_speed_of_people(walker: Walker) -> None:
    put(walker, -300, 350, 90)
    walk(walker, Qt.Key.Key_W, 2.0)
    assert walker.feet[0] + 300 == pytest.approx(WALK_M_S * 2.12, abs=0.3)
    walker._runs = True
    start = float(walker.feet[0])
    walker._held.add(Qt.Key.Key_W)
    for _ in range(20):
        walker.advance(0.05)
    walker._held.clear()
    assert walker.feet[0] - start == pytest.approx(RUN_M_S * 1.0, abs=0.2)


def test_that_a_wall_stops_one_who_walks_into_it(city: City, walker: Walker) -> None:
    house = city.buildings.footprints[100].bounds
    put(walker, (house[0] + house[2]) / 2, house[1] - 3.0, 0.0)
    walk(walker, Qt.Key.Key_W, 8.0)
    assert walker.feet[1] < house[1] - 0.9 * BODY_M
    assert walker.feet[1] > house[1] - 1.0


def test_that_one_slides_along_a_wall(city: City, walker: Walker) -> None:
    house = city.buildings.footprints[100].bounds
    put(walker, house[0] + 2, house[1] - 1.0, 60.0)
    start = float(walker.feet[0])
    walk(walker, Qt.Key.Key_W, 5.0)
    assert walker.feet[0] - start > 4.0
    assert distance_to_walls(city, walker) > 0.5 * BODY_M


def test_that_no_walk_ends_in_a_house(city: City, walker: Walker) -> None:
    random = np.random.default_rng(5)
    put(walker, 0, 2, 0)
    keys = [Qt.Key.Key_W, Qt.Key.Key_A, Qt.Key.Key_S, Qt.Key.Key_D]
    for _ in range(25):
        walker.heading = float(random.uniform(0, 360))
        walker._runs = True
        walker._held.add(keys[int(random.integers(0, 4))])
        for _ in range(6):
            walker.advance(0.1)
        walker._held.clear()
        assert distance_to_walls(city, walker) > 0.05
        assert np.isfinite(walker.feet).all()


def test_that_steps_and_a_deck_carry_one_and_its_end_lets_one_down(walker: Walker) -> None:
    put(walker, -32, 300, 90)
    heights = []
    walker._runs = True
    walker._held.add(Qt.Key.Key_W)
    while walker.feet[0] < 30 and len(heights) < 300:
        walker.advance(0.1)
        heights.append(float(walker.feet[2]))
    walker._held.clear()
    assert max(heights) == pytest.approx(9.0, abs=0.05)
    assert np.diff(heights).max() < 0.7
    assert walker.feet[2] == pytest.approx(float(walker._view.scene.ground.height(*walker.feet[:2])), abs=0.05)


def test_that_one_walks_below_a_bridge(walker: Walker) -> None:
    put(walker, 0, 290, 0)
    walk(walker, Qt.Key.Key_W, 12.0)
    assert walker.feet[1] > 304
    assert walker.feet[2] < 4.0


def test_that_looking_around_turns_and_does_not_tumble(walker: Walker) -> None:
    put(walker, -300, 350, 350)
    walker._look(20, 500)
    assert walker.heading == pytest.approx(10)
    assert walker.pitch == 75
    walk(walker, Qt.Key.Key_Q, 1.0)
    assert 270 < walker.heading < 360


def test_that_escape_brings_one_up_over_the_place(qtbot: Any, shown: Any, walker: Walker) -> None:
    put(walker, -200, 340, 45)
    ended: list[bool] = []
    shown.walk_ended.connect(lambda: ended.append(True))
    shown.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier))
    assert shown.walker is None
    assert ended == [True]
    shown.scene.camera.finish()
    eye = shown.scene.camera.eye
    assert eye.position[2] > 100
    assert math.dist((eye.x, eye.y), (-200, 340)) < 1
    assert shown.scene.hud.title == ""
    assert shown.scene.camera.undo()
    shown.scene.camera.finish()


def test_that_somebody_who_flies_away_walks_no_more(shown: Any, walker: Walker) -> None:
    shown.scene.camera.view("top", animate=False)
    walker.painted()
    assert shown.walker is None
    assert shown.scene.camera.eye.pitch < -80


def test_that_one_who_starts_over_a_house_stands_beside_it(city: City, shown: Any) -> None:
    x, y = shapely.centroid(city.buildings.footprints[100]).coords[0]
    shown.scene.camera.set(Eye(x, y, 3, 500, 0, -89))
    assert shown.walk()
    assert distance_to_walls(city, shown.walker) >= BODY_M * 0.9
    assert math.dist(shown.walker.feet[:2], (x, y)) < 40
    shown.walker.leave(rise=False)


def test_that_the_water_at_ones_feet_is_told(shown: Any, walker: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid(-400.0, 300.0, 10.0, 20, 20)
    depth = np.zeros((20, 20), np.float32)
    depth[5, 10] = 0.62
    assert depth_of(grid, depth, -295.0, 355.0) == pytest.approx(0.62)
    assert depth_of(grid, depth, -305.0, 355.0) == 0.0
    assert depth_of(grid, depth, 5000.0, 0.0) == 0.0
    monkeypatch.setattr(type(shown.scene), "_water", lambda self: (grid, depth))
    put(walker, -295.0, 355.0)
    assert shown.scene.hud.title == "0.6 m of water here"
    put(walker, -305.0, 355.0)
    assert shown.scene.hud.title == ""


def test_that_letters_are_no_shortcuts_while_one_walks(shown: Any, walker: Walker) -> None:
    for key, taken in ((Qt.Key.Key_W, True), (Qt.Key.Key_Escape, True), (Qt.Key.Key_F, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        shown.event(event)
        assert event.isAccepted() is taken
