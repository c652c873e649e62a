"""Streets by class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing
from layers.far import FarLines
from layers.features import LineLayer
from layers.ground import Ground
from layers.style import Style, hushed
from twin.city.network import Network

WIDTH_M = {
    "motorway": 22.0,
    "trunk": 20.0,
    "primary": 17.0,
    "secondary": 14.0,
    "tertiary": 11.0,
    "residential": 8.0,
    "unclassified": 8.0,
    "living_street": 6.0,
    "service": 4.5,
    "motorway_link": 8.0,
    "trunk_link": 8.0,
    "primary_link": 8.0,
    "secondary_link": 8.0,
    "tertiary_link": 7.0,
    "pedestrian": 5.0,
    "footway": 2.2,
    "path": 2.0,
    "steps": 2.0,
    "cycleway": 2.4,
    "track": 3.0,
}
"""Carriageway by OSM class, where lanes are unknown (3.25 m a lane and shoulders otherwise)."""
LANE_M = 3.25
FAR = {"motorway": 2, "trunk": 2, "primary": 1, "secondary": 1, "tertiary": 0, "residential": 0, "unclassified": 0, "road": 0}
"""Row of far.PIXELS of streets in a city without buildings, where they are all there is to see."""
FEW = 5000
TONES = (
    ("motorway", "#b9ae9b"),
    ("trunk", "#b9b0a1"),
    ("primary", "#b3ada3"),
    ("secondary", "#b4b0a8"),
    ("tertiary", "#b8b4ad"),
    ("residential", "#bdb9b2"),
    ("unclassified", "#bdb9b2"),
    ("living_street", "#c6c1b8"),
    ("service", "#c6c1b8"),
    ("motorway_link", "#b9b0a1"),
    ("trunk_link", "#b9b0a1"),
    ("primary_link", "#b3ada3"),
    ("secondary_link", "#b4b0a8"),
    ("tertiary_link", "#b8b4ad"),
    ("pedestrian", "#d6cfc0"),
    ("footway", "#d3ccbd"),
    ("path", "#d3ccbd"),
    ("steps", "#d3ccbd"),
    ("cycleway", "#cfc6b8"),
    ("track", "#cfc6b8"),
)


def road_widths(edges: pd.DataFrame) -> NDArray[np.float64]:
    """Width of each road edge in metres, from lanes where they are known, else from its class."""
    kind = edges["class"].fillna("").astype(str) if "class" in edges else pd.Series([""] * len(edges))
    by_class = np.asarray(kind.map(WIDTH_M).fillna(6.0), np.float64)
    if "lanes" not in edges:
        return by_class
    lanes = pd.to_numeric(edges["lanes"], errors="coerce").to_numpy(float)
    known = np.isfinite(lanes) & (lanes > 0) & (by_class > 4)
    width: NDArray[np.float64] = np.where(known, np.maximum(lanes * LANE_M + 1.5, by_class * 0.6), by_class).astype(np.float64)
    return width


class RoadsLayer(LineLayer):
    """Rows are the edges of a network of kind `roads`; tunnels are left out of the picture (they stay in the table).

    alone: there are no buildings; streets are then seen from far off.
    """

    def __init__(self, network: Network, ground: Ground, name: str = "roads", alone: bool = False) -> None:
        edges = network.edges
        geometry = network.geometry.copy()
        if "tunnel" in edges:
            geometry[edges["tunnel"].fillna(False).to_numpy(bool)] = shapely.LineString()
        style = Style(kind="categorised", field="class", categories=TONES) if "class" in edges else Style(color="#b8b4ad")
        super().__init__(
            name,
            f"Roads {name.removeprefix(network.kind).strip()}".strip(),
            "networks",
            edges,
            geometry,
            ground,
            widths_m=road_widths(edges),
            lift_m=0.08,
            style=style,
            order=5,
            source=network.source,
        )
        pixels = np.full(len(edges), -1)
        if alone and "class" in edges:
            kinds = edges["class"].astype(str).str.removesuffix("_link")
            pixels = kinds.map(FAR).fillna(0 if len(edges) < FEW else -1).to_numpy(np.int64)
        self._thin = FarLines(geometry, ground, 0.4, pixels)

    def draw(self) -> list[Drawing]:
        colors = hushed(self.row_colors(), 0.35) if self.quiet else self.row_colors()
        colors[:, :3] = (colors[:, :3] * 0.8).astype(np.uint8)  # a thin line looks paler than an area
        return super().draw() + self._thin.draw(self.id, (self._version, 0, self.opacity, self.order), colors)
