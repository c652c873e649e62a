"""Features of one OpenStreetMap layer while they are read: compact columns instead of a dictionary each."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

MAX_COLUMNS = 40
ALWAYS = frozenset(
    {"name", "name:en", "height", "min_height", "building", "building:part", "building:levels", "building:min_level", "roof:shape",
     "roof:height", "roof:levels", "roof:direction", "roof:orientation", "roof:angle", "building:colour", "roof:colour",
     "building:material", "roof:material", "start_date", "amenity", "shop", "tourism", "office", "capacity", "beds", "highway", "oneway",
     "lanes", "lanes:forward", "lanes:backward", "maxspeed", "maxspeed:forward", "maxspeed:backward", "access", "vehicle",
     "motor_vehicle", "motorcar", "junction", "bridge", "tunnel", "layer", "surface", "width", "service", "railway", "waterway",
     "natural", "landuse", "leisure", "voltage", "ele"}
)  # fmt: skip
"""Tags with a column of their own wherever they occur; of others the most frequent ones, the rest go to `other_tags` as JSON."""


class LayerRows:
    """Rows of one layer: geometry as hexadecimal WKB, id, kind, and the tags by key."""

    def __init__(self) -> None:
        self.wkb: list[str] = []
        self.ids: list[str] = []
        self.kinds: list[str] = []
        self._rows: dict[str, list[int]] = {}
        self._values: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, identity: str, kind: str, tags: dict[str, str], wkb: str) -> None:
        row = len(self.ids)
        self.ids.append(identity)
        self.kinds.append(kind)
        self.wkb.append(wkb)
        for key, value in tags.items():
            if key not in self._rows:
                self._rows[key], self._values[key] = [], []
            self._rows[key].append(row)
            self._values[key].append(value)

    def table(self) -> pd.DataFrame:
        """`osm_id`, `kind` where there is one, then the tags."""
        n = len(self)
        columns: dict[str, NDArray[np.object_]] = {"osm_id": np.array(self.ids, object)}
        if any(self.kinds):
            columns["kind"] = np.array(self.kinds, object)
        usual = {k for k, _ in Counter({k: len(v) for k, v in self._rows.items()}).most_common(MAX_COLUMNS)}
        rest: dict[int, dict[str, str]] = {}
        for key, rows in self._rows.items():
            if key in ("osm_id", "kind", "other_tags", "type"):
                continue
            if key in ALWAYS or key in usual:
                column = np.full(n, None, object)
                column[rows] = self._values[key]
                columns[key] = column
            else:
                for row, value in zip(rows, self._values[key], strict=True):
                    rest.setdefault(row, {})[key] = value
        if rest:
            column = np.full(n, None, object)
            for row, tags in rest.items():
                column[row] = json.dumps(tags, ensure_ascii=False)
            columns["other_tags"] = column
        return pd.DataFrame(columns)

    def geometry(self) -> NDArray[np.object_]:
        return np.asarray(shapely.from_wkb(np.array(self.wkb, object), on_invalid="ignore"), object)
