"""Everything the application said, newest last."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from gui.i18n import say
from gui.theme import colors

if TYPE_CHECKING:
    from gui.notices import Notices


class LogPanel(QWidget):
    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setMaximumBlockCount(5000)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        say(self.text.setAccessibleName, "Log")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.text)
        notices.logged.connect(self.add)

    def add(self, at: datetime, level: str, text: str) -> None:
        c = colors()
        tint = {"error": c.error, "warning": c.warning, "good": c.good}.get(level, c.text)
        look = QTextCharFormat()
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.text.document().isEmpty():
            cursor.insertBlock()
        look.setForeground(QColor(c.quiet))
        cursor.insertText(f"{at:%H:%M:%S}  ", look)
        look.setForeground(QColor(tint))
        cursor.insertText(text.strip().replace("\n", "\n          "), look)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())
