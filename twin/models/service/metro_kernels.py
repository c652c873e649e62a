"""Compiled exchange of water between streets, stations and tunnels. Every m3 that leaves one vessel is in another or counted as pumped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

OPTIONS: dict[str, Any] = {"nogil": True, "cache": True}
WEIR = 1.705
"""Broad-crested, m^0.5/s (Bos 1989), as the flood model takes for the same entrances."""


@njit(**OPTIONS)
def level_of(volume: float, levels: Any, volumes: Any) -> Any:
    """Level of a vessel that holds a volume."""
    last = len(levels) - 1
    k = min(max(int(np.searchsorted(volumes, volume, "right")) - 1, 0), last - 1)
    while k < last - 1 and volumes[k + 1] <= volumes[k]:
        k += 1
    return levels[k] + (volume - volumes[k]) / max(volumes[k + 1] - volumes[k], 1e-9) * (levels[k + 1] - levels[k])


@njit(**OPTIONS)
def surface_of(volume: float, levels: Any, volumes: Any) -> Any:
    """Water surface of a vessel, m2."""
    last = len(levels) - 1
    k = min(max(int(np.searchsorted(volumes, volume, "right")) - 1, 0), last - 1)
    return max((volumes[k + 1] - volumes[k]) / max(levels[k + 1] - levels[k], 1e-9), 1.0)


@njit(**OPTIONS)
def exchange(
    held: Any, level: Any, volume: Any, place: Any, tunnel: Any, crest: Any, breadth: Any, carries: Any, place_full: Any, tunnel_full: Any,
    through: Any, door: Any, street: Any, head: Any, width: Any, taken: Any, pump: Any, pumped: Any, dt: float, steps: int,
) -> None:  # fmt: skip
    """Advance by steps of dt. held: m3 by vessel. Over the edge between a place and its tunnel water runs as over a drowned weir
    (Villemonte 1947), never more than the tunnel carries (Manning), and at most half of what would level the two.

    door: vessel each entrance leads to; street: level of the water before it; head: depth over its sill; taken: m3 so far. pump: m3/s by
    vessel; through: m3 so far from place to tunnel."""
    for _ in range(steps):
        for e in range(len(door)):
            v = door[e]
            if head[e] <= 0.0:
                continue
            inside = level_of(held[v], level[v], volume[v])
            if inside >= street[e]:
                continue
            room = (street[e] - inside) * surface_of(held[v], level[v], volume[v])
            comes = min(WEIR * width[e] * head[e] * math.sqrt(head[e]) * dt, room)
            held[v] += comes
            taken[e] += comes
        for v in range(len(held)):
            if pump[v] > 0.0 and held[v] > 0.0:
                goes = min(pump[v] * dt, held[v])
                held[v] -= goes
                pumped[v] += goes
        for k in range(len(place)):
            a, b = place[k], tunnel[k]
            wa, wb = level_of(held[a], level[a], volume[a]), level_of(held[b], level[b], volume[b])
            forth = wa > wb
            high, low = max(wa, wb), min(wa, wb)
            over = high - crest[k]
            if over <= 1e-6 or high - low <= 1e-6:
                continue
            drowned = max(0.0, low - crest[k]) / over
            flow = WEIR * breadth[k] * over * math.sqrt(over) * (1.0 - drowned * math.sqrt(drowned)) ** 0.385
            flow = min(flow, carries[k] * math.sqrt(high - low))
            sa, sb = surface_of(held[a], level[a], volume[a]), surface_of(held[b], level[b], volume[b])
            spare = held[a] - place_full[k] if forth else held[b] - tunnel_full[k]
            moved = min(flow * dt, 0.5 * (high - low) * sa * sb / (sa + sb), max(0.0, spare))
            if not forth:
                moved = -moved
            held[a] -= moved
            held[b] += moved
            through[k] += moved


def warm_up() -> None:
    """Have the exchange compiled, or loaded from its cache, before a run waits for it."""
    none, nobody, two = np.zeros(0), np.zeros(0, np.int64), np.zeros(2)
    table = np.zeros((2, 2))
    exchange(two, table, table, nobody, nobody, none, none, none, none, none, none, nobody, none, none, none, none, two, two.copy(), 1.0, 0)
