"""Curves over the time of a scenario: the moment shown as a line, values under the cursor, a click moves the clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.panels.profile import ticks
from gui.panels.timeline import elapsed
from gui.theme import colors, look

if TYPE_CHECKING:
    import numpy as np

LEFT, RIGHT, TOP, BOTTOM = 58, 26, 12, 26
STEPS_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800)
MOST_READ = 9
"""Lines of values beside the cursor."""


@dataclass(frozen=True, eq=False)
class Curve:
    """letter: written at its end; dashed: of the scenario compared with."""

    name: str
    color: str
    times: np.ndarray
    values: np.ndarray
    dashed: bool = False
    letter: str = ""


class TimePlot(QWidget):
    """moment_wanted: seconds of the scenario clicked at or dragged to; stepped: -1 or 1 by a key, or the ends by -999 and 999."""

    moment_wanted = Signal(float)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumSize(180, 90)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.curves: list[Curve] = []
        self.message = ""
        """Written where there is nothing to draw."""
        self.moment: float | None = None
        self.at: float | None = None
        """Seconds under the cursor."""
        self.said: Callable[[float], str] = lambda v: f"{v:.2f}"
        """A value with its unit."""
        self._unit, self._zero = "m", True
        self._span, self._low, self._high = (0.0, 1.0), 0.0, 1.0
        self._is_dragged = False

    def show_curves(self, curves: list[Curve], unit: str, said: Callable[[float], str], zero: bool = True, until_s: float = 0.0) -> None:
        """zero: the axis begins at 0 or shows where 0 is; until_s: the end of the scenario, where it has not come so far."""
        import numpy as np

        self.curves, self._unit, self.said, self._zero = curves, unit, said, zero
        ends = [float(c.times[-1]) for c in curves if len(c.times)]
        self._span = (0.0, max([until_s, *ends, 60.0]))
        values = [c.values[np.isfinite(c.values)] for c in curves]
        flat = np.concatenate(values) if values else np.empty(0)
        low, high = (float(flat.min()), float(flat.max())) if len(flat) else (0.0, 1.0)
        if zero:
            low, high = min(0.0, low), max(0.0, high)
        if high - low < 0.02:
            high = low + max(0.1, 2 * (high - low))
        gap = 0.08 * (high - low)
        self._low, self._high = low - (gap if low < 0 or not zero else 0.0), high + gap
        told = [f"{c.name}: {said(float(np.nanmax(c.values)))}" for c in curves if np.isfinite(c.values).any()]
        self.setAccessibleDescription("; ".join(told))
        self.update()

    def show_moment(self, time_s: float | None) -> None:
        if time_s != self.moment:
            self.moment = time_s
            self.update()

    # scales
    @property
    def _box(self) -> QRectF:
        return QRectF(LEFT, TOP, max(10, self.width() - LEFT - RIGHT), max(10, self.height() - TOP - BOTTOM))

    def x_of(self, time_s: float) -> float:
        box, (a, b) = self._box, self._span
        return box.left() + (time_s - a) / max(b - a, 1e-9) * box.width()

    def y_of(self, value: float) -> float:
        box = self._box
        return box.bottom() - (value - self._low) / max(self._high - self._low, 1e-12) * box.height()

    def time_of(self, x: float) -> float:
        box, (a, b) = self._box, self._span
        return min(b, max(a, a + (x - box.left()) / box.width() * (b - a)))

    # painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors().accent), 1))
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1))
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Draw everything; also onto a picture."""
        c = colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(c.panel))
        if not self.curves:
            painter.setPen(QColor(c.quiet))
            room = QRectF(self.rect()).adjusted(20, 6, -20, -6)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        self._axes(painter)
        box = self._box
        painter.save()
        painter.setClipRect(box.adjusted(-1, -3, 1, 3))
        for curve in sorted(self.curves, key=lambda x: not x.dashed):
            self._line(painter, curve)
        painter.restore()
        self._letters(painter)
        if self.message:  # of some places nothing is drawn
            self._fine(painter)
            painter.setPen(QColor(c.quiet))
            at, where = box.adjusted(8, 2, -8, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
            paper = QColor(c.panel)
            paper.setAlphaF(0.85)  # curves may pass behind
            painter.fillRect(painter.boundingRect(at, where, self.message).adjusted(-3, -1, 3, 1), paper)
            painter.drawText(at, where, self.message)
        if self.moment is not None and self._span[0] <= self.moment <= self._span[1] + 1e-6:
            self._cursor(painter, self.moment)
        if self.at is not None and not self._is_dragged:
            self._read_out(painter, self.at)

    def _fine(self, painter: QPainter) -> float:
        fine = QFont(self.font())
        fine.setPointSizeF(max(7.5, look.text_pt - 1.5))
        painter.setFont(fine)
        return float(painter.fontMetrics().height())

    def _axes(self, painter: QPainter) -> None:
        c, box = colors(), self._box
        height = self._fine(painter)
        marks = ticks(self._low, self._high, max(2, int(box.height() / 34)))
        for k, value in enumerate(marks):
            y = self.y_of(value)
            painter.setPen(QPen(QColor(c.edge if abs(value) < 1e-12 else c.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(c.quiet))
            text = f"{value:,.10g}" + (f" {self._unit}" if k == len(marks) - 1 else "")
            painter.drawText(QRectF(0, y - height / 2, LEFT - 7, height), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        whole = self._span[1] - self._span[0]
        step = next((s for s in STEPS_S if whole / s <= max(2, box.width() / 74)), STEPS_S[-1])
        for k in range(int(whole / step + 1e-6) + 1):
            x = self.x_of(self._span[0] + k * step)
            painter.setPen(QPen(QColor(c.line), 1))
            painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + 4))
            painter.setPen(QColor(c.quiet))
            text = elapsed(self._span[0] + k * step).removeprefix("T+") + (" h" if k == 0 else "")
            painter.drawText(QRectF(x - 40, box.bottom() + 5, 80, height), Qt.AlignmentFlag.AlignCenter, text)

    def _line(self, painter: QPainter, curve: Curve) -> None:
        import numpy as np

        pen = QPen(ink(curve.color), 1.6 if curve.dashed else 2.2)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if curve.dashed:
            pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        known = np.flatnonzero(np.isfinite(curve.values))
        for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
            if len(run):
                points = [QPointF(self.x_of(float(curve.times[i])), self.y_of(float(curve.values[i]))) for i in run]
                painter.drawPolyline(QPolygonF(points)) if len(points) > 1 else painter.drawPoint(points[0])

    def _letters(self, painter: QPainter) -> None:
        """At the right ends, none over another."""
        import numpy as np

        bold = QFont(self.font())
        bold.setPointSizeF(max(7.5, look.text_pt - 1.5))
        bold.setBold(True)
        painter.setFont(bold)
        height, box = painter.fontMetrics().height(), self._box
        step = min(0.78 * height, box.height() / max(1, len(self.curves)))
        ends: list[tuple[float, float, Curve]] = []
        for curve in self.curves:
            known = np.flatnonzero(np.isfinite(curve.values))
            if curve.letter and not curve.dashed and len(known):
                ends.append((self.y_of(float(curve.values[known[-1]])), self.x_of(float(curve.times[known[-1]])), curve))
        ends.sort(key=lambda e: e[0])
        above = -math.inf
        placed = []
        for y, _, _ in ends:  # downwards each below the one before, then up again from the lower edge
            above = max(y, above + step, box.top())
            placed.append(above)
        below = box.bottom()
        for k in range(len(placed) - 1, -1, -1):
            placed[k] = below = min(placed[k], below)
            below -= step
        for y, (_, x, curve) in zip(placed, ends, strict=True):
            painter.setPen(ink(curve.color))
            where = QRectF(x + 8, y - height / 2, 20, height)
            painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, curve.letter)

    def _cursor(self, painter: QPainter, time_s: float) -> None:
        c, box, x = colors(), self._box, self.x_of(time_s)
        painter.setPen(QPen(QColor(c.accent), 1.6))
        painter.drawLine(QPointF(x, box.top() - 4), QPointF(x, box.bottom()))
        painter.setBrush(QColor(c.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(x - 5, box.top() - 9), QPointF(x + 5, box.top() - 9), QPointF(x, box.top() - 2)]))
        for curve in self.curves:
            value = value_at(curve, time_s)
            if math.isfinite(value):
                painter.setBrush(ink(curve.color))
                painter.setPen(QPen(QColor(c.panel), 1.5))
                painter.drawEllipse(QPointF(x, self.y_of(value)), 4.0, 4.0)

    def _read_out(self, painter: QPainter, time_s: float) -> None:
        """Values under the cursor, in a box beside it."""
        c, box, x = colors(), self._box, self.x_of(time_s)
        painter.setPen(QPen(QColor(c.quiet), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        rows = [(curve, value_at(curve, time_s)) for curve in self.curves]
        rows = [(curve, value) for curve, value in rows if math.isfinite(value)][:MOST_READ]
        height = self._fine(painter) + 2
        metrics = painter.fontMetrics()
        texts = [(curve.name, self.said(value)) for curve, value in rows]
        names = max([metrics.horizontalAdvance(n) for n, _ in texts], default=0)
        values = max([metrics.horizontalAdvance(v) for _, v in texts], default=0)
        wide = max(names + 34 + values, metrics.horizontalAdvance(elapsed(time_s))) + 16
        tall = (len(rows) + 1) * height + 8
        left = x + 10 if x + 14 + wide < box.right() else x - 10 - wide
        plate = QRectF(max(2.0, left), max(2.0, min(box.top() + 2, self.height() - tall - 2)), wide, tall)
        fill = QColor(c.raised)
        fill.setAlpha(235)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(c.line), 1))
        painter.drawRoundedRect(plate, 5, 5)
        painter.setPen(QColor(c.quiet))
        line = QRectF(plate.left() + 8, plate.top() + 4, wide - 16, height)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, elapsed(time_s))
        for (curve, _), (name, value) in zip(rows, texts, strict=True):
            line.translate(0, height)
            pen = QPen(ink(curve.color), 2.4)
            if curve.dashed:
                pen.setDashPattern([2.0, 1.6])
            painter.setPen(pen)
            painter.drawLine(QPointF(line.left(), line.center().y()), QPointF(line.left() + 16, line.center().y()))
            painter.setPen(QColor(c.text))
            painter.drawText(line.adjusted(22, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)

    def picture(self, head: str, caption: str) -> QPixmap:
        """Twice as sharp, with a text above and one below."""
        wrapped, wide = Qt.TextFlag.TextWordWrap, self.width() - 28
        metrics, gap = self.fontMetrics(), 8
        above, below = (metrics.boundingRect(0, 0, wide, 1000, wrapped, text).height() + 2 * gap for text in (head, caption))
        out = QPixmap(2 * self.width(), 2 * (self.height() + above + below))
        out.setDevicePixelRatio(2.0)
        c = colors()
        out.fill(QColor(c.panel))
        painter = QPainter(out)
        painter.setFont(self.font())
        painter.setPen(QColor(c.text))
        painter.drawText(QRectF(14, gap, wide, above - gap), wrapped, head)
        painter.setPen(QColor(c.quiet))
        painter.drawText(QRectF(14, self.height() + above + gap / 2, wide, below), wrapped, caption)
        painter.translate(0, above)
        at, self.at = self.at, None
        self.paint(painter)
        self.at = at
        painter.end()
        return out

    # hands
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.curves:
            self._is_dragged = True
            self.moment_wanted.emit(self.time_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.curves:
            return
        x = event.position().x()
        if self._is_dragged:
            self.moment_wanted.emit(self.time_of(x))
        box = self._box
        self.at = self.time_of(x) if box.left() - 6 <= x <= box.right() + 6 else None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragged = False
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.at = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -999, Qt.Key.Key_End: 999}
        step = steps.get(Qt.Key(event.key())) if not event.modifiers() else None
        if step is None or not self.curves:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def ink(color: str) -> QColor:
    """A colour of a curve on the ground of now."""
    return QColor(color) if look.name == "light" else QColor(color).lighter(150)


def value_at(curve: Curve, time_s: float) -> float:
    """Between the moments kept; NaN beside a gap and beyond the ends."""
    import numpy as np

    t, v = curve.times, curve.values
    if not len(t) or time_s < float(t[0]) - 1e-6 or time_s > float(t[-1]) + 1e-6:
        return float("nan")
    i = max(0, min(len(t) - 1, int(np.searchsorted(t, time_s + 1e-6, "right")) - 1))
    if i == len(t) - 1 or abs(float(t[i]) - time_s) < 1e-6:
        return float(v[i])
    part = (time_s - float(t[i])) / (float(t[i + 1]) - float(t[i]))
    return float(v[i] * (1 - part) + v[i + 1] * part)
