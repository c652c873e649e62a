"""The one door to GDAL's vector drivers: only what is a plain file of a known format goes through, nothing it points at is opened."""

from __future__ import annotations

import re
import sqlite3
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.readers.arrow import attributes_of, shapes_of
from twin.errors import InputError, UnknownFormat

MAX_FEATURES = 20_000_000
BATCH = 65_536
MOST_TIMES, MOST_FROM = 50, 256 << 20
"""Times its own size that a file may give, beyond so many bytes: views and blocks in blocks give without end."""
_VIEWS_S = 5.0
_SAFE = {
    "GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_USE_SCHEMA_IMPORT": "NO", "PROJ_NETWORK": "OFF",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none", "GDAL_HTTP_TIMEOUT": "1", "GDAL_HTTP_CONNECTTIMEOUT": "1",
    # A scheme of proxy that curl does not know: it fails before it asks anybody. A GeoJSON may name its CRS by a link.
    "GDAL_HTTP_PROXY": "none://none", "GDAL_HTTPS_PROXY": "none://none",
    "OGR_SQLITE_LOAD_EXTENSIONS": None, "OGR_GEOJSON_MAX_OBJ_SIZE": "100",
}  # fmt: skip
_OWN_MODULES = re.compile(
    r"\b(rtree|fts[345]|virtualspatialindex|spatialindex|virtualelementary|virtualknn2?|geopoly|dbstat)\b", re.IGNORECASE
)
_POINTING = (b"<OGRVRTDataSource", b"<OGRWFSDataSource", b"<WFS_Capabilities", b"WFS_Capabilities", b"<GDAL_WMS", b"<OGRWMS")


def open_safely(path: Path) -> None:
    """Raises InputError for what GDAL must not open: files that point at other files or servers, and what is no known format."""
    if path.is_dir():
        if path.suffix.lower() != ".gdb":
            raise InputError("This folder is no source by itself", where=str(path))
        return
    with open(path, "rb") as file:
        head = file.read(65_536)
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe\x1e \t\r\n")
    suffix = path.suffix.lower()
    if head.startswith(b"SQLite format 3"):
        _check_sqlite(path)
    elif plain.startswith(b"<"):
        if any(word in plain for word in _POINTING):
            raise InputError("This file only points at other files or servers", where=str(path), do="Open those themselves.")
        if b"<!ENTITY" in plain or b"<!DOCTYPE" in plain:
            raise InputError("This file declares XML entities, which is not safe to read", where=str(path))
        if not re.search(rb"<(\w+:)?(kml|gpx)\b|opengis\.net/gml|<(\w+:)?FeatureCollection", plain):
            raise UnknownFormat("This XML is no GIS layer that is known here", where=str(path))
    elif not (
        head[:4] in (b"\0\0\x27\x0a", b"fgb\x03")
        or plain[:1] in (b"{", b"[")
        or plain[:6].lower() in (b"!table", b"versio")
        or head.startswith(b"AutoCAD Binary DXF")
        or suffix in (".dxf", ".tab", ".mif", ".dbf", ".shp", ".gpkg", ".fgb")
    ):
        raise UnknownFormat("This is not a GIS layer, city model or terrain", where=str(path), do="Is it complete, and what its name says?")


def _check_sqlite(path: Path) -> None:
    """A database may hold tables that are other files (VirtualOGR, VirtualShape); such are not opened."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            found = database.execute("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE%VIRTUAL%'").fetchmany(1000)
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        raise InputError(f"This database cannot be read: {str(error)[:120]}", where=str(path), do="Is it complete?") from None
    for (sql,) in found:
        if re.match(r"\s*CREATE\s+VIRTUAL", str(sql), re.IGNORECASE) and not _OWN_MODULES.search(str(sql).partition("USING")[2]):
            raise InputError("This database has tables that point at other files", where=str(path), do="Open those themselves.")
    _check_views(path)


def _check_views(path: Path) -> None:
    """A view is a program; one that does not give its first row soon never would."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        end = time.monotonic() + _VIEWS_S
        database.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            views = [str(name) for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchmany(1000)]
        except (sqlite3.Error, UnicodeDecodeError, MemoryError):
            return
        for name in views:
            quoted = name.replace('"', '""')
            try:
                database.execute(f'SELECT 1 FROM "{quoted}" LIMIT 1').fetchone()
            except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:  # mostly functions that only GDAL has
                if "interrupted" in str(error):
                    raise InputError(f"The view '{name[:80]}' of this database does not end", where=str(path)) from None


@contextmanager
def _openable(path: Path) -> Iterator[Path]:
    """The path for GDAL: absolute (a name such as WFS:x would ask a server); GML as a link elsewhere, since GDAL writes beside it."""
    import tempfile

    if path.suffix.lower() not in (".gml", ".xml"):
        yield path.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="twin-gml-") as folder:
        link = Path(folder) / "layer.gml"
        try:
            link.symlink_to(path.absolute())
        except OSError:  # Windows without the right to link
            import shutil

            shutil.copyfile(path, link)
        yield link


def layers_of(path: Path) -> list[tuple[str, bool]]:
    """Names of the layers and whether they have a geometry. Raises what pyogrio raises."""
    import pyogrio

    pyogrio.set_gdal_config_options(_SAFE)
    with _openable(path) as file:
        return [(str(name), kind is not None) for name, kind in pyogrio.list_layers(file)]


def read_layer(
    path: Path, layer: str | None, encoding: str = "", most: int = MAX_FEATURES
) -> tuple[dict[str, Any], pd.DataFrame, NDArray[np.object_] | None]:
    """What GDAL tells of a layer (None: the first), its attributes, its geometries (None for a table without); of about `most` rows.

    Read in batches, so that the WKB of a large layer is never there as a whole. Curves become lines of short steps, M values go.
    encoding: of a shapefile or DXF that does not say its own. Raises what pyogrio raises.
    """
    import pyarrow as pa
    import pyogrio

    pyogrio.set_gdal_config_options({**_SAFE, "DXF_ENCODING": encoding or None})
    tables: list[pd.DataFrame] = []
    shapes: list[NDArray[np.object_]] = []
    curved, count, given = False, 0, 0
    budget = MOST_FROM + MOST_TIMES * (path.stat().st_size if path.is_file() else sum(f.stat().st_size for f in path.iterdir()))
    with _openable(path) as file:
        more = {"encoding": encoding} if encoding and path.suffix.lower() in (".shp", ".dbf", ".tab", ".mif") else {}
        with pyogrio.raw.open_arrow(file, layer=layer, batch_size=BATCH, use_pyarrow=True, **more) as (meta, reader):
            column = meta["geometry_name"] or "wkb_geometry"
            there = column in reader.schema.names
            empty = reader.schema.empty_table()
            for batch in reader:
                arrow = pa.Table.from_batches([batch])
                given += arrow.nbytes
                if given > budget:
                    raise InputError("This file gives far more than it holds", where=str(path), do="Has it views, or blocks in blocks?")
                tables.append(attributes_of(arrow.drop_columns([column]) if there else arrow))
                if there and not curved:
                    try:
                        shapes.append(_flat(shapes_of(np.asarray(arrow.column(column).to_numpy(zero_copy_only=False), object))))
                    except NotImplementedError:
                        curved = True
                count += len(arrow)
                if count >= most:
                    break
        table = pd.concat(tables, ignore_index=True) if tables else attributes_of(empty.drop_columns([column]) if there else empty)
        if not there:
            return meta, table, None
        if curved:  # GDAL makes lines of curves only where it does not speak Arrow
            wkb = pyogrio.raw.read(file, layer=layer, columns=[], max_features=count)[2]
            return meta, table, _flat(shapes_of(wkb))
    return meta, table, np.concatenate(shapes) if shapes else np.empty(0, object)


def _flat(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Without measures along the line (M)."""
    measured = shapely.has_m(shapes)
    if measured.any():
        rows = np.flatnonzero(measured)
        with_z = shapely.has_z(shapes[rows])
        shapes[rows[~with_z]] = shapely.force_2d(shapes[rows[~with_z]])
        shapes[rows[with_z]] = shapely.from_wkb(shapely.to_wkb(shapes[rows[with_z]], output_dimension=3))
    return shapes


_OF_NO_USE = ("Altering it to be unique",)
"""Of numbers that GDAL gives features and nobody here uses; ids that repeat are told in our own words."""


def complaints(caught: list[warnings.WarningMessage], path: Path) -> tuple[list[str], int]:
    """What GDAL had to say, each once, and how often it spoke."""
    # numpy in another thread says "invalid value encountered"; all other RuntimeWarnings are GDAL's.
    told = [w for w in caught if issubclass(w.category, RuntimeWarning) and "encountered in" not in str(w.message)]
    told = [w for w in told if not any(part in str(w.message) for part in _OF_NO_USE)]
    return sorted({short(w.message, path) for w in told}), len(told)


def short(error: object, path: Path) -> str:
    if ".shx" in str(error):
        return "its index (.shx) is not beside it"
    text = re.sub(r"OGR\w+\(\): ", "", str(error)).replace(str(path), path.name).split("; It might help")[0].strip()
    return text[:200].rstrip(".")
