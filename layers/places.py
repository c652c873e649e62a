"""Names of places, the important ones first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.drawing import Drawing, Labels
from layers.features import TableLayer, point_positions
from layers.ground import Ground
from layers.legend import Legend
from twin.city.features import Features

PRIORITY = {
    "city": 900.0,
    "borough": 800,
    "suburb": 700,
    "quarter": 650,
    "district": 650,
    "town": 700,
    "neighbourhood": 500,
    "village": 500,
    "island": 600,
    "square": 400,
    "locality": 300,
    "station": 350,
}


class PlacesLayer(TableLayer):
    """Labels only; of crowded names those with lower priority give way."""

    def __init__(self, features: Features, ground: Ground) -> None:
        super().__init__("places", "Places", "base", features.table, features.geometry, source=features.source)
        self._points = point_positions(features.geometry, ground, 20.0)

    def draw(self) -> list[Drawing]:
        names = self._table["name"].fillna("").astype(str).to_numpy()
        rows = np.flatnonzero((names != "") & np.isfinite(self._points).all(1)).astype(np.int32)
        if not len(rows):
            return []
        kinds = self._table["kind"].fillna("").astype(str) if "kind" in self._table else pd.Series([""] * len(names))
        priority = np.array([PRIORITY.get(k, 200.0) for k in kinds], np.float64)
        return [
            Labels(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=self._points[rows],
                texts=list(names[rows]),
                priority=priority[rows],
                rows=rows,
                size=13,
            )
        ]

    def legend(self) -> Legend:
        return Legend(self.title)
