"""Faces of solids that are not flat, by the tolerances of val3dity (Ledoux 2018, doi:10.1186/s40965-018-0043-x)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.doctor import words
from twin.errors import Problem

BUILT = frozenset({"Building", "BuildingPart", "Bridge", "BridgePart", "Tunnel", "TunnelPart", "BuildingInstallation"})
"""Objects whose faces are meant to be flat; a meadow is not."""
KIND = {"BuildingPart": "part", "Bridge": "bridge", "BridgePart": "bridge", "Tunnel": "tunnel", "TunnelPart": "tunnel"}
"""What the ids of these begin with, where it is not building."""
OFF_M = 0.01
"""A corner farther than this from the plane of its face is beside it."""
_AT_ONCE = 1 << 16

Whole = NDArray[np.int64] | NDArray[np.int32]


def warped_faces(points: NDArray[np.float64], vertices: Whole, ring_sizes: Whole, face_rings: Whole) -> NDArray[np.int64]:
    """Faces with a corner of their outer ring more than 1 cm beside its plane (through the middle of its corners, normal by Newell).

    points: (P, 3) metres; vertices: rows of points, ring after ring; ring_sizes: corners per ring; face_rings: rings per face, the
    first is the outer one. Rings are taken by their number of corners, so that each step is a plain block of numbers.
    """
    if len(ring_sizes) == 0 or ring_sizes.max() <= 3:  # triangles are flat; large cities are often nothing else
        return np.empty(0, np.int64)
    rings, sizes = np.asarray(face_rings, np.int64), np.asarray(ring_sizes, np.int64)
    first_ring, start = np.cumsum(rings) - rings, np.cumsum(sizes) - sizes
    has = np.flatnonzero(rings > 0)
    size = sizes[first_ring[has]]
    begin = start[first_ring[has]]
    found = []
    for corners in np.unique(size[size > 3]).tolist():
        rows = np.flatnonzero(size == corners)
        step = max(1, _AT_ONCE // corners)
        for chunk in (rows[i : i + step] for i in range(0, len(rows), step)):
            p = points[vertices[begin[chunk][:, None] + np.arange(corners)]]
            p = p - p.mean(1, keepdims=True)
            q = np.roll(p, -1, axis=1)
            normal = np.cross(p, q).sum(1)
            length = np.linalg.norm(normal, axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                off = np.abs(np.einsum("ijk,ik->ij", p, normal)).max(1) / length
            found.append(has[chunk[off > OFF_M]])
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def told_of_warped(warped: NDArray[np.int64], rows: NDArray[np.int32], ids: list[str], types: list[str], source: str) -> list[Problem]:
    """A note of the faces of built objects that are not flat. rows: object of each face; ids, types: of the objects."""
    if not len(warped):
        return []
    objects = rows[warped]
    built = np.array([t in BUILT for t in types], bool)[objects]
    n = int(built.sum())
    if not n:
        return []
    first = np.unique(objects[built])[:10]
    message = words.says("non_planar", n=f"{n:,}", objects=f"{len(np.unique(objects[built])):,}")
    examples = tuple(f"{KIND.get(types[i], 'building')}/{ids[i]}" for i in first)
    return [Problem("non_planar", "info", n, message, source, examples, "They were cut into triangles")]
