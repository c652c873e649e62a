"""A GIS layer of the city: points, lines or areas with a table (land use, water, facilities, sensors, trees ...)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.mesh import Mesh

ROLES = (
    "roads",
    "rail",
    "metro",
    "water",
    "landuse",
    "green",
    "trees",
    "poi",
    "places",
    "facilities",
    "bridges",
    "tunnels",
    "power",
    "pipes",
    "drainage",
    "sensors",
    "barriers",
    "zones",
    "shelters",
    "other",
)


@dataclass(frozen=True)
class Features:
    """table: at least `id` (KIND/SOURCE-ID), `name`, `kind`; other columns are the source's own.

    geometry: shapely, local metres, 2D or 3D, same rows. mesh: 3D surfaces where the source has them.
    role: one of ROLES. source: name of the Source.
    """

    role: str
    table: pd.DataFrame
    geometry: NDArray[np.object_]
    source: str = ""
    mesh: Mesh | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> NDArray[np.object_]:
        return self.table["id"].to_numpy(object)
