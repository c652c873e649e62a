"""The two canvases of a View3D: Qt's OpenGL widget, and a picture drawn off screen where there is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication, QImage, QOpenGLContext, QPainter
from PySide6.QtWidgets import QWidget

from gui.scene.offscreen import hidden_window, pixels
from gui.scene.scene import Scene

BUDGET_S = 0.04
"""Of the GUI thread, for changes of the city's colours before a picture."""


def gl_is_there() -> bool:
    """Whether this Qt can give an OpenGL widget. TWIN_SOFT_VIEW=1 says no."""
    if QGuiApplication.platformName() in ("offscreen", "minimal") or os.environ.get("TWIN_SOFT_VIEW"):
        return False
    return QOpenGLContext().create()


def moving_share(scene: Scene) -> float:
    """Resolution of a picture: half while a view that is slow to draw moves."""
    return 0.5 if scene.is_moving else 1.0


def make_canvas(parent: QWidget, scene: Scene) -> Any:
    """The best canvas this machine can show."""
    if not gl_is_there():
        return SoftCanvas(parent, scene)
    from gui.scene.glcanvas import GLCanvas

    return GLCanvas(parent, scene)


class SoftCanvas(QWidget):
    """Draws the scene in a hidden window and copies it: works on any platform plugin, also without a display."""

    def __init__(self, parent: QWidget, scene: Scene) -> None:
        super().__init__(parent)
        self.painted: Callable[[float], None] = lambda seconds: None
        self._scene = scene
        self._window: Any = hidden_window((16, 16))
        scene.attach(self._window)
        self._stale = True

    def ask(self) -> None:
        self._stale = True
        self.update()

    def picture(self) -> QImage:
        """What is shown."""
        return self.grab().toImage()

    def paintEvent(self, event: Any) -> None:
        if self._window is None:
            return
        ratio = self.devicePixelRatioF()
        share = moving_share(self._scene)
        size = max(1, round(self.width() * ratio * share)), max(1, round(self.height() * ratio * share))
        began = time.perf_counter()
        drawn = self._stale or size != tuple(self._window.GetSize())
        if drawn:
            self._stale = False
            self._window.SetSize(*size)
            self._scene.draw(self._window, size, ratio * share, BUDGET_S)
            rgb = pixels(self._window)
            self._image = QImage(rgb.data, size[0], size[1], 3 * size[0], QImage.Format.Format_RGB888).copy()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._image)
        painter.end()
        if drawn:
            self.painted(time.perf_counter() - began)

    def shut(self) -> None:
        if self._window is not None:
            self._window.RemoveRenderer(self._scene.renderer)
            self._window.Finalize()
            self._window = None
