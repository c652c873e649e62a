"""A line of text that gives way: it asks for the room of its text and needs none of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

LEAST = "…"


class Elided(QLabel):
    """Ends in … where there is no room; the tooltip then holds the whole. `text` is always the whole.

    room: a text as long as any that comes, so that what stands beside it keeps its place.
    """

    def __init__(self, parent: QWidget | None = None, *, room: str = "", objectName: str = "") -> None:
        super().__init__(parent, objectName=objectName)
        self._whole, self._tip, self._room = "", "", room
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self.setAccessibleDescription(text)
            self._fit()
            self.updateGeometry()

    def text(self) -> str:
        return self._whole

    def clear(self) -> None:
        self.setText("")

    def setToolTip(self, text: str) -> None:
        """Said behind the whole text."""
        self._tip = text
        self._fit()

    @property
    def is_cut(self) -> bool:
        return super().text() != self._whole

    def sizeHint(self) -> QSize:
        wide = max(self._wide(self._whole), self._wide(self._room))
        return QSize(wide + self._beside(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._wide(LEAST) + self._beside(), self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _wide(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + 1 if text else 0

    def _beside(self) -> int:
        """Frame, margins and what a style sheet puts around the text."""
        return max(0, super().sizeHint().width() - self.fontMetrics().horizontalAdvance(super().text()))

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() - self._beside())
        if shown != super().text():
            super().setText(shown)
        tip = "\n".join(t for t in (self._whole if shown != self._whole else "", self._tip) if t)
        if tip != self.toolTip():
            super().setToolTip(tip)
