"""Networks: node and edge tables, geometry, and the adjacency they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:  # scipy costs 0.4 s at start-up
    import scipy.sparse as sparse


@dataclass(frozen=True)
class Network:
    """One network in local metres.

    nodes: `id`, `x`, `y`, `z`, and what the network needs (kind, demand ...).
    edges: `id`, `start`, `end` (node rows), `length_m`, `oneway` (bool), and for roads `class`, `lanes`, `speed_kmh`,
    `name`, `bridge`, `tunnel` (bool). geometry: shapely LineString per edge. tables: what belongs to the network besides (curves,
    patterns, turn restrictions, timetable) by name.
    """

    kind: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    geometry: NDArray[np.object_]
    source: str = ""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def _arcs(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """From, to and edge row of each direction that may be travelled."""
        start, end = self.edges["start"].to_numpy(np.int32), self.edges["end"].to_numpy(np.int32)
        oneway = self.edges["oneway"].to_numpy(bool) if "oneway" in self.edges else np.zeros(len(start), bool)
        rows = np.arange(len(start))
        return (
            np.concatenate([start, end[~oneway]]),
            np.concatenate([end, start[~oneway]]),
            np.concatenate([rows, rows[~oneway]]),
        )

    def matrix(self, cost: NDArray[np.float64], open_edges: NDArray[np.bool_] | None = None) -> sparse.csr_matrix:
        """CSR matrix of the cheapest arc between each pair of nodes; closed edges left out."""
        import scipy.sparse as sparse

        tail, head, edge = self._arcs
        keep = slice(None) if open_edges is None else open_edges[edge]
        tail, head, weight = tail[keep], head[keep], np.maximum(cost[edge[keep]], 1e-9)
        order = np.lexsort((weight, head, tail))
        tail, head, weight = tail[order], head[order], weight[order]
        first = np.ones(len(tail), bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        n = len(self.nodes)
        return sparse.csr_matrix((weight[first], (tail[first], head[first])), shape=(n, n))

    def islands(self, open_edges: NDArray[np.bool_] | None = None) -> NDArray[np.int32]:
        """Label of the connected part (directions ignored) each node belongs to."""
        from scipy.sparse.csgraph import connected_components

        graph = self.matrix(np.ones(len(self.edges)), open_edges)
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)
