"""What readers give: parts of a city in the coordinates of their source, and the problems found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.city import Source
from twin.city.mesh import Mesh
from twin.errors import Problem

OSM = ("ODbL 1.0", "© OpenStreetMap contributors")


@dataclass(frozen=True)
class Hints:
    """What a recipe states about one source; what is not stated is found by looking.

    fields: our name (id, name, height, min_height, levels, use, year, kind, roof_shape ...) -> the source's name.
    """

    role: str = ""
    crs: CRS | None = None
    engineering: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    licence: str = ""
    attribution: str = ""
    date: str = ""


@dataclass(frozen=True)
class VectorLayer:
    """One GIS layer: geometry in crs (x or longitude first), attributes in the same rows."""

    name: str
    role: str
    table: pd.DataFrame
    geometry: NDArray[np.object_]
    crs: CRS | None
    source: str
    engineering: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Solids:
    """City objects with surfaces (CityJSON): one row per object, children as rows with their parent.

    table: `id`, `type`, `parent` (row of the top-level object, its own row for itself), `lod`; attributes: same rows.
    mesh: coordinates in crs, `object` runs over rows. points: one xyz per row for objects that are only a place (NaN else).
    """

    name: str
    table: pd.DataFrame
    attributes: pd.DataFrame
    mesh: Mesh
    points: NDArray[np.float64]
    crs: CRS | None
    source: str
    engineering: bool = False


@dataclass(frozen=True)
class Raster:
    """Elevation, float32, north-up rows, NaN = no data; transform: affine (a, b, c, d, e, f) of the outer corner."""

    name: str
    elevation: NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: CRS | None
    source: str
    engineering: bool = False


@dataclass
class Parts:
    """Everything read so far."""

    layers: list[VectorLayer] = field(default_factory=list)
    solids: list[Solids] = field(default_factory=list)
    rasters: list[Raster] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Parts) -> None:
        self.layers += other.layers
        self.solids += other.solids
        self.rasters += other.rasters
        self.sources += other.sources
        self.problems += other.problems

    @property
    def is_empty(self) -> bool:
        return not (self.layers or self.solids or self.rasters)


def credit_of(table: pd.DataFrame) -> tuple[str, str]:
    """Licence and attribution where the data itself tells them."""
    lower = {str(c).lower(): c for c in table.columns}
    if "source" in lower and table[lower["source"]].astype(str).str.contains("openstreetmap", case=False, regex=False).any():
        return OSM
    if {"osm_id", "osm_way_id", "@id"} & set(lower) or {"kind", "min_zoom"} <= set(lower) or {"kind", "kind_detail"} <= set(lower):
        return OSM
    if "namespace" in lower and table[lower["namespace"]].astype(str).str.startswith("NL.").any():
        return "Public Domain Mark 1.0", "BGT/BAG, Kadaster"
    if "identificatie" in lower and table[lower["identificatie"]].astype(str).str.startswith("NL.IMBAG").any():
        return "Public Domain Mark 1.0", "BAG, Kadaster"
    return "", ""


def source_of(path: Path, hints: Hints, crs: str | None, licence: str = "", attribution: str = "", name: str = "") -> Source:
    """The Source record of a file; what the recipe states wins over what the file says."""
    import hashlib

    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(
        hints.name or name or path.name, str(path), hints.licence or licence, hints.attribution or attribution, crs, hints.date, digest
    )
