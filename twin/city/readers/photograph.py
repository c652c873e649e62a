"""Aerial photographs, scanned plans and other pictures with a place, read where and as finely as it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import Hints, ImagePart
from twin.city.readers.rasterfile import Span, opened, read_cells, span_of, whole

LOOK_CELLS = 250_000
Bounds = tuple[float, float, float, float]


def read_photograph(path: Path, file: Any, crs: CRS | None, hints: Hints, label: str, inside: str = "", name: str = "") -> ImagePart:
    """An open raster as a picture: grey, paletted, RGB or RGBA of 8 bits, or of more (stretched between its percentiles 2 and 98).

    A raster that does not stand upright is turned when it is read. Of several bands those the file calls red, green and blue are
    taken, else the first three. inside, name: of a picture in a file of several.
    """
    bands = _bands(file)
    stretch = None if _is_plain(file, bands) else _stretch(file, bands)
    a, b, c, d, e, f = tuple(file.transform)[:6]
    corners = np.array([(a * u + b * v + c, d * u + e * v + f) for u in (0, file.width) for v in (0, file.height)])
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    turned = b != 0 or d != 0 or a <= 0 or e >= 0

    def read(bounds: Bounds, most: int) -> tuple[NDArray[np.uint8], Bounds] | None:
        with opened(path, inside) as again:
            if len(bands) > again.count or max(bands) > again.count:
                return None
            if turned:
                from rasterio.crs import CRS as RasterCRS
                from rasterio.vrt import WarpedVRT

                any_crs = again.crs or RasterCRS.from_epsg(32631)
                with WarpedVRT(again, src_crs=any_crs, crs=any_crs, add_alpha="alpha" not in _names(again)) as upright:
                    return _rgba(upright, bands, stretch, span_of(upright, bounds), most)
            return _rgba(again, bands, stretch, span_of(again, bounds), most)

    return ImagePart(name or path.stem, read, (float(x0), float(y0), float(x1), float(y1)), crs, label, hints.engineering)


def _names(file: Any) -> list[str]:
    return [c.name for c in file.colorinterp]


def _bands(file: Any) -> list[int]:
    names = _names(file)
    if {"red", "green", "blue"} <= set(names):
        return [names.index(n) + 1 for n in ("red", "green", "blue")]
    colors = [i + 1 for i, n in enumerate(names) if n != "alpha"] or [1]
    return colors[:3] if len(colors) >= 3 else colors[:1]


def _is_plain(file: Any, bands: list[int]) -> bool:
    """8 bits a band (a palette counts): nothing to stretch."""
    return all(file.dtypes[b - 1] == "uint8" for b in bands)


def _stretch(file: Any, bands: list[int]) -> tuple[float, float]:
    values, _ = read_cells(file, bands, whole(file), LOOK_CELLS, mean=False)
    numbers = np.ma.compressed(values).astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(numbers, [2, 98]))
    return low, high if high > low else low + 1.0


def _rgba(
    file: Any, bands: list[int], stretch: tuple[float, float] | None, span: Span | None, most: int
) -> tuple[NDArray[np.uint8], Bounds] | None:
    if span is None:
        return None
    palette = None
    if len(bands) == 1 and _names(file)[bands[0] - 1] == "palette":
        try:
            palette = file.colormap(bands[0])
        except ValueError:
            palette = None
    values, at = read_cells(file, bands, span, most, mean=palette is None)
    _, rows, columns = values.shape
    out = np.empty((rows, columns, 4), np.uint8)
    raw = np.ma.getdata(values)
    if palette is not None:
        table = np.zeros((256, 4), np.uint8)
        for value, color in palette.items():
            if 0 <= value < 256:
                table[value] = color
        out[:] = table[np.clip(raw[0], 0, 255).astype(np.uint8)]
    else:
        if stretch is not None:
            with np.errstate(invalid="ignore", over="ignore"):
                raw = np.nan_to_num(
                    (raw.astype(np.float32) - stretch[0]) * (255 / (stretch[1] - stretch[0])), nan=0.0, posinf=255, neginf=0
                )
        out[..., :3] = np.moveaxis(np.clip(raw, 0, 255).astype(np.uint8), 0, 2)
        out[..., 3] = 255
    nothing = np.ma.getmaskarray(values).all(0)
    if "alpha" in _names(file):
        alpha, _ = read_cells(file, [_names(file).index("alpha") + 1], span, most)
        out[..., 3] = np.minimum(out[..., 3], np.clip(np.ma.getdata(alpha)[0], 0, 255).astype(np.uint8))
    out[nothing, 3] = 0
    a, _, c, _, e, f = at
    return out, (c, f + e * rows, c + a * columns, f)
