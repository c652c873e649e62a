"""Solids with simple roofs: flat, skillion, gabled, hipped, pyramidal, gambrel, mansard, round, dome, onion, cone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.extrude import extrude
from twin.city.mesh import Mesh

Floats = NDArray[np.float64]


def raise_pieces(
    shapes: NDArray[np.object_],
    base_z: Floats,
    top_z: Floats,
    rows: NDArray[np.int32],
    roof: NDArray[np.object_],
    roof_height: Floats,
    across: NDArray[np.bool_],
) -> Mesh:
    """Solids of pieces of buildings."""
    return extrude(shapes, base_z, top_z, rows)
