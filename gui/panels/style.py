"""How a layer is coloured: one colour, a ramp by number, or a colour per value; its opacity and its legend."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QCheckBox, QColorDialog, QComboBox, QFormLayout, QLabel, QPushButton, QSlider, QSpinBox, QVBoxLayout, QWidget

from gui.forms import UNITS, NoWheel, NumberEdit
from gui.i18n import declared, language, mark, tr
from gui.items import heading
from gui.theme import colors

if TYPE_CHECKING:
    from gui.session import Session
    from layers.layer import Layer
    from layers.legend import Legend
    from layers.style import Style

CATEGORY_COLORS = (
    "#4477aa",
    "#ee6677",
    "#228833",
    "#ccbb44",
    "#66ccee",
    "#aa3377",
    "#bb7744",
    "#777777",
    "#88ccaa",
    "#ddaacc",
    "#997700",
    "#004488",
)
"""Paul Tol's bright scheme and its neighbours: told apart by colour-blind eyes; the rest of the values share grey."""

FLOWS = {"arrows": mark("Arrows"), "streaks": mark("Streaks")}


def _as_it_is(pixmap: QPixmap) -> QIcon:
    """Of the same colours in a row that is chosen, where Qt would tint it."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def ramp_icon(palette: str, width: int = 72, height: int = 12) -> QIcon:
    import numpy as np

    from layers.style import ramp

    gradient = QLinearGradient(0, 0, width, 0)
    for t, rgb in zip(np.linspace(0, 1, 12), ramp(palette, np.linspace(0, 1, 12)), strict=True):
        gradient.setColorAt(float(t), QColor.fromRgbF(*map(float, rgb)))
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.fillRect(pixmap.rect(), gradient)
    painter.end()
    return _as_it_is(pixmap)


def swatch(color: str, side: int = 14) -> QIcon:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(QColor(colors().line))
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 3, 3)
    painter.end()
    return _as_it_is(pixmap)


class LegendView(QWidget):
    """Paints a Legend: ramp with numbers and unit, or entries."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._legend: Legend | None = None

    def show_legend(self, legend: Legend | None) -> None:
        self._legend = legend
        rows = 0 if legend is None else (2 if legend.colors else min(len(legend.entries), 14))
        self.setFixedHeight(rows * (self.fontMetrics().height() + 6))
        texts = [] if legend is None else [e.text for e in legend.entries]
        self.setAccessibleName(", ".join(texts) or (f"{legend.low:g} – {legend.high:g} {legend.unit}" if legend else ""))
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        legend = self._legend
        if legend is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, line = colors(), self.fontMetrics().height() + 6
        if legend.colors:
            bar = QRectF(0, 2, self.width(), line - 8)
            step = bar.width() / len(legend.colors)
            for i, color in enumerate(legend.colors):
                painter.fillRect(QRectF(bar.left() + i * step, bar.top(), step + 1, bar.height()), QColor(color))
            painter.setPen(QColor(c.quiet))
            unit = UNITS.get(legend.unit, legend.unit)
            below = QRectF(0, line - 4, self.width(), line)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{legend.low:g}")
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"{(legend.low + legend.high) / 2:g}")
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{legend.high:g} {unit}".strip())
            return
        for i, entry in enumerate(legend.entries[:14]):
            painter.setPen(QColor(c.line))
            painter.setBrush(QColor(entry.color))
            painter.drawRoundedRect(QRectF(0.5, i * line + 3.5, 14, line - 9), 3, 3)
            painter.setPen(QColor(c.text))
            painter.drawText(QRectF(23, i * line, self.width() - 23, line), Qt.AlignmentFlag.AlignVCenter, declared(entry.text))


class StyleEditor(QWidget):
    """Editor of one layer; every change goes through the session, so that it can be undone."""

    level_wanted = Signal(str)
    """Name of the level of detail that buildings shall be shown at."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.layer: Layer | None = None
        self._body: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        session.layer_changed.connect(self._changed)
        language.changed.connect(self._build)

    def show_layer(self, layer: Layer | None) -> None:
        if layer is not self.layer:
            self.layer = layer
            self._build()

    def _build(self, *_: Any) -> None:
        if self._body is not None:
            self._body.hide()
            self._body.deleteLater()
            self._body = None
        layer = self.layer
        if layer is None:
            return
        self._body = QWidget(self)
        form = QFormLayout(self._body)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._still = NoWheel(self)
        self.opacity.installEventFilter(self._still)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(layer.opacity * 100))
        self.opacity.setAccessibleName(tr("Opacity"))
        self.opacity.valueChanged.connect(lambda v: self.session.set_layer(layer, "opacity", v / 100))
        form.addRow(tr("Opacity"), self.opacity)
        fields = layer.fields()
        style = layer.style
        self.kind = QComboBox()
        for key, text, offered in (
            ("single", tr("One colour"), True),
            ("graduated", tr("Ramp by number"), bool(fields)),
            ("categorised", tr("Colour per value"), bool(fields)),
            ("source", tr("As in the source"), layer.has_source_colors),
        ):
            if key == style.kind or offered:
                self.kind.addItem(text, key)
        self.kind.setCurrentIndex(max(0, self.kind.findData(style.kind)))
        self.kind.currentIndexChanged.connect(lambda: self._set_kind(self.kind.currentData()))
        form.addRow(tr("Style"), self.kind)
        if style.kind == "single":
            self._single(form, style)
        elif style.kind != "source":
            self._by_field(form, style, fields)
        self._lines(form, layer, style)
        self._levels(form, layer)
        self._column.addWidget(self._body)
        self._body.show()

    def _lines(self, form: QFormLayout, layer: Layer, style: Style) -> None:
        """Width, depth and arrows of networks."""
        self.width_box: QComboBox | None = None
        self.deep = self.arrows = None
        fields = getattr(layer, "width_fields", list)()
        if fields:
            box = QComboBox()
            box.setAccessibleName(tr("Width by"))
            box.addItem(tr("as usual"), "")
            for name in fields:
                box.addItem(heading(name), name)
            box.setCurrentIndex(max(0, box.findData(style.width_by)))
            box.activated.connect(lambda: self._put(width_by=box.currentData()))
            form.addRow(tr("Width by"), box)
            self.width_box = box
        if getattr(layer, "can_be_deep", False):
            self.deep = QCheckBox(tr("At its depth, as tubes"))
            self.deep.setToolTip(tr("Below the ground, where it lies; seen once the ground is faded or from below"))
            self.deep.setChecked(style.deep)
            self.deep.toggled.connect(lambda on: self._put(deep=on))
            form.addRow("", self.deep)
        if getattr(layer, "has_direction", False):
            self.arrows = QCheckBox(tr("Arrows the way it flows"))
            self.arrows.setChecked(style.arrows)
            self.arrows.toggled.connect(lambda on: self._put(arrows=on))
            form.addRow("", self.arrows)
        self.flow: QComboBox | None = None
        kinds = getattr(layer, "flow_kinds", ())
        if kinds:
            flow = self.flow = QComboBox()
            flow.setAccessibleName(tr("Direction of flow"))
            tip = tr("Which way the water flows at the time shown, coloured by its speed; streaks move while View > Motion is on")
            flow.setToolTip(tip)
            flow.addItem(tr("not shown"), "")
            for name in kinds:
                flow.addItem(tr(FLOWS[name]), name)
            flow.setCurrentIndex(max(0, flow.findData(style.flow)))
            flow.activated.connect(lambda: self._put(flow=flow.currentData()))
            form.addRow(tr("Direction of flow"), flow)

    def _levels(self, form: QFormLayout, layer: Layer) -> None:
        """Levels of detail, where buildings have several."""
        city = self.session.city
        self.level: QComboBox | None = None
        if layer.id != "buildings" or city is None or not city.buildings.lods:
            return
        from twin.city.solids import level_number

        level = QComboBox()
        level.setAccessibleName(tr("Level of detail"))
        for name in sorted({city.buildings.lod, *city.buildings.lods}, key=level_number):
            level.addItem(f"LoD {name}" if name else tr("as it came"), name)
        level.setCurrentIndex(max(0, level.findData(city.buildings.lod)))
        level.activated.connect(lambda: self.level_wanted.emit(level.currentData()))
        form.addRow(tr("Level of detail"), level)
        self.level = level

    def _single(self, form: QFormLayout, style: Style) -> None:
        button = QPushButton(swatch(style.color), style.color)
        button.clicked.connect(self._pick_color)
        form.addRow(tr("Colour"), button)

    def _by_field(self, form: QFormLayout, style: Style, fields: list[str]) -> None:
        self.field = QComboBox()
        names = fields if style.field in fields or not style.field else [style.field, *fields]
        for name in names:
            self.field.addItem(heading(name), name)
        self.field.setCurrentIndex(max(0, self.field.findData(style.field)))
        self.field.currentIndexChanged.connect(lambda: self._set_field(self.field.currentData()))
        form.addRow(tr("By"), self.field)
        if style.kind == "categorised":
            form.addRow("", _quiet(tr("{n} values", n=len(style.categories))))
            return
        from layers.style import palettes

        self.palette_box = QComboBox()
        self.palette_box.setIconSize(QSize(72, 12))
        for name in sorted(palettes()):
            self.palette_box.addItem(ramp_icon(name), name, name)
        self.palette_box.setCurrentIndex(max(0, self.palette_box.findData(style.palette)))
        self.palette_box.currentIndexChanged.connect(lambda: self._put(palette=self.palette_box.currentData()))
        form.addRow(tr("Palette"), self.palette_box)
        self.low, self.high = NumberEdit(None, None, style.unit, style.low), NumberEdit(None, None, style.unit, style.high)
        self.low.setValue(style.low)
        self.high.setValue(style.high)
        self.low.valueChanged.connect(lambda v: self._put(low=v))
        self.high.valueChanged.connect(lambda v: self._put(high=v))
        form.addRow(tr("From"), self.low)
        form.addRow(tr("To"), self.high)
        self.classes = QSpinBox()
        self.classes.setRange(0, 12)
        self.classes.setSpecialValueText(tr("continuous"))
        self.classes.setValue(style.classes)
        self.classes.setKeyboardTracking(False)
        self.classes.valueChanged.connect(lambda v: self._put(classes=v))
        form.addRow(tr("Classes"), self.classes)

    def _put(self, **changes: Any) -> None:
        if self.layer is not None:
            self.session.set_layer(self.layer, "style", replace(self.layer.style, **changes))

    def _pick_color(self) -> None:
        assert self.layer is not None
        dialog = QColorDialog(QColor(self.layer.style.color), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda c: self._put(color=c.name()))
        dialog.open()

    def _set_kind(self, kind: str) -> None:
        layer = self.layer
        assert layer is not None
        if kind in ("single", "source"):
            self._put(kind=kind)
            return
        fields = layer.fields()
        fitting = [f for f in fields if is_number(layer, f) == (kind == "graduated")] or fields
        chosen = layer.style.field if layer.style.field in fitting else fitting[0]
        self.session.set_layer(layer, "style", fitted(layer, kind, chosen))

    def _set_field(self, field: str) -> None:
        assert self.layer is not None
        kind = self.layer.style.kind
        if kind == "graduated" and not is_number(self.layer, field):
            kind = "categorised"
        self.session.set_layer(self.layer, "style", fitted(self.layer, kind, field))

    def _changed(self, layer: Layer, aspect: str) -> None:
        if layer is not self.layer:
            return
        if aspect == "opacity":
            self.opacity.blockSignals(True)
            self.opacity.setValue(round(layer.opacity * 100))
            self.opacity.blockSignals(False)
        elif aspect == "style" and not (self._body and self._body.isAncestorOf(self.focusWidget() or self)) or aspect == "style":
            self._build()


def is_number(layer: Layer, field: str) -> bool:
    return bool(layer.values(field).dtype.kind in "fiu")


def fitted(layer: Layer, kind: str, field: str) -> Style:
    """A style of some kind whose range or categories fit the values of a field."""
    import numpy as np

    values = layer.values(field)
    if kind == "graduated" and values.dtype.kind in "fiu":
        numbers = values.astype(float)
        numbers = numbers[np.isfinite(numbers)]
        low, high = (float(np.percentile(numbers, 2)), float(np.percentile(numbers, 98))) if len(numbers) else (0.0, 1.0)
        if low == high:
            high = low + 1.0
        unit = "m" if field.endswith("_m") else "m3/s" if field.endswith("_m3s") else "s" if field.endswith("_s") else ""
        return replace(layer.style, kind="graduated", field=field, low=_round(low), high=_round(high), unit=unit)
    texts, counts = np.unique(values.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[: len(CATEGORY_COLORS)]
    pairs = tuple((str(texts[i]), CATEGORY_COLORS[k]) for k, i in enumerate(order))
    return replace(layer.style, kind="categorised", field=field, categories=pairs)


def _round(value: float) -> float:
    return float(f"{value:.3g}")


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("quiet")
    label.setWordWrap(True)
    return label
