"""Qt's OpenGL widget with VTK drawing inside its context: one render per paint, the scene brought up to date right before.

Follows VTK's QVTKOpenGLNativeWidget (BSD licence), without its interactor: mouse and keys are the view's business. pyvistaqt
has the same widget, but imports pyvista and matplotlib with it, two seconds before the first picture.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QGuiApplication, QImage, QOpenGLContext, QSurface
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

from gui.scene.canvas import BUDGET_S, Drawing, moving_share
from gui.scene.moving import is_gpu
from gui.scene.scene import Scene

DRAW_FRAMEBUFFER, COLOR_BUFFER_BIT, LINEAR = 0x8CA9, 0x4000, 0x2601
CHECK_MS = 500
SCISSOR_TEST, DEPTH_TEST, LEQUAL = 0x0C11, 0x0B71, 0x0203


class GLCanvas(QOpenGLWidget):
    """Draws in paintGL only; VTK never swaps or blits by itself."""

    def __init__(self, parent: QWidget, scene: Scene, renderer: str = "") -> None:
        super().__init__(parent)
        self.drawing = Drawing("gpu" if is_gpu(f"OpenGL renderer string: {renderer}") else "software", renderer)
        self.failed: Callable[[str], None] = lambda why: None
        """Told once when this canvas cannot draw, at the start or later."""
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.NoPartialUpdate)
        self.painted: Callable[[float], None] = lambda seconds: None
        self._scene = scene
        self._gl: QOpenGLContext | None = None
        self._surface: QSurface | None = None
        self._drawing = self._has_drawn = self._keeps = False
        self._window: Any = vtkGenericOpenGLRenderWindow()
        self._window.SetReadyForRendering(False)
        self._window.SetFrameBlitModeToNoBlit()
        self._tags = [
            self._window.AddObserver("WindowMakeCurrentEvent", self._make_current),
            self._window.AddObserver("WindowIsCurrentEvent", self._tell_current),
            self._window.AddObserver("WindowFrameEvent", self._framed),
        ]
        scene.attach(self._window)

    def ask(self) -> None:
        if self._gl is not None and not self._gl.isValid():
            self._give_up(f"{self.drawing.name}: context lost")
            return
        self.update()

    def _give_up(self, why: str) -> None:
        """Not from within a paint: whoever is told takes this canvas away."""
        told, self.failed = self.failed, lambda why: None
        QTimer.singleShot(0, self, lambda: told(why))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        QTimer.singleShot(CHECK_MS, self, self._check)

    def _check(self) -> None:
        """A widget that was shown has a context, or never gets one."""
        if self._window is not None and self.isVisible() and not self.isValid():
            self._give_up("OpenGL")

    @property
    def has_gpu(self) -> bool:
        """Whether a graphics card draws; known once something was drawn."""
        return self._has_drawn and is_gpu(self._window.ReportCapabilities())

    def picture(self) -> QImage:
        """What was drawn last; a large city is not drawn again for it."""
        self._keeps = self._has_drawn
        try:
            return self.grabFramebuffer()
        finally:
            self._keeps = False

    # -- what VTK asks -------------------------------------------------------------------------------------------------
    def _make_current(self, *_: Any) -> None:
        """Without touching framebuffer bindings; a context belongs to the thread that made it."""
        app = QGuiApplication.instance()
        if self._gl is not None and app is not None and QThread.currentThread() is app.thread():
            try:
                self._gl.makeCurrent(self._surface)
            except RuntimeError:  # deleted by Qt before us
                self._gl = None

    def _tell_current(self, *_: Any) -> None:
        self._window.SetIsCurrent(self._gl is not None and QOpenGLContext.currentContext() is self._gl)

    def _framed(self, *_: Any) -> None:
        if not self._drawing:
            self.update()

    # -- what Qt asks --------------------------------------------------------------------------------------------------
    def initializeGL(self) -> None:
        self._gl = self.context()
        self._surface = self._gl.surface()
        self._gl.aboutToBeDestroyed.connect(self._let_go)
        window = self._window
        _use_loader(window)
        window.OpenGLInitContext()
        window.OpenGLInit()
        if not window.GetInitialized():  # its functions were not found
            self._give_up(self.drawing.name)
            return
        state = window.GetState()
        state.Reset()
        state.vtkglDepthFunc(LEQUAL)
        state.vtkglEnable(DEPTH_TEST)
        window.SetForceMaximumHardwareLineWidth(1)
        window.SetReadyForRendering(True)
        window.SetOwnContext(0)

    def paintGL(self) -> None:
        window = self._window
        if window is None or not window.GetReadyForRendering() or self._drawing:
            return
        began = time.perf_counter()
        ratio = self.devicePixelRatioF()
        share = moving_share(self._scene)
        full = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if self._keeps:
            self._window.GetState().Reset()
            self._blit(full)
            return
        size = max(1, round(full[0] * share)), max(1, round(full[1] * share))
        if tuple(window.GetSize()) != size:
            window.SetSize(*size)  # the blit into the widget scales it up
        state = window.GetState()
        state.Reset()  # Qt has used GL since
        state.Push()
        state.vtkglDepthFunc(LEQUAL)
        self._drawing = True
        try:
            self._scene.draw(window, size, ratio * share, BUDGET_S)
        finally:
            self._drawing = False
        self._has_drawn = True
        self.makeCurrent()
        self._blit(full)
        state.Pop()
        self.painted(time.perf_counter() - began)

    def _blit(self, size: tuple[int, int]) -> None:
        """VTK's picture into the widget's framebuffer, opaque."""
        window = self._window
        gl = self._gl.functions()  # type: ignore[union-attr]
        gl.glBindFramebuffer(DRAW_FRAMEBUFFER, self.defaultFramebufferObject())
        scissor = gl.glIsEnabled(SCISSOR_TEST)
        if scissor:  # it would cut the blit
            window.GetState().vtkglDisable(SCISSOR_TEST)
            gl.glDisable(SCISSOR_TEST)
        w, h = window.GetSize()
        window.BlitDisplayFramebuffer(0, 0, 0, w, h, 0, 0, *size, COLOR_BUFFER_BIT, LINEAR)
        gl.glColorMask(False, False, False, True)
        gl.glClearColor(0.0, 0.0, 0.0, 1.0)
        gl.glViewport(0, 0, *size)
        gl.glClear(COLOR_BUFFER_BIT)
        gl.glColorMask(True, True, True, True)
        if scissor:
            window.GetState().vtkglEnable(SCISSOR_TEST)
            gl.glEnable(SCISSOR_TEST)

    def _let_go(self) -> None:
        """Free GL objects while the context that owns them is still there."""
        if self._gl is None:
            return
        self._make_current()
        self._window.Finalize()
        self._window.SetReadyForRendering(False)
        for tag in self._tags:
            self._window.RemoveObserver(tag)
        self._tags = []
        self._gl = self._surface = None

    def shut(self) -> None:
        self._window.RemoveRenderer(self._scene.renderer)
        self._let_go()
        self.close()


def _use_loader(window: Any) -> None:
    """VTK finds GL functions where Qt's platform does; elsewhere than on Linux it knows by itself."""
    egl = QGuiApplication.platformName().startswith("wayland")
    name, function = ("libEGL.so.1", "eglGetProcAddress") if egl else ("libGL.so.1", "glXGetProcAddressARB")
    try:
        loader = getattr(ctypes.CDLL(name), function)
    except (OSError, AttributeError):
        return
    window.SetOpenGLSymbolLoader2(int(ctypes.cast(loader, ctypes.c_void_p).value or 0), 0)
