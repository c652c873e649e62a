"""Arterial streets as streamlines of a direction field that follows river, creek and the old town's ring.

Method: Chen et al. 2008, Interactive procedural street modeling, doi:10.1145/1360612.1360702, with the even spacing of
Jobard and Lefer 1997. Both families of a cross field are traced; ends run on until they meet another street.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.recipe import generator
from twin.city.demo.site import Noise, Site

Floats = NDArray[np.float64]
STEP = 16.0
CELL = 20.0


class CrossField:
    """Direction of the first street family on a grid; the second stands square to it."""

    def __init__(self, site: Site) -> None:
        self.edge = site.half + 400.0
        n = int(2 * self.edge / 40.0) + 1
        at = np.linspace(-self.edge, self.edge, n)
        x, y = np.meshgrid(at, at)
        r = site.recipe["streets"]
        angle = np.radians(r["angle"] + r["wander"] * Noise("street angle", 3400.0)(x, y) / 1.4)
        vector = np.stack([np.cos(4 * angle), np.sin(4 * angle)], -1)
        for stream, weight, reach in ((site.river, 3.0, 620.0 * site.k), (site.creek, 1.3, 190.0 * site.k)):
            _, d, _ = stream.beside(x, y)
            t = stream.tangent(x, y)
            a = 4 * np.arctan2(t[:, 1], t[:, 0]).reshape(x.shape)
            vector += (weight * np.exp(-((np.maximum(d, 0) / reach) ** 2)))[..., None] * np.stack([np.cos(a), np.sin(a)], -1)
        old = site.centres("oldtown")[0]
        dx, dy = x - old["at"][0], y - old["at"][1]
        a, d = 4 * np.arctan2(dy, dx), np.hypot(dx, dy)
        vector += (2.2 * np.exp(-(((d - old["radius"]) / (330.0 * site.k)) ** 2)))[..., None] * np.stack([np.cos(a), np.sin(a)], -1)
        self.vector, self.n, self.step = vector, n, at[1] - at[0]

    def angle(self, x: float, y: float) -> float:
        """Direction of the first family, radians."""
        fx, fy = (x + self.edge) / self.step, (y + self.edge) / self.step
        c, r = min(max(int(fx), 0), self.n - 2), min(max(int(fy), 0), self.n - 2)
        u, v, g = fx - c, fy - r, self.vector
        a = (g[r, c] * (1 - u) + g[r, c + 1] * u) * (1 - v) + (g[r + 1, c] * (1 - u) + g[r + 1, c + 1] * u) * v
        return float(np.arctan2(a[1], a[0])) / 4

    def angles(self, x: Floats, y: Floats) -> Floats:
        """Direction of the first family at the nearest grid points."""
        c, r = (np.clip(np.round((v + self.edge) / self.step).astype(int), 0, self.n - 1) for v in (x, y))
        g = self.vector[r, c]
        return np.asarray(np.arctan2(g[..., 1], g[..., 0]) / 4)

    def heading(self, p: Floats, along: Floats) -> Floats:
        """Of the four directions of the cross, the one nearest to `along`."""
        a = self.angle(float(p[0]), float(p[1]))
        c, s = np.cos(a), np.sin(a)
        four = np.array([[c, s], [-s, c], [-c, -s], [s, -c]])
        return np.asarray(four[np.argmax(four @ along)])


@dataclass(frozen=True)
class Arterials:
    """lines: shapely LineStrings, not noded; kind: arterial, embankment, creekside, crossing (bridge or tunnel); name per line."""

    lines: list[Any]
    kind: list[str]
    name: list[str]


class _Paper:
    """Where streets lie already, and which way, so that the next of the same family keep their distance.

    A cross field has no families as a whole, but it has two at every place: each cell keeps one mark for each.
    """

    def __init__(self, site: Site, field: CrossField) -> None:
        self.half = site.half + 380.0
        self.n = int(2 * self.half / CELL) + 1
        at = (np.arange(self.n) + 0.5) * CELL - self.half
        x, y = np.meshgrid(at, at)
        self.by_river = site.river.beside(x, y)[1] < site.recipe["river"]["bank_road"] + 40.0
        a = field.angles(x, y)
        self.first = np.stack([np.cos(a), np.sin(a)], -1)
        self.near = np.zeros((2, self.n, self.n), bool)
        self.wide = np.zeros((2, self.n, self.n), bool)

    def cell(self, p: Floats) -> tuple[int, int]:
        n = self.n - 1
        return min(max(int((p[1] + self.half) / CELL), 0), n), min(max(int((p[0] + self.half) / CELL), 0), n)

    def taken(self, grid: NDArray[np.bool_], p: Floats, t: Floats) -> bool:
        """Whether a street through p in direction t would lie beside one of its own family."""
        r, c = self.cell(p)
        return bool(grid[0 if abs(self.first[r, c] @ t) > 0.7071 else 1, r, c])

    def draw(self, path: Floats, spacing: float) -> None:
        t = np.gradient(path, axis=0)
        t /= np.maximum(np.hypot(*t.T), 1e-9)[:, None]
        cells = np.floor((path[:, ::-1] + self.half) / CELL).astype(int)
        k, inner = int(0.8 * spacing / CELL), int(0.5 * spacing / CELL)
        dy, dx = np.mgrid[-k : k + 1, -k : k + 1]
        away = dx**2 + dy**2
        wide, near = away <= k * k, away <= inner * inner
        for (r, c), (tx, ty) in zip(cells.tolist(), t.tolist(), strict=True):
            r0, r1, c0, c1 = max(r - k, 0), min(r + k + 1, self.n), max(c - k, 0), min(c + k + 1, self.n)
            if r0 >= r1 or c0 >= c1:
                continue
            part = self.first[r0:r1, c0:c1]
            second = np.abs(part[..., 0] * tx + part[..., 1] * ty) <= 0.7071
            cut = slice(r0 - r + k, r1 - r + k), slice(c0 - c + k, c1 - c + k)
            for grid, disc in ((self.near, near[cut]), (self.wide, wide[cut])):
                grid[0, r0:r1, c0:c1] |= disc & ~second
                grid[1, r0:r1, c0:c1] |= disc & second


def _trace(site: Site, field: CrossField, paper: _Paper, start: Floats, along: Floats, free: int = 0) -> Floats:
    """One way from start; stops at the river's embankment, at the edge, or beside a street of its own family."""
    bank = site.recipe["river"]["bank_road"]
    limit = site.half + 60.0
    path, p, t = [start], start, along
    for step in range(int(4 * site.half / STEP)):
        t = field.heading(p, t)
        t = field.heading(p + t * STEP / 2, t)
        p = p + t * STEP
        if max(abs(p[0]), abs(p[1])) > limit:
            path.append(p)
            break
        if step > free and paper.taken(paper.near, p, t):
            break
        if paper.by_river[paper.cell(p)] and site.river.beside(p[:1], p[1:])[1][0] < bank + 8:
            path.append(p + t * 25)
            break
        path.append(p)
    return np.array(path)


def arterials(site: Site) -> Arterials:
    """All arterial lines of the site: embankments, creekside lanes, crossings, and the traced net."""
    r, rng = site.recipe, generator("arterials")
    field = CrossField(site)
    paper = _Paper(site, field)
    lines: list[Any] = []
    kind: list[str] = []
    name: list[str] = []
    reach = site.half + 60.0
    window = shapely.box(-reach, -reach, reach, reach)

    def add(geometry: Any, what: str, called: str = "") -> None:
        for part in shapely.get_parts(shapely.intersection(geometry, window)):
            if part.geom_type == "LineString" and part.length > 20:
                lines.append(part)
                kind.append(what)
                name.append(called)

    off = r["river"]["bank_road"]
    for side in (1, -1):
        add(shapely.linestrings(site.river.bank(side, off)), "embankment")
    corridor = site.river.area(off)
    for side in (1, -1):
        add(shapely.difference(shapely.linestrings(site.creek.bank(side, r["creek"]["bank_road"])), corridor), "creekside")
    for line in lines:
        paper.draw(shapely.get_coordinates(shapely.segmentize(line, STEP)), 300.0 * site.k**0.5)

    starts: list[tuple[Floats, Floats]] = []
    for what in ("bridge", "tunnel"):
        for s, called in zip(r["crossings"][what + "s"], r["crossings"][what + "_names"], strict=True):
            if abs(s) > site.river.s[-1] - 500:
                continue
            at = site.river.at(s)
            a, b = site.river.bank(-1, off)[at], site.river.bank(1, off)[at]
            if np.abs([a, b]).max() > site.half - 60:
                continue
            add(shapely.linestrings([a, b]), what, called)
            out = (b - a) / np.hypot(*(b - a))
            starts += [(b, out), (a, -out)]

    def spacing(p: Floats) -> float:
        t = min(1.0, max(0.0, (np.hypot(*p) - 900.0 * site.k) / (2600.0 * site.k)))
        return float(r["streets"]["spacing"] * (1 - t) + r["streets"]["spacing_far"] * t)

    seeds: deque[tuple[Floats, Floats]] = deque()

    def accept(path: Floats) -> None:
        paper.draw(path, spacing(path[len(path) // 2]))
        add(shapely.linestrings(path), "arterial")
        for i in range(2, len(path) - 2, max(6, int(130.0 / STEP))):
            t = path[i + 1] - path[i]
            t = t / np.hypot(*t)
            for turn in (1, -1):
                q = path[i] + turn * spacing(path[i]) * rng.uniform(0.85, 1.3) * np.array([-t[1], t[0]])
                if max(abs(q[0]), abs(q[1])) < site.half:
                    seeds.append((q, t))

    for start, along in starts:
        path = _trace(site, field, paper, start + along * 16, along, free=8)
        if len(path) > 8:
            accept(np.vstack([start, path]))
    pending = [(p, f) for p in rng.uniform(-site.half, site.half, (300, 2)) for f in (0, 1)]
    while seeds or pending:
        if seeds:
            p, t = seeds.popleft()
        else:
            p, family = pending.pop()
            a = field.angle(float(p[0]), float(p[1])) + family * np.pi / 2
            t = np.array([np.cos(a), np.sin(a)])
        _, d, _ = site.river.beside(p[:1], p[1:])
        t = field.heading(p, t)
        if d[0] < off + 90 * site.k or paper.taken(paper.wide, p, t):
            continue
        path = np.vstack([_trace(site, field, paper, p, -t)[::-1], _trace(site, field, paper, p, t)[1:]])
        if len(path) * STEP > 420.0 * site.k:
            accept(path)
    return Arterials(_run_on(lines, kind, site), kind, name)


def _run_on(lines: list[Any], kind: list[str], site: Site) -> list[Any]:
    """Loose ends of traced streets prolonged to the first street they meet."""
    tree = shapely.STRtree(lines)
    out = list(lines)
    off = site.recipe["river"]["bank_road"]
    for i, line in enumerate(lines):
        if kind[i] != "arterial":
            continue
        xy = shapely.get_coordinates(line)
        for end in (0, 1):
            path = xy if end else xy[::-1]
            tip, back = path[-1], path[max(-4, -len(path))]
            _, d, _ = site.river.beside(tip[:1], tip[1:])
            if max(np.abs(tip)) > site.half or d[0] < off + 5:
                continue
            t = (tip - back) / max(np.hypot(*(tip - back)), 1e-9)
            ray = shapely.linestrings([tip + t * 0.5, tip + t * 620.0])
            best, found = np.inf, None
            for j in tree.query(ray, predicate="intersects"):
                for p in shapely.get_coordinates(shapely.intersection(ray, lines[j])):
                    away = np.hypot(*(p - tip))
                    if j != i and away < best:
                        best, found = away, p
            if found is not None:
                path = np.vstack([path, found + t * 0.2])
                xy = path if end else path[::-1]
        out[i] = shapely.simplify(shapely.linestrings(xy), 0.6)
    return out
