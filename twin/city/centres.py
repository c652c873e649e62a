"""The middle of shapes, some of which may have none."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def centres(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """(n, 2): x and y of each centroid; NaN where there is no shape or it is empty, of which GEOS gives no coordinate."""
    middle = np.atleast_1d(shapely.centroid(geometry))
    middle[shapely.is_empty(middle)] = None
    return np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
