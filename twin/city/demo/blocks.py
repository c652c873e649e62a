"""Quarters between the arterials, what each is used for, and their division into blocks by smaller streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.arterials import Arterials
from twin.city.demo.recipe import AREA_M2, generator
from twin.city.demo.site import Noise, Site

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
GRID = 0.05
"""Coordinates of the street net are multiples of this, so that its nodes meet exactly."""

ARTERIAL_HALF = {"arterial": 15.0, "embankment": 11.0, "creekside": 5.5, "bridge": 13.0, "tunnel": 12.0}
# kind: area of a block (m2), half widths of the first, second and further dividing streets (kerb to middle, with pavement)
PLAN: dict[str, tuple[float, float, float, float]] = {
    "finance": (15000, 11, 9, 7),
    "commercial": (12500, 10, 8, 6),
    "mixed": (15000, 10, 8, 6),
    "oldtown": (9000, 7, 5, 4),
    "housing": (30000, 9, 7, 6),
    "port": (60000, 10, 9, 8),
    "park": (1e9, 0, 0, 0),
    "campus": (1e9, 0, 0, 0),
    "hospital": (1e9, 0, 0, 0),
    "stadium": (1e9, 0, 0, 0),
    "station": (1e9, 0, 0, 0),
}


@dataclass(frozen=True)
class Blocks:
    """net: building land inside the kerbs; gross: to the middle of the streets; kind: use; quarter: row of the quarter."""

    net: Shapes
    gross: Shapes
    kind: NDArray[np.object_]
    quarter: NDArray[np.int64]


@dataclass(frozen=True)
class Division:
    """Blocks, the dividing streets (lines, class 1 secondary .. 3 lane) and the noded arterials with their kinds."""

    blocks: Blocks
    streets: Shapes
    street_level: NDArray[np.int64]
    arterials: Shapes
    arterial_kind: NDArray[np.object_]
    arterial_name: NDArray[np.object_]


def noded(lines: Shapes) -> Shapes:
    """Lines cut where they meet, on the precision grid; doubles fall together."""
    parts = shapely.get_parts(shapely.unary_union(lines, grid_size=GRID))
    return np.asarray(parts[shapely.length(parts) > 2 * GRID])


def without_loose_ends(edges: Shapes, half: float, rounds: int = 6) -> Shapes:
    """Edges that lead somewhere: dead ends inside the square are taken away, again and again."""
    for _ in range(rounds):
        ends = np.round(shapely.get_coordinates(edges)[_ends(edges)] / GRID).astype(np.int64)
        key, count = np.unique(ends, axis=0, return_counts=True)
        lonely = key[(count == 1)]
        lonely = lonely[(np.abs(lonely) * GRID).max(1) < half]
        if not len(lonely):
            break
        loose = set(map(tuple, lonely.tolist()))
        pair = ends.reshape(-1, 2, 2).tolist()
        keep = np.array([tuple(a) not in loose and tuple(b) not in loose for a, b in pair])
        edges = edges[keep]
    return edges


def _ends(edges: Shapes) -> NDArray[np.int64]:
    """Positions of first and last vertex of each edge among all vertices, interleaved."""
    last = np.cumsum(shapely.get_num_coordinates(edges)) - 1
    first = np.concatenate([[0], last[:-1] + 1])
    return np.asarray(np.column_stack([first, last]).ravel())


def source_of(edges: Shapes, lines: Shapes) -> NDArray[np.int64]:
    """The line each edge is a piece of: the one nearest to its middle."""
    tree = shapely.STRtree(lines)
    return np.asarray(tree.nearest(shapely.line_interpolate_point(edges, 0.5, normalized=True)), np.int64)


@dataclass(frozen=True)
class Frame:
    """Arterials cut at their junctions: edges, kind and name of each; border: pieces of the square's edge."""

    edges: Shapes
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    border: Shapes

    @property
    def ends(self) -> NDArray[np.int64]:
        """First and last point of each edge as whole multiples of GRID, (E, 2, 2)."""
        xy = shapely.get_coordinates(self.edges)[_ends(self.edges)]
        return np.asarray(np.round(xy / GRID).astype(np.int64).reshape(-1, 2, 2))


def frame_of(site: Site, net: Arterials) -> Frame:
    """Node the arterials within the square; what leads nowhere is dropped."""
    lines = np.array(net.lines, object)
    border = shapely.boundary(site.square)
    edges = noded(np.append(shapely.intersection(lines, site.square), border))
    middle = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    on_border = shapely.distance(middle, border) < 0.01
    streets = without_loose_ends(edges[~on_border], site.half - 1.0)
    of = source_of(streets, lines)
    return Frame(streets, np.array(net.kind, object)[of], np.array(net.name, object)[of], edges[on_border])


def divide(site: Site, frame: Frame, clear: Any = None) -> Division:
    """Quarters and blocks of the site. clear: land to be left free (below elevated roads)."""
    streets, kind = frame.edges, frame.kind
    quarters = shapely.get_parts(shapely.polygonize(np.concatenate([streets, frame.border])))
    inside = shapely.point_on_surface(quarters)
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    r = site.recipe
    dry = (site.river.beside(x, y)[1] > r["river"]["bank_road"] - 2) & (site.creek.beside(x, y)[1] > r["creek"]["bank_road"] - 2)
    quarters = quarters[dry & (shapely.area(quarters) > 900)]
    use = _uses(site, quarters)
    half_width = np.array([ARTERIAL_HALF[k] for k in kind])
    kerbs = shapely.buffer(streets, half_width, cap_style="flat", quad_segs=4)
    corners = shapely.buffer(shapely.points(np.unique(frame.ends.reshape(-1, 2), axis=0) * GRID), 13.0, quad_segs=4)
    paved = shapely.union_all(np.concatenate([kerbs, corners]))
    land = shapely.difference(quarters, paved if clear is None else shapely.union(paved, clear))
    blocks, cuts, level = _divide_all(quarters, land, use)
    return Division(blocks, cuts, level, streets, kind, frame.name)


def _uses(site: Site, quarters: Shapes) -> NDArray[np.object_]:
    """Use of each quarter, from where it lies."""
    rng = generator("uses")
    c = shapely.centroid(quarters)
    x, y, area = shapely.get_x(c), shapely.get_y(c), shapely.area(quarters)
    _, bank, side = site.river.beside(x, y)
    away = np.hypot(x, y)
    use = np.where(
        rng.random(len(x)) < 0.2 + 0.35 * np.exp(-((away / (1900.0 * site.k)) ** 2)) + 0.12 * Noise("uses", 1500.0)(x, y),
        "mixed",
        "housing",
    ).astype(object)
    for kind in ("commercial", "oldtown", "port", "finance"):
        use[site.nearness(kind, x, y) > 0] = kind
    use[(use == "finance") & (side < 0)] = "commercial"
    use[(use == "oldtown") & (bank < 260) & (side < 0)] = "commercial"

    def claim(kind: str, at: Sequence[float], size: Sequence[float], among: Sequence[str] = ("housing", "mixed")) -> None:
        free = np.isin(use, among) & (area > size[0]) & (area < size[1]) & (np.hypot(x - at[0], y - at[1]) < 900.0 * site.k)
        if free.any():
            use[np.flatnonzero(free)[np.argmin(np.hypot(x - at[0], y - at[1])[free])]] = kind

    for place in site.recipe["place"]:
        claim(place["kind"], place["at"], place.get("area", AREA_M2), place.get("instead_of", ("housing", "mixed")))
    spare = generator("more places")
    for k in range(max(0, round((4 * site.half**2 / 1e6 - 25.0) / 5.0))):  # a larger city has more of them, farther out
        claim(("hospital", "park", "campus", "park")[k % 4], spare.uniform(-site.half, site.half, 2).tolist(), AREA_M2)
    return use


def _divide_all(quarters: Shapes, land: Shapes, use: NDArray[np.object_]) -> tuple[Blocks, Shapes, NDArray[np.int64]]:
    """Every quarter halved again and again across its longer side until its blocks are small enough; all at once."""
    rng = generator("blocks")
    target, widths = np.array([PLAN[k][0] for k in use]), np.array([PLAN[k][1:] for k in use])
    gross, net, quarter = quarters, land, np.arange(len(quarters))
    done: list[tuple[Shapes, Shapes, NDArray[np.int64]]] = []
    cuts: list[Shapes] = []
    cut_level: list[NDArray[np.int64]] = []
    for level in range(12):
        split = shapely.area(net) > target[quarter] * rng.uniform(1.1, 1.75, len(net))
        done.append((gross[~split], net[~split], quarter[~split]))
        gross, net, quarter = gross[split], net[split], quarter[split]
        if not len(gross):
            break
        rank = np.minimum(level, 2) if level else 0
        gross, net, of, lines, line_of = halves(gross, net, widths[quarter, rank], rng)
        cuts.append(lines)
        cut_level.append(np.minimum(np.where(use[quarter[line_of]] == "oldtown", level + 2, level + 1), 3))
        quarter = quarter[of]
    gross, net, quarter = (np.concatenate(a) for a in zip(*done, strict=True))
    parts, of = shapely.get_parts(net, return_index=True)
    good = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 150)
    parts, of = parts[good], of[good]
    blocks = Blocks(parts, gross[of], use[quarter[of]], quarter[of])
    return blocks, np.concatenate(cuts) if cuts else np.empty(0, object), np.concatenate(cut_level) if cut_level else np.empty(0, np.int64)


def halves(
    gross: Shapes, net: Shapes, half_width: Floats, rng: np.random.Generator, skew: float = 5.0, shift: float = 0.1
) -> tuple[Shapes, Shapes, NDArray[np.int64], Shapes, NDArray[np.int64]]:
    """Each shape cut across its longer side.

    Returns the pieces of gross and of net (a street of half_width left out), the input row of each piece, the cut lines
    within gross and their input rows.
    """
    n = len(gross)
    box = shapely.get_coordinates(shapely.oriented_envelope(net)).reshape(-1, 5, 2)
    a, b = box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]
    longer = np.where((np.hypot(*a.T) >= np.hypot(*b.T))[:, None], a, b)
    angle = np.arctan2(longer[:, 1], longer[:, 0]) + np.radians(rng.normal(0, skew, n).clip(-2 * skew, 2 * skew))
    centre = box[:, :4].mean(1) + longer * rng.uniform(-shift, shift, n)[:, None]
    u = np.column_stack([np.cos(angle), np.sin(angle)])
    v = np.column_stack([-u[:, 1], u[:, 0]])
    far = 6000.0

    def half_plane(sign: float, offset: Floats) -> Shapes:
        o = centre + sign * u * offset[:, None]
        return np.asarray(
            shapely.polygons(np.stack([o - v * far, o + v * far, o + v * far + sign * u * far, o - v * far + sign * u * far], 1))
        )

    pieces_g, pieces_n, of = [], [], []
    for sign in (1.0, -1.0):
        g = shapely.intersection(gross, half_plane(sign, np.zeros(n)))
        k = shapely.intersection(net, half_plane(sign, half_width))
        parts, row = shapely.get_parts(g, return_index=True)
        area = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 60)
        parts, row = parts[area], row[area]
        several = np.bincount(row, minlength=n)[row] > 1
        part_net = k[row]
        part_net[several] = shapely.intersection(part_net[several], parts[several])
        pieces_g.append(parts)
        pieces_n.append(part_net)
        of.append(row)
    lines = shapely.intersection(shapely.linestrings(np.stack([centre - v * far, centre + v * far], 1)), gross)
    line, line_of = shapely.get_parts(lines, return_index=True)
    keep = (shapely.get_type_id(line) == 1) & (shapely.length(line) > 12)
    return np.concatenate(pieces_g), np.concatenate(pieces_n), np.concatenate(of), line[keep], line_of[keep]
