"""Facilities as pins, one colour per kind."""

from __future__ import annotations

import numpy as np

from layers.features import PointLayer
from layers.ground import Ground
from layers.legend import Legend, LegendEntry
from layers.style import Style
from twin.city.features import Features

KINDS = (  # where pins crowd, the first stay
    ("hospital", "#b5404a"),
    ("fire_station", "#cc6b2c"),
    ("ambulance_station", "#d08a8f"),
    ("police", "#3c5a99"),
    ("school", "#a98a3a"),
    ("shelter", "#3b7d4f"),
    ("pumping_station", "#20739b"),
    ("substation", "#c9a01b"),
    ("station", "#7a4f8f"),
)


class FacilitiesLayer(PointLayer):
    """Pins standing over their places on a stem."""

    def __init__(self, features: Features, ground: Ground) -> None:
        style = Style(kind="categorised", field="kind", categories=KINDS, size=11.0)
        grave = {kind: 100.0 - 5.0 * k for k, (kind, _) in enumerate(KINDS)}
        kinds = features.table["kind"].astype(str) if "kind" in features.table else [""] * len(features)
        priority = np.array([grave.get(k, 20.0) for k in kinds], np.float64)
        super().__init__(
            "facilities", "Facilities", "facilities", features, ground, lift_m=30.0, stem=True, priority=priority, style=style, order=20
        )

    def legend(self) -> Legend:
        present = set(self._table["kind"].astype(str)) if "kind" in self._table else set()
        return Legend(self.title, entries=tuple(LegendEntry(c, k.replace("_", " ")) for k, c in KINDS if k in present))
