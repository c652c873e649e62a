"""Meshes that stand where a recipe puts them: turned, scaled and moved into local metres."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.city.footprints import Ground
from twin.city.readers.parts import Placement, Solids
from twin.errors import InputError
from twin.frame import LocalFrame, parse_crs, split_compound

Floats = NDArray[np.float64]


def placed_points(points: Floats, place: Placement, frame: LocalFrame) -> Floats:
    """Points about the mesh's own origin (metres, z up) in local metres; z is relative to the ground where place.z is None.

    heading turns clockwise from the north of place.crs: true north where that is geographic, grid north else. Raises InputError where
    the place cannot be on the city's map.
    """
    crs = None if frame.crs is None else split_compound(parse_crs(place.crs))[0]
    step = 10.0 if crs is None else 1e-4 if crs.is_geographic else 10.0 / crs.axis_info[0].unit_conversion_factor
    x, y = frame.to_local([place.x, place.x], [place.y, place.y + step], crs)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(f"The place {place.x:g}, {place.y:g} does not lie within {place.crs}", do="x is longitude or easting.")
    east, north = float(x[0]), float(y[0])
    angle = math.radians(place.heading) + math.atan2(x[1] - x[0], y[1] - y[0])
    c, s = math.cos(angle), math.sin(angle)
    own = points * place.scale
    z = own[:, 2] + (place.z or 0.0)
    return np.column_stack([own[:, 0] * c + own[:, 1] * s + east, own[:, 1] * c - own[:, 0] * s + north, z])


def on_ground(solids: Solids, points: Floats, ground: Ground) -> Floats:
    """Placed points with the lowest one on the ground below it where the recipe gives no height."""
    if solids.place is None or solids.place.z is not None or not len(points):
        return points
    used = np.unique(solids.mesh.triangles)
    lowest = points[used[np.argmin(points[used, 2])]]
    level = float(ground(lowest[:1], lowest[1:2])[0])
    return points + [0.0, 0.0, level - lowest[2]]
