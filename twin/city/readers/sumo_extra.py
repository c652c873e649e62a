"""Bus stops and parking areas of SUMO's additional files that lie beside a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.city import Source
from twin.city.readers.parts import Hints, VectorLayer, source_of
from twin.city.readers.sumo_xml import elements
from twin.city.readers.wiring import rows_of
from twin.errors import InputError
from twin.frame import crs_name

MAX_FILES, MAX_BYTES = 40, 64 << 20
LAYERS = {"busStop": ("bus stops", "bus_stop"), "trainStop": ("bus stops", "train_stop"), "parkingArea": ("parking", "parking")}


def beside(
    path: Path, lanes: list[dict[str, str]], edge_ids: NDArray[np.object_], offset: NDArray[np.float64], scale: float, crs: CRS | None,
    hints: Hints,
) -> tuple[list[VectorLayer], list[Source]]:  # fmt: skip
    """Layers of the `*.add.xml` files in the folder of a network whose lanes they name; edge_ids: of each lane."""
    found: list[tuple[str, dict[str, str], str]] = []
    sources = []
    for file in sorted(path.parent.glob("*.add.xml"))[:MAX_FILES]:
        if file.stat().st_size > MAX_BYTES:
            continue
        try:
            own = [(e.tag, dict(e.attrib), file.name) for e in elements(file) if e.tag in LAYERS]
        except InputError:
            continue  # not what was asked for
        if own:
            found += own
            sources.append(source_of(file, hints, crs_name(crs), name=file.name))
    if not found:
        return [], []
    from twin.city.readers.sumo import numbers, points_of

    lane_ids = pd.Series([lane.get("id", "") for lane in lanes], dtype=object)
    first = ~lane_ids.duplicated().to_numpy()
    row = np.flatnonzero(first)[rows_of(np.array([a.get("lane", "") for _, a, _ in found], object), lane_ids[first])]
    known = np.isin(np.array([a.get("lane", "") for _, a, _ in found], object), lane_ids[first].to_numpy(object))
    shapes = [lanes[r].get("shape", "") if k else "" for r, k in zip(row, known, strict=True)]
    xy, owner = points_of(shapes)
    enough = known & (np.bincount(owner, minlength=len(found)) >= 2)
    lines = np.full(len(found), None, object)
    use = enough[owner]
    if use.any():
        _, at = np.unique(owner[use], return_inverse=True)
        lines[enough] = shapely.linestrings(xy[use], indices=at)
    low, high = (numbers([a.get(k, "") for _, a, _ in found]) for k in ("startPos", "endPos"))
    middle = np.nan_to_num((low + high) / 2)
    length = np.nan_to_num(numbers([lanes[r].get("length", "") if k else "" for r, k in zip(row, known, strict=True)]))
    # A lane's length may differ from that of its drawing; places along it are shares of it.
    share = np.clip(middle / np.where(length > 0, length, 1.0), 0.0, 1.0)
    points = shapely.line_interpolate_point(lines, share, normalized=True)
    table = pd.DataFrame({
        "layer": [LAYERS[t][0] for t, _, _ in found], "id": [a.get("id", "") for _, a, _ in found],
        "name": [a.get("name", "") for _, a, _ in found], "kind": [LAYERS[t][1] for t, _, _ in found],
        "capacity": numbers([a.get("roadsideCapacity", "") for _, a, _ in found]),
        "edge": np.where(known, edge_ids[row], "") if len(edge_ids) else "", "lines": [a.get("lines", "") for _, a, _ in found],
        "file": [f for _, _, f in found],
    })  # fmt: skip
    out = []
    for (layer, file_name), group in table[enough].groupby(["layer", "file"]):
        geometry = shapely.transform(points[group.index.to_numpy()], lambda p: p * scale - offset)
        plain = group.drop(columns=["layer", "file"]).reset_index(drop=True)
        if not plain["capacity"].notna().any():
            plain = plain.drop(columns=["capacity"])
        out.append(VectorLayer(str(layer), "other", plain, geometry, crs, str(file_name), hints.engineering))
    names = {x.source for x in out}
    return out, [s for s in sources if s.name in names]
