"""Arrow tables as readers of GDAL layers and GeoParquet get them: attributes as pandas, geometry as shapely."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def attributes_of(arrow: pa.Table, encoding: str = "utf-8") -> pd.DataFrame:
    """Attributes in unique columns of plain values.

    Structures become a column per field (`names.primary`), lists JSON text, binary columns are left out. Text that is not in the
    encoding keeps what can be read of it.
    """
    import pyarrow as pa

    while any(pa.types.is_struct(f.type) for f in arrow.schema):
        arrow = arrow.flatten()
    columns: dict[str, pd.Series] = {}
    for i, field in enumerate(arrow.schema):
        kind, values = field.type, arrow.column(i)
        name, n = field.name, 2
        while name in columns:
            name, n = f"{field.name} {n}", n + 1
        if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
            columns[name] = pd.Series(_shared(values), dtype=object)
            continue
        if pa.types.is_dictionary(kind):
            values, kind = values.cast(kind.value_type), kind.value_type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
            continue
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            columns[name] = pd.Series(_text(values, encoding), dtype=object)
        elif pa.types.is_nested(kind):
            columns[name] = pd.Series([None if v is None else json.dumps(v, default=str) for v in values.to_pylist()], dtype=object)
        elif pa.types.is_integer(kind) and values.null_count:
            columns[name] = values.cast(pa.float64(), safe=False).to_pandas()
        else:
            columns[name] = values.to_pandas()
    return pd.DataFrame(columns, index=pd.RangeIndex(len(arrow)))


def _shared(values: pa.ChunkedArray) -> NDArray[np.object_]:
    """Texts of a dictionary column, one object for all rows of the same value."""
    out = []
    for chunk in values.chunks:
        words = np.full(len(chunk.dictionary) + 1, None, object)
        words[:-1] = chunk.dictionary.to_numpy(zero_copy_only=False)
        rows = chunk.indices.fill_null(len(words) - 1) if chunk.indices.null_count else chunk.indices
        at = np.asarray(rows).astype(np.int64)
        out.append(words[np.where((at >= 0) & (at < len(words)), at, len(words) - 1)])  # a broken file may name words it has not
    return np.concatenate(out) if out else np.empty(0, object)


def _text(values: pa.ChunkedArray, encoding: str) -> NDArray[np.object_]:
    import pyarrow as pa

    if encoding == "utf-8":
        try:
            return np.asarray(values.to_numpy(zero_copy_only=False), object)
        except (pa.ArrowException, UnicodeDecodeError):
            pass
    binary = pa.large_binary() if pa.types.is_large_string(values.type) else pa.binary()
    raw = values.cast(binary).to_pylist()
    return np.array([None if v is None else v.decode(encoding, "replace") for v in raw], object)


def shapes_of(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    """Geometries from WKB; rings left open are closed, what still cannot be built becomes None."""
    try:
        return np.asarray(shapely.from_wkb(wkb), object)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        fixed = np.asarray(shapely.from_wkb(wkb, on_invalid="fix"), object)
        missing = np.array([g is None for g in fixed], bool)
        fixed[missing] = shapely.from_wkb(wkb[missing], on_invalid="ignore")
        return fixed


def shapes_of_column(column: pa.ChunkedArray, encoding: str = "WKB") -> NDArray[np.object_]:
    """Geometries of a column: WKB, or one of the native encodings of GeoParquet 1.1 (nested lists of x, y, z structures or lists)."""
    import pyarrow as pa

    if encoding.upper() == "WKB":
        return shapes_of(np.asarray(column.to_numpy(zero_copy_only=False), object))
    chunks = [_native(chunk, encoding) for chunk in column.chunks if len(chunk)]
    if isinstance(column, pa.ChunkedArray) and not chunks:
        return np.empty(0, object)
    return np.concatenate(chunks)


_KINDS = {
    "point": (shapely.GeometryType.POINT, 0), "linestring": (shapely.GeometryType.LINESTRING, 1),
    "polygon": (shapely.GeometryType.POLYGON, 2), "multipoint": (shapely.GeometryType.MULTIPOINT, 1),
    "multilinestring": (shapely.GeometryType.MULTILINESTRING, 2), "multipolygon": (shapely.GeometryType.MULTIPOLYGON, 3),
}  # fmt: skip


def _native(array: pa.Array, encoding: str) -> NDArray[np.object_]:
    import pyarrow as pa

    if encoding.lower() not in _KINDS:
        raise ValueError(f"geometry encoded as '{encoding[:40]}'")
    kind, depth = _KINDS[encoding.lower()]
    missing = np.asarray(array.is_null())
    array = array.drop_null()
    offsets = []
    for _ in range(depth):
        if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
            raise ValueError("geometry that is not encoded as it says")
        own = np.asarray(array.offsets)
        offsets.append(own - own[0])
        array = array.flatten()
    if pa.types.is_struct(array.type):
        names = [array.type.field(i).name for i in range(array.type.num_fields)]
        xyz = [np.asarray(array.field(n), float) for n in ("x", "y", "z") if n in names]
        points = np.column_stack(xyz)
    elif pa.types.is_fixed_size_list(array.type):
        points = np.asarray(array.flatten(), float).reshape(len(array), array.type.list_size)[:, :3]
    else:
        raise ValueError("geometry that is not encoded as it says")
    out = np.full(len(missing), None, object)
    out[~missing] = shapely.from_ragged_array(kind, points, tuple(reversed(offsets)) or None)
    return out
