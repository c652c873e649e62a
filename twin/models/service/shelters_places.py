"""Shelters and homes as places of a flow: what they hold, where their doors and walls are, who sets out from where."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.models.base import Array
from twin.models.exposure import Note
from twin.models.service.shelters_flow import Ints

MOST_ORIGINS = 5000
"""More starting points than these are drawn together into blocks."""
NEAR_M = 10.0
"""Water this near to a shelter stands at its door."""


def whole(people: NDArray[np.float64]) -> Ints:
    """Whole persons of each origin. Each has a limit of its own from which it is rounded up, spread evenly, so that neither the sum drifts
    nor anybody who needs a place once is forgotten later."""
    limit = np.mod(0.5 + np.arange(len(people)) * 0.6180339887498949, 1.0)
    return np.floor(people + limit).astype(np.int64)


def numbers_of(inputs: Mapping[str, Array], name: str, count: int) -> NDArray[np.float64] | None:
    """A quantity as numbers where it is there and as long as it should be; what is not known is 0."""
    values = inputs.get(name)
    return None if values is None or len(values) != count else np.nan_to_num(np.asarray(values, float))


def capacities(table: pd.DataFrame, rows: NDArray[np.int64], unstated: int) -> tuple[Ints, list[Note]]:
    """Whole places of each shelter; what is not stated takes the parameter, what is below 0 has none. Both are told."""
    given = pd.to_numeric(table["capacity"], errors="coerce").to_numpy(float)[rows] if "capacity" in table else np.full(len(rows), np.nan)
    names = table["id"].astype(str).to_numpy(object)[rows]
    unknown, wrong = ~np.isfinite(given), np.isfinite(given) & (given < 0)
    notes: list[Note] = []
    for which, did in ((unknown, f"count as {unstated} places"), (wrong, "are not used")):
        if which.any():
            what = "state no capacity" if which is unknown else "state a capacity below 0"
            some = ", ".join(str(n) for n in names[which][:5])
            notes.append(("warning", "shelter-capacity", f"{int(which.sum())} shelters {what} and {did} ({some})."))
    return np.where(unknown, unstated, np.maximum(0, np.floor(np.nan_to_num(given)))).astype(np.int64), notes


def walls(city: City, points: NDArray[np.object_], table: pd.DataFrame) -> NDArray[np.object_]:
    """The building each shelter is in where it says so, else a small circle around its point."""
    shapes = np.array([*shapely.buffer(points, NEAR_M), None], object)[:-1]
    if "building" in table and len(city.buildings):
        row = {str(i): k for k, i in enumerate(city.buildings.ids)}
        for k, name in enumerate(table["building"].fillna("").astype(str)):
            if name in row:
                shapes[k] = city.buildings.footprints[row[name]]
    return shapes


def origins(homes: NDArray[np.int32], xy: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Nodes that people set out from and the origin of each building: the junctions near homes, drawn together into square blocks that
    grow until they are few enough; the junction with the most homes speaks for its block."""
    nodes, of, homes_at = np.unique(homes, return_inverse=True, return_counts=True)
    side = 50.0
    while len(nodes) > MOST_ORIGINS:
        side *= 1.5
        cell = np.floor(xy[nodes] / side).astype(np.int64)
        _, block = np.unique(cell, axis=0, return_inverse=True)
        if block.max() + 1 <= MOST_ORIGINS:
            order = np.lexsort((nodes, -homes_at, block.ravel()))
            first = np.unique(block.ravel()[order], return_index=True)[1]
            return nodes[order][first].astype(np.int32), block.ravel()[of].astype(np.int64)
    return nodes.astype(np.int32), of.astype(np.int64)
