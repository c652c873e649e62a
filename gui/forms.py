"""Forms made from declared parameters: range, unit, default, help and source come from the declaration alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import declared, mark, tr
from gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.models.base import Param

_BIG = 1e12
CHOICES = {
    "local_inertial": mark("Quick (local inertial)"),
    "finite_volume": mark("Accurate (finite volumes)"),
    "finite_volume_2": mark("Finest (finite volumes, second order)"),
    "uniform": mark("Even rain"),
    "chicago": mark("Chicago storm"),
    "alternating": mark("Alternating"),
    "gauges": mark("Rain gauges"),
    "scs": mark("Curve number (SCS)"),
    "none": mark("None"),
    "green_ampt": mark("Green-Ampt"),
    "horton": mark("Horton"),
    "constant": mark("Constant"),
    "keep": mark("Keep level"),
    "ground": mark("Like land"),
    "open": mark("Open rim"),
    "closed": mark("Closed rim"),
    "nested": mark("Follows the whole city"),
    "street": mark("To the street"),
    "drain": mark("To the drains"),
    "sink": mark("Street drains"),
    "swmm": mark("SWMM"),
    "block": mark("Keep water out"),
    "resist": mark("Let it in slowly"),
    "ambulance_station": mark("Ambulance station"),
    "fire_station": mark("Fire station"),
    "ambulance": mark("Ambulances"),
    "static": mark("In equilibrium (static)"),
    "dynamic": mark("Car by car (dynamic)"),
    "fire": mark("Fire engines"),
    "in time": mark("Most people in time"),
    "soon": mark("Least mean time"),
}
"""Words of models that say too little by themselves."""
UNITS = {
    "1": "", "Cel": "°C", "currency": "", "deg": "°", "m2": "m²", "m3": "m³", "m3/s": "m³/s", "kg/m3": "kg/m³", "s/m^(1/3)": "s/m^⅓",
}  # fmt: skip
"""Units as they are written; the others stand for themselves."""


class NoWheel(QObject):
    """A wheel over a field scrolls the form; it changes the field only when that has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class NumberEdit(QDoubleSpinBox):
    """A number with its unit; typing is checked against the range when it is finished."""

    def __init__(self, low: float | None, high: float | None, unit: str, value: float) -> None:
        super().__init__()
        self.setLocale(QLocale.c())
        self.setRange(-_BIG if low is None else low, _BIG if high is None else high)
        self.setDecimals(_decimals(low, high, value))
        self.setSingleStep(_step(low, high, value))
        self.setSuffix(f" {UNITS.get(unit, unit)}" if UNITS.get(unit, unit) else "")
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def textFromValue(self, value: float) -> str:
        text = f"{value:,.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def valueFromText(self, text: str) -> float:
        return float(self._bare(text) or 0.0)

    def validate(self, text: str, at: int) -> Any:
        bare = self._bare(text)
        try:
            value = float(bare)
        except ValueError:
            state = (
                QValidator.State.Intermediate if bare in ("", "-", ".", "-.") or bare.lower().endswith("e") else QValidator.State.Invalid
            )
            return state, text, at
        return (QValidator.State.Acceptable if self.minimum() <= value <= self.maximum() else QValidator.State.Intermediate), text, at

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).replace(",", "").strip()


class DurationEdit(QWidget):
    """Seconds, typed as hours and minutes."""

    changed = Signal(float)

    def __init__(self, low: float | None, high: float | None, value: float) -> None:
        super().__init__()
        from PySide6.QtWidgets import QHBoxLayout

        self._low, self._high = low, high
        self.hours, self.minutes = QSpinBox(), QDoubleSpinBox()
        self.hours.setRange(0, int((high or 60 * 86400) // 3600))
        self.hours.setSuffix(" h")
        self.minutes.setLocale(QLocale.c())
        self.minutes.setRange(0, 59.99)
        self.minutes.setDecimals(0 if value % 60 == 0 else 2)
        self.minutes.setSuffix(" min")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for box in (self.hours, self.minutes):
            box.setKeyboardTracking(False)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            row.addWidget(box)
        self.set_seconds(value)
        self.hours.valueChanged.connect(self._told)
        self.minutes.valueChanged.connect(self._told)

    @property
    def seconds(self) -> float:
        return self.hours.value() * 3600 + self.minutes.value() * 60

    def set_seconds(self, value: float) -> None:
        for box, number in ((self.hours, int(value // 3600)), (self.minutes, value % 3600 / 60)):
            box.blockSignals(True)
            box.setValue(number)
            box.blockSignals(False)

    def _told(self) -> None:
        clipped = min(max(self.seconds, self._low or 0.0), self._high or 60 * 86400)
        if clipped != self.seconds:
            self.set_seconds(clipped)
        self.changed.emit(clipped)


class Form(QWidget):
    """A grid of label and field for each Param; `changed(name, value)` after each finished entry."""

    changed = Signal(str, object)

    def __init__(self, params: Iterable[Param], values: dict[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.params = {p.name: p for p in params}
        self._fields: dict[str, QWidget] = {}
        self._values = dict(values)
        """What those fields will show that are not made yet."""
        self._resets: dict[str, QToolButton] = {}
        self._still = NoWheel(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        outer.addWidget(self._grid([p for p in self.params.values() if not p.advanced]))
        self._rest = [p for p in self.params.values() if p.advanced]
        """Made when they are first asked for: a model may have fifty of them."""
        if self._rest:
            self._more = QPushButton(tr("More settings"), objectName="link")
            self._more.setCheckable(True)
            self._more.setIcon(icon("ph.caret-right"))
            self._more.toggled.connect(self._open)
            outer.addWidget(self._more)

    @property
    def fields(self) -> dict[str, QWidget]:
        """By name of the parameter, also those under More settings."""
        self._make_rest()
        return self._fields

    def _make_rest(self) -> None:
        if self._rest:
            rest, self._rest = self._rest, []
            self._body = self._grid(rest)
            self._body.setVisible(self._more.isChecked())
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self._body)

    def _open(self, on: bool) -> None:
        self._make_rest()
        self._body.setVisible(on)
        self._more.setIcon(icon("ph.caret-down" if on else "ph.caret-right"))

    def values(self) -> dict[str, Any]:
        """What the fields say now, also what is still being typed."""
        said: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, DurationEdit):
                said[name] = field.seconds
            elif isinstance(field, (QDoubleSpinBox, QSpinBox)):
                field.interpretText()
                said[name] = field.value()
            elif isinstance(field, QComboBox):
                said[name] = field.currentData()
            elif isinstance(field, QCheckBox):
                said[name] = field.isChecked()
            elif isinstance(field, QLineEdit):
                said[name] = field.text()
        return said

    def set_value(self, name: str, value: Any) -> None:
        """Show a value without telling."""
        p = self.params[name]
        if name not in self._fields:
            self._values[name] = value
            return
        field = self._fields[name]
        field.blockSignals(True)
        if isinstance(field, DurationEdit):
            field.set_seconds(p.checked(value))
        elif isinstance(field, (QDoubleSpinBox, QSpinBox)):
            field.setValue(p.checked(value))
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(max(0, field.findData(str(value))))
        elif isinstance(field, QCheckBox):
            field.setChecked(bool(p.checked(value)))
        elif isinstance(field, QLineEdit):
            field.setText(str(value))
            field.setCursorPosition(0)
        field.blockSignals(False)
        self._mark(name, p.checked(value))

    def _grid(self, params: list[Param]) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for row, p in enumerate(params):
            label = QLabel(declared(p.title))
            label.setWordWrap(True)
            field = self._field(p)
            field.setToolTip(help_of(p))
            field.setAccessibleName(declared(p.title))
            field.setMinimumWidth(96)
            label.setToolTip(help_of(p))
            label.setBuddy(field)
            reset = QToolButton()
            reset.setIcon(icon("ph.arrow-counter-clockwise"))
            reset.setToolTip(tr("Back to the default: {value}", value=_said(p, p.checked(p.default))))
            reset.setAccessibleName(tr("Back to the default"))
            reset.clicked.connect(lambda _=False, n=p.name: self._reset(n))
            reset.setObjectName("small")
            keep = reset.sizePolicy()
            keep.setRetainSizeWhenHidden(True)
            reset.setSizePolicy(keep)
            self._fields[p.name], self._resets[p.name] = field, reset
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(reset, row, 2)
            self.set_value(p.name, self._values.get(p.name, p.default))
        return body

    def _field(self, p: Param) -> QWidget:
        told = self._told
        field: QWidget
        if p.kind == "duration":
            field = DurationEdit(p.low, p.high, p.checked(p.default))
            field.changed.connect(lambda v, n=p.name: told(n, v))
        elif p.kind == "number":
            field = NumberEdit(p.low, p.high, p.unit, p.checked(p.default))
            field.valueChanged.connect(lambda v, n=p.name: told(n, v))
        elif p.kind == "integer":
            field = QSpinBox()
            field.setRange(int(p.low if p.low is not None else -(2**31)), int(p.high if p.high is not None else 2**31 - 1))
            field.setSuffix(f" {UNITS.get(p.unit, p.unit)}" if UNITS.get(p.unit, p.unit) else "")
            field.setKeyboardTracking(False)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.valueChanged.connect(lambda v, n=p.name: told(n, v))
        elif p.kind == "choice":
            field = QComboBox()
            field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for choice in p.choices:
                field.addItem(choice_text(choice), choice)
                field.setItemData(field.count() - 1, choice_text(choice), Qt.ItemDataRole.ToolTipRole)
            field.currentIndexChanged.connect(lambda _, f=field, n=p.name: told(n, f.currentData()))
        elif p.kind == "flag":
            field = QCheckBox()
            field.toggled.connect(lambda v, n=p.name: told(n, v))
        else:
            field = QLineEdit()
            field.editingFinished.connect(lambda f=field, n=p.name: told(n, f.text()))
        for box in (field, *field.findChildren(QWidget)):
            if isinstance(box, (QSpinBox, QDoubleSpinBox, QComboBox)):
                box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                box.installEventFilter(self._still)
        return field

    def _told(self, name: str, value: Any) -> None:
        self._mark(name, value)
        self.changed.emit(name, value)

    def _reset(self, name: str) -> None:
        p = self.params[name]
        self.set_value(name, p.default)
        self._told(name, p.checked(p.default))

    def _mark(self, name: str, value: Any) -> None:
        p = self.params[name]
        self._resets[name].setVisible(value != p.checked(p.default))


def help_of(p: Param) -> str:
    """Help, range, default and source of a parameter, for a tooltip."""
    lines = [f"<b>{declared(p.title)}</b>"]
    if p.help:
        lines.append(declared(p.help))
    if p.low is not None or p.high is not None:
        lines.append(tr("Range: {low} to {high}", low=_said(p, p.low), high=_said(p, p.high)))
    lines.append(tr("Default: {value}", value=_said(p, p.checked(p.default))))
    if p.source:
        lines.append(tr("Source: {source}", source=p.source))
    return "<qt>" + "<br>".join(lines) + "</qt>"


def choice_text(choice: str) -> str:
    """A choice as people read it."""
    if choice in CHOICES:
        return tr(CHOICES[choice])
    said = declared(choice)
    if said == choice:
        said = choice.replace("_", " ")
    return said[:1].upper() + said[1:]


def _said(p: Param, value: Any) -> str:
    if value is None:
        return "–"
    if p.kind == "duration":
        hours, rest = divmod(float(value), 3600)
        return f"{hours:.0f} h {rest / 60:.0f} min"
    if p.kind == "flag":
        return tr("yes") if value else tr("no")
    if p.kind == "choice":
        return choice_text(str(value))
    unit = UNITS.get(p.unit, p.unit)
    return f"{value:g} {unit}".strip() if isinstance(value, (int, float)) else str(value)


def _decimals(low: float | None, high: float | None, value: float) -> int:
    span = (high - low) if low is not None and high is not None else abs(value) or 1.0
    needed = len(f"{value:.10f}".rstrip("0").partition(".")[2])
    return max(needed, 4 if span <= 0.2 else 3 if span <= 2 else 2)


def _step(low: float | None, high: float | None, value: float) -> float:
    span = (high - low) if low is not None and high is not None else abs(value) * 20 or 20.0
    return float(f"{span / 100:.0e}") if span else 1.0
