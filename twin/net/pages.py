"""Answers that come page by page: each read like a file, then joined layer by layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from twin.city.readers.parts import Hints, Parts, VectorLayer
from twin.errors import InputError, Problem

MAX_FEATURES = 2_000_000
"""Of one service; a whole country has more."""
MAX_PAGE_BYTES = 128 << 20


def joined(pages: dict[str, list[Path]], hints: Hints, label: str, crs: dict[str, str] | None = None) -> Parts:
    """Pages of each layer -> one vector layer of each, named by the key.

    crs: that of layers whose pages do not say it and whose coordinates are no degrees. Raises InputError where nothing is in them.
    """
    from twin.city.readers import read_file

    out = Parts()
    for name, files in pages.items():
        layers: list[VectorLayer] = []
        for file in files:
            try:
                more = read_file(file, replace(hints, name=label, layers=()))
            except InputError as error:
                if "no features" in error.what:
                    continue
                raise
            layers += more.layers
            out.problems += [p for p in more.problems if p not in out.problems and p.code != "empty_layer"]
            out.solids += more.solids
            out.sources = out.sources or more.sources
        if not layers:
            out.problems.append(Problem("empty_layer", "info", 1, f"The layer '{name}' has no features", label))
            continue
        out.layers.append(_in_its_crs(_one(layers, name, hints), (crs or {}).get(name, ""), hints))
    if not out.layers and not out.solids:
        raise InputError("This service has no features there", where=label, do="Ask for another layer or another area.")
    return out


def _one(layers: list[VectorLayer], name: str, hints: Hints) -> VectorLayer:
    from twin.city.readers.roles import detect_role

    table = layers[0].table if len(layers) == 1 else pd.concat([x.table for x in layers], ignore_index=True)
    shapes = np.concatenate([x.geometry for x in layers])
    return replace(layers[0], name=name, table=table, geometry=shapes, role=hints.role or detect_role([name], table, shapes))


def _in_its_crs(layer: VectorLayer, crs: str, hints: Hints) -> VectorLayer:
    """GeoJSON that does not say its CRS counts as degrees; services send other numbers all the same."""
    from twin.frame import parse_crs

    if hints.crs is not None or not crs or layer.crs is None or not layer.crs.is_geographic:
        return layer
    bounds = shapely.total_bounds(layer.geometry)
    if not np.isfinite(bounds).all() or np.all(np.abs(bounds) <= [180.0, 90.0, 180.0, 90.0]):
        return layer
    try:
        return replace(layer, crs=parse_crs(crs))
    except InputError:  # then the import report says that degrees cannot be so large
        return layer
