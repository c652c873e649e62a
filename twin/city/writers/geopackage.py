"""GeoPackage: buildings, layers, nodes and edges of networks, each a layer in the city's CRS."""

from __future__ import annotations

import warnings
from pathlib import Path

from twin.city.city import City
from twin.city.writers import Progress
from twin.city.writers.geotables import geo_tables, not_in_tables
from twin.errors import InputError, Problem, StorageError


def write_geopackage(city: City, path: Path, progress: Progress) -> list[Problem]:
    """One .gpkg. Raises InputError for a city with nothing to write."""
    import pyogrio
    from pyogrio.errors import DataSourceError, FieldError

    count = 0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*'crs' was not provided.*")  # a city without a map has none
        warnings.filterwarnings("ignore", ".*not compliant with the GPKG.*")
        warnings.filterwarnings("ignore", ".*measured geometry.*")
        try:
            tables = list(geo_tables(city))
            for name, make in tables:
                progress(f"Writing {name}", count / len(tables))
                frame = make()
                kinds = set(frame.geom_type.dropna())
                mixed = kinds in ({"Polygon", "MultiPolygon"}, {"LineString", "MultiLineString"})  # then one type for the layer
                pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", promote_to_multi=mixed)
                count += 1
        except (DataSourceError, FieldError, ValueError) as error:
            raise StorageError(f"The GeoPackage cannot be written: {str(error)[:200]}", where=str(path)) from None
    if not count:
        raise InputError("This city has no buildings, layers or networks to write")
    return not_in_tables(city, "GeoPackage")
