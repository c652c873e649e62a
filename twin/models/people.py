"""People in a flood: who dies or is hurt, who has to leave, who needs a bed, how long work stops.

Parameters and their sources: assets/tables/flood_people.toml and damage_states.toml.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.models.exposure import table
from twin.models.vulnerability_tables import looked_up

Floats = NDArray[np.float64]
STANDS, PARTLY, DESTROYED = range(3)


class Exposed(NamedTuple):
    """Water at n buildings. depth_m: greatest; rise_m_h: speed of its rise over the first 1.5 m; speed_m_s: greatest; thrust_m2_s:
    greatest product of depth and speed at one moment."""

    depth_m: Floats
    rise_m_h: Floats
    speed_m_s: Floats
    thrust_m2_s: Floats


def mortality(water: Exposed) -> Floats:
    """Share of the people exposed who die (Jonkman, Vrijling and Vrouwenvelder 2008, doi:10.1007/s11069-008-9227-5).

    Breach zone (d v >= 7 m2/s and v >= 2 m/s): all. Rapidly rising water (h >= 2.1 m and >= 0.5 m/h): Phi((ln h - 1.46) / 0.28).
    Remaining zone: Phi((ln h - 7.60) / 2.75). None where it is dry.
    """
    from scipy.special import ndtr

    t = table("flood_people")["mortality"]
    h = np.maximum(np.asarray(water.depth_m, float), 0.0)
    with np.errstate(divide="ignore"):
        log_h = np.log(h)
    rising, remaining, breach = t["rising"], t["remaining"], t["breach"]
    quick = (h >= rising["depth_m"]) & (water.rise_m_h >= rising["rise_m_h"])
    share = ndtr(
        np.where(quick, (log_h - rising["mu"]) / rising["sigma"], (log_h - remaining["mu"]) / remaining["sigma"])
    )  # fmt: skip
    torn = (water.thrust_m2_s >= breach["thrust_m2_s"]) & (water.speed_m_s >= breach["speed_m_s"])
    return np.where(h > 0, np.where(torn, breach["share"], share), 0.0)


def hazard_rating(depth_m: ArrayLike, speed_m_s: ArrayLike) -> Floats:
    """d (v + 0.5) + DF with the debris factor DF of towns: 0 up to 0.25 m and 2 m/s, else 1 (Defra FD2321/TR1); 0 where it is dry."""
    d, v = np.asarray(depth_m, float), np.asarray(speed_m_s, float)
    return np.where(d > 0, d * (v + 0.5) + np.where((d <= 0.25) & (v <= 2.0), 0.0, 1.0), 0.0)


def hurt(people: Floats, rating: Floats, area: float, vulnerable: float) -> tuple[Floats, Floats]:
    """Injured (those who die among them) and dead (Defra and Environment Agency 2006, FD2321/TR1).

    Injured = 2 N (HR AV / 100) PV, dead = 2 injured HR / 100; never more than N, and than the injured. area: AV, 3 to 9; vulnerable: PV,
    share of the long-term ill and the very old, 0 to 1.
    """
    injured = np.minimum(people, 2.0 * people * rating * area / 100.0 * vulnerable)
    return injured, np.minimum(injured, 2.0 * injured * rating / 100.0)


def collapse(speed_m_s: Floats, thrust_m2_s: Floats) -> NDArray[np.int8]:
    """0 stands, 1 partly destroyed, 2 destroyed: brick and masonry houses at v >= 2 m/s and d v >= 3 or 7 m2/s (Clausen and Clark 1990)."""
    t = table("damage_states")["flood_collapse"]
    fast = speed_m_s >= t["speed_m_s"]
    hit = np.where(thrust_m2_s >= t["total_m2_s"], DESTROYED, np.where(thrust_m2_s >= t["partial_m2_s"], PARTLY, STANDS))
    return np.where(fast, hit, STANDS).astype(np.int8)


def destroyed_share(state: NDArray[np.int8], share: Floats) -> Floats:
    """Share of the value lost once the stream's force is counted: all of a destroyed building, most of a partly destroyed one."""
    part = float(table("damage_states")["flood_collapse"]["partial_share"])
    return np.where(state == DESTROYED, 1.0, np.where(state == PARTLY, np.maximum(share, part), share))


class Rise:
    """How quickly the water rose at each of n buildings: the moments it came and stood 1.5 m deep, between steps by a straight line."""

    COMES_M = 0.02

    def __init__(self, count: int) -> None:
        self.came = np.full(count, np.inf)
        self.deep = np.full(count, np.inf)
        self._depth, self._at = np.zeros(count, np.float32), 0.0

    def read(self, depth: NDArray[np.float32], at_s: float) -> None:
        """The depths at a moment after the last."""
        for level, moment in ((self.COMES_M, self.came), (self.first_m, self.deep)):
            new = np.isinf(moment) & (depth >= level)
            if new.any():
                before, now = self._depth[new].astype(float), depth[new].astype(float)
                moment[new] = self._at + (at_s - self._at) * np.clip((level - before) / np.maximum(now - before, 1e-9), 0.0, 1.0)
        self._depth, self._at = depth.copy(), at_s

    @property
    def first_m(self) -> float:
        return float(table("flood_people")["mortality"]["first_m"])

    @property
    def m_h(self) -> Floats:
        """Speed of the rise over the first 1.5 m, m/h; 0 where it never stood so deep."""
        done = np.isfinite(self.deep)
        took = np.where(done, self.deep, 0.0) - np.where(done, self.came, 0.0)
        return np.where(done, self.first_m * 3600.0 / np.maximum(took, 1.0), 0.0)

    def packed(self) -> dict[str, NDArray[Any]]:
        return {"rise_came": self.came, "rise_deep": self.deep, "rise_depth": self._depth, "rise_at": np.array(self._at)}

    def unpack(self, saved: Any) -> None:
        self.came, self.deep = saved["rise_came"], saved["rise_deep"]
        self._depth, self._at = saved["rise_depth"], float(saved["rise_at"])


def closed_days(depth_m: Floats, uses: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Days until buildings work again, least and most, by depth above the ground floor and use (Hazus flood model); 0 where it is dry."""
    t = table("flood_people")["interruption"]
    least, most = np.zeros(len(depth_m)), np.zeros(len(depth_m))
    wet = np.flatnonzero(depth_m > 0)
    step = np.clip(np.searchsorted(np.asarray(t["depth_m"], float), depth_m[wet], side="right") - 1, 0, len(t["depth_m"]) - 1)
    for use in {str(u) for u in uses[wet]}:
        mine = uses[wet] == use
        row = t.get(use, t["other"])
        least[wet[mine]], most[wet[mine]] = (np.asarray(row[k], float)[step[mine]] for k in ("low", "high"))
    return least, most


def earned_per_day(floor_m2: Floats, uses: NDArray[np.object_], gdp_head: float) -> Floats:
    """Value added per day in buildings that work, less what others make up for, in the money of gdp_head (per year and head).

    Floor area x workers per m2 x (1 - recapture) by use (Hazus flood model) x 2 GDP per head / 365; nothing in homes.
    """
    t = table("flood_people")["work"]
    per_m2 = {u: v["workers_per_m2"] * (1 - v["recaptured"]) for u, v in t.items() if isinstance(v, dict)}
    return floor_m2 * looked_up(uses, per_m2, 0.0) * t["gdp_heads_per_worker"] * gdp_head / 365.0
