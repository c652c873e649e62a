"""Map tiles on disk: MBTiles, GeoPackages, and folders z/x/y of pictures."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from twin.city.city import Source
from twin.city.readers.maptiles import MAX_ZOOM, Bounds, GetTile, tiles_image
from twin.city.readers.parts import Hints, Parts, source_of
from twin.city.readers.photograph import read_photograph
from twin.city.readers.rasterfile import crs_of, opened
from twin.errors import InputError
from twin.frame import crs_name

MOST_BYTES = 16 << 20
"""Of one tile."""
SQL_SECONDS = 10.0
_PICTURE = re.compile(r"(\d{1,8})\.(png|jpe?g|webp)", re.IGNORECASE)


def read_imagery(path: Path, hints: Hints) -> Parts:
    """Raster map tiles of an MBTiles file, of a GeoPackage (and its vector layers), or of a folder z/x/y.png (.jpg, .webp) in XYZ or,
    where it says so, TMS order.

    Raises InputError where there are no raster tiles; vector tiles cannot be shown.
    """
    if path.is_dir():
        return _folder(path, hints)
    return _geopackage(path, hints) if path.suffix.lower() == ".gpkg" else _mbtiles(path, hints)


def has_tiles(path: Path) -> bool:
    """Whether a GeoPackage has tables of map tiles."""
    try:
        return bool(_rows(path, "SELECT 1 FROM gpkg_contents WHERE data_type = 'tiles' LIMIT 1"))
    except (sqlite3.Error, UnicodeDecodeError, MemoryError):
        return False


def _geopackage(path: Path, hints: Hints) -> Parts:
    from twin.city.readers.vector import read_vector

    label = hints.name or path.name
    try:
        tables = [str(t) for (t,) in _rows(path, "SELECT table_name FROM gpkg_contents WHERE data_type = 'tiles' LIMIT 20")]
        with_features = bool(_rows(path, "SELECT 1 FROM gpkg_contents WHERE data_type = 'features' LIMIT 1"))
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        raise InputError(f"This GeoPackage cannot be read: {error}", where=str(path)) from None
    parts = read_vector(path, hints) if with_features else Parts()
    for table in [t for t in tables if t in hints.layers or not hints.layers]:
        inside = f"GPKG:{path.absolute()}:{table}"
        with opened(path, inside) as file:
            crs = None if hints.engineering else hints.crs or crs_of(file, path)
            parts.images.append(read_photograph(path, file, crs, hints, label, inside, table))
    if not parts.sources:
        parts.sources.append(source_of(path, hints, crs_name(parts.images[0].crs) if parts.images else None))
    return parts


def _mbtiles(path: Path, hints: Hints) -> Parts:
    label = hints.name or path.name
    try:
        said = dict(_rows(path, "SELECT name, value FROM metadata LIMIT 1000"))
        low, high = _rows(path, "SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        first = _rows(path, "SELECT tile_data FROM tiles LIMIT 1")
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        raise InputError(f"These map tiles cannot be read: {error}", where=str(path), do="Is the file a complete MBTiles?") from None
    if not first or not isinstance(low, int) or not isinstance(high, int) or not 0 <= low <= high:
        raise InputError("This MBTiles file has no tiles", where=str(path))
    data = first[0][0]
    if str(said.get("format", "")).lower() in ("pbf", "mvt") or (isinstance(data, bytes) and data[:2] == b"\x1f\x8b"):
        raise InputError("These are vector tiles; only tiles that are pictures can be shown", where=str(path))

    spent = 0.0

    def get(z: int, x: int, y: int) -> bytes | None:
        nonlocal spent
        if spent > SQL_SECONDS:  # a broken index can make every look-up walk through the whole file
            return None
        since = time.monotonic()
        try:
            # Rows of MBTiles count from the south, whatever the metadata says (MBTiles 1.3).
            found = _rows(
                path, "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?", (z, x, 2**z - 1 - y)
            )
        except (sqlite3.Error, UnicodeDecodeError, MemoryError):
            return None
        finally:
            spent += time.monotonic() - since
        return found[0][0] if found and isinstance(found[0][0], bytes) else None

    bounds = _bounds(said.get("bounds")) or _covered(path, min(high, MAX_ZOOM))
    parts = Parts()
    parts.images.append(tiles_image(str(said.get("name") or path.stem)[:80], bounds, (low, high), get, label))
    parts.sources.append(source_of(path, hints, "EPSG:3857", attribution=_plain(said.get("attribution"))))
    return parts


def _rows(path: Path, query: str, values: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
    """Result of a query that may not run long: the tables of an MBTiles file may be views, and views may be anything."""
    until = time.monotonic() + SQL_SECONDS
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        return connection.execute(query, values).fetchmany(1000)
    finally:
        connection.close()


def _covered(path: Path, zoom: int) -> Bounds | None:
    """Longitude and latitude around the tiles of one zoom."""
    try:
        x0, x1, y0, y1 = _rows(
            path, "SELECT min(tile_column), max(tile_column), min(tile_row), max(tile_row) FROM tiles WHERE zoom_level = ?", (zoom,)
        )[0]
    except (sqlite3.Error, UnicodeDecodeError, MemoryError):
        return None
    if not all(isinstance(v, int) and 0 <= v < 2**zoom for v in (x0, x1, y0, y1)):
        return None
    return _lonlat(x0, 2**zoom - 1 - y1, x1, 2**zoom - 1 - y0, zoom)


def _lonlat(c0: int, r0: int, c1: int, r1: int, zoom: int) -> Bounds:
    """Around columns c0..c1 and rows r0..r1 (from the north) of a zoom."""
    import math

    n = 2**zoom

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n))))

    return c0 / n * 360 - 180, latitude(r1 + 1), (c1 + 1) / n * 360 - 180, latitude(r0)


def _bounds(said: Any) -> Bounds | None:
    """ "west,south,east,north" or a list of them; None for what is no such thing."""
    values = said.split(",") if isinstance(said, str) else said
    try:
        west, south, east, north = (float(v) for v in values)
    except (TypeError, ValueError):
        return None
    good = -180.001 <= west < east <= 180.001 and -90 <= south < north <= 90
    return (west, south, east, north) if good else None


def _plain(text: object) -> str:
    """Attribution is often HTML."""
    return re.sub(r"<[^>]{0,300}>", "", str(text or "")).strip()[:300]


def _folder(path: Path, hints: Hints) -> Parts:
    said = _metadata(path)
    zooms = sorted(int(p.name) for p in path.iterdir() if p.name.isdigit() and len(p.name) < 3 and p.is_dir())
    zooms = [z for z in zooms if z <= MAX_ZOOM]
    if not zooms:
        raise InputError("This folder has no zoom levels of map tiles", where=str(path))
    tms = str(said.get("scheme", "")).lower() == "tms" or (path / "tilemapresource.xml").is_file()
    parts = Parts()
    bounds = _bounds(said.get("bounds")) or _bounds_of_folder(path / str(zooms[-1]), zooms[-1], tms)
    if bounds is None:
        raise InputError("This folder has no map tiles", where=str(path))
    name, label = str(said.get("name") or path.name)[:80], hints.name or path.name
    parts.images.append(tiles_image(name, bounds, (zooms[0], zooms[-1]), _from_folder(path, tms), label))
    attribution = hints.attribution or _plain(said.get("attribution"))
    parts.sources.append(Source(label, str(path), hints.licence, attribution, "EPSG:3857", hints.date, _digest(path)))
    return parts


def _from_folder(path: Path, tms: bool) -> GetTile:
    def get(z: int, x: int, y: int) -> bytes | None:
        row = 2**z - 1 - y if tms else y
        for ending in ("png", "jpg", "jpeg", "webp"):
            file = path / str(z) / str(x) / f"{row}.{ending}"
            try:
                with open(file, "rb") as found:
                    data = found.read(MOST_BYTES + 1)
            except OSError:
                continue
            return data if len(data) <= MOST_BYTES else None
        return None

    return get


def _metadata(path: Path) -> dict[str, Any]:
    """What metadata.json or tilejson.json beside the tiles says; nothing where it cannot be read."""
    for name in ("metadata.json", "tilejson.json", "tiles.json"):
        file = path / name
        try:
            if file.stat().st_size > 1 << 20:
                continue
            said = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            return said
    return {}


def _bounds_of_folder(path: Path, zoom: int, tms: bool) -> Bounds | None:
    columns = [p for p in path.iterdir() if p.name.isdigit() and int(p.name) < 2**zoom]
    rows: set[int] = set()
    for column in columns[:2000]:
        try:
            rows |= {int(m.group(1)) for p in column.iterdir() if (m := _PICTURE.fullmatch(p.name))}
        except OSError:
            continue
    rows = {r for r in rows if r < 2**zoom}
    if not rows:
        return None
    top, bottom = (2**zoom - 1 - max(rows), 2**zoom - 1 - min(rows)) if tms else (min(rows), max(rows))
    numbers = [int(c.name) for c in columns]
    return _lonlat(min(numbers), top, max(numbers), bottom, zoom)


def _digest(path: Path) -> str:
    """Of the names and sizes of the first tiles: the same folder twice is told by it, and reading all would take long."""
    digest = hashlib.sha256()
    for count, file in enumerate(sorted(path.glob("*/*/*.*"))):
        digest.update(f"{file.relative_to(path)} {file.stat().st_size}\n".encode())
        if count > 5000:
            break
    return digest.hexdigest()
