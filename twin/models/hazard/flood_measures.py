"""What people put in the water's way: walls on the faces between cells. And what layers of measures say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood_kernels import CLOSED

INTAKE_M = 25.0
"""A pump draws from cells this near (its sump and the drains that lead to it)."""


@dataclass(frozen=True)
class Walls:
    """Faces that barriers stand on. face: axis (0 west, 1 south face of a cell), row, column; of: row of `ids`; bed: level of the face
    without it; crest: its level, -inf where broken."""

    face: NDArray[np.int64]
    of: NDArray[np.int64]
    bed: NDArray[np.float64]
    crest: NDArray[np.float64]
    ids: tuple[str, ...]

    def standing(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Each face with a crest above the ground once, with its highest crest."""
        stands = self.crest > self.bed
        face, inverse = np.unique(self.face[stands], axis=0, return_inverse=True)
        crest = np.full(len(face), -np.inf)
        np.maximum.at(crest, inverse.ravel(), self.crest[stands])
        return np.ascontiguousarray(face), crest

    def middles(self, grid: Grid) -> NDArray[np.float64]:
        """Middle of each face, local metres."""
        axis, i, j = self.face.T
        return np.column_stack([grid.x0 + (j + 0.5 * (axis == 1)) * grid.cell_m, grid.y0 + (i + 0.5 * (axis == 0)) * grid.cell_m])

    def joined(self, other: Walls) -> Walls:
        return Walls(
            np.concatenate([self.face, other.face]), np.concatenate([self.of, other.of + len(self.ids)]),
            np.concatenate([self.bed, other.bed]), np.concatenate([self.crest, other.crest]), self.ids + other.ids,
        )

    def raised(self, rows: list[int], values: Mapping[str, Any]) -> Walls:
        """New crest of some barriers. Raises ScenarioError where values name none."""
        hit = np.isin(self.of, rows)
        if "crest_z_m" in values:
            return replace(self, crest=np.where(hit, float(values["crest_z_m"]), self.crest))
        if "crest_m" in values:
            return replace(self, crest=np.where(hit, self.bed + float(values["crest_m"]), self.crest))
        raise ScenarioError("A change of a barrier needs crest_m or crest_z_m")

    def breached(self, rows: list[int], grid: Grid, where: Any) -> Walls:
        """Down to the ground, within a cell of a geometry where there is one. Raises ScenarioError when nothing is hit."""
        hit = np.isin(self.of, rows)
        if where is not None:
            hit &= shapely.dwithin(shapely.points(self.middles(grid)), where, grid.cell_m)
        if not hit.any():
            raise ScenarioError("There is no barrier where the breach should be", do="Place it on a barrier.")
        return replace(self, crest=np.where(hit, -np.inf, self.crest))


def walls_of(barriers: Features | None, grid: Grid, zfx: NDArray[np.float32], zfy: NDArray[np.float32]) -> Walls:
    """Layer `barriers` on the faces that water can pass: crest_z_m, else crest_m above the ground at each face."""
    if barriers is None or not len(barriers):
        return Walls(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0), ())
    face, of = crossed_faces(barriers.geometry, grid)
    # one entry per face and barrier, in a fixed order
    both = np.unique(np.column_stack([face, of]), axis=0)
    face, of = both[:, :3], both[:, 3]
    axis, i, j = face.T
    at = np.where(axis == 0, i * zfx.shape[1] + j, 0), np.where(axis == 1, i * zfy.shape[1] + j, 0)
    bed = np.where(axis == 0, zfx.ravel()[at[0]], zfy.ravel()[at[1]]).astype(float)
    passable = bed < float(CLOSED)
    face, of, bed = np.ascontiguousarray(face[passable]), of[passable], bed[passable]
    absolute, above = column(barriers, "crest_z_m")[of], column(barriers, "crest_m")[of]
    crest = np.where(np.isfinite(absolute), absolute, bed + above)
    return Walls(face, of, bed, np.where(np.isfinite(crest), crest, -np.inf), tuple(barriers.ids))


def new_wall(change: Change, grid: Grid, zfx: NDArray[np.float32], zfy: NDArray[np.float32]) -> Walls:
    """A barrier put up while it rains: level crest at crest_z_m, or crest_m above the highest ground along the line."""
    values = dict(change.values or {})
    if change.geometry is None or not {"crest_m", "crest_z_m"} & set(values):
        raise ScenarioError("A new barrier needs a line and crest_m or crest_z_m", where=change.id)
    wall = walls_of(features_row("barrier", change, {"crest_m": 0.0}), grid, zfx, zfy)
    highest = float(wall.bed.max(initial=-np.inf))
    level = values["crest_z_m"] if values.get("crest_z_m") is not None else highest + values["crest_m"]
    return replace(wall, crest=np.full(len(wall.bed), float(level)))


def crossed_faces(lines: NDArray[np.object_], grid: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces a line stands on: those whose two cell centres lie on opposite sides of it, so that no way from cell to cell gets past.

    Returns (axis, row, column) and the line's number; an area stands on its outline. Lines are moved by a millionth of a cell, so that
    no centre lies on one.
    """
    parts, owner = shapely.get_parts(np.where(shapely.get_dimensions(lines) == 2, shapely.boundary(lines), lines), return_index=True)
    linear = shapely.get_dimensions(parts) == 1
    parts, owner = parts[linear], owner[linear]
    xy, of = shapely.get_coordinates(parts, return_index=True)
    finite = np.isfinite(xy).all(axis=1)
    same = (of[1:] == of[:-1]) & finite[1:] & finite[:-1]
    u, v = (xy[:, 0] - grid.x0) / grid.cell_m - 0.5 + 0.71e-6, (xy[:, 1] - grid.y0) / grid.cell_m - 0.5 + 0.32e-6
    ends = [(a[:-1][same], a[1:][same]) for a in (u, v)]
    line = owner[of[:-1][same]]
    found: list[NDArray[np.int64]] = []
    for axis in (0, 1):  # 0: rows of centres are crossed at some column, 1: the other way round
        (a0, a1), (b0, b1) = ends[axis], ends[1 - axis]
        limit_b, limit_a = (grid.rows, grid.columns) if axis == 0 else (grid.columns, grid.rows)
        first = np.clip(np.ceil(np.minimum(b0, b1)), 0, limit_b).astype(np.int64)
        count = np.maximum(0, np.clip(np.ceil(np.maximum(b0, b1)), 0, limit_b).astype(np.int64) - first)
        segment = np.repeat(np.arange(len(count)), count)
        at = first[segment] + np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
        across = a0[segment] + (at - b0[segment]) / (b1[segment] - b0[segment]) * (a1[segment] - a0[segment])
        face = np.floor(across).astype(np.int64) + 1
        good = (face >= 1) & (face <= limit_a - 1)
        row, col = (at, face) if axis == 0 else (face, at)
        found.append(np.column_stack([np.full(int(good.sum()), axis), row[good], col[good], line[segment][good]]))
    faces = np.concatenate(found).astype(np.int64)
    return faces[:, :3], faces[:, 3]


def near_cells(x: float, y: float, grid: Grid, land: NDArray[np.bool_], reach: float = 0.0) -> NDArray[np.int64]:
    """Land cells with their centre within reach (INTAKE_M and one and a half cells, where that is more), (n, 2) rows and columns."""
    reach = max(INTAKE_M, 1.5 * grid.cell_m, reach)
    if not np.isfinite([x, y]).all():
        return np.zeros((0, 2), np.int64)
    i0, i1 = np.clip(((np.array([y - reach, y + reach]) - grid.y0) / grid.cell_m + [0, 1]).astype(int), 0, grid.rows)
    j0, j1 = np.clip(((np.array([x - reach, x + reach]) - grid.x0) / grid.cell_m + [0, 1]).astype(int), 0, grid.columns)
    near = (grid.y[i0:i1, None] - y) ** 2 + (grid.x[None, j0:j1] - x) ** 2 <= reach**2
    return (np.argwhere(near & land[i0:i1, j0:j1]) + (i0, j0)).astype(np.int64)


def features_row(kind: str, change: Change, values: Mapping[str, Any]) -> Features:
    """A layer of the one object a change puts there."""
    shape = np.empty(1, object)
    shape[0] = change.geometry
    return Features(f"{kind}s", pd.DataFrame([{"id": f"{kind}/{change.id}", "name": "", "kind": kind, **values}]), shape)


def column(layer: Features, name: str) -> NDArray[np.float64]:
    """A numeric column of a layer, NaN where it has none."""
    if name not in layer.table:
        return np.full(len(layer), np.nan)
    return pd.to_numeric(layer.table[name], errors="coerce").to_numpy(float)


MOST = 100_000
"""Structures of one kind that a run takes."""


def check_count(layer: Features, what: str) -> None:
    """Raises ScenarioError where there are more than can be."""
    if len(layer) > MOST:
        raise ScenarioError(f"The city has {len(layer):,} {what}; at most {MOST:,} are computed", do="Open a smaller part of the city.")


def refuse(layer: Features, wrong: NDArray[np.bool_], what: str, do: str) -> None:
    """Raises ScenarioError naming the objects that are wrong, where there are any."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        names = ", ".join(str(layer.ids[r]) for r in rows[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
        raise ScenarioError(what, where=names, do=do)


def stated(values: NDArray[np.float64], others: Any) -> NDArray[np.float64]:
    """Values where they are stated, else others."""
    return np.where(np.isfinite(values), values, others)
