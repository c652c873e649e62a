"""Motion in the real window: pictures come while something moves near by and somebody wants it, and at no other time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from gui.scene.moving import is_gpu
from gui.theme import look
from layers.particles import SmokeLayer
from layers.traffic import TRAFFIC

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def city(qtbot: Any, window: Any, small_city: Path) -> Any:
    """The window with the small city open and its first picture drawn."""
    window.open([str(small_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and window.view is not None and window.view._seen_picture, timeout=30_000)
    return window


def show_smoke(window: Any) -> SmokeLayer:
    window.place_smoke(250.0, 4.0, 20.0)
    window.view.scene.tools.click(window.view.scene.size[0] / 2, window.view.scene.size[1] / 2)
    return next(x for x in window.session.layers if isinstance(x, SmokeLayer))


def test_that_motion_is_off_where_no_graphics_card_draws(qtbot: Any, city: Any) -> None:
    assert not city.view.has_gpu
    assert not city.actions_["motion"].isChecked()
    assert not city.view.motion.on
    show_smoke(city)
    assert city.view.scene.moves
    assert not city.view.motion.is_wanted


def test_that_pictures_come_by_themselves_while_smoke_is_seen_and_motion_is_wanted(qtbot: Any, city: Any) -> None:
    smoke = show_smoke(city)
    moment = city.view.scene.moment
    assert moment.run_s == 0
    city.actions_["motion"].trigger()
    qtbot.waitUntil(lambda: moment.run_s > 0.3, timeout=20_000)
    smoke.visible = False
    qtbot.waitUntil(lambda: not city.view.motion._timer.isActive(), timeout=5_000)
    assert not city.view.motion.is_wanted
    smoke.visible = True
    qtbot.waitUntil(lambda: city.view.motion._timer.isActive(), timeout=5_000)
    city.actions_["motion"].trigger()
    assert not city.view.motion._timer.isActive()


def test_that_nothing_moves_with_reduced_motion_or_while_the_mouse_drags(qtbot: Any, city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    show_smoke(city)
    city.actions_["motion"].trigger()
    motion = city.view.motion
    assert motion.is_wanted
    canvas = city.view._canvas

    def mouse(kind: QEvent.Type, x: float, held: bool) -> None:
        left, at = Qt.MouseButton.LeftButton, QPointF(x, 100)
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, canvas.mapToGlobal(at), none if kind == QEvent.Type.MouseMove else left, left if held else none,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(canvas, event)

    mouse(QEvent.Type.MouseButtonPress, 100, True)
    assert motion.is_wanted, "a press alone turns nothing"
    mouse(QEvent.Type.MouseMove, 120, True)
    mouse(QEvent.Type.MouseMove, 140, True)
    assert not motion.is_wanted
    mouse(QEvent.Type.MouseButtonRelease, 140, False)
    assert motion.is_wanted
    qtbot.waitUntil(lambda: motion._timer.isActive(), timeout=5_000)
    monkeypatch.setattr(look, "reduced_motion", True)
    assert not motion.is_wanted


def test_that_what_was_chosen_is_kept(qtbot: Any, city: Any) -> None:
    from gui.preferences import settings

    city.actions_["motion"].trigger()
    assert str(settings().value("motion")) == "true"
    city.actions_["motion"].trigger()
    assert str(settings().value("motion")) == "false"


def test_that_smoke_is_placed_by_a_click_says_what_it_is_and_is_taken_back(qtbot: Any, city: Any) -> None:
    smoke = show_smoke(city)
    assert smoke.title == "Smoke (illustration)"
    assert (smoke.fire.wind_from, smoke.fire.wind_ms, smoke.fire.heat_mw) == (250.0, 4.0, 20.0)
    qtbot.waitUntil(lambda: city.view.scene.hud.cautions == ["smoke: illustration"], timeout=10_000)
    another = show_smoke(city)
    assert {x.id for x in city.session.layers if isinstance(x, SmokeLayer)} == {"smoke-001", "smoke-002"}
    assert another is not None
    city.session.undo.undo()
    city.session.undo.undo()
    assert not [x for x in city.session.layers if isinstance(x, SmokeLayer)]
    city.session.undo.redo()
    assert [x.id for x in city.session.layers if isinstance(x, SmokeLayer)] == ["smoke-001"]


def test_that_a_project_keeps_fires_drawn_by_hand(qtbot: Any, city: Any, tmp_path: Path) -> None:
    from twin.project import Project

    smoke = show_smoke(city)
    path = city.projects.snapshot().save(tmp_path / "kept.twin")
    kept = Project.load(path)
    (fire,) = kept.fires
    assert fire["x"] > 100_000, "in the city's reference system"
    city.session.undo.undo()
    kept.fires.append({"x": "nowhere"})
    city.projects.put_fires(kept.fires)
    (again,) = [x for x in city.session.layers if isinstance(x, SmokeLayer)]
    assert again.fire.x == pytest.approx(smoke.fire.x, abs=0.01)
    assert again.fire.z == pytest.approx(smoke.fire.z)


def test_that_the_dialog_asks_for_wind_and_fire(qtbot: Any, city: Any) -> None:
    from gui.smoke import FIRES, SmokeDialog

    given: list[tuple[float, float, float]] = []
    dialog = SmokeDialog(city, lambda *v: given.append(v))
    qtbot.addWidget(dialog)
    dialog.wind_from.setValue(90)
    dialog.fire.setCurrentIndex(2)
    dialog._placed()
    assert given == [(90.0, 4.0, FIRES[2][1])]


def test_that_vehicles_are_made_beside_the_window_and_follow_its_clock(qtbot: Any, city: Any) -> None:
    layer = city.session.layer(TRAFFIC)
    if layer is None:  # twelve streets are few
        from layers.traffic import TrafficLayer

        layer = TrafficLayer(city.session.city)
        city.session.add_layers([layer])
    assert layer.in_background
    city.session.set_layer(layer, "visible", True)
    qtbot.waitUntil(lambda: layer.is_prepared, timeout=20_000)
    qtbot.waitUntil(lambda: any(m.source.key == TRAFFIC for m in city.view.scene._movers()), timeout=10_000)
    from datetime import datetime

    city.daylight.set(datetime(2026, 10, 9, 3, 0, tzinfo=city.daylight.zone))
    assert city.view.scene.moment.civil.hour == 3
    assert city.view.scene.moment.civil.date().month == 10


def test_that_traffic_keeps_off_the_roads_a_result_closes(qtbot: Any, city: Any) -> None:
    from layers.traffic import TrafficLayer

    layer = city.session.layer(TRAFFIC) or TrafficLayer(city.session.city)
    layer.prepare()
    edges = len(city.session.city.networks["roads"].edges)
    some = layer.positions(city.view.scene.moment)
    layer.set_factors(np.zeros(edges))
    assert len(layer.positions(city.view.scene.moment)) == 0
    layer.set_factors(np.zeros(edges + 3))
    assert len(layer.positions(city.view.scene.moment)) == len(some), "a result of other roads says nothing"


def test_that_software_renderers_are_told_from_graphics_cards() -> None:
    assert not is_gpu("OpenGL vendor string:  Mesa\nOpenGL renderer string:  llvmpipe (LLVM 15.0.6, 256 bits)\n")
    assert is_gpu("OpenGL vendor string:  NVIDIA\nOpenGL renderer string:  NVIDIA GeForce GTX 1050/PCIe/SSE2\n")
    assert not is_gpu("")


def test_that_the_style_of_a_network_has_width_depth_and_arrows(qtbot: Any, window: Any, tmp_path: Path) -> None:
    from tests.network_files import written

    window.open([str(written(tmp_path, "gtfs"))])
    qtbot.waitUntil(lambda: window.session.layer("network-transit") is not None, timeout=30_000)
    layer = window.session.layer("network-transit")
    window.layers_panel.choose(layer)
    editor = window.layers_panel.editor
    qtbot.waitUntil(lambda: editor.layer is layer, timeout=10_000)
    box = editor.width_box
    box.setCurrentIndex(box.findData("trips"))
    box.activated.emit(box.currentIndex())
    assert layer.style.width_by == "trips"
    editor.deep.setChecked(True)
    assert layer.style.deep
    editor.arrows.setChecked(True)
    assert layer.style.arrows
    for _ in range(3):
        window.session.undo.undo()
    assert (layer.style.width_by, layer.style.deep, layer.style.arrows) == ("", False, False)
    vehicles = window.session.layer("transit-vehicles")
    assert vehicles is not None
    window.session.set_layer(vehicles, "visible", True)
    qtbot.waitUntil(lambda: vehicles.is_prepared, timeout=20_000)
    assert len(vehicles.table())
