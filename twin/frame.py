"""Local metres of a city, and the way to and from the rest of the world.

The only place where coordinates shift. Core arrays are float64 local metres: x east, y north, z up in
the city's vertical datum. float32 at UTM northings would be 0.25 m coarse, hence the local origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from twin.errors import InputError

Floats = NDArray[np.float64]
ELLIPSOID = "WGS 84 ellipsoid"
"""LocalFrame.vertical of heights above the ellipsoid, as GPS and 3D Tiles count them."""


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)


def parse_crs(text: object) -> CRS:
    """CRS from an EPSG code, OGC URN or URL, WKT or PROJ string. Raises InputError."""
    try:
        return CRS.from_user_input(text)
    except ProjError as error:
        raise InputError(f"'{text}' is not a coordinate reference system", do="Use a code such as EPSG:32651.") from error


def reproject(x: ArrayLike, y: ArrayLike, source: CRS, target: CRS) -> tuple[Floats, Floats]:
    """Coordinates of one CRS in another, each in its own units; x or longitude first. inf where target does not reach."""
    e, n = _transformer(source.to_wkt(), target.to_wkt()).transform(np.asarray(x, float), np.asarray(y, float))
    return np.asarray(e, float), np.asarray(n, float)


def split_compound(crs: CRS) -> tuple[CRS, CRS | None]:
    """Horizontal and vertical part of a CRS; the vertical part is None where there is none."""
    if crs.is_compound:
        horizontal, vertical = crs.sub_crs_list[0], crs.sub_crs_list[-1]
        return horizontal, vertical
    return (crs.to_2d() if len(crs.axis_info) == 3 else crs), None


def utm_of(longitude: float, latitude: float) -> CRS:
    """WGS 84 / UTM of the zone that holds a place (Norway and Svalbard exceptions are not applied)."""
    zone = min(60, max(1, int(math.floor((longitude + 180.0) / 6.0)) + 1))
    return CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)


def crs_name(crs: CRS | None) -> str | None:
    """'EPSG:32651' where there is a code, else the name of the CRS."""
    if crs is None:
        return None
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name


@dataclass(frozen=True)
class LocalFrame:
    """Projected CRS, local origin and vertical datum of one city.

    crs: horizontal projected CRS as a string pyproj reads; None for a laboratory or engineering grid (no map).
    origin: easting and northing of local (0, 0), metres, whole numbers so that the shift is exact.
    vertical: name of the vertical CRS or datum, None where unknown.
    timezone: IANA zone in which civil time is shown.
    """

    crs: str | None
    origin: tuple[float, float] = (0.0, 0.0)
    vertical: str | None = None
    timezone: str = "UTC"

    @staticmethod
    def around(crs: CRS | None, bounds: ArrayLike, vertical: str | None = None, timezone: str = "UTC") -> LocalFrame:
        """Frame whose origin is the whole-kilometre-free centre of bounds (min x, min y, max x, max y) in crs."""
        box = np.asarray(bounds, float)
        if not np.isfinite(box).all():
            raise InputError("The city has no finite extent", do="Check the coordinates of its sources.")
        origin = (float(round((box[0] + box[2]) / 2)), float(round((box[1] + box[3]) / 2)))
        return LocalFrame(None if crs is None else (crs_name(crs) if crs.to_authority() else crs.to_wkt()), origin, vertical, timezone)

    @property
    def unit_m(self) -> float:
        """Metres per unit of the CRS (US survey feet and the like are scaled at the door)."""
        if self.crs is None:
            return 1.0
        return float(parse_crs(self.crs).axis_info[0].unit_conversion_factor)

    @property
    def zone(self) -> tzinfo:
        """In which civil time is shown; UTC where its name is unknown here."""
        try:
            return ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            return UTC

    @property
    def has_map(self) -> bool:
        """Whether local metres can be turned into longitude and latitude."""
        return self.crs is not None

    def to_local(self, x: ArrayLike, y: ArrayLike, crs: CRS | str | None = None) -> tuple[Floats, Floats]:
        """Coordinates in crs (default: the city's own) -> local metres. Axis order is always x/longitude first."""
        ex, ny = np.asarray(x, float), np.asarray(y, float)
        if crs is not None and self.crs is not None:
            source = crs if isinstance(crs, str) else crs.to_wkt()
            if parse_crs(source) != parse_crs(self.crs):
                ex, ny = _transformer(source, self.crs).transform(ex, ny)
        scale = self.unit_m
        return (np.asarray(ex, float) - self.origin[0]) * scale, (np.asarray(ny, float) - self.origin[1]) * scale

    def to_crs(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Local metres -> the city's CRS."""
        scale = self.unit_m
        return np.asarray(x, float) / scale + self.origin[0], np.asarray(y, float) / scale + self.origin[1]

    def to_lonlat(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Local metres -> WGS 84 longitude and latitude, degrees."""
        if self.crs is None:
            raise InputError("This city has an engineering grid and no place on the map")
        e, n = self.to_crs(x, y)
        lon, lat = _transformer(self.crs, "EPSG:4326").transform(e, n)
        return np.asarray(lon), np.asarray(lat)

    def from_lonlat(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """WGS 84 longitude and latitude, degrees -> local metres."""
        return self.to_local(lon, lat, "EPSG:4326")

    def geometry_to_local(self, geometry: NDArray[np.object_], crs: CRS | str | None = None) -> NDArray[np.object_]:
        """Shapely geometries in crs -> local metres; z is kept as it is."""

        def shift(xyz: Floats) -> Floats:
            x, y = self.to_local(xyz[:, 0], xyz[:, 1], crs)
            return np.column_stack([x, y, *xyz[:, 2:].T])

        array = np.asarray(geometry, object)
        return np.asarray(shapely.transform(array, shift, include_z=bool(shapely.has_z(array).any())))

    def geometry_to_crs(self, geometry: NDArray[np.object_], crs: CRS | str | None = None) -> NDArray[np.object_]:
        """Shapely geometries in local metres -> crs (default: the city's own)."""
        target = crs if crs is None or isinstance(crs, str) else crs.to_wkt()
        moves = target is not None and self.crs is not None and parse_crs(target) != parse_crs(self.crs)

        def shift(xyz: Floats) -> Floats:
            x, y = self.to_crs(xyz[:, 0], xyz[:, 1])
            if moves:
                x, y = _transformer(str(self.crs), str(target)).transform(x, y)
            return np.column_stack([x, y, *xyz[:, 2:].T])

        array = np.asarray(geometry, object)
        return np.asarray(shapely.transform(array, shift, include_z=bool(shapely.has_z(array).any())))
