"""Wavefront OBJ: objects and groups, materials of the .mtl beside it, faces of any number of corners.

Own reading: cities come as thousands of groups, with concave walls and roofs as one face, which trimesh cuts into a fan.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.faces import triangulate_faces
from twin.city.readers.pieces import Piece, classes_of
from twin.errors import InputError

MARK = "# urban-twin"
"""Begins our own comment line, which says the coordinate system and the offset taken off the coordinates."""
MOST_MATERIAL_BYTES = 16 << 20


@dataclass(frozen=True)
class Obj:
    """piece: everything in it, groups as objects. said: what our own comment says (crs, offset), {} of files of others."""

    piece: Piece
    said: dict[str, str]
    left_out: int


def read_obj(text: str, load: Callable[[str], bytes], where: str) -> Obj:
    """Objects by `o` where there are any, by `g` else, by material where there is neither. Raises InputError."""
    points: list[str] = []
    faces: list[str] = []
    runs: list[tuple[int, str, str, str]] = []  # first face, object, group, material
    at = {"o": "", "g": "", "usemtl": ""}
    libraries: list[str] = []
    said: dict[str, str] = {}
    for line in text.replace("\\\n", " ").replace("\\\r\n", " ").splitlines():
        key, _, rest = line.lstrip().partition(" ")
        if key == "v":
            points.append(rest)
        elif key == "f":
            faces.append(rest)
        elif key in at:
            at[key] = rest.strip()
            if runs and runs[-1][0] == len(faces):
                runs.pop()
            runs.append((len(faces), at["o"], at["g"], at["usemtl"]))
        elif key == "mtllib":
            libraries.append(rest.strip())
        elif line.startswith(MARK):
            said = dict(re.findall(r"(\w+)=(\S+)", line))
    if not runs or runs[0][0] > 0:
        runs.insert(0, (0, "", "", ""))
    xyz, vertex_color = _vertices(points, where)
    if not len(xyz) or not faces:
        raise InputError("This OBJ file holds no faces", where=where)
    corners, sizes, lost = _faces(faces, np.asarray(np.isfinite(xyz).all(axis=1)), where)
    triangles, face = triangulate_faces(xyz, corners, sizes, np.ones(len(sizes), np.int64))
    first = np.array([r[0] for r in runs])
    run = np.searchsorted(first, face, side="right") - 1
    column = 1 if any(r[1] for r in runs) else 2 if any(r[2] for r in runs) else 3
    name_of = [str(r[column]) for r in runs]
    names = list(dict.fromkeys(name_of))
    place = {name: i for i, name in enumerate(names)}
    row = np.array([place[n] for n in name_of], np.int32)[run]
    used = [r[3] for r in runs]
    surface = classes_of(used)[run]
    color = None if said else _colors(_materials(libraries, load), used, run)
    if vertex_color is not None:
        shade = np.round(255 * np.clip(vertex_color[triangles].mean(1), 0, 1)).astype(np.uint8)
        color = np.column_stack([shade, np.full(len(shade), 255, np.uint8)])
    # What a group is about is often told by its material only.
    material_of: dict[str, str] = {}
    for name, r in zip(name_of, runs, strict=True):
        material_of.setdefault(name, r[3])
    table = pd.DataFrame({"id": names, "name": "", "about": names, "material": [material_of[n] for n in names]})
    if column == 3 or not any(material_of.values()) or said:
        table = table.drop(columns="material")
    if said:  # our own names say the type before the id
        split = table["about"].str.partition("/")
        table = table.assign(id=split[2].where(split[2] != "", split[0]), about="", type=split[0])
    return Obj(Piece(xyz, triangles, row, table, surface, color), said, lost)


def _vertices(lines: list[str], where: str) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Places, and colours where each vertex has six numbers."""
    if not lines:
        return np.empty((0, 3)), None
    tokens = " ".join(lines).split()
    width, rest = divmod(len(tokens), len(lines))
    try:
        if rest or width not in (3, 4, 6, 7):
            rows = [line.split() for line in lines]
            return np.array([[float(v) for v in r[:3]] for r in rows]).reshape(-1, 3), None
        values = np.array(tokens, np.float64).reshape(-1, width)
    except ValueError:
        raise InputError("A vertex of this OBJ file is not three numbers", where=where) from None
    return values[:, :3], values[:, -3:] if width in (6, 7) else None


def _faces(lines: list[str], usable: NDArray[np.bool_], where: str) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Vertex rows of all faces, corners of each face, and how many faces name vertices that are not there or not finite (they get none)."""
    count = len(usable)
    sizes = np.fromiter((len(line.split()) for line in lines), np.int64, len(lines))
    try:
        corners = np.array(re.sub(r"/\S*", "", " ".join(lines)).split(), np.int64)
    except (ValueError, OverflowError):
        raise InputError("A face of this OBJ file is not made of vertex numbers", where=where) from None
    if len(corners) != sizes.sum():
        raise InputError("A face of this OBJ file is not made of vertex numbers", where=where)
    # A negative number counts back from the last vertex so far; files that use it write it after all the vertices it means.
    corners = np.where(corners < 0, corners + count, corners - 1)
    wrong = (corners < 0) | (corners >= count)
    wrong[~wrong] = ~usable[corners[~wrong]]
    if not wrong.any():
        return corners, sizes, 0
    owner = np.repeat(np.arange(len(sizes)), sizes)
    bad = np.zeros(len(sizes), bool)
    bad[owner[wrong]] = True
    return corners[~bad[owner]], np.where(bad, 0, sizes), int(bad.sum())


def _materials(libraries: list[str], load: Callable[[str], bytes]) -> dict[str, tuple[float, float, float]]:
    """Diffuse colours by name; a library that is not there gives none."""
    found: dict[str, tuple[float, float, float]] = {}
    for name in libraries[:16]:
        try:
            text = load(name)[:MOST_MATERIAL_BYTES].decode("utf-8", "replace")
        except InputError:
            continue
        current = ""
        for line in text.splitlines():
            key, _, rest = line.strip().partition(" ")
            if key == "newmtl":
                current = rest.strip()
            elif key == "Kd":
                try:
                    r, g, b = (float(v) for v in rest.split()[:3])
                except ValueError:
                    continue
                found[current] = (r, g, b)
    return found


def _colors(materials: dict[str, tuple[float, float, float]], names: list[str], run: NDArray[np.int64]) -> NDArray[np.uint8] | None:
    if not materials:
        return None
    table = np.zeros((len(names), 4))
    for i, name in enumerate(names):
        if name in materials:
            table[i] = (*materials[name], 1.0)
    return np.round(255 * np.clip(np.nan_to_num(table), 0, 1)).astype(np.uint8)[run]
