"""In how many places the sources of a city lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City

APART_M = 20_000.0
"""Nothing for so far between two sources: two places."""
MOST = 20_000
"""Features of a source that are looked at."""


@dataclass(frozen=True)
class Place:
    """middle: local metres. sources: their names, as they come."""

    middle: tuple[float, float]
    sources: tuple[str, ...]


def places_of_sources(city: City) -> list[Place]:
    """Groups of sources with nothing but 20 km between them, the one with the buildings first."""
    boxes = _boxes(city)
    if len(boxes) < 2:
        return []
    names = list(boxes)
    low = np.array([boxes[n][:2] for n in names])
    high = np.array([boxes[n][2:] for n in names])
    gap = np.maximum(np.maximum(low[:, None] - high[None], low[None] - high[:, None]), 0.0)
    label = np.arange(len(names))
    for i, j in np.argwhere(np.hypot(*gap.T) < APART_M):
        label[label == label[j]] = label[i]
    out = []
    for group in dict.fromkeys(label.tolist()):
        rows = np.flatnonzero(label == group)
        x, y = (low[rows].min(0) + high[rows].max(0)) / 2
        out.append(Place((float(x), float(y)), tuple(names[r] for r in rows)))
    return out


def _boxes(city: City) -> dict[str, NDArray[np.float64]]:
    """Local bounds of what each source gives, without its farthest features."""
    boxes: dict[str, NDArray[np.float64]] = {}

    def add(source: str, shapes: NDArray[np.object_]) -> None:
        if len(shapes) > MOST:
            shapes = shapes[:: len(shapes) // MOST]
        found = np.asarray(shapely.bounds(shapes))
        found = found[np.isfinite(found).all(1)]
        if not len(found):
            return
        centre = (found[:, :2] + found[:, 2:]) / 2
        inner = (centre >= np.quantile(centre, 0.01, axis=0)) & (centre <= np.quantile(centre, 0.99, axis=0))
        found = found[inner.all(1)] if inner.all(1).any() else found
        box = np.r_[found[:, :2].min(0), found[:, 2:].max(0)]
        if source in boxes:
            box = np.r_[np.minimum(boxes[source][:2], box[:2]), np.maximum(boxes[source][2:], box[2:])]
        boxes[source] = box

    sources = city.buildings.table["source"].to_numpy(object)
    for source in dict.fromkeys(sources.tolist()):
        add(str(source), city.buildings.footprints[sources == source])
    for layer in city.layers.values():
        if layer.source:
            add(layer.source, layer.geometry)
    for network in city.networks.values():
        if network.source:
            add(network.source, network.geometry)
    return boxes
