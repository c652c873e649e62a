"""The sun over the view: panel, shadows from a worker, looks of the city; kept in projects."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from gui.preferences import settings
from layers.light import Light
from twin.project import Project

pytestmark = pytest.mark.timeout(120)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def sunny(qtbot, opened):
    """A city in Shanghai's time, with the panel of the sun."""
    object.__setattr__(opened.session.city.frame, "timezone", "Asia/Shanghai")
    opened.actions_["sun"].setChecked(True)
    return opened


def cast(qtbot, window) -> None:
    """Wait until the shadows are those of the light."""
    qtbot.waitUntil(lambda: window.daylight._job is None, timeout=30_000)


def test_that_a_city_is_first_seen_in_plain_light_and_the_panel_says_so(sunny) -> None:
    assert sunny.docks["sun"].isVisible()
    assert sunny.view.scene.lighting.light == Light()
    assert sunny.sun_panel.time.text() == "Plain light"
    assert not sunny.sun_panel.plain.isEnabled()


def test_that_a_click_on_the_bar_of_the_day_moves_the_sun_at_once_and_shadows_follow(qtbot, sunny) -> None:
    bar, scene = sunny.sun_panel.bar, sunny.view.scene
    sunny.daylight.set_day(date(2026, 6, 21))
    cast(qtbot, sunny)
    before = scene.lighting.shadows
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar._x(17 * 60)), 20))
    assert scene.lighting.light.azimuth == pytest.approx(284, abs=2)  # late afternoon in June, west by north
    clicked = datetime.strptime(sunny.sun_panel.time.text(), "%H:%M")
    assert abs((clicked - datetime(1900, 1, 1, 17)).total_seconds()) <= 600  # a pixel is some minutes
    assert "WNW" in sunny.sun_panel.place.text()
    qtbot.waitUntil(lambda: scene.lighting.shadows is not before, timeout=30_000)
    assert scene.lighting.shadows.top is not None


def test_that_the_panel_tells_sunrise_and_sunset_of_the_day(sunny) -> None:
    sunny.daylight.set_day(date(2026, 6, 21))
    assert (sunny.sun_panel.rise.text(), sunny.sun_panel.down.text()) == ("04:50", "19:01")


def test_that_arrow_keys_move_the_sun_by_ten_minutes(qtbot, sunny) -> None:
    sunny.daylight.set(datetime(2026, 6, 21, 12, 0, tzinfo=ZONE))
    qtbot.keyClick(sunny.sun_panel.bar, Qt.Key.Key_Right)
    assert sunny.daylight.when == datetime(2026, 6, 21, 12, 10, tzinfo=ZONE)


def test_that_by_night_lamps_are_lit_labels_turn_white_and_nothing_casts_a_shadow(qtbot, sunny) -> None:
    scene = sunny.view.scene
    sunny.daylight.set(datetime(2026, 6, 21, 22, 0, tzinfo=ZONE))
    assert scene.lighting.light.lamps == 1.0
    assert scene.dark
    cast(qtbot, sunny)
    assert scene.lighting.shadows.top is None
    assert scene.lighting.shadows.street.max() > 100


def test_that_shadows_can_be_left_out_and_come_back(qtbot, sunny) -> None:
    sunny.daylight.set(datetime(2026, 6, 21, 9, 0, tzinfo=ZONE))
    cast(qtbot, sunny)
    sunny.sun_panel.shadows.click()
    assert sunny.view.scene.lighting.shadows is None
    sunny.sun_panel.shadows.click()
    qtbot.waitUntil(lambda: sunny.view.scene.lighting.shadows is not None, timeout=30_000)


def test_that_the_timeline_moves_the_sun_where_it_follows_the_scenarios_clock(sunny) -> None:
    case = sunny.session.case
    case.scenario.scenario.start = datetime(2026, 7, 14, 18, 0, tzinfo=ZONE)
    sunny.sun_panel.refresh()
    sunny.sun_panel.clock.click()
    assert sunny.daylight.when == datetime(2026, 7, 14, 18, 0, tzinfo=ZONE)
    sunny.session.set_time(3600.0)
    assert sunny.daylight.when == datetime(2026, 7, 14, 19, 0, tzinfo=ZONE)
    sunny.daylight.set_minute(600)
    assert not sunny.daylight.follows_clock


def test_that_a_day_passes_and_no_timer_is_left_once_it_stops(qtbot, sunny) -> None:
    sunny.daylight.set(datetime(2026, 6, 21, 12, 0, tzinfo=ZONE))
    sunny.actions_["sun_play"].trigger()
    qtbot.waitUntil(lambda: sunny.daylight.when > datetime(2026, 6, 21, 12, 10, tzinfo=ZONE))
    sunny.actions_["sun"].setChecked(False)
    assert not sunny.daylight.is_playing


def test_that_a_project_keeps_the_sun_and_the_look(tmp_path, sunny) -> None:
    sunny.daylight.set(datetime(2026, 6, 21, 19, 0, tzinfo=ZONE))
    sunny.actions_["look_clay"].trigger()
    path = sunny.projects.snapshot().save(tmp_path / "dusk.twin")
    sunny.daylight.set(None)
    sunny.actions_["look_realistic"].trigger()
    sunny.projects.put_light(Project.load(path).light)
    assert sunny.daylight.when == datetime(2026, 6, 21, 19, 0, tzinfo=ZONE)
    assert sunny.view.scene.look.name == "clay"
    assert sunny.actions_["look_clay"].isChecked()


def test_that_a_project_with_a_moment_nobody_understands_opens_in_plain_light(sunny) -> None:
    sunny.projects.put_light({"when": "soon", "shadows": True, "look": "neon"})
    assert sunny.daylight.when is None
    assert sunny.view.scene.look.name == "realistic"


def test_that_every_look_has_its_action(sunny) -> None:
    from layers.citylook import LOOKS

    assert set(sunny.looks) == {"", *LOOKS}


def test_that_the_city_follows_the_theme_until_a_look_is_chosen(sunny) -> None:
    from gui.theme import apply_theme

    apply_theme("dark")
    assert sunny.view.scene.look.name == "operations"
    sunny.actions_["look_realistic"].trigger()
    assert sunny.view.scene.look.name == "realistic"
    assert settings().value("city_look") == "realistic"
    apply_theme("light")
    sunny.actions_["look_auto"].trigger()
    assert sunny.view.scene.look.name == "realistic"


def test_that_a_look_changes_the_picture_and_a_plain_one_leaves_materials_out(sunny) -> None:
    scene = sunny.view.scene
    seen = {}
    for name in ("realistic", "clay", "operations"):
        sunny.actions_[f"look_{name}"].trigger()
        seen[name] = scene.screenshot(None, (160, 120)).astype(float)
    assert seen["operations"].mean() < 0.5 * seen["clay"].mean()
    spread = {name: np.abs(rgb - rgb.mean(-1, keepdims=True)).mean() for name, rgb in seen.items()}
    assert spread["clay"] < 0.6 * spread["realistic"]
