"""Compiles at set-up what would else be compiled when somebody first waits for it: `python -m twin.warm`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from twin.city.city import City
from twin.city.network import Network
from twin.frame import LocalFrame
from twin.models.base import Inputs, model_named


def _three(kind: str, kinds: list[str], **columns: object) -> Network:
    """Three nodes in a row and a loop back."""
    nodes = pd.DataFrame({"id": list("abc"), "x": [0.0, 100.0, 200.0], "y": 0.0, "z": 0.0, "kind": kinds, "load_kw": [0.0, 10.0, 10.0]})
    nodes["demand_lps"], nodes["head_m"] = [0.0, 1.0, 1.0], [30.0, np.nan, np.nan]
    ends = {"start": [0, 1, 2], "end": [1, 2, 0], "length_m": 100.0, "oneway": False}
    edges = pd.DataFrame({"id": list("uvw"), **ends, "kind": "main", **columns})
    lines = np.array([shapely.LineString([(0, 0), (100, 0)])] * 3, object)
    return Network(kind, nodes, edges, lines)


def warm_up() -> None:
    """Kernels of floods, paths, traffic, timetables, power and water into their caches on disk."""
    from twin.city import timetable
    from twin.models.hazard import flood
    from twin.models.service import metro_kernels, traffic

    flood.warm_up()
    traffic.warm_up()
    timetable.warm_up()
    metro_kernels.warm_up()
    power = _three("power", ["substation", "transformer", "transformer"], rating_kva=100.0)
    water = _three("water", ["reservoir", "junction", "junction"], diameter_mm=200.0)
    city = City("three", LocalFrame(None), networks={"power": power, "water": water})
    dark = {"power": {"power_node_failed": np.array([0, 1, 0], np.int8)}, "water_supply": {}}
    for name, inputs in dark.items():
        model = model_named(name)()
        state = model.initialize(city, Inputs(), model.defaults(), 0)
        model.update(state, Inputs(inputs), 60.0)


if __name__ == "__main__":
    warm_up()
