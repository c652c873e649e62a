"""Loading of shortest ways, and costs of links, compiled. Links are numbered edge * 2 + direction; their arrays are flat.

Sums run in one order, so that the same input gives the same bits whatever the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from twin.city.routing_kernels import OPTIONS, pop, push


@njit(**OPTIONS)
def load(first: Any, head: Any, link: Any, node: Any, zone: Any, weight: Any, places: Any, demand: Any, limit: Any, low: int, high: int,
         flow: Any, stays: Any, cost: Any) -> None:  # fmt: skip
    """Put the trips of the origins low .. high on their cheapest ways.

    zone: by node of the network, -1 where there is none; places: node of each zone; demand: (zones, zones), trips within a zone stay off
    the network; limit: (zones, zones) cost above which nobody goes, (0, 0): all go. Filled: flow by link is added to; stays (as limit):
    trips that are not made for their cost; cost (zones, zones) of each pair with trips, inf where there is no way.
    """
    inner, zones = len(first) - 1, len(places)
    distance, before = np.empty(inner), np.empty(inner, np.int32)
    tail, order, trips = np.empty(inner, np.int32), np.empty(inner, np.int32), np.zeros(inner)
    key, item = np.empty(len(head) + 2), np.empty(len(head) + 2, np.int32)
    for origin in range(low, high):
        count = 0
        for z in range(zones):
            if demand[origin, z] > 0.0 and z != origin:
                count += 1
            cost[origin, z] = np.inf
        cost[origin, origin] = 0.0
        if count == 0:
            continue
        distance[:] = np.inf
        source = places[origin]
        distance[source] = 0.0
        before[source] = -1
        size = push(key, item, 0, 0.0, source)
        settled = 0
        while size > 0:
            d = key[0]
            u = item[0]
            size = pop(key, item, size)
            if d > distance[u]:
                continue
            order[settled] = u
            settled += 1
            trips[u] = 0.0
            z = zone[node[u]]
            if z >= 0 and z != origin and cost[origin, z] == np.inf:
                cost[origin, z] = d
                if demand[origin, z] > 0.0:
                    if len(limit) > 0 and d > limit[origin, z]:
                        stays[origin, z] = demand[origin, z]
                    else:
                        trips[u] = demand[origin, z]
                    count -= 1
                    if count == 0:
                        break
            for a in range(first[u], first[u + 1]):
                reach = d + weight[a]
                v = head[a]
                if reach < distance[v]:
                    distance[v] = reach
                    before[v] = a
                    tail[v] = u
                    size = push(key, item, size, reach, v)
        for k in range(settled - 1, 0, -1):
            u = order[k]
            if trips[u] > 0.0:
                flow[link[before[u]]] += trips[u]
                trips[tail[u]] += trips[u]


@njit(inline="always", **OPTIONS)
def _power(ratio: float, power: float) -> float:
    if power == 4.0:
        square = ratio * ratio
        return square * square
    return ratio**power if ratio > 0.0 else (1.0 if power == 0.0 else 0.0)


@njit(**OPTIONS)
def costs(flow: Any, free: Any, room: Any, b: Any, power: Any, fixed: Any, out: Any) -> None:
    """fixed + free (1 + b (flow / room)^power)."""
    for i in range(len(flow)):
        out[i] = fixed[i] + free[i] * (1.0 + b[i] * _power(flow[i] / room[i], power[i]))


@njit(**OPTIONS)
def slopes(flow: Any, free: Any, room: Any, b: Any, power: Any, out: Any) -> None:
    """How fast the cost of a link grows with its flow."""
    for i in range(len(flow)):
        rise = free[i] * b[i] * power[i] / room[i]
        out[i] = rise * _power(flow[i] / room[i], power[i] - 1.0) if rise > 0.0 else 0.0


@njit(**OPTIONS)
def beckmann(flow: Any, free: Any, room: Any, b: Any, power: Any, fixed: Any) -> float:
    """Sum over links of the integral of cost from 0 to flow."""
    total = 0.0
    for i in range(len(flow)):
        total += flow[i] * (fixed[i] + free[i] * (1.0 + b[i] / (power[i] + 1.0) * _power(flow[i] / room[i], power[i])))
    return total


@njit(**OPTIONS)
def dot(a: Any, b: Any) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@njit(**OPTIONS)
def conjugate(flow: Any, aon: Any, last: Any, older: Any, slope: Any, step: float) -> Any:
    """Products under the Hessian (its diagonal is slope) of the directions of bi-conjugate Frank-Wolfe: with x the flow, p = last - x and
    q = step last + (1 - step) older - x: q H (aon - x), q H (older - last), p H (aon - x), p H p, p H (aon - last)."""
    one = two = three = four = five = 0.0
    for i in range(len(flow)):
        h, x = slope[i], flow[i]
        y, p = aon[i] - x, last[i] - x
        q = step * last[i] + (1.0 - step) * older[i] - x
        one += q * h * y
        two += q * h * (older[i] - last[i])
        three += p * h * y
        four += p * h * p
        five += p * h * (aon[i] - last[i])
    return one, two, three, four, five


@njit(**OPTIONS)
def along(flow: Any, to: Any, part: float, free: Any, room: Any, b: Any, power: Any, fixed: Any) -> Any:
    """First and second derivative of the Beckmann sum on the way from flow to `to`, a part of it gone."""
    one = two = 0.0
    for i in range(len(flow)):
        d = to[i] - flow[i]
        if d == 0.0:
            continue
        x = max(flow[i] + part * d, 0.0)
        r = x / room[i]
        p = power[i]
        raised = _power(r, p)
        one += d * (fixed[i] + free[i] * (1.0 + b[i] * raised))
        if r > 0.0:
            two += d * d * free[i] * b[i] * p * raised / x
    return one, two


@njit(**OPTIONS)
def best_part(flow: Any, to: Any, free: Any, room: Any, b: Any, power: Any, fixed: Any) -> float:
    """The part of the way at which the Beckmann sum is least: Newton kept within a shrinking bracket; 0 where it does not descend."""
    at_start, _ = along(flow, to, 0.0, free, room, b, power, fixed)
    if not at_start < 0.0:
        return 0.0
    at_end, bend = along(flow, to, 1.0, free, room, b, power, fixed)
    if at_end <= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    part = at_start / (at_start - at_end)
    for _ in range(60):
        value, bend = along(flow, to, part, free, room, b, power, fixed)
        if abs(value) <= 1e-13 * -at_start:
            break
        if value < 0.0:
            low = part
        else:
            high = part
        guess = part - value / bend if bend > 0.0 else -1.0
        ahead = guess if low < guess < high else 0.5 * (low + high)
        if ahead == part or high - low < 1e-15:
            break
        part = ahead
    return part
