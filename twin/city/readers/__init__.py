"""One file per format, one function each: path -> parts of a city and the problems found. `read_file` looks which it is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from pyproj import CRS

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem

__all__ = ["files_of", "read_file"]

VECTOR = frozenset({".geojson", ".json", ".jsonl", ".geojsonl", ".ndjson", ".gpkg", ".shp", ".sqlite", ".fgb", ".kml", ".gml", ".zip"})
RASTER = frozenset({".tif", ".tiff", ".asc"})
MAX_BYTES = 8 << 30
MAX_FILES, MAX_DEPTH = 500, 3
_PARSE_UP_TO = 768 << 20


def files_of(path: Path) -> list[tuple[Path, bool]]:
    """The files to read: path itself, or what a folder and its folders hold that may be part of a city, by name.

    The flag says whether somebody named the file (then it must work) or it was only found.
    """
    if path.is_file():
        return [(path, True)]
    found: list[tuple[Path, bool]] = []

    def walk(folder: Path, depth: int) -> None:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise InputError(f"This folder cannot be read: {error.strerror}", where=str(folder)) from None
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_file() and entry.suffix.lower() in VECTOR | RASTER:
                found.append((entry, False))
                if len(found) > MAX_FILES:
                    raise InputError(
                        f"This folder holds more than {MAX_FILES} files", where=str(path), do="Name the ones you want, or write a recipe."
                    )
        for entry in entries:
            if depth < MAX_DEPTH and entry.is_dir() and not entry.name.startswith((".", "_")):
                walk(entry, depth + 1)

    walk(path, 1)
    return found


def read_file(path: Path, hints: Hints, crs_if_none: CRS | None = None) -> Parts:
    """Parts of a city in one file, whatever its format, told by its first bytes and then its name.

    crs_if_none: coordinate system of a source that does not say its own. Raises InputError.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}", where=str(path)) from None
    if not size:
        raise InputError("This file is empty", where=str(path))
    if size > MAX_BYTES:
        raise InputError(f"This file has {size / 2**30:.0f} GiB, more than the {MAX_BYTES >> 30} that are read", where=str(path))
    parts = _by_content(path, head, hints, size)
    if crs_if_none is not None:
        parts = _with(parts, crs_if_none)
    return parts


def _with(parts: Parts, crs: CRS) -> Parts:
    from dataclasses import replace

    parts.layers = [x if x.crs is not None else replace(x, crs=crs) for x in parts.layers]
    parts.solids = [x if x.crs is not None else replace(x, crs=crs) for x in parts.solids]
    parts.rasters = [x if x.crs is not None else replace(x, crs=crs) for x in parts.rasters]
    return parts


def _by_content(path: Path, head: bytes, hints: Hints, size: int) -> Parts:
    from twin.city.readers.raster import read_raster
    from twin.city.readers.vector import read_vector

    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        if path.suffix.lower() in (".geojsonl", ".ndjson") or size > _PARSE_UP_TO:
            return read_vector(path, hints)
        return _read_json(path.read_bytes(), path, hints)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") or start[:5].lower() == b"ncols":
        return read_raster(path, hints)
    if head[:4] == b"PK\3\4":
        return _read_zip(path, hints)
    if b"<OGRVRT" in head or b"<VRTDataset" in head:
        raise InputError("A virtual data set only points to others, which are not followed", where=str(path), do="Open the data itself.")
    if start[:1] == b"<" and b"CityModel" in head:
        raise InputError("CityGML is not read yet", where=str(path), do="Turn it into CityJSON with citygml-tools.")
    if path.suffix.lower() in RASTER:
        return read_raster(path, hints)
    if path.suffix.lower() == ".csv" or (path.suffix.lower() in (".txt", ".md", ".pdf", ".docx")):
        raise InputError("This is not a GIS layer, city model or terrain", where=str(path))
    return read_vector(path, hints)


def _read_json(data: bytes, path: Path, hints: Hints) -> Parts:
    from twin.city.readers.cityjson import kind_of, parse, read_cityjson
    from twin.city.readers.vector import read_vector

    try:
        documents = parse(data, path)
    except InputError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        parts = read_vector(path, hints)  # GDAL knows these words, JSON does not
        parts.problems.append(
            Problem("not_json", "warning", 1, "NaN and Infinity are not valid JSON; other programs may refuse this file", path.name)
        )
        return parts
    kind = kind_of(documents[0])
    if kind.startswith("CityJSON"):
        return read_cityjson(path, hints, documents)
    declared = _declared(documents[0], kind)
    del documents
    if declared is None:
        raise InputError("This is JSON, but neither GeoJSON nor CityJSON", where=str(path))
    return read_vector(path, hints, declared)


_SHAPES = frozenset(
    {"Feature", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection", "Topology"}
)


def _declared(document: Any, kind: str) -> int | None:
    """How many features a GeoJSON document says it has; None where it is none."""
    if kind != "FeatureCollection":
        return 1 if kind in _SHAPES else None
    features = document["features"] if "features" in document else None  # noqa: SIM401, simdjson has no get
    return len(features) if features is not None and not hasattr(features, "keys") and hasattr(features, "__len__") else None


def _read_zip(path: Path, hints: Hints) -> Parts:
    from twin.city.readers.cityjson import kind_of, parse, read_cityjson
    from twin.city.readers.vector import read_vector

    try:
        with zipfile.ZipFile(path) as archive:
            inside = [i for i in archive.infolist() if not i.is_dir()]
            documents = [i for i in inside if i.filename.lower().endswith(".json")]
            if len(documents) == 1 and len(inside) == 1:
                if documents[0].file_size > _PARSE_UP_TO:
                    raise InputError(
                        "The city model in this archive is too large to be read from it", where=str(path), do="Unpack it first."
                    )
                data = archive.read(documents[0])
                parsed = parse(data, path)
                if kind_of(parsed[0]).startswith("CityJSON"):
                    return read_cityjson(path, hints, parsed)
            elif any(i.filename.lower() in ("stops.txt", "stop_times.txt") for i in inside):
                raise InputError("This is a GTFS timetable, not a layer", where=str(path))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise InputError(f"This archive cannot be read: {error}", where=str(path), do="Is it complete?") from None
    return read_vector(path, hints)
