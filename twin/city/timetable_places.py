"""Which node of a network each row of layer `stations` is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.features import Features

SAME_STATION_M = 150.0
"""A station that shares neither id nor name with a node is the node this near."""
NAMED = 3


def nodes_of_stations(stations: Features | None, nodes: pd.DataFrame) -> NDArray[np.int64]:
    """Row of `nodes` of each station: by id, else by a name that only one of each has, else the nearest; -1 where there is none."""
    count = 0 if stations is None else len(stations)
    found = np.full(count, -1, np.int64)
    if stations is None or not count or not len(nodes):
        return found
    table = stations.table
    found = pd.Index(nodes["id"].astype(str)).drop_duplicates().get_indexer(pd.Index(table["id"].astype(str))).astype(np.int64)
    if "name" in table and "name" in nodes:
        theirs = nodes["name"].fillna("").astype(str)
        once = ~theirs.duplicated(keep=False).to_numpy() & (theirs != "").to_numpy()
        rows = np.flatnonzero(once)
        mine = table["name"].fillna("").astype(str)
        by_name = pd.Index(theirs[once]).get_indexer(pd.Index(mine))
        fit = (found < 0) & (by_name >= 0) & ~mine.duplicated(keep=False).to_numpy()
        found[fit] = rows[by_name[fit]]
    left = np.flatnonzero(found < 0)
    if len(left):
        from scipy.spatial import cKDTree

        xy = np.nan_to_num(centres(stations.geometry))
        away, near = cKDTree(nodes[["x", "y"]].to_numpy(float)).query(xy[left], distance_upper_bound=SAME_STATION_M)
        found[left[np.isfinite(away)]] = near[np.isfinite(away)]
    return found


def same_names(stations: Features | None) -> list[tuple[str, str, str]]:
    """A notice where stations share a name."""
    if stations is None or "name" not in stations.table:
        return []
    name = stations.table["name"].fillna("").astype(str)
    twice = pd.unique(name[(name != "") & name.duplicated(keep=False)])
    if not len(twice):
        return []
    some = ", ".join(str(n) for n in twice[:NAMED]) + (f" and {len(twice) - NAMED:,} more" if len(twice) > NAMED else "")
    return [("info", "stations-same-name", f"Several stations share a name ({some}); they are told apart by their ids.")]
