"""A window nobody sees: pictures without a screen, and the view where Qt has no GL."""

from __future__ import annotations

import ctypes
import json
import math
import os
import sys
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkWindowToImageFilter

from gui.scene.compare import Box
from twin.errors import InputError, StorageError, TwinError

if TYPE_CHECKING:
    from gui.scene.scene import Scene

SMOOTH = 2
"""Pictures are drawn this many times larger and averaged: software GL has no cheap multisampling."""
MOST_PIXELS = 4_500_000
"""Above this a picture is sharp enough as it is."""
MOST_SIDE = 4096
"""Of a window nobody sees; larger pictures are drawn in parts."""
MOST_PNG_SIDE, MOST_PNG_PIXELS = 32_000, 300_000_000


class NoDrawing(TwinError):
    """There is no OpenGL on this machine, not even by the processor."""

    code = "graphics"


@cache
def _draws() -> bool:
    """Whether VTK can draw without a window here; where it cannot it would end the program instead of saying so."""
    window = vtkRenderWindow()
    if window.GetClassName() != "vtkOSOpenGLRenderWindow":
        return bool(window.SupportsOpenGL())
    for name in ("libOSMesa.so.8", "libOSMesa.so", "libOSMesa.dylib", "osmesa.dll"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def hidden_window(size: tuple[int, int]) -> vtkRenderWindow:
    """Off-screen render window; EGL straight away where there is no X display. Raises NoDrawing."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    if not _draws():
        raise NoDrawing(
            "Nothing can be drawn: this machine has no OpenGL, not even in software",
            do="Install Mesa (Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri), or the driver of the graphics card.",
        )
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


class Developed:
    """Pictures of a scene in a hidden window of its own, one after another. Use it as a context manager.

    size: pixels of a picture; scale: of them to a point, so that text and lines keep their size. Large pictures are drawn in
    parts, of most_side pixels a side (0: large ones). smooth: drawn larger and averaged, where that is not too large.
    """

    def __init__(self, scene: Scene, size: tuple[int, int], scale: float = 1.0, smooth: bool = True, most_side: int = 0) -> None:
        self._scene, self._size, self._scale = scene, size, scale
        self._smooth = SMOOTH if smooth and size[0] * size[1] <= MOST_PIXELS else 1
        width, height = size[0] * self._smooth, size[1] * self._smooth
        columns, rows = (math.ceil(n / (most_side or MOST_SIDE)) for n in (width, height))
        across, up = (even_parts(n, k, self._smooth) for n, k in ((width, columns), (height, rows)))
        self._parts = [Box(x0, y0, x1, y1) for y0, y1 in up for x0, x1 in across]
        self._window: Any = None

    def __enter__(self) -> Developed:
        self._window = hidden_window(self._parts[0].size)
        self._scene.attach(self._window)
        return self

    def __exit__(self, *_: object) -> None:
        self._window.RemoveRenderer(self._scene.renderer)
        self._window.Finalize()
        self._window = None

    @property
    def parts(self) -> int:
        """In which a picture is drawn."""
        return len(self._parts)

    def take(self) -> NDArray[np.uint8]:
        """RGB (rows, columns, 3) of the scene as it is now, row 0 on top."""
        steps = self.steps()
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def steps(self) -> Generator[float, None, NDArray[np.uint8]]:
        """The same, part by part: yields how much is done after each."""
        width, height = self._size
        n = self._smooth
        rgb = np.empty((height, width, 3), np.uint8)
        for k, part in enumerate(self._parts):
            if tuple(self._window.GetSize()) != part.size:
                self._window.SetSize(*part.size)
            self._scene.camera.finish()
            self._scene.draw(self._window, (width * n, height * n), self._scale * n, part=part)
            drawn = pixels(self._window)
            if n > 1:
                drawn = np.asarray(Image.fromarray(drawn).reduce(n))
            rgb[height - part.y1 // n : height - part.y0 // n, part.x0 // n : part.x1 // n] = drawn
            yield (k + 1) / len(self._parts)
        return rgb


def even_parts(length: int, count: int, multiple: int) -> list[tuple[int, int]]:
    """A length cut into so many parts, at multiples."""
    cuts = [round(length * k / count / multiple) * multiple for k in range(count)] + [length]
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def render_rgb(scene: Scene, path: Path | str | None, size: tuple[int, int], scale: int = 1) -> NDArray[np.uint8]:
    """A picture of a scene in a hidden window of its own. Raises StorageError where the file cannot be written, InputError where
    the machine has no memory for it."""
    pixels_of = size[0] * scale, size[1] * scale
    check_room(pixels_of)
    with Developed(scene, pixels_of, scale) as picture:
        rgb = picture.take()
    if path is not None:
        write_png(path, rgb, told_of(scene))
    return rgb


# -- files ------------------------------------------------------------------------------------------------------------
def told_of(scene: Scene, **more: str) -> dict[str, str]:
    """What a picture of a scene says of itself: title, sources with licences, what is shown, and where it was seen from."""
    hud, city = scene.hud, scene.city
    sources = sorted({" ".join(p for p in (s.name, s.licence) if p) for s in city.sources}) if city is not None else []
    told = {
        "Title": hud.title or (city.name if city is not None else ""),
        "Description": "; ".join(t for t in (hud.badge, hud.clock, *(p.title for p in scene.panes)) if t),
        "Copyright": hud.credits,
        "Source": "; ".join(t for t in sources if t),
        "Data date": hud.data_date,
        "Camera": json.dumps({k: round(v, 3) for k, v in scene.camera.state().items()}),
        "Reference system": (city.frame.crs or "") if city is not None else "",
        "Software": f"urban-twin {version()}",
        "Creation Time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {k: v for k, v in (told | more).items() if v}


def version() -> str:
    try:
        return metadata.version("urban-twin")
    except metadata.PackageNotFoundError:
        return ""


def png_text(told: Mapping[str, str]) -> PngInfo:
    """Text chunks of a PNG."""
    info = PngInfo()
    for key, value in told.items():
        info.add_itxt(key, value)
    return info


def write_png(path: Path | str, rgb: NDArray[np.uint8], told: Mapping[str, str]) -> None:
    """Write a picture, whole or not at all. Raises StorageError."""
    path = Path(path)
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        Image.fromarray(rgb).save(part, "PNG", pnginfo=png_text(told))
        os.replace(part, path)
    except (OSError, ValueError) as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise StorageError("The picture cannot be written", where=str(path), do="Is the folder writable and the disk not full?") from error


def check_room(size: tuple[int, int]) -> None:
    """Raises InputError for a picture that this machine has no memory for, or no program shows."""
    width, height = size
    if max(size) > MOST_PNG_SIDE or width * height > MOST_PNG_PIXELS:
        raise InputError(
            f"A picture of {width:,} x {height:,} pixels is too large",
            do=f"At most {MOST_PNG_PIXELS // 1_000_000} million pixels, {MOST_PNG_SIDE:,} on a side: choose a smaller size or scale.",
        )
    need = width * height * 9 + 400_000_000  # the picture, what Pillow makes of it, the file, and a part as it is drawn
    have = memory_left()
    if have is not None and need > have:
        raise InputError(
            f"A picture of {width:,} x {height:,} pixels needs {need / 1e9:.1f} GB of memory, and {have / 1e9:.1f} GB are free",
            do="Choose a smaller size or scale, or close other programs.",
        )


def memory_left() -> int | None:
    """Bytes that programs can still have; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None
