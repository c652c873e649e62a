"""View3D: the widget that shows a scene. Real GL where Qt has it, else an off-screen picture blitted into the widget.

One render per paint: everything that changes the scene asks for a paint, nothing draws by itself, and no timer runs while
nothing moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.i18n import declared

if TYPE_CHECKING:
    from gui.scene.scene import Scene

CLICK_PX = 4.0
STILL_MS = 220
ARRIVE_MS, MOST_PATIENCE, ENOUGH = 90, 4, 24
"""While tiles of a large city are made: how often to look, after how many looks to show what has come, and how many tiles are
worth a picture at once."""
WALK_M = {
    Qt.Key.Key_W: (1, 0),
    Qt.Key.Key_Up: (1, 0),
    Qt.Key.Key_S: (-1, 0),
    Qt.Key.Key_Down: (-1, 0),
    Qt.Key.Key_A: (0, -1),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_D: (0, 1),
    Qt.Key.Key_Right: (0, 1),
}


class View3D(QWidget):
    """clicked, double_clicked: Hit or None. hovered: local x, y, z below the cursor. first_picture: a city is visible.

    Left drag turns, right or middle drag (or Shift + left) moves, the wheel zooms to the cursor, arrow keys and W A S D walk.
    """

    clicked = Signal(object)
    double_clicked = Signal(object)
    context = Signal(object, object)
    """Right click without a drag: Hit or None, global position."""
    hovered = Signal(float, float, float)
    first_picture = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(200, 150)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._scene: Scene | None = None
        self._canvas: Any = None
        self._seen_picture = False
        self._closed = False
        self._press: QPointF | None = None
        self._last = QPointF()
        self._dragged = False
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MS)
        self._still.timeout.connect(self._on_still)
        self._arrive = QTimer(self)
        self._arrive.setSingleShot(True)
        self._arrive.setInterval(ARRIVE_MS)
        self._arrive.timeout.connect(self._on_arrive)
        self._patience = 0
        self._begin = QTimer(self)
        self._begin.setSingleShot(True)
        self._begin.setInterval(0)
        self._begin.timeout.connect(self.start)
        self.frame_ms = 0.0
        """Wall time of the last frame."""

    @property
    def scene(self) -> Scene:
        """The scene; importing VTK the first time it is asked for."""
        if self._scene is None:
            from gui.scene.scene import Scene

            self._scene = Scene()
            self._scene.hud.words = declared
            self._scene.render_requested.connect(self._repaint)
        return self._scene

    def start(self) -> None:
        """Make the 3D canvas now (otherwise right after the widget is first shown)."""
        if self._canvas is not None or self._closed:
            return
        from gui.scene.canvas import make_canvas

        self._canvas = make_canvas(self, self.scene)
        self._canvas.setMouseTracking(True)
        self._canvas.setFocusProxy(self)
        self._canvas.installEventFilter(self)
        self._box.addWidget(self._canvas)
        self._canvas.painted = self._on_painted

    @property
    def has_gl(self) -> bool:
        """Whether the real GL canvas is in use (else the fallback)."""
        from gui.scene.canvas import SoftCanvas

        return self._canvas is not None and not isinstance(self._canvas, SoftCanvas)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        if self._canvas is None and not self._closed:
            self._begin.start()

    def closeEvent(self, event: Any) -> None:
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Free graphics; call from the window's closeEvent."""
        if self._closed:
            return
        self._closed = True
        self._still.stop()
        self._arrive.stop()
        self._begin.stop()
        if self._scene is not None:
            self._scene.render_requested.disconnect()
        if self._canvas is not None:
            self._canvas.removeEventFilter(self)
            self._canvas.shut()
        if self._scene is not None:
            self._scene.close()

    def picture(self) -> QImage:
        """What is shown now; null where there is no canvas yet."""
        return self._canvas.picture() if self._canvas is not None and not self._closed else QImage()

    # -- painting ------------------------------------------------------------------------------------------------------
    def _repaint(self) -> None:
        if self._canvas is not None and not self._closed:
            self._canvas.ask()

    def _on_painted(self, seconds: float) -> None:
        self.frame_ms = seconds * 1000
        if self.scene.camera.is_flying:
            self._moving()
            self._canvas.ask()
        elif self.scene.is_waiting:
            self._arrive.start()
        if not self._seen_picture and self.scene.city is not None:
            self._seen_picture = True
            self.first_picture.emit()

    def _on_arrive(self) -> None:
        """Better tiles may have come: a picture for several of them, not for each."""
        if self._closed or self._canvas is None:
            return
        scene = self.scene
        self._patience += 1
        if scene.arrived and (not scene.is_making or scene.arrived >= ENOUGH or self._patience >= MOST_PATIENCE):
            self._patience = 0
            self._canvas.ask()
        elif scene.is_waiting:
            self._arrive.start()

    def _moving(self) -> None:
        """Something moves: keep it light until it has stood still for a moment."""
        self.scene.set_moving(True, self.frame_ms)
        self._still.start()

    def _on_still(self) -> None:
        if self._scene is not None:
            self._scene.set_moving(False, self.frame_ms)

    # -- mouse and keys ------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        handlers = {
            QEvent.Type.MouseButtonPress: self._on_press,
            QEvent.Type.MouseMove: self._on_move,
            QEvent.Type.MouseButtonRelease: self._on_release,
            QEvent.Type.MouseButtonDblClick: self._on_double,
            QEvent.Type.Wheel: self._on_wheel,
        }
        handler = handlers.get(event.type())
        if handler is None or watched is not self._canvas:
            # VTK's own key and hover handling stays out of the way.
            return event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and watched is self._canvas and self._on_key(event)
        handler(event)  # type: ignore[operator]
        return True

    def _pixel(self, at: QPointF) -> tuple[float, float]:
        """Pixel of the scene's picture, which is coarser while a slow view moves."""
        size = self.scene.size
        return at.x() * size[0] / max(1, self._canvas.width()), at.y() * size[1] / max(1, self._canvas.height())

    def _on_press(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._press = self._last = event.position()
        self._dragged = False

    def _on_move(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is None or not event.buttons():
            x, y = self._pixel(at)
            self.scene.tools.hover(x, y)
            ground = self.scene.ground_point(x, y)
            if ground is not None:
                self.hovered.emit(float(ground[0]), float(ground[1]), float(ground[2]))
            return
        gap = at - self._press
        if not self._dragged and gap.manhattanLength() > CLICK_PX:
            self._dragged = True
            self.scene.camera.finish()
            self.scene.camera.remember()
        if self._dragged:
            turn = bool(event.buttons() & Qt.MouseButton.LeftButton) and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._moving()
            step = at - self._last
            if turn:
                self.scene.camera.orbit(step.x(), step.y())
            else:
                self.scene.camera.pan(*self._pixel(step))
            self._last = at

    def _on_release(self, event: QMouseEvent) -> None:
        pressed, self._press = self._press, None
        if pressed is None:
            return
        if self._dragged:
            self.scene.camera.changed.emit()
            return
        x, y = self._pixel(event.position())
        if event.button() == Qt.MouseButton.RightButton:
            if self.scene.tools.active:
                self.scene.tools.undo_point()
            else:
                self.context.emit(self.scene.pick(x, y), event.globalPosition().toPoint())
        elif event.button() == Qt.MouseButton.LeftButton:
            if self.scene.tools.active:
                self.scene.tools.click(x, y)
            else:
                self.clicked.emit(self.scene.pick(x, y))

    def _on_double(self, event: QMouseEvent) -> None:
        self._press = None
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, y = self._pixel(event.position())
        if self.scene.tools.active:
            self.scene.tools.finish()
        else:
            self.double_clicked.emit(self.scene.pick(x, y))

    def _on_wheel(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if not steps:
            return
        self.scene.camera.finish()
        if not self._still.isActive():
            self.scene.camera.remember()
        x, y = self._pixel(event.position())
        self._moving()
        self.scene.camera.zoom(1.2**steps, self.scene.ground_point(x, y))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._scene is None or not self._on_key(event):
            super().keyPressEvent(event)

    def _on_key(self, event: Any) -> bool:
        if event.type() != QEvent.Type.KeyPress or event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            return False
        key, tools, camera = event.key(), self.scene.tools, self.scene.camera
        if tools.active and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            tools.finish()
        elif tools.active and key == Qt.Key.Key_Escape:
            tools.cancel()
        elif tools.active and key == Qt.Key.Key_Backspace:
            tools.undo_point()
        elif key in WALK_M:
            step = max(1.0, camera.eye.distance * 0.04)
            self._moving()
            camera.walk(WALK_M[key][0] * step, WALK_M[key][1] * step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            camera.zoom(1.25)
        elif key == Qt.Key.Key_Minus:
            camera.zoom(0.8)
        else:
            return False
        return True
