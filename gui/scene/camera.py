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
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkCamera

Bounds6 = tuple[float, float, float, float, float, float]
HEADINGS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}
FLIGHT_S, FAR_FLIGHT_S = 0.9, 1.8
LIFT_S = 0.08
"""Time in which the eye rises most of the way out of a building it was moved into."""
EYE_LEAST_M = 1.2
"""Least height of the eye above the ground."""
NEAREST_M = 1.5
"""Nearest one comes to a thing by zooming."""
FARTHEST = 6.0
"""How far one may go away, in sizes of the city."""
TURN_DEG, HEAD_DEG = 0.25, 0.15
"""Degrees a pixel of a drag: about a point, and of the head of somebody standing in the street."""
MOST_PITCH = 30.0
STEEPER = (0.0, -35.0, -50.0, -65.0, -80.0)
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

    def basis(self, stretch: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Forwards, right and up in the picture, in space whose heights are stretched."""
        f = self.forward * (1.0, 1.0, stretch)
        f /= np.linalg.norm(f)
        h = math.radians(self.heading)
        right = np.array([math.cos(h), -math.sin(h), 0.0])
        return f, right, np.cross(right, f)

    def focal_px(self, height: int) -> float:
        """Pixels that a metre takes a metre away, in a picture so many pixels high."""
        return height / 2 / math.tan(math.radians(self.angle / 2))

    @property
    def position(self) -> np.ndarray:
        return np.array([self.x, self.y, self.z]) - self.forward * self.distance

    @property
    def axes(self) -> np.ndarray:
        """Right, up and forward of the picture as rows (3, 3)."""
        h, f = math.radians(self.heading), self.forward
        right = np.array([math.cos(h), -math.sin(h), 0.0])
        return np.array([right, np.cross(right, f), f])

    @property
    def is_finite(self) -> bool:
        return all(math.isfinite(v) for v in (self.x, self.y, self.z, self.distance, self.heading, self.pitch, self.angle))

    def at(self, position: np.ndarray, distance: float | None = None) -> Eye:
        """The same look from another place; distance: to what is looked at."""
        away = self.distance if distance is None else distance
        x, y, z = (float(v) for v in position + self.forward * away)
        return replace(self, x=x, y=y, z=z, distance=away)


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
        self.stretch = 1.0
        """How many times larger heights are shown."""
        self.reduced_motion = False
        self.street: Callable[[], Eye | None] = lambda: None
        """Finds a place to stand for the street view; set by the scene."""
        self.floor: Callable[[float, float], float] = lambda x, y: 0.0
        self.roof: Callable[[np.ndarray], float | None] = lambda place: None
        """Height of the roof over a place (3,) that lies inside a building, None elsewhere; set by the scene."""
        self.sees: Callable[[np.ndarray, np.ndarray], bool] = lambda place, goal: True
        """Whether nothing stands between two places; set by the scene."""
        self.is_walking = False
        """Somebody walks: he is kept out of walls by his own steps, and roofs do not lift him."""
        self._lifted_at: float | None = None
        self._undo: list[Eye] = []
        self._redo: list[Eye] = []
        self._flight: tuple[Eye, Eye, float, float] | None = None
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
        """Towards a box, keeping the heading, near enough to see what is in it. pitch: degrees; by itself it is kept within -50
        and -20, steeper where something else would stand before it."""
        x0, x1, y0, y1, z0, z1 = bounds
        if not np.isfinite(bounds).all():
            return
        size = max(math.dist((x0, y0), (x1, y1)), z1 - z0, 20.0)
        wished = min(max(self.eye.pitch, -50.0), -20.0) if pitch is None else pitch
        eye = Eye((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2, 1.0, self.eye.heading, wished, 32.0)
        most = size / math.tan(math.radians(16)) * 0.9 + 40.0
        top = np.array([eye.x, eye.y, z1 + 1.0])
        for steeper in (wished,) if pitch is not None else (min(wished, p) for p in STEEPER):
            eye = replace(eye, pitch=steeper)
            eye = replace(eye, distance=min(most, self._fitting(eye, bounds) * 1.15 + 40.0))
            place = eye.position
            if self.roof(place) is None and self.sees(place, top):
                break
        self.go(eye, animate)

    def _fitting(self, eye: Eye, bounds: Bounds6) -> float:
        """From how far a box about the focus is wholly in the picture."""
        x0, x1, y0, y1, z0, z1 = bounds
        corners = np.array([(x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)]) - (eye.x, eye.y, eye.z)
        right, up, depth = eye.axes @ corners.T
        tan_v = math.tan(math.radians(eye.angle / 2))
        tan_h = tan_v * self.aspect[0] / max(1, self.aspect[1])
        return float((np.maximum(np.abs(right) / tan_h, np.abs(up) / tan_v) - depth).max())

    # -- flights -------------------------------------------------------------------------------------------------------
    @property
    def is_flying(self) -> bool:
        """Whether it moves by itself: on its way somewhere, or up and out of a building."""
        return self._flight is not None or self._lifted_at is not None

    def _start(self, eye: Eye, animate: bool) -> None:
        if not eye.is_finite:
            return
        if not animate or self.reduced_motion:
            self._flight = None
            self.set(eye)
            self._finish_lift()
            self.changed.emit()
            return
        hop = math.dist((self.eye.x, self.eye.y), (eye.x, eye.y)) / max(self.eye.distance + eye.distance, 1.0)
        self._flight = (self.eye, eye, time.monotonic(), FLIGHT_S + (FAR_FLIGHT_S - FLIGHT_S) * min(1.0, hop / 8.0))
        self.moved.emit()

    def step(self) -> bool:
        """Advance a flight to the present; True while it goes on."""
        if self._flight is None:
            self._lift()
            return self.is_flying
        start, end, began, lasts = self._flight
        t = min(1.0, (time.monotonic() - began) / lasts)
        s = t * t * (3 - 2 * t)
        turn = (end.heading - start.heading + 180) % 360 - 180
        mix = {k: getattr(start, k) * (1 - s) + getattr(end, k) * s for k in ("x", "y", "z", "pitch", "angle")}
        distance = math.exp(math.log(max(start.distance, 0.1)) * (1 - s) + math.log(max(end.distance, 0.1)) * s)
        # Far along the ground one rises on the way, over what stands between.
        hop = math.dist((start.x, start.y), (end.x, end.y)) / max(start.distance + end.distance, 1.0)
        distance *= 1 + 2.0 * s * (1 - s) * min(hop, 20.0)
        if t < 1:
            arc = 4 * s * (1 - s) * min(1.0, hop / 2.0)
            mix["pitch"] = mix["pitch"] * (1 - arc) + min(mix["pitch"], -30.0) * arc
            self._put(Eye(**mix, distance=distance, heading=start.heading + turn * s))
        else:
            self._flight = None
            self.set(end)
            self.changed.emit()
        return self.is_flying

    def finish(self) -> None:
        """End a flight at its goal at once."""
        if self._flight is not None:
            end = self._flight[1]
            self._flight = None
            self.set(end)
            self._finish_lift()
            self.changed.emit()
        self._finish_lift()

    def _lift(self) -> None:
        """A little further out of the building the eye was moved into."""
        if self._lifted_at is None:
            return
        roof = None if self.is_walking else self.roof(self.eye.position)
        if roof is None:
            self._lifted_at = None
            self.changed.emit()
            return
        now = time.monotonic()
        share = 1 - math.exp(-max(now - self._lifted_at, 0.008) / LIFT_S)
        self._lifted_at = now
        rise = roof + 2.0 - float(self.eye.position[2])
        self._put(replace(self.eye, z=self.eye.z + max(rise * share, min(rise, 0.5))))

    def _finish_lift(self) -> None:
        if self._lifted_at is not None:
            self._lifted_at = None
            roof = self.roof(self.eye.position)
            if roof is not None:
                self._put(replace(self.eye, z=self.eye.z + roof + 2.0 - float(self.eye.position[2])))

    # -- by hand -------------------------------------------------------------------------------------------------------
    def orbit(self, dx: float, dy: float, about: np.ndarray | None = None) -> None:
        """Turn about a point (3,), which stays where it is in the picture, else about the focus; dx, dy in pixels."""
        e = self.eye
        if e.distance < 3.0:  # standing in the street: turn the head
            turned = replace(e, heading=(e.heading - dx * HEAD_DEG) % 360, pitch=min(60.0, max(-60.0, e.pitch + dy * HEAD_DEG)))
            self.set(turned.at(e.position))
            return
        pitch = min(MOST_PITCH, max(-89.9, e.pitch - dy * TURN_DEG))
        turned = replace(e, heading=(e.heading + dx * TURN_DEG) % 360, pitch=pitch)
        if about is None or not np.isfinite(about).all():
            self.set(turned)
            return
        seen_at = e.axes @ (e.position - about)
        self.set(turned.at(about + seen_at @ turned.axes))

    def anchor(self, point: np.ndarray | None) -> None:
        """Look at the depth of a point from now on, so that distances mean what is under the hand; the picture stays."""
        if point is None or not np.isfinite(point).all():
            return
        depth = float(self.eye.forward @ (point - self.eye.position))
        if depth > NEAREST_M:
            self.eye = self.eye.at(self.eye.position, max(depth, 3.0))

    def drag(self, held: np.ndarray, origin: np.ndarray, way: np.ndarray) -> bool:
        """Move so that the point held lies on the ray under the cursor again; False where that ray goes past the horizon."""
        if way[2] * (held[2] - origin[2]) <= 0 or abs(way[2]) < 0.02:
            return False
        shift = held - (origin + way * ((held[2] - origin[2]) / way[2]))
        most = 4.0 * max(float(np.linalg.norm(held - origin)), 20.0)
        if not np.isfinite(shift).all() or float(np.hypot(shift[0], shift[1])) > most:
            return False
        self.set(replace(self.eye, x=self.eye.x + float(shift[0]), y=self.eye.y + float(shift[1])))
        return True

    def pan(self, dx: float, dy: float) -> None:
        """Move the ground in the middle of the picture along; pixels, y down."""
        e = self.eye
        metres = 2 * max(e.distance, 20.0) * math.tan(math.radians(e.angle / 2)) / max(1, self.aspect[1])
        h = math.radians(e.heading)
        slant = min(4.0, 1 / max(0.2, abs(math.sin(math.radians(e.pitch)))))
        x = e.x - math.cos(h) * dx * metres + math.sin(h) * dy * metres * slant
        y = e.y + math.sin(h) * dx * metres + math.cos(h) * dy * metres * slant
        self.set(replace(e, x=x, y=y))

    def zoom(self, factor: float, towards: np.ndarray | None = None) -> None:
        """factor > 1 comes nearer; towards: the point under the cursor, which stays there."""
        if not (math.isfinite(factor) and factor > 0):
            return
        self.anchor(towards)
        e = self.eye
        distance = min(max(e.distance / factor, NEAREST_M), self.farthest)
        k = 1 - distance / e.distance
        if towards is not None and k > -4 and np.isfinite(towards).all():
            e = replace(e, x=e.x + (towards[0] - e.x) * k, y=e.y + (towards[1] - e.y) * k, z=e.z + (towards[2] - e.z) * k)
        self.set(replace(e, distance=distance))

    @property
    def size(self) -> float:
        """Longer side of the city, metres."""
        return max(self.bounds[1] - self.bounds[0], self.bounds[3] - self.bounds[2], 100.0)

    @property
    def farthest(self) -> float:
        """Metres one may go away."""
        return self.size * FARTHEST

    def nudge(self, tx: float, ty: float, tz: float, rx: float, ry: float, rz: float, dt: float) -> None:
        """Fly by six axes for dt seconds: shares of full speed to the right, forwards and up, and of full turns about the same axes
        (rx looks up, ry would roll and is not used, rz turns to the left). Faster the higher one is."""
        if not np.isfinite([tx, ty, tz, rx, ry, rz, dt]).all():
            return
        e, dt = self.eye, min(max(dt, 0.0), 0.25)
        place = e.position
        speed = 1.1 * max(float(place[2]) - self.floor(float(place[0]), float(place[1])), 3.0)
        h = math.radians(e.heading)
        place = place + np.array([
            math.cos(h) * tx + math.sin(h) * ty, -math.sin(h) * tx + math.cos(h) * ty, tz
        ]) * speed * dt  # fmt: skip
        pitch = min(MOST_PITCH, max(-89.9, e.pitch + 70.0 * rx * dt)) if rx else e.pitch
        self.set(replace(e, heading=(e.heading - 80.0 * rz * dt) % 360, pitch=pitch).at(place))

    def walk(self, forward_m: float, right_m: float) -> None:
        """Along the ground, keeping the height over it."""
        e = self.eye
        h = math.radians(e.heading)
        x = e.x + math.sin(h) * forward_m + math.cos(h) * right_m
        y = e.y + math.cos(h) * forward_m - math.sin(h) * right_m
        rise = self.floor(x, y) - self.floor(e.x, e.y)
        self.set(replace(e, x=x, y=y, z=e.z + rise))

    def look(self, eye: Eye) -> None:
        """From there, told to nobody: for one of several views of a picture."""
        if eye != self.eye:
            self.eye = eye
            self._apply()

    def set(self, eye: Eye) -> None:
        """At once, without undo. Out of a building it rises within the next pictures; an eye that is nowhere is not taken."""
        self._put(eye)
        if self._lifted_at is None and not self.is_walking and self.roof(self.eye.position) is not None:
            self._lifted_at = time.monotonic()
            if self.reduced_motion:
                self._finish_lift()

    def _put(self, eye: Eye) -> None:
        """Take an eye as it is, above the ground and not beyond the end of the world."""
        if not eye.is_finite:
            return
        x0, x1, y0, y1, z0, _ = self.bounds
        reach = self.farthest + self.size
        x, y, z = (float(v) for v in eye.position)
        to = (min(max(x, x0 - reach), x1 + reach), min(max(y, y0 - reach), y1 + reach), min(z, z0 + reach))
        if to != (x, y, z):
            eye = replace(eye, x=eye.x + to[0] - x, y=eye.y + to[1] - y, z=eye.z + to[2] - z)
        floor = self.floor(to[0], to[1])
        low = (floor if math.isfinite(floor) else z0) + EYE_LEAST_M
        if to[2] < low:
            eye = replace(eye, z=eye.z + low - to[2])
        self.eye = eye
        self._apply()
        self.moved.emit()

    def _stretched(self, place: np.ndarray) -> np.ndarray:
        z0 = self.bounds[4]
        return np.array([place[0], place[1], z0 + (place[2] - z0) * self.stretch])

    def stretch_heights(self, factor: float) -> None:
        """Show heights so many times larger, from where one is now; the eye itself stays in true metres."""
        before, self.stretch = self.stretch, factor
        matrix = vtkMatrix4x4()
        matrix.SetElement(2, 2, factor)
        matrix.SetElement(2, 3, self.bounds[4] * (1 - factor))
        self._camera.SetModelTransformMatrix(matrix)
        e = self.eye
        steep = math.tan(math.radians(min(max(e.pitch, -89.5), 89.5))) * before / factor
        pitch = math.degrees(math.atan(steep))
        flat = math.cos(math.radians(e.pitch)) / max(math.cos(math.radians(pitch)), 1e-3)
        self.set(replace(e, pitch=pitch, distance=e.distance * (flat if e.pitch > -80 else before / factor)))

    def _apply(self) -> None:
        e = self.eye
        c = self._camera
        place = self._stretched(e.position)
        f, _, _ = e.basis(self.stretch)
        c.SetPosition(*place)
        c.SetFocalPoint(*(place + f * max(e.distance, 1.0)))
        steep = f[2] < -0.98
        h = math.radians(e.heading)
        c.SetViewUp(*((math.sin(h), math.cos(h), 0.0) if steep else (0.0, 0.0, 1.0)))
        c.SetViewAngle(e.angle)
        x, y, z = (float(v) for v in e.position)
        above = z - self.floor(x, y)
        size = max(self.bounds[1] - self.bounds[0], self.bounds[3] - self.bounds[2])
        near = 0.12 if self.is_walking else min(max(0.4, above * 0.06), max(0.4, e.distance * 0.2))
        c.SetClippingRange(near, max(45_000.0 + size, 6.0 * size, 2.5 * e.distance + 2.0 * size))
