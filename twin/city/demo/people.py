"""People by building and hour, and what buildings are worth: plausible shares, made for demonstration only."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Share of the largest number present, by local hour 0..23 (own choice, shaped like published diurnal profiles).
# fmt: off
PROFILE: dict[str, list[float]] = {
    "residential": [
        1, 1, 1, 1, 1, 0.98, 0.9, 0.72, 0.5, 0.42, 0.4, 0.4,
        0.42, 0.41, 0.4, 0.42, 0.48, 0.6, 0.74, 0.82, 0.88, 0.93, 0.97, 1,
    ],
    "office": [
        0.03, 0.02, 0.02, 0.02, 0.02, 0.03, 0.06, 0.22, 0.66, 0.93, 1, 0.98,
        0.82, 0.92, 1, 0.98, 0.93, 0.78, 0.45, 0.26, 0.16, 0.1, 0.06, 0.04,
    ],
    "commercial": [
        0.04, 0.03, 0.02, 0.02, 0.02, 0.03, 0.08, 0.16, 0.3, 0.48, 0.66, 0.86,
        0.97, 0.86, 0.8, 0.82, 0.87, 0.95, 1, 0.97, 0.8, 0.5, 0.24, 0.09,
    ],
    "education": [
        0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.06, 0.42, 0.95, 1, 1, 1,
        0.84, 0.95, 1, 0.94, 0.7, 0.34, 0.16, 0.12, 0.09, 0.05, 0.03, 0.02,
    ],
    "health": [
        0.52, 0.5, 0.5, 0.5, 0.5, 0.52, 0.58, 0.74, 0.95, 1, 1, 0.98,
        0.9, 0.95, 0.98, 0.94, 0.86, 0.76, 0.7, 0.66, 0.62, 0.58, 0.55, 0.53,
    ],
    "industrial": [
        0.3, 0.3, 0.28, 0.28, 0.28, 0.32, 0.5, 0.8, 0.97, 1, 1, 0.98,
        0.85, 0.97, 1, 0.97, 0.85, 0.6, 0.45, 0.4, 0.38, 0.36, 0.34, 0.32,
    ],
    "public": [
        0.02, 0.01, 0.01, 0.01, 0.01, 0.02, 0.06, 0.12, 0.3, 0.55, 0.75, 0.85,
        0.85, 0.9, 0.95, 1, 0.95, 0.85, 0.8, 0.72, 0.5, 0.3, 0.12, 0.04,
    ],
    "transport": [
        0.12, 0.06, 0.04, 0.04, 0.06, 0.2, 0.5, 0.9, 1, 0.75, 0.6, 0.58,
        0.6, 0.6, 0.62, 0.66, 0.78, 1, 0.95, 0.7, 0.55, 0.45, 0.34, 0.2,
    ],
}
# fmt: on
# Gross floor per person at the fullest hour, m2.
FLOOR_PER_PERSON = {
    "residential": 38.0,
    "office": 17.0,
    "commercial": 26.0,
    "education": 14.0,
    "health": 24.0,
    "industrial": 85.0,
    "public": 30.0,
    "transport": 12.0,
}  # fmt: skip
# Replacement value per m2 of gross floor, CNY (rounded; own choice in the range of published Chinese building costs).
COST_PER_M2 = {
    "residential": 3600.0, "office": 6800.0, "commercial": 5600.0, "education": 4600.0,
    "health": 8200.0, "industrial": 3200.0, "public": 7500.0, "transport": 7800.0,
}  # fmt: skip


def floors(area: NDArray[np.float64], storeys: NDArray[np.float64], form: NDArray[np.object_]) -> NDArray[np.float64]:
    """Gross floor area, m2: towers fill less of their plot than of their podium."""
    share = np.ones(len(area))
    share[form == "podium and tower"] = 0.5
    share[form == "tower"] = 0.45
    share[form == "stadium"] = 0.4
    return np.asarray(area * storeys * share * 0.9)


def occupied(use: NDArray[np.object_], floor: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float32]:
    """People present, (24, N), by local hour."""
    per = np.array([FLOOR_PER_PERSON[u] for u in use])
    profile = np.array([PROFILE[u] for u in use]).T
    return np.round(profile * (floor / per * spread)).astype(np.float32)


def filled(table: pd.DataFrame, people: NDArray[np.float32], floor: NDArray[np.float64]) -> pd.DataFrame:
    """The table with people_day (mean of 9 to 17 h), people_night (mean of 22 to 6 h) and value."""
    table = table.copy()
    table["people_day"] = people[9:17].mean(0).round()
    table["people_night"] = people[[22, 23, 0, 1, 2, 3, 4, 5]].mean(0).round()
    cost = np.array([COST_PER_M2[u] for u in table["use"]]) * np.where(table["height_m"] > 150, 1.8, 1.0)
    table["value"] = np.round(cost * floor, -3)
    return table
