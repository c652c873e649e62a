"""The part of a city that a person means by it: where its buildings stand, or most of its layers lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.groups import largest_group

if TYPE_CHECKING:
    from twin.city.city import City
    from twin.city.tiles import Tiles

Box = tuple[float, float, float, float]
TOWNS_APART_M, LAYERS_APART_M = 20_000.0, 2_500.0
"""Nothing for so far: another town; another place that layers speak of."""
MOST = 20_000
"""Things of a layer that are looked at."""


def core_bounds(city: City) -> Box:
    """Local metres; zeros for an empty city."""
    whole = city.buildings.bounds
    if whole is None:
        return _of_layers(city)
    if np.hypot(whole[2] - whole[0], whole[3] - whole[1]) <= TOWNS_APART_M:
        return whole
    tiles = city.buildings.tiles
    boxes = building_boxes(city) if tiles is None else _leaves(tiles)
    return _around(boxes[largest_group(_middle(boxes), TOWNS_APART_M)], whole)


def building_boxes(city: City) -> NDArray[np.float64]:
    """Plan bounds of the buildings, (N, 4); a large city's are known without its footprints."""
    tiles = city.buildings.tiles
    return shapely.bounds(city.buildings.footprints) if tiles is None else tiles.extents[:, [0, 1, 3, 4]].astype(float)


def _leaves(tiles: Tiles) -> NDArray[np.float64]:
    """Plan bounds of the tiles of a large city."""
    leaves = tiles.nodes[tiles.leaves]
    return np.column_stack([leaves["low"][:, :2], leaves["high"][:, :2]]).astype(float)


def layer_boxes(city: City) -> list[NDArray[np.float64]]:
    """Plan bounds of the features of each layer and network."""
    found = [f.geometry for f in city.layers.values()] + [n.geometry for n in city.networks.values()]
    boxes = [shapely.bounds(g[:: max(1, len(g) // MOST)]) for g in found if len(g)]
    return [b[np.isfinite(b).all(1)] for b in boxes]


def _of_layers(city: City) -> Box:
    """Where most layers lie, with the ground, pictures and clouds that reach there."""
    parts = [b for b in layer_boxes(city) if len(b)]
    if not parts:
        return city.bounds
    boxes = np.concatenate(parts)
    weight = np.concatenate([np.full(len(b), 1 / len(b)) for b in parts])
    box = _around(boxes[largest_group(_middle(boxes), LAYERS_APART_M, weight)], city.bounds)
    others = [] if city.terrain is None else [city.terrain.grid.bounds]
    others += [p.bounds for p in city.pictures.values()]
    others += [(*c.points[:, :2].min(0), *c.points[:, :2].max(0)) for c in city.clouds.values() if len(c)]
    for x0, y0, x1, y1 in others:
        if x0 < box[2] and box[0] < x1 and y0 < box[3] and box[1] < y1:
            box = min(box[0], x0), min(box[1], y0), max(box[2], x1), max(box[3], y1)
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _middle(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _around(boxes: NDArray[np.float64], whole: Box) -> Box:
    if not len(boxes):
        return whole
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
