"""City objects of CityJSON documents gathered row by row: what they are, and which boundaries, meanings and materials they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.mesh import SurfaceClass
from twin.city.readers.cityjson_appearance import Appearance
from twin.city.readers.cityjson_table import Attributes
from twin.city.readers.cityjson_text import Boundaries

SURFACES = {
    "WallSurface": SurfaceClass.WALL, "InteriorWallSurface": SurfaceClass.WALL, "RoofSurface": SurfaceClass.ROOF,
    "OuterCeilingSurface": SurfaceClass.ROOF, "OuterFloorSurface": SurfaceClass.ROOF, "GroundSurface": SurfaceClass.GROUND,
    "ClosureSurface": SurfaceClass.CLOSURE, "Window": SurfaceClass.WALL, "Door": SurfaceClass.WALL, "TrafficArea": SurfaceClass.ROAD,
    "AuxiliaryTrafficArea": SurfaceClass.ROAD, "TransportationMarking": SurfaceClass.ROAD, "TransportationHole": SurfaceClass.ROAD,
    "WaterSurface": SurfaceClass.WATER, "WaterGroundSurface": SurfaceClass.GROUND, "WaterClosureSurface": SurfaceClass.CLOSURE,
    "Wall": SurfaceClass.WALL, "Roof": SurfaceClass.ROOF, "Ground": SurfaceClass.GROUND, "Closure": SurfaceClass.CLOSURE,
}  # fmt: skip
INSIDE = frozenset({
    "BuildingRoom", "BuildingStorey", "BuildingUnit", "BuildingFurniture", "BridgeRoom", "BridgeFurniture", "TunnelHollowSpace",
    "TunnelFurniture", "CityObjectGroup", "Room", "IntBuildingInstallation",
})  # fmt: skip
"""Objects that stand for no surface of their own outside; counted, not drawn."""
LEVELS = {
    "MultiPoint": 1, "MultiLineString": 2, "MultiSurface": 3, "CompositeSurface": 3, "Solid": 4, "MultiSolid": 5, "CompositeSolid": 5,
}  # fmt: skip
"""Depth of the lists of each kind of geometry."""
BROKEN = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)


@dataclass(slots=True)
class Shape:
    """One geometry: its object's row, its place among the boundaries, what kind, how detailed, and how its faces are called and look.

    first: what its corner numbers count from; points: how many there are.
    """

    row: int
    boundary: int
    levels: int
    lod: str
    first: int
    points: int
    classes: bytes | None = None
    material: NDArray[np.int32] | None = None
    texture: NDArray[np.int32] | None = None


@dataclass
class Objects:
    """All objects read so far; lists run over rows unless said otherwise."""

    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    parents: list[Any] = field(default_factory=list)
    attributes: Attributes = field(default_factory=Attributes)
    above: dict[str, str] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    instances: list[tuple[int, int, int, Any]] = field(default_factory=list)
    """Row, template, number of the anchor among all points, matrix."""
    vertices: list[NDArray[np.float64]] = field(default_factory=list)
    count: int = 0
    """How many vertices."""
    boundaries: list[Boundaries] = field(default_factory=list)
    cut: int = 0
    """How many boundaries."""
    nested: list[tuple[Shape, list[Any]]] = field(default_factory=list)
    """Shapes whose boundaries came as lists."""
    broken: list[str] = field(default_factory=list)
    inside: int = 0
    appearance: Appearance = field(default_factory=Appearance)
    _faces: list[int] = field(default_factory=list)
    _base: int = 0
    _now: Boundaries | None = None
    _lods: dict[Any, str] = field(default_factory=dict)

    def begin(self, boundaries: Boundaries) -> None:
        """What is gathered next counts its boundaries from here."""
        self._base, self._now = self.cut, boundaries
        self._faces = boundaries.faces.tolist()
        self.boundaries.append(boundaries)
        self.cut += len(boundaries)

    def add(self, objects: Any, points: NDArray[np.float64], old: bool) -> None:
        """City objects by name, as simdjson gives them, over their own vertices. old: of a version before 1.0."""
        first, count = self.count, len(points)
        self.vertices.append(points)
        self.count += count
        ids, types, parents, attributes, shape = self.ids, self.types, self.parents, self.attributes.add, self._shape
        for name, item in objects.items():
            if type(item) is not dict or type(kind := item.get("type")) is not str:
                self.broken.append(str(name))
                continue
            if kind in INSIDE:
                self.inside += 1
                continue
            row = len(ids)
            ids.append(name)
            types.append(kind)
            parents.append(item.get("parents"))
            own = item.get("attributes")
            if type(own) is dict and "boundaries" in own and type(own["boundaries"]) is int and self._now is not None:
                own["boundaries"] = self._now.nested(own["boundaries"])  # an attribute's, by chance of the same name
            if address := item.get("address"):
                own = _with_address(own, address)
            if children := item.get("children"):
                self._adopt(name, children)
            if old:
                own = self._as_it_was(name, row, item, own)
            attributes(own)
            if not (geometries := item.get("geometry")):
                continue
            for geometry in geometries if type(geometries) is list else ():
                try:
                    shape(geometry, row, first, count)
                except BROKEN:
                    self.broken.append(name)

    def _adopt(self, name: str, children: Any) -> None:
        for child in children if type(children) is list else ():
            if type(child) is str:
                self.above.setdefault(child, name)

    def _as_it_was(self, name: str, row: int, item: dict[str, Any], own: Any) -> Any:
        """Its attributes. Before 0.9 an object named its one `parent`, before 0.8 its `Parts` and `Installations`, and in 0.1 it had
        generic attributes apart."""
        if type(item.get("parent")) is str:
            self.parents[row] = [item["parent"]]
        for key in ("Parts", "Installations", "ConstructionElements", "consistsOfBuildingPart"):
            self._adopt(name, item.get(key))
        if self.types[row] == "BridgeConstructionElement":
            self.types[row] = "BridgeConstructiveElement"
        generic = item.get("generic-attributes")
        return {**generic, **(own if type(own) is dict else {})} if type(generic) is dict else own

    def _lod(self, said: Any) -> str:
        try:
            return self._lods[said]
        except KeyError:
            text = "" if said is None else f"{said:g}" if isinstance(said, float) else str(said).strip()[:16]
            self._lods[said] = text
            return text

    def _shape(self, geometry: dict[str, Any], row: int, first: int, points: int) -> None:
        kind = geometry["type"]
        where = geometry["boundaries"]
        if len(geometry) == 3 and type(where) is int and 0 <= where < len(self._faces) and kind in LEVELS:  # plain, as most are
            lod = geometry.get("lod")
            lod = self._lods[lod] if lod in self._lods else self._lod(lod)
            self.shapes.append(Shape(row, self._base + where, LEVELS[kind], lod, first, points))
            return
        if kind == "GeometryInstance":
            anchor = self._now.nested(where)[0] if type(where) is int and self._now is not None else where[0]
            if not 0 <= anchor < points:
                raise IndexError(anchor)
            self.instances.append((row, geometry["template"], first + anchor, geometry.get("transformationMatrix")))
            return
        lod = geometry.get("lod")
        lod = self._lods[lod] if lod in self._lods else self._lod(lod)
        self.take(Shape(row, -1, LEVELS[kind], lod, first, points), where, geometry)

    def take(self, shape: Shape, where: Any, geometry: dict[str, Any]) -> None:
        """A shape with the meaning and the look of its faces. Raises one of BROKEN."""
        if type(where) is int:
            if not 0 <= where < len(self._faces):
                raise IndexError(where)
            shape.boundary = self._base + where
            if shape.levels > 2 and len(geometry) > 3:
                assert self._now is not None
                if self._now.levels[where] != shape.levels:
                    raise ValueError(shape.levels)
                self._dress(shape, geometry, self._faces[where], lambda: self._now.nested(where))  # type: ignore[union-attr]
            self.shapes.append(shape)
        elif type(where) is list:
            self._dress(shape, geometry, -1, lambda: where)
            self.nested.append((shape, where))
            self.shapes.append(shape)
        else:
            raise TypeError(where)

    def _dress(self, shape: Shape, geometry: dict[str, Any], faces: int, lists: Any) -> None:
        semantics = geometry.get("semantics")
        if semantics:
            if type(semantics) is list:  # up to 0.3 the meanings themselves, nested like the surfaces
                kinds: list[Any] = []
                values = _numbered(semantics, shape.levels - 2, kinds)
            else:
                kinds, values = semantics.get("surfaces") or [], semantics.get("values")
            if values is not None:
                known = {i: int(SURFACES.get(s.get("type", ""), 0)) if type(s) is dict else 0 for i, s in enumerate(kinds)}
                shape.classes = bytes(map(known.get, per_face(values, shape.levels - 3, faces, lists), repeat(0)))
        if "material" in geometry:
            shape.material = self.appearance.materials_of(geometry["material"], shape.levels - 3, faces, lists)
        if "texture" in geometry:
            shape.texture = self.appearance.textures_of(geometry["texture"], shape.levels - 3, faces, lists)


def _with_address(own: Any, address: Any) -> Any:
    """Attributes with the address among them, without its place (a geometry of its own)."""
    several = [address] if type(address) is dict else address
    kept = [{k: v for k, v in a.items() if k != "location"} for a in several if type(a) is dict] if type(several) is list else []
    if any(kept) and (type(own) is dict or own is None):
        return {"address": kept if len(kept) > 1 else kept[0], **(own or {})}
    return own


def _numbered(semantics: list[Any], depth: int, kinds: list[Any]) -> Any:
    """Numbers in place of the meanings that stand in nested lists, which go to kinds."""
    if depth > 1:
        return [_numbered(s, depth - 1, kinds) if type(s) is list else None for s in semantics]
    out: list[int | None] = []
    for said in semantics:
        what = said if type(said) is dict else {"type": said} if type(said) is str else None
        if what is None:
            out.append(None)
        else:
            out.append(len(kinds))
            kinds.append(what)
    return out


def per_face(values: Any, depth: int, faces: int, lists: Any) -> list[Any]:
    """Values nested like the surfaces of a geometry, one for each surface; None where they say nothing for a whole shell or solid.

    depth: levels above the surfaces (0 MultiSurface, 1 Solid, 2 MultiSolid). faces: how many surfaces, -1 where lists must tell.
    lists: gives the boundaries as nested lists, asked only where the values do not fit.
    """
    if faces >= 0:
        try:
            flat = values
            for _ in range(depth):
                flat = list(chain.from_iterable(flat))
            if len(flat) == faces and not any(type(v) is list for v in flat[:1]):
                return list(flat)
        except TypeError:
            pass
    return _fitted(values, lists(), depth)


def _fitted(values: Any, surfaces: list[Any], depth: int) -> list[Any]:
    given = values if type(values) is list else []
    given = given[: len(surfaces)] + [None] * (len(surfaces) - len(given))
    if depth == 0:
        return [None if type(v) is list else v for v in given]
    return list(chain.from_iterable(_fitted(v, s, depth - 1) for v, s in zip(given, surfaces, strict=True)))
