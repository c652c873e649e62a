"""What a layer is about, found by looking: its name, its geometry, its fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

# Words in file and layer names, most telling first; Dutch, German and Chinese beside English.
_WORDS: tuple[tuple[str, str], ...] = (
    ("landuse", r"land_?use|landgebruik|onbegroeid|terrein|用地"),
    ("metro", r"metro|subway|tube|地铁|u-?bahn"),
    ("green", r"begroeid|plantcover|green|park|vegetation|groen|绿"),
    ("trees", r"trees?$|^trees?|boom|bomen|树"),
    ("buildings", r"building|bldg|footprint|pand|gebouw|bebouwing|gebaeude|建筑"),
    ("bridges", r"bridge|overbrugging|brug|桥"),
    ("tunnels", r"tunnel|隧道"),
    ("roads", r"road|street|highway|wegdeel|wegen|straat|trafficarea|strasse|道路"),
    ("rail", r"rail|spoor|铁路"),
    ("drainage", r"drain|sewer|riool|storm_?water"),
    ("pipes", r"pipe|water_?main|water_?network|water_?serv"),
    ("power", r"power|feeder|substation|electric"),
    ("barriers", r"flood_?wall|levee|dike|dyke|barrier|scheiding|kering"),
    ("pumps", r"pump"),
    ("sensors", r"sensor|gauge|monitor"),
    ("water", r"water|river|canal|lake|creek|stream|hydro|水"),
    ("facilities", r"facilit|hospital|school|fire_?station|police|ambulance|clinic"),
    ("shelters", r"shelter|避难"),
    ("poi", r"pois?$|^pois?|amenit|points?_of_interest"),
    ("places", r"places?$|^places?"),
    ("zones", r"zone|district|ward|census|wijk|buurt"),
)
_FIELDS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("buildings", frozenset({"building", "building:levels", "building_levels", "building:part", "storeys", "height_source",
                             "num_floors", "numfloors", "heightroof",
                             "oorspronkelijkbouwjaar", "bouwjaar", "year_built", "yearbuilt",
                             "roof:shape", "measuredheight"}), "area"),
    ("roads", frozenset({"highway", "maxspeed", "fclass", "lanes", "oneway"}), "line"),
    ("rail", frozenset({"railway"}), "line"),
    ("water", frozenset({"waterway", "water"}), "any"),
    ("landuse", frozenset({"landuse", "land_use"}), "area"),
    ("buildings", frozenset({"height", "levels", "floors"}), "area"),
    ("poi", frozenset({"amenity", "shop", "tourism"}), "point"),
    ("places", frozenset({"place"}), "point"),
)  # fmt: skip
# Which geometry a role can have; a role whose geometry does not fit is not taken from the name.
_FIT: dict[str, str] = {
    "buildings": "area", "landuse": "area", "green": "area", "zones": "area", "trees": "point", "poi": "point", "places": "point",
    "sensors": "point", "pumps": "point", "facilities": "point area", "shelters": "point area", "metro": "line", "rail": "line",
    "roads": "line area", "bridges": "line area", "tunnels": "line area", "water": "line area",
}  # fmt: skip
KIND_OF_ROLE = {
    "buildings": "building", "roads": "road", "trees": "tree",
    "bridges": "bridge", "tunnels": "tunnel", "barriers": "barrier", "sensors": "sensor",
    "zones": "zone", "shelters": "shelter", "facilities": "facility", "places": "place", "pipes": "pipe",
    "stations": "station", "pumps": "pump",
    "other": "feature",
}  # fmt: skip


def dimension(geometry: NDArray[np.object_]) -> str:
    """'area', 'line' or 'point', what most features are; '' for nothing."""
    kinds = shapely.get_dimensions(geometry)
    counts = [int((kinds == d).sum()) for d in (0, 1, 2)]
    return "" if not sum(counts) else ("point", "line", "area")[int(np.argmax(counts))]


def detect_role(names: Sequence[str], table: pd.DataFrame, geometry: NDArray[np.object_]) -> str:
    """Role of a layer from its own name and its file's, its fields and geometry; 'other' where nothing speaks."""
    shape = dimension(geometry)
    kinds = _kinds(table)
    if kinds & {"building", "building_part"} and shape == "area":
        return "buildings"
    for name in names:
        for role, words in _WORDS:
            if re.search(words, name.lower()) and shape in _FIT.get(role, shape).split():
                return role
        if re.search(r"stations?$", name.lower()) and shape == "point":
            return "stations"
    lower = {str(c).lower() for c in table.columns}
    for role, fields, wanted in _FIELDS:
        if lower & fields and wanted in (shape, "any"):
            return role
    if "identificatie" in lower and shape == "area":
        return "buildings"
    return "other"


def _kinds(table: pd.DataFrame) -> set[str]:
    return set(table["kind"].dropna().astype(str).unique()) if "kind" in table.columns else set()
