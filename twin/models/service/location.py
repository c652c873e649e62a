"""Where to put so many stations: p-median and greatest coverage, with a bound that says how far from the best the answer can be.

Small cases are solved by the integer programs of ReVelle and Swain 1970 (doi:10.1111/j.1538-4632.1970.tb00142.x) and Church and ReVelle
1974 (doi:10.1007/BF01942293); large ones by greedy choice and interchange (Teitz and Bart 1968, doi:10.1287/opre.16.5.955), bounded by
Lagrangian relaxation (Cornuejols et al. 1977, doi:10.1287/mnsc.23.8.789). The integer program runs in one piece, up to LIMIT_S.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from twin.city.routing_kernels import OPTIONS
from twin.errors import ModelError

Floats = NDArray[np.float64]
EXACT_MOST = 40_000
"""Pairs of place and site up to which the integer program is solved."""
LIMIT_S = 20.0
_OPTIONS = {"time_limit": LIMIT_S, "mip_rel_gap": 0.0}


@dataclass(frozen=True)
class Location:
    """sites: chosen columns, ascending. value: weighted cost (p-median) or weight covered. bound: no choice is better than this.
    nearest: chosen column that serves each place; -1 where none does."""

    sites: NDArray[np.int64]
    value: float
    bound: float
    nearest: NDArray[np.int64]

    @property
    def gap(self) -> float:
        """How far value can be from the best, as a share of it; 0: it is the best."""
        return abs(self.value - self.bound) / max(abs(self.value), 1e-12)


def p_median(
    cost: Floats, count: int, weight: Floats | None = None, kept: NDArray[np.int64] | None = None, exact: bool | None = None,
    checkpoint: Callable[[], Any] = lambda: None,
) -> Location:  # fmt: skip
    """The `count` sites with the least sum over places of weight times cost to the nearest.

    cost: (places, sites), inf where a site cannot serve a place; weight: (places,), 1 where not given; kept: sites that are there already
    and stay, among the count. exact: by integer program (None: where it is small enough). Places that no site can serve are left out.
    Raises ModelError for counts and values that cannot be.
    """
    cost, weight, kept = _checked(cost, count, weight, kept)
    able = np.isfinite(cost).any(1) & (weight > 0)
    some, heavy = cost[able], weight[able]
    # Dearer than all that can be together: it is only chosen where nothing else is left.
    dear = float(np.where(np.isfinite(some), some, 0.0).max(initial=0.0) * max(heavy.sum(), 1.0) + 1.0)
    full = np.where(np.isfinite(some), some, dear) * heavy[:, None]
    if not len(full):
        return Location(_filled(kept, count, cost.shape[1]), 0.0, 0.0, np.full(len(cost), -1))
    sites = _greedy(full, count, kept)
    sites = _swapped(full, sites, len(kept), checkpoint)
    if exact or (exact is None and full.size <= EXACT_MOST):
        sites, bound = _exact_median(full, count, kept, sites)
        value = float(full[:, sites].min(1).sum())
        bound = min(bound, value)
    else:
        sites, bound = _relaxed(full, count, kept, sites, checkpoint)
        value = float(full[:, sites].min(1).sum())
    return Location(np.sort(sites), value, bound, _nearest(cost, np.sort(sites), able))


def max_coverage(
    cost: Floats, limit: float, count: int, weight: Floats | None = None, kept: NDArray[np.int64] | None = None,
    exact: bool | None = None, checkpoint: Callable[[], Any] = lambda: None,
) -> Location:  # fmt: skip
    """The `count` sites that have the most weight of places within limit; arguments as in p_median."""
    cost, weight, kept = _checked(cost, count, weight, kept)
    missed = np.where(cost <= limit, 0.0, 1.0) * weight[:, None]  # what is not covered, made least
    able = (weight > 0) & (cost <= limit).any(1)
    full = np.ascontiguousarray(missed[able])
    total = float(weight[able].sum())
    if not len(full):
        return Location(_filled(kept, count, cost.shape[1]), 0.0, 0.0, np.full(len(cost), -1))
    sites = _swapped(full, _greedy(full, count, kept), len(kept), checkpoint)
    if exact or (exact is None and full.size <= EXACT_MOST):
        sites, bound = _exact_coverage(full == 0.0, weight[able], count, kept, sites)
        value = total - float(full[:, sites].min(1).sum())
        bound = max(bound, value)
    else:
        sites, least = _relaxed(full, count, kept, sites, checkpoint)
        value = total - float(full[:, sites].min(1).sum())
        bound = max(total - least, value)
    chosen = np.sort(sites)
    return Location(chosen, value, bound, _nearest(cost, chosen, np.asarray((cost[:, chosen] <= limit).any(1))))


def _checked(
    cost: Floats, count: int, weight: Floats | None, kept: NDArray[np.int64] | None
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    cost = np.asarray(cost, float)
    places, sites = cost.shape
    weight = np.ones(places) if weight is None else np.asarray(weight, float)
    kept = np.empty(0, np.int64) if kept is None else np.unique(np.asarray(kept, np.int64))
    if not 1 <= count <= sites:
        raise ModelError(f"{count} sites cannot be chosen from {sites}")
    if len(kept) > count or (len(kept) and (kept[0] < 0 or kept[-1] >= sites)):
        raise ModelError("The sites that stay are more than those to choose, or not among them")
    if np.isnan(cost).any() or (cost < 0).any():
        raise ModelError("The costs from sites to places have values that are negative or no numbers")
    if len(weight) != places or not (np.isfinite(weight) & (weight >= 0)).all():
        raise ModelError("The weights of the places are negative, no numbers, or not as many as the places")
    return cost, weight, kept


def _filled(kept: NDArray[np.int64], count: int, sites: int) -> NDArray[np.int64]:
    rest = np.setdiff1d(np.arange(sites), kept)
    return np.sort(np.concatenate([kept, rest[: count - len(kept)]]))


def _nearest(cost: Floats, sites: NDArray[np.int64], able: NDArray[np.bool_]) -> NDArray[np.int64]:
    best = cost[:, sites].argmin(1)
    return np.where(able & np.isfinite(cost[np.arange(len(cost)), sites[best]]), sites[best], -1)


def _greedy(full: Floats, count: int, kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """One site after the other, each the one that helps most."""
    sites = list(kept)
    now = full[:, kept].min(1) if len(kept) else np.full(len(full), full.max() + 1.0)
    while len(sites) < count:
        total = np.minimum(full, now[:, None]).sum(0)
        total[sites] = np.inf
        sites.append(int(total.argmin()))
        now = np.minimum(now, full[:, sites[-1]])
    return np.array(sites, np.int64)


def _swapped(full: Floats, sites: NDArray[np.int64], kept: int, checkpoint: Callable[[], Any]) -> NDArray[np.int64]:
    """The best swap of one chosen site for another, as long as one helps. The first `kept` stay."""
    sites = sites.copy()
    by_site = np.ascontiguousarray(full.T)
    while len(sites) > kept:
        checkpoint()
        gain, new, old = _best_swap(by_site, sites, kept)
        if gain <= 1e-12 * max(1.0, float(full[:, sites].min(1).sum())):
            break
        sites[old] = new
    return sites


@njit(**OPTIONS)
def _best_swap(full: Any, sites: Any, kept: int) -> Any:
    """Gain, site that comes, position that goes (Whitaker 1983): one pass over all sites, each with the two nearest of every place."""
    count, places = len(sites), full.shape[1]
    first, second, at = np.full(places, np.inf), np.full(places, np.inf), np.zeros(places, np.int64)
    chosen = np.zeros(full.shape[0], np.bool_)
    for k in range(count):
        chosen[sites[k]] = True
        for i in range(places):
            c = full[sites[k], i]
            if c < first[i]:
                second[i] = first[i]
                first[i] = c
                at[i] = k
            elif c < second[i]:
                second[i] = c
    best, new, old = 0.0, -1, -1
    loss = np.empty(count)
    for s in range(full.shape[0]):
        if chosen[s]:
            continue
        gain = 0.0
        loss[:] = 0.0
        for i in range(places):
            c = full[s, i]
            if c < first[i]:
                gain += first[i] - c
            else:
                loss[at[i]] += min(second[i], c) - first[i] if second[i] < np.inf or c < np.inf else 0.0
        for k in range(kept, count):
            if gain - loss[k] > best:
                best, new, old = gain - loss[k], s, k
    return best, new, old


def _relaxed(
    full: Floats, count: int, kept: NDArray[np.int64], sites: NDArray[np.int64], checkpoint: Callable[[], Any], rounds: int = 300
) -> tuple[NDArray[np.int64], float]:
    """Sites at least as good, and a lower bound. Every place may be served more than once or not at all at a price; the prices by
    subgradient (Held et al. 1974, doi:10.1007/BF01580223). What the relaxation opens is a start for further swaps."""
    price = np.sort(full, 1)[:, : min(2, full.shape[1])].mean(1)
    free = np.setdiff1d(np.arange(full.shape[1]), kept)
    best, bound, pace, stale = float(full[:, sites].min(1).sum()), 0.0, 2.0, 0
    for k in range(rounds):
        checkpoint()
        saved = np.minimum(full - price[:, None], 0.0)
        worth = saved.sum(0)
        few = free[np.argpartition(worth[free], count - len(kept) - 1)[: count - len(kept)]] if count > len(kept) else free[:0]
        opened = np.concatenate([kept, few])
        value = float(price.sum() + worth[opened].sum())
        if value > bound + 1e-9 * max(abs(bound), 1.0):
            bound, stale = value, 0
        else:
            stale += 1
            if stale >= 12:
                pace, stale = pace / 2, 0
        if k % 20 == 19:
            other = _swapped(full, opened, len(kept), checkpoint)
            reached = float(full[:, other].min(1).sum())
            if reached < best:
                best, sites = reached, other
        slack = 1.0 - (saved[:, opened] < 0).sum(1)
        norm = float((slack * slack).sum())
        if norm == 0 or best - bound <= 1e-9 * max(best, 1.0) or pace < 1e-4:
            break
        price = np.maximum(price + pace * max(best - value, 0.0) / norm * slack, 0.0)
    return sites, min(bound, best)


def _exact_median(full: Floats, count: int, kept: NDArray[np.int64], sites: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_matrix

    places, n = full.shape
    pairs = places * n
    row, column = np.divmod(np.arange(pairs), n)
    objective = np.concatenate([full.ravel(), np.zeros(n)])
    served = coo_matrix((np.ones(pairs), (row, np.arange(pairs))), (places, pairs + n))
    both = np.concatenate([np.arange(pairs), pairs + column])
    only_open = coo_matrix((np.repeat([1.0, -1.0], pairs), (np.tile(np.arange(pairs), 2), both)), (pairs, pairs + n))
    so_many = coo_matrix((np.ones(n), (np.zeros(n, int), pairs + np.arange(n))), (1, pairs + n))
    low = np.zeros(pairs + n)
    low[pairs + kept] = 1.0
    answer = milp(
        objective, integrality=np.repeat([0, 1], [pairs, n]), bounds=Bounds(low, np.ones(pairs + n)), options=_OPTIONS,
        constraints=[
            LinearConstraint(served.tocsr(), 1, 1), LinearConstraint(only_open.tocsr(), -np.inf, 0),
            LinearConstraint(so_many.tocsr(), count, count),
        ],
    )  # fmt: skip
    return _read(answer, pairs, n, sites, lambda s: float(full[:, s].min(1).sum()), 1.0)


def _exact_coverage(
    covers: NDArray[np.bool_], weight: Floats, count: int, kept: NDArray[np.int64], sites: NDArray[np.int64]
) -> tuple[NDArray[np.int64], float]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix, hstack, identity

    places, n = covers.shape
    low = np.zeros(places + n)
    low[places + kept] = 1.0
    reach = hstack([identity(places, format="csr"), -csr_matrix(covers.astype(float))], format="csr")
    so_many = csr_matrix(np.concatenate([np.zeros(places), np.ones(n)])[None])
    answer = milp(
        np.concatenate([-weight, np.zeros(n)]), integrality=np.repeat([0, 1], [places, n]), bounds=Bounds(low, np.ones(places + n)),
        constraints=[LinearConstraint(reach, -np.inf, 0), LinearConstraint(so_many, count, count)], options=_OPTIONS,
    )  # fmt: skip
    return _read(answer, places, n, sites, lambda s: -float(weight[covers[:, s].any(1)].sum()), -1.0)


def _read(
    answer: Any, before: int, n: int, sites: NDArray[np.int64], value: Callable[[NDArray[np.int64]], float], sign: float
) -> tuple[NDArray[np.int64], float]:
    """The better of the program's sites and those there were, and the bound it proved."""
    if answer.x is not None:
        found = np.flatnonzero(np.round(answer.x[before : before + n]) > 0)
        if len(found) == len(sites) and value(found) < value(sites):
            sites = found
    bound = getattr(answer, "mip_dual_bound", None)
    return sites, sign * float(bound) if bound is not None and np.isfinite(bound) else sign * -np.inf
