"""A town made by hand for tests of what drives: a grid of two-way streets with a house in every block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.frame import LocalFrame

BLOCK_M = 200.0


def street_grid(side: int = 6, **columns: Any) -> Network:
    """side x side junctions, row by row from the south-west; edges eastwards first, then northwards."""
    k = np.arange(side * side).reshape(side, side)
    x, y = np.meshgrid(np.arange(side) * BLOCK_M, np.arange(side) * BLOCK_M)
    nodes = pd.DataFrame({"id": [f"node/{i}" for i in range(side * side)], "x": x.ravel(), "y": y.ravel(), "z": 0.0})
    start = np.concatenate([k[:, :-1].ravel(), k[:-1].ravel()])
    end = np.concatenate([k[:, 1:].ravel(), k[1:].ravel()])
    n = len(start)
    edges = pd.DataFrame({
        "id": [f"road/{i}" for i in range(n)], "start": start.astype(np.int32), "end": end.astype(np.int32), "length_m": BLOCK_M,
        "oneway": False, "class": "residential", "lanes": 2.0, "speed_kmh": 36.0, "name": "", "bridge": False, "tunnel": False,
    }).assign(**columns)  # fmt: skip
    xy = nodes[["x", "y"]].to_numpy()
    lines = [shapely.LineString([xy[a], xy[b]]) for a, b in zip(start, end)]
    return Network("roads", nodes, edges, np.array([*lines, None], object)[:-1])


def town(side: int = 6, facilities: tuple[tuple[str, float, float], ...] = (), people: float = 100.0, roads: Network | None = None) -> City:
    """A house 20 m wide just east of every junction; the western half sleeps, the eastern works. facilities: kind, x, y."""
    network = street_grid(side) if roads is None else roads
    x, y = network.nodes["x"].to_numpy() + 12.0, network.nodes["y"].to_numpy() + 12.0
    shapes = np.array([*shapely.box(x, y, x + 20, y + 20), None], object)[:-1]
    n = len(shapes)
    table = empty_table(n)
    table["id"], table["height_m"], table["use"], table["ground_z_m"] = [f"building/{i}" for i in range(n)], 9.0, "residential", 0.0
    west = x < x.mean()
    present = np.zeros((24, n), np.float32)
    by_day = (np.arange(24) >= 8) & (np.arange(24) < 18)
    present[:, west] = np.where(by_day, 0.3, 1.0)[:, None] * people
    present[:, ~west] = np.where(by_day, 1.0, 0.3)[:, None] * people
    layers = {}
    if facilities:
        some = pd.DataFrame({"id": [f"facility/{i}" for i in range(len(facilities))], "name": "", "kind": [f[0] for f in facilities]})
        layers["facilities"] = Features("facilities", some, np.array([shapely.Point(*f[1:]) for f in facilities], object))
    buildings = Buildings(table, shapes, extrude(shapes, np.zeros(n), np.full(n, 9.0)))
    return City(
        "Gridtown", LocalFrame("EPSG:32651", (350000.0, 3456000.0)), buildings, None, {"roads": network}, layers, present,
        synthetic=True, region="asia",
    )  # fmt: skip
