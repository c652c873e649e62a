"""Small towns with a metro, for tests of public transport and of water in its tunnels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from tests.engine_world import small_city
from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.city.terrain import Grid, Terrain

GRID = Grid(-500.0, -500.0, 10.0, 100, 600)


def rows_of(trips: dict[str, list[tuple[str, float, float]]], route: str = "R") -> pd.DataFrame:
    """Table `timetable` of trips: (stop, arrival, departure) in turn."""
    return pd.DataFrame(
        [(t, route, "daily", stop, a, d) for t, stops in trips.items() for stop, a, d in stops],
        columns=["trip_id", "route_id", "service_id", "stop", "arrival_s", "departure_s"],
    )


def network_of(
    xy: Sequence[tuple[float, float]], ends: Sequence[tuple[int, int]], tables: dict[str, pd.DataFrame] | None = None, z: float = -15.0,
    kind: str = "metro", dip_m: float = 0.0,
) -> Network:  # fmt: skip
    nodes = pd.DataFrame({
        "id": [f"station/{i}" for i in range(len(xy))], "x": [p[0] for p in xy], "y": [p[1] for p in xy], "z": z, "kind": "station",
        "name": [chr(65 + i) for i in range(len(xy))],
    })  # fmt: skip
    lines = []
    for a, b in ends:
        t = np.linspace(0, 1, 21)
        points = np.outer(1 - t, xy[a]) + np.outer(t, xy[b])
        lines.append(shapely.linestrings(np.column_stack([points, z - dip_m * np.sin(np.pi * t)])))
    edges = pd.DataFrame({
        "id": [f"track/{i}" for i in range(len(ends))], "start": [a for a, _ in ends], "end": [b for _, b in ends],
        "length_m": [float(shapely.length(line)) for line in lines], "oneway": False, "kind": kind, "route_id": "R",
    })  # fmt: skip
    return Network(kind, nodes, edges.astype({"start": np.int32, "end": np.int32}), np.array([*lines, None], object)[:-1], "", tables or {})


def stations_of(network: Network) -> Features:
    table = network.nodes[["id", "name", "kind"]].copy()
    return Features("rail", table, shapely.points(network.nodes[["x", "y"]].to_numpy(float)))


def town(network: Network, people: Sequence[float] | None = None, **layers: Features) -> City:
    """A flat town at height 0 with a house beside each station."""
    xy = network.nodes[["x", "y"]].to_numpy(float)
    n = len(xy)
    footprints = np.array([*(shapely.box(x + 40, y + 40, x + 50, y + 50) for x, y in xy), None], object)[:-1]
    table = empty_table(n)
    table["id"], table["use"] = [f"building/{i}" for i in range(n)], "residential"
    table["height_m"], table["ground_z_m"] = 9.0, 0.0
    mesh = extrude(footprints, np.zeros(n), np.full(n, 9.0))
    base = small_city()
    stations = layers.pop("stations", stations_of(network))
    return base.derived(
        buildings=Buildings(table, footprints, mesh), terrain=Terrain(GRID, np.zeros(GRID.shape, np.float32)),
        networks={network.kind: network}, layers={"stations": stations, **layers},
        people=np.tile(np.asarray(people if people is not None else np.full(n, 100.0), np.float32), (24, 1)),
    )  # fmt: skip
