"""Buildings drawn as faces in space (multipatches of shapefiles and geodatabases): city objects with surfaces, not footprints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from twin.city.faces import triangulate_faces
from twin.city.footprints import unique_ids
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.parts import Solids, VectorLayer

_STEEP = 0.3
"""Upward part of its normal from which on a face is roof or ground, not wall."""
_LOW_M = 0.2
_TYPES = {"buildings": "Building", "other": "Building", "bridges": "Bridge", "tunnels": "Tunnel", "roads": "Road", "water": "WaterBody",
          "landuse": "LandUse", "green": "PlantCover", "trees": "SolitaryVegetationObject"}  # fmt: skip


def is_multipatch(layer: VectorLayer) -> bool:
    """Whether most areas of a layer have heights and faces that stand upright: no footprint does."""
    several = np.flatnonzero((shapely.get_type_id(layer.geometry) == 6) & shapely.has_z(layer.geometry))
    if len(several) * 2 <= len(layer.geometry):
        return False
    faces, owner = shapely.get_parts(layer.geometry[several], return_index=True)
    upright = shapely.area(faces) <= 1e-9 * np.maximum(shapely.length(faces), 1e-9)
    return bool((np.bincount(owner, upright, minlength=len(several)) > 0).mean() > 0.5)


def solids_of(layer: VectorLayer) -> Solids:
    """One city object per feature, with a triangulated mesh in the layer's coordinates."""
    faces, owner = shapely.get_parts(layer.geometry, return_index=True)
    flat = (shapely.get_type_id(faces) == 3) & ~shapely.is_empty(faces)
    faces, owner = shapely.force_3d(faces[flat]), owner[flat]
    _, points, (ring_start, face_start) = shapely.to_ragged_array(faces, include_z=True)
    sizes = np.diff(ring_start)
    closing = np.zeros(len(points), bool)
    closing[ring_start[1:] - 1] = True
    vertices = np.flatnonzero(~closing)
    points = np.nan_to_num(points)
    triangles, face = triangulate_faces(points, vertices, sizes - 1, np.diff(face_start))
    rows = owner[face].astype(np.int32)
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    z = corners[:, :, 2]
    lowest = np.full(len(layer.geometry), np.inf)
    np.minimum.at(lowest, rows, z.min(1))
    up = normal[:, 2] / np.linalg.norm(normal, axis=1)
    surface = np.full(len(triangles), SurfaceClass.WALL, np.uint8)
    level = np.abs(up) > _STEEP
    ground = level & (z.max(1) < lowest[rows] + _LOW_M)
    surface[level], surface[ground] = SurfaceClass.ROOF, SurfaceClass.GROUND
    wrong = level & ((up < 0) ^ ground)  # roofs look up and floors down, however they were drawn
    triangles[wrong] = triangles[wrong][:, ::-1]
    n = len(layer.geometry)
    ids, _ = unique_ids(layer.table, layer.fields)
    table = pd.DataFrame({"id": ids, "type": _TYPES.get(layer.role, "GenericCityObject"), "parent": np.arange(n), "lod": ""})
    mesh = Mesh(points, triangles, rows, surface)
    attributes = layer.table.reset_index(drop=True)
    places = np.full((n, 3), np.nan)
    return Solids(layer.name, table, attributes, mesh, places, layer.crs, layer.source, layer.engineering)
