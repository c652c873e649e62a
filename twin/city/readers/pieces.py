"""Triangles of named objects, whatever format they came in, as city objects."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.footprints import unique_ids
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.fields import among
from twin.city.readers.parts import Hints, Placement, Solids

TYPE_OF_ROLE = {
    "buildings": "Building", "roads": "Road", "rail": "Railway", "metro": "Railway", "water": "WaterBody", "green": "PlantCover",
    "trees": "SolitaryVegetationObject", "landuse": "LandUse", "bridges": "Bridge", "tunnels": "Tunnel", "terrain": "TINRelief",
    "surface": "TINRelief",
}  # fmt: skip
KNOWN_TYPES = frozenset({*TYPE_OF_ROLE.values(), "BuildingPart", "CityFurniture", "GenericCityObject", "TransportSquare"})
# Words in names of groups, nodes and materials.
_WORDS = (
    ("TINRelief", r"terrain|relief|dtm|dem\b|\btin\b|boden\b"),
    ("Bridge", r"bridge|brug"),
    ("Tunnel", r"tunnel"),
    ("SolitaryVegetationObject", r"\btrees?\b|^trees?|baum|boom"),
    ("PlantCover", r"forest|vegetation|plant|grass|park\b"),
    ("Road", r"road|street|highway|pavement|sidewalk"),
    ("Railway", r"railway|rail\b|tram"),
    ("WaterBody", r"water|river|canal|lake\b"),
    ("Building", r"building|house|tower|bldg|pand|gebaeude|gebouw|roof|wall"),
)
_TYPE_COLUMNS = ("type", "class", "citygml_class", "cityobject_type", "objectclass", "feature_type")


@dataclass(frozen=True)
class Piece:
    """Triangles of some objects. points: float64 (P, 3), z up; row: (T,) row of `table` each triangle belongs to.

    table: one row per object: `id`, `name`, `about` (what it may be told by: its node, group or file), '' where there is none, and any
    attributes.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    row: NDArray[np.int32]
    table: pd.DataFrame
    surface: NDArray[np.uint8] | None = None
    color: NDArray[np.uint8] | None = None

    def mesh(self, first: int) -> Mesh:
        """The triangles, the rows of their objects counted from `first`."""
        surface = np.zeros(len(self.triangles), np.uint8) if self.surface is None else self.surface
        return Mesh(self.points, self.triangles, (self.row + np.int32(first)).astype(np.int32), surface, self.color)


def solids_of(
    pieces: list[Piece], label: str, crs: CRS | None, source: str, hints: Hints, *, place: Placement | None = None, loose: bool = False
) -> Solids:
    """One set of city objects; those without a triangle are left out. What each is: role of the recipe, own type, name, shape."""
    starts = np.cumsum([0] + [len(p.table) for p in pieces[:-1]])
    table = pd.concat([p.table for p in pieces], ignore_index=True)
    mesh = Mesh.joined([p.mesh(int(s)) for p, s in zip(pieces, starts, strict=True)])
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(mesh.points).all(axis=1))
    good: NDArray[np.bool_] = np.asarray(finite[mesh.triangles].all(axis=1))
    if not good.all():
        mesh = mesh.part(good, mesh.object[good])
    used, rows = np.unique(mesh.object, return_inverse=True)
    mesh = Mesh(mesh.points, mesh.triangles, rows.astype(np.int32).ravel(), mesh.surface, mesh.color)
    table = table.iloc[used].reset_index(drop=True)
    own = table.drop(columns=["id", "name", "about"])
    ids, _ = unique_ids(table[["id"]], {"id": "id"})
    types = types_of(table["about"].to_numpy(object), own, mesh, hints.role, crs)
    out = pd.DataFrame({"id": ids, "type": types, "parent": np.arange(len(ids)), "lod": ""})
    named = table["name"].astype(object)
    if (named != "").any():
        own = own.assign(name=named)
    points = np.full((len(ids), 3), np.nan)
    return Solids(label, out, own, mesh, points, crs, source, hints.engineering, place=place, loose=loose)


def classes_of(materials: list[str]) -> NDArray[np.uint8]:
    """Surface class of each material by its name, OTHER where it is no name of a class."""
    known = {kind.name.lower(): int(kind) for kind in SurfaceClass}
    return np.array([known.get(m.lower(), 0) for m in materials], np.uint8)


def _told_by(name: str) -> str:
    """Type that a name of a group, node or material tells, '' where it tells none."""
    text = name.lower().replace("_", " ")
    return next((kind for kind, words in _WORDS if re.search(words, text)), "")


def types_of(names: NDArray[np.object_], attributes: pd.DataFrame, mesh: Mesh, role: str, crs: CRS | None) -> NDArray[np.object_]:
    """CityJSON type of each object; crs: of the mesh, to judge by its size in metres."""
    n = len(names)
    if role:
        return np.full(n, TYPE_OF_ROLE.get(role, "GenericCityObject"), object)
    out = np.full(n, "", object)
    lower = {str(c).lower(): c for c in attributes.columns}
    for column in _TYPE_COLUMNS:
        if column in lower:
            said = attributes[lower[column]].astype(str).str.rpartition(":")[2].to_numpy(object)
            known = among(said, KNOWN_TYPES)
            out[known & (out == "")] = said[known & (out == "")]
    for said in (names, attributes["material"].to_numpy(object) if "material" in attributes else names[:0]):
        code, known = pd.factorize(np.array([str(v) for v in said], object))
        guess = np.array([_told_by(str(k)) for k in known] + [""], object)
        if len(code):
            out = np.where(out == "", guess[code], out)
    low, high = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    for k in range(3):
        axis = mesh.points[mesh.triangles, k]
        np.minimum.at(low[:, k], mesh.object, axis.min(1))
        np.maximum.at(high[:, k], mesh.object, axis.max(1))
    size = high - low
    if crs is not None and crs.is_geographic:
        size = size * np.column_stack([111_320 * np.cos(np.radians(np.clip(low[:, 1], -90, 90))), np.full(n, 111_320.0), np.ones(n)])
    wide, tall = np.maximum(size[:, 0], size[:, 1]), size[:, 2]
    stands = (tall >= 2.0) & (tall <= 1000.0) & (wide >= 2.0) & (wide <= 1000.0) & (tall >= 0.02 * wide)
    out[(out == "") & stands] = "Building"
    out[out == ""] = "GenericCityObject"
    return out
