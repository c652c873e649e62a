"""JSON: CityJSON, GeoJSON, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem

PARSE_UP_TO = 768 << 20


def read_json(path: Path, hints: Hints) -> Parts:
    """Parts of a city in a JSON file. Raises InputError."""
    from twin.city.readers.vector import read_vector

    if path.suffix.lower() in (".geojsonl", ".ndjson") or path.stat().st_size > PARSE_UP_TO:
        return read_vector(path, hints)
    return read_json_bytes(path.read_bytes(), path, hints)


def read_json_bytes(data: bytes, path: Path, hints: Hints) -> Parts:
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
