"""Which reader a source is for. Ours and those of others are entry points of the group `urban_twin.readers`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.city.readers.parts import Hints, Parts


def _never(_path: Path) -> bool:
    return False


@dataclass(frozen=True)
class Reader:
    """One format, or a family read by one library.

    suffixes: names of files looked for in a folder, lower case with the dot. recognises: whether a file is of this format, told by
    path and first bytes (4096 of them). recognises_folder: whether a whole folder is one source (File GDB, GTFS, tile pyramid).
    function: "module:function" of (path, hints) -> Parts, imported when it is needed. order: lower is asked first; the last one
    that says yes to everything has the highest. schemes: URL schemes it takes as they are (postgresql); `path` is then a str.
    """

    name: str
    title: str
    function: str
    suffixes: frozenset[str] = frozenset()
    recognises: Callable[[Path, bytes], bool] = lambda _path, _head: False
    recognises_folder: Callable[[Path], bool] = _never
    order: int = 50
    schemes: frozenset[str] = frozenset()

    def read(self, path: Path | str, hints: Hints) -> Parts:
        """Parts of a city. Raises InputError."""
        module, _, name = self.function.partition(":")
        function: Callable[[Path | str, Hints], Parts] = getattr(import_module(module), name)
        return function(path, hints)


@cache
def readers() -> tuple[Reader, ...]:
    """All readers, in the order in which they are asked."""
    found = {point.name: point.load() for point in entry_points(group="urban_twin.readers")}
    there = [r for r in found.values() if find_spec(r.function.partition(":")[0]) is not None]
    return tuple(sorted(there, key=lambda r: r.order))


def suffixes() -> frozenset[str]:
    """Of files that may be part of a city."""
    return frozenset().union(*(r.suffixes for r in readers()))


def reader_of_folder(folder: Path) -> Reader | None:
    """The reader that takes this folder as one source."""
    return next((r for r in readers() if r.recognises_folder(folder)), None)
