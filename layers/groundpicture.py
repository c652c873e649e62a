"""What lies on the ground as a picture: areas, streets, photographs and shadow painted into squares of a quadtree.

A street of a city that turns under the hand is a pixel wide; painting it once costs less than drawing its triangles in every
picture (the tile pyramid of web maps, here made of the very triangles that are drawn when the view stands still).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drape, Drawing, Relief, Sheet, Surface
from layers.ground import TONE, Ground
from layers.linetiles import TiledLines
from layers.tiles import TiledSurface, roofs_of

Box = tuple[float, float, float, float]
PIXELS, FINER = 256, 2
"""Sides of a painted square, and how many times finer it is painted than kept (groundkernels.halved)."""
FINEST_M = 0.15
"""Pixel of the deepest squares."""
MOST_LEVELS = 14
QUADS = (1, 2, 4, 8, 16, 32)
LEAST_ERROR_M = 0.15
WALLS_SHARE = 0.7
MOST_BINS = 256
PLANE_M = 0.3
MOST_PROBED = 2_000
BELOW_M, ABOVE_M, MOSTLY = -0.7, 2.0, 0.95
"""Points of what lies on the ground are so far below and above it at most, nearly all of them."""
MOST_BASES = 112
"""Squares kept without the plan of the buildings, 0.8 MB each, and of which it is known what that plan covers, 0.5 MB."""


class _Triangles:
    """Triangles of a draped Surface, binned over its box."""

    def __init__(self, d: Surface) -> None:
        self._bin(d.points, d.triangles)
        self.recolor(d)

    def _bin(self, points: NDArray[np.float64], triangles: NDArray[np.int32]) -> None:
        self.xy = np.ascontiguousarray(points[:, :2].astype(np.float32)[triangles])
        low, high = self.xy.reshape(-1, 2).min(0), self.xy.reshape(-1, 2).max(0)
        self.n = int(np.clip(math.sqrt(len(self.xy) / 6), 1, MOST_BINS))
        self.x0, self.y0 = float(low[0]), float(low[1])
        self.step = max(float((high - low).max()), 1e-3) / self.n
        from layers.groundkernels import bins

        self.start, self.index = bins(self.xy, self.x0, self.y0, self.step, self.n)

    def recolor(self, d: Surface) -> None:
        self.rgba = d.colors if d.opacity >= 1 else _thinner(d.colors, d.opacity)

    def over(self, image: NDArray[np.uint8], box: Box) -> None:
        from layers.groundkernels import paint

        per_m = image.shape[1] / (box[2] - box[0]), image.shape[0] / (box[3] - box[1])
        paint(image, self.xy, self.rgba, self.start, self.index, self._cells(box), self.n, box[0], box[1], *per_m)

    def is_over(self, box: Box) -> bool:
        """Whether there are triangles in the cells of a box."""
        r0, r1, c0, c1 = self._cells(box).tolist()
        return any(self.start[r * self.n + c1] > self.start[r * self.n + c0] for r in range(r0, r1))

    def _cells(self, box: Box) -> NDArray[np.int64]:
        """First row of the cells in a box and the one after the last, and columns likewise."""
        c0, r0 = (math.floor((v - o) / self.step) for v, o in ((box[0], self.x0), (box[1], self.y0)))
        c1, r1 = (math.floor((v - o) / self.step) + 1 for v, o in ((box[2], self.x0), (box[3], self.y0)))
        return np.clip([r0, r1, c0, c1], 0, self.n)


class _Plan(_Triangles):
    """Roofs of a city as they lie in a plan, a little darker: from afar one sees walls as well."""

    def __init__(self, d: TiledSurface) -> None:
        self.bodies = roofs_of(d.tiles)
        self._bin(self.bodies.points, self.bodies.triangles)
        self.stencils: OrderedDict[Box, tuple[NDArray[np.int32], NDArray[np.int32]]] = OrderedDict()
        self.recolor(d)

    def over(self, image: NDArray[np.uint8], box: Box) -> None:
        from layers.groundkernels import fill, stencil

        rows, columns = image.shape[:2]
        kept = self.stencils.pop(box, None)
        if kept is None:
            per_m = columns / (box[2] - box[0]), rows / (box[3] - box[1])
            kept = stencil(rows, columns, self.xy, self.start, self.index, self._cells(box), self.n, box[0], box[1], *per_m)
            while len(self.stencils) >= MOST_BASES:
                self.stencils.popitem(last=False)
        self.stencils[box] = kept
        fill(image, *kept, self.rgba)

    def recolor(self, d: TiledSurface) -> None:  # type: ignore[override]
        color, seen = d.coat().on(self.bodies)
        self.rgba = np.empty((len(color), 4), np.uint8)
        self.rgba[:, :3] = color[:, :3] * WALLS_SHARE
        self.rgba[:, 3] = np.where(seen, 255 * d.opacity, 0)


def _thinner(colors: NDArray[np.uint8], opacity: float) -> NDArray[np.uint8]:
    out = colors.copy()
    out[:, 3] = (out[:, 3] * opacity).astype(np.uint8)
    return out


class _Raster:
    """A picture between bounds, with coarser ones of it for coarse squares."""

    def __init__(self, rgba: NDArray[np.uint8], bounds: Box, opacity: float = 1.0) -> None:
        self.bounds, self.opacity = bounds, opacity
        self.levels = [rgba]

    def over(self, image: NDArray[np.uint8], box: Box) -> None:
        from layers.groundkernels import lay

        x0, y0, x1, y1 = self.bounds
        per_px, per_px_y = (box[2] - box[0]) / image.shape[1], (box[3] - box[1]) / image.shape[0]
        k = 0
        while (x1 - x0) / self._level(k).shape[1] < per_px / 1.4 and min(self._level(k).shape[:2]) > 2:
            k += 1
        picture = self._level(k)
        size_x, size_y = (x1 - x0) / picture.shape[1], (y1 - y0) / picture.shape[0]
        lay(
            image, picture, (box[0] + per_px / 2 - x0) / size_x - 0.5, (box[1] + per_px_y / 2 - y0) / size_y - 0.5,
            per_px / size_x, per_px_y / size_y, self.opacity,
        )  # fmt: skip

    def _level(self, k: int) -> NDArray[np.uint8]:
        while len(self.levels) <= k:
            a = self.levels[-1]
            a = np.pad(a, ((0, a.shape[0] % 2), (0, a.shape[1] % 2), (0, 0)), mode="edge")
            mean = a.reshape(a.shape[0] // 2, 2, a.shape[1] // 2, 2, 4).mean((1, 3))
            self.levels.append(np.round(mean).astype(np.uint8))
        return self.levels[k]


def is_on_ground(d: Drawing) -> bool:
    """Whether a drawing can be painted into the ground. Water is drawn besides, for it glitters; what is painted of it shows where a
    coarse square hides it."""
    if isinstance(d, Surface):
        return d.material in ("ground", "water") and len(d.triangles) > 0
    return isinstance(d, Sheet) or (isinstance(d, Drape) and d.material == "ground")


class Square(NamedTuple):
    """A node of the quadtree: level 0 is the whole, column and row count from the south-west."""

    level: int
    column: int
    row: int

    @property
    def below(self) -> list[Square]:
        return [Square(self.level + 1, 2 * self.column + i, 2 * self.row + j) for j in (0, 1) for i in (0, 1)]


class GroundPicture:
    """The drawings that lie on a ground, painted square by square. Made anew when one of them has changed; what has not is kept.

    bounds: of the whole, local metres. Drawings that reach beyond it are not in it (`holds`).
    """

    def __init__(self, ground: Ground, bounds: Box) -> None:
        if ground.grid is not None:
            g = ground.grid
            bounds = float(g.x[0]), float(g.y[0]), float(g.x[-1]), float(g.y[-1])
        self.ground, self.bounds = ground, bounds
        side = max(bounds[2] - bounds[0], bounds[3] - bounds[1], 1.0)
        self.deepest = int(np.clip(math.ceil(math.log2(side / PIXELS / FINEST_M)), 0, MOST_LEVELS))
        self._kept: dict[object, tuple[Any, Any]] = {}
        self._painters: list[Any] = []
        self._first_plan = 0
        self._bases: OrderedDict[Square, NDArray[np.uint8]] = OrderedDict()
        self._ranges: dict[Square, tuple[float, float]] = {}

    def holds(self, d: Drawing) -> bool:
        """Whether a drawing lies on this ground and within it."""
        if not is_on_ground(d) or not self.carries(d):
            return False
        x0, y0, x1, y1 = self.bounds
        slack = 0.02 * max(x1 - x0, y1 - y0)
        if isinstance(d, Surface):
            low, high = d.points[:, :2].min(0), d.points[:, :2].max(0)
        elif isinstance(d, Sheet):
            low, high = np.array([d.x[0], d.y[0]]), np.array([d.x[-1], d.y[-1]])
        else:
            return True
        return bool((low > (x0 - slack, y0 - slack)).all() and (high < (x1 + slack, y1 + slack)).all())

    def carries(self, d: Drawing) -> bool:
        """Whether the points of a drawing have the height of the ground: those of a 3D model may have heights of their own."""
        if not isinstance(d, Surface) or d.material not in ("ground", "water"):
            return True
        some = d.points[:: max(1, len(d.points) // MOST_PROBED)]
        off = some[:, 2] - self.ground.height(some[:, 0], some[:, 1])
        least = BELOW_M if d.material == "ground" else -math.inf if self.ground.grid is not None else BELOW_M
        return bool(np.mean((off > least) & (off < ABOVE_M)) > MOSTLY)

    def take(self, drawings: Sequence[Drawing]) -> bool:
        """Paint these from now on, in this order. Returns whether more has changed than the plan of the buildings."""
        kept: dict[object, tuple[Any, Any]] = {}
        painters: list[Any] = []
        for d in drawings:
            geometry = _geometry(d)
            same = self._kept.get(geometry)
            painter: Any
            if same is not None and isinstance(d, (Surface, TiledSurface, TiledLines)):
                painter = same[1]
                if same[0] is not d:
                    painter = _copy(painter)
                    painter.recolor(d.whole() if isinstance(d, TiledLines) else d)
            elif same is not None and same[0].opacity == d.opacity:
                painter = same[1]
            else:
                painter = _painter(d)
            kept[geometry] = (d, painter)  # holding the drawing keeps its identity from being given away
            painters.append(painter)
        first = next((i for i, p in enumerate(painters) if isinstance(p, _Plan)), len(painters))
        changed = painters[:first] != self._painters[: self._first_plan]
        if changed:
            self._bases.clear()
        self._kept, self._painters, self._first_plan = kept, painters, first
        return changed

    def has_plan(self, s: Square) -> bool:
        """Whether there are buildings in a square."""
        return any(p.is_over(self.box(s)) for p in self._painters[self._first_plan :])

    def box(self, s: Square) -> Box:
        x0, y0, x1, y1 = self.bounds
        w, h = (x1 - x0) / 2**s.level, (y1 - y0) / 2**s.level
        return x0 + w * s.column, y0 + h * s.row, x0 + w * (s.column + 1), y0 + h * (s.row + 1)

    def pixel_m(self, s: Square) -> float:
        x0, y0, x1, y1 = self.bounds
        return max(x1 - x0, y1 - y0) / 2**s.level / PIXELS

    def heights(self, s: Square) -> tuple[float, float]:
        """Lowest and highest ground in a square."""
        found = self._ranges.get(s)
        if found is None:
            found = self._ranges[s] = self._range(s)
        return found

    def _range(self, s: Square) -> tuple[float, float]:
        z, g = self.ground.z, self.ground.grid
        if z is None or g is None:
            return self.ground.level, self.ground.level
        x0, y0, x1, y1 = self.box(s)
        c0, c1 = (int(np.clip((x - g.x0) / g.cell_m - 0.5, 0, g.columns - 1)) for x in (x0, x1))
        r0, r1 = (int(np.clip((y - g.y0) / g.cell_m - 0.5, 0, g.rows - 1)) for y in (y0, y1))
        part = z[r0 : r1 + 2, c0 : c1 + 2]
        return float(part.min()), float(part.max())

    def _base(self, s: Square) -> NDArray[np.uint8]:
        """The square without the plan of the buildings, whose colours change most."""
        kept = self._bases.get(s)
        if kept is None:
            kept = np.empty((PIXELS * FINER, PIXELS * FINER, 3), np.uint8)
            kept[:] = np.round(np.array(TONE) * 255)
            for painter in self._painters[: self._first_plan]:
                painter.over(kept, self.box(s))
            if self._first_plan == len(self._painters):
                return kept
            self._bases[s] = kept
            while len(self._bases) > MOST_BASES:
                self._bases.popitem(last=False)
        self._bases.move_to_end(s)
        return kept.copy()

    def picture(self, s: Square) -> NDArray[np.uint8]:
        """RGBA (PIXELS, PIXELS, 4), row 0 southmost."""
        from layers.groundkernels import halved

        image = self._base(s)
        for painter in self._painters[self._first_plan :]:
            painter.over(image, self.box(s))
        out = np.empty((PIXELS, PIXELS, 4), np.uint8)
        halved(image, out)
        return out

    def relief(self, s: Square, key: str) -> Relief:
        """The square as a mesh that is no further from the ground than half of its pixels' width, with skirts that close gaps between
        squares of different levels."""
        x0, y0, x1, y1 = self.box(s)
        n, most = QUADS[-1], max(self.pixel_m(s) / 2, LEAST_ERROR_M)
        u = np.linspace(0, 1, n + 1)
        x, y = np.meshgrid(x0 + u * (x1 - x0), y0 + u * (y1 - y0))
        z = self.ground.height(x, y)
        chosen, error = n, 0.0
        for quads in QUADS[:-1]:
            off = float(np.abs(_stretched(z[:: n // quads, :: n // quads], n) - z).max())
            if off <= most:
                chosen, error = quads, off
                break
        low, high = self.heights(s)
        error = max(error, min(high - low, 2 * self.pixel_m(s)))  # a river bed lies between the corners of a coarse square
        if self.ground.grid is None:
            error = -PLANE_M  # over the plain that reaches to the horizon
        step = n // chosen
        x, y, z, w = x[::step, ::step], y[::step, ::step], z[::step, ::step], u[::step]
        tu, tv = np.meshgrid(w, w)
        pixel = 0.5 / PIXELS  # so that squares meet without a seam
        uv = np.column_stack([np.clip(tu.ravel(), pixel, 1 - pixel), np.clip(tv.ravel(), pixel, 1 - pixel)])
        points = np.column_stack([x.ravel(), y.ravel(), z.ravel()])
        m = chosen + 1
        i = (np.arange(chosen)[:, None] * m + np.arange(chosen)).ravel()
        triangles = np.concatenate([np.column_stack([i, i + 1, i + m + 1]), np.column_stack([i, i + m + 1, i + m])])
        rim = np.concatenate([np.arange(m), np.arange(1, m) * m + m - 1, (m * m - 1 - np.arange(1, m)), np.arange(m - 2, 0, -1) * m])
        low = points[rim] - (0, 0, 2 * max(error, self.pixel_m(s)) + 0.5)
        a, b = np.arange(len(rim)), np.roll(np.arange(len(rim)), -1)
        skirt = np.concatenate([np.column_stack([rim[a], m * m + a, m * m + b]), np.column_stack([rim[a], m * m + b, rim[b]])])
        points, triangles = np.concatenate([points, low]), np.concatenate([triangles, skirt]).astype(np.int32)
        normals = self._normals(points[: m * m])
        return Relief(
            key, points=points, triangles=triangles, normals=np.concatenate([normals, normals[rim]]),
            uv=np.concatenate([uv, uv[rim]]).astype(np.float32), rgba=self.picture(s), error_m=error,
        )  # fmt: skip

    def _normals(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        """As the terrain itself is lit: relief a little exaggerated."""
        g = self.ground.grid
        out = np.zeros((len(points), 3), np.float32)
        out[:, 2] = 1.0
        if g is None:
            return out
        h = g.cell_m
        x, y = points[:, 0], points[:, 1]
        for k, (dx, dy) in enumerate(((h, 0.0), (0.0, h))):
            out[:, k] = -1.5 * (self.ground.height(x + dx, y + dy) - self.ground.height(x - dx, y - dy)) / (2 * h)
        return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


def _stretched(z: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Bilinear, to n + 1 points along each side."""
    m = len(z) - 1
    at = np.arange(n + 1) * m / n
    k = np.minimum(at.astype(np.int64), m - 1)
    f = at - k
    rows = z[k] * (1 - f)[:, None] + z[k + 1] * f[:, None]
    return np.asarray(rows[:, k] * (1 - f) + rows[:, k + 1] * f)


def _geometry(d: Any) -> object:
    """The same for drawings that differ in colour alone."""
    if isinstance(d, (TiledSurface, TiledLines)):
        return d.identity()
    return id(d.triangles) if isinstance(d, Surface) else id(d.rgba)


def _copy(painter: _Triangles) -> _Triangles:
    other = object.__new__(type(painter))
    other.__dict__.update(painter.__dict__)
    return other


def _painter(d: Drawing) -> _Triangles | _Raster:
    if isinstance(d, TiledSurface):
        return _Plan(d)
    if isinstance(d, (Surface, TiledLines)):
        return _Triangles(d if isinstance(d, Surface) else d.whole())
    if isinstance(d, Sheet):
        return _Raster(d.rgba, (float(d.x[0]), float(d.y[0]), float(d.x[-1]), float(d.y[-1])), d.opacity)
    assert isinstance(d, Drape)
    return _Raster(d.rgba, d.grid.bounds, d.opacity)
