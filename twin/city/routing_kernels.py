"""Shortest paths by Dijkstra 1959 (doi:10.1007/BF01386390), compiled; `nogil`, so that threads work side by side.

Arrays of a graph: first (nodes + 1), head (arcs) and weight (arcs, >= 0, inf: closed). The queue is a heap with four children to a
node (Johnson 1975) that holds stale entries instead of moving them: road networks have few arcs a node, and a place table costs more
than it saves. A distance is the least sum over arcs, added up from the source; sums grow with their terms in floating point too, so
that the order of work cannot change a bit of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

OPTIONS: dict[str, Any] = {"nogil": True, "cache": True}


@njit(inline="always", **OPTIONS)
def push(key: Any, item: Any, size: int, k: float, v: int) -> int:
    at = size
    while at > 0:
        up = (at - 1) >> 2
        if key[up] <= k:
            break
        key[at] = key[up]
        item[at] = item[up]
        at = up
    key[at] = k
    item[at] = v
    return size + 1


@njit(inline="always", **OPTIONS)
def pop(key: Any, item: Any, size: int) -> int:
    """Take the first away; the rest moves up."""
    size -= 1
    k = key[size]
    v = item[size]
    at = 0
    while True:
        child = (at << 2) + 1
        if child >= size:
            break
        last = min(child + 4, size)
        best = child
        least = key[child]
        for c in range(child + 1, last):
            if key[c] < least:
                least = key[c]
                best = c
        if least >= k:
            break
        key[at] = least
        item[at] = item[best]
        at = best
    key[at] = k
    item[at] = v
    return size


@njit(**OPTIONS)
def tree(first: Any, head: Any, weight: Any, sources: Any, start: Any, limit: float, distance: Any, before: Any, site: Any) -> None:
    """Least distance of every node from the nearest source, up to and including limit.

    start: what each source begins with. Filled: distance (nodes; inf: not reached), before (nodes: arc it is reached by, -1; empty:
    not wanted), site (nodes: number of its source, -1; empty: not wanted).
    """
    wants_before, wants_site = len(before) > 0, len(site) > 0
    distance[:] = np.inf
    if wants_before:
        before[:] = -1
    if wants_site:
        site[:] = -1
    room = len(head) + len(sources) + 1
    key = np.empty(room, np.float64)
    item = np.empty(room, np.int32)
    size = 0
    for i in range(len(sources)):
        s = sources[i]
        if start[i] <= limit and start[i] < distance[s]:
            distance[s] = start[i]
            if wants_site:
                site[s] = i
            size = push(key, item, size, start[i], s)
    while size > 0:
        d = key[0]
        u = item[0]
        size = pop(key, item, size)
        if d > distance[u]:
            continue
        for a in range(first[u], first[u + 1]):
            reach = d + weight[a]
            v = head[a]
            if reach < distance[v] and reach <= limit:
                distance[v] = reach
                if wants_before:
                    before[v] = a
                if wants_site:
                    site[v] = site[u]
                size = push(key, item, size, reach, v)


@njit(**OPTIONS)
def many_trees(first: Any, head: Any, weight: Any, sources: Any, limit: float, columns: Any, out: Any) -> None:
    """Distances from each source (rows of out) to the nodes named in columns."""
    n = len(first) - 1
    distance = np.empty(n)
    one, zero = np.empty(1, np.int64), np.zeros(1)
    none, no_site = np.empty(0, np.int32), np.empty(0, np.int32)
    for i in range(len(sources)):
        one[0] = sources[i]
        tree(first, head, weight, one, zero, limit, distance, none, no_site)
        for k in range(len(columns)):
            out[i, k] = distance[columns[k]]


@njit(**OPTIONS)
def path(before: Any, tail: Any, node: int, room: Any) -> int:
    """Arcs from the source to a node, last first, into room; returns how many."""
    count = 0
    while before[node] >= 0 and count < len(room):
        a = before[node]
        room[count] = a
        count += 1
        node = tail[a]
    return count


def sorted_arcs(tail: NDArray[np.int64], nodes: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Where each node's arcs begin, and the order that puts arcs so."""
    order = np.argsort(tail, kind="stable")
    first = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes)[:nodes], out=first[1:])
    return first.astype(np.int32), order
