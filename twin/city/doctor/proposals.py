"""Where a source without coordinate system, or with a wrong one, may belong: beside the others, else where its numbers point to.

A proposal is `crs=EPSG:28992`, `swap_axes=true`, `unit=mm` or several of these with blanks between: changes of a recipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from twin.city.doctor.land import is_at_sea, is_on_land
from twin.city.readers.parts import CloudPart, ImagePart, NetworkPart, Parts, Raster, Solids, VectorLayer
from twin.city.scale import is_true_in
from twin.frame import crs_name, reproject, split_compound

Item = VectorLayer | Solids | Raster | NetworkPart | CloudPart | ImagePart
NEAR_KM = 50.0
OUTSIDE_KM = 200.0
"""Farther outside the area its CRS is made for, a source is told of; national grids are used a little beyond their border."""
MOST = 3
LOCAL_M = 20_000.0
"""Numbers below this are more often a local grid than the corner of a national one."""
SMALL_UNITS = {"mm": 0.001, "cm": 0.01, "ft": 0.3048}
"""Metres of the units in which coordinates of a metric CRS come by mistake."""
SAMPLE = 20_000
"""Features of a layer that are looked at, about."""
NATIONAL = (
    28992, 27700, 2154, 31370, 3812, 2056, 21781, 31467, 31468, 5514, 3067, 3006, 2180, 5179, 5186, 2326, 3414, 2193, 2263, 2272, 2229,
    3826, 3346, 3301, 3794, 3765, 3844, 31700, 23700, 31287, 3003, 2100, 4527, 4528, 4526, 2450, 2451, 25829, 29902, 2157,
)  # fmt: skip
"""Grids of countries and states whose numbers are told apart by their size; UTM zones are not."""


@dataclass(frozen=True)
class Proposal:
    """change: word of a change of the recipe; reason: what it would be, and why; apart_km: from the other sources."""

    change: str
    reason: str
    apart_km: float = 0.0


def plan_of(item: Item) -> NDArray[np.float64]:
    """Some coordinates of an item in its own CRS, (N, 2), finite."""
    if isinstance(item, VectorLayer):
        xy = shapely.get_coordinates(item.geometry[:: max(1, len(item.geometry) // SAMPLE)])
    elif isinstance(item, NetworkPart):
        xy = item.nodes[["x", "y"]].to_numpy(float)
    elif isinstance(item, CloudPart):
        xy = item.points[:, :2]
    elif isinstance(item, Raster):
        rows, columns = item.elevation.shape
        a, b, c, d, e, f = item.transform
        u, v = np.array([0, columns, columns, 0]), np.array([0, 0, rows, rows])
        xy = np.column_stack([a * u + b * v + c, d * u + e * v + f])
    elif isinstance(item, ImagePart):
        x0, y0, x1, y1 = item.bounds
        xy = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    else:
        xy = item.mesh.points[:, :2] if len(item.mesh.points) else item.points[:, :2]
    good: NDArray[np.float64] = np.asarray(xy)[np.isfinite(xy).all(1)]
    return good


def items_of(parts: Parts) -> list[Item]:
    return [*parts.solids, *parts.layers, *parts.networks, *parts.clouds, *parts.rasters, *parts.images]


def name_of(item: Item) -> str:
    return f"The {item.kind} network of {item.source}" if isinstance(item, NetworkPart) else item.name


def is_swapped(xy: NDArray[np.float64], crs: CRS) -> bool:
    """Whether coordinates (x or longitude first) lie outside what crs is for, and well inside it the other way round."""
    flat = split_compound(crs)[0]
    x, y = xy.T
    if flat.is_geographic:
        if float((np.abs(y) > 90).mean()) > 0.99 and float(((np.abs(x) <= 90) & (np.abs(y) <= 180)).mean()) > 0.99:
            return True
        if (np.abs(y) > 90).any() or (np.abs(x) > 180).any():
            return False
    middle = np.median(xy, axis=0)
    here, there = outside_km(middle[0], middle[1], flat), outside_km(middle[1], middle[0], flat)
    return here > OUTSIDE_KM and there == 0.0


def seems_swapped(item: Item) -> bool:
    """Whether degrees lie in an ocean or in Antarctica, and where people live the other way round."""
    if item.crs is None or item.engineering or not item.crs.is_geographic or isinstance(item, (Raster, ImagePart)):
        return False
    xy = plan_of(item)
    if not len(xy):
        return False
    x, y = np.median(xy, axis=0)
    return abs(x) <= 90 and abs(y) <= 90 and is_at_sea(float(x), float(y)) and is_on_land(float(y), float(x))


def outside_km(x: float, y: float, crs: CRS) -> float:
    """How far a place lies outside the area a CRS is made for, 0 within it; inf where the CRS cannot say where it is."""
    area = crs.area_of_use
    if area is None:
        return 0.0
    place = lonlat(x, y, crs)
    if place is None:
        return float("inf")
    lon, lat = place
    wide = (lon - area.west) % 360.0
    if area.south <= lat <= area.north and wide <= (area.east - area.west) % 360.0 + (360.0 if area.east - area.west >= 360 else 0.0):
        return 0.0
    d_lat = max(area.south - lat, 0.0, lat - area.north)
    east = min((lon - area.east) % 360.0, (area.west - lon) % 360.0) if wide > (area.east - area.west) % 360.0 else 0.0
    return float(np.hypot(d_lat, east * np.cos(np.radians(lat)))) * 111.0


def has_plan_in(xy: NDArray[np.float64], crs: CRS | None, unit_m: float) -> bool:
    """Whether coordinates lie outside the area of their projected CRS as they stand, and inside as multiples of a unit."""
    if crs is None or not len(xy):
        return False
    flat = split_compound(crs)[0]
    if not flat.is_projected or flat.area_of_use is None:
        return False
    x, y = np.median(xy, axis=0)
    scale = unit_m / float(flat.axis_info[0].unit_conversion_factor)
    return outside_km(x, y, flat) > OUTSIDE_KM and outside_km(x * scale, y * scale, flat) == 0.0


def in_units(item: Item) -> list[Proposal]:
    """Units in which the numbers of an item lie inside the area of the CRS that it states, although they do not as they stand."""
    if item.crs is None or isinstance(item, (Raster, CloudPart, ImagePart, NetworkPart)):
        return []
    xy, own = plan_of(item), crs_name(split_compound(item.crs)[0])
    return [Proposal(f"unit={unit}", f"{own} in {unit}") for unit, m in SMALL_UNITS.items() if has_plan_in(xy, item.crs, m)]


def lonlat(x: float, y: float, crs: CRS) -> tuple[float, float] | None:
    """WGS 84 longitude and latitude of a place, None where the CRS does not reach."""
    if crs.is_geographic and (abs(y) > 90 or abs(x) > 360):
        return None
    try:
        lon, lat = reproject([x], [y], crs, _wgs84())
    except ProjError:
        return None
    return (float(lon[0]), float(lat[0])) if np.isfinite(lon[0]) and np.isfinite(lat[0]) and abs(lat[0]) <= 90 else None


@lru_cache(maxsize=1)
def _wgs84() -> CRS:
    return CRS.from_epsg(4326)


def proposals(item: Item, others: list[Item]) -> list[Proposal]:
    """Where an item without or with a wrong CRS may belong: beside the others, else where the numbers themselves point to."""
    xy = plan_of(item)
    if not len(xy):
        return []
    x, y = np.median(xy, axis=0)
    place = middle_of(others)
    found = _beside(float(x), float(y), item, others, place) if place is not None else _by_size(float(x), float(y), item)
    own = crs_name(split_compound(item.crs)[0]) if item.crs is not None else None
    found = [*in_units(item), *(p for p in found if p.change != f"crs={own}")]
    return [p for p in found if _has_true_lengths(item, p)] if isinstance(item, NetworkPart) else found


def _has_true_lengths(part: NetworkPart, proposal: Proposal) -> bool:
    """Whether the pipes or cables of a network would be as long as they say: a diagram fits no coordinate system."""
    words_of = dict(w.partition("=")[::2] for w in proposal.change.split())
    crs = words_of.get("crs", "engineering")
    return crs == "engineering" or "swap_axes" in words_of or is_true_in(part, CRS.from_user_input(crs))


def middle_of(others: list[Item]) -> tuple[float, float] | None:
    """Middle of the sources that can be placed, the first that has one."""
    for other in others:
        if other.crs is None or other.crs.is_geocentric:
            continue
        xy = plan_of(other)
        if len(xy):
            x, y = np.median(xy, axis=0)
            found = lonlat(float(x), float(y), split_compound(other.crs)[0])
            if found is not None:
                return found
    return None


def _beside(x: float, y: float, item: Item, others: list[Item], place: tuple[float, float]) -> list[Proposal]:
    tried: list[tuple[CRS, str]] = []
    for other in others:
        if other.crs is not None and not other.crs.is_geocentric:
            tried.append((split_compound(other.crs)[0], f"the system of {other.source}"))
    found: list[Proposal] = []
    if item.crs is not None:
        own = split_compound(item.crs)[0]
        there = lonlat(y, x, own)
        if there is not None and _km(there, place) < NEAR_KM:
            found.append(Proposal("swap_axes=true", f"{crs_name(own)} with its axes swapped", _km(there, place)))
    if abs(x) <= 180 and abs(y) <= 180:  # degrees; a national grid whose origin is near says nothing then
        tried = [(crs, why) for crs, why in tried if crs.is_geographic] + ([(_wgs84(), "in degrees")] if not _is_degrees(item.crs) else [])
    else:
        tried += [(crs, "") for crs in _grids_at(*place)]
    seen: set[str] = set()
    for crs, why in tried:
        code = crs_name(crs) or ""
        if code in seen or not crs.to_authority():
            continue
        seen.add(code)
        said = f"{code} ({crs.name}{', ' + why if why else ''})"
        there = lonlat(x, y, crs)
        if there is not None and _km(there, place) < NEAR_KM:
            found.append(Proposal(f"crs={code}", said, _km(there, place)))
        elif item.crs is None and crs.is_geographic and (there := lonlat(y, x, crs)) is not None and _km(there, place) < NEAR_KM:
            found.append(Proposal(f"crs={code} swap_axes=true", f"{said} with its axes swapped", _km(there, place)))
    # Axes first, then systems of other sources and degrees, then those of the datum named, by nearness to the kilometre.
    known = {crs_name(c) for c, why in tried if why}
    datum = _datum(item.crs) or next((d for o in others if (d := _datum(o.crs))), "")

    def rank(p: Proposal) -> tuple[bool, bool, bool, int]:
        code = p.change.partition("crs=")[2].partition(" ")[0]
        other_datum = _datum(CRS.from_user_input(code) if code else None) != datum
        return p.change != "swap_axes=true", code not in known, other_datum, round(p.apart_km)

    found.sort(key=rank)
    # The same grid on older datums lies within a kilometre of the best one and is no choice.
    return [p for i, p in enumerate(found) if i == 0 or abs(p.apart_km - found[0].apart_km) > 1 or rank(p)[:3] == rank(found[0])[:3]][:MOST]


def _is_degrees(crs: CRS | None) -> bool:
    return crs is not None and crs.is_geographic


def _datum(crs: CRS | None) -> str:
    return crs.geodetic_crs.name if crs is not None and crs.geodetic_crs is not None else ""


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    east = ((a[0] - b[0] + 180) % 360 - 180) * np.cos(np.radians((a[1] + b[1]) / 2))
    return float(np.hypot(east, a[1] - b[1])) * 111.0


@lru_cache(maxsize=16)
def _grids_at(lon: float, lat: float) -> tuple[CRS, ...]:
    """Projected CRSs made for a place, smallest area first: national grids before those of continents; not of the whole world."""
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    box = AreaOfInterest(lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)
    found = query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=box, contains=True)

    def size(info: object) -> float:
        area = info.area_of_use  # type: ignore[attr-defined]
        return float((area.east - area.west) % 360.0 * (area.north - area.south))

    local = sorted((i for i in found if not i.deprecated and "(N-E)" not in i.name and size(i) < 4000), key=size)
    return (*(CRS.from_epsg(int(i.code)) for i in local), CRS.from_epsg(3857))


def _by_size(x: float, y: float, item: Item) -> list[Proposal]:
    """What the numbers alone allow."""
    xy = plan_of(item)
    low, high = xy.min(0), xy.max(0)
    local = Proposal("crs=engineering", 'a local grid with no place on the map (crs = "engineering")')
    degrees = Proposal("crs=EPSG:4326", "EPSG:4326 (WGS 84): they are within 180 and 90 degrees")
    if abs(x) <= 180 and abs(y) <= 90:
        # What begins at the origin is a drawing or a laboratory, not the Gulf of Guinea.
        return [local, degrees] if (np.abs(low) < 1).all() and (high > 0).all() else [degrees]
    if max(abs(x), abs(y)) < LOCAL_M:
        return [local]
    out = []
    for code in NATIONAL:
        crs = CRS.from_epsg(code)
        if outside_km(x, y, crs) == 0.0:
            area = crs.area_of_use
            out.append(Proposal(f"crs=EPSG:{code}", f"EPSG:{code} ({crs.name}) in {area_name(area.name if area else '')}"))
    if 160_000 < x < 840_000 and 0 < y < 9_400_000 and len(out) < MOST:
        out.append(Proposal("", f"a UTM zone near {y / 111_000:.0f} degrees north; which one cannot be told"))
    return out[:MOST]


def area_name(area: str) -> str:
    return area.split(" - ")[0].split(":")[0].split(";")[0].strip().rstrip(".")
