"""Ground elevation from GeoTIFF, Esri ASCII grid and the other rasters GDAL reads."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.parts import Hints, Parts, Raster, source_of
from twin.errors import InputError, Problem
from twin.frame import crs_name

MAX_CELLS = 25_000_000
_GROUND = r"dtm|dem|terrain|ground|elev|height|ahn|bathy|topo|地形|高程"
_SURFACE = r"dsm|surface_?model|canopy|ndsm"
LOW_M, HIGH_M = -500.0, 9000.0
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937, "us_survey_foot": 1200 / 3937, "us-ft": 1200 / 3937}


def read_raster(path: Path, hints: Hints) -> Parts:
    """A digital terrain model. Raises InputError where the file is broken or is no elevation grid of one band.

    No data: what the file declares, and the customary -9999, -32768, +-3.4e38 and anything that is no height on Earth.
    Rasters over 25 M cells are read coarser, and that is reported.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    parts, label = Parts(), hints.name or path.name
    if not hints.role and re.search(_SURFACE, path.stem.lower()) and not re.search(r"dtm|dem|terrain", path.stem.lower()):
        parts.problems.append(
            Problem("surface_model", "info", 1, "This is a surface model (with roofs and trees), not ground; it was left out", label)
        )
        return parts
    if hints.role not in ("", "terrain"):
        raise InputError(f"A raster can only be the terrain, not '{hints.role}'", where=str(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as file:
                if file.count != 1 or np.dtype(file.dtypes[0]).kind not in "fiu":
                    raise InputError(
                        "This raster is not an elevation grid of one band", where=str(path), do="Pictures cannot be used as terrain."
                    )
                if file.width < 2 or file.height < 2:
                    raise InputError("This raster has fewer than 2 x 2 cells", where=str(path))
                if file.transform.is_identity:
                    raise InputError(
                        "This raster does not say where it lies", where=str(path), do="Give it a world file or write it as GeoTIFF."
                    )
                step = max(1.0, float(np.sqrt(file.width * file.height / MAX_CELLS)))
                shape = (max(2, int(file.height / step)), max(2, int(file.width / step)))
                read = file.read(1, out_shape=shape, masked=True, resampling=Resampling.average if step > 1 else Resampling.nearest)
                wide, tall = file.width / shape[1], file.height / shape[0]
                a, b, c, d, e, f = tuple(file.transform)[:6]
                declared = file.crs
                unit = (file.units[0] or "").lower() if file.units else ""
                scale = file.scales[0], file.offsets[0]
    except (RasterioError, OSError, ValueError, MemoryError) as error:
        text = str(error).replace(str(path), path.name)[:200].rstrip(".")
        raise InputError(f"This raster cannot be read: {text}", where=str(path), do="Is it complete, and what its name says?") from error
    if step > 1:
        parts.problems.append(Problem("coarser", "info", 1, f"The raster is large and was read at {abs(a * wide):.3g} units a cell", label))
    z = np.ma.filled(read.astype(np.float32), np.nan) * np.float32(scale[0]) + np.float32(scale[1])
    z = _without_nothing(z) * np.float32(_FEET.get(unit, 1.0))
    if not np.isfinite(z).any():
        raise InputError("This raster has no elevation in any cell", where=str(path))
    crs = None if hints.engineering else hints.crs or _crs(declared)
    parts.rasters.append(Raster(path.stem, z, (a * wide, b * tall, c, d * wide, e * tall, f), crs, label, hints.engineering))
    parts.sources.append(source_of(path, hints, crs_name(crs)))
    return parts


def _without_nothing(z: np.ndarray) -> np.ndarray:
    """NaN where a value stands for 'nothing here'."""
    with np.errstate(invalid="ignore"):
        # -9999 in a grid that also holds depths of the sea would be one cell's worth of loss.
        nothing = ~np.isfinite(z) | (np.abs(z) > 1e20) | (z == -9999) | (z == -32768) | (z < -12_000) | (z > HIGH_M)
    out: np.ndarray = np.where(nothing, np.float32(np.nan), z)
    return out


def _crs(declared: object) -> CRS | None:
    if not declared:
        return None
    try:
        crs = CRS.from_wkt(declared.to_wkt())  # type: ignore[attr-defined]
    except CRSError:
        return None
    authority = crs.to_authority(min_confidence=70)
    return CRS.from_authority(*authority) if authority else crs
