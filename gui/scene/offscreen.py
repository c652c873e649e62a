"""A window nobody sees: pictures without a screen, and the view where Qt has no GL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkWindowToImageFilter

from twin.errors import StorageError

SMOOTH = 2
"""Pictures are drawn this many times larger and averaged: software GL has no cheap multisampling."""
MOST_PIXELS = 4_500_000
"""Above this a picture is sharp enough as it is."""


def hidden_window(size: tuple[int, int]) -> vtkRenderWindow:
    """Off-screen render window; EGL straight away where there is no X display."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    return window


def pixels(window: vtkRenderWindow) -> NDArray[np.uint8]:
    """RGB (rows, columns, 3) of the last render, row 0 on top."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ShouldRerenderOff()
    grab.ReadFrontBufferOff()
    grab.SetInputBufferTypeToRGB()
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    return np.ascontiguousarray(vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, 3)[::-1])


def render_rgb(scene: Any, path: Path | str | None, size: tuple[int, int], scale: int = 1) -> NDArray[np.uint8]:
    """A picture of a scene in a hidden window of its own. Raises StorageError where the file cannot be written."""
    width, height = size[0] * scale, size[1] * scale
    smooth = SMOOTH if width * height <= MOST_PIXELS else 1
    window = hidden_window((width * smooth, height * smooth))
    scene.attach(window)
    try:
        scene.camera.finish()
        scene.draw(window, (width * smooth, height * smooth), scale * smooth)
        rgb = pixels(window)
    finally:
        window.RemoveRenderer(scene.renderer)
        window.Finalize()
    if smooth > 1:
        rgb = np.asarray(Image.fromarray(rgb).reduce(smooth))
    if path is not None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rgb).save(path)
        except (OSError, ValueError) as error:
            raise StorageError(
                "The picture cannot be written", where=str(path), do="Is the folder writable and the disk not full?"
            ) from error
    return rgb
