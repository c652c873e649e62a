"""A dome of sky that goes with the eye."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from gui.scene.lighting import Haze

SIDES = 48
RISE = np.radians([-90, -12, -2, 0, 2, 5, 9, 15, 24, 38, 60, 90])

LIGHT = ((0.885, 0.900, 0.905), (0.47, 0.64, 0.80))
DARK = ((0.150, 0.170, 0.205), (0.045, 0.060, 0.090))


class Sky:
    """Gradient from the haze at the horizon to the zenith."""

    def __init__(self) -> None:
        turn = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
        ring = np.array([[np.cos(r) * np.cos(t), np.cos(r) * np.sin(t), np.sin(r)] for r in RISE for t in turn], np.float32)
        i = np.arange(SIDES)
        j = (i + 1) % SIDES
        quads = np.concatenate(
            [np.column_stack([k * SIDES + i, k * SIDES + j, (k + 1) * SIDES + j, (k + 1) * SIDES + i]) for k in range(len(RISE) - 1)]
        )
        points = vtkPoints()
        points.SetData(numpy_to_vtk(ring, deep=True))
        cells = vtkCellArray()
        cells.SetData(4, numpy_to_vtkIdTypeArray(quads.astype(np.int64).ravel(), deep=True))
        self._poly = vtkPolyData()
        self._poly.SetPoints(points)
        self._poly.SetPolys(cells)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._poly)
        mapper.SetColorModeToDirectScalars()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.PickableOff()
        self.actor.UseBoundsOff()
        self.actor.GetProperty().LightingOff()
        self.actor.ForceOpaqueOn()

    def colors(self, horizon: Any, zenith: Any) -> None:
        t = np.clip(np.sin(np.maximum(RISE, 0)), 0, 1) ** 0.55
        rgb = np.array(horizon) * (1 - t[:, None]) + np.array(zenith) * t[:, None]
        rgba = np.repeat(np.column_stack([rgb * 255, np.full(len(rgb), 255)]), SIDES, axis=0).astype(np.uint8)
        self._poly.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(rgba), deep=True))
        self._poly.Modified()

    def place(self, eye: Any, far: float) -> None:
        self.actor.SetPosition(*eye)
        self.actor.SetScale(far * 0.9)


def theme_of(dark: bool, sky: Sky, haze: Haze) -> None:
    """Day, or the quiet night of the dark theme."""
    horizon, zenith = DARK if dark else LIGHT
    sky.colors(horizon, zenith)
    haze.color = horizon
    haze.sky = (0.10, 0.13, 0.18) if dark else (0.70, 0.80, 0.88)
    haze.tint = (0.33, 0.37, 0.45) if dark else (1.0, 1.0, 1.0)
    haze.data_tint = (0.88, 0.92, 1.0) if dark else (1.0, 1.0, 1.0)
