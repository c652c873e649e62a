"""Asks what a fire drawn by hand is like, before it is placed in the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import mark, say, tr

FIRES = ((mark("Car or container"), 4.0), (mark("House"), 20.0), (mark("Warehouse"), 120.0))
"""Heat in MW, of the order of measured fires (SFPE Handbook of Fire Protection Engineering, 5th ed., ch. 26)."""


class SmokeDialog(QDialog):
    """Not modal; `place` is called with the direction the wind comes from (degrees), its speed (m/s) and the heat (MW)."""

    def __init__(self, parent: QWidget, place: Callable[[float, float, float], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        say(self.setWindowTitle, "Smoke for illustration")
        self.setMinimumWidth(380)
        self._place = place
        self.fire, self.wind_from, self.wind = QComboBox(), QSpinBox(), QDoubleSpinBox()
        for title, heat in FIRES:
            self.fire.addItem(tr(title), heat)
        self.fire.setCurrentIndex(1)
        self.wind_from.setRange(0, 359)
        self.wind_from.setWrapping(True)
        self.wind_from.setSuffix("°")
        self.wind_from.setValue(250)
        self.wind.setRange(0.5, 25.0)
        self.wind.setSingleStep(0.5)
        self.wind.setSuffix(" m/s")
        self.wind.setValue(4.0)
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        for title, field in ((mark("What burns"), self.fire), (mark("Wind from"), self.wind_from), (mark("Wind speed"), self.wind)):
            form.addRow(" ", field)
            say(form.labelForField(field).setText, title)
            say(field.setAccessibleName, title)
        said = QLabel(objectName="quiet")
        said.setWordWrap(True)
        say(said.setText, "It is drawn, not computed: buildings do not turn it, and nobody is warned by it. Pictures say so.")
        put, close = QPushButton(objectName="primary"), QPushButton()
        say(put.setText, "Place in the view")
        say(close.setText, "Cancel")
        put.setDefault(True)
        put.clicked.connect(self._placed)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(put)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(said)
        column.addLayout(row)

    def _placed(self) -> None:
        values = float(self.wind_from.value()), self.wind.value(), float(self.fire.currentData())
        self.close()
        self._place(*values)
