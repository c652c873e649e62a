"""What other programs open: GeoTIFF maps of the maxima, GeoPackage and Parquet of the objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.frame import LocalFrame
from twin.quantities import quantity
from twin.scenario.events import Field


def write_geotiff(path: Path, array: NDArray[Any], grid: Grid, frame: LocalFrame, tags: dict[str, str] | None = None) -> None:
    """One band, north-up, in the frame's CRS, NaN = no data. array: (rows, columns), row 0 southmost."""
    import rasterio
    from affine import Affine

    x0, y1 = frame.to_crs(grid.x0, grid.y0 + grid.rows * grid.cell_m)
    size = grid.cell_m / frame.unit_m
    with rasterio.open(
        path, "w", driver="GTiff", width=grid.columns, height=grid.rows, count=1, dtype="float32", crs=frame.crs, nodata=np.nan,
        transform=Affine(size, 0.0, float(x0), 0.0, -size, float(y1)), compress="deflate", predictor=3, tiled=True,
    ) as file:
        file.write(np.flipud(np.asarray(array, np.float32)), 1)
        file.update_tags(**(tags or {}))


def write_maps(folder: Path, fields: list[Field], city: City) -> None:
    """maps/QUANTITY.tif of every grid that is a maximum."""
    maxima = [f for f in fields if f.grid is not None and quantity(f.quantity).kind != "series"]
    if maxima:
        folder.mkdir()
    for field in maxima:
        q = quantity(field.quantity)
        assert field.grid is not None
        credit = ("SYNTHETIC CITY. " if city.synthetic else "") + city.attribution
        tags = {"title": q.title["en"], "units": q.unit, "credit": credit}
        write_geotiff(folder / f"{q.name}.tif", field.array, field.grid, city.frame, tags)


def object_table(city: City, support: str, fields: list[Field]) -> pd.DataFrame:
    """id, name and what the city says, then one column per quantity at the end of the run."""
    if support == "building":
        source = city.buildings.table
        columns = [c for c in ("id", "name", "use", "height_m", "ground_z_m", "storeys") if c in source]
    else:
        part, _, name = support.partition(":")
        network = city.networks[name]
        source = network.edges if part == "edge" else network.nodes
        columns = [c for c in ("id", "name", "class", "kind", "length_m") if c in source]
    table = source[columns].reset_index(drop=True).copy()
    for field in fields:
        table[field.quantity] = np.asarray(field.array)
    return table


def write_objects(folder: Path, fields: list[Field], city: City) -> None:
    """objects.gpkg (a layer per support, the city's CRS) and objects.parquet (all of them, column `support`)."""
    import pyogrio

    tables = []
    for support in dict.fromkeys(f.support for f in fields):
        kind = support.partition(":")[0]
        mine = [f for f in fields if f.support == support]
        if kind not in ("building", "edge", "node") or not len(mine[0].array):
            continue
        table = object_table(city, support, mine)
        tables.append(table.assign(support=support))
        shapes, shape_type = _shapes(city, support)
        pyogrio.raw.write(
            folder / "objects.gpkg",
            geometry=shapely.to_wkb(city.frame.geometry_to_crs(shapes)),
            field_data=[_plain(table[c]) for c in table],
            fields=np.array(list(table.columns), object),
            geometry_type=shape_type,
            crs=city.frame.crs,
            layer={"building": "buildings"}.get(support, support.replace(":", "_")),
            driver="GPKG",
            append=(folder / "objects.gpkg").exists(),
        )
    if tables:
        pd.concat(tables, ignore_index=True).to_parquet(folder / "objects.parquet", index=False)


def _shapes(city: City, support: str) -> tuple[NDArray[np.object_], str]:
    if support == "building":
        shapes = shapely.force_2d(city.buildings.footprints)
        parts = [shapely.multipolygons([s]) if s is not None and s.geom_type == "Polygon" else s for s in shapes]
        return np.array([*parts, None], object)[:-1], "MultiPolygon"
    part, _, name = support.partition(":")
    network = city.networks[name]
    if part == "edge":
        return shapely.force_2d(network.geometry), "LineString"
    return shapely.points(network.nodes[["x", "y"]].to_numpy(float)), "Point"


def _plain(column: pd.Series) -> NDArray[Any]:
    values = column.to_numpy()
    if values.dtype == object:
        return np.array(["" if v is None or v != v else str(v) for v in values], object)
    if values.dtype == np.bool_ or values.dtype == np.int8 or values.dtype == np.uint8:
        return values.astype(np.int16)
    return np.asarray(values)
