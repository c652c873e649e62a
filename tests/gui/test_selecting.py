"""Selecting in the window: outlines, conditions, the others, many at once; kept, saved, shown alone; names under the cursor."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QToolTip

from gui.select_where import SelectWhere

pytestmark = pytest.mark.timeout(120)
WHOLE = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def buildings(window: Any) -> Any:
    return window.session.layer("buildings")


def rows(window: Any) -> list[int]:
    return [int(r) for r in window.session.selected[1]]


def select(window: Any, chosen: list[int]) -> None:
    window.session.select(buildings(window), np.array(chosen))


def pixel_of(window: Any, row: int) -> QPoint:
    """A pixel of the widget where a building is seen."""
    view = window.view
    x0, x1, y0, y1, _, z1 = buildings(window).bounds(np.array([row]))
    xy, _ = view.scene.project(np.array([[(x0 + x1) / 2, (y0 + y1) / 2, z1]]))
    return QPoint(round(xy[0, 0]), round(view.scene.size[1] - xy[0, 1]))


@pytest.fixture
def above(qtbot: Any, opened: Any) -> Any:
    """The small city from straight above, drawn."""
    opened.view.scene.camera.view("top", animate=False)
    qtbot.waitUntil(lambda: opened.view._seen_picture and opened.view.is_still, timeout=20_000)
    return opened


def drag(qtbot: Any, view: Any, start: QPoint, end: QPoint, held: Any = Qt.KeyboardModifier.NoModifier) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view._canvas, left, held, start)
    for k in range(1, 6):
        at = QPointF(start) + (QPointF(end) - QPointF(start)) * (k / 5)
        view.eventFilter(view._canvas, QMouseEvent(QEvent.Type.MouseMove, at, view.mapToGlobal(at), left, left, held))
    qtbot.mouseRelease(view._canvas, left, held, end)


def test_that_a_rectangle_drawn_with_the_tool_selects_what_is_in_it(qtbot: Any, above: Any) -> None:
    above.actions_["select_rectangle"].trigger()
    assert "Buildings" in above.view.hint.text()
    a, b = pixel_of(above, 0), pixel_of(above, 7)
    low = QPoint(min(a.x(), b.x()) - 3, min(a.y(), b.y()) - 3)
    high = QPoint(max(a.x(), b.x()) + 3, max(a.y(), b.y()) + 3)
    drag(qtbot, above.view, low, high)
    qtbot.waitUntil(lambda: len(rows(above)) > 0, timeout=10_000)
    assert rows(above) == [0, 1, 6, 7]
    assert above.inspector.title.text() == "4 selected"
    c = pixel_of(above, 35)
    drag(qtbot, above.view, c - QPoint(4, 4), c + QPoint(4, 4), Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(rows(above)) == 5, timeout=10_000)
    drag(qtbot, above.view, c - QPoint(4, 4), c + QPoint(4, 4), Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: len(rows(above)) == 4, timeout=10_000)
    above.actions_["deselect"].trigger()
    assert not above.actions_["select_rectangle"].isChecked()
    assert above.view.hint.isHidden()
    assert len(rows(above)) == 4, "the first Esc ends the tool, not the selection"
    above.banner.hide()  # the next Esc would close what it says
    above.actions_["deselect"].trigger()
    assert rows(above) == []


def test_that_one_tool_at_a_time_selects(above: Any) -> None:
    above.actions_["select_rectangle"].trigger()
    above.actions_["select_lasso"].trigger()
    assert not above.actions_["select_rectangle"].isChecked()
    assert above.view.hands.select_by == "lasso"


def test_that_a_ctrl_click_adds_and_removes(qtbot: Any, above: Any) -> None:
    ctrl = Qt.KeyboardModifier.ControlModifier
    for row, after in ((3, [3]), (8, [3, 8]), (3, [8]), (8, [])):
        qtbot.mouseClick(above.view._canvas, Qt.MouseButton.LeftButton, ctrl, pixel_of(above, row))
        assert rows(above) == after


def test_that_an_outline_selects_in_the_layer_chosen_in_the_list(qtbot: Any, above: Any) -> None:
    roads = next(x for x in above.session.layers if x.id == "roads")
    above.layers_panel.choose(roads)
    above._outlined(WHOLE, "replace")
    qtbot.waitUntil(lambda: above.session.selected[0] is roads, timeout=10_000)
    assert len(rows(above)) == 12
    roads.visible = False
    above._outlined(WHOLE, "replace")
    qtbot.waitUntil(lambda: above.session.selected[0] is buildings(above), timeout=10_000)
    assert len(rows(above)) == 36


def test_that_all_and_the_others_are_selected(opened: Any) -> None:
    select(opened, [0, 1, 2])
    opened.do_select_invert()
    assert rows(opened) == list(range(3, 36))
    opened.do_select_all()
    assert rows(opened) == list(range(36))


def test_that_conditions_are_written_by_lines_and_select(qtbot: Any, opened: Any) -> None:
    dialog = SelectWhere(opened, buildings(opened))
    dialog.show()
    qtbot.waitUntil(lambda: dialog.rows[0].field.findData("height_m") >= 0, timeout=10_000)
    line = dialog.rows[0]
    line.field.setCurrentIndex(line.field.findData("height_m"))
    line.sign.setCurrentIndex(line.sign.findData(">="))
    line.value.setEditText("25")
    assert dialog.condition == "height_m >= 25"
    qtbot.waitUntil(lambda: "of 36" in dialog.told.text(), timeout=10_000)
    more = dialog.add()
    more.field.setCurrentIndex(more.field.findData("name"))
    more.sign.setCurrentIndex(more.sign.findData("contains"))
    more.value.setEditText("House 5")
    assert dialog.condition == "height_m >= 25 and name contains 'House 5'"
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=10_000)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(rows(opened)) > 0, timeout=10_000)
    table = buildings(opened).table()
    assert rows(opened) == [i for i in range(36) if table["height_m"][i] >= 25 and "House 5" in table["name"][i]]
    dialog.text.setPlainText("heigth_m > 3")
    qtbot.waitUntil(lambda: "heigth_m" in dialog.told.text(), timeout=10_000)
    assert not dialog.ok.isEnabled()
    dialog.close()


def test_that_a_value_with_quotes_of_both_kinds_is_found_by_lines(qtbot: Any, opened: Any) -> None:
    name = """St. John's "Old" House"""
    opened.session.city.buildings.table.loc[7, "name"] = name
    dialog = SelectWhere(opened, buildings(opened))
    dialog.show()
    line = dialog.rows[0]
    qtbot.waitUntil(lambda: line.field.findData("name") >= 0, timeout=10_000)
    line.field.setCurrentIndex(line.field.findData("name"))
    line.value.setEditText(name)
    qtbot.waitUntil(lambda: dialog.told.text() == "1 of 36 rows", timeout=10_000)
    dialog.close()


def test_that_all_of_a_kind_with_a_quote_in_its_name_are_selected(qtbot: Any, above: Any) -> None:
    table = above.session.city.buildings.table
    table["use"] = table["use"].astype(object)
    table.loc[[8, 20], "use"] = "St. John's"
    qtbot.mouseClick(above.view._canvas, Qt.MouseButton.RightButton, pos=pixel_of(above, 8))
    menu = above.findChild(QMenu, "here")
    next(a for a in menu.actions() if a.text().startswith("Select all of the same kind")).trigger()
    qtbot.waitUntil(lambda: rows(above) == [8, 20], timeout=10_000)
    menu.close()


@pytest.mark.parametrize("other", ["select_rectangle", "select_lasso", "walk"])
def test_that_a_half_drawn_measurement_is_put_away_by_another_tool(above: Any, other: str) -> None:
    above.actions_["measure"].trigger()
    at = pixel_of(above, 8)
    above.view.scene.tools.click(*above.view.pixel(QPointF(at)))
    assert len(above.view.scene.tools.points) == 1
    above.actions_[other].trigger()
    assert above.view.scene.tools.active == ""
    assert above.view.scene.tools.points == []
    assert not above.tool_strip.isVisible()
    above.do_deselect()


def test_that_within_and_take_away_work_on_what_is_selected(qtbot: Any, opened: Any) -> None:
    select(opened, [0, 1, 2, 30])
    opened.select_where(buildings(opened), "height_m < 10", "within")
    qtbot.waitUntil(lambda: 30 not in rows(opened), timeout=10_000)
    assert rows(opened) == [0, 1, 2]
    opened.select_where(buildings(opened), "height_m < 7", "remove")
    qtbot.waitUntil(lambda: len(rows(opened)) < 3, timeout=10_000)
    assert rows(opened) == [1, 2]


def test_that_the_inspector_tells_of_many_in_figures(qtbot: Any, opened: Any) -> None:
    select(opened, list(range(12)))
    qtbot.waitUntil(lambda: len(opened.inspector.spreads.told) > 0, timeout=10_000)
    height = next(t for t in opened.inspector.spreads.told if t.column == "height_m")
    values = buildings(opened).table()["height_m"][:12]
    assert (height.least, height.most, height.median) == (values.min(), values.max(), values.median())
    select(opened, [4])
    assert opened.inspector.tree.isVisibleTo(opened.inspector)
    assert not opened.inspector.spreads.isVisibleTo(opened.inspector)


def test_that_the_table_shows_the_selection_alone_and_selects_what_it_shows(qtbot: Any, opened: Any) -> None:
    opened.show_table(buildings(opened))
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 36, timeout=10_000)
    select(opened, [5, 6, 20])
    assert "3 selected" in opened.table.count.text()
    assert opened.table._rows().tolist() == [5, 6, 20]
    opened.table.only.click()
    assert opened.table.model.rowCount() == 3
    opened.table.only.click()
    opened.table.filter.setText("height_m >= 20 and name contains house 4")
    qtbot.waitUntil(lambda: 0 < opened.table.model.rowCount() < 36, timeout=10_000)
    shown = sorted(opened.table.model.order.tolist())
    opened.table.take.click()
    assert rows(opened) == shown


def test_that_others_are_hidden_and_come_back(opened: Any) -> None:
    layer = buildings(opened)
    opened.do_deselect()
    opened.actions_["isolate"].trigger()
    assert not opened.actions_["isolate"].isChecked(), "there is nothing to show alone"
    select(opened, [1, 2])
    opened.actions_["isolate"].trigger()
    assert layer.coat().rows[:, 3].nonzero()[0].tolist() == [1, 2]
    assert set(np.unique(layer.draw()[0].rows)) == {1, 2}
    opened.actions_["isolate"].trigger()
    assert (layer.coat().rows[:, 3] == 255).all()


def test_that_hidden_buildings_are_not_selected(qtbot: Any, above: Any) -> None:
    select(above, [1, 2])
    above.actions_["isolate"].trigger()
    above._outlined(WHOLE, "replace")
    qtbot.waitUntil(lambda: above._outlining is None, timeout=10_000)
    assert rows(above) == [1, 2]


def test_that_a_selection_is_kept_by_name_with_undo_and_in_the_project(qtbot: Any, opened: Any, tmp_path: Path) -> None:
    from twin.project import Project

    select(opened, [3, 9])
    opened.keep_selection("the two", buildings(opened), opened.session.selected[1])
    opened.session.clear_selection()
    opened.select_kept("the two")
    qtbot.waitUntil(lambda: rows(opened) == [3, 9], timeout=10_000)
    path = opened.projects.snapshot().save(tmp_path / "a.twin")
    assert Project.load(path).selections["the two"]["layer"] == "buildings"
    opened.fill_selections()
    assert opened._selections_menu.actions()[0].text() == "the two"
    opened.do_undo()
    assert opened.session.selections == {}


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "csv"])
def test_that_a_selection_is_saved_as_a_file_others_open(qtbot: Any, opened: Any, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"some.{ending}"
    select(opened, [3, 9, 20])
    with qtbot.waitSignal(opened.notices.told, timeout=20_000, check_params_cb=lambda *a: str(path) in str(a)):
        opened.save_selection(path, *opened.session.selected)
    if ending == "csv":
        with path.open(encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        assert [x["name"] for x in lines] == [buildings(opened).table()["name"][i] for i in (3, 9, 20)]
        assert float(lines[0]["lon"]) == pytest.approx(121.5, abs=0.01)
        return
    import pyogrio

    found = pyogrio.read_dataframe(path)
    assert len(found) == 3
    assert set(found.geom_type) == {"Polygon"}


def test_that_the_cursor_at_rest_is_told_what_is_below_and_it_can_be_switched_off(qtbot: Any, above: Any) -> None:
    text = above.told_of(buildings(above), 8)
    assert "House 1-2" in text
    assert "Buildings" in text
    assert "&lt;" in above.told_of(_Named(), 0)
    above.actions_["hover_names"].trigger()
    assert not above.view.hands.names
    above.view.hands._hover(QPointF(100, 100))
    assert not above.view._rest.isActive()
    above.actions_["hover_names"].trigger()
    above.view.hands._hover(QPointF(100, 100))
    assert above.view._rest.isActive()
    QToolTip.hideText()


class _Named:
    title, group = "Sign", "base"

    class style:
        field = ""

    def attributes(self, row: int) -> dict[str, Any]:
        return {"id": "x", "name": "<b>bold</b>"}


def test_that_walking_is_begun_and_ended_by_its_action(qtbot: Any, above: Any) -> None:
    above.actions_["walk"].trigger()
    assert above.view.walker is not None
    assert above.view.hint.isVisible()
    above.actions_["deselect"].trigger()
    assert above.view.walker is None
    assert not above.actions_["walk"].isChecked()
    assert above.view.hint.isHidden()


def test_that_a_right_click_offers_what_can_be_done_here(qtbot: Any, above: Any) -> None:
    at = pixel_of(above, 8)
    qtbot.mouseClick(above.view._canvas, Qt.MouseButton.RightButton, pos=at)
    menu = above.findChild(QMenu, "here")
    actions = {a.text(): a for a in menu.actions()}
    assert "House 1-2" in actions
    assert rows(above) == []
    actions["Add to the selection"].trigger()
    assert rows(above) == [8]
    actions["Copy coordinates"].trigger()
    lat, lon = (float(v) for v in QGuiApplication.clipboard().text().split(","))
    assert (lat, lon) == (pytest.approx(31.231, abs=0.01), pytest.approx(121.5, abs=0.01))
    actions["Walk from here"].trigger()
    assert above.view.walker is not None
    assert above.actions_["walk"].isChecked()
    menu.close()
    above.do_deselect()
