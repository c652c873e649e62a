"""CityJSON 1.0, 1.1 and 2.0, CityJSONSeq (one feature a line), plain or in a zip."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.faces import triangulate_faces
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.parts import Hints, Parts, Solids, credit_of, source_of
from twin.errors import InputError, Problem
from twin.frame import crs_name

VERSIONS = ("1.0", "1.1", "2.0")
SURFACES = {
    "WallSurface": SurfaceClass.WALL, "InteriorWallSurface": SurfaceClass.WALL, "RoofSurface": SurfaceClass.ROOF,
    "OuterCeilingSurface": SurfaceClass.ROOF, "OuterFloorSurface": SurfaceClass.ROOF, "GroundSurface": SurfaceClass.GROUND,
    "ClosureSurface": SurfaceClass.CLOSURE, "Window": SurfaceClass.WALL, "Door": SurfaceClass.WALL, "TrafficArea": SurfaceClass.ROAD,
    "AuxiliaryTrafficArea": SurfaceClass.ROAD, "TransportationMarking": SurfaceClass.ROAD, "TransportationHole": SurfaceClass.ROAD,
    "WaterSurface": SurfaceClass.WATER, "WaterGroundSurface": SurfaceClass.GROUND, "WaterClosureSurface": SurfaceClass.CLOSURE,
}  # fmt: skip
CLASS_OF_TYPE = {
    "Road": SurfaceClass.ROAD, "Railway": SurfaceClass.ROAD, "TransportSquare": SurfaceClass.ROAD, "WaterBody": SurfaceClass.WATER,
    "Waterway": SurfaceClass.WATER, "PlantCover": SurfaceClass.VEGETATION, "SolitaryVegetationObject": SurfaceClass.VEGETATION,
    "LandUse": SurfaceClass.TERRAIN, "TINRelief": SurfaceClass.TERRAIN,
}  # fmt: skip
INSIDE = frozenset(
    {
        "BuildingRoom",
        "BuildingStorey",
        "BuildingUnit",
        "BuildingFurniture",
        "BridgeRoom",
        "BridgeFurniture",
        "TunnelHollowSpace",
        "TunnelFurniture",
        "CityObjectGroup",
    }  # fmt: skip
)
"""Objects that stand for no surface of their own outside; counted, not drawn."""
_DEPTH = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
_BROKEN = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)


@dataclass
class _Collected:
    """Surfaces of all objects read so far, as flat arrays to be."""

    vertices: list[NDArray[np.int64]] = field(default_factory=list)
    ring_sizes: list[NDArray[np.int64]] = field(default_factory=list)
    face_rings: list[NDArray[np.int64]] = field(default_factory=list)
    surface: list[NDArray[np.uint8]] = field(default_factory=list)
    owner: list[NDArray[np.int32]] = field(default_factory=list)
    points: list[NDArray[np.float64]] = field(default_factory=list)
    count: int = 0
    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    lods: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    place: list[tuple[float, float, float]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    inside: int = 0


def read_cityjson(path: Path, hints: Hints, documents: list[Any] | None = None) -> Parts:
    """City objects of a CityJSON file: the best level of detail of each, with semantic surfaces.

    documents: the parsed JSON where the caller has it already. Raises InputError for what is no CityJSON we know.
    """
    with _no_collection():
        return _read(path, hints, documents if documents is not None else parse(path.read_bytes(), path))


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: going through millions of small lists doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse(data: bytes, path: Path) -> list[Any]:
    """The JSON document of a file, or those of its lines; only CityJSON is turned into Python objects, others stay simdjson's.

    Raises InputError where it is no JSON.
    """
    import simdjson

    try:
        with _no_collection():
            document: Any = simdjson.Parser().parse(data)
            return [document.as_dict() if kind_of(document).startswith("CityJSON") else document]
    except (ValueError, RuntimeError, UnicodeDecodeError) as error:
        lines = [line for line in data.splitlines() if line.strip()]
        try:
            if len(lines) < 2 or b'"CityJSON"' not in lines[0]:
                raise ValueError(error)
            return [simdjson.loads(line) for line in lines]
        except (ValueError, RuntimeError, UnicodeDecodeError):
            raise InputError(f"This is not valid JSON: {_where(data, error)}", where=str(path), do="Is the file complete?") from None


def kind_of(document: Any) -> str:
    """The `type` of a JSON document, '' where it has none."""
    try:
        kind = document["type"] if hasattr(document, "keys") else ""
    except KeyError:
        return ""
    return kind if isinstance(kind, str) else ""


def _where(data: bytes, error: Exception) -> str:
    """Line and column of the first JSON error, found by the slow parser only when there is one."""
    try:
        json.loads(data[:50_000_000])
    except json.JSONDecodeError as found:
        return f"line {found.lineno}, column {found.colno}: {found.msg}"
    except (UnicodeDecodeError, RecursionError):
        return "it is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:120]
    return str(error)[:120]


def _read(path: Path, hints: Hints, documents: list[Any]) -> Parts:
    head = documents[0]
    if not isinstance(head, dict) or head.get("type") != "CityJSON":
        kind = head.get("type") if isinstance(head, dict) else None
        told = {"CityJSONFeature": "a single CityJSON feature without its header", "CityJSONExtension": "a CityJSON extension, not a city"}
        raise InputError(f"This is {told.get(str(kind), 'not CityJSON')}", where=str(path))
    version = str(head.get("version"))
    if version[:3] not in VERSIONS:
        raise InputError(
            f"CityJSON {version} is not read", where=str(path), do="Upgrade the file to 2.0 with cjio (cjio FILE upgrade save OUT)."
        )
    label, parts = hints.name or path.name, Parts()
    scale, shift = _transform(head, path)
    got = _Collected()
    for document in documents:
        if document is not head and (not isinstance(document, dict) or document.get("type") != "CityJSONFeature"):
            got.broken.append("line")
            continue
        _collect(document, scale, shift, head, got, path)
    crs = None if hints.engineering else hints.crs or _crs(head, label, parts)
    solids = _solids(got, crs, label, path, hints)
    if not len(solids.table):
        raise InputError("This CityJSON file holds no city object that can be shown", where=str(path))
    if got.broken:
        parts.problems.append(
            Problem(
                "broken_geometry",
                "error",
                len(got.broken),
                f"{len(got.broken)} objects or surfaces are not valid CityJSON and were left out",
                label,
                tuple(got.broken[:10]),
            )
        )
    if got.inside:
        parts.problems.append(
            Problem("inside_objects", "info", got.inside, f"{got.inside} rooms, furniture and groups inside buildings are not shown", label)
        )
    parts.solids.append(solids)
    licence, credit, title = _credit(head)
    if not credit:
        licence, credit = credit_of(solids.attributes)
    parts.sources.append(source_of(path, hints, crs_name(crs), licence, credit or title))
    return parts


def _transform(head: dict[str, Any], path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    said = head.get("transform")
    if said is None:
        return np.ones(3), np.zeros(3)
    try:
        scale, shift = np.array(said["scale"], float), np.array(said["translate"], float)
        if scale.shape != (3,) or shift.shape != (3,) or not (np.isfinite(scale).all() and np.isfinite(shift).all()):
            raise ValueError
    except _BROKEN:
        raise InputError("The transform of this CityJSON file is not scale and translate of three numbers", where=str(path)) from None
    return scale, shift


def _xyz(document: dict[str, Any], scale: NDArray[np.float64], shift: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    try:
        raw = np.array(document.get("vertices", []), np.float64).reshape(-1, 3)
    except _BROKEN:
        raise InputError("The vertices of this CityJSON file are not lists of three numbers", where=str(path)) from None
    return raw * scale + shift


def _collect(
    document: dict[str, Any], scale: NDArray[np.float64], shift: NDArray[np.float64], head: dict[str, Any], got: _Collected, path: Path
) -> None:
    objects = document.get("CityObjects")
    if not isinstance(objects, dict):
        raise InputError("This CityJSON file has no CityObjects", where=str(path))
    points = _xyz(document, scale, shift, path)
    start = got.count
    got.points.append(points)
    got.count += len(points)
    for name, item in objects.items():
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            got.broken.append(str(name))
            continue
        if item["type"] in INSIDE:
            got.inside += 1
            continue
        row = len(got.ids)
        got.ids.append(str(name))
        got.types.append(item["type"])
        above = item.get("parents")
        got.parents.append(str(above[0]) if isinstance(above, list) and above else "")
        attributes = item.get("attributes")
        got.attributes.append(attributes if isinstance(attributes, dict) else {})
        got.lods.append("")
        got.place.append((np.nan, np.nan, np.nan))
        for geometry in _best(item.get("geometry")):
            try:
                _add(geometry, row, points, start, head, scale, shift, got)
                got.lods[row] = str(geometry.get("lod", ""))
            except _BROKEN:
                got.broken.append(str(name))


def _best(geometries: Any) -> list[dict[str, Any]]:
    """The geometries of the highest level of detail that have surfaces; else whatever there is."""
    if not isinstance(geometries, list):
        return []
    good = [g for g in geometries if isinstance(g, dict) and isinstance(g.get("type"), str)]

    def lod(g: dict[str, Any]) -> float:
        try:
            return float(g.get("lod", -1))
        except (TypeError, ValueError):
            return -1.0

    faces = [g for g in good if g.get("type") in _DEPTH or g.get("type") == "GeometryInstance"] or good
    top = max((lod(g) for g in faces), default=0.0)
    return [g for g in faces if lod(g) == top or g.get("type") == "GeometryInstance"]


def _add(
    geometry: dict[str, Any],
    row: int,
    points: NDArray[np.float64],
    start: int,
    head: dict[str, Any],
    scale: NDArray[np.float64],
    shift: NDArray[np.float64],
    got: _Collected,
) -> None:
    kind = geometry.get("type")
    if kind == "GeometryInstance":
        _instance(geometry, row, points, head, got)
        return
    if kind not in _DEPTH:  # MultiPoint, MultiLineString: a place
        flat = np.array(list(_numbers(geometry["boundaries"])), np.int64)
        _check_range(flat, len(points))
        got.place[row] = tuple(points[flat].mean(0))
        return
    surfaces, classes = _flatten(geometry, _DEPTH[str(kind)], SURFACES)
    _append(surfaces, classes, len(points), start, row, got)


def _numbers(nested: Any) -> Any:
    for item in nested:
        if isinstance(item, list):
            yield from _numbers(item)
        else:
            yield item


def _check_range(flat: NDArray[np.int64], points: int) -> None:
    if not len(flat) or flat.min() < 0 or flat.max() >= points:
        raise IndexError("vertex index out of range")


def _flatten(geometry: dict[str, Any], depth: int, known: dict[str, SurfaceClass]) -> tuple[list[Any], list[int]]:
    """Surfaces of a geometry in one list, and the surface class of each."""
    surfaces = geometry["boundaries"]
    semantics = geometry.get("semantics")
    values: Any = semantics.get("values") if isinstance(semantics, dict) else None
    for _ in range(depth):
        values = [values[i] if isinstance(values, list) and i < len(values) else None for i in range(len(surfaces))]
        values = list(chain.from_iterable(v if isinstance(v, list) else [None] * len(s) for v, s in zip(values, surfaces, strict=True)))
        surfaces = list(chain.from_iterable(surfaces))
    kinds = (
        [known.get(s.get("type", ""), SurfaceClass.OTHER) for s in semantics["surfaces"]] if isinstance(values, list) and semantics else []
    )
    n = len(kinds)
    if not isinstance(values, list):
        values = [None] * len(surfaces)
    values = values[: len(surfaces)] + [None] * (len(surfaces) - len(values))
    classes = [int(kinds[v]) if isinstance(v, int) and 0 <= v < n else 0 for v in values]
    return surfaces, classes


def _append(surfaces: list[Any], classes: list[int], points: int, start: int, row: int, got: _Collected) -> None:
    rings = list(chain.from_iterable(surfaces))
    flat = np.fromiter(chain.from_iterable(rings), np.int64)
    _check_range(flat, points)
    got.vertices.append(flat + start)
    got.ring_sizes.append(np.fromiter(map(len, rings), np.int64, len(rings)))
    got.face_rings.append(np.fromiter(map(len, surfaces), np.int64, len(surfaces)))
    got.surface.append(np.array(classes, np.uint8))
    got.owner.append(np.full(len(surfaces), row, np.int32))


def _instance(geometry: dict[str, Any], row: int, points: NDArray[np.float64], head: dict[str, Any], got: _Collected) -> None:
    """A template put in place: matrix, then the reference point (CityJSON 2.0, section 3.4)."""
    templates = head["geometry-templates"]
    template = templates["templates"][geometry["template"]]
    own = np.array(templates["vertices-templates"], float).reshape(-1, 3)
    matrix = np.array(geometry.get("transformationMatrix", np.eye(4).ravel()), float).reshape(4, 4)
    anchor = points[geometry["boundaries"][0]]
    moved = own @ matrix[:3, :3].T + matrix[:3, 3] + anchor
    surfaces, classes = _flatten(template, _DEPTH[template["type"]], SURFACES)
    start = got.count
    _append(surfaces, classes, len(moved), start, row, got)
    got.points.append(moved)
    got.count += len(moved)


def _solids(got: _Collected, crs: CRS | None, label: str, path: Path, hints: Hints) -> Solids:
    points = np.concatenate(got.points) if got.points else np.empty((0, 3))
    # Templates come after their document's vertices, so starts and order agree.
    if got.vertices:
        vertices, ring_sizes = np.concatenate(got.vertices), np.concatenate(got.ring_sizes)
        face_rings, owner, surface = np.concatenate(got.face_rings), np.concatenate(got.owner), np.concatenate(got.surface)
    else:
        vertices = ring_sizes = face_rings = np.empty(0, np.int64)
        owner, surface = np.empty(0, np.int32), np.empty(0, np.uint8)
    triangles, face, _ = triangulate_faces(points, vertices, ring_sizes, face_rings)
    fixed = np.array([CLASS_OF_TYPE.get(t, SurfaceClass.OTHER) for t in got.types], np.uint8)
    kind = surface[face] if len(face) else np.empty(0, np.uint8)
    rows = owner[face] if len(face) else np.empty(0, np.int32)
    kind = np.where((kind == SurfaceClass.OTHER) & (fixed[rows] > 0), fixed[rows], kind).astype(np.uint8) if len(face) else kind
    table = pd.DataFrame({"id": got.ids, "type": got.types, "parent": _tops(got), "lod": got.lods})
    attributes = pd.DataFrame(got.attributes, index=pd.RangeIndex(len(got.ids))) if got.ids else pd.DataFrame()
    place = np.array(got.place, float).reshape(-1, 3)
    return Solids(
        path.stem.removesuffix(".city"), table, attributes, Mesh(points, triangles, rows, kind), place, crs, label, hints.engineering
    )


def _tops(got: _Collected) -> NDArray[np.int64]:
    """Row of the top-level object above each object, its own where there is none (or where parents run in a circle)."""
    row_of = {name: i for i, name in enumerate(got.ids)}
    own = np.arange(len(got.ids))
    above = np.array([row_of.get(p, i) if p else i for i, p in enumerate(got.parents)], np.int64)
    for _ in range(8):
        higher = above[above] if len(above) else above
        if (higher == above).all():
            return above
        above = higher
    return own


def _crs(head: dict[str, Any], label: str, parts: Parts) -> CRS | None:
    metadata = head.get("metadata")
    said = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    if not said:
        return None
    code = re.search(r"EPSG\W+(?:\d[\d.]*\W+)?(\d+)$", str(said).strip().rstrip("/"))
    try:
        return CRS.from_epsg(int(code.group(1))) if code else CRS.from_user_input(str(said))
    except CRSError:
        parts.problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system '{str(said)[:80]}' is not understood", label))
        return None


def _credit(head: dict[str, Any]) -> tuple[str, str, str]:
    """Licence, who to credit, and title as the metadata tells them."""
    metadata = head.get("metadata")
    if not isinstance(metadata, dict):
        return "", "", ""
    contact = metadata.get("pointOfContact")
    who = contact.get("organization") or contact.get("contactName") if isinstance(contact, dict) else ""
    return str(metadata.get("license") or ""), str(who or ""), str(metadata.get("title") or metadata.get("datasetTitle") or "")
