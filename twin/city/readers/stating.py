"""What a recipe states about a layer's coordinates and heights, put into effect before anything else looks at them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.fields import column, number
from twin.city.readers.parts import Hints, VectorLayer
from twin.frame import parse_crs, reproject, utm_of

_HEIGHTS = ("height", "min_height", "ground_z", "roof_height")


def as_stated(layer: VectorLayer, hints: Hints, own: CRS | None) -> VectorLayer:
    """The layer with axes swapped, units made metres, and put in its place, as far as the recipe says so.

    own: the CRS the source itself states; None lets hints.place say where the drawing stands.
    """
    shapes, crs, table = layer.geometry, layer.crs, layer.table
    if hints.swap_axes:
        shapes = shapely.transform(shapes, lambda c: c[:, [1, 0, *range(2, c.shape[1])]], include_z=_has_z(shapes))
    if hints.unit_m != 1.0:
        across = 1.0
        if own is None:
            across = hints.unit_m / (1.0 if crs is None else float(crs.axis_info[0].unit_conversion_factor))
        scale = np.array([across, across, hints.unit_m])
        shapes = shapely.transform(shapes, lambda c: c * scale[: c.shape[1]], include_z=_has_z(shapes))
        for meaning in _HEIGHTS:
            name = column(table, meaning, hints.fields)
            if name is not None and name in table:
                table = table.assign(**{name: number(table[name])[0] * hints.unit_m})
    if hints.place is not None and own is None and hints.crs is None:
        shapes, crs = _placed(shapes, hints)
    return replace(layer, geometry=shapes, crs=crs, table=table, engineering=layer.engineering and crs is None)


def _has_z(shapes: NDArray[np.object_]) -> bool:
    return bool(shapely.has_z(shapes).any())


def _placed(shapes: NDArray[np.object_], hints: Hints) -> tuple[NDArray[np.object_], CRS]:
    """A drawing in metres about its own origin -> a projected CRS: turned clockwise by heading, scaled, then moved."""
    place = hints.place
    assert place is not None
    said = parse_crs(place.crs)
    lon, lat = reproject(place.x, place.y, said, CRS.from_epsg(4326))
    crs = said if said.is_projected else utm_of(float(lon), float(lat))
    x, y = reproject(place.x, place.y, said, crs)
    turn = math.radians(place.heading)
    matrix = place.scale * np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])

    def move(c: NDArray[np.float64]) -> NDArray[np.float64]:
        xy = c[:, :2] @ matrix.T / float(crs.axis_info[0].unit_conversion_factor) + [float(x), float(y)]
        return np.column_stack([xy, c[:, 2:] * place.scale + (place.z or 0.0)])

    return np.asarray(shapely.transform(shapes, move, include_z=_has_z(shapes))), crs
