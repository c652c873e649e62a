"""What buildings ask of the city's networks where nobody measured it: power and water from floor area, use and people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City

Floats = NDArray[np.float64]

WATT_PER_M2 = {
    "residential": 12.0, "office": 30.0, "commercial": 40.0, "education": 18.0, "health": 45.0, "industrial": 35.0, "public": 25.0,
    "transport": 30.0, "religious": 10.0,
}  # fmt: skip
OTHER_WATT_PER_M2 = 20.0
"""Load per m2 of gross floor at the peak of the whole city (assumption: about half of what guides give for a house alone, for houses do
not peak together). Other: use not known."""
POWER_BY_REGION = {"asia": 1.0, "europe": 0.7, "north-america": 1.1, "south-america": 0.6, "africa": 0.4, "oceania": 1.0}
"""Assumption: heat, cold and wealth move the density."""
LITRES_A_DAY = {"asia": 180.0, "europe": 124.0, "north-america": 310.0, "south-america": 160.0, "africa": 80.0, "oceania": 200.0}
"""Of each resident. North America: 82 US gallons, Dieter et al. 2018, doi:10.3133/cir1441; Europe: EurEau 2021, Europe's Water in Figures;
the others are assumptions."""
OTHER_LITRES_A_DAY = {"health": 250.0}
USUAL_OTHER_LITRES = 50.0
"""Of each person present in buildings that are no homes (assumption)."""
LOST_SHARE = 0.15
"""Of what is pumped, lost on the way (assumption)."""
HOSPITAL_KW, STATION_KW = 900.0, 450.0
"""Of a hospital without a building and of a storm-water pumping station (assumption)."""


@dataclass(frozen=True)
class Demand:
    """Per building: peak load in kW and mean water in m3/s."""

    kw: Floats
    m3s: Floats
    region: str


def demand_of(city: City) -> Demand:
    """Of all buildings of a city."""
    from twin.models.exposure import floor_area, people_by_hour, region_of, uses

    region = region_of(city)[0]
    said = city.buildings.table["use"].fillna("").astype(str).to_numpy(object)
    watt = np.array([WATT_PER_M2.get(u, OTHER_WATT_PER_M2) for u in said] + [0.0])[:-1]
    kw = floor_area(city) * watt * POWER_BY_REGION[region] / 1000.0
    people = np.nan_to_num(people_by_hour(city)[0].max(axis=0).astype(np.float64), nan=0.0)
    use = uses(city)
    per_use = {"residential": LITRES_A_DAY[region], "other": LITRES_A_DAY[region]} | OTHER_LITRES_A_DAY
    litres = np.array([per_use.get(u, USUAL_OTHER_LITRES) for u in use] + [0.0])[:-1]
    return Demand(np.nan_to_num(kw, nan=0.0), people * litres / (1 - LOST_SHARE) / 86.4e6, region)
