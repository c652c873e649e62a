"""CityGML 1.0, 2.0 and 3.0, PLATEAU's too, plain or gzipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from lxml import etree
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.doctor.planes import told_of_warped
from twin.city.mesh import Mesh
from twin.city.readers.citygml_attributes import Attributes, CodeLists
from twin.city.readers.citygml_colors import Colors
from twin.city.readers.citygml_crs import comes_north_first, crs_of
from twin.city.readers.citygml_faces import MARK, Faces
from twin.city.readers.citygml_objects import Objects
from twin.city.readers.citygml_solids import Body, body_of, meshes_of
from twin.city.readers.citygml_stream import Read, stream
from twin.city.readers.parts import Hints, Parts, Solids, VectorLayer, source_of
from twin.city.readers.stated import plan_scale
from twin.errors import InputError, Problem, Severity
from twin.frame import crs_name, split_compound

PLATEAU = ("Site Policy of Project PLATEAU (CC BY 4.0)", "Project PLATEAU, MLIT Japan")


def read_citygml(path: Path, hints: Hints) -> Parts:
    """City objects of a CityGML file: surfaces with the best level of detail shown, lines as layers, attributes in one flat table.

    Coordinates come out east first. Nothing but the file and the code lists of its data set is opened. Raises InputError where it
    holds no city object.
    """
    faces = Faces()
    codes = CodeLists(path)
    objects = Objects(faces, Attributes(codes), frozenset(hints.layers))
    colors = Colors()
    place: list[tuple[float, float]] = []
    first_mark = etree.XPath(f"(descendant::*[@{MARK}])[1]/@{MARK}")

    def on_face(element: Any, name: str) -> None:
        if name in ("Polygon", "PolygonPatch", "Triangle", "Rectangle"):
            faces.read(element)
        else:
            colors.read(element, name)

    def on_pause(root: Any) -> None:
        if objects.srs and not place and objects.ids:
            _orient(objects, faces, hints, place)
        if not faces.are_many:
            return
        marks = first_mark(root)
        faces.flush_to(int(marks[0].split()[0]) if marks else faces.count)

    read = stream(path, hints.encoding, on_face, objects.member, on_pause)
    if not objects.ids:
        if read.root not in ("CityModel", "") and not read.broken:
            from twin.city.readers.vector import read_vector

            return read_vector(path, hints)
        reason = f": {read.broken}" if read.broken else ""
        raise InputError(f"This CityGML file holds no city object that can be read{reason}", where=str(path), do="Is the file complete?")
    if not place:
        _orient(objects, faces, hints, place)
    faces.flush_to(faces.count)

    parts, label = Parts(), hints.name or path.name
    crs, shift = _crs(objects, hints, label, parts)
    body = body_of(faces, objects, colors, crs, faces.latitude_first)
    if shift is not None:
        body.points = body.points + shift
    if hints.unit_m != 1.0:
        body.points = body.points * ([plan_scale(body.points[:, :2], crs, hints.unit_m)] * 2 + [hints.unit_m])
    table = objects.attributes.columns.table(len(objects.ids))
    _add(parts, body, objects, table, crs, faces.latitude_first, shift, path, label, hints)
    _tell(parts, read, faces, objects, colors, codes, body, label)
    licence, credit = PLATEAU if any(str(c).startswith("BuildingIDAttribute") for c in table) or _is_plateau(path) else ("", "")
    parts.sources.append(source_of(path, hints, crs_name(crs), licence, credit))
    return parts


def _is_plateau(path: Path) -> bool:
    """Whether a file lies as those of PLATEAU do: udx/KIND/MESH_KIND_CRS_op.gml."""
    return path.parent.parent.name == "udx" or (path.name.split("_")[2:3] in (["6697"], ["6668"]))


def _orient(objects: Objects, faces: Faces, hints: Hints, place: list[tuple[float, float]]) -> None:
    """Which of the first two coordinates is which, told by the first face."""
    at = faces.first_place()
    if at is None and objects.places:
        x, y, _ = next(iter(objects.places.values()))
        at = (x, y)
    if at is None and objects.lines:
        line = next(iter(objects.lines.values()))[0]
        at = (float(line[0, 0]), float(line[0, 1]))
    crs = hints.crs or crs_of(objects.srs)
    if at is not None:
        place.append(at)
    if crs is not None:
        faces.in_degrees = split_compound(crs)[0].is_geographic
        faces.latitude_first = comes_north_first(crs, objects.srs if hints.crs is None else "", at)
    faces.latitude_first ^= hints.swap_axes


def _crs(objects: Objects, hints: Hints, label: str, parts: Parts) -> tuple[CRS | None, NDArray[np.float64] | None]:
    """The CRS of the coordinates, and what to add to them first where the file has a system of its own with an anchor on the map."""
    if hints.engineering:
        return None, None
    if hints.crs is not None or not objects.srs:
        return hints.crs, None
    anchor = objects.anchors.get(objects.srs)
    if anchor is not None and (found := crs_of(anchor[0])) is not None:
        shift = anchor[1]
        return found, shift[[1, 0, 2]] if comes_north_first(found, anchor[0], (float(shift[0]), float(shift[1]))) else shift
    crs = crs_of(objects.srs)
    if crs is None:
        parts.problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system '{objects.srs[:80]}' is not understood", label))
    return crs, None


def _add(
    parts: Parts, body: Body, objects: Objects, attributes: pd.DataFrame, crs: CRS | None, north_first: bool,
    shift: NDArray[np.float64] | None, path: Path, label: str, hints: Hints,
) -> None:  # fmt: skip
    """Solids for what has surfaces or is a place, layers for what has only lines."""
    n = len(objects.ids)
    top = np.array(objects.top, np.int64)
    mesh, lods, levels = meshes_of(body, objects, hints.lod)
    solid = np.zeros(n, bool)
    solid[top[body.row]] = True
    places = np.full((n, 3), np.nan)
    if objects.places:
        places[list(objects.places)] = list(objects.places.values())
        places = places[:, [1, 0, 2]] if north_first else places
        places = places if shift is None else places + shift
        places[np.unique(body.row)] = np.nan
    lined = np.zeros(n, bool)
    lined[list(objects.lines)] = True
    only_lines = np.zeros(n, bool)
    only_lines[top[lined]] = True
    only_lines = only_lines[top] & ~solid[top]
    types = np.array(objects.types, object)
    ids = np.array(objects.ids, object)
    for kind in dict.fromkeys(types[only_lines & lined]):
        rows = np.flatnonzero(only_lines & lined & (types == kind))
        shapes = np.empty(len(rows), object)
        shapes[:] = [_line(objects.lines[int(r)], north_first, shift) for r in rows]
        own = attributes.iloc[rows].dropna(axis=1, how="all").reset_index(drop=True)
        own = own.drop(columns=[c for c in ("id", "kind") if c in own])
        own.insert(0, "id", ids[rows])
        own.insert(1, "kind", kind)
        fields = {"id": "id", "kind": "kind"} | hints.fields
        parts.layers.append(VectorLayer(str(kind), hints.role or _role(kind), own, shapes, crs, label, hints.engineering, fields))
    keep = ~only_lines
    if not keep.any():
        return
    renumber = np.cumsum(keep) - 1
    if not keep.all():
        mesh = _renumbered(mesh, renumber)
        lods = {name: _renumbered(m, renumber) for name, m in lods.items()}
        attributes = attributes[keep].reset_index(drop=True)
    table = pd.DataFrame({"id": ids[keep], "type": types[keep], "parent": renumber[top[keep]], "lod": levels[keep]})
    name = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    parts.solids.append(Solids(name, table, attributes, mesh, places[keep], crs, label, hints.engineering, lods))


def _renumbered(mesh: Mesh, rows: NDArray[np.int64]) -> Mesh:
    return replace(mesh, object=rows[mesh.object].astype(np.int32))


def _role(kind: str) -> str:
    from twin.city.solids import ROLE_OF_TYPE

    return ROLE_OF_TYPE.get(kind, "other")


def _line(lines: list[NDArray[np.float64]], north_first: bool, shift: NDArray[np.float64] | None) -> shapely.Geometry:
    moved = [(xyz[:, [1, 0, 2]] if north_first else xyz) + (0 if shift is None else shift) for xyz in lines]
    good = [xyz for xyz in moved if np.isfinite(xyz).all()]
    return shapely.LineString(good[0]) if len(good) == 1 else shapely.MultiLineString(good)


def _tell(parts: Parts, read: Read, faces: Faces, objects: Objects, colors: Colors, codes: CodeLists, body: Body, label: str) -> None:
    """What was wrong with the file, and what of it is not shown."""

    def say(code: str, severity: Severity, count: int, message: str, examples: list[str] | None = None, did: str = "") -> None:
        if count:
            told = tuple(dict.fromkeys(e for e in examples or [] if e))[:10]
            parts.problems.append(Problem(code, severity, count, message.format(n=f"{count:,}"), label, told, did))

    if read.broken:
        say(
            "xml_broken",
            "error",
            max(1, read.errors),
            f"This file is not well-formed XML: {read.broken}".replace("{", "(").replace("}", ")"),
            did="what came before its end was kept; the last object was left out" if read.cut else "what could be read was kept",
        )
    say(
        "undeclared_prefix",
        "warning",
        len(read.mended),
        f"Namespaces that are not declared: {', '.join(read.mended[:10])}",
        did="taken to be those of CityGML",
    )
    say("bad_text", "warning", int(read.replaced), "Some bytes are no text in the encoding of this file", did="replaced by a question mark")
    say("broken_geometry", "error", len(faces.broken), "{n} faces have no ring of at least three places and were left out", faces.broken)
    say("unclosed_ring", "warning", faces.unclosed, "{n} rings do not end where they begin", did="closed")
    warped = np.concatenate([*faces.warped, np.empty(0, np.int32)])
    warped = warped[warped >= 0]
    parts.problems += told_of_warped(np.arange(len(warped)), warped, objects.ids, objects.types, label)
    say("links_lost", "warning", len(body.lost_links), "{n} links lead to nothing in this file", body.lost_links)
    say("links_outside", "warning", len(objects.outside), "{n} links lead to other files; they were not followed", objects.outside)
    say("library_objects", "info", objects.libraries, "{n} objects are kept in other files (implicit geometry) and are not shown")
    say("templates_too_many", "warning", body.too_many, "{n} placed templates are more than can be shown and were left out")
    say("textures", "info", colors.textures, "{n} textures are not shown; surfaces have their usual colours")
    say("inside_objects", "info", objects.inside, "{n} rooms, storeys, installations and furniture inside buildings are not shown")
    for kind, count in objects.not_shown.items():
        say("not_shown", "info", count, f"{{n}} objects of the type {kind} are not shown")
    say(
        "codelist_refused",
        "info",
        len(codes.refused),
        "{n} code lists lie outside the folder of the data set and were not opened",
        sorted(codes.refused),
    )
    columns = objects.attributes.columns
    say(
        "too_many_attributes",
        "warning",
        len(columns.too_many),
        "{n} kinds of attributes are more than a table can hold and were left out",
        sorted(columns.too_many),
    )
