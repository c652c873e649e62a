"""Water over time in the window: places clicked, curves, the clock, two scenarios, the flow through a section, its direction."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from scipy.ndimage import minimum_filter

from gui.scene.current import CurrentActor
from layers.fields import WaterLayer
from tests.gui.test_measuring import click, pixel
from tests.gui.test_window import make_short, run_to_end
from twin.gauges import discharge

pytestmark = pytest.mark.timeout(180)


def heavy(scenario) -> None:
    """150 mm in ten minutes, and no drains."""
    hazard = scenario.hazard[0]
    hazard.params = {"rain_mm": 150.0, "rain_duration": 600.0, "hyetograph": "uniform", "drainage_mm_h": 0.0}


@pytest.fixture
def flooded(qtbot, opened):
    """The window with a flood of ten minutes, seen from above."""
    window = opened
    qtbot.waitUntil(lambda: window.sensors is not None, timeout=30_000)
    make_short(window)
    window.session.edit_case(window.session.current, "heavy rain", heavy)
    run_to_end(qtbot, window)
    qtbot.waitUntil(lambda: window.session.layer("result:water_depth") is not None, timeout=30_000)
    window.view.scene.camera.view("top", animate=False)
    window.view.scene.prepare(window.view.scene.size)
    return window


def street(window) -> tuple[float, float]:
    """A place where water stands at the end, away from walls."""
    field = window.session.store.at("water_depth")
    lowest = minimum_filter(np.nan_to_num(field.array), 3)
    row, column = np.unravel_index(np.argmax(lowest), lowest.shape)
    return float(field.grid.x[column]), float(field.grid.y[row])


def known(qtbot, window, number: int) -> None:
    """Wait until so many places have been read."""
    g = window.gauges
    qtbot.waitUntil(lambda: len(g.places) == number and all(g.at(window.session.current, p) is not None for p in g.places), timeout=20_000)


def test_that_without_a_flood_the_tool_says_what_to_do_and_is_not_taken(opened) -> None:
    opened.actions_["water_here"].trigger()
    assert opened.view.scene.tools.active == ""
    assert opened.banner.isVisible()
    assert "Run Cloudburst" in opened.banner.offered
    assert "Run a scenario with a flood first" in opened.hydrographs.empty.text()


def test_that_a_place_clicked_in_the_view_has_its_curve_its_pin_and_undo(qtbot, flooded) -> None:
    x, y = street(flooded)
    flooded.actions_["water_here"].trigger()
    strip = flooded.tool_strip
    assert strip.isVisible()
    assert "Esc" in strip.hint.text()
    flooded.view.scene.tools.hover(*pixel(flooded, x, y))
    assert "m of water now" in strip.live.text()
    click(flooded, (x, y))
    known(qtbot, flooded, 1)
    assert flooded.view.scene.tools.active == "gauge", "it goes on until Esc"
    panel, store = flooded.hydrographs, flooded.session.store
    assert flooded.docks["hydrographs"].isVisible()
    curve = panel.plot.curves[0]
    assert list(curve.times) == store.times
    place = flooded.gauges.places[0]
    row, column = store.at("water_depth").grid.cell_of(place.x, place.y)
    assert curve.values == pytest.approx([store.at("water_depth", t).array[row, column] for t in store.times])
    assert panel.plot.moment == flooded.session.time_s
    assert panel.table.item(0, 1).text() == f"{curve.values.max():.2f} m"
    assert flooded.session.layer("gauges").table()["name"].tolist() == ["A"]
    flooded.session.undo.undo()
    assert flooded.gauges.places == []
    assert flooded.session.layer("gauges") is None
    assert not panel.plot.isVisible()
    flooded.session.undo.redo()
    known(qtbot, flooded, 1)


def test_that_speed_is_shown_and_level_only_of_ground_with_heights(qtbot, flooded) -> None:
    flooded.watch_water(*street(flooded))
    known(qtbot, flooded, 1)
    panel = flooded.hydrographs
    panel.quantity.setCurrentIndex(panel.quantity.findData("speed"))
    panel.quantity.activated.emit(panel.quantity.currentIndex())
    assert panel.plot.curves[0].values.max() >= 0
    assert panel.plot.said(1.0) == "1.00 m/s"
    panel.quantity.setCurrentIndex(panel.quantity.findData("level"))
    panel.quantity.activated.emit(panel.quantity.currentIndex())
    assert panel.plot.curves == [], "the small city has no terrain"
    assert "no heights" in panel.plot.message


def test_that_a_place_without_water_says_why(qtbot, flooded) -> None:
    house = flooded.session.city.buildings.shapes([14])[0].centroid
    flooded.watch_water(house.x, house.y)
    x0, y0, *_ = flooded.session.store.at("water_depth").grid.bounds
    flooded.watch_water(x0 - 500, y0)
    known(qtbot, flooded, 2)
    panel = flooded.hydrographs
    assert panel.plot.message == "A: in a building: the depth is that at its walls\nB: outside the area computed"
    assert panel.table.item(1, 1).text() == "outside the area computed"
    assert [c.letter for c in panel.plot.curves] == ["A"]
    last = flooded.session.store.at("building_water_depth").array[14]
    assert panel.plot.curves[0].values[-1] == pytest.approx(last)


def test_that_eight_places_have_colours_of_their_own_and_a_ninth_is_refused(qtbot, flooded) -> None:
    x, y = street(flooded)
    for k in range(8):
        flooded.watch_water(x + 2 * k, y)
    known(qtbot, flooded, 8)
    assert len({c.color for c in flooded.hydrographs.plot.curves}) == 8
    flooded.watch_water(x, y)
    assert len(flooded.gauges.places) == 8
    assert "Eight" in flooded.log_panel.text.toPlainText()
    panel = flooded.hydrographs
    panel.table.selectRow(2)
    panel.gone.click()
    assert [p.letter for p in flooded.gauges.places] == list("ABDEFGH")
    flooded.watch_water(x, y)
    assert flooded.gauges.places[-1].letter == "C", "a letter that is free again"
    panel.clear.click()
    flooded.session.undo.undo()
    assert len(flooded.gauges.places) == 8


def test_that_a_click_in_the_plot_moves_the_clock_and_keys_do_too(qtbot, flooded) -> None:
    flooded.watch_water(*street(flooded))
    known(qtbot, flooded, 1)
    plot = flooded.hydrographs.plot
    qtbot.waitUntil(lambda: plot.isVisible() and plot.width() > 150)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.x_of(250.0)), plot.height() // 2))
    assert flooded.session.time_s == 240.0
    assert plot.moment == 240.0
    assert flooded.timeline.slider.value() == flooded.session.store.times.index(240.0)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert flooded.session.time_s == 360.0
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert flooded.session.time_s == 0.0
    qtbot.mouseMove(plot, QPoint(round(plot.x_of(480.0)), plot.height() // 2))
    qtbot.waitUntil(lambda: plot.at is not None)
    assert plot.at == pytest.approx(480.0, abs=5.0)
    assert flooded.session.time_s == 0.0, "reading moves nothing"


def test_that_values_are_copied_and_saved_and_the_picture_says_whose_they_are(qtbot, flooded, tmp_path: Path) -> None:
    flooded.watch_water(*street(flooded))
    known(qtbot, flooded, 1)
    panel, frame = flooded.hydrographs, flooded.session.city.frame
    rows = list(csv.DictReader(io.StringIO(panel.text(frame.to_crs))))
    assert [float(r["time_s"]) for r in rows] == flooded.session.store.times
    assert rows[-1]["place"] == "A"
    assert float(rows[-1]["depth_m"]) == pytest.approx(panel.plot.curves[0].values[-1], abs=0.001)
    panel.copy.click()
    assert QGuiApplication.clipboard().text().splitlines()[0].split("\t")[0] == "scenario"
    assert panel.picture(flooded._computed_caption()).save(str(tmp_path / "curves.png"))
    assert "WHAT-IF" in flooded._computed_caption()


def test_that_the_other_scenario_is_drawn_with_dashes(qtbot, flooded) -> None:
    base = flooded.session.current
    flooded.watch_water(*street(flooded))
    flooded.session.branch(base)
    run_to_end(qtbot, flooded)
    g, panel = flooded.gauges, flooded.hydrographs
    assert g.shown == [flooded.session.current, base]
    qtbot.waitUntil(lambda: len(panel.plot.curves) == 2, timeout=20_000)
    assert [c.dashed for c in panel.plot.curves] == [False, True]
    assert len({c.color for c in panel.plot.curves}) == 1
    assert base in panel.head.text()
    panel.against.setCurrentIndex(0)
    panel.against.activated.emit(0)
    assert len(panel.plot.curves) == 1
    flooded.session.set_current(base)
    qtbot.waitUntil(lambda: bool(panel.plot.curves))
    assert not panel.plot.curves[0].dashed


def test_that_a_section_tells_what_flows_through_it_and_how_high_it_came(qtbot, flooded, tmp_path: Path) -> None:
    x0, _, x1, _ = flooded.session.city.core_bounds
    y = flooded.session.city.buildings.shapes([14])[0].centroid.y
    line = np.array([(x0 - 20, y), (x1 + 20, y)])
    flooded.show_section(line)
    panel = flooded.profile
    qtbot.waitUntil(lambda: bool(panel.flow_plot.curves), timeout=20_000)
    expected = discharge(flooded.session.store, line)
    assert panel.flow_plot.curves[0].values == pytest.approx(np.sign(expected.passed_m3[-1] or 1) * expected.m3s)
    assert "m³" in panel.flow_head.text() or "Nothing flows" in panel.flow_head.text()
    assert "not counted" in panel.flow_head.toolTip(), "the line goes through houses"
    flooded.timeline.go_to(0.0)
    assert not np.isfinite(panel.plot.water).any()
    assert np.isfinite(panel.plot.greatest).any(), "the highest level stays whatever time is shown"
    assert panel.flow_plot.moment == 0.0
    rows = list(csv.reader(io.StringIO(panel.flow_text())))
    assert rows[0] == ["scenario", "time_s", "discharge_m3_s", "passed_m3"]
    assert len(rows) == 1 + len(flooded.session.store.times)
    assert any(r["water_max_m"] for r in csv.DictReader(io.StringIO(panel.text(flooded.session.city.frame.to_crs))))
    panel.close_line.click()
    assert not panel.flow.isVisible()
    assert flooded.gauges.line is None


def test_that_the_direction_of_flow_is_a_matter_of_style_with_undo(qtbot, flooded) -> None:
    layer = flooded.session.layer("result:water_depth")
    assert isinstance(layer, WaterLayer)
    assert {x.id for x in flooded.session.layers} & {"result:water_velocity_x", "result:water_velocity_y"} == set()
    flooded.layers_panel.choose(layer)
    box = flooded.layers_panel.editor.flow
    assert [box.itemText(k) for k in range(box.count())] == ["not shown", "Arrows", "Streaks"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert layer.style.flow == "streaks"
    scene = flooded.view.scene
    scene.prepare(scene.size)
    assert any(isinstance(m, CurrentActor) for m in scene._movers())
    assert [g.title for g in layer.legends()] == ["Water depth", "Flow speed"]
    flooded.session.undo.undo()
    scene.prepare(scene.size)
    assert not any(isinstance(m, CurrentActor) for m in scene._movers())
    deepest = flooded.session.layer("result:water_depth_max")
    assert deepest.flow_kinds == (), "the greatest depth came at another time everywhere"


def test_that_the_menu_of_a_place_offers_its_water(qtbot, flooded) -> None:
    flooded._context(None, flooded.view.mapToGlobal(QPoint(200, 150)))
    menu = flooded.findChild(QMenu, "here")
    action = next(a for a in menu.actions() if a.text() == "Water over time here")
    action.trigger()
    menu.close()
    assert len(flooded.gauges.places) == 1


def test_that_places_are_kept_with_a_project(qtbot, flooded) -> None:
    x, y = street(flooded)
    flooded.watch_water(x, y)
    kept = flooded.projects.measurements()
    flooded.gauges.remove(list(flooded.gauges.places))
    flooded.projects.put_measurements(kept)
    assert [(p.letter, round(p.x, 2), round(p.y, 2)) for p in flooded.gauges.places] == [("A", round(x, 2), round(y, 2))]
    assert flooded.measurements.items == []


def test_that_closing_the_city_while_a_place_is_read_ends_it_quietly(qtbot, flooded) -> None:
    flooded.watch_water(*street(flooded))
    assert flooded.gauges.is_reading
    flooded.session.close_city()
    assert flooded.gauges.places == []
    assert not flooded.gauges.is_reading
    qtbot.waitUntil(lambda: not flooded.jobs.running)
    assert flooded.hydrographs.plot.curves == [] or not flooded.hydrographs.plot.isVisible()


def test_that_a_result_taken_away_from_the_disk_is_told_in_the_plot(qtbot, flooded) -> None:
    x, y = street(flooded)
    folder = flooded.session.store.path
    shutil.rmtree(folder)
    flooded.watch_water(x, y)
    known(qtbot, flooded, 1)
    assert flooded.hydrographs.plot.message == "A: the result cannot be read"
