"""What lies over the 3D picture and is no part of it: the outline of a selection, the ring of the keyboard's focus, a hint."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QWidget

from gui.theme import colors

GAP_PX, FOOT_PX = 14, 44


class Marquee(QWidget):
    """Transparent and not to be touched; hidden while there is nothing to show, for laying it over the picture costs time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.outline: list[QPointF] = []
        self.ring = False
        self.hide()

    def show_outline(self, outline: list[QPointF]) -> None:
        """Corners in pixels of the view; none: nothing is being outlined."""
        self.outline = list(outline)
        self._again()

    def show_ring(self, yes: bool) -> None:
        if yes != self.ring:
            self.ring = yes
            self._again()

    def _again(self) -> None:
        self.setVisible(bool(self.outline) or self.ring)
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = QColor(colors().accent)
        if self.ring:
            painter.setPen(QPen(accent, 2.0))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if len(self.outline) > 1:
            fill = QColor(accent)
            fill.setAlpha(46)
            shape = QPolygonF(self.outline)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(255, 255, 255, 210), 3.0))
            painter.drawPolygon(shape)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent, 1.5, Qt.PenStyle.DashLine))
            painter.drawPolygon(shape)
        painter.end()


class Hint(QLabel):
    """A line of help at the foot of the picture, clear of badge, banner and credits."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.hide()

    def tell(self, text: str) -> None:
        """Show a text; none hides it."""
        if not text:
            self.hide()
            return
        c = colors()
        self.setStyleSheet(
            f"QLabel#hint {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; border-radius: 8px; padding: 7px 14px; }}"
        )
        if text != self.text() or not self.isVisible():
            self.setText(text)
            self.show()
            self.place()

    def place(self) -> None:
        room = self.parentWidget().width() - 2 * GAP_PX if isinstance(self.parentWidget(), QWidget) else 400
        wide = min(room, self.fontMetrics().horizontalAdvance(self.text()) + 40)
        self.setFixedWidth(max(80, wide))
        self.adjustSize()
        parent = self.parentWidget()
        high = parent.height() if isinstance(parent, QWidget) else 400
        self.move((room + 2 * GAP_PX - self.width()) // 2, max(GAP_PX, high - FOOT_PX - self.height()))
        self.raise_()
