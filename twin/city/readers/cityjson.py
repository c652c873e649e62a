"""CityJSON 0.1 to 2.0 and CityJSONSeq (one feature a line), plain or in a zip."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.crs import CompoundCRS
from pyproj.exceptions import CRSError

from twin.city.city import Source
from twin.city.doctor.planes import told_of_warped, warped_faces
from twin.city.faces import triangulate_faces
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.cityjson_file import Document, no_collection, parse
from twin.city.readers.cityjson_levels import Levels
from twin.city.readers.cityjson_objects import BROKEN, SURFACES, Objects
from twin.city.readers.cityjson_shapes import Shapes
from twin.city.readers.parts import Hints, Parts, Solids, VectorLayer, credit_of, source_of
from twin.city.readers.roles import KIND_OF_ROLE
from twin.city.solids import LAYER, ROLE, layers_named
from twin.errors import InputError, Problem
from twin.frame import crs_name

__all__ = ["CLASS_OF_TYPE", "SURFACES", "read_cityjson"]

NEWEST = (2, 0)
HEIGHTS = "referenceSystem_Z"
"""Address of the CRS of the heights beside `referenceSystem`, in metadata. CityJSON 2.0 has no place for a compound CRS without a
number of its own; this name was proposed for it (github.com/cityjson/specs, issue 181), and validators pass it."""
CLASS_OF_TYPE = {
    "Road": SurfaceClass.ROAD, "Railway": SurfaceClass.ROAD, "TransportSquare": SurfaceClass.ROAD, "WaterBody": SurfaceClass.WATER,
    "Waterway": SurfaceClass.WATER, "PlantCover": SurfaceClass.VEGETATION, "SolitaryVegetationObject": SurfaceClass.VEGETATION,
    "LandUse": SurfaceClass.TERRAIN, "TINRelief": SurfaceClass.TERRAIN,
}  # fmt: skip


def read_cityjson(path: Path, hints: Hints, document: Document | None = None) -> Parts:
    """City objects of a CityJSON file with semantic surfaces, at the best level of detail or the one wished; the other levels beside.

    document: the parsed file where the caller has it already; its images are then looked for beside path only where that is JSON.
    Raises InputError for what is no CityJSON we know.
    """
    with no_collection(), ThreadPoolExecutor(1) as beside:
        source = beside.submit(source_of, path, hints, None)
        if document is not None:
            return _read(path, hints, document, source)
        with open(path, "rb") as file:
            return _read(path, hints, parse(file, path), source)


def _read(path: Path, hints: Hints, document: Document, source: Future[Source]) -> Parts:
    if document.kind != "CityJSON":
        told = {
            "CityJSONFeature": "a CityJSON feature without the head that says its transform and coordinate system",
            "CityJSONExtension": "a CityJSON extension, not a city",
        }
        raise InputError(
            f"This is {told.get(document.kind, 'not CityJSON')}", where=str(path),
            do="A stream of features needs the CityJSON object as its first line." if document.kind == "CityJSONFeature" else "",
        )  # fmt: skip
    head = _head(document.content)
    label, parts = hints.name or path.name, Parts()
    version = _version(head, path)
    if version < (1, 0):
        before = f"CityJSON {version[0]}.{version[1]} is older than the standard; it was read as far as it is alike"
        parts.problems.append(Problem("old_version", "info", 1, before, label))
    objects = _gathered(document, head, version < (1, 0), path)
    crs = None if hints.engineering else hints.crs or _crs(head, label, parts)
    templates = head.get("geometry-templates")
    shapes = Shapes(objects, templates if isinstance(templates, dict) else {})
    solids, lines = _solids(objects, shapes, crs, label, path, hints, parts.problems)
    if not len(solids.table) and lines is None:
        raise InputError("This CityJSON file holds no city object that can be shown", where=str(path))
    parts.problems += _told(objects, label)
    parts.problems += _extent(head, solids.mesh.points, label)
    if len(solids.table):
        parts.solids.append(solids)
    if lines is not None:
        parts.layers += lines
    licence, credit, title = _credit(head)
    if not credit:
        licence, credit = credit_of(solids.attributes)
    said = source.result()
    licence, credit = said.licence or licence, said.attribution or credit or title
    parts.sources.append(replace(said, crs=crs_name(crs), licence=licence, attribution=credit))
    return parts


def _head(content: Any) -> dict[str, Any]:
    """All but the objects and vertices, as Python objects."""
    head: dict[str, Any] = {}
    for key in content.keys():  # noqa: SIM118, no dictionary
        if key not in ("CityObjects", "vertices"):
            value = content[key]
            head[key] = value.as_dict() if hasattr(value, "as_dict") else value.as_list() if hasattr(value, "as_list") else value
    return head


def _version(head: dict[str, Any], path: Path) -> tuple[int, int]:
    """1.0 where it says none. Up to 0.3 it was an address that ends with the number."""
    said = head.get("version", "1.0")
    found = re.search(r"(\d{1,3})\.(\d{1,3})[^/]*$", str(said)[:200])
    version = (int(found.group(1)), int(found.group(2))) if found else None
    if version is None or version > NEWEST:
        raise InputError(f"CityJSON {str(said)[:40]} is not read", where=str(path), do="Known are the versions up to 2.0.")
    return version


def _gathered(document: Document, head: dict[str, Any], old: bool, path: Path) -> Objects:
    scale, shift = _transform(head, path)
    objects = Objects()
    objects.appearance.begin(head.get("appearance"))
    objects.begin(document.boundaries)
    try:
        _gather(document.content, document.vertices, objects, scale, shift, old, path)
        for several, boundaries in document.features():
            objects.begin(boundaries)
            for feature in several:
                if feature is None or feature.get("type") != "CityJSONFeature":
                    objects.broken.append("line")
                    continue
                own = feature.get("appearance")
                if own is not None:
                    objects.appearance.begin(own.as_dict() if hasattr(own, "as_dict") else None)
                _gather(feature, [], objects, scale, shift, old, path)
    except UnicodeDecodeError:
        raise InputError("This CityJSON file is not text in UTF-8", where=str(path)) from None
    return objects


def _gather(
    document: Any, cut: list[NDArray[np.float64]], objects: Objects, scale: NDArray[np.float64], shift: NDArray[np.float64], old: bool,
    path: Path,
) -> None:  # fmt: skip
    found = document.get("CityObjects")
    if not hasattr(found, "items"):
        raise InputError("This CityJSON file has no CityObjects", where=str(path))
    vertices = document.get("vertices")
    try:
        if isinstance(vertices, int) and 0 <= vertices < len(cut):
            raw = cut[vertices]
        else:
            flat = np.frombuffer(vertices.as_buffer(of_type="d")) if vertices is not None and len(vertices) else np.empty(0)
            raw = flat.reshape(0 if vertices is None else len(vertices), 3)
    except BROKEN:
        raise InputError("The vertices of this CityJSON file are not lists of three numbers", where=str(path)) from None
    points = raw * scale
    points += shift
    objects.add(found, points, old)


def _transform(head: dict[str, Any], path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    said = head.get("transform")
    if said is None:
        return np.ones(3), np.zeros(3)
    try:
        scale, shift = np.array(said["scale"], float), np.array(said["translate"], float)
        if scale.shape != (3,) or shift.shape != (3,) or not (np.isfinite(scale).all() and np.isfinite(shift).all()):
            raise ValueError
    except BROKEN:
        raise InputError("The transform of this CityJSON file is not scale and translate of three numbers", where=str(path)) from None
    return scale, shift


def _solids(
    objects: Objects, shapes: Shapes, crs: CRS | None, label: str, path: Path, hints: Hints, problems: list[Problem]
) -> tuple[Solids, list[VectorLayer] | None]:
    points = np.concatenate(objects.vertices) if len(objects.vertices) > 1 else objects.vertices[0]
    has_faces = shapes.levels >= 3
    faces = shapes.faces_of(has_faces)
    triangles, face = triangulate_faces(points, faces.corners, faces.ring_sizes, faces.face_rings)
    shape = faces.shape.take(face)
    if crs is None or not crs.is_geographic:
        warped = warped_faces(points, faces.corners, faces.ring_sizes, faces.face_rings)
        problems += told_of_warped(warped, shapes.rows[faces.shape], objects.ids, objects.types, label)
    chosen = np.flatnonzero(has_faces)
    classes = shapes.classes(chosen)
    fixed = np.array([CLASS_OF_TYPE.get(t, SurfaceClass.OTHER) for t in objects.types], np.uint8)
    rows = shapes.rows.take(shape)
    kind = fixed[shapes.rows].take(shape)
    if classes is not None:
        said = classes[face]
        kind = np.where(said > 0, said, kind)
    color = _colors(objects, shapes, chosen, face, path.parent, label, problems)
    mesh = Mesh(points, triangles, rows, kind, color)

    parents = _tops(objects)
    levels = Levels(shapes.rows, shapes.lods, has_faces, objects.types, parents)
    shown, lod_of_row, others = levels.choose(hints.lod)
    table = pd.DataFrame({"id": objects.ids, "type": objects.types, "parent": parents, "lod": lod_of_row})
    attributes = objects.attributes.table()
    name = path.stem.removesuffix(".city")
    solids = Solids(
        name, table, attributes, mesh if shown.all() else _some(mesh, shown[shape]), shapes.places(points, len(table)), crs, label,
        hints.engineering,
        {lod: _some(mesh, mask[shape]) for lod, mask in others.items()},
    )  # fmt: skip
    return _without_lines(solids, shapes, points)


def _some(mesh: Mesh, keep: NDArray[np.bool_]) -> Mesh:
    """Some triangles over the same points."""
    if keep.all():
        return mesh
    color = None if mesh.color is None else mesh.color[keep]
    return Mesh(mesh.points, mesh.triangles[keep], mesh.object[keep], mesh.surface[keep], color)


def _colors(
    objects: Objects, shapes: Shapes, chosen: NDArray[np.int64], face: NDArray[np.int64], folder: Path | None, label: str,
    problems: list[Problem],
) -> NDArray[np.uint8] | None:  # fmt: skip
    """Colour of each triangle: of its texture, else of its material; None where nothing has one."""
    material = shapes.numbers(chosen, [shapes.all[i].material for i in chosen])
    region = shapes.numbers(chosen, [shapes.all[i].texture for i in chosen])
    if material is None and region is None:
        return None
    color = objects.appearance.table()[material] if material is not None else np.zeros((len(region), 4), np.uint8)  # type: ignore[arg-type]
    if region is not None:
        seen, told = objects.appearance.regions(folder, label)
        problems += told
        seen = seen[region]
        color = np.where(seen[:, 3:] > 0, seen, color)
    out = color[face]
    return out if out[:, 3].any() else None


def _without_lines(solids: Solids, shapes: Shapes, points: NDArray[np.float64]) -> tuple[Solids, list[VectorLayer] | None]:
    """Objects given by lines alone (roads and railways at level 0) become layers of lines."""
    rows, lines = shapes.lines(points)
    n = len(solids.table)
    faced = np.zeros(n, bool)
    faced[solids.mesh.object] = True
    top = solids.table["parent"].to_numpy(np.int64)
    above = np.zeros(n, bool)
    above[top[top != np.arange(n)]] = True
    alone = ~faced[rows] & ~above[rows] if len(rows) else np.empty(0, bool)
    if not alone.any():
        return solids, None
    rows, first = np.unique(rows[alone], return_index=True)
    lines = lines[alone][first]
    types = solids.table["type"].to_numpy(object)[rows]
    names, roles = layers_named(types, solids.attributes.iloc[rows])
    layers = []
    for name in dict.fromkeys(names):
        mine = names == name
        role = str(roles[mine][0])
        own = solids.attributes.iloc[rows[mine]].reset_index(drop=True)
        table = own[[c for c in own.columns if own[c].notna().any() and c not in ("id", "kind", LAYER, ROLE)]]
        prefix = f"{KIND_OF_ROLE.get(role, role)}/"  # of ours where the name alone was taken
        table.insert(0, "id", [str(i).removeprefix(prefix) for i in solids.table["id"].to_numpy(object)[rows[mine]]])
        table.insert(1, "kind", np.where(own["kind"].notna(), own["kind"], types[mine]) if LAYER in own and "kind" in own else types[mine])
        layers.append(
            VectorLayer(str(name), role, table, lines[mine], solids.crs, solids.source, solids.engineering, {"id": "id", "kind": "kind"})
        )
    keep = np.ones(n, bool)
    keep[rows] = False
    number = np.cumsum(keep) - 1
    table = solids.table[keep].reset_index(drop=True)
    table["parent"] = number[top[keep]]

    def renumbered(mesh: Mesh) -> Mesh:
        return replace(mesh, object=number[mesh.object].astype(np.int32))

    return replace(
        solids, table=table, attributes=solids.attributes[keep].reset_index(drop=True), mesh=renumbered(solids.mesh),
        points=solids.points[keep], lods={k: renumbered(m) for k, m in solids.lods.items()},
    ), layers  # fmt: skip


def _tops(objects: Objects) -> NDArray[np.int64]:
    """Row of the top-level object above each object, its own where there is none (or where parents run in a circle)."""
    row_of = {name: i for i, name in enumerate(objects.ids)}
    own = np.arange(len(objects.ids))
    above = own.copy()
    for i, (name, said) in enumerate(zip(objects.ids, objects.parents, strict=True)):
        if said is not None:
            known = [row_of[p] for p in said if type(p) is str and p in row_of] if type(said) is list else []
            if known:
                above[i] = known[0]
        elif name in objects.above:
            above[i] = row_of[objects.above[name]]
    for _ in range(8):
        higher = above[above] if len(above) else above
        if (higher == above).all():
            return above
        above = higher
    return own


def _told(objects: Objects, label: str) -> list[Problem]:
    out = []
    if objects.broken:
        n = len(objects.broken)
        told = f"{n} objects or surfaces are not valid CityJSON and were left out"
        out.append(Problem("broken_geometry", "error", n, told, label, tuple(dict.fromkeys(objects.broken[:10]))))
    if objects.inside:
        told = f"{objects.inside} rooms, furniture and groups inside buildings are not shown"
        out.append(Problem("inside_objects", "info", objects.inside, told, label))
    return out


def _extent(head: dict[str, Any], points: NDArray[np.float64], label: str) -> list[Problem]:
    """What to tell where the declared extent is not that of the points: off by more than a hundredth of its size."""
    metadata = head.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    said = metadata.get("geographicalExtent", metadata.get("geographicExtent", metadata.get("bbox")))
    good = points
    if len(points) and not np.isfinite(points.sum()):
        good = points[np.isfinite(points).all(1)]
    try:
        declared = np.array(said, float)
        if declared.shape != (6,) or not len(good):
            return []
    except (TypeError, ValueError):
        return []
    real = np.concatenate([good.min(0), good.max(0)])
    size = np.tile(real[3:] - real[:3], 2)
    off = ~(np.abs(declared - real) <= 0.01 * size + 1e-6 * np.abs(real) + 1e-3)
    if not off.any():
        return []
    plan = bool(off[[0, 1, 3, 4]].any())
    told = (
        f"The file declares an extent of {_corners(declared)}, but its geometry covers {_corners(real)}"
        if plan
        else f"The file declares heights from {declared[2]:.5g} to {declared[5]:.5g}, but they are from {real[2]:.5g} to {real[5]:.5g}"
    )
    return [Problem("extent_differs", "warning" if plan else "info", 1, told, label, did="The geometry was believed.")]


def _corners(box: NDArray[np.float64]) -> str:
    return f"{box[0]:.10g}, {box[1]:.10g} to {box[3]:.10g}, {box[4]:.10g}"


def _crs(head: dict[str, Any], label: str, parts: Parts) -> CRS | None:
    """As its metadata name it: an address or URN, up to 0.6 `crs` with the EPSG number."""
    metadata = head.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    said = metadata.get("referenceSystem") or metadata.get("geographicReference") or metadata.get("crs")
    if isinstance(said, dict):
        said = f"EPSG::{said['epsg']}" if "epsg" in said else ""
    if not said:
        return None
    flat = _named(said, label, parts)
    heights = metadata.get(HEIGHTS)
    if flat is None or not isinstance(heights, str) or flat.is_compound or len(flat.axis_info) != 2:
        return flat
    vertical = _named(heights, label, parts)
    try:
        return flat if vertical is None else CompoundCRS(f"{flat.name} + {vertical.name}", [flat, vertical])
    except CRSError:
        return flat


def _named(said: Any, label: str, parts: Parts) -> CRS | None:
    code = re.search(r"EPSG\W+(?:\d[\d.]*\W+)?(\d+)$", str(said).strip().rstrip("/")[-60:], re.IGNORECASE)
    try:
        return CRS.from_epsg(int(code.group(1))) if code else CRS.from_user_input(str(said))
    except (CRSError, OverflowError):
        parts.problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system '{str(said)[:80]}' is not understood", label))
        return None


def _credit(head: dict[str, Any]) -> tuple[str, str, str]:
    """Licence, who to credit, and title as the metadata tells them."""
    metadata = head.get("metadata")
    if not isinstance(metadata, dict):
        return "", "", ""
    contact = metadata.get("pointOfContact") or metadata.get("datasetPointOfContact")
    who = contact.get("organization") or contact.get("contactName") if isinstance(contact, dict) else ""
    return str(metadata.get("license") or ""), str(who or ""), str(metadata.get("title") or metadata.get("datasetTitle") or "")
