"""A dome of sky that goes with the eye."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from gui.scene.lighting import Haze
from layers.citylook import Look
from layers.light import Light

SIDES = 48
RISE = np.radians([-90, -12, -2, 0, 2, 5, 9, 15, 24, 38, 60, 90])


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
        self._rise, self._azimuth = np.repeat(RISE, SIDES), np.tile(np.pi / 2 - turn, len(RISE))
        self._poly = _mesh(ring, quads)
        self.dome = _far_actor(self._poly)
        self.dome.ForceOpaqueOn()
        self.stars = _stars()
        self.sun = Disc()

    @property
    def actors(self) -> list[vtkActor]:
        """In the order in which they are drawn."""
        return [self.dome, self.stars, self.sun.actor]

    def colors(self, light: Light) -> None:
        """Gradient of a light; brighter on the side of a low sun, stars by night."""
        t = np.clip(np.sin(np.maximum(self._rise, 0)), 0, 1) ** 0.55
        rgb = np.array(light.horizon) * (1 - t[:, None]) + np.array(light.zenith) * t[:, None]
        azimuth = np.radians(light.sun_at[0] if light.sun_at is not None else light.azimuth)
        toward = np.clip(0.5 + 0.5 * np.cos(self._azimuth - azimuth), 0, 1)
        low = np.exp(-np.maximum(np.degrees(self._rise), 0) / 16.0)
        rgb = rgb + (toward**3 * low + 0.18 * low)[:, None] * np.array(light.glow)
        rgba = np.column_stack([np.clip(rgb, 0, 1) * 255, np.full(len(rgb), 255)]).astype(np.uint8)
        self._poly.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(rgba), deep=True))
        self._poly.Modified()
        height = light.sun_at[1] if light.sun_at is not None else light.elevation
        self.sun.shine(light, float(azimuth), height)
        night = float(np.clip((-6.0 - height) / 6.0, 0, 1)) if light.lamps > 0 else 0.0
        self.stars.SetVisibility(night > 0)
        self.stars.GetProperty().SetOpacity(0.75 * night)

    def place(self, eye: Any, far: float) -> None:
        for actor in self.actors:
            actor.SetPosition(*eye)
            actor.SetScale(far * 0.9)


class Disc:
    """The sun and the brightness around it."""

    RINGS = (0.0, 0.0048, 0.0062, 0.02, 0.07, 0.16)
    """Radii in radians: the disc, its soft edge, the haze around it."""

    def __init__(self) -> None:
        n = len(self.RINGS)
        i = np.arange(SIDES)
        j = (i + 1) % SIDES
        quads = np.concatenate(
            [np.column_stack([k * SIDES + i, k * SIDES + j, (k + 1) * SIDES + j, (k + 1) * SIDES + i]) for k in range(n - 1)]
        )
        self._poly = _mesh(np.zeros((n * SIDES, 3), np.float32), quads)
        self.actor = _far_actor(self._poly)
        self.actor.ForceTranslucentOn()

    def shine(self, light: Light, azimuth: float, elevation: float) -> None:
        """azimuth in radians, elevation in degrees."""
        strength = float(np.clip((elevation + 1.2) / 2.0, 0, 1)) if max(light.glow) > 0 else 0.0
        self.actor.SetVisibility(strength > 0)
        if strength <= 0:
            return
        e = np.radians(elevation)
        way = np.array([np.sin(azimuth) * np.cos(e), np.cos(azimuth) * np.cos(e), np.sin(e)])
        right = np.array([np.cos(azimuth), -np.sin(azimuth), 0.0])
        up = np.cross(right, way)
        turn = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
        round_ = np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * up
        points = np.concatenate([way + r * round_ for r in self.RINGS]).astype(np.float32)
        self._poly.GetPoints().SetData(numpy_to_vtk(points, deep=True))
        warm = np.array(light.sun) / max(light.sun)
        alpha = np.array([1.0, 1.0, 0.55, 0.28, 0.10, 0.0]) * strength
        tone = np.array([1.0, 0.98, 0.93]) * 0.5 + warm * 0.5
        rgba = np.column_stack([np.tile(np.clip(tone * 1.15, 0, 1), (len(alpha), 1)), alpha]) * 255
        self._poly.GetPointData().SetScalars(numpy_to_vtk(np.repeat(rgba, SIDES, axis=0).astype(np.uint8), deep=True))
        self._poly.Modified()


def _mesh(points: NDArray[np.float32], quads: NDArray[np.int64]) -> vtkPolyData:
    holder = vtkPoints()
    holder.SetData(numpy_to_vtk(points, deep=True))
    cells = vtkCellArray()
    cells.SetData(4, numpy_to_vtkIdTypeArray(quads.astype(np.int64).ravel(), deep=True))
    poly = vtkPolyData()
    poly.SetPoints(holder)
    poly.SetPolys(cells)
    return poly


def _far_actor(poly: vtkPolyData) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(poly)
    mapper.SetColorModeToDirectScalars()
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.PickableOff()
    actor.UseBoundsOff()
    actor.GetProperty().LightingOff()
    return actor


def _stars(many: int = 420) -> vtkActor:
    """The same few every night: for the look of it, no star chart."""
    rng = np.random.default_rng(17)
    up = rng.uniform(0.08, 1.0, many)
    turn = rng.uniform(0, 2 * np.pi, many)
    flat = np.sqrt(1 - up**2)
    points = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), up]).astype(np.float32) * 0.995
    holder = vtkPoints()
    holder.SetData(numpy_to_vtk(points, deep=True))
    cells = vtkCellArray()
    cells.SetData(1, numpy_to_vtkIdTypeArray(np.arange(many, dtype=np.int64), deep=True))
    poly = vtkPolyData()
    poly.SetPoints(holder)
    poly.SetVerts(cells)
    bright = rng.uniform(0.25, 1.0, many) ** 2
    rgba = np.column_stack([np.outer(bright, (225, 232, 255)), np.full(many, 255) * np.clip(up * 3, 0, 1)]).astype(np.uint8)
    poly.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(rgba), deep=True))
    actor = _far_actor(poly)
    actor.GetProperty().SetPointSize(1.6)
    actor.ForceTranslucentOn()
    actor.SetVisibility(False)
    return actor


def air_of(light: Light, look: Look, sky: Sky, haze: Haze) -> None:
    """Sky, haze and what water mirrors, in the light of the city."""
    sky.colors(light)
    horizon, zenith = np.array(light.horizon), np.array(light.zenith)
    haze.color = _rgb(np.clip(horizon + 0.3 * np.array(light.glow), 0, 1))
    haze.sky = _rgb(0.45 * horizon + 0.55 * zenith)
    level = np.array(light.sky) + 0.7 * np.array(light.sun)
    haze.tint = _rgb(np.clip(level / (np.array(Light.sky) + 0.7 * np.array(Light.sun)), 0.05, 1.1))
    haze.grade, haze.ground = look.grade, (look.ground, look.ground, look.ground)


def _rgb(color: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(color[0]), float(color[1]), float(color[2])
