"""Who has power when parts of a network are out: islands, capacity of sources, direct-current flow, shedding, overload cascade.

Branches (everything that hangs on a mesh or a source by one line) are solved exactly by adding up; meshes by the linear flow of active
power f = (theta_a - theta_b) / x (Stott, Jardim and Alsac 2009, doi:10.1109/TPWRS.2009.2021235), voltage 1, no losses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.models.service.feeding import branch_flows, branches, gathered, handed_down, islands, neighbours
from twin.models.service.power_grid import Bools, Floats, Ints, PowerGrid

PROPORTIONAL, PRIORITY, NONE = "proportional", "priority", "none"
_DENSE = 40
"""Nodes up to which a full matrix is solved faster than a sparse one."""


@dataclass(frozen=True)
class Rules:
    """shedding: whose load goes first where lines or sources are too small; none: too small sources black their island out and lines are
    left to their protection. limit: MW an edge may carry, inf where nothing limits it. islanding: whether generators carry an island."""

    shedding: str
    limit: Floats
    islanding: bool


@dataclass(frozen=True)
class Flow:
    """A state of the network. supply: served share of the demand of each node (1 or 0 where there is none); flow: MW, from start to end;
    live: nodes with voltage; on: edges that could carry; cut: the edge too small for a node's demand, -1 none; short: nodes in islands
    whose sources are too small; roots: the sources that feed; drawn: MW of each of them."""

    supply: Floats
    flow: Floats
    live: Bools
    on: Bools
    cut: Ints
    short: Bools
    roots: Bools
    drawn: Floats


def solve(grid: PowerGrid, rules: Rules, node_out: Bools, edge_out: Bools, closed: Bools, second: Bools) -> Flow:
    """The state with nodes and edges out and some edges closed. second: nodes that are fed over a tie now, whose load is shed first."""
    n, pf = len(grid), grid.power_factor
    fine = grid.usable_node & ~node_out
    on = grid.usable & closed & ~edge_out & fine[grid.start] & fine[grid.end]
    label = islands(n, grid.start, grid.end, on)
    roots = grid.source & fine
    fed = np.zeros(n, bool)
    fed[label[roots]] = True
    if rules.islanding:
        alone = grid.carries & fine & ~fed[label]
        fed[label[alone]] = True
        roots = roots | alone
    live = fine & fed[label]
    on &= live[grid.start] & live[grid.end]
    generation = np.where(live & ~(roots & ~grid.source), grid.generation, 0.0)
    demand = np.where(live, grid.demand, 0.0)
    own = np.minimum(demand, generation)
    net, surplus = demand - own, generation - own
    of_class, classes = _classes(grid, rules, second)
    want = np.zeros((n, classes))
    want[np.arange(n), of_class] = net
    first, edge = neighbours(n, grid.start, grid.end)
    order, hangs_by, hangs_on = branches(n, grid.start, grid.end, on, roots, first, edge)
    limit = rules.limit if rules.shedding != NONE else np.full(len(grid.start), np.inf)
    capacity = np.where(np.isfinite(grid.capacity), grid.capacity * pf, np.inf)
    node_limit = np.where(roots | (rules.shedding == NONE), np.inf, capacity)
    able = np.where(grid.source, capacity, grid.generation)
    beyond = surplus.copy()
    share, cut = gathered(order, hangs_by, hangs_on, want, beyond, limit, node_limit)
    core = live & (hangs_by < 0)
    factor, short = _in_turn(want, beyond, label, core, np.where(roots, able, 0.0), rules)
    share[core] = factor[core]
    want[core] *= factor[core]
    flow = np.zeros(len(grid.start))
    drawn = _meshed(grid, on, core, roots, able, beyond - want.sum(axis=1), label, flow)
    handed_down(order, hangs_on, share, cut)
    served = net * share[np.arange(n), of_class]
    branch_flows(order, hangs_by, hangs_on, grid.start, served.copy(), surplus.copy(), flow)
    supply = np.where(grid.demand > 0, (own + served) / np.where(grid.demand > 0, grid.demand, 1.0), live.astype(float))
    return Flow(supply, flow, live, on, cut, short & live, roots, drawn)


def _classes(grid: PowerGrid, rules: Rules, second: Bools) -> tuple[Ints, int]:
    """Class of each node's load, the first is served first: what is fed as usual before what hangs on ties."""
    if rules.shedding == PRIORITY:
        return (2 * second + ~grid.critical).astype(np.int64), 4
    return second.astype(np.int64), 2


def _in_turn(want: Floats, surplus: Floats, label: Ints, core: Bools, able: Floats, rules: Rules) -> tuple[Floats, Bools]:
    """Share of each class that the sources of each node's island can serve, and where they cannot serve all."""
    n, classes = want.shape
    left = np.bincount(label[core], able[core] + surplus[core], n)
    asked = [np.bincount(label[core], want[core, c], n) for c in range(classes)]
    total = np.add.reduce(asked)
    short = total > left * (1 + 1e-9) + 1e-9
    factor = np.ones((n, classes))
    for c in range(classes):
        got = np.minimum(asked[c], np.maximum(left, 0.0))
        here = np.divide(got, asked[c], out=np.ones(n), where=asked[c] > 0)
        if rules.shedding == NONE:
            here = np.where(short, 0.0, 1.0)
        factor[:, c] = np.where(short, here, 1.0)[label]
        left = left - got
    return factor, short[label]


def _meshed(
    grid: PowerGrid, on: Bools, core: Bools, roots: Bools, able: Floats, given: Floats, label: Ints, flow: Floats
) -> Floats:
    """Flow over the meshes, written into flow; MW that each root gives. Roots keep angle 0 until they give all they can."""
    n = len(core)
    inner = np.flatnonzero(on & core[grid.start] & core[grid.end])
    start, end, y = grid.start[inner], grid.end[inner], 1.0 / grid.x[inner]
    full = np.zeros(n, bool)
    drawn = np.zeros(n)
    for _ in range(int(roots.sum()) + 1):
        slack = core & roots & ~full
        bare = np.ones(n, bool)
        bare[label[slack]] = False
        last = np.flatnonzero(core & roots & bare[label])
        slack[last[np.unique(label[last], return_index=True)[1]]] = True  # an island keeps one to balance it
        pushed = given + np.where(full & ~slack, np.where(np.isfinite(able), able, 0.0), 0.0)
        theta = _angles(start, end, y, np.flatnonzero(core & ~slack), pushed, n) if len(inner) else np.zeros(n)
        flow[inner] = (theta[start] - theta[end]) * y
        net = np.bincount(start, flow[inner], n) - np.bincount(end, flow[inner], n)
        drawn = np.where(roots & core, net - given, 0.0)
        over = slack & (drawn > able * (1 + 1e-9) + 1e-9) & ~full
        if not over.any():
            break
        full |= over
    return drawn


def _angles(start: Ints, end: Ints, y: Floats, free: Ints, pushed: Floats, n: int) -> Floats:
    theta = np.zeros(n)
    if not len(free):
        return theta
    at = np.full(n, -1)
    at[free] = np.arange(len(free))
    a, b = at[start], at[end]
    both = (a >= 0) & (b >= 0)
    diagonal = np.bincount(a[a >= 0], y[a >= 0], len(free)) + np.bincount(b[b >= 0], y[b >= 0], len(free))
    diagonal[diagonal == 0] = 1.0
    if len(free) <= _DENSE:
        matrix = np.diag(diagonal)
        np.subtract.at(matrix, (a[both], b[both]), y[both])
        np.subtract.at(matrix, (b[both], a[both]), y[both])
        theta[free] = np.linalg.solve(matrix, pushed[free])
        return theta
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    rows = np.concatenate([np.arange(len(free)), a[both], b[both]])
    columns = np.concatenate([np.arange(len(free)), b[both], a[both]])
    values = np.concatenate([diagonal, -y[both], -y[both]])
    theta[free] = splu(coo_matrix((values, (rows, columns))).tocsc()).solve(pushed[free])
    return theta


def loads(grid: PowerGrid, flow: Flow) -> Floats:
    """Share of its rating that each edge carries, NaN where none is known; 0 where it is out."""
    share = np.abs(flow.flow) / (grid.rating * grid.power_factor)
    return np.where(flow.on, share, np.where(np.isfinite(grid.rating), 0.0, np.nan))


def too_much(flow: Flow, rules: Rules) -> Bools:
    """Edges that carry more than their limit."""
    return flow.on & (np.abs(flow.flow) > rules.limit * (1 + 1e-6) + 1e-9)


def limits(grid: PowerGrid, tolerance: float, rating_factor: float) -> tuple[PowerGrid, Floats, NDArray[np.int64]]:
    """The grid with ratings filled in, MW each edge may carry, and the edges whose rating is less than what they carry when all is well
    (that flow is their limit then). rating_factor: rating over normal flow where none is stated (Motter and Lai 2002,
    doi:10.1103/PhysRevE.66.065102), 0: no limit."""
    n, m = len(grid), len(grid.start)
    free = Rules(NONE, np.full(m, np.inf), False)
    usual = np.abs(solve(grid, free, np.zeros(n, bool), np.zeros(m, bool), grid.closed, np.zeros(n, bool)).flow)
    if rating_factor > 0:
        assumed = np.maximum(usual, 0.05 * usual.max(initial=0.0)) * rating_factor / grid.power_factor
        grid = replace(grid, rating=np.where(np.isfinite(grid.rating), grid.rating, np.where(assumed > 0, assumed, np.nan)))
    stated = grid.rating * grid.power_factor * tolerance
    weak = np.flatnonzero(usual > stated * (1 + 1e-9))
    limit = np.where(np.isfinite(stated), np.maximum(stated, usual), np.inf)
    return grid, limit, weak


def cascade(
    grid: PowerGrid, rules: Rules, node_out: Bools, edge_out: Bools, closed: Bools | None = None
) -> tuple[Flow, list[NDArray[np.int64]]]:
    """Overloaded edges trip, round by round, until none is left: the state then and who tripped in each round."""
    closed = grid.closed if closed is None else closed
    second = np.zeros(len(grid), bool)
    out = edge_out.copy()
    rounds: list[NDArray[np.int64]] = []
    while True:
        flow = solve(grid, rules, node_out, out, closed, second)
        over = too_much(flow, rules)
        if not over.any():
            return flow, rounds
        rounds.append(np.flatnonzero(over))
        out |= over
