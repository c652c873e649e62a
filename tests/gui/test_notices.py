"""Banners come, are read and go: by themselves, by Escape, or because what they say is no longer so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QKeySequence

from gui.notices import Stay

pytestmark = pytest.mark.timeout(120)


def test_that_what_only_informs_goes_by_itself_and_errors_and_questions_stay(window: Any) -> None:
    banner = window.banner
    banner.read_s = -1.0  # as if it had been read
    for level, actions, stay, goes in (
        ("info", [], None, True),
        ("good", [], None, True),
        ("warning", [], None, False),
        ("error", [], None, False),
        ("info", [("Recover", lambda: None)], None, False),
        ("info", [], Stay(held=True), False),
    ):
        window.notices.tell(level, "A sentence", "", actions, stay)
        assert banner.isVisible()
        banner.look_again()
        assert banner.isVisible() is not goes, (level, actions, stay)


def test_that_a_banner_is_read_before_it_goes(window: Any) -> None:
    window.notices.tell("info", "A sentence")
    window.banner.look_again()
    assert window.banner.isVisible()


def test_that_escape_closes_the_banner_and_then_clears_the_selection(qtbot: Any, opened: Any) -> None:
    layer = next(x for x in opened.session.layers if x.id == "buildings")
    opened.session.select(layer, [1])
    opened.notices.tell("error", "Something is wrong")
    escape = opened.actions_["deselect"]
    assert escape.shortcut() == QKeySequence("Esc")
    escape.trigger()
    assert not opened.banner.isVisible()
    assert opened.session.selected[0] is layer
    escape.trigger()
    assert opened.session.selected[0] is None


def test_that_escape_closes_a_banner_over_the_start_page(qtbot: Any, window: Any) -> None:
    window.notices.tell("error", "Something is wrong")
    assert window.actions_["deselect"].isEnabled()
    window.actions_["deselect"].trigger()
    assert not window.banner.isVisible()


def test_that_nothing_to_compare_is_not_said_any_more_once_something_runs(qtbot: Any, opened: Any) -> None:
    opened.actions_["swipe"].trigger()
    assert "nothing to compare" in opened.banner.text.text()
    opened.banner.look_again()
    assert opened.banner.isVisible()
    opened.scenario_panel.run_button.click()
    opened.banner.look_again()
    assert not opened.banner.isVisible()
    opened.runs.cancel()


def test_that_a_project_open_elsewhere_is_told_until_it_is_free(qtbot: Any, opened: Any, tmp_path: Path) -> None:
    from twin.project import ProjectLock

    path = tmp_path / "p1.twin"
    other = ProjectLock(path)
    assert other.acquire()
    assert not opened.projects.save(path)
    opened.banner.look_again()
    assert "open in another window" in opened.banner.text.text()
    assert opened.banner.isVisible()
    other.release()
    opened.banner.look_again()
    assert not opened.banner.isVisible()


def test_that_a_project_open_elsewhere_is_not_told_after_saving_under_another_name(qtbot: Any, opened: Any, tmp_path: Path) -> None:
    from twin.project import ProjectLock

    other = ProjectLock(tmp_path / "p1.twin")
    assert other.acquire()
    assert not opened.projects.save(tmp_path / "p1.twin")
    with qtbot.waitSignal(opened.projects.path_changed, timeout=10_000):
        opened.projects.save(tmp_path / "p2.twin")
    opened.banner.look_again()
    assert not opened.banner.isVisible()
    other.release()
