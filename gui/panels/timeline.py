"""The one clock of the window: moments of the result shown, or the recording being replayed; slider, play, speed, step."""

from __future__ import annotations

import bisect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QToolButton, QWidget

from gui.elided import Elided
from gui.i18n import language, mark, say, tr
from gui.player import RATES
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.player import Player
    from gui.session import Session

SPEEDS = (1, 2, 4, 8)
FRAMES_PER_SECOND = 4.0
RESULT, RECORDING = "result", "recording"
FINE = 10_000
"""Places of the slider over a recording."""
SLIDER_PX, NARROW_PX, WHOLE_PX = 100, 440, 560
"""Least width of the slider; below the others the steps go, then the time since the start."""
STEP_S = 900.0
"""One step of a recording."""


class Timeline(QWidget):
    """Plays over the moments kept; follows a run that goes on until a person takes the slider.

    While a recording is replayed it drives that; where there is a result too, a person chooses between them.
    """

    shows_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.follows = True
        self.player: Player | None = None
        self._chosen, self._shown, self._had_recording = RESULT, "", False
        self._times: list[float] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self.play, self.back, self.ahead = QToolButton(), QToolButton(), QToolButton()
        self.play.setCheckable(True)
        say(self.play.setToolTip, "Play or pause (F9)")
        say(self.back.setToolTip, "One step back")
        say(self.ahead.setToolTip, "One step ahead")
        say(self.play.setAccessibleName, "Play or pause (F9)")
        say(self.back.setAccessibleName, "One step back")
        say(self.ahead.setAccessibleName, "One step ahead")
        for button in (self.play, self.back, self.ahead):
            button.setAutoRaise(True)
        self.play.toggled.connect(self._toggled)
        self.back.clicked.connect(lambda: self.step(-1))
        self.ahead.clicked.connect(lambda: self.step(1))
        self.which = QComboBox()
        for id, title in ((RESULT, mark("Result")), (RECORDING, mark("Recording"))):
            self.which.addItem(tr(title), id)
        say(self.which.setToolTip, "What the timeline moves: the result of the scenario, or the recorded readings")
        say(self.which.setAccessibleName, "What the timeline moves")
        self.which.activated.connect(lambda: self.choose(self.which.currentData()))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        say(self.slider.setAccessibleName, "Time")
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self._seek)
        self.slider.actionTriggered.connect(self._moved)
        room = "T+ 00:00:00  00"
        self.clock, self.since = Elided(room=room, objectName="heading"), Elided(room=room, objectName="quiet")
        self.slider.setMinimumWidth(SLIDER_PX)
        self.speed = QComboBox()
        self.speed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        say(self.speed.setToolTip, "Speed of play")
        say(self.speed.setAccessibleName, "Speed of play")
        self.speed.activated.connect(self._sped)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.which)
        for widget in (self.back, self.play, self.ahead):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        for widget in (self.since, self.clock, self.speed):
            row.addWidget(widget)
        session.store_changed.connect(self.refresh)
        session.current_changed.connect(self._another)
        session.city_changed.connect(self.refresh)
        look.changed.connect(self._paint_icons)
        language.changed.connect(self._retitled)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the slider keeps its room: what can be done without gives way first."""
        super().resizeEvent(event)
        wide = event.size().width()
        self.since.setVisible(wide >= WHOLE_PX)
        for button in (self.back, self.ahead):
            button.setVisible(wide >= NARROW_PX)

    # what it moves
    def attach(self, player: Player) -> None:
        """The recording of the sensors is moved here from now on."""
        self.player = player
        player.changed.connect(self._player_changed)
        self._player_changed()

    def choose(self, source: str) -> None:
        """result or recording; the other is taken while this one is not there."""
        self._chosen = source
        self.refresh()

    @property
    def shows(self) -> str:
        """result or recording."""
        if self.player is None or self.player.recording is None:
            return RESULT
        return RECORDING if self._chosen == RECORDING or self.session.store is None else RESULT

    def _player_changed(self) -> None:
        has = self.player is not None and self.player.recording is not None
        if has != self._had_recording:
            self._had_recording = has
            self._chosen = RECORDING if has else RESULT
        self.refresh()

    def _retitled(self, *_: Any) -> None:
        for i, title in enumerate(("Result", "Recording")):
            self.which.setItemText(i, tr(title))
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Things as they are now, whichever is shown."""
        if self.shows != self._shown:
            self._shown = self.shows
            self._timer.stop()
            self.speed.clear()
            for factor in RATES if self._shown == RECORDING else SPEEDS:
                self.speed.addItem(f"{factor}×", factor)
            self._set_playing(False)
            self.shows_changed.emit()
        both = self.player is not None and self.player.recording is not None and self.session.store is not None
        self.which.setVisible(both)
        self.which.setCurrentIndex(self.which.findData(self._shown))
        if self._shown == RECORDING:
            self._refresh_recording()
        else:
            self._refresh_result()

    def _refresh_recording(self) -> None:
        assert self.player is not None
        for widget in (self.play, self.back, self.ahead, self.slider, self.speed):
            widget.setEnabled(True)
        self.slider.blockSignals(True)
        self.slider.setRange(0, FINE)
        self.slider.setPageStep(FINE // 10)
        if not self.slider.isSliderDown():
            self.slider.setValue(round(self.player.fraction * FINE))
        self.slider.blockSignals(False)
        self.speed.setCurrentIndex(max(0, self.speed.findData(self.player.rate)))
        self._set_playing(not self.player.is_paused)
        self.since.setText(tr("recorded"))
        self.clock.setText(self.player.moment)

    def _refresh_result(self) -> None:
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
        if self._shown == RECORDING and self.player is not None:
            self.player.step(by * STEP_S)
            return
        self.play.setChecked(False)
        self.slider.setValue(self.slider.value() + by)

    def go_to(self, time_s: float) -> None:
        """Show the moment of the result nearest to a time, s since its start."""
        if self._shown != RESULT:
            self.choose(RESULT)
        if self._shown == RESULT and self._times:
            self.play.setChecked(False)
            self.slider.setValue(min(range(len(self._times)), key=lambda k: abs(self._times[k] - time_s)))

    def _another(self) -> None:
        self.follows = True
        self.choose(RESULT)

    # the slider
    def _slid(self, place: int) -> None:
        if self._shown == RESULT and 0 <= place < len(self._times):
            self.follows = place == len(self._times) - 1
            self._show(self._times[place])

    def _moved(self, action: int) -> None:
        """Over a recording keys and clicks on the groove move at once; a drag when it is let go."""
        if action != QSlider.SliderAction.SliderMove.value:
            self._seek()

    def _seek(self) -> None:
        if self._shown == RECORDING and self.player is not None:
            self.player.seek(self.slider.sliderPosition() / FINE)

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
        at: datetime = (start + timedelta(seconds=time_s)).astimezone(city.frame.zone)
        return f"{at:%Y-%m-%d %H:%M}"

    # play
    def _set_playing(self, on: bool) -> None:
        self.play.blockSignals(True)
        self.play.setChecked(on)
        self.play.blockSignals(False)
        self._paint_icons()

    def _toggled(self, on: bool) -> None:
        self._paint_icons()
        if self._shown == RECORDING and self.player is not None:
            if on == self.player.is_paused:
                self.player.toggle()
        elif on:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self.follows = False
            self._timer.start(self._interval())
        else:
            self._timer.stop()

    def _sped(self, *_: Any) -> None:
        if self._shown == RECORDING and self.player is not None:
            self.player.set_rate(self.speed.currentData())
        else:
            self._timer.setInterval(self._interval())

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
