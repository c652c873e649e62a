"""Several views, pictures and films in the real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QToolTip

from gui.comparing import OWN
from gui.picture_dialogs import FilmDialog, FilmWish, PictureDialog
from gui.pictures import Wish
from gui.scene.picking import Hit
from layers.fields import WaterLayer
from layers.networks import network_layers
from layers.results import BuildingResultLayer
from tests.gui.test_window import make_short, run_to_end
from twin.city.network import Network
from twin.scenario.scenario import Edit

HERE = "POINT (0 0)"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def two_results(qtbot, opened):
    """The window with a baseline and an alternative that have run."""
    window = opened
    qtbot.waitUntil(lambda: window.sensors is not None, timeout=30_000)
    make_short(window)
    run_to_end(qtbot, window)
    base = window.session.current
    window.session.branch(base)
    run_to_end(qtbot, window)
    qtbot.waitUntil(lambda: any(x.id.startswith("result:") for x in window.session.layers), timeout=30_000)
    return window, base, window.session.current


def panes(window):
    return window.view.scene.panes


def own(window):
    return [x for x in window.view.scene.layers if x.id.startswith(OWN)]


def test_that_two_views_without_a_result_show_the_city_from_two_sides(opened) -> None:
    opened.actions_["views_2"].trigger()
    assert len(panes(opened)) == 2
    assert not panes(opened).linked
    assert [p.eye.pitch for p in panes(opened)] == [-27.0, -89.9]
    assert opened.compare_bar.isVisible()
    assert not opened.actions_["views_1"].isChecked()
    assert opened.view.scene.camera.eye.pitch == -27.0
    opened.actions_["views_next"].trigger()
    assert opened.view.scene.camera.eye.pitch == -89.9, "the keys move the other one now"
    opened.actions_["views_1"].trigger()
    assert len(panes(opened)) == 0
    assert not opened.compare_bar.isVisible()
    assert opened.actions_["views_1"].isChecked()


def test_that_swiping_without_a_result_is_refused_in_words(opened) -> None:
    opened.actions_["swipe"].trigger()
    assert not opened.actions_["swipe"].isChecked()
    assert len(panes(opened)) == 0
    assert "nothing to compare" in opened.log_panel.text.toPlainText()


def test_that_closing_the_city_goes_back_to_one_view(opened) -> None:
    opened.actions_["views_4"].trigger()
    opened.session.close_city()
    assert not opened.comparing.is_on
    assert opened.actions_["views_1"].isChecked()


def test_that_baseline_and_scenario_are_beside_each_other_at_the_same_time(qtbot, two_results) -> None:
    window, base, other = two_results
    window.actions_["views_2"].trigger()
    assert [c.case for c in window.comparing.contents] == [base, other]
    assert panes(window).linked
    qtbot.waitUntil(lambda: bool(own(window)), timeout=30_000)
    window.session.set_time(240.0)
    assert [x.time_s for x in own(window) if x.id.endswith(":water_depth")] == [240.0]
    left, right = panes(window)
    water = window.session.layer("result:water_depth")
    mine = next(x for x in own(window) if x.id.endswith(":water_depth"))
    assert (left.shows(mine), left.shows(water)) == (True, False)
    assert (right.shows(mine), right.shows(water)) == (False, True)
    water.visible = False
    assert not left.shows(mine), "what the layers panel hides is hidden in all views"
    assert window.status.badge.property("mode") == "WHAT-IF"
    assert left.title == f"Baseline: {base}"
    window.actions_["views_1"].trigger()
    assert not own(window), "layers of the views go with them"


def test_that_a_view_can_show_another_moment_and_another_quantity(qtbot, two_results) -> None:
    window, _, other = two_results
    window.comparing.show(4, preset="moments")
    qtbot.waitUntil(lambda: len({x.id.rsplit(":", 2)[1] for x in own(window)}) == 4, timeout=60_000)
    window.session.set_time(0.0)
    shown = sorted({float(x.id.rsplit(":", 2)[1]) for x in own(window)})
    assert shown[0] > 0.0
    water = [x for x in own(window) if x.id.endswith(":water_depth")]
    assert [x.time_s for x in water] == [float(x.id.rsplit(":", 2)[1]) for x in water]
    window.comparing.show(2, preset="quantities")
    water = window.session.layer("result:water_depth")
    assert [p.shows(water) for p in panes(window)] == [True, False]
    box = window.compare_bar.boxes[1]
    at = next(i for i in range(box.count()) if box.itemData(i).case == "")
    box.setCurrentIndex(at)
    box.activated.emit(at)
    assert window.comparing.contents[1].case == ""
    assert window.comparing.preset == "own"
    assert not any(panes(window).panes[1].shows(x) for x in window.session.layers if x.id.startswith("result:"))


def test_that_a_project_keeps_what_the_views_show(qtbot, two_results, tmp_path: Path) -> None:
    from twin.project import Project

    window, base, other = two_results
    window.comparing.show(1, swipe=True)
    panes(window).set_divider(0.3)
    window.projects.snapshot().save(tmp_path / "p.twin")
    kept = Project.load(tmp_path / "p.twin")
    window.comparing.close()
    window.projects.put_views(kept.views)
    assert panes(window).swipe
    assert panes(window).divider == pytest.approx(0.3)
    assert [c.case for c in window.comparing.contents] == [base, other]
    window.comparing.show(2, preset="sides")
    kept.views = window.projects.snapshot().views
    window.comparing.close()
    window.projects.put_views(kept.views)
    assert not panes(window).linked
    assert [p.eye.pitch for p in panes(window)] == [-27.0, -89.9]
    window.comparing.close()
    window.projects.put_views({"contents": [{"case": 3}], "swipe": "?"})
    assert not window.comparing.is_on, "nonsense is left"


def test_that_the_divider_follows_mouse_and_keys(qtbot, two_results) -> None:
    window, *_ = two_results
    window.actions_["swipe"].trigger()
    assert panes(window).swipe
    canvas = window.view._canvas
    width, height = canvas.width(), canvas.height()
    eye = window.view.scene.camera.eye
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(width // 2, height // 2))
    qtbot.mouseMove(canvas, QPoint(width // 4, height // 2))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(width // 4, height // 2))
    assert panes(window).divider == pytest.approx(0.25, abs=0.02)
    assert window.view.scene.camera.eye == eye, "the city has not turned"
    window.actions_["swipe_right"].trigger()
    assert panes(window).divider == pytest.approx(0.30, abs=0.02)
    window.actions_["swipe"].trigger()
    assert len(panes(window)) == 0


def test_that_a_picture_is_saved_in_the_background_with_what_it_shows(qtbot, opened, tmp_path: Path) -> None:
    opened.save_picture(tmp_path / "x", Wish((300, 200), 2, title="Harbour"))
    assert not (tmp_path / "x.png").exists(), "not while the person waits"
    qtbot.waitUntil((tmp_path / "x.png").exists, timeout=60_000)
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (600, 400)
        assert image.text["Title"] == "Harbour"
    assert opened.view.scene.hud.title == "", "the view itself has no title"


def test_that_a_picture_goes_to_the_clipboard(qtbot, opened) -> None:
    QGuiApplication.clipboard().clear()
    opened.copy_picture(Wish((200, 100), 1))
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=60_000)
    assert QGuiApplication.clipboard().image().size().width() == 200


def test_that_a_film_is_made_while_the_window_lives_and_can_be_cancelled(qtbot, opened, tmp_path: Path) -> None:
    wish = FilmWish(seconds=1.0, fps=8, size=(320, 180), smooth=False, as_mp4=False)
    opened.save_film(tmp_path / "film", wish)
    qtbot.waitUntil((tmp_path / "film").is_dir, timeout=60_000)
    assert len(list((tmp_path / "film").iterdir())) == 8
    opened.save_film(tmp_path / "other", FilmWish(seconds=60.0, fps=30, size=(320, 180), smooth=False, as_mp4=False))
    qtbot.waitUntil(lambda: any(j.fraction > 0 for j in opened.jobs.shown), timeout=60_000)
    opened.status.job_cancel.click()
    assert not opened.jobs.shown
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.lstrip(".") != "home") == ["film", "small"]


def test_that_a_time_lapse_leaves_the_window_at_its_moment(qtbot, two_results, tmp_path: Path) -> None:
    window, *_ = two_results
    window.session.set_time(120.0)
    window.save_film(tmp_path / "lapse", FilmWish("result", 1.0, 6, (320, 180), False, as_mp4=False))
    qtbot.waitUntil((tmp_path / "lapse").is_dir, timeout=90_000)
    assert window.session.time_s == 120.0
    assert window.session.layer("result:water_depth").time_s == 120.0


def test_that_the_dialogs_say_what_will_be_made(qtbot, opened) -> None:
    opened.session.bookmarks.clear()
    opened.do_screenshot()
    dialog = next(w for w in opened.findChildren(PictureDialog))
    dialog.size_box.setCurrentIndex(3)
    dialog.scale.setCurrentIndex(2)
    assert dialog.wish.pixels == (15_360, 8_640)
    assert "15,360" in dialog.told.text()
    dialog.size_box.setCurrentIndex(dialog.size_box.count() - 1)
    dialog.width_box.setValue(16_000)
    assert not dialog.save_button.isEnabled()
    assert "too large" in dialog.told.text()
    assert not dialog.isModal()
    dialog.close()
    opened.do_film()
    film = next(w for w in opened.findChildren(FilmDialog))
    film.kind.setCurrentIndex(film.kind.findData("path"))
    assert not film.make_button.isEnabled()
    assert "Ctrl+B" in film.told.text()
    film.kind.setCurrentIndex(0)
    assert film.make_button.isEnabled()
    assert "360 frames" in film.told.text()
    film.close()
    QApplication.processEvents()


def test_that_the_status_bar_says_what_draws(opened) -> None:
    assert opened.status.drawing.isVisible()
    assert opened.status.drawing.text() == "Picture drawing"
    assert "TWIN_SOFT_VIEW" in opened.status.drawing.toolTip()


def test_that_networks_in_the_ground_are_shown_while_it_is_faded(qtbot, opened) -> None:
    qtbot.waitUntil(lambda: opened.view is not None and opened.view.scene.city is not None, timeout=30_000)
    nodes = pd.DataFrame({"id": ["water/a", "water/b"], "x": [0.0, 50.0], "y": [0.0, 0.0], "z": [0.0, 0.0]})
    edges = pd.DataFrame({"id": ["water/e"], "start": [0], "end": [1], "length_m": [50.0], "kind": ["pipe"]})
    pipes = np.array([shapely.LineString([(0, 0), (50, 0)])], object)
    (layer,) = network_layers("water", Network("water", nodes, edges, pipes, "test"), opened.view.scene.ground, alone=False)
    opened.session.add_layers([layer])
    assert not layer.visible
    opened.actions_["underground"].trigger()
    assert layer.visible
    opened.actions_["underground"].trigger()
    assert not layer.visible
    layer.visible = True
    opened.actions_["underground"].trigger()
    opened.actions_["underground"].trigger()
    assert layer.visible, "it was shown before"


def test_that_the_name_under_the_cursor_says_how_deep_the_water_is_there(qtbot, two_results, monkeypatch: pytest.MonkeyPatch) -> None:
    window, *_ = two_results
    monkeypatch.setattr("gui.commands.selecting.LEAST_WATER_M", 0.001)  # the run is a short one
    scene = window.view.scene
    field = next(layer.field() for layer in window.session.layers if isinstance(layer, WaterLayer) and layer.visible)
    assert field is not None
    grid, depth = field
    row, column = np.unravel_index(np.nanargmax(np.nan_to_num(depth)), depth.shape)
    x, y = float(grid.x[column]), float(grid.y[row])
    assert scene.water_depth(x, y) > 0.001
    at = window.view.mapToGlobal(window.view.rect().center())
    window.view.rested.emit(Hit(window.session.layer("buildings"), 0, (x, y, 0.0)), (x, y, 0.0), at)
    assert "m of water here" in QToolTip.text()
    window.view.rested.emit(None, (x, y, 0.0), at)
    assert "m of water here" in QToolTip.text(), "bare ground says it too"
    window.view.rested.emit(Hit(window.session.layer("buildings"), 0, (x + 1e6, y, 0.0)), (x + 1e6, y, 0.0), at)
    assert "m of water here" not in QToolTip.text()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible(), timeout=10_000)


def test_that_a_run_that_fails_at_once_leaves_the_result_that_was_there(qtbot, two_results) -> None:
    window, _, name = two_results
    case = window.session.cases[name]
    before = case.result
    shown = {x.id for x in window.session.layers if x.id.startswith("result:")}
    assert before is not None
    assert shown
    window.session.edit_case(name, "bad", lambda s: s.edit.append(Edit(id="b", kind="breach", geometry=HERE, width_m=20.0)))
    with qtbot.waitSignal(window.runs.ended, timeout=90_000) as told:
        window.scenario_panel.run_button.click()
    assert not told.args[1]
    assert "(edit b)" in window.log_panel.text.toPlainText()
    assert "stopped at" not in window.log_panel.text.toPlainText()
    assert case.result is before
    qtbot.waitUntil(lambda: {x.id for x in window.session.layers if x.id.startswith("result:")} == shown, timeout=30_000)
    assert window.session.store is before


def test_that_a_building_that_a_result_colours_is_inspected_as_a_building(two_results) -> None:
    window, *_ = two_results
    coloured = next(x for x in window.session.layers if isinstance(x, BuildingResultLayer))
    window._clicked(Hit(coloured, 3, (0.0, 0.0, 0.0)))
    layer, rows = window.session.selected
    assert (layer.id, list(rows)) == ("buildings", [3])
    window.session.layer("buildings").visible = False
    window._clicked(Hit(coloured, 4, (0.0, 0.0, 0.0)))
    assert window.session.selected[0] is coloured


def test_that_the_plain_under_a_city_without_terrain_is_not_drawn_over_what_lies_in_it(qtbot, opened) -> None:
    scene = opened.view.scene
    assert scene.ground.grid is None

    def plain() -> bool:
        scene.prepare(scene.size)
        return bool(next(a for a, d in scene._actors["terrain"].values() if d.key == "terrain-beyond").actor.GetVisibility())

    qtbot.waitUntil(plain, timeout=30_000)
    opened.actions_["underground"].trigger()
    qtbot.waitUntil(lambda: not plain(), timeout=30_000)
    opened.actions_["underground"].trigger()
    qtbot.waitUntil(plain, timeout=30_000)
