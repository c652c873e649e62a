"""The window as a person uses it: real widgets, real mouse and keys, a real city."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QPushButton, QStyleOptionViewItem, QTreeView

from gui.i18n import language, set_language, tr
from gui.theme import apply_theme, look

pytestmark = pytest.mark.timeout(120)


def buildings(window):
    return next(x for x in window.session.layers if "building" in x.id)


def flood_form(window):
    return next(form for id, form in window.scenario_panel.forms.items() if "rain_mm" in form.params)


def make_short(window) -> None:
    """A run of ten minutes, a picture every two."""

    def change(scenario) -> None:
        scenario.scenario.duration = 600.0
        scenario.outputs.interval = 120.0

    window.session.edit_case(window.session.current, "shorter", change)
    flood_form(window)


def run_to_end(qtbot, window) -> None:
    with qtbot.waitSignal(window.runs.ended, timeout=90_000) as told:
        window.scenario_panel.run_button.click()
    assert told.args[1], window.log_panel.text.toPlainText()


def test_that_the_window_begins_with_the_start_page(window) -> None:
    assert window.start_page.isVisible()
    assert not window.actions_["save"].isEnabled()
    assert not window.rain_button.isEnabled()


def test_that_a_folder_opens_as_a_city_with_its_layers(opened) -> None:
    assert not opened.start_page.isVisible()
    assert len(opened.session.city.buildings) == 36
    titles = [opened.layers_panel.tree.topLevelItem(i).text(0) for i in range(opened.layers_panel.tree.topLevelItemCount())]
    assert any(t.startswith("City") for t in titles)
    assert opened.status.crs.text() == "EPSG:32651"
    assert {x.id for x in opened.view.scene.layers} == {x.id for x in opened.session.layers}


def test_that_the_box_of_the_chosen_layer_has_its_share_of_the_dock(qtbot, opened) -> None:
    panel = opened.layers_panel
    panel.choose(buildings(opened))
    qtbot.waitUntil(lambda: panel._area.height() > 0.35 * panel.height())
    icon = panel.tree.currentItem().icon(0)
    drawn = [icon.pixmap(14, 14, mode).toImage().pixelColor(7, 7) for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected)]
    assert drawn[0] == drawn[1], "its colour is that of the layer when it is chosen too"


def test_that_a_banner_leaves_the_title_of_the_start_page_free_and_the_top_to_a_city(qtbot, window, small_city) -> None:
    window.notices.tell("warning", "Something to be told")
    hero = next(x for x in window.start_page.findChildren(QLabel) if x.objectName() == "hero")
    title = hero.mapTo(window.stage, hero.rect().topLeft()).y() + hero.height()
    assert window.banner.y() > title
    assert window.banner.geometry().bottom() < window.stage.height()
    window.open([str(small_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    window.notices.tell("info", "Something else")
    assert window.banner.y() < 100


def test_that_a_banner_in_another_language_goes_when_the_language_changes(window) -> None:
    window.notices.tell("info", "A sentence")
    set_language("zh_CN")
    assert not window.banner.isVisible()
    set_language("en")


def test_that_dialogs_of_files_are_large_enough_and_speak_chinese(qtbot, window, tmp_path: Path) -> None:
    set_language("zh_CN")
    dialog = window._file_dialog("x", "")
    assert dialog.labelText(QFileDialog.DialogLabel.LookIn) == "查找范围："
    assert dialog.labelText(QFileDialog.DialogLabel.FileType) == "文件类型："
    dialog.setDirectory(str(tmp_path))
    (tmp_path / "inner").mkdir()
    dialog.show()
    tree = dialog.findChild(QTreeView, "treeView")
    qtbot.waitUntil(lambda: tree.model().rowCount(tree.rootIndex()) > 0, timeout=5000)
    option = QStyleOptionViewItem()
    tree.itemDelegate().initStyleOption(option, tree.model().index(0, 2, tree.rootIndex()))
    assert option.text == "文件夹"
    tree.itemDelegate().initStyleOption(option, tree.model().index(0, 3, tree.rootIndex()))
    assert "AM" not in option.text
    assert "PM" not in option.text
    assert dialog.width() >= 900
    assert dialog.height() >= 560
    dialog.close()
    set_language("en")


def test_that_a_row_selected_in_the_table_is_selected_in_view_and_inspector(qtbot, opened) -> None:
    layer = buildings(opened)
    opened.show_table(layer)
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 36)
    index = opened.table.model.index(7, 0)
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    opened.table.view.selectionModel().select(index, flags)
    assert list(layer.selected) == [7]
    assert layer.table()["name"].iloc[7] in opened.inspector.title.text()


def test_that_the_inspector_of_a_fresh_window_shows_names_and_values(qtbot, opened) -> None:
    tree = opened.inspector.tree
    opened.session.select(buildings(opened), [3])
    qtbot.waitUntil(lambda: tree.isVisible() and tree.topLevelItemCount() > 0)
    assert 0 < tree.columnWidth(0) < 0.6 * tree.viewport().width()
    opened.showMaximized()
    qtbot.waitUntil(lambda: opened.isMaximized())
    assert 0 < tree.columnWidth(0) < 0.6 * tree.viewport().width()


def test_that_a_thing_selected_elsewhere_is_selected_in_the_table(qtbot, opened) -> None:
    layer = buildings(opened)
    opened.show_table(layer)
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 36)
    opened.table.view.sortByColumn(list(layer.table().columns).index("height_m"), Qt.SortOrder.DescendingOrder)
    opened.session.select(layer, [3])
    assert [opened.table.model.table_row(i.row()) for i in opened.table.view.selectionModel().selectedRows()] == [3]


def test_that_a_building_clicked_in_the_view_is_inspected(qtbot, opened) -> None:
    layer, view = buildings(opened), opened.view
    opened.fly_to_rows(layer, None)
    view.scene.camera.finish()
    opened.session.clear_selection()
    for other in opened.session.layers:
        other.visible = other is layer
    qtbot.waitUntil(lambda: view.frame_ms > 0)
    scene = view.scene
    scene.prepare((view.width(), view.height()))
    x0, x1, y0, y1, _, z1 = layer.bounds(np.array([14], np.int32))
    px, up = scene.project(np.array([[(x0 + x1) / 2, (y0 + y1) / 2, z1]]))[0][0]
    at = QPoint(round(float(px)), round(view.height() - float(up)))
    with qtbot.waitSignal(opened.session.selected_changed, timeout=5000):
        qtbot.mouseClick(view._canvas, Qt.MouseButton.LeftButton, pos=at)
    assert list(layer.selected) == [14]
    assert opened.inspector.title.text() == layer.table()["name"].iloc[14]


def test_that_the_table_filters_by_words_and_by_comparison(qtbot, opened) -> None:
    opened.show_table(buildings(opened))
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 36)
    opened.table.filter.setText("house 2-")
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 6)
    opened.table.filter.setText("height_m >= 25")
    qtbot.waitUntil(lambda: 0 < opened.table.model.rowCount() < 6)
    assert "of 36 rows" in opened.table.count.text()


def test_that_typing_a_parameter_changes_the_scenario_and_undo_brings_it_back(qtbot, opened) -> None:
    field = flood_form(opened).fields["rain_mm"]
    default = field.value()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "77")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.session.case.scenario.hazard[0].params["rain_mm"] == 77
    opened.actions_["undo"].trigger()
    assert flood_form(opened).fields["rain_mm"].value() == default
    assert "rain_mm" not in opened.session.case.scenario.hazard[0].params


def test_that_a_value_out_of_range_cannot_be_typed(qtbot, opened) -> None:
    form = flood_form(opened)
    field = form.fields["rain_mm"]
    field.selectAll()
    qtbot.keyClicks(field, "999999")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() <= form.params["rain_mm"].high


def test_that_a_run_shows_water_and_can_be_played(qtbot, opened) -> None:
    make_short(opened)
    run_to_end(qtbot, opened)
    qtbot.waitUntil(lambda: any(x.id.startswith("result:") for x in opened.session.layers), timeout=20_000)
    assert opened.status.badge.property("mode") == "WHAT-IF"
    assert opened.compare_panel.table.rowCount() > 0
    qtbot.waitUntil(lambda: len(opened.timeline._times) >= 5, timeout=20_000)
    opened.actions_["play"].trigger()
    assert opened.timeline.slider.value() == 0
    qtbot.waitUntil(lambda: opened.timeline.slider.value() == opened.timeline.slider.maximum(), timeout=20_000)
    assert opened.session.time_s == opened.timeline._times[-1]


def test_that_cancel_answers_at_once_and_leaves_the_window_alive(qtbot, opened) -> None:
    with qtbot.waitSignal(opened.runs.started):
        opened.rain_button.click()
    assert not opened.scenario_panel.run_button.isEnabled()
    with qtbot.waitSignal(opened.runs.ended, timeout=1000) as told:
        opened.scenario_panel.cancel_button.click()
    assert told.args[1] is False
    assert opened.scenario_panel.run_button.isEnabled()
    qtbot.waitUntil(lambda: not any(t.is_alive() for t in opened.jobs._threads), timeout=5000)


def test_that_a_barrier_makes_a_branch_and_two_runs_are_compared(qtbot, opened) -> None:
    import shapely

    from gui import measures

    make_short(opened)
    run_to_end(qtbot, opened)
    base = opened.session.current
    x0, y0, x1, y1 = opened.session.city.core_bounds
    measures.add(opened.session, "barrier", shapely.LineString([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)]))
    assert opened.session.current != base
    assert opened.session.case.scenario.scenario.parent == base
    assert opened.scenario_panel.edits.topLevelItemCount() == 1
    assert not opened.session.is_stale(opened.session.cases[base])
    with qtbot.waitSignal(opened.runs.compared, timeout=90_000):
        opened.scenario_panel.run_button.click()
    assert opened.compare_panel.table.columnCount() == 5
    opened.compare_panel.difference.click()
    qtbot.waitUntil(lambda: any(x.id.startswith("difference") for x in opened.session.layers), timeout=20_000)


def test_that_a_second_run_begins_with_nothing_of_the_first(qtbot, opened) -> None:
    make_short(opened)
    opened.show_dock("scenarios")
    run_to_end(qtbot, opened)
    panel = opened.scenario_panel
    panel.bar.set_value(1.0)
    panel.stage.setText("Writing the result   143 s   0 s left")
    panel.run_button.click()
    assert panel.bar.value < 0
    assert "143" not in panel.stage.text()
    opened.runs.cancel()


def test_that_forms_are_made_once_for_many_scenarios_and_only_where_they_are_seen(qtbot, opened) -> None:
    from gui.running import cloudburst

    opened.show_dock("layers")
    before = opened.scenario_panel.area.widget()
    for _ in range(3):
        opened.session.add_case(cloudburst())
    qtbot.wait(50)
    assert opened.scenario_panel.area.widget() is before
    opened.show_dock("scenarios")
    qtbot.waitUntil(lambda: opened.scenario_panel.area.widget() is not before)
    assert "rain_mm" in flood_form(opened).params


def test_that_choices_of_a_form_are_words_in_both_languages(opened) -> None:
    shape = flood_form(opened).fields["hyetograph"]
    assert [shape.itemText(i) for i in range(shape.count())] == ["Even rain", "Chicago storm", "Alternating", "Rain gauges"]
    set_language("zh_CN")
    shape = flood_form(opened).fields["hyetograph"]
    assert shape.itemText(1) == "芝加哥雨型"
    set_language("en")


def test_that_a_report_is_one_file_of_the_name_asked_for(qtbot, opened, tmp_path: Path) -> None:
    make_short(opened)
    run_to_end(qtbot, opened)
    opened.actions_["report"].trigger()
    dialog = opened.findChild(QFileDialog)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.labelText(QFileDialog.DialogLabel.Accept) == "Export"
    assert dialog.selectedFiles()[0].endswith("report.html")
    dialog.close()
    opened.report_into(tmp_path / "council.html", opened.compare_panel.subject)
    assert opened.jobs.shown, "it can be followed and cancelled"
    qtbot.waitUntil(lambda: (tmp_path / "council.html").exists(), timeout=60_000)
    assert [p.name for p in tmp_path.glob("*.html")] == ["council.html"]
    assert "data:image" in (tmp_path / "council.html").read_text("utf-8")


def test_that_a_picture_shows_in_its_dialog_how_far_it_is_and_can_be_cancelled(qtbot, opened) -> None:
    from gui.picture_dialogs import PictureDialog

    opened.actions_["screenshot"].trigger()
    dialog = opened.findChild(PictureDialog)
    dialog.copy_button.click()
    assert dialog.line.isVisible()
    assert not dialog.save_button.isEnabled()
    dialog.cancel.click()
    assert not dialog.line.isVisible()
    assert dialog.save_button.isEnabled()
    dialog.close()


def test_that_what_a_click_needs_is_made_before_the_first_click(qtbot, opened) -> None:
    scene = opened.view.scene
    qtbot.waitUntil(lambda: "roads" in scene.picker._indices, timeout=30_000)
    assert {d.key for d in scene.pickable_surfaces()} == set(scene.picker._indices)


def test_that_a_result_whose_inputs_changed_is_called_stale(qtbot, opened) -> None:
    make_short(opened)
    run_to_end(qtbot, opened)
    panel = opened.scenario_panel
    opened.show_dock("scenarios")
    assert not panel.stale.isVisible()
    flood_form(opened).fields["rain_mm"].setValue(33)
    assert panel.stale.isVisible()
    opened.actions_["undo"].trigger()
    assert not panel.stale.isVisible()


def test_that_a_project_saved_and_opened_shows_the_same(qtbot, opened, tmp_path: Path) -> None:
    layer = buildings(opened)
    opened.session.set_layer(layer, "opacity", 0.4)
    opened.session.set_layer(layer, "visible", False)
    flood_form(opened).fields["rain_mm"].setValue(41)
    path = tmp_path / "work.twin"
    with qtbot.waitSignal(opened.projects.path_changed, timeout=10_000):
        opened.projects.save(path)
    assert path.exists()
    assert not opened.session.is_dirty
    opened.do_new()
    assert opened.start_page.isVisible()
    opened.open([str(path)])
    qtbot.waitUntil(lambda: opened.projects.path == path and opened.session.city is not None, timeout=30_000)
    again = buildings(opened)
    assert again.opacity == 0.4
    assert not again.visible
    assert opened.session.case.scenario.hazard[0].params["rain_mm"] == 41


def test_that_a_full_disk_loses_nothing_and_is_told(qtbot, opened, tmp_path: Path) -> None:
    path = tmp_path / "work.twin"
    with qtbot.waitSignal(opened.projects.path_changed, timeout=10_000):
        opened.projects.save(path)
    before = path.read_bytes()
    flood_form(opened).fields["rain_mm"].setValue(42)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with qtbot.waitSignal(opened.notices.told, timeout=10_000) as told:
            opened.actions_["save"].trigger()
        qtbot.waitUntil(lambda: not opened.jobs.running, timeout=10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert told.args[0] == "error"
    assert opened.banner.isVisible()
    assert path.read_bytes() == before
    assert opened.session.is_dirty
    assert opened.session.case.scenario.hazard[0].params["rain_mm"] == 42


def test_that_unsaved_work_is_offered_at_the_next_start(qtbot, opened) -> None:
    flood_form(opened).fields["rain_mm"].setValue(43)
    opened.close()
    from gui.window import MainWindow

    second = MainWindow()
    second.show()
    qtbot.waitUntil(lambda: second.view is not None, timeout=30_000)
    try:
        assert second.banner.isVisible()
        recover = next(b for b in second.banner.findChildren(QPushButton) if b.text() == "Recover")
        recover.click()
        qtbot.waitUntil(lambda: second.session.case is not None and second.session.is_dirty, timeout=30_000)
        assert second.session.case.scenario.hazard[0].params["rain_mm"] == 43
    finally:
        second.close()
        second.deleteLater()


@pytest.mark.parametrize("content", [b"", b"{broken", b"\x00\x01\x02"])
def test_that_a_bad_file_becomes_a_sentence_and_the_window_lives(qtbot, window, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_bytes(content)
    with qtbot.waitSignal(window.notices.told, timeout=20_000) as told:
        window.open([str(bad)])
    assert told.args[0] == "error"
    assert "inside the program" not in told.args[1]
    assert window.banner.isVisible()
    assert window.start_page.isVisible()
    assert window.start_page.demo.isEnabled() or window.jobs.running


def test_that_a_bad_file_leaves_the_open_city_open(qtbot, opened, tmp_path: Path) -> None:
    city = opened.session.city
    bad = tmp_path / "bad.city.json"
    bad.write_text("{}", "utf-8")
    with qtbot.waitSignal(opened.notices.told, timeout=20_000):
        opened.open([str(bad)])
    assert opened.session.city is city


def test_that_a_scenario_with_mistakes_is_refused_in_a_sentence(qtbot, opened, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("schema = 1\n[scenario]\nname = 'x'\ncolour = 'red'\n", "utf-8")
    with qtbot.waitSignal(opened.notices.told) as told:
        opened.open([str(wrong)])
    assert "colour" in told.args[1]


def test_that_the_language_changes_while_running(opened) -> None:
    set_language("zh_CN")
    assert opened.actions_["run"].text() == "运行(&R)"
    assert opened.docks["layers"].windowTitle() == "图层"
    assert opened.layers_panel.tree.topLevelItem(0).text(0).split()[0] in {"城市", "网络", "设施", "底图", "实时"}
    label = flood_form(opened).findChildren(QLabel)[0].text()
    assert any("\u4e00" <= c <= "\u9fff" for c in label)
    set_language("en")
    assert opened.actions_["run"].text() == "&Run"
    assert language.name == "en"


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_that_every_theme_can_be_put_on_while_running(opened, theme: str) -> None:
    apply_theme(theme, 12)
    assert look.name == theme
    assert opened.font().pointSize() == 12


def test_that_undo_brings_style_visibility_and_opacity_back(opened) -> None:
    layer, session = buildings(opened), opened.session
    style, opacity = layer.style, layer.opacity
    opened.layers_panel.choose(layer)
    editor = opened.layers_panel.editor
    editor.kind.setCurrentIndex(editor.kind.findData("graduated"))
    assert layer.style.kind == "graduated"
    assert layer.style.low < layer.style.high
    editor.opacity.setValue(30)
    session.set_layer(layer, "visible", False)
    for _ in range(3):
        opened.actions_["undo"].trigger()
    assert (layer.style, layer.opacity, layer.visible) == (style, opacity, True)
    opened.actions_["redo"].trigger()
    assert layer.style.kind == "graduated"


def test_that_find_goes_to_a_name_and_to_coordinates(qtbot, opened) -> None:
    find = opened.find_popup
    opened.actions_["find"].trigger()
    assert find.isVisible()
    qtbot.keyClicks(find.field, "House 3-2")
    qtbot.waitUntil(lambda: find.list.count() > 0 and "House 3-2" in find.list.item(0).text(), timeout=5000)
    qtbot.keyClick(find.field, Qt.Key.Key_Return)
    layer, rows = opened.session.selected
    assert layer.table()["name"].iloc[rows[0]] == "House 3-2"
    opened.actions_["find"].trigger()
    qtbot.keyClicks(find.field, "31.231, 121.501")
    qtbot.waitUntil(lambda: find.list.count() > 0 and "WGS 84" in find.list.item(0).text(), timeout=5000)
    x, y = opened.session.city.frame.from_lonlat(121.501, 31.231)
    qtbot.keyClick(find.field, Qt.Key.Key_Return)
    opened.view.scene.camera.finish()
    eye = opened.view.scene.camera.eye
    assert abs(eye.x - float(x)) < 1
    assert abs(eye.y - float(y)) < 1


def test_that_find_tells_a_thing_once_however_many_results_speak_of_it(qtbot, opened) -> None:
    make_short(opened)
    run_to_end(qtbot, opened)
    qtbot.waitUntil(lambda: any(x.id.startswith("result:") for x in opened.session.layers), timeout=20_000)
    find = opened.find_popup
    opened.actions_["find"].trigger()
    qtbot.keyClicks(find.field, "House 3-2")
    qtbot.waitUntil(lambda: find.list.count() > 0 and "House 3-2" in find.list.item(0).text(), timeout=5000)
    qtbot.waitUntil(lambda: not opened.jobs.running, timeout=10_000)
    assert find.list.count() == 1
    find.hide()


def test_that_the_command_palette_runs_a_command_by_its_words(qtbot, opened) -> None:
    opened.actions_["palette"].trigger()
    qtbot.keyClicks(opened.palette_popup.field, "attribute table")
    qtbot.keyClick(opened.palette_popup.field, Qt.Key.Key_Return)
    assert not opened.palette_popup.isVisible()
    assert opened.table.layer is not None


def test_that_every_action_does_something_and_has_icon_and_tip(opened) -> None:
    from gui.actions import ACTIONS

    for spec in ACTIONS:
        action = opened.actions_[spec.id]
        assert not action.icon().isNull()
        assert action.toolTip()
        assert callable(getattr(opened, f"do_{spec.id}"))
    keys = [s.keys for s in ACTIONS if s.keys]
    assert len(keys) == len(set(keys))


def test_that_dialogs_do_not_stop_the_window(qtbot, opened) -> None:
    for id in ("preferences", "help", "sources", "about", "open", "save_as"):
        opened.actions_[id].trigger()
    dialogs = [d for d in opened.findChildren(QDialog) if d.isVisible()]
    assert len(dialogs) == 6
    assert not any(d.windowModality() == Qt.WindowModality.ApplicationModal for d in dialogs)
    for dialog in dialogs:
        dialog.close()
    qtbot.waitUntil(lambda: not any(d.isVisible() for d in opened.findChildren(QDialog)))


def test_that_the_layout_is_remembered(qtbot, opened) -> None:
    opened.docks["inspector"].hide()
    opened.close()
    from gui.window import MainWindow

    second = MainWindow()
    second.show()
    qtbot.waitUntil(lambda: second.view is not None, timeout=30_000)
    assert not second.docks["inspector"].isVisible()
    second.do_reset_layout()
    assert second.docks["inspector"].isVisible()
    second.close()
    second.deleteLater()


def test_that_what_was_opened_is_found_among_the_recent_ones(opened, small_city: Path) -> None:
    from gui.projects import recent, recent_cards

    assert recent()[0] == [str(small_city)]
    opened.do_new()
    what, picture, there = recent_cards()[0]
    assert what == str(small_city)
    assert there
    assert picture.startswith(b"\x89PNG")
    small_city.rename(small_city.with_name("gone"))
    assert recent_cards()[0][2] is False


def test_that_a_dragged_layer_is_drawn_over_the_others_and_undo_puts_it_back(opened) -> None:
    session = opened.session
    base = sorted((x for x in session.layers if x.group == "base"), key=lambda x: x.order)
    before = {x.id: x.order for x in base}
    session.set_orders({base[0].id: base[-1].order + 1})
    assert max(base, key=lambda x: x.order) is base[0]
    opened.actions_["undo"].trigger()
    assert {x.id: x.order for x in base} == before


def test_that_texts_with_places_are_filled(opened) -> None:
    assert tr("{n:,} rows", n=1234) == "1,234 rows"


def test_that_work_is_kept_at_closing_though_the_view_cannot_be_drawn(qtbot, opened, monkeypatch) -> None:
    from gui.projects import Projects

    make_short(opened)

    def broken():
        raise RuntimeError("no picture")

    opened.projects._picture = broken
    opened.projects.autosave_now()
    assert opened.projects._autosave.is_file()
    assert Projects.left_behind() == [opened.projects._autosave]


def test_that_the_table_is_not_empty_when_it_is_first_seen(qtbot, opened) -> None:
    opened.docks["table"].raise_()
    qtbot.waitUntil(lambda: opened.table.model.rowCount() == 36, timeout=5000)
    assert opened.table.which.currentText() == "Buildings"


def test_that_a_measure_drawn_is_seen_in_the_view_until_another_scenario_is_chosen(qtbot, opened) -> None:
    import shapely

    from gui import measures

    session = opened.session
    base = session.current
    x0, y0, x1, y1 = session.city.bounds
    measures.add(session, "barrier", shapely.LineString([(x0 + 1, y0 + 1), (x1 - 1, y1 - 1)]))
    qtbot.waitUntil(lambda: session.layer("measures") is not None, timeout=5000)
    layer = session.layer("measures")
    assert list(layer.table()["id"]) == ["measure/barrier-1"]
    assert {d.key for d in layer.draw()} == {"measures-lines", "measures-walls", "measures-curtain", "measures-labels"}
    qtbot.waitUntil(lambda: any(x.id == "measures" for x in opened.view.scene.layers), timeout=5000)
    session.set_current(base)
    assert session.layer("measures") is None


def test_that_a_recording_opened_on_a_city_is_replayed_and_moved_by_the_timeline(qtbot, opened, tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    rows = "".join(f"G1,{1_700_000_000 + 60 * k},{k},121.501,31.231\n" for k in range(200))
    path.write_text("id,time,value,lon,lat\n" + rows, "utf-8")
    opened.sensors.player.set_rate(1.0)
    opened.open([str(path)])
    qtbot.waitUntil(lambda: opened.timeline.shows == "recording", timeout=10_000)
    assert opened.session.city.name == "Small"
    qtbot.waitUntil(lambda: opened.status.badge.property("mode") == "REPLAY", timeout=5000)
    qtbot.waitUntil(lambda: opened.timeline.play.isChecked(), timeout=5000)
    opened.actions_["play"].trigger()
    assert opened.sensors.hub.clock.paused
    opened.actions_["live_stop"].trigger()
    assert opened.timeline.shows == "result"


def test_that_a_recording_without_a_city_is_told(qtbot, window, tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text("id,time,value\nA,1700000000,1\n", "utf-8")
    window.open([str(path)])
    assert "Open a city first" in window.banner.text.text()


def test_that_the_badge_of_the_window_has_the_colours_of_the_one_in_the_picture() -> None:
    from gui.scene.hud import BADGES
    from gui.theme import SHEET

    for mode, color in BADGES.items():
        assert f'QLabel#badge[mode="{mode}"] {{ background: {color}; }}' in SHEET.template


def test_that_recent_things_open_from_the_menu_and_what_is_gone_is_grey(opened, tmp_path: Path) -> None:
    gone = tmp_path / "gone.geojson"
    opened.projects.remember([str(gone)])
    opened.fill_recent()
    entries = opened._recent_menu.actions()
    assert [e.isEnabled() for e in entries] == [False, True]
    assert entries[1].text().endswith("small")


def test_that_a_save_that_fails_tells_why_in_full_and_leaves_no_lock_behind(qtbot, opened, tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        opened.projects.save(folder / "city.twin")
        qtbot.waitUntil(lambda: "could not be saved" in opened.banner.text.text(), timeout=10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == []
    assert opened.session.is_dirty
    text = opened.banner.text
    assert text.height() >= text.heightForWidth(text.width())


@pytest.mark.parametrize(
    ("hazard", "sentence"),
    [("params = { rain_mm = 50000 }", "out of range"), ("params = { rubbish = 1 }", "'rubbish' is not a parameter")],
)
def test_that_a_scenario_with_wrong_values_is_told_and_not_taken(opened, tmp_path: Path, hazard: str, sentence: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        f'schema = 1\n[scenario]\nname = "wrong"\nduration = "PT1H"\n[[hazard]]\nid = "r"\nmodel = "flood"\n{hazard}\n', "utf-8"
    )
    before = list(opened.session.cases)
    opened.open([str(path)])
    assert sentence in opened.banner.text.text()
    assert list(opened.session.cases) == before
    assert opened.scenario_panel.forms


def test_that_a_scenario_of_recorded_rain_says_so_and_starts_when_it_fell(qtbot, opened, tmp_path: Path) -> None:
    path = tmp_path / "rain.csv"
    path.write_text("id,time,value\n" + "".join(f"G,{1_700_000_000 + 60 * k},1\n" for k in range(100)), "utf-8")
    opened.open([str(path)])
    qtbot.waitUntil(lambda: opened.timeline.shows == "recording", timeout=10_000)
    opened.scenario_from_rain({"rain_mm": 40.0})
    head = opened.session.case.scenario.scenario
    assert head.name == "Rain of the recording"
    assert head.start is not None
    assert head.start.year == 2023
    opened.runs.cancel()
    opened.actions_["live_stop"].trigger()


def test_that_the_window_fits_a_projector(qtbot: Any, window: Any) -> None:
    qtbot.waitUntil(lambda: window.sensors is not None, timeout=30_000)
    assert window.minimumSizeHint().width() <= 1024
    assert window.minimumSizeHint().height() <= 700


def test_that_the_window_is_at_first_no_wider_than_a_screen(qtbot: Any) -> None:
    from gui.window import MainWindow

    window = MainWindow()
    qtbot.addWidget(window)
    assert window.width() <= 1500
