"""Buildings: one table, one packed geometry, ids of the source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.mesh import Mesh

COLUMNS: dict[str, str] = {
    "id": "object",             # building/SOURCE-ID
    "name": "object",           # "" where unknown
    "height_m": "float64",      # roof top above ground_z_m
    "height_source": "object",  # measured | levels | solid | neighbours | default
    "ground_z_m": "float64",    # lowest ground touching the building, city's vertical datum
    "storeys": "float64",       # NaN where unknown
    "use": "object",            # residential commercial office industrial public education health transport religious other
    "year": "float64",
    "structure": "object",      # "" where unknown
    "people_day": "float64",    # NaN where the city gives none (models then use assets/ defaults and say so)
    "people_night": "float64",
    "value": "float64",         # replacement value of the building, currency of the city; NaN where unknown
    "source": "object",         # name of the Source
    "parts": "int32",           # number of BuildingParts merged into it
}
STOREY_M = 3.2


@dataclass(frozen=True)
class Buildings:
    """All buildings of a city; arrays run over table rows.

    table: columns of COLUMNS, RangeIndex. attributes: the source's own fields, same rows.
    footprints: shapely Polygon or MultiPolygon, local metres. mesh: roof, wall and ground triangles.
    parts: one row per building part (id, building row, min_height_m, height_m), empty where none.
    lod: level of detail of mesh as the source names it, '' where it names none; lods: its other levels, over the same rows.
    """

    table: pd.DataFrame
    footprints: NDArray[np.object_]
    mesh: Mesh
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    parts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"id": [], "building": [], "min_height_m": [], "height_m": []}))
    lod: str = ""
    lods: dict[str, Mesh] = field(default_factory=dict)

    @staticmethod
    def empty() -> Buildings:
        return Buildings(empty_table(0), np.empty(0, object), Mesh.empty())

    def __len__(self) -> int:
        return len(self.table)

    def at_lod(self, name: str) -> Buildings:
        """The same buildings with the mesh of another level. Raises KeyError."""
        if name == self.lod:
            return self
        others = {k: m for k, m in self.lods.items() if k != name} | {self.lod: self.mesh}
        return replace(self, mesh=self.lods[name], lod=name, lods=others)

    @property
    def ids(self) -> NDArray[np.object_]:
        return self.table["id"].to_numpy(object)


def empty_table(rows: int) -> pd.DataFrame:
    """A table of COLUMNS with nothing known in it."""
    blank: dict[str, object] = {"object": "", "float64": np.nan, "int32": 0}
    return pd.DataFrame({name: pd.Series([blank[kind]] * rows, dtype=kind) for name, kind in COLUMNS.items()})
