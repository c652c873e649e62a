"""Imagery over the city: aerial photograph, scanned plan, map tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Picture:
    """bounds: min x, min y, max x, max y of the outer corners, local metres; rgba: uint8 (rows, columns, 4), row 0 southmost."""

    bounds: tuple[float, float, float, float]
    rgba: NDArray[np.uint8]
    source: str = ""
