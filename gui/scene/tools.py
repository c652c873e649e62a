"""Drawing points, lines and areas straight onto the ground, or onto whatever the cursor touches when something is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from psygnal import Signal

from gui.scene.actors import MeshActor
from layers.shapes import polylines

if TYPE_CHECKING:
    from gui.scene.scene import Scene

GEOMETRY = {
    "barrier": "line",
    "pump": "point",
    "basin": "polygon",
    "raise_ground": "polygon",
    "green": "polygon",
    "close_road": "point",
    "demolish": "point",
    "measure": "line",
    "height": "segment",
    "area": "polygon",
    "slope": "line",
    "volume": "polygon",
    "sight": "segment",
    "viewshed": "point",
    "sun_hours": "point",
    "section": "line",
    "gauge": "point",
    "point": "point",
    "line": "line",
    "polygon": "polygon",
}
KINDS = ("point", "segment", "line", "polygon")
"""A segment is a line that its second point ends."""
ON_SURFACE = ("measure", "height", "area", "slope", "volume", "sight", "viewshed", "sun_hours", "section", "gauge")
"""Tools whose points lie on roofs and walls too, and go on until Esc: several things can be measured in a row."""
STRAIGHT = ("measure", "height", "area", "sight")
"""Drawn from point to point through the air, not along the ground."""
INK = np.array([214, 92, 30, 255], np.uint8)
SNAP_PX = 11.0
AROUND = 73
"""Points of a circle."""


class Tools:
    """start -> clicks -> `finished(tool, geometry)`; `cancel` (Esc) or `stop` -> `cancelled`. Geometry is shapely in local metres, with
    heights where it was drawn on the surface.

    measured: sentence about the line or point drawn so far. changed: another tool, or none, is active.
    """

    finished = Signal(str, object)
    cancelled = Signal()
    measured = Signal(str)
    changed = Signal(str)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.active = ""
        self._kind = ""
        self.points: list[np.ndarray] = []
        self._hover: np.ndarray | None = None
        self.is_snapped = False
        """The point below the cursor is a corner of a building."""
        self.words: Callable[[str, np.ndarray], str] | None = None
        """Says something of the points (N, 3) of a tool, in the language of the user."""
        self.reach: tuple[float, float, float] | None = None
        """Radius, heading and width (degrees) of what a point tool asks about: drawn around the cursor."""
        self._actor = MeshActor("drawing")
        self._actor.shader(draped=True)
        self._actor.actor.GetProperty().SetLineWidth(4.0)
        self._actor.actor.GetProperty().SetPointSize(10.0)
        self._actor.offset(40)
        self._actor.actor.VisibilityOff()
        scene.renderer.AddActor(self._actor.actor)

    def actors(self) -> list[tuple[str, MeshActor]]:
        return [("tools", self._actor)]

    def start(self, tool: str, geometry: str | None = None) -> None:
        """Begin to draw. tool: a name of GEOMETRY, or any name with its geometry (point, segment, line or polygon)."""
        kind = geometry or GEOMETRY.get(tool)
        if kind == "area":
            kind = "polygon"
        if kind not in KINDS:
            raise ValueError(f"tool '{tool}' needs a geometry: point, segment, line or polygon")
        self.active, self._kind, self.points, self._hover = tool, kind, [], None
        self.changed.emit(tool)
        self._redraw()

    def cancel(self) -> None:
        """Give up the shape begun; where there is none, the tool."""
        if self.active in ON_SURFACE and self.points:
            self.points = []
            self._redraw()
        else:
            self.stop()

    def stop(self) -> None:
        """Put the tool away, with the shape begun."""
        if self.active:
            self._end()
            self.cancelled.emit()

    def undo_point(self) -> None:
        if self.points:
            self.points.pop()
            self._redraw()

    def click(self, x: float, y: float) -> None:
        """A click at a pixel adds a point; a point tool is finished with it, a segment with the second."""
        at = self._at(x, y)
        if at is None or not self.active:
            return
        self.points.append(at)
        if self._kind == "point" or (self._kind == "segment" and len(self.points) == 2):
            self.finish()
        else:
            self._redraw()

    def hover(self, x: float, y: float) -> None:
        if self.active:
            self._hover = self._at(x, y)
            self._redraw()

    def finish(self) -> None:
        """End the shape (Enter, double click). Too few points: nothing happens."""
        shape = self._shape()
        if not self.active or shape is None:
            return
        self._hover = None
        tool, text = self.active, self.sentence()
        if tool in ON_SURFACE:
            self.points = []
            self._redraw()
        else:
            self._end()
        if text:
            self.measured.emit(text)
        self.finished.emit(tool, shape)

    def sentence(self) -> str:
        """Length, rise and area of what is drawn so far."""
        p = np.array(self.points + ([self._hover] if self._hover is not None else []))
        if self.words is not None and len(p):
            return self.words(self.active, p)
        if len(p) < 2:
            return ""
        flat = float(np.linalg.norm(np.diff(p[:, :2], axis=0), axis=1).sum())
        if self._kind == "polygon" and len(p) > 2:
            return f"{shapely.Polygon(p[:, :2]).area:,.0f} m², outline {flat + float(np.linalg.norm(p[-1][:2] - p[0][:2])):,.0f} m"
        return f"{flat:,.1f} m, rise {p[-1][2] - p[0][2]:+.1f} m"

    def _at(self, x: float, y: float) -> Any:
        self.is_snapped = False
        if self.active not in ON_SURFACE:
            return self._scene.ground_point(x, y)
        corner = self._corner_near(x, y)
        if corner is not None:
            self.is_snapped = True
            return corner
        return self._scene.surface_point(x, y)

    def _corner_near(self, x: float, y: float) -> Any:
        """Corner of the building under a pixel that is close to it on the screen."""
        scene = self._scene
        shown = scene.layer("buildings")
        if scene.city is None or shown is None or not shown.visible or self.active in ("viewshed", "sun_hours", "section", "gauge"):
            return None
        from twin.city.height_grid import Solids

        solids, (origin, direction) = Solids.of(scene.city), scene.ray(x, y)
        met = solids.pick(origin, direction)
        if met is None:
            return None
        corners = np.unique(solids.triangles(np.array([met[0]]))[0].reshape(-1, 3), axis=0)
        xy, depth = scene.project(corners)
        gap = np.hypot(xy[:, 0] - x, xy[:, 1] - (scene.size[1] - y))
        # Of corners on one line to the eye the nearest is meant; those behind the body are hidden by it.
        gap[(depth < 0) | (np.linalg.norm(corners - origin, axis=1) > met[1] * 1.02 + 1.0)] = np.inf
        k = int(np.argmin(gap))
        return corners[k] if gap[k] <= SNAP_PX * scene.scale else None

    def _shape(self) -> Any:
        p = self.points
        on_surface = self.active in ON_SURFACE
        if self._kind == "point":
            return shapely.Point(*p[0]) if p else None
        unique = [q for k, q in enumerate(p) if k == 0 or np.linalg.norm((q - p[k - 1])[: 3 if on_surface else 2]) > 0.05]
        xyz = [q if on_surface else q[:2] for q in unique]
        if self._kind in ("line", "segment"):
            return shapely.LineString(xyz) if len(unique) > 1 else None
        if len(unique) < 3:
            return None
        if on_surface:
            return shapely.Polygon(xyz) if shapely.make_valid(shapely.Polygon([q[:2] for q in unique])).area > 0.01 else None
        polygon = shapely.make_valid(shapely.Polygon(xyz))
        return polygon if polygon.area > 0.1 else None

    def _end(self) -> None:
        self.active, self.points, self._hover = "", [], None
        self.changed.emit("")
        self._redraw()

    def _redraw(self) -> None:
        p = self.points + ([self._hover] if self._hover is not None and self.active else [])
        shown = bool(self.active) and len(p) > 0
        self._actor.actor.SetVisibility(shown)
        if shown:
            paths = self._paths(np.array(p))
            flat = np.concatenate(paths)
            self._actor.geometry(flat, np.empty((0, 3), np.int64))
            self._actor.lines(np.concatenate([[0], np.cumsum([len(q) for q in paths])]))
            self._actor.colors(np.tile(INK, (len(flat), 1)))
            text = self.sentence()
            if text:
                self.measured.emit(text)
        self._scene.request_render()

    def _paths(self, p: np.ndarray) -> list[np.ndarray]:
        """What is drawn for the points so far."""
        line = p
        if self._kind == "polygon" and len(p) > 2:
            line = np.concatenate([p, p[:1]])
        if self.active == "height" and len(p) == 2:  # up, then across
            line = np.array([p[0], (p[0][0], p[0][1], p[1][2]), p[1]])
        if len(line) < 2:
            line = np.concatenate([line, line + (0.0, 0.0, 15.0)]) if not self.is_snapped else np.repeat(line, 2, axis=0)
        elif self.active not in STRAIGHT and len(p) > 1:
            line, _, _ = polylines(np.array([shapely.LineString(line[:, :2])], object), self._scene.ground, 0.6)
        paths = [line]
        if self.is_snapped and self._hover is not None:
            paths += self._cross(self._hover)
        if self.reach is not None and self._kind == "point":
            paths.append(self._around(p[-1], *self.reach))
        return paths

    def _cross(self, at: np.ndarray) -> list[np.ndarray]:
        """A small mark on a corner."""
        eye = self._scene.camera.eye
        arm = 0.011 * float(np.linalg.norm(at - eye.position))
        return [np.array([at - d, at + d]) for d in arm * np.eye(3)]

    def _around(self, at: np.ndarray, radius: float, heading: float, width: float) -> np.ndarray:
        """The rim of what is asked about, on the ground."""
        turn = np.radians(heading + np.linspace(-width / 2, width / 2, AROUND))
        rim = at[:2] + radius * np.column_stack([np.sin(turn), np.cos(turn)])
        if width < 360:
            rim = np.concatenate([at[None, :2], rim, at[None, :2]])
        return np.column_stack([rim, self._scene.ground.height(rim[:, 0], rim[:, 1]) + 0.6])
