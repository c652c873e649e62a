"""A scenario run many times, from the menu to the layers."""

from __future__ import annotations

from dataclasses import replace

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
    qtbot.waitUntil(lambda: not opened.jobs.running, timeout=10_000)


def test_that_a_change_is_previewed_on_coarse_cells_and_then_refined(qtbot, opened) -> None:
    make_short(opened)
    runs, case = opened.runs, opened.session.case
    opened.scenario_panel.live_button.setChecked(True)
    assert opened.actions_["live_preview"].isChecked()
    qtbot.waitUntil(lambda: case.coarse_m > 0 and not case.partial, timeout=90_000)
    assert case.result is None
    assert case.buffer.times[-1] == 600.0
    assert "preview" in opened.view.scene.hud.clock
    assert opened.scenario_panel.run_button.isEnabled()
    qtbot.waitUntil(lambda: runs.haste == "refine", timeout=30_000)
    qtbot.waitUntil(lambda: case.result is not None, timeout=90_000)
    assert case.coarse_m == 0.0
    assert case.result.times[-1] == 600.0
    opened.scenario_panel.live_button.setChecked(False)
    assert not runs.is_live


def test_that_another_change_ends_the_refining_and_a_run_asked_for_comes_first(qtbot, opened) -> None:
    make_short(opened)
    runs, name = opened.runs, opened.session.current
    opened.actions_["preview"].trigger()
    assert runs.haste == "preview"
    opened.session.edit_case(name, "wetter", lambda s: s.hazard[0].params.update({"rain_mm": 140.0}))
    assert runs.is_running, "nobody asked for each change to be previewed"
    with qtbot.waitSignal(runs.ended, timeout=90_000) as told:
        runs.run(name)
        assert runs.is_busy
        assert runs.haste == ""
        opened.actions_["preview"].trigger()
        assert runs.haste == "", "what was asked for goes on"
    assert told.args == [name, True] or told.args[1] is False
    qtbot.waitUntil(lambda: opened.session.case.result is not None, timeout=90_000)
    assert opened.session.case.coarse_m == 0.0


def test_that_only_what_is_in_view_is_computed_when_asked_and_all_of_it_again(qtbot, opened) -> None:
    def area() -> str:
        return next(h for h in opened.session.case.scenario.hazard if h.model == "flood").params.get("area", "")

    scene = opened.view.scene
    opened.actions_["area_view"].trigger()
    assert area() == "", "all of the city is in view"
    scene.camera.set(replace(scene.camera.eye, distance=120.0, pitch=-89.0))
    opened.actions_["area_view"].trigger()
    west, south, east, north = (float(v) for v in area().split(","))
    assert 50 < east - west < 200
    assert 30 < north - south < 200
    opened.session.undo.undo()
    assert area() == ""
    opened.actions_["area_view"].trigger()
    opened.actions_["area_view"].trigger()
    assert area() == ""
