"""A water network for a city that has none: works, mains under the streets in loops, towers that keep water for some hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.demo.services import spread
from twin.city.network import Network
from twin.city.plausible_power import Loads, laid
from twin.city.plausible_ways import Floats, Ints, Ways, centres_of_load, summed

DIAMETERS_M = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0])
"""Usual sizes of pipes."""
ROUGHNESS, SLOPE, PEAK, LOOP_SHARE = 120.0, 0.003, 1.6, 0.25
"""Hazen-Williams C; head lost over length that a main is laid for; largest over mean demand; share of what passes a street on the tree that
its neighbours in a loop are laid for (assumptions; 1 to 5 m/km are usual, Trifunovic 2006, doi:10.1201/9780203964699)."""
WORKS_M3S, MOST_WORKS, MARGIN = 0.5, 3, 1.3
"""One works for so much mean demand; pumps give the largest demand times the margin (assumption)."""
HEAD_M, TOWER_M, DEPTH_M, TOWER_M3S, RELIEF_M = 28.0, 20.0, 6.0, 0.03, 20.0
"""Pressure the works keep at the highest place served, that of a full tower there, depth of its water; mean demand or relief from which
there is one (assumptions; 28 m serve four storeys, higher houses have pumps of their own)."""
STORED_S, MOST_TOWER_M3 = 6 * 3600.0, 10_000.0
"""Mean demand that towers hold (assumption; a sixth to a third of a day is usual) and size from which there are more of them."""
EFFICIENCY, OFFSET_M = 0.7, 12.0


def water_network(
    ways: Ways, home: Ints, m3s: Floats, street: NDArray[np.object_], rng: np.random.Generator, source: str
) -> tuple[Network, Loads]:
    """home: node of ways that serves each building; m3s: its mean demand; street: id of the street of each line of ways.

    Returns the network and what its pumps draw. nodes: kind junction | reservoir | tank, demand_m3s, sizes of tanks. edges: kind pipe |
    pump, diameter_m, roughness, curve. tables: curves. Each part of the ways has its own works. Pressure zones are not made: where
    heights differ by more than 60 m, low places have more pressure than pipes like.
    """
    n = len(ways.xyz)
    base = np.bincount(home, m3s, n).astype(np.float64)
    part = ways.parts()
    works, fed_by = list[int](), dict[int, Ints]()
    for p in np.unique(part[ways.used]).tolist():
        of = ways.used[part[ways.used] == p]
        total = base[of].sum()
        if total > 0:
            count = int(np.clip(round(total / WORKS_M3S), 1, MOST_WORKS))
            fed_by[p] = of[centres_of_load(ways.xyz[of, :2], base[of], count, rng)]
            works += fed_by[p].tolist()
    roots = np.unique(works)
    distance, before, root = ways.forest(roots)
    passing = summed(np.where(np.isfinite(distance), base, 0.0), distance, before)
    carries = passing > 0
    child = np.flatnonzero(carries & (before >= 0))
    tree = ways.edge_between(child, before[child])
    loops = np.setdiff1d(np.flatnonzero(carries[ways.start] & carries[ways.end]), tree)
    rows = np.concatenate([tree, loops])
    thin = np.minimum(passing[ways.start[loops]], passing[ways.end[loops]])
    size = np.concatenate([diameter(PEAK * passing[child]), diameter(PEAK * LOOP_SHARE * thin)])
    at = np.unique(np.concatenate([child, before[child], roots, ways.start[loops], ways.end[loops]]))
    new = np.full(n, -1, np.int64)
    new[at] = np.arange(len(at))
    nodes = pd.DataFrame({
        "x": ways.xyz[at, 0], "y": ways.xyz[at, 1], "z": ways.xyz[at, 2], "kind": "junction", "name": "", "demand_m3s": base[at],
    })  # fmt: skip
    start, end = new[np.concatenate([before[child], ways.start[loops]])], new[np.concatenate([child, ways.end[loops]])]
    frames = [
        pd.DataFrame(
            {"start": start, "end": end, "kind": "pipe", "diameter_m": size, "roughness": ROUGHNESS, "curve": "", "street": street[rows]}
        )
    ]
    shapes = [ways.shape[rows]]
    sites = [nodes]
    tables: list[tuple[str, str, float, float]] = []
    loads = list[Loads]()
    count = len(nodes)
    for p, mine in fed_by.items():
        of = np.flatnonzero(carries & (part == p))
        total, top = float(base[of].sum()), float(ways.xyz[of[base[of] > 0], 2].max())
        lost = min(SLOPE * float(distance[of].max()), 25.0)
        xyz = ways.xyz[mine] + [OFFSET_M, OFFSET_M, 0.0]
        flow = MARGIN * PEAK * np.maximum(passing[mine], total / 4)
        lift = top - xyz[:, 2] + HEAD_M + lost
        names = [f"Waterworks {len(loads) + i + 1}" for i in range(len(mine))]
        curves = [f"{name} pump" for name in names]
        tables += [(curve, "head", float(q), float(h)) for curve, q, h in zip(curves, flow, lift, strict=True)]
        sites.append(pd.DataFrame({"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "kind": "reservoir", "name": names, "demand_m3s": 0.0}))
        frames.append(pd.DataFrame({
            "start": count + np.arange(len(mine)), "end": new[mine], "kind": "pump", "diameter_m": diameter(flow),
            "roughness": np.nan, "curve": curves, "street": "",
        }))  # fmt: skip
        shapes.append(shapely.linestrings(np.stack([xyz[:, :2], ways.xyz[mine, :2]], axis=1)))
        kw = 9.81 * flow * lift / EFFICIENCY
        loads += [Loads(xyz[i : i + 1, :2], kw[i : i + 1], np.array([names[i]], object)) for i in range(len(mine))]
        count += len(mine)
        if total >= TOWER_M3S or float(np.ptp(ways.xyz[of, 2])) >= RELIEF_M:
            towers = _towers(ways, of, mine, distance, total)
            base_z = np.maximum(ways.xyz[towers, 2], top + TOWER_M - DEPTH_M)
            volume = total * STORED_S / len(towers)
            xy = ways.xyz[towers, :2] + [OFFSET_M, -OFFSET_M]
            sites.append(pd.DataFrame({
                "x": xy[:, 0], "y": xy[:, 1], "z": base_z, "kind": "tank", "name": "Water tower", "demand_m3s": 0.0,
                "level_init_m": DEPTH_M, "level_min_m": 0.2, "level_max_m": DEPTH_M,
                "diameter_m": round(float(np.sqrt(volume / DEPTH_M * 4 / np.pi)), 1),
            }))  # fmt: skip
            frames.append(pd.DataFrame({
                "start": new[towers], "end": count + np.arange(len(towers)), "kind": "pipe", "roughness": ROUGHNESS, "curve": "",
                "street": "",
                "diameter_m": diameter(np.full(len(towers), PEAK * total / len(towers))),
            }))  # fmt: skip
            shapes.append(shapely.linestrings(np.stack([ways.xyz[towers, :2], xy], axis=1)))
            count += len(towers)
    network = laid("water", pd.concat(sites, ignore_index=True), frames, shapes, source)
    network.tables["curves"] = pd.DataFrame(tables, columns=["curve", "use", "x", "y"])
    return network, Loads.joined(loads)


def _towers(ways: Ways, of: Ints, works: Ints, distance: Floats, total: float) -> Ints:
    """Nodes of water towers: high places, of those as high the farthest from the works and from each other."""
    z = ways.xyz[of, 2]
    high = of[z >= z.max() - max(0.1 * float(np.ptp(z)), 0.5)]
    far = high[distance[high] >= 0.5 * distance[high].max()]
    count = max(1, int(np.ceil(total * STORED_S / MOST_TOWER_M3)))
    return far[spread(ways.xyz[far, :2], count, ways.xyz[works, :2])]


def diameter(m3s: Floats) -> Floats:
    """The usual size of pipe that loses no more than SLOPE at a flow (Hazen and Williams: h/L = 10.67 (Q/C)^1.852 / d^4.871)."""
    wanted = (10.67 * (np.maximum(m3s, 0.0) / ROUGHNESS) ** 1.852 / SLOPE) ** (1 / 4.871)
    return DIAMETERS_M[np.minimum(np.searchsorted(DIAMETERS_M, wanted - 1e-9), len(DIAMETERS_M) - 1)]
