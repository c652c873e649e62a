"""A hidden window over a scene, for tests that look at pixels."""

from __future__ import annotations

import math
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from gui.scene.offscreen import hidden_window, pixels

if TYPE_CHECKING:
    from gui.scene.scene import Scene


class Window:
    """Use it as a context manager, or call `close`."""

    def __init__(self, scene: Scene, size: tuple[int, int]) -> None:
        self.scene, self.size, self.window = scene, size, hidden_window(size)
        scene.attach(self.window)

    def picture(self, patient: bool = True) -> np.ndarray:
        """RGB of a picture that waits for all its tiles, or of one as a window draws it."""
        self.scene.draw(self.window, self.size, 1.0, math.inf if patient else 0.04)
        return pixels(self.window)

    def close(self) -> None:
        self.window.RemoveRenderer(self.scene.renderer)
        self.window.Finalize()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
