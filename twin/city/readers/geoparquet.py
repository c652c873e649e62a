"""GeoParquet 1.0 and 1.1, and plain Parquet with WKB, WKT or coordinates in columns; a file, or a folder of pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.arrow import attributes_of, shapes_of, shapes_of_column
from twin.city.readers.parts import Hints, Parts, TablePart, VectorLayer, credit_of, source_of
from twin.city.readers.places import located
from twin.city.readers.roles import detect_role
from twin.city.readers.stated import layer_as_stated
from twin.errors import InputError, Problem
from twin.frame import crs_name

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAX_ROWS = 20_000_000
BATCH = 250_000
"""Rows decoded at once: bounds the memory of WKB beside that of the geometries."""
MAX_UNPACKED = 6 << 30
"""Bytes of all rows unpacked; a column of one long text a million times is small in the file."""
_WKB_NAMES = ("geometry", "geom", "wkb", "wkb_geometry", "the_geom", "shape", "footprint")


def read_geoparquet(path: Path, hints: Hints) -> Parts:
    """One layer, or a table where nothing has a place. A missing `crs` means longitude and latitude (GeoParquet 1.1, section crs).

    Raises InputError.
    """
    import pyarrow as pa

    label = hints.name or path.name
    parts = Parts()
    try:
        table, shapes, crs = _read(path, hints, label, parts)
    except (pa.ArrowException, ValueError, TypeError, KeyError, OSError, MemoryError) as error:
        text = str(error).replace(str(path), path.name).splitlines()[0][:200].rstrip(".") if str(error) else "it is broken"
        raise InputError(f"This Parquet file cannot be read: {text}", where=str(path), do="Is it complete?") from error
    if shapes is None:
        found = located(table, hints, label)
        parts.problems += found.problems
        table, shapes, crs = found.table, found.geometry, found.crs
    licence, attribution = credit_of(table)
    if shapes is None:
        parts.tables.append(TablePart(path.stem, table, label, hints.join))
    else:
        own, crs = crs, None if hints.engineering else hints.crs or crs
        role = hints.role or detect_role([path.stem], table, shapes)
        layer = VectorLayer(path.stem, role, table, shapes, crs, label, hints.engineering, hints.fields)
        parts.layers.append(layer_as_stated(layer, hints, own))
    parts.sources.append(source_of(path, hints, crs_name(crs), licence, attribution))
    return parts


def _read(path: Path, hints: Hints, label: str, parts: Parts) -> tuple[pd.DataFrame, NDArray[np.object_] | None, CRS | None]:
    import pyarrow.parquet as pq

    files = [path] if path.is_file() else sorted(f for f in path.rglob("*.parquet") if f.is_file() and not f.name.startswith(("_", ".")))
    if not files:
        raise InputError("This folder holds no Parquet file", where=str(path))
    tables: list[pd.DataFrame] = []
    shapes: list[NDArray[np.object_]] = []
    crs: CRS | None = None
    rows = 0
    for i, name in enumerate(files):
        with pq.ParquetFile(name) as plain, pq.ParquetFile(name, read_dictionary=_texts(plain)) as file:
            rows += file.metadata.num_rows
            if rows > MAX_ROWS:
                raise InputError(f"This file has more than {MAX_ROWS:,} rows", where=str(path), do="Cut the city out of it first.")
            column, encoding, own = _geometry_of(file, label, parts if i == 0 else Parts())
            crs = own if i == 0 else crs
            for table, found in _batches(file, column, encoding):
                tables.append(table.assign(**_keys_of(name, path)))
                if found is not None:
                    shapes.append(found)
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if not len(table):
        raise InputError("This Parquet file has no rows", where=str(path))
    whole = np.concatenate(shapes) if shapes else None
    if whole is not None and len(whole) != len(table):
        raise InputError("The files of this folder are not pieces of one layer", where=str(path), do="Name one of them.")
    return table, whole, crs


def _batches(file: pq.ParquetFile, column: str | None, encoding: str) -> Any:
    import pyarrow as pa

    unpacked = 0
    for batch in file.iter_batches(_rows_at_once(file, column)):
        arrow = pa.Table.from_batches([batch])
        unpacked += arrow.nbytes
        if unpacked > MAX_UNPACKED:
            raise InputError(f"This file unpacks to more than {MAX_UNPACKED >> 30} GB", do="Cut the city out of it first.")
        if column is None:
            yield attributes_of(arrow), None
            continue
        geometry = arrow.column(column)
        shapes = shapes_of(np.array([*map(_unwrapped, geometry.to_pylist())], object)) if encoding == "?" else None
        rest = arrow.drop_columns([c for c in (column, "bbox") if c in arrow.column_names])
        yield attributes_of(rest), shapes if shapes is not None else shapes_of_column(geometry, encoding)


def _rows_at_once(file: pq.ParquetFile, column: str | None) -> int:
    """Few where the geometries are smaller in the file than any WKB is: the same one again and again, perhaps a large one."""
    about = file.metadata
    sizes = [
        (group.column(j).total_uncompressed_size, group.num_rows)
        for group in (about.row_group(i) for i in range(about.num_row_groups))
        for j in range(group.num_columns)
        if column is not None and group.column(j).path_in_schema == column
    ]
    return 1_000 if any(size < 21 * rows and size > 4_096 for size, rows in sizes) else BATCH


def _texts(file: pq.ParquetFile) -> list[str]:
    """Columns of text, to be read as dictionaries: rows of the same value then share it."""
    import pyarrow as pa

    return [f.name for f in file.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]


def _unwrapped(value: Any) -> bytes | None:
    """WKB of a plain Parquet column; what is none becomes nothing."""
    return value if isinstance(value, bytes) and len(value) > 8 and value[0] in (0, 1) else None


def _geometry_of(file: pq.ParquetFile, label: str, parts: Parts) -> tuple[str | None, str, CRS | None]:
    """Column, encoding and CRS of the geometry; None where the file has none that is known by its metadata or name."""
    import pyarrow as pa

    schema = file.schema_arrow
    raw = (schema.metadata or {}).get(b"geo")
    if raw is not None:
        try:
            said = json.loads(raw)
            column = str(said["primary_column"])
            about = said["columns"][column]
            encoding = str(about.get("encoding", "WKB"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("its metadata about geometry is broken") from None
        if column not in schema.names:
            raise ValueError(f"its geometry column '{column[:80]}' is not there")
        return column, encoding, _crs(about, label, parts)
    for field in schema:
        binary = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
        if binary and field.name.lower() in _WKB_NAMES:
            return field.name, "?", None
    return None, "", None


def _crs(about: dict[str, Any], label: str, parts: Parts) -> CRS | None:
    if "crs" not in about:
        return CRS.from_user_input("OGC:CRS84")
    if about["crs"] is None:
        return None
    try:
        crs = CRS.from_json_dict(about["crs"]) if isinstance(about["crs"], dict) else CRS.from_user_input(about["crs"])
    except (CRSError, KeyError, TypeError, ValueError):
        parts.problems.append(Problem("crs_unknown", "error", 1, "The coordinate system that the file states is not understood", label))
        return None
    return crs


def _keys_of(file: Path, root: Path) -> dict[str, str]:
    """What the names of folders say (`country=NL/part-0.parquet`)."""
    if file == root:
        return {}
    return {k: v for k, e, v in (p.partition("=") for p in file.relative_to(root).parts[:-1]) if e}
