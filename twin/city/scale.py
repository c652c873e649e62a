"""Whether lines are as long as they say they are: what diagrams, other units and a wrong coordinate system have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

from twin.city.readers.parts import NetworkPart
from twin.frame import reproject, split_compound

TRUE_SCALE = (0.5, 2.0)
LEAST, SAMPLE = 5, 400


def length_ratio(edges: pd.DataFrame, drawn_m: NDArray[np.float64]) -> tuple[float, int]:
    """Median of drawn over stated length, NaN where too few lines state one; and how many do."""
    if "length_m" not in edges:
        return np.nan, 0
    stated = edges["length_m"].to_numpy(float)
    use = (stated > 1.0) & (drawn_m > 0) & np.isfinite(drawn_m)
    return (float(np.median(drawn_m[use] / stated[use])) if use.sum() >= LEAST else np.nan), int(use.sum())


def is_true_in(part: NetworkPart, crs: CRS) -> bool:
    """Whether the lines of a network would have the lengths they state if its coordinates were in crs; True where none is stated."""
    step = max(1, len(part.geometry) // SAMPLE)
    lines, edges = part.geometry[::step], part.edges.iloc[::step]
    xy, line = shapely.get_coordinates(lines, return_index=True)
    lon, lat = reproject(xy[:, 0], xy[:, 1], split_compound(crs)[0], CRS.from_epsg(4326))
    if not (np.isfinite(lon) & np.isfinite(lat)).all():
        return False
    same = line[1:] == line[:-1]
    _, _, way = Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    drawn = np.bincount(line[1:][same], weights=np.asarray(way)[same], minlength=len(lines)).astype(float)
    ratio, _ = length_ratio(edges, drawn)
    return bool(np.isnan(ratio) or TRUE_SCALE[0] <= ratio <= TRUE_SCALE[1])
