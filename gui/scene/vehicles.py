"""Vehicles as small bodies near the eye, dots further off, and lamps at night."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.actors import MeshActor
from gui.scene.movers import MovingActor, Present, SpotActor
from layers.traffic import Fleet
from twin.city.traffic_flow import BUS, CAR, TRUCK
from twin.city.trips import FERRY, METRO, RAIL, TRAM

MOST_TRIANGLES = 20_000
MOST_DOTS = 12_000
BODY_PX, DOT_PX, FINE_PX = 5.0, 0.55, 26.0
"""Length on the screen from which a car is a body, a dot, and a body with windows."""
DARK, GLASS = np.array([58, 56, 56], np.float32), np.array([62, 72, 84], np.float32)
PALE = 225.0
"""Dots are paler than bodies, or dark cars would be dirt on the street."""
WHITE_LAMP, RED_LAMP = np.array([255, 240, 205], np.uint8), np.array([235, 40, 28], np.uint8)

# By kind: body (length, width, bottom, top, shift ahead, length and width of the top as shares), then windows or cabin alike.
_BODIES = {
    CAR: ((4.4, 1.82, 0.28, 0.92, 0.0, 0.97, 0.94), (2.9, 1.66, 0.9, 1.48, -0.25, 0.66, 0.84)),
    TRUCK: ((6.6, 2.5, 0.7, 3.4, -1.1, 1.0, 1.0), (2.1, 2.4, 0.5, 2.7, 3.4, 0.8, 0.92)),
    BUS: ((12.0, 2.55, 0.35, 3.05, 0.0, 0.99, 0.94), (12.04, 2.59, 1.4, 2.45, 0.0, 0.997, 0.985)),
    TRAM: ((10.0, 2.4, 0.35, 3.35, 0.0, 1.0, 0.92), (10.04, 2.44, 1.4, 2.6, 0.0, 1.0, 0.98)),
    METRO: ((19.0, 2.8, 0.4, 3.6, 0.0, 1.0, 0.90), (19.04, 2.84, 1.6, 2.6, 0.0, 1.0, 0.97)),
    RAIL: ((24.0, 2.85, 0.4, 3.9, 0.0, 1.0, 0.90), (24.04, 2.89, 1.7, 2.8, 0.0, 1.0, 0.97)),
    FERRY: ((28.0, 7.5, 0.2, 2.4, 0.0, 1.08, 1.05), (16.0, 6.0, 2.3, 4.8, -2.0, 0.95, 0.95)),
}
_SHAPE = np.array([_BODIES[k] for k in range(len(_BODIES))])
"""(kinds, body or windows, 7)."""
_CORNERS = np.array([[x, y] for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])


class FleetActor(MovingActor):
    """A Fleet: one mesh of bodies whose arrays are rewritten for each picture, one of dots, one of lamps."""

    def __init__(self, drawing: Fleet) -> None:
        body = MeshActor(drawing.key)
        body.shader(draped=True)
        body.translucent(False)
        dots, lamps = SpotActor(f"{drawing.key}-dots", 2.0), SpotActor(f"{drawing.key}-lamps", 3.2)
        lamps.is_data = True
        super().__init__([body, dots, lamps])
        self._body, self._dots, self._lamps = body, dots, lamps
        self.source = drawing
        self.triangles = 0

    def update(self, d: Fleet, selected: NDArray[np.int32]) -> None:
        self.source = d
        for mesh in self.meshes:
            mesh.offset(d.order)
            mesh.actor.GetProperty().SetOpacity(d.opacity)
            mesh.translucent(d.opacity < 1)

    def follow(self, present: Present) -> None:
        here = self.source.at(present.moment)
        inside, depth = present.seen(here.xyz)
        pixels = _SHAPE[here.kind, 0, 0] * present.focal_px / np.maximum(depth, 1.0)
        rows = np.flatnonzero(inside & (pixels > DOT_PX))
        rows = rows[np.argsort(depth[rows])]
        fine = pixels[rows] > FINE_PX
        cost = np.where(fine, 14, 6)
        near = (pixels[rows] > BODY_PX) & (np.cumsum(cost) <= MOST_TRIANGLES)
        bodies, dots = rows[near], rows[~near][:MOST_DOTS]
        self.shown = len(rows)
        lit = self._lit(present, here.xyz[rows])
        self._draw_bodies(present, here.xyz[bodies], here.heading[bodies], here.kind[bodies], here.color[bodies], fine[near], lit[near])
        night = present.is_night
        tone = (0.8 * here.color[dots] + 0.2 * PALE) * (0.72 + 0.28 * lit[~near][:MOST_DOTS, None])
        self._dots.size = 2.0
        self._dots.spots(here.xyz[dots] + (0.0, 0.0, 0.8), np.clip(tone, 0, 255).astype(np.uint8), present.scale)
        self._light(present, here.xyz[rows], here.heading[rows], here.kind[rows], depth[rows]) if night else self._lamps.spots(
            np.empty((0, 3)), np.empty((0, 3), np.uint8), present.scale
        )

    @staticmethod
    def _lit(present: Present, points: NDArray[np.float64]) -> NDArray[np.float32]:
        shadows = present.lighting.shadows
        if shadows is None or shadows.top is None or present.is_night or not len(points):
            return np.ones(len(points), np.float32)
        return np.asarray(shadows.lit(points + (0.0, 0.0, 1.2), np.zeros((len(points), 3), np.float32)))

    def _draw_bodies(
        self,
        present: Present,
        at: NDArray[Any],
        heading: NDArray[Any],
        kind: NDArray[Any],
        color: NDArray[Any],
        fine: NDArray[np.bool_],
        lit: NDArray[Any],
    ) -> None:
        """Of each box the top and the two sides that face the eye: no one sees the others."""
        ahead = np.column_stack([np.sin(heading), np.cos(heading)])
        right = np.column_stack([ahead[:, 1], -ahead[:, 0]])
        rel = np.asarray(present.view.eye.position)[:2] - at[:, :2]
        front, side = np.sign((rel * ahead).sum(1) + 1e-9), np.sign((rel * right).sum(1) + 1e-9)
        shape = _SHAPE[kind]
        paint = color.astype(np.float32)
        points, tones = [], []
        light = present.relief
        up = np.zeros((len(at), 3), np.float32)
        up[:, 2] = 1.0

        def shaded(normal: NDArray[Any], some: NDArray[Any]) -> NDArray[np.float32]:
            return light.shade(normal.astype(np.float32), lit[some])

        every = np.arange(len(at))
        windows = np.flatnonzero(fine)
        for part, some in ((0, every), (1, windows)):
            if not len(some):
                continue
            length, width, low, high, shift, taper, narrow = shape[some, part].T
            whole = (part == 0) & ~fine[some] & (kind[some] == CAR)
            # Far cars are one box of body and cabin together.
            high = np.where(whole, 1.35, high)
            taper, narrow = np.where(whole, 0.8, taper), np.where(whole, 0.9, narrow)
            base = at[some, :2] + ahead[some] * shift[:, None]
            corner = []
            for k in range(4):
                for level, f, g in ((low, 1.0, 1.0), (high, taper, narrow)):
                    xy = base + ahead[some] * (_CORNERS[k, 1] * length * f)[:, None] + right[some] * (_CORNERS[k, 0] * width * g)[:, None]
                    corner.append(np.column_stack([xy, at[some, 2] + level]))
            c = np.stack(corner, axis=1)  # (n, 8, 3): corner k low at 2 k, high at 2 k + 1
            end = np.where(front[some, None] > 0, (2, 3), (0, 1))
            flank = np.where(side[some, None] > 0, (1, 2), (3, 0))
            i = np.arange(len(some))[:, None]
            ends = np.stack([2 * end[:, 0], 2 * end[:, 1], 2 * end[:, 1] + 1, 2 * end[:, 0] + 1], axis=1)
            flanks = np.stack([2 * flank[:, 0], 2 * flank[:, 1], 2 * flank[:, 1] + 1, 2 * flank[:, 0] + 1], axis=1)
            roof = np.broadcast_to(np.array([1, 3, 5, 7]), (len(some), 4))
            body = paint[some]
            glass = np.broadcast_to(GLASS, body.shape)
            wall = body if part == 0 else glass
            ahead3 = np.column_stack([ahead[some] * front[some, None], np.full(len(some), 0.15)])
            right3 = np.column_stack([right[some] * side[some, None], np.full(len(some), 0.1)])
            for index, normal, tone in ((roof, up[some], body), (ends, ahead3, wall), (flanks, right3, wall)):
                points.append(c[i, index])
                tones.append(tone * shaded(normal, some))
        if len(windows):  # a dark patch below, where the wheels are
            length, width = shape[windows, 0, 0] * 0.98, shape[windows, 0, 1] * 1.06
            patch = []
            for k in range(4):
                xy = (
                    at[windows, :2]
                    + ahead[windows] * (_CORNERS[k, 1] * length)[:, None]
                    + right[windows] * (_CORNERS[k, 0] * width)[:, None]
                )
                patch.append(np.column_stack([xy, at[windows, 2] + 0.06]))
            points.append(np.stack(patch, axis=1))
            tones.append(np.broadcast_to(DARK, (len(windows), 3)))
        if not points:
            self._body.cells(np.empty((0, 3), np.int64))
            self.triangles = 0
            return
        xyz = np.concatenate(points).reshape(-1, 3)
        quads = len(xyz) // 4
        first = 4 * np.arange(quads)
        triangles = np.concatenate([np.column_stack([first, first + 1, first + 2]), np.column_stack([first, first + 2, first + 3])])
        rgba = np.full((len(xyz), 4), 255, np.uint8)
        rgba[:, :3] = np.clip(np.repeat(np.concatenate(tones), 4, axis=0), 0, 255)
        self._body.geometry(xyz, triangles)
        self._body.colors(rgba)
        self.triangles = len(triangles)

    def _light(self, present: Present, at: NDArray[Any], heading: NDArray[Any], kind: NDArray[Any], depth: NDArray[Any]) -> None:
        """Two white lamps in front and two red ones behind near by; further off one of the colour that faces the eye."""
        ahead = np.column_stack([np.sin(heading), np.cos(heading), np.zeros(len(heading))])
        right = np.column_stack([ahead[:, 1], -ahead[:, 0], np.zeros(len(heading))])
        rel = np.asarray(present.view.eye.position) - at
        comes = (rel * ahead).sum(1) > 0
        half = _SHAPE[kind, 0, 0] / 2 + np.where(kind == TRUCK, 1.2, 0.0)
        way = np.where(comes, 1.0, -1.0)[:, None] * ahead
        lamp = at + way * (half + 0.05)[:, None] + (0.0, 0.0, 0.75)
        apart = depth * 3.0 / present.focal_px < 1.2  # two lamps are told apart
        gap = right * (_SHAPE[kind, 0, 1] * 0.36)[:, None]
        points = np.concatenate([lamp[~apart], lamp[apart] - gap[apart], lamp[apart] + gap[apart]])
        tone = np.where(comes[:, None], WHITE_LAMP, RED_LAMP)
        self._lamps.size = float(np.interp(present.view.eye.distance, (300.0, 2500.0), (3.2, 1.7)))
        self._lamps.spots(points, np.concatenate([tone[~apart], tone[apart], tone[apart]]).astype(np.uint8), present.scale)
