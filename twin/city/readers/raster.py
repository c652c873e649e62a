"""GeoTIFF, Esri ASCII grid, NetCDF, VRT and the other rasters GDAL reads: heights, surfaces, classes or a picture, by looking."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from twin.city.readers.elevation import read_elevation
from twin.city.readers.landcover import read_classes
from twin.city.readers.netcdf_axes import are_degrees
from twin.city.readers.parts import Hints, Parts, source_of
from twin.city.readers.photograph import read_photograph
from twin.city.readers.rasterfile import PHOTO_SUFFIXES, crs_of, opened, photo_of, read_cells, whole
from twin.errors import InputError, Problem
from twin.frame import crs_name

LOOK_CELLS = 250_000
FEW_CLASSES = 64
MOST_PHOTO = 1_000_000_000
"""Pixels of a picture that can only be read from its beginning to its end."""
_GROUND = r"dtm|dem|dgm|mnt|terrain|ground|elev|alti|height|ahn|bathy|topo|srtm|relief|地形|高程|标高"
_SURFACE = r"dsm|dom|mns|surface_?model|surface_?height|canopy|ndsm"
_CLASSES = r"land_?cover|land_?use|world_?cover|corine|clc\d*|nlcd|category|categories|class(es|ified)?|zones?|土地利用"
_PHOTO = r"ortho|photo|aerial|image|imagery|satellite|rgb|dop\d*|luchtfoto|basemap|map|hillshade|影像"
_OTHER = r"depth|flood|inundat|water_?level|rain|precip|temperat|ndvi|slope|aspect|popul|noise|hazard|risk|velocity|wind|pm2|no2|concentr"
_VARIABLES = ("elevation", "surface_altitude", "altitude", "height", "topography", "bathymetry", "dem", "dtm", "topo", "z", "elev", "band1")


def read_raster(path: Path, hints: Hints) -> Parts:
    """What a raster holds, found by its bands, its values and its name; the role of the recipe (terrain, surface, imagery, landuse) wins.

    Raises InputError where the file is broken, unsafe, or holds nothing a city has.
    """
    path = photo_of(path)
    parts, label = Parts(), hints.name or path.name
    with opened(path) as file:
        names = list(file.subdatasets) if not file.count else []
        if not names:
            _read(path, file, 1, "", hints, label, parts)
    if names:
        inside = _variable(names, path)
        with opened(path, inside) as file:
            _read(path, file, 1, inside, hints, label, parts)
    return parts


def _variable(names: list[str], path: Path) -> str:
    """The data set with the most telling name for heights."""
    ours = [n for n in names if re.match(r"(?i)netcdf:", n)]
    last = {n: n.rsplit(":", 1)[-1].strip('"').lower() for n in ours}
    for wanted in _VARIABLES:
        found = next((n for n in ours if last[n] == wanted), None) or next((n for n in ours if wanted in last[n] and len(wanted) > 2), None)
        if found is not None:
            return found
    if len(ours) == 1:
        return ours[0]
    told = ", ".join(sorted(last.values())[:8])
    raise InputError(f"This file holds several data sets and none is called elevation: {told}", where=str(path))


def _read(path: Path, file: Any, band: int, inside: str, hints: Hints, label: str, parts: Parts) -> None:
    if file.driver in ("PNG", "JPEG", "WEBP") and file.width * file.height > MOST_PHOTO:
        raise InputError(
            f"This picture has {file.width:,} x {file.height:,} pixels and no parts", where=str(path), do="Write it in tiles (COG)."
        )
    if file.width < 2 or file.height < 2 or file.count < 1:
        raise InputError("This raster has fewer than 2 x 2 cells", where=str(path))
    if file.transform.is_identity:
        do = "Give it a world file or write it as GeoTIFF."
        if file.driver == "netCDF":
            do = "Give it evenly spaced axes called x and y, or lon and lat, as long as its rows and columns, or write it as GeoTIFF."
        raise InputError("This raster does not say where it lies", where=str(path), do=do)
    if not np.isfinite(tuple(file.transform)).all() or file.transform.determinant == 0:
        raise InputError("This raster lies nowhere: its corner or cell size is no number", where=str(path))
    own = crs_of(file, path)
    if own is None and file.driver == "netCDF" and _is_in_degrees(file, path):
        from pyproj import CRS

        own = CRS.from_epsg(4326)
    crs = None if hints.engineering else hints.crs or own
    role = hints.role or role_of(path, file)
    if role in ("terrain", "surface"):
        if file.count > 1 and not inside and _is_picture(file):
            raise InputError("This raster is not an elevation grid of one band", where=str(path), do="Pictures cannot be used as terrain.")
        parts.rasters.append(read_elevation(path, file, band, inside, crs, role, hints, label, parts.problems))
        if role == "surface":
            what = "This is a surface model (with roofs and trees), not ground; it only gives heights to buildings that have none"
            parts.problems.append(Problem("surface_model", "info", 1, what, label))
    elif role == "imagery":
        parts.images.append(read_photograph(path, file, crs, hints, label))
    elif role == "other_raster":
        raise InputError(
            "This raster seems to be no elevation, by its name", where=str(path), do='State role = "terrain" in a recipe if it is.'
        )
    elif np.dtype(file.dtypes[0]).kind in "iu" or hints.role:
        parts.layers.append(read_classes(path, file, crs, role if role != "classes" else "other", hints, label, parts.problems))
    else:
        raise InputError(f"A raster cannot be '{role}'", where=str(path))
    parts.sources.append(source_of(path, hints, crs_name(crs)))


def role_of(path: Path, file: Any) -> str:
    """terrain, surface, imagery, landuse, classes (of something else), or other_raster (numbers that are no heights, by the name)."""
    name = path.stem.lower()
    words = {r: re.search(rf"(?<![a-z])({p})", name) is not None for r, p in (("photo", _PHOTO), ("classes", _CLASSES), ("other", _OTHER))}
    is_ground, is_surface = re.search(_GROUND, name) is not None, re.search(_SURFACE, name) is not None
    if _is_picture(file) or path.suffix.lower() in PHOTO_SUFFIXES:
        return "imagery"
    kind = np.dtype(file.dtypes[0])
    if kind.kind == "c":
        raise InputError("This raster holds complex numbers", where=str(path))
    palette = any(c.name == "palette" for c in file.colorinterp)
    if palette:
        return "landuse" if words["classes"] and not words["photo"] else "imagery"
    if is_surface and not re.search(r"dtm|dem|terrain", name):
        return "surface"
    if kind.kind == "f" or is_ground:
        return "other_raster" if words["other"] and not is_ground else "terrain"
    return _integers(file, kind, words)


def _is_picture(file: Any) -> bool:
    """Colours: three bands or more of few bits, or grey with its own transparency."""
    names = [c.name for c in file.colorinterp]
    small = all(np.dtype(t) in (np.uint8, np.uint16) for t in file.dtypes)
    if {"red", "green", "blue"} <= set(names):
        return True
    jpeg = str(file.compression.name if file.compression else "").lower() in ("jpeg", "webp")
    return small and (file.count >= 3 or (file.count == 2 and "alpha" in names) or jpeg)


def _integers(file: Any, kind: np.dtype[Any], words: dict[str, bool]) -> str:
    """Of whole numbers without a telling name: classes jump, heights climb step by step, photographs use all greys."""
    values, _ = read_cells(file, [1], whole(file), LOOK_CELLS, mean=False)
    z = values[0].astype(np.int64)
    distinct = np.unique(np.ma.compressed(z))
    few = len(distinct) <= FEW_CLASSES
    if words["classes"] and few:
        return "landuse"
    if words["photo"]:
        return "imagery"
    step = np.ma.compressed(np.abs(np.diff(z, axis=1)))
    moves = step[step > 0]
    jumps = float((moves > 1).mean()) if len(moves) else 0.0
    if few and (jumps > 0.3 or (kind == np.uint8 and len(distinct) <= 16)):
        return "classes"
    if words["other"]:
        return "other_raster"
    spread = float(np.ptp(distinct)) if len(distinct) else 0.0
    if kind == np.uint8 and not few and len(step) and float(step.mean()) > 0.02 * spread:
        return "imagery"
    return "terrain"


def _is_in_degrees(file: Any, path: Path) -> bool:
    """NetCDF without a grid mapping whose axes are longitude and latitude."""
    tags = {k.lower(): str(v).lower() for k, v in file.tags().items()}
    units = {v for k, v in tags.items() if k.endswith("#units")}
    a, b, c, d, e, f = tuple(file.transform)[:6]
    inside = -181 <= c <= 361 and -91 <= f <= 91 and abs(c + a * file.width) <= 361 and abs(f + e * file.height) <= 91
    said = any("degrees_e" in u or "degree_e" in u for u in units) and any("degrees_n" in u or "degree_n" in u for u in units)
    return inside and (said or are_degrees(file, path))
