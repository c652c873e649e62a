"""The divider of a view in two halves under the mouse: it shows where it can be taken, and follows the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent

if TYPE_CHECKING:
    from gui.scene.view import View3D

NEAR_PX, GRIP_PX = 6.0, 20.0
"""How near to the line one takes it, and to the middle of its grip."""


class Divider:
    """Asked before anybody else what a mouse event means."""

    def __init__(self, view: View3D) -> None:
        self._view = view
        self._held = self._shown = False

    def takes(self, event: QEvent) -> bool:
        """Whether an event is about the divider, and done with."""
        scene = self._view.scene
        if not isinstance(event, QMouseEvent):
            return False
        if not scene.panes.swipe:
            self._held = False
            self._point(False)
            return False
        at, width, height = event.position(), max(1, self._view.width()), self._view.height()
        gap = abs(at.x() - scene.panes.divider * width)
        near = gap <= NEAR_PX or (gap <= GRIP_PX and abs(at.y() - height / 2) <= GRIP_PX)
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and near and event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            return True
        if kind == QEvent.Type.MouseMove:
            if self._held:
                scene.panes.set_divider(at.x() / width)
                self._view.moving()
                scene.request_render()
                return True
            if not event.buttons():
                self._point(near)
            return False
        if kind == QEvent.Type.MouseButtonRelease and self._held:
            self._held = False
            return True
        return kind == QEvent.Type.MouseButtonDblClick and near

    def _point(self, yes: bool) -> None:
        if yes != self._shown:
            self._shown = yes
            self._view.set_cursor(Qt.CursorShape.SplitHCursor if yes else None)
