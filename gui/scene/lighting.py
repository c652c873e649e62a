"""Light and air of the scene, shared by all actors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture

from layers.citylook import REALISTIC, SAME, Grade, Look, data_light
from layers.light import Light, Shadows


@dataclass
class Haze:
    """Air between the eye and things far off. color: what they fade to; sky: what water mirrors."""

    start_m: float = 800.0
    density: float = 1.0 / 9000.0
    most: float = 0.94
    color: tuple[float, float, float] = (0.86, 0.89, 0.91)
    sky: tuple[float, float, float] = (0.72, 0.81, 0.88)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    data_tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What colours of the city, and of results, are multiplied with: at night the city is dim and the data shines."""
    ground: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What lies on the ground, which is lit already, is multiplied with this in the look of the city."""
    grade: Grade = SAME
    """What becomes of the city's colours in its look."""
    wave_s: float = 0.0
    """Seconds that waves and dashes have run."""

    def fit(self, distance_m: float) -> None:
        """Clear up to what is looked at, thick at the horizon."""
        self.start_m = max(500.0, distance_m * 1.1)
        self.density = 1.0 / max(3200.0, distance_m * 1.0)


class Lighting:
    """What surfaces need to be lit: the light, and the shadows once they are known."""

    def __init__(self) -> None:
        self.light = Light()
        self.shadows: Shadows | None = None
        self.look = REALISTIC
        self.version = 0
        """The same for the same light, shadows and look, whichever Lighting holds them."""
        self.shown = self.data = self.light
        """Light of the city as its look has it, and of results, which stay readable at any hour."""
        self.map = vtkTexture()
        """Of the shadows, for vertex shaders."""
        self.map.InterpolateOff()
        self.map.MipmapOff()
        self.map.SetWrap(vtkTexture.ClampToEdge)
        self.map.SetColorModeToDirectScalars()
        self._map_image(np.zeros((1, 1, 4), np.uint8))
        self._find_shown()

    def set(self, light: Light, shadows: Shadows | None) -> None:
        if shadows is not self.shadows:
            self._map_image(np.zeros((1, 1, 4), np.uint8) if shadows is None else shadows.map())
        self.light, self.shadows = light, shadows
        self._find_shown()

    def dress(self, look: Look) -> None:
        """Another look of the city."""
        self.look = look
        self._find_shown()

    def _find_shown(self) -> None:
        self.shown, self.data = self.look.light(self.light), data_light(self.light)
        self.version = hash((self.light, id(self.shadows), self.look.name))

    def _map_image(self, rgba: NDArray[np.uint8]) -> None:
        image = vtkImageData()
        image.SetDimensions(rgba.shape[1], rgba.shape[0], 1)
        image.GetPointData().SetScalars(numpy_to_vtk(rgba.reshape(-1, 4), deep=True))
        self.map.SetInputData(image)

    def apart(self) -> Lighting:
        """The same light with graphics of its own, for another window."""
        other = Lighting()
        other.look = self.look
        other.set(self.light, self.shadows)
        return other
