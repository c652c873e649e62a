"""Packed triangles with the object and the kind of surface each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

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
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    object: NDArray[np.int32]
    surface: NDArray[np.uint8]

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
        )

    def __len__(self) -> int:
        return len(self.triangles)
