"""Attributes of many objects, dictionary by dictionary, as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd

MAX_COLUMNS = 512
FURTHER = "further_attributes"
"""Column for what more names there are, as dictionaries."""


@dataclass
class Attributes:
    """A row for each dictionary given; the dictionaries themselves are let go of, which halves the memory.

    Rows with the same names in the same order stand together, row after row.
    """

    count: int = 0
    _rows: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    _values: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    _names: tuple[str, ...] = ()
    _now: tuple[list[int], list[Any]] = field(default_factory=lambda: ([], []))

    def add(self, own: Any) -> None:
        """One more row; empty where own is no dictionary."""
        if type(own) is dict and own:
            names = tuple(own)
            if names != self._names:  # most are like the one before
                self._names = names
                self._now = self._rows.setdefault(names, []), self._values.setdefault(names, [])
            rows, values = self._now
            rows.append(self.count)
            values.extend(own.values())
        self.count += 1

    def table(self) -> pd.DataFrame:
        """A column for each name, in the order in which they came; NaN where a row lacks it. Lists and dictionaries stay what they are.

        Beyond MAX_COLUMNS the rarer ones share a column of dictionaries.
        """
        names = dict.fromkeys(chain.from_iterable(self._rows))
        if len(names) > MAX_COLUMNS:
            return self._shortened()
        place = {name: i for i, name in enumerate(names)}
        block = np.full((self.count, len(names)), np.nan, object)
        for some, rows in self._rows.items():
            own = np.fromiter(self._values[some], object, len(rows) * len(some)).reshape(len(rows), -1)
            if len(rows) == self.count:
                block = own
            else:
                block[np.array(rows)[:, None], np.array([place[name] for name in some])] = own
        return pd.DataFrame(block, columns=list(names), index=pd.RangeIndex(self.count)).infer_objects()

    def _each(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for some, rows in self._rows.items():
            values = iter(self._values[some])
            for row in rows:
                yield row, dict(zip(some, islice(values, len(some)), strict=True))

    def _shortened(self) -> pd.DataFrame:
        count: Counter[str] = Counter()
        for some, rows in self._rows.items():
            count.update(dict.fromkeys(some, len(rows)))
        kept = {name for name, _ in count.most_common(MAX_COLUMNS - 1)}
        short_rows: list[dict[str, Any] | None] = [None] * self.count
        for row, own in self._each():
            few = {k: v for k, v in own.items() if k in kept}
            further = {k: v for k, v in own.items() if k not in kept}
            short_rows[row] = {**few, FURTHER: further} if further else few
        short = Attributes()
        for one in short_rows:
            short.add(one)
        return short.table()
