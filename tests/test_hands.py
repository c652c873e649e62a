"""Hands on the view: what mouse, keys and six axes do to the eye, and what keeps it from getting lost."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from vtkmodules.vtkRenderingCore import vtkCamera

from gui.scene.camera import EYE_LEAST_M, Camera, Eye
from gui.scene.scene import Scene
from layers.catalogue import city_layers
from tests.little_city import little_city
from twin.city.city import City

SIZE = (640, 400)


@pytest.fixture(scope="module")
def city() -> City:
    return little_city()


@pytest.fixture(scope="module")
def built(city: City) -> Iterator[Scene]:
    made = Scene()
    made.set_city(city, shadows=False)
    for layer in city_layers(city):
        made.add(layer)
    made.prepare(SIZE)
    yield made
    made.close()


@pytest.fixture
def scene(built: Scene) -> Scene:
    """As it is when a city has been opened."""
    built.camera.reduced_motion = False
    built.camera.finish()
    x0, y0, x1, y1 = built.city.core_bounds
    built.camera.bounds = (x0, x1, y0, y1, *built.camera.bounds[4:])
    built.camera.view("iso", animate=False)
    return built


def screen(camera: Camera, point: np.ndarray) -> np.ndarray:
    right, up, depth = camera.eye.axes @ (point - camera.eye.position)
    return np.array([right / depth, up / depth])


def test_that_turning_keeps_the_point_under_the_cursor(scene: Scene) -> None:
    camera = scene.camera
    point = scene.surface_point(200, 260)
    before = screen(camera, point)
    for _ in range(5):
        camera.orbit(13, 4, point)
    assert np.allclose(screen(camera, point), before, atol=1e-6)


@pytest.mark.parametrize("pixel", [(320, 300), (100, 220), (600, 380)])
def test_that_dragging_keeps_the_point_held_under_the_cursor(scene: Scene, pixel: tuple[int, int]) -> None:
    held = scene.surface_point(*pixel)
    scene.camera.anchor(held)
    x, y = pixel[0] + 37, pixel[1] - 21
    assert scene.camera.drag(held, *scene.ray(x, y))
    xy, _ = scene.project(held[None])
    assert np.allclose(xy[0], (x, SIZE[1] - y), atol=0.5)


def test_that_a_drag_past_the_horizon_does_not_run_away(scene: Scene) -> None:
    scene.camera.set(Eye(0, 0, 5, 200, 0, -8))
    held = scene.surface_point(320, 300)
    assert not scene.camera.drag(held, *scene.ray(320, 5))
    assert np.hypot(*scene.camera.eye.position[:2]) < 1000


def test_that_the_picture_stays_when_the_hand_takes_hold_of_something_else(scene: Scene) -> None:
    place, look = scene.camera.eye.position, scene.camera.eye.forward
    scene.camera.anchor(scene.surface_point(100, 350))
    assert np.allclose(scene.camera.eye.position, place)
    assert np.allclose(scene.camera.eye.forward, look)


def test_that_one_always_comes_home(scene: Scene) -> None:
    camera, home = scene.camera, scene.camera.eye
    random = np.random.default_rng(3)
    for _ in range(400):
        what = random.integers(0, 5)
        x, y = random.uniform(0, SIZE[0]), random.uniform(0, SIZE[1])
        if what == 0:
            camera.zoom(float(random.uniform(0.05, 20)), scene.surface_point(x, y))
        elif what == 1:
            camera.orbit(*random.uniform(-900, 900, 2), scene.surface_point(x, y))
        elif what == 2:
            camera.pan(*random.uniform(-4000, 4000, 2))
        elif what == 3:
            camera.nudge(*random.uniform(-1, 1, 6), 0.25)
        else:
            camera.drag(np.array([x, y, 3.0]), *scene.ray(y, x / 2))
        eye = camera.eye
        assert eye.is_finite
        assert eye.position[2] >= float(scene.ground.height(*eye.position[:2])) + EYE_LEAST_M - 1e-6
        assert np.abs(eye.position).max() < 20 * camera.size
    camera.finish()
    camera.view("iso", animate=False)
    assert camera.eye == home


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_that_an_eye_that_is_nowhere_is_not_taken(bad: float) -> None:
    camera = Camera(vtkCamera())
    good = camera.eye
    camera.set(Eye(bad, 0, 0))
    camera.go(Eye(0, 0, 0, bad), animate=False)
    camera.nudge(bad, 0, 0, 0, 0, 0, 0.1)
    camera.zoom(bad)
    camera.restore({"x": bad, "pitch": bad})
    camera.fly_to((bad, 1, 0, 1, 0, 1))
    camera.anchor(np.array([bad, 0, 0]))
    assert camera.eye == good


def test_that_zooming_out_has_an_end_and_the_city_is_still_in_the_picture(scene: Scene) -> None:
    for _ in range(200):
        scene.camera.zoom(0.5)
    near, far = scene.renderer.GetActiveCamera().GetClippingRange()
    away = float(np.linalg.norm(scene.camera.eye.position))
    assert away <= 8 * scene.camera.size
    assert near < away - scene.camera.size
    assert far > away + scene.camera.size


def inside_a_tower(scene: Scene) -> Eye:
    """Half way up in the first tower, a cylinder of 28 m and 210 m at (-10, -10)."""
    return Eye(-10, -80, 100, 70, 180, 0)


def test_that_the_eye_rises_out_of_a_building_bit_by_bit(scene: Scene) -> None:
    camera = scene.camera
    camera.set(inside_a_tower(scene))
    assert camera.is_flying
    first = float(camera.eye.position[2])
    heights = []
    until = time.monotonic() + 5
    while camera.is_flying and time.monotonic() < until:
        camera.step()
        heights.append(float(camera.eye.position[2]))
    assert len(heights) > 3
    assert all(b >= a for a, b in zip(heights, heights[1:], strict=False))
    assert heights[0] - first < 110
    assert camera.eye.position[2] > 213
    assert camera.roof(camera.eye.position) is None


def test_that_it_rises_at_once_where_motion_is_reduced(scene: Scene) -> None:
    scene.camera.reduced_motion = True
    scene.camera.go(inside_a_tower(scene))
    assert not scene.camera.is_flying
    assert scene.camera.eye.position[2] > 213


def test_that_flying_to_a_thing_ends_where_it_is_seen(scene: Scene) -> None:
    camera = scene.camera
    table = scene.city.buildings.table
    for row in (40, 150, 288, 300, 420):
        box = scene.layer("buildings").bounds(np.array([row]))
        for heading in (0.0, 90.0, 200.0):
            camera.set(Eye(0, 0, 0, 900, heading, -20))
            camera.fly_to(box, animate=False)
            place = camera.eye.position
            top = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2, box[5] + 1.0])
            assert camera.roof(place) is None, table["id"][row]
            assert camera.sees(place, top), table["id"][row]


def test_that_a_long_flight_goes_over_the_city_and_ends_at_its_goal(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("gui.scene.camera.time.monotonic", lambda: clock[0])
    camera = scene.camera
    start, goal = Eye(-300, -300, 3, 60, 0, -15), Eye(330, 330, 3, 60, 90, -15)
    camera.set(start)
    camera.go(goal)
    highest = 0.0
    while camera.is_flying:
        clock[0] += 0.05
        camera.step()
        highest = max(highest, float(camera.eye.position[2]))
    assert camera.eye == goal
    assert highest > 60


def test_that_near_things_are_not_cut_and_far_ones_are_there(scene: Scene) -> None:
    """From a metre to a hundred kilometres."""
    camera, vtk = scene.camera, scene.renderer.GetActiveCamera()
    camera.set(Eye(0, -400, 4.7, 2, 0, 0, 58))
    assert vtk.GetClippingRange()[0] <= 1.0
    camera.bounds = (-20_000, 20_000, -20_000, 20_000, 0, 300)
    camera.set(Eye(0, 0, 0, 100_000, 0, -40))
    near, far = vtk.GetClippingRange()
    assert near < 40_000
    assert far > 125_000


def test_that_six_axes_move_turn_and_tilt() -> None:
    camera = Camera(vtkCamera())
    camera.set(Eye(0, 0, 0, 100, 0, -30))
    place = camera.eye.position
    camera.nudge(1, 0, 0, 0, 0, 0, 0.1)
    assert camera.eye.position[0] > place[0]
    camera.nudge(0, 1, 0, 0, 0, 0, 0.1)
    assert camera.eye.position[1] > place[1]
    camera.nudge(0, 0, 1, 0, 0, 0, 0.1)
    assert camera.eye.position[2] > place[2]
    place = camera.eye.position
    camera.nudge(0, 0, 0, 1, 0, 1, 0.1)
    assert camera.eye.pitch > -30
    assert camera.eye.heading > 300
    assert np.allclose(camera.eye.position, place)


# -- with a widget -----------------------------------------------------------------------------------------------------
@pytest.fixture
def view(qtbot: Any, city: City, monkeypatch: pytest.MonkeyPatch) -> Any:
    from gui.scene.view import View3D

    monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    made = View3D()
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.scene.set_city(city, shadows=False)
    for layer in city_layers(city):
        made.scene.add(layer)
    with qtbot.waitSignal(made.first_picture, timeout=20_000):
        made.show()
    made.setFocus()
    yield made
    made.close()


def eye_of(view: Any) -> Eye:
    return view.scene.camera.eye


def test_that_keys_move_the_view_over_the_ground(qtbot: Any, view: Any) -> None:
    for name in ("Up", "Down", "Left", "Right", "W", "A", "S", "D"):
        before = eye_of(view)
        qtbot.keyClick(view, getattr(Qt.Key, f"Key_{name}"))
        way = eye_of(view).position - before.position
        ahead = {"Up": 1, "W": 1, "Down": -1, "S": -1}.get(name, 0)
        right = {"Right": 1, "D": 1, "Left": -1, "A": -1}.get(name, 0)
        axes = before.axes
        assert np.sign(np.round(way @ axes[0], 6)) == right
        assert np.sign(np.round(way[:2] @ axes[2][:2], 6)) == ahead
        assert eye_of(view).heading == before.heading


def test_that_shift_and_arrows_turn_and_tilt_about_the_middle(qtbot: Any, view: Any) -> None:
    middle = view.scene.surface_point(SIZE[0] / 2, SIZE[1] / 2)
    before = eye_of(view)
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert eye_of(view).heading != before.heading
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert eye_of(view).pitch != before.pitch
    assert np.allclose(screen(view.scene.camera, middle), 0.0, atol=0.02)


def test_that_page_keys_and_signs_zoom(qtbot: Any, view: Any) -> None:
    for nearer, farther in ((Qt.Key.Key_PageUp, Qt.Key.Key_PageDown), (Qt.Key.Key_Plus, Qt.Key.Key_Minus)):
        start = float(eye_of(view).position[2])
        qtbot.keyClick(view, nearer)
        low = float(eye_of(view).position[2])
        qtbot.keyClick(view, farther)
        assert low < start
        assert float(eye_of(view).position[2]) > low


def test_that_a_held_key_goes_on_until_it_is_let_go_and_then_nothing_is_drawn(qtbot: Any, view: Any) -> None:
    places = []
    qtbot.keyPress(view, Qt.Key.Key_Up)
    for _ in range(4):
        places.append(float(eye_of(view).position[1]))
        qtbot.waitUntil(lambda: float(eye_of(view).position[1]) != places[-1], timeout=5000)
    qtbot.keyRelease(view, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: view.is_still, timeout=5000)
    rest = eye_of(view)
    painted: list[float] = []
    view._canvas.painted = painted.append
    qtbot.wait(250)
    assert len(painted) <= 1  # the sharp one
    assert eye_of(view) == rest


def test_that_a_key_that_repeats_itself_is_one_key(qtbot: Any, view: Any) -> None:
    for _ in range(30):
        view.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, "", True))
    assert not view.hands._keys


def test_that_losing_the_keyboard_lets_go_of_all_keys(qtbot: Any, view: Any) -> None:
    qtbot.keyPress(view, Qt.Key.Key_Up)
    assert view.hands._keys
    view.hands.let_go()
    assert not view.hands._keys


def wheel(view: Any, at: QPointF, angle: QPoint, pixels: QPoint, phase: Qt.ScrollPhase) -> None:
    event = QWheelEvent(
        at, view.mapToGlobal(at), pixels, angle, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, phase, False
    )  # fmt: skip
    view.eventFilter(view._canvas, event)


def test_that_the_wheel_zooms_to_the_cursor_and_two_fingers_move(view: Any) -> None:
    at = QPointF(200, 260)
    point = view.scene.surface_point(200, 260)
    before, away = eye_of(view), screen(view.scene.camera, point)
    wheel(view, at, QPoint(0, 120), QPoint(), Qt.ScrollPhase.NoScrollPhase)
    assert np.linalg.norm(eye_of(view).position - point) < np.linalg.norm(before.position - point)
    assert np.allclose(screen(view.scene.camera, point), away, atol=1e-3)
    before = eye_of(view)
    wheel(view, at, QPoint(40, 80), QPoint(10, 20), Qt.ScrollPhase.ScrollUpdate)
    assert eye_of(view).heading == before.heading
    assert eye_of(view).position[2] == pytest.approx(before.position[2], abs=1.0)
    assert np.hypot(*(eye_of(view).position - before.position)[:2]) > 1
    view.hands.pad_pans = False
    height = float(eye_of(view).position[2])
    wheel(view, at, QPoint(0, 80), QPoint(0, 20), Qt.ScrollPhase.ScrollUpdate)
    assert eye_of(view).position[2] < height


def gesture(view: Any, kind: Qt.NativeGestureType, value: float) -> None:
    at = QPointF(320, 260)
    event = QNativeGestureEvent(kind, QPointingDevice.primaryPointingDevice(), 2, at, at, view.mapToGlobal(at), value, QPointF())
    view.eventFilter(view._canvas, event)


def test_that_a_pinch_zooms_and_turning_fingers_turn(view: Any) -> None:
    before = eye_of(view)
    gesture(view, Qt.NativeGestureType.ZoomNativeGesture, 0.2)
    assert eye_of(view).position[2] < before.position[2]
    gesture(view, Qt.NativeGestureType.RotateNativeGesture, 10.0)
    assert abs(eye_of(view).heading - before.heading - 10.0) < 1e-6


def test_that_ctrl_and_a_drag_outline_a_selection_and_the_view_stays(qtbot: Any, view: Any) -> None:
    before = eye_of(view)
    told: list[Any] = []
    view.outlined.connect(lambda corners, how: told.append((corners, how)))
    ctrl = Qt.KeyboardModifier.ControlModifier
    qtbot.mousePress(view._canvas, Qt.MouseButton.LeftButton, ctrl, QPoint(100, 100))
    for step in range(1, 6):
        move = QPointF(100 + 40 * step, 100 + 20 * step)
        from PySide6.QtGui import QMouseEvent

        view.eventFilter(
            view._canvas,
            QMouseEvent(QEvent.Type.MouseMove, move, view.mapToGlobal(move), Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, ctrl),
        )
    assert view.marquee.isVisible()
    qtbot.mouseRelease(view._canvas, Qt.MouseButton.LeftButton, ctrl, QPoint(300, 200))
    ((corners, how),) = told
    assert how == "add"
    assert np.allclose(corners.min(0), (100 / 640, 100 / 400), atol=0.01)
    assert np.allclose(corners.max(0), (300 / 640, 200 / 400), atol=0.01)
    assert not view.marquee.isVisible()
    assert eye_of(view) == before


def test_that_the_ring_shows_where_the_keyboard_is_only_when_it_came_by_keys(qtbot: Any, view: Any) -> None:
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow, timeout=5000)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.marquee.ring
    view.clearFocus()
    assert not view.marquee.ring
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not view.marquee.ring


@pytest.mark.parametrize("box", [(-300, 300, -300, 300, 3, 80), (0, 20, 0, 20, 3, 33), (-5, 5, -300, 300, 3, 5)])
def test_that_what_one_flies_to_fills_the_picture(scene: Scene, box: tuple[float, ...]) -> None:
    camera = scene.camera
    camera.fly_to(box, animate=False)
    corners = np.array([(x, y, z) for x in box[:2] for y in box[2:4] for z in box[4:]])
    xy, depth = scene.project(corners)
    assert (depth > 0).all()
    assert (xy > 0).all()
    assert (xy < SIZE).all()
    spread = np.ptp(xy, axis=0) / SIZE
    assert spread.max() > 0.2
    if max(box[1] - box[0], box[3] - box[2]) > 100:
        assert spread.max() > 0.6
