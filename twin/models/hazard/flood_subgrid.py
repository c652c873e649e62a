"""Ground finer than the cells of the flood: tables of what a cell holds and what its faces let through, and flow by them.

Casulli 2009 (doi:10.1002/fld.1896): water stands level within a cell, whatever the ground there, so that its volume and not its depth is
computed. For the local inertial scheme as van Ormondt et al. 2025 (doi:10.5194/gmd-18-843-2025). Houses take away room and ways (porosity,
Schubert and Sanders 2012, doi:10.1016/j.advwatres.2012.02.012).

A face lets nothing pass below the lowest way over the ground from the lowest pixel on one side to that on the other, so banks that run
along within a cell hold; houses between the middles of both cells narrow it line by line. Memory: about 500 bytes a cell and 45 a pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.models.hazard import flood_cells as cells
from twin.models.hazard import flood_kernels as kernels
from twin.models.hazard import flood_subgrid_kernels as tables
from twin.models.hazard.flood_kernels import CLOSED
from twin.models.hazard.flood_subgrid_kernels import LEVELS, STRIPS

MOST_PIXELS = 6_000_000
"""Pixels of all cells together."""
MOST_ACROSS = 16
"""Pixels across a cell."""
HOUSE_M = 5.0
"""Pixels that see gaps between houses, where the terrain is coarser."""
RISEN_M = 0.05
"""A level that rose by more than this since the last step brings waves of another speed."""
WORK = 4
"""What a cell takes as against one that is flat: so many fewer are shared out among threads."""
CELL_BYTES, PIXEL_BYTES = 500, 45
LAND, WATER = 0, 2
_F32 = np.float32
_Floats = NDArray[np.float32]


def across(city: City, grid: Grid, params: Mapping[str, Any]) -> int:
    """Pixels across a cell: as fine as the terrain (with houses by porosity at most HOUSE_M and a quarter of a cell), as far as
    they are not too many; 1 where cells are as fine."""
    if not is_wanted(params):
        return 1
    finest = grid.cell_m if city.terrain is None else city.terrain.grid.cell_m
    if params["buildings"] == "porosity":
        finest = min(finest, HOUSE_M, grid.cell_m / 4)
    most = int(np.sqrt(MOST_PIXELS / (grid.rows * grid.columns)))
    return max(1, min(round(grid.cell_m / finest), most, MOST_ACROSS))


def is_wanted(params: Mapping[str, Any]) -> bool:
    """Whether cells get tables: by parameter, or as houses by porosity need them; only local inertial flow can use them."""
    return params["scheme"] == "local_inertial" and (params["subgrid"] != "off" or params["buildings"] == "porosity")


def means(pixels: NDArray[Any], k: int) -> NDArray[np.float64]:
    """Mean of the pixels of each cell, those without a value left out (NaN where none has one)."""
    rows, columns = pixels.shape[0] // k, pixels.shape[1] // k
    block = pixels.reshape(rows, k, columns, k)
    good = np.isfinite(block)
    count = good.sum((1, 3))
    total = np.where(good, block, 0.0).sum((1, 3), dtype=float)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def pixels_of(grid: Grid, k: int) -> Grid:
    return Grid(grid.x0, grid.y0, grid.cell_m / k, grid.rows * k, grid.columns * k)


@dataclass(frozen=True)
class Faces:
    """Tables of the west faces (rows, columns + 1) or south faces (rows + 1, columns), see flood_subgrid_kernels; middle: mean bed."""

    low: _Floats
    span: _Floats
    section: _Floats
    more: _Floats
    middle: _Floats

    @staticmethod
    def empty(*shape: int) -> Faces:
        low, middle = np.full(shape, CLOSED, _F32), np.full(shape, CLOSED, _F32)
        return Faces(low, np.zeros(shape, _F32), np.zeros((*shape, STRIPS, 2), _F32), np.zeros((*shape, 3), _F32), middle)

    def arrays(self) -> tuple[_Floats, ...]:
        return self.low, self.span, self.section, self.more


@dataclass(frozen=True)
class Subgrid:
    """k: pixels across a cell; zs: their bed, CLOSED where built; manning: of pixels; kind, normal: of cells, as in Ground.

    nodes, full, share: tables of cells; x, y: of faces. grid, bed, shown: of what is given: pixels, or (by_cell) cells, whose bed is the
    mean of the ground that is not built.
    """

    k: int
    zs: _Floats
    manning: _Floats
    kind: NDArray[np.uint8]
    normal: NDArray[np.float64]
    z: _Floats
    lines: int
    nodes: _Floats
    full: _Floats
    share: _Floats
    x: Faces
    y: Faces
    grid: Grid
    bed: _Floats
    shown: NDArray[np.bool_]
    by_cell: bool
    pixels: Grid
    dug: NDArray[np.bool_]
    """Cells that breaches have lowered."""

    @property
    def times(self) -> int:
        """Pixels of what is given across a cell."""
        return 1 if self.by_cell else self.k

    @staticmethod
    def of(
        grid: Grid, k: int, zs: _Floats, manning: NDArray[np.float64], kind: NDArray[np.uint8], normal: NDArray[np.float64], z: _Floats,
        by_cell: bool, has_houses: bool,
    ) -> Subgrid:  # fmt: skip
        """Tables of all cells. zs: bed of pixels, CLOSED where built; z: the bed that depths over cells are counted from."""
        shape = grid.shape
        if by_cell:
            open_ = means(np.where(zs < CLOSED, zs, np.nan), k)
            bed, shown = np.where(np.isfinite(open_), open_, z).astype(_F32), kind == LAND
        else:
            bed, shown = zs, np.repeat(np.repeat(kind == LAND, k, 0), k, 1) & (zs < CLOSED)
        found = Subgrid(
            k, zs, np.ascontiguousarray(manning, _F32), kind, normal, z, 2 * ((k + 1) // 2) if has_houses else 2,
            np.zeros((*shape, LEVELS), _F32), np.zeros(shape, _F32), np.ones(shape, _F32), Faces.empty(grid.rows, grid.columns + 1),
            Faces.empty(grid.rows + 1, grid.columns), grid if by_cell else pixels_of(grid, k), bed, shown, by_cell,
            pixels_of(grid, k), np.zeros(shape, bool),
        )  # fmt: skip
        found.cut(0, grid.rows, 0, grid.columns)
        return found

    def cut(self, i0: int, i1: int, j0: int, j1: int) -> None:
        """Tables of the cells of a window, and of their faces, from the pixels as they are."""
        rows, columns = self.kind.shape
        with kernels.threads_for(self.zs.size):
            tables.cut_cells(self.zs, self.kind, self.z, self.k, i0, i1, j0, j1, self.nodes, self.full, self.share)
            for faces, along_x, far_i, far_j in ((self.x, True, i1, min(j1 + 1, columns + 1)), (self.y, False, min(i1 + 1, rows + 1), j1)):
                tables.cut_faces(
                    self.zs, self.manning, self.kind, self.normal, self.k, self.lines, i0, far_i, j0, far_j, along_x, *faces.arrays(),
                    faces.middle,
                )

    def open_to_water(self, i: int, j: int, z: _Floats) -> list[tuple[int, int]]:
        """Let permanent water beside a cell that was dug run out over its ground; returns those cells, whose beds z go down with it."""
        rows, columns = self.kind.shape
        lowest = self.zs[i * self.k : (i + 1) * self.k, j * self.k : (j + 1) * self.k].min()
        found = []
        for faces, (a, b), (m, n) in (
            (self.x, (i, j), (i, j - 1)), (self.x, (i, j + 1), (i, j + 1)), (self.y, (i, j), (i - 1, j)), (self.y, (i + 1, j), (i + 1, j)),
        ):  # fmt: skip
            if 0 <= m < rows and 0 <= n < columns and self.kind[m, n] == WATER:
                normal = self.normal[m, n]
                self.normal[m, n] = min(normal, lowest)
                tables.cut_faces(
                    self.zs, self.manning, self.kind, self.normal, self.k, self.lines, a, a + 1, b, b + 1, faces is self.x,
                    *faces.arrays(), faces.middle,
                )
                self.normal[m, n] = normal
                z[m, n] = min(z[m, n], lowest)
                self.nodes[m, n] = z[m, n]
                found.append((m, n))
        return found

    def settle(self, z: _Floats) -> None:
        """Take the beds of permanent water, which is deeper than its ground is known."""
        water = self.kind == WATER
        self.nodes[water] = z[water][:, None]

    def depth_over(self, i: NDArray[np.int64], j: NDArray[np.int64], level: Any) -> NDArray[np.float64]:
        """What cells hold at a level, m over the whole cell."""
        out = np.zeros(len(i))
        tables.depths_of(np.broadcast_to(np.asarray(level, float), len(i)), i, j, self.nodes, self.full, self.share, out)
        return out

    def levels(self, w: NDArray[np.float64], z: _Floats) -> NDArray[np.float64]:
        """Level of every cell from what it holds."""
        level, wet = np.zeros(w.shape), np.empty(w.shape, _F32)
        with kernels.threads_for(WORK * w.size):
            tables.set_levels(w, z, self.nodes, self.full, self.share, level, wet)
        return level

    def levels_at(self, w: NDArray[np.float64], z: _Floats, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.float64]:
        """Level of some cells, in an array for all of them; the others are anything."""
        level = np.empty(w.shape)
        tables.levels_at(w, z, i, j, self.nodes, self.full, self.share, level)
        return level

    def told(self, cell_m: float) -> tuple[str, str, str]:
        """What is finer than the cells, and what that takes."""
        size = (self.kind.size * CELL_BYTES + self.zs.size * PIXEL_BYTES) / 1e6
        text = (
            f"Each cell of {cell_m:g} m follows the {self.k * self.k} heights of its ground, {cell_m / self.k:.3g} m apart; their tables "
            f"take {size:,.0f} MB."
        )
        return "info", "subgrid", text


class SubgridInertial:
    """Local inertial flow by tables: what flood_schemes.Inertial is for cells that are flat."""

    at_faces = True

    def __init__(
        self, ground: Any, sub: Subgrid, w: NDArray[np.float64], z: _Floats, zfx: _Floats, zfy: _Floats, still: NDArray[np.bool_],
        top: _Floats, params: Mapping[str, Any], most_steps: int,
    ) -> None:  # fmt: skip
        self._ground, self._sub, self._w, self._z, self._zfx, self._zfy, self._still = ground, sub, w, z, zfx, zfy, still
        self._cfl, self._theta, self._froude = params["cfl"], params["theta"], params["froude_limit"]
        self.a, self.b = np.zeros(zfx.shape, _F32), np.zeros(zfy.shape, _F32)
        self._spare_a, self._spare_b = np.zeros(zfx.shape, _F32), np.zeros(zfy.shape, _F32)
        self.low, self.high = np.zeros(len(w), np.int64), np.zeros(len(w), np.int64)
        self.top = top
        self.level, self._wet = np.full(w.shape, -np.inf), np.empty(w.shape, _F32)
        self._wall, self._crest = np.zeros((0, 3), np.int64), np.zeros(0)
        self._stage = ground.level[ground.shore[:, 0], ground.shore[:, 1]]
        n, inner = len(ground.edge), (ground.edge[:, 3], ground.edge[:, 4])
        self._slope = ground.edge_root * np.sqrt(ground.gn2[inner] / kernels.GRAVITY)
        self._edge = Faces.empty(1, n)
        tables.cut_edges(ground.edge, sub.zs, sub.manning, sub.k, sub.lines, *self._edge.arrays())
        self.most_steps = most_steps
        self.told: list[tuple[str, str, str]] = []

    def set_walls(self, wall: NDArray[np.int64], crest: NDArray[np.float64]) -> None:
        self._wall, self._crest = wall, crest

    def set_stage(self, stage: NDArray[np.float64]) -> None:
        self._stage = stage

    def saved(self) -> dict[str, NDArray[Any]]:
        return {"a": self.a, "b": self.b, "low": self.low, "high": self.high, "top": self.top, "level": self.level}

    def advance(self, from_s: float, until_s: float, most_steps: int) -> tuple[float, int, float, float]:
        ground, sub, flows = self._ground, self._sub, np.zeros(2)
        w, z = self._w, self._z
        with kernels.threads_for(WORK * w.size):
            cells.wet_spans(w, z, self._still, self.a, self.b, self.low, self.high)
            rise = tables.set_levels(w, z, sub.nodes, sub.full, sub.share, self.level, self._wet)
            now, steps = tables.flow(
                w, z, self.level, self._wet, sub.nodes, sub.full, sub.share, self._zfx, self._zfy, *sub.x.arrays(), *sub.y.arrays(),
                self.a, self.b, self._spare_a, self._spare_b, self.low, self.high, ground.edge, self._slope, *self._edge.arrays(),
                self._wall, self._crest, ground.shore, self._stage, flows, self.top, ground.grid.cell_m, from_s, until_s, self._cfl,
                self._theta, self._froude, min(most_steps, kernels.MARGIN), bool(rise > RISEN_M),
            )  # fmt: skip
        return now, steps, float(flows[0]), float(flows[1])
