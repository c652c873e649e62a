"""What a car finds on the roads of a city: which it may take, how long and how many can, with what was assumed where nothing is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.driving import DEFAULTS
from twin.city.network import Network
from twin.models.exposure import Note
from twin.models.service.assignment import Links
from twin.models.service.roads import NOT_FOR_CARS

Floats = NDArray[np.float64]

# Vehicles an hour and lane. Motorways: capacity of a freeway lane; streets: 1,900 an hour of green (HCM 6th ed. 2016, ch. 12 and 19) times
# the share of green or of priority that a street of the class usually has, 0.45 down to 0.1.
CAPACITY: dict[str, float] = {
    "motorway": 2000.0, "motorway_link": 1500.0, "trunk": 1500.0, "trunk_link": 1200.0, "primary": 855.0, "primary_link": 760.0,
    "secondary": 760.0, "secondary_link": 670.0, "tertiary": 570.0, "tertiary_link": 570.0, "unclassified": 475.0, "road": 475.0,
    "residential": 380.0, "living_street": 190.0, "service": 190.0,
}  # fmt: skip
LEAST_FACTOR = 0.01
"""A road on which less of the free speed is left is closed."""


@dataclass(frozen=True)
class RoadLinks:
    """Roads as a driver finds them, by edge; arrays (edges, 2) are by direction."""

    for_cars: NDArray[np.bool_]
    length_m: Floats
    free_s: Floats
    capacity_vph: Floats
    b: Floats
    power: Floats
    toll: Floats
    notes: list[Note] = field(default_factory=list)

    def links(self, factor: Floats | None = None, toll_s: float = 0.0) -> Links:
        """Costs with a share of the free speed left on each edge (0: closed). toll_s: seconds that a unit of toll is worth."""
        share = np.ones(len(self.free_s)) if factor is None else np.clip(np.nan_to_num(factor, nan=1.0), 0.0, 1.0)
        is_open = self.for_cars & (share >= LEAST_FACTOR)
        free = self.free_s / np.where(is_open, share, 1.0)
        fixed = self.toll * toll_s
        two = lambda v: np.repeat(v[:, None], 2, 1)  # noqa: E731
        return Links(two(free), self.capacity_vph, two(self.b), two(self.power), two(fixed), two(is_open))


def road_links(network: Network) -> RoadLinks:
    """From the columns a network has (capacity_vph, free_flow_s, bpr_b, bpr_power, toll, lanes, speed_kmh, class ...)."""
    e, notes = network.edges, list[Note]()
    n = len(e)
    kind = e["class"].fillna("road").astype(str).to_numpy(object) if "class" in e else np.full(n, "residential", object)
    for_cars = ~np.isin(kind.astype(str), list(NOT_FOR_CARS))
    if "drivable" in e:
        for_cars &= e["drivable"].fillna(True).to_numpy(bool)
    if "access" in e:
        for_cars &= ~e["access"].fillna("yes").astype(str).isin(["no"]).to_numpy(bool)
    oneway = e["oneway"].fillna(False).to_numpy(bool) if "oneway" in e else np.zeros(n, bool)
    usual = np.array([DEFAULTS.get(str(k), DEFAULTS["road"]) for k in kind], float).reshape(-1, 2)

    length = _numbers(e, "length_m")
    xy = network.nodes[["x", "y"]].to_numpy(float)
    bad = ~(length >= 0)
    if bad.any():
        apart = np.hypot(*(xy[e["end"].to_numpy(int)[bad]] - xy[e["start"].to_numpy(int)[bad]]).T)
        length[bad] = np.nan_to_num(apart)
        notes.append(_said("length-missing", "no length", bad, for_cars, e, "the distance between their ends is taken"))
    speed = _numbers(e, "speed_kmh")
    bad = ~(speed > 0)
    speed[bad] = usual[bad, 0]
    if (bad & for_cars).any() and "free_flow_s" not in e:
        notes.append(_said("speed-missing", "no speed", bad, for_cars, e, "the usual one of their class is taken"))
    free = _numbers(e, "free_flow_s")
    free = np.where(free >= 0, free, length / (speed / 3.6))

    lanes = _numbers(e, "lanes")
    each = np.where(lanes > 0, lanes / np.where(oneway, 1.0, 2.0), usual[:, 1])
    sides = [np.where(v >= 0, v, each) for v in (_numbers(e, "lanes_forward"), _numbers(e, "lanes_backward"))]
    per_lane = np.array([CAPACITY.get(str(k), CAPACITY["road"]) for k in kind], float)
    # A two-way street of one lane lets half of it pass each way.
    capacity = np.column_stack([np.maximum(s, 0.5) * per_lane for s in sides]) if n else np.empty((0, 2))
    stated = _numbers(e, "capacity_vph")
    known = stated > 0
    capacity[known] = stated[known, None]
    if (~known & for_cars).any():
        notes.append(
            _said("capacity-default", "no capacity", ~known, for_cars, e, "it is estimated from class and lanes (HCM 2016)", "info")
        )  # fmt: skip
    b, power = _numbers(e, "bpr_b"), _numbers(e, "bpr_power")
    power = np.where((power >= 1) | (power == 0), power, 4.0)
    toll = np.nan_to_num(_numbers(e, "toll"))
    loops = int((for_cars & (e["start"].to_numpy() == e["end"].to_numpy())).sum()) if n else 0
    if loops:
        notes.append(("info", "road-loops", f"{loops:,} roads end where they begin; they carry no through traffic."))
    return RoadLinks(for_cars, length, free, capacity, np.where(b >= 0, b, 0.15), power, np.maximum(toll, 0.0), notes)


def _said(
    code: str, lacks: str, bad: NDArray[np.bool_], for_cars: NDArray[np.bool_], e: pd.DataFrame, done: str, level: str = "warning"
) -> Note:
    some = np.flatnonzero(bad & for_cars)
    if not len(some):
        some = np.flatnonzero(bad)
    name = f" ({e['id'].iloc[int(some[0])]}{' and others' if len(some) > 1 else ''})" if "id" in e and len(some) < len(e) else ""
    return level, code, f"{len(some):,} of {len(e):,} roads state {lacks}{name}; {done}."


def _numbers(table: pd.DataFrame, name: str) -> Any:
    if name not in table:
        return np.full(len(table), np.nan)
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    return values
