"""What a recipe says of coordinates, done to what was read: axes swapped, another unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.mesh import Mesh
from twin.city.readers.fields import columns, number
from twin.city.readers.parts import Hints, Parts, Solids, VectorLayer

HEIGHTS = ("height", "min_height", "roof_height")


def as_stated(parts: Parts, hints: Hints) -> Parts:
    """Layers and city objects with their axes swapped where hints say so, and in metres where they name another unit: plan and heights
    of what has no CRS, heights alone of what has one (its plan has the unit of its CRS)."""
    if not hints.swap_axes and hints.unit_m == 1.0:
        return parts
    parts.layers = [_layer(x, hints) for x in parts.layers]
    parts.solids = [_solids(x, hints) for x in parts.solids]
    return parts


def swapped_layer(layer: VectorLayer) -> VectorLayer:
    """The layer with x for y."""
    shapes = np.asarray(layer.geometry, object)
    turned = shapely.transform(shapes, lambda xyz: xyz[:, [1, 0, *range(2, xyz.shape[1])]], include_z=bool(shapely.has_z(shapes).any()))
    return replace(layer, geometry=np.asarray(turned, object))


def swapped_solids(solids: Solids) -> Solids:
    """City objects with x for y; faces keep looking outwards."""

    def mesh(m: Mesh) -> Mesh:
        return replace(m, points=m.points[:, [1, 0, 2]], triangles=np.ascontiguousarray(m.triangles[:, ::-1]))

    lods = {name: mesh(m) for name, m in solids.lods.items()}
    return replace(solids, mesh=mesh(solids.mesh), points=solids.points[:, [1, 0, 2]], lods=lods)


def _layer(layer: VectorLayer, hints: Hints) -> VectorLayer:
    if hints.swap_axes:
        layer = swapped_layer(layer)
    if hints.unit_m == 1.0:
        return layer
    plan = hints.unit_m if layer.crs is None else 1.0
    scale = np.array([plan, plan, hints.unit_m])
    shapes = np.asarray(layer.geometry, object)
    moved = shapely.transform(shapes, lambda xyz: xyz * scale[: xyz.shape[1]], include_z=bool(shapely.has_z(shapes).any()))
    table = layer.table
    for meaning in HEIGHTS:
        for name in columns(table, meaning, layer.fields):
            if name in table:
                table = table.assign(**{name: number(table[name])[0] * hints.unit_m})
    return replace(layer, geometry=np.asarray(moved, object), table=table)


def _solids(solids: Solids, hints: Hints) -> Solids:
    if hints.swap_axes:
        solids = swapped_solids(solids)
    if hints.unit_m == 1.0:
        return solids
    plan = hints.unit_m if solids.crs is None else 1.0
    scale: NDArray[np.float64] = np.array([plan, plan, hints.unit_m])
    lods = {name: replace(m, points=m.points * scale) for name, m in solids.lods.items()}
    return replace(solids, mesh=replace(solids.mesh, points=solids.mesh.points * scale), points=solids.points * scale, lods=lods)
