"""Work of a window that was killed comes back where it was: under its name, changed, ready to be saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

pytestmark = pytest.mark.timeout(180)


def rain(window: Any) -> Any:
    return next(f for f in window.scenario_panel.forms.values() if "rain_mm" in f.params).fields["rain_mm"]


@pytest.fixture
def killed(qtbot: Any, opened: Any, tmp_path: Path) -> Path:
    """A project saved, changed and kept by the autosave of a window that is gone."""
    path = tmp_path / "work.twin"
    with qtbot.waitSignal(opened.projects.saved, timeout=10_000):
        opened.projects.save(path)
    rain(opened).setValue(44)
    opened.close()  # what closing keeps is what a kill leaves
    return path


def recovered(qtbot: Any, path: Path) -> Any:
    from gui.window import MainWindow

    window = MainWindow()
    window.show()
    qtbot.waitUntil(lambda: window.view is not None and window.banner.isVisible(), timeout=30_000)
    next(b for b in window.banner.findChildren(QPushButton) if b.text() == "Recover").click()
    qtbot.waitUntil(lambda: window.session.case is not None and window.session.is_dirty, timeout=30_000)
    assert window.session.case.scenario.hazard[0].params["rain_mm"] == 44
    return window


def test_that_recovered_work_is_saved_where_it_was(qtbot: Any, killed: Path) -> None:
    window = recovered(qtbot, killed)
    try:
        assert window.projects.path == killed
        assert "work" in window.windowTitle()
        before = killed.read_bytes()
        with qtbot.waitSignal(window.projects.saved, timeout=10_000):
            window.actions_["save"].trigger()
        assert killed.read_bytes() != before
        assert not window.session.is_dirty
    finally:
        window.close()
        window.deleteLater()


def test_that_a_file_that_is_another_one_by_now_is_not_written_over(qtbot: Any, killed: Path) -> None:
    killed.write_bytes(killed.read_bytes() + b"x")
    window = recovered(qtbot, killed)
    try:
        assert window.projects.path is None
        assert "since" in window.banner.text.text()
        assert "another name" in window.banner.text.text()
    finally:
        window.close()
        window.deleteLater()


def test_that_a_file_that_another_window_has_is_not_taken(qtbot: Any, killed: Path) -> None:
    from twin.project import ProjectLock

    other = ProjectLock(killed)
    assert other.acquire()
    window = recovered(qtbot, killed)
    try:
        assert window.projects.path is None
        assert "open in another window" in window.banner.text.text()
    finally:
        window.close()
        window.deleteLater()
        other.release()
