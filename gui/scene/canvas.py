"""The two canvases of a View3D: Qt's OpenGL widget, and a picture drawn off screen where there is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext, QPainter
from PySide6.QtWidgets import QLabel, QWidget

from gui.i18n import say
from gui.scene.offscreen import NoDrawing, hidden_window, pixels
from gui.scene.scene import Scene

BUDGET_S = 0.04
"""Of the GUI thread, for changes of the city's colours before a picture."""


@dataclass(frozen=True)
class Drawing:
    """What draws the view. kind: gpu (a graphics card), software (the processor through OpenGL), picture (the processor into a
    hidden window, copied), none; name: of the renderer; why: what kept it from something better."""

    kind: str
    name: str = ""
    why: str = ""


LEAST_GL = (3, 2)
GL_RENDERER = 0x1F01


def gl_of_qt() -> tuple[str, str]:
    """Renderer of the OpenGL that Qt's widgets get, and why there is none: one of both is empty. TWIN_SOFT_VIEW=1 says no."""
    if os.environ.get("TWIN_SOFT_VIEW"):
        return "", "TWIN_SOFT_VIEW"
    if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc", "linuxfb"):
        return "", f"QT_QPA_PLATFORM={QGuiApplication.platformName()}"
    context = QOpenGLContext()
    if not context.create():
        return "", "OpenGL"
    version = context.format().version()
    if version < LEAST_GL:
        return "", f"OpenGL {version[0]}.{version[1]}"
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not context.makeCurrent(surface):
        return "", "OpenGL"
    try:
        return str(context.functions().glGetString(GL_RENDERER) or "OpenGL"), ""
    finally:
        context.doneCurrent()
        surface.destroy()


def moving_share(scene: Scene) -> float:
    """Resolution of a picture: half while a view that is slow to draw moves."""
    return 0.5 if scene.is_moving else 1.0


def make_canvas(parent: QWidget, scene: Scene, why: str = "") -> Any:
    """The best canvas this machine can show. why: what went wrong with the canvas of OpenGL before; it is not tried again."""
    renderer, lack = ("", why) if why else gl_of_qt()
    if renderer:
        from gui.scene.glcanvas import GLCanvas

        return GLCanvas(parent, scene, renderer)
    try:
        return SoftCanvas(parent, scene, lack)
    except NoDrawing as error:
        return NoCanvas(parent, error)


class NoCanvas(QLabel):
    """Says why there is no picture; everything else of the program works."""

    def __init__(self, parent: QWidget, error: NoDrawing) -> None:
        super().__init__(parent)
        self.painted: Callable[[float], None] = lambda seconds: None
        self.failed: Callable[[str], None] = lambda why: None
        self.has_gpu = False
        self.drawing = Drawing("none", why=str(error))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(40)
        say(
            self.setText,
            "The city cannot be drawn: this machine has no OpenGL, not even in software. Tables, scenarios, runs and reports work. "
            "Install Mesa (Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri) or the driver of the graphics card, and start again.",
        )

    def ask(self) -> None:
        """Nothing is drawn."""

    def picture(self) -> QImage:
        return QImage()

    def shut(self) -> None:
        """Nothing was taken."""


class SoftCanvas(QWidget):
    """Draws the scene in a hidden window and copies it: works on any platform plugin, also without a display."""

    def __init__(self, parent: QWidget, scene: Scene, why: str = "") -> None:
        window = hidden_window((16, 16))
        super().__init__(parent)
        self.painted: Callable[[float], None] = lambda seconds: None
        self.failed: Callable[[str], None] = lambda why: None
        self.drawing = Drawing("picture", why=why)
        self.has_gpu = False
        self._scene = scene
        self._window: Any = window
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
