"""Measuring in the window: tools taken by their keys, clicks in the view, the list, the profile, undo."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from gui.measurements import said

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def ready(qtbot, opened):
    """The window with its city seen from above."""
    view = opened.view
    qtbot.waitUntil(lambda: view.has_gl or view._canvas is not None)
    view.scene.camera.view("top", animate=False)
    view.scene.prepare(view.scene.size)
    return opened


def pixel(window, x: float, y: float, z: float | None = None) -> tuple[float, float]:
    """Of a place in local metres."""
    scene = window.view.scene
    level = float(scene.ground.height(x, y)) if z is None else z
    xy, _ = scene.project(np.array([(x, y, level)]))
    return float(xy[0, 0]), float(scene.size[1] - xy[0, 1])


def click(window, *places: tuple[float, float]) -> None:
    for x, y in places:
        window.view.scene.tools.click(*pixel(window, x, y))


def street(window) -> tuple[float, float]:
    """A place between houses: the north-eastern corner of the south-westmost is 0.75 of a step from its own corner."""
    x0, y0, *_ = window.session.city.core_bounds
    return x0 - 8.0, y0 - 8.0


def test_that_a_key_takes_the_tool_and_says_how_to_use_it_and_escape_puts_it_away(qtbot, ready) -> None:
    ready.activateWindow()
    ready.actions_["measure_height"].trigger()
    strip = ready.tool_strip
    assert ready.view.scene.tools.active == "height"
    assert strip.isVisible()
    assert "Esc" in strip.hint.text()
    assert ready.view.cursor().shape() == Qt.CursorShape.CrossCursor
    ready.actions_["deselect"].trigger()
    assert ready.view.scene.tools.active == ""
    assert not strip.isVisible()
    ready.actions_["measure"].trigger()
    ready.actions_["measure"].trigger()
    assert ready.view.scene.tools.active == ""


def test_that_several_measurements_stay_are_undone_and_copied(qtbot, ready) -> None:
    x, y = street(ready)
    m = ready.measurements
    ready.actions_["measure"].trigger()
    click(ready, (x, y), (x, y + 60))
    ready.view.scene.tools.finish()
    qtbot.waitUntil(lambda: len(m.items) == 1)
    ready.actions_["measure_area"].trigger()
    click(ready, (x, y), (x + 50, y), (x + 50, y - 20), (x, y - 20))
    ready.view.scene.tools.finish()
    qtbot.waitUntil(lambda: len(m.items) == 2)
    distance, area = m.items
    assert distance.values[1].amount == pytest.approx(60, rel=0.03)
    assert area.values[0].amount == pytest.approx(1000, rel=0.06)
    assert ready.session.layer("measured").table()["name"].tolist() == ["Distance 1", "Area 1"]
    panel = ready.measurements_panel
    assert panel.table.rowCount() == 2
    assert panel.chosen() == [area]
    panel.table.selectAll()
    panel.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert f"Distance 1\tLength in plan\t{said(distance.values[1].amount)}" in copied
    assert "Area 1\tArea in plan" in copied
    panel.clear.click()
    assert m.items == []
    assert ready.session.layer("measured") is None
    ready.do_undo()
    assert m.items == [distance, area]
    ready.do_undo()
    assert m.items == [distance]
    ready.do_redo()
    assert ready.session.layer("measured").table()["name"].tolist() == ["Distance 1", "Area 1"]


def test_that_the_cursor_holds_on_to_the_corner_of_a_roof(ready) -> None:
    city, tools = ready.session.city, ready.view.scene.tools
    mesh = city.buildings.mesh
    row = 35  # the highest
    corners = mesh.points[mesh.triangles[mesh.object == row]].reshape(-1, 3)
    corner = corners[np.lexsort((corners[:, 1], corners[:, 0], -corners[:, 2]))[0]]
    inwards = corners[:, :2].mean(0) - corner[:2]
    near = corner + np.append(inwards / np.linalg.norm(inwards) * 0.8, 0.0)
    ready.actions_["measure_height"].trigger()
    ready.view.scene.camera.fly_to((corner[0] - 20, corner[0] + 20, corner[1] - 20, corner[1] + 20, 0.0, 30.0), animate=False)
    ready.view.scene.prepare(ready.view.scene.size)
    tools.click(*pixel(ready, *near))
    assert tools.is_snapped
    assert tools.points[0] == pytest.approx(corner)


def test_that_a_volume_is_taken_against_the_level_typed_in_the_list(qtbot, ready) -> None:
    x, y = street(ready)
    x1, y1 = (v + 8 for v in ready.session.city.core_bounds[2:])
    ready.actions_["measure_volume"].trigger()
    click(ready, (x, y), (x1, y), (x1, y1), (x, y1))
    ready.view.scene.tools.finish()
    qtbot.waitUntil(lambda: len(ready.measurements.items) == 1)
    first = ready.measurements.items[0]
    assert first.get("buildings") == 36
    from twin.city.measuring import body_volumes

    assert first.get("buildings_volume") == pytest.approx(body_volumes(ready.session.city, np.arange(36)).sum(), rel=1e-6)
    panel = ready.measurements_panel
    level = first.get("level")
    panel.reference.setCurrentIndex(panel.reference.findData("level"))
    panel.reference.activated.emit(panel.reference.currentIndex())
    qtbot.waitUntil(lambda: ready.measurements.items[0] is not first)
    panel.level.setValue(level + 2.0)
    area = first.get("area_plan")
    qtbot.waitUntil(lambda: ready.measurements.items[0].get("fill") == pytest.approx(2 * area, rel=1e-6))
    ready.do_undo()
    ready.do_undo()
    assert ready.measurements.items == [first]


def test_that_a_line_of_sight_names_the_house_in_the_way_and_flies_there(qtbot, ready) -> None:
    city = ready.session.city
    box = city.buildings.shapes([14])[0].bounds
    y = (box[1] + box[3]) / 2
    ready.actions_["sight_line"].trigger()
    click(ready, (box[0] - 10, y), (box[2] + 10, y))
    qtbot.waitUntil(lambda: len(ready.measurements.items) == 1)
    item = ready.measurements.items[0]
    assert not item.found.is_clear
    assert item.found.row == 14
    assert item.by == str(city.buildings.take([14])["name"].iloc[0])
    assert item.by in item.text
    ready.measurements_panel.fly.click()
    assert list(ready.session.layer("buildings").selected) == [14]


def test_that_a_viewshed_becomes_a_layer_that_undo_takes_away_and_a_file(qtbot, ready, tmp_path: Path) -> None:
    x, y = street(ready)
    ready.tool_strip.set_value("radius_m", 150.0)
    ready.actions_["viewshed"].trigger()
    assert ready.view.scene.tools.reach == (150.0, 0.0, 360.0)
    click(ready, (x, y))
    qtbot.waitUntil(lambda: ready.session.layer("view:1") is not None, timeout=60_000)
    (item,) = ready.measurements.items
    assert 0 < item.values[0].amount < np.pi * 150**2
    assert 0 < item.values[2].amount <= 36
    ready.write_measurements(tmp_path / "seen.tif", [item])
    qtbot.waitUntil(lambda: (tmp_path / "seen.tif").exists() and not ready.jobs.running)
    import rasterio

    with rasterio.open(tmp_path / "seen.tif") as found:
        assert (found.read(1) == 1).sum() == item.layer.viewshed.seen.sum()
    ready.do_undo()
    assert ready.session.layer("view:1") is None
    ready.do_redo()
    assert ready.session.layer("view:1") is item.layer


def test_that_hours_of_sun_are_a_layer_of_the_date_chosen(qtbot, ready) -> None:
    from datetime import date

    from PySide6.QtCore import QDate

    x0, y0, x1, y1 = ready.session.city.core_bounds
    ready.tool_strip.day.setDate(QDate(2026, 6, 21))
    ready.tool_strip.set_value("sun_radius_m", 60.0)
    ready.actions_["shadow_hours"].trigger()
    click(ready, ((x0 + x1) / 2, (y0 + y1) / 2))
    qtbot.waitUntil(lambda: ready.session.layer("sun:1") is not None, timeout=60_000)
    (item,) = ready.measurements.items
    assert item.options["day"] == date(2026, 6, 21).isoformat()
    possible = item.get("sun_possible")
    assert possible == pytest.approx(14.0, abs=0.4)  # Shanghai at midsummer
    assert 2 < item.values[0].amount < possible


def test_that_a_section_shows_its_profile_and_view_and_plot_point_at_each_other(qtbot, ready, tmp_path: Path) -> None:
    city = ready.session.city
    x0, y0, x1, y1 = city.core_bounds
    box = city.buildings.shapes([14])[0].bounds
    y = (box[1] + box[3]) / 2
    ready.actions_["section"].trigger()
    click(ready, (x0 - 10, y), (x1 + 10, y))
    ready.view.scene.tools.finish()
    qtbot.waitUntil(lambda: ready.profile.layer is not None)
    layer, plot = ready.profile.layer, ready.profile.plot
    assert ready.docks["profile"].isVisible()
    assert len({c.row for c in layer.section.cuts}) == 6
    assert "6 buildings cut" in ready.profile.said.text()
    cut = next(c for c in layer.section.cuts if c.row == 14)
    qtbot.waitUntil(lambda: plot.width() > 200)
    qtbot.mouseMove(plot, QPoint(round(plot.x_of((cut.start + cut.stop) / 2)), round(plot.y_of(cut.top) + 3)))
    qtbot.waitUntil(lambda: plot.at is not None)
    assert layer._marked is not None
    assert "House" in ready.profile.said.text()
    at = layer.section.at([30.0])[0]
    ready.view.hovered.emit(float(at[0]), float(at[1]) + 0.5, float(at[2]))
    assert plot.at == pytest.approx(30.0, abs=1.0)
    rows = list(csv.DictReader(io.StringIO(ready.profile.text(city.frame.to_crs))))
    assert float(rows[-1]["distance_m"]) == pytest.approx(layer.section.length_m, abs=0.01)
    assert sum(bool(r["roof_m"]) for r in rows) > 10
    assert ready.profile.save_picture(tmp_path / "profile.png", ready._caption())
    from PIL import Image

    with Image.open(tmp_path / "profile.png") as picture:
        assert picture.width == 2 * plot.width()
        assert picture.height > 2 * plot.height(), "with what is said of it, and the credits"
    ready.profile.close_line.click()
    assert ready.session.layer("section") is None


def test_that_another_city_has_a_list_of_its_own(qtbot, ready) -> None:
    x, y = street(ready)
    ready.actions_["measure"].trigger()
    click(ready, (x, y), (x, y + 30))
    ready.view.scene.tools.finish()
    qtbot.waitUntil(lambda: len(ready.measurements.items) == 1)
    ready.do_new()
    assert ready.measurements.items == []
    assert not ready.tool_strip.isVisible()


def test_that_a_project_keeps_measurements_and_works_their_values_out_again(qtbot, ready, tmp_path: Path) -> None:
    from twin.project import Project

    x, y = street(ready)
    m = ready.measurements
    m.measure("distance", [(x, y, 5.0), (x, y + 60, 8.0)])
    m.measure("sight", [(x, y, 0.0), (x + 250, y + 200, 0.0)], {"eye_m": 1.7, "target_m": 1.7})
    m.measure("viewshed", [(x, y, 0.0)], {"eye_m": 2.0, "radius_m": 80.0, "heading": 45.0, "width": 90.0, "target_m": 0.0})
    qtbot.waitUntil(lambda: len(m.items) == 3, timeout=60_000)
    was = {(i.kind, i.number): i for i in m.items}
    path = ready.projects.snapshot().save(tmp_path / "kept.twin")
    m.clear()
    kept = Project.load(path).measurements
    m.restore([*kept, {"kind": "nonsense", "number": 1, "points": [], "options": {}}])
    qtbot.waitUntil(lambda: len(m.items) == 3, timeout=60_000)
    for item in m.items:
        before = was[item.kind, item.number]
        assert [v.amount for v in item.values] == pytest.approx([v.amount for v in before.values], rel=1e-3, abs=0.01, nan_ok=True)
    assert ready.session.layer("view:1") is not None


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (3.14159, "m", "3.14 m"),
        (314.159, "m", "314.2 m"),
        (3141.59, "m", "3,142 m"),
        (31415.9, "m", "31.42 km"),
        (12.34, "m2", "12.3 m²"),
        (12345.6, "m2", "12,346 m²"),
        (3_200_000.0, "m2", "3.200 km²"),
        (12345.6, "m3", "12,346 m³"),
        (-0.001, "m", "0.00 m"),
        (float("nan"), "m", "–"),
        (7.25, "%", "7.2%"),
        (12.0, "", "12"),
    ],
)
def test_that_values_are_rounded_to_what_can_be_known(amount: float, unit: str, text: str) -> None:
    assert said(amount, unit) == text


def test_that_measurements_follow_a_city_that_was_changed(qtbot, ready) -> None:
    x, y = street(ready)
    m, city = ready.measurements, ready.session.city
    x1, y1 = (v + 8 for v in city.core_bounds[2:])
    m.measure("volume", [(x, y, 0.0), (x1, y, 0.0), (x1, y1, 0.0), (x, y1, 0.0)])
    m.measure("viewshed", [(x, y, 0.0)], {"eye_m": 2.0, "radius_m": 80.0, "heading": 0.0, "width": 360.0, "target_m": 0.0})
    qtbot.waitUntil(lambda: len(m.items) == 2, timeout=60_000)
    before = {i.kind: i for i in m.items}
    fewer = city.derived(buildings=city.buildings.kept(np.arange(36) >= 18))
    from layers.catalogue import city_layers

    ready.session.put_city(fewer, city_layers(fewer))
    qtbot.waitUntil(lambda: len(m.items) == 2 and m.items[0] not in before.values(), timeout=60_000)
    after = {i.kind: i for i in m.items}
    assert after["volume"].get("buildings") == 18
    assert after["volume"].get("buildings_volume") < before["volume"].get("buildings_volume")
    assert ready.session.layer("view:1") is after["viewshed"].layer
