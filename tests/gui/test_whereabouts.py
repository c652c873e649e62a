"""Files that do not say where they lie: what is offered, chosen and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
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


def test_that_nonsense_for_a_reference_system_is_told(qtbot: Any, window: Any, tmp_path: Path) -> None:
    what = pipes(tmp_path, 5_000, 7_000)
    window.open_stating([what], "EPSG:none of that")
    qtbot.waitUntil(lambda: window.banner.isVisible(), timeout=10_000)
    assert window.session.city is None
