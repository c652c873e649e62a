"""Other ways to see the ground: heights stretched, a plane that cuts the city open, the ground faded so that one sees what lies below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane

from gui.scene.actors import MeshActor, SurfaceActor

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from layers.cut import Cutaway

FADED = 0.34
"""Opacity of the ground when one looks below it."""
BEDROCK, BEDROCK_M = (66, 62, 60, 255), 90.0
"""What closes the view downwards then, and how far down."""
DEEP_M = 150.0
"""How far below the ground the eye may go then."""


class Relief:
    """Belongs to a scene. Nothing here is undone by leaving: each has its way back (1, None, False)."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.is_underground = False
        self.cutaway: Cutaway | None = None
        self.plane: vtkPlane | None = None
        self._faces: list[SurfaceActor] = []
        self._floor: MeshActor | None = None

    def take(self, other: Relief) -> None:
        """See the ground as another scene of the same city does."""
        self.cut(other.cutaway)
        self.show_underground(other.is_underground)
        self._scene.camera.stretch_heights(other.stretch)

    # -- heights -------------------------------------------------------------------------------------------------------
    @property
    def stretch(self) -> float:
        return self._scene.camera.stretch

    @stretch.setter
    def stretch(self, factor: float) -> None:
        if not math.isfinite(factor) or factor <= 0:
            raise ValueError("heights are stretched by a number above 0")
        if factor != self.stretch:
            self._scene.camera.stretch_heights(factor)
            self._scene.hud.set(stretch=factor)

    # -- a plane that cuts ---------------------------------------------------------------------------------------------
    def cut(self, cutaway: Cutaway | None) -> None:
        """Take away what lies on one side of an upright plane and close the cut; None: show everything again."""
        scene = self._scene
        for actor in self._faces:
            scene.renderer.RemoveActor(actor.actor)
        self._faces = []
        self.cutaway = cutaway
        self.plane = None
        if cutaway is not None:
            self.plane = vtkPlane()
            self.plane.SetOrigin(*cutaway.origin)
            self.plane.SetNormal(*cutaway.normal)
            for surface in cutaway.faces:
                actor = SurfaceActor(surface)
                actor.update(surface, np.empty(0, np.int32))
                actor.actor.GetProperty().SetBackfaceCulling(False)
                scene.renderer.AddActor(actor.actor)
                self._faces.append(actor)
        scene.request_render()

    def clip(self, actor: MeshActor) -> None:
        """Cut an actor, or make it whole again."""
        if actor.cut_by is not self.plane:
            actor.cut_by = self.plane
            actor.mapper.RemoveAllClippingPlanes()
            if self.plane is not None:
                actor.mapper.AddClippingPlane(self.plane)

    @property
    def actors(self) -> list[MeshActor]:
        """What is drawn besides the layers."""
        return [*self._faces, *([] if self._floor is None else [self._floor])]

    def entered(self, origin: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Where a ray gets to what is still there: what was cut away is not hit; None where it never does."""
        if self.cutaway is None:
            return origin
        normal = np.array(self.cutaway.normal)
        gap, pace = float((np.array(self.cutaway.origin) - origin) @ normal), float(way @ normal)
        if gap <= 0:
            return origin
        return origin + way * (gap / pace) if pace > 1e-9 else None

    def keeps(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which points (N, 3) have not been cut away."""
        p = np.asarray(points, float).reshape(-1, 3)
        if self.cutaway is None:
            return np.ones(len(p), bool)
        return np.asarray((p - np.array(self.cutaway.origin)) @ np.array(self.cutaway.normal) >= 0)

    # -- below the ground ----------------------------------------------------------------------------------------------
    def show_underground(self, yes: bool) -> None:
        """Fade the ground and let the eye go below it."""
        if yes != self.is_underground:
            self.is_underground = yes
            for layer in self._scene.layers:
                layer.below = yes
            self._bedrock(yes)
            self._scene.set_ground_opacity(FADED if yes else 1.0)
            self._scene.reveal(self._scene.stand_in.aprons)

    def _bedrock(self, yes: bool) -> None:
        scene = self._scene
        if self._floor is not None:
            scene.renderer.RemoveActor(self._floor.actor)
            self._floor = None
        if yes:
            x0, y0, x1, y1 = scene.ground_bounds
            low = scene.ground.level if scene.ground.z is None else float(scene.ground.z.min())
            floor = self._floor = MeshActor("bedrock")
            floor.shader()
            corners = np.array([(x, y, low - BEDROCK_M) for y in (y0, y1) for x in (x0, x1)])
            middle = corners.mean(0)
            floor.geometry(middle + (corners - middle) * (1.05, 1.05, 0), np.array([(0, 1, 3), (0, 3, 2)]))
            floor.colors(np.tile(np.array(BEDROCK, np.uint8), (4, 1)))
            floor.translucent(False)
            scene.renderer.AddActor(floor.actor)
