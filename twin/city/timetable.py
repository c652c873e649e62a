"""Journeys by public transport: the connections of a timetable, who can change to what, and how long it takes to get anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.city.timetable_kernels import earliest, profile

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
DAY_S = 86_400
NO_LIMIT_S = 10 * DAY_S
DETOUR = 1.2
"""A way on foot by the straight line; assumed, without a source."""


@dataclass(frozen=True)
class Timetable:
    """Connections of a day and what is left of the night before, in the order of departure: a vehicle of `trip` leaves stop `start` at
    `leave` and comes to stop `end` at `come`, whole seconds since midnight.

    step: which hop of its trip each is; by_road: whether it drives on streets; stops: ids; xy: (stops, 2) local metres. foot_first,
    foot_to, foot_s: footpaths from each stop, packed. change_s: from one vehicle to the next at one stop.
    """

    stops: NDArray[np.object_]
    xy: Floats
    start: Ints
    end: Ints
    leave: Ints
    come: Ints
    trip: Ints
    step: Ints
    by_road: NDArray[np.bool_]
    trips: int
    foot_first: Ints
    foot_to: Ints
    foot_s: Ints
    change_s: int = 0

    def __len__(self) -> int:
        return len(self.leave)

    @staticmethod
    def sorted(
        stops: ArrayLike, xy: Floats, start: ArrayLike, end: ArrayLike, leave: ArrayLike, come: ArrayLike, trip: ArrayLike, step: ArrayLike,
        by_road: ArrayLike | None = None, *, walk_m: float = 0.0, walk_m_s: float = 1.33, change_s: int = 0,
    ) -> Timetable:  # fmt: skip
        """Connections in any order. A hop takes a second at least: with none at all the order of departure would not be that of travel.
        walk_m: how far people walk between stops, the street's detour included."""
        a, b, t, k = (np.asarray(v, np.int32) for v in (start, end, trip, step))
        out = np.asarray(leave, np.int32)
        there = np.maximum(np.asarray(come, np.int32), out + 1).astype(np.int32)
        road = np.zeros(len(a), bool) if by_road is None else np.asarray(by_road, bool)
        order = np.lexsort((k, out))
        first, to, seconds = footpaths(xy, walk_m, walk_m_s)
        return Timetable(
            np.asarray(stops, object), np.asarray(xy, float).reshape(-1, 2), a[order], b[order], out[order], there[order], t[order],
            k[order], road[order], int(t.max()) + 1 if len(t) else 0, first, to, seconds, int(change_s),
        )  # fmt: skip

    def arrivals(self, origins: ArrayLike, at_s: ArrayLike, within_s: float = NO_LIMIT_S) -> Ints:
        """(origins, stops): when one who sets out at each origin at `at_s` is at each stop; NEVER where nothing leads there that is
        boarded within within_s. Raises IndexError for an origin that is no stop."""
        rows = np.asarray(origins, np.int32).ravel()
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self.stops)):  # compiled code would read what is not its own
            raise IndexError(f"Stops are numbered from 0 to {len(self.stops) - 1}")
        begin = np.broadcast_to(np.asarray(at_s, np.int32), rows.shape).copy()
        return np.asarray(earliest(*self._kernel, rows, begin, np.int32(min(within_s, NO_LIMIT_S))))

    def journeys(self, origin: int, from_s: float, until_s: float, within_s: float = 4 * 3600.0) -> tuple[NDArray[np.int64], Ints]:
        """Profile of an hour or a day: by stop the number of journeys worth taking (no later start is there as early) that set out from
        from_s to until_s, and the shortest of them in seconds (NEVER where there is none). Raises IndexError for what is no stop."""
        if not 0 <= origin < len(self.stops):
            raise IndexError(f"Stops are numbered from 0 to {len(self.stops) - 1}")
        near = np.append(self.foot_to[self.foot_first[origin] : self.foot_first[origin + 1]], origin)
        walk = np.append(self.foot_s[self.foot_first[origin] : self.foot_first[origin + 1]], 0)
        before = np.full(len(self.stops), -1, np.int64)
        before[near] = walk
        mine = before[self.start] >= 0
        moments = np.unique(self.leave[mine] - before[self.start[mine]])
        moments = moments[(moments >= from_s) & (moments < until_s)].astype(np.int32)
        count, least = profile(*self._kernel, np.int32(origin), moments, np.int32(min(within_s, NO_LIMIT_S)))
        return np.asarray(count), np.asarray(least)

    def cut(self, down: NDArray[np.bool_], closed: NDArray[np.bool_] | None = None) -> Timetable:
        """With stops out of use, (stops,): trains turn back before them, so that each trip falls into pieces that nobody can stay on
        through. Buses are not held up by a stop. closed: (connections,) further hops that cannot be driven."""
        gone = (down[self.start] | down[self.end]) & ~self.by_road
        if closed is not None:
            gone |= closed
        order, fresh = self._in_trips
        begins = fresh.copy()
        begins[1:] |= gone[order][:-1]
        piece = np.empty(len(self), np.int32)
        piece[order] = np.cumsum(begins) - 1
        keep = ~gone
        return replace(
            self, start=self.start[keep], end=self.end[keep], leave=self.leave[keep], come=self.come[keep], trip=piece[keep],
            step=self.step[keep], by_road=self.by_road[keep], trips=int(begins.sum()),
        )  # fmt: skip

    @cached_property
    def _in_trips(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Connections trip by trip, and where a trip (or what goes on elsewhere than it came to) begins."""
        order = np.lexsort((self.step, self.trip))
        fresh = np.ones(len(order), bool)
        fresh[1:] = (self.trip[order][1:] != self.trip[order][:-1]) | (self.start[order][1:] != self.end[order][:-1])
        return order, fresh

    @property
    def _kernel(self) -> tuple[object, ...]:
        return (
            self.start, self.end, self.leave, self.come, self.trip, self.trips, self.foot_first, self.foot_to, self.foot_s,
            np.int32(self.change_s),
        )  # fmt: skip


def footpaths(xy: Floats, walk_m: float, walk_m_s: float) -> tuple[Ints, Ints, Ints]:
    """Packed (first, to, seconds) of the ways on foot of at most walk_m between places, the street's detour included."""
    from scipy.spatial import cKDTree

    places = np.asarray(xy, float).reshape(-1, 2)
    if walk_m <= 0 or len(places) < 2:
        return np.zeros(len(places) + 1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32)
    pairs = cKDTree(places).query_pairs(walk_m / DETOUR, output_type="ndarray")
    a, b = np.concatenate([pairs, pairs[:, ::-1]]).T.astype(np.int64)
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    seconds = np.ceil(np.hypot(*(places[a] - places[b]).T) * DETOUR / walk_m_s)
    first = np.searchsorted(a, np.arange(len(places) + 1))
    return first.astype(np.int32), b.astype(np.int32), seconds.astype(np.int32)


def together(parts: Sequence[Timetable], walk_m: float, walk_m_s: float, change_s: int) -> Timetable:
    """Several timetables as one, with footpaths from each to the others; stops follow one another in the order of the parts."""
    stop = np.cumsum([0, *(len(p.stops) for p in parts)])
    trip = np.cumsum([0, *(p.trips for p in parts)])
    xy = np.concatenate([p.xy for p in parts]) if parts else np.empty((0, 2))
    joined = {
        name: np.concatenate([getattr(p, name) + add for p, add in zip(parts, by)]) if parts else np.zeros(0, np.int32)
        for name, by in (("start", stop), ("end", stop), ("leave", stop * 0), ("come", stop * 0), ("trip", trip), ("step", stop * 0))
    }
    road = np.concatenate([p.by_road for p in parts]) if parts else np.zeros(0, bool)
    ids = np.concatenate([p.stops for p in parts]) if parts else np.empty(0, object)
    return Timetable.sorted(ids, xy, **joined, by_road=road, walk_m=walk_m, walk_m_s=walk_m_s, change_s=change_s)


def warm_up() -> None:
    """Have the sweep compiled, or loaded from its cache, before somebody waits for it."""
    small = Timetable.sorted(["a", "b"], np.zeros((2, 2)), [0], [1], [10], [20], [0], [0])
    small.arrivals([0], 0)
    small.journeys(0, 0, 60)
