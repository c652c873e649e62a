"""glTF 2.0 (GLB): y up, metres about the city's origin, materials by surface class, ids and attributes as feature tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from twin.city.city import City
from twin.city.readers.meshes import NOTE
from twin.city.writers import Progress
from twin.city.writers.glb import Glb
from twin.city.writers.surfaces import not_in_meshes, surfaces_of
from twin.errors import InputError, Problem

MOST_FEATURES = 1 << 24
FAR_M = 16_000.0
"""Coordinates beyond this are coarser than a millimetre in glTF's 32 bit numbers."""


def write_gltf(city: City, path: Path, progress: Progress) -> list[Problem]:
    """A GLB of everything with surfaces.

    asset.extras.urban_twin says where it stands: crs, offset (easting and northing of the origin), vertical. Raises InputError for a city
    without surfaces, StorageError where it would exceed 4 GiB.
    """
    sets = surfaces_of(city, with_terrain=True)
    if not sets:
        raise InputError("This city has no surfaces, which is all that glTF holds", do="Write it as GeoPackage.")
    document = Glb()
    far = 0.0
    for i, s in enumerate(sets):
        progress(f"Writing {s.name}", i / len(sets))
        if len(s.table) > MOST_FEATURES:
            raise InputError(f"glTF cannot number {len(s.table):,} objects", do="Write 3D Tiles.")
        p = s.mesh.points
        points = np.column_stack([p[:, 0], p[:, 2], -p[:, 1]]).astype(np.float32)
        far = max(far, float(np.abs(p).max(initial=0.0)))
        table = document.table(s.table, s.name)
        mesh = document.mesh(s.mesh, points, table, len(s.table), s.name)
        document.nodes.append({"name": s.name, "mesh": mesh})
    document.save(path, {NOTE: note_of(city)}, city.attribution)
    problems = not_in_meshes(city, sets, "glTF")
    if far > FAR_M:
        worst = float(np.spacing(np.float32(far)))
        problems.append(
            Problem(
                "coarse_coordinates",
                "warning",
                1,
                f"The city is so wide that its coordinates are rounded to {worst * 1000:.0f} mm",
                city.name,
            )
        )
    return problems


def note_of(city: City) -> dict[str, Any]:
    """What tells a reader of ours where the local metres are; {} for a city without a map."""
    if city.frame.crs is None:
        return {}
    return {"crs": city.frame.crs, "offset": list(city.frame.origin), "vertical": city.frame.vertical or ""}
