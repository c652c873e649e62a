"""A point cloud to look at; what is computed from it (terrain, heights) is in the terrain and the buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cloud:
    """points: float32 (N, 3) local metres; kind: uint8 (N,) ASPRS class; color: uint8 (N, 3) or None; total: points in the source,
    of which these are a sample."""

    points: NDArray[np.float32]
    kind: NDArray[np.uint8]
    color: NDArray[np.uint8] | None = None
    total: int = 0
    source: str = ""

    def __len__(self) -> int:
        return len(self.points)
