"""City models with coordinates that their CRS cannot place: those faces are left out, so that all others can be worked with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.city.mesh import Mesh
from twin.city.readers.parts import Solids
from twin.errors import Problem

MOST_M = 1e8
"""No place on Earth is farther from another in any map."""


def reachable(solids: Solids, points: NDArray[np.float64], problems: list[Problem]) -> tuple[Solids, NDArray[np.float64]]:
    """Solids without the triangles that have a corner nowhere, and finite points (local metres; those of no triangle at 0).

    All levels of detail run over the same points.
    """
    with np.errstate(invalid="ignore"):
        there = np.asarray((np.abs(points) < MOST_M).all(1), bool)  # NaN is not less
    if there.all():
        return solids, points

    def kept(mesh: Mesh) -> Mesh:
        keep = there[mesh.triangles].all(1)
        color = None if mesh.color is None else mesh.color[keep]
        return replace(mesh, triangles=mesh.triangles[keep], object=mesh.object[keep], surface=mesh.surface[keep], color=color)

    out = replace(solids, mesh=kept(solids.mesh), lods={name: kept(m) for name, m in solids.lods.items()})
    lost = np.unique(solids.mesh.object[~there[solids.mesh.triangles].all(1)])
    if len(lost):
        problems.append(
            Problem(
                "outside_crs", "error", len(lost),
                f"{len(lost)} objects have faces where the city's coordinate system does not reach; those were left out", solids.source,
                tuple(str(i) for i in solids.table["id"].to_numpy(object)[lost[:10]]),
            )
        )  # fmt: skip
    return out, np.where(there[:, None], points, 0.0)
