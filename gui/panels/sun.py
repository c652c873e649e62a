"""Panel of the sun: a day as a bar of its light, with sunrise and sunset, and the moment shown on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QDate, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractSlider,
    QCheckBox,
    QDateEdit,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import language, mark, say, tr
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.daylight import Daylight

MINUTES = 1440
STEP_MIN, SNAP_MIN = 10, 5
POINTS = (
    mark("N"), mark("NNE"), mark("NE"), mark("ENE"), mark("E"), mark("ESE"), mark("SE"), mark("SSE"),
    mark("S"), mark("SSW"), mark("SW"), mark("WSW"), mark("W"), mark("WNW"), mark("NW"), mark("NNW"),
)  # fmt: skip


class DayBar(QAbstractSlider):
    """Minutes of a day, drawn as its sky; arrows move by ten minutes, pages by an hour."""

    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, MINUTES - 1)
        self.setSingleStep(STEP_MIN)
        self.setPageStep(60)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(62)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._sky: list[QColor] = []
        self._marks: list[int] = []
        self.valueChanged.connect(lambda _: self.update())

    def show_day(self, sky: list[QColor], marks: list[int]) -> None:
        """sky: colours over the day, evenly; marks: minutes of sunrise and sunset."""
        self._sky, self._marks = sky, marks
        self.update()

    def _bar(self) -> QRectF:
        return QRectF(8, 10, self.width() - 16, 24)

    def _x(self, minute: float) -> float:
        bar = self._bar()
        return bar.left() + bar.width() * minute / (MINUTES - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, bar = colors(), self._bar()
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for i, color in enumerate(self._sky):
            gradient.setColorAt(i / max(1, len(self._sky) - 1), color)
        p.setPen(QPen(QColor(c.line), 1))
        p.setBrush(gradient if self._sky else QColor(c.line))
        p.drawRoundedRect(bar, 6, 6)
        p.setPen(QPen(QColor(255, 255, 255, 200), 1.4))
        for minute in self._marks:
            p.drawLine(QPointF(self._x(minute), bar.top() + 2), QPointF(self._x(minute), bar.bottom() - 2))
        font = self.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        p.setFont(font)
        p.setPen(QColor(c.quiet))
        for hour in (0, 6, 12, 18, 24):
            text = f"{hour:02d}"
            wide = p.fontMetrics().horizontalAdvance(text)
            x = min(max(self._x(min(hour * 60, MINUTES - 1)) - wide / 2, 0), self.width() - wide)
            p.drawText(QPointF(x, bar.bottom() + 15), text)
        x = self._x(self.value())
        p.setPen(QPen(QColor(c.panel), 3))
        p.drawLine(QPointF(x, bar.top() - 4), QPointF(x, bar.bottom() + 4))
        p.setPen(QPen(QColor(c.text if self.hasFocus() else c.accent), 2 if not self.hasFocus() else 2.6))
        p.setBrush(QColor("#ffd25a"))
        p.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 3))
        p.drawEllipse(QPointF(x, bar.center().y()), 7.5, 7.5)
        p.end()

    def _at(self, event: QMouseEvent) -> int:
        bar = self._bar()
        return round((event.position().x() - bar.left()) / bar.width() * (MINUTES - 1) / SNAP_MIN) * SNAP_MIN

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.setSliderDown(True)
            self.setValue(self._at(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        self.update()

    def wheelEvent(self, event: Any) -> None:
        self.setValue(self.value() + (STEP_MIN if event.angleDelta().y() > 0 else -STEP_MIN))
        event.accept()

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.update()


class SunPanel(QWidget):
    """Date and time of the sun over the view."""

    def __init__(self, daylight: Daylight, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.daylight = daylight
        self._shown_day: Any = None
        self.time, self.place = QLabel(objectName="title"), QLabel(objectName="quiet")
        self.place.setWordWrap(True)
        self.bar = DayBar()
        say(self.bar.setAccessibleName, "Time of day")
        say(self.bar.setToolTip, "Time of day: drag, or arrow keys by ten minutes")
        self.bar.valueChanged.connect(self._slid)
        self.date = QDateEdit()
        self.date.setCalendarPopup(True)
        self.date.setDisplayFormat("yyyy-MM-dd")
        say(self.date.setAccessibleName, "Date")
        self.date.dateChanged.connect(self._dated)
        self.play = QToolButton()
        self.play.setCheckable(True)
        say(self.play.setToolTip, "Let the day pass")
        say(self.play.setAccessibleName, "Let the day pass")
        self.play.toggled.connect(daylight.play)
        self.now, self.plain = QPushButton(), QPushButton()
        say(self.now.setText, "Now")
        say(self.now.setToolTip, "The sun as it stands over this city at this moment")
        self.now.clicked.connect(lambda: daylight.set(datetime.now(daylight.zone).replace(second=0, microsecond=0)))
        say(self.plain.setText, "Plain light")
        say(self.plain.setToolTip, "The afternoon without a date that every city is first seen in")
        self.plain.clicked.connect(self._plain)
        self.clock, self.shadows = QCheckBox(), QCheckBox()
        say(self.clock.setText, "As the scenario's clock")
        say(self.clock.setToolTip, "The timeline moves the sun too")
        self.clock.toggled.connect(daylight.follow_clock)
        say(self.shadows.setText, "Shadows")
        self.shadows.toggled.connect(daylight.set_shadows)
        self.rise, self.noon, self.down = QLabel(), QLabel(), QLabel()
        self._build()
        daylight.changed.connect(self.refresh)
        daylight.session.current_changed.connect(self.refresh)
        daylight.session.cases_changed.connect(self.refresh)
        language.changed.connect(self._again)
        look.changed.connect(self._again)
        self._again()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.time, 1)
        head.addWidget(self.play)
        head.addWidget(self.date)
        times = QGridLayout()
        times.setHorizontalSpacing(6)
        for k, (word, label) in enumerate(((mark("Sunrise"), self.rise), (mark("Noon"), self.noon), (mark("Sunset"), self.down))):
            title = QLabel(objectName="quiet")
            say(title.setText, word)
            times.addWidget(title, 0, k, Qt.AlignmentFlag.AlignHCenter)
            times.addWidget(label, 1, k, Qt.AlignmentFlag.AlignHCenter)
            times.setColumnStretch(k, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.now)
        buttons.addWidget(self.plain)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(7)
        column.addLayout(head)
        column.addWidget(self.place)
        column.addWidget(self.bar)
        column.addLayout(times)
        column.addSpacing(8)
        column.addWidget(self.shadows)
        column.addWidget(self.clock)
        column.addLayout(buttons)
        column.addStretch(1)

    # what is pressed
    def _slid(self, minute: int) -> None:
        self.daylight.set_minute(minute)

    def _dated(self, day: QDate) -> None:
        self.daylight.set_day(day.toPython())  # type: ignore[arg-type]

    def _plain(self) -> None:
        self.daylight.play(False)
        self.daylight.set(None)

    # what is shown
    def _again(self, *_: Any) -> None:
        self._shown_day = None
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """As the sun is now."""
        d = self.daylight
        at, has_city = d.moment, d.session.city is not None
        self.setEnabled(has_city)
        self._set(self.play, d.is_playing)
        self._set(self.shadows, d.has_shadows)
        self._set(self.clock, d.follows_clock)
        self.clock.setEnabled(d.clock is not None)
        self.play.setIcon(icon("ph.pause-fill" if d.is_playing else "ph.play-fill"))
        self.plain.setEnabled(d.when is not None)
        self.bar.blockSignals(True)
        if not self.bar.isSliderDown():
            self.bar.setValue(at.hour * 60 + at.minute)
        self.bar.blockSignals(False)
        self.bar.update()
        self.date.blockSignals(True)
        self.date.setDate(QDate(at.year, at.month, at.day))
        self.date.blockSignals(False)
        if not has_city:
            self.time.setText("")
            self.place.setText("")
            return
        self._show_day(at)
        self.time.setText(f"{at:%H:%M}" if d.when is not None else tr("Plain light"))
        self.place.setText(self._said(at) if d.when is not None else tr("Drag the bar to give the city a date and an hour."))

    def _said(self, at: datetime) -> str:
        from twin.city.suns import place_of
        from twin.sun import sun_position

        city = self.daylight.session.city
        assert city is not None
        sun = sun_position(*place_of(city, at), at)
        zone = f"{city.frame.timezone}, UTC{at:%z}"[:-2]
        if sun.elevation < 0:
            return tr("Sun {down:.0f}° below the horizon · {zone}", down=-sun.elevation, zone=zone)
        way = tr(POINTS[round(sun.azimuth / 22.5) % 16])
        return tr(
            "Sun {up:.0f}° above the horizon, {way} {azimuth:.0f}° · {zone}", up=sun.elevation, way=way, azimuth=sun.azimuth, zone=zone
        )

    def _show_day(self, at: datetime) -> None:
        """Sky and times of the day, worked out once a day."""
        city = self.daylight.session.city
        key = (id(city), at.date(), str(at.tzinfo))
        if key == self._shown_day:
            return
        self._shown_day = key
        day = self.daylight.day()
        if day is None:
            return
        start = datetime(at.year, at.month, at.day, tzinfo=at.tzinfo)

        def minute(moment: datetime | None) -> int | None:
            return None if moment is None else round((moment - start).total_seconds() / 60)

        marks = [m for m in (minute(day.sunrise), minute(day.sunset)) if m is not None]
        self.bar.show_day(self._sky(start), marks)
        never = tr("polar day") if day.noon_elevation > 0 else tr("polar night")
        self.rise.setText(f"{day.sunrise:%H:%M}" if day.sunrise is not None else never)
        self.down.setText(f"{day.sunset:%H:%M}" if day.sunset is not None else never)
        self.noon.setText(f"{day.noon:%H:%M}  {day.noon_elevation:.0f}°")

    def _sky(self, start: datetime) -> list[QColor]:
        from layers.sunlight import light_at
        from twin.city.suns import place_of
        from twin.sun import sun_position

        city = self.daylight.session.city
        assert city is not None
        longitude, latitude = place_of(city, start)
        out = []
        for k in range(49):
            light = light_at(0.0, sun_position(longitude, latitude, start + timedelta(minutes=30 * k)).elevation)
            tone = np.clip(0.45 * np.array(light.horizon) + 0.55 * np.array(light.zenith) + 0.5 * np.array(light.glow), 0, 1)
            out.append(QColor.fromRgbF(*(float(v) for v in tone)))
        return out

    @staticmethod
    def _set(button: Any, on: bool) -> None:
        button.blockSignals(True)
        button.setChecked(on)
        button.blockSignals(False)
