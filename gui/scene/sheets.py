"""Pictures on the ground and clouds of points as VTK actors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonDataModel import vtkCellArray
from vtkmodules.vtkRenderingCore import vtkTexture

from gui.scene.actors import LitActor, MeshActor, vtk_image
from gui.scene.lit import packed
from gui.scene.tileset import View
from layers.drawing import Dots, Relief, Sheet

MOVING, STILL = 120_000, 600_000
"""Dots drawn while the view moves and frames are slow, and when it stands still; pictures show all."""


class SheetActor(MeshActor):
    """A picture on a lattice over the ground; its texture has mipmaps, since from high up its pixels are finer than the screen's."""

    def __init__(self, drawing: Sheet) -> None:
        super().__init__(drawing.key)
        self.shader(draped=True)
        self.drawing = drawing
        self._seen: Sheet | None = None

    def update(self, d: Sheet, selected: NDArray[np.int32]) -> None:
        self.drawing = d
        if self._seen is None or d.z is not self._seen.z:
            m, n = len(d.x), len(d.y)
            x, y = np.meshgrid(d.x, d.y)
            i = (np.arange(n - 1)[:, None] * m + np.arange(m - 1)).ravel()
            self.geometry(
                np.column_stack([x.ravel(), y.ravel(), d.z.ravel()]),
                np.concatenate([np.column_stack([i, i + 1, i + m + 1]), np.column_stack([i, i + m + 1, i + m])]),
            )
            u, v = np.meshgrid((d.x - d.x[0]) / (d.x[-1] - d.x[0]), (d.y - d.y[0]) / (d.y[-1] - d.y[0]))
            uv = np.ascontiguousarray(np.column_stack([u.ravel(), v.ravel()]), np.float32)
            self.poly.GetPointData().SetTCoords(numpy_to_vtk(uv, deep=True))
        if self._seen is None or d.rgba is not self._seen.rgba:
            texture = vtkTexture()
            texture.InterpolateOn()
            texture.MipmapOn()
            texture.SetWrap(vtkTexture.ClampToEdge)
            texture.SetMaximumAnisotropicFiltering(1)
            texture.SetColorModeToDirectScalars()
            texture.SetInputData(vtk_image(d.rgba))
            self.actor.SetTexture(texture)
            self._clear = not bool((d.rgba[..., 3] == 255).all())
        self.actor.GetProperty().SetOpacity(d.opacity)
        self.translucent(self._clear or d.opacity < 1)
        self.offset(d.order)
        self._seen = d


class ReliefActor(LitActor):
    """A piece of ground with its picture."""

    def __init__(self, d: Relief) -> None:
        super().__init__(d.key)
        self.lit_shader(draped=True, dense=True)
        self.geometry(d.points, d.triangles)
        self.texture(d.rgba, d.uv)
        self.translucent(False)
        # What lies on the ground wins, though this mesh is coarser: its depth is that of a lower place.
        self.actor.GetShaderProperty().GetVertexCustomUniforms().SetUniformf("raiseBy", -d.error_m)
        self.colors(np.full((len(d.normals), 4), 255, np.uint8))
        self.dress(packed(d.normals))

    def fade(self, opacity: float) -> None:
        self.actor.GetProperty().SetOpacity(opacity)
        self.translucent(opacity < 1)


class DotsActor(MeshActor):
    """Points as one cell of VTK: no sprites, no sorting."""

    def __init__(self, drawing: Dots) -> None:
        super().__init__(drawing.key)
        self.shader()
        self._seen: Any = None
        self._shown: tuple[Any, ...] = ()

    def update(self, d: Dots, selected: NDArray[np.int32]) -> None:
        if self._seen is not d.points:
            self.geometry(d.points, np.empty((0, 3), np.int64))
            self._seen, self._shown = d.points, ()
            self._verts(np.arange(min(len(d.points), STILL), dtype=np.int64))
        self.colors(d.colors)
        p = self.actor.GetProperty()
        p.SetPointSize(d.size)
        p.SetOpacity(d.opacity)

    def follow(self, view: View) -> None:
        """Choose the dots to draw. They come in no order, so that the first so many are an even sample of all, or of those in sight."""
        if self._points is None:
            return
        n = len(self._points)
        if view.patient or n <= (MOVING if view.moving else STILL):
            wanted: tuple[Any, ...] = (n,)
        elif view.moving:
            wanted = (MOVING,)
        else:
            wanted = (view.eye, view.size, view.stretch)
        if wanted != self._shown:
            self._shown = wanted
            some = np.flatnonzero(view.shows(self._points, margin=1.05)[0])[:STILL] if len(wanted) > 1 else np.arange(wanted[0])
            self._verts(some.astype(np.int64))

    def _verts(self, rows: NDArray[np.int64]) -> None:
        array = vtkCellArray()
        ends = np.array([0, len(rows)], np.int64)
        array.SetData(numpy_to_vtkIdTypeArray(ends, deep=True), numpy_to_vtkIdTypeArray(np.ascontiguousarray(rows), deep=True))
        self.poly.SetVerts(array)
        self.poly.Modified()
