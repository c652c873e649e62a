"""The eye: presets, flights, orbit, pan and zoom, and an undo stack of its own.

State is plain: focus (x, y, z), distance, heading (degrees clockwise from north, the way one looks) and pitch (degrees,
negative looks down). Local metres.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from psygnal import Signal
from vtkmodules.vtkRenderingCore import vtkCamera

Bounds6 = tuple[float, float, float, float, float, float]
HEADINGS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
FLIGHT_S = 0.9
MOST_UNDO = 100
MOST_SEEN, FRAME = 0.995, 1.04
"""Share of the content on the inner side of each edge of a preset's picture, and room around it."""


@dataclass(frozen=True)
class Eye:
    """focus: what is looked at; distance metres from it; heading and pitch in degrees; angle: vertical field of view."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    distance: float = 1000.0
    heading: float = 20.0
    pitch: float = -32.0
    angle: float = 32.0

    @property
    def forward(self) -> np.ndarray:
        h, p = math.radians(self.heading), math.radians(self.pitch)
        return np.array([math.sin(h) * math.cos(p), math.cos(h) * math.cos(p), math.sin(p)])

    @property
    def position(self) -> np.ndarray:
        return np.array([self.x, self.y, self.z]) - self.forward * self.distance


class Camera:
    """Moves a vtkCamera. `moved` is emitted after each change; `changed` when a movement is over."""

    moved = Signal()
    changed = Signal()

    def __init__(self, camera: vtkCamera) -> None:
        self._camera = camera
        self.eye = Eye()
        self.bounds: Bounds6 = (-500.0, 500.0, -500.0, 500.0, 0.0, 50.0)
        self.content: np.ndarray = np.empty((0, 3))
        """Places (N, 3) that the presets show; empty: the corners of the bounds."""
        self.reduced_motion = False
        self.street: Callable[[], Eye | None] = lambda: None
        """Finds a place to stand for the street view; set by the scene."""
        self.floor: Callable[[float, float], float] = lambda x, y: 0.0
        self._undo: list[Eye] = []
        self._redo: list[Eye] = []
        self._flight: tuple[Eye, Eye, float] | None = None
        self._apply()

    # -- state ---------------------------------------------------------------------------------------------------------
    def state(self) -> dict[str, float]:
        """What a bookmark or a project keeps."""
        return asdict(self.eye)

    def restore(self, state: dict[str, Any], animate: bool = False) -> None:
        """Back to a kept state; unknown keys are ignored, missing ones stay."""
        known = {k: float(v) for k, v in state.items() if k in Eye.__dataclass_fields__ and np.isfinite(float(v))}
        self.go(replace(self.eye, **known), animate)

    def go(self, eye: Eye, animate: bool = True) -> None:
        """To a new place, remembered for undo; flying unless motion is reduced."""
        self.remember()
        self._start(eye, animate)

    def remember(self) -> None:
        """Put the present view on the undo stack (at the start of a movement)."""
        eye = self._flight[1] if self._flight else self.eye
        if not self._undo or self._undo[-1] != eye:
            self._undo = [*self._undo[-MOST_UNDO:], eye]
        self._redo.clear()

    def undo(self) -> bool:
        if not self._undo:
            return False
        self._redo.append(self.eye)
        self._start(self._undo.pop(), True)
        return True

    def redo(self) -> bool:
        if not self._redo:
            return False
        self._undo.append(self.eye)
        self._start(self._redo.pop(), True)
        return True

    # -- presets -------------------------------------------------------------------------------------------------------
    def view(self, name: str, animate: bool = True) -> None:
        """iso, top, north, south, east, west (looking that way) or street. Raises KeyError for another name."""
        if name == "street":
            eye = self.street()
            if eye is not None:
                self.go(eye, animate)
                return
            name = "iso"
        if name == "top":
            self.go(self.framed(0.0, -89.9), animate)
        elif name == "iso":
            self.go(self.framed(24.0, -27.0), animate)
        else:
            self.go(self.framed(HEADINGS[name], -18.0), animate)

    def framed(self, heading: float, pitch: float) -> Eye:
        """The view of the content from a direction, as near as all but its outermost fits: a few corners may be haze."""
        x0, x1, y0, y1, z0, z1 = self.bounds
        places = self.content
        if not len(places):
            places = np.array([[x, y, z] for x in (x0, x1) for y in (y0, y1) for z in (z0, min(z1, z0 + 60))])
        width, height = max(1, self.aspect[0]), max(1, self.aspect[1])
        eye = Eye((x0 + x1) / 2, (y0 + y1) / 2, z0, 1.0, heading, pitch, 32.0)
        f = eye.forward
        right = np.array([math.cos(math.radians(heading)), -math.sin(math.radians(heading)), 0.0])
        up = np.cross(right, f)
        rel = places - (eye.x, eye.y, eye.z)
        tan_v = math.tan(math.radians(eye.angle / 2))
        depth = rel @ f
        sides = ((rel @ right, tan_v * width / height / FRAME), (rel @ up, tan_v / FRAME))
        # Each side of the picture is a plane through the eye: the place where two opposite ones meet sees what lies between them.
        most = (MOST_SEEN, 1.0)  # a tower is not cut, however few there are
        ends = [(np.quantile(a + t * depth, 1 - MOST_SEEN), np.quantile(a - t * depth, m)) for (a, t), m in zip(sides, most, strict=True)]
        back = max(5.0, *((high - low) / (2 * tan) for (low, high), (_, tan) in zip(ends, sides, strict=True)))
        at = [(low + high) / 2 for low, high in ends]
        for _ in range(4):  # where there is room to spare, as much on one side as on the other
            for k, (along, _) in enumerate(sides):
                seen = np.quantile((along - at[k]) / (depth + back), (1 - MOST_SEEN, most[k]))
                at[k] += float(seen.mean()) * back
        place = np.array([eye.x, eye.y, eye.z]) + at[0] * right + at[1] * up - back * f
        # What one turns about is the ground in the middle of the picture.
        distance = max(5.0, float(place[2] - z0) / -float(f[2])) if f[2] < -0.1 else back
        focus = place + f * distance
        return replace(eye, x=float(focus[0]), y=float(focus[1]), z=float(focus[2]), distance=distance)

    aspect: tuple[int, int] = (1600, 900)

    def fly_to(self, bounds: Bounds6, animate: bool = True, pitch: float | None = None) -> None:
        """Towards a box, keeping the heading, near enough to see what is in it. pitch: degrees; by itself it is kept within -50 and -20."""
        x0, x1, y0, y1, z0, z1 = bounds
        size = max(math.dist((x0, y0), (x1, y1)), z1 - z0, 20.0)
        pitch = min(max(self.eye.pitch, -50.0), -20.0) if pitch is None else pitch
        eye = Eye(
            (x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2, size / math.tan(math.radians(16)) * 0.9 + 40.0, self.eye.heading, pitch, 32.0
        )
        self.go(eye, animate)

    # -- flights -------------------------------------------------------------------------------------------------------
    @property
    def is_flying(self) -> bool:
        return self._flight is not None

    def _start(self, eye: Eye, animate: bool) -> None:
        if not animate or self.reduced_motion:
            self._flight = None
            self.set(eye)
            self.changed.emit()
            return
        self._flight = (self.eye, eye, time.monotonic())
        self.moved.emit()

    def step(self) -> bool:
        """Advance a flight to the present; True while it goes on."""
        if self._flight is None:
            return False
        start, end, began = self._flight
        t = min(1.0, (time.monotonic() - began) / FLIGHT_S)
        s = t * t * (3 - 2 * t)
        turn = (end.heading - start.heading + 180) % 360 - 180
        mix = {k: getattr(start, k) * (1 - s) + getattr(end, k) * s for k in ("x", "y", "z", "pitch", "angle")}
        distance = math.exp(math.log(max(start.distance, 0.1)) * (1 - s) + math.log(max(end.distance, 0.1)) * s)
        self.set(end if t >= 1 else Eye(**mix, distance=distance, heading=start.heading + turn * s))
        if t >= 1:
            self._flight = None
            self.changed.emit()
        return self._flight is not None

    def finish(self) -> None:
        """End a flight at its goal at once."""
        if self._flight is not None:
            end = self._flight[1]
            self._flight = None
            self.set(end)
            self.changed.emit()

    # -- by hand -------------------------------------------------------------------------------------------------------
    def orbit(self, dx: float, dy: float) -> None:
        """Turn about the focus; dx, dy in pixels."""
        e = self.eye
        if e.distance < 3.0:  # standing in the street: turn the head
            position = e.position
            e = replace(e, heading=e.heading - dx * 0.15, pitch=min(60.0, max(-60.0, e.pitch + dy * 0.15)))
            focus = position + e.forward * e.distance
            self.set(replace(e, x=float(focus[0]), y=float(focus[1]), z=float(focus[2])))
            return
        self.set(replace(e, heading=(e.heading + dx * 0.25) % 360, pitch=min(30.0, max(-89.9, e.pitch - dy * 0.25))))

    def pan(self, dx: float, dy: float) -> None:
        """Move the ground below the cursor along; pixels, y down."""
        e = self.eye
        metres = 2 * max(e.distance, 20.0) * math.tan(math.radians(e.angle / 2)) / max(1, self.aspect[1])
        h = math.radians(e.heading)
        slant = min(4.0, 1 / max(0.2, abs(math.sin(math.radians(e.pitch)))))
        x = e.x - math.cos(h) * dx * metres + math.sin(h) * dy * metres * slant
        y = e.y + math.sin(h) * dx * metres + math.cos(h) * dy * metres * slant
        self.set(replace(e, x=x, y=y))

    def zoom(self, factor: float, towards: np.ndarray | None = None) -> None:
        """factor > 1 comes nearer; towards: the point under the cursor, which stays there."""
        e = self.eye
        size = max(self.bounds[1] - self.bounds[0], self.bounds[3] - self.bounds[2], 100.0)
        distance = min(max(e.distance / factor, 2.0), size * 6)
        k = 1 - distance / e.distance
        if towards is not None and k > -4:
            e = replace(e, x=e.x + (towards[0] - e.x) * k, y=e.y + (towards[1] - e.y) * k, z=e.z + (towards[2] - e.z) * k)
        self.set(replace(e, distance=distance))

    def walk(self, forward_m: float, right_m: float) -> None:
        """First person: along the ground, eyes 1.7 m above it."""
        e = self.eye
        h = math.radians(e.heading)
        x = e.x + math.sin(h) * forward_m + math.cos(h) * right_m
        y = e.y + math.cos(h) * forward_m - math.sin(h) * right_m
        rise = self.floor(x, y) - self.floor(e.x, e.y)
        self.set(replace(e, x=x, y=y, z=e.z + rise))

    def set(self, eye: Eye) -> None:
        """At once, without undo."""
        low = self.floor(*(float(v) for v in eye.position[:2])) + 1.2
        if eye.position[2] < low:
            eye = replace(eye, z=eye.z + low - float(eye.position[2]))
        self.eye = eye
        self._apply()
        self.moved.emit()

    def _apply(self) -> None:
        e = self.eye
        c = self._camera
        c.SetPosition(*e.position)
        c.SetFocalPoint(*(e.position + e.forward * max(e.distance, 1.0)))
        steep = e.pitch < -80
        h = math.radians(e.heading)
        c.SetViewUp(*((math.sin(h), math.cos(h), 0.0) if steep else (0.0, 0.0, 1.0)))
        c.SetViewAngle(e.angle)
        above = max(1.0, float(e.position[2]) - self.bounds[4])
        size = max(self.bounds[1] - self.bounds[0], self.bounds[3] - self.bounds[2])
        near = min(max(0.5, above * 0.12), max(0.5, e.distance * 0.2))
        c.SetClippingRange(near, max(45_000.0 + size, 6.0 * size))
