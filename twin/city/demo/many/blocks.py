"""Districts with a street grid of their own each, the blocks between their streets, and the streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.demo.many.site import Site
from twin.city.network import Network

Floats = NDArray[np.float64]
KINDS = ("core", "inner", "rows", "villas", "estate", "industry", "park")
SIZE_M = {  # block along, block across, street: metres
    "core": (92.0, 78.0, 18.0), "inner": (118.0, 70.0, 15.0), "rows": (130.0, 46.0, 11.0), "villas": (150.0, 58.0, 10.0),
    "estate": (165.0, 120.0, 14.0), "industry": (210.0, 130.0, 16.0), "park": (180.0, 140.0, 12.0),
}  # fmt: skip
DISTRICT_M2 = 2.6e6
ARTERIAL_M = 15.0
PIECE_M = 260.0


@dataclass(frozen=True)
class Blocks:
    """Rectangles turned by angle (radians): centre (N, 2), half (N, 2), kind: row of KINDS, urbanity (N,)."""

    centre: Floats
    half: Floats
    angle: Floats
    kind: NDArray[np.int64]
    urbanity: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def some(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Blocks:
        return Blocks(self.centre[rows], self.half[rows], self.angle[rows], self.kind[rows], self.urbanity[rows])

    def areas(self) -> NDArray[np.object_]:
        """Their polygons."""
        corners = self.half[:, None, :] * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
        return np.asarray(shapely.polygons(turned(corners, self.angle) + self.centre[:, None]), object)


def turned(xy: Floats, angle: Floats) -> Floats:
    """Points (N, K, 2), each row about the origin by its angle."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.stack([xy[..., 0] * cos - xy[..., 1] * sin, xy[..., 0] * sin + xy[..., 1] * cos], axis=-1)


def divided(site: Site, random: np.random.Generator) -> tuple[Blocks, pd.DataFrame, pd.DataFrame]:
    """Blocks of the city, nodes (x, y) and edges (start, end, class, name) of its streets."""
    from scipy.spatial import Voronoi, cKDTree

    seeds = _seeds(site, random)
    tree = cKDTree(seeds)
    urban = site.urbanity(seeds[:, 0], seeds[:, 1])
    kinds = _kinds(site, seeds, urban, random)
    angles = random.uniform(0, np.pi / 2, len(seeds))
    found: list[Blocks] = []
    nodes: list[Floats] = []
    edges: list[NDArray[np.int64]] = []
    total = 0
    gap = float(np.median(tree.query(seeds, k=2)[0][:, 1])) if len(seeds) > 1 else 2 * site.radius
    for d in range(len(seeds)):  # some hundred
        along, across, street = np.array(SIZE_M[KINDS[kinds[d]]]) * [random.uniform(0.8, 1.2), random.uniform(0.9, 1.15), 1.0]
        n, m = int(2.6 * gap / (along + street)) + 2, int(2.6 * gap / (across + street)) + 2
        i, j = np.meshgrid(np.arange(n), np.arange(m), indexing="ij")
        at = np.stack([(i + 0.5 - n / 2) * (along + street), (j + 0.5 - m / 2) * (across + street)], -1).reshape(1, -1, 2)
        turn = angles[d : d + 1]
        centre = turned(at, turn)[0] + seeds[d]
        half = np.tile([along / 2, across / 2], (len(centre), 1))
        corners = (centre[:, None] + turned((half[:1, None] * _SIDES).reshape(1, -1, 2), turn)).reshape(-1, 2)
        away, owner = tree.query(corners, k=min(2, len(seeds)))
        if len(seeds) > 1:
            clear = (owner[:, 0] == d) & (away[:, 1] - away[:, 0] > 2 * (ARTERIAL_M + 4))
        else:
            clear = np.ones(len(corners), bool)
        dry = site.from_river(corners[:, 0], corners[:, 1]) > site.river_m / 2 + 34
        inside = site.reach(corners[:, 0], corners[:, 1]) < 1
        keep = (clear & dry & inside).reshape(-1, 4).all(1)
        north = (corners[:, 1] > site.stream(corners[:, 0])).reshape(-1, 4)
        keep &= north.all(1) | ~north.any(1)  # none lies astride the river
        u = site.urbanity(centre[:, 0], centre[:, 1])
        # Towards the edge the fields begin.
        keep &= random.random(len(keep)) > np.clip((site.reach(centre[:, 0], centre[:, 1]) - 0.82) * 3.2, 0, 0.75)
        if not keep.any():
            continue
        kind = _varied(np.full(int(keep.sum()), kinds[d]), u[keep], random)
        found.append(Blocks(centre[keep], half[keep], np.full(len(kind), angles[d]), kind, u[keep]))
        xy, pairs = _grid_streets(keep.reshape(n, m), along + street, across + street)
        nodes.append(turned(xy[None], turn)[0] + seeds[d])
        edges.append(pairs + total)
        total += len(xy)
    blocks = Blocks(*(np.concatenate([getattr(b, f) for b in found]) for f in ("centre", "half", "angle", "kind", "urbanity")))
    grid_xy, grid_edges = np.concatenate(nodes), np.concatenate(edges)
    more, roads = _arterials(site, seeds, Voronoi(seeds) if len(seeds) > 3 else None, grid_xy, len(grid_xy), random)
    xy = np.concatenate([grid_xy, more])
    streets = pd.DataFrame({"start": grid_edges[:, 0], "end": grid_edges[:, 1], "class": "residential"})
    edges_of = pd.concat([roads, streets], ignore_index=True)
    edges_of = pd.concat([edges_of, _links(xy, edges_of)], ignore_index=True)
    return blocks, pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]}), edges_of


_SIDES = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)


def _seeds(site: Site, random: np.random.Generator) -> Floats:
    """Middles of districts: a jittered hexagonal lattice over the city."""
    step = float(np.clip(np.sqrt(DISTRICT_M2), 0, site.radius * 0.75))
    k = int(1.4 * site.radius / step) + 2
    i, j = np.meshgrid(np.arange(-k, k + 1), np.arange(-k, k + 1))
    xy = np.column_stack([(i + 0.5 * (j % 2)).ravel() * step, j.ravel() * step * 0.87])
    xy += random.normal(0, 0.19 * step, xy.shape)
    return np.asarray(xy[site.reach(xy[:, 0], xy[:, 1]) < 1.12])


def _kinds(site: Site, seeds: Floats, urban: Floats, random: np.random.Generator) -> NDArray[np.int64]:
    """What most of a district is."""
    noisy = urban + random.normal(0, 0.035, len(urban))
    kind = np.digitize(-noisy, [-0.66, -0.38, -0.2])  # core, inner, rows, villas
    chance = random.random(len(seeds))
    river = site.from_river(seeds[:, 0], seeds[:, 1]) < 0.12 * site.radius
    kind[(noisy < 0.45) & (chance < np.where(river, 0.24, 0.07))] = KINDS.index("industry")
    kind[(noisy < 0.6) & (noisy > 0.1) & (chance > 0.86)] = KINDS.index("estate")
    return np.asarray(kind, np.int64)


def _varied(kind: NDArray[np.int64], urbanity: Floats, random: np.random.Generator) -> NDArray[np.int64]:
    """Single blocks that differ from their district: parks, an estate among villas, offices where it is most urban."""
    chance = random.random(len(kind))
    kind = kind.copy()
    kind[(chance < 0.035) & (kind != KINDS.index("industry"))] = KINDS.index("park")
    kind[(chance > 0.97) & (urbanity < 0.5)] = KINDS.index("estate")
    kind[(urbanity > 0.72) & (chance > 0.1) & (chance < 0.97)] = KINDS.index("core")
    return kind


def _grid_streets(kept: NDArray[np.bool_], along: float, across: float) -> tuple[Floats, NDArray[np.int64]]:
    """Corners of the kept blocks of a grid and the streets along their sides."""
    n, m = kept.shape
    beside = np.zeros((n, m + 1), bool)
    beside[:, :-1] |= kept
    beside[:, 1:] |= kept
    before = np.zeros((n + 1, m), bool)
    before[:-1] |= kept
    before[1:] |= kept
    number = np.arange((n + 1) * (m + 1)).reshape(n + 1, m + 1)
    pairs = np.concatenate([
        np.column_stack([number[:-1][beside], number[1:][beside]]), np.column_stack([number[:, :-1][before], number[:, 1:][before]])
    ])  # fmt: skip
    used, index = np.unique(pairs, return_inverse=True)
    i, j = np.divmod(used, m + 1)
    return np.column_stack([(i - n / 2) * along, (j - m / 2) * across]), index.reshape(-1, 2).astype(np.int64)


def _arterials(
    site: Site, seeds: Floats, cells: object, grid_xy: Floats, first: int, random: np.random.Generator
) -> tuple[Floats, pd.DataFrame]:
    """Main roads along the borders of districts, in pieces, each joined to the streets on both sides."""
    from scipy.spatial import cKDTree

    empty = pd.DataFrame({"start": np.empty(0, np.int64), "end": np.empty(0, np.int64), "class": np.empty(0, object)})
    if cells is None:
        return np.empty((0, 2)), empty
    corner = cells.vertices  # type: ignore[attr-defined]
    inside = site.reach(corner[:, 0], corner[:, 1]) < 1.1
    ends = np.array([v for v in cells.ridge_vertices if min(v) >= 0 and inside[v].all()], np.int64).reshape(-1, 2)  # type: ignore[attr-defined]
    if not len(ends):
        return np.empty((0, 2)), empty
    urban = site.urbanity(*corner[ends].mean(1).T)
    kind = np.where(random.random(len(ends)) < 0.2 + 0.5 * urban, "primary", "secondary").astype(object)
    pieces = np.maximum(1, np.round(np.linalg.norm(corner[ends[:, 1]] - corner[ends[:, 0]], axis=1) / PIECE_M)).astype(np.int64)
    inner = np.repeat(np.arange(len(ends)), pieces - 1)
    place = np.arange(len(inner)) - np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1) + 1
    share = (place / pieces[inner])[:, None]
    xy = np.concatenate([corner, corner[ends[inner, 0]] * (1 - share) + corner[ends[inner, 1]] * share])
    start_of = np.cumsum(pieces - 1) - (pieces - 1) + len(corner)
    of = np.repeat(np.arange(len(ends)), pieces)
    k = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start = np.where(k == 0, ends[of, 0], start_of[of] + k - 1)
    end = np.where(k == pieces[of] - 1, ends[of, 1], start_of[of] + k)
    roads = pd.DataFrame({"start": start + first, "end": end + first, "class": kind[of]})
    # Two streets lead off each node of a main road, if any are near.
    away, near = cKDTree(grid_xy).query(xy, k=4, distance_upper_bound=170.0)
    node, rank = np.nonzero(np.isfinite(away) & (np.arange(4) % 2 == 0))
    joins = pd.DataFrame({"start": node + first, "end": near[node, rank], "class": "tertiary"})
    used = np.unique(np.concatenate([roads[["start", "end"]].to_numpy().ravel(), joins["start"].to_numpy()])) - first
    number = np.full(len(xy), -1, np.int64)
    number[used] = np.arange(len(used)) + first
    roads = roads.assign(start=number[roads["start"] - first], end=number[roads["end"] - first])
    joins = joins.assign(start=number[joins["start"] - first])
    return xy[used], pd.concat([roads, joins], ignore_index=True)


def _links(xy: Floats, edges: pd.DataFrame) -> pd.DataFrame:
    """One road from every island of streets to the nearest of the others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    count, island = connected_components(coo_matrix((np.ones(len(edges)), pairs), shape=(len(xy), len(xy))), directed=False)
    main = int(np.argmax(np.bincount(island)))
    home = np.flatnonzero(island == main)
    rest = np.flatnonzero(island != main)
    away, near = cKDTree(xy[home]).query(xy[rest]) if count > 1 else (np.empty(0), np.empty(0, np.int64))
    order = np.lexsort((away, island[rest]))
    first = order[np.unique(island[rest][order], return_index=True)[1]] if len(rest) else order
    return pd.DataFrame({"start": rest[first], "end": home[near[first]], "class": "tertiary"})


LANES = {"primary": 4, "secondary": 3, "tertiary": 2, "residential": 2}
SPEED_KMH = {"primary": 60.0, "secondary": 50.0, "tertiary": 40.0, "residential": 30.0}
DECK_M = 9.0


def network_of(site: Site, nodes: pd.DataFrame, edges: pd.DataFrame, source: str) -> Network:
    """Network `roads`; what crosses the river is a bridge."""
    xy = nodes[["x", "y"]].to_numpy()
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    a, b = xy[start], xy[end]
    wet = np.zeros(len(edges), bool)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        p = a * (1 - share) + b * share
        wet |= site.from_river(p[:, 0], p[:, 1]) < site.river_m / 2 + 8
    over = np.zeros(len(nodes), bool)
    over[site.from_river(xy[:, 0], xy[:, 1]) < site.river_m / 2 + 8] = True
    z = np.where(over, DECK_M, site.ground(xy[:, 0], xy[:, 1]))
    line = np.stack([np.column_stack([a, z[start]]), np.column_stack([b, z[end]])], axis=1)
    kind = edges["class"]
    table = pd.DataFrame({
        "id": np.char.add("road/", np.arange(len(edges)).astype(str)).astype(object), "start": start.astype(np.int32),
        "end": end.astype(np.int32), "length_m": np.linalg.norm(b - a, axis=1), "oneway": False, "class": kind,
        "lanes": kind.map(LANES).astype(float), "speed_kmh": kind.map(SPEED_KMH), "name": "", "bridge": wet, "tunnel": False,
    })  # fmt: skip
    ids = np.char.add("node/", np.arange(len(nodes)).astype(str)).astype(object)
    return Network("roads", nodes.assign(id=ids, z=z)[["id", "x", "y", "z"]], table, np.asarray(shapely.linestrings(line), object), source)
