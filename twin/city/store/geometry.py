"""Shapely geometry as coordinates and offsets: read ten times faster than WKB, and one row of it without the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

Arrays = dict[str, NDArray[Any]]


def to_arrays(shapes: NDArray[np.object_]) -> Arrays | None:
    """Coordinates and offsets of polygons, single and multiple, or of lines; None for what needs WKB (missing, mixed, points).

    xy: float64 (V, 2 or 3). rings, polygons, shapes: int64 offsets into the level below; multi: 1 where a row is a MultiPolygon.
    """
    if not len(shapes):
        return None
    kinds = shapely.get_type_id(shapes)
    if (kinds == GeometryType.LINESTRING).all() and not shapely.is_empty(shapes).any():
        _, xy, (rings,) = shapely.to_ragged_array(shapes)
        return {"xy": xy, "rings": np.asarray(rings, np.int64)}
    if not np.isin(kinds, (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)).all():
        return None
    flat = shapely.has_z(shapes)
    if (flat.any() and not flat.all()) or shapely.is_empty(shapes).any():
        return None
    parts, owner = shapely.get_parts(shapes, return_index=True)
    _, xy, (rings, polygons) = shapely.to_ragged_array(parts)
    counts = np.bincount(owner, minlength=len(shapes))
    made = {"xy": xy, "rings": np.asarray(rings, np.int64), "polygons": np.asarray(polygons, np.int64)}
    multi = kinds == GeometryType.MULTIPOLYGON
    if multi.any():
        made |= {"shapes": np.concatenate([[0], np.cumsum(counts)]), "multi": multi.astype(np.uint8)}
    return made


def from_arrays(a: Arrays) -> NDArray[np.object_]:
    """What `to_arrays` was given."""
    xy = np.asarray(a["xy"])
    if "polygons" not in a:
        return np.asarray(shapely.from_ragged_array(GeometryType.LINESTRING, xy, (a["rings"],)), object)
    parts = np.asarray(shapely.from_ragged_array(GeometryType.POLYGON, xy, (a["rings"], a["polygons"])), object)
    if "shapes" not in a:
        return parts
    starts, multi = np.asarray(a["shapes"]), np.asarray(a["multi"]).astype(bool)
    out = parts[np.minimum(starts[:-1], len(parts) - 1)].copy()
    for row in np.flatnonzero(multi):  # few of a city's buildings
        out[row] = shapely.MultiPolygon(list(parts[starts[row] : starts[row + 1]]))
    return out


def some(a: Arrays, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Some rows of what `to_arrays` was given, without touching the others."""
    if "shapes" in a:
        chosen, shapes = _slices(a["shapes"], rows)
    else:
        chosen, shapes = rows, None
    if "polygons" not in a:
        vertices, rings = _slices(a["rings"], chosen)
        return from_arrays({"xy": a["xy"][vertices], "rings": rings})
    ring_rows, polygons = _slices(a["polygons"], chosen)
    vertices, rings = _slices(a["rings"], ring_rows)
    made: Arrays = {"xy": a["xy"][vertices], "rings": rings, "polygons": polygons}
    if shapes is not None:
        made |= {"shapes": shapes, "multi": a["multi"][rows]}
    return from_arrays(made)


def _slices(offsets: NDArray[Any], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members of some rows of a ragged level, and the offsets among them."""
    start, stop = np.asarray(offsets[rows], np.int64), np.asarray(offsets[rows + 1], np.int64)
    size = stop - start
    ends = np.cumsum(size)
    members = np.arange(int(size.sum())) + np.repeat(start - (ends - size), size)
    return members, np.concatenate([[0], ends])
