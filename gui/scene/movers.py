"""Actors whose places are worked out anew for each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonDataModel import vtkCellArray

from gui.scene.actors import MeshActor
from gui.scene.lighting import Haze, Lighting
from gui.scene.tileset import View
from layers.light import Light
from layers.moment import Moment

NIGHT_TINT = 0.62
"""Where the city is dimmer than this, lamps are lit."""


@dataclass(frozen=True)
class Present:
    """What a picture is drawn with: eye and size of the picture, the moment, the light, the air, device pixels a point."""

    view: View
    moment: Moment
    lighting: Lighting
    haze: Haze
    scale: float

    @property
    def is_night(self) -> bool:
        return self.lighting.shown.lamps > 0.3 or float(np.mean(self.haze.tint)) < NIGHT_TINT

    @property
    def relief(self) -> Light:
        """Light by day from where the sun or moon stands now: the air's tint makes it dim."""
        shown = self.lighting.shown
        return Light(shown.azimuth, shown.elevation)

    @property
    def focal_px(self) -> float:
        """Pixels that a metre takes a metre away."""
        return self.view.focal_px

    def seen(self, points: NDArray[Any], margin_m: float = 30.0) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which points are before the eye and inside the picture (and a margin), and how far along the view axis."""
        return self.view.shows(points, margin_m)


class MovingActor:
    """meshes: all it draws with. `follow` is called before each picture."""

    def __init__(self, meshes: list[MeshActor]) -> None:
        self.meshes = meshes
        self.actor = meshes[0].actor
        self.shown = 0
        """How many things the last picture had."""

    @property
    def actors(self) -> list[Any]:
        return [m.actor for m in self.meshes]

    def update(self, d: Any, selected: NDArray[np.int32]) -> None:
        raise NotImplementedError

    def follow(self, present: Present) -> None:
        raise NotImplementedError


class SpotActor(MeshActor):
    """Points of some pixels."""

    def __init__(self, name: str, size: float) -> None:
        super().__init__(name)
        self.shader(draped=True)
        self.size = size
        self.translucent(False)

    def spots(self, points: NDArray[Any], colors: NDArray[np.uint8], scale: float) -> None:
        """points (N, 3); colors uint8 (N, 3)."""
        self.geometry(points, np.empty((0, 3), np.int64))
        self.colors(np.column_stack([colors, np.full(len(colors), 255, np.uint8)]))
        array = vtkCellArray()
        n = len(points)
        array.SetData(
            numpy_to_vtkIdTypeArray(np.array([0, n], np.int64), deep=True), numpy_to_vtkIdTypeArray(np.arange(n, dtype=np.int64), deep=True)
        )
        self.poly.SetVerts(array)
        self.actor.GetProperty().SetPointSize(self.size * scale)
