"""Ground from contour lines and spot heights, where nothing better tells it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.placing import flat
from twin.city.readers.fields import number
from twin.city.readers.parts import VectorLayer
from twin.city.terrain import Terrain
from twin.city.tin import terrain_of_tin
from twin.errors import Problem
from twin.frame import LocalFrame

MOST_POINTS = 400_000
LEAST_POINTS = 12
_NAMES = re.compile(r"contour|isohyps|hoogtelijn|h[oö]henlini|spot_?height|terrain|elevation|等高线|高程点|标高点")
_KINDS = frozenset({"contourline", "spotheight", "contour", "spot height", "contour line", "elevation point"})
_FIELDS = (
    "elevation",
    "elev",
    "ele",
    "height",
    "contour",
    "prop_value",
    "propertyvalue",
    "altitude",
    "hoehe",
    "hoogte",
    "z",
    "level",
    "高程",
)
LOWEST_M, HIGHEST_M = -500.0, 9000.0


def terrain_of_heights(layers: list[VectorLayer], frame: LocalFrame, problems: list[Problem]) -> Terrain | None:
    """A terrain on the triangles between contour lines and spot heights; None where no layer has any.

    A layer counts where its name or the kind of its features says contour or spot height, and either its points have a z or a field
    gives their height in metres.
    """
    found = [(layer, xyz) for layer in layers if (xyz := _heights(layer, frame)) is not None]
    if not found:
        return None
    xyz = np.concatenate([p for _, p in found])
    _, first = np.unique(np.round(xyz[:, :2], 2), axis=0, return_index=True)
    xyz = xyz[np.sort(first)]
    if len(xyz) > MOST_POINTS:
        xyz = xyz[:: int(np.ceil(len(xyz) / MOST_POINTS))]
    if len(xyz) < LEAST_POINTS:
        return None
    from scipy.spatial import Delaunay, QhullError

    try:
        triangles = Delaunay(xyz[:, :2]).simplices.astype(np.int32)
    except QhullError:  # all on one line
        return None
    source = " + ".join(dict.fromkeys(layer.source for layer, _ in found))
    what = f"The ground was made of {len(xyz):,} points of contour lines and spot heights; between them it is a guess"
    problems.append(Problem("terrain_of_contours", "info", len(xyz), what, found[0][0].source))
    return terrain_of_tin(xyz, triangles, source)


def _heights(layer: VectorLayer, frame: LocalFrame) -> NDArray[np.float64] | None:
    """x, y, z in local metres of a layer that is about heights."""
    kinds = shapely.get_dimensions(layer.geometry)
    if not len(kinds) or layer.role not in ("other", "terrain", "poi") or (kinds[kinds >= 0] > 1).any():
        return None
    if layer.role != "terrain" and not (_NAMES.search(layer.name.lower()) or _says_so(layer.table)):
        return None
    xyz, row = shapely.get_coordinates(layer.geometry, include_z=True, return_index=True)
    name = next((c for f in _FIELDS for c in layer.table.columns if str(c).lower() == f), None)
    z = number(layer.table[name])[0][row] if name is not None else xyz[:, 2]
    x, y = frame.to_local(xyz[:, 0], xyz[:, 1], flat(layer.crs))
    good = np.isfinite(x) & np.isfinite(y) & (z > LOWEST_M) & (z < HIGHEST_M)
    return np.column_stack([x, y, z])[good] if good.any() and float(np.ptp(z[good])) > 0 else None


def _says_so(table: pd.DataFrame) -> bool:
    """Whether the features call themselves contour lines or spot heights."""
    for name in table.columns:
        if str(name).lower() in ("feat_type", "kind", "type", "class", "natural"):
            values = table[name].dropna().astype(str).str.lower()
            if len(values) and values.isin(_KINDS).mean() > 0.9:
                return True
    return False
