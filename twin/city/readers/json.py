"""JSON: CityJSON, GeoJSON, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem, UnknownFormat

PARSE_UP_TO = 768 << 20


def read_json(path: Path, hints: Hints) -> Parts:
    """Parts of a city in a JSON file. Raises InputError."""
    from twin.city.readers.vector import read_vector

    if path.suffix.lower() in (".geojsonl", ".ndjson"):
        return read_vector(path, hints)
    with open(path, "rb") as file:
        if path.stat().st_size > PARSE_UP_TO and not _is_stream(file):
            return read_vector(path, hints)
        return read_json_file(file, path, hints)


def _is_stream(file: BinaryIO) -> bool:
    """Whether CityJSON comes line by line; then its size does not matter."""
    line = file.readline(PARSE_UP_TO)
    more = file.read(1)
    file.seek(0)
    return bool(more) and b'"CityJSON' in line and line.rstrip().endswith(b"}")


def read_json_file(file: BinaryIO, path: Path, hints: Hints) -> Parts:
    """As read_json, of an open file; path is where it lies, or the archive it is in."""
    from twin.city.readers.cityjson import read_cityjson
    from twin.city.readers.cityjson_file import parse
    from twin.city.readers.stated import solids_as_stated
    from twin.city.readers.vector import read_vector

    try:
        document = parse(file, path)
    except InputError:
        file.seek(0)
        data = file.read()
        if b"NaN" not in data and b"Infinity" not in data:
            raise
        parts = read_vector(path, hints)  # GDAL knows these words, JSON does not
        parts.problems.append(
            Problem("not_json", "warning", 1, "NaN and Infinity are not valid JSON; other programs may refuse this file", path.name)
        )
        return parts
    if document.is_cityjson:
        parts = read_cityjson(path, hints, document)
        parts.solids = [solids_as_stated(s, hints) for s in parts.solids]
        return parts
    declared = _declared(document.content, document.kind)
    del document
    if declared is None:
        raise UnknownFormat("This is JSON, but neither GeoJSON nor CityJSON", where=str(path))
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
