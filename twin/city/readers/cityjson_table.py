"""Attributes of many objects, dictionary by dictionary, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def table_of(said: Sequence[Any]) -> pd.DataFrame:
    """A column for each name and a row for each dictionary, in the order in which they come; NaN where one lacks the name.

    What is no dictionary is an empty row. Lists and dictionaries within stay what they are.
    """
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for row, own in enumerate(said):
        if type(own) is dict and own:
            rows_of.setdefault(tuple(own), []).append(row)
    if len(rows_of) > max(64, len(said) // 16):  # hardly two alike
        return pd.DataFrame([own if type(own) is dict else {} for own in said], index=pd.RangeIndex(len(said)))
    columns: dict[str, NDArray[np.object_]] = {}
    for names, rows in rows_of.items():
        everywhere = len(rows) == len(said)
        for name, values in zip(names, zip(*(said[row].values() for row in rows), strict=True), strict=True):
            if name not in columns:
                columns[name] = np.full(len(said), np.nan, object)
            if any(map(_is_nested, set(map(type, values)))):
                for row, value in zip(rows, values, strict=True):  # numpy would take lists apart
                    columns[name][row] = value
            else:
                columns[name][slice(None) if everywhere else rows] = values
    order = dict.fromkeys(chain.from_iterable(rows_of))
    frame = pd.DataFrame({name: columns[name] for name in order}, index=pd.RangeIndex(len(said)))
    return frame.infer_objects()


def _is_nested(kind: type) -> bool:
    return kind in (list, dict)
