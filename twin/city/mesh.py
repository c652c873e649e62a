"""Packed triangles with the object and the kind of surface each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class SurfaceClass(IntEnum):
    """CityGML semantic surfaces, as far as we draw or compute with them."""

    OTHER = 0
    WALL = 1
    ROOF = 2
    GROUND = 3
    CLOSURE = 4
    ROAD = 5
    WATER = 6
    TERRAIN = 7
    VEGETATION = 8


@dataclass(frozen=True)
class Mesh:
    """Triangles of many objects in local metres.

    points: float64 (P, 3); triangles: int32 (T, 3), counter-clockwise seen from outside;
    object: int32 (T,), row of the object's table; surface: uint8 (T,), SurfaceClass.
    color: uint8 (T, 4) RGBA of the source's materials and textures, alpha 0 where it says nothing; None where it has none.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    object: NDArray[np.int32]
    surface: NDArray[np.uint8]
    color: NDArray[np.uint8] | None = None

    @staticmethod
    def empty() -> Mesh:
        return Mesh(np.empty((0, 3)), np.empty((0, 3), np.int32), np.empty(0, np.int32), np.empty(0, np.uint8))

    @staticmethod
    def joined(meshes: list[Mesh]) -> Mesh:
        """One mesh of several that speak of the same object table."""
        if not meshes:
            return Mesh.empty()
        starts = np.cumsum([0] + [len(m.points) for m in meshes[:-1]])
        return Mesh(
            np.concatenate([m.points for m in meshes]),
            np.concatenate([m.triangles + np.int32(s) for m, s in zip(meshes, starts, strict=True)]).astype(np.int32),
            np.concatenate([m.object for m in meshes]),
            np.concatenate([m.surface for m in meshes]),
            None
            if all(m.color is None for m in meshes)
            else np.concatenate([np.zeros((len(m), 4), np.uint8) if m.color is None else m.color for m in meshes]),
        )

    def part(self, triangles: NDArray[np.bool_] | NDArray[np.int64], rows: NDArray[np.int32]) -> Mesh:
        """Some triangles with the points they use; rows: the object of each of them, renumbered by the caller."""
        corners = self.triangles[triangles]
        used, index = np.unique(corners, return_inverse=True)
        color = None if self.color is None else self.color[triangles]
        return Mesh(self.points[used], index.reshape(-1, 3).astype(np.int32), rows.astype(np.int32), self.surface[triangles], color)

    def of_objects(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Indices of the triangles of some objects, object after object; of a mesh whose triangles run in the order of its objects."""
        wanted = np.asarray(rows).astype(self.object.dtype)  # of another type searching would copy millions
        return in_runs(np.searchsorted(self.object, wanted), np.searchsorted(self.object, wanted, side="right"))

    def __len__(self) -> int:
        return len(self.triangles)


def in_runs(start: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """All indices of runs start to stop, one after the other."""
    count = stop - start
    return np.arange(int(count.sum())) + np.repeat(start - np.cumsum(count) + count, count)
