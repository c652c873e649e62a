"""Things of constant size on the screen: labels, markers, parts of the head-up display. Two-dimensional, drawn last."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTexture, vtkTexturedActor2D

from gui.scene.fonts import font
from layers.drawing import Labels, Points

MOST_LABELS, MOST_LOW_LABELS = 200, 12
"""At all, and when standing in a street."""
MOST_MARKERS = 60
CROWD_PX = 30.0
"""Far markers keep this distance from each other, near ones half of it."""
MOST_STEM_PX = 4000.0
LOW_REACH_M, REACH_BY_HEIGHT = 600.0, 12.0
"""From low down, pins are drawn up to this distance and so many times the height of the eye: beyond, they crowd the horizon."""
Box = tuple[float, float, float, float]


class QuadActor:
    """Rectangles in display pixels (origin bottom left), each showing a part of one RGBA image; higher layers lie on top."""

    def __init__(self, layer: int = 1) -> None:
        self.poly = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self.poly)
        self.texture = vtkTexture()
        self.texture.InterpolateOn()
        self.texture.SetColorModeToDirectScalars()
        self.texture.SetWrap(2)
        self.actor = vtkTexturedActor2D()
        self.actor.SetLayerNumber(layer)
        self.actor.SetMapper(mapper)
        self.actor.SetTexture(self.texture)
        self.actor.PickableOff()
        self.size = (1, 1)

    def image(self, rgba: NDArray[np.uint8]) -> None:
        """rgba: (rows, columns, 4), row 0 on top."""
        flipped = np.ascontiguousarray(rgba[::-1])
        data = vtkImageData()
        data.SetDimensions(rgba.shape[1], rgba.shape[0], 1)
        data.GetPointData().SetScalars(numpy_to_vtk(flipped.reshape(-1, 4), deep=True))
        self.texture.SetInputData(data)
        self.size = (rgba.shape[1], rgba.shape[0])

    def quads(self, low: NDArray[Any], size: NDArray[Any], part: NDArray[Any], colors: NDArray[np.uint8] | None = None) -> None:
        """low: (N, 2) lower left pixel; size: (N, 2); part: (N, 4) x0, y0, x1, y1 in the image's pixels, y from its top."""
        n = len(low)
        low, high = np.round(low), np.round(low) + size
        xy = np.empty((n, 4, 3), np.float32)
        xy[..., 2] = 0
        xy[:, 0, :2], xy[:, 2, :2] = low, high
        xy[:, 1, 0], xy[:, 1, 1], xy[:, 3, 0], xy[:, 3, 1] = high[:, 0], low[:, 1], low[:, 0], high[:, 1]
        w, h = self.size
        u0, u1, v0, v1 = part[:, 0] / w, part[:, 2] / w, 1 - part[:, 3] / h, 1 - part[:, 1] / h
        uv = np.stack([np.column_stack(c) for c in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))], axis=1).astype(np.float32)
        points = vtkPoints()
        points.SetData(numpy_to_vtk(xy.reshape(-1, 3), deep=True))
        cells = vtkCellArray()
        cells.SetData(4, numpy_to_vtkIdTypeArray(np.arange(4 * n, dtype=np.int64), deep=True))
        self.poly.SetPoints(points)
        self.poly.SetPolys(cells)
        self.poly.GetPointData().SetTCoords(numpy_to_vtk(uv.reshape(-1, 2), deep=True))
        if colors is not None:
            self.poly.GetPointData().SetScalars(numpy_to_vtk(np.repeat(colors, 4, axis=0), deep=True))
        self.poly.Modified()


class StemActor:
    """Thin lines in display pixels."""

    def __init__(self) -> None:
        self.poly = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self.poly)
        self.actor = vtkActor2D()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetColor(0.25, 0.24, 0.22)
        self.actor.GetProperty().SetOpacity(0.7)
        self.actor.PickableOff()

    def lines(self, start: NDArray[Any], end: NDArray[Any]) -> None:
        """start: pixels on the screen. end may lie anywhere: close to the eye it is millions of pixels away, where software GL
        takes minutes over one line, so it is drawn near the screen only."""
        way = end - start
        length = np.hypot(way[:, 0], way[:, 1])
        known = np.isfinite(length)
        start = start[known]
        end = start + way[known] * np.minimum(1.0, MOST_STEM_PX / np.maximum(length[known], 1e-9))[:, None]
        n = len(start)
        xy = np.zeros((2 * n, 3), np.float32)
        xy[::2, :2], xy[1::2, :2] = start, end
        points = vtkPoints()
        points.SetData(numpy_to_vtk(xy, deep=True))
        cells = vtkCellArray()
        cells.SetData(2, numpy_to_vtkIdTypeArray(np.arange(2 * n, dtype=np.int64), deep=True))
        self.poly.SetPoints(points)
        self.poly.SetLines(cells)
        self.poly.Modified()


class LabelActor:
    """Labels of one layer; crowded ones give way to those with higher priority."""

    def __init__(self) -> None:
        self.quads, self.stems = QuadActor(2), StemActor()
        self.source: Labels | None = None
        self._boxes = np.empty((0, 4))
        self._style: tuple[Any, ...] = ()
        self._kept: dict[tuple[Any, ...], tuple[Image.Image, NDArray[Any], NDArray[Any]]] = {}

    @property
    def actors(self) -> list[Any]:
        return [self.stems.actor, self.quads.actor]

    def update(self, d: Labels, dark: bool, scale: float) -> None:
        style = (dark, scale)
        if self.source is not None and self.source.texts == d.texts and style == self._style:
            self.source = d
            return
        key = (*style, d.size, *d.texts)
        if key in self._kept:  # a moving view goes to half the resolution and back
            atlas, self._boxes, self._order = self._kept[key]
            self.quads.image(np.asarray(atlas))
            self._style, self.source = style, d
            return
        said = np.flatnonzero([bool(t) for t in d.texts])
        order = said[np.argsort(-np.asarray(d.priority)[said], kind="stable")[:MOST_LABELS]]
        self._order = order
        ink, halo = ((240, 240, 236, 255), (24, 28, 34, 215)) if dark else ((44, 42, 40, 255), (255, 255, 255, 225))
        face = font(max(8, round(d.size * scale)))
        sprites = [_text(d.texts[k], face, ink, halo, scale) for k in order]
        height = sum(s.height for s in sprites) or 1
        width = max((s.width for s in sprites), default=1)
        atlas = Image.new("RGBA", (width, height))
        boxes, y = [], 0
        for sprite in sprites:
            atlas.paste(sprite, (0, y))
            boxes.append((0, y, sprite.width, y + sprite.height))
            y += sprite.height
        self.quads.image(np.asarray(atlas))
        self._boxes = np.array(boxes, float).reshape(-1, 4)
        self._style, self.source = style, d
        if len(self._kept) > 3:
            self._kept.clear()
        self._kept[key] = (atlas, self._boxes, order)

    def place(
        self, project: Any, size: tuple[int, int], taken: list[Box], seen: set[str], low: bool, hidden: Any = None
    ) -> None:
        """Choose and place for the present view; `taken` (rectangles in use) and `seen` (names written) grow.

        low: the eye is near the ground: then a few names are written, of what rises above the horizon or is close. hidden:
        (points -> bool) what stands behind something nearer; None: all is seen.
        """
        assert self.source is not None
        anchors = self.source.points[self._order]
        xy, depth = project(anchors)
        lift = 10.0 * self._style[1]
        worth = (depth > 0) & (xy > 0).all(1) & (xy[:, 0] < size[0]) & (xy[:, 1] < size[1])
        if low:
            worth &= (xy[:, 1] > 0.55 * size[1]) | (depth < 120)
        if hidden is not None:
            some = np.flatnonzero(worth)[: 4 * MOST_LOW_LABELS]
            worth[:] = False
            worth[some] = ~hidden(anchors[some])
        gap = 3.0 * self._style[1]
        shown, corners = [], []
        for k in np.flatnonzero(worth):
            text = self.source.texts[self._order[k]]
            if text in seen or (low and len(seen) >= MOST_LOW_LABELS):
                continue
            w, h = self._boxes[k, 2] - self._boxes[k, 0], self._boxes[k, 3] - self._boxes[k, 1]
            box = (xy[k, 0] - w / 2, xy[k, 1] + lift, xy[k, 0] + w / 2, xy[k, 1] + lift + h)
            if any(box[0] - gap < t[2] and t[0] < box[2] + gap and box[1] - gap < t[3] and t[1] < box[3] + gap for t in taken):
                continue
            taken.append(box)
            seen.add(text)
            shown.append(k)
            corners.append(box[:2])
        index = np.array(shown, np.int64)
        corner = np.array(corners, float).reshape(-1, 2)
        boxes = self._boxes[index]
        self.quads.quads(corner, boxes[:, 2:] - boxes[:, :2], boxes)
        self.stems.lines(xy[index], xy[index] + (0, lift))


def _text(text: str, face: Any, ink: tuple[int, ...], halo: tuple[int, ...], scale: float) -> Image.Image:
    edge = max(1, round(2 * scale))
    x0, y0, x1, y1 = face.getbbox(text, stroke_width=edge)
    image = Image.new("RGBA", (int(x1 - x0) + 2, int(y1 - y0) + 2), (*halo[:3], 0))
    ImageDraw.Draw(image).text((1 - x0, 1 - y0), text, font=face, fill=ink, stroke_width=edge, stroke_fill=halo)
    return image


SHAPE_PX = 64


def _shapes() -> Image.Image:
    """Atlas of marker shapes, white body with a dark rim is tinted per marker: disc, ring, triangle, diamond, square,
    then triangle and diamond that warn of nothing."""
    s = SHAPE_PX
    atlas = Image.new("RGBA", (s * 7, s), (255, 255, 255, 0))
    big = Image.new("L", (s * 4, s * 4))
    outlines = {
        0: lambda d, m: d.ellipse((m, m, 4 * s - m, 4 * s - m), fill=255),
        2: lambda d, m: d.polygon([(2 * s, m), (4 * s - m, 4 * s - m), (m, 4 * s - m)], fill=255),
        3: lambda d, m: d.polygon([(2 * s, m), (4 * s - m, 2 * s), (2 * s, 4 * s - m), (m, 2 * s)], fill=255),
        4: lambda d, m: d.rounded_rectangle((m, m, 4 * s - m, 4 * s - m), radius=s // 2, fill=255),
    }
    for k in range(7):
        draw_shape = outlines[{1: 0, 5: 2, 6: 3}.get(k, k)]
        body = Image.new("L", big.size)
        draw_shape(ImageDraw.Draw(body), 12)
        inner = Image.new("L", big.size)
        draw_shape(ImageDraw.Draw(inner), 36 if k != 1 else 70)
        body, inner = body.resize((s, s), Image.Resampling.LANCZOS), inner.resize((s, s), Image.Resampling.LANCZOS)
        # Tint multiplies: the rim is darker than the body, a ring has an empty middle.
        value = np.where(np.asarray(inner) > 127, 255, 120).astype(np.uint8) if k != 1 else np.full((s, s), 255, np.uint8)
        alpha = np.asarray(body).astype(int) - (np.asarray(inner) if k == 1 else 0)
        rgba = np.dstack([value, value, value, np.clip(alpha, 0, 255).astype(np.uint8)])
        atlas.paste(Image.fromarray(rgba), (k * s, 0))
    return atlas


class MarkerActor:
    """Markers of one layer, the nearer ones in front."""

    def __init__(self) -> None:
        self.quads, self.stems = QuadActor(), StemActor()
        self.quads.image(np.asarray(_shapes()))
        self.source: Points | None = None
        self.on_screen = np.empty((0, 2))
        self.depth = np.empty(0)

    @property
    def actors(self) -> list[Any]:
        return [self.stems.actor, self.quads.actor]

    def update(self, d: Points, selected: NDArray[np.int32], scale: float) -> None:
        self.source, self._scale = d, scale
        self._chosen = np.isin(d.rows, selected)

    def locate(self, project: Any, size: tuple[int, int], reach_m: float) -> NDArray[np.intp]:
        """Where the markers are in the present view; those that could be drawn, up to reach_m away."""
        d = self.source
        assert d is not None
        self.on_screen, self.depth = project(d.points)
        xy, depth = self.on_screen, self.depth
        seen = (depth > 0) & (xy > 0).all(1) & (xy[:, 0] < size[0]) & (xy[:, 1] < size[1])
        seen &= depth < reach_m
        return np.flatnonzero(seen)

    def weights(self, index: NDArray[np.intp]) -> NDArray[np.float64]:
        """How much the markers matter: the chosen, then alerts and warnings, then what the layer says, the near before the far."""
        d = self.source
        assert d is not None
        worth = np.zeros(len(index)) if d.priority is None else np.asarray(d.priority, float)[index]
        if d.shapes is not None:
            worth = worth + np.array([0.0, 0.0, 1000.0, 2000.0, 0.0])[np.minimum(d.shapes[index], 4)]
        return worth + 1e4 * self._chosen[index] - np.minimum(self.depth[index], 1e5) * 1e-4

    def draw(self, index: NDArray[np.intp], project: Any) -> list[Box]:
        """Draw these and no others; returns the rectangles they take."""
        d = self.source
        assert d is not None
        xy, depth = self.on_screen, self.depth
        self.depth = np.full(len(depth), -1.0)
        self.depth[index] = depth[index]  # what is not drawn is not picked
        index = index[np.argsort(-depth[index])]
        shape = np.zeros(len(index), int) if d.shapes is None else d.shapes[index].astype(int)
        # Far ones shrink a little, so that a whole city of pins stays readable.
        far = np.clip(np.sqrt(1800.0 / np.maximum(depth[index], 1.0)), 0.5, 1.0)
        px = np.where(self._chosen[index], d.size * 1.5, d.size * far) * self._scale
        part = np.column_stack([shape * SHAPE_PX, shape * 0, (shape + 1) * SHAPE_PX, shape * 0 + SHAPE_PX]).astype(float)
        color = d.colors[index].copy()
        color[:, 3] = (color[:, 3] * d.opacity).astype(np.uint8)
        color[self._chosen[index], :3] = (255, 140, 0)
        self.quads.quads(xy[index] - px[:, None] / 2, np.column_stack([px, px]), part, color)
        if d.stem_m > 0:
            foot, foot_depth = project(d.points[index] - (0.0, 0.0, d.stem_m))
            ok = foot_depth > 0
            self.stems.lines(xy[index][ok], foot[ok])
        low, high = xy[index] - px[:, None] / 2, xy[index] + px[:, None] / 2
        return [(float(a), float(b), float(c), float(e)) for (a, b), (c, e) in zip(low, high, strict=True)]


def place_markers(markers: list[MarkerActor], project: Any, size: tuple[int, int], taken: list[Box], height_m: float, scale: float) -> None:
    """Those that matter most, clear of each other and of the rectangles in use; `taken` grows by what is drawn.

    height_m: of the eye above the ground.
    """
    found = [m.locate(project, size, LOW_REACH_M + REACH_BY_HEIGHT * max(height_m - 30.0, 0.0)) for m in markers]
    if not markers:
        return
    owner = np.concatenate([np.full(len(f), k) for k, f in enumerate(found)]).astype(int)
    index = np.concatenate(found)
    xy = np.concatenate([m.on_screen[f] for m, f in zip(markers, found, strict=True)])
    depth = np.concatenate([m.depth[f] for m, f in zip(markers, found, strict=True)])
    weight = np.concatenate([m.weights(f) for m, f in zip(markers, found, strict=True)])
    free = np.ones(len(index), bool)
    for x0, y0, x1, y1 in taken:
        free &= ~((xy[:, 0] > x0 - 8) & (xy[:, 0] < x1 + 8) & (xy[:, 1] > y0 - 8) & (xy[:, 1] < y1 + 8))
    room = CROWD_PX * scale * np.clip(depth / 1500.0, 0.5, 1.0)
    order = np.argsort(-weight, kind="stable")
    order = order[free[order]]
    kept: list[int] = []
    while len(order) and len(kept) < MOST_MARKERS:
        k = int(order[0])
        kept.append(k)
        away = np.hypot(xy[order, 0] - xy[k, 0], xy[order, 1] - xy[k, 1])
        order = order[away > room[k]]
    chosen = np.array(kept, int)
    for k, m in enumerate(markers):
        taken += m.draw(index[chosen[owner[chosen] == k]], project)
