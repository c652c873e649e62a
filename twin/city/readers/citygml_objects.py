"""City objects of a GML file: which element is one, whose faces are whose, what kind of surface each is."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.mesh import SurfaceClass
from twin.city.readers.citygml_attributes import Attributes
from twin.city.readers.citygml_faces import MARK, TEMPLATE, Faces, id_of
from twin.city.readers.citygml_links import Groups, Instance, Link
from twin.city.readers.citygml_names import (
    CURVES,
    HAZARDS,
    KINDS,
    NO_GEOMETRY,
    NOT_SHOWN,
    POINTS,
    SKIPPED,
    TYPES,
    WHAT,
    what_is,
)  # fmt: skip
from twin.city.readers.citygml_positions import numbers_of, positions_of
from twin.city.readers.citygml_stream import SEVERAL, local

XLINK = "{http://www.w3.org/1999/xlink}href"
MAX_LINKS, MAX_DEPTH = 2_000_000, 60
_NO_FACE = 1 << 62

Element = Any


@dataclass
class Objects:
    """All objects read so far, one row each; a part has its own row and the row of its top-level object."""

    faces: Faces
    attributes: Attributes
    wanted: frozenset[str] = frozenset()
    """Types to read; empty for all."""
    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    top: Any = field(default_factory=lambda: array("i"))
    links: list[Link] = field(default_factory=list)
    """Those that lead to other objects."""
    outside: list[str] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    groups: Groups = field(default_factory=Groups)
    lines: dict[int, list[NDArray[np.float64]]] = field(default_factory=dict)
    places: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    other_crs: list[tuple[int, int, str]] = field(default_factory=list)
    """Faces whose geometry names a coordinate system of its own: first, count, name."""
    inside: int = 0
    libraries: int = 0
    not_shown: dict[str, int] = field(default_factory=dict)
    srs: str = ""
    anchors: dict[str, tuple[str, NDArray[np.float64]]] = field(default_factory=dict)
    _pending: list[Link] = field(default_factory=list)
    _low: int = _NO_FACE
    _high: int = -1

    def member(self, element: Element) -> None:
        """One child of the root."""
        name = local(element.tag)
        if name == "boundedBy":
            self._envelope(element)
        elif name == "engineeringCRS":
            self._anchor(element)
        if name in SKIPPED:
            return
        href = element.get(XLINK)
        if href is not None and href.rpartition("#")[0]:
            self.outside.append(href[:200])
        bare = local(element.getparent().tag) in SEVERAL
        for child in [element] if bare else element:
            if local(child.tag) not in ("", "Appearance"):
                self._object(child, None)
        self._settle()

    def _envelope(self, element: Element) -> None:
        """The coordinate system the whole file is in."""
        for envelope in element.iter("{*}Envelope"):
            self.srs = self.srs or (envelope.get("srsName") or "").strip()

    def _anchor(self, element: Element) -> None:
        """A local system of the file itself and the place on the map its origin stands for."""
        for anchor in element.iter("{*}anchorDefinition"):
            numbers, ids = numbers_of(anchor.text), [id_of(e) for e in element.iter("{*}EngineeringCRS")]
            if len(numbers) == 3 and ids and np.isfinite(numbers).all():
                self.anchors[f"#{ids[0]}"] = (anchor.get("codeSpace") or "", numbers)

    def _object(self, element: Element, top: int | None, depth: int = 0) -> None:
        name = local(element.tag)
        if name == "ReliefFeature":
            for component in element.iter("{*}reliefComponent"):
                for child in component:
                    self._object(child, None, depth + 1)
            return
        kind = TYPES.get(name, name)
        if name in NOT_SHOWN:
            self.not_shown[name] = self.not_shown.get(name, 0) + 1
            for member in element.iterfind("{*}groupMember") if name == "CityObjectGroup" else ():
                for child in member:
                    self._object(child, None, depth + 1)
            return
        if depth > MAX_DEPTH or (self.wanted and top is None and kind not in self.wanted):
            return
        row = len(self.ids)
        self.ids.append(id_of(element) or f"{name}_{row + 1}")
        self.types.append(kind)
        self.top.append(row if top is None else top)
        children = self._properties(element, row, 0, depth)
        for child in children:
            self._object(child, self.top[row], depth + 1)

    def _properties(self, element: Element, row: int, surface: int, depth: int, with_attributes: bool = True) -> list[Element]:
        """Geometry, surfaces and attributes of an object; its parts are given back, to come after it."""
        children: list[Element] = []
        for item in element:
            tag = item.tag
            does, lod = WHAT.get(tag) or what_is(tag)
            if does == "attribute":
                if with_attributes:
                    self.attributes.read(row, item)
            elif does == "geometry":
                self._geometry(item, row, lod, surface, False, 0)
            elif does == "surfaces":
                self._surfaces(item, row, surface, depth, children)
            elif does == "parts":
                children += list(item)
            elif does == "inside":
                self.inside += len(item) > 0
            elif does == "tin":
                if local(tag) == "reliefPoints":
                    self._control_points(item, row)
                    continue
                said = (element.findtext("{*}lod") or "").strip()
                self._geometry(item, row, int(said) if said in ("1", "2", "3", "4") else 0, int(SurfaceClass.TERRAIN), False, 0)
            elif does == "hazard" and with_attributes:
                self.types[row] = HAZARDS.get(local(item[0].tag), self.types[row]) if len(item) else self.types[row]
                self.attributes.read(row, item)
        return children

    def _surfaces(self, element: Element, row: int, surface: int, depth: int, children: list[Element]) -> None:
        """Walls, roofs, traffic areas and the like: what they are made of, by the kind of each."""
        href = element.get(XLINK)
        if href and not len(element):
            self._link(href, row, -1, surface, False)
        for child in element:
            name = local(child.tag)
            if name in ("Envelope", "Null"):
                if not self.srs:
                    self._envelope(element)
            elif depth < MAX_DEPTH:
                around = self._begin()
                children += self._properties(child, row, int(KINDS.get(name, surface)), depth + 1, False)
                self._end(around, id_of(child))

    def _begin(self) -> tuple[int, int]:
        """Starts to watch which faces an element has; what was watched before is given back."""
        around = self._low, self._high
        self._low, self._high = _NO_FACE, -1
        return around

    def _end(self, around: tuple[int, int], name: str) -> None:
        """Keeps the run of faces met since _begin under a name."""
        if name and self._high > self._low:
            self.groups.put(name, self._low, self._high - self._low)
        self._low, self._high = min(self._low, around[0]), max(self._high, around[1])

    def _own(self, mark: str, row: int, lod: int, surface: int, flip: bool) -> None:
        """Says whose the marked faces are."""
        first, count = map(int, mark.split())
        self.faces.assign(first, count, row, lod, surface, flip)
        self._low, self._high = min(self._low, first), max(self._high, first + count)

    def _geometry(self, element: Element, row: int, lod: int, surface: int, flip: bool, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        mark = element.get(MARK)
        if mark is not None:
            self._own(mark, row, lod, surface, flip)
            return
        for child in element:
            name = local(child.tag)
            if not len(child):
                href = child.get(XLINK)
                if href is not None:
                    self._link(href, row, lod, surface, flip)
                    continue
            if name == "surfaceMember":
                if (run := child.get(MARK)) is not None:
                    self._own(run, row, lod, surface, flip)
                else:
                    self._geometry(child, row, lod, surface, flip, depth + 1)
                continue
            srs = child.get("srsName")
            if srs is not None and srs != self.srs:
                self._own_crs(child, srs)
            around = self._begin()
            self._one_geometry(child, name, row, lod, surface, flip, depth)
            self._end(around, id_of(child))

    def _one_geometry(self, element: Element, name: str, row: int, lod: int, surface: int, flip: bool, depth: int) -> None:
        if name in CURVES:
            self._curve(element, row)
        elif name in POINTS and element.find(f".//*[@{MARK}]") is None:
            self._place(element, row)
        elif name == "ImplicitGeometry":
            self._implicit(element, row, lod)
        elif name == "controlPoint":
            self._control_points(element, row)
        elif name not in NO_GEOMETRY:
            turned = name == "OrientableSurface" and element.get("orientation") == "-"
            self._geometry(element, row, lod, surface, flip ^ turned, depth + 1)

    def _own_crs(self, element: Element, srs: str) -> None:
        srs = srs.strip()
        if not self.srs:
            self.srs = srs
        elif srs != self.srs:
            marks = [m.split() for m in element.xpath(f"descendant-or-self::*/@{MARK}")]
            self.other_crs += [(int(first), int(count), srs) for first, count in marks]

    def _link(self, href: str, row: int, lod: int, surface: int, flip: bool) -> None:
        base, found, target = href.rpartition("#")
        if found and base:
            self.outside.append(href[:200])
        elif len(self._pending) + len(self.links) < MAX_LINKS:
            self._pending.append(Link(row, lod, surface, target, flip))

    def _settle(self) -> None:
        """Links within one object only say what is known: the solid is made of the walls. The others are kept."""
        for link in self._pending:
            face = self.faces.ids.get(link.target)
            if face is not None and link.lod >= 0:
                owner, lod = self.faces.owner_of(face)
                if owner >= 0 and lod == link.lod and self.top[owner] == self.top[link.row]:
                    self.faces.classify(face, link.surface)
                    continue
            group = self.groups.recent.get(link.target)
            if group is not None and link.lod >= 0:
                owner, lod = self.faces.owner_of(group[0])
                if owner >= 0 and lod == link.lod and self.top[owner] == self.top[link.row]:
                    continue
            self.links.append(link)
        self._pending.clear()
        self.groups.recent.clear()

    def _implicit(self, element: Element, row: int, lod: int) -> None:
        matrix, anchor, first, count, target = np.eye(4), (0.0, 0.0, 0.0), 0, 0, ""
        for item in element:
            name = local(item.tag)
            if name == "transformationMatrix":
                numbers = numbers_of(item.text)
                if len(numbers) == 16:
                    matrix = numbers.reshape(4, 4)
            elif name == "referencePoint":
                found = positions_of(item)
                if len(found):
                    anchor = (float(found[0, 0]), float(found[0, 1]), float(found[0, 2]))
            elif name == "libraryObject":
                self.libraries += 1
            elif name in ("relativeGMLGeometry", "relativeGeometry"):
                href = item.get(XLINK)
                if href:
                    base, _, target = href.rpartition("#")
                    if base:
                        self.outside.append(href[:200])
                        target = ""
                around = self._begin()
                self._geometry(item, TEMPLATE, lod, 0, False, 0)
                if self._high > self._low:
                    first, count = self._low, self._high - self._low
                self._end(around, "")
        if (count or target) and np.isfinite(matrix).all() and np.isfinite(anchor).all():
            self.instances.append(Instance(row, lod, matrix, anchor, first, count, target))
            self.places.setdefault(row, anchor)

    def _curve(self, element: Element, row: int) -> None:
        for line in element.iter("{*}LineString", "{*}LineStringSegment"):
            xyz = positions_of(line)
            if line.getparent().getparent() is not None and local(line.getparent().getparent().tag) == "OrientableCurve":
                xyz = xyz[::-1] if line.getparent().getparent().get("orientation") == "-" else xyz
            if len(xyz) > 1:
                self.lines.setdefault(row, []).append(xyz)

    def _place(self, element: Element, row: int) -> None:
        xyz = positions_of(element)
        if len(xyz):
            x, y, z = xyz.mean(0)
            self.places.setdefault(row, (float(x), float(y), float(z)))

    def _control_points(self, element: Element, row: int) -> None:
        """Ground given by points alone: a gml:Tin that leaves the triangles to us (ISO 19136, 10.5.12.6), mass points."""
        from scipy.spatial import Delaunay, QhullError

        xyz = positions_of(element)
        if len(xyz) < 3:
            return
        try:
            triangles = Delaunay(xyz[:, :2] - xyz[:, :2].mean(0)).simplices
        except (QhullError, ValueError):
            return
        corners = xyz[triangles]
        u, v = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
        down = u[:, 0] * v[:, 1] < u[:, 1] * v[:, 0]
        corners[down] = corners[down][:, ::-1]
        self.faces.add_triangles(corners, row, int(SurfaceClass.TERRAIN))
