"""Where a NetCDF grid lies whose axes say nothing of themselves but their names: GDAL then places it by row and column numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from affine import Affine

NAMES = (
    ("x", "y"), ("easting", "northing"), ("eastings", "northings"), ("projection_x_coordinate", "projection_y_coordinate"),
    ("lon", "lat"), ("longitude", "latitude"),
)  # fmt: skip
DEGREES = frozenset({"lon", "longitude"})
UNEVEN = 0.01
"""Share of a cell by which a cell may lie off an even axis: axes are often float32."""
MOST = 1_000_000


def are_degrees(file: Any, path: Path) -> bool:
    """Whether a NetCDF grid's axes are variables called longitude and latitude."""
    pairs = [pair for pair in NAMES if pair[0] in DEGREES]
    return any(_axis(path, along, file.width) is not None and _axis(path, up, file.height) is not None for along, up in pairs)


class Placed:
    """A rasterio dataset with another transform."""

    def __init__(self, file: Any, transform: Affine) -> None:
        self._file, self.transform = file, transform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def transform_by_axes(file: Any, path: Path) -> Affine | None:
    """By the variables x and y, or another pair of NAMES; None where there are none."""
    from affine import Affine

    for along, up in NAMES:
        x = _axis(path, along, file.width)
        y = _axis(path, up, file.height) if x is not None else None
        if x is not None and y is not None:
            y = y[::-1]  # GDAL takes the last row of axes it does not know for the northern one
            a, e = (x[-1] - x[0]) / (len(x) - 1), (y[-1] - y[0]) / (len(y) - 1)
            return Affine(a, 0.0, x[0] - a / 2, 0.0, e, y[0] - e / 2)
    return None


def _axis(path: Path, name: str, size: int) -> NDArray[np.float64] | None:
    """Values of a variable that is an even axis of a length."""
    import rasterio
    from rasterio.errors import RasterioError

    if not 2 <= size <= MOST:
        return None
    try:
        with rasterio.open(f'NETCDF:"{path.absolute()}":{name}', driver="netCDF", sharing=False) as variable:
            if variable.width * variable.height != size:
                return None
            values = np.asarray(variable.read(1), float).ravel()
    except (RasterioError, OSError, ValueError):
        return None
    step = (values[-1] - values[0]) / (size - 1)
    even = np.abs(values - (values[0] + step * np.arange(size))).max() <= UNEVEN * abs(step)
    return values if np.isfinite(step) and step != 0 and even else None
