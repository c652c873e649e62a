"""pyvistaqt's QOpenGLWidget with one render per paint and the scene brought up to date right before it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from pyvistaqt.rwi import QVTKRenderWindowInteractor

from gui.scene.canvas import moving_share
from gui.scene.scene import Scene


class GLCanvas(QVTKRenderWindowInteractor):
    """No interactor style, no timers, no automatic rendering: mouse and keys are the view's business."""

    def __init__(self, parent: QWidget, scene: Scene) -> None:
        super().__init__(parent)
        self.painted: Callable[[float], None] = lambda seconds: None
        self._scene = scene
        scene.attach(self._RenderWindow)
        self._Iren.SetInteractorStyle(None)
        self._Iren.Enable()  # an interactor that is not enabled renders nothing

    def ask(self) -> None:
        self.update()

    def paintGL(self) -> None:
        if self._RenderWindow is None or not self._RenderWindow.GetReadyForRendering():
            super().paintGL()
            return
        began = time.perf_counter()
        share = moving_share(self._scene)
        ratio = self.devicePixelRatioF() * share
        size = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if tuple(self._RenderWindow.GetSize()) != size:
            self._RenderWindow.SetSize(*size)  # the blit into the widget scales it up
        self._scene.prepare(size, ratio)
        super().paintGL()
        self.painted(time.perf_counter() - began)

    def shut(self) -> None:
        self._RenderWindow.RemoveRenderer(self._scene.renderer)
        self.close()
