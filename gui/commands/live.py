"""Feeds, recordings and what a scenario takes from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFileDialog

from gui.i18n import language, tr

if TYPE_CHECKING:
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object


class Live(Base):
    """Live menu."""

    # live
    def do_live_demo(self) -> None:
        if self.sensors is not None:
            self.sensors.start_demo()
            self.show_dock("sensors")

    def do_live_replay(self) -> None:
        self._dialog(
            tr("Replay recording"), QFileDialog.FileMode.ExistingFile, self.replay, tr("Recordings") + " (*.tsv *.csv *.parquet);;* (*)"
        )

    def replay(self, paths: list[str]) -> None:
        """Play a recording of readings on the city that is open; the timeline moves it."""
        if self.session.city is None:
            self.notices.tell("warning", tr("Open a city first, then its recordings."))
        elif self.sensors is not None:
            if len(paths) > 1:
                self.notices.tell("warning", tr("One recording is played at a time; this is {name}.", name=Path(paths[0]).name))
            self.sensors.start_replay(paths[0])
            self.show_dock("sensors")

    def do_live_mqtt(self) -> None:
        if self.sensors is not None:
            self.show_dock("sensors")
            self.sensors.connect_button.setChecked(True)
            self.sensors.host.setFocus()

    def do_live_stop(self) -> None:
        if self.sensors is not None:
            self.sensors.stop_feed()

    def do_live_panel(self) -> None:
        self.show_dock("sensors")

    def _wire_alerts(self) -> None:
        self.sensors.alerts_counted.connect(self._count_alerts)
        self.status.alerts_clicked.connect(self.do_live_panel)
        language.changed.connect(self._count_alerts)
        self._count_alerts()

    def _count_alerts(self, *_: Any) -> None:
        """New alerts are seen whatever panel is in front: on the tab and in the status bar; screen readers are told of more."""
        waiting, before = self.sensors.alerts.waiting, self.status.waiting
        title = tr("Sensors")
        self.docks["sensors"].setWindowTitle(f"{title} ({waiting:,})" if waiting else title)
        self.status.set_alerts(waiting)
        if waiting > before:
            QAccessible.updateAccessibility(QAccessibleEvent(self.status.alerts, QAccessible.Event.Alert))

    def show_sensor(self, thing: str) -> None:
        """Select a sensor in the view and fly to it."""
        self.select_sensor(thing)
        layer, rows = self.session.selected
        if layer is not None and len(rows):
            self.fly_to_rows(layer, rows)

    def select_sensor(self, thing: str) -> None:
        """Select a sensor: the inspector shows it."""
        layer = self.session.layer(self.sensors.layer.id) if self.sensors is not None else None
        if layer is not None:
            rows = (layer.table()["id"].astype(str) == thing).to_numpy().nonzero()[0]
            self.session.select(layer, rows[:1])

    def scenario_from_rain(self, params: dict[str, Any]) -> None:
        """A scenario of the rain measured now, run at once."""
        from gui.running import cloudburst

        if self.session.city is None or self.runs.is_running:
            return
        scenario = cloudburst()
        feed, now = self.sensors.hub.feed, self.sensors.hub.clock.now()
        if feed is not None and feed.state.simulated:
            scenario.scenario.name = tr("Rain of the simulated gauges")  # nobody measured it
        else:
            scenario.scenario.name = tr("Rain of the recording") if feed is not None and feed.mode == "REPLAY" else tr("Rain measured now")
        scenario.scenario.start = datetime.fromtimestamp(round(now), UTC)
        for hazard in scenario.hazard:
            if hazard.model == "flood":
                hazard.params = {**hazard.params, **params}
        self.session.add_case(scenario)
        self.show_dock("scenarios")
        self.runs.run(self.session.current)
