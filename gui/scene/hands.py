"""What mouse, touchpad, keys and a 3D mouse do to the view; the view itself only paints.

Left turns about the point under the cursor, right or middle (or Shift + left) takes the ground along, the wheel zooms to the
cursor, Ctrl + left drag selects. Keys that are held and a 3D mouse move the eye from one picture to the next, so no timer runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice

from gui.spacemouse import SpaceMouse

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

    from gui.scene.view import View3D

Key, Mod, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton
CLICK_PX = 4.0
REST_MS = 350
"""The cursor rests for so long before the thing below it is named."""
TAP_S, LONGEST_S = 0.09, 0.12
"""What a touch of a key is worth, and the longest step between two pictures."""
PAD_STEP_PX = 45.0
"""Pixels of a touchpad that are a notch of a wheel."""
NOTCH = 1.2
TURN_PX_S, ZOOM_S = 260.0, 3.2
"""Speed of keys: pixels of a drag a second, and how much nearer a second."""
MOVES: dict[int, tuple[float, float]] = {
    Key.Key_W: (0, 1), Key.Key_Up: (0, 1), Key.Key_S: (0, -1), Key.Key_Down: (0, -1),
    Key.Key_A: (-1, 0), Key.Key_Left: (-1, 0), Key.Key_D: (1, 0), Key.Key_Right: (1, 0),
}  # fmt: skip
"""To the right and forwards."""
ZOOMS: dict[int, int] = {Key.Key_Plus: 1, Key.Key_Equal: 1, Key.Key_PageUp: 1, Key.Key_Minus: -1, Key.Key_PageDown: -1}


class Hands:
    """select_by: 'rectangle' or 'lasso' while a left drag selects, '' otherwise. pad_pans: two fingers move, else they zoom."""

    def __init__(self, view: View3D) -> None:
        self._view = view
        self.select_by = ""
        self.pad_pans = True
        self.names = True
        self._press: QPointF | None = None
        self._last = QPointF()
        self._doing = ""
        self._held_point: Any = None
        self._outline: list[QPointF] = []
        self._keys: dict[int, bool] = {}
        """Keys that are held, and whether Shift was."""
        self.axes = np.zeros(6)
        """Of a 3D mouse, shares of its full way: right, forwards, up, and turns about them."""
        self._stepped: float | None = None
        self.spacemouse = SpaceMouse(view)
        self.spacemouse.moved.connect(self.push)

    @property
    def is_dragging(self) -> bool:
        return self._press is not None and bool(self._doing)

    def handle(self, event: QEvent) -> bool:
        """Whether an event of the canvas was meant for the hands; VTK's own handling stays out of the way."""
        handler = {
            QEvent.Type.MouseButtonPress: self.press,
            QEvent.Type.MouseMove: self.move,
            QEvent.Type.MouseButtonRelease: self.release,
            QEvent.Type.MouseButtonDblClick: self.double,
            QEvent.Type.Wheel: self.wheel,
            QEvent.Type.NativeGesture: self.gesture,
            QEvent.Type.Leave: self.leave,
        }.get(event.type())
        if handler is None:
            return False
        handler(event)  # type: ignore[operator]
        return True

    # -- places --------------------------------------------------------------------------------------------------------
    def pixel(self, at: QPointF) -> tuple[float, float]:
        """Pixel of the picture in use, which is coarser while a slow view moves."""
        return self._view.pixel(at, keep=self.is_dragging)

    def _touched(self, x: float, y: float) -> Any:
        """What a hand takes hold of: a roof, a wall, the ground; None for the sky."""
        return self._view.scene.surface_point(x, y)

    def _middle(self) -> Any:
        size = self._view.scene.size
        return self._touched(size[0] / 2, size[1] / 2)

    # -- mouse ---------------------------------------------------------------------------------------------------------
    def press(self, event: QMouseEvent) -> None:
        view = self._view
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        view.unrest()
        self._press = self._last = event.position()
        self._doing = ""
        self.pixel(event.position())  # the view below the cursor is the one in use

    def move(self, event: QMouseEvent) -> None:
        view, at = self._view, event.position()
        if view.walker is not None and view.walker.look_at(event):
            return
        if self._press is None or not event.buttons():
            self._hover(at)
            return
        if not self._doing and (at - self._press).manhattanLength() > CLICK_PX:
            self._begin(event)
        if self._doing in ("rectangle", "lasso"):
            self._draw(at)
        elif self._doing:
            self._drag(at)
        if self._doing:
            self._last = at

    def _hover(self, at: QPointF) -> None:
        view = self._view
        x, y = self.pixel(at)
        view.scene.tools.hover(x, y)
        ground = view.scene.ground_point(x, y)
        if ground is not None:
            view.hovered.emit(float(ground[0]), float(ground[1]), float(ground[2]))
        if self.names and not view.scene.tools.active and not self.select_by:
            view.rest(at)

    def _begin(self, event: QMouseEvent) -> None:
        """The drag has left the place of the press: what it is going to do."""
        view, held = self._view, event.modifiers()
        left = bool(event.buttons() & Button.LeftButton)
        camera = view.scene.camera
        drawing = bool(view.scene.tools.active)
        if left and not drawing and view.walker is None and (self.select_by or held & Mod.ControlModifier):
            self._doing = self.select_by or "rectangle"
            assert self._press is not None
            self._outline = [self._press]
            return
        camera.finish()
        camera.remember()
        assert self._press is not None
        self._held_point = self._touched(*self.pixel(self._press)) if view.walker is None else None
        self._doing = "turn" if left and not held & Mod.ShiftModifier else "move"
        if self._doing == "move" or camera.eye.distance >= 3.0:
            camera.anchor(self._held_point)

    def _drag(self, at: QPointF) -> None:
        view, camera, step = self._view, self._view.scene.camera, at - self._last
        view.moving()
        if view.walker is not None:
            view.walker.turn(step.x(), step.y())
        elif self._doing == "turn":
            camera.orbit(step.x(), step.y(), self._held_point)
        else:
            origin, way = view.scene.ray(*self.pixel(at))
            if self._held_point is None or not camera.drag(self._held_point, origin, way):
                share = view.scene.picture_size[1] / max(1, view.height())
                camera.pan(step.x() * share, step.y() * share)
                self._held_point = None if self._held_point is None else self._touched(*self.pixel(at))

    def _draw(self, at: QPointF) -> None:
        """The outline that selects grows."""
        if self._doing == "rectangle":
            a = self._outline[0]
            self._outline = [a, QPointF(at.x(), a.y()), at, QPointF(a.x(), at.y())] if a != at else [a]
        elif (at - self._outline[-1]).manhattanLength() > 2:
            self._outline.append(at)
        self._view.marquee.show_outline(self._outline)

    def release(self, event: QMouseEvent) -> None:
        view = self._view
        pressed, self._press = self._press, None
        doing, self._doing = self._doing, ""
        if pressed is None:
            return
        if doing in ("rectangle", "lasso"):
            view.marquee.show_outline([])
            self._chosen(event.modifiers())
            return
        if doing:
            view.scene.camera.changed.emit()
            view.scene.request_render()  # what moves by itself goes on
            return
        x, y = self.pixel(event.position())
        tools = view.scene.tools
        if event.button() == Button.RightButton:
            if tools.active:
                tools.undo_point()
            elif view.walker is None:
                view.context.emit(view.scene.pick(x, y), event.globalPosition().toPoint())
        elif event.button() == Button.LeftButton:
            if tools.active:
                tools.click(x, y)
            elif event.modifiers() & (Mod.ControlModifier | Mod.ShiftModifier):
                view.toggled.emit(view.scene.pick(x, y))
            else:
                view.clicked.emit(view.scene.pick(x, y))

    def _chosen(self, held: Qt.KeyboardModifier) -> None:
        """An outline is closed: which things it is about. With Ctrl they are added, with Ctrl and Shift, or Alt, taken away; in a
        tool of its own the outline replaces, and Shift adds."""
        outline, self._outline = self._outline, []
        if len(outline) < 3:
            return
        scene = self._view.scene
        places = np.array([self._view.pixel(p, keep=True) for p in outline]) / scene.size
        if held & Mod.AltModifier or (held & Mod.ControlModifier and held & Mod.ShiftModifier):
            how = "remove"
        elif held & (Mod.ControlModifier | Mod.ShiftModifier):
            how = "add"
        else:
            how = "replace"
        self._view.outlined.emit(places, how)

    def double(self, event: QMouseEvent) -> None:
        view = self._view
        self._press = None
        if event.button() != Button.LeftButton or view.walker is not None:
            return
        x, y = self.pixel(event.position())
        if view.scene.tools.active:
            view.scene.tools.finish()
        elif not self.select_by:
            view.double_clicked.emit(view.scene.pick(x, y))

    def leave(self, event: QEvent) -> None:
        self._view.unrest()

    # -- wheel and touchpad --------------------------------------------------------------------------------------------
    def wheel(self, event: QWheelEvent) -> None:
        view, camera = self._view, self._view.scene.camera
        pixels, angle = event.pixelDelta(), event.angleDelta()
        device = event.device()
        is_pad = (device is not None and device.type() == QInputDevice.DeviceType.TouchPad) or (
            not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        )
        if view.walker is not None or (pixels.isNull() and angle.isNull()):
            return
        self._note()
        view.moving()
        x, y = self.pixel(event.position())
        if is_pad and self.pad_pans and not event.modifiers() & Mod.ControlModifier:
            step = QPointF(pixels) if not pixels.isNull() else QPointF(angle) * (PAD_STEP_PX / 120.0)
            share = view.scene.picture_size[1] / max(1, view.height())
            camera.anchor(self._touched(x, y))
            camera.pan(step.x() * share, step.y() * share)
            return
        notches = angle.y() / 120.0 if angle.y() else pixels.y() / PAD_STEP_PX
        if notches:
            camera.zoom(NOTCH**notches, self._touched(x, y))

    def gesture(self, event: QNativeGestureEvent) -> None:
        """Pinch and turn of two fingers."""
        view, camera, kind = self._view, self._view.scene.camera, event.gestureType()
        if view.walker is not None:
            return
        x, y = self.pixel(event.position())
        if kind == Qt.NativeGestureType.BeginNativeGesture:
            camera.finish()
            camera.remember()
        elif kind == Qt.NativeGestureType.EndNativeGesture:
            camera.changed.emit()
        elif kind == Qt.NativeGestureType.ZoomNativeGesture:
            self._note()
            view.moving()
            camera.zoom(max(0.2, 1.0 + event.value()), self._touched(x, y))
        elif kind == Qt.NativeGestureType.SmartZoomNativeGesture:
            self._note()
            view.moving()
            camera.zoom(2.0, self._touched(x, y))
        elif kind == Qt.NativeGestureType.RotateNativeGesture:
            self._note()
            view.moving()
            camera.orbit(event.value() / 0.25, 0.0, self._touched(x, y))
        elif kind == Qt.NativeGestureType.PanNativeGesture:
            self._note()
            view.moving()
            camera.pan(event.delta().x(), event.delta().y())

    def _note(self) -> None:
        """A movement begins: the view before it can be had again."""
        self._view.unrest()
        self._view.scene.camera.finish()
        if self._view.is_still:
            self._view.scene.camera.remember()

    # -- keys ----------------------------------------------------------------------------------------------------------
    def key(self, event: QKeyEvent) -> bool:
        """Whether a key was meant for the view."""
        view, key = self._view, event.key()
        if event.modifiers() & (Mod.ControlModifier | Mod.AltModifier):
            return False
        tools = view.scene.tools
        if view.walker is not None and view.walker.key(key, True, event.modifiers()):
            return True
        if tools.active and key in (Key.Key_Return, Key.Key_Enter):
            tools.finish()
        elif tools.active and key == Key.Key_Escape:
            tools.cancel()
        elif tools.active and key == Key.Key_Backspace:
            tools.undo_point()
        elif key in MOVES or key in ZOOMS:
            if not event.isAutoRepeat():
                if not self._keys:
                    self._note()
                    self._stepped = None
                self._keys[key] = bool(event.modifiers() & Mod.ShiftModifier)
                self._act(key, TAP_S)
                view.moving()
        else:
            return False
        return True

    def key_up(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return event.key() in self._keys
        if self._view.walker is not None and self._view.walker.key(event.key(), False, event.modifiers()):
            return True
        was = self._keys.pop(event.key(), None)
        if was is not None and not self._keys:
            self._view.scene.camera.changed.emit()
        return was is not None

    def let_go(self) -> None:
        """Nothing is held any more: the view has lost the keys."""
        self._keys.clear()
        if self._view.walker is not None:
            self._view.walker.let_go()

    def _act(self, key: int, dt: float) -> None:
        camera = self._view.scene.camera
        shift = self._keys.get(key, False)
        if key in ZOOMS:
            camera.zoom(ZOOM_S ** (ZOOMS[key] * dt), self._middle())
            return
        right, ahead = MOVES[key]
        if shift:
            about = self._middle() if camera.eye.distance >= 3.0 else None
            camera.orbit(-right * TURN_PX_S * dt, -ahead * TURN_PX_S * dt, about)
        else:
            camera.nudge(right, ahead, 0.0, 0.0, 0.0, 0.0, dt)

    def push(self, axes: Any) -> None:
        """A 3D mouse stands at other shares of its way (6,)."""
        view = self._view
        was = bool(self.axes.any())
        mine = view.isActiveWindow() and view.isVisible() and view.walker is None
        self.axes = np.asarray(axes, float) if mine else np.zeros(6)
        if self.axes.any():
            if not was:
                self._note()
                self._stepped = None
            view.moving()
            view.scene.request_render()
        elif was:
            view.scene.camera.changed.emit()

    def painted(self) -> None:
        """A picture was drawn: what is held goes on to the next one."""
        view = self._view
        now = time.monotonic()
        last, self._stepped = self._stepped, None
        if view.walker is not None:
            view.walker.painted()
        if not self._keys and not self.axes.any():
            return
        self._stepped = now
        dt = 0.016 if last is None else min(now - last, LONGEST_S)
        for key in list(self._keys):
            self._act(key, dt)
        if self.axes.any():
            view.scene.camera.nudge(*(float(v) for v in self.axes), dt)
        view.moving()
        view.scene.request_render()
