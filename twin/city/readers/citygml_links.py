"""Geometry that stands elsewhere in the file: links to it, and templates put in place."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Groups:
    """Runs of faces of geometries and surfaces with an id, by the hash of the id: a few bytes each, for there are many."""

    name: Any = field(default_factory=lambda: array("q"))
    first: Any = field(default_factory=lambda: array("q"))
    count: Any = field(default_factory=lambda: array("q"))
    recent: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Those of the object being read."""
    _order: NDArray[np.int64] | None = None
    _sorted: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def put(self, name: str, first: int, count: int) -> None:
        self.recent[name] = first, count
        self.name.append(hash(name))
        self.first.append(first)
        self.count.append(count)

    def find(self, key: int) -> tuple[int, int] | None:
        """First face and number of faces of what has this hash; call it when everything is read."""
        if self._order is None:
            names = np.array(self.name, np.int64)
            self._order = np.argsort(names, kind="stable")
            self._sorted = names[self._order]
        at = int(np.searchsorted(self._sorted, key))
        if at == len(self._sorted) or self._sorted[at] != key:
            return None
        i = int(self._order[at])
        return self.first[i], self.count[i]


@dataclass
class Link:
    """Geometry that another element holds."""

    row: int
    lod: int
    surface: int
    target: str
    flip: bool


@dataclass
class Instance:
    """A template put in place (implicit geometry). first, count: its faces; count 0: those of the element called target."""

    row: int
    lod: int
    matrix: NDArray[np.float64]
    anchor: tuple[float, float, float]
    first: int
    count: int
    target: str
