"""Geometries of CityJSON from triangles and shapes, over vertices that are written once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.mesh import Mesh, SurfaceClass
from twin.city.writers.coplanar import Polygons, polygons_of
from twin.frame import LocalFrame


class Corners:
    """Vertices of a file, whole millimetres in the CRS, each once; materials by colour."""

    def __init__(self, frame: LocalFrame) -> None:
        self.frame = frame
        self.colors: list[int] = []
        self._color: dict[int, int] = {}
        self._number: dict[tuple[int, int, int], int] = {}

    def millimetres(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Local metres (N, 3) as whole millimetres in the CRS."""
        x, y = self.frame.to_crs(points[:, 0], points[:, 1])
        return np.round(np.column_stack([x, y, points[:, 2]]) * 1000).astype(np.int64)

    def numbers(self, millimetres: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of the vertices each of these is."""
        number = self._number
        return np.fromiter((number.setdefault((x, y, z), len(number)) for x, y, z in millimetres.tolist()), np.int64, len(millimetres))

    def color(self, rgba: int) -> int | None:
        """Number of the material of a colour, None for alpha 0."""
        if not rgba & 255:
            return None
        if rgba not in self._color:
            self._color[rgba] = len(self.colors)
            self.colors.append(rgba)
        return self._color[rgba]

    def written(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The vertices less their lowest whole metre, and that, in millimetres."""
        vertices = np.array(list(self._number), np.int64).reshape(-1, 3)
        origin = (vertices.min(0) // 1000) * 1000 if len(vertices) else np.zeros(3, np.int64)
        return vertices - origin, origin

    def shape(self, shape: shapely.Geometry) -> dict[str, Any]:
        """A shape with heights as MultiSurface, MultiLineString or MultiPoint of level 0; rings run anticlockwise, holes clockwise."""
        pieces = [p for p in shapely.get_parts(shapely.get_parts(shape)) if not p.is_empty]
        highest = max((shapely.get_dimensions(p) for p in pieces), default=0)
        pieces = [p for p in pieces if shapely.get_dimensions(p) == highest]

        def rows(line: shapely.Geometry) -> list[int]:
            xyz = self.millimetres(shapely.get_coordinates(line, include_z=True))
            return [int(i) for i in self.numbers(xyz)]

        if highest == 2:
            faces = []
            for area in shapely.orient_polygons(np.array(pieces, object)):
                rings = [_open(rows(r)) for r in (area.exterior, *area.interiors)]
                if len(rings[0]) >= 3:
                    faces.append([r for r in rings if len(r) >= 3])
            return {"type": "MultiSurface", "lod": "0", "boundaries": faces}
        if highest == 1:
            return {"type": "MultiLineString", "lod": "0", "boundaries": [rows(p) for p in pieces]}
        return {"type": "MultiPoint", "lod": "0", "boundaries": [rows(p)[0] for p in pieces]}


def _open(ring: list[int]) -> list[int]:
    """A ring without its last corner, and without corners that are the one before."""
    out = [a for a, b in pairwise([*ring, ring[0]]) if a != b] if ring else []
    return out[:-1] if len(out) > 1 and out[0] == out[-1] else out


@dataclass(frozen=True)
class Geometry:
    """Faces of one object (rings of vertex numbers), body by body; what each face is called and coloured."""

    type: str
    faces: list[list[list[list[int]]]]
    meaning: list[list[int | None]]
    names: tuple[str, ...]
    color: list[list[int]]

    def as_surfaces(self) -> Geometry:
        """The same as a MultiSurface."""
        return replace(
            self, type="MultiSurface", faces=[sum(self.faces, [])], meaning=[sum(self.meaning, [])], color=[sum(self.color, [])]
        )  # fmt: skip

    def as_json(self, lod: str, corners: Corners) -> dict[str, Any]:
        """As it stands in a city object."""

        def nested(per_body: list[Any]) -> Any:
            if self.type == "MultiSurface":
                return per_body[0]
            return [per_body[0]] if self.type == "Solid" else [[body] for body in per_body]

        out: dict[str, Any] = {"type": self.type, "lod": lod, "boundaries": nested(self.faces)}
        if self.names and any(m is not None for body in self.meaning for m in body):
            out["semantics"] = {"surfaces": [{"type": n} for n in self.names], "values": nested(self.meaning)}
        colors = [[corners.color(c) for c in body] for body in self.color]
        if any(c is not None for body in colors for c in body):
            out["material"] = {"source": {"values": nested(colors)}}
        return out


def geometries_of(
    mesh: Mesh, objects: int, corners: Corners, names: dict[SurfaceClass, str], merge: bool = True
) -> Iterator[Geometry | None]:
    """The geometry of each object of a mesh in turn, None for one without triangles.

    A Solid where the object is closed, a CompositeSolid where it is several closed bodies, else a MultiSurface.
    names: what surface classes are called; the others have no meaning.
    """
    fine = corners.millimetres(mesh.points)
    unique, index = np.unique(fine, axis=0, return_inverse=True)
    index = index.ravel()
    color = np.zeros(len(mesh), np.int64)
    if mesh.color is not None:
        color = mesh.color.astype(np.int64) @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    kind = color * 16 + mesh.surface
    low = unique.min(0) if len(unique) else np.zeros(3)
    polygons = polygons_of((unique - low) / 1000.0, index[mesh.triangles], mesh.object.astype(np.int64), kind, objects, merge)
    number = np.full(len(unique), -1, np.int64)
    used = np.unique(polygons.corners)
    number[used] = corners.numbers(unique[used])
    return _each(polygons, number, objects, names)


def _each(polygons: Polygons, number: NDArray[np.int64], objects: int, names: dict[SurfaceClass, str]) -> Iterator[Geometry | None]:
    flat = number[polygons.corners].tolist()
    ends = np.cumsum(polygons.size).tolist()
    rings = [flat[a:b] for a, b in pairwise([0, *ends])]
    faces = [rings[a:b] for a, b in pairwise([0, *np.cumsum(polygons.rings).tolist()])]
    classes, colors, parts = (polygons.kind % 16).tolist(), (polygons.kind // 16).tolist(), polygons.part.tolist()
    bounds = np.searchsorted(polygons.object, np.arange(objects + 1)).tolist()
    for i in range(objects):
        a, b = bounds[i], bounds[i + 1]
        if a == b:
            yield None
            continue
        said = [c for c in names if c in set(classes[a:b])]
        place = {int(c): k for k, c in enumerate(said)}
        bodies = sorted(set(parts[a:b])) if polygons.closed[i] else [-1]
        which = [[k for k in range(a, b) if body in (-1, parts[k])] for body in bodies]
        yield Geometry(
            "MultiSurface" if not polygons.closed[i] else "Solid" if len(bodies) == 1 else "CompositeSolid",
            [[faces[k] for k in body] for body in which],
            [[place.get(classes[k]) for k in body] for body in which],
            tuple(names[c] for c in said),
            [[colors[k] for k in body] for body in which],
        )
