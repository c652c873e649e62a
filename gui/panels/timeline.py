"""The clock of the result shown: slider over its moments, play, speed, step; civil time in the city's zone."""

from __future__ import annotations

import bisect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from gui.i18n import language, say, tr
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.session import Session

SPEEDS = (1, 2, 4, 8)
FRAMES_PER_SECOND = 4.0


class Timeline(QWidget):
    """Plays over the moments kept; follows a run that goes on until a person takes the slider."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.follows = True
        self._times: list[float] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self.play, self.back, self.ahead = QToolButton(), QToolButton(), QToolButton()
        self.play.setCheckable(True)
        say(self.play.setToolTip, "Play or pause (F9)")
        say(self.back.setToolTip, "One step back")
        say(self.ahead.setToolTip, "One step ahead")
        for button in (self.play, self.back, self.ahead):
            button.setAutoRaise(True)
            button.setAccessibleName(button.toolTip())
        self.play.toggled.connect(self._toggled)
        self.back.clicked.connect(lambda: self.step(-1))
        self.ahead.clicked.connect(lambda: self.step(1))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        say(self.slider.setAccessibleName, "Time of the result")
        self.slider.valueChanged.connect(self._slid)
        self.clock, self.since = QLabel(objectName="heading"), QLabel(objectName="quiet")
        for label in (self.clock, self.since):
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("T+ 00:00:00  00"))
        self.speed = QComboBox()
        for factor in SPEEDS:
            self.speed.addItem(f"{factor}×", factor)
        say(self.speed.setToolTip, "Speed of play")
        say(self.speed.setAccessibleName, "Speed of play")
        self.speed.currentIndexChanged.connect(lambda: self._timer.setInterval(self._interval()))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        for widget in (self.back, self.play, self.ahead):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        for widget in (self.since, self.clock, self.speed):
            row.addWidget(widget)
        session.store_changed.connect(self.refresh)
        session.current_changed.connect(self._another)
        session.city_changed.connect(self.refresh)
        look.changed.connect(self._paint_icons)
        language.changed.connect(self.refresh)
        self._paint_icons()
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Moments of the store shown; the newest while the timeline follows."""
        store = self.session.store
        self._times = list(store.times) if store is not None else []
        some = len(self._times) > 0
        for widget in (self.play, self.back, self.ahead, self.slider, self.speed):
            widget.setEnabled(len(self._times) > 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self._times) - 1))
        self.slider.setPageStep(max(1, len(self._times) // 10))
        at = len(self._times) - 1 if self.follows else bisect.bisect_right(self._times, self.session.time_s + 1e-6) - 1
        self.slider.setValue(max(0, at))
        self.slider.blockSignals(False)
        if some:
            self._show(self._times[max(0, at)])
        else:
            self.play.setChecked(False)
            self.clock.setText("")
            self.since.setText(tr("no result yet"))

    def step(self, by: int) -> None:
        self.play.setChecked(False)
        self.slider.setValue(self.slider.value() + by)

    def _another(self) -> None:
        self.follows = True
        self.refresh()

    def _slid(self, place: int) -> None:
        if 0 <= place < len(self._times):
            self.follows = place == len(self._times) - 1
            self._show(self._times[place])

    def _show(self, time_s: float) -> None:
        self.since.setText(elapsed(time_s))
        self.clock.setText(self.civil(time_s))
        if time_s != self.session.time_s or not self.session.layers or any(x.time_s != time_s for x in self.session.layers):
            self.session.set_time(time_s)

    def civil(self, time_s: float) -> str:
        """Time of day in the city's zone; empty where the scenario has no start."""
        case, city = self.session.case, self.session.city
        start = case.scenario.scenario.start if case is not None else None
        if start is None or city is None:
            return ""
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        try:
            zone: Any = ZoneInfo(city.frame.timezone)
        except (KeyError, ValueError, OSError):
            zone = UTC
        at: datetime = (start + timedelta(seconds=time_s)).astimezone(zone)
        return f"{at:%Y-%m-%d %H:%M}"

    def _toggled(self, on: bool) -> None:
        self._paint_icons()
        if on:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self.follows = False
            self._timer.start(self._interval())
        else:
            self._timer.stop()

    def _interval(self) -> int:
        return round(1000 / FRAMES_PER_SECOND / self.speed.currentData())

    def _tick(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.play.setChecked(False)
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _paint_icons(self, *_: Any) -> None:
        self.play.setIcon(icon("ph.pause-fill" if self.play.isChecked() else "ph.play-fill"))
        self.back.setIcon(icon("ph.skip-back"))
        self.ahead.setIcon(icon("ph.skip-forward"))


def elapsed(time_s: float) -> str:
    """T+hh:mm, with seconds where there are any."""
    hours, rest = divmod(int(time_s), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"T+{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
