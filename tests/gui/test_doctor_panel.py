"""The import report as a person uses it: a broken city opened, a problem chosen, flown to, mended, undone, exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from gui.i18n import set_language
from gui.panels.doctor import summary
from gui.theme import apply_theme

pytestmark = pytest.mark.timeout(120)
LON, LAT, STEP = 121.5, 31.23, 0.0004


def write(path: Path, features: list[tuple[dict[str, Any], str, Any]]) -> None:
    told = [{"type": "Feature", "properties": p, "geometry": {"type": kind, "coordinates": xy}} for p, kind, xy in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": told}), "utf-8")


def square(x: float, y: float, side: float = STEP / 2) -> list[list[list[float]]]:
    return [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]


@pytest.fixture
def broken_city(tmp_path: Path) -> Path:
    """16 buildings, three of them twice, one a sliver; two roads that cross without a node; one source with its axes swapped."""
    folder = tmp_path / "broken"
    folder.mkdir()
    places = [(LON + i * STEP, LAT + k * STEP) for i in range(4) for k in range(4)]
    houses = [({"id": f"b{n}", "building": "yes", "height": 9 + n}, "Polygon", square(x, y)) for n, (x, y) in enumerate(places)]
    houses += [({"id": f"b{n}x", "building": "yes", "height": 9}, "Polygon", square(*places[n])) for n in range(3)]
    houses.append(({"id": "thin", "building": "yes", "height": 9}, "Polygon", square(LON - STEP, LAT, STEP / 200)))
    write(folder / "buildings.geojson", houses)
    west, south, far = LON - STEP, LAT - STEP, 6 * STEP
    lines = [[[west, south], [west + far, south + far]], [[west, south + far], [west + far, south]]]
    roads = [({"id": f"r{i}", "highway": "residential"}, "LineString", line) for i, line in enumerate(lines)]
    write(folder / "roads.geojson", roads)
    trees = [({"id": f"t{i}", "natural": "tree"}, "Point", [LAT + i * STEP, LON]) for i in range(3)]
    write(folder / "trees.geojson", trees)
    return folder


@pytest.fixture
def doctor(qtbot: Any, window: Any, broken_city: Path) -> Any:
    """The window with the broken city open and its report in sight."""
    window.open([str(broken_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=10_000)
    window.do_problems()
    return window


def codes(window: Any) -> list[str]:
    panel = window.doctor_panel
    return [panel.list.topLevelItem(i).data(0, Qt.ItemDataRole.UserRole).code for i in range(panel.list.topLevelItemCount())]


def choose(window: Any, code: str) -> None:
    panel = window.doctor_panel
    panel.list.setCurrentItem(panel.list.topLevelItem(codes(window).index(code)))


def buttons(window: Any) -> list[QPushButton]:
    row = window.doctor_panel.buttons
    return [w for w in (row.itemAt(i).widget() for i in range(row.count())) if w is not None]


def test_that_a_broken_city_says_so_and_leads_to_the_report(qtbot: Any, doctor: Any) -> None:
    assert "see the import report" in doctor.banner.text.text()
    assert doctor.banner.property("level") in ("warning", "error")
    assert doctor.doctor_panel.isVisible()
    assert {"double_building", "sliver", "crossing", "swapped_axes"} <= set(codes(doctor))
    ranks = [doctor.doctor_panel.list.topLevelItem(i).data(0, Qt.ItemDataRole.UserRole).severity for i in range(len(codes(doctor)))]
    assert ranks == sorted(ranks, key=["error", "warning", "info"].index)
    assert "warnings" in doctor.doctor_panel.summary.text()


def test_that_an_example_is_flown_to_and_selected(qtbot: Any, doctor: Any) -> None:
    choose(doctor, "double_building")
    doctor.doctor_panel.examples.linkActivated.emit("example:1")
    layer, rows = doctor.session.selected
    example = doctor.doctor_panel.problem.examples[1]
    assert layer is not None
    assert layer.table()["id"].iloc[rows[0]] == example


def test_that_files_are_no_links_and_objects_are(doctor: Any) -> None:
    from dataclasses import replace

    from twin.errors import Problem

    files = Problem("same_file", "info", 1, "1 file says what others say", "x", ("trees_copy.geojson", "building/b1"))
    doctor.session.set_problems(replace(doctor.session.city, problems=(files,)))
    choose(doctor, "same_file")
    text = doctor.doctor_panel.examples.text()
    assert text.count("<a href") == 1
    assert 'href="example:1"' in text
    doctor.doctor_panel._first_example(doctor.doctor_panel.list.currentItem())
    assert doctor.session.selected[0] is not None


def test_that_a_long_id_does_not_push_the_report_out_of_sight(qtbot: Any, doctor: Any) -> None:
    from dataclasses import replace

    from twin.errors import Problem

    long = "building/" + "GUID_B9BED6C6_5BDE_421C_ADC7_" * 8
    problem = Problem("sliver", "info", 1, f"{long} is odd", "x", (long,))
    doctor.session.set_problems(replace(doctor.session.city, problems=(problem,)))
    choose(doctor, "sliver")
    panel = doctor.doctor_panel
    qtbot.waitUntil(lambda: panel.says.isVisible() and panel.says.width() > 100)
    detail = panel.says.parentWidget().parentWidget()
    assert panel.says.parentWidget().width() <= detail.width()
    assert detail.width() > 0.33 * panel.width()


def test_that_the_keyboard_chooses_a_problem_and_enter_flies_there(qtbot: Any, doctor: Any) -> None:
    panel = doctor.doctor_panel
    choose(doctor, "sliver")
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert doctor.session.selected[0] is not None
    assert panel.list.accessibleName()
    assert panel.examples.accessibleName()


def test_that_a_repair_mends_the_city_undo_brings_it_back_and_redo_mends_it_again(qtbot: Any, doctor: Any) -> None:
    before, count = doctor.session.city, len(doctor.session.city.buildings)
    choose(doctor, "double_building")
    (button,) = buttons(doctor)
    assert button.text() == "Keep one of each"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: doctor.session.city.repairs == ("drop_doubles",), timeout=20_000)
    assert len(doctor.session.city.buildings) == count - 3
    assert "double_building" not in codes(doctor)
    assert {x.id for x in doctor.view.scene.layers} == {x.id for x in doctor.session.layers}
    assert doctor.session.is_dirty
    doctor.do_undo()
    qtbot.waitUntil(lambda: doctor.session.city is before, timeout=20_000)
    assert "double_building" in codes(doctor)
    doctor.do_redo()
    qtbot.waitUntil(lambda: len(doctor.session.city.buildings) == count - 3, timeout=20_000)


def test_that_all_safe_repairs_are_made_at_once_and_what_is_not_safe_stays(qtbot: Any, doctor: Any) -> None:
    qtbot.mouseClick(doctor.doctor_panel.safe, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: set(doctor.session.city.repairs) == {"drop_doubles", "drop_slivers"}, timeout=20_000)
    assert "crossing" in codes(doctor)
    assert not doctor.doctor_panel.safe.isEnabled()
    assert "2 repairs made" in doctor.doctor_panel.summary.text()


def test_that_looks_and_view_stay_through_a_repair(qtbot: Any, doctor: Any) -> None:
    layer = next(x for x in doctor.session.layers if x.id == "buildings")
    layer.opacity = 0.5
    doctor.view.scene.camera.view("top", animate=False)
    state = doctor.view.scene.camera.state()
    doctor.repair_city(["drop_slivers"])
    qtbot.waitUntil(lambda: doctor.session.city.repairs == ("drop_slivers",), timeout=20_000)
    assert next(x for x in doctor.session.layers if x.id == "buildings").opacity == 0.5
    assert doctor.view.scene.camera.state() == state


def test_that_checking_thoroughly_finds_what_opening_does_not(qtbot: Any, doctor: Any) -> None:
    before = doctor.session.city
    with qtbot.waitSignal(doctor.session.problems_changed, timeout=20_000):
        qtbot.mouseClick(doctor.doctor_panel.check, Qt.MouseButton.LeftButton)
    assert doctor.session.city.buildings is before.buildings
    assert doctor._is_thorough


def test_that_a_project_brings_a_mended_city_back(qtbot: Any, doctor: Any, tmp_path: Path) -> None:
    doctor.repair_city(["drop_doubles"])
    qtbot.waitUntil(lambda: doctor.session.city.repairs == ("drop_doubles",), timeout=20_000)
    count = len(doctor.session.city.buildings)
    path = tmp_path / "work.twin"
    with qtbot.waitSignal(doctor.projects.saved, timeout=20_000):
        doctor.projects.save(path)
    doctor.do_new()
    doctor.open([str(path)])
    qtbot.waitUntil(lambda: doctor.session.city is not None and bool(doctor.session.cases), timeout=30_000)
    assert doctor.session.city.repairs == ("drop_doubles",)
    assert len(doctor.session.city.buildings) == count
    assert doctor.session.is_mended
    qtbot.waitUntil(lambda: not doctor.jobs.running, timeout=20_000)


def test_that_a_city_as_it_was_opened_is_kept_in_no_recipe(qtbot: Any, doctor: Any) -> None:
    assert not doctor.session.is_mended
    assert doctor.projects.snapshot().recipe == ""


def test_that_a_source_is_read_in_another_way_at_a_click_and_undo_brings_it_back(qtbot: Any, window: Any, tmp_path: Path) -> None:
    import geopandas
    import shapely

    folder = tmp_path / "two"
    folder.mkdir()
    shapes = [shapely.box(84_500 + 20 * i, 447_500, 84_510 + 20 * i, 447_510) for i in range(12)]
    for name, dy in (("buildings.gpkg", 0), ("buildings_south.shp", -100)):
        moved = [shapely.affinity.translate(s, 0, dy) for s in shapes]
        geopandas.GeoDataFrame({"height": [9.0] * 12}, geometry=moved, crs="EPSG:28992").to_file(folder / name)
    (folder / "buildings_south.prj").unlink()
    window.open([str(folder)])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    choose(window, "no_crs")
    assert [b.text() for b in buttons(window)] == ["Read as EPSG:28992", "State reference system…"]
    buttons(window)[0].click()
    qtbot.waitUntil(lambda: len(window.session.city.buildings) == 24, timeout=20_000)
    assert "no_crs" not in codes(window)
    window.do_undo()
    qtbot.waitUntil(lambda: len(window.session.city.buildings) == 12, timeout=20_000)
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=20_000)


def test_that_the_report_is_written_as_a_page_and_as_data(qtbot: Any, doctor: Any, tmp_path: Path) -> None:
    for name in ("report.html", "report.json"):
        doctor.export_check(tmp_path / name)
        qtbot.waitUntil((tmp_path / name).is_file, timeout=20_000)
    assert "Two buildings at one place" in (tmp_path / "report.html").read_text("utf-8")
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert "sliver" in {p["code"] for p in told["sources"][0]["problems"]}
    qtbot.waitUntil(lambda: not doctor.jobs.running, timeout=20_000)


def test_that_a_recipe_saved_opens_the_city_as_it_is(qtbot: Any, doctor: Any, broken_city: Path) -> None:
    from twin.city.recipe import open_city

    doctor.repair_city(["drop_slivers"])
    qtbot.waitUntil(lambda: doctor.session.city.repairs == ("drop_slivers",), timeout=20_000)
    doctor.save_recipe(broken_city / "city.toml")
    assert open_city(broken_city).content_hash == doctor.session.city.content_hash


def test_that_the_panel_speaks_chinese_and_takes_every_theme(doctor: Any) -> None:
    choose(doctor, "sliver")
    set_language("zh_CN")
    assert doctor.doctor_panel.title.text().startswith("碎屑多边形")
    assert "个警告" in doctor.doctor_panel.summary.text()
    assert buttons(doctor)[0].text() == "去除碎屑"
    for theme in ("dark", "contrast", "light"):
        apply_theme(theme)
        assert doctor.doctor_panel.problem.code == "sliver"
    set_language("en")


def test_that_without_a_city_nothing_is_shown(window: Any) -> None:
    assert summary(None) == ""
    assert not window.doctor_panel.check.isEnabled()
    assert window.doctor_panel.list.topLevelItemCount() == 0
