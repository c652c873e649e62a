"""Cars on roads that fill: the kinematic wave theory of traffic, car by car and event by event, compiled.

A road with a triangular relation of flow and density (Newell 1993, doi:10.1016/0191-2615(93)90038-C) needs only the times at which cars
pass its two ends (Leclercq and Becarie 2012, doi:10.1016/j.sbspro.2012.09.824): car k comes to the far end a free travel time after it
came in; it leaves no sooner than one headway after the car before; the road takes car k no sooner than the gap that car k - storage left
behind at the far end has run back to the near end. So queues have a length, spill back through junctions, and dissolve from their head.
A car is here a platoon of `platoon` cars. Cars keep their order on a road: who waits to turn blocks those behind.

At a junction the roads that wait for the same road take turns by their capacity (Daganzo 1995, doi:10.1016/0191-2615(94)00022-R; start-time
fair queueing, Goyal et al. 1996, doi:10.1145/248157.248171, makes whole cars of the shares). Cars set out from a gate before each road,
where they stand outside the network while it is full.

Drivers follow the way to their goal that was quickest when word last came of it (layer 0); who finds a road closed asks anew and goes on
asking (layer 1). Ways are sought when somebody asks for them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from twin.city.routing_kernels import OPTIONS, pop, push, tree

TO_COME, AT_GATE, ON_ROAD, ARRIVED, NO_WAY, GIVEN_UP, STOPPED = range(7)
"""What became of a car: NO_WAY before it set out, STOPPED after."""
SIZE, NEXT, TREES = 0, 1, 2
"""Counters: entries of the queue of events, next car to set out, ways sought so far."""
DONE, PAUSED, FULL = 0, 1, 2
"""Why `advance` came back: at its time; enough for one call; the queue of events needs room."""


class Net(NamedTuple):
    """What does not change. Links are directed roads; arcs (of the graph with its turns) lead over them."""

    first: Any
    head: Any
    link: Any
    """(arcs,) link of each."""
    node: Any
    """(inner nodes,)"""
    back_first: Any
    back_head: Any
    back_arc: Any
    copy: Any
    copy_at: Any
    turn0: Any
    """(links,) its first turn; turns are counted by the links that leave its end."""
    number: Any
    """(links,) which of those that leave its beginning it is."""
    turns: int
    storage: Any
    """(links,) cars that stand on it."""
    ring0: Any
    """(links + 1,) where its rings begin."""
    hole_s: Any
    """(links,) seconds in which a gap runs back over it."""
    out_gap: Any
    """(links,) least seconds between cars that leave it."""
    goal: Any
    """(goals,) node."""


class Moving(NamedTuple):
    """What does. By link unless said; gates come after the links where there are two of a thing, openings after the gates."""

    free_s: Any
    in_gap: Any
    open: Any
    came: Any
    left: Any
    last_in: Any
    last_out: Any
    ring_car: Any
    ring_left: Any
    """When the car left that stood in this place before."""
    waiting: Any
    """First of the links and gates that wait for it."""
    wait_next: Any
    waits_for: Any
    want: Any
    """Arc that the first car of a link or gate that waits would take."""
    since: Any
    tag: Any
    """(turns + links,) fair share used up, by turn, then by gate."""
    virtual: Any
    gate_first: Any
    gate_last: Any
    due: Any
    """When each link, gate and opening is looked at next."""
    took_sum: Any
    took_count: Any
    cost: Any
    """(classes + 1, links) seconds as drivers believe: those of each class of goals, and those who asked on the way."""
    epoch: Any
    stamp: Any
    """(2, goals) epoch of each way."""
    onward: Any
    """(2, goals, inner nodes) which arc to take, -1 none."""
    distance: Any
    key: Any
    item: Any
    count: Any


class Cars(NamedTuple):
    """(cars,) in the order in which they set out."""

    origin: Any
    goal: Any
    depart: Any
    limit: Any
    """Seconds; who would take longer stays."""
    arc: Any
    entered: Any
    ready: Any
    """When it comes to the end of its link."""
    asked: Any
    gate_next: Any
    fate: Any
    end: Any
    """When its fate was settled; NaN before."""


@njit(**OPTIONS)
def _schedule(m: Moving, what: int, when: float) -> None:
    if when < m.due[what]:
        m.due[what] = when
        m.count[SIZE] = push(m.key, m.item, m.count[SIZE], when, what)


@njit(**OPTIONS)
def _seek(net: Net, m: Moving, layer: int, goal: int) -> None:
    """The quickest ways to a goal by what drivers of the layer believe."""
    classes = len(m.epoch) - 1
    which = classes if layer == 1 else goal % classes
    if m.stamp[layer, goal] == m.epoch[which]:
        return
    m.stamp[layer, goal] = m.epoch[which]
    m.count[TREES] += 1
    cost = m.cost[which]
    inner = len(net.node)
    weight = np.empty(len(net.head))
    for k in range(len(weight)):
        weight[k] = cost[net.link[net.back_arc[k]]]
    place = net.goal[goal]
    sources = net.copy[net.copy_at[place] : net.copy_at[place + 1]]
    distance, before = np.empty(inner), np.empty(inner, np.int32)
    tree(net.back_first, net.back_head, weight, sources, np.zeros(len(sources)), np.inf, distance, before, np.empty(0, np.int32))
    for v in range(inner):
        m.distance[layer, goal, v] = distance[v]
        m.onward[layer, goal, v] = net.back_arc[before[v]] - net.first[v] if before[v] >= 0 else -1


@njit(**OPTIONS)
def _choose(net: Net, m: Moving, cars: Cars, c: int, v: int) -> int:
    """The arc a car takes from an inner node, -1 where no way is left."""
    goal = cars.goal[c]
    if cars.asked[c] == 0:
        _seek(net, m, 0, goal)
        n = m.onward[0, goal, v]
        if n >= 0 and m.open[net.link[net.first[v] + n]]:
            return net.first[v] + n
        cars.asked[c] = 1
    _seek(net, m, 1, goal)
    n = m.onward[1, goal, v]
    return net.first[v] + n if n >= 0 else -1


@njit(**OPTIONS)
def _opens(net: Net, m: Moving, j: int) -> float:
    """When a link takes its next car; inf where that is not known."""
    if not m.open[j] or m.came[j] - m.left[j] >= net.storage[j]:
        return np.inf
    when = m.last_in[j] + m.in_gap[j]
    if m.came[j] >= net.storage[j]:
        when = max(when, m.ring_left[net.ring0[j] + m.came[j] % net.storage[j]] + net.hole_s[j])
    return when


@njit(**OPTIONS)
def _leave(net: Net, m: Moving, cars: Cars, i: int, t: float) -> None:
    """The first car of a link goes."""
    at = net.ring0[i] + m.left[i] % net.storage[i]
    m.took_sum[i] += t - cars.entered[m.ring_car[at]]
    m.took_count[i] += 1
    m.ring_left[at] = t
    m.left[i] += 1
    m.last_out[i] = t
    if m.left[i] < m.came[i]:
        follower = m.ring_car[net.ring0[i] + m.left[i] % net.storage[i]]
        _schedule(m, i, max(cars.ready[follower], t + net.out_gap[i]))
    if m.waiting[i] >= 0:
        _schedule(m, 2 * len(m.open) + i, max(t, _opens(net, m, i)))


@njit(**OPTIONS)
def _pop_gate(m: Moving, cars: Cars, j: int) -> int:
    c = m.gate_first[j]
    m.gate_first[j] = cars.gate_next[c]
    if m.gate_first[j] < 0:
        m.gate_last[j] = -1
    cars.gate_next[c] = -1
    return c


@njit(**OPTIONS)
def _push_gate(m: Moving, cars: Cars, j: int, c: int, t: float) -> None:
    if m.gate_last[j] >= 0:
        cars.gate_next[m.gate_last[j]] = c
    else:
        m.gate_first[j] = c
        _schedule(m, len(m.open) + j, t)
    m.gate_last[j] = c


@njit(**OPTIONS)
def _settle(cars: Cars, c: int, fate: int, t: float) -> None:
    cars.fate[c] = fate
    cars.end[c] = t


@njit(**OPTIONS)
def _turn(net: Net, m: Moving, x: int, j: int) -> int:
    links = len(m.open)
    return net.turns + j if x >= links else net.turn0[x] + net.number[j]


@njit(**OPTIONS)
def _move(net: Net, m: Moving, cars: Cars, x: int, arc: int, t: float) -> None:
    """The first car of a link or gate x goes over an arc whose link is open to it."""
    links, j = len(m.open), net.link[arc]
    turn = _turn(net, m, x, j)
    begin = max(m.virtual[j], m.tag[turn])
    m.virtual[j] = begin
    m.tag[turn] = begin + net.out_gap[x if x < links else j]
    if x >= links:
        c = _pop_gate(m, cars, x - links)
        cars.fate[c] = ON_ROAD
        if m.gate_first[j] >= 0:
            _schedule(m, x, t)
    else:
        c = m.ring_car[net.ring0[x] + m.left[x] % net.storage[x]]
        _leave(net, m, cars, x, t)
    m.ring_car[net.ring0[j] + m.came[j] % net.storage[j]] = c
    m.came[j] += 1
    m.last_in[j] = t
    cars.arc[c], cars.entered[c], cars.ready[c] = arc, t, t + m.free_s[j]
    if m.came[j] - m.left[j] == 1:
        _schedule(m, j, max(cars.ready[c], m.last_out[j] + net.out_gap[j]))


@njit(**OPTIONS)
def _go(net: Net, m: Moving, cars: Cars, x: int, arc: int, t: float) -> None:
    """Over an arc, or to those who wait for it."""
    j = net.link[arc]
    when = _opens(net, m, j)
    if m.waiting[j] < 0 and when <= t:
        _move(net, m, cars, x, arc, t)
        return
    m.waits_for[x], m.want[x], m.since[x] = j, arc, t
    m.wait_next[x], m.waiting[j] = m.waiting[j], x
    _schedule(m, 2 * len(m.open) + j, max(t, when))


@njit(**OPTIONS)
def _part(m: Moving, x: int) -> None:
    """No longer among those who wait."""
    j = m.waits_for[x]
    m.waits_for[x] = -1
    if m.waiting[j] == x:
        m.waiting[j] = m.wait_next[x]
    else:
        y = m.waiting[j]
        while m.wait_next[y] != x:
            y = m.wait_next[y]
        m.wait_next[y] = m.wait_next[x]
    m.wait_next[x] = -1


@njit(**OPTIONS)
def _try_link(net: Net, m: Moving, cars: Cars, i: int, t: float) -> None:
    if m.left[i] == m.came[i] or m.waits_for[i] >= 0:
        return
    c = m.ring_car[net.ring0[i] + m.left[i] % net.storage[i]]
    when = max(cars.ready[c], m.last_out[i] + net.out_gap[i])
    if when > t:
        _schedule(m, i, when)
        return
    v = net.head[cars.arc[c]]
    if net.node[v] == net.goal[cars.goal[c]]:
        _settle(cars, c, ARRIVED, t)
        _leave(net, m, cars, i, t)
        return
    arc = _choose(net, m, cars, c, v)
    if arc < 0:
        _settle(cars, c, STOPPED, t)
        _leave(net, m, cars, i, t)
        return
    _go(net, m, cars, i, arc, t)


@njit(**OPTIONS)
def _try_gate(net: Net, m: Moving, cars: Cars, j: int, t: float) -> None:
    links = len(m.open)
    c = m.gate_first[j]
    if c < 0 or m.waits_for[links + j] >= 0:
        return
    arc = _choose(net, m, cars, c, cars.origin[c])
    if arc >= 0 and net.link[arc] == j:
        _go(net, m, cars, links + j, arc, t)
        return
    _pop_gate(m, cars, j)
    if m.gate_first[j] >= 0:
        _schedule(m, links + j, t)
    if arc < 0:
        _settle(cars, c, NO_WAY, t)
    else:
        _push_gate(m, cars, net.link[arc], c, t)


@njit(**OPTIONS)
def _admit(net: Net, m: Moving, cars: Cars, j: int, t: float) -> None:
    """A link takes the one whose turn it is among those who wait."""
    if m.waiting[j] < 0:
        return
    opening = 2 * len(m.open) + j
    when = _opens(net, m, j)
    if when > t:
        _schedule(m, opening, when)
        return
    best, least, longest = -1, np.inf, np.inf
    x = m.waiting[j]
    while x >= 0:
        begin = max(m.virtual[j], m.tag[_turn(net, m, x, j)])
        if begin < least or (begin == least and (m.since[x] < longest or (m.since[x] == longest and x < best))):
            best, least, longest = x, begin, m.since[x]
        x = m.wait_next[x]
    _part(m, best)
    _move(net, m, cars, best, m.want[best], t)
    if m.waiting[j] >= 0:
        _schedule(m, opening, max(t, _opens(net, m, j)))


@njit(**OPTIONS)
def _set_out(net: Net, m: Moving, cars: Cars, c: int, t: float) -> None:
    goal, v = cars.goal[c], cars.origin[c]
    _seek(net, m, 0, goal)
    if np.isfinite(m.distance[0, goal, v]) and m.distance[0, goal, v] > cars.limit[c]:
        _settle(cars, c, GIVEN_UP, t)
        return
    arc = _choose(net, m, cars, c, v)
    if arc < 0:
        _settle(cars, c, NO_WAY, t)
        return
    if cars.asked[c] == 1 and m.distance[1, goal, v] > cars.limit[c]:
        _settle(cars, c, GIVEN_UP, t)
        return
    cars.fate[c] = AT_GATE
    _push_gate(m, cars, net.link[arc], c, t)


@njit(**OPTIONS)
def advance(net: Net, m: Moving, cars: Cars, until: float, events: int, trees: int) -> int:
    """Everything that happens up to and including a time, or so many events or ways sought of it."""
    links = len(m.open)
    trees += m.count[TREES]
    for _ in range(events):
        if m.count[SIZE] + 64 > len(m.key):
            return FULL
        if m.count[TREES] >= trees:
            return PAUSED
        at_event = m.key[0] if m.count[SIZE] > 0 else np.inf
        c = m.count[NEXT]
        at_start = cars.depart[c] if c < len(cars.depart) else np.inf
        if min(at_event, at_start) > until:
            return DONE
        if at_start < at_event:
            m.count[NEXT] += 1
            _set_out(net, m, cars, c, at_start)
            continue
        what = m.item[0]
        m.count[SIZE] = pop(m.key, m.item, m.count[SIZE])
        if at_event != m.due[what]:
            continue  # it was put forward since
        m.due[what] = np.inf
        if what < links:
            _try_link(net, m, cars, what, at_event)
        elif what < 2 * links:
            _try_gate(net, m, cars, what - links, at_event)
        else:
            _admit(net, m, cars, what - 2 * links, at_event)
    return PAUSED


@njit(**OPTIONS)
def rethink(net: Net, m: Moving, cars: Cars, low: int, high: int, t: float, shut_only: bool) -> None:
    """First cars of the links and gates low .. high that wait go another way where theirs has closed, or is no longer the quickest."""
    links = len(m.open)
    for x in range(low, high):
        if m.waits_for[x] < 0:
            continue
        if shut_only:
            is_other = not m.open[m.waits_for[x]]
        else:
            at_gate = x >= links
            c = m.gate_first[x - links] if at_gate else m.ring_car[net.ring0[x] + m.left[x] % net.storage[x]]
            is_other = _choose(net, m, cars, c, cars.origin[c] if at_gate else net.head[cars.arc[c]]) != m.want[x]
        if is_other:
            _part(m, x)
            _schedule(m, x, t)


@njit(**OPTIONS)
def retime(net: Net, m: Moving, cars: Cars, free: Any, t: float) -> None:
    """Cars that are driving go on at the new speed of their link; free: (links,) its new free travel time."""
    for j in range(len(free)):
        if free[j] == m.free_s[j]:
            continue
        part = free[j] / m.free_s[j]
        m.free_s[j] = free[j]
        for k in range(m.left[j], m.came[j]):
            c = m.ring_car[net.ring0[j] + k % net.storage[j]]
            if cars.ready[c] > t:
                cars.ready[c] = t + (cars.ready[c] - t) * part
        if m.left[j] < m.came[j] and m.waits_for[j] < 0:
            c = m.ring_car[net.ring0[j] + m.left[j] % net.storage[j]]
            _schedule(m, j, max(t, cars.ready[c], m.last_out[j] + net.out_gap[j]))


@njit(**OPTIONS)
def look(net: Net, m: Moving, cars: Cars, t: float, standing: Any, oldest: Any) -> None:
    """By link: cars in its queue, and how long its first car has been on it. The queue reaches as far as cars would, undisturbed, already
    be nearer to the end than those before them, bumper to bumper, leave room."""
    for j in range(len(standing)):
        standing[j], oldest[j] = 0, 0.0
        for k in range(m.left[j], m.came[j]):
            c = m.ring_car[net.ring0[j] + k % net.storage[j]]
            if k == m.left[j]:
                oldest[j] = t - cars.entered[c]
            if (cars.ready[c] - t) * net.storage[j] > (k - m.left[j]) * m.free_s[j] or cars.ready[c] == t:
                break
            standing[j] += 1
