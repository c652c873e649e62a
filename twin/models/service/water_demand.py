"""Water that is asked for, by place and hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY = (
    0.55, 0.45, 0.40, 0.40, 0.50, 0.80, 1.25, 1.50, 1.40, 1.25, 1.15, 1.10, 1.15, 1.05, 1.00, 1.00, 1.05, 1.20, 1.40, 1.45, 1.30, 1.10,
    0.85, 0.70,
)  # fmt: skip
"""Demand by hour over its mean where a network states no pattern: low at night, peaks at morning and evening (own choice after the shape
of the diurnal curves in Trifunovic 2006, Introduction to Urban Water Distribution)."""

@dataclass(frozen=True)
class Demand:
    """What is asked for. node: row; base: m3/s; pattern: which of patterns, -1 none."""

    node: Ints
    base: Floats
    pattern: Ints
    patterns: tuple[Floats, ...]
    step_s: float
    start_s: float

    def at(self, file_s: float, n: int) -> Floats:
        """m3/s asked at each of n nodes, at a time of the file's clock."""
        period = int((file_s + self.start_s + 1e-6) // self.step_s)
        factor = np.array([p[period % len(p)] if len(p) else 1.0 for p in self.patterns] or [1.0])
        now = np.where(self.pattern >= 0, factor[np.maximum(self.pattern, 0)], 1.0)
        return np.bincount(self.node, self.base * now, n).astype(np.float64)


def seconds(text: str, otherwise: float) -> float:
    """Times of EPANET: 1:30, 90 MIN, 6 AM; hours where no unit is said."""
    words = text.strip().upper().split()
    try:
        if ":" in words[0]:
            parts = [float(p) for p in words[0].split(":")]
            value = sum(p * f for p, f in zip(parts, (3600.0, 60.0, 1.0)))
        else:
            unit = words[1][:3] if len(words) > 1 else "HOU"
            value = float(words[0]) * {"SEC": 1.0, "MIN": 60.0, "DAY": 86400.0}.get(unit, 3600.0)
    except (ValueError, IndexError):
        return otherwise
    if len(words) > 1 and words[1] in ("AM", "PM"):
        value = value % 43200.0 + (43200.0 if words[1] == "PM" else 0.0)
    return value if np.isfinite(value) and value >= 0 else otherwise
