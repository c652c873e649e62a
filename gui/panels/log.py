"""Everything the application said, newest last."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from gui.i18n import say
from gui.theme import colors, look

if TYPE_CHECKING:
    from gui.notices import Notices


MOST = 5000


class LogPanel(QWidget):
    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(readOnly=True, objectName="plain")
        self.text.setMaximumBlockCount(MOST)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        say(self.text.setAccessibleName, "Log")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.text)
        self._said: deque[tuple[datetime, str, str]] = deque(maxlen=MOST)
        notices.logged.connect(self.add)
        look.changed.connect(self._again)

    def add(self, at: datetime, level: str, text: str) -> None:
        self._said.append((at, level, text))
        self._write(at, level, text)

    def _again(self, *_: object) -> None:
        """The colours of another look."""
        self.text.clear()
        for entry in self._said:
            self._write(*entry)

    def _write(self, at: datetime, level: str, text: str) -> None:
        c = colors()
        tint = {"error": c.error, "warning": c.warning, "good": c.good}.get(level, c.text)
        shape = QTextCharFormat()
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        shape.setForeground(QColor(c.quiet))
        cursor.insertText(f"{at:%H:%M:%S}  ", shape)
        shape.setForeground(QColor(tint))
        cursor.insertText(text.strip().replace("\n", "\n          "), shape)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())
