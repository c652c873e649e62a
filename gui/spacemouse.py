"""A 3D mouse by way of spacenavd: its socket tells motions and buttons, eight integers each (libspnav, protocol version 0).

Axes of an event: to the right, up and away from the user, and turns about them. What is held moves the view from picture to
picture, so nothing polls.
"""

from __future__ import annotations

import os
import struct
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

SOCKETS = ("/var/run/spnav.sock", "/run/spnav.sock")
EVENT = struct.Struct("=8i")
"""type (0 motion, 1 button down, 2 button up), x, y, z, rx, ry, rz, milliseconds; of a button its number stands first."""
MOTION, DOWN = 0, 1
FULL, DEAD = 350.0, 0.035
"""Counts at the end of the way, and the share of it that is a hand at rest."""


class SpaceMouse(QObject):
    """moved: shares of the full way (6,): right, forwards, up, looking up, rolling, turning left; all 0 when it is let go."""

    moved = Signal(object)
    pressed = Signal(int)

    def __init__(self, parent: QObject | None = None, paths: tuple[str, ...] = SOCKETS) -> None:
        super().__init__(parent)
        self._paths = paths
        self._socket: Any = None
        self._rest = b""

    @property
    def is_there(self) -> bool:
        return self._socket is not None

    def start(self) -> bool:
        """Listen, if a daemon is there; may be called again after one came."""
        path = next((p for p in self._paths if os.path.exists(p)), "")
        if self._socket is not None or not path:
            return self._socket is not None
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket(self)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self._lost)
        socket.errorOccurred.connect(self._lost)
        self._socket, self._rest = socket, b""
        socket.connectToServer(path)
        return self._socket is not None

    def stop(self) -> None:
        if self._socket is not None:
            socket, self._socket = self._socket, None
            socket.abort()
            socket.deleteLater()

    def _lost(self, *_: Any) -> None:
        if self._socket is not None:
            socket, self._socket = self._socket, None
            socket.deleteLater()
            self.moved.emit(np.zeros(6))

    def _read(self) -> None:
        if self._socket is None:
            return
        data = self._rest + bytes(self._socket.readAll().data())
        whole = len(data) // EVENT.size * EVENT.size
        self._rest = data[whole:]
        last = None
        for event in EVENT.iter_unpack(data[:whole]):
            if event[0] == MOTION:
                last = event[1:7]  # only the newest matters
            elif event[0] == DOWN:
                self.pressed.emit(event[1])
        if last is not None:
            self.moved.emit(shares(*last))


def shares(x: float, y: float, z: float, rx: float, ry: float, rz: float) -> np.ndarray:
    """Counts of an event as shares for the camera: fine near rest, full at the end of the way."""
    way = np.array([x, z, y, -rx, rz, -ry], float) / FULL
    way = np.clip(way, -1.0, 1.0)
    beyond = np.maximum(np.abs(way) - DEAD, 0.0) / (1 - DEAD)
    return np.asarray(np.sign(way) * beyond**1.6, float)
