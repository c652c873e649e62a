"""Turn restrictions of a road network, from those that name ways and the place where they meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from twin.city.network import Network

NEAR_M = 1.0
CARS = frozenset({"motorcar", "motor_vehicle", "vehicle"})


def turns_of(network: Network, said: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """`from`, `via`, `to` (edge, node, edge rows), `rule` (`no`: not allowed; `only`: nothing else from there is).

    said: `from_way`, `to_way` (numbers of ways, which edge ids carry), `restriction` (no_left_turn, only_straight_on ...), `except`;
    x, y: where the ways meet, local metres, NaN where a whole way lies between (such restrictions are left out).
    """
    empty = pd.DataFrame({c: pd.Series(dtype=np.int32) for c in ("from", "via", "to")} | {"rule": pd.Series(dtype=object)})
    excepted = said["except"].map(lambda who: bool(set(str(who).replace(";", " ").split()) & CARS)).to_numpy(bool)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ~excepted)
    if not len(known) or not len(network.edges):
        return empty
    nodes = shapely.points(network.nodes[["x", "y"]].to_numpy(float))
    which, node = shapely.STRtree(nodes).query_nearest(shapely.points(x[known], y[known]), max_distance=NEAR_M, all_matches=False)
    known, node = known[which], node.astype(np.int64)
    start, end = (network.edges[c].to_numpy(np.int64) for c in ("start", "end"))
    way = network.edges["id"].astype(str).str.split("/").str[1].to_numpy(object)
    both = ~network.edges["oneway"].to_numpy(bool)
    rows = np.arange(len(start))
    # Ends at which an edge can be left, and at which it can be entered.
    leave = pd.DataFrame({"way": np.concatenate([way, way[both]]), "via": np.concatenate([end, start[both]]),
                          "edge": np.concatenate([rows, rows[both]])})  # fmt: skip
    enter = pd.DataFrame({"way": np.concatenate([way, way[both]]), "via": np.concatenate([start, end[both]]),
                          "edge": np.concatenate([rows, rows[both]])})  # fmt: skip
    rules = pd.DataFrame({
        "via": node, "from_way": said["from_way"].astype(str).to_numpy(object)[known],
        "to_way": said["to_way"].astype(str).to_numpy(object)[known],
        "rule": np.where(said["restriction"].astype(str).str.startswith("only").to_numpy(bool)[known], "only", "no"),
    })  # fmt: skip
    found = rules.merge(leave.rename(columns={"way": "from_way", "edge": "from"}), on=["from_way", "via"])
    found = found.merge(enter.rename(columns={"way": "to_way", "edge": "to"}), on=["to_way", "via"])
    # Between two pieces of one way only the way back is meant by a U-turn.
    found = found[(found["from_way"] != found["to_way"]) | (found["from"] == found["to"])]
    out = found[["from", "via", "to", "rule"]].drop_duplicates(["from", "via", "to"]).sort_values(["from", "to"], kind="stable")
    return out.astype({"from": np.int32, "via": np.int32, "to": np.int32}).reset_index(drop=True)
