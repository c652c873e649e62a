"""Each thing once: what a second source tells again of the same place is left out, and told.

People keep one area in several formats, versions and products. Twice in a city, its people and losses would count twice, its
surfaces would flicker in each other, and a way through its streets could hop between two copies. Two things are one where
footprints cover each other by over 90 % (twin.city.doctor.buildings), or features of one role have the same shape.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.doctor import words
from twin.city.doctor.buildings import worse_doubles
from twin.city.doctor.facts import Facts
from twin.city.doctor.mend_buildings import kept
from twin.city.features import Features
from twin.city.network import Network
from twin.errors import Problem

SAME = 0.5
"""Share of a layer's features that another one has from which on it is the same told again, not a coincidence."""
NEAR_M, COVER, LENGTH = 1.0, 0.9, 0.98
_EMPTY = frozenset({"", "other"})
_OWN = frozenset({"id", "source", "parts", "height_m", "height_source", "ground_z_m"})

Rows = NDArray[np.int64]


def each_once(city: City) -> City:
    """The city without buildings, features and networks that another of its sources tells too."""
    return _networks_once(_layers_once(_facilities_once(_buildings_once(city))))


def _told(what: str, n: int, all_of: int, source: str, other: str, examples: tuple[str, ...], did: str = "They were left out") -> Problem:
    message = words.says("told_twice", n=f"{n:,}", all=f"{all_of:,}", what=what, source=source, other=other)
    return Problem("told_twice", "info", n, message, source, examples[:10], did=did)


# buildings
def _buildings_once(city: City) -> City:
    sources = city.buildings.table["source"].to_numpy(object)
    if len(set(sources.tolist())) < 2:
        return city
    worse, better = worse_doubles(Facts(city))
    several = sources[worse] != sources[better]
    worse, better = worse[several], better[several]
    if not len(worse):
        return city
    stands = np.arange(len(sources))
    stands[worse] = better
    while (stands[stands] != stands).any():  # of three at one place the best stays
        stands = stands[stands]
    ids = city.buildings.ids
    problems = []
    for source, other in dict.fromkeys(zip(sources[worse], sources[stands[worse]], strict=True)):
        rows = np.flatnonzero((sources[worse] == source) & (sources[stands[worse]] == other))
        examples = tuple(str(i) for i in ids[stands[worse[rows]]][:10])
        did = "They were left out; what only they know was kept"
        problems.append(_told("buildings", len(rows), int((sources == source).sum()), str(source), str(other), examples, did))
    city = _with_what_others_know(city, worse, stands[worse])
    keep = np.ones(len(sources), bool)
    keep[worse] = False
    return kept(city, keep).derived(problems=(*city.problems, *problems))


def _with_what_others_know(city: City, gone: Rows, stays: Rows) -> City:
    """The buildings that stay have what only those that go know: name, use, year, attributes."""
    b = city.buildings

    def filled(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        changed = {}
        for name in columns:
            values = table[name].to_numpy(copy=True)
            known = table[name].notna().to_numpy()
            if table[name].dtype == object:
                known &= ~table[name].isin(list(_EMPTY)).to_numpy()
            use = ~known[stays] & known[gone]
            if use.any():
                values[stays[use]] = values[gone[use]]
                changed[name] = values
        return table.assign(**changed) if changed else table

    table = filled(b.table, [c for c in b.table.columns if c not in _OWN])
    return city.derived(buildings=b.derived(table=table, attributes=filled(b.attributes, list(b.attributes.columns))))


# features
def _same_shapes(a: NDArray[np.object_], b: NDArray[np.object_]) -> tuple[Rows, Rows]:
    """Rows of b, and the rows of a that have the same shape: areas and lines by extent, points by place."""
    none = np.empty(0, np.int64), np.empty(0, np.int64)
    if not len(a) or not len(b):
        return none
    from scipy.spatial import cKDTree

    middle = [np.full((len(s), 2), np.inf) for s in (a, b)]
    for shapes, xy in zip((a, b), middle, strict=True):
        points, rows = shapely.get_coordinates(shapely.centroid(shapes), return_index=True)
        xy[rows] = points
    good = [np.flatnonzero(np.isfinite(xy).all(1)) for xy in middle]
    if not len(good[0]) or not len(good[1]):
        return none
    near = cKDTree(middle[0][good[0]]).query(middle[1][good[1]], k=min(3, len(good[0])), distance_upper_bound=NEAR_M)[1]
    near = near.reshape(len(good[1]), -1)
    i, j = np.nonzero(near < len(good[0]))
    of_b, of_a = good[1][i], good[0][near[i, j]]
    left, right = shapely.force_2d(a[of_a]), shapely.force_2d(b[of_b])
    same = shapely.get_dimensions(left) == shapely.get_dimensions(right)
    is_area, is_line = shapely.get_dimensions(left) == 2, shapely.get_dimensions(left) == 1
    for some, size in ((is_area, shapely.area), (is_line, shapely.length)):
        x, y = size(left), size(right)
        least = COVER if size is shapely.area else LENGTH
        same &= ~some | (np.minimum(x, y) >= least * np.maximum(x, y))
    rows = np.flatnonzero(same & is_area)
    valid = shapely.is_valid(left[rows]) & shapely.is_valid(right[rows])
    rows = rows[valid]
    common = shapely.area(shapely.intersection(left[rows], right[rows]))
    same[rows] = common >= COVER * np.maximum(shapely.area(left[rows]), shapely.area(right[rows]))
    rows = np.flatnonzero(same & is_line)
    same[rows] = shapely.hausdorff_distance(left[rows], right[rows]) <= NEAR_M
    first = np.flatnonzero(same)
    once = first[np.unique(of_b[first], return_index=True)[1]] if len(first) else first
    return of_b[once], of_a[once]


def _layers_once(city: City) -> City:
    layers, problems = dict(city.layers), []
    names = list(layers)
    box = {name: shapely.total_bounds(layer.geometry) for name, layer in layers.items()}
    for i, name in enumerate(names):
        for other in names[:i]:
            if name not in layers or other not in layers:
                continue
            a, b = layers[other], layers[name]
            if a.role != b.role or b.role == "other" or a.source == b.source or min(len(a), len(b)) == 0:
                continue
            one, two = box[name], box[other]
            if not (one[:2] <= two[2:] + NEAR_M).all() or not (two[:2] <= one[2:] + NEAR_M).all():  # tiles beside each other
                continue
            mine, theirs = _same_shapes(a.geometry, b.geometry)
            whole = len(np.unique(theirs)) == len(a) < len(b)  # the second one has all of the first, and more
            if len(mine) < SAME * len(b) and not whole:
                continue
            gone, stays, said = (a, b, np.unique(theirs)) if whole else (b, a, mine)
            problems.append(_told(f"features of {b.role}", len(said), len(gone), gone.source, stays.source, tuple(gone.ids[said][:10])))
            if whole:
                layers[other], box[other] = layers.pop(name), box[name]
            elif len(mine) == len(b):
                del layers[name]
            else:
                layers[name] = _without(b, mine)
    return city if not problems else city.derived(layers=layers, problems=(*city.problems, *problems))


def _without(layer: Features, rows: Rows) -> Features:
    keep = np.ones(len(layer), bool)
    keep[rows] = False
    to = np.where(keep, np.cumsum(keep) - 1, -1)
    mesh = layer.mesh
    if mesh is not None:
        there = np.flatnonzero(to[mesh.object] >= 0)
        mesh = mesh.part(there, to[mesh.object][there].astype(np.int32))
    return replace(layer, table=layer.table[keep].reset_index(drop=True), geometry=layer.geometry[keep], mesh=mesh)


def _facilities_once(city: City) -> City:
    """Facilities of several files are one layer; of two of a kind with one id at one place the first counts."""
    layer = city.layers.get("facilities")
    if layer is None or len(layer) < 2:
        return city
    xy = (
        np.round(shapely.get_coordinates(shapely.centroid(layer.geometry)) / NEAR_M) if not shapely.is_empty(layer.geometry).any() else None
    )
    if xy is None:
        return city
    key = pd.DataFrame({"id": layer.table["id"].astype(str), "kind": layer.table["kind"], "x": xy[:, 0], "y": xy[:, 1]})
    again = np.flatnonzero(key.duplicated().to_numpy())
    if not len(again):
        return city
    message = words.says("told_twice", "facilities", n=f"{len(again):,}", all=f"{len(layer):,}")
    told = Problem("told_twice", "info", len(again), message, "", tuple(layer.ids[again][:10]), did="They were left out")
    return city.derived(layers={**city.layers, "facilities": _without(layer, again)}, problems=(*city.problems, told))


# networks
def _networks_once(city: City) -> City:
    """A network whose every edge another one of its kind has is left out; one that lies over another is told."""
    networks, problems = dict(city.networks), []
    names = list(networks)
    for i, name in enumerate(names):
        for other in names[:i]:
            if name not in networks or other not in networks or networks[name].kind != networks[other].kind:
                continue
            a, b = networks[other], networks[name]
            if a.source == b.source or not len(b.geometry) or not len(a.geometry):
                continue
            mine, _ = _same_shapes(a.geometry, b.geometry)
            if len(mine) == len(b.geometry) and _says_no_more(a, b):
                del networks[name]
                problems.append(_told(f"edges of the network {b.kind}", len(mine), len(mine), b.source, a.source, ()))
            elif (share := _beside(a, b)) > SAME:
                message = words.says("network_twice", a=other, b=name, share=f"{100 * share:.0f}")
                problems.append(Problem("network_twice", "warning", 1, message, b.source))
                break
    return city if not problems else city.derived(networks=networks, problems=(*city.problems, *problems))


def _says_no_more(a: Network, b: Network) -> bool:
    """Whether b is nothing but lines: what a network holds besides (demands, turns, timetables) may be another variant's."""
    return not b.tables and len(b.edges) <= len(a.edges) and b.kind in ("roads", "rail", "metro")


def _beside(a: Network, b: Network, within_m: float = 15.0, most: int = 20_000) -> float:
    """Share of the middles of b's edges that lie within some metres of a."""
    rows = np.unique(np.linspace(0, len(b.geometry) - 1, min(len(b.geometry), most)).astype(np.int64))
    points = shapely.line_interpolate_point(b.geometry[rows], 0.5, normalized=True)
    points = points[~(shapely.is_missing(points) | shapely.is_empty(points))]
    if not len(points):
        return 0.0
    found = shapely.STRtree(a.geometry).query(points, predicate="dwithin", distance=within_m)[0]
    return len(np.unique(found)) / len(points)
