"""One file per format, one function each: path -> parts of a city and the problems found. `read_file` looks which it is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pyproj import CRS

from twin.city.readers.parts import Hints, Parts
from twin.city.readers.registry import reader_of_folder, readers, suffixes
from twin.errors import InputError, Problem, UnknownFormat

__all__ = ["files_of", "read_file", "with_crs"]

MAX_BYTES = 16 << 30
MAX_FILES, MAX_DEPTH = 500, 6
_NO_DATA = frozenset({"codelists", "schemas", "specification"})
"""Folders of a CityGML data set that hold what its files are made by."""
_SIDE = re.compile(r"\.(?:aux|(?:shp|tif|tiff|dbf|gdb|jpg|png|asc|las|laz)(?=\.))\.?xml$", re.IGNORECASE)
"""Metadata that other programs write beside a file."""


def files_of(path: Path) -> list[tuple[Path, bool]]:
    """The sources to read: path itself, or what a folder and its folders hold that may be part of a city, by name.

    A folder that is one source (File GDB, GTFS, tiles) stands for itself. The flag says whether somebody named it (then it must
    work) or it was only found.
    """
    if path.is_file() or reader_of_folder(path) is not None:
        return [(path, True)]
    if not path.is_dir():
        raise InputError("This is neither a file nor a folder", where=str(path))
    found: list[tuple[Path, bool]] = []
    wanted = suffixes()

    def walk(folder: Path, depth: int) -> None:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise InputError(f"This folder cannot be read: {error.strerror}", where=str(folder)) from None
        folders = []
        for entry in entries:
            if entry.name.startswith((".", "_")) or (entry.name in _NO_DATA and entry.is_dir()) or _SIDE.search(entry.name):
                continue
            if entry.is_dir():
                if reader_of_folder(entry) is None:
                    folders.append(entry)
                    continue
            elif not any(entry.name.lower().endswith(s) for s in wanted) or not entry.is_file():  # pipes, links to nothing
                continue
            found.append((entry, False))
            if len(found) > MAX_FILES:
                raise InputError(
                    f"This folder holds more than {MAX_FILES} files", where=str(path), do="Name the ones you want, or write a recipe."
                )
        for entry in folders:
            if depth < MAX_DEPTH:
                walk(entry, depth + 1)

    walk(path, 1)
    return found


def read_file(path: Path, hints: Hints, crs_if_none: CRS | None = None) -> Parts:
    """Parts of a city in one file or folder, whatever its format, told by its first bytes and then its name.

    crs_if_none: coordinate system of a source that does not say its own. Raises InputError.
    """
    parts = _read(path, hints)
    parts.problems += _missing_fields(parts, hints, path.name)
    return with_crs(parts, crs_if_none)


def with_crs(parts: Parts, crs_if_none: CRS | None) -> Parts:
    """The parts with the coordinate system of those that do not say theirs."""
    if crs_if_none is not None:
        parts.layers = [x if x.crs is not None else replace(x, crs=crs_if_none) for x in parts.layers]
        parts.solids = [x if x.crs is not None or x.place is not None else replace(x, crs=crs_if_none) for x in parts.solids]
        parts.rasters = [x if x.crs is not None else replace(x, crs=crs_if_none) for x in parts.rasters]
        parts.networks = [x if x.crs is not None else replace(x, crs=crs_if_none) for x in parts.networks]
        parts.clouds = [x if x.crs is not None else replace(x, crs=crs_if_none) for x in parts.clouds]
        parts.images = [x if x.crs is not None else replace(x, crs=crs_if_none) for x in parts.images]
    return parts


def _missing_fields(parts: Parts, hints: Hints, source: str) -> list[Problem]:
    """Fields of the recipe that no layer of the source has."""
    there = [*(x.table for x in parts.layers), *(s.attributes for s in parts.solids), *(t.table for t in parts.tables)]
    missing = [name for name in dict.fromkeys(hints.fields.values()) if there and not any(name in table.columns for table in there)]
    if not missing:
        return []
    told = f"The recipe names the field {', '.join(repr(m) for m in missing)}, which this source does not have"
    return [Problem("field_missing", "warning", len(missing), told, source, did="looked for under its usual names")]


def _read(path: Path, hints: Hints) -> Parts:
    if path.is_dir():
        reader = reader_of_folder(path)
        if reader is None:
            raise InputError("This folder is no source by itself", where=str(path))
        return reader.read(path, hints)
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}", where=str(path)) from None
    if not size:
        raise InputError("This file is empty", where=str(path))
    if size > MAX_BYTES:
        raise InputError(f"This file has {size / 2**30:.0f} GiB, more than the {MAX_BYTES >> 30} that are read", where=str(path))
    if path.suffix.lower() in (".txt", ".md", ".pdf", ".docx", ".html", ".toml"):
        raise UnknownFormat("This is not a GIS layer, city model or terrain", where=str(path))
    return next(r for r in readers() if r.recognises(path, head)).read(path, hints)
