"""Faces of a GML file: numbers in, triangles out, in pieces small enough for any size of file.

Faces are numbered in the order in which they end. An element whose faces were read carries a mark "first count", so that who owns
them can be told later (assign), when the object around them is complete.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.doctor.planes import warped_faces
from twin.city.faces import triangulate_faces
from twin.city.readers.citygml_stream import local

MARK = "twin-faces"
METRES_A_DEGREE = 111_320.0
_MOST = 1e10
"""Coordinates beyond this are none."""
_FLUSH_NUMBERS, _AT_ONCE = 1_500_000, 200_000
UNOWNED, TEMPLATE = -1, -2

Element = Any


@dataclass
class Piece:
    """Triangles of some thousand faces. points: as in the file; face: number of the face of each triangle, ascending."""

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    face: NDArray[np.int64]
    row: NDArray[np.int32]
    lod: NDArray[np.int8]
    surface: NDArray[np.uint8]
    flip: NDArray[np.bool_]
    name: NDArray[np.int64]


@dataclass
class Faces:
    """All faces read so far; those of unfinished objects as plain numbers, the others as triangles."""

    in_degrees: bool = False
    """Whether the plan is in degrees: triangles are then found in metres."""
    latitude_first: bool = False
    pieces: list[Piece] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    """Faces since the last flush by gml:id."""
    broken: list[str] = field(default_factory=list)
    unclosed: int = 0
    warped: list[NDArray[np.int32]] = field(default_factory=list)
    """Object row of each face that is not flat."""
    base: int = 0
    numbers: Any = field(default_factory=lambda: array("d"))
    ring_sizes: Any = field(default_factory=lambda: array("i"))
    face_rings: Any = field(default_factory=lambda: array("i"))
    row: Any = field(default_factory=lambda: array("i"))
    lod: Any = field(default_factory=lambda: array("b"))
    surface: Any = field(default_factory=lambda: array("B"))
    flip: Any = field(default_factory=lambda: array("B"))
    name: Any = field(default_factory=lambda: array("q"))

    @property
    def count(self) -> int:
        """Number of the next face."""
        return self.base + len(self.face_rings)

    def read(self, element: Element) -> None:
        """Takes the rings of a polygon, triangle or patch, empties it and leaves a mark."""
        name = id_of(element)
        numbers, rings = len(self.numbers), len(self.ring_sizes)
        try:
            for side in element:
                for ring in side:
                    self._ring(ring)
            found = len(self.ring_sizes) - rings
            if not found:
                raise ValueError("no ring")
        except (ValueError, IndexError, OverflowError):
            del self.numbers[numbers:], self.ring_sizes[rings:]
            self.broken.append(name)
            element.clear()
            return
        face = self.count
        self.face_rings.append(found)
        self.row.append(UNOWNED)
        self.lod.append(-1)
        self.surface.append(0)
        self.flip.append(0)
        self.name.append(hash(name) if name else 0)
        if name:
            self.ids[name] = face
        element.clear()
        _mark(element, face)

    def _ring(self, ring: Element) -> None:
        first = ring[0]
        start = len(self.numbers)
        if len(ring) == 1 and local(first.tag) == "posList":
            self.numbers.extend(map(float, (first.text or "").split()))
            stated = first.get("srsDimension")
        else:
            stated = None
            for place in ring.iter("{*}posList", "{*}pos", "{*}coordinates"):
                text = place.text or ""
                self.numbers.extend(map(float, (text.replace(",", " ") if local(place.tag) == "coordinates" else text).split()))
                stated = stated or place.get("srsDimension")
        n = len(self.numbers) - start
        if n % 3 == 0 and n >= 12 and self.numbers[start : start + 3] == self.numbers[-3:]:
            del self.numbers[-3:]
        elif n % 2 == 0 and n >= 8 and self.numbers[start : start + 2] == self.numbers[-2:]:
            self._add_heights(start)
            del self.numbers[-3:]
        elif n % 2 == 0 and (stated == "2" or n % 3):
            self.unclosed += 1
            self._add_heights(start)
        elif n % 3 == 0:
            self.unclosed += 1
        else:
            raise ValueError("neither pairs nor triples")
        corners = (len(self.numbers) - start) // 3
        if corners < 3:
            raise ValueError("fewer than three corners")
        self.ring_sizes.append(corners)

    def add_triangles(self, corners: NDArray[np.float64], row: int, surface: int) -> None:
        """Takes triangles (T, 3, 3) that were not faces of the file."""
        n = len(corners)
        self.numbers.extend(corners.ravel().tolist())
        self.ring_sizes.extend([3] * n)
        self.face_rings.extend([1] * n)
        self.row.extend([row] * n)
        self.lod.extend([0] * n)
        self.surface.extend([surface] * n)
        self.flip.extend([0] * n)
        self.name.extend([0] * n)

    def _add_heights(self, start: int) -> None:
        flat = self.numbers[start:]
        del self.numbers[start:]
        for i in range(0, len(flat), 2):
            self.numbers.extend((flat[i], flat[i + 1], 0.0))

    def assign(self, first: int, count: int, row: int, lod: int, surface: int, flip: bool) -> None:
        """Says whose faces these are."""
        for i in range(first - self.base, first - self.base + count):
            if self.row[i] == UNOWNED:
                self.row[i], self.lod[i], self.surface[i], self.flip[i] = row, lod, surface, flip

    def owner_of(self, face: int) -> tuple[int, int]:
        """Row and level of detail of a face not yet flushed."""
        i = face - self.base
        return (self.row[i], self.lod[i]) if 0 <= i < len(self.row) else (UNOWNED, -1)

    def classify(self, face: int, surface: int) -> None:
        """Gives a face its kind of surface where nobody has."""
        if surface and not self.surface[face - self.base]:
            self.surface[face - self.base] = surface

    def first_place(self) -> tuple[float, float] | None:
        """First two numbers of the first face that is part of an object and not flushed; templates have no place."""
        owned = np.flatnonzero(np.array(self.row, np.int32) >= 0)
        if not len(owned):
            return None
        rings = sum(self.face_rings[: int(owned[0])])
        at = 3 * sum(self.ring_sizes[:rings])
        return self.numbers[at], self.numbers[at + 1]

    @property
    def are_many(self) -> bool:
        """Whether it is time for flush_to."""
        return len(self.numbers) > _FLUSH_NUMBERS

    def flush_to(self, face: int) -> None:
        """Turns faces before this one into triangles."""
        while self.base < face:
            self._flush(min(face - self.base, _AT_ONCE))

    def _flush(self, n: int) -> None:
        """Turns the first n faces into triangles."""
        face_rings = np.frombuffer(self.face_rings[:n], np.int32).astype(np.int64)
        rings = int(face_rings.sum())
        ring_sizes = np.frombuffer(self.ring_sizes[:rings], np.int32).astype(np.int64)
        corners = int(ring_sizes.sum())
        raw = np.array(np.frombuffer(self.numbers[: 3 * corners], float)).reshape(-1, 3)
        row = np.frombuffer(self.row[:n], np.int32)
        face_of_corner = np.repeat(np.repeat(np.arange(n), face_rings), ring_sizes)
        bad = np.zeros(n, bool)
        nowhere = ~(np.abs(raw) < _MOST).all(1)
        bad[face_of_corner[nowhere]] = True
        if bad.any():
            self.broken += [""] * int(bad.sum())
            raw[nowhere] = 0.0
        points, vertices = _shared(raw, row[face_of_corner])
        metric = self._metric(points, vertices, row[face_of_corner])
        triangles, of_face = triangulate_faces(metric, vertices, ring_sizes, face_rings)
        self.warped.append(row[warped_faces(metric, vertices, ring_sizes, face_rings)])
        good = ~bad[of_face]
        order = np.argsort(of_face[good], kind="stable")
        self.pieces.append(
            Piece(
                points, triangles[good][order], of_face[good][order] + self.base, row, np.array(self.lod[:n], np.int8),
                np.array(self.surface[:n], np.uint8), np.array(self.flip[:n], bool), np.array(self.name[:n], np.int64),
            )
        )  # fmt: skip
        del self.face_rings[:n], self.ring_sizes[:rings], self.numbers[: 3 * corners]
        del self.row[:n], self.lod[:n], self.surface[:n], self.flip[:n], self.name[:n]
        self.base += n
        self.ids = {name: f for name, f in self.ids.items() if f >= self.base}

    def _metric(self, points: NDArray[np.float64], vertices: NDArray[np.int64], row: NDArray[np.int32]) -> NDArray[np.float64]:
        """Points in metres, near enough to find triangles; templates are in metres already."""
        if not self.in_degrees or not len(points):
            return points
        geographic = np.ones(len(points), bool)
        geographic[vertices[row == TEMPLATE]] = False
        out = points.copy()
        plan = points[geographic, :2] - np.median(points[geographic, :2], axis=0) if geographic.any() else points[:0, :2]
        latitude = float(np.median(points[geographic, 0 if self.latitude_first else 1])) if geographic.any() else 0.0
        squeeze = METRES_A_DEGREE * max(0.05, float(np.cos(np.radians(np.clip(latitude, -89, 89)))))
        out[geographic, :2] = plan * ((METRES_A_DEGREE, squeeze) if self.latitude_first else (squeeze, METRES_A_DEGREE))
        return out


def id_of(element: Element) -> str:
    """gml:id of an element, '' where it has none."""
    return element.get("{http://www.opengis.net/gml}id") or element.get("{http://www.opengis.net/gml/3.2}id") or ""


def _mark(element: Element, face: int) -> None:
    """Writes on the parent that it holds this face; faces that follow each other become one run, so that a million leave one element."""
    parent = element.getparent()
    run = parent.get(MARK)
    if run is not None:
        first, _, count = run.partition(" ")
        parent.set(MARK, f"{first} {face - int(first) + 1}")
        previous = element.getprevious()
        if previous is not None:
            parent.remove(previous)
        return
    before = parent.getprevious() if local(parent.tag) == "surfaceMember" else None
    run = before.get(MARK) if before is not None else None
    if run is not None:
        first, _, count = run.partition(" ")
        if int(first) + int(count) == face:
            parent.set(MARK, f"{first} {int(count) + 1}")
            parent.getparent().remove(before)
            return
    parent.set(MARK, f"{face} 1")


def _shared(raw: NDArray[np.float64], owner: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points without those an object has twice, and the row of each corner in them."""
    if not len(raw):
        return raw, np.empty(0, np.int64)
    key = owner.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (raw + 0.0).view(np.uint64)  # -0.0 is 0.0
    for k, odd in enumerate((0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)):
        key = (key ^ (bits[:, k] >> np.uint64(29)) ^ bits[:, k]) * np.uint64(odd)
        key ^= key >> np.uint64(32)
    codes, unique = pd.factorize(key)
    points = np.empty((len(unique), 3))
    points[codes[::-1]] = raw[::-1]
    if not np.array_equal(points[codes], raw):  # two places with one key: as good as never
        return raw, np.arange(len(raw))
    return points, codes.astype(np.int64)
