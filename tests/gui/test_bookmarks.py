"""Views kept by name: made, gone to, renamed, put in order, brought up to date, deleted; with undo, in the project, by twin shot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

pytestmark = pytest.mark.timeout(120)


def keep(window: Any, name: str) -> None:
    window.bookmarks_panel.keep(name, window.bookmark_state())


@pytest.fixture
def three(opened: Any) -> Any:
    opened.view.scene.camera.reduced_motion = True
    for name in ("top", "north", "east"):
        opened.view.scene.camera.view(name, animate=False)
        keep(opened, name)
    return opened


def names(window: Any) -> list[str]:
    return [window.bookmarks_panel.list.item(i).text() for i in range(window.bookmarks_panel.list.count())]


def test_that_ctrl_b_asks_for_a_name_and_keeps_the_view(qtbot: Any, opened: Any) -> None:
    opened.actions_["bookmark"].trigger()
    dialog = opened.findChild(QInputDialog)
    dialog.setTextValue("By the river")
    dialog.accept()
    assert names(opened) == ["By the river"]
    assert opened.session.bookmarks["By the river"]["heading"] == opened.view.scene.camera.eye.heading
    assert not opened.bookmarks_panel.list.item(0).icon().isNull()


def test_that_a_bookmark_brings_back_eye_layers_and_undo_takes_the_layers_back(three: Any) -> None:
    roads = three.session.layer("roads")
    roads.visible = False
    three.go_to_bookmark("north")
    assert three.view.scene.camera.eye.heading == 0.0
    assert three.view.scene.camera.eye.pitch == -18.0
    assert roads.visible
    three.do_undo()
    assert not roads.visible


def test_that_a_click_goes_there_and_alt_and_a_digit_too(qtbot: Any, three: Any) -> None:
    panel = three.bookmarks_panel
    three.show_dock("bookmarks")
    three.view.scene.camera.view("iso", animate=False)
    at = panel.list.visualItemRect(panel.list.item(0)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert three.view.scene.camera.eye.pitch < -80
    three._go_to_numbered(3)
    assert three.view.scene.camera.eye.heading == 90.0
    three._go_to_numbered(9)
    assert three.view.scene.camera.eye.heading == 90.0


def test_that_order_names_and_removal_change_with_undo(three: Any) -> None:
    panel = three.bookmarks_panel
    panel.list.setCurrentRow(2)
    panel.up.click()
    assert names(three) == ["top", "east", "north"]
    assert list(three.session.bookmarks) == ["top", "east", "north"]
    panel.list.item(0).setText("From above")
    assert list(three.session.bookmarks) == ["From above", "east", "north"]
    panel.list.setCurrentRow(1)
    panel.bin.click()
    assert names(three) == ["From above", "north"]
    for expected in (["From above", "east", "north"], ["top", "east", "north"], ["top", "north", "east"]):
        three.do_undo()
        assert names(three) == expected


def test_that_a_name_that_is_taken_or_empty_is_not_given(three: Any) -> None:
    panel = three.bookmarks_panel
    panel.list.item(0).setText("east")
    panel.list.item(1).setText("   ")
    assert names(three) == ["top", "north", "east"]


def test_that_a_bookmark_is_brought_up_to_date(three: Any) -> None:
    panel = three.bookmarks_panel
    three.view.scene.camera.view("west", animate=False)
    panel.list.setCurrentRow(0)
    panel.renew.click()
    assert names(three) == ["top", "north", "east"]
    assert three.session.bookmarks["top"]["heading"] == 270.0


def test_that_they_are_in_the_project_and_of_another_city_there_are_none(qtbot: Any, three: Any, tmp_path: Path) -> None:
    from twin.project import Project

    path = three.projects.snapshot().save(tmp_path / "a.twin")
    kept = Project.load(path).bookmarks
    assert list(kept) == ["top", "north", "east"]
    assert kept["top"]["layers"]["roads"] is True
    three.do_new()
    assert names(three) == []
    assert three.bookmarks_panel.empty.isVisibleTo(three.bookmarks_panel)


def test_that_a_damaged_picture_is_a_plain_sign() -> None:
    from gui.panels.bookmarks import picture_icon

    for picture in ("", "no base64 !", "AAAA"):
        assert not picture_icon({"picture": picture}).isNull()


def test_that_twin_shot_takes_a_bookmark_of_a_project(three: Any, tmp_path: Path, small_city: Path) -> None:
    from gui.shot import bookmarked
    from twin.project import Project, city_of

    three.session.layer("roads").visible = False
    keep(three, "no roads")
    path = three.projects.snapshot().save(tmp_path / "a.twin")
    city = city_of(Project.load(path))
    assert len(city.buildings) == 36
    camera, layers = bookmarked([str(path)], "no roads", city)
    assert camera["heading"] == 90.0
    assert [x.id for x in layers if not x.visible and x.id != "traffic"] == ["roads"]  # traffic is hidden at first
    assert bookmarked([str(path)], "iso", city) == ("iso", None)


def test_that_views_before_and_after_are_had_again(three: Any) -> None:
    camera = three.view.scene.camera
    three.go_to_bookmark("top")
    three.go_to_bookmark("north")
    three.actions_["view_back"].trigger()
    assert camera.eye.pitch < -80
    three.actions_["view_next"].trigger()
    assert camera.eye.heading == 0.0
