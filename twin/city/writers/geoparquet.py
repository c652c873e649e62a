"""GeoParquet 1.0: the buildings as one file, or every layer as a file of a folder."""

from __future__ import annotations

from pathlib import Path

from twin.city.city import City
from twin.city.writers import Progress
from twin.city.writers.geotables import geo_tables, not_in_tables
from twin.errors import InputError, Problem

_ROWS = 50_000


def write_geoparquet(city: City, path: Path) -> list[Problem]:
    """The buildings as one file. Raises InputError for a city without."""
    tables = dict(geo_tables(city))
    if "buildings" not in tables:
        raise InputError("This city has no buildings, which is what a GeoParquet file gets", do="Write the format geoparquet-folder.")
    tables.pop("buildings")().to_parquet(path, row_group_size=_ROWS)
    problems = not_in_tables(city, "GeoParquet")
    if tables:
        told = f"A GeoParquet file holds one layer, here the buildings; not written: {', '.join(list(tables)[:8])}"
        problems.append(Problem("one_layer", "info", len(tables), told, city.name, tuple(list(tables)[:10]), did=""))
    return problems


def write_geoparquet_folder(city: City, path: Path, progress: Progress) -> list[Problem]:
    """Each layer as a file of a folder. Raises InputError where there is nothing to write."""
    count = 0
    tables = list(geo_tables(city))
    for name, make in tables:
        progress(f"Writing {name}", count / len(tables))
        safe = "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in name).strip(". ") or f"layer{count}"
        make().to_parquet(path / f"{safe}.parquet", row_group_size=_ROWS)
        count += 1
    if not count:
        raise InputError("This city has no buildings, layers or networks to write")
    return not_in_tables(city, "GeoParquet")
