"""A real window on a small city, closed clean: no thread, timer or top-level widget may be left."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

LON, LAT = 121.5, 31.23
STEP = 0.0004


@pytest.fixture
def small_city(tmp_path: Path) -> Path:
    """Folder of GeoJSON: 36 buildings, 12 roads; a name and a height each."""
    folder = tmp_path / "small"
    folder.mkdir()
    buildings = []
    for i in range(6):
        for k in range(6):
            x, y = LON + i * STEP, LAT + k * STEP
            ring = [[x, y], [x + STEP / 2, y], [x + STEP / 2, y + STEP / 2], [x, y + STEP / 2], [x, y]]
            fields = {"id": f"b{i}{k}", "name": f"House {i}-{k}", "building": "yes", "height": 6 + 3 * i + k}
            buildings.append({"type": "Feature", "properties": fields, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    roads = []
    for i in range(6):
        x, y = LON + (i + 0.75) * STEP, LAT + (i + 0.75) * STEP
        for n, line in ((f"v{i}", [[x, LAT], [x, LAT + 6 * STEP]]), (f"h{i}", [[LON, y], [LON + 6 * STEP, y]])):
            fields = {"id": n, "name": f"Street {n}", "highway": "residential"}
            roads.append({"type": "Feature", "properties": fields, "geometry": {"type": "LineString", "coordinates": line}})
    for name, features in (("buildings", buildings), ("roads", roads)):
        (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, autosaves and runs of this test alone."""
    path = tmp_path / "home"
    monkeypatch.setenv("TWIN_HOME", str(path))
    return path


@pytest.fixture
def window(qtbot, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """A shown MainWindow whose view is there; drawn in software on any platform."""
    monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    from gui.i18n import set_language
    from gui.theme import apply_theme
    from gui.window import MainWindow

    apply_theme("light", 10)
    set_language("en")
    before = set(threading.enumerate())
    window = MainWindow()
    window.resize(1200, 800)
    window.show()
    qtbot.waitUntil(lambda: window.view is not None, timeout=30_000)
    yield window
    window.close()
    left = [t for t in threading.enumerate() if t not in before and t.name.startswith("job")]
    assert not left, f"threads left: {left}"
    running = [t for t in window.findChildren(QTimer) if t.isActive()]
    assert not running, f"timers left: {[t.parent() for t in running]}"
    visible = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert not visible, f"windows left: {visible}"
    window.deleteLater()
    set_language("en")


@pytest.fixture
def opened(qtbot, window, small_city: Path):
    """The window with the small city open."""
    window.open([str(small_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and bool(window.session.cases), timeout=30_000)
    return window
