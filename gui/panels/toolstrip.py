"""The strip over the view while a tool is in hand: how to use it, what it says of the points so far, and its settings."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.forms import NumberEdit
from gui.i18n import language, mark, say, tr
from gui.theme import icon, look

GAP_PX, BELOW_BADGE = 18, 50
LEAST_PX, MOST_PX = 470, 760
ICONS = {
    "measure": "ph.ruler",
    "height": "ph.arrows-out-line-vertical",
    "area": "ph.polygon",
    "slope": "ph.trend-up",
    "volume": "ph.cube",
    "sight": "ph.eye",
    "viewshed": "ph.aperture",
    "sun_hours": "ph.sun-horizon",
    "section": "ph.chart-line",
    "gauge": "ph.waves",
}
TITLES = {
    "measure": mark("Distance"),
    "height": mark("Height"),
    "area": mark("Area"),
    "slope": mark("Slope"),
    "volume": mark("Volume"),
    "sight": mark("Line of sight"),
    "viewshed": mark("Viewshed"),
    "sun_hours": mark("Hours of sun"),
    "section": mark("Section"),
    "gauge": mark("Water over time"),
}
HINTS = {
    "measure": mark("Click from point to point; double click or Enter ends, Backspace takes a point back, Esc puts the tool away"),
    "height": mark("Click two points, a roof and the ground below it for instance; Esc puts the tool away"),
    "area": mark("Click around the area; double click or Enter ends, Backspace takes a point back, Esc puts the tool away"),
    "slope": mark("Click along the way; double click or Enter ends, Esc puts the tool away"),
    "volume": mark("Click around the ground or the buildings; double click or Enter ends, Esc puts the tool away"),
    "sight": mark("Click where the eye is, then what it looks at; Esc puts the tool away"),
    "viewshed": mark("Click where the eye is; Esc puts the tool away"),
    "sun_hours": mark("Click the middle of the place; Esc puts the tool away"),
    "section": mark("Click along the line; double click or Enter ends, Esc puts the tool away"),
    "gauge": mark("Click the places you ask about, up to eight; Esc puts the tool away"),
}
NUMBERS = {  # name: title, low, high, unit, first value
    "eye_m": (mark("Eye above"), 0.0, 1000.0, "m", 1.7),
    "target_m": (mark("Target above"), 0.0, 1000.0, "m", 1.7),
    "see_m": (mark("Look for things of"), 0.0, 100.0, "m", 0.0),
    "radius_m": (mark("Radius"), 20.0, 10_000.0, "m", 500.0),
    "sun_radius_m": (mark("Radius"), 20.0, 1_500.0, "m", 250.0),
    "heading": (mark("Towards"), 0.0, 359.0, "°", 0.0),
    "width": (mark("Angle of view"), 5.0, 360.0, "°", 360.0),
    "level_m": (mark("Level"), -1000.0, 9000.0, "m", 0.0),
}
FIELDS = {
    "sight": ("eye_m", "target_m"),
    "viewshed": ("eye_m", "radius_m", "width", "heading", "see_m"),
    "sun_hours": ("day", "sun_radius_m"),
    "volume": ("reference", "level_m"),
}
REFERENCES = {"lowest": mark("Lowest point of the rim"), "level": mark("Level"), "plane": mark("Plane through the rim")}


class ToolStrip(QFrame):
    """changed: a setting was changed; ended: its cross was pressed. Settings stay for the next use of a tool."""

    changed = Signal()
    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tool = ""
        self._icon, self.title, self.live = QLabel(), QLabel(objectName="heading"), QLabel(objectName="heading")
        self.live.setMinimumWidth(150)
        self.live.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.hint = QLabel(objectName="quiet")
        self.hint.setWordWrap(True)
        self.hint.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        say(self.close_button.setToolTip, "Put the tool away (Esc)")
        say(self.close_button.setAccessibleName, "Put the tool away (Esc)")
        self.close_button.clicked.connect(self.ended)
        self.fields: dict[str, QWidget] = {}
        self._labels: dict[str, QLabel] = {}
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self._icon, self.title):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.live)
        head.addWidget(self.close_button)
        self._row = QHBoxLayout()
        self._row.setSpacing(10)
        for name, (title, low, high, unit, value) in NUMBERS.items():
            box = NumberEdit(low, high, unit, value)
            box.setValue(value)
            box.setFixedWidth(96)
            box.valueChanged.connect(self._told)
            self._put(name, title, box)
        self.reference = QComboBox()
        for word, title in REFERENCES.items():
            self.reference.addItem(tr(title), word)
        self.reference.currentIndexChanged.connect(self._told)
        self._put("reference", mark("Against"), self.reference)
        self.day = QDateEdit(QDate.currentDate())
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.dateChanged.connect(self._told)
        self._put("day", mark("Date"), self.day)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 8, 10)
        column.setSpacing(5)
        column.addLayout(head)
        column.addWidget(self.hint)
        column.addLayout(self._row)
        parent.installEventFilter(self)
        language.changed.connect(self._retitled)
        look.changed.connect(self._paint)
        self.hide()

    def _put(self, name: str, title: str, widget: QWidget) -> None:
        label, pair = QLabel(objectName="quiet"), QVBoxLayout()
        say(label.setText, title)
        say(widget.setAccessibleName, title)
        self._labels[name], self.fields[name] = label, widget
        pair.setSpacing(1)
        pair.addWidget(label)
        pair.addWidget(widget)
        self._row.addLayout(pair)

    def value(self, name: str) -> Any:
        """A setting now."""
        if name == "reference":
            return self.reference.currentData()
        if name == "day":
            d = self.day.date()
            return date(d.year(), d.month(), d.day())
        return self.fields[name].value()  # type: ignore[attr-defined]

    def set_value(self, name: str, value: float) -> None:
        """Without telling."""
        box = self.fields[name]
        with QSignalBlocker(box):
            box.setValue(value)  # type: ignore[attr-defined]

    def show_tool(self, tool: str) -> None:
        """The tool in hand; one that is not ours, or none, hides the strip."""
        self.tool = tool if tool in HINTS else ""
        self.live.clear()
        if not self.tool:
            self.hide()
            return
        self._retitled()
        self._enable()
        self._paint()
        self.show()
        self.raise_()
        self.place()

    def tell(self, text: str) -> None:
        """Of the points so far."""
        if self.tool and text != self.live.text():
            self.live.setText(text)

    def _enable(self) -> None:
        wanted = FIELDS.get(self.tool, ())
        for name, widget in self.fields.items():
            shown = name in wanted
            if name == "level_m":
                shown = shown and self.value("reference") == "level"
            if name == "heading":
                shown = shown and self.value("width") < 360
            widget.setVisible(shown)
            self._labels[name].setVisible(shown)

    def _told(self, *_: Any) -> None:
        self._enable()
        self.place()
        self.changed.emit()

    def _retitled(self, *_: Any) -> None:
        for k, title in enumerate(REFERENCES.values()):
            self.reference.setItemText(k, tr(title))
        if self.tool:
            self.title.setText(tr(TITLES[self.tool]))
            self.hint.setText(tr(HINTS[self.tool]))
            self.place()

    def _paint(self, *_: Any) -> None:
        self.close_button.setIcon(icon("ph.x"))
        if self.tool:
            self._icon.setPixmap(icon(ICONS[self.tool]).pixmap(18, 18))

    def place(self) -> None:
        """At the top of the view, below the badge that must stay in sight."""
        parent = self.parentWidget()
        if not isinstance(parent, QWidget):
            return
        shown = [w for w in self.fields.values() if not w.isHidden()]
        needed = max(self.hint.fontMetrics().horizontalAdvance(self.hint.text()) + 44, 112 * len(shown) + 30, LEAST_PX)
        width = max(260, min(parent.width() - 2 * GAP_PX, needed, MOST_PX))
        self.setFixedWidth(width)
        self.layout().activate()
        self.setFixedHeight(self.layout().totalHeightForWidth(width) if self.layout().hasHeightForWidth() else self.sizeHint().height())
        self.move((parent.width() - self.width()) // 2, BELOW_BADGE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False
