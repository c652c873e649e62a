"""Kernels of networks that feed: what hangs on whom, how much passes the branches that hang on meshes, and why somebody gets nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def islands(n: int, start: Any, end: Any, on: Any) -> Any:
    """Number of the connected part of each node, by union-find; numbers are the lowest row of their part."""
    root = np.arange(n)
    for e in range(len(start)):
        if on[e]:
            a, b = start[e], end[e]
            while root[a] != a:
                root[a] = root[root[a]]
                a = root[a]
            while root[b] != b:
                root[b] = root[root[b]]
                b = root[b]
            if a < b:
                root[b] = a
            else:
                root[a] = b
    for v in range(n):
        a = v
        while root[a] != a:
            a = root[a]
        root[v] = a
    return root


@njit(nogil=True, cache=True)
def neighbours(n: int, start: Any, end: Any) -> tuple[Any, Any]:
    """CSR of the edges at each node: (first of each node, edges)."""
    first = np.zeros(n + 1, np.int64)
    for e in range(len(start)):
        first[start[e] + 1] += 1
        first[end[e] + 1] += 1
    for v in range(n):
        first[v + 1] += first[v]
    at = first[:-1].copy()
    edge = np.empty(2 * len(start), np.int64)
    for e in range(len(start)):
        for v in (start[e], end[e]):
            edge[at[v]] = e
            at[v] += 1
    return first, edge


@njit(nogil=True, cache=True)
def branches(n: int, start: Any, end: Any, on: Any, fixed: Any, first: Any, edge: Any) -> tuple[Any, Any, Any]:
    """Leaves taken off one by one until only meshes and fixed nodes are left.

    Returns the nodes taken off in that order (ends before what they hang on), and for each node the edge and the node it hangs on, -1
    where it stays.
    """
    degree = np.zeros(n, np.int64)
    for e in range(len(start)):
        if on[e]:
            degree[start[e]] += 1
            degree[end[e]] += 1
    hangs_by, hangs_on = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    order = np.empty(n, np.int64)
    done, count = 0, 0
    for v in range(n):
        if degree[v] == 1 and not fixed[v]:
            order[count] = v
            count += 1
    taken = np.zeros(n, np.bool_)
    while done < count:
        v = order[done]
        done += 1
        taken[v] = True
        for k in range(first[v], first[v + 1]):
            e = edge[k]
            if not on[e]:
                continue
            u = end[e] if start[e] == v else start[e]
            if taken[u]:
                continue
            hangs_by[v], hangs_on[v] = e, u
            degree[u] -= 1
            if degree[u] == 1 and not fixed[u]:
                order[count] = u
                count += 1
    return order[:count], hangs_by, hangs_on


@njit(nogil=True, cache=True)
def gathered(order: Any, hangs_by: Any, hangs_on: Any, want: Any, surplus: Any, limit: Any, node_limit: Any) -> tuple[Any, Any]:
    """What each branch asks of what it hangs on, within the limits on the way.

    want (n, classes): MW asked at each node, changed into that of all beyond it; surplus (n): MW given at each node, likewise. Classes
    are served in turn, a class that is cut is cut evenly. Returns the share that passes of each node's want (n, classes) and the edge that
    cuts it (-1 none).
    """
    n, classes = want.shape
    share, cut = np.ones((n, classes)), np.full(n, -1, np.int64)
    for i in range(len(order)):
        v = order[i]
        e, u = hangs_by[v], hangs_on[v]
        if e < 0:
            continue
        asked = want[v].sum()
        most = min(limit[e], node_limit[v]) + surplus[v]
        left = most
        if asked > most + 1e-9:
            cut[v] = e
            for c in range(classes):
                got = min(want[v, c], max(left, 0.0))
                if want[v, c] > 0:
                    share[v, c] = got / want[v, c]
                left -= got
                want[v, c] = got
        for c in range(classes):
            want[u, c] += want[v, c]
        surplus[u] += surplus[v]
    return share, cut


@njit(nogil=True, cache=True)
def handed_down(order: Any, hangs_on: Any, share: Any, cut: Any) -> None:
    """The shares of branches times those of all they hang on; cut becomes the nearest edge that cuts on the way."""
    for i in range(len(order) - 1, -1, -1):
        v = order[i]
        u = hangs_on[v]
        if u >= 0:
            for c in range(share.shape[1]):
                share[v, c] *= share[u, c]
            if cut[v] < 0:
                cut[v] = cut[u]


@njit(nogil=True, cache=True)
def branch_flows(order: Any, hangs_by: Any, hangs_on: Any, start: Any, served: Any, given: Any, flow: Any) -> None:
    """MW over the edges of branches, positive from start to end; served and given (n) are changed into sums of all beyond."""
    for i in range(len(order)):
        v = order[i]
        e, u = hangs_by[v], hangs_on[v]
        if e < 0:
            continue
        into = served[v] - given[v]
        flow[e] = -into if start[e] == v else into
        served[u] += served[v]
        given[u] += given[v]


@njit(nogil=True, cache=True)
def feeds(start: Any, end: Any, on: Any, live: Any, roots: Any, first: Any, edge: Any, parent: Any, by: Any) -> None:
    """Who feeds whom: from the roots over edges that are on, breadth first. parent and by (the edge) are changed where a node is live;
    of the others the last known stays."""
    n = len(parent)
    seen = np.zeros(n, np.bool_)
    todo = np.empty(n, np.int64)
    count, done = 0, 0
    for v in range(n):
        if roots[v] and live[v]:
            seen[v] = True
            parent[v], by[v] = -1, -1
            todo[count] = v
            count += 1
    while done < count:
        v = todo[done]
        done += 1
        for k in range(first[v], first[v + 1]):
            e = edge[k]
            if on[e]:
                u = end[e] if start[e] == v else start[e]
                if live[u] and not seen[u]:
                    seen[u] = True
                    parent[u], by[u] = v, e
                    todo[count] = u
                    count += 1


@njit(nogil=True, cache=True)
def reasons(rows: Any, parent: Any, by: Any, node_out: Any, edge_out: Any, live: Any, stops: Any) -> tuple[Any, Any]:
    """Up the way by which each of rows was fed, to the first thing out of order: (node, edge), -1 for none of that sort.

    stops: nodes without power of their own story (stations), where the way ends too.
    """
    node, edge = np.full(len(rows), -1, np.int64), np.full(len(rows), -1, np.int64)
    for i in range(len(rows)):
        v = rows[i]
        for _ in range(len(parent)):
            e, u = by[v], parent[v]
            if e >= 0 and edge_out[e]:
                edge[i] = e
                break
            if u < 0:
                break
            if node_out[u] or (stops[u] and not live[u]):
                node[i] = u
                break
            v = u
    return node, edge


@njit(nogil=True, cache=True)
def room(start: Any, end: Any, flow: Any, limit: Any, parent: Any, by: Any, live: Any, roots: Any, spare: Any) -> Any:
    """MW that could still be drawn at each live node over the way it is fed by; spare: of each root."""
    n = len(parent)
    found = np.full(n, -1.0)
    way = np.empty(n, np.int64)
    for v in range(n):
        if not live[v] or found[v] >= 0:
            continue
        count, u = 0, v
        while found[u] < 0 and parent[u] >= 0 and count < n:
            way[count] = u
            count += 1
            u = parent[u]
        if found[u] < 0:
            found[u] = max(spare[u], 0.0)
        for k in range(count - 1, -1, -1):
            w = way[k]
            e = by[w]
            found[w] = max(min(found[parent[w]], limit[e] - abs(flow[e])), 0.0)
    return found


@njit(nogil=True, cache=True)
def section(begin: Any, most: Any, start: Any, end: Any, on: Any, demand: Any, first: Any, edge: Any, taken: Any, opened: Any) -> Any:
    """Marks in taken what a tie that ends at a node can feed: the nearest nodes, breadth first, whose demand adds up to no more than most;
    the edges around them are marked in opened. Returns the demand, MW."""
    if taken[begin] or demand[begin] > most:
        return 0.0
    total = demand[begin]
    todo = np.empty(len(taken), np.int64)
    todo[0] = begin
    taken[begin] = True
    count, done = 1, 0
    while done < count:
        v = todo[done]
        done += 1
        for k in range(first[v], first[v + 1]):
            e = edge[k]
            if not on[e] or opened[e]:
                continue
            u = end[e] if start[e] == v else start[e]
            if taken[u]:
                continue
            if total + demand[u] > most:
                opened[e] = True
                continue
            total += demand[u]
            taken[u] = True
            todo[count] = u
            count += 1
    return total
