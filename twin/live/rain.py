"""Rain that gauges measured, as the start of a cloudburst scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.scenario.duration import format_duration

Floats = NDArray[np.float64]
BIN_S = 300.0
WET_MM_H = 0.1
"""Mean intensity from which five minutes count as wet."""
LONGEST_GAP_S = 3600.0
"""A reading speaks for the time since the one before it, at most this long: a gap is not filled with rain."""


@dataclass(frozen=True)
class GaugeSeries:
    """t: Unix seconds in order; value: mm/h, or mm since the reading before when amount; interval_s: usual spacing."""

    t: Floats
    value: Floats
    amount: bool = False
    interval_s: float = 0.0


@dataclass(frozen=True)
class MeasuredRain:
    """depth_mm: mean of the gauges over the wet time; start, end: Unix seconds of the first and last wet five minutes;
    gauges: how many reported; highest_mm: the wettest gauge."""

    depth_mm: float
    start: float
    end: float
    gauges: int
    highest_mm: float

    @property
    def duration_s(self) -> float:
        return self.end - self.start

    def flood_params(self) -> dict[str, float | str]:
        """Parameters of the model `flood`: rain_mm and rain_duration (ISO 8601)."""
        return {"rain_mm": round(self.depth_mm, 1), "rain_duration": format_duration(self.duration_s)}


def measured_rain(gauges: Sequence[GaugeSeries], now: float, window_s: float = 3 * 3600.0) -> MeasuredRain | None:
    """Areal rain of the last window_s: arithmetic mean over the gauges (gauges of a city are evenly spread; WMO-No. 168,
    4.4), dry time at both ends cut off. None without a reading in the window or without rain.
    """
    count = max(1, int(round(window_s / BIN_S)))
    edges = now - count * BIN_S + np.arange(count + 1) * BIN_S
    per_bin = []
    for gauge in gauges:
        t, value = gauge.t, np.maximum(gauge.value, 0.0)
        keep = np.isfinite(value) & (t <= now)
        t, value = t[keep], value[keep]
        if not len(t) or t[-1] <= edges[0]:
            continue
        usual = gauge.interval_s or (float(np.median(np.diff(t))) if len(t) > 1 else BIN_S)
        span = np.minimum(np.diff(t, prepend=t[0] - usual), max(LONGEST_GAP_S, usual))
        depth = value if gauge.amount else value * span / 3600.0
        # Cumulative depth at the start and end of what each reading speaks for.
        corners = np.column_stack([t - span, t]).ravel()
        total = np.cumsum(depth)
        heights = np.column_stack([total - depth, total]).ravel()
        per_bin.append(np.diff(np.interp(edges, corners, heights, left=0.0, right=float(total[-1]))))
    if not per_bin:
        return None
    by_gauge = np.array(per_bin)
    mean = by_gauge.mean(0)
    wet = np.flatnonzero(mean * 3600.0 / BIN_S >= WET_MM_H)
    if not len(wet):
        return None
    first, last = int(wet[0]), int(wet[-1])
    inside = by_gauge[:, first : last + 1].sum(1)
    return MeasuredRain(float(inside.mean()), float(edges[first]), float(edges[last + 1]), len(per_bin), float(inside.max()))
