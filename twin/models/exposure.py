"""Who and what stands in harm's way: people present, value exposed, region of the curves; defaults are always named."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.buildings import STOREY_M
from twin.city.city import City

Floats = NDArray[np.float64]
Note = tuple[str, str, str]
"""(level, code, sentence), as Model.notices gives them."""
REGIONS = ("asia", "europe", "africa", "oceania", "south-america", "north-america")
DAY_HOURS = (8.0, 18.0)


@cache
def table(name: str) -> dict[str, Any]:
    """A table of assets/tables."""
    return tomllib.loads(files("assets").joinpath("tables", f"{name}.toml").read_text("utf-8"))


def region_of(city: City) -> tuple[str, list[Note]]:
    """Continent of the damage curves: what the city says, else by its place on the map (coarse boxes), else asia."""
    if city.region in REGIONS:
        return city.region, []
    if city.frame.has_map:
        x0, y0, x1, y1 = city.bounds
        lon, lat = (float(v) for v in city.frame.to_lonlat((x0 + x1) / 2, (y0 + y1) / 2))
        region = _continent(lon, lat)
        text = f"The city names no region; its place on the map makes it {region.replace('-', ' ')}."
        return region, [("info", "region-guessed", text)]
    text = "The city names no region and has no place on the map; curves and values of Asia are used."
    return "asia", [("warning", "region-unknown", text)]


def _continent(lon: float, lat: float) -> str:
    if lon < -30:
        return "north-america" if lat > 15 else "south-america"
    if lat > 35 and lon < 60:
        return "europe"
    if lon < 52 and lat < 35 and not (lat > 12 and lon > 35):
        return "africa"
    return "oceania" if lon > 110 and lat < -10 else "asia"


def floor_area(city: City) -> Floats:
    """Gross floor area per building, m2: footprint x storeys (height / 3.2 m where storeys are unknown)."""
    return np.nan_to_num(np.asarray(shapely.area(city.buildings.footprints), float)) * storeys(city)


def storeys(city: City) -> Floats:
    """Storeys per building, at least one."""
    t = city.buildings.table
    known, height = t["storeys"].to_numpy(float), t["height_m"].to_numpy(float)
    return np.maximum(1.0, np.where(np.isfinite(known) & (known > 0), known, np.nan_to_num(height / STOREY_M, nan=1.0)))


def uses(city: City) -> NDArray[np.object_]:
    """Use per building; what is unknown counts as residential, the commonest."""
    use = city.buildings.table["use"].to_numpy(object)
    known = set(table("exposure")["classes"])
    return np.array([u if u in known else "residential" for u in use] + [None], object)[:-1]


def people_by_hour(city: City) -> tuple[NDArray[np.float32], list[Note]]:
    """Persons per building and local hour, (24, buildings): the city's own, by day and night, or the default table."""
    n = len(city.buildings)
    if city.people is not None and city.people.shape == (24, n):
        return _people_known(city)
    hours = np.arange(24)
    is_day = ((hours >= DAY_HOURS[0]) & (hours < DAY_HOURS[1]))[:, None]
    t = city.buildings.table
    day, night = t["people_day"].to_numpy(float), t["people_night"].to_numpy(float)
    unknown = ~(np.isfinite(day) & np.isfinite(night) & (day >= 0) & (night >= 0))
    notes: list[Note] = []
    if city.people is not None:
        text = f"The people by hour are a table of {' x '.join(map(str, city.people.shape))}, not 24 x {n:,}; they are not used."
        notes.append(("error", "people-shape", text))
    if unknown.any():
        rules, use, area = table("exposure")["people"], uses(city), floor_area(city)
        rule = {name: r for name, r in rules.items() if isinstance(r, dict)}
        peak = area * np.array([rule[u]["per_m2"] for u in use]) if n else area
        day = np.where(unknown, peak * np.array([rule[u]["day"] for u in use]) if n else day, day)
        night = np.where(unknown, peak * np.array([rule[u]["night"] for u in use]) if n else night, night)
        notes.append((
            "warning", "people-default",
            f"The city does not say how many people are in {int(unknown.sum()):,} of its {n:,} buildings; "
            f"they are estimated from floor area and use ({rules['source']}).",
        ))
    return np.where(is_day, day, night).astype(np.float32), notes


def _people_known(city: City) -> tuple[NDArray[np.float32], list[Note]]:
    """The city's own people by hour; nobody where a number is missing or below 0, which is told."""
    assert city.people is not None
    bad = ~(np.isfinite(city.people) & (city.people >= 0))
    if not bad.any():
        return city.people, []
    where = np.flatnonzero(bad.any(0))
    some = ", ".join(str(i) for i in city.buildings.ids[where[:5]])
    text = f"People by hour are missing or below 0 at {len(where):,} buildings ({some}); nobody is counted there at those hours."
    return np.where(bad, np.float32(0), city.people), [("warning", "people-wrong", text)]


def exposed_value(city: City, region: str, exposed_storeys: float, gdp_usd: float = 0.0) -> tuple[Floats, list[Note]]:
    """Value per building that water can reach, in the city's currency, with what was assumed.

    Of a building of many storeys only `exposed_storeys` count: the curves end at 6 m of water. gdp_usd: GDP per capita,
    US$ of 2010, for the default values; 0 takes the region's.
    """
    n, notes = len(city.buildings), list[Note]()
    share = np.minimum(1.0, exposed_storeys / storeys(city)) if n else np.zeros(0)
    value = city.buildings.table["value"].to_numpy(float)
    wrong = np.flatnonzero(value < 0)
    if len(wrong):
        some = ", ".join(str(i) for i in city.buildings.ids[wrong[:5]])
        notes.append(("warning", "value-wrong", f"The value of {len(wrong):,} buildings is below 0 and counts as not known ({some})."))
    unknown = ~np.isfinite(value) | (value < 0)
    if unknown.any():
        t = table("exposure")
        per_m2 = {c: value_per_m2(c, gdp_usd or t["gdp"][region]) for c in ("residential", "commercial", "industrial")}
        rate = t["currency"].get(city.currency)
        if rate is None:
            rate = 1.0
            notes.append(("warning", "currency", f"No rate is known for {city.currency}; default values are in EUR of 2010."))
        classes = np.array([t["classes"][u] for u in uses(city)] + [None], object)[:-1]
        default = floor_area(city) * np.array([per_m2[c] for c in classes]) * rate
        value = np.where(unknown, default, value)
        notes.append((
            "warning", "value-default",
            f"The city gives no value for {int(unknown.sum()):,} of its {n:,} buildings; theirs is floor area times "
            + ", ".join(f"{per_m2[c] * rate:,.0f} {city.currency}/m2 {c}" for c in per_m2)
            + f" in prices of 2010 ({t['value']['source']}; GDP {gdp_usd or t['gdp'][region]:,.0f} US$ per head).",
        ))
    return value * share, notes


def value_per_m2(kind: str, gdp_usd: float) -> float:
    """Greatest damage per m2 of floor, EUR of 2010 (Huizinga et al. 2017, doi:10.2760/16510)."""
    v = table("exposure")["value"]
    c = v[kind]
    return float(c["a"] * gdp_usd ** c["b"] * v["depreciated"] * (1 - v["undamageable"]) * (1 + c["content"]))
