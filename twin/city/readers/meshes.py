"""Meshes: OBJ, PLY, STL, glTF, GLB, DAE as city objects, one per named group or node.

A mesh says where it stands by coordinates of a CRS the recipe states, by `place` in the recipe, or (files we wrote) by its own note. With
none of these it can only be opened by itself, on an engineering grid.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj.crs import CompoundCRS
from pyproj.exceptions import CRSError

from twin.city.mesh import Mesh
from twin.city.readers.fields import column, text
from twin.city.readers.gltf import Y_UP, Gltf, read_gltf, transformed
from twin.city.readers.obj import read_obj
from twin.city.readers.parts import Hints, Parts, source_of
from twin.city.readers.pieces import Piece, classes_of, solids_of
from twin.errors import InputError, Problem
from twin.frame import parse_crs

MAX_BYTES = 2 << 30
MAX_TRIANGLES = 30_000_000
NOTE = "urban_twin"
"""Key of the extras in which our own glTF says its coordinate system."""


def read_mesh(path: Path, hints: Hints) -> Parts:
    """City objects of a mesh file. Raises InputError."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(
            "This mesh is larger than 2 GiB, more than is read at once", where=str(path), do="Split it, or make 3D Tiles of it."
        )
    suffix, data = path.suffix.lower(), path.read_bytes()
    load = beside(path.parent)
    said: dict[str, Any] = {}
    up, problems, label, credit = "z", [], hints.name or path.name, ""
    unit = hints.unit_m
    if data[:4] == b"glTF" or suffix in (".gltf", ".glb"):
        document = read_gltf(data, load, str(path))
        pieces, up, credit = pieces_of(document, path.stem), "y", document.copyright
        note = document.extras.get(NOTE)
        said = note if isinstance(note, dict) else {}
        lost = document.left_out
    elif suffix == ".obj":
        obj = read_obj(data.decode("utf-8", "replace"), load, str(path))
        pieces, lost, said = [obj.piece], obj.left_out, obj.said
    else:
        if suffix == ".dae":
            up, unit = _collada_axes(data, path, unit)
        pieces, lost = _by_trimesh(data, suffix, path), 0
    pieces = [p for p in pieces if len(p.triangles)]
    if not pieces:
        raise InputError("This mesh has no triangles", where=str(path))
    if sum(len(p.triangles) for p in pieces) > MAX_TRIANGLES:
        raise InputError(f"This mesh has more than {MAX_TRIANGLES:,} triangles", where=str(path), do="Simplify it, or make 3D Tiles of it.")
    if lost:
        problems.append(
            Problem("not_triangles", "info", lost, f"{lost} lines, points or faces of vertices that do not exist were left out", label)
        )
    up = (hints.place.up if hints.place is not None else "") or up
    scale = unit if hints.crs is None else 1.0
    if up == "y" or scale != 1.0:
        turn = (Y_UP if up == "y" else np.eye(4)) * [scale, scale, scale, 1.0]
        pieces = [replace(p, points=transformed(p.points, turn)) for p in pieces]
    crs, place = hints.crs, None if hints.crs is not None else hints.place
    if crs is None and place is None and not hints.engineering and said:
        crs, pieces = _noted(said, pieces, label, problems)
    solids = solids_of(pieces, path.stem, crs, label, hints, place=place, loose=crs is None and place is None)
    if not len(solids.table):
        raise InputError("This mesh has no triangle with finite coordinates", where=str(path))
    bad = sum(len(p.triangles) for p in pieces) - len(solids.mesh)
    if bad:
        problems.append(Problem("no_coordinates", "warning", bad, f"{bad} triangles without finite coordinates were left out", label))
    source = source_of(path, hints, None if crs is None else crs.to_string(), "", credit)
    return Parts(solids=[solids], sources=[source], problems=problems)


def beside(folder: Path) -> Callable[[str], bytes]:
    """Reads what a file names, only inside its own folder; never a URL. Raises InputError."""
    root = folder.resolve()

    def load(name: str) -> bytes:
        from urllib.parse import unquote

        plain = unquote(name).strip().replace("\\", "/").removeprefix("./")
        if re.match(r"[a-z][a-z0-9+.-]*:", plain.lower()):
            raise InputError("This file refers to something on the network, which is not fetched", where=plain)
        try:
            target = (root / plain).resolve()
            if not target.is_relative_to(root):
                raise InputError("This file refers to something outside its folder, which is not read", where=plain)
            if target.stat().st_size > MAX_BYTES:
                raise InputError("This file refers to something larger than 2 GiB", where=plain)
            return target.read_bytes()
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            raise InputError(f"This file refers to '{plain[:80]}', which cannot be read: {reason}", where=str(folder)) from None

    return load


def pieces_of(document: Gltf, stem: str) -> list[Piece]:
    """Objects of a glTF document: features where it has a property table or ids, nodes else; axes as in the file."""
    out = []
    for p in document.primitives:
        if not len(p.triangles):
            continue
        table = document.tables[p.table] if p.table is not None and 0 <= p.table < len(document.tables) else None
        surface = np.full(len(p.triangles), int(classes_of([p.material])[0]), np.uint8)
        color = None if document.ours and not p.is_painted else p.color
        if p.feature is not None and (table is not None or p.table is None):
            of_triangle = p.feature[p.triangles[:, 0]]
            ids, row = np.unique(of_triangle, return_inverse=True)
            rows = _rows_of(table, ids)
            key, title = column(rows, "id"), column(rows, "name")
            objects = rows.drop(columns=[c for c in ("twin_id", "id", "name") if c in rows])
            objects.insert(0, "id", text(rows[key]) if key else [f"{p.row}.{i}" if i >= 0 else "" for i in ids])
            objects.insert(1, "name", text(rows[title]) if title else "")
            objects.insert(2, "about", p.node)
            out.append(Piece(p.points, p.triangles, row.astype(np.int32).ravel(), objects, surface, color))
        else:
            plain = {k: v for k, v in p.extras.items() if isinstance(v, (str, int, float, bool))}
            name = str(plain.pop("name", ""))
            key = str(plain.pop("id", "") or p.node or f"{stem}.{p.row}")
            # Primitives of one node are one object.
            one = pd.DataFrame([{"id": key, "name": name, "about": p.node or stem, "node row": p.row, **plain}])
            out.append(Piece(p.points, p.triangles, np.zeros(len(p.triangles), np.int32), one, surface, color))
    return merged(out, "node row")


def merged(pieces: list[Piece], among: str = "") -> list[Piece]:
    """Objects of the same id in several pieces become one; with `among` only where that column, which is then dropped, is equal too."""
    if not pieces:
        return []
    table = pd.concat([p.table for p in pieces], ignore_index=True)
    keys = [c for c in ("id", among) if c in table.columns]
    code = table.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    empty = (table["id"] == "").to_numpy()
    code[empty] = len(table) + np.arange(int(empty.sum()))
    _, first, row_of = np.unique(code, return_index=True, return_inverse=True)
    starts = np.cumsum([0] + [len(p.table) for p in pieces[:-1]])
    mesh = Mesh.joined([p.mesh(int(s)) for p, s in zip(pieces, starts, strict=True)])
    row = row_of.ravel()[mesh.object].astype(np.int32)
    whole = table.iloc[first].reset_index(drop=True).drop(columns=[among], errors="ignore")
    return [Piece(mesh.points, mesh.triangles, row, whole, mesh.surface, mesh.color)]


def _rows_of(table: pd.DataFrame | None, ids: NDArray[np.int64]) -> pd.DataFrame:
    if table is None:
        return pd.DataFrame(index=pd.RangeIndex(len(ids)))
    return table.reindex(ids).reset_index(drop=True)


def _noted(said: dict[str, Any], pieces: list[Piece], label: str, problems: list[Problem]) -> tuple[Any, list[Piece]]:
    """Coordinate system and pieces moved to it, as our own note in the file says; None where it does not hold."""
    try:
        crs = parse_crs(str(said["crs"]).replace("%20", " "))
        x, y = (float(v) for v in (said["offset"].split(",") if isinstance(said["offset"], str) else said["offset"]))
    except (InputError, KeyError, ValueError, TypeError):
        return None, pieces
    unit = crs.axis_info[0].unit_conversion_factor if crs.is_projected else 1.0
    try:
        heights = parse_crs(str(said.get("vertical") or "").replace("%20", " "))
        if heights.is_vertical and heights.axis_info[0].unit_conversion_factor == 1:
            crs = CompoundCRS(f"{crs.name} + {heights.name}", [crs, heights])
    except (InputError, CRSError):
        pass  # a name that is no CRS, or none
    moved = [replace(p, points=p.points / [unit, unit, 1.0] + [x, y, 0.0]) for p in pieces]
    problems.append(Problem("own_note", "info", 1, f"The file says that it stands at {x:.0f}, {y:.0f} of {said['crs']}", label))
    return crs, moved


def _collada_axes(data: bytes, path: Path, unit: float) -> tuple[str, float]:
    """Up axis and metres per unit a DAE states. Raises InputError for one with entities."""
    plain = data.replace(b"\0", b"")  # of UTF-16 too
    if b"<!ENTITY" in plain or b"<!DOCTYPE" in plain:
        raise InputError("This DAE file declares XML entities, which are not expanded", where=str(path))
    up = re.search(rb"<up_axis>\s*(\w)_UP", data)
    metre = re.search(rb"<unit[^>]*\bmeter=[\"']([0-9.eE+-]+)", data)
    try:
        scale = float(metre[1]) if metre else 1.0
    except ValueError:
        scale = 1.0
    return ("z" if up and up[1] == b"Z" else "y"), (unit * scale if 1e-6 < scale < 1e6 else unit)


def _collada_names(data: bytes) -> dict[str, str]:
    """Names of the geometries of a DAE by their ids, which trimesh gives instead."""
    names = {}
    for tag in re.findall(rb"<geometry\b[^>]{0,500}>", data):
        said = dict(re.findall(rb"\b(id|name)=[\"']([^\"']*)", tag))
        if said.get(b"id") and said.get(b"name"):
            names[said[b"id"].decode("utf-8", "replace")] = said[b"name"].decode("utf-8", "replace")
    return names


def _by_trimesh(data: bytes, suffix: str, path: Path) -> list[Piece]:
    import trimesh

    kind = suffix.removeprefix(".")
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False, **({"ignore_broken": True} if kind == "dae" else {}))
        titles = _collada_names(data) if kind == "dae" else {}
        pieces = []
        for row, node in enumerate(scene.graph.nodes_geometry):
            matrix, name = scene.graph[node]
            mesh = scene.geometry[name]
            if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
                continue
            points = transformed(np.asarray(mesh.vertices, float), np.asarray(matrix, float))
            triangles = np.asarray(mesh.faces, np.int64)
            if triangles.min() < 0 or triangles.max() >= len(points):
                raise InputError("A triangle of this mesh names a vertex that does not exist", where=str(path))
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
            key = str(node) if kind == "dae" else f"{path.stem}.{row}" if row else path.stem
            about = titles.get(str(name), key)
            table = pd.DataFrame({"id": [key], "name": "", "about": about})
            pieces.append(Piece(points, triangles.astype(np.int32), np.zeros(len(triangles), np.int32), table, None, _face_colors(mesh)))
        return pieces
    except InputError:
        raise
    except MemoryError:
        raise InputError("This mesh is too large for the memory of this machine", where=str(path)) from None
    except Exception as error:  # trimesh's parsers raise whatever comes
        raise InputError(f"This {kind.upper()} file is broken: {str(error)[:120] or type(error).__name__}", where=str(path)) from None


def _face_colors(mesh: Any) -> NDArray[np.uint8] | None:
    kind = getattr(mesh.visual, "kind", None)
    if kind == "texture":
        main = getattr(mesh.visual.material, "main_color", None)
        return None if main is None else np.tile(np.asarray(main, np.uint8), (len(mesh.faces), 1))
    if kind in ("face", "vertex"):
        found = np.asarray(mesh.visual.face_colors, np.uint8)
        return found if found.shape == (len(mesh.faces), 4) else None
    return None
