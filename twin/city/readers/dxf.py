"""Drawings: one layer of ours per layer of the drawing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.readers.parts import Hints
from twin.city.readers.roles import detect_role, dimension
from twin.errors import InputError

MOST_LAYERS = 64
AREAS = frozenset({"buildings", "landuse", "green", "zones", "water"})

Read = tuple[str, str | None, pd.DataFrame, NDArray[np.object_] | None]


_UNITS_M = {1: 0.0254, 2: 0.3048, 4: 0.001, 5: 0.01, 6: 1.0, 7: 1000.0, 14: 0.1}
"""Of $INSUNITS."""


def unit_of(path: Path) -> float | None:
    """Metres of a drawing unit as the head of the drawing says, None where it does not."""
    with open(path, "rb") as file:
        found = re.search(rb"\$INSUNITS\s+70\s+(\d+)", file.read(1 << 18))
    return None if found is None else _UNITS_M.get(int(found.group(1)))


def drawing_layers(read: list[Read], hints: Hints) -> list[Read]:
    """The entities of a DXF file by the layer they are drawn on, the largest MOST_LAYERS; texts and symbols keep theirs.

    Closed lines become areas where the name of their layer is that of something with an area. Raises InputError for layers of the
    recipe that are not in the drawing.
    """
    out: list[Read] = []
    for name, crs, table, shapes in read:
        if shapes is None or "Layer" not in table.columns:
            out.append((name, crs, table, shapes))
            continue
        table = table.dropna(axis=1, how="all")
        names = table["Layer"].astype(str) if "Layer" in table else pd.Series(name, index=table.index)
        wanted = names.value_counts().index.tolist()
        if hints.layers:
            chosen = [n for n in wanted if n in hints.layers]
            if not chosen:
                raise InputError(f"This drawing has no layer '{hints.layers[0]}'", do=f"It has: {', '.join(wanted[:20])}.")
            wanted = chosen
        for layer in wanted[:MOST_LAYERS]:
            mine = (names == layer).to_numpy()
            own, drawn = table[mine].reset_index(drop=True), _areas(layer, table[mine], shapes[mine], hints)
            out += [(layer, crs, own[part], drawn[part]) for part in _alike(drawn)]
    return out


def _areas(name: str, table: pd.DataFrame, shapes: NDArray[np.object_], hints: Hints) -> NDArray[np.object_]:
    ring = (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes) & (shapely.get_num_coordinates(shapes) > 3)
    if not ring.any():
        return shapes
    areas = shapes.copy()
    corners = shapely.get_coordinates(shapes[ring], include_z=bool(shapely.has_z(shapes).any()))
    rings = shapely.linearrings(corners, indices=np.repeat(np.arange(ring.sum()), shapely.get_num_coordinates(shapes[ring])))
    areas[ring] = shapely.polygons(rings)
    role = hints.role or detect_role([name], table.drop(columns=["Layer"]), areas[ring])
    return areas if role in AREAS else shapes


def _alike(shapes: NDArray[np.object_]) -> list[NDArray[np.bool_]]:
    """Areas, lines and points of one layer apart, where there are several of the rarer kinds (labels beside outlines)."""
    kinds = shapely.get_dimensions(shapes)
    if not dimension(shapes):
        return [np.ones(len(shapes), bool)]
    return [kinds == d for d in (2, 1, 0) if (kinds == d).any()]
