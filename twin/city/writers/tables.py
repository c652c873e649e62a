"""Tables of a city as other programs can hold them: one row per object, columns of plain values, names that do not clash."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from twin.city.city import City
from twin.city.features import Features

ID = "twin_id"
"""The id of an object as its source gives it, without our kind before it; readers trust this column most."""
_LEFT_OUT = ("id", "source", "parts")


def bare_ids(ids: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    """building/NL.123 -> NL.123"""
    return np.array([str(i).partition("/")[2] or str(i) for i in ids], object)


def building_table(city: City) -> pd.DataFrame:
    """Rows of the buildings: id, what we know of each, then the source's own attributes."""
    t = city.buildings.table
    ours = pd.DataFrame({ID: bare_ids(t["id"])})
    for name in t.columns:
        if (
            name in _LEFT_OUT
            or (t[name].dtype == object and not (t[name] != "").any())
            or (t[name].dtype != object and t[name].isna().all())
        ):
            continue
        ours[name] = t[name].to_numpy()
    return plain(beside(ours, city.buildings.attributes))


def feature_table(layer: Features) -> pd.DataFrame:
    """Rows of a layer."""
    ours = pd.DataFrame({ID: bare_ids(layer.table["id"])})
    for name in ("name", "kind"):
        if name in layer.table and (layer.table[name].astype(str) != "").any():
            ours[name] = layer.table[name].to_numpy()
    return plain(beside(ours, layer.table.drop(columns=["id", "name", "kind"], errors="ignore")))


def beside(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Both tables; a column of theirs whose name is taken (whatever its case), or that says nothing, is left out."""
    taken = {str(c).lower() for c in ours.columns}
    chosen = {}
    for name in theirs.columns:
        key = str(name).lower()
        if key not in taken and theirs[name].notna().any():
            taken.add(key)
            chosen[str(name)] = theirs[name].to_numpy()
    return pd.concat([ours, pd.DataFrame(chosen, index=ours.index)], axis=1) if chosen else ours


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with texts, numbers and booleans only: lists and dictionaries become JSON, a mixed column text."""
    out = {}
    for name in table.columns:
        values = table[name]
        out[name] = _plain(values) if values.dtype == object else values
    return pd.DataFrame(out, index=table.index)


def _plain(values: pd.Series) -> pd.Series:
    said = values[values.notna()]
    kinds = {type(v) for v in said}
    if kinds <= {str} or not kinds:
        return pd.Series([None if v is None or v != v else v for v in values.tolist()], index=values.index, dtype=object)
    if kinds <= {bool, np.bool_} and len(said) == len(values):
        return values.astype(bool)
    if kinds <= {int, float, np.int64, np.int32, np.float64, np.float32}:
        return pd.to_numeric(values)
    return pd.Series([_worded(v) for v in values.tolist()], index=values.index, dtype=object)


def _worded(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict, tuple)) else str(value)
