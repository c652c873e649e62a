"""NetCDF-CF files of a run: written in HDF5 that never meets a disk error, variables that GDAL and xarray understand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from twin.city.city import City
from twin.city.terrain import Grid
from twin.quantities import Quantity, quantity
from twin.scenario.events import Field


class DiskFile(io.RawIOBase):
    """A file that never lets HDF5 see a write fail, since HDF5 takes the process down with it; `error` remembers the first
    failure and `check` raises it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._at, self._size = 0, 0
        self.error: OSError | None = None

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._at)
        data = self._file.read(len(view)) or b""
        view[: len(data)] = data
        view[len(data) :] = bytes(len(view) - len(data))
        self._at += len(view)
        return len(view)

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        try:
            done = 0
            while self.error is None and done < len(view):
                self._file.seek(self._at + done)
                done += self._file.write(view[done:]) or 0
        except OSError as error:
            self.error = error
        self._at += len(view)
        self._size = max(self._size, self._at)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        self._size = self._at if size is None else size
        try:
            if self.error is None:
                self._file.truncate(self._size)
        except OSError as error:
            self.error = error
        return self._size

    def close(self) -> None:
        if not self._file.closed:
            try:
                self._file.close()
            except OSError as error:
                self.error = self.error or error
        super().close()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def create_variable(file: Any, field: Field, dims: tuple[str, ...], chunks: tuple[int, ...], city: City) -> Any:
    """A variable for a field: compressed, with CF attributes."""
    q = quantity(field.quantity)
    kind = field.array.dtype
    fill = np.float32(np.nan) if kind == np.float32 else np.nan if kind.kind == "f" else None
    variable = file.create_variable(
        field.quantity, dims, kind, chunks=tuple(max(1, c) for c in chunks), compression="gzip", compression_opts=1, shuffle=True,
        fillvalue=fill,
    )
    variable.attrs["long_name"], variable.attrs["units"] = q.title["en"], unit_of(q, city)
    if q.cf:
        variable.attrs["standard_name"] = q.cf
    if q.states:
        variable.attrs["flag_values"] = np.arange(len(q.states), dtype=kind)
        variable.attrs["flag_meanings"] = " ".join(q.states)
    if field.grid is not None and "crs" in file.variables:
        variable.attrs["grid_mapping"] = "crs"
    return variable


def create_coordinates(file: Any, grid: Grid, city: City, y: str, x: str) -> None:
    """Coordinate variables in the city's CRS, and the grid mapping."""
    east, north = city.frame.to_crs(grid.x, np.zeros(grid.columns))[0], city.frame.to_crs(np.zeros(grid.rows), grid.y)[1]
    for name, values, axis in ((y, north, "Y"), (x, east, "X")):
        file.dimensions[name] = len(values)
        variable = file.create_variable(name, (name,), "f8", data=values)
        variable.attrs["axis"] = axis
        variable.attrs["units"] = "m" if city.frame.unit_m == 1.0 else "US_survey_foot"
        variable.attrs["long_name"] = f"{axis.lower()} coordinate of the cell centre"
        if city.frame.has_map:
            variable.attrs["standard_name"] = f"projection_{axis.lower()}_coordinate"
    if city.frame.crs is not None and "crs" not in file.variables:
        from twin.frame import parse_crs

        mapping = file.create_variable("crs", (), "i4", data=np.int32(0))
        for key, value in parse_crs(city.frame.crs).to_cf().items():
            mapping.attrs[key] = value
        mapping.attrs["spatial_ref"] = mapping.attrs["crs_wkt"]


def unit_of(q: Quantity, city: City) -> str:
    """Unit of a quantity; money in the city's currency."""
    return city.currency if q.unit == "currency" else q.unit
