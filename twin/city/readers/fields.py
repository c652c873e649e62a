"""Attribute columns of unknown make: which one means what, and what a value says."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEET = 0.3048
# Names of one meaning in the order they are trusted, lower case. OSM, Tilezen, Geofabrik, BAG/BGT, NYC, Chinese and German cadastres.
NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "twin_id",
        "@id",
        "osm_id",
        "identificatie",
        "identificatiebagpnd",
        "gml_id",
        "id",
        "lokaalid",
        "bin",
        "doitt_id",
        "objectid",
        "gid",
        "fid",
        "stationreference",
        "station_id",
    ),
    "name": ("name", "naam", "名称", "名字", "names.primary", "title", "label", "street_name", "stationname", "station_name"),
    "height": (
        "height_m",
        "height",
        "building:height",
        "building_height",
        "measuredheight",
        "hoogte",
        "heightroof",
        "roof_height_m",
        "bldg_height",
        "hoehe",
        "高度",
    ),
    "min_height": ("min_height", "building:min_height", "minheight"),
    "levels": (
        "building:levels",
        "building_levels",
        "levels",
        "storeys",
        "storeysaboveground",
        "num_floors",
        "numfloors",
        "floors",
        "floor",
        "bouwlagen",
        "stories",
        "层数",
    ),
    "min_level": ("building:min_level", "min_level", "building:min_levels"),
    "ground_z": ("ground_z_m", "ground_z", "ground_elevation", "groundelev", "base_elevation"),
    "use": (
        "kind_detail",
        "building:use",
        "use",
        "usage",
        "function",
        "occupancy",
        "amenity",
        "shop",
        "tourism",
        "office",
        "building",
        "landuse_kind",
    ),
    "year": (
        "year",
        "year_built",
        "yearbuilt",
        "construction_year",
        "cnstrct_yr",
        "oorspronkelijkbouwjaar",
        "bouwjaar",
        "start_date",
        "yearofconstruction",
    ),
    "structure": ("structure", "building:material", "building_material", "construction"),
    "part": ("building:part", "building_part"),
    "root": ("root_id",),
    "roof_shape": ("roof:shape", "roof_shape", "rooftype"),
    "roof_height": ("roof:height", "roof_height"),
    "roof_levels": ("roof:levels", "roof_levels"),
    "roof_angle": ("roof:angle", "roof_angle"),
    "roof_direction": ("roof:direction", "roof_direction"),
    "roof_orientation": ("roof:orientation", "roof_orientation"),
    "people": ("people_night", "people", "pop", "population", "residents", "inhabitants", "人口"),
    "value": ("value", "replacement_value", "cost"),
    "class": ("highway", "kind_detail", "fclass", "road_class", "class", "kind", "railway", "type", "function"),
    "oneway": ("oneway",),
    "lanes": ("lanes",),
    "maxspeed": ("maxspeed", "speed_kmh", "speed"),
    "bridge": ("bridge", "is_bridge"),
    "tunnel": ("tunnel", "is_tunnel"),
    "kind": (
        "kind",
        "fclass",
        "waterway",
        "natural",
        "landuse",
        "leisure",
        "amenity",
        "shop",
        "tourism",
        "railway",
        "place",
        "building",
        "type",
        "class",
        "function",
        "bgt_fysiekvoorkomen",
        "bgt_type",
        "plus_type",
        "category",
    ),
    "capacity": ("capacity", "beds"),
    "level": ("level_m",),
}


def column(table: pd.DataFrame, meaning: str, stated: dict[str, str] | None = None) -> str | None:
    """Name of the first column of that meaning that holds anything; what the recipe states wins where the table has it."""
    if stated and meaning in stated and stated[meaning] in table.columns:
        return stated[meaning]
    lower = {str(c).lower(): str(c) for c in reversed(list(table.columns))}
    for name in NAMES.get(meaning, (meaning,)):
        found = lower.get(name)
        if found is not None and table[found].notna().any():
            return found
    return None


def columns(table: pd.DataFrame, meaning: str, stated: dict[str, str] | None = None) -> list[str]:
    """All columns of that meaning, the most trusted first; only what the recipe states where the table has it."""
    if stated and meaning in stated and stated[meaning] in table.columns:
        return [stated[meaning]]
    lower = {str(c).lower(): str(c) for c in reversed(list(table.columns))}
    return [lower[n] for n in NAMES.get(meaning, (meaning,)) if n in lower and table[lower[n]].notna().any()]


def text(values: pd.Series) -> NDArray[np.object_]:
    """Strings, '' where there is nothing; whole numbers without a decimal point."""
    if pd.api.types.is_float_dtype(values):
        whole = values.notna() & np.isfinite(values) & (values == np.floor(values)) & (values.abs() < 2**53)
        out = np.full(len(values), "", object)
        out[whole.to_numpy()] = values[whole].astype("int64").astype(str).to_numpy(object)
        rest = (values.notna() & ~whole).to_numpy()
        out[rest] = values[rest].astype(str).to_numpy(object)
        return out
    filled = values.astype(object).where(values.notna(), "")
    return np.array([v.strip() if isinstance(v, str) else str(v) for v in filled.tolist()], object)


def among(values: NDArray[np.object_], words: Iterable[str]) -> NDArray[np.bool_]:
    """Whether each text is one of some words. One long text among many does no harm: in an array of letters all would be as long."""
    return pd.Series(values, dtype=object).isin(list(words)).to_numpy(bool)


def lowered(values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Texts in small letters."""
    return np.array([v.lower() for v in values.tolist()], object)


def first_text(table: pd.DataFrame, names: list[str], nothing: frozenset[str] = frozenset({"", "no", "yes"})) -> NDArray[np.object_]:
    """Per row the first of the named columns that says something."""
    out = np.full(len(table), "", object)
    for name in names:
        empty = out == ""
        if not empty.any():
            break
        found = text(table[name])
        use = empty & ~among(found, nothing)
        out[use] = found[use]
    return out


def number(values: pd.Series) -> tuple[NDArray[np.float64], int]:
    """Metres (or plain numbers) from numbers and texts such as '12', '12,5 m', '40 ft', "5'10\\"", '3;4' (the first).

    Returns the values, NaN where nothing is said, and how many could not be understood.
    """
    if pd.api.types.is_bool_dtype(values):
        return np.full(len(values), np.nan), int(len(values))
    if pd.api.types.is_numeric_dtype(values):
        plain = values.to_numpy(float, na_value=np.nan)
        return np.where(np.isfinite(plain), plain, np.nan), int(np.isinf(plain).sum())
    said = pd.Series(text(values), dtype=object)
    out = pd.to_numeric(said, errors="coerce").to_numpy(float, na_value=np.nan)
    left = (said != "").to_numpy() & ~np.isfinite(out)
    if left.any():
        rest = said[left].astype(str).str.lower()
        parts = rest.str.extract(
            r"^\s*(?:~|c\.|ca\.)?\s*([-+]?\d+(?:[.,]\d+)?)\s*(m|metres?|meters?|米|ft|feet|foot|mph|km/h|kmh|')?\s*(?:(\d+(?:\.\d+)?)\s*\")?\s*(?:[;-].*)?$"
        )
        main = pd.to_numeric(parts[0].str.replace(",", ".", regex=False), errors="coerce").to_numpy(float)
        unit = parts[1].fillna("").to_numpy(str)
        inches = pd.to_numeric(parts[2], errors="coerce").fillna(0).to_numpy(float)
        factor = np.select([np.isin(unit, ["ft", "feet", "foot", "'"]), unit == "mph"], [FEET, 1.609344], 1.0)
        out[left] = main * factor + inches * 0.0254
    out[np.isinf(out)] = np.nan
    return out, int(((said != "").to_numpy() & np.isnan(out)).sum())


_TRUE = (
    "yes",
    "true",
    "t",
    "1",
    "y",
    "j",
    "ja",
    "viaduct",
    "aqueduct",
    "movable",
    "building_passage",
    "culvert",
    "covered",
    "-1",
    "reverse",
    "f",
)


def truth(values: pd.Series, letters_are_directions: bool = False) -> NDArray[np.bool_]:
    """Whether a yes/no column says yes. Geofabrik's one-way column says F (forward), T (backward) or B (both)."""
    if pd.api.types.is_bool_dtype(values):
        return values.fillna(False).to_numpy(bool)
    return among(lowered(text(values)), [t for t in _TRUE if t != "f" or letters_are_directions])


def years(values: pd.Series) -> NDArray[np.float64]:
    """Years from numbers, dates and texts such as '1936..1938' or '~1920'."""
    if pd.api.types.is_numeric_dtype(values):
        said = np.floor(values.to_numpy(float, na_value=np.nan))
    else:
        found = pd.Series(text(values), dtype=object).astype(str).str.extract(r"(\d{4})")[0]
        said = pd.to_numeric(found, errors="coerce").to_numpy(float)
    return np.where((said >= 1000) & (said <= 2100), said, np.nan)


_COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def bearing(values: pd.Series) -> NDArray[np.float64]:
    """Degrees clockwise from north from numbers and compass points such as NE, NaN where nothing is said."""
    degrees = number(values)[0]
    points = pd.Series(text(values), dtype=object).str.upper().map({word: i * 22.5 for i, word in enumerate(_COMPASS)})
    return np.where(np.isfinite(degrees), degrees, points.to_numpy(float, na_value=np.nan))
