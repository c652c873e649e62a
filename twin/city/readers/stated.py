"""What a recipe says of coordinates, done to what was read: axes swapped, another unit, a drawing put in its place."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.mesh import Mesh
from twin.city.readers.fields import columns, number
from twin.city.readers.parts import Hints, Solids, VectorLayer
from twin.frame import parse_crs, reproject, utm_of

HEIGHTS = ("height", "min_height", "ground_z", "roof_height")


def layer_as_stated(layer: VectorLayer, hints: Hints, own: CRS | None) -> VectorLayer:
    """The layer with its axes swapped, in metres, and in its place, as far as hints say so.

    own: the CRS that the source itself states; with one, its plan has the unit of that and only heights change, unless the plan fits
    that CRS only in the unit that is stated.
    """
    if hints.swap_axes:
        layer = swapped_layer(layer)
    if hints.unit_m != 1.0:
        layer = _scaled(layer, hints, own)
    if hints.place is not None and own is None and hints.crs is None:
        shapes, crs = _placed(layer.geometry, hints)
        layer = replace(layer, geometry=shapes, crs=crs, engineering=False)
    return layer


def solids_as_stated(solids: Solids, hints: Hints) -> Solids:
    """City objects with their axes swapped and in metres where hints say so: plan and heights of what has no CRS, else heights."""
    if hints.swap_axes:
        solids = swapped_solids(solids)
    if hints.unit_m == 1.0:
        return solids
    plan = plan_scale(solids.mesh.points[:, :2], solids.crs, hints.unit_m)
    scale: NDArray[np.float64] = np.array([plan, plan, hints.unit_m])
    lods = {name: replace(m, points=m.points * scale) for name, m in solids.lods.items()}
    return replace(solids, mesh=replace(solids.mesh, points=solids.mesh.points * scale), points=solids.points * scale, lods=lods)


def plan_scale(xy: NDArray[np.float64], crs: CRS | None, unit_m: float) -> float:
    """Factor of the coordinates, (N, 2), of a source whose heights are stated in a unit: that unit without CRS; with one 1, unless they
    lie in its area only in that unit."""
    if crs is None or unit_m == 1.0:
        return unit_m
    from twin.city.doctor.proposals import has_plan_in  # the doctor reads parts

    good = xy[np.isfinite(xy).all(1)]
    return unit_m / float(crs.axis_info[0].unit_conversion_factor) if has_plan_in(good, crs, unit_m) else 1.0


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


def _scaled(layer: VectorLayer, hints: Hints, own: CRS | None) -> VectorLayer:
    if own is None:
        plan = hints.unit_m / (1.0 if layer.crs is None else float(layer.crs.axis_info[0].unit_conversion_factor))
    else:
        plan = plan_scale(shapely.get_coordinates(layer.geometry), layer.crs, hints.unit_m)
    scale = np.array([plan, plan, hints.unit_m])
    shapes = np.asarray(layer.geometry, object)
    moved = shapely.transform(shapes, lambda xyz: xyz * scale[: xyz.shape[1]], include_z=bool(shapely.has_z(shapes).any()))
    table = layer.table
    for meaning in HEIGHTS:
        for name in columns(table, meaning, layer.fields):
            table = table.assign(**{name: number(table[name])[0] * hints.unit_m})
    return replace(layer, geometry=np.asarray(moved, object), table=table)


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

    return np.asarray(shapely.transform(shapes, move, include_z=bool(shapely.has_z(shapes).any()))), crs
