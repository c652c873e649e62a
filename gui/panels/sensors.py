"""Live sensors: table, alerts, health of the feed, and the buttons that start and stop it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import language, mark, say, tr
from gui.panels.alert_list import AlertList
from gui.panels.sensor_table import AGE, NAME, STATE, TREND, UNIT, VALUE, WHAT, SensorModel, Sparkline
from gui.player import Player
from gui.theme import look
from layers.sensors import SensorLayer
from twin.errors import TwinError
from twin.live.hub import Hub, Update

if TYPE_CHECKING:
    from twin.city.city import City

TICK_MS = 250
LAYER_EVERY = 4
"""The 3D view gets new values every so many ticks: once a second."""
SAID = (  # what a Hub says of its feed
    mark("No feed"),
    mark("{n:,} sensors known"),
    mark("simulated feed"),
    mark("{n:,} sensors"),
    mark("{n:,} readings"),
    mark("starting"),
    mark("connected"),
    mark("waiting"),
    mark("playing"),
    mark("paused"),
    mark("ended"),
    mark("failed"),
    mark("stopped"),
    mark("{n:,} duplicates"),
    mark("{n:,} contradictory"),
    mark("{n:,} gaps"),
    mark("{n:,} late"),
    mark("{n:,} malformed"),
    mark("{n:,} dropped"),
    mark("{n:,} unstored"),
    mark("{n:,} suspect"),
    mark("{n:,} failed"),
    mark("{n:,} missing"),
    mark("{n:,} reconnects"),
    mark("{n:,} without a place"),
    mark("{n:,} outside this city"),
    mark("recording, paused"),
    mark("recording, {rate:g} x"),
)


class SensorsPanel(QWidget):
    """Owns a Hub and a SensorLayer (`hub`, `layer`); its timer runs only while a feed does.

    A window calls set_city, adds `layer` to the scene, gives `player` to its timeline, connects the signals, and calls
    shutdown before it closes.
    """

    feed_changed = Signal(str)
    """Mode for the badge: LIVE (only while data really comes), REPLAY or ''."""
    feed_text_changed = Signal(str)
    """The words beside the badge: "simulated feed", the broker's name, the rate of a replay."""
    moment_changed = Signal(str)
    """The moment the values are of, for the clock in the picture; once a second at most."""
    sensor_activated = Signal(str)
    """Thing id (sensor/...) to fly to and inspect."""
    sensor_chosen = Signal(str)
    """Thing id to select, without flying there."""
    scenario_from_rain = Signal(dict)
    """Parameters of the model flood (rain_mm, rain_duration) from the rain of the last three hours."""
    alerts_counted = Signal(int)
    """How many alerts wait to be acknowledged."""
    updated = Signal(object)
    """The Update of each tick that brought something."""
    troubled = Signal(object)
    """A TwinError to show as a banner."""

    def __init__(self, hub: Hub | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hub = hub or Hub()
        self.player = Player(self.hub, self)
        self.layer = SensorLayer(recent=self._recent)
        self.mode = self.text = self.moment = ""
        self._tick, self._pending, self._phase = 0, False, ""
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

        self.demo, self.replay, self.connect_button, self.stop = (QPushButton() for _ in range(4))
        say(self.demo.setText, "Demo feed")
        say(self.demo.setToolTip, "Simulated sensors of this city through a broker on this machine; nothing is measured")
        say(self.replay.setText, "Replay…")
        say(self.replay.setToolTip, "Recorded readings: UK floods 2014 TSV, Shanghai air CSV, or any CSV with id, time, value")
        say(self.connect_button.setText, "MQTT…")
        say(self.stop.setText, "Stop")
        say(self.connect_button.setToolTip, "Connect to an MQTT broker")
        self.connect_button.setCheckable(True)
        self.form = self._mqtt_form()

        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        say(self.filter.setPlaceholderText, "Filter: name, kind, alert, stale …")
        self.rain = QPushButton()
        say(self.rain.setText, "Scenario from rain")
        say(self.rain.setToolTip, "Start a cloudburst scenario from the rain measured in the last three hours")
        self.filter.setMinimumWidth(90)
        above = QHBoxLayout()
        for widget in (self.demo, self.replay, self.connect_button, self.stop):
            above.addWidget(widget)
        above.addWidget(self.filter, 1)
        above.addWidget(self.rain)

        self.model = SensorModel(self._recent, self)
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(TREND, Sparkline(self.view))
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setAlternatingRowColors(True)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(26)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(STATE, Qt.SortOrder.DescendingOrder)
        head = self.view.horizontalHeader()
        head.setMinimumSectionSize(40)
        head.setStretchLastSection(True)
        for column, width in ((STATE, 118), (NAME, 150), (WHAT, 90), (VALUE, 64), (UNIT, 60), (AGE, 72)):
            self.view.setColumnWidth(column, width)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        say(self.view.setAccessibleName, "Sensors")
        self.alerts = AlertList()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.view)
        split.addWidget(self.alerts)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([620, 210])
        self.health = QLabel(objectName="quiet")
        self.health.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.addLayout(above)
        column.addWidget(self.form)
        column.addWidget(split, 1)
        column.addWidget(self.health)

        self.demo.clicked.connect(self.start_demo)
        self.replay.clicked.connect(self._choose)
        self.connect_button.toggled.connect(self.form.setVisible)
        self.stop.clicked.connect(self.stop_feed)
        self.rain.clicked.connect(self._from_rain)
        self.filter.textChanged.connect(self.model.filter)
        self.view.activated.connect(self._activated)
        self.view.clicked.connect(lambda index: self.sensor_chosen.emit(self._thing(index)))
        self.alerts.activated.connect(self.sensor_activated)
        self.alerts.acknowledged.connect(self._acknowledge)
        language.changed.connect(self._again)
        look.changed.connect(self._again)
        self._show(self.hub.drain())

    def _mqtt_form(self) -> QFrame:
        frame = QFrame()
        self.host, self.site, self.user, self.password = (QLineEdit() for _ in range(4))
        self.host.setText("127.0.0.1")
        self.site.setText("+")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.port = QSpinBox()
        self.port.setRange(1, 65535)
        self.port.setValue(1883)
        self.tls = QCheckBox()
        say(self.tls.setText, "Encrypted (TLS)")
        self.go = QPushButton(objectName="primary")
        say(self.go.setText, "Connect")
        self.go.clicked.connect(self._connect)
        grid = QGridLayout(frame)
        grid.setContentsMargins(0, 0, 0, 0)
        fields = (
            (mark("Host"), self.host),
            (mark("Port"), self.port),
            (mark("Site (+ for all)"), self.site),
            (mark("User"), self.user),
            (mark("Password"), self.password),
        )
        for k, (text, widget) in enumerate(fields):
            label = QLabel()
            say(label.setText, text)
            label.setBuddy(widget)
            grid.addWidget(label, 0, k)
            grid.addWidget(widget, 1, k)
        grid.addWidget(self.tls, 1, len(fields))
        grid.addWidget(self.go, 1, len(fields) + 1)
        frame.hide()
        return frame

    # -- what a window calls ----------------------------------------------------------------------------------

    def set_city(self, city: City | None) -> None:
        """Sensors of this city; a feed that ran is stopped."""
        self._timer.stop()
        self.hub.set_city(city)
        self.layer.limits = self.hub.limits
        self._show(self.hub.drain(), layer_too=True)

    def start_demo(self) -> None:
        """Simulated sensors of the city."""
        self._start(self.hub.start_demo)

    def start_replay(self, path: str | Path) -> None:
        """Play a recording at the speed chosen."""
        self._start(lambda: self.hub.start_replay(path, rate=self.player.rate))

    def start_mqtt(self, host: str, port: int = 1883, site: str = "+", **options: Any) -> None:
        """Listen to a broker; options as for Hub.start_mqtt."""
        self._start(lambda: self.hub.start_mqtt(host, port, site, **options))

    def stop_feed(self) -> None:
        """Stop the feed; what was heard stays and grows old."""
        self.hub.stop()
        self._timer.stop()
        self._show(self.hub.drain(), layer_too=True)

    def shutdown(self) -> None:
        """Threads end, files close; for the window's closeEvent."""
        self._timer.stop()
        self.hub.close()

    def show_sensor(self, thing: str) -> None:
        """Select a sensor picked elsewhere."""
        row = self.model.row_of_thing(thing)
        if row >= 0:
            self.view.selectRow(row)
            self.view.scrollTo(self.model.index(row, NAME))

    # -- inside -----------------------------------------------------------------------------------------------

    def _recent(self, stream: str) -> Any:
        return self.hub.board.recent(stream)

    def _start(self, start: Any) -> None:
        try:
            start()
        except TwinError as error:
            self.troubled.emit(error)
            self.health.setText(str(error))
            return
        self.connect_button.setChecked(False)
        self._phase = ""
        self._timer.start()
        self._show(self.hub.drain(), layer_too=True)

    def tick(self) -> None:
        """Take what is new; the timer calls it."""
        self._tick += 1
        self._show(self.hub.drain(), layer_too=self._tick % LAYER_EVERY == 0)

    def _show(self, update: Update, layer_too: bool = False) -> None:
        self._pending |= update.changed
        self.model.show(update.snapshot)
        if (layer_too or update.roster_changed) and self._pending:
            self._pending = False
            self.layer.show(update.snapshot)
        if update.alerts_changed:
            self._fill_alerts(update)
        self.layer.source = self.hub.credit
        health = "  ·  ".join(tr(text, **values) for text, values in update.health)
        self.health.setText(health)
        self.health.setToolTip(health)
        self.demo.setEnabled(not update.running and self.hub.city is not None and "sensors" in self.hub.city.layers)
        self.stop.setEnabled(update.running)
        self.rain.setEnabled(bool(len(update.snapshot.t)))
        text = tr(update.said[0], **update.said[1]) if update.said[0] else ""
        if text != self.text:
            self.text = text
            self.feed_text_changed.emit(text)
        if layer_too and self._moment(update) != self.moment:
            self.moment = self._moment(update)
            self.moment_changed.emit(self.moment)
        if update.mode != self.mode:
            self.mode = update.mode
            self.feed_changed.emit(update.mode)
        self.player.tell(self._moment(update))
        self._failure()
        if update.changed:
            self.updated.emit(update)

    def _moment(self, update: Update) -> str:
        """The moment shown, in the city's zone, to the minute; '' without a feed."""
        if not update.mode:
            return ""
        return datetime.fromtimestamp(update.snapshot.now, self._zone()).strftime("%Y-%m-%d %H:%M %Z")

    def _zone(self) -> tzinfo:
        return self.hub.frame.zone if self.hub.frame is not None else UTC

    def _failure(self) -> None:
        """Tell once that a feed could not go on."""
        feed = self.hub.feed
        phase = feed.state.phase if feed is not None else ""
        if phase == "failed" and self._phase != "failed" and feed is not None:
            self.troubled.emit(TwinError(feed.state.message.rstrip(".")))
        self._phase = phase

    def _fill_alerts(self, update: Update) -> None:
        names = {t.id: t.name for t in update.snapshot.roster.things}
        self.alerts.show_alerts(self.hub.alerts.inbox(), names, self._zone())
        self.alerts_counted.emit(self.alerts.waiting)

    def _acknowledge(self, numbers: list[int]) -> None:
        self.hub.alerts.acknowledge(numbers, self.hub.clock.now())
        self._show(self.hub.drain())

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Replay recorded readings"))
        dialog.setNameFilter(tr("Readings (*.tsv *.csv *.txt)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.start_replay)
        dialog.open()

    def _connect(self) -> None:
        self.start_mqtt(
            self.host.text(),
            self.port.value(),
            self.site.text().strip(),
            username=self.user.text(),
            password=self.password.text(),
            tls=self.tls.isChecked(),
        )

    def _activated(self, index: Any) -> None:
        self.sensor_activated.emit(self._thing(index))

    def _thing(self, index: Any) -> str:
        return self.model.snapshot.roster.streams[self.model.stream_row(index.row())].thing

    def _from_rain(self) -> None:
        rain = self.hub.rain()
        if rain is None:
            self.health.setText(tr("No rain was measured in this city in the last three hours"))
            return
        self.scenario_from_rain.emit(rain.flood_params())

    def _again(self, *_: Any) -> None:
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.model.columnCount() - 1)
        self._show(self.hub.drain())
