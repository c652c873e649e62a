"""Some rows of one layer as a file other programs open: GeoPackage, GeoJSON or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.city.city import City
from twin.city.writers.geotables import frame_of
from twin.city.writers.tables import plain
from twin.errors import InputError, StorageError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SUFFIXES = (".gpkg", ".geojson", ".csv")


def write_rows(path: Path, city: City, title: str, table: pd.DataFrame, shapes: NDArray[np.object_] | None) -> Path:
    """table: rows as people read them; shapes: their geometry in local metres, None for none.

    GeoPackage is in the city's CRS, GeoJSON in longitude and latitude (RFC 7946); CSV has lon and lat of a point of each.
    Raises InputError for another ending or where there is nothing to write, StorageError where it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in SUFFIXES:
        raise InputError(f"'{path.suffix}' is none of the formats for a selection", do=f"Use one of {', '.join(SUFFIXES)}.")
    table = plain(table)
    try:
        if ending == ".csv":
            _with_places(city, table, shapes).to_csv(path, index=False)
            return path
        if shapes is None:
            raise InputError("These rows have no shapes", do="Save them as CSV.")
        frame: Any = frame_of(city, table, shapes)
        if ending == ".geojson":
            frame = frame.to_crs(4326) if frame.crs is not None else frame
            frame.to_file(path, driver="GeoJSON", engine="pyogrio")
        else:
            path.unlink(missing_ok=True)
            frame.to_file(path, driver="GPKG", layer=title or "selection", engine="pyogrio")
    except (OSError, RuntimeError) as error:
        raise StorageError(f"The selection could not be saved: {error}", where=str(path), do="Choose another folder.") from error
    return path


def _with_places(city: City, table: pd.DataFrame, shapes: NDArray[np.object_] | None) -> pd.DataFrame:
    if shapes is None or not len(shapes) or city.frame.crs is None:
        return table
    points = shapely.point_on_surface(shapes)
    x, y = shapely.get_x(points), shapely.get_y(points)
    lon, lat = (np.full(len(shapes), np.nan) for _ in range(2))
    good = np.isfinite(x) & np.isfinite(y)
    lon[good], lat[good] = city.frame.to_lonlat(x[good], y[good])
    return table.assign(lon=np.round(lon, 7), lat=np.round(lat, 7))
