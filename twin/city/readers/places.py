"""Where the rows of a table are: coordinates in columns, WKT or WKB, degrees and minutes, grid references."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.fields import number, text
from twin.city.readers.parts import Hints
from twin.errors import Problem

Floats = NDArray[np.float64]
_SHAPE = ("geometry", "geom", "wkt", "wkb", "the_geom", "wkt_geometry", "wkb_geometry", "shape", "geometry_wkt")
_LON = ("lon", "lng", "long", "longitude", "x_lon", "lon_wgs84", "longitude_wgs84", "经度", "geo_lon", "stop_lon", "mlong")
_LAT = ("lat", "latitude", "y_lat", "lat_wgs84", "latitude_wgs84", "纬度", "geo_lat", "stop_lat", "mlat")
_EAST = ("easting", "eastings", "x", "x_coord", "xcoord", "x_coordinate", "coord_x", "point_x", "rd_x", "rechtswert", "e", "oostwaarde")
_NORTH = ("northing", "northings", "y", "y_coord", "ycoord", "y_coordinate", "coord_y", "point_y", "rd_y", "hochwert", "n", "noordwaarde")
_GRID = ("ngr", "grid_ref", "gridref", "grid_reference", "os_grid_ref", "osgridref")
_Z = ("z", "elevation", "altitude")
_ANGLE = re.compile(
    r"""^\s*(?P<sign>[-+])?\s*(?P<a>[NSEWnsew])?\s*(?P<d>\d{1,3}(?:\.\d+)?)\s*(?:[°ºd:\s]\s*(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*['′’m:\s]?\s*
    (?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:["″”s]|'')?)?)?)?\s*(?P<b>[NSEWnsew])?\s*$""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Located:
    """table without the columns of the geometry; geometry None where nothing tells a place; crs None where it is not said."""

    table: pd.DataFrame
    geometry: NDArray[np.object_] | None = None
    crs: CRS | None = None
    problems: list[Problem] = field(default_factory=list)


def located(table: pd.DataFrame, hints: Hints, source: str) -> Located:
    """Rows with their places. Rows without one keep an empty geometry, and are counted where the table is cleaned."""
    lower = {str(c).strip().lower(): str(c) for c in reversed(list(table.columns))}
    problems: list[Problem] = []

    def pick(names: tuple[str, ...]) -> str | None:
        return next((lower[n] for n in names if n in lower), None)

    for name in (lower[n] for n in _SHAPE if n in lower):
        shapes = _shapes(table[name])
        if shapes is not None:
            srid = int(shapely.get_srid(shapes[~shapely.is_missing(shapes)]).max(initial=0))
            return Located(table.drop(columns=[name]), shapes, CRS.from_epsg(srid) if srid == 4326 or srid > 2000 else None)
    wgs84 = CRS.from_epsg(4326)
    lon, lat = pick(_LON), pick(_LAT)
    if lon is not None and lat is not None:
        x, y = degrees(table[lon]), degrees(table[lat])
        return Located(table, _points(x, y, None), wgs84, problems)
    grid = pick(_GRID)
    if grid is not None:
        x, y = british_grid(table[grid])
        if np.isfinite(x).any():
            return Located(table, _points(x, y, None), CRS.from_epsg(27700), problems)
    east, north = pick(_EAST), pick(_NORTH)
    if east is not None and north is not None:
        x, y = number(table[east])[0], number(table[north])[0]
        if np.isfinite(x).any() and np.isfinite(y).any():
            z = pick(_Z)
            return Located(table, _points(x, y, None if z is None else number(table[z])[0]), None, problems)
    return Located(table)


def _points(x: Floats, y: Floats, z: Floats | None) -> NDArray[np.object_]:
    out = np.full(len(x), None, object)
    good = np.isfinite(x) & np.isfinite(y)
    if z is not None and np.isfinite(z[good]).all():
        out[good] = shapely.points(x[good], y[good], z[good])
    else:
        out[good] = shapely.points(x[good], y[good])
    return out


def _shapes(values: pd.Series) -> NDArray[np.object_] | None:
    """Geometries of a column of WKT, EWKT or hexadecimal WKB; None where most of it is neither."""
    said = text(values)
    there = said != ""
    if not there.any():
        return None
    first = str(said[there][0])
    out = np.full(len(said), None, object)
    if re.fullmatch(r"(?:00|01)[0-9a-fA-F]{8,}", first):
        out[there] = shapely.from_wkb(said[there], on_invalid="ignore")
    elif re.match(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)", first, re.IGNORECASE):
        plain = pd.Series(said[there], dtype=object).astype(str)
        srid = plain.str.extract(r"^\s*SRID=(\d{1,6});", flags=re.IGNORECASE)[0]
        shapes = shapely.from_wkt(plain.str.replace(r"^\s*SRID=\d+;", "", regex=True, flags=re.IGNORECASE).to_numpy(object), "ignore")
        known = srid.notna().to_numpy()
        if known.any():
            shapes[known] = shapely.set_srid(shapes[known], srid[known].astype(int).to_numpy())
        out[there] = shapes
    else:
        return None
    return out if (~shapely.is_missing(out)).sum() * 2 >= there.sum() else None


def degrees(values: pd.Series) -> Floats:
    """Degrees from numbers and texts such as `52° 0' 38.5" N`, `4:21.5 E`, `W 0.12`, `52,01`."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(float, na_value=np.nan)
    said = pd.Series(text(values), dtype=object).astype(str)
    out = pd.to_numeric(said.str.replace(",", ".", regex=False), errors="coerce").to_numpy(float).copy()
    left = np.flatnonzero(~np.isfinite(out) & (said != "").to_numpy())
    if len(left):
        found = said.iloc[left].str.replace(",", ".", regex=False).str.extract(_ANGLE)
        found = found.astype(object).where(found.notna(), "")
        part = {k: pd.to_numeric(found[k], errors="coerce").to_numpy(float) for k in "dms"}
        value = part["d"] + np.nan_to_num(part["m"]) / 60 + np.nan_to_num(part["s"]) / 3600
        side = (found["a"] + found["b"]).astype(str).str.upper()
        minus = (found["sign"] == "-").to_numpy() | side.isin(["S", "W"]).to_numpy()
        out[left] = np.where(minus, -value, value)
    out[np.abs(out) > 360] = np.nan
    return out


def british_grid(values: pd.Series) -> tuple[Floats, Floats]:
    """Easting and northing (EPSG:27700, middle of the square) of references such as SU 720 652 or SU72016526, NaN where there is none.

    Letters as in Ordnance Survey, "A guide to coordinate systems in Great Britain", section 5.
    """
    said = pd.Series(text(values), dtype=object).astype(str).str.upper().str.replace(r"\s+", "", regex=True)
    found = said.str.extract(r"^([A-HJ-Z])([A-HJ-Z])((?:\d\d){1,5})$")
    east, north = np.full(len(said), np.nan), np.full(len(said), np.nan)
    good = found[0].notna().to_numpy()
    if not good.any():
        return east, north
    letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
    one = found.loc[good, 0].map(letters.index).to_numpy(int)
    two = found.loc[good, 1].map(letters.index).to_numpy(int)
    digits = found.loc[good, 2]
    half = digits.str.len().to_numpy(int) // 2
    cell = 10.0 ** (5 - half)
    e = np.array([int(d[: len(d) // 2]) for d in digits], float) * cell + cell / 2
    n = np.array([int(d[len(d) // 2 :]) for d in digits], float) * cell + cell / 2
    east[good] = ((one - 2) % 5 * 5 + two % 5) * 100_000 + e
    north[good] = (19 - one // 5 * 5 - two // 5) * 100_000 + n
    beyond = ~((east >= 0) & (east <= 700_000) & (north >= 0) & (north <= 1_300_000))
    east[beyond], north[beyond] = np.nan, np.nan
    return east, north
