"""Which rows of a layer are chosen by an outline over the picture or by a condition."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.buildings import BuildingsLayer
from layers.ground import Ground
from layers.layer import Layer
from layers.tiles import arranged
from twin.city.choosing import Lens, Outline, buildings_in, seen_of, shapes_in
from twin.city.where import rows_where

Rows = NDArray[np.int32]


def in_outline(layer: Layer, ground: Ground, lens: Lens, outline: Outline, seen_only: bool = False) -> Rows:
    """Rows of which any part is in the outline; of buildings their bodies, of others their shapes on the ground.

    seen_only: not the buildings that others hide.
    """
    if not isinstance(layer, BuildingsLayer):
        shapes = layer.shapes()
        return np.empty(0, np.int32) if shapes is None else shapes_in(shapes, ground.height, lens, outline)
    found = arranged(layer.buildings)
    if found is None:
        rows = buildings_in(layer.buildings, lens, outline)
        rows = seen_of(layer.buildings, rows, lens) if seen_only else rows
    else:
        moved, order = found
        rows = buildings_in(moved, lens, outline)
        rows = seen_of(moved, rows, lens) if seen_only else rows
        rows = rows if order is None else np.sort(order[rows]).astype(np.int32)
    return rows if layer.only is None else rows[np.isin(rows, layer.only)]


def meeting(layer: Layer, condition: str) -> Rows:
    """Rows that meet a condition (twin.city.where). Raises InputError."""
    return np.flatnonzero(rows_where(condition, layer.columns(), layer.column, layer.count)).astype(np.int32)


def shapes_of(layer: Layer, rows: Rows) -> NDArray[np.object_] | None:
    """Geometry of some rows, local metres; None where they have none."""
    if isinstance(layer, BuildingsLayer):
        return layer.buildings.shapes(rows)
    shapes = layer.shapes()
    return None if shapes is None else shapes[rows]


def combined(was: Rows, found: Rows, how: str, count: int) -> Rows:
    """how: replace, add, remove, within (of those that were) or toggle. Rows ascending."""
    if how == "replace":
        return found
    a, b = np.zeros(count, bool), np.zeros(count, bool)
    a[was], b[found] = True, True
    both = {"add": a | b, "remove": a & ~b, "within": a & b, "toggle": a ^ b}[how]
    return np.flatnonzero(both).astype(np.int32)


def is_selectable(layer: Layer) -> bool:
    """Whether an outline can choose rows of it."""
    if isinstance(layer, BuildingsLayer):
        return len(layer.buildings) > 0
    shapes = layer.shapes()
    return shapes is not None and len(shapes) > 0 and not bool(shapely.is_missing(shapes).all())
