"""Green times at a junction: fixed by Webster 1958, or by what stands where (max pressure, Varaiya 2013,
doi:10.1016/j.trc.2013.08.014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import ModelError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """cycle_s and effective green of each phase; is_saturated: more comes than the junction can let through."""

    cycle_s: float
    green_s: Floats
    is_saturated: bool


def webster(ratio: Floats, lost_s: float, least_s: float = 30.0, most_s: float = 150.0) -> Plan:
    """Cycle of least delay C0 = (1.5 L + 5) / (1 - Y), its green shared by flow ratio (Webster 1958, Road Research Technical Paper 39).

    ratio: of each phase the greatest flow / saturation flow of its lanes; lost_s: L, time lost in a cycle. Where Y >= 1 there is no such
    cycle: the longest is given, and said. Raises ModelError for ratios or times below zero.
    """
    y = np.asarray(ratio, float)
    if not len(y) or not (np.isfinite(y) & (y >= 0)).all() or not lost_s >= 0 or not least_s <= most_s:
        raise ModelError("Flow ratios and lost time of a signal must not be negative or missing")
    if lost_s >= most_s:
        raise ModelError("A cycle must be longer than the time lost in it", do=f"It may last {most_s:g} s, and {lost_s:g} s are lost.")
    total = float(y.sum())
    is_saturated = total >= 1.0
    best = most_s if is_saturated else (1.5 * lost_s + 5.0) / (1.0 - total)
    cycle = float(min(max(best, least_s, lost_s + 1.0), most_s))
    share = y / total if total > 0 else np.full(len(y), 1.0 / len(y))
    return Plan(cycle, (cycle - lost_s) * share, is_saturated)


def webster_delay(flow_vph: Floats, saturation_vph: Floats, green_s: Floats, cycle_s: float) -> Floats:
    """Mean delay of a vehicle, s (Webster 1958, with his empirical third term): inf where the green does not suffice."""
    q, s = np.asarray(flow_vph, float) / 3600.0, np.asarray(saturation_vph, float) / 3600.0
    part = np.asarray(green_s, float) / cycle_s
    with np.errstate(divide="ignore", invalid="ignore"):
        x = q / (part * s)
        even = cycle_s * (1.0 - part) ** 2 / (2.0 * (1.0 - part * x))
        chance = x**2 / (2.0 * q * (1.0 - x))
        less = 0.65 * np.cbrt(cycle_s / q**2) * x ** (2.0 + 5.0 * part)
        delay = even + np.where(q > 0, chance - less, 0.0)
    return np.where(x < 1.0, delay, np.inf)


def max_pressure(queue: Floats, ahead: Floats, saturation: Floats, phases: NDArray[np.bool_]) -> int:
    """The phase to show: the one whose movements have the most waiting before them and the least behind them.

    queue: (movements,) vehicles that wait for each; ahead: (movements,) mean of the queues on the link it leads to, by the shares that turn
    there (0 where it leads out of the network); saturation: (movements,) flow at green; phases: (phases, movements) who has green. Pressure
    of a phase is the sum of saturation x (queue - ahead) over its movements; ties go to the first.
    """
    weight = np.asarray(saturation, float) * (np.asarray(queue, float) - np.asarray(ahead, float))
    return int(np.argmax(np.asarray(phases, bool) @ weight))
