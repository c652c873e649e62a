"""Rows of oblong houses within blocks: the ground pattern of lane quarters, housing compounds, campuses and ports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.shapes import rectangles

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RowPlan:
    """depth: across the row; pitch: from row to row; length and gap: ranges along the row; margin: from the kerb. Metres."""

    depth: float
    pitch: float
    length: tuple[float, float]
    gap: tuple[float, float]
    margin: float = 3.0


def facing_south(blocks: NDArray[np.object_], most: float = 90.0) -> Floats:
    """Angle of rows in each block, radians from east: the block's own axis nearest to east-west, turned at most `most` degrees."""
    box = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(-1, 5, 2)
    side = box[:, 1] - box[:, 0]
    angle = np.arctan2(side[:, 1], side[:, 0])
    angle = (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4
    return np.asarray(np.clip(angle, -np.radians(most), np.radians(most)))


def fill(block: object, angle: float, plan: RowPlan, rng: np.random.Generator) -> Floats:
    """Houses (N, 5) in one block: centre x and y, length, depth, angle. Those that would leave the block are not set."""
    inner = shapely.buffer(block, -plan.margin, join_style="mitre")
    if shapely.is_empty(inner):
        return np.empty((0, 5))
    if inner.geom_type != "Polygon":
        inner = max(shapely.get_parts(inner), key=shapely.area)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    ring = shapely.get_coordinates(shapely.get_exterior_ring(inner)) @ turn
    low, high = ring[:, 1].min(), ring[:, 1].max()
    room = high - low - plan.depth
    if room < 0:
        return np.empty((0, 5))
    count = int(room / plan.pitch) + 1
    y = low + (room - (count - 1) * plan.pitch) * 0.5 + np.arange(count) * plan.pitch
    left, right = _span(ring, y + 0.05)
    left2, right2 = _span(ring, y + plan.depth - 0.05)
    left, right = np.maximum(left, left2), np.minimum(right, right2)
    most = max(1, int((np.nanmax(np.append(right - left, 1.0)) + plan.gap[1]) / (plan.length[0] + plan.gap[0])) + 1)
    length = rng.uniform(*plan.length, (count, most))
    gap = rng.uniform(*plan.gap, (count, most))
    end = left[:, None] + np.cumsum(length + gap, 1) - gap
    start = end - length
    over = end - right[:, None]
    cut = (over > 0) & (right[:, None] - start > 0.6 * plan.length[0])
    end = np.where(cut, right[:, None], end)
    fits = end <= right[:, None] + 1e-9
    rest = np.where(fits.any(1), right - np.where(fits, end, -np.inf).max(1), 0.0)
    shift = np.where(np.isfinite(rest), rest, 0.0)[:, None] * 0.5
    x0, x1 = (start + shift)[fits], (end + shift)[fits]
    yy = np.broadcast_to((y + plan.depth / 2)[:, None], fits.shape)[fits]
    centre = np.column_stack([(x0 + x1) / 2, yy]) @ turn.T
    n = len(x0)
    houses = np.column_stack([centre, x1 - x0, np.full(n, plan.depth), np.full(n, angle)])
    shapely.prepare(inner)
    inside = shapely.covers(shapely.buffer(inner, 0.2), shapely.polygons(rectangles(*houses.T))) if n else np.empty(0, bool)
    return np.asarray(houses[inside])


def _span(ring: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Leftmost and rightmost crossing of a ring with horizontal lines; (inf, -inf) where it misses."""
    a, b = ring[:-1], ring[1:]
    crosses = (a[:, 1] <= y[:, None]) != (b[:, 1] <= y[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        x = a[:, 0] + (y[:, None] - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return np.where(crosses, x, np.inf).min(1), np.where(crosses, x, -np.inf).max(1)
