"""Mobile masts for a city that states none: on the highest roof of every square, on a pole where none is high enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from twin.city.centres import centres
from twin.city.city import City
from twin.city.demo.services import MAST_EVERY_M, MAST_LOW_M, MAST_REACH_M
from twin.city.features import Features


def masts(city: City, source: str) -> Features:
    """Points. range_m: how far one serves (assumption: cells of a city); building: id of the one it stands on, '' on a pole."""
    rows = np.flatnonzero(np.isfinite(centres(city.buildings.footprints)).all(1))
    centre = shapely.get_coordinates(shapely.point_on_surface(city.buildings.footprints[rows]))
    height, ids = np.nan_to_num(city.buildings.column("height_m").astype(float), nan=0.0)[rows], city.buildings.ids[rows]
    cell = np.floor((centre - centre.min(0)) / MAST_EVERY_M).astype(np.int64)
    square = cell[:, 1] * (cell[:, 0].max() + 1) + cell[:, 0]
    order = np.lexsort((-height, square))
    first = order[np.unique(square[order], return_index=True)[1]]
    on_roof, n = height[first] >= MAST_LOW_M, len(first)
    table = pd.DataFrame({
        "id": [f"mast/{i}" for i in range(n)], "name": [f"Mast {i + 1}" for i in range(n)], "kind": "mast", "range_m": MAST_REACH_M,
        "building": np.where(on_roof, ids[first], ""), "height_m": np.where(on_roof, height[first] + 6.0, 25.0),
        "source": source,
    })  # fmt: skip
    return Features("facilities", table, shapely.points(centre[first]), source)
