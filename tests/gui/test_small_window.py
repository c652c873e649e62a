"""A window that keeps its size: small screens, long texts in the status bar, attributes that are read in a narrow dock."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from gui.elided import Elided
from twin.live.alerts import Alert

pytestmark = pytest.mark.timeout(120)


def test_that_the_window_can_be_as_small_as_800_by_560_with_a_slider_to_use(qtbot: Any, window: Any) -> None:
    qtbot.waitUntil(lambda: window.sensors is not None, timeout=30_000)
    for id in window.docks:
        window.show_dock(id)
    window.docks["sun"].hide()
    window.resize(800, 560)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (800, 560))
    assert window.timeline.slider.width() >= 90


def test_that_long_texts_in_the_status_bar_make_no_window_wider(qtbot: Any, opened: Any) -> None:
    least = opened.minimumSizeHint().width()
    opened.status.set_feed("a feed with a very long name " * 20)
    opened.status.job_text.setText("a stage that is told at great length " * 20)
    opened.status.job.show()
    opened.status.set_badge("WHAT-IF")
    qtbot.waitUntil(lambda: opened.status.feed.is_cut)
    assert opened.width() == 1200
    assert opened.minimumSizeHint().width() == least
    assert opened.status.feed.text() in opened.status.feed.toolTip(), "the tooltip has the whole"
    opened.status.job.hide()


def test_that_an_elided_line_is_whole_again_where_there_is_room(qtbot: Any) -> None:
    window, line = QMainWindow(), Elided()
    qtbot.addWidget(window)
    window.setCentralWidget(line)
    line.setText("words that take some room to be read")
    window.resize(60, 40)
    window.show()
    qtbot.waitUntil(lambda: line.is_cut)
    window.resize(600, 40)
    qtbot.waitUntil(lambda: not line.is_cut)
    assert not line.toolTip()


def test_that_keys_of_the_inspector_are_readable_and_long_values_take_lines(qtbot: Any, opened: Any) -> None:
    tree = opened.inspector.tree
    layer = next(x for x in opened.session.layers if x.id == "buildings")
    opened.session.select(layer, [3])
    qtbot.waitUntil(lambda: tree.isVisible() and tree.topLevelItemCount() > 0)
    group = tree.topLevelItem(0)
    child = group.child(0)
    short = tree.visualItemRect(child).height()
    child.setText(1, "many words that cannot stand in one line of a column as narrow as this one is")
    tree.fit()
    qtbot.waitUntil(lambda: tree.visualItemRect(child).height() > short)
    child.setText(0, "k" * 80)
    tree.fit()
    assert tree.columnWidth(0) <= tree.viewport().width() / 2


def test_that_alerts_nobody_has_acknowledged_are_counted_whatever_panel_is_in_front(qtbot: Any, window: Any) -> None:
    qtbot.waitUntil(lambda: window.sensors is not None, timeout=30_000)
    window.show_dock("results")
    assert not window.status.alerts.isVisible()
    alerts = [Alert(n, "jam", {"en": "Jam"}, "alert", f"S{n}/flow", f"sensor/S{n}", time.time(), 9.0, 5.0, "/h") for n in (1, 2, 3)]
    window.sensors.alerts.show_alerts(alerts, {})
    window.sensors.alerts_counted.emit(3)
    assert window.docks["sensors"].windowTitle() == "Sensors (3)"
    assert window.status.alerts.text() == "3 alerts"
    qtbot.mouseClick(window.status.alerts, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.sensors.visibleRegion().isEmpty())
    window.sensors.alerts.show_alerts([], {})
    window.sensors.alerts_counted.emit(0)
    assert window.docks["sensors"].windowTitle() == "Sensors"
    assert not window.status.alerts.isVisible()
