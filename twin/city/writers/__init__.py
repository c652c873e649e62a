"""A city goes out again: one file per format, one function each, `write_city` chooses by the name's ending."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import InputError, Problem, StorageError

if TYPE_CHECKING:
    from twin.city.city import City

Progress = Callable[[str, float], None]
__all__ = ["WRITERS", "Writer", "write_city", "writer_of"]


@dataclass(frozen=True)
class Writer:
    """One format.

    suffixes: endings of names, lower case with the dot; the longest that fits decides; "" stands for a name without one.
    function: "module:function" of (city, path) -> problems, imported when it is needed. It writes to the path given, which is new and
    lies beside the one wanted; a folder of that name exists already where `folder` is true. One that takes `progress` as well is
    given it: a function of what is being done and the fraction done, which raises to stop the work.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    function: str
    folder: bool = False

    def write(self, city: City, path: Path, progress: Progress) -> list[Problem]:
        module, _, name = self.function.partition(":")
        function: Callable[..., list[Problem]] = getattr(import_module(module), name)
        return function(city, path, progress=progress) if "progress" in signature(function).parameters else function(city, path)


_HERE = "twin.city.writers"
_ALL = (
    Writer("cityjson", "CityJSON 2.0", (".city.json", ".json"), f"{_HERE}.cityjson:write_cityjson"),
    Writer("geopackage", "GeoPackage", (".gpkg",), f"{_HERE}.geopackage:write_geopackage"),
    Writer("geoparquet", "GeoParquet, the buildings", (".parquet", ".geoparquet"), f"{_HERE}.geoparquet:write_geoparquet"),
    Writer("geoparquet-folder", "GeoParquet, a file for each layer", (), f"{_HERE}.geoparquet:write_geoparquet_folder", True),
    Writer("gltf", "glTF 2.0", (".glb",), f"{_HERE}.gltf:write_gltf"),
    Writer("3dtiles", "3D Tiles 1.1", ("tileset.json", ""), f"{_HERE}.tiles3d:write_tiles3d", True),
    Writer("obj", "Wavefront OBJ", (".obj",), f"{_HERE}.obj:write_obj"),
)
WRITERS: dict[str, Writer] = {w.name: w for w in _ALL}
"""The formats written here, by name."""


def writer_of(path: Path, format: str = "") -> Writer:
    """The writer for a name, or that of a format named. Raises InputError where there is none."""
    if format:
        if format not in WRITERS:
            raise InputError(f"'{format}' is no format a city is written in", do=f"Known are {', '.join(WRITERS)}.")
        return WRITERS[format]
    name = path.name.lower()
    fitting = [(len(s), w) for w in WRITERS.values() for s in w.suffixes if s and name.endswith(s)]
    if not fitting and not path.suffix:
        fitting = [(0, w) for w in WRITERS.values() if "" in w.suffixes]
    if not fitting:
        known = ", ".join(dict.fromkeys(s for w in WRITERS.values() for s in w.suffixes if s))
        raise InputError(f"'{path.name}' does not tell in which format to write", do=f"End the name in one of {known}.")
    return max(fitting, key=lambda f: f[0])[1]


def write_city(city: City, path: str | Path, format: str = "", progress: Progress | None = None) -> list[Problem]:
    """Write a city to a file or folder; what the format cannot hold is told in the problems.

    format: a key of WRITERS, '' to go by the name's ending. progress: called with what is being done and the fraction done; what it
    raises ends the work, and nothing is left of it. A file is written beside its name and renamed when complete: a half one is
    never found, and one that was there before stays until then. A folder must be new or empty; "F/tileset.json" means the folder F.
    Raises InputError for an unknown format, StorageError where it cannot be written.
    """
    path = Path(path).expanduser()
    writer = writer_of(path, format)
    if writer.folder and path.name.lower() in writer.suffixes:
        path = path.parent
    beside = path.absolute().parent / f".{path.name[:80]}-{uuid.uuid4().hex[:8]}{''.join(path.suffixes[-2:])[:20]}"
    try:
        if not beside.parent.is_dir():
            raise StorageError("There is no such folder to write to", where=str(beside.parent))
        if path.is_dir() and (not writer.folder or any(path.iterdir())):
            raise StorageError("There is a folder of this name already" + (", with files in it" if writer.folder else ""), where=str(path))
        if writer.folder:
            beside.mkdir()
        progress = progress or (lambda _what, _fraction: None)
        progress(f"Writing {writer.title}", 0.0)
        problems = writer.write(city, beside, progress)
        progress(f"Writing {writer.title}", 1.0)
        if writer.folder and path.is_dir():
            path.rmdir()
        os.replace(beside, path)
        return problems
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StorageError(f"The city cannot be written: {reason}", where=str(path)) from error
    finally:
        if beside.is_dir():
            shutil.rmtree(beside, ignore_errors=True)
        else:
            try:
                beside.unlink(missing_ok=True)
            except (OSError, ValueError):
                pass
