"""Geometry as it comes, made fit for use; what was wrong is counted."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.errors import Problem

FARTHEST = 1e9
"""No coordinate on Earth is larger, in degrees, metres or feet."""


def finite(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether a geometry is there, not empty, and all its x and y are finite and on Earth."""
    good = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy = shapely.get_coordinates(shapes)
    if not len(xy) or (xy.max() < FARTHEST and xy.min() > -FARTHEST):  # NaN is neither
        return np.asarray(good)
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    good[index[~(np.abs(xy) < FARTHEST).all(1)]] = False
    return np.asarray(good)


def clean(
    shapes: NDArray[np.object_], source: str, areas_only: bool = False
) -> tuple[NDArray[np.object_], NDArray[np.bool_], list[Problem]]:
    """Geometries fit for use, which rows are kept, and what was wrong.

    Dropped: nothing there, coordinates that are NaN or infinite, areas without area, for areas_only also points and lines.
    Repaired: self-crossing rings (make_valid). The returned geometries run over all rows; those not kept are as they were.
    """
    problems: list[Problem] = []
    shapes = shapes.copy()
    alone = np.flatnonzero((shapely.get_type_id(shapes) == 6) & (shapely.get_num_geometries(shapes) == 1))
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)  # many formats wrap every area
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    keep = finite(shapes)
    _tell(problems, "no_geometry", "warning", int((~there).sum()), "features have no geometry and were left out", source)
    _tell(
        problems,
        "not_finite",
        "error",
        int((there & ~keep).sum()),
        "features have coordinates that are NaN, infinite or absurd and were left out",
        source,
    )
    area = shapely.get_dimensions(shapes) == 2
    wrong = np.flatnonzero(keep & area & ~shapely.is_valid(shapes))
    if len(wrong):
        shapes[wrong] = _polygonal(_mended(shapes[wrong]))
        _tell(
            problems, "invalid_ring", "warning", len(wrong), "areas cross themselves or are not closed properly and were repaired", source
        )
    if areas_only:
        mixed = np.flatnonzero(keep & (shapely.get_type_id(shapes) == 7))
        shapes[mixed] = _polygonal(shapes[mixed])
        other = keep & (shapely.get_dimensions(shapes) != 2)
        _tell(problems, "not_an_area", "warning", int(other.sum()), "features are not areas and were left out", source)
        keep &= ~other
        area = shapely.get_dimensions(shapes) == 2
    none = keep & shapely.is_empty(shapes)
    solid = np.flatnonzero(keep & area)
    none[solid] |= ~(shapely.area(shapes[solid]) > 0)
    _tell(problems, "no_area", "warning", int(none.sum()), "areas cover nothing and were left out", source)
    return shapes, keep & ~none, problems


def _mended(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Valid areas; empty where even make_valid gives up."""
    try:
        return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False), object)
    except shapely.errors.GEOSException:
        if len(shapes) == 1:
            return np.array([shapely.Polygon()], object)
        half = len(shapes) // 2
        return np.concatenate([_mended(shapes[:half]), _mended(shapes[half:])])


def _polygonal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The areas in each geometry, one Polygon or MultiPolygon."""
    out = shapes.copy()
    for i in np.flatnonzero(shapely.get_type_id(shapes) == 7):  # only the few that make_valid turned into collections
        areas = [g for g in shapely.get_parts(shapes[i]) if shapely.get_dimensions(g) == 2]
        out[i] = shapely.union_all(areas) if areas else shapely.Polygon()
    return out


def _tell(problems: list[Problem], code: str, severity: str, count: int, what: str, source: str) -> None:
    if count:
        problems.append(Problem(code, severity, count, f"{count} {what}", source))  # type: ignore[arg-type]
