"""The inbox of alerts, newest first, to be acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from gui.i18n import language, say, titled, tr
from gui.panels.sensor_table import state_icon
from layers.sensors import value_text
from twin.live.alerts import Alert

SHOWN = 200


class AlertList(QWidget):
    """Signals: acknowledged([alert numbers]); activated(thing id)."""

    acknowledged = Signal(list)
    activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.alerts: list[Alert] = []
        self._names: dict[str, str] = {}
        self._zone: tzinfo = UTC
        self.title = QLabel(objectName="section")
        self.acknowledge, self.all = QPushButton(), QPushButton()
        say(self.acknowledge.setText, "Acknowledge")
        say(self.all.setText, "All")
        say(self.all.setToolTip, "Acknowledge every alert")
        self.acknowledge.clicked.connect(self._chosen)
        self.all.clicked.connect(lambda: self.acknowledged.emit([a.id for a in self.alerts if a.acknowledged_at is None]))
        bar = QHBoxLayout()
        bar.addWidget(self.title, 1)
        bar.addWidget(self.acknowledge)
        bar.addWidget(self.all)
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        say(self.list.setAccessibleName, "Alerts")
        self.list.itemActivated.connect(lambda item: self.activated.emit(item.data(Qt.ItemDataRole.UserRole).thing))
        self.list.itemSelectionChanged.connect(self._enable)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.addLayout(bar)
        column.addWidget(self.list, 1)
        language.changed.connect(self._fill)
        self._fill()

    def show_alerts(self, alerts: list[Alert], names: dict[str, str], zone: tzinfo = UTC) -> None:
        """alerts newest first; names: thing id -> name; zone: of the times shown."""
        self.alerts, self._names, self._zone = alerts, names, zone
        self._fill()

    @property
    def waiting(self) -> int:
        """How many are not acknowledged."""
        return sum(a.acknowledged_at is None for a in self.alerts)

    def _fill(self, *_: Any) -> None:
        chosen = {i.data(Qt.ItemDataRole.UserRole).id for i in self.list.selectedItems()}
        self.list.blockSignals(True)
        self.list.clear()
        for alert in self.alerts[:SHOWN]:
            item = QListWidgetItem(self._icon(alert), self._text(alert))
            item.setData(Qt.ItemDataRole.UserRole, alert)
            font = item.font()
            font.setBold(alert.acknowledged_at is None)
            item.setFont(font)
            self.list.addItem(item)
            item.setSelected(alert.id in chosen)
        self.list.blockSignals(False)
        new = self.waiting
        self.title.setText(tr("Alerts: {n} new", n=new) if new else tr("Alerts"))
        self._enable()

    def _enable(self) -> None:
        self.acknowledge.setEnabled(any(i.data(Qt.ItemDataRole.UserRole).acknowledged_at is None for i in self.list.selectedItems()))
        self.all.setEnabled(any(a.acknowledged_at is None for a in self.alerts))

    @staticmethod
    def _icon(alert: Alert) -> Any:
        if alert.ended:
            return state_icon(1 if alert.ended == "no data" else 0)
        return state_icon(3 if alert.severity == "alert" else 2)

    def _text(self, alert: Alert) -> str:
        when = datetime.fromtimestamp(alert.t, self._zone).strftime("%H:%M:%S")
        words = f"{when}  {titled(dict(alert.title))} · {self._names.get(alert.thing, alert.thing)}"
        words += f"\n{value_text(alert.value)} {alert.unit} ({tr('limit')} {value_text(alert.threshold)})"
        if alert.ended:
            words += " · " + (tr("cleared") if alert.ended == "cleared" else tr("no data since"))
        return words + (" · " + tr("acknowledged") if alert.acknowledged_at is not None else "")

    def _chosen(self) -> None:
        self.acknowledged.emit([i.data(Qt.ItemDataRole.UserRole).id for i in self.list.selectedItems()])
