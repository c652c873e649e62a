"""Property tables of a glTF document (EXT_structural_metadata) and of 3D Tiles: one row per feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.gltf_document import Document, json_of

MAX_ROWS = 20_000_000
_TYPES = {
    "INT8": "i1", "UINT8": "u1", "INT16": "<i2", "UINT16": "<u2", "INT32": "<i4", "UINT32": "<u4", "INT64": "<i8", "UINT64": "<u8",
    "FLOAT32": "<f4", "FLOAT64": "<f8",
}  # fmt: skip
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16, "ENUM": 1}


def tables_of(document: Document) -> list[pd.DataFrame]:
    """The property tables, decoded as far as their schema is in the file (a schema beside it is asked for)."""
    found = document.extension(document.json, "EXT_structural_metadata")
    tables = found.get("propertyTables")
    if not isinstance(tables, list):
        return []
    schema = found.get("schema")
    if schema is None and "schemaUri" in found:
        schema = json_of(document.resource(str(found["schemaUri"])))
    return [_table(document, entry, schema if isinstance(schema, dict) else {}) for entry in tables]


def _table(document: Document, entry: dict[str, Any], schema: dict[str, Any]) -> pd.DataFrame:
    count = int(entry.get("count", 0))
    if not 0 <= count <= MAX_ROWS:
        raise ValueError(f"a property table has {count} rows")
    stated = schema.get("classes", {}).get(entry.get("class"), {}).get("properties", {})
    properties = entry.get("properties")
    columns: dict[str, Any] = {}
    for name, where in (properties if isinstance(properties, dict) else {}).items():
        kind = stated.get(name, {})
        # A key has no blanks or accents; the name we write beside it has.
        title = kind.get("name", name) if schema.get("id") == "urban_twin" else name
        columns[str(title)] = _column(document, where, kind, schema, count)
    return pd.DataFrame(columns, index=pd.RangeIndex(count))


def _column(document: Document, where: dict[str, Any], kind: dict[str, Any], schema: dict[str, Any], count: int) -> Any:
    """Values of one property: numbers (SCALAR, VECn, MATn), BOOLEAN, STRING, ENUM; arrays of them as lists."""
    data = document.view(int(where["values"]))
    of_type, component = str(kind.get("type", "SCALAR")), str(kind.get("componentType", ""))
    is_array, fixed = bool(kind.get("array")), kind.get("count")
    lengths: NDArray[np.int64] | None = None
    total = count
    if is_array:
        if fixed is not None:
            lengths = np.full(count, int(fixed), np.int64)
        else:
            edges = _offsets(document, where, "arrayOffsets", "arrayOffsetType", count)
            lengths = np.diff(edges)
        if (lengths < 0).any():
            raise ValueError("array offsets run backwards")
        total = int(lengths.sum())
    if total > MAX_ROWS:
        raise ValueError(f"a property has {total} values")
    if of_type == "STRING":
        edges = _offsets(document, where, "stringOffsets", "stringOffsetType", total)
        if (np.diff(edges) < 0).any() or (len(edges) and edges[-1] > len(data)):
            raise ValueError("string offsets run beyond their data")
        values: Any = np.array([data[a:b].decode("utf-8", "replace") for a, b in zip(edges[:-1], edges[1:], strict=True)] + [""], object)[
            :-1
        ]
    elif of_type == "BOOLEAN":
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        values = bits[:total].astype(bool)
    else:
        width = _WIDTHS[of_type]
        if of_type == "ENUM":
            enum = schema.get("enums", {}).get(kind.get("enumType"), {})
            component = str(enum.get("valueType", "UINT16"))
        numbers = np.frombuffer(data, _TYPES[component], total * width)
        if of_type == "ENUM":
            names = {int(v["value"]): str(v["name"]) for v in enum.get("values", [])}
            values = np.array([names.get(int(n), str(n)) for n in numbers] + [""], object)[:-1]
        else:
            values = _scaled(numbers, component, kind, where)
            if width > 1:
                values = _lists(values, np.full(total, width, np.int64))
    if len(values) < total:
        raise ValueError("a property has too few values")
    if lengths is not None:
        return _lists(values, lengths)
    if kind.get("noData") is not None and of_type in ("SCALAR", "STRING", "ENUM"):
        return pd.Series(values).where(pd.Series(values) != kind["noData"])
    return values


def _scaled(numbers: NDArray[Any], component: str, kind: dict[str, Any], where: dict[str, Any]) -> NDArray[Any]:
    if kind.get("normalized") and numbers.dtype.kind in "iu":
        numbers = np.maximum(numbers / np.iinfo(_TYPES[component]).max, -1.0)
    scale, offset = where.get("scale", kind.get("scale")), where.get("offset", kind.get("offset"))
    if isinstance(scale, (int, float)) or isinstance(offset, (int, float)):
        return np.asarray(numbers * float(scale if scale is not None else 1.0) + float(offset or 0.0))
    return numbers


def _offsets(document: Document, where: dict[str, Any], name: str, kind: str, count: int) -> NDArray[np.int64]:
    data = document.view(int(where[name]))
    found = np.frombuffer(data, _TYPES[str(where.get(kind, "UINT32"))], count + 1)
    return found.astype(np.int64)


def _lists(values: Any, lengths: NDArray[np.int64]) -> NDArray[np.object_]:
    out = np.empty(len(lengths), object)
    ends = np.cumsum(lengths)
    for i, (end, size) in enumerate(zip(ends, lengths, strict=True)):
        out[i] = np.asarray(values[end - size : end]).tolist()
    return out
