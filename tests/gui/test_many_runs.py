"""A scenario run many times, from the menu to the layers."""

from __future__ import annotations

import pytest

from gui.many_runs import ManyRunsDialog
from tests.gui.test_window import make_short

pytestmark = pytest.mark.timeout(240)


def dialog_of(window) -> ManyRunsDialog:
    window.actions_["many_runs"].trigger()
    return window.findChild(ManyRunsDialog)


def layers_of(window) -> set[str]:
    return {x.id for x in window.session.layers if x.id.startswith("result:")}


def test_that_many_runs_show_how_likely_water_is(qtbot, opened) -> None:
    make_short(opened)
    dialog = dialog_of(opened)
    dialog.forms["sure"].fields["members"].setValue(3)
    dialog.run_button.click()
    qtbot.waitUntil(lambda: "result:flood_probability_30_cm" in layers_of(opened), timeout=180_000)
    assert "many runs" in opened.session.current
    assert opened.session.layer("result:flood_probability_30_cm").visible
    rain = opened.session.case.result.indicators["volume_rain"]
    assert rain.low < rain.value < rain.high


def test_that_return_periods_show_how_often_water_comes_and_a_wrong_one_is_told(qtbot, opened) -> None:
    make_short(opened)
    dialog = dialog_of(opened)
    dialog.tabs.setCurrentIndex(1)
    dialog.forms["often"].fields["years"].setText("two")
    dialog.run_button.click()
    qtbot.waitUntil(lambda: "no return periods" in opened.log_panel.text.toPlainText(), timeout=60_000)
    qtbot.waitUntil(lambda: opened.findChild(ManyRunsDialog) is None, timeout=10_000)
    dialog = dialog_of(opened)
    dialog.tabs.setCurrentIndex(1)
    dialog.forms["often"].fields["years"].setText("2, 100")
    dialog.run_button.click()
    qtbot.waitUntil(lambda: "result:flood_return_period" in layers_of(opened), timeout=180_000)
    assert "expected_annual_damage" in opened.session.case.result.indicators


def test_that_many_runs_end_within_a_second_of_cancel(qtbot, opened) -> None:
    make_short(opened)
    dialog = dialog_of(opened)
    dialog.forms["sure"].fields["members"].setValue(200)
    dialog.run_button.click()
    qtbot.waitUntil(lambda: any("many runs" in j.title for j in opened.jobs.running), timeout=30_000)
    job = next(j for j in opened.jobs.running if "many runs" in j.title)
    job.cancel()
    qtbot.waitUntil(lambda: not job._thread.is_alive(), timeout=5_000)
    assert not opened.jobs.running
