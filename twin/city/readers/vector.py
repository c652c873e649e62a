"""GeoJSON, GeoPackage, Shapefile, SpatiaLite, FlatGeobuf and whatever else GDAL's vector drivers read."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.parts import Hints, Parts, VectorLayer, credit_of, source_of
from twin.city.readers.roles import detect_role
from twin.city.readers.stated import as_stated
from twin.errors import InputError, Problem
from twin.frame import crs_name

MAX_FEATURES = 20_000_000


def read_vector(path: Path, hints: Hints, declared: int | None = None) -> Parts:
    """All layers of a vector file. Raises InputError where nothing in it can be used.

    declared: number of features the file claims to have (GeoJSON), to report those GDAL leaves out.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    parts = Parts()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            # A GeoJSON file has one layer; asking for its name would read it once more.
            names = [None] if declared is not None else [str(n) for n, _ in pyogrio.list_layers(path)]
            read = [(n or path.stem, *_read_layer(path, n)) for n in names]
        except (DataSourceError, DataLayerError, FieldError, ValueError, OSError) as error:
            raise InputError(
                f"This file cannot be read: {_short(error, path)}", where=str(path), do="Is it complete, and what its name says?"
            ) from error
    with_geometry = [(n, meta, table, shapes) for n, meta, table, shapes in read if shapes is not None]
    if not with_geometry:
        raise InputError("This table has no geometry", where=str(path), do="A GIS layer is needed: points, lines or areas.")
    label = hints.name or path.name
    # numpy in another thread says "invalid value encountered"; all other RuntimeWarnings are GDAL's.
    told = [w for w in caught if issubclass(w.category, RuntimeWarning) and "encountered in" not in str(w.message)]
    complaints = sorted({_short(w.message, path) for w in told})
    if complaints:
        parts.problems.append(Problem("gdal", "warning", len(told), "; ".join(complaints[:3]), label))
    found = sum(len(t) for _, _, t, _ in with_geometry)
    if declared is not None and found < declared:
        parts.problems.append(
            Problem(
                "not_features",
                "warning",
                declared - found,
                f"{declared - found} of {declared} entries are not GeoJSON features and were left out",
                label,
            )
        )
    licence, attribution, crs_seen = "", "", None
    for name, meta, table, shapes in with_geometry:
        crs = None if hints.engineering else hints.crs or _crs(meta.get("crs"), label, parts)
        crs_seen = crs_seen or crs_name(crs)
        if not len(table):
            parts.problems.append(Problem("empty_layer", "info", 1, f"The layer '{name}' has no features", label))
            continue
        role = hints.role or detect_role([name, path.stem], table, shapes)
        if not licence:
            licence, attribution = credit_of(table)
        parts.layers.append(VectorLayer(name, role, table, shapes, crs, label, hints.engineering, hints.fields))
    if not parts.layers and not len(names):
        raise InputError("This file has no layers", where=str(path))
    if not parts.layers:
        raise InputError("This file has no features that can be read", where=str(path))
    parts.sources.append(source_of(path, hints, crs_seen, licence, attribution))
    return as_stated(parts, hints)


def _read_layer(path: Path, layer: str | None) -> tuple[dict[str, Any], pd.DataFrame, NDArray[np.object_] | None]:
    import pyogrio

    meta, arrow = pyogrio.read_arrow(path, layer=layer, max_features=MAX_FEATURES)
    column = meta["geometry_name"] or "wkb_geometry"
    if column not in arrow.column_names:
        return meta, _table(arrow), None
    table = _table(arrow.drop_columns([column]))
    wkb = np.array(arrow.column(column).to_pylist() or [], object)
    return meta, table, shapes_of(wkb)


def _table(arrow: Any) -> pd.DataFrame:
    """Attributes; text that is not the UTF-8 it should be keeps what can be read of it."""
    import pyarrow as pa

    try:
        return arrow.to_pandas()
    except (pa.ArrowException, UnicodeDecodeError):
        columns: dict[str, Any] = {}
        for name in arrow.column_names:
            values = arrow.column(name)
            if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                raw = values.cast(pa.large_binary() if pa.types.is_large_string(values.type) else pa.binary()).to_pylist()
                columns[name] = pd.Series([None if v is None else v.decode("utf-8", "replace") for v in raw], dtype=object)
            else:
                columns[name] = values.to_pandas()
        return pd.DataFrame(columns)


def shapes_of(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    """Geometries from WKB; rings left open are closed, what still cannot be built becomes None."""
    try:
        return np.asarray(shapely.from_wkb(wkb), object)
    except (shapely.errors.ShapelyError, ValueError):
        fixed = np.asarray(shapely.from_wkb(wkb, on_invalid="fix"), object)
        missing = np.array([g is None for g in fixed], bool)
        fixed[missing] = shapely.from_wkb(wkb[missing], on_invalid="ignore")
        return fixed


def _crs(text: str | None, label: str, parts: Parts) -> CRS | None:
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError:
        parts.problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system '{text[:80]}' is not understood", label))
        return None


def _short(error: object, path: Path) -> str:
    if ".shx" in str(error):
        return "its index (.shx) is not beside it"
    text = re.sub(r"OGR\w+\(\): ", "", str(error)).replace(str(path), path.name).split("; It might help")[0].strip()
    return text[:200].rstrip(".")
