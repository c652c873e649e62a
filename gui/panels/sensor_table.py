"""Table of sensors: one row a datastream, state as shape and word, value, age, and a painted sparkline."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.i18n import mark, titled, tr
from gui.theme import colors
from layers.sensors import STATE_COLORS, Series, age_text, value_text
from twin.live.board import STATE_NAMES, Snapshot
from twin.live.sensors import FLAGS, observed_property

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
STATE, NAME, WHAT, VALUE, UNIT, AGE, TREND = range(7)
HEADINGS = (mark("State"), mark("Sensor"), mark("Observes"), mark("Value"), mark("Unit"), mark("Age"), mark("Trend"))
STATE_WORDS = (mark("Normal"), mark("Stale"), mark("Warning"), mark("Alert"))
_NOWHERE = QModelIndex()


class SensorModel(QAbstractTableModel):
    """Rows of a snapshot through an order. recent: datastream id -> (Unix seconds, values), asked for painted rows only."""

    def __init__(self, recent: Callable[[str], Series], parent: Any = None) -> None:
        super().__init__(parent)
        self.snapshot = Snapshot.empty()
        self._recent = recent
        self._order = np.empty(0, np.int64)
        self._names: list[str] = []
        self._search: list[str] = []
        self._needle, self._sorted = "", (STATE, Qt.SortOrder.DescendingOrder)

    def show(self, snapshot: Snapshot) -> None:
        """Put the latest values on view; the order stays as it is until somebody sorts, filters, or sensors come."""
        if snapshot.roster.version != self.snapshot.roster.version or len(snapshot.t) != len(self.snapshot.t):
            self.beginResetModel()
            self.snapshot = snapshot
            roster = snapshot.roster
            self._names = [roster.things[t].name for t in roster.thing_row]
            kinds = [roster.things[t].kind for t in roster.thing_row]
            self._search = [f"{n} {s.id} {s.observed} {s.name} {k}".lower() for n, s, k in zip(self._names, roster.streams, kinds)]
            self._reorder()
            self.endResetModel()
            return
        moved = self._sorted[0] == STATE and not np.array_equal(snapshot.state, self.snapshot.state)
        self.snapshot = snapshot
        if moved:
            self._relay()
        rows = len(self._order)
        if rows:
            self.dataChanged.emit(self.index(0, STATE), self.index(rows - 1, STATE))
            self.dataChanged.emit(self.index(0, VALUE), self.index(rows - 1, TREND))

    def filter(self, text: str) -> None:
        """Rows whose name, id, kind, quantity or state has all the words."""
        self._needle = text.strip().lower()
        self._relay()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted = (column, order)
        self._relay()

    def _relay(self) -> None:
        """Another order; what is selected stays selected."""
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        at = [int(self._order[i.row()]) for i in kept]
        self._reorder()
        place = np.full(len(self.snapshot.t), -1, np.int64)
        place[self._order] = np.arange(len(self._order))
        to = [self.index(int(place[k]), i.column()) if place[k] >= 0 else QModelIndex() for k, i in zip(at, kept)]
        self.changePersistentIndexList(kept, to)
        self.layoutChanged.emit()

    def _reorder(self) -> None:
        s = self.snapshot
        rows = np.arange(len(s.t))
        for word in self._needle.split():
            states = np.array([word in name for name in STATE_NAMES])
            rows = np.array([r for r in rows if word in self._search[r] or states[s.state[r]]], np.int64)
        column, order = self._sorted
        keys: dict[int, Callable[[], Any]] = {
            STATE: self._gravity,
            NAME: lambda: np.array(self._names, object),
            WHAT: lambda: self._texts("observed"),
            VALUE: lambda: s.value,
            UNIT: lambda: self._texts("unit"),
            AGE: lambda: s.age_s,
        }
        if column in keys and len(rows):
            rows = rows[np.argsort(keys[column]()[rows], kind="stable")]
            if order == Qt.SortOrder.DescendingOrder:
                rows = rows[::-1]
        self._order = rows

    def _gravity(self) -> Any:
        """Alert, warning, normal, and what nobody has heard of last."""
        return np.array([1, 0, 2, 3])[self.snapshot.state]

    def _texts(self, field: str) -> Any:
        return np.array([getattr(s, field) for s in self.snapshot.roster.streams], object)

    def stream_row(self, row: int) -> int:
        """Row in the snapshot of a row shown."""
        return int(self._order[row])

    def row_of_thing(self, thing: str) -> int:
        """First row shown of a thing, -1 where none is."""
        roster = self.snapshot.roster
        return next((k for k, r in enumerate(self._order) if roster.streams[r].thing == thing), -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole and 0 <= section < len(HEADINGS):
            return tr(HEADINGS[section])
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        k, column, s = int(self._order[index.row()]), index.column(), self.snapshot
        if role == Role.DisplayRole:
            return self._text(k, column)
        if role == Role.DecorationRole and column == STATE:
            return state_icon(int(s.state[k]))
        if role == Role.UserRole and column == TREND:
            return (*self._recent(s.roster.streams[k].id), int(s.state[k]))
        if role == Role.TextAlignmentRole and column in (VALUE, AGE):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.ForegroundRole and column in (VALUE, AGE) and s.state[k] == 1:
            return QColor(colors().quiet)
        if role == Role.ToolTipRole:
            thing = s.roster.things[s.roster.thing_row[k]]
            quality = tr("Quality: {flag}", flag=FLAGS[int(s.flag[k])])
            return "\n".join(t for t in (thing.name, s.roster.streams[k].id, quality, thing.note) if t)
        return None

    def _text(self, k: int, column: int) -> str | None:
        s = self.snapshot
        stream = s.roster.streams[k]
        if column == STATE:
            return tr(STATE_WORDS[s.state[k]]) if np.isfinite(s.t[k]) else tr("Nothing heard")
        if column == NAME:
            return self._names[k]
        if column == WHAT:
            return stream.name or titled(dict(observed_property(stream.observed).title))
        if column == VALUE:
            return value_text(float(s.value[k]))
        if column == UNIT:
            return stream.unit
        return age_text(float(np.maximum(s.now - s.t[k], 0.0))) if column == AGE else None


class Sparkline(QStyledItemDelegate):
    """Paints the newest readings as a line with a dot at the last; dashed and grey when stale."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        found = index.data(Role.UserRole)
        if found is None or len(found[1]) < 2:
            return
        t, v, state = found
        box = QRectF(option.rect).adjusted(4, 5, -8, -5)
        across, up = float(np.ptp(t)) or 1.0, float(np.ptp(v)) or 1.0
        x = box.left() + (t - t[0]) / across * box.width()
        y = box.bottom() - ((v - v.min()) / up if np.ptp(v) else np.full(len(v), 0.5)) * box.height()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colors().edge if state == 1 else colors().accent), 1.4)
        if state == 1:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x, y)]))
        painter.setBrush(Qt.BrushStyle.NoBrush if state == 1 else pen.color())
        painter.drawEllipse(QPointF(float(x[-1]), float(y[-1])), 2.2, 2.2)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, 26)


def state_icon(state: int) -> QIcon:
    """Disc, ring, triangle or diamond, as in the 3D view."""
    return _icon(state, STATE_COLORS[state])


@lru_cache(maxsize=32)
def _icon(state: int, color: str) -> QIcon:
    image = QPixmap(32, 32)
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(2.0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(color)
    path = QPainterPath()
    if state == 2:
        path.addPolygon(QPolygonF([QPointF(8, 2), QPointF(14.5, 13.5), QPointF(1.5, 13.5)]))
        path.closeSubpath()
    elif state == 3:
        path.addPolygon(QPolygonF([QPointF(8, 1), QPointF(15, 8), QPointF(8, 15), QPointF(1, 8)]))
        path.closeSubpath()
    else:
        path.addEllipse(QPointF(8, 8), 5, 5)
    if state == 1:
        painter.strokePath(path, QPen(ink, 2.0))
    else:
        painter.fillPath(path, ink)
    painter.end()
    return QIcon(image)
