"""Compiled Connection Scan: one sweep over all connections of a timetable in the order of departure.

Dibbelt, Pajor, Strasser, Wagner 2013, doi:10.1007/978-3-642-38527-8_6 (earliest arrival, section 3). Times are whole seconds, int32.
Who has left a vehicle changes to another at the same stop after change_s, or walks one footpath to a stop near by and boards there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NEVER = 2_147_483_647
OPTIONS: dict[str, Any] = {"nogil": True, "cache": True}


@njit(**OPTIONS)
def _sweep(
    start: Any, end: Any, leave: Any, come: Any, trip: Any, foot_first: Any, foot_to: Any, foot_s: Any, change_s: int, origin: int,
    at_s: int, until_s: int, arrive: Any, alight: Any, ready: Any, aboard: Any, stamp: int,
) -> None:  # fmt: skip
    """Earliest arrival at every stop into `arrive`; NEVER where none leaves by until_s. aboard: stamps by trip, so that it need not be
    cleared. alight: by vehicle; ready: from when one may board."""
    arrive[:] = NEVER
    alight[:] = NEVER
    ready[:] = NEVER
    arrive[origin] = at_s
    ready[origin] = at_s
    for k in range(foot_first[origin], foot_first[origin + 1]):
        there = at_s + foot_s[k]
        if there < arrive[foot_to[k]]:
            arrive[foot_to[k]] = there
            ready[foot_to[k]] = there
    for i in range(np.searchsorted(leave, at_s), np.searchsorted(leave, until_s, "right")):
        of = np.uintp(trip[i])
        if aboard[of] != stamp:
            if ready[np.uintp(start[i])] > leave[i]:
                continue
            aboard[of] = stamp
        s, t = np.uintp(end[i]), come[i]
        if t >= alight[s]:
            continue
        alight[s] = t
        arrive[s] = min(arrive[s], t)
        ready[s] = min(ready[s], t + change_s)
        for k in range(foot_first[s], foot_first[s + 1]):
            there = t + foot_s[k]
            if there < arrive[foot_to[k]]:
                arrive[foot_to[k]] = there
            if there < ready[foot_to[k]]:
                ready[foot_to[k]] = there


@njit(**OPTIONS)
def earliest(
    start: Any, end: Any, leave: Any, come: Any, trip: Any, trips: int, foot_first: Any, foot_to: Any, foot_s: Any, change_s: int,
    origins: Any, at_s: Any, within_s: int,
) -> Any:  # fmt: skip
    """(origins, stops) int32 of earliest arrivals; at_s: when each sets out. Nobody boards later than within_s after that."""
    stops = len(foot_first) - 1
    out = np.empty((len(origins), stops), np.int32)
    alight, ready = np.empty(stops, np.int32), np.empty(stops, np.int32)
    aboard = np.full(trips, -1, np.int32)
    for o in range(len(origins)):
        _sweep(
            start, end, leave, come, trip, foot_first, foot_to, foot_s, change_s, origins[o], at_s[o], at_s[o] + within_s, out[o], alight,
            ready, aboard, o,
        )  # fmt: skip
    return out


@njit(**OPTIONS)
def profile(
    start: Any, end: Any, leave: Any, come: Any, trip: Any, trips: int, foot_first: Any, foot_to: Any, foot_s: Any, change_s: int,
    origin: int, moments: Any, within_s: int,
) -> Any:  # fmt: skip
    """How many journeys to each stop are worth taking: set out at one of `moments` (ascending) and no later one arrives as early.
    Returns that, and the least time under way of those journeys (NEVER where there are none)."""
    stops = len(foot_first) - 1
    arrive, alight, ready = np.empty(stops, np.int32), np.empty(stops, np.int32), np.empty(stops, np.int32)
    best, count, least = np.full(stops, NEVER, np.int32), np.zeros(stops, np.int64), np.full(stops, NEVER, np.int32)
    aboard = np.full(trips, -1, np.int32)
    for m in range(len(moments) - 1, -1, -1):
        at = moments[m]
        _sweep(
            start, end, leave, come, trip, foot_first, foot_to, foot_s, change_s, origin, at, at + within_s, arrive, alight, ready,
            aboard, m,
        )  # fmt: skip
        for s in range(stops):
            if arrive[s] < best[s]:
                best[s] = arrive[s]
                if s != origin:
                    count[s] += 1
                    least[s] = min(least[s], arrive[s] - at)
    return count, least
