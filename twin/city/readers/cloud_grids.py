"""Ground and roofs of a point cloud as grids, gathered chunk by chunk; and an even sample of its points to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.ground_filter import ground_cells

MOST_CELLS = 4_000_000
POINTS_A_CELL = 8.0
STEPS_M = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Round cells, so that tiles of one survey share a grid."""
FILL_M = 60.0
"""How far from a ground point the ground is filled in: under roofs, across canals."""
GROUND, BUILDING = (2, 8), (6,)
NOISE = (7, 18)
VEGETATION = (3, 4, 5)
SHARE = 0.01
"""Of the points that must be classified as ground (as building) for the classes to be believed."""

Bounds = tuple[float, float, float, float]


def cell_for(bounds: Bounds, points: int, unit_m: float) -> float:
    """Side of a cell, in units of the source, with some POINTS_A_CELL points in it."""
    wide, tall = max(bounds[2] - bounds[0], 1e-6), max(bounds[3] - bounds[1], 1e-6)
    wanted = np.sqrt(POINTS_A_CELL * wide * tall / max(points, 1)) * unit_m
    least = np.sqrt(wide * tall / MOST_CELLS) * unit_m
    fitting = [s for s in STEPS_M if s >= 0.7 * wanted and s >= least]
    return float((fitting[0] if fitting else max(wanted, least)) / unit_m)


class CloudGrids:
    """Lowest point, ground points, highest first echo and highest roof of each cell.

    bounds: min x, min y, max x, max y; cell: its side, both in units of the source. Points outside are not counted.
    """

    def __init__(self, bounds: Bounds, cell: float) -> None:
        self.cell = cell
        self.x0, self.y0 = float(np.floor(bounds[0] / cell) * cell), float(np.floor(bounds[1] / cell) * cell)
        self.columns = max(2, int(np.floor((bounds[2] - self.x0) / cell)) + 1)
        self.rows = max(2, int(np.floor((bounds[3] - self.y0) / cell)) + 1)
        n = self.rows * self.columns
        self._low = np.full(n, np.inf, np.float32)
        self._high, self._roof = np.full(n, -np.inf, np.float32), np.full(n, -np.inf, np.float32)
        self._sum, self._count = np.zeros(n), np.zeros(n, np.int32)
        self.points = self.ground = self.building = self.outside = 0

    def add(self, xyz: NDArray[np.float64], kind: NDArray[np.uint8], first: NDArray[np.bool_]) -> None:
        """xyz (N, 3) in units of the source; kind: ASPRS classes; first: whether it is the first echo of its pulse."""
        column = np.floor((xyz[:, 0] - self.x0) / self.cell)
        row = np.floor((xyz[:, 1] - self.y0) / self.cell)
        inside = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns) & np.isfinite(xyz[:, 2])
        self.outside += int((~inside).sum())
        use = inside & ~np.isin(kind, NOISE)
        at = (row[use] * self.columns + column[use]).astype(np.int64)
        z, kind, first = xyz[use, 2].astype(np.float32), kind[use], first[use]
        np.minimum.at(self._low, at, z)
        top = first & ~np.isin(kind, VEGETATION)
        np.maximum.at(self._high, at[top], z[top])
        ground = np.isin(kind, GROUND)
        np.add.at(self._sum, at[ground], z[ground])
        np.add.at(self._count, at[ground], 1)
        building = np.isin(kind, BUILDING)
        np.maximum.at(self._roof, at[building], z[building])
        self.points += len(z)
        self.ground += int(ground.sum())
        self.building += int(building.sum())

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine of the north-up rasters."""
        return self.cell, 0.0, self.x0, 0.0, -self.cell, self.y0 + self.rows * self.cell

    @property
    def is_classified(self) -> bool:
        return self.ground >= max(1, SHARE * self.points)

    @property
    def has_buildings(self) -> bool:
        return self.building >= max(1, SHARE * self.points)

    def terrain(self, unit_m: float) -> NDArray[np.float32]:
        """Mean of the ground points of each cell, north-up, filled in over gaps of up to FILL_M; NaN beyond.

        Where ground is not classified: the lowest points that pass a morphological filter. unit_m: metres of a unit of x and y.
        """
        from rasterio.fill import fillnodata

        if self.is_classified:
            known = self._count > 0
            z = np.where(known, self._sum / np.maximum(self._count, 1), 0.0).astype(np.float32).reshape(self.rows, self.columns)
            known = known.reshape(z.shape)
        else:
            low = np.where(np.isfinite(self._low), self._low, np.nan).astype(np.float32).reshape(self.rows, self.columns)
            known = ground_cells(low, self.cell * unit_m)
            z = np.where(known, low, 0.0).astype(np.float32)
        if known.any() and not known.all():
            z = fillnodata(z, known.astype(np.uint8), max_search_distance=FILL_M / (self.cell * unit_m))
            reach = _near(known, FILL_M / (self.cell * unit_m))
            z = np.where(known | reach, z, np.nan)
        elif not known.any():
            z = np.full(z.shape, np.nan)
        return np.ascontiguousarray(z[::-1], np.float32)

    def surface(self) -> NDArray[np.float32]:
        """Highest roof point of each cell where buildings are classified, else highest first echo that is no plant; north-up."""
        z = self._roof if self.has_buildings else self._high
        return np.ascontiguousarray(np.where(np.isfinite(z), z, np.nan).reshape(self.rows, self.columns)[::-1], np.float32)


def _near(known: NDArray[np.bool_], cells: float) -> NDArray[np.bool_]:
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(~known) <= cells)


class Thinning:
    """At most `most` points, evenly in space: one of each cube, whose side grows as more come."""

    def __init__(self, most: int, side: float) -> None:
        self.most, self.side = most, side
        self._held: list[tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint16]]] = []
        self._count = 0
        self._whole = True

    def add(self, xyz: NDArray[np.float64], kind: NDArray[np.uint8], color: NDArray[np.uint16]) -> None:
        """color: (N, 3) or (N, 1), as the source has it."""
        self._held.append((xyz, kind, color))
        self._count += len(xyz)
        if self._count > 3 * self.most:
            self._thin(2 * self.most)

    def taken(self) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint16]]:
        if self._count > self.most:
            self._thin(self.most)
        self._join()
        return self._held[0]

    def _join(self) -> None:
        if len(self._held) != 1:
            self._held = [tuple(np.concatenate([h[i] for h in self._held]) for i in range(3))]  # type: ignore[list-item]

    def _thin(self, most: int) -> None:
        self._join()
        xyz, kind, color = self._held[0]
        origin = xyz.min(0)
        keep = _one_of_each(xyz - origin, self.side)
        while len(keep) > most:
            self.side *= max(1.1, float(np.sqrt(len(keep) / most)))
            keep = keep[_one_of_each(xyz[keep] - origin, self.side)]
        self._held = [(xyz[keep], kind[keep], color[keep])]
        self._count = len(keep)


def _one_of_each(xyz: NDArray[np.float64], side: float) -> NDArray[np.int64]:
    """Rows of the first point in each cube."""
    cube = np.floor(xyz / side).astype(np.uint64)
    # Two cubes of one number are as likely as a collision of 64 random bits.
    number = (
        cube[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ cube[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F) ^ cube[:, 2] * np.uint64(0x165667B19E3779F9)
    )
    return np.sort(np.unique(number, return_index=True)[1])
