"""Groups of people by age and income, where the city or its zones know them; never a figure about a few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City
from twin.models.exposure import Note

Floats = NDArray[np.float64]
FEWEST = 10.0
"""A figure about fewer people than this could be about somebody: it is not given."""
AGES = {
    "over_65": ("age_65_share", "share_65", "over_65_share", "elderly_share"),
    "under_5": ("age_5_share", "under_5_share", "share_under_5"),
}
INCOME = ("income", "median_income", "income_median", "household_income")
THIRDS = ("low_income", "middle_income", "high_income")


@dataclass(frozen=True)
class Group:
    """name: over_65, under_5, low_income ...; share: of the people of each building who belong to it, NaN where nothing is known."""

    name: str
    share: Floats


def groups_of(city: City, residents: Floats) -> tuple[list[Group], list[Note]]:
    """Groups that the buildings' own fields or the layer `zones` know: shares of age (0 to 1, or per cent), thirds of the people by
    income. residents: (buildings,), for the thirds."""
    found, notes, n = list[Group](), list[Note](), len(city.buildings)
    if not n:
        return found, notes
    zone = _zone_of(city)
    for name, columns in AGES.items():
        share = _column(city, zone, columns)
        if share is None:
            continue
        if np.nanmax(share, initial=0.0) > 1.0:
            share = share / 100.0
            notes.append(("info", "group-per-cent", f"Shares of people {name.replace('_', ' ')} are above 1 and are taken as per cent."))
        wrong = (share < 0) | (share > 1)
        if wrong.any():
            who, count = name.replace("_", " "), int(wrong.sum())
            text = f"The share of people {who} is out of range at {count:,} buildings, which are left out of it."
            notes.append(("warning", "group-range", text))
        found.append(Group(name, np.where(wrong, np.nan, share)))
    income = _column(city, zone, INCOME)
    if income is not None:
        third = _thirds(income, residents)
        found += [Group(name, np.where(third < 0, np.nan, (third == k).astype(float))) for k, name in enumerate(THIRDS)]
    known = [g for g in found if np.isfinite(g.share).any()]
    if known:
        part = float(np.mean(np.isfinite(known[0].share)))
        if part < 1:
            text = f"Age or income of people is known at {part:.0%} of the buildings; figures by group are about those only."
            notes.append(("info", "groups-part", text))
    return known, notes


def figures_by_group(groups: list[Group], people: Floats, what: str) -> dict[str, tuple[float, str]]:
    """`what_GROUP` in persons for each group of which at least FEWEST persons are meant; the others are left out."""
    counts = {g.name: float(np.nansum(g.share * people)) for g in groups}
    return {f"{what}_{name}": (count, "persons") for name, count in counts.items() if count >= FEWEST}


def income_third(groups: list[Group], count: int) -> NDArray[np.int64]:
    """0 low, 1 middle, 2 high income of each building; -1 where it is not known."""
    third = np.full(count, -1, np.int64)
    for k, name in enumerate(THIRDS):
        for g in groups:
            if g.name == name:
                third[g.share == 1.0] = k
    return third


def _thirds(income: Floats, residents: Floats) -> NDArray[np.int64]:
    """Thirds of the people, by the income of their building or zone; all of one income are in one third."""
    third = np.full(len(income), -1, np.int64)
    known = np.flatnonzero(np.isfinite(income))
    weight = np.maximum(residents[known], 0.0)
    values, of = np.unique(income[known], return_inverse=True)
    total = np.bincount(of, weight, minlength=len(values))
    middle = (np.cumsum(total) - total / 2) / max(float(total.sum()), 1e-9)
    third[known] = np.minimum((middle * 3).astype(np.int64), 2)[of]
    return third


def _column(city: City, zone: NDArray[np.int64], names: tuple[str, ...]) -> Floats | None:
    """A field of the buildings, else of the zones they are in; None where neither has it."""
    own = _numbers(city.buildings.attributes, names)
    if own is not None and np.isfinite(own).any():
        return own
    zones = city.layers.get("zones")
    of_zones = None if zones is None else _numbers(zones.table, names)
    if of_zones is None or not np.isfinite(of_zones).any():
        return None
    return np.where(zone >= 0, of_zones[np.maximum(zone, 0)], np.nan)


def _numbers(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats | None:
    lower = {str(c).lower(): c for c in frame.columns}
    column = next((lower[n] for n in names if n in lower), None)
    return None if column is None else np.asarray(pd.to_numeric(frame[column], errors="coerce").to_numpy(float))


def _zone_of(city: City) -> NDArray[np.int64]:
    """Row of `zones` that the middle of each building lies in, -1 where it lies in none."""
    from twin.models.districts import area_of

    zones = city.layers.get("zones")
    if zones is None or not len(zones):
        return np.full(len(city.buildings), -1, np.int64)
    return area_of(zones.geometry, centres(city.buildings.footprints))
