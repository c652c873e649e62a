"""Water over time: depth, level and speed at places clicked in the view, of the scenario shown and of the one it is compared with."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeySequence, QPainter, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.elided import Elided
from gui.gauging import WHY
from gui.i18n import language, mark, say, tr
from gui.panels.timeline import elapsed
from gui.panels.timeplot import Curve, TimePlot
from gui.theme import icon, look

if TYPE_CHECKING:
    import numpy as np

    from gui.gauging import Gauges, Place
    from twin.gauges import Gauge

WHAT = {"depth": mark("Depth"), "level": mark("Water level"), "speed": mark("Speed")}
NARROW_PX = 540
"""Width below which the list of places gives way."""
UNITS = {"depth": "m", "level": "m", "speed": "m/s"}


class HydrographPanel(QWidget):
    """Plot and list. draw_wanted: the tool; csv_wanted, png_wanted: a file is to be chosen; fly_to: a Place."""

    draw_wanted = Signal()
    csv_wanted = Signal()
    png_wanted = Signal()
    fly_to = Signal(object)

    def __init__(self, gauges: Gauges, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gauges = gauges
        self.plot = TimePlot()
        say(self.plot.setAccessibleName, "Water over time")
        self.head = Elided(objectName="quiet")
        self.quantity, self.against = QComboBox(), QComboBox()
        for name, title in WHAT.items():
            self.quantity.addItem(tr(title), name)
        say(self.quantity.setToolTip, "What the curves show")
        say(self.quantity.setAccessibleName, "What the curves show")
        say(self.against.setToolTip, "Another scenario, drawn with dashes")
        say(self.against.setAccessibleName, "Another scenario, drawn with dashes")
        self.against.setMinimumWidth(60)
        self.against.setMaximumWidth(240)
        self.draw, self.copy, self.csv, self.png, self.gone, self.clear = (QToolButton() for _ in range(6))
        for button, tip in (
            (self.draw, mark("Click another place in the view")),
            (self.copy, mark("Copy the values, to paste into a table")),
            (self.csv, mark("Save the values as CSV")),
            (self.png, mark("Save the curves as a picture")),
            (self.gone, mark("Remove the places chosen")),
            (self.clear, mark("Remove all places; Undo brings them back")),
        ):
            button.setAutoRaise(True)
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(6)
        bar.addWidget(self.quantity)
        bar.addWidget(self.against)
        bar.addWidget(self.head, 1)
        for button in (self.draw, self.copy, self.csv, self.png, self.gone, self.clear):
            bar.addWidget(button)
        self.table = QTableWidget(0, 3)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setIconSize(QSize(14, 14))
        self.table.setMinimumWidth(160)
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        say(self.table.setAccessibleName, "Places of water over time")
        self.table.itemSelectionChanged.connect(lambda: self.gone.setEnabled(bool(self.chosen())))
        self.table.itemDoubleClicked.connect(lambda cell: self.fly_to.emit(self.gauges.places[cell.row()]))
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.plot)
        self._split.addWidget(self.table)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([800, 330])
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty, 1)
        column.addWidget(self._split, 1)
        self.quantity.activated.connect(self.refresh)
        self.against.activated.connect(lambda _: gauges.compare_with(self.against.currentData()))
        self.draw.clicked.connect(self.draw_wanted)
        self.copy.clicked.connect(self.copy_text)
        self.csv.clicked.connect(self.csv_wanted)
        self.png.clicked.connect(self.png_wanted)
        self.gone.clicked.connect(lambda: gauges.remove(self.chosen()))
        self.clear.clicked.connect(lambda: gauges.remove(list(gauges.places)))
        for widget, keys, call in (
            (self.table, QKeySequence.StandardKey.Delete, self.gone.click),
            (self.table, QKeySequence.StandardKey.Copy, self.copy_text),
            (self.plot, QKeySequence.StandardKey.Copy, self.copy_text),
        ):
            cut = QShortcut(QKeySequence(keys), widget, call)
            cut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        gauges.changed.connect(self.refresh)
        gauges.read.connect(self.refresh)
        look.changed.connect(self._retitled)
        language.changed.connect(self._retitled)
        self._retitled()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the curves keep their room."""
        super().resizeEvent(event)
        self.table.setVisible(event.size().width() >= NARROW_PX)

    def _retitled(self, *_: Any) -> None:
        for k, title in enumerate(WHAT.values()):
            self.quantity.setItemText(k, tr(title))
        self.table.setHorizontalHeaderLabels([tr("Place"), tr("Greatest depth"), tr("At")])
        icons = ("ph.map-pin-line", "ph.copy", "ph.table", "ph.image", "ph.minus-circle", "ph.trash")
        for button, name in zip((self.draw, self.copy, self.csv, self.png, self.gone, self.clear), icons, strict=True):
            button.setIcon(icon(name))
        self.refresh()

    def chosen(self) -> list[Place]:
        rows = sorted({cell.row() for cell in self.table.selectedItems()})
        return [self.gauges.places[r] for r in rows if r < len(self.gauges.places)]

    def show_moment(self, time_s: float) -> None:
        self.plot.show_moment(time_s if self.gauges.has_water else None)

    # what is shown
    def refresh(self, *_: Any) -> None:
        """Everything anew, of what is known now."""
        g = self.gauges
        self._scenarios()
        self.empty.setVisible(not g.places)
        self._split.setVisible(bool(g.places))
        for button in (self.copy, self.csv, self.png, self.clear):
            button.setEnabled(bool(g.places))
        self.quantity.setEnabled(bool(g.places))
        if not g.places:
            self.head.clear()
            self.gone.setEnabled(False)
            if g.has_water:
                self.empty.setText(tr("Click a place in the view with Tools > Water over time here, or with the right mouse button."))
            else:
                text = tr("Run a scenario with a flood first. Then click places in the view: the depth of water over time appears here.")
                self.empty.setText(text)
            return
        what = self.quantity.currentData()
        curves, notes = self._curves(what)
        unit = UNITS[what]
        self.plot.message = "" if curves else self._nothing(what)
        if notes and g.has_water:
            self.plot.message = "\n".join(notes)
        self.plot.show_curves(curves, unit, lambda v: f"{v:.2f} {unit}", zero=what != "level", until_s=self._until_s())
        self.show_moment(g.session.time_s)
        hint = tr("Click or drag in the plot: the time shown. Left and Right: one step")
        self.head.setText(hint if len(g.shown) < 2 else tr("{name}; dashed: {other}", name=g.shown[0], other=g.shown[1]))
        self._list()

    def _until_s(self) -> float:
        case = self.gauges.session.case
        return float(case.scenario.scenario.duration) if case is not None else 0.0

    def _scenarios(self) -> None:
        others, now = self.gauges.others(), self.gauges.against
        self.against.blockSignals(True)
        self.against.clear()
        self.against.addItem(tr("Compare with nothing"), "")
        for name in others:
            self.against.addItem(tr("Compare with {name}", name=name), name)
        self.against.setCurrentIndex(max(0, self.against.findData(now)))
        self.against.blockSignals(False)
        self.against.setVisible(bool(others))

    def _nothing(self, what: str) -> str:
        if not self.gauges.has_water:
            return tr("There is no flood to show. Run a scenario with one.")
        if self.gauges.is_reading:
            return tr("Reading…")
        if what == "level":
            return tr("This city has no heights of the ground: only the depth is known.")
        if what == "speed":
            return tr("This result does not tell the speed of the water.")
        return ""

    def _curves(self, what: str) -> tuple[list[Curve], list[str]]:
        """Curves of what is known, and a line for each place that has none."""
        import numpy as np

        from layers.gauges import COLORS

        curves, notes = [], []
        for k, name in enumerate(self.gauges.shown):
            for place in self.gauges.places:
                found = self.gauges.at(name, place)
                if found is None:
                    continue
                if k == 0 and found.why:
                    notes.append(f"{place.letter}: {tr(WHY[found.why])}")
                values = values_of(found, what)
                if not np.isfinite(values).any():
                    continue
                title = place.letter if len(self.gauges.shown) < 2 else f"{place.letter}  {name}"
                curves.append(Curve(title, COLORS[place.slot], found.times, values, k > 0, place.letter))
        return curves, notes

    def _list(self) -> None:
        kept = {p.slot for p in self.chosen()}
        places, name = self.gauges.places, self.gauges.session.current
        self.table.blockSignals(True)
        self.table.setRowCount(len(places))
        self.table.clearSelection()
        self.table.clearSpans()
        from layers.gauges import COLORS

        for row, place in enumerate(places):
            found = self.gauges.at(name, place)
            peak = None if found is None else found.peak
            texts = [place.letter, "…" if found is None and self.gauges.has_water else "", ""]
            if peak is not None:
                texts = [place.letter, f"{peak[0]:.2f} m", elapsed(peak[1])]
            elif found is not None and found.why:
                texts[1] = tr(WHY[found.why])
                self.table.setSpan(row, 1, 1, 2)
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                if column == 0:
                    cell.setIcon(_dot(COLORS[place.slot]))
                self.table.setItem(row, column, cell)
            if place.slot in kept:
                self.table.selectRow(row)
        self.table.blockSignals(False)
        self.gone.setEnabled(bool(self.chosen()))

    # out
    def rows(self, to_crs: Any) -> list[list[str]]:
        """Header and lines: scenario, place, easting, northing, seconds, depth, level, speed. to_crs: (x, y) local -> easting, northing."""
        out = [["scenario", "place", "easting", "northing", "time_s", "depth_m", "level_m", "speed_m_s"]]
        for name in self.gauges.shown:
            for place in self.gauges.places:
                found = self.gauges.at(name, place)
                if found is None:
                    continue
                east, north = (float(v) for v in to_crs(place.x, place.y))
                for k, time_s in enumerate(found.times):
                    numbers = (found.depth_m[k], found.level_m[k], found.speed_ms[k])
                    told = ["" if not math.isfinite(v) else f"{v:.3f}" for v in numbers]
                    out.append([name, place.letter, f"{east:.2f}", f"{north:.2f}", f"{time_s:g}", *told])
        return out

    def text(self, to_crs: Any) -> str:
        """CSV of all curves."""
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows(self.rows(to_crs))
        return file.getvalue()

    def copy_text(self) -> None:
        """Tabs between, for a table."""
        city = self.gauges.session.city
        if city is not None and self.gauges.places:
            QGuiApplication.clipboard().setText("\n".join("\t".join(r) for r in self.rows(city.frame.to_crs)) + "\n")

    def picture(self, caption: str = "") -> QPixmap:
        """The curves with their scenario and greatest values above, and a caption below."""
        import numpy as np

        g = self.gauges
        peaks = [f"{c.letter} {self.plot.said(float(np.nanmax(c.values)))}" for c in self.plot.curves if not c.dashed]
        greatest = tr("at most {values}", values=", ".join(peaks)) if peaks else ""
        named = tr("{name}; dashed: {other}", name=g.shown[0], other=g.shown[1]) if len(g.shown) > 1 else g.session.current
        parts = [tr(WHAT[self.quantity.currentData()]), greatest, named]
        return self.plot.picture("   ·   ".join(p for p in parts if p), caption)


def values_of(found: Gauge, what: str) -> np.ndarray:
    """depth, level or speed."""
    return {"depth": found.depth_m, "level": found.level_m, "speed": found.speed_ms}[what]


def _dot(color: str) -> QIcon:
    pixmap = QPixmap(28, 28)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QRectF(1, 1, 12, 12))
    painter.end()
    made = QIcon(pixmap)
    made.addPixmap(pixmap, QIcon.Mode.Selected)
    return made
