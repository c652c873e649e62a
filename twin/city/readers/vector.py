"""GeoPackage, GeoJSON, Shapefile, FlatGeobuf, SpatiaLite, File GDB, KML, DXF, GPX, TopoJSON, MapInfo and plain GML, through GDAL."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.encoding import likeliest
from twin.city.readers.gdal import MAX_FEATURES, complaints, layers_of, open_safely, read_layer, short
from twin.city.readers.multipatch import is_multipatch, solids_of
from twin.city.readers.parts import Hints, Parts, TablePart, VectorLayer, credit_of, source_of
from twin.city.readers.roles import detect_role
from twin.city.readers.stated import layer_as_stated
from twin.errors import InputError, Problem, UnknownFormat
from twin.frame import crs_name

Read = tuple[str, str | None, pd.DataFrame, NDArray[np.object_] | None]
"""Name, CRS as GDAL tells it, attributes, geometries."""
_AGAIN = frozenset({"route_points", "track_points"})
"""Layers of GPX that say again what routes and tracks say."""


def read_vector(path: Path, hints: Hints, declared: int | None = None) -> Parts:
    """All layers of a vector file; its tables without geometry as tables. Raises InputError where nothing in it can be used.

    declared: number of features the file claims to have (GeoJSON), to report those GDAL leaves out.
    """
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    open_safely(path)
    parts, label = Parts(), hints.name or path.name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            encoding = _encoding(path, hints, label, parts)
            read = [
                (n or path.stem, meta.get("crs"), table, shapes)
                for n in _wanted(path, hints, declared)
                for meta, table, shapes in [read_layer(path, n, encoding)]
            ]
        except (DataSourceError, DataLayerError, FieldError, ValueError, OSError, UnboundLocalError) as error:
            raise InputError(
                f"This file cannot be read: {short(error, path)}", where=str(path), do="Is it complete, and what its name says?"
            ) from error
    told, count = complaints(caught, path)
    if told:
        parts.problems.append(Problem("gdal", "warning", count, "; ".join(told[:3]), label))
    if path.suffix.lower() == ".dxf":
        from twin.city.readers.dxf import drawing_layers, unit_of

        read = drawing_layers(read, hints)
        if hints.place is not None and hints.unit_m == 1.0:  # with a CRS the numbers are map coordinates, whatever the head says
            hints = replace(hints, unit_m=unit_of(path) or 1.0)
    _tell_lost(read, declared, label, parts)
    if hints.crs is None and not hints.engineering and _is_topology(path):
        read = [_in_degrees(layer, label, parts) for layer in read]
    _add(read, path, hints, label, parts)
    if not parts.layers and not parts.solids and not parts.tables:
        raise UnknownFormat("This file has no features that can be read", where=str(path))
    return parts


def _is_topology(path: Path) -> bool:
    """Whether a file is TopoJSON."""
    if path.suffix.lower() not in (".topojson", ".json", ".geojson"):
        return False
    with open(path, "rb") as file:
        head = file.read(65_536)
    return re.search(rb'"type"\s*:\s*"Topology"', head) is not None


def _in_degrees(layer: Read, label: str, parts: Parts) -> Read:
    """TopoJSON has no place for a CRS: like GeoJSON it is in longitudes and latitudes, unless its numbers cannot be."""
    from twin.city.doctor import words

    name, crs, table, shapes = layer
    xy = shapely.get_coordinates(shapes) if shapes is not None else np.empty((0, 2))
    xy = xy[np.isfinite(xy).all(1)]
    if crs or not len(xy) or (np.abs(xy) > (180.0, 90.0)).any():
        return layer
    parts.problems.append(Problem("crs_assumed", "info", 1, words.says("crs_assumed", "degrees", name=name), label))
    return name, "EPSG:4326", table, shapes


def _wanted(path: Path, hints: Hints, declared: int | None) -> list[str | None]:
    """The layers to read; None for the only one."""
    if declared is not None:  # a GeoJSON file has one layer; asking for its name would read it once more
        return [None]
    there = [name for name, _ in layers_of(path)]
    if not hints.layers or path.suffix.lower() == ".dxf":
        return [n for n in there if n not in _AGAIN] if path.suffix.lower() == ".gpx" else list(there)
    chosen: list[str | None] = [n for n in there if n in hints.layers]
    if not chosen:
        names = ", ".join(there[:20])
        raise InputError(f"This file has no layer '{hints.layers[0]}'", where=str(path), do=f"It has: {names}.")
    return chosen


def _add(read: list[Read], path: Path, hints: Hints, label: str, parts: Parts) -> None:
    licence, attribution, crs_seen = "", "", None
    for name, stated_crs, table, shapes in read:
        if not len(table) and (shapes is None or not len(shapes)):
            parts.problems.append(Problem("empty_layer", "info", 1, f"The layer '{name}' has no features", label))
            continue
        if not licence:
            licence, attribution = credit_of(table)
        if shapes is None:
            parts.tables.append(TablePart(name, table, label, hints.join))
            continue
        own = None if hints.engineering else _crs(stated_crs, label, parts)
        crs = None if hints.engineering else hints.crs or own
        crs_seen = crs_seen or crs_name(crs)
        role = hints.role or detect_role([name, path.stem], table, shapes)
        layer = VectorLayer(name, role, table, shapes, crs, label, hints.engineering, hints.fields)
        layer = layer_as_stated(layer, hints, own)
        if is_multipatch(layer):
            parts.solids.append(solids_of(layer))
        else:
            parts.layers.append(layer)
    if parts.layers or parts.solids or parts.tables:
        parts.sources.append(source_of(path, hints, crs_seen, licence, attribution))


def _tell_lost(read: list[Read], declared: int | None, label: str, parts: Parts) -> None:
    found = sum(len(table) for _, _, table, shapes in read if shapes is not None)
    if declared is not None and found < declared:
        n = declared - found
        parts.problems.append(
            Problem("not_features", "warning", n, f"{n} of {declared} entries are not GeoJSON features and were left out", label)
        )
    for name, _, table, _ in read:
        if len(table) >= MAX_FEATURES:
            told = f"The layer '{name}' has more than {MAX_FEATURES:,} features; the first of them were read"
            parts.problems.append(Problem("too_many", "error", 1, told, label, did=f"the first {MAX_FEATURES:,} were read"))


def _encoding(path: Path, hints: Hints, label: str, parts: Parts) -> str:
    """In which encoding GDAL should take the texts; '' where it knows by itself.

    A shapefile says so in a .cpg file or a byte of its .dbf; where neither does, its texts are looked at.
    """
    if hints.encoding:
        return _as_gdal(hints.encoding)
    if path.suffix.lower() not in (".shp", ".dbf"):
        return ""
    beside = {p.suffix.lower(): p for p in path.parent.glob("*") if p.stem == path.stem}
    if ".cpg" in beside or ".dbf" not in beside:
        return ""
    with open(beside[".dbf"], "rb") as file:
        data = file.read(4 << 20)
    if len(data) < 32 or data[32:].isascii():
        return ""
    try:
        data[32:].decode("utf-8")
        return "UTF-8"
    except UnicodeDecodeError:
        if data[29] not in (0, 0x57):  # 0x57 says "ANSI", whatever that was on its maker's computer
            return ""
    guess = likeliest(data[32:].replace(b"\0", b" ").replace(b"  ", b"\n"))
    told = f"The texts do not say their encoding; they were read as {guess.replace('_', '-')}. State it in a recipe if names look wrong"
    parts.problems.append(Problem("encoding_guessed", "info", 1, told, label, did=f"read as {guess}"))
    return _as_gdal(guess)


def _as_gdal(codec: str) -> str:
    """Windows code pages, which GDAL knows on every system."""
    import codecs

    from twin.city.readers.encoding import known

    pages = {"shift_jis": "cp932", "euc_kr": "cp949", "iso8859-1": "cp1252", "gb2312": "gbk", "big5hkscs": "big5", "utf-8": "UTF-8"}
    name = known(codec)
    return pages.get(name, codecs.lookup(name).name)


def _crs(text: str | None, label: str, parts: Parts) -> CRS | None:
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError:
        parts.problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system '{text[:80]}' is not understood", label))
        return None
