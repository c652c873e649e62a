"""The coordinate system a GML file names, and in which order its coordinates come."""

from __future__ import annotations

import re

from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from twin.frame import reproject, split_compound

# Names of the German survey authorities (AdV); heights after the asterisk.
_ADV_PLAN = {
    "ETRS89_UTM31": 25831, "ETRS89_UTM32": 25832, "ETRS89_UTM33": 25833, "DE_DHDN_3GK2": 31466, "DE_DHDN_3GK3": 31467,
    "DE_DHDN_3GK4": 31468, "DE_DHDN_3GK5": 31469, "DE_PD-83_3GK3": 3396, "DE_PD-83_3GK4": 3397, "DE_RD-83_3GK4": 3398,
    "DE_RD-83_3GK5": 3399, "ETRS89_LAT-LON": 4258, "ETRS89_LAT-LON-H": 4937, "ETRS89_X-Y-Z": 4936, "WGS84_LAT-LON": 4326,
}  # fmt: skip
_ADV_HEIGHT = {
    "DE_DHHN2016_NH": 7837,
    "DE_DHHN92_NH": 5783,
    "DE_DHN92_NH": 5783,
    "DE_DHHN85_NOH": 5784,
    "DE_DHHN12_NOH": 7699,
    "DE_SNN76_NOH": 5785,
}


def crs_of(name: str) -> CRS | None:
    """CRS of a srsName (code, URN, URL, compound, names of the German survey); None where nobody knows it."""
    name = name.strip()
    adv = re.fullmatch(r"(?:urn:adv:crs:)?([A-Za-z0-9/_-]+)((?:\*[A-Za-z0-9/_-]+)*)", name)
    if adv and adv[1].upper().replace("/", "-") in _ADV_PLAN:
        plan = _ADV_PLAN[adv[1].upper().replace("/", "-")]
        heights = [_ADV_HEIGHT[h] for h in adv[2].upper().split("*") if h in _ADV_HEIGHT]
        return CRS.from_user_input(f"EPSG:{plan}+{heights[0]}" if heights else f"EPSG:{plan}")
    codes = re.findall(r"EPSG\W{1,2}(?:[\d.]+\W{1,2})??(\d{4,6})(?=\D|$)", name.replace("epsg", "EPSG").replace("EPSG.xml#", "EPSG:"))
    try:
        if codes and len(name) < 200:
            plus = re.search(r"EPSG:\d+\+(\d+)$", name)
            return CRS.from_user_input("EPSG:" + "+".join([*codes[:2], *([plus[1]] if plus else [])]))
        return CRS.from_user_input(name) if len(name) < 10_000 and name else None
    except (CRSError, ProjError):
        return None


def comes_north_first(crs: CRS, name: str, at: tuple[float, float] | None) -> bool:
    """Whether the first coordinate is the latitude or northing.

    at: first and second coordinate of some place of the file. Where only one order lies within the area the CRS is made for, it is that
    one, whatever the standard says; else the official order for URNs and URLs and degrees, east first for anything else.
    """
    plan = split_compound(crs)[0]
    official = len(plan.axis_info) > 1 and plan.axis_info[0].direction.lower() in ("north", "south")
    formal = official and (plan.is_geographic or ":def:" in name or "/def/" in name)
    if at is None:
        return formal
    east_fits, north_fits = _fits(plan, at[0], at[1]), _fits(plan, at[1], at[0])
    return formal if east_fits == north_fits else north_fits


def _fits(plan: CRS, x: float, y: float) -> bool:
    """Whether a place, east first, lies where the CRS is used (half a degree around it too)."""
    area = plan.area_of_use
    try:
        lon, lat = reproject(x, y, plan, CRS.from_epsg(4326))
    except ProjError:
        return False
    if area is None:
        return bool(abs(lon) <= 180 and abs(lat) <= 90)
    west, south, east, north = area.bounds
    within = west - 0.5 <= lon <= east + 0.5 if west <= east else lon >= west - 0.5 or lon <= east + 0.5
    return bool(within and south - 0.5 <= lat <= north + 0.5)
