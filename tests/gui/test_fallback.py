"""What draws the view, and what happens when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QWidget

from gui.scene.canvas import Drawing, NoCanvas, SoftCanvas, gl_of_qt
from gui.scene.offscreen import NoDrawing
from gui.scene.view import View3D
from gui.status import Status
from layers.catalogue import city_layers
from tests.little_city import little_city


@pytest.fixture
def view(qtbot):
    made = View3D()
    made.resize(400, 300)
    qtbot.addWidget(made)
    city = little_city(3)
    made.scene.set_city(city)
    for layer in city_layers(city):
        made.scene.add(layer)
    made.show()
    with qtbot.waitSignal(made.first_picture, timeout=30_000):
        pass
    yield made
    made.shut()


def rgb(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


@pytest.mark.gl
def test_that_the_view_goes_on_as_a_picture_when_opengl_gives_up(qtbot, view) -> None:
    if not view.has_gl:
        pytest.skip(f"Qt has no OpenGL here: {view.drawing.why}")
    assert view.drawing.kind in ("gpu", "software")
    assert view.drawing.name
    qtbot.waitUntil(lambda: view.is_still and rgb(view.picture()).std() > 5, timeout=10_000)
    before = rgb(view.picture())
    with qtbot.waitSignal(view.drawing_changed, timeout=5_000) as told:
        view._canvas._give_up("driver: context lost")
    assert told.args[0].kind == "picture"
    assert not view.has_gl
    qtbot.waitUntil(lambda: not view.picture().isNull() and rgb(view.picture()).std() > 5, timeout=10_000)
    after = rgb(view.picture())
    assert after.shape == before.shape
    assert np.abs(after - before).mean() < 6, "the same picture"
    painted = view.frame_ms
    view.scene.camera.orbit(50, 0)
    qtbot.waitUntil(lambda: view.frame_ms != painted, timeout=10_000)


def test_that_the_picture_is_chosen_where_it_is_wished_for(monkeypatch: pytest.MonkeyPatch, qtbot) -> None:
    monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    assert gl_of_qt() == ("", "TWIN_SOFT_VIEW")
    view = View3D()
    qtbot.addWidget(view)
    view.start()
    assert isinstance(view._canvas, SoftCanvas)
    assert view.drawing.kind == "picture"
    view.shut()


def test_that_without_any_drawing_a_sentence_stands_in_its_place(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    canvas = NoCanvas(parent, NoDrawing("Nothing can be drawn"))
    assert "OpenGL" in canvas.text()
    assert canvas.picture().isNull()
    canvas.ask()
    canvas.shut()
    assert canvas.drawing.kind == "none"


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (Drawing("gpu", "NVIDIA H100/PCIe/SSE2"), "NVIDIA H100"),
        (Drawing("software", "llvmpipe (LLVM 15.0.6, 256 bits)"), "Software drawing"),
        (Drawing("picture", why="QT_QPA_PLATFORM=offscreen"), "Picture drawing"),
        (Drawing("none", why="Nothing can be drawn"), "No drawing"),
    ],
)
def test_that_the_status_bar_names_what_draws(opened, drawing: Drawing, words: str) -> None:
    status: Status = opened.status
    status.set_drawing(drawing)
    assert status.drawing.text() == words
    assert isinstance(status.drawing, QLabel)
    assert (drawing.name or drawing.why) in status.drawing.toolTip()


@pytest.mark.skipif(sys.platform != "linux", reason="EGL can be taken away on Linux only")
def test_that_a_picture_without_any_opengl_ends_in_a_sentence(small_city: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env |= {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent", "LIBGL_DRIVERS_PATH": "/nonexistent"}
    made = subprocess.run(
        [sys.executable, "-m", "twin.cli", "shot", str(small_city), "-o", str(tmp_path / "x.png")], env=env, capture_output=True, text=True
    )
    if made.returncode == 0:
        pytest.skip("this machine draws by OSMesa")
    assert made.returncode in (1, 2)
    assert "no OpenGL" in made.stderr
    assert "Traceback" not in made.stderr
    assert not (tmp_path / "x.png").exists()
