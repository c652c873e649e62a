"""Heights from a band of a raster: what means nothing in it, its unit, and reading it where it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import Hints, Raster
from twin.city.readers.rasterfile import opened, read_cells, span_of, whole
from twin.errors import InputError, Problem
from twin.frame import split_compound

WHOLE_CELLS = 500_000
"""Up to here a raster is read at once; of a larger one an overview, and what is near the city when that is known."""
OVERVIEW_CELLS = 65_000
LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0
_NOTHING = (-9999.0, -32768.0, -32767.0, -99999.0)
_PERHAPS = -999.0
"""Nothing where no ground is near it: it may be the depth of a sea."""
LOWEST_LAND_M = -430.0
"""The shore of the Dead Sea."""
_UNITS = {
    "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "international foot": 0.3048,
    "us survey foot": 1200 / 3937, "us_survey_foot": 1200 / 3937, "us-ft": 1200 / 3937, "ftus": 1200 / 3937, "foot_us": 1200 / 3937,
    "dm": 0.1, "decimetre": 0.1, "decimeter": 0.1, "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01,
    "mm": 0.001, "millimetre": 0.001, "millimeter": 0.001, "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0,
}  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """How values of a band become metres: value x scale + offset, times unit_m; `nothing` besides what the file declares."""

    scale: float
    offset: float
    unit_m: float
    nothing: float | None

    def metres(self, values: Any) -> NDArray[np.float32]:
        """float32, NaN where there is nothing."""
        with np.errstate(invalid="ignore", over="ignore"):
            raw = np.ma.filled(np.ma.asarray(values).astype(np.float32), np.nan)
            lost = ~np.isfinite(raw) | (np.abs(raw) > 1e20) | np.isin(raw, _NOTHING)
            if self.nothing is not None:
                lost |= raw == np.float32(self.nothing)
            z = (raw * np.float32(self.scale) + np.float32(self.offset)) * np.float32(self.unit_m)
            lost |= ~((z >= LOWEST_M) & (z <= HIGHEST_M))
        out: NDArray[np.float32] = np.where(lost, np.float32(np.nan), z)
        return out


def read_elevation(
    path: Path, file: Any, band: int, inside: str, crs: CRS | None, role: str, hints: Hints, label: str, problems: list[Problem]
) -> Raster:
    """A band of an open raster as heights. Raises InputError where it holds none.

    No data: what the file declares; -9999, -32768, +-3.4e38 and their like; what is no height on Earth; a value far from all others
    that fills the border (never 0: that may be the sea); and -999 among dry land. Unit: what the recipe says, else the band, else the
    vertical CRS.
    """
    span = whole(file)
    large = file.width * file.height > WHOLE_CELLS
    values, transform = read_cells(file, [band], span, OVERVIEW_CELLS if large else WHOLE_CELLS, mean=False)
    raw = values[0]
    scale, offset = float(file.scales[band - 1]), float(file.offsets[band - 1])
    if not (np.isfinite([scale, offset]).all() and scale != 0):
        scale, offset = 1.0, 0.0
    meaning = Meaning(scale, offset, _unit(file, band, crs, hints), None)
    numbers = np.where(np.isnan(meaning.metres(raw)), np.nan, np.ma.getdata(raw).astype(np.float64))
    lonely = border_value(numbers)
    if lonely is None and _is_filler(numbers, meaning):
        lonely = _PERHAPS
    if lonely is not None:
        meaning = Meaning(scale, offset, meaning.unit_m, lonely)
    z = meaning.metres(raw)
    if not np.isfinite(z).any():
        there = np.ma.compressed(raw).astype(np.float64)
        there = there[np.isfinite(there) & (np.abs(there) < 1e20) & ~np.isin(there, _NOTHING)]
        if len(there):
            low, high = float(there.min()), float(there.max())
            raise InputError(
                f"The heights of this raster ({low:g} to {high:g}) are no metres on Earth",
                where=str(path),
                do='State its unit in a recipe, e.g. unit = "cm".',
            )
        raise InputError("This raster has no elevation in any cell", where=str(path))
    if lonely is not None:
        share = float((np.ma.getdata(raw) == lonely).mean())
        problems.append(
            Problem(
                "nodata_found",
                "info",
                1,
                f"{share:.0%} of the cells have the value {lonely:g}, far from all others; they were taken as no data",
                label,
            )
        )
    window = None
    if large:
        size = file.height, file.width

        def window(bounds: tuple[float, float, float, float], most: int) -> Raster | None:
            with opened(path, inside) as again:
                if (again.height, again.width) != size:
                    raise InputError("This raster changed while it was read", where=str(path))
                part = span_of(again, bounds)
                if part is None:
                    return None
                near, at = read_cells(again, [band], part, most)
                return Raster(path.stem, meaning.metres(near[0]), at, crs, label, hints.engineering, role)

    a, b, _, d, e, _ = tuple(file.transform)[:6]
    cell = float(np.sqrt(abs(a * e - b * d)))
    return Raster(path.stem, z, transform, crs, label, hints.engineering, role, cell, window)


def _unit(file: Any, band: int, crs: CRS | None, hints: Hints) -> float:
    if hints.unit_m != 1.0:
        return hints.unit_m
    said = (file.units[band - 1] or "").strip().lower() if file.units else ""
    if said in _UNITS:
        return _UNITS[said]
    vertical = split_compound(crs)[1] if crs is not None else None
    return float(vertical.axis_info[0].unit_conversion_factor) if vertical is not None and vertical.axis_info else 1.0


def _is_filler(numbers: NDArray[np.float64], meaning: Meaning) -> bool:
    """Whether several cells are exactly -999 and all others lie higher than the lowest dry land."""
    filler = numbers == _PERHAPS
    rest = meaning.metres(numbers[np.isfinite(numbers) & ~filler])
    return int(filler.sum()) > 1 and len(rest) > 0 and float(rest.min()) > LOWEST_LAND_M


def border_value(z: NDArray[np.float64]) -> float | None:
    """A value other than 0 that most of the outermost cells share, the lowest or highest of all, and far from every other: padding.

    Far: 50 m and farther than all others lie from each other.
    """
    rim = np.concatenate([z[0], z[-1], z[:, 0], z[:, -1]])
    rim = rim[np.isfinite(rim)]
    if len(rim) < 8:
        return None
    values, counts = np.unique(rim, return_counts=True)
    value = float(values[np.argmax(counts)])
    if value == 0 or counts.max() < 0.2 * len(rim):
        return None
    others = z[np.isfinite(z) & (z != value)]
    if not len(others):
        return None
    low, high = float(others.min()), float(others.max())
    gap = low - value if value < low else value - high
    return value if gap > max(50.0, high - low) else None
