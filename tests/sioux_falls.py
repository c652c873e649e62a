"""Sioux Falls (LeBlanc et al. 1975, doi:10.1287/trsc.9.3.183) as it lies in the AequilibraE wheel of the bench extra."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from twin.city.network import Network
from twin.models.service.assignment import Links

BEST = 4_231_335.287_107_440
"""Best-known objective (Transportation Networks for Research, bstabler/TransportationNetworks: 42.31335287107440 in its units)."""


def sioux_falls() -> tuple[Network, Links, np.ndarray]:
    """Network, costs and trips. Raises ImportError where the wheel is not installed."""
    from importlib.util import find_spec

    spec = find_spec("aequilibrae")
    if spec is None or spec.origin is None:
        raise ImportError("aequilibrae")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(spec.origin).parent / "reference_files" / "sioux_falls.zip") as archive:
            archive.extractall(folder)
        base = sqlite3.connect(Path(folder) / "project_database.sqlite")
        rows = base.execute("select link_id, a_node, b_node, capacity_ab, free_flow_time, b, power from links order by link_id").fetchall()
        base.close()
        with h5py.File(Path(folder) / "matrices" / "demand.omx") as file:
            trips = file["data/matrix"][:]
    table = pd.DataFrame(rows, columns=["id", "a", "b", "capacity", "time", "factor", "power"]).astype(float)
    nodes = pd.DataFrame({"id": [f"node/{i}" for i in range(1, 25)], "x": np.arange(24.0), "y": 0.0})
    edges = pd.DataFrame({
        "id": "road/" + table["id"].astype(int).astype(str), "start": table["a"].astype(np.int32) - 1,
        "end": table["b"].astype(np.int32) - 1, "oneway": True, "class": "road",
    })  # fmt: skip
    network = Network("roads", nodes, edges, np.full(len(edges), None, object))
    return network, Links.both(table["time"], table["capacity"], table["factor"], table["power"]), trips
