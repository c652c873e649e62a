"""A city in a ZIP archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

from twin.city.readers.json import PARSE_UP_TO
from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError


def read_archive(path: Path, hints: Hints) -> Parts:
    from twin.city.readers.cityjson import kind_of, parse, read_cityjson
    from twin.city.readers.vector import read_vector

    try:
        with zipfile.ZipFile(path) as archive:
            inside = [i for i in archive.infolist() if not i.is_dir()]
            documents = [i for i in inside if i.filename.lower().endswith(".json")]
            if len(documents) == 1 and len(inside) == 1:
                if documents[0].file_size > PARSE_UP_TO:
                    raise InputError(
                        "The city model in this archive is too large to be read from it", where=str(path), do="Unpack it first."
                    )
                data = archive.read(documents[0])
                parsed = parse(data, path)
                if kind_of(parsed[0]).startswith("CityJSON"):
                    return read_cityjson(path, hints, parsed)
            elif any(i.filename.lower() in ("stops.txt", "stop_times.txt") for i in inside):
                raise InputError("This is a GTFS timetable, not a layer", where=str(path))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise InputError(f"This archive cannot be read: {error}", where=str(path), do="Is it complete?") from None
    return read_vector(path, hints)
