"""A power network as a flow sees it: demands, sources and their capacity, reactances, ratings. Columns as in twin.city.network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.network import Network
from twin.models.exposure import Note
from twin.models.service.columns import flags, numbers, texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LINE_X_OHM_KM, LINE_KV, TRAFO_VK_PERCENT = 0.35, 20.0, 10.0
"""Taken where the network does not say: reactance of an overhead line, voltage, short-circuit voltage (Oeding and Oswald 2016,
doi:10.1007/978-3-662-52703-0)."""
UNLIMITED_KA, UNLIMITED_MVA = 10.0, 5000.0
"""Ratings from which on a line or a transformer is one of a test case that states none."""
SOURCE, STATION, LOAD, PLAIN = 0, 1, 2, 3
CRITICAL = ("hospital", "pumping station", "pump", "motor", "water", "waterworks", "fire station", "telecom", "metro")
"""Names and kinds of loads that are shed last where the network has no column `priority`."""


@dataclass(frozen=True)
class PowerGrid:
    """Arrays by row of the network's nodes (n) and edges (m). Power in MW (loads) and MVA (limits); NaN: no limit is known."""

    ids: tuple[str, ...]
    edge_ids: tuple[str, ...]
    start: Ints
    end: Ints
    demand: Floats
    generation: Floats
    """MW of generators that run as long as their place has power."""
    carries: Bools
    """Whether the generators of a node can carry an island on their own."""
    source: Bools
    capacity: Floats
    x: Floats
    """Per unit of 1 MVA."""
    rating: Floats
    closed: Bools
    tie: Bools
    """Edges that are open in normal operation and may be closed."""
    usable: Bools
    usable_node: Bools
    kind: Ints
    critical: Bools
    power_factor: float
    is_moment: bool = False
    """Whether its loads are those of one moment, as of a load flow, and not the highest of a day."""
    notes: list[Note] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def power_grid(network: Network, power_factor: float) -> PowerGrid:
    """The grid of a network `power`, with notes on everything that had to be assumed or left out."""
    nodes, edges, n, m = network.nodes, network.edges, len(network.nodes), len(network.edges)
    notes: list[Note] = []
    ids = tuple(nodes["id"].astype(str)) if n else ()
    edge_ids = tuple(edges["id"].astype(str)) if m else ()
    start, end = (edges[c].to_numpy(np.int64) if m else np.empty(0, np.int64) for c in ("start", "end"))
    usable = flags(edges, "in_service", True) & (start >= 0) & (end >= 0) & (start < n) & (end < n)
    bad = np.flatnonzero(usable & (start == end))
    if len(bad):
        usable[bad] = False
        notes.append(("warning", "power-loop", f"{_count(bad, edge_ids)} of the power network begin where they end: they are left out."))
    start, end = np.where(usable, start, 0), np.where(usable, end, 0)
    usable_node = flags(nodes, "in_service", True)
    kinds = texts(nodes, "kind")
    demand, generation = _powers(nodes, notes, ids)
    source = flags(nodes, "slack", False) | (kinds == "grid")
    if not source.any():
        source = kinds == "substation"
        if source.any():
            count = int(source.sum())
            text = f"The power network shows no connection to a larger grid: its {count} substations are taken as fed from outside."
            notes.append(("info", "power-sources", text))
    source &= usable_node
    carries = _carries(network, generation, source)
    if n and not source.any() and not carries.any():
        text = "The power network shows no grid connection, substation or generator: nothing is said about power."
        notes.append(("warning", "power-no-source", text))
    capacity = numbers(nodes, "capacity_mva")
    capacity[capacity <= 0] = np.nan
    x, rating = _lines(edges, nodes, start, usable, edge_ids, notes)
    closed = flags(edges, "closed", True)
    kind = np.select([source, np.isin(kinds, ("substation", "generator")), demand > 0], [SOURCE, STATION, LOAD], PLAIN).astype(np.int64)
    reactive = numbers(nodes, "q_mvar", 0.0)
    if np.nansum(np.abs(reactive)) > 0 and demand.sum() > 0:
        power_factor = float(np.clip(demand.sum() / np.hypot(demand.sum(), np.nansum(reactive)), 0.5, 1.0))
    return PowerGrid(
        ids, edge_ids, start, end, demand, generation, carries, source, capacity, x, rating, closed, usable & ~closed, usable, usable_node,
        kind, _critical(nodes, kinds), power_factor, "p_mw" in nodes, notes,
    )  # fmt: skip


def _count(rows: Ints, ids: tuple[str, ...]) -> str:
    return f"{len(rows)} line{'s' if len(rows) > 1 else ''} ({', '.join(ids[i] for i in rows[:3])}{' ...' if len(rows) > 3 else ''})"


def _powers(nodes: pd.DataFrame, notes: list[Note], ids: tuple[str, ...]) -> tuple[Floats, Floats]:
    if "p_mw" in nodes:
        demand = numbers(nodes, "p_mw", 0.0)
    else:
        demand = numbers(nodes, "load_kw", 0.0) / 1000.0
    generation = numbers(nodes, "generation_mw", 0.0)
    below = np.flatnonzero(demand < 0)
    generation[below] -= demand[below]
    demand[below] = 0.0
    generation = np.maximum(generation, 0.0)
    if len(nodes) and not demand.any():
        notes.append(("warning", "power-no-load", "The power network states no loads: lines are taken as unloaded, supply as on or off."))
    return demand, generation


def _carries(network: Network, generation: Floats, source: Bools) -> Bools:
    """Synchronous machines hold an island; inverters (sgen) go off with the grid."""
    found = (generation > 0) & ~source
    gen = network.tables.get("gen")
    if gen is not None and "node" in gen:
        found &= network.nodes["id"].isin(gen["node"]).to_numpy(bool)
    elif network.tables:
        found[:] = False
    return found


def _lines(
    edges: pd.DataFrame, nodes: pd.DataFrame, start: Ints, usable: Bools, ids: tuple[str, ...], notes: list[Note]
) -> tuple[Floats, Floats]:
    m = len(edges)
    if not m:
        return np.empty(0), np.empty(0)
    kind = texts(edges, "kind")
    kv = numbers(nodes, "vn_kv", LINE_KV)[start]
    kv = np.where(kv > 0, kv, LINE_KV)
    parallel = numbers(edges, "parallel", 1.0)
    parallel = np.where(parallel > 0, parallel, 1.0)
    km = np.maximum(np.nan_to_num(numbers(edges, "length_m"), nan=0.0) / 1000.0, 1e-3)
    per_km = numbers(edges, "x_ohm_per_km")
    per_km = np.where(per_km > 0, per_km, LINE_X_OHM_KM)
    sn = numbers(edges, "sn_mva")
    vk = numbers(edges, "vk_percent", TRAFO_VK_PERCENT)
    transforms = np.isin(kind, ("trafo", "trafo3w")) & (sn > 0)
    vk = np.where(vk > 0, vk, TRAFO_VK_PERCENT)
    x = np.where(transforms, vk / 100.0 / np.where(sn > 0, sn, 1.0), per_km * km / kv**2) / parallel
    bar = kind == "switch"
    least = x[~bar & usable].min() if (~bar & usable).any() else 1.0
    x = np.where(bar, least * 1e-3, np.maximum(x, least))
    ka = numbers(edges, "max_i_ka")
    by_current = np.where((ka > 0) & (ka < UNLIMITED_KA), np.sqrt(3.0) * kv * ka * parallel, np.nan)
    rating = np.where(transforms, np.where(sn < UNLIMITED_MVA, sn * parallel, np.nan), by_current)
    if "rating_kva" in edges:
        own = numbers(edges, "rating_kva") / 1000.0
        rating = np.where(own > 0, own, rating)
    rating[bar] = np.nan
    without = np.flatnonzero(~np.isfinite(rating) & usable & ~bar)
    if len(without):
        text = f"{_count(without, ids)} state no rating: without one of them set, they carry whatever flows."
        notes.append(("info", "power-no-rating", text))
    return x, rating


def _critical(nodes: pd.DataFrame, kinds: NDArray[np.object_]) -> Bools:
    if "priority" in nodes:
        return numbers(nodes, "priority", 0.0) > 0
    return np.isin(kinds, CRITICAL) | np.isin(np.char.lower(texts(nodes, "name").astype(str)), CRITICAL)
