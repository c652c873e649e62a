"""Things of constant size on the screen: labels, markers, parts of the head-up display. Two-dimensional, drawn last."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTexture, vtkTexturedActor2D

from gui.scene.fonts import font
from layers.drawing import ICONS, Labels, Points

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
        self._laid: tuple[Any, ...] = ()

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
        now = (self.size, np.round(low).tobytes(), size.tobytes(), part.tobytes(), None if colors is None else colors.tobytes())
        if now == self._laid:
            return  # most of what is fixed to the screen stays where it is
        self._laid = now
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

    def place(self, project: Any, size: tuple[int, int], taken: list[Box], seen: set[str], low: bool, hidden: Any = None) -> None:
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


SHAPE_PX, BODY_PX = 64, 42
"""Cell of the atlas, and the part of it that a marker's body takes: around it lie its white edge and its shadow."""
ICON_PX = 15.0
"""Bodies that are smaller have no picture on them."""
DIGITS = "0123456789+"
_ROWS = ("base", "body", "icon", "digit")
_FINE = 4


def _outline(shape: int, grow: float) -> Image.Image:
    """Mask of a body of the atlas, larger by `grow` pixels: 0 disc, 2 triangle, 3 diamond, 4 square."""
    size = SHAPE_PX * _FINE
    mask = Image.new("L", (size, size))
    draw = ImageDraw.Draw(mask)
    c, r = size / 2, (BODY_PX / 2 + grow) * _FINE
    if shape == 2:
        up, wide = 1.18 * r, 1.22 * r
        draw.polygon([(c, c - up), (c + wide, c + 0.92 * r), (c - wide, c + 0.92 * r)], fill=255)
    elif shape == 3:
        draw.polygon([(c, c - 1.2 * r), (c + 1.2 * r, c), (c, c + 1.2 * r), (c - 1.2 * r, c)], fill=255)
    elif shape == 4:
        draw.rounded_rectangle((c - 0.9 * r, c - 0.9 * r, c + 0.9 * r, c + 0.9 * r), radius=r * 0.3, fill=255)
    else:
        draw.ellipse((c - r, c - r, c + r, c + r), fill=255)
    return mask.resize((SHAPE_PX, SHAPE_PX), Image.Resampling.LANCZOS)


def _icon(name: str) -> Image.Image:
    """A small picture, white, in the middle of a cell."""
    size = SHAPE_PX * _FINE
    image = Image.new("L", (size, size))
    draw = ImageDraw.Draw(image)
    u = BODY_PX * _FINE / 24.0  # drawn on a field of 24 x 24 around the middle
    c = size / 2

    def at(*xy: float) -> list[float]:
        return [c + (v - 12) * u for v in xy]

    def line(*xy: float, width: float = 2.2) -> None:
        draw.line(at(*xy), fill=255, width=round(width * u), joint="curve")

    def wave(y: float) -> None:
        x = np.linspace(5.5, 18.5, 40)
        line(*np.column_stack([x, y + 1.3 * np.sin((x - 5.5) / 13 * 3 * np.pi)]).ravel().tolist(), width=1.9)

    def drop(x: float, y: float, r: float) -> None:
        draw.polygon(at(x, y - 2.3 * r, x + 0.87 * r, y - 0.5 * r, x - 0.87 * r, y - 0.5 * r), fill=255)
        draw.ellipse(at(x - r, y - r, x + r, y + r), fill=255)

    if name == "rain":
        for x, y in ((8.5, 10.5), (15.5, 10.5), (12.0, 16.5)):
            drop(x, y, 2.2)
    elif name == "level":
        for y in (8.5, 12.5, 16.5):
            wave(y)
    elif name == "air":
        for x, y, r in ((8.5, 9.0, 2.4), (15.5, 8.5, 1.7), (12.5, 13.5, 2.8), (7.5, 15.5, 1.5), (17.0, 15.0, 2.0)):
            draw.ellipse(at(x - r, y - r, x + r, y + r), fill=255)
    elif name == "temperature":
        line(12, 6.5, 12, 15.0, width=3.4)
        draw.ellipse(at(8.8, 13.0, 15.2, 19.4), fill=255)
        line(15.5, 7.5, 18.0, 7.5, width=1.6)
        line(15.5, 11.0, 18.0, 11.0, width=1.6)
    elif name == "humidity":
        drop(12.0, 14.0, 4.6)
    elif name == "pressure":
        draw.arc(at(6.0, 6.5, 18.0, 18.5), 150, 390, fill=255, width=round(2.4 * u))
        line(12, 12.5, 15.6, 8.6)
    elif name == "wind":
        for y, x in ((8.5, 16.0), (12.0, 19.0), (15.5, 14.0)):
            line(5.0, y, x, y)
    elif name == "traffic":
        draw.rounded_rectangle(at(4.5, 11.2, 19.5, 15.2), radius=1.4 * u, fill=255)
        draw.polygon(at(7.2, 11.6, 9.2, 7.6, 14.6, 7.6, 16.8, 11.6), fill=255)
        draw.polygon(at(8.9, 11.2, 10.1, 9.0, 11.5, 9.0, 11.5, 11.2), fill=0)
        draw.polygon(at(12.7, 11.2, 12.7, 9.0, 13.9, 9.0, 15.2, 11.2), fill=0)
        for x in (8.3, 15.7):
            draw.ellipse(at(x - 2.4, 12.7, x + 2.4, 17.5), fill=0)
            draw.ellipse(at(x - 1.8, 13.3, x + 1.8, 16.9), fill=255)
    return image.resize((SHAPE_PX, SHAPE_PX), Image.Resampling.LANCZOS)


def _shapes() -> Image.Image:
    """Atlas of markers in rows of cells: bases (white edge and shadow), bodies (white, tinted per marker), small pictures, digits.
    Columns of the first two: disc, ring, triangle, diamond, square, then triangle and diamond that warn of nothing."""
    s = SHAPE_PX
    atlas = Image.new("RGBA", (s * max(len(DIGITS), len(ICONS), 7), s * len(_ROWS)), (255, 255, 255, 0))
    for k in range(7):
        outline = {1: 0, 5: 2, 6: 3}.get(k, k)
        edge, body = _outline(outline, 3.2), _outline(outline, 0.0)
        dark = np.asarray(edge.filter(ImageFilter.GaussianBlur(3.2))).astype(float)
        dark = np.roll(dark, 3, axis=0) * 0.5
        white = np.asarray(edge).astype(float) / 255
        alpha = white * 255 + (1 - white) * dark
        tone = np.where(alpha > 0, 255 * white * 255 / np.maximum(alpha, 1), 0)
        atlas.paste(Image.fromarray(np.dstack([tone, tone, tone, alpha]).astype(np.uint8)), (k * s, 0))
        mask = np.asarray(body).astype(int)
        if k == 1:  # hollow
            mask = mask - np.asarray(_outline(0, -4.5)).astype(int)
        full = np.full((s, s), 255, np.uint8)
        atlas.paste(Image.fromarray(np.dstack([full, full, full, np.clip(mask, 0, 255).astype(np.uint8)])), (k * s, s))
    for k, name in enumerate(ICONS):
        full = np.full((s, s), 255, np.uint8)
        atlas.paste(Image.fromarray(np.dstack([full, full, full, np.asarray(_icon(name))])), (k * s, 2 * s))
    for k, digit in enumerate(DIGITS):
        cell = Image.new("RGBA", (s, s), (255, 255, 255, 0))
        ImageDraw.Draw(cell).text(
            (s / 2, s / 2), digit, font=font(50), fill=(36, 38, 42, 255), stroke_width=7, stroke_fill=(255, 255, 255, 245), anchor="mm"
        )
        atlas.paste(cell, (k * s, 3 * s))
    return atlas


def _cells(column: NDArray[Any], row: str) -> NDArray[np.float64]:
    """Parts of the atlas, (N, 4)."""
    y = _ROWS.index(row) * SHAPE_PX
    x = np.asarray(column, float) * SHAPE_PX
    return np.column_stack([x, np.full(len(x), y), x + SHAPE_PX, np.full(len(x), y + SHAPE_PX)])


class MarkerActor:
    """Markers of one layer, the nearer ones in front."""

    def __init__(self) -> None:
        self.quads, self.stems = QuadActor(), StemActor()
        self.quads.image(np.asarray(_shapes()))
        self.quads.texture.MipmapOn()  # a cell is several times as large as what is drawn of it
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

    def draw(self, index: NDArray[np.intp], project: Any, others: NDArray[np.int64] | None = None) -> list[Box]:
        """Draw these and no others; returns the rectangles they take. others: how many each stands for besides itself."""
        d = self.source
        assert d is not None
        xy, depth = self.on_screen, self.depth
        self.depth = np.full(len(depth), -1.0)
        self.depth[index] = depth[index]  # what is not drawn is not picked
        far_first = np.argsort(-depth[index])
        index = index[far_first]
        count = np.zeros(len(index), np.int64) if others is None or not d.counted else others[far_first]
        shape = np.zeros(len(index), int) if d.shapes is None else d.shapes[index].astype(int)
        chosen = self._chosen[index]
        # Far ones shrink a little, so that a whole city of pins stays readable.
        far = np.clip(np.sqrt(1800.0 / np.maximum(depth[index], 1.0)), 0.5, 1.0)
        px = np.where(chosen, d.size * 1.5, d.size * far) * self._scale
        color = d.colors[index].copy()
        color[chosen, :3] = (255, 140, 0)
        cell = np.round(px * SHAPE_PX / BODY_PX)
        corner = xy[index] - cell[:, None] / 2
        size = np.column_stack([cell, cell])
        plain = np.full((len(index), 4), 255, np.uint8)
        icon = np.zeros(len(index), np.int64) if d.icons is None else d.icons[index].astype(np.int64)
        icon[px < ICON_PX * self._scale] = 0
        ink = plain.copy()
        ink[shape == 1, :3] = color[shape == 1, :3]  # in a hollow one the picture has the colour of the ring
        parts = [(corner, size, _cells(shape, "base"), plain), (corner, size, _cells(shape, "body"), color)]
        part = np.where(shape == 1, 0.84, 1.0)[:, None]
        parts.append((xy[index] - np.round(size * part) / 2, np.round(size * part), _cells(icon, "icon"), ink))
        # A pin in front hides all of those behind it, so all of one are drawn before any of the next.
        quads = [np.stack([p[k] for p in parts], axis=1).reshape(-1, p_width) for k, p_width in ((0, 2), (1, 2), (2, 4), (3, 4))]
        corner_, size_, cells_, colors_ = quads
        written = self._numbers(xy[index], px, count)
        if written is not None:
            corner_, size_ = np.concatenate([corner_, written[0]]), np.concatenate([size_, written[1]])
            cells_ = np.concatenate([cells_, written[2]])
            colors_ = np.concatenate([colors_, np.full((len(written[0]), 4), 255, np.uint8)])
        colors_ = colors_.astype(np.uint8)
        colors_[:, 3] = (colors_[:, 3] * d.opacity).astype(np.uint8)
        self.quads.quads(corner_, size_, cells_, colors_)
        if d.stem_m > 0:
            foot, foot_depth = project(d.points[index] - (0.0, 0.0, d.stem_m))
            ok = foot_depth > 0
            self.stems.lines(xy[index][ok], foot[ok])
        low, high = xy[index] - px[:, None] / 2, xy[index] + px[:, None] / 2
        return [(float(a), float(b), float(c), float(e)) for (a, b), (c, e) in zip(low, high, strict=True)]

    def _numbers(
        self, xy: NDArray[Any], px: NDArray[Any], count: NDArray[np.int64]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]] | None:
        """Quads of "+n" beside the markers that stand for others."""
        corners, columns, sizes = [], [], []
        for k in np.flatnonzero(count > 0).tolist():
            tall = 15.0 * self._scale
            for j, character in enumerate(f"+{min(int(count[k]), 999)}"):
                corners.append((xy[k, 0] + 0.42 * px[k] + j * 0.44 * tall, xy[k, 1] + 0.12 * px[k]))
                columns.append(DIGITS.index(character))
                sizes.append(tall)
        if not corners:
            return None
        return np.array(corners), np.column_stack([sizes, sizes]), _cells(np.array(columns), "digit")


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
    others = np.zeros(len(index), np.int64)
    while len(order) and len(kept) < MOST_MARKERS:
        k = int(order[0])
        kept.append(k)
        away = np.hypot(xy[order, 0] - xy[k, 0], xy[order, 1] - xy[k, 1])
        others[k] = ((away <= room[k]) & (owner[order] == owner[k])).sum() - 1
        order = order[away > room[k]]
    chosen = np.array(kept, int)
    for k, m in enumerate(markers):
        own = chosen[owner[chosen] == k]
        taken += m.draw(index[own], project, others[own])
