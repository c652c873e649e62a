"""Elevated expressways: routes over arterial streets, smoothed to the curves that traffic at speed needs, and their ramps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from twin.city.demo.blocks import GRID, Frame
from twin.city.demo.site import Site

Floats = NDArray[np.float64]
STEP = 8.0
CLEAR = 20.0
DECK_M = 10.0
RAMP_M = 190.0
RAMP_EVERY_M = 750.0
QUAY_M = 4.3


@dataclass(frozen=True)
class Expressway:
    """path (N, 2), one vertex about every STEP metres; z (N,) is set once the ground is known."""

    name: str
    name_zh: str
    closed: bool
    path: Floats

    @cached_property
    def chainage(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.path, axis=0).T))])

    def at(self, s: Any) -> Floats:
        """Points (N, 2) at chainages; round a closed one."""
        s = np.asarray(s, float)
        s = s % self.chainage[-1] if self.closed else np.clip(s, 0, self.chainage[-1])
        return np.column_stack([np.interp(s, self.chainage, self.path[:, k]) for k in (0, 1)])


def expressways(site: Site, frame: Frame) -> list[Expressway]:
    """Those of the recipe whose points all lie in the square."""
    ends = frame.ends
    key, at = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    at, xy = at.reshape(-1, 2), key * GRID
    usable = np.isin(frame.kind, ("arterial", "bridge", "embankment"))
    cost = shapely.length(frame.edges) * np.where(frame.kind == "embankment", 3.0, 1.0)
    out = []
    for e in site.recipe["expressway"]:
        points = np.array(e["points"], float)
        if np.abs(points).max() > site.half:
            continue
        stops = points if not e["closed"] else np.vstack([points, points[:1]])
        legs: list[NDArray[np.int64]] = []
        free = usable.copy()
        linked = np.unique(at[usable])
        nodes = [int(linked[np.argmin(np.hypot(*(xy[linked] - p).T))]) for p in stops]
        for a, b in zip(nodes[:-1], nodes[1:], strict=True):
            walk = _shortest(at, np.where(free, cost, cost * 8.0), usable, a, b, len(xy))
            legs.append(walk)
            pairs = {frozenset(p) for p in zip(walk[:-1].tolist(), walk[1:].tolist(), strict=True)}
            free &= ~np.array([frozenset(p) in pairs for p in at.tolist()])
        line = _joined(frame, at, _without_spurs(np.concatenate(legs)))
        if len(line) > 2:
            out.append(Expressway(e["name"], e["name_zh"], bool(e["closed"]), _smooth(line, bool(e["closed"]))))
    return out


def _shortest(at: NDArray[np.int64], cost: Floats, usable: NDArray[np.bool_], a: int, b: int, n: int) -> NDArray[np.int64]:
    rows, columns = at[usable].T
    graph = coo_matrix((cost[usable], (rows, columns)), shape=(n, n)).tocsr()
    _, before = dijkstra(graph, directed=False, indices=a, return_predecessors=True)
    walk = [b]
    while walk[-1] != a and before[walk[-1]] >= 0:
        walk.append(int(before[walk[-1]]))
    return np.array(walk[::-1] if walk[-1] == a else [a])


def _without_spurs(walk: NDArray[np.int64]) -> list[int]:
    """The walk without standing still and without going there and straight back."""
    out: list[int] = []
    for node in walk.tolist():
        if out and out[-1] == node:
            continue
        if len(out) > 1 and out[-2] == node:
            out.pop()
            continue
        out.append(node)
    return out


def _joined(frame: Frame, at: NDArray[np.int64], walk: list[int]) -> Floats:
    """Vertices along a walk over nodes."""
    edge = {}
    for i, (a, b) in enumerate(at.tolist()):
        edge[a, b] = (i, 1)
        edge[b, a] = (i, -1)
    parts = []
    for a, b in zip(walk[:-1], walk[1:], strict=True):
        i, way = edge[a, b]
        parts.append(shapely.get_coordinates(frame.edges[i])[::way])
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _smooth(line: Floats, closed: bool) -> Floats:
    s = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    even = np.linspace(0, s[-1], max(8, int(s[-1] / STEP)))
    path = np.column_stack([np.interp(even, s, line[:, k]) for k in (0, 1)])
    sigma = 80.0 / STEP
    if closed:
        path = gaussian_filter1d(path[:-1], sigma, axis=0, mode="wrap")
        return np.vstack([path, path[:1]])
    pinned = gaussian_filter1d(path, sigma, axis=0, mode="nearest")
    w = np.clip(np.minimum(even, s[-1] - even) / 120.0, 0, 1)[:, None]
    return np.asarray(path * (1 - w) + pinned * w)


def corridor(routes: list[Expressway]) -> Any:
    """Land below the decks and ramps, to be kept clear of buildings."""
    return shapely.union_all([shapely.buffer(shapely.linestrings(e.path), CLEAR, quad_segs=4) for e in routes]) if routes else None


def deck_z(site: Site, ground: Any, path: Floats) -> Floats:
    """Height of the deck along a path: over the ground, higher still over the river (a second deck on its bridges)."""
    z = np.maximum(ground.sample(*path.T), QUAY_M)
    z = gaussian_filter1d(z, 12.0, mode="nearest") + DECK_M
    _, d, _ = site.river.beside(*path.T)
    off = site.recipe["river"]["bank_road"]
    u = np.clip((off - d) / (off + 190.0), 0, 1)
    return np.asarray(z + 12.0 * 0.5 * (1 - np.cos(np.pi * u)))


@dataclass(frozen=True)
class Ramp:
    """xyz (N, 3) from the deck down to a ground node; s: chainage where it leaves the deck; node: row of the ground node."""

    s: float
    node: int
    xyz: Floats


def ramps(e: Expressway, z: Floats, nodes: Floats, linked: NDArray[np.bool_]) -> list[Ramp]:
    """Ramps to street junctions (nodes (N, 3), those marked) that lie below the deck, every RAMP_EVERY_M or so, on alternating sides."""
    tree = cKDTree(e.path)
    away, at = tree.query(nodes[:, :2])
    total = float(e.chainage[-1])
    s = e.chainage[at]
    flat = z[at] - nodes[:, 2] < DECK_M + 3.0
    fit = np.flatnonzero((away < 22.0) & linked & flat & ((s > 40.0) & (s < total - RAMP_M - 40.0)))
    fit = fit[np.argsort(s[fit], kind="stable")]
    out: list[Ramp] = []
    last = -np.inf
    for node in fit.tolist():
        if s[node] - last < RAMP_EVERY_M:
            continue
        last = float(s[node])
        side = 1.0 if len(out) % 2 else -1.0
        t = np.linspace(0, 1, 26)
        along = last + RAMP_M * (1 - t)
        path = e.at(along)
        way = e.at(along + 1.0) - path
        normal = np.column_stack([-way[:, 1], way[:, 0]])
        normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
        aside = np.where(t < 0.2, 6.6 + 8.6 * t / 0.2, 15.2 * np.minimum(1, (1 - t) / 0.12))
        path = path + side * aside[:, None] * normal
        path[0], path[-1] = e.at(along[:1])[0], nodes[node, :2]
        high = np.interp(along, e.chainage, z)
        ease = np.clip((t - 0.05) / 0.75, 0, 1)
        ease = ease * ease * (3 - 2 * ease)
        out.append(Ramp(last + RAMP_M, node, np.column_stack([path, high * (1 - ease) + (nodes[node, 2] + 0.3) * ease])))
    return out
