"""Where more stations should stand, so that help is sooner with more people: over dry roads, or over those of a result at their worst."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Array, Inputs, Param
from twin.models.service.location import max_coverage, p_median
from twin.models.service.response import BASES, WORDS, Response, weighted_quantile
from twin.models.service.roads import IMPASSABLE
from twin.results import FieldStore
from twin.scenario.plan import view

Floats = NDArray[np.float64]
Report = Callable[[str, float], None]
MOST_PLACES, MOST_SITES, MOST_NEW = 3_000, 250, 20
IN_TIME, SOON = "in time", "soon"

PARAMS = (
    Param("service", "Stations of", "ambulance", kind="choice", choices=("ambulance", "fire"),
          help="Ambulances or fire engines; those that are there stay."),
    Param("count", "How many more", 1, kind="integer", low=1, high=MOST_NEW),
    Param("goal", "So that", IN_TIME, kind="choice", choices=(IN_TIME, SOON),
          help="Most people are reached in time, or the mean time to all of them is least.",
          source="Church and ReVelle 1974, doi:10.1007/BF01942293; ReVelle and Swain 1970, doi:10.1111/j.1538-4632.1970.tb00142.x"),
    Param("target_min", "In time up to", 8.0, "min", low=1, high=120, source="8 min: NFPA 1710 (2020)"),
    Param("hour", "People as at hour", 18.0, "h", low=0, high=24),
)  # fmt: skip


@dataclass(frozen=True)
class Siting:
    """xy: (count, 2) places of new stations, local metres, the most useful first. goal: SOON also where nobody more could be reached in
    time. Shares of people reached in time and mean minutes to
    those who are reached at all, before and after; bound: the same of the goal, better than any choice can be. over: roads that were
    impassable."""

    service: str
    goal: str
    xy: Floats
    in_time: tuple[float, float]
    median_min: tuple[float, float]
    unreached: tuple[float, float]
    gap: float
    over: int


def roads_at_worst(store: FieldStore, edges: int) -> dict[str, Array]:
    """What a run says of roads when they were worst: inputs of `best_sites`; empty where it says nothing."""
    worst = store.at("road_state_max", None)
    if worst is None or len(worst.array) != edges:
        return {}
    state = np.asarray(worst.array)
    return {"road_state": state, "road_speed_factor": np.where(state >= IMPASSABLE, 0.0, 1.0).astype(np.float32)}


def best_sites(city: City, params: dict[str, Any] | None = None, roads: dict[str, Array] | None = None,
               report: Report = lambda *_: None) -> Siting:  # fmt: skip
    """New stations beside those that are there; candidates are junctions spread over the city. roads: `roads_at_worst` of a result.

    report may raise to end it. Raises ScenarioError where the city has no roads or nobody in its buildings.
    """
    wrong = sorted(set(params or {}) - {p.name for p in PARAMS})
    if wrong:
        raise ScenarioError(f"'{wrong[0]}' is no value here", do=f"Known are {', '.join(p.name for p in PARAMS)}.")
    p = {q.name: q.checked((params or {}).get(q.name, q.default)) for q in PARAMS}
    report("Looking at the city", 0.0)
    network = city.networks.get("roads")
    edges = 0 if network is None else len(network.edges)
    given = roads or {"road_state": np.zeros(edges, np.int8), "road_speed_factor": np.ones(edges, np.float32)}
    inputs = Inputs({k: np.asarray(v) for k, v in given.items()})
    model = Response()
    state = model.initialize(view(city, Response.reads), inputs, Response.defaults(), 0)
    people = state.people[int(p["hour"]) % 24].astype(float)
    if state.graph is None or network is None:
        raise ScenarioError("Stations need a city with roads for cars and buildings", do="Open one that has them.")
    if not people.sum() > 0:
        raise ScenarioError("Nobody is in the buildings of this city at that hour", do="Choose another hour, or give buildings a use.")
    cars, engines = model.driving(state, inputs)
    weight = state.graph.weights(cars if p["service"] == "ambulance" else engines)
    place, home = np.unique(state.home, return_inverse=True)
    heavy = np.bincount(home, people, len(place)).astype(float)
    xy = network.nodes[["x", "y"]].to_numpy(float)
    place, heavy = _gathered(xy, place[heavy > 0], heavy[heavy > 0], MOST_PLACES)
    there = np.unique(state.junction[state.bases[p["service"]]])
    new = np.setdiff1d(_gathered(xy, place, heavy, MOST_SITES)[0], there)
    if len(new) < p["count"]:
        raise ScenarioError(f"The city has only {len(new)} junctions where a station could stand", do="Ask for fewer.")
    sites = np.concatenate([there, new]).astype(np.int32)
    report("Driving times", 0.1)
    turnout = Response.defaults()["turnout_ambulance" if p["service"] == "ambulance" else "turnout_fire"]
    cost = np.empty((len(place), len(sites)))
    for first in range(0, len(sites), 25):
        cost[:, first : first + 25] = state.graph.between(weight, sites[first : first + 25], place).T + turnout
        report("Driving times", 0.1 + 0.6 * min(1.0, (first + 25) / len(sites)))
    kept, limit, count = np.arange(len(there)), p["target_min"] * 60.0, len(there) + p["count"]
    stage = "Choosing places"
    check = lambda: report(stage, 0.8)  # noqa: E731
    check()
    before = cost[:, kept].min(1) if len(kept) else np.full(len(place), np.inf)
    goal = p["goal"]
    if goal == IN_TIME and not (heavy[(cost.min(1) <= limit) & (before > limit)]).any():
        goal = SOON  # nobody more can be reached in time
    if goal == IN_TIME:
        found = max_coverage(cost, limit, count, heavy, kept, checkpoint=check)
    else:
        found = p_median(cost, count, heavy, kept, checkpoint=check)
    chosen = _ordered(cost, heavy, limit, kept, np.setdiff1d(found.sites, kept), goal)
    after = np.minimum(before, cost[:, chosen].min(1))
    total = float(heavy.sum())
    return Siting(
        p["service"], goal, xy[sites[chosen]],
        tuple(float(heavy[t <= limit].sum()) / total for t in (before, after)),  # type: ignore[arg-type]
        tuple(weighted_quantile(t, heavy, 0.5) / 60.0 for t in (before, after)),  # type: ignore[arg-type]
        tuple(float(heavy[~np.isfinite(t)].sum()) for t in (before, after)),  # type: ignore[arg-type]
        found.gap, int((np.asarray(given["road_state"]) >= IMPASSABLE).sum()),
    )  # fmt: skip


def told(found: Siting) -> str:
    """What it comes to, in a sentence."""
    (a, b), (m, n) = found.in_time, found.median_min
    stations = f"{len(found.xy)} more {WORDS[found.service]}{'s' if len(found.xy) > 1 else ''}"
    median = f", half of them within {n:.1f} instead of {m:.1f} min" if np.isfinite(m) and np.isfinite(n) else ""
    return f"With {stations}: {b:.0%} instead of {a:.0%} of the people are reached in time{median}."


def kind_of(service: str) -> str:
    """Kind of a facility that is such a station."""
    return BASES[service]


def _gathered(xy: Floats, place: NDArray[np.int32], heavy: Floats, most: int) -> tuple[NDArray[np.int32], Floats]:
    """At most so many places: in each square of a grid the one with most people, with all the people of the square."""
    if len(place) <= most:
        return place, heavy
    at = xy[place]
    low, size = at.min(0), np.maximum(np.ptp(at, axis=0), 1.0)
    step = float(max(np.sqrt(size.prod() / most), size.max() / most))
    while True:
        cell = ((at - low) / step).astype(np.int64)
        _, key = np.unique(cell[:, 0] * (cell[:, 1].max() + 1) + cell[:, 1], return_inverse=True)
        if key.max() < most:
            order = np.lexsort((-heavy, key))
            first = order[np.unique(key[order], return_index=True)[1]]
            return place[first], np.bincount(key, heavy).astype(float)
        step *= 1.1


def _ordered(
    cost: Floats, heavy: Floats, limit: float, kept: NDArray[np.int64], new: NDArray[np.int64], goal: str
) -> NDArray[np.int64]:
    """New sites, the one that helps most first."""
    best = cost[:, kept].min(1) if len(kept) else np.full(len(cost), np.inf)
    left, order = list(new.tolist()), list[int]()
    far = float(np.where(np.isfinite(cost), cost, 0.0).max()) * 2.0 + 1.0
    while left:
        gain = []
        for j in left:
            after = np.minimum(best, cost[:, j])
            gain.append(float(heavy[(after <= limit) & (best > limit)].sum()) if goal == IN_TIME
                        else float((heavy * (np.minimum(best, far) - np.minimum(after, far))).sum()))  # fmt: skip
        j = left.pop(int(np.argmax(gain)))
        order.append(j)
        best = np.minimum(best, cost[:, j])
    return np.array(order, np.int64)
