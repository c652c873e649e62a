"""A thin line that says how far work is.

QProgressBar repaints at once at every value, and over a GL view each repaint composes the whole window (26 ms on software
GL); its busy state never rests. This one only asks to be painted, and says "unknown" with a still pattern.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import colors


class ProgressLine(QWidget):
    """value in 0..1; below 0: unknown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = -1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_value(self, value: float) -> None:
        value = min(1.0, value)
        if round(value * 500) != round(self.value * 500):
            self.value = value
            self.setAccessibleName("" if value < 0 else f"{value:.0%}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 6)

    def paintEvent(self, _: QPaintEvent) -> None:
        c, painter = colors(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(QColor(c.line))
        painter.drawRoundedRect(box, 3, 3)
        if self.value < 0:
            painter.setBrush(QBrush(QColor(c.accent), Qt.BrushStyle.BDiagPattern))
        else:
            painter.setBrush(QColor(c.accent))
            box.setWidth(max(6.0, box.width() * self.value))
        painter.drawRoundedRect(box, 3, 3)
