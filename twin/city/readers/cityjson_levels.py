"""Which shape of each object is shown at a level of detail: its own of that level, else the nearest it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.solids import level_number


class Levels:
    """Levels of detail of the surfaces of all objects.

    Where a building and its parts both have surfaces, but of different levels, only those nearer to the level wished are shown: the
    others stand for the same walls.
    """

    def __init__(
        self,
        rows: NDArray[np.int32] | NDArray[np.int64],
        names: NDArray[np.object_],
        drawn: NDArray[np.bool_],
        types: list[str],
        top: NDArray[np.int64],
    ) -> None:
        """rows, names, drawn: object, level and whether it has surfaces, of each shape; types, top: of each object."""
        self.rows, self.names, self.drawn = rows, names, drawn
        known = {name: level_number(name) for name in set(names.tolist())}
        self.detail = np.fromiter((known[n] for n in names.tolist()), float, len(names))
        self.top = top
        self.is_part = np.fromiter((t.endswith("Part") for t in types), bool, len(types))
        self.levels = sorted(set(self.names[self.drawn]), key=lambda n: known[n])

    def choose(self, wished: str) -> tuple[NDArray[np.bool_], NDArray[np.object_], dict[str, NDArray[np.bool_]]]:
        """Shapes to show, the level of each object that is shown, and the shapes of every other level that looks different.

        wished: '' for the best.
        """
        target = level_number(wished) if wished else np.inf
        shown = self._nearest(target)
        lod = np.full(len(self.top), "", object)
        lod[self.rows[shown]] = self.names[shown]
        others: dict[str, NDArray[np.bool_]] = {}
        for name in self.levels:
            mask = self._nearest(level_number(name))
            if not (mask == shown).all() and not any((mask == m).all() for m in others.values()):
                others[name] = mask
        return shown, lod, others

    def _nearest(self, target: float) -> NDArray[np.bool_]:
        """Shapes nearest to a level, the finer of two equally near."""
        n = len(self.top)
        off = -self.detail if target == np.inf else np.abs(self.detail - target) - np.where(self.detail > target, 1e-6, 0)
        least = np.full(n, np.inf)
        np.minimum.at(least, self.rows[self.drawn], off[self.drawn])
        shown = self.drawn & (off == least[self.rows])
        parts = np.full(n, np.inf)
        mine = np.flatnonzero(self.is_part & (self.top != np.arange(n)))
        np.minimum.at(parts, self.top[mine], least[mine])
        is_top = self.top == np.arange(n)
        hidden = is_top & (parts < least) & np.isfinite(least)
        hidden[mine] = least[self.top[mine]] < least[mine]
        return shown & ~hidden[self.rows]
