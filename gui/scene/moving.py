"""The clock of motion: asks a view for pictures while something in it moves, and not more of them than it can draw in half its time."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gui.theme import look

if TYPE_CHECKING:
    from gui.scene.view import View3D

FRAME_S = 1.0 / 15.0
"""At most fifteen pictures a second."""
LONGEST_S = 1.0
"""Where no picture was drawn for longer, waves and cars go on from where they were."""
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software rasterizer", "microsoft basic render")


class Motion(QObject):
    """on: the person wants it. playing: a result or a recording is played, so that pictures come anyway: they move too.

    gpu_found is told once, with the first picture: whether a graphics card draws.
    """

    gpu_found = Signal(bool)

    def __init__(self, view: View3D) -> None:
        super().__init__(view)
        self._view = view
        self.on = self.playing = False
        self._last: float | None = None
        self._asked_gpu = self._hears = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    def set_on(self, on: bool) -> None:
        self.on = on
        self._last = None
        if not self._hears:  # a drag that ends lets things move again
            self._hears = True
            self._view.scene.camera.changed.connect(self._tick)
        if on:
            self._view.scene.request_render()
        else:
            self._timer.stop()

    @property
    def is_wanted(self) -> bool:
        """Whether a picture shall follow this one though nobody touches anything."""
        view = self._view
        return (
            self.on
            and not look.reduced_motion
            and view.isVisible()
            and not view.window().isMinimized()
            and not view.is_dragging
            and view.scene.moves
        )

    def painted(self, seconds: float) -> None:
        """A picture was drawn in so many seconds: the next one shows a later moment."""
        if not self._asked_gpu and seconds > 0:
            self._asked_gpu = True
            self.gpu_found.emit(self._view.has_gpu)
        now = time.monotonic()
        if (self.on or self.playing) and not look.reduced_motion:
            if self._last is not None:
                step = min(now - self._last, LONGEST_S)
                moment = self._view.scene.moment
                moment.run_s += step
                moment.civil += timedelta(seconds=step)
            self._last = now
        if self.is_wanted and not self._timer.isActive():
            self._timer.start(round(1000 * max(FRAME_S - seconds, seconds)))

    def _tick(self) -> None:
        if self.is_wanted:
            self._view.scene.request_render()
        else:
            self._last = None

    def stop(self) -> None:
        """The view closes."""
        self._timer.stop()
        if self._hears:
            self._hears = False
            self._view.scene.camera.changed.disconnect(self._tick)


def is_gpu(capabilities: str) -> bool:
    """Whether VTK's report of a render window names a graphics card."""
    name = next((line for line in capabilities.splitlines() if "opengl renderer" in line.lower()), "").lower()
    return bool(name) and not any(word in name for word in SOFTWARE)
