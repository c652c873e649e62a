"""Files that do not say where they lie: what is offered, chosen and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QPushButton

pytestmark = pytest.mark.timeout(120)
PIPES = """[TITLE]
Little
[JUNCTIONS]
 J1 10 5
 J2 11 5
[RESERVOIRS]
 R1 50
[PIPES]
 P1 R1 J1 100 300 100 0 Open
 P2 J1 J2 200 200 100 0 Open
[COORDINATES]
 R1 {0} {1}
 J1 {2} {1}
 J2 {3} {1}
[END]
"""


def pipes(tmp_path: Path, x: float, y: float) -> str:
    path = tmp_path / "little.inp"
    path.write_text(PIPES.format(x, y, x + 100, x + 300), "utf-8")
    return str(path)


def offers(window: Any) -> dict[str, QPushButton]:
    row = window.banner._actions
    return {row.itemAt(i).widget().text(): row.itemAt(i).widget() for i in range(row.count())}


def test_that_a_network_without_a_map_opens_as_a_plan(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.open([pipes(tmp_path, 5_000, 7_000)])
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=30_000)
    assert window.session.city is None
    offers(window)["As a plan without a map"].click()
    qtbot.waitUntil(lambda: window.session.city is not None, timeout=30_000)
    qtbot.waitUntil(lambda: bool(window.session.cases), timeout=30_000)
    assert not window.session.city.frame.has_map
    assert len(window.session.city.networks["water"].edges) == 2
    assert window.session.is_mended, "a project of it opens it again as it is"


def test_that_a_reference_system_can_be_stated(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.open([pipes(tmp_path, 84_500, 446_900)])
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=30_000)
    offers(window)["Other…"].click()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("28992")
    dialog.accept()
    qtbot.waitUntil(lambda: window.session.city is not None, timeout=30_000)
    qtbot.waitUntil(lambda: bool(window.session.cases), timeout=30_000)
    assert window.session.city.frame.crs == "EPSG:28992"


def test_that_who_cancels_the_dialog_is_asked_again(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.open([pipes(tmp_path, 84_500, 446_900)])
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=30_000)
    offers(window)["Other…"].click()
    assert not window.banner.isVisible()
    window.findChild(QInputDialog).reject()
    assert window.banner.isVisible()
    assert "Other…" in offers(window)


def houses(path: Path, y: float) -> Path:
    shapes = [shapely.box(84_500 + 20 * i, y, 84_510 + 20 * i, y + 10) for i in range(12)]
    geopandas.GeoDataFrame({"height": [9.0] * 12}, geometry=shapes, crs="EPSG:28992").to_file(path)
    return path


def test_that_a_file_added_without_a_reference_system_is_rescued_in_the_report(qtbot: Any, window: Any, tmp_path: Path) -> None:
    window.open([str(houses(tmp_path / "buildings.gpkg", 447_500))])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    folder = tmp_path / "more"
    folder.mkdir()
    south = houses(folder / "south.shp", 447_400)
    south.with_suffix(".prj").unlink()
    window.add_to_city([str(south)])
    qtbot.waitUntil(lambda: any(p.code == "no_crs" for p in window.session.city.problems), timeout=30_000)
    assert "coordinate system" in window.banner.text.text(), "the reason is told"
    offers(window)["Show"].click()
    panel = window.doctor_panel
    rows = [panel.list.topLevelItem(i) for i in range(panel.list.topLevelItemCount())]
    panel.list.setCurrentItem(next(r for r in rows if r.data(0, Qt.ItemDataRole.UserRole).code == "no_crs"))
    row = panel.buttons
    state = {row.itemAt(i).widget().text(): row.itemAt(i).widget() for i in range(row.count()) if row.itemAt(i).widget() is not None}
    state["State reference system…"].click()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("28992")
    dialog.accept()
    qtbot.waitUntil(lambda: len(window.session.city.buildings) == 24, timeout=30_000)
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=20_000)


def test_that_nonsense_for_a_reference_system_is_told(qtbot: Any, window: Any, tmp_path: Path) -> None:
    what = pipes(tmp_path, 5_000, 7_000)
    window.open_stating([what], "EPSG:none of that")
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=10_000)
    assert window.session.city is None
