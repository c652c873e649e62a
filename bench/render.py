"""Frames of the view beside one plain merged mesh in pyvista, and picking beside VTK's own pickers."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from bench.measure import Row
from bench.window import shanghai

SIZE = (1600, 900)
HEADINGS = (24.0, 144.0, 264.0)
PICKS = 12


class _Ours:
    """The scene as the window draws it, in a hidden window."""

    def __init__(self, what: str) -> None:
        from gui.scene.offscreen import hidden_window
        from gui.scene.ready import made_ready
        from gui.scene.scene import Scene
        from layers.catalogue import city_layers
        from twin.city.recipe import open_city

        city = open_city(what)
        layers = city_layers(city)
        self.scene = Scene()
        self.scene.set_city(city, ready=made_ready(city, layers))
        for layer in layers:
            self.scene.add(layer)
        self.window = hidden_window(SIZE)
        self.scene.attach(self.window)

    def look(self, view: str, heading: float) -> None:
        camera = self.scene.camera
        camera.view(view, animate=False)
        camera.set(replace(camera.eye, heading=heading))

    def draw(self) -> None:
        share = 0.5 if self.scene.is_moving else 1.0
        size = round(SIZE[0] * share), round(SIZE[1] * share)
        self.window.SetSize(*size)
        self.scene.prepare(size, share)
        self.window.Render()
        self.window.WaitForCompletion()

    def close(self) -> None:
        self.window.RemoveRenderer(self.scene.renderer)
        self.window.Finalize()
        self.scene.close()


class _Plain:
    """What one writes first: every triangle of the same layers in one pyvista mesh, coloured, in a Plotter as it comes."""

    def __init__(self, ours: _Ours) -> None:
        import pyvista as pv

        points, faces, colors, start = [], [], [], 0
        for layer in ours.scene.layers:
            for d in layer.draw() if layer.visible else []:
                if getattr(d, "triangles", None) is None:
                    continue
                points.append(d.points)
                faces.append(np.column_stack([np.full(len(d.triangles), 3), d.triangles + start]))
                colors.append(d.colors)
                start += len(d.points)
        self.mesh = pv.PolyData(np.concatenate(points).astype(np.float32), np.concatenate(faces).ravel())
        self.mesh.cell_data["rgba"] = np.concatenate(colors)
        self.plotter = pv.Plotter(off_screen=True, window_size=SIZE)
        self.plotter.add_mesh(self.mesh, scalars="rgba", rgba=True)
        self.plotter.disable_anti_aliasing()  # ours has none either
        self.plotter.show(auto_close=False)

    def look(self, ours: _Ours) -> None:
        theirs, own = self.plotter.camera, ours.scene.renderer.GetActiveCamera()
        theirs.SetPosition(own.GetPosition())
        theirs.SetFocalPoint(own.GetFocalPoint())
        theirs.SetViewUp(own.GetViewUp())
        theirs.SetViewAngle(own.GetViewAngle())
        theirs.SetClippingRange(own.GetClippingRange())

    def draw(self) -> None:
        self.plotter.render_window.Render()
        self.plotter.render_window.WaitForCompletion()


def _ms(call: Any) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def rows(quick: bool = False) -> list[Row]:
    places = [("demo:2", "demo city, 2 km2") if quick else ("demo", "demo city")]
    real = shanghai()
    if real is not None:
        places.append((str(real), "Shanghai OSM layers"))
    return [row for what, name in places for row in _of(what, name, 2 if quick else 5)]


def _of(what: str, name: str, rounds: int) -> list[Row]:
    ours = _Ours(what)
    plain = _Plain(ours)
    found = []
    for view in ("iso", "street"):
        still, moving, peer = [], [], []
        for heading in HEADINGS:
            ours.look(view, heading)
            plain.look(ours)
            ours.draw()
            plain.draw()
            for _ in range(rounds):
                still.append(_ms(ours.draw))
                peer.append(_ms(plain.draw))
            ours.scene.set_moving(True, still[-1])
            ours.draw()
            for k in range(rounds):
                ours.look(view, heading + k + 1.0)
                moving.append(_ms(ours.draw))
            ours.scene.set_moving(False, moving[-1])
        found += [
            Row(f"frame, {view}, still", name, float(np.median(still)), "ms", float(np.median(peer)), "one pyvista mesh"),
            Row(f"frame, {view}, still, slowest", name, float(max(still)), "ms", float(max(peer)), "one pyvista mesh"),
            Row(f"frame, {view}, moving", name, float(np.median(moving)), "ms", float(np.median(peer)), "one pyvista mesh"),
        ]
    ours.look("iso", 24.0)
    plain.look(ours)
    ours.draw()
    plain.draw()
    found += _picking(ours, plain, name)
    plain.plotter.close()
    ours.close()
    return found


def _picking(ours: _Ours, plain: _Plain, name: str) -> list[Row]:
    from vtkmodules.vtkRenderingCore import vtkCellPicker, vtkHardwareSelector

    random = np.random.default_rng(5)
    places = np.column_stack([random.integers(200, SIZE[0] - 200, PICKS), random.integers(450, SIZE[1] - 100, PICKS)])
    renderer = plain.plotter.renderer
    cell = vtkCellPicker()
    cell.SetTolerance(0)
    hardware = vtkHardwareSelector()
    hardware.SetRenderer(renderer)

    def select(x: int, y: int) -> None:
        hardware.SetArea(x, y, x, y)
        hardware.Select()

    first = _ms(lambda: ours.scene.pick(*places[0]))  # builds the index
    own, theirs, chosen = [], [], []
    for x, y in places:
        own.append(_ms(lambda x=x, y=y: ours.scene.pick(x, y)))
        theirs.append(_ms(lambda x=x, y=y: cell.Pick(x, SIZE[1] - 1 - y, 0, renderer)))
        chosen.append(_ms(lambda x=x, y=y: select(int(x), int(SIZE[1] - 1 - y))))
    return [
        Row("first pick", name, first, "ms"),
        Row("pick", name, float(np.median(own)), "ms", float(np.median(theirs)), "vtkCellPicker"),
        Row("pick", name, float(np.median(own)), "ms", float(np.median(chosen)), "vtkHardwareSelector"),
    ]
