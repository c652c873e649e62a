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

from typing import Any

import numpy as np
from numba import njit

from twin.city.routing_kernels import OPTIONS, pop, push, tree
from twin.models.service.traffic_tables import (
    ARRIVED,
    AT_GATE,
    GIVEN_UP,
    NEXT,
    NO_WAY,
    ON_ROAD,
    SIZE,
    STOPPED,
    TREES,
    Moving,
    Net,
)

DONE, PAUSED, FULL = 0, 1, 2
"""Why `advance` came back: at its time; enough for one call; the queue of events needs room."""


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
def _choose(net: Net, m: Moving, cars: Any, c: int, v: int) -> int:
    """The arc a car takes from an inner node, -1 where no way is left."""
    goal = cars[c].goal
    if cars[c].asked == 0:
        _seek(net, m, 0, goal)
        n = m.onward[0, goal, v]
        if n >= 0 and m.road[net.link[net.first[v] + n]].open == 1:
            return int(net.first[v] + n)
        cars[c].asked = 1
    _seek(net, m, 1, goal)
    n = m.onward[1, goal, v]
    return int(net.first[v] + n) if n >= 0 else -1


@njit(**OPTIONS)
def _opens(net: Net, m: Moving, j: int) -> float:
    """When a link takes its next car; inf where that is not known."""
    if m.road[j].open == 0 or m.road[j].came - m.road[j].left >= m.road[j].storage:
        return np.inf
    when = m.road[j].last_in + m.road[j].in_gap
    if m.road[j].came >= m.road[j].storage:
        when = max(when, m.place[m.road[j].ring0 + m.road[j].came % m.road[j].storage].left_s + m.road[j].hole_s)
    return when


@njit(**OPTIONS)
def _leave(net: Net, m: Moving, cars: Any, i: int, t: float) -> None:
    """The first car of a link goes."""
    at = m.road[i].ring0 + m.road[i].left % m.road[i].storage
    m.road[i].gone += 1
    m.place[at].left_s = t
    m.road[i].left += 1
    m.road[i].last_out = t
    if m.road[i].left < m.road[i].came:
        follower = m.place[m.road[i].ring0 + m.road[i].left % m.road[i].storage].car
        _schedule(m, i, max(cars[follower].ready, t + m.road[i].out_gap))
    if m.road[i].waiting >= 0:
        _schedule(m, 2 * len(m.road) + i, max(t, _opens(net, m, i)))


@njit(**OPTIONS)
def _pop_gate(m: Moving, cars: Any, j: int) -> int:
    c = m.road[j].gate_first
    m.road[j].gate_first = cars[c].gate_next
    if m.road[j].gate_first < 0:
        m.road[j].gate_last = -1
    cars[c].gate_next = -1
    return c


@njit(**OPTIONS)
def _push_gate(m: Moving, cars: Any, j: int, c: int, t: float) -> None:
    if m.road[j].gate_last >= 0:
        cars[m.road[j].gate_last].gate_next = c
    else:
        m.road[j].gate_first = c
        _schedule(m, len(m.road) + j, t)
    m.road[j].gate_last = c


@njit(**OPTIONS)
def _settle(cars: Any, c: int, fate: int, t: float) -> None:
    cars[c].fate = fate
    cars[c].end = t


@njit(**OPTIONS)
def _turn(net: Net, m: Moving, x: int, j: int) -> int:
    links = len(m.road)
    return net.turns + j if x >= links else m.road[x].turn0 + m.road[j].number


@njit(**OPTIONS)
def _move(net: Net, m: Moving, cars: Any, x: int, arc: int, t: float) -> None:
    """The first car of a link or gate x goes over an arc whose link is open to it."""
    links, j = len(m.road), net.link[arc]
    turn = _turn(net, m, x, j)
    begin = max(m.road[j].virtual, m.tag[turn])
    m.road[j].virtual = begin
    m.tag[turn] = begin + m.road[x if x < links else j].out_gap
    if x >= links:
        c = _pop_gate(m, cars, x - links)
        cars[c].fate = ON_ROAD
        if m.road[j].gate_first >= 0:
            _schedule(m, x, t)
    else:
        c = m.place[m.road[x].ring0 + m.road[x].left % m.road[x].storage].car
        _leave(net, m, cars, x, t)
    m.place[m.road[j].ring0 + m.road[j].came % m.road[j].storage].car = c
    m.road[j].came += 1
    m.road[j].last_in = t
    cars[c].arc, cars[c].entered, cars[c].ready = arc, t, t + m.road[j].free_s
    if m.road[j].came - m.road[j].left == 1:
        _schedule(m, j, max(cars[c].ready, m.road[j].last_out + m.road[j].out_gap))


@njit(**OPTIONS)
def _go(net: Net, m: Moving, cars: Any, x: int, arc: int, t: float) -> None:
    """Over an arc, or to those who wait for it."""
    j = net.link[arc]
    when = _opens(net, m, j)
    if m.road[j].waiting < 0 and when <= t:
        _move(net, m, cars, x, arc, t)
        return
    m.mouth[x].waits_for, m.mouth[x].want, m.mouth[x].since = j, arc, t
    m.mouth[x].wait_next, m.road[j].waiting = m.road[j].waiting, x
    _schedule(m, 2 * len(m.road) + j, max(t, when))


@njit(**OPTIONS)
def _part(m: Moving, x: int) -> None:
    """No longer among those who wait."""
    j = m.mouth[x].waits_for
    m.mouth[x].waits_for = -1
    if m.road[j].waiting == x:
        m.road[j].waiting = m.mouth[x].wait_next
    else:
        y = m.road[j].waiting
        while m.mouth[y].wait_next != x:
            y = m.mouth[y].wait_next
        m.mouth[y].wait_next = m.mouth[x].wait_next
    m.mouth[x].wait_next = -1


@njit(**OPTIONS)
def _try_link(net: Net, m: Moving, cars: Any, i: int, t: float) -> None:
    if m.road[i].left == m.road[i].came or m.mouth[i].waits_for >= 0:
        return
    c = m.place[m.road[i].ring0 + m.road[i].left % m.road[i].storage].car
    when = max(cars[c].ready, m.road[i].last_out + m.road[i].out_gap)
    if when > t:
        _schedule(m, i, when)
        return
    v = np.int64(net.head[cars[c].arc])
    if net.node[v] == net.goal[cars[c].goal]:
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
def _try_gate(net: Net, m: Moving, cars: Any, j: int, t: float) -> None:
    links = len(m.road)
    c = m.road[j].gate_first
    if c < 0 or m.mouth[links + j].waits_for >= 0:
        return
    arc = _choose(net, m, cars, c, cars[c].origin)
    if arc >= 0 and net.link[arc] == j:
        _go(net, m, cars, links + j, arc, t)
        return
    _pop_gate(m, cars, j)
    if m.road[j].gate_first >= 0:
        _schedule(m, links + j, t)
    if arc < 0:
        _settle(cars, c, NO_WAY, t)
    else:
        _push_gate(m, cars, net.link[arc], c, t)


@njit(**OPTIONS)
def _admit(net: Net, m: Moving, cars: Any, j: int, t: float) -> None:
    """A link takes the one whose turn it is among those who wait."""
    if m.road[j].waiting < 0:
        return
    opening = 2 * len(m.road) + j
    when = _opens(net, m, j)
    if when > t:
        _schedule(m, opening, when)
        return
    best, least, longest = -1, np.inf, np.inf
    x = m.road[j].waiting
    while x >= 0:
        begin = max(m.road[j].virtual, m.tag[_turn(net, m, x, j)])
        if begin < least or (begin == least and (m.mouth[x].since < longest or (m.mouth[x].since == longest and x < best))):
            best, least, longest = x, begin, m.mouth[x].since
        x = m.mouth[x].wait_next
    _part(m, best)
    _move(net, m, cars, best, m.mouth[best].want, t)
    if m.road[j].waiting >= 0:
        _schedule(m, opening, max(t, _opens(net, m, j)))


@njit(**OPTIONS)
def _set_out(net: Net, m: Moving, cars: Any, c: int, t: float) -> None:
    goal, v = cars[c].goal, cars[c].origin
    _seek(net, m, 0, goal)
    if np.isfinite(m.distance[0, goal, v]) and m.distance[0, goal, v] > cars[c].limit:
        _settle(cars, c, GIVEN_UP, t)
        return
    arc = _choose(net, m, cars, c, v)
    if arc < 0:
        _settle(cars, c, NO_WAY, t)
        return
    if cars[c].asked == 1 and m.distance[1, goal, v] > cars[c].limit:
        _settle(cars, c, GIVEN_UP, t)
        return
    cars[c].fate = AT_GATE
    _push_gate(m, cars, net.link[arc], c, t)


@njit(**OPTIONS)
def advance(net: Net, m: Moving, cars: Any, until: float, events: int, trees: int) -> int:
    """Everything that happens up to and including a time, or so many events or ways sought of it."""
    links = len(m.road)
    trees += m.count[TREES]
    for _ in range(events):
        if m.count[SIZE] + 64 > len(m.key):
            return FULL
        if m.count[TREES] >= trees:
            return PAUSED
        at_event = m.key[0] if m.count[SIZE] > 0 else np.inf
        c = m.count[NEXT]
        at_start = cars[c].depart if c < len(cars) else np.inf
        if min(at_event, at_start) > until:
            return DONE
        if at_start < at_event:
            m.count[NEXT] += 1
            _set_out(net, m, cars, c, at_start)
            continue
        what = np.int64(m.item[0])
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
def rethink(net: Net, m: Moving, cars: Any, low: int, high: int, t: float, shut_only: bool) -> None:
    """First cars of the links and gates low .. high that wait go another way where theirs has closed, or is no longer the quickest."""
    links = len(m.road)
    for x in range(low, high):
        if m.mouth[x].waits_for < 0:
            continue
        if shut_only:
            is_other = m.road[m.mouth[x].waits_for].open == 0
        else:
            at_gate = x >= links
            c = m.road[x - links].gate_first if at_gate else m.place[m.road[x].ring0 + m.road[x].left % m.road[x].storage].car
            is_other = _choose(net, m, cars, c, cars[c].origin if at_gate else np.int64(net.head[cars[c].arc])) != m.mouth[x].want
        if is_other:
            _part(m, x)
            _schedule(m, x, t)


@njit(**OPTIONS)
def retime(net: Net, m: Moving, cars: Any, free: Any, t: float) -> None:
    """Cars that are driving go on at the new speed of their link; free: (links,) its new free travel time."""
    for j in range(len(free)):
        if free[j] == m.road[j].free_s:
            continue
        part = free[j] / m.road[j].free_s
        m.road[j].free_s = free[j]
        for k in range(m.road[j].left, m.road[j].came):
            c = m.place[m.road[j].ring0 + k % m.road[j].storage].car
            if cars[c].ready > t:
                cars[c].ready = t + (cars[c].ready - t) * part
        if m.road[j].left < m.road[j].came and m.mouth[j].waits_for < 0:
            c = m.place[m.road[j].ring0 + m.road[j].left % m.road[j].storage].car
            _schedule(m, j, max(t, cars[c].ready, m.road[j].last_out + m.road[j].out_gap))


@njit(**OPTIONS)
def look(net: Net, m: Moving, cars: Any, t: float, standing: Any, oldest: Any) -> None:
    """By link: cars in its queue, and how long its first car has been on it. The queue, as dense as one that leaves at capacity, reaches as
    far as cars would, undisturbed, be nearer to the end by now than those before them leave room."""
    for j in range(len(standing)):
        standing[j], oldest[j] = 0, 0.0
        full = m.road[j].storage - m.road[j].hole_s / m.road[j].out_gap
        for k in range(m.road[j].left, m.road[j].came):
            c = m.place[m.road[j].ring0 + k % m.road[j].storage].car
            if k == m.road[j].left:
                oldest[j] = t - cars[c].entered
            if (cars[c].ready - t) * full >= (k - m.road[j].left) * m.road[j].free_s * (1.0 - 1e-9):
                break
            standing[j] += 1
