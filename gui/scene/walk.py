"""Going through the city on foot: eyes 1.7 m above ground, decks and steps; walls stop one, flooded streets say how deep they are."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication

from gui.i18n import tr
from gui.scene.camera import Eye
from gui.scene.solid import Solids, Surroundings

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from gui.scene.view import View3D

Key, Mod = Qt.Key, Qt.KeyboardModifier
EYE_M = 1.7
WALK_M_S, RUN_M_S = 1.5, 5.0
BODY_M = 0.35
"""Half of what a person is wide: the least distance from a wall."""
STEP_M = 0.6
"""What one steps up without climbing."""
HEIGHTS = (STEP_M + 0.05, 1.1, 1.65)
"""Where a wall is felt, metres above the feet."""
SLIDES = (0.0, 18.0, -18.0, 36.0, -36.0, 54.0, -54.0, 72.0, -72.0)
"""Turns of the way, degrees, that are tried along a wall."""
SETTLE_S = 0.09
"""Time in which the eye follows most of a step up or down."""
TAP_S, LONGEST_S = 0.12, 0.12
ANGLE, TURN_S, DEG_PX = 62.0, 75.0, 0.12
UP_M, UP_PITCH = 420.0, -36.0
"""Where leaving takes one."""
SEARCH_M = (0.0, 2.0, 4.0, 7.0, 11.0, 16.0, 24.0, 34.0, 48.0, 70.0)
LOCKING = ("xcb", "windows", "cocoa")
"""Platforms on which a program may put the cursor back, so that it never comes to the rim."""
WAYS: dict[int, tuple[float, float]] = {
    Key.Key_W: (1, 0), Key.Key_Up: (1, 0), Key.Key_S: (-1, 0), Key.Key_Down: (-1, 0),
    Key.Key_A: (0, -1), Key.Key_Left: (0, -1), Key.Key_D: (0, 1), Key.Key_Right: (0, 1),
}  # fmt: skip
"""Forwards and to the right."""
LOOKS: dict[int, tuple[float, float]] = {Key.Key_Q: (-1, 0), Key.Key_E: (1, 0), Key.Key_PageUp: (0, 1), Key.Key_PageDown: (0, -1)}
"""Turns to the right and up."""
Floats = NDArray[np.float64]


class Walker:
    """Somebody who walks. Made by View3D.walk; ends with `leave`, or when something else moves the camera.

    feet: x, y, z in local metres. depth_m: water that stands there in the result shown.
    """

    def __init__(self, view: View3D) -> None:
        self._view = view
        self._solids, self._around = Solids(view.scene), Surroundings(view.scene)
        self._held: set[int] = set()
        self._runs = False
        self._stepped: float | None = None
        self._locks = False
        self._till: QPointF | None = None
        self.depth_m = 0.0
        self.heading = self.pitch = 0.0
        self.feet = np.zeros(3)
        self._put: Eye | None = None

    # -- coming and going ----------------------------------------------------------------------------------------------
    def enter(self, at: Floats | None = None) -> bool:
        """Stand at a place (3,), else in the street in the middle of the picture, or where one stands already; False where there is no
        such place."""
        scene = self._view.scene
        camera, eye = scene.camera, scene.camera.eye
        camera.finish()
        place = eye.position
        high = float(place[2]) - float(scene.ground.height(place[0], place[1])) > 12.0
        if at is not None:
            place = at
        elif high:
            middle = scene.ground_point(scene.size[0] / 2, scene.size[1] / 2)
            place = np.array([eye.x, eye.y, eye.z]) if middle is None else middle
        found = self._free_place(float(place[0]), float(place[1]))
        if found is None:
            street = camera.street()
            found = None if street is None else self._free_place(*(float(v) for v in street.position[:2]))
        if found is None:
            return False
        camera.remember()
        camera.is_walking = True
        self.feet = np.array(found)
        self.heading, self.pitch = eye.heading, 0.0 if high else max(-30.0, min(30.0, eye.pitch))
        self._show()
        self._lock()
        self._view.hint.tell(
            tr("W A S D or arrows walk, Shift runs, the mouse or Q and E look around. Esc leaves.")
            if self._locks
            else tr("W A S D or arrows walk, Shift runs, drag or Q and E look around. Esc leaves.")
        )
        return True

    def _free_place(self, x: float, y: float) -> tuple[float, float, float] | None:
        """The nearest place with room for a body, on the ground or on a deck; None where there is none near."""
        for away in SEARCH_M:
            for turn in np.linspace(0, 2 * math.pi, 1 if away == 0 else 16, endpoint=False):
                px, py = x + away * math.sin(turn), y + away * math.cos(turn)
                z = float(self._view.scene.ground.height(px, py))
                if self._solids.roof(np.array([px, py, z + EYE_M])) is None and self._has_room(px, py, z):
                    return px, py, z
        return None

    def _has_room(self, x: float, y: float, z: float) -> bool:
        return all(
            self._around.ray(np.array([x, y, z + EYE_M]), np.array([math.sin(a), math.cos(a), 0.0]), BODY_M) is None
            for a in np.linspace(0, 2 * math.pi, 8, endpoint=False)
        )

    def leave(self, rise: bool = True) -> None:
        """Walk no more; rise: up above the place, looking down on it."""
        view, camera = self._view, self._view.scene.camera
        self._unlock()
        self._held.clear()
        view.walker = None
        camera.is_walking = False
        view.hint.tell("")
        view.scene.hud.set(title="")
        if rise:
            x, y, z = (float(v) for v in self.feet)
            camera.go(Eye(x, y, z, UP_M, self.heading, UP_PITCH, 32.0), animate=not camera.reduced_motion)
        camera.changed.emit()
        view.walk_ended.emit()

    # -- hands ---------------------------------------------------------------------------------------------------------
    def key(self, key: int, down: bool, held: Qt.KeyboardModifier) -> bool:
        """A key goes down or up; whether it is one of ours."""
        self._runs = bool(held & Mod.ShiftModifier)
        if key == Key.Key_Shift:
            self._runs = down
            return True
        if key == Key.Key_Escape:
            if down:
                self.leave()
            return True
        if key not in WAYS and key not in LOOKS:
            return False
        if not down:
            self._held.discard(key)
        elif key not in self._held:
            if not self._held:
                self._stepped = None
            self._held.add(key)
            self.advance(TAP_S)
        return True

    def let_go(self) -> None:
        self._held.clear()
        self._unlock()

    def turn(self, dx: float, dy: float) -> None:
        """Look around; pixels of a drag of the picture."""
        self._look(-dx * DEG_PX, dy * DEG_PX)

    def _look(self, right: float, up: float) -> None:
        self.heading = (self.heading + right) % 360
        self.pitch = min(75.0, max(-75.0, self.pitch + up))
        self._show()

    def look_at(self, event: QMouseEvent) -> bool:
        """The mouse moved while its cursor is ours: look where it goes."""
        if not self._locks:
            return False
        middle = QPointF(self._view.rect().center())
        step = event.position() - (self._till if self._till is not None else middle)
        self._till = event.position()
        if abs(step.x()) + abs(step.y()) < 0.5:
            return True
        self._view.moving()
        self._look(step.x() * DEG_PX, -step.y() * DEG_PX)
        away = event.position() - middle
        if abs(away.x()) > self._view.width() / 4 or abs(away.y()) > self._view.height() / 4:
            self._centre()
        return True

    def _lock(self) -> None:
        if QGuiApplication.platformName() in LOCKING and self._view.isActiveWindow():
            self._locks = True
            self._view.set_cursor(Qt.CursorShape.BlankCursor)
            self._centre()

    def _centre(self) -> None:
        middle: QPoint = self._view.rect().center()
        self._till = QPointF(middle)
        QCursor.setPos(self._view.mapToGlobal(middle))

    def _unlock(self) -> None:
        if self._locks:
            self._locks, self._till = False, None
            self._view.set_cursor(None)

    # -- steps ---------------------------------------------------------------------------------------------------------
    def painted(self) -> None:
        """A picture was drawn: the next step, if there is one to make."""
        if self._put is not None and self._view.scene.camera.eye != self._put:
            self.leave(rise=False)  # somebody has flown elsewhere
            return
        now = time.monotonic()
        last, self._stepped = self._stepped, None
        if not self._held and abs(self._gap()) < 0.01:
            return
        self._stepped = now
        self.advance(0.016 if last is None else min(now - last, LONGEST_S))

    def _gap(self) -> float:
        """How far the feet are below what they stand on."""
        x, y, z = (float(v) for v in self.feet)
        return self._around.floor(x, y, z + STEP_M) - z

    def advance(self, dt: float) -> None:
        """Go on for dt seconds as the keys say."""
        looks = np.array([LOOKS[k] for k in self._held if k in LOOKS]).reshape(-1, 2).sum(0)
        self.heading = (self.heading + float(looks[0]) * TURN_S * dt) % 360
        self.pitch = min(75.0, max(-75.0, self.pitch + float(looks[1]) * TURN_S * 0.6 * dt))
        ways = np.array([WAYS[k] for k in self._held if k in WAYS]).reshape(-1, 2).sum(0)
        if ways.any():
            h = math.radians(self.heading)
            way = np.array([math.sin(h), math.cos(h)]) * ways[0] + np.array([math.cos(h), -math.sin(h)]) * ways[1]
            self.go(way / float(np.hypot(*way)) * (RUN_M_S if self._runs else WALK_M_S) * dt)
        gap = self._gap()
        share = 1 - math.exp(-dt / SETTLE_S)
        self.feet[2] += gap if abs(gap) < 0.005 else gap * share
        self._view.moving()
        self._show()

    def go(self, step: Floats) -> None:
        """Move the feet by a step (2,) in metres, along a wall where one is in the way, never through it."""
        length = float(np.hypot(*step))
        most = BODY_M  # a longer one is made of several, or it could pass a thin wall
        for _ in range(max(1, math.ceil(length / most))):
            self._one(step / max(1, math.ceil(length / most)))

    def _one(self, step: Floats) -> None:
        length = float(np.hypot(*step))
        if length < 1e-9:
            return
        for turn in SLIDES:
            a = math.radians(turn)
            way = np.array([step[0] * math.cos(a) + step[1] * math.sin(a), -step[0] * math.sin(a) + step[1] * math.cos(a)]) / length
            part = length * math.cos(a)
            if self._is_free(way, part + BODY_M):
                self.feet[:2] += way * part
                self._keep_off(step / length, way)
                return

    def _is_free(self, way: Floats, reach: float) -> bool:
        x, y, z = self.feet
        ray = np.array([way[0], way[1], 0.0])
        return all(self._around.ray(np.array([x, y, z + h]), ray, reach) is None for h in HEIGHTS)

    def _keep_off(self, wish: Floats, way: Floats) -> None:
        """Off a wall beside the way, and off the one in the way one wanted to go."""
        for side in (wish, np.array([way[1], -way[0]]), np.array([-way[1], way[0]])):
            x, y, z = self.feet
            met = self._around.ray(np.array([x, y, z + HEIGHTS[1]]), np.array([side[0], side[1], 0.0]), BODY_M)
            if met is not None and self._is_free(-side, BODY_M - met + BODY_M):
                self.feet[:2] -= side * (BODY_M - met)

    def _show(self) -> None:
        scene = self._view.scene
        x, y, z = (float(v) for v in self.feet)
        look = Eye(heading=self.heading, pitch=self.pitch, angle=ANGLE, distance=2.0)
        scene.camera.set(look.at(np.array([x, y, z + EYE_M])))
        self._put = scene.camera.eye
        self.depth_m = scene.water_depth(x, y)
        scene.hud.set(title=tr("{depth} m of water here", depth=f"{self.depth_m:.1f}") if self.depth_m >= 0.05 else "")
