"""Measurements, viewsheds and hours of sun as files other programs open: CSV, GeoPackage, GeoTIFF."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.measuring import Value
from twin.city.terrain import Grid
from twin.errors import StorageError

AREAS = ("area", "volume")
POINTS = ("viewshed", "sun_hours")


@dataclass(frozen=True)
class Record:
    """name: as people call it; points: (N, 3) local metres; areas: polygons of what is seen, local metres."""

    name: str
    kind: str
    points: NDArray[np.float64]
    values: tuple[Value, ...]
    note: str = ""
    areas: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))

    @property
    def shape(self) -> Any:
        """Point, line or polygon with heights, local metres."""
        if self.kind in POINTS or len(self.points) == 1:
            return shapely.Point(self.points[0])
        return shapely.Polygon(self.points) if self.kind in AREAS and len(self.points) > 2 else shapely.LineString(self.points)


def write_measurements(path: Path, city: City, records: Sequence[Record]) -> Path:
    """CSV (a line for each value, geometry as WKT in the city's CRS) or GeoPackage, by the ending. Raises StorageError."""
    try:
        if path.suffix.lower() == ".gpkg":
            _geopackage(path, city, records)
        else:
            path.write_text(csv_of(city, records), "utf-8")
    except OSError as error:
        raise StorageError(f"The measurements cannot be written: {error.strerror or error}", where=str(path)) from error
    return path


def csv_of(city: City, records: Sequence[Record]) -> str:
    """Lines of measurement, kind, quantity, value, unit, note, geometry and its CRS."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["measurement", "kind", "quantity", "value", "unit", "note", "geometry", "crs"])
    for r in records:
        shape = shapely.to_wkt(city.frame.geometry_to_crs(np.array([r.shape, None], object)[:-1])[0], rounding_precision=3)
        for v in r.values:
            amount = f"{v.amount:.6g}" if np.isfinite(v.amount) else ""
            table.writerow([r.name, r.kind, v.name, amount, v.unit, r.note, shape, city.frame.crs or ""])
    return out.getvalue()


def _geopackage(path: Path, city: City, records: Sequence[Record]) -> None:
    import geopandas as gpd

    path.unlink(missing_ok=True)
    groups: dict[str, list[Record]] = {}
    for r in records:
        groups.setdefault({"Point": "points", "LineString": "lines", "Polygon": "areas"}[r.shape.geom_type], []).append(r)
    for layer, some in groups.items():
        rows = [{"name": r.name, "kind": r.kind, "note": r.note} | {_column(v): v.amount for v in r.values} for r in some]
        shapes = city.frame.geometry_to_crs(np.array([r.shape for r in some] + [None], object)[:-1])
        gpd.GeoDataFrame(rows, geometry=list(shapes), crs=city.frame.crs).to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
    seen = [(r.name, a) for r in records for a in r.areas]
    if seen:
        shapes = city.frame.geometry_to_crs(np.array([a for _, a in seen] + [None], object)[:-1])
        frame = gpd.GeoDataFrame({"name": [n for n, _ in seen]}, geometry=list(shapes), crs=city.frame.crs)
        frame.to_file(path, layer="seen", driver="GPKG", engine="pyogrio")


def _column(value: Value) -> str:
    return f"{value.name}_{value.unit.replace('%', 'pct')}".rstrip("_")


def write_grid(path: Path, city: City, grid: Grid, values: NDArray[Any], nodata: float) -> Path:
    """Values (rows, columns; row 0 southmost) as a GeoTIFF, north up, in the city's CRS. Raises StorageError."""
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.transform import Affine

    x, y = (float(v) for v in city.frame.to_crs(grid.x0, grid.bounds[3]))
    step = grid.cell_m / city.frame.unit_m
    try:
        with rasterio.open(
            path, "w", driver="GTiff", height=grid.rows, width=grid.columns, count=1, dtype=values.dtype, crs=city.frame.crs,
            transform=Affine(step, 0.0, x, 0.0, -step, y), nodata=nodata, compress="deflate", tiled=grid.rows > 256 and grid.columns > 256,
        ) as out:  # fmt: skip
            out.write(np.ascontiguousarray(values[::-1]), 1)
    except (OSError, RasterioError) as error:
        raise StorageError(f"The grid cannot be written: {error}", where=str(path)) from error
    return path
