"""One city in a hidden window as the program draws it, and beside it as one merged pyvista mesh; render.py and pick.py use both."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = (1280, 800)
WINDOW_BUDGET_S = 0.04
SLOW_MS = 100.0
"""Frames are told to be slow, so that the view moves as it does on software GL."""


def ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


class Ours:
    """The scene as the window draws it: the same budgets, the same steps for a frame."""

    def __init__(self, what: str, size: tuple[int, int] = SIZE) -> None:
        from gui.scene.offscreen import hidden_window
        from gui.scene.ready import made_ready
        from gui.scene.scene import Scene
        from layers import painting
        from layers.catalogue import city_layers
        from twin.city import rays
        from twin.city.recipe import open_city

        painting.warm_up()  # as the window does after its first picture
        rays.warm_up()
        city = open_city(what)
        layers = city_layers(city)
        self.size = size
        self.scene = Scene()
        self.scene.set_city(city, ready=made_ready(city, layers))
        for layer in layers:
            self.scene.add(layer)
        self.window = hidden_window(size)
        self.scene.attach(self.window)

    def draw(self, budget_s: float = WINDOW_BUDGET_S) -> None:
        from gui.scene.canvas import moving_share

        share = moving_share(self.scene)
        size = round(self.size[0] * share), round(self.size[1] * share)
        if tuple(self.window.GetSize()) != size:
            self.window.SetSize(*size)
        self.scene.draw(self.window, size, share, budget_s)
        self.window.WaitForCompletion()

    def settle(self, most_s: float = 60.0) -> None:
        """Draw until nothing better comes; the window does the same, a few times a second."""
        until = time.perf_counter() + most_s
        self.draw()
        while time.perf_counter() < until and (self.scene.is_waiting or self.scene.stand_in.is_readying):
            time.sleep(0.03)
            self.draw()

    def pixels(self) -> NDArray[np.uint8]:
        """The picture at its full size."""
        from PIL import Image

        from gui.scene.offscreen import pixels

        return np.asarray(Image.fromarray(pixels(self.window)).resize(self.size, Image.Resampling.BILINEAR))

    def close(self) -> None:
        self.window.RemoveRenderer(self.scene.renderer)
        self.window.Finalize()
        self.scene.close()


def path(scene: Any, steps: int) -> dict[str, list[Any]]:
    """Eyes of a flight: turning at the overview, gliding over the city at a slant, walking along a street."""
    camera = scene.camera
    camera.aspect = SIZE
    camera.view("iso", animate=False)
    overview = camera.eye
    oblique = replace(overview, distance=overview.distance * 0.25, pitch=-32.0)
    camera.view("street", animate=False)
    street = camera.eye
    ahead = street.forward * np.array([1, 1, 0])
    reach = overview.distance * 0.05
    found: dict[str, list[Any]] = {"overview": [], "oblique": [], "street": []}
    for k in range(steps):
        t = k / max(1, steps - 1)
        found["overview"].append(replace(overview, heading=overview.heading + 70 * t))
        turn = math.radians(overview.heading)
        x, y = oblique.x + reach * t * math.sin(turn), oblique.y + reach * t * math.cos(turn)
        found["oblique"].append(replace(oblique, x=x, y=y, heading=overview.heading + 30 * t))
        x, y = street.x + ahead[0] * 40 * t, street.y + ahead[1] * 40 * t
        z = float(scene.ground.height(x, y)) - float(scene.ground.height(street.x, street.y)) + street.z
        found["street"].append(replace(street, x=x, y=y, z=z, heading=street.heading + 20 * t))
    return found


class Plain:
    """What one writes first: every triangle of the same layers in one pyvista mesh, coloured, without multisampling."""

    def __init__(self, ours: Ours) -> None:
        import pyvista as pv

        from layers.drawing import Drape
        from layers.linetiles import TiledLines
        from layers.tiles import TiledSurface, bodies_of

        points, faces, colors, start = [], [], [], 0
        for layer in ours.scene.layers:
            for d in layer.draw() if layer.visible else []:
                if isinstance(d, TiledSurface):
                    bodies = bodies_of(d.buildings)
                    p, t, c = bodies.points, bodies.triangles, d.coat().rows[bodies.rows]
                elif isinstance(d, TiledLines):
                    whole = d.whole()
                    p, t, c = whole.points, whole.triangles, whole.colors
                elif isinstance(d, Drape):
                    p, t, c = _grid(d)
                elif getattr(d, "triangles", None) is not None:
                    p, t, c = d.points, d.triangles, d.colors
                else:
                    continue
                points.append(np.asarray(p, np.float32))
                faces.append(np.column_stack([np.full(len(t), 3), t + start]))
                colors.append(c)
                start += len(p)
        self.mesh = pv.PolyData(np.concatenate(points), np.concatenate(faces).ravel())
        self.mesh.cell_data["rgba"] = np.concatenate(colors)
        self.plotter = pv.Plotter(off_screen=True, window_size=ours.size)
        self.plotter.add_mesh(self.mesh, scalars="rgba", rgba=True)
        self.plotter.disable_anti_aliasing()
        self.plotter.show(auto_close=False)

    @property
    def triangles(self) -> int:
        return int(self.mesh.n_cells)

    def look(self, ours: Ours) -> None:
        theirs, own = self.plotter.camera, ours.scene.renderer.GetActiveCamera()
        theirs.SetPosition(own.GetPosition())
        theirs.SetFocalPoint(own.GetFocalPoint())
        theirs.SetViewUp(own.GetViewUp())
        theirs.SetViewAngle(own.GetViewAngle())
        theirs.SetClippingRange(own.GetClippingRange())

    def draw(self) -> None:
        self.plotter.render_window.Render()
        self.plotter.render_window.WaitForCompletion()


def _grid(d: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    n, m = d.z.shape
    x, y = np.meshgrid(d.grid.x, d.grid.y)
    i = (np.arange(n - 1)[:, None] * m + np.arange(m - 1)).ravel()
    faces = np.concatenate([np.column_stack([i, i + 1, i + m + 1]), np.column_stack([i, i + m + 1, i + m])])
    return np.column_stack([x.ravel(), y.ravel(), np.nan_to_num(d.z).ravel()]), faces, np.tile(d.rgba.reshape(-1, 4)[i], (2, 1))


def similarity(a: NDArray[np.uint8], b: NDArray[np.uint8], mask: NDArray[np.bool_], blur_px: float = 3.0) -> float:
    """Mean structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861) of luminance after a blur, over the pixels of a mask."""
    from scipy.ndimage import gaussian_filter

    weights = np.array([0.299, 0.587, 0.114])
    x, y = (gaussian_filter(p.astype(float) @ weights, blur_px) for p in (a, b))

    def mean(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter(v, 1.5))

    mx, my = mean(x), mean(y)
    vx, vy, cxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ssim = (2 * mx * my + c1) * (2 * cxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(ssim[mask].mean())
