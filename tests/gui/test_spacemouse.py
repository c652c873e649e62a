"""A 3D mouse: events of a daemon on a local socket become a moving eye."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtNetwork import QLocalServer

from gui.spacemouse import SpaceMouse, shares


def event(kind: int, *values: int) -> bytes:
    return struct.pack("=8i", kind, *values, *([0] * (7 - len(values))))


@pytest.fixture
def daemon(tmp_path: Path, qapp: Any) -> Any:
    server = QLocalServer()
    server.path = str(tmp_path / "spnav.sock")
    assert server.listen(server.path)
    yield server
    server.close()


def connected(qtbot: Any, server: Any) -> tuple[SpaceMouse, Any]:
    mouse = SpaceMouse(paths=(server.path,))
    with qtbot.waitSignal(server.newConnection, timeout=5000):
        assert mouse.start()
    return mouse, server.nextPendingConnection()


def test_that_motions_and_buttons_are_told(qtbot: Any, daemon: Any) -> None:
    mouse, socket = connected(qtbot, daemon)
    with qtbot.waitSignal(mouse.moved, timeout=5000) as moved:
        socket.write(event(0, 350, 0, 0, 0, 0, 0, 16))
        socket.flush()
    assert moved.args[0].tolist() == [1, 0, 0, 0, 0, 0]
    with qtbot.waitSignal(mouse.pressed, timeout=5000) as pressed:
        socket.write(event(1, 0))
        socket.flush()
    assert pressed.args == [0]
    mouse.stop()


def test_that_an_event_cut_in_two_is_put_together(qtbot: Any, daemon: Any) -> None:
    mouse, socket = connected(qtbot, daemon)
    whole = event(0, 0, 0, 350)
    socket.write(whole[:11])
    socket.flush()
    qtbot.waitUntil(lambda: len(mouse._rest) == 11, timeout=5000)
    with qtbot.waitSignal(mouse.moved, timeout=5000) as moved:
        socket.write(whole[11:])
        socket.flush()
    assert moved.args[0].tolist() == [0, 1, 0, 0, 0, 0]
    mouse.stop()


def test_that_a_daemon_that_goes_leaves_the_eye_at_rest_and_may_come_again(qtbot: Any, daemon: Any) -> None:
    mouse, socket = connected(qtbot, daemon)
    with qtbot.waitSignal(mouse.moved, timeout=5000) as moved:
        socket.disconnectFromServer()
    assert not moved.args[0].any()
    assert not mouse.is_there
    with qtbot.waitSignal(daemon.newConnection, timeout=5000):
        assert mouse.start()
    mouse.stop()


def test_that_without_a_daemon_there_is_none(tmp_path: Path) -> None:
    assert not SpaceMouse(paths=(str(tmp_path / "none.sock"),)).start()


def test_that_a_hand_at_rest_does_not_move_and_more_is_not_more_than_full() -> None:
    assert not shares(5, -5, 3, 0, 2, -1).any()
    assert np.abs(shares(9000, -9000, 9000, 9000, 9000, -9000)).max() == 1.0
    small, half = shares(60, 0, 0, 0, 0, 0)[0], shares(175, 0, 0, 0, 0, 0)[0]
    assert 0 < small < 0.1 < half < 0.5


def test_that_it_moves_the_view_until_it_is_let_go(qtbot: Any, opened: Any) -> None:
    view = opened.view
    opened.activateWindow()
    qtbot.waitUntil(view.isActiveWindow, timeout=5000)
    start = float(view.scene.camera.eye.position[2])
    view.hands.push(np.array([0, 0, 1, 0, 0, 0.0]))
    qtbot.waitUntil(lambda: view.scene.camera.eye.position[2] > start + 1, timeout=10_000)
    view.hands.push(np.zeros(6))
    qtbot.waitUntil(lambda: view.is_still, timeout=5000)
    assert not view.hands.axes.any()
    assert view.scene.camera.undo()
