"""The small city with power, a mast and a drain pump: small enough to say beforehand who is dark."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from tests.engine_world import small_city
from twin.city.city import City
from twin.city.features import Features
from twin.city.network import Network


def network(kind: str, places: list[tuple[float, float]], kinds: list[str], ends: list[tuple[int, int]], **columns: Any) -> Network:
    nodes = pd.DataFrame({
        "id": [f"{kind}-node/{i}" for i in range(len(places))], "x": [p[0] for p in places], "y": [p[1] for p in places], "z": 0.0,
        "kind": kinds, "name": [k.title() if k == "substation" else "" for k in kinds],
    })  # fmt: skip
    for name in [c for c in columns if c.startswith("node_")]:
        nodes[name.removeprefix("node_")] = columns.pop(name)
    lines = [shapely.LineString([places[a], places[b]]) for a, b in ends]
    edges = pd.DataFrame({
        "id": [f"{kind}-line/{i}" for i in range(len(ends))], "start": [a for a, _ in ends], "end": [b for _, b in ends],
        "length_m": [line.length for line in lines], "oneway": False, "kind": "feeder" if kind == "power" else "main",
    })  # fmt: skip
    for name, value in columns.items():
        edges[name] = value
    return Network(kind, nodes, edges.astype({"start": np.int32, "end": np.int32}), np.array([*lines, None], object)[:-1])


def served_city() -> City:
    """The small city with a substation in the west that feeds a transformer in the west and one in the east, a mast, a drain pump."""
    city = small_city()
    power = network(
        "power", [(10, 200), (120, 200), (390, 200)], ["substation", "transformer", "transformer"], [(0, 1), (1, 2)],
        node_load_kw=[0.0, 100.0, 200.0], node_capacity_mva=[1.0, np.nan, np.nan], rating_kva=[1000.0, 1000.0], substation=[0, 0],
    )  # fmt: skip
    masts = Features("facilities", pd.DataFrame({"id": ["mast/1"], "name": ["Mast"], "kind": ["mast"], "range_m": [600.0]}),
                     np.array([shapely.Point(200, 200)], object))  # fmt: skip
    pump = pd.DataFrame({"id": ["pump/1"], "name": ["Pump"], "kind": ["pump"], "capacity_m3s": [1.0], "on": [True]})
    pumps = Features("facilities", pump, np.array([shapely.Point(20, 60)], object))
    return city.derived(networks={**city.networks, "power": power}, layers={**city.layers, "masts": masts, "pumps": pumps})


def table_of(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["dependent", "provider", "reserve_h", "effect"]).astype(str)
