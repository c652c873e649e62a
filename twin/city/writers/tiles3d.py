"""3D Tiles 1.1: a quadtree of GLB contents with feature tables, the largest objects in the upper tiles.

Refinement is ADD: a tile holds the objects that matter most in its area, its children the rest; its geometricError is the size of the
largest object its children hold, so that a viewer loads them when that would be seen. OGC 3D Tiles 1.1 (22-025r4).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from twin.city.city import City
from twin.city.mesh import Mesh
from twin.city.writers import Progress
from twin.city.writers.glb import Glb
from twin.city.writers.surfaces import not_in_meshes, surfaces_of
from twin.errors import InputError, Problem
from twin.frame import ELLIPSOID, LocalFrame

Floats = NDArray[np.float64]
TILE_TRIANGLES = 40_000
MAX_LEVELS = 20


@dataclass
class _Node:
    """One tile: rows of the objects in it, and its children."""

    rows: NDArray[np.int64]
    name: str
    error: float = 0.0
    children: list[_Node] = field(default_factory=list)


def write_tiles3d(city: City, path: Path, progress: Progress) -> list[Problem]:
    """A folder with tileset.json and tiles/. Raises InputError for a city without surfaces."""
    sets = surfaces_of(city, with_terrain=False)
    if not sets:
        raise InputError("This city has no surfaces, which is all that 3D Tiles hold", do="Write it as GeoPackage.")
    starts = np.cumsum([0] + [len(s.table) for s in sets[:-1]])
    owner = np.concatenate([s.mesh.object.astype(np.int64) + first for s, first in zip(sets, starts, strict=True)])
    set_of_triangle = np.repeat(np.arange(len(sets)), [len(s.mesh) for s in sets])
    order = np.argsort(owner, kind="stable")
    objects = int(sum(len(s.table) for s in sets))
    edges = np.searchsorted(owner[order], np.arange(objects + 1))
    low, high = _boxes(sets, objects)
    placed = _Placed(city.frame, (float(np.nanmin(low[:, 2])), float(np.nanmax(high[:, 2]))))
    count = np.diff(edges)
    rows = np.flatnonzero(count > 0)
    size = np.linalg.norm(high - low, axis=1)
    middle = (low[:, :2] + high[:, :2]) / 2
    root = _divided(rows[np.argsort(-size[rows], kind="stable")], middle, size, count, "0", 0)
    folder = path / "tiles"
    folder.mkdir()
    done: list[int] = []
    first_triangle = np.cumsum([0] + [len(s.mesh) for s in sets[:-1]])

    def write(node: _Node) -> tuple[dict[str, Any], Floats]:
        """A tile's entry and its bounds; its content is on disk after that."""
        document = Glb()
        triangles = np.concatenate([order[edges[r] : edges[r + 1]] for r in node.rows])
        bounds = placed.nothing
        for i, s in enumerate(sets):
            mine = triangles[set_of_triangle[triangles] == i] - first_triangle[i]
            if len(mine):
                rows_of_set = node.rows[(node.rows >= starts[i]) & (node.rows < starts[i] + len(s.table))] - starts[i]
                bounds = _add(document, s.name, s.table.iloc[rows_of_set], s.mesh, mine, rows_of_set, placed, bounds)
        done.append(len(node.rows))
        progress("Writing tiles", sum(done) / len(rows))
        document.save(folder / f"{node.name}.glb", copyright=city.attribution)
        entry: dict[str, Any] = {"boundingVolume": {}, "geometricError": round(node.error, 3), "refine": "ADD"}
        entry["content"] = {"uri": f"tiles/{node.name}.glb", "boundingVolume": placed.volume(bounds)}
        below = []
        for child in node.children:
            inner, box = write(child)
            below.append(inner)
            bounds = placed.union(bounds, box)
        entry["boundingVolume"] = placed.volume(bounds)
        if below:
            entry["children"] = below
        return entry, bounds

    entry, _ = write(root)
    if placed.transform is not None:
        entry["transform"] = placed.transform.T.ravel().tolist()
    asset: dict[str, Any] = {"version": "1.1", "generator": "urban-twin"}
    if city.attribution:
        asset["copyright"] = city.attribution
    tileset = {"asset": asset, "geometricError": round(float(size[rows].max()), 3), "root": entry}
    (path / "tileset.json").write_text(json.dumps(tileset, ensure_ascii=False, allow_nan=False), "utf-8")
    problems = not_in_meshes(city, sets, "3D Tiles")
    if placed.transform is None:
        problems.append(
            Problem("no_map", "warning", 1, "The city has no place on the map; the tileset stands about its own origin", city.name)
        )
    elif city.frame.vertical != ELLIPSOID:
        datum = city.frame.vertical or "an unknown datum"
        problems.append(
            Problem(
                "ellipsoidal_heights", "warning", 1,
                f"3D Tiles count heights from the WGS 84 ellipsoid; those of {datum} were written as they are and may be up to 100 m off",
                city.name,
            )
        )  # fmt: skip
    return problems


def _boxes(sets: list[Any], objects: int) -> tuple[Floats, Floats]:
    """Lowest and highest corner of each object, NaN without triangles."""
    low, high = np.full((objects, 3), np.inf), np.full((objects, 3), -np.inf)
    first = 0
    for s in sets:
        n = len(s.table)
        for k in range(3):
            axis = s.mesh.points[s.mesh.triangles, k]
            np.minimum.at(low[first : first + n, k], s.mesh.object, axis.min(axis=1))
            np.maximum.at(high[first : first + n, k], s.mesh.object, axis.max(axis=1))
        first += n
    empty = ~np.isfinite(low[:, 0])
    low[empty], high[empty] = np.nan, np.nan
    return low, high


def _divided(rows: NDArray[np.int64], middle: Floats, size: Floats, count: NDArray[np.int64], name: str, level: int) -> _Node:
    """Rows, largest first: as many as a tile may hold stay, the others go to the four quarters of their extent."""
    stay = max(1, int(np.searchsorted(np.cumsum(count[rows]), TILE_TRIANGLES, side="right")))
    if level >= MAX_LEVELS:
        stay = len(rows)
    node, rest = _Node(rows[:stay], name), rows[stay:]
    if not len(rest):
        return node
    node.error = float(size[rest[0]])
    low, high = middle[rest].min(axis=0), middle[rest].max(axis=0)
    centre = (low + high) / 2
    quarter = (middle[rest, 0] > centre[0]) + 2 * (middle[rest, 1] > centre[1])
    for q in range(4):
        mine = rest[quarter == q]
        if len(mine):
            node.children.append(_divided(mine, middle, size, count, f"{name}{q}", level + 1))
    return node


def _add(
    document: Glb,
    name: str,
    table: pd.DataFrame,
    mesh: Mesh,
    triangles: NDArray[np.int64],
    rows: NDArray[np.int64],
    placed: _Placed,
    bounds: Floats,
) -> Floats:
    """One set's objects of a tile as a node of its document; returns the bounds grown by them."""
    renumber = np.searchsorted(rows_sorted := np.sort(rows), mesh.object[triangles].astype(np.int64))
    part = mesh.part(triangles, renumber.astype(np.int32))
    order = np.argsort(rows)
    frame = table.iloc[order].reset_index(drop=True)
    assert len(frame) == len(rows_sorted)
    place, box = placed.points(part.points)
    centre = (place.min(axis=0) + place.max(axis=0)) / 2
    own = place - centre
    points = np.column_stack([own[:, 0], own[:, 2], -own[:, 1]]).astype(np.float32)
    node = {"name": name, "mesh": document.mesh(part, points, document.table(frame, name), len(frame), name)}
    document.nodes.append({**node, "translation": [float(centre[0]), float(centre[2]), float(-centre[1])]})
    return placed.union(bounds, box)


class _Placed:
    """Local metres -> axes of the tileset's root (east, north, up at the city's origin), and bounds of what is there.

    With a map bounds are regions (west, south, east, north in radians, lowest and highest in metres), without one boxes (low, high).
    """

    def __init__(self, frame: LocalFrame, heights: tuple[float, float]) -> None:
        self._frame = frame
        self.nothing = np.array([np.inf, np.inf, -np.inf, -np.inf, np.inf, -np.inf])
        self.transform: Floats | None = None
        if frame.crs is None:
            return
        self._to_earth = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        lon, lat = frame.to_lonlat(0.0, 0.0)
        origin = np.array(self._to_earth.transform(float(lon), float(lat), heights[0]))
        a, b = np.radians(float(lon)), np.radians(float(lat))
        east = [-np.sin(a), np.cos(a), 0]
        north = [-np.sin(b) * np.cos(a), -np.sin(b) * np.sin(a), np.cos(b)]
        up = [np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)]
        self.transform = np.eye(4)
        self.transform[:3, :3] = np.column_stack([east, north, up])
        self.transform[:3, 3] = origin

    def points(self, local: Floats) -> tuple[Floats, Floats]:
        """Points in the axes of the root, and their bounds."""
        if self.transform is None:
            low, high = local.min(axis=0), local.max(axis=0)
            return local, np.array([low[0], low[1], high[0], high[1], low[2], high[2]])
        lon, lat = self._frame.to_lonlat(local[:, 0], local[:, 1])
        earth = np.column_stack(self._to_earth.transform(lon, lat, local[:, 2]))
        own = (earth - self.transform[:3, 3]) @ self.transform[:3, :3]
        # A hair wider than the vertices, whose coordinates are rounded to 32 bits.
        w, s, e, n = np.radians([lon.min(), lat.min(), lon.max(), lat.max()]) + np.array([-1, -1, 1, 1]) * 2e-9
        return own, np.array([w, s, e, n, local[:, 2].min() - 0.01, local[:, 2].max() + 0.01])

    @staticmethod
    def union(a: Floats, b: Floats) -> Floats:
        return np.array([*np.minimum(a[:2], b[:2]), *np.maximum(a[2:4], b[2:4]), min(a[4], b[4]), max(a[5], b[5])])

    def volume(self, bounds: Floats) -> dict[str, Any]:
        if self.transform is not None:
            return {"region": [float(v) for v in bounds]}
        low, high = bounds[[0, 1, 4]], bounds[[2, 3, 5]]
        half = np.maximum((high - low) / 2, 0.01)
        return {"box": [*((low + high) / 2).tolist(), half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]}
