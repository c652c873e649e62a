"""Point clouds: dots coloured by class, by height, or as the scanner saw them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Dots, Drawing
from layers.layer import Layer
from layers.style import Style
from twin.city.city import City
from twin.city.cloud import Cloud

CLASSES = (
    (0, "never classified", "#9a958c"),
    (1, "unclassified", "#a8a299"),
    (2, "ground", "#b7a283"),
    (3, "low vegetation", "#b3c495"),
    (4, "medium vegetation", "#8ea878"),
    (5, "high vegetation", "#6d8a5f"),
    (6, "building", "#c79a80"),
    (7, "low noise", "#d16ba5"),
    (8, "model key point", "#8a6d3b"),
    (9, "water", "#7f9fb4"),
    (10, "rail", "#5c5470"),
    (11, "road surface", "#6b6b6b"),
    (12, "overlap", "#c7b299"),
    (13, "wire guard", "#e0a030"),
    (14, "wire conductor", "#e8b84a"),
    (15, "transmission tower", "#7a4f8f"),
    (16, "wire connector", "#c98a1b"),
    (17, "bridge deck", "#8f8577"),
    (18, "high noise", "#e08ec0"),
    (19, "overhead structure", "#76828f"),
    (20, "ignored ground", "#9c8560"),
    (21, "snow", "#dfe8ee"),
    (22, "temporal exclusion", "#bcb6c9"),
)
"""Point classes of ASPRS LAS 1.4-R15, table 17; 23 to 63 are reserved, 64 and above are the producer's own."""
OTHER = "#b5651d"
_NAMES = np.array([f"class {n}" for n in range(256)], object)
_NAMES[[n for n, _, _ in CLASSES]] = [name for _, name, _ in CLASSES]
COLOR, CLASS, HEIGHT = "color", "class", "z_m"
DOT_PX, SPARSE_PX = 2.0, 3.0
SPARSE = 300_000
DARK, BRIGHT = 0.62, 1.15
"""Factors of a class's colour for points that gave no light back, and most."""


class CloudLayer(Layer):
    """The sample of a cloud. Single style with field `color`: own colour of the points; graduated by height; categorised by class.

    Its table has one row a class, with how many points of the sample are of it.
    """

    def __init__(self, name: str, cloud: Cloud, *, id: str = "cloud", title: str = "Point cloud") -> None:
        present = np.unique(cloud.kind)
        several = len(present) > 1
        named = tuple((str(_NAMES[n]), next((c for k, _, c in CLASSES if k == n), OTHER)) for n in present)
        if several:
            style = Style(kind="categorised", field=CLASS, categories=named)
        elif cloud.color is not None:
            style = Style(field=COLOR)
        else:
            z = cloud.points[:, 2] if len(cloud) else np.zeros(1)
            low, high = (float(v) for v in np.percentile(z, [2, 98]))
            style = Style(kind="graduated", field=HEIGHT, palette="terrain", low=low, high=max(high, low + 0.5), unit="m")
        super().__init__(id, title, "city", style=style, source=cloud.source)
        self.name = name
        # In no order, so that the first so many are an even sample.
        order = np.random.default_rng(17).permutation(len(cloud))
        self._points = np.ascontiguousarray(cloud.points[order])
        self._kind = cloud.kind[order]
        self._color = None if cloud.color is None else cloud.color[order]
        self._total = cloud.total
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "quiet")

    def draw(self) -> list[Drawing]:
        if not len(self._points):
            return []
        size = DOT_PX if len(self._points) > SPARSE else SPARSE_PX
        return [Dots(self.id, self._version, 0, self.opacity, self.order, points=self._points, colors=self._colors(), size=size)]

    def _colors(self) -> NDArray[np.uint8]:
        s, n = self.style, len(self._points)
        if s.kind == "single":
            if self._color is None or s.color != Style.color:
                return s.rgba(np.zeros(n))
            return np.column_stack([self._color, np.full(n, 255, np.uint8)])
        if s.field == HEIGHT:
            return self._lit(s.rgba(self._points[:, 2]))
        of_class = s.rgba(_NAMES) if s.kind == "categorised" else s.rgba(np.arange(256))
        return self._lit(of_class[self._kind])

    def _lit(self, rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brighter and darker as the scanner saw the points, without which a tree is a blot."""
        if self._color is None:
            return rgba
        seen = self._color.astype(np.float32) @ np.array([0.3, 0.59, 0.11], np.float32) / 255
        rgba[:, :3] = np.clip(rgba[:, :3] * (DARK + (BRIGHT - DARK) * seen)[:, None], 0, 255)
        return rgba

    def table(self) -> pd.DataFrame:
        present, count = np.unique(self._kind, return_counts=True)
        return pd.DataFrame({"id": [f"class/{n}" for n in present], "class": _NAMES[present], "points": count})

    def fields(self) -> list[str]:
        return [CLASS, HEIGHT]

    def values(self, field: str) -> NDArray[Any]:
        """One value a point of the sample."""
        if field == HEIGHT:
            return self._points[:, 2]
        if field == CLASS:
            return np.asarray(_NAMES[self._kind])
        raise KeyError(field)

    def attributes(self, row: int) -> dict[str, Any]:
        return {**super().attributes(row), "points in the source": self._total}

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        if not len(self._points):
            return None
        chosen = self._points
        if rows is not None:
            chosen = chosen[np.isin(self._kind, np.unique(self._kind)[np.asarray(rows)])]
        low, high = chosen.min(0), chosen.max(0)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1]), float(low[2]), float(high[2])


def cloud_layers(city: City) -> list[Layer]:
    """Every point cloud of a city."""
    one = len(city.clouds) == 1
    return [
        CloudLayer(name, cloud, id="cloud" if n == 0 else f"cloud-{n + 1}", title="Point cloud" if one else f"Point cloud: {name}")
        for n, (name, cloud) in enumerate(city.clouds.items())
    ]
