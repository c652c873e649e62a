"""Drawing points, lines and areas straight onto the ground, and measuring."""

from __future__ import annotations

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
    "height": "point",
    "point": "point",
    "line": "line",
    "polygon": "polygon",
}
INK = np.array([214, 92, 30, 255], np.uint8)


class Tools:
    """start -> clicks -> `finished(tool, geometry)`; Esc or `cancel` -> `cancelled`. Geometry is shapely in local metres.

    measured: sentence about the line or point drawn so far. changed: another tool, or none, is active.
    """

    finished = Signal(str, object)
    cancelled = Signal()
    measured = Signal(str)
    changed = Signal(str)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.active = ""
        self.points: list[np.ndarray] = []
        self._hover: np.ndarray | None = None
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
        """Begin to draw. tool: a name of GEOMETRY, or any name with its geometry (point, line or polygon)."""
        kind = geometry or GEOMETRY.get(tool)
        if kind not in ("point", "line", "polygon"):
            raise ValueError(f"tool '{tool}' needs a geometry: point, line or polygon")
        self.active, self._kind, self.points, self._hover = tool, kind, [], None
        self.changed.emit(tool)
        self._redraw()

    def cancel(self) -> None:
        if self.active:
            self._stop()
            self.cancelled.emit()

    def undo_point(self) -> None:
        if self.points:
            self.points.pop()
            self._redraw()

    def click(self, x: float, y: float) -> None:
        """A click at a pixel adds a point; a point tool is finished with it."""
        at = self._at(x, y)
        if at is None or not self.active:
            return
        self.points.append(at)
        if self._kind == "point":
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
        tool, text = self.active, self.sentence()
        self._stop()
        if text:
            self.measured.emit(text)
        self.finished.emit(tool, shape)

    def sentence(self) -> str:
        """Length, rise and area of what is drawn so far."""
        p = np.array(self.points + ([self._hover] if self._hover is not None else []))
        if self.active == "height" and len(p):
            return f"Height {p[-1][2]:.1f} m"
        if len(p) < 2:
            return ""
        flat = float(np.linalg.norm(np.diff(p[:, :2], axis=0), axis=1).sum())
        text = f"{flat:,.1f} m, rise {p[-1][2] - p[0][2]:+.1f} m"
        if self._kind == "polygon" and len(p) > 2:
            text = f"{shapely.Polygon(p[:, :2]).area:,.0f} m², outline {flat + float(np.linalg.norm(p[-1][:2] - p[0][:2])):,.0f} m"
        return text

    def _at(self, x: float, y: float) -> Any:
        measuring = self.active in ("measure", "height")
        return self._scene.surface_point(x, y) if measuring else self._scene.ground_point(x, y)

    def _shape(self) -> Any:
        p = self.points
        if self._kind == "point":
            return shapely.Point(*p[0]) if p else None
        unique = [q for k, q in enumerate(p) if k == 0 or np.linalg.norm(q[:2] - p[k - 1][:2]) > 0.05]
        if self._kind == "line":
            return shapely.LineString([q[:2] for q in unique]) if len(unique) > 1 else None
        if len(unique) < 3:
            return None
        polygon = shapely.make_valid(shapely.Polygon([q[:2] for q in unique]))
        return polygon if polygon.area > 0.1 else None

    def _stop(self) -> None:
        self.active, self.points, self._hover = "", [], None
        self.changed.emit("")
        self._redraw()

    def _redraw(self) -> None:
        p = self.points + ([self._hover] if self._hover is not None and self.active else [])
        shown = bool(self.active) and len(p) > 0
        self._actor.actor.SetVisibility(shown)
        if shown:
            flat = np.array(p)
            if self._kind == "polygon" and len(p) > 2:
                flat = np.concatenate([flat, flat[:1]])
            if len(flat) < 2:
                flat = np.concatenate([flat, flat + (0.0, 0.0, 15.0)])
            if self.active not in ("measure", "height") and len(p) > 1:
                flat, _, _ = polylines(np.array([shapely.LineString(flat[:, :2])], object), self._scene.ground, 0.6)
            self._actor.geometry(flat, np.empty((0, 3), np.int64))
            self._actor.lines(np.array([0, len(flat)]))
            self._actor.colors(np.tile(INK, (len(flat), 1)))
            text = self.sentence()
            if text:
                self.measured.emit(text)
        self._scene.request_render()
