"""Columns of a network's tables as arrays, whatever a source left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def numbers(table: pd.DataFrame, column: str, blank: float = np.nan) -> NDArray[np.float64]:
    """A column as float64, blank where it says nothing."""
    if column not in table:
        return np.full(len(table), blank)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(values), values, blank)


def flags(table: pd.DataFrame, column: str, blank: bool) -> NDArray[np.bool_]:
    """A column as bool, blank where it says nothing."""
    if column not in table:
        return np.full(len(table), blank)
    values: Any = table[column]
    return np.asarray(values.where(values.notna(), blank).astype(bool).to_numpy(bool))


def texts(table: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """A column as text, '' where it says nothing."""
    if column not in table:
        return np.full(len(table), "", object)
    return table[column].fillna("").astype(str).to_numpy(object)
