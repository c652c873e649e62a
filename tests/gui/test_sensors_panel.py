"""The sensors panel with real clicks: demo feed, replay, broker, alerts, filter, rain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from gui.i18n import set_language, tr
from gui.jobs import Jobs
from gui.notices import Notices
from gui.panels.sensor_table import AGE, NAME, STATE, TREND, VALUE
from gui.panels.sensors import SensorsPanel
from gui.panels.timeline import Timeline
from gui.session import Session
from gui.theme import apply_theme, look
from layers.drawing import Points
from tests.live_brokers import publisher, say
from tests.live_city import sensor_city
from twin.errors import TwinError
from twin.live.alerts import Rule
from twin.live.broker import LocalBroker
from twin.live.feeds.messages import Reading, encode_reading
from twin.live.hub import Hub
from twin.models.base import Model

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: Any) -> Iterator[SensorsPanel]:
    apply_theme("light")
    jam = Rule("jam", {"en": "Jam", "zh": "拥堵"}, "traffic_flow", 1000.0, 900.0, severity="alert")
    p = SensorsPanel(Hub(rules=[jam]))
    qtbot.addWidget(p)
    p.resize(1100, 420)
    p.show()
    qtbot.waitExposed(p)
    p.set_city(sensor_city())
    yield p
    p.shutdown()
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("mqtt", "live", "demo", "replay"))]


def texts(panel: SensorsPanel, column: int) -> list[str]:
    return [panel.model.index(r, column).data() for r in range(panel.model.rowCount())]


def click_row(qtbot: Any, panel: SensorsPanel, row: int, double: bool = False) -> None:
    place = panel.view.visualRect(panel.model.index(row, NAME)).center()
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=place)
    if double:
        qtbot.mouseDClick(panel.view.viewport(), LEFT, pos=place)


def test_that_a_city_shows_its_sensors_before_any_feed(panel: SensorsPanel) -> None:
    assert panel.model.rowCount() == 8
    assert set(texts(panel, STATE)) == {"Nothing heard"}
    assert set(texts(panel, AGE)) == {"–"}
    assert panel.health.text() == "No feed  ·  8 sensors known"
    assert panel.demo.isEnabled()
    assert not panel.stop.isEnabled()
    assert not panel._timer.isActive()  # an idle window costs nothing
    pins = panel.layer.draw()[0]
    assert isinstance(pins, Points)
    assert set(pins.shapes.tolist()) == {1}


def test_that_a_city_of_an_unknown_time_zone_tells_its_moments_in_utc(panel: SensorsPanel, qtbot: Any) -> None:
    city = sensor_city()
    panel.set_city(replace(city, frame=replace(city.frame, timezone="Mars/Base")))
    qtbot.mouseClick(panel.demo, LEFT)
    qtbot.waitUntil(lambda: panel.moment.endswith(" UTC"), timeout=20_000)
    qtbot.mouseClick(panel.stop, LEFT)


def test_that_the_demo_feed_goes_live_says_simulated_and_stops(panel: SensorsPanel, qtbot: Any) -> None:
    modes: list[str] = []
    words: list[str] = []
    panel.feed_changed.connect(modes.append)
    panel.feed_text_changed.connect(words.append)
    qtbot.mouseClick(panel.demo, LEFT)
    qtbot.waitUntil(lambda: modes == ["LIVE"], timeout=20_000)
    assert words[0] == "simulated feed"
    qtbot.waitUntil(lambda: "Normal" in texts(panel, STATE), timeout=10_000)
    assert all(name.endswith("(simulated)") for name in texts(panel, NAME))
    assert panel.health.text().startswith("simulated feed  ·  ")
    assert not panel.demo.isEnabled()
    qtbot.waitUntil(lambda: 0 in panel.layer.draw()[0].shapes.tolist(), timeout=10_000)
    before = time.monotonic()
    qtbot.mouseClick(panel.stop, LEFT)
    assert time.monotonic() - before < 1.5
    assert modes == ["LIVE", ""]
    assert not panel._timer.isActive()
    assert panel.demo.isEnabled()


def test_that_a_scenario_starts_from_the_rain_measured_now(panel: SensorsPanel, qtbot: Any) -> None:
    qtbot.mouseClick(panel.demo, LEFT)
    qtbot.waitUntil(lambda: panel.hub.board.tally.readings >= 8 * 36 + 8, timeout=20_000)
    with qtbot.waitSignal(panel.scenario_from_rain, timeout=5000) as got:
        qtbot.mouseClick(panel.rain, LEFT)
    params = got.args[0]
    measured = panel.hub.rain()
    assert measured is not None
    assert params["rain_mm"] == pytest.approx(measured.depth_mm, abs=1.0)
    flood: type[Model] = pytest.importorskip("twin.models.hazard.flood").Flood
    declared = {p.name: p for p in flood.params}
    assert set(params) <= set(declared)
    for name, value in params.items():
        declared[name].checked(value)


def test_that_dry_weather_is_said_instead(panel: SensorsPanel, qtbot: Any) -> None:
    qtbot.mouseClick(panel.rain, LEFT)
    assert "No rain was measured" in panel.health.text()


def test_that_a_recording_is_replayed_with_its_own_badge(panel: SensorsPanel, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = "".join(f"A,{1_700_000_000 + 60 * k},{np.sin(k / 9):.3f},121.48,31.23\n" for k in range(120))
    path.write_text("id,time,value,lon,lat\n" + rows)
    panel.player.set_rate(900.0)
    with qtbot.waitSignal(panel.feed_changed, timeout=5000) as got:
        panel.start_replay(path)
    assert got.args == ["REPLAY"]
    qtbot.waitUntil(lambda: panel.hub.board.tally.readings > 10, timeout=10_000)
    panel.filter.setText("sensor/A")
    qtbot.waitUntil(lambda: texts(panel, NAME) == ["A"], timeout=5000)
    times, values, state = panel.model.index(0, TREND).data(Qt.ItemDataRole.UserRole)
    assert len(times) == len(values) > 10
    qtbot.waitUntil(lambda: panel.moment.startswith("2023-11-15 0") and panel.moment.endswith(" CST"), timeout=5000)  # Shanghai's time
    panel.player.set_rate(1.0)
    qtbot.waitUntil(lambda: panel.text == "recording, 1 x", timeout=5000)
    assert panel.grab().toImage().width() > 0  # the sparkline is painted without a complaint


@pytest.fixture
def timeline(panel: SensorsPanel, qtbot: Any) -> Timeline:
    """The window's clock, over a session without a city."""
    timeline = Timeline(Session(Jobs(panel), Notices(panel), panel))
    qtbot.addWidget(timeline)
    timeline.attach(panel.player)
    timeline.resize(900, 40)
    timeline.show()
    return timeline


def test_that_the_timeline_pauses_moves_and_plays_a_recording(panel: SensorsPanel, timeline: Timeline, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("id,time,value\n" + "".join(f"A,{1_700_000_000 + 60 * k},{k}\n" for k in range(101)))
    assert timeline.shows == "result"
    assert not timeline.slider.isEnabled()
    panel.player.set_rate(1.0)
    panel.start_replay(path)
    qtbot.waitUntil(lambda: timeline.shows == "recording" and panel.hub.board.tally.readings >= 1, timeout=10_000)
    panel.filter.setText("sensor/A")
    qtbot.waitUntil(lambda: timeline.play.isChecked(), timeout=5000)
    qtbot.mouseClick(timeline.play, LEFT)
    assert panel.hub.clock.paused
    qtbot.waitUntil(lambda: panel.text == "recording, paused", timeout=5000)
    handle = QPoint(7, timeline.slider.height() // 2)
    qtbot.mousePress(timeline.slider, LEFT, pos=handle)
    qtbot.mouseMove(timeline.slider, QPoint(timeline.slider.width() // 2, handle.y()))
    qtbot.mouseRelease(timeline.slider, LEFT, pos=QPoint(timeline.slider.width() // 2, handle.y()))
    qtbot.waitUntil(lambda: any(v[:2] in ("49", "50", "51") for v in texts(panel, VALUE)), timeout=5000)
    timeline.slider.setFocus()
    qtbot.keyClick(timeline.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: texts(panel, VALUE) == ["0.00"], timeout=5000)
    qtbot.mouseClick(timeline.ahead, LEFT)
    qtbot.waitUntil(lambda: texts(panel, VALUE) == ["15.0"], timeout=5000)
    qtbot.keyClick(timeline.slider, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: texts(panel, VALUE) == ["100"], timeout=5000)
    qtbot.mouseClick(timeline.play, LEFT)  # at the end: from the beginning
    qtbot.waitUntil(lambda: texts(panel, VALUE) == ["0.00"], timeout=5000)
    assert not panel.hub.clock.paused
    timeline.speed.setCurrentIndex(timeline.speed.findData(300))
    timeline.speed.activated.emit(timeline.speed.currentIndex())
    assert panel.hub.clock.rate == 300
    panel.stop_feed()
    assert timeline.shows == "result"
    assert not timeline.slider.isEnabled()
    assert texts(panel, STATE) == ["Stale"]  # nobody listens: nothing is fresh


def test_that_a_broken_recording_is_told_in_a_sentence(panel: SensorsPanel, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1,2\n")
    with qtbot.waitSignal(panel.troubled, timeout=10_000) as got:
        panel.start_replay(path)
    assert isinstance(got.args[0], TwinError)
    assert "no column for id" in str(got.args[0])
    with qtbot.waitSignal(panel.troubled, timeout=1000) as got:
        panel.start_replay(tmp_path / "none.csv")
    assert "no such recording" in str(got.args[0])


def test_that_a_broker_can_be_connected_from_the_form_and_alerts_acknowledged(panel: SensorsPanel, qtbot: Any) -> None:
    broker = LocalBroker()
    broker.start()
    try:
        assert not panel.form.isVisible()
        qtbot.mouseClick(panel.connect_button, LEFT)
        assert panel.form.isVisible()
        panel.port.setValue(broker.port)
        qtbot.mouseClick(panel.go, LEFT)
        assert not panel.form.isVisible()
        assert panel.hub.feed is not None
        qtbot.waitUntil(lambda: panel.hub.feed.state.phase == "connected", timeout=10_000)
        with publisher(broker.port) as client:
            say(client, "city/testville/traffic_counter/S3/value", encode_reading(Reading(time.time(), 1500.0, "/h", seq=1)))
            qtbot.waitUntil(lambda: panel.mode == "LIVE", timeout=10_000)
            qtbot.waitUntil(lambda: panel.alerts.list.count() == 1, timeout=5000)
            assert panel.text == f"MQTT 127.0.0.1:{broker.port}"
            assert texts(panel, STATE)[0] == "Alert"  # the gravest is on top
            assert texts(panel, VALUE)[0] == "1,500"
            item = panel.alerts.list.item(0)
            assert "Jam · Station 3" in item.text()
            assert item.font().bold()
            qtbot.mouseClick(panel.alerts.list.viewport(), LEFT, pos=panel.alerts.list.visualItemRect(item).center())
            qtbot.mouseClick(panel.alerts.acknowledge, LEFT)
            qtbot.waitUntil(lambda: "acknowledged" in panel.alerts.list.item(0).text(), timeout=5000)
            assert not panel.alerts.all.isEnabled()
            say(client, "city/testville/traffic_counter/S3/value", encode_reading(Reading(time.time(), 100.0, "/h", seq=2)))
            qtbot.waitUntil(lambda: "cleared" in panel.alerts.list.item(0).text(), timeout=5000)
    finally:
        panel.stop_feed()
        broker.stop()


def test_that_a_double_click_asks_for_the_sensor_and_a_pick_selects_its_row(panel: SensorsPanel, qtbot: Any) -> None:
    panel.view.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    with qtbot.waitSignal(panel.sensor_activated, timeout=5000) as got:
        click_row(qtbot, panel, 2, double=True)
    assert got.args == ["sensor/S2"]
    panel.show_sensor("sensor/S6")
    assert [i.row() for i in panel.view.selectionModel().selectedRows()] == [6]
    panel.view.sortByColumn(NAME, Qt.SortOrder.DescendingOrder)
    assert [i.row() for i in panel.view.selectionModel().selectedRows()] == [1]  # the same sensor, in its new place


def test_that_the_filter_takes_words_kinds_and_states(panel: SensorsPanel, qtbot: Any) -> None:
    qtbot.mouseClick(panel.filter, LEFT)
    qtbot.keyClicks(panel.filter, "river")
    assert sorted(texts(panel, NAME)) == ["Station 1", "Station 5"]
    panel.filter.clear()
    qtbot.keyClicks(panel.filter, "stale")
    assert panel.model.rowCount() == 8
    panel.filter.clear()
    qtbot.keyClicks(panel.filter, "station alert")
    assert panel.model.rowCount() == 0


def test_that_a_click_on_a_heading_sorts(panel: SensorsPanel, qtbot: Any) -> None:
    head = panel.view.horizontalHeader()
    at = QPoint(head.sectionViewportPosition(NAME) + 20, head.height() // 2)
    qtbot.mouseClick(head.viewport(), LEFT, pos=at)
    first = texts(panel, NAME)
    qtbot.mouseClick(head.viewport(), LEFT, pos=at)
    assert texts(panel, NAME) == first[::-1]
    assert sorted(first) in (first, first[::-1])


def test_that_dark_look_and_chinese_are_taken_on(panel: SensorsPanel, qtbot: Any) -> None:
    def heading() -> str:
        return panel.model.headerData(STATE, Qt.Orientation.Horizontal)

    english = heading(), panel.health.text(), panel.demo.text()
    try:
        apply_theme("dark")
        set_language("zh_CN")
        assert look.name == "dark"
        assert panel.grab().toImage().pixelColor(5, 5).lightness() < 80
        chinese = heading(), panel.health.text(), panel.demo.text()
        assert all(a != b for a, b in zip(english, chinese))
        assert all(any("\u4e00" <= c <= "\u9fff" for c in text) for text in chinese)
        assert texts(panel, STATE)[0] == tr("Nothing heard") != "Nothing heard"
    finally:
        set_language("en")
        apply_theme("light")
    assert (heading(), panel.health.text(), panel.demo.text()) == english


def test_that_a_tick_at_2178_stations_takes_a_few_milliseconds(panel: SensorsPanel, qtbot: Any, data: Path) -> None:
    panel.player.set_rate(900.0)
    panel.start_replay(data / "sensors_ukfloods2014" / "stations.tsv")
    qtbot.waitUntil(lambda: panel.hub.board.tally.readings > 3000, timeout=30_000)
    panel.hub.clock.pause()  # the cost of a tick, not of sharing a core with what comes in
    took = []
    for _ in range(20):
        before = time.perf_counter()
        panel.tick()
        took.append(time.perf_counter() - before)
    assert panel.model.rowCount() > 2178
    assert np.median(took) < 0.050
