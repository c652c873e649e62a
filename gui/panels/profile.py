"""Profile of a section: ground, buildings as they are cut, water at the time shown, pipes and rails where their level is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSplitter, QToolButton, QVBoxLayout, QWidget

from gui.elided import Elided
from gui.i18n import declared, language, mark, say, tr
from gui.measurements import said
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    import numpy as np

    from layers.section import SectionLayer
    from twin.city.section import Section
    from twin.gauges import Discharge

LEFT, RIGHT, TOP, BOTTOM = 62, 16, 24, 28
EARTH, SOIL, HOUSE, ROOF, WATER, WATER_LINE = "#8a6f4d", "#cbb99c", "#d5c9b8", "#7d7468", "#5fa3d0", "#1f6fae"
FLOW = "#1b6ca8"
KIND_COLORS = {"metro": "#8a4fb0", "rail": "#6f675e", "water": "#2f7fb5", "drainage": "#5d7f6b", "power": "#c98a1b"}
MOST_NAMES = 12
SCALES = {"all": mark("Everything"), "ground": mark("Ground and water"), "true": mark("True heights")}
LEAST_M = 2.0
"""Height shown of level ground, so that ripples do not fill the plot."""


class ProfilePlot(QWidget):
    """The drawing. pointed: distance along the line under the cursor, or None. Wheel: closer; drag: along; double click: all."""

    pointed = Signal(object)
    picked = Signal(int)
    """Row of the building that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.section: Section | None = None
        self.water: np.ndarray | None = None
        self.greatest: np.ndarray | None = None
        self.names: dict[int, str] = {}
        self.scale = "all"
        self.at: float | None = None
        self._span = (0.0, 1.0)
        self._drag: tuple[float, tuple[float, float]] | None = None
        self._low, self._high = 0.0, 1.0

    def show_section(self, section: Section | None, names: dict[int, str]) -> None:
        self.section, self.names, self.water, self.greatest, self.at = section, names, None, None, None
        if section is not None:
            self._span = (0.0, section.length_m)
        self._range()

    def show_water(self, level: np.ndarray | None, greatest: np.ndarray | None = None) -> None:
        """Level at the places of the section, NaN where it is dry; greatest: the highest it came to in the whole time."""
        self.water, self.greatest = level, greatest
        self._range()

    def show_at(self, s: float | None) -> None:
        """A mark at a distance along the line, told from outside."""
        if s != self.at:
            self.at = s
            self.update()

    def set_scale(self, name: str) -> None:
        """all: everything fits; ground: ground and water do, so that shallow water is seen; true: one scale for both axes."""
        self.scale = name
        self._range()

    # scales
    def _range(self) -> None:
        import numpy as np

        if self.section is not None:
            z = self.section.ground[:, 2]
            tops = [c.top for c in self.section.cuts] if self.scale != "ground" else []
            deep = [c.z for c in self.section.crossings if math.isfinite(c.z)] if self.scale != "ground" else []
            wet = [v for level in (self.water, self.greatest) if level is not None for v in level[np.isfinite(level)].tolist()]
            low, high = min([float(z.min()), *deep]), max([float(z.max()), *tops, *deep, *wet])
            spare = max(0.0, LEAST_M - (high - low)) / 2
            gap = 0.1 * (high - low) + spare
            self._low, self._high = low - gap, high + max(0.3 * gap, spare) + (0.3 * (high - low) if self.scale == "ground" else 0.0)
        self.update()

    @property
    def _box(self) -> QRectF:
        return QRectF(LEFT, TOP, max(10, self.width() - LEFT - RIGHT), max(10, self.height() - TOP - BOTTOM))

    def _heights(self) -> tuple[float, float]:
        """Lowest and highest shown; with one scale for both axes, around the middle."""
        if self.scale != "true":
            return self._low, self._high
        box = self._box
        tall = (self._span[1] - self._span[0]) * box.height() / box.width()
        low = self._low if tall >= self._high - self._low else (self._low + self._high - tall) / 2
        return low, low + tall

    def x_of(self, s: float) -> float:
        box = self._box
        return box.left() + (s - self._span[0]) / max(self._span[1] - self._span[0], 1e-9) * box.width()

    def y_of(self, z: float) -> float:
        box, (low, high) = self._box, self._heights()
        return box.bottom() - (z - low) / max(high - low, 1e-9) * box.height()

    def s_of(self, x: float) -> float:
        box = self._box
        return self._span[0] + (x - box.left()) / box.width() * (self._span[1] - self._span[0])

    # painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Draw everything; also onto a picture."""
        import numpy as np

        c = colors()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(c.panel))
        section = self.section
        if section is None:
            return
        box = self._box
        self._axes(painter)
        painter.save()
        painter.setClipRect(box)
        names: list[tuple[float, float, float, str]] = []
        for cut in section.cuts:
            shape = QPolygonF([QPointF(self.x_of(s), self.y_of(z)) for s, z in cut.outline])
            painter.setPen(QPen(QColor(ROOF), 1.2))
            painter.setBrush(QColor(HOUSE) if look.name == "light" else QColor(HOUSE).darker(165))
            painter.drawPolygon(shape)
            name = self.names.get(cut.row, "")
            if name:
                names.append((cut.top, (cut.start + cut.stop) / 2, cut.stop - cut.start, name))
        ground = [QPointF(self.x_of(float(s)), self.y_of(float(z))) for s, z in zip(section.s, section.ground[:, 2], strict=True)]
        path = QPainterPath(QPointF(ground[0].x(), box.bottom()))
        for point in ground:
            path.lineTo(point)
        path.lineTo(QPointF(ground[-1].x(), box.bottom()))
        path.closeSubpath()
        soil = QColor(SOIL)
        soil.setAlpha(190)
        painter.fillPath(path, soil)
        painter.setPen(QPen(QColor(EARTH), 2.0))
        painter.drawPolyline(QPolygonF(ground))
        if self.water is not None:
            self._wet(painter, section, self.water)
        if self.greatest is not None:
            self._highest(painter, section, self.greatest)
        self._crossed(painter, section)
        painter.restore()
        self._called(painter, [n for n in names if self._span[0] <= n[1] <= self._span[1]])
        if self.at is not None and self._span[0] <= self.at <= self._span[1]:
            x = self.x_of(self.at)
            painter.setPen(QPen(QColor(c.accent), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            z = float(np.interp(self.at, section.s, section.ground[:, 2]))
            painter.setBrush(QColor(c.accent))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(x, self.y_of(z)), 4.0, 4.0)

    def _axes(self, painter: QPainter) -> None:
        c, box, (low, high) = colors(), self._box, self._heights()
        fine = painter.font()
        fine.setPointSizeF(max(7.5, look.text_pt - 1.5))
        painter.setFont(fine)
        height = painter.fontMetrics().height()
        for z in ticks(low, high, max(2, int(box.height() / 42))):
            y = self.y_of(z)
            painter.setPen(QPen(QColor(c.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(c.quiet))
            where = QRectF(0, y - height / 2, LEFT - 8, height)
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{z:,.10g} m")
        for s in ticks(*self._span, max(2, int(box.width() / 110))):
            x = self.x_of(s)
            painter.setPen(QPen(QColor(c.line), 1))
            painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + 4))
            painter.setPen(QColor(c.quiet))
            painter.drawText(QRectF(x - 50, box.bottom() + 5, 100, height), Qt.AlignmentFlag.AlignCenter, f"{s:,.10g} m")

    def _wet(self, painter: QPainter, section: Section, level: np.ndarray) -> None:
        import numpy as np

        wet = np.isfinite(level)
        fill = QColor(WATER)
        fill.setAlpha(185)
        places = np.flatnonzero(wet)
        for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
            if len(run) < 2:
                continue
            top = [QPointF(self.x_of(float(section.s[k])), self.y_of(float(level[k]))) for k in run]
            bed = [QPointF(self.x_of(float(section.s[k])), self.y_of(float(section.ground[k, 2]))) for k in run[::-1]]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(top + bed))
            painter.setPen(QPen(QColor(WATER_LINE), 2.0))
            painter.drawPolyline(QPolygonF(top))

    def _highest(self, painter: QPainter, section: Section, level: np.ndarray) -> None:
        """A thin line where the water came to at most."""
        import numpy as np

        pen = QPen(QColor(WATER_LINE if look.name == "light" else WATER), 1.2)
        pen.setDashPattern([5.0, 3.0])
        painter.setPen(pen)
        places = np.flatnonzero(np.isfinite(level))
        for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
            if len(run) > 1:
                painter.drawPolyline(QPolygonF([QPointF(self.x_of(float(section.s[k])), self.y_of(float(level[k]))) for k in run]))

    def _crossed(self, painter: QPainter, section: Section) -> None:
        """A ring at the level of what passes; a tick on the ground where no level is known."""
        import numpy as np

        for crossing in section.crossings:
            color = QColor(KIND_COLORS.get(crossing.network.split(" ")[0], "#20639b"))
            x = self.x_of(crossing.at_m)
            if math.isfinite(crossing.z):
                painter.setPen(QPen(color, 2.2))
                painter.setBrush(QColor(colors().panel))
                painter.drawEllipse(QPointF(x, self.y_of(crossing.z)), 4.5, 4.5)
            else:
                y = self.y_of(float(np.interp(crossing.at_m, section.s, section.ground[:, 2])))
                painter.setPen(QPen(color, 2.2))
                painter.drawLine(QPointF(x, y - 4), QPointF(x, y + 7))

    def _called(self, painter: QPainter, names: list[tuple[float, float, float, str]]) -> None:
        """Names over the highest, none over another."""
        taken: list[QRectF] = []
        painter.setPen(QColor(colors().text))
        metrics = painter.fontMetrics()
        for top, s, _, name in sorted(names, reverse=True):
            width = metrics.horizontalAdvance(name)
            box = QRectF(self.x_of(s) - width / 2, self.y_of(top) - metrics.height() - 2, width, metrics.height())
            if len(taken) < MOST_NAMES and not any(box.adjusted(-6, 0, 6, 0).intersects(t) for t in taken):
                taken.append(box)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    # hands
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.section is None:
            return
        x = event.position().x()
        if self._drag is not None:
            began, span = self._drag
            step = (began - x) / self._box.width() * (span[1] - span[0])
            step = max(-span[0], min(self.section.length_m - span[1], step))
            self._span = (span[0] + step, span[1] + step)
            self.update()
            return
        s = self.s_of(x)
        self.at = s if 0 <= s <= self.section.length_m and self._box.left() <= x <= self._box.right() else None
        self.pointed.emit(self.at)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = (event.position().x(), self._span)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and abs(drag[0] - event.position().x()) < 3 and self.section is not None:
            s = self.s_of(event.position().x())
            for cut in self.section.cuts:
                if cut.start <= s <= cut.stop and event.position().y() >= self.y_of(cut.top) - 4:
                    self.picked.emit(cut.row)
                    return

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.section is not None:
            self._span = (0.0, self.section.length_m)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.section is None or not event.angleDelta().y():
            return
        s, whole = self.s_of(event.position().x()), self.section.length_m
        share = 0.8 ** (event.angleDelta().y() / 120)
        width = min(whole, max(whole / 200, (self._span[1] - self._span[0]) * share))
        low = s - (s - self._span[0]) * width / max(self._span[1] - self._span[0], 1e-9)
        low = max(0.0, min(whole - width, low))
        self._span = (low, low + width)
        self.update()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.at = None
        self.pointed.emit(None)
        self.update()


class ProfilePanel(QWidget):
    """png_wanted, csv_wanted: a file is to be chosen. picked: row of a building. closed_line: the line is no more wanted."""

    picked = Signal(int)
    png_wanted = Signal()
    csv_wanted = Signal()
    flow_csv_wanted = Signal()
    draw_wanted = Signal()
    closed_line = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer: SectionLayer | None = None
        self.plot = ProfilePlot()
        self.said = Elided(objectName="quiet")
        self.scale = QComboBox()
        for name, title in SCALES.items():
            self.scale.addItem(tr(title), name)
        say(self.scale.setToolTip, "What the heights show: everything, ground and water alone, or the same scale up as along")
        say(self.scale.setAccessibleName, "Scale of heights")
        self.draw, self.png, self.csv, self.close_line = QToolButton(), QToolButton(), QToolButton(), QToolButton()
        for button, tip in (
            (self.draw, mark("Draw another line through the city")),
            (self.png, mark("Save the profile as a picture")),
            (self.csv, mark("Save the profile as CSV: ground, roofs and water along the line")),
            (self.close_line, mark("Take the line out of the view")),
        ):
            button.setAutoRaise(True)
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
        self.scale.currentIndexChanged.connect(lambda _: self.plot.set_scale(self.scale.currentData()))
        self.draw.clicked.connect(self.draw_wanted)
        self.png.clicked.connect(self.png_wanted)
        self.csv.clicked.connect(self.csv_wanted)
        self.close_line.clicked.connect(self.closed_line)
        self.plot.pointed.connect(self._pointed)
        self.plot.picked.connect(self.picked)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(8)
        bar.addWidget(self.said, 1)
        for widget in (self.scale, self.draw, self.png, self.csv, self.close_line):
            bar.addWidget(widget)
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Draw a line with Tools > Section: ground, buildings and the water of the result appear here.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.plot)
        self._split.addWidget(self._make_flow())
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._split.setSizes([600, 400])
        column.addWidget(self.empty, 1)
        column.addWidget(self._split, 1)
        language.changed.connect(self._retitled)
        look.changed.connect(self._retitled)
        self.show_section(None, {})
        self._retitled()

    def show_section(self, layer: SectionLayer | None, names: dict[int, str], ids: dict[int, str] | None = None) -> None:
        """Profile of a line; None: there is none. names, ids: of the buildings it cuts, by row, where they have one."""
        self.layer, self._ids = layer, ids or {}
        self.plot.show_section(None if layer is None else layer.section, names)
        self.empty.setVisible(layer is None)
        self._split.setVisible(layer is not None)
        self.show_discharge([], False)
        for button in (self.png, self.csv, self.close_line, self.scale):
            button.setEnabled(layer is not None)
        self._tell(None)

    def show_water(self, level: Any, greatest: Any = None) -> None:
        self.plot.show_water(level, greatest)
        self._tell(self.plot.at)

    # what flows through the line
    def _make_flow(self) -> QWidget:
        from gui.panels.timeplot import TimePlot

        self.flow = QWidget()
        self.flow_plot = TimePlot()
        say(self.flow_plot.setAccessibleName, "Flow through the line")
        self.flow_head, self.flow_peak = Elided(objectName="quiet"), Elided(objectName="quiet")
        self.flow_copy, self.flow_csv = QToolButton(), QToolButton()
        for button, tip in (
            (self.flow_copy, mark("Copy the flow over time, to paste into a table")),
            (self.flow_csv, mark("Save the flow over time as CSV")),
        ):
            button.setAutoRaise(True)
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
        self.flow_copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.flow_text("\t")))
        self.flow_csv.clicked.connect(self.flow_csv_wanted)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 0, 6, 0)
        bar.setSpacing(4)
        said_so = QVBoxLayout()
        said_so.setSpacing(0)
        said_so.addWidget(self.flow_head)
        said_so.addWidget(self.flow_peak)
        bar.addLayout(said_so, 1)
        bar.addWidget(self.flow_copy)
        bar.addWidget(self.flow_csv)
        column = QVBoxLayout(self.flow)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.flow_plot, 1)
        self.flow.hide()
        self._flows: list[tuple[str, Discharge]] = []
        return self.flow

    def show_discharge(self, flows: list[tuple[str, Discharge]], is_reading: bool) -> None:
        """Flow through the line in the scenario shown, and in the one compared with; counted the way most of it goes."""
        import numpy as np

        from gui.panels.timeplot import Curve

        self.flow.setVisible(self.layer is not None and (bool(flows) or is_reading))
        if flows and len(flows[0][1].m3s) and flows[0][1].passed_m3[-1] < 0:
            flows = [(name, d.turned()) for name, d in flows]
        self._flows = flows
        told = [(name, d) for name, d in flows if d.is_known]
        curves = [Curve(name, FLOW, d.times, np.asarray(d.m3s), k > 0) for k, (name, d) in enumerate(told)]
        if flows and not flows[0][1].is_known:
            self.flow_plot.message = tr("This result does not tell which way the water flows. Run the scenario again to see it.")
        else:
            self.flow_plot.message = "" if curves else tr("Reading…")
        self.flow_plot.show_curves(curves, "m³/s", said_flow)
        for button in (self.flow_copy, self.flow_csv):
            button.setEnabled(bool(curves))
        self._tell_flow()

    def _tell_flow(self) -> None:
        from gui.gauging import way_of
        from gui.panels.timeline import elapsed

        if not self._flows or not self._flows[0][1].is_known or not len(self._flows[0][1].times):
            self.flow_head.clear()
            self.flow_peak.clear()
            self.flow_head.setToolTip("")
            return
        d = self._flows[0][1]
        passed, way = float(d.passed_m3[-1]), way_of(float(d.way[0]), float(d.way[1]))
        if d.peak is None:
            self.flow_head.setText(tr("Nothing flows through the line"))
            self.flow_peak.clear()
        else:
            self.flow_head.setText(tr("{v} towards the {way}", v=said(passed, "m3"), way=way))
            self.flow_peak.setText(tr("at most {q} at {time}", q=said_flow(d.peak[0]), time=elapsed(d.peak[1])))
        more = tr("Volume passed towards the {way}, less what flowed back; worked out from the moments kept.", way=way)
        if d.blind_m > 0.5:
            more += " " + tr("{d} of the line are not counted: houses, rivers and lakes, or outside.", d=said(d.blind_m))
        self.flow_head.setToolTip(more)

    def flow_text(self, between: str = ",") -> str:
        """Scenario, time, discharge and volume passed, a line a moment."""
        lines = [between.join(("scenario", "time_s", "discharge_m3_s", "passed_m3"))]
        for name, d in self._flows:
            quoted = name if between != "," else '"' + name.replace('"', '""') + '"'
            lines += [between.join((quoted, f"{t:g}", f"{q:.4f}", f"{v:.2f}")) for t, q, v in zip(d.times, d.m3s, d.passed_m3, strict=True)]
        return "\n".join(lines) + "\n"

    def point_at(self, s: float | None) -> None:
        """From the view."""
        if self.layer is not None and s != self.plot.at:
            self.plot.show_at(s)
            self._tell(s)

    def _retitled(self, *_: Any) -> None:
        for k, title in enumerate(SCALES.values()):
            self.scale.setItemText(k, tr(title))
        icons = ("ph.pencil-line", "ph.image", "ph.table", "ph.trash")
        for button, name in zip((self.draw, self.png, self.csv, self.close_line), icons, strict=True):
            button.setIcon(icon(name))
        self.flow_copy.setIcon(icon("ph.copy"))
        self.flow_csv.setIcon(icon("ph.table"))
        self.show_discharge(self._flows, self.flow_plot.message != "")
        self._tell(self.plot.at)
        self.plot.update()

    def _pointed(self, s: float | None) -> None:
        if self.layer is not None:
            self.layer.mark(s)
            self._tell(s)

    def _tell(self, s: float | None) -> None:
        import numpy as np

        section = self.plot.section
        if section is None:
            self.said.clear()
            return
        if s is None:
            z = section.ground[:, 2]
            parts = [
                tr("{d} long", d=said(section.length_m)),
                tr("ground {low} to {high}", low=said(float(z.min())), high=said(float(z.max()))),
                tr("{n} buildings cut", n=len({c.row for c in section.cuts})),
            ]
            if self.plot.water is not None:
                wet = np.isfinite(self.plot.water)
                if wet.any():
                    deep = float((self.plot.water - z)[wet].max())
                    parts.append(tr("water up to {d} deep", d=said(deep)))
            highest = self.plot.greatest
            if highest is not None and np.isfinite(highest).any():
                parts.append(tr("at most {d} (dashed)", d=said(float(np.nanmax(highest - z)))))
        else:
            parts = [said(s), tr("ground {z}", z=said(float(np.interp(s, section.s, section.ground[:, 2]))))]
            for cut in section.cuts:
                if cut.start <= s <= cut.stop:
                    parts.append(f"{self._called(cut.row)} {said(top_at(cut.outline, s))}")
            if self.plot.water is not None:
                k = int(np.abs(section.s - s).argmin())
                if np.isfinite(self.plot.water[k]):
                    parts.append(tr("water {d} deep", d=said(float(self.plot.water[k] - section.ground[k, 2]))))
            if self.plot.greatest is not None:
                k = int(np.abs(section.s - s).argmin())
                if np.isfinite(self.plot.greatest[k]):
                    parts.append(tr("at most {d}", d=said(float(self.plot.greatest[k] - section.ground[k, 2]))))
            near = (self.plot._span[1] - self.plot._span[0]) * 0.006
            for crossing in section.crossings:
                if abs(crossing.at_m - s) <= near:
                    level = said(crossing.z) if math.isfinite(crossing.z) else tr("level unknown")
                    parts.append(f"{crossing.name or declared(crossing.network)} {level}")
        self.said.setText("   ·   ".join(parts))

    def _called(self, row: int) -> str:
        return self.plot.names.get(row) or self._ids.get(row) or tr("building")

    # out
    def picture(self, caption: str = "") -> QPixmap:
        """The plot, twice as sharp, with what is said of it above and a caption below: badge, time, credits."""
        self._tell(None)
        line = self.plot.fontMetrics().height() + 8
        wide, tall = self.plot.width(), self.plot.height()
        out = QPixmap(2 * wide, 2 * (tall + 2 * line))
        out.setDevicePixelRatio(2.0)
        c = colors()
        out.fill(QColor(c.panel))
        painter = QPainter(out)
        painter.setFont(self.font())
        painter.setPen(QColor(c.text))
        painter.drawText(QRectF(LEFT, 4, wide - LEFT - RIGHT, line), Qt.AlignmentFlag.AlignVCenter, self.said.text())
        painter.setPen(QColor(c.quiet))
        painter.drawText(QRectF(LEFT, tall + line, wide - LEFT - RIGHT, line), Qt.AlignmentFlag.AlignVCenter, caption)
        painter.translate(0, line)
        at, self.plot.at = self.plot.at, None
        self.plot.paint(painter)
        self.plot.at = at
        painter.end()
        return out

    def save_picture(self, path: Path, caption: str = "") -> bool:
        return self.picture(caption).save(str(path), "PNG")

    def text(self, to_crs: Any) -> str:
        """CSV of the profile. to_crs: (x, y) local metres -> easting and northing."""
        import numpy as np

        section = self.plot.section
        if section is None:
            return ""
        east, north = to_crs(section.ground[:, 0], section.ground[:, 1])
        lines = ["distance_m,easting,northing,ground_m,roof_m,building,water_m,water_max_m"]
        for k, s in enumerate(section.s):
            over = [c for c in section.cuts if c.start <= s <= c.stop]
            best = max(over, key=lambda c: top_at(c.outline, float(s)), default=None)
            roof = f"{top_at(best.outline, float(s)):.2f}" if best is not None else ""
            name = '"' + self._called(best.row).replace('"', '""') + '"' if best is not None else ""
            wet = self.plot.water is not None and bool(np.isfinite(self.plot.water[k]))
            water = f"{self.plot.water[k]:.2f}" if wet and self.plot.water is not None else ""
            highest = self.plot.greatest
            most = f"{highest[k]:.2f}" if highest is not None and np.isfinite(highest[k]) else ""
            lines.append(f"{s:.2f},{east[k]:.2f},{north[k]:.2f},{section.ground[k, 2]:.2f},{roof},{name},{water},{most}")
        return "\n".join(lines) + "\n"

    def copy_text(self, to_crs: Any) -> None:
        QGuiApplication.clipboard().setText(self.text(to_crs))


def said_flow(m3s: float) -> str:
    """Discharge as people read it."""
    size = abs(m3s)
    return f"{m3s:,.{3 if size < 0.1 else 2 if size < 10 else 1 if size < 100 else 0}f} m³/s"


def top_at(outline: np.ndarray, s: float) -> float:
    """Height of an outline over a distance."""
    import numpy as np

    a, b = outline[:-1], outline[1:]
    over = ((a[:, 0] <= s) & (b[:, 0] >= s)) | ((b[:, 0] <= s) & (a[:, 0] >= s))
    a, b = a[over], b[over]
    if not len(a):
        return float(outline[:, 1].max())
    width = b[:, 0] - a[:, 0]
    t = np.where(np.abs(width) > 1e-9, (s - a[:, 0]) / np.where(np.abs(width) > 1e-9, width, 1.0), 1.0)
    return float(np.maximum(a[:, 1] + t * (b[:, 1] - a[:, 1]), np.where(np.abs(width) > 1e-9, -np.inf, a[:, 1])).max())


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between two, at most so many."""
    span = high - low
    if not span > 0:
        return []
    step = 10.0 ** math.floor(math.log10(span / most))
    step *= next((k for k in (1, 2, 5, 10) if span / (step * k) <= most), 10)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
