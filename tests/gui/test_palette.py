"""Finding: coordinates as people write them, the best hits first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from gui.palette import coordinates


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("31.24, 121.49", (31.24, 121.49)),
        ("31.459754° N  122.593790° E", (31.459754, 122.59379)),
        ("121.49E, 31.24N", (31.24, 121.49)),
        ("33.9S 151.2E", (-33.9, 151.2)),
        ("461300 3480100", (461300.0, 3480100.0)),
        ("461300,3480100", (461300.0, 3480100.0)),
        ("E 461,300.5  N 3,480,100.0", (461300.5, 3480100.0)),
        ("N 3,480,100.0 E 461,300.5", (461300.5, 3480100.0)),
        ("31,121", (31.0, 121.0)),
        ("Heron Lane 3", None),
        ("3 4 5", None),
        ("31N 121N", None),
    ],
)
def test_that_coordinates_are_read_as_people_and_the_status_bar_write_them(text: str, pair: tuple[float, float] | None) -> None:
    assert coordinates(text) == pair


def test_that_the_very_name_comes_first_and_a_name_once_for_each_layer(qtbot, opened) -> None:
    find = opened.find_popup
    opened.do_find()
    find.field.setText("house 0-3")
    qtbot.waitUntil(lambda: find.list.count() > 0, timeout=5000)
    assert find.list.item(0).text().startswith("House 0-3")
    find.field.setText("street v")
    qtbot.waitUntil(lambda: find.list.count() == 6, timeout=5000)
    texts = [find.list.item(i).toolTip() for i in range(find.list.count())]
    assert len(texts) == len(set(texts))
    find.hide()


def test_that_what_is_not_there_is_said_and_escape_closes_the_popup(qtbot, opened) -> None:
    find = opened.find_popup
    opened.activateWindow()
    opened.do_find()
    qtbot.keyClicks(find.field, "no such thing")
    qtbot.waitUntil(lambda: "no such thing" in find.note.text(), timeout=5000)
    layer = opened.session.layers[-1]
    opened.session.select(layer, [0])
    qtbot.keyClick(find.field, Qt.Key.Key_Escape)
    assert not find.isVisible()
    assert len(opened.session.selected[1]) == 1  # the window's own Escape was not pressed too


def test_that_a_click_elsewhere_closes_the_popup(qtbot, opened) -> None:
    opened.do_palette()
    qtbot.mouseClick(opened.timeline, Qt.MouseButton.LeftButton)
    assert not opened.palette_popup.isVisible()
