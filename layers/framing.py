"""What of a city a picture of it has to show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.ground import Ground
from twin.city.city import City
from twin.city.core import building_boxes, layer_boxes

MANY, MOST, TOWERS, LOOKED_AT = 500, 4_000, 50, 50_000
FEW = 20
"""Features of fewer are marks on something larger."""


def content_of(city: City, ground: Ground) -> NDArray[np.float64]:
    """Corners (N, 3) of a sample of what lies in the core of a city: buildings up to their roofs, else features, else the ground."""
    x0, y0, x1, y1 = city.core_bounds
    if len(city.buildings):
        boxes, tall = building_boxes(city), np.nan_to_num(city.buildings.column("height_m").astype(float))
    else:
        boxes = np.concatenate([np.empty((0, 4)), *layer_boxes(city)])
        tall = np.zeros(len(boxes))
    if len(boxes) > LOOKED_AT:  # a large city is like any part of it, but for its towers
        some = np.union1d(np.arange(0, len(boxes), len(boxes) // LOOKED_AT), np.argpartition(tall, -TOWERS)[-TOWERS:])
        boxes, tall = boxes[some], tall[some]
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    rows = np.flatnonzero(((middle >= (x0, y0)) & (middle <= (x1, y1))).all(1))
    if len(rows) > MANY:  # a shed alone on a hill is not the city
        low, high = np.quantile(middle[rows], (0.002, 0.998), axis=0)
        rows = rows[((middle[rows] >= low) & (middle[rows] <= high)).all(1)]
        rows = np.union1d(rows[:: max(1, len(rows) // MOST)], rows[np.argsort(tall[rows])[-TOWERS:]])
    boxes, tall = boxes[rows], tall[rows]
    if len(boxes) < FEW and not len(city.buildings):
        boxes, tall = np.array([[x0, y0, x1, y1]]), np.zeros(1)
    corners = boxes[:, [0, 1, 0, 3, 2, 1, 2, 3]].reshape(-1, 4, 2)
    floor = ground.height(corners[..., 0], corners[..., 1])
    low, high = np.dstack([corners, floor]), np.dstack([corners, floor + tall[:, None]])
    return np.concatenate([low, high]).reshape(-1, 3)
