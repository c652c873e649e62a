"""Which object hurts most when it fails: a ranking, sorted and filtered, from which a scenario is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.elided import Elided
from gui.i18n import declared, language, mark, say, tr
from gui.items import FrameModel
from gui.theme import icon, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.scenario.criticality import Hurt

SERVICES = (("power", mark("power")), ("water", mark("water")), ("connection", mark("connection")))


class WeakPointsPanel(QWidget):
    """wanted: look for them (hours, pairs); chosen: ids of the objects of the row; whole: run the worst whole; scenario: of these ids."""

    wanted = Signal(int, bool)
    chosen = Signal(object)
    fly_to = Signal(object)
    whole = Signal()
    scenario_wanted = Signal(object)
    csv_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: list[Hurt] = []
        self.hours = QSpinBox()
        self.hours.setRange(1, 24 * 14)
        self.hours.setValue(24)
        self.hours.setSuffix(" h")
        self.pairs = QCheckBox()
        self.look, self.run, self.make, self.csv = (QToolButton() for _ in range(4))
        for button, tip in (
            (self.look, mark("Let each object fail alone and see what follows")),
            (self.run, mark("Run the ten worst whole, with hydraulics")),
            (self.make, mark("Make a scenario of this failure")),
            (self.csv, mark("Save the ranking as CSV")),
        ):
            button.setAutoRaise(True)
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
        say(self.hours.setToolTip, "How long each failure lasts")
        say(self.hours.setAccessibleName, "How long each failure lasts")
        say(self.pairs.setText, "two together")
        say(self.pairs.setToolTip, "Also let every two of the worst fail together")
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        say(self.filter.setPlaceholderText, "Filter")
        self.head = Elided(objectName="quiet")
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(6)
        for widget in (self.look, self.hours, self.pairs):
            bar.addWidget(widget)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.head, 2)
        for widget in (self.run, self.make, self.csv):
            bar.addWidget(widget)
        self.model = FrameModel(self)
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setAlternatingRowColors(True)
        self.view.setShowGrid(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(26)
        say(self.view.setAccessibleName, "Weak points")
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Which single substation, pump, line or mast hurts most when it fails? Press the magnifier to find out.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty, 1)
        column.addWidget(self.view, 1)
        self.look.clicked.connect(lambda: self.wanted.emit(self.hours.value(), self.pairs.isChecked()))
        self.run.clicked.connect(self.whole)
        self.make.clicked.connect(lambda: self.scenario_wanted.emit(self.current()))
        self.csv.clicked.connect(self.csv_wanted)
        self.filter.textChanged.connect(self.model.filter)
        self.view.selectionModel().selectionChanged.connect(self._picked)
        self.view.doubleClicked.connect(lambda _: self.fly_to.emit(self.current()))
        look.changed.connect(self._retitled)
        language.changed.connect(self._retitled)
        self._retitled()

    def _retitled(self, *_: Any) -> None:
        for button, name in (
            (self.look, "ph.magnifying-glass"), (self.run, "ph.play"), (self.make, "ph.git-branch"), (self.csv, "ph.download-simple"),
        ):  # fmt: skip
            button.setIcon(icon(name))
        self.tell(self.found)

    def tell(self, found: Sequence[Hurt]) -> None:
        """Show a ranking."""
        import pandas as pd

        self.found = list(found)
        rows = []
        for h in self.found:
            row: dict[str, Any] = {
                tr("Object"): " + ".join(h.names), tr("Kind"): ", ".join(dict.fromkeys(declared(k.replace("_", " ")) for k in h.kinds)),
                tr("Person-hours without service"): round(h.person_hours),
            }  # fmt: skip
            row |= {tr("of them {what}", what=tr(word)): round(h.by_service.get(key, 0.0)) for key, word in SERVICES}
            row |= {tr("Hours of facilities down"): round(h.facility_hours_down), tr("Run whole"): tr("yes") if h.whole else ""}
            rows.append(row)
        self.model.set_frame(pd.DataFrame(rows) if rows else None)
        self.view.resizeColumnsToContents()
        self.view.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        for button in (self.run, self.csv):
            button.setEnabled(bool(rows))
        none = bool(rows) and not any(h.person_hours or h.facility_hours_down for h in self.found)
        self.head.setText(tr("Nobody is served by what could fail: all are equal.") if none else "")
        self.make.setEnabled(False)
        if rows:
            self.head.setText(tr("{n:,} failures tried", n=len(rows)))
            self.view.selectRow(0)

    def current(self) -> tuple[str, ...]:
        """Ids of the objects of the row chosen."""
        chosen = self.view.selectionModel().selectedRows()
        return self.found[self.model.table_row(chosen[0].row())].objects if chosen and self.found else ()

    def _picked(self, *_: Any) -> None:
        objects = self.current()
        self.make.setEnabled(bool(objects))
        if objects:
            self.chosen.emit(objects)

    def text(self) -> str:
        """The ranking as CSV."""
        frame = self.model.frame
        return "" if frame is None else str(frame.to_csv(index=False))
