"""View3D: the widget that shows a scene. Real GL where Qt has it, else an off-screen picture blitted into the widget.

One render per paint: everything that changes the scene asks for a paint, nothing draws by itself, and no timer runs while
nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.i18n import declared
from gui.scene.divider import Divider
from gui.scene.hands import REST_MS, Hands
from gui.scene.marquee import Hint, Marquee
from gui.scene.moving import Motion

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from gui.scene.walk import Walker

STILL_MS, CALM_MS = 220, 2_500
ARRIVE_MS, MOST_PATIENCE, ENOUGH = 90, 4, 24
"""While tiles of a large city are made: how often to look, after how many looks to show what has come, and how many tiles are
worth a picture at once."""


class View3D(QWidget):
    """clicked, double_clicked: Hit or None. hovered: local x, y, z below the cursor. first_picture: a city is visible.

    What hands do to it is in gui/scene/hands.py.
    """

    clicked = Signal(object)
    toggled = Signal(object)
    """Click with Ctrl or Shift: Hit or None."""
    outlined = Signal(object, str)
    """Corners (N, 2) of an outline that selects, shares of the picture from its top left, and replace, add or remove."""
    rested = Signal(object, object, object)
    """The cursor rests: Hit or None below it, place on the city (3,) or None, global position."""
    walk_ended = Signal()
    double_clicked = Signal(object)
    context = Signal(object, object)
    """Right click without a drag: Hit or None, global position."""
    hovered = Signal(float, float, float)
    first_picture = Signal()
    drawing_changed = Signal(object)
    """What draws is known, or another way is taken: gui.scene.canvas.Drawing."""

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
        self._after: list[Callable[[], None]] = []
        self._closed = False
        self.hands, self.divider = Hands(self), Divider(self)
        self.walker: Walker | None = None
        self.marquee, self.hint = Marquee(self), Hint(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._rest_at = QPointF()
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MS)
        self._still.timeout.connect(self._on_still)
        self._arrive = QTimer(self)
        self._arrive.setSingleShot(True)
        self._arrive.setInterval(ARRIVE_MS)
        self._arrive.timeout.connect(self._on_arrive)
        self._patience = 0
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._on_calm)
        self._begin = QTimer(self)
        self._begin.setSingleShot(True)
        self._begin.setInterval(0)
        self._begin.timeout.connect(self.start)
        self.frame_ms = 0.0
        """Wall time of the last frame."""
        self.motion = Motion(self)

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

        self._take_canvas(make_canvas(self, self.scene))

    def _take_canvas(self, canvas: Any) -> None:
        self._canvas = canvas
        canvas.setMouseTracking(True)
        canvas.setFocusProxy(self)
        canvas.installEventFilter(self)
        self._box.addWidget(canvas)
        canvas.painted, canvas.failed = self._on_painted, self._fall_back
        self.hands.spacemouse.start()
        self.drawing_changed.emit(canvas.drawing)

    def _fall_back(self, why: str) -> None:
        """OpenGL has failed, at the start or later: the same scene goes on as a picture drawn off screen."""
        if self._closed or self._canvas is None:
            return
        from gui.scene.canvas import make_canvas

        old = self._canvas
        old.removeEventFilter(self)
        self._box.removeWidget(old)
        old.hide()
        old.shut()
        old.deleteLater()
        self._take_canvas(make_canvas(self, self.scene, why))
        self.marquee.raise_()
        self._canvas.ask()

    @property
    def drawing(self) -> Any:
        """What draws (gui.scene.canvas.Drawing); None before the canvas is there."""
        return None if self._canvas is None else self._canvas.drawing

    @property
    def has_gl(self) -> bool:
        """Whether the real GL canvas is in use (else the fallback)."""
        return self._canvas is not None and self._canvas.drawing.kind in ("gpu", "software")

    @property
    def has_gpu(self) -> bool:
        """Whether a graphics card draws, not the processor."""
        return self.has_gl and bool(self._canvas.has_gpu)

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse turns or moves the view now."""
        return self.hands.is_dragging

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
        self._calm.stop()
        self._begin.stop()
        self._rest.stop()
        self.hands.spacemouse.stop()
        self.motion.stop()
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
        self.scene.measured(self.frame_ms)
        self._calm.start()
        self.hands.painted()
        if self.scene.camera.is_flying:
            self.moving()
            self._canvas.ask()
        elif self.scene.is_waiting:
            self._arrive.start()
        self.motion.painted(seconds)
        if not self._seen_picture and self.scene.city is not None:
            self._seen_picture = True
            self.first_picture.emit()
        calls, self._after = self._after, []
        for call in calls:
            call()

    def after_picture(self, call: Callable[[], None]) -> None:
        """Do it once the next picture has been drawn: layers are drawings then."""
        self._after.append(call)
        self.scene.request_render()

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

    def _on_calm(self) -> None:
        if not self._closed and self.is_still:
            self.scene.rested()

    def moving(self) -> None:
        """Something moves: keep it light until it has stood still for a moment."""
        self.scene.set_moving(True, self.frame_ms)
        self._still.start()

    @property
    def is_still(self) -> bool:
        """Whether nothing has moved for a moment."""
        return not self._still.isActive()

    def _on_still(self) -> None:
        if self._scene is not None:
            self._scene.set_moving(False, self.frame_ms)

    # -- mouse and keys ------------------------------------------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._canvas:
            return False
        if self.divider.takes(event) or self.hands.handle(event):
            return True
        return event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and self._key(event)

    def pixel(self, at: QPointF, keep: bool = False) -> tuple[float, float]:
        """Pixel of the scene's picture; where that has several views, of the one below, which becomes the one in use unless `keep`."""
        size = self.scene.picture_size
        x, y = at.x() * size[0] / max(1, self._canvas.width()), at.y() * size[1] / max(1, self._canvas.height())
        return self.scene.inside(x, y, keep=keep)

    def _key(self, event: Any) -> bool:
        return self.hands.key(event) if event.type() == QEvent.Type.KeyPress else self.hands.key_up(event)

    def event(self, event: QEvent) -> bool:
        """While somebody walks, the letters are his and no shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and self.walker is not None:
            from gui.scene.walk import LOOKS, WAYS

            if event.key() in (*WAYS, *LOOKS, Qt.Key.Key_Escape) and not event.modifiers() & (  # type: ignore[attr-defined]
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            ):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._scene is None or not self._key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._scene is None or not self._key(event):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        by_keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.marquee.show_ring(event.reason() in by_keys)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.marquee.show_ring(False)
        self.hands.let_go()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.marquee.setGeometry(self.rect())
        if self.hint.isVisible():
            self.hint.place()

    def set_cursor(self, shape: Qt.CursorShape | None) -> None:
        """Another cursor over the picture; None: the usual one."""
        for widget in (self, self._canvas):
            if widget is not None:
                widget.unsetCursor() if shape is None else widget.setCursor(shape)

    def select_by(self, way: str) -> None:
        """'rectangle' or 'lasso': a left drag selects from now on; '': it turns again."""
        self.hands.select_by = way
        self.unrest()
        self.set_cursor(Qt.CursorShape.CrossCursor if way else None)

    # -- names under the cursor ----------------------------------------------------------------------------------------
    def rest(self, at: QPointF) -> None:
        """The cursor is here; if it stays, what is below it is told."""
        self._rest_at = at
        self._rest.start()

    def unrest(self) -> None:
        self._rest.stop()

    def _on_rest(self) -> None:
        if self._closed or self._canvas is None or not self.underMouse() or self.scene.city is None:
            return
        if self.is_dragging or self.scene.camera.is_flying or not self.is_still:
            return
        pixel = self.pixel(self._rest_at, keep=True)
        hit = self.scene.pick(*pixel)
        place = hit.point if hit is not None else self.scene.ground_point(*pixel)
        self.rested.emit(hit, place, self._canvas.mapToGlobal(self._rest_at.toPoint()))

    # -- on foot -------------------------------------------------------------------------------------------------------
    def walk(self, at: Any = None) -> bool:
        """Go on foot from a place (3,), else from here; False where there is nowhere to stand."""
        from gui.scene.walk import Walker

        if self.walker is not None:
            return True
        self.unrest()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.walker = Walker(self)
        if not self.walker.enter(at):
            self.walker = None
            return False
        return True
