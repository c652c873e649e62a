"""Measurements as they are drawn: lines and areas where they were put, with their value beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Labels, Lines, Points, Surface
from layers.features import Bounds
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb
from twin.city.extrude import triangulate

COLOR, CLEAR, BLOCKED = "#d65c1e", "#2e9d62", "#cf2a3a"
LINE_PX, MARK_PX = 3.0, 9.0
FILL_ALPHA = 70
RAISED_M = 0.35
"""Above what it lies on, so that it does not sink into it."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """One measurement: paths of (N, 3) points with a colour each, areas (N, 3) to fill, marks (N, 3), and a label at a point."""

    id: str
    name: str
    text: str
    at: tuple[float, float, float]
    paths: tuple[tuple[Floats, str], ...] = ()
    areas: tuple[Floats, ...] = ()
    marks: tuple[tuple[Floats, str], ...] = ()


class MeasuredLayer(Layer):
    """Rows are measurements in their order."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        super().__init__("measured", "Measurements", "city", order=70, style=Style(color=COLOR))
        self.drawn_shapes = list(shapes)
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "data")

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "id": [f"measurement/{s.id}" for s in self.drawn_shapes],
                "name": [s.name for s in self.drawn_shapes],
                "value": [s.text for s in self.drawn_shapes],
            }
        )

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        chosen = self.drawn_shapes if rows is None else [self.drawn_shapes[int(r)] for r in rows]
        points = [p for s in chosen for p in (*(p for p, _ in s.paths), *s.areas, np.array([s.at]))]
        if not points:
            return None
        xyz = np.concatenate(points)
        low, high = xyz.min(0), xyz.max(0)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1]), float(low[2]), float(high[2])

    def legend(self) -> Legend:
        return Legend(self.title, entries=(LegendEntry(self.style.color, self.title),))

    def _rgb(self, color: str) -> list[int]:
        return [round(c * 255) for c in hex_rgb(color or self.style.color)]

    def draw(self) -> list[Drawing]:
        def common(part: str) -> tuple[str, int, int, float, int]:
            return f"{self.id}-{part}", self._version, 0, self.opacity, self.order

        drawn: list[Drawing] = []
        paths = [(p, color, k) for k, s in enumerate(self.drawn_shapes) for p, color in s.paths if len(p) > 1]
        if paths:
            points = np.concatenate([p for p, *_ in paths]) + (0.0, 0.0, RAISED_M)
            offsets = np.concatenate([[0], np.cumsum([len(p) for p, *_ in paths])]).astype(np.int64)
            colors = np.array([[*self._rgb(c), 255] for _, c, _ in paths], np.uint8)
            rows = np.array([k for *_, k in paths], np.int32)
            drawn.append(Lines(*common("lines"), points=points, offsets=offsets, rows=rows, colors=colors, width=LINE_PX))
        areas = [(a, k) for k, s in enumerate(self.drawn_shapes) for a in s.areas if len(a) > 2]
        if areas:
            parts = [_filled(a) for a, _ in areas]
            start = np.cumsum([0] + [len(p) for p, _ in parts[:-1]])
            triangles = np.concatenate([t + n for (_, t), n in zip(parts, start, strict=True)])
            rows = np.concatenate([np.full(len(t), k, np.int32) for (_, t), (_, k) in zip(parts, areas, strict=True)])
            colors = np.tile(np.array([*self._rgb(""), FILL_ALPHA], np.uint8), (len(triangles), 1))
            points = np.concatenate([p for p, _ in parts]) + (0.0, 0.0, RAISED_M)
            drawn.append(
                Surface(
                    *common("areas"), points=points, triangles=triangles.astype(np.int32), rows=rows, colors=colors,
                    shading="even", material="ground",
                )
            )  # fmt: skip
        marks = [(m, color, k) for k, s in enumerate(self.drawn_shapes) for m, color in s.marks if len(m)]
        if marks:
            drawn.append(
                Points(
                    *common("marks"),
                    points=np.concatenate([m for m, *_ in marks]),
                    rows=np.concatenate([np.full(len(m), k, np.int32) for m, _, k in marks]),
                    colors=np.concatenate([np.tile(np.array([*self._rgb(c), 255], np.uint8), (len(m), 1)) for m, c, _ in marks]),
                    size=MARK_PX,
                    shapes=np.zeros(sum(len(m) for m, *_ in marks), np.uint8),
                    priority=np.full(sum(len(m) for m, *_ in marks), 1e6),
                )
            )
        if self.drawn_shapes:
            drawn.append(
                Labels(
                    *common("labels"),
                    points=np.array([s.at for s in self.drawn_shapes], float) + (0.0, 0.0, RAISED_M),
                    texts=[s.text for s in self.drawn_shapes],
                    priority=np.full(len(self.drawn_shapes), 2e6),
                    rows=np.arange(len(self.drawn_shapes), dtype=np.int32),
                    size=13,
                    always=True,
                )
            )
        return drawn


def _filled(ring: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """Triangles of a ring in space, by its plan; heights of new points from the nearest corner."""
    shape = shapely.make_valid(shapely.Polygon(ring[:, :2]))
    polygons = np.array([g for g in shapely.get_parts(shape) if g.geom_type == "Polygon"] + [None], object)[:-1]
    if not len(polygons):
        return ring, np.empty((0, 3), np.int32)
    xy, triangles, _ = triangulate(polygons)
    nearest = np.argmin(((xy[:, None] - ring[None, :, :2]) ** 2).sum(2), axis=1)
    return np.column_stack([xy, ring[nearest, 2]]), triangles
