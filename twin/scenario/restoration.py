"""In which order to mend what is broken: crews drive from one to the next, and people wait.

Orders are judged by the person-hours without a service that remain (twin.scenario.criticality). All orders of a few objects are
tried; of more the best is sought by putting each where it helps most and by exchanging two until nothing helps any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Inputs
from twin.models.service.repairs import TRADES, Repairs
from twin.scenario.criticality import Report, Screen
from twin.scenario.plan import view

TRY_ALL = 5
MOST = 40
MOST_TRIALS = 400
MOST_HOURS = 24 * 14


@dataclass(frozen=True)
class Order:
    """objects: ids in the order in which crews take them; back_h: hours after the failure at which each is mended; person_hours: without
    a service until all is mended; usual_person_hours: in the order that the model of repairs takes by itself; is_best: all were tried."""

    objects: tuple[str, ...]
    back_h: tuple[float, ...]
    person_hours: float
    usual_objects: tuple[str, ...]
    usual_person_hours: float
    is_best: bool
    trials: int


def best_order(
    city: City, objects: Sequence[str], params: dict[str, object] | None = None, report: Report = lambda *_: None
) -> Order:
    """The best order found for crews as the parameters of model `repairs` say. report may raise to end it.

    Raises ScenarioError for unknown objects, none, or too many of them, and where there is no crew for some.
    """
    report("Looking at the city", 0.0)
    model = Repairs()
    values = Repairs.checked(params or {})
    screen = Screen(city, 1)
    assets = screen.assets
    rows = assets.rows_of(objects)
    if (rows < 0).any():
        name = objects[int(np.flatnonzero(rows < 0)[0])]
        raise ScenarioError(f"The city has no '{name}' that could be mended", do="Name objects by their id.")
    rows = np.unique(rows)
    if not 1 <= len(rows) <= MOST:
        raise ScenarioError(f"An order is sought for 1 to {MOST} objects", do="Name those that matter.")
    state = model.initialize(view(city, Repairs.reads), Inputs({"asset_hit": np.zeros(len(assets), np.int8)}), values, 0)
    trade = state.trade[rows]
    for t, name in enumerate(TRADES):
        if (trade == t).any() and not values[f"crews_{name}"]:
            raise ScenarioError(f"There is no crew for {name}", do=f"Set crews_{name} to one at least.")
    places = [[crew for crew in state.crews if crew.trade == name] for name in TRADES]
    starts = [np.array([model._travel(state, crew, rows, None) for crew in crews]).reshape(-1, len(rows)) for crews in places]
    between = _between(model, state, rows)
    work = state.repair_h[rows]

    def schedule(order: Sequence[int]) -> NDArray[np.float64]:
        """Hours at which each of rows is mended when crews take them in an order, the first who is free the next."""
        back = np.full(len(rows), np.inf)
        for t in range(len(TRADES)):
            free = np.full(len(places[t]), float(values["ready"]) / 3600.0)
            at = np.full(len(places[t]), -1)
            for i in (k for k in order if trade[k] == t):
                way = np.where(at < 0, starts[t][:, i], between[np.maximum(at, 0), i]) / 60.0
                crew = int(np.argmin(free + np.where(np.isfinite(way), way, math.inf)))
                free[crew] += way[crew] + work[i]
                at[crew], back[i] = i, free[crew]
        return back

    usual = sorted(range(len(rows)), key=lambda i: (state.rank[rows[i]], starts[trade[i]][:, i].min(), rows[i]))
    longest = schedule(usual)
    if not np.isfinite(longest).all():
        gone = assets.ids[rows[int(np.flatnonzero(~np.isfinite(longest))[0])]]
        raise ScenarioError(f"No road leads to '{gone}'", do="Open a road, or leave it out.")
    screen.hours = int(min(MOST_HOURS, math.ceil(longest.max() * 1.2) + 2))
    screen._usual = screen._follow(np.zeros(len(assets), bool))
    known: dict[tuple[int, ...], float] = {}

    def cost(order: Sequence[int]) -> float:
        key = tuple(order)
        if key not in known:
            report(f"{len(known) + 1:,} orders tried", -1.0)
            known[key] = screen.person_hours(rows.tolist(), schedule(order).tolist())
        return known[key]

    cost(usual)
    best = min(permutations(range(len(rows))), key=cost) if len(rows) <= TRY_ALL else _improved(_greedy(rows, cost), cost, known)
    best = min((tuple(usual), tuple(best)), key=cost)
    return Order(
        tuple(str(assets.ids[rows[i]]) for i in best), tuple(float(h) for h in schedule(best)[list(best)]), cost(best),
        tuple(str(assets.ids[rows[i]]) for i in usual), cost(usual), len(rows) <= TRY_ALL, len(known),
    )  # fmt: skip


def _between(model: Repairs, state: object, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Minutes by road from each of the objects to each other."""
    from twin.models.service.repairs import Crew, RepairState

    assert isinstance(state, RepairState)
    xy = state.assets.xy[rows]
    return np.array([model._travel(state, Crew("", (float(x), float(y))), rows, None) for x, y in xy]).reshape(len(rows), -1)


def _greedy(rows: NDArray[np.int64], cost: Callable[[Sequence[int]], float]) -> list[int]:
    """One after the other put first among those left where that costs least."""
    order, left = list[int](), list(range(len(rows)))
    while left:
        pick = min(left, key=lambda i: cost([*order, i, *(k for k in left if k != i)]))
        order.append(pick)
        left.remove(pick)
    return order


def _improved(order: list[int], cost: Callable[[Sequence[int]], float], known: dict[tuple[int, ...], float]) -> list[int]:
    """Two exchanged as long as that helps and there is time."""
    better = True
    while better and len(known) < MOST_TRIALS:
        better = False
        for i in range(len(order) - 1):
            for k in range(i + 1, len(order)):
                other = order.copy()
                other[i], other[k] = other[k], other[i]
                if len(known) < MOST_TRIALS and cost(other) < cost(order) - 1e-9:
                    order, better = other, True
    return order
