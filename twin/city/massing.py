"""Coarse massing of a large city: one box for each building where they are few, one for neighbours of about one height where they
are many, so that streets, skyline and colour stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.mesh import Mesh, SurfaceClass

if TYPE_CHECKING:
    from twin.city.buildings import Buildings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BITS = 16
"""Steps of the Z curve along an axis, as a power of two."""
NEAR_CELLS, FAR_CELLS = 5, 4
"""Cells along a coarse tile, as powers of two: above leaves, and further up."""
HEIGHTS_M = (12.0, 30.0, 70.0)
"""Neighbours are merged inside these classes of height."""

BOX = np.dtype([
    ("centre", "f4", 2), ("half", "f4", 2), ("angle", "f4"), ("z", "f4", 2), ("row", "i4"), ("rows", "i4", 2), ("pitched", "u1"),
])  # fmt: skip


@dataclass(frozen=True)
class Upright:
    """Each building as an upright box: what coarse tiles are made of."""

    centre: Floats
    half: Floats
    angle: Floats
    area: Floats
    z: Floats
    pitched: NDArray[np.bool_]

    @staticmethod
    def of(b: Buildings, extents: NDArray[np.float32]) -> Upright:
        xy, ring_of = shapely.get_coordinates(b.footprints, return_index=True)
        n = len(b)
        edge = np.zeros_like(xy)
        edge[:-1] = xy[1:] - xy[:-1]
        edge[:-1][ring_of[1:] != ring_of[:-1]] = 0.0
        length = np.hypot(edge[:, 0], edge[:, 1])
        four = (edge[:, 0] + 1j * edge[:, 1]) ** 4 / np.maximum(length, 1e-9) ** 3  # directions a quarter turn apart are one
        turn = np.bincount(ring_of, four.real, minlength=n) + 1j * np.bincount(ring_of, four.imag, minlength=n)
        angle = np.angle(turn) / 4
        cos, sin = np.cos(angle), np.sin(angle)
        u = xy[:, 0] * cos[ring_of] + xy[:, 1] * sin[ring_of]
        v = -xy[:, 0] * sin[ring_of] + xy[:, 1] * cos[ring_of]
        middle, half = np.zeros((n, 2)), np.zeros((n, 2))
        starts = np.flatnonzero(np.diff(ring_of, prepend=-1)) if len(xy) else np.empty(0, np.int64)
        has = ring_of[starts]
        for k, values in enumerate((u, v) if len(xy) else ()):
            low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
            middle[has, k], half[has, k] = (low + high) / 2, (high - low) / 2
        centre = np.column_stack([middle[:, 0] * cos - middle[:, 1] * sin, middle[:, 0] * sin + middle[:, 1] * cos])
        area = np.maximum(shapely.area(b.footprints), 1.0)
        filled = area / np.maximum(4 * half[:, 0] * half[:, 1], 1e-9)
        half *= np.sqrt(np.clip(filled / 0.8, 0.3, 1.0))[:, None]
        return Upright(centre, half, angle, area, extents[:, [2, 5]].astype(float), pitched_rows(b.mesh, n))


def pitched_rows(mesh: Mesh, n: int) -> NDArray[np.bool_]:
    """Buildings most of whose roof is not flat (by triangles)."""
    roof = np.flatnonzero(mesh.surface == SurfaceClass.ROOF)
    z = mesh.points[:, 2][mesh.triangles[roof]]
    steep = (z.max(1) - z.min(1)) > 0.6
    of = mesh.object[roof]
    return np.asarray(2 * np.bincount(of[steep], minlength=n) > np.bincount(of, minlength=n))


def massing(nodes: NDArray[Any], codes: Ints, side: float, rows: Upright) -> NDArray[Any]:
    """Boxes of all tiles that are no leaves; writes their runs and the errors into nodes."""
    leaf = np.asarray(np.asarray(nodes["children"]).max(1) < 0)
    inner = np.flatnonzero(~leaf)
    child = nodes["children"][inner]
    above_leaf = np.asarray((child >= 0) & leaf[child]).any(1)
    tall = np.searchsorted(HEIGHTS_M, rows.z[:, 1] - rows.z[:, 0])
    made: list[NDArray[Any]] = []
    total = 0
    for level in np.unique(nodes["level"][inner]):
        for cells, which in ((NEAR_CELLS, above_leaf), (FAR_CELLS, ~above_leaf)):
            mine = inner[which & (nodes["level"][inner] == level)]
            if not len(mine):
                continue
            depth = min(int(level) + cells, BITS)
            runs = nodes["rows"][mine].astype(np.int64)
            index = _ranges(runs)
            of_node = np.repeat(np.arange(len(mine)), runs[:, 1] - runs[:, 0])
            cell = codes[index] >> (2 * (BITS - depth))
            boxes, node = _merged(rows, index, cell * 8 + tall[index], cell, of_node)
            count = np.bincount(node, minlength=len(mine))
            ends = np.cumsum(count)
            nodes["boxes"][mine] = np.column_stack([total + ends - count, total + ends])
            nodes["error_m"][mine] = 0.35 * side / (1 << depth)
            total += len(boxes)
            made.append(boxes)
    return np.concatenate(made) if made else np.empty(0, BOX)


def _ranges(runs: Ints) -> Ints:
    """All numbers of some runs, one after the other."""
    size = runs[:, 1] - runs[:, 0]
    return np.arange(int(size.sum())) + np.repeat(runs[:, 0] - (np.cumsum(size) - size), size)


def _merged(rows: Upright, index: Ints, key: Ints, cell: Ints, of_node: Ints) -> tuple[NDArray[Any], Ints]:
    """One box for the rows that share a key, and the node of each box."""
    order = np.argsort(key, kind="stable")
    index, key, cell, of_node = index[order], key[order], cell[order], of_node[order]
    start = np.flatnonzero(np.diff(key, prepend=-1))
    size = np.diff(start, append=len(key))
    of = np.repeat(np.arange(len(start)), size)
    w = rows.area[index]
    weight = np.add.reduceat(w, start)
    mean = np.column_stack([np.add.reduceat(w * rows.centre[index, k], start) / weight for k in range(2)])
    turn = w * np.exp(4j * rows.angle[index])
    angle = np.angle(np.add.reduceat(turn, start)) / 4
    cos, sin = np.cos(angle)[of], np.sin(angle)[of]
    rel = rows.centre[index] - mean[of]
    own = rows.angle[index] - angle[of]
    half = rows.half[index]
    c, s = np.abs(np.cos(own)), np.abs(np.sin(own))
    middle, out = np.empty((len(start), 2)), np.empty((len(start), 2))
    for k, (at, reach) in enumerate((
        (rel[:, 0] * cos + rel[:, 1] * sin, half[:, 0] * c + half[:, 1] * s),
        (-rel[:, 0] * sin + rel[:, 1] * cos, half[:, 0] * s + half[:, 1] * c),
    )):  # fmt: skip
        low, high = np.minimum.reduceat(at - reach, start), np.maximum.reduceat(at + reach, start)
        middle[:, k], out[:, k] = (low + high) / 2, np.maximum((high - low) / 2, 0.5)
    filled = weight / (4 * out[:, 0] * out[:, 1])
    out *= np.where(size > 1, np.sqrt(np.clip(filled, 0.03, 1.0)), 1.0)[:, None]  # streets and yards between them
    boxes = np.zeros(len(start), BOX)
    turned = np.exp(1j * angle)
    shift = (middle[:, 0] + 1j * middle[:, 1]) * turned
    boxes["centre"] = mean + np.column_stack([shift.real, shift.imag])
    boxes["half"], boxes["angle"] = out, angle
    low, high = rows.z[index, 0], rows.z[index, 1]
    base = np.add.reduceat(w * low, start) / weight
    volume = w * np.maximum(high - low, 0.1)
    rise = np.add.reduceat(w * (high - low), start) / weight
    most = np.maximum.reduceat(high - low, start)
    top = base + np.where(most > HEIGHTS_M[-1], (rise + most) / 2, rise)  # of towers one remembers the highest
    boxes["z"] = np.column_stack([np.minimum.reduceat(low, start), top])
    biggest = np.flatnonzero(volume == np.maximum.reduceat(volume, start)[of])
    boxes["row"] = index[biggest[np.unique(of[biggest], return_index=True)[1]]]
    run = np.flatnonzero(np.diff(cell, prepend=-1))
    bounds = np.column_stack([np.minimum.reduceat(index, run), np.maximum.reduceat(index, run) + 1])
    in_cell = np.searchsorted(run, start, side="right") - 1
    alone = (size == 1)[:, None]
    boxes["rows"] = np.where(alone, boxes["row"][:, None] + np.array([0, 1]), bounds[in_cell])
    boxes["pitched"] = 2 * np.add.reduceat(rows.pitched[index].astype(int), start) > size
    return boxes, of_node[start]
