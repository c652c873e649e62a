"""The list of measurements: values, details of the one chosen, copy, export, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.forms import NumberEdit
from gui.i18n import language, mark, say, tr
from gui.panels.toolstrip import ICONS, REFERENCES
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.measurements import Item, Measurements


class MeasurementsPanel(QWidget):
    """fly_to: Item. fly_to_building: row. export_wanted: items. profile_wanted: points of an item."""

    fly_to = Signal(object)
    fly_to_building = Signal(int)
    export_wanted = Signal(object)
    profile_wanted = Signal(object)

    def __init__(self, measurements: Measurements, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measurements = measurements
        self.copy, self.export, self.gone, self.clear = QPushButton(), QPushButton(), QPushButton(), QPushButton()
        for button, text, tip in (
            (self.copy, mark("Copy"), mark("Copy the measurements chosen, or all, as a table (Ctrl+C)")),
            (self.export, mark("Export…"), mark("Write them as CSV or GeoPackage, a viewshed or hours of sun as GeoTIFF too")),
            (self.gone, mark("Remove"), mark("Remove the measurements chosen (Del); Undo brings them back")),
            (self.clear, mark("Clear"), mark("Remove all measurements; Undo brings them back")),
        ):
            say(button.setText, text)
            say(button.setToolTip, tip)
        self.copy.clicked.connect(self.copy_text)
        self.export.clicked.connect(lambda: self.export_wanted.emit(self.chosen() or list(measurements.items)))
        self.gone.clicked.connect(lambda: measurements.remove(self.chosen()))
        self.clear.clicked.connect(measurements.clear)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(8)
        self.count = QLabel(objectName="quiet")
        bar.addWidget(self.count)
        bar.addStretch(1)
        for button in (self.copy, self.export, self.gone, self.clear):
            bar.addWidget(button)
        self.table, self.details = _table(2), _table(2)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        say(self.table.setAccessibleName, "Measurements")
        say(self.details.setAccessibleName, "Values of the measurement chosen")
        self.table.itemSelectionChanged.connect(self._chose)
        self.table.itemDoubleClicked.connect(lambda cell: self.fly_to.emit(self.measurements.items[cell.row()]))
        self.reference, self.level = QComboBox(), NumberEdit(-1000.0, 9000.0, "m", 0.0)
        for word, title in REFERENCES.items():
            self.reference.addItem(tr(title), word)
        say(self.reference.setAccessibleName, "Cut and fill against")
        say(self.level.setAccessibleName, "Level")
        self.reference.activated.connect(self._against)
        self.level.valueChanged.connect(self._against)
        self.fly, self.profile = QPushButton(), QPushButton()
        say(self.fly.setText, "Fly to what is in the way")
        say(self.profile.setText, "Profile")
        self.fly.clicked.connect(self._fly)
        self.profile.clicked.connect(lambda: self.profile_wanted.emit(self.chosen()[0].points))
        for place, widget in enumerate((self.reference, self.level, self.fly, self.profile), 2):  # of the one chosen, before those of all
            bar.insertWidget(place, widget)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.table)
        self._split.addWidget(self.details)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Take a tool from Tools > Measure: what it gives stays here, and in the view, until it is cleared.")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(self.empty, 1)
        whole.addWidget(self._split, 1)
        for keys, call in ((QKeySequence.StandardKey.Copy, self.copy_text), (QKeySequence.StandardKey.Delete, self.gone.click)):
            cut = QShortcut(QKeySequence(keys), self.table, call)
            cut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        measurements.changed.connect(self.refresh)
        measurements.added.connect(self.choose)
        language.changed.connect(self._retitled)
        look.changed.connect(self.refresh)
        self._retitled()

    # what is shown
    def refresh(self, *_: Any) -> None:
        """The list anew; what was chosen stays chosen."""
        kept = {(i.kind, i.number) for i in self.chosen()}
        items = self.measurements.items
        self.table.blockSignals(True)
        self.table.setRowCount(len(items))
        for row, item in enumerate(items):
            tool = "measure" if item.kind == "distance" else item.kind
            for column, text in enumerate((item.title, item.text)):
                cell = QTableWidgetItem(text)
                cell.setData(Qt.ItemDataRole.UserRole, (item.kind, item.number))
                if column == 0:
                    cell.setIcon(icon(ICONS[tool]))
                self.table.setItem(row, column, cell)
        self.table.clearSelection()
        for row, item in enumerate(items):
            if (item.kind, item.number) in kept:
                self._select(row)
        if items and not self.table.selectedItems():
            self._select(len(items) - 1)
        self.table.blockSignals(False)
        self.empty.setVisible(not items)
        self._split.setVisible(bool(items))
        n = len(items)
        self.count.setText("" if not n else tr("One measurement") if n == 1 else tr("{n} measurements", n=n))
        for button in (self.copy, self.export, self.clear):
            button.setEnabled(bool(items))
        self._chose()

    def choose(self, item: Item) -> None:
        """Show one of the list."""
        row = next((k for k, i in enumerate(self.measurements.items) if i is item), -1)
        if row >= 0:
            self.table.clearSelection()
            self._select(row)
            self.table.scrollToItem(self.table.item(row, 0))

    def _select(self, row: int) -> None:
        for column in (0, 1):
            self.table.item(row, column).setSelected(True)

    def chosen(self) -> list[Item]:
        """Items selected in the list."""
        rows = sorted({cell.row() for cell in self.table.selectedItems()})
        marks = [self.table.item(r, 0).data(Qt.ItemDataRole.UserRole) for r in rows]
        return [i for i in self.measurements.items if (i.kind, i.number) in [tuple(m) for m in marks]]

    def _chose(self) -> None:
        chosen = self.chosen()
        self.gone.setEnabled(bool(chosen))
        one = chosen[0] if len(chosen) == 1 else None
        rows = one.rows() if one is not None else []
        self.details.setRowCount(len(rows))
        for k, (name, value) in enumerate(rows):
            self.details.setItem(k, 0, QTableWidgetItem(name))
            cell = QTableWidgetItem(value)
            cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.details.setItem(k, 1, cell)
        is_volume = one is not None and one.kind == "volume"
        self.reference.setVisible(is_volume)
        if is_volume:
            assert one is not None
            word = str(one.options.get("reference", "lowest"))
            self.reference.setCurrentIndex(self.reference.findData(word))
            self.level.blockSignals(True)
            self.level.setValue(next(v.amount for v in one.values if v.name == "level"))
            self.level.blockSignals(False)
            self.level.setVisible(word == "level")
        else:
            self.level.hide()
        self.fly.setVisible(one is not None and one.kind == "sight" and one.found.row >= 0)
        self.profile.setVisible(one is not None and one.kind in ("distance", "height", "slope", "sight"))

    def _against(self, *_: Any) -> None:
        """Cut and fill of the volume chosen against another reference."""
        chosen = self.chosen()
        if len(chosen) == 1 and chosen[0].kind == "volume":
            options = {"reference": self.reference.currentData(), "level_m": self.level.value()}
            self.measurements.measure("volume", chosen[0].points, options, instead_of=chosen[0])

    def _fly(self) -> None:
        chosen = self.chosen()
        if len(chosen) == 1 and chosen[0].found is not None:
            self.fly_to_building.emit(chosen[0].found.row)

    def text(self) -> str:
        """The measurements chosen, or all, as lines of name, value name, value; tabs between."""
        items = self.chosen() or self.measurements.items
        return "\n".join(f"{i.title}\t{name}\t{value}" for i in items for name, value in i.rows())

    def copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.text())

    def _retitled(self, *_: Any) -> None:
        self.table.setHorizontalHeaderLabels([tr("Measurement"), tr("Result")])
        self.details.setHorizontalHeaderLabels([tr("Value"), ""])
        for k, title in enumerate(REFERENCES.values()):
            self.reference.setItemText(k, tr(title))
        self.refresh()


def _table(columns: int) -> QTableWidget:
    table = QTableWidget(0, columns)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(columns - 1, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.verticalHeader().setDefaultSectionSize(26)
    return table
