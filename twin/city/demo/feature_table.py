"""One way to make a layer: geometry, kinds, names and any other columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from twin.city.demo.recipe import recipe
from twin.city.features import Features


def features(role: str, prefix: str, geometry: Any, kind: Any, name: Any = "", **columns: Any) -> Features:
    """A layer whose scalars are spread over all rows; ids are PREFIX/number unless given as `id`."""
    shapes = np.asarray(geometry, object)
    n = len(shapes)
    head: dict[str, Any] = {"id": columns.pop("id", [f"{prefix}/{i}" for i in range(n)]), "name": name, "kind": kind, **columns}
    table = pd.DataFrame({k: (v if np.ndim(v) else [v] * n) for k, v in head.items()}, index=pd.RangeIndex(n))
    return Features(role, table, shapes, recipe()["source"])
