"""What several checks need to know of one city, worked out once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.doctor.shells import Shells, shells_of

Floats = NDArray[np.float64]


class Facts:
    """Measures of a city's buildings; arrays run over its building rows."""

    def __init__(self, city: City) -> None:
        self.city = city

    @cached_property
    def heights(self) -> Floats:
        return self.city.buildings.table["height_m"].to_numpy(float)

    @cached_property
    def has_own_solid(self) -> NDArray[np.bool_]:
        """Whether the source gave the surfaces; others were raised from footprints by our own code."""
        return np.asarray(self.city.buildings.table["height_source"].to_numpy(object) == "solid")

    @cached_property
    def z_range(self) -> tuple[Floats, Floats]:
        """Lowest and highest point of each building's surfaces; its table's where it has none."""
        buildings = self.city.buildings
        n, mesh = len(buildings), buildings.mesh
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        if len(mesh):
            z = mesh.points[:, 2][mesh.triangles]
            np.minimum.at(low, mesh.object, np.minimum(np.minimum(z[:, 0], z[:, 1]), z[:, 2]))
            np.maximum.at(high, mesh.object, np.maximum(np.maximum(z[:, 0], z[:, 1]), z[:, 2]))
        base = buildings.table["ground_z_m"].to_numpy(float)
        none = ~np.isfinite(low)
        return np.where(none, base, low), np.where(none, base + self.heights, high)

    @cached_property
    def ground(self) -> tuple[Floats, Floats]:
        """Lowest and highest terrain under the corners and the middle of each footprint; NaN where no terrain is known."""
        city = self.city
        n = len(city.buildings)
        if city.terrain is None or not n:
            return np.full(n, np.nan), np.full(n, np.nan)
        xy, owner = shapely.get_coordinates(city.buildings.footprints, return_index=True)
        middle = shapely.get_coordinates(shapely.centroid(city.buildings.footprints))
        has_middle = ~shapely.is_empty(city.buildings.footprints)
        rows = np.concatenate([owner, np.flatnonzero(has_middle)])
        z = city.terrain.sample(np.concatenate([xy[:, 0], middle[:, 0]]), np.concatenate([xy[:, 1], middle[:, 1]]))
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        known = np.isfinite(z)
        np.minimum.at(low, rows[known], z[known])
        np.maximum.at(high, rows[known], z[known])
        return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)

    @cached_property
    def shells(self) -> Shells:
        """Edges and turns of the solids that sources gave."""
        return shells_of(self.city.buildings.mesh, len(self.city.buildings), self.has_own_solid)

    @cached_property
    def areas(self) -> Floats:
        return np.asarray(shapely.area(self.city.buildings.footprints), float)

    @cached_property
    def centres(self) -> Floats:
        """(n, 2); NaN for empty footprints."""
        out = np.full((len(self.city.buildings), 2), np.nan)
        xy, rows = shapely.get_coordinates(shapely.centroid(self.city.buildings.footprints), return_index=True)
        out[rows] = xy
        return out
