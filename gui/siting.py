"""Asks which stations are to be placed, and on which roads, before the best places for them are sought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.forms import Form
from gui.i18n import say
from twin.scenario.siting import PARAMS


class SitingDialog(QDialog):
    """Not modal; `look` is called with the values and whether the roads are those of the run shown at their worst."""

    def __init__(self, parent: QWidget, has_roads: bool, look: Callable[[dict[str, Any], bool], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        say(self.setWindowTitle, "Best places for stations")
        self.setMinimumWidth(400)
        self._look = look
        self.form = Form(PARAMS, {})
        self.worst = QCheckBox()
        say(self.worst.setText, "Roads as in this run, at their worst")
        say(self.worst.setToolTip, "Without it all roads are open, and nothing is on them.")
        self.worst.setEnabled(has_roads)
        self.worst.setChecked(has_roads)
        self.start, close = QPushButton(objectName="primary"), QPushButton()
        say(self.start.setText, "Find places")
        say(close.setText, "Cancel")
        self.start.setDefault(True)
        self.start.clicked.connect(self._started)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(self.form)
        column.addWidget(self.worst)
        column.addLayout(row)

    def _started(self) -> None:
        values, worst = self.form.values(), self.worst.isChecked()
        self.close()
        self._look(values, worst)
