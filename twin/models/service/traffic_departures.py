"""Who sets out when and from where: tables of trips an hour, made into single cars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.models.service.trips import Zones

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_DOORS = 400
"""Junctions that cars drive to, for each of which ways are sought again and again, unless there are more zones."""
MOST_AN_HOUR = 60_000
STEPS = (1, 2, 5, 10, 20, 50)
"""Cars that drive as one: more where there are more than that."""


WIDE = 0.5
"""A junction whose roads have at least this part of the capacity of the widest of its zone can be one of its doors."""


@dataclass(frozen=True)
class Doors:
    """Junctions at which the trips of zones begin and end, by zone. node: (doors,); share: (doors,) of what its zone sends or gets, summed
    up over all doors, so that zone z lies between z and z + 1."""

    node: Ints
    share: Floats

    @staticmethod
    def of(place: NDArray[np.int32], zones: Zones | None) -> Doors:
        """The widest of each zone, by their capacity; zones None: place is the only one."""
        n = len(place)
        if zones is None:
            return Doors(place.astype(np.int64), np.arange(1.0, n + 1))
        zone, room = zones.of_junction, np.maximum(zones.room, 1e-9)
        first = np.searchsorted(zone, np.arange(n))
        keep = (np.arange(len(zone)) - first[zone] < max(1, MOST_DOORS // n)) & (room >= WIDE * room[first][zone])
        zone, room = zone[keep], room[keep]
        share = np.cumsum(room / np.bincount(zone, room, n)[zone])
        share[np.flatnonzero(np.diff(zone, append=n))] = np.arange(1, n + 1)  # sums of shares are one but for rounding
        return Doors(zones.junction[keep].astype(np.int64), share)

    def drawn(self, zone: Ints, random: Floats) -> Ints:
        """A door of each zone named, for numbers from 0 up to 1."""
        return np.minimum(np.searchsorted(self.share, zone + random, side="right"), len(self.share) - 1)


@dataclass(frozen=True)
class Departures:
    """demand: (hour of the day) -> (zones, zones) cars an hour, as static assignment takes them. platoon: cars that drive as one."""

    demand: Callable[[int], Floats]
    doors: Doors
    platoon: int
    seed: int

    @staticmethod
    def of(demand: Callable[[int], Floats], place: NDArray[np.int32], zones: Zones | None, busiest: float, seed: int) -> Departures:
        """zones: None where a table says from which junction to which. busiest: cars an hour at most."""
        platoon = next((s for s in STEPS if busiest / s <= MOST_AN_HOUR), STEPS[-1])
        return Departures(demand, Doors.of(place, zones), platoon, seed)

    def hour(self, slot: int) -> tuple[Ints, Ints, Floats]:
        """Platoons of an hour counted from some midnight: node of origin, door of the goal, seconds after its beginning, in order.

        As many as the table says, each pair's part of a platoon going with the next pair's."""
        random = np.random.default_rng(np.random.SeedSequence([self.seed, slot % 2**32]))
        trips = self.demand(slot % 24).copy()
        np.fill_diagonal(trips, 0.0)
        total: Any = np.cumsum(np.concatenate([[0.0], trips.ravel()])) / self.platoon
        count = np.diff(np.floor(total + random.random()).astype(np.int64))
        pair = np.repeat(np.arange(len(count)), count)
        origin, goal = np.divmod(pair, len(trips))
        at = np.sort(random.random(len(pair))) * 3600.0
        mixed = random.permutation(len(pair))
        origin, goal = origin[mixed], goal[mixed]
        start = self.doors.drawn(origin, random.random(len(pair)))
        return self.doors.node[start], self.doors.drawn(goal, random.random(len(pair))), at
