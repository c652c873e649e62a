"""How high everything stands: bare ground, buildings near a place, and both together on a grid of square cells.

What sees, is seen, or casts a shadow is computed on such a grid. Of a large city only the buildings near the place are read.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from twin.city.buildings import Buildings
from twin.city.city import City
from twin.city.index import box_hits, triangle_distances
from twin.city.mesh import Mesh, in_runs
from twin.city.terrain import Grid, Terrain, filled, level_of
from twin.city.tile_pick import pick

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
COARSE_SIDE = 400
"""Cells a side of the ground that stands in where the terrain has holes or ends."""
COMPILED: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}

_grounds: list[tuple[weakref.ref[City], BareGround]] = []
_solids: list[tuple[weakref.ref[Buildings], Solids]] = []


class BareGround:
    """Height of the ground at any place: the terrain; its nearest known height in holes and beyond its edge; without a terrain the
    level most buildings stand on."""

    def __init__(self, terrain: Terrain | None, level: float = 0.0) -> None:
        self.terrain = terrain if terrain is not None and bool(np.isfinite(terrain.elevation).any()) else None
        self.level = level

    @staticmethod
    def of(city: City) -> BareGround:
        """The ground of a city; made once."""
        if not _grounds or _grounds[0][0]() is not city:
            _grounds[:] = [(weakref.ref(city), BareGround(city.terrain, level_of(city)))]
        return _grounds[0][1]

    @property
    def cell_m(self) -> float:
        """Side of the cells the heights were measured on; 1 m where there are none."""
        return 1.0 if self.terrain is None else self.terrain.grid.cell_m

    def height(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Metres in the city's vertical datum, at points in local metres; known everywhere."""
        if self.terrain is None:
            return np.full(np.shape(x), self.level)
        z = self.terrain.sample(x, y)
        gap = ~np.isfinite(z)
        if gap.any():
            g = self._coarse.grid
            px, py = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
            x0, y0, x1, y1 = g.bounds
            half = g.cell_m / 2
            inside = self._coarse.sample(np.clip(px, x0 + half, x1 - half), np.clip(py, y0 + half, y1 - half))
            z = np.where(gap, inside, z)
        return np.asarray(z, float)

    def on(self, grid: Grid) -> NDArray[np.float32]:
        """At the cell centres of a grid; mean of the terrain's cells below a coarser one."""
        if self.terrain is None:
            return np.full(grid.shape, self.level, np.float32)
        g = self.terrain.grid
        if grid.cell_m <= 1.01 * g.cell_m and grid != g:  # as Terrain.on, in a hundredth of its time
            z = np.empty(grid.shape, np.float32)
            _between(self.terrain.elevation, (grid.x - g.x0) / g.cell_m - 0.5, (grid.y - g.y0) / g.cell_m - 0.5, z)
        else:
            z = np.array(self.terrain.on(grid), np.float32)
        gap = ~np.isfinite(z)
        if gap.any():
            rows, columns = np.nonzero(gap)
            z[gap] = self.height(grid.x[columns], grid.y[rows])
        return z

    @cached_property
    def _coarse(self) -> Terrain:
        """The whole terrain on a few cells, without holes."""
        assert self.terrain is not None
        g = self.terrain.grid
        step = max(1, -(-max(g.rows, g.columns) // COARSE_SIDE))
        grid = Grid(g.x0, g.y0, g.cell_m * step, -(-g.rows // step), -(-g.columns // step))
        return Terrain(grid, filled(self.terrain.on(grid)))


class Solids:
    """The buildings of a city as bodies: their boxes, and the triangles of some of them."""

    def __init__(self, buildings: Buildings) -> None:
        self.buildings = buildings

    @staticmethod
    def of(city: City) -> Solids:
        """Of a city's buildings; made once."""
        if not _solids or _solids[0][0]() is not city.buildings:
            _solids[:] = [(weakref.ref(city.buildings), Solids(city.buildings))]
        return _solids[0][1]

    @property
    def mesh(self) -> Mesh:
        return self.buildings.mesh

    @cached_property
    def _order(self) -> tuple[Rows, Rows]:
        """Triangles in the order of their buildings, and where each building's begin (N + 1,)."""
        object = self.mesh.object
        order = np.argsort(object, kind="stable")
        return order, np.searchsorted(object[order], np.arange(len(self.buildings) + 1))

    @cached_property
    def extents(self) -> NDArray[np.float32]:
        """(N, 6) min x, y, z and max x, y, z; NaN where a building has no body."""
        tiles = self.buildings.tiles
        if tiles is not None:
            return tiles.extents
        out = np.full((len(self.buildings), 6), np.nan, np.float32)
        order, start = self._order
        full = np.flatnonzero(np.diff(start) > 0)
        if len(full):
            corners = self.mesh.points[self.mesh.triangles[order]]
            out[full, :3] = np.minimum.reduceat(corners.min(1), start[full], axis=0)
            out[full, 3:] = np.maximum.reduceat(corners.max(1), start[full], axis=0)
        return out

    def get_ready(self) -> None:
        """Sort what has to be sorted once, so that no later question waits for it."""
        if self.buildings.tiles is None and len(self.buildings):
            _ = self._order, self.extents

    def within(self, bounds: tuple[float, float, float, float]) -> Rows:
        """Rows whose boxes touch plan bounds (min x, min y, max x, max y); ascending."""
        if not len(self.buildings):
            return np.empty(0, np.int64)
        e = self.extents
        return np.flatnonzero((e[:, 0] <= bounds[2]) & (e[:, 3] >= bounds[0]) & (e[:, 1] <= bounds[3]) & (e[:, 4] >= bounds[1]))

    def triangles(self, rows: Rows) -> tuple[Floats, Rows]:
        """Corners (T, 3, 3) of the triangles of some buildings, and the row of each."""
        if not len(rows):
            return np.empty((0, 3, 3)), np.empty(0, np.int64)
        if self.buildings.tiles is not None:  # triangles of a large city run in the order of its rows
            index = self.mesh.of_objects(rows)
        else:
            order, begin = self._order
            index = order[in_runs(begin[rows], begin[np.asarray(rows) + 1])]
        return self.mesh.points[self.mesh.triangles[index]], self.mesh.object[index].astype(np.int64)

    def along(self, origin: ArrayLike, direction: ArrayLike, farthest: float) -> Rows:
        """Rows whose boxes a ray goes through."""
        o, d = np.asarray(origin, float), np.asarray(direction, float)
        d = d / np.linalg.norm(d)
        e = self.extents
        return np.flatnonzero(box_hits(e[:, :3], e[:, 3:], o, d, farthest)) if len(e) else np.empty(0, np.int64)

    def pick(self, origin: ArrayLike, direction: ArrayLike, farthest: float = np.inf) -> tuple[int, float] | None:
        """Row of the first building a ray meets and how far away it is, exact on its triangles; None where it meets none."""
        tiles = self.buildings.tiles
        if tiles is not None:
            return pick(tiles, self.mesh, origin, direction, farthest)
        if not len(self.buildings):
            return None
        o, d = np.asarray(origin, float), np.asarray(direction, float)
        d = d / np.linalg.norm(d)
        corners, row = self.triangles(self.along(o, d, farthest))
        if not len(corners):
            return None
        distance = triangle_distances(corners, o, d)
        best = int(np.argmin(distance))
        return (int(row[best]), float(distance[best])) if distance[best] <= farthest else None


@dataclass(frozen=True)
class HeightGrid:
    """floor: bare ground; top: whatever stands on it; owner: row of the building whose roof that is, -1 on the ground.

    Rows x columns of grid, metres in the city's vertical datum, float32 and int32, no holes.
    """

    grid: Grid
    floor: NDArray[np.float32]
    top: NDArray[np.float32]
    owner: NDArray[np.int32]

    @property
    def is_ground(self) -> NDArray[np.bool_]:
        return np.asarray(self.owner < 0)


def height_grid(city: City, grid: Grid) -> HeightGrid:
    """Ground and roofs of a city on a grid: each cell has the highest triangle above its centre."""
    floor = BareGround.of(city).on(grid)
    solids = Solids.of(city)
    corners, rows = solids.triangles(solids.within(grid.bounds))
    top, owner = floor.copy(), np.full(grid.shape, -1, np.int32)
    raise_triangles(top, owner, corners, rows, grid)
    return HeightGrid(grid, floor, top, owner)


def raise_triangles(top: NDArray[np.float32], owner: NDArray[np.int32], corners: Floats, rows: Rows, grid: Grid) -> None:
    """Lift the cells below triangles (T, 3, 3) up to them, in place, and write whose they are."""
    if len(corners):
        _raise(top, owner, np.ascontiguousarray(corners, np.float64), rows.astype(np.int32), grid.x0, grid.y0, grid.cell_m)


@njit(**COMPILED)  # type: ignore[untyped-decorator]
def _between(elevation, fx, fy, out):  # type: ignore[no-untyped-def]
    """Bilinear heights at places counted in cells; corners without data are left out, NaN where none has any or outside."""
    rows, columns = elevation.shape
    for i in range(len(fy)):
        r = min(max(int(np.floor(fy[i])), 0), max(0, rows - 2))
        v = min(max(fy[i] - r, 0.0), 1.0)
        r1 = min(r + 1, rows - 1)
        for j in range(len(fx)):
            if fy[i] < -0.5 or fy[i] > rows - 0.5 or fx[j] < -0.5 or fx[j] > columns - 0.5:
                out[i, j] = np.nan
                continue
            c = min(max(int(np.floor(fx[j])), 0), max(0, columns - 2))
            u = min(max(fx[j] - c, 0.0), 1.0)
            c1 = min(c + 1, columns - 1)
            total, weight = 0.0, 0.0
            for k in range(4):
                w = (u if k % 2 else 1 - u) * (v if k > 1 else 1 - v)
                z = elevation[r1 if k > 1 else r, c1 if k % 2 else c]
                if np.isfinite(z):
                    total += z * w
                    weight += w
            out[i, j] = total / weight if weight > 0 else np.nan


@njit(**COMPILED)  # type: ignore[untyped-decorator]
def _raise(top, owner, corners, rows, x0, y0, cell):  # type: ignore[no-untyped-def]
    height, width = top.shape
    for t in range(len(corners)):
        ax, ay, az = (corners[t, 0, 0] - x0) / cell - 0.5, (corners[t, 0, 1] - y0) / cell - 0.5, corners[t, 0, 2]
        bx, by, bz = (corners[t, 1, 0] - x0) / cell - 0.5, (corners[t, 1, 1] - y0) / cell - 0.5, corners[t, 1, 2]
        cx, cy, cz = (corners[t, 2, 0] - x0) / cell - 0.5, (corners[t, 2, 1] - y0) / cell - 0.5, corners[t, 2, 2]
        det = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if not abs(det) > 1e-12:
            continue
        r0, r1 = max(0, int(np.ceil(min(ay, by, cy) - 1e-9))), min(height - 1, int(np.floor(max(ay, by, cy) + 1e-9)))
        c0, c1 = max(0, int(np.ceil(min(ax, bx, cx) - 1e-9))), min(width - 1, int(np.floor(max(ax, bx, cx) + 1e-9)))
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                u = ((c - ax) * (cy - ay) - (cx - ax) * (r - ay)) / det
                v = ((bx - ax) * (r - ay) - (c - ax) * (by - ay)) / det
                if u < -1e-9 or v < -1e-9 or u + v > 1 + 1e-9:
                    continue
                z = az + u * (bz - az) + v * (cz - az)
                if z > top[r, c]:
                    top[r, c] = z
                    owner[r, c] = rows[t]
