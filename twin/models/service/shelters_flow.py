"""Who goes to which shelter: a flow of least cost (OR-Tools) in a process of its own, since it holds the interpreter's lock.

Nobody is forced: an arc past all shelters takes those for whom there is no place, at a cost above that of any way. So there is always an
answer, as few as possible are left out, and among such answers it is the one with the least travel time.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import ModelError
from twin.models.service.child import Child, Refused, answer_all

Ints = NDArray[np.int64]
_lock = threading.Lock()
_child: Child | None = None


def placed(demand: Ints, capacity: Ints, cost_s: Ints, checkpoint: Callable[[], Any] = lambda: None) -> Ints:
    """People from each origin to each shelter, (origins, shelters), computed in the worker process.

    demand: (origins,), capacity: (shelters,), whole persons; cost_s: (origins, shelters) whole seconds, negative where there is no way.
    Raises ModelError where the computation cannot be done.
    """
    global _child
    if not demand.sum() or not capacity.sum() or not (cost_s >= 0).any():
        return np.zeros(cost_s.shape, np.int64)
    with _lock:
        if _child is None or not _child.is_alive:
            _child = Child("twin.models.service.shelters_flow", "the places in shelters")
        try:
            found = _child.asked((demand, capacity, cost_s), checkpoint)
        except Refused as error:
            raise ModelError(f"The places in shelters cannot be shared out: {error}") from None
    return np.asarray(found, np.int64)


def least_cost(demand: Ints, capacity: Ints, cost_s: Ints, nearest: int = 8) -> Ints:
    """As `placed`, in this process: it blocks every other thread.

    Most people go to one of the shelters near them: the flow is computed over the ways to those, and over twice as many as long as some
    chain of changes over all ways would still better it. The answer is that over all ways, several times sooner.
    """
    shelters = cost_s.shape[1]
    allowed = (cost_s >= 0) & (demand > 0)[:, None] & (capacity > 0)[None]
    cost = np.where(allowed, cost_s, np.iinfo(np.int64).max)
    # nobody stays out to save others any walk: a chain of changes passes each shelter once at most
    left_out = (int(cost_s[allowed].max(initial=0)) + 1) * (2 * shelters + 2)
    rank = np.argsort(np.argsort(cost, axis=1, kind="stable"), axis=1, kind="stable")
    while True:
        found = _flow(demand, capacity, cost_s, allowed & (rank < nearest), left_out)
        if nearest >= shelters or is_best(found, demand, capacity, cost_s, allowed, left_out):
            return found
        nearest *= 2


def _flow(demand: Ints, capacity: Ints, cost_s: Ints, ways: NDArray[np.bool_], left_out: int) -> Ints:
    from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]

    origins, shelters = cost_s.shape
    i, j = np.nonzero(ways)
    flow = min_cost_flow.SimpleMinCostFlow()
    end = origins + shelters
    rows, columns = np.arange(origins), np.arange(shelters)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(i, origins + j, demand[i], cost_s[i, j])
    flow.add_arcs_with_capacity_and_unit_cost(origins + columns, np.full(shelters, end), capacity, np.zeros(shelters, np.int64))
    flow.add_arcs_with_capacity_and_unit_cost(rows, np.full(origins, end), demand, np.full(origins, left_out, np.int64))
    flow.set_nodes_supplies(np.arange(end + 1), np.concatenate([demand, np.zeros(shelters, np.int64), [-int(demand.sum())]]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise Refused(f"the flow ended as {status}")
    found = np.zeros(cost_s.shape, np.int64)
    found[i, j] = flow.flows(arcs)
    return found


def is_best(found: Ints, demand: Ints, capacity: Ints, cost_s: Ints, allowed: NDArray[np.bool_], left_out: int) -> bool:
    """Whether no chain of changes from one shelter to the next lowers the sum of all ways: no cycle of negative cost among the shelters,
    the place of those left out, and the free places (Klein 1967, doi:10.1287/mnsc.14.3.205)."""
    shelters = cost_s.shape[1]
    out, spare = shelters, shelters + 1
    cost = np.column_stack([np.where(allowed, cost_s, np.inf), np.full(len(demand), float(left_out))])
    held = np.column_stack([found, demand - found.sum(1)])
    change = np.full((shelters + 2, shelters + 2), np.inf)
    for a in range(shelters + 1):
        rows = held[:, a] > 0
        if rows.any():
            change[a, : shelters + 1] = (cost[rows] - cost[rows, a][:, None]).min(0)
            change[spare, a] = 0.0
    change[:shelters, spare] = np.where(found.sum(0) < capacity, 0.0, np.inf)
    change[out, spare] = 0.0
    for k in range(shelters + 2):
        change = np.minimum(change, change[:, k : k + 1] + change[k : k + 1])
    return bool((np.diag(change) > -0.5).all())


def serve() -> None:
    """The worker."""
    answer_all(lambda request: least_cost(*request))


def _end() -> None:
    if _child is not None:
        _child.close()


atexit.register(_end)
