"""City objects of a GML file: which element is one, whose faces are whose, what kind of surface each is."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.mesh import SurfaceClass
from twin.city.readers.citygml_attributes import Attributes
from twin.city.readers.citygml_faces import MARK, TEMPLATE, UNOWNED, Faces, id_of
from twin.city.readers.citygml_stream import local
from twin.city.readers.cityjson import SURFACES

XLINK = "{http://www.w3.org/1999/xlink}href"
ROOF_EDGE = 10
"""Level of detail of lod0RoofEdge until it is known whether there is a footprint."""
MAX_LINKS, MAX_DEPTH = 2_000_000, 60
_TYPES = {
    "Square": "TransportSquare", "Track": "Road", "TransportationComplex": "Road", "HollowSpace": "TunnelHollowSpace",
    "GenericOccupiedSpace": "GenericCityObject", "GenericUnoccupiedSpace": "GenericCityObject", "GenericLogicalSpace": "GenericCityObject",
    "GenericThematicSurface": "GenericCityObject", "BuildingConstructiveElement": "BuildingConstructiveElement",
}  # fmt: skip
_KINDS = SURFACES | {
    "WindowSurface": SurfaceClass.WALL, "DoorSurface": SurfaceClass.WALL, "Marking": SurfaceClass.ROAD, "Hole": SurfaceClass.ROAD,
    "HoleSurface": SurfaceClass.ROAD, "TrafficSpace": SurfaceClass.ROAD, "AuxiliaryTrafficSpace": SurfaceClass.ROAD,
}  # fmt: skip
_SURFACE_PROPERTIES = frozenset(
    {"boundedBy", "boundary", "opening", "fillingSurface", "trafficArea", "auxiliaryTrafficArea", "trafficSpace", "auxiliaryTrafficSpace",
     "section", "intersection", "marking", "hole"}
)  # fmt: skip
_CHILD_PROPERTIES = frozenset(
    {"consistsOfBuildingPart", "buildingPart", "outerBuildingInstallation", "buildingInstallation", "buildingConstructiveElement",
     "consistsOfBridgePart", "bridgePart", "outerBridgeInstallation", "bridgeInstallation", "outerBridgeConstruction",
     "bridgeConstructiveElement", "consistsOfTunnelPart", "tunnelPart", "outerTunnelInstallation", "tunnelInstallation",
     "tunnelConstructiveElement", "otherConstruction"}
)  # fmt: skip
_INSIDE_PROPERTIES = frozenset(
    {"interiorRoom", "buildingRoom", "interiorBuildingInstallation", "roomInstallation", "interiorFurniture", "buildingFurniture",
     "buildingSubdivision", "interiorBridgeRoom", "bridgeRoom", "interiorBridgeInstallation", "bridgeFurniture", "interiorHollowSpace",
     "hollowSpace", "interiorTunnelInstallation", "tunnelFurniture", "clearanceSpace"}
)  # fmt: skip
_SKIPPED = frozenset({"twin-root", "boundedBy", "name", "description", "engineeringCRS", "metaDataProperty", "appearanceMember",
                      "appearance", "featureMetadata", "identifier", "generalizesTo", "relatedTo", "dynamizer"})  # fmt: skip
_NOT_SHOWN = frozenset(
    {"RasterRelief", "MassPointRelief", "BreaklineRelief", "CityObjectGroup", "Version", "VersionTransition", "Dynamizer"}
)
# What a hazard map of PLATEAU tells is no water that is there.
_HAZARDS = {
    "WaterBodyRiverFloodingRiskAttribute": "RiverFloodHazard", "WaterBodyInlandFloodingRiskAttribute": "InlandFloodHazard",
    "WaterBodyTsunamiRiskAttribute": "TsunamiHazard", "WaterBodyHighTideRiskAttribute": "StormSurgeHazard",
    "WaterBodyReservoirFloodingRiskAttribute": "ReservoirFloodHazard", "RiverFloodingRiskAttribute": "RiverFloodHazard",
    "InlandFloodingRiskAttribute": "InlandFloodHazard", "TsunamiRiskAttribute": "TsunamiHazard",
    "HighTideRiskAttribute": "StormSurgeHazard",
    "ReservoirFloodingRiskAttribute": "ReservoirFloodHazard",
}  # fmt: skip

Element = Any


@dataclass
class Link:
    """Geometry that another element holds."""

    row: int
    lod: int
    surface: int
    target: str
    flip: bool


@dataclass
class Instance:
    """A template put in place (implicit geometry). first, count: its faces; count 0: those of the element called target."""

    row: int
    lod: int
    matrix: NDArray[np.float64]
    anchor: tuple[float, float, float]
    first: int
    count: int
    target: str


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
    groups: dict[int, tuple[int, int]] = field(default_factory=dict)
    """First face and number of faces of geometries and surfaces with an id, by the hash of the id."""
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

    def member(self, element: Element) -> None:
        """One child of the root."""
        name = local(element.tag)
        if name == "boundedBy":
            self._envelope(element)
        elif name == "engineeringCRS":
            self._anchor(element)
        if name in _SKIPPED:
            return
        for child in element:
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
            numbers, ids = _numbers(anchor.text), [id_of(e) for e in element.iter("{*}EngineeringCRS")]
            if len(numbers) == 3 and ids and np.isfinite(numbers).all():
                self.anchors[f"#{ids[0]}"] = (anchor.get("codeSpace") or "", numbers)

    def _object(self, element: Element, top: int | None, depth: int = 0) -> None:
        name = local(element.tag)
        if name == "ReliefFeature":
            for component in element.iter("{*}reliefComponent"):
                for child in component:
                    self._object(child, None, depth + 1)
            return
        kind = _TYPES.get(name, name)
        if name in _NOT_SHOWN:
            self.not_shown[name] = self.not_shown.get(name, 0) + 1
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
            name = local(item.tag)
            if name[:3] == "lod" and name[3:4].isdigit():
                lod = ROOF_EDGE if name == "lod0RoofEdge" else int(name[3])
                if "TerrainIntersection" not in name:
                    self._geometry(item, row, lod, surface, False, 0)
            elif name in _SURFACE_PROPERTIES:
                href = item.get(XLINK)
                if href and not len(item):
                    self._link(href, row, -1, surface, False)
                for child in item:
                    own = local(child.tag)
                    if own in ("Envelope", "Null"):
                        if not self.srs:
                            self._envelope(item)
                    elif depth < MAX_DEPTH:
                        first = self.faces_under(child)
                        of = _KINDS.get(own, surface)
                        children += self._properties(child, row, int(of), depth + 1, False)
                        if id_of(child) and first:
                            self.groups[hash(id_of(child))] = first
            elif name in _CHILD_PROPERTIES:
                children += list(item)
            elif name in _INSIDE_PROPERTIES:
                self.inside += len(item) > 0
            elif name in ("tin", "reliefPoints", "ridgeOrValleyLines", "extent", "grid"):
                if name == "tin":
                    said = (element.findtext("{*}lod") or "").strip()
                    self._geometry(item, row, int(said) if said in ("1", "2", "3", "4") else 0, int(SurfaceClass.TERRAIN), False, 0)
            elif name in ("appearance", "relatedTo", "generalizesTo", "occupiedSpace", "location"):
                continue
            elif with_attributes:
                if name == "floodingRiskAttribute" and len(item):
                    self.types[row] = _HAZARDS.get(local(item[0].tag), self.types[row])
                self.attributes.read(row, item)
        return children

    def faces_under(self, element: Element) -> tuple[int, int] | None:
        """Run of all faces below an element with an id; None where it has no id or no face."""
        if not id_of(element):
            return None
        marks = [m.get(MARK).split() for m in element.iterfind(f".//*[@{MARK}]")]
        if not marks:
            return None
        first = int(marks[0][0])
        return first, int(marks[-1][0]) + int(marks[-1][1]) - first

    def _geometry(self, element: Element, row: int, lod: int, surface: int, flip: bool, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        mark = element.get(MARK)
        if mark is not None:
            first, _, count = mark.partition(" ")
            self.faces.assign(int(first), int(count), row, lod, surface, flip)
            return
        for child in element:
            name = local(child.tag)
            href = child.get(XLINK)
            if href is not None and not len(child):
                self._link(href, row, lod, surface, flip)
            srs = child.get("srsName")
            if srs is not None and srs != self.srs:
                self._own_crs(child, srs)
            if name in ("LineString", "Curve", "CompositeCurve", "OrientableCurve", "MultiCurve", "curveMember"):
                self._curve(child, row)
            elif name in ("Point", "MultiPoint", "MultiGeometry") and child.find(f".//*[@{MARK}]") is None:
                self._place(child, row)
            elif name == "ImplicitGeometry":
                self._implicit(child, row, lod)
            elif name == "OrientableSurface":
                self._geometry(child, row, lod, surface, flip ^ (child.get("orientation") == "-"), depth + 1)
            elif name == "controlPoint":
                self._control_points(child, row)
            elif name not in ("appearance", "stopLines", "breakLines", "maxLength"):
                self._geometry(child, row, lod, surface, flip, depth + 1)
            if name not in ("surfaceMember", "Polygon"):
                faces = self.faces_under(child)
                if faces:
                    self.groups[hash(id_of(child))] = faces

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
            group = self.groups.get(hash(link.target))
            if group is not None and link.lod >= 0:
                owner, lod = self.faces.owner_of(group[0])
                if owner >= 0 and lod == link.lod and self.top[owner] == self.top[link.row]:
                    continue
            self.links.append(link)
        self._pending.clear()

    def _implicit(self, element: Element, row: int, lod: int) -> None:
        matrix, anchor, first, count, target = np.eye(4), (0.0, 0.0, 0.0), 0, 0, ""
        for item in element:
            name = local(item.tag)
            if name == "transformationMatrix":
                numbers = _numbers(item.text)
                if len(numbers) == 16:
                    matrix = numbers.reshape(4, 4)
            elif name == "referencePoint":
                found = _positions(item)
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
                marks = [m.split() for m in item.xpath(f"descendant-or-self::*/@{MARK}")]
                for a, n in marks:
                    self.faces.assign(int(a), int(n), TEMPLATE, lod, 0, False)
                if marks:
                    first = int(marks[0][0])
                    count = int(marks[-1][0]) + int(marks[-1][1]) - first
                    for child in item.iter():
                        if id_of(child):
                            faces = self.faces_under(child)
                            if faces:
                                self.groups[hash(id_of(child))] = faces
        if (count or target) and np.isfinite(matrix).all() and np.isfinite(anchor).all():
            self.instances.append(Instance(row, lod, matrix, anchor, first, count, target))
            self.places.setdefault(row, anchor)

    def _curve(self, element: Element, row: int) -> None:
        for line in element.iter("{*}LineString", "{*}LineStringSegment"):
            xyz = _positions(line)
            if line.getparent().getparent() is not None and local(line.getparent().getparent().tag) == "OrientableCurve":
                xyz = xyz[::-1] if line.getparent().getparent().get("orientation") == "-" else xyz
            if len(xyz) > 1:
                self.lines.setdefault(row, []).append(xyz)

    def _place(self, element: Element, row: int) -> None:
        xyz = _positions(element)
        if len(xyz):
            x, y, z = xyz.mean(0)
            self.places.setdefault(row, (float(x), float(y), float(z)))

    def _control_points(self, element: Element, row: int) -> None:
        """A gml:Tin that leaves the triangles to us (ISO 19136, 10.5.12.6)."""
        from scipy.spatial import Delaunay, QhullError

        xyz = _positions(element)
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


def _numbers(text: str | None) -> NDArray[np.float64]:
    try:
        return np.array([float(t) for t in (text or "").replace(",", " ").split()])
    except ValueError:
        return np.empty(0)


def _positions(element: Element) -> NDArray[np.float64]:
    """Places (N, 3) of the coordinates below an element, in their order; height 0 where there is none."""
    out: list[NDArray[np.float64]] = []
    for item in element.iter("{*}pos", "{*}posList", "{*}coordinates"):
        found = _numbers(item.text)
        if local(item.tag) == "pos":
            found = np.append(found, 0.0) if len(found) == 2 else found[:3]
            out += [found.reshape(1, 3)] if len(found) == 3 else []
            continue
        flat = item.get("srsDimension") == "2" or (item.get("srsDimension") != "3" and len(found) % 3 != 0)
        if flat and len(found) % 2 == 0:
            out.append(np.column_stack([found.reshape(-1, 2), np.zeros(len(found) // 2)]))
        elif len(found) % 3 == 0:
            out.append(found.reshape(-1, 3))
    return np.concatenate(out) if out else np.empty((0, 3))


__all__ = ["ROOF_EDGE", "UNOWNED", "Instance", "Link", "Objects"]
