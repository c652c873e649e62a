"""What readers give: parts of a city in the coordinates of their source, and the problems found."""

from __future__ import annotations

from collections.abc import Callable
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
    lod: str = ""
    """Level of detail to show of a source with several; '' for the best."""
    place: Placement | None = None
    join: str = ""
    """Of a table without coordinates: "COLUMN = ROLE.COLUMN", e.g. "pand_id = buildings.identificatie"; '' for equal ids."""
    swap_axes: bool = False
    unit_m: float = 1.0
    """Metres of one unit of the coordinates of a source without CRS, and of all heights."""
    layers: tuple[str, ...] = ()
    """Names of the layers to read; empty for all."""
    encoding: str = ""


@dataclass(frozen=True)
class Placement:
    """Where a mesh or drawing without CRS stands: its origin is at x, y, z of crs; then turned and scaled about it.

    heading: degrees clockwise from the north of crs of the mesh's y axis (-z axis where up is "y"). z: None puts its lowest point on the
    ground.
    """

    x: float
    y: float
    z: float | None = None
    crs: str = "EPSG:4326"
    heading: float = 0.0
    scale: float = 1.0
    up: str = ""
    """"y" or "z"; '' for what is usual in the format."""


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
    lods: dict[str, Mesh] = field(default_factory=dict)
    """The other levels of detail of the same objects, coordinates in crs; an object that a level lacks is shown as it is in mesh."""
    place: Placement | None = None
    """Of meshes without CRS; coordinates are then metres about the mesh's own origin, z up."""
    loose: bool = False
    """A mesh that says no place: metres, z up; by itself it stands on an engineering grid, beside others it is left out."""


@dataclass(frozen=True)
class NetworkPart:
    """Nodes and edges as the source gives them.

    kind: name in City.networks (roads, metro, power, water, drainage ...). nodes: `id`, `x`, `y` in crs, `z` (NaN unknown), and what
    the network needs; edges: `id`, `start`, `end` (node rows), `oneway`, and what the network needs, without `length_m` where
    the geometry tells it. geometry: LineString per edge in crs. tables: what belongs to it besides (curves, patterns,
    turn restrictions, timetable) by name.
    """

    kind: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    geometry: NDArray[np.object_]
    crs: CRS | None
    source: str
    engineering: bool = False
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class CloudPart:
    """A point cloud. points: float64 (N, 3) in crs; kind: uint8 (N,) ASPRS class; color: uint8 (N, 3) or None; total: points in the
    source, of which these are a sample. Its ground and its roofs come as Raster of role `terrain` and `surface`."""

    name: str
    points: NDArray[np.float64]
    kind: NDArray[np.uint8]
    color: NDArray[np.uint8] | None
    total: int
    crs: CRS | None
    source: str
    engineering: bool = False
    loose: bool = False
    """As Solids.loose."""


@dataclass(frozen=True)
class ImagePart:
    """Imagery, read when it is known what of it is needed.

    read: (min x, min y, max x, max y in crs, most pixels) -> rgba uint8 (rows, columns, 4) north-up and the outer bounds it
    covers in crs, None where it has nothing there. bounds: all it covers, in crs.
    """

    name: str
    read: Callable[[tuple[float, float, float, float], int], tuple[NDArray[np.uint8], tuple[float, float, float, float]] | None]
    bounds: tuple[float, float, float, float]
    crs: CRS | None
    source: str
    engineering: bool = False


@dataclass(frozen=True)
class TablePart:
    """Rows without a place of their own. join: as Hints.join."""

    name: str
    table: pd.DataFrame
    source: str
    join: str = ""


@dataclass(frozen=True)
class Raster:
    """Elevation, float32, north-up rows, NaN = no data; transform: affine (a, b, c, d, e, f) of the outer corner."""

    name: str
    elevation: NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: CRS | None
    source: str
    engineering: bool = False
    role: str = "terrain"
    """terrain, or surface (with roofs and trees: for heights of buildings)."""
    cell: float = 0.0
    """Side of a cell in the file, units of crs, where `elevation` is only an overview of it; else 0."""
    window: Callable[[tuple[float, float, float, float], int], Raster | None] | None = None
    """Of an overview: (min x, min y, max x, max y in crs, most cells) -> that part as finely as it may be; None where there is none."""


@dataclass
class Parts:
    """Everything read so far."""

    layers: list[VectorLayer] = field(default_factory=list)
    solids: list[Solids] = field(default_factory=list)
    rasters: list[Raster] = field(default_factory=list)
    networks: list[NetworkPart] = field(default_factory=list)
    clouds: list[CloudPart] = field(default_factory=list)
    images: list[ImagePart] = field(default_factory=list)
    tables: list[TablePart] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Parts) -> None:
        self.layers += other.layers
        self.solids += other.solids
        self.rasters += other.rasters
        self.networks += other.networks
        self.clouds += other.clouds
        self.images += other.images
        self.tables += other.tables
        self.sources += other.sources
        self.problems += other.problems

    @property
    def is_empty(self) -> bool:
        return not (self.layers or self.solids or self.rasters or self.networks or self.clouds or self.images)


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

    if path.is_dir():  # one source of many files: File GDB, partitioned Parquet
        whole = hashlib.sha256()
        for member in sorted(p for p in path.rglob("*") if p.is_file()):
            with open(member, "rb") as file:
                whole.update(member.name.encode("utf-8", "surrogateescape") + hashlib.file_digest(file, "sha256").digest())
        digest = whole.hexdigest()
    else:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(
        hints.name or name or path.name, str(path), hints.licence or licence, hints.attribution or attribution, crs, hints.date, digest
    )
