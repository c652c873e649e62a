"""More layers for the city that is open: from the menu and dropped on the window, with undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMenu

pytestmark = pytest.mark.timeout(120)
LON, LAT, STEP = 121.5, 31.23, 0.0004


def write(path: Path, kind: str, shapes: list[Any], **said: str) -> Path:
    told = [
        {"type": "Feature", "properties": {"id": f"{path.stem}{i}", **said}, "geometry": {"type": kind, "coordinates": xy}}
        for i, xy in enumerate(shapes)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": told}), "utf-8")
    return path


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    def square(x: float, y: float) -> list[list[list[float]]]:
        side = STEP / 2
        return [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]

    places = [square(LON + i * STEP, LAT + k * STEP) for i in range(4) for k in range(4)]
    return write(tmp_path / "houses.geojson", "Polygon", places, building="yes", height="9")


@pytest.fixture
def trees(tmp_path: Path) -> Path:
    return write(tmp_path / "trees.geojson", "Point", [[LON + i * STEP, LAT - STEP / 2] for i in range(5)], natural="tree")


@pytest.fixture
def city(qtbot: Any, window: Any, houses: Path) -> Any:
    window.open([str(houses)])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    return window


def drop(window: Any, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    no = Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, no))


def menu_of(window: Any) -> QMenu:
    return next(m for m in window.findChildren(QMenu, "dropped") if m.isVisible())


def test_that_a_layer_is_added_and_taken_back(qtbot: Any, city: Any, trees: Path) -> None:
    before, crs = city.session.city, city.session.city.frame.crs
    city.add_to_city([str(trees)])
    qtbot.waitUntil(lambda: city.session.layer("trees") is not None, timeout=30_000)
    assert city.session.city.frame.crs == crs
    assert list(city.session.cases), "scenarios stay"
    assert "Trees" in city.banner.text.text()
    assert city.isWindowModified()
    city.session.undo.undo()
    assert not city.banner.isVisible(), "its Undo would take back another step"
    qtbot.waitUntil(lambda: city.session.city is before, timeout=30_000)
    assert city.session.layer("trees") is None
    city.session.undo.redo()
    qtbot.waitUntil(lambda: city.session.layer("trees") is not None, timeout=30_000)


def test_that_a_drop_on_an_open_city_asks_and_adds(qtbot: Any, city: Any, trees: Path) -> None:
    drop(city, trees)
    menu = menu_of(city)
    add, instead = [a for a in menu.actions() if a.text()][:2]
    assert city.session.city.name in add.text()
    assert city.session.city.name in instead.text()
    menu.close()
    add.trigger()
    qtbot.waitUntil(lambda: city.session.layer("trees") is not None, timeout=30_000)
    assert len(city.session.city.buildings) == 16


def test_that_a_drop_can_open_instead(qtbot: Any, city: Any, trees: Path) -> None:
    drop(city, trees)
    menu = menu_of(city)
    instead = [a for a in menu.actions() if a.text()][1]
    menu.close()
    instead.trigger()
    qtbot.waitUntil(lambda: not len(city.session.city.buildings), timeout=30_000)
    assert city.session.layer("trees") is not None


def test_that_a_drop_on_the_start_page_opens(qtbot: Any, window: Any, houses: Path) -> None:
    drop(window, houses)
    qtbot.waitUntil(lambda: window.session.city is not None, timeout=30_000)
    qtbot.waitUntil(lambda: bool(window.session.cases), timeout=30_000)


def test_that_the_same_file_twice_is_told(qtbot: Any, city: Any, houses: Path) -> None:
    city.add_to_city([str(houses)])
    qtbot.waitUntil(lambda: city.banner.isVisible() and "part of the city already" in city.banner.text.text(), timeout=30_000)
    assert not city.session.undo.canUndo()


def test_that_a_recipe_brings_its_sources(qtbot: Any, city: Any, trees: Path, tmp_path: Path) -> None:
    folder = tmp_path / "green"
    folder.mkdir()
    trees.rename(folder / "trees.geojson")
    (folder / "city.toml").write_text('[[source]]\npath = "trees.geojson"\n', "utf-8")
    city.take_dropped([str(folder)], QPoint(10, 10))
    menu = menu_of(city)
    add = menu.actions()[0]
    menu.close()
    add.trigger()
    qtbot.waitUntil(lambda: city.session.layer("trees") is not None, timeout=30_000)


def test_that_a_file_that_cannot_be_used_is_told_of_and_not_kept(qtbot: Any, city: Any, tmp_path: Path) -> None:
    before = city.session.city
    broken = tmp_path / "cut.city.json"
    broken.write_text('{"type": "CityJSON", "version": "2.0", "CityObjects": {"a": {"type": "Buil', "utf-8")
    city.add_to_city([str(broken)])
    qtbot.waitUntil(lambda: city.banner.isVisible() and "was not added" in city.banner.text.text(), timeout=30_000)
    assert city.banner.property("level") in ("warning", "error")
    assert city.session.city is before
    assert not city.isWindowModified()
    assert not city.session.undo.canUndo()
