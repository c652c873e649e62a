"""Opening a raster file so that it can do no harm, and reading cells of it within a budget."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.netcdf_axes import Placed, transform_by_axes
from twin.city.readers.trial import survives
from twin.errors import InputError

DRIVERS = (
    "GTiff", "AAIGrid", "netCDF", "VRT", "SRTMHGT", "HFA", "JP2OpenJPEG", "USGSDEM", "AIG", "GSAG", "GSBG", "GS7BG", "ISG",
    "PNG", "JPEG", "WEBP", "GPKG",
)  # fmt: skip
"""Formats GDAL may take a file for; some others of its are descriptions of servers."""
MOST_BLOCK = 256 << 20
"""Bytes of one block (strip or tile), which is read as a whole."""
MOST_BANDS = 2000
MOST_READ = 1_000_000_000
"""Cells read to make an overview of a raster that has none; beyond, it is sampled."""
SAMPLES = 64
"""Places a side at which a raster is sampled that is too large to read."""
MOST_VRT_BYTES, MOST_VRT_FILES, MOST_VRT_DEPTH = 16 << 20, 10_000, 3
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_WORLD = {".jgw": ".jpg", ".jpgw": ".jpg", ".jgwx": ".jpg", ".jpegw": ".jpeg", ".pgw": ".png", ".pngw": ".png", ".pgwx": ".png"}
# Nothing may be fetched because a file says so, and no code in it is run.
_ENV = {
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_PROXY": "none://none",  # curl knows no such proxy, so that it asks nobody
    "GDAL_HTTPS_PROXY": "none://none",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_CACHEMAX": 128,
    "GTIFF_VIRTUAL_MEM_IO": "NO",
}
Cells = NDArray[Any]
Transform = tuple[float, float, float, float, float, float]
Span = tuple[int, int, int, int]
"""First row, first column, rows, columns of a part of a raster."""


@contextmanager
def opened(path: Path, inside: str = "") -> Iterator[Any]:
    """A rasterio dataset of a file that is what its name says. inside: name of a data set in it (NetCDF, GeoPackage).

    Raises InputError, also for what GDAL says while it is read.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import DatasetReader  # takes several drivers; rasterio.open does not

    if path.suffix.lower() == ".vrt" or _is_vrt(path):
        checked_vrt(path)
    if _is_netcdf(path):
        survives(path)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), _without_garbled_words(), rasterio.Env(**_ENV):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with DatasetReader(inside or str(path.absolute()), driver=list(DRIVERS), sharing=False) as file:
                if file.driver == "AAIGrid" and file.width * file.height * 2 > max(path.stat().st_size, 1 << 20):
                    raise InputError(
                        f"This grid says it has {file.width:,} x {file.height:,} cells, more than it can hold", where=str(path)
                    )
                if file.count > MOST_BANDS:
                    raise InputError(f"This raster has {file.count} bands", where=str(path))
                deepest = max((np.dtype(t).itemsize for t in set(file.dtypes)), default=1)
                for rows, columns in set(file.block_shapes):
                    if rows * columns * deepest > MOST_BLOCK:
                        raise InputError(
                            "This raster is stored in one piece that is too large to read", where=str(path), do="Write it in tiles (COG)."
                        )
                place = transform_by_axes(file, path) if file.driver == "netCDF" and file.transform.is_identity else None
                yield file if place is None else Placed(file, place)
    except (RasterioError, OSError, ValueError, TypeError, KeyError, MemoryError, OverflowError) as error:
        text = re.sub(r"\s+", " ", str(error).replace(str(path), path.name))[:200].rstrip(". ")
        raise InputError(f"This raster cannot be read: {text}", where=str(path), do="Is it complete, and what its name says?") from error


@contextmanager
def _without_garbled_words() -> Iterator[None]:
    """rasterio cannot read complaints of GDAL that quote bytes of a broken file, and prints a traceback of that; what it raises tells."""
    usual = sys.unraisablehook

    def hook(told: Any) -> None:
        if not isinstance(told.exc_value, UnicodeDecodeError):
            usual(told)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = usual


def _is_netcdf(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(8).startswith((b"CDF", b"\x89HDF"))


def _is_vrt(path: Path) -> bool:
    with open(path, "rb") as file:
        return b"<VRTDataset" in file.read(4096)


def checked_vrt(path: Path, depth: int = 1, seen: set[Path] | None = None) -> list[Path]:
    """Files a VRT is made of. Raises InputError where one of them is not an ordinary raster in the VRT's own folder or below."""
    from lxml import etree

    seen = set() if seen is None else seen
    where = str(path)
    if depth > MOST_VRT_DEPTH or path.resolve() in seen:
        raise InputError("This virtual raster is made of too many others", where=where)
    seen.add(path.resolve())
    try:
        if path.stat().st_size > MOST_VRT_BYTES:
            raise InputError("This virtual raster is too large", where=where)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(path.read_bytes(), parser)
    except (etree.XMLSyntaxError, OSError, ValueError) as error:
        raise InputError(f"This virtual raster is not valid XML: {str(error)[:120]}", where=where) from None
    tags = {str(e.tag) for e in root.iter() if isinstance(e.tag, str)}
    if tags & {"PixelFunctionType", "PixelFunctionCode", "PixelFunctionLanguage", "VRTDataset"} - {root.tag}:
        raise InputError("This virtual raster computes its cells by a program, which is not run", where=where)
    home, files = path.resolve().parent, []
    for element in root.iter("SourceFilename", "SourceDataset"):
        text = (element.text or "").strip()
        file = home / text
        good = bool(text) and "://" not in text and not text.startswith(("/vsi", "<", "{")) and "\0" not in text
        try:
            good = good and file.resolve().is_relative_to(home) and file.is_file()
        except (OSError, ValueError):
            good = False
        if not good:
            what = text[:120] or "nothing"
            raise InputError(f"This virtual raster points to '{what}', which is not a file in its own folder", where=where)
        files.append(file.resolve())
        if len(files) > MOST_VRT_FILES:
            raise InputError(f"This virtual raster is made of more than {MOST_VRT_FILES} files", where=where)
    for file in dict.fromkeys(files):
        with open(file, "rb") as raw:
            head = raw.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        if b"<VRTDataset" in head:
            checked_vrt(file, depth + 1, seen)
        elif head[:1] in (b"<", b"{"):
            raise InputError(f"This virtual raster points to '{file.name}', which is no raster", where=where)
    if not files:
        raise InputError("This virtual raster is made of no file", where=where)
    return files


def photo_of(path: Path) -> Path:
    """The picture a world file belongs to; path itself where it is no world file. Raises InputError where there is none."""
    suffix = path.suffix.lower()
    if suffix not in (*_WORLD, ".wld"):
        return path
    found = [p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() in PHOTO_SUFFIXES]
    if not found:
        raise InputError("There is no picture to this world file", where=str(path))
    return sorted(found)[0]


def crs_of(file: Any, path: Path) -> CRS | None:
    """What the raster says, else a .prj beside it; an EPSG code where it is one."""
    wkt = file.crs.to_wkt() if file.crs else ""
    if not wkt:
        beside = next((p for p in (path.with_suffix(".prj"), path.with_suffix(".PRJ")) if p.is_file()), None)
        wkt = beside.read_text("utf-8", "replace")[:20_000] if beside is not None else ""
    if not wkt.strip():
        return None
    try:
        crs = CRS.from_user_input(wkt.strip())
    except CRSError:
        return None
    authority = crs.to_authority(min_confidence=70)
    return CRS.from_authority(*authority) if authority else crs


def whole(file: Any) -> Span:
    return 0, 0, file.height, file.width


def span_of(file: Any, bounds: tuple[float, float, float, float]) -> Span | None:
    """Rows and columns that cover bounds (in the raster's CRS), with two more around; None for nothing."""
    from affine import Affine

    try:
        back = ~Affine(*tuple(file.transform)[:6])
    except Exception as error:  # affine has an error of its own for a transform that cannot be inverted
        raise ValueError(f"its transform is degenerate ({error})") from None
    corners = np.array([back @ (x, y) for x in (bounds[0], bounds[2]) for y in (bounds[1], bounds[3])])
    c0, r0 = np.floor(corners.min(0)) - 2
    c1, r1 = np.ceil(corners.max(0)) + 2
    c0, r0, c1, r1 = max(0, c0), max(0, r0), min(file.width, c1), min(file.height, r1)
    return None if c0 >= c1 or r0 >= r1 else (int(r0), int(c0), int(r1 - r0), int(c1 - c0))


def read_cells(file: Any, bands: list[int], span: Span, most: int, mean: bool = True) -> tuple[Cells, Transform]:
    """Values (bands, rows, columns), masked where the file says there is nothing, of at most `most` cells of a part of a raster.

    mean: average where it is read coarser than it is, else the nearest cell. A part without overviews that is too large to be read
    is sampled at SAMPLES x SAMPLES places. Returns the transform of what was read.
    """
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    r0, c0, rows, columns = span
    step = max(1.0, float(np.sqrt(rows * columns / most)))
    shape = (max(1, int(rows / step)), max(1, int(columns / step)))
    overviews = max((max(file.overviews(b), default=1) for b in bands), default=1)
    a, b, c, d, e, f = tuple(file.transform)[:6]
    c, f = a * c0 + b * r0 + c, d * c0 + e * r0 + f
    if rows * columns / min(overviews, step) ** 2 > MOST_READ:
        values = _sampled(file, bands, span)
    else:
        way = Resampling.average if mean and step > 1 else Resampling.nearest
        values = file.read(bands, window=Window(c0, r0, columns, rows), out_shape=(len(bands), *shape), masked=True, resampling=way)
    tall, wide = rows / values.shape[1], columns / values.shape[2]
    return values, (a * wide, b * tall, c, d * wide, e * tall, f)


def _sampled(file: Any, bands: list[int], span: Span) -> Cells:
    """Single cells at the middles of SAMPLES x SAMPLES parts."""
    from rasterio.windows import Window

    r0, c0, rows, columns = span
    r = r0 + ((np.arange(SAMPLES) + 0.5) * rows / SAMPLES).astype(np.int64)
    c = c0 + ((np.arange(SAMPLES) + 0.5) * columns / SAMPLES).astype(np.int64)
    read = [[file.read(bands, window=Window(int(x), int(y), 1, 1), masked=True)[:, 0, 0] for x in c] for y in r]
    return np.ma.stack([np.ma.stack(row, axis=1) for row in read], axis=1)
