"""Classified rasters (land cover, hazard zones, storm-surge categories): areas of equal class instead of heights."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import Hints, VectorLayer
from twin.city.readers.rasterfile import read_cells, whole
from twin.errors import InputError, Problem

MOST_CELLS = 4_000_000
MOST_AREAS = 60_000
WORLD_COVER = {
    10: "forest", 20: "scrub", 30: "grass", 40: "farmland", 50: "residential", 60: "bare", 70: "snow", 80: "water",
    90: "wetland", 95: "wetland", 100: "moss",
}  # fmt: skip
"""Classes of ESA WorldCover (product user manual 2.0, table 3), in our words for land use."""


def read_classes(path: Path, file: Any, crs: CRS | None, role: str, hints: Hints, label: str, problems: list[Problem]) -> VectorLayer:
    """The areas of one class each. Columns `kind` (name of the class where the raster tells it) and `value`.

    A raster of over MOST_CELLS cells, or that falls into too many areas, is taken coarser (the nearest cell counts), and that is
    reported. Raises InputError where nothing is classified.
    """
    from rasterio.features import shapes

    most = MOST_CELLS
    while True:
        values, at = read_cells(file, [1], whole(file), most, mean=False)
        codes = np.ma.filled(values[0].astype(np.int32), np.iinfo(np.int32).min)
        known = codes != np.iinfo(np.int32).min
        if not known.any():
            raise InputError("No cell of this classified raster has a class", where=str(path))
        from affine import Affine

        cut = int((known[:, 1:] & (codes[:, 1:] != codes[:, :-1])).sum() + (known[1:] & (codes[1:] != codes[:-1])).sum())
        if cut < 20 * MOST_AREAS or most < 10_000:
            found = list(shapes(codes, known, transform=Affine(*at)))
            if len(found) <= MOST_AREAS or most < 10_000:
                break
        most //= 4
    if codes.size < file.width * file.height:
        problems.append(
            Problem(
                "coarser", "info", 1, f"The classified raster is large and was read at {codes.shape[1]} x {codes.shape[0]} cells", label
            )
        )
    value = np.array([int(v) for _, v in found])
    names = _names(file, path, value)
    kinds = [names.get(int(v), f"class {v}") for v in value]
    problems.append(
        Problem(
            "classified_raster",
            "info",
            1,
            f"The raster holds {len(np.unique(value))} classes, not heights; it is shown as {len(found)} areas",
            label,
        )
    )
    table = pd.DataFrame({"kind": kinds, "value": value})
    geometry = _polygons([g["coordinates"] for g, _ in found])
    return VectorLayer(path.stem, role, table, geometry, crs, label, hints.engineering, hints.fields)


def _polygons(areas: list[list[list[tuple[float, float]]]]) -> NDArray[np.object_]:
    """Polygons of rings of corners, the outer one first."""
    rings = list(chain.from_iterable(areas))
    ring_ends = np.cumsum([0, *map(len, rings)])
    area_ends = np.cumsum([0, *map(len, areas)])
    corners = np.array(list(chain.from_iterable(rings)))
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, (ring_ends, area_ends)), object)


def _names(file: Any, path: Path, value: NDArray[np.int_]) -> dict[int, str]:
    tags = file.tags(1)
    said = {int(k.removeprefix("CLASS_")): str(v)[:60] for k, v in tags.items() if k.startswith("CLASS_") and k[6:].isdigit()}
    if said:
        return said
    if "worldcover" in path.stem.lower() or ({10, 50, 80} <= set(value.tolist()) and set(value.tolist()) <= set(WORLD_COVER) | {0}):
        return WORLD_COVER
    return {}
