"""Who leans on whom: arcs in the air from those who give to those who need."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Lines
from layers.features import TableLayer
from layers.ground import Ground
from layers.legend import Legend, LegendEntry
from layers.style import Style
from twin.city.assets import Assets
from twin.city.city import City
from twin.city.dependencies import LAYER, dependencies_of, features_of
from twin.city.features import Features

COLORS = {"power": "#c98a1b", "water": "#2f7fb5", "comms": "#7a4f8f", "access": "#7c7468"}
STEPS = 17
RISE = 0.28
"""Height of an arc as a share of its length."""
LOW_M, HIGH_M = 12.0, 260.0


class DependencyLayer(TableLayer):
    """Rows are those of the table of dependencies, the city's own or assumed; what needs a road alone is not drawn."""

    def __init__(self, city: City, ground: Ground) -> None:
        self._city, self._ground = city, ground
        style = Style(kind="categorised", field="input", categories=tuple(COLORS.items()))
        super().__init__(
            LAYER, "Dependencies", "networks", lambda: self._features.table, lambda: self._features.geometry,
            style=style, visible=False, order=26,
        )  # fmt: skip
        self._made: tuple[Any, Any, Any] | None = None

    @cached_property
    def _features(self) -> Features:
        assets = Assets.of(self._city)
        table, _, is_assumed = dependencies_of(self._city, assets)
        self.source = "assumed by place and kind" if is_assumed else self._city.layers[LAYER].source
        return features_of(table, assets, self.source)

    def table(self) -> pd.DataFrame:
        return self._features.table

    def draw(self) -> list[Drawing]:
        if self._made is None:
            self._made = arcs(self._geometry, self._ground)
        points, offsets, rows = self._made
        if not len(rows):
            return []
        common = (self._version, 0, self.opacity, self.order)
        return [Lines(self.id, *common, points=points, offsets=offsets, rows=rows, colors=self.row_colors()[rows], width=2.0)]

    def legend(self) -> Legend:
        present = set(self.table()["input"])
        return Legend(self.title, entries=tuple(LegendEntry(c, k) for k, c in COLORS.items() if k in present and k != "access"))


def arcs(lines: NDArray[np.object_], ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Points (P, 3), offsets (L + 1,) and row of an arc over each line longer than a metre; it leans up where it ends."""
    length = np.nan_to_num(shapely.length(lines)) if len(lines) else np.empty(0)
    rows = np.flatnonzero(length > 1.0).astype(np.int32)
    if not len(rows):
        return np.empty((0, 3)), np.zeros(1, np.int64), rows
    first, last = (shapely.get_coordinates(shapely.get_point(lines[rows], k)) for k in (0, -1))
    t = np.linspace(0.0, 1.0, STEPS)
    xy = first[:, None, :] + (last - first)[:, None, :] * t[None, :, None]
    z0, z1 = (ground.height(p[:, 0], p[:, 1]) + 4.0 for p in (first, last))
    rise = np.clip(RISE * length[rows], LOW_M, HIGH_M)
    z = z0[:, None] + (z1 - z0)[:, None] * t + rise[:, None] * 4.0 * t * (1.0 - t)
    points = np.concatenate([xy, z[:, :, None]], axis=2).reshape(-1, 3)
    return points, np.arange(len(rows) + 1, dtype=np.int64) * STEPS, rows
